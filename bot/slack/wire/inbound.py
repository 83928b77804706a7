"""What Slack sends, read once into one frozen shape: who did what, where, and how to answer.

The same for HTTP and Socket Mode. Nothing after this module looks at a payload's envelope again, and
nothing in it trusts the payload: each field has the expected type, or the whole payload is refused.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qsl, unquote_plus

from bot.domain.actors import Actor, Source
from bot.domain.inbox import InboxKey, InboxKind
from bot.slack.wire.markup import unescaped

_MOST_FIELDS = 100
_PAYLOAD = b"payload="
_PLACES = (("view", "app_installed_team_id"), ("team", "id"), ("view", "team_id"), ("message", "team"))
_ORGANISATION = "E"
"""What the id of an organisation begins with; that of a workspace with T."""
_LONGEST_ID = 300
_REPLIES = (None, "thread_broadcast", "file_share", "me_message")
_WRITTEN = frozenset({"text", "url", "fallback", "title", "title_link", "from_url"})


class OddShape(Exception):
    """Raised when a payload does not have the shape that Slack documents. The message does not quote it."""


class InboundKind(StrEnum):
    """What somebody did."""

    COMMAND = "command"
    PRESS = "press"
    SUBMISSION = "submission"
    CLOSED = "closed"
    OPTIONS = "options"
    SHORTCUT = "shortcut"
    EVENT = "event"


_KINDS = {
    "block_actions": InboundKind.PRESS,
    "view_submission": InboundKind.SUBMISSION,
    "view_closed": InboundKind.CLOSED,
    "block_suggestion": InboundKind.OPTIONS,
    "shortcut": InboundKind.SHORTCUT,
    "message_action": InboundKind.SHORTCUT,
    "event_callback": InboundKind.EVENT,
    "app_rate_limited": InboundKind.EVENT,
}
_SOURCES = {
    InboundKind.COMMAND: Source.COMMAND,
    InboundKind.PRESS: Source.BUTTON,
    InboundKind.SUBMISSION: Source.FORM,
    InboundKind.CLOSED: Source.FORM,
    InboundKind.OPTIONS: Source.FORM,
    InboundKind.SHORTCUT: Source.COMMAND,
    InboundKind.EVENT: Source.EVENT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbound:
    """One thing that somebody did in Slack.

    `name` is the command, the action id, the callback id or the event's type. `team_id` is the workspace
    whose installation it came through (its token answers); `actor.team_id` is where the person is at home:
    in Slack Connect these differ. `body` is the payload, `part` the piece of it that matters: the action that
    was pressed, the view, the event, or the body itself. `key` makes the delivery unique.
    """

    kind: InboundKind
    name: str
    app_id: str
    team_id: str
    actor: Actor
    key: InboxKey | None
    body: Mapping[str, Any]
    part: Mapping[str, Any]
    channel_id: str = ""
    message_ts: str = ""
    trigger_id: str = ""
    response_url: str = ""

    @property
    def view(self) -> Mapping[str, Any] | None:
        """Return the form in which it happened, None in a message and in the home."""
        view = self.body.get("view")
        return view if isinstance(view, Mapping) and view.get("type") != "home" else None

    @property
    def is_on_message(self) -> bool:
        """Say whether it happened on a message that stays, one that others may see too."""
        container = self.body.get("container")
        is_fleeting = isinstance(container, Mapping) and container.get("is_ephemeral") is True
        return bool(self.channel_id and self.message_ts) and not is_fleeting

    @property
    def thread_ts(self) -> str | None:
        """Return the message in whose thread it happened, None if it was in none."""
        for name in ("container", "message"):
            held = self.body.get(name)
            if not isinstance(held, Mapping):
                continue
            found = held.get("thread_ts")
            if isinstance(found, str) and _is_id(found):
                # A message with replies names itself.
                return found if found not in (held.get("ts"), held.get("message_ts")) else None
        return None

    @property
    def blocks(self) -> Any:
        """Return the blocks of the message on which it happened, as Slack shows them."""
        message = self.body.get("message")
        return message.get("blocks") if isinstance(message, Mapping) else None

    @property
    def typed(self) -> str:
        """Return what was typed after a command. Slack sends `& < >` in it as entities."""
        return unescaped(str(self.body.get("text") or ""))

    @property
    def said(self) -> str:
        """Return what a message says on which a shortcut was used: its text, and what apps have in blocks."""
        return "\n".join(_texts(self.body.get("message")))

    def outline(self) -> dict[str, Any]:
        """Return the body that Bolt needs to find a listener, and nothing else of the payload."""
        known = {"team_id": self.team_id, "user_id": self.actor.user_id, "api_app_id": self.app_id}
        match self.kind:
            case InboundKind.COMMAND:
                return {**known, "command": self.name}
            case InboundKind.EVENT:
                return {**known, "type": "event_callback", "event": {"type": self.name}}
            case InboundKind.PRESS:
                return {**known, "type": "block_actions", "actions": [{"action_id": self.name}]}
            case InboundKind.OPTIONS:
                return {**known, "type": "block_suggestion", "action_id": self.name}
            case InboundKind.SHORTCUT:
                return {**known, "type": "shortcut", "callback_id": self.name}
            case InboundKind.SUBMISSION | InboundKind.CLOSED:
                kind = "view_submission" if self.kind is InboundKind.SUBMISSION else "view_closed"
                return {**known, "type": kind, "view": {"type": "modal", "callback_id": self.name}}


def _texts(node: Any) -> Iterator[str]:
    """Yield what is written anywhere in a message, and the addresses of its links."""
    if isinstance(node, Mapping):
        for name, held in node.items():
            if isinstance(held, str):
                if name in _WRITTEN:
                    yield held
            else:
                yield from _texts(held)
    elif isinstance(node, list):
        for one in node:
            yield from _texts(one)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a person wrote in a thread, as Slack sends it; nothing beside a file."""

    channel_id: str
    thread_ts: str
    text: str


