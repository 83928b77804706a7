"""Check Block Kit as Slack does: known kinds and fields only, Slack's limits, and Slack's error messages.

Each kind is a row of a table: which fields it must have, which it may have, and the rule for each. Limits
are those of Slack's Block Kit reference; an option's value is held to 75 characters (Slack documents 75
and 150 in different places).

Kinds of blocks and elements that this project does not use (video, file, table, …) are missing from the
tables, so they are refused.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from typing import Any

from bot.sandbox.slack.model import Json
from bot.sandbox.slack.rules import (
    Check,
    Rule,
    Surface,
    action_id,
    any_text,
    array,
    block_id,
    boolean,
    by_type,
    focus,
    integer,
    matching,
    one_of,
    plain_text,
    read_already,
    record,
    string,
)

MESSAGE_TEXT_LIMIT = 4_000
MESSAGE_BLOCKS_TEXT_LIMIT = 12_000
METADATA_BYTES_LIMIT = 15_000
VIEW_BYTES_LIMIT = 250_000
OPTIONS_LIMIT = 100
MOST_BLOCKS = {Surface.MESSAGE: 50, Surface.MODAL: 100, Surface.HOME: 100}

# --- elements ---------------------------------------------------------------------------------------

_CONFIRM = record(
    {"title": plain_text(100), "text": any_text(300), "confirm": plain_text(30), "deny": plain_text(30)},
    {"style": one_of("primary", "danger")},
)


def _option(label: Rule) -> Rule:
    return record(
        {"text": label, "value": string(75)},
        {"description": any_text(75), "url": string(3_000)},
    )


_OPTION = _option(plain_text(75))
_RICH_OPTION = _option(any_text(75))
_OPTION_GROUP = record({"label": plain_text(75), "options": array(_OPTION, most=OPTIONS_LIMIT)})
_DATE = matching(r"\d{4}-\d{2}-\d{2}", "must be a valid date")
_NUMBER = matching(r"-?\d+(\.\d+)?", "must be a valid number")

_COMMON: dict[str, Rule] = {"action_id": action_id, "focus_on_load": focus}
_MENU: dict[str, Rule] = _COMMON | {"placeholder": plain_text(150), "confirm": _CONFIRM}
_OPTIONS: dict[str, Rule] = {
    "options": array(_OPTION, most=OPTIONS_LIMIT),
    "option_groups": array(_OPTION_GROUP, most=100),
}
_MULTIPLE: dict[str, Rule] = {"max_selected_items": integer(1, 1_000)}
_TRIGGERS = record({"trigger_actions_on": array(one_of("on_enter_pressed", "on_character_entered"), most=2)})
_CONVERSATIONS = record(
    {},
    {
        "include": array(one_of("im", "mpim", "private", "public"), most=4),
        "exclude_external_shared_channels": boolean,
        "exclude_bot_users": boolean,
    },
)


def _element(required: dict[str, Rule], optional: dict[str, Rule]) -> Rule:
    return record({"type": read_already} | required, optional)


def _with_options(required: dict[str, Rule], optional: dict[str, Rule]) -> Rule:
    """Return a rule for an element with options: one source of options, with the initial ones among them."""
    fields = _element(required, optional)

    def rule(check: Check, value: Any, pointer: str) -> None:
        before = len(check.complaints)
        fields(check, value, pointer)
        if len(check.complaints) > before:
            return
        if "option_groups" in optional and ("options" in value) == ("option_groups" in value):
            check.say("must define either `options` or `option_groups`", pointer)
        offered = offered_options(value)
        for name in ("initial_option", "initial_options"):
            start = value.get(name)
            for one in start if isinstance(start, list) else [start]:
                if isinstance(one, dict) and one not in offered:
                    check.say(
                        "must provide an option that exactly matches one of the options", f"{pointer}/{name}"
                    )

    return rule


def offered_options(element: Json) -> list[Json]:
    """Return the options in an element, groups flattened; an external menu has none."""
    groups = element.get("option_groups") or []
    inside = (group.get("options") or [] for group in groups if isinstance(group, dict))
    return [*(element.get("options") or []), *itertools.chain.from_iterable(inside)]


ELEMENTS: dict[str, Rule] = {
    "button": _element(
        {"text": plain_text(75)},
        {
            "action_id": action_id,
            "url": string(3_000),
            "value": string(2_000),
            "style": one_of("primary", "danger"),
            "confirm": _CONFIRM,
            "accessibility_label": string(75),
        },
    ),
    "overflow": _element({"options": array(_OPTION, most=5)}, {"action_id": action_id, "confirm": _CONFIRM}),
    "static_select": _with_options({}, _MENU | _OPTIONS | {"initial_option": _OPTION}),
    "multi_static_select": _with_options(
        {}, _MENU | _OPTIONS | _MULTIPLE | {"initial_options": array(_OPTION, most=OPTIONS_LIMIT)}
    ),
    "external_select": _element(
        {}, _MENU | {"initial_option": _OPTION, "min_query_length": integer(0, 1_000)}
    ),
    "multi_external_select": _element(
        {},
        _MENU
        | _MULTIPLE
        | {"initial_options": array(_OPTION, most=OPTIONS_LIMIT), "min_query_length": integer(0, 1_000)},
    ),
    "users_select": _element({}, _MENU | {"initial_user": string(255)}),
    "multi_users_select": _element(
        {}, _MENU | _MULTIPLE | {"initial_users": array(string(255), most=OPTIONS_LIMIT)}
    ),
    "channels_select": _element({}, _MENU | {"initial_channel": string(255)}),
    "conversations_select": _element(
        {},
        _MENU
        | {
            "initial_conversation": string(255),
            "default_to_current_conversation": boolean,
            "filter": _CONVERSATIONS,
        },
    ),
    "datepicker": _element({}, _MENU | {"initial_date": _DATE}),
    "checkboxes": _with_options(
        {"options": array(_RICH_OPTION, most=10)},
        _COMMON | {"confirm": _CONFIRM, "initial_options": array(_RICH_OPTION, most=10)},
    ),
    "radio_buttons": _with_options(
        {"options": array(_RICH_OPTION, most=10)},
        _COMMON | {"confirm": _CONFIRM, "initial_option": _RICH_OPTION},
    ),
    "plain_text_input": _element(
        {},
        _COMMON
        | {
            "initial_value": string(3_000),
            "multiline": boolean,
            "min_length": integer(0, 3_000),
            "max_length": integer(1, 3_000),
            "dispatch_action_config": _TRIGGERS,
            "placeholder": plain_text(150),
        },
    ),
    "number_input": _element(
        {"is_decimal_allowed": boolean},
        _COMMON
        | {
            "initial_value": _NUMBER,
            "min_value": _NUMBER,
            "max_value": _NUMBER,
            "dispatch_action_config": _TRIGGERS,
            "placeholder": plain_text(150),
        },
    ),
    "image": _element({"image_url": string(3_000), "alt_text": string(2_000)}, {}),
}


def _elements(*kinds: str) -> Rule:
    return by_type({kind: ELEMENTS[kind] for kind in kinds})


_ONE_CHOICE = ("static_select", "external_select", "users_select", "channels_select", "conversations_select")
_MANY_CHOICES = ("multi_static_select", "multi_external_select", "multi_users_select")
_OTHER_CHOICES = ("checkboxes", "radio_buttons", "datepicker")

# --- rich text --------------------------------------------------------------------------------------

_STYLE = record({}, dict.fromkeys(("bold", "italic", "strike", "code", "underline"), boolean))
_RICH_INLINE = by_type(
    {
        "text": _element({"text": string(3_000)}, {"style": _STYLE}),
        "link": _element({"url": string(3_000)}, {"text": string(3_000), "style": _STYLE, "unsafe": boolean}),
        "emoji": _element({"name": string(255)}, {"unicode": string(255), "style": _STYLE}),
        "user": _element({"user_id": string(255)}, {"style": _STYLE}),
        "channel": _element({"channel_id": string(255)}, {"style": _STYLE}),
        "usergroup": _element({"usergroup_id": string(255)}, {"style": _STYLE}),
        "broadcast": _element({"range": one_of("here", "channel", "everyone")}, {"style": _STYLE}),
        "date": _element(
            {"timestamp": integer(0, 2**53), "format": string(255)},
            {"url": string(3_000), "fallback": string(255), "style": _STYLE},
        ),
    }
)
_RICH_LINE = {"elements": array(_RICH_INLINE, most=1_000, least=0)}
_RICH_SECTION = _element(_RICH_LINE, {})
_RICH_BLOCK = by_type(
    {
        "rich_text_section": _RICH_SECTION,
        "rich_text_quote": _element(_RICH_LINE, {"border": integer(0, 1)}),
        "rich_text_preformatted": _element(_RICH_LINE, {"border": integer(0, 1), "language": string(255)}),
        "rich_text_list": _element(
            {
                "style": one_of("bullet", "ordered"),
                "elements": array(by_type({"rich_text_section": _RICH_SECTION}), most=1_000),
            },
            {"indent": integer(0, 8), "offset": integer(0, 1_000), "border": integer(0, 1)},
        ),
    }
)

# --- blocks -----------------------------------------------------------------------------------------


def _block(required: dict[str, Rule], optional: dict[str, Rule] | None = None) -> Rule:
    return _element(required, {"block_id": block_id} | (optional or {}))


_SECTION_FIELDS = _block(
    {},
    {
        "text": any_text(3_000),
        "fields": array(any_text(2_000), most=10),
        "accessory": _elements("button", "overflow", "image", *_ONE_CHOICE, *_MANY_CHOICES, *_OTHER_CHOICES),
        "expand": boolean,
    },
)


def _section(check: Check, value: Any, pointer: str) -> None:
    _SECTION_FIELDS(check, value, pointer)
    if "text" not in value and "fields" not in value:
        check.say("must define either `text` or `fields`", f"{pointer}/type")


BLOCKS: dict[str, Rule] = {
    "section": _section,
    "context": _block(
        {
            "elements": array(
                by_type(
                    {
                        "image": ELEMENTS["image"],
                        "plain_text": plain_text(3_000),
                        "mrkdwn": any_text(3_000),
                    }
                ),
                most=10,
            )
        }
    ),
    "actions": _block(
        {"elements": array(_elements("button", "overflow", *_ONE_CHOICE, *_OTHER_CHOICES), most=25)}
    ),
    "header": _block({"text": plain_text(150)}),
    "divider": _block({}),
    "input": _block(
        {
            "label": plain_text(2_000),
            "element": _elements(
                "plain_text_input", "number_input", *_ONE_CHOICE, *_MANY_CHOICES, *_OTHER_CHOICES
            ),
        },
        {"hint": plain_text(2_000), "optional": boolean, "dispatch_action": boolean},
    ),
    "rich_text": _block({"elements": array(_RICH_BLOCK, most=1_000)}),
    "image": _block({"image_url": string(3_000), "alt_text": string(2_000)}, {"title": plain_text(2_000)}),
}
_ANY_BLOCK = by_type(BLOCKS)


def _one_block(check: Check, value: Any, pointer: str) -> None:
    check.action_ids = set()
    _ANY_BLOCK(check, value, pointer)


def _read_blocks(check: Check, blocks: Any, pointer: str) -> None:
    array(_one_block, most=MOST_BLOCKS[check.surface], least=0)(check, blocks, pointer)


# --- what the Web API asks --------------------------------------------------------------------------


def complaints_about_message(blocks: Any) -> list[str]:
    """Return what Slack would say is wrong with a message's blocks; empty if nothing is."""
    check = Check(Surface.MESSAGE)
    _read_blocks(check, blocks, "/blocks")
    return check.complaints


