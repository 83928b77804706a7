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
from bot.domain.requests import RequestState
from bot.services.results import GrantView, ItemView, PreparedView, RemarkView, RequestView
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
from bot.store.tables import Audience, PreparedState

_ROOMS = (5_500, 3_500, 2_600, 2_000, 1_400, 1_000, 400, 0)
_NAME = 60
_MOST_NAMES = 10
_MOST_REMARKS = 2
_MOST_LOOKERS = 3
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
    LAPSED = "lapsed"
    UNDONE = "undone"
    ENDED = "ended"
    REMARK = "remark"


# --- cards ------------------------------------------------------------------------------------------


def request_card(view: RequestView, *, audience: Audience, now: datetime) -> Message:
    """Return a request's card for the deciders, for who asked, or for who prepared it.

    EXPIRY warns who asked a day before it expires, and follows it to its end.
    """
    is_warning = audience is Audience.EXPIRY and view.state.is_open
    title = (texts.EXPIRY_TITLE if is_warning else texts.REQUEST_TITLE).format(ref=view.ref)
    match audience:
        case Audience.DECIDERS:
            row = buttons.deciders_row(view, now=now)
        case Audience.ASKER | Audience.EXPIRY:
            row = buttons.asker_row(view, now=now)
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
    said = ((line(texts.WHY), Quote(view.reason or texts.NO_REASON)), *_remarks(view, showing))
    outcome = _outcome(view, showing.audience, now=showing.now)
    if showing.for_deciders:
        return [*outcome, _who_asks(view), *items, *said, _facts(view, showing), *_warnings(view)]
    return [_you_asked(view, showing), *outcome, *items, *said, _facts_for_asker(view, showing)]


def _remarks(view: RequestView, showing: Showing) -> list[Passage]:
    shown = view.remarks if showing.whole else view.remarks[-_MOST_REMARKS:]
    passages: list[Passage] = []
    if len(shown) < len(view.remarks):
        earlier = texts.counted(len(view.remarks) - len(shown), "remark")
        passages.append((line(texts.EARLIER_REMARKS, remarks=earlier),))
    return [*passages, *((_wrote(texts.REMARK_BY, one), Quote(one.text)) for one in shown)]


def _wrote(template: str, remark: RemarkView, **more: Value) -> Line:
    return line(
        template,
        name=short(remark.by, _NAME),
        business=short(remark.business.name, _NAME),
        at=remark.at,
        **more,
    )


def prepared_card(view: PreparedView, *, audience: Audience, now: datetime) -> Message:
    """Return a prepared ask's card, for the admins who send it or for who prepared it."""
    waits = view.state is PreparedState.WAITING
    controls = [buttons.prepared_row(view)] if waits and audience is Audience.SENDERS else []
    return card(
        texts.PREPARED_TITLE.format(ref=view.ref),
        lambda room: _prepared_passages(view, audience=audience, room=room, now=now),
        controls,
    )


# --- the deciders' card -----------------------------------------------------------------------------


def _who_asks(view: RequestView) -> Passage:
    asking = view.asking
    by: dict[str, Value] = {"asker": short(view.asker, _NAME), "at": view.created_at}
    lines = [
        line(
            texts.ASKS_TO_EXTEND if view.extends else texts.ASKS,
            asking=short(asking.name, _NAME),
            owner=short(view.deciding.name, _NAME),
            assets=texts.counted(len(view.items), "asset"),
        ),
        line("{standing}.", standing=texts.standing(asking)),
        line(texts.ASKED_BY_PREPARED, preparer=short(view.preparer, _NAME), **by)
        if view.preparer
        else line(texts.ASKED_BY, **by),
    ]
    if view.state.is_open:  # it is there to decide by, and a card that is over does not follow it
        lines.append(_standing(view))
    if not asking.verified:
        lines.append(line(texts.NOT_VERIFIED_WARNING))
    return tuple(lines)


