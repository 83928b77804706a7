"""What the store holds after a step, and what it held before: what invariants look at."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from model import Model
from sqlalchemy import select

from bot.store import tables
from bot.store.database import Database, Tx

KEPT = {
    "requests": tables.Request,
    "items": tables.Item,
    "decisions": tables.Decision,
    "grants": tables.Grant,
    "assigned": tables.Assignment,
    "drafts": tables.Draft,
    "cards": tables.Card,
    "follows": tables.Follow,
    "digests": tables.Digest,
    "digest_items": tables.DigestItem,
    "businesses": tables.BusinessRow,
    "people": tables.Person,
    "members": tables.Membership,
    "effects": tables.Effect,
}
_SELECT = {
    name: select(table.__table__).order_by(*table.__table__.primary_key.columns)
    for name, table in KEPT.items()
}
_EVENTS = tables.Event.__table__
_ALL_EVENTS = select(_EVENTS).order_by(_EVENTS.c.seq)
_HEAD = select(tables.JournalHead.__table__)


@dataclass(kw_only=True)
class Look:
    """The rows, the journal, and who may act for which business (`admins`).

    `rows` are as the store holds them; `events` are all of the journal, `new` and `fresh` are the events and
    effects of this step.
    """

    model: Model
    now: datetime
    real: datetime
    rows: dict[str, list[Any]] = field(default_factory=dict)
    events: list[Any] = field(default_factory=list)
    head: Any = None
    before: Look | None = None
    admins: frozenset[tuple[str, str]] = frozenset()

    def __getattr__(self, name: str) -> list[Any]:
        if name in KEPT:
            return self.__dict__["rows"][name]
        raise AttributeError(name)

    @property
    def new(self) -> list[Any]:
        return self.events[len(self.before.events) if self.before else 0 :]

    @property
    def fresh(self) -> list[Any]:
        known = {row.id for row in self.before.effects} if self.before else set()
        return [row for row in self.effects if row.id not in known]

    def by_id(self, name: str) -> dict[str, Any]:
        return {row.id: row for row in self.rows[name]}

    def of(self, name: str, **where: Any) -> list[Any]:
        return [
            row for row in self.rows[name] if all(getattr(row, key) == value for key, value in where.items())
        ]

    def new_rows(self, name: str, *key: str) -> list[Any]:
        known = (
            {tuple(getattr(row, one) for one in key) for row in self.before.rows[name]} if self.before else ()
        )
        return [row for row in self.rows[name] if tuple(getattr(row, one) for one in key) not in known]

    def could_act(self, person: str, business: str) -> bool:
        """Whether somebody was allowed to act for a business at some moment of the step."""
        had = self.before.admins if self.before else frozenset()
        return (person, business) in self.admins | had


def current_admins(model: Model) -> frozenset[tuple[str, str]]:
    """Return who may act for which business now, as the model has it."""
    return frozenset(
        (person.id, business)
        for business in model.businesses
        for person in model.admins(business)
        if model.is_known(person)
    )


def look(database: Database, model: Model, *, now: datetime, real: datetime, before: Look | None) -> Look:
    """Read all of it, in one transaction."""

    def read(tx: Tx) -> Look:
        return Look(
            model=model,
            now=now,
            real=real,
            rows={name: tx.all(statement) for name, statement in _SELECT.items()},
            events=tx.all(_ALL_EVENTS),
            head=tx.one(_HEAD),
            before=before,
            admins=current_admins(model),
        )

    if before is not None:
        before.before = None  # one step back is enough
    return database.read_sync(read)


def unpacked(stored: str | None) -> frozenset[str] | None:
    """Tasks as a set; None stays None."""
    return None if stored is None else frozenset(filter(None, stored.split(",")))


def only(rows: Iterable[Any]) -> Any:
    (row,) = rows
    return row
