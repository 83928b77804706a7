"""Three replicas of the real process, a load balancer before them, and a crowd that does not stop.

What does not arrive because a replica is dead is brought to another one: an event as Slack does, numbered; a
click or a command as a balancer does, the same to the byte, or as a person does, who presses once more.
"""

from __future__ import annotations

import asyncio
import itertools
import random
import re
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import make
from crash_world import Doomed, Launcher, buttons
from sqlalchemy import select
from world import World, until

from bot.domain.assets import Kind
from bot.errors import StoreDown
from bot.sandbox.slack import Channel, Delivered, Message, Person
from bot.sandbox.slack.delivery import Kind as Delivering
from bot.store import tables
from bot.store.database import Database, Tx
from bot.store.tables import NodeKind

MOST_TRIES = 6
EACH = 40
"""How much one business asks of another in a day: fewer than it may."""

_effect = tables.table_of(tables.Effect)
_BEING_SENT = select(_effect.c.id, _effect.c.attempt).where(tables.EFFECT_IS_LEASED(_effect))
_OVER = select(_effect.c.id).where(tables.EFFECT_IS_OVER(_effect))
_SENT = re.compile(r'"effect (\d+) \(.*"timestamp": "([^"]+)"')
_SAID = re.compile(r"(Sent|Approved|Declined|Cancelled|Undone)\b.*?\b([A-Z]+-\d+)\b", re.DOTALL)


# --- the replicas -----------------------------------------------------------------------------------


class Balancer(dict[str, str]):
    """The app's request URLs: each time those of the next replica, also of one that has just died."""

    def __init__(self) -> None:
        super().__init__()
        self.doors: dict[int, str] = {}
        self._turn = itertools.count()

    def __getitem__(self, _: str) -> str:
        doors = [*self.doors.values()]
        return f"{doors[next(self._turn) % len(doors)]}/slack/events"


@dataclass
class Replicas:
    """The processes, each with a launcher of its own, which starts it again when it is dead."""

    world: World
    launchers: Sequence[Launcher]
    balancer: Balancer = field(default_factory=Balancer)
    running: dict[int, Doomed] = field(default_factory=dict)
    logs: list[Any] = field(default_factory=list)

    async def start(self) -> None:
        """Start all of them in the place of the world's own bot."""
        await self.world.stop()
        await asyncio.gather(*(self._start(number) for number in range(len(self.launchers))))
        self.world.slack.app.request_urls = self.balancer

    async def _start(self, number: int) -> None:
        for _ in range(MOST_TRIES):
            one = self.launchers[number].fork(self.world)
            self.logs.append(one.log)
            if await one.comes_up():
                break
        else:
            raise AssertionError(f"it does not start:\n{one.log.read_text()}")
        self.running[number] = one
        self.balancer.doors[number] = one.said["url"]

    async def kill(self, number: int, takeovers: Takeovers) -> None:
        """Kill one, and start it again as whatever supervises it would."""
        killed_at = time.time()
        await self.running.pop(number).is_killed()
        await takeovers.begin(killed_at)
        await self._start(number)

    async def push(self, **by: timedelta) -> None:
        """Let business time (`push`) or the machinery's (`push_real`) pass, for all at once."""
        for name, length in by.items():
            getattr(self.world.clock, name)(length)
        order = {name: length.total_seconds() for name, length in by.items()}
        await asyncio.gather(*(one.obey(**order) for one in self.running.values()))

    async def stop(self) -> None:
        """Stop all of them, as a deployment does."""
        for one in self.running.values():
            one.gets(signal.SIGTERM)
        for one in self.running.values():
            assert await one.says("ended") == 0, one.log.read_text()
        self.running.clear()

    def logged(self, words: str) -> list[str]:
        """Every line of all logs that holds these words."""
        return [line for log in self.logs for line in log.read_text().splitlines() if words in line]


