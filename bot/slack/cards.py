"""Cards and notices: one request or prepared ask, shown to one audience, rendered whole from the record.

The deciders' card answers, from top to bottom: who asks, for what, why, for how long, and what a yes
does. A card of something that is over begins with how it ended and keeps no button that decides.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from enum import StrEnum

from bot.domain.assets import is_risky
from bot.domain.grants import EndReason
from bot.domain.requests import RequestState, Term, TermKind
from bot.services.results import GrantView, ItemView, PreparedView, RequestView
from bot.slack import texts
from bot.slack.blocks import (
    LONGEST_BLOCKS,
    LONGEST_TEXT,
    Block,
    Element,
    Line,
    Message,
    Passage,
    Quote,
    Value,
    actions,
    button,
    confirm,
    header,
    joined,
    length_of,
    line,
    option,
    overflow,
    plain,
    rich,
    short,
    spoken,
    spoken_within,
)
from bot.slack.ids import ActionId, Ref, Unreadable, button_value, menu_value
from bot.slack.items import Showing, asset_words, counted_levels, given_of, item_passages
from bot.store.tables import Audience, PreparedState

_ROOMS = (5_500, 3_500, 2_600, 2_000, 1_400, 1_000, 400, 0)
_NAME = 60
_MOST_NAMES = 10


class About(StrEnum):
    """What a notice can be about; the end of access is `ended:<grant id>`."""

    APPROVED = "approved"
    DECLINED = "declined"
    IN_REVIEW = "in_review"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    SENT = "sent"
    DROPPED = "dropped"
    LAPSED = "lapsed"
    ENDED = "ended"


# --- cards ------------------------------------------------------------------------------------------


def request_card(view: RequestView, *, audience: Audience, now: datetime) -> Message:
    """Return a request's card for the deciders, for who asked, or for who prepared it."""
    title = texts.REQUEST_TITLE.format(ref=view.ref)
    if audience is Audience.DECIDERS:
        return _message(
            title,
            lambda room: request_passages(view, audience=audience, room=room, now=now),
            [decide_buttons(view)] if view.state.is_open else [_menu_row(view)],
        )
    buttons = [_menu(view.id, view.version)]
    if audience is Audience.ASKER and view.state.is_open:
        buttons.insert(
            0, button(texts.CANCEL, ActionId.CANCEL, value=button_value(Ref(view.id, view.version)))
        )
    return _message(
        title,
        lambda room: request_passages(view, audience=audience, room=room, now=now),
        [actions(*buttons)],
    )


def request_passages(view: RequestView, *, audience: Audience, room: int, now: datetime) -> list[Passage]:
    """Return what a request's card says, its items in about `room` characters."""
    showing = Showing(audience=audience, owner=view.deciding, state=view.state, now=now)
    return _request_passages(view, item_passages(view.items, showing=showing, room=room), showing=showing)


def whole_passages(
    view: RequestView, items: Sequence[ItemView], *, audience: Audience, now: datetime
) -> list[Passage]:
    """Return everything about a request and these of its items, with nothing left out."""
    showing = Showing(audience=audience, owner=view.deciding, state=view.state, now=now, whole=True)
    return _request_passages(view, item_passages(items, showing=showing, room=0), showing=showing)


def _request_passages(view: RequestView, items: list[Passage], *, showing: Showing) -> list[Passage]:
    why = (line(texts.WHY), Quote(view.reason or texts.NO_REASON))
    outcome = _outcome(view, showing.audience)
    if showing.for_deciders:
        return [*outcome, _who_asks(view), *items, why, _facts(view, showing), *_warnings(view)]
    return [_you_asked(view, showing), *outcome, *items, why, _facts_for_asker(view, showing)]


def decide_buttons(view: RequestView, *, menu: bool = True) -> Block:
    """Return the row of buttons of those who decide; the menu leads to what a window shows already."""
    value = button_value(Ref(view.id, view.version))

    def about(name: str) -> str:
        name = name.rstrip("…")
        return texts.BUTTON_ABOUT.format(button=name, ref=view.ref, asking=short(view.asking.name, 30))

    return actions(
        button(
            texts.APPROVE,
            ActionId.APPROVE,
            value=value,
            style="primary",
            confirm=_confirm_approve(view),
            label=about(texts.APPROVE),
        ),
        button(texts.ADJUST, ActionId.ADJUST, value=value, label=about(texts.ADJUST)),
        button(texts.DECLINE, ActionId.DECLINE, value=value, label=about(texts.DECLINE)),
        *([_menu(view.id, view.version)] if menu else []),
    )


