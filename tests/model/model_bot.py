"""What the slow machine does in each step: wait until the bot is quiet, and look at the record and at Slack.

The record is compared with the same model and the same invariants as in the fast machine. Beside it there is
what the local Slack holds, which does not depend on our rows.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from typing import Any

import make
import model_town as town
import statements
from hypothesis.stateful import RuleBasedStateMachine
from make import BRAND, OTHER
from model_invariants import SAFETY, SWEPT, check, check_rows, v5_no_dead_lease
from model_look import Look, look
from model_machine import BEGINNINGS
from model_records import User
from sqlmodel import SQLModel
from story import StandingClock
from world import Way, World, running

from bot.domain.actors import Role
from bot.domain.messages import EffectKind
from bot.sandbox.slack import Message
from bot.services import delivery as deliveries
from bot.services.context import act
from bot.services.delivery import Delivery, find_target
from bot.services.readers import Reading
from bot.slack.cards import closed_card
from bot.slack.senders.posts import render
from bot.store.database import Database

DECIDING = {"approve", "approve_as", "decline", "adjust", "cancel", "remind", "undo"}
_CLOSED = closed_card().text
_MARKUP = re.compile(r"<(?!!date\^)[^>]*>")  # "@here" alone pings nobody: Slack links names only on demand
_LIVE_KINDS = {"user", "usergroup", "broadcast", "channel", "link", "emoji", "team"}


class WatchedBot(RuleBasedStateMachine):
    """The whole bot with its local Slack and the model of it, without rules."""

    url: Callable[[], Any]
    """Makes an empty store: its URL, and what removes it."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.stack = AsyncExitStack()
        self.place, self.done = type(self).url()
        self.clock = StandingClock(start=BEGINNINGS[1])
        self.log = Lines()
        logging.getLogger().addHandler(self.log)
        logging.getLogger().setLevel(logging.DEBUG)
        self.before: Look | None = None
        self.copies: list[tuple[Any, User, str, int]] = []  # a payload, by whom, and what it decides on
        self.looked_at = 0
        self.failed = False
        self.ranks: dict[tuple[str, str], int] = {}
        self.versions: dict[tuple[str, str], int] = {}

    def do(self, work: Any) -> Any:
        return self.loop.run_until_complete(work)

    def start(self, *, begins: datetime, quorum: int, history: bool, room: str | None) -> None:
        """Start the bot at a moment, with or without history to read, and a channel for the brand or none."""
        self.clock.push(begins - self.clock.now())
        brand = {"quorum": quorum, "channel_id": room}
        self.world: World = self.do(
            self.stack.enter_async_context(
                running(
                    self.place,
                    way=Way.HTTP,
                    clock=self.clock,
                    history=history,
                    brand=brand,
                    seed=_more_people,
                )
            )
        )
        world = self.world
        for name, home in (("dee", world.brand), ("desk", world.brand), ("olga", world.brand)):
            person = world.slack.add_person(
                home, name, user_id=f"U{name.upper()}", tz="Europe/Berlin", tz_offset=3600
            )
            world.people[name] = person
            world.brand_room.members.add(person.id)
            world.lobby.members.add(person.id)
        self.model = town.read(world.database, self.clock.now())
        self.wait()
        self.secrets = [
            *(one.bot_token for one in world.slack.workspaces.values()),
            world.slack.app.signing_secret,
            world.slack.app.app_token,
        ]

    def teardown(self) -> None:
        try:
            # After a failure it would only fail a second time for the same reason.
            if hasattr(self, "world") and not self.failed:
                self.heal()
        finally:
            self.do(self.stack.aclose())
            self.loop.run_until_complete(self.loop.shutdown_default_executor())
            self.loop.close()
            logging.getLogger().removeHandler(self.log)
            logging.getLogger().setLevel(logging.WARNING)
            self.done()

    # --- one step

    async def _quiet(self) -> None:
        """Wait until nothing is being answered or sent, and nothing waits that could be sent now."""
        async with asyncio.timeout(20):
            while True:
                app, real = self.world.app, self.clock.real()
                if await app.is_settled(real=real):
                    return
                await asyncio.sleep(0.001)

    def wait(self) -> Look:
        """Wait until nothing is left to do now, and look at the record and at Slack."""
        self.do(self._quiet())
        return self.observe()

    def observe(self) -> Look:
        self.failed = True
        now = look(
            self.world.database, self.model, now=self.clock.now(), real=self.clock.real(), before=self.before
        )
        self.sync_flags(now)
        check(now, SAFETY)
        check_rows(now)
        self.before = now
        self.look_at_slack(now)
        self.failed = False
        return now

    def sync_flags(self, now: Look) -> None:
        """Take Slack's flags from the record: they arrive by effects, at a time that nobody can predict."""
        for row in now.people:
            truth = self.world.slack.people.get(row.user_id)
            person = self.model.people[row.id]
            flag = town.slack_flag_of(row)
            if flag is not None and flag != person.slack_flag and truth is not None:
                assert flag == ("deactivated" if truth.deleted else ""), "a flag that Slack did not report"
                self.model.slack_reports(person.user, flag)
                self.forget_predicted()
            person.confirmed = row.checked_at

    def swept(self) -> None:
        """Sweep, have the model do the same, and compare."""
        self.do(self.world.app.ticks.sweep())
        self.model.now = self.clock.now()
        self.model.sweep()
        self.forget_predicted()
        check(self.wait(), SWEPT)

    def forget_predicted(self) -> None:
        self.model.events.clear()
        self.model.cards.clear()
        self.model.notices.clear()

    def rows(self, table: type[Any]) -> list[Any]:
        return self.world.rows(table)

    def write(self, verb: Any, *args: Any, **kwargs: Any) -> Any:
        return self.do(self.world.database.write(verb, *args, now=self.clock.now(), **kwargs))

    # --- what is in Slack

    def look_at_slack(self, now: Look) -> None:
        slack = self.world.slack
        calls, self.looked_at = slack.calls[self.looked_at :], len(slack.calls)
        for call in calls:
            self.i22_text_is_text(call)
            self.i24_never_back(call)
        self.i11_one_message(now)

    def i22_text_is_text(self, call: Any) -> None:
        """I22. What people typed mentions, links and pings nobody in anything that we send."""
        for words in _marked_up(call.args):
            found = _MARKUP.search(words)
            assert found is None, f"i22: {call.method}: {found.group()!r}"
        kinds = {one.get("type") for one in objects_in(call.args.get("blocks"))}
        assert not kinds & _LIVE_KINDS, f"i22: {call.method}: {kinds & _LIVE_KINDS}"

    def i24_never_back(self, call: Any) -> None:
        """I24. What a copy shows never goes back: not from ended to open, nor to an older version."""
        answer = call.answer or {}
        if call.method not in ("chat.postMessage", "chat.update") or not answer.get("ok"):
            return
        place = (str(answer["channel"]), str(answer["ts"]))
        buttons = [one for one in objects_in(call.args.get("blocks")) if one.get("type") == "button"]
        refs = [json.loads(one["value"]) for one in buttons if '"v"' in str(one.get("value"))]
        assert all({"r", "v"} <= ref.keys() for ref in refs)
        if any(one["action_id"] == "snooze" for one in buttons) or place in self.digests():
            return  # many requests in one message
        if call.args["text"] == _CLOSED:
            return  # nothing has ended: who may not read it now may be able to again
        rank = 0 if {one["action_id"] for one in buttons} & (DECIDING - {"undo"}) else 1
        assert rank >= self.ranks.get(place, 0), (
            f"i24: what had ended is open again: {call.args['text'][:200]!r}"
        )
        self.ranks[place] = rank
        for ref in refs:
            key = (*place, ref["r"])
            assert ref["v"] >= self.versions.get(key, 0), "i24: an older version"
            self.versions[key] = ref["v"]

    def digests(self) -> set[tuple[str, str]]:
        assert self.before is not None
        return {(c.channel_id, c.ts) for c in self.before.cards if c.audience == "DIGEST"}

    def i11_one_message(self, now: Look) -> None:
        """I11. A post is in Slack once at most; a copy of a card twice only if a parked row says so."""
        card_of = {e.key: (e.card_id, e.kind) for e in now.effects}
        parked = {e.card_id for e in now.effects if e.state == "PARKED"}
        keys: Counter[str] = Counter()
        copies: Counter[str] = Counter()
        for message in self.messages():
            if message.metadata:
                key = message.metadata["event_payload"]["key"]
                keys[key] += 1
                card, kind = card_of[key]
                copies[card] += kind == "POST_CARD" and not message.deleted
        assert all(number == 1 for number in keys.values()), "i11: one post, several messages"
        for card, number in copies.items():
            # If history cannot be read, a card that may be lost is posted once more, and its row is parked.
            assert number <= 1 + (card in parked), f"i11: {number} copies of one card"

    def messages(self) -> Iterator[Message]:
        every = self.world.slack.every_message()
        yield from (one for one in every if one.ephemeral_to is None and one.bot_id)

    # --- when everything works again

    def heal(self) -> None:
        """Repair Slack and let time pass: everything converges, and stays as it is."""
        world = self.world
        world.slack.faults.clear()
        for channel in world.slack.channels.values():
            if channel.archived:
                self.do(world.slack.unarchive(channel))
        for _ in range(12):
            self.clock.push_real(timedelta(seconds=61))
            self.do(self._quiet())
        self.do(world.app.slack.probe())
        self.clock.push_real(timedelta(minutes=61))
        self.swept()
        self.do(world.app.ticks.tidy())
        for _ in range(3):
            self.clock.push_real(timedelta(seconds=301))
            self.do(self._quiet())
        now = self.observe()
        check(now, (*SWEPT, v5_no_dead_lease))
        self.v1_every_effect(now)
        self.v4_cards_converge(now)
        self.i23_no_secrets()
        assert world.database.verify().sound

    def v4_cards_converge(self, now: Look) -> None:
        """V4. Every copy in Slack shows the record as it is."""
        for card in now.cards:
            if card.state != "POSTED":
                continue
            message = self.world.slack.message(card.channel_id, card.ts)
            if message is None or message.deleted or self.world.slack.channel(card.channel_id).archived:
                continue
            delivery = Delivery(
                id=0, key="", kind=EffectKind.UPDATE_CARD, subject_id=card.subject_id, card_id=card.id,
                version=0, about="", team_id=card.team_id, attempt=1, reads=0, marked_at=None,
                lease_until=self.clock.real(), put_at=self.clock.now(),
            )  # fmt: skip
            target = self.world.database.read_sync(act, find_target, delivery, now=self.clock.now())
            assert target is not None
            if target.reading is not Reading.MAY:
                continue  # a closed copy says nothing of the record
            shown = self.do(render(self.world.database, delivery, target, now=self.clock.now())).message
            in_slack, in_record = (_lines_of(one, now=now.now) for one in (message.text, shown.text))
            if card.audience == "DIGEST":
                in_slack = in_record  # it says how long something had waited when it was sent
            assert in_slack == in_record, (
                f"v4: shows {set(in_slack) - set(in_record)}, the record {set(in_record) - set(in_slack)}"
            )
            assert _pressable(message.blocks) == _pressable(list(shown.blocks)), "v4: other buttons"

    def v1_every_effect(self, now: Look) -> None:
        """V1. Every effect is done, superseded, parked or dead, and what is parked or dead is listed."""
        left = [e for e in now.effects if e.state in ("WAITING", "SENDING")]
        # A digest is not posted outside of working hours; what follows it waits too.
        nightly = {c.id for c in now.cards if c.audience == "DIGEST" and c.state == "WAITING"}
        left = [e for e in left if e.card_id not in nightly]
        assert not left, f"v1: {[(e.kind, e.state, e.error, e.due_at - now.real) for e in left]}"
        shown = {row.id for row in self.world.database.read_sync(deliveries.stuck, limit=10_000)}
        assert shown == {e.id for e in now.effects if e.state in ("PARKED", "DEAD")}, (
            "v1: parked or dead, and not listed"
        )

    def i23_no_secrets(self) -> None:
        """I23. No token and no signing secret is in the store, in what we send, or in the log."""
        written = [*self.log.lines, *(json.dumps(call.args, default=str) for call in self.world.slack.calls)]
        stored = self.world.database.read_sync(_all_rows)
        for secret in self.secrets:
            assert not any(secret in line for line in written), "i23: a secret in the log or in a call"
            assert secret not in stored, "i23: a secret in the store"


