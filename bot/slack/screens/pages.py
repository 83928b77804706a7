"""Lists, page by page, and a partner's page."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from bot.domain.denials import DenialReason
from bot.domain.kinds import Side
from bot.services import directory, grants, partnerships, requests, reviews, settings
from bot.services.context import Context
from bot.services.grants import Direction
from bot.services.results import Denied
from bot.services.views.parties import Party, Rows, T
from bot.services.views.requests import RequestView
from bot.slack import lists, modals
from bot.slack.ids import ListWord
from bot.slack.kit import Message, View
from bot.slack.modals import PartnerPage
from bot.slack.screens.owning import no_power
from bot.slack.values import Page


def pending(ctx: Context) -> Message:
    """Return what waits, on either side."""
    return page(ctx, Page(ListWord.PENDING, "", 0))


def own_settings(ctx: Context, offset: int = 0) -> Message:
    """Return a page of the settings of the businesses that somebody is an admin of."""
    me, last = directory.me(ctx), offset + lists.SETTINGS_ROWS
    own = [one.party.id for one in me.businesses if one.may_administer is None]
    rows = tuple(settings.settings_of(ctx, business_id) for business_id in own[offset:last])
    return lists.settings_list(me, Rows(rows=rows, total=len(own), more=len(own) > last), offset=offset)


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
        prepared=rows({ListWord.PENDING}, requests.prepared_for),
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
    return lists.assets_list(rows, business=business, at=wanted, me=directory.me(ctx))


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


def _bundles(ctx: Context, wanted: Page, business: Party) -> Message:
    rows = requests.list_bundles(ctx, business_id=business.id, **_where(wanted, lists.PENDING_ROWS))
    return lists.bundles_list(rows, business=business, at=wanted, me=directory.me(ctx))


def _review(ctx: Context, wanted: Page, business: Party) -> Message:
    page = reviews.review_page(ctx, business.id, limit=lists.ROWS_A_PAGE, offset=wanted.offset)
    return lists.review_list(page, business=business, at=wanted, me=directory.me(ctx))


_OF_A_BUSINESS = {
    ListWord.REVIEW: _review,
    ListWord.BUNDLES: _bundles,
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
    pair = {"business_id": which.own_id, "other_id": which.other_id}
    return modals.partner_modal(
        view,
        which,
        now=ctx.now,
        contract=None if view.at is not None else partnerships.contract_between(ctx, **pair),
        standing=None if view.at is not None else requests.standing_view(ctx, which.own_id, which.other_id),
        zone=directory.me(ctx).zone,
        can_end=view.own.id in directory.me(ctx).acts_for,
    )


def contract_modal(
    ctx: Context, which: PartnerPage, *, until: str = "", days: int | None = None
) -> View | Denied:
    """Return the form for the end of a contract, for an admin of either side; once it ended, what is left."""
    if (no := no_power(ctx, which.own_id)) is not None:
        return no
    view = partnerships.partnership(ctx, business_id=which.own_id, other_id=which.other_id, limit=1)
    if view is None:
        return Denied(reason=DenialReason.UNKNOWN_PARTNER)
    contract = partnerships.contract_between(ctx, business_id=which.own_id, other_id=which.other_id)
    if contract is not None and contract.phase.is_winding_down:
        return partner_modal(ctx, which)
    zone = directory.me(ctx).zone
    return modals.contract_modal(view.own, view.other, contract, zone=zone, until=until, days=days)


def part_modal(ctx: Context, which: PartnerPage) -> View | Denied:
    """Return what would end with a partnership, for an admin of either side."""
    if (no := no_power(ctx, which.own_id)) is not None:
        return no
    view = partnerships.parting(
        ctx, business_id=which.own_id, other_id=which.other_id, limit=modals.PARTING_ROWS
    )
    if view is None:
        return Denied(reason=partnerships.why_nothing_ends(ctx, which.own_id, which.other_id))
    return modals.part_modal(view, now=ctx.now)