def _standing(view: RequestView) -> Line:
    if not view.past_requests and not view.live_grants:
        return line(texts.STANDING_NEW)
    said = line(
        texts.STANDING,
        grants=texts.counted(view.live_grants, "grant") if view.live_grants else texts.NO_GRANTS_NOW,
        requests=texts.counted(view.past_requests, "request"),
    )
    since = line(texts.FIRST_SEEN, at=view.first_seen) if view.first_seen else ()
    return joined([said, since])


def _facts(view: RequestView, showing: Showing) -> Passage:
    lines: list[Line] = []
    if view.people:
        lines.append(line(texts.FOR_WHOM, people=names_of(view.people, whole=showing.whole)))
    lines += [_how_long(view), *_extends(view)]
    if view.state.is_open:
        lines.append(line(texts.DECIDE_BY, at=view.expires_at))
        lines.append(_yeses(view))
        lines += _lookers(view, showing)
    if view.opened_by:
        lines.append(line(texts.OPENED_BY, people=names_of(view.opened_by, whole=showing.whole)))
    return tuple(lines)


def _how_long(view: RequestView) -> Line:
    given = view.given_term if view.state in {RequestState.APPROVED, RequestState.IN_REVIEW} else None
    if given is None or given == view.term:
        return line(texts.HOW_LONG, term=texts.term(view.term))
    template = texts.HOW_LONG_SHORTENED if view.state is RequestState.APPROVED else texts.HOW_LONG_FIRST_YES
    return line(template, given=texts.term(given), asked=texts.term(view.term))


def _extends(view: RequestView) -> list[Line]:
    before = view.extends
    if before is None or before.ends_at is None:
        return []
    given = view.given_term if view.state is RequestState.APPROVED else None
    how_long = given or effective_term(view)
    if view.state.is_open:
        template = texts.EXTENDS_IF_YES
    else:
        template = texts.EXTENDED if view.state is RequestState.APPROVED else texts.NOT_EXTENDED
    return [line(template, ref=before.ref, old=before.ends_at, new=texts.confirm_term(how_long))]


def _lookers(view: RequestView, showing: Showing) -> list[Line]:
    looking = [one for one in view.looking if showing.now < one.until]
    shown = looking if showing.whole else looking[:_MOST_LOOKERS]
    lines = [line(texts.LOOKING, name=short(one.name, _NAME), at=one.until) for one in shown]
    if len(shown) < len(looking):
        lines.append(line(texts.LOOKING_MORE, count=len(looking) - len(shown)))
    return lines


def _yeses(view: RequestView) -> Line:
    if view.yeses:
        return line(
            texts.YESES_SOME,
            yeses=view.yeses,
            needed=view.needed,
            voters=names_of(view.voters) or texts.SOMEBODY,
        )
    if view.needed == 1:
        return line(texts.YESES_NONE, needed=texts.NEEDED_ONE)
    template = texts.NEEDED_RISKY if has_risk(view) else texts.NEEDED_MORE
    return line(texts.YESES_NONE, needed=template.format(needed=view.needed))


def _warnings(view: RequestView) -> list[Passage]:
    if not view.state.is_open or view.needed <= view.admins:
        return []
    return [
        (
            line(
                texts.TOO_FEW_ADMINS,
                needed=texts.counted(view.needed, "yes is", "yeses are"),
                owner=short(view.deciding.name, _NAME),
                admins=_admins(view.admins),
            ),
        )
    ]


# --- how it ended -----------------------------------------------------------------------------------


