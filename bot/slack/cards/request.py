"""Cards and notices: one request or prepared ask, shown to one audience, rendered whole from the record.

The deciders' card answers, from top to bottom: who asks, for what, why, for how long, and what a yes
does. A card of something that is over begins with how it ended and keeps no button that decides.
`bot.slack.cards.digest` has the cards that only the clock sends.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from enum import StrEnum

from bot.domain.grants import EndReason
from bot.domain.messages import Audience
from bot.domain.requests import DraftState, RequestState
from bot.services.results import CommentView, DraftView, GrantView, ItemView, RequestView
from bot.slack.cards import buttons
from bot.slack.cards.items import (
    Showing,
    asset_words,
    counted_levels,
    effective_term,
    has_risk,
    item_passages,
)
from bot.slack.ids import Unreadable
from bot.slack.kit import (
    LONGEST_BLOCKS,
    LONGEST_TEXT,
    Block,
    Line,
    Message,
    Passage,
    Quote,
    Value,
    actions,
    header,
    joined,
    length_of,
    line,
    rich,
    short,
    spoken,
    spoken_within,
)
from bot.slack.text import en as texts

_ROOMS = (5_500, 3_500, 2_600, 2_000, 1_400, 1_000, 400, 0)
_NAME = 60
_MOST_NAMES = 10
_MOST_COMMENTS = 2
_MOST_ACKNOWLEDGERS = 3
_LONGEST_COUNT = 300


class About(StrEnum):
    """What a notice can be about; the end of access is `ended:<grant id>`, a remark `remark:<its id>`."""

    APPROVED = "approved"
    DECLINED = "declined"
    IN_REVIEW = "in_review"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    SENT = "sent"
    DROPPED = "dropped"
    UNDONE = "undone"
    ENDED = "ended"
    COMMENT = "comment"


# --- cards ------------------------------------------------------------------------------------------


def request_card(view: RequestView, *, audience: Audience, now: datetime) -> Message:
    """Return a request's card for the deciders, for who asked, or for who prepared it.

    EXPIRY warns who asked a day before it expires, and follows it to its end.
    """
    is_warning = audience is Audience.EXPIRY and view.state.is_open
    words = texts.kinds.words_of(view.kind)
    title = (words.expiry_title if is_warning else words.title).format(ref=view.ref)
    match audience:
        case Audience.APPROVERS:
            row = buttons.approvers_row(view, now=now)
        case Audience.REQUESTER | Audience.EXPIRY:
            row = buttons.requester_row(view, now=now)
        case _:
            row = actions(buttons.reading_menu(view))
    return card(title, lambda room: request_passages(view, audience=audience, room=room, now=now), [row])


def request_passages(view: RequestView, *, audience: Audience, room: int, now: datetime) -> list[Passage]:
    """Return what a request's card says, its items in about `room` characters."""
    if audience is Audience.EXPIRY:
        return _expiry_passages(view, now=now)
    showing = Showing(audience=audience, owner=view.deciding, state=view.state, now=now)
    return _request_passages(view, item_passages(view.items, showing=showing, room=room), showing=showing)


def whole_passages(
    view: RequestView, items: Sequence[ItemView], *, audience: Audience, now: datetime
) -> list[Passage]:
    """Return everything about a request and these of its items, with nothing left out."""
    showing = Showing(audience=audience, owner=view.deciding, state=view.state, now=now, whole=True)
    return _request_passages(view, item_passages(items, showing=showing, room=0), showing=showing)


def _request_passages(view: RequestView, items: list[Passage], *, showing: Showing) -> list[Passage]:
    said = ((line(texts.cards.WHY), Quote(view.reason or texts.basics.NO_REASON)), *_comments(view, showing))
    outcome = _outcome(view, showing.audience, now=showing.now)
    if showing.for_approvers:
        return [*outcome, _who_asks(view), *items, *said, _facts(view, showing), *_warnings(view)]
    return [_you_requested(view, showing), *outcome, *items, *said, _facts_for_requester(view, showing)]


def _comments(view: RequestView, showing: Showing) -> list[Passage]:
    shown = view.comments if showing.whole else view.comments[-_MOST_COMMENTS:]
    passages: list[Passage] = []
    if len(shown) < len(view.comments):
        earlier = texts.basics.counted(len(view.comments) - len(shown), "comment")
        passages.append((line(texts.cards.EARLIER_COMMENTS, comments=earlier),))
    return [*passages, *((_wrote(texts.cards.COMMENT_BY, one), Quote(one.text)) for one in shown)]


