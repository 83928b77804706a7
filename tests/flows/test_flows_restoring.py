"""A backup that is restored: nothing is said again, and nothing that was revoked is given again."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from browsing import Browser
from fault_steps import asks
from flow_steps import buttons, cards, check, ends, events, held, press, read, types
from make import AGENCY, BRAND
from meta_town import KEY, local_meta
from world import Way, World, running

from bot.cli.backup import bring_back
from bot.clock import PushedClock
from bot.credentials import Credentials
from bot.domain.actors import OPERATOR
from bot.errors import Misconfigured
from bot.sandbox.slack import Message
from bot.services import connections, settings
from bot.services.context import act
from bot.services.directory_file import import_directory, read_file
from bot.services.restoring import Access
from bot.store import copies

LEARNT = ("history", "blind", "lost")
"""By what it is learnt what was said: from the store that is replaced, which may be lost, or in Slack."""


def said(world: World) -> list[tuple[str, str]]:
    """Every message that stands in Slack, by where and when it was posted."""
    return sorted(
        (room.id, message.ts)
        for room in world.slack.channels.values()
        for message in world.slack.messages(room)
    )


def cards_of(world: World) -> list[Message]:
    """The copies of cards in the brand's room."""
    return [one for one in world.slack.messages(world.brand_room) if one.thread_ts in (None, one.ts)]


async def look_twice(world: World) -> None:
    """Let so much time pass that a message is looked for twice, and sent if it is not found."""
    for _ in range(4):
        await world.settle()
        world.clock.push_real(timedelta(minutes=2))
    await world.settle()


def store_of(world: World) -> Path:
    return Path(world.settings.database_url.removeprefix("sqlite:///"))


@pytest.mark.parametrize("learnt", LEARNT)
@pytest.mark.covers("V6", "F40")
async def test_what_was_said_and_ended_after_a_backup_is_neither_said_nor_given_again(
    sqlite_url: str, clock: PushedClock, tmp_path: Path, learnt: str
) -> None:
    file = tmp_path / "backup.db"
    async with running(sqlite_url, clock=clock, history=learnt != "blind") as world:
        await press(world, world.dana, await world.send_request(), "approve")
        await world.settle()
        world.slack.faults.drop("chat.postMessage", after=False)  # what comes now is still to be said
        await asks(world, "request 500000001 advertise for 10d because Summer")
        copies.back_up(store_of(world), file)
        world.slack.faults.clear()
        await look_twice(world)
        assert len(cards_of(world)) == 2, "it was said after the backup"
        await ends(world, world.dana, "revoke act_1001 because of a breach")
        await world.pass_time(timedelta(days=3))  # reminders, too
        assert not held(world)
        before = said(world)
        await world.stop()

        store = store_of(world)
        if learnt == "lost":
            store.unlink()
            with pytest.raises(Misconfigured, match="--access"):
                bring_back(store, file, None, clock=clock)
            assert not store.exists()
        _, aside = bring_back(store, file, Access.END if learnt == "lost" else None, clock=clock)
        assert (aside is None) == (learnt == "lost")

        await world.start()
        await world.app.ticks.tidy()
        await look_twice(world)
        assert not held(world)
        news = [one for one in said(world) if one not in before]
        assert len(news) == (2 if learnt == "lost" else 0), news  # only that it was ended now
        assert world.database.verify().sound
        check(world)