def _outcome(view: RequestView, audience: Audience, *, now: datetime) -> list[Passage]:
    if view.state.is_open or view.over_at is None:
        return []
    at = view.over_at
    ours = audience is Audience.DECIDERS
    decider = view.over_by or texts.SOMEBODY
    match view.state:
        case RequestState.APPROVED:
            template = texts.APPROVED_LESS if gave_less(view) else texts.APPROVED
            names = names_of(view.voters) or decider
            said, writer = line(template, names=names, at=at), decider
        case RequestState.DECLINED:
            said, writer = line(texts.DECLINED, name=short(decider, _NAME), at=at), decider
        case RequestState.CANCELLED:
            # Across the line: names of who asked and who decided, of nobody else.
            writer = view.asking.name if ours else decider
            said = line(texts.CANCELLED, name=short(writer, _NAME), at=at)
        case _:
            said, writer = line(texts.EXPIRED, at=at), ""
    lines = [said]
    if view.undone_at is not None:
        undoer = short(view.undone_by or texts.SOMEBODY, _NAME)
        lines.append(line(texts.UNDONE, name=undoer, at=view.undone_at))
    elif ours and view.undo_until is not None and buttons.can_undo(view, now=now):
        lines.append(line(texts.MAY_UNDO, at=view.undo_until))
    if view.note and writer:
        return [(*lines, line(texts.NOTE_BY, name=short(writer, _NAME)), Quote(view.note))]
    return [tuple(lines)]


def outcome_line(view: RequestView, *, now: datetime) -> Line:
    """Return in one line, for the deciding side, how a request ended; empty while it is open."""
    if view.state.is_open and now < view.expires_at:
        return ()
    decider = short(view.over_by or texts.SOMEBODY, _NAME)
    if view.undone_at is not None:
        template, decider = texts.LINE_UNDONE, short(view.undone_by or texts.SOMEBODY, _NAME)
    else:
        template = {
            RequestState.APPROVED: texts.LINE_APPROVED_LESS if gave_less(view) else texts.LINE_APPROVED,
            RequestState.DECLINED: texts.LINE_DECLINED,
            RequestState.CANCELLED: texts.LINE_CANCELLED,
        }.get(view.state, texts.LINE_EXPIRED)
    return line(
        template,
        ref=view.ref,
        asking=short(view.asking.name, _NAME),
        name=decider,
        names=names_of(view.voters) or decider,
        at=view.undone_at or view.over_at or view.expires_at,
    )


def gave_less(view: RequestView) -> bool:
    """Say whether less was given than asked."""
    shorter = view.given_term is not None and view.given_term != view.term
    return shorter or any(item.given is not None and item.given != item.asked for item in view.items)


# --- the asker's card -------------------------------------------------------------------------------


def _you_asked(view: RequestView, showing: Showing) -> Passage:
    owner = short(view.deciding.name, _NAME)
    you_asked = texts.YOU_ASKED_TO_EXTEND if view.extends else texts.YOU_ASKED
    names = {
        "owner": owner,
        "asking": short(view.asking.name, _NAME),
        "assets": texts.counted(len(view.items), "asset"),
    }
    lines = [
        line(you_asked, **names)
        if showing.audience is not Audience.PREPARER
        else line(texts.SENT_WHAT_YOU_PREPARED, asker=short(view.asker, _NAME), **names)
    ]
    if not view.state.is_open:
        return tuple(lines)
    lines.append(line(texts.SENT, at=view.created_at, admins=_admins(view.admins), owner=owner))
    if view.state is RequestState.IN_REVIEW:
        lines.append(line(texts.IN_REVIEW, yeses=view.yeses, needed=view.needed))
    elif view.opened_by:
        lines.append(line(texts.OPENED, owner=owner))
    if view.undelivered is not None:
        lines.append(line(texts.NOT_REACHED, owner=owner))
    if view.needed > view.admins:
        needed = texts.counted(view.needed, "yes is needed", "yeses are needed")
        lines.append(line(texts.NOBODY_CAN_DECIDE, owner=owner, needed=needed, admins=_admins(view.admins)))
    if showing.now < view.expires_at:
        lines.append(line(texts.THEY_DECIDE_BY, at=view.expires_at))
    return tuple(lines)


def _facts_for_asker(view: RequestView, showing: Showing) -> Passage:
    lines = [_how_long(view), *_extends(view)]
    if view.people:
        lines.insert(0, line(texts.FOR_WHOM, people=names_of(view.people, whole=showing.whole)))
    if showing.audience is Audience.ASKER and view.state.is_open and view.remind_after is not None:
        lines.append(line(texts.REMINDED, at=view.remind_after))
    return (*lines, *_next(view))


