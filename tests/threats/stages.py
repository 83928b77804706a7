"""A running bot to attack, with one of everything that could be attacked, and what must never move."""

from __future__ import annotations

import copy
import json
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import make
import pytest
import statements
from sqlmodel import SQLModel
from world import World

from bot.domain.actors import Role
from bot.domain.assets import Kind as AssetKind
from bot.domain.requests import Approve
from bot.sandbox.slack import Channel, Delivered, Kind, Message, Person, View
from bot.services import requests
from bot.services.context import act
from bot.services.results import Saved, Sent
from bot.store import tables
from bot.store.database import Database, Tx

Json = dict[str, Any]


OTHER_ACCOUNT, OTHER_PAGE = "act_3003", "530000001"


# Who has access to what, who may decide, and what was decided: what bad input must never move.
GUARDED = (
    tables.BusinessRow,
    tables.Person,
    tables.Membership,
    tables.Listing,
    tables.Asset,
    tables.AssetAdmin,
    tables.Request,
    tables.Item,
    tables.RequestPerson,
    tables.Decision,
    tables.Grant,
    tables.Assignment,
    tables.Draft,
    tables.Acknowledgement,
    tables.Comment,
    tables.HomeTab,
)


def seed(database: Database) -> None:
    """A third business in the brand's workspace, of which nobody else may learn anything."""
    make.business(database, make.OTHER, name="Hidden Ltd", team=make.BRAND_TEAM)
    make.asset(database, OTHER_ACCOUNT, kind=AssetKind.AD_ACCOUNT, name="Hidden account", owner=make.OTHER)
    make.asset(database, OTHER_PAGE, kind=AssetKind.PAGE, name="Hidden page", owner=make.OTHER)
    make.someone(database, 31, name="Olga", team=make.BRAND_TEAM, roles={make.OTHER: Role.ADMIN})
    make.someone(database, 32, name="Otto", team=make.BRAND_TEAM, roles={make.OTHER: Role.EMPLOYEE})


@dataclass(kw_only=True)
class Stage:
    """The world, and one of everything in it. `theirs` are ids of the hidden business's own things.

    `sound` keeps payloads that would be taken, to be spoilt.
    """

    world: World
    card: Message
    request_id: str
    ref: str
    grant_id: str
    draft_card: Message
    draft_id: str
    theirs: dict[str, str]
    sound: dict[str, Json] = field(default_factory=dict)

    def dump(self) -> dict[str, list[Any]]:
        """Everything that bad input must not move."""

        def read(tx: Tx) -> dict[str, list[Any]]:
            return {one.__table__.name: tx.all(statements.rows_of(one)) for one in GUARDED}

        return self.world.database.read_sync(read)

    def events(self) -> list[Any]:
        return self.world.rows(tables.Event)

    # --- sending

    def press(self, who: Person, action: str, value: Any, *, selected: Any = None) -> Json:
        """The payload of a press on the request's card that this person never could have made."""
        world = self.world
        payload = world.slack.payload_click(world.dana, self.card, "approve")
        payload["user"] |= {"id": who.id, "name": who.name, "username": who.name, "team_id": who.team_id}
        payload["actions"][0] |= {"action_id": action, "value": value}
        if selected is not None:
            del payload["actions"][0]["value"]
            payload["actions"][0] |= {"type": "overflow", "selected_option": selected}
        return payload

    async def send(self, kind: Kind, payload: Json) -> Delivered:
        delivered = await self.world.slack.send_payload(kind, payload)
        await self.world.settle()
        return delivered

    async def form(self, who: Person, words: str) -> View:
        """The form that a command opens."""
        await self.world.command(who, words)
        await self.world.settle()
        view = self.world.slack.top_view(who)
        assert view is not None, self.world.told(who)
        return view

    async def modal_of(self, who: Person, action: str, *, value: str | None = None) -> View:
        """The form that a button on the request's card opens."""
        await self.world.click(who, self.card, action, value=value)
        await self.world.settle()
        view = self.world.slack.top_view(who)
        assert view is not None, self.world.told(who)
        return view

    def close_all(self) -> None:
        for who in self.world.people.values():
            self.world.slack.close_views(self.world.slack.views(who))

    def told_since(self, who: Person, seen: int) -> str:
        """The ephemeral answers to somebody after the first `seen`, and the message modal on top."""
        said = [one.text for one in self.world.slack.ephemerals(who)[seen:]]
        view = self.world.slack.top_view(who)
        if view is not None and view.callback_id == "message":
            said.append(" ".join(texts_of(view.blocks)))
        return " ".join(said)


def card_of(world: World, room: Channel, subject_id: str) -> Message:
    """Return the card about a request or a draft: which of several was posted last is left to chance."""
    cards = [one for one in world.slack.messages(room) if one.metadata and one.thread_ts in (None, one.ts)]
    (card,) = (one for one in cards if subject_id in json.dumps(one.blocks))
    return card