@pytest.mark.covers("V6", "R13")
async def test_what_waits_in_the_backup_stands_where_its_people_are_now_and_once(
    sqlite_url: str, clock: PushedClock, tmp_path: Path
) -> None:
    """In the channel that the brand has now; and again with who asked what was decided since and closed."""
    file = tmp_path / "backup.db"
    async with running(sqlite_url, clock=clock) as world:
        now = {"now": clock.now()}
        card = await world.send_request()
        await types(world, world.abe, "request 500000001 analyze for 10d because Summer")
        copies.back_up(store_of(world), file)

        other = world.slack.add_channel(world.brand, "new", members=[world.dana, world.dov])
        world.slack.invite_bot(other)
        entry = {"id": BRAND, "name": "Acme Shoes", "channel": other.id}
        moved = read_file(json.dumps({"businesses": [entry]}))
        await world.database.write(act, import_directory, moved, by=OPERATOR, **now)
        await world.settle()
        (page,) = [one for one in world.slack.messages(other) if "Acme Page" in read(one)]
        await press(world, world.dana, page, "approve")
        gone = world.town.abe.id
        await world.database.write(act, settings.remove_member, AGENCY, gone, by=world.town.ann.by(), **now)
        await world.settle()
        (asked,) = [one for one in world.dms(world.abe) if "Closed here" in read(one)]
        await world.stop()
        bring_back(store_of(world), file, None, clock=clock)
        await world.start()
        await look_twice(world)

        shown = [one for one in world.slack.messages(other) if "approve" in buttons(one)]
        assert len(shown) == 2, "each request once, as it waits again"
        assert "Closed here" in read(card)
        assert "Closed here" in read(asked)
        (again,) = [one for one in cards(world, world.ann) if "Acme Page" in read(one)]
        assert "cancel" in buttons(again)
        check(world)


@pytest.mark.covers("V6")
async def test_what_was_taken_away_at_meta_after_a_backup_is_not_given_there_again(
    sqlite_url: str, clock: PushedClock, tmp_path: Path
) -> None:
    meta, file = local_meta(clock), tmp_path / "backup.db"
    async with meta.serve(), running(sqlite_url, clock=clock, meta=meta) as world:
        kept = Credentials([KEY]).encrypt(meta.add_token(BRAND).value)
        how = {"ciphertext": kept, "name": "Countersign", "by": OPERATOR, "now": clock.now()}
        await world.database.write(act, connections.connect, BRAND, **how)
        await press(world, world.dana, await world.send_request(), "approve")
        await world.settle()
        copies.back_up(store_of(world), file)
        await ends(world, world.dana, "revoke act_1001 because of a breach")
        before, changed = said(world), meta.writes()
        await world.stop()
        bring_back(store_of(world), file, None, clock=clock)
        await world.start()
        await world.app.ticks.tidy()
        await look_twice(world)
        assert (held(world), meta.writes(), said(world)) == (set(), changed, before)


@pytest.mark.covers("V6")
async def test_a_restored_store_acts_in_slack_with_the_tokens_of_now_where_the_app_is_now(
    sqlite_url: str, clock: PushedClock, tmp_path: Path
) -> None:
    file = tmp_path / "backup.db"
    async with running(sqlite_url, clock=clock, way=Way.HTTP) as world:
        world.slack.app.rotates_tokens = True
        before, left, after = (
            world.slack.add_workspace(name, domain=name, team_id=f"T{name.upper()}")
            for name in ("before", "left", "after")
        )
        owners = {}
        for place in (before, left, after):
            place.installed = False
            owners[place.id] = world.slack.add_person(place, "owner", is_admin=True)
        async with Browser(world) as browser:
            await browser.install(owners[before.id])
            await browser.install(owners[left.id])
            copies.back_up(store_of(world), file)
            world.clock.push_real(timedelta(hours=11))
            await world.app.edge.installer.rotate()
            await browser.install(owners[after.id])
        await world.slack.uninstall(left)
        await world.settle()
        await world.stop()
        bring_back(store_of(world), file, None, clock=clock)

        world.clock.push_real(timedelta(hours=10))  # what the backup has has ended, and was exchanged
        await world.start()
        assert world.app.slack.teams >= {before.id, after.id}
        assert left.id not in world.app.slack.teams
        await world.app.edge.installer.rotate()
        served = [world.app.slack.find(one.id) for one in (before, after)]
        assert [one and one.token for one in served] == [before.bot_token, after.bot_token]
        changes = [(one.kind, one.subject_id) for one in events(world) if one.kind.startswith("workspace.")]
        assert set(changes[2:]) == {("workspace.installed", after.id), ("workspace.removed", left.id)}
        check(world)
