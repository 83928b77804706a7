"""T20: installing the app by what somebody else began, made up, used before or kept for too long."""

from __future__ import annotations

import html
import io
from datetime import timedelta

import pytest
from browsing import Browser
from stages import stored
from world import Person, Way, World, running

from bot.clock import PushedClock
from bot.store import tables

pytestmark = pytest.mark.covers("T20")


@pytest.fixture
async def world(sqlite_url: str, clock: PushedClock):
    async with running(sqlite_url, way=Way.HTTP, clock=clock) as made:
        yield made


@pytest.fixture
def olga(world: World) -> Person:
    """Who may install the app in a workspace of her own."""
    return world.slack.add_person(world.brand, "olga", is_admin=True)


async def refused(world: World, browser: Browser, address: str, *, status: int = 400) -> str:
    """What somebody sees whose installation comes to nothing, and nothing is kept of it."""
    await world.settle()
    before = stored(world)
    page = await browser.get(address)
    await world.settle()
    after = stored(world)
    assert page.status_code == status, page.text
    assert before | {"inbox": None} == after | {"inbox": None}
    assert world.rows(tables.Installation) == []
    return html.unescape(page.text)


async def test_a_state_that_was_made_up_or_altered_or_is_anothers_installs_nothing(
    world: World, olga: Person
):
    async with Browser(world) as hers, Browser(world) as mallorys:
        begun = world.slack.installs.allow(olga, await hers.begin())
        theirs = world.slack.installs.allow(olga, await mallorys.begin())
        state = begun.partition("state=")[2]
        said, _, signature = state.rpartition(".")
        until, _, rest = said.partition(".")
        altered = [
            "",
            "x",
            "é",
            signature,
            state[:-1],
            f"{int(until) + 1}.{rest}.{signature}",
            f"{said}.{'0' * 64}",
        ]
        for odd in altered:
            hers.cookies["countersign-install"] = odd if odd.isascii() else "x"
            assert "Please start again" in await refused(world, hers, begun.replace(state, odd))
        hers.cookies["countersign-install"] = state
        assert "start again" in await refused(world, hers, theirs)  # begun by Mallory, ended by Olga
        hers.cookies.clear()
        assert "start again" in await refused(world, hers, begun)
        assert not world.slack.calls_of("oauth.v2.access")


async def test_it_works_once_and_for_ten_minutes(world: World, olga: Person, clock: PushedClock):
    async with Browser(world) as browser:
        late = world.slack.installs.allow(olga, await browser.begin())
        clock.push_real(timedelta(minutes=10, seconds=1))
        assert "start again" in await refused(world, browser, late)

        begun = world.slack.installs.allow(olga, await browser.begin())
        cookie = dict(browser.cookies)
        world.slack.faults.refuse("oauth.v2.access", "code_already_used")
        assert "start again" in await refused(world, browser, begun)
        browser.cookies = cookie
        assert "start again" in await refused(world, browser, begun), "the state is used up"
        assert len(world.slack.calls_of("oauth.v2.access")) == 1


async def test_a_code_of_another_app_or_one_that_was_used_installs_nothing(
    world: World, olga: Person, written: io.StringIO
):
    async with Browser(world) as browser:
        address = await browser.begin()
        begun = world.slack.installs.allow(olga, address)
        code = begun.partition("code=")[2].partition("&")[0]
        assert "start again" in await refused(world, browser, begun.replace(code, "1.junk"))

        world.slack.app.id = "A0OTHER"
        begun = world.slack.installs.allow(olga, await browser.begin())
        assert "isn't set up right" in await refused(world, browser, begun, status=500)
        world.slack.app.client_secret = "f" * 32
        begun = world.slack.installs.allow(olga, await browser.begin())
        assert "tell the person who runs Countersign" in await refused(world, browser, begun, status=500)
        world.slack.faults.http_error("oauth.v2.access")
        begun = world.slack.installs.allow(olga, await browser.begin())
        assert "in a moment" in await refused(world, browser, begun, status=503)
        assert "Nothing was added" in await refused(
            world, browser, world.slack.installs.deny(await browser.begin()), status=200
        )
    log = written.getvalue()
    assert log.count("ALARM") == 2
    for secret in (code, world.slack.app.client_secret, world.settings.client_secret.get_secret_value()):
        assert secret not in log


async def test_neither_page_takes_anything_but_a_browsers_get(world: World, olga: Person):
    async with Browser(world) as browser:
        for method in (methods := ("HEAD", "OPTIONS", "POST", "PUT", "DELETE")):
            assert (await browser.get("/slack/install", method)).status_code in (200, 401, 405)
        begun = world.slack.installs.allow(olga, await browser.begin())
        for method in methods:
            answer = await browser.get(begun, method)
            assert answer.status_code in (400, 401, 405), method
        assert world.rows(tables.Installation) == []
        assert (await browser.get(begun)).status_code == 200, "and then it still works"
