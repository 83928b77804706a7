"""The doors, from the outside: every route, any headers, and payloads of every kind from everywhere else."""

from __future__ import annotations

import asyncio
import copy
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

import hostile
import httpx
import make
import pytest
import uvicorn
from hostile import Json, changed, nothing_moves
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.responses import PlainTextResponse
from starlette.routing import Mount
from wire import Wire
from world import Way, World, running

from bot import app as composition
from bot.clock import PushedClock
from bot.sandbox.slack.delivery import Delivered, Kind
from bot.sandbox.slack.model import Person
from bot.store import tables
from handlers import slack_http

# --- every route ------------------------------------------------------------------------------------


@asynccontextmanager
async def served(
    sqlite_url: str, clock: PushedClock, monkeypatch: pytest.MonkeyPatch, way: Way
) -> AsyncIterator[tuple[World, dict[str, set[str]]]]:
    """The world, and every route of the bot's own server with the methods that it takes."""
    apps: list[Any] = []
    config = uvicorn.Config

    def watched(app: Any, **more: Any) -> uvicorn.Config:
        apps.append(app)
        return config(app, **more)

    monkeypatch.setattr(composition.uvicorn, "Config", watched)
    async with running(sqlite_url, way=way, clock=clock) as world:
        yield world, dict(routes_of(apps[-1]))


def routes_of(app: Any, under: str = "") -> Iterator[tuple[str, set[str]]]:
    """All paths below an app with their methods; of what is behind the guard, that it is."""
    for route in app.routes:
        if isinstance(route, Mount) and isinstance(route.app, slack_http.Guard):
            yield f"{under}{route.path}/", {"guarded"}
        elif isinstance(route, Mount):
            yield from routes_of(route.app, under + route.path)
        elif hasattr(route, "path"):
            yield under + route.path, set(route.methods)
        else:  # what was included as a whole
            yield from routes_of(route.original_router, under)


UNSIGNED = (
    b"",
    b"{}",
    b"ssl_check=1",
    b"ssl_check=1&token=x",
    b"payload=%7B%22type%22%3A%22block_actions%22%7D",
    b"command=%2Faccess&text=help&ssl_check=1",
    b'{"type":"url_verification","challenge":"x"}',
)


