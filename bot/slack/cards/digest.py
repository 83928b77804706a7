"""An approver's digest: what waits for them on one day, and what became of it since."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.services.results import DigestItemView, DigestView, RequestView
from bot.slack.cards import buttons
from bot.slack.cards.headline import headline
from bot.slack.cards.outcome import outcome_line
from bot.slack.kit import (
    LONGEST_BLOCKS,
    Block,
    Line,
    Message,
    Passage,
    actions,
    header,
    joined,
    length_of,
    line,
    rich,
    short,
    spoken_within,
)
from bot.slack.text import en as texts

_ROOMS = (160, 80, 40)
"""How much of a reason a digest shows: as much as lets all of its requests fit into one message."""


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
    named = next((headline(one.request) for one in view.items if not outcome_line(one.request, now=now)), ())
    first = (joined([line("{title}.", title=title), named]),)
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
    reason = line(texts.basics.QUOTED, words=short(view.reason or texts.basics.NO_REASON, room))
    requested = joined([headline(view), reason])
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
