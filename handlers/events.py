"""Slack's events: people who changed, events that were dropped, and workspaces that removed the app."""

from __future__ import annotations

import logging

from bot.services import directory
from bot.slack.senders import read_flags
from bot.slack.wire.inbound import Inbound
from handlers.edge import Answer, Edge, Handler

log = logging.getLogger(__name__)


async def user_change(edge: Edge, inbound: Inbound) -> Answer:
    """Store that somebody changed: deactivated people and guests may no longer decide."""
    flags = read_flags(inbound.part.get("user"), at=edge.slack.place(inbound.team_id))
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


async def app_rate_limited(edge: Edge, inbound: Inbound) -> Answer:
    """Have people looked up: Slack drops events of a workspace that had too many, or met too many errors."""
    log.warning("Slack drops events of %s: its people are looked up", inbound.team_id)
    await edge.run(inbound, directory.events_dropped, team_id=inbound.team_id)
    return Answer()


async def app_uninstalled(edge: Edge, inbound: Inbound) -> Answer:
    """Stop sending to a workspace that removed the app. Messages for it wait."""
    edge.slack.suspend(inbound.team_id)
    return Answer()


async def tokens_revoked(edge: Edge, inbound: Inbound) -> Answer:
    """Stop sending to a workspace that revoked the bot token; tokens of its people do not matter."""
    tokens = inbound.part.get("tokens")
    if isinstance(tokens, dict) and tokens.get("bot"):
        edge.slack.suspend(inbound.team_id)
    return Answer()


# `app_uninstalled` and `tokens_revoked` come in any order, or only one of them.
EVENTS: dict[str, Handler] = {
    "app_rate_limited": app_rate_limited,
    "app_uninstalled": app_uninstalled,
    "tokens_revoked": tokens_revoked,
    "user_change": user_change,
}
