"""The `/access` command."""

from __future__ import annotations

from bot.domain.creating import NewAsset
from bot.domain.requests import NewRequest
from bot.services import directory, grants, requests, reviews, settings
from bot.services.results import Denied, Invalid, Result, Reviewing
from bot.slack import command_line, mistyped, replies, screens
from bot.slack.ids import ListWord
from bot.slack.kit import Message, View
from bot.slack.values import Page
from bot.slack.wire.inbound import Inbound
from handlers import importing, registering
from handlers.edge import Answer, Edge

COMMAND = "/access"


async def access(edge: Edge, inbound: Inbound) -> Answer:
    """Answer `/access`: one query, and one verb where it does something."""
    meant = await edge.look(inbound, command_line.interpret, inbound.typed)
    match meant:
        case Message():
            return edge.say(inbound, meant)
        case NewRequest():
            sent = await edge.run(inbound, requests.submit, meant)
            return await _told(edge, inbound, sent)
        case command_line.Cancel():
            done = await edge.run(inbound, requests.cancel, meant.request_id, note=meant.note)
            return await _told(edge, inbound, done)
        case command_line.Assign(seat=seat, tasks=tasks):
            one = {"business_id": seat.business_id, "asset_id": seat.asset_id}
            if tasks:
                changed = await edge.run(inbound, grants.assign_person, seat.person_id, tasks=tasks, **one)
            else:
                changed = await edge.run(inbound, grants.unassign_person, seat.person_id, **one)
            return await _told(edge, inbound, changed)
        case command_line.Stand():
            stands = await edge.run(
                inbound, settings.accept_at_once, meant.business_id, meant.other_id, on=meant.on
            )
            return await _told(edge, inbound, stands)
        case command_line.Review(business_id=business_id):
            return await _review(edge, inbound, business_id)
        case NewAsset():
            created = await edge.run(inbound, directory.create_asset, meant)
            return await _told(edge, inbound, created)
        case command_line.Fund():
            funded = await edge.run(inbound, directory.set_payment, meant.asset_id, meant.payment)
            return await _told(edge, inbound, funded)
        case command_line.Connect() | command_line.Import() | command_line.Setup():
            return await _begin(edge, inbound, meant)
        case _:
            return _shown(edge, inbound, meant)


async def _review(edge: Edge, inbound: Inbound, business_id: str) -> Answer:
    """Begin a review, and show all of it."""
    begun = await edge.run(inbound, reviews.open_review, business_id)
    if not isinstance(begun, Reviewing):
        return await edge.tell(inbound, begun)
    page = await edge.look(inbound, screens.page, Page(ListWord.REVIEW, business_id, 0))
    return edge.say(inbound, replies.reviewing(begun, page))


async def _begin(edge: Edge, inbound: Inbound, meant: command_line.Begun) -> Answer:
    """Answer what somebody outside is asked about first, or what depends on the settings."""
    match meant:
        case command_line.Setup():
            return await registering.begin(edge, inbound)
        case command_line.Import(business_id=business_id):
            return await importing.begin(edge, inbound, business_id)
        case command_line.Connect(business_id=business_id):
            can_keep = edge.connector.can_keep
            form = await edge.look(inbound, screens.connection_modal, business_id, can_keep=can_keep)
            return edge.show(inbound, form)


def _shown(edge: Edge, inbound: Inbound, meant: View | Denied) -> Answer:
    """Open the form that a line comes to, or say why there is none beside the line."""
    if isinstance(meant, Denied):
        return edge.say(inbound, mistyped.refused(meant, typed=inbound.typed))
    return edge.show(inbound, meant)


async def _told(edge: Edge, inbound: Inbound, result: Result) -> Answer:
    """Say what came of a line; one that was refused stands beside the reason, to be corrected."""
    if not isinstance(result, Denied | Invalid):
        return await edge.tell(inbound, result)
    return edge.say(inbound, mistyped.refused(result, typed=inbound.typed))


COMMANDS = {COMMAND: access}
