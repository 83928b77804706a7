"""Factories of valid rows, and the little town that most tests live in.

Each factory writes one row with everything it needs and takes what a test cares about by name.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import statements
from sqlalchemy import select, update

from bot.domain.actors import (
    OPERATOR,
    Actor,
    ApiSharing,
    Flags,
    Role,
    SlackUser,
    Source,
    Status,
    WhoMayAsk,
)
from bot.domain.assets import LEVELS, OWNERSHIP, Kind
from bot.domain.creating import CreationState, NewAsset, Payment, pack_new
from bot.domain.kinds import RequestKind
from bot.domain.limits import MOST_ITEMS
from bot.domain.requests import Approve, NewItem, NewRequest, Term
from bot.domain.reviews import NEVER, Silence
from bot.domain.typed import folded
from bot.services import requests, reviews
from bot.services.context import act
from bot.services.directory_file import import_directory, read_file
from bot.services.results import Moved
from bot.store import tables
from bot.store.database import Database, Tx
from bot.store.tables import NodeKind

EPOCH = datetime(2026, 1, 5, 9, tzinfo=UTC)
FRESH = datetime(2100, 1, 1, tzinfo=UTC)
"""When people were last looked up: so far ahead that it does not get old in a test."""

AGENCY, BRAND, OTHER = "20000000001", "10000000001", "30000000001"
QUESTION = "900000000000008"
"""What the agency is asked in a review that `reviewed` begins."""
AGENCY_TEAM, BRAND_TEAM, OTHER_TEAM = "TAGENCY", "TBRAND", "TOTHER"
ACCOUNT, PAGE, PIXEL, INSTAGRAM = "act_1001", "500000001", "600000001", "700000001"


def write(database: Store, verb: Any, /, *args: Any, **kwargs: Any) -> Any:
    """Run a verb and wait for its commit."""
    return database.submit(verb, *args, **kwargs).result(10)


class _TakeBack(Exception):
    """Carries what a verb answered out of a transaction that is then undone."""


def attempt(database: Database, verb: Any, /, *args: Any, **kwargs: Any) -> Any:
    """Return what a verb would answer; nothing of it is kept."""

    def undone(tx: Tx) -> None:
        raise _TakeBack(verb(tx, *args, **kwargs))

    try:
        write(database, undone)
    except _TakeBack as answer:
        return answer.args[0]


class Together:
    """Takes verbs as a store does, for one transaction that does them all."""

    def __init__(self) -> None:
        self._verbs: list[Callable[[Tx], Any]] = []

    def submit(self, verb: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[None]:
        self._verbs.append(lambda tx: verb(tx, *args, **kwargs))
        taken: Future[None] = Future()
        taken.set_result(None)
        return taken

    def __call__(self, tx: Tx) -> None:
        for verb in self._verbs:
            verb(tx)


Store = Database | Together


def insert_row(tx: Tx, table: type[Any], **values: Any) -> None:
    if "folded" in table.__table__.columns:
        values.setdefault("folded", folded(values["name"]))
    tx.run(statements.insert_into(table), **values)


def business(database: Store, id_: str, *, name: str, team: str | None, **values: Any) -> str:
    row = {
        "id": id_,
        "name": name,
        "status": Status.ACTIVE,
        "verified": True,
        "team_id": team,
        "channel_id": None,
        "quorum": 1,
        "expires_days": 14,
        "undo_minutes": 10,
        "who_may_ask": WhoMayAsk.ANYONE,
        "api_sharing": ApiSharing.AT_ONCE,
        "hours": "09:00-17:00",
        "days_off": "",
        "zone": "Europe/Berlin",
        "credit_line": None,
        "funding_sources": "",
        "review_days": NEVER,
        "review_silence": Silence.KEEP,
        "reviewed_at": EPOCH,
        "policy_version": 1,
        "created_at": EPOCH,
        "weekly_at": None,
        "proposal_ends_at": None,
        **values,
    }

    def verb(tx: Tx) -> None:
        insert_row(tx, tables.Node, id=id_, kind=NodeKind.BUSINESS)
        insert_row(tx, tables.BusinessRow, **row)

    write(database, verb)
    return id_


def person(database: Store, id_: str, *, team: str, user: str, name: str, **values: Any) -> str:
    row = {
        "id": id_,
        "team_id": team,
        "user_id": user,
        "enterprise_id": None,
        "name": name,
        "deactivated": False,
        "guest": False,
        "bot": False,
        "stranger": False,
        "zone": "Europe/Berlin",
        "checked_at": FRESH,
        **values,
    }

    def verb(tx: Tx) -> None:
        insert_row(tx, tables.Node, id=id_, kind=NodeKind.PERSON)
        insert_row(tx, tables.Person, **row)

    write(database, verb)
    return id_


def member(
    database: Store, person_id: str, *, of: str, role: Role = Role.ADMIN, shared: bool = False
) -> None:
    write(
        database,
        insert_row,
        tables.Membership,
        business_id=of,
        person_id=person_id,
        role=role,
        shared=shared,
        since=EPOCH,
        at_meta=None,
    )


def asset(
    database: Store, id_: str, *, kind: Kind, name: str, owner: str | None, askable: bool = True
) -> str:
    def verb(tx: Tx) -> None:
        insert_row(tx, tables.Node, id=id_, kind=NodeKind.ASSET)
        insert_row(
            tx,
            tables.Asset,
            id=id_,
            kind=kind,
            name=name,
            owner_id=owner,
            published=True,
            askable=askable,
        )

    write(database, verb)
    return id_


def prepared(database: Database, id_: str, new: NewAsset, *, by: Someone, at: datetime) -> str:
    """What an employee prepared for the admins, with no card."""

    def verb(tx: Tx) -> None:
        insert_row(tx, tables.Node, id=id_, kind=NodeKind.DRAFT)
        insert_row(
            tx,
            tables.Creation,
            id=id_,
            state=CreationState.WAITING,
            version=1,
            business_id=new.business_id,
            author_id=by.id,
            form=None,
            content=pack_new(new),
            asset_id=None,
            created_at=at,
            expires_at=at + timedelta(days=14),
            over_at=None,
            over_by=None,
        )

    write(database, verb)
    return id_


def failed_creation(database: Database, id_: str, new: NewAsset, *, by: Someone, at: datetime) -> str:
    """What an admin had created at Meta, which refused it."""
    prepared(database, id_, new, by=by, at=at)
    over = update(tables.table_of(tables.Creation))
    over = over.where(tables.table_of(tables.Creation).c.id == id_).values(
        state=CreationState.CREATING, over_at=at, over_by=by.id
    )
    stands = {"state": "FAILED", "wanted": "MADE", "in_force": "", "given": "", "obstacle": "REFUSED"}
    whose = {"kind": "CREATION", "business_id": new.business_id, "subject_id": id_, "about": ""}
    nothing = {"before": None, "party": None}

    def verb(tx: Tx) -> None:
        tx.run(over)
        insert_row(tx, tables.Enforcement, id=f"failed{id_}", **whose, **stands, **nothing, version=1)

    write(database, verb)
    return id_


def unowned(database: Database, id_: str, *admins: Someone, name: str = "Spring Ads") -> str:
    """Have an ad account that no business owns, with these people as its admins."""
    asset(database, id_, kind=Kind.AD_ACCOUNT, name=name, owner=None, askable=False)
    for admin in admins:
        write(database, insert_row, tables.AssetAdmin, asset_id=id_, person_id=admin.id)
    return id_


def given_up(database: Database, id_: str, *admins: Someone, now: datetime) -> None:
    """Have the owner of an ad account list it no more: it is these people's, and others keep their access."""
    rows, businesses = (
        database.read_sync(lambda tx, one=one: tx.all(statements.rows_of(one)))
        for one in (tables.Asset, tables.BusinessRow)
    )
    names = {one.id: one.name for one in businesses}
    (row,) = [one for one in rows if one.id == id_]
    left = [one for one in rows if one.owner_id == row.owner_id and one.id != id_]
    people = [{"slack": {"team": one.team, "user": one.user}, "name": one.name} for one in admins]
    said = {
        "businesses": [
            {"id": row.owner_id, "name": names[row.owner_id], "assets": [_said(one) for one in left]}
        ],
        "assets": [{"id": id_, "kind": row.kind, "name": row.name, "admins": people}],
    }
    write(database, act, import_directory, read_file(json.dumps(said)), by=OPERATOR, now=now)


