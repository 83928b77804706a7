"""The `conversations.*` and `users.*` methods: channels, their messages, and people."""

from __future__ import annotations

from collections.abc import Iterable

from bot.sandbox.slack.methods.arguments import (
    SCOPE_OF_KIND,
    Args,
    Method,
    kind_of,
    known_person,
    need_scope,
    paged,
    visible_channel,
)
from bot.sandbox.slack.model import Channel, Json, Message, SlackRefusal, Workspace
from bot.sandbox.slack.shapes import bot_user_json, channel_json, message_json, user_json
from bot.sandbox.slack.state import State


def _readable(state: State, workspace: Workspace, args: Args, *, right: str) -> Channel:
    channel = visible_channel(state, workspace, args.required("channel"))
    need_scope(workspace, f"{SCOPE_OF_KIND[kind_of(channel)]}:{right}")
    return channel


def _conversations_open(state: State, workspace: Workspace, args: Args) -> Json:
    if "channel" in args:
        channel = visible_channel(state, workspace, args.text("channel"))
        if not channel.is_im:
            raise SlackRefusal("method_not_supported_for_channel_type")
        known = True
    else:
        users = [user for user in args.text("users").split(",") if user]
        if not users:
            raise SlackRefusal("users_list_not_supplied")
        if len(users) > 1:
            need_scope(workspace, "mpim:write")
            raise SlackRefusal("too_many_users")
        if users[0] == workspace.bot_user_id:
            raise SlackRefusal("cannot_dm_bot")
        person = known_person(state, workspace, users[0])
        if person.deleted:
            raise SlackRefusal("user_disabled")
        if person.is_stranger:
            raise SlackRefusal("user_not_visible")
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
        if kind not in SCOPE_OF_KIND:
            raise SlackRefusal("invalid_types")
        need_scope(workspace, f"{SCOPE_OF_KIND[kind]}:read")
    without_archived = args.flag("exclude_archived")
    return [
        channel
        for channel in channels
        if kind_of(channel) in types
        and channel.known_to(workspace.id)
        and (not channel.is_private or workspace.bot_user_id in channel.members)
        and not (without_archived and channel.archived)
    ]


def _channels_answer(state: State, workspace: Workspace, channels: list[Channel], args: Args) -> Json:
    page, beside = paged(channels, args)
    return {"channels": [channel_json(channel, state, asked_by=workspace) for channel in page]} | beside


def _conversations_list(state: State, workspace: Workspace, args: Args) -> Json:
    return _channels_answer(state, workspace, _of_types(workspace, state.channels.values(), args), args)


def _users_conversations(state: State, workspace: Workspace, args: Args) -> Json:
    user = args.text("user", workspace.bot_user_id)
    if user != workspace.bot_user_id:
        known_person(state, workspace, user)
    inside = [channel for channel in state.channels.values() if user in channel.members]
    return _channels_answer(state, workspace, _of_types(workspace, inside, args), args)


def _conversations_members(state: State, workspace: Workspace, args: Args) -> Json:
    channel = _readable(state, workspace, args, right="read")
    page, beside = paged(sorted(channel.members), args)
    return {"members": page} | beside


def _conversations_history(state: State, workspace: Workspace, args: Args) -> Json:
    channel = _readable(state, workspace, args, right="history")
    if workspace.bot_user_id not in channel.members:
        raise SlackRefusal("not_in_channel")
    found = [message for message in state.messages(channel) if message.thread_ts is None]
    return _messages_answer(list(reversed(_between(found, args))), args)


def _conversations_replies(state: State, workspace: Workspace, args: Args) -> Json:
    channel = _readable(state, workspace, args, right="history")
    if workspace.bot_user_id not in channel.members:
        raise SlackRefusal("not_in_channel")
    ts = args.required("ts")
    found = [message for message in state.messages(channel) if ts in (message.ts, message.thread_ts)]
    if not found:
        raise SlackRefusal("thread_not_found")
    return _messages_answer(_between(found, args), args)


def _between(found: list[Message], args: Args) -> list[Message]:
    try:
        oldest, latest = float(args.text("oldest", "0")), float(args.text("latest", "inf"))
    except ValueError:
        raise SlackRefusal("invalid_ts_oldest") from None
    inclusive = args.flag("inclusive")
    return [
        message
        for message in found
        if oldest < float(message.ts) < latest or (inclusive and float(message.ts) in (oldest, latest))
    ]


def _messages_answer(found: list[Message], args: Args) -> Json:
    page, beside = paged(found, args, most=999)
    with_metadata = args.flag("include_all_metadata")
    shown = [message_json(message, with_metadata=with_metadata) for message in page]
    return {"messages": shown, "has_more": bool(beside["response_metadata"]["next_cursor"])} | beside


def _conversations_join(state: State, workspace: Workspace, args: Args) -> Json:
    channel = visible_channel(state, workspace, args.required("channel"))
    if channel.is_im or channel.is_private:
        raise SlackRefusal("method_not_supported_for_channel_type")
    if channel.archived:
        raise SlackRefusal("is_archived")
    channel.members.add(workspace.bot_user_id)
    return {"channel": channel_json(channel, state, asked_by=workspace)}


def _users_info(state: State, workspace: Workspace, args: Args) -> Json:
    user = args.required("user")
    if user == workspace.bot_user_id:
        return {"user": bot_user_json(workspace, state.app)}
    person = known_person(state, workspace, user)
    return {"user": user_json(person, asked_by=workspace, with_locale=args.flag("include_locale"))}


def _users_list(state: State, workspace: Workspace, args: Args) -> Json:
    people = [person for person in state.people.values() if person.team_id == workspace.id]
    with_locale = args.flag("include_locale")
    members = [user_json(person, asked_by=workspace, with_locale=with_locale) for person in people]
    page, beside = paged([bot_user_json(workspace, state.app), *members], args)
    return {"members": page, "cache_ts": int(state.clock.now().timestamp())} | beside


CONVERSATION_METHODS: dict[str, Method] = {
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
