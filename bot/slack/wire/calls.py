"""Calls to Slack: one shared session, what each answer means, and when to hold back.

Slack answers in many ways, but a caller needs to tell only four apart: it was done, it was refused (and
nothing happened), it has to wait, or nobody knows whether it happened. The SDK's own retries are off: a
hidden retry can post twice, and the outbox is our retry.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.clock import Clock

log = logging.getLogger(__name__)

CONNECT_SECONDS = 3.0
TOTAL_SECONDS = 10.0
MOST_BYTES = 1_000_000
"""An answer may hold a form of up to 250 kB, or a page of messages; a longer answer is not from Slack."""

_SHORTEST_PAUSE, _LONGEST_PAUSE = 1.0, 300.0
_PER_CHANNEL = 1.0
_MOST_CHANNELS = 1000
_BURST = 2.0
_MOST_LISTED = 200

# Slack's codes for an error on its side: part of the call may have succeeded (chat.postMessage, errors).
_UNSURE = frozenset(
    {"fatal_error", "internal_error", "service_unavailable", "request_timeout", "team_added_to_org"}
)
_NOT_GRANTED = "team_access_not_granted"
# The token does not work until the app is installed again or the workspace restores its access.
NO_ACCESS = frozenset(
    {
        "not_installed",
        "token_revoked",
        "token_expired",
        "account_inactive",
        "invalid_auth",
        "not_authed",
        "org_login_required",
        "team_access_not_granted",
        "ekm_access_denied",
    }
)
_READS = frozenset(
    {
        "auth.teams.list",
        "auth.test",
        "conversations.history",
        "conversations.info",
        "conversations.replies",
        "users.info",
    }
)
_BY_CHANNEL = frozenset({"chat.postMessage", "chat.postEphemeral"})


class SlackError(Exception):
    """Raised when a call did not succeed. `word` is Slack's error code, or ours where it gave none."""

    def __init__(self, method: str, word: str) -> None:
        super().__init__(f"{method}: {word}")
        self.word = word


class Refused(SlackError):
    """Raised when Slack refused: nothing happened, and the same call is refused again.

    `answer` is all that it said.
    """

    def __init__(self, method: str, word: str, answer: Mapping[str, Any] | None = None) -> None:
        super().__init__(method, word)
        self.answer = answer or {}


class Unreached(SlackError):
    """Raised when Slack was not reached: nothing was sent, so the call can safely be repeated."""


class Paused(SlackError):
    """Raised when Slack wants the call to wait `seconds`; nothing happened."""

    def __init__(self, method: str, seconds: float) -> None:
        super().__init__(method, "ratelimited")
        self.seconds = seconds


class Unsure(SlackError):
    """Raised when nobody knows whether it happened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """A workspace in which the app is installed. The token is held in memory alone, and never shown."""

    token: str = field(repr=False)
    team_id: str
    name: str
    url: str
    bot_id: str
    bot_user_id: str
    enterprise_id: str | None
    client: AsyncWebClient
    is_org: bool = False
    """It is a whole organisation (`team_id` is its id): none of its workspaces, which have the same token."""
    by_org: bool = False
    """Its organisation has the app, and gave it this workspace."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A workspace, and the organisation (Enterprise Grid) that it belongs to, if any."""

    team_id: str
    enterprise_id: str | None = None


class _Capped(aiohttp.ClientResponse):
    """A response that is read up to a limit, however much is sent."""

    async def read(self) -> bytes:
        if self._body is None:
            parts, size = [], 0
            async for part in self.content.iter_any():
                size += len(part)
                if size > MOST_BYTES:
                    self.close()
                    raise aiohttp.ClientPayloadError("the answer is too long")
                parts.append(part)
            self._body = b"".join(parts)
        return self._body


def open_session() -> aiohttp.ClientSession:
    """Return the session that all calls share. Close it."""
    timeout = aiohttp.ClientTimeout(
        total=TOTAL_SECONDS, connect=CONNECT_SECONDS, sock_connect=CONNECT_SECONDS
    )
    return aiohttp.ClientSession(timeout=timeout, response_class=_Capped)


def make_client(session: aiohttp.ClientSession | None, *, base_url: str, token: str | None) -> AsyncWebClient:
    """Return the SDK's client for one token, without retries of its own."""
    client = AsyncWebClient(token=token, base_url=base_url, session=session, retry_handlers=[])
    if urlsplit(base_url).scheme == "http":
        client.proxy = None  # a local Slack is on this machine; the SDK would ask the proxy for it
    return client


