"""The launcher, once for each of pytest's own processes, and a clock that starts in working hours."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime

import pytest
from crash_world import Launcher

from bot.clock import PushedClock


@pytest.fixture(scope="session")
def one_launcher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Launcher]:
    started = Launcher(tmp_path_factory.mktemp("crash"))
    yield started
    started.close()


@pytest.fixture
async def launcher(one_launcher: Launcher) -> AsyncIterator[Launcher]:
    yield one_launcher
    if one_launcher.running is not None:
        await one_launcher.running.ends()


@pytest.fixture
def clock() -> PushedClock:
    """A Monday, ten in the morning where everybody is at home."""
    return PushedClock(start=datetime(2026, 1, 5, 9, tzinfo=UTC))
