"""For how long: the questions that forms ask about a length of time, and what is read from them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from bot.domain.requests import ErrorCode, FieldError, Term
from bot.slack import kit
from bot.slack.ids import ActionId
from bot.slack.kit import Block
from bot.slack.modals.inputs import input_blocks, read_date
from bot.slack.text import en as texts

DAYS, UNTIL, NO_END = "days", "until", "none"
"""Values of a menu: two ask a further question, the third says that there is no end."""

_MOST_DIGITS = 9


def length_inputs(term: str, *, days: str, until: str, zone: str, most: int) -> list[Block]:
    """Return the further question that a length of time asks: how many days, or until which day."""
    if term == DAYS:
        box = kit.number(ActionId.DAYS, least=1, most=most, start=days)
        return [kit.entry(texts.modals.DAYS, box, block_id="days", hint=texts.modals.DAYS_HINT)]
    if term == UNTIL:
        hint = texts.modals.UNTIL_HINT.format(zone=zone)
        return [
            kit.entry(texts.modals.UNTIL, kit.date(ActionId.UNTIL, start=until), block_id="until", hint=hint)
        ]
    return []


def length_block(view: Mapping[str, Any], name: str) -> str:
    """Return the block at which a length of time is at fault: its box, or the menu while there is no box.

    Slack may bring a form that was sent in before the box for what was just chosen came up.
    """
    return name if name in input_blocks(view) else "term"


def read_length(term: str, *, days: str, until: str, zone: str) -> Term | FieldError:
    """Return for how long, from the menu's value and what was entered for it."""
    if term == NO_END:
        return Term.without_end()
    if term == UNTIL:
        end = end_of_day(until, zone=zone)
        return FieldError(field="until", code=ErrorCode.DATE, got=until) if end is None else Term.till(end)
    found = read_days(days if term == DAYS else term)
    return found or FieldError(field="days", code=ErrorCode.DAYS, got=days)


def read_days(text: str) -> Term | None:
    """Return a term of so many days; None where no number stands."""
    text = text.strip()
    return (
        Term.for_days(int(text)) if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS else None
    )


def zone_of(name: str) -> ZoneInfo:
    """Return a time zone by its IANA name, UTC for one that is not known."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # not found is a KeyError, an impossible path the others
        return ZoneInfo("UTC")


def end_of_day(day_: str, *, zone: str) -> datetime | None:
    """Return the last minute of a day in `zone`; None for what is no day."""
    found = read_date(day_)
    return None if found is None else datetime.combine(found, time(23, 59), tzinfo=zone_of(zone))
