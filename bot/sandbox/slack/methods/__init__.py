"""The Web API's methods: what each checks, in Slack's order and with Slack's error names, and what it does.

Names and limits follow Slack's method reference. A method takes the workspace its token belongs to and the
arguments; it returns the answer without `ok`, or raises `SlackRefusal`.
"""

from bot.sandbox.slack.methods.arguments import Args, checked_content, need_scope
from bot.sandbox.slack.methods.chat import rewrite
from bot.sandbox.slack.methods.table import METHODS
from bot.sandbox.slack.methods.validation import validate
from bot.sandbox.slack.methods.views import change_view, checked_view, show_view

__all__ = [
    "METHODS",
    "Args",
    "change_view",
    "checked_content",
    "checked_view",
    "need_scope",
    "rewrite",
    "show_view",
    "validate",
]
