"""Slack's events: people who changed, replies under cards, what was dropped, workspaces without the app."""

from __future__ import annotations

import logging

from bot.domain.inbox import InboxKey, InboxKind, Repeated
from bot.services import directory
from bot.slack import screens
from bot.slack.senders import read_user
from bot.slack.wire.calls import SlackError
from bot.slack.wire.inbound import Inbound, read_reply
from handlers.edge import Answer, Edge, Handler

log = logging.getLogger(__name__)


async def user_change(edge: Edge, inbound: Inbound) -> Answer:
    """Store that somebody changed: deactivated people and guests may no longer decide.

    In an organisation it comes once, from any of the workspaces that somebody is in, or from none of them.
    """
    place = edge.slack.place(inbound.team_id)
    user = read_user(inbound.part.get("user"), at=place)
    if user is not None:
        sisters = {one.team_id for one in edge.slack.sisters(place.enterprise_id)} - {place.team_id}
        known = await edge.look(inbound, directory.find_homes, user.user_id) if sisters else frozenset()
        await edge.run(
            inbound,
            directory.user_changed,
            user,
            team_id=inbound.team_id,
            elsewhere=sorted(known & sisters),
        )
    return Answer()


async def message(edge: Edge, inbound: Inbound) -> Answer:
    """Tell who writes under a card, once in each thread, that the other side does not see it.

    Nothing is sent on. Slack says it only where the manifest asks for it: `countersign manifest --replies`.
    """
    reply = read_reply(inbound.part)
    if reply is None:
        return Answer()
    hint = await edge.look(
        inbound, screens.reply_hint, channel_id=reply.channel_id, thread_ts=reply.thread_ts, text=reply.text
    )
    if hint is None:
        return Answer()
    thread = f"{inbound.team_id}:{reply.channel_id}:{reply.thread_ts}:{inbound.actor.user_id}"
    first = await edge.database.write(lambda _: None, inbox=InboxKey(InboxKind.THREAD, thread))
    if isinstance(first, Repeated):
        return Answer()

    async def tell() -> None:
        try:
            await edge.slack.call(
                inbound.team_id,
                "chat.postEphemeral",
                channel=reply.channel_id,
                user=inbound.actor.user_id,
                thread_ts=reply.thread_ts,
                text=hint.text,
                blocks=list(hint.blocks),
            )
        except SlackError as error:
            log.info("a hint under a card could not be shown: %s", error)

    return Answer(then=tell)


async def app_rate_limited(edge: Edge, inbound: Inbound) -> Answer:
    """Have people looked up: Slack drops events of a workspace that had too many, or met too many errors."""
    log.warning("Slack drops events of %s: its people are looked up", inbound.team_id)
    await edge.run(inbound, directory.events_dropped, team_id=inbound.team_id)
    return Answer()


async def app_uninstalled(edge: Edge, inbound: Inbound) -> Answer:
    """Stop sending to a workspace that removed the app, and ask Slack whether that is still so.

    Messages for it wait. What comes late may be about an installation before this one.
    """
    edge.slack.suspend(inbound.team_id)
    return Answer(then=edge.slack.probe)


async def tokens_revoked(edge: Edge, inbound: Inbound) -> Answer:
    """Stop sending to a workspace that revoked the bot token; tokens of its people do not matter."""
    tokens = inbound.part.get("tokens")
    if isinstance(tokens, dict) and tokens.get("bot"):
        return await app_uninstalled(edge, inbound)
    return Answer()


# `app_uninstalled` and `tokens_revoked` come in any order, or only one of them.
EVENTS: dict[str, Handler] = {
    "app_rate_limited": app_rate_limited,
    "app_uninstalled": app_uninstalled,
    "message": message,
    "tokens_revoked": tokens_revoked,
    "user_change": user_change,
}
