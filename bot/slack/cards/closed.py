"""What a copy of a card shows once its reader may not read it any more, or it moved: nothing of it."""

from __future__ import annotations

from bot.slack.kit import Message, rich
from bot.slack.lines import Passage, line, spoken
from bot.slack.text import en as texts


def closed_card() -> Message:
    """Return the same few words for every card."""
    passage: Passage = (line(texts.cards.CLOSED), line(texts.cards.CLOSED_NEXT))
    return Message(spoken([passage]), [rich(passage)])
