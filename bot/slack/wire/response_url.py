"""Answers through a `response_url`, for where no method of Slack's API reaches the person.

The URL comes in a payload. Only the exact origin that Slack has for them is called, and no redirect is
followed.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import httpx

from bot import outbound
from bot.slack.kit import Message

_SLACK = frozenset({"slack.com", "slack-gov.com"})
_PLAIN = re.compile(r"[!-\[\]-~]+", re.ASCII)  # printable ASCII, no blank and no backslash
_SECONDS = 10.0
LIFE_SECONDS = 29 * 60.0
"""For how long an answer is tried: Slack takes none after half an hour."""


def origin_for(api_url: str) -> str:
    """Return the origin of response URLs that goes with the base of the API.

    Slack itself has them on another host; a local Slack on its own.
    """
    parts = urlsplit(api_url)
    if parts.hostname in _SLACK:
        return f"https://hooks.{parts.hostname}"
    return f"{parts.scheme}://{parts.netloc}"


def is_response_url(url: str, *, origin: str) -> bool:
    """Say whether `url` is on exactly `origin`: no other host, port, user or spelling."""
    if not _PLAIN.fullmatch(url) or not url.startswith(f"{origin}/"):
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return f"{parts.scheme}://{parts.netloc}" == origin and not parts.fragment


class Responder:
    """Post private answers to response URLs of one origin."""

    def __init__(self, *, api_url: str) -> None:
        self._origin = origin_for(api_url)
        self._client = outbound.client(seconds=_SECONDS)

    async def answer(self, url: str, message: Message, *, thread_ts: str | None = None) -> bool:
        """Send `message` to the person alone, in a thread if one is named.

        Return whether Slack took it; no other origin is called.
        """
        if not is_response_url(url, origin=self._origin):
            return False
        body = {
            "response_type": "ephemeral",
            "replace_original": False,
            "text": message.text,
            "blocks": list(message.blocks),
            **({} if thread_ts is None else {"thread_ts": thread_ts}),
        }
        try:
            async with self._client.stream("POST", url, json=body) as answer:  # whose body is not read
                return answer.status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()
