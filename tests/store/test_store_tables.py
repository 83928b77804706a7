from __future__ import annotations

import ast
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from sqlalchemy import select

from bot.store import tables
from bot.store.drivers.postgresql import PLANS as POSTGRESQL
from bot.store.drivers.sqlite import PLANS as SQLITE
from bot.store.migrations import migrate

ROOT = Path(__file__).parents[2]
RAW = {"text", "literal_column", "TextClause"}
WITHOUT_CONDITION = {"SELECT clock_timestamp() AS at", "SELECT version_num FROM alembic_version"}


def raw_sql(path: Path) -> Iterator[str]:
    """Yield the raw SQL of a module: each call of what it imports for that from SQLAlchemy."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sqlalchemy")
        for alias in node.names
        if alias.name in RAW
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = node.func
            if (isinstance(called, ast.Name) and called.id in names) or (
                isinstance(called, ast.Attribute)
                and called.attr in RAW
                and ast.unparse(called.value) in {"sa", "sqlalchemy"}
            ):
                yield ast.literal_eval(node.args[0]) if isinstance(node.args[0], ast.Constant) else "?"


def test_a_condition_in_raw_sql_stands_with_the_tables_alone():
    ours = [path for top in ("bot", "handlers") for path in (ROOT / top).rglob("*.py")]
    store = ROOT / "bot" / "store"
    elsewhere = [
        path
        for path in ours
        if not path.is_relative_to(store / "tables") and not path.is_relative_to(store / "migrations")
    ]
    found = {(path.name, sql) for path in elsewhere for sql in raw_sql(path)}
    assert found == {("database.py", sql) for sql in WITHOUT_CONDITION}


def test_a_condition_is_the_same_in_an_index_and_in_a_query_over_an_alias():
    effect = tables.table_of(tables.Effect)
    index = next(index for index in effect.indexes if index.name == "effect_due")
    where = index.dialect_options["sqlite"]["where"]
    assert str(where) == str(index.dialect_options["postgresql"]["where"]) == "state = 'WAITING'"
    for table, name in ((effect, "effect"), (effect.alias("waiting"), "waiting")):
        query = select(table.c.id).where(tables.EFFECT_WAITS(table))
        for plans in (SQLITE, POSTGRESQL):
            assert plans(query).text.endswith(f"WHERE {name}.state = 'WAITING'")


def test_sqlite_makes_no_table_for_a_row_that_is_written(tmp_path: Path) -> None:
    """As it does for a check or a partial index with IN and more than two values."""
    migrate(f"sqlite:///{tmp_path / 'empty.db'}")
    with closing(sqlite3.connect(tmp_path / "empty.db")) as connection:
        connection.execute("CREATE TABLE listed (x TEXT CHECK (x IN ('a', 'b', 'c')))")
        names = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
        made = set()
        for (name,) in names:
            columns = connection.execute(f"SELECT name FROM pragma_table_info('{name}')").fetchall()
            wanted = ", ".join("?" for _ in columns)
            steps = connection.execute(
                f"EXPLAIN INSERT INTO {name} VALUES ({wanted})", [None for _ in columns]
            )
            if any(step[1] == "OpenEphemeral" for step in steps):
                made.add(name)
    assert made == {"listed"}
