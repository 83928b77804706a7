"""How a partnership ends: all at once in both directions, by an admin of either side."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.domain.denials import DenialReason
from bot.domain.events import EventKind, Subject, SubjectKind
from bot.domain.grants import Named
from bot.domain.limits import LONGEST_NOTE, MOST_ENDED
from bot.domain.messages import Notice, Parting
from bot.domain.policy import may_administer
from bot.domain.requests import too_long
from bot.services import cards, directory, grants, readers, requests
from bot.services.context import Context
from bot.services.results import Denied, Invalid, Parted
from bot.services.views.businesses import PartingView
from bot.services.views.parties import Rows

if TYPE_CHECKING:
    from bot.store.compiled import Row


def parting(
    ctx: Context, *, business_id: str, other_id: str, limit: int, most: int = MOST_ENDED
) -> PartingView | None:
    """Return what would end now with a partnership, the first `limit` grants in full; None for nothing.

    One step ends at most `most` grants.
    """
    own, other = ctx.business_row(business_id), ctx.business_row(other_id)
    chosen, waiting = _all(ctx, business_id, other_id, most=most)
    if own is None or other is None or not (chosen.rows or waiting) or not ctx.visible_business(business_id):
        return None
    shown = grants.find_grants(ctx, [grant_id for _, grant_id in chosen.rows[:limit]])
    return PartingView(
        own=directory.party_of(own),
        other=directory.party_of(other),
        grants=Rows(rows=tuple(shown), total=chosen.total, more=chosen.total > len(shown)),
        ends=len(chosen.rows),
        requests=tuple(row.ref for row in waiting),
        mark=_mark(chosen, waiting),
    )


def _all(
    ctx: Context, business_id: str, other_id: str, *, most: int
) -> tuple[Rows[grants.Choice], list[Row]]:
    """Return the grants between the two, as many as one step takes, and their open requests."""
    which = Named(other_id=other_id)
    chosen = grants.named(ctx, which, business_id=business_id, limit=most)
    return chosen, requests.open_between(ctx, business_id, other_id)


def _mark(chosen: Rows[grants.Choice], waiting: list[Row]) -> str:
    return grants.mark_of([*chosen.rows, *(("", row.id) for row in waiting)])


def why_nothing_ends(ctx: Context, business_id: str, other_id: str) -> DenialReason:
    """Return why there is nothing to end between two businesses: all is over, or there never was anything.

    What is over may still be on its way out at Meta.
    """
    known = requests.is_partner(ctx, business_id, other_id)
    return DenialReason.NOTHING_TO_END if known else DenialReason.UNKNOWN_PARTNER


def end_partnership(
    ctx: Context, business_id: str, other_id: str, seen: str, *, note: str = "", most: int = MOST_ENDED
) -> Parted | Denied | Invalid:
    """End a partnership, if all of it is what was shown (`seen` is its mark): any admin of either side.

    What either gives the other ends at once, and what is open between them is cancelled; both are told. Of
    more grants than one step takes the rest goes on, which the answer says.
    """
    no = may_administer(ctx.principal, business=ctx.business(business_id)).reason
    other = ctx.business_row(other_id)
    chosen, waiting = _all(ctx, business_id, other_id, most=most)
    if no is None and (other is None or not (chosen.rows or waiting)):
        no = why_nothing_ends(ctx, business_id, other_id)
    if no is None and _mark(chosen, waiting) != seen:
        no = DenialReason.CHANGED
    if no is not None:
        about = Subject(SubjectKind.BUSINESS, other_id)
        return ctx.deny(no, about=about, business_id=ctx.own(business_id))
    assert other is not None
    if wrong := too_long(note, most=LONGEST_NOTE, field="note"):
        return Invalid(field_errors=wrong)
    grant_ids = [grant_id for _, grant_id in chosen.rows]
    happened = [
        *grants.end_between(ctx, grant_ids, business_id=business_id, note=note),
        *requests.cancel_between(ctx, business_id=business_id, other_id=other_id, note=note),
    ]
    said = Parting(business_id, len(grant_ids), len(waiting))
    ctx.record(
        EventKind.BUSINESS_PARTED,
        Subject(SubjectKind.BUSINESS, business_id),
        business_id=business_id,
        counterpart_id=other_id,
        acting_for=business_id,
        text=note or None,
        grants=said.grants,
        requests=said.requests,
    )
    cards.follow_proposals(ctx, business_id, other_id)
    cards.notify(ctx, Notice.PARTED, *(replace(one, detail=str(said)) for one in happened))
    left = chosen.total - len(grant_ids)
    return Parted(
        other=other.name,
        grants=said.grants,
        requests=said.requests,
        left=left,
        at_meta=grants.count_leaving(ctx, business_id=business_id, other_id=other_id),
        unheard=readers.unheard(ctx, other_id),
    )
