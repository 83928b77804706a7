"""The demo's clock: pushed, it brings what would have come, each at its time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import httpx
import pytest
import pytest_asyncio
from make import EPOCH

from bot.domain.calendar import is_working, working_time
from bot.sandbox.demo.run import Demo, running
from bot.sandbox.demo.story import AGENCY, BLUEBIRD_MAIN, beginning
from bot.sandbox.slack import Message
from bot.services import grants


@pytest.mark.parametrize("hour", range(0, 7 * 24, 5))
def test_the_story_begins_when_all_its_approvers_are_at_work(hour: int) -> None:
    real = EPOCH + timedelta(hours=hour)
    begins = beginning(real)
    assert timedelta(0) <= real - begins < timedelta(days=7)
    for name, hours in (
        ("Europe/Berlin", "Mon-Fri 09:00-17:00"),
        ("America/New_York", "10:00-18:00"),
        ("Europe/London", "08:00-16:00"),
    ):
        assert is_working(begins, working_time(hours=hours, days_off="", zone=name, otherwise="UTC")), name


@pytest_asyncio.fixture
async def demo(tmp_path: Path) -> AsyncIterator[Demo]:
    """A demo whose clock one may push, with its past sent."""
    async with running(folder=tmp_path) as started:
        async with asyncio.timeout(60):
            await started.past_sent.wait()
        yield started


def told(demo: Demo, name: str) -> list[Message]:
    """What the app has sent somebody directly."""
    person = demo.story.people[name]
    return demo.slack.messages(demo.slack.open_dm(demo.slack.workspace(person.team_id), person))


def reminders(demo: Demo, name: str) -> list[Message]:
    return [one for one in told(demo, name) if " for you" in one.text]


async def next_shown(http: httpx.AsyncClient) -> dict[str, Any]:
    shown: dict[str, Any] = (await http.get("ui/api/state")).json()["clock"]["next"]
    return shown


async def test_each_press_on_what_is_due_next_brings_somebody_a_message_at_the_time_that_it_said(
    demo: Demo,
) -> None:
    seen = []
    async with httpx.AsyncClient(base_url=demo.url, timeout=60) as http:
        while not {"a reminder", "access ends", "a warning before access ends"} <= {*seen}:
            assert len(seen) < 15, seen
            said = await next_shown(http)
            before = {(one.channel_id, one.ts) for one in every_message(demo)}
            assert (await http.post("ui/api/clock", json={"by": "next"})).status_code == 200
            now = demo.clock.now().timestamp()
            assert said["at"] <= now < said["at"] + 60, said
            new = [one for one in every_message(demo) if (one.channel_id, one.ts) not in before]
            assert new, said
            assert all(float(one.ts) >= said["at"] for one in new)
            seen.append(said["what"])


def every_message(demo: Demo) -> list[Message]:
    return [one for channel in demo.slack.channels.values() for one in demo.slack.messages(channel)]


async def test_when_days_pass_each_reminder_comes_at_its_own_hour_and_not_on_a_day_off(
    demo: Demo,
) -> None:
    began = demo.clock.now()
    assert len(reminders(demo, "bea")) == 1, "she is reminded before the story begins"
    async with httpx.AsyncClient(base_url=demo.url, timeout=60) as http:
        await http.post("ui/api/clock", json={"by": 3 * 86_400})
    (later,) = reminders(demo, "bea")[1:]
    at = datetime.fromtimestamp(float(later.ts), UTC)
    assert (at - began).days == 1, "tomorrow she has off"
    assert is_working(at, working_time(hours="08:00-16:00", days_off="", zone="Europe/London", otherwise=""))


async def is_done(http: httpx.AsyncClient, words: str) -> bool:
    """Whether the tour's step with these words in it is done."""
    steps = (await http.get("ui/api/state")).json()["tour"]
    (done,) = [bool(step["done"]) for step in steps if words in step["text"]]
    return done


async def test_the_tours_step_about_the_clock_ends_when_access_has_ended(demo: Demo) -> None:
    async with httpx.AsyncClient(base_url=demo.url, timeout=60) as http:
        presses = 0
        while not await is_done(http, "push the clock"):
            assert presses < 5
            await http.post("ui/api/clock", json={"by": "next"})
            presses += 1
    assert presses > 1, "one press is not yet the end of it"
    held = await demo.bot.database.read(
        grants.tasks_held, asset_id=BLUEBIRD_MAIN, holder_id=AGENCY, at=demo.clock.now()
    )
    assert held == frozenset()


async def test_messages_of_the_past_are_not_announced_and_those_that_follow_are(demo: Demo) -> None:
    async with aiohttp.ClientSession() as session, session.ws_connect(f"{demo.url}ui/api/feed") as feed:
        async with httpx.AsyncClient(base_url=demo.url, timeout=60) as http:
            await http.post("ui/api/clock", json={"by": "next"})
        async with asyncio.timeout(20):
            while "waits for you" not in (await feed.receive_json()).get("text", ""):
                pass
