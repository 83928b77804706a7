"""What Slack is asked before the ack, since what is wrong with a form can only be part of that."""

from __future__ import annotations

import asyncio
from typing import Any

from bot.slack.text import en as texts
from bot.slack.wire.calls import Refused, SlackError
from bot.slack.wire.inbound import Inbound
from handlers.edge import Edge

_SECONDS = 1.5


async def find_user(edge: Edge, inbound: Inbound, user_id: str) -> Any:
    """Return what Slack knows of somebody, as it says it; None if it does not say in time."""
    try:
        async with asyncio.timeout(_SECONDS):
            return (await edge.slack.call(inbound.team_id, "users.info", user=user_id)).get("user")
    except (SlackError, TimeoutError):
        return None


async def channel_error(edge: Edge, inbound: Inbound, channel_id: str) -> str | None:
    """Return why a channel cannot be where a business is asked, as far as Slack tells."""
    try:
        async with asyncio.timeout(_SECONDS):
            answer = await edge.slack.call(inbound.team_id, "conversations.info", channel=channel_id)
    except Refused as refused:  # a private channel is not found unless the app is in it
        return texts.settings.NOT_IN_CHANNEL if refused.word == "channel_not_found" else None
    except (SlackError, TimeoutError):
        return None
    channel = answer.get("channel")
    facts = channel if isinstance(channel, dict) else {}
    if facts.get("is_archived") is True:
        return texts.settings.CHANNEL_ARCHIVED
    if facts.get("is_ext_shared") is True:
        return texts.settings.CHANNEL_SHARED
    return texts.settings.NOT_IN_CHANNEL if facts.get("is_member") is False else None
