"""Notices about access itself: that it ended, could not be taken away, goes on, or ends sooner."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.domain.connections import Obstacle
from bot.domain.grants import EndReason
from bot.domain.messages import About, read_parting
from bot.services.views.access import GrantView, HeldAfter
from bot.services.views.parties import Party
from bot.slack.cards.items import (
    ender,
    never_in_force,
    planned_before,
    why_not_at_meta,
)
from bot.slack.kit import Message, rich
from bot.slack.lines import (
    Bullets,
    Line,
    Passage,
    Quote,
    joined,
    line,
    plain,
    short,
    short_named,
    spoken,
    spoken_within,
)
from bot.slack.text import en as texts

_NAME = 60
_LONGEST_ASSET = 90
_NAMED = 10


def ended_notice(
    grants: Sequence[GrantView], *, goes_on: int, for_owner: bool, trimmed: Sequence[str] = ()
) -> Message:
    """Return the one message about grants that ended together, all in the same way; see `notice`.

    Of one by itself: its asset has another owner now than when it was requested.
    """
    first = grants[0]
    rest = [line(texts.notices.OTHERS_GO_ON, count=goes_on)] if goes_on else []
    said = _ended_together(grants) if len(grants) > 1 else ended(first, for_owner=for_owner)
    lines = joined([said, *rest, line(texts.cards.CONTENT_STAYS)])
    passage: Passage = (lines, Quote(first.end_note)) if first.end_note else (lines,)
    passage += trimmed_line(trimmed)
    return Message(spoken([passage]), [rich(passage)])


def _ended_together(grants: Sequence[GrantView]) -> Line:
    first = grants[0]
    names = {grant.asset_id: short(grant.asset_name, _NAME) or grant.asset_id for grant in grants}
    partners = {
        side: texts.basics.listed(
            sorted({short(getattr(one, side).name, _NAME) for one in grants}), most=_NAMED
        )
        for side in ("owner", "holder")
    }
    template = texts.notices.ENDED_TOGETHER.get(first.end_reason, texts.notices.REACHED_TOGETHER)
    if first.end_reason is EndReason.REACHED and all(never_in_force(one) for one in grants):
        template = texts.notices.NEVER_TOGETHER
    elif any(planned_before(one) for one in grants):
        template = texts.notices.REACHED_LATE_TOGETHER
    if first.by_operator:
        template = texts.notices.OPERATED_TOGETHER
    said = line(
        template,
        by=texts.meta.THE_OPERATOR,
        assets=texts.basics.counted(len(names), "asset"),
        **partners,
    )
    which = line(texts.notices.ENDED_WHICH, assets=texts.basics.listed(names.values(), most=_NAMED))
    return joined([said, which])


def ended(grant: GrantView, *, for_owner: bool, with_before: GrantView | None = None) -> Line:
    """Return how one grant ended. `with_before`: what it extended, whose approval may have been undone."""
    template = texts.notices.ENDED.get(grant.end_reason, texts.notices.REACHED)
    planned = planned_before(grant)
    if grant.end_reason is EndReason.REACHED and never_in_force(grant):
        template = texts.notices.NEVER
    elif planned is not None:
        template = texts.notices.REACHED_LATE
    if grant.end_reason is EndReason.UNDONE and with_before is not None:
        template = texts.notices.EXTENDED_UNDONE
    if grant.by_operator:
        template = texts.notices.OPERATED
    return line(
        template,
        before="" if with_before is None else with_before.ref,
        by=_ender(grant, for_owner=for_owner),
        holder=short(grant.holder.name, _NAME),
        asset=short_named(grant.asset_name, grant.asset_id, _LONGEST_ASSET),
        level=texts.basics.level_said(grant.kind, grant.tasks),
        planned=planned or "",
        ref=grant.ref,
    )


def _ender(grant: GrantView, *, for_owner: bool) -> str:
    if grant.by_operator:
        return texts.meta.THE_OPERATOR
    is_owners = grant.end_reason is EndReason.REVOKED
    return ender(grant, grant.owner if is_owners else grant.holder, is_own=for_owner == is_owners)


def trimmed_line(people: Sequence[str]) -> Passage:
    """Return who of the reader's own people could do more with access that ended; nothing if nobody."""
    return (line(texts.notices.TRIMMED, people=texts.basics.names_of(people)),) if people else ()


def stuck_notice(grants: Sequence[GrantView], *, for_owner: bool) -> Message:  # noqa: ARG001 - nobody else is told
    """Return the alarm that access could not be taken away at Meta, for the owner's admins; see `notice`."""
    passage = _stuck(grants[0]) if len(grants) == 1 else _stuck_together(grants)
    return Message(spoken([passage]), [rich(passage)])


def _stuck(grant: GrantView) -> Passage:
    asset, holder = short(grant.asset_name, _NAME) or grant.asset_id, short(grant.holder.name, _NAME)
    said = line(texts.meta.ALARM, holder=holder, asset=asset, ref=grant.ref)
    reason = plain(why_not_at_meta(grant))
    if grant.obstacle is Obstacle.DISCONNECTED:
        why = joined([line(texts.meta.ALARM_WHY_TOGETHER, why=reason), line(texts.meta.ALARM_APART)])
    else:
        why = line(texts.meta.ALARM_WHY, why=reason, holder=holder)
    return (joined([said, why]),)


