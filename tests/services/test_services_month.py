"""A month in seconds: 3 businesses, 40 people over the world and 200 requests, by the real sweeps.

Whatever people do meanwhile, nobody is nudged twice on a day of theirs, or at night, or about what is over.
The table of who was written to how often is printed with `-s -n 0`.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import make
import pytest
from make import AGENCY, AGENCY_TEAM, BRAND, BRAND_TEAM, OTHER, OTHER_TEAM, Someone, item
from story import StandingClock, Story

from bot.domain.actors import Role
from bot.domain.assets import Kind
from bot.domain.calendar import WorkingTime, is_working, working_time
from bot.domain.denials import DenialReason
from bot.domain.grants import EndReason, GrantState
from bot.domain.messages import Audience, EffectKind, read_about
from bot.domain.requests import Approve, Decline, RequestState, Term
from bot.services import settings
from bot.services.results import Changed, Denied, Sent
from bot.store import tables
from bot.store.database import Database

# A month with two changes of the clocks: in America on the 8th, in Europe on the 29th.
BEGINS = datetime(2026, 3, 2, 6, tzinfo=UTC)
DAYS = 30
REQUESTS = 200
SEED = 20260302
HOUR = timedelta(hours=1)
ZONES = (
    "Europe/Berlin",
    "Europe/London",
    "America/New_York",
    "America/Los_Angeles",
    "America/Sao_Paulo",
    "Asia/Tokyo",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Auckland",
    "Pacific/Honolulu",
)
# channel, days until a request expires, hours, days off
POLICIES = {
    AGENCY: {"expires_days": 14, "hours": "09:00-17:00", "days_off": "2026-03-17"},
    BRAND: {"expires_days": 7, "hours": "Mon-Thu 10:00-18:30", "days_off": ""},
    OTHER: {"expires_days": 10, "hours": "Sun-Thu 08:00-16:00", "days_off": "2026-03-09,2026-03-10"},
}
PRESSES = ["approve", "decline", "cancel", "snooze", "snooze", "acknowledge", "remind", "undo"]
VERDICTS = {"approve": (Approve(),), "decline": (Decline(),)}
STOOD_IN_THE_WAY = {DenialReason.OPEN_ALREADY, DenialReason.GRANTED_ALREADY, DenialReason.TOO_MANY_OPEN}
TEAMS = {AGENCY: AGENCY_TEAM, BRAND: BRAND_TEAM, OTHER: OTHER_TEAM}


@dataclass
class Month:
    """What happened, as the people remember it."""

    story: Story
    dice: random.Random
    admins: dict[str, list[Someone]] = field(default_factory=dict)
    employees: dict[str, list[Someone]] = field(default_factory=dict)
    zones: dict[str, str] = field(default_factory=dict)
    assets: dict[str, list[str]] = field(default_factory=dict)
    requests: dict[str, tuple[str, str]] = field(default_factory=dict)  # id: who asked whom
    reminds: Counter[str] = field(default_factory=Counter)
    snoozes: list[tuple[str, str, datetime, datetime]] = field(default_factory=list)
    looks: list[tuple[str, str, datetime, datetime]] = field(default_factory=list)
    demoted: dict[str, datetime] = field(default_factory=dict)
    answers: Counter[str] = field(default_factory=Counter)

    def people(self) -> Iterator[Someone]:
        for business in TEAMS:
            yield from self.admins[business]
            yield from self.employees[business]

    def working(self, person: str, business: str) -> WorkingTime:
        policy = POLICIES[business]
        return working_time(
            hours=policy["hours"], days_off=policy["days_off"], zone=self.zones[person], otherwise="UTC"
        )

    # --- what people do

    def submit(self) -> None:
        requesting, owner = self.dice.sample(list(TEAMS), 2)
        asset = self.dice.choice(self.assets[owner])
        level = self.dice.choice(["Admin", "General user", "General user", "Reporting only"])
        term = Term.without_end() if self.dice.random() < 0.1 else Term.for_days(self.dice.randint(1, 20))
        sent = self.story.submit(
            self.dice.choice([one for one in self.admins[requesting] if one.id not in self.demoted]),
            item(Kind.AD_ACCOUNT, asset, level=level),
            requesting_id=requesting,
            deciding_id=owner,
            term=term,
        )
        if isinstance(sent, Sent):
            self.requests[sent.request_id] = (requesting, owner)
        else:
            assert sent.reason in STOOD_IN_THE_WAY, sent

    def act(self) -> None:
        """Somebody presses something on one of the newest requests, in time or too late."""
        request = self.dice.choice(list(self.requests)[-60:])
        requesting, owner = self.requests[request]
        approver, requester = self.dice.choice(self.admins[owner]), self.dice.choice(self.admins[requesting])
        now = self.story.clock.now()
        pressed = self.dice.choice(PRESSES)
        verb = getattr(self.story, "decide" if pressed in VERDICTS else pressed)
        by = requester if pressed in ("cancel", "remind") else approver
        answer = verb(by, request, *VERDICTS.get(pressed, ()))
        if not isinstance(answer, Denied):
            if pressed == "snooze":
                until = answer.until or datetime.max.replace(tzinfo=UTC)
                self.snoozes.append((request, approver.id, now, until))
            elif pressed == "acknowledge" and answer.until:  # the first time: later ones put nothing off
                self.looks.append((request, approver.id, now, answer.until))
            elif pressed == "remind":
                self.reminds[request] += 1
        self.answers[str(answer.reason) if isinstance(answer, Denied) else type(answer).__name__] += 1

    def on_grants(self) -> None:
        """Those who were warned let it end or ask for longer."""
        cards = {row.subject_id for row in self.story.rows(tables.Card, audience=Audience.ENDING)}
        grants = [row for row in self.story.rows(tables.Grant) if row.id in cards]
        if not grants:
            return
        last = sorted(grants, key=lambda row: (row.ends_at, row.asset_id, row.holder_id))[-10:]
        chosen = self.dice.choice(last)
        grant, holder = chosen.id, chosen.holder_id
        by = self.dice.choice(self.admins[holder])
        if self.dice.random() < 0.5:
            self.story.let_end(by, grant)
            return
        sent = self.story.extend(by, grant, days=self.dice.randint(1, 10))
        if isinstance(sent, Sent):
            view = self.story.card(sent.request_id)
            self.requests[sent.request_id] = (view.requesting.id, view.deciding.id)

    def demote(self) -> None:
        """One admin of each business becomes an employee."""
        for business in TEAMS:
            by, gone = self.admins[business][:2]
            changed = self.story.do(settings.set_role, business, gone.id, role=Role.EMPLOYEE, by=by)
            assert isinstance(changed, Changed)
            self.demoted[gone.id] = self.story.clock.now()


def populate(story: Story, seed: int) -> Month:
    month = Month(story=story, dice=random.Random(seed))
    database, number = story.database, 0
    for business, team in TEAMS.items():
        policy = {"channel_id": f"C{team}", **POLICIES[business]}
        make.business(database, business, name=f"Business {team}", team=team, **policy)
        month.assets[business] = [
            make.asset(
                database, f"act_{business[0]}{n:03d}", kind=Kind.AD_ACCOUNT, name=f"{n}", owner=business
            )
            for n in range(60)
        ]
        for role, count, kept in (
            (Role.ADMIN, 6, month.admins),
            (Role.EMPLOYEE, 8 if business == BRAND else 7, month.employees),
        ):
            kept[business] = []
            for _ in range(count):
                number += 1
                zone = ZONES[number % len(ZONES)]
                who = {"name": f"P{number:02d}", "team": team, "zone": zone}
                one = make.someone(database, number, roles={business: role}, **who)
                kept[business].append(one)
                month.zones[one.id] = zone
    return month


def live(month: Month) -> None:
    story, dice = month.story, month.dice
    story.clock.push(BEGINS - story.clock.now())
    for hour in range(DAYS * 24):
        story.clock.push(HOUR / 2)
        story.sweep()
        story.clock.push(HOUR / 2)
        while len(month.requests) < REQUESTS * hour / (DAYS * 24 * 0.8) and len(month.requests) < REQUESTS:
            month.submit()
        if dice.random() < 0.9 and month.requests:
            month.act()
        if dice.random() < 0.1:
            month.on_grants()
        if hour == DAYS * 12:
            month.demote()
    story.sweep()


@pytest.fixture(scope="module")
def month(sqlite_template) -> Iterator[Month]:
    memory = Path("/dev/shm")  # thousands of commits: no disk has to turn for them
    with TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        path = Path(folder) / "store.db"
        path.write_bytes(sqlite_template.read_bytes())
        clock = StandingClock(start=make.EPOCH)
        with Database.open(f"sqlite:///{path}", clock=clock) as database:
            told = populate(Story(database, clock), seed=SEED)
            live(told)
            yield told


@dataclass(frozen=True)
class Nudged:
    """One request in one digest."""

    person: str
    at: datetime
    request: str


def in_digests(month, *, questions) -> list[Nudged]:
    digests = {row.id: row for row in month.story.rows(tables.Digest)}
    return [
        Nudged(digests[row.digest_id].person_id, digests[row.digest_id].created_at, row.request_id)
        for row in month.story.rows(tables.DigestItem)
        if row.is_question is questions
    ]


@pytest.fixture(scope="module")
def nudged(month) -> list[Nudged]:
    return in_digests(month, questions=False)


@pytest.fixture(scope="module")
def asked(month) -> list[Nudged]:
    """Whom the question whether access works went to, when, and about which request."""
    return in_digests(month, questions=True)


@pytest.fixture(scope="module")
def requested(month) -> dict:
    return {row.id: row for row in month.story.rows(tables.Request)}


def test_it_was_a_busy_month(month, nudged, requested):
    assert len(list(month.people())) == 40
    assert len(requested) >= REQUESTS
    assert {row.state for row in requested.values()} >= set(RequestState) - {RequestState.IN_REVIEW}
    assert len(nudged) > 500
    assert min(month.answers[kind] for kind in ("Moved", "Snoozed", "Acknowledged", "Reminded")) >= 10


def test_nobody_got_two_digests_on_a_day_of_theirs(month):
    days = Counter()
    for row in month.story.rows(tables.Digest):
        day = row.created_at.astimezone(ZoneInfo(month.zones[row.person_id])).date()
        assert row.day == day.isoformat()
        days[row.person_id, day] += 1
    assert max(days.values()) == 1


def test_nobody_was_nudged_outside_their_working_hours_or_on_a_day_off(month, nudged, requested):
    for one in nudged:
        working = month.working(one.person, requested[one.request].deciding_id)
        assert is_working(one.at, working), one


@pytest.mark.covers("P12")
def test_who_was_given_access_was_asked_once_in_their_working_hours_whether_it_works(month, asked, requested):
    assert len(asked) > 10
    assert max(Counter(one.request for one in asked).values()) == 1
    for one in asked:
        request = requested[one.request]
        assert (request.state, request.extends_id) == (RequestState.APPROVED, None), one
        assert one.at >= request.over_at + timedelta(days=2) - HOUR, one
        assert is_working(one.at, month.working(one.person, request.holder_id)), one


def test_a_digest_has_at_most_ten_requests_each_once(nudged, asked):
    digests = Counter((one.person, one.at) for one in [*nudged, *asked])
    assert 2 <= max(digests.values()) <= 10
    assert len({*nudged, *asked}) == len(nudged) + len(asked)


def test_only_people_who_could_approve_were_nudged_and_only_about_what_was_open(month, nudged, requested):
    approves = {(row.request_id, row.person_id): row for row in month.story.rows(tables.Decision)}
    for one in nudged:
        request = requested[one.request]
        assert request.created_at < one.at < request.expires_at, one
        assert request.over_at is None or one.at < request.over_at, one
        assert one.person in {admin.id for admin in month.admins[request.deciding_id]}, one
        assert one.at < month.demoted.get(one.person, one.at + HOUR), one
        decision = approves.get((one.request, one.person))
        assert decision is None or decision.at > one.at, one


def test_nobody_was_nudged_while_they_had_put_it_off_or_another_was_looking(month, nudged):
    for one in nudged:
        own = [snooze for snooze in month.snoozes if snooze[:2] == (one.request, one.person)]
        before = [until for _, _, at, until in own if at < one.at]
        assert not before or before[-1] <= one.at, one  # who snoozes again means the later one
        for request, person, at, until in month.looks:
            if request == one.request and person != one.person:
                assert not at < one.at < until, one


@pytest.mark.covers("T34")
def test_the_number_of_nudges_about_one_request_is_bounded(month, nudged, requested):
    own_wish = Counter((request, person) for request, person, _, _ in month.snoozes)
    for (request, person), count in Counter((one.request, one.person) for one in nudged).items():
        assert count <= 3 + month.reminds[request] + own_wish[request, person]


def test_everybody_heard_of_what_waited_for_a_week_and_expired(month, nudged, requested):
    heard = {(one.request, one.person) for one in nudged}
    rested = {request for request, *_ in (*month.snoozes, *month.looks)}
    waited = [
        row
        for row in requested.values()
        if row.state == RequestState.EXPIRED and row.expires_at - row.created_at >= timedelta(days=7)
    ]
    assert len(waited) > 10
    for request in waited:
        if request.id not in rested and not request.approvals:
            for admin in month.admins[request.deciding_id]:
                assert admin.id in month.demoted or (request.id, admin.id) in heard, request


def test_what_nobody_decided_expired_in_time(month, requested):
    now = month.story.clock.now()
    expired = [row for row in requested.values() if row.state == RequestState.EXPIRED]
    assert len(expired) > 10
    for row in requested.values():
        if row.state == RequestState.EXPIRED:
            assert timedelta(0) <= row.over_at - row.expires_at <= HOUR
        elif row.over_at is not None:
            assert row.over_at < row.expires_at
        else:
            assert now < row.expires_at


def test_all_access_ended_on_time_and_was_warned_of_at_most_twice(month):
    now = month.story.clock.now()
    grants = month.story.rows(tables.Grant)
    assert len(grants) > 20
    warnings = Counter(row.subject_id for row in month.story.rows(tables.Card, audience=Audience.ENDING))
    assert set(warnings.values()) <= {1, 2}
    for row in grants:
        if row.end_reason == EndReason.REACHED:
            assert row.ended_at == row.ends_at
        elif row.state == GrantState.ACTIVE:
            assert row.ends_at is None or now < row.ends_at
        else:
            assert row.end_reason == EndReason.UNDONE


def test_the_requesters_were_told_once_a_day_before(month, requested):
    told = Counter(row.subject_id for row in month.story.rows(tables.Card, audience=Audience.EXPIRY))
    assert set(told.values()) == {1}
    assert {row.id for row in requested.values() if row.state == RequestState.EXPIRED} <= set(told)


def test_the_record_of_the_month_holds(month):
    assert month.story.database.verify().sound


def test_a_table_of_who_was_written_to_how_often(month, nudged, asked):
    weeks = range(-(-DAYS // 7))
    digests, others = Counter(), Counter()
    for row in month.story.rows(tables.Digest):
        digests[row.person_id, (row.created_at - BEGINS).days // 7] += 1
    cards = month.story.rows(tables.Card)
    whose = {row.id: row.user_id for row in cards if row.user_id and row.audience != Audience.DIGEST}
    for row in month.story.rows(tables.Effect):
        if row.kind in (EffectKind.POST_CARD, EffectKind.POST_NOTICE):
            to = whose.get(row.card_id) if row.card_id else read_about(row.about).user_id
            others[to, (row.put_at - BEGINS).days // 7] += 1 if to else 0
    admins = {one.id for staff in month.admins.values() for one in staff}
    told = ["", "Direct messages a week: digests + cards and words about one's own requests and access", ""]
    told.append("who  role      zone                 " + "".join(f"  week {week + 1}" for week in weeks))
    for one in month.people():
        counts = "".join(f"{digests[one.id, w]:>4} +{others[one.user, w]:>2}" for w in weeks)
        role = "admin" if one.id in admins else "employee"
        told.append(f"{one.name}  {role:<8}  {month.zones[one.id]:<20} {counts}")
    per_week = list(digests.values())
    told.append(
        f"\n{len(month.requests)} requests, {len(nudged)} nudges in {sum(per_week)} digests; a week with"
    )
    told.append(f"with any had {sum(per_week) / len(per_week):.1f} of them, never more than {max(per_week)}.")
    print(*told, sep="\n")  # noqa: T201 - what the test is run for, with -s -n 0
    assert max(per_week) <= 7
    assert {person for person, _ in digests} <= admins | {one.person for one in asked}
