"""Whom requests are asked of, as admins name them, and who stands in for an admin."""

from __future__ import annotations

from bot.services import settings
from bot.services.results import Denied, Invalid
from bot.slack import modals, screens
from bot.slack.ids import ActionId, Callback
from bot.slack.values import Ref
from bot.slack.wire.inbound import Inbound
from handlers.edge import CLOSES, Answer, Edge, Handler, with_field_errors
from handlers.presses import with_ref


async def asked(edge: Edge, inbound: Inbound, ref: Ref) -> Answer:
    """Open the form in which admins name whom requests are asked of."""
    return edge.show(inbound, await edge.look(inbound, screens.asked_modal, ref.id))


async def asked_sent(edge: Edge, inbound: Inbound) -> Answer:
    """Name whom requests are asked of."""
    read = modals.read_asked(inbound.part)
    if isinstance(read, dict):
        return with_field_errors(read)
    result = await edge.run(
        inbound,
        settings.name_approvers,
        read.ref.id,
        first=read.first,
        backups=read.backups,
        expected_version=read.ref.version,
    )
    if isinstance(result, Denied | Invalid):
        return with_field_errors(modals.modal_errors(inbound.part, result))
    return CLOSES


async def away(edge: Edge, inbound: Inbound, ref: Ref) -> Answer:
    """Open the form in which an admin names who stands in for them."""
    return edge.show(inbound, await edge.look(inbound, screens.away_modal, ref.id))


async def away_sent(edge: Edge, inbound: Inbound) -> Answer:
    """Name who stands in for somebody, and on which days."""
    read = modals.read_away(inbound.part)
    if isinstance(read, dict):
        return with_field_errors(read)
    result = await edge.run(
        inbound,
        settings.name_stand_in,
        read.ref.id,
        stand_in=read.stand_in,
        from_day=read.from_day,
        until_day=read.until_day,
    )
    if isinstance(result, Denied | Invalid):
        return with_field_errors(modals.modal_errors(inbound.part, result))
    return CLOSES


async def back_again(edge: Edge, inbound: Inbound, ref: Ref) -> Answer:
    """Have nobody stand in for somebody any more, and show the form as it is then."""
    result = await edge.run(inbound, settings.end_stand_in, ref.id)
    if isinstance(result, Denied):
        return await edge.tell(inbound, result)
    return edge.change(inbound, await edge.look(inbound, screens.away_modal, ref.id))


ACTIONS: dict[str, Handler] = {
    ActionId.ASKED: with_ref(asked),
    ActionId.AWAY: with_ref(away),
    ActionId.BACK_AGAIN: with_ref(back_again),
}
SUBMISSIONS: dict[str, Handler] = {Callback.ASKED: asked_sent, Callback.AWAY: away_sent}
