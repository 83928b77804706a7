"""What `/access report` answers: the partners, and how the report on paper is made."""

from __future__ import annotations

from collections.abc import Sequence

from bot.services.views.parties import Party
from bot.slack.kit import Message, rich
from bot.slack.lines import joined, line, spoken, within
from bot.slack.text import en as texts


def with_report(shown: Message, businesses: Sequence[Party]) -> Message:
    """Return a list of partners under the command by which these businesses get it on paper."""
    commands = joined([line(texts.lists.ON_PAPER_COMMAND, id=one.id) for one in businesses], ", ")
    how = (line(texts.lists.ON_PAPER, commands=commands),)
    text = within(f"{spoken([how])}\n{shown.text}", rest=texts.lists.THE_REST_OF_A_LIST)
    return Message(text, [rich(how), *shown.blocks])