def _wrote(template: str, comment: CommentView, **more: Value) -> Line:
    return line(
        template,
        name=short(comment.by, _NAME),
        business=short(comment.business.name, _NAME),
        at=comment.at,
        **more,
    )


def draft_card(view: DraftView, *, audience: Audience, now: datetime) -> Message:
    """Return a prepared ask's card, for the admins who send it or for who prepared it."""
    waits = view.state is DraftState.WAITING
    controls = [buttons.draft_row(view)] if waits and audience is Audience.SUBMITTERS else []
    return card(
        texts.cards.DRAFT_TITLE.format(ref=view.ref),
        lambda room: _draft_passages(view, audience=audience, room=room, now=now),
        controls,
    )


# --- the deciders' card -----------------------------------------------------------------------------


def _who_asks(view: RequestView) -> Passage:
    requesting = view.requesting
    words = texts.kinds.words_of(view.kind)
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
    if view.state.is_open:  # it is there to decide by, and a card that is over does not follow it
        lines.append(_standing(view))
    if not requesting.verified:
        lines.append(line(texts.cards.NOT_VERIFIED_WARNING))
    return tuple(lines)


def _standing(view: RequestView) -> Line:
    words = texts.kinds.words_of(view.kind)
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
        lines.append(line(texts.cards.FOR_WHOM, people=names_of(view.people, whole=showing.whole)))
    lines += [_how_long(view), *_extends(view)]
    if view.state.is_open:
        lines.append(line(texts.cards.DECIDE_BY, at=view.expires_at))
        lines.append(_approvals(view))
        lines += _acknowledgers(view, showing)
    if view.opened_by:
        lines.append(line(texts.cards.OPENED_BY, people=names_of(view.opened_by, whole=showing.whole)))
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
            approved_by=names_of(view.approved_by) or texts.basics.SOMEBODY,
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
                texts.kinds.words_of(view.kind).too_few_admins,
                required_approvals=texts.basics.counted(
                    view.required_approvals, "approval is", "approvals are"
                ),
                deciding=short(view.deciding.name, _NAME),
                admins=_admins(view.admins),
            ),
        )
    ]


# --- how it ended -----------------------------------------------------------------------------------


def _outcome(view: RequestView, audience: Audience, *, now: datetime) -> list[Passage]:
    if view.state.is_open or view.over_at is None:
        return []
    words = texts.kinds.words_of(view.kind)
    at = view.over_at
    ours = audience is Audience.APPROVERS
    approver = view.over_by or texts.basics.SOMEBODY
    match view.state:
        case RequestState.APPROVED:
            template = words.approved_less if gave_less(view) else words.approved
            names = names_of(view.approved_by) or approver
            said, writer = line(template, names=names, at=at), approver
        case RequestState.DECLINED:
            said, writer = line(words.declined, name=short(approver, _NAME), at=at), approver
        case RequestState.CANCELLED:
            # Across the line: names of who asked and who decided, of nobody else.
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
    words = texts.kinds.words_of(view.kind)
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
        names=names_of(view.approved_by) or approver,
        at=view.undone_at or view.over_at or view.expires_at,
    )


def gave_less(view: RequestView) -> bool:
    """Say whether less was given than asked."""
    shorter = view.given_term is not None and view.given_term != view.term
    return shorter or any(item.given is not None and item.given != item.requested for item in view.items)


# --- the asker's card -------------------------------------------------------------------------------


def _you_requested(view: RequestView, showing: Showing) -> Passage:
    words = texts.kinds.words_of(view.kind)
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
    lines.append(line(words.sent, at=view.created_at, admins=_admins(view.admins), deciding=deciding))
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
                admins=_admins(view.admins),
            )
        )
    if showing.now < view.expires_at:
        lines.append(line(texts.cards.THEY_DECIDE_BY, at=view.expires_at))
    return tuple(lines)


