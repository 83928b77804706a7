"""Rules for JSON in the shape of Block Kit: what a value must be, and Slack's words where it is not.

A rule is a function that adds complaints to a `Check`. A complaint reads as in Slack's
`response_metadata.messages`, with a JSON pointer to the place.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Surface(StrEnum):
    """Where blocks are shown; what is allowed depends on it."""

    MESSAGE = "message"
    MODAL = "modal"
    HOME = "home"


@dataclass(slots=True)
class Check:
    """Collect what is wrong with one message or view while its rules read it."""

    surface: Surface
    complaints: list[str] = field(default_factory=list)
    block_ids: set[str] = field(default_factory=set)
    action_ids: set[str] = field(default_factory=set)
    """Those of the block that is being read."""
    has_focus: bool = False
    """Whether the cursor is put into an element already."""

    def say(self, what: str, pointer: str) -> None:
        """Add one complaint; `pointer` is the JSON pointer to the place."""
        self.complaints.append(f"{what} [json-pointer:{pointer}]")


Rule = Callable[[Check, Any, str], None]


def string(most: int, *, least: int = 1) -> Rule:
    """Return a rule for texts of `least` to `most` characters."""

    def rule(check: Check, value: Any, pointer: str) -> None:
        if not isinstance(value, str):
            check.say("must provide a string", pointer)
        elif len(value) > most:
            check.say(f"must be less than {most + 1} characters", pointer)
        elif len(value) < least:
            check.say(f"must be more than {least - 1} characters", pointer)

    return rule


def matching(pattern: str, what: str) -> Rule:
    """Return a rule for texts that match `pattern` as a whole; `what` is said of others."""

    def rule(check: Check, value: Any, pointer: str) -> None:
        if not isinstance(value, str):
            check.say("must provide a string", pointer)
        elif not re.fullmatch(pattern, value):
            check.say(what, pointer)

    return rule


def one_of(*allowed: str) -> Rule:
    """Return a rule for values that are among `allowed`."""

    def rule(check: Check, value: Any, pointer: str) -> None:
        if value not in allowed:
            check.say("must be a valid enum value", pointer)

    return rule


def boolean(check: Check, value: Any, pointer: str) -> None:
    """Accept true and false."""
    if not isinstance(value, bool):
        check.say("must provide a boolean", pointer)


def focus(check: Check, value: Any, pointer: str) -> None:
    """Check whether the cursor is put into an element: into one of a view at most."""
    boolean(check, value, pointer)
    if value is True and check.has_focus:
        check.say("only one element can have `focus_on_load` set to true", pointer)
    check.has_focus = check.has_focus or value is True


def integer(least: int, most: int) -> Rule:
    """Return a rule for whole numbers from `least` to `most`."""

    def rule(check: Check, value: Any, pointer: str) -> None:
        if not isinstance(value, int) or isinstance(value, bool):
            check.say("must provide an integer", pointer)
        elif value < least:
            check.say(f"must be greater than {least - 1}", pointer)
        elif value > most:
            check.say(f"must be less than {most + 1}", pointer)

    return rule


def array(rule: Rule, *, most: int, least: int = 1) -> Rule:
    """Return a rule for lists of `least` to `most` items, each checked by `rule`."""

    def rule_of_each(check: Check, value: Any, pointer: str) -> None:
        if not isinstance(value, list):
            check.say("must provide an array", pointer)
            return
        if len(value) > most:
            check.say(f"no more than {most} items allowed", pointer)
        if len(value) < least:
            check.say(f"no fewer than {least} items allowed", pointer)
        for number, item in enumerate(value):
            rule(check, item, f"{pointer}/{number}")

    return rule_of_each


def record(required: dict[str, Rule], optional: dict[str, Rule] | None = None) -> Rule:
    """Return a rule for objects with these fields and no others."""
    known = required | (optional or {})

    def rule(check: Check, value: Any, pointer: str) -> None:
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


def by_type(table: dict[str, Rule]) -> Rule:
    """Return a rule that picks the rule for an object by its `type`."""

    def rule(check: Check, value: Any, pointer: str) -> None:
        if not isinstance(value, dict):
            check.say("must provide an object", pointer)
        elif "type" not in value:
            check.say("missing required field: type", pointer)
        elif not isinstance(value["type"], str) or value["type"] not in table:
            check.say(f"unsupported type: {value['type']}", f"{pointer}/type")
        else:
            table[value["type"]](check, value, pointer)

    return rule


def read_already(check: Check, value: Any, pointer: str) -> None:
    """Accept anything: `by_type` has read the field already."""


def _text_of(most: int, *kinds: str) -> Rule:
    table = {
        "plain_text": record({"type": read_already, "text": string(most)}, {"emoji": boolean}),
        "mrkdwn": record({"type": read_already, "text": string(most)}, {"verbatim": boolean}),
    }
    return by_type({kind: table[kind] for kind in kinds})


def any_text(most: int) -> Rule:
    """Return a rule for a text object of either type."""
    return _text_of(most, "plain_text", "mrkdwn")


def plain_text(most: int) -> Rule:
    """Return a rule for a `plain_text` object."""
    return _text_of(most, "plain_text")


def action_id(check: Check, value: Any, pointer: str) -> None:
    """Check an action id, which is unique within its block."""
    string(255)(check, value, pointer)
    if isinstance(value, str):
        if value in check.action_ids:
            check.say(f'`action_id` "{value}" already exists', pointer)
        check.action_ids.add(value)


def block_id(check: Check, value: Any, pointer: str) -> None:
    """Check a block id, which is unique within its message or view."""
    string(255)(check, value, pointer)
    if isinstance(value, str):
        if value in check.block_ids:
            check.say(f'`block_id` "{value}" already exists', pointer)
        check.block_ids.add(value)
