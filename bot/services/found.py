"""What was found at Meta: opened, moved on and closed, with its card. `move` is the only writer of its state.

What Meta shows is held against the record in `grants.at_meta`, and what people decide is in `drift`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, insert, select, update

from bot.domain.assets import Tasks, pack, unpack
from bot.domain.connections import Obstacle
from bot.domain.events import EventKind, Subject, SubjectKind
from bot.domain.findings import FindingKind, FindingState, Remedy
from bot.domain.messages import Audience
from bot.errors import AlreadyDecided
from bot.services import cards, directory
from bot.services.context import Context
from bot.store import tables
from bot.store.tables import NodeKind

if TYPE_CHECKING:
    from bot.store.compiled import Row
    from bot.store.tx import Tx

_finding = tables.table_of(tables.Finding)

_INSERT = insert(_finding).returning(*_finding.c)
_ONE = select(_finding).where(_finding.c.id == bindparam("finding"))
_is_open = tables.FINDING_IS_OPEN(_finding)
_OPEN_OF_ASSET = (
    select(_finding).where(_is_open, _finding.c.asset_id == bindparam("asset")).order_by(_finding.c.id)
)
_OPEN_OF_PAIR = _OPEN_OF_ASSET.where(_finding.c.holder_id == bindparam("holder"))
_ACTING = _OPEN_OF_PAIR.where(_finding.c.state == FindingState.ACTING)
_ACTING_OF = select(_finding).where(
    _is_open, _finding.c.owner_id == bindparam("owner"), _finding.c.state == FindingState.ACTING
)
_DECIDED_SINCE = select(_finding.c.holder_id).where(
    tables.FINDING_IS_DECIDED(_finding),
    _finding.c.asset_id == bindparam("asset"),
    _finding.c.over_at > bindparam("since"),
)
_MOVE = (
    update(_finding)
    .where(
        _finding.c.id == bindparam("finding"),
        _finding.c.state == bindparam("from_state"),
        _finding.c.version == bindparam("expected_version"),
    )
    .values(
        state=bindparam("to_state"),
        version=_finding.c.version + 1,
        tasks=bindparam("differs_by"),
        remedy=bindparam("chosen"),
        decided_by=bindparam("by_whom"),
        ignored_until=bindparam("until"),
        obstacle=bindparam("in_the_way"),
        draft_id=bindparam("draft"),
        over_at=bindparam("over"),
    )
    .returning(*_finding.c)
)


def find(tx: Tx, finding_id: str) -> Row | None:
    """Return a finding's row, or None."""
    return tx.one(_ONE, finding=finding_id)


def open_of(tx: Tx, asset_id: str) -> list[Row]:
    """Return what is open about an asset."""
    return tx.all(_OPEN_OF_ASSET, asset=asset_id)


def acting(tx: Tx, *, asset_id: str, holder_id: str) -> list[Row]:
    """Return what is being done at Meta about what was found of a holder's access to an asset."""
    return tx.all(_ACTING, asset=asset_id, holder=holder_id)


def acting_of(tx: Tx, owner_id: str) -> list[Row]:
    """Return what is being done at Meta about what was found with an owner's assets."""
    return tx.all(_ACTING_OF, owner=owner_id)


def decided_since(tx: Tx, asset_id: str, since: Any) -> set[str]:
    """Return the holders about whose access to an asset something was done since a moment."""
    return {row.holder_id for row in tx.all(_DECIDED_SINCE, asset=asset_id, since=since)}


def meet(
    ctx: Context,
    found: Mapping[FindingKind, Tasks],
    *,
    owner_id: str,
    asset_id: str,
    holder_id: str,
    holder_name: str,
) -> None:
    """Have the findings about a holder's access to an asset be what differs now, each with its card.

    What is being done about is left alone: who does it says what came of it.
    """
    open_now = {FindingKind(row.kind): row for row in _open(ctx, asset_id, holder_id)}
    for kind, row in open_now.items():
        if row.state != FindingState.ACTING or kind not in found:
            _follow(ctx, row, found.get(kind))
    for kind, tasks in found.items():
        if kind not in open_now:
            _open_one(
                ctx,
                kind,
                tasks,
                owner_id=owner_id,
                asset_id=asset_id,
                holder_id=holder_id,
                holder_name=holder_name,
            )


def done(ctx: Context, found: Mapping[FindingKind, Tasks], *, asset_id: str, holder_id: str) -> None:
    """Have the findings about a holder's access follow what differs after the last call at Meta."""
    for row in _open(ctx, asset_id, holder_id):
        _follow(ctx, row, found.get(FindingKind(row.kind)))


