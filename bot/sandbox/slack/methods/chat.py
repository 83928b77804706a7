"""The `chat.*` methods: post, change and delete messages."""

from __future__ import annotations

import json

from bot.sandbox.slack.blocks import METADATA_BYTES_LIMIT
from bot.sandbox.slack.elements import starting_state
from bot.sandbox.slack.methods.arguments import (
    Args,
    Method,
    checked_content,
    postable_channel,
    visible_channel,
)
from bot.sandbox.slack.model import Channel, Json, Message, SlackRefusal, Workspace
from bot.sandbox.slack.shapes import message_json
from bot.sandbox.slack.state import State


def _checked_metadata(args: Args) -> Json | None:
    if "metadata" not in args:
        return None
    metadata = args.json("metadata", or_else="invalid_metadata_format")
    if not isinstance(metadata, dict):
        raise SlackRefusal("invalid_metadata_format")
    if len(json.dumps(metadata)) > METADATA_BYTES_LIMIT:
        raise SlackRefusal("metadata_too_large")
    fits = not metadata or (
        set(metadata) == {"event_type", "event_payload"}
        and isinstance(metadata["event_type"], str)
        and isinstance(metadata["event_payload"], dict)
    )
    if not fits:
        raise SlackRefusal("invalid_metadata_schema")
    return metadata


def _own_message(state: State, workspace: Workspace, args: Args, *, or_else: str) -> tuple[Channel, Message]:
    channel = visible_channel(state, workspace, args.required("channel"))
    message = state.message(channel.id, args.required("ts"))
    if message is None or message.deleted or message.ephemeral_to is not None:
        raise SlackRefusal("message_not_found")
    if message.bot_id != workspace.bot_id:
        raise SlackRefusal(or_else)
    return channel, message


def _post_message(state: State, workspace: Workspace, args: Args) -> Json:
    channel = postable_channel(state, workspace, args.required("channel"))
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
        raise SlackRefusal("cannot_reply_to_message")
    return parent.ts


def _update_message(state: State, workspace: Workspace, args: Args) -> Json:
    channel, message = _own_message(state, workspace, args, or_else="cant_update_message")
    if channel.archived:
        raise SlackRefusal("is_inactive")
    metadata = _checked_metadata(args)
    text, blocks = checked_content(args)
    rewrite(state, message, text=text, blocks=blocks)
    if "blocks" not in args:
        message.edited = state.new_ts()
    if metadata is not None:
        message.metadata = metadata or None
    return {"channel": channel.id, "ts": message.ts, "text": text, "message": message_json(message)}


def rewrite(state: State, message: Message, *, text: str, blocks: list[Json]) -> None:
    """Give a message a new text and new blocks; entered values stay in elements that stay."""
    message.text = text
    message.blocks = blocks
    message.warnings.clear()
    message.states = {
        person_id: starting_state(blocks, before=before) for person_id, before in message.states.items()
    }
    state.changed(message)


def _delete_message(state: State, workspace: Workspace, args: Args) -> Json:
    channel, message = _own_message(state, workspace, args, or_else="cant_delete_message")
    state.delete(message)
    return {"channel": channel.id, "ts": message.ts}


def _post_ephemeral(state: State, workspace: Workspace, args: Args) -> Json:
    channel = postable_channel(state, workspace, args.required("channel"))
    person = state.people.get(args.required("user"))
    if person is None or person.deleted or person.id not in channel.members:
        raise SlackRefusal("user_not_in_channel")
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
    channel = visible_channel(state, workspace, args.required("channel"))
    message = state.message(channel.id, args.required("message_ts"))
    if message is None or message.deleted or message.ephemeral_to is not None:
        raise SlackRefusal("message_not_found")
    link = f"{workspace.url}archives/{channel.id}/p{message.ts.replace('.', '')}"
    return {"channel": channel.id, "permalink": link}


CHAT_METHODS: dict[str, Method] = {
    "chat.postMessage": Method(_post_message, "chat:write"),
    "chat.update": Method(_update_message, "chat:write"),
    "chat.delete": Method(_delete_message, "chat:write"),
    "chat.postEphemeral": Method(_post_ephemeral, "chat:write"),
    "chat.getPermalink": Method(_permalink),
}