def read_reply(event: Mapping[str, Any]) -> Reply | None:
    """Return the reply that a `message` event says of, None if it is anything else: an edit, or an app's."""
    is_plain = event.get("subtype") in _REPLIES and not event.get("bot_id")
    channel_id, thread_ts, text = (event.get(name) for name in ("channel", "thread_ts", "text"))
    if not (
        is_plain and isinstance(channel_id, str) and isinstance(thread_ts, str) and isinstance(text, str)
    ):
        return None
    is_said = bool(text or event.get("files"))
    if not (is_said and _is_id(channel_id) and _is_id(thread_ts)) or event.get("ts") == thread_ts:
        return None
    return Reply(channel_id=channel_id, thread_ts=thread_ts, text=text)


def signed_key(timestamp: str, signature: str) -> InboxKey:
    """Return what makes a signed request unique."""
    return _key(InboxKind.SIGNATURE, f"{timestamp}:{signature}")


def envelope_key(envelope_id: Any) -> InboxKey:
    """Return what makes an envelope unique. Raise OddShape if it is no id."""
    if not isinstance(envelope_id, str):
        raise OddShape("no id")
    return _key(InboxKind.ENVELOPE, envelope_id)


def _key(kind: InboxKind, value: str) -> InboxKey:
    try:
        return InboxKey(kind, value)
    except ValueError as error:
        raise OddShape("no id") from error


