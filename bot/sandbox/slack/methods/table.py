"""The Web API's methods by name."""

from __future__ import annotations

from bot.sandbox.slack.methods.arguments import Args, Method
from bot.sandbox.slack.methods.chat import CHAT_METHODS
from bot.sandbox.slack.methods.conversations import CONVERSATION_METHODS
from bot.sandbox.slack.methods.views import VIEW_METHODS
from bot.sandbox.slack.model import Json, SlackRefusal, Workspace
from bot.sandbox.slack.state import State


def _auth_test(state: State, workspace: Workspace, _: Args) -> Json:
    return {
        "url": workspace.url,
        "team": workspace.name,
        "user": state.app.name,
        "team_id": workspace.id,
        "user_id": workspace.bot_user_id,
        "bot_id": workspace.bot_id,
        "is_enterprise_install": workspace.granted is not None,
        **({"enterprise_id": workspace.enterprise_id} if workspace.enterprise_id else {}),
    }


def _teams_list(state: State, org: Workspace, args: Args) -> Json:
    if org.granted is None:
        raise SlackRefusal("not_allowed_token_type")
    teams = sorted(org.granted)
    start = int(args.text("cursor") or "0")
    page = teams[start : start + args.number("limit", 100, most=1000)]
    more = start + len(page) < len(teams)
    return {
        "teams": [{"id": one, "name": state.workspace(one).name} for one in page],
        "response_metadata": {"next_cursor": str(start + len(page)) if more else ""},
    }


METHODS: dict[str, Method] = {
    "auth.teams.list": Method(_teams_list),
    "auth.test": Method(_auth_test),
    **CHAT_METHODS,
    **VIEW_METHODS,
    **CONVERSATION_METHODS,
}
"""Methods of a bot token; those that need none, and `apps.connections.open`, are answered in `api.py`."""
