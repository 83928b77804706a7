"""The command line."""

from __future__ import annotations

import sys

__all__ = ["main"]


def main() -> None:
    """Run it. Ctrl-C is answered also while it is loaded, which takes a moment."""
    try:
        from bot.cli.program import main as run

        run()
    except KeyboardInterrupt:  # with nothing more to be loaded
        sys.stderr.write("countersign: interrupted: nothing was changed\n")
        sys.exit(130)
