"""Access that Meta keeps: what should be there, and what follows from what is.

One effect of the outbox brings one business's access to one asset to what the record says, in a lane of its
own. Whoever sends it reads `wanted_at_meta`, and the outbox reports back here: `seen_at_meta` with what was
read there after all calls, `held_up` while it is tried again, `refused` where somebody has to put it right.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select, update

from bot.domain.assets import Kind, Tasks, unpack
from bot.domain.connections import SHOWN_WITHIN, ConnectionState, EnforcementKind, EnforcementState, Obstacle
from bot.domain.denials import DenialReason
from bot.domain.events import EventKind, Subject, SubjectKind
from bot.domain.findings import Remedy
from bot.domain.grants import GOING_ON, LEAVING, NEEDS_SOMEBODY, ON_ITS_WAY, EndReason, GrantState
from bot.domain.messages import Notice
from bot.domain.policy import may_administer
from bot.services import cards, enforcing, found, moves
from bot.services.context import Context
from bot.services.enforcing import Wanted
from bot.services.grants.calls import before_call, call_is_known, open_calls
from bot.services.grants.compared import differing, grants_of_pair
from bot.services.grants.effective import given_by
from bot.services.grants.ending import GONE_WITHIN, end, goes_on, tell
from bot.services.grants.ends_told import over_by_now, over_now
from bot.services.grants.lifecycle import enforcing_id, find_grant, look_again, move, put_in_force
from bot.services.readers import OF_PARTNERS
from bot.services.results import Denied, TriedAgain
from bot.store import journal, outbox, tables

if TYPE_CHECKING:
    from bot.store.compiled import Row

log = logging.getLogger(__name__)

ALARM_AGAIN = timedelta(days=1)
"""How often it is said again that access could not be taken away."""

SELDOM = 28
"""After how many days at most that is said again where nothing can be tried."""

_grant = tables.table_of(tables.Grant)
_asset = tables.table_of(tables.Asset)
_connection = tables.table_of(tables.Connection)

_AT_META = (
    select(_grant)
    .where(
        _grant.c.asset_id == bindparam("asset"),
        _grant.c.holder_id == bindparam("holder"),
        _grant.c.asked_at.is_not(None),
    )
    .order_by(_grant.c.id)
)
_ASSET = select(_asset.c.kind, _asset.c.owner_id).where(_asset.c.id == bindparam("asset"))
_CONNECTION = select(_connection).where(_connection.c.business_id == bindparam("business"))
_BREAK = (
    update(_connection)
    .where(
        _connection.c.business_id == bindparam("business"),
        _connection.c.state == ConnectionState.CONNECTED,
    )
    .values(state=ConnectionState.BROKEN, version=_connection.c.version + 1)
)
_HELD_UP = (
    update(_grant)
    .where(_grant.c.id == bindparam("grant"), _grant.c.version == bindparam("expected_version"))
    .values(version=_grant.c.version + 1, obstacle=bindparam("in_the_way"))
)
_OF_REQUEST = select(_grant).where(_grant.c.request_id == bindparam("request")).order_by(_grant.c.position)
_LOOK_DUE = (
    select(_grant)
    .where(_grant.c.look_at <= bindparam("at"))
    .order_by(_grant.c.look_at)
    .limit(bindparam("most"))
)
_UNSETTLED = (
    select(_grant.c.asset_id, _grant.c.holder_id, _grant.c.state)
    .where(
        _grant.c.owner_id == bindparam("owner"),
        _grant.c.state.in_(sorted(ON_ITS_WAY)),
        _grant.c.asked_at.is_not(None),
    )
    .order_by(_grant.c.id)
)
_FAILED = (
    select(_grant)
    .where(_grant.c.owner_id == bindparam("owner"), _grant.c.state == GrantState.FAILED)
    .order_by(_grant.c.id)
)


def wanted_at_meta(ctx: Context, *, asset_id: str, holder_id: str) -> Wanted | None:
    """Return what should hold at Meta; None if nothing was ever to be there."""
    rows = _rows(ctx, asset_id, holder_id)
    remedied = found.acting(ctx.tx, asset_id=asset_id, holder_id=holder_id)
    asset = ctx.tx.one(_ASSET, asset=asset_id)
    if not (rows or remedied) or asset is None:
        return None
    taken = [unpack(one.tasks) for one in remedied if one.remedy == Remedy.REVOKE]
    given_again = [one for one in remedied if one.remedy == Remedy.PUT_BACK and one.obstacle is not None]
    connection = ctx.tx.one(_CONNECTION, business=asset.owner_id) if asset.owner_id else None
    return Wanted(
        how=EnforcementKind.ACCESS,
        asset_id=asset_id,
        kind=Kind(asset.kind),
        owner_id=asset.owner_id,
        party=holder_id,
        tasks=_tasks_wanted(ctx, [row for row in rows if not _is_in_review(row)]),
        in_review=tuple(given_by(row) for row in rows if _is_in_review(row) and _tasks_wanted(ctx, [row])),
        ours=frozenset[str]().union(*(given_by(row) for row in rows), *taken),
        before=before_call(ctx.tx, asset_id=asset_id, holder_id=holder_id),
        obstacles=frozenset(
            Obstacle(row.obstacle) for row in (*(row for row in rows if _waits(row)), *given_again)
        ),
        takes_away=bool(taken) or any(row.state in LEAVING for row in rows),
        recalls=any(row.state in LEAVING and _may_be_unseen(ctx, row) for row in rows),
        ciphertext=connection.ciphertext if connection is not None else None,
    )


def _rows(ctx: Context, asset_id: str, holder_id: str) -> list[Row]:
    return ctx.tx.all(_AT_META, asset=asset_id, holder=holder_id)


def _waits(row: Row) -> bool:
    return row.state == GrantState.PENDING and row.obstacle is not None


def _may_be_unseen(ctx: Context, row: Row) -> bool:
    """Say whether it may be at Meta although it does not show: on its way in, or there for a short while."""
    return row.obstacle is not None or (row.starts_at is not None and ctx.now - row.starts_at <= SHOWN_WITHIN)


def _is_in_review(row: Row) -> bool:
    return _waits(row) and row.obstacle == Obstacle.REVIEW


def _tasks_wanted(ctx: Context, rows: Sequence[Row]) -> Tasks:
    return frozenset[str]().union(
        *(
            given_by(row)
            for row in rows
            if row.state in {GrantState.PENDING, GrantState.ACTIVE}
            and (row.ends_at is None or row.ends_at > ctx.now)
        )
    )


# --- what Meta's state means -------------------------------------------------------------------------


def seen_at_meta(ctx: Context, *, asset_id: str, holder_id: str, tasks: Tasks) -> None:
    """Move the grants on for which what the holder can do at Meta, as just read there, is what is wanted."""
    call_is_known(ctx.tx, asset_id=asset_id, holder_id=holder_id)
    rows = _rows(ctx, asset_id, holder_id)
    wanted = _tasks_wanted(ctx, [row for row in rows if not _is_in_review(row) or given_by(row) <= tasks])
    begun = [
        row
        for row in rows
        if row.state == GrantState.PENDING
        and given_by(row) <= tasks
        and (row.ends_at is None or row.ends_at > ctx.now)
    ]
    for row in begun:
        put_in_force(ctx, row)
    gone = [row for row in rows if row.state in LEAVING and not (given_by(row) - wanted) & tasks]
    ended = [_end(ctx, row) for row in gone]
    if gone:
        _tell(ctx, gone, over_now(ctx, [row for row in ended if row is not None]))
    _settled(ctx, begun)
    pair = {"asset_id": asset_id, "holder_id": holder_id}
    if found.acting(ctx.tx, **pair):
        found.done(ctx, differing(grants_of_pair(ctx, **pair), tasks, now=ctx.now), **pair)


def _end(ctx: Context, row: Row) -> Row | None:
    """Note that what was ended is gone at Meta, too. Return it if that is still to be told.

    Unless it was an alarm it may wait for what was ended with it.
    """
    was_told = _was_told(ctx, row)
    waits_until = None if was_told or row.state == GrantState.STUCK else row.look_at
    after = move(ctx, row, GrantState.ENDED, acting_for=None, ended=ctx.now, look_next=waits_until)
    return None if was_told else after


def _was_told(ctx: Context, row: Row) -> bool:
    """Say whether the end of a grant was told when its request was undone, or its partnership ended.

    That what was an alarm is gone is told all the same.
    """
    history = journal.history(ctx.tx, SubjectKind.GRANT, row.id)
    if _was_alarm(history):
        return False
    return _undone_with(ctx, row) == row.request_id or any(event.data.get("parted") for event in history)


def _was_alarm(history: Sequence[journal.Recorded]) -> bool:
    return any(event.kind == EventKind.GRANT_STUCK for event in history)


def _undone_with(ctx: Context, row: Row) -> str | None:
    """Return the request whose approval was undone and ended a grant: its own, or what it extended."""
    request = moves.find_row(ctx.tx, row.request_id) if row.end_reason == EndReason.UNDONE else None
    while request is not None and request.undone_at is None:
        extended = find_grant(ctx.tx, request.extends_id) if request.extends_id else None
        request = None if extended is None else moves.find_row(ctx.tx, extended.request_id)
    return None if request is None else request.id


def _tell(ctx: Context, gone: Sequence[Row], over: Sequence[Row]) -> None:
    """Tell what is over now, but not that an end was reached where other access goes on.

    Nor that of an extension where it was told that the approval of what it extended was undone.
    """
    told = [row for row in over if row.end_reason != EndReason.REACHED or not goes_on(ctx, row)]
    undone: dict[str | None, list[Row]] = {None: []}
    for row in told:
        is_heard = row.end_reason == EndReason.UNDONE and not _was_alarm(
            journal.history(ctx.tx, SubjectKind.GRANT, row.id)
        )
        undone.setdefault(_undone_with(ctx, row) if is_heard else None, []).append(row)
    tell(ctx, gone, told=undone.pop(None))
    for request_id, rows in undone.items():
        assert request_id is not None
        tell(ctx, [], told=rows, but=cards.heard_at(ctx, Notice.UNDONE, request_id))


def held_up(ctx: Context, *, asset_id: str, holder_id: str, obstacle: Obstacle) -> None:
    """Keep why it is not yet at Meta as it should be. It is tried again.

    What is in review there stays so, whatever else passes meanwhile.
    """
    if obstacle is Obstacle.REVIEW:  # what it gives is decided there, and nothing was given
        call_is_known(ctx.tx, asset_id=asset_id, holder_id=holder_id)
    for row in _rows(ctx, asset_id, holder_id):
        stays = _is_in_review(row) and obstacle.passes
        if row.state in ON_ITS_WAY and row.obstacle != obstacle and not stays:
            _hold_up(ctx, row, obstacle)
    found.hold_up(ctx, obstacle, asset_id=asset_id, holder_id=holder_id)


def is_unfinished_at_meta(ctx: Context, *, asset_id: str, holder_id: str) -> bool:
    """Say whether something is to be taken away at Meta, or may be there that nobody has seen yet."""
    pair = {"asset_id": asset_id, "holder_id": holder_id}
    is_leaving = any(row.state in LEAVING for row in _rows(ctx, asset_id, holder_id))
    is_revoked = any(one.remedy == Remedy.REVOKE for one in found.acting(ctx.tx, **pair))
    return is_leaving or is_revoked or before_call(ctx.tx, **pair) is not None


def refused(ctx: Context, *, asset_id: str, holder_id: str, obstacle: Obstacle) -> bool:
    """Note that it needs somebody. Return whether anything could not be put in force because of it."""
    failed = []
    for row in _rows(ctx, asset_id, holder_id):
        if row.state == GrantState.PENDING:
            look_at = row.ends_at
            move(ctx, row, GrantState.FAILED, acting_for=None, in_the_way=obstacle, look_next=look_at)
            failed.append(row)
        elif row.state == GrantState.ENDING:
            # The alarm waits for what else was ended with it, so that there is one for all.
            alarm_at = row.look_at or ctx.now
            move(ctx, row, GrantState.STUCK, acting_for=None, in_the_way=obstacle, look_next=alarm_at)
            _follow_request(ctx, row)
        elif row.state == GrantState.STUCK and row.obstacle != obstacle:
            _hold_up(ctx, row, obstacle)
    _settled(ctx, failed)
    found.refuse(ctx, obstacle, asset_id=asset_id, holder_id=holder_id)
    if obstacle is Obstacle.TOKEN:
        asset = ctx.tx.one(_ASSET, asset=asset_id)
        assert asset is not None
        break_connection(ctx, asset.owner_id)
    return bool(failed)


def break_connection(ctx: Context, business_id: str) -> None:
    """Note, and tell once, that Meta does not take a business's token any more."""
    if ctx.tx.touched(_BREAK, business=business_id):
        ctx.record(
            EventKind.BUSINESS_CONNECTION_BROKEN,
            Subject(SubjectKind.BUSINESS, business_id),
            business_id=business_id,
        )
        cards.notify(ctx, Notice.CONNECTION, cards.Happened(f"{business_id}{OF_PARTNERS}{business_id}", 1))
        log.error(
            "ALARM: Meta no longer takes the token of business %s: nothing can be put in force or taken away "
            "there for it until it has a new one.",
            business_id,
        )


