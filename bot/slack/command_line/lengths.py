"""How long, as it is typed after `/access`: a length of time, or until a day."""

from __future__ import annotations

from datetime import date

from bot.domain.dates import Ambiguous, read_day, read_days
from bot.domain.naming import read_asset, read_business_id
from bot.domain.requests import ErrorCode, Term
from bot.slack.command_line.tokens import Tokens, Wrong
from bot.slack.command_line.vocabulary import ALL_TASKS, FOREVER, LEVEL_NAMES, NOT_IN_NAMES, UNTIL
from bot.slack.lines import short
from bot.slack.modals.inputs import end_of_day, zone_of
from bot.slack.text import en as texts

_MOST_TOKENS_OF_A_DAY = 5
_MOST_TOKENS_OF_A_LENGTH = 4
_LONGEST = 60
_BEFORE_OTHER = frozenset[str]().union(*(words.before_other for words in texts.kinds.WORDS.values()))
_FOR_ALL_TIME = FOREVER | {"ever", "good"}
"""What says after `for` that there is no end."""
_ABOUT = frozenset({"the next", "next", "another", "about", "around", "only", "just", "at least", "up to"})
"""What may stand before a length of time without changing it."""
_CONTRACT_ENDS = frozenset(
    {
        *("contract end", "contract ends", "contract's end", "the contract ends", "the contract's end"),
        *("end of contract", "end of the contract", "the contract end"),
    }
)


def starts_term(word: str, tokens: Tokens) -> bool:
    """Say whether a length of time or a day comes after this word, as far as can be told."""
    word = word.casefold()
    if word in FOREVER:
        return _is_over(tokens)
    if word in {"without", "with"}:
        return _says_no_end(word, tokens)
    if word == "for" and names_asset(tokens):  # "access for act_123"
        return False
    return word in {"for", "no", "until"} or (word in UNTIL and _is_day(word, tokens))


def names_asset(tokens: Tokens) -> bool:
    """Say whether what comes next can only be an asset: no number alone, which may be a business."""
    token = tokens.peek()
    is_other = token[:1].isdigit() or read_business_id(token) is not None
    return not is_other and read_asset(token) is not None


def _says_no_end(word: str, tokens: Tokens) -> bool:
    """Say whether "without end" or "with no end" stands here, and not a name, or with whom to share."""
    at = tokens.at
    is_so = (word == "without" or tokens.take().casefold() == "no") and _take_end(tokens)
    tokens.at = at
    return is_so


def _take_end(tokens: Tokens) -> bool:
    """Take "end" or "an end date", if that comes next."""
    if tokens.peek().casefold() in {"an", "any"}:
        tokens.take()
    if tokens.take().casefold() != "end":
        return False
    if tokens.peek().casefold() == "date":
        tokens.take()
    return True


def _is_day(word: str, tokens: Tokens) -> bool:
    """Say whether a day comes next. After "to" it has a figure: "to Friday" may be to a business."""
    found = _take_day(tokens, peek=True)
    return found is not None and (word != "to" or any(letter.isdigit() for letter in found[0]))


def _is_over(tokens: Tokens) -> bool:
    """Say whether no name goes on here."""
    at, following = tokens.at, tokens.peek()
    is_level = tokens.phrase(LEVEL_NAMES) is not None
    tokens.at = at
    is_other = following.upper() in ALL_TASKS or following.casefold() in NOT_IN_NAMES | _BEFORE_OTHER
    return is_level or is_other or not following


def take_term(word: str, tokens: Tokens) -> Term | None:
    """Take what follows a word that starts a term, up to the end of it; None for no length of time."""
    if word.casefold() in FOREVER:
        return Term.without_end()
    if word.casefold() == "with":
        word = tokens.take()
    if word.casefold() in {"no", "without"}:
        if not _take_end(tokens):
            raise Wrong(texts.command_line.NO_LENGTH.format(text=word), field="term")
        return Term.without_end()
    if not tokens.peek():
        raise Wrong(texts.command_line.NO_WORDS_AFTER.format(word=word), field="term")
    if word.casefold() in UNTIL:
        return _until(tokens)
    at = tokens.at
    if tokens.take().casefold() in _FOR_ALL_TIME and _is_over(tokens):
        return Term.without_end()
    tokens.at = at
    return take_length(tokens)


def take_length(tokens: Tokens) -> Term | None:
    """Take a length of time, "30d" or "a month", if one comes next."""
    at = tokens.at
    days = _take_days(tokens)
    if days is None and tokens.phrase(_ABOUT) is not None:
        days = _take_days(tokens)
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


def _take_days(tokens: Tokens) -> int | None:
    """Take a length of time in as many words as it may have; None, and nothing taken, if none comes next."""
    at, typed = tokens.at, ""
    for _ in range(_MOST_TOKENS_OF_A_LENGTH):
        typed = f"{typed} {tokens.take_before_colon()}"
        if (days := read_days(typed)) is not None:
            return days
    tokens.at = at
    return None


def read_past_day(text: str, tokens: Tokens) -> date | None:
    """Return the day that `text` names, the last such day if it can be several; None if it is no day.

    Raise `Wrong` for a day that is still to come.
    """
    today = tokens.now.astimezone(zone_of(tokens.zone)).date()
    day = read_day(text, today=today, past=True)
    if isinstance(day, Ambiguous):
        raise Wrong(texts.command_line.WHICH_DAY.format(text=text, either=day.either, other=day.other))
    if day is not None and day > today:
        raise Wrong(texts.command_line.DAY_TO_COME.format(text=short(text, _LONGEST)))
    return day


def read_coming_day(text: str, tokens: Tokens) -> date | None:
    """Return the day that `text` names, the next such day if it can be several; None if it is no day."""
    today = tokens.now.astimezone(zone_of(tokens.zone)).date()
    day = read_day(text, today=today)
    if isinstance(day, Ambiguous):
        raise Wrong(texts.command_line.WHICH_DAY.format(text=text, either=day.either, other=day.other))
    return day


def _until(tokens: Tokens) -> Term:
    at = tokens.at
    for count in range(_MOST_TOKENS_OF_A_DAY, 1, -1):
        tokens.at = at
        if " ".join(tokens.take() for _ in range(count)).casefold() in _CONTRACT_ENDS:
            return Term.with_contract()
    tokens.at = at
    found = _take_day(tokens)
    if found is None:
        raise Wrong(texts.command_line.NO_DATE.format(text=short(tokens.take(), _LONGEST)), field="term")
    text, day = found
    if isinstance(day, Ambiguous):
        raise Wrong(
            texts.command_line.WHICH_DAY.format(text=text, either=day.either, other=day.other), field="term"
        )
    return _ends_on(day, text, tokens)


def _take_day(tokens: Tokens, *, peek: bool = False) -> tuple[str, date | Ambiguous] | None:
    """Take the day that comes next, in as many words as it may have, unless it is only to `peek`."""
    at = tokens.at
    today = tokens.now.astimezone(zone_of(tokens.zone)).date()
    for count in range(_MOST_TOKENS_OF_A_DAY, 0, -1):
        tokens.at = at
        text = " ".join(tokens.take_before_colon() for _ in range(count)).strip()
        day = read_day(text, today=today)
        if day is not None:
            tokens.at = at if peek else tokens.at
            return text, day
    tokens.at = at
    return None


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
