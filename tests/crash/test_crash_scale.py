"""A kill with very much under way: nothing is lost, nothing is doubled."""

from __future__ import annotations

from collections import Counter
from typing import Any

import make
import pytest
from crash_world import REQUEST, SECOND, Launcher, heal, said
from sqlalchemy import insert
from world import World, running, until

from bot.clock import PushedClock
from bot.domain.actors import Role
from bot.domain.messages import Audience, EffectKind
from bot.sandbox.slack import Channel, Message
from bot.slack.senders.history import EVENT_TYPE
from bot.store import outbox, tables
from bot.store.database import Database, Tx
from bot.store.tables import CardState, EffectState, NodeKind

pytestmark = pytest.mark.long

PEOPLE = 10_000
UNKNOWN, ADMINS = 1_000, 50


@pytest.mark.covers("F3", "V1", "V5")
async def test_ten_thousand_due_effects_survive_a_kill_in_the_middle_of_them(
    sqlite_url: str, clock: PushedClock, launcher: Launcher
) -> None:
    people = [(f"49{number:013d}", f"UMANY{number}") for number in range(PEOPLE)]

    def put(tx: Tx) -> None:
        row = {"name": "Somebody", "folded": "somebody", "team_id": make.BRAND_TEAM, "enterprise_id": None}
        flags = dict.fromkeys(("deactivated", "guest", "bot", "stranger", "zone", "checked_at"))
        tx.many(_NODE, [{"id": id_, "kind": NodeKind.PERSON} for id_, _ in people])
        tx.many(_PERSON, [{**row, **flags, "id": id_, "user_id": user} for id_, user in people])
        outbox.put_checks(tx, [(id_, make.BRAND_TEAM) for id_, _ in people], now=clock.now())

    async with running(sqlite_url, clock=clock) as world:
        for _, user in people:
            world.slack.add_person(world.brand, user.lower(), user_id=user)
        await world.stop()
        with Database.open(sqlite_url, clock=clock) as database:
            make.write(database, put)
        doomed = await launcher.start(world)
        await until(lambda: len(world.slack.calls_of("users.info")) > PEOPLE // 3, seconds=60)
        await doomed.is_killed()

        await world.start()
        await heal(world, seconds=300)

        # The town's own people are looked up at each start, too.
        many = {user for _, user in people}
        asked_for = [call.args["user"] for call in world.slack.calls_of("users.info")]
        requested = Counter(user for user in asked_for if user in many)
        assert set(requested) == many
        assert (
            len([user for user, times in requested.items() if times > 1]) <= 8
        )  # what was under way just then
        assert max(requested.values()) <= 2
        assert {row.state for row in world.rows(tables.Effect)} == {EffectState.DONE}
        assert None not in {row.checked_at for row in world.rows(tables.Person)}


@pytest.mark.covers("F4", "I11", "V1")
async def test_a_thousand_posts_of_unknown_outcome_are_settled_without_one_double(
    database_url: str, clock: PushedClock
) -> None:
    async with running(database_url, clock=clock) as world:
        await world.send_request(REQUEST)
        (request,) = world.rows(tables.Request)
        admins = [
            make.someone(
                world.database, 100 + number, name=f"Admin{number}", team=make.BRAND_TEAM, roles=_ADMIN
            )
            for number in range(ADMINS)
        ]
        people = [world.slack.add_person(world.brand, one.name, user_id=one.user) for one in admins]
        rooms = [world.slack.open_dm(world.brand, one) for one in people]
        await world.stop()
        # As a bot leaves them that dies with all of them marked; every other one has arrived.
        left = [_left(world, request.id, rooms[number % ADMINS], number) for number in range(UNKNOWN)]
        arrived = {row["key"]: _post(world, row, room) for row, room in left[::2]}

        def put(tx: Tx) -> None:
            cards = [{"id": row["card_id"], "user_id": room.user, **_CARD} for row, room in left]
            tx.many(_INSERT_CARD, [{**card, "subject_id": request.id} for card in cards])
            tx.many(_EFFECT, [row for row, _ in left])

        with Database.open(database_url, clock=clock) as database:
            make.write(database, put)
        await world.start()
        await heal(world, seconds=120)

        rows = {row.key: row for row in world.rows(tables.Effect)}
        assert {rows[row["key"]].state for row, _ in left} == {EffectState.DONE}
        stands = Counter(message.metadata["event_payload"]["key"] for message in said(world))
        assert {stands[row["key"]] for row, _ in left} == {1}
        cards = {row.id: row for row in world.rows(tables.Card)}
        for key, message in arrived.items():
            assert cards[rows[key].card_id].ts == message.ts


_ADMIN = {make.BRAND: Role.ADMIN}
_NODE = insert(tables.table_of(tables.Node))
_PERSON = insert(tables.table_of(tables.Person))
_INSERT_CARD = insert(tables.table_of(tables.Card))
_EFFECT = insert(tables.table_of(tables.Effect))
_CARD = {
    "audience": Audience.APPROVERS,
    "team_id": make.BRAND_TEAM,
    "channel_id": None,
    "ts": None,
    "state": CardState.WAITING,
    "error": None,
    "shown": 0,
}


def _left(world: World, request_id: str, room: Channel, number: int) -> tuple[dict[str, Any], Channel]:
    """The row of a post that was marked and not finished."""
    real = world.clock.real()
    row = {
        "key": f"{number:032x}",
        "kind": EffectKind.POST_CARD,
        "subject_id": request_id,
        "card_id": f"card{number:04d}",
        "version": 1,
        "about": "",
        "lane": outbox.lane_of(f"card{number:04d}"),
        "team_id": make.BRAND_TEAM,
        "state": EffectState.SENDING,
        "due_at": outbox.AT_ONCE,
        "attempt": 1,
        "reads": 0,
        "marked_at": real,
        "lease_until": real + SECOND,
        "error": None,
        "put_at": world.clock.now(),
        "over_at": None,
    }
    return row, room


def _post(world: World, row: dict[str, Any], room: Channel) -> Message:
    """Post what arrived in spite of the kill."""
    brand = world.brand
    metadata = {"event_type": EVENT_TYPE, "event_payload": {"key": row["key"]}}
    return world.slack.post(
        room,
        team_id=brand.id,
        user=brand.bot_user_id,
        text="A card",
        bot_id=brand.bot_id,
        app_id=world.slack.app.id,
        metadata=metadata,
    )
