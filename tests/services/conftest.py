"""The little town and its story, for the services, and what most tests begin with."""

from __future__ import annotations

from collections.abc import Iterator

import make
import pytest
from make import AGENCY, BRAND, BRAND_TEAM, EPOCH, Someone, Town, insert_row, item, write
from steps import ADMIN, DAY, MINUTE, decide, give, said
from story import StandingClock, Story

from bot.clock import PushedClock
from bot.domain.actors import Role
from bot.domain.assets import Kind
from bot.domain.requests import Approve
from bot.services.results import Sent
from bot.services.views.access import GrantView
from bot.store import tables
from bot.store.database import Database


@pytest.fixture
def clock() -> PushedClock:
    """A clock that stands still between two pushes: Monday 5 January 2026, 10:00 in Berlin."""
    return StandingClock(start=EPOCH)


@pytest.fixture
def here(sqlite_url: str, clock: PushedClock) -> Iterator[Database]:
    """One store is enough where no statement has another form on the other."""
    with Database.open(sqlite_url, clock=clock) as opened:
        yield opened


@pytest.fixture
def town(database: Database) -> Town:
    return make.town(database)


@pytest.fixture
def story(database: Database, clock: PushedClock, town: Town) -> Story:
    return Story(database, clock)


@pytest.fixture
def sent(story: Story, town: Town) -> Sent:
    """A request of a minute ago. Those who made it and can decide have looked at their homes."""
    for who in (town.ann, town.dana):
        story.open_home(who)
    sent = story.submit(
        town.ann,
        item(Kind.AD_ACCOUNT, make.ACCOUNT, level="General user"),
        item(Kind.PAGE, make.PAGE),
        people=(town.eva.id,),
    )
    another = story.submit(town.ann, item(Kind.PIXEL, make.PIXEL))
    for request_id in (sent.request_id, another.request_id):
        nudge = {"person_id": town.dana.id, "due_at": EPOCH + DAY, "quiet_until": None}
        write(story.database, insert_row, tables.Nudge, request_id=request_id, **nudge)
    said(story)
    story.clock.push(MINUTE)
    return sent


@pytest.fixture
def approved(story: Story, town: Town, sent: Sent) -> Sent:
    """That request, approved a minute ago; and another that was too, whose access goes on."""
    decide(story, sent, town.dana, Approve())
    another = story.submit(town.ann, ADMIN, people=(town.eva.id,))
    decide(story, another, town.dana, Approve(given={0: frozenset({"ANALYZE"})}))
    said(story)
    story.clock.push(MINUTE)
    return sent


@pytest.fixture
def given(story: Story, town: Town) -> GrantView:
    """A grant of the ad account for 30 days."""
    return give(story, town, people=(town.eva.id,))


@pytest.fixture
def dia(database: Database, town: Town) -> Someone:
    """A third admin of the brand."""
    return make.someone(database, 7, name="Dia", team=BRAND_TEAM, roles={BRAND: Role.ADMIN})


@pytest.fixture
def bob(database: Database, town: Town) -> Someone:
    """Somebody who stands on both sides."""
    roles = {BRAND: Role.ADMIN, AGENCY: Role.EMPLOYEE}
    return make.someone(database, 8, name="Bob", team=BRAND_TEAM, roles=roles)


@pytest.fixture
def oda(database: Database, town: Town) -> Someone:
    """An admin of a third business."""
    make.business(database, make.OTHER, name="Other", team=make.OTHER_TEAM)
    return make.someone(database, 9, name="Oda", team=make.OTHER_TEAM, roles={make.OTHER: Role.ADMIN})
