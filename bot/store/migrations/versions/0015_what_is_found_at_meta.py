"""What is found at Meta that the record does not say, and how far each business has been compared."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.store.types import UTCDateTime

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "finding",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Text(), nullable=False),
        sa.Column("asset_id", sa.Text(), nullable=False),
        sa.Column("holder_id", sa.Text(), nullable=False),
        sa.Column("holder_name", sa.Text(), nullable=False),
        sa.Column("tasks", sa.Text(), nullable=False),
        sa.Column("found_at", UTCDateTime(), nullable=False),
        sa.Column("remedy", sa.Text(), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("ignored_until", UTCDateTime(), nullable=True),
        sa.Column("obstacle", sa.Text(), nullable=True),
        sa.Column("draft_id", sa.Text(), nullable=True),
        sa.Column("over_at", UTCDateTime(), nullable=True),
        sa.CheckConstraint("kind IN ('OUTSIDE', 'WIDENED', 'LEFT', 'GONE')", name="kind_known"),
        sa.CheckConstraint("state IN ('OPEN', 'IGNORED', 'ACTING', 'CLOSED')", name="state_known"),
        sa.CheckConstraint(
            "remedy IS NULL OR remedy IN ('ADOPT', 'REVOKE', 'PUT_BACK', 'RECORD', 'IGNORE')",
            name="remedy_known",
        ),
        sa.CheckConstraint("(state = 'CLOSED') = (over_at IS NOT NULL)", name="over_when_over"),
        sa.CheckConstraint("(state = 'IGNORED') = (ignored_until IS NOT NULL)", name="ignored_until_a_day"),
        sa.CheckConstraint("tasks <> ''", name="differs"),
        sa.ForeignKeyConstraint(["owner_id"], ["business.id"]),
        sa.ForeignKeyConstraint(["asset_id"], ["asset.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    is_open = sa.text("state <> 'CLOSED'")
    op.create_index(
        "finding_open_once",
        "finding",
        ["asset_id", "holder_id", "kind"],
        unique=True,
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
    is_ignored = sa.text("ignored_until IS NOT NULL")
    op.create_index(
        "finding_ignored",
        "finding",
        ["ignored_until"],
        sqlite_where=is_ignored,
        postgresql_where=is_ignored,
    )
    op.create_table(
        "comparison",
        sa.Column("business_id", sa.Text(), nullable=False),
        sa.Column("due_at", UTCDateTime(), nullable=False),
        sa.Column("done_to", sa.Text(), nullable=False),
        sa.Column("done_at", UTCDateTime(), nullable=True),
        sa.Column("unread", sa.Integer(), nullable=False),
        sa.Column("unread_why", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["business_id"], ["business.id"]),
        sa.PrimaryKeyConstraint("business_id"),
    )
    op.create_index("comparison_due", "comparison", ["due_at"])
    op.execute(
        "INSERT INTO comparison (business_id, due_at, done_to, unread) "
        "SELECT business_id, connected_at, '', 0 FROM connection"
    )


def downgrade() -> None:
    op.drop_index("comparison_due", "comparison")
    op.drop_table("comparison")
    op.drop_index("finding_ignored", "finding")
    op.drop_index("finding_open_once", "finding")
    op.drop_table("finding")
