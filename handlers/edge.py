"""From a payload of Slack to the answer and what follows it, the same over HTTP and sockets.

A handler reads what a person did, runs one verb and returns an `Answer`: what goes into Slack's ack, and what
is to be done after it. The verb has committed before the ack; calls to Slack come after it.

Bolt gets no payload, only the outline it needs to find a listener (`Inbound.outline`): it parses before it
verifies, and odd shapes make it raise. `handlers.admission` has checked each payload by then, and
handlers read it from the `Inbound`.
"""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext, AsyncBoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.response import BoltResponse

from bot.clock import Clock
from bot.domain.inbox import Repeated
from bot.errors import AlreadyDecided, Busy, Misconfigured, Unconfirmed
from bot.meta.connecting import Connector
from bot.meta.importing import Importer
from bot.services.context import Context, act, acting
from bot.services.results import Denied, Result, read_kept
from bot.slack import modals, replies, screens
from bot.slack.installing import Installer
from bot.slack.kit import Message, View, at_first_gap
from bot.slack.modals import FieldErrors
from bot.slack.modals.inputs import errors_at, input_blocks
from bot.slack.text import en as texts
from bot.slack.values import AnswerUrl, Unreadable, kept_for_answer, read_answer_url
from bot.slack.wire.calls import Refused, Slack, SlackError, Unreached, Unsure, make_client
from bot.slack.wire.inbound import Inbound, InboundKind
from bot.slack.wire.response_url import LIFE_SECONDS, Responder
from handlers.follow_ups import FollowUps
from handlers.metrics import Metrics
from handlers.open_views import OpenViews

if TYPE_CHECKING:
    from bot.store.database import Database

log = logging.getLogger(__name__)

T = TypeVar("T")
P = ParamSpec("P")

ANSWER_SECONDS = 2.8
"""How long a handler may take: Slack waits three seconds. Verbs have a shorter limit of their own."""

