"""Everything about a request, with nothing left out: what Details shows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.domain.kinds import RULES
from bot.domain.messages import Audience
from bot.domain.requests import RequestState
from bot.services.views.requests import ItemView, RequestView
from bot.slack.cards.asked import escalated
from bot.slack.cards.headline import headline, makers, reason_given
from bot.slack.cards.items import Showing, given_term, item_groups
from bot.slack.cards.outcome import extended_in_part, outcome_passages
from bot.slack.cards.request import (
    acknowledgers,
    comment_line,
    obstacles,
    standing,
    waiting,
    warnings,
)
from bot.slack.lines import Line, Passage, Quote, joined, line, short
from bot.slack.text import en as texts

_NAME = 60


def whole_passages(
    view: RequestView, items: Sequence[ItemView], *, audience: Audience, now: datetime
) -> list[Passage]:
    """Return everything about a request and these of its items, with nothing left out."""
    showing = Showing(audience=audience, kind=view.kind, deciding=view.deciding, state=view.state, now=now)
    return [
        (headline(view),),
        *outcome_passages(view, audience=audience, now=now),
        _so_far(view, showing),
        *item_groups(items, showing=showing),
        (line(texts.cards.WHY), reason_given(view.reason, is_over=not view.state.is_open)),
        *((comment_line(one), Quote(one.text)) for one in view.comments),
        _facts(view, showing),
    ]


def _so_far(view: RequestView, showing: Showing) -> Passage:
    if showing.for_approvers:
        return (*_who(view), *(warnings(view) if view.state.is_open else []))
    if not view.state.is_open:
        return ()
    return (*waiting(view, audience=showing.audience, now=showing.now), *obstacles(view))


def _who(view: RequestView) -> list[Line]:
    lines = [
        line(
            texts.cards.BUSINESS,
            name=short(view.requesting.name, _NAME),
            business=texts.basics.id_and_status(view.requesting),
        ),
        _made(view),
    ]
    if view.state.is_open and (view.past_requests or view.live_assets):
        lines.append(_standing(view))
    return lines


def _made(view: RequestView) -> Line:
    words = texts.kinds.WORDS[view.kind]
    template = words.requested_by_from_draft if view.author else words.requested_by
    return line(template, at=view.created_at, **makers(view))


def _standing(view: RequestView) -> Line:
    said = line("{standing}.", standing=standing(view))
    since = line(texts.cards.FIRST_SEEN, at=view.first_seen) if view.first_seen else ()
    return joined([said, since])


def _facts(view: RequestView, showing: Showing) -> Passage:
    lines = [*([_how_long(view)] if RULES[view.kind].has_term else []), *_extends(view)]
    if showing.for_approvers and view.people_count:
        lines.insert(0, line(texts.cards.FOR_WHOM_COUNT, count=view.people_count))
    elif view.people:
        lines.insert(0, line(texts.cards.FOR_WHOM, people=texts.basics.names_of(view.people, whole=True)))
    if view.state.is_open:
        lines.append(line(texts.cards.DECIDE_BY, at=view.expires_at))
    if not showing.for_approvers:
        return (_made(view), *lines)
    if view.state.is_open:
        lines += [_approvals(view), *escalated(view), *acknowledgers(view, now=showing.now)]
    if view.opened_by:
        people = texts.basics.names_of(view.opened_by, whole=True)
        lines.append(line(texts.cards.OPENED_BY, people=people))
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
    if before is None or before.until is None:
        return []
    if in_part := extended_in_part(view):
        return [in_part]
    template, old = texts.cards.EXTENDS_IF_APPROVED, before.until
    is_given = view.state is RequestState.APPROVED and view.undone_at is None
    if is_given and (before.ended_at or old) >= old:  # not ended by hand before
        template = texts.cards.EXTENDED
    elif before.ended_at is not None:
        template, old = texts.cards.NOT_EXTENDED_OVER, before.ended_at
    elif not view.state.is_open:
        template = texts.cards.NOT_EXTENDED
    how_long = texts.basics.confirm_term(given_term(view))
    return [line(template, ref=before.ref, old=old, new=how_long)]


def _approvals(view: RequestView) -> Line:
    if view.approvals:
        return line(
            texts.cards.APPROVALS_SOME,
            approvals=view.approvals,
            required_approvals=view.required_approvals,
            approved_by=texts.basics.signers(view.approved_by) or texts.basics.SOMEBODY,
        )
    return line(texts.cards.NEEDED, required_approvals=view.required_approvals)
