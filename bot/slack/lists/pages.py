"""Lists that somebody sees in private: what is pending, owned, shared and ending."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from bot.domain.actors import Status
from bot.domain.assets import LEVELS, level_name
from bot.domain.calendar import zone_of
from bot.domain.creating import is_only_here
from bot.domain.kinds import RequestKind
from bot.domain.messages import Audience
from bot.domain.requests import RequestState
from bot.services.results import Denied
from bot.services.views.access import GrantView
from bot.services.views.businesses import PartnerView
from bot.services.views.parties import AssetChoice, Me, OwnBusiness, Party, Rows
from bot.services.views.requests import CreationView, DraftView, RequestView
from bot.slack.cards.buttons import can_be_decided, draft_buttons, extend_button
from bot.slack.cards.creation import creation_row, fund_button
from bot.slack.cards.items import grant_line
from bot.slack.cards.row import draft_row, over_row, requested_row, waiting_row
from bot.slack.ids import ActionId, Callback, ListWord
from bot.slack.kit import Block, Element, Message, actions, button, header, option, rich, select
from bot.slack.lines import (
    Bullets,
    Line,
    Passage,
    joined,
    line,
    plain,
    short,
    short_named,
    spoken_within,
    within,
)
from bot.slack.replies import as_typed
from bot.slack.text import en as texts
from bot.slack.values import Page, Ref, button_value, page_value, partner_query

ROWS_A_PAGE = 10
PENDING_ROWS = 4
"""How many of each kind a list with buttons shows at once: with the longest names, so many fit a message."""

_LISTED = (RequestState.PENDING, RequestState.APPROVED, RequestState.DECLINED)
BOTH_WAYS = (ListWord.SHARED, ListWord.GIVEN)
GIVEN = frozenset({ListWord.GIVEN, ListWord.AGENCIES})
"""The lists of what a business shares; others are of what it holds."""

_NAME = 60
_REASON = 70
_SHORT = 30
MOST_BUSINESSES = 10
_MOST_OTHERS = 30


def who_you_are(me: Me) -> Passage:
    """Return for whom somebody acts here, with the Business IDs to copy."""
    who = [said for own in me.businesses[:MOST_BUSINESSES] for said in _own(own)]
    if len(me.businesses) > MOST_BUSINESSES:
        who.append(line(texts.lists.MORE_ROWS, count=len(me.businesses) - MOST_BUSINESSES))
    return tuple(who)


def _own(own: OwnBusiness) -> list[Line]:
    values = {"business": short(own.party.name, _NAME), "id": own.party.id}
    if own.may_administer is None:
        said = line(texts.lists.YOU_ARE, **values)
    elif own.may_draft:
        template = texts.lists.YOU_CAN_DRAFT_FOR if own.admins else texts.lists.YOU_CAN_DRAFT
        said = line(template, admins=texts.basics.names_of(own.admins), **values)
    else:
        said = line(
            texts.lists.YOU_BELONG, why=texts.errors.denial(Denied(reason=own.may_administer)), **values
        )
    lines = [said]
    if own.party.status is not Status.ACTIVE:
        lines.append(line(texts.lists.INACTIVE_OWN, status=texts.basics.STATUSES[own.party.status]))
    if not own.party.verified:
        lines.append(line(texts.lists.NOT_VERIFIED_OWN))
    if own.channel_id is None and own.may_administer is None:
        lines.append(line(texts.lists.NO_CHANNEL))
    return lines


def can_decide(me: Me, view: RequestView) -> bool:
    """Say whether a request that waits for a business of theirs waits for somebody themselves."""
    return can_be_decided(view) and view.deciding.id in me.decides_for and not view.approved_by_reader


def for_whom(me: Me, waiting: Sequence[RequestView], words: tuple[str, str, str]) -> str:
    """Return which of three words says whom it waits for: somebody, others too, or their admins alone."""
    theirs, some, admins = words
    if not me.decides_for:
        return admins
    return theirs if all(can_decide(me, one) for one in waiting) else some


def decides(me: Me, view: RequestView) -> Line:
    """Return who can decide on a request, for a member of their business who cannot, or not now."""
    if not can_be_decided(view):
        status = texts.basics.STATUSES[view.deciding.status]
        return line(texts.lists.NOBODY_DECIDES, business=short(view.deciding.name, _NAME), status=status)
    if view.approved_by_reader:
        return line(texts.lists.YOU_APPROVED)
    own = next((one for one in me.businesses if one.party.id == view.deciding.id), None)
    return (
        line(texts.lists.THEY_DECIDE, admins=texts.basics.names_of(own.admins)) if own and own.admins else ()
    )


def of_own(me: Me, business_id: str, *, sentence: bool = False) -> Line:
    """Return of which of their businesses something is, for somebody in several; else nothing.

    It is a fact for small print, or a `sentence`.
    """
    own = next((one.party for one in me.businesses if one.party.id == business_id), None)
    if own is None or len(me.businesses) == 1:
        return ()
    template = texts.lists.OF_OWN_SAID if sentence else texts.lists.OF_OWN
    return line(template, business=short(own.name, _SHORT))


# --- pending ----------------------------------------------------------------------------------------


def pending(
    *,
    waiting: Rows[RequestView],
    requested: Rows[RequestView],
    drafts: Rows[DraftView],
    prepared: Rows[CreationView],
    me: Me,
    now: datetime,
    at: Page,
) -> Message:
    """Return what somebody was asked and asked for, each with a button; drafts; and what is prepared.

    Each of the four is a page of `PENDING_ROWS`, `at` some of `OF_REQUESTS`. `me` is the reader.
    """
    title, none = OF_REQUESTS[at.what]
    offset = at.offset
    most = max(waiting.total, requested.total, drafts.total, prepared.total)
    if not most:
        return titled(title, [none_of(none, at)])
    place = zone_of(me.zone)
    waits = [
        waiting_row(
            one,
            room=_REASON,
            zone=place,
            main=_open_button(one),
            decide=decides(me, one),
            whose=of_own(me, one.deciding.id),
        )
        if one.state.is_open
        else over_row(one, audience=Audience.APPROVERS, now=now, zone=place, main=_open_button(one))
        for one in waiting.rows[:PENDING_ROWS]
    ]
    requests = [
        requested_row(one, zone=place, main=_open_button(one))
        if one.state.is_open
        else over_row(one, audience=Audience.REQUESTER, now=now, zone=place, main=_open_button(one))
        for one in requested.rows[:PENDING_ROWS]
    ]
    saved = [
        draft_row(one, zone=place, others=draft_buttons(one, me=me)) for one in drafts.rows[:PENDING_ROWS]
    ]
    to_create = [creation_row(one, me=me, zone=place) for one in prepared.rows[:PENDING_ROWS]]
    passages = looked_for(at)
    blocks = [header(title), *(rich(passage) for passage in passages)]
    heads = (texts.lists.WAITING_HEAD, texts.lists.WAITING_HEAD_SOME, texts.lists.WAITING_HEAD_ADMINS)
    waiting_head = for_whom(me, waiting.rows[:PENDING_ROWS], heads)
    is_over = at.what in OF_A_KIND and not OF_A_KIND[at.what][1].is_open
    for head, total, rows in (
        (texts.lists.RECEIVED_HEAD if is_over else waiting_head, waiting.total, waits),
        (texts.lists.SENT_HEAD if is_over else texts.lists.REQUESTED_HEAD, requested.total, requests),
        (texts.lists.DRAFT_HEAD, drafts.total, saved),
        (texts.lists.PREPARED_HEAD, prepared.total, to_create),
    ):
        if rows:
            first = (line(head, first=offset + 1, last=offset + len(rows), total=total),)
            passages += [first, *(tuple(row.lines) for row in rows)]
            blocks += [rich(first), *(block for row in rows for block in row.blocks)]
    if most > offset + PENDING_ROWS:
        blocks.append(actions(more(replace(at, offset=offset + PENDING_ROWS), title)))
    return Message(text_of(title, passages), blocks)


OF_REQUESTS: Mapping[str, tuple[str, str]] = {
    ListWord.PENDING: (texts.lists.PENDING_TITLE, texts.lists.NOTHING_PENDING),
    ListWord.RECEIVED: (texts.lists.RECEIVED_TITLE, texts.lists.NOTHING_RECEIVED),
    ListWord.SENT: (texts.lists.SENT_TITLE, texts.lists.NOTHING_SENT),
    ListWord.CLAIMS: (texts.lists.CLAIMS_TITLE, texts.lists.NO_CLAIMS),
    ListWord.CLAIMS_APPROVED: (texts.lists.CLAIMS_APPROVED_TITLE, texts.lists.NO_CLAIMS_APPROVED),
    ListWord.CLAIMS_DECLINED: (texts.lists.CLAIMS_DECLINED_TITLE, texts.lists.NO_CLAIMS_DECLINED),
    ListWord.OBO: (texts.lists.OBO_TITLE, texts.lists.NO_OBO),
    ListWord.OBO_APPROVED: (texts.lists.OBO_APPROVED_TITLE, texts.lists.NO_OBO_APPROVED),
    ListWord.OBO_DECLINED: (texts.lists.OBO_DECLINED_TITLE, texts.lists.NO_OBO_DECLINED),
}
OF_A_KIND: Mapping[str, tuple[RequestKind, RequestState]] = {
    word: (kind, state)
    for kind, words in texts.kinds.WORDS.items()
    for word, state in zip(words.lists, _LISTED, strict=False)
}
"""The lists of one kind of request, each with the state of those that it shows."""


def _open_button(view: RequestView) -> Element:
    label = texts.kinds.WORDS[view.kind].button_about.format(
        button=texts.buttons.OPEN, ref=view.ref, requesting=short(view.requesting.name, 30)
    )
    return button(
        texts.buttons.OPEN, ActionId.OPEN, value=button_value(Ref(view.id, view.version)), label=label
    )


# --- what is owned and shared -----------------------------------------------------------------------


def assets_list(rows: Rows[AssetChoice], *, business: Party, at: Page, me: Me) -> Message:
    """Return a page of what a business owns; its admins get a button for each account that is incomplete."""
    lines = tuple(joined(_owned_row(one)) for one in rows.rows)
    return _paged(
        at,
        texts.lists.OWNED_TITLE,
        texts.lists.NONE_OWNED,
        lines,
        total=rows.total,
        business=business,
        controls=[
            actions(fund_button(one.id, name=one.name, is_settled=False))
            for one in rows.rows
            if one.incomplete and business.id in me.acts_for
        ],
    )


def _owned_row(one: AssetChoice) -> list[Line]:
    said = [
        line(
            texts.lists.OWNED_ROW,
            asset=short_named(one.name, one.id, 90),
            kind=texts.basics.kind_name(one.kind),
            means=LEVELS[one.kind][0].means,
        )
    ]
    said += [line(texts.lists.OWNED_ONLY_HERE)] if is_only_here(one.id) else []
    return said + ([line(texts.lists.OWNED_INCOMPLETE)] if one.incomplete else [])


def grants_list(rows: Rows[GrantView], *, business: Party, at: Page, now: datetime, me: Me) -> Message:
    """Return a page of what is shared with a business of `me`, or (`GIVEN`) by it."""
    title, none = _OF_GRANTS[at.what]
    given = at.what in GIVEN
    lines = tuple(
        line(
            texts.lists.GIVEN_ROW if given else texts.lists.SHARED_ROW,
            asset=short_named(one.asset_name, one.asset_id, 90),
            kind=texts.basics.kind_name(one.kind),
            owner=short(one.owner.name, _NAME),
            holder=short(one.holder.name, _NAME),
            level=texts.basics.level_explained(one.kind, one.tasks),
            grant=grant_line(one, for_owner=given, now=now),
        )
        for one in rows.rows
    )
    return _paged(
        at,
        title,
        none,
        lines,
        total=rows.total,
        business=business,
        can_end=business.id in me.acts_for,
    )


_OF_GRANTS: Mapping[str, tuple[str, str]] = {
    ListWord.SHARED: (texts.lists.SHARED_TITLE, texts.lists.NONE_SHARED),
    ListWord.GIVEN: (texts.lists.GIVEN_TITLE, texts.lists.NONE_GIVEN),
    ListWord.AGENCIES: (texts.lists.AGENCIES_TITLE, texts.lists.NONE_AGENCIES),
    ListWord.CLIENTS: (texts.lists.CLIENTS_TITLE, texts.lists.NONE_CLIENTS),
}


def partners_list(rows: Rows[PartnerView], *, business: Party, at: Page) -> Message:
    """Return a page of the businesses that hold something of a business (AGENCIES), or of which it does.

    Each has a button that shows what is shared.
    """
    title, none, _ = _OF_PARTNERS[at.what]
    name = short(business.name, _NAME)
    title = title.format(business=name)
    if not rows.rows:
        return titled(title, [none_of(none, at, business=name)])
    last = at.offset + len(rows.rows)
    passages: list[Passage] = [(line(texts.lists.ROWS_OF, first=at.offset + 1, last=last, total=rows.total),)]
    blocks = [header(title), rich(passages[0])]
    for one in rows.rows:
        said = partner_line(one, word=at.what)
        passages.append((said,))
        blocks += [rich((said,)), actions(partner_button(one))]
    if rows.more:
        blocks.append(actions(more(replace(at, offset=last), title)))
    return Message(text_of(title, passages), blocks)


_OF_PARTNERS: Mapping[str, tuple[str, str, str]] = {
    ListWord.PARTNERS: (texts.lists.PARTNERS_TITLE, texts.lists.NONE_PARTNERS, texts.lists.PARTNER_ROW),
    ListWord.AGENCIES: (*_OF_GRANTS[ListWord.AGENCIES], texts.lists.AGENCY_ROW),
    ListWord.CLIENTS: (*_OF_GRANTS[ListWord.CLIENTS], texts.lists.CLIENT_ROW),
}


def partner_line(partner: PartnerView, *, word: str = ListWord.PARTNERS) -> Line:
    """Return who a partner is and how much is shared with them."""
    *_, row = _OF_PARTNERS[word]
    said = line(
        row,
        partner=short(partner.party.name, _NAME),
        id=partner.party.id,
        given=_assets(partner.shared_with_them),
        held=_assets(partner.shared_with_us),
    )
    status = texts.basics.STATUSES.get(partner.party.status)
    return joined(
        [
            said,
            () if partner.party.verified else line(texts.lists.PARTNER_NOT_VERIFIED),
            line(texts.lists.PARTNER_INACTIVE, status=status) if status else (),
        ]
    )


def _assets(count: int) -> str:
    return texts.basics.counted(count, "asset") if count else texts.lists.PARTNER_NOTHING


def partner_button(partner: PartnerView, *, on: date | None = None) -> Element:
    """Return the button that opens a partner's page, as of the day `on`."""
    who = short_named(partner.party.name, partner.party.id, _NAME)
    return button(
        texts.buttons.OPEN,
        ActionId.PARTNER,
        value=page_value(Page(Callback.PARTNER, partner.partner_of, 0, partner_query(partner.party.id, on))),
        label=texts.buttons.ABOUT.format(button=texts.buttons.OPEN, what=who),
    )


