"""What the store needs of a database, and what its errors mean."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from sqlalchemy.engine import URL

    from bot.store.compiled import Plans

LOCK_WAIT = 0.25
"""Seconds one attempt to begin waits for another writer; the writer looks at its deadlines in between."""
READ_LOCK_WAIT = 2.0
"""The same of what has no such deadline."""


class Lost(Exception):
    """Raised when the transaction is gone, with all that was done in it. Nothing of it was kept.

    `again`: it lost against another transaction, and the same may well succeed.
    """

    def __init__(self, words: str, *, again: bool = False) -> None:
        super().__init__(words)
        self.again = again


class Locked(Lost):
    """Raised when another writer did not release its lock in time."""

    def __init__(self, words: str) -> None:
        super().__init__(words, again=True)


class Driver(Protocol):
    """What the writer and the readers need of a database. A connection is the driver library's own."""

    dialect: str
    plans: Plans
    url: URL
    place: str
    """Where it is, for people to read: without a password."""
    errors: tuple[type[Exception], ...]
    """What its library raises."""
    no_table: tuple[type[Exception], ...]
    no_right: tuple[type[Exception], ...]

    @property
    def beside(self) -> Beside | None:
        """Itself, where verbs can run at the same time; None where they run one after the other."""

    def connect(self, *, readonly: bool) -> Any:
        """Open a connection in the state this product needs, checked by reading it back."""

    def begin_write(self, connection: Any) -> None:
        """Begin. Raise `Locked` if another writer holds its lock, `Lost` if the connection cannot be used."""

    def begin_read(self, connection: Any, *, at_leisure: bool = False) -> None:
        """Begin a read of one consistent state. `at_leisure`: however long it is between two statements."""

    def commit(self, connection: Any) -> None:
        """Commit. Raise `Lost` if it is certain that nothing was kept; any other error leaves it unknown."""

    def roll_back(self, connection: Any) -> None:
        """Leave the transaction, whatever state it is in."""

    def explain(self, error: Exception, connection: Any) -> Exception:
        """Return what a driver's error means: `Lost`, `Locked`, `ConstraintBroken` or itself."""

    def take_lock(self) -> Callable[[], None]:
        """Lock out a second instance and return how to unlock. Raise `Misconfigured` if there is one."""

    def is_in_use(self) -> bool:
        """Say whether an instance serves it; on PostgreSQL, whether any program of ours has it open."""

    def is_in_place(self) -> bool:
        """Say whether the store is where it was opened. What is written to one that is not is soon lost."""

    def tidy(self, connection: Any) -> None:
        """Do what is best done while nobody waits."""

    def tell(self, connection: Any) -> None:
        """Have other processes on the store told, once this transaction is committed, to look for work."""

    def hear(self, heard: Callable[[], None]) -> Callable[[], None]:
        """Call `heard`, on any thread, when told so by another process, and return how to stop that."""

    def cut(self) -> None:
        """Cut every connection off: who waits for a server that hangs is answered that it is `Lost`."""


class Beside(Driver, Protocol):
    """What the pool needs of a database, too."""

    def begin_shared(self, connection: Any) -> None:
        """Begin beside others that do the same, with no writer among them. Raise `Locked` or `Lost`."""

    def after(
        self, connection: Any, statements: Sequence[tuple[str, Sequence[Any]]]
    ) -> AbstractContextManager[None]:
        """Have what is executed within go in one round trip with `statements`, which run before it.

        An error of any of them is raised at the end, explained.
        """

    def commit_with(
        self, connection: Any, statements: Sequence[tuple[str, Sequence[Any]]], *, tell: bool
    ) -> None:
        """Run statements and commit in one round trip, with errors as of `commit`; `tell` the others, too.

        After an error the connection is closed.
        """

    def round_trip(self, connection: Any) -> float:
        """Return the seconds that the shortest of a few statements takes, there and back."""
