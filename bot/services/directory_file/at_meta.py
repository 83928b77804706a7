"""What a connected business has at Meta is brought in as a directory file would bring it in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pydantic import ValidationError

from bot.domain.assets import Kind
from bot.services import comparing
from bot.services.context import Context
from bot.services.directory_file.entries import BusinessEntry, Directory, DirectoryFile, OwnAssetEntry
from bot.services.directory_file.plan import Difference
from bot.services.directory_file.record import export_directory
from bot.services.directory_file.verbs import import_directory, plan_import


@dataclass(frozen=True, slots=True)
class AssetAtMeta:
    """An asset of a business, as Meta lists it. `is_published`: of a Page."""

    kind: Kind
    id: str
    name: str
    is_published: bool = False


def plan_from_meta(ctx: Context, business_id: str, assets: Sequence[AssetAtMeta]) -> Difference:
    """Return what bringing in these assets would change, and change nothing."""
    file, notes = _file_with(ctx, business_id, assets)
    return _noted(plan_import(ctx, file), notes)


def import_from_meta(ctx: Context, business_id: str, assets: Sequence[AssetAtMeta]) -> Difference:
    """Bring in assets that a business has at Meta, and have it compared: what partners hold is found.

    What is recorded stays as it is recorded, also where another business owns it here.
    """
    file, notes = _file_with(ctx, business_id, assets)
    difference = import_directory(ctx, file)
    comparing.want(ctx, business_id)
    return _noted(difference, notes)


def _file_with(
    ctx: Context, business_id: str, assets: Sequence[AssetAtMeta]
) -> tuple[DirectoryFile, list[str]]:
    recorded = export_directory(ctx.tx)
    own = next(one for one in recorded.businesses if one.id == business_id)
    owners = {asset.id: one for one in recorded.businesses for asset in one.assets}
    unowned = {asset.id for asset in recorded.assets}
    notes: list[str] = []
    added: dict[str, OwnAssetEntry] = {}
    for asset in assets:
        owner = owners.get(asset.id)
        if owner is not None and owner.id != business_id:
            notes.append(f"{asset.id} {asset.name}: {owner.name} owns it here; left as it is")
        elif asset.id in unowned:
            notes.append(f"{asset.id} {asset.name}: nobody owns it here; it can be claimed")
        elif owner is None:
            try:
                added[asset.id] = OwnAssetEntry(
                    kind=asset.kind, id=asset.id, name=asset.name or asset.id, published=asset.is_published
                )
            except ValidationError:
                notes.append(f"{asset.id} {asset.name[:60]}: its id or its name can't be kept here")
    entry = BusinessEntry(id=own.id, name=own.name, assets=(*own.assets, *added.values()))
    return DirectoryFile(Directory(businesses=(entry,))), notes


def _noted(difference: Difference, notes: Sequence[str]) -> Difference:
    return replace(difference, notes=(*difference.notes, *notes))
