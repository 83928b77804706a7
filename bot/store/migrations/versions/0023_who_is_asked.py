"""Who is asked first to decide, who then, and who stands in for whom."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.store.types import UTCDateTime

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "named_approver",
        sa.Column("business_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("turn", sa.Text(), nullable=False),
        sa.CheckConstraint("turn IN ('FIRST', 'BACKUP')", name="turn_known"),
        sa.ForeignKeyConstraint(["business_id"], ["business.id"]),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.PrimaryKeyConstraint("business_id", "person_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "escalation",
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("unanswered", sa.Text(), nullable=False),
        sa.Column("asked", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["request_id"], ["request.id"]),
        sa.PrimaryKeyConstraint("request_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "stand_in",
        sa.Column("business_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("stand_in_id", sa.Text(), nullable=False),
        sa.Column("from_day", sa.Text(), nullable=False),
        sa.Column("until_day", sa.Text(), nullable=False),
        sa.Column("due_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["business_id"], ["business.id"]),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.ForeignKeyConstraint(["stand_in_id"], ["person.id"]),
        sa.PrimaryKeyConstraint("business_id", "person_id"),
    )
    op.create_index("stand_in_due", "stand_in", ["due_at"])
    op.create_index("stand_in_by_person", "stand_in", ["person_id"])
    op.create_index("stand_in_by_stand_in", "stand_in", ["stand_in_id"])
    op.add_column("digest_item", sa.Column("for_id", sa.Text(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("digest_item") as digest_item:
        digest_item.drop_column("for_id")
    op.drop_table("stand_in")
    op.drop_table("escalation")
    op.drop_table("named_approver")
