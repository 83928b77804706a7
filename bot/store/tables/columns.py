"""What the tables are made with: checks, keys, and conditions of partial indexes."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index, Integer, TextClause, text
from sqlmodel import SQLModel


def table_of(record: type[SQLModel]) -> Any:
    """Return the table of a record, of which statements are made."""
    return record.__table__  # type: ignore[attr-defined]  # SQLModel does not declare it


def one_of(column: str, values: type[StrEnum]) -> CheckConstraint:
    """Allow the values of an enum and no others in a text column; NULL too, where the column can be NULL."""
    # Not IN: SQLite makes a temporary table of a list of more than two, for each row that is written.
    listed = " OR ".join(f"{column} = '{value}'" for value in values)
    return CheckConstraint(listed, name=f"{column}_known")


def counted() -> Any:
    """Return the type of a key that the database itself counts up."""
    # On SQLite AUTOINCREMENT exists for INTEGER alone; on PostgreSQL 32 bits would run out.
    return BigInteger().with_variant(Integer, "sqlite")


IN_ITS_KEY = {"sqlite_with_rowid": False}
"""On SQLite a small row that is found by its key lies in the key's own tree: one tree to search and to write
instead of two."""


class Condition:
    """The condition of a partial index, written once for the index and for the queries that use it.

    SQLite uses a partial index only where a query repeats its condition with no parameter in it; PostgreSQL
    stops using it once it keeps one plan for all values. `sql` has `{t}` before each column.
    """

    def __init__(self, sql: str) -> None:
        self._sql = sql

    def __str__(self) -> str:
        """Return the condition over the bare columns."""
        return self._sql.format(t="")

    def __call__(self, table: Any) -> TextClause:
        """Return the condition over a table or an alias of it, for a query."""
        return text(self._sql.format(t=f"{table.name}."))

    def index(self, name: str, *columns: str, unique: bool = False) -> Index:
        """Return the partial index of the rows for which it holds."""
        where = text(str(self))
        return Index(name, *columns, unique=unique, sqlite_where=where, postgresql_where=where)


def due(name: str, column: str) -> Index:
    """Index the rows for which the clock has something to do, and no others."""
    return Condition(f"{{t}}{column} IS NOT NULL").index(name, column)


def not_by_index(column: Any) -> Any:
    """Return a text column so that no index of it is used, where the planner would pick the wrong one."""
    return column.concat("")
