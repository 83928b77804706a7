"""What people type after `/access`: text in, one frozen meaning out, or a sentence about what is wrong.

    request ITEM[,ITEM…] TASKS|LEVEL [for 30d|for 2 weeks|until 2026-12-31|no end] [because …] [from ID]
    cancel AMBER-1234 [because …]         revoke ASSET [from ID] [because …]
    extend [ASSET] [for 30d] [because …]  settings
    list [owned|shared|given|pending|ending]     pending     help [word]

An ITEM is an asset's ID, a link to it, or `described [kind] "in words"`. Case and spaces do not
matter; quotation marks may be curly, as phones type them; links come as Slack wraps them. `because`
takes all that follows except a last `from ID`.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.domain.assets import LEVELS, Kind, is_business_id, read_asset_id
from bot.domain.limits import LONGEST_NOTE, LONGEST_REASON, LONGEST_WORDS, MOST_DESCRIBED, MOST_ITEMS
from bot.domain.refs import read_ref
from bot.domain.requests import ErrorCode, Term, tidy
from bot.slack.command_line.words import (
    CancelWords,
    ExtendWords,
    HelpFor,
    ListWords,
    NamedItem,
    Overview,
    PendingWords,
    RequestWords,
    RevokeWords,
    SettingsWords,
    Words,
    WrongWords,
)
from bot.slack.ids import ListWord
from bot.slack.kit import short
from bot.slack.modals.inputs import end_of_day
from bot.slack.text import en as texts

_WORDS = {
    "request": "request",
    "ask": "request",
    "pending": "pending",
    "waiting": "pending",
    "list": "list",
    "cancel": "cancel",
    "withdraw": "cancel",
    "revoke": "revoke",
    "end": "revoke",
    "remove": "revoke",
    "give": "revoke",
    "return": "revoke",
    "extend": "extend",
    "prolong": "extend",
    "renew": "extend",
    "settings": "settings",
    "members": "settings",
    "help": "help",
    "?": "help",
}
_LISTS: Mapping[str, ListWord] = {
    "": ListWord.SHARED,
    "owned": ListWord.OWNED,
    "ours": ListWord.OWNED,
    "shared": ListWord.SHARED,
    "shared with us": ListWord.SHARED,
    "held": ListWord.SHARED,
    "given": ListWord.GIVEN,
    "shared by us": ListWord.GIVEN,
    "pending": ListWord.PENDING,
    "ending": ListWord.ENDING,
    "ends": ListWord.ENDING,
}
_KINDS: Mapping[str, Kind] = {
    "page": Kind.PAGE,
    "account": Kind.AD_ACCOUNT,
    "adaccount": Kind.AD_ACCOUNT,
    "pixel": Kind.PIXEL,
    "instagram": Kind.INSTAGRAM_ACCOUNT,
}
_TWO_WORD_KINDS: Mapping[tuple[str, str], Kind] = {
    ("ad", "account"): Kind.AD_ACCOUNT,
    ("instagram", "account"): Kind.INSTAGRAM_ACCOUNT,
}
_ALL_TASKS = texts.basics.known_tasks()
_LEVEL_NAMES = {level.name.casefold() for levels in LEVELS.values() for level in levels}
_QUOTES = '"“”„«»'
_TOKEN = re.compile(r"<[^<>\s]*>|[^\s,]+|,")
_QUOTED = re.compile(rf"\s*[{_QUOTES}]([^{_QUOTES}]*)([{_QUOTES}]?)")
_FROM_LAST = re.compile(r"(?i)(?:^|\s)from\s+(\S+)\s*$")
_LENGTH = re.compile(r"([0-9]{1,9})\s*(d|days?|w|weeks?)", re.ASCII | re.IGNORECASE)
_LONGEST = 60


class _Wrong(Exception):
    """Raised to stop reading, with the sentence about what is wrong."""


@dataclass(slots=True)
class _Tokens:
    """The text that is left to read, token by token."""

    text: str
    at: int = 0

    def peek(self) -> str:
        """Return the next token, "" at the end, without taking it."""
        at = self.at
        token = self.take()
        self.at = at
        return token

    def take(self) -> str:
        """Return the next token and go on behind it."""
        match = _TOKEN.search(self.text, self.at)
        self.at = match.end() if match else len(self.text)
        return match[0] if match else ""

    def rest(self) -> str:
        """Take everything that is left."""
        rest, self.at = self.text[self.at :].strip(), len(self.text)
        return rest

    def quoted(self) -> str | None:
        """Take a text in quotation marks, if one comes next."""
        match = _QUOTED.match(self.text, self.at)
        if match is None:
            return None
        if not match[2]:
            raise _Wrong(texts.command_line.QUOTE_OPEN)
        self.at = match.end()
        return match[1].strip()


def parse(text: str, *, zone: str, now: datetime) -> Words:
    """Return what was typed after `/access` by somebody in `zone` at `now`. Never raises."""
    tokens = _Tokens(tidy(text))
    typed = tokens.take()
    word = _WORDS.get(typed.casefold())
    if not typed:
        return Overview()
    if word is None:
        return WrongWords(_no_such_word(typed))
    try:
        return _read(word, tokens, zone=zone, now=now)
    except _Wrong as wrong:
        example = texts.command_line.EXAMPLE.format(example=texts.command_line.HELP[word][1])
        return WrongWords(f"{wrong} {example}")


def _read(word: str, tokens: _Tokens, *, zone: str, now: datetime) -> Words:
    match word:
        case "request":
            return _request(tokens, zone=zone, now=now)
        case "cancel":
            return _cancel(tokens)
        case "revoke":
            return _revoke(tokens)
        case "list":
            return _list(tokens)
        case "extend":
            return _extend(tokens, zone=zone, now=now)
        case "settings":
            return SettingsWords()
        case "pending":
            return PendingWords()
        case _:
            requested = tokens.take().casefold()
            return HelpFor(_WORDS.get(requested, ""))


def _no_such_word(typed: str) -> str:
    shown = short(typed, _LONGEST)
    near = difflib.get_close_matches(typed.casefold(), _WORDS, n=1, cutoff=0.6)
    if near:
        word = _WORDS[near[0]]
        example = texts.command_line.EXAMPLE.format(example=texts.command_line.HELP[word][1])
        return texts.command_line.UNKNOWN_WORD_NEAR.format(word=shown, near=word, example=example)
    example = texts.command_line.EXAMPLE.format(example=texts.command_line.HELP["request"][1])
    return texts.command_line.UNKNOWN_WORD.format(word=shown, example=example)


# --- list, cancel, revoke ---------------------------------------------------------------------------


def _list(tokens: _Tokens) -> ListWords:
    requested = tokens.rest()
    which = _LISTS.get(" ".join(requested.casefold().split()))
    if which is None:
        raise _Wrong(texts.command_line.WHICH_LIST.format(text=short(requested, _LONGEST)))
    return ListWords(which)


def _cancel(tokens: _Tokens) -> CancelWords:
    typed = tokens.take()
    if not typed or typed.casefold() == "because":
        raise _Wrong(texts.command_line.WHICH_REQUEST)
    following = tokens.peek()
    ref = read_ref(typed)
    if ref is None and following.isdigit():  # "AMBER 1234"
        ref = read_ref(f"{typed}-{tokens.take()}")
    if ref is None:
        raise _Wrong(texts.command_line.NOT_A_REF.format(text=short(typed, _LONGEST)))
    return CancelWords(ref, _note(tokens))


def _revoke(tokens: _Tokens) -> RevokeWords:
    read = RevokeWords()
    while token := tokens.take():
        match token.casefold():
            case "because":
                tokens.at -= len(token)
                return replace(read, note=_note(tokens))
            case "from" | "of":
                read = replace(read, other_id=_business_id(tokens, after=token))
            case "back":  # "give back"
                continue
            case _:
                asset_id = read_asset_id(token)
                if asset_id is None or read.asset_id is not None:
                    raise _Wrong(texts.command_line.NOT_AN_ASSET.format(text=short(token, _LONGEST)))
                read = replace(read, asset_id=asset_id)
    return read


def _extend(tokens: _Tokens, *, zone: str, now: datetime) -> ExtendWords:
    read = ExtendWords()
    while token := tokens.take():
        match token.casefold():
            case "because":
                tokens.at -= len(token)
                return replace(read, reason=_note(tokens))
            case "for" | "by":
                term = _term("for", tokens, zone=zone, now=now)
                read = replace(read, days=term.days)
            case _:
                asset_id = read_asset_id(token)
                if asset_id is None or read.asset_id is not None:
                    raise _Wrong(texts.command_line.NOT_AN_ASSET.format(text=short(token, _LONGEST)))
                read = replace(read, asset_id=asset_id)
    return read


def _note(tokens: _Tokens) -> str:
    token = tokens.take()
    if not token:
        return ""
    if token.casefold() != "because":
        raise _Wrong(texts.command_line.NOT_UNDERSTOOD.format(text=short(token, _LONGEST)))
    note = tokens.rest()
    if not note:
        raise _Wrong(texts.command_line.NO_WORDS_AFTER.format(word=token))
    if len(note) > LONGEST_NOTE:
        raise _Wrong(texts.command_line.NOTE_TOO_LONG.format(count=len(note)))
    return note


def _business_id(tokens: _Tokens, *, after: str) -> str:
    typed = tokens.take()
    if not typed:
        raise _Wrong(texts.command_line.NO_WORDS_AFTER.format(word=after))
    if not is_business_id(typed):
        raise _Wrong(texts.command_line.NOT_AN_OWNER.format(text=short(typed, _LONGEST)))
    return typed


# --- request ----------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Said:
    """What a request says so far."""

    items: list[NamedItem] = field(default_factory=list)
    tasks: set[str] = field(default_factory=set)
    level: str | None = None
    term: Term | None = None
    reason: str = ""
    owner_id: str | None = None


def _request(tokens: _Tokens, *, zone: str, now: datetime) -> RequestWords:
    said = _Said()
    while token := tokens.take():
        match token.casefold():
            case ",":
                if not said.items and not said.tasks:
                    raise _Wrong(texts.command_line.NOT_UNDERSTOOD.format(text=","))
            case "for" | "until" | "no":
                if said.term is not None:
                    raise _Wrong(texts.command_line.SAID_TWICE.format(word=token))
                said.term = _term(token, tokens, zone=zone, now=now)
            case "because":
                said.reason = _reason(tokens, said)
            case "from" | "of":
                said.owner_id = _business_id(tokens, after=token)
            case "described":
                said.items.append(_described(tokens))
            case _:
                _item_or_level(token, tokens, said)
    _check(said)
    return RequestWords(
        items=tuple(said.items),
        tasks=frozenset(said.tasks),
        level=said.level,
        term=said.term,
        reason=said.reason,
        owner_id=said.owner_id,
    )


def _check(said: _Said) -> None:
    if len(said.items) > MOST_ITEMS:
        raise _Wrong(texts.command_line.TOO_MANY_ASSETS.format(count=len(said.items), most=MOST_ITEMS))
    described = sum(1 for item in said.items if item.asset_id is None)
    if described > MOST_DESCRIBED:
        raise _Wrong(texts.command_line.TOO_MANY_DESCRIBED.format(count=described, most=MOST_DESCRIBED))
    ids = [item.asset_id for item in said.items if item.asset_id]
    twice = next((one for one in ids if ids.count(one) > 1), None)
    if twice:
        raise _Wrong(texts.command_line.TWICE.format(asset=twice))
    if said.tasks and said.level:
        raise _Wrong(texts.command_line.TWO_LEVELS)


def _item_or_level(token: str, tokens: _Tokens, said: _Said) -> None:
    if token.upper() in _ALL_TASKS:
        said.tasks.add(token.upper())
        return
    level = _level(token, tokens)
    if level is not None:
        if said.level is not None:
            raise _Wrong(texts.command_line.TWO_LEVELS)
        said.level = level
        return
    asset_id = read_asset_id(token)
    if asset_id is None:
        names = {*(task.casefold() for task in _ALL_TASKS), *_LEVEL_NAMES}
        near = difflib.get_close_matches(token.casefold(), sorted(names), n=1, cutoff=0.75)
        template = texts.command_line.NEAR_TASK if near else texts.command_line.NOT_AN_ASSET
        raise _Wrong(template.format(text=short(token, _LONGEST), near="".join(near)))
    said.items.append(
        NamedItem(asset_id=asset_id, kind=Kind.AD_ACCOUNT if asset_id.startswith("act_") else None)
    )


def _level(token: str, tokens: _Tokens) -> str | None:
    """Return the level that this token, alone or with the next one, names."""
    spoken = re.sub(r"[_-]+", " ", token).casefold()
    two = f"{spoken} {tokens.peek().casefold()}"
    if two in _LEVEL_NAMES:
        tokens.take()
        return two
    return spoken if spoken in _LEVEL_NAMES else None


def _described(tokens: _Tokens) -> NamedItem:
    kind: Kind | None = None
    words = tokens.quoted()
    if words is None:
        first = tokens.take().casefold()
        pair = _TWO_WORD_KINDS.get((first, tokens.peek().casefold()))
        if pair is not None:
            tokens.take()
        kind = pair or _KINDS.get(first)
        words = tokens.quoted() if kind else None
    if not words:
        raise _Wrong(texts.command_line.NO_DESCRIPTION)
    if len(words) > LONGEST_WORDS:
        raise _Wrong(texts.command_line.WORDS_TOO_LONG.format(count=len(words)))
    return NamedItem(kind=kind, words=words)


def _term(word: str, tokens: _Tokens, *, zone: str, now: datetime) -> Term:
    if word.casefold() == "no":
        if tokens.take().casefold() != "end":
            raise _Wrong(texts.command_line.NO_LENGTH.format(text=word))
        return Term.without_end()
    typed = tokens.take()
    if not typed:
        raise _Wrong(texts.command_line.NO_WORDS_AFTER.format(word=word))
    if word.casefold() == "until":
        return _until(typed, zone=zone, now=now)
    if typed.isascii() and typed.isdigit():
        typed = f"{typed} {tokens.take()}".strip()
    match = _LENGTH.fullmatch(typed)
    if match is None:
        raise _Wrong(texts.command_line.NO_LENGTH.format(text=short(typed, _LONGEST)))
    term = Term.for_days(int(match[1]) * (7 if match[2].casefold().startswith("w") else 1))
    if term.field_error(now=now) is not None:
        raise _Wrong(texts.command_line.TOO_MANY_DAYS.format(text=short(typed, _LONGEST)))
    return term


def _until(typed: str, *, zone: str, now: datetime) -> Term:
    end = end_of_day(typed, zone=zone)
    if end is None:
        raise _Wrong(texts.command_line.NO_DATE.format(text=short(typed, _LONGEST)))
    term = Term.till(end)
    field_error = term.field_error(now=now)
    if field_error is not None:
        past = field_error.code is ErrorCode.DATE_PAST
        raise _Wrong(
            texts.command_line.PAST_DATE.format(text=typed) if past else texts.errors.field_error(field_error)
        )
    return term


def _reason(tokens: _Tokens, said: _Said) -> str:
    reason = tokens.rest()
    last = _FROM_LAST.search(reason)
    if last and said.owner_id is None and is_business_id(last[1]):
        said.owner_id = last[1]
        reason = reason[: last.start()].strip()
    if not reason:
        raise _Wrong(texts.command_line.NO_WORDS_AFTER.format(word="because"))
    if len(reason) > LONGEST_REASON:
        raise _Wrong(texts.command_line.REASON_TOO_LONG.format(count=len(reason)))
    return reason
