"""A request keeps the approvals that its deciding business asked for, so that no setting lowers them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("request", sa.Column("quorum", sa.Integer(), server_default="1", nullable=False))
    # What an open request needed so far, it goes on needing.
    op.execute("UPDATE request SET quorum = required_approvals")


def downgrade() -> None:
    op.drop_column("request", "quorum")