def _said(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in ("id", "kind", "name", "published", "askable")}


def listing(database: Database, *, by: str, of: str) -> None:
    write(database, insert_row, tables.Listing, business_id=by, listed_id=of)


@dataclass(frozen=True, slots=True)
class Someone:
    """A person of the town, and the actor they are through each door."""

    id: str
    team: str
    user: str
    name: str

    def by(self, source: Source = Source.BUTTON) -> Actor:
        return Actor(source=source, team_id=self.team, user_id=self.user)


def someone(
    database: Store, digits: int, *, name: str, team: str, roles: Mapping[str, Role], **values: Any
) -> Someone:
    """A person with a Slack user of the same name, and a membership for each of `roles`."""
    who = Someone(id=f"4{digits:014d}", team=team, user=f"U{name.upper()}", name=name)
    person(database, who.id, team=team, user=who.user, name=name, **values)
    for business_id, role in roles.items():
        member(database, who.id, of=business_id, role=role)
    return who


@dataclass(frozen=True, slots=True)
class Town:
    """An agency in one workspace, a brand in another; two admins and an employee each; four assets."""

    ann: Someone
    abe: Someone
    eva: Someone
    dana: Someone
    dov: Someone
    emil: Someone


def town(database: Database, **brand: Any) -> Town:
    """Build the town; `brand` changes the brand's row (quorum=2, channel_id="CBRAND", …)."""
    together = Together()
    business(together, AGENCY, name="Northwind", team=AGENCY_TEAM, channel_id="CAGENCY")
    business(together, BRAND, name="Acme Shoes", team=BRAND_TEAM, **{"channel_id": "CBRAND", **brand})
    asset(together, ACCOUNT, kind=Kind.AD_ACCOUNT, name="Acme Main", owner=BRAND)
    asset(together, PAGE, kind=Kind.PAGE, name="Acme Page", owner=BRAND)
    asset(together, PIXEL, kind=Kind.PIXEL, name="Acme Pixel", owner=BRAND)
    asset(together, INSTAGRAM, kind=Kind.INSTAGRAM_ACCOUNT, name="Acme Insta", owner=BRAND, askable=False)
    admin, employee = Role.ADMIN, Role.EMPLOYEE
    town = Town(
        ann=someone(together, 1, name="Ann", team=AGENCY_TEAM, roles={AGENCY: admin}),
        abe=someone(together, 2, name="Abe", team=AGENCY_TEAM, roles={AGENCY: admin}),
        eva=someone(together, 3, name="Eva", team=AGENCY_TEAM, roles={AGENCY: employee}),
        dana=someone(together, 4, name="Dana", team=BRAND_TEAM, roles={BRAND: admin}),
        dov=someone(together, 5, name="Dov", team=BRAND_TEAM, roles={BRAND: admin}),
        emil=someone(together, 6, name="Emil", team=BRAND_TEAM, roles={BRAND: employee}),
    )
    write(database, together)
    return town


