"""Lists that somebody sees in private: what is pending, owned, shared and ending."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from bot.domain.assets import LEVELS, level_name
from bot.domain.calendar import zone_of
from bot.domain.creating import is_only_here
from bot.domain.kinds import RequestKind
from bot.domain.messages import Audience
from bot.domain.requests import RequestState
from bot.services.views.access import GrantView
from bot.services.views.parties import AssetChoice, Me, Party, Rows
from bot.services.views.requests import CreationView, DraftView, RequestView
from bot.slack.cards.buttons import draft_buttons, extend_button
from bot.slack.cards.creation import creation_row, fund_button
from bot.slack.cards.items import grant_line
from bot.slack.cards.row import draft_row, over_row, requested_row, waiting_row
from bot.slack.ids import ActionId, ListWord
from bot.slack.kit import Block, Element, Message, actions, button, header, option, rich, select
from bot.slack.lines import (
    Line,
    Passage,
    joined,
    line,
    plain,
    short,
    short_named,
    within,
)
from bot.slack.lists.paging import looked_for, more, none_of, paged, paged_rows, text_of, titled
from bot.slack.lists.reader import decides, for_whom, of_own
from bot.slack.text import en as texts
from bot.slack.values import Page, Ref, button_value, page_value

PENDING_ROWS = 4
"""How many of each kind a list with buttons shows at once: with the longest names, so many fit a message."""

_LISTED = (RequestState.PENDING, RequestState.APPROVED, RequestState.DECLINED)
BOTH_WAYS = (ListWord.SHARED, ListWord.GIVEN)
GIVEN = frozenset({ListWord.GIVEN, ListWord.AGENCIES})
"""The lists of what a business shares; others are of what it holds."""

_NAME = 60
_REASON = 70
_MOST_OTHERS = 30


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
    return paged(
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
            level=texts.basics.capitalized(level) if given else level,
            grant=grant_line(one, for_owner=given, now=now),
        )
        for one in rows.rows
        for level in [texts.basics.level_explained(one.kind, one.tasks)]
    )
    return paged(
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
    shown: list[tuple[Passage, list[Block]]] = []
    for grant in rows.rows:
        said = (_ending_row(grant, now=now),)
        buttons = [actions(extend_button(grant))] if grant.holder.id in me.acts_for else []
        shown.append((said, [rich(said), *buttons]))
    return paged_rows(
        at,
        texts.lists.ENDING_LIST_TITLE,
        texts.lists.NONE_ENDING,
        shown,
        total=rows.total,
        business=business,
    )


def _ending_row(grant: GrantView, *, now: datetime) -> Line:
    return line(
        texts.lists.ENDING_ROW,
        asset=short_named(grant.asset_name, grant.asset_id, 90),
        kind=texts.basics.kind_name(grant.kind),
        owner=short(grant.owner.name, _NAME),
        level=level_name(grant.kind, grant.tasks),
        grant=grant_line(grant, for_owner=False, now=now),
    )
