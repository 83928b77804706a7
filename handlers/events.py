"""What Slack tells us of its own accord: people who changed, and workspaces that let us go."""

from __future__ import annotations

from bot.services import directory
from bot.slack.senders import read_flags
from bot.slack.wire.inbound import Inbound
from handlers.edge import Answer, Edge, Handler


async def user_change(edge: Edge, inbound: Inbound) -> Answer:
    """Take note that somebody changed: who is deactivated or a guest now decides nothing any more."""
    flags = read_flags(inbound.part.get("user"), team_id=inbound.team_id)
    if flags is not None:
        await edge.run(
            inbound,
            directory.user_changed,
            team_id=inbound.team_id,
            user_id=flags.user_id,
            deactivated=flags.deactivated,
            guest=flags.guest,
            bot=flags.bot,
            stranger=flags.stranger,
        )
    return Answer()


async def app_uninstalled(edge: Edge, inbound: Inbound) -> Answer:
    """Stop acting in a workspace that removed the app. What is to be said there waits."""
    edge.slack.suspend(inbound.team_id)
    return Answer()


async def tokens_revoked(edge: Edge, inbound: Inbound) -> Answer:
    """Stop acting in a workspace that took our token back; tokens of its people are none of ours."""
    tokens = inbound.part.get("tokens")
    if isinstance(tokens, dict) and tokens.get("bot"):
        edge.slack.suspend(inbound.team_id)
    return Answer()


# The first two come in any order, or one of them alone.
EVENTS: dict[str, Handler] = {
    "app_uninstalled": app_uninstalled,
    "tokens_revoked": tokens_revoked,
    "user_change": user_change,
}
