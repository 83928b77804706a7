"""All that a verb changed in the store, and nothing besides, as rows or told in lines."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime, timedelta
from typing import Any

import statements
from make import write

from bot.store import tables
from bot.store.database import Database, Tx

RowKey = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Changes:
    """The answer of a verb, whether it woke the worker, and the rows it changed, by their tables' names.

    Of a changed row the columns that are new, of a new one all, of one that is gone nothing.
    """

    answer: Any
    woke: bool
    rows: dict[str, dict[RowKey, dict[str, Any]]]

    def of(self, table: type[Any]) -> dict[RowKey, dict[str, Any]]:
        return self.rows.get(table.__table__.name, {})

    def put(self, table: type[Any], *columns: str) -> list[tuple[Any, ...]]:
        """These columns of the rows that are new, in their order."""
        whole = set(table.__table__.c.keys())
        new = [row for _, row in sorted(self.of(table).items()) if row.keys() == whole]
        return [tuple(row[column] for column in columns) for row in new]


def kept(database: Database, *which: type[Any]) -> dict[str, dict[RowKey, dict[str, Any]]]:
    def read(tx: Tx) -> dict[str, dict[RowKey, dict[str, Any]]]:
        found = {}
        for one in which:
            table = one.__table__
            key = [column.name for column in table.primary_key.columns]
            rows = [row._asdict() for row in tx.all(statements.rows_of(one))]
            found[table.name] = {tuple(row[name] for name in key): row for row in rows}
        return found

    return database.read_sync(read)


def changes(
    database: Database, verb: Callable[..., Any], /, *args: Any, watch: tuple[type[Any], ...], **kwargs: Any
) -> Changes:
    """Run a verb and return what it changed in the tables that are watched."""
    before = kept(database, *watch)
    answer, woke = write(database, lambda tx: (verb(tx, *args, **kwargs), tx.woken))
    after = kept(database, *watch)
    rows: dict[str, dict[RowKey, dict[str, Any]]] = {}
    for table, now in after.items():
        was = before[table]
        found = {
            key: {name: value for name, value in row.items() if key not in was or was[key][name] != value}
            for key, row in now.items()
        }
        found = {key: row for key, row in found.items() if row} | {key: {} for key in was.keys() - now.keys()}
        if found:
            rows[table] = found
    return Changes(answer, woke, rows)


# --- in lines, as a test states them -----------------------------------------------------------------

ALL = tuple(
    found
    for found in vars(tables).values()
    if hasattr(found, "__table__") and found.__table__.name not in {"journal_head", "inbox"}
)
_KEYS = {found.__table__.name: set(found.__table__.primary_key.columns.keys()) for found in ALL}
_COLUMNS = {found.__table__.name: len(found.__table__.columns) for found in ALL}
_HIDDEN = {
    "event": {"seq", "prev", "hash", "text_hash", "at", "source", "actor", "business_id", "counterpart_id"}
    | {"subject_kind", "subject_id", "from_state", "to_state", "kind", "data"},
    "effect": {"id", "lane", "put_at", "kind", "card_id", "subject_id", "version", "about", "due_at"},
}


class Told:
    """Tells in lines what a verb changed: each row that is new, changed or gone, with every column that says
    something. Ids become the names of what they are of, times are counted from `now`.
    """

    def __init__(self, database: Database, *, now: datetime, names: Mapping[str, str]) -> None:
        self.now = now
        self.stored = {
            table: database.read_sync(lambda tx, table=table: tx.all(statements.rows_of(table)))
            for table in (
                tables.Event,
                tables.Card,
                tables.Request,
                tables.Draft,
                tables.Digest,
                tables.Comment,
                tables.Person,
                tables.Creation,
                tables.ReviewQuestion,
            )
        }
        self.names = dict(names)
        counted: dict[str, int] = {}
        for event in sorted(self.stored[tables.Event], key=lambda row: row.seq):
            if event.subject_id not in self.names:
                counted[event.subject_kind] = counted.get(event.subject_kind, 0) + 1
                self.names[event.subject_id] = f"{event.subject_kind}-{counted[event.subject_kind]}"
        for row in (*self.stored[tables.Request], *self.stored[tables.Draft]):
            self.names[row.ref] = f"ref of {self.names[row.id]}"
        for kind in (tables.Digest, tables.Comment, tables.Person, tables.Creation, tables.ReviewQuestion):
            for row in self.stored[kind]:
                self.names.setdefault(row.id, f"the {kind.__tablename__}")
        for card in self.stored[tables.Card]:
            where = card.channel_id or card.user_id
            self.names[card.id] = f"{card.audience.lower()} card in {where}"

    def lines(self, did: Changes) -> list[str]:
        texts = {row["seq"]: row["text"] for row in did.of(tables.EventText).values() if row}
        found, puts = [], dict[str, list[str]]()
        for name, rows in did.rows.items():
            for key, row in rows.items():
                match name:
                    case "event":
                        found.append(self._event(row, texts.get(row["seq"])))
                    case "effect" if "kind" in row:
                        puts.setdefault(self._effect(row), []).append(self._where(row))
                    case "event_text" if row:  # told with its event
                        pass
                    case "event_text":
                        found.append(f"text of event {key[0]}: gone")
                    case _:
                        says = self._columns(name, row) or "new" if row else "gone"
                        found.append(f"{name} {'/'.join(map(self._value, key))}: {says}")
        events = [line for line in found if line.startswith("event ")]
        effects = [f"{effect}: {', '.join(sorted(where))}" for effect, where in sorted(puts.items())]
        rows = sorted(line for line in found if not line.startswith("event "))
        return [f"answer {self._answer(did.answer)}", *rows, *events, *effects]

    def _answer(self, answer: Any) -> str:
        if isinstance(answer, tuple):
            return " and ".join(map(self._answer, answer))
        if not is_dataclass(answer):
            return self._value(answer)
        says = {one.name: getattr(answer, one.name) for one in fields(answer)}
        told = (f"{name}={self._value(value)}" for name, value in says.items() if value not in (None, "", ()))
        return f"{type(answer).__name__}: {', '.join(told)}"

    def _event(self, row: Mapping[str, Any], text: str | None) -> str:
        actor, data = json.loads(row["actor"]), json.loads(row["data"])
        assert row["at"] == self.now
        by = f"{self._value(actor.get('person', actor['kind']))} {actor.get('role') or ''}".strip()
        sides = " to ".join(self._value(row[side]) for side in ("business_id", "counterpart_id") if row[side])
        move = f" {row['from_state']}>{row['to_state']}" if row["to_state"] else ""
        facts = "".join(f" {name}={self._value(value)}" for name, value in sorted(data.items()))
        said = "" if text is None else f" {text!r}"
        about = f"{row['subject_kind']} {self._value(row['subject_id'])}"
        version = f" v{row['version']}" if row["version"] else ""
        policy = f" policy {row['policy_version']}" if row["policy_version"] else ""
        return (
            f"event {row['kind']} of {about}{version}{move} by {by} ({row['source']})"
            f" for {sides or 'nobody'}{policy}:{facts}{said}"
        )

    def _effect(self, row: Mapping[str, Any]) -> str:
        assert row["put_at"] == self.now
        about = f" {self._value(row['about'])}" if row["about"] else ""
        return f"effect {row['kind']} v{row['version']}{about}"

    def _where(self, row: Mapping[str, Any]) -> str:
        return self._value(row["card_id"] or row["subject_id"])

    def _columns(self, name: str, row: Mapping[str, Any]) -> str:
        hidden = _HIDDEN.get(name, set())
        keys = _KEYS[name]
        is_new = len(row) == _COLUMNS[name]
        return ", ".join(
            f"{column}={self._value(value)}"
            for column, value in row.items()
            if column not in hidden
            and not (is_new and (value in (None, "") or value is False or column in keys))
        )

    def _value(self, value: Any) -> str:
        match value:
            case datetime():
                return "now" if value == self.now else f"now{_span(value - self.now)}"
            case dict():
                return "{" + ", ".join(f"{k}: {self._value(v)}" for k, v in sorted(value.items())) + "}"
            case frozenset():
                return "{" + ", ".join(sorted(value)) + "}"
            case list() | tuple():
                return "[" + ", ".join(map(self._value, value)) + "]"
            case _:
                text = str(value)
                for id_, name in self.names.items():
                    text = text.replace(id_, name)
                return text


def _span(much: timedelta) -> str:
    sign, much = ("-", -much) if much < timedelta(0) else ("+", much)
    hours, seconds = divmod(much.seconds, 3600)
    parts = [(much.days, "d"), (hours, "h"), (seconds // 60, "min"), (seconds % 60, "s")]
    rest = [f"{much.microseconds}us"] if much.microseconds else []
    return sign + " ".join([f"{number}{unit}" for number, unit in parts if number] + rest)
