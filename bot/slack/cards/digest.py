"""The cards that the clock sends: an approver's digest, and the warning before access ends.

Like every card they follow the record: a digest's items turn into a line of outcome once they are
decided, and a warning says what became of the access.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.domain.assets import level_name
from bot.domain.grants import GrantState
from bot.domain.requests import RequestState
from bot.services.results import DigestItemView, DigestView, GrantView, RequestView
from bot.slack.cards import buttons
from bot.slack.cards.items import counted_levels, effective, effective_term, grant_line
from bot.slack.cards.request import card, outcome_line
from bot.slack.kit import (
    LONGEST_BLOCKS,
    Block,
    Line,
    Message,
    Passage,
    Quote,
    actions,
    header,
    joined,
    length_of,
    line,
    rich,
    short,
    short_named,
    spoken_within,
)
from bot.slack.text import en as texts

_NAME = 40
_ROOMS = (160, 80, 40)
"""How much of a reason a digest shows: as much as lets all of its requests fit into one message."""


# --- the digest -------------------------------------------------------------------------------------


def digest_card(view: DigestView, *, now: datetime) -> Message:
    """Return all that one person was nudged about on one day, each with its buttons while it is open."""
    waiting = sum(1 for one in view.items if not outcome_line(one.request, now=now))
    if waiting:
        title = texts.cards.DIGEST_TITLE.format(
            requests=texts.basics.counted(waiting, *texts.cards.DIGEST_WAITS)
        )
        intro = line(texts.cards.DIGEST_INTRO)
    else:
        title, intro = texts.cards.DIGEST_NOTHING, line(texts.cards.DIGEST_DONE)
    blocks: list[Block] = []
    passages: list[Passage] = []
    for room in _ROOMS:
        passages = [(intro,), *(_digest_item(one, room=room, now=now) for one in view.items)]
        blocks = [header(title), rich(passages[0])]
        for one, passage in zip(view.items, passages[1:], strict=True):
            blocks += [rich(passage), *_digest_row(one, now=now)]
        if length_of(blocks) <= LONGEST_BLOCKS:
            break
    first = (line("{title}.", title=title),)
    return Message(spoken_within([first, *passages], rest=texts.lists.THE_REST_OF_A_LIST), blocks)


def _digest_item(one: DigestItemView, *, room: int, now: datetime) -> Passage:
    over = outcome_line(one.request, now=now)
    if over:
        return (over,)
    snoozed = _snoozed(one, now=now)
    return (*in_brief(one.request, room=room, now=now), *([snoozed] if snoozed else []))


def in_brief(view: RequestView, *, room: int, now: datetime) -> tuple[Line, Line]:
    """Return an open request in two lines: who asks what and why, and how long it waits.

    `room` is how much of the reason is shown.
    """
    what = counted_levels((item.kind, effective(item, view.state)) for item in view.items)
    words = texts.kinds.words_of(view.kind)
    requested = line(
        words.in_brief_to_extend if view.extends else words.in_brief,
        requesting=short(view.requesting.name, _NAME),
        deciding=short(view.deciding.name, _NAME),
        what=short(what, 2 * room),
        term=texts.basics.confirm_term(effective_term(view)),
        reason=short(view.reason or texts.basics.NO_REASON, room),
    )
    waits = line(
        texts.cards.DIGEST_WAIT,
        ref=view.ref,
        at=view.created_at,
        waited=_lasting(now - view.created_at),
        expires=view.expires_at,
    )
    approvals = (
        line(
            texts.cards.APPROVALS_SO_FAR, approvals=view.approvals, required_approvals=view.required_approvals
        )
        if view.approvals
        else ()
    )
    return (requested, joined([waits, approvals]))


def _digest_row(one: DigestItemView, *, now: datetime) -> list[Block]:
    view = one.request
    if outcome_line(view, now=now):
        return []
    snooze = [] if _snoozed(one, now=now) else [buttons.snooze_button(view)]
    return [
        actions(
            buttons.approve_button(view),
            buttons.decline_button(view),
            *snooze,
            buttons.details_button(view),
        )
    ]


def _snoozed(one: DigestItemView, *, now: datetime) -> Line:
    until = one.snoozed_until
    if until is None or until <= now:
        return ()
    if until >= one.request.expires_at:
        return line(texts.cards.SNOOZED_FOR_GOOD)
    return line(texts.cards.SNOOZED, at=until)


def _lasting(time: timedelta) -> str:
    if time.days:
        return texts.basics.counted(time.days, "day")
    hours = time.seconds // 3600
    return texts.basics.counted(hours, "hour") if hours else texts.cards.AN_HOUR


# --- before access ends -----------------------------------------------------------------------------


def ending_card(grant: GrantView, *, now: datetime, extension: RequestView | None = None) -> Message:
    """Return the warning to who holds access that ends soon, and later what became of it.

    `extension` is the newest request to extend it, whatever its state.
    """
    is_over = grant.state is not GrantState.ACTIVE or (grant.ends_at is not None and grant.ends_at <= now)
    is_extended = extension is not None and _is_in_the_way(extension) and not extension.state.is_open
    title = texts.cards.ENDED_TITLE if is_over else texts.cards.ENDING_TITLE
    if is_extended:
        title = texts.cards.EXTENDED_TITLE
    row = []
    if not is_over and (extension is None or not _is_in_the_way(extension)):
        row.append(buttons.extend_button(grant))
        if not grant.may_end:
            row.append(buttons.let_end_button(grant))
    if extension is not None:
        row.append(buttons.details_button(extension))
    passages = _ending_passages(grant, extension, is_over=is_over, now=now)
    return card(title, lambda _: passages, [actions(*row)] if row else [])


def _is_in_the_way(extension: RequestView) -> bool:
    """Say whether another extension makes no sense: one is open, or was approved and stands."""
    is_approved = extension.state is RequestState.APPROVED and extension.undone_at is None
    return extension.state.is_open or is_approved


def _ending_passages(
    grant: GrantView, extension: RequestView | None, *, is_over: bool, now: datetime
) -> list[Passage]:
    holder = short(grant.holder.name, _NAME)
    lines = [
        line(
            texts.cards.YOU_HOLD,
            asset=short_named(grant.asset_name, grant.asset_id, 90),
            owner=short(grant.owner.name, _NAME),
            holder=holder,
            level=level_name(grant.kind, grant.tasks),
            tasks=texts.basics.task_names(grant.tasks),
            ref=grant.ref,
        )
    ]
    if is_over:
        lines.append(joined([grant_line(grant, for_owner=False, now=now), line(texts.cards.CONTENT_STAYS)]))
    elif grant.ends_at is not None:
        lines.append(line(texts.cards.ENDS, at=grant.ends_at, holder=holder))
    if extension is not None:
        lines.append(_extension(extension))
    if not is_over and grant.may_end and (extension is None or not _is_in_the_way(extension)):
        lines.append(line(texts.cards.LET_END_SAID))
    if is_over and (extension is None or not _is_in_the_way(extension)):
        lines.append(line(texts.cards.ASK_AGAIN))
    return [tuple(lines), (line(texts.cards.WHY), Quote(grant.reason or texts.basics.NO_REASON))]


def _extension(extension: RequestView) -> Line:
    undone = extension.undone_at is not None
    return line(
        texts.cards.EXTENSION_UNDONE if undone else texts.cards.EXTENSION[extension.state],
        ref=extension.ref,
        owner=short(extension.deciding.name, _NAME),
        approvals=extension.approvals,
        required_approvals=extension.required_approvals,
        term=texts.basics.confirm_term(extension.given_term or extension.term),
    )
