"""What forms have in common: reading what people entered, and asking for levels and lengths of time.

Every input stands in a block of its own, named after what it asks for; where the same question can be
about several things, `:` and which one follow the block's name. Slack keeps what was entered as long as
block and action keep their names, and forgets it when they change. Reading is strict about shape, and
does not judge what was entered.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.domain.assets import LEVELS, TASKS, Kind, Tasks, level_of
from bot.domain.calendar import last_minute_of
from bot.domain.requests import ErrorCode, FieldError, Term, TermKind
from bot.domain.typed import tidy
from bot.services.results import Denied, Invalid
from bot.services.views.parties import Party
from bot.slack import kit
from bot.slack.ids import ActionId, Json
from bot.slack.kit import Block, Element, option
from bot.slack.lines import plain, short_named
from bot.slack.text import en as texts
from bot.slack.values import Unreadable, is_value

FieldErrors = dict[str, str]
"""What is wrong, by the block that it stands at: ready for `response_action: errors`."""

NOTHING = "nothing"
"""The value of an option that only says that nothing was found."""

_CUSTOM = "custom"
_MOST_DIGITS = 9
_YEARS = range(1970, 9999)
"""Of instants that a form keeps."""

_FIRST = datetime.fromtimestamp(0, UTC)
"""Before this there was nothing, and Slack shows no earlier time."""

_CONTRACT = "contract "
"""Before the instant at which a contract ends, in the value of a menu's option."""
DAYS, UNTIL, NO_END = "days", "until", "none"
"""Values of a menu: two ask a further question, the third says that there is no end."""


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


def held_in(fields: Mapping[str, Json], name: str) -> Json | None:
    """Return what the field of this name holds, None if there is no such field."""
    return fields.get(named(fields, name) or "")


def choice(held: Json | None) -> Chosen | None:
    """Return the option chosen in a menu for one."""
    return _chosen((held or {}).get("selected_option"))


def choices(held: Json | None) -> tuple[Chosen, ...]:
    """Return the options chosen in a menu for several."""
    several = (held or {}).get("selected_options") or []
    if not isinstance(several, Sequence):
        raise Unreadable("not a choice")
    return tuple(one for one in map(_chosen, several) if one is not None)


def each_once(chosen: Iterable[Chosen]) -> tuple[Chosen, ...]:
    """Return options as a menu can start with them: none twice."""
    return tuple({one.value: one for one in chosen}.values())


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


# --- businesses, assets and levels as options -------------------------------------------------------


def owner_label(owner: Party) -> str:
    """Return a business as an option says it."""
    return short_named(owner.name, owner.id, kit.LONGEST_OPTION)


def asset_label(asset_id: str, name: str) -> str:
    """Return an asset as an option says it."""
    return short_named(name, asset_id, kit.LONGEST_OPTION)


def asset_value(kind: Kind, asset_id: str) -> str:
    """Return an asset as an option's value."""
    return f"{kind}:{asset_id}"


def read_asset_value(value: str) -> tuple[Kind, str] | None:
    """Return the kind and id that `asset_value` was given, or None."""
    kind, _, asset_id = value.partition(":")
    return (Kind(kind), asset_id) if kind in set(Kind) and asset_id else None


def level_value(kind: Kind, tasks: Tasks) -> str:
    """Return tasks as an option's value: a level's name, or which tasks of the kind a custom set has."""
    level = level_of(kind, tasks)
    if level:
        return level.name
    every = sorted(TASKS[kind])
    bits = sum(1 << place for place, task in enumerate(every) if task in tasks)
    return f"{_CUSTOM}:{len(every)}:{bits:x}"


def read_level(kind: Kind, value: str) -> Tasks | None:
    """Return the tasks that `level_value` was given; None for a level that this kind does not have."""
    for level in LEVELS[kind]:
        if level.name == value:
            return level.tasks
    every = sorted(TASKS[kind])
    name, _, rest = value.partition(":")
    count, _, bits = rest.partition(":")
    try:
        number = int(bits, 16)
    except ValueError:
        return None
    # A form that was opened before a kind got a new task means something else by its bits.
    if name != _CUSTOM or count != str(len(every)) or not 0 < number < 1 << len(every):
        return None
    return frozenset(task for place, task in enumerate(every) if number >> place & 1)


# --- for how long -----------------------------------------------------------------------------------


def length_menu(
    label: str, term: str, *, contract_ends_at: datetime | None = None, zone: str = "UTC"
) -> Block:
    """Return the menu for a length of time, at `term`: usual ones, and those that ask a further question.

    With `contract_ends_at`, also until then.
    """
    options = [kit.option(text, value) for value, text in texts.modals.TERM_CHOICES.items()]
    options += [
        kit.option(texts.modals.TERM_OTHER_DAYS, DAYS),
        kit.option(texts.modals.TERM_DATE, UNTIL),
        kit.option(texts.modals.TERM_NONE, NO_END),
    ]
    if contract_ends_at is not None:
        day_ = day_of(contract_ends_at, zone=zone)
        value = f"{_CONTRACT}{contract_ends_at.isoformat()}"
        options.insert(-1, kit.option(texts.modals.TERM_CONTRACT.format(day=day_), value))
    menu = kit.select(ActionId.TERM, options, chosen=term)
    return kit.entry(label, menu, block_id="term", dispatch=True)


