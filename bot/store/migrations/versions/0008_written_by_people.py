"""Who decides on a claim acts for no business: what they write about it is of none."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("comment") as comment:
        comment.alter_column("business_id", existing_type=sa.Text(), nullable=True)


def downgrade() -> None:
    op.execute("DELETE FROM comment WHERE business_id IS NULL")
    with op.batch_alter_table("comment") as comment:
        comment.alter_column("business_id", existing_type=sa.Text(), nullable=False)
