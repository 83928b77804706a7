"""What people do in an access review: keep, shorten, say whether it is still needed."""

from __future__ import annotations

from bot.domain.reviews import Need
from bot.services import reviews
from bot.services.results import Denied, Invalid
from bot.slack import modals, screens
from bot.slack.ids import ActionId, Callback
from bot.slack.values import Ref
from bot.slack.wire.inbound import Inbound
from handlers.edge import CLOSES, Answer, Edge, Handler, with_field_errors
from handlers.presses import Pressed, with_ref


async def keep(edge: Edge, inbound: Inbound, ref: Ref) -> Answer:
    """Keep one grant."""
    result = await edge.run(inbound, reviews.keep, ref.id, expected_version=ref.version)
    return await edge.tell(inbound, result)


async def keep_all(edge: Edge, inbound: Inbound, ref: Ref) -> Answer:
    """Keep all that still waits of one partner."""
    result = await edge.run(inbound, reviews.keep_all, ref.id, expected_answers=ref.version)
    return await edge.tell(inbound, result)


async def shorten(edge: Edge, inbound: Inbound, ref: Ref) -> Answer:
    """Open the form that asks when access is to end."""
    return edge.show(inbound, await edge.look(inbound, screens.shorten_modal, ref.id))


async def shortened(edge: Edge, inbound: Inbound) -> Answer:
    """Have access end on the day that was chosen."""
    read = modals.read_until(inbound.part)
    if isinstance(read, dict):
        return with_field_errors(read)
    result = await edge.run(
        inbound, reviews.shorten, read.ref.id, until=read.until, expected_version=read.ref.version
    )
    if isinstance(result, Denied | Invalid):
        return with_field_errors(modals.modal_errors(inbound.part, result))
    return CLOSES


def says(need: Need) -> Pressed:
    """Return the handler of the button by which a holder says this."""

    async def pressed(edge: Edge, inbound: Inbound, ref: Ref) -> Answer:
        return await edge.tell(inbound, await edge.run(inbound, reviews.answer, ref.id, need))

    return pressed


ACTIONS: dict[str, Handler] = {
    ActionId.KEEP: with_ref(keep),
    ActionId.KEEP_ALL: with_ref(keep_all),
    ActionId.SHORTEN: with_ref(shorten),
    ActionId.STILL_NEEDED: with_ref(says(Need.WORKS)),
    ActionId.NEEDED_NOT_WORKING: with_ref(says(Need.BROKEN)),
}
SUBMISSIONS: dict[str, Handler] = {Callback.SHORTEN: shortened}
