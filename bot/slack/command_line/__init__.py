"""`/access`: what was typed after it, and what that comes to."""

from bot.slack.command_line.interpret import (
    Assign,
    Begun,
    Cancel,
    Connect,
    Fund,
    Import,
    Review,
    Setup,
    Stand,
    interpret,
)
from bot.slack.command_line.requesting import request_named

__all__ = [
    "Assign",
    "Begun",
    "Cancel",
    "Connect",
    "Fund",
    "Import",
    "Review",
    "Setup",
    "Stand",
    "interpret",
    "request_named",
]
