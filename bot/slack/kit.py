"""The one way to Block Kit: lines of words in, the dicts that Slack accepts out.

No object of type `mrkdwn` holds more than a date and its label. What is said stands in rich text and plain
text, which Slack shows as it is: a name or reason with `<!channel>`, `*`, `:siren:` or a link stays so.
Plain dicts and not `slack_sdk.models` or `slackblocks`: the first turns `:siren:` in a name into a
picture (`emoji` true) and has no date in rich text, the second gives blocks random ids.

A `Line` is written once, as a template with its values, and rendered three ways: rich text in blocks, the
message's `text` for screen readers and notifications, and plain text. One file, because a block, an input
or a line changes only when Block Kit does.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.slack.ids import ActionId, Callback

Block = dict[str, Any]
Element = dict[str, Any]
View = dict[str, Any]

LONGEST_TEXT = 3_900
LONGEST_BLOCKS = 9_000
LONGEST_OPTION = 75
MOST_OPTIONS = 100
_LONGEST_TITLE = 24
_DATE_TIME = "{date_short_pretty} at {time}"
_DAY = "{date_short}"
_PLAIN_WORDS = re.compile("[A-Za-z ]+")
_ROOMS = (5_500, 3_500, 2_600, 2_000, 1_400, 1_000, 400, 0)


@dataclass(frozen=True, slots=True)
class Words:
    """A run of text, shown as it is."""

    text: str
    bold: bool = False


@dataclass(frozen=True, slots=True)
class When:
    """A time, shown in the reader's own zone; with `day`, only its day."""

    at: datetime
    bold: bool = False
    day: bool = False

    @property
    def format(self) -> str:
        """Return how Slack writes it."""
        return _DAY if self.day else _DATE_TIME


Line = tuple[Words | When, ...]


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list, one line each."""

    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Quote:
    """What a person typed, in a quoted block of its own."""

    text: str


@dataclass(frozen=True, slots=True)
class Small:
    """Facts beside the point, each a line: together a line of small print."""

    facts: tuple[Line, ...]

    @property
    def line(self) -> Line:
        """Return all of them as one line."""
        return joined(self.facts, " · ")


Passage = tuple[Line | Bullets | Quote | Small, ...]
"""What stands in one block; a `Small` stands in one of its own."""
Value = str | int | datetime | Line


@dataclass(frozen=True, slots=True)
class Message:
    """A message: its blocks, and a text that says the same."""

    text: str
    blocks: list[Block]


# --- lines ------------------------------------------------------------------------------------------


def line(template: str, **values: Value) -> Line:
    """Return `template` with its values: `{name}` stands for a value, `*…*` is bold.

    Only the template can make bold; a value is taken as it is. A line as a value is put in whole.
    """
    pieces: list[Words | When] = []
    bold = False
    for literal, name, _, _ in string.Formatter().parse(template):
        for number, text in enumerate(literal.split("*")):
            bold = not bold if number else bold
            if text:
                pieces.append(Words(text, bold))
        if name is None:
            continue
        value = values[name]
        if isinstance(value, datetime):
            pieces.append(When(value, bold))
        elif isinstance(value, tuple):
            pieces.extend(value)
        elif str(value):
            pieces.append(Words(str(value), bold))
    return _merged(pieces)


def _merged(pieces: Iterable[Words | When]) -> Line:
    merged: list[Words | When] = []
    for piece in pieces:
        last = merged[-1] if merged else None
        if isinstance(piece, Words) and isinstance(last, Words) and piece.bold == last.bold:
            merged[-1] = Words(last.text + piece.text, piece.bold)
        else:
            merged.append(piece)
    return tuple(merged)


def joined(lines: Iterable[Line], between: str = " ") -> Line:
    """Return these lines as one, leaving out the empty ones."""
    kept = [one for one in lines if one]
    pieces: list[Words | When] = []
    for number, one in enumerate(kept):
        if number:
            pieces.append(Words(between))
        pieces.extend(one)
    return _merged(pieces)


def day(at: datetime) -> Line:
    """Return the day of a time, as a line has it."""
    return (When(at, day=True),)


def plain(said: Line, zone: ZoneInfo | None = None) -> str:
    """Return a line as plain text, for options, dialogs and rows: its times in `zone`.

    Without a zone, which only one reader has, times are in UTC and say so.
    """
    return "".join(piece.text if isinstance(piece, Words) else _plain_time(piece, zone) for piece in said)


def _plain_time(when: When, zone: ZoneInfo | None) -> str:
    if zone is None and not when.day:
        return utc(when.at)
    at = when.at.astimezone(zone or UTC)
    return _day(at) if when.day else f"{_day(at)}, {at:%H:%M}"


def _day(at: datetime) -> str:
    return f"{at.day} {at:%b %Y}"


def utc(at: datetime) -> str:
    """Return a time in UTC, for where Slack cannot put it in the reader's zone."""
    at = at.astimezone(UTC)
    return f"{_day(at)}, {at:%H:%M} UTC"


