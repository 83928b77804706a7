"""What is said of a business's own people whose access is not at Meta as it was set."""

from __future__ import annotations

from bot.domain.connections import EnforcementState, Obstacle
from bot.services.views.access import EnforcementView, PeopleTold
from bot.slack.kit import Message, rich
from bot.slack.lines import Line, Passage, joined, line, plain, short, short_named, spoken
from bot.slack.text import en as texts

_NAME = 60
_ASSET = 90


def person_line(one: EnforcementView) -> Line:
    """Return how one person's access to an asset stands at Meta."""
    gives = bool(one.tasks) or one.state is EnforcementState.FAILED
    said = texts.meta.WHY_PERSON[one.obstacle or Obstacle.UNREACHED]
    why = line(said, owner=short(one.business.name, _NAME), holder=short(one.name, _NAME))
    said_of_it = line(
        texts.meta.PERSON[one.state, gives],
        name=short(one.name, _NAME),
        level=texts.basics.level_row(one.asset.kind, one.tasks),
        asset=short_named(one.asset.name, one.asset.id, _ASSET),
        why=plain(why),
    )
    so_far = None if one.obstacle is None else texts.meta.PERSON_SO_FAR.get(one.obstacle)
    is_pending = one.state is EnforcementState.PENDING
    return joined([said_of_it, line(so_far)]) if is_pending and so_far is not None else said_of_it


def people_notice(view: PeopleTold) -> Message:
    """Return what a business is told of its people at Meta, as it is when it is sent."""
    own = short(view.own.name, _NAME)
    passage: Passage
    if not view.total:
        passage = (line(texts.meta.PEOPLE_WHOLE, business=own),)
    else:
        more = view.total - len(view.people)
        passage = (
            line(texts.meta.PEOPLE_TOLD, business=own),
            *map(person_line, view.people),
            *([line(texts.meta.PEOPLE_MORE, count=more)] if more else []),
            line(texts.meta.PEOPLE_FIX),
        )
    return Message(spoken([passage]), [rich(passage)])
