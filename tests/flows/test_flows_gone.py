"""The app cannot act in a workspace for days, while things there go on: what is said once it can again."""

from __future__ import annotations

from datetime import timedelta

import httpx
import make
import pytest
from browsing import Browser
from flow_steps import approved, cards, fills, held, opens, press, read, sends_in, types
from served import Served
from world import Workspace, World, until

from bot.services import partnerships
from bot.services.context import act
from bot.store import tables

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


async def days_without(world: World, days: float, *, step: timedelta = DAY) -> None:
    """Let days pass, in which what is for the workspace is tried again and again, and waits."""
    end = world.clock.now() + days * DAY
    while world.clock.now() < end:
        world.clock.push(min(step, end - world.clock.now()))
        world.clock.push_real(timedelta(seconds=61))
        await world.app.ticks.sweep()
        await until(lambda: world.app.is_idle)


async def returns(world: World, workspace: Workspace) -> None:
    """Have the app act in a workspace again, and all that waits be sent."""
    world.slack.restore_token(workspace)
    await world.app.slack.probe()
    for _ in range(4):
        world.clock.push_real(timedelta(seconds=61))
        await world.app.ticks.sweep()
        await world.settle()


def said(world: World) -> list[str]:
    """What stands in the brand's channel beside cards."""
    return [read(one) for one in world.slack.messages(world.brand_room) if len(one.blocks) == 1]


@pytest.mark.covers("F18", "P11")
@pytest.mark.parametrize("days", [33, 41])
async def test_of_a_contract_that_came_to_its_end_meanwhile_is_told_once_how_it_stands(
    town: World, days: int
):
    await approved(town, "request act_1001 advertise,analyze no end because Spring")
    contract = {"ends_at": town.clock.now() + 40 * DAY, "days": 7}
    by = town.town.ann.by()
    await town.slack.uninstall(town.brand)
    await town.database.write(
        act, partnerships.set_contract, make.AGENCY, make.BRAND, **contract, by=by, now=town.clock.now()
    )
    await days_without(town, days)
    assert len([one for one in town.rows(tables.Effect) if one.about.startswith("contract_ends")]) >= 3
    await returns(town, town.brand)
    told = said(town)
    if days < 40:  # by which day it ends, and that it soon does
        assert ["contract of Acme Shoes with Northwind ends" in one for one in told] == [True, True]
    else:
        assert ["contract of Acme Shoes with Northwind ended" in one for one in told] == [True]


@pytest.mark.covers("F18", "C4")
async def test_of_access_that_ends_soon_one_warning_comes_however_many_were_due_meanwhile(town: World):
    await approved(town)
    await days_without(town, 20)
    await town.slack.uninstall(town.agency)
    await days_without(town, 9.5)
    await returns(town, town.agency)
    warnings = [one for one in cards(town, town.ann) if "It ends" in one.text]
    assert len(warnings) == 1
    assert len([one for one in town.rows(tables.Card) if one.audience == "ENDING"]) == 1


# --- while it is removed ------------------------------------------------------------------------------


@pytest.mark.covers("F18", "R13", "T20")
async def test_who_asks_is_told_that_nobody_can_decide_where_the_app_was_removed_until_it_is_added_again(
    either_store: World,
):
    world = either_store
    world.dana.is_admin = True
    async with Browser(world) as browser:
        await browser.install(world.dana)
        card = await world.send_request()
        (own,) = cards(world, world.ann)
        assert "2 admins of Acme Shoes can decide" in own.text

        await world.slack.uninstall(world.brand)
        await world.settle()
        assert "no admin of Acme Shoes can decide" in own.text
        assert "Tell somebody you know there" in own.text
        await press(world, world.ann, own, "remind")
        assert "Nobody is left to remind" in world.told(world.ann)
        form = await opens(world, world.ann, own, "comment")
        await fills(world, world.ann, form, "text", "Are you there?")
        assert "nobody at Acme Shoes can read it in Slack now" in read(await sends_in(world, world.ann, form))
        other = await types(world, world.ann, "request 500000001 analyze for 5d because Posts")
        assert "has no admin who can" in other

        await browser.install(world.dana)
        await world.settle()
    assert "2 admins of Acme Shoes can decide" in own.text
    await press(world, world.dana, card, "approve")
    assert held(world) == {"ADVERTISE", "ANALYZE"}


@pytest.mark.covers("F18", "T20")
async def test_programs_do_nothing_for_who_has_removed_the_app_until_it_is_added_again(
    either_store: World,
):
    world = either_store
    world.dana.is_admin = True
    token = Served(world=world).token(world.town.dana, make.BRAND)
    await world.send_request()

    async def approves() -> httpx.Response:
        sent = {"access_token": token, "business": make.AGENCY}
        async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
            return await client.post(f"{world.app.url}/v26.0/{make.ACCOUNT}/agencies", data=sent)

    async with Browser(world) as browser:
        await browser.install(world.dana)
        await world.slack.uninstall(world.brand)
        await world.settle()
        refused = await approves()
        assert refused.status_code == 401
        assert "works again once the app is added there again" in refused.json()["error"]["message"]
        assert held(world) == set()
        await browser.install(world.dana)
    assert (await approves()).json()["success"] is True
    assert held(world) == {"ADVERTISE", "ANALYZE"}


async def test_once_it_is_in_the_channel_again_nothing_says_any_more_that_it_cannot_post_there(town: World):
    town.slack.remove_bot(town.brand_room)
    await types(town, town.ann, "request act_1001 advertise,analyze for 30d because Spring")
    (sent_directly,) = cards(town, town.dana)
    asked = sent_directly.text
    assert "Countersign can't post in the approvals channel of Acme Shoes" in asked
    assert "Countersign can't post in" in await types(town, town.dana, "settings")
    town.slack.invite_bot(town.brand_room)
    await types(town, town.ann, "request 500000001 analyze for 5d because Posts")
    assert town.card_in(town.brand_room) is not None
    assert "can't post" not in sent_directly.text
    assert "can't post" not in await types(town, town.dana, "settings")
    await press(town, town.dana, sent_directly, "approve")
    assert held(town) == {"ADVERTISE", "ANALYZE"}
