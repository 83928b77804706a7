"""How a request ended: on its cards, and in one line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import chain

from bot.domain.assets import level_name
from bot.domain.grants import GrantState
from bot.domain.messages import Audience
from bot.domain.requests import RequestState
from bot.services.views.requests import RequestView
from bot.slack.cards import buttons
from bot.slack.cards.headline import closer, gives
from bot.slack.cards.items import given_term, is_for_owner
from bot.slack.cards.truth import claim_line, has_ended
from bot.slack.lines import Line, Passage, Quote, line, short
from bot.slack.text import en as texts

_NAME = 60


def outcome_passages(view: RequestView, *, audience: Audience, now: datetime) -> list[Passage]:
    """Return how a request ended, for the cards of one audience; nothing while it is open."""
    if view.state.is_open or view.over_at is None:
        return []
    words = texts.kinds.WORDS[view.kind]
    at = view.over_at
    ours = audience is Audience.APPROVERS
    approver = view.over_by or texts.basics.SOMEBODY
    match view.state:
        case RequestState.APPROVED:
            template = words.approved_less if gave_less(view) else words.approved
            names = texts.basics.signers(view.approved_by) or approver
            said, writer = line(template, names=names, at=at), approver
            if (how := unasked(view)) is not None:
                said = line(
                    how.ours if ours else how.theirs,
                    requesting=short(view.requesting.name, _NAME),
                    deciding=short(view.deciding.name, _NAME),
                    names=names,
                    at=at,
                    since=view.standing_since or at,
                )
        case RequestState.DECLINED:
            said, writer = line(words.declined, name=closer(view), at=at), approver
        case RequestState.CANCELLED:
            # The other side sees the names of the requester and the approvers, and of nobody else.
            writer = view.requesting.name if ours else approver
            said = line(words.cancelled, name=short(writer, _NAME) if ours else closer(view), at=at)
            if view.closed_with is not None:
                said, writer = closed_with(view), ""
            if view.parted_by is not None:
                writer = view.parted_by.name
                said = line(texts.partners.CANCELLED, by=short(writer, _NAME), at=at)
        case _:
            said, writer = line(words.expired, at=at), ""
    lines = [said, *filter(None, [claim_line(view)])]
    if view.undone_at is not None:
        undoer = short(view.undone_by or texts.basics.SOMEBODY, _NAME)
        access = has_ended(view, on_card=True)
        lines.append(line(words.undone, name=undoer, at=view.undone_at, access=access))
    elif ours and view.undo_until is not None and buttons.can_undo(view, now=now):
        lines.append(line(words.may_undo, at=view.undo_until))
    lines += _works(view, for_owner=is_for_owner(view.kind, audience))
    written = approvers_notes(view) or ([(writer, view.note)] if view.note and writer else [])
    return [(*lines, *quoted(written))]


def approvers_notes(view: RequestView) -> Sequence[tuple[str, str]]:
    """Return what those wrote who approved what was approved, each with a name; nothing of any other end."""
    return view.approval_notes if view.state is RequestState.APPROVED else ()


def quoted(written: Iterable[tuple[str, str]]) -> Passage:
    """Return what people wrote, each below their name."""
    named = [(line(texts.cards.NOTE_BY, name=short(name, _NAME)), Quote(text)) for name, text in written]
    return tuple(chain.from_iterable(named))


def _works(view: RequestView, *, for_owner: bool) -> list[Line]:
    """Return what the holder last said of access that goes on; a person is named to their own side only."""
    said = view.works
    is_there = any(item.grant is not None and item.grant.state is GrantState.ACTIVE for item in view.items)
    if said is None or not is_there:
        return []
    by = (said.holder.name if for_owner else said.by) or texts.basics.SOMEBODY
    template = texts.works.WORKS if said.works else texts.works.WORKS_NOT
    return [line(template, by=short(by, _NAME), at=said.at)]


def unasked(view: RequestView) -> texts.standing.Unasked | None:
    """Return the words for a request about which the deciding side was not asked; None if it was."""
    facts = {"standing_since": view.standing_since, "direct": view.direct, "found": view.found}
    return next((texts.standing.UNASKED[fact] for fact, holds in facts.items() if holds), None)


def outcome_line(view: RequestView, *, now: datetime) -> Line:
    """Return in one line, for the deciding side, how a request ended; empty while it is open."""
    if view.state.is_open and now < view.expires_at:
        return ()
    if view.closed_with is not None:
        return closed_with(view)
    if view.parted_by is not None:
        return line(
            texts.partners.LINE_CANCELLED,
            by=short(view.parted_by.name, _NAME),
            ref=view.ref,
            what=gives(view),
            at=view.over_at or view.expires_at,
        )
    words = texts.kinds.WORDS[view.kind]
    approver = closer(view)
    if view.undone_at is not None:
        template, approver = words.line_undone, short(view.undone_by or texts.basics.SOMEBODY, _NAME)
    else:
        template = {
            RequestState.APPROVED: words.line_approved_less if gave_less(view) else words.line_approved,
            RequestState.DECLINED: words.line_declined,
            RequestState.CANCELLED: words.line_cancelled,
        }.get(view.state, words.line_expired)
        if (how := unasked(view)) is not None:
            template = how.one_line
    return line(
        template,
        ref=view.ref,
        what=gives(view),
        requesting=short(view.requesting.name, _NAME),
        name=approver,
        names=texts.basics.signers(view.approved_by) or approver,
        at=view.undone_at or view.over_at or view.expires_at,
    )


def closed_with(view: RequestView) -> Line:
    """Return that a request to extend access was closed, because that access was ended."""
    assert view.extends is not None
    return line(
        texts.cards.CLOSED_BY_OPERATOR
        if view.extends.by_operator
        else texts.cards.CLOSED_WITH[view.closed_with],
        by=texts.meta.BY_OPERATOR,
        ref=view.ref,
        what=gives(view),
        owner=short(view.extends.owner.name, _NAME),
        holder=short(view.extends.holder.name, _NAME),
        at=view.over_at or view.expires_at,
    )


def extended_in_part(view: RequestView) -> Line:
    """Return what goes on and what ends where an extension gave only a part of the access; else empty."""
    before = view.extends
    if before is None or before.until is None or view.state is not RequestState.APPROVED:
        return ()
    given = frozenset[str]().union(*(item.given or () for item in view.items))
    left = before.tasks - given
    if not left:
        return ()
    return line(
        texts.cards.EXTENDED_IN_PART,
        ref=before.ref,
        level=level_name(before.kind, given),
        new=texts.basics.confirm_term(given_term(view)),
        rest=texts.basics.doing(before.kind, left),
        old=before.until,
    )


def gave_less(view: RequestView) -> bool:
    """Say whether less was given than asked."""
    shorter = view.given_term is not None and view.given_term != view.term
    return shorter or any(item.given is not None and item.given != item.requested for item in view.items)