def _next(view: RequestView) -> list[Line]:
    following = texts.NEXT_UNDONE if view.undone_at is not None else texts.NEXT.get(view.state)
    return [line(following)] if following else []


# --- the warning before it expires ------------------------------------------------------------------


def _expiry_passages(view: RequestView, *, now: datetime) -> list[Passage]:
    showing = Showing(audience=Audience.EXPIRY, owner=view.deciding, state=view.state, now=now)
    if not view.state.is_open:
        return [_you_asked(view, showing), *_outcome(view, showing.audience, now=now), tuple(_next(view))]
    is_late = now >= view.expires_at
    in_review = view.state is RequestState.IN_REVIEW
    lines = [
        line(
            texts.NOT_DECIDED_IN_REVIEW if in_review else texts.NOT_DECIDED,
            owner=short(view.deciding.name, _NAME),
            asking=short(view.asking.name, _NAME),
            ref=view.ref,
            what=short(counted_levels((item.kind, item.asked) for item in view.items), _LONGEST_COUNT),
            yeses=view.yeses,
            needed=view.needed,
        ),
        line(texts.EXPIRED_JUST_NOW if is_late else texts.EXPIRES, at=view.expires_at),
    ]
    if view.remind_after is not None and not is_late:
        lines.append(line(texts.REMINDED, at=view.remind_after))
    elif buttons.can_remind(view, now=now):
        lines.append(line(texts.MAY_REMIND))
    return [tuple(lines), *_remarks(view, showing)]


# --- the prepared ask -------------------------------------------------------------------------------


def _prepared_passages(view: PreparedView, *, audience: Audience, room: int, now: datetime) -> list[Passage]:
    names = {
        "asking": short(view.asking.name, _NAME),
        "owner": short(view.owner.name, _NAME),
        "assets": texts.counted(len(view.items), "asset"),
    }
    own = audience is Audience.PREPARER
    first = (
        line(texts.YOU_PREPARED, **names)
        if own
        else line(texts.PREPARED, preparer=short(view.preparer, _NAME), **names)
    )
    owner = line("{owner}: {standing}.", owner=names["owner"], standing=texts.standing(view.owner))
    showing = Showing(audience=audience, owner=view.owner, state=None, now=now)
    facts = [line(texts.HOW_LONG, term=texts.term(view.ask.term))]
    if view.people:
        facts.insert(0, line(texts.FOR_WHOM, people=names_of(view.people, whole=showing.whole)))
    return [
        (first, _prepared_state(view), owner),
        *item_passages(view.items, showing=showing, room=room),
        (line(texts.WHY), Quote(view.ask.reason or texts.NO_REASON)),
        tuple(facts),
    ]


def _prepared_state(view: PreparedView) -> Line:
    name = short(view.over_by or texts.SOMEBODY, _NAME)
    at = view.over_at or view.lapses_at
    match view.state:
        case PreparedState.SENT:
            return line(texts.PREPARED_SENT, name=name, at=at, ref=view.ref)
        case PreparedState.DROPPED:
            return line(texts.PREPARED_DROPPED, name=name, at=at)
        case PreparedState.LAPSED:
            return line(texts.PREPARED_LAPSED, at=at)
        case _:
            return line(texts.PREPARED_WAITS, asking=short(view.asking.name, _NAME), at=view.lapses_at)


# --- notices ----------------------------------------------------------------------------------------


def notice(about: str, view: RequestView | PreparedView, *, audience: Audience, now: datetime) -> Message:  # noqa: ARG001  # as every card
    """Return the short word about what happened that goes beside a card.

    `about` is one of `About`, with an id where it needs one. Raises `Unreadable` for what does not fit
    the view.
    """
    if isinstance(view, PreparedView):
        passage = _prepared_notice(about, view, audience=audience)
    else:
        passage = _request_notice(about, view, audience=audience)
    return Message(spoken([passage]), [rich(passage)])