def escape(text: str) -> str:
    """Return text for a message's `text` field: `& < >` escaped once, on one line.

    Slack reads mentions, links and dates there only in angle brackets ("Formatting text for app
    surfaces"); on one line, nobody can type something that looks like a line of ours.
    """
    return " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def spoken(passages: Iterable[Passage]) -> str:
    """Return passages as a message's `text`: real sentences, with dates as Slack's tokens."""
    said: list[str] = []
    for passage in passages:
        for part in passage:
            if isinstance(part, Quote):
                said.append(f"“{escape(part.text)}”")
            elif isinstance(part, Bullets):
                said.extend(f"• {_spoken_line(one)}" for one in part.lines)
            elif isinstance(part, Small):
                said.append(_spoken_line(part.line))
            else:
                said.append(_spoken_line(part))
    return "\n".join(said)


def spoken_within(passages: Iterable[Passage], *, rest: str, most: int = LONGEST_TEXT) -> str:
    """Return passages as text of at most `most` characters: if need be whole lines only, and then `rest`.

    Needed where what was typed grows as it is escaped.
    """
    said = spoken(passages)
    if len(said) <= most:
        return said
    kept: list[str] = []
    left = most - len(rest)
    for one in said.split("\n"):
        if len(one) < left:
            kept.append(one)
            left -= len(one) + 1
    return "\n".join([*kept, rest])


def _spoken_line(said: Line) -> str:
    parts = []
    for piece in said:
        if isinstance(piece, When):
            parts.append(_date_token(piece))
        else:
            # Spaces at the ends belong to the template; escape() would strip them.
            text = piece.text
            lead = " " if text[:1].isspace() else ""
            tail = " " if len(text) > 1 and text[-1:].isspace() else ""
            parts.append(f"{lead}{escape(text)}{tail}" if text.strip() else " ")
    return "".join(parts).strip()


def _date_token(when: When) -> str:
    return f"<!date^{int(when.at.timestamp())}^{when.format}|{_plain_time(when, None)}>"


def short(text: str, most: int) -> str:
    """Return text on one line and no longer than `most` characters, with “…” where it had to end."""
    text = " ".join(text.split())
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def short_named(name: str, id_: str, most: int) -> str:
    """Return "name (id)" in at most `most` characters; the name gives way, the id stays whole."""
    return f"{short(name, max(1, most - len(id_) - 3))} ({id_})" if name.strip() else short(id_, most)


# --- blocks -----------------------------------------------------------------------------------------


def rich(passage: Passage, *, block_id: str | None = None) -> Block:
    """Return one rich text block."""
    elements: list[Element] = []
    sentences: list[Line] = []

    def close() -> None:
        if sentences:
            elements.append({"type": "rich_text_section", "elements": _inline(joined(sentences, "\n"))})
            sentences.clear()

    for part in passage:
        if isinstance(part, Quote):
            close()
            elements.append({"type": "rich_text_quote", "elements": _inline((Words(part.text),))})
        elif isinstance(part, Bullets):
            close()
            items = [{"type": "rich_text_section", "elements": _inline(one)} for one in part.lines]
            elements.append({"type": "rich_text_list", "style": "bullet", "elements": items})
        elif isinstance(part, Small):
            raise TypeError("small print stands in a block of its own")
        elif part:
            sentences.append(part)
    close()
    return _with_id({"type": "rich_text", "elements": elements}, block_id)


def _inline(said: Line) -> list[Element]:
    elements: list[Element] = []
    for piece in said:
        if isinstance(piece, When):
            element: Element = {
                "type": "date",
                "timestamp": int(piece.at.timestamp()),
                "format": piece.format,
                "fallback": _plain_time(piece, None),
            }
        else:
            element = {"type": "text", "text": piece.text}
        if piece.bold:
            element["style"] = {"bold": True}
        elements.append(element)
    return elements


def plain_text(text: str, most: int = 3_000) -> Element:
    """Return a plain text object; a text that is too long ends in “…”."""
    text = text if len(text) <= most else text[: most - 1].rstrip() + "…"
    return {"type": "plain_text", "text": text, "emoji": False}


def header(text: str) -> Block:
    """Return a header."""
    return {"type": "header", "text": plain_text(text, 150)}


def divider() -> Block:
    """Return a line across."""
    return {"type": "divider"}


