"""Businesses whose access is kept at Meta, and the calls that change it there."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Text
from sqlmodel import Field, SQLModel

from bot.domain.connections import ConnectionState
from bot.store.tables.columns import one_of
from bot.store.types import UTCDateTime


class Connection(SQLModel, table=True):
    """A business's connection to Meta. `ciphertext` is its token, encrypted; `name` whose it is there."""

    __tablename__ = "connection"
    __table_args__ = (one_of("state", ConnectionState),)
    business_id: str = Field(primary_key=True, foreign_key="business.id", sa_type=Text)
    ciphertext: str = Field(sa_type=Text, repr=False)
    name: str = Field(sa_type=Text)
    state: str = Field(sa_type=Text)
    version: int
    connected_at: datetime = Field(sa_type=UTCDateTime)
    connected_by: str | None = Field(default=None, foreign_key="person.id", sa_type=Text)


class MetaCall(SQLModel, table=True):
    """A call that changes a business's access to an asset at Meta, until it was read there what it did.

    `before` is what the business could do there before it, as a sorted list of tasks. It need not be known
    here.
    """

    __tablename__ = "meta_call"
    asset_id: str = Field(primary_key=True, foreign_key="asset.id", sa_type=Text)
    holder_id: str = Field(primary_key=True, sa_type=Text)
    before: str = Field(sa_type=Text)
