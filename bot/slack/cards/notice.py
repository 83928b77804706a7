"""Notices: one line about what happened, beside a card or in its thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.domain.connections import Obstacle
from bot.domain.grants import EndReason, GrantState
from bot.domain.messages import About, Audience, Notice, read_parting
from bot.domain.requests import RequestState
from bot.services.views.access import GrantView, HeldAfter
from bot.services.views.parties import Party
from bot.services.views.requests import DraftView, ItemView, RequestView
from bot.slack.cards.headline import closer, deciders, gives, requested
from bot.slack.cards.items import (
    asset_words,
    at_meta_line,
    given_term,
    is_for_owner,
    never_in_force,
    planned_before,
    why_not_at_meta,
)
from bot.slack.cards.outcome import approvers_notes, closed_with, gave_less, quoted, unasked
from bot.slack.cards.truth import claim_line, has_ended
from bot.slack.kit import Message, rich
from bot.slack.lines import (
    Bullets,
    Line,
    Passage,
    Quote,
    Value,
    joined,
    line,
    plain,
    short,
    short_named,
    spoken,
    spoken_within,
)
from bot.slack.text import en as texts
from bot.slack.values import Unreadable

_NAME = 60
_LONGEST_ASSET = 90
_NAMED = 10
_MOST_NOTES = 3


def notice(
    about: About,
    view: RequestView | DraftView,
    *,
    audience: Audience,
    trimmed: Sequence[str] = (),
    with_it: Sequence[RequestView] = (),
) -> Message:
    """Return the line about what happened that goes beside a card.

    `trimmed` are the reader's own people who could do more with the access that ended, `with_it` what
    extended an approval that was undone.

    Raise `Unreadable` if it is no notice about `view`.
    """
    if isinstance(view, DraftView):
        passage = _draft_notice(about, view, audience=audience)
    else:
        passage = _request_notice(about.notice, "".join(about.details), view, audience=audience)
    passage += _extensions(with_it) + _trimmed(trimmed)
    return Message(spoken([passage]), [rich(passage)])


def _extensions(with_it: Sequence[RequestView]) -> Passage:
    """Return what is over with an approval that was undone: what extended it, and what asked to."""
    given = [view.ref for view in with_it if view.state is RequestState.APPROVED]
    asked = [view.ref for view in with_it if view.state is not RequestState.APPROVED]
    ended = line(texts.notices.EXTENSIONS_UNDONE, refs=texts.basics.listed(given, most=_NAMED))
    closed = line(texts.notices.EXTENSIONS_CLOSED, refs=texts.basics.listed(asked, most=_NAMED))
    said = joined([*([ended] if given else []), *([closed] if asked else [])])
    return (said,) if said else ()


def _trimmed(people: Sequence[str]) -> Passage:
    return (line(texts.notices.TRIMMED, people=texts.basics.names_of(people)),) if people else ()


def ended_notice(
    grants: Sequence[GrantView], *, goes_on: int, for_owner: bool, trimmed: Sequence[str] = ()
) -> Message:
    """Return the one message about grants that ended together, all in the same way; see `notice`.

    Of one by itself: its asset has another owner now than when it was requested.
    """
    first = grants[0]
    rest = [line(texts.notices.OTHERS_GO_ON, count=goes_on)] if goes_on else []
    said = _ended_together(grants) if len(grants) > 1 else _ended(first, for_owner=for_owner)
    lines = joined([said, *rest, line(texts.cards.CONTENT_STAYS)])
    passage: Passage = (lines, Quote(first.end_note)) if first.end_note else (lines,)
    passage += _trimmed(trimmed)
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


def _request_notice(what: Notice, which: str, view: RequestView, *, audience: Audience) -> Passage:
    ours = audience is Audience.APPROVERS
    approver = closer(view)
    canceller = short(view.requesting.name, _NAME) if ours else approver
    if what is Notice.ENDED:
        return _ended_notice(view, which, for_owner=is_for_owner(view.kind, audience))
    if what is Notice.PARTED:
        return _parted_notice(view, which)
    if what is Notice.NOT_IN_FORCE:
        return (_not_in_force(view),)
    if what is Notice.WORKS:
        return (_works_notice(view, audience=audience),)
    if what is Notice.COMMENT:
        other = view.requesting if ours else view.deciding
        return _comment_notice(view, which, other=None if ours and view.same_channel else other)
    words = texts.kinds.WORDS[view.kind]
    values: dict[str, Value] = {
        "ref": view.ref,
        "what": requested(view),
        "given": gives(view),
        "term": texts.basics.day_term(given_term(view)),
        "deciding": short(view.deciding.name, _NAME),
        "requesting": short(view.requesting.name, _NAME),
        "names": texts.basics.signers(view.approved_by) or approver,
        "approvals": view.approvals,
        "required_approvals": view.required_approvals,
        "access": has_ended(view),
    }
    templates: Mapping[Notice, str] = {
        Notice.APPROVED: words.notice_approved_less if gave_less(view) else words.notice_approved,
        Notice.DECLINED: words.notice_declined,
        Notice.CANCELLED: words.notice_cancelled,
        Notice.IN_REVIEW: words.notice_in_review,
        Notice.EXPIRED: words.notice_expired_to_approvers if ours else words.notice_expired,
        Notice.UNDONE: words.notice_undone,
        Notice.IN_FORCE: texts.meta.IN_FORCE if view.at_meta is None else texts.meta.CLAIM_IN_FORCE,
    }
    if what not in templates:
        raise Unreadable(f"no notice about a request: {what}")
    template = templates[what]
    if what is Notice.APPROVED and (waits := claim_line(view)):
        return (line(texts.meta.CLAIM_CONFIRMED, **values), waits)
    if what is Notice.APPROVED and (how := unasked(view)) is not None:
        template = how.notice
    if what is Notice.UNDONE:
        approver = short(view.undone_by or texts.basics.SOMEBODY, _NAME)
    name = canceller if what is Notice.CANCELLED else approver
    said = line(template, name=name, **values)
    if what is Notice.UNDONE:
        said = joined([said, _goes_on(view.items)])
    if what is Notice.APPROVED and len(view.approved_by) > 1:
        written = approvers_notes(view)
        more = line(texts.notices.NOTES_MORE, count=len(written) - _MOST_NOTES)
        return (said, *quoted(written[:_MOST_NOTES]), *([more] if len(written) > _MOST_NOTES else ()))
    is_quoted = view.note and what not in {Notice.EXPIRED, Notice.UNDONE, Notice.IN_FORCE}
    return (said, Quote(view.note)) if is_quoted else (said,)


def _not_in_force(view: RequestView) -> Line:
    if failure := claim_line(view):
        said = line(texts.meta.NOT_IN_FORCE, assets=gives(view), ref=view.ref)
        return joined([said, failure])
    failed = [item for item in view.items if item.grant is not None and item.grant.state is GrantState.FAILED]
    if not failed:  # it was tried again since
        return line(texts.meta.IN_FORCE, what=gives(view), ref=view.ref)
    names = texts.basics.listed([asset_words(item) for item in failed], most=_NAMED)
    reasons = dict.fromkeys(at_meta_line(item.grant) for item in failed if item.grant is not None)
    return joined([line(texts.meta.NOT_IN_FORCE, assets=names, ref=view.ref), *reasons])


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


def shortened_notice(grants: Sequence[GrantView], *, after: Mapping[str, HeldAfter]) -> Message:
    """Return that these grants of one owner end sooner than they did; see `notice`.

    `after` is what their holders have then of the like by other grants, by the ids of those that end.
    """
    rows = tuple(
        joined([_ends_sooner(one, at=one.ends_at), _keeps(one, after.get(one.id))])
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


def _keeps(grant: GrantView, held: HeldAfter | None) -> Line:
    """Return what the holder of a grant keeps of the like by other grants; empty if nothing."""
    if held is None:
        return ()
    return line(
        texts.notices.GOES_ON if held.until is None else texts.notices.GOES_ON_UNTIL,
        holder=short(grant.holder.name, _NAME),
        level=texts.basics.level_said(grant.kind, held.tasks),
        until=held.until or "",
    )


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


def _comment_notice(view: RequestView, comment_id: str, *, other: Party | None) -> Passage:
    """Return what somebody wrote, and that the `other` side, if there is one, reads no replies to it."""
    comment = next((one for one in view.comments if one.id == comment_id), None)
    if comment is None:
        raise Unreadable("no such comment on this request")
    said = line(
        texts.notices.COMMENT,
        name=short(comment.by, _NAME),
        business=short(comment.business.name, _NAME),
        what=requested(view),
        ref=view.ref,
    )
    if other is None:
        return (said, Quote(comment.text))
    # It starts a thread, in which people go on writing.
    whom = deciders(view) if other == view.deciding else short(other.name, _NAME)
    aside = line(texts.notices.COMMENT_THREAD, other=whom)
    return (said, Quote(comment.text), aside)


def _works_notice(view: RequestView, *, audience: Audience) -> Line:
    said = view.works
    if said is None:
        raise Unreadable("nobody has said whether this works")
    is_own = not is_for_owner(view.kind, audience)
    owner = view.deciding if said.holder.id == view.requesting.id else view.requesting
    template = texts.works.NOTICE_NOT_OWN if is_own else texts.works.NOTICE_NOT
    return line(
        texts.works.NOTICE_NOW if said.works else template,
        by=short((said.by if is_own else "") or said.holder.name, _NAME),
        holder=short(said.holder.name, _NAME),
        owner=short(owner.name, _NAME),
        id=said.holder.id,
        what=gives(view),
        ref=view.ref,
    )


def parted_notice(about: About, grant: GrantView) -> Message:
    """Return that a partnership ended, to both sides of access on an asset that has another owner since."""
    passage = _parted("".join(about.details), (grant.holder, grant.owner), note=grant.end_note)
    return Message(spoken([passage]), [rich(passage)])


def _parted_notice(view: RequestView, which: str) -> Passage:
    notes = [item.grant.end_note for item in view.items if item.grant is not None and item.grant.end_note]
    note = view.note if view.parted_by is not None else "".join(notes[:1])
    return _parted(which, (view.requesting, view.deciding), note=note)


def _parted(which: str, sides: tuple[Party, Party], *, note: str) -> Passage:
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


def _ended_notice(view: RequestView, grant_id: str, *, for_owner: bool) -> Passage:
    if view.extends is not None and view.extends.id == grant_id and view.closed_with is not None:
        return (closed_with(view),)
    item = next((one for one in view.items if one.grant is not None and one.grant.id == grant_id), None)
    if item is None or item.grant is None:
        raise Unreadable("no such access on this request")
    grant = item.grant
    with_before = None if view.undone_at is not None else view.extends
    said = _ended(grant, for_owner=for_owner, with_before=with_before)
    said = joined([said, _goes_on([item]) or line(texts.cards.CONTENT_STAYS)])
    return (said, Quote(grant.end_note)) if grant.end_note else (said,)


def _ended(grant: GrantView, *, for_owner: bool, with_before: GrantView | None = None) -> Line:
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
        by=short(_ender(grant, for_owner=for_owner), _NAME),
        holder=short(grant.holder.name, _NAME),
        asset=short_named(grant.asset_name, grant.asset_id, _LONGEST_ASSET),
        level=texts.basics.level_said(grant.kind, grant.tasks),
        planned=planned or "",
        ref=grant.ref,
    )


def _goes_on(items: Sequence[ItemView]) -> Line:
    """Return what the holder keeps by other grants of what these items gave; empty if nothing."""
    ended = [(item, item.grant) for item in items if item.grant is not None]
    kept = [(item, grant) for item, grant in ended if item.held]
    if not kept:
        return ()
    item, grant = kept[0]
    if len(ended) > 1:
        holder = short(grant.holder.name, _NAME)
        return line(texts.notices.GOES_ON_FOR_SOME, holder=holder, number=len(kept))
    return _keeps(grant, HeldAfter(tasks=item.held, until=item.held_until))


def _ender(grant: GrantView, *, for_owner: bool) -> str:
    if grant.by_operator:
        return texts.meta.THE_OPERATOR
    business = grant.owner if grant.end_reason is EndReason.REVOKED else grant.holder
    own = for_owner == (grant.end_reason is EndReason.REVOKED)
    return grant.ended_by or business.name if own else business.name


def _draft_notice(about: About, view: DraftView, *, audience: Audience) -> Passage:
    what = about.notice
    templates: Mapping[Notice, str] = {
        Notice.SENT: texts.notices.DRAFT_SENT,
        Notice.DROPPED: texts.notices.DRAFT_DROPPED,
        Notice.EXPIRED: texts.notices.DRAFT_EXPIRED
        if audience is Audience.AUTHOR
        else texts.notices.DRAFT_EXPIRED_TO_SENDERS,
        Notice.DRAFTS: texts.notices.DRAFT_WAITS if about.details == ("1",) else texts.notices.DRAFTS_WAIT,
    }
    if what not in templates:
        raise Unreadable(f"no notice about a draft: {what}")
    return (
        line(
            templates[what],
            name=short(view.over_by or texts.basics.SOMEBODY, _NAME),
            deciding=short(view.deciding.name, _NAME),
            author=short(view.author, _NAME),
            count="".join(about.details),
            what=requested(view),
            ref=view.ref,
        ),
    )
