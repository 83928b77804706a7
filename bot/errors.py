"""What can go wrong, in the domain's words.

Edges turn these into sentences for people; there is no HTTP and no Slack here.
"""

from __future__ import annotations

from typing import Any


class DomainError(Exception):
    """Raised when a verb cannot be carried out, for a reason that a person can be told. Rolls the verb back.

    `event` is a journal event (`bot.store.journal.Event`) that is recorded although the verb is undone.
    """

    event: Any = None


class AlreadyDecided(DomainError):
    """Raised when somebody else moved the record first."""


class Busy(DomainError):
    """Raised when the store did not get to a verb in time. Nothing was changed; trying again is safe."""


class StoreDown(Busy):
    """Raised when the store cannot write (disk full, connection lost). Nothing was changed."""


class Unconfirmed(DomainError):
    """Raised when it is not known whether the change was kept. Read the record again before trying again."""


class ConstraintBroken(Exception):
    """Raised when a write breaks a constraint (unique, check or foreign key): our mistake."""


class Misconfigured(Exception):
    """Raised when the store cannot be used as it is: missing, of another version, in use, unsafe."""
