"""A business registers itself in a workspace to which the app was just added, and is confirmed."""

from __future__ import annotations

import json

from browsing import Browser
from flow_steps import buttons, cards, denials, events, fills, modal, press, read, types
from world import Person, View, World, until

from bot.domain.actors import OPERATOR
from bot.sandbox.slack import Kind
from bot.services import directory, settings
from bot.services.context import act
from bot.store import tables

NEW = "998877665544"


async def filled(world: World, who: Person, *, id_: str = NEW, name: str = "Globex") -> View:
    form = modal(world, who)
    await fills(world, who, form, "name", name)
    await fills(world, who, form, "business_id", id_)
    return form


async def test_from_the_browser_to_the_first_request(either_store: World):
    world = either_store
    workspace = world.slack.add_workspace("Globex", domain="globex", team_id="TGLOBEX")
    workspace.installed = False
    gus = world.slack.add_person(workspace, "gus", user_id="UGUS", is_admin=True)
    room = world.slack.add_channel(workspace, "general", members=[gus], channel_id="CGLOBEX")
    async with Browser(world) as browser:
        page = await browser.install(gus)
    assert "/access setup" in page.text

    async def typed(words: str) -> str:
        before = len(world.slack.ephemerals(gus))
        assert (await world.command(gus, words, room=room)).ok
        await world.settle()
        said = world.slack.ephemerals(gus)[before:]
        return read(said[-1]) if said else ""

    await typed("setup")
    form = await filled(world, gus, id_="99 88x")
    sent = await world.slack.submit(gus, form)
    assert "5 to 20 digits" in form.errors["id"], sent
    await fills(world, gus, form, "business_id", NEW)
    await fills(world, gus, form, "channel", "CGLOBEX")
    await world.slack.submit(gus, form)
    await world.settle()
    said = read(modal(world, gus))
    assert "is registered here, and you are its admin" in said
    assert "isn't verified yet" in said
    (row,) = [one for one in world.rows(tables.BusinessRow) if one.id == NEW]
    assert (row.team_id, row.channel_id, row.verified) == ("TGLOBEX", "CGLOBEX", False)
    assert "not verified" in await typed("request act_1001 advertise for 30d because Spring")

    verify = {"verified": True, "by": OPERATOR, "now": world.clock.now()}
    assert world.database.submit(act, directory.verify_business, NEW, **verify).result(10)
    await world.settle()
    said = [read(one) for one in world.slack.messages(room)]
    assert any(one.startswith("Globex is verified now: it can ask ") for one in said), said
    await typed("request act_1001 advertise for 30d because Spring")
    card = world.card_in(world.brand_room)
    assert card is not None
    assert "Globex" in read(card)


async def test_only_who_manages_the_workspace_is_let_in_and_looked_at_again_when_it_is_sent(town: World):
    said = await types(town, town.vera, "setup")
    assert "Only an admin or owner of this Slack workspace" in said
    town.vera.is_admin = True
    await types(town, town.vera, "setup")
    form = await filled(town, town.vera)
    town.vera.is_admin = False
    await town.slack.submit(town.vera, form)
    await town.settle()
    assert "Only an admin or owner" in " ".join(form.errors.values())
    assert denials(town) == ["not_workspace_admin"] * 2
    assert NEW not in [one.id for one in town.rows(tables.BusinessRow)]


async def test_what_slack_does_not_say_is_no_yes_and_nothing_that_was_typed_is_lost(town: World):
    town.vera.is_admin = True
    await town.settle()  # nobody else is being looked up then
    town.slack.faults.http_error("users.info")
    assert "Slack didn't tell me who that is" in await types(town, town.vera, "setup")
    await types(town, town.vera, "setup")
    form = await filled(town, town.vera)
    await town.settle()
    town.slack.faults.http_error("users.info")
    await town.slack.submit(town.vera, form)
    assert "Slack didn't tell me" in " ".join(form.errors.values())
    payload = town.slack.payload_submit(town.vera, form)
    for values in ({}, {"who_may_ask": {"who_may_ask": {"selected_option": {"value": "everyone"}}}}):
        odd = json.loads(json.dumps(payload))
        odd["view"]["state"]["values"] = odd["view"]["state"]["values"] | values if values else {}
        answer = await town.slack.send_payload(Kind.INTERACTIVE, odd)
        assert answer.body["response_action"] == "errors"
    assert NEW not in [one.id for one in town.rows(tables.BusinessRow)]
    await town.slack.submit(town.vera, form)
    sent = town.slack.deliveries[-1]
    await town.slack.redeliver(sent)
    await town.settle()
    assert len(events(town, "business.added")) == 1


async def test_who_moves_to_another_account_has_their_open_request_there_and_nothing_at_the_old_one(
    town: World,
):
    card = await town.send_request()
    new = town.slack.add_person(town.agency, "ann2", user_id="UANN2", real_name="Ann")
    town.agency_room.members.add(new.id)
    where = {"team_id": town.agency.id, "user_id": "UANN", "to_user": "UANN2"}
    how = {"by": OPERATOR, "now": town.clock.now()}
    closing = town.slack.faults.hang("chat.update", team_id=town.agency.id)
    assert town.database.submit(act, settings.move_person, **where, **how).result(10) == "Ann"
    await closing.reached()
    # Where Slack says it later than the old copy is closed, another admin gets the request meanwhile.
    await until(
        lambda: next(one for one in town.rows(tables.Person) if one.user_id == "UANN2").guest is False
    )
    closing.release()
    await town.app.ticks.sweep()
    await town.settle()
    assert not any(buttons(one) for one in cards(town, town.ann))
    # Their buttons come once Slack has said who they are.
    await town.slack.until(
        lambda: "cancel" in {one for message in cards(town, new) for one in buttons(message)}
    )
    await press(town, town.dana, card, "approve")
    assert "approved" in read(cards(town, new)[-1]).casefold()
