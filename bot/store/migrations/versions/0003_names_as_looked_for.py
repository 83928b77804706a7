"""Names are kept as they are looked for too: in one case and without accents, whatever the database can do."""

from __future__ import annotations

import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_TABLES = ("business", "person", "asset")


def upgrade() -> None:
    connection = op.get_bind()
    for table in _TABLES:
        op.add_column(table, sa.Column("folded", sa.Text(), server_default="", nullable=False))
        names = sa.table(
            table, sa.column("id", sa.Text), sa.column("name", sa.Text), sa.column("folded", sa.Text)
        )
        found = connection.execute(sa.select(names.c.id, names.c.name)).all()
        if found:
            connection.execute(
                sa.update(names)
                .where(names.c.id == sa.bindparam("the_id"))
                .values(folded=sa.bindparam("new")),
                [{"the_id": row.id, "new": _folded(row.name)} for row in found],
            )


def downgrade() -> None:
    for table in _TABLES:
        op.drop_column(table, "folded")


def _folded(name: str) -> str:
    """Fold a name as the program did when this was written: a later one folds anew in a migration of its own."""
    pieces = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", name).casefold())
    kept = "".join(char for char in pieces if unicodedata.category(char) not in {"Mn", "Cf"})
    return kept.replace("\u0131", "i")
