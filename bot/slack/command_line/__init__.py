"""`/access`: what was typed after it, and what that comes to."""

from bot.slack.command_line.interpret import Assign, Cancel, Connect, Fund, Import, Stand, interpret
from bot.slack.command_line.requesting import request_named

__all__ = ["Assign", "Cancel", "Connect", "Fund", "Import", "Stand", "interpret", "request_named"]