class Slack:
    """Slack, for all workspaces in which the app is installed."""

    def __init__(self, *, session: aiohttp.ClientSession, base_url: str, clock: Clock) -> None:
        self._session = session
        self._base_url = base_url
        self._clock = clock
        self._installed: dict[str, Installed] = {}
        # Tokens with which the app cannot act just now, and why: they stopped working, or Slack could not be
        # asked yet whose they are.
        self._away: dict[str, str] = {}
        # Tokens that never worked here, and Slack's word for that: whose they are nobody knows. They may work
        # again, as where the app was removed while this process did not run.
        self._refused: dict[str, str] = {}
        self._listeners: list[Callable[[Installed], Awaitable[None]]] = []
        self._refusals: list[Callable[[str, str], Awaitable[None]]] = []
        self._paused: dict[tuple[str, str, str], float] = {}
        self._free: dict[tuple[str, str], float] = {}
        self._slots: dict[int, float] = {}
        self._latest = 0.0

    @property
    def teams(self) -> frozenset[str]:
        """Return the ids of the workspaces in which the app can act."""
        return frozenset(
            team_id for team_id, one in self._installed.items() if not one.is_org and self.find(team_id)
        )

    @property
    def away(self) -> int:
        """Return in how many workspaces the app cannot act just now, though it has a token for them."""
        known = [one for one in self._installed.values() if one.token in self._away and not one.is_org]
        return len(known) + len(self._away.keys() - {one.token for one in self._installed.values()})

    def find(self, team_id: str) -> Installed | None:
        """Return a workspace in which the app can act, or None."""
        installed = self._installed.get(team_id)
        return None if installed is None or installed.token in self._away else installed

    def place(self, team_id: str) -> Place:
        """Return a workspace with the organisation it belongs to, as far as it is known."""
        installed = self._installed.get(team_id)
        return Place(team_id=team_id, enterprise_id=installed.enterprise_id if installed else None)

    def sisters(self, enterprise_id: str | None) -> list[Installed]:
        """Return the workspaces of an organisation in which the app is installed, by name."""
        known = self._installed.values() if enterprise_id else ()
        found = [one for one in known if one.enterprise_id == enterprise_id and not one.is_org]
        return sorted(found, key=lambda one: one.name)

    def may_return(self, team_id: str) -> bool:
        """Say whether the app, which cannot act in a workspace just now, may be able to again."""
        known = {installed.token for installed in self._installed.values()}
        return team_id in self._installed or not self._away.keys() <= known

    def on_install(self, listener: Callable[[Installed], Awaitable[None]]) -> None:
        """Await `listener` for each workspace in which the app can act from now on, or can again."""
        self._listeners.append(listener)

    def on_refusal(self, listener: Callable[[str, str], Awaitable[None]]) -> None:
        """Await `listener` with each token that Slack refuses when `probe` asks about it, and its word."""
        self._refusals.append(listener)

    def use(self, token: str, **facts: Any) -> None:
        """Act with a token from now on, in the place of the one before. Slack is not asked about it.

        `facts` are the other fields of `Installed`.
        """
        client = make_client(self._session, base_url=self._base_url, token=token)
        self._put(Installed(token=token, client=client, **facts))

    def drop(self, token: str) -> None:
        """Act with a token no more, nor ask about it again."""
        self._installed = {team: one for team, one in self._installed.items() if one.token != token}
        self._away.pop(token, None)
        self._refused.pop(token, None)

    async def arrived(self, team_id: str) -> None:
        """Tell those who listen that the app can act in a workspace now, or in all of an organisation."""
        installed = self.find(team_id)
        if installed is None:
            return
        for one in self._given_by(installed) if installed.is_org else [installed]:
            for listener in self._listeners:
                await listener(one)

    def _put(self, installed: Installed) -> None:
        """Act in a workspace with this token, or in an organisation and all workspaces that it gave."""
        given = self._given_by(installed)
        before = [self._installed.get(installed.team_id), *given]
        self._installed[installed.team_id] = installed
        for one in given:
            self._give(installed, one.team_id, one.name)
        used = {one.token for one in self._installed.values()}
        for replaced in {one.token for one in before if one is not None} - used:
            self._away.pop(replaced, None)
        self._away.pop(installed.token, None)
        self._refused.pop(installed.token, None)

    def _given_by(self, org: Installed) -> list[Installed]:
        """Return the workspaces that an organisation gave the app; none of a workspace."""
        known = self._installed.values() if org.is_org else ()
        return [one for one in known if one.by_org and one.enterprise_id == org.enterprise_id]

    def _give(self, org: Installed, team_id: str, name: str) -> None:
        self._installed[team_id] = replace(org, team_id=team_id, name=name, is_org=False, by_org=True)

    def suspend(self, team_id: str) -> None:
        """Stop acting in a workspace: the app was removed, or its token no longer works."""
        installed = self.find(team_id)
        if installed is not None:
            log.error("workspace %s: the app cannot act there any more", team_id)
            self._away[installed.token] = "suspended"

    async def probe(self) -> None:
        """Ask Slack again about the tokens with which the app cannot act, and use those that work."""
        names = {installed.token: f"workspace {team_id}" for team_id, installed in self._installed.items()}
        for token, before in (*self._away.items(), *self._refused.items()):
            if not self._waits(token):
                continue  # another one took its place while Slack was asked about those before it
            try:
                installed = await self.install(token)
            except SlackError as error:
                if error.word != before:
                    log.warning("%s: %s", names.get(token, "a workspace not yet known"), error.word)
                if isinstance(error, Refused):
                    for listener in self._refusals:
                        await listener(token, error.word)
            else:
                log.info("workspace %s: the app can act there now", installed.team_id)

    async def install(self, token: str) -> Installed:
        """Ask Slack whose token this is, and act in that workspace from now on.

        Raise SlackError; `probe` asks again.
        """
        was_away = self._waits(token)
        try:
            installed = await self.whose(token)
        except SlackError as error:
            worked = any(token == installed.token for installed in self._installed.values())
            if was_away and not self._waits(token):
                pass  # meanwhile another one took its place, or the app was removed
            elif worked or not isinstance(error, Refused):
                self._away[token] = error.word
                self._refused.pop(token, None)
            else:
                self._away.pop(token, None)
                self._refused[token] = error.word
            raise
        if was_away and not self._waits(token):  # the same
            return installed
        self._put(installed)
        await self.arrived(installed.team_id)
        return installed

    def _waits(self, token: str) -> bool:
        return token in self._away or token in self._refused

    async def whose(self, token: str) -> Installed:
        """Ask Slack whose token this is. Raise SlackError."""
        client = make_client(self._session, base_url=self._base_url, token=token)
        answer = await self._ask(client, "auth.test", {}, key=(token, "auth.test", ""))
        return Installed(
            token=token,
            team_id=str(answer["team_id"]),
            name=str(answer.get("team") or ""),
            url=str(answer.get("url") or ""),
            bot_id=str(answer.get("bot_id") or ""),
            bot_user_id=str(answer.get("user_id") or ""),
            enterprise_id=answer.get("enterprise_id"),
            client=client,
            is_org=answer.get("is_enterprise_install") is True,
        )

    async def call(self, team_id: str, method: str, /, **arguments: Any) -> dict[str, Any]:
        """Call `method` with the workspace's token and return Slack's answer. Raise SlackError."""
        installed = self.find(team_id)
        if installed is None:
            raise Refused(method, "not_installed")
        key = (team_id, method, str(arguments.get("channel", "")) if method in _BY_CHANNEL else "")
        try:
            return await self._ask(installed.client, method, arguments, key=key)
        except Refused as refused:
            if refused.word == _NOT_GRANTED and installed.by_org:
                self._installed.pop(team_id, None)  # the organisation's other workspaces go on
            elif refused.word in NO_ACCESS:
                self.suspend(team_id)
            raise

    async def workspaces_of(self, org_id: str) -> list[str]:
        """Act in the workspaces that an organisation gave the app; return the new ones. Raise SlackError."""
        org = self._installed[org_id]
        found: dict[str, str] = {}
        cursor = ""
        while True:
            answer = await self.call(org_id, "auth.teams.list", cursor=cursor or None, limit=_MOST_LISTED)
            found |= {str(one["id"]): str(one.get("name") or "") for one in answer.get("teams") or ()}
            cursor = str((answer.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor:
                break
        given = self._given_by(org)
        for one in given:
            del self._installed[one.team_id]
        # A workspace that has the app by itself goes on so.
        mine = {team_id: name for team_id, name in found.items() if team_id not in self._installed}
        for team_id, name in mine.items():
            self._give(org, team_id, name)
        return sorted(mine.keys() - {one.team_id for one in given})

    async def open_socket(self, app_token: str) -> str:
        """Return an address for a socket of the app, which works once. Raise SlackError."""
        client = make_client(self._session, base_url=self._base_url, token=app_token)
        return str((await ask(client, "apps.connections.open", {})).get("url"))

    def wait_to_post(self, team_id: str, channel_id: str, *, who: int) -> float:
        """Return for how many seconds `who` should put off posting to a channel; 0 to post now.

        Slack takes one message a second in a channel, with short bursts. Each that waits has its own second,
        kept until it is tried again, so that many messages need no more than two tries each.
        """
        now = self._now()
        slot = self._slots.pop(who, None)
        if len(self._free) > _MOST_CHANNELS:
            self._free = {place: free for place, free in self._free.items() if free > now}
            self._slots = {who: kept for who, kept in self._slots.items() if kept > now}
        if slot is None:
            slot = max(now - _BURST, self._free.get((team_id, channel_id), 0.0))
            self._free[team_id, channel_id] = slot + _PER_CHANNEL
        if slot <= now:
            return 0.0
        self._slots[who] = slot
        return slot - now

    def _now(self) -> float:
        now = self._clock.real().timestamp()
        if now < self._latest - _SHORTEST_PAUSE:
            # The clock was set back: what waits would wait that much longer.
            for waits in (self._paused, self._free, self._slots):
                waits.clear()
        self._latest = now
        return now

    async def _ask(
        self, client: AsyncWebClient, method: str, arguments: Mapping[str, Any], *, key: tuple[str, str, str]
    ) -> dict[str, Any]:
        """Call `method`, unless Slack asked for a pause in what `key` names."""
        self._hold_back(key)
        try:
            return await ask(client, method, arguments)
        except Paused as paused:
            self._paused[key] = self._now() + paused.seconds
            raise

    def _hold_back(self, key: tuple[str, str, str]) -> None:
        until = self._paused.get(key)
        if until is None:
            return
        remaining = until - self._now()
        if remaining > 0:
            raise Paused(key[1], remaining)
        del self._paused[key]


async def ask(client: AsyncWebClient, method: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Call `method` once and return what Slack answers. Raise SlackError."""
    answer = await asked(client, method, arguments)
    if not isinstance(answer.data, dict):
        raise Unsure(method, "no_object")
    return answer.data


async def asked(client: AsyncWebClient, method: str, arguments: Mapping[str, Any]) -> AsyncSlackResponse:
    """Call `method` once and return Slack's answer with its headers. Raise SlackError."""
    given = {name: value for name, value in arguments.items() if value is not None}
    if method in _READS:
        return await meant(method, client.api_call(method, http_verb="GET", params=given))
    return await meant(method, client.api_call(method, json=given))


async def meant(method: str, call: Awaitable[AsyncSlackResponse]) -> AsyncSlackResponse:
    """Return what a call of `method` with the SDK answers. Raise SlackError."""
    try:
        return await call
    except SlackApiError as error:
        raise _meaning(method, error.response) from None  # the SDK's text quotes the answer
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
        raise Unreached(method, type(error).__name__) from error
    except Exception as error:  # any other failure happened after the first byte was sent
        raise Unsure(method, type(error).__name__) from error


def _meaning(method: str, response: Any) -> SlackError:
    """Return the error that an unsuccessful answer means."""
    status: int = getattr(response, "status_code", None) or getattr(response, "status", None) or 0
    data = getattr(response, "data", None)
    word = data.get("error") if isinstance(data, dict) else None
    if status == 429 or word in {"ratelimited", "rate_limited"}:  # noqa: PLR2004 - HTTP's number
        return Paused(method, _pause(response.headers.get("Retry-After")))
    if not isinstance(word, str) or status >= 500 or word in _UNSURE:  # noqa: PLR2004 - the same
        return Unsure(method, word if isinstance(word, str) else f"http_{status}")
    return Refused(method, word, data)


def _pause(header: str | None) -> float:
    """Return for how long to wait: what the header says, between a second and five minutes."""
    try:
        seconds = float(header or "")
    except ValueError:
        seconds = 0.0
    if math.isnan(seconds):
        seconds = 0.0
    return min(max(seconds, _SHORTEST_PAUSE), _LONGEST_PAUSE)
