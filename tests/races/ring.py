"""Where two race: a store with the little town in it, two replicas, and what the record says afterwards."""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import make
from make import AGENCY, BRAND, EPOCH, Someone, Town, write
from racing import Do, Parties, do
from sqlalchemy import select

from bot.domain.actors import Role, Source
from bot.domain.assets import Kind
from bot.domain.denials import DenialReason
from bot.domain.kinds import RULES, RequestKind, Side
from bot.domain.requests import Approve, Decline, RequestState, Term
from bot.services import requests
from bot.services.context import act
from bot.services.results import Denied, Moved
from bot.store import journal, tables
from bot.store.database import Database

log = logging.getLogger(__name__)

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
A_GLANCE = timedelta(microseconds=1)
TOGETHER = 40
"""So many requests are submitted and then raced for: fewer than may be open between two businesses."""
MANY = 400
"""In so many rounds each side wins some, or there was no race."""
LEVEL = "Reporting only"

OUTCOMES = {"request.approved", "request.declined", "request.cancelled", "request.expired"}


class Record:
    """The requests made since an instant, with what follows from them, and the events after a number."""

    def __init__(self, database: Database, *, since: datetime, after: int) -> None:
        request, event = tables.table_of(tables.Request), tables.table_of(tables.Event)

        def of(table: Any) -> Any:
            found = tables.table_of(table)
            requested = select(request.c.id).where(request.c.created_at >= since)
            return select(found).where(found.c.request_id.in_(requested)).order_by(*found.primary_key.columns)

        with database.reading() as tx:
            self.names = {row.id: row.name for row in tx.all(select(tables.table_of(tables.Person)))} | {
                None: None
            }
            begun = tx.all(select(request).where(request.c.created_at >= since))
            self.requests = {row.id: row for row in begun}
            self.grants = _by_request(tx.all(of(tables.Grant)))
            self.decisions = _by_request(tx.all(of(tables.Decision)))
            self.events = tx.all(select(event).where(event.c.seq > after).order_by(event.c.seq))
        self.kinds = defaultdict(list)
        for row in self.events:
            self.kinds[row.subject_id].append(row.kind)

    def one_outcome(self, request_id: str, answers: Sequence[Any]) -> int:
        """Check that a request has one outcome, and all heard the truth. Return who brought it about."""
        row = self.requests[request_id]
        outcomes = [kind for kind in self.kinds[request_id] if kind in OUTCOMES]
        assert outcomes == [f"request.{row.state.lower()}"]
        assert len(self.grants[request_id]) == (row.state == "APPROVED")
        won = [n for n, answer in enumerate(answers) if isinstance(answer, Moved)]
        assert [answers[n].state for n in won] == [row.state][: len(won)], answers
        lost = [answer for answer in answers if isinstance(answer, Denied)]
        for answer in lost:
            assert answer.reason in {DenialReason.ALREADY_OVER, DenialReason.EXPIRED}, answer
            self.is_true(answer)
        assert self.kinds[request_id].count("denied") == len(lost)
        assert len(won) + len(lost) == sum(not isinstance(answer, int) for answer in answers), answers
        # Who is not counted as having won is the clock.
        return won[0] if won else next(n for n, answer in enumerate(answers) if isinstance(answer, int))

    def is_true(self, answer: Denied) -> None:
        """Check that who came too late heard what the record says: what became of it, by whom and when."""
        row = self.requests[answer.about.id]
        assert (answer.ref, answer.state) == (row.ref, row.state)
        assert answer.at == row.over_at
        is_colleague = (
            row.state == "CANCELLED" and row.over_by != row.requester_id
        )  # named on their side alone
        assert answer.by in {self.names[row.over_by], *([None] if is_colleague else [])}

    def versions(self, subject_id: str) -> list[int]:
        """The versions that a subject's moves brought it to, in the order of the journal."""
        moves = [row for row in self.events if row.subject_id == subject_id and row.to_state is not None]
        return [row.version for row in moves]


def _by_request(rows: Sequence[Any]) -> dict[str, list[Any]]:
    found = defaultdict(list)
    for row in rows:
        found[row.request_id].append(row)
    return found