def found(database: Database, *, now: datetime, **values: Any) -> str:
    """Have something be found at Meta: the agency can see the results of the brand's pixel. Return its id."""
    id_ = values.pop("id", "600000000000088")
    with_it = {
        "kind": "OUTSIDE",
        "state": "OPEN",
        "version": 1,
        "tasks": "ANALYZE",
        "found_at": now,
        **values,
    }
    whose = {"owner_id": BRAND, "asset_id": PIXEL, "holder_id": AGENCY, "holder_name": "Northwind"}
    nobody = {"remedy": None, "decided_by": None, "ignored_until": None, "obstacle": None}
    write(
        database,
        insert_row,
        tables.Finding,
        id=id_,
        **{**whose, **nobody, "found_at": now, "draft_id": None, "over_at": None, **with_it},
    )
    return id_


def failed_person(database: Database, person_id: str, *, of: str, asset_id: str) -> None:
    """Have what a person of a business can do with an asset not be put in force at Meta."""
    whose = {"business_id": of, "subject_id": asset_id, "about": person_id}
    stands = {"state": "FAILED", "wanted": "ANALYZE", "in_force": "", "given": "", "obstacle": "NOBODY"}
    nothing = {"before": None, "party": None}
    write(
        database,
        insert_row,
        tables.Enforcement,
        **whose,
        **stands,
        **nothing,
        id=f"failed{person_id}{asset_id}",
        kind="PERSON",
        version=1,
    )


