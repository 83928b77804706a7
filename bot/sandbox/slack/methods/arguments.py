"""The arguments of a Web API call, what a method is, and the checks that methods share."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from bot.sandbox.slack.blocks import (
    MESSAGE_BLOCKS_TEXT_LIMIT,
    MESSAGE_TEXT_LIMIT,
    complaints_about_message,
    completed,
    text_length,
)
from bot.sandbox.slack.model import Channel, Json, Person, SlackRefusal, Workspace
from bot.sandbox.slack.state import State


class Args:
    """The arguments of a call, from a form, a query or JSON alike."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values

    def __contains__(self, name: str) -> bool:
        return self._values.get(name) is not None

    def text(self, name: str, default: str = "") -> str:
        """Return an argument as text."""
        held = self._values.get(name)
        return default if held is None else str(held)

    def required(self, name: str) -> str:
        """Return an argument that must not be empty; raises `SlackRefusal` with `invalid_arguments`."""
        held = self.text(name)
        if not held:
            raise invalid_arguments([f"missing required field: {name}"])
        return held

    def flag(self, name: str) -> bool:
        """Return an argument as a boolean."""
        return self.text(name).lower() in ("true", "1")

    def number(self, name: str, default: int, *, most: int) -> int:
        """Return an argument as a whole number from 1 to `most`."""
        held = self.text(name) or str(default)
        if not held.isdecimal() or not 1 <= int(held) <= most:
            raise SlackRefusal("invalid_limit")
        return int(held)

    def json(self, name: str, *, or_else: str) -> Any:
        """Return a JSON argument, given as text or parsed; `or_else` is the error name if it is invalid."""
        held = self._values.get(name)
        if not isinstance(held, str):
            return held
        try:
            return json.loads(held)
        except ValueError:
            raise SlackRefusal(or_else) from None


def invalid_arguments(complaints: Iterable[str]) -> SlackRefusal:
    """Return Slack's refusal of invalid arguments, with a list of what is wrong."""
    messages = [f"[ERROR] {complaint}" for complaint in complaints]
    return SlackRefusal("invalid_arguments", response_metadata={"messages": messages})


T = TypeVar("T")
Run = Callable[[State, Workspace, Args], Json]


@dataclass(frozen=True, slots=True)
class Method:
    """One method: its function, and the scope that every call needs."""

    run: Run
    scope: str | None = None


SCOPE_OF_KIND = {"public_channel": "channels", "private_channel": "groups", "im": "im", "mpim": "mpim"}


def kind_of(channel: Channel) -> str:
    """Return the kind of a channel as the argument `types` names it."""
    return "im" if channel.is_im else "private_channel" if channel.is_private else "public_channel"


def need_scope(workspace: Workspace, scope: str) -> None:
    """Refuse with `missing_scope` unless the workspace granted `scope`."""
    if scope not in workspace.scopes:
        raise SlackRefusal("missing_scope", needed=scope, provided=",".join(sorted(workspace.scopes)))


def visible_channel(state: State, workspace: Workspace, channel_id: str) -> Channel:
    """Return a channel that exists for this app; raises `SlackRefusal` with `channel_not_found`."""
    channel = state.channels.get(channel_id)
    hidden = (
        channel is None
        or not channel.known_to(workspace.id)
        or (channel.is_private and workspace.bot_user_id not in channel.members)
    )
    if channel is None or hidden:
        raise SlackRefusal("channel_not_found")
    return channel


def known_person(state: State, workspace: Workspace, person_id: str) -> Person:
    """Return a person this app can know of; raises `SlackRefusal` with `user_not_found`."""
    person = state.people.get(person_id)
    if person is None or not (person.is_stranger or state.is_person_known_to(person, workspace)):
        raise SlackRefusal("user_not_found")
    return person


def postable_channel(state: State, workspace: Workspace, channel_id: str) -> Channel:
    """Return the channel to post to; a user id means the direct message with that person."""
    if channel_id in state.people:
        person = state.people[channel_id]
        if person.deleted or not state.is_person_known_to(person, workspace):
            raise SlackRefusal("channel_not_found")
        return state.open_dm(workspace, person)
    channel = visible_channel(state, workspace, channel_id)
    if channel.archived:
        raise SlackRefusal("is_archived")
    if workspace.bot_user_id not in channel.members and "chat:write.public" not in workspace.scopes:
        raise SlackRefusal("not_in_channel")
    return channel


def checked_content(args: Args) -> tuple[str, list[Json]]:
    """Return the text and blocks of a message, checked; raises `SlackRefusal` with Slack's error."""
    text = args.text("text")
    blocks: Any = args.json("blocks", or_else="invalid_blocks_format") if "blocks" in args else []
    if not text and not blocks:
        raise SlackRefusal("no_text")
    if len(text) > MESSAGE_TEXT_LIMIT:
        raise SlackRefusal("msg_too_long")
    complaints = complaints_about_message(blocks)
    if complaints:
        messages = [f"[ERROR] {complaint}" for complaint in complaints]
        raise SlackRefusal("invalid_blocks", errors=complaints, response_metadata={"messages": messages})
    if text_length(blocks) > MESSAGE_BLOCKS_TEXT_LIMIT:
        raise SlackRefusal("msg_blocks_too_long")
    return text, completed(blocks)


def paged(found: Sequence[T], args: Args, *, default: int = 100, most: int = 1_000) -> tuple[list[T], Json]:
    """Return one page and the field with the next cursor; raises `SlackRefusal` with `invalid_cursor`."""
    size = args.number("limit", default, most=most)
    try:
        start = int(base64.b64decode(args.text("cursor"), validate=True).removeprefix(b"next:") or b"0")
    except (binascii.Error, ValueError):
        raise SlackRefusal("invalid_cursor") from None
    end = start + size
    cursor = base64.b64encode(f"next:{end}".encode()).decode() if end < len(found) else ""
    return list(found[start:end]), {"response_metadata": {"next_cursor": cursor}}
