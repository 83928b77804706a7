"""The payloads that Slack sends to the app: commands, actions, view submissions, suggestions, events."""

from __future__ import annotations

from typing import Any

from bot.sandbox.slack.model import Channel, Json, Message, Person, View, Workspace
from bot.sandbox.slack.shapes import message_json, user_json, view_json
from bot.sandbox.slack.state import State

_TEXT_OBJECTS = ("plain_text", "mrkdwn")


def channel_name(channel: Channel) -> str:
    """Return the name as payloads give it; Slack hides the names of private channels."""
    return "privategroup" if channel.is_private else channel.name


def command(
    state: State, workspace: Workspace, person: Person, channel: Channel, *, name: str, text: str, url: str
) -> Json:
    """Build the flat form fields of a slash command, in whose text `& < >` are entities."""
    org = {"enterprise_id": workspace.enterprise_id} if workspace.enterprise_id else {}
    return org | {
        "token": state.app.verification_token,
        "team_id": workspace.id,
        "team_domain": workspace.domain,
        "channel_id": channel.id,
        "channel_name": channel_name(channel),
        "user_id": person.id,
        "user_name": person.name,
        "command": name,
        "text": _entities(text),
        "api_app_id": state.app.id,
        "is_enterprise_install": "false",
        "response_url": url,
        "trigger_id": state.new_trigger(team_id=workspace.id, person=person),
    }


def _escaped(value: Any) -> Any:
    """Return a part of a payload as Slack sends it back: `& < >` in text objects as entities.

    Values and what was typed into inputs stay as they are.
    """
    if isinstance(value, list):
        return [_escaped(one) for one in value]
    if not isinstance(value, dict):
        return value
    kept = {name: _escaped(held) for name, held in value.items()}
    if value.get("type") in _TEXT_OBJECTS and isinstance(value.get("text"), str):
        kept["text"] = _entities(value["text"])
    return kept


def _entities(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _common(state: State, kind: str, person: Person, team_id: str) -> Json:
    workspace = state.workspaces.get(team_id)
    return {
        "type": kind,
        "user": {
            "id": person.id,
            "username": person.name,
            "name": person.name,
            "team_id": person.first_team,
        },
        "api_app_id": state.app.id,
        "token": state.app.verification_token,
        "team": {"id": team_id, "domain": workspace.domain if workspace is not None else ""},
        "enterprise": {"id": workspace.enterprise_id} if workspace and workspace.enterprise_id else None,
        "is_enterprise_install": False,
    }


def _message_container(message: Message) -> Json:
    shown: Json = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": message.channel_id,
        "is_ephemeral": message.ephemeral_to is not None,
    }
    return shown | ({} if message.thread_ts is None else {"thread_ts": message.thread_ts})


def _in_message(state: State, message: Message) -> Json:
    channel = state.channel(message.channel_id)
    shown: Json = {
        "container": _message_container(message),
        "channel": {"id": channel.id, "name": channel_name(channel)},
    }
    if message.ephemeral_to is None:
        shown["message"] = _escaped(message_json(message))
    return shown


def _in_view(state: State, view: View) -> Json:
    return {"container": {"type": "view", "view_id": view.id}, "view": _escaped(view_json(view, state))}


def global_shortcut(state: State, person: Person, team_id: str, *, callback_id: str) -> Json:
    """Build `shortcut`: it is used nowhere in particular, so there is no channel and no response URL."""
    return {
        **_common(state, "shortcut", person, team_id),
        "callback_id": callback_id,
        "action_ts": state.new_ts(),
        "trigger_id": state.new_trigger(team_id=team_id, person=person),
    }


def message_shortcut(
    state: State, person: Person, team_id: str, message: Message, *, callback_id: str, url: str
) -> Json:
    """Build the `message_action` of a shortcut that was chosen on a message."""
    channel = state.channel(message.channel_id)
    return {
        **_common(state, "message_action", person, team_id),
        "callback_id": callback_id,
        "action_ts": state.new_ts(),
        "trigger_id": state.new_trigger(team_id=team_id, person=person),
        "channel": {"id": channel.id, "name": channel_name(channel)},
        "message_ts": message.ts,
        "message": _escaped(message_json(message)),
        "response_url": url,
    }


