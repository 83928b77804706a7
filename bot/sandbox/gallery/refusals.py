"""What people are told in private in the gallery: why not, and what is wrong with what was typed."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.assets import LEVELS, Kind
from bot.domain.creating import CreationState
from bot.domain.denials import DenialReason
from bot.domain.events import Subject, SubjectKind
from bot.domain.limits import (
    LONGEST_NAME,
    LONGEST_NOTE,
    LONGEST_QUERY,
    LONGEST_REASON,
    LONGEST_WORDS,
    MOST_DESCRIBED,
    MOST_ITEMS,
)
from bot.domain.requests import DraftState, ErrorCode, FieldError, RequestState
from bot.sandbox.gallery import sizes
from bot.sandbox.gallery.exhibit import Exhibit, Exhibits, Part, Size, words_of
from bot.sandbox.gallery.records import NOW
from bot.services.results import (
    Denied,
    Invalid,
)
from bot.slack import mistyped, replies
from bot.slack.command_line.parse import parse
from bot.slack.command_line.words import WrongWords
from bot.slack.kit import Message
from bot.slack.lines import line, short
from bot.slack.text import en as texts

REF = "AMBER-1234"
LESS = LEVELS[Kind.AD_ACCOUNT][1]
_GRANT = "700000000000001"


def refusals() -> Exhibits:
    """Return every denial and error."""
    yield from _denials()
    yield from _errors()


# --- why not ----------------------------------------------------------------------------------------


def _denials() -> Exhibits:
    for reason in DenialReason:
        said: set[str] = set()
        for size in Size:
            view = None if size is Size.SMALLEST else sizes.request(size)
            shown = replies.denied(_no(reason, size), view)
            if shown.text not in said:  # most say the same whatever they are about
                yield _denied(words_of(reason), shown, size=size)
            said.add(shown.text)
    asked = sizes.request(Size.USUAL)
    for state in RequestState:
        no = Denied(reason=DenialReason.ALREADY_OVER, ref=REF, state=state, by="Dana Diaz", at=NOW)
        yield _denied(f"already {words_of(state)}", replies.denied(no, asked))
    undone = replace(no, state=RequestState.APPROVED, is_undone=True)
    yield _denied("already undone", replies.denied(undone, asked))
    over: tuple[DraftState | CreationState, ...] = (*DraftState, *CreationState)
    for how in over:
        reason = DenialReason.DRAFT_OVER if isinstance(how, DraftState) else DenialReason.CREATION_OVER
        no = Denied(reason=reason, ref=REF, name="Acme DE", state=how, by="Dana Diaz", at=NOW)
        yield _denied(f"{words_of(reason)}, {words_of(how)}", replies.denied(no, asked))
    for kind in (
        SubjectKind.ASSET,
        SubjectKind.BUSINESS,
        SubjectKind.GRANT,
        SubjectKind.CREATION,
        SubjectKind.FINDING,
    ):
        no = Denied(reason=DenialReason.CHANGED, about=Subject(kind, "1"), name="Acme Shoes EU")
        yield _denied(f"{words_of(kind)} changed", replies.answer(no))
    theirs = Denied(reason=DenialReason.NOT_ADMIN, people=("Dana Diaz", "Dov Dekel"))
    yield _denied("not an admin, with who is", replies.answer(theirs))
    late = Denied(reason=DenialReason.UNDO_OVER, ref=REF)
    yield _denied("too late to undo", replies.denied(late, asked))
    ending = Denied(
        reason=DenialReason.GRANT_OVER,
        about=Subject(SubjectKind.GRANT, _GRANT),
        ref=REF,
        name="Acme Shoes EU",
    )
    yield _denied("being ended already", replies.answer(ending))
    alone = Denied(
        reason=DenialReason.NOT_CONNECTED, about=Subject(SubjectKind.BUSINESS, "1"), name="Acme Shoes"
    )
    yield _denied("not connected, to import", replies.answer(alone))
    works = Denied(reason=DenialReason.GRANT_OVER, about=Subject(SubjectKind.REQUEST, "1"), ref=REF)
    yield _denied("no longer in force", replies.denied(works, asked))


def _no(reason: DenialReason, size: Size) -> Denied:
    """Return a denial that carries nothing, what is usual, or the longest of everything."""
    if size is Size.SMALLEST:
        return Denied(reason=reason)
    is_large = size is Size.LARGEST
    return Denied(
        reason=reason,
        ref=sizes.LONGEST_REF if is_large else REF,
        name=_name_for(reason, size),
        count=50,
        by=sizes.LONGEST["person"] if is_large else "Dana Diaz",
        at=NOW,
        tasks=LESS.tasks,
        kind=Kind.AD_ACCOUNT,
        people=(sizes.LONGEST["person"] if is_large else "Eva Ekholm",),
        why=DenialReason.DEACTIVATED_USER,
    )


def _name_for(reason: DenialReason, size: Size) -> str:
    people = texts.errors.OF_PEOPLE
    what = (
        "person" if reason in people else "business" if reason is DenialReason.PARTNER_INACTIVE else "asset"
    )
    usual = {"person": "Eva Ekholm", "business": "Northwind", "asset": "Acme Shoes EU"}
    return sizes.LONGEST[what] if size is Size.LARGEST else usual[what]


def _denied(state: str, shown: Message, *, size: Size = Size.USUAL) -> Exhibit:
    return Exhibit(part=Part.DENIAL, title="Denial", state=state, size=size, shown=shown)


# --- what is wrong with what was typed --------------------------------------------------------------

_GOT = {
    ErrorCode.BUSINESS_ID: "12 34",
    ErrorCode.ASSET_ID: "the EU account",
    ErrorCode.TOO_MANY_ITEMS: "26",
    ErrorCode.TOO_MANY_DESCRIBED: "11",
    ErrorCode.SAME_ASSET_TWICE: "act_4815162342",
    ErrorCode.UNKNOWN_TASK: "FLY",
    ErrorCode.TOO_LONG: "501",
    ErrorCode.TOO_MANY_PEOPLE: "26",
    ErrorCode.NUMBER: "1 to 10",
    ErrorCode.HOURS: "9 to 5",
    ErrorCode.CURRENCY: "XXX",
    ErrorCode.TIME_ZONE: "Atlantis/Berlin",
    ErrorCode.ADVERTISER: "Acme",
    ErrorCode.HELPER: "#1",
}


def field_error(code: ErrorCode, got: str) -> FieldError:
    """Return what is wrong at a field, with what was entered there."""
    return FieldError(field="items", code=code, got=got)


_REQUEST_LINE = "request act_4815162342 general user"
_IDS = ", ".join(f"act_{10_000 + number}" for number in range(MOST_ITEMS + 1))
_DESCRIPTIONS = ", ".join(['described page "one"'] * (MOST_DESCRIBED + 1))
_MISTAKES = (
    "requst",
    "fly",
    "list ownd",
    "partner on 2026-10-01",
    "partner Acme on 2100-01-01",
    f"list owned {'x' * (LONGEST_QUERY + 1)}",
    "cancel because wrong account",
    "cancel that one",
    "cancel AMBER-1234 because",
    f"cancel AMBER-1234 because {'x' * (LONGEST_NOTE + 1)}",
    "revoke act_4815162342 from 99",
    "revoke act_4815162342 tomorrow",
    "people act_4815162342 for Eva",
    "people act_4815162342 add",
    "create page Acme",
    f'create "{"x" * (LONGEST_NAME + 1)}" EUR Berlin',
    'create "Acme DE" EUR Atlantis/Berlin',
    'create "Acme DE" EUR Berlin please',
    'create "Acme DE" EUR Berlin advertiser Acme',
    'create "Acme DE" EUR Berlin partner #1',
    'create "Acme DE" EUR Berlin funding',
    'create pixel "Acme" for everybody',
    "create funding",
    "create funding act_123 visa now",
    "people act_4815162342 add Eva analyze quickly",
    "request act_4815162342 general user, advertise",
    "request act_4815162342 general user advertise",
    "people act_4815162342 add Eva general user admin",
    "request act_4815162342, act_4815162342 general user",
    f"request {_IDS} general user",
    f"request {_DESCRIPTIONS} admin",
    'request described "the EU account general user',
    f'request described page "{"x" * (LONGEST_WORDS + 1)}" admin',
    f"{_REQUEST_LINE} because {'x' * (LONGEST_REASON + 1)}",
)
"""Commands with something wrong in them."""


def _errors() -> Exhibits:
    def wrong(title: str, state: str, shown: Message) -> Exhibit:
        return Exhibit(part=Part.ERROR, title=title, state=state, shown=shown)

    for code in ErrorCode:
        error = field_error(code, _GOT.get(code, ""))
        yield wrong("At a field", words_of(code), replies.answer(Invalid(field_errors=(error,))))
    for text in _MISTAKES:
        words = parse(text, zone="Europe/Berlin", now=NOW, is_business=lambda _: False)
        assert isinstance(words, WrongWords), f"nothing is wrong with /access {text}"
        yield wrong("Command", short(f"/access {text}", 70), mistyped.wrong(words.said, typed=text))
    two = texts.basics.listed(["Acme Main (act_1001)", "Acme Main (act_1002)"])
    which = line(texts.command_line.WHICH, text="acme main", found=two)
    yield wrong("Command", "several of one name", mistyped.wrong(which, typed="revoke acme main"))