class Lines(logging.Handler):
    """A handler that keeps all that is logged, as text."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        error = logging.Formatter().formatException(record.exc_info) if record.exc_info else ""
        self.lines.append(f"{record.getMessage()} {error}")


def _more_people(database: Database) -> None:
    """Add a third business in the brand's workspace, one more admin of the brand, and a shared login."""
    make.business(database, OTHER, name="Rival `Media`", team=make.BRAND_TEAM, channel_id=None)
    make.someone(database, 7, name="Dee", team=make.BRAND_TEAM, roles={BRAND: Role.ADMIN})
    make.someone(database, 8, name="Olga", team=make.BRAND_TEAM, roles={OTHER: Role.ADMIN})
    desk = make.someone(database, 9, name="Desk", team=make.BRAND_TEAM, roles={})
    make.member(database, desk.id, of=BRAND, shared=True)


def objects_in(shown: Any) -> Iterator[dict[str, Any]]:
    """Yield every object in blocks, at any depth."""
    if isinstance(shown, dict):
        yield shown
        shown = list(shown.values())
    for one in shown if isinstance(shown, list) else ():
        yield from objects_in(one)


def _marked_up(args: dict[str, Any]) -> Iterator[str]:
    """Yield the texts in which Slack reads markup: the fallback, and mrkdwn objects."""
    if isinstance(args.get("text"), str):
        yield args["text"]
    for one in objects_in([args.get("blocks"), args.get("view")]):
        if one.get("type") == "mrkdwn":
            yield one["text"]


