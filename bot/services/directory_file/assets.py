"""Assets and ad account groups: what is added, changed, moved and dropped, and what may not be."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from bot.domain.assets import Kind
from bot.domain.creating import CREATABLE
from bot.domain.events import EventKind
from bot.domain.kinds import RULES, kind_to_own
from bot.domain.typed import folded
from bot.services.directory_file.entries import AssetEntry, GroupEntry, OwnAssetEntry
from bot.services.directory_file.people import who_is
from bot.services.directory_file.plan import Change, How, Plan
from bot.services.directory_file.problems import Path
from bot.services.directory_file.record import (
    ASSET_FIELDS,
    DELETE_ASSET,
    DELETE_ASSET_ADMIN,
    DELETE_NODE,
    DELETE_SETUP,
    INSERT_ASSET,
    INSERT_ASSET_ADMIN,
    INSERT_GROUP,
    INSERT_NODE,
    INSERT_SETUP,
    SETUP_FIELDS,
    UNASSIGN_OWNER,
    UPDATE_ASSET,
    UPDATE_GROUP,
    UPDATE_SETUP,
    setup_of,
)
from bot.store.tables import NodeKind

if TYPE_CHECKING:
    from bot.store.compiled import Row


def compare_assets(plan: Plan) -> None:
    """Compare all assets that the file lists, and those that it leaves out of a list."""
    directory = plan.file.directory
    listed: dict[str, tuple[AssetEntry, str | None, Path]] = {}
    stating: dict[str, Path] = {}  # businesses whose assets the file lists
    for n, business in enumerate(directory.businesses):
        if "assets" in business.model_fields_set:
            stating[business.id] = ("businesses", n, "assets")
        for m, own in enumerate(business.assets):
            listed[own.id] = (own, business.id, ("businesses", n, "assets", m))
    for n, orphan in enumerate(directory.assets):
        listed[orphan.id] = (orphan, None, ("assets", n))
    for entry, owner_id, at in listed.values():
        _compare_asset(plan, entry, owner_id=owner_id, stating=stating.keys(), at=at)
    for row in plan.record.assets.values():
        if row.owner_id in stating and row.id not in listed:
            _drop_asset(plan, row, stating[row.owner_id])


def _compare_asset(
    plan: Plan, entry: AssetEntry, *, owner_id: str | None, stating: Collection[str], at: Path
) -> None:
    own = entry if isinstance(entry, OwnAssetEntry) else None
    after = {
        "kind": str(entry.kind),
        "name": entry.name,
        "owner_id": owner_id,
        "published": own is not None and own.published,
        "askable": own is not None and own.askable,
    }
    row = plan.record.assets.get(entry.id)
    admins_before = plan.record.admins.get(entry.id, set())
    admins = {plan.who[who_is(person)] for person in entry.admins}
    more, fewer = sorted(admins - admins_before), sorted(admins_before - admins)
    set_up = _compare_setup(plan, own, entry.id, at=at)
    details: tuple[tuple[str, Any, Any], ...]
    if row is None:
        if entry.id in plan.record.businesses:
            plan.wrong((*at, "id"), f"{entry.id} is a business's id already")
        plan.rows[INSERT_NODE].append({"id": entry.id, "kind": NodeKind.ASSET})
        plan.rows[INSERT_ASSET].append({"id": entry.id, **after, "folded": folded(entry.name)})
        how, details = How.ADDED, (("kind", None, after["kind"]),)
    else:
        before = {column: getattr(row, column) for column in ASSET_FIELDS}
        changed = [column for column in ASSET_FIELDS if before[column] != after[column]]
        if not (changed or set_up or more or fewer):
            return
        _guard_asset(plan, row, after, stating=stating, at=at)
        if changed:
            plan.rows[UPDATE_ASSET].append(
                {
                    "asset": entry.id,
                    **{f"new_{column}": value for column, value in after.items()},
                    "new_folded": folded(entry.name),
                }
            )
        if "owner_id" in changed:
            plan.rows[UNASSIGN_OWNER].append({"asset": entry.id, "owner": row.owner_id})
        how = How.CHANGED
        details = tuple((column.removesuffix("_id"), before[column], after[column]) for column in changed)
    details = (*details, *set_up)
    plan.rows[INSERT_ASSET_ADMIN].extend({"asset_id": entry.id, "person_id": person} for person in more)
    plan.rows[DELETE_ASSET_ADMIN].extend({"asset": entry.id, "person": person} for person in fewer)
    if more or fewer:
        gone, come = (", ".join(plan.names[person] for person in people) for people in (fewer, more))
        details = (*details, ("admins", gone or None, come or None))
    data: dict[str, Any] = {name: [was, becomes] for name, was, becomes in details if name != "admins"}
    if more or fewer:
        data["admins"] = {"added": more, "removed": fewer}
    plan.change(
        Change(what="asset", how=how, business_id=owner_id, id=entry.id, name=entry.name, details=details),
        event=EventKind(f"asset.{how}"),
        data=data,
        counterpart_id=row.owner_id if row is not None and row.owner_id != owner_id else None,
    )


def _compare_setup(
    plan: Plan, own: OwnAssetEntry | None, asset_id: str, *, at: Path
) -> tuple[tuple[str, Any, Any], ...]:
    """Compare how an asset is set up; what the file leaves out stays as it is. Return what changes."""
    row = plan.record.setups.get(asset_id)
    if own is None:
        if row is not None:
            plan.rows[DELETE_SETUP].append({"asset": asset_id})
        return ()
    nothing = {column: OwnAssetEntry.model_fields[column].default for column in SETUP_FIELDS}
    before = nothing | setup_of(row)
    stated = {column: getattr(own, column) for column in SETUP_FIELDS if column in own.model_fields_set}
    for column, value in stated.items():
        if value != nothing[column] and column not in _SETUP_OF.get(own.kind, ()):
            plan.wrong((*at, column), f"a {own.kind} has no {column}")
    after = before | stated
    changed = [column for column in SETUP_FIELDS if before[column] != after[column]]
    if changed and row is None:
        plan.rows[INSERT_SETUP].append({"asset_id": asset_id, **after})
    elif changed:
        new = {f"new_{column}": value for column, value in after.items()}
        plan.rows[UPDATE_SETUP].append({"asset": asset_id, **new})
    return tuple((column, before[column], after[column]) for column in changed)


_SETUP_OF: Mapping[Kind, tuple[str, ...]] = {
    **CREATABLE,
    Kind.AD_ACCOUNT: (*CREATABLE[Kind.AD_ACCOUNT], "incomplete"),
}
"""What each kind of asset is set up with."""


def _guard_asset(
    plan: Plan, row: Row, after: Mapping[str, Any], *, stating: Collection[str], at: Path
) -> None:
    """Complain if the asset may not become what the file says."""
    if row.owner_id != after["owner_id"]:
        if row.owner_id is not None and row.owner_id not in stating:
            plan.wrong(
                (*at, "id"),
                f"{row.id} belongs to business {row.owner_id}, whose assets this file does not list: "
                "list them too, without it",
            )
        elif row.id in plan.record.in_use and not _may_go_on(plan, row, after["owner_id"]):
            plan.wrong(
                (*at, "id"),
                f"{row.id} cannot change its owner while others have access to it or ask for it: "
                "end the access and close the requests first",
            )
    if row.kind != after["kind"] and row.id in plan.record.in_use:
        plan.wrong(
            (*at, "kind"),
            f"{row.id} cannot become a {after['kind']} while others have access to it or ask for it",
        )


def _may_go_on(plan: Plan, row: Row, owner_id: str | None) -> bool:
    """Say whether others keep their access when an account's owner gives it up, or takes it back.

    Who gave it can still end it; who claims the account has it go on.
    """
    givers = plan.record.givers.get(row.id)
    return (
        givers is not None
        and row.kind == RULES[kind_to_own()].asset_kind
        and (owner_id is None or givers == {owner_id})
    )


def _drop_asset(plan: Plan, row: Row, at: Path) -> None:
    if row.id in plan.record.in_use:
        plan.wrong(
            at,
            f"{row.id} ({row.name}) is left out, but others have access to it or ask for it: "
            "end the access and close the requests first, or list it again",
        )
        return
    plan.rows[UNASSIGN_OWNER].append({"asset": row.id, "owner": row.owner_id})
    plan.rows[DELETE_SETUP].append({"asset": row.id})
    if row.id in plan.record.known_in_history:  # what was decided on it must stay readable
        plan.rows[UPDATE_ASSET].append(
            {
                "asset": row.id,
                "new_kind": row.kind,
                "new_name": row.name,
                "new_folded": row.folded,
                "new_owner_id": None,
                "new_published": False,
                "new_askable": False,
            }
        )
    else:
        plan.rows[DELETE_ASSET_ADMIN].extend(
            {"asset": row.id, "person": person} for person in plan.record.admins.get(row.id, ())
        )
        plan.rows[DELETE_ASSET].append({"asset": row.id})
        plan.rows[DELETE_NODE].append({"asset": row.id})
    plan.change(
        Change(
            what="asset",
            how=How.REMOVED,
            business_id=row.owner_id,
            id=row.id,
            name=row.name,
            details=(("kind", row.kind, None),),
        ),
        event=EventKind.ASSET_REMOVED,
        data={"kind": row.kind, "name": row.name},
    )


def compare_group(plan: Plan, entry: GroupEntry, at: Path) -> None:
    """Compare an ad account group. It is recorded only; groups are never removed."""
    row = plan.record.groups.get(entry.id)
    if row is None and (entry.id in plan.record.businesses or entry.id in plan.record.assets):
        plan.wrong((*at, "id"), f"{entry.id} is the id of something else already")
    people = {plan.who[who_is(person)] for person in entry.people}
    before = (row.accounts, row.people) if row else ("", "")
    after = (",".join(sorted(entry.accounts)), ",".join(sorted(people)))
    if row is None:
        plan.rows[INSERT_GROUP].append({"id": entry.id, "accounts": after[0], "people": after[1]})
    elif before != after:
        plan.rows[UPDATE_GROUP].append({"the_id": entry.id, "new_accounts": after[0], "new_people": after[1]})
    else:
        return
    lists = zip(("accounts", "people"), before, after, strict=True)
    changed = [(name, was, becomes) for name, was, becomes in lists if was != becomes]
    how = How.ADDED if row is None else How.CHANGED
    plan.change(
        Change(
            what="group",
            how=how,
            business_id=None,
            id=entry.id,
            name="",
            details=tuple((name, _said(plan, was), _said(plan, becomes)) for name, was, becomes in changed),
        ),
        event=EventKind(f"group.{how}"),
        data={name: [was, becomes] for name, was, becomes in changed},
    )


def _said(plan: Plan, stored: str) -> str | None:
    return ", ".join(plan.names.get(an_id, an_id) for an_id in stored.split(",")) or None
