"""Check Block Kit as Slack does: known kinds and fields only, Slack's limits, and Slack's words for a fault.

Each kind is a row of a table: which fields it must have, which it may have, and the rule for each. A
complaint reads as in Slack's `response_metadata.messages`, with a JSON pointer to the place. Limits are
those of Slack's Block Kit reference; an option's value is held to 75 characters (Slack documents 75
and 150 in different places).

Not here, so refused: kinds of blocks and elements this project has no use for (video, file, table, …).
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

Json = dict[str, Any]

MESSAGE_TEXT_LIMIT = 4_000
MESSAGE_BLOCKS_TEXT_LIMIT = 12_000
METADATA_BYTES_LIMIT = 15_000
VIEW_BYTES_LIMIT = 250_000
OPTIONS_LIMIT = 100


class Surface(StrEnum):
    """Where blocks are shown; what is allowed differs a little."""

    MESSAGE = "message"
    MODAL = "modal"
    HOME = "home"


MOST_BLOCKS = {Surface.MESSAGE: 50, Surface.MODAL: 100, Surface.HOME: 100}


@dataclass(slots=True)
class _Check:
    surface: Surface
    complaints: list[str] = field(default_factory=list)
    block_ids: set[str] = field(default_factory=set)
    action_ids: set[str] = field(default_factory=set)
    """Of the block being read: Slack wants an action id unique within its block."""

    def say(self, what: str, pointer: str) -> None:
        self.complaints.append(f"{what} [json-pointer:{pointer}]")


Rule = Callable[[_Check, Any, str], None]


# --- rules ------------------------------------------------------------------------------------------


def _string(most: int, *, least: int = 1) -> Rule:
    def rule(check: _Check, value: Any, pointer: str) -> None:
        if not isinstance(value, str):
            check.say("must provide a string", pointer)
        elif len(value) > most:
            check.say(f"must be less than {most + 1} characters", pointer)
        elif len(value) < least:
            check.say(f"must be more than {least - 1} characters", pointer)

    return rule


def _pattern(pattern: str, what: str) -> Rule:
    def rule(check: _Check, value: Any, pointer: str) -> None:
        if not isinstance(value, str):
            check.say("must provide a string", pointer)
        elif not re.fullmatch(pattern, value):
            check.say(what, pointer)

    return rule


def _choice(*allowed: str) -> Rule:
    def rule(check: _Check, value: Any, pointer: str) -> None:
        if value not in allowed:
            check.say("must be a valid enum value", pointer)

    return rule


def _flag(check: _Check, value: Any, pointer: str) -> None:
    if not isinstance(value, bool):
        check.say("must provide a boolean", pointer)


def _whole(least: int, most: int) -> Rule:
    def rule(check: _Check, value: Any, pointer: str) -> None:
        if not isinstance(value, int) or isinstance(value, bool):
            check.say("must provide an integer", pointer)
        elif value < least:
            check.say(f"must be greater than {least - 1}", pointer)
        elif value > most:
            check.say(f"must be less than {most + 1}", pointer)

    return rule


def _many(rule: Rule, *, most: int, least: int = 1) -> Rule:
    def many(check: _Check, value: Any, pointer: str) -> None:
        if not isinstance(value, list):
            check.say("must provide an array", pointer)
            return
        if len(value) > most:
            check.say(f"no more than {most} items allowed", pointer)
        if len(value) < least:
            check.say(f"no fewer than {least} items allowed", pointer)
        for number, item in enumerate(value):
            rule(check, item, f"{pointer}/{number}")

    return many


def _thing(required: dict[str, Rule], optional: dict[str, Rule] | None = None) -> Rule:
    known = required | (optional or {})

    def rule(check: _Check, value: Any, pointer: str) -> None:
        if not isinstance(value, dict):
            check.say("must provide an object", pointer)
            return
        for name in required:
            if name not in value:
                check.say(f"missing required field: {name}", pointer)
        for name, held in value.items():
            if name not in known:
                check.say(f"invalid additional property: {name}", pointer)
            else:
                known[name](check, held, f"{pointer}/{name}")

    return rule


def _by_type(table: dict[str, Rule]) -> Rule:
    def rule(check: _Check, value: Any, pointer: str) -> None:
        if not isinstance(value, dict):
            check.say("must provide an object", pointer)
        elif "type" not in value:
            check.say("missing required field: type", pointer)
        elif not isinstance(value["type"], str) or value["type"] not in table:
            check.say(f"unsupported type: {value['type']}", f"{pointer}/type")
        else:
            table[value["type"]](check, value, pointer)

    return rule


def _known(check: _Check, value: Any, pointer: str) -> None:
    """Accept: `_by_type` has read the type already."""


def _any_text(most: int, *kinds: str) -> Rule:
    table = {
        "plain_text": _thing({"type": _known, "text": _string(most)}, {"emoji": _flag}),
        "mrkdwn": _thing({"type": _known, "text": _string(most)}, {"verbatim": _flag}),
    }
    return _by_type({kind: table[kind] for kind in kinds})


def _text(most: int) -> Rule:
    return _any_text(most, "plain_text", "mrkdwn")


def _plain(most: int) -> Rule:
    return _any_text(most, "plain_text")


def _action_id(check: _Check, value: Any, pointer: str) -> None:
    _string(255)(check, value, pointer)
    if isinstance(value, str):
        if value in check.action_ids:
            check.say(f'`action_id` "{value}" already exists', pointer)
        check.action_ids.add(value)


def _block_id(check: _Check, value: Any, pointer: str) -> None:
    _string(255)(check, value, pointer)
    if isinstance(value, str):
        if value in check.block_ids:
            check.say(f'`block_id` "{value}" already exists', pointer)
        check.block_ids.add(value)


# --- elements ---------------------------------------------------------------------------------------

_CONFIRM = _thing(
    {"title": _plain(100), "text": _text(300), "confirm": _plain(30), "deny": _plain(30)},
    {"style": _choice("primary", "danger")},
)


def _option(text: Rule) -> Rule:
    return _thing(
        {"text": text, "value": _string(75)},
        {"description": _any_text(75, "plain_text", "mrkdwn"), "url": _string(3_000)},
    )


_OPTION = _option(_plain(75))
_RICH_OPTION = _option(_text(75))
_OPTION_GROUP = _thing({"label": _plain(75), "options": _many(_OPTION, most=OPTIONS_LIMIT)})
_DATE = _pattern(r"\d{4}-\d{2}-\d{2}", "must be a valid date")
_NUMBER = _pattern(r"-?\d+(\.\d+)?", "must be a valid number")

_COMMON: dict[str, Rule] = {"action_id": _action_id, "focus_on_load": _flag}
_MENU: dict[str, Rule] = _COMMON | {"placeholder": _plain(150), "confirm": _CONFIRM}
_OPTIONS: dict[str, Rule] = {
    "options": _many(_OPTION, most=OPTIONS_LIMIT),
    "option_groups": _many(_OPTION_GROUP, most=100),
}
_SEVERAL: dict[str, Rule] = {"max_selected_items": _whole(1, 1_000)}
_TRIGGERS = _thing({"trigger_actions_on": _many(_choice("on_enter_pressed", "on_character_entered"), most=2)})
_CONVERSATIONS = _thing(
    {},
    {
        "include": _many(_choice("im", "mpim", "private", "public"), most=4),
        "exclude_external_shared_channels": _flag,
        "exclude_bot_users": _flag,
    },
)


def _element(required: dict[str, Rule], optional: dict[str, Rule]) -> Rule:
    return _thing({"type": _known} | required, optional)


def _choosing(required: dict[str, Rule], optional: dict[str, Rule]) -> Rule:
    """Check an element with options: one source of options, and a start that is among them."""
    fields = _element(required, optional)

    def rule(check: _Check, value: Any, pointer: str) -> None:
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
    """Return the options written into an element, groups flattened; an external menu has none."""
    groups = element.get("option_groups") or []
    inside = (group.get("options") or [] for group in groups if isinstance(group, dict))
    return [*(element.get("options") or []), *itertools.chain.from_iterable(inside)]


ELEMENTS: dict[str, Rule] = {
    "button": _element(
        {"text": _plain(75)},
        {
            "action_id": _action_id,
            "url": _string(3_000),
            "value": _string(2_000),
            "style": _choice("primary", "danger"),
            "confirm": _CONFIRM,
            "accessibility_label": _string(75),
        },
    ),
    "overflow": _element({"options": _many(_OPTION, most=5)}, {"action_id": _action_id, "confirm": _CONFIRM}),
    "static_select": _choosing({}, _MENU | _OPTIONS | {"initial_option": _OPTION}),
    "multi_static_select": _choosing(
        {}, _MENU | _OPTIONS | _SEVERAL | {"initial_options": _many(_OPTION, most=OPTIONS_LIMIT)}
    ),
    "external_select": _element(
        {}, _MENU | {"initial_option": _OPTION, "min_query_length": _whole(0, 1_000)}
    ),
    "multi_external_select": _element(
        {},
        _MENU
        | _SEVERAL
        | {"initial_options": _many(_OPTION, most=OPTIONS_LIMIT), "min_query_length": _whole(0, 1_000)},
    ),
    "users_select": _element({}, _MENU | {"initial_user": _string(255)}),
    "multi_users_select": _element(
        {}, _MENU | _SEVERAL | {"initial_users": _many(_string(255), most=OPTIONS_LIMIT)}
    ),
    "channels_select": _element({}, _MENU | {"initial_channel": _string(255)}),
    "conversations_select": _element(
        {},
        _MENU
        | {
            "initial_conversation": _string(255),
            "default_to_current_conversation": _flag,
            "filter": _CONVERSATIONS,
        },
    ),
    "datepicker": _element({}, _MENU | {"initial_date": _DATE}),
    "checkboxes": _choosing(
        {"options": _many(_RICH_OPTION, most=10)},
        _COMMON | {"confirm": _CONFIRM, "initial_options": _many(_RICH_OPTION, most=10)},
    ),
    "radio_buttons": _choosing(
        {"options": _many(_RICH_OPTION, most=10)},
        _COMMON | {"confirm": _CONFIRM, "initial_option": _RICH_OPTION},
    ),
    "plain_text_input": _element(
        {},
        _COMMON
        | {
            "initial_value": _string(3_000),
            "multiline": _flag,
            "min_length": _whole(0, 3_000),
            "max_length": _whole(1, 3_000),
            "dispatch_action_config": _TRIGGERS,
            "placeholder": _plain(150),
        },
    ),
    "number_input": _element(
        {"is_decimal_allowed": _flag},
        _COMMON
        | {
            "initial_value": _NUMBER,
            "min_value": _NUMBER,
            "max_value": _NUMBER,
            "dispatch_action_config": _TRIGGERS,
            "placeholder": _plain(150),
        },
    ),
    "image": _element({"image_url": _string(3_000), "alt_text": _string(2_000)}, {}),
}


def _elements(*kinds: str) -> Rule:
    return _by_type({kind: ELEMENTS[kind] for kind in kinds})


_ONE_CHOICE = ("static_select", "external_select", "users_select", "channels_select", "conversations_select")
_MANY_CHOICES = ("multi_static_select", "multi_external_select", "multi_users_select")
_TICKED = ("checkboxes", "radio_buttons", "datepicker")

# --- rich text --------------------------------------------------------------------------------------

_STYLE = _thing({}, dict.fromkeys(("bold", "italic", "strike", "code", "underline"), _flag))
_RICH_INLINE = _by_type(
    {
        "text": _element({"text": _string(3_000)}, {"style": _STYLE}),
        "link": _element({"url": _string(3_000)}, {"text": _string(3_000), "style": _STYLE, "unsafe": _flag}),
        "emoji": _element({"name": _string(255)}, {"unicode": _string(255), "style": _STYLE}),
        "user": _element({"user_id": _string(255)}, {"style": _STYLE}),
        "channel": _element({"channel_id": _string(255)}, {"style": _STYLE}),
        "usergroup": _element({"usergroup_id": _string(255)}, {"style": _STYLE}),
        "broadcast": _element({"range": _choice("here", "channel", "everyone")}, {"style": _STYLE}),
        "date": _element(
            {"timestamp": _whole(0, 2**53), "format": _string(255)},
            {"url": _string(3_000), "fallback": _string(255), "style": _STYLE},
        ),
    }
)
_RICH_LINE = {"elements": _many(_RICH_INLINE, most=1_000, least=0)}
_RICH_SECTION = _element(_RICH_LINE, {})
_RICH_BLOCK = _by_type(
    {
        "rich_text_section": _RICH_SECTION,
        "rich_text_quote": _element(_RICH_LINE, {"border": _whole(0, 1)}),
        "rich_text_preformatted": _element(_RICH_LINE, {"border": _whole(0, 1), "language": _string(255)}),
        "rich_text_list": _element(
            {
                "style": _choice("bullet", "ordered"),
                "elements": _many(_by_type({"rich_text_section": _RICH_SECTION}), most=1_000),
            },
            {"indent": _whole(0, 8), "offset": _whole(0, 1_000), "border": _whole(0, 1)},
        ),
    }
)

# --- blocks -----------------------------------------------------------------------------------------


def _block(required: dict[str, Rule], optional: dict[str, Rule] | None = None) -> Rule:
    return _element(required, {"block_id": _block_id} | (optional or {}))


_SECTION_FIELDS = _block(
    {},
    {
        "text": _text(3_000),
        "fields": _many(_text(2_000), most=10),
        "accessory": _elements("button", "overflow", "image", *_ONE_CHOICE, *_MANY_CHOICES, *_TICKED),
        "expand": _flag,
    },
)


def _section(check: _Check, value: Any, pointer: str) -> None:
    _SECTION_FIELDS(check, value, pointer)
    if "text" not in value and "fields" not in value:
        check.say("must define either `text` or `fields`", f"{pointer}/type")


BLOCKS: dict[str, Rule] = {
    "section": _section,
    "context": _block(
        {
            "elements": _many(
                _by_type(
                    {
                        "image": ELEMENTS["image"],
                        "plain_text": _plain(3_000),
                        "mrkdwn": _text(3_000),
                    }
                ),
                most=10,
            )
        }
    ),
    "actions": _block({"elements": _many(_elements("button", "overflow", *_ONE_CHOICE, *_TICKED), most=25)}),
    "header": _block({"text": _plain(150)}),
    "divider": _block({}),
    "input": _block(
        {
            "label": _plain(2_000),
            "element": _elements("plain_text_input", "number_input", *_ONE_CHOICE, *_MANY_CHOICES, *_TICKED),
        },
        {"hint": _plain(2_000), "optional": _flag, "dispatch_action": _flag},
    ),
    "rich_text": _block({"elements": _many(_RICH_BLOCK, most=1_000)}),
    "image": _block({"image_url": _string(3_000), "alt_text": _string(2_000)}, {"title": _plain(2_000)}),
}
_ANY_BLOCK = _by_type(BLOCKS)


def _one_block(check: _Check, value: Any, pointer: str) -> None:
    check.action_ids = set()
    _ANY_BLOCK(check, value, pointer)


def _read_blocks(check: _Check, blocks: Any, pointer: str) -> None:
    _many(_one_block, most=MOST_BLOCKS[check.surface], least=0)(check, blocks, pointer)


# --- what the Web API asks --------------------------------------------------------------------------


def complaints_about_message(blocks: Any) -> list[str]:
    """Return what Slack would say is wrong with a message's blocks; nothing means fine."""
    check = _Check(Surface.MESSAGE)
    _read_blocks(check, blocks, "/blocks")
    return check.complaints


