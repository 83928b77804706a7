"""Requests that a business keeps under a name."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.store.types import UTCDateTime

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bundle",
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("business_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.Column("saved_by", sa.Text(), nullable=False),
        sa.Column("saved_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["request_id"], ["request.id"]),
        sa.ForeignKeyConstraint(["business_id"], ["business.id"]),
        sa.ForeignKeyConstraint(["saved_by"], ["person.id"]),
        sa.PrimaryKeyConstraint("request_id"),
    )
    op.create_index("bundle_by_name", "bundle", ["business_id", "folded"], unique=True)


def downgrade() -> None:
    op.drop_index("bundle_by_name", table_name="bundle")
    op.drop_table("bundle")