async def set_stage(world: World) -> Stage:
    """Make an open request, a grant in force and a draft; the same for the hidden business."""
    database, now = world.database, world.clock.now()
    slack, town = world.slack, world.town
    for name in ("olga", "otto"):
        world.people[name] = slack.add_person(world.brand, name, user_id=f"U{name.upper()}")
        world.brand_room.members.add(world.people[name].id)
        world.lobby.members.add(world.people[name].id)
    olga = make.Someone(id=f"4{31:014d}", team=make.BRAND_TEAM, user="UOLGA", name="Olga")
    otto = make.Someone(id=f"4{32:014d}", team=make.BRAND_TEAM, user="UOTTO", name="Otto")

    def submit(who: make.Someone, *items: Any, **values: Any) -> Any:
        return make.write(
            database, act, requests.submit, make.requesting(*items, **values), by=who.by(), now=now
        )

    def approve(sent: Sent, who: make.Someone) -> None:
        make.write(
            database,
            act,
            requests.decide,
            sent.request_id,
            by=who.by(),
            verdict=Approve(),
            expected_version=1,
            now=now,
        )

    page, account = make.item(AssetKind.PAGE, make.PAGE), make.item(AssetKind.AD_ACCOUNT, OTHER_ACCOUNT)
    approve(submit(town.ann, page), town.dana)
    theirs_over = submit(town.ann, make.item(AssetKind.PAGE, OTHER_PAGE), deciding_id=make.OTHER)
    approve(theirs_over, olga)
    theirs = submit(town.ann, account, deciding_id=make.OTHER)
    to_brand = make.item(AssetKind.PIXEL, make.PIXEL)
    theirs_draft = submit(otto, to_brand, requesting_id=make.OTHER)
    draft = submit(town.eva, to_brand)
    sent = submit(town.ann, make.item(AssetKind.AD_ACCOUNT, make.ACCOUNT, level="General user"))
    assert isinstance(draft, Saved)
    await world.settle()
    grants = {row.owner_id: row.id for row in world.rows(tables.Grant)}
    card = card_of(world, world.brand_room, sent.request_id)
    draft_card = card_of(world, world.agency_room, draft.draft_id)
    return Stage(
        world=world,
        card=card,
        request_id=sent.request_id,
        ref=sent.ref,
        grant_id=grants[make.BRAND],
        draft_card=draft_card,
        draft_id=draft.draft_id,
        theirs={
            "request": theirs.request_id,
            "over": theirs_over.request_id,
            "ref": theirs.ref,
            "draft": theirs_draft.draft_id,
            "grant": grants[make.OTHER],
        },
    )


@asynccontextmanager
async def nothing_moves(stage: Stage, caplog: pytest.LogCaptureFixture) -> AsyncIterator[None]:
    """Hold that what is guarded is as it was, that nothing broke, and that the log stays clean."""
    stage.close_all()
    before = stage.dump()
    caplog.clear()
    with caplog.at_level(logging.INFO):
        yield
        await stage.world.settle()
    assert stage.dump() == before
    assert not broken(caplog)
    stage.close_all()


def broken(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What the log says that went wrong on our side."""
    return [
        f"{record.name}: {record.getMessage()} {record.exc_text or ''}"
        for record in caplog.records
        if record.levelno >= logging.ERROR or record.exc_info
    ]


def texts_of(blocks: Any) -> Iterator[str]:
    """Every text in blocks, in order."""
    if isinstance(blocks, dict):
        for name, held in blocks.items():
            if name in ("text", "label", "hint") and isinstance(held, str):
                yield held
            else:
                yield from texts_of(held)
    elif isinstance(blocks, list):
        for one in blocks:
            yield from texts_of(one)


def changed(payload: Json, path: tuple[Any, ...], value: Any) -> Json:
    """A copy of a payload with another value at `path`; KeyError takes it out."""
    mutant = copy.deepcopy(payload)
    at: Any = mutant
    for step in path[:-1]:
        at = at[step]
    if value is KeyError:
        del at[path[-1]]
    else:
        at[path[-1]] = value
    return mutant


MONDAY = datetime(2026, 1, 5, 9, tzinfo=UTC)
"""Ten in the morning where everybody is at home."""

# What stands in a modal is read the same whatever it came by: once, on the stricter store, is enough.
over_http_alone = pytest.mark.parametrize("stage", ["http"], indirect=True, scope="module")
# Where there are very many, the short form brings each by one way.
in_short_by_socket = pytest.mark.parametrize(
    "stage",
    ["socket", pytest.param("http", marks=[pytest.mark.postgres, pytest.mark.long])],
    indirect=True,
    scope="module",
)


def stored(world: World) -> dict[str, list[str]]:
    """Everything in the store, the machinery's own tables too."""

    def read_all(tx: Tx) -> dict[str, list[str]]:
        found = SQLModel.metadata.tables
        return {name: sorted(map(repr, tx.all(statements.rows_of(table)))) for name, table in found.items()}

    return world.database.read_sync(read_all)