_VIEW_FIELDS: dict[str, Rule] = {
    "private_metadata": string(3_000, least=0),
    "callback_id": string(255, least=0),
    "external_id": string(255, least=0),
    "clear_on_close": boolean,
    "notify_on_close": boolean,
}


def complaints_about_view(view: Any, *, surface: Surface) -> list[str]:
    """Return what Slack would say is wrong with a modal or App Home; empty if nothing is."""
    check = Check(surface)

    def blocks(_: Check, value: Any, pointer: str) -> None:
        _read_blocks(check, value, pointer)

    modal = {"submit": plain_text(24), "close": plain_text(24), "submit_disabled": boolean}
    if surface is Surface.MODAL:
        fields = _element({"title": plain_text(24), "blocks": blocks}, _VIEW_FIELDS | modal)
    else:
        fields = _element({"blocks": blocks}, _VIEW_FIELDS)
    if not isinstance(view, dict):
        check.say("must provide an object", "/view")
        return check.complaints
    if view.get("type") != surface.value:
        check.say(f"unsupported type: {view.get('type')}", "/view/type")
    fields(check, view, "/view")
    if surface is Surface.MODAL and "submit" not in view and isinstance(view.get("blocks"), list):
        for number, block in enumerate(view["blocks"]):
            if isinstance(block, dict) and block.get("type") == "input":
                check.say(
                    "must define `submit` to use an `input` block in modals", f"/view/blocks/{number}/input"
                )
    return check.complaints


