"""What an owner's admins do about what was found at Meta: one verb for each way, by the table `REMEDIES`.

What is done at Meta goes through the outbox, what is recorded through the verbs by which it is always
recorded, with all that they ask for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select

from bot.domain.assets import TASKS, unpack
from bot.domain.connections import Obstacle
from bot.domain.denials import DenialReason
from bot.domain.events import Subject, SubjectKind
from bot.domain.findings import ON_ITS_WAY, REMEDIES, FindingKind, FindingState, Remedy
from bot.domain.kinds import Gives, kind_to_offer
from bot.domain.policy import may_administer
from bot.domain.requests import DraftState, NewItem, NewRequest, Term
from bot.services import directory, found, grants, requests
from bot.services.context import Context
from bot.services.results import Denied, Ended, Invalid, Moved, Remedied, Saved, Sent
from bot.services.views.parties import Party
from bot.services.views.requests import FindingView
from bot.store import outbox, tables

if TYPE_CHECKING:
    from bot.store.compiled import Row

__all__ = ["find_finding", "finding_card", "ignore_finding", "ignored_due", "remedy"]

_finding = tables.table_of(tables.Finding)
_draft = tables.table_of(tables.Draft)

_IGNORED_DUE = (
    select(_finding)
    .where(_finding.c.ignored_until <= bindparam("at"))
    .order_by(_finding.c.ignored_until)
    .limit(bindparam("most"))
)
_DRAFT = select(_draft).where(_draft.c.id == bindparam("draft"), _draft.c.state == DraftState.WAITING)

Answer = Remedied | Sent | Moved | Saved | Ended | Invalid


def remedy(
    ctx: Context, finding_id: str, which: Remedy, *, expected_version: int, reason: str = ""
) -> Answer | Denied:
    """Do something about a finding, as far as its kind has that. Any admin of the asset's owner.

    `reason` is what a request says that records it.
    """
    row = _find_open(ctx, finding_id, which, expected_version=expected_version)
    return row if isinstance(row, Denied) else _DO[which](ctx, row, reason)


def ignore_finding(
    ctx: Context, finding_id: str, *, until: datetime, expected_version: int
) -> Remedied | Denied | Invalid:
    """Say nothing of a finding until then, unless it comes to be more. Any admin of the asset's owner."""
    row = _find_open(ctx, finding_id, Remedy.IGNORE, expected_version=expected_version)
    if isinstance(row, Denied):
        return row
    if (wrong := Term.till(until).field_error(now=ctx.now)) is not None:
        return Invalid(field_errors=(replace(wrong, field="until"),))
    found.move(ctx, row, FindingState.IGNORED, until=until, **_chosen(ctx, Remedy.IGNORE))
    return _remedied(ctx, row, Remedy.IGNORE, until=until)


def ignored_due(ctx: Context, *, limit: int = 100) -> int:
    """Ask again about what was ignored until now. A sweep's step; return how many."""
    taken = 0
    for row in ctx.some(ctx.tx.all(_IGNORED_DUE, at=ctx.now, most=limit)):
        found.open_again(ctx, row)
        taken += 1
    return taken


def finding_card(ctx: Context, finding_id: str) -> FindingView:
    """Return a finding as it is now. Raise KeyError if there is no such finding."""
    row = found.find(ctx.tx, finding_id)
    owner = ctx.business_row(row.owner_id) if row is not None else None
    asset = directory.find_asset(ctx.tx, row.asset_id) if row is not None else None
    if row is None or owner is None or asset is None:
        raise KeyError(finding_id)
    holder = ctx.business_row(row.holder_id)
    draft = ctx.tx.one(_DRAFT, draft=row.draft_id) if row.draft_id else None
    return FindingView(
        id=row.id,
        version=row.version,
        kind=FindingKind(row.kind),
        state=FindingState(row.state),
        owner=directory.party_of(owner),
        asset_id=row.asset_id,
        asset_name=asset.name,
        asset_kind=asset.kind,
        holder=Party(id=row.holder_id, name=row.holder_name or row.holder_id, verified=False)
        if holder is None
        else directory.party_of(holder),
        is_known=holder is not None,
        tasks=unpack(row.tasks),
        found_at=row.found_at,
        remedy=Remedy(row.remedy) if row.remedy else None,
        by=directory.name_of(ctx.tx, row.decided_by),
        ignored_until=row.ignored_until,
        obstacle=Obstacle(row.obstacle) if row.obstacle else None,
        draft_ref=draft.ref if draft is not None else None,
        over_at=row.over_at,
    )


def find_finding(ctx: Context, finding_id: str, which: Remedy) -> FindingView | Denied:
    """Return a finding to somebody who may do something about it now; nothing of it to anybody else."""
    no = _objection(ctx, found.find(ctx.tx, finding_id), which, finding_id=finding_id)
    return finding_card(ctx, finding_id) if no is None else no


# --- each way ----------------------------------------------------------------------------------------


