"""The town of the model: three businesses in two workspaces, and people with and without rights.

It is made twice: as rows of the store, and as the model has it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import make
import statements
from make import AGENCY, AGENCY_TEAM, BRAND, BRAND_TEAM, OTHER
from model import Model
from model_records import KNOWN_TASKS, Business, Person, User

from bot.domain.actors import Role, WhoMayAsk
from bot.domain.assets import Kind
from bot.store import tables
from bot.store.database import Database, Tx

BUSINESSES = (AGENCY, BRAND, OTHER)
NAMES = {AGENCY: "Northwind", BRAND: "Acme <!channel> Shoes", OTHER: "Rival & Sons"}
TEAMS = {AGENCY: AGENCY_TEAM, BRAND: BRAND_TEAM, OTHER: BRAND_TEAM}
ROOMS = {AGENCY: "CAGENCY", BRAND: "CBRAND", OTHER: None}
LISTED = {(BRAND, OTHER)}
ASSETS = {
    "act_1001": ("AD_ACCOUNT", BRAND),
    "act_1002": ("AD_ACCOUNT", BRAND),
    "500000001": ("PAGE", BRAND),
    "600000001": ("PIXEL", BRAND),
    "700000001": ("INSTAGRAM_ACCOUNT", BRAND),
    "act_3001": ("AD_ACCOUNT", OTHER),
    "500000003": ("PAGE", OTHER),
    "act_2001": ("AD_ACCOUNT", AGENCY),
    "act_9001": ("AD_ACCOUNT", None),
}
A, E = "ADMIN", "EMPLOYEE"
# name: home, roles, shared login, Slack's flag (None: not asked yet), zone
PEOPLE: dict[str, tuple[str, dict[str, str], bool, str | None, str | None]] = {
    "Ann": (AGENCY_TEAM, {AGENCY: A}, False, "", "Europe/Berlin"),
    "Abe": (AGENCY_TEAM, {AGENCY: A}, False, "", "America/New_York"),
    "Eva": (AGENCY_TEAM, {AGENCY: E}, False, "", "Europe/Berlin"),
    "Dana": (BRAND_TEAM, {BRAND: A}, False, "", "Europe/Berlin"),
    "Dov": (BRAND_TEAM, {BRAND: A}, False, "", "Asia/Kathmandu"),
    "Dee *_<@U1>_*": (BRAND_TEAM, {BRAND: A}, False, "", None),
    "Emil": (BRAND_TEAM, {BRAND: E}, False, "", "Europe/Berlin"),
    "Olga": (BRAND_TEAM, {OTHER: A}, False, "", "Pacific/Auckland"),
    "Otto": (BRAND_TEAM, {OTHER: E}, False, "", "Europe/London"),
    "Bo": (BRAND_TEAM, {BRAND: A, OTHER: A, AGENCY: E}, False, "", "Europe/Berlin"),  # in several
    "Desk": (BRAND_TEAM, {BRAND: A}, True, "", "Europe/Berlin"),
    "Gus": (BRAND_TEAM, {BRAND: A}, False, "guest", "Europe/Berlin"),
    "Gone": (BRAND_TEAM, {BRAND: A, OTHER: A}, False, "deactivated", "Europe/Berlin"),
    "Bot": (AGENCY_TEAM, {AGENCY: A}, False, "bot", "Europe/Berlin"),
    "Stray": (AGENCY_TEAM, {AGENCY: A}, False, "stranger", "Europe/Berlin"),
    "Fresh": (BRAND_TEAM, {BRAND: A}, False, None, "Europe/Berlin"),
    "Away": (AGENCY_TEAM, {BRAND: A}, False, "", "Europe/Berlin"),  # of the brand, at home with the agency
    "Twin": (BRAND_TEAM, {BRAND: A}, False, "", "Europe/Berlin"),  # one Slack user with Gemini
    "Gemini": (BRAND_TEAM, {OTHER: A}, False, "", "Europe/Berlin"),
}
VERA: User = (BRAND_TEAM, "UVERA")  # in no business
FLAGS = ("deactivated", "guest", "bot", "stranger")
USERS: dict[str, User] = {
    name: (home, "UTWIN" if name == "Gemini" else f"U{name.split()[0].upper()}")
    for name, (home, *_) in PEOPLE.items()
}


def person_id(name: str) -> str:
    return f"4{list(PEOPLE).index(name) + 1:014d}"


def build(database: Database) -> None:
    """Write the town's rows."""
    for business in BUSINESSES:
        make.business(
            database, business, name=NAMES[business], team=TEAMS[business], channel_id=ROOMS[business]
        )
    for by, of in LISTED:
        make.listing(database, by=by, of=of)
    for asset, (kind, owner) in ASSETS.items():
        make.asset(database, asset, kind=Kind(kind), name=f"Asset {asset} `<!here>`", owner=owner)
    for name, (home, roles, shared, slack_flag, zone) in PEOPLE.items():
        flags = {flag: None if slack_flag is None else flag == slack_flag for flag in FLAGS}
        make.person(database, person_id(name), team=home, user=USERS[name][1], name=name, zone=zone, **flags)
        for business, role in roles.items():
            make.member(database, person_id(name), of=business, role=Role(role), shared=shared)


def read(database: Database, now: datetime) -> Model:
    """Return the town that is in the store, as the model has it."""

    def rows(tx: Tx) -> dict[type[Any], list[Any]]:
        kept = (tables.BusinessRow, tables.Person, tables.Membership, tables.Asset, tables.Listing)
        return {one: tx.all(statements.rows_of(one)) for one in kept}

    found = database.read_sync(rows)
    taken = "id quorum expires_days undo_minutes who_may_ask hours days_off status verified policy_version"
    return Model(
        now,
        businesses={
            row.id: Business(
                team=row.team_id,
                channel=row.channel_id,
                listed=frozenset(one.listed_id for one in found[tables.Listing] if one.business_id == row.id),
                **{name: getattr(row, name) for name in taken.split()},
            )
            for row in found[tables.BusinessRow]
        },
        people={
            row.id: Person(row.id, (row.team_id, row.user_id), slack_flag_of(row), row.checked_at)
            for row in found[tables.Person]
        },
        members={
            (row.business_id, row.person_id): (row.role, bool(row.shared)) for row in found[tables.Membership]
        },
        assets={row.id: (row.kind, row.owner_id) for row in found[tables.Asset]},
    )


def slack_flag_of(row: Any) -> str | None:
    """Return the flag that Slack has set for somebody, empty if none; None if it was not asked."""
    if row.deactivated is None:
        return None
    return next((flag for flag in FLAGS if getattr(row, flag)), "")


assert {kind for kind, _ in ASSETS.values()} == set(KNOWN_TASKS)
assert {str(one) for one in WhoMayAsk} == {"ANYONE", "LISTED", "NOBODY"}
