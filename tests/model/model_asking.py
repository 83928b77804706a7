"""Who is asked to decide, and who gets it instead while somebody is away: a small model beside the verbs.

Admins come and go, are named to be asked, are away and stand in for each other, in any order, while requests
wait. The model keeps who can decide, who is asked and who reads it, from the rules alone.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo

import make
from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from make import ACCOUNT, AGENCY, BRAND, BRAND_TEAM, OTHER, OTHER_TEAM, PAGE, PIXEL, Someone, item
from story import StandingClock, Story

from bot.domain.actors import Role
from bot.domain.assets import Kind
from bot.domain.requests import Approve, Decline
from bot.services import requests, settings
from bot.services.results import Changed, Denied, Invalid, Moved, Sent
from bot.store import tables
from bot.store.database import Database

ASSETS = {ACCOUNT: Kind.AD_ACCOUNT, PAGE: Kind.PAGE, PIXEL: Kind.PIXEL}
PAIRS = [*product(ASSETS, (AGENCY, OTHER))]
BERLIN, UTC = ZoneInfo("Europe/Berlin"), ZoneInfo("UTC")
DAY, STEP = timedelta(days=1), timedelta(hours=6)
NUMBER = st.integers(0, 11)


@dataclass(kw_only=True)
class Waiting:
    """A request that nobody has decided: who was asked so far, and how often somebody was told of it."""

    since: datetime
    asked: set[str] = field(default_factory=set)
    told: int = 0
    is_answerable: bool = True
    """There has been somebody who could decide at every moment."""

    @property
    def expires(self) -> datetime:
        return self.since + 14 * DAY


class Asking(RuleBasedStateMachine):
    """A brand with three admins and an employee, and two businesses that ask it."""

    url: Callable[[], Any]
    """Makes a migrated, empty store: its URL, and what removes it."""

    def __init__(self) -> None:
        super().__init__()
        place, self.done = type(self).url()
        self.clock = StandingClock(start=make.EPOCH)
        self.database = Database.open(place, clock=self.clock)
        town = make.town(self.database, hours="Mon-Sun 00:00-23:59", zone="UTC", weekly_at=make.EPOCH)
        make.business(self.database, OTHER, name="Studio", team=OTHER_TEAM)
        oda = make.someone(self.database, 7, name="Oda", team=OTHER_TEAM, roles={OTHER: Role.ADMIN})
        cleo = make.someone(self.database, 8, name="Cleo", team=BRAND_TEAM, roles={BRAND: Role.ADMIN})
        self.of = {AGENCY: town.ann, OTHER: oda}
        self.own = (town.dana, town.dov, cleo, town.emil)
        self.everybody = (*self.own, town.ann)
        self.roles = {town.dana.id, town.dov.id, cleo.id}
        self.gone: set[str] = set()  # deactivated in Slack
        self.story = Story(self.database, self.clock)
        self.first: set[str] = set()
        self.backups: set[str] = set()
        self.away: dict[str, tuple[str, date, date]] = {}
        self.open: dict[str, Waiting] = {}
        self.asks: dict[str, tuple[str, str]] = {}
        self.names, self.ends = 0, 0  # how often somebody began to stand in, and was no longer to
        self.changed_at = self.clock.now()
        self.weeks: set[date] = set()  # in which there was something to say

    def teardown(self) -> None:
        try:
            assert self.database.verify().sound
        finally:
            self.database.close()
            self.done()

    # --- what is so

    @property
    def admins(self) -> set[str]:
        return self.roles - self.gone

    def asked(self, *, later: bool) -> set[str]:
        """Who is asked: those named, else all but the backups; later these, else everybody else, too."""
        able, named = self.admins, self.first or (self.admins - self.backups)
        first = (named & able) or able
        return first if not later else first | ((self.backups & able) - first or able)

    def reader(self, person: str) -> str:
        """Who gets what is for somebody now, if they can do the same; in a circle each gets their own."""
        today, reader, seen = self.clock.now().astimezone(BERLIN).date(), person, [person]
        while reader in self.away:
            stand_in, first, last = self.away[reader]
            if not first <= today <= last or stand_in not in self.admins:
                break
            if stand_in in seen:
                return person
            reader = stand_in
            seen.append(reader)
        return reader

    def compare(self) -> None:
        """Compare the record with what must be so."""
        rows = self.story.rows
        pending = {row.id for row in rows(tables.Request) if row.state == "PENDING"}
        assert pending == set(self.open)
        stand_ins = {
            row.person_id: (row.stand_in_id, *map(date.fromisoformat, (row.from_day, row.until_day)))
            for row in rows(tables.StandIn)
        }
        assert stand_ins == self.away
        kinds = Counter(row.kind for row in rows(tables.Event))
        assert (kinds["business.stand_in"], kinds["business.stand_in_ended"]) == (self.names, self.ends)
        named = Counter(row.turn for row in rows(tables.NamedApprover))
        assert (named["FIRST"], named["BACKUP"]) == (len(self.first), len(self.backups))

    # --- what happens

    @initialize(number=NUMBER, first=st.integers(0, 3), days=st.integers(0, 9))
    def begin(self, number: int, first: int, days: int) -> None:
        """One is away, one may be named, and something is asked."""
        self.name(self.own[0], first=[self.own[first].id] if first < 3 else [], backups=[])
        self.leave(self.own[number % 3], self.own[(number + 1) % 3], begins=0, days=days)
        self.ask(*PAIRS[number % len(PAIRS)])

    @rule(data=st.data())
    def something_happens(self, data: st.DataObject) -> None:
        """One rule for all: Hypothesis leaves out rules, and here they are worth something together."""
        who, other = data.draw(st.sampled_from(self.everybody)), data.draw(st.sampled_from(self.everybody))
        number, yes = data.draw(NUMBER), data.draw(st.booleans())
        can: dict[str, Callable[[], None]] = {
            "ask": lambda: self.ask(*PAIRS[number % len(PAIRS)]),
            "leave": lambda: self.leave(who, other, begins=number % 4 - 1, days=number % 5 - 1 + yes * 5),
            "return": lambda: self.come_back(who),
            "name": lambda: self.name(
                who,
                first=data.draw(st.lists(st.sampled_from([one.id for one in self.own]), max_size=2)),
                backups=data.draw(st.lists(st.sampled_from([one.id for one in self.own]), max_size=1)),
            ),
            "role": lambda: self.change_role(self.own[number % 4]),
            "slack": lambda: self.is_gone(self.own[number % 3]),
            "wait": lambda: self.wait(steps=data.draw(st.sampled_from([1, 2, 5, 12, 20]))),
        }
        if self.open:
            can["decide"] = lambda: self.decide(who, number, approves=yes)
        does = data.draw(st.sampled_from([*can, "wait", "wait", "wait", "ask"]))
        note(does)
        can[does]()
        self.compare()

    def ask(self, asset: str, holder: str) -> None:
        new = make.requesting(item(ASSETS[asset], asset), requesting_id=holder)
        answer = self.story.do(requests.submit, new, by=self.of[holder])
        if isinstance(answer, Sent):
            self.open[answer.request_id] = Waiting(since=self.clock.now(), is_answerable=bool(self.admins))
            self.asks[answer.request_id] = (asset, holder)
        else:  # it is open, or was given
            assert isinstance(answer, Denied), answer
            assert (asset, holder) in self.asks.values(), answer

    def decide(self, who: Someone, number: int, *, approves: bool) -> None:
        """Whoever is asked or stands in: an admin decides, and nobody else."""
        request_id = [*self.open][number % len(self.open)]
        verdict = Approve() if approves else Decline(note="No")
        answer = self.story.decide(who, request_id, verdict)
        if who.id in self.admins:
            assert isinstance(answer, Moved), answer
            del self.open[request_id]
        else:
            assert isinstance(answer, Denied), answer

    def name(self, who: Someone, *, first: list[str], backups: list[str]) -> None:
        version = self.story.settings().policy_version
        answer = self.story.do(
            settings.name_approvers, BRAND, first=first, backups=backups, expected_version=version, by=who
        )
        may_be = self.admins | ((self.first | self.backups) & self.roles)
        if who.id not in self.admins:
            assert isinstance(answer, Denied), answer
        elif set(first) & set(backups) or not {*first, *backups} <= may_be:
            assert isinstance(answer, Invalid), answer
        else:
            assert isinstance(answer, Changed), answer
            self.first, self.backups, self.changed_at = set(first), set(backups), self.clock.now()

    def leave(self, who: Someone, other: Someone, *, begins: int, days: int) -> None:
        today = self.clock.now().astimezone(BERLIN).date()
        first = today + begins * DAY
        last = first + days * DAY
        answer = self.story.do(
            settings.name_stand_in, BRAND, stand_in=other.id, from_day=first, until_day=last, by=who
        )
        if who.id not in self.admins:
            assert isinstance(answer, Denied), answer
        elif other == who or other.id not in self.admins or last < max(first, today):
            assert isinstance(answer, Invalid), answer
        else:
            assert isinstance(answer, Changed), answer
            before = self.away.get(who.id)
            if before != (other.id, first, last):
                self.ends += before is not None and before[0] != other.id
                self.names += 1
                self.away[who.id] = (other.id, first, last)
                self.changed_at = self.clock.now()

    def come_back(self, who: Someone) -> None:
        answer = self.story.do(settings.end_stand_in, BRAND, by=who)
        assert isinstance(answer, Changed) is (who.id in self.admins), answer
        if isinstance(answer, Changed) and self.away.pop(who.id, None):
            self.ends += 1
            self.changed_at = self.clock.now()

    def change_role(self, who: Someone) -> None:
        role = Role.EMPLOYEE if who.id in self.roles else Role.ADMIN
        by = next((one for one in self.own if one.id in self.admins and one != who), None)
        if by is not None:
            assert isinstance(self.story.do(settings.set_role, BRAND, who.id, role=role, by=by), Changed)
            self.roles ^= {who.id}
            if who.id not in self.roles and self.away.pop(who.id, None):
                self.ends += 1
            self.powers_changed()
            for one in self.open.values() if who.id in self.asked(later=False) else ():
                one.asked.add(who.id)  # who is new among them is told what waits

    def is_gone(self, who: Someone) -> None:
        """Slack says that somebody is deactivated, or is back."""
        self.gone ^= {who.id}
        self.story.set(tables.Person, {"id": who.id}, deactivated=who.id in self.gone)
        self.powers_changed()

    def powers_changed(self) -> None:
        self.changed_at = self.clock.now()
        for one in self.open.values():
            one.is_answerable &= bool(self.admins)

    # --- time

    def wait(self, *, steps: int) -> None:
        for _ in range(steps):
            before = {row.id for row in self.story.rows(tables.Digest)}
            monday = self.clock.now().astimezone(UTC).date()
            self.clock.push(STEP)
            waited = {id_: one for id_, one in self.open.items() if one.expires > self.clock.now()}
            self.story.sweep()
            self.open = waited
            self.is_asked(before)
            self.is_back()
            self.somebody_is_told()
            today = self.clock.now().astimezone(UTC).date()
            if today != monday and today.weekday() == 0 and waited:
                self.weeks.add(today)
        self.week_is_told_once()

    def is_back(self) -> None:
        today = self.clock.now().astimezone(BERLIN).date()
        over = [who for who, (_, _, last) in self.away.items() if last < today]
        for who in over:
            del self.away[who]
            self.ends += 1

    def is_asked(self, before: set[str]) -> None:
        """Who is nudged now can decide, and reads it for somebody who can and was asked."""
        escalated = {row.request_id: row for row in self.story.rows(tables.Escalation)}
        for id_, one in self.open.items():
            one.asked |= self.asked(later=id_ in escalated)
        new = {row.id: row for row in self.story.rows(tables.Digest) if row.id not in before}
        for row in self.story.rows(tables.DigestItem) if new else []:
            if row.digest_id not in new or row.is_question:
                continue
            reads, of = new[row.digest_id].person_id, row.for_id or new[row.digest_id].person_id
            assert {reads, of} <= self.admins, "nudged about what they cannot decide"
            assert self.reader(of) == reads, "somebody else gets it"
            assert of in self.open[row.request_id].asked, "nobody has asked them"
            self.open[row.request_id].told += 1
        for id_, row in escalated.items():
            if id_ in self.open:
                assert row.at >= self.open[id_].since + 3 * DAY, "backups are asked after the others"

    def somebody_is_told(self) -> None:
        """What waits is somebody's to decide who has been told so."""
        now = self.clock.now()
        for one in self.open.values():
            is_quiet = self.changed_at <= one.since
            if one.is_answerable and now - one.since > (2.5 if is_quiet else 6) * DAY:
                assert one.told, "nobody was ever asked to decide"

    def week_is_told_once(self) -> None:
        told = Counter(
            date.fromisoformat(json.loads(row.data)["week"])
            for row in self.story.rows(tables.Event, kind="business.week")
        )
        assert all(number == 1 for number in told.values()), "one message a week"
        assert self.weeks <= told.keys(), "there was something to say"
