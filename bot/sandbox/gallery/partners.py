"""A partner's page in the gallery."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.domain.grants import EndReason, GrantState
from bot.sandbox.gallery import sizes
from bot.sandbox.gallery.exhibit import Exhibit, Exhibits, Part, Size
from bot.sandbox.gallery.records import NOW, rows
from bot.services.views import PartingView, PartnershipView
from bot.slack import modals

_THEN = NOW - timedelta(days=40)


def partner_pages() -> Exhibits:
    """Return a partner's page with something in each direction, and with nothing."""
    for size in Size:
        yield _shown(_partnership(size), state="now", size=size)
    usual = _partnership(Size.USUAL)
    nothing = replace(usual, grants=rows(), open_requests=0)
    ended = [
        replace(
            one,
            state=GrantState.ENDED,
            end_reason=EndReason.REVOKED,
            ended_at=NOW - timedelta(days=1),
            ended_by="Dana Diaz",
            reason="",
            decided_by=(),
        )
        for one in usual.grants.rows
    ]
    yield _shown(replace(usual, at=_THEN, grants=rows(*ended)), state="as of a day")
    yield _shown(nothing, state="nothing any more")
    yield from _ends()
    yield _shown(replace(nothing, at=_THEN), state="nothing on a day")
    yield _shown(replace(nothing, since=None, open_requests=2), state="only requests so far")


def _partnership(size: Size) -> PartnershipView:
    own, other = sizes.DECIDES[size], sizes.ASKS[size]
    most = modals.PARTNER_ROWS // 2
    numbers = range(most if size is Size.LARGEST else 2)
    given = [
        sizes.grant(size, id=f"7100000000{number:04}", owner=own, holder=other, starts_at=_THEN)
        for number in numbers
    ]
    held = [
        sizes.grant(
            size,
            id=f"7200000000{number:04}",
            owner=other,
            holder=own,
            starts_at=_THEN,
            works=bool(number),
            works_at=_THEN,
        )
        for number in numbers
    ]
    total = 1_234 if size is Size.LARGEST else None
    return PartnershipView(
        own=own, other=other, at=None, since=_THEN, grants=rows(*given, *held, total=total), open_requests=1
    )


def _ends() -> Exhibits:
    for size in Size:
        both = _partnership(size)
        refs = tuple(sizes.numbered_ref(number, size) for number in range(50 if size is Size.LARGEST else 1))
        parting = PartingView(
            own=both.own,
            other=both.other,
            grants=replace(both.grants, more=size is Size.LARGEST) if size is not Size.SMALLEST else rows(),
            ends=both.grants.total,
            requests=refs if size is not Size.USUAL else (),
            mark="a" * 16,
        )
        yield _part(parting, state="now", size=size)
        if size is Size.LARGEST:
            yield _part(replace(parting, ends=500), state="more than one step takes", size=size)


def _part(view: PartingView, *, state: str, size: Size) -> Exhibit:
    shown = modals.part_modal(view, now=NOW)
    return Exhibit(part=Part.FORM, title="End a partnership", state=state, size=size, shown=shown)


def _shown(view: PartnershipView, *, state: str, size: Size = Size.USUAL) -> Exhibit:
    on = None if view.at is None else view.at.date()
    which = modals.PartnerPage(own_id=view.own.id, other_id=view.other.id, on=on)
    shown = modals.partner_modal(view, which, now=NOW, can_end=size is not Size.SMALLEST)
    return Exhibit(part=Part.FORM, title="Partner", state=state, size=size, shown=shown)
