"""Buttons: on cards, in lists, and in the windows that show a request."""

from __future__ import annotations

from bot.domain.inbox import Repeated
from bot.domain.policy import DenialReason
from bot.domain.requests import Approve
from bot.services import requests
from bot.services.results import Denied, Invalid, Moved, Undone
from bot.slack import modals, replies, screens
from bot.slack.ids import ActionId, Callback, Page, Ref, read_press
from bot.slack.kit import View
from bot.slack.wire.inbound import Inbound
from handlers.edge import Answer, Edge, Handler, of_a_ref


async def approve(edge: Edge, inbound: Inbound, ref: Ref) -> Answer:
    """Say yes to all that was asked."""
    result = await edge.run(inbound, requests.decide, ref.id, verdict=Approve(), expected_version=ref.version)
    if isinstance(result, Denied) and result.reason is DenialReason.UNBOUND:
        # It takes a choice: which of one's own assets is meant.
        return edge.show(inbound, await _adjust_modal(edge, inbound, ref))
    return await _done(edge, inbound, ref, result)


async def undo(edge: Edge, inbound: Inbound, ref: Ref) -> Answer:
    """Undo a yes."""
    result = await edge.run(inbound, requests.undo, ref.id)
    return await _done(edge, inbound, ref, result)


async def adjust(edge: Edge, inbound: Inbound, ref: Ref) -> Answer:
    """Open the form for giving less."""
    return await _if_entitled(edge, inbound, ref) or edge.show(
        inbound, await _adjust_modal(edge, inbound, ref)
    )


async def decline(edge: Edge, inbound: Inbound, ref: Ref) -> Answer:
    """Open the form for saying no."""
    no = await _if_entitled(edge, inbound, ref)
    if no is not None:
        return no
    view = await edge.look(inbound, screens.find_open, ref.id)
    return edge.show(inbound, view if isinstance(view, Denied) else modals.decline_modal(view))


async def cancel(edge: Edge, inbound: Inbound, ref: Ref) -> Answer:
    """Open the form for taking back what was asked."""
    view = await edge.look(inbound, screens.find_open, ref.id)
    return edge.show(inbound, view if isinstance(view, Denied) else modals.cancel_modal(view))


async def details(edge: Edge, inbound: Inbound, ref: Ref) -> Answer:
    """Show the whole of a request; the asker's card says that it was opened."""
    await edge.run(inbound, requests.open_details, ref.id)
    return edge.show(inbound, await edge.look(inbound, screens.details_modal, ref.id))


async def history(edge: Edge, inbound: Inbound, ref: Ref) -> Answer:
    """Show what happened to a request."""
    view = await edge.look(inbound, screens.history_modal, ref.id)
    return edge.show(inbound, view)


async def send(edge: Edge, inbound: Inbound, ref: Ref) -> Answer:
    """Send what an employee prepared."""
    result = await edge.run(inbound, requests.submit_draft, ref.id, expected_version=ref.version)
    return edge.say(inbound, await edge.tell(inbound, result))


async def drop(edge: Edge, inbound: Inbound, ref: Ref) -> Answer:
    """Drop what an employee prepared."""
    result = await edge.run(inbound, requests.drop_draft, ref.id, expected_version=ref.version)
    return edge.say(inbound, await edge.tell(inbound, result))


async def edit(edge: Edge, inbound: Inbound, ref: Ref) -> Answer:
    """Open the form for changing what an employee prepared."""
    view = await edge.look(inbound, screens.edit_modal, ref.id)
    return edge.show(inbound, view)


async def _done(
    edge: Edge, inbound: Inbound, ref: Ref, result: Moved | Undone | Denied | Invalid | Repeated
) -> Answer:
    """Say what was done; in the window that shows a request, show it as it is now."""
    if inbound.view is None or not isinstance(result, Moved | Undone):
        return edge.say(inbound, await edge.tell(inbound, result))
    view = await edge.look(inbound, screens.details_modal, ref.id)
    return edge.change(inbound, view)


async def _if_entitled(edge: Edge, inbound: Inbound, ref: Ref) -> Answer | None:
    """Return the answer to who could not decide now, before a form is opened for nothing."""
    result = await edge.run(inbound, requests.may_decide_now, ref.id, expected_version=ref.version)
    if result is None:
        return None
    return Answer() if isinstance(result, Repeated) else edge.say(inbound, replies.answer(result))


async def _adjust_modal(edge: Edge, inbound: Inbound, ref: Ref) -> View | Denied:
    return await edge.look(inbound, screens.adjust_modal, ref.id)


# --- without a request of their own ---------------------------------------------------------------


async def ask(edge: Edge, inbound: Inbound) -> Answer:
    """Open the form for asking."""
    return edge.show(inbound, await edge.look(inbound, screens.request_modal, None))


async def end(edge: Edge, inbound: Inbound) -> Answer:
    """Open the form for ending access."""
    return edge.show(inbound, await edge.look(inbound, screens.end_modal))


async def pending(edge: Edge, inbound: Inbound) -> Answer:
    """Show what waits."""
    return edge.say(inbound, await edge.look(inbound, screens.pending))


async def turn(edge: Edge, inbound: Inbound) -> Answer:
    """Show a page: of a list as a new message, of a window in its place."""
    wanted = read_press(inbound.part).page or Page("", "", 0)
    match wanted.what:
        case Callback.DETAILS:
            read = edge.look(inbound, screens.details_modal, wanted.of, page=wanted.offset)
        case Callback.HISTORY:
            read = edge.look(inbound, screens.history_modal, wanted.of, page=wanted.offset)
        case Callback.MEMBERS:
            read = edge.look(inbound, screens.members_modal, wanted.of, page=wanted.offset)
        case _:
            return edge.say(inbound, await edge.look(inbound, screens.page, wanted))
    return edge.change(inbound, await read)


async def more(edge: Edge, inbound: Inbound) -> Answer:
    """Do what was chosen in a card's menu."""
    return await edge.listeners.actions[read_press(inbound.part).action](edge, inbound)


ACTIONS: dict[str, Handler] = {
    ActionId.APPROVE: of_a_ref(approve),
    ActionId.UNDO: of_a_ref(undo),
    ActionId.ADJUST: of_a_ref(adjust),
    ActionId.DECLINE: of_a_ref(decline),
    ActionId.CANCEL: of_a_ref(cancel),
    ActionId.DETAILS: of_a_ref(details),
    ActionId.OPEN: of_a_ref(details),
    ActionId.HISTORY: of_a_ref(history),
    ActionId.MORE: more,
    ActionId.SEND: of_a_ref(send),
    ActionId.EDIT: of_a_ref(edit),
    ActionId.DROP: of_a_ref(drop),
    ActionId.REQUEST: ask,
    ActionId.END: end,
    ActionId.PENDING: pending,
    ActionId.LIST: turn,
    ActionId.PAGE: turn,
}
