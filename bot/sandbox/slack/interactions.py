"""What a person does with what the app shows: slash commands, buttons, menus, fields, modals, App Home."""

from __future__ import annotations

from dataclasses import replace

from bot.sandbox.slack import payloads
from bot.sandbox.slack.answers import CONNECTION_BANNER, command_answered, options_answered, view_answered
from bot.sandbox.slack.delivery import Delivered, Kind
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
from bot.sandbox.slack.model import CannotDo, Channel, Json, Message, Person, ResponseUrl, View
from bot.sandbox.slack.runtime import Runtime

_LEAST_TYPED = 3
"""From how many characters on an external menu asks for options, where the app does not say."""


class Interactions(Runtime):
    """Send what people do with the app's messages and views, and show what the app answers."""

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
        self._check_writes(person, channel)
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

    # --- shortcuts ---------------------------------------------------------------------------------

    async def use_shortcut(
        self, person: Person, callback_id: str, *, message: Message | None = None
    ) -> Delivered:
        """Choose a shortcut of the app: a global one, or one of those on a `message`."""
        payload = self.payload_shortcut(person, callback_id, message=message)
        return await self._courier.send(Kind.INTERACTIVE, payload, team_id=payload["team"]["id"])

    def payload_shortcut(self, person: Person, callback_id: str, *, message: Message | None = None) -> Json:
        """Build what `use_shortcut` would send. Raise `CannotDo` for one that is not offered there."""
        kind = "global" if message is None else "message"
        offered = {(one["type"], one["callback_id"]) for one in self.app.shortcuts}
        workspace = self.workspaces.get(person.team_id)
        if (kind, callback_id) not in offered or workspace is None or not workspace.installed:
            raise CannotDo(f"no {kind} shortcut {callback_id!r} is offered here")
        if message is None:
            return payloads.global_shortcut(self, person, workspace.id, callback_id=callback_id)
        channel = self.channel(message.channel_id)
        self._check_in(person, channel)
        issued = self.new_response_url(team_id=workspace.id, channel=channel, person=person, message=message)
        url = self._response_url("actions", issued)
        return payloads.message_shortcut(
            self, person, workspace.id, message, callback_id=callback_id, url=url
        )

    # --- buttons, menus and inputs -----------------------------------------------------------------

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
        """Click a button, or choose `selected` in a menu, in a message or view that this person sees.

        `value` distinguishes buttons with the same action id; `confirm` is the answer to a confirm dialog.
        Raise `CannotDo` if the person does not see such an element.
        """
        block, element, chosen = self._find(
            person, where, action_id, block_id=block_id, value=value, selected=selected
        )
        if "confirm" in element and not confirm:
            return Delivered()
        return await self._send_action(person, where, block, element, chosen)

    async def set_value(
        self,
        person: Person,
        where: Message | View,
        action_id: str,
        value: Picked,
        *,
        block_id: str | None = None,
    ) -> Delivered:
        """Type or choose a value (of an option its `value`, of several a list); None clears the element.

        Sends `block_actions` only where Slack does: outside input blocks, or with `dispatch_action`.
        """
        block, element, chosen = self._find(person, where, action_id, block_id=block_id, selected=value)
        if block["type"] == "input" and not block.get("dispatch_action", False):
            self._store(person, where, block, element, chosen)
            return Delivered()
        return await self._send_action(person, where, block, element, chosen)

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
        """Build what `click` would send, without changing what people see."""
        block, element, chosen = self._find(
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
        """Open an external menu, or type into it; the `options` of the answer can then be chosen."""
        payload = self.payload_suggest(person, where, action_id, query, block_id=block_id)
        sent = await self._courier.send(Kind.OPTIONS, payload, team_id=where.team_id)
        delivered = options_answered(sent)
        key = (person.id, _key(where), payload["block_id"], action_id)
        self.offered[key] = list(delivered.options)
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
        least = element.get("min_query_length", _LEAST_TYPED)
        if len(query) < least:
            raise CannotDo(f"{action_id!r} asks for its options from {least} characters on")
        return payloads.suggestion(
            self, person, where, block_id=block["block_id"], action_id=action_id, query=query
        )

    def _find(
        self,
        person: Person,
        where: Message | View,
        action_id: str,
        *,
        block_id: str | None,
        value: str | None = None,
        selected: Picked = None,
    ) -> tuple[Json, Json, Json | None]:
        """Return the block, the element, and the state after `selected` was chosen in it."""
        self._check_sees(person, where)
        block, element = find_element(where.blocks, action_id=action_id, block_id=block_id, value=value)
        if element["type"] == "button":
            return block, element, None
        if element["type"] == "overflow":
            return block, element, overflow_choice(element, selected)
        key = (person.id, _key(where), block["block_id"], action_id)
        chosen_before = held_options(self._state_of(person, where), block=block, element=element)
        offered = [*self.offered.get(key, []), *chosen_before]
        return block, element, picked_state(element, selected, offered=offered)

    def _store(
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

    async def _send_action(
        self, person: Person, where: Message | View, block: Json, element: Json, chosen: Json | None
    ) -> Delivered:
        self._store(person, where, block, element, chosen)
        payload = self._action_payload(person, where, block, element, chosen)
        if self.workspace(where.team_id).installed:
            delivered = await self._courier.send(Kind.INTERACTIVE, payload, team_id=where.team_id)
        else:
            delivered = Delivered(
                error="unreachable", detail="the app is no longer installed", payload=payload
            )
        place = (block["block_id"], element["action_id"])
        if isinstance(where, View):
            where.banner = None if delivered.ok else CONNECTION_BANNER
            self.view_touched(where)
            return delivered if delivered.ok else replace(delivered, error="trouble_connecting")
        where.warnings.discard(place)
        if delivered.ok:
            return delivered
        where.warnings.add(place)
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
        """Click a modal's submit button; Slack's own client first checks for missing and invalid values."""
        self._check_sees(person, view)
        if view.submit is None or view.body.get("submit_disabled", False):
            raise CannotDo("this view has no submit button to click")
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

        The app is told only for a view with `notify_on_close`.
        """
        payload = self.payload_close(person, view, cleared=cleared)
        cleared = payload["is_cleared"]
        self.close_views(self.views(person) if cleared else [view])
        if not view.body.get("notify_on_close", False):
            return Delivered()
        delivered = await self._courier.send(Kind.INTERACTIVE, payload, team_id=view.team_id)
        return replace(delivered, error=None)

    def payload_close(self, person: Person, view: View, *, cleared: bool = False) -> Json:
        """Build what `close` would send."""
        self._check_sees(person, view)
        cleared = cleared or view.body.get("clear_on_close", False)
        return payloads.closing(self, person, view, cleared=cleared)

    async def open_home(self, person: Person) -> Delivered:
        """Open the app's Home tab."""
        self._check_active(person)
        workspace = self.workspace(person.team_id)
        return await self._event(workspace, payloads.home_opened(self, workspace, person))


def _key(where: Message | View) -> str:
    return where.id if isinstance(where, View) else f"{where.channel_id} {where.ts}"
