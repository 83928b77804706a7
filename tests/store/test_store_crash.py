from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from nodes import kept, put_and_tell

from bot.clock import PushedClock
from bot.domain.inbox import InboxKind
from bot.store.database import Database, InboxKey, Repeated

CLICK = InboxKey(InboxKind.SIGNATURE, "v0=1")


def run(program: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", program], cwd=Path(__file__).parent, stdout=subprocess.PIPE, text=True
    )


# Each wraps one step of the writer so that the process is killed there, without any of its own clean-up.
STEPS = {
    "the key is in the inbox": "inbox.take = after(inbox.take)",
    "the event is appended, the head is not": "journal.store_head = before(journal.store_head)",
    "nothing is committed yet": "driver.commit = before(driver.commit)",
    "the commit is done, nobody is answered": "driver.commit = after(driver.commit)",
}


@pytest.mark.covers("F1", "F2")
@pytest.mark.parametrize("step", STEPS)
def test_a_click_killed_on_its_way_is_one_decision_when_it_comes_again(
    database_url: str, clock: PushedClock, step: str
):
    killed = run(
        "import os, signal\n"
        "from bot.clock import Clock\n"
        "from bot.domain.inbox import InboxKind\n"
        "from bot.store import inbox, journal\n"
        "from bot.store.database import Database, InboxKey\n"
        "from bot.store.drivers import driver_for\n"
        "from nodes import put_and_tell\n"
        "def die(*_): os.kill(os.getpid(), signal.SIGKILL)\n"
        "def before(step): return die\n"
        "def after(step): return lambda *args, **more: die(step(*args, **more))\n"
        f"driver = driver_for({database_url!r})\n"
        "database = Database(driver, clock=Clock(), unlock=lambda: None, anchor=None)\n"
        f"{STEPS[step]}\n"
        f"key = InboxKey(InboxKind.SIGNATURE, '{CLICK.value}')\n"
        "database.submit(put_and_tell, '1', inbox=key).result(30)\n"
        "print('answered', flush=True)\n"
    )
    said, _ = killed.communicate(timeout=60)
    assert (killed.returncode, said) == (-signal.SIGKILL, "")
    with Database.open(database_url, clock=clock) as database:
        was_kept = kept(database) == ["1"]
        assert was_kept == (step == "the commit is done, nobody is answered")
        again = database.submit(put_and_tell, "1", inbox=CLICK).result(10)
        assert again == (Repeated(None) if was_kept else 1)
        assert kept(database) == ["1"]
        assert database.verify().seq == 1


@pytest.mark.covers("F2")
def test_what_was_answered_is_there_after_a_kill(database_url: str, clock: PushedClock):
    writing = run(
        "import asyncio, itertools\n"
        "from bot.clock import Clock\n"
        "from bot.store.database import Database\n"
        "from nodes import put_and_tell\n"
        "async def caller(database, number):\n"
        "    for n in itertools.count():\n"
        "        await database.write(put_and_tell, f'{number}-{n}')\n"
        "        print(f'{number}-{n}', flush=True)\n"
        "async def main():\n"
        f"    database = Database.open({database_url!r}, clock=Clock())\n"
        "    await asyncio.gather(*(caller(database, number) for number in range(8)))\n"
        "asyncio.run(main())\n"
    )
    assert writing.stdout is not None
    answered = {writing.stdout.readline().strip() for _ in range(300)}
    writing.kill()
    rest, _ = writing.communicate(timeout=30)
    answered.update(rest.split("\n")[:-1])  # but for a line that was cut short
    with Database.open(database_url, clock=clock) as database:
        found = set(kept(database))
        assert answered <= found
        assert database.verify().seq == len(found)