def read_bytes(raw: bytes) -> dict[str, Any]:
    """Return the payload in the body of a request: JSON, a form with JSON in `payload`, or a flat form.

    Raise OddShape for anything else.
    """
    try:
        text = raw.decode("utf-8")
        if text.lstrip().startswith("{"):
            body = json.loads(text)
        elif raw.startswith(_PAYLOAD) and b"&" not in raw:
            body = json.loads(_unquote(raw.removeprefix(_PAYLOAD)))
        else:
            form = dict(parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict"))
            body = json.loads(form["payload"]) if "payload" in form else form
    except (ValueError, RecursionError) as error:
        raise OddShape("not a form and not JSON") from error
    if not isinstance(body, dict):
        raise OddShape("not an object")
    return body


def _unquote(raw: bytes) -> str:
    """Return the text of a form's one value, as urllib's `unquote_plus` does, in a tenth of its time.

    Slack sends the whole message with each press: kilobytes, of which every second sign is quoted.
    """
    try:
        # Python's own reader of "\\x41" knows two hexadecimal digits as well, and is written in C.
        escaped = raw.replace(b"\\", b"%5C").replace(b"+", b" ").replace(b"%", rb"\x")
        return escaped.decode("unicode_escape").encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return unquote_plus(raw.decode("utf-8"), errors="strict")


def read(body: Mapping[str, Any], *, key: InboxKey | None) -> Inbound:
    """Return what a payload says. `key` makes this delivery unique; events bring their own.

    Raise OddShape if it is of no kind that is known, or if a field is missing or of another type.
    """
    if isinstance(body.get("command"), str):
        return _read_command(body, key)
    kind = _KINDS.get(_text(body, "type"))
    if kind is None:
        raise OddShape("of no known kind")
    if kind is InboundKind.EVENT:
        return _read_event(body, key)
    return _read_interaction(kind, body, key)


def _read_command(body: Mapping[str, Any], key: InboxKey | None) -> Inbound:
    # https://docs.slack.dev/interactivity/implementing-slash-commands: flat fields, the person's own team
    actor = Actor(
        source=Source.COMMAND,
        team_id=_id(body, "team_id"),
        user_id=_id(body, "user_id"),
        enterprise_id=_id(body, "enterprise_id", or_else="") or None,
    )
    _text(body, "text", or_else="")
    return Inbound(
        kind=InboundKind.COMMAND,
        name=_text(body, "command"),
        app_id=_id(body, "api_app_id"),
        team_id=actor.team_id,
        actor=actor,
        key=key,
        body=body,
        part=body,
        channel_id=_id(body, "channel_id", or_else=""),
        trigger_id=_id(body, "trigger_id", or_else=""),
        response_url=_text(body, "response_url", or_else=""),
    )


def _read_event(body: Mapping[str, Any], key: InboxKey | None) -> Inbound:
    is_bare = body["type"] != "event_callback"  # an event about events has no other inside, and no id
    event = body if is_bare else _object(body, "event")
    # Of a whole organisation some come without a workspace.
    team_id = _id(body, "team_id" if body.get("team_id") is not None else "enterprise_id")
    user = event.get("user")  # an id, or in some events the whole user object
    who = user if isinstance(user, str) and _is_id(user) else ""
    return Inbound(
        kind=InboundKind.EVENT,
        name=_text(event, "type"),
        app_id=_id(body, "api_app_id"),
        team_id=team_id,
        actor=Actor(source=Source.EVENT, team_id=team_id, user_id=who),
        key=key if is_bare else _key(InboxKind.EVENT, _text(body, "event_id")),
        body=body,
        part=event,
    )


def _read_interaction(kind: InboundKind, body: Mapping[str, Any], key: InboxKey | None) -> Inbound:
    user = _object(body, "user")
    actor = Actor(
        source=_SOURCES[kind],
        team_id=_id(user, "team_id"),
        user_id=_id(user, "id"),
        enterprise_id=_organisation(body),
    )
    name, part = _what(kind, body)
    container = body.get("container")
    return Inbound(
        kind=kind,
        name=name,
        app_id=_id(body, "api_app_id"),
        team_id=_installed(body, actor),
        actor=actor,
        key=key,
        body=body,
        part=part,
        channel_id=_id(_object(body, "channel"), "id") if body.get("channel") else "",
        message_ts=_id(container, "message_ts", or_else="") if isinstance(container, Mapping) else "",
        trigger_id=_id(body, "trigger_id", or_else=""),
        response_url=_text(body, "response_url", or_else=""),
    )


def _what(kind: InboundKind, body: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """Return the name by which a listener is found, and the piece of the payload that it is about."""
    if body.get("view") is not None:
        _check_view(_object(body, "view"))
    match kind:
        case InboundKind.PRESS:
            actions = body.get("actions")
            if not (isinstance(actions, list) and actions and isinstance(actions[0], dict)):
                raise OddShape("no actions")
            return _text(actions[0], "action_id"), actions[0]
        case InboundKind.OPTIONS:
            return _text(body, "action_id"), body
        case InboundKind.SHORTCUT:
            return _text(body, "callback_id"), body
        case _:
            view = _object(body, "view")
            return _text(view, "callback_id"), view


def _check_view(view: Mapping[str, Any]) -> None:
    """Raise OddShape unless blocks and values are nested as in every form of Slack's."""
    blocks, state = view.get("blocks", []), view.get("state", {})
    values = state.get("values", {}) if isinstance(state, dict) else None
    is_sound = (
        isinstance(blocks, list)
        and all(isinstance(block, dict) for block in blocks)
        and all(isinstance(block.get("block_id", ""), str) for block in blocks)
        and isinstance(values, dict)
        and all(isinstance(block, dict) for block in values.values())
        and all(isinstance(held, dict) for block in values.values() for held in block.values())
    )
    if not is_sound:
        raise OddShape("no form")


def _installed(body: Mapping[str, Any], actor: Actor) -> str:
    """Return the workspace whose installation an interaction came through.

    In `view_submission` `team` is the person's, and `view.app_installed_team_id` ours; in `block_actions`
    `team` is ours. With an installation for a whole organisation `team` may be null, and what else names a
    workspace may name the organisation instead.
    """
    for where, name in _PLACES:
        held = body.get(where)
        if isinstance(held, Mapping) and (held.get(name) is not None or where == "team"):
            found = _id(held, name)
            if not found.startswith(_ORGANISATION):
                return found
    return actor.team_id


def _organisation(body: Mapping[str, Any]) -> str | None:
    """Return the organisation (Enterprise Grid) that an interaction names, itself or with its workspace."""
    for where, name in (("enterprise", "id"), ("team", "enterprise_id")):
        held = body.get(where)
        if isinstance(held, Mapping) and (held.get(name) is not None or where == "enterprise"):
            return _id(held, name)
    return None


def _text(body: Mapping[str, Any], name: str, *, or_else: str | None = None) -> str:
    value = body.get(name)
    if value is None and or_else is not None:
        return or_else
    if not isinstance(value, str) or (not value and or_else is None):
        raise OddShape(f"no {name}")
    return value


def _id(body: Mapping[str, Any], name: str, *, or_else: str | None = None) -> str:
    """Return an id of Slack's. Anything else could not be looked up in every database."""
    value = _text(body, name, or_else=or_else)
    if not _is_id(value):
        raise OddShape(f"no {name}")
    return value


def _is_id(value: str) -> bool:
    return value.isascii() and value.isprintable() and len(value) <= _LONGEST_ID


def _object(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = body.get(name)
    if not isinstance(value, dict):
        raise OddShape(f"no {name}")
    return value
