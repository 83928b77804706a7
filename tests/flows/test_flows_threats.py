"""What messages can be made to say and do by those who read, copy, alter or only open them."""

from __future__ import annotations

import io
import json
import logging
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import make
import pytest
from flow_steps import (
    buttons,
    cards,
    denials,
    fills,
    held,
    opens,
    press,
    read,
    request,
    sends_in,
    types,
)
from sqlmodel import SQLModel
from world import Way, World, running

from bot.clock import PushedClock
from bot.domain.messages import Audience, EffectKind
from bot.logs import set_up_logging
from bot.sandbox.slack.delivery import Kind
from bot.slack.wire.manifest import manifest
from bot.store import tables
from bot.store.database import Tx

ASK, REQUEST_PAGE = (f"request {one} {{}} for 30d because Spring" for one in (make.ACCOUNT, make.PAGE))


@pytest.fixture
def clock() -> PushedClock:
    """A Monday, ten in the morning where everybody is at home."""
    return PushedClock(start=datetime(2026, 1, 5, 9, tzinfo=UTC))


# --- what a message says --------------------------------------------------------------------------------


def states(world: World) -> dict[str, str]:
    """What became of the requests, by the asset that was asked for."""
    asset = {row.request_id: row.asset_id for row in world.rows(tables.Item)}
    return {asset[row.id]: row.state for row in world.rows(tables.Request)}


@pytest.mark.covers("T11")
async def test_a_press_is_about_what_its_button_names_whatever_message_it_seems_to_come_from(
    either_way: World,
) -> None:
    world = either_way
    first = await world.ask(ASK.format("advertise,analyze"))
    second = await world.ask(REQUEST_PAGE.format("analyze"))
    payload = world.slack.payload_click(world.dana, first, "approve")
    elsewhere = world.slack.payload_click(world.dana, second, "approve")
    for place in ("container", "channel", "message"):
        payload[place] = elsewhere[place]

    assert (await world.slack.send_payload(Kind.INTERACTIVE, payload)).ok
    await world.settle()

    assert states(world) == {make.ACCOUNT: "APPROVED", make.PAGE: "PENDING"}
    assert buttons(first) == {"undo"}
    assert buttons(second) >= {"approve", "decline"}
    assert "Acme Page" in read(second)


@pytest.mark.covers("T11", "T14")
async def test_a_message_that_was_altered_gives_no_more_than_the_record(town: World) -> None:
    """Other blocks, other text, values that were never inputs, another author: none of it is looked at."""
    card = await town.ask(ASK.format("analyze"))
    payload = town.slack.payload_click(town.dana, card, "approve")
    was = json.dumps(payload["message"])
    payload["message"] = json.loads(was.replace("ANALYZE", "MANAGE").replace("30 days", "10 years"))
    payload["message"] |= {"text": "Approved: MANAGE, for ever", "user": town.ann.id, "thread_ts": "1.000001"}
    payload["state"] = {"values": {"item:0": {"given": {"selected_option": {"value": "Admin"}}}}}
    payload["actions"][0] |= {
        "text": {"type": "plain_text", "text": "Approve as Admin"},
        "selected_option": {"value": "Admin"},
        "tasks": ["MANAGE"],
    }

    await town.slack.send_payload(Kind.INTERACTIVE, payload)
    await town.settle()

    assert held(town) == {"ANALYZE"}
    (grant,) = town.rows(tables.Grant)
    assert grant.ends_at - grant.starts_at == timedelta(days=30)


@pytest.mark.covers("T11", "T12")
@pytest.mark.parametrize("version", [0, 2, 99])
async def test_another_version_than_was_shown_is_no_way_to_decide(town: World, version: int) -> None:
    card = await town.ask(ASK.format("analyze"))
    payload = town.slack.payload_click(town.dana, card, "approve")
    value = json.loads(payload["actions"][0]["value"])
    payload["actions"][0]["value"] = json.dumps(value | {"v": version})
    await town.slack.send_payload(Kind.INTERACTIVE, payload)
    await town.settle()
    assert (request(town).state, denials(town)) == ("PENDING", ["changed"])


