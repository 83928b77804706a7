"""What all lists share: a title, what was looked for, a page and what leads to the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.services.views.parties import Party
from bot.slack.ids import ActionId
from bot.slack.kit import Block, Element, Message, actions, button, header, rich
from bot.slack.lines import (
    Bullets,
    Line,
    Passage,
    line,
    short,
    spoken_within,
)
from bot.slack.text import en as texts
from bot.slack.values import Page, page_value

ROWS_A_PAGE = 10
_NAME = 60


def paged(
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
    """Return a page of lines of a business, with what leads to the next; `none` says that there are none.

    `total` is how many there are in all, `controls` what stands above the buttons; with `can_end` there is
    one to end access.
    """
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


def paged_rows(
    at: Page,
    title: str,
    none: str,
    rows: Sequence[tuple[Passage, Sequence[Block]]],
    *,
    total: int,
    business: Party,
) -> Message:
    """Return a page of rows of a business, each what it says and its blocks, with what leads to the next.

    `none` says that there are none, `total` is how many there are in all.
    """
    name = short(business.name, _NAME)
    title = title.format(business=name)
    if not rows:
        return titled(title, [none_of(none, at, business=name)])
    last = at.offset + len(rows)
    above = [*looked_for(at), (line(texts.lists.ROWS_OF, first=at.offset + 1, last=last, total=total),)]
    blocks = [header(title), *(rich(passage) for passage in above)]
    blocks += [block for _, shown in rows for block in shown]
    if last < total:
        blocks.append(actions(more(replace(at, offset=last), title)))
    return Message(text_of(title, [*above, *(said for said, _ in rows)]), blocks)


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
