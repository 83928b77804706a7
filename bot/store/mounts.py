"""On what kind of file system a store lies, as Linux says it: SQLite's locks and its log need a local one."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path

_MOUNTS = Path("/proc/self/mountinfo")
_ESCAPED = re.compile(r"\\([0-7]{3})")
_NETWORK = frozenset(
    {
        *("afs", "beegfs", "ceph", "cifs", "glusterfs", "lustre", "ncpfs", "nfs", "nfs4", "smb3", "smbfs"),
        *(
            f"fuse.{name}"
            for name in ("ceph-fuse", "gcsfuse", "glusterfs", "juicefs", "rclone", "s3fs", "sshfs")
        ),
    }
)


def network_of(path: Path) -> str | None:
    """Return the kind of network file system on which a path lies; None for a disk, and where none says."""
    with suppress(OSError):
        kind = _kind_of(Path(os.path.realpath(path)), _MOUNTS.read_text(encoding="utf-8", errors="replace"))
        return kind if kind in _NETWORK else None
    return None


def _kind_of(path: Path, mounts: str) -> str:
    """Return the kind of what was mounted last at the innermost place above a path: proc_pid_mountinfo(5)."""
    depth, kind = 0, ""
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        fields = before.split(" ")
        if len(fields) < 5 or not after:  # noqa: PLR2004 - the fifth is the place
            continue
        place = Path(_ESCAPED.sub(lambda found: chr(int(found[1], 8)), fields[4]))
        if path.is_relative_to(place) and len(place.parts) >= depth:
            depth, kind = len(place.parts), after.split(" ")[0]
    return kind
