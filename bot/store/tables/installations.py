"""The app's installations in Slack: whose token acts in which workspace."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Text
from sqlmodel import Field, SQLModel

from bot.store.tables.columns import Condition
from bot.store.types import UTCDateTime

INSTALLATION_ROTATES = Condition("{t}rotates_at IS NOT NULL")


class Installation(SQLModel, table=True):
    """The app in one workspace, or in a whole organisation (`is_org`), whose id is then the row's.

    `ciphertext` is its tokens, encrypted; none once the app was removed. With token rotation `rotates_at`
    says when they are exchanged for new ones, by real time. `version` moves with the tokens.
    """

    __tablename__ = "installation"
    __table_args__ = (
        CheckConstraint("(removed_at IS NULL) = (ciphertext IS NOT NULL)", name="tokens_until_removed"),
        CheckConstraint("rotates_at IS NULL OR removed_at IS NULL", name="removed_rotates_no_more"),
        INSTALLATION_ROTATES.index("installation_due", "rotates_at"),
    )
    id: str = Field(primary_key=True, sa_type=Text)
    is_org: bool
    enterprise_id: str | None = Field(default=None, sa_type=Text)
    name: str = Field(sa_type=Text)
    url: str = Field(sa_type=Text)
    bot_id: str = Field(sa_type=Text)
    bot_user_id: str = Field(sa_type=Text)
    ciphertext: str | None = Field(default=None, sa_type=Text, repr=False)
    rotates_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    version: int
    installed_at: datetime = Field(sa_type=UTCDateTime)
    installed_by: str = Field(sa_type=Text)
    removed_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
