"""Statements on whole tables, each made once: the store compiles every statement object that it is given."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy import Insert, Select, Update, bindparam, insert, select, update
from sqlalchemy.sql.elements import ColumnElement

_NEW = "new_"


@cache
def insert_into(table: type[Any]) -> Insert:
    return insert(table.__table__)


def rows_of(table: Any, **where: Any) -> Select[Any]:
    """All rows with these values, in the order of the table's key. It takes `given(where)`."""
    return _rows_of(table, _shape(where))


def change(table: type[Any], where: Mapping[str, Any], values: Mapping[str, Any]) -> Update:
    """Set values where others are. It takes `given(where, values)`."""
    return _change(table, _shape(where), tuple(values))


def given(where: Mapping[str, Any], values: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The parameters: what is looked for but for None, and what is set."""
    looked_for = {name: value for name, value in where.items() if value is not None}
    return looked_for | {f"{_NEW}{name}": value for name, value in (values or {}).items()}


_Shape = tuple[tuple[str, bool], ...]


def _shape(where: Mapping[str, Any]) -> _Shape:
    return tuple((name, value is None) for name, value in where.items())


def _conditions(table: Any, where: _Shape) -> list[ColumnElement[bool]]:
    return [
        table.c[name].is_(None) if is_null else table.c[name] == bindparam(name) for name, is_null in where
    ]


@cache
def _rows_of(table: Any, where: _Shape) -> Select[Any]:
    found = getattr(table, "__table__", table)
    return select(found).where(*_conditions(found, where)).order_by(*found.primary_key.columns)


@cache
def _change(table: type[Any], where: _Shape, names: tuple[str, ...]) -> Update:
    found = table.__table__
    values = {name: bindparam(f"{_NEW}{name}", type_=found.c[name].type) for name in names}
    return update(found).where(*_conditions(found, where)).values(values)
