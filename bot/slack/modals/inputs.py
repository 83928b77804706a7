"""What people entered in a form, read from the view that Slack sends: strict about shape, blind to meaning.

Every input stands in a block of its own, named after what it asks for; where the same question can be
about several things, `:` and which one follow the block's name. Slack keeps what was entered as long as
block and action keep their names, and forgets it when they change.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from bot.domain.requests import tidy
from bot.services.results import Denied, Invalid
from bot.slack.ids import Json, Unreadable, is_value
from bot.slack.kit import Element, option, plain
from bot.slack.text import en as texts

FieldErrors = dict[str, str]
"""What is wrong, by the block that it stands at: ready for `response_action: errors`."""

NOTHING = "nothing"
"""The value of an option that only says that nothing was found."""

_MOST_DIGITS = 9


@dataclass(frozen=True, slots=True)
class Chosen:
    """An option that was chosen: its value, and the text that it was chosen by."""

    value: str
    label: str

    @property
    def option(self) -> Element:
        """Return it as an option again."""
        return option(self.label, self.value)


# --- state ------------------------------------------------------------------------------------------


def entered(view: Mapping[str, Any]) -> dict[str, Json]:
    """Return the values of a view's inputs by block id; raise `Unreadable` for an impossible shape."""
    state = view.get("state") or {}
    values = state.get("values") if isinstance(state, Mapping) else None
    if not isinstance(values, Mapping):
        values = {}
    found: dict[str, Json] = {}
    for block_id, held in values.items():
        if not isinstance(held, Mapping) or len(held) != 1:
            raise Unreadable("not a form of ours")
        (inside,) = held.values()
        if not isinstance(inside, Mapping):
            raise Unreadable("not a form of ours")
        found[str(block_id)] = dict(inside)
    return found


def named(fields: Iterable[str], name: str) -> str | None:
    """Return which of these block ids is `name` or `name:…`, or None."""
    return next((one for one in fields if one == name or one.startswith(f"{name}:")), None)


def choice(held: Json | None) -> Chosen | None:
    """Return the option chosen in a menu for one."""
    return _chosen((held or {}).get("selected_option"))


def choices(held: Json | None) -> tuple[Chosen, ...]:
    """Return the options chosen in a menu for several."""
    several = (held or {}).get("selected_options") or []
    if not isinstance(several, Sequence):
        raise Unreadable("not a choice")
    return tuple(one for one in map(_chosen, several) if one is not None)


def typed(held: Json | None) -> str:
    """Return what was typed into a box, tidied."""
    value = (held or {}).get("value")
    return tidy(value) if isinstance(value, str) else ""


def day(held: Json | None) -> str:
    """Return the day chosen in a calendar as YYYY-MM-DD, or nothing."""
    value = (held or {}).get("selected_date")
    return value if isinstance(value, str) and read_date(value) else ""


def _chosen(held: object) -> Chosen | None:
    if held is None:
        return None
    text = held.get("text") if isinstance(held, Mapping) else None
    label = text.get("text") if isinstance(text, Mapping) else None
    value = held.get("value") if isinstance(held, Mapping) else None
    if not isinstance(value, str) or not is_value(value) or not isinstance(label, str):
        raise Unreadable("not an option")
    return Chosen(value, label)


def read_date(text: str) -> date | None:
    """Return the day that is written as YYYY-MM-DD, None for anything else."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def read_position(text: str) -> int | None:
    """Return the number in a block's name, None if there is none."""
    is_number = text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
    return int(text) if is_number else None


# --- errors -----------------------------------------------------------------------------------------


def input_blocks(view: Mapping[str, Any]) -> list[str]:
    """Return the ids of a view's input blocks, in order: only these can carry an error."""
    blocks = view.get("blocks") or []
    return [
        block["block_id"]
        for block in blocks
        if isinstance(block, Mapping) and block.get("type") == "input" and block.get("block_id")
    ]


def errors_at(view: Mapping[str, Any], found: Sequence[tuple[str, str]]) -> FieldErrors:
    """Return errors by block, from pairs of a block's name and a text.

    An error of no block of this view stands at its last one; several at one block are joined, and the same
    text is said there once.
    """
    blocks = input_blocks(view)
    said_at: dict[str, list[str]] = {}
    for name, text in found:
        block = named(blocks, name) or (blocks[-1] if blocks else name)
        here = said_at.setdefault(block, [])
        if text not in here:
            here.append(text)
    return {block: " ".join(here) for block, here in said_at.items()}


def modal_errors(view: Mapping[str, Any], answer: Denied | Invalid) -> FieldErrors:
    """Return the errors of a form whose blocks are named as the fields."""
    return errors_at(view, said(answer))


def said(answer: Denied | Invalid) -> list[tuple[str, str]]:
    """Return what an answer says as pairs of a field's name and a text."""
    if isinstance(answer, Denied):
        return [(answer.field, plain(texts.errors.denial(answer)))]
    return [(field_error.field, texts.errors.field_error(field_error)) for field_error in answer.field_errors]
