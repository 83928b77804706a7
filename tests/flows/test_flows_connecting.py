"""A business is connected to Meta in Slack: the token is tested, kept encrypted, and never shown."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import make
import pytest
from flow_steps import buttons, cards, fills, held, modal, notices, opens, press, read, sends, types
from make import ACCOUNT, AGENCY, BRAND, PAGE, PIXEL
from meta_town import local_meta
from world import Way, World, running

from bot.clock import PushedClock
from bot.domain.findings import EVERY
from bot.sandbox.meta import AssetKind, GraphError
from bot.sandbox.slack import Kind, Message, Person
from bot.store import tables
from handlers import connecting


@pytest.fixture
async def linked(sqlite_url: str, clock: PushedClock) -> AsyncIterator[World]:
    """The bot, with a Meta that answers."""
    meta = local_meta(clock)
    async with meta.serve(), running(sqlite_url, way=Way.SOCKET, clock=clock, meta=meta) as made:
        yield made


async def enters(world: World, value: str, *, who: Person | None = None) -> None:
    """Have Dana, or another admin, enter a token into the form."""
    who = who or world.dana
    await types(world, who, "connect")
    form = modal(world, who)
    await fills(world, who, form, "secret", value)
    await world.slack.submit(who, form)


def kept(world: World) -> str:
    found = [tables.Event, tables.InboxRow, tables.Effect, tables.Connection, tables.Card]
    return str([world.rows(one) for one in found])


async def test_an_admin_connects_with_a_token_replaces_it_and_disconnects(linked: World) -> None:
    world, meta = linked, linked.meta
    assert meta is not None
    await types(world, world.dana, "connect")
    assert "isn't connected to Meta" in read(modal(world, world.dana))
    token = meta.add_token(BRAND).value
    await enters(world, token)
    assert "is connected to Meta, as" in read(modal(world, world.dana))
    (connection,) = world.rows(tables.Connection)
    assert (connection.business_id, connection.connected_by) == (BRAND, world.town.dana.id)
    assert token not in kept(world)

    await types(world, world.dana, "meta")
    form = modal(world, world.dana)
    assert "by Dana" in read(form)
    assert token not in str(form.blocks)
    other = meta.add_token(BRAND).value
    await fills(world, world.dana, form, "secret", other)
    await world.slack.submit(world.dana, form)
    assert world.rows(tables.Connection)[0].version == 2

    await types(world, world.dana, "connect")
    await world.click(world.dana, modal(world, world.dana), "disconnect")
    await world.settle()
    assert "no longer connected" in read(modal(world, world.dana))
    assert world.rows(tables.Connection) == []


@pytest.mark.covers("A10", "A11")
async def test_of_ones_people_is_said_what_is_true_at_meta_and_what_failed_is_tried_again(
    linked: World,
) -> None:
    world, meta = linked, linked.meta
    assert meta is not None
    await enters(world, meta.add_token(BRAND).value)
    said = await types(world, world.dana, "people act_1001 add @Emil reporting only")
    assert "is being put in force at Meta" in said
    await types(world, world.dana, "people act_1001")
    form = modal(world, world.dana)
    assert "Meta has nobody in Acme Shoes whose name is Emil" in read(form)
    told = [read(one) for one in world.slack.messages(world.brand_room)]
    assert any("What your people can do isn't at Meta" in one for one in told)
    emil = meta.add_person(BRAND, "Emil")
    await press(world, world.dana, form, "try_person_again")
    assert meta.assets[ACCOUNT].users == {emil: ("ANALYZE",)}
    await types(world, world.dana, "people act_1001")
    assert "at Meta" not in read(modal(world, world.dana))
    assert "Taking Acme Main away from Emil at Meta" in await types(
        world, world.dana, "people act_1001 remove @Emil"
    )
    assert meta.assets[ACCOUNT].users == {}


@pytest.mark.covers("A11")
async def test_what_failed_is_tried_again_from_all_that_somebody_can_reach_too(linked: World) -> None:
    world, meta = linked, linked.meta
    assert meta is not None
    await enters(world, meta.add_token(BRAND).value)
    await types(world, world.dana, "people act_1001 add @Emil reporting only")
    await types(world, world.dana, "people 500000001 add @Emil analyst")
    emil = meta.add_person(BRAND, "Emil")
    await types(world, world.dana, "people @Emil")
    form = modal(world, world.dana)
    rows = {one["block_id"]: one["elements"] for one in form.blocks if one["type"] == "actions"}
    tries = [block for block, buttons in rows.items() if buttons[0]["action_id"] == "try_person_again"]
    assert len(tries) == 2
    await press(
        world, world.dana, form, "try_person_again", block_id=next(one for one in tries if ACCOUNT in one)
    )
    assert meta.assets[ACCOUNT].users == {emil: ("ANALYZE",)}
    assert "Acme Main" in read(modal(world, world.dana))
    assert "What Emil can reach" in read(modal(world, world.dana)), "it stays where it was"


@pytest.mark.covers("A2")
async def test_a_claim_is_said_to_be_confirmed_and_the_account_owned_only_when_meta_says_so(
    linked: World,
) -> None:
    world, meta = linked, linked.meta
    assert meta is not None
    make.unowned(world.database, "act_7001", world.town.dana)
    meta.add_asset("act_7001", AssetKind.AD_ACCOUNT, "Spring Ads")
    await enters(world, meta.add_token(AGENCY).value, who=world.ann)
    await types(world, world.ann, "claim act_7001 because we run its campaigns")
    await sends(world, world.ann, modal(world, world.ann))
    (card,) = cards(world, world.dana)
    await press(world, world.dana, card, "approve")
    (own,) = cards(world, world.ann)
    assert "Confirmed by Dana" in read(own)
    assert "Asked for at Meta" in read(own)
    assert "You manage it now" not in read(own)
    assert "Spring Ads" not in await types(world, world.ann, "list owned")

    meta.settle_claim("act_7001", AGENCY, accept=False)
    world.clock.push_real(timedelta(minutes=2))
    await world.settle()
    (own,) = cards(world, world.ann)
    assert "Couldn't be put in force: somebody declined it on Meta's pages" in read(own)
    meta.assets["act_7001"].managed_by.add(AGENCY)
    await press(world, world.ann, own, "try_again")
    (own,) = cards(world, world.ann)
    assert "You manage it now" in read(own)
    assert "Spring Ads" in await types(world, world.ann, "list owned")


@pytest.mark.covers("A4")
async def test_an_account_is_created_at_meta_and_what_meta_refuses_is_tried_again_from_its_card(
    linked: World,
) -> None:
    world, meta = linked, linked.meta
    assert meta is not None
    await enters(world, meta.add_token(BRAND).value)
    meta.faults.refuse(GraphError(3979, "no more"), "POST", "/adaccount")
    said = await types(world, world.dana, 'create ad account "Acme DE" EUR Berlin')
    assert "Being created at Meta: the ad account Acme DE" in said
    card = world.card_in(world.brand_room)
    assert card is not None
    assert "Acme Shoes has as many of these as Meta allows" in read(card)
    assert buttons(card) == {"try_making_again", "discard"}
    assert "Acme DE" not in await types(world, world.dana, "list owned")

    await press(world, world.dov, card, "try_making_again")
    (made,) = [one for one in meta.assets.values() if one.name == "Acme DE"]
    assert f"Dana created the ad account Acme DE ({made.id})" in read(card)
    assert buttons(card) == {"fund"}
    assert any(
        f"Created at Meta: the ad account Acme DE ({made.id})" in one for one in notices(world, world.dana)
    )
    assert "Acme DE" in await types(world, world.dana, "list owned")


async def test_a_token_that_cannot_be_used_is_refused_at_its_field_with_what_to_do(linked: World) -> None:
    world, meta = linked, linked.meta
    assert meta is not None
    wrong = {
        "no-token-of-metas": "doesn't take this token",
        meta.add_token(AGENCY).value: "isn't of a system user of this business",
        "two words": "That is no token",
    }
    for value, said in wrong.items():
        await types(world, world.dana, "connect")
        form = modal(world, world.dana)
        await fills(world, world.dana, form, "secret", value)
        answered = await world.slack.submit(world.dana, form)
        (error,) = (answered.body or {})["errors"].values()
        assert said in error
        assert value not in str(answered.body)
    assert world.rows(tables.Connection) == []


async def test_while_meta_is_slow_the_form_says_so_and_then_what_came_of_it(
    linked: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, meta = linked, linked.meta
    assert meta is not None
    monkeypatch.setattr(connecting, "PATIENCE", 0.05)
    for value, said in (
        (meta.add_token(BRAND).value, "is connected to Meta, as"),
        ("wrong", "Not connected:"),
    ):
        gate = meta.faults.hang("GET", "me")
        await enters(world, value)
        assert "Checking the token with Meta" in read(modal(world, world.dana))
        gate.set()
        await world.settle()
        assert said in read(modal(world, world.dana))
    assert len(world.rows(tables.Connection)) == 1


async def test_only_an_admin_of_the_business_connects_it(linked: World) -> None:
    world, meta = linked, linked.meta
    assert meta is not None
    assert "admin" in await types(world, world.emil, "connect")
    await types(world, world.dana, "connect")
    form = modal(world, world.dana)
    await fills(world, world.dana, form, "secret", meta.add_token(AGENCY).value)
    payload = world.slack.payload_submit(world.dana, form)
    payload["view"]["private_metadata"] = payload["view"]["private_metadata"].replace(BRAND, AGENCY)
    before = len(meta.calls)
    await world.slack.send_payload(Kind.INTERACTIVE, payload)
    await world.settle()
    assert world.rows(tables.Connection) == []
    assert len(meta.calls) == before, "no call with a token of somebody who may not"
    assert "denied" in {one.kind for one in world.rows(tables.Event)}


async def compares(world: World) -> None:
    """Have what is due be compared with Meta, and wait for what follows."""
    await world.app.ticks.compare()
    await world.settle()


def findings_in(world: World) -> dict[str, Message]:
    """The cards in the brand's channel about what was found at Meta, by the asset that they name."""
    offered = {"adopt", "revoke_found", "put_back"}
    shown = [one for one in world.slack.messages(world.brand_room) if buttons(one) & offered]
    return {asset: one for asset in (ACCOUNT, PAGE, PIXEL) for one in shown if asset in read(one)}