_VIEW_FIELDS: dict[str, Rule] = {
    "private_metadata": _string(3_000, least=0),
    "callback_id": _string(255, least=0),
    "external_id": _string(255, least=0),
    "clear_on_close": _flag,
    "notify_on_close": _flag,
}


def complaints_about_view(view: Any, *, surface: Surface) -> list[str]:
    """Return what Slack would say is wrong with a modal or a home; nothing means fine."""
    check = _Check(surface)

    def blocks(_: _Check, value: Any, pointer: str) -> None:
        _read_blocks(check, value, pointer)

    modal = {"submit": _plain(24), "close": _plain(24), "submit_disabled": _flag}
    if surface is Surface.MODAL:
        fields = _element({"title": _plain(24), "blocks": blocks}, _VIEW_FIELDS | modal)
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
    """Return what is wrong with the answer to a block suggestion; nothing means fine."""
    check = _Check(Surface.MODAL)
    if not isinstance(answer, dict) or ("options" in answer) == ("option_groups" in answer):
        check.say("must define either `options` or `option_groups`", "/")
        return check.complaints
    options = {
        "options": _many(_OPTION, most=OPTIONS_LIMIT, least=0),
        "option_groups": _many(_OPTION_GROUP, most=100, least=0),
    }
    _thing({}, options)(check, answer, "")
    return check.complaints


def text_length(blocks: list[Json]) -> int:
    """Return the number of characters in all texts of `blocks`, which Slack limits as a whole."""
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
    """Return a copy in which every block and every element has its id, made up where the app gave none."""
    copy: list[Json] = json.loads(json.dumps(blocks))
    numbers = itertools.count(1)
    for block in copy:
        block.setdefault("block_id", f"b{next(numbers):04d}")
        for element in elements_of(block):
            element.setdefault("action_id", f"a{next(numbers):04d}")
    return copy


def elements_of(block: Json) -> list[Json]:
    """Return the elements of a block that can be pressed, chosen from or typed into."""
    inside = {
        "actions": block.get("elements"),
        "section": [block["accessory"]] if "accessory" in block else [],
        "input": [block.get("element")],
    }.get(block["type"])
    return [element for element in inside or [] if element is not None and element["type"] != "image"]
