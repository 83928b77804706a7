"""What a business reads once a week: with little, with some of everything, and with the most."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from bot.domain.actors import Status
from bot.domain.grants import GrantState
from bot.domain.messages import Audience, Notice
from bot.domain.requests import RequestState
from bot.sandbox.gallery import sizes
from bot.sandbox.gallery.exhibit import READERS, Exhibit, Part, Size, words_of
from bot.sandbox.gallery.records import NOW, rows
from bot.services.nudges import MOST_LISTED
from bot.services.views.weeks import WeekDraft, WeekGrant, WeekRequest, WeekView
from bot.slack.cards import week_notice

_UNSETTLED = (GrantState.PENDING, GrantState.FAILED, GrantState.STUCK)
_NAMES = {Size.SMALLEST: "", Size.USUAL: "Acme Shoes EU", Size.LARGEST: sizes.LONGEST["asset"]}
_OUTCOMES = (
    RequestState.APPROVED,
    RequestState.DECLINED,
    RequestState.CANCELLED,
    RequestState.EXPIRED,
)


def weeks() -> Iterator[Exhibit]:
    """Return the week of a business in each size, and one in which something only waits."""
    for size, count, total in (
        (Size.SMALLEST, 1, None),
        (Size.USUAL, 3, None),
        (Size.LARGEST, MOST_LISTED, 4_321),
    ):
        yield _week("", size, _view(size, count, total))
    nothing = rows(total=0)
    quiet = dict.fromkeys(("drafts", "asked", "unsettled", "ending", "began", "ended"), nothing)
    waits = _view(Size.USUAL, 1, None, decided={}, **quiet)
    yield _week(": something waits", Size.USUAL, waits)
    off = replace(waits, own=replace(waits.own, status=Status.DEACTIVATED))
    yield _week(": something waits for a deactivated business", Size.USUAL, off)


def _week(state: str, size: Size, view: WeekView) -> Exhibit:
    return Exhibit(
        part=Part.NOTICE,
        title="Notice",
        state=words_of(Notice.WEEK) + state,
        audience=READERS[Audience.SUBMITTERS],
        size=size,
        shown=week_notice(view),
    )


def _view(size: Size, count: int, total: int | None, **fields: object) -> WeekView:
    numbers = range(count)
    held = [_grant(size, GrantState.ACTIVE, is_given=number % 2 == 0) for number in numbers]
    every: dict[str, object] = {
        "to_decide": rows(*(_request(size, number) for number in numbers), total=total),
        "drafts": rows(*(_draft(size, number) for number in numbers), total=total),
        "asked": rows(*(_request(size, number, is_asset_s=number == 1) for number in numbers), total=total),
        "unsettled": rows(*(_grant(size, state) for state in (_UNSETTLED * 2)[:count]), total=total),
        "ending": rows(*held, total=total),
        "decided": dict.fromkeys(_OUTCOMES[: count + 1], total or count),
        "began": rows(*held, total=total),
        "ended": rows(
            *(_grant(size, GrantState.ENDED, goes_on=number % 2 == 1) for number in numbers), total=total
        ),
    }
    return WeekView(own=sizes.DECIDES[size], is_past=False, **(every | fields))  # type: ignore[arg-type]  # by name


def _request(size: Size, number: int, *, is_asset_s: bool = False) -> WeekRequest:
    partner = None if is_asset_s else sizes.ASKS[size].name
    items = sizes.request(size, RequestState.PENDING).items
    at = NOW - timedelta(days=number)
    return WeekRequest(ref=f"AMBER-{1000 + number}", items=items, partner=partner, at=at)


def _draft(size: Size, number: int) -> WeekDraft:
    draft = sizes.draft(size)
    return WeekDraft(
        ref=f"CORAL-{1000 + number}",
        items=draft.items,
        partner=draft.deciding.name,
        author=draft.author,
        at=NOW + timedelta(days=number),
    )


def _grant(size: Size, state: GrantState, *, is_given: bool = True, goes_on: bool = False) -> WeekGrant:
    return WeekGrant(
        asset_id="act_1" if size is Size.SMALLEST else "act_4815162342",
        asset_name=_NAMES[size],
        partner=sizes.ASKS[size].name,
        is_given=is_given,
        state=state,
        at=NOW + timedelta(days=3),
        goes_on=goes_on,
    )
