"""What is wrong in a directory file, where it stands, and how far the reading of one has come."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.errors import DomainError

_LONGEST_SHOWN = 60

Path = tuple[str | int, ...]
Progress = Callable[[int, int], None]
"""Told how much is done, of how much."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: the line it stands on (from 1; None where there is none), where, and what."""

    line: int | None
    path: str
    text: str

    def __str__(self) -> str:
        where = ", ".join(part for part in (f"line {self.line}" if self.line else "", self.path) if part)
        return f"{where}: {self.text}" if where else self.text


class BadDirectory(DomainError):
    """Raised when a directory file is refused, with everything that is wrong in it. Nothing was changed."""

    def __init__(self, problems: list[Problem]) -> None:
        """Keep the problems in the order of the file."""
        super().__init__(f"{len(problems)} problem{'s' if len(problems) != 1 else ''} in the directory file")
        self.problems = tuple(sorted(problems, key=lambda problem: problem.line or 0))


def shown(value: object) -> str:
    """Return a value from a file as a complaint may repeat it: quoted, printable and short."""
    text = ascii(value) if isinstance(value, str) and not value.isprintable() else repr(value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN - 1]}…"