def prepared_card(view: PreparedView, *, audience: Audience, now: datetime) -> Message:
    """Return a prepared ask's card, for the admins who send it or for who prepared it."""
    waits = view.state is PreparedState.WAITING
    controls = [_prepared_buttons(view)] if waits and audience is Audience.SENDERS else []
    return _message(
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
            texts.ASKS,
            asking=short(asking.name, _NAME),
            owner=short(view.deciding.name, _NAME),
            assets=texts.counted(len(view.items), "asset"),
        ),
        line("{standing}.", standing=texts.standing(asking)),
        line(texts.ASKED_BY_PREPARED, preparer=short(view.preparer, _NAME), **by)
        if view.preparer
        else line(texts.ASKED_BY, **by),
        _standing(view),
    ]
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
        lines.append(line(texts.FOR_WHOM, people=_names(view.people, whole=showing.whole)))
    lines.append(_how_long(view))
    if view.state.is_open:
        lines.append(line(texts.DECIDE_BY, at=view.expires_at))
        lines.append(_yeses(view))
    if view.opened_by:
        lines.append(line(texts.OPENED_BY, people=_names(view.opened_by, whole=showing.whole)))
    return tuple(lines)


def _how_long(view: RequestView) -> Line:
    given = view.given_term if view.state in {RequestState.APPROVED, RequestState.IN_REVIEW} else None
    if given is None or given == view.term:
        return line(texts.HOW_LONG, term=texts.term(view.term))
    template = texts.HOW_LONG_SHORTENED if view.state is RequestState.APPROVED else texts.HOW_LONG_FIRST_YES
    return line(template, given=texts.term(given), asked=texts.term(view.term))


def _yeses(view: RequestView) -> Line:
    if view.yeses:
        return line(
            texts.YESES_SOME,
            yeses=view.yeses,
            needed=view.needed,
            voters=_names(view.voters) or texts.SOMEBODY,
        )
    if view.needed == 1:
        return line(texts.YESES_NONE, needed=texts.NEEDED_ONE)
    template = texts.NEEDED_RISKY if _is_risky(view) else texts.NEEDED_MORE
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


def _confirm_approve(view: RequestView) -> Element | None:
    if any(item.asset_id is None for item in view.items):
        return None  # Approve opens Adjust then, to choose the asset
    how_long = _effective_term(view)
    if how_long.kind is not TermKind.OPEN_END and not _is_risky(view):
        return None
    given = [(item.kind, _effective(item, view.state)) for item in view.items]
    said = [
        texts.CONFIRM_GETS.format(
            asking=short(view.asking.name, 40),
            what=short(counted_levels((kind, tasks) for kind, tasks in given if tasks), 110),
            term=plain(texts.confirm_term(how_long)),
        ),
        texts.CONFIRM_FIRST.format(number=view.yeses + 1, needed=view.needed)
        if view.yeses + 1 < view.needed
        else texts.CONFIRM_LAST,
    ]
    return confirm(
        title=texts.CONFIRM_APPROVE,
        text=" ".join(said),
        yes=texts.APPROVE,
        no=texts.CONFIRM_NOT_YET,
        style="danger",
    )


def _effective(item: ItemView, state: RequestState) -> frozenset[str]:
    given = given_of(item, state)
    return item.asked if given is None else given


def _effective_term(view: RequestView) -> Term:
    return view.given_term if view.state is RequestState.IN_REVIEW and view.given_term else view.term


def _is_risky(view: RequestView) -> bool:
    return any(is_risky(item.kind, _effective(item, view.state)) for item in view.items)


# --- how it ended -----------------------------------------------------------------------------------


def _outcome(view: RequestView, audience: Audience) -> list[Passage]:
    if view.state.is_open or view.over_at is None:
        return []
    at = view.over_at
    ours = audience is Audience.DECIDERS
    decider = view.over_by or texts.SOMEBODY
    match view.state:
        case RequestState.APPROVED:
            template = texts.APPROVED_LESS if _gave_less(view) else texts.APPROVED
            names = _names(view.voters) or decider
            said, writer = line(template, names=names, at=at), decider
        case RequestState.DECLINED:
            said, writer = line(texts.DECLINED, name=short(decider, _NAME), at=at), decider
        case RequestState.CANCELLED:
            # Across the line: names of who asked and who decided, of nobody else.
            writer = view.asking.name if ours else decider
            said = line(texts.CANCELLED, name=short(writer, _NAME), at=at)
        case _:
            said, writer = line(texts.EXPIRED, at=at), ""
    if view.note and writer:
        return [(said, line(texts.NOTE_BY, name=short(writer, _NAME)), Quote(view.note))]
    return [(said,)]


def _gave_less(view: RequestView) -> bool:
    shorter = view.given_term is not None and view.given_term != view.term
    return shorter or any(item.given is not None and item.given != item.asked for item in view.items)


# --- the asker's card -------------------------------------------------------------------------------


