"""The Web API's methods: what each checks, in Slack's order and with Slack's error names, and what it does.

Names and limits follow Slack's method reference. A method gets the workspace its token belongs to and the
arguments; it returns the answer without `ok`, or raises `Refused`.
"""

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
    METADATA_BYTES_LIMIT,
    VIEW_BYTES_LIMIT,
    Surface,
    complaints_about_message,
    complaints_about_view,
    completed,
    text_length,
    view_bytes,
)
from bot.sandbox.slack.elements import starting_state
from bot.sandbox.slack.model import Channel, Json, Message, Person, Refused, View, Workspace
from bot.sandbox.slack.shapes import bot_user_json, channel_json, message_json, user_json, view_json
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
        """Return an argument that must be there; raises `Refused` with `invalid_arguments`."""
        held = self.text(name)
        if not held:
            raise invalid_arguments([f"missing required field: {name}"])
        return held

    def flag(self, name: str) -> bool:
        """Return an argument as yes or no."""
        return self.text(name).lower() in ("true", "1")

    def number(self, name: str, default: int, *, most: int) -> int:
        """Return an argument as a whole number from 1 to `most`."""
        held = self.text(name) or str(default)
        if not held.isdecimal() or not 1 <= int(held) <= most:
            raise Refused("invalid_limit")
        return int(held)

    def json(self, name: str, *, or_else: str) -> Any:
        """Return an argument that is JSON, written out or already parsed; `or_else` names the refusal."""
        held = self._values.get(name)
        if not isinstance(held, str):
            return held
        try:
            return json.loads(held)
        except ValueError:
            raise Refused(or_else) from None


def invalid_arguments(complaints: Iterable[str]) -> Refused:
    """Return Slack's refusal of arguments that do not fit, with what is wrong."""
    messages = [f"[ERROR] {complaint}" for complaint in complaints]
    return Refused("invalid_arguments", response_metadata={"messages": messages})


T = TypeVar("T")
Run = Callable[[State, Workspace, Args], Json]


@dataclass(frozen=True, slots=True)
class Method:
    """One method: its work, and the scope it needs (where it is the same for every call)."""

    run: Run
    scope: str | None = None


# --- shared checks ----------------------------------------------------------------------------------

_KINDS = {"public_channel": "channels", "private_channel": "groups", "im": "im", "mpim": "mpim"}


def _kind(channel: Channel) -> str:
    return "im" if channel.is_im else "private_channel" if channel.is_private else "public_channel"


def need_scope(workspace: Workspace, scope: str) -> None:
    """Refuse with `missing_scope` unless the workspace granted `scope`."""
    if scope not in workspace.scopes:
        raise Refused("missing_scope", needed=scope, provided=",".join(sorted(workspace.scopes)))


def _visible(state: State, workspace: Workspace, channel_id: str) -> Channel:
    """Return a channel that exists for this app; raises `Refused` with `channel_not_found`."""
    channel = state.channels.get(channel_id)
    hidden = (
        channel is None
        or not channel.known_to(workspace.id)
        or (channel.is_private and workspace.bot_user_id not in channel.members)
    )
    if channel is None or hidden:
        raise Refused("channel_not_found")
    return channel


def _person(state: State, workspace: Workspace, person_id: str) -> Person:
    person = state.people.get(person_id)
    if person is None or not (person.is_stranger or state.is_person_known_to(person, workspace)):
        raise Refused("user_not_found")
    return person


def _postable(state: State, workspace: Workspace, channel_id: str) -> Channel:
    """Return the channel to post to; a user id means the direct message with that person."""
    if channel_id in state.people:
        person = state.people[channel_id]
        if person.deleted or not state.is_person_known_to(person, workspace):
            raise Refused("channel_not_found")
        return state.open_dm(workspace, person)
    channel = _visible(state, workspace, channel_id)
    if channel.archived:
        raise Refused("is_archived")
    if workspace.bot_user_id not in channel.members and "chat:write.public" not in workspace.scopes:
        raise Refused("not_in_channel")
    return channel


