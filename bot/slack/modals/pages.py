"""Modals that only say something, and the buttons that turn pages."""

from __future__ import annotations

from dataclasses import replace

from bot.slack import kit
from bot.slack.ids import ActionId, Callback
from bot.slack.kit import Block, Message, View
from bot.slack.text import en as texts
from bot.slack.values import Page, page_value


def message_modal(said: str | Message, *, title: str = texts.modals.MESSAGE_TITLE) -> View:
    """Return a modal that shows a text or a message."""
    blocks = [kit.section(said)] if isinstance(said, str) else said.blocks
    return kit.modal(title, blocks, callback=Callback.MESSAGE, close=texts.buttons.CLOSE)


def page_rows(page: Page, pages: int, *, action: ActionId = ActionId.PAGE) -> list[Block]:
    """Return which of its `pages` a modal shows and the buttons to turn them; nothing for a single page."""
    if pages == 1:
        return []
    buttons = []
    for text, to in ((texts.buttons.BACK, page.offset - 1), (texts.buttons.MORE, page.offset + 1)):
        if 0 <= to < pages:
            value = page_value(replace(page, offset=to))
            buttons.append(kit.button(text, action, value=value))
    rows = [kit.actions(one, block_id=f"page:{number}") for number, one in enumerate(buttons)]
    return [kit.context(texts.modals.PAGE_OF.format(page=page.offset + 1, pages=pages)), *rows]