@pytest.mark.covers("T38", "M1", "M2")
async def test_what_partners_were_given_at_meta_by_hand_is_adopted_revoked_or_ignored_on_its_card(
    linked: World,
) -> None:
    world, meta = linked, linked.meta
    assert meta is not None
    for asset in (ACCOUNT, PAGE, PIXEL):
        meta.set_agency(asset, AGENCY, "ANALYZE")
    await enters(world, meta.add_token(BRAND).value)
    await compares(world)
    found = findings_in(world)
    assert found.keys() == {ACCOUNT, PAGE, PIXEL}

    await press(world, world.dana, found[ACCOUNT], "adopt")
    assert held(world) == {"ANALYZE"}
    await press(world, world.dana, found[PAGE], "revoke_found")
    ignore = await opens(world, world.dana, found[PIXEL], "ignore")
    await fills(world, world.dana, ignore, "until", f"{world.clock.now() + timedelta(days=30):%Y-%m-%d}")
    await sends(world, world.dana, ignore)
    left = findings_in(world)
    assert left.keys() == {PIXEL}, "the others are settled"
    assert "Dana said to ignore it until" in read(left[PIXEL])
    assert (meta.assets[PAGE].agencies, *meta.assets[PIXEL].agencies) == ({}, AGENCY)


@pytest.mark.covers("T38", "M1", "M2")
async def test_what_somebody_took_away_at_meta_is_put_back_or_recorded_as_ended_from_its_card(
    linked: World,
) -> None:
    world, meta = linked, linked.meta
    assert meta is not None
    await enters(world, meta.add_token(BRAND).value)
    for asset in (ACCOUNT, PIXEL):
        await types(world, world.ann, f"request {asset} analyze for 30d because Spring launch")
        await press(world, world.dana, world.card_in(world.brand_room), "approve")
        assert AGENCY in meta.assets[asset].agencies
        meta.set_agency(asset, AGENCY)
    world.clock.push(EVERY + timedelta(minutes=1))
    await compares(world)
    found = findings_in(world)
    assert found.keys() == {ACCOUNT, PIXEL}

    await press(world, world.dana, found[ACCOUNT], "put_back")
    assert meta.assets[ACCOUNT].agencies[AGENCY].tasks == ("ANALYZE",)
    await press(world, world.dana, found[PIXEL], "record_end")
    assert AGENCY not in meta.assets[PIXEL].agencies
    states = {one.asset_id: one.state for one in world.rows(tables.Grant)}
    assert states == {ACCOUNT: "ACTIVE", PIXEL: "ENDED"}
    assert findings_in(world) == {}, "both are settled"
    assert "Put back, as Dana said" in read(found[ACCOUNT])
    assert "Recorded as ended by Dana" in read(found[PIXEL])


@pytest.mark.covers("T38")
async def test_an_admin_has_it_compared_now_and_reads_when_and_what_could_not_be_read(linked: World) -> None:
    world, meta = linked, linked.meta
    assert meta is not None
    await enters(world, meta.add_token(BRAND).value)
    await compares(world)
    await types(world, world.dana, "connect")
    form = modal(world, world.dana)
    assert "Compared with Meta" in read(form)

    meta.set_agency(ACCOUNT, AGENCY, "ANALYZE")
    del meta.assets[PAGE]
    await press(world, world.dana, form, "compare")
    assert "being compared with Meta now" in read(modal(world, world.dana))
    assert "compare" not in buttons(modal(world, world.dana))
    await compares(world)
    assert findings_in(world).keys() == {ACCOUNT}
    await types(world, world.dana, "connect")
    assert "1 asset couldn't be read: Meta doesn't show it as yours." in read(modal(world, world.dana))
