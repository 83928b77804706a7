"""What a crash is tried on: the world of all tests, a process that dies in it, and what must hold afterwards.

doomed = await launcher.start(world, step=Step.MARKED, of=EffectKind.POST_CARD)
await world.command(world.ann, REQUEST)
await doomed.dies()
await world.start()
await heal(world)
check(world)
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import crash_launcher
from crash_launcher import LONGEST_LIFE, End, Orders, Step
from world import World, until

from bot.domain.events import SubjectKind
from bot.domain.messages import Audience, EffectKind
from bot.sandbox.slack import HISTORY_SCOPES, Delivered, Message, Way
from bot.services import delivery, requests
from bot.services.context import act
from bot.slack import cards as cards_in_words
from bot.slack import kit as blocks
from bot.store import tables
from bot.store.database import Database
from bot.store.tables import EffectState

REQUEST = "request act_1001 advertise,analyze for 30d because Spring"
SECOND = timedelta(seconds=1)


# --- the process ------------------------------------------------------------------------------------


@dataclass
class Doomed:
    """A bot in a process of its own, and what it said so far."""

    launcher: Launcher
    step: Step | None
    log: Path
    said: dict[str, Any] = field(default_factory=dict)

    async def says(self, word: str) -> Any:
        """Wait until it says something, and return that. What it said meanwhile is kept."""
        while word not in self.said:
            await self._hear()
            if word not in self.said and "ended" in self.said:
                raise AssertionError(f"no {word}: {self.said}\n{self.log.read_text()}")
        return self.said[word]

    async def comes_up(self) -> bool:
        """Wait until it serves, or has ended without."""
        while not {"url", "ended"} & self.said.keys():
            await self._hear()
        return "url" in self.said

    async def _hear(self) -> None:
        self.said |= json.loads(await asyncio.to_thread(self.launcher.process.stdout.readline))

    async def obey(self, **order: Any) -> None:
        """Have it do something, and wait until it has."""
        self.said.pop("obeyed", None)
        self.launcher.write(order)
        await self.says("obeyed")

    async def ends(self) -> None:
        """Be rid of it, wherever a test has left it."""
        if "pid" in self.said and "ended" not in self.said:
            self.gets(signal.SIGKILL)
        await self.says("ended")

    async def dies(self) -> None:
        """Wait until it is dead, and see that it was killed, by itself, at its step and nowhere else."""
        ended = await self.says("ended")
        assert (self.said.get("hit"), ended) == (self.step, -signal.SIGKILL), self.log.read_text()

    async def is_killed(self) -> None:
        """Kill it now."""
        self.gets(signal.SIGKILL)
        assert await self.says("ended") == -signal.SIGKILL, self.log.read_text()

    def gets(self, number: signal.Signals) -> None:
        """Send it a signal."""
        os.kill(self.said["pid"], number)

    async def logs(self, words: str) -> None:
        """Wait until it says so in its log."""
        await until(lambda: words in self.log.read_text(), seconds=10)


class Launcher:
    """The process that has the bot imported already, and forks one after the other."""

    def __init__(self, folder: Path, **env: str) -> None:
        self._folder = folder
        self._started = 0
        self.running: Doomed | None = None
        self.process = subprocess.Popen(
            [sys.executable, crash_launcher.__file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])} | env,
        )

    def write(self, order: dict[str, Any]) -> None:
        self.process.stdin.write(json.dumps(order).encode() + b"\n")
        self.process.stdin.flush()

    async def start(self, world: World, **how: Any) -> Doomed:
        """Start the bot on the world's store, at the world's time, in place of the one that runs there."""
        await world.stop()
        doomed = self.fork(world, **how)
        url = await doomed.says("url")
        if world.slack.app.way is Way.HTTP:
            world.slack.app.use_http(f"{url}/slack/events")
        else:
            await world.slack.connected(1)
        return doomed

    def fork(
        self,
        world: World,
        *,
        step: Step | None = None,
        of: str = "",
        end: End = End.DIE,
        synchronous: str = "2",
    ) -> Doomed:
        """Have it begin to start, beside whatever else runs on that store."""
        self._started += 1
        log = self._folder / f"{self._started}.log"
        log.touch()
        clock = world.clock
        orders = Orders(
            env=_environment(world),
            log=str(log),
            ahead=(clock.now() - clock.wall()).total_seconds(),
            real_ahead=(clock.real() - clock.wall()).total_seconds(),
            step=step,
            of=of,
            end=end,
            synchronous=synchronous,
        )
        self.write(asdict(orders))
        self.running = Doomed(self, step, log)
        return self.running

    def close(self) -> None:
        """End it, and whatever it started."""
        self.process.stdin.close()
        self.process.wait(LONGEST_LIFE)
        self.process.stdout.close()


def _environment(world: World) -> dict[str, str]:
    given = world.settings
    secrets = {"APP_TOKEN": given.app_token, "SIGNING_SECRET": given.signing_secret}
    return {
        "COUNTERSIGN_BOT_TOKENS": ",".join(one.get_secret_value() for one in given.bot_tokens),
        "COUNTERSIGN_MODE": given.mode,
        "COUNTERSIGN_APP_ID": given.app_id,
        "COUNTERSIGN_DATABASE_URL": given.database_url,
        "COUNTERSIGN_SLACK_API_URL": given.slack_api_url,
        "COUNTERSIGN_META_API_URL": given.meta_api_url,
        "COUNTERSIGN_META_KEYS": ",".join(one.get_secret_value() for one in given.meta_keys),
        "COUNTERSIGN_WEBHOOK_URL": given.webhook_url,
        "COUNTERSIGN_WEBHOOK_SECRETS": ",".join(one.get_secret_value() for one in given.webhook_secrets),
        "COUNTERSIGN_MIGRATE": "false",
        "COUNTERSIGN_PORT": "0",
        **{f"COUNTERSIGN_{name}": one.get_secret_value() for name, one in secrets.items() if one},
    }


# --- afterwards -------------------------------------------------------------------------------------


@contextmanager
def left_behind(world: World) -> Iterator[World]:
    """Look at what a dead process has left in the store, before another one runs on it."""
    with Database.open(world.settings.database_url, clock=world.clock) as database:
        world.app = replace(world.app, database=database)
        yield world


async def again(world: World) -> Delivered:
    """Have Slack bring what it brought last once more, to the bot that runs now: the same to the byte."""
    last = world.slack.deliveries[-1]
    if last.url is not None:
        last.url = world.slack.app.request_urls[last.kind.value]
    (delivered,) = await world.slack.redeliver(last)
    return delivered


async def heal(world: World, *, seconds: float = 30.0) -> None:
    """Let the machinery's time pass, leases and settle times with it, until nothing is left to be sent.

    `seconds` is how long what can be done at once may take.
    """
    for _ in range(100):
        await until(lambda: world.app.is_idle and not _is_work(world), seconds=seconds)
        left = [row for row in world.rows(tables.Effect) if row.state in ("WAITING", "SENDING")]
        if not left:
            return
        real = world.clock.real()
        dates = [row.due_at if row.state == EffectState.WAITING else row.lease_until for row in left]
        ahead = sorted(at for at in dates if at > real) or [real]
        world.clock.push_real(ahead[len(ahead) // 10] - real + SECOND)  # of many, past a tenth at once
    raise AssertionError(f"not over: {left}")


def _is_work(world: World) -> bool:
    return world.database.read_sync(delivery.is_work, real=world.clock.real())


# --- what must hold ---------------------------------------------------------------------------------

_SAYS = {
    "PENDING": "",
    "APPROVED": "Approved",
    "DECLINED": "Declined",
    "CANCELLED": "Cancelled",
    "CLOSED": "Closed",
    "EXPIRED": "Expired",
}
_SAYS_OF_KIND = {("CLAIM", "APPROVED"): "Confirmed", ("INVITATION", "APPROVED"): "Accepted"}
_OF_REQUEST = (Audience.APPROVERS, Audience.REQUESTER)
_DECIDING = {"approve", "approve_as", "adjust", "decline", "cancel"}
_MOVED = {"request.approved", "request.declined", "request.cancelled", "request.expired"}


def check(world: World) -> None:
    """The invariants and the liveness that a crash could break, by what Slack holds in the end."""
    check_record(world)
    _check_effects(world)
    _check_messages(world)
    _check_cards(world)


def check_record(world: World) -> None:
    """Each request has the outcome that its events say, once, and each grant rests on an approval."""
    verdict = world.database.verify()
    assert verdict.sound, str(verdict)
    decided = world.rows(tables.Decision)
    given = Counter(row.request_id for row in world.rows(tables.Grant))
    items = Counter(row.request_id for row in world.rows(tables.Item))
    versions: dict[str, list[Any]] = {}
    for one in events(world):
        if one.subject_kind == SubjectKind.REQUEST and one.version is not None:
            versions.setdefault(one.subject_id, []).append(one)
    for request in world.rows(tables.Request):
        told = versions[request.id]
        noted = [one.version for one in told]  # some with the version as it was, such as a nudge
        assert noted == sorted(noted), told
        assert {*noted} == {*range(1, noted[-1] + 1)}, told
        moves = [one for one in told if one.to_state is not None]
        assert len({one.version for one in moves}) == len(moves), told
        assert [one.from_state for one in moves] == [None, *(one.to_state for one in moves[:-1])]
        assert moves[-1].to_state == request.state
        is_approved = request.state == "APPROVED"
        gives = is_approved and request.kind != "CLAIM"  # which gives the account itself
        assert given[request.id] == (items[request.id] if gives else 0)
        approvals = [one for one in decided if one.request_id == request.id and one.approves]
        assert len(approvals) == is_approved, approvals


def _check_effects(world: World) -> None:
    """All of it is over, nobody holds a lease; only where nobody can look may something be left in doubt."""
    rows = world.rows(tables.Effect)
    states = Counter(row.state for row in rows)
    over = {EffectState.DONE, EffectState.SUPERSEDED, EffectState.PARKED}
    assert [row for row in rows if row.state not in over] == [], states
    assert [row for row in rows if row.lease_until is not None] == []
    if can_look(world):
        assert states[EffectState.PARKED] == 0, [row for row in rows if row.state == EffectState.PARKED]
    stuck = world.database.read_sync(delivery.stuck)
    assert len(stuck) == states[EffectState.PARKED]


def _check_messages(world: World) -> None:
    """Each first post stands in Slack once; none if it was needless, and perhaps if it is in doubt."""
    stands = Counter(message.metadata["event_payload"]["key"] for message in said(world))
    first = {row.key: row for row in world.rows(tables.Effect) if row.kind in ("POST_CARD", "POST_NOTICE")}
    unknown = [one.text for one in said(world) if one.metadata["event_payload"]["key"] not in first]
    assert unknown == [], "messages that nobody requested"
    for key, row in first.items():
        allowed = {EffectState.DONE: {1}, EffectState.PARKED: {0, 1}, EffectState.SUPERSEDED: {0}}
        assert stands[key] in allowed[EffectState(row.state)], (stands[key], row)
    notices = [row for row in first.values() if row.kind == EffectKind.POST_NOTICE]
    requested = Counter((row.card_id, row.about) for row in notices)
    assert set(requested.values()) <= {1}, requested


def _check_cards(world: World) -> None:
    """One card for each side and place, one message for each card, and it shows the record as it is."""
    posts: dict[str, list[Any]] = {}
    for row in world.rows(tables.Effect):
        if row.kind == EffectKind.POST_CARD:
            posts.setdefault(row.card_id, []).append(row)
    by_id = {row.id: row for row in world.rows(tables.Request)}
    cards = world.rows(tables.Card)
    places = Counter(
        (row.subject_id, row.audience, row.team_id, row.channel_id or row.user_id) for row in cards
    )
    assert set(places.values()) <= {1}, places
    by_key = {message.metadata["event_payload"]["key"]: message for message in said(world)}
    for card in cards:
        mine = posts.get(card.id, [])
        copies = [by_key[row.key] for row in mine if row.key in by_key]
        parked = [row for row in mine if row.state == EffectState.PARKED]
        if card.audience not in _OF_REQUEST and {row.state for row in mine} == {EffectState.SUPERSEDED}:
            assert not copies, "it had become needless"
            continue
        assert 1 <= len(copies) <= 1 + len(parked), (card, copies)
        assert card.ts in {copy.ts for copy in copies}
        request = by_id.get(card.subject_id)
        if request is None or card.audience not in _OF_REQUEST:
            continue
        (known,) = [copy for copy in copies if copy.ts == card.ts]
        audience, now = Audience(card.audience), world.clock.now()
        view = world.database.read_sync(act, requests.request_card, request.id, side=audience.side, now=now)
        fresh = cards_in_words.request_card(view, audience=audience, now=now)
        assert (known.text, buttons(known)) == (fresh.text, buttons(fresh)), request
        state = "CLOSED" if view.closed_with else request.state
        text = "Undone" if request.undone_at else _SAYS_OF_KIND.get((request.kind, state), _SAYS[state])
        assert text in known.text, (text, known.text)
        wrong = {one for other, one in _SAYS.items() if one and other != state}
        assert not [one for one in wrong if one in known.text], known.text
        if request.state != "PENDING":
            assert not buttons(known) & _DECIDING


# --- looking ----------------------------------------------------------------------------------------


def can_look(world: World) -> bool:
    """Whether the bot may read history."""
    return set(HISTORY_SCOPES) <= world.brand.scopes


def said(world: World) -> list[Message]:
    """All that the bot has posted in any place."""
    found = [one for place in world.slack.channels.values() for one in world.slack.messages(place)]
    return [one for one in found if one.metadata]


def buttons(message: Message | blocks.Message) -> set[str]:
    """The action ids of a message's buttons, as it stands in Slack or as it was made just now."""
    elements = [one for block in message.blocks for one in block.get("elements", [])]
    return {one["action_id"] for one in elements if one.get("type") == "button"}


def events(world: World, kind: str | None = None) -> list[Any]:
    """The journal's events, or those of one kind."""
    return [one for one in world.rows(tables.Event) if kind in (None, one.kind)]


def states(world: World) -> list[str]:
    """The states of all requests."""
    return [row.state for row in world.rows(tables.Request)]