@pytest.mark.covers("T2", "T43")
async def test_every_route_that_can_be_posted_to_is_behind_the_signature(
    sqlite_url: str, clock: PushedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the routes are found in the server itself: whoever adds one is met here."""
    async with served(sqlite_url, clock, monkeypatch, Way.HTTP) as (world, routes):
        assert routes == {"/healthz": {"GET"}, "/slack/": {"guarded"}}
        async with httpx.AsyncClient(trust_env=False) as client:
            for path in (
                *routes,
                "/slack/events",
                "/slack/other",
                "/slack/events/",
                "/slack/events?ssl_check=1",
            ):
                for body in UNSIGNED:
                    for kind in ("application/x-www-form-urlencoded", "application/json", "text/plain"):
                        url, headers = f"{world.app.url}{path}", {"content-type": kind}
                        answer = await client.post(url, content=body, headers=headers)
                        wanted = 405 if path == "/healthz" else 401
                        assert (answer.status_code, b"x" in answer.content) == (wanted, False), (path, body)


@pytest.mark.covers("T1", "T2")
async def test_over_a_socket_there_is_no_route_for_slack(
    sqlite_url: str, clock: PushedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with served(sqlite_url, clock, monkeypatch, Way.SOCKET) as (world, routes):
        assert routes == {"/healthz": {"GET"}}
        async with httpx.AsyncClient(trust_env=False) as client:
            wire = Wire(world, client)
            assert (await wire.post(b"ssl_check=1")).status_code == 404
            empty = wire.headers(b"ssl_check=1", secret="")
            assert (await wire.post(b"ssl_check=1", empty)).status_code == 404


# --- headers and bodies of any kind -----------------------------------------------------------------

NAMES = st.sampled_from(
    [b"x-slack-signature", b"X-Slack-Signature", b"x-slack-request-timestamp", b"X-SLACK-REQUEST-TIMESTAMP"]
)
ODD = st.one_of(
    st.binary(max_size=40),
    st.sampled_from([b"v0=", b"v0=" + b"0" * 64, b"\xff\xfe", b"0", b"-1", b"1e9", "٣٣".encode(), b""]),
    st.integers(-(10**20), 10**20).map(lambda number: str(number).encode()),
)


class TooLong(bytes):
    """A body over the limit, short to print."""

    def __repr__(self) -> str:
        return f"<{len(self)} bytes>"


BODIES = st.one_of(
    st.binary(max_size=200),
    st.text(max_size=50).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.sampled_from(
        [
            b"ssl_check=1",
            b'{"type":"url_verification","challenge":"x"}',
            b"[" * 5000,
            TooLong(b"a" * 1_000_001),
        ]
    ),
    st.dictionaries(
        st.sampled_from(
            ["type", "command", "payload", "team_id", "user", "api_app_id", "ssl_check", "token"]
        ),
        st.sampled_from(["", "block_actions", "/access", "{}", "TBRAND", "UDANA", "\0", "\ud800"]),
    ).map(lambda fields: json.dumps(fields).encode()),
)
REQUESTS = st.tuples(
    BODIES,
    st.sampled_from(["as it is", "of another body", "with no secret", "old", "not at all"]),
    st.lists(st.tuples(NAMES, ODD), max_size=2),
    st.integers(0, 3),
)


async def answered(app: Any, body: bytes, headers: list[tuple[bytes, bytes]], *, pieces: int) -> int:
    """The status with which an ASGI app answers a POST whose body comes in so many pieces."""
    size = len(body) // max(pieces, 1) + 1
    parts = [body[at : at + size] for at in range(0, len(body), size)] or [b""]
    incoming = [{"type": "http.request", "body": part, "more_body": True} for part in parts]
    incoming[-1]["more_body"] = False
    statuses: list[int] = []

    async def receive() -> Any:
        return incoming.pop(0) if incoming else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/events",
        "raw_path": b"/events",
        "root_path": "",
        "query_string": b"",
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 2),
    }
    await app(scope, receive, send)
    (status,) = statuses
    return status


@pytest.mark.covers("T4")
def test_whatever_headers_and_body_come_the_answer_is_yes_no_or_too_long(
    sqlite_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """And yes only to what was signed, just now, with each header once."""
    seen: set[int] = set()
    with asyncio.Runner() as runner:
        context = running(sqlite_url, way=Way.HTTP, clock=PushedClock())
        world = runner.run(context.__aenter__())
        secret = world.slack.app.signing_secret
        routes = slack_http.slack_requests(world.app.edge, secret=secret)

        async def welcome(*_: Any) -> PlainTextResponse:
            return PlainTextResponse("let in")

        let_in = slack_http.Guard(welcome, secret=secret, clock=world.clock)

        @settings(max_examples=250, deadline=None, derandomize=True, database=None)
        @given(REQUESTS)
        def sent(request: tuple[bytes, str, list[tuple[bytes, bytes]], int]) -> None:
            body, signed, others, pieces = request
            at = str(int(time.time()) - (301 if signed == "old" else 0)).encode()
            key = b"" if signed == "with no secret" else secret.encode()
            over = body + b"x" if signed == "of another body" else body
            mine = b"v0=" + hmac.new(key, b"v0:" + at + b":" + over, hashlib.sha256).hexdigest().encode()
            own = [(b"x-slack-signature", mine), (b"x-slack-request-timestamp", at)]
            headers = [*([] if signed == "not at all" else own), *others]
            wanted = 200 if signed == "as it is" and not others else 401
            if len(body) > slack_http.MOST_BYTES:
                wanted = 413
            caplog.clear()
            assert runner.run(answered(let_in, body, headers, pieces=pieces)) == wanted
            status = runner.run(answered(routes, body, headers, pieces=pieces))
            assert status in {wanted, 401}
            assert not hostile.broken(caplog)
            seen.add(status)

        try:
            sent()
        finally:
            runner.run(context.__aexit__(None, None, None))
    assert seen == {200, 401, 413}, "or it has shown nothing"


@pytest.mark.covers("T3", "I18")
async def test_the_same_bytes_many_times_at_one_instant_have_one_effect(http_world: World) -> None:
    world = http_world
    card = await world.ask()
    payload = world.slack.payload_click(world.dana, card, "approve")
    body = urlencode({"payload": json.dumps(payload)}).encode()
    async with httpx.AsyncClient(trust_env=False) as client:
        wire = Wire(world, client)
        headers = wire.headers(body)
        answers = await asyncio.gather(*(wire.post(body, headers) for _ in range(8)))
        await world.settle()
        before = world.rows(tables.Event)
        again = await wire.post(body, headers)
        await world.settle()
    assert [one.status_code for one in (*answers, again)] == [200] * 9
    assert world.rows(tables.Event) == before
    assert [row.kind for row in before].count("request.approved") == 1
    assert "denied" not in [row.kind for row in before]
    assert len(world.rows(tables.Grant)) == 1


# --- from another app, workspace, organisation, or somebody who is at home elsewhere --------------------


@dataclass(frozen=True, kw_only=True)
class Sound:
    """A payload of one kind that would be taken, and how to see that it was."""

    name: str
    kind: Kind
    payload: Json
    worked: Callable[[Delivered], bool]


HOME = "EHOME"
APP, USER_TEAM, USER = ("api_app_id",), ("user", "team_id"), ("user",)
MODAL_TEAM = ("view", "app_installed_team_id")
MISSING = KeyError


async def sound_payloads(world: World) -> list[Sound]:
    """One of every kind that Slack sends, each by somebody who may do what it says."""
    slack, dana, ann = world.slack, world.dana, world.ann
    cards = [await world.ask(f"request {asset} analyze for 30d because Spring") for asset in ASSETS]
    await world.click(dana, cards[1], "decline")
    await world.settle()
    form = slack.top_view(dana)
    assert form is not None
    await slack.set_value(dana, form, "note", "No")
    await world.command(ann, "request")
    await world.settle()
    requesting = slack.top_view(ann)
    assert requesting is not None

    def state(number: int) -> str:
        """What became of the request for one of the assets."""
        (found,) = [row.request_id for row in world.rows(tables.Item) if row.asset_id == ASSETS[number]]
        return str(next(row.state for row in world.rows(tables.Request) if row.id == found))

    def is_away(who: make.Someone) -> bool:
        return any(row.deactivated for row in world.rows(tables.Person) if row.id == who.id)

    def event(inner: Json) -> Json:
        return slack.payload_event(world.brand, inner)

    def whole(kind: str, **more: Any) -> Json:
        press = slack.payload_click(dana, cards[0], "approve")
        kept = ("user", "api_app_id", "team", "enterprise", "trigger_id", "response_url", "channel")
        return {"type": kind, "callback_id": "nothing", **{name: press[name] for name in kept}, **more}

    words = f"request {make.INSTAGRAM} advertiser for 30d from {make.BRAND} because Spring"
    world.dov.deleted = True  # it is so: what the event says is looked up
    gone = {"id": world.dov.id, "team_id": world.brand.id, "deleted": True}
    opened = {"type": "app_home_opened", "tab": "home", "user": dana.id, "channel": "D1"}
    return [
        Sound(
            name="press",
            kind=Kind.INTERACTIVE,
            payload=slack.payload_click(dana, cards[0], "approve"),
            worked=lambda _: state(0) == "APPROVED",
        ),
        Sound(
            name="form",
            kind=Kind.INTERACTIVE,
            payload=slack.payload_submit(dana, form),
            worked=lambda _: state(1) == "DECLINED",
        ),
        Sound(
            name="form that was closed",
            kind=Kind.INTERACTIVE,
            payload=slack.payload_close(dana, form),
            worked=lambda answer: answer.status == 200,
        ),
        Sound(
            name="press in a form",
            kind=Kind.INTERACTIVE,
            payload=slack.payload_click(ann, requesting, "term", selected="days"),
            worked=lambda answer: answer.status == 200,
        ),
        Sound(
            name="menu",
            kind=Kind.OPTIONS,
            payload=slack.payload_suggest(ann, requesting, "owner", "Acme"),
            worked=lambda answer: make.BRAND in json.dumps(answer.body),
        ),
        Sound(
            name="shortcut",
            kind=Kind.INTERACTIVE,
            payload=whole("shortcut"),
            worked=lambda answer: answer.status == 200,
        ),
        Sound(
            name="shortcut on a message",
            kind=Kind.INTERACTIVE,
            payload=whole("message_action", message={"ts": cards[0].ts}),
            worked=lambda answer: answer.status == 200,
        ),
        Sound(
            name="command",
            kind=Kind.COMMAND,
            payload=slack.payload_command(ann, world.agency_room, "/access", words),
            worked=lambda _: len(world.rows(tables.Request)) == 3,
        ),
        Sound(
            name="event: home opened",
            kind=Kind.EVENT,
            payload=event(opened),
            worked=lambda _: bool(world.rows(tables.HomeTab)),
        ),
        Sound(
            name="event: user changed",
            kind=Kind.EVENT,
            payload=event({"type": "user_change", "user": gone}),
            worked=lambda _: is_away(world.town.dov),
        ),
        Sound(
            name="event: uninstalled",
            kind=Kind.EVENT,
            payload=event({"type": "app_uninstalled"}),
            worked=lambda _: world.brand.id not in world.app.slack.teams,
        ),
    ]


ASSETS = (make.ACCOUNT, make.PAGE)


def from_elsewhere(sound: Sound) -> Iterator[tuple[str, Json, int]]:
    """Copies of a payload from where it may not come from, each with the status it gets."""
    is_command, is_event = sound.kind is Kind.COMMAND, sound.kind is Kind.EVENT
    for app in ("A0OTHER", "", sound.payload["api_app_id"].lower(), MISSING):
        yield f"app {app}", changed(sound.payload, APP, app), 401
    place = MODAL_TEAM if "view" in sound.payload else ("team", "id")
    if is_command or is_event:
        place = ("team_id",)
    # An unknown workspace is told so where somebody typed a command; of its events it is not told again.
    known = 200 if is_command or is_event else 401
    for team in ("TOTHER", "TBRAND ", "tbrand"):
        yield f"team {team}", changed(sound.payload, place, team), known
    if not is_event:
        if is_command:
            yield "organisation", sound.payload | {"enterprise_id": "EOTHER"}, 401
        else:
            yield "organisation", changed(sound.payload, ("enterprise",), {"id": "EOTHER"}), 401
    if not (is_command or is_event):
        for odd in ("", None, MISSING, ["TBRAND"]):
            yield f"person of team {odd}", changed(sound.payload, USER_TEAM, odd), 401
        yield "nobody", changed(sound.payload, USER, MISSING), 401


def at_home_elsewhere(sound: Sound) -> Iterator[Json]:
    """Copies of a payload by the same user id of other workspaces: one that has the app, one that has not.

    As Slack sends it of somebody in a shared channel. A command comes from the workspace of who types it,
    an event about a person from theirs; an event of another workspace's own is nothing to turn away.
    """
    if sound.kind is Kind.EVENT and sound.payload["event"]["type"] != "user_change":
        return
    if sound.kind in (Kind.COMMAND, Kind.EVENT):
        other = make.AGENCY_TEAM if sound.payload["team_id"] == make.BRAND_TEAM else make.BRAND_TEAM
        yield sound.payload | {"team_id": other}
    else:
        home = sound.payload["user"]["team_id"]
        other = make.AGENCY_TEAM if home == make.BRAND_TEAM else make.BRAND_TEAM
        ours = sound.payload
        if "view" in ours:  # in a form `team` is the person's own, and the view says whose app it is
            ours = changed(ours, MODAL_TEAM, home)
        for team in (other, "TELSEWHERE"):
            away = changed(ours, USER_TEAM, team)
            yield changed(away, ("team", "id"), team) if "view" in ours else away


def guarded(world: World) -> dict[str, Any]:
    found: dict[str, Any] = {table.__name__: world.rows(table) for table in hostile.GUARDED}
    return found | {"teams": world.app.slack.teams}


def unlike(payload: Json) -> Json:
    """A copy that is no replay of what was sent before."""
    if "event_id" in payload:
        return payload | {"event_id": f"Ev{time.monotonic_ns()}"}
    return copy.deepcopy(payload) | {"trigger_id": f"1.{time.monotonic_ns()}"}


@pytest.mark.covers("T16", "T17", "T27")
async def test_no_payload_of_any_kind_is_taken_from_elsewhere(
    sqlite_url: str, clock: PushedClock, caplog: pytest.LogCaptureFixture
) -> None:
    """And each is taken from here, or it would be refused for another reason than the one that is tried."""
    async with running(sqlite_url, way=Way.HTTP, clock=clock) as world:
        sounds = await sound_payloads(world)
        for team, installed in list(world.app.slack._installed.items()):
            world.app.slack._installed[team] = replace(installed, enterprise_id=HOME)
        before = guarded(world)
        for sound in sounds:
            for what, payload, status in from_elsewhere(sound):
                delivered = await world.slack.send_payload(sound.kind, unlike(payload))
                assert delivered.status == status, (sound.name, what, delivered)
                assert make.BRAND not in json.dumps(delivered.body), (sound.name, what)
            for payload in at_home_elsewhere(sound):
                delivered = await world.slack.send_payload(sound.kind, unlike(payload))
                assert delivered.status == 200, (sound.name, delivered)
                assert make.BRAND not in json.dumps(delivered.body), sound.name
            await world.settle()
            now = guarded(world)
            assert {name for name in now if now[name] != before[name]} == set(), sound.name
        assert not hostile.broken(caplog)

        for sound in sounds:
            delivered = await world.slack.send_payload(sound.kind, unlike(sound.payload))
            await world.settle()
            assert sound.worked(delivered), (sound.name, delivered)


# --- ids of somebody else's -------------------------------------------------------------------------


def said_since(world: World, who: Person, seen: int) -> Iterable[str]:
    yield from (one.text for one in world.slack.ephemerals(who)[seen:])
    for view in world.slack.views(who):
        yield " ".join(hostile.texts_of(view.blocks))


@pytest.mark.covers("T10", "I16")
async def test_whatever_the_button_an_id_of_somebody_elses_is_like_an_id_of_nothing(
    sqlite_url: str, clock: PushedClock, caplog: pytest.LogCaptureFixture
) -> None:
    """Every button there is, with the id of every kind of thing that the hidden business has."""
    async with running(sqlite_url, way=Way.HTTP, clock=clock, seed=hostile.seed) as world:
        stage = await hostile.set_stage(world)
        unknown = "4" * 15
        hidden = (
            *(stage.theirs[name] for name in ("request", "over", "draft", "grant")),
            *(make.OTHER, f"4{31:014d}", hostile.OTHER_PAGE),
        )
        async with nothing_moves(stage, caplog):
            heard: dict[str, list[str]] = {}
            for number in (unknown, *hidden):
                seen = len(world.slack.ephemerals(world.dana))
                for action in sorted(world.app.edge.listeners.actions):
                    value = json.dumps({"r": number, "v": 1})
                    delivered = await world.slack.send_payload(
                        Kind.INTERACTIVE, stage.press(world.dana, action, value)
                    )
                    assert delivered.status == 200, action
                await world.settle()
                heard[number] = sorted(said_since(world, world.dana, seen))
                stage.close_all()
    assert len(heard[unknown]) > 20
    for number in hidden:
        assert heard[number] == heard[unknown], number


@pytest.mark.covers("T10")
async def test_whatever_the_word_an_id_of_somebody_elses_is_like_an_id_of_nothing(
    sqlite_url: str, clock: PushedClock, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(sqlite_url, way=Way.HTTP, clock=clock, seed=hostile.seed) as world:
        stage = await hostile.set_stage(world)
        pairs = {
            "cancel {}": (stage.theirs["ref"], "AMBER-9999"),
            "revoke {}": (hostile.OTHER_PAGE, "530000002"),
            "revoke {} because Over": (hostile.OTHER_ACCOUNT, "act_3004"),
            "extend {}": (hostile.OTHER_PAGE, "530000002"),
            "extend {} for 30d": (hostile.OTHER_PAGE, "530000002"),
            f"request {{}} analyze for 30d from {make.BRAND} because x": (hostile.OTHER_ACCOUNT, "act_3004"),
        }
        async with nothing_moves(stage, caplog):
            for words, ids in pairs.items():
                for who in (world.dana, world.vera, world.emil):
                    answers = []
                    for one in ids:
                        seen = len(world.slack.ephemerals(who))
                        room = world.brand_room
                        payload = world.slack.payload_command(who, room, "/access", words.format(one))
                        delivered = await stage.send(Kind.COMMAND, payload)
                        said = [json.dumps(delivered.body), *said_since(world, who, seen)]
                        answers.append([text.replace(one, "(id)") for text in said])
                        assert not any("Hidden" in text for text in said), words
                        stage.close_all()
                    assert answers[0] == answers[1], (words, who.name)
