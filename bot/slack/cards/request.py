"""A request's card, shown to one audience, rendered whole from the record.

The approvers' card says, from top to bottom: who asks, for what, why, for how long, and what an approval
does. The card of a request that is over begins with how it ended and has no button that decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.domain.messages import Audience
from bot.domain.requests import RequestState
from bot.services.results import CommentView, ItemView, RequestView
from bot.slack.cards import buttons
from bot.slack.cards.items import (
    Showing,
    counted_levels,
    effective_term,
    has_risk,
    item_passages,
)
from bot.slack.kit import Line, Message, Passage, Quote, Value, actions, card, joined, line, short
from bot.slack.text import en as texts

_NAME = 60
_MOST_COMMENTS = 2
_MOST_ACKNOWLEDGERS = 3
_LONGEST_COUNT = 300


def request_card(view: RequestView, *, audience: Audience, now: datetime) -> Message:
    """Return a request's card for the approvers, for the requester, or for the author of its draft.

    EXPIRY warns the requester a day before it expires, and follows it to its end.
    """
    is_warning = audience is Audience.EXPIRY and view.state.is_open
    words = texts.kinds.WORDS[view.kind]
    title = (words.expiry_title if is_warning else words.title).format(ref=view.ref)
    match audience:
        case Audience.APPROVERS:
            row = buttons.approvers_row(view, now=now)
        case Audience.REQUESTER | Audience.EXPIRY:
            row = buttons.requester_row(view, now=now)
        case _:
            row = actions(buttons.reading_menu(view))
    return card(
        title,
        lambda room: request_passages(view, audience=audience, room=room, now=now),
        [row],
        rest=texts.cards.THE_REST,
    )


def request_passages(view: RequestView, *, audience: Audience, room: int, now: datetime) -> list[Passage]:
    """Return what a request's card says, its items in about `room` characters."""
    if audience is Audience.EXPIRY:
        return _expiry_passages(view, now=now)
    showing = _showing(view, audience=audience, now=now)
    return _request_passages(view, item_passages(view.items, showing=showing, room=room), showing=showing)


def whole_passages(
    view: RequestView, items: Sequence[ItemView], *, audience: Audience, now: datetime
) -> list[Passage]:
    """Return everything about a request and these of its items, with nothing left out."""
    showing = _showing(view, audience=audience, now=now, whole=True)
    return _request_passages(view, item_passages(items, showing=showing, room=0), showing=showing)


def _showing(view: RequestView, *, audience: Audience, now: datetime, whole: bool = False) -> Showing:
    return Showing(
        audience=audience, kind=view.kind, deciding=view.deciding, state=view.state, now=now, whole=whole
    )


def _request_passages(view: RequestView, items: list[Passage], *, showing: Showing) -> list[Passage]:
    said = ((line(texts.cards.WHY), Quote(view.reason or texts.basics.NO_REASON)), *_comments(view, showing))
    outcome = outcome_passages(view, audience=showing.audience, now=showing.now)
    if showing.for_approvers:
        return [*outcome, _who_asks(view), *items, *said, _facts(view, showing), *_warnings(view)]
    return [_you_asked(view, showing), *outcome, *items, *said, _facts_for_requester(view, showing)]


def _comments(view: RequestView, showing: Showing) -> list[Passage]:
    shown = view.comments if showing.whole else view.comments[-_MOST_COMMENTS:]
    passages: list[Passage] = []
    if len(shown) < len(view.comments):
        earlier = texts.basics.counted(len(view.comments) - len(shown), "comment")
        passages.append((line(texts.cards.EARLIER_COMMENTS, comments=earlier),))
    return [*passages, *((_comment_line(one), Quote(one.text)) for one in shown)]


def _comment_line(comment: CommentView) -> Line:
    return line(
        texts.cards.COMMENT_BY,
        name=short(comment.by, _NAME),
        business=short(comment.business.name, _NAME),
        at=comment.at,
    )


# --- the approvers' card ----------------------------------------------------------------------------


def _who_asks(view: RequestView) -> Passage:
    requesting = view.requesting
    words = texts.kinds.WORDS[view.kind]
    by: dict[str, Value] = {"requester": short(view.requester, _NAME), "at": view.created_at}
    lines = [
        line(
            words.asks_to_extend if view.extends else words.asks,
            requesting=short(requesting.name, _NAME),
            deciding=short(view.deciding.name, _NAME),
            assets=texts.basics.counted(len(view.items), "asset"),
        ),
        line("{business}.", business=texts.basics.id_and_status(requesting)),
        line(words.requested_by_from_draft, author=short(view.author, _NAME), **by)
        if view.author
        else line(words.requested_by, **by),
    ]
    if view.state.is_open:  # cards that are over are not updated when it changes
        lines.append(_standing(view))
    if not requesting.verified:
        lines.append(line(texts.cards.NOT_VERIFIED_WARNING))
    return tuple(lines)