def _hold_up(ctx: Context, row: Row, obstacle: Obstacle) -> None:
    version = int(row.version) + 1
    ctx.tx.run(_HELD_UP, grant=row.id, expected_version=row.version, in_the_way=obstacle)
    ctx.record(
        EventKind.GRANT_HELD_UP,
        Subject(SubjectKind.GRANT, row.id),
        business_id=row.owner_id,
        counterpart_id=row.holder_id,
        version=version,
        obstacle=str(obstacle),
    )
    _follow_request(ctx, row)


def _follow_request(ctx: Context, row: Row) -> Row:
    request = moves.find_row(ctx.tx, row.request_id)
    assert request is not None
    cards.follow(ctx, request.id, version=request.version)
    return request


def _settled(ctx: Context, moved: Sequence[Row]) -> None:
    """Have the cards follow; tell what came of a request once none of what it gave is on its way any more."""
    for request_id in dict.fromkeys(row.request_id for row in moved):
        request = _follow_request(ctx, next(row for row in moved if row.request_id == request_id))
        states = {row.state for row in ctx.tx.all(_OF_REQUEST, request=request_id)}
        if GrantState.PENDING in states:
            continue
        notice = Notice.NOT_IN_FORCE if GrantState.FAILED in states else Notice.IN_FORCE
        cards.notify(ctx, notice, cards.Happened(request.id, request.version))
    cards.publish_homes(ctx, {side for row in moved for side in (row.owner_id, row.holder_id)})


