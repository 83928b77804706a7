"""Somebody's digest: what waits for their word on one day, and what became of it since."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from bot.domain.calendar import zone_of
from bot.services.views.parties import Party
from bot.services.views.requests import DigestItemView, DigestView
from bot.slack.cards import buttons
from bot.slack.cards.asked import escalated
from bot.slack.cards.headline import in_force, owner_and_holder
from bot.slack.cards.outcome import outcome_line
from bot.slack.cards.row import question_row, waiting_row
from bot.slack.kit import LONGEST_BLOCKS, Block, Message, divider, header, length_of, rich
from bot.slack.lines import Line, Value, joined, line, short, spoken_within
from bot.slack.text import en as texts

_NAME = 60
_ROOMS = (160, 80, 40)
"""How much of a reason or a name a digest shows: as much as lets all of its requests fit into one message."""


def digest_card(view: DigestView, *, now: datetime) -> Message:
    """Return all that one person was nudged about on one day, each with its buttons while it is open."""
    waiting = [one for one in view.items if _is_waiting(one, now=now)]
    questions = sum(1 for one in waiting if one.is_question)
    counted = [
        texts.basics.counted(number, *words)
        for number, words in (
            (len(waiting) - questions, texts.cards.DIGEST_WAITS),
            (questions, texts.cards.DIGEST_ASKS),
        )
        if number
    ]
    title = texts.cards.DIGEST_NOTHING
    if counted:
        title = texts.cards.DIGEST_TITLE.format(requests=texts.basics.listed(counted))
    several = len({_own(one).id for one in view.items}) > 1
    blocks: list[Block] = []
    lines: list[Line] = []
    for room in _ROOMS:
        blocks, lines = [header(title)], []
        for one in view.items:
            said, shown = _item(one, room=room, now=now, zone=zone_of(view.zone), several=several)
            lines += said
            blocks += [divider(), *shown]
        if at_meta := _at_meta(view, now=now):
            lines += at_meta
            blocks += [divider(), rich((joined(at_meta),))]
        if length_of(blocks) <= LONGEST_BLOCKS:
            break
    # On one line with the title, so that a notification names the first asset.
    first, *others = lines
    spoken = [joined([line("{title}.", title=title), first]), *others]
    return Message(spoken_within([tuple(spoken)], rest=texts.lists.THE_REST_OF_A_LIST), blocks)


def _at_meta(view: DigestView, *, now: datetime) -> list[Line]:
    """Return what of the reader's businesses is not at Meta as it should be.

    It says as of when: a digest is rendered again when its requests change, and not when this does.
    """
    counts = ((view.failed, texts.cards.DIGEST_FAILED), (view.stuck, texts.cards.DIGEST_STUCK))
    return [line(template, count=count, at=now) for count, template in counts if count]


def _item(
    one: DigestItemView, *, room: int, now: datetime, zone: ZoneInfo, several: bool
) -> tuple[list[Line], list[Block]]:
    """Return one request; where it waits, of which of `several` businesses of the reader."""
    view = one.request
    own = short(_own(one).name, min(room, _NAME))
    whose = line(texts.lists.OF_OWN, business=own) if several else ()
    if one.is_question:
        return _question(one, room=room, zone=zone, whose=whose)
    if over := outcome_line(view, now=now):
        said = joined([over, line(texts.lists.OF_OWN_SAID, business=own) if several else ()])
        return [said], [rich((said,))]
    snoozed = _snoozed(one, now=now)
    can_decide = buttons.can_be_decided(view)
    details, snooze = buttons.details_button(view), [] if snoozed else [buttons.snooze_button(view)]
    decline = [buttons.decline_button(view)] if can_decide else []
    main, others = details, [*decline, *(snooze if can_decide and not view.approved_by_reader else [])]
    if buttons.can_be_approved(view) and not view.approved_by_reader:
        main, others = buttons.approve_button(view), [*decline, *snooze, details]
    row = waiting_row(
        view,
        room=room,
        zone=zone,
        main=main,
        others=others,
        snoozed=snoozed,
        decide=line(texts.lists.YOU_APPROVED) if view.approved_by_reader else (),
        why=joined([_for_whom(one), *escalated(view, room=min(room, _NAME))]),
        whose=whose,
    )
    return row.lines, row.blocks


def _for_whom(one: DigestItemView) -> Line:
    return line(texts.away.FACT, person=short(one.instead_of, _NAME)) if one.instead_of else ()


def _is_waiting(one: DigestItemView, *, now: datetime) -> bool:
    if one.is_question:
        return one.since is not None and not (one.request.works and one.request.works.works)
    is_theirs = buttons.can_be_decided(one.request) and not one.request.approved_by_reader
    return is_theirs and not outcome_line(one.request, now=now)


def _own(one: DigestItemView) -> Party:
    """Return for whom the reader is asked: those who decide, or who has what is asked about."""
    _, holder = owner_and_holder(one.request)
    return holder if one.is_question else one.request.deciding


def _question(
    one: DigestItemView, *, room: int, zone: ZoneInfo, whose: Line
) -> tuple[list[Line], list[Block]]:
    """Return the question whether access works, and what came of it."""
    view = one.request
    about: dict[str, Value] = {"what": in_force(view, most=min(room, _NAME)), "ref": view.ref}
    if view.works is not None and view.works.works:
        by = short(view.works.by or texts.basics.SOMEBODY, _NAME)
        said = line(texts.works.YOU_SAID_YES, by=by, at=view.works.at, **about)
        return [said], [rich((said,))]
    if one.since is None:
        said = line(texts.works.IS_OVER, **about)
        return [said], [rich((said,))]
    said = line(texts.works.ASKED, **about)
    if view.works is not None:
        said = line(texts.works.ASKED_AGAIN, **about)
    main, others = buttons.works_button(view), [buttons.works_not_button(view), buttons.details_button(view)]
    row = question_row(
        view, since=one.since, said=said, zone=zone, main=main, others=others, why=_for_whom(one), whose=whose
    )
    return row.lines, row.blocks


def _snoozed(one: DigestItemView, *, now: datetime) -> Line:
    until = one.snoozed_until
    if until is None or until <= now:
        return ()
    if until >= one.request.expires_at:
        return line(texts.cards.SNOOZED_FOR_GOOD)
    return line(texts.cards.SNOOZED, at=until)
