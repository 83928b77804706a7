"""What is created, prepared for the admins, and how it is paid."""

from __future__ import annotations

from bot.services import directory
from bot.services.results import Denied, Invalid
from bot.slack import modals, replies, screens
from bot.slack.ids import ActionId, Callback
from bot.slack.values import Ref, Unreadable, read_press
from bot.slack.wire.inbound import Inbound
from handlers.edge import Answer, Edge, Handler, with_field_errors
from handlers.presses import with_ref


async def open_form(edge: Edge, inbound: Inbound) -> Answer:
    """Open the form for creating an asset."""
    return edge.show(inbound, await edge.look(inbound, screens.new_asset_modal))


async def sent(edge: Edge, inbound: Inbound) -> Answer:
    """Create what was entered, prepare it, or change what is prepared."""
    read = modals.read_create(inbound.part)
    if isinstance(read, dict):
        return with_field_errors(read)
    if read.prepared is None:
        form = str(inbound.part.get("id") or "") or None
        result = await edge.run(inbound, directory.create_asset, read.new, form=form)
    else:
        result = await edge.run(
            inbound,
            directory.change_prepared,
            read.prepared.id,
            read.new,
            expected_version=read.prepared.version,
        )
    if isinstance(result, Denied | Invalid):
        return with_field_errors(modals.modal_errors(inbound.part, result))
    return edge.close(inbound, replies.answer(result), is_shown=False)


async def make(edge: Edge, inbound: Inbound, ref: Ref) -> Answer:
    """Create what somebody prepared."""
    result = await edge.run(inbound, directory.create_prepared, ref.id, expected_version=ref.version)
    return await edge.tell(inbound, result)


async def rework(edge: Edge, inbound: Inbound, ref: Ref) -> Answer:
    """Open the form for changing what is prepared."""
    return edge.show(inbound, await edge.look(inbound, screens.rework_modal, ref.id))


async def discard(edge: Edge, inbound: Inbound, ref: Ref) -> Answer:
    """Drop what somebody prepared."""
    result = await edge.run(inbound, directory.drop_prepared, ref.id, expected_version=ref.version)
    return await edge.tell(inbound, result)


async def try_again(edge: Edge, inbound: Inbound, ref: Ref) -> Answer:
    """Try once more to create at Meta what could not be."""
    result = await edge.run(inbound, directory.try_creating_again, ref.id, expected_version=ref.version)
    return await edge.tell(inbound, result)


async def fund(edge: Edge, inbound: Inbound) -> Answer:
    """Open the form for how an ad account is paid."""
    asset_id = read_press(inbound.part).asset_id
    if asset_id is None:
        raise Unreadable("the button refers to nothing")
    return edge.show(inbound, await edge.look(inbound, screens.fund_modal, asset_id))


async def funded(edge: Edge, inbound: Inbound) -> Answer:
    """Set how an ad account is paid."""
    read = modals.read_fund(inbound.part)
    result = await edge.run(inbound, directory.set_payment, read.asset_id, read.payment)
    if isinstance(result, Denied):
        return with_field_errors(modals.modal_errors(inbound.part, result))
    return edge.close(inbound, replies.answer(result), is_shown=False)


ACTIONS: dict[str, Handler] = {
    ActionId.CREATE: open_form,
    ActionId.MAKE: with_ref(make),
    ActionId.REWORK: with_ref(rework),
    ActionId.DISCARD: with_ref(discard),
    ActionId.TRY_MAKING_AGAIN: with_ref(try_again),
    ActionId.FUND: fund,
}
SUBMISSIONS: dict[str, Handler] = {Callback.CREATE: sent, Callback.FUND: funded}
