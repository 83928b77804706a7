"""What several commands are made of: a business, a name, a length of time, a reference, a note."""

from __future__ import annotations

import re

from bot.domain.limits import LONGEST_NOTE
from bot.domain.naming import read_asset, read_business_id
from bot.domain.refs import read_ref
from bot.domain.requests import Term
from bot.domain.typed import plainly
from bot.slack.command_line.lengths import (
    starts_term,
    take_term,
)
from bot.slack.command_line.tokens import Tokens, Wrong
from bot.slack.command_line.vocabulary import (
    ALL_TASKS,
    LEVEL_NAMES,
    NOT_IN_NAMES,
    without_fillers,
)
from bot.slack.lines import short
from bot.slack.text import en as texts

_OWNER_LABEL = re.compile(r"(?:\s*(?:business|portfolio|id|number)\b[\s.:#]*)+|\s*", re.IGNORECASE)
_FROM_LAST = re.compile(rf"(?:^|\s)from(?:{_OWNER_LABEL.pattern})(\S+)\s*$", re.IGNORECASE)
_NAMED_LAST = re.compile(r"(?:^|\s)from\s+((?:(?!\sfrom\s).)+?)\s*$", re.IGNORECASE | re.DOTALL)
ENDS = frozenset({"by", "from", "of"})
_SHORTEST_ID = 5
_LONGEST_FIGURE = 10
LONGEST = 60


def _business_id(tokens: Tokens, *, after: str) -> str:
    label = _OWNER_LABEL.match(tokens.plain, tokens.at)
    tokens.at = label.end() if label else tokens.at
    typed = tokens.take()
    if not typed:
        raise Wrong(texts.command_line.NO_WORDS_AFTER.format(word=after), field="owner")
    if typed.isdigit() and len(typed) < _SHORTEST_ID:  # in groups, "100 000 00001"
        while tokens.peek().isdigit():
            typed += tokens.take()
    found = read_business_id(typed)
    if found is None:
        raise Wrong(texts.command_line.NOT_AN_OWNER.format(text=short(typed, LONGEST)), field="owner")
    return found


def split_owner(tokens: Tokens, text: str) -> tuple[str, str | None, str | None]:
    """Return a reason without a last `from ID` or `from NAME`, and that ID or name.

    "From 48000" and "from customers" end many a reason: a short number and a name are meant for a business
    only if there is one that goes by it.
    """
    last = _FROM_LAST.search(plainly(text))
    found = read_business_id(last[1]) if last else None
    if last and found and (len(found) > _LONGEST_FIGURE or tokens.is_business(found)):
        return text[: last.start()].strip(), found, None
    named = _NAMED_LAST.search(text)
    if named and tokens.is_business(named[1]):
        return text[: named.start()].strip(), None, named[1]
    return text, None, None


def take_business(word: str, tokens: Tokens, *, ends: frozenset[str] = ENDS) -> tuple[str | None, str | None]:
    """Return the business that comes next, by its ID or by its name."""
    at = tokens.at
    try:
        return _business_id(tokens, after=word), None
    except Wrong:
        after, tokens.at = tokens.at, at
        first = tokens.peek()
        if not first or _means_else(tokens, ends):
            tokens.at = after
            raise
        return None, business_called(take_name(tokens, ends), tokens)


def business_called(name: str, tokens: Tokens) -> str:
    """Return the name of a business without what stands around it: "Northwind's", "Northwind as"."""
    if tokens.is_business(name):
        return name
    bare = without_fillers(name)
    return bare[:-2] if plainly(bare).endswith("'s") else bare or name


def take_name(tokens: Tokens, ends: frozenset[str]) -> str:
    """Take the name that comes next: what stands in quotes, or all words up to one that means else."""
    quoted = tokens.quoted()
    if quoted:
        return quoted
    start = tokens.at
    tokens.take()
    while not _means_else(tokens, ends):
        tokens.take()
    return tokens.text[start : tokens.at].strip()


def take_term_or_wrong(word: str, tokens: Tokens, ends: frozenset[str]) -> Term:
    """Read a length of time after its word; Wrong, with what was said, if it is none."""
    term = take_term(word, tokens)
    if term is None:
        said = short(take_name(tokens, ends), LONGEST)
        raise Wrong(texts.command_line.NO_LENGTH.format(text=said), field="term")
    return term


def _means_else(tokens: Tokens, ends: frozenset[str]) -> bool:
    """Say whether the next token is no part of a name: `ends` are further words that end one."""
    at, token = tokens.at, tokens.peek()
    is_level = tokens.phrase(LEVEL_NAMES) is not None
    tokens.at = at
    tokens.take()
    is_term = starts_term(token, tokens)
    tokens.at = at
    is_other = is_term or token.casefold() in NOT_IN_NAMES | ends or token.upper() in ALL_TASKS
    return is_level or is_other or not token or token[0].isdigit() or read_asset(token) is not None


def take_ref(typed: str, tokens: Tokens) -> str | None:
    """Return the reference that this token is, with those that follow: "AMBER 1234", "AMBER - 1234"."""
    ref = read_ref(typed)
    while ref is None and re.fullmatch("[0-9-]+", tokens.peek()):
        typed += tokens.take()
        ref = read_ref(typed)
    return ref


def note_after(word: str, tokens: Tokens) -> str:
    """Take the note after a word that begins one. Raise `Wrong` if there is none, or it is too long."""
    note = tokens.rest()
    if not note:
        raise Wrong(texts.command_line.NO_WORDS_AFTER.format(word=word))
    if len(note) > LONGEST_NOTE:
        raise Wrong(texts.command_line.NOTE_TOO_LONG.format(count=len(note)))
    return note
