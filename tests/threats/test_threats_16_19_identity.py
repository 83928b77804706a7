"""T16 to T19: another app, workspace or organisation, a person of another workspace, and a borrowed name."""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import make
import pytest
import stages
from flow_steps import (
    cards,
    denials,
    read,
    request,
)
from stages import MONDAY, Json, Stage, changed, nothing_moves
from world import Way, World, running

from bot.clock import PushedClock
from bot.sandbox.slack import Delivered, Kind
from bot.slack.wire.manifest import manifest
from bot.store import tables


@pytest.fixture
def clock() -> PushedClock:
    return PushedClock(start=MONDAY)


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
    cards = [await world.send_request(f"request {asset} analyze for 30d because Spring") for asset in ASSETS]
    await world.click(dana, cards[1], "decline")
    await world.settle()
    form = slack.top_view(dana)
    assert form is not None
    await slack.set_value(dana, form, "note", "No")
    await world.command(ann, "request")
    await world.settle()
    request_modal = slack.top_view(ann)
    assert request_modal is not None

    def state(number: int) -> str:
        """What became of the request for one of the assets."""
        (found,) = [row.request_id for row in world.rows(tables.Item) if row.asset_id == ASSETS[number]]
        return str(next(row.state for row in world.rows(tables.Request) if row.id == found))

    def is_away(who: make.Someone) -> bool:
        return any(row.deactivated for row in world.rows(tables.Person) if row.id == who.id)

    def event(inner: Json) -> Json:
        return slack.payload_event(world.brand, inner)

    said = await slack.say(dana, world.brand_room, "act_1001, please")
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
            payload=slack.payload_click(ann, request_modal, "term", selected="days"),
            worked=lambda answer: answer.status == 200,
        ),
        Sound(
            name="menu",
            kind=Kind.OPTIONS,
            payload=slack.payload_suggest(ann, request_modal, "owner", "Acme"),
            worked=lambda answer: make.BRAND in json.dumps(answer.body),
        ),
        Sound(
            name="shortcut",
            kind=Kind.INTERACTIVE,
            payload=slack.payload_shortcut(ann, "request_access"),
            worked=lambda answer: answer.status == 200,
        ),
        Sound(
            name="shortcut on a message",
            kind=Kind.INTERACTIVE,
            payload=slack.payload_shortcut(dana, "request_named", message=said),
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
            worked=lambda _: "auth.test" in {one.method for one in world.slack.calls[-5:]},  # is it so?
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
    found: dict[str, Any] = {table.__name__: world.rows(table) for table in stages.GUARDED}
    # When Slack was asked about them is no harm: it is, if something is said of them elsewhere in their own
    # organisation.
    people = [one._asdict() | {"checked_at": None} for one in found[tables.Person.__name__]]
    return found | {"teams": world.app.slack.teams, tables.Person.__name__: people}


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
        for workspace in (world.brand, world.agency):
            workspace.enterprise_id = HOME
            await world.app.slack.install(workspace.bot_token)
        await world.app.ticks.sweep()
        await world.settle()  # all are looked up again
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
        assert not stages.broken(caplog)

        for sound in sounds:
            delivered = await world.slack.send_payload(sound.kind, unlike(sound.payload))
            await world.settle()
            assert sound.worked(delivered), (sound.name, delivered)


@pytest.mark.covers("T17")
async def test_an_admin_who_comes_from_another_workspace_is_nobody_here(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    """The same user id at home elsewhere: an outsider in a shared channel, or another organisation's."""
    world = stage.world
    events = len(stage.events())
    async with nothing_moves(stage, caplog):
        for team in (world.agency.id, "TELSEWHERE"):
            for number in (stage.request_id, "4" * 15):
                payload = stage.press(world.dana, "approve", json.dumps({"r": number, "v": 1}))
                payload["user"]["team_id"] = team
                assert (await stage.send(Kind.INTERACTIVE, payload)).status == 200
    assert [event.kind for event in stage.events()[events:]] == ["denied"] * 4


@pytest.mark.covers("T17")
async def test_what_slack_says_of_somebody_in_another_workspace_takes_nothing_from_those_here(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    """An event of the agency's workspace about the user id that an admin of the brand has."""
    world = stage.world
    async with nothing_moves(stage, caplog):
        inner = {
            "type": "user_change",
            "user": {"id": world.dana.id, "team_id": world.brand.id, "deleted": True},
        }
        await stage.send(Kind.EVENT, world.slack.payload_event(world.agency, inner))


@pytest.mark.covers("T19")
async def test_taking_an_admins_name_and_e_mail_address_gives_none_of_their_power(
    either_way: World,
) -> None:
    world = either_way
    card = await world.send_request()
    dana = world.dana
    same = {"name": dana.name, "real_name": dana.real_name, "display_name": dana.display_name}
    assert (await world.slack.change_person(world.vera, **same)).ok
    told = world.slack.payload_event(
        world.brand,
        {
            "type": "user_change",
            "user": {
                **same,
                "id": world.vera.id,
                "team_id": world.brand.id,
                "deleted": False,
                "profile": {
                    "email": "dana@acme.example",
                    "real_name": dana.real_name,
                    "team": world.brand.id,
                },
            },
        },
    )
    assert (await world.slack.send_payload(Kind.EVENT, told)).ok
    await world.settle()
    for claims in ({}, {"email": "dana@acme.example", "profile": {"email": "dana@acme.example"}}):
        payload = world.slack.payload_click(world.vera, card, "approve")
        payload["user"] |= {"username": dana.name, "name": dana.name, **claims}
        await world.slack.send_payload(Kind.INTERACTIVE, payload)
        await world.settle()
    assert denials(world) == ["stranger", "stranger"]
    assert request(world).state == "PENDING"
    scopes = json.dumps(manifest()["oauth_config"])
    assert "email" not in scopes
    assert "identity" not in scopes


@pytest.mark.covers("T27")
async def test_every_card_bears_the_reference_that_home_shows_too(socket_world: World) -> None:
    """By which a look-alike is told: it has none, or that of something else."""
    card = await socket_world.send_request()
    (own,) = cards(socket_world, socket_world.ann)
    ref = request(socket_world).ref
    assert ref in read(card)
    assert ref in read(own)
    for who in (socket_world.ann, socket_world.dana):
        assert (await socket_world.slack.open_home(who)).ok
        await socket_world.settle()
        published = [
            one for one in socket_world.slack.calls_of("views.publish") if one.args["user_id"] == who.id
        ]
        assert ref in json.dumps(published[-1].args["view"])
