"""What somebody gets to see: the record, read in one transaction and shown.

Each is a query for `Database.read`, so that a form or a list shows one consistent state.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

from bot.domain.assets import Tasks
from bot.domain.events import Subject, SubjectKind
from bot.domain.grants import GrantState, Named
from bot.domain.kinds import DEFAULT_KIND, RULES, RequestKind, Side
from bot.domain.limits import MOST_CHOSEN
from bot.domain.messages import Audience
from bot.domain.policy import DenialReason, may_administer
from bot.domain.requests import DraftState, RequestState
from bot.services import delivery, directory, grants, moves, partnerships, requests, settings
from bot.services.context import Context
from bot.services.grants import Direction
from bot.services.results import Denied, Ended, Moved, Result, Undone
from bot.services.views import GrantView, Party, PersonChoice, RequestView, Rows, SettingsView, T
from bot.slack import labels, lists, modals, replies
from bot.slack.ids import Callback, ListWord, Page, Seat
from bot.slack.kit import Message, View
from bot.slack.modals import AdjustState, ExtendState, ModalState, PartnerPage

# --- lists ----------------------------------------------------------------------------------------


def pending(ctx: Context) -> Message:
    """Return what waits, on either side."""
    return page(ctx, Page(ListWord.PENDING, "", 0))


def page(ctx: Context, wanted: Page) -> Message:
    """Return a page of a list of one of somebody's businesses, with a menu of the other lists.

    Requests are listed for all their businesses. Of a business that is not theirs: what waits for them.
    """
    own = {one.party.id: one.party for one in directory.me(ctx).businesses}
    business = own.get(wanted.of)
    if wanted.what in lists.OF_REQUESTS:
        shown = _requests(ctx, wanted)
    elif business is None:
        return pending(ctx)
    else:
        shown = _OF_A_BUSINESS.get(ListWord(wanted.what), _grants)(ctx, wanted, business)
    first = business or next(iter(own.values()), None)
    return shown if first is None else lists.with_menu(shown, which=ListWord(wanted.what), business=first)


def _requests(ctx: Context, wanted: Page) -> Message:
    word = ListWord(wanted.what)

    def rows(of: Collection[ListWord], read: Callable[..., Rows[T]]) -> Rows[T]:
        if word not in of:
            return Rows(rows=(), total=0, more=False)
        return read(ctx, limit=lists.PENDING_ROWS, offset=wanted.offset, query=wanted.query)

    def of_kind(side: Side) -> Rows[RequestView]:
        return requests.of_kind(ctx, *lists.OF_A_KIND[word], side, **_where(wanted, lists.PENDING_ROWS))

    is_of_kind = word in lists.OF_A_KIND
    return lists.pending(
        waiting=of_kind(Side.DECIDING)
        if is_of_kind
        else rows({ListWord.PENDING, ListWord.RECEIVED}, requests.waiting_for),
        requested=of_kind(Side.REQUESTING)
        if is_of_kind
        else rows({ListWord.PENDING, ListWord.SENT}, requests.requested_by),
        drafts=rows({ListWord.PENDING}, requests.drafts_for),
        me=directory.me(ctx),
        now=ctx.now,
        at=wanted,
    )


def _all(ctx: Context, wanted: Page, business: Party) -> Message:
    limit = lists.ROWS_A_PAGE // len(lists.BOTH_WAYS)
    pages = {
        word: grants.list_grants(
            ctx, business_id=business.id, direction=_direction(word), limit=limit, query=wanted.query
        )
        for word in lists.BOTH_WAYS
    }
    return lists.all_list(pages, business=business, now=ctx.now, me=directory.me(ctx), query=wanted.query)


def _owned(ctx: Context, wanted: Page, business: Party) -> Message:
    rows = grants.list_owned(ctx, business_id=business.id, **_where(wanted, lists.ROWS_A_PAGE))
    return lists.assets_list(rows, business=business, at=wanted)


def _grants(ctx: Context, wanted: Page, business: Party) -> Message:
    rows = grants.list_grants(
        ctx,
        business_id=business.id,
        direction=_direction(ListWord(wanted.what)),
        **_where(wanted, lists.ROWS_A_PAGE),
    )
    return lists.grants_list(rows, business=business, at=wanted, now=ctx.now, me=directory.me(ctx))


def _partners(ctx: Context, wanted: Page, business: Party) -> Message:
    """Return the partners on one side; if something is looked for, what is shared with those that match."""
    word = ListWord(wanted.what)
    if wanted.query:
        return (_all if word is ListWord.PARTNERS else _grants)(ctx, wanted, business)
    rows = partnerships.list_partners(
        ctx,
        business_id=business.id,
        direction=None if word is ListWord.PARTNERS else _direction(word),
        limit=lists.ROWS_A_PAGE,
        offset=wanted.offset,
    )
    return lists.partners_list(rows, business=business, at=wanted)


def _ending(ctx: Context, wanted: Page, business: Party) -> Message:
    rows = grants.list_ending(ctx, business_id=business.id, **_where(wanted, lists.PENDING_ROWS))
    return lists.ending_list(rows, business=business, at=wanted, now=ctx.now, me=directory.me(ctx))


_OF_A_BUSINESS = {
    ListWord.ALL: _all,
    ListWord.OWNED: _owned,
    ListWord.PARTNERS: _partners,
    ListWord.AGENCIES: _partners,
    ListWord.CLIENTS: _partners,
    ListWord.ENDING: _ending,
}


def _direction(word: ListWord) -> Direction:
    return Direction.SHARED_BY_US if word in lists.GIVEN else Direction.SHARED_WITH_US


def _where(wanted: Page, limit: int) -> dict[str, Any]:
    return {"limit": limit, "offset": wanted.offset, "query": wanted.query}


def partner_modal(ctx: Context, which: PartnerPage) -> View | Denied:
    """Return a partner's page, for a member of the business whose partner it is."""
    view = partnerships.partnership(
        ctx,
        business_id=which.own_id,
        other_id=which.other_id,
        at=which.at(zone=directory.me(ctx).zone, now=ctx.now),
        limit=modals.PARTNER_ROWS,
        offset=which.number * modals.PARTNER_ROWS,
    )
    if view is None:
        return Denied(reason=DenialReason.UNKNOWN_PARTNER)
    can_end = view.own.id in directory.me(ctx).acts_for
    return modals.partner_modal(view, which, now=ctx.now, can_end=can_end)


