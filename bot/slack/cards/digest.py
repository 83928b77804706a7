"""An approver's digest: what waits for them on one day, and what became of it since."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from bot.domain.calendar import zone_of
from bot.services.views import DigestItemView, DigestView
from bot.slack.cards import buttons
from bot.slack.cards.outcome import outcome_line
from bot.slack.cards.row import waiting_row
from bot.slack.kit import LONGEST_BLOCKS, Block, Message, divider, header, length_of, rich
from bot.slack.lines import Line, joined, line, spoken_within
from bot.slack.text import en as texts

_ROOMS = (160, 80, 40)
"""How much of a reason a digest shows: as much as lets all of its requests fit into one message."""


def digest_card(view: DigestView, *, now: datetime) -> Message:
    """Return all that one person was nudged about on one day, each with its buttons while it is open."""
    waiting = sum(1 for one in view.items if not outcome_line(one.request, now=now))
    title = texts.cards.DIGEST_NOTHING
    if waiting:
        requests = texts.basics.counted(waiting, *texts.cards.DIGEST_WAITS)
        title = texts.cards.DIGEST_TITLE.format(requests=requests)
    blocks: list[Block] = []
    lines: list[Line] = []
    for room in _ROOMS:
        blocks, lines = [header(title)], []
        for one in view.items:
            said, shown = _item(one, room=room, now=now, zone=zone_of(view.zone))
            lines += said
            blocks += [divider(), *shown]
        if length_of(blocks) <= LONGEST_BLOCKS:
            break
    # On one line with the title, so that a notification names the first asset.
    first, *others = lines
    spoken = [joined([line("{title}.", title=title), first]), *others]
    return Message(spoken_within([tuple(spoken)], rest=texts.lists.THE_REST_OF_A_LIST), blocks)


def _item(one: DigestItemView, *, room: int, now: datetime, zone: ZoneInfo) -> tuple[list[Line], list[Block]]:
    view = one.request
    if over := outcome_line(view, now=now):
        return [over], [rich((over,))]
    snoozed = _snoozed(one, now=now)
    row = waiting_row(
        view,
        room=room,
        now=now,
        zone=zone,
        main=buttons.approve_button(view),
        others=[
            buttons.decline_button(view),
            *([] if snoozed else [buttons.snooze_button(view)]),
            buttons.details_button(view),
        ],
        snoozed=snoozed,
    )
    return row.lines, row.blocks


def _snoozed(one: DigestItemView, *, now: datetime) -> Line:
    until = one.snoozed_until
    if until is None or until <= now:
        return ()
    if until >= one.request.expires_at:
        return line(texts.cards.SNOOZED_FOR_GOOD)
    return line(texts.cards.SNOOZED, at=until)