def _standing(view: RequestView) -> Line:
    words = texts.kinds.WORDS[view.kind]
    if not view.past_requests and not view.live_grants:
        return line(words.standing_new)
    said = line(
        words.standing,
        grants=texts.basics.counted(view.live_grants, "grant")
        if view.live_grants
        else texts.cards.NO_GRANTS_NOW,
        requests=texts.basics.counted(view.past_requests, "request"),
    )
    since = line(texts.cards.FIRST_SEEN, at=view.first_seen) if view.first_seen else ()
    return joined([said, since])


def _facts(view: RequestView, showing: Showing) -> Passage:
    lines: list[Line] = []
    if view.people:
        lines.append(
            line(texts.cards.FOR_WHOM, people=texts.basics.names_of(view.people, whole=showing.whole))
        )
    lines += [_how_long(view), *_extends(view)]
    if view.state.is_open:
        lines.append(line(texts.cards.DECIDE_BY, at=view.expires_at))
        lines.append(_approvals(view))
        lines += _acknowledgers(view, showing)
    if view.opened_by:
        lines.append(
            line(texts.cards.OPENED_BY, people=texts.basics.names_of(view.opened_by, whole=showing.whole))
        )
    return tuple(lines)


def _how_long(view: RequestView) -> Line:
    given = view.given_term if view.state in {RequestState.APPROVED, RequestState.IN_REVIEW} else None
    if given is None or given == view.term:
        return line(texts.cards.HOW_LONG, term=texts.basics.term(view.term))
    template = (
        texts.cards.HOW_LONG_SHORTENED
        if view.state is RequestState.APPROVED
        else texts.cards.HOW_LONG_FIRST_APPROVAL
    )
    return line(template, given=texts.basics.term(given), requested=texts.basics.term(view.term))


def _extends(view: RequestView) -> list[Line]:
    before = view.extends
    if before is None or before.ends_at is None:
        return []
    given = view.given_term if view.state is RequestState.APPROVED else None
    how_long = given or effective_term(view)
    if view.state.is_open:
        template = texts.cards.EXTENDS_IF_APPROVED
    else:
        template = texts.cards.EXTENDED if view.state is RequestState.APPROVED else texts.cards.NOT_EXTENDED
    return [line(template, ref=before.ref, old=before.ends_at, new=texts.basics.confirm_term(how_long))]


def _acknowledgers(view: RequestView, showing: Showing) -> list[Line]:
    acknowledged_by = [one for one in view.acknowledged_by if showing.now < one.until]
    shown = acknowledged_by if showing.whole else acknowledged_by[:_MOST_ACKNOWLEDGERS]
    lines = [line(texts.cards.ACKNOWLEDGED, name=short(one.name, _NAME), at=one.until) for one in shown]
    if len(shown) < len(acknowledged_by):
        lines.append(line(texts.cards.ACKNOWLEDGED_MORE, count=len(acknowledged_by) - len(shown)))
    return lines


def _approvals(view: RequestView) -> Line:
    if view.approvals:
        return line(
            texts.cards.APPROVALS_SOME,
            approvals=view.approvals,
            required_approvals=view.required_approvals,
            approved_by=texts.basics.names_of(view.approved_by) or texts.basics.SOMEBODY,
        )
    if view.required_approvals == 1:
        return line(texts.cards.APPROVALS_NONE, required_approvals=texts.cards.NEEDED_ONE)
    template = texts.cards.NEEDED_RISKY if has_risk(view) else texts.cards.NEEDED_MORE
    return line(
        texts.cards.APPROVALS_NONE,
        required_approvals=template.format(required_approvals=view.required_approvals),
    )


def _warnings(view: RequestView) -> list[Passage]:
    if not view.state.is_open or view.required_approvals <= view.admins:
        return []
    return [
        (
            line(
                texts.kinds.WORDS[view.kind].too_few_admins,
                required_approvals=texts.basics.counted(
                    view.required_approvals, "approval is", "approvals are"
                ),
                deciding=short(view.deciding.name, _NAME),
                admins=texts.basics.admins(view.admins),
            ),
        )
    ]


# --- the requester's card ----------------------------------------------------------------------------


def _you_asked(view: RequestView, showing: Showing) -> Passage:
    words = texts.kinds.WORDS[view.kind]
    deciding = short(view.deciding.name, _NAME)
    names = {
        "deciding": deciding,
        "requesting": short(view.requesting.name, _NAME),
        "assets": texts.basics.counted(len(view.items), "asset"),
    }
    lines = [
        line(words.you_asked_to_extend if view.extends else words.you_asked, **names)
        if showing.audience is not Audience.AUTHOR
        else line(words.sent_your_draft, requester=short(view.requester, _NAME), **names)
    ]
    if not view.state.is_open:
        return tuple(lines)
    lines.append(
        line(words.sent, at=view.created_at, admins=texts.basics.admins(view.admins), deciding=deciding)
    )
    if view.state is RequestState.IN_REVIEW:
        lines.append(
            line(texts.cards.IN_REVIEW, approvals=view.approvals, required_approvals=view.required_approvals)
        )
    elif view.opened_by:
        lines.append(line(words.opened, deciding=deciding))
    if view.undelivered is not None:
        lines.append(line(words.not_reached, deciding=deciding))
    if view.required_approvals > view.admins:
        required_approvals = texts.basics.counted(view.required_approvals, "approval is", "approvals are")
        lines.append(
            line(
                words.nobody_can_decide,
                deciding=deciding,
                required_approvals=required_approvals,
                admins=texts.basics.admins(view.admins),
            )
        )
    if showing.now < view.expires_at:
        lines.append(line(texts.cards.THEY_DECIDE_BY, at=view.expires_at))
    return tuple(lines)


