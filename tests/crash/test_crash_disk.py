"""What the disk does not keep is not said to be kept: a commit that fails, and no room left."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import pytest
from crash_launcher import End, Step
from crash_world import (
    REQUEST,
    Launcher,
    again,
    check,
    check_record,
    events,
    heal,
    left_behind,
    states,
)
from sqlalchemy import Text, text
from world import running

from bot.clock import PushedClock
from bot.slack.text import en as texts


def size_of(file: Path) -> int:
    return file.stat().st_size


@pytest.mark.parametrize("end", [End.FAIL_KEPT, End.FAIL_LOST])
@pytest.mark.covers("F1", "F37")
async def test_a_commit_that_fails_is_said_to_be_in_doubt_and_all_of_it_is_there_or_nothing(
    database_url: str, clock: PushedClock, launcher: Launcher, end: End
) -> None:
    async with running(database_url, clock=clock) as world:
        card = await world.send_request(REQUEST)
        doomed = await launcher.start(world, step=Step.COMMITTING, end=end)
        await world.click(world.dana, card, "approve")
        await doomed.says("hit")
        await world.slack.until(lambda: world.told(world.dana))
        assert texts.replies.UNCONFIRMED in world.told(world.dana)
        await doomed.is_killed()

        with left_behind(world):
            check_record(world)
            assert states(world) == ["APPROVED" if end is End.FAIL_KEPT else "PENDING"]
        await world.start()
        assert (await again(world)).ok
        await heal(world)

        assert len(events(world, "request.approved")) == 1
        check(world)


@pytest.mark.covers("F37")
async def test_when_the_disk_is_full_clicks_are_refused_and_nothing_is_half_kept(
    sqlite_url: str, clock: PushedClock, launcher: Launcher
) -> None:
    log = Path(sqlite_url.removeprefix("sqlite:///") + "-wal")
    async with running(sqlite_url, clock=clock) as world:
        assets = ("act_1001", "500000001", "600000001")
        cards = [
            await world.send_request(f"request {asset} analyze for 30d because Spring") for asset in assets
        ]
        approvers = (world.dana, world.dov, world.dana)
        doomed = await launcher.start(world)
        # Room for a page or two, which is less than one decision takes: what fails has begun.
        await doomed.obey(largest_file=size_of(log) + 10_000)
        clicks = [world.click(who, card, "approve") for who, card in zip(approvers, cards, strict=True)]
        for clicked in await asyncio.gather(*clicks):
            assert clicked.ok, clicked
        for who in (world.dana, world.dov):
            await world.slack.until(lambda who=who: world.told(who))
            assert any(words in world.told(who) for words in (texts.replies.UNCONFIRMED, texts.replies.BUSY))
        with left_behind(world):
            check_record(world)
            assert states(world) == ["PENDING"] * 3

        await doomed.obey(largest_file=None)
        for who, card in zip(approvers, cards, strict=True):
            assert (await world.click(who, card, "approve")).ok
        doomed.gets(signal.SIGTERM)
        assert await doomed.says("ended") == 0

        await world.start()
        await heal(world)
        assert states(world) == ["APPROVED"] * 3
        check(world)
        verdict = text("PRAGMA integrity_check").columns(ok=Text)
        assert [row.ok for row in world.database.read_sync(lambda tx: tx.all(verdict))] == ["ok"]
