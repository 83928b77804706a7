"""`/access` and its words."""

from __future__ import annotations

from bot.domain.requests import NewRequest
from bot.services.requests import moves as requests
from bot.services.requests import submit as requesting
from bot.slack import screens as pages
from bot.slack.kit import Message
from bot.slack.wire.inbound import Inbound
from handlers.edge import Answer, Edge

COMMAND = "/access"


async def access(edge: Edge, inbound: Inbound) -> Answer:
    """Answer `/access`, with or without words: one read, and a verb where something is to be done."""
    by, now = inbound.actor, edge.clock.now()
    meant = await edge.database.read(pages.typed, str(inbound.body.get("text") or ""), by=by, now=now)
    match meant:
        case Message():
            return edge.say(inbound, meant)
        case NewRequest():
            result = await edge.database.write(requesting.ask, meant, by=by, now=now, inbox=inbound.key)
            return edge.say(inbound, await edge.tell(inbound, result))
        case pages.Cancel():
            done = await edge.database.write(
                requests.cancel, meant.request_id, by=by, note=meant.note, now=now, inbox=inbound.key
            )
            return edge.say(inbound, await edge.tell(inbound, done))
        case _:
            return edge.show(inbound, meant)


COMMANDS = {COMMAND: access}
