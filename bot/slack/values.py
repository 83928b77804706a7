"""What buttons, menus and modals carry: written as text, and read back with every shape checked."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from bot.domain.limits import LONGEST_QUERY
from bot.errors import DomainError
from bot.slack.ids import ANSWERED, ActionId, Callback, Json, ListWord, Section

_ID = re.compile(r"[0-9]{1,20}", re.ASCII)
_VALUE = re.compile(r"[ -~]{1,75}", re.ASCII)
_MOST_VERSION = 2**31 - 1


class Unreadable(DomainError):
    """Raised when a payload is not one of ours, or is of a form that we no longer have."""


_ANSWER = "answer"


@dataclass(frozen=True, slots=True)
class Ref:
    """What a button is about, and the version of it that was shown.

    The id is a request's, a draft's, a creation's, a finding's or a grant's; a business's, a person's or a
    token's where settings are shown, with the version of the business's policy.
    """

    id: str
    version: int


@dataclass(frozen=True, slots=True)
class Page:
    """A page to show.

    `what` is a list or the members (`of` is the business), details or history (`of` is the request), people
    of an asset (`of` is the business; the form says which asset), what somebody can reach (`of` is the
    person), or a section of the home (`of` is empty). Of a list, only what matches `query` is shown. A
    partner's page is `of` the own business, and `query` the partner and as of which day (see
    `bot.slack.modals.partner`).
    """

    what: str
    of: str
    offset: int
    query: str = ""


@dataclass(frozen=True, slots=True)
class Seat:
    """A person's place at an asset, through a business of theirs."""

    business_id: str
    asset_id: str
    person_id: str


@dataclass(frozen=True, slots=True)
class AtLevel:
    """The level that a button gives the item at a position: the kind of asset and the level's name."""

    position: int
    kind: str
    level: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """One press of a button: what it wants, and of what; `text` is what the person had written already."""

    action: ActionId
    ref: Ref | None = None
    page: Page | None = None
    text: str = ""
    seat: Seat | None = None
    asset_id: str | None = None
    at_level: AtLevel | None = None


_OF_A_REF = frozenset(
    {
        ActionId.APPROVE,
        ActionId.ADJUST,
        ActionId.DECLINE,
        ActionId.CANCEL,
        ActionId.SEND,
        ActionId.EDIT,
        ActionId.DROP,
        ActionId.DETAILS,
        ActionId.HISTORY,
        ActionId.OPEN,
        ActionId.UNDO,
        ActionId.ACKNOWLEDGE,
        ActionId.COMMENT,
        ActionId.SNOOZE,
        ActionId.REMIND,
        ActionId.AGAIN,
        ActionId.ELSEWHERE,
        ActionId.COUNTER,
        ActionId.EXTEND,
        ActionId.LET_END,
        ActionId.TRY_AGAIN,
        ActionId.END_ONE,
        ActionId.WORKS,
        ActionId.WORKS_NOT,
        ActionId.CHECK_LATER,
        ActionId.ADOPT,
        ActionId.REVOKE_FOUND,
        ActionId.PUT_BACK,
        ActionId.RECORD_END,
        ActionId.IGNORE,
        ActionId.KEEP,
        ActionId.KEEP_ALL,
        ActionId.SHORTEN,
        ActionId.STILL_NEEDED,
        ActionId.NEEDED_NOT_WORKING,
        ActionId.SAVE_BUNDLE,
        ActionId.USE_BUNDLE,
        ActionId.REMOVE_BUNDLE,
        ActionId.SETTINGS,
        ActionId.MEMBERS,
        ActionId.MAKE_ADMIN,
        ActionId.MAKE_EMPLOYEE,
        ActionId.REMOVE_MEMBER,
        ActionId.CONFIRM_POLICY,
        ActionId.ASKED,
        ActionId.AWAY,
        ActionId.BACK_AGAIN,
        ActionId.MAKE,
        ActionId.REWORK,
        ActionId.DISCARD,
        ActionId.TRY_MAKING_AGAIN,
        ActionId.TOKENS,
        ActionId.REVOKE_TOKEN,
        ActionId.CONNECTION,
        ActionId.DISCONNECT,
        ActionId.COMPARE,
        ActionId.IMPORT,
    }
)
_OF_A_SEAT = frozenset({ActionId.CHANGE_PERSON, ActionId.REMOVE_PERSON, ActionId.TRY_PERSON_AGAIN})
_IN_THE_MENU = frozenset(
    {
        ActionId.ACKNOWLEDGE,
        ActionId.COMMENT,
        ActionId.COUNTER,
        ActionId.DETAILS,
        ActionId.HISTORY,
        ActionId.SAVE_BUNDLE,
    }
)
_OF_THE_HOME = frozenset({ActionId.HOME_MORE, ActionId.HOME_BACK})
_OF_A_PAGE = (
    frozenset(
        {
            *(ActionId.LIST, ActionId.LISTS, ActionId.PAGE, ActionId.PARTNER, ActionId.PART),
            *(ActionId.CONTRACT, ActionId.STANDING_ON, ActionId.STANDING_OFF, ActionId.IMPORT_PAGE),
        }
    )
    | _OF_THE_HOME
)
_PAGES = frozenset(ListWord) | {
    Callback.DETAILS,
    Callback.HISTORY,
    Callback.MEMBERS,
    Callback.PARTNER,
    Callback.ASSET_PEOPLE,
    Callback.REACH,
    Callback.IMPORT,
    Callback.SETTINGS,
}
_SECTIONS = frozenset(Section)


