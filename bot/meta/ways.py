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
from bot.domain.assets import Kind, Tasks, is_asset_id
from bot.domain.connections import EnforcementKind, Obstacle
from bot.domain.creating import NewAsset
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
        """Return the asset that it is about: one that was created, once Meta has said its id."""
        return self.wanted.asset_id or self.party

    def too_much(self, there: Tasks) -> Tasks:
        """Return what we gave, or Meta beyond that, and that is still there, but should not be."""
        reviewed = (one for one in self.wanted.in_review if one <= there)
        should = self.wanted.tasks.union(*reviewed)
        return ((there & self.wanted.ours) - should) | self.surplus(there)

    def surplus(self, there: Tasks) -> Tasks:
        """Return what a call of ours brought about beyond all that was ever given."""
        return there - self.before - self.wanted.ours

    @property
    def target(self) -> Tasks:
        """Return what is to be there once all of it is in force."""
        return self.wanted.tasks.union(*self.wanted.in_review)

    def missing(self, there: Tasks) -> Tasks:
        """Return what should be there, or come to be, and is not."""
        return self.target - there


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """What Meta answered to a call: whether somebody there has to approve it first, and whom it is about.

    `is_so`: it is so already, or was asked for.
    """

    is_reviewed: bool = False
    is_so: bool = False
    party: str = ""


async def _held_before(_: Graph, lane: Lane) -> Tasks:
    """Note what held before a call."""
    return lane.before


async def _cannot_be_seen(_: Graph, __: Lane) -> bool:
    """Say no: Meta shows nowhere what came of it."""
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How one kind is put in force. Each step may raise MetaError.

    `enter` adds the token and the party that the calls take; `read` returns what holds now; `may_give` says
    whether it is the business's to give; `call` has exactly this hold. `is_declined` says whether what waits
    for somebody there does so no more. `noted` is what is kept before a call, by which what it did is known
    from what was there. `is_once`: doing it twice is not the same as doing it once.
    """

    enter: Callable[[Graph, Lane], Awaitable[Lane]]
    read: Callable[[Graph, Lane], Awaitable[Tasks]]
    may_give: Callable[[Graph, Lane], Awaitable[bool]]
    call: Callable[[Graph, Lane, Tasks], Awaitable[Called]]
    is_declined: Callable[[Graph, Lane], Awaitable[bool]] = _cannot_be_seen
    noted: Callable[[Graph, Lane], Awaitable[Tasks]] = _held_before
    is_once: bool = False


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


async def _call_agency(graph: Graph, lane: Lane, target: Tasks) -> Called:
    given = {"permitted_tasks": json.dumps(sorted(target))} if target else {}
    return await _change(graph, lane, "agencies", bool(target), business=lane.party, **given)


async def _change(graph: Graph, lane: Lane, edge: str, gives: bool, **params: str) -> Called:  # noqa: FBT001 - POST or DELETE
    method, path = "POST" if gives else "DELETE", f"{lane.asset_id}/{edge}"
    answer = await graph.call(method, path, lane.token, of=lane.owner_id, **params)
    if answer.get("success") is not True:
        raise Unsure("no success")
    return Called(is_reviewed=answer.get("requires_admin_approval") is True)


# --- a business's own people -------------------------------------------------------------------------


async def _find_person(graph: Graph, lane: Lane) -> Lane:
    """Find a person among those of the business at Meta: as known, else by a name that nobody else has."""
    if lane.wanted.kind is Kind.PIXEL:
        raise Refused(_NO_CALL, Obstacle.BY_HAND)  # what is given there, no call takes away
    if not lane.party:
        people = f"{lane.owner_id}/business_users"
        rows = await graph.rows(people, lane.token, of=lane.owner_id, fields="id,name")
        name, known = folded(lane.wanted.name), lane.wanted.known
        found = [row.get("id") for row in rows if known is not None and row.get("id") == known]
        if not found:
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


async def _call_person(graph: Graph, lane: Lane, target: Tasks) -> Called:
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


async def _call_claim(graph: Graph, lane: Lane, _: Tasks) -> Called:
    """Claim the account, unless a call whose answer was lost has done so."""
    if await _is_pending(graph, lane):
        return Called(is_reviewed=True)
    edge = f"{lane.owner_id}/owned_ad_accounts"
    answer = await graph.call("POST", edge, lane.token, of=lane.owner_id, adaccount_id=lane.asset_id)
    status = answer.get("access_status")
    if status not in {"PENDING", "CONFIRMED"}:
        raise Unsure("odd status of a claim")
    return Called(is_reviewed=status == "PENDING")


# --- what is created ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Making:
    """How a kind is created: the edge that lists the business's own, by what it is known there, the call."""

    owned: str
    alike: Mapping[str, Callable[[NewAsset], object]]
    edge: Callable[[str, NewAsset], str]
    params: Callable[[NewAsset], Mapping[str, object]]