def entered_length(term: Term, *, zone: str) -> tuple[str, str, str]:
    """Return how a length of time stands in a form: the menu's value, the days and the day."""
    if term.kind is TermKind.OPEN_END:
        return NO_END, "", ""
    if term.until is not None:
        return UNTIL, "", day_of(term.until, zone=zone)
    days = str(term.days or "")
    return (days, "", "") if days in texts.modals.TERM_CHOICES else (DAYS, days, "")


def entered_end(term: Term) -> str:
    """Return the instant until which a length of time is, for a form to keep; nothing if it is no instant."""
    return "" if term.until is None else term.until.isoformat()


def length_inputs(
    term: str,
    *,
    days: str,
    until: str,
    zone: str,
    most: int,
    kept_end: str = "",
    of_days: tuple[str, str] = (texts.modals.DAYS, texts.modals.DAYS_HINT),
) -> list[Block]:
    """Return the further question that a length of time asks: how many days, or until which day.

    `kept_end` is the instant that the day stood for when the form was filled.
    """
    if term == DAYS:
        label, hint = of_days
        box = kit.number(ActionId.DAYS, least=1, most=most, start=days)
        return [kit.entry(label, box, block_id="days", hint=hint)]
    if term == UNTIL:
        end, usual = end_of_day(until, zone=zone, kept=kept_end), end_of_day(until, zone=zone)
        hint = texts.modals.UNTIL_HINT.format(zone=zone)
        if end is not None and end != usual:
            time_ = f"{end.astimezone(zone_of(zone)):%H:%M}"
            hint = texts.modals.UNTIL_HINT_KEPT.format(zone=zone, time=time_)
        return [
            kit.entry(texts.modals.UNTIL, kit.date(ActionId.UNTIL, start=until), block_id="until", hint=hint)
        ]
    return []


def length_block(view: Mapping[str, Any], name: str) -> str:
    """Return the block at which a length of time is at fault: its box, or the menu while there is no box.

    Slack may bring a form that was sent in before the box for what was just chosen came up.
    """
    return name if named(input_blocks(view), name) else "term"


def read_length(term: str, *, days: str, until: str, zone: str, kept_end: str = "") -> Term | FieldError:
    """Return for how long, from the menu's value and what was entered for it.

    `kept_end` is the instant that the day stood for when the form was filled, and stands for while unchanged.
    """
    if term == NO_END:
        return Term.without_end()
    if term.startswith(_CONTRACT):
        return Term.till(_read_instant(term.removeprefix(_CONTRACT)))
    if term == UNTIL:
        end = end_of_day(until, zone=zone, kept=kept_end)
        return FieldError(field="until", code=ErrorCode.DATE, got=until) if end is None else Term.till(end)
    found = read_days(days if term == DAYS else term)
    return found or FieldError(field="days", code=ErrorCode.DAYS, got=days)


def _read_instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise Unreadable("not an instant") from None
    if instant.tzinfo is None or instant.year not in _YEARS:
        raise Unreadable("not an instant")
    return instant


def read_days(text: str) -> Term | None:
    """Return a term of so many days; None if no number was entered."""
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


def end_of_day(day_: str, *, zone: str, kept: str = "") -> datetime | None:
    """Return the last minute of a day in `zone`; None if it is no day. One of that day may be `kept`."""
    found = read_date(day_)
    if kept and day_of(_read_instant(kept), zone=zone) == day_:
        return _read_instant(kept)
    return None if found is None else last_minute_of(found, zone_of(zone))


def day_of(instant: datetime, *, zone: str) -> str:
    """Return the day of an instant in `zone`, as YYYY-MM-DD."""
    return instant.astimezone(zone_of(zone)).date().isoformat()


def as_of(on: date | None, *, zone: str, now: datetime) -> datetime | None:
    """Return the end of a day as the moment of which something is read; None: now, as the end of today is."""
    end = None if on is None else end_of_day(on.isoformat(), zone=zone)
    return None if end is None or end >= now else max(end, _FIRST)


# --- errors -----------------------------------------------------------------------------------------


def input_blocks(view: Mapping[str, Any]) -> list[str]:
    """Return the ids of a view's input blocks, in order: only these can carry an error."""
    blocks = view.get("blocks")
    inputs = [
        block.get("block_id")
        for block in (blocks if isinstance(blocks, list) else [])
        if isinstance(block, Mapping) and block.get("type") == "input"
    ]
    return [one for one in inputs if isinstance(one, str) and one]


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
        zone = zone_of(answer.zone) if answer.zone else None
        return [(answer.field, plain(texts.errors.denial(answer), zone))]
    return [(field_error.field, texts.errors.field_error(field_error)) for field_error in answer.field_errors]
