"""What can go wrong, in the domain's words.

Edges turn these into sentences for people; there is no HTTP and no Slack here.
"""

from __future__ import annotations

from typing import Any


class DomainError(Exception):
    """Say no in a way that a person can be told. Rolls its verb back.

    `event` is a journal event (`bot.store.journal.Event`) that is recorded although the verb is undone.
    """

    event: Any = None


class AlreadyDecided(DomainError):
    """Say that someone else moved the record first."""


class Busy(DomainError):
    """Say that the store did not get to it in time. Nothing was changed; trying again is safe."""


class StoreDown(Busy):
    """Say that the store cannot write just now (disk full, connection lost). Nothing was changed."""


class Unconfirmed(DomainError):
    """Say that it is not known whether the change was kept. Look at the record again before trying again."""


class ConstraintBroken(Exception):
    """Report a write that contradicts what is kept (unique, check or foreign key): our mistake."""


class Misconfigured(Exception):
    """Report that the store cannot be used as it is: missing, of another version, in use, unsafe."""
