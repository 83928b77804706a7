"""Connecting a business to Meta: the form takes a token, which is tested there before it is kept."""

from __future__ import annotations

import asyncio

from bot.domain.connections import TokenFlaw
from bot.meta.connecting import Sealed
from bot.services import connections
from bot.services.results import Denied
from bot.slack import modals, replies, screens
from bot.slack.ids import ActionId, Callback
from bot.slack.kit import View
from bot.slack.text import en as texts
from bot.slack.values import Ref
from bot.slack.wire.inbound import Inbound
from handlers import importing
from handlers.edge import Answer, Edge, Handler, with_field_errors, with_view
from handlers.presses import with_ref

PATIENCE = 1.5
"""How many seconds the form waits for Meta before it says that it does; the ack must leave in three."""

Outcome = Sealed | TokenFlaw


async def open_connection(edge: Edge, inbound: Inbound, ref: Ref) -> Answer:
    """Open the modal that says how a business is connected."""
    return edge.show(inbound, await _modal(edge, inbound, ref.id))


async def sent(edge: Edge, inbound: Inbound) -> Answer:
    """Test a token at Meta, and keep it if it is in order: in the form's answer, or after it if Meta is slow.

    Nothing but its business and the encrypted token goes further than this.
    """
    read = modals.read_connection(inbound.part)
    if (no := await importing.may_connect(edge, inbound, read.business_id)) is not None:
        return no
    testing = asyncio.create_task(edge.connector.seal(read.value, business_id=read.business_id))
    done, _ = await asyncio.wait({testing}, timeout=PATIENCE)
    if not done:
        return Answer(
            ack={"response_action": "update", "view": modals.checking_modal()},
            then=lambda: _later(edge, inbound, read.business_id, testing),
        )
    outcome = testing.result()
    if isinstance(outcome, TokenFlaw):
        return with_field_errors({"token": texts.meta.flaw(outcome)})
    return with_view(await _keep(edge, inbound, read.business_id, outcome))


async def _later(edge: Edge, inbound: Inbound, business_id: str, testing: asyncio.Task[Outcome]) -> None:
    """Show in the modal what came of a test for which its answer could not wait."""
    outcome = await testing
    if isinstance(outcome, TokenFlaw):
        shown = await _modal(edge, inbound, business_id, flaw=outcome)
        view = modals.message_modal(replies.answer(shown)) if isinstance(shown, Denied) else shown
    else:
        view = await _keep(edge, inbound, business_id, outcome)
    await edge.update(inbound, view)


async def _keep(edge: Edge, inbound: Inbound, business_id: str, sealed: Sealed) -> View:
    result = await edge.run(
        inbound, connections.connect, business_id, ciphertext=sealed.ciphertext, name=sealed.name
    )
    said = await edge.look(inbound, screens.answer, result)
    if isinstance(result, Denied):
        return modals.message_modal(said)
    return modals.connected_modal(said, business_id)


async def disconnect(edge: Edge, inbound: Inbound, ref: Ref) -> Answer:
    """Forget a business's token, and say what stays."""
    result = await edge.run(inbound, connections.disconnect, ref.id)
    if isinstance(result, Denied):
        return await edge.tell(inbound, result)
    return edge.change(inbound, modals.message_modal(await edge.look(inbound, screens.answer, result)))


async def compare(edge: Edge, inbound: Inbound, ref: Ref) -> Answer:
    """Have a business be compared with Meta now, and say so in the modal."""
    result = await edge.run(inbound, connections.compare_now, ref.id)
    if isinstance(result, Denied):
        return await edge.tell(inbound, result)
    return edge.change(inbound, await _modal(edge, inbound, ref.id))


async def _modal(
    edge: Edge, inbound: Inbound, business_id: str, *, flaw: TokenFlaw | None = None
) -> View | Denied:
    can_keep = edge.connector.can_keep
    return await edge.look(inbound, screens.connection_modal, business_id, can_keep=can_keep, flaw=flaw)


ACTIONS: dict[str, Handler] = {
    ActionId.CONNECTION: with_ref(open_connection),
    ActionId.DISCONNECT: with_ref(disconnect),
    ActionId.COMPARE: with_ref(compare),
}
SUBMISSIONS: dict[str, Handler] = {Callback.CONNECTION: sent}
