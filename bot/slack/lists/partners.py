"""The partners of a business, and those that a name can mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from bot.services.views.businesses import PartnerView
from bot.services.views.parties import Me, Party, Rows
from bot.slack.ids import ActionId, Callback, ListWord
from bot.slack.kit import Element, Message, actions, button, header, rich
from bot.slack.lines import (
    Line,
    Passage,
    joined,
    line,
    short,
    short_named,
)
from bot.slack.lists.paging import paged_rows, text_of
from bot.slack.lists.reader import of_own
from bot.slack.mistyped import as_typed
from bot.slack.text import en as texts
from bot.slack.values import Page, page_value, partner_query

_NAME = 60


def partners_list(rows: Rows[PartnerView], *, business: Party, at: Page) -> Message:
    """Return a page of the businesses that hold something of a business (AGENCIES), or of which it does.

    Each has a button that shows what is shared.
    """
    title, none, _ = _OF_PARTNERS[at.what]
    shown = [
        (said, [rich(said), actions(partner_button(one))])
        for one in rows.rows
        for said in [(partner_line(one, word=at.what),)]
    ]
    return paged_rows(at, title, none, shown, total=rows.total, business=business)


_OF_PARTNERS: Mapping[str, tuple[str, str, str]] = {
    ListWord.PARTNERS: (texts.lists.PARTNERS_TITLE, texts.lists.NONE_PARTNERS, texts.lists.PARTNER_ROW),
    ListWord.AGENCIES: (texts.lists.AGENCIES_TITLE, texts.lists.NONE_AGENCIES, texts.lists.AGENCY_ROW),
    ListWord.CLIENTS: (texts.lists.CLIENTS_TITLE, texts.lists.NONE_CLIENTS, texts.lists.CLIENT_ROW),
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


def which_partner(
    found: Sequence[PartnerView], *, me: Me, typed: str, on: date | None = None, more: bool = False
) -> Message:
    """Return the partners that a name may mean, each with a button that opens its page as of the day `on`.

    What was typed is given back. `more`: these are not all.
    """
    passages: list[Passage] = [
        (joined([partner_line(one), of_own(me, one.partner_of, sentence=True)]),) for one in found
    ]
    blocks = [header(texts.lists.WHICH_PARTNER)]
    for one, passage in zip(found, passages, strict=True):
        blocks += [rich(passage), actions(partner_button(one, on=on))]
    to_correct: Passage = (*([line(texts.lists.WHICH_PARTNER_MORE)] if more else []), as_typed(typed))
    return Message(text_of(texts.lists.WHICH_PARTNER, [*passages, to_correct]), [*blocks, rich(to_correct)])
