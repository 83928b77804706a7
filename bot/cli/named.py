"""What the operator names: read as people have it, and never taken for nothing where it is not there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.cli.terminal import FOUND, USAGE, fail

if TYPE_CHECKING:
    from bot.domain.naming import TypedAsset
    from bot.store.database import Database


def asset_typed(text: str, *, option: str) -> TypedAsset:
    """Return the asset that an option names, by an ID or a link. Exit where it names none."""
    from bot.domain.naming import read_asset

    found = read_asset(text)
    if found is None:
        fail(f"{option}: {text!r} is no asset's ID, like act_4815162342 or 501000200030", code=USAGE)
    return found


def business_typed(text: str, *, option: str | None = None) -> str:
    """Return the Business ID that an option, or None for the argument, names. Exit where it is none."""
    from bot.domain.naming import read_business_id

    found = read_business_id(text)
    if found is None:
        where = "" if option is None else f"{option}: "
        fail(f"{where}{text!r} is no Business ID: that is 5 to 20 digits alone", code=USAGE)
    return found


def ref_typed(text: str, *, option: str) -> str:
    """Return the reference of a request that an option names. Exit where it is none."""
    from bot.domain.refs import read_ref

    found = read_ref(text)
    if found is None:
        fail(f"{option}: {text!r} is no request's reference, like AMBER-4172", code=USAGE)
    return found


def asset_known(database: Database, named: TypedAsset) -> str:
    """Return the ID of the asset that is meant. Exit where the record has none, or several that may be."""
    from bot.services import directory

    found = database.read_sync(directory.find_named, named)
    if not found:
        fail(f"there is no asset {' or '.join(named.ids)}: nothing was changed", code=FOUND)
    if len(found) > 1:
        each = " or ".join(f"{one.id} ({one.name})" for one in found)
        fail(f"say which asset: {each}; nothing was changed", code=FOUND)
    return found[0].id


def check_business(database: Database, business_id: str) -> None:
    """Exit where there is no such business."""
    from bot.clock import Clock
    from bot.services.context import act
    from bot.services.directory import home_of

    if database.read_sync(act, home_of, business_id, now=Clock().now()) is None:
        fail(f"there is no business {business_id}: `countersign export` lists them", code=FOUND)


def check_ref(database: Database, ref: str) -> None:
    """Exit where no request has this reference."""
    from bot.services import grants

    if not database.read_sync(grants.is_known_ref, ref):
        fail(f"there is no request {ref}: nothing was changed", code=FOUND)