def which_partner(found: Sequence[PartnerView], *, me: Me, typed: str, on: date | None = None) -> Message:
    """Return the partners that a name may mean, each with a button that opens its page as of the day `on`.

    What was typed is given back.
    """
    passages: list[Passage] = [
        (joined([partner_line(one), of_own(me, one.partner_of, sentence=True)]),) for one in found
    ]
    blocks = [header(texts.lists.WHICH_PARTNER)]
    for one, passage in zip(found, passages, strict=True):
        blocks += [rich(passage), actions(partner_button(one, on=on))]
    to_correct: Passage = (as_typed(typed),)
    return Message(text_of(texts.lists.WHICH_PARTNER, [*passages, to_correct]), [*blocks, rich(to_correct)])


def all_list(
    pages: Mapping[ListWord, Rows[GrantView]], *, business: Party, now: datetime, me: Me, query: str = ""
) -> Message:
    """Return the first rows of what is shared with a business and by it."""
    parts = [
        grants_list(page, business=business, at=Page(word, business.id, 0, query), now=now, me=me)
        for word, page in pages.items()
        if page.total
    ]
    if not parts:
        name = short(business.name, _NAME)
        none = none_of(texts.lists.NONE_AT_ALL, Page(ListWord.ALL, business.id, 0, query), business=name)
        return titled(texts.lists.ALL_TITLE.format(business=name), [none])
    blocks = [block for part in parts for block in part.blocks]
    text = within("\n".join(part.text for part in parts), rest=texts.lists.THE_REST_OF_A_LIST)
    return Message(text, blocks)


