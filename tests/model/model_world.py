"""The slow machine: the whole bot with its local Slack, signed input in, messages out."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import make
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule
from make import AGENCY, OTHER
from model_answers import actor
from model_bot import WatchedBot, objects_in
from model_draws import TEXTS
from model_machine import BEGINNINGS
from model_records import Item, NewRequest, Request, User

from bot.domain.requests import Approve, Decline
from bot.sandbox.slack import Kind, Message, Person
from bot.services import grants, nudges, requests
from bot.services.context import act
from bot.services.delivery import Delivery, Mark, Outcome
from bot.slack.values import read_button_value
from bot.store import tables

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
# Not users.info: whom Slack cannot be asked about for a day loses power, which the model does not know.
METHODS = (
    "chat.postMessage",
    "chat.postMessage",
    "chat.update",
    "conversations.open",
    "conversations.history",
)
# What there is to choose from depends on timing, and what Hypothesis draws must not: it draws numbers.
NUMBER = st.integers(0, 999)


class Killed(BaseException):
    """Raised where the process is killed."""


class WholeBot(WatchedBot):
    """People in Slack, a Slack that fails, and a process that is killed."""

    @initialize(
        begins=st.sampled_from(BEGINNINGS[:3]),
        quorum=st.sampled_from([1, 1, 2]),
        history=st.sampled_from([True, True, True, False]),
        room=st.sampled_from(["CBRAND", "CBRAND", "CBRAND", None]),
    )
    def begin(self, *, begins: datetime, quorum: int, history: bool, room: str | None) -> None:
        """Start the bot, and submit a request, so that there is something to decide."""
        self.start(begins=begins, quorum=quorum, history=history, room=room)
        self.submit("ann", make.PAGE, ["advertise", "analyze"], days=30, reason="Spring")

    # --- people

    @staticmethod
    def pick(number: int, some: Sequence[Any]) -> Any:
        """Return one of these by a number; None if there is none."""
        return some[number % len(some)] if some else None

    def slack_person(self, user: User) -> Person | None:
        return self.world.slack.people.get(user[1])

    def open_requests(self) -> list[Request]:
        return [one for one in self.model.requests.values() if one.is_open] if hasattr(self, "model") else []

    def some_approver(self, number: int, request: Request) -> User:
        """Choose mostly somebody who may decide, sometimes anybody."""
        eligible = [one.user for one in self.model.approvers(request)]
        anybody = [one.user for one in self.model.people.values()]
        return self.pick(number // 6, eligible if eligible and number % 6 else anybody)  # type: ignore[no-any-return]

    @rule(
        data=st.data(),
        name=st.sampled_from(["ann", "ann", "abe", "eva", "olga"]),
        asset=st.sampled_from([make.ACCOUNT, make.PAGE, make.PIXEL, make.INSTAGRAM]),
        days=st.sampled_from([30, 1, 2, 7]),
    )
    def somebody_submits(self, data: st.DataObject, name: str, asset: str, days: int) -> None:
        manages = data.draw(st.booleans()) and self.model.assets[asset][0] == "AD_ACCOUNT"
        tasks = ["manage", "advertise", "analyze"] if manages else ["advertise", "analyze"]
        reason = data.draw(
            st.sampled_from(["Spring", "*Approved* by @here, _all_ of it", "a ~struck~ `<!here>`"])
        )
        self.submit(name, asset, tasks, days=days, reason=reason)

    def submit(self, name: str, asset: str, tasks: Sequence[str], *, days: int, reason: str) -> None:
        """Submit by a slash command, if the person still has an account."""
        kind, owner = self.model.assets[asset]
        person = self.world.people[name]
        if person.deleted:
            return
        known = {row.id for row in self.rows(tables.Request)} | {row.id for row in self.rows(tables.Draft)}
        line = f"request {asset} {','.join(tasks)} for {days}d because {reason}"
        delivered = self.do(self.world.command(person, line))
        assert delivered.ok or delivered.detail == "is_archived", (
            delivered
        )  # submitted, and nobody can read the answer
        new = {row.id for row in [*self.rows(tables.Request), *self.rows(tables.Draft)]} - known
        assert owner is not None
        content = NewRequest(
            NAMES[name],
            owner,
            (Item(kind, frozenset(one.upper() for one in tasks), asset),),
            reason,
            ("DAYS", days),
        )
        self.model.submit(content, by=(person.team_id, person.id), new_id=next(iter(new), ""))
        self.forget_predicted()
        self.wait()

    def cards_of(self, *audiences: str) -> list[tuple[Any, Message]]:
        """Return the copies that are in Slack, with their messages."""
        found = []
        for card in self.rows(tables.Card):
            message = self.world.slack.message(card.channel_id or "", card.ts or "")
            if card.audience in audiences and message is not None and not message.deleted:
                found.append((card, message))
        # Ids are random: what Hypothesis chooses from must come in the same order each time.
        return sorted(found, key=lambda one: (float(one[1].ts), one[0].audience, one[0].user_id or ""))

    @rule(number=NUMBER, who=NUMBER, action=st.sampled_from(["approve", "approve", "approve", "undo"]))
    def somebody_presses(self, number: int, who: int, action: str) -> None:
        """A button on a card, by somebody who sees it. The payload is kept, to be sent again much later."""
        found = [one for one in self.cards_of("APPROVERS") if action in _buttons(one[1])]
        chosen = self.pick(number, found)
        if chosen is None:
            return
        card, message = chosen
        request = self.model.requests[card.subject_id]
        person = self.slack_person(self.some_approver(who, request))
        members = self.world.slack.channel(message.channel_id).members
        if person is None or person.deleted or person.id not in members:
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
        self.forget_predicted()
        self.wait()

    @rule(number=NUMBER, other=st.none() | NUMBER, about=st.none() | NUMBER)
    def an_old_or_altered_payload_comes(self, number: int, other: int | None, about: int | None) -> None:
        """A new input with an old payload: as it was, from another user, or about another request."""
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
        """I18. The same bytes again: nothing happens, whatever they were."""
        if not self.world.slack.deliveries:
            return
        before = self.observe()
        self.do(self.world.slack.redeliver(times=times))
        now = self.wait()
        kinds = [event.kind for event in now.events[len(before.events) :]]
        assert not kinds, f"i18: {kinds}"

    @rule(
        number=NUMBER,
        who=NUMBER,
        note=st.sampled_from(TEXTS),
        what=st.sampled_from(["decline", "cancel", "narrow", "comment", "acknowledge", "snooze", "remind"]),
    )
    def somebody_decides_in_a_modal(self, number: int, who: int, note: str, what: str) -> None:
        request = self.pick(number, self.open_requests())
        if request is None:
            return
        by = self.some_approver(who, request)
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
            given = {0: request.items[0].current - {"MANAGE"}}
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
            verb = {"acknowledge": nudges.acknowledge, "snooze": nudges.snooze, "remind": nudges.remind}[what]
            word = {"acknowledge": "acknowledged", "snooze": "snoozed", "remind": "reminded"}[what]
            by = requester if what == "remind" else by
            self.write(act, verb, request.id, by=actor(by))
            self.model.on_open(word, request.id, by=by)
        self.forget_predicted()
        self.wait()

    @rule(number=NUMBER, who=NUMBER, note=st.sampled_from(TEXTS), back=st.booleans())
    def somebody_revokes_or_relinquishes(self, number: int, who: int, note: str, *, back: bool) -> None:
        key = self.pick(number, list(self.model.grants))
        if key is None:
            return
        grant = self.model.grants[key]
        business = grant.holder if back else grant.owner
        allowed = [one.user for one in self.model.admins(business)]
        by = self.pick(who, allowed)
        if by is None:
            return
        row = next(one for one in self.rows(tables.Grant) if (one.request_id, one.position) == key)
        verb = grants.relinquish if back else grants.revoke
        self.write(act, verb, [row.id], business_id=business, by=actor(by), note=note)
        predict = self.model.relinquish if back else self.model.revoke
        predict([key], business=business, by=by, note=note)
        self.forget_predicted()
        self.wait()

    @rule(name=st.sampled_from(["ann", "dana", "dov", "eva"]), gone=st.booleans())
    def slack_deactivates_somebody(self, name: str, *, gone: bool) -> None:
        person = self.world.people[name]
        self.do(self.world.slack.change_person(person, deleted=gone))
        if gone:
            self.model.slack_reports((person.team_id, person.id), "deactivated")
            self.forget_predicted()
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
            self.an_hour_passes()

    def an_hour_passes(self) -> None:
        self.clock.push(timedelta(hours=1))
        self.swept()

    @rule(much=st.sampled_from([2, 31, 61, 130]))
    def real_time_passes(self, much: int) -> None:
        self.clock.push_real(timedelta(seconds=much))
        self.wait()

    # --- Slack fails, and the process dies

    @rule(how=st.sampled_from(sorted(FAULTS)), method=st.sampled_from(METHODS))
    def slack_breaks(self, how: str, method: str) -> None:
        FAULTS[how](self.world.slack.faults, method)

    @rule()
    def slack_works_again(self) -> None:
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
        """At a step of the next delivery; then it starts again with what was committed."""
        worker = self.world.app.worker
        senders = worker.senders
        worker.senders = {kind: _deadly(sender, step) for kind, sender in senders.items()}
        self.do(self._something_to_deliver())
        self.do(self.world.stop())
        self.do(self.world.start())
        self.observe()

    async def _something_to_deliver(self) -> None:
        """Give the worker something to deliver, which kills it."""
        for one in self.open_requests()[:1]:
            await self.world.database.write(
                act,
                requests.comment,
                one.id,
                "Well?",
                by=actor(self.model.people[one.requester].user),
                now=self.clock.now(),
            )
            self.model.comment(one.id, "Well?", by=self.model.people[one.requester].user)
            self.forget_predicted()
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


def _buttons(message: Message) -> set[str]:
    return {one["action_id"] for one in objects_in(message.blocks) if one.get("type") == "button"}