def context(text: str, *, block_id: str | None = None) -> Block:
    """Return a line in small print."""
    return _with_id({"type": "context", "elements": [plain_text(text)]}, block_id)


def small_print(small: Small) -> Block:
    """Return facts as small print, with dates in the reader's zone; Slack wraps between its elements.

    A fact with a date is an element of its own: at most four of them fit.
    """
    elements: list[Element] = []
    beside: list[str] = []
    for fact in small.facts:
        match fact:
            case (Words(text), When() as when) if _PLAIN_WORDS.fullmatch(text):
                if beside:
                    elements.append(plain_text(" · ".join(beside) + " ·"))
                    beside.clear()
                # Slack has dates only in mrkdwn here: the date and its label, nothing that could format.
                elements.append({"type": "mrkdwn", "text": f"{text}{_date_token(when)}"})
            case _:
                beside.append(plain(fact))
    if beside:
        elements.append(plain_text(" · ".join(beside)))
    return {"type": "context", "elements": elements}


def shown(passages: Iterable[Passage]) -> list[Block]:
    """Return the blocks of these passages, leaving out the empty ones."""
    blocks = []
    for passage in passages:
        if len(passage) == 1 and isinstance(passage[0], Small):
            blocks.append(small_print(passage[0]))
        elif passage:
            blocks.append(rich(passage))
    return blocks


def section(text: str, *, accessory: Element | None = None, block_id: str | None = None) -> Block:
    """Return a paragraph, with a button or menu beside it."""
    block: Block = {"type": "section", "text": plain_text(text)}
    if accessory is not None:
        block["accessory"] = accessory
    return _with_id(block, block_id)


def row(said: Line, *, zone: ZoneInfo, accessory: Element | None = None) -> Block:
    """Return a line for one reader, in whose zone its dates are, with a button or menu beside it."""
    return section(plain(said, zone), accessory=accessory)


def actions(*elements: Element, block_id: str | None = None) -> Block:
    """Return a row of buttons."""
    return _with_id({"type": "actions", "elements": list(elements)}, block_id)


def button(
    text: str,
    action: ActionId,
    *,
    value: str | None = None,
    style: str | None = None,
    confirm: Element | None = None,
    label: str | None = None,
) -> Element:
    """Return a button. `label` is what a screen reader says instead of its text."""
    element: Element = {"type": "button", "text": plain_text(text, 75), "action_id": str(action)}
    optional = {"value": value, "style": style, "confirm": confirm}
    element |= {name: held for name, held in optional.items() if held is not None}
    if label is not None:
        element["accessibility_label"] = short(label, 75)
    return element


def confirm(*, title: str, text: str, confirm: str, deny: str, style: str | None = None) -> Element:
    """Return the dialog that asks once more."""
    dialog: Element = {
        "title": plain_text(title, 100),
        "text": plain_text(text, 300),
        "confirm": plain_text(confirm, 30),
        "deny": plain_text(deny, 30),
    }
    return dialog | ({"style": style} if style else {})


def overflow(options: Sequence[Element]) -> Element:
    """Return the menu behind the three dots."""
    return {"type": "overflow", "action_id": str(ActionId.MORE), "options": list(options)}


def option(text: str, value: str, *, description: str | None = None) -> Element:
    """Return one option of a menu. Shorten what must keep its end before; `value` is never cut."""
    assert 1 <= len(value) <= LONGEST_OPTION, value
    one: Element = {
        "text": plain_text(short(text, LONGEST_OPTION) or "?", LONGEST_OPTION),
        "value": str(value),
    }
    if description:
        one["description"] = plain_text(short(description, LONGEST_OPTION), LONGEST_OPTION)
    return one


# --- inputs -----------------------------------------------------------------------------------------


def entry(
    label: str,
    element: Element,
    *,
    block_id: str,
    hint: str | None = None,
    optional: bool = False,
    dispatch: bool = False,
) -> Block:
    """Return an input with its label. `dispatch` has Slack tell us of each change."""
    block: Block = {
        "type": "input",
        "block_id": block_id,
        "label": plain_text(label, 2_000),
        "element": element,
        "optional": optional,
    }
    if hint:
        block["hint"] = plain_text(hint, 2_000)
    if dispatch:
        block["dispatch_action"] = True
    return block


def select(
    action: ActionId, options: Sequence[Element], *, chosen: str | None = None, placeholder: str | None = None
) -> Element:
    """Return a menu of fixed options; `chosen` is the value that it starts with, if it is among them."""
    element: Element = {"type": "static_select", "action_id": str(action), "options": list(options)}
    start = next((one for one in options if one["value"] == chosen), None)
    if start is not None:
        element["initial_option"] = start
    if placeholder:
        element["placeholder"] = plain_text(placeholder, 150)
    return element