def part_modal(ctx: Context, which: PartnerPage) -> View | Denied:
    """Return what would end with a partnership, for an admin of either side."""
    if (no := _no_power(ctx, which.own_id)) is not None:
        return no
    view = partnerships.parting(
        ctx, business_id=which.own_id, other_id=which.other_id, limit=modals.PARTING_ROWS
    )
    return (
        Denied(reason=DenialReason.UNKNOWN_PARTNER) if view is None else modals.part_modal(view, now=ctx.now)
    )


# --- asking ---------------------------------------------------------------------------------------


def new_request_modal(ctx: Context, kind: RequestKind = DEFAULT_KIND) -> View:
    """Return the empty form for a request of this kind."""
    return request_modal(ctx, modals.blank_request(directory.me(ctx), kind))


def request_modal(ctx: Context, state: ModalState) -> View:
    """Return the form for asking, as far as it is filled in."""
    me = directory.me(ctx)
    state = labels.of_request(ctx, _placed(ctx, state))
    preview = None
    if state.owner_id and state.requesting_id:
        preview = requests.preview(
            ctx,
            state.kind,
            requesting_id=state.requesting_id,
            deciding_id=state.owner_id,
            requested=modals.requested_levels(state),
        )
    return modals.request_modal(state, me=me, preview=preview)


def _placed(ctx: Context, state: ModalState) -> ModalState:
    """Return the form with the assets in it that waited for this owner, or that nobody is known to own.

    The people of the business that is chosen are back, too.
    """

    def belongs(asset_id: str) -> bool:
        asset = directory.find_asset(ctx.tx, asset_id)
        return asset is None or (asset.owner is not None and asset.owner.id == state.assets_of)

    def is_own(person_id: str) -> bool:
        return directory.is_member(ctx.tx, person_id, business_id=state.requesting_id or "")

    placed = modals.with_placed(state, belongs) if state.owner_id and state.unplaced else state
    return modals.with_people(placed, is_own) if state.away else placed


def edit_modal(ctx: Context, draft_id: str) -> View | Denied:
    """Return the form for editing a draft."""
    view = requests.find_draft(ctx, draft_id)
    if view is None:
        return Denied(reason=DenialReason.UNKNOWN_DRAFT)
    if view.state is not DraftState.WAITING:
        return Denied(reason=DenialReason.DRAFT_OVER, ref=view.ref, by=view.over_by, at=view.over_at)
    people = {person: directory.name_of(ctx.tx, person) or "" for person in view.request.people}
    return request_modal(ctx, modals.draft_state(view, people=people, zone=directory.me(ctx).zone))


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
        return modals.extend_modal(view.extends, state)
    people = {one: directory.name_of(ctx.tx, one) or "" for one in moves.people_of(ctx.tx, request_id)}
    return request_modal(ctx, modals.again_state(view, people=people, zone=directory.me(ctx).zone))