def checked_content(args: Args) -> tuple[str, list[Json]]:
    """Return the text and blocks of a message, checked; raises `Refused` with Slack's error."""
    text = args.text("text")
    blocks: Any = args.json("blocks", or_else="invalid_blocks_format") if "blocks" in args else []
    if not text and not blocks:
        raise Refused("no_text")
    if len(text) > MESSAGE_TEXT_LIMIT:
        raise Refused("msg_too_long")
    complaints = complaints_about_message(blocks)
    if complaints:
        messages = [f"[ERROR] {complaint}" for complaint in complaints]
        raise Refused("invalid_blocks", errors=complaints, response_metadata={"messages": messages})
    if text_length(blocks) > MESSAGE_BLOCKS_TEXT_LIMIT:
        raise Refused("msg_blocks_too_long")
    return text, completed(blocks)


def _checked_metadata(args: Args) -> Json | None:
    if "metadata" not in args:
        return None
    metadata = args.json("metadata", or_else="invalid_metadata_format")
    if not isinstance(metadata, dict):
        raise Refused("invalid_metadata_format")
    if len(json.dumps(metadata)) > METADATA_BYTES_LIMIT:
        raise Refused("metadata_too_large")
    fits = not metadata or (
        set(metadata) == {"event_type", "event_payload"}
        and isinstance(metadata["event_type"], str)
        and isinstance(metadata["event_payload"], dict)
    )
    if not fits:
        raise Refused("invalid_metadata_schema")
    return metadata


def _own_message(state: State, workspace: Workspace, args: Args, *, or_else: str) -> tuple[Channel, Message]:
    channel = _visible(state, workspace, args.required("channel"))
    message = state.message(channel.id, args.required("ts"))
    if message is None or message.deleted or message.ephemeral_to is not None:
        raise Refused("message_not_found")
    if message.bot_id != workspace.bot_id:
        raise Refused(or_else)
    return channel, message


def _page(found: Sequence[T], args: Args, *, default: int = 100, most: int = 1_000) -> tuple[list[T], Json]:
    """Return one page and what stands beside it in the answer; raises `Refused` with `invalid_cursor`."""
    size = args.number("limit", default, most=most)
    try:
        start = int(base64.b64decode(args.text("cursor"), validate=True).removeprefix(b"next:") or b"0")
    except (binascii.Error, ValueError):
        raise Refused("invalid_cursor") from None
    end = start + size
    cursor = base64.b64encode(f"next:{end}".encode()).decode() if end < len(found) else ""
    return list(found[start:end]), {"response_metadata": {"next_cursor": cursor}}


# --- chat -------------------------------------------------------------------------------------------


def _post_message(state: State, workspace: Workspace, args: Args) -> Json:
    channel = _postable(state, workspace, args.required("channel"))
    text, blocks = checked_content(args)
    metadata = _checked_metadata(args)
    message = state.post(
        channel,
        team_id=workspace.id,
        user=workspace.bot_user_id,
        text=text,
        blocks=blocks,
        bot_id=workspace.bot_id,
        app_id=state.app.id,
        metadata=metadata or None,
        thread_ts=_thread(state, channel, args),
    )
    return {"channel": channel.id, "ts": message.ts, "message": message_json(message)}


def _thread(state: State, channel: Channel, args: Args) -> str | None:
    if "thread_ts" not in args:
        return None
    parent = state.message(channel.id, args.text("thread_ts"))
    if parent is None or parent.ephemeral_to is not None:
        raise Refused("cannot_reply_to_message")
    return parent.ts


def _update_message(state: State, workspace: Workspace, args: Args) -> Json:
    channel, message = _own_message(state, workspace, args, or_else="cant_update_message")
    if channel.archived:
        raise Refused("is_inactive")
    metadata = _checked_metadata(args)
    text, blocks = checked_content(args)
    rewrite(state, message, text=text, blocks=blocks)
    if "blocks" not in args:
        message.edited = state.new_ts()
    if metadata is not None:
        message.metadata = metadata or None
    return {"channel": channel.id, "ts": message.ts, "text": text, "message": message_json(message)}


