"""How things are broken in the flows, and how long one waits then."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from world import World, until

from bot.domain.messages import EffectKind
from bot.sandbox.slack import Message
from bot.store import tables
from bot.store.tables import EffectState

REQUEST = "request act_1001 advertise,analyze for 30d because Spring"

_HOLD = (
    "import sqlite3, sys\n"
    "other = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
    "other.execute('BEGIN IMMEDIATE')\n"
    "print('held', flush=True)\n"
    "sys.stdin.read()\n"
)


async def asks(world: World, words: str = REQUEST) -> None:
    """Have Ann request, and wait until everything was tried that can be tried now."""
    requested = await world.command(world.ann, words)
    assert requested.ok, requested
    await tried(world)


async def tried(world: World) -> None:
    """Wait until nothing is being sent and nothing waits that was not put off.

    What was put off may be the text that a test looks for (people are looked up first): where nothing is
    broken any more, `World.settle` waits for that too.
    """

    def is_done() -> bool:
        now = world.clock.real()
        return world.app.is_idle and all(
            one.state == EffectState.WAITING and one.due_at > now for one in world.next_effects()
        )

    await until(is_done)


async def waits(world: World, seconds: float) -> None:
    """Let so many seconds of the machinery's time pass, and all be tried that is due then."""
    world.clock.push_real(timedelta(seconds=seconds))
    await tried(world)


def posted(world: World) -> list[Message]:
    """The copies of cards that stand in the brand's room."""
    return [one for one in world.slack.messages(world.brand_room) if one.metadata and not one.thread_ts]


def post_of(world: World, room: str = "CBRAND") -> Any:
    """The row of the first post of the card that goes to a room."""
    at_home = {one.id for one in world.rows(tables.Card) if one.channel_id == room}
    return next(
        one
        for one in world.rows(tables.Effect)
        if one.card_id in at_home and one.kind == EffectKind.POST_CARD
    )


@contextmanager
def stalled(world: World) -> Iterator[None]:
    """Have another process hold the store's only place for writing."""
    path = world.settings.database_url.removeprefix("sqlite:///")
    with subprocess.Popen(
        [sys.executable, "-S", "-c", _HOLD, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        try:
            yield
        finally:
            other.communicate(timeout=10)