def _alarm_again(ctx: Context, row: Row) -> datetime:
    """Return when it is said again that something could not be taken away.

    Where its owner has disconnected nothing can be tried until its admins connect it again: after twice as
    many days each time.
    """
    if row.obstacle != Obstacle.DISCONNECTED:
        return ctx.now + ALARM_AGAIN
    history = journal.history(ctx.tx, SubjectKind.GRANT, row.id)
    since = max(event.at for event in history if event.kind == EventKind.GRANT_STUCK)
    return ctx.now + max(1, min(round((ctx.now - since) / ALARM_AGAIN), SELDOM)) * ALARM_AGAIN


def _alarm(ctx: Context, stuck: Sequence[Row]) -> None:
    for row in stuck:
        _follow_request(ctx, row)
    cards.notify(ctx, Notice.STUCK, *(cards.Happened(row.id, row.version, row.id) for row in stuck))


# --- by the clock and by people ----------------------------------------------------------------------


def look_due(ctx: Context, *, limit: int = 100) -> int:
    """Look at grants that are on their way in or out. A sweep's step; return how many were due.

    What should be gone by now, and is not, is an alarm, said again each day, or seldom where nothing is tried
    (`_alarm_again`); what is gone waits for it no longer to be told. What never came to be in force ends on
    its date.
    """
    taken = 0
    ended: list[Row] = []
    late: list[Row] = []
    stuck: list[Row] = []
    later = ctx.now + ALARM_AGAIN
    for row in ctx.some(ctx.tx.all(_LOOK_DUE, at=ctx.now, most=limit)):
        taken += 1
        if row.state in GOING_ON:
            end(ctx, row, EndReason.REACHED, acting_for=None)
            ended.append(row)
        elif row.state == GrantState.ENDING:
            why = row.obstacle or Obstacle.UNREACHED
            stuck.append(move(ctx, row, GrantState.STUCK, acting_for=None, in_the_way=why, look_next=later))
        elif row.state == GrantState.ENDED:
            late.append(row)
        elif look_again(ctx, row, _alarm_again(ctx, row)):
            stuck.append(row)
    _alarm(ctx, stuck)
    if ended:
        tell(ctx, ended)
    if late:
        _tell(ctx, [], over_by_now(ctx, late))
    return taken


