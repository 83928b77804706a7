"""Of which of somebody's own businesses something is meant."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bot.domain.typed import folded
from bot.services import directory, grants
from bot.services.context import Context
from bot.services.results import Denied
from bot.services.views.parties import Party, PersonChoice
from bot.slack import lists, mistyped, replies, screens
from bot.slack.command_line.listing import first_page
from bot.slack.command_line.meant import Begun, Connect, Import, Review, Setup
from bot.slack.command_line.words import (
    AuditWords,
    AwayWords,
    ConnectWords,
    ImportWords,
    ReportWords,
    ReviewWords,
    SetupWords,
    TokenWords,
)
from bot.slack.ids import ListWord
from bot.slack.kit import Message, View

_OfOneBusiness = TokenWords | ConnectWords | ImportWords | ReviewWords | AwayWords
OwnWords = _OfOneBusiness | SetupWords | ReportWords | AuditWords
_Outcome = View | Message | Denied | Review | Begun


def _away(
    ctx: Context, business_id: str, words: AwayWords, *, stand_in: PersonChoice | None = None
) -> View | Denied:
    days = {"from_day": words.from_day, "until_day": words.until_day}
    return screens.away_modal(ctx, business_id, stand_in=stand_in, **days)


# The word that is typed, and what it comes to for the business that is meant.
_BY_WORD: Mapping[type[_OfOneBusiness], tuple[str, Callable[[Context, str, Any], _Outcome]]] = {
    TokenWords: ("token", lambda ctx, business_id, _: screens.tokens_modal(ctx, business_id)),
    ConnectWords: ("connect", lambda _, business_id, _words: Connect(business_id)),
    ImportWords: ("import", lambda _, business_id, _words: Import(business_id)),
    ReviewWords: ("review", lambda _, business_id, _words: Review(business_id)),
    AwayWords: ("away", _away),
}


def is_called_own(ctx: Context, name: str) -> bool:
    """Say whether one of somebody's own businesses has this name, or is the one with this ID."""
    return any(_is_called(one.party, name) for one in directory.me(ctx).businesses)


def of_an_own_business(ctx: Context, words: OwnWords, *, typed: str) -> _Outcome:
    """Return what somebody does or has for a business of theirs."""
    businesses = directory.me(ctx).businesses
    acting = [one.party for one in businesses if one.may_administer is None]
    shown = acting[: lists.ROWS_A_PAGE]
    match words:
        case SetupWords():
            return Setup()
        case ReportWords():
            partners = first_page(ctx, ListWord.PARTNERS, query=words.query)
            return lists.with_report(partners, shown) if shown else partners
        case AuditWords():
            return lists.journal(shown) if shown else screens.no_power(ctx) or replies.stranger_here()
        case AwayWords() if acting and (named := _named_to_stand_in(ctx, words, acting)) is not None:
            return _away(ctx, acting[0].id, words, stand_in=named)
        case TokenWords():  # employees have some, too
            return _of_one(ctx, words, [one.party for one in businesses], typed=typed)
        case _:
            return _of_one(ctx, words, acting, typed=typed)


def _named_to_stand_in(ctx: Context, words: AwayWords, own: Sequence[Party]) -> PersonChoice | None:
    """Return whom somebody of one business named after `away`, if it is a colleague and not that business."""
    if len(own) > 1 or words.name == "" or _is_called(own[0], words.name):
        return None
    called = grants.find_called(ctx, words.name, business_id=own[0].id)
    return called[0] if len(called) == 1 else None


def _is_called(business: Party, name: str) -> bool:
    return name == business.id or folded(name) == folded(business.name)


def _of_one(ctx: Context, words: _OfOneBusiness, own: Sequence[Party], *, typed: str) -> _Outcome:
    """Return what it comes to for the business that was typed, else for the only one; else what to type."""
    word, comes_to = _BY_WORD[type(words)]
    found = [one for one in own if words.name == "" or _is_called(one, words.name)]
    if len(found) == 1:
        return comes_to(ctx, found[0].id, words)
    if not own:
        return screens.no_power(ctx) or replies.stranger_here()
    return mistyped.which_own(own, word=word, unknown="" if found else words.name, typed=typed)
