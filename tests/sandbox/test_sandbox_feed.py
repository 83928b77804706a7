"""The change feed says what has changed and never blocks the server."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from datetime import timedelta

import pytest

from bot.clock import PushedClock
from bot.sandbox.slack import FEED_LENGTH, Change, Notice, Subscription

MODAL = {"type": "modal", "title": {"type": "plain_text", "text": "Ask"}, "blocks": []}


async def drain(feed: Subscription) -> list[Notice]:
    """Return the waiting notices."""
    feed.put(Notice(kind=Change.LOST, ts="mark"))
    seen = []
    async for notice in feed:
        if notice.ts == "mark":
            return seen
        seen.append(notice)
    raise AssertionError


async def test_each_change_is_announced_with_its_ids(stage, clock: PushedClock) -> None:
    slack, client, room, ann = stage.slack, stage.client, stage.room, stage.ann
    with slack.subscribe() as feed:
        ts = (await client.chat_postMessage(channel=room.id, text="Hi"))["ts"]
        await client.chat_update(channel=room.id, ts=ts, text="Ho")
        await client.chat_delete(channel=room.id, ts=ts)
        await client.chat_postEphemeral(channel=room.id, user=ann.id, text="psst")
        trigger = slack.new_trigger(team_id=stage.agency.id, person=ann)
        view = (await client.views_open(trigger_id=trigger, view=MODAL))["view"]
        await client.views_update(view_id=view["id"], view=MODAL)
        await slack.close(ann, slack.top_view(ann))
        await client.views_publish(user_id=ann.id, view={"type": "home", "blocks": []})
        clock.push(timedelta(days=1))
        told = [notice for notice in await drain(feed) if notice.kind is not Change.CALL]
    about = {"team_id": stage.agency.id}
    assert told[:3] == [
        Notice(kind=kind, channel_id=room.id, ts=ts, **about)
        for kind in (Change.MESSAGE, Change.MESSAGE_CHANGED, Change.MESSAGE_DELETED)
    ]
    assert (told[3].kind, told[3].person_id) == (Change.EPHEMERAL, ann.id)
    assert told[4:7] == [
        Notice(kind=kind, person_id=ann.id, view_id=view["id"], **about)
        for kind in (Change.VIEW_OPENED, Change.VIEW_CHANGED, Change.VIEW_CLOSED)
    ]
    assert [notice.kind for notice in told[7:]] == [Change.HOME, Change.CLOCK]


async def test_a_reader_with_a_full_queue_is_told_to_reload_everything(stage) -> None:
    with stage.slack.subscribe() as feed:
        for _ in range(FEED_LENGTH + 1):
            stage.slack.tell(Change.CLOCK)
        assert await drain(feed) == [Notice(kind=Change.LOST)]


async def test_until_returns_when_its_condition_is_true_or_times_out(stage) -> None:
    slack = stage.slack
    waiting = asyncio.create_task(slack.until(lambda: slack.messages(stage.room)))
    await slack.say(stage.ann, stage.room, "Hello")
    assert [message.text for message in await waiting] == ["Hello"]
    with pytest.raises(TimeoutError):
        await slack.until(lambda: False, seconds=0.01)


def test_the_local_slack_loads_nothing_of_the_product_but_its_clock() -> None:
    program = "import sys, bot.sandbox.slack; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = ran.stdout.split()
    assert "slack_bolt" not in loaded
    assert "handlers" not in loaded
    ours = {name for name in loaded if name.startswith("bot.")}
    assert {name for name in ours if not name.startswith("bot.sandbox")} == {"bot.clock"}
