"""`/access`: what was typed after it, and what that comes to."""

from bot.slack.command_line.interpret import interpret
from bot.slack.command_line.meant import Assign, Begun, Cancel, Connect, Fund, Import, Review, Setup, Stand
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
