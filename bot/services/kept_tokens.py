"""All tokens that are kept, for businesses at Meta and for workspaces, to be encrypted with another key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select, union_all, update

from bot.store import tables

if TYPE_CHECKING:
    from bot.store.tx import Tx

_tables = (tables.table_of(tables.Connection), tables.table_of(tables.Installation))

_ALL = union_all(*(select(one.c.ciphertext).where(one.c.ciphertext.is_not(None)) for one in _tables))
_REPLACE = tuple(
    update(one).where(one.c.ciphertext == bindparam("was")).values(ciphertext=bindparam("becomes"))
    for one in _tables
)


def ciphertexts(tx: Tx) -> list[str]:
    """Return each token as it is kept."""
    return [row.ciphertext for row in tx.all(_ALL)]


def replace(tx: Tx, *, was: str, becomes: str) -> int:
    """Keep a token with another key, if it is still the one that was read; return whether it was."""
    return sum(tx.touched(statement, was=was, becomes=becomes) for statement in _REPLACE)
