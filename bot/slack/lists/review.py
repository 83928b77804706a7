"""All that a business's newest access review is about, page by page."""

from __future__ import annotations

from dataclasses import replace

from bot.services.views.parties import Me, Party
from bot.services.views.reviews import ReviewPage, ReviewView
from bot.slack.cards.review import item_buttons, item_line, row_line
from bot.slack.kit import Message, actions, header, rich
from bot.slack.lines import Line, Passage, line, short
from bot.slack.lists.paging import more, none_of, text_of, titled
from bot.slack.text import en as texts
from bot.slack.values import Page

_NAME = 60


def review_list(page: ReviewPage | None, *, business: Party, at: Page, me: Me) -> Message:
    """Return a page of a review; what still waits has its buttons, for the business's admins."""
    name = short(business.name, _NAME)
    title = texts.reviews.LIST_TITLE.format(business=name)
    if page is None or not page.items.rows:
        return titled(title, [none_of(texts.reviews.NO_REVIEW, at, business=name)])
    rows = page.items.rows
    last = at.offset + len(rows)
    passages: list[Passage] = [
        (line(texts.lists.ROWS_OF, first=at.offset + 1, last=last, total=page.items.total),)
    ]
    blocks = [header(title), rich(passages[0])]
    for one in rows:
        waits = one.outcome is None
        passages.append((row_line(one), item_line(one.grant)) if waits else (row_line(one),))
        blocks.append(rich(passages[-1]))
        blocks += [actions(*item_buttons(one))] if waits and business.id in me.acts_for else []
    if page.items.more:
        blocks.append(actions(more(replace(at, offset=last), title)))
    return Message(text_of(title, passages), blocks)


def review_line(one: ReviewView) -> Line:
    """Return that a review waits for a business's admins, and how to see it."""
    return line(
        texts.reviews.WAITS,
        business=short(one.owner.name, _NAME),
        grants=texts.basics.counted(one.open, "grant"),
        at=one.deadline_at,
        id=one.owner.id,
    )