def rewrite(state: State, message: Message, *, text: str, blocks: list[Json]) -> None:
    """Give a message new words and blocks; what people had set in elements that stay is kept."""
    message.text = text
    message.blocks = blocks
    message.troubles.clear()
    message.states = {
        person_id: starting_state(blocks, before=before) for person_id, before in message.states.items()
    }
    state.changed(message)


def _delete_message(state: State, workspace: Workspace, args: Args) -> Json:
    channel, message = _own_message(state, workspace, args, or_else="cant_delete_message")
    state.delete(message)
    return {"channel": channel.id, "ts": message.ts}


def _post_ephemeral(state: State, workspace: Workspace, args: Args) -> Json:
    channel = _postable(state, workspace, args.required("channel"))
    person = state.people.get(args.required("user"))
    if person is None or person.deleted or person.id not in channel.members:
        raise Refused("user_not_in_channel")
    text, blocks = checked_content(args)
    message = state.post(
        channel,
        team_id=workspace.id,
        user=workspace.bot_user_id,
        text=text,
        blocks=blocks,
        bot_id=workspace.bot_id,
        app_id=state.app.id,
        thread_ts=_thread(state, channel, args),
        ephemeral_to=person.id,
    )
    return {"message_ts": message.ts}


def _permalink(state: State, workspace: Workspace, args: Args) -> Json:
    channel = _visible(state, workspace, args.required("channel"))
    message = state.message(channel.id, args.required("message_ts"))
    if message is None or message.deleted or message.ephemeral_to is not None:
        raise Refused("message_not_found")
    link = f"{workspace.url}archives/{channel.id}/p{message.ts.replace('.', '')}"
    return {"channel": channel.id, "permalink": link}


# --- views ------------------------------------------------------------------------------------------


def checked_view(view: Any, *, surface: Surface) -> Json:
    """Return a view's body, checked and with its ids; raises `Refused` with Slack's error."""
    if isinstance(view, dict) and view_bytes(view) > VIEW_BYTES_LIMIT:
        raise Refused("view_too_large")
    complaints = complaints_about_view(view, surface=surface)
    if complaints:
        raise invalid_arguments(complaints)
    body: Json = view | {"blocks": completed(view["blocks"])}
    return body


def _view_arg(args: Args) -> Any:
    if "view" not in args:
        raise invalid_arguments(["missing required field: view"])
    return args.json("view", or_else="invalid_arguments")


def _views_open(state: State, workspace: Workspace, args: Args) -> Json:
    body = checked_view(_view_arg(args), surface=Surface.MODAL)
    trigger = state.exchange_trigger(team_id=workspace.id, trigger_id=args.required("trigger_id"))
    return show_view(state, workspace, state.person(trigger.person_id), body, push=False)


def _views_push(state: State, workspace: Workspace, args: Args) -> Json:
    body = checked_view(_view_arg(args), surface=Surface.MODAL)
    trigger = state.exchange_trigger(team_id=workspace.id, trigger_id=args.required("trigger_id"))
    under = state.view(trigger.view_id or "")
    if under is None or not under.is_open:
        raise Refused("not_found")
    return show_view(state, workspace, state.person(trigger.person_id), body, push=True)


def show_view(state: State, workspace: Workspace, person: Person, body: Json, *, push: bool) -> Json:
    """Open or push a checked view and return the answer."""
    view = state.open_view(team_id=workspace.id, person=person, body=body, push=push)
    view.state = starting_state(view.blocks)
    return {"view": view_json(view, state)}


def change_view(state: State, view: View, body: Json, *, seen_hash: str | None = None) -> Json:
    """Update a view with a checked body and return the answer; typed values stay where their inputs stay."""
    state.replace_view(view, body, seen_hash=seen_hash)
    view.state = starting_state(view.blocks, before=view.state)
    return {"view": view_json(view, state)}


def _views_update(state: State, workspace: Workspace, args: Args) -> Json:
    if "view_id" in args:
        view = state.view(args.text("view_id"))
    else:
        view = state.view_by_external_id(workspace.id, args.required("external_id"))
    if view is None or view.team_id != workspace.id:
        raise Refused("not_found")
    body = checked_view(_view_arg(args), surface=Surface(view.type))
    return change_view(state, view, body, seen_hash=args.text("hash") or None)


