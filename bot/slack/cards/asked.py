"""Why somebody is asked to decide who was not asked at first; for the deciding side alone."""

from __future__ import annotations

from collections.abc import Sequence

from bot.services.views.requests import RequestView
from bot.slack.lines import Line, line, short
from bot.slack.text import en as texts

_NAME = 60
_MOST_NAMES = 3


def escalated(view: RequestView) -> list[Line]:
    """Return who has not answered for how long, and who was asked too; nothing where nobody was."""
    why = view.escalation
    if why is None:
        return []
    said = line(
        texts.cards.ESCALATED if why.days else texts.cards.ESCALATED_SOON,
        people=_who(why.unanswered, *texts.cards.HAVE_NOT),
        days=texts.basics.counted(why.days, "working day"),
        backups=_who(why.asked, *texts.cards.WERE),
    )
    return [said]


def _who(names: Sequence[str], one: str, many: str) -> str:
    people = texts.basics.listed((short(name, _NAME) for name in names), most=_MOST_NAMES)
    return (one if len(names) == 1 else many).format(names=people)
