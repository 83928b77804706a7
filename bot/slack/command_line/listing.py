"""The lists that a command shows."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.denials import DenialReason
from bot.services import directory
from bot.services.context import Context
from bot.services.results import Denied
from bot.services.views.parties import Party
from bot.slack import lists, replies, screens
from bot.slack.ids import ListWord
from bot.slack.kit import Message
from bot.slack.values import Page


def first_page(
    ctx: Context, which: ListWord, *, query: str = "", of: Sequence[Party] | None = None
) -> Message:
    """Return the first page of a list, for the first of somebody's businesses; the others are buttons.

    `of` says of which of them; None: of all.
    """
    me = directory.me(ctx)
    own = [one.party for one in me.businesses] if of is None else of
    if which in lists.OF_REQUESTS and me.is_somebody:  # the admins of an asset decide, too
        return screens.page(ctx, Page(which, "", 0, query))
    if not own:
        return replies.answer(Denied(reason=DenialReason.NO_BUSINESS))
    first, *others = own
    shown = screens.page(ctx, Page(which, first.id, 0, query))
    return lists.with_others(shown, which=which, others=others, query=query)
