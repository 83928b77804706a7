"""The objects of the API: what each is called at Meta, who may know of it, and the fields it has.

A field that we do not keep is no field: it is refused by name and not answered with something made up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from typing import Any

from bot.domain.assets import TASKS, Kind, Tasks, unpack
from bot.domain.connections import EnforcementState
from bot.domain.policy import may_view, why_powerless
from bot.domain.requests import OPEN, RequestState
from bot.domain.timezones import timezones
from bot.domain.tokens import Scope
from bot.graph.errors import GraphError, TooMuch, bad_parameter, no_node, of_denial
from bot.graph.fields import Field, Selection
from bot.graph.times import at
from bot.services import directory, grants, programs
from bot.services.context import Context
from bot.services.programs import AccessView, Bearer, Standing
from bot.services.results import Denied

ME = "me"
MOST_WORK = 10_000
"""How many statements and rows one call reads, with all that its fields ask for."""


class NodeType(StrEnum):
    """What an object is, by Meta's name for it."""

    BUSINESS = "Business"
    AD_ACCOUNT = "AdAccount"
    PAGE = "Page"
    PIXEL = "AdsPixel"
    INSTAGRAM = "InstagramBusinessAsset"
    PERSON = "BusinessUser"
    PROGRAM = "SystemUser"
    ACCOUNT_REQUEST = "BusinessAdAccountRequest"
    PAGE_REQUEST = "BusinessPageRequest"
    ASSET_REQUEST = "BusinessAssetRequest"
    ON_BEHALF = "BusinessOwnedObjectOnBehalfOfRequest"


