"""What pickers find: owners, assets and people that the requester may know of."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sqlalchemy import Text, and_, bindparam, exists, func, or_, select

from bot.domain.actors import Status
from bot.domain.assets import Kind, is_asset_id, kind_called
from bot.domain.grants import GrantState
from bot.domain.naming import TypedAsset, read_address, read_asset, read_business_id
from bot.domain.typed import folded
from bot.services.context import Context
from bot.services.directory.businesses import party_of
from bot.services.views.parties import AssetChoice, Party, PersonChoice
from bot.store import tables

if TYPE_CHECKING:
    from bot.store.compiled import Row
    from bot.store.tx import Tx

_business = tables.table_of(tables.BusinessRow)
_listing = tables.table_of(tables.Listing)
_person = tables.table_of(tables.Person)
_membership = tables.table_of(tables.Membership)
_asset = tables.table_of(tables.Asset)
_grant = tables.table_of(tables.Grant)
_asset_admin = tables.table_of(tables.AssetAdmin)
_group = tables.table_of(tables.AssetGroup)
_HANDLE = "@"
_BETWEEN_WORDS = " -_.'" + _HANDLE


def _bare(name: Any) -> Any:
    """Return a folded name as a link has it: without a handle's @ and what stands between words."""
    bare = name
    for char in _BETWEEN_WORDS:
        bare = func.replace(bare, char, "")
    return bare


_live_between = exists(
    select(_grant.c.id).where(
        _grant.c.state == GrantState.ACTIVE,
        or_(
            and_(_grant.c.holder_id == bindparam("requesting"), _grant.c.owner_id == _business.c.id),
            and_(_grant.c.owner_id == bindparam("requesting"), _grant.c.holder_id == _business.c.id),
        ),
    )
)
_listed_between = exists(
    select(_listing.c.listed_id).where(
        or_(
            and_(_listing.c.business_id == bindparam("requesting"), _listing.c.listed_id == _business.c.id),
            and_(_listing.c.listed_id == bindparam("requesting"), _listing.c.business_id == _business.c.id),
        )
    )
)
_OWNERS = (
    select(_business)
    .where(
        _business.c.id != bindparam("requesting"),
        or_(
            and_(
                or_(_live_between, _listed_between),
                or_(
                    _business.c.folded.like(bindparam("pattern"), escape="\\"),
                    _business.c.id.like(bindparam("pattern"), escape="\\"),
                ),
            ),
            _business.c.id == bindparam("exact"),
        ),
    )
    .order_by(_business.c.name, _business.c.id)
    .limit(bindparam("most"))
)
_ASSET = (
    select(_asset, _business.c.name.label("owner_name"), _business.c.verified, _business.c.status)
    .join_from(_asset, _business, _asset.c.owner_id == _business.c.id, isouter=True)
    .where(_asset.c.id == bindparam("asset"))
)
_held_by_requesting = exists(
    select(_grant.c.id).where(
        _grant.c.asset_id == _asset.c.id,
        _grant.c.holder_id == bindparam("requesting"),
        _grant.c.state == GrantState.ACTIVE,
    )
)
_is_named = _asset.c.id.in_([bindparam("named"), bindparam("or_named")])
_matches = or_(
    _asset.c.folded.like(bindparam("pattern"), escape="\\"),
    func.lower(_asset.c.id).like(bindparam("pattern"), escape="\\"),
)
ASSET_IS_SOUGHT = or_(_matches, _is_named, _asset.c.kind == bindparam("of_kind"))
"""An asset that a list is to show: the condition takes the parameters of `sought`."""
_is_of_kind = or_(bindparam("kind", type_=Text) == "", _asset.c.kind == bindparam("kind", type_=Text))
_ASSETS = (
    select(_asset)
    .where(
        _asset.c.owner_id == bindparam("owner"),
        _is_of_kind,
        or_(
            and_(or_(_asset.c.askable.is_(True), _held_by_requesting), _matches),
            _is_named,
        ),
    )
    .order_by(_asset.c.name, _asset.c.id)
    .limit(bindparam("most"))
)
_is_called = _bare(_asset.c.folded) == bindparam("bare")
_is_handle = _asset.c.folded.like(f"{_HANDLE}%")
_CALLED = (
    select(
        _asset,
        _business.c.name.label("owner_name"),
        _business.c.verified,
        _business.c.status,
        _is_handle.label("is_handle"),
    )
    .join_from(_asset, _business, _asset.c.owner_id == _business.c.id)
    .where(
        or_(
            and_(bindparam("owner", type_=Text) == "", _business.c.id != bindparam("requesting")),
            _business.c.id == bindparam("owner", type_=Text),
        ),
        or_(_live_between, _listed_between, _business.c.id == bindparam("owner", type_=Text)),
        or_(_asset.c.askable.is_(True), _held_by_requesting, _business.c.id == bindparam("requesting")),
        _is_called,
    )
    .order_by(_asset.c.id)
    .limit(bindparam("most"))
)
_CALLED_OWNERS = (
    select(_business)
    .where(
        _business.c.id != bindparam("requesting"),
        or_(_live_between, _listed_between),
        _bare(_business.c.folded) == bindparam("bare"),
    )
    .order_by(_business.c.id)
    .limit(bindparam("most"))
)
_CLAIMABLE = (
    select(_asset.c.id)
    .where(
        _asset.c.kind == Kind.AD_ACCOUNT,
        or_(
            and_(
                _asset.c.owner_id.is_(None),
                exists(
                    select(_asset_admin.c.asset_id).where(
                        _asset_admin.c.asset_id == _asset.c.id,
                        _asset_admin.c.person_id == bindparam("person"),
                    )
                ),
                _matches,
            ),
            _is_named,
        ),
    )
    .order_by(_asset.c.name, _asset.c.id)
    .limit(bindparam("most"))
)
_GROUP = select(_group.c.id).where(_group.c.id == bindparam("group"))
_OWN_ASSETS = (
    select(_asset)
    .where(
        _asset.c.owner_id == bindparam("owner"),
        _is_of_kind,
        or_(_matches, _is_named),
    )
    .order_by(_asset.c.name, _asset.c.id)
    .limit(bindparam("most"))
)
_OWN_PEOPLE = (
    select(_person.c.id, _person.c.name, _person.c.user_id)
    .join_from(_membership, _person, _membership.c.person_id == _person.c.id)
    .where(
        _membership.c.business_id == bindparam("business"),
        _person.c.folded.like(bindparam("pattern"), escape="\\"),
    )
    .order_by(_person.c.name, _person.c.id)
    .limit(bindparam("most"))
)
_MENTION = re.compile(r"<@([UW][A-Z0-9]{1,30})(?:\|[^<>]*)?>", re.ASCII)
_MOST_CALLED = 20
_is_so_called = or_(_bare(_person.c.folded) == bindparam("bare"), _person.c.user_id == bindparam("user"))
_CALLED_PEOPLE = (
    select(_person.c.id, _person.c.name, _is_so_called.label("is_exact"))
    .join_from(_membership, _person, _membership.c.person_id == _person.c.id)
    .where(
        _membership.c.business_id == bindparam("business"),
        or_(_is_so_called, _bare(_person.c.folded).like(bindparam("begins"), escape="\\")),
    )
    .order_by(_is_so_called.desc(), _person.c.name, _person.c.id)
    .limit(bindparam("most"))
)