def _facts_for_requester(view: RequestView, showing: Showing) -> Passage:
    lines = [_how_long(view), *_extends(view)]
    if view.people:
        lines.insert(0, line(texts.cards.FOR_WHOM, people=names_of(view.people, whole=showing.whole)))
    if showing.audience is Audience.REQUESTER and view.state.is_open and view.remind_after is not None:
        lines.append(line(texts.cards.REMINDED, at=view.remind_after))
    return (*lines, *_next(view))


def _next(view: RequestView) -> list[Line]:
    words = texts.kinds.words_of(view.kind)
    undone = view.undone_at is not None
    following = words.next_after_undo if undone else words.next_after.get(view.state)
    return [line(following)] if following else []


# --- the warning before it expires ------------------------------------------------------------------


def _expiry_passages(view: RequestView, *, now: datetime) -> list[Passage]:
    showing = Showing(audience=Audience.EXPIRY, owner=view.deciding, state=view.state, now=now)
    if not view.state.is_open:
        return [_you_requested(view, showing), *_outcome(view, showing.audience, now=now), tuple(_next(view))]
    is_late = now >= view.expires_at
    in_review = view.state is RequestState.IN_REVIEW
    words = texts.kinds.words_of(view.kind)
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


# --- the prepared ask -------------------------------------------------------------------------------


def _draft_passages(view: DraftView, *, audience: Audience, room: int, now: datetime) -> list[Passage]:
    words = texts.kinds.ACCESS
    names = {
        "requesting": short(view.requesting.name, _NAME),
        "deciding": short(view.owner.name, _NAME),
        "assets": texts.basics.counted(len(view.items), "asset"),
    }
    own = audience is Audience.AUTHOR
    first = (
        line(words.you_drafted, **names)
        if own
        else line(words.draft, author=short(view.author, _NAME), **names)
    )
    owner = line(
        "{name}: {business}.", name=names["deciding"], business=texts.basics.id_and_status(view.owner)
    )
    showing = Showing(audience=audience, owner=view.owner, state=None, now=now)
    facts = [line(texts.cards.HOW_LONG, term=texts.basics.term(view.ask.term))]
    if view.people:
        facts.insert(0, line(texts.cards.FOR_WHOM, people=names_of(view.people, whole=showing.whole)))
    return [
        (first, _draft_state(view), owner),
        *item_passages(view.items, showing=showing, room=room),
        (line(texts.cards.WHY), Quote(view.ask.reason or texts.basics.NO_REASON)),
        tuple(facts),
    ]


def _draft_state(view: DraftView) -> Line:
    name = short(view.over_by or texts.basics.SOMEBODY, _NAME)
    at = view.over_at or view.expires_at
    match view.state:
        case DraftState.SENT:
            return line(texts.cards.DRAFT_SENT, name=name, at=at, ref=view.ref)
        case DraftState.DROPPED:
            return line(texts.cards.DRAFT_DROPPED, name=name, at=at)
        case DraftState.EXPIRED:
            return line(texts.cards.DRAFT_EXPIRED, at=at)
        case _:
            return line(
                texts.cards.DRAFT_WAITS, requesting=short(view.requesting.name, _NAME), at=view.expires_at
            )


# --- notices ----------------------------------------------------------------------------------------


def notice(about: str, view: RequestView | DraftView, *, audience: Audience, now: datetime) -> Message:  # noqa: ARG001  # as every card
    """Return the short word about what happened that goes beside a card.

    `about` is one of `About`, with an id where it needs one. Raises `Unreadable` for what does not fit
    the view.
    """
    if isinstance(view, DraftView):
        passage = _draft_notice(about, view, audience=audience)
    else:
        passage = _request_notice(about, view, audience=audience)
    return Message(spoken([passage]), [rich(passage)])


