"""What a person can reach is found by an index, however much others can."""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("assignment_by_person", "assignment", ["person_id", "business_id"])


def downgrade() -> None:
    op.drop_index("assignment_by_person", table_name="assignment")
