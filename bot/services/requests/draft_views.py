"""A draft as its cards show it, for the members of its business."""

from __future__ import annotations

from bot.domain.kinds import RULES
from bot.domain.requests import DraftState, over_since
from bot.services import approvers, directory, grants, voices
from bot.services.context import Context
from bot.services.requests import draft_approvals, drafts
from bot.services.requests.views import side_party
from bot.services.views.requests import DraftView, ItemView


def draft_card(ctx: Context, draft_id: str) -> DraftView:
    """Return the draft as its cards show it now. Raises KeyError for an unknown id."""
    row = drafts.find_draft_row(ctx.tx, draft_id)
    if row is None:
        raise KeyError(draft_id)
    requested = drafts.unpack_request(row.content)
    names = [directory.name_of(ctx.tx, person) for person in requested.people]
    items = []
    for position, item in enumerate(requested.items):
        asset = directory.find_asset(ctx.tx, item.asset_id) if item.asset_id else None
        items.append(
            ItemView(
                position=position,
                kind=item.kind,
                asset_id=item.asset_id,
                asset_name=asset.name if asset else None,
                words=item.words,
                requested=item.tasks,
                given=None,
                held=frozenset()
                if item.asset_id is None
                else grants.tasks_held(
                    ctx.tx,
                    RULES[requested.kind].gives,
                    asset_id=item.asset_id,
                    holder_id=requested.holder_id,
                    at=ctx.now,
                ),
                held_until=None,
                others=(),
                grant=None,
            )
        )
    approved = draft_approvals.counted(ctx.tx, row)
    approvals = voices.count(ctx, row.business_id, [one.id for one in approved])
    required, state = draft_approvals.required(ctx, row.business_id, requested), DraftState(row.state)
    admins = approvers.admins(ctx.tx, row.business_id) if state is DraftState.WAITING else ()
    return DraftView(
        id=row.id,
        ref=row.ref,
        state=state,
        version=row.version,
        requesting=side_party(ctx.business_row(row.business_id), row.business_id),
        deciding=side_party(
            approvers.side_to_ask(ctx, deciding_id=requested.deciding_id, asset_ids=requested.asset_ids),
            requested.deciding_id or "".join(requested.asset_ids),
        ),
        author=directory.name_of(ctx.tx, row.author_id) or "",
        author_id=row.author_id,
        request=requested,
        items=tuple(items),
        people=tuple(sorted(name for name in names if name)),
        created_at=row.created_at,
        expires_at=row.expires_at,
        over_at=over_since(row.state, over_at=row.over_at, expires_at=row.expires_at),
        over_by=directory.name_of(ctx.tx, row.over_by),
        request_id=row.request_id,
        approved_by=tuple(one.name for one in approved),
        approved_by_reader=approvals < required and ctx.principal.person_id in {one.id for one in approved},
        approvals=approvals,
        required_approvals=required,
        enough_from=voices.enough_from(ctx, row.business_id, [one.id for one in admins], wanted=required),
    )


def find_draft(ctx: Context, draft_id: str) -> DraftView | None:
    """Return a draft to a member of its business; else None."""
    row = drafts.find_draft_row(ctx.tx, draft_id)
    if row is None or not ctx.visible_business(row.business_id):
        return None
    return draft_card(ctx, draft_id)
