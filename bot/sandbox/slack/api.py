"""The Web API over HTTP: `/api/<method>` and the response URLs, with faults and rate limits."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.sandbox.serving import Address
from bot.sandbox.slack.faults import Fault, Faults, Limits
from bot.sandbox.slack.feed import Change
from bot.sandbox.slack.installs import METHOD, Installs
from bot.sandbox.slack.methods import METHODS, Args, checked_content, need_scope, rewrite, validate
from bot.sandbox.slack.model import Json, ResponseUrl, SlackRefusal, Workspace
from bot.sandbox.slack.state import State


@dataclass(slots=True, kw_only=True, eq=False)
class Call:
    """One call of the Web API and its answer, kept for assertions."""

    method: str
    team_id: str | None
    args: Json
    """The arguments without the token; JSON arguments are parsed."""
    at: datetime
    """When it arrived, by `Clock.real()`."""
    answer: Json | None = None
    """The answer of the method; None while it runs, or when a fault replaced it."""
    status: int | None = None
    """The HTTP status sent; None while it runs, or when the connection was cut."""
    done: bool = False


_SECRET = frozenset({"client_secret", "code", "refresh_token"})


class Api:
    """Answer Web API calls from one `State`."""

    def __init__(
        self,
        *,
        state: State,
        faults: Faults,
        limits: Limits | None,
        installs: Installs,
        new_socket_url: Callable[[], str],
        cut: Callable[[Address | None], None],
    ) -> None:
        self._installs = installs
        self._state = state
        self._faults = faults
        self._limits = limits
        self._new_socket_url = new_socket_url
        self._cut = cut
        self.calls: list[Call] = []

    def routes(self) -> list[Route]:
        """Return the routes to serve."""
        return [
            Route("/api/{method}", self._call, methods=["GET", "POST"]),
            Route("/commands/{team}/{secret}", self._respond, methods=["POST"]),
            Route("/actions/{team}/{secret}", self._respond, methods=["POST"]),
        ]

    async def _call(self, request: Request) -> Response:
        method = request.path_params["method"]
        values = await _arguments(request)
        token = _token(request, values)
        workspace = self._workspace_of(token)
        if workspace is not None and workspace.granted is not None:
            workspace = self._acted_in(workspace, Args(values)) or workspace
        call = Call(
            method=method,
            team_id=workspace.id if workspace is not None else None,
            args={name: _parsed(value) for name, value in values.items() if name not in _SECRET},
            at=self._state.clock.real(),
        )
        self.calls.append(call)
        try:
            return await self._answer(request, call, token=token, workspace=workspace, args=Args(values))
        finally:
            call.done = True
            self._state.tell(Change.CALL, team_id=call.team_id)

    async def _answer(
        self, request: Request, call: Call, *, token: str, workspace: Workspace | None, args: Args
    ) -> Response:
        method, team_id, channel_id = call.method, call.team_id, args.text("channel") or None
        if self._limits is not None:
            now = self._state.clock.real().timestamp()
            wait = self._limits.wait(method=method, team_id=team_id, channel_id=channel_id, at=now)
            if wait is not None:
                call.status = 429
                body = {"ok": False, "error": "ratelimited"}
                return JSONResponse(body, status_code=429, headers={"Retry-After": str(wait)})
        fault = self._faults.take(method=method, team_id=team_id, channel_id=channel_id)
        if fault is not None and fault.gate is not None and not fault.after:
            await fault.gate.pass_through()
        if fault is None or fault.after or fault.gate is not None:
            if method == METHOD:
                call.answer = self._exchanged(request, args)
            else:
                call.answer = self._work(method, token=token, workspace=workspace, args=args)
            self._state.tell(Change.CALL, team_id=call.team_id)
        if fault is None:
            call.status = 200
            scopes = {} if workspace is None else {"x-oauth-scopes": ",".join(sorted(workspace.scopes))}
            return JSONResponse(call.answer, headers=scopes)
        return await self._broken(request, call, fault)

    async def _broken(self, request: Request, call: Call, fault: Fault) -> Response:
        if fault.drop:
            self._cut(_client(request))
            return Response()
        if fault.gate is not None and fault.after:
            await fault.gate.pass_through()
        call.status = fault.status
        if isinstance(fault.body, bytes):
            headers = {"content-type": "application/json"} | dict(fault.headers)
            return Response(fault.body, status_code=fault.status, headers=headers)
        body = call.answer if fault.body is None else fault.body
        return JSONResponse(body, status_code=fault.status, headers=dict(fault.headers))

    def _work(self, name: str, *, token: str, workspace: Workspace | None, args: Args) -> Json:
        try:
            return {"ok": True} | self._run(name, token=token, workspace=workspace, args=args)
        except SlackRefusal as refusal:
            return {"ok": False, "error": refusal.error} | refusal.beside

    def _exchanged(self, request: Request, args: Args) -> Json:
        try:
            return {"ok": True} | self._installs.access(request.headers.get("authorization", ""), args)
        except SlackRefusal as refusal:
            return {"ok": False, "error": refusal.error}

    def _run(self, name: str, *, token: str, workspace: Workspace | None, args: Args) -> Json:
        if name == "api.test":
            if "error" in args:
                raise SlackRefusal(args.text("error"))
            return {"args": {}}
        if name == "blocks.validate":
            return validate(args)
        if name == "apps.manifest.export":
            return self._exported(token, args)
        method = METHODS.get(name)
        if method is None and name != "apps.connections.open":
            raise SlackRefusal("unknown_method", req_method=name)
        if not token:
            raise SlackRefusal("not_authed")
        if token == self._state.app.app_token:
            if method is not None:
                raise SlackRefusal("not_allowed_token_type")
            return {"url": self._new_socket_url()}
        if workspace is None:
            raise SlackRefusal("invalid_auth")
        self._check_works(token, workspace)
        if method is None:
            raise SlackRefusal("not_allowed_token_type")
        if method.scope is not None:
            need_scope(workspace, method.scope)
        return method.run(self._state, workspace, args)

    def _exported(self, token: str, args: Args) -> Json:
        app = self._state.app
        if token != app.configuration_token:
            raise SlackRefusal("invalid_auth" if token else "not_authed")
        if args.text("app_id") != app.id:
            raise SlackRefusal("invalid_app_id")
        return {"manifest": app.manifest}

    def _check_works(self, token: str, acted_in: Workspace) -> None:
        workspace = self._workspace_of(token) or acted_in
        if (
            workspace.granted is not None
            and acted_in is not workspace
            and acted_in.id not in workspace.granted
        ):
            raise SlackRefusal("team_access_not_granted")
        if workspace.token_error is not None:
            raise SlackRefusal(workspace.token_error)
        if token in workspace.tokens and workspace.tokens[token] <= self._state.clock.real():
            raise SlackRefusal("token_expired")

    def _workspace_of(self, token: str) -> Workspace | None:
        for workspace in (*self._state.workspaces.values(), *self._state.orgs.values()):
            if token == workspace.bot_token or token in workspace.tokens:
                return workspace
        return None

    def _acted_in(self, org: Workspace, args: Args) -> Workspace | None:
        """Return in which of an organisation's workspaces a call with its token acts, by what it names."""
        state = self._state
        channel = state.channels.get(args.text("channel"))
        person = state.people.get(args.text("user") or args.text("users") or args.text("user_id"))
        trigger, view = state.trigger(args.text("trigger_id")), state.view(args.text("view_id"))
        teams = [one.team_id for one in (channel, person, trigger, view) if one is not None]
        found = [one for one in teams if state.workspaces[one].enterprise_id == org.id]
        return state.workspaces[found[0]] if found else None

    # --- response URLs -----------------------------------------------------------------------------

    async def _respond(self, request: Request) -> Response:
        values = await _arguments(request)
        name = "response_url"
        call = Call(
            method=name, team_id=request.path_params["team"], args=values, at=self._state.clock.real()
        )
        self.calls.append(call)
        fault = self._faults.take(method=name, team_id=call.team_id, channel_id=None)
        if fault is None or fault.after:
            try:
                issued = self._state.use_response_url(request.path_params["secret"])
                self.write_answer(issued, Args(values))
                call.answer, call.status = {"ok": True}, 200
            except SlackRefusal as refusal:
                gone = refusal.error in ("expired_url", "used_url")
                call.answer = {"ok": False, "error": refusal.error} | refusal.beside
                call.status = 404 if gone else 400
        call.done = True
        self._state.tell(Change.CALL, team_id=call.team_id)
        if fault is not None:
            return await self._broken(request, call, fault)
        return JSONResponse(call.answer, status_code=call.status or 200)

    def write_answer(self, issued: ResponseUrl, args: Args) -> None:
        """Post what the app answers to a command or a click: to the person alone, or to the channel.

        Raise `SlackRefusal` with Slack's error.
        """
        state = self._state
        channel = state.channel(issued.channel_id)
        workspace = state.workspace(issued.team_id)
        original = state.message(channel.id, issued.message_ts or "")
        if args.flag("delete_original") and original is not None:
            state.delete(original)
            return
        text, blocks = checked_content(args)
        if args.flag("replace_original") and original is not None and not original.deleted:
            rewrite(state, original, text=text, blocks=blocks)
            return
        if channel.archived:
            raise SlackRefusal("is_archived")
        to_all = args.text("response_type") == "in_channel"
        state.post(
            channel,
            team_id=workspace.id,
            user=workspace.bot_user_id,
            text=text,
            blocks=blocks,
            bot_id=workspace.bot_id,
            app_id=state.app.id,
            thread_ts=args.text("thread_ts") or None,
            ephemeral_to=None if to_all else issued.person_id,
        )


async def _arguments(request: Request) -> Json:
    values: Json = dict(request.query_params)
    kind = request.headers.get("content-type", "").partition(";")[0].strip()
    if kind == "application/json":
        try:
            sent = json.loads(await request.body())
        except ValueError:
            sent = None
        if isinstance(sent, dict):
            values |= sent
    elif request.method == "POST":
        values |= dict(parse_qsl((await request.body()).decode(errors="replace"), keep_blank_values=True))
    return values


def _token(request: Request, values: Json) -> str:
    """Remove the token from the arguments and return it, so that the log of calls never shows it."""
    given = values.pop("token", "")
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    return bearer.strip() if scheme.lower() == "bearer" else str(given)


def _parsed(value: Any) -> Any:
    """Return a JSON argument parsed, so that tests see the same value for form and JSON calls."""
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _client(request: Request) -> Address | None:
    return (request.client.host, request.client.port) if request.client is not None else None
