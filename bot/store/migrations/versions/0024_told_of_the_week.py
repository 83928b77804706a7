"""When each business is next told of its week. Those there are hear of it in their next working hours."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.store.types import UTCDateTime

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("business", sa.Column("weekly_at", UTCDateTime(), nullable=True))
    op.execute("UPDATE business SET weekly_at = created_at")
    is_due = sa.text("weekly_at IS NOT NULL")
    op.create_index(
        "business_weekly", "business", ["weekly_at"], sqlite_where=is_due, postgresql_where=is_due
    )


def downgrade() -> None:
    op.drop_index("business_weekly", table_name="business")
    with op.batch_alter_table("business") as business:
        business.drop_column("weekly_at")