def _request_notice(about: str, view: RequestView, *, audience: Audience) -> Passage:
    what, _, which = about.partition(":")
    ours = audience is Audience.DECIDERS
    decider = short(view.over_by or texts.SOMEBODY, _NAME)
    canceller = view.asking.name if ours else decider
    if what == About.ENDED:
        return _ended_notice(view, which, ours=ours)
    if what == About.REMARK:
        return _remark_notice(view, which)
    values: dict[str, Value] = {
        "ref": view.ref,
        "owner": short(view.deciding.name, _NAME),
        "asking": short(view.asking.name, _NAME),
        "names": names_of(view.voters) or decider,
        "yeses": view.yeses,
        "needed": view.needed,
    }
    templates = {
        About.APPROVED: texts.NOTICE_APPROVED_LESS if gave_less(view) else texts.NOTICE_APPROVED,
        About.DECLINED: texts.NOTICE_DECLINED,
        About.CANCELLED: texts.NOTICE_CANCELLED,
        About.IN_REVIEW: texts.NOTICE_REVIEW,
        About.EXPIRED: texts.NOTICE_EXPIRED_OURS if ours else texts.NOTICE_EXPIRED,
        About.UNDONE: texts.NOTICE_UNDONE,
    }
    if what not in templates:
        raise Unreadable(f"no notice about {about!r}")
    if what == About.UNDONE:
        decider = view.undone_by or texts.SOMEBODY
    name = canceller if what == About.CANCELLED else decider
    said = line(templates[About(what)], name=short(name, _NAME), **values)
    is_quoted = view.note and what not in {About.EXPIRED, About.UNDONE}
    return (said, Quote(view.note)) if is_quoted else (said,)


def _remark_notice(view: RequestView, remark_id: str) -> Passage:
    remark = next((one for one in view.remarks if one.id == remark_id), None)
    if remark is None:
        raise Unreadable("no such remark on this request")
    return (_wrote(texts.NOTICE_REMARK, remark, ref=view.ref), Quote(remark.text))


def _ended_notice(view: RequestView, grant_id: str, *, ours: bool) -> Passage:
    item = next((one for one in view.items if one.grant is not None and one.grant.id == grant_id), None)
    if item is None or item.grant is None:
        raise Unreadable("no such access on this request")
    grant = item.grant
    said = line(
        texts.NOTICE_ENDED.get(grant.end_reason, texts.NOTICE_REACHED),
        by=short(_ender(grant, ours=ours), _NAME),
        holder=short(grant.holder.name, _NAME),
        asset=asset_words(item),
        ref=view.ref,
    )
    said = joined([said, line(texts.CONTENT_STAYS)])
    return (said, Quote(grant.end_note)) if grant.end_note else (said,)


def _ender(grant: GrantView, *, ours: bool) -> str:
    business = grant.owner if grant.end_reason is EndReason.REVOKED else grant.holder
    own = ours == (grant.end_reason is EndReason.REVOKED)
    return grant.ended_by or business.name if own else business.name


def _prepared_notice(about: str, view: PreparedView, *, audience: Audience) -> Passage:
    templates = {
        About.SENT: texts.NOTICE_SENT,
        About.DROPPED: texts.NOTICE_DROPPED,
        About.LAPSED: texts.NOTICE_LAPSED if audience is Audience.PREPARER else texts.NOTICE_LAPSED_SENDERS,
    }
    if about not in templates:
        raise Unreadable(f"no notice about {about!r}")
    return (
        line(
            templates[About(about)],
            name=short(view.over_by or texts.SOMEBODY, _NAME),
            owner=short(view.owner.name, _NAME),
            preparer=short(view.preparer, _NAME),
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
    return spoken_within([first, *say(0)], rest=texts.THE_REST)


def names_of(names: Sequence[str], *, whole: bool = False) -> str:
    """Return names as a sentence has them: the first of them, and how many more."""
    return texts.listed([short(name, _NAME) for name in names], most=len(names) if whole else _MOST_NAMES)


def _admins(count: int) -> str:
    return texts.counted(count, "admin") if count else texts.NO_ADMIN
