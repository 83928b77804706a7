"""Our messages in Slack, found again by their keys, for posts of which nobody knows whether they arrived."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.clock import Clock
from bot.services.delivery import Delivery, Done, NotFound, Outcome, Unknown, Unverifiable
from bot.slack.wire.calls import NO_ACCESS, Refused, Slack, Unsure

EVENT_TYPE = "countersign"
"""The type of the metadata on our messages. Every app and member can read it: the key in it means nothing."""

_BEFORE = timedelta(minutes=6)
"""More than this machine's clock may be ahead of Slack's: beyond five minutes requests are rejected."""
_PAGE, _MOST_PAGES = 200, 10
_FRESH_SECONDS = 5.0
_MOST_BEGUN = 100


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a read of a channel's history found: the messages with a key of ours, since `oldest`.

    It `began` by the clock by which posts are marked: what was posted after that it need not have seen.
    """

    read_at: float
    began: datetime
    oldest: datetime
    by_key: Mapping[str, str]


@dataclass(slots=True)
class _Begun:
    """A read of which pages may be missing: Slack can ask for a pause, of a minute too, after each."""

    read_at: float
    began: datetime
    by_key: dict[str, str] = field(default_factory=dict)
    pages: int = 0
    cursor: str | None = None


class History:
    """Reads of channels and threads, each kept for a few seconds: one read serves all that look there."""

    def __init__(self, slack: Slack, *, clock: Clock) -> None:
        self._slack = slack
        self._clock = clock
        self._seen: dict[tuple[str, str, str], _Seen] = {}
        # By the look that each was begun for: another look needs pages that are read after its post.
        self._begun: dict[tuple[int, datetime | None, int], _Begun] = {}
        self._reading = asyncio.Lock()

    async def look_for(self, delivery: Delivery, channel: str, *, thread_ts: str | None) -> Outcome:
        """Return whether the message of a delivery is in the channel, or in the thread there."""
        try:
            by_key = await self._by_key(delivery, channel, thread_ts=thread_ts)
        except Refused as refused:
            if refused.word in NO_ACCESS:
                raise
            return Unverifiable(why=refused.word)
        except Unsure as unsure:
            return Unknown(why=unsure.word, sent=False)
        ts = by_key.get(delivery.key)
        return NotFound() if ts is None else Done(ts=ts, channel_id=channel)

    async def _by_key(self, delivery: Delivery, channel: str, *, thread_ts: str | None) -> Mapping[str, str]:
        """Return the timestamps of our messages there by their keys."""
        oldest = delivery.put_at - _BEFORE  # its message cannot be older than what it is about
        place = (delivery.team_id, channel, thread_ts or "")
        async with self._reading:
            now = self._clock.monotonic()
            self._seen = {
                key: seen for key, seen in self._seen.items() if now - seen.read_at < _FRESH_SECONDS
            }
            seen = self._seen.get(place)
            assert delivery.marked_at is not None, "only what may have been posted is looked for"
            if seen is None or seen.oldest > oldest or seen.began < delivery.marked_at:
                read = await self._read_pages(delivery, channel, oldest, thread_ts=thread_ts)
                seen = self._seen[place] = _Seen(read.read_at, read.began, oldest, read.by_key)
            return seen.by_key

    async def _read_pages(
        self, delivery: Delivery, channel: str, oldest: datetime, *, thread_ts: str | None
    ) -> _Begun:
        """Read all pages. If a call fails, the next try of the same look goes on after the last page read."""
        look = (delivery.id, delivery.marked_at, delivery.reads)
        read = self._begun.pop(look, None) or _Begun(self._clock.monotonic(), self._clock.real())
        if len(self._begun) >= _MOST_BEGUN:
            self._begun.clear()
        self._begun[look] = read
        while read.pages < _MOST_PAGES:
            answer = await self._slack.call(
                delivery.team_id,
                "conversations.replies" if thread_ts else "conversations.history",
                channel=channel,
                ts=thread_ts,
                oldest=f"{oldest.timestamp():.6f}",
                include_all_metadata="true",
                limit=_PAGE,
                cursor=read.cursor,
            )
            messages = answer.get("messages")
            for message in messages if isinstance(messages, list) else []:
                key = _key_of(message)
                if key is not None:
                    read.by_key[key] = str(message["ts"])
            beside = answer.get("response_metadata")
            read.cursor = beside.get("next_cursor") if isinstance(beside, dict) else None
            read.pages += 1
            if not read.cursor:
                del self._begun[look]
                return read
        del self._begun[look]
        raise Refused("conversations.history", "too_much_history")


def _key_of(message: Any) -> str | None:
    metadata = message.get("metadata") if isinstance(message, dict) else None
    payload = metadata.get("event_payload") if isinstance(metadata, dict) else None
    key = payload.get("key") if isinstance(payload, dict) else None
    is_ours = isinstance(metadata, dict) and metadata.get("event_type") == EVENT_TYPE
    return key if is_ours and isinstance(key, str) else None
