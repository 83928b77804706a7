"""The command line."""

from bot.cli.program import main

__all__ = ["main"]
