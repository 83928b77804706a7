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

from sqlalchemy import bindparam, func, select

from bot.domain.actors import Role
from bot.domain.assets import OWNERSHIP, Kind, Tasks, unpack
from bot.domain.connections import EnforcementKind, EnforcementState, Obstacle
from bot.domain.creating import NewAsset, unpack_new
from bot.domain.messages import Notice
from bot.services import cards, directory, enforcing, moves
from bot.services.context import Context
from bot.services.enforcing import Wanted
from bot.services.grants.at_meta import break_connection
from bot.services.grants.effective import tasks_of
from bot.services.grants.ending import GONE_WITHIN
from bot.services.grants.lifecycle import enforcing_id
from bot.services.grants.owners import become_owner
from bot.services.readers import OF_PARTNERS
from bot.services.views.access import AtMeta, EnforcementView, PeopleTold
from bot.store import tables

if TYPE_CHECKING:
    from bot.store.compiled import Row

log = logging.getLogger(__name__)

_connection = tables.table_of(tables.Connection)
_TOKEN = select(_connection.c.ciphertext).where(_connection.c.business_id == bindparam("business"))
_grant = tables.table_of(tables.Grant)
_enforcement = tables.table_of(tables.Enforcement)
_membership = tables.table_of(tables.Membership)
_administered = select(_membership.c.business_id).where(
    _membership.c.person_id == bindparam("person"), _membership.c.role == Role.ADMIN
)
_MOST_TOLD = 5


def _asset_of(ctx: Context, row: Row) -> tuple[str, Kind] | None:
    asset = directory.find_asset(ctx.tx, row.subject_id)
    return None if asset is None else (asset.id, Kind(asset.kind))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    """What one kind is about, and what follows from it.

    `asset` is what it is about: its id, "" before it has one, and its kind. `limit` is what may hold at this
    moment, `name` by what it is looked for at Meta, if it is not `known` there by its id. `begun` does what
    follows once it is in force; False: that cannot be. `moved` shows how it stands, `tell` says that it needs
    somebody. `stays`: what is there is never taken away again, so that nothing of it is tried for ever. `new`
    is what is to be created.
    """

    limit: Callable[[Context, Row], Tasks]
    name: Callable[[Context, Row], str]
    tell: Callable[[Context, Row], None]
    known: Callable[[Context, Row], str | None] = lambda _, __: None
    begun: Callable[[Context, Row], bool] = lambda _, __: True
    moved: Callable[[Context, Row], None] = lambda _, __: None
    asset: Callable[[Context, Row], tuple[str, Kind] | None] = _asset_of
    new: Callable[[Context, Row], NewAsset | None] = lambda _, __: None
    stays: bool = False


def _of_person(ctx: Context, row: Row) -> Tasks:
    """Return what a person's business may do with the asset, however late the sweep is that ends it."""
    return tasks_of(ctx.tx, asset_id=row.subject_id, business_id=row.business_id, at=ctx.now)


def _name_of_person(ctx: Context, row: Row) -> str:
    return directory.name_of(ctx.tx, row.about) or ""


def _known_person(ctx: Context, row: Row) -> str | None:
    return directory.id_at_meta(ctx.tx, business_id=row.business_id, person_id=row.about)


def _tell_of_people(ctx: Context, row: Row) -> None:
    """Tell a business that what its people can do is not at Meta as it set it: once for all like it.

    That is of one asset; of all of them, where it is only Meta that has not answered.
    """
    alike = [
        one
        for one in enforcing.of_business(ctx.tx, row.business_id)
        if one.kind == row.kind and (Obstacle(row.obstacle).passes or one.subject_id == row.subject_id)
    ]
    if not any((one.state, one.obstacle) == (row.state, row.obstacle) for one in alike if one.id != row.id):
        subject = f"{row.business_id}{OF_PARTNERS}{row.business_id}"
        cards.notify(ctx, Notice.PEOPLE, cards.Happened(subject, 1))


def _of_claim(ctx: Context, row: Row) -> Tasks:
    """Return ownership, as long as no other business owns the account here."""
    asset = directory.find_asset(ctx.tx, row.subject_id)
    is_free = asset is not None and (asset.owner is None or asset.owner.id == row.business_id)
    return unpack(row.wanted) if is_free else frozenset()


def _claimed(ctx: Context, row: Row) -> bool:
    request = moves.find_row(ctx.tx, row.about)
    if request is None or not become_owner(ctx, request, row.subject_id, told=Notice.IN_FORCE):
        return False
    cards.notify(ctx, Notice.IN_FORCE, cards.Happened(request.id, request.version))
    return True