def _views_publish(state: State, workspace: Workspace, args: Args) -> Json:
    if not state.app.home_tab:
        raise Refused("not_enabled")
    person = state.people.get(args.required("user_id"))
    if person is None or person.deleted or person.team_id != workspace.id:
        raise Refused("invalid_arguments", response_metadata={"messages": ["invalid `user_id`"]})
    body = checked_view(_view_arg(args), surface=Surface.HOME)
    before = state.home(person, workspace)
    kept = before.state if before is not None else None
    view = state.publish_home(
        team_id=workspace.id, person=person, body=body, seen_hash=args.text("hash") or None
    )
    view.state = starting_state(view.blocks, before=kept)
    return {"view": view_json(view, state)}


# --- conversations and users ------------------------------------------------------------------------


def _readable(state: State, workspace: Workspace, args: Args, *, right: str) -> Channel:
    channel = _visible(state, workspace, args.required("channel"))
    need_scope(workspace, f"{_KINDS[_kind(channel)]}:{right}")
    return channel


def _conversations_open(state: State, workspace: Workspace, args: Args) -> Json:
    if "channel" in args:
        channel = _visible(state, workspace, args.text("channel"))
        if not channel.is_im:
            raise Refused("method_not_supported_for_channel_type")
        known = True
    else:
        users = [user for user in args.text("users").split(",") if user]
        if not users:
            raise Refused("users_list_not_supplied")
        if len(users) > 1:
            need_scope(workspace, "mpim:write")
            raise Refused("too_many_users")
        if users[0] == workspace.bot_user_id:
            raise Refused("cannot_dm_bot")
        person = _person(state, workspace, users[0])
        if person.deleted:
            raise Refused("user_disabled")
        if person.is_stranger:
            raise Refused("user_not_visible")
        known = state.dm(person, workspace) is not None
        channel = state.open_dm(workspace, person)
    whole = args.flag("return_im")
    shown = channel_json(channel, state, asked_by=workspace) if whole else {"id": channel.id}
    return {"channel": shown} | ({"no_op": True, "already_open": True} if known else {})


def _conversations_info(state: State, workspace: Workspace, args: Args) -> Json:
    channel = _readable(state, workspace, args, right="read")
    return {"channel": channel_json(channel, state, asked_by=workspace)}


def _of_types(workspace: Workspace, channels: Iterable[Channel], args: Args) -> list[Channel]:
    types = args.text("types", "public_channel").split(",")
    for kind in types:
        if kind not in _KINDS:
            raise Refused("invalid_types")
        need_scope(workspace, f"{_KINDS[kind]}:read")
    without_archived = args.flag("exclude_archived")
    return [
        channel
        for channel in channels
        if _kind(channel) in types
        and channel.known_to(workspace.id)
        and (not channel.is_private or workspace.bot_user_id in channel.members)
        and not (without_archived and channel.archived)
    ]


def _channels_answer(state: State, workspace: Workspace, channels: list[Channel], args: Args) -> Json:
    page, beside = _page(channels, args)
    return {"channels": [channel_json(channel, state, asked_by=workspace) for channel in page]} | beside


def _conversations_list(state: State, workspace: Workspace, args: Args) -> Json:
    return _channels_answer(state, workspace, _of_types(workspace, state.channels.values(), args), args)


def _users_conversations(state: State, workspace: Workspace, args: Args) -> Json:
    user = args.text("user", workspace.bot_user_id)
    if user != workspace.bot_user_id:
        _person(state, workspace, user)
    inside = [channel for channel in state.channels.values() if user in channel.members]
    return _channels_answer(state, workspace, _of_types(workspace, inside, args), args)


def _conversations_members(state: State, workspace: Workspace, args: Args) -> Json:
    channel = _readable(state, workspace, args, right="read")
    page, beside = _page(sorted(channel.members), args)
    return {"members": page} | beside


def _conversations_history(state: State, workspace: Workspace, args: Args) -> Json:
    channel = _readable(state, workspace, args, right="history")
    if workspace.bot_user_id not in channel.members:
        raise Refused("not_in_channel")
    found = [message for message in state.messages(channel) if message.thread_ts is None]
    return _messages_answer(list(reversed(_between(found, args))), args)


