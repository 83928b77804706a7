"""What is put in force at Meta beside grants: what each kind is about, and what follows from what is there.

`bot.services.enforcing` has the rows and moves them. A new kind is a row of `_RULES` here, and one of
`bot.meta.ways.WAYS`, which says how it is read and called at Meta.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select

from bot.domain.assets import Kind, Tasks, unpack
from bot.domain.connections import EnforcementKind, EnforcementState, Obstacle
from bot.domain.messages import Notice
from bot.services import cards, directory, enforcing
from bot.services.context import Context
from bot.services.enforcing import Wanted
from bot.services.grants.at_meta import break_connection
from bot.services.grants.effective import tasks_of
from bot.services.readers import OF_PARTNERS
from bot.services.views import EnforcementView, PeopleTold
from bot.store import tables

if TYPE_CHECKING:
    from bot.store.compiled import Row

log = logging.getLogger(__name__)

_connection = tables.table_of(tables.Connection)
_TOKEN = select(_connection.c.ciphertext).where(_connection.c.business_id == bindparam("business"))
_MOST_TOLD = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    """What one kind is about: what may hold at this moment, by what name it is looked for, who is told."""

    limit: Callable[[Context, Row], Tasks]
    name: Callable[[Context, Row], str]
    tell: Callable[[Context, Row], None]


def _of_person(ctx: Context, row: Row) -> Tasks:
    """Return what a person's business may do with the asset, however late the sweep is that ends it."""
    return tasks_of(ctx.tx, asset_id=row.subject_id, business_id=row.business_id, at=ctx.now)


def _name_of_person(ctx: Context, row: Row) -> str:
    return directory.name_of(ctx.tx, row.about) or ""


def _tell_of_people(ctx: Context, row: Row) -> None:
    """Tell a business that what its people can do is not at Meta as it set it: once for all like it."""
    alike = enforcing.of_subject(
        ctx.tx, EnforcementKind(row.kind), business_id=row.business_id, subject_id=row.subject_id
    )
    if not any((one.state, one.obstacle) == (row.state, row.obstacle) for one in alike if one.id != row.id):
        subject = f"{row.business_id}{OF_PARTNERS}{row.business_id}"
        cards.notify(ctx, Notice.PEOPLE, cards.Happened(subject, 1))


_RULES: Mapping[EnforcementKind, _Rule] = MappingProxyType(
    {
        EnforcementKind.PERSON: _Rule(limit=_of_person, name=_name_of_person, tell=_tell_of_people),
    }
)


def _rule_of(row: Row) -> _Rule:
    return _RULES[EnforcementKind(row.kind)]


# --- for the sender, and what it found ---------------------------------------------------------------


def wanted_enforced(ctx: Context, enforcement_id: str) -> Wanted | None:
    """Return what should hold at Meta; None if nothing of it is wanted or there any more."""
    row = enforcing.find(ctx.tx, enforcement_id)
    asset = None if row is None else directory.find_asset(ctx.tx, row.subject_id)
    if row is None or asset is None:
        return None
    rule, token = _rule_of(row), ctx.tx.one(_TOKEN, business=row.business_id)
    takes_away, limit = enforcing.takes_away(row), rule.limit(ctx, row)
    is_pending = row.state == EnforcementState.PENDING and row.obstacle is not None
    return Wanted(
        how=EnforcementKind(row.kind),
        asset_id=asset.id,
        kind=Kind(asset.kind),
        owner_id=row.business_id,
        party=row.party,
        name=rule.name(ctx, row),
        tasks=enforcing.allowed(row) & limit,
        ours=enforcing.may_be_there(row),
        before=None if row.before is None else unpack(row.before),
        obstacles=frozenset({Obstacle(row.obstacle)} if is_pending else ()),
        takes_away=takes_away,
        recalls=takes_away and row.obstacle is not None,
        is_lost=not limit,
        ciphertext=None if token is None else token.ciphertext,
    )


def seen_enforced(ctx: Context, enforcement_id: str, *, tasks: Tasks) -> None:
    """Move on what is as it should be, by what was just read at Meta."""
    row = enforcing.find(ctx.tx, enforcement_id)
    if row is not None:
        enforcing.seen(ctx, row, tasks)


def held_up_enforced(ctx: Context, enforcement_id: str, *, obstacle: Obstacle) -> None:
    """Keep why it is not yet at Meta as it should be."""
    row = enforcing.find(ctx.tx, enforcement_id)
    if row is not None:
        enforcing.hold_up(ctx, row, obstacle)


def is_unfinished_enforced(ctx: Context, enforcement_id: str) -> bool:
    """Say whether something is to be taken away at Meta, or may be there that nobody has seen yet."""
    row = enforcing.find(ctx.tx, enforcement_id)
    return row is not None and enforcing.is_unfinished(row)


