"""What the requesting side had with the deciding one when a request was made: kept with the request."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.store.types import UTCDateTime

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

_PAST = (
    "FROM request AS past WHERE past.requesting_id = request.requesting_id "
    "AND past.deciding_id = request.deciding_id "
    "AND (past.kind = request.kind OR past.owner_id = request.owner_id) "
    "AND past.created_at < request.created_at"
)
_LIVE = (
    "FROM grant_ WHERE grant_.owner_id = request.owner_id AND grant_.holder_id = request.holder_id "
    "AND grant_.state IN ('ACTIVE', 'ENDING', 'STUCK', 'ENDED') "
    "AND (grant_.ends_at IS NULL OR grant_.ends_at > request.created_at) "
    "AND grant_.starts_at < request.created_at "
    "AND (grant_.ended_at IS NULL OR grant_.ended_at >= request.created_at)"
)


def upgrade() -> None:
    op.add_column("request", sa.Column("past_requests", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("request", sa.Column("first_seen", UTCDateTime(), nullable=True))
    op.add_column("request", sa.Column("live_assets", sa.Integer(), nullable=False, server_default="0"))
    op.execute(
        f"UPDATE request SET past_requests = (SELECT count(*) {_PAST}), "  # noqa: S608 - no value is in it
        f"first_seen = (SELECT min(past.created_at) {_PAST}), "
        f"live_assets = (SELECT count(DISTINCT grant_.asset_id) {_LIVE})"
    )


def downgrade() -> None:
    with op.batch_alter_table("request") as request:
        request.drop_column("live_assets")
        request.drop_column("first_seen")
        request.drop_column("past_requests")
