"""What one person sees of the local Slack, as JSON, and who is concerned by a change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.sandbox.slack import Change, Channel, Json, LocalSlack, Message, Notice, Person, View

SHOWN_MESSAGES: Final = 200
"""The newest messages of a conversation that the page shows."""

_SILENT: Final = frozenset({Change.CALL, Change.DELIVERY, Change.SOCKET})
_NEW_MESSAGES: Final = frozenset({Change.MESSAGE, Change.EPHEMERAL})


class ReadMarks:
    """How far each person has read each conversation and each opened thread."""

    def __init__(self) -> None:
        self._read: dict[tuple[str, str, str | None], str] = {}

    def mark(self, person_id: str, channel_id: str, ts: str, *, thread: str | None = None) -> None:
        """Move the mark forward to `ts`; a mark never goes back."""
        self._read[person_id, channel_id, thread] = max(ts, self.of(person_id, channel_id, thread=thread))

    def of(self, person_id: str, channel_id: str, *, thread: str | None = None) -> str:
        """Return the ts of the last message read, or an empty string."""
        return self._read.get((person_id, channel_id, thread), "")


def snapshot(
    slack: LocalSlack,
    marks: ReadMarks,
    *,
    person_id: str | None,
    channel_id: str | None,
    labels: Mapping[str, str],
) -> Json:
    """Return everything the page shows to this person in this conversation.

    An unknown person or conversation is replaced by the first one, so that an old address still works.
    """
    people = [person for person in slack.people.values() if not person.is_bot and not person.deleted]
    me = slack.people.get(person_id or "") or people[0]
    own = _conversations(slack, me)
    current = next((channel for channel in own if channel.id == channel_id), own[0] if own else None)
    messages = [] if current is None else _messages(slack, me, current)
    home = slack.home(me)
    return {
        "now": slack.clock.now().timestamp(),
        "app": {
            "id": slack.app.id,
            "name": slack.app.name,
            "commands": list(slack.app.commands),
            "shortcuts": list(slack.app.shortcuts),
            "home": slack.app.home_tab,
            "readOnly": slack.app.messages_are_read_only,
        },
        "workspaces": [{"id": each.id, "name": each.name} for each in slack.workspaces.values()],
        "bots": {each.bot_user_id: each.id for each in slack.workspaces.values()},
        "people": [
            _person(each, labels) | {"unread": _unread_anywhere(slack, marks, each)}
            for each in slack.people.values()
        ],
        "names": {channel.id: channel.name for channel in slack.channels.values()},
        "me": me.id,
        "channels": [
            _channel(slack, channel) | {"unread": _unread(slack, marks, me, channel)} for channel in own
        ],
        "channel": None if current is None else current.id,
        "seen": None if current is None else marks.of(me.id, current.id),
        "earlier": max(0, len(messages) - SHOWN_MESSAGES),
        "messages": [
            _message(message, me) | {"news": _new_replies(messages, marks, me, message)}
            for message in messages[-SHOWN_MESSAGES:]
        ],
        "views": [_view(view) for view in slack.views(me)],
        "home": None if home is None else _view(home),
        "rooms": [
            {"id": channel.id, "name": channel.name, "shared": channel.is_ext_shared}
            for channel in slack.channels.values()
            if channel in own or channel.team_id == me.team_id
            if not (channel.is_im or channel.archived or (channel.is_private and channel not in own))
        ],
    }


def announcement(slack: LocalSlack, notice: Notice) -> Json | None:
    """Return what the page is told of a change; `people` are those who can see it, None for everybody."""
    if notice.kind in _SILENT:
        return None
    told: Json = {"kind": notice.kind.value, "channel": notice.channel_id, "ts": notice.ts, "people": None}
    if notice.person_id is not None:
        told["people"] = [notice.person_id]
    elif notice.channel_id is not None and notice.ts is not None:
        told["people"] = sorted(slack.channel(notice.channel_id).members & slack.people.keys())
    message = slack.message(notice.channel_id or "", notice.ts or "")
    if notice.kind in _NEW_MESSAGES and message is not None:
        told |= {"user": message.user, "text": message.text, "dm": slack.channel(message.channel_id).is_im}
    return told


def _conversations(slack: LocalSlack, person: Person) -> list[Channel]:
    return sorted(slack.channels_of(person), key=lambda channel: (channel.is_im, channel.name))


def _messages(slack: LocalSlack, person: Person, channel: Channel) -> list[Message]:
    return sorted(_all(slack, person, channel), key=lambda message: message.ts)


def _all(slack: LocalSlack, person: Person, channel: Channel) -> list[Message]:
    return [*slack.messages(channel), *slack.ephemerals(person, channel)]


def _unread(slack: LocalSlack, marks: ReadMarks, person: Person, channel: Channel) -> int:
    read = marks.of(person.id, channel.id)
    return sum(
        message.ts > read and message.user != person.id for message in _messages(slack, person, channel)
    )


def _new_replies(messages: list[Message], marks: ReadMarks, person: Person, root: Message) -> int:
    if not root.reply_count:
        return 0
    read = marks.of(person.id, root.channel_id, thread=root.ts)
    return sum(
        reply.thread_ts == root.ts != reply.ts and reply.ts > read and reply.user != person.id
        for reply in messages
    )


def _unread_anywhere(slack: LocalSlack, marks: ReadMarks, person: Person) -> int:
    return sum(_unread(slack, marks, person, channel) for channel in slack.channels_of(person))


def _person(person: Person, labels: Mapping[str, str]) -> Json:
    return {
        "id": person.id,
        "team": person.team_id,
        "name": person.display_name or person.real_name,
        "label": labels.get(person.id, ""),
        "tz": person.tz,
        "locale": person.locale,
        "guest": person.is_restricted or person.is_ultra_restricted,
        "deleted": person.deleted,
        "bot": person.is_bot,
    }


def _channel(slack: LocalSlack, channel: Channel) -> Json:
    return {
        "id": channel.id,
        "team": channel.team_id,
        "name": channel.name,
        "dm": channel.is_im,
        "private": channel.is_private,
        "shared": channel.is_ext_shared,
        "archived": channel.archived,
        "members": len(channel.members & slack.people.keys()),
    }


def _message(message: Message, person: Person) -> Json:
    return {
        "ts": message.ts,
        "user": message.user,
        "team": message.team_id,
        "app": message.bot_id is not None,
        "text": message.text,
        "blocks": message.blocks,
        "thread": message.thread_ts,
        "replies": message.reply_count,
        "edited": message.edited is not None,
        "ephemeral": message.ephemeral_to is not None,
        "state": message.states.get(person.id, {}),
        "warnings": sorted(message.warnings),
    }


def _view(view: View) -> Json:
    return {
        "id": view.id,
        "team": view.team_id,
        "hash": view.hash,
        "callback": view.callback_id,
        "title": view.title,
        "submit": view.submit,
        "close": view.close,
        "blocks": view.blocks,
        "state": view.state,
        "errors": view.errors,
        "banner": view.banner,
    }