def refused_enforced(ctx: Context, enforcement_id: str, *, obstacle: Obstacle) -> bool:
    """Note that it needs somebody, who is told. Return whether something could not be put in force."""
    row = enforcing.find(ctx.tx, enforcement_id)
    after = None if row is None else enforcing.refuse(ctx, row, obstacle)
    if row is None or after is None:
        return False
    if after.state == EnforcementState.STUCK:
        log.error("ALARM: %s %s could not be taken away at Meta: %s", row.kind, row.subject_id, obstacle)
    _rule_of(after).tell(ctx, after)
    if obstacle is Obstacle.TOKEN:
        break_connection(ctx, after.business_id)
    return bool(after.state == EnforcementState.FAILED)


def again_enforced(ctx: Context, enforcement_id: str) -> None:
    """Take up again what failed, because the operator has its effect sent once more."""
    row = enforcing.find(ctx.tx, enforcement_id)
    if row is not None and row.state == EnforcementState.FAILED:
        enforcing.try_again(ctx, row)


def all_enforced_again(ctx: Context, business_id: str) -> None:
    """Try all that is on its way for a business, and what failed for want of a token, as it is now."""
    for row in enforcing.of_business(ctx.tx, business_id):
        obstacle = None if row.obstacle is None else Obstacle(row.obstacle)
        if row.state == EnforcementState.FAILED and obstacle is not None and obstacle.is_of_token:
            enforcing.try_again(ctx, row)
        elif row.state in {EnforcementState.PENDING, EnforcementState.STUCK} or enforcing.is_unfinished(row):
            enforcing.put(ctx, row)


# --- for people --------------------------------------------------------------------------------------


def people_at_meta(ctx: Context, *, business_id: str, asset_id: str) -> tuple[EnforcementView, ...]:
    """Return whose access to an asset, of a business's own people, is not at Meta as it was set."""
    kind = EnforcementKind.PERSON
    return _unsettled(ctx, enforcing.of_subject(ctx.tx, kind, business_id=business_id, subject_id=asset_id))


def person_at_meta(ctx: Context, *, business_id: str, person_id: str) -> tuple[EnforcementView, ...]:
    """Return what one of a business's own people can do that is not at Meta as it was set."""
    kind = EnforcementKind.PERSON
    return _unsettled(ctx, enforcing.of_person(ctx.tx, kind, business_id=business_id, about=person_id))


def _unsettled(ctx: Context, rows: Sequence[Row]) -> tuple[EnforcementView, ...]:
    views = (_view(ctx, row) for row in rows if row.state != EnforcementState.IN_FORCE)
    return tuple(filter(None, views))


def is_moving_at_meta(ctx: Context, *, business_id: str, asset_id: str, person_id: str) -> bool:
    """Say whether what a person can do with an asset is on its way in or out at Meta."""
    row = enforcing.find_of(
        ctx.tx, EnforcementKind.PERSON, business_id=business_id, subject_id=asset_id, about=person_id
    )
    return row is not None and row.state != EnforcementState.IN_FORCE


def try_people_again(ctx: Context, *, business_id: str, asset_id: str, person_id: str) -> bool:
    """Try once more to put in force what a person can do with an asset. False: it had not failed."""
    row = enforcing.find_of(
        ctx.tx, EnforcementKind.PERSON, business_id=business_id, subject_id=asset_id, about=person_id
    )
    if row is None or row.state not in {EnforcementState.FAILED, EnforcementState.STUCK}:
        return False
    enforcing.try_again(ctx, row)
    return True


def people_told(ctx: Context, business_id: str) -> PeopleTold | None:
    """Return what a business is told of its people at Meta, as it is now; None if it is no business."""
    own = ctx.business_row(business_id)
    if own is None:
        return None
    rows = [
        row
        for row in enforcing.of_business(ctx.tx, business_id)
        if row.kind == EnforcementKind.PERSON
        and row.state in {EnforcementState.FAILED, EnforcementState.STUCK}
    ]
    people = [view for row in rows[:_MOST_TOLD] if (view := _view(ctx, row)) is not None]
    return PeopleTold(own=directory.party_of(own), people=tuple(people), total=len(rows))


def _view(ctx: Context, row: Row) -> EnforcementView | None:
    asset, business = directory.find_asset(ctx.tx, row.subject_id), ctx.business_row(row.business_id)
    if asset is None or business is None:  # it was left out of the directory
        return None
    return EnforcementView(
        person_id=row.about,
        name=_rule_of(row).name(ctx, row),
        asset=asset,
        business=directory.party_of(business),
        tasks=unpack(row.wanted),
        state=EnforcementState(row.state),
        obstacle=None if row.obstacle is None else Obstacle(row.obstacle),
    )
