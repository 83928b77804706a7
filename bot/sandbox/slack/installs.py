"""Installing the app with OAuth: Slack's page where somebody allows it, and `oauth.v2.access`."""

from __future__ import annotations

import base64
import binascii
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from urllib.parse import parse_qs, urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from bot.sandbox.slack.methods import Args
from bot.sandbox.slack.model import CannotDo, Json, Person, SlackRefusal, Workspace
from bot.sandbox.slack.state import State

CODE_LIFE = timedelta(minutes=10)
TOKEN_LIFE = timedelta(hours=12)
AUTHORIZE_PATH = "/oauth/v2/authorize"
METHOD = "oauth.v2.access"


@dataclass(slots=True, kw_only=True, eq=False)
class _Code:
    """What somebody allowed, until it is exchanged."""

    workspace: Workspace
    person: Person
    redirect_url: str
    scopes: set[str]
    at: datetime
    used: bool = False


class Installs:
    """Has people allow the app, and gives tokens for what they allowed."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._codes: dict[str, _Code] = {}

    def routes(self) -> list[Route]:
        """Return the page, on which each person of a workspace that lacks the app can allow it."""
        return [Route(AUTHORIZE_PATH, self._page, methods=["GET", "POST"])]

    def allow(self, person: Person, address: str, *, org: Workspace | None = None) -> str:
        """Allow the app at the address of Slack's page, and return where the browser is sent.

        It is allowed in the person's workspace, or in the whole of `org`. Raise `CannotDo` with what Slack's
        page would say.
        """
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        scopes, redirect_url = self._checked(asked)
        code = f"{secrets.randbelow(10**12)}.{secrets.token_hex(16)}"
        self._codes[code] = _Code(
            workspace=org or self._state.workspace(person.team_id),
            person=person,
            redirect_url=redirect_url,
            scopes=scopes,
            at=self._state.clock.real(),
        )
        return f"{redirect_url}?{urlencode({'code': code, 'state': asked.get('state', '')})}"

    def deny(self, address: str) -> str:
        """Press Cancel on Slack's page, and return where the browser is sent."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        _, redirect_url = self._checked(asked)
        said = {"error": "access_denied", "state": asked.get("state", "")}
        return f"{redirect_url}?{urlencode(said)}"

    def access(self, authorization: str, args: Args) -> Json:
        """Answer `oauth.v2.access`. Raise `SlackRefusal`."""
        self._check_client(authorization, args)
        match args.text("grant_type") or "authorization_code":
            case "authorization_code":
                return self._exchange(args)
            case "refresh_token":
                return self._refresh(args.text("refresh_token"))
            case _:
                raise SlackRefusal("invalid_grant_type")

    def _checked(self, asked: Json) -> tuple[set[str], str]:
        app = self._state.app
        redirect_url = asked.get("redirect_uri") or "".join(app.redirect_urls[:1])
        scopes = set(asked.get("scope", "").split(",")) - {""}
        if asked.get("client_id") != app.client_id:
            raise CannotDo("invalid_client_id")
        if redirect_url not in app.redirect_urls:
            raise CannotDo("redirect_uri did not match any configured URIs")
        if not scopes:
            raise CannotDo("no scopes requested")
        return scopes, redirect_url

    def _check_client(self, authorization: str, args: Args) -> None:
        client_id, client_secret = args.text("client_id"), args.text("client_secret")
        scheme, _, encoded = authorization.partition(" ")
        if scheme.lower() == "basic":
            try:
                client_id, _, client_secret = base64.b64decode(encoded).decode().partition(":")
            except (binascii.Error, UnicodeDecodeError):
                raise SlackRefusal("invalid_client_id") from None
        if client_id != self._state.app.client_id:
            raise SlackRefusal("invalid_client_id")
        if client_secret != self._state.app.client_secret:
            raise SlackRefusal("bad_client_secret")

    def _exchange(self, args: Args) -> Json:
        code = self._codes.get(args.text("code"))
        if code is None:
            raise SlackRefusal("invalid_code")
        if code.used:
            raise SlackRefusal("code_already_used")
        if self._state.clock.real() - code.at > CODE_LIFE:
            raise SlackRefusal("code_expired")
        if args.text("redirect_uri") != code.redirect_url:
            raise SlackRefusal("bad_redirect_uri")
        code.used = True
        workspace = code.workspace
        if not workspace.installed or workspace.token_error or self._state.app.rotates_tokens:
            workspace.bot_token = f"xoxb-{workspace.id}-{secrets.token_hex(12)}"
        workspace.installed, workspace.token_error = True, None
        workspace.scopes = set(code.scopes)
        return {**self._given(workspace), "authed_user": {"id": code.person.id}}

    def _refresh(self, refresh_token: str) -> Json:
        for workspace in (*self._state.workspaces.values(), *self._state.orgs.values()):
            if refresh_token and workspace.refresh_token == refresh_token:
                return self._given(workspace)
        raise SlackRefusal("invalid_refresh_token")

    def _given(self, workspace: Workspace) -> Json:
        rotation: Json = {}
        if self._state.app.rotates_tokens:
            workspace.bot_token = f"xoxe.xoxb-1-{workspace.id}-{secrets.token_hex(12)}"
            workspace.refresh_token = f"xoxe-1-{secrets.token_hex(12)}"  # the one before is used up
            workspace.tokens[workspace.bot_token] = self._state.clock.real() + TOKEN_LIFE
            seconds = int(TOKEN_LIFE.total_seconds())
            rotation = {"refresh_token": workspace.refresh_token, "expires_in": seconds}
        enterprise_id, is_org = workspace.enterprise_id, workspace.granted is not None
        return {
            "access_token": workspace.bot_token,
            "token_type": "bot",
            "scope": ",".join(sorted(workspace.scopes)),
            "bot_user_id": workspace.bot_user_id,
            "app_id": self._state.app.id,
            "team": None if is_org else {"id": workspace.id, "name": workspace.name},
            "enterprise": {"id": enterprise_id, "name": workspace.name} if enterprise_id else None,
            "is_enterprise_install": is_org,
            **rotation,
        }

    async def _page(self, request: Request) -> Response:
        address = str(request.url)
        try:
            if request.method == "GET":
                self.deny(address)
                return HTMLResponse(self._choices())
            person_id = (await request.body()).decode().removeprefix("person=")
            person = self._state.people.get(person_id)
            return RedirectResponse(self.allow(person, address) if person else self.deny(address), 303)
        except CannotDo as error:
            return HTMLResponse(escape(str(error)), status_code=400)

    def _choices(self) -> str:
        buttons = "".join(
            f"<p><button name=person value={person.id}>Allow, as {escape(person.real_name)} in "
            f"{escape(self._state.workspace(person.team_id).name)}</button></p>"
            for person in self._state.people.values()
            if person.is_admin
        )
        words = f"<h1>{escape(self._state.app.name)} is requesting permission</h1>"
        return f"{words}<form method=post>{buttons}<p><button name=person>Cancel</button></p></form>"
