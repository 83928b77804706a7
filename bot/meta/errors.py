"""What Meta's answers mean: a table of its error codes, by what is to be done about them.

The codes are those of Meta's own pages. 200 to 299 are permissions; subcodes tell apart what one code lumps.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.domain.connections import Obstacle

_MINUTE = 60.0
_PERMISSIONS = range(200, 300)


class MetaError(Exception):
    """Raised when a call did not do what it should."""


class Unsure(MetaError):
    """Raised when nobody knows whether it was done: no answer, or none that can be read."""


class NotSent(Unsure):
    """Raised when Meta could not be reached at all: nothing was done."""


class TooMuch(Unsure):
    """Raised when it may be that Meta wants to be asked for less at once."""


class Paused(MetaError):
    """Raised when Meta, or we before it does, want the next call to wait for `seconds`. Nothing was done."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"paused for {seconds:.0f} s")
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class Code:
    """An error code of Meta's, with its subcode. It names no parameter of the call."""

    code: int
    subcode: int | None = None

    def __str__(self) -> str:
        return str(self.code) if self.subcode is None else f"{self.code}/{self.subcode}"


class Refused(MetaError):
    """Raised when Meta refuses a call; nothing was done."""

    def __init__(self, code: Code, obstacle: Obstacle) -> None:
        super().__init__(f"refused with {code}")
        self.code = code
        self.obstacle = obstacle


class AlreadySo(MetaError):
    """Raised when Meta says that it is so already: read it back."""


TOO_MUCH = 1
"""Among what is not known: that it was asked for too much at once."""
TRANSIENT = frozenset({TOO_MUCH, 2, 3902, 3919})
"""A fault of theirs that passes. Whether the call was done is not known."""

PAUSES: Mapping[int, float] = {
    4: 5 * _MINUTE,
    17: 5 * _MINUTE,
    32: 5 * _MINUTE,
    341: 5 * _MINUTE,
    613: 15 * _MINUTE,
    **dict.fromkeys(range(80000, 80015), 5 * _MINUTE),
}
"""How long the next call waits where the answer does not say it."""
SUB_PAUSES: Mapping[Code, float] = {Code(200, 4841013): 15 * _MINUTE}
"""The same of what only its subcode tells from something else: a limit that is called a permission."""

ALREADY_SO = frozenset({3936, 3944, 3946, 3989})

OBSTACLES: Mapping[int, Obstacle] = {
    3: Obstacle.LIMITED,
    10: Obstacle.LIMITED,
    100: Obstacle.REFUSED,
    102: Obstacle.TOKEN,
    104: Obstacle.TOKEN,
    190: Obstacle.TOKEN,
    270: Obstacle.LIMITED,
    294: Obstacle.LIMITED,
    368: Obstacle.BLOCKED,
    415: Obstacle.TOKEN,
    457: Obstacle.TOKEN,
    3979: Obstacle.FULL,
    6200: Obstacle.FULL,
    6202: Obstacle.FULL,
    23007: Obstacle.BILLING,
}
SUB_OBSTACLES: Mapping[Code, Obstacle] = {Code(100, 33): Obstacle.NOT_THERE}


def pause_of(code: Code) -> float | None:
    """Return for how long Meta wants no call when it answers with this code; None: it wants none of that."""
    return SUB_PAUSES.get(code, PAUSES.get(code.code))


def obstacle_of(code: Code) -> Obstacle:
    """Return what stands in the way when Meta refuses with this code."""
    by_subcode = SUB_OBSTACLES.get(code)
    if by_subcode is not None:
        return by_subcode
    if code.code in OBSTACLES:
        return OBSTACLES[code.code]
    return Obstacle.PERMISSION if code.code in _PERMISSIONS else Obstacle.REFUSED