def try_again(ctx: Context, request_id: str) -> TriedAgain | Denied:
    """Try once more to put in force, or take away, at Meta what a request gave.

    Any admin of the business whose token that takes.
    """
    request = moves.find_row(ctx.tx, request_id)
    about = Subject(SubjectKind.REQUEST, request_id)
    enforcer = None if request is None else enforcing_id(request)
    owner = None if enforcer is None else ctx.business(enforcer)
    reason = may_administer(ctx.principal, business=owner).reason
    if request is None or reason is not None:
        hidden = reason in {None, DenialReason.STRANGER, DenialReason.NOT_MEMBER}
        return ctx.deny(
            DenialReason.UNKNOWN_REQUEST if hidden or reason is None else reason,
            about=about,
            business_id=ctx.own(enforcer),
        )
    rows = [row for row in ctx.tx.all(_OF_REQUEST, request=request_id) if row.state in NEEDS_SOMEBODY]
    others = [
        row
        for row in enforcing.of_request(ctx.tx, enforcer or "", request_id)
        if EnforcementState(row.state).needs_somebody
    ]
    if not (rows or others):
        nothing = Denied(reason=DenialReason.CHANGED, about=about, ref=request.ref)
        return ctx.deny(nothing, business_id=enforcer)
    for row in rows:
        _again(ctx, row, acting_for=enforcer)
    for row in others:
        enforcing.try_again(ctx, row)
    cards.follow(ctx, request.id, version=request.version)
    return TriedAgain(request_id=request.id, ref=request.ref, count=len(rows) + len(others))


