"""The program that gave an approval or a decline, where one did; of earlier ones the journal says it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("decision", sa.Column("program", sa.Text(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("decision") as decision:
        decision.drop_column("program")