def button_value(ref: Ref) -> str:
    """Return the value of a button about `ref`."""
    return _compact({"r": ref.id, "v": ref.version})


def read_button_value(text: object) -> Ref:
    """Return what `button_value` was given; raise `Unreadable` for anything else."""
    return read_ref(_object(text, {"r", "v"}))


def reply_value(ref: Ref, text: str) -> str:
    """Return the value of a button that sends on what was written under a card."""
    return _compact({"r": ref.id, "v": ref.version, "t": text})


def level_value(ref: Ref, given: AtLevel) -> str:
    """Return the value of a button that approves an item of `ref` at a level."""
    return _compact({**ref_fields(ref), "i": given.position, "k": given.kind, "l": given.level})


def menu_value(action: ActionId, ref: Ref) -> str:
    """Return the value of an overflow menu's option; fewer than 75 characters."""
    return _compact({"a": action, "r": ref.id, "v": ref.version})


def page_value(page: Page) -> str:
    """Return the value of a button that shows a page."""
    fields = {"p": page.what, "b": page.of, "o": page.offset}
    return _compact(fields | ({"q": page.query} if page.query else {}))


def partner_query(partner_id: str, on: date | None) -> str:
    """Return a partner, and the day as of which its page is shown, as the query of that page."""
    return partner_id if on is None else f"{partner_id} {on.isoformat()}"


def read_press(action: Mapping[str, Any]) -> Press:
    """Return what one element of a payload's `actions` means; raise `Unreadable` for what is not ours."""
    try:
        which = ActionId(action["action_id"])
    except (KeyError, TypeError, ValueError):
        raise Unreadable("unknown action") from None
    if which is ActionId.MORE:
        fields = _object(_chosen(action), {"a", "r", "v"})
        if fields["a"] not in list(_IN_THE_MENU):
            raise Unreadable("unknown choice in the menu")
        return Press(action=ActionId(fields["a"]), ref=read_ref(fields))
    if which is ActionId.APPROVE_AS:
        fields = _object(action.get("value"), {"r", "v", "i", "k", "l"})
        return Press(action=which, ref=read_ref(fields), at_level=_read_level(fields))
    if which in _OF_A_REF:
        return Press(action=which, ref=read_button_value(action.get("value")))
    if which is ActionId.REPLY:
        fields = _object(action.get("value"), {"r", "v", "t"})
        if not isinstance(fields["t"], str):
            raise Unreadable("no text")
        return Press(action=which, ref=read_ref(fields), text=fields["t"])
    if which in _OF_A_PAGE:
        value = _chosen(action) if which is ActionId.LISTS else action.get("value")
        return Press(action=which, page=_read_page(value, of_home=which in _OF_THE_HOME))
    if which in _OF_A_SEAT:
        return Press(action=which, seat=read_seat(_object(action.get("value"), {"b", "a", "p"})))
    if which is ActionId.FUND:
        return Press(action=which, asset_id=read_asset_id(_object(action.get("value"), {"asset"})))
    return Press(action=which)


def _chosen(action: Mapping[str, Any]) -> object:
    option = action.get("selected_option")
    return option.get("value") if isinstance(option, Mapping) else None


def asset_fields(asset_id: str) -> Json:
    """Return an asset as it stands in a button's value, or inside a modal's metadata."""
    return {"asset": asset_id}


def asset_button_value(asset_id: str) -> str:
    """Return the value of a button about an asset."""
    return _compact(asset_fields(asset_id))


def read_asset_id(fields: Mapping[str, Any]) -> str:
    """Return the asset in these fields; raise `Unreadable` if there is none."""
    return _asset_id(fields.get("asset"))


def _asset_id(text: object) -> str:
    if not isinstance(text, str) or not is_value(text):
        raise Unreadable("not an asset")
    return text


def seat_value(seat: Seat) -> str:
    """Return the value of a button about a person's place at an asset."""
    return _compact(seat_fields(seat))


def seat_fields(seat: Seat) -> Json:
    """Return a seat as it stands inside a modal's metadata."""
    return {"b": seat.business_id, "a": seat.asset_id, "p": seat.person_id}


