"""`/access`: what was typed after it, and what that comes to."""

from bot.slack.command_line.interpret import Cancel, interpret

__all__ = ["Cancel", "interpret"]
