"""Column types the tables share: instants as aware UTC datetimes on every database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, DateTime, Interval
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class UTCDateTime(TypeDecorator[datetime]):
    """Store an aware datetime: integer microseconds on SQLite, ``timestamptz`` on PostgreSQL.

    Binding a naive datetime raises ValueError, so a local time can never slip in. Values come back
    aware, in UTC.
    """

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the column's type in `dialect`."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(BigInteger())
        return dialect.type_descriptor(DateTime(timezone=True))

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], Any]:
        """Return a function from an instant to what is stored. It raises ValueError for a naive datetime."""
        return _stored_microseconds if dialect.name == "sqlite" else _stored_instant

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Return what is stored, for a value that is written into the statement."""
        return self.bind_processor(dialect)(value)

    def result_processor(self, dialect: Dialect, _: object) -> Callable[[Any], datetime | None]:
        """Return a function from what is stored to an aware datetime in UTC."""
        return _read_microseconds if dialect.name == "sqlite" else _read_instant


# Functions, and not the two methods that a type decorator would call through two functions more: a verb binds
# and reads forty instants.


def _stored_microseconds(value: datetime | None) -> int | None:
    return None if value is None else microseconds(_aware(value))


def _stored_instant(value: datetime | None) -> datetime | None:
    return None if value is None else _aware(value).astimezone(UTC)


def _aware(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError(f"a naive datetime was given where an instant is stored: {value!r}")
    return value


def _read_microseconds(value: int | None) -> datetime | None:
    return None if value is None else _EPOCH + timedelta(microseconds=value)


def _read_instant(value: datetime | None) -> datetime | None:
    return None if value is None else value.astimezone(UTC)


class Span(TypeDecorator[timedelta]):
    """A length of time to add to an instant: on SQLite microseconds, as it keeps instants."""

    impl = Interval
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the type in `dialect`."""
        return dialect.type_descriptor(BigInteger() if dialect.name == "sqlite" else Interval())

    def process_bind_param(self, value: timedelta | None, dialect: Dialect) -> Any:
        """Return what is bound."""
        return value // _MICROSECOND if value is not None and dialect.name == "sqlite" else value


class Microseconds(TypeDecorator[int]):
    """Read an instant as whole microseconds since 1970: as SQLite keeps it, with nothing to convert there."""

    impl = UTCDateTime
    cache_ok = True

    def result_processor(self, dialect: Dialect, _: object) -> Callable[[Any], int] | None:
        """Return a function from a stored instant to microseconds; None on SQLite, which stores those."""
        return None if dialect.name == "sqlite" else microseconds


def microseconds(at: datetime) -> int:
    """Return an aware instant as whole microseconds since 1970."""
    return (at - _EPOCH) // _MICROSECOND
