"""What the model-based test has found, each defect as a plain test."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import make
import pytest
from make import BRAND, OTHER, OTHER_TEAM, Town, item
from story import StandingClock, Story

from bot.domain.assets import Kind
from bot.domain.denials import DenialReason
from bot.domain.requests import Approve, ErrorCode, RequestState
from bot.services.results import Denied, Invalid, Moved
from bot.store import tables
from bot.store.database import Database


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock(start=make.EPOCH)


@pytest.fixture
def town(database: Database) -> Iterator[Town]:
    return make.town(database)


@pytest.fixture
def story(database: Database, clock: StandingClock, town: Town) -> Story:
    return Story(database, clock)


NAMED = item(Kind.AD_ACCOUNT, make.ACCOUNT, level="General user")
DESCRIBED = item(Kind.AD_ACCOUNT, words="the main account", level="Reporting only")


@pytest.mark.covers("I2")
def test_what_is_described_cannot_be_bound_to_what_is_named_beside_it_and_declined(
    story: Story, town: Town
) -> None:
    requested = story.submit(town.ann, NAMED, DESCRIBED)
    verdict = Approve(given={0: frozenset()}, bound={1: make.ACCOUNT})
    answer = story.decide(town.dana, requested.request_id, verdict)
    assert isinstance(answer, Invalid)
    assert [field_error.code for field_error in answer.field_errors] == [ErrorCode.SAME_ASSET_TWICE]
    assert story.card(requested.request_id).state is RequestState.PENDING


@pytest.mark.covers("I6", "I16")
@pytest.mark.parametrize("bound", ["999999999", "800000001", make.PIXEL])
def test_an_item_that_is_declined_is_bound_to_nothing(
    story: Story, town: Town, database: Database, bound: str
) -> None:
    make.business(database, OTHER, name="Rival", team=OTHER_TEAM)
    make.asset(database, "800000001", kind=Kind.PAGE, name="Rival's secret launch", owner=OTHER)
    requested = story.submit(town.ann, NAMED, DESCRIBED)
    verdict = Approve(given={1: frozenset()}, bound={1: bound})
    assert isinstance(story.decide(town.dana, requested.request_id, verdict), Moved)
    named, described = story.rows(tables.Item, request_id=requested.request_id)
    assert (named.asset_id, described.asset_id) == (make.ACCOUNT, None)


@pytest.mark.covers("I27")
def test_what_is_in_force_stays_so_when_the_clock_is_put_back_behind_its_start(
    story: Story, town: Town
) -> None:
    requested = story.submit(town.ann, NAMED)
    story.decide(town.dana, requested.request_id, Approve())
    story.wait(hours=-1)
    assert story.held(make.ACCOUNT) == NAMED.tasks
    again = story.submit(town.ann, NAMED)
    assert isinstance(again, Denied)
    assert again.reason is DenialReason.GRANTED_ALREADY


@pytest.mark.covers("I29")
def test_the_clock_put_back_takes_nobody_off_what_another_grant_still_gives(story: Story, town: Town) -> None:
    lower = item(Kind.AD_ACCOUNT, make.ACCOUNT, level="Reporting only")
    first = story.submit(town.ann, lower, people=(town.eva.id,))
    story.decide(town.dana, first.request_id, Approve())
    second = story.submit(town.ann, NAMED, people=(town.eva.id,))
    story.decide(town.dana, second.request_id, Approve())
    story.clock.push(timedelta(hours=-1))
    story.end(town.dana, story.grant_of(second.request_id).id, business=BRAND)
    (assigned,) = story.rows(tables.Assignment)
    assert assigned.tasks == "ANALYZE"


@pytest.mark.covers("I24")
def test_what_was_asked_later_is_not_told_as_before_this(story: Story, town: Town) -> None:
    first = story.submit(town.ann, NAMED)
    story.wait(hours=2)
    story.submit(town.ann, item(Kind.PAGE, make.PAGE))
    story.cancel(town.ann, first.request_id)
    card = story.card(first.request_id)
    assert (card.past_requests, card.first_seen) == (0, None)


def test_grants_that_end_at_one_moment_end_in_the_order_of_their_requests(story: Story, town: Town) -> None:
    """The end of one may change what the cards of requests to extend the others show."""
    many = make.gives(story.database, 26 * 3, to=make.AGENCY, by=town.ann, now=story.clock.now())
    assert len(many) == 78
    story.wait(days=4000)
    given = {row.id: (row.request_id, row.position) for row in story.rows(tables.Grant)}
    ended = [given[row.subject_id] for row in story.rows(tables.Event, kind="grant.ended")]
    assert ended == sorted(given.values())
