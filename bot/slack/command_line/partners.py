"""What is typed about a partner: their page, the end of the contract, and what is accepted at once."""

from __future__ import annotations

from datetime import date

from bot.domain.denials import DenialReason
from bot.domain.naming import read_name
from bot.services import directory, partnerships, requests
from bot.services.context import Context
from bot.services.results import Denied
from bot.slack import lists, mistyped, modals, screens
from bot.slack.command_line.listing import first_page
from bot.slack.command_line.meant import Stand
from bot.slack.command_line.own import is_called_own
from bot.slack.command_line.words import OffboardWords, PartnerWords, StandingWords
from bot.slack.ids import ListWord
from bot.slack.kit import Message, View
from bot.slack.lines import line, short
from bot.slack.text import en as texts

_LONGEST_NAME = 60


def of_a_partner(
    ctx: Context, words: PartnerWords | OffboardWords | StandingWords, *, typed: str
) -> View | Message | Denied | Stand:
    """Return what was typed about the one partner that is meant, else those to choose from."""
    as_of = words.on if isinstance(words, PartnerWords) else None
    if not words.query:
        return _partners_to_open(ctx, words)
    if not directory.me(ctx).businesses:
        return Denied(reason=DenialReason.NO_BUSINESS)
    meant = _partner_meant(ctx, words.query, on=as_of, typed=typed)
    if not isinstance(meant, modals.PartnerPage):
        return meant
    match words:
        case PartnerWords():
            return screens.partner_modal(ctx, meant)
        case OffboardWords():
            until = words.on.isoformat() if words.on else ""
            return screens.contract_modal(ctx, meant, until=until, days=words.days)
        case StandingWords(on=None):
            return screens.partner_modal(ctx, meant)
        case StandingWords(on=on):
            return Stand(business_id=meant.own_id, other_id=meant.other_id, on=bool(on))


def _partners_to_open(ctx: Context, words: PartnerWords | OffboardWords | StandingWords) -> Message:
    """Return the partners, for those who can do there what was typed with how that is done."""
    me, page = directory.me(ctx), first_page(ctx, ListWord.PARTNERS)
    has_any = any(
        partnerships.list_partners(ctx, business_id=one, limit=1).total for one in sorted(me.acts_for)
    )
    accepted = [
        party
        for one in (sorted(me.acts_for) if isinstance(words, StandingWords) else ())
        for party in requests.accepted_at_once(ctx, one)
    ]
    match words:
        case OffboardWords() if has_any:
            return mistyped.to_offboard(page)
        case StandingWords() if has_any or accepted:
            return mistyped.to_stand(page, accepted)
        case _:
            return page


def _partner_meant(ctx: Context, query: str, *, on: date | None, typed: str) -> modals.PartnerPage | Message:
    """Return the page of the one partner that is called so, else those to choose from, as of the day `on`."""
    found = partnerships.find_partners(ctx, query, limit=lists.ROWS_A_PAGE + 1)
    exact = [pair for pair in found if read_name(pair[1].name).casefold() == query.casefold()]
    meant = exact if len(exact) == 1 else found
    if not meant:
        is_own = is_called_own(ctx, query)
        none = texts.command_line.OWN_BUSINESS if is_own else texts.command_line.NO_PARTNER_CALLED
        return mistyped.wrong(line(none, text=short(query, _LONGEST_NAME)), typed=typed)
    if len(meant) > 1:
        shown = meant[: lists.ROWS_A_PAGE]
        counted = [partnerships.counted(ctx, own.id, other) for own, other in shown]
        more = len(shown) < len(meant)
        return lists.which_partner(counted, me=directory.me(ctx), typed=typed, on=on, more=more)
    ((own, other),) = meant
    return modals.PartnerPage(own_id=own.id, other_id=other.id, on=on)
