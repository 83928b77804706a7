"""Read the words of a request: who owns it, which assets at which level, for how long and why."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from bot.domain.assets import KINDS_CALLED
from bot.domain.kinds import RULES, RequestKind, Side
from bot.domain.limits import (
    LONGEST_REASON,
    LONGEST_WORDS,
    MOST_DESCRIBED,
    MOST_ITEMS,
)
from bot.domain.requests import Term
from bot.domain.typed import folded
from bot.slack.command_line.lengths import (
    names_asset,
    starts_term,
    take_length,
)
from bot.slack.command_line.people import take_asset
from bot.slack.command_line.phrases import (
    LONGEST,
    business_called,
    split_owner,
    take_business,
    take_name,
    take_term_or_wrong,
)
from bot.slack.command_line.tokens import Tokens, Wrong
from bot.slack.command_line.vocabulary import (
    ALL_TASKS,
    BECAUSE,
    BEGINS_REASON,
    LEVEL_NAMES,
    OF_THE_REASON,
    SHORT_LEVELS,
    WHY,
    without_fillers,
)
from bot.slack.command_line.words import (
    NamedItem,
    RequestWords,
)
from bot.slack.lines import short
from bot.slack.text import en as texts

_BEFORE_QUOTE = re.compile(r"""\s*([^"']*?)\s*["']""")


# --- request ----------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Said:
    """What a request says so far, and what stands before the other business in it.

    `is_first_of_list`: a comma comes after what was named first.
    """

    before_other: frozenset[str]
    items: list[NamedItem] = field(default_factory=list)
    tasks: set[str] = field(default_factory=set)
    levels: set[str] = field(default_factory=set)
    term: Term | None = None
    reason: str = ""
    owner_id: str | None = None
    owner_name: str | None = None
    wrong: list[tuple[str, str]] = field(default_factory=list)
    is_first_of_list: bool = False

    @property
    def level(self) -> str | None:
        """Return the one level that was named; of several none, so that the form begins with the least."""
        return next(iter(self.levels)) if len(self.levels) == 1 else None


def read_request(tokens: Tokens, kind: RequestKind) -> RequestWords:
    """Read a request of that kind; what is wrong of it is kept beside what was understood."""
    said = _Said(texts.kinds.WORDS[kind].before_other)
    while token := tokens.take():
        try:
            _request_word(token, tokens, said)
        except Wrong as wrong:
            if not wrong.field:
                raise
            said.wrong.append((wrong.field, str(wrong)))
    if RULES[kind].owner is Side.REQUESTING:
        _other_named_first(tokens, said)
    _level_by_itself(said)
    _check(said)
    return RequestWords(
        kind=kind,
        items=tuple(said.items),
        tasks=frozenset(said.tasks),
        level=said.level,
        term=said.term,
        reason=said.reason,
        owner_id=said.owner_id,
        owner_name=said.owner_name,
        wrong=tuple(said.wrong),
    )


def _request_word(token: str, tokens: Tokens, said: _Said) -> None:
    match token.casefold():
        case ",":
            if not said.items and not said.tasks:
                raise Wrong(texts.command_line.NOT_UNDERSTOOD.format(text=","), field="assets")
            said.is_first_of_list |= len(said.items) == 1
        case word if starts_term(word, tokens):
            if said.term is not None:
                raise Wrong(texts.command_line.SAID_TWICE.format(word=token), field="term")
            said.term = take_term_or_wrong(token, tokens, said.before_other)
        case because if because in BECAUSE:
            said.reason = _reason(token, tokens, said)
        case other if other in said.before_other:
            if other != "to" or not names_asset(tokens):  # "access to act_123"
                _owner(token, tokens, said)
        case why if why in BEGINS_REASON and _is_reason(why, tokens, said):
            tokens.at -= len(token) if why in OF_THE_REASON else 0
            said.reason = _reason(token, tokens, said)
        case "described":
            said.items.append(_described(tokens))
        case _:
            _item_or_level(token, tokens, said)


def _other_named_first(tokens: Tokens, said: _Said) -> None:
    """Take the partner from before the assets: "give Northwind access to act_123"."""
    is_else = said.is_first_of_list or said.owner_id or said.owner_name
    first = said.items[0] if len(said.items) > 1 and not is_else else None
    if first is not None and first.name is not None:
        named = business_called(first.name, tokens)
        if tokens.is_business(named):
            said.owner_name = named
            del said.items[0]
    elif first is not None and first.asset is not None and tokens.is_business(first.asset.number):
        said.owner_id = first.asset.number
        del said.items[0]


def _level_by_itself(said: _Said) -> None:
    """Take what stands among assets by itself, and is short for a level, as that: "act_123 general"."""
    for item in said.items:
        level = SHORT_LEVELS.get(folded(without_fillers(item.name or "")))
        if level and len(said.items) > 1 and not (said.levels or said.tasks):
            said.levels.add(level)
            said.items.remove(item)
            return


def _check(said: _Said) -> None:
    if len(said.items) > MOST_ITEMS:
        raise Wrong(texts.command_line.TOO_MANY_ASSETS.format(count=len(said.items), most=MOST_ITEMS))
    described = sum(1 for item in said.items if item.words is not None)
    if described > MOST_DESCRIBED:
        raise Wrong(texts.command_line.TOO_MANY_DESCRIBED.format(count=described, most=MOST_DESCRIBED))
    ids = [item.asset.ids[0] for item in said.items if item.asset]
    twice = next((one for one in ids if ids.count(one) > 1), None)
    if twice:
        raise Wrong(texts.command_line.TWICE.format(asset=twice))
    if said.tasks and said.levels:
        raise Wrong(texts.command_line.LEVEL_AND_TASKS)


def _item_or_level(token: str, tokens: Tokens, said: _Said) -> None:
    start = tokens.at - len(token)
    tokens.at = start
    if said.term is None and token[0].isdigit() and (term := take_length(tokens)):  # "30 days", without "for"
        said.term = term
        return
    level = tokens.phrase(LEVEL_NAMES)
    if level is not None:
        said.levels.add(level)
        if len(said.levels) == 2:  # noqa: PLR2004 - said once
            raise Wrong(texts.command_line.TWO_LEVELS, field="assets")
        return
    tokens.at += len(token)
    if token.upper() in ALL_TASKS:
        said.tasks.add(token.upper())
        return
    named = take_asset(token, tokens)
    if named is None:
        tokens.at = start
    said.items.append(
        NamedItem(asset=named) if named else NamedItem(name=take_name(tokens, said.before_other))
    )


def _is_reason(word: str, tokens: Tokens, said: _Said) -> bool:
    """Say whether a reason begins with this word, once it is said what is asked for and how long.

    It has several words, is no business, and has no other reason in it; after "as" a level may come.
    """
    at, rest = tokens.at, tokens.rest()
    tokens.at = at
    is_said = said.items and said.term and not said.reason and (word != "as" or said.levels or said.tasks)
    words = rest.casefold().split()
    return bool(is_said) and len(words) > 1 and WHY.isdisjoint(words) and not tokens.is_business(rest)


def _owner(word: str, tokens: Tokens, said: _Said) -> None:
    """Take the business that is asked."""
    said.owner_id, said.owner_name = take_business(word, tokens, ends=said.before_other)


def _described(tokens: Tokens) -> NamedItem:
    kind = KINDS_CALLED.get(tokens.phrase(KINDS_CALLED) or "")
    words = tokens.quoted()
    if words is None:
        other = _BEFORE_QUOTE.match(tokens.plain, tokens.at)
        if other and kind is None:
            raise Wrong(texts.command_line.NOT_A_KIND.format(text=short(other[1], LONGEST)), field="assets")
    if not words:
        raise Wrong(texts.command_line.NO_DESCRIPTION, field="assets")
    if len(words) > LONGEST_WORDS:
        raise Wrong(texts.command_line.WORDS_TOO_LONG.format(count=len(words)))
    return NamedItem(kind=kind, words=words)


def _reason(word: str, tokens: Tokens, said: _Said) -> str:
    reason = tokens.rest()
    if said.owner_id is None and said.owner_name is None:
        reason, said.owner_id, said.owner_name = split_owner(tokens, reason)
    if not reason:
        raise Wrong(texts.command_line.NO_WORDS_AFTER.format(word=word), field="reason")
    if len(reason) > LONGEST_REASON:
        raise Wrong(texts.command_line.REASON_TOO_LONG.format(count=len(reason)))
    return reason