def elsewhere_modal(ctx: Context, request_id: str) -> View | Denied:
    """Return the form filled with what was asked of the wrong business, for the requesting side."""
    view = requests.find_request(ctx, request_id)
    if view is None or requests.side_of(ctx, request_id) is not Side.REQUESTING:
        return Denied(reason=DenialReason.UNKNOWN_REQUEST)
    return request_modal(ctx, modals.elsewhere_state(view, zone=directory.me(ctx).zone))


def counter_modal(ctx: Context, request_id: str) -> View | Denied:
    """Return the form in which the deciding side makes an offer, or a request, about the same assets."""
    view = requests.find_request(ctx, request_id)
    is_deciding = view is not None and requests.side_of(ctx, request_id) is Side.DECIDING
    if view is None or not is_deciding or RULES[view.kind].counterpart is None:
        return Denied(reason=DenialReason.UNKNOWN_REQUEST)
    return request_modal(ctx, modals.counter_state(view, zone=directory.me(ctx).zone))


# --- keeping access for longer --------------------------------------------------------------------


def extend_modal(ctx: Context, grant_id: str, *, state: ExtendState | None = None) -> View | Denied:
    """Return the form for asking to keep a grant for longer, for the side that holds it."""
    own = {one.party.id for one in directory.me(ctx).businesses}
    found = [view for view in grants.find_grants(ctx, [grant_id]) if view.holder.id in own]
    if not found:
        return Denied(reason=DenialReason.UNKNOWN_GRANT)
    (grant,) = found
    if (no := _no_power(ctx, grant.holder.id)) is not None:
        return no
    if grant.state is not GrantState.ACTIVE:
        return Denied(
            reason=DenialReason.GRANT_OVER,
            ref=grant.ref,
            name=grant.asset_name,
            by=grant.ended_by,
            at=grant.ended_at,
        )
    return modals.extend_modal(grant, state or modals.extend_state(grant, zone=directory.me(ctx).zone))


# --- settings -------------------------------------------------------------------------------------


def settings_modal(ctx: Context, business_id: str) -> View | Denied:
    """Return the form for a business's policy, for its admins."""
    found = _settings(ctx, business_id)
    return found if isinstance(found, Denied) else modals.settings_modal(found)


