"""Grants that go on under another owner, and those that end because their holder owns the account."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.store.types import UTCDateTime

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_BEFORE = ("REACHED", "REVOKED", "RELINQUISHED", "UNDONE")


def upgrade() -> None:
    _reasons_are((*_BEFORE, "OWNED"))
    op.add_column("grant_", sa.Column("passed_at", UTCDateTime(), nullable=True))


def downgrade() -> None:
    op.drop_column("grant_", "passed_at")
    op.execute("UPDATE grant_ SET end_reason = 'REACHED' WHERE end_reason = 'OWNED'")
    _reasons_are(_BEFORE)


def _reasons_are(known: tuple[str, ...]) -> None:
    with op.batch_alter_table("grant_") as grant:
        grant.drop_constraint("end_reason_known", type_="check")
        reasons = ", ".join(f"'{one}'" for one in known)
        grant.create_check_constraint("end_reason_known", f"end_reason IS NULL OR end_reason IN ({reasons})")
