"""All that a business's newest access review is about, page by page."""

from __future__ import annotations

from bot.services.views.parties import Me, Party
from bot.services.views.reviews import ReviewPage, ReviewView
from bot.slack.cards.review import item_buttons, item_line, row_line
from bot.slack.kit import Block, Message, actions, rich
from bot.slack.lines import Line, Passage, line, short
from bot.slack.lists.paging import paged_rows
from bot.slack.text import en as texts
from bot.slack.values import Page

_NAME = 60


def review_list(page: ReviewPage | None, *, business: Party, at: Page, me: Me) -> Message:
    """Return a page of a review; what still waits has its buttons, for the business's admins."""
    shown: list[tuple[Passage, list[Block]]] = []
    for one in () if page is None else page.items.rows:
        waits = one.outcome is None
        said = (row_line(one), item_line(one.grant)) if waits else (row_line(one),)
        buttons = [actions(*item_buttons(one))] if waits and business.id in me.acts_for else []
        shown.append((said, [rich(said), *buttons]))
    return paged_rows(
        at,
        texts.reviews.LIST_TITLE,
        texts.reviews.NO_REVIEW,
        shown,
        total=0 if page is None else page.items.total,
        business=business,
    )


def review_line(one: ReviewView) -> Line:
    """Return that a review waits for a business's admins, and how to see it."""
    return line(
        texts.reviews.WAITS,
        business=short(one.owner.name, _NAME),
        grants=texts.basics.counted(one.open, "grant"),
        at=one.deadline_at,
        id=one.owner.id,
    )