ASSET_TYPES: Mapping[Kind, NodeType] = {
    Kind.AD_ACCOUNT: NodeType.AD_ACCOUNT,
    Kind.PAGE: NodeType.PAGE,
    Kind.PIXEL: NodeType.PIXEL,
    Kind.INSTAGRAM_ACCOUNT: NodeType.INSTAGRAM,
}
KINDS: Mapping[NodeType, Kind] = {node: kind for kind, node in ASSET_TYPES.items()}
REQUEST_TYPES: Mapping[Kind, NodeType] = {
    Kind.AD_ACCOUNT: NodeType.ACCOUNT_REQUEST,
    Kind.PAGE: NodeType.PAGE_REQUEST,
    Kind.PIXEL: NodeType.ASSET_REQUEST,
    Kind.INSTAGRAM_ACCOUNT: NodeType.ASSET_REQUEST,
}
_ITS_FIELD: Mapping[NodeType, str] = {
    NodeType.ACCOUNT_REQUEST: "ad_account",
    NodeType.PAGE_REQUEST: "page",
    NodeType.ASSET_REQUEST: "asset",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """An object that a call is about."""

    type: NodeType
    id: str


@dataclass(kw_only=True)
class Shown:
    """An object to be shown, with what the edge that lists it adds.

    `until` is how much work its transaction may have done, in all, before it is too much for one call.
    """

    ctx: Context
    bearer: Bearer
    id: str
    until: int
    extra: Mapping[str, Any] = field(default_factory=dict)
    row: Any = None

    def check_work(self) -> None:
        """Raise TooMuch if its call has read too much already."""
        if self.ctx.tx.work > self.until:
            raise TooMuch

    @property
    def asset(self) -> Any:
        """Return its row as an asset, with its set-up: what its page has read, if it did."""
        if self.row is None:
            self.row = programs.asset_row(self.ctx.tx, self.id)
        return self.row

    @cached_property
    def business(self) -> Any:
        """Return its row as a business."""
        return self.ctx.business_row(self.id)

    @cached_property
    def item(self) -> Any:
        """Return its row as an item of a request: the one that its id names, or the first."""
        return programs.item_at(self.ctx.tx, self.id if "_" in self.id else f"{self.id}_0")

    @cached_property
    def at_meta(self) -> Any:
        """Return how far what its request gave, and is no grant, is in force at Meta; None: not there."""
        return grants.request_at_meta(self.ctx, self.item)


# --- who may know of what ---------------------------------------------------------------------------


def find_unknown(ctx: Context, node_id: str) -> Node | None:
    """Return an asset that a business owns, for who would ask for it."""
    row = programs.asset_row(ctx.tx, node_id)
    if row is None or row.owner_id is None:
        return None
    return Node(type=ASSET_TYPES[Kind(row.kind)], id=node_id)


def find(ctx: Context, bearer: Bearer, node_id: str, *, method: str = "GET") -> Node | GraphError:
    """Return the object with an id, if the bearer may know of it.

    Who has no power over anything now is told why, and not that what they name does not exist.
    """
    if (powerless := why_powerless(ctx.principal)) is not None:
        return replace(of_denial(Denied(reason=powerless)), denied=powerless)
    node = _find(ctx, bearer, _me(bearer) if node_id == ME else node_id)
    if node is None or not bearer.reaches(node.id):
        return no_node(node_id, method=method)
    return node


def _me(bearer: Bearer) -> str:
    return bearer.page_id or (bearer.id if bearer.is_program else bearer.person_id)


def _find(ctx: Context, bearer: Bearer, node_id: str) -> Node | None:
    own = bearer.business_id
    if not may_view(ctx.principal, business=ctx.business(own)).is_allowed:
        return None
    if node_id == own:
        return Node(type=NodeType.BUSINESS, id=own)
    row = programs.asset_row(ctx.tx, node_id)
    if row is not None:
        pair = {"asset_id": node_id, "holder_id": own}
        is_known = row.owner_id == own or programs.access(ctx, **pair) or programs.acts(ctx, **pair)
        return Node(type=ASSET_TYPES[Kind(row.kind)], id=node_id) if is_known else None
    if ctx.business_row(node_id) is not None:
        is_known = programs.knows(ctx, own, node_id)
        return Node(type=NodeType.BUSINESS, id=node_id) if is_known else None
    if directory.is_member(ctx.tx, node_id, business_id=own):
        return Node(type=NodeType.PERSON, id=node_id)
    if programs.program(ctx.tx, node_id, business_id=own) is not None:
        return Node(type=NodeType.PROGRAM, id=node_id)
    item = programs.item_at(ctx.tx, f"{node_id}_0") if node_id.isdigit() else None
    if item is not None and item.kind == programs.TO_ACT and own in (item.owner_id, item.holder_id):
        return Node(type=NodeType.ON_BEHALF, id=node_id)
    return None


# --- fields -----------------------------------------------------------------------------------------

Read = Callable[[Shown], Any]


def _added(name: str) -> Read:
    return lambda shown: shown.extra.get(name)


def _business(ctx: Context, business_id: str | None) -> dict[str, str] | None:
    row = ctx.business_row(business_id) if business_id else None
    return None if row is None else {"id": row.id, "name": row.name}


def _of(name: str) -> Read:
    return lambda shown: getattr(shown.asset, name)


def _set_up(name: str, *, for_holders: bool = True) -> Read:
    """Return what an asset was set up with: for its owner, and perhaps for who has access to it now."""

    def read(shown: Shown) -> Any:
        if shown.asset.owner_id != shown.bearer.business_id and not (for_holders and _tasks(shown)):
            return None
        return getattr(shown.asset, name)

    return read


def _owner_ad_account(shown: Shown) -> dict[str, str] | None:
    account_id = _set_up("ad_account_id")(shown)
    return {"id": account_id} if account_id else None


def _sorted(tasks: Tasks) -> list[str]:
    return sorted(tasks)


_ALL_TASKS: Mapping[str, list[str]] = {kind: sorted(tasks) for kind, tasks in TASKS.items()}


def _tasks(shown: Shown) -> list[str]:
    """Return what the bearer's business may do with an asset."""
    if "permitted_tasks" in shown.extra:
        found: list[str] = shown.extra["permitted_tasks"]
        return found
    own = shown.bearer.business_id
    if shown.asset.owner_id == own:
        return [*_ALL_TASKS[shown.asset.kind]]
    held = grants.tasks_held(shown.ctx.tx, asset_id=shown.id, holder_id=own, at=shown.ctx.now)
    return _sorted(held)


def _access_type(shown: Shown) -> str:
    return "OWNER" if shown.asset.owner_id == shown.bearer.business_id else "AGENCY"


def _permissions(kind: Kind) -> Read:
    def read(shown: Shown) -> list[dict[str, Any]] | None:
        pair = shown.extra.get("between")
        if pair is None:
            return None
        owner_id, holder_id = pair
        ids = programs.every(shown.ctx, programs.List.SHARED, owner=owner_id, holder=holder_id, kind=kind)
        found = []
        for one in ids:
            shown.check_work()
            access = programs.access(shown.ctx, asset_id=one, holder_id=holder_id)
            if access is not None:
                found.append({"id": one, **access_fields(access)})
        return found

    return read


STATUS: Mapping[Standing, str] = {
    Standing.ASKED: "CLIENT_RESPONSE_PENDING",
    Standing.OFFERED: "AGENCY_RESPONSE_PENDING",
    Standing.HELD: "CONFIRMED",
    Standing.COMING: "IN_PROGRESS",
    Standing.FAILED: "FAILED",
    Standing.LEAVING: "REVOKE_IN_PROGRESS",
    Standing.STUCK: "REVOKE_FAILED",
}
_AT_META: Mapping[EnforcementState, str] = {
    EnforcementState.PENDING: STATUS[Standing.COMING],
    EnforcementState.IN_FORCE: STATUS[Standing.HELD],
    EnforcementState.FAILED: STATUS[Standing.FAILED],
    EnforcementState.STUCK: STATUS[Standing.STUCK],
}


def access_fields(access: AccessView) -> dict[str, Any]:
    """Return what a row of agencies or clients says of access."""
    found = {
        "permitted_tasks": _sorted(access.tasks),
        "access_status": STATUS[access.standing],
        "access_requested_time": at(access.asked_at),
        "access_updated_time": at(access.updated_at or access.asked_at),
        "access_end_time": at(access.ends_at),
        "access_status_reason": access.obstacle,
    }
    return {name: value for name, value in found.items() if value is not None}


_ACT_STATUS: Mapping[RequestState, str] = {
    RequestState.APPROVED: "APPROVE",
    RequestState.DECLINED: "DECLINE",
    RequestState.CANCELLED: "CANCELED",
    RequestState.EXPIRED: "EXPIRED",
} | dict.fromkeys(OPEN, "IN_PROGRESS")


def _act_status(shown: Shown) -> str:
    """Return how a request to act on behalf stands: what it gave and is over is not called approved."""
    status = _ACT_STATUS[RequestState(shown.item.state)]
    if status != _ACT_STATUS[RequestState.APPROVED] or programs.grants_by(shown.ctx, shown.id):
        return status
    is_early = programs.has_ended_early(shown.ctx, shown.id)
    return _ACT_STATUS[RequestState.CANCELLED if is_early else RequestState.EXPIRED]


def _pending(shown: Shown) -> dict[str, str]:
    asset_id = shown.item.asset_id
    is_account = shown.item.asset_kind == Kind.AD_ACCOUNT
    return {"id": asset_id} | ({"account_id": asset_id.removeprefix("act_")} if is_account else {})


def _person_role(shown: Shown) -> str | None:
    member = directory.role_of(shown.ctx.tx, shown.id, business_id=shown.bearer.business_id)
    return None if member is None else str(member)


def _page_token(shown: Shown) -> Any:
    return shown.extra.get("access_token")


_ACCESS: dict[str, Read] = {
    name: _added(name)
    for name in (
        "permitted_tasks",
        "access_status",
        "access_requested_time",
        "access_updated_time",
        "access_end_time",
        "access_status_reason",
    )
}
_ASSET: dict[str, Read] = {
    **_ACCESS,
    "id": lambda shown: shown.id,
    "name": _of("name"),
    "permitted_tasks": _tasks,
    "access_type": _access_type,
    "tasks": lambda shown: shown.extra.get("tasks", _tasks(shown)),
    "business": lambda shown: _business(shown.ctx, shown.asset.owner_id),
}


def _program(shown: Shown) -> Any:
    return programs.program(shown.ctx.tx, shown.id, business_id=shown.bearer.business_id)


FIELDS: Mapping[NodeType, Mapping[str, Read]] = {
    NodeType.BUSINESS: {
        **_ACCESS,
        "id": lambda shown: shown.id,
        "name": lambda shown: shown.business.name,
        "verification_status": lambda shown: "verified" if shown.business.verified else "not_verified",
        "created_time": lambda shown: at(shown.business.created_at),
        "adaccount_permissions": _permissions(Kind.AD_ACCOUNT),
        "page_permissions": _permissions(Kind.PAGE),
        "pixel_permissions": _permissions(Kind.PIXEL),
        "instagram_account_permissions": _permissions(Kind.INSTAGRAM_ACCOUNT),
    },
    NodeType.AD_ACCOUNT: {
        **_ASSET,
        "account_id": lambda shown: shown.id.removeprefix("act_"),
        "currency": _set_up("currency"),
        "timezone_id": _set_up("timezone_id"),
        "timezone_name": lambda shown: timezones().get(_set_up("timezone_id")(shown)),
        "end_advertiser": _set_up("end_advertiser"),
        "media_agency": _set_up("media_agency"),
        "partner": _set_up("partner"),
        "funding_source": _set_up("funding_source", for_holders=False),
        "owner": _of("owner_id"),
    },
    NodeType.PAGE: {
        **_ASSET,
        "is_published": lambda shown: bool(shown.asset.published),
        "access_token": _page_token,
    },
    NodeType.PIXEL: {
        **_ASSET,
        "owner_business": lambda shown: _business(shown.ctx, shown.asset.owner_id),
        "owner_ad_account": _owner_ad_account,
    },
    NodeType.INSTAGRAM: {**_ASSET, "username": lambda shown: shown.asset.name.removeprefix("@")},
    NodeType.PERSON: {
        "id": lambda shown: shown.id,
        "name": lambda shown: directory.name_of(shown.ctx.tx, shown.id),
        "role": _person_role,
        "business": lambda shown: _business(shown.ctx, shown.bearer.business_id),
        "user_type": lambda _: "BUSINESS_USER",
        "tasks": _added("tasks"),
    },
    NodeType.PROGRAM: {
        "id": lambda shown: shown.id,
        "name": lambda shown: _program(shown).name,
        "role": lambda _: "SYSTEM_USER",
        "business": lambda shown: _business(shown.ctx, shown.bearer.business_id),
        "created_by": lambda shown: {
            "id": _program(shown).person_id,
            "name": directory.name_of(shown.ctx.tx, _program(shown).person_id),
        },
    },
    **{
        node: {
            "id": lambda shown: shown.id,
            name: _pending,
            "access_status": lambda shown: None if shown.at_meta is None else _AT_META[shown.at_meta.state],
            "access_status_reason": lambda shown: None if shown.at_meta is None else shown.at_meta.obstacle,
            "permitted_tasks": lambda shown: _sorted(unpack(shown.item.tasks)),
        }
        for node, name in _ITS_FIELD.items()
    },
    NodeType.ON_BEHALF: {
        "id": lambda shown: shown.id,
        "receiving_business": lambda shown: _business(shown.ctx, shown.item.owner_id),
        "requesting_business": lambda shown: _business(shown.ctx, shown.item.holder_id),
        "status": _act_status,
        "business_owned_object": lambda shown: shown.item.asset_id,
    },
}
DEFAULTS: Mapping[NodeType, tuple[str, ...]] = {
    NodeType.BUSINESS: ("id", "name"),
    NodeType.AD_ACCOUNT: ("id", "account_id"),
    NodeType.PAGE: ("name", "id"),
    NodeType.PIXEL: ("id", "name"),
    NodeType.INSTAGRAM: ("id", "username"),
    NodeType.PERSON: ("id", "name"),
    NodeType.PROGRAM: ("id", "name"),
    NodeType.ACCOUNT_REQUEST: ("id", "ad_account"),
    NodeType.PAGE_REQUEST: ("id", "page"),
    NodeType.ASSET_REQUEST: ("id", "asset"),
    NodeType.ON_BEHALF: (
        "id",
        "receiving_business",
        "requesting_business",
        "status",
        "business_owned_object",
    ),
}


_NAMED: Mapping[str, tuple[str, Mapping[str, Read]]] = {
    **dict.fromkeys(
        ("business", "owner_business", "receiving_business", "requesting_business"),
        (NodeType.BUSINESS, FIELDS[NodeType.BUSINESS]),
    ),
    "ad_account": (NodeType.AD_ACCOUNT, FIELDS[NodeType.AD_ACCOUNT]),
    "page": (NodeType.PAGE, FIELDS[NodeType.PAGE]),
    "asset": ("Asset", _ASSET),
    "owner_ad_account": (NodeType.AD_ACCOUNT, {"id": lambda shown: shown.id}),
    "created_by": (NodeType.PERSON, FIELDS[NodeType.PERSON]),
}
"""The fields that name another object: of what type it is, and which fields may be asked for of it."""
_LISTED = frozenset({"id", *_ACCESS})
"""The fields of a row in a business's lists of permissions."""

Chosen = tuple[tuple[str, Read], ...]
"""The fields of an object to show: the name of each, and how it is read."""


def choose(
    node: NodeType, selection: Selection | None, *, default: tuple[str, ...] = ()
) -> Chosen | GraphError:
    """Return which fields of objects of a type are shown, of those that are no edges.

    Without a selection these are the type's usual ones and those that its edge adds (`default`).
    """
    wanted = dict.fromkeys((*DEFAULTS[node], *default)) if selection is None else selection
    return _choose(node, FIELDS[node], wanted)


def _choose(node: str, known: Mapping[str, Read], wanted: Mapping[str, Field | None]) -> Chosen | GraphError:
    chosen: list[tuple[str, Read]] = []
    for name in ("id", *(one for one in wanted if one != "id")):
        read, asked = known.get(name), wanted.get(name)
        if read is None:
            return _no_field(name, node)
        if asked is not None and asked.fields is not None:
            within = _within(name, read, asked.fields)
            if isinstance(within, GraphError):
                return within
            read = within
        chosen.append((name, read))
    return tuple(chosen)


def _no_field(name: str, node: str) -> GraphError:
    return bad_parameter(f"Tried accessing nonexisting field ({name}) on node type ({node})")


def _within(name: str, read: Read, asked: Selection) -> Read | GraphError:
    """Return how a field is read of which only some fields are asked for."""
    if name.endswith("_permissions"):
        odd = next((one for one in asked if one not in _LISTED), None)
        return _no_field(odd, name) if odd else _rows_of(read, {"id", *asked})
    if name not in _NAMED:
        return bad_parameter(f"The field {name} has no fields of its own")
    chosen = _choose(*_NAMED[name], asked)
    return chosen if isinstance(chosen, GraphError) else _object_of(read, chosen)


def _rows_of(read: Read, names: set[str]) -> Read:
    def rows(shown: Shown) -> Any:
        return [{name: row[name] for name in row if name in names} for row in read(shown) or ()]

    return rows


def _object_of(read: Read, chosen: Chosen) -> Read:
    def named(shown: Shown) -> Any:
        value = read(shown)
        if value is None:
            return None
        other = Shown(ctx=shown.ctx, bearer=shown.bearer, id=value["id"], until=shown.until)
        return plain_fields(other, chosen)

    return named


def plain_fields(shown: Shown, chosen: Chosen) -> dict[str, Any]:
    """Return fields of an object; those that say nothing are left out."""
    shown.check_work()
    found: dict[str, Any] = {}
    for name, read in chosen:
        value = read(shown)
        if value is not None:
            found[name] = value
    return found


SCOPE_WORDS = {
    Scope.READ: "to read",
    Scope.ASK: "to make requests",
    Scope.DECIDE: "to decide on access",
}