def _conversations_replies(state: State, workspace: Workspace, args: Args) -> Json:
    channel = _readable(state, workspace, args, right="history")
    if workspace.bot_user_id not in channel.members:
        raise Refused("not_in_channel")
    ts = args.required("ts")
    found = [message for message in state.messages(channel) if ts in (message.ts, message.thread_ts)]
    if not found:
        raise Refused("thread_not_found")
    return _messages_answer(_between(found, args), args)


def _between(found: list[Message], args: Args) -> list[Message]:
    try:
        oldest, latest = float(args.text("oldest", "0")), float(args.text("latest", "inf"))
    except ValueError:
        raise Refused("invalid_ts_oldest") from None
    inclusive = args.flag("inclusive")
    return [
        message
        for message in found
        if oldest < float(message.ts) < latest or (inclusive and float(message.ts) in (oldest, latest))
    ]


def _messages_answer(found: list[Message], args: Args) -> Json:
    page, beside = _page(found, args, most=999)
    with_metadata = args.flag("include_all_metadata")
    shown = [message_json(message, with_metadata=with_metadata) for message in page]
    return {"messages": shown, "has_more": bool(beside["response_metadata"]["next_cursor"])} | beside


def _conversations_join(state: State, workspace: Workspace, args: Args) -> Json:
    channel = _visible(state, workspace, args.required("channel"))
    if channel.is_im or channel.is_private:
        raise Refused("method_not_supported_for_channel_type")
    if channel.archived:
        raise Refused("is_archived")
    channel.members.add(workspace.bot_user_id)
    return {"channel": channel_json(channel, state, asked_by=workspace)}


def _users_info(state: State, workspace: Workspace, args: Args) -> Json:
    user = args.required("user")
    if user == workspace.bot_user_id:
        return {"user": bot_user_json(workspace, state.app)}
    person = _person(state, workspace, user)
    return {"user": user_json(person, asked_by=workspace, with_locale=args.flag("include_locale"))}


def _users_list(state: State, workspace: Workspace, args: Args) -> Json:
    people = [person for person in state.people.values() if person.team_id == workspace.id]
    with_locale = args.flag("include_locale")
    members = [user_json(person, asked_by=workspace, with_locale=with_locale) for person in people]
    page, beside = _page([bot_user_json(workspace, state.app), *members], args)
    return {"members": page, "cache_ts": int(state.clock.now().timestamp())} | beside


# --- the rest ---------------------------------------------------------------------------------------


def _auth_test(state: State, workspace: Workspace, _: Args) -> Json:
    return {
        "url": workspace.url,
        "team": workspace.name,
        "user": state.app.name,
        "team_id": workspace.id,
        "user_id": workspace.bot_user_id,
        "bot_id": workspace.bot_id,
        "is_enterprise_install": False,
    }


METHODS: dict[str, Method] = {
    "auth.test": Method(_auth_test),
    "chat.postMessage": Method(_post_message, "chat:write"),
    "chat.update": Method(_update_message, "chat:write"),
    "chat.delete": Method(_delete_message, "chat:write"),
    "chat.postEphemeral": Method(_post_ephemeral, "chat:write"),
    "chat.getPermalink": Method(_permalink),
    "views.open": Method(_views_open),
    "views.push": Method(_views_push),
    "views.update": Method(_views_update),
    "views.publish": Method(_views_publish),
    "conversations.open": Method(_conversations_open, "im:write"),
    "conversations.info": Method(_conversations_info),
    "conversations.list": Method(_conversations_list),
    "conversations.members": Method(_conversations_members),
    "conversations.history": Method(_conversations_history),
    "conversations.replies": Method(_conversations_replies),
    "conversations.join": Method(_conversations_join, "channels:join"),
    "users.info": Method(_users_info, "users:read"),
    "users.list": Method(_users_list, "users:read"),
    "users.conversations": Method(_users_conversations),
}
"""Methods of a bot token; `api.test` and `apps.connections.open` are answered in `api.py`."""
