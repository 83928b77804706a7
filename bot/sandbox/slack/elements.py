"""What a person can do with Block Kit elements, and the JSON in which Slack reports it.

There are two shapes: the *action* in a `block_actions` payload, and the *state* of an input or a menu in
`view.state.values` (or a message's `state.values`). An element with a state has the same field in both.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from bot.sandbox.slack.blocks import elements_of, offered_options
from bot.sandbox.slack.model import CannotDo, Json

Picked = str | Sequence[str] | None

_VALUE_FIELD = {
    "static_select": "selected_option",
    "external_select": "selected_option",
    "radio_buttons": "selected_option",
    "multi_static_select": "selected_options",
    "multi_external_select": "selected_options",
    "checkboxes": "selected_options",
    "users_select": "selected_user",
    "multi_users_select": "selected_users",
    "channels_select": "selected_channel",
    "conversations_select": "selected_conversation",
    "datepicker": "selected_date",
    "plain_text_input": "value",
    "number_input": "value",
}
_INITIAL_FIELD = {
    "selected_option": "initial_option",
    "selected_options": "initial_options",
    "selected_user": "initial_user",
    "selected_users": "initial_users",
    "selected_channel": "initial_channel",
    "selected_conversation": "initial_conversation",
    "selected_date": "initial_date",
    "value": "initial_value",
}


def find_element(
    blocks: list[Json], *, action_id: str, block_id: str | None = None, value: str | None = None
) -> tuple[Json, Json]:
    """Return the (block, element) with this action id; raises `CannotDo` unless there is exactly one."""
    found = [
        (block, element)
        for block in blocks
        for element in elements_of(block)
        if element["action_id"] == action_id
        and block_id in (None, block["block_id"])
        and (value is None or element["type"] != "button" or element.get("value") == value)
    ]
    if len(found) != 1:
        shown = [
            (block["block_id"], element["action_id"]) for block in blocks for element in elements_of(block)
        ]
        raise CannotDo(f"{len(found)} elements {action_id!r} (block {block_id!r}) among {shown}")
    return found[0]


def starting_state(blocks: list[Json], *, before: Json | None = None) -> Json:
    """Return the initial state of blocks; values in `before` with the same ids and type are kept."""
    state: Json = {}
    for block in blocks:
        for element in elements_of(block):
            name = _VALUE_FIELD.get(element["type"])
            if name is None:
                continue
            kept = (before or {}).get(block["block_id"], {}).get(element["action_id"])
            if kept is None or kept["type"] != element["type"]:
                kept = {
                    "type": element["type"],
                    name: element.get(_INITIAL_FIELD[name], [] if name[-1] == "s" else None),
                }
            state.setdefault(block["block_id"], {})[element["action_id"]] = kept
    return state


def held_options(state: Json, *, block: Json, element: Json) -> list[Json]:
    """Return the options already chosen in a menu: they can be chosen again even if it now offers others."""
    entry = state.get(block["block_id"], {}).get(element["action_id"], {})
    held = (entry.get("selected_option"), *(entry.get("selected_options") or ()))
    return [option for option in held if option is not None]


def picked_state(element: Json, picked: Picked, *, offered: list[Json]) -> Json:
    """Return the state of `element` after a person chose or typed `picked`.

    `offered` are the options in the last answer to an external menu. Raise `CannotDo` for a value that the
    element does not offer.
    """
    name = _VALUE_FIELD.get(element["type"])
    if name is None:
        raise CannotDo(f"a {element['type']} holds no value")
    several = name in ("selected_options", "selected_users")
    values = [picked] if isinstance(picked, str) else list(picked or ())
    if not several and len(values) > 1:
        raise CannotDo(f"a {element['type']} holds one value")
    if len(values) > element.get("max_selected_items", len(values)):
        raise CannotDo(f"at most {element['max_selected_items']} can be chosen")
    held: list[Any] = list(values)
    if name.startswith("selected_option"):
        held = [_option(element, value, offered) for value in values]
    if name == "selected_date":
        for value in values:
            if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
                raise CannotDo(f"{value!r} is no date")
    return {"type": element["type"], name: held if several else held[0] if held else None}


def action(block: Json, element: Json, *, chosen: Json | None, at: str) -> Json:
    """Return the entry of `actions` in a `block_actions` payload; `chosen` is what was picked."""
    entry: Json = {"action_id": element["action_id"], "block_id": block["block_id"], "type": element["type"]}
    if element["type"] == "button":
        entry["text"] = {"emoji": True, **element["text"]}
        entry |= {name: element[name] for name in ("value", "style", "url", "confirm") if name in element}
    else:
        entry |= chosen or {}
        if "placeholder" in element:
            entry["placeholder"] = element["placeholder"]
    return entry | {"action_ts": at}


def overflow_choice(element: Json, picked: Picked) -> Json:
    """Return what choosing an entry of an overflow menu adds to its action."""
    if not isinstance(picked, str):
        raise CannotDo("an overflow menu needs one chosen value")
    return {"selected_option": _option(element, picked, [])}


def missing_inputs(blocks: list[Json], state: Json) -> dict[str, str]:
    """Return the field errors that Slack's own client shows before it sends a modal, by block id."""
    wrong: dict[str, str] = {}
    for block in blocks:
        if block["type"] != "input":
            continue
        element = block["element"]
        held = state[block["block_id"]][element["action_id"]][_VALUE_FIELD[element["type"]]]
        if not held:
            if not block.get("optional", False):
                wrong[block["block_id"]] = "Please complete this required field."
        elif words := _objection(element, held):
            wrong[block["block_id"]] = words
    return wrong


def _objection(element: Json, held: Any) -> str | None:
    if element["type"] == "plain_text_input":
        if len(held) < element.get("min_length", 0):
            return f"Please enter at least {element['min_length']} characters."
        if len(held) > element.get("max_length", 3_000):
            return f"Please enter no more than {element.get('max_length', 3_000)} characters."
    if element["type"] == "number_input":
        decimal = element["is_decimal_allowed"]
        if not re.fullmatch(r"-?\d+(\.\d+)?" if decimal else r"-?\d+", held):
            return "Please enter a number." if decimal else "Please enter a whole number."
        if "min_value" in element and float(held) < float(element["min_value"]):
            return f"Please enter a number of at least {element['min_value']}."
        if "max_value" in element and float(held) > float(element["max_value"]):
            return f"Please enter a number of at most {element['max_value']}."
    return None


def _option(element: Json, value: str, offered: list[Json]) -> Json:
    for option in [*offered_options(element), *offered]:
        if option["value"] == value:
            return option
    raise CannotDo(f"{value!r} is not among the options of {element['action_id']!r}")