def item(
    kind: Kind, asset_id: str | None = None, *, level: str | None = None, words: str | None = None
) -> NewItem:
    """An item at a level by its name; the lowest one unless said otherwise."""
    levels = {one.name: one.tasks for one in LEVELS[kind]}
    return NewItem(
        kind=kind,
        tasks=levels[level] if level else LEVELS[kind][-1].tasks,
        asset_id=asset_id,
        words=words,
    )


ORDINARY = Flags(deactivated=False, guest=False, bot=False, stranger=False)
"""What Slack says of most people."""


def slack_user(user: str, *, zone: str | None = None, name: str | None = None, **flags: bool) -> SlackUser:
    """Return what Slack says of an ordinary user, but for these flags."""
    return SlackUser(user_id=user, flags=replace(ORDINARY, **flags), zone=zone, name=name)


def requesting(*items: NewItem, **values: Any) -> NewRequest:
    """A sound request of the agency to the brand: the ad account as General user for 30 days, unless said."""
    given: dict[str, Any] = {
        "requesting_id": AGENCY,
        "deciding_id": BRAND,
        "items": items or (item(Kind.AD_ACCOUNT, ACCOUNT, level="General user"),),
        "reason": "Spring launch",
        "term": Term.for_days(30),
        **values,
    }
    return NewRequest(**given)


def creating(kind: Kind = Kind.AD_ACCOUNT, **values: Any) -> NewAsset:
    """A sound ad account, or pixel, that the brand creates; paid by the funding source `visa`."""
    account = {
        "currency": "EUR",
        "timezone_id": 47,
        "end_advertiser": BRAND,
        "media_agency": "UNFOUND",
        "partner": "NONE",
        "payment": Payment(funding_source="visa"),
    }
    given: dict[str, Any] = {"business_id": BRAND, "kind": kind, "name": "Acme DE"}
    return NewAsset(**given | (account if kind is Kind.AD_ACCOUNT else {}) | values)


def claiming(asset_id: str, **values: Any) -> NewRequest:
    """A sound claim of the agency of an ad account that no business owns, unless said."""
    new = NewItem(kind=Kind.AD_ACCOUNT, tasks=OWNERSHIP[Kind.AD_ACCOUNT].tasks, asset_id=asset_id)
    how = {"kind": RequestKind.CLAIM, "deciding_id": None, "term": Term.without_end()}
    return requesting(new, **{**how, **values})


def gives(
    database: Database,
    number: int,
    *,
    to: str,
    by: Someone,
    now: datetime,
    name: str = "A{:04d}",
    first: int = 0,
) -> list[str]:
    """Assets of the brand in force with `to`, 25 a request: `by` asks, the brand's Dana approves."""
    dana = Actor(source=Source.BUTTON, team_id=BRAND_TEAM, user_id="UDANA")
    ids = [f"act_9{first + n:06d}" for n in range(number)]
    for start in range(0, number, MOST_ITEMS):
        batch = ids[start : start + MOST_ITEMS]
        for one in batch:
            asset(database, one, kind=Kind.AD_ACCOUNT, name=name.format(int(one[5:])), owner=BRAND)
        items = [item(Kind.AD_ACCOUNT, one) for one in batch]
        sent = write(
            database, act, requests.submit, requesting(*items, requesting_id=to), by=by.by(), now=now
        )
        done = write(
            database,
            act,
            requests.decide,
            sent.request_id,
            by=dana,
            verdict=Approve(),
            expected_version=1,
            now=now,
        )
        assert isinstance(done, Moved), done
    return ids


def reviewed(database: Database, *, now: datetime, by: Someone) -> None:
    """Have the brand review what it has given, as if that was long ago: `QUESTION` is asked in it."""
    grant, card, effect = (one.__table__ for one in (tables.Grant, tables.Card, tables.Effect))  # type: ignore[attr-defined]
    question = tables.ReviewQuestion.__table__  # type: ignore[attr-defined]

    def verb(tx: Tx) -> None:
        tx.run(update(grant).where(grant.c.starts_at.is_not(None)).values(starts_at=now - timedelta(days=60)))
        act(tx, reviews.open_review, BRAND, by=by.by(), now=now)
        for one in (card, effect):
            tx.run(update(one).where(one.c.subject_id.in_(select(question.c.id))).values(subject_id=QUESTION))
        tx.run(update(question).values(id=QUESTION))

    write(database, verb)
