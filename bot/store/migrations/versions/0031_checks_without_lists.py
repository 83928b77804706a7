"""The known values of a column are compared one by one, which on SQLite costs a written row less than a list.

On SQLite the texts of the tables are changed where they are kept, as its documentation has it for checks: no
row is read or written. An SQLite in defensive mode, such as the one that comes with macOS, takes no such change:
there the lists stay, which mean the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import sqlalchemy as sa
from alembic import op
from sqlalchemy.exc import OperationalError

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

_LIST = re.compile(r"(?<=_known CHECK \()(?:\w+ IS NULL OR )?(\w+) IN \(('\w+'(?:, '\w+')*)\)")
_ONE_BY_ONE = re.compile(r"(?<=_known CHECK \()(\w+) = '\w+'(?: OR \1 = '\w+')+")
_VALUE = re.compile(r"'(\w+)'")


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _rewrite(_LIST, _one_by_one)
    else:
        _replace(_one_by_one)
    _effects_in_lane("state <> 'DONE' AND state <> 'SUPERSEDED' AND state <> 'DEAD'")


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _rewrite(_ONE_BY_ONE, _list)
    else:
        _replace(_list)
    _effects_in_lane("state IN ('WAITING', 'SENDING', 'PARKED')")


def _one_by_one(column: str, values: list[str]) -> str:
    return " OR ".join(f"{column} = '{value}'" for value in values)


def _list(column: str, values: list[str]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


def _effects_in_lane(condition: str) -> None:
    op.drop_index("effect_lane", "effect")
    where = sa.text(condition)
    op.create_index("effect_lane", "effect", ["lane", "id"], sqlite_where=where, postgresql_where=where)


def _rewrite(old: re.Pattern[str], new: Callable[[str, list[str]], str]) -> None:
    """Change the checks in the texts of SQLite's tables."""
    connection = op.get_bind()
    texts = connection.execute(sa.text("SELECT name, sql FROM sqlite_schema WHERE type = 'table'")).all()
    connection.execute(sa.text("PRAGMA writable_schema = ON"))
    try:
        for name, sql in texts:
            connection.execute(
                sa.text("UPDATE sqlite_schema SET sql = :sql WHERE type = 'table' AND name = :name"),
                {"name": name, "sql": old.sub(lambda found: new(found[1], _VALUE.findall(found[0])), sql)},
            )
    except OperationalError as error:
        if "may not be modified" not in str(error.orig):
            raise
        return
    # Others that have the file open read the tables again once this number has changed.
    version = connection.execute(sa.text("PRAGMA schema_version")).scalar_one()
    connection.execute(sa.text(f"PRAGMA schema_version = {version + 1}"))
    connection.execute(sa.text("PRAGMA writable_schema = RESET"))


def _replace(new: Callable[[str, list[str]], str]) -> None:
    """Make PostgreSQL's checks again."""
    inspector = sa.inspect(op.get_bind())
    for table in inspector.get_table_names():
        for check in inspector.get_check_constraints(table):
            name = check["name"] or ""
            if name.endswith("_known"):
                op.drop_constraint(name, table, type_="check")
                condition = new(name.removesuffix("_known"), _VALUE.findall(check["sqltext"]))
                op.create_check_constraint(name, table, condition)
