"""What is put in force at Meta beside what grants give."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_BEFORE = "kind IN ('POST_CARD', 'UPDATE_CARD', 'POST_NOTICE', 'CHECK_PERSON', 'PUBLISH_HOME', 'META_ACCESS')"
_NOW = _BEFORE.replace(")", ", 'META_ENFORCE')")


def upgrade() -> None:
    _effects_are(_NOW)
    op.create_table(
        "enforcement",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("business_id", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("wanted", sa.Text(), nullable=False),
        sa.Column("in_force", sa.Text(), nullable=False),
        sa.Column("given", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("party", sa.Text(), nullable=True),
        sa.Column("obstacle", sa.Text(), nullable=True),
        sa.CheckConstraint("state IN ('PENDING', 'IN_FORCE', 'FAILED', 'STUCK')", name="state_known"),
        sa.CheckConstraint("state <> 'IN_FORCE' OR in_force = wanted", name="in_force_as_wanted"),
        sa.ForeignKeyConstraint(["business_id"], ["business.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("business_id", "kind", "subject_id", "about", name="enforcement_once"),
    )


def downgrade() -> None:
    op.drop_table("enforcement")
    op.execute("DELETE FROM effect WHERE kind = 'META_ENFORCE'")
    _effects_are(_BEFORE)


def _effects_are(known: str) -> None:
    with op.batch_alter_table("effect") as effect:
        effect.drop_constraint("kind_known", type_="check")
        effect.create_check_constraint("kind_known", known)
