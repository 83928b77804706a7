"""Slack's OAuth: where somebody allows the app, and how what comes of it is exchanged for tokens.

What begins an installation, its `state`, is kept nowhere: it is random, says until when it is valid, and is
signed. Who begins an installation has it in a cookie too, so that nobody can have another person end one that
they began (docs.slack.dev/authentication/installing-with-oauth).
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import aiohttp
from slack_sdk.oauth import AuthorizeUrlGenerator

from bot.slack.wire.calls import Unsure, make_client, meant
from bot.slack.wire.manifest import NEEDED_SCOPES, OPTIONAL_SCOPES, REDIRECT_PATH

STATE_LIFE = timedelta(minutes=10)
"""As long as a code of Slack's is valid."""

_STATE = re.compile(r"([0-9]{1,12})\.[\w-]{43}\.([0-9a-f]{64})", re.ASCII)
_LONGEST = 1000
_METHOD = "oauth.v2.access"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """A bot token, and with token rotation what it is exchanged with before it ends. Shown in no text."""

    access: str = field(repr=False)
    refresh: str | None = field(default=None, repr=False)
    lives: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """What somebody allowed: the app in a workspace, or in a whole organisation (then `team_id` is None)."""

    tokens: Tokens
    app_id: str
    team_id: str | None
    enterprise_id: str | None
    name: str
    user_id: str

    @property
    def home(self) -> str:
        """Return the id of the workspace or of the organisation."""
        return self.team_id or self.enterprise_id or ""


class OAuth:
    """Slack's OAuth for one app. `url` is the address under which browsers reach this program."""

    def __init__(
        self, *, session: aiohttp.ClientSession, api_url: str, client_id: str, client_secret: str, url: str
    ) -> None:
        self._client = make_client(session, base_url=api_url, token=None)
        self._own = {"client_id": client_id, "client_secret": client_secret}
        self._redirect_url = url.removesuffix("/") + REDIRECT_PATH
        parts = urlsplit(api_url)
        self._host = parts.netloc
        self._authorize = AuthorizeUrlGenerator(
            client_id=client_id,
            redirect_uri=self._redirect_url,
            scopes=[*NEEDED_SCOPES, *OPTIONAL_SCOPES],
            authorization_url=f"{parts.scheme}://{parts.netloc}/oauth/v2/authorize",
        )

    def new_state(self, *, now: datetime) -> str:
        """Return what begins an installation."""
        until = int((now + STATE_LIFE).timestamp())
        said = f"{until}.{secrets.token_urlsafe(32)}"
        return f"{said}.{self._signature(said)}"

    def is_state(self, state: str, *, now: datetime) -> bool:
        """Say whether this began an installation here, not long ago."""
        match = _STATE.fullmatch(state)
        if match is None:
            return False
        said, _, signature = state.rpartition(".")
        is_ours = hmac.compare_digest(self._signature(said), signature)
        return is_ours and now.timestamp() < int(match[1])

    def address(self, state: str) -> str:
        """Return Slack's page where somebody allows the app."""
        return self._authorize.generate(state)

    def next_address(self, allowed: Allowed) -> str:
        """Return where Slack shows the app that was allowed, or adds it to an organisation's workspaces."""
        if allowed.team_id is None:
            place = f"{allowed.enterprise_id}/integrations/profile/{allowed.app_id}/workspaces/add"
            return f"https://app.{self._host}/manage/{quote(place)}"
        return (
            f"https://{self._host}/app_redirect?{urlencode({'app': allowed.app_id, 'team': allowed.team_id})}"
        )

    async def exchange(self, code: str) -> Allowed:
        """Return what was allowed, for the code that Slack gave. Raise SlackError."""
        answer = await self._ask(code=code, redirect_uri=self._redirect_url)
        team, enterprise, user = (answer.get(name) for name in ("team", "enterprise", "authed_user"))
        place = enterprise if answer.get("is_enterprise_install") is True else team
        return Allowed(
            tokens=_tokens(answer),
            app_id=_text(answer, "app_id"),
            team_id=_text(team, "id") if place is team else None,
            enterprise_id=_text(enterprise, "id") if isinstance(enterprise, dict) else None,
            name=_text(place, "name"),
            user_id=_text(user, "id"),
        )

    async def refresh(self, token: str) -> Tokens:
        """Return new tokens for a refresh token, which is used up by it. Raise SlackError."""
        return _tokens(await self._ask(grant_type="refresh_token", refresh_token=token))

    def _signature(self, said: str) -> str:
        key = b"countersign installs:" + self._own["client_secret"].encode()
        return hmac.new(key, said.encode(), hashlib.sha256).hexdigest()

    async def _ask(self, **arguments: str) -> dict[str, Any]:
        # As the SDK's own `oauth_v2_access`, which has the secret in a header that aiohttp warns of.
        answer = await meant(_METHOD, self._client.api_call(_METHOD, data={**self._own, **arguments}))
        if not isinstance(answer.data, dict):
            raise Unsure(_METHOD, "no_object")
        return answer.data


def _tokens(answer: dict[str, Any]) -> Tokens:
    if answer.get("token_type") != "bot":
        raise Unsure(_METHOD, "no_bot_token")
    seconds = answer.get("expires_in")
    if not isinstance(seconds, int):
        return Tokens(access=_text(answer, "access_token"))
    lives = timedelta(seconds=seconds)
    return Tokens(access=_text(answer, "access_token"), refresh=_text(answer, "refresh_token"), lives=lives)


def _text(held: Any, name: str) -> str:
    value = held.get(name) if isinstance(held, dict) else None
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST or not value.isprintable():
        raise Unsure(_METHOD, f"no_{name}")
    return value
