"""The load: signed requests made beforehand, sent over raw connections; and a Slack that accepts every call.

Neither parses more HTTP than it must, so that on its own core it is several times as fast as any server here.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import itertools
import json
import re
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

Fits = Callable[[bytes], bool]

_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Answers:
    """How it went: acks a second, and how long each took, in ms."""

    rate: float
    waits: list[float]


def signed(fields: dict[str, str], *, secret: str, at: int) -> bytes:
    """Return a whole request as Slack sends it; `at` is its timestamp, and is good for five minutes."""
    body = urlencode(fields).encode()
    mine = hmac.new(secret.encode(), f"v0:{at}:".encode() + body, hashlib.sha256).hexdigest()
    head = (
        "POST /slack/events HTTP/1.1\r\n"
        "host: 127.0.0.1\r\n"
        "user-agent: Slackbot 1.0 (+https://api.slack.com/robots)\r\n"
        "accept: application/json,*/*\r\n"
        "content-type: application/x-www-form-urlencoded\r\n"
        f"x-slack-request-timestamp: {at}\r\n"
        f"x-slack-signature: v0={mine}\r\n"
        f"content-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class Caller(asyncio.Protocol):
    """One connection: it sends a request as soon as it has the answer to the last one."""

    def __init__(self, requests: Iterator[bytes], fits: Fits, waits: list[float]) -> None:
        self._requests, self._fits, self._waits = requests, fits, waits
        self._received = b""
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport  # uvloop's is none of asyncio's own

    def send(self) -> None:
        request = next(self._requests, None)
        if request is None:
            self._transport.close()
            self.done.set_result(None)
            return
        self._sent_at = time.perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, found, body = self._received.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if not found or len(body) < int(length[1] if length else 0):
            return
        self._waits.append((time.perf_counter() - self._sent_at) * 1000)
        if not (head.startswith(b"HTTP/1.1 200") and self._fits(body)):
            self.connection_lost(AssertionError(f"not accepted: {self._received[:1000]!r}"))
            return
        self._received = b""
        self.send()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(error or ConnectionError("the server hung up"))


async def all_at_once(port: int, requests: Iterable[bytes], *, fits: Fits, connections: int) -> Answers:
    """Send all of it over so many connections, each as fast as it is answered."""
    left, waits = iter(requests), []
    callers = [await _connect(port, left, fits, waits) for _ in range(connections)]
    began = time.perf_counter()
    for caller in callers:
        caller.send()
    await asyncio.gather(*(caller.done for caller in callers))
    return Answers(len(waits) / (time.perf_counter() - began), waits)


async def at_a_pace(port: int, requests: list[bytes], *, fits: Fits, a_second: float) -> Answers:
    """Send so many a second, whatever the answers do; what is late waits in line and counts as late."""
    waits: list[float] = []
    began = time.perf_counter()

    async def one(position: int, request: bytes) -> None:
        due = began + position / a_second
        caller = await _connect(port, iter([request]), fits, [])
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        sent_at = min(due, time.perf_counter())
        caller.send()
        await caller.done
        waits.append((time.perf_counter() - sent_at) * 1000)

    ahead = asyncio.Semaphore(200)

    async def bounded(position: int, request: bytes) -> None:
        async with ahead:
            await one(position, request)

    await asyncio.gather(*itertools.starmap(bounded, enumerate(requests)))
    return Answers(len(waits) / (time.perf_counter() - began), waits)


async def _connect(port: int, left: Iterator[bytes], fits: Fits, waits: list[float]) -> Caller:
    _, caller = await asyncio.get_running_loop().create_connection(
        lambda: Caller(left, fits, waits), "127.0.0.1", port
    )
    return caller


class YesServer(asyncio.Protocol):
    """Answers every request with what `answer` makes of its path and head."""

    def __init__(self, answer: Callable[[bytes], bytes]) -> None:
        self._answer = answer
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport  # uvloop's is none of asyncio's own

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, found, body = self._received.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if not found or len(body) < int(length[1] if length else 0):
            return
        self._received = b""
        said = self._answer(head)
        head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
        self._transport.write(head % len(said) + said)


class EasySlack:
    """A Slack that knows the teams by their tokens, and keeps nothing. `calls` counts."""

    def __init__(self, teams: dict[str, str]) -> None:
        self._teams = {token.encode(): team for token, team in teams.items()}
        self._numbers = itertools.count(1)
        self.calls = 0

    def answer(self, head: bytes) -> bytes:
        self.calls += 1
        if b"/auth.test" in head:
            team = next(team for token, team in self._teams.items() if token in head)
            found = {"team_id": team, "team": team, "url": "https://x/", "bot_id": "B1", "user_id": "U1"}
            return json.dumps({"ok": True, **found}).encode()
        number = next(self._numbers)
        return b'{"ok":true,"channel":"C%d","ts":"1800000000.%06d","message_ts":"1800000000.%06d"}' % (
            number,
            number,
            number,
        )
