"""Access reviews: what an owner looks through, what holders are asked, and when a business does so next."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from bot.store.types import UTCDateTime

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("business") as business:
        business.add_column(sa.Column("review_days", sa.Integer(), server_default="90", nullable=False))
        business.add_column(sa.Column("review_silence", sa.Text(), server_default="KEEP", nullable=False))
        business.add_column(sa.Column("reviewed_at", UTCDateTime(), nullable=True))
        business.create_check_constraint(
            "review_silence_known", "review_silence IN ('KEEP', 'MONTH', 'WEEK')"
        )
        business.create_check_constraint("review_days_not_negative", "review_days >= 0")
    _index("business_review", "business", ["review_days", "reviewed_at"], "reviewed_at IS NOT NULL")
    _schedule()
    op.create_table(
        "review",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("business_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("silence", sa.Text(), nullable=False),
        sa.Column("left_out", sa.Integer(), nullable=False),
        sa.Column("opened_at", UTCDateTime(), nullable=False),
        sa.Column("opened_by", sa.Text(), nullable=True),
        sa.Column("deadline_at", UTCDateTime(), nullable=False),
        sa.Column("due_at", UTCDateTime(), nullable=True),
        sa.Column("closed_at", UTCDateTime(), nullable=True),
        sa.CheckConstraint("state IN ('OPEN', 'CLOSED')", name="state_known"),
        sa.CheckConstraint("silence IN ('KEEP', 'MONTH', 'WEEK')", name="silence_known"),
        sa.CheckConstraint("(state = 'CLOSED') = (closed_at IS NOT NULL)", name="closed_when_closed"),
        sa.CheckConstraint("(state = 'OPEN') = (due_at IS NOT NULL)", name="due_while_open"),
        sa.ForeignKeyConstraint(["business_id"], ["business.id"]),
        sa.ForeignKeyConstraint(["opened_by"], ["person.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    _index("review_open_once", "review", ["business_id"], "state = 'OPEN'", unique=True)
    op.create_index("review_of_business", "review", ["business_id", "opened_at"])
    _index("review_due", "review", ["due_at"], "due_at IS NOT NULL")
    op.create_table(
        "review_item",
        sa.Column("review_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("grant_id", sa.Text(), nullable=False),
        sa.Column("holder_id", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", UTCDateTime(), nullable=True),
        sa.Column("ends_at", UTCDateTime(), nullable=True),
        sa.CheckConstraint(
            "outcome IS NULL OR outcome IN ('KEPT', 'SHORTENED', 'REMOVED', 'GIVEN_BACK', 'OVER')",
            name="outcome_known",
        ),
        sa.CheckConstraint("(outcome IS NULL) = (decided_at IS NULL)", name="decided_with_outcome"),
        sa.CheckConstraint("ends_at IS NULL OR outcome = 'SHORTENED'", name="ends_when_shortened"),
        sa.ForeignKeyConstraint(["review_id"], ["review.id"]),
        sa.ForeignKeyConstraint(["grant_id"], ["grant_.id"]),
        sa.ForeignKeyConstraint(["holder_id"], ["business.id"]),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"]),
        sa.PrimaryKeyConstraint("review_id", "position"),
    )
    _index("review_item_open_once", "review_item", ["grant_id"], "outcome IS NULL", unique=True)
    op.create_index("review_item_by_grant", "review_item", ["grant_id", "decided_at"])
    op.create_index("review_item_by_holder", "review_item", ["review_id", "holder_id", "outcome"])
    op.create_table(
        "review_question",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("review_id", sa.Text(), nullable=False),
        sa.Column("holder_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("need", sa.Text(), nullable=True),
        sa.Column("answers", sa.Integer(), nullable=False),
        sa.Column("answered_by", sa.Text(), nullable=True),
        sa.Column("answered_at", UTCDateTime(), nullable=True),
        sa.Column("due_at", UTCDateTime(), nullable=True),
        sa.CheckConstraint("need IS NULL OR need IN ('WORKS', 'BROKEN')", name="need_known"),
        sa.CheckConstraint("(need IS NULL) = (answered_at IS NULL)", name="answered_with_need"),
        sa.ForeignKeyConstraint(["review_id"], ["review.id"]),
        sa.ForeignKeyConstraint(["holder_id"], ["business.id"]),
        sa.ForeignKeyConstraint(["answered_by"], ["person.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("review_id", "holder_id", name="review_question_once"),
    )
    _index("review_question_due", "review_question", ["due_at"], "due_at IS NOT NULL")


def downgrade() -> None:
    op.drop_table("review_question")
    op.drop_table("review_item")
    op.drop_table("review")
    op.drop_index("business_review", table_name="business")
    with op.batch_alter_table("business") as business:
        business.drop_constraint("review_silence_known", type_="check")
        business.drop_constraint("review_days_not_negative", type_="check")
        business.drop_column("reviewed_at")
        business.drop_column("review_silence")
        business.drop_column("review_days")


def _schedule() -> None:
    """Have what businesses have given so far be reviewed in three months, not the moment this is installed."""
    business = sa.table("business", sa.column("id"), sa.column("reviewed_at", UTCDateTime()))
    grant = sa.table("grant_", sa.column("owner_id"), sa.column("state"))
    given = sa.select(grant.c.owner_id).where(grant.c.state == "ACTIVE")
    op.execute(
        business.update()
        .where(business.c.id.in_(given))
        .values(reviewed_at=sa.bindparam("now", datetime.now(UTC), type_=UTCDateTime()))
    )


def _index(name: str, table: str, columns: list[str], where: str, *, unique: bool = False) -> None:
    condition = sa.text(where)
    op.create_index(name, table, columns, unique=unique, sqlite_where=condition, postgresql_where=condition)
