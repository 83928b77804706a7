"""What `/access report` and `/access audit` answer: how the report on paper and the journal are had."""

from __future__ import annotations

from collections.abc import Sequence

from bot.services.views.parties import Party
from bot.slack.kit import Message, below
from bot.slack.lines import Line, joined, line
from bot.slack.lists.paging import titled
from bot.slack.text import en as texts


def with_report(shown: Message, businesses: Sequence[Party]) -> Message:
    """Return a list of partners under the command by which these businesses get it on paper."""
    how = (line(texts.lists.ON_PAPER, commands=_commands(texts.lists.ON_PAPER_COMMAND, businesses)),)
    return below(how, shown, rest=texts.lists.THE_REST_OF_A_LIST)


def journal(businesses: Sequence[Party]) -> Message:
    """Return by which command the journal of these businesses is had."""
    how = line(texts.lists.JOURNAL, commands=_commands(texts.lists.JOURNAL_COMMAND, businesses))
    return titled(texts.lists.JOURNAL_TITLE, [(how, line(texts.lists.JOURNAL_OF_ONE))])


def _commands(command: str, businesses: Sequence[Party]) -> Line:
    return joined([line(command, id=one.id) for one in businesses], ", ")