def read_seat(fields: Mapping[str, Any]) -> Seat:
    """Return the seat in these fields; raise `Unreadable` if there is none."""
    business, person = fields.get("b"), fields.get("p")
    if not all(isinstance(one, str) and _ID.fullmatch(one) for one in (business, person)):
        raise Unreadable("not an id")
    return Seat(str(business), _asset_id(fields.get("a")), str(person))


def ref_fields(ref: Ref) -> Json:
    """Return `ref` as it stands inside a modal's metadata."""
    return {"r": ref.id, "v": ref.version}


def read_ref(fields: Mapping[str, Any]) -> Ref:
    """Return the ref in these fields; raise `Unreadable` if there is none."""
    name, version = fields.get("r"), fields.get("v")
    if not isinstance(name, str) or not _ID.fullmatch(name):
        raise Unreadable("not an id")
    if not isinstance(version, int) or isinstance(version, bool) or not 0 <= version <= _MOST_VERSION:
        raise Unreadable("not a version")
    return Ref(name, version)


def is_value(text: str) -> bool:
    """Say whether `text` could be an option's value or an id of ours: 1 to 75 printable ASCII characters."""
    return _VALUE.fullmatch(text) is not None


def metadata(fields: Json) -> str:
    """Return a modal's private metadata; at most 3,000 characters."""
    return _compact(fields)


def read_metadata(view: Mapping[str, Any]) -> Json:
    """Return a modal's private metadata; raise `Unreadable` if it is not ours."""
    fields = _object(view.get("private_metadata"), None)
    return {name: held for name, held in fields.items() if name != _ANSWER}


class AnswerUrl(NamedTuple):
    """The response URL of where a form was opened, and when that was, in seconds of the Unix time."""

    url: str
    at: int


def kept_for_answer(view: Json, kept: AnswerUrl | None) -> Json:
    """Return a form of `ANSWERED` with the response URL of where it was opened; any other as it is."""
    if kept is None or view.get("callback_id") not in list(ANSWERED):
        return view
    fields = read_metadata(view) if view.get("private_metadata") else {}
    return view | {"private_metadata": metadata({**fields, _ANSWER: [kept.url, kept.at]})}


def read_answer_url(view: Mapping[str, Any]) -> AnswerUrl | None:
    """Return what `kept_for_answer` kept in a form, or None."""
    try:
        kept = _object(view.get("private_metadata"), None).get(_ANSWER)
    except Unreadable:
        return None
    match kept:
        case [str(url), int(at)]:
            return AnswerUrl(url, at)
        case _:
            return None


def _read_level(fields: Json) -> AtLevel:
    position, kind, level = fields["i"], fields["k"], fields["l"]
    is_number = isinstance(position, int) and not isinstance(position, bool)
    is_named = isinstance(kind, str) and isinstance(level, str)
    if not (is_named and is_number and 0 <= position <= _MOST_VERSION):
        raise Unreadable("not a level")
    return AtLevel(position, kind, level)


def _read_page(text: object, *, of_home: bool) -> Page:
    fields = {"q": "", **_object(text, None)}
    if fields.keys() != {"p", "b", "o", "q"}:
        raise Unreadable("not a page")
    what, of, offset, query = fields["p"], fields["b"], fields["o"], fields["q"]
    is_of_something = isinstance(of, str) and (of == "" or _ID.fullmatch(of) is not None)
    is_known = isinstance(what, str) and what in (_SECTIONS if of_home else _PAGES)
    is_number = isinstance(offset, int) and not isinstance(offset, bool)
    is_text = isinstance(query, str) and len(query) <= LONGEST_QUERY
    if not (is_known and is_of_something and is_number and is_text and 0 <= offset <= _MOST_VERSION):
        raise Unreadable("not a page")
    return Page(what, of, offset, query)


def _compact(fields: Json) -> str:
    return json.dumps(fields, separators=(",", ":"), ensure_ascii=False)


def _object(text: object, keys: set[str] | None) -> Json:
    try:
        fields = json.loads(text) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict) or (keys is not None and set(fields) != keys):
        raise Unreadable("not a value of ours")
    return fields


# --- which card a message is -------------------------------------------------------------------------

_CARD = "card:"


def marked(blocks: Sequence[Mapping[str, Any]], card_id: str | None) -> list[dict[str, Any]]:
    """Return the blocks of a card with its id on the first, which comes back with every press."""
    first, *others = (dict(block) for block in blocks)
    return [first if card_id is None else {**first, "block_id": f"{_CARD}{card_id}"}, *others]


def read_mark(blocks: Any) -> str | None:
    """Return the id of the card that a message with these blocks is a copy of, or None."""
    first = blocks[0] if isinstance(blocks, list) and blocks else None
    block_id = first.get("block_id") if isinstance(first, Mapping) else None
    if not isinstance(block_id, str) or not block_id.startswith(_CARD):
        return None
    return block_id.removeprefix(_CARD)
