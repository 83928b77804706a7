"""What people type after `/access`: text in, one frozen meaning out, or a sentence about what is wrong.

    request ITEM[,ITEM…] TASKS|LEVEL [for 30d|until 2026-12-31|no end|forever] [because …] [from ID]
    cancel AMBER-1234 [because …]         revoke ASSET [from ID] [because …]
    extend [ASSET] [for 30d|until …]  [because …]       settings
    people [NAME | ASSET [add NAME [TASKS|LEVEL] | remove NAME]]
    create [ad account|pixel] NAME CURRENCY ZONE [advertiser ID] [agency ID] [partner ID] [invoice|funding ID]
    create funding ACCOUNT [invoice|later|ID]
    list [owned|shared|given|agencies|clients|pending|received|sent|ending|obo] [NAME|ID]
    bundle [NAME [because …]]
    partner [NAME|ID [on 2026-12-31]]     pending     show AMBER-1234     help [word]
    standing [NAME|ID [on|off]]

An ITEM is an asset's ID, a link to it, or `described [kind] "in words"`. Case and spaces do not
matter; dashes and quotation marks may be any, as phones type them; links come as Slack wraps them.
`because` takes all that follows except a last `from ID`; a dash that stands alone means the same, and so does
a colon after a length of time.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.domain.kinds import RequestKind
from bot.domain.limits import (
    LONGEST_NOTE,
    LONGEST_QUERY,
    LONGEST_REASON,
    LONGEST_WORDS,
    MOST_DESCRIBED,
    MOST_ITEMS,
)
from bot.domain.naming import TypedAsset, read_asset, read_business_id
from bot.domain.refs import read_ref
from bot.domain.requests import Term
from bot.domain.typed import plainly, tidy
from bot.slack.command_line.create import read_create
from bot.slack.command_line.lengths import (
    read_coming_day,
    read_past_day,
    starts_term,
    take_length,
    take_term,
)
from bot.slack.command_line.people import read_people, take_asset
from bot.slack.command_line.tokens import Tokens, Wrong
from bot.slack.command_line.vocabulary import (
    ALL_TASKS,
    BECAUSE,
    BEFORE_WHAT,
    COMMANDS,
    ENDS_SOMETHING,
    KIND_OF_COMMAND,
    KINDS_CALLED,
    LEVEL_NAMES,
    LISTS,
    NOT_IN_NAMES,
    WHY,
)
from bot.slack.command_line.words import (
    BundleWords,
    CancelWords,
    ConnectWords,
    ExtendWords,
    HelpFor,
    ImportWords,
    ListWords,
    NamedItem,
    OffboardWords,
    Overview,
    PartnerWords,
    PendingWords,
    RequestWords,
    RevokeWords,
    SettingsWords,
    SetupWords,
    ShowWords,
    StandingWords,
    TokenWords,
    Words,
    WrongWords,
)
from bot.slack.lines import Line, line, short
from bot.slack.text import en as texts

_BEFORE_QUOTE = re.compile(r"""\s*([^"']*?)\s*["']""")
_OWNER_LABEL = re.compile(r"(?:\s*(?:business|portfolio|id|number)\b[\s.:#]*)+|\s*", re.IGNORECASE)
_FROM_LAST = re.compile(rf"(?:^|\s)from(?:{_OWNER_LABEL.pattern})(\S+)\s*$", re.IGNORECASE)
_ON_LAST = re.compile(r"(?:(.*?\S)\s+)?(?:on|as of)\s+(.+)", re.IGNORECASE | re.DOTALL)
_DAYS_LAST = re.compile(
    r"(?:(.*?\S)\s+)?(?:then\s+|within\s+|in\s+)?(\d{1,3})\s*(?:d|days?)", re.IGNORECASE | re.DOTALL
)
_SWITCH_LAST = re.compile(r"(?:(.*?\S)\s+)?(on|off)", re.IGNORECASE | re.DOTALL)
_NAMED_LAST = re.compile(r"(?:^|\s)from\s+((?:(?!\sfrom\s).)+?)\s*$", re.IGNORECASE | re.DOTALL)
_ENDS = frozenset({"by", "from", "of"})
_SHORTEST_ID = 5
_LONGEST_FIGURE = 10
_LONGEST = 60


def parse(text: str, *, zone: str, now: datetime, is_business: Callable[[str], bool]) -> Words:
    """Return what was typed after `/access` by somebody in `zone` at `now`. Never raises.

    `is_business` says whether there is a business with an ID, or one that the person may know by a name.
    """
    tokens = Tokens(tidy(text), zone=zone, now=now, is_business=is_business)
    typed = tokens.take()
    word = COMMANDS.get(typed.casefold())
    if not typed:
        return Overview()
    if word is None and (ref := _ref(typed, tokens)):
        return ShowWords(ref)
    if word is None:
        return WrongWords(_no_such_word(typed))
    try:
        return _read(word, tokens)
    except Wrong as wrong:
        return WrongWords(line("{wrong} {example}", wrong=str(wrong), example=_example(word)))


def _read(word: str, tokens: Tokens) -> Words:
    if word in KIND_OF_COMMAND:
        return _request(tokens, KIND_OF_COMMAND[word])
    if word in _READERS:
        return _READERS[word](tokens)
    requested = tokens.take().casefold()
    return HelpFor(COMMANDS.get(requested, ""))


def _example(word: str) -> Line:
    return line(texts.command_line.EXAMPLE, example=texts.command_line.HELP[word][1])


def _no_such_word(typed: str) -> Line:
    shown = short(typed, _LONGEST)
    near = difflib.get_close_matches(typed.casefold(), COMMANDS, n=1, cutoff=0.7)
    if near and COMMANDS[near[0]] in ENDS_SOMETHING:
        near = difflib.get_close_matches(typed.casefold(), COMMANDS, n=1, cutoff=0.8)
    if near:
        word = COMMANDS[near[0]]
        return line(texts.command_line.UNKNOWN_WORD_NEAR, word=shown, near=word, example=_example(word))
    return line(texts.command_line.UNKNOWN_WORD, word=shown, example=_example("request"))


# --- list, cancel, revoke ---------------------------------------------------------------------------


def _list(tokens: Tokens) -> ListWords:
    named = tokens.phrase(LISTS)
    if named is None and difflib.get_close_matches(tokens.peek().casefold(), LISTS, n=1, cutoff=0.7):
        raise Wrong(texts.command_line.WHICH_LIST.format(text=short(tokens.rest(), _LONGEST)))
    return ListWords(LISTS[named or ""], _query(tokens))


def _query(tokens: Tokens) -> str:
    """Return what is looked for in a list: what stands in quotes, or all that follows."""
    at = tokens.at
    if tokens.take().casefold() not in BEFORE_WHAT:
        tokens.at = at
    query = tokens.quoted() or tokens.rest()
    if len(query) > LONGEST_QUERY:
        raise Wrong(texts.command_line.QUERY_TOO_LONG.format(count=len(query)))
    return query


def _partner(tokens: Tokens) -> PartnerWords:
    named, on = tokens.quoted(), None
    rest = tokens.rest()
    if found := _ON_LAST.fullmatch(plainly(rest)):
        on = read_past_day(found[2], tokens)
    if named is None:
        named = rest if on is None or found is None else rest[: found.end(1)]
    elif rest and on is None:
        raise Wrong(texts.command_line.NOT_UNDERSTOOD.format(text=short(rest, _LONGEST)))
    if len(named) > LONGEST_QUERY:
        raise Wrong(texts.command_line.QUERY_TOO_LONG.format(count=len(named)))
    return PartnerWords(named, on)


def _offboard(tokens: Tokens) -> OffboardWords:
    """Read "northwind on 2026-12-31 then 14 days": each part may be missing."""
    named, on, days = tokens.quoted(), None, None
    rest = tokens.rest()
    if found := _DAYS_LAST.fullmatch(plainly(rest)):
        days, rest = int(found[2]), rest[: found.end(1)] if found[1] else ""
    if found := _ON_LAST.fullmatch(plainly(rest)):
        on = read_coming_day(found[2], tokens)
        rest = (rest[: found.end(1)] if found[1] else "") if on is not None else rest
    if named is not None and rest:
        raise Wrong(texts.command_line.NOT_UNDERSTOOD.format(text=short(rest, _LONGEST)))
    query = rest if named is None else named
    if len(query) > LONGEST_QUERY:
        raise Wrong(texts.command_line.QUERY_TOO_LONG.format(count=len(query)))
    return OffboardWords(query, on, days)


def _standing(tokens: Tokens) -> StandingWords:
    """Read "northwind on": each part may be missing."""
    named, rest, on = tokens.quoted(), tokens.rest(), None
    if found := _SWITCH_LAST.fullmatch(plainly(rest)):
        on, rest = found[2].casefold() == "on", rest[: found.end(1)] if found[1] else ""
    if named is not None and rest:
        raise Wrong(texts.command_line.NOT_UNDERSTOOD.format(text=short(rest, _LONGEST)))
    query = rest if named is None else named
    if len(query) > LONGEST_QUERY:
        raise Wrong(texts.command_line.QUERY_TOO_LONG.format(count=len(query)))
    return StandingWords(query, on)


def _bundle(tokens: Tokens) -> BundleWords:
    """Read "launch kit because …": each part may be missing."""
    name = tokens.quoted()
    if name is None:
        start = tokens.at
        while tokens.peek() and tokens.peek().casefold() not in WHY:
            tokens.take()
        name = tokens.text[start : tokens.at].strip()
    if len(name) > LONGEST_QUERY:
        raise Wrong(texts.command_line.QUERY_TOO_LONG.format(count=len(name)))
    why = tokens.take()
    if why and why.casefold() not in WHY:
        raise Wrong(texts.command_line.NOT_UNDERSTOOD.format(text=short(why, _LONGEST)))
    reason = tokens.rest()
    if why and not reason:
        raise Wrong(texts.command_line.NO_WORDS_AFTER.format(word=why))
    if len(reason) > LONGEST_REASON:
        raise Wrong(texts.command_line.REASON_TOO_LONG.format(count=len(reason)))
    return BundleWords(name, reason)


def _show(tokens: Tokens) -> ShowWords | PendingWords:
    typed = tokens.take()
    return ShowWords(_ref_or_wrong(typed, tokens)) if typed else PendingWords()


def _cancel(tokens: Tokens) -> CancelWords:
    typed = tokens.take()
    if not typed or typed.casefold() in BECAUSE:
        raise Wrong(texts.command_line.WHICH_REQUEST)
    return CancelWords(_ref_or_wrong(typed, tokens), _note(tokens))


def _ref(typed: str, tokens: Tokens) -> str | None:
    """Return the reference that this token is, with those that follow: "AMBER 1234", "AMBER - 1234"."""
    ref = read_ref(typed)
    while ref is None and re.fullmatch("[0-9-]+", tokens.peek()):
        typed += tokens.take()
        ref = read_ref(typed)
    return ref


def _ref_or_wrong(typed: str, tokens: Tokens) -> str:
    ref = _ref(typed, tokens)
    if ref is None:
        raise Wrong(texts.command_line.NOT_A_REF.format(text=short(typed, _LONGEST)))
    return ref


def _revoke(tokens: Tokens) -> RevokeWords:
    read = RevokeWords()
    while token := tokens.take():
        match token.casefold():
            case because if because in BECAUSE:
                note = _note_after(token, tokens)
                if read.other_id or read.other_name:
                    return replace(read, note=note)
                note, other_id, other_name = _owner_at_the_end(tokens, note)
                return replace(read, note=note, other_id=other_id, other_name=other_name)
            case "from" | "of":
                other_id, other_name = _business(token, tokens)
                read = replace(read, other_id=other_id, other_name=other_name)
            case "back":  # "give back"
                continue
            case _:
                asset, name = _one_asset(token, tokens, read)
                read = replace(read, asset=asset, name=name)
    return read


def _extend(tokens: Tokens) -> ExtendWords:
    read = ExtendWords()
    while token := tokens.take():
        match token.casefold():
            case because if because in BECAUSE:
                return replace(read, reason=_note_after(token, tokens))
            case word if word == "by" or starts_term(word, tokens):
                if read.term is not None:
                    raise Wrong(texts.command_line.SAID_TWICE.format(word=token))
                read = replace(read, term=_term(token, tokens, _ENDS))
            case _:
                asset, name = _one_asset(token, tokens, read)
                read = replace(read, asset=asset, name=name)
    return read


def _one_asset(
    token: str, tokens: Tokens, read: RevokeWords | ExtendWords
) -> tuple[TypedAsset | None, str | None]:
    """Return the one asset that this token begins to name, by an id or by its name."""
    if read.asset or read.name:
        raise Wrong(texts.command_line.NOT_AN_ASSET.format(text=short(token, _LONGEST)))
    start = tokens.at - len(token)
    named = take_asset(token, tokens)
    if named is not None:
        return named, None
    tokens.at = start
    return None, _name(tokens, _ENDS)


def _note(tokens: Tokens) -> str:
    token = tokens.take()
    if not token:
        return ""
    if token.casefold() not in BECAUSE:
        raise Wrong(texts.command_line.NOT_UNDERSTOOD.format(text=short(token, _LONGEST)))
    return _note_after(token, tokens)


def _note_after(word: str, tokens: Tokens) -> str:
    note = tokens.rest()
    if not note:
        raise Wrong(texts.command_line.NO_WORDS_AFTER.format(word=word))
    if len(note) > LONGEST_NOTE:
        raise Wrong(texts.command_line.NOTE_TOO_LONG.format(count=len(note)))
    return note


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
        raise Wrong(texts.command_line.NOT_AN_OWNER.format(text=short(typed, _LONGEST)), field="owner")
    return found


def _owner_at_the_end(tokens: Tokens, text: str) -> tuple[str, str | None, str | None]:
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


# --- request ----------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Said:
    """What a request says so far, and what stands before the other business in it."""

    before_other: frozenset[str]
    items: list[NamedItem] = field(default_factory=list)
    tasks: set[str] = field(default_factory=set)
    level: str | None = None
    term: Term | None = None
    reason: str = ""
    owner_id: str | None = None
    owner_name: str | None = None
    wrong: list[tuple[str, str]] = field(default_factory=list)


def _request(tokens: Tokens, kind: RequestKind) -> RequestWords:
    said = _Said(texts.kinds.WORDS[kind].before_other)
    while token := tokens.take():
        try:
            _request_word(token, tokens, said)
        except Wrong as wrong:
            if not wrong.field:
                raise
            said.wrong.append((wrong.field, str(wrong)))
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
        case word if starts_term(word, tokens):
            if said.term is not None:
                raise Wrong(texts.command_line.SAID_TWICE.format(word=token), field="term")
            said.term = _term(token, tokens, said.before_other)
        case because if because in BECAUSE:
            said.reason = _reason(token, tokens, said)
        case other if other in said.before_other:
            _owner(token, tokens, said)
        case "described":
            said.items.append(_described(tokens))
        case _:
            _item_or_level(token, tokens, said)


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
    if said.tasks and said.level:
        raise Wrong(texts.command_line.TWO_LEVELS)


def _item_or_level(token: str, tokens: Tokens, said: _Said) -> None:
    start = tokens.at - len(token)
    tokens.at = start
    if said.term is None and token[0].isdigit() and (term := take_length(tokens)):  # "30 days", without "for"
        said.term = term
        return
    level = tokens.phrase(LEVEL_NAMES)
    if level is not None:
        if said.level is not None:
            raise Wrong(texts.command_line.TWO_LEVELS)
        said.level = level
        return
    tokens.at += len(token)
    if token.upper() in ALL_TASKS:
        said.tasks.add(token.upper())
        return
    named = take_asset(token, tokens)
    if named is None:
        tokens.at = start
    said.items.append(NamedItem(asset=named) if named else NamedItem(name=_name(tokens, said.before_other)))


def _owner(word: str, tokens: Tokens, said: _Said) -> None:
    """Take the business that is asked."""
    said.owner_id, said.owner_name = _business(word, tokens, ends=said.before_other)


def _business(word: str, tokens: Tokens, *, ends: frozenset[str] = _ENDS) -> tuple[str | None, str | None]:
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
        return None, _name(tokens, ends)


def _name(tokens: Tokens, ends: frozenset[str]) -> str:
    """Take the name that comes next: what stands in quotes, or all words up to one that means else."""
    quoted = tokens.quoted()
    if quoted:
        return quoted
    start = tokens.at
    tokens.take()
    while not _means_else(tokens, ends):
        tokens.take()
    return tokens.text[start : tokens.at].strip()


def _term(word: str, tokens: Tokens, ends: frozenset[str]) -> Term:
    term = take_term(word, tokens)
    if term is None:
        said = short(_name(tokens, ends), _LONGEST)
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


def _described(tokens: Tokens) -> NamedItem:
    kind = KINDS_CALLED.get(tokens.phrase(KINDS_CALLED) or "")
    words = tokens.quoted()
    if words is None:
        other = _BEFORE_QUOTE.match(tokens.plain, tokens.at)
        if other and kind is None:
            raise Wrong(texts.command_line.NOT_A_KIND.format(text=short(other[1], _LONGEST)), field="assets")
    if not words:
        raise Wrong(texts.command_line.NO_DESCRIPTION, field="assets")
    if len(words) > LONGEST_WORDS:
        raise Wrong(texts.command_line.WORDS_TOO_LONG.format(count=len(words)))
    return NamedItem(kind=kind, words=words)


def _reason(word: str, tokens: Tokens, said: _Said) -> str:
    reason = tokens.rest()
    if said.owner_id is None and said.owner_name is None:
        reason, said.owner_id, said.owner_name = _owner_at_the_end(tokens, reason)
    if not reason:
        raise Wrong(texts.command_line.NO_WORDS_AFTER.format(word=word), field="reason")
    if len(reason) > LONGEST_REASON:
        raise Wrong(texts.command_line.REASON_TOO_LONG.format(count=len(reason)))
    return reason


_READERS: Mapping[str, Callable[[Tokens], Words]] = {
    "cancel": _cancel,
    "revoke": _revoke,
    "list": _list,
    "partner": _partner,
    "offboard": _offboard,
    "standing": _standing,
    "extend": _extend,
    "settings": lambda _: SettingsWords(),
    "bundle": _bundle,
    "token": lambda _: TokenWords(),
    "connect": lambda _: ConnectWords(),
    "import": lambda _: ImportWords(),
    "setup": lambda _: SetupWords(),
    "people": read_people,
    "create": read_create,
    "pending": lambda _: PendingWords(),
    "show": _show,
}
"""How what follows each word is read; the words that ask for something are those of its kinds."""
