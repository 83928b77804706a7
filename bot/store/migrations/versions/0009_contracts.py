"""Contracts between two businesses: when each says that theirs ends."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.store.types import UTCDateTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "contract",
        sa.Column("business_id", sa.Text(), nullable=False),
        sa.Column("other_id", sa.Text(), nullable=False),
        sa.Column("ends_at", UTCDateTime(), nullable=True),
        sa.Column("days", sa.Integer(), nullable=True),
        sa.Column("set_by", sa.Text(), nullable=True),
        sa.Column("set_at", UTCDateTime(), nullable=True),
        sa.Column("due_at", UTCDateTime(), nullable=True),
        sa.Column("closed_at", UTCDateTime(), nullable=True),
        sa.CheckConstraint("(ends_at IS NULL) = (days IS NULL)", name="ends_with_days"),
        sa.ForeignKeyConstraint(["business_id"], ["business.id"]),
        sa.ForeignKeyConstraint(["other_id"], ["business.id"]),
        sa.ForeignKeyConstraint(["set_by"], ["person.id"]),
        sa.PrimaryKeyConstraint("business_id", "other_id"),
    )
    is_due = sa.text("due_at IS NOT NULL")
    op.create_index("contract_due", "contract", ["due_at"], sqlite_where=is_due, postgresql_where=is_due)


def downgrade() -> None:
    op.drop_table("contract")
