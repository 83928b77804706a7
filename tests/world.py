"""The whole thing running: the bot as it is, a local Slack with two workspaces, and the little town in them.

async with running(database_url, way=Way.HTTP, clock=clock) as world:
    await world.command(world.ann, "request act_1001 advertise for 30d because Spring")
    await world.settle()
    card = world.card_in(world.brand_room)
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import make
import statements
from meta_town import KEY, NOWHERE
from receiver import Receiver

from bot.app import Countersign, build
from bot.clock import PushedClock
from bot.sandbox.meta import LocalMeta
from bot.sandbox.slack import (
    DEFAULT_SCOPES,
    HISTORY_SCOPES,
    App,
    Channel,
    Delivered,
    LocalSlack,
    Message,
    Person,
    View,
    Way,
    Workspace,
)
from bot.settings import Mode, Settings
from bot.slack.wire.manifest import manifest
from bot.store import tables
from bot.store.database import Database
from bot.store.tables import EffectState

OUTSIDE = "https://access.example.com"
"""Where browsers reach the bot, as the settings say."""


@dataclass(kw_only=True)
class World:
    """What tests look at and act on. People carry the names of the town; each is the Slack user they are."""

    slack: LocalSlack
    clock: PushedClock
    town: make.Town
    settings: Settings
    agency: Workspace
    brand: Workspace
    agency_room: Channel
    brand_room: Channel
    lobby: Channel
    meta: LocalMeta | None = None
    receiver: Receiver | None = None
    app: Countersign = field(init=False)
    people: dict[str, Person] = field(default_factory=dict)
    stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    def __getattr__(self, name: str) -> Person:
        try:
            return self.__dict__["people"][name]
        except KeyError:
            raise AttributeError(name) from None

    @property
    def database(self) -> Database:
        return self.app.database

    # --- the bot itself

    async def start(self) -> None:
        """Have the bot run: at first, and again after `stop`, on the same store."""
        self.app = await self.stack.enter_async_context(build(self.settings, clock=self.clock))
        if self.settings.mode is Mode.HTTP:
            self.slack.app.use_http(f"{self.app.url}/slack/events")
        else:
            await self.slack.connected(1)
        await self.app.ticks.sweep()  # as at each start; by it Slack is asked who people are

    async def stop(self) -> None:
        """Stop the bot, as a deployment does."""
        await self.stack.aclose()

    # --- doing

    async def command(self, who: Person, words: str = "", *, room: Channel | None = None) -> Delivered:
        """Type `/access words`, in the lobby of one's own workspace unless said."""
        return await self.slack.command(who, room or self.room_of(who), "/access", words)

    async def click(self, who: Person, where: Message | View, action: str, **more: Any) -> Delivered:
        return await self.slack.click(who, where, action, **more)

    async def send_request(
        self, words: str = "request act_1001 advertise,analyze for 30d because Spring"
    ) -> Message:
        """Have Ann send a request, and return the card that the brand's admins got."""
        delivered = await self.command(self.ann, words)
        assert delivered.ok, delivered
        await self.settle()
        card = self.card_in(self.brand_room)
        assert card is not None, self.slack.ephemerals(self.ann)
        return card

    async def pass_time(self, by: timedelta) -> None:
        """Push business time, and let what follows happen."""
        self.clock.push(by)
        await self.app.ticks.sweep()
        await self.settle()

    async def settle(self, *, seconds: float = 30.0) -> None:
        """Wait until nothing is on its way: no ack's follow-up, and nothing due in the outbox.

        What is only put off a little is not waited for (Slack takes one message a second in a channel):
        the machinery's time is pushed to it.
        """
        async with asyncio.timeout(seconds):
            while True:
                real = self.clock.real()
                next_ = self.next_effects() if self.app.is_idle else []
                soon = [one for one in next_ if one.due_at <= real + timedelta(seconds=5)]
                if self.app.is_idle and not soon:
                    return
                if soon and all(one.state == EffectState.WAITING and one.due_at > real for one in soon):
                    self.clock.push_real(min(one.due_at for one in soon) - real)
                await asyncio.sleep(0.01)

    def next_effects(self) -> list[Any]:
        """What is being sent, and what waits and is first in its lane."""
        first: dict[str, Any] = {}
        for row in self.rows(tables.Effect):
            if row.state in (EffectState.WAITING, EffectState.SENDING):
                first.setdefault(row.lane, row)
        return list(first.values())

    # --- looking

    def room_of(self, who: Person) -> Channel:
        return self.agency_room if who.team_id == self.agency.id else self.brand_room

    def card_in(self, room: Channel) -> Message | None:
        """The newest message with our metadata in a channel that is no reply."""
        cards = [one for one in self.slack.messages(room) if one.metadata and one.thread_ts in (None, one.ts)]
        return cards[-1] if cards else None

    def dms(self, who: Person) -> list[Message]:
        """All that the app wrote to somebody directly."""
        dm = self.slack.dm(who, workspace=self.slack.workspace(who.team_id))
        return self.slack.messages(dm) if dm else []

    def told(self, who: Person) -> str:
        """The last private answer to somebody."""
        said = self.slack.ephemerals(who)
        return said[-1].text if said else ""

    def rows(self, table: type[Any]) -> list[Any]:
        """All rows of a table, as they are stored."""
        return self.database.read_sync(lambda tx: tx.all(statements.rows_of(table)))