def _follow_request(ctx: Context, row: Row) -> None:
    request = moves.find_row(ctx.tx, row.about)
    assert request is not None
    cards.follow(ctx, request.id, version=request.version)


def _tell_of_request(ctx: Context, row: Row) -> None:
    request = moves.find_row(ctx.tx, row.about)
    assert request is not None
    cards.notify(ctx, Notice.NOT_IN_FORCE, cards.Happened(request.id, request.version))


def _new_of(ctx: Context, row: Row) -> NewAsset | None:
    creation = directory.find_creation(ctx.tx, row.subject_id)
    return None if creation is None else unpack_new(creation.content)


def _asset_to_be(ctx: Context, row: Row) -> tuple[str, Kind] | None:
    new = _new_of(ctx, row)
    return None if new is None else (row.party or "", new.kind)


def _created(ctx: Context, row: Row) -> bool:
    return row.party is not None and directory.created_at_meta(ctx, row.subject_id, row.party)


def _tell_of_creation(ctx: Context, row: Row) -> None:
    if row.obstacle in {Obstacle.UNCLEAR, Obstacle.SEVERAL}:
        log.error("ALARM: nobody knows what creation %s created at Meta: %s", row.subject_id, row.obstacle)
    directory.tell_not_created(ctx, row.subject_id)


_RULES: Mapping[EnforcementKind, _Rule] = MappingProxyType(
    {
        EnforcementKind.PERSON: _Rule(
            limit=_of_person, name=_name_of_person, known=_known_person, tell=_tell_of_people
        ),
        EnforcementKind.CLAIM: _Rule(
            limit=_of_claim,
            name=lambda _, __: "",
            tell=_tell_of_request,
            begun=_claimed,
            moved=_follow_request,
            stays=True,
        ),
        EnforcementKind.CREATION: _Rule(
            limit=lambda _, row: unpack(row.wanted),
            name=lambda _, __: "",
            tell=_tell_of_creation,
            begun=_created,
            moved=lambda ctx, row: directory.show_creation(ctx, row.subject_id),
            asset=_asset_to_be,
            new=_new_of,
            stays=True,
        ),
    }
)


def _rule_of(row: Row) -> _Rule:
    return _RULES[EnforcementKind(row.kind)]


# --- for the sender, and what it found ---------------------------------------------------------------


def wanted_enforced(ctx: Context, enforcement_id: str) -> Wanted | None:
    """Return what should hold at Meta; None if nothing of it is wanted or there any more."""
    row = enforcing.find(ctx.tx, enforcement_id)
    asset = None if row is None else _rule_of(row).asset(ctx, row)
    if row is None or asset is None:
        return None
    (asset_id, kind), rule = asset, _rule_of(row)
    token = ctx.tx.one(_TOKEN, business=row.business_id)
    takes_away, limit = enforcing.takes_away(row), rule.limit(ctx, row)
    is_pending = row.state == EnforcementState.PENDING and row.obstacle is not None
    return Wanted(
        how=EnforcementKind(row.kind),
        asset_id=asset_id,
        kind=kind,
        new=rule.new(ctx, row),
        owner_id=row.business_id,
        party=row.party,
        name=rule.name(ctx, row),
        known=rule.known(ctx, row),
        tasks=enforcing.allowed(row) & limit,
        ours=enforcing.may_be_there(row),
        before=None if row.before is None else unpack(row.before),
        obstacles=frozenset({Obstacle(row.obstacle)} if is_pending else ()),
        takes_away=takes_away,
        recalls=takes_away,  # nobody knows since when it is there: it may not show yet
        is_lost=not limit,
        ciphertext=None if token is None else token.ciphertext,
    )


def seen_enforced(ctx: Context, enforcement_id: str, *, tasks: Tasks) -> None:
    """Move on what is as it should be, by what was just read at Meta."""
    row = enforcing.find(ctx.tx, enforcement_id)
    after = None if row is None else enforcing.seen(ctx, row, tasks)
    if row is None or after is None or after.version == row.version:
        return
    rule = _rule_of(after)
    if after.state == EnforcementState.IN_FORCE and not rule.begun(ctx, after):
        log.error("%s of %s holds at Meta, but not here", after.kind, after.subject_id)
    rule.moved(ctx, after)


def held_up_enforced(ctx: Context, enforcement_id: str, *, obstacle: Obstacle) -> None:
    """Keep why it is not yet at Meta as it should be. What should be gone by now, and is not, is an alarm."""
    row = enforcing.find(ctx.tx, enforcement_id)
    if row is not None and _is_overdue(ctx, row):
        _refuse(ctx, row, obstacle)
    elif row is not None and enforcing.hold_up(ctx, row, obstacle):
        _rule_of(row).moved(ctx, row)


