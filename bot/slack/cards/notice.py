"""Notices: one line about what happened, beside a card or in its thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.domain.grants import GrantState
from bot.domain.messages import About, Audience, Notice
from bot.domain.requests import RequestState
from bot.services.views.access import HeldAfter
from bot.services.views.parties import Party
from bot.services.views.requests import DraftView, ItemView, RequestView
from bot.slack.cards.access import ended, keeps, parted, trimmed_line
from bot.slack.cards.headline import closer, deciders, gives, in_force, requested
from bot.slack.cards.items import (
    asset_words,
    at_meta_line,
    given_term,
    is_for_owner,
)
from bot.slack.cards.outcome import approvers_notes, closed_with, gave_less, quoted, unasked
from bot.slack.cards.truth import claim_line, has_ended
from bot.slack.kit import Message, rich
from bot.slack.lines import (
    Line,
    Passage,
    Quote,
    Value,
    joined,
    line,
    short,
    spoken,
)
from bot.slack.text import en as texts
from bot.slack.values import Unreadable

_NAME = 60
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
    passage += _extensions(with_it) + trimmed_line(trimmed)
    return Message(spoken([passage]), [rich(passage)])


def _extensions(with_it: Sequence[RequestView]) -> Passage:
    """Return what is over with an approval that was undone: what extended it, and what asked to."""
    given = [view.ref for view in with_it if view.state is RequestState.APPROVED]
    asked = [view.ref for view in with_it if view.state is not RequestState.APPROVED]
    ended = line(texts.notices.EXTENSIONS_UNDONE, refs=texts.basics.listed(given, most=_NAMED))
    closed = line(texts.notices.EXTENSIONS_CLOSED, refs=texts.basics.listed(asked, most=_NAMED))
    said = joined([*([ended] if given else []), *([closed] if asked else [])])
    return (said,) if said else ()


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
        said = joined([said, goes_on(view.items)])
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
        what=in_force(view),
        ref=view.ref,
    )


def _parted_notice(view: RequestView, which: str) -> Passage:
    notes = [item.grant.end_note for item in view.items if item.grant is not None and item.grant.end_note]
    note = view.note if view.parted_by is not None else "".join(notes[:1])
    return parted(which, (view.requesting, view.deciding), note=note)


def _ended_notice(view: RequestView, grant_id: str, *, for_owner: bool) -> Passage:
    if view.extends is not None and view.extends.id == grant_id and view.closed_with is not None:
        return (closed_with(view),)
    item = next((one for one in view.items if one.grant is not None and one.grant.id == grant_id), None)
    if item is None or item.grant is None:
        raise Unreadable("no such access on this request")
    grant = item.grant
    with_before = None if view.undone_at is not None else view.extends
    said = ended(grant, for_owner=for_owner, with_before=with_before)
    said = joined([said, goes_on([item]) or line(texts.cards.CONTENT_STAYS)])
    return (said, Quote(grant.end_note)) if grant.end_note else (said,)


def goes_on(items: Sequence[ItemView]) -> Line:
    """Return what the holder keeps by other grants of what these items gave; empty if nothing."""
    ended = [(item, item.grant) for item in items if item.grant is not None]
    kept = [(item, grant) for item, grant in ended if item.held]
    if not kept:
        return ()
    item, grant = kept[0]
    if len(ended) > 1:
        holder = short(grant.holder.name, _NAME)
        return line(texts.notices.GOES_ON_FOR_SOME, holder=holder, number=len(kept))
    return keeps(grant, HeldAfter(tasks=item.held, until=item.held_until))


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
