"""Assets are created: how they are set up, and what an employee prepared for the admins to create."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.store.types import UTCDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "asset_setup",
        sa.Column("asset_id", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("timezone_id", sa.Integer(), nullable=True),
        sa.Column("end_advertiser", sa.Text(), nullable=True),
        sa.Column("media_agency", sa.Text(), nullable=True),
        sa.Column("partner", sa.Text(), nullable=True),
        sa.Column("invoice", sa.Boolean(), nullable=False),
        sa.Column("funding_source", sa.Text(), nullable=True),
        sa.Column("ad_account_id", sa.Text(), nullable=True),
        sa.Column("incomplete", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["asset_id"], ["asset.id"]),
        sa.PrimaryKeyConstraint("asset_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "creation",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("business_id", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=True),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("asset_id", sa.Text(), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("expires_at", UTCDateTime(), nullable=False),
        sa.Column("over_at", UTCDateTime(), nullable=True),
        sa.Column("over_by", sa.Text(), nullable=True),
        sa.CheckConstraint("state IN ('WAITING', 'CREATED', 'DROPPED', 'EXPIRED')", name="state_known"),
        sa.CheckConstraint("(state = 'CREATED') = (asset_id IS NOT NULL)", name="created_as_an_asset"),
        sa.CheckConstraint("(state = 'WAITING') = (over_at IS NULL)", name="over_when_over"),
        sa.ForeignKeyConstraint(["business_id"], ["business.id"]),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"]),
        sa.ForeignKeyConstraint(["over_by"], ["person.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("creation_due", "creation", ["state", "expires_at"])
    op.create_index("creation_by_business", "creation", ["business_id", "state", "over_at"])
    op.create_index("creation_by_author", "creation", ["author_id", "form"], unique=True)
    op.create_index("creation_by_asset", "creation", ["asset_id"])


def downgrade() -> None:
    op.drop_table("creation")
    op.drop_table("asset_setup")
