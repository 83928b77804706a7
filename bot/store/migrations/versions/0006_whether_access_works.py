"""Who holds access is asked whether it works: the answer, and which reminders ask that."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.store.types import UTCDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # What was approved before is not asked about: it has worked or was complained of long ago.
    op.add_column("request", sa.Column("works", sa.Boolean(), nullable=True))
    op.add_column("request", sa.Column("works_at", UTCDateTime(), nullable=True))
    op.add_column("request", sa.Column("works_by", sa.Text(), nullable=True))
    op.add_column(
        "digest_item", sa.Column("is_question", sa.Boolean(), server_default=sa.false(), nullable=False)
    )


def downgrade() -> None:
    op.drop_column("digest_item", "is_question")
    for column in ("works_by", "works_at", "works"):
        op.drop_column("request", column)
