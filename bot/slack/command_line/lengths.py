"""How long, as it is typed after `/access`: a length of time, or until a day."""

from __future__ import annotations

from datetime import date, timedelta

from bot.domain.dates import Ambiguous, read_day, read_days
from bot.domain.requests import ErrorCode, Term
from bot.slack.command_line.tokens import Tokens, Wrong
from bot.slack.lines import short
from bot.slack.modals.inputs import end_of_day, zone_of
from bot.slack.text import en as texts

_MOST_TOKENS_OF_A_DAY = 4
_LONGEST = 60


def take_term(word: str, tokens: Tokens) -> Term:
    """Take what follows `for`, `by`, `until` or `no`, up to the end of the length or day."""
    if word.casefold() == "no":
        if tokens.take().casefold() != "end":
            raise Wrong(texts.command_line.NO_LENGTH.format(text=word), field="term")
        return Term.without_end()
    if not tokens.peek():
        raise Wrong(texts.command_line.NO_WORDS_AFTER.format(word=word), field="term")
    if word.casefold() == "until":
        return _until(tokens)
    at = tokens.at
    term = take_length(tokens)
    if term is None:
        tokens.at = at
        raise Wrong(texts.command_line.NO_LENGTH.format(text=short(tokens.take(), _LONGEST)), field="term")
    return term


def take_length(tokens: Tokens) -> Term | None:
    """Take a length of time, "30d" or "a month", if one comes next."""
    at = tokens.at
    typed = tokens.take()
    days = read_days(typed)
    if days is None:
        days = read_days(f"{typed} {tokens.take()}")
    if days is None:
        tokens.at = at
        return None
    term = Term.for_days(days)
    if term.field_error(now=tokens.now) is not None:
        raise Wrong(
            texts.command_line.TOO_MANY_DAYS.format(text=short(tokens.plain[at : tokens.at], _LONGEST)),
            field="term",
        )
    return term


def read_past_day(text: str, tokens: Tokens) -> date | None:
    """Return the day that `text` names, the last such day if no year is said; None if it is no day.

    Raise `Wrong` for a day that is still to come.
    """
    today = tokens.now.astimezone(zone_of(tokens.zone)).date()
    day = read_day(text, today=today)
    if isinstance(day, Ambiguous):
        raise Wrong(texts.command_line.WHICH_DAY.format(text=text, either=day.either, other=day.other))
    if day is not None and day > today:
        before = read_day(text, today=today - timedelta(days=365))
        if before == day or isinstance(before, Ambiguous):  # the year was said
            raise Wrong(texts.command_line.DAY_TO_COME.format(text=short(text, _LONGEST)))
        day = before
    return day


def _until(tokens: Tokens) -> Term:
    at = tokens.at
    today = tokens.now.astimezone(zone_of(tokens.zone)).date()
    for count in range(_MOST_TOKENS_OF_A_DAY, 0, -1):
        tokens.at = at
        text = " ".join(tokens.take() for _ in range(count)).strip()
        day = read_day(text, today=today)
        if isinstance(day, Ambiguous):
            raise Wrong(
                texts.command_line.WHICH_DAY.format(text=text, either=day.either, other=day.other),
                field="term",
            )
        if day is not None:
            return _ends_on(day, text, tokens)
    raise Wrong(texts.command_line.NO_DATE.format(text=short(text, _LONGEST)), field="term")


def _ends_on(day: date, text: str, tokens: Tokens) -> Term:
    end = end_of_day(day.isoformat(), zone=tokens.zone)
    assert end is not None, "a day that was read"
    term = Term.till(end)
    field_error = term.field_error(now=tokens.now)
    if field_error is not None:
        past = field_error.code is ErrorCode.DATE_PAST
        raise Wrong(
            texts.command_line.PAST_DATE.format(text=text) if past else texts.errors.field_error(field_error),
            field="term",
        )
    return term