@pytest.mark.covers("T27")
async def test_every_card_bears_the_reference_that_home_shows_too(town: World) -> None:
    """By which a look-alike is told: it has none, or that of something else."""
    card = await town.ask()
    (own,) = cards(town, town.ann)
    ref = request(town).ref
    assert ref in read(card)
    assert ref in read(own)
    for who in (town.ann, town.dana):
        assert (await town.slack.open_home(who)).ok
        await town.settle()
        published = [one for one in town.slack.calls_of("views.publish") if one.args["user_id"] == who.id]
        assert ref in json.dumps(published[-1].args["view"])


# --- who somebody says they are -------------------------------------------------------------------------


@pytest.mark.covers("T19")
async def test_taking_an_admins_name_and_e_mail_address_gives_none_of_their_power(
    either_way: World,
) -> None:
    world = either_way
    card = await world.ask()
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


# --- who only opens, reads or copies it -----------------------------------------------------------------


async def everything(world: World, said: str = "Spring") -> None:
    """Have every kind of message sent: cards, notices, threads, digests, warnings, homes, private answers."""
    for who in (world.ann, world.dana):
        await world.slack.open_home(who)
    await types(world, world.eva, f"request {make.PIXEL} analyst for 30d because {said}")
    draft = world.card_in(world.agency_room)
    assert draft is not None
    await press(world, world.ann, draft, "send")
    card = await world.ask(f"request {make.ACCOUNT} advertise,analyze for 9d because {said}")
    own = next(one for one in cards(world, world.ann) if "comment" in buttons(one))
    comment = await opens(world, world.ann, own, "comment")
    await fills(world, world.ann, comment, "text", said)
    await sends_in(world, world.ann, comment)
    await press(world, world.emil, card, "approve")
    await press(world, world.dana, card, "approve")
    page = await world.ask(f"request {make.PAGE} analyze for 30d because {said}")
    declining = await opens(world, world.dana, page, "decline")
    await fills(world, world.dana, declining, "note", said)
    await sends_in(world, world.dana, declining)
    await types(world, world.ann, f"cancel AMBER-9999 because {said}")
    await types(world, world.vera, said)
    await world.pass_time(timedelta(days=1, hours=2))  # what was sent waits: a digest
    await world.pass_time(timedelta(days=2))  # the access ends in a week: a warning
    warning = next(one for one in world.dms(world.ann) if "extend" in buttons(one))
    longer = await opens(world, world.ann, warning, "extend")
    await fills(world, world.ann, longer, "reason", said)
    await sends_in(world, world.ann, longer)
    await world.pass_time(timedelta(days=10))  # what nobody decides is about to expire
    await world.pass_time(timedelta(days=5))


@pytest.mark.covers("T25", "T26")
async def test_no_message_unfurls_a_link_or_tells_other_apps_anything(town: World) -> None:
    await everything(town, "https://evil.example/x and act_1001")
    assert {row.audience for row in town.rows(tables.Card) if row.state == "POSTED"} == set(Audience)
    sent = {row.kind for row in town.rows(tables.Effect) if row.state == "DONE"}
    assert sent >= {EffectKind.POST_CARD, EffectKind.POST_NOTICE, EffectKind.UPDATE_CARD}
    posts = [one.args for one in town.slack.calls_of("chat.postMessage")]
    for post in posts:
        assert (post["unfurl_links"], post["unfurl_media"]) == (False, False)
        metadata = post["metadata"]
        assert set(metadata) == {"event_type", "event_payload"}
        assert set(metadata["event_payload"]) == {"key"}
        assert re.fullmatch("[0-9a-f]{32}", metadata["event_payload"]["key"])
    assert len({json.dumps(post["metadata"]) for post in posts}) == len(posts)
    assert len({post["metadata"]["event_type"] for post in posts}) == 1
    others = ("chat.update", "chat.postEphemeral", "views.open", "views.push", "views.update")
    assert not [one for name in others for one in town.slack.calls_of(name) if one.args.get("metadata")]