def members_modal(ctx: Context, business_id: str, *, page: int = 0) -> View | Denied:
    """Return the modal of a business's members, for its admins."""
    found = _settings(ctx, business_id)
    if isinstance(found, Denied):
        return found
    most = modals.MEMBERS_A_PAGE
    page = max(0, min(page, (found.members - 1) // most))  # there may be fewer pages than there were
    members = settings.members_of(ctx, business_id, limit=most, offset=page * most)
    return modals.members_modal(found, members, page=page)


def _no_power(ctx: Context, business_id: str | None = None) -> Denied | None:
    """Return why somebody does not act for a business of theirs, or for any of them, and who does."""
    own = [one for one in directory.me(ctx).businesses if business_id in (None, one.party.id)]
    if not own or any(one.may_administer is None for one in own):
        return None
    first = own[0]
    return Denied(reason=first.may_administer or DenialReason.NOT_ADMIN, people=first.admins)


def _settings(ctx: Context, business_id: str) -> SettingsView | Denied:
    own = next((one for one in directory.me(ctx).businesses if one.party.id == business_id), None)
    if own is None:
        return Denied(reason=DenialReason.NOT_MEMBER)
    if (no := _no_power(ctx, business_id)) is not None:
        return no
    return settings.settings_of(ctx, business_id)


# --- one request ----------------------------------------------------------------------------------


def find_open(ctx: Context, request_id: str) -> RequestView | Denied:
    """Return a request that can still change, or why there is none for this person."""
    view = requests.find_request(ctx, request_id)
    if view is None:
        return Denied(reason=DenialReason.UNKNOWN_REQUEST)
    if view.state.is_open:
        return view
    reason = DenialReason.EXPIRED if view.state is RequestState.EXPIRED else DenialReason.ALREADY_OVER
    return Denied(
        reason=reason,
        about=Subject(SubjectKind.REQUEST, view.id),
        ref=view.ref,
        state=view.state,
        by=view.over_by,
        at=view.over_at,
    )


def adjust_modal(ctx: Context, request_id: str, *, state: AdjustState | None = None) -> View | Denied:
    """Return the form for giving less than was asked."""
    view = find_open(ctx, request_id)
    if isinstance(view, Denied):
        return view
    if state is not None:
        state = labels.of_adjust(ctx, state, owner_id=view.deciding.id)
    return modals.adjust_modal(view, zone=directory.me(ctx).zone, state=state)


def details_modal(ctx: Context, request_id: str, *, page: int = 0) -> View | Denied:
    """Return the whole of a request, for a member of either side."""
    view = requests.find_request(ctx, request_id)
    if view is None:
        return Denied(reason=DenialReason.UNKNOWN_REQUEST)
    own = {one.party.id: one for one in directory.me(ctx).businesses}
    asks, decides = view.requesting.id in own, own.get(view.deciding.id)
    return modals.details_modal(
        view,
        audience=Audience.REQUESTER if asks else Audience.APPROVERS,
        deciding=not asks and decides is not None and decides.may_administer is None,
        now=ctx.now,
        page=page,
    )


def history_modal(ctx: Context, request_id: str, *, page: int = 0) -> View | Denied:
    """Return what happened to a request, for a member of either side."""
    view = requests.find_request(ctx, request_id)
    if view is None:
        return Denied(reason=DenialReason.UNKNOWN_REQUEST)
    return modals.history_modal(view, requests.history(ctx, request_id), page=page)


def reply_hint(ctx: Context, *, channel_id: str, thread_ts: str, text: str) -> Message | None:
    """Return what is said to somebody who wrote `text` under a card, whom the other side cannot read there.

    None if it is no card of a request, or if the person cannot write to the other side.
    """
    subject_id = delivery.subject_at(ctx.tx, team_id=ctx.actor.team_id, channel_id=channel_id, ts=thread_ts)
    view = requests.find_request(ctx, subject_id) if subject_id is not None else None
    if view is None:
        return None
    asks = requests.side_of(ctx, view.id) is Side.REQUESTING
    own, other = (view.requesting, view.deciding) if asks else (view.deciding, view.requesting)
    if not may_administer(ctx.principal, business=ctx.business(own.id)).is_allowed:
        return None
    return replies.reply_hint(view, other=other, text=text)


def comment_modal(ctx: Context, request_id: str, *, text: str = "") -> View | Denied:
    """Return the form for writing to the other side of a request."""
    view = requests.find_request(ctx, request_id)
    if view is None:
        return Denied(reason=DenialReason.UNKNOWN_REQUEST)
    asks = requests.side_of(ctx, request_id) is Side.REQUESTING
    return modals.comment_modal(view, audience=Audience.REQUESTER if asks else Audience.APPROVERS, text=text)


# --- people ---------------------------------------------------------------------------------------


def people_modal(ctx: Context) -> View | Denied:
    """Return the form for choosing whose access or what asset to look at, for members of a business."""
    own = directory.me(ctx).businesses
    if any(ctx.visible_business(one.party.id) for one in own):
        return modals.people_modal()
    return Denied(reason=(own[0].may_administer if own else None) or DenialReason.STRANGER)


def asset_people_modal(ctx: Context, business_id: str, asset_id: str, *, page: int = 0) -> View | Denied:
    """Return a page of a business's own people with an asset."""
    most = modals.PEOPLE_A_PAGE
    found = grants.people_of(ctx, business_id=business_id, asset_id=asset_id, limit=most, offset=page * most)
    if found is None:
        return Denied(reason=DenialReason.NOT_HELD, name=asset_id)
    if page and not found.people.rows:  # there are fewer pages than there were
        return asset_people_modal(ctx, business_id, asset_id, page=max(0, found.people.total - 1) // most)
    return modals.asset_people_modal(found, page=page)


def reach_modal(ctx: Context, person_id: str, *, page: int = 0) -> View | Denied:
    """Return a page of what a person can reach through the businesses that they share with the reader."""
    most = modals.PEOPLE_A_PAGE
    found = grants.reach_of(ctx, person_id, limit=most, offset=page * most)
    if found is None:
        return Denied(reason=DenialReason.UNKNOWN_PERSON)
    if page and not found.rows.rows:
        return reach_modal(ctx, person_id, page=max(0, found.rows.total - 1) // most)
    return modals.reach_modal(found, page=page, can_add=bool(directory.me(ctx).acts_for))


def shown_people(ctx: Context, shown: modals.Shown) -> View | Denied:
    """Return a list of people or of what one can reach, as it is now."""
    if shown.callback is Callback.REACH:
        return reach_modal(ctx, shown.person_id, page=shown.page)
    return asset_people_modal(ctx, shown.business_id, shown.asset_id, page=shown.page)


def assign_modal(
    ctx: Context, seat: Seat, *, back: modals.Shown | None = None, chosen: Tasks = frozenset()
) -> View | Denied:
    """Return the form for what one person can do with one asset, for admins; then `back` is shown.

    Without `back`, that is the people of the asset. `chosen` is the level that the form starts with.
    """
    if (no := _no_power(ctx, seat.business_id)) is not None:
        return no
    found = grants.people_of(ctx, business_id=seat.business_id, asset_id=seat.asset_id, limit=1)
    if found is None:
        return Denied(reason=DenialReason.NOT_HELD, name=seat.asset_id)
    if not directory.is_member(ctx.tx, seat.person_id, business_id=seat.business_id):
        return Denied(reason=DenialReason.UNKNOWN_PERSON)
    person = PersonChoice(id=seat.person_id, name=directory.name_of(ctx.tx, seat.person_id) or "")
    tasks = grants.assigned_with(ctx, seat.person_id, business_id=seat.business_id, asset_id=seat.asset_id)
    people = modals.Shown(
        callback=Callback.ASSET_PEOPLE,
        business_id=seat.business_id,
        asset_id=seat.asset_id,
        kind=found.asset.kind,
    )
    return modals.assign_modal(found, person, tasks=tasks & found.tasks, back=back or people, chosen=chosen)


# --- what came of it ------------------------------------------------------------------------------


def answer(ctx: Context, result: Result) -> Message:
    """Return what a verb's result is to the one who did it: who has what now, on which assets."""
    match result:
        case Moved() | Undone():
            return replies.decided(result, requests.find_request(ctx, result.request_id))
        case Ended():
            return replies.ended(result, grants.find_grants(ctx, result.grant_ids[: replies.NAMED]))
        case _:
            return replies.answer(result)


# --- ending ---------------------------------------------------------------------------------------


def end_modal(ctx: Context) -> View | Denied:
    """Return the form for choosing what access to end."""
    if not grants.endable(ctx, limit=1):
        return _no_power(ctx) or Denied(reason=DenialReason.UNKNOWN_GRANT)
    return modals.end_modal()


def end_now_modal(ctx: Context, choices: Sequence[grants.Choice]) -> View | Denied:
    """Return what would end, of grants that were chosen."""
    found = _choices(ctx, choices)
    if not found:
        return Denied(reason=DenialReason.UNKNOWN_GRANT)
    return modals.end_now_modal(found, going_on=_going_on(ctx, found, choices), now=ctx.now)


def end_named_modal(ctx: Context, named: Named, *, note: str = "") -> View | Denied:
    """Return what would end, of all that is named. `note` is why, if it was typed already.

    The form carries each grant where it can, so that it can be said what became of one meanwhile.
    """
    chosen = grants.named(ctx, named)
    if not chosen.rows:
        return _no_power(ctx) or Denied(reason=DenialReason.UNKNOWN_GRANT)
    if chosen.total <= MOST_CHOSEN:
        found = _choices(ctx, chosen.rows)
        going_on = _going_on(ctx, found, chosen.rows)
        return modals.end_now_modal(found, going_on=going_on, now=ctx.now, note=note)
    found = _choices(ctx, chosen.rows[: modals.PREVIEWED])
    return modals.end_now_modal(
        found,
        going_on=_going_on(ctx, found, chosen.rows),
        now=ctx.now,
        note=note,
        named=named,
        seen=grants.mark_of(chosen.rows),
        most=len(chosen.rows),
        total=chosen.total,
    )


def _going_on(
    ctx: Context, shown: Sequence[tuple[str, GrantView]], chosen: Sequence[grants.Choice]
) -> list[GrantView]:
    return grants.going_on(ctx, [grant for _, grant in shown], with_them={grant_id for _, grant_id in chosen})


def _choices(ctx: Context, choices: Sequence[grants.Choice]) -> list[tuple[str, GrantView]]:
    by_id = {view.id: view for view in grants.find_grants(ctx, [grant for _, grant in choices])}
    return [(business, by_id[grant]) for business, grant in choices if grant in by_id]
