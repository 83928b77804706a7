"""How each kind of what is put in force is read and changed at Meta: `WAYS` is the table of all kinds.

A way knows the edges, their parameters and what their answers mean. When to read, to call and to read back is
the same for all of them, and in `bot.meta.executor`.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from bot.credentials import Token
from bot.domain.assets import Kind, Tasks
from bot.domain.connections import EnforcementKind, Obstacle
from bot.domain.typed import folded
from bot.meta.agencies import read_agencies, token_for
from bot.meta.client import Graph
from bot.meta.errors import Code, Refused, Unsure
from bot.services.enforcing import Wanted

OWNER_FIELD = {
    Kind.AD_ACCOUNT: "business",
    Kind.PAGE: "business",
    Kind.PIXEL: "owner_business",
    Kind.INSTAGRAM_ACCOUNT: "owner_business",
}
_NO_CALL = Code(0)
"""Stands for what Meta has no call for, so that it is never made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """One thing that is put in force, with what is wanted there and the token that it takes.

    `party` is who holds it, by their id at Meta. `before` is what held before any call of ours of which
    nobody has read what it did; `is_clear`: there was none.
    """

    wanted: Wanted
    owner_id: str
    token: Token
    party: str = ""
    before: Tasks = frozenset()
    is_clear: bool = False

    @property
    def asset_id(self) -> str:
        """Return the asset that it is about."""
        return self.wanted.asset_id

    def too_much(self, there: Tasks) -> Tasks:
        """Return what we gave, or Meta beyond that, and that is still there, but should not be."""
        return ((there & self.wanted.ours) - self.wanted.tasks) | self.surplus(there)

    def surplus(self, there: Tasks) -> Tasks:
        """Return what a call of ours brought about beyond all that was ever given."""
        return there - self.before - self.wanted.ours

    def missing(self, there: Tasks) -> Tasks:
        """Return what should be there, and is not."""
        return self.wanted.tasks - there


async def _cannot_be_seen(_: Graph, __: Lane) -> bool:
    """Say no: Meta shows nowhere what came of it."""
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How one kind is put in force. Each step may raise MetaError.

    `enter` adds the token and the party that the calls take; `read` returns what holds now; `may_give` says
    whether it is the business's to give; `call` has exactly this hold, and returns whether somebody at Meta
    has to approve it first. `is_declined` says whether what waits for somebody there does so no more.
    """

    enter: Callable[[Graph, Lane], Awaitable[Lane]]
    read: Callable[[Graph, Lane], Awaitable[Tasks]]
    may_give: Callable[[Graph, Lane], Awaitable[bool]]
    call: Callable[[Graph, Lane, Tasks], Awaitable[bool]]
    is_declined: Callable[[Graph, Lane], Awaitable[bool]] = _cannot_be_seen


# --- the access of another business ------------------------------------------------------------------


async def _with_token(graph: Graph, lane: Lane) -> Lane:
    token = await token_for(graph, lane.asset_id, lane.wanted.kind, lane.token, of=lane.owner_id)
    return replace(lane, token=token)


async def _read_agency(graph: Graph, lane: Lane) -> Tasks:
    held = await read_agencies(graph, lane.asset_id, lane.token, of=lane.owner_id)
    own = held.get(lane.party)
    return own.tasks if own is not None else frozenset()


async def _is_owner(graph: Graph, lane: Lane) -> bool:
    """Say whether Meta, too, has the asset as the business's own."""
    field = OWNER_FIELD[lane.wanted.kind]
    node = await graph.call("GET", lane.asset_id, lane.token, of=lane.owner_id, fields=field)
    owner = node.get(field)
    return isinstance(owner, dict) and owner.get("id") == lane.owner_id


async def _call_agency(graph: Graph, lane: Lane, target: Tasks) -> bool:
    given = {"permitted_tasks": json.dumps(sorted(target))} if target else {}
    return await _change(graph, lane, "agencies", bool(target), business=lane.party, **given)


async def _change(graph: Graph, lane: Lane, edge: str, gives: bool, **params: str) -> bool:  # noqa: FBT001 - POST or DELETE
    method, path = "POST" if gives else "DELETE", f"{lane.asset_id}/{edge}"
    answer = await graph.call(method, path, lane.token, of=lane.owner_id, **params)
    if answer.get("success") is not True:
        raise Unsure("no success")
    return answer.get("requires_admin_approval") is True


