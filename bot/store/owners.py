"""Whom files belong to: what root makes beside a store belongs to whom the store does, as SQLite's files do.

Else `serve`, which is not root, could not use it afterwards.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def give_to_owner_of(store: Path, path: Path) -> None:
    """Give a file to whom the store belongs, if there is one, and as far as whoever does this may."""
    with suppress(FileNotFoundError, PermissionError):
        owned = store.stat()
        os.chown(path, owned.st_uid, owned.st_gid)