@dataclass
class Takeovers:
    """How long it takes until another replica has taken what a dead one was sending.

    That is so when that claim is seen in the store, or when a log says what came of it. From then on it may
    wait its turn, as all that is sent into one channel does.
    """

    replicas: Replicas
    held: dict[tuple[int, int], float] = field(default_factory=dict)
    claimed: dict[tuple[int, int], float] = field(default_factory=dict)

    async def watch(self) -> None:
        """Note when each claim is first seen, until it is cancelled."""
        while True:
            with suppress(StoreDown):  # the server dies, too
                for row in await self.replicas.world.database.read(_being_sent):
                    self.claimed.setdefault((row.id, row.attempt), time.time())
            await asyncio.sleep(0.2)

    async def begin(self, killed_at: float) -> None:
        """Note all that is being sent when one has died: what that one had is among it."""
        for row in await self.replicas.world.database.read(_being_sent):
            self.held.setdefault((row.id, row.attempt), killed_at)

    def begin_again(self) -> None:
        """Count from now: the server is back, and without it nothing could be taken over."""
        now = time.time()
        over = self._over()
        self.held = {key: at if key in over else now for key, at in self.held.items()}

    def took(self) -> list[float]:
        """Return the seconds that each took; raise if something is left with a replica that is dead."""
        over = self._over()
        assert not (left := self.held.keys() - over.keys()), left
        return [at - self.held[key] for key, at in over.items()]

    async def are_over(self, *, seconds: float) -> None:
        """Wait until nothing is left with a replica that is dead."""
        await until(lambda: len(self._over()) == len(self.held), seconds=seconds, every=0.2)

    def _over(self) -> dict[tuple[int, int], float]:
        """Return when each of those that were held was in another's hands."""
        sent: dict[int, list[float]] = {}
        for line in self.replicas.logged('"effect '):
            found = _SENT.search(line)
            if found is not None:
                sent.setdefault(int(found[1]), []).append(datetime.fromisoformat(found[2]).timestamp())
        claims: dict[int, list[tuple[int, float]]] = {}
        for (effect, attempt), at in self.claimed.items():
            claims.setdefault(effect, []).append((attempt, at))
        # What was being sent may have been finished by the dead one, too late for its log.
        done = {row.id for row in self.replicas.world.database.read_sync(lambda tx: tx.all(_OVER))}
        over = {}
        for key, killed_at in self.held.items():
            effect, claim = key
            later = [at for at in sent.get(effect, ()) if at > killed_at]
            # Its own claim may be seen only when it is dead.
            later += [at for attempt, at in claims.get(effect, ()) if attempt > claim and at > killed_at]
            if later or effect in done:
                over[key] = min(later, default=killed_at)
        return over


def _being_sent(tx: Tx) -> list[Any]:
    return tx.all(_BEING_SENT)


# --- the crowd --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Brand:
    """Who decides, and where: a channel takes one message a second, so that it takes some for a load."""

    room: Channel
    admins: list[Person]


def brands(database: Database, number: int) -> None:
    """Add so many agencies, as many brands with two admins, and the accounts that are asked for."""
    for turn in range(number):
        agency = make.business(database, f"6{turn:010d}", name=f"Agency {turn}", team=make.AGENCY_TEAM)
        brand = make.business(
            database, f"7{turn:010d}", name=f"Brand {turn}", team=make.BRAND_TEAM, channel_id=f"CROOM{turn}"
        )
        for digits, name, business in (
            (100, "Ada", agency),
            (200, "Bea", brand),
            (300, "Cy", brand),
        ):
            team = make.AGENCY_TEAM if business == agency else make.BRAND_TEAM
            make.someone(
                database, digits + turn, name=f"{name}{turn}", team=team, roles={business: make.Role.ADMIN}
            )
        make.write(database, _accounts, turn, owner=brand)


def _accounts(tx: Tx, turn: int, *, owner: str) -> None:
    for number in range(EACH):
        id_ = f"act_9{turn:03d}{number:03d}"
        make.insert_row(tx, tables.Node, id=id_, kind=NodeKind.ASSET)
        what = {"kind": Kind.AD_ACCOUNT, "name": f"Account {number} of {turn}", "owner_id": owner}
        make.insert_row(tx, tables.Asset, id=id_, published=True, askable=True, **what)