def message_action(
    state: State, person: Person, message: Message, *, actions: list[Json], values: Json, url: str
) -> Json:
    """Build `block_actions` for an element in a message; `values` is the message's state."""
    return {
        **_common(state, "block_actions", person, message.team_id),
        **_in_message(state, message),
        "trigger_id": state.new_trigger(team_id=message.team_id, person=person),
        "state": {"values": _escaped(values)},
        "response_url": url,
        "actions": _escaped(actions),
    }


def view_action(state: State, person: Person, view: View, *, actions: list[Json]) -> Json:
    """Build `block_actions` for an element in a modal or in App Home."""
    return {
        **_common(state, "block_actions", person, view.team_id),
        **_in_view(state, view),
        "trigger_id": state.new_trigger(team_id=view.team_id, person=person, view=view),
        "actions": _escaped(actions),
    }


def submission(state: State, person: Person, view: View) -> Json:
    """Build `view_submission`; for a member of another workspace `team` is their own."""
    return {
        **_common(state, "view_submission", person, person.team_id),
        "trigger_id": state.new_trigger(team_id=view.team_id, person=person, view=view),
        "view": _escaped(view_json(view, state)),
        "response_urls": [],
    }


def closing(state: State, person: Person, view: View, *, cleared: bool) -> Json:
    """Build `view_closed`."""
    return {
        **_common(state, "view_closed", person, person.team_id),
        "view": _escaped(view_json(view, state)),
        "is_cleared": cleared,
    }


def suggestion(
    state: State, person: Person, where: Message | View, *, block_id: str, action_id: str, query: str
) -> Json:
    """Build `block_suggestion`, which an external menu sends when it opens and at each key."""
    place = _in_view(state, where) if isinstance(where, View) else _in_message(state, where)
    return {
        **_common(state, "block_suggestion", person, where.team_id),
        **place,
        "block_id": block_id,
        "action_id": action_id,
        "value": query,
    }


def event(state: State, workspace: Workspace, inner: Json) -> Json:
    """Build the outer event around `inner`."""
    return {
        "token": state.app.verification_token,
        "team_id": workspace.id,
        "api_app_id": state.app.id,
        "event": inner,
        "type": "event_callback",
        "event_id": state.new_id("Ev"),
        "event_time": int(state.clock.now().timestamp()),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": workspace.id,
                "user_id": workspace.bot_user_id,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
    }


def events_dropped(state: State, workspace: Workspace) -> Json:
    """Build the `app_rate_limited` event, which has nothing inside and no id."""
    return {
        "token": state.app.verification_token,
        "type": "app_rate_limited",
        "team_id": workspace.id,
        "minute_rate_limited": int(state.clock.now().timestamp()) // 60 * 60,
        "api_app_id": state.app.id,
    }


def home_opened(state: State, workspace: Workspace, person: Person) -> Json:
    """Build the inner `app_home_opened` event."""
    home = state.home(person, workspace)
    shown: Json = {
        "type": "app_home_opened",
        "user": person.id,
        "channel": state.open_dm(workspace, person).id,
        "tab": "home",
        "event_ts": state.new_ts(),
    }
    return shown if home is None else shown | {"view": view_json(home, state)}


def user_changed(state: State, workspace: Workspace, person: Person) -> Json:
    """Build the inner `user_change` event."""
    ts = state.new_ts()
    user = user_json(person, asked_by=workspace, with_locale=True)
    return {"type": "user_change", "user": user, "cache_ts": int(float(ts)), "event_ts": ts}


def membership(state: State, channel: Channel, person: Person, *, joined: bool) -> Json:
    """Build the inner `member_joined_channel` or `member_left_channel` event."""
    return {
        "type": "member_joined_channel" if joined else "member_left_channel",
        "user": person.id,
        "channel": channel.id,
        "channel_type": "G" if channel.is_private else "C",
        "team": person.team_id,
        "event_ts": state.new_ts(),
    }


def said(message: Message, channel: Channel) -> Json:
    """Build the inner `message` event."""
    kind = "im" if channel.is_im else "group" if channel.is_private else "channel"
    return message_json(message) | {"channel": channel.id, "channel_type": kind, "event_ts": message.ts}