def _facts_for_requester(view: RequestView, showing: Showing) -> Passage:
    lines = [_how_long(view), *_extends(view)]
    if view.people:
        lines.insert(
            0, line(texts.cards.FOR_WHOM, people=texts.basics.names_of(view.people, whole=showing.whole))
        )
    if showing.audience is Audience.REQUESTER and view.state.is_open and view.remind_after is not None:
        lines.append(line(texts.cards.REMINDED, at=view.remind_after))
    return (*lines, *_next(view))


def _next(view: RequestView) -> list[Line]:
    words = texts.kinds.WORDS[view.kind]
    undone = view.undone_at is not None
    following = words.next_after_undo if undone else words.next_after.get(view.state)
    return [line(following)] if following else []


# --- the warning before it expires ------------------------------------------------------------------


def _expiry_passages(view: RequestView, *, now: datetime) -> list[Passage]:
    showing = _showing(view, audience=Audience.EXPIRY, now=now)
    if not view.state.is_open:
        return [
            _you_asked(view, showing),
            *outcome_passages(view, audience=showing.audience, now=now),
            tuple(_next(view)),
        ]
    is_late = now >= view.expires_at
    in_review = view.state is RequestState.IN_REVIEW
    words = texts.kinds.WORDS[view.kind]
    lines = [
        line(
            words.not_decided_in_review if in_review else words.not_decided,
            deciding=short(view.deciding.name, _NAME),
            requesting=short(view.requesting.name, _NAME),
            ref=view.ref,
            what=short(counted_levels((item.kind, item.requested) for item in view.items), _LONGEST_COUNT),
            approvals=view.approvals,
            required_approvals=view.required_approvals,
        ),
        line(words.expired_just_now if is_late else words.expires, at=view.expires_at),
    ]
    if view.remind_after is not None and not is_late:
        lines.append(line(texts.cards.REMINDED, at=view.remind_after))
    elif buttons.can_remind(view, now=now):
        lines.append(line(texts.cards.MAY_REMIND))
    return [tuple(lines), *_comments(view, showing)]


# --- how it ended -----------------------------------------------------------------------------------


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
            names = texts.basics.names_of(view.approved_by) or approver
            said, writer = line(template, names=names, at=at), approver
        case RequestState.DECLINED:
            said, writer = line(words.declined, name=short(approver, _NAME), at=at), approver
        case RequestState.CANCELLED:
            # The other side sees the names of the requester and the approvers, and of nobody else.
            writer = view.requesting.name if ours else approver
            said = line(words.cancelled, name=short(writer, _NAME), at=at)
        case _:
            said, writer = line(words.expired, at=at), ""
    lines = [said]
    if view.undone_at is not None:
        undoer = short(view.undone_by or texts.basics.SOMEBODY, _NAME)
        lines.append(line(words.undone, name=undoer, at=view.undone_at))
    elif ours and view.undo_until is not None and buttons.can_undo(view, now=now):
        lines.append(line(words.may_undo, at=view.undo_until))
    if view.note and writer:
        return [(*lines, line(texts.cards.NOTE_BY, name=short(writer, _NAME)), Quote(view.note))]
    return [tuple(lines)]


def outcome_line(view: RequestView, *, now: datetime) -> Line:
    """Return in one line, for the deciding side, how a request ended; empty while it is open."""
    if view.state.is_open and now < view.expires_at:
        return ()
    words = texts.kinds.WORDS[view.kind]
    approver = short(view.over_by or texts.basics.SOMEBODY, _NAME)
    if view.undone_at is not None:
        template, approver = words.line_undone, short(view.undone_by or texts.basics.SOMEBODY, _NAME)
    else:
        template = {
            RequestState.APPROVED: words.line_approved_less if gave_less(view) else words.line_approved,
            RequestState.DECLINED: words.line_declined,
            RequestState.CANCELLED: words.line_cancelled,
        }.get(view.state, words.line_expired)
    return line(
        template,
        ref=view.ref,
        requesting=short(view.requesting.name, _NAME),
        name=approver,
        names=texts.basics.names_of(view.approved_by) or approver,
        at=view.undone_at or view.over_at or view.expires_at,
    )


def gave_less(view: RequestView) -> bool:
    """Say whether less was given than asked."""
    shorter = view.given_term is not None and view.given_term != view.term
    return shorter or any(item.given is not None and item.given != item.requested for item in view.items)