def with_menu(message: Message, *, which: ListWord, business: Party) -> Message:
    """Return a list with a menu of the other lists of the same business."""
    others = [
        option(texts.lists.LISTS[word], page_value(Page(word, business.id, 0)))
        for word in ListWord
        if word is not which
    ]
    menu = select(ActionId.LISTS, others, placeholder=texts.lists.OTHER_LISTS)
    return Message(message.text, [*message.blocks, actions(menu)])


def with_others(message: Message, *, which: ListWord, others: Sequence[Party], query: str = "") -> Message:
    """Return a list with a button for each other business of its reader, which shows that one's."""
    rows = [
        actions(
            button(
                texts.lists.LIST_OF_OTHER.format(business=short(one.name, _NAME)),
                ActionId.LIST,
                value=page_value(Page(which, one.id, 0, query)),
            )
        )
        for one in others[:_MOST_OTHERS]
    ]
    text = message.text
    if len(others) > _MOST_OTHERS:
        more = line(texts.lists.MORE_OTHERS, count=len(others) - _MOST_OTHERS)
        rows.append(rich((more,)))
        text = within(f"{text}\n{plain(more)}", rest=texts.lists.THE_REST_OF_A_LIST)
    return Message(text, [*message.blocks, *rows])


def ending_list(rows: Rows[GrantView], *, business: Party, at: Page, now: datetime, me: Me) -> Message:
    """Return a page of what a business holds until a date, for its admins with a button to ask for more time.

    Read it with `PENDING_ROWS`.
    """
    name = short(business.name, _NAME)
    title = texts.lists.ENDING_LIST_TITLE.format(business=name)
    if not rows.rows:
        return titled(title, [none_of(texts.lists.NONE_ENDING, at, business=name)])
    last = at.offset + len(rows.rows)
    passages: list[Passage] = [
        *looked_for(at),
        (line(texts.lists.ROWS_OF, first=at.offset + 1, last=last, total=rows.total),),
    ]
    blocks = [header(title), *(rich(passage) for passage in passages)]
    for grant in rows.rows:
        passages.append((_ending_row(grant, now=now),))
        blocks.append(rich(passages[-1]))
        blocks += [actions(extend_button(grant))] if grant.holder.id in me.acts_for else []
    if rows.more:
        blocks.append(actions(more(replace(at, offset=last), title)))
    return Message(text_of(title, passages), blocks)


