"""Until when a looser policy can be confirmed. What was proposed so far is looked at once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.store.types import UTCDateTime

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("business", sa.Column("proposal_ends_at", UTCDateTime(), nullable=True))
    op.execute(
        "UPDATE business SET proposal_ends_at = created_at WHERE id IN "
        "(SELECT subject_id FROM event WHERE kind = 'business.loosened')"
    )
    is_due = sa.text("proposal_ends_at IS NOT NULL")
    op.create_index(
        "business_proposal",
        "business",
        ["proposal_ends_at"],
        sqlite_where=is_due,
        postgresql_where=is_due,
    )


def downgrade() -> None:
    op.drop_index("business_proposal", table_name="business")
    with op.batch_alter_table("business") as business:
        business.drop_column("proposal_ends_at")
