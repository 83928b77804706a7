"""What was decided about an asset's findings, found by when that was done."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    is_decided = sa.text("state = 'CLOSED' AND remedy IS NOT NULL")
    op.create_index(
        "finding_decided",
        "finding",
        ["asset_id", "over_at"],
        sqlite_where=is_decided,
        postgresql_where=is_decided,
    )


def downgrade() -> None:
    op.drop_index("finding_decided", "finding")
