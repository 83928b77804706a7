"""The power goes: what the disk was not made to keep is lost, and nothing that was acknowledged is among it.

Needs a C compiler (`gcc`), for the library that keeps account of what is not synced.
"""

from __future__ import annotations

import struct
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from crash_world import REQUEST, Launcher, check, check_record, heal, left_behind, states
from world import running

from bot.clock import PushedClock

pytestmark = pytest.mark.long

_ENTRY = struct.Struct("=IIQQQ")


@pytest.fixture
async def forgetful(tmp_path: Path) -> AsyncIterator[Launcher]:
    """A launcher whose processes keep account of what they have not synced, in the file `undo`."""
    library = tmp_path / "power.so"
    source = Path(__file__).with_name("crash_power.c")
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)  # noqa: ASYNC221 - a second
    launcher = Launcher(tmp_path, LD_PRELOAD=str(library), COUNTERSIGN_UNDO=str(tmp_path / "undo"))
    yield launcher
    if launcher.running is not None:
        await launcher.running.ends()
    launcher.close()


def power_goes(store: Path, undo: Path) -> int:
    """Take back every write that was not synced, newest first. Return how many there were."""
    unsynced: dict[str, list[tuple[int, bytes, int]]] = {}
    record = undo.read_bytes()
    while record:
        name_length, is_sync, at, length, size = _ENTRY.unpack_from(record)
        text = record[_ENTRY.size : _ENTRY.size + name_length + length]
        record = record[_ENTRY.size + name_length + length :]
        name = text[:name_length].decode()
        if is_sync:
            unsynced.pop(name, None)
        else:
            unsynced.setdefault(name, []).append((at, text[name_length:], size))
    for name, writes in unsynced.items():
        with Path(name).open("r+b") as file:
            for at, old, size in reversed(writes):
                file.seek(at)
                file.write(old)
                file.truncate(size)
    store.with_name(store.name + "-shm").unlink()  # memory, not disk
    return sum(len(writes) for writes in unsynced.values())


@pytest.mark.parametrize(
    ("synchronous", "is_kept"), [("2", True), ("1", False)], ids=["FULL", "NORMAL, where it must fail"]
)
@pytest.mark.covers("F38")
async def test_what_was_acknowledged_survives_a_power_cut_because_every_commit_is_synced(
    sqlite_url: str,
    tmp_path: Path,
    clock: PushedClock,
    forgetful: Launcher,
    *,
    synchronous: str,
    is_kept: bool,
) -> None:
    async with running(sqlite_url, clock=clock) as world:
        card = await world.send_request(REQUEST)
        doomed = await forgetful.start(world, synchronous=synchronous)
        assert (await world.click(world.dana, card, "approve")).ok
        for asset in ("500000001", "600000001"):
            assert (await world.command(world.ann, f"request {asset} analyze for 30d because Spring")).ok
        await doomed.is_killed()
        power_goes(Path(sqlite_url.removeprefix("sqlite:///")), tmp_path / "undo")

        with left_behind(world):
            check_record(world)
            assert (sorted(states(world)) == ["APPROVED", "PENDING", "PENDING"]) == is_kept
        await world.start()
        await heal(world)
        if is_kept:
            check(world)