_ANYTHING = re.compile(r"", re.DOTALL)
_FOLLOW_UP_SECONDS = 25.0
_TRIGGER_GONE = frozenset({"expired_trigger_id", "invalid_trigger_id"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a handler answers: what Slack's ack carries, and what to do after it.

    `retry` sends no ack, so that Slack delivers once more, as it does with events.
    """

    ack: Mapping[str, Any] | None = None
    retry: bool = False
    then: Callable[[], Awaitable[None]] | None = None


CLOSES = Answer()
"""The answer to a sent modal that closes it: what came of it stands on the cards."""

Handler = Callable[["Edge", Inbound], Awaitable[Answer]]


class DoneBefore(Exception):
    """Raised when a delivery was handled before, and it is not known how it was answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listeners:
    """The handlers by what they handle: commands, shortcuts, action ids, modals, menus and events by name."""

    commands: Mapping[str, Handler]
    shortcuts: Mapping[str, Handler]
    actions: Mapping[str, Handler]
    submissions: Mapping[str, Handler]
    options: Mapping[str, Handler]
    events: Mapping[str, Handler]

    def find(self, inbound: Inbound) -> Handler | None:
        """Return the handler for an inbound, or None."""
        table = {
            InboundKind.COMMAND: self.commands,
            InboundKind.SHORTCUT: self.shortcuts,
            InboundKind.PRESS: self.actions,
            InboundKind.SUBMISSION: self.submissions,
            InboundKind.OPTIONS: self.options,
            InboundKind.EVENT: self.events,
        }.get(inbound.kind, {})
        return table.get(inbound.name)


@dataclass(kw_only=True)
class Edge:
    """What handlers work with: the store, Slack, Meta, the clock, and the ways to answer a person."""

    database: Database
    slack: Slack
    responder: Responder
    connector: Connector
    importer: Importer
    installer: Installer
    clock: Clock
    app_id: str
    api_url: str
    listeners: Listeners
    follow_ups: FollowUps = field(default_factory=FollowUps)
    open_views: OpenViews = field(default_factory=OpenViews)
    metrics: Metrics = field(default_factory=Metrics)
    bolt: AsyncApp = field(init=False)

    def __post_init__(self) -> None:
        self.bolt = self._make_bolt()

    # --- in

    async def dispatch(self, inbound: Inbound) -> BoltResponse:
        """Have Bolt call the listener, start what follows the ack, and return the answer."""
        started = self.clock.monotonic()
        request = AsyncBoltRequest(body=inbound.outline(), mode="socket_mode", context={"inbound": inbound})
        response: BoltResponse = await self.bolt.async_dispatch(request)
        # Not as Bolt's lazy listener: Bolt copies the request for it.
        self._follow(inbound, request.context.get("then"))
        known = inbound.name if self.listeners.find(inbound) else "of an unknown name"
        seconds = self.clock.monotonic() - started
        self.metrics.handled(inbound.kind, response.status, seconds)
        took = round(seconds * 1000)
        log.info("%s %s in %s: %d in %d ms", inbound.kind, known, inbound.team_id, response.status, took)
        return response

    def respond(self, inbound: Inbound, answer: Answer) -> BoltResponse:
        """Give an answer without a handler, and start what follows it."""
        self._follow(inbound, answer.then)
        return BoltResponse(status=200, body=dict(answer.ack) if answer.ack else "")

    def _follow(self, inbound: Inbound, then: Callable[[], Awaitable[None]] | None) -> None:
        if then is not None:
            self.follow_ups.start(self._follow_up(inbound, then))

    def _make_bolt(self) -> AsyncApp:
        # Functions and not methods: Bolt would want to know what to pass for `self`.
        async def authorize(team_id: str, enterprise_id: str | None) -> AuthorizeResult:
            # From memory: Bolt's default asks Slack on every request.
            installed = self.slack.find(team_id)
            assert installed is not None, "admission rejects other workspaces"
            return AuthorizeResult(
                enterprise_id=enterprise_id,
                team_id=installed.team_id,
                bot_id=installed.bot_id,
                bot_user_id=installed.bot_user_id,
            )

        async def answer(context: AsyncBoltContext, ack: AsyncAck) -> BoltResponse:
            answer = await self._answer(context["inbound"])
            context["then"] = answer.then
            if answer.retry:
                return BoltResponse(status=503)
            return await ack(dict(answer.ack) if answer.ack else "")

        app = AsyncApp(
            name="countersign",
            logger=logging.getLogger("slack_bolt"),
            client=make_client(None, base_url=self.api_url, token=None),
            authorize=authorize,
            # Without it each ack waits for Bolt to look, every 10 ms, whether there is one.
            process_before_response=True,
            # `slack_http` and `admission` check before Bolt, on the raw bytes.
            request_verification_enabled=False,
            ssl_check_enabled=False,
            url_verification_enabled=False,
            ignoring_self_events_enabled=False,
            attaching_function_token_enabled=False,
            attaching_conversation_kwargs_enabled=False,
        )
        if app.oauth_flow is not None:
            raise Misconfigured(
                "SLACK_CLIENT_ID, SLACK_CLIENT_SECRET: unset them, Bolt would set up its own OAuth with them"
            )
        # One listener of each kind, over our own tables: Bolt tries its listeners one after the other.
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
            log.warning("no handler for a %s of this name", inbound.kind)
            return self.say(inbound, replies.error(texts.replies.UNKNOWN_ACTION))
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await handler(self, inbound)
        except Exception as error:
            if inbound.kind is InboundKind.EVENT:
                log.exception("an event of type %s could not be handled", inbound.name)
                return Answer(retry=True)
            return self.say(inbound, self._message_for(error))

    async def _follow_up(self, inbound: Inbound, then: Callable[[], Awaitable[None]]) -> None:
        try:
            async with asyncio.timeout(_FOLLOW_UP_SECONDS):
                await then()
        except Exception as error:  # noqa: BLE001 - the person is told of every error
            await self.post_ephemeral(inbound, self._message_for(error))

    def _message_for(self, error: Exception) -> Message:
        """Return what a person is told about an error."""
        match error:
            case Unreadable():
                return replies.error(texts.replies.UNKNOWN_ACTION)
            case DoneBefore():
                return replies.done_before()
            case Unconfirmed() | AlreadyDecided() | TimeoutError():
                return replies.unconfirmed()
            case Busy():
                return replies.busy()
            case SlackError() if not isinstance(error, Refused) or error.word in _TRIGGER_GONE:
                log.warning("a call to Slack failed: %s", error)
                return replies.error(texts.replies.NOT_SHOWN)
            case _:
                reference = secrets.token_hex(4)
                log.error("fault %s", reference, exc_info=error)
                return replies.fault(reference)

    # --- the store

    async def run(
        self,
        inbound: Inbound,
        verb: Callable[Concatenate[Context, P], T],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run a verb for the person who acted, once per delivery: a second one gets the first one's answer.

        Raise DoneBefore if no answer was kept.
        """
        what = acting(inbound.actor, self.clock.now(), verb, *args, **kwargs)
        result = await self.database.write(what, inbox=inbound.key)
        if not isinstance(result, Repeated):
            return result
        if result.answer is None:
            raise DoneBefore
        answer: T = read_kept(result.answer)
        return answer

    async def look(
        self,
        inbound: Inbound,
        query: Callable[Concatenate[Context, P], T],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run a query for the person who acted."""
        now = self.clock.now()
        return await self.database.read(lambda tx: act(tx, query, *args, by=inbound.actor, now=now, **kwargs))

    # --- answers

    async def tell(self, inbound: Inbound, result: Result) -> Answer:
        """Return the answer that says to this person alone what came of what they did."""
        if inbound.kind is not InboundKind.PRESS:
            return self.say(inbound, await self.look(inbound, screens.answer, result))
        return self._after_ack(inbound, result)

    def _after_ack(self, inbound: Inbound, result: Result) -> Answer:
        async def said() -> None:  # put in words after the ack, which cannot carry them
            await self.post_ephemeral(inbound, await self.look(inbound, screens.answer, result))

        return Answer(then=said)

    def _no(self, inbound: Inbound, no: Denied) -> Answer:
        is_press = inbound.kind is InboundKind.PRESS
        return self._after_ack(inbound, no) if is_press else self.say(inbound, replies.answer(no))

    def show(self, inbound: Inbound, view: View | Denied) -> Answer:
        """Return the answer that opens a modal, or says why it was denied."""
        if isinstance(view, Denied):
            return self._no(inbound, view)
        url = inbound.response_url
        kept = AnswerUrl(url, int(self.clock.real().timestamp())) if url else None
        return Answer(then=lambda: self.open(inbound, kept_for_answer(view, kept)))

    def change(self, inbound: Inbound, view: View | Denied) -> Answer:
        """Return the answer that updates the modal in which the person acted, or says why it was denied."""
        if isinstance(view, Denied):
            return self._no(inbound, view)
        return Answer(then=lambda: self.update(inbound, view))

    def say(self, inbound: Inbound, message: Message) -> Answer:
        """Return the answer that shows `message` to this person alone, in the ack where that can carry it."""
        match inbound.kind:
            case InboundKind.COMMAND:
                return Answer(ack=ephemeral(message))
            case InboundKind.SUBMISSION if input_blocks(inbound.part):  # what was typed stays
                return with_field_errors(errors_at(inbound.part, [("", message.text)]))
            case InboundKind.SUBMISSION:
                return with_message(message)
            case InboundKind.OPTIONS:
                return Answer(ack={"options": []})
            case InboundKind.EVENT | InboundKind.CLOSED:
                return Answer()
            case _:
                return Answer(then=lambda: self.post_ephemeral(inbound, message))

    def close(self, inbound: Inbound, message: Message, *, is_shown: bool) -> Answer:
        """Return the answer to a sent form that closes it and says `message` where the form was opened.

        In the home, or once Slack takes no answer there any more, nothing can be said beside it: `message`
        takes the form's place unless it `is_shown`.
        """
        kept = read_answer_url(inbound.part)
        if kept is None or self.clock.real().timestamp() - kept.at > LIFE_SECONDS:
            return CLOSES if is_shown else with_message(message)

        async def said() -> None:
            if not await self.responder.answer(kept.url, message):
                log.warning("the answer to a form could not be delivered")

        return Answer(then=said)

    async def post_ephemeral(self, inbound: Inbound, message: Message) -> None:
        """Show `message` to this person alone, where they acted.

        In a channel that is an ephemeral message, in the thread if it was in one; elsewhere (a modal, the
        home tab, a shortcut) a modal, on top if one is open. Where the app cannot write, it uses Slack's
        response URL, and in a channel where nobody can, as in an archived one, a modal.
        """
        try:
            if inbound.trigger_id and not inbound.channel_id:
                await self.open(inbound, modals.message_modal(message))
                return
            if inbound.channel_id:
                await self.slack.call(
                    inbound.team_id,
                    "chat.postEphemeral",
                    channel=inbound.channel_id,
                    user=inbound.actor.user_id,
                    thread_ts=inbound.thread_ts,
                    text=message.text,
                    blocks=list(message.blocks),
                )
                return
        except SlackError as error:
            log.info("an ephemeral answer goes to the response URL instead: %s", error)
        url = inbound.response_url
        if url and await self.responder.answer(url, message, thread_ts=inbound.thread_ts):
            return
        try:
            await self.open(inbound, modals.message_modal(message))
        except SlackError as error:
            log.warning("an ephemeral answer could not be delivered: %s", error)

    async def open(self, inbound: Inbound, view: View) -> None:
        """Open a modal, on top of the one that is open."""
        if inbound.view is not None:
            await self.push(inbound, view)
        else:
            await self.open_first(inbound, view)

    async def open_first(self, inbound: Inbound, view: View) -> Inbound:
        """Open a modal where none is open. Return the inbound as if it had happened in it, for updates."""
        opened = await self._show(inbound, "views.open", view)
        return replace(inbound, body={**inbound.body, "view": opened})

    async def push(self, inbound: Inbound, view: View) -> None:
        """Open a modal on top of the one in which the person acted."""
        await self._show(inbound, "views.push", view)

    async def _show(self, inbound: Inbound, method: str, view: View) -> View | None:
        """Open a modal, and try once more when it is unknown whether Slack did. Return it as Slack has it.

        A connection that was idle may be closed when it is used. A trigger works once, so no modal opens
        twice: one that is used has opened it, at the first try or for the same press delivered before.
        """
        if not inbound.trigger_id:  # what came without one opens nothing: Slack need not be asked
            raise Refused(method, "invalid_trigger_id")
        given = {"trigger_id": inbound.trigger_id, "view": at_first_gap(view)}
        try:
            try:
                answer = await self.slack.call(inbound.team_id, method, **given)
            except (Unsure, Unreached) as unknown:
                log.info("opening a modal is tried once more: %s", unknown)
                answer = await self.slack.call(inbound.team_id, method, **given)
        except Refused as refused:
            if refused.word != "exchanged_trigger_id":
                raise
            return None
        return answer.get("view")

    async def update_below(self, inbound: Inbound, view: View) -> None:
        """Change the form below the one that was sent in, if there is one."""
        below = inbound.part.get("previous_view_id")
        if below:
            await self._update(inbound, {"view_id": str(below), "view": view})

    async def update(self, inbound: Inbound, view: View) -> None:
        """Update the modal in which the person acted, unless they have acted in it since or closed it."""
        shown = inbound.view or {}
        view_id = str(shown.get("id"))
        async with self.open_views.turn(view_id, inbound.part) as is_newest:
            if not is_newest:
                return
            given = {"view_id": view_id, "view": kept_for_answer(view, read_answer_url(shown))}
            try:
                seen = shown.get("hash")
                await self._update(inbound, given | {"hash": None if seen is None else str(seen)})
            except Refused as refused:
                if refused.word != "hash_conflict":
                    raise
                # An earlier action has changed it meanwhile; what was entered by now is in this one.
                await self._update(inbound, given)

    async def _update(self, inbound: Inbound, given: Mapping[str, Any]) -> None:
        """Change a modal, unless somebody has closed it."""
        try:
            await self.slack.call(inbound.team_id, "views.update", **given)
        except Refused as refused:
            if refused.word != "not_found":
                raise
            log.info("a modal was closed before it was updated")


def with_field_errors(errors: FieldErrors) -> Answer:
    """Return the answer that shows field errors; the modal stays open."""
    return Answer(ack={"response_action": "errors", "errors": errors})


def with_view(view: View) -> Answer:
    """Return the answer to a sent modal that shows another one in its place."""
    return Answer(ack={"response_action": "update", "view": view})


def with_message(message: Message) -> Answer:
    """Return the answer to a sent modal that shows a message in its place."""
    return with_view(modals.message_modal(message))


def ephemeral(message: Message) -> dict[str, Any]:
    """Return a message as the answer to a command that only this person sees."""
    return {"response_type": "ephemeral", "text": message.text, "blocks": list(message.blocks)}
