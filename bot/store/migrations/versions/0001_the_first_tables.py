"""The first tables, the journal's first link, and the triggers that keep the journal as it was written."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.store.types import UTCDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "asset_group",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("accounts", sa.Text(), nullable=False),
        sa.Column("people", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "business",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("verified", sa.Boolean(), nullable=False),
        sa.Column("team_id", sa.Text(), nullable=True),
        sa.Column("channel_id", sa.Text(), nullable=True),
        sa.Column("quorum", sa.Integer(), nullable=False),
        sa.Column("expires_days", sa.Integer(), nullable=False),
        sa.Column("undo_minutes", sa.Integer(), nullable=False),
        sa.Column("who_may_ask", sa.Text(), nullable=False),
        sa.Column("hours", sa.Text(), nullable=False),
        sa.Column("days_off", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("credit_line", sa.Text(), nullable=True),
        sa.Column("funding_sources", sa.Text(), nullable=False),
        sa.Column("policy_version", sa.Integer(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.CheckConstraint("status IN ('ACTIVE', 'DEACTIVATED', 'RESTRICTED')", name="status_known"),
        sa.CheckConstraint("who_may_ask IN ('ANYONE', 'LISTED', 'NOBODY')", name="who_may_ask_known"),
        sa.CheckConstraint("expires_days >= 1", name="expires_days_positive"),
        sa.CheckConstraint("quorum >= 1", name="quorum_positive"),
        sa.PrimaryKeyConstraint("id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "card",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("team_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=True),
        sa.Column("channel_id", sa.Text(), nullable=True),
        sa.Column("ts", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("shown", sa.Integer(), nullable=False),
        sa.CheckConstraint("(state = 'POSTED') = (ts IS NOT NULL)", name="posted_has_ts"),
        sa.CheckConstraint(
            "audience IN ('APPROVERS', 'REQUESTER', 'AUTHOR', 'SUBMITTERS', 'DIGEST', 'EXPIRY', 'ENDING')",
            name="audience_known",
        ),
        sa.CheckConstraint("state IN ('WAITING', 'POSTED', 'FAILED')", name="state_known"),
        sa.CheckConstraint("channel_id IS NOT NULL OR user_id IS NOT NULL", name="goes_somewhere"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("team_id", "channel_id", "ts", name="card_by_message"),
    )
    op.create_index("card_by_subject", "card", ["subject_id"], unique=False)
    op.create_table(
        "effect",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("card_id", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("team_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("due_at", UTCDateTime(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("reads", sa.Integer(), nullable=False),
        sa.Column("marked_at", UTCDateTime(), nullable=True),
        sa.Column("lease_until", UTCDateTime(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("put_at", UTCDateTime(), nullable=False),
        sa.Column("over_at", UTCDateTime(), nullable=True),
        sa.CheckConstraint("(state = 'SENDING') = (lease_until IS NOT NULL)", name="leased_when_sending"),
        sa.CheckConstraint(
            "kind IN ('POST_CARD', 'UPDATE_CARD', 'POST_NOTICE', 'CHECK_PERSON', 'PUBLISH_HOME')",
            name="kind_known",
        ),
        sa.CheckConstraint(
            "state IN ('WAITING', 'SENDING', 'DONE', 'SUPERSEDED', 'PARKED', 'DEAD')", name="state_known"
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key", name="effect_key"),
    )
    op.create_index(
        "effect_due",
        "effect",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("state = 'WAITING'"),
        postgresql_where=sa.text("state = 'WAITING'"),
    )
    op.create_index(
        "effect_lane",
        "effect",
        ["lane", "id"],
        unique=False,
        sqlite_where=sa.text("state IN ('WAITING', 'SENDING', 'PARKED')"),
        postgresql_where=sa.text("state IN ('WAITING', 'SENDING', 'PARKED')"),
    )
    op.create_index(
        "effect_leased",
        "effect",
        ["lease_until"],
        unique=False,
        sqlite_where=sa.text("state = 'SENDING'"),
        postgresql_where=sa.text("state = 'SENDING'"),
    )
    op.create_index(
        "effect_over",
        "effect",
        ["over_at"],
        unique=False,
        sqlite_where=sa.text("state IN ('DONE', 'SUPERSEDED')"),
        postgresql_where=sa.text("state IN ('DONE', 'SUPERSEDED')"),
    )
    op.create_index(
        "effect_stuck",
        "effect",
        ["state", "id"],
        unique=False,
        sqlite_where=sa.text("state IN ('PARKED', 'DEAD')"),
        postgresql_where=sa.text("state IN ('PARKED', 'DEAD')"),
    )
    op.create_table(
        "event",
        sa.Column(
            "seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("business_id", sa.Text(), nullable=True),
        sa.Column("counterpart_id", sa.Text(), nullable=True),
        sa.Column("from_state", sa.Text(), nullable=True),
        sa.Column("to_state", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("inbox_key", sa.Text(), nullable=True),
        sa.Column("policy_version", sa.Integer(), nullable=True),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("text_hash", sa.Text(), nullable=True),
        sa.Column("prev", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_index("event_by_subject", "event", ["subject_kind", "subject_id", "seq"], unique=False)
    op.create_table(
        "home_tab",
        sa.Column("team_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("page", sa.Text(), nullable=False),
        sa.Column("opened_at", UTCDateTime(), nullable=False),
        sa.Column("seen_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("team_id", "user_id"),
    )
    op.create_table(
        "inbox",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("forget_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
        sqlite_with_rowid=False,
    )
    op.create_index("inbox_due", "inbox", ["forget_at"], unique=False)
    op.create_table(
        "journal_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("id = 1", name="only_one"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "node",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('BUSINESS', 'PERSON', 'ASSET', 'REQUEST', 'GRANT', 'DRAFT', 'DIGEST')",
            name="kind_known",
        ),
        sa.PrimaryKeyConstraint("id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "person",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("team_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("enterprise_id", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("deactivated", sa.Boolean(), nullable=True),
        sa.Column("guest", sa.Boolean(), nullable=True),
        sa.Column("bot", sa.Boolean(), nullable=True),
        sa.Column("stranger", sa.Boolean(), nullable=True),
        sa.Column("zone", sa.Text(), nullable=True),
        sa.Column("checked_at", UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sqlite_with_rowid=False,
    )
    op.create_index("person_by_user", "person", ["team_id", "user_id"], unique=False)
    op.create_table(
        "workspace",
        sa.Column("team_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("bot_id", sa.Text(), nullable=False),
        sa.Column("bot_user_id", sa.Text(), nullable=False),
        sa.Column("seen_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("team_id"),
    )
    op.create_table(
        "asset",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Text(), nullable=True),
        sa.Column("published", sa.Boolean(), nullable=False),
        sa.Column("askable", sa.Boolean(), nullable=False),
        sa.CheckConstraint("kind IN ('PAGE', 'AD_ACCOUNT', 'PIXEL', 'INSTAGRAM_ACCOUNT')", name="kind_known"),
        sa.ForeignKeyConstraint(["owner_id"], ["business.id"]),
        sa.PrimaryKeyConstraint("id"),
        sqlite_with_rowid=False,
    )
    op.create_index("asset_by_owner", "asset", ["owner_id", "name"], unique=False)
    op.create_table(
        "digest",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("person_id", "day", name="digest_once_a_day"),
    )
    op.create_table(
        "event_text",
        sa.Column(
            "seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("salt", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["seq"], ["event.seq"]),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_table(
        "follow",
        sa.Column("card_id", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["card_id"], ["card.id"]),
        sa.PrimaryKeyConstraint("card_id", "subject_id"),
    )
    op.create_index("follow_by_subject", "follow", ["subject_id"], unique=False)
    op.create_table(
        "listing",
        sa.Column("business_id", sa.Text(), nullable=False),
        sa.Column("listed_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["business_id"], ["business.id"]),
        sa.PrimaryKeyConstraint("business_id", "listed_id"),
    )
    op.create_table(
        "membership",
        sa.Column("business_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("since", UTCDateTime(), nullable=False),
        sa.CheckConstraint("role IN ('ADMIN', 'EMPLOYEE')", name="role_known"),
        sa.ForeignKeyConstraint(["business_id"], ["business.id"]),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.PrimaryKeyConstraint("business_id", "person_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("membership_by_person", "membership", ["person_id"], unique=False)
    op.create_table(
        "request",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("requesting_id", sa.Text(), nullable=False),
        sa.Column("deciding_id", sa.Text(), nullable=True),
        sa.Column("owner_id", sa.Text(), nullable=True),
        sa.Column("holder_id", sa.Text(), nullable=False),
        sa.Column("requester_id", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("term_kind", sa.Text(), nullable=False),
        sa.Column("term_days", sa.Integer(), nullable=True),
        sa.Column("term_until", UTCDateTime(), nullable=True),
        sa.Column("given_kind", sa.Text(), nullable=True),
        sa.Column("given_days", sa.Integer(), nullable=True),
        sa.Column("given_until", UTCDateTime(), nullable=True),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("approvals", sa.Integer(), nullable=False),
        sa.Column("required_approvals", sa.Integer(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("expires_at", UTCDateTime(), nullable=False),
        sa.Column("over_at", UTCDateTime(), nullable=True),
        sa.Column("over_by", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("extends_id", sa.Text(), nullable=True),
        sa.Column("nudge_at", UTCDateTime(), nullable=True),
        sa.Column("warn_at", UTCDateTime(), nullable=True),
        sa.Column("undo_until", UTCDateTime(), nullable=True),
        sa.Column("reminded_at", UTCDateTime(), nullable=True),
        sa.Column("undone_at", UTCDateTime(), nullable=True),
        sa.Column("undone_by", sa.Text(), nullable=True),
        sa.CheckConstraint("(state IN ('PENDING', 'IN_REVIEW')) = (over_at IS NULL)", name="over_when_over"),
        sa.CheckConstraint("kind IN ('ACCESS', 'INVITATION', 'CLAIM', 'ON_BEHALF')", name="kind_known"),
        sa.CheckConstraint(
            "state IN ('PENDING', 'IN_REVIEW', 'APPROVED', 'DECLINED', 'CANCELLED', 'EXPIRED')",
            name="state_known",
        ),
        sa.CheckConstraint("term_kind <> 'DAYS' OR term_days IS NOT NULL", name="days_given"),
        sa.CheckConstraint("term_kind <> 'UNTIL' OR term_until IS NOT NULL", name="until_given"),
        sa.CheckConstraint("term_kind IN ('DAYS', 'UNTIL', 'OPEN_END')", name="term_kind_known"),
        sa.CheckConstraint("given_kind IS NULL OR approvals >= 1", name="given_by_approval"),
        sa.ForeignKeyConstraint(["requester_id"], ["person.id"]),
        sa.ForeignKeyConstraint(["requesting_id"], ["business.id"]),
        sa.ForeignKeyConstraint(["deciding_id"], ["business.id"]),
        sa.ForeignKeyConstraint(["holder_id"], ["business.id"]),
        sa.ForeignKeyConstraint(["owner_id"], ["business.id"]),
        sa.ForeignKeyConstraint(["over_by"], ["person.id"]),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"]),
        sa.ForeignKeyConstraint(["undone_by"], ["person.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("ref"),
    )
    op.create_index(
        "request_between",
        "request",
        ["requesting_id", "deciding_id", "over_at", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        "request_by_requesting", "request", ["requesting_id", "over_at", "expires_at", "id"], unique=False
    )
    op.create_index(
        "request_by_deciding", "request", ["deciding_id", "over_at", "expires_at", "id"], unique=False
    )
    op.create_index(
        "request_due",
        "request",
        ["expires_at"],
        unique=False,
        sqlite_where=sa.text("state IN ('PENDING', 'IN_REVIEW')"),
        postgresql_where=sa.text("state IN ('PENDING', 'IN_REVIEW')"),
    )
    op.create_index(
        "request_extends",
        "request",
        ["extends_id"],
        unique=False,
        sqlite_where=sa.text("extends_id IS NOT NULL"),
        postgresql_where=sa.text("extends_id IS NOT NULL"),
    )
    op.create_index(
        "request_nudge",
        "request",
        ["nudge_at"],
        unique=False,
        sqlite_where=sa.text("nudge_at IS NOT NULL"),
        postgresql_where=sa.text("nudge_at IS NOT NULL"),
    )
    op.create_index(
        "request_undo",
        "request",
        ["undo_until"],
        unique=False,
        sqlite_where=sa.text("undo_until IS NOT NULL"),
        postgresql_where=sa.text("undo_until IS NOT NULL"),
    )
    op.create_index(
        "request_warn",
        "request",
        ["warn_at"],
        unique=False,
        sqlite_where=sa.text("warn_at IS NOT NULL"),
        postgresql_where=sa.text("warn_at IS NOT NULL"),
    )
    op.create_table(
        "asset_admin",
        sa.Column("asset_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["asset_id"], ["asset.id"]),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.PrimaryKeyConstraint("asset_id", "person_id"),
    )
    op.create_index("asset_admin_by_person", "asset_admin", ["person_id"], unique=False)
    op.create_table(
        "assignment",
        sa.Column("asset_id", sa.Text(), nullable=False),
        sa.Column("business_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("tasks", sa.Text(), nullable=False),
        sa.Column("since", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["asset_id"], ["asset.id"]),
        sa.ForeignKeyConstraint(["business_id"], ["business.id"]),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.PrimaryKeyConstraint("asset_id", "business_id", "person_id"),
    )
    op.create_table(
        "decision",
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("approves", sa.Boolean(), nullable=False),
        sa.Column("expected_version", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.ForeignKeyConstraint(["request_id"], ["request.id"]),
        sa.PrimaryKeyConstraint("request_id", "round", "person_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "digest_item",
        sa.Column("digest_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["digest_id"], ["digest.id"]),
        sa.ForeignKeyConstraint(["request_id"], ["request.id"]),
        sa.PrimaryKeyConstraint("digest_id", "position"),
    )
    op.create_table(
        "grant_",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("asset_id", sa.Text(), nullable=False),
        sa.Column("holder_id", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Text(), nullable=False),
        sa.Column("tasks", sa.Text(), nullable=False),
        sa.Column("capability", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("starts_at", UTCDateTime(), nullable=True),
        sa.Column("ends_at", UTCDateTime(), nullable=True),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.Column("end_note", sa.Text(), nullable=False),
        sa.Column("warn_at", UTCDateTime(), nullable=True),
        sa.Column("may_end", sa.Boolean(), nullable=False),
        sa.CheckConstraint("(state = 'ENDED') = (ended_at IS NOT NULL)", name="ended_when_ended"),
        sa.CheckConstraint(
            "end_reason IS NULL OR end_reason IN ('REACHED', 'REVOKED', 'RELINQUISHED', 'UNDONE')",
            name="end_reason_known",
        ),
        sa.CheckConstraint("state <> 'ACTIVE' OR starts_at IS NOT NULL", name="started_when_active"),
        sa.CheckConstraint(
            "state IN ('PENDING', 'ACTIVE', 'ENDING', 'ENDED', 'FAILED', 'STUCK')", name="state_known"
        ),
        sa.CheckConstraint("(tasks <> '') <> (capability IS NOT NULL)", name="gives_one_thing"),
        sa.ForeignKeyConstraint(["asset_id"], ["asset.id"]),
        sa.ForeignKeyConstraint(["ended_by"], ["person.id"]),
        sa.ForeignKeyConstraint(["holder_id"], ["business.id"]),
        sa.ForeignKeyConstraint(["owner_id"], ["business.id"]),
        sa.ForeignKeyConstraint(["request_id"], ["request.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("request_id", "position", name="grant_once_per_item"),
    )
    op.create_index("grant_by_asset", "grant_", ["asset_id", "holder_id", "state"], unique=False)
    op.create_index(
        "grant_by_holder",
        "grant_",
        ["holder_id", "state", "owner_id", "ends_at", "asset_id", "id"],
        unique=False,
    )
    op.create_index(
        "grant_by_owner",
        "grant_",
        ["owner_id", "state", "holder_id", "ends_at", "asset_id", "id"],
        unique=False,
    )
    op.create_index(
        "grant_due",
        "grant_",
        ["ends_at"],
        unique=False,
        sqlite_where=sa.text("state = 'ACTIVE' AND ends_at IS NOT NULL"),
        postgresql_where=sa.text("state = 'ACTIVE' AND ends_at IS NOT NULL"),
    )
    op.create_index(
        "grant_warn",
        "grant_",
        ["warn_at"],
        unique=False,
        sqlite_where=sa.text("warn_at IS NOT NULL"),
        postgresql_where=sa.text("warn_at IS NOT NULL"),
    )
    op.create_table(
        "item",
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("request_kind", sa.Text(), nullable=False),
        sa.Column("holder_id", sa.Text(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("is_extension", sa.Boolean(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("asset_id", sa.Text(), nullable=True),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("tasks", sa.Text(), nullable=False),
        sa.Column("given", sa.Text(), nullable=True),
        sa.CheckConstraint("kind IN ('PAGE', 'AD_ACCOUNT', 'PIXEL', 'INSTAGRAM_ACCOUNT')", name="kind_known"),
        sa.CheckConstraint("asset_id IS NOT NULL OR words IS NOT NULL", name="named_or_described"),
        sa.ForeignKeyConstraint(["asset_id"], ["asset.id"]),
        sa.ForeignKeyConstraint(["holder_id"], ["business.id"]),
        sa.ForeignKeyConstraint(["request_id"], ["request.id"]),
        sa.PrimaryKeyConstraint("request_id", "position"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "item_open_once",
        "item",
        ["request_kind", "asset_id", "holder_id"],
        unique=True,
        sqlite_where=sa.text("is_open AND NOT is_extension AND asset_id IS NOT NULL"),
        postgresql_where=sa.text("is_open AND NOT is_extension AND asset_id IS NOT NULL"),
    )
    op.create_table(
        "acknowledgement",
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("until", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.ForeignKeyConstraint(["request_id"], ["request.id"]),
        sa.PrimaryKeyConstraint("request_id", "person_id"),
    )
    op.create_table(
        "nudge",
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("due_at", UTCDateTime(), nullable=True),
        sa.Column("quiet_until", UTCDateTime(), nullable=True),
        sa.Column("sent", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.ForeignKeyConstraint(["request_id"], ["request.id"]),
        sa.PrimaryKeyConstraint("request_id", "person_id"),
    )
    op.create_index("nudge_by_person", "nudge", ["person_id", "due_at"], unique=False)
    op.create_index(
        "nudge_due",
        "nudge",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("due_at IS NOT NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_table(
        "opened",
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.ForeignKeyConstraint(["request_id"], ["request.id"]),
        sa.PrimaryKeyConstraint("request_id", "person_id"),
    )
    op.create_table(
        "draft",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("business_id", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("expires_at", UTCDateTime(), nullable=False),
        sa.Column("over_at", UTCDateTime(), nullable=True),
        sa.Column("over_by", sa.Text(), nullable=True),
        sa.CheckConstraint("(state = 'SENT') = (request_id IS NOT NULL)", name="sent_as_a_request"),
        sa.CheckConstraint("(state = 'WAITING') = (over_at IS NULL)", name="over_when_over"),
        sa.CheckConstraint("state IN ('WAITING', 'SENT', 'DROPPED', 'EXPIRED')", name="state_known"),
        sa.ForeignKeyConstraint(["business_id"], ["business.id"]),
        sa.ForeignKeyConstraint(["over_by"], ["person.id"]),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"]),
        sa.ForeignKeyConstraint(["request_id"], ["request.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("ref"),
    )
    op.create_index("draft_by_business", "draft", ["business_id", "state", "created_at"], unique=False)
    op.create_index("draft_due", "draft", ["state", "expires_at"], unique=False)
    op.create_table(
        "comment",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("business_id", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["business_id"], ["business.id"]),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.ForeignKeyConstraint(["request_id"], ["request.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("comment_by_request", "comment", ["request_id", "at"], unique=False)
    op.create_table(
        "request_person",
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.ForeignKeyConstraint(["request_id"], ["request.id"]),
        sa.PrimaryKeyConstraint("request_id", "person_id"),
        sqlite_with_rowid=False,
    )
    _put_first_link()
    _refuse_changes()


def downgrade() -> None:
    _allow_changes()
    op.drop_table("request_person")
    op.drop_index("comment_by_request", table_name="comment")
    op.drop_table("comment")
    op.drop_index("draft_due", table_name="draft")
    op.drop_index("draft_by_business", table_name="draft")
    op.drop_table("draft")
    op.drop_table("opened")
    op.drop_index(
        "nudge_due",
        table_name="nudge",
        sqlite_where=sa.text("due_at IS NOT NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.drop_index("nudge_by_person", table_name="nudge")
    op.drop_table("nudge")
    op.drop_table("acknowledgement")
    op.drop_index(
        "item_open_once",
        table_name="item",
        sqlite_where=sa.text("is_open AND NOT is_extension AND asset_id IS NOT NULL"),
        postgresql_where=sa.text("is_open AND NOT is_extension AND asset_id IS NOT NULL"),
    )
    op.drop_table("item")
    op.drop_index(
        "grant_warn",
        table_name="grant_",
        sqlite_where=sa.text("warn_at IS NOT NULL"),
        postgresql_where=sa.text("warn_at IS NOT NULL"),
    )
    op.drop_index(
        "grant_due",
        table_name="grant_",
        sqlite_where=sa.text("state = 'ACTIVE' AND ends_at IS NOT NULL"),
        postgresql_where=sa.text("state = 'ACTIVE' AND ends_at IS NOT NULL"),
    )
    op.drop_index("grant_by_owner", table_name="grant_")
    op.drop_index("grant_by_holder", table_name="grant_")
    op.drop_index("grant_by_asset", table_name="grant_")
    op.drop_table("grant_")
    op.drop_table("digest_item")
    op.drop_table("decision")
    op.drop_table("assignment")
    op.drop_index("asset_admin_by_person", table_name="asset_admin")
    op.drop_table("asset_admin")
    op.drop_index(
        "request_warn",
        table_name="request",
        sqlite_where=sa.text("warn_at IS NOT NULL"),
        postgresql_where=sa.text("warn_at IS NOT NULL"),
    )
    op.drop_index(
        "request_undo",
        table_name="request",
        sqlite_where=sa.text("undo_until IS NOT NULL"),
        postgresql_where=sa.text("undo_until IS NOT NULL"),
    )
    op.drop_index(
        "request_nudge",
        table_name="request",
        sqlite_where=sa.text("nudge_at IS NOT NULL"),
        postgresql_where=sa.text("nudge_at IS NOT NULL"),
    )
    op.drop_index(
        "request_extends",
        table_name="request",
        sqlite_where=sa.text("extends_id IS NOT NULL"),
        postgresql_where=sa.text("extends_id IS NOT NULL"),
    )
    op.drop_index(
        "request_due",
        table_name="request",
        sqlite_where=sa.text("state IN ('PENDING', 'IN_REVIEW')"),
        postgresql_where=sa.text("state IN ('PENDING', 'IN_REVIEW')"),
    )
    op.drop_index("request_by_deciding", table_name="request")
    op.drop_index("request_by_requesting", table_name="request")
    op.drop_index("request_between", table_name="request")
    op.drop_table("request")
    op.drop_index("membership_by_person", table_name="membership")
    op.drop_table("membership")
    op.drop_table("listing")
    op.drop_index("follow_by_subject", table_name="follow")
    op.drop_table("follow")
    op.drop_table("event_text")
    op.drop_table("digest")
    op.drop_index("asset_by_owner", table_name="asset")
    op.drop_table("asset")
    op.drop_table("workspace")
    op.drop_index("person_by_user", table_name="person")
    op.drop_table("person")
    op.drop_table("node")
    op.drop_table("journal_head")
    op.drop_index("inbox_due", table_name="inbox")
    op.drop_table("inbox")
    op.drop_table("home_tab")
    op.drop_index("event_by_subject", table_name="event")
    op.drop_table("event")
    op.drop_index(
        "effect_stuck",
        table_name="effect",
        sqlite_where=sa.text("state IN ('PARKED', 'DEAD')"),
        postgresql_where=sa.text("state IN ('PARKED', 'DEAD')"),
    )
    op.drop_index(
        "effect_over",
        table_name="effect",
        sqlite_where=sa.text("state IN ('DONE', 'SUPERSEDED')"),
        postgresql_where=sa.text("state IN ('DONE', 'SUPERSEDED')"),
    )
    op.drop_index(
        "effect_leased",
        table_name="effect",
        sqlite_where=sa.text("state = 'SENDING'"),
        postgresql_where=sa.text("state = 'SENDING'"),
    )
    op.drop_index(
        "effect_lane",
        table_name="effect",
        sqlite_where=sa.text("state IN ('WAITING', 'SENDING', 'PARKED')"),
        postgresql_where=sa.text("state IN ('WAITING', 'SENDING', 'PARKED')"),
    )
    op.drop_index(
        "effect_due",
        table_name="effect",
        sqlite_where=sa.text("state = 'WAITING'"),
        postgresql_where=sa.text("state = 'WAITING'"),
    )
    op.drop_table("effect")
    op.drop_index("card_by_subject", table_name="card")
    op.drop_table("card")
    op.drop_table("business")
    op.drop_table("asset_group")


def _put_first_link() -> None:
    head = sa.table("journal_head", *(sa.column(name) for name in ("id", "seq", "hash", "fence")))
    op.execute(head.insert().values(id=1, seq=0, hash="0" * 64, fence=0))


# Events are never changed or removed. What a person typed may be removed, not changed.
_REFUSED = (("event", "UPDATE"), ("event", "DELETE"), ("event_text", "UPDATE"))


def _refuse_changes() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for table, change in _REFUSED:
            op.execute(
                f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} "
                "BEGIN SELECT RAISE(ABORT, 'the journal cannot be changed'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION journal_refuses() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the journal cannot be changed'; END $$"
    )
    for table, change in (*_REFUSED, ("event", "TRUNCATE")):
        each = "STATEMENT" if change == "TRUNCATE" else "ROW"
        op.execute(
            f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} "
            f"FOR EACH {each} EXECUTE FUNCTION journal_refuses()"
        )


def _allow_changes() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION journal_refuses() CASCADE")