def _ending_row(grant: GrantView, *, now: datetime) -> Line:
    return line(
        texts.lists.ENDING_ROW,
        asset=short_named(grant.asset_name, grant.asset_id, 90),
        kind=texts.basics.kind_name(grant.kind),
        owner=short(grant.owner.name, _NAME),
        level=level_name(grant.kind, grant.tasks),
        grant=grant_line(grant, for_owner=False, now=now),
    )


def _paged(
    at: Page,
    title: str,
    none: str,
    lines: tuple[Line, ...],
    *,
    total: int,
    business: Party,
    can_end: bool = False,
    controls: Sequence[Block] = (),
) -> Message:
    name = short(business.name, _NAME)
    title = title.format(business=name)
    if not lines:
        return titled(title, [none_of(none, at, business=name)])
    last = at.offset + len(lines)
    buttons = [more(replace(at, offset=last), title)] if last < total else []
    if can_end:
        buttons.append(button(texts.buttons.END_ACCESS_MORE, ActionId.END))
    is_all = not at.offset and last == total
    position = [] if is_all else [line(texts.lists.ROWS_OF, first=at.offset + 1, last=last, total=total)]
    return titled(
        title,
        [*looked_for(at), (*position, Bullets(lines))],
        [*controls, *([actions(*buttons)] if buttons else [])],
    )


def looked_for(at: Page) -> list[Passage]:
    """Return what a list is narrowed to, if it is."""
    return [(line(texts.lists.ONLY_MATCHES, query=at.query),)] if at.query else []


def none_of(template: str, at: Page, **values: str) -> Passage:
    """Return that a list is empty, and what to do next."""
    return (line(texts.lists.NO_MATCH if at.query else template, query=at.query, **values),)


def more(page: Page, title: str) -> Element:
    """Return the button that shows another page."""
    label = short(texts.buttons.ABOUT.format(button=texts.buttons.MORE, what=title), 75)
    return button(texts.buttons.MORE, ActionId.PAGE, value=page_value(page), label=label)


def titled(title: str, passages: Sequence[Passage], controls: Sequence[Block] = ()) -> Message:
    """Return a message with a title, what it says, and its buttons."""
    blocks = [header(title), *(rich(passage) for passage in passages), *controls]
    return Message(text_of(title, passages), blocks)


def text_of(title: str, passages: Sequence[Passage]) -> str:
    """Return what a message with this title says, as one text."""
    said = title if title.endswith("?") else f"{title}."
    return spoken_within([(line("{said}", said=said),), *passages], rest=texts.lists.THE_REST_OF_A_LIST)
