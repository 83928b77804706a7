"""The slow machine: the whole bot with its local Slack. Signed input in, messages out, and what stands there.

The record is held against the same model and the same invariants; beside it stands what the local Slack
holds, which no row of ours can talk away.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

import make
import model_town as town
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from make import AGENCY, BRAND, OTHER
from model import Item, NewRequest, Request, User
from model_invariants import SAFETY, SWEPT, as_foretold, check, v5_no_dead_lease
from model_look import Look, look
from model_verbs import BEGINNINGS, TEXTS, actor
from sqlmodel import SQLModel
from story import StandingClock
from world import Way, World, running

from bot.domain.messages import EffectKind
from bot.domain.policy import Role
from bot.domain.requests import Approve, Decline
from bot.sandbox.slack import Kind, Message, Person
from bot.services import delivery as deliveries
from bot.services import grants, nudges, requests
from bot.services.context import act
from bot.services.delivery import Delivery, Mark, Outcome
from bot.slack.ids import read_button_value
from bot.slack.senders.posts import render
from bot.store import tables
from bot.store.database import Database

DECIDING = {"approve", "decline", "adjust", "cancel", "remind", "undo"}
_PINGS = re.compile(r"<(?!!date\^)[^>]*>")  # "@here" alone pings nobody: we never ask Slack to link names
_LIVE = {"user", "usergroup", "broadcast", "channel", "link", "emoji", "team"}
NAMES = {"ann": AGENCY, "abe": AGENCY, "eva": AGENCY, "olga": OTHER}
FAULTS: dict[str, Callable[[Any, str], None]] = {
    "dropped": lambda faults, method: faults.drop(method, after=True),
    "dropped before": lambda faults, method: faults.drop(method, after=False),
    "503": lambda faults, method: faults.http_error(method, status=503, after=False),
    "503 after": lambda faults, method: faults.http_error(method, status=503, after=True),
    "fatal": lambda faults, method: faults.refuse(method, "fatal_error", after=True),
    "429": lambda faults, method: faults.rate_limit(method, retry_after="30"),
    "empty": lambda faults, method: faults.body(method, b"", after=True),
    "denied": lambda faults, method: faults.refuse(method, "invalid_blocks"),
}
METHODS = (
    "chat.postMessage",
    "chat.postMessage",
    "chat.update",
    "conversations.open",
    "conversations.history",
    "users.info",
)


# What there is to choose from depends on timing, and what Hypothesis draws must not: it draws numbers.
NUMBER = st.integers(0, 999)


class Killed(BaseException):
    """The process is killed at this step."""


class Whole(RuleBasedStateMachine):
    """People in Slack, a Slack that breaks, a process that is killed, and what everybody reads in the end."""

    url: Callable[[], Any]

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

    @initialize(
        begins=st.sampled_from(BEGINNINGS[:3]),
        quorum=st.sampled_from([1, 1, 2]),
        history=st.sampled_from([True, True, True, False]),
        room=st.sampled_from(["CBRAND", "CBRAND", "CBRAND", None]),
    )
    def begin(self, *, begins: Any, quorum: int, history: bool, room: str | None) -> None:
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
            if hasattr(self, "world") and not self.failed:  # else it would only say so again, in other words
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
        """Nothing is being answered or sent, and nothing that could be sent now waits."""
        async with asyncio.timeout(20):
            while True:
                app, real = self.world.app, self.clock.real()
                if app.is_idle and not await app.database.read(deliveries.is_work, real=real):
                    return
                await asyncio.sleep(0.001)

    def wait(self) -> Look:
        """Wait until it is quiet, and look: at the record, and at what stands in Slack."""
        self.do(self._quiet())
        return self.observe()

    def observe(self) -> Look:
        self.failed = True
        now = look(
            self.world.database, self.model, now=self.clock.now(), real=self.clock.real(), before=self.before
        )
        self.sync_flags(now)
        check(now, SAFETY)
        as_foretold(now)
        self.before = now
        self.look_at_slack(now)
        self.failed = False
        return now

    def sync_flags(self, now: Look) -> None:
        """What Slack says of people comes by effects, sooner or later: the model takes it from the record."""
        for row in now.people:
            truth = self.world.slack.people.get(row.user_id)
            mine = self.model.people[row.id]
            said = town.trouble_of(row)
            if said != mine.trouble and truth is not None:
                assert said == ("deactivated" if truth.deleted else ""), "flags that nobody said"
                mine.trouble = said

    # --- what stands in Slack

    def look_at_slack(self, now: Look) -> None:
        slack = self.world.slack
        calls, self.looked_at = slack.calls[self.looked_at :], len(slack.calls)
        for call in calls:
            self.i22_text_is_text(call)
            self.i24_never_back(call)
        self.i11_one_message(now)

    def i22_text_is_text(self, call: Any) -> None:
        """I22. What people typed can mention, link and ping nobody in anything that we send."""
        for words in _marked_up(call.args):
            found = _PINGS.search(words)
            assert found is None, f"i22: {call.method}: {found.group()!r}"
        kinds = {one.get("type") for one in _objects(call.args.get("blocks"))}
        assert not kinds & _LIVE, f"i22: {call.method}: {kinds & _LIVE}"

    def i24_never_back(self, call: Any) -> None:
        """I24. What a copy shows never goes back: not from over to open, nor to an older version."""
        answer = call.answer or {}
        if call.method not in ("chat.postMessage", "chat.update") or not answer.get("ok"):
            return
        place = (str(answer["channel"]), str(answer["ts"]))
        buttons = [one for one in _objects(call.args.get("blocks")) if one.get("type") == "button"]
        refs = [
            read_button_value(one["value"])
            for one in buttons
            if '"v"' in str(one.get("value")) or one["action_id"] in DECIDING
        ]
        if any(one["action_id"] == "snooze" for one in buttons) or place in self.digests():
            return  # many requests in one message
        rank = 0 if {one["action_id"] for one in buttons} & (DECIDING - {"undo"}) else 1
        assert rank >= self.ranks.get(place, 0), (
            f"i24: what was over is open again: {call.args['text'][:200]!r}"
        )
        self.ranks[place] = rank
        for ref in refs:
            key = (*place, ref.id)
            assert ref.version >= self.versions.get(key, 0), "i24: an older version"  # type: ignore[arg-type]
            self.versions[key] = ref.version  # type: ignore[index]

    def digests(self) -> set[tuple[str, str]]:
        assert self.before is not None
        return {(c.channel_id, c.ts) for c in self.before.cards if c.audience == "DIGEST"}

    def i11_one_message(self, now: Look) -> None:
        """I11. A post stands in Slack once at most; a copy of a card more than once only if a row says so."""
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
            # Where history cannot be read a lost card is posted once more, and a parked row says that.
            assert number <= 1 + (card in parked), f"i11: {number} copies of one card"

    def messages(self) -> Iterator[Message]:
        every = self.world.slack.every_message()
        yield from (one for one in every if one.ephemeral_to is None and one.bot_id)

    def v4_cards_converge(self, now: Look) -> None:
        """V4. Every copy that stands in Slack shows the record as it is."""
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
            shown = self.do(render(self.world.database, delivery, card, now=self.clock.now())).message
            here, there = _said(message.text), _said(shown.text)
            if card.audience == "DIGEST":
                here = there  # it says for how many days something waits, as of when it was sent
            assert here == there, (
                f"v4: shows {set(here) - set(there)}, and the record says {set(there) - set(here)}"
            )
            assert _pressable(message.blocks) == _pressable(list(shown.blocks)), "v4: other buttons"

    def v1_every_effect(self, now: Look) -> None:
        """V1. Every effect is done, superseded, parked or dead, and what is parked or dead can be seen."""
        left = [e for e in now.effects if e.state in ("WAITING", "SENDING")]
        # A digest is not posted at night, nor what waits for it.
        nightly = {c.id for c in now.cards if c.audience == "DIGEST" and c.state == "WAITING"}
        left = [e for e in left if e.card_id not in nightly]
        assert not left, f"v1: {[(e.kind, e.state, e.error, e.due_at - now.real) for e in left]}"
        expected_version = {row.id for row in self.world.database.read_sync(deliveries.stuck, limit=10_000)}
        assert expected_version == {e.id for e in now.effects if e.state in ("PARKED", "DEAD")}, (
            "v1: parked, and not seen"
        )

    def i23_no_secrets(self) -> None:
        """I23. No token and no signing secret stands in the store, in what we send, or in the log."""
        told = [*self.log.lines, *(json.dumps(call.args, default=str) for call in self.world.slack.calls)]
        kept = self.world.database.read_sync(_everything)
        for secret in self.secrets:
            assert not any(secret in line for line in told), "i23: a secret in the log or in a call"
            assert secret not in kept, "i23: a secret in the store"

    def heal(self) -> None:
        """Everything is whole again, and time goes on: all converges, and stays as it is."""
        world = self.world
        world.slack.faults.clear()
        for channel in world.slack.channels.values():
            if channel.archived:
                self.do(world.slack.unarchive(channel))
        for _ in range(12):
            self.clock.push_real(timedelta(seconds=61))
            self.do(self._quiet())
        self.do(world.app.slack.probe())
        self.clock.push_real(timedelta(minutes=6))
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

    def swept(self) -> None:
        self.do(self.world.app.ticks.sweep())
        self.model.now = self.clock.now()
        self.model.sweep()
        self.forget_foretold()
        check(self.wait(), SWEPT)

    def forget_foretold(self) -> None:
        self.model.events.clear()
        self.model.cards.clear()
        self.model.notices.clear()

    # --- people

    @staticmethod
    def pick(number: int, some: Sequence[Any]) -> Any:
        """One of what there is; None of nothing."""
        return some[number % len(some)] if some else None

    def who(self, user: User) -> Person | None:
        return self.world.slack.people.get(user[1])

    def opened(self) -> list[Request]:
        return [one for one in self.model.requests.values() if one.is_open] if hasattr(self, "model") else []

    def approver(self, number: int, request: Request) -> User:
        """Mostly somebody who can, sometimes anybody."""
        able = [one.user for one in self.model.approvers(request)]
        anybody = [one.user for one in self.model.people.values()]
        return self.pick(number // 6, able if able and number % 6 else anybody)  # type: ignore[no-any-return]

    @rule(
        data=st.data(),
        name=st.sampled_from(["ann", "ann", "abe", "eva", "olga"]),
        asset=st.sampled_from([make.ACCOUNT, make.PAGE, make.PIXEL, make.INSTAGRAM]),
        words=st.sampled_from(["for 30d", "for 1d", "for 2d", "for 7d"]),
    )
    def somebody_asks(self, data: st.DataObject, name: str, asset: str, words: str) -> None:
        kind, owner = self.model.assets[asset]
        manages = data.draw(st.booleans()) and kind == "AD_ACCOUNT"
        tasks = ["manage", "advertise", "analyze"] if manages else ["advertise", "analyze"]
        reason = data.draw(
            st.sampled_from(["Spring", "*Approved* by @here, _all_ of it", "a ~struck~ `<!here>`"])
        )
        person = self.world.people[name]
        if person.deleted:
            return
        known = {row.id for row in self.rows(tables.Request)} | {row.id for row in self.rows(tables.Draft)}
        line = f"request {asset} {','.join(tasks)} {words} because {reason}"
        delivered = self.do(self.world.command(person, line))
        assert delivered.ok or delivered.detail == "is_archived", (
            delivered
        )  # asked, and nobody reads the answer
        new = {row.id for row in [*self.rows(tables.Request), *self.rows(tables.Draft)]} - known
        assert owner is not None
        ask = NewRequest(
            NAMES[name],
            owner,
            (Item(kind, frozenset(one.upper() for one in tasks), asset),),
            "because",
            ("DAYS", int(words.split()[1][:-1])),
        )
        self.model.ask(ask, by=(person.team_id, person.id), new_id=next(iter(new), ""))
        self.forget_foretold()
        self.wait()

    def rows(self, table: type[Any]) -> list[Any]:
        return self.world.rows(table)

    def cards_of(self, *audiences: str) -> list[tuple[Any, Message]]:
        """The copies that stand in Slack, with their messages."""
        found = []
        for card in self.rows(tables.Card):
            message = self.world.slack.message(card.channel_id or "", card.ts or "")
            if card.audience in audiences and message is not None and not message.deleted:
                found.append((card, message))
        # Ids are made up anew each time: what Hypothesis sees must come in an order that is not.
        return sorted(found, key=lambda one: (float(one[1].ts), one[0].audience, one[0].user_id or ""))

    @rule(number=NUMBER, who=NUMBER, action=st.sampled_from(["approve", "approve", "approve", "undo"]))
    def somebody_presses(self, number: int, who: int, action: str) -> None:
        """A button on a card, by whoever sees it; what was pressed is kept, to be sent again much later."""
        found = [one for one in self.cards_of("APPROVERS") if action in _buttons(one[1])]
        chosen = self.pick(number, found)
        if chosen is None:
            return
        card, message = chosen
        request = self.model.requests[card.subject_id]
        person = self.who(self.approver(who, request))
        expected_version = self.world.slack.channel(message.channel_id).members
        if person is None or person.deleted or person.id not in expected_version:
            return
        user = (person.team_id, person.id)
        payload = self.world.slack.payload_click(person, message, action)
        version = read_button_value(payload["actions"][0]["value"]).version
        self.copies.append((payload, user, card.subject_id, version))
        delivered = self.do(self.world.click(person, message, action))
        assert delivered.ok, delivered
        self.pressed(action, card.subject_id, by=user, expected_version=version)

    def pressed(self, action: str, request: str, *, by: User, expected_version: int) -> None:
        if action == "approve":
            self.model.approve(request, by=by, expected_version=expected_version)
        else:
            self.model.undo(request, by=by)
        self.forget_foretold()
        self.wait()

    @rule(number=NUMBER, other=st.none() | NUMBER, about=st.none() | NUMBER)
    def an_old_or_altered_payload_comes(self, number: int, other: int | None, about: int | None) -> None:
        """Signed anew, so no repetition: the same press once more, by another, or about another request."""
        if not self.copies:
            return
        payload, user, request, version = self.pick(number, self.copies)
        payload = json.loads(json.dumps(payload))
        action = payload["actions"][0]
        if other is not None:
            user = self.pick(other, [one.user for one in self.model.people.values()])
            payload["user"] |= {"id": user[1], "team_id": user[0]}
        if about is not None:
            request = self.pick(about, list(self.model.requests))
            action["value"] = action["value"].replace(read_button_value(action["value"]).id, request)
        delivered = self.do(
            self.world.slack.send_payload(Kind.INTERACTIVE, payload, team_id=payload["team"]["id"])
        )
        assert delivered.ok, delivered
        self.pressed(action["action_id"], request, by=user, expected_version=version)

    @rule(times=st.integers(1, 3))
    def the_last_input_comes_again(self, times: int) -> None:
        """I18. The same bytes: nothing happens, whatever they were."""
        if not self.world.slack.deliveries:
            return
        before = self.observe()
        self.do(self.world.slack.redeliver(times=times))
        now = self.wait()
        kinds = [event.kind for event in now.events[len(before.events) :]]
        assert not kinds, f"i18: {kinds}"

    def write(self, verb: Any, *args: Any, **kwargs: Any) -> Any:
        return self.do(self.world.database.write(verb, *args, now=self.clock.now(), **kwargs))

    @rule(
        number=NUMBER,
        who=NUMBER,
        note=st.sampled_from(TEXTS),
        what=st.sampled_from(["decline", "cancel", "narrow", "comment", "look", "snooze", "remind"]),
    )
    def somebody_decides_in_a_modal(self, number: int, who: int, note: str, what: str) -> None:
        request = self.pick(number, self.opened())
        if request is None:
            return
        by = self.approver(who, request)
        requester = self.model.people[request.requester].user
        if what == "decline":
            self.write(
                act,
                requests.decide,
                request.id,
                by=actor(by),
                verdict=Decline(note=note),
                expected_version=request.version,
            )
            self.model.decline(request.id, by=by, expected_version=request.version, note=note)
        elif what == "narrow":
            given = {0: request.items[0].so_far - {"MANAGE"}}
            verdict = Approve(given=given, note=note)
            self.write(
                act,
                requests.decide,
                request.id,
                by=actor(by),
                verdict=verdict,
                expected_version=request.version,
            )
            self.model.approve(request.id, by=by, expected_version=request.version, given=given, note=note)
        elif what == "cancel":
            self.write(act, requests.cancel, request.id, by=actor(requester), note=note)
            self.model.cancel(request.id, by=requester, note=note)
        elif what == "comment":
            self.write(act, requests.comment, request.id, note, by=actor(by))
            self.model.comment(request.id, note, by=by)
        else:
            verb = {"look": nudges.acknowledge, "snooze": nudges.snooze, "remind": nudges.remind}[what]
            word = {"look": "acknowledged", "snooze": "snoozed", "remind": "reminded"}[what]
            by = requester if what == "remind" else by
            self.write(act, verb, request.id, by=actor(by))
            self.model.on_open(word, request.id, by=by)
        self.forget_foretold()
        self.wait()

    @rule(number=NUMBER, who=NUMBER, note=st.sampled_from(TEXTS), back=st.booleans())
    def somebody_ends_access(self, number: int, who: int, note: str, *, back: bool) -> None:
        key = self.pick(number, list(self.model.grants))
        if key is None:
            return
        grant = self.model.grants[key]
        business = grant.holder if back else grant.owner
        able = [one.user for one in self.model.admins(business)]
        by = self.pick(who, able)
        if by is None:
            return
        row = next(one for one in self.rows(tables.Grant) if (one.request_id, one.position) == key)
        end = grants.relinquish if back else grants.revoke
        self.write(act, end, [row.id], business_id=business, by=actor(by), note=note)
        self.model.end_access([key], business=business, by=by, note=note)
        self.forget_foretold()
        self.wait()

    @rule(name=st.sampled_from(["ann", "dana", "dov", "eva"]), gone=st.booleans())
    def slack_lets_somebody_go(self, name: str, *, gone: bool) -> None:
        person = self.world.people[name]
        self.do(self.world.slack.change_person(person, deleted=gone))
        if gone:
            self.model.slack_says((person.team_id, person.id), "deactivated")
            self.forget_foretold()
        self.wait()

    # --- the clock

    @rule(much=st.sampled_from([1, 601, 3600, 8 * 3600, 24 * 3600, 24 * 3600, 72 * 3600, -1, -3600]))
    def time_passes(self, much: int) -> None:
        self.model.now = self.clock.now() + timedelta(seconds=much)
        self.clock.push(timedelta(seconds=much))
        self.swept()

    @rule(hours=st.sampled_from([8, 24]))
    def hours_pass(self, hours: int) -> None:
        for _ in range(hours):
            self.time_passes_an_hour()

    def time_passes_an_hour(self) -> None:
        self.clock.push(timedelta(hours=1))
        self.swept()

    @rule(much=st.sampled_from([2, 31, 61, 130]))
    def the_machinery_goes_on(self, much: int) -> None:
        self.clock.push_real(timedelta(seconds=much))
        self.wait()

    # --- Slack breaks, and the process dies

    @rule(how=st.sampled_from(sorted(FAULTS)), method=st.sampled_from(METHODS))
    def slack_breaks(self, how: str, method: str) -> None:
        FAULTS[how](self.world.slack.faults, method)

    @rule()
    def slack_is_whole_again(self) -> None:
        self.heal()

    @rule(number=NUMBER)
    def somebody_deletes_a_card(self, number: int) -> None:
        chosen = self.pick(number, self.cards_of("APPROVERS", "REQUESTER"))
        if chosen is not None:
            self.do(self.world.slack.delete_message(chosen[1]))

    @rule(archived=st.booleans(), which=st.sampled_from(["brand_room", "agency_room"]))
    def a_channel_is_archived(self, *, archived: bool, which: str) -> None:
        channel = getattr(self.world, which)
        self.do((self.world.slack.archive if archived else self.world.slack.unarchive)(channel))

    @rule(step=st.sampled_from(["claimed", "marked", "sent"]))
    def the_process_is_killed(self, step: str) -> None:
        """At a step of the next delivery; then it starts again, on what was committed."""
        worker = self.world.app.worker
        whole = worker._senders
        worker._senders = {kind: _deadly(sender, step) for kind, sender in whole.items()}
        self.do(self._restless())
        self.do(self.world.stop())
        self.do(self.world.start())
        self.observe()

    async def _restless(self) -> None:
        """Something to deliver, while the worker dies of everything that it delivers."""
        for one in self.opened()[:1]:
            await self.world.database.write(
                act,
                requests.comment,
                one.id,
                "Well?",
                by=actor(self.model.people[one.requester].user),
                now=self.clock.now(),
            )
            self.model.comment(one.id, "Well?", by=self.model.people[one.requester].user)
            self.forget_foretold()
        await self._quiet()


def _deadly(sender: Any, step: str) -> Any:
    async def send(delivery: Delivery, mark: Mark) -> Outcome:
        if step == "claimed":
            raise Killed

        async def marked() -> bool:
            await mark()
            raise Killed

        await sender(delivery, marked if step == "marked" else mark)
        raise Killed

    return send


class Lines(logging.Handler):
    """All that is logged, as text."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        error = logging.Formatter().formatException(record.exc_info) if record.exc_info else ""
        self.lines.append(f"{record.getMessage()} {error}")


