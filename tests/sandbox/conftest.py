"""A served local Slack with two workspaces and a shared channel, and a real Bolt app for it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest
from aiohttp import web
from bolt_app import PATIENT, make_bolt, make_handler
from page_browser import launched
from page_world import World, desk_world
from playwright.async_api import Browser
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.clock import PushedClock
from bot.sandbox.slack import (
    DEFAULT_EVENTS,
    DEFAULT_SCOPES,
    HISTORY_SCOPES,
    App,
    Channel,
    LocalSlack,
    Person,
    Way,
    Workspace,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """The workspaces, people and channels; `client` uses the agency's token, `brand_client` the brand's."""

    slack: LocalSlack
    agency: Workspace
    brand: Workspace
    ann: Person
    ben: Person
    eva: Person
    room: Channel
    secret_room: Channel
    shared: Channel
    client: AsyncWebClient
    brand_client: AsyncWebClient


@pytest.fixture
async def stage(clock: PushedClock) -> AsyncIterator[Stage]:
    events = DEFAULT_EVENTS | {"message.channels", "member_left_channel", "channel_archive"}
    slack = LocalSlack(
        clock=clock, app=App(commands=("/access",), events=events), ack_seconds=15.0, limits=False
    )
    scopes = (*DEFAULT_SCOPES, *HISTORY_SCOPES, "im:read", "channels:join")
    agency = slack.add_workspace("Northwind", domain="northwind", scopes=scopes)
    brand = slack.add_workspace("Brand", domain="brand")
    ann = slack.add_person(agency, "ann", real_name="Ann Alder", tz="Europe/Berlin", tz_offset=3600)
    ben = slack.add_person(agency, "ben")
    eva = slack.add_person(brand, "eva")
    async with slack.serve():
        yield Stage(
            slack=slack,
            agency=agency,
            brand=brand,
            ann=ann,
            ben=ben,
            eva=eva,
            room=slack.add_channel(agency, "approvals", members=[ann]),
            secret_room=slack.add_channel(agency, "secret", members=[ann], private=True, with_bot=False),
            shared=slack.add_channel(agency, "joint", members=[ann, eva], shared_with=[brand]),
            client=AsyncWebClient(token=agency.bot_token, base_url=slack.api_url),
            brand_client=AsyncWebClient(token=brand.bot_token, base_url=slack.api_url),
        )


@pytest.fixture
def bolt(stage: Stage) -> AsyncApp:
    """A Bolt app that is not connected yet; tests add their listeners to it."""
    return make_bolt(stage.slack)


@pytest.fixture(params=[Way.HTTP, Way.SOCKET])
def way(request: pytest.FixtureRequest) -> Way:
    return request.param


@pytest.fixture
def ping_interval() -> float:
    """Seconds between pings of `app`; tests in which a socket is lost unseen set it shorter."""
    return PATIENT


@pytest.fixture
async def app(stage: Stage, bolt: AsyncApp, way: Way, ping_interval: float) -> AsyncIterator[AsyncApp]:
    """The Bolt app, connected over HTTP and over a socket, unless the test fixes `way`."""
    if way is Way.HTTP:
        runner = web.AppRunner(bolt.web_app(), access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        stage.slack.app.use_http(f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events")
        yield bolt
        await stage.slack.close_http()
        await runner.cleanup()
        return
    handler = make_handler(stage.slack, bolt, ping_interval=ping_interval)
    await handler.connect_async()
    await stage.slack.connected()
    yield bolt
    await handler.close_async()


@pytest.fixture
def guided() -> bool:
    """Whether the page of `world` has a clock bar and a tour; test modules override it."""
    return False


@pytest.fixture
async def world(guided: bool) -> AsyncIterator[World]:  # noqa: FBT001 - a fixture
    async with desk_world(guided=guided) as started:
        yield started


@pytest.fixture
async def http(world: World) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=world.slack.base_url, timeout=60) as client:
        yield client


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with launched() as started:
        yield started
