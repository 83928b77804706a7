"""Who of a business's own people can do what: the lists, and what changes them."""

from __future__ import annotations

from bot.services import grants
from bot.services.results import Denied, Invalid
from bot.slack import modals, replies, screens
from bot.slack.ids import ActionId, Callback
from bot.slack.kit import View
from bot.slack.modals.inputs import errors_at
from bot.slack.values import Seat, Unreadable, read_press
from bot.slack.wire.inbound import Inbound
from handlers.edge import Answer, Edge, Handler, with_field_errors, with_message, with_view


async def open_people(edge: Edge, inbound: Inbound) -> Answer:
    """Open the form in which an asset or a person is chosen."""
    return edge.show(inbound, await edge.look(inbound, screens.people_modal))


async def chosen(edge: Edge, inbound: Inbound) -> Answer:
    """Show the people of the chosen asset, what the chosen person can reach, or the one on the other."""
    read = modals.read_people(inbound.part)
    if isinstance(read, dict):
        return with_field_errors(read)
    if read.business_id is None or read.asset_id is None:
        view = await edge.look(inbound, screens.reach_modal, read.person_id or "")
        return _instead(inbound, view, at="person")
    if read.person_id is None:
        view = await edge.look(inbound, screens.asset_people_modal, read.business_id, read.asset_id)
        return _instead(inbound, view, at="asset")
    seat = Seat(read.business_id, read.asset_id, read.person_id)
    return _instead(inbound, await edge.look(inbound, screens.assign_modal, seat), at="person")


async def next_asset(edge: Edge, inbound: Inbound) -> Answer:
    """Show the form for the person whose assets were shown, on the asset that was chosen."""
    read = modals.read_next(inbound.part)
    if isinstance(read, dict):
        return with_field_errors(read)
    back = modals.read_shown(inbound.part)
    return _instead(inbound, await edge.look(inbound, screens.assign_modal, read, back=back), at="asset")


async def added(edge: Edge, inbound: Inbound) -> Answer:
    """Assign somebody from the list of an asset's people."""
    return await _assign(edge, inbound, modals.read_added(inbound.part))


async def assigned(edge: Edge, inbound: Inbound) -> Answer:
    """Change what one person can do with one asset."""
    return await _assign(edge, inbound, modals.read_assign(inbound.part))


async def _assign(edge: Edge, inbound: Inbound, read: modals.ReadAssign | modals.FieldErrors) -> Answer:
    if isinstance(read, dict):
        return with_field_errors(read)
    seat = read.seat
    result = await edge.run(
        inbound,
        grants.assign_person,
        seat.person_id,
        business_id=seat.business_id,
        asset_id=seat.asset_id,
        tasks=read.tasks,
    )
    if isinstance(result, Denied | Invalid):
        return with_field_errors(modals.modal_errors(inbound.part, result))
    view = await edge.look(inbound, screens.shown_people, modals.read_shown(inbound.part))
    return with_message(replies.answer(result)) if isinstance(view, Denied) else with_view(view)


def _instead(inbound: Inbound, view: View | Denied, *, at: str) -> Answer:
    """Return the answer that shows another form in the place of the one that was sent, or why not."""
    if not isinstance(view, Denied):
        return with_view(view)
    ((_, text),) = modals.said(view)
    return with_field_errors(errors_at(inbound.part, [(at, text)]))


async def change(edge: Edge, inbound: Inbound) -> Answer:
    """Show the form for what one person can do with one asset, in the place of the list."""
    back = modals.read_shown(inbound.view or {})
    return edge.change(inbound, await edge.look(inbound, screens.assign_modal, _seat(inbound), back=back))


async def remove(edge: Edge, inbound: Inbound) -> Answer:
    """Take an asset away from a person; the list shows it."""
    seat, shown = _seat(inbound), modals.read_shown(inbound.view or {})
    result = await edge.run(
        inbound,
        grants.unassign_person,
        seat.person_id,
        business_id=seat.business_id,
        asset_id=seat.asset_id,
    )
    if isinstance(result, Denied):
        return edge.say(inbound, replies.answer(result))
    return edge.change(inbound, await edge.look(inbound, screens.shown_people, shown))


async def try_again(edge: Edge, inbound: Inbound) -> Answer:
    """Try once more at Meta what a person should be able to do; the list shows how it stands."""
    seat, shown = _seat(inbound), modals.read_shown(inbound.view or {})
    one = {"business_id": seat.business_id, "asset_id": seat.asset_id}
    result = await edge.run(inbound, grants.try_person_again, seat.person_id, **one)
    if isinstance(result, Denied):
        return edge.say(inbound, replies.answer(result))
    return edge.change(inbound, await edge.look(inbound, screens.shown_people, shown))


def _seat(inbound: Inbound) -> Seat:
    seat = read_press(inbound.part).seat
    if seat is None:
        raise Unreadable("the button refers to nobody")
    return seat


ACTIONS: dict[str, Handler] = {
    ActionId.SHOW_PEOPLE: open_people,
    ActionId.CHANGE_PERSON: change,
    ActionId.REMOVE_PERSON: remove,
    ActionId.TRY_PERSON_AGAIN: try_again,
}
SUBMISSIONS: dict[str, Handler] = {
    Callback.PEOPLE: chosen,
    Callback.ASSET_PEOPLE: added,
    Callback.REACH: next_asset,
    Callback.ASSIGN: assigned,
}
