"""The verbs with a clock, so that a test reads as what happens."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import statements
from make import AGENCY, BRAND, requesting, slack_user, write

from bot.clock import PushedClock
from bot.domain.actors import CLOCK, Actor, Source
from bot.domain.grants import GrantState
from bot.domain.kinds import Side
from bot.domain.messages import Audience
from bot.domain.requests import Term
from bot.services import directory, grants, home, nudges, requests, settings, sweeps
from bot.services.context import act
from bot.store import tables
from bot.store.database import Database
from bot.store.tables import CardState


class StandingClock(PushedClock):
    """A clock whose business time stands still between two pushes, so that moments can be named."""

    def __init__(self, *, start: datetime) -> None:
        super().__init__()
        self._at = start

    def now(self) -> datetime:
        return self._at

    def push(self, by: timedelta) -> None:
        self._at += by
        super().push(by)


class Story:
    """A town, its clock, and the verbs. `begins` is when it is told from."""

    def __init__(self, database: Database, clock: PushedClock) -> None:
        self.database = database
        self.clock = clock
        self.begins = clock.now()

    # --- time

    def to(self, moment: datetime | str, *, zone: str = "Europe/Berlin") -> int:
        """Push the clock to a moment (local time as text), and sweep. Return how many rows were taken."""
        if isinstance(moment, str):
            moment = datetime.fromisoformat(moment).replace(tzinfo=ZoneInfo(zone))
        self.clock.push(moment - self.clock.now())
        return self.sweep()

    def wait(self, **much: float) -> int:
        """Push the clock by so much, and sweep."""
        self.clock.push(timedelta(**much))
        return self.sweep()

    def live(self, *, until: datetime | str | None = None, hours: float = 1, **much: float) -> None:
        """Let time pass to a moment, or by so much, with a sweep at every full hour (or other step)."""
        if isinstance(until, str):
            until = datetime.fromisoformat(until).replace(tzinfo=ZoneInfo("Europe/Berlin"))
        end = until or self.clock.now() + timedelta(**much)
        step = timedelta(hours=hours)
        while (now := self.clock.now()) < end:
            whole = now.replace(minute=0, second=0, microsecond=0)
            while whole <= now:
                whole += step
            self.to(min(whole, end))

    def sweep(self) -> int:
        """Do what is due, in the order in which the product does it."""
        now = self.clock.now()
        return write(
            self.database, lambda tx: sum(act(tx, sweep, now=now) for sweep in sweeps.BUSINESS_SWEEPS)
        )

    # --- verbs

    def do(self, verb, /, *args, by=CLOCK, **kwargs):
        """Run a verb now, for somebody or for the clock."""
        actor = by if isinstance(by, Actor) else by.by()
        return write(self.database, act, verb, *args, by=actor, now=self.clock.now(), **kwargs)

    def read(self, query, /, *args, by=CLOCK, **kwargs):
        """Look something up now, for somebody or for the clock."""
        actor = by if isinstance(by, Actor) else by.by()
        return self.database.read_sync(act, query, *args, by=actor, now=self.clock.now(), **kwargs)

    def slack_says(self, team, user, *, zone=None, name=None, **flags):
        """Slack describes somebody, as an ordinary user but for these flags."""
        return self.do(directory.record_user, slack_user(user, zone=zone, name=name, **flags), team_id=team)

    def submit(self, by, *items, **values):
        return self.do(requests.submit, requesting(*items, **values), by=by.by(Source.FORM))

    def decide(self, by, request_id, verdict, *, expected_version=None):
        if expected_version is None:
            expected_version = self.card(request_id).version
        return self.do(requests.decide, request_id, by=by, verdict=verdict, expected_version=expected_version)

    def cancel(self, by, request_id):
        return self.do(requests.cancel, request_id, by=by)

    def undo(self, by, request_id):
        return self.do(requests.undo, request_id, by=by)

    def end(self, by, *grant_ids, business):
        verb = grants.revoke if business == self._owner_of(grant_ids[0]) else grants.relinquish
        return self.do(verb, list(grant_ids), business_id=business, by=by)

    def _owner_of(self, grant_id):
        return next((row.owner_id for row in self.rows(tables.Grant, id=grant_id)), None)

    def let_end(self, by, grant_id):
        return self.do(grants.let_end, grant_id, by=by)

    def extend(self, by, grant_id, *, days=30, term=None, reason="It goes on"):
        return self.do(requests.extend, grant_id, term=term or Term.for_days(days), reason=reason, by=by)

    def snooze(self, by, request_id):
        return self.do(nudges.snooze, request_id, by=by)

    def acknowledge(self, by, request_id):
        return self.do(nudges.acknowledge, request_id, by=by)

    def remind(self, by, request_id):
        return self.do(nudges.remind, request_id, by=by)

    def comment(self, by, request_id, text):
        return self.do(requests.comment, request_id, text, by=by)

    def open_home(self, by):
        self.do(home.open_home, by=by)

    def change_policy(self, by, *, business=BRAND, expected_version=None, **changes):
        before = self.settings(business)
        policy = {
            name: changes.get(name, getattr(before, name)) for name in settings.Policy.__dataclass_fields__
        }
        expected_version = before.policy_version if expected_version is None else expected_version
        return self.do(
            settings.change_policy,
            business,
            settings.Policy(**policy),
            by=by,
            expected_version=expected_version,
        )

    def set(self, table, where, **values):
        """Change rows directly, as no verb does."""
        statement, params = statements.change(table, where, values), statements.given(where, values)
        assert write(self.database, lambda tx: tx.touched(statement, **params)) >= 1

    def all_posted(self):
        """Have all cards that wait for it stand in Slack."""
        for row in self.rows(tables.Card, state=CardState.WAITING):
            place = {"channel_id": row.channel_id or "D1", "ts": f"1.{row.id}"}
            self.set(tables.Card, {"id": row.id}, state=CardState.POSTED, **place)

    # --- looking

    def rows(self, table: type[Any], **where: Any) -> list[Any]:
        """All rows of a table with these values, as they are stored."""
        statement, params = statements.rows_of(table, **where), statements.given(where)
        return self.database.read_sync(lambda tx: tx.all(statement, **params))

    def card(self, request_id):
        return self.read(requests.request_card, request_id, side=Side.DECIDING)

    def grant_of(self, request_id, position=0):
        return self.card(request_id).items[position].grant

    def held(self, asset_id, holder=AGENCY):
        return self.database.read_sync(
            grants.tasks_held, asset_id=asset_id, holder_id=holder, at=self.clock.now()
        )

    def history(self, by, request_id):
        return [line.kind for line in self.read(requests.history, request_id, by=by)]

    def digests(self, who):
        """What somebody was nudged about so far: for each digest, when and the ids of its requests."""
        items: dict[str, list[str]] = {}
        for row in sorted(self.rows(tables.DigestItem), key=lambda row: row.position):
            items.setdefault(row.digest_id, []).append(row.request_id)
        own = sorted(self.rows(tables.Digest, person_id=who.id), key=lambda row: row.created_at)
        return [(row.created_at, items[row.id]) for row in own]

    def nudged(self, who):
        """When somebody was nudged, in Berlin's time: `Tue 10:00`."""
        berlin = ZoneInfo("Europe/Berlin")
        return [f"{at.astimezone(berlin):%a %d %H:%M}" for at, _ in self.digests(who)]

    def cards_for(self, audience: Audience, subject_id: str | None = None) -> list[str]:
        """The Slack users (or channels) that got a card of this audience."""
        found = self.rows(tables.Card, audience=audience)
        return [row.user_id or row.channel_id for row in found if subject_id in (None, row.subject_id)]

    def everything(self) -> str:
        """All that the store holds, as text."""
        every = [one for one in vars(tables).values() if hasattr(one, "__table__")]
        return "\n".join(repr(tuple(row)) for table in every for row in self.rows(table))

    def effects(self, kind, **where):
        return self.rows(tables.Effect, kind=kind, **where)

    def home(self, who):
        return self.read(home.home_of, by=who.by(Source.EVENT))

    def settings(self, business=BRAND):
        return self.read(settings.settings_of, business)

    def members(self, business=BRAND, *, limit=100, offset=0):
        """A page of a business's members."""
        return self.database.read_sync(
            act, settings.members_of, business, limit=limit, offset=offset, now=self.clock.now()
        )

    def is_live(self, grant_id):
        view = self.database.read_sync(grants.grant_view, grant_id)
        return view.state is GrantState.ACTIVE
