"""What is created at Meta is on its way until Meta shows it."""

from __future__ import annotations

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_BEFORE = "state IN ('WAITING', 'CREATED', 'DROPPED', 'EXPIRED')"
_NOW = "state IN ('WAITING', 'CREATING', 'CREATED', 'DROPPED', 'EXPIRED', 'GIVEN_UP')"


def upgrade() -> None:
    _states_are(_NOW)


def downgrade() -> None:
    op.execute("DELETE FROM enforcement WHERE kind = 'CREATION'")
    op.execute("UPDATE creation SET state = 'DROPPED' WHERE state IN ('CREATING', 'GIVEN_UP')")
    _states_are(_BEFORE)


def _states_are(known: str) -> None:
    with op.batch_alter_table("creation") as creation:
        creation.drop_constraint("state_known", type_="check")
        creation.create_check_constraint("state_known", known)
