"""What becomes of an asset that its owner shares with a business through the API."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("business") as business:
        business.add_column(sa.Column("api_sharing", sa.Text(), server_default="AT_ONCE", nullable=False))
        business.create_check_constraint(
            "api_sharing_known", "api_sharing IN ('AT_ONCE', 'AFTER_ACCEPTANCE')"
        )


def downgrade() -> None:
    with op.batch_alter_table("business") as business:
        business.drop_constraint("api_sharing_known", type_="check")
        business.drop_column("api_sharing")
