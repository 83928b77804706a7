"""What people type after `/access`: text in, one frozen meaning out, or a sentence about what is wrong.

These take more than a name; `vocabulary.py` lists all commands and lists.

    request ITEM[,ITEM…] TASKS|LEVEL [for 30d|until 2026-12-31|no end|forever] [because …] [from ID]
    cancel AMBER-1234 [because …]         revoke ASSET [from ID] [because …]
    extend [ASSET] [for 30d|until …]  [because …]       settings
    people [NAME | ASSET [add NAME [TASKS|LEVEL] | remove NAME]]
    create [ad account|pixel] NAME CURRENCY ZONE [advertiser ID] [agency ID] [partner ID] [invoice|funding ID]
    create funding ACCOUNT [invoice|later|ID]
    list [owned|clients|agencies|pending|received|sent|ending|…] [NAME|ID]
    bundle [NAME [because …]]
    review [NAME|ID]
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
from dataclasses import replace
from datetime import datetime

from bot.domain.limits import (
    LONGEST_NOTE,
    LONGEST_QUERY,
    LONGEST_REASON,
)
from bot.domain.naming import TypedAsset
from bot.domain.refs import read_ref
from bot.domain.typed import plainly, tidy
from bot.slack.command_line.create import read_create
from bot.slack.command_line.lengths import (
    read_coming_day,
    read_past_day,
    starts_term,
)
from bot.slack.command_line.people import read_people, take_asset
from bot.slack.command_line.phrases import (
    ENDS,
    LONGEST,
    split_owner,
    take_business,
    take_name,
    take_term_or_wrong,
)
from bot.slack.command_line.requested import read_request
from bot.slack.command_line.tokens import Tokens, Wrong
from bot.slack.command_line.vocabulary import (
    BECAUSE,
    BEFORE_WHAT,
    COMMANDS,
    ENDS_SOMETHING,
    KIND_OF_COMMAND,
    LISTS,
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
    OffboardWords,
    Overview,
    PartnerWords,
    PendingWords,
    ReportWords,
    ReviewWords,
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

_ON_LAST = re.compile(r"(?:(.*?\S)\s+)?(?:on|as of)\s+(.+)", re.IGNORECASE | re.DOTALL)
_DAYS_LAST = re.compile(
    r"(?:(.*?\S)\s+)?(?:then\s+|within\s+|in\s+)?(\d{1,3})\s*(?:d|days?)", re.IGNORECASE | re.DOTALL
)
_SWITCH_LAST = re.compile(r"(?:(.*?\S)\s+)?(on|off)", re.IGNORECASE | re.DOTALL)


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
        return read_request(tokens, KIND_OF_COMMAND[word])
    if word in _READERS:
        return _READERS[word](tokens)
    requested = tokens.take().casefold()
    return HelpFor(COMMANDS.get(requested, ""))


def _example(word: str) -> Line:
    return line(texts.command_line.EXAMPLE, example=texts.command_line.HELP[word][1])


def _no_such_word(typed: str) -> Line:
    shown = short(typed, LONGEST)
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
        raise Wrong(texts.command_line.WHICH_LIST.format(text=short(tokens.rest(), LONGEST)))
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
        raise Wrong(texts.command_line.NOT_UNDERSTOOD.format(text=short(rest, LONGEST)))
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
        raise Wrong(texts.command_line.NOT_UNDERSTOOD.format(text=short(rest, LONGEST)))
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
        raise Wrong(texts.command_line.NOT_UNDERSTOOD.format(text=short(rest, LONGEST)))
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
        raise Wrong(texts.command_line.NOT_UNDERSTOOD.format(text=short(why, LONGEST)))
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
        raise Wrong(texts.command_line.NOT_A_REF.format(text=short(typed, LONGEST)))
    return ref


def _revoke(tokens: Tokens) -> RevokeWords:
    read = RevokeWords()
    while token := tokens.take():
        match token.casefold():
            case because if because in BECAUSE:
                note = _note_after(token, tokens)
                if read.other_id or read.other_name:
                    return replace(read, note=note)
                note, other_id, other_name = split_owner(tokens, note)
                return replace(read, note=note, other_id=other_id, other_name=other_name)
            case "from" | "of":
                other_id, other_name = take_business(token, tokens)
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
                read = replace(read, term=take_term_or_wrong(token, tokens, ENDS))
            case _:
                asset, name = _one_asset(token, tokens, read)
                read = replace(read, asset=asset, name=name)
    return read


def _one_asset(
    token: str, tokens: Tokens, read: RevokeWords | ExtendWords
) -> tuple[TypedAsset | None, str | None]:
    """Return the one asset that this token begins to name, by an id or by its name."""
    if read.asset or read.name:
        raise Wrong(texts.command_line.NOT_AN_ASSET.format(text=short(token, LONGEST)))
    start = tokens.at - len(token)
    named = take_asset(token, tokens)
    if named is not None:
        return named, None
    tokens.at = start
    return None, take_name(tokens, ENDS)


def _note(tokens: Tokens) -> str:
    token = tokens.take()
    if not token:
        return ""
    if token.casefold() not in BECAUSE:
        raise Wrong(texts.command_line.NOT_UNDERSTOOD.format(text=short(token, LONGEST)))
    return _note_after(token, tokens)


def _note_after(word: str, tokens: Tokens) -> str:
    note = tokens.rest()
    if not note:
        raise Wrong(texts.command_line.NO_WORDS_AFTER.format(word=word))
    if len(note) > LONGEST_NOTE:
        raise Wrong(texts.command_line.NOTE_TOO_LONG.format(count=len(note)))
    return note


_READERS: Mapping[str, Callable[[Tokens], Words]] = {
    "cancel": _cancel,
    "revoke": _revoke,
    "list": _list,
    "partner": _partner,
    "report": lambda _: ReportWords(),
    "offboard": _offboard,
    "standing": _standing,
    "extend": _extend,
    "settings": lambda _: SettingsWords(),
    "bundle": _bundle,
    "review": lambda tokens: ReviewWords(_query(tokens)),
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
