"""People are found by their Slack id alone, too: it is the same in all workspaces of an organisation."""

from __future__ import annotations

from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("person_by_user", "person")
    op.create_index("person_by_user", "person", ["user_id", "team_id"])


def downgrade() -> None:
    op.drop_index("person_by_user", "person")
    op.create_index("person_by_user", "person", ["team_id", "user_id"])
