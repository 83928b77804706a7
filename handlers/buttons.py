"""Buttons on cards, in lists, and in the modals that show a request."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.assets import Kind
from bot.domain.denials import DenialReason
from bot.domain.kinds import RequestKind
from bot.domain.requests import Approve
from bot.services import grants, requests, settings
from bot.services.results import Denied, Invalid, Moved, Undone
from bot.slack import modals, replies, screens
from bot.slack.ids import ActionId, Callback, ListWord
from bot.slack.kit import View
from bot.slack.text import en as texts
from bot.slack.values import Page, Ref, Unreadable, read_press
from bot.slack.wire.inbound import Inbound
from handlers.edge import Answer, Edge, Handler
from handlers.presses import tells, with_ref


async def approve(edge: Edge, inbound: Inbound, ref: Ref) -> Answer:
    """Approve everything that was requested."""
    result = await edge.run(inbound, requests.decide, ref.id, verdict=Approve(), expected_version=ref.version)
    if isinstance(result, Denied) and result.reason is DenialReason.UNBOUND:
        # A described asset: the approver must choose which of their own is meant.
        return edge.show(inbound, await _adjust_modal(edge, inbound, ref))
    return await _done(edge, inbound, ref, result)


async def approve_as(edge: Edge, inbound: Inbound, ref: Ref) -> Answer:
    """Approve an asset at a lower level than was requested: the one that the button names."""
    at = read_press(inbound.part).at_level
    given = modals.read_level(Kind(at.kind), at.level) if at and at.kind in set(Kind) else None
    if at is None or given is None:
        raise Unreadable("no level that this kind has")
    verdict = Approve(given={at.position: given})
    result = await edge.run(inbound, requests.decide, ref.id, verdict=verdict, expected_version=ref.version)
    return await _done(edge, inbound, ref, result)


async def undo(edge: Edge, inbound: Inbound, ref: Ref) -> Answer:
    """Undo an approval."""
    result = await edge.run(inbound, requests.undo, ref.id)
    return await _done(edge, inbound, ref, result)


async def try_again(edge: Edge, inbound: Inbound, ref: Ref) -> Answer:
    """Try once more at Meta what a request gave."""
    result = await edge.run(inbound, grants.try_again, ref.id)
    return await tells(edge, inbound, ref, await edge.look(inbound, screens.answer, result))


async def adjust(edge: Edge, inbound: Inbound, ref: Ref) -> Answer:
    """Open the modal for approving less than was requested."""
    return await _if_entitled(edge, inbound, ref) or edge.show(
        inbound, await _adjust_modal(edge, inbound, ref)
    )


async def decline(edge: Edge, inbound: Inbound, ref: Ref) -> Answer:
    """Open the modal for declining."""
    no = await _if_entitled(edge, inbound, ref)
    if no is not None:
        return no
    return edge.show(inbound, await edge.look(inbound, screens.decline_modal, ref.id))


async def cancel(edge: Edge, inbound: Inbound, ref: Ref) -> Answer:
    """Open the modal for cancelling a request."""
    return edge.show(inbound, await edge.look(inbound, screens.cancel_modal, ref.id))


async def details(edge: Edge, inbound: Inbound, ref: Ref) -> Answer:
    """Show a request in full; the requester's card says that it was opened."""
    await edge.run(inbound, requests.open_details, ref.id)
    return edge.show(inbound, await edge.look(inbound, screens.details_modal, ref.id))


async def history(edge: Edge, inbound: Inbound, ref: Ref) -> Answer:
    """Show a request's history."""
    view = await edge.look(inbound, screens.history_modal, ref.id)
    return edge.show(inbound, view)


async def send(edge: Edge, inbound: Inbound, ref: Ref) -> Answer:
    """Send an employee's draft."""
    result = await edge.run(inbound, requests.submit_draft, ref.id, expected_version=ref.version)
    if isinstance(result, Invalid):  # what is wrong with it is corrected in its form, which says so
        return edge.show(inbound, await edge.look(inbound, screens.edit_modal, ref.id))
    return await edge.tell(inbound, result)


async def drop(edge: Edge, inbound: Inbound, ref: Ref) -> Answer:
    """Drop an employee's draft."""
    result = await edge.run(inbound, requests.drop_draft, ref.id, expected_version=ref.version)
    return await edge.tell(inbound, result)


async def edit(edge: Edge, inbound: Inbound, ref: Ref) -> Answer:
    """Open the modal for changing an employee's draft."""
    view = await edge.look(inbound, screens.edit_modal, ref.id)
    return edge.show(inbound, view)


async def _done(edge: Edge, inbound: Inbound, ref: Ref, result: Moved | Undone | Denied | Invalid) -> Answer:
    """Say what was done; in a modal that shows the request, show it as it is now."""
    if inbound.view is None or not isinstance(result, Moved | Undone):
        return await edge.tell(inbound, result)
    view = await edge.look(inbound, screens.details_modal, ref.id)
    return edge.change(inbound, view)


async def _if_entitled(edge: Edge, inbound: Inbound, ref: Ref) -> Answer | None:
    """Return the answer to somebody who may not decide now, before a modal opens for nothing; else None."""
    result = await edge.run(inbound, requests.may_decide_now, ref.id, expected_version=ref.version)
    if result is None:
        return None
    return await edge.tell(inbound, result)


