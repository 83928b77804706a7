"""What both sides are told of the end of their contract, and the report that closes it."""

from __future__ import annotations

from datetime import datetime

from bot.domain.calendar import last_day_before
from bot.domain.contracts import Phase
from bot.domain.messages import Notice
from bot.services.views.businesses import ContractView
from bot.slack.cards.items import grant_line
from bot.slack.kit import Message, rich
from bot.slack.lines import Bullets, Line, Passage, line, short, short_named, spoken_within
from bot.slack.text import en as texts
from bot.slack.values import Unreadable

_NAME = 60
_TEMPLATES = {
    Notice.CONTRACT_SET: texts.contracts.NOTICE_SET,
    Notice.CONTRACT_ENDS: texts.contracts.NOTICE_ENDS,
    Notice.CONTRACT_CLOSED: texts.contracts.NOTICE_CLOSED,
}


def contract_notice(view: ContractView, notice: Notice) -> Message:
    """Return what one side is told of its contract. Raise `Unreadable` if it is no notice about one."""
    if notice not in {*_TEMPLATES, Notice.CONTRACT_ENDED}:
        raise Unreadable(f"no notice about a contract: {notice}")
    grants = texts.basics.counted(view.left, "grant")
    said = line(
        _ended(view) if notice is Notice.CONTRACT_ENDED else _TEMPLATES[notice],
        own=short(view.own.name, _NAME),
        other=short(view.other.name, _NAME),
        said_by=short(view.said_by.name, _NAME),
        id=view.other.id,
        at=view.ends_at,
        then=what_follows(view.days, view.removed_at),
        removed_at=view.removed_at,
        grants=grants if view.left else texts.contracts.NO_GRANTS,
    )
    passage: Passage = (said,)
    if notice is Notice.CONTRACT_CLOSED:
        passage += _report(view)
    return Message(spoken_within([passage], rest=texts.cards.THE_REST), [rich(passage)])


def _ended(view: ContractView) -> str:
    """Return how it is said that a contract has ended: by what is left of what was shared then."""
    if not view.left:
        return texts.contracts.NOTICE_NOTHING_LEFT
    is_early = view.phase is Phase.OFFBOARDING
    return texts.contracts.NOTICE_ENDED if is_early else texts.contracts.NOTICE_REMOVING


def what_follows(days: int, removed_at: datetime) -> Line:
    """Return what becomes of what is shared once the contract is over: so many days to end it by hand."""
    if not days:
        return line(texts.contracts.THEN_NONE)
    remain = texts.basics.counted(days, *texts.contracts.REMAIN)
    return line(texts.contracts.THEN, days=remain, removed_at=removed_at)


def _report(view: ContractView) -> Passage:
    """Return what ended when since the contract's end."""
    rows = tuple(
        line(
            texts.contracts.CLOSED_ROW,
            asset=short_named(grant.asset_name, grant.asset_id, _NAME),
            level=texts.basics.level_row(grant.kind, grant.tasks),
            holder=short(grant.holder.name, _NAME),
            grant=grant_line(
                grant, for_owner=grant.owner.id == view.own.id, now=view.closed_at or view.ends_at
            ),
        )
        for grant in view.ended.rows
    )
    if not rows:
        return (line(texts.contracts.CLOSED_NOTHING),)
    more: list[Line] = []
    if view.ended.more:
        count, day = view.ended.total - len(rows), last_day_before(view.ends_at)
        more.append(line(texts.contracts.CLOSED_MORE, count=count, id=view.other.id, day=day.isoformat()))
    return (Bullets(rows), *more)