def search(action: ActionId, *, placeholder: str, chosen: Element | None = None) -> Element:
    """Return a menu that asks us for its options as people type."""
    element: Element = {
        "type": "external_select",
        "action_id": str(action),
        "min_query_length": 0,
        "placeholder": plain_text(placeholder, 150),
    }
    return element | ({"initial_option": chosen} if chosen else {})


def search_many(action: ActionId, *, placeholder: str, most: int, chosen: Sequence[Element] = ()) -> Element:
    """Return a menu for several choices that asks us for its options as people type."""
    element: Element = {
        "type": "multi_external_select",
        "action_id": str(action),
        "min_query_length": 0,
        "max_selected_items": most,
        "placeholder": plain_text(placeholder, 150),
    }
    return element | ({"initial_options": list(chosen)} if chosen else {})


def typing(
    action: ActionId,
    *,
    most: int,
    multiline: bool = False,
    start: str = "",
    placeholder: str | None = None,
) -> Element:
    """Return a box to type up to `most` characters into."""
    element: Element = {
        "type": "plain_text_input",
        "action_id": str(action),
        "multiline": multiline,
        "max_length": most,
    }
    if start:
        element["initial_value"] = start
    if placeholder:
        element["placeholder"] = plain_text(placeholder, 150)
    return element


def number(action: ActionId, *, least: int, most: int, start: str = "") -> Element:
    """Return a box for a whole number."""
    element: Element = {
        "type": "number_input",
        "action_id": str(action),
        "is_decimal_allowed": False,
        "min_value": str(least),
        "max_value": str(most),
    }
    return element | ({"initial_value": start} if start.isascii() and start.isdigit() else {})


def person(action: ActionId, *, placeholder: str) -> Element:
    """Return a menu of the workspace's people, which Slack fills."""
    return {"type": "users_select", "action_id": str(action), "placeholder": plain_text(placeholder, 150)}


def channel(action: ActionId, *, placeholder: str, start: str | None = None) -> Element:
    """Return a menu of the workspace's own channels, which Slack fills; `start` is a channel's id."""
    element: Element = {
        "type": "conversations_select",
        "action_id": str(action),
        "placeholder": plain_text(placeholder, 150),
        "filter": {"include": ["public", "private"], "exclude_external_shared_channels": True},
    }
    return element | ({"initial_conversation": start} if start else {})


def date(action: ActionId, *, start: str = "") -> Element:
    """Return a calendar; `start` is a day as YYYY-MM-DD."""
    element: Element = {"type": "datepicker", "action_id": str(action)}
    return element | ({"initial_date": start} if start else {})


# --- modals and messages ----------------------------------------------------------------------------


def modal(
    title: str,
    blocks: Sequence[Block],
    *,
    callback: Callback,
    close: str,
    submit: str | None = None,
    private: str = "",
) -> View:
    """Return a modal view. Slack cuts nothing here: titles and buttons have at most 24 characters."""
    assert len(title) <= _LONGEST_TITLE, title
    assert len(submit or "") <= _LONGEST_TITLE, submit
    view: View = {
        "type": "modal",
        "callback_id": str(callback),
        "title": plain_text(title, _LONGEST_TITLE),
        "close": plain_text(close, 24),
        "blocks": list(blocks),
        "private_metadata": private,
    }
    return view | ({"submit": plain_text(submit, 24)} if submit else {})


def card(say: Callable[[int], list[Passage]], controls: Sequence[Block] = (), *, rest: str) -> Message:
    """Return a message: what `say` says in about so many characters, as much of it as Slack takes.

    `rest` is what its text ends with where not all of it fits.
    """
    blocks: list[Block] = []
    for room in _ROOMS:
        blocks = [*shown(say(room)), *controls]
        if length_of(blocks) <= LONGEST_BLOCKS:
            break
    for room in _ROOMS:
        text = spoken(say(room))
        if len(text) <= LONGEST_TEXT:
            return Message(text, blocks)
    return Message(spoken_within(say(0), rest=rest), blocks)


def length_of(blocks: object) -> int:
    """Return the number of characters in all texts of these blocks."""
    if isinstance(blocks, Mapping):
        return sum(
            len(held) if name == "text" and isinstance(held, str) else length_of(held)
            for name, held in blocks.items()
        )
    if isinstance(blocks, list | tuple):
        return sum(length_of(one) for one in blocks)
    return 0


def _with_id(block: Block, block_id: str | None) -> Block:
    return block | ({"block_id": block_id} if block_id else {})
