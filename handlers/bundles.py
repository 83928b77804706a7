"""Bundles: a request is kept under a name, started from, renamed and removed."""

from __future__ import annotations

from bot.services import requests
from bot.services.results import Denied, Invalid
from bot.slack import modals, replies, screens
from bot.slack.ids import ActionId, Callback
from bot.slack.values import Ref
from bot.slack.wire.inbound import Inbound
from handlers.edge import Answer, Edge, Handler, with_field_errors
from handlers.presses import with_ref


async def open_name(edge: Edge, inbound: Inbound, ref: Ref) -> Answer:
    """Open the form in which a request gets a name."""
    return edge.show(inbound, await edge.look(inbound, screens.bundle_modal, ref.id))


async def named(edge: Edge, inbound: Inbound) -> Answer:
    """Keep a request under the name that was entered."""
    read = modals.read_bundle(inbound.part)
    result = await edge.run(inbound, requests.save_bundle, read.ref.id, name=read.name)
    if isinstance(result, Denied | Invalid):
        return with_field_errors(modals.modal_errors(inbound.part, result))
    return edge.close(inbound, replies.answer(result), is_shown=False)


async def start(edge: Edge, inbound: Inbound, ref: Ref) -> Answer:
    """Open the form for a request that starts from a bundle."""
    return edge.show(inbound, await edge.look(inbound, screens.start_modal, ref.id))


async def remove(edge: Edge, inbound: Inbound, ref: Ref) -> Answer:
    """Keep a request as a bundle no longer."""
    return await edge.tell(inbound, await edge.run(inbound, requests.remove_bundle, ref.id))


ACTIONS: dict[str, Handler] = {
    ActionId.SAVE_BUNDLE: with_ref(open_name),
    ActionId.USE_BUNDLE: with_ref(start),
    ActionId.REMOVE_BUNDLE: with_ref(remove),
}
SUBMISSIONS: dict[str, Handler] = {Callback.BUNDLE: named}