class Ring:
    """What the tests of races have at hand. Its time advances by a minute with each request submitted.

    Several tests share one: each races for what it requested itself, from its `begin` on.
    """

    def __init__(self, url: str, database: Database, town: Town, both: Parties) -> None:
        self.url = url
        self.database = database
        self.town = town
        self.both = both
        self.now = EPOCH
        self._made = 0
        self.begin()

    def begin(self) -> None:
        """Look from now on at nothing that was before, on another day: requests a day are limited."""
        self.now += DAY
        self._since = self.now
        self._after = self.head()

    def head(self) -> int:
        """Return the number of the last event."""
        return self.database.read_sync(journal.head).seq

    def record(self) -> Record:
        return Record(self.database, since=self._since, after=self._after)

    def rows(self, table: Any) -> list[Any]:
        """All rows of a table."""
        return self.database.read_sync(lambda tx: tx.all(select(tables.table_of(table))))

    def accounts(self, many: int) -> list[str]:
        """Give the brand so many ad accounts more, and return their ids."""
        made = [f"act_{5_000_000 + self._made + n}" for n in range(many)]
        self._made += many

        def verb(tx: Any) -> None:
            for id_ in made:
                make.insert_row(tx, tables.Node, id=id_, kind=tables.NodeKind.ASSET)
                make.insert_row(
                    tx,
                    tables.Asset,
                    id=id_,
                    kind=Kind.AD_ACCOUNT,
                    name=f"Account {id_}",
                    owner_id=BRAND,
                    published=True,
                    askable=True,
                )

        write(self.database, verb)
        return made

    def admins(self, many: int) -> list[Someone]:
        """Give the brand so many admins more, one after the other in the alphabet."""
        first = 100 + self._made
        self._made += many
        roles = {BRAND: Role.ADMIN}
        return [
            make.someone(self.database, n, name=f"Ada{n:05}", team=make.BRAND_TEAM, roles=roles)
            for n in range(first, first + many)
        ]

    def at_once(self, steps: Sequence[Do]) -> list[Any]:
        """Do all of it in few commits, and return the answers."""
        waiting = [self.database.submit(one.verb, *one.args, **one.kwargs) for one in steps]
        return [one.result(30) for one in waiting]

    def submit_many(
        self,
        many: int,
        *,
        level: str = LEVEL,
        minutes: int | None = None,
        kind: RequestKind = RequestKind.ACCESS,
    ) -> list[tuple[str, datetime]]:
        """Request so many ad accounts, a minute apart. Return each request's id and when it was submitted.

        `minutes` is how long access is requested for; 30 days unless said.
        """
        only = RULES[kind].only_level(Kind.AD_ACCOUNT)
        is_offered = RULES[kind].owner is Side.REQUESTING
        sides = (BRAND, AGENCY) if is_offered else (AGENCY, BRAND)
        by = self.town.dana if is_offered else self.town.ann
        steps, times = [], []
        for account in self.accounts(many):
            self.now += MINUTE
            times.append(self.now)
            term = Term.for_days(30) if minutes is None else Term.till(self.now + minutes * MINUTE)
            item = make.item(Kind.AD_ACCOUNT, account, level=level)
            requested = make.requesting(
                replace(item, tasks=only.tasks) if only else item,
                kind=kind,
                requesting_id=sides[0],
                deciding_id=sides[1],
                term=term,
            )
            steps.append(do(act, requests.submit, requested, by=by.by(Source.FORM), now=self.now))
        return [(sent.request_id, at) for sent, at in zip(self.at_once(steps), times, strict=True)]

    def approved(self, many: int, *, minutes: int | None = None) -> list[tuple[str, datetime]]:
        """Ask for so many ad accounts and get them. Return each request's id, and when it was approved."""
        found = self.submit_many(many, minutes=minutes)
        self.at_once([approves(self.town.dana, id_, now=at) for id_, at in found])
        return found

    def decline_open(self) -> int:
        """Make room for other asks: decline what is still open. Return how many that were."""
        found = [id_ for id_, row in self.record().requests.items() if RequestState(row.state).is_open]
        self.at_once([no(self.town.dana, id_, now=self.now) for id_ in found])
        return len(found)

    def grants_of(self, request_ids: Sequence[str]) -> list[str]:
        """Return the one grant of each of these requests."""
        record = self.record()
        return [record.grants[id_][0].id for id_ in request_ids]


def approves(
    who: Someone, request_id: str, *, now: datetime, expected_version: int = 1, inbox: Any = None
) -> Do:
    return do(
        act,
        requests.decide,
        request_id,
        by=who.by(),
        verdict=Approve(),
        expected_version=expected_version,
        now=now,
        inbox=inbox,
    )


def no(who: Someone, request_id: str, *, now: datetime, expected_version: int = 1) -> Do:
    return do(
        act,
        requests.decide,
        request_id,
        by=who.by(),
        verdict=Decline(note="No"),
        expected_version=expected_version,
        now=now,
    )


def chunks(ring: Ring, rounds: int, *, most: int = TOGETHER) -> Iterator[int]:
    """Split a number of rounds into chunks submitted together; each begins a new record."""
    while rounds > 0:
        ring.begin()
        yield min(rounds, most)
        rounds -= most


def settle(ring: Ring, rounds: int, winners: Counter[int]) -> None:
    """See to it that there was a race: over many rounds each side wins some."""
    log.info("%d rounds: %s", rounds, tally(winners))
    assert winners.total() == rounds
    assert ring.database.verify().sound
    if rounds >= MANY:
        assert set(winners) == {0, 1}


def tally(winners: Counter[int]) -> str:
    return f"the first {winners[0]}, the second {winners[1]}"
