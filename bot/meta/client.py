"""The Graph API over HTTP: one call, its time-outs and pauses, and what its answer means.

A token travels in the Authorization header and nowhere else. Addresses are made of the base and of ids that
were checked; no redirect is followed, and no address that Meta sends is called.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import httpx

from bot import outbound
from bot.clock import Clock
from bot.credentials import Token
from bot.meta.errors import (
    ALREADY_SO,
    TOO_MUCH,
    TRANSIENT,
    AlreadySo,
    Code,
    NotSent,
    Paused,
    Refused,
    TooMuch,
    Unsure,
    obstacle_of,
    pause_of,
)
from bot.services.delivery import CALL_SECONDS

WHOLE_TIMEOUT = CALL_SECONDS
"""For a call with all of its answer, which may come in very small pieces."""
MOST_BYTES = 1_000_000
NEAR_THE_LIMIT = 75
"""Per cent of what a business may call: from here on only what takes access away is still called."""
SPACED_BY = 60.0
_LONGEST_PAUSE = 3600.0
_MOST_PAGES = 100
_PAGES = (100, 25, 5)
"""How many rows are asked for at once; where that is too much for Meta, how many then."""
_PATH = re.compile(r"(act_)?[0-9]{1,30}(/[a-z_]+)?|me(/[a-z_]+)?", re.ASCII)
_CURSOR = re.compile(r"[\w=-]{1,500}", re.ASCII)

Answer = Mapping[str, Any]


class Graph:
    """The client. What one business has used of its limit is kept for all calls of this process."""

    def __init__(self, *, base_url: str, clock: Clock) -> None:
        self._base_url = base_url
        self._clock = clock
        self._client = outbound.client(seconds=CALL_SECONDS)
        self._paused: dict[str, float] = {}
        self._used: dict[str, tuple[int, float]] = {}

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    def wait(self, business_id: str, *, takes_away: bool) -> float:
        """Return how many seconds the next call for a business should wait; taking away goes first."""
        now = self._clock.real().timestamp()
        if (left := self._paused.get(business_id, 0.0) - now) > 0:
            return left
        percent, since = self._used.get(business_id, (0, 0.0))
        if takes_away or percent < NEAR_THE_LIMIT:
            return 0.0
        return max(0.0, since + SPACED_BY - now)

    async def rows(self, path: str, token: Token, *, of: str, fields: str, **params: str) -> Sequence[Answer]:
        """Return all rows of an edge. Raise MetaError, also where they do not come to an end."""
        found: list[Answer] = []
        after = ""
        limit, *smaller = _PAGES
        for _ in range(_MOST_PAGES):
            more = {**params, "after": after} if after else params
            try:
                page = await self.call("GET", path, token, of=of, fields=fields, limit=str(limit), **more)
            except TooMuch:
                if not smaller:
                    raise
                limit = smaller.pop(0)
                continue
            data, paging = page.get("data"), page.get("paging") or {}
            if not isinstance(data, list) or not all(isinstance(row, dict) for row in data):
                raise Unsure("odd rows")
            found += data
            if not isinstance(paging, dict) or "next" not in paging:
                return found
            cursors = paging.get("cursors")
            after = str(cursors.get("after", "")) if isinstance(cursors, dict) else ""
            if not _CURSOR.fullmatch(after):
                raise Unsure("odd cursor")
        raise Unsure("no last page")

    async def call(self, method: str, path: str, token: Token, *, of: str, **params: str) -> Answer:
        """Make one call for the business `of` and return the object that it answers. Raise MetaError."""
        assert _PATH.fullmatch(path), "no path of the Graph API"
        is_post = method == "POST"
        try:
            async with (
                asyncio.timeout(WHOLE_TIMEOUT),
                self._client.stream(
                    method,
                    f"{self._base_url}{path}",
                    headers=token.as_header(),
                    params=None if is_post else params,
                    data=params if is_post else None,
                ) as answer,
            ):
                body = await _read(answer)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise NotSent(type(error).__name__) from None
        except (httpx.HTTPError, TimeoutError) as error:
            raise Unsure(type(error).__name__) from None  # its request holds the token
        self._note_usage(of, answer.headers)
        return self._meaning(answer.status_code, body, of=of)

    def _meaning(self, status: int, body: bytes, *, of: str) -> Answer:
        try:
            said = json.loads(body)
        except (ValueError, RecursionError):
            raise Unsure(f"no JSON, with {status}") from None
        if not isinstance(said, dict):
            raise Unsure(f"no object, with {status}")
        error = said.get("error")
        if error is None:
            if status != httpx.codes.OK:
                raise Unsure(f"no error, with {status}")
            return said
        code = _code(error)
        pause = None if code is None else pause_of(code)
        if pause is not None:  # first: Meta calls most of these transient too
            now = self._clock.real().timestamp()
            until = max(self._paused.get(of, 0.0), now + pause)
            self._paused[of] = until
            raise Paused(until - now)
        if code is not None and code.code == TOO_MUCH:
            raise TooMuch(f"error {code}")
        if code is None or code.code in TRANSIENT or error.get("is_transient") is True:
            raise Unsure(f"error {code}")
        if code.code in ALREADY_SO:
            raise AlreadySo(str(code))
        raise Refused(code, obstacle_of(code))

    def _note_usage(self, of: str, headers: Mapping[str, str]) -> None:
        """Keep how much of its limit a business has used, and until when it has to wait."""
        try:
            said = json.loads(headers.get("x-business-use-case-usage", "{}"))
            rows = [json.loads(headers.get("x-app-usage", "{}"))]
            rows += [row for rows in said.values() for row in rows]
            percent = max((int(row[name]) for row in rows for name in _SHARES if name in row), default=0)
            minutes = max((float(row.get("estimated_time_to_regain_access", 0)) for row in rows), default=0.0)
        except (ValueError, TypeError, AttributeError, OverflowError, RecursionError):
            return  # a header that cannot be read says nothing
        now = self._clock.real().timestamp()
        self._used[of] = (percent, now)
        if minutes > 0:
            self._paused[of] = now + min(_LONGEST_PAUSE, minutes * 60)


_SHARES = ("call_count", "total_cputime", "total_time")


def _code(error: Any) -> Code | None:
    if not isinstance(error, dict) or not isinstance(error.get("code"), int):
        return None
    subcode = error.get("error_subcode")
    return Code(error["code"], subcode if isinstance(subcode, int) else None)


async def _read(answer: httpx.Response) -> bytes:
    body = b""
    async for part in answer.aiter_bytes():
        body += part
        if len(body) > MOST_BYTES:
            raise Unsure("too much")
    return body