@dataclass
class Crowd:
    """People who ask, decide, cancel and undo until they are told to stop, and what they were told."""

    world: World
    number: int
    pause: float
    is_over: bool = False
    answers: list[tuple[Person, str]] = field(default_factory=list)
    resent: int = 0

    def __post_init__(self) -> None:
        world, slack, turns = self.world, self.world.slack, range(self.number)
        self._chance = random.Random(1)
        self._settled: set[tuple[str, str]] = set()
        self.asking = [slack.add_person(world.agency, f"ada{n}", user_id=f"UADA{n}") for n in turns]
        world.agency_room.members.update(one.id for one in self.asking)
        self.brands = []
        for n in turns:
            admins = [
                slack.add_person(world.brand, f"{a}{n}", user_id=f"U{a.upper()}{n}") for a in ("bea", "cy")
            ]
            members = [*admins, world.emil]
            room = slack.add_channel(world.brand, f"room{n}", members=members, channel_id=f"CROOM{n}")
            self.brands.append(Brand(room, admins))

    @property
    def deciding(self) -> set[str]:
        """The users who may decide."""
        return {one.id for brand in self.brands for one in brand.admins}

    async def work(self) -> None:
        """All of it at once, until it is over."""
        async with asyncio.TaskGroup() as group:
            for number, who in enumerate(self.asking):
                group.create_task(self._ask(who, number))
            for brand in self.brands:
                for admin in brand.admins:
                    group.create_task(self._decide(admin, brand.room))
            group.create_task(self._meddle())

    def told(self) -> Iterator[tuple[Person, str, str]]:
        """Who was told what of which reference: what they may rely on."""
        people = [*self.asking, *(one for brand in self.brands for one in brand.admins)]
        shown = [(who, one.text) for who in people for one in self.world.slack.ephemerals(who)]
        for who, text in [*shown, *self.answers]:
            if found := _SAID.match(text):
                yield who, found[1], found[2]

    # --- what they do

    async def _ask(self, who: Person, number: int) -> None:
        """Ask each of the brands for its accounts, one after the other."""
        for account, turn in itertools.product(range(EACH), range(self.number)):
            brand = (turn + number) % self.number
            words = f"request act_9{brand:03d}{account:03d} analyze for 3d because Spring"
            answer = ""
            while not self.is_over and not re.search("Sent to|asked for already", answer):
                answer = await self._say(who, words)
                await asyncio.sleep(self.pause)
            if self._chance.random() < 0.1 and (found := _SAID.match(answer)):
                await self._say(who, f"cancel {found[2]}")
            if self.is_over:
                return

    async def _decide(self, who: Person, room: Channel) -> None:
        while not self.is_over:
            await asyncio.sleep(self.pause)
            if cards := self._undecided(room):
                # Often the same card as the other one, at the same time.
                await self._answer(who, self._chance.choice(cards[:2]))

    async def _answer(self, who: Person, card: Message) -> None:
        chance = self._chance.random()
        if chance < 0.2:
            await self._click(who, card, "decline")
            with suppress(TimeoutError):  # it may be decided by now, or the replica that opens it dead
                form = await until(lambda: self.world.slack.top_view(who), seconds=1)
                if form.submit is not None:
                    await self.world.slack.set_value(who, form, "note", "Not this year")
                    await self.carried(await self.world.slack.submit(who, form))
            self.world.slack.close_views(self.world.slack.views(who))
            return
        await self._click(who, card, "approve")
        if chance > 0.8:
            with suppress(TimeoutError):
                await until(lambda: "undo" in buttons(card), seconds=1)
            await self._click(who, card, "undo")

    async def _meddle(self) -> None:
        """Who is no admin presses too, and opens the app's home."""
        while not self.is_over:
            await asyncio.sleep(5 * self.pause)
            await self.carried(await self.world.slack.open_home(self.world.emil))
            for card in self._undecided(self._chance.choice(self.brands).room)[:1]:
                await self._click(self.world.emil, card, "approve")

    def _undecided(self, room: Channel) -> list[Message]:
        """Cards that may be decided, oldest first."""
        found = []
        for card in self.world.slack.messages(room):
            if (
                (room.id, card.ts) not in self._settled
                and card.metadata
                and card.thread_ts in (None, card.ts)
            ):
                if "approve" in buttons(card):
                    found.append(card)
                else:
                    self._settled.add((room.id, card.ts))
        return found

    async def _say(self, who: Person, words: str) -> str:
        before = len(self.answers)
        shown = len(self.world.slack.ephemerals(who))
        await self.carried(await self.world.command(who, words), who=who)
        if self.answers[before:]:
            return self.answers[-1][1]
        said = self.world.slack.ephemerals(who)[shown:]
        return said[-1].text if said else ""

    async def _click(self, who: Person, card: Message, action: str) -> None:
        if action in buttons(card):  # it may have changed since it was looked at
            await self.carried(await self.world.click(who, card, action))

    # --- what does not arrive

    async def carried(self, delivered: Delivered, *, who: Person | None = None) -> None:
        """Have what did not arrive brought to another replica, now and then not: then people press again."""
        slack = self.world.slack
        for _ in range(MOST_TRIES):
            if delivered.ok or self._chance.random() < 0.1:
                return
            mine = next(one for one in reversed(slack.deliveries) if one.payload is delivered.payload)
            mine.url = slack.app.request_urls[mine.kind.value]
            self.resent += 1
            (delivered,) = await slack.redeliver(mine, retry=mine.kind is Delivering.EVENT)
            body = delivered.body
            if who is not None and isinstance(body, dict) and "text" in body:
                self.answers.append((who, body["text"]))
