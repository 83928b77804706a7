"""Why somebody gets what they would not get otherwise: nobody else answered, or they stand in for others."""

from __future__ import annotations

from collections.abc import Sequence

from bot.services.views.businesses import AwayView, StandInTold
from bot.services.views.requests import RequestView
from bot.slack.kit import Message, rich
from bot.slack.lines import Line, line, short, spoken, within
from bot.slack.text import en as texts

_NAME = 60
_MOST_NAMES = 3


def escalated(view: RequestView, *, room: int = _NAME) -> list[Line]:
    """Return who has not answered for how long, and who was asked too; nothing where nobody was.

    Each name has `room` characters.
    """
    why = view.escalation
    if why is None:
        return []
    said = line(
        texts.cards.ESCALATED if why.days else texts.cards.ESCALATED_SOON,
        people=_who(why.unanswered, *texts.cards.HAVE_NOT, room=room),
        days=texts.basics.counted(why.days, "working day"),
        backups=_who(why.asked, *texts.cards.WERE, room=room),
    )
    return [said]


def _who(names: Sequence[str], one: str, many: str, *, room: int) -> str:
    people = texts.basics.listed((short(name, room) for name in names), most=_MOST_NAMES)
    return (one if len(names) == 1 else many).format(names=people)


def for_whom(message: Message, people: Sequence[str]) -> Message:
    """Return a message that says in front for whom its reader gets it; nobody: for themselves."""
    if not people:
        return message
    template = texts.away.FOR_WHOM if len(people) == 1 else texts.away.FOR_THEM
    names = texts.basics.listed((short(name, _NAME) for name in people), most=_MOST_NAMES)
    said = line(template, people=names)
    text = within(f"{spoken([(said,)])}\n{message.text}", rest=texts.lists.THE_REST_OF_A_LIST)
    return Message(text, [rich((said,)), *message.blocks])


def stand_in_notice(view: StandInTold) -> Message:
    """Return what a stand-in is told: for whom they stand in and when, or that this is over."""
    said = line(
        texts.away.STOOD_IN if view.is_over else texts.away.STANDS_IN,
        person=short(view.person, _NAME),
        business=short(view.own.name, _NAME),
        days=texts.away.days(view.from_day, view.until_day),
    )
    return Message(spoken([(said,)]), [rich((said,))])


def away_line(away: AwayView) -> Line:
    """Return who stands in for somebody on which days; empty for nobody."""
    if away.stand_in is None or away.from_day is None or away.until_day is None:
        return ()
    return line(
        texts.away.ROW if away.can_act else texts.away.ROW_BUT,
        name=short(away.stand_in.name, _NAME),
        days=texts.away.days(away.from_day, away.until_day),
    )
