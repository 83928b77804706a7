"""T34 to T36: floods, two at one instant, and ways out of what is over."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import make
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from make import ACCOUNT, AGENCY, BRAND, Someone, Town, item, requesting, write
from story import Story
from verbs import Things, calls, do_all, dump, is_no, things_of

from bot.clock import PushedClock
from bot.domain.actors import Role
from bot.domain.assets import Kind as AssetKind
from bot.domain.denials import DenialReason
from bot.domain.limits import MOST_ITEMS, MOST_OPEN_BETWEEN
from bot.domain.requests import Approve, Decline
from bot.errors import ConstraintBroken
from bot.services import grants, requests
from bot.services.context import act
from bot.services.results import Denied, Invalid, Sent
from bot.store import tables
from bot.store.database import Database


@pytest.mark.covers("T35")
def test_of_two_processes_that_request_the_same_at_one_instant_one_succeeds(
    either: Story, database_url: str, clock: PushedClock
) -> None:
    story, town = either, make.town(either.database)
    rounds = 10
    for number in range(rounds):
        asset = f"act_7{number:03d}"
        make.asset(story.database, asset, kind=AssetKind.AD_ACCOUNT, name=asset, owner=BRAND)
    with Database.open(database_url, clock=clock) as another:
        start = threading.Barrier(2)
        answers: dict[str, list[Any]] = {"Ann": [], "Abe": []}

        def run(database: Database, who: Someone) -> None:
            for number in range(rounds):
                wanted = requesting(item(AssetKind.AD_ACCOUNT, f"act_7{number:03d}"))
                start.wait(10)
                answers[who.name].append(
                    write(database, act, requests.submit, wanted, by=who.by(), now=clock.now())
                )

        threads = [
            threading.Thread(target=run, args=(database, who))
            for database, who in ((story.database, town.ann), (another, town.abe))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
    for one, other in zip(answers["Ann"], answers["Abe"], strict=True):
        sent, denied = (one, other) if isinstance(one, Sent) else (other, one)
        assert isinstance(sent, Sent)
        assert isinstance(denied, Denied)
        assert (denied.reason, denied.ref) == (DenialReason.OPEN_ALREADY, sent.ref)
    assert len(story.rows(tables.Request)) == rounds


@pytest.mark.covers("T35")
def test_the_database_itself_keeps_no_second_open_item_for_one_asset_and_holder(either: Story) -> None:
    """Whatever a verb might overlook."""
    story = either
    things = things_of(story, make.town(story.database))
    (row,) = story.rows(tables.Item, request_id=things.request_id)
    another = {**row._asdict(), "request_id": things.approved_id, "position": 7}
    with pytest.raises(ConstraintBroken):
        write(story.database, make.insert_row, tables.Item, **another)


class Flood:
    """Two businesses that ask one owner, and what each of them must have open by now."""

    def __init__(self, story: Story, town: Town, requesters: dict[str, Someone], *, cap: int) -> None:
        self.story, self.town, self.requesters, self.cap = story, town, requesters, cap
        self.waiting: dict[str, dict[int, str]] = {business: {} for business in requesters}
        self.full = 0

    def submit(self, business: str, number: int) -> None:
        mine = self.waiting[business]
        wanted = item(AssetKind.AD_ACCOUNT, f"act_8{number}")
        answer = self.story.submit(self.requesters[business], wanted, requesting_id=business)
        if len(mine) == self.cap:
            self.full += 1
            assert answer.reason is DenialReason.TOO_MANY_OPEN
        elif number in mine:
            assert answer.reason is DenialReason.OPEN_ALREADY
        else:
            mine[number] = answer.request_id

    def cancel(self, business: str, number: int) -> None:
        if number in self.waiting[business]:
            self.story.cancel(self.requesters[business], self.waiting[business].pop(number))

    def decline(self, business: str, number: int) -> None:
        if number in self.waiting[business]:
            request_id = self.waiting[business].pop(number)
            self.story.decide(self.town.dana, request_id, Decline(note="No"))

    def expire(self, *_: Any) -> None:
        self.story.wait(days=15)
        self.waiting = {business: {} for business in self.requesters}

    def check(self) -> None:
        for business, mine in self.waiting.items():
            rows = self.story.rows(tables.Request, requesting_id=business, state="PENDING")
            assert {row.id for row in rows} == set(mine.values())


@pytest.mark.covers("T34", "I28")
def test_however_requests_come_and_go_never_more_than_the_cap_is_open_between_two(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.domain.policy.MOST_OPEN_BETWEEN", 2)
    monkeypatch.setattr("bot.domain.policy.MOST_ASKED_A_DAY", 1_000)
    database = story.database
    town = make.town(database)
    make.business(database, make.OTHER, name="Rival Media", team=make.AGENCY_TEAM)
    olga = make.someone(database, 7, name="Olga", team=make.AGENCY_TEAM, roles={make.OTHER: Role.ADMIN})
    for number in range(6):
        make.asset(database, f"act_8{number}", kind=AssetKind.AD_ACCOUNT, name=str(number), owner=BRAND)
    flood = Flood(story, town, {AGENCY: town.ann, make.OTHER: olga}, cap=2)
    steps = st.tuples(
        st.sampled_from([flood.submit] * 6 + [flood.cancel, flood.decline, flood.expire]),
        st.sampled_from(list(flood.requesters)),
        st.integers(0, 5),
    )

    @hypothesis_settings(max_examples=25, derandomize=True, database=None)
    @given(st.lists(steps, min_size=12, max_size=20))
    def flooded(taken: list[Any]) -> None:
        for step, business, number in taken:
            step(business, number)
        flood.check()

    flooded()
    assert flood.full > 20, "or it has shown nothing"


def _flood(story: Story, requested: int) -> None:
    """Ask so often, for all that a big owner has; what is over the cap is refused, and told to nobody."""
    town = make.town(story.database)
    for number in range(requested // 10):
        make.asset(story.database, f"act_9{number}", kind=AssetKind.AD_ACCOUNT, name=str(number), owner=BRAND)
    waiting = [
        story.database.submit(
            act,
            requests.submit,
            requesting(item(AssetKind.AD_ACCOUNT, f"act_9{number % (requested // 10)}")),
            by=(town.ann, town.abe)[number % 2].by(),
            now=story.clock.now(),
        )
        for number in range(requested)
    ]
    answers = [one.result(120) for one in waiting]
    assert sum(isinstance(one, Sent) for one in answers) == MOST_OPEN_BETWEEN
    assert {one.reason for one in answers if isinstance(one, Denied)} == {DenialReason.TOO_MANY_OPEN}
    assert len(story.rows(tables.Request)) == MOST_OPEN_BETWEEN
    channel = [row for row in story.rows(tables.Card) if row.channel_id == "CBRAND"]
    assert len(channel) <= MOST_OPEN_BETWEEN
    for _ in range(20):
        story.live(days=1, hours=6)
    for approver in (town.dana, town.dov):
        assert len(story.digests(approver)) <= 14
        for _, about in story.digests(approver):
            assert len(about) <= 10
    assert story.database.verify().sound


@pytest.mark.covers("T34")
def test_a_flood_of_requests_leaves_fifty_and_few_nudges(story: Story) -> None:
    _flood(story, 700)


@pytest.mark.long
@pytest.mark.covers("T34")
def test_a_flood_of_ten_thousand_requests_leaves_fifty_and_few_nudges(story: Story) -> None:
    _flood(story, 10_000)


@pytest.mark.covers("T34")
def test_one_request_takes_no_more_than_so_many_assets(story: Story, town: Town) -> None:
    """Or fifty requests would be many thousands."""
    many = tuple(item(AssetKind.AD_ACCOUNT, f"act_{number}") for number in range(MOST_ITEMS + 1))
    assert isinstance(story.submit(town.ann, *many), Invalid)
    assert story.rows(tables.Request) == []


def _decline(story: Story, things: Things) -> None:
    story.decide(things.town.dana, things.request_id, Decline(note="No"))


def _cancel(story: Story, things: Things) -> None:
    story.cancel(things.town.abe, things.request_id)


def _expire(story: Story, _: Things) -> None:
    story.wait(days=15)


def _approve(story: Story, things: Things) -> None:
    story.decide(things.town.dana, things.request_id, Approve())


_OF_A_PAST_REQUEST = {requests.comment, requests.save_bundle, requests.remove_bundle}
"""What can be done with one: it can be talked about, and others can be started from it."""


@pytest.mark.covers("T36", "I4")
@pytest.mark.parametrize(
    ("end", "state"),
    [(_decline, "DECLINED"), (_cancel, "CANCELLED"), (_expire, "EXPIRED"), (_approve, "APPROVED")],
    ids=["declined", "cancelled", "expired", "approved"],
)
def test_nothing_leads_out_of_a_request_that_is_over(
    story: Story, things: Things, end: Callable[[Story, Things], None], state: str
) -> None:
    """By no verb, of nobody, whatever version they saw, and at no time, the past included."""
    end(story, things)
    (row,) = story.rows(tables.Request, id=things.request_id)
    assert row.state == state
    own = {"request_id": things.request_id}
    before = [story.rows(table, **own) for table in (tables.Item, tables.Decision)]
    given_ = [one.id for one in story.rows(tables.Grant, request_id=things.request_id)]
    assert len(given_) == (1 if state == "APPROVED" else 0)
    about = [
        call
        for expected_version in sorted({1, row.version})
        for call in calls(replace(things, version=expected_version))
        if call[1][0] == things.request_id
    ]
    for days in (0, -30, 400):
        story.clock.push(timedelta(days=days))
        for call, _, answer in do_all(story, things.town, about):
            assert is_no(answer) or call[0] in _OF_A_PAST_REQUEST, (call, answer)
        story.sweep()
        story.clock.push(timedelta(days=-days))

    (now,) = story.rows(tables.Request, id=things.request_id)
    # Which the clock takes away.
    assert now._replace(undo_until=row.undo_until, nudge_at=row.nudge_at) == row
    assert [story.rows(table, **own) for table in (tables.Item, tables.Decision)] == before
    assert [one.id for one in story.rows(tables.Grant, **own)] == given_


@pytest.mark.covers("T36")
def test_nothing_leads_out_of_a_grant_that_has_ended_or_a_draft_that_is_over(
    story: Story, things: Things, town: Town
) -> None:
    story.end(town.dana, things.grant_id, business=BRAND)
    dropped = {"by": town.ann.by(), "expected_version": 1, "now": story.clock.now()}
    write(story.database, act, requests.drop_draft, things.draft_id, **dropped)
    over = (things.grant_id, [things.grant_id], things.draft_id)
    about = [
        call
        for version in (1, 2)
        for call in calls(replace(things, draft_version=version))
        if call[1][0] in over or call[0] in (grants.end_each, grants.end_named)
    ]
    assert len(about) == 28
    before = _over(story, things)
    for days in (0, -30, 400):
        story.clock.push(timedelta(days=days))
        for call, _, answer in do_all(story, town, about):
            assert is_no(answer), call
    story.sweep()
    assert _over(story, things) == before


def _over(story: Story, things: Things) -> dict[str, list[Any]]:
    """What has ended, with all that could rest on it: not the grant that failed, which can be tried again."""
    found = dump(story, tables.Grant, tables.Draft, tables.Assignment)
    ended = [row for row in found["Grant"] if row.request_id != things.failed_id]
    return {**found, "Grant": ended}


@pytest.mark.covers("T36")
def test_requesting_again_is_a_new_request_that_is_decided_for_itself(
    story: Story, things: Things, town: Town
) -> None:
    _decline(story, things)
    again = story.submit(town.ann)
    assert isinstance(again, Sent)
    assert again.request_id != things.request_id
    states = {row.id: row.state for row in story.rows(tables.Request)}
    assert (states[things.request_id], states[again.request_id]) == ("DECLINED", "PENDING")
    assert story.held(ACCOUNT) == frozenset()
