"""Businesses that are connected to Meta, and grants that Meta is asked to put in force."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.store.types import UTCDateTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_BEFORE = "kind IN ('POST_CARD', 'UPDATE_CARD', 'POST_NOTICE', 'CHECK_PERSON', 'PUBLISH_HOME')"
_NOW = "kind IN ('POST_CARD', 'UPDATE_CARD', 'POST_NOTICE', 'CHECK_PERSON', 'PUBLISH_HOME', 'META_ACCESS')"


def upgrade() -> None:
    _effects_are(_NOW)
    op.add_column("grant_", sa.Column("asked_at", UTCDateTime(), nullable=True))
    op.add_column("grant_", sa.Column("obstacle", sa.Text(), nullable=True))
    op.add_column("grant_", sa.Column("look_at", UTCDateTime(), nullable=True))
    is_due = sa.text("look_at IS NOT NULL")
    op.create_index("grant_look", "grant_", ["look_at"], sqlite_where=is_due, postgresql_where=is_due)
    op.create_table(
        "connection",
        sa.Column("business_id", sa.Text(), nullable=False),
        sa.Column("ciphertext", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("connected_at", UTCDateTime(), nullable=False),
        sa.Column("connected_by", sa.Text(), nullable=True),
        sa.CheckConstraint("state IN ('CONNECTED', 'BROKEN')", name="state_known"),
        sa.ForeignKeyConstraint(["business_id"], ["business.id"]),
        sa.ForeignKeyConstraint(["connected_by"], ["person.id"]),
        sa.PrimaryKeyConstraint("business_id"),
    )


def downgrade() -> None:
    op.drop_table("connection")
    op.drop_index("grant_look", table_name="grant_")
    for column in ("look_at", "obstacle", "asked_at"):
        op.drop_column("grant_", column)
    op.execute("DELETE FROM effect WHERE kind = 'META_ACCESS'")
    _effects_are(_BEFORE)


def _effects_are(known: str) -> None:
    with op.batch_alter_table("effect") as effect:
        effect.drop_constraint("kind_known", type_="check")
        effect.create_check_constraint("kind_known", known)
