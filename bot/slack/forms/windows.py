"""Windows that only say something: one moment, it did not work, or a message."""

from __future__ import annotations

from bot.slack import blocks as kit
from bot.slack import texts
from bot.slack.blocks import Message, View
from bot.slack.ids import Callback


def loading_form(title: str = texts.MESSAGE_TITLE) -> View:
    """Return the window that is opened at once, to be filled with `views.update`."""
    return message_form(texts.LOADING, title=title)


def problem_form(text: str) -> View:
    """Return a window that says what did not work."""
    return message_form(text, title=texts.PROBLEM_TITLE)


def message_form(said: str | Message, *, title: str = texts.MESSAGE_TITLE) -> View:
    """Return a window that shows a text or a message."""
    blocks = [kit.section(said)] if isinstance(said, str) else said.blocks
    return kit.window(title, blocks, callback=Callback.MESSAGE, close=texts.CLOSE)