def _lines_of(text: str, *, now: datetime) -> list[str]:
    """Return the lines of a card without what was true when it was sent and is not updated.

    That is what else there is between the two businesses, until when nobody can be reminded again, and who
    was looking at it until a moment that is over: the line says the moment, so that it ends by itself.
    """
    beside = (
        r" (They|You) (already )?have [\w ,]+(; this adds [\w ,]+)?\.",
        r" · (\d+ earlier requests?, )?(no access|access to \d+ assets?) now",
    )
    lines = [re.sub("|".join(beside), "", line).strip() for line in text.splitlines()]
    return [
        line for line in lines if line and not line.startswith("Reminded.") and not _has_ended(line, now=now)
    ]


def _has_ended(line: str, *, now: datetime) -> bool:
    until = re.search(r"is looking at it.*<!date\^(\d+)\^", line)
    return until is not None and int(until[1]) <= now.timestamp()


def _pressable(blocks: list[Any]) -> list[tuple[str, str]]:
    return [
        (one["action_id"], one["value"])
        for one in objects_in(blocks)
        if one.get("action_id") in DECIDING - {"remind"}
    ]


def _all_rows(tx: Any) -> str:
    """Return all rows of all tables as one text."""
    every = SQLModel.metadata.sorted_tables
    return "\n".join(str(row) for table in every for row in tx.all(statements.rows_of(table)))
