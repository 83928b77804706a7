"""The anchor: the journal's head, kept in a file outside the database.

A chain alone cannot show that its end was cut off, or that all of it was written again.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from bot.errors import Misconfigured
from bot.store.tx import Head


def anchor_beside(database: Path) -> Path:
    """Return the default place of a SQLite store's anchor file."""
    return database.with_name(database.name + ".anchor")


def drop_anchor(path: Path, head: Head, *, at: datetime) -> None:
    """Append `head` to the file at `path`, on disk when this returns, unless it is there already.

    Raise `Misconfigured` if that cannot be.
    """
    anchors = read_anchors(path)
    if head.seq == 0 or (anchors and anchors[-1] == head):
        return
    with _named(path, "written"), path.open("a+b") as file:
        torn = file.tell() > 0 and path.read_bytes()[-1:] != b"\n"  # the power went while a line was written
        line = f"{head.seq} {head.hash} {at.astimezone(UTC).isoformat()}\n"
        file.write(("\n" + line if torn else line).encode())
        file.flush()
        os.fsync(file.fileno())


def read_anchors(path: Path) -> list[Head]:
    """Return the heads in the anchor file, oldest first; none if there is no file.

    Raise `Misconfigured` if it cannot be read.
    """
    return [Head(int(seq), digest) for seq, digest in _ANCHOR.findall(_text_of(path))]


def keep_anchors(path: Path, to: Path, *, last: int) -> None:
    """Write those of an anchor file up to number `last` to another one. Raise `Misconfigured`."""
    lines = [found for found in _ANCHOR.finditer(_text_of(path)) if int(found[1]) <= last]
    if lines:
        with _named(to, "written"):
            to.write_text("".join(f"{found[0]}\n" for found in lines), encoding="ascii")


def _text_of(path: Path) -> str:
    with _named(path, "read"):
        return path.read_text(encoding="ascii", errors="replace") if path.exists() else ""


@contextmanager
def _named(path: Path, done: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Misconfigured(f"the anchor file {path} cannot be {done}: {error.strerror}") from error


_ANCHOR = re.compile(r"^(\d+) ([0-9a-f]{64}) \S+$", re.MULTILINE)
