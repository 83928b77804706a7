"""The two databases: how each connects, begins and commits, and what its errors mean."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from bot.errors import Misconfigured
from bot.store.drivers.driver import Beside, Driver, Locked, Lost
from bot.store.drivers.sqlite import Sqlite

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

__all__ = ["Beside", "Driver", "Locked", "Lost", "driver_for"]


def driver_for(url: str) -> Driver:
    """Return the driver for a URL as `sqlite:///path` or `postgresql://…`.

    Raise `Misconfigured`, in words that hold nothing of a password.
    """
    scheme, between, rest = url.partition("://")
    make = _DRIVERS.get(scheme.lower())
    if make is _postgresql:  # only the last @ ends the password: what stands before it may be typed as it is
        account, at, where = rest.rpartition("@")
        rest = account.replace("@", "%40") + at + where
    try:
        parsed = make_url(scheme.lower() + between + rest)
    except (ArgumentError, ValueError):
        make = None
    if make is None:
        raise Misconfigured("must be sqlite:///path/to/file or postgresql://user:password@host/database")
    return make(parsed)


def _postgresql(url: URL) -> Driver:
    from bot.store.drivers.postgresql import Postgres  # noqa: PLC0415 - 10 MB, which a file does not need

    return Postgres(url)


_DRIVERS: dict[str, Callable[[URL], Driver]] = {"sqlite": Sqlite, "postgresql": _postgresql}