def _account_params(new: NewAsset) -> Mapping[str, object]:
    return {
        "name": new.name,
        "currency": new.currency,
        "timezone_id": new.timezone_id,
        "end_advertiser": new.end_advertiser,
        "media_agency": new.media_agency,
        "partner": new.partner,
        "invoice": "true" if new.payment.invoice else None,
        "funding_id": new.payment.funding_source,
    }


_MAKING: Mapping[Kind, _Making] = MappingProxyType(
    {
        Kind.AD_ACCOUNT: _Making(
            owned="owned_ad_accounts",
            alike={"currency": lambda new: new.currency, "timezone_id": lambda new: new.timezone_id},
            edge=lambda owner_id, _: f"{owner_id}/adaccount",
            params=_account_params,
        ),
        Kind.PIXEL: _Making(
            owned="owned_pixels",
            alike={},
            edge=lambda owner_id, new: f"{new.ad_account_id or owner_id}/adspixels",
            params=lambda new: {"name": new.name},
        ),
    }
)


def _new_of(lane: Lane) -> NewAsset:
    assert lane.wanted.new is not None
    return lane.wanted.new


async def _alike(graph: Graph, lane: Lane) -> Tasks:
    """Return the ids of what the business owns at Meta that could be what is created."""
    new = _new_of(lane)
    making = _MAKING[new.kind]
    fields = ",".join(("id", "name", *making.alike))
    rows = await graph.rows(f"{lane.owner_id}/{making.owned}", lane.token, of=lane.owner_id, fields=fields)
    name = folded(new.name)
    return frozenset(
        str(row.get("id"))
        for row in rows
        if folded(str(row.get("name", ""))) == name
        and all(str(row.get(field)) == str(own(new)) for field, own in making.alike.items())
    )


async def _find_created(graph: Graph, lane: Lane) -> Lane:
    """Find what a call whose answer was lost has created: what was not there before it, if that is one."""
    if lane.party or lane.wanted.before is None:
        return lane
    found = await _alike(graph, lane) - lane.wanted.before
    if len(found) > 1:
        raise Refused(_NO_CALL, Obstacle.SEVERAL)
    return replace(lane, party="".join(found))


async def _read_created(graph: Graph, lane: Lane) -> Tasks:
    return await _read_owner(graph, lane) if lane.party else frozenset()


async def _call_creation(graph: Graph, lane: Lane, _: Tasks) -> Called:
    new = _new_of(lane)
    making = _MAKING[new.kind]
    params = {name: str(one) for name, one in making.params(new).items() if one is not None}
    edge = making.edge(lane.owner_id, new)
    answer = await graph.call("POST", edge, lane.token, of=lane.owner_id, **params)
    made = answer.get("id")
    if not isinstance(made, str) or not is_asset_id(made, kind=new.kind):
        raise Unsure("odd id of what was created")
    return Called(party=made)


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
        EnforcementKind.CREATION: Way(
            enter=_find_created,
            read=_read_created,
            may_give=_is_theirs,
            call=_call_creation,
            noted=_alike,
            is_once=True,
        ),
    }
)
