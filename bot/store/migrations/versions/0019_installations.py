"""The app's installations in Slack."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.store.types import UTCDateTime

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "installation",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("is_org", sa.Boolean(), nullable=False),
        sa.Column("enterprise_id", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("bot_id", sa.Text(), nullable=False),
        sa.Column("bot_user_id", sa.Text(), nullable=False),
        sa.Column("ciphertext", sa.Text(), nullable=True),
        sa.Column("rotates_at", UTCDateTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("installed_at", UTCDateTime(), nullable=False),
        sa.Column("installed_by", sa.Text(), nullable=False),
        sa.Column("removed_at", UTCDateTime(), nullable=True),
        sa.CheckConstraint("(removed_at IS NULL) = (ciphertext IS NOT NULL)", name="tokens_until_removed"),
        sa.CheckConstraint("rotates_at IS NULL OR removed_at IS NULL", name="removed_rotates_no_more"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "installation_due",
        "installation",
        ["rotates_at"],
        sqlite_where=sa.text("rotates_at IS NOT NULL"),
        postgresql_where=sa.text("rotates_at IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("installation_due", table_name="installation")
    op.drop_table("installation")
