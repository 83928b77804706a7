"""Where Slack comes in: one way for both transports, from a payload to an answer and what follows it.

A handler reads what was done, runs one verb and returns an `Answer`: what goes into Slack's ack, and what is
to be done after it. What a person saw as done is on disk before the ack; calls to Slack come after it.

Bolt gets no payload, only the outline it needs to find a listener (`Inbound.outline`): it parses before it
verifies, and odd shapes make it raise. `handlers.admission` has checked each payload by then, and
the handlers read the whole of it from the `Inbound`.
"""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext, AsyncBoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.response import BoltResponse

from bot.clock import Clock
from bot.domain.inbox import Repeated
from bot.errors import AlreadyDecided, Busy, Misconfigured, Unconfirmed
from bot.services import delivery, requests
from bot.services.context import Context, act
from bot.services.results import Denied
from bot.slack import modals, replies, screens
from bot.slack.ids import ActionId, Ref, Unreadable, read_press
from bot.slack.kit import Message, View
from bot.slack.modals import FieldErrors
from bot.slack.modals.inputs import errors_at, input_blocks
from bot.slack.text import en as texts
from bot.slack.wire.calls import Refused, Slack, SlackError, Unreached, Unsure, make_client
from bot.slack.wire.inbound import Inbound, InboundKind
from bot.slack.wire.response_url import Responder

if TYPE_CHECKING:
    from bot.store.database import Database

log = logging.getLogger(__name__)

T = TypeVar("T")
P = ParamSpec("P")

ANSWER_SECONDS = 2.8
"""How long a handler may take in all: Slack waits three seconds. Verbs give up earlier, and say so."""

