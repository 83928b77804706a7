"""The demo's Meta: what was approved is in force there, and each way of breaking it shows on the card."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest_asyncio
from world import until

from bot.domain.assets import LEVELS, Kind
from bot.sandbox.demo.at_meta import KINDS
from bot.sandbox.demo.run import Demo, running
from bot.sandbox.demo.story import ACME, AGENCY
from bot.sandbox.meta.model import AGENCY_TASKS
from bot.sandbox.slack import Message

US, EU = "act_4815162343", "act_4815162342"
PAGE, OUTLET, PIXEL = "501000200030", "501000200031", "601000200030"


@dataclass(frozen=True)
class Shown:
    """A running demo, the page's calls, and what people do in it."""

    demo: Demo
    http: httpx.AsyncClient

    async def work(self, way: str) -> None:
        answer = await self.http.post("ui/api/switch", json={"to": way})
        assert answer.json() == {"ok": True}

    async def approved(self, asset_id: str, *, level: str, why: str) -> Callable[[], str]:
        """Have Ann ask and Dana approve; return what Dana's card says, whenever it is called."""
        slack, story = self.demo.slack, self.demo.story
        room = story.approvals[ACME]

        def card() -> Message | None:
            return next((one for one in slack.messages(room) if why in str(one.blocks)), None)

        asked = f"request {asset_id} {level} for 30d because {why}"
        await slack.command(story.people["ann"], story.approvals[AGENCY], "/access", asked)
        await slack.until(card, seconds=30)
        found = card()
        assert found is not None
        await slack.click(story.people["dana"], found, "approve")

        def says() -> str:
            now = slack.message(found.channel_id, found.ts)
            return now.text if now is not None else ""

        return says

    async def until(self, says: Callable[[], str], *words: str) -> None:
        await self.demo.slack.until(lambda: all(one in says() for one in words), seconds=30)

    def there(self, asset_id: str) -> set[str]:
        agency = self.demo.meta.assets[asset_id].agencies.get(AGENCY)
        return set() if agency is None else set(agency.tasks)


@pytest_asyncio.fixture
async def shown(tmp_path: Path) -> AsyncIterator[Shown]:
    async with running(folder=tmp_path) as demo, httpx.AsyncClient(base_url=demo.url, timeout=60) as http:
        async with asyncio.timeout(60):
            await demo.past_sent.wait()
        yield Shown(demo, http)


async def test_each_way_of_breaking_meta_shows_on_the_card_and_what_waits_is_in_force_once_it_works(
    shown: Shown,
) -> None:
    for way, asset_id, level, words in (
        ("slow", EU, "general user", "takes a few minutes to show it"),
        ("busy", OUTLET, "analyst", "Meta doesn't answer just now"),
        ("down", PAGE, "employee", "Meta doesn't answer just now"),
        ("review", PIXEL, "analyst", "waits for Meta's review"),
    ):
        await shown.work(way)
        says = await shown.approved(asset_id, level=level, why=f"Seen while {way}")
        await shown.until(says, words)
        await shown.work("works")
        await shown.until(says, "Access until")
        assert shown.there(asset_id)


async def test_what_meta_refuses_fails_with_its_reason_and_a_pushed_clock_has_it_tried_on_time(
    shown: Shown,
) -> None:
    await shown.work("limited")
    limited = await shown.approved(EU, level="reporting only", why="Limited")
    await shown.until(limited, "Couldn't be put in force", "Meta doesn't let this app share assets")
    await shown.work("slow")
    slow = await shown.approved(OUTLET, level="analyst", why="Slowly")
    await shown.until(slow, "takes a few minutes to show it")
    assert (await shown.http.post("ui/api/clock", json={"by": 3600})).json() == {"ok": True}
    assert "Access until" in slow(), "an hour has passed for Meta, too"


async def test_people_are_known_there_by_their_names(shown: Shown) -> None:
    slack, story, meta = shown.demo.slack, shown.demo.story, shown.demo.meta
    room = story.approvals[ACME]
    await slack.command(story.people["dana"], room, "/access", f"people {EU} add @Emil reporting only")
    await until(lambda: meta.assets[EU].users)
    emil = next(one for one, name in meta.businesses[ACME].people.items() if name.startswith("Emil"))
    assert meta.assets[EU].users == {emil: ("ANALYZE",)}


async def test_what_is_created_here_is_created_at_meta_and_shared_there(shown: Shown) -> None:
    slack, story, meta = shown.demo.slack, shown.demo.story, shown.demo.meta
    room = story.approvals[ACME]
    line = "create ad account Acme Shoes AT EUR Europe/Vienna"
    await slack.command(story.people["dana"], room, "/access", line)

    def created() -> str | None:
        found = re.search(r"created the ad account Acme Shoes AT \((act_\d+)\)", str(slack.messages(room)))
        return found and found[1]

    asset_id = await slack.until(created, seconds=30)
    assert asset_id is not None
    assert meta.assets[asset_id].owner_id == ACME
    says = await shown.approved(asset_id, level="analyst", why="The new one")
    await shown.until(says, "Access until")
    assert shown.there(asset_id)


def test_the_local_meta_takes_every_level_that_can_be_asked_for() -> None:
    assert set(KINDS) == set(Kind)
    for kind, levels in LEVELS.items():
        taken: Any = set(AGENCY_TASKS[KINDS[kind]])
        assert all(level.tasks <= taken for level in levels), kind
