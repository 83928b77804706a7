"""The change feed: tells a web page (or a waiting test) that something in the local Slack has changed."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import StrEnum
from types import TracebackType
from typing import Self

FEED_LENGTH = 1_000
"""How many notices wait for one reader; with more than that it gets one `LOST` and must reload everything."""


class Change(StrEnum):
    """What has changed."""

    MESSAGE = "message"
    MESSAGE_CHANGED = "message_changed"
    MESSAGE_DELETED = "message_deleted"
    EPHEMERAL = "ephemeral"
    VIEW_OPENED = "view_opened"
    VIEW_CHANGED = "view_changed"
    VIEW_CLOSED = "view_closed"
    HOME = "home"
    CHANNEL = "channel"
    PERSON = "person"
    CALL = "call"
    DELIVERY = "delivery"
    SOCKET = "socket"
    CLOCK = "clock"
    LOST = "lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Names what has changed; the reader looks up the details."""

    kind: Change
    team_id: str | None = None
    channel_id: str | None = None
    ts: str | None = None
    person_id: str | None = None
    view_id: str | None = None


class Subscription:
    """The notices for one reader: an async iterator, and a context manager that ends the subscription."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._waiting: deque[Notice] = deque()
        self._wake = asyncio.Event()

    def put(self, notice: Notice) -> None:
        """Add one notice; a full queue is replaced by a single `LOST`."""
        if len(self._waiting) >= FEED_LENGTH:
            self._waiting.clear()
            notice = Notice(kind=Change.LOST)
        self._waiting.append(notice)
        self._wake.set()

    async def next(self) -> Notice:
        """Return the next notice, waiting for it."""
        while not self._waiting:
            self._wake.clear()
            await self._wake.wait()
        return self._waiting.popleft()

    async def __aiter__(self) -> AsyncIterator[Notice]:
        while True:
            yield await self.next()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._feed.forget(self)


class Feed:
    """Passes notices on to all readers, without waiting for any of them."""

    def __init__(self) -> None:
        self._readers: set[Subscription] = set()

    @property
    def reader_count(self) -> int:
        """Return how many readers are subscribed."""
        return len(self._readers)

    def subscribe(self) -> Subscription:
        """Return a subscription that sees every notice from now on."""
        reader = Subscription(self)
        self._readers.add(reader)
        return reader

    def forget(self, reader: Subscription) -> None:
        """End a subscription."""
        self._readers.discard(reader)

    def tell(self, notice: Notice) -> None:
        """Add `notice` to the queue of every reader."""
        for reader in self._readers:
            reader.put(notice)
