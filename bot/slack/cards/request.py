"""A request's card, shown to one audience, rendered whole from the record.

It leads with the sentence that says who requests what; then why, the items, what is risky or odd, and the
facts in small print. What else there is to know is in Details. The card of a request that is over says how it
ended and has no button that decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.domain.assets import is_risky
from bot.domain.grants import GrantState
from bot.domain.kinds import RULES
from bot.domain.messages import Audience
from bot.domain.requests import RequestState, TermKind
from bot.services.views.parties import Party
from bot.services.views.requests import CommentView, RequestView
from bot.slack.cards import buttons
from bot.slack.cards.asked import escalated
from bot.slack.cards.headline import deciders, headline, makers, on_assets, reason_given
from bot.slack.cards.items import Showing, effective, effective_term, given_as_requested, item_list
from bot.slack.cards.outcome import extended_in_part, outcome_passages
from bot.slack.cards.truth import state_of
from bot.slack.kit import Message, actions, card
from bot.slack.lines import Line, Passage, Quote, Small, joined, line, short
from bot.slack.text import en as texts

_NAME = 60
_MOST_COMMENTS = 2
_MOST_NAMES = 3


def request_card(view: RequestView, *, audience: Audience, now: datetime) -> Message:
    """Return a request's card for the approvers, for the requester, or for the author of its draft.

    EXPIRY warns the requester a day before it expires, and follows it to its end.
    """
    match audience:
        case Audience.APPROVERS:
            row = buttons.approvers_row(view, now=now)
        case Audience.REQUESTER | Audience.EXPIRY:
            row = buttons.requester_row(view, now=now)
        case _:
            row = actions(buttons.details_button(view), buttons.history_button(view))
    return card(
        lambda room: _passages(view, audience=audience, room=room, now=now), [row], rest=texts.cards.THE_REST
    )


def _passages(view: RequestView, *, audience: Audience, room: int, now: datetime) -> list[Passage]:
    for_approvers = audience is Audience.APPROVERS
    showing = Showing(audience=audience, kind=view.kind, deciding=view.deciding, state=view.state, now=now)
    items = item_list(view.items, showing=showing, room=room)
    facts = Small(tuple(filter(None, _facts(view, for_approvers=for_approvers))))
    if not view.state.is_open:
        ended, *rest = outcome_passages(view, audience=audience, now=now) or [()]
        was_given = view.state is RequestState.APPROVED
        said, *more = ended or ((),)
        alike = given_as_requested(view.items, showing=showing) if was_given else ()
        if alike and isinstance(said, tuple):
            ended, items = (joined([said, alike]), *more), []
        following = () if for_approvers else _next(view)
        return [
            (headline(view), *ended),
            *rest,
            *(items if was_given else []),
            (*_term(view), *_extends(view), *following),
            (facts,),
        ]
    if for_approvers:
        first: Passage = (headline(view),)
        beside = [*warnings(view), *_term(view), *_extends(view), *escalated(view)]
        beside += acknowledgers(view, now=now)
    else:
        first = (headline(view), *waiting(view, audience=audience, now=now))
        beside = [*obstacles(view), *_term(view), *_extends(view)]
    return [
        first,
        # The warning goes to somebody who has the card already.
        *([] if audience is Audience.EXPIRY else [(reason_given(view.reason),), *items]),
        tuple(beside),
        *_comments(view),
        (facts,),
    ]


def _comments(view: RequestView) -> list[Passage]:
    shown = view.comments[-_MOST_COMMENTS:]
    passages: list[Passage] = []
    if len(shown) < len(view.comments):
        earlier = texts.basics.counted(len(view.comments) - len(shown), "comment")
        passages.append((line(texts.cards.EARLIER_COMMENTS, comments=earlier),))
    return [*passages, *((comment_line(one), Quote(one.text)) for one in shown)]


def comment_line(comment: CommentView) -> Line:
    """Return who wrote a comment, and when."""
    return line(
        texts.cards.COMMENT_BY,
        name=short(comment.by, _NAME),
        business=short(comment.business.name, _NAME),
        at=comment.at,
    )


def _term(view: RequestView) -> list[Line]:
    """Return for how long it is given, where that is not as requested."""
    given = view.given_term if view.state in {RequestState.APPROVED, RequestState.IN_REVIEW} else None
    if given is None or given == view.term:
        return []
    in_review = view.state is RequestState.IN_REVIEW
    return [
        line(
            texts.cards.TERM_FIRST_APPROVAL if in_review else texts.cards.TERM_GIVEN,
            given=texts.basics.confirm_term(given),
            requested=texts.basics.confirm_term(view.term),
        )
    ]


def _extends(view: RequestView) -> list[Line]:
    before = view.extends
    if before is None or before.until is None:
        return []
    if in_part := extended_in_part(view):
        return [in_part]
    if before.ended_at is not None:
        return [line(texts.cards.EXTENSION_OF_OVER, ref=before.ref, old=before.ended_at)]
    # A card that is decided stays as it is when that access ends later.
    template = texts.cards.EXTENSION_OF if view.state.is_open else texts.cards.EXTENSION_OF_DECIDED
    return [line(template, ref=before.ref, old=before.until)]


def acknowledgers(view: RequestView, *, now: datetime) -> list[Line]:
    """Return who is looking at it now, for the approvers."""
    acknowledged_by = [one for one in view.acknowledged_by if now < one.until]
    lines = [
        line(texts.cards.ACKNOWLEDGED, name=short(one.name, _NAME), at=one.until)
        for one in acknowledged_by[:_MOST_NAMES]
    ]
    if len(acknowledged_by) > _MOST_NAMES:
        lines.append(line(texts.cards.ACKNOWLEDGED_MORE, count=len(acknowledged_by) - _MOST_NAMES))
    return lines


# --- what is risky or odd ---------------------------------------------------------------------------


def warnings(view: RequestView) -> list[Line]:
    """Return what an approver should not miss: about who asks, what an approval gives, and deciding."""
    requesting = short(view.requesting.name, _NAME)
    is_new = not view.past_requests and not view.live_assets
    risky = [
        (item, tasks) for item in view.items if is_risky(item.kind, tasks := effective(item, view.state))
    ]
    no_end = RULES[view.kind].has_term and effective_term(view).kind is TermKind.OPEN_END
    who = joined(
        [
            () if view.requesting.verified else line(texts.cards.WARN_NOT_VERIFIED, requesting=requesting),
            line(texts.kinds.WORDS[view.kind].warn_new, requesting=requesting) if is_new else (),
        ]
    )
    what = joined(
        [
            line(texts.cards.WARN_RISKY, what=on_assets(risky)) if risky else (),
            line(texts.cards.WARN_NO_END) if no_end else (),
        ]
    )
    directly = (
        line(texts.cards.WARN_CHANNEL, deciding=short(view.deciding.name, _NAME))
        if view.channel_error
        else ()
    )
    return [
        *_inactive(view),
        *_cut(view),
        *filter(None, [_looks_like(view), who, what, directly]),
        *_too_few(view, texts.kinds.WORDS[view.kind].too_few_admins),
        *([line(texts.cards.TO_CONFIRM)] if view.approvals >= view.required_approvals else []),
    ]


def _looks_like(view: RequestView) -> Line:
    other = view.lookalike
    if other is None:
        return ()
    is_own = other.id == view.deciding.id
    return line(
        texts.cards.WARN_LOOKS_LIKE_YOU if is_own else texts.cards.WARN_LOOKS_LIKE,
        requesting=short(view.requesting.name, _NAME),
        id=view.requesting.id,
        other=short(other.name, _NAME),
        other_id=other.id,
    )


def obstacles(view: RequestView) -> list[Line]:
    """Return what keeps a request from being decided, for the requester."""
    words = texts.kinds.WORDS[view.kind]
    unseen = (
        [line(words.not_reached, deciding=short(view.deciding.name, _NAME))]
        if view.undelivered is not None
        else []
    )
    return [*_inactive(view), *_cut(view), *unseen, *_too_few(view, words.nobody_can_decide)]


def _inactive(view: RequestView) -> list[Line]:
    """Return which of the two businesses keeps it from being decided, or approved, for both sides."""
    sides = (
        (view.deciding, texts.partners.CANNOT_BE_DECIDED, buttons.can_be_decided(view)),
        (view.requesting, texts.partners.CANNOT_BE_GIVEN, buttons.can_be_given(view)),
    )
    return [
        line(template, name=short(one.name, _NAME), **texts.basics.unable(one))
        for one, template, is_able in sides
        if not is_able
    ][:1]


def _cut(view: RequestView) -> list[Line]:
    """Return when what is given ends before the time that is asked for, since the two are off-boarding."""
    term, at = effective_term(view), view.cut_at
    if at is None or (term.until is not None and term.until <= at):
        return []
    names = {"requesting": short(view.requesting.name, _NAME), "deciding": short(view.deciding.name, _NAME)}
    return [line(texts.contracts.CUT, at=at, **names)]


def _too_few(view: RequestView, template: str) -> list[Line]:
    if view.required_approvals <= view.admins:
        return _not_before(view)
    return [
        line(
            template,
            required_approvals=texts.basics.counted(view.required_approvals, "approval is", "approvals are"),
            deciding=short(view.deciding.name, _NAME),
            admins=texts.basics.admins(view.admins),
        )
    ]


def _not_before(view: RequestView) -> list[Line]:
    """Return from when on it can be approved, while those who can decide count as too few."""
    if view.enough_from is None:
        return []
    return [
        line(
            texts.cards.NOT_BEFORE,
            at=view.enough_from,
            required_approvals=texts.basics.counted(view.required_approvals, "approval is", "approvals are"),
            deciding=short(view.deciding.name, _NAME),
            admins=texts.basics.admins(view.admins),
        )
    ]


# --- facts in small print ---------------------------------------------------------------------------


def _facts(view: RequestView, *, for_approvers: bool) -> list[Line]:
    if not for_approvers:
        whom = _names(texts.cards.FACT_PEOPLE, view.people)
        with_whom = line(texts.cards.FACT_TO, deciding=deciders(view))
        thread = line(texts.kinds.WORDS[view.kind].deciders_thread, deciding=short(view.deciding.name, _NAME))
        open_only = (
            [thread, line(texts.cards.FACT_OPEN_UNTIL, at=view.expires_at)] if view.state.is_open else []
        )
        return [line("{ref}", ref=view.ref), with_whom, whom, *open_only]
    words = texts.kinds.WORDS[view.kind]
    asked = line(words.fact_by_from_draft if view.author else words.fact_by, **makers(view))
    if not view.state.is_open:  # cards that are over are not updated when the rest changes
        return [line("{ref}", ref=view.ref), asked]
    return [
        asked,
        line("{business}", business=texts.basics.id_and_status(view.requesting)),
        standing(view),
        line("{ref}", ref=view.ref),
        line(texts.cards.FACT_PEOPLE_COUNT, count=view.people_count) if view.people_count else (),
        _names(texts.cards.FACT_SEEN, view.opened_by),
        _approvals(view),
        () if view.same_channel else _thread(view.requesting),
        line(texts.cards.FACT_DECIDE_BY, at=view.expires_at),
    ]


def _thread(other: Party) -> Line:
    """Return who reads nothing of what people write below the card, where they may take it for a message."""
    return line(texts.cards.FACT_THREAD, other=short(other.name, _NAME))


def _names(template: str, names: Sequence[str]) -> Line:
    people = texts.basics.listed((short(name, _NAME) for name in names), most=_MOST_NAMES)
    return line(template, people=people) if people else ()


def standing(view: RequestView) -> Line:
    """Return what the requesting business had with the deciding one when it asked; empty if nothing."""
    if not view.past_requests and not view.live_assets:
        return ()
    access = texts.cards.NO_ACCESS
    if view.live_assets:
        access = texts.cards.ACCESS_TO.format(assets=texts.basics.counted(view.live_assets, "asset"))
    words = texts.kinds.WORDS[view.kind]
    if not view.past_requests:
        return line(words.fact_access, access=access)
    requests = texts.basics.counted(view.past_requests, words.fact_earlier)
    return line(words.fact_standing, requests=requests, access=access)


def _approvals(view: RequestView) -> Line:
    return line(
        texts.cards.FACT_APPROVALS_FROM if view.approvals else texts.cards.FACT_APPROVALS,
        approvals=view.approvals,
        required_approvals=texts.basics.counted(view.required_approvals, "approval"),
        approved_by=texts.basics.signers(view.approved_by, most=_MOST_NAMES) or texts.basics.SOMEBODY,
    )


# --- the requester's card ----------------------------------------------------------------------------


def waiting(view: RequestView, *, audience: Audience, now: datetime) -> list[Line]:
    """Return how it stands, for the requesting side."""
    words = texts.kinds.WORDS[view.kind]
    deciding = short(view.deciding.name, _NAME)
    if now >= view.expires_at:
        return [line(words.expired_just_now, at=view.expires_at)]
    lines: list[Line] = []
    if audience is Audience.AUTHOR:
        lines.append(line(words.sent_your_draft, requester=short(view.requester, _NAME)))
    if audience is Audience.EXPIRY:
        lines.append(line(words.expires, at=view.expires_at))
    if view.state is RequestState.IN_REVIEW:
        template = words.waiting_in_review
    else:
        template = words.waiting_opened if view.opened_by else words.waiting
    # That a business is deactivated, so that none of its admins can decide, is said among the obstacles.
    if view.state is RequestState.IN_REVIEW or buttons.can_be_decided(view):
        lines.append(
            line(
                template,
                deciding=deciding,
                admins=texts.basics.admins(view.admins),
                approvals=view.approvals,
                required_approvals=view.required_approvals,
            )
        )
    if audience is not Audience.AUTHOR and view.remind_after is not None:
        lines.append(line(texts.cards.REMINDED, at=view.remind_after))
    elif audience is Audience.EXPIRY and view.admins and buttons.can_remind(view, now=now):
        lines.append(line(texts.cards.MAY_REMIND))
    return lines


def _next(view: RequestView) -> list[Line]:
    words = texts.kinds.WORDS[view.kind]
    undone = view.undone_at is not None
    following = words.next_after_undo if undone else words.next_after.get(view.state)
    state = state_of(view)
    if state is GrantState.PENDING:
        following = texts.meta.NEXT_WAITS
    elif state is not None and not undone and state is not GrantState.ACTIVE:
        following = None  # what is in the way, or became of it, stands at the asset
    elif state is GrantState.ACTIVE and view.works is not None and not view.works.works:
        following = None  # that it can't be used yet stands above
    return [line(following)] if following else []
