"""Faults in the Web API on purpose, and Slack's rate limits.

A fault applies to a number of calls of one method (optionally of one workspace, to one channel). It comes
instead of the work, or after the work was done, so that the caller cannot tell a lost answer from a lost
call.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypedDict, Unpack

from bot.sandbox.slack.model import Json

EVERY_METHOD = "*"


class Gate:
    """Holds calls back until it is released."""

    def __init__(self) -> None:
        self._reached = asyncio.Event()
        self._open = asyncio.Event()

    async def reached(self) -> None:
        """Wait until a call has arrived at the gate."""
        await self._reached.wait()

    def release(self) -> None:
        """Let the call at the gate continue, and all later ones."""
        self._open.set()

    async def pass_through(self) -> None:
        """Wait at the gate until it is released."""
        self._reached.set()
        await self._open.wait()


@dataclass(slots=True, kw_only=True)
class Fault:
    """One fault: `after` the work was done, or instead of it."""

    method: str
    times: int = 1
    team_id: str | None = None
    channel_id: str | None = None
    after: bool = False
    gate: Gate | None = None
    drop: bool = False
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | Json | None = None
    """The body of the answer; None sends the real answer (after a gate: late)."""

    def matches(self, *, method: str, team_id: str | None, channel_id: str | None) -> bool:
        """Return whether the fault applies to this call."""
        return (
            self.times > 0
            and self.method in (method, EVERY_METHOD)
            and self.team_id in (None, team_id)
            and self.channel_id in (None, channel_id)
        )


class Where(TypedDict, total=False):
    """Which calls a fault applies to: how many, of which workspace, to which channel."""

    times: int
    team_id: str
    channel_id: str


_HTML = {"content-type": "text/html"}


class Faults:
    """The active faults. Each names a method, or `*` for all, and optionally a team or channel."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Activate one fault."""
        self._faults.append(fault)

    def take(self, *, method: str, team_id: str | None, channel_id: str | None) -> Fault | None:
        """Return the fault that applies to this call, if any, and count the call."""
        for fault in self._faults:
            if fault.matches(method=method, team_id=team_id, channel_id=channel_id):
                fault.times -= 1
                return fault
        return None

    def clear(self) -> None:
        """Remove all faults and release the calls that are held back."""
        for fault in self._faults:
            if fault.gate is not None:
                fault.gate.release()
        self._faults.clear()

    def rate_limit(self, method: str, *, retry_after: str | None = "30", **where: Unpack[Where]) -> None:
        """Answer 429 with any Retry-After header, also an invalid one; None leaves the header out."""
        headers = {} if retry_after is None else {"Retry-After": retry_after}
        body: Json = {"ok": False, "error": "ratelimited"}
        self.add(Fault(method=method, status=429, headers=headers, body=body, **where))

    def http_error(
        self, method: str, *, status: int = 503, after: bool = False, **where: Unpack[Where]
    ) -> None:
        """Answer with an HTTP status and an HTML page instead of JSON."""
        page = b"<html><body>Server Error</body></html>"
        self.add(Fault(method=method, after=after, status=status, headers=_HTML, body=page, **where))

    def refuse(self, method: str, error: str, *, after: bool = False, **where: Unpack[Where]) -> None:
        """Answer 200 with `ok: false` and any error name."""
        self.add(Fault(method=method, after=after, body={"ok": False, "error": error}, **where))

    def hang(self, method: str, *, after: bool = True, **where: Unpack[Where]) -> Gate:
        """Hold the call until the returned gate is released: before the work, or with the work done."""
        gate = Gate()
        self.add(Fault(method=method, after=after, gate=gate, **where))
        return gate

    def drop(self, method: str, *, after: bool = True, **where: Unpack[Where]) -> None:
        """Cut the connection without an answer."""
        self.add(Fault(method=method, after=after, drop=True, **where))

    def body(self, method: str, raw: bytes, *, after: bool = True, **where: Unpack[Where]) -> None:
        """Answer 200 with any bytes: empty, truncated, not JSON, or far too many."""
        self.add(Fault(method=method, after=after, body=raw, **where))


@dataclass(frozen=True, slots=True)
class Rate:
    """A number of calls a minute, with a burst."""

    per_minute: float
    burst: int


_TIERS = {2: Rate(20, 20), 3: Rate(50, 50), 4: Rate(100, 100)}
_TIER_OF = {
    "conversations.list": 2,
    "users.list": 2,
    "chat.update": 3,
    "chat.delete": 3,
    "conversations.open": 3,
    "conversations.info": 3,
    "conversations.history": 3,
    "conversations.replies": 3,
    "conversations.join": 3,
    "users.conversations": 3,
    "conversations.members": 4,
    "chat.postEphemeral": 4,
    "views.open": 4,
    "views.push": 4,
    "views.update": 4,
    "views.publish": 4,
    "users.info": 4,
}
POSTING = Rate(60, 10)
"""Slack: one message a second per channel; short bursts above that are allowed."""


class Limits:
    """Count calls per method and workspace (posting: per channel) in leaking buckets."""

    def __init__(self) -> None:
        self._levels: dict[tuple[str, str | None, str | None], tuple[float, float]] = {}

    def wait(self, *, method: str, team_id: str | None, channel_id: str | None, at: float) -> int | None:
        """Return the seconds to wait (whole, at least 1) when there were too many calls, else None.

        `at` is when the call came, in seconds since 1970 by `Clock.real()`.
        """
        posting = method == "chat.postMessage"
        tier = _TIER_OF.get(method)
        if not posting and tier is None:
            return None
        rate = POSTING if tier is None else _TIERS[tier]
        key = (method, team_id, channel_id if posting else None)
        level, since = self._levels.get(key, (0.0, at))
        level = max(0.0, level - max(0.0, at - since) * rate.per_minute / 60)
        if level + 1 > rate.burst:
            self._levels[key] = (level, at)
            return max(1, math.ceil((level + 1 - rate.burst) * 60 / rate.per_minute))
        self._levels[key] = (level + 1, at)
        return None
