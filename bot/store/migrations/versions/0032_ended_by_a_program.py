"""The program that cancelled or declined a request, or that ended access, where one did."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("request", sa.Column("over_program", sa.Text(), nullable=True))
    op.add_column("grant_", sa.Column("ended_program", sa.Text(), nullable=True))
    op.execute(
        "UPDATE request SET over_program = (SELECT decision.program FROM decision"
        " WHERE decision.request_id = request.id AND NOT decision.approves)"
        " WHERE state = 'DECLINED'"
    )


def downgrade() -> None:
    op.drop_column("grant_", "ended_program")
    op.drop_column("request", "over_program")
