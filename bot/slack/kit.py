"""The one way to Block Kit: lines in, the dicts that Slack accepts out.

No object of type `mrkdwn` holds more than a date and its label. What is said stands in rich text and plain
text, which Slack shows as it is: a name or reason with `<!channel>`, `*`, `:siren:` or a link stays so.
Plain dicts and not `slack_sdk.models` or `slackblocks`: the first turns `:siren:` in a name into a
picture (`emoji` true) and has no date in rich text, the second gives blocks random ids.

One file, because blocks, inputs and modals change only when Block Kit does; what is said stands in
`bot.slack.lines`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from bot.slack.ids import ActionId, Callback
from bot.slack.lines import (
    LONGEST_TEXT,
    Bullets,
    Channel,
    Line,
    Passage,
    Quote,
    Small,
    When,
    Words,
    date_token,
    joined,
    plain,
    plain_time,
    short,
    spoken,
    spoken_within,
    within,
)

Block = dict[str, Any]
Element = dict[str, Any]
View = dict[str, Any]

LONGEST_BLOCKS = 9_000
LONGEST_OPTION = 75
MOST_OPTIONS = 100
_LONGEST_TITLE = 24
_PLAIN_WORDS = re.compile("[A-Za-z ]+")
_ROOMS = (5_500, 3_500, 2_600, 2_000, 1_400, 1_000, 400, 0)


@dataclass(frozen=True, slots=True)
class Message:
    """A message: its blocks, and a text that says the same."""

    text: str
    blocks: list[Block]


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
    before = ""
    for piece in said:
        if isinstance(piece, When):
            element: Element = {
                "type": "date",
                "timestamp": int(piece.at.timestamp()),
                "format": piece.format(before),
                "fallback": plain_time(piece, None),
            }
        elif isinstance(piece, Channel):
            element = {"type": "channel", "channel_id": piece.id}
        else:
            element = {"type": "text", "text": piece.text}
        style = {"bold": piece.bold, "code": isinstance(piece, Words) and piece.code}
        if any(style.values()):
            element["style"] = {name: True for name, is_so in style.items() if is_so}
        elements.append(element)
        before = piece.text if isinstance(piece, Words) else plain((piece,))
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

    A fact with a date is an element of its own: at most four of them fit. Slack sets elements apart, so that
    nothing stands between them.
    """
    elements: list[Element] = []
    beside: list[str] = []
    for fact in small.facts:
        match fact:
            case (Words(text), When() as when) if _PLAIN_WORDS.fullmatch(text):
                if beside:
                    elements.append(plain_text(" · ".join(beside)))
                    beside.clear()
                # Slack has dates only in mrkdwn here: the date and its label, nothing that could format.
                elements.append({"type": "mrkdwn", "text": f"{text}{date_token(when, text)}"})
            case (*before, When() as when) | (*before, When() as when, Words(".")):
                # What stands before the date may be somebody's name: that is never mrkdwn.
                label = " · ".join([*beside, plain(tuple(before))]).rstrip()
                elements.append(plain_text(label))
                elements.append({"type": "mrkdwn", "text": date_token(when, label)})
                beside.clear()
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


def focused(block: Block) -> Block:
    """Return an input in which the cursor stands when the modal opens."""
    return block | {"element": block["element"] | {"focus_on_load": True}}


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


def at_first_gap(view: View) -> View:
    """Return a form with the cursor in the first field that has to be filled in, if fields above it are.

    Slack would put it into the first of all. A form that says itself where the cursor stands stays as it is.
    """
    inputs = [(place, one) for place, one in enumerate(view["blocks"]) if one["type"] == "input"]
    gap = next(
        (number for number, (_, one) in enumerate(inputs) if not (one.get("optional") or _is_filled(one))), 0
    )
    above = [one for _, one in inputs[:gap]]
    if not any(map(_is_filled, above)) or any("focus_on_load" in one["element"] for _, one in inputs):
        return view
    place, field = inputs[gap]
    blocks = view["blocks"]
    return view | {"blocks": [*blocks[:place], focused(field), *blocks[place + 1 :]]}


def _is_filled(field: Block) -> bool:
    """Say whether an input starts with something."""
    return any(key.startswith("initial_") for key in field["element"])


def card(say: Callable[[int], list[Passage]], controls: Sequence[Block] = (), *, rest: str) -> Message:
    """Return a message: what `say` says in about so many characters, as much of it as Slack takes.

    `rest` is what its text ends with where not all of it fits.
    """
    said = cache(say)  # most fit at once, and both are made of the same then
    blocks: list[Block] = []
    for room in _ROOMS:
        blocks = [*shown(said(room)), *controls]
        if length_of(blocks) <= LONGEST_BLOCKS:
            break
    for room in _ROOMS:
        text = spoken(said(room))
        if len(text) <= LONGEST_TEXT:
            return Message(text, blocks)
    return Message(spoken_within(said(0), rest=rest), blocks)


def length_of(blocks: object) -> int:
    """Return the number of characters in all texts of these blocks."""
    length = 0
    left = [blocks]
    while left:
        match left.pop():
            case dict() as held:
                text = held.get("text")
                length += len(text) if isinstance(text, str) else 0
                left.extend(held.values())
            case list() | tuple() as held:
                left.extend(held)
    return length


def _with_id(block: Block, block_id: str | None) -> Block:
    return block | ({"block_id": block_id} if block_id else {})


def below(said: Passage, message: Message, *, rest: str) -> Message:
    """Return a message below a passage. `rest` is what its text ends with where not all of it fits."""
    text = within(f"{spoken([said])}\n{message.text}", rest=rest)
    return Message(text, [rich(said), *message.blocks])