def _again(ctx: Context, row: Row, *, acting_for: str | None) -> None:
    is_leaving = row.state == GrantState.STUCK
    to = GrantState.ENDING if is_leaving else GrantState.PENDING
    look_at = ctx.now + GONE_WITHIN if is_leaving else row.ends_at
    move(ctx, row, to, acting_for=acting_for, look_next=look_at)
    outbox.put_access(ctx.tx, asset_id=row.asset_id, holder_id=row.holder_id, now=ctx.now, first=is_leaving)


def again_at_meta(ctx: Context, *, asset_id: str, holder_id: str) -> None:
    """Take up again what failed, because the operator has its effect sent once more."""
    for row in _rows(ctx, asset_id, holder_id):
        if row.state == GrantState.FAILED:
            move(ctx, row, GrantState.PENDING, acting_for=None, look_next=row.ends_at)
            _follow_request(ctx, row)


def connected_again(ctx: Context, owner_id: str) -> None:
    """Try all that is on its way for an owner with its new token, also what failed for want of one."""
    for row in ctx.tx.all(_FAILED, owner=owner_id):
        if row.obstacle is not None and Obstacle(row.obstacle).is_of_token:
            _again(ctx, row, acting_for=owner_id)
            _follow_request(ctx, row)
    put_all_at_meta(ctx, owner_id)


def put_all_at_meta(ctx: Context, owner_id: str) -> None:
    """Have all that is on its way for an owner be tried now: its connection has changed."""
    pairs = dict.fromkeys(open_calls(ctx.tx, owner_id), True)
    for row in ctx.tx.all(_UNSETTLED, owner=owner_id):
        pair = (row.asset_id, row.holder_id)
        pairs[pair] = pairs.get(pair, False) or row.state in LEAVING
    for one in found.acting_of(ctx.tx, owner_id):
        pair = (one.asset_id, one.holder_id)
        pairs[pair] = pairs.get(pair, False) or one.remedy == Remedy.REVOKE
    for (asset_id, holder_id), first in pairs.items():
        outbox.put_access(ctx.tx, asset_id=asset_id, holder_id=holder_id, now=ctx.now, first=first)
