"""The anchor: the journal's head, kept in a file outside the database.

A chain alone cannot show that its end was cut off, or that all of it was written again.
"""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime
from pathlib import Path

from bot.store.tx import Head


def anchor_beside(database: Path) -> Path:
    """Return the default place of a SQLite store's anchor file."""
    return database.with_name(database.name + ".anchor")


def drop_anchor(path: Path, head: Head, *, at: datetime) -> None:
    """Append `head` to the file at `path`, on disk when this returns, unless it is there already."""
    anchors = read_anchors(path)
    if head.seq == 0 or (anchors and anchors[-1] == head):
        return
    with path.open("a+b") as file:
        torn = file.tell() > 0 and path.read_bytes()[-1:] != b"\n"  # the power went while a line was written
        line = f"{head.seq} {head.hash} {at.astimezone(UTC).isoformat()}\n"
        file.write(("\n" + line if torn else line).encode())
        file.flush()
        os.fsync(file.fileno())


def read_anchors(path: Path) -> list[Head]:
    """Return the heads in the anchor file, oldest first; none if there is no file."""
    if not path.exists():
        return []
    lines = _ANCHOR.findall(path.read_text(encoding="ascii", errors="replace"))
    return [Head(int(seq), digest) for seq, digest in lines]


_ANCHOR = re.compile(r"^(\d+) ([0-9a-f]{64}) \S+$", re.MULTILINE)