def _is_overdue(ctx: Context, row: Row) -> bool:
    """Say whether it is being taken away for longer than that may take (`GONE_WITHIN`)."""
    if row.state != EnforcementState.PENDING or _rule_of(row).stays or not enforcing.takes_away(row):
        return False
    since = enforcing.since(ctx.tx, row)
    return since is not None and ctx.now - since > GONE_WITHIN


def is_unfinished_enforced(ctx: Context, enforcement_id: str) -> bool:
    """Say whether something is to be taken away at Meta, or may be there that nobody has seen yet."""
    row = enforcing.find(ctx.tx, enforcement_id)
    return row is not None and not _rule_of(row).stays and enforcing.is_unfinished(row)


def refused_enforced(ctx: Context, enforcement_id: str, *, obstacle: Obstacle) -> bool:
    """Note that it needs somebody, who is told. Return whether something could not be put in force."""
    row = enforcing.find(ctx.tx, enforcement_id)
    return row is not None and _refuse(ctx, row, obstacle)


def _refuse(ctx: Context, row: Row, obstacle: Obstacle) -> bool:
    after = enforcing.refuse(ctx, row, obstacle)
    if after is None:
        return False
    if after.state == EnforcementState.STUCK:
        log.error("ALARM: %s %s could not be taken away at Meta: %s", row.kind, row.subject_id, obstacle)
    rule = _rule_of(after)
    rule.moved(ctx, after)
    rule.tell(ctx, after)
    if obstacle is Obstacle.TOKEN:
        break_connection(ctx, after.business_id)
    return bool(after.state == EnforcementState.FAILED) and not rule.stays


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
        elif EnforcementState(row.state).is_on_its_way or enforcing.is_unfinished(row):
            enforcing.put(ctx, row)


def claim_at_meta(ctx: Context, request: Row, asset_id: str) -> None:
    """Have Meta make the business that claimed an account its owner; until it is, nothing changes here."""
    enforcing.want(
        ctx,
        EnforcementKind.CLAIM,
        OWNERSHIP[Kind.AD_ACCOUNT].tasks,
        business_id=request.holder_id,
        subject_id=asset_id,
        about=request.id,
        party=request.holder_id,
    )


def claims_at_meta(ctx: Context, asset_id: str, business_id: str) -> list[Row]:
    """Return the requests by which a business claimed an account that is being made its own at Meta."""
    kind = EnforcementKind.CLAIM
    rows = enforcing.of_subject(ctx.tx, kind, business_id=business_id, subject_id=asset_id)
    waiting = [row.about for row in rows if row.state == EnforcementState.PENDING]
    return [request for one in waiting if (request := moves.find_row(ctx.tx, one)) is not None]


def request_at_meta(ctx: Context, request: Row) -> AtMeta | None:
    """Return how far what a request gave is in force at Meta, where that is no grant; None: not there."""
    business_id = enforcing_id(request)
    rows = [] if business_id is None else enforcing.of_request(ctx.tx, business_id, request.id)
    return None if not rows else enforcing.how(rows[0])


def is_being_enforced(ctx: Context, request_id: str) -> bool:
    """Say whether what a request gave, and is no grant, is not in force at Meta yet."""
    request = moves.find_row(ctx.tx, request_id)
    found = None if request is None else request_at_meta(ctx, request)
    return found is not None and found.state is not EnforcementState.IN_FORCE


_NOT_AS_IT_SHOULD = select(
    *(
        (
            select(func.count())
            .select_from(_grant)
            .where(_grant.c.owner_id.in_(_administered), _grant.c.state == state)
            .scalar_subquery()
            + select(func.count())
            .select_from(_enforcement)
            .where(_enforcement.c.business_id.in_(_administered), _enforcement.c.state == state)
            .scalar_subquery()
        ).label(state.lower())
        for state in (EnforcementState.FAILED, EnforcementState.STUCK)
    )
)


def count_not_at_meta(ctx: Context, person_id: str) -> tuple[int, int]:
    """Return how much of the businesses that a person is an admin of waits for somebody at Meta.

    That is what could not be put in force there, and what could not be taken away.
    """
    row = ctx.tx.one(_NOT_AS_IT_SHOULD, person=person_id)
    assert row is not None
    return row.failed, row.stuck


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
    if row is None or not EnforcementState(row.state).needs_somebody:
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
        if row.kind == EnforcementKind.PERSON and EnforcementState(row.state).needs_somebody
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
