"""Where the journal is sent to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_BEFORE = (
    "kind IN ('POST_CARD', 'UPDATE_CARD', 'POST_NOTICE', 'CHECK_PERSON', 'PUBLISH_HOME', 'META_ACCESS', "
    "'META_ENFORCE')"
)
_NOW = _BEFORE.replace(")", ", 'SEND_EVENTS')")


def upgrade() -> None:
    _effects_are(_NOW)
    op.create_table(
        "webhook",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("taken", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    is_on = sa.text("is_on")
    op.create_index("webhook_on", "webhook", ["taken"], sqlite_where=is_on, postgresql_where=is_on)


def downgrade() -> None:
    op.drop_table("webhook")
    op.execute("DELETE FROM effect WHERE kind = 'SEND_EVENTS'")
    _effects_are(_BEFORE)


def _effects_are(known: str) -> None:
    with op.batch_alter_table("effect") as effect:
        effect.drop_constraint("kind_known", type_="check")
        effect.create_check_constraint("kind_known", known)
