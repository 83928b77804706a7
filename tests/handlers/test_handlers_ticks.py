"""The scheduler is stopped in the middle of its work: what has begun is waited for, nothing is an error."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from world import until

from bot.clock import PushedClock
from bot.services.sweeps import ROWS_A_STEP
from bot.slack.wire.calls import Slack, open_session
from bot.store.database import Database
from handlers import ticks
from handlers.ticks import Ticks

pytestmark = pytest.mark.case("6.5")


@dataclass
class Slow:
    """A sweep that finds more each time, and whose first step ends when it is let."""

    began: threading.Event = field(default_factory=threading.Event)
    let: threading.Event = field(default_factory=threading.Event)
    steps: int = 0

    def step(self, *_: Any, **__: Any) -> int:
        self.began.set()
        self.let.wait(10)
        self.steps += 1
        return ROWS_A_STEP


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[Slow]:
    sweep = Slow()
    monkeypatch.setattr(ticks, "SWEEP_SECONDS", 0.01)
    monkeypatch.setattr(ticks, "BUSINESS_SWEEPS", (sweep.step, sweep.step))
    yield sweep
    sweep.let.set()


@asynccontextmanager
async def begun(database: Database, slow: Slow) -> AsyncIterator[Ticks]:
    """A scheduler that is in the middle of a sweep."""
    clock = PushedClock()
    async with open_session() as session:
        running = Ticks(
            database, Slack(session=session, base_url="http://127.0.0.1:9/", clock=clock), clock=clock
        )
        running.start()
        assert await asyncio.to_thread(slow.began.wait, 10)
        yield running


def errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [one.getMessage() for one in caplog.records if one.levelno >= logging.ERROR]


async def test_a_sweep_under_way_is_waited_for_and_no_other_begins(
    database: Database, slow: Slow, caplog: pytest.LogCaptureFixture
) -> None:
    async with begun(database, slow) as running:
        stopping = asyncio.create_task(running.stop())
        done, _ = await asyncio.wait([stopping], timeout=0.1)
        assert not done
        slow.let.set()
        await stopping
    assert slow.steps == 1
    assert errors(caplog) == []


async def test_a_store_that_is_down_is_no_fault_of_a_job(
    sqlite_url: str, slow: Slow, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ticks, "FORGET_SECONDS", 0.01)
    slow.let.set()
    database = Database.open(sqlite_url, clock=PushedClock())
    async with begun(database, slow) as running:
        database.close()
        await until(lambda: "forget could not be run" in caplog.text)
        await running.stop()
    assert errors(caplog) == []


async def test_a_sweep_that_the_store_does_not_come_to_is_given_up_in_silence(
    database: Database, slow: Slow, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ticks, "STOP_SECONDS", 0.05)
    async with begun(database, slow) as running, asyncio.timeout(15):
        await running.stop()
    assert errors(caplog) == []
    slow.let.set()


async def test_a_look_at_people_that_is_wanted_during_another_is_taken_after_it_once(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = []

    def find_due(*_: Any, **__: Any) -> list[str]:
        looks.append(len(looks))
        if len(looks) == 1:
            running.look_up(events_lost=True)
        return []

    monkeypatch.setattr(ticks, "BUSINESS_SWEEPS", ())
    monkeypatch.setattr(ticks.directory, "find_due", find_due)
    clock = PushedClock()
    async with open_session() as session:
        slack = Slack(session=session, base_url="http://127.0.0.1:9/", clock=clock)
        running = Ticks(database, slack, clock=clock)
        for number in (1, 2, 2):
            await running.sweep()
            assert len(looks) == number