def pattern(query: str) -> str:
    """Return the LIKE pattern (escaped with a backslash) for a folded text that contains `query`.

    Of the address of a Page or profile, for one that contains the name in it, as a handle or as an address.
    """
    address = read_address(query)
    text = query.strip() if address is None else address.name.removeprefix(_HANDLE)
    escaped = folded(text).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def named_ids(query: str) -> dict[str, str]:
    """Return the ids that `query` may name, as the parameters `named` and `or_named` of a statement."""
    named = read_asset(query)
    ids = named.ids if named else ("",)
    return {"named": ids[0], "or_named": ids[-1]}


def sought(query: str) -> dict[str, str]:
    """Return the parameters of a statement that looks for `query`; none for nothing.

    By names (`pattern`), by ids (`named` and `or_named`), and by the kind that is called so (`of_kind`).
    """
    if not query.strip():
        return {}
    return {"pattern": pattern(query), **named_ids(query), "of_kind": kind_called(query) or ""}


def find_owners(ctx: Context, *, requesting_id: str, query: str, limit: int) -> list[Party]:
    """Return businesses that `requesting_id` may know and that match: partners and listed ones by name.

    Any other business is found by its exact Business ID alone.
    """
    if ctx.visible_business(requesting_id) is None:
        return []
    exact = read_business_id(query) or ""
    rows = ctx.tx.all(_OWNERS, requesting=requesting_id, pattern=pattern(query), exact=exact, most=limit)
    return [party_of(row) for row in rows]


def find_assets(
    ctx: Context, *, requesting_id: str, owner_id: str, query: str, limit: int, kind: Kind | None = None
) -> list[AssetChoice]:
    """Return the owner's assets that `requesting_id` may know and that match, of one kind or of any.

    Those are the assets shared with it already and those marked "may be asked for"; any other is
    found by its exact id, or by a link that carries it. Of its own assets it knows all.
    """
    if owner_id == requesting_id:
        return find_own_assets(ctx, business_id=requesting_id, kind=kind, query=query, limit=limit)
    if ctx.visible_business(requesting_id) is None:
        return []
    owner = ctx.business_row(owner_id)
    if owner is None:
        return []
    rows = ctx.tx.all(
        _ASSETS,
        requesting=requesting_id,
        owner=owner_id,
        kind=kind or "",
        pattern=pattern(query),
        **named_ids(query),
        most=limit,
    )
    return [_choice(row, party_of(owner)) for row in rows]


def find_asset(tx: Tx, asset_id: str) -> AssetChoice | None:
    """Return the asset with exactly this id, with its owner if it has one, or None."""
    row = tx.one(_ASSET, asset=asset_id) if is_asset_id(asset_id) else None
    if row is None:
        return None
    if row.owner_id is None:
        return _choice(row, None)
    return _choice(
        row,
        Party(id=row.owner_id, name=row.owner_name, verified=bool(row.verified), status=Status(row.status)),
    )


