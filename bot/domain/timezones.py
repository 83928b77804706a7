"""The time zones that an ad account can have: Meta's numbers and the names of the IANA list.

`timezones.txt` is the table (Marketing API reference, "Timezone IDs"): a number and a name on each line.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from bot.domain.assets import spoken


@cache
def timezones() -> Mapping[int, str]:
    """Return the name of each time zone by Meta's number for it."""
    rows = (line.split() for line in (files("bot.domain") / "timezones.txt").read_text("utf-8").splitlines())
    return {int(number): name for number, name in rows}


def is_timezone_id(number: object) -> bool:
    """Say whether this is Meta's number of a time zone."""
    return isinstance(number, int) and number in timezones()


@cache
def timezones_called() -> Mapping[str, int]:
    """Return the number of each time zone by its name and by its city, as `spoken` has them."""
    names = {spoken(name): number for number, name in timezones().items()}
    cities = {spoken(name.rpartition("/")[2]): number for number, name in timezones().items()}
    return cities | names


def find_timezones(query: str) -> list[int]:
    """Return the time zones whose names contain `query`, in the order of their names."""
    wanted = spoken(query)
    found = [number for number, name in timezones().items() if wanted in spoken(name)]
    return sorted(found, key=lambda number: timezones()[number])