def _more_people(database: Database) -> None:
    """A third business beside the brand, one more admin of the brand, and a login that several share."""
    make.business(database, OTHER, name="Rival `Media`", team=make.BRAND_TEAM, channel_id=None)
    make.someone(database, 7, name="Dee", team=make.BRAND_TEAM, roles={BRAND: Role.ADMIN})
    make.someone(database, 8, name="Olga", team=make.BRAND_TEAM, roles={OTHER: Role.ADMIN})
    desk = make.someone(database, 9, name="Desk", team=make.BRAND_TEAM, roles={})
    make.member(database, desk.id, of=BRAND, shared=True)


def _buttons(message: Message) -> set[str]:
    return {one["action_id"] for one in _objects(message.blocks) if one.get("type") == "button"}


def _objects(shown: Any) -> Iterator[dict[str, Any]]:
    """Every object in blocks, however deep."""
    if isinstance(shown, dict):
        yield shown
        shown = list(shown.values())
    for one in shown if isinstance(shown, list) else ():
        yield from _objects(one)


def _marked_up(args: dict[str, Any]) -> Iterator[str]:
    """The texts in which Slack reads markup: the fallback, and mrkdwn objects."""
    if isinstance(args.get("text"), str):
        yield args["text"]
    for one in _objects([args.get("blocks"), args.get("view")]):
        if one.get("type") == "mrkdwn":
            yield one["text"]


def _said(text: str) -> list[str]:
    """The lines of a card, but for what is as of when it was sent.

    That is what else there is between the two businesses, and until when nobody can be reminded again.
    """
    beside = ("Before this:", "Their first request", "Reminded:")
    lines = [line for line in text.splitlines() if not line.startswith(beside)]
    return [re.sub(r"(\. (Also held by|[\w ]+ is held already).*)?\.?$", "", line) for line in lines]


def _pressable(blocks: list[Any]) -> list[tuple[str, str]]:
    return [
        (one["action_id"], one["value"])
        for one in _objects(blocks)
        if one.get("action_id") in DECIDING - {"remind"}
    ]


def _everything(tx: Any) -> str:
    """All that is kept in any table, as one text."""
    names = [table.name for table in SQLModel.metadata.sorted_tables]
    return "\n".join(str(row) for name in names for row in tx.all(SQLModel.metadata.tables[name].select()))
