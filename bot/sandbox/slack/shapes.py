"""How Slack writes its objects as JSON: users, channels, messages, views."""

from __future__ import annotations

from bot.sandbox.slack.model import App, Channel, Json, Message, Person, View, Workspace
from bot.sandbox.slack.state import State


def user_json(person: Person, *, asked_by: Workspace, with_locale: bool = False) -> Json:
    """Write a person as `users.info` does for an app of `asked_by`; a deactivated person has fewer fields."""
    shown: Json = {
        "id": person.id,
        "team_id": person.first_team,
        "name": person.name,
        "deleted": person.deleted,
        "real_name": person.real_name,
        "profile": {
            "team": person.team_id,
            "real_name": person.real_name,
            "real_name_normalized": person.real_name,
            "display_name": person.display_name,
            "display_name_normalized": person.display_name,
        },
        "is_bot": person.is_bot,
        "is_app_user": False,
        "updated": 0,
    }
    if person.listed_as is not None:
        shown["enterprise_user"] = {
            "id": person.id,
            "enterprise_id": asked_by.enterprise_id,
            "is_admin": False,
            "is_owner": False,
            "teams": [person.listed_as, person.team_id],
        }
    if person.team_id != asked_by.id:
        shown["is_stranger"] = person.is_stranger
    if person.deleted:
        return shown
    shown |= {
        "tz": person.tz,
        "tz_label": person.tz_label,
        "tz_offset": person.tz_offset,
        "is_admin": person.is_admin,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": person.is_restricted,
        "is_ultra_restricted": person.is_ultra_restricted,
    }
    if with_locale:
        shown["locale"] = person.locale
    return shown


def bot_user_json(workspace: Workspace, app: App) -> Json:
    """Write the app's own bot user as `users.info` does."""
    return {
        "id": workspace.bot_user_id,
        "team_id": workspace.id,
        "name": app.name,
        "deleted": False,
        "real_name": app.name,
        "profile": {
            "team": workspace.id,
            "real_name": app.name,
            "display_name": "",
            "bot_id": workspace.bot_id,
        },
        "is_bot": True,
        "is_app_user": False,
        "updated": 0,
    }


def channel_json(channel: Channel, state: State, *, asked_by: Workspace) -> Json:
    """Write a channel or a direct message as `conversations.info` does for an app of `asked_by`."""
    shown: Json = {
        "id": channel.id,
        "created": channel.created,
        "is_archived": channel.archived,
        "is_im": channel.is_im,
        "is_org_shared": False,
        "context_team_id": asked_by.id,
    }
    if channel.user is not None:
        deleted = state.person(channel.user).deleted
        return shown | {"user": channel.user, "is_user_deleted": deleted, "is_open": True}
    return shown | {
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": not channel.is_private,
        "is_group": channel.is_private,
        "is_mpim": False,
        "is_private": channel.is_private,
        "is_general": False,
        "is_shared": channel.is_ext_shared,
        "is_ext_shared": channel.is_ext_shared,
        "is_pending_ext_shared": False,
        "shared_team_ids": sorted({channel.team_id, *channel.shared_with}),
        "is_member": asked_by.bot_user_id in channel.members,
        "num_members": len(channel.members),
        "topic": {"value": "", "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
        "previous_names": [],
    }


def message_json(message: Message, *, with_metadata: bool = False) -> Json:
    """Write a message as history, answers and `block_actions` do."""
    shown: Json = {
        "type": "message",
        "user": message.user,
        "ts": message.ts,
        "text": message.text,
        "team": message.team_id,
    }
    if message.bot_id is not None:
        shown |= {"bot_id": message.bot_id, "app_id": message.app_id}
    if message.blocks:
        shown["blocks"] = message.blocks
    if message.edited is not None:
        shown["edited"] = {"user": message.user, "ts": message.edited}
    if message.thread_ts is not None:
        shown["thread_ts"] = message.thread_ts
    elif message.reply_count:
        shown |= {"thread_ts": message.ts, "reply_count": message.reply_count}
    if with_metadata and message.metadata is not None:
        shown["metadata"] = message.metadata
    return shown


def view_json(view: View, state: State) -> Json:
    """Write a view as the `views.*` answers and the payloads do."""
    modal = view.type == "modal"
    return {
        "id": view.id,
        "team_id": view.user_team_id,
        "type": view.type,
        "title": view.body.get("title"),
        "submit": view.body.get("submit"),
        "close": view.body.get("close"),
        "blocks": view.blocks,
        "private_metadata": view.private_metadata,
        "callback_id": view.callback_id,
        "external_id": view.external_id,
        "state": {"values": view.state},
        "hash": view.hash,
        "clear_on_close": view.body.get("clear_on_close", False),
        "notify_on_close": view.body.get("notify_on_close", False),
        "submit_disabled": view.body.get("submit_disabled", False) if modal else False,
        "root_view_id": view.root_view_id,
        "previous_view_id": view.previous_view_id,
        "app_id": state.app.id,
        "app_installed_team_id": view.team_id,
        "bot_id": state.workspace(view.team_id).bot_id,
    }
