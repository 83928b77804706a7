"""What is said of a line after `/access` that cannot be done as it was typed, with that line to correct."""

from __future__ import annotations

from collections.abc import Sequence

from bot.services.results import Denied, Invalid
from bot.services.views.parties import Party
from bot.slack.kit import Message, below, rich
from bot.slack.lines import Bullets, Line, Quote, joined, line, plain, short, spoken
from bot.slack.text import en as texts

_NAME = 60
_MOST_OWN = 10
_MOST_NAMED = 10
_LINE = 2_000


def refused(no: Denied | Invalid, *, typed: str) -> Message:
    """Return why a command was refused, with the line to correct where it is more than a word."""
    said = (
        texts.errors.denial(no)
        if isinstance(no, Denied)
        else joined(line("{text}", text=texts.errors.field_error(one)) for one in no.field_errors)
    )
    return wrong(said, typed=typed) if len(typed.split()) > 1 else Message(plain(said), [rich((said,))])


def as_typed(typed: str) -> Quote:
    """Return the line that was typed after `/access`, to correct it: Slack has taken it off the composer."""
    return Quote(short(f"/access {typed}", _LINE))


def wrong(said: Line, *, typed: str) -> Message:
    """Return what is wrong with a command, with the line to correct."""
    return _to_correct(said, typed=typed)


def which_own(own: Sequence[Party], *, word: str, typed: str, unknown: str = "") -> Message:
    """Return how one of somebody's businesses is named after a word: none was, or one that is `unknown`."""
    text = texts.command_line.NOT_OWN if unknown else texts.command_line.WHICH_OWN
    choices = tuple(
        line(texts.command_line.OWN, word=word, id=one.id, business=short(one.name, _NAME))
        for one in own[:_MOST_OWN]
    )
    return _to_correct(line(text, text=short(unknown, _NAME)), Bullets(choices), typed=typed)


def _to_correct(*said: Line | Bullets, typed: str) -> Message:
    passage = (*said, as_typed(typed))
    return Message(spoken([passage]), [rich(passage)])


def to_offboard(page: Message) -> Message:
    """Return partners below how one says when the contract with one of them ends."""
    return below((line(texts.command_line.OPEN_TO_OFFBOARD),), page, rest=texts.lists.THE_REST_OF_A_LIST)


def to_stand(page: Message, accepted: Sequence[Party]) -> Message:
    """Return partners below how one has what one of them offers accepted at once, and of whom it is now."""
    said = [line(texts.command_line.OPEN_TO_STAND)]
    said += [
        line(texts.command_line.STANDS, partner=short(one.name, _NAME), id=one.id)
        for one in accepted[:_MOST_NAMED]
    ]
    if len(accepted) > _MOST_NAMED:
        said.append(line(texts.lists.MORE_ROWS, count=len(accepted) - _MOST_NAMED))
    return below(tuple(said), page, rest=texts.lists.THE_REST_OF_A_LIST)


def to_extend(page: Message, *, typed: str) -> Message:
    """Return what there is to extend, below what was typed, to say it again for the one that is chosen."""
    return below(
        (line(texts.command_line.CHOOSE_TO_EXTEND), as_typed(typed)),
        page,
        rest=texts.lists.THE_REST_OF_A_LIST,
    )
