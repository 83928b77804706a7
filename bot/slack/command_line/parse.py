"""What people type after `/access`: text in, one frozen meaning out, or a sentence about what is wrong.

These take more than a name; `vocabulary.py` lists all commands and lists.

    request again [AMBER-1234]            again [AMBER-1234]
    request ITEM[,ITEM…] TASKS|LEVEL [for 30d|until 2026-12-31|no end|forever] [because …] [from ID]
    cancel AMBER-1234 [because …]         decline AMBER-1234 [because …]
    revoke ASSET|AMBER-1234 [from ID] [because …]
    extend [ASSET|AMBER-1234] [for 30d|until …]  [because …]       settings
    people [NAME | ASSET [add NAME [TASKS|LEVEL] | remove NAME]]
    create [ad account|pixel] NAME CURRENCY ZONE [advertiser ID] [agency ID] [partner ID] [invoice|funding ID]
    create funding ACCOUNT [invoice|later|ID]
    list [owned|clients|agencies|pending|received|sent|ending|…] [NAME|ID]
    bundle [NAME [because …]]
    review [NAME|ID]                      away [NAME|ID] [from 2026-12-24] [until 2026-12-31]
    pending [received|sent] [NAME|ID]
    partner [NAME|ID [on 2026-12-31]]     report [NAME|ID]     show AMBER-1234     help [word]
    offboard [NAME|ID [on 2026-12-31] [then 14 days]]          standing [NAME|ID [on|off]]

`help` or `?` alone after a command explains it. Words that say nothing, such as "access to", may stand around
names; what comes else and has no meaning there is answered, never passed over.

An ITEM is an asset's ID, a link to it, or `described [kind] "in words"`. Case and spaces do not
matter; dashes and quotation marks may be any, as phones type them; links come as Slack wraps them.
`because` takes all that follows except a last `from ID`; a dash that stands alone means the same, and so does
a colon after a length of time.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime

from bot.domain.kinds import DEFAULT_KIND, RequestKind
from bot.domain.limits import (
    LONGEST_QUERY,
    LONGEST_REASON,
)
from bot.domain.typed import plainly, tidy
from bot.slack.command_line.create import read_create
from bot.slack.command_line.ending import read_extend, read_revoke
from bot.slack.command_line.lengths import (
    read_coming_day,
    read_past_day,
)
from bot.slack.command_line.people import read_people
from bot.slack.command_line.phrases import (
    LONGEST,
    note_after,
    take_ref,
)
from bot.slack.command_line.requested import read_request
from bot.slack.command_line.tokens import Tokens, Wrong
from bot.slack.command_line.vocabulary import (
    AGAIN,
    ASKS_HELP,
    BECAUSE,
    BEFORE_REF,
    BEFORE_WHAT,
    COMMANDS,
    HELP_WITH_ALL,
    KIND_OF_COMMAND,
    LISTS,
    WHY,
    near_command,
)
from bot.slack.command_line.words import (
    AgainWords,
    AuditWords,
    AwayWords,
    BundleWords,
    CancelWords,
    ConnectWords,
    DeclineWords,
    HelpFor,
    ImportWords,
    ListWords,
    OffboardWords,
    Overview,
    PartnerWords,
    PendingWords,
    ReportWords,
    ReviewWords,
    SettingsWords,
    SetupWords,
    ShowWords,
    StandingWords,
    TokenWords,
    Words,
    WrongWords,
)
from bot.slack.ids import ListWord
from bot.slack.lines import Line, line, short
from bot.slack.text import en as texts

_BEFORE_DAY = re.compile(
    r"(?:^|\s+)(?:(?:ends\s+on|ends|on|as\s+of|by|at|until|till)\s+|(?=\d{4}-\d{1,2}-\d{1,2}$|yesterday$|last\s\S+$))",
    re.IGNORECASE,
)
"""What stands before a day at the end; without it, most days may be a part of a name."""
_BEFORE_LAST_DAY = re.compile(r"(?:^|\s+)(?:until|till|to|through|-)\s+", re.IGNORECASE)
_BEFORE_FIRST_DAY = re.compile(r"(?:^|\s+)(?:from|on)\s+", re.IGNORECASE)
_DAYS_LAST = re.compile(
    r"(?:(.*?\S)\s+)??(?:then\s+|within\s+|in\s+)?(\d{1,3})\s*(?:d|days?)", re.IGNORECASE | re.DOTALL
)
_DIRECTIONS = frozenset(name for name, which in LISTS.items() if which in {ListWord.RECEIVED, ListWord.SENT})
_META = frozenset({"meta", "to meta", "from meta", "with meta"})
_SWITCH_LAST = re.compile(r"(?:(.*?\S)\s+)?(on|off)", re.IGNORECASE | re.DOTALL)


def parse(text: str, *, zone: str, now: datetime, is_business: Callable[[str], bool]) -> Words:
    """Return what was typed after `/access` by somebody in `zone` at `now`. Never raises.

    `is_business` says whether there is a business with an ID, or one that the person may know by a name.
    """
    tokens = Tokens(tidy(text), zone=zone, now=now, is_business=is_business)
    if not tokens.peek():
        return Overview()
    word = COMMANDS.get((tokens.phrase(COMMANDS) or "").casefold())
    if word is None and tokens.phrase(LISTS) is not None:
        word, tokens.at = "list", 0
    typed = tokens.take() if word is None else ""
    if word is None and take_ref(typed, tokens):
        word, tokens.at = "show", 0
    if word is None:
        return WrongWords(_no_such_word(typed))
    try:
        return _read(word, tokens)
    except Wrong as wrong:
        return WrongWords(line("{wrong} {example}", wrong=str(wrong), example=_example(word, wrong.example)))


def _read(word: str, tokens: Tokens) -> Words:
    """Read what follows a word. Raise `Wrong` where some of it has no meaning: nothing is passed over."""
    if _asks_help(tokens):
        return HelpFor(word)
    if word in KIND_OF_COMMAND:
        kind = KIND_OF_COMMAND[word]
        read: Words = _said_again(tokens, kind) or read_request(tokens, kind)
    else:
        read = _READERS[word](tokens)
    if left := tokens.rest():
        raise Wrong(texts.command_line.NOT_UNDERSTOOD.format(text=short(left, LONGEST)))
    return read


def _asks_help(tokens: Tokens) -> bool:
    """Take "help" or "?", if that is all that follows a command, and say whether it was."""
    at = tokens.at
    asks = tokens.take().casefold() in ASKS_HELP and not tokens.peek()
    tokens.at = tokens.at if asks else at
    return asks


def _said_again(tokens: Tokens, kind: RequestKind) -> AgainWords | None:
    """Read "again" or "again AMBER-1234" after the word of a kind; None if it is something else."""
    at, ref = tokens.at, None
    if tokens.phrase(AGAIN) is not None:
        typed = tokens.take()
        ref = take_ref(typed, tokens)
        if typed == "" or (ref is not None and not tokens.peek()):
            return AgainWords(kind, ref)
    tokens.at = at
    return None


def _example(word: str, typed: str = "") -> Line:
    return line(texts.command_line.EXAMPLE, example=typed or texts.command_line.HELP[word][1])


def _no_such_word(typed: str) -> Line:
    shown = short(typed, LONGEST)
    near = near_command(typed)
    if near is not None:
        return line(texts.command_line.UNKNOWN_WORD_NEAR, word=shown, near=near, example=_example(near))
    return line(texts.command_line.UNKNOWN_WORD, word=shown, example=_example("request"))


# --- list, partners, cancel -------------------------------------------------------------------------


def _list(tokens: Tokens) -> ListWords:
    named = tokens.phrase(LISTS)
    near = difflib.get_close_matches(tokens.peek().casefold(), LISTS, n=1, cutoff=0.7)
    if named is None and near:
        said = texts.command_line.WHICH_LIST
        raise Wrong(said.format(text=short(tokens.rest(), LONGEST), near=near[0]))
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


def _help(tokens: Tokens) -> HelpFor:
    requested = COMMANDS.get((tokens.phrase(COMMANDS) or "").casefold())
    typed = tokens.take() if requested is None else ""
    requested = requested or near_command(typed)
    more = tokens.rest()  # "help me, please": the help answers that, too
    is_word = requested is None and not more and typed.casefold() not in HELP_WITH_ALL
    return HelpFor(requested or "", typed if is_word else "")


def _pending(tokens: Tokens) -> PendingWords | ListWords:
    """Read "sent to Acme": all that waits, one direction of it, or what is looked for in it."""
    named = tokens.phrase(_DIRECTIONS)
    query = _query(tokens)
    return ListWords(LISTS[named or "pending"], query) if named or query else PendingWords()


def _partner(tokens: Tokens) -> PartnerWords:
    """Read "northwind on 1 Oct 2025": each part may be missing."""
    named = tokens.quoted()
    rest, on = _split_day(tokens.rest(), _BEFORE_DAY, lambda day: read_past_day(day, tokens))
    return PartnerWords(_partner_name(named, rest, is_needed=on is not None), on)


def _offboard(tokens: Tokens) -> OffboardWords:
    """Read "northwind on 2026-12-31 then 14 days": each part may be missing."""
    named, rest, days = tokens.quoted(), tokens.rest(), None
    if found := _DAYS_LAST.fullmatch(plainly(rest)):
        days, rest = int(found[2]), rest[: found.end(1)] if found[1] else ""
    rest, on = _split_day(rest, _BEFORE_DAY, lambda day: read_coming_day(day, tokens))
    return OffboardWords(_partner_name(named, rest, is_needed=on is not None or days is not None), on, days)


def _standing(tokens: Tokens) -> StandingWords:
    """Read "northwind on": each part may be missing."""
    named, rest, on = tokens.quoted(), tokens.rest(), None
    if found := _SWITCH_LAST.fullmatch(plainly(rest)):
        on, rest = found[2].casefold() == "on", rest[: found.end(1)] if found[1] else ""
    return StandingWords(_partner_name(named, rest, is_needed=on is not None), on)


def _split_day(
    text: str, before: re.Pattern[str], read: Callable[[str], date | None]
) -> tuple[str, date | None]:
    """Return what stands before a day at the end of a text, and that day: "… on 31 Dec", "… 2026-12-31"."""
    for found in before.finditer(plainly(text)):
        if (day := read(text[found.end() :])) is not None:
            return text[: found.start()], day
    return text, None


def _partner_name(named: str | None, rest: str, *, is_needed: bool) -> str:
    """Return the partner that was named, in quotes or not; "" for none, where it is not needed."""
    if named is not None and rest:
        raise Wrong(texts.command_line.NOT_UNDERSTOOD.format(text=short(rest, LONGEST)))
    query = rest if named is None else named
    if len(query) > LONGEST_QUERY:
        raise Wrong(texts.command_line.QUERY_TOO_LONG.format(count=len(query)))
    if is_needed and not query:
        raise Wrong(texts.command_line.WHICH_PARTNER)
    return query


def _away(tokens: Tokens) -> AwayWords:
    """Read "Acme Shoes from Monday until 31 Dec": each part may be missing; one day alone is both."""
    rest, until_day = _split_day(_query(tokens), _BEFORE_LAST_DAY, lambda day: read_coming_day(day, tokens))
    rest, from_day = _split_day(rest, _BEFORE_FIRST_DAY, lambda day: read_coming_day(day, tokens))
    if from_day is None and (from_day := read_coming_day(rest, tokens)) is not None:
        rest, until_day = "", until_day or from_day
    return AwayWords(rest, from_day, until_day)


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
    tokens.skip(BEFORE_REF)
    typed = tokens.take()
    return ShowWords(_ref_or_wrong(typed, tokens)) if typed else PendingWords()


def _decline(tokens: Tokens) -> DeclineWords | PendingWords:
    tokens.skip(BEFORE_REF)
    typed = tokens.take()
    return DeclineWords(_ref_or_wrong(typed, tokens), _note(tokens)) if typed else PendingWords()


def _again(tokens: Tokens) -> AgainWords:
    typed = tokens.take()
    return AgainWords(DEFAULT_KIND, _ref_or_wrong(typed, tokens) if typed else None)


def _cancel(tokens: Tokens) -> CancelWords | ListWords:
    tokens.skip(BEFORE_REF)
    typed = tokens.take()
    if not typed:
        return ListWords(ListWord.SENT)
    if typed.casefold() in BECAUSE:
        raise Wrong(texts.command_line.WHICH_REQUEST)
    return CancelWords(_ref_or_wrong(typed, tokens), _note(tokens))


def _ref_or_wrong(typed: str, tokens: Tokens) -> str:
    ref = take_ref(typed, tokens)
    if ref is None:
        raise Wrong(texts.command_line.NOT_A_REF.format(text=short(typed, LONGEST)))
    return ref


def _connect(tokens: Tokens) -> ConnectWords:
    tokens.phrase(_META)
    return ConnectWords(_query(tokens))


def _import(tokens: Tokens) -> ImportWords:
    tokens.phrase(_META)
    return ImportWords(_query(tokens))


def _note(tokens: Tokens) -> str:
    token = tokens.take()
    if not token:
        return ""
    if token.casefold() not in BECAUSE:
        raise Wrong(texts.command_line.NOT_UNDERSTOOD.format(text=short(token, LONGEST)))
    return note_after(token, tokens)


_READERS: Mapping[str, Callable[[Tokens], Words]] = {
    "again": _again,
    "cancel": _cancel,
    "decline": _decline,
    "revoke": read_revoke,
    "list": _list,
    "partner": _partner,
    "report": lambda tokens: ReportWords(_query(tokens)),
    "offboard": _offboard,
    "standing": _standing,
    "extend": read_extend,
    "settings": lambda _: SettingsWords(),
    "away": _away,
    "audit": lambda _: AuditWords(),
    "bundle": _bundle,
    "review": lambda tokens: ReviewWords(_query(tokens)),
    "token": lambda tokens: TokenWords(_query(tokens)),
    "connect": _connect,
    "import": _import,
    "setup": lambda _: SetupWords(),
    "people": read_people,
    "create": read_create,
    "pending": _pending,
    "show": _show,
    "help": _help,
}
"""How what follows each word is read; the words that ask for something are those of its kinds."""