def kept(world: World) -> dict[str, list[str]]:
    """Everything in the store, the machinery's own tables too."""

    def read_all(tx: Tx) -> dict[str, list[str]]:
        found = SQLModel.metadata.tables
        return {name: sorted(map(repr, tx.all(table.select()))) for name, table in found.items()}

    return world.database.read_sync(read_all)


@pytest.mark.covers("T25")
async def test_whoever_opens_any_address_of_ours_changes_not_one_row(
    sqlite_url: str, clock: PushedClock
) -> None:
    """Every link in our messages, and every address of the server, with what would approve in it."""
    async with running(sqlite_url, way=Way.HTTP, clock=clock) as world:
        card = await world.ask()
        approve = world.slack.payload_click(world.dana, card, "approve")
        linked = set(
            re.findall(r"https?://[^\s\"|>\\]+", json.dumps([one.args for one in world.slack.calls]))
        )
        assert not [one for one in linked if one.startswith(world.app.url)]
        query = {"payload": json.dumps(approve), **approve["actions"][0], "command": "/access"}
        before = kept(world)
        async with httpx.AsyncClient(trust_env=False) as client:
            for path in ("/", "/healthz", "/slack", "/slack/", "/slack/events", "/slack/oauth_redirect"):
                for method in ("GET", "HEAD"):
                    for agent in ("Slackbot-LinkExpanding 1.0", "Slackbot 1.0", "Mozilla/5.0"):
                        await client.request(
                            method, world.app.url + path, params=query, headers={"user-agent": agent}
                        )
        await world.settle()
        assert kept(world) == before
        await press(world, world.dana, card, "approve")
        assert kept(world) != before


# --- who reads the log ----------------------------------------------------------------------------------


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What the product writes to standard error at DEBUG; all loggers are as they were afterwards."""
    loggers = [logging.getLogger(), *(one for one in _loggers() if isinstance(one, logging.Logger))]
    before = [(one, one.level, list(one.handlers)) for one in loggers]
    out = io.StringIO()
    monkeypatch.setattr(sys, "stderr", out)
    set_up_logging("DEBUG")
    yield out
    for logger, level, handlers in before:
        logger.setLevel(level)
        logger.handlers = handlers


def _loggers() -> list[Any]:
    return list(logging.Logger.manager.loggerDict.values())


@pytest.mark.covers("T28", "I23")
@pytest.mark.parametrize("way", list(Way))
async def test_at_debug_a_whole_story_writes_no_token_and_no_word_of_anybody(
    sqlite_url: str, clock: PushedClock, written: io.StringIO, way: Way
) -> None:
    """And they stand in nothing that is kept or said either, but for the words where they belong."""
    canary = "canary-91c4"
    async with running(sqlite_url, way=way, clock=clock) as world:
        await everything(world, canary)
        world.slack.faults.refuse("chat.postMessage", f"invalid_blocks: {canary}")  # Slack quotes us
        world.slack.faults.drop("views.open", after=True)
        await types(world, world.ann, f"request {make.PAGE} analyze for 3d because {canary}")
        await types(world, world.ann, f"request {make.PAGE} analyze because {canary}")
        secrets = {
            world.slack.app.signing_secret,
            world.slack.app.app_token,
            world.slack.app.verification_token,
            *(one.bot_token for one in world.slack.workspaces.values()),
        }
        triggers = {str(one.payload.get("trigger_id")) for one in world.slack.deliveries} - {"None"}
        addresses = {str(one.payload.get("response_url")) for one in world.slack.deliveries} - {"None"}
        stored = repr(kept(world))
        said = json.dumps([one.args for one in world.slack.calls], default=str)
    log = written.getvalue()
    assert log.count("\n") > 20
    assert canary not in log
    assert canary in stored
    assert not [one for one in secrets | triggers | addresses if one in log]
    assert not [one for one in secrets | addresses if one in stored or one in said]
    assert all(json.loads(line) for line in log.splitlines())
