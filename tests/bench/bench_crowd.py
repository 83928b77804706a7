"""A store with a crowd in it: rows made in SQL out of numbers, so that a million requests take a minute.

One request, its card and one grant are made by the product; the crowd's rows are copies of theirs, with what
tells them apart computed from the row's number. They stand in no journal, and nothing is on its way to them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import make
from sqlalchemy import BigInteger, Text, case, cast, insert, literal, literal_column, select, text

from bot.clock import PushedClock
from bot.domain.actors import Role
from bot.domain.assets import Kind
from bot.domain.messages import Audience, EffectKind
from bot.domain.requests import Approve, RequestState, TermKind
from bot.services import requests
from bot.services.context import act
from bot.store import migrations, tables
from bot.store.database import Database, Tx
from bot.store.tables import CardState, EffectState, NodeKind
from bot.store.types import UTCDateTime

WEEK = timedelta(days=7)
NOW = datetime(2026, 6, 3, 10, tzinfo=UTC)
"""The moment at which everything is measured: a Wednesday, in working hours."""

Values = Mapping[str, Any]
"""Columns: constants, or functions that make an SQL expression of the row's number."""

_WHERE: Mapping[Audience, Values] = {
    Audience.REQUESTER: {"team_id": make.AGENCY_TEAM, "user_id": "UANN", "channel_id": "DANN"},
    Audience.APPROVERS: {"team_id": make.BRAND_TEAM, "user_id": None, "channel_id": "CBRAND"},
}
"""Where each audience reads: a card that stands elsewhere is withdrawn and not changed."""
_PEOPLE = 4_100_000_000_000_00
_SCATTER, _PRIME = 48271, 2**31 - 1


class Crowd:
    """A store with the town of `make` in it, and room for many more."""

    def __init__(self, url: str, *, now: datetime = NOW) -> None:
        self.url = url
        self.now = now
        self.clock = PushedClock(start=now)
        with Database.open(url, clock=self.clock) as database:
            self.town = make.town(database)
            self._templates = _made_by_the_product(database, self.town, now=now - timedelta(days=1))

    def open(self) -> Database:
        """Open the store. Close it before adding to it."""
        return Database.open(self.url, clock=self.clock)

    def fill(self, *works: Callable[[Adding], None]) -> None:
        """Add rows, in one transaction."""
        with migrations.connection_to(self.url) as connection:
            for work in works:
                work(Adding(connection, self._templates, approver=self.town.dana.id, now=self.now))
            if connection.dialect.name == "postgresql":  # its autovacuum would, in a minute
                connection.execute(text("ANALYZE"))


