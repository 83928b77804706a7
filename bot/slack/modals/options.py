"""Businesses, assets and levels as options of a menu: their labels, their values, and how they are read."""

from __future__ import annotations

from bot.domain.assets import LEVELS, TASKS, Kind, Tasks, level_of
from bot.services.results import Party
from bot.slack import kit
from bot.slack.kit import short_named

_CUSTOM = "custom"


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