async def _adjust_modal(edge: Edge, inbound: Inbound, ref: Ref) -> View | Denied:
    return await edge.look(inbound, screens.adjust_modal, ref.id)


# --- buttons that refer to no request ---------------------------------------------------------------


def ask(kind: RequestKind) -> Handler:
    """Return the handler that opens the modal for a new request of a kind."""

    async def handler(edge: Edge, inbound: Inbound) -> Answer:
        return edge.show(inbound, await edge.look(inbound, screens.new_request_modal, kind))

    return handler


async def end(edge: Edge, inbound: Inbound) -> Answer:
    """Open the modal for ending access."""
    return edge.show(inbound, await edge.look(inbound, screens.end_modal))


async def pending(edge: Edge, inbound: Inbound) -> Answer:
    """Show what waits for a decision."""
    return edge.say(inbound, await edge.look(inbound, screens.pending))


async def turn(edge: Edge, inbound: Inbound) -> Answer:
    """Show another page: of a list as a new message, of a modal in its place."""
    wanted = read_press(inbound.part).page or Page(ListWord.PENDING, "", 0)
    match wanted.what:
        case Callback.DETAILS:
            read = edge.look(inbound, screens.details_modal, wanted.of, page=wanted.offset)
        case Callback.HISTORY:
            read = edge.look(inbound, screens.history_modal, wanted.of, page=wanted.offset)
        case Callback.MEMBERS:
            read = edge.look(inbound, screens.members_modal, wanted.of, page=wanted.offset)
        case Callback.PARTNER:
            read = edge.look(inbound, screens.partner_modal, modals.read_partner_page(wanted))
        case Callback.ASSET_PEOPLE | Callback.REACH:
            shown = replace(modals.read_shown(inbound.view or {}), page=wanted.offset)
            read = edge.look(inbound, screens.shown_people, shown)
        case Callback.SETTINGS:
            return edge.say(inbound, await edge.look(inbound, screens.own_settings, wanted.offset))
        case _:
            return edge.say(inbound, await edge.look(inbound, screens.page, wanted))
    return edge.change(inbound, await read)


async def partner(edge: Edge, inbound: Inbound) -> Answer:
    """Open a partner's page."""
    return edge.show(inbound, await edge.look(inbound, screens.partner_modal, _partner_page(inbound)))


async def part(edge: Edge, inbound: Inbound) -> Answer:
    """Open the modal for ending a partnership."""
    return edge.show(inbound, await edge.look(inbound, screens.part_modal, _partner_page(inbound)))


async def contract(edge: Edge, inbound: Inbound) -> Answer:
    """Open the form for the end of a contract."""
    return edge.show(inbound, await edge.look(inbound, screens.contract_modal, _partner_page(inbound)))


async def end_one(edge: Edge, inbound: Inbound, ref: Ref) -> Answer:
    """Show what ending one grant on a partner's page would do."""
    return edge.show(inbound, await edge.look(inbound, screens.end_one_modal, ref.id))


def standing(*, on: bool) -> Handler:
    """Return the handler that switches the acceptance at once of what a partner offers on or off."""

    async def handler(edge: Edge, inbound: Inbound) -> Answer:
        page = _partner_page(inbound)
        result = await edge.run(inbound, settings.accept_at_once, page.own_id, page.other_id, on=on)
        if isinstance(result, Denied) or result.waits:
            return edge.say(inbound, replies.answer(result))
        return edge.change(inbound, await edge.look(inbound, screens.partner_modal, page))

    return handler


def _partner_page(inbound: Inbound) -> modals.PartnerPage:
    wanted = read_press(inbound.part).page
    if wanted is None:
        raise Unreadable("no page")
    return modals.read_partner_page(wanted)


async def more(edge: Edge, inbound: Inbound) -> Answer:
    """Run the action chosen in a card's menu."""
    return await edge.listeners.actions[read_press(inbound.part).action](edge, inbound)


ACTIONS: dict[str, Handler] = {
    ActionId.APPROVE: with_ref(approve),
    ActionId.APPROVE_AS: with_ref(approve_as),
    ActionId.UNDO: with_ref(undo),
    ActionId.TRY_AGAIN: with_ref(try_again),
    ActionId.ADJUST: with_ref(adjust),
    ActionId.DECLINE: with_ref(decline),
    ActionId.CANCEL: with_ref(cancel),
    ActionId.DETAILS: with_ref(details),
    ActionId.OPEN: with_ref(details),
    ActionId.HISTORY: with_ref(history),
    ActionId.MORE: more,
    ActionId.SEND: with_ref(send),
    ActionId.EDIT: with_ref(edit),
    ActionId.DROP: with_ref(drop),
    **{words.opens: ask(kind) for kind, words in texts.kinds.WORDS.items()},
    ActionId.END: end,
    ActionId.PENDING: pending,
    ActionId.LIST: turn,
    ActionId.LISTS: turn,
    ActionId.PAGE: turn,
    ActionId.PARTNER: partner,
    ActionId.PART: part,
    ActionId.CONTRACT: contract,
    ActionId.STANDING_ON: standing(on=True),
    ActionId.STANDING_OFF: standing(on=False),
    ActionId.END_ONE: with_ref(end_one),
}