class Adding:
    """Rows to be added to a crowd. Each method takes the numbers of its rows, which tell them apart."""

    def __init__(
        self, connection: Any, templates: Mapping[str, Values], *, approver: str, now: datetime
    ) -> None:
        self.approver = approver
        self._connection = connection
        self._templates = templates
        self._now = now

    def businesses(self, numbers: range, **values: Any) -> None:
        """Add verified businesses in the agency's workspace, with one admin each."""
        self._add(tables.Node, numbers, id=business_id, kind=NodeKind.BUSINESS)
        self._add(
            tables.BusinessRow,
            numbers,
            id=business_id,
            name=_named("Partner "),
            folded=_named("partner "),
            channel_id=_named("C"),
            **values,
        )
        self._add(tables.Node, numbers, id=person_id, kind=NodeKind.PERSON)
        names = {"name": _named("Person "), "folded": _named("person ")}
        self._add(tables.Person, numbers, id=person_id, user_id=_named("U"), **names)
        self._add(tables.Membership, numbers, business_id=business_id, person_id=person_id, role=Role.ADMIN)

    def assets(self, numbers: range, *, owner: Any = make.BRAND) -> None:
        """Add Pages."""
        self._add(tables.Node, numbers, id=asset_id, kind=NodeKind.ASSET)
        names = {"name": _named("Asset "), "folded": _named("asset ")}
        self._add(tables.Asset, numbers, id=asset_id, kind=Kind.PAGE, owner_id=owner, **names)

    def requests(self, numbers: range, *, state: RequestState = RequestState.PENDING, **values: Any) -> None:
        """Add requests for something described, with a card on both sides, open until next week."""
        is_open = state.is_open
        later = spread(self._now + timedelta(days=7))
        due = {"expires_at": later, "nudge_at": spread(self._now + timedelta(days=1)), "warn_at": later}
        over = {"over_at": spread(self._now - timedelta(days=2)), "nudge_at": None, "warn_at": None}
        if state is RequestState.APPROVED:
            over |= {"approvals": 1, "given_kind": TermKind.OPEN_END}
        self._add(tables.Node, numbers, id=request_id, kind=NodeKind.REQUEST)
        self._add(
            tables.Request,
            numbers,
            **{"id": request_id, "ref": _named("Q"), "state": state, **(due if is_open else over), **values},
        )
        items = {"request_id": request_id, "is_open": is_open, "asset_id": None, "words": "their shop"}
        self._add(tables.Item, numbers, **items)
        for audience in (Audience.REQUESTER, Audience.APPROVERS):
            self._add(
                tables.Card,
                numbers,
                id=_named(f"{audience}-"),
                subject_id=request_id,
                audience=audience,
                **_WHERE[audience],
                ts=lambda n: cast(n, Text) + ".000100",
                state=CardState.POSTED,
                shown=1,
            )

    def grants(self, numbers: range, *, on: Callable[[Any], Any], **values: Any) -> None:
        """Add grants in force until next month. `on` is the request that each rests on."""
        in_a_month = {
            "ends_at": spread(self._now + timedelta(days=30)),
            "warn_at": spread(self._now + timedelta(days=23)),
        }
        self._add(tables.Node, numbers, id=grant_id, kind=NodeKind.GRANT)
        self._add(
            tables.Grant,
            numbers,
            **{"id": grant_id, "request_id": on, "position": lambda n: n, **in_a_month, **values},
        )

    def contracts(self, numbers: range, *, of: str, **values: Any) -> None:
        """Add contracts of a business with those of the numbers, which end in ten days."""
        ends = {"ends_at": spread(self._now + timedelta(days=10)), "days": 14, "set_at": self._now}
        self._add(tables.Contract, numbers, business_id=of, other_id=business_id, **{**ends, **values})

    def reviews(self, numbers: range, **values: Any) -> None:
        """Add a review of each business of the numbers, and a question in it, without grants."""
        at = self._now
        opened = {"state": "OPEN", "version": 1, "silence": "KEEP", "left_out": 0, "opened_at": at}
        deadline = {"deadline_at": at + timedelta(days=7), "opened_by": None, "closed_at": None}
        review_id = _named("review-")
        self._add(
            tables.Review,
            numbers,
            **{"id": review_id, "business_id": business_id, **opened, **deadline, **values},
        )
        asked = {"id": _named("question-"), "review_id": review_id, "holder_id": make.AGENCY, "version": 1}
        none = dict.fromkeys(("need", "answered_by", "answered_at"))
        due = {"due_at": values["due_at"]}
        self._add(tables.ReviewQuestion, numbers, **asked, **none, **due, answers=0)

    def marks(self, numbers: range, *, person: Any, **values: Any) -> None:
        """Add marks: the person is to be nudged about the request of the number, tomorrow unless said."""
        tomorrow = {"due_at": spread(self._now + timedelta(days=1)), "quiet_until": None}
        self._add(tables.Nudge, numbers, request_id=request_id, person_id=person, **{**tomorrow, **values})

    def effects(self, numbers: range, *, state: EffectState = EffectState.WAITING, **values: Any) -> None:
        """Add updates of the approvers' cards."""
        card = _named(f"{Audience.APPROVERS}-")
        self._add(
            tables.Effect,
            numbers,
            **{
                "key": _named("key-"),
                "kind": EffectKind.UPDATE_CARD,
                "state": state,
                "subject_id": request_id,
                "card_id": card,
                "lane": lambda n: "card:" + card(n),
                "over_at": None if state is EffectState.WAITING else spread(self._now),
                **values,
            },
        )

    def homes(self) -> None:
        """Have everybody's home opened an hour ago."""
        people, home = tables.table_of(tables.Person), tables.table_of(tables.HomeTab)
        opened = literal(self._now - timedelta(hours=1), UTCDateTime)
        rows = select(people.c.team_id, people.c.user_id, literal("", Text), opened, opened).distinct()
        self._connection.execute(
            insert(home).from_select(["team_id", "user_id", "page", "opened_at", "seen_at"], rows)
        )

    def _add(self, table: Any, numbers: range, **values: Any) -> None:
        """Insert a copy of the table's template for each number, with these values instead of its own."""
        wanted = {**self._templates.get(table.__tablename__, {}), **values}
        number = select(literal(numbers.start, BigInteger).label("n")).cte("number", recursive=True)
        number = number.union_all(select(number.c.n + 1).where(number.c.n < numbers.stop - 1))
        columns = [column for column in table.__table__.c if column.name in wanted]
        made = [_expression(wanted[column.name], column.type, number.c.n) for column in columns]
        if numbers:
            self._connection.execute(insert(table.__table__).from_select(columns, select(*made)))


def _expression(value: Any, kind: Any, n: Any) -> Any:
    if callable(value):
        return value(n)
    return literal_column("NULL") if value is None else literal(value, kind)


def _made_by_the_product(database: Database, town: make.Town, *, now: datetime) -> dict[str, Values]:
    """Return a row of each table that a request touches, as the product wrote it."""

    def verb(tx: Tx) -> dict[str, Values]:
        sent: Any = act(tx, requests.submit, make.requesting(), by=town.ann.by(), now=now)
        waiting = _first_rows(tx, tables.Request, tables.Item, tables.Card, tables.Effect)
        decided = act(
            tx,
            requests.decide,
            sent.request_id,
            by=town.dana.by(),
            verdict=Approve(),
            expected_version=1,
            now=now,
        )
        assert decided, decided
        return waiting | _first_rows(
            tx, tables.BusinessRow, tables.Person, tables.Membership, tables.Asset, tables.Grant
        )

    return dict(database.submit(verb).result(10))


def _first_rows(tx: Tx, *wanted: Any) -> dict[str, Values]:
    found = {}
    for table in wanted:
        columns = [
            column for column in table.__table__.c if column is not table.__table__.autoincrement_column
        ]
        found[table.__tablename__] = tx.all(select(*columns).limit(1))[0]._asdict()
    return found


# --- what tells rows apart -------------------------------------------------------------------------


def _named(prefix: str) -> Callable[[Any], Any]:
    return lambda n: prefix + cast(n, Text)


def _scattered(first: int) -> Callable[[Any], Any]:
    """Make ids of 15 digits that are in no order, as the product's are."""
    return lambda n: cast(first + n * _SCATTER % _PRIME, Text)


request_id = _scattered(700_000_000_000_000)
grant_id = _scattered(800_000_000_000_000)
asset_id = _scattered(600_000_000_000_000)
person_id = _scattered(900_000_000_000_000)


def business_id(n: Any) -> Any:
    """Return the Business ID of a number."""
    return cast(21_000_000_000 + n, Text)


def spread(at: datetime) -> Callable[[Any], Any]:
    """Spread instants over the day after `at`."""
    hours = {hour: literal(at + timedelta(hours=hour), UTCDateTime) for hour in range(24)}
    return lambda n: case(hours, value=n % 24)
