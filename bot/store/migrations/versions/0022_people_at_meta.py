"""Who a member is among the business's people at Meta."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("membership", sa.Column("at_meta", sa.Text(), nullable=True))
    op.create_index("membership_at_meta", "membership", ["business_id", "at_meta"], unique=True)


def downgrade() -> None:
    op.drop_index("membership_at_meta", table_name="membership")
    with op.batch_alter_table("membership") as membership:
        membership.drop_column("at_meta")