_ANYTHING = re.compile(r"", re.DOTALL)
_FOLLOW_UP_SECONDS = 25.0
_ON_APPROVERS_CARDS = frozenset(
    {ActionId.APPROVE, ActionId.ADJUST, ActionId.DECLINE, ActionId.UNDO, ActionId.MORE}
)
_TRIGGER_GONE = frozenset({"expired_trigger_id", "exchanged_trigger_id", "invalid_trigger_id"})
_CHANGED_SINCE = frozenset({"hash_conflict", "not_found"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a handler answers: what Slack's ack carries, and what to do after it.

    `again` is no ack: it could not be handled, and Slack is to send it again, as it does with events.
    """

    ack: Mapping[str, Any] | None = None
    again: bool = False
    then: Callable[[], Awaitable[None]] | None = None


Handler = Callable[["Edge", Inbound], Awaitable[Answer]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listeners:
    """Which handler takes what. `actions` has a handler for each id of ours; commands and forms likewise."""

    commands: Mapping[str, Handler]
    actions: Mapping[str, Handler]
    submissions: Mapping[str, Handler]
    options: Mapping[str, Handler]
    events: Mapping[str, Handler]

    def find(self, inbound: Inbound) -> Handler | None:
        """Return the handler of what came in, or None."""
        table = {
            InboundKind.COMMAND: self.commands,
            InboundKind.PRESS: self.actions,
            InboundKind.SUBMISSION: self.submissions,
            InboundKind.OPTIONS: self.options,
            InboundKind.EVENT: self.events,
        }.get(inbound.kind, {})
        return table.get(inbound.name)


class FollowUps:
    """What follows acks: tasks that somebody holds, so that stopping can wait for them."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def is_busy(self) -> bool:
        """Say whether something is still being done."""
        return bool(self._tasks)

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Begin, once the ack is made."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def drain(self, *, seconds: float) -> None:
        """Wait for all of it, at most `seconds`; then give up on the rest."""
        if not self._tasks:
            return
        _, late = await asyncio.wait(self._tasks, timeout=seconds)
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late)


@dataclass(kw_only=True)
class Edge:
    """What handlers work with: the record, Slack, the clock, and how to tell somebody something."""

    database: Database
    slack: Slack
    responder: Responder
    clock: Clock
    app_id: str
    api_url: str
    listeners: Listeners
    follow_ups: FollowUps = field(default_factory=FollowUps)
    bolt: AsyncApp = field(init=False)

    def __post_init__(self) -> None:
        self.bolt = self._make_bolt()

    # --- in

    async def dispatch(self, inbound: Inbound) -> BoltResponse:
        """Have Bolt find the listener for what came in, and return its answer; what follows it has begun."""
        started = self.clock.monotonic()
        request = AsyncBoltRequest(body=inbound.outline(), mode="socket_mode", context={"inbound": inbound})
        response: BoltResponse = await self.bolt.async_dispatch(request)
        # Not by Bolt's lazy part: it copies the whole request for it.
        then = request.context.get("then")
        if then is not None:
            self.follow_ups.start(self._follow_up(inbound, then))
        known = inbound.name if self.listeners.find(inbound) else "of no known name"
        took = round((self.clock.monotonic() - started) * 1000)
        log.info("%s %s in %s: %d in %d ms", inbound.kind, known, inbound.team_id, response.status, took)
        return response

    def _make_bolt(self) -> AsyncApp:
        # Functions and not methods: Bolt would want to know what to pass for `self`.
        async def authorize(team_id: str, enterprise_id: str | None) -> AuthorizeResult:
            # From memory: the default asks Slack on every request. Unknown workspaces do not get this far.
            installed = self.slack.find(team_id)
            assert installed is not None, "the doors let nobody else in"
            return AuthorizeResult(
                enterprise_id=enterprise_id,
                team_id=installed.team_id,
                bot_id=installed.bot_id,
                bot_user_id=installed.bot_user_id,
            )

        async def answer(context: AsyncBoltContext, ack: AsyncAck) -> BoltResponse:
            answer = await self._answer(context["inbound"])
            context["then"] = answer.then
            if answer.again:
                return BoltResponse(status=503)
            return await ack(dict(answer.ack) if answer.ack else "")

        app = AsyncApp(
            name="countersign",
            logger=logging.getLogger("slack_bolt"),
            client=make_client(None, base_url=self.api_url, token=None),
            authorize=authorize,
            # Without it each ack waits for Bolt to look, every 10 ms, whether there is one.
            process_before_response=True,
            # Our own doors stand in front of Bolt, on the raw bytes.
            request_verification_enabled=False,
            ssl_check_enabled=False,
            url_verification_enabled=False,
            ignoring_self_events_enabled=False,
            attaching_function_token_enabled=False,
            attaching_conversation_kwargs_enabled=False,
        )
        if app.oauth_flow is not None:
            raise Misconfigured(
                "SLACK_CLIENT_ID, SLACK_CLIENT_SECRET: unset them, Bolt makes its own use of them"
            )
        # One listener of each kind, over tables of our own: Bolt tries listeners one after the other.
        for register in (
            app.command,
            app.action,
            app.view,
            app.view_closed,
            app.options,
            app.shortcut,
            app.event,
        ):
            register(_ANYTHING)(answer)
        return app

    async def _answer(self, inbound: Inbound) -> Answer:
        handler = self.listeners.find(inbound)
        if handler is None:
            log.warning("nothing listens to %s of this name", inbound.kind)
            return self.say(inbound, replies.error(texts.replies.UNKNOWN_ACTION))
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await handler(self, inbound)
        except Exception as error:
            if inbound.kind is InboundKind.EVENT:
                log.exception("an event of type %s could not be handled", inbound.name)
                return Answer(again=True)
            return self.say(inbound, self._in_words(error))

    async def _follow_up(self, inbound: Inbound, then: Callable[[], Awaitable[None]]) -> None:
        try:
            async with asyncio.timeout(_FOLLOW_UP_SECONDS):
                await then()
        except Exception as error:  # noqa: BLE001 - whatever it was, the person is told
            await self.post_ephemeral(inbound, self._in_words(error))

    def _in_words(self, error: Exception) -> Message:
        """Return what a person is told of an error, once for the whole edge."""
        match error:
            case Unreadable():
                return replies.error(texts.replies.UNKNOWN_ACTION)
            case Unconfirmed() | AlreadyDecided() | TimeoutError():
                return replies.unconfirmed()
            case Busy():
                return replies.busy()
            case SlackError() if not isinstance(error, Refused) or error.word in _TRIGGER_GONE:
                log.warning("Slack did not do it: %s", error)
                return replies.error(texts.replies.NOT_SHOWN)
            case _:
                reference = secrets.token_hex(4)
                log.error("fault %s", reference, exc_info=error)
                return replies.fault(reference)

    # --- the record

    async def run(
        self,
        inbound: Inbound,
        verb: Callable[Concatenate[Context, P], T],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T | Repeated:
        """Run a verb for the person who did something, once for each delivery of it."""
        now = self.clock.now()
        return await self.database.write(
            lambda tx: act(tx, verb, *args, by=inbound.actor, now=now, **kwargs), inbox=inbound.key
        )

    async def look(
        self,
        inbound: Inbound,
        query: Callable[Concatenate[Context, P], T],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Read something for the person who did something."""
        now = self.clock.now()
        return await self.database.read(lambda tx: act(tx, query, *args, by=inbound.actor, now=now, **kwargs))

    # --- out

    def show(self, inbound: Inbound, view: View | Denied) -> Answer:
        """Return the answer that opens a form, or says why there is none."""
        if isinstance(view, Denied):
            return self.say(inbound, replies.answer(view))
        return Answer(then=lambda: self.open(inbound, view))

    def change(self, inbound: Inbound, view: View | Denied) -> Answer:
        """Return the answer that changes the form in which something was done."""
        if isinstance(view, Denied):
            return self.say(inbound, replies.answer(view))
        return Answer(then=lambda: self.update(inbound, view))

    def say(self, inbound: Inbound, message: Message) -> Answer:
        """Return the answer that tells the person alone `message`: in the ack, where that can carry it."""
        match inbound.kind:
            case InboundKind.COMMAND:
                return Answer(ack=ephemeral(message))
            case InboundKind.SUBMISSION if input_blocks(inbound.part):  # what was typed stays
                return with_field_errors(errors_at(inbound.part, [("", message.text)]))
            case InboundKind.SUBMISSION:
                return in_its_place(message)
            case InboundKind.OPTIONS:
                return Answer(ack={"options": []})
            case InboundKind.EVENT | InboundKind.CLOSED:
                return Answer()
            case _:
                return Answer(then=lambda: self.post_ephemeral(inbound, message))

    async def post_ephemeral(self, inbound: Inbound, message: Message) -> None:
        """Tell the person, and nobody else, `message`, wherever it was that they did something.

        In a form it is another form on top, in the home a form; in a channel a message that only they see.
        Where the app has no way to write, Slack's response URL is used; where there is none, it is logged.
        """
        try:
            if inbound.trigger_id and (inbound.view is not None or inbound.is_in_home):
                await self.open(inbound, modals.message_modal(message))
                return
            if inbound.channel_id:
                await self.slack.call(
                    inbound.team_id,
                    "chat.postEphemeral",
                    channel=inbound.channel_id,
                    user=inbound.actor.user_id,
                    text=message.text,
                    blocks=list(message.blocks),
                )
                return
        except SlackError as error:
            log.info("a private answer goes another way: %s", error)
        if not (inbound.response_url and await self.responder.answer(inbound.response_url, message)):
            log.warning("a private answer did not reach anybody")

    async def tell(self, inbound: Inbound, result: Any) -> Message:
        """Return what a verb's answer says; of what was handled before, how it stands now."""
        if isinstance(result, Repeated):
            return await self.look(inbound, screens.said_before, result.subject)
        return replies.answer(result)

    async def open(self, inbound: Inbound, view: View) -> None:
        """Open a form: on top where one is open, else as the first."""
        if inbound.view is not None:
            await self.push(inbound, view)
        else:
            await self._show(inbound, "views.open", view)

    async def push(self, inbound: Inbound, view: View) -> None:
        """Put a form on top of the one in which something was done."""
        await self._show(inbound, "views.push", view)

    async def _show(self, inbound: Inbound, method: str, view: View) -> None:
        """Show a form, and try once more where nobody knows whether Slack did.

        A connection that was idle may be gone when it is used. A trigger works once, so no form opens twice;
        that it was used says that the first try did it.
        """
        given = {"trigger_id": inbound.trigger_id, "view": view}
        try:
            await self.slack.call(inbound.team_id, method, **given)
        except (Unsure, Unreached) as unknown:
            log.info("a form is tried once more: %s", unknown)
            try:
                await self.slack.call(inbound.team_id, method, **given)
            except Refused as refused:
                if refused.word != "exchanged_trigger_id":
                    raise

    async def update_below(self, inbound: Inbound, view: View) -> None:
        """Change the form below the one that was sent in, if there is one."""
        below = inbound.part.get("previous_view_id")
        if below:
            await self.slack.call(inbound.team_id, "views.update", view_id=below, view=view)

    async def update(self, inbound: Inbound, view: View) -> None:
        """Change the form in which something was done, unless it has changed since."""
        shown = inbound.view or {}
        try:
            await self.slack.call(
                inbound.team_id, "views.update", view_id=shown.get("id"), hash=shown.get("hash"), view=view
            )
        except Refused as refused:
            if refused.word not in _CHANGED_SINCE:
                raise
            log.info("a form was not changed: %s", refused.word)  # a later change of theirs builds it anew


def with_field_errors(errors: FieldErrors) -> Answer:
    """Return the answer that says at its fields what is wrong with a form; it stays open."""
    return Answer(ack={"response_action": "errors", "errors": errors})


def in_its_place(message: Message) -> Answer:
    """Return the answer that says `message` where the form was."""
    return Answer(ack={"response_action": "update", "view": modals.message_modal(message)})


def ephemeral(message: Message) -> dict[str, Any]:
    """Return a message as the answer to a command, for the person alone."""
    return {"response_type": "ephemeral", "text": message.text, "blocks": list(message.blocks)}


# --- presses ----------------------------------------------------------------------------------------

Pressed = Callable[[Edge, Inbound, Ref], Awaitable[Answer]]


def of_a_ref(pressed: Pressed) -> Handler:
    """Return the handler of buttons that are about something that is kept."""

    async def handle(edge: Edge, inbound: Inbound) -> Answer:
        ref = ref_of(inbound)
        answer = await pressed(edge, inbound, ref)
        return replace(answer, then=lambda: _then_adopt(edge, inbound, ref, answer))

    return handle


def ref_of(inbound: Inbound) -> Ref:
    """Return what a press is about. Raise Unreadable if that is nothing."""
    ref = read_press(inbound.part).ref
    if ref is None:
        raise Unreadable("about nothing")
    return ref


async def _then_adopt(edge: Edge, inbound: Inbound, ref: Ref, answer: Answer) -> None:
    try:
        if answer.then is not None:
            await answer.then()
    finally:
        await _adopt(edge, inbound, ref)


async def _adopt(edge: Edge, inbound: Inbound, ref: Ref) -> None:
    """Keep a message whose post was never confirmed as a copy of the card, so that it follows too."""
    if not inbound.is_on_message or inbound.name not in _ON_APPROVERS_CARDS:
        return
    if inbound.is_beside(ActionId.SNOOZE):  # a digest has these buttons too, and is no card of one request
        return
    team_id, channel_id, ts = inbound.team_id, inbound.channel_id, inbound.message_ts
    if await edge.database.read(delivery.is_card, team_id=team_id, channel_id=channel_id, ts=ts):
        return
    await edge.run(inbound, requests.adopt_copy, ref.id, team_id=team_id, channel_id=channel_id, ts=ts)