def _stuck_together(grants: Sequence[GrantView]) -> Passage:
    shown = grants[:_NAMED]
    rows = tuple(
        line(
            texts.meta.ALARM_ROW,
            holder=short(one.holder.name, _NAME),
            asset=short(one.asset_name, _NAME) or one.asset_id,
            ref=one.ref,
        )
        for one in shown
    )
    more = len(grants) - len(shown)
    rest = [line(texts.meta.ALARM_MORE, count=more)] if more else []
    whys = dict.fromkeys(plain(why_not_at_meta(one)) for one in shown)
    rest += [line(texts.meta.ALARM_WHY_TOGETHER, why=why) for why in whys]
    is_apart = all(one.obstacle is Obstacle.DISCONNECTED for one in grants)
    return (
        line(texts.meta.ALARM_TOGETHER),
        Bullets(rows),
        joined([*rest, line(texts.meta.ALARM_APART if is_apart else texts.meta.ALARM_TRYING)]),
    )


def passed_notice(grants: Sequence[GrantView], *, for_owner: bool) -> Message:
    """Return that an asset has an owner now, under whom these grants on it go on; see `notice`."""
    first = grants[0]
    said = line(
        texts.notices.PASSED_TO_OWNER if for_owner else texts.notices.PASSED,
        owner=short(first.owner.name, _NAME),
        asset=short(first.asset_name, _NAME) or first.asset_id,
        id=first.asset_id,
        refs=texts.basics.listed([one.ref for one in grants], most=_NAMED),
        holders=texts.basics.listed(sorted({short(one.holder.name, _NAME) for one in grants}), most=_NAMED),
    )
    return Message(spoken([(said,)]), [rich((said,))])


def passed_works_notice(grants: Sequence[GrantView], *, for_owner: bool) -> Message:
    """Return whether what goes on under another owner can be used, as its holder says."""
    first = grants[0]
    template = texts.works.PASSED_NOT if for_owner else texts.works.PASSED_NOT_OWN
    said = line(
        texts.works.PASSED_NOW if first.works else template,
        holder=short(first.holder.name, _NAME),
        owner=short(first.owner.name, _NAME),
        asset=short(first.asset_name, _NAME) or first.asset_id,
        refs=texts.basics.listed([*dict.fromkeys(one.ref for one in grants)], most=_NAMED),
        id=first.holder.id,
    )
    return Message(spoken([(said,)]), [rich((said,))])


def shortened_notice(grants: Sequence[GrantView], *, after: Mapping[str, HeldAfter]) -> Message:
    """Return that these grants of one owner end sooner than they did; see `notice`.

    `after` is what their holders have then of the like by other grants, by the ids of those that end.
    """
    rows = tuple(
        joined([_ends_sooner(one, at=one.ends_at), keeps(one, after.get(one.id))])
        for one in grants[:_NAMED]
        if one.ends_at is not None
    )
    passage: Passage = (
        line(texts.notices.SHORTENED, owner=short(grants[0].owner.name, _NAME)),
        Bullets(rows),
    )
    if len(grants) > _NAMED:
        passage += (line(texts.notices.SHORTENED_MORE, count=len(grants) - _NAMED),)
    return Message(spoken_within([passage], rest=texts.cards.THE_REST), [rich(passage)])


def _ends_sooner(grant: GrantView, *, at: datetime) -> Line:
    return line(
        texts.notices.SHORTENED_ROW,
        asset=short(grant.asset_name, _NAME) or grant.asset_id,
        level=texts.basics.level_said(grant.kind, grant.tasks),
        holder=short(grant.holder.name, _NAME),
        at=at,
        ref=grant.ref,
    )


def keeps(grant: GrantView, held: HeldAfter | None) -> Line:
    """Return what the holder of a grant keeps of the like by other grants; empty if nothing."""
    if held is None:
        return ()
    return line(
        texts.notices.GOES_ON if held.until is None else texts.notices.GOES_ON_UNTIL,
        holder=short(grant.holder.name, _NAME),
        level=texts.basics.level_said(grant.kind, held.tasks),
        until=held.until or "",
    )


def parted_notice(about: About, grant: GrantView) -> Message:
    """Return that a partnership ended, to both sides of access on an asset that has another owner since."""
    passage = parted("".join(about.details), (grant.holder, grant.owner), note=grant.end_note)
    return Message(spoken([passage]), [rich(passage)])


def parted(which: str, sides: tuple[Party, Party], *, note: str) -> Passage:
    """Return that the partnership of two businesses ended, by whom and with what; see `read_parting`."""
    parting = read_parting(which)
    by, other = sides if sides[0].id == parting.by else sides[::-1]
    said = line(
        texts.partners.NOTICE,
        by=short(by.name, _NAME),
        other=short(other.name, _NAME),
        grants=parting.grants,
        requests=parting.requests,
    )
    lines = joined([said, line(texts.cards.CONTENT_STAYS) if parting.grants else ()])
    return (lines, Quote(note)) if note else (lines,)
