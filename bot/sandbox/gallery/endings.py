"""The warning before access ends, in the gallery."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.domain.grants import LEAVING, EndReason, GrantState
from bot.domain.limits import MOST_ITEMS
from bot.domain.messages import Audience
from bot.domain.requests import RequestState
from bot.sandbox.gallery import sizes
from bot.sandbox.gallery.exhibit import READERS, Exhibit, Exhibits, Part, Size, words_of
from bot.sandbox.gallery.records import GENERAL, NOW, REPORTING
from bot.services.views.access import GrantView, HeldAfter
from bot.services.views.requests import RequestView
from bot.slack.cards import ending_card


def endings() -> Exhibits:
    """Return the warning before access ends, and what it says later."""
    for size in Size:
        yield _ending("in force", sizes.grant(size), size=size)
        for reason in EndReason:
            yield _ending(f"ended: {words_of(reason)}", sizes.ended_grant(size, reason), size=size)
        for state in RequestState:
            yield _ending(
                f"extension {words_of(state)}",
                sizes.grant(size),
                size=size,
                extension=sizes.request(size, state)
                if state is not RequestState.APPROVED
                else _extension(size),
            )
    yield _ending(
        "extended in part",
        sizes.grant(Size.USUAL, tasks=GENERAL),
        extension=_extension(Size.USUAL, tasks=REPORTING),
    )
    for what, until in {"with no end": None, "until a day": NOW + timedelta(days=90)}.items():
        yield _ending(
            f"other access goes on {what}",
            sizes.grant(Size.USUAL, tasks=GENERAL),
            after=HeldAfter(tasks=REPORTING, until=until),
        )
    undone = _extension(Size.USUAL, state=GrantState.ENDED)
    yield _ending(
        "extension undone",
        sizes.grant(Size.USUAL),
        extension=replace(undone, undone_at=NOW, undone_by="Max Maple"),
    )
    for stands in (*sorted(LEAVING), GrantState.ENDED):
        yield _ending(
            f"extended by what is {words_of(stands)}",
            sizes.grant(Size.USUAL),
            extension=_extension(Size.USUAL, state=stands),
        )
    yield _ending(
        "extended by what was cut short",
        sizes.grant(Size.USUAL),
        extension=_extension(Size.USUAL, ends_at=sizes.grant(Size.USUAL).ends_at),
    )
    over = _extension(Size.USUAL, state=GrantState.ENDED)
    longest = _extension(Size.USUAL, ends_at=NOW + timedelta(days=300))
    yield _ending(
        "extended, and that again",
        sizes.ended_grant(Size.USUAL, EndReason.REACHED),
        extension=over,
        further=replace(longest, ref="OTTER-2345"),
    )
    for size, count in ((Size.USUAL, 1), (Size.LARGEST, MOST_ITEMS - 1)):
        others = [sizes.grant(size).asset_name] * count
        yield _ending("with others", sizes.grant(size), size=size, others=others)
    yield _ending("let end", sizes.grant(Size.USUAL, may_end=True))
    yield _ending("its time ran out just now", sizes.grant(Size.USUAL, ends_at=NOW))
    yield _ending("extended to no end", sizes.grant(Size.USUAL, ends_at=None))
    for stands in GrantState:
        if stands not in {GrantState.ACTIVE, GrantState.ENDED}:
            yield _ending(words_of(stands), sizes.grant(Size.USUAL, state=stands))


def _extension(size: Size, **fields: Any) -> RequestView:
    """Return an approved extension of a grant of this size, and what it gave; `fields` are of that."""
    before = sizes.grant(size)
    assert before.ends_at is not None
    given = {"tasks": before.tasks, "ends_at": before.ends_at + timedelta(days=60), **fields}
    view = sizes.request(size, RequestState.APPROVED)
    item = replace(view.items[0], given=given["tasks"], grant=sizes.grant(size, **given))
    return replace(view, items=(item,))


def _ending(
    state: str,
    grant: GrantView,
    *,
    size: Size = Size.USUAL,
    extension: RequestView | None = None,
    further: RequestView | None = None,
    after: HeldAfter | None = None,
    others: Sequence[str] = (),
) -> Exhibit:
    return Exhibit(
        part=Part.CARD,
        title="Access that ends",
        state=state,
        audience=READERS[Audience.ENDING],
        size=size,
        shown=ending_card(
            grant,
            now=NOW + timedelta(hours=2),
            extension=extension,
            further=further,
            after=after,
            others=others,
        ),
    )
