"""What every card is made of: a title, what it says in as much room as Slack gives, and its buttons."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.services.results import CommentView
from bot.slack.kit import (
    LONGEST_BLOCKS,
    LONGEST_TEXT,
    Block,
    Line,
    Message,
    Passage,
    Value,
    header,
    length_of,
    line,
    rich,
    short,
    spoken,
    spoken_within,
)
from bot.slack.text import en as texts

_ROOMS = (5_500, 3_500, 2_600, 2_000, 1_400, 1_000, 400, 0)
_NAME = 60
_MOST_NAMES = 10


def card(title: str, say: Callable[[int], list[Passage]], controls: Sequence[Block]) -> Message:
    """Return a card: what `say` says in about so many characters, as much of it as Slack takes."""
    return Message(_text(title, say), _blocks(title, say, controls))


def _blocks(title: str, say: Callable[[int], list[Passage]], controls: Sequence[Block]) -> list[Block]:
    blocks: list[Block] = []
    for room in _ROOMS:
        blocks = [header(title), *(rich(passage) for passage in say(room) if passage), *controls]
        if length_of(blocks) <= LONGEST_BLOCKS:
            break
    return blocks


def _text(title: str, say: Callable[[int], list[Passage]]) -> str:
    first = (line("{title}.", title=title),)
    for room in _ROOMS:
        said = spoken([first, *say(room)])
        if len(said) <= LONGEST_TEXT:
            return said
    return spoken_within([first, *say(0)], rest=texts.cards.THE_REST)


def names_of(names: Sequence[str], *, whole: bool = False) -> str:
    """Return names as a sentence has them: the first of them, and how many more."""
    return texts.basics.listed(
        [short(name, _NAME) for name in names], most=len(names) if whole else _MOST_NAMES
    )


def admins_counted(count: int) -> str:
    """Return "3 admins" or "no admin"."""
    return texts.basics.counted(count, "admin") if count else texts.basics.NO_ADMIN


def wrote(template: str, comment: CommentView, **more: Value) -> Line:
    """Return the line that says who wrote a comment, before its words."""
    return line(
        template,
        name=short(comment.by, _NAME),
        business=short(comment.business.name, _NAME),
        at=comment.at,
        **more,
    )
