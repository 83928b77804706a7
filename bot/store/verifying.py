"""Verifying the journal: its chain is computed again from its rows and compared with the heads kept of it.

A chain alone cannot show that its end was cut off or that all of it was rewritten: for that the head is also
kept outside the database, in an anchor file (`bot.store.anchors`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.store import journal
from bot.store.chain import GENESIS, canonical_row, hash_of, hash_of_text

if TYPE_CHECKING:
    from bot.store.compiled import Row
    from bot.store.tx import Head, Tx


class Finding(StrEnum):
    """What `verify` found first."""

    SOUND = "sound"
    ALTERED = "altered"
    MISSING = "rows missing"
    SURPLUS = "rows too many"
    HEAD = "head does not match"
    ANCHOR = "differs from the anchor"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the journal is sound; if not, what is wrong first and at which number."""

    finding: Finding
    seq: int

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong; `seq` is then the last number."""
        return self.finding is Finding.SOUND

    def __str__(self) -> str:
        return f"sound, {self.seq} events" if self.sound else f"{self.finding} at {self.seq}"


def verify(tx: Tx, *, anchors: Iterable[Head] = ()) -> Verdict:
    """Compute the chain from the rows again and compare it with the head and with `anchors`."""
    kept_outside: dict[int, set[str]] = {}
    for anchored in anchors:
        kept_outside.setdefault(anchored.seq, set()).add(anchored.hash)
    seq, digest = 0, GENESIS
    for row in journal.whole(tx):
        if row.seq < 1:
            return Verdict(Finding.SURPLUS, row.seq)
        if row.seq != seq + 1:
            return Verdict(Finding.MISSING, seq + 1)
        if row.prev != digest or row.hash != hash_of(canonical_row(row)) or not _text_fits(row):
            return Verdict(Finding.ALTERED, row.seq)
        seq, digest = row.seq, row.hash
        if seq in kept_outside and kept_outside.pop(seq) != {digest}:
            return Verdict(Finding.ANCHOR, seq)
    said = journal.head(tx)
    if said.seq > seq:
        return Verdict(Finding.MISSING, seq + 1)
    if said.seq < seq:
        return Verdict(Finding.SURPLUS, said.seq + 1)
    if said.hash != digest:
        return Verdict(Finding.HEAD, seq)
    if kept_outside:  # the end was cut off, and the head set back to match
        return Verdict(Finding.ANCHOR, seq + 1)
    return Verdict(Finding.SOUND, seq)


def _text_fits(row: Row) -> bool:
    if row.text is None:  # nothing typed, or erased
        return True
    return row.text_hash is not None and row.text_hash == hash_of_text(row.salt, row.text)