def complaints_about_options(answer: Any) -> list[str]:
    """Return what is wrong with the answer to a block suggestion; empty if nothing is."""
    check = Check(Surface.MODAL)
    if not isinstance(answer, dict) or ("options" in answer) == ("option_groups" in answer):
        check.say("must define either `options` or `option_groups`", "/")
        return check.complaints
    options = {
        "options": array(_OPTION, most=OPTIONS_LIMIT, least=0),
        "option_groups": array(_OPTION_GROUP, most=100, least=0),
    }
    record({}, options)(check, answer, "")
    return check.complaints


def text_length(blocks: list[Json]) -> int:
    """Return the number of characters in all texts of `blocks`, which Slack limits together."""
    return sum(len(text) for text in _texts(blocks))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, dict):
        for name, item in value.items():
            if name == "text" and isinstance(item, str):
                yield item
            else:
                yield from _texts(item)


def view_bytes(view: Json) -> int:
    """Return the size of a view as JSON, which Slack limits."""
    return len(json.dumps(view, ensure_ascii=False).encode())


def completed(blocks: list[Json]) -> list[Json]:
    """Return a copy in which every block and element has an id, generated where the app gave none."""
    copy: list[Json] = json.loads(json.dumps(blocks))
    numbers = itertools.count(1)
    for block in copy:
        block.setdefault("block_id", f"b{next(numbers):04d}")
        for element in elements_of(block):
            element.setdefault("action_id", f"a{next(numbers):04d}")
    return copy


def elements_of(block: Json) -> list[Json]:
    """Return the elements of a block that a person can use."""
    inside = {
        "actions": block.get("elements"),
        "section": [block["accessory"]] if "accessory" in block else [],
        "input": [block.get("element")],
    }.get(block["type"])
    return [element for element in inside or [] if element is not None and element["type"] != "image"]
