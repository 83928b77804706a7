"""I16: what another business's people try changes nothing for those whom it does not concern."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import make
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from make import AGENCY, BRAND, OTHER, OTHER_TEAM
from model_answers import kinds_of
from model_draws import TEXTS
from model_look import look
from model_machine import on_sqlite
from model_town import read
from story import StandingClock, Story

from bot.domain.actors import Role
from bot.domain.messages import Audience
from bot.domain.requests import Approve, Decline, Term
from bot.services import requests, settings
from bot.services.context import act
from bot.services.results import Sent
from bot.slack import cards as faces
from bot.store import tables
from bot.store.database import Database

# What a step does, and a number that chooses what it does it to.
Step = tuple[str, int]
OURS = (
    "submit",
    "submit",
    "approve",
    "approve",
    "decline",
    "cancel",
    "undo",
    "revoke",
    "relinquish",
    "comment",
    "remind",
    "hours",
)
THEIRS = (
    "approve",
    "decline",
    "cancel",
    "undo",
    "revoke",
    "relinquish",
    "extend",
    "let_end",
    "comment",
    "snooze",
    "acknowledge",
)
THEIRS += ("remind", "policy", "role", "remove", "submit", "open", "adopt", "own policy")


class Run:
    """One run on a store of its own: `answers` are those to the two businesses, `kept` all about them."""

    def __init__(self, fresh: Callable[[], Any], steps: Sequence[tuple[bool, Step]]) -> None:
        url, done = fresh()
        clock = StandingClock(start=datetime(2026, 3, 27, 9, tzinfo=UTC))
        try:
            with Database.open(url, clock=clock) as database:
                self.town = make.town(database, who_may_ask="LISTED")
                make.listing(database, by=BRAND, of=AGENCY)
                make.business(database, OTHER, name="Rival", team=OTHER_TEAM, channel_id="COTHER")
                self.olga = make.someone(database, 7, name="Olga", team=OTHER_TEAM, roles={OTHER: Role.ADMIN})
                self.story = Story(database, clock)
                self.requested: list[str] = []
                self.answers = [
                    answer for ours, step in steps if (answer := self.do(step, ours=ours)) is not None
                ]
                self.kept = self.all_that_is_kept()
        finally:
            done()

    def do(self, step: Step, *, ours: bool) -> Any:
        what, number = step
        town, story = self.town, self.story
        if ours:
            story.clock.push(timedelta(seconds=1))  # what is written at one instant has no order
        if what == "hours":
            story.wait(hours=(1, 8, 24, 72)[number % 4])
            return None
        request = self.requested[number % len(self.requested)] if self.requested else "123456789012345"
        held = story.rows(make.tables.Grant)
        grant = (
            sorted(held, key=lambda row: self.requested.index(row.request_id))[number % len(held)].id
            if held
            else "1" * 15
        )
        requester, approver = (
            (town.ann, (town.dana, town.dov)[number % 2]) if ours else (self.olga, self.olga)
        )
        sides = (AGENCY, BRAND) if ours else ((OTHER, AGENCY)[number % 2], (OTHER, BRAND)[number % 2])
        do = story.do
        verbs: dict[str, Callable[[], Any]] = {
            "submit": lambda: story.submit(
                requester,
                make.item(make.Kind.AD_ACCOUNT, make.ACCOUNT, level=("Admin", "General user")[number % 2])
                if number % 3
                else make.item(make.Kind.PAGE, make.PAGE, level="Advertiser"),
                requesting_id=sides[0],
                term=Term.for_days(1 + number % 3),
                reason=TEXTS[number % len(TEXTS)],
            ),
            "approve": lambda: story.decide(
                approver, request, Approve(), expected_version=self.version(request)
            ),
            "decline": lambda: story.decide(
                approver, request, Decline(note="No"), expected_version=self.version(request)
            ),
            "cancel": lambda: story.cancel(requester, request),
            "undo": lambda: story.undo(approver, request),
            "revoke": lambda: story.end(approver, grant, business=sides[1]),
            "relinquish": lambda: story.end(requester, grant, business=sides[0]),
            "extend": lambda: story.extend(requester, grant),
            "let_end": lambda: story.let_end(requester, grant),
            "comment": lambda: story.comment(approver, request, TEXTS[number % len(TEXTS)]),
            "snooze": lambda: story.snooze(approver, request),
            "acknowledge": lambda: story.acknowledge(approver, request),
            "remind": lambda: story.remind(requester, request),
            "open": lambda: do(requests.open_details, request, by=approver),
            "adopt": lambda: do(
                requests.adopt_copy,
                next((row.id for row in story.rows(tables.Card) if row.subject_id == request), "1" * 15),
                by=approver,
                team_id=OTHER_TEAM,
                channel_id="COTHER",
                ts="17.000001",
            ),
            "policy": lambda: story.change_policy(approver, business=(AGENCY, BRAND)[number % 2], quorum=3),
            "role": lambda: do(settings.set_role, BRAND, town.dana.id, role=Role.EMPLOYEE, by=approver),
            "remove": lambda: do(settings.remove_member, AGENCY, town.ann.id, by=approver),
            "own policy": lambda: story.change_policy(approver, business=OTHER, quorum=1 + number % 3),
        }
        answer = verbs[what]()
        if ours and isinstance(answer, Sent):
            self.requested.append(answer.request_id)
        return kinds_of(answer) if ours else None

    def version(self, request: str) -> int:
        found = self.story.rows(make.tables.Request, id=request)
        return int(found[0].version) if found else 1

    def all_that_is_kept(self) -> list[Any]:
        """Return all about the two businesses, with numbers in place of random ids."""
        story, now = self.story, self.story.clock.now()
        seen = look(story.database, read(story.database, now), now=now, real=now, before=None)
        number = {request: n for n, request in enumerate(self.requested)}
        number |= {g.id: (number[g.request_id], g.position) for g in seen.grants}  # type: ignore[misc]
        card = {c.id: (number.get(c.subject_id), c.audience, c.channel_id, c.user_id) for c in seen.cards}
        kept: list[Any] = [
            (
                number[r.id],
                r.state,
                r.version,
                r.round,
                r.approvals,
                r.required_approvals,
                r.reason,
                r.note,
                r.expires_at,
                r.undo_until,
            )
            for r in seen.requests
        ]
        kept += [
            (number[g.request_id], g.tasks, g.state, g.starts_at, g.ends_at, g.end_reason)
            for g in seen.grants
        ]
        kept += [
            (number.get(e.subject_id), e.kind, card[e.card_id], e.version, e.about.split(":")[0])
            for e in seen.effects
            if e.card_id and not e.subject_id.startswith(f"{OTHER}@")  # of their settings
        ]
        kept += [
            (number.get(e.subject_id), e.kind, e.at, e.version, e.actor)
            for e in seen.events
            if e.kind != "denied" and e.business_id != OTHER
        ]
        kept += [(b.id, b.policy_version, b.quorum) for b in seen.businesses if b.id != OTHER]
        kept += [(m.business_id, m.person_id, m.role) for m in seen.members if m.business_id != OTHER]
        for request in self.requested:
            for one in (Audience.APPROVERS, Audience.REQUESTER):
                view = story.database.read_sync(act, requests.request_card, request, side=one.side, now=now)
                text = faces.request_card(view, audience=one, now=now).text
                kept.append(re.sub(r"[A-Z]+-\d+", "REF", text))
        return sorted(kept, key=repr)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from([True]), st.tuples(st.sampled_from(OURS), st.integers(0, 11))),
        st.tuples(st.sampled_from([False]), st.tuples(st.sampled_from(THEIRS), st.integers(0, 11))),
    ),
    min_size=4,
    max_size=14,
)
SHORT = hypothesis_settings(
    max_examples=12,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],  # it only names a file
)
ALL_OF_THEM: list[tuple[bool, Step]] = [
    (True, ("submit", 1)),
    (True, ("submit", 3)),
    (True, ("approve", 0)),
    *[(False, (what, number)) for what in dict.fromkeys(THEIRS) for number in (0, 1)],
    (True, ("comment", 1)),
    (True, ("approve", 1)),
]


def both(template: Path, steps: Sequence[tuple[bool, Step]]) -> None:
    fresh = on_sqlite(template)
    with_them = Run(fresh, steps)
    alone = Run(fresh, [one for one in steps if one[0]])
    assert with_them.answers == alone.answers
    assert with_them.kept == alone.kept


@pytest.mark.covers("I16")
def test_nothing_that_a_third_business_tries_changes_anything_for_the_two(sqlite_template: Path) -> None:
    both(sqlite_template, ALL_OF_THEM)


@pytest.mark.covers("I16")
@given(steps=STEPS)
@SHORT
def test_without_a_third_business_the_two_live_the_same_life(
    sqlite_template: Path, steps: list[tuple[bool, Step]]
) -> None:
    both(sqlite_template, steps)


@pytest.mark.long
@pytest.mark.covers("I16")
@given(steps=STEPS)
@hypothesis_settings(SHORT, max_examples=500, derandomize=False)
def test_without_a_third_business_the_two_live_the_same_long_life(
    sqlite_template: Path, steps: list[tuple[bool, Step]]
) -> None:
    both(sqlite_template, steps)