async def until(condition: Callable[[], Any], *, seconds: float = 30.0, every: float = 0.01) -> Any:
    """Wait until a condition holds, looking so often, and return what it gave."""
    async with asyncio.timeout(seconds):
        while not (found := condition()):  # noqa: ASYNC110 - the store has nothing to wait on
            await asyncio.sleep(every)
    return found


def settings_for(slack: LocalSlack, database_url: str, *, way: Way, **other: Any) -> Settings:
    """The settings of a bot that speaks with a local Slack."""
    return Settings(
        **{
            "bot_tokens": tuple(one.bot_token for one in slack.workspaces.values()),
            "mode": Mode.HTTP if way is Way.HTTP else Mode.SOCKET,
            "app_token": slack.app.app_token,
            "app_id": slack.app.id,
            "signing_secret": slack.app.signing_secret,
            "database_url": database_url,
            "migrate": False,
            "slack_api_url": slack.api_url,
            "port": 0,
            **other,
        }
    )


@asynccontextmanager
async def running(
    database_url: str,
    *,
    way: Way = Way.HTTP,
    clock: PushedClock | None = None,
    history: bool = True,
    brand: dict[str, Any] | None = None,
    seed: Callable[[Database], None] | None = None,
    meta: LocalMeta | None = None,
    receiver: Receiver | None = None,
) -> AsyncIterator[World]:
    """The world. `history` grants the scopes to read back; `brand` changes its row; `seed` adds rows.

    `meta` is served, and where what connected businesses approve is put in force; without it nothing
    answers there. `receiver` is served, and takes the journal.
    """
    clock = clock or PushedClock()
    slack = LocalSlack(clock=clock, app=App.configured(manifest()), ack_seconds=30.0, limits=False)
    scopes = (*DEFAULT_SCOPES, *HISTORY_SCOPES) if history else DEFAULT_SCOPES
    agency = slack.add_workspace("Northwind", domain="northwind", scopes=scopes, team_id=make.AGENCY_TEAM)
    acme = slack.add_workspace("Acme Shoes", domain="acme", scopes=scopes, team_id=make.BRAND_TEAM)
    with Database.open(database_url, clock=clock) as database:
        town = make.town(database, **(brand or {}))
        if seed is not None:
            seed(database)
    people = {}
    for name in ("ann", "abe", "eva", "dana", "dov", "emil"):
        someone = getattr(town, name)
        home = agency if someone.team == agency.id else acme
        people[name] = slack.add_person(home, name, user_id=someone.user, tz="Europe/Berlin", tz_offset=3600)
    people["vera"] = slack.add_person(acme, "vera")  # nobody knows her
    theirs = [people[name] for name in ("dana", "dov", "emil", "vera")]
    ours = [people[name] for name in ("ann", "abe", "eva")]
    async with slack.serve():
        slack.app.redirect_urls = (f"{OUTSIDE}/slack/oauth_redirect",)
        others: dict[str, Any] = {
            "meta_api_url": f"{NOWHERE if meta is None else meta.url}/v25.0/",
            "meta_keys": (KEY,),
            "client_id": slack.app.client_id,
            "client_secret": slack.app.client_secret,
            "url": f"{OUTSIDE}/",
        }
        if receiver is not None:
            secrets = tuple(f"whsec_{secret}" for secret in receiver.secrets)
            others |= {"webhook_url": receiver.url, "webhook_secrets": secrets}
        settings = settings_for(slack, database_url, way=way, **others)
        agency_room = slack.add_channel(agency, "agency", members=ours, channel_id="CAGENCY")
        brand_room = slack.add_channel(acme, "approvals", members=theirs, channel_id="CBRAND")
        lobby = slack.add_channel(acme, "lobby", members=[*theirs, *ours], shared_with=[agency])
        world = World(
            slack=slack,
            clock=clock,
            town=town,
            settings=settings,
            agency=agency,
            brand=acme,
            agency_room=agency_room,
            brand_room=brand_room,
            lobby=lobby,
            meta=meta,
            receiver=receiver,
            people=people,
        )
        async with world.stack:
            await world.start()
            yield world
