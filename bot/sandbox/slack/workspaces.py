"""A strict Slack on one's own machine: real Bolt and the real SDK talk to it over HTTP and WebSocket.

`LocalSlack` holds several workspaces with one app installed in them, serves the Web API, Socket Mode and
response URLs, and offers what a person does in Slack as verbs. It knows nothing of the app it serves.
What Slack would refuse it refuses, with Slack's error name.

    slack = LocalSlack(clock=Clock(), app=App(commands=("/access",)))
    agency = slack.add_workspace("Northwind", domain="northwind")
    ann = slack.add_person(agency, "ann")
    room = slack.add_channel(agency, "approvals", members=[ann])
    async with slack.serve():
        ...  # start the app with slack.api_url and agency.bot_token
        await slack.command(ann, room, "/access", "help")
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Self, TypeVar

from starlette.applications import Starlette
from starlette.routing import BaseRoute

from bot.clock import Clock, PushedClock
from bot.sandbox.slack import payloads
from bot.sandbox.slack.answers import TROUBLE, command_answered, options_answered, view_answered
from bot.sandbox.slack.api import Api, Call
from bot.sandbox.slack.delivery import Courier, Delivered, Delivery, Forgery, Kind
from bot.sandbox.slack.elements import (
    Picked,
    action,
    find_element,
    held_options,
    missing_inputs,
    overflow_choice,
    picked_state,
    starting_state,
)
from bot.sandbox.slack.faults import Faults, Limits
from bot.sandbox.slack.feed import Change
from bot.sandbox.slack.model import (
    App,
    CannotDo,
    Channel,
    Json,
    Message,
    Person,
    ResponseUrl,
    View,
    Way,
    Workspace,
)
from bot.sandbox.slack.server import Address, Wire, serving
from bot.sandbox.slack.sockets import Connection, Sockets
from bot.sandbox.slack.state import State

__all__ = [
    "App",
    "CannotDo",
    "Channel",
    "Delivered",
    "Delivery",
    "Forgery",
    "Kind",
    "LocalSlack",
    "Message",
    "Person",
    "View",
    "Way",
    "Workspace",
]

ACK_SECONDS = 3.0
Seen = TypeVar("Seen")


class LocalSlack(State):
    """The whole of it: state, server, and what people do."""

    def __init__(
        self, *, clock: Clock, app: App | None = None, ack_seconds: float = ACK_SECONDS, limits: bool = True
    ) -> None:
        """Hold nothing yet; `limits` keeps callers to Slack's rates (generously)."""
        super().__init__(clock=clock, app=app or App())
        self._wire: Wire | None = None
        self.faults = Faults()
        self.sockets = Sockets(state=self, cut=self._cut)
        self._courier = Courier(state=self, sockets=self.sockets, ack_seconds=ack_seconds)
        self._api = Api(
            state=self,
            faults=self.faults,
            limits=Limits() if limits else None,
            new_socket_url=self._new_socket_url,
            cut=self._cut,
        )
        self._offered: dict[tuple[str, str, str, str], list[Json]] = {}
        if isinstance(clock, PushedClock):
            clock.on_push(lambda: self.tell(Change.CLOCK))

    # --- serving -----------------------------------------------------------------------------------

    @contextlib.asynccontextmanager
    async def serve(self, *, port: int = 0, routes: Sequence[BaseRoute] = ()) -> AsyncIterator[Self]:
        """Serve on 127.0.0.1 in this event loop until the block ends; `routes` are served beside Slack's."""
        served = Starlette(routes=[*self._api.routes(), self.sockets.route(), *routes])
        async with serving(served, port=port) as wire:
            self._wire = wire
            try:
                yield self
            finally:
                self.faults.clear()
                await self._courier.close()
                self._wire = None

    @property
    def base_url(self) -> str:
        """Return the server's address, with a slash at its end."""
        if self._wire is None:
            raise RuntimeError("the local Slack is not being served")
        return f"http://127.0.0.1:{self._wire.port}/"

    @property
    def api_url(self) -> str:
        """Return the `base_url` for a Web API client."""
        return f"{self.base_url}api/"

    def _cut(self, client: Address | None) -> None:
        if self._wire is not None:
            self._wire.cut(client)

    def _new_socket_url(self) -> str:
        root = self.base_url.replace("http", "ws", 1)
        return f"{root}link?ticket={self.sockets.new_ticket()}&app_id={self.app.id}"

    # --- looking back ------------------------------------------------------------------------------

    @property
    def calls(self) -> list[Call]:
        """Return every call of the Web API so far."""
        return self._api.calls

    def calls_of(self, method: str) -> list[Call]:
        """Return the calls of one method so far; `response_url` names the answers to response URLs."""
        return [call for call in self._api.calls if call.method == method]

    @property
    def deliveries(self) -> list[Delivery]:
        """Return everything sent to the app so far."""
        return self._courier.deliveries

    async def until(self, condition: Callable[[], Seen], *, seconds: float = 3.0) -> Seen:
        """Wait until something moves that makes `condition` true, and return what it gave.

        Raises `TimeoutError` after `seconds`.
        """
        with self.subscribe() as feed:
            async with asyncio.timeout(seconds):
                while not (seen := condition()):
                    await feed.next()
        return seen

    async def connected(self, count: int = 1, *, seconds: float = 3.0) -> None:
        """Wait until the app has opened `count` sockets."""
        await self.until(lambda: self.sockets.count >= count, seconds=seconds)

    # --- slash commands ----------------------------------------------------------------------------

    async def command(self, person: Person, channel: Channel, name: str, text: str = "") -> Delivered:
        """Type a slash command into a channel."""
        payload, issued = self._command(person, channel, name, text)
        delivered = await self._courier.send(Kind.COMMAND, payload, team_id=issued.team_id)
        return command_answered(self._api, issued, delivered)

    def payload_command(self, person: Person, channel: Channel, name: str, text: str = "") -> Json:
        """Build what `command` would send."""
        return self._command(person, channel, name, text)[0]

    def _command(self, person: Person, channel: Channel, name: str, text: str) -> tuple[Json, ResponseUrl]:
        self._check_in(person, channel)
        workspace = self.workspaces.get(person.team_id)
        if (
            workspace is None
            or not workspace.installed
            or (self.app.commands and name not in self.app.commands)
        ):
            raise CannotDo(f"{name} is not a valid command")
        issued = self.new_response_url(team_id=workspace.id, channel=channel, person=person)
        url = self._response_url("commands", issued)
        payload = payloads.command(self, workspace, person, channel, name=name, text=text.strip(), url=url)
        return payload, issued

    def _response_url(self, kind: str, issued: ResponseUrl) -> str:
        return f"{self.base_url}{kind}/{issued.team_id}/{issued.secret}"

    # --- pressing, choosing, typing ----------------------------------------------------------------

    async def click(
        self,
        person: Person,
        where: Message | View,
        action_id: str,
        *,
        block_id: str | None = None,
        value: str | None = None,
        selected: Picked = None,
        confirm: bool = True,
    ) -> Delivered:
        """Press a button, or choose `selected` in a menu, in what this person sees.

        `value` tells apart buttons with one action id; `confirm` answers the dialog of one that has it.
        Raises `CannotDo` where the person sees no such thing.
        """
        block, element, chosen = self._press(
            person, where, action_id, block_id=block_id, value=value, selected=selected
        )
        if "confirm" in element and not confirm:
            return Delivered()
        return await self._act(person, where, block, element, chosen)

    async def set_value(
        self,
        person: Person,
        where: Message | View,
        action_id: str,
        value: Picked,
        *,
        block_id: str | None = None,
    ) -> Delivered:
        """Type or choose a value (of an option: its `value`; several: a list); None empties it.

        Sends `block_actions` only where Slack does: outside input blocks, or with `dispatch_action`.
        """
        block, element, chosen = self._press(person, where, action_id, block_id=block_id, selected=value)
        if block["type"] == "input" and not block.get("dispatch_action", False):
            self._keep(person, where, block, element, chosen)
            return Delivered()
        return await self._act(person, where, block, element, chosen)

    def payload_click(
        self,
        person: Person,
        where: Message | View,
        action_id: str,
        *,
        block_id: str | None = None,
        value: str | None = None,
        selected: Picked = None,
    ) -> Json:
        """Build what `click` would send, changing nothing that people see."""
        block, element, chosen = self._press(
            person, where, action_id, block_id=block_id, value=value, selected=selected
        )
        return self._action_payload(person, where, block, element, chosen)

    async def suggest(
        self,
        person: Person,
        where: Message | View,
        action_id: str,
        query: str = "",
        *,
        block_id: str | None = None,
    ) -> Delivered:
        """Open an external menu, or type into it; the answer's `options` can then be chosen."""
        payload = self.payload_suggest(person, where, action_id, query, block_id=block_id)
        sent = await self._courier.send(Kind.OPTIONS, payload, team_id=where.team_id)
        delivered = options_answered(sent)
        key = (person.id, _key(where), payload["block_id"], action_id)
        self._offered[key] = list(delivered.options)
        return delivered

    def payload_suggest(
        self,
        person: Person,
        where: Message | View,
        action_id: str,
        query: str = "",
        *,
        block_id: str | None = None,
    ) -> Json:
        """Build what `suggest` would send."""
        self._check_sees(person, where)
        block, element = find_element(where.blocks, action_id=action_id, block_id=block_id)
        if element["type"] not in ("external_select", "multi_external_select"):
            raise CannotDo(f"{action_id!r} is a {element['type']}")
        return payloads.suggestion(
            self, person, where, block_id=block["block_id"], action_id=action_id, query=query
        )

    def _press(
        self,
        person: Person,
        where: Message | View,
        action_id: str,
        *,
        block_id: str | None,
        value: str | None = None,
        selected: Picked = None,
    ) -> tuple[Json, Json, Json | None]:
        """Find the element and what choosing in it means: (block, element, what was chosen)."""
        self._check_sees(person, where)
        block, element = find_element(where.blocks, action_id=action_id, block_id=block_id, value=value)
        if element["type"] == "button":
            return block, element, None
        if element["type"] == "overflow":
            return block, element, overflow_choice(element, selected)
        key = (person.id, _key(where), block["block_id"], action_id)
        kept = held_options(self._state_of(person, where), block=block, element=element)
        return block, element, picked_state(element, selected, offered=[*self._offered.get(key, []), *kept])

    def _keep(
        self, person: Person, where: Message | View, block: Json, element: Json, chosen: Json | None
    ) -> None:
        if chosen is None or element["type"] in ("button", "overflow"):
            return
        state = self._state_of(person, where)
        state[block["block_id"]][element["action_id"]] = chosen
        if isinstance(where, View):
            where.errors.pop(block["block_id"], None)
            self.view_touched(where)

    def _state_of(self, person: Person, where: Message | View) -> Json:
        if isinstance(where, View):
            return where.state
        return where.states.setdefault(person.id, starting_state(where.blocks))

    async def _act(
        self, person: Person, where: Message | View, block: Json, element: Json, chosen: Json | None
    ) -> Delivered:
        self._keep(person, where, block, element, chosen)
        payload = self._action_payload(person, where, block, element, chosen)
        if self.workspace(where.team_id).installed:
            delivered = await self._courier.send(Kind.INTERACTIVE, payload, team_id=where.team_id)
        else:
            delivered = Delivered(
                error="unreachable", detail="the app is no longer installed", payload=payload
            )
        place = (block["block_id"], element["action_id"])
        if isinstance(where, View):
            where.trouble = None if delivered.ok else TROUBLE
            self.view_touched(where)
            return delivered if delivered.ok else replace(delivered, error="trouble_connecting")
        where.troubles.discard(place)
        if delivered.ok:
            return delivered
        where.troubles.add(place)
        self.changed(where)
        return replace(delivered, error="warning")

    def _action_payload(
        self, person: Person, where: Message | View, block: Json, element: Json, chosen: Json | None
    ) -> Json:
        at = f"{self.clock.real().timestamp():.6f}"
        entry = action(block, element, chosen=chosen, at=at)
        if isinstance(where, View):
            return payloads.view_action(self, person, where, actions=[entry])
        issued = self.new_response_url(
            team_id=where.team_id, channel=self.channel(where.channel_id), person=person, message=where
        )
        url = self._response_url("actions", issued)
        values = self._state_of(person, where)
        return payloads.message_action(self, person, where, actions=[entry], values=values, url=url)

    # --- modals and App Home -----------------------------------------------------------------------

    async def submit(self, person: Person, view: View) -> Delivered:
        """Press a modal's submit button; Slack's own client objects first to what is missing."""
        self._check_sees(person, view)
        if view.submit is None or view.body.get("submit_disabled", False):
            raise CannotDo("this view has no submit button to press")
        missing = missing_inputs(view.blocks, view.state)
        if missing:
            view.errors = missing
            self.view_touched(view)
            return Delivered(error="required", detail=str(missing))
        payload = self.payload_submit(person, view)
        delivered = await self._courier.send(Kind.INTERACTIVE, payload, team_id=view.team_id)
        return view_answered(self, view, delivered)

    def payload_submit(self, person: Person, view: View) -> Json:
        """Build what `submit` would send."""
        self._check_sees(person, view)
        return payloads.submission(self, person, view)

    async def close(self, person: Person, view: View, *, cleared: bool = False) -> Delivered:
        """Close a modal; `cleared` closes the whole stack, as does a view with `clear_on_close`.

        The app hears of it only where it asked for `notify_on_close`.
        """
        payload = self.payload_close(person, view, cleared=cleared)
        everything = payload["is_cleared"]
        self.close_views(self.views(person) if everything else [view])
        if not view.body.get("notify_on_close", False):
            return Delivered()
        delivered = await self._courier.send(Kind.INTERACTIVE, payload, team_id=view.team_id)
        return replace(delivered, error=None)

    def payload_close(self, person: Person, view: View, *, cleared: bool = False) -> Json:
        """Build what `close` would send."""
        self._check_sees(person, view)
        everything = cleared or view.body.get("clear_on_close", False)
        return payloads.closing(self, person, view, cleared=everything)

    async def open_home(self, person: Person) -> Delivered:
        """Open the app's Home tab."""
        self._check_active(person)
        workspace = self.workspace(person.team_id)
        return await self._event(workspace, payloads.home_opened(self, workspace, person))

    # --- talking, coming and going -----------------------------------------------------------------

    async def say(
        self, person: Person, channel: Channel, text: str, *, thread_ts: str | None = None
    ) -> Message:
        """Write a message; the app hears of it where it subscribed to the channel's messages."""
        self._check_in(person, channel)
        if channel.archived:
            raise CannotDo("the channel is archived")
        message = self.post(channel, team_id=person.team_id, user=person.id, text=text, thread_ts=thread_ts)
        heard = (
            "message.im" if channel.is_im else "message.groups" if channel.is_private else "message.channels"
        )
        await self._channel_event(channel, payloads.said(message, channel), subscribed=heard)
        return message

    async def delete_message(self, message: Message) -> None:
        """Delete a message, as its author, an admin or (ephemeral) its reader can."""
        self.delete(message)

    async def archive(self, channel: Channel) -> None:
        """Archive a channel."""
        channel.archived = True
        self.tell(Change.CHANNEL, team_id=channel.team_id, channel_id=channel.id)
        inner = {"type": "channel_archive", "channel": channel.id, "event_ts": self.new_ts()}
        await self._channel_event(channel, inner)

    async def unarchive(self, channel: Channel) -> None:
        """Bring an archived channel back."""
        channel.archived = False
        self.tell(Change.CHANNEL, team_id=channel.team_id, channel_id=channel.id)
        inner = {"type": "channel_unarchive", "channel": channel.id, "event_ts": self.new_ts()}
        await self._channel_event(channel, inner)

    async def join(self, person: Person, channel: Channel) -> None:
        """Come into a channel."""
        self._check_active(person)
        channel.members.add(person.id)
        self.tell(Change.CHANNEL, team_id=channel.team_id, channel_id=channel.id, person_id=person.id)
        await self._channel_event(channel, payloads.membership(self, channel, person, joined=True))

    async def leave(self, person: Person, channel: Channel) -> None:
        """Go out of a channel."""
        channel.members.discard(person.id)
        self.tell(Change.CHANNEL, team_id=channel.team_id, channel_id=channel.id, person_id=person.id)
        await self._channel_event(channel, payloads.membership(self, channel, person, joined=False))

    def invite_bot(self, channel: Channel, workspace: Workspace | None = None) -> None:
        """Bring a workspace's bot (the channel's own unless named) into a channel."""
        channel.members.add((workspace or self.workspace(channel.team_id)).bot_user_id)
        self.tell(Change.CHANNEL, team_id=channel.team_id, channel_id=channel.id)

    def remove_bot(self, channel: Channel, workspace: Workspace | None = None) -> None:
        """Take a workspace's bot (the channel's own unless named) out of a channel."""
        channel.members.discard((workspace or self.workspace(channel.team_id)).bot_user_id)
        self.tell(Change.CHANNEL, team_id=channel.team_id, channel_id=channel.id)

    async def deactivate(self, person: Person) -> Delivered:
        """Deactivate somebody's account: they can do nothing more, and the app is told."""
        return await self.change_person(person, deleted=True)

    async def change_person(self, person: Person, **profile: Any) -> Delivered:
        """Change fields of a person, and tell the app."""
        for name, value in profile.items():
            if name not in Person.__slots__:
                raise TypeError(f"a person has no {name}")
            setattr(person, name, value)
        self.tell(Change.PERSON, team_id=person.team_id, person_id=person.id)
        workspace = self.workspace(person.team_id)
        return await self._event(workspace, payloads.user_changed(self, workspace, person))

    # --- the app's place in a workspace ------------------------------------------------------------

    async def uninstall(
        self, workspace: Workspace, *, events: Sequence[str] = ("tokens_revoked", "app_uninstalled")
    ) -> list[Delivered]:
        """Remove the app from a workspace; `events` says which the app hears of, and in which order."""
        workspace.installed = False
        workspace.token_error = "account_inactive"  # noqa: S105 - Slack's error name, not a token
        return [await self._tell_gone(workspace, name) for name in events]

    async def revoke_token(self, workspace: Workspace, *, tell: bool = False) -> Delivered | None:
        """Make the bot token stop working (`token_revoked`), with or without an event."""
        workspace.token_error = "token_revoked"  # noqa: S105 - Slack's error name, not a token
        return await self._tell_gone(workspace, "tokens_revoked") if tell else None

    def restore_token(self, workspace: Workspace) -> None:
        """Make the bot token work again."""
        workspace.installed = True
        workspace.token_error = None

    async def _tell_gone(self, workspace: Workspace, name: str) -> Delivered:
        inner: Json = {"type": name}
        if name == "tokens_revoked":
            inner["tokens"] = {"oauth": [], "bot": [workspace.bot_user_id]}
        payload = payloads.event(self, workspace, inner)
        return await self._courier.send(Kind.EVENT, payload, team_id=workspace.id)

    # --- events ------------------------------------------------------------------------------------

    def payload_event(self, workspace: Workspace, inner: Mapping[str, Any]) -> Json:
        """Build the outer event around any inner one."""
        return payloads.event(self, workspace, dict(inner))

    async def _event(self, workspace: Workspace, inner: Json, *, subscribed: str | None = None) -> Delivered:
        if (subscribed or inner["type"]) not in self.app.events or not workspace.installed:
            return Delivered(detail=f"not subscribed to {subscribed or inner['type']}")
        payload = payloads.event(self, workspace, inner)
        return await self._courier.send(Kind.EVENT, payload, team_id=workspace.id)

    async def _channel_event(self, channel: Channel, inner: Json, *, subscribed: str | None = None) -> None:
        for workspace in self.workspaces.values():
            if workspace.bot_user_id in channel.members:
                await self._event(workspace, inner, subscribed=subscribed)

    # --- forging and repeating ---------------------------------------------------------------------

    async def send_payload(
        self, kind: Kind, payload: Json, *, team_id: str | None = None, forgery: Forgery | None = None
    ) -> Delivered:
        """Send any payload, true or altered, as Slack would send it but for `forgery` (HTTP only).

        Nothing is made of the answer: `error` is `timeout`, `unreachable` or `refused`.
        """
        return await self._courier.send(kind, payload, team_id=team_id, forgery=forgery)

    async def redeliver(
        self,
        delivery: Delivery | None = None,
        *,
        times: int = 1,
        retry: bool = False,
        connection: Connection | None = None,
    ) -> list[Delivered]:
        """Deliver something (the last, unless named) again: the same bytes, or the same envelope.

        `retry` sends an event as Slack's own retry of it: signed again, or in a new envelope, and numbered.
        """
        latest = delivery or self.deliveries[-1]
        found = []
        for _ in range(times):
            found.append(await self._courier.again(latest, retry=retry, connection=connection))
            latest = self.deliveries[-1]
        return found

    # --- who may try what --------------------------------------------------------------------------

    def _check_active(self, person: Person) -> None:
        if person.deleted:
            raise CannotDo(f"{person.name} is deactivated")

    def _check_in(self, person: Person, channel: Channel) -> None:
        self._check_active(person)
        if person.id not in channel.members:
            raise CannotDo(f"{person.name} is not in #{channel.name}")

    def _check_sees(self, person: Person, where: Message | View) -> None:
        self._check_active(person)
        if isinstance(where, View):
            on_top = where.type == "home" or self.top_view(person) is where
            if where.user_id != person.id or not where.is_open or not on_top:
                raise CannotDo(f"{person.name} does not see this view")
            return
        self._check_in(person, self.channel(where.channel_id))
        if where.deleted or where.ephemeral_to not in (None, person.id):
            raise CannotDo(f"{person.name} does not see this message")


def _key(where: Message | View) -> str:
    return where.id if isinstance(where, View) else f"{where.channel_id} {where.ts}"