def hold_up(ctx: Context, obstacle: Obstacle, *, asset_id: str, holder_id: str) -> None:
    """Keep why what was decided about a finding could not be done yet. It is tried again."""
    for row in acting(ctx.tx, asset_id=asset_id, holder_id=holder_id):
        if row.obstacle != obstacle:
            move(ctx, row, FindingState.ACTING, in_the_way=obstacle)


def refuse(ctx: Context, obstacle: Obstacle, *, asset_id: str, holder_id: str) -> None:
    """Note that what was decided could not be done: taking away is tried for ever, giving is asked again."""
    for row in acting(ctx.tx, asset_id=asset_id, holder_id=holder_id):
        goes_on = row.remedy == Remedy.REVOKE
        if not goes_on or row.obstacle != obstacle:
            to = FindingState.ACTING if goes_on else FindingState.OPEN
            move(ctx, row, to, in_the_way=obstacle, chosen=row.remedy if goes_on else None)


def move(ctx: Context, row: Row, to: FindingState, **changes: Any) -> Row:
    """Take a finding a step further, and have its card show it. Raise AlreadyDecided if somebody else did."""
    values = {
        "differs_by": row.tasks,
        "chosen": row.remedy,
        "by_whom": row.decided_by,
        "until": None,
        "in_the_way": None,
        "draft": row.draft_id,
        "over": ctx.now if to is FindingState.CLOSED else None,
        **changes,
    }
    after = ctx.tx.one(
        _MOVE, finding=row.id, from_state=row.state, expected_version=row.version, to_state=to, **values
    )
    if after is None:
        raise AlreadyDecided(f"finding {row.id} was moved by somebody else")
    _record(ctx, after, before=row.state)
    cards.follow(ctx, row.id, version=after.version)
    return after


def open_again(ctx: Context, row: Row, *, tasks: Tasks | None = None) -> None:
    """Ask again what is to be done about what was ignored, on a card of its own."""
    move(ctx, row, FindingState.OPEN, differs_by=row.tasks if tasks is None else pack(tasks))
    cards.post_where_told(ctx, row.id, Audience.SUBMITTERS)


def _open(ctx: Context, asset_id: str, holder_id: str) -> list[Row]:
    return ctx.tx.all(_OPEN_OF_PAIR, asset=asset_id, holder=holder_id)


def _follow(ctx: Context, row: Row, tasks: Tasks | None) -> None:
    """Have a finding be what differs now; None: nothing does any more."""
    if tasks is None:
        move(ctx, row, FindingState.CLOSED)
        return
    match FindingState(row.state):
        case FindingState.IGNORED if not tasks <= unpack(row.tasks):  # it is more than what was ignored
            open_again(ctx, row, tasks=tasks)
        case FindingState.ACTING:
            move(ctx, row, FindingState.OPEN, differs_by=pack(tasks), chosen=None)
        case FindingState.OPEN if tasks != unpack(row.tasks):
            move(ctx, row, FindingState.OPEN, differs_by=pack(tasks))


def _open_one(ctx: Context, kind: FindingKind, tasks: Tasks, **whose: str) -> None:
    row = ctx.tx.one(
        _INSERT,
        id=directory.make_id(ctx.tx, NodeKind.DRAFT),
        kind=kind,
        state=FindingState.OPEN,
        version=1,
        tasks=pack(tasks),
        found_at=ctx.now,
        remedy=None,
        decided_by=None,
        ignored_until=None,
        obstacle=None,
        draft_id=None,
        over_at=None,
        **whose,
    )
    assert row is not None
    _record(ctx, row, before=None)
    cards.post_where_told(ctx, row.id, Audience.SUBMITTERS)


def _record(ctx: Context, row: Row, *, before: str | None) -> None:
    ctx.record(
        EventKind(f"finding.{row.state.lower()}"),
        Subject(SubjectKind.FINDING, row.id),
        business_id=row.owner_id,
        acting_for=row.owner_id if ctx.principal.person_id else None,
        move=(before, row.state),
        version=row.version,
        kind=row.kind,
        asset=row.asset_id,
        holder=row.holder_id,
        tasks=row.tasks,
        **{name: held for name in ("remedy", "obstacle") if (held := getattr(row, name)) is not None},
        **({"until": row.ignored_until.isoformat()} if row.ignored_until else {}),
    )