def _you_asked(view: RequestView, showing: Showing) -> Passage:
    owner = short(view.deciding.name, _NAME)
    names = {
        "owner": owner,
        "asking": short(view.asking.name, _NAME),
        "assets": texts.counted(len(view.items), "asset"),
    }
    lines = [
        line(texts.YOU_ASKED, **names)
        if showing.audience is Audience.ASKER
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
    lines = [_how_long(view)]
    if view.people:
        lines.insert(0, line(texts.FOR_WHOM, people=_names(view.people, whole=showing.whole)))
    following = texts.NEXT.get(view.state)
    if following:
        lines.append(line(following))
    return tuple(lines)


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
        facts.insert(0, line(texts.FOR_WHOM, people=_names(view.people, whole=showing.whole)))
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


def _prepared_buttons(view: PreparedView) -> Block:
    value = button_value(Ref(view.id, view.version))
    names = {"owner": short(view.owner.name, _NAME), "asking": short(view.asking.name, _NAME)}
    return actions(
        button(
            texts.SEND,
            ActionId.SEND,
            value=value,
            style="primary",
            confirm=confirm(
                title=texts.CONFIRM_SEND,
                text=texts.CONFIRM_SEND_TEXT.format(**names),
                yes=texts.SEND,
                no=texts.CONFIRM_NOT_YET,
            ),
        ),
        button(texts.EDIT, ActionId.EDIT, value=value),
        button(
            texts.DROP,
            ActionId.DROP,
            value=value,
            confirm=confirm(
                title=texts.CONFIRM_DROP,
                text=texts.CONFIRM_DROP_TEXT.format(preparer=short(view.preparer, _NAME), **names),
                yes=texts.DROP,
                no=texts.KEEP,
                style="danger",
            ),
        ),
    )


# --- notices ----------------------------------------------------------------------------------------


def notice(about: str, view: RequestView | PreparedView, *, audience: Audience, now: datetime) -> Message:  # noqa: ARG001  # as every card
    """Return the short word about what happened that goes beside a card.

    `about` is one of `About`, or `ended:<grant id>`. Raises `Unreadable` for what does not fit the view.
    """
    if isinstance(view, PreparedView):
        passage = _prepared_notice(about, view, audience=audience)
    else:
        passage = _request_notice(about, view, audience=audience)
    return Message(spoken([passage]), [rich(passage)])


def _request_notice(about: str, view: RequestView, *, audience: Audience) -> Passage:
    what, _, grant_id = about.partition(":")
    ours = audience is Audience.DECIDERS
    decider = short(view.over_by or texts.SOMEBODY, _NAME)
    canceller = view.asking.name if ours else decider
    if what == About.ENDED:
        return _ended_notice(view, grant_id, ours=ours)
    values: dict[str, Value] = {
        "ref": view.ref,
        "owner": short(view.deciding.name, _NAME),
        "asking": short(view.asking.name, _NAME),
        "names": _names(view.voters) or decider,
        "yeses": view.yeses,
        "needed": view.needed,
    }
    templates = {
        About.APPROVED: texts.NOTICE_APPROVED_LESS if _gave_less(view) else texts.NOTICE_APPROVED,
        About.DECLINED: texts.NOTICE_DECLINED,
        About.CANCELLED: texts.NOTICE_CANCELLED,
        About.IN_REVIEW: texts.NOTICE_REVIEW,
        About.EXPIRED: texts.NOTICE_EXPIRED_OURS if ours else texts.NOTICE_EXPIRED,
    }
    if what not in templates:
        raise Unreadable(f"no notice about {about!r}")
    name = canceller if what == About.CANCELLED else decider
    said = line(templates[About(what)], name=short(name, _NAME), **values)
    return (said, Quote(view.note)) if view.note and what != About.EXPIRED else (said,)


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


def _message(title: str, say: Callable[[int], list[Passage]], controls: Sequence[Block]) -> Message:
    return Message(_text(title, say), _blocks(title, say, controls))


def _blocks(title: str, say: Callable[[int], list[Passage]], controls: Sequence[Block]) -> list[Block]:
    blocks: list[Block] = []
    for room in _ROOMS:
        blocks = [header(title), *(rich(passage) for passage in say(room)), *controls]
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


def _menu(subject_id: str, version: int) -> Element:
    ref = Ref(subject_id, version)
    return overflow(
        [
            option(texts.DETAILS, menu_value(ActionId.DETAILS, ref)),
            option(texts.HISTORY, menu_value(ActionId.HISTORY, ref)),
        ]
    )


def _menu_row(view: RequestView) -> Block:
    return actions(_menu(view.id, view.version))


def _names(names: Sequence[str], *, whole: bool = False) -> str:
    return texts.listed([short(name, _NAME) for name in names], most=len(names) if whole else _MOST_NAMES)


def _admins(count: int) -> str:
    return texts.counted(count, "admin") if count else texts.NO_ADMIN