def _adopt(ctx: Context, row: Row, reason: str) -> Answer | Denied:
    """Record it, by an offer to the partner that its owner decides: what the partner has, it need not accept.

    Where that takes another admin it is a draft, which whoever presses next approves.
    """
    draft = ctx.tx.one(_DRAFT, draft=row.draft_id) if row.draft_id else None
    if draft is not None:
        return requests.submit_draft(ctx, draft.id, expected_version=draft.version)
    asset = directory.find_asset(ctx.tx, row.asset_id)
    assert asset is not None
    tasks = unpack(row.tasks) & TASKS[asset.kind]
    if ctx.business_row(row.holder_id) is None or not tasks:
        no = DenialReason.UNKNOWN_TASKS if not tasks else DenialReason.UNKNOWN_HOLDER
        name = asset.name if not tasks else row.holder_name or row.holder_id
        return ctx.deny(Denied(reason=no, about=_subject(row), name=name), business_id=row.owner_id)
    new = NewRequest(
        requesting_id=row.owner_id,
        deciding_id=row.holder_id,
        items=(NewItem(kind=asset.kind, tasks=tasks, asset_id=row.asset_id),),
        reason=reason,
        term=Term.without_end(),
        kind=kind_to_offer(Gives.TASKS),
        found=row.id,
    )
    result = requests.submit(ctx, new)
    if isinstance(result, Saved):
        found.move(ctx, row, FindingState.OPEN, draft=result.draft_id, **_chosen(ctx, Remedy.ADOPT))
    return result


def _revoke(ctx: Context, row: Row, _: str) -> Answer:
    return _at_meta(ctx, row, Remedy.REVOKE, first=True)


def _put_back(ctx: Context, row: Row, _: str) -> Answer:
    grants.keep_at_meta(ctx, asset_id=row.asset_id, holder_id=row.holder_id)
    return _at_meta(ctx, row, Remedy.PUT_BACK, first=False)


def _at_meta(ctx: Context, row: Row, which: Remedy, *, first: bool) -> Remedied:
    found.move(ctx, row, FindingState.ACTING, **_chosen(ctx, which))
    outbox.put_access(ctx.tx, asset_id=row.asset_id, holder_id=row.holder_id, now=ctx.now, first=first)
    return _remedied(ctx, row, which)


def _record(ctx: Context, row: Row, _: str) -> Answer | Denied:
    """End the grants of which something is gone, by the owner's own hand."""
    pair = {"asset_id": row.asset_id, "holder_id": row.holder_id}
    gone = grants.giving(ctx, unpack(row.tasks), **pair)
    result = grants.revoke(ctx, gone, business_id=row.owner_id)
    if isinstance(result, Ended):
        found.move(ctx, row, FindingState.CLOSED, **_chosen(ctx, Remedy.RECORD))
    return result


_DO: Mapping[Remedy, Callable[[Context, Row, str], Answer | Denied]] = {
    Remedy.ADOPT: _adopt,
    Remedy.REVOKE: _revoke,
    Remedy.PUT_BACK: _put_back,
    Remedy.RECORD: _record,
}


def _chosen(ctx: Context, which: Remedy) -> dict[str, object]:
    return {"chosen": which, "by_whom": ctx.principal.person_id}


def _remedied(ctx: Context, row: Row, which: Remedy, *, until: datetime | None = None) -> Remedied:
    view = finding_card(ctx, row.id)
    return Remedied(holder=view.holder.name, asset=view.asset_name, remedy=which, until=until)


# --- who may -----------------------------------------------------------------------------------------


def _find_open(ctx: Context, finding_id: str, which: Remedy, *, expected_version: int) -> Row | Denied:
    row = found.find(ctx.tx, finding_id)
    no = _objection(ctx, row, which, finding_id=finding_id, expected_version=expected_version)
    if row is not None and no is None:
        return row
    assert no is not None
    is_seen = row is not None and no.reason is not DenialReason.UNKNOWN_FINDING
    about = Subject(SubjectKind.FINDING, finding_id)
    return ctx.deny(no, about=about, business_id=row.owner_id if row is not None and is_seen else None)


def _objection(
    ctx: Context,
    row: Row | None,
    which: Remedy,
    *,
    finding_id: str,
    expected_version: int | None = None,
) -> Denied | None:
    """Return why the actor may not do this about a finding now; outsiders do not learn that there is one."""
    business = ctx.visible_business(row.owner_id) if row is not None else None
    if row is None or business is None:
        return Denied(reason=DenialReason.UNKNOWN_FINDING, about=Subject(SubjectKind.FINDING, finding_id))
    reason = may_administer(ctx.principal, business=business).reason
    asset = directory.find_asset(ctx.tx, row.asset_id)
    is_ours = asset is not None and asset.owner is not None and asset.owner.id == row.owner_id
    if reason is None and (row.state in {FindingState.CLOSED, FindingState.ACTING} or not is_ours):
        reason = DenialReason.FINDING_OVER
    if reason is None and (expected_version not in {None, row.version} or which not in REMEDIES[row.kind]):
        reason = DenialReason.CHANGED
    if reason is None and which in ON_ITS_WAY and not grants.is_connected(ctx.tx, row.owner_id):
        reason = DenialReason.NOT_CONNECTED
    if reason is None:
        return None
    no = Denied(
        reason=reason,
        about=_subject(row),
        name=asset.name if asset is not None else row.asset_id,
        by=directory.name_of(ctx.tx, row.decided_by) if reason is DenialReason.FINDING_OVER else None,
        at=row.over_at,
    )
    return ctx.denial(no, business_id=row.owner_id)


def _subject(row: Row) -> Subject:
    return Subject(SubjectKind.FINDING, row.id)
