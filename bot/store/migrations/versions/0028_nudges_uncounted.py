"""A nudge no longer counts the digests that it stood in: the journal says so."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("nudge") as nudge:
        nudge.drop_column("sent")


def downgrade() -> None:
    op.add_column("nudge", sa.Column("sent", sa.Integer(), nullable=False, server_default="0"))
