"""Instants, as programs write them and as the Graph API does."""

from __future__ import annotations

from datetime import UTC, date, datetime

from bot.domain.calendar import last_minute_of, zone_of


def at(moment: datetime | None) -> str | None:
    """Return an instant as the Graph API writes it."""
    return None if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%S+0000")


def read_end(written: str, *, zone: str) -> datetime | None:
    """Read in ISO 8601 until when something lasts; None if it is no time.

    A day alone is meant with all of it, in the zone of who writes it. A time without a zone is in UTC.
    """
    try:
        return last_minute_of(date.fromisoformat(written), zone_of(zone))
    except ValueError:
        pass
    try:
        until = datetime.fromisoformat(written)
    except ValueError:
        return None
    return until if until.tzinfo else until.replace(tzinfo=UTC)
