"""What makes one delivery unique, so that what came in once is not done twice."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

_LONGEST = 300


class InboxKind(StrEnum):
    """What identifies a delivery."""

    SIGNATURE = "signature"
    ENVELOPE = "envelope"
    EVENT = "event"
    THREAD = "thread"
    STATE = "state"


@dataclass(frozen=True, slots=True)
class InboxKey:
    """One delivery: a signature with its timestamp, an envelope id or an event id.

    Of the kind `THREAD` it is what is told to a person once in a thread, of the kind `STATE` what Slack gives
    back once when an installation was begun.
    """

    kind: InboxKind
    value: str

    def __post_init__(self) -> None:
        if not (self.value.isascii() and self.value.isprintable() and 0 < len(self.value) <= _LONGEST):
            raise ValueError("an inbox key is 1 to 300 printable ASCII characters")

    def __str__(self) -> str:
        return f"{self.kind}:{self.value}"


@dataclass(frozen=True, slots=True)
class Repeated:
    """The answer to a delivery that was handled before: what it was answered then, as its verb kept it."""

    answer: str | None
