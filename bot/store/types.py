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

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Return what is stored. Raise ValueError for a naive datetime."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a naive datetime was given where an instant is stored: {value!r}")
        if dialect.name == "sqlite":
            return microseconds(value)
        return value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Return an aware datetime in UTC."""
        if value is None:
            return None
        if dialect.name == "sqlite":
            return _EPOCH + _MICROSECOND * int(value)  # half the time of timedelta(microseconds=value)
        return value.astimezone(UTC)  # type: ignore[no-any-return]  # the driver's value is untyped


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
