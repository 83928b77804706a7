"""What is found at Meta, in the gallery: its card in each state, and the form that has it ignored."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bot.domain.assets import TASKS, Kind
from bot.domain.connections import Obstacle
from bot.domain.findings import ON_ITS_WAY, REMEDIES, FindingKind, FindingState, Remedy
from bot.domain.messages import Audience
from bot.domain.requests import ErrorCode
from bot.sandbox.gallery import sizes
from bot.sandbox.gallery.exhibit import READERS, Exhibit, Exhibits, Part, Size, words_of
from bot.sandbox.gallery.form import ZONE, form_of, refused, sent_back, wrong_at
from bot.sandbox.gallery.records import NOW
from bot.services.views.requests import FindingView
from bot.slack import modals
from bot.slack.cards import finding_card
from bot.slack.modals.inputs import modal_errors

_TASKS = {
    Size.SMALLEST: frozenset({"ANALYZE"}),
    Size.USUAL: frozenset({"MANAGE", "ADVERTISE"}),
    Size.LARGEST: TASKS[Kind.PAGE],
}


def findings() -> Exhibits:
    """Return every card of what was found, and the form."""
    for size in Size:
        for kind, possible in REMEDIES.items():
            yield _card(size, kind, "found")
            yield _card(size, kind, "from a stranger", is_known=False)
            yield _card(size, kind, "settled by itself", state=FindingState.CLOSED, over_at=NOW)
            until = NOW + timedelta(days=30)
            yield _card(size, kind, "ignored", state=FindingState.IGNORED, ignored_until=until)
            for remedy in possible:
                if remedy is not Remedy.IGNORE:
                    done = f"{words_of(remedy)}, done"
                    yield _card(size, kind, done, state=FindingState.CLOSED, remedy=remedy, over_at=NOW)
                if remedy in ON_ITS_WAY:
                    acting = {"state": FindingState.ACTING, "remedy": remedy}
                    yield _card(size, kind, f"{words_of(remedy)}, on its way", **acting)
                    held_up = f"{words_of(remedy)}, held up"
                    yield _card(size, kind, held_up, **acting, obstacle=Obstacle.PERMISSION)
        yield _card(size, FindingKind.OUTSIDE, "waits for another admin", draft_ref=sizes.LONGEST_REF)
        yield _card(size, FindingKind.GONE, "refused at Meta", obstacle=Obstacle.LIMITED)
        form = modals.ignore_modal(_view(size, FindingKind.OUTSIDE), zone=ZONE)
        yield form_of("Ignore what was found", form, size=size)
    form = modals.ignore_modal(_view(Size.USUAL, FindingKind.WIDENED), zone=ZONE)
    wrong = modal_errors(sent_back(form), wrong_at("until", ErrorCode.DATE_PAST))
    yield refused("Ignore what was found", form, wrong)


def _card(size: Size, kind: FindingKind, what: str, **fields: Any) -> Exhibit:
    return Exhibit(
        part=Part.CARD,
        title=f"Found at Meta: {words_of(kind)}",
        state=what,
        audience=READERS[Audience.SUBMITTERS],
        size=size,
        shown=finding_card(_view(size, kind, **fields)),
    )


def _view(size: Size, kind: FindingKind, **fields: Any) -> FindingView:
    is_large = size is Size.LARGEST
    usual = {
        "id": "900000000000005",
        "version": 1,
        "kind": kind,
        "state": FindingState.OPEN,
        "owner": sizes.DECIDES[size],
        "asset_id": sizes.LONGEST_ID if is_large else "act_4815162342",
        "asset_name": {Size.SMALLEST: "", Size.USUAL: "Acme Shoes EU", Size.LARGEST: sizes.LONGEST["asset"]}[
            size
        ],
        "asset_kind": Kind.PAGE if is_large else Kind.AD_ACCOUNT,
        "holder": sizes.ASKS[size],
        "is_known": True,
        "tasks": _TASKS[size],
        "found_at": NOW,
        "by": sizes.LONGEST["person"] if is_large else "Dana Diaz",
    }
    return FindingView(**{**usual, **fields})