def _request_notice(about: str, view: RequestView, *, audience: Audience) -> Passage:
    what, _, which = about.partition(":")
    ours = audience is Audience.APPROVERS
    approver = short(view.over_by or texts.basics.SOMEBODY, _NAME)
    canceller = view.requesting.name if ours else approver
    if what == About.ENDED:
        return _ended_notice(view, which, ours=ours)
    if what == About.COMMENT:
        return _comment_notice(view, which)
    words = texts.kinds.words_of(view.kind)
    values: dict[str, Value] = {
        "ref": view.ref,
        "deciding": short(view.deciding.name, _NAME),
        "requesting": short(view.requesting.name, _NAME),
        "names": names_of(view.approved_by) or approver,
        "approvals": view.approvals,
        "required_approvals": view.required_approvals,
    }
    templates = {
        About.APPROVED: words.notice_approved_less if gave_less(view) else words.notice_approved,
        About.DECLINED: words.notice_declined,
        About.CANCELLED: words.notice_cancelled,
        About.IN_REVIEW: words.notice_in_review,
        About.EXPIRED: words.notice_expired_to_approvers if ours else words.notice_expired,
        About.UNDONE: words.notice_undone,
    }
    if what not in templates:
        raise Unreadable(f"no notice about {about!r}")
    if what == About.UNDONE:
        approver = view.undone_by or texts.basics.SOMEBODY
    name = canceller if what == About.CANCELLED else approver
    said = line(templates[About(what)], name=short(name, _NAME), **values)
    is_quoted = view.note and what not in {About.EXPIRED, About.UNDONE}
    return (said, Quote(view.note)) if is_quoted else (said,)


def _comment_notice(view: RequestView, comment_id: str) -> Passage:
    comment = next((one for one in view.comments if one.id == comment_id), None)
    if comment is None:
        raise Unreadable("no such comment on this request")
    return (_wrote(texts.notices.COMMENT, comment, ref=view.ref), Quote(comment.text))


def _ended_notice(view: RequestView, grant_id: str, *, ours: bool) -> Passage:
    item = next((one for one in view.items if one.grant is not None and one.grant.id == grant_id), None)
    if item is None or item.grant is None:
        raise Unreadable("no such access on this request")
    grant = item.grant
    said = line(
        texts.notices.ENDED.get(grant.end_reason, texts.notices.REACHED),
        by=short(_ender(grant, ours=ours), _NAME),
        holder=short(grant.holder.name, _NAME),
        asset=asset_words(item),
        ref=view.ref,
    )
    said = joined([said, line(texts.cards.CONTENT_STAYS)])
    return (said, Quote(grant.end_note)) if grant.end_note else (said,)


def _ender(grant: GrantView, *, ours: bool) -> str:
    business = grant.owner if grant.end_reason is EndReason.REVOKED else grant.holder
    own = ours == (grant.end_reason is EndReason.REVOKED)
    return grant.ended_by or business.name if own else business.name


def _draft_notice(about: str, view: DraftView, *, audience: Audience) -> Passage:
    templates = {
        About.SENT: texts.notices.DRAFT_SENT,
        About.DROPPED: texts.notices.DRAFT_DROPPED,
        About.EXPIRED: texts.notices.DRAFT_EXPIRED
        if audience is Audience.AUTHOR
        else texts.notices.DRAFT_EXPIRED_TO_SENDERS,
    }
    if about not in templates:
        raise Unreadable(f"no notice about {about!r}")
    return (
        line(
            templates[About(about)],
            name=short(view.over_by or texts.basics.SOMEBODY, _NAME),
            owner=short(view.owner.name, _NAME),
            author=short(view.author, _NAME),
            ref=view.ref,
        ),
    )


# --- shared -----------------------------------------------------------------------------------------


def card(title: str, say: Callable[[int], list[Passage]], controls: Sequence[Block]) -> Message:
    """Return a card: what `say` says in about so many characters, as much of it as Slack takes."""
    return Message(_text(title, say), _blocks(title, say, controls))


def _blocks(title: str, say: Callable[[int], list[Passage]], controls: Sequence[Block]) -> list[Block]:
    blocks: list[Block] = []
    for room in _ROOMS:
        blocks = [header(title), *(rich(passage) for passage in say(room) if passage), *controls]
        if length_of(blocks) <= LONGEST_BLOCKS:
            break
    return blocks


def _text(title: str, say: Callable[[int], list[Passage]]) -> str:
    first = (line("{title}.", title=title),)
    for room in _ROOMS:
        said = spoken([first, *say(room)])
        if len(said) <= LONGEST_TEXT:
            return said
    return spoken_within([first, *say(0)], rest=texts.cards.THE_REST)


def names_of(names: Sequence[str], *, whole: bool = False) -> str:
    """Return names as a sentence has them: the first of them, and how many more."""
    return texts.basics.listed(
        [short(name, _NAME) for name in names], most=len(names) if whole else _MOST_NAMES
    )


def _admins(count: int) -> str:
    return texts.basics.counted(count, "admin") if count else texts.basics.NO_ADMIN