def is_group(tx: Tx, asset_id: str) -> bool:
    """Say whether this is the id of an ad account group, written like one or like that of an account."""
    return bool(tx.all(_GROUP, group=asset_id.removeprefix("act_")))


def find_claimable(ctx: Context, *, requesting_id: str, query: str, limit: int) -> list[AssetChoice]:
    """Return the assets that no business owns and that match: those of which the actor is an admin.

    Any other is found by its exact id. What cannot be claimed is found so too: the form says why then.
    """
    if ctx.visible_business(requesting_id) is None:
        return []
    who = {"person": ctx.principal.person_id, "most": limit}
    rows = ctx.tx.all(_CLAIMABLE, **who, pattern=pattern(query), **named_ids(query))
    return [choice for row in rows if (choice := find_asset(ctx.tx, row.id)) is not None]


def find_claimable_called(ctx: Context, name: str, *, requesting_id: str) -> list[AssetChoice]:
    """Return the assets that no business owns, of which the actor is an admin, and that are called so."""
    found = find_claimable(ctx, requesting_id=requesting_id, query=name, limit=_MOST_CALLED)
    return [one for one in found if _bare_of(one.name) == _bare_of(name)]


def find_named(tx: Tx, named: TypedAsset) -> list[AssetChoice]:
    """Return the assets that the record has under the ids that somebody may mean, the likeliest first."""
    found = (find_asset(tx, one) for one in named.ids)
    return [asset for asset in found if asset is not None]


def find_called(ctx: Context, name: str, *, requesting_id: str, owner_id: str) -> list[AssetChoice]:
    """Return the assets that a menu would show and that are called so, or have this handle; a few at most.

    With an owner those of this business alone, else those of all others that `requesting_id` may know. Of a
    handle and a name that differ by the @ alone, the one that was typed is meant.
    """
    if ctx.visible_business(requesting_id) is None:
        return []
    rows = ctx.tx.all(
        _CALLED, requesting=requesting_id, owner=owner_id, bare=_bare_of(name), most=_MOST_CALLED
    )
    alike = [row for row in rows if bool(row.is_handle) == name.strip().startswith(_HANDLE)]
    return [
        _choice(
            row,
            Party(
                id=row.owner_id,
                name=row.owner_name,
                verified=bool(row.verified),
                status=Status(row.status),
            ),
        )
        for row in alike or rows
    ]


def find_called_owners(ctx: Context, name: str, *, requesting_id: str) -> list[Party]:
    """Return the businesses that a menu would show and that are called so; at most two."""
    if ctx.visible_business(requesting_id) is None:
        return []
    return [
        party_of(row)
        for row in ctx.tx.all(_CALLED_OWNERS, requesting=requesting_id, bare=_bare_of(name), most=2)
    ]


def _bare_of(name: str) -> str:
    return folded(name.strip()).translate(dict.fromkeys(map(ord, _BETWEEN_WORDS)))


def find_own_assets(
    ctx: Context, *, business_id: str, query: str, limit: int, kind: Kind | None = None
) -> list[AssetChoice]:
    """Return the business's own assets that match: of one kind, to bind a described item to, or of all."""
    if ctx.visible_business(business_id) is None:
        return []
    owner = ctx.business_row(business_id)
    assert owner is not None
    rows = ctx.tx.all(
        _OWN_ASSETS,
        owner=business_id,
        kind=kind or "",
        pattern=pattern(query),
        **named_ids(query),
        most=limit,
    )
    return [_choice(row, party_of(owner)) for row in rows]


def find_people(ctx: Context, *, business_id: str, query: str, limit: int) -> list[PersonChoice]:
    """Return the business's own people that match."""
    if ctx.visible_business(business_id) is None:
        return []
    rows = ctx.tx.all(_OWN_PEOPLE, business=business_id, pattern=pattern(query), most=limit)
    return [PersonChoice(id=row.id, name=row.name, user_id=row.user_id) for row in rows]


def find_called_people(ctx: Context, name: str, *, business_id: str) -> list[tuple[PersonChoice, bool]]:
    """Return the business's own people whose name is so or begins so, at most a few, and whether it is so.

    A Slack user's id, as a mention has it, is one of their names.
    """
    mentioned = _MENTION.fullmatch(name.strip())
    bare = _bare_of(name.strip().removeprefix("@"))
    if ctx.visible_business(business_id) is None or not bare:
        return []
    rows = ctx.tx.all(
        _CALLED_PEOPLE,
        business=business_id,
        bare=bare,
        begins=_begins(bare),
        user=mentioned[1] if mentioned else "",
        most=_MOST_CALLED,
    )
    return [(PersonChoice(id=row.id, name=row.name), bool(row.is_exact)) for row in rows]


def _begins(bare: str) -> str:
    return pattern(bare)[1:]


def _choice(row: Row, owner: Party | None) -> AssetChoice:
    return AssetChoice(id=row.id, kind=Kind(row.kind), name=row.name, owner=owner)
