"""Block Kit's inputs: menus, boxes and calendars, each with its label in a block of its own."""

from __future__ import annotations

from collections.abc import Sequence

from bot.slack.ids import ActionId
from bot.slack.kit.blocks import Block, Element, plain_text


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
