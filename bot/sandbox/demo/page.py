"""Serve the demo's web page: act as any person of the local Slack, and see changes live.

The page is static files under `static/` and this JSON API; every button and field calls a method of
`LocalSlack`. It serves one laptop only: requests must come from a page of this server, so that another web
site open in the same browser cannot click buttons here.
"""

from __future__ import annotations

import asyncio
import contextlib
import html
import secrets
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeVar

from fastapi import FastAPI, Request, WebSocket, WebSocketDisconnect
from fastapi.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel, Field
from starlette.datastructures import Headers, MutableHeaders
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.types import Message as AsgiMessage
from starlette.websockets import WebSocketClose

from bot.sandbox.demo.page_state import ReadMarks, announcement, snapshot
from bot.sandbox.slack import CannotDo, Change, Channel, Delivered, Json, LocalSlack, Message, Person, View

T = TypeVar("T")

STATIC: Final = Path(__file__).parent / "static"
MAX_PUSH_SECONDS: Final = 400 * 86_400
LOCAL_HOSTS: Final = frozenset({"127.0.0.1", "localhost", "[::1]"})
SECURITY_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """One line of the composer's slash-command help: what to type, and what it does."""

    text: str
    about: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockControls:
    """What the clock bar calls. Both pushes return when everything that became due is done."""

    push: Callable[[timedelta], Awaitable[None]]
    push_to_next: Callable[[], Awaitable[bool]]
    """Push on until something happens that people see; False if nothing more is due."""
    next_due: Callable[[], Awaitable[tuple[datetime, str] | None]]
    """When something will happen next, and what, in a few words ("a nudge"); None if nothing will."""
    restart: Callable[[], Awaitable[None]]
    """Start the whole story again; the page reconnects by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One way in which something beside Slack works: `name` follows its name, "is down"."""

    id: str
    name: str
    about: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """How something beside Slack works, to be chosen. The first of the choices is how it usually does."""

    name: str
    choices: tuple[Choice, ...]
    chosen: Callable[[], str]
    choose: Callable[[str], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of the guided tour. It is done when `done` returns True.

    A step without `done` only leads to a place, to look around there or to continue with the next step.

    `text` is mrkdwn. `person` and `channel` (ids) are where it happens, or `tab` in the app's own
    conversation. The page offers to put `type` into the message box.
    """

    text: str
    person: str | None = None
    channel: str | None = None
    tab: Literal["home", "messages"] | None = None
    type: str = ""
    done: Callable[[], Awaitable[bool]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PageConfig:
    """What the page shows beyond the local Slack."""

    title: str = "Local Slack"
    intro: str = ""
    """A few sentences of mrkdwn, shown above the conversations until closed."""
    labels: dict[str, str] = field(default_factory=dict)
    """A short line about each person's role, by person id."""
    hints: tuple[Hint, ...] = ()
    start: str | None = None
    """The id of the person to start as; None: the first person."""
    start_channel: str | None = None
    """The id of the channel to start in; None: the person's first channel."""
    clock: ClockControls | None = None
    """The page shows the clock bar if this is given."""
    switch: Switch | None = None
    tour: tuple[Step, ...] = ()
    is_quiet: Callable[[], bool] | None = None
    """While it returns True, messages for other people are shown but not announced."""


def page_routes(slack: LocalSlack, config: PageConfig) -> list[BaseRoute]:
    """Return the routes that make `LocalSlack.serve` serve the page under `/ui/`, and redirect `/` to it."""

    async def to_page(_: Request) -> Response:
        return RedirectResponse("/ui/")

    return [Route("/", to_page), Route("/ui", to_page), Mount("/ui", app=_LocalOnly(_page(slack, config)))]


# --- what the browser sends ---------------------------------------------------------------------------


class _ByPerson(BaseModel):
    person: str


class _Command(_ByPerson):
    channel: str
    text: str


class _Shortcut(_ByPerson):
    """A shortcut: on a message (channel and ts), or a global one."""

    callback_id: str
    channel: str | None = None
    ts: str | None = None


class _Say(_Command):
    thread_ts: str | None = None


class _Seen(_ByPerson):
    channel: str
    ts: str
    thread_ts: str | None = None


class _OnView(_ByPerson):
    view: str


class _Close(_OnView):
    cleared: bool = False


class _OnElement(_ByPerson):
    """An element of a message (channel and ts) or of a view."""

    action_id: str
    block_id: str | None = None
    view: str | None = None
    channel: str | None = None
    ts: str | None = None


class _Click(_OnElement):
    value: str | None = None
    selected: str | list[str] | None = None


class _Suggest(_OnElement):
    query: str


class _SetValue(_OnElement):
    value: str | list[str] | None = None


class _Push(BaseModel):
    """Push the clock by whole seconds, or to the next thing that is due."""

    by: Annotated[int, Field(ge=1, le=MAX_PUSH_SECONDS)] | Literal["next"]


class _Choose(BaseModel):
    to: str


class _Missing(Exception):
    """Raised when there is no such person, channel, message or view."""


# --- the page's own application -----------------------------------------------------------------------


def _page(slack: LocalSlack, config: PageConfig) -> FastAPI:  # noqa: C901 - a list of routes, each a line or two
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    marks = ReadMarks()
    run = secrets.token_hex(8)

    def person(person_id: str) -> Person:
        return _found(slack.people.get(person_id), "person")

    def channel(channel_id: str) -> Channel:
        return _found(slack.channels.get(channel_id), "channel")

    def surface(at: _OnElement) -> Message | View:
        if at.view is not None:
            return _found(slack.view(at.view), "view")
        return _found(slack.message(at.channel or "", at.ts or ""), "message")

    @app.exception_handler(CannotDo)
    @app.exception_handler(_Missing)
    async def refused(_: Request, error: CannotDo | _Missing) -> Response:
        # With an error status, which it would be elsewhere, browsers log every click that comes too late.
        return JSONResponse({"refused": str(error)})

    @app.get("/api/state")
    async def state(person: str | None = None, channel: str | None = None) -> Json:
        shown = snapshot(
            slack,
            marks,
            person_id=person or config.start,
            channel_id=channel or (None if person else config.start_channel),
            labels=config.labels,
        )
        return shown | {
            "title": config.title,
            "intro": config.intro,
            "hints": [{"text": hint.text, "about": hint.about} for hint in config.hints],
            "clock": None if config.clock is None else {"next": await _next_due(config.clock)},
            "switch": None if config.switch is None else _switch(config.switch),
            "tour": [await _step(step) for step in config.tour],
        }

    @app.post("/api/command")
    async def command(body: _Command) -> Json:
        name, _, rest = body.text.strip().partition(" ")
        return _result(await slack.command(person(body.person), channel(body.channel), name, rest.strip()))

    @app.post("/api/say")
    async def say(body: _Say) -> Json:
        said = await slack.say(
            person(body.person),
            channel(body.channel),
            html.escape(body.text, quote=False),
            thread_ts=body.thread_ts,
        )
        marks.mark(body.person, body.channel, said.ts, thread=body.thread_ts)
        return {"ok": True, "ts": said.ts}

    @app.post("/api/shortcut")
    async def shortcut(body: _Shortcut) -> Json:
        message = _found(slack.message(body.channel or "", body.ts), "message") if body.ts else None
        return _result(await slack.use_shortcut(person(body.person), body.callback_id, message=message))

    @app.post("/api/click")
    async def click(body: _Click) -> Json:
        return _result(
            await slack.click(
                person(body.person),
                surface(body),
                body.action_id,
                block_id=body.block_id,
                value=body.value,
                selected=body.selected,
            )
        )

    @app.post("/api/suggest")
    async def suggest(body: _Suggest) -> Json:
        asked = await slack.suggest(
            person(body.person), surface(body), body.action_id, body.query, block_id=body.block_id
        )
        return _result(asked) | {"options": asked.options}

    @app.post("/api/set_value")
    async def set_value(body: _SetValue) -> Json:
        return _result(
            await slack.set_value(
                person(body.person), surface(body), body.action_id, body.value, block_id=body.block_id
            )
        )

    @app.post("/api/submit")
    async def submit(body: _OnView) -> Json:
        return _result(await slack.submit(person(body.person), _found(slack.view(body.view), "view")))

    @app.post("/api/close")
    async def close(body: _Close) -> Json:
        view = _found(slack.view(body.view), "view")
        return _result(await slack.close(person(body.person), view, cleared=body.cleared))

    @app.post("/api/open_app")
    async def open_app(body: _ByPerson) -> Json:
        who = person(body.person)
        return {"channel": slack.open_dm(slack.workspace(who.team_id), who).id}

    @app.post("/api/open_home")
    async def open_home(body: _ByPerson) -> Json:
        return _result(await slack.open_home(person(body.person)))

    @app.post("/api/seen")
    async def seen(body: _Seen) -> Json:
        marks.mark(person(body.person).id, body.channel, body.ts, thread=body.thread_ts)
        return {"ok": True}

    @app.post("/api/clock")
    async def clock(body: _Push) -> Json:
        controls = _found(config.clock, "clock")
        if isinstance(body.by, int):
            await controls.push(timedelta(seconds=body.by))
        elif not await controls.push_to_next():
            raise CannotDo("nothing more is due")
        slack.tell(Change.CLOCK)  # again, because what is due next may have changed without another notice
        return {"ok": True}

    @app.post("/api/switch")
    async def switch(body: _Choose) -> Json:
        switch = _found(config.switch, "switch")
        choice = _found(next((one for one in switch.choices if one.id == body.to), None), "choice")
        await switch.choose(choice.id)
        slack.tell(Change.CLOCK)  # every page shows it
        return {"ok": True}

    @app.post("/api/restart")
    async def restart() -> Json:
        await _found(config.clock, "clock").restart()
        return {"ok": True}

    @app.websocket("/api/feed")
    async def feed(socket: WebSocket) -> None:
        await socket.accept()
        with contextlib.suppress(asyncio.CancelledError):  # the server stops: not an error to log
            await _first_of(_gone(socket), _tell(slack, socket, run=run, is_quiet=config.is_quiet))

    app.mount("/", StaticFiles(directory=STATIC, html=True))
    return app


def _found(thing: T | None, kind: str) -> T:
    if thing is None:
        raise _Missing(f"there is no such {kind} now")
    return thing


def _result(delivered: Delivered) -> Json:
    return {"ok": delivered.ok, "error": delivered.error, "detail": delivered.detail}


async def _next_due(clock: ClockControls) -> Json | None:
    due = await clock.next_due()
    return None if due is None else {"at": due[0].timestamp(), "what": due[1]}


def _switch(switch: Switch) -> Json:
    choices = [{"id": one.id, "name": one.name, "about": one.about} for one in switch.choices]
    return {"name": switch.name, "chosen": switch.chosen(), "choices": choices}


async def _step(step: Step) -> Json:
    return {
        "text": step.text,
        "person": step.person,
        "channel": step.channel,
        "tab": step.tab,
        "type": step.type,
        "done": None if step.done is None else await step.done(),
    }


async def _tell(
    slack: LocalSlack, socket: WebSocket, *, run: str, is_quiet: Callable[[], bool] | None
) -> None:
    """Pass the change feed on. The first message names this run, so that a page of an earlier run reloads."""
    with slack.subscribe() as notices:
        await socket.send_json({"kind": "hello", "run": run})
        async for notice in notices:
            told = announcement(slack, notice)
            if told is not None and "user" in told and is_quiet is not None and is_quiet():
                told = {name: held for name, held in told.items() if name not in ("user", "text", "dm")}
            if told is not None:
                await socket.send_json(told)


async def _gone(socket: WebSocket) -> None:
    while (await socket.receive())["type"] != "websocket.disconnect":
        pass


async def _first_of(*waiting: Coroutine[Any, Any, None]) -> None:
    """Run until one of them ends, cancel the others, and raise errors other than a lost connection."""
    tasks = [asyncio.create_task(each) for each in waiting]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        for outcome in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(outcome, Exception) and not isinstance(outcome, WebSocketDisconnect):
                raise outcome


# --- local requests only ------------------------------------------------------------------------------


class _LocalOnly:
    """Refuse requests with a host name other than localhost's, or from a page of another origin.

    The first stops a foreign host name that resolves to this machine (DNS rebinding), the second a foreign
    page that posts here or opens the feed. Programs without an `Origin` header are accepted.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if (
            host.rpartition(":")[0] not in LOCAL_HOSTS
            or headers.get("origin", f"http://{host}") != f"http://{host}"
        ):
            refusal: ASGIApp = (
                WebSocketClose(code=1008)
                if scope["type"] == "websocket"
                else PlainTextResponse(
                    "Only the page of this server may send requests here.", status_code=403
                )
            )
            await refusal(scope, receive, send)
            return

        async def send_guarded(message: AsgiMessage) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(SECURITY_HEADERS)
            await send(message)

        await self._app(scope, receive, send_guarded)