# --- a business's own people -------------------------------------------------------------------------


async def _find_person(graph: Graph, lane: Lane) -> Lane:
    """Find a person among those of the business at Meta, by their name, and only if one alone has it."""
    if lane.wanted.kind is Kind.PIXEL:
        raise Refused(_NO_CALL, Obstacle.BY_HAND)  # what is given there, no call takes away
    if not lane.party:
        people = f"{lane.owner_id}/business_users"
        rows = await graph.rows(people, lane.token, of=lane.owner_id, fields="id,name")
        name = folded(lane.wanted.name)
        found = [row.get("id") for row in rows if folded(str(row.get("name", ""))) == name]
        if len(found) != 1 or not isinstance(found[0], str):
            raise Refused(_NO_CALL, Obstacle.NOBODY)
        lane = replace(lane, party=found[0])
    return await _with_token(graph, lane)


async def _read_person(graph: Graph, lane: Lane) -> Tasks:
    edge = f"{lane.asset_id}/assigned_users"
    rows = await graph.rows(edge, lane.token, of=lane.owner_id, business=lane.owner_id, fields="id,tasks")
    for row in rows:
        if row.get("id") == lane.party:
            tasks = row.get("tasks")
            if not isinstance(tasks, list):
                raise Unsure("odd person")
            return frozenset(map(str, tasks))
    return frozenset()


async def _is_theirs(_: Graph, __: Lane) -> bool:
    """Leave it to Meta, which refuses what a business gives its people beyond its own."""
    return True


async def _call_person(graph: Graph, lane: Lane, target: Tasks) -> bool:
    given = {"tasks": json.dumps(sorted(target))} if target else {}
    return await _change(graph, lane, "assigned_users", bool(target), user=lane.party, **given)


# --- claims ------------------------------------------------------------------------------------------


async def _as_it_is(_: Graph, lane: Lane) -> Lane:
    return lane


async def _read_owner(graph: Graph, lane: Lane) -> Tasks:
    """Return ownership where Meta has the account as the business's own: what it does not show it is not."""
    try:
        return lane.wanted.ours if await _is_owner(graph, lane) else frozenset()
    except Refused as refused:
        if refused.obstacle is not Obstacle.NOT_THERE:
            raise
        return frozenset()


async def _is_pending(graph: Graph, lane: Lane) -> bool:
    """Say whether the account was claimed, and somebody who manages it has to accept that."""
    edge = f"{lane.owner_id}/pending_owned_ad_accounts"
    rows = await graph.rows(edge, lane.token, of=lane.owner_id, fields="id,ad_account")
    accounts = (row.get("ad_account") for row in rows)
    return any(isinstance(one, dict) and one.get("id") == lane.asset_id for one in accounts)


async def _is_declined(graph: Graph, lane: Lane) -> bool:
    return not await _is_pending(graph, lane)


async def _call_claim(graph: Graph, lane: Lane, _: Tasks) -> bool:
    """Claim the account, unless a call whose answer was lost has done so."""
    if await _is_pending(graph, lane):
        return True
    edge = f"{lane.owner_id}/owned_ad_accounts"
    answer = await graph.call("POST", edge, lane.token, of=lane.owner_id, adaccount_id=lane.asset_id)
    status = answer.get("access_status")
    if status not in {"PENDING", "CONFIRMED"}:
        raise Unsure("odd status of a claim")
    return bool(status == "PENDING")


WAYS: Mapping[EnforcementKind, Way] = MappingProxyType(
    {
        EnforcementKind.ACCESS: Way(
            enter=_with_token, read=_read_agency, may_give=_is_owner, call=_call_agency
        ),
        EnforcementKind.PERSON: Way(
            enter=_find_person, read=_read_person, may_give=_is_theirs, call=_call_person
        ),
        EnforcementKind.CLAIM: Way(
            enter=_as_it_is,
            read=_read_owner,
            may_give=_is_theirs,
            call=_call_claim,
            is_declined=_is_declined,
        ),
    }
)
