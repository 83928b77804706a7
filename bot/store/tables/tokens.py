"""Tokens of programs."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, Text
from sqlmodel import Field, SQLModel

from bot.store.types import UTCDateTime


class Token(SQLModel, table=True):
    """A token, kept as a digest. A person acts with it for one business, or answers for a program that does.

    `page_id`: it is bound to that Page, and rests on the token `parent_id`.
    """

    __tablename__ = "token"
    __table_args__ = (
        Index("token_by_digest", "digest", unique=True),
        Index("token_by_business", "business_id", "id"),
        Index("token_by_parent", "parent_id"),
    )
    id: str = Field(primary_key=True, sa_type=Text)
    digest: str = Field(sa_type=Text)
    business_id: str = Field(foreign_key="business.id", sa_type=Text)
    person_id: str = Field(foreign_key="person.id", sa_type=Text)
    name: str = Field(sa_type=Text)
    is_program: bool
    scopes: str = Field(sa_type=Text)
    page_id: str | None = Field(default=None, foreign_key="asset.id", sa_type=Text)
    parent_id: str | None = Field(default=None, foreign_key="token.id", sa_type=Text)
    created_at: datetime = Field(sa_type=UTCDateTime)
    created_by: str | None = Field(default=None, foreign_key="person.id", sa_type=Text)
    expires_at: datetime = Field(sa_type=UTCDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    revoked_by: str | None = Field(default=None, foreign_key="person.id", sa_type=Text)
