"""The forms for asking, again, elsewhere, and for longer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.domain.denials import DenialReason
from bot.domain.grants import GrantState
from bot.domain.kinds import DEFAULT_KIND, RULES, RequestKind, Side
from bot.domain.requests import DraftState
from bot.services import directory, grants, moves, requests
from bot.services.context import Context
from bot.services.results import Denied
from bot.services.views.requests import BundleView, RequestView
from bot.slack import labels, modals
from bot.slack.kit import View
from bot.slack.lines import plain, short
from bot.slack.modals import ExtendState, ModalState
from bot.slack.screens.owning import no_power
from bot.slack.text import en as texts

_NAME = 60
_BUNDLES = 25


def new_request_modal(ctx: Context, kind: RequestKind = DEFAULT_KIND) -> View:
    """Return the empty form for a request of this kind."""
    return request_modal(ctx, modals.blank_request(directory.me(ctx), kind))


def request_modal(ctx: Context, state: ModalState) -> View:
    """Return the form for asking, as far as it is filled in."""
    me = directory.me(ctx)
    state = labels.of_request(ctx, _placed(ctx, _instead(ctx, state)))
    preview = against = None
    is_asked = state.owner_id or (state.has_owner and state.asset_ids)
    if is_asked and state.requesting_id:
        what: dict[str, Any] = {
            "requesting_id": state.requesting_id,
            "requested": modals.requested_levels(state),
            "asset_ids": state.asset_ids,
        }
        preview = requests.preview(ctx, state.kind, deciding_id=state.owner_id, **what)
        against = requests.stands_against(ctx, state.kind, **what)
    bundles: tuple[BundleView, ...] = ()
    if state.is_empty and state.requesting_id:
        bundles = requests.list_bundles(
            ctx, business_id=state.requesting_id, kind=state.kind, limit=_BUNDLES
        ).rows
    return modals.request_modal(state, me=me, preview=preview, bundles=bundles, against=against)


def _instead(ctx: Context, state: ModalState) -> ModalState:
    """Return the form for asking its owner, if what was chosen belongs to another business."""
    if RULES[state.kind].instead is None:
        return state
    for asset_id in state.asset_ids:
        asset = directory.find_asset(ctx.tx, asset_id)
        if asset is not None and asset.owner is not None and asset.owner.id != state.requesting_id:
            why = Denied(reason=DenialReason.OWNED_BY_OTHER, name=short(asset.name, _NAME))
            return modals.instead_state(state, asset.owner, said=plain(texts.errors.denial(why)))
    return state


def _placed(ctx: Context, state: ModalState) -> ModalState:
    """Return the form with the assets in it that waited for this owner, or that nobody is known to own.

    The people of the business that is chosen are back, too.
    """

    def belongs(asset_id: str) -> bool:
        asset = directory.find_asset(ctx.tx, asset_id)
        return asset is None or (asset.owner.id if asset.owner else None) == state.assets_of

    def is_own(person_id: str) -> bool:
        return directory.is_member(ctx.tx, person_id, business_id=state.requesting_id or "")

    placed = modals.with_placed(state, belongs) if state.has_owner and state.unplaced else state
    return modals.with_people(placed, is_own) if state.away else placed


def edit_modal(ctx: Context, draft_id: str) -> View | Denied:
    """Return the form for editing a draft, for its author and the admins of its business."""
    view = requests.find_draft(ctx, draft_id)
    if view is None:
        return Denied(reason=DenialReason.UNKNOWN_DRAFT)
    if view.state is not DraftState.WAITING or ctx.now >= view.expires_at:
        has_expired = view.state in {DraftState.WAITING, DraftState.EXPIRED}
        return Denied(
            reason=DenialReason.DRAFT_OVER,
            ref=view.ref,
            state=DraftState.EXPIRED if has_expired else view.state,
            by=view.over_by,
            at=view.expires_at if has_expired else view.over_at,
        )
    if (
        directory.me(ctx).person_id != view.author_id
        and (no := no_power(ctx, view.requesting.id)) is not None
    ):
        return no
    people = {person: directory.name_of(ctx.tx, person) or "" for person in view.request.people}
    state = modals.draft_state(view, people=people, zone=directory.me(ctx).zone)
    wrong = view.request.field_errors(now=ctx.now)  # since it was saved, such as an end that has passed
    notes = tuple(modals.Note(one.field, texts.errors.field_error(one)) for one in wrong)
    return request_modal(ctx, replace(state, notes=notes))


def again_modal(ctx: Context, request_id: str) -> View | Denied:
    """Return the form filled with what was asked before, for the requesting side or the one that held it.

    A request to extend access that is still in force becomes one to extend it again.
    """
    view, side = requests.find_request(ctx, request_id), requests.side_of(ctx, request_id)
    if view is not None and side is Side.DECIDING and RULES[view.kind].holder is Side.DECIDING:
        return counter_modal(ctx, request_id)  # what was offered to them they can ask for
    if view is None or side is not Side.REQUESTING:
        return Denied(reason=DenialReason.UNKNOWN_REQUEST)
    if view.extends is not None and view.extends.state is GrantState.ACTIVE:
        state = modals.extend_state(view.extends, zone=directory.me(ctx).zone, reason=view.reason)
        return extend_modal(ctx, view.extends.id, state=state)
    people, notes = _for_whom(ctx, view)
    again = modals.again_state(view, people=people, zone=directory.me(ctx).zone)
    return request_modal(ctx, replace(again, notes=notes))


def earlier_modal(ctx: Context, request_id: str, *, entered: ModalState) -> View | Denied:
    """Return the form filled with an earlier request, for who made it; a reason that was typed stays."""
    view = requests.find_request(ctx, request_id)
    if view is None or requests.side_of(ctx, request_id) is not Side.REQUESTING:
        return Denied(reason=DenialReason.UNKNOWN_REQUEST)
    people, notes = _for_whom(ctx, view)
    state = modals.bundle_state(view, entered, people=people)
    state = replace(state, reason=entered.reason or state.reason, notes=(*state.notes, *notes))
    return request_modal(ctx, replace(state, start=view.id))


def _for_whom(ctx: Context, view: RequestView) -> tuple[dict[str, str], tuple[modals.Note, ...]]:
    """Return for whom what was asked is asked again, by their ids, and who of them has left since."""
    business = view.requesting
    people, left = dict[str, str](), list[str]()
    for one in moves.people_of(ctx.tx, view.id):
        if directory.is_member(ctx.tx, one, business_id=business.id):
            people[one] = directory.name_of(ctx.tx, one) or ""
        else:
            left.append(directory.name_at_home(ctx, one, business_id=business.id))
    names = {"people": texts.basics.names_of(left), "business": short(business.name, _NAME)}
    said = (modals.Note("people", texts.modals.PEOPLE_LEFT.format_map(names)),)
    return people, said if left else ()


def bundle_modal(ctx: Context, request_id: str) -> View | Denied:
    """Return the form in which a request is kept under a name, for a member of the business that made it."""
    view = requests.find_request(ctx, request_id)
    is_ours = requests.side_of(ctx, request_id) is Side.REQUESTING
    if view is None or not is_ours or not RULES[view.kind].may_bundle(extends=view.extends):
        return Denied(reason=DenialReason.UNKNOWN_REQUEST)
    return modals.bundle_modal(view, name=requests.bundle_name(ctx, request_id))


def start_modal(ctx: Context, request_id: str, *, reason: str = "") -> View | Denied:
    """Return the form filled with what a bundle holds."""
    blank = ModalState(zone=directory.me(ctx).zone, levels={}, reason=reason)
    return earlier_modal(ctx, request_id, entered=blank)


def elsewhere_modal(ctx: Context, request_id: str) -> View | Denied:
    """Return the form filled with what was asked of the wrong business, for the requesting side."""
    view = requests.find_request(ctx, request_id)
    is_ours = requests.side_of(ctx, request_id) is Side.REQUESTING
    if view is None or not is_ours or not RULES[view.kind].names_other:
        return Denied(reason=DenialReason.UNKNOWN_REQUEST)
    return request_modal(ctx, modals.elsewhere_state(view, zone=directory.me(ctx).zone))


def counter_modal(ctx: Context, request_id: str) -> View | Denied:
    """Return the form in which the deciding side makes an offer, or a request, about the same assets."""
    view = requests.find_request(ctx, request_id)
    is_deciding = Side.DECIDING in requests.sides_of(ctx, request_id)
    if view is None or not is_deciding or RULES[view.kind].counterpart is None:
        return Denied(reason=DenialReason.UNKNOWN_REQUEST)
    return request_modal(ctx, modals.counter_state(view, zone=directory.me(ctx).zone))


def extend_modal(ctx: Context, grant_id: str, *, state: ExtendState | None = None) -> View | Denied:
    """Return the form for asking to keep a grant for longer, for the side that holds it."""
    own = {one.party.id for one in directory.me(ctx).businesses}
    found = [view for view in grants.find_grants(ctx, [grant_id]) if view.holder.id in own]
    if not found:
        return Denied(reason=DenialReason.UNKNOWN_GRANT)
    (grant,) = found
    if (no := no_power(ctx, grant.holder.id)) is not None:
        return no
    if (why_not := requests.why_not_extend(ctx, grant)) is not None:
        return why_not
    return modals.extend_modal(grant, state or modals.extend_state(grant, zone=directory.me(ctx).zone))
