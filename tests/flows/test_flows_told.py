"""Who is told: the people and places that a business has now, once for one act."""

from __future__ import annotations

from datetime import timedelta

import make
import pytest
import statements
from flow_steps import (
    approved,
    buttons,
    cards,
    ends,
    fills,
    menu_choice,
    modal,
    notices,
    opens,
    press,
    read,
    request,
    sends,
    sends_in,
    thread,
    types,
)
from sqlalchemy import bindparam, delete, update
from world import Way, World, running

from bot.clock import PushedClock
from bot.domain.actors import OPERATOR, Role
from bot.domain.assets import Kind
from bot.domain.messages import Audience
from bot.sandbox.slack import Message, Person
from bot.services import cards as posted
from bot.services import partnerships, requests, reviews, settings
from bot.services.context import act
from bot.services.directory_file import import_directory, read_file
from bot.store import tables
from bot.store.tx import Tx

LONG_AGO = update(tables.table_of(tables.Grant)).values(starts_at=bindparam("at"))
"""Has all access begun long ago, so that a review asks about it."""


async def removed(world: World, who: Person, *, of: str, by: Person) -> None:
    """Have an admin take somebody out of a business."""
    town = world.town
    person, admin = getattr(town, who.name), getattr(town, by.name)
    make.write(
        world.database, act, settings.remove_member, of, person.id, by=admin.by(), now=world.clock.now()
    )
    await world.settle()


async def test_between_two_businesses_of_one_admin_each_is_told_once_and_nobody_for_ever(town: World) -> None:
    kids = make.business(town.database, "10000000002", name="Acme Kids", team=make.BRAND_TEAM)
    make.member(town.database, town.town.dana.id, of=kids)
    for employee in (town.town.emil, town.town.dov):
        make.member(town.database, employee.id, of=kids, role=Role.EMPLOYEE)
    await types(town, town.dov, "share act_1001 with 10000000002 reporting only for 30d because Kids")
    await sends(town, town.dov, modal(town, town.dov))

    (sent,) = town.rows(tables.Request)
    told = [row for row in town.rows(tables.Card) if row.audience == Audience.APPROVERS]
    assert sent.deciding_id == kids
    assert sorted(row.user_id for row in told) == [town.dana.id, town.dov.id, town.emil.id]
    assert {row.state for row in told} == {"POSTED"}


# --- where nobody can be told -----------------------------------------------------------------------


def leaves(world: World, business: str, *people: str) -> None:
    """Have a business with nobody in Slack: no channel, and all its people gone."""
    person, row = (tables.table_of(one) for one in (tables.Person, tables.BusinessRow))
    gone = update(person).where(person.c.id.in_([getattr(world.town, one).id for one in people]))
    channel = update(row).where(row.c.id == bindparam("business"))
    make.write(world.database, lambda tx: tx.run(gone.values(deactivated=True)))
    make.write(world.database, lambda tx: tx.run(channel.values(channel_id=None), business=business))


async def test_who_acts_reads_that_nobody_of_the_other_side_can_be_told(town: World) -> None:
    card = await approved(town)
    again = await town.send_request("request 600000001 analyze for 30d because Spring")
    leaves(town, make.AGENCY, "ann", "abe", "eva")

    await press(town, town.dana, again, "approve")
    assert "Nobody at Northwind can be told in Slack" in town.told(town.dana)
    form = await opens(town, town.dana, card, "more", selected=menu_choice(card, "comment"))
    await town.slack.set_value(town.dana, form, "text", "Are you there?")
    assert "nobody at Northwind can read it" in read(await sends_in(town, town.dana, form))
    said = await ends(town, town.dana, "revoke act_1001 from Northwind")
    assert "Nobody at Northwind can be told in Slack: please let them know." in said
    assert "notified" not in said


async def test_a_message_to_the_admins_of_an_ad_account_says_that_there_is_none(town: World) -> None:
    make.unowned(town.database, "act_7001", town.town.emil)
    await types(town, town.ann, "claim act_7001 because we run it")
    await sends(town, town.ann, modal(town, town.ann))
    leaves(town, make.BRAND, "emil")
    (own,) = cards(town, town.ann)

    form = await opens(town, town.ann, own, "comment")
    await town.slack.set_value(town.ann, form, "text", "Please confirm")

    assert "nobody at Spring Ads can read it" in read(await sends_in(town, town.ann, form))


# --- who may read is looked up when a message is sent -----------------------------------------------


@pytest.mark.case("4.1")
async def test_who_drafted_and_was_removed_gets_nothing_of_what_is_sent(town: World) -> None:
    await types(town, town.eva, "request act_1001 advertise,analyze for 30d because Secret merger")
    (drafted,) = cards(town, town.eva)
    await removed(town, town.eva, of=make.AGENCY, by=town.ann)
    before = len(town.dms(town.eva))

    card = town.card_in(town.agency_room)
    assert card is not None
    await press(town, town.ann, card, "send")
    asked = town.card_in(town.brand_room)
    assert asked is not None
    await press(town, town.dana, asked, "approve")

    assert request(town).state == "APPROVED"
    assert len(town.dms(town.eva)) == before
    assert "Secret" not in read(drafted), "and what she had is closed"
    assert buttons(drafted) == set()


@pytest.mark.case("4.1")
async def test_a_guest_is_not_sent_what_details_would_refuse(sqlite_url: str, clock: PushedClock) -> None:
    async with running(sqlite_url, way=Way.SOCKET, clock=clock, brand={"channel_id": None}) as world:
        for who in (world.dana, world.dov, world.emil):
            await world.slack.change_person(who, is_restricted=True)
        await world.settle()
        await types(world, world.ann, "request act_1001 advertise,analyze for 30d because Confidential")
        assert [world.dms(who) for who in (world.dana, world.dov, world.emil)] == [[], [], []]
        (own,) = cards(world, world.ann)
        assert "Nobody at Acme Shoes can decide this now" in read(own)


@pytest.mark.case("4.1")
async def test_an_open_request_of_who_may_read_it_no_longer_goes_to_another_admin(town: World) -> None:
    await town.send_request()
    (own,) = cards(town, town.ann)
    await removed(town, town.ann, of=make.AGENCY, by=town.abe)

    assert "Spring" not in read(own)
    assert buttons(own) == set()
    (instead,) = cards(town, town.abe)
    assert "Spring" in read(instead)


# --- notices go to the business as it is now --------------------------------------------------------


@pytest.mark.case("4.4")
@pytest.mark.parametrize("how", ["revoked", "its end", "undone"])
async def test_the_holder_hears_of_an_end_though_the_requester_was_removed(town: World, how: str) -> None:
    card = await approved(town, "request act_1001 advertise,analyze for 1d because Spring")
    await removed(town, town.ann, of=make.AGENCY, by=town.abe)
    heard = len(town.dms(town.abe))
    if how == "revoked":
        await ends(town, town.dana, "revoke act_1001 because breach")
    elif how == "undone":
        await press(town, town.dana, card, "undo")
    else:
        await town.pass_time(timedelta(days=1, minutes=5))

    (told,) = town.dms(town.abe)[heard:]
    assert "Acme Main" in read(told)
    assert len(town.dms(town.eva)) == 0


@pytest.mark.case("4.4")
async def test_the_owner_hears_of_what_is_given_back_though_the_channel_is_gone(town: World) -> None:
    await approved(town)
    await town.slack.archive(town.brand_room)

    await ends(town, town.ann, "revoke act_1001 because we are done")

    for who in (town.dana, town.dov):
        assert any("gave back access to Acme Main" in one for one in notices(town, who))
    assert cards(town, town.dana) == [], "there is nothing left to decide"


@pytest.mark.case("4.4")
@pytest.mark.parametrize("how", ["revoke", "undo"])
async def test_the_author_of_a_draft_hears_of_every_end(town: World, how: str) -> None:
    await types(town, town.eva, "request act_1001 advertise,analyze for 30d because Spring")
    draft = town.card_in(town.agency_room)
    assert draft is not None
    await press(town, town.ann, draft, "send")
    card = town.card_in(town.brand_room)
    assert card is not None
    await press(town, town.dana, card, "approve")
    heard = [(who, len(notices(town, who))) for who in (town.ann, town.eva)]
    if how == "undo":
        await press(town, town.dana, card, "undo")
    else:
        await ends(town, town.dana, "revoke act_1001 because breach")

    assert [len(notices(town, who)) - before for who, before in heard] == [1, 1]
    assert len(thread(town, card)) == 1


# --- a business that moves -------------------------------------------------------------------------


def imports(world: World, text: str) -> None:
    make.write(world.database, act, import_directory, read_file(text), now=world.clock.now())


async def test_a_deactivated_business_is_said_to_be_so_to_both_sides_and_on_cards_that_wait(
    town: World,
) -> None:
    card = await town.send_request()
    for status, to_itself, to_partner in (
        ("DEACTIVATED", "Acme Shoes, your business, is deactivated", "Acme Shoes is deactivated"),
        ("ACTIVE", "Acme Shoes, your business, is active again", "1 request between you can be decided"),
    ):
        imports(town, f"businesses: [{{id: '{make.BRAND}', name: Acme Shoes, status: {status}}}]")
        await town.settle()
        for room, said in ((town.brand_room, to_itself), (town.agency_room, to_partner)):
            assert [said in one.text for one in town.slack.messages(room)].count(True) == 1
        (own,) = cards(town, town.ann)
        waits = "so nobody can decide on this until it is active again"
        assert {waits in read(card), waits in read(own)} == {status == "DEACTIVATED"}
        assert ("2 admins of Acme Shoes can decide" in read(own)) is (status == "ACTIVE")
        assert {"approve", "decline", "adjust"} & buttons(card) == (
            {"approve", "decline", "adjust"} if status == "ACTIVE" else set()
        )
        assert ("remind" in buttons(own)) is (status == "ACTIVE")
        said = await types(town, town.dana, "pending")
        assert ("Waiting for your decision" in said) is (status == "ACTIVE")
        assert ("Acme Shoes is deactivated, so nobody can decide" in said) is (status == "DEACTIVATED")
        alone = await types(town, town.dana)
        assert ("it can neither ask, decide nor create" in alone) is (status == "DEACTIVATED")


async def test_a_deactivated_business_reads_that_its_partners_were_told_where_it_has_any(town: World) -> None:
    deactivated = f"businesses: [{{id: '{make.BRAND}', name: Acme Shoes, status: DEACTIVATED}}]"
    imports(town, deactivated)
    await town.settle()
    imports(town, deactivated.replace("DEACTIVATED", "ACTIVE"))
    await town.send_request()
    imports(town, deactivated)
    await town.settle()
    said = [one.text for one in town.slack.messages(town.brand_room)]
    told = [one for one in said if "your business, is deactivated" in one]
    assert ["Your partners have been told" in one for one in told] == [False, True]


async def test_what_a_deactivated_business_asks_can_be_declined_and_not_approved(town: World) -> None:
    card, asked_at = await town.send_request(), town.clock.now()
    imports(town, f"businesses: [{{id: '{make.AGENCY}', name: Northwind, status: DEACTIVATED}}]")
    digests: list[Message] = []
    while not digests:  # it comes in working hours
        assert town.clock.now() < asked_at + timedelta(days=7)
        await town.pass_time(timedelta(hours=4))
        digests = [one for one in town.dms(town.dana) if "waits for you" in one.text]

    (digest,) = digests
    assert (await town.slack.open_home(town.dana)).ok
    await town.settle()
    home = town.slack.home(town.dana)
    assert home is not None
    for shown in (card, digest, home):
        assert "decline" in buttons(shown)
        assert not {"approve", "adjust"} & buttons(shown)
    await press(town, town.dana, digest, "details")
    assert "approve" not in buttons(modal(town, town.dana))


async def writes(world: World, who: Person, card: Message, text: str) -> None:
    """Write to the other side from a card."""
    form = await opens(world, who, card, "comment")
    await fills(world, who, form, "text", text)
    await sends(world, who, form)


@pytest.mark.case("4.2")
@pytest.mark.parametrize("how", ["settings", "import"])
async def test_a_business_that_changes_its_channel_is_asked_and_told_in_the_new_one(
    town: World, how: str
) -> None:
    card = await town.send_request()
    there = [town.dana, town.dov]
    room = town.slack.add_channel(town.brand, "secret-approvals", members=there, channel_id="CNEW")
    if how == "import":
        imports(
            town,
            f"""
businesses:
  - {{id: "{make.BRAND}", name: Acme Shoes, channel: CNEW}}
""",
        )
    else:
        await types(town, town.dana, "settings")
        form = await opens(town, town.dana, town.slack.ephemerals(town.dana)[-1], "settings")
        await fills(town, town.dana, form, "channel", "CNEW")
        await sends(town, town.dana, form)
    await town.settle()

    moved = town.card_in(room)
    assert moved is not None
    assert {"approve", "decline"} <= buttons(moved)
    assert (buttons(card), "Spring" in read(card)) == (set(), False)
    (own,) = cards(town, town.ann)
    await writes(town, town.ann, own, "Confidential: budget is 2M")
    assert thread(town, card) == []
    assert "Confidential" in thread(town, moved)[0]
    await press(town, town.dana, moved, "approve")
    await ends(town, town.ann, "revoke act_1001 because we are done")
    assert len(thread(town, moved)) == 2


@pytest.mark.case("4.2")
async def test_what_else_waits_for_its_admins_comes_to_the_new_channel_and_is_closed_in_the_old(
    town: World,
) -> None:
    await press(town, town.dana, await town.send_request(), "approve")
    make.reviewed(town.database, now=town.clock.now(), by=town.town.dana)
    found = make.found(town.database, now=town.clock.now())

    def post_finding(tx: Tx) -> None:
        act(tx, posted.post_where_told, found, Audience.SUBMITTERS, now=town.clock.now())

    make.write(town.database, post_finding)
    await types(town, town.emil, "create pixel Acme Leads")
    waits = ("Access review of Acme Shoes", "isn't recorded here", "Emil prepared")
    old = [one for one in town.slack.messages(town.brand_room) if any(words in one.text for words in waits)]
    assert len(old) == 3
    room = town.slack.add_channel(
        town.brand, "secret-approvals", members=[town.dana, town.dov], channel_id="CNEW"
    )
    await types(town, town.dana, "settings")
    form = await opens(town, town.dana, town.slack.ephemerals(town.dana)[-1], "settings")
    await fills(town, town.dana, form, "channel", "CNEW")
    await sends(town, town.dana, form)
    await town.settle()

    new = town.slack.messages(room)
    assert all(any(words in one.text and buttons(one) for one in new) for words in waits)
    assert not any(buttons(one) for one in old)
    assert all("kept up to date elsewhere" in one.text for one in old)


@pytest.mark.case("4.2")
async def test_a_business_that_moves_to_another_workspace_is_asked_there(town: World) -> None:
    card = await town.send_request()
    third = town.slack.add_workspace("New home", domain="newhome", team_id="TNEW")
    nina = town.slack.add_person(third, "nina", user_id="UNINA")
    room = town.slack.add_channel(third, "new-approvals", members=[nina], channel_id="CNEWHOME")
    town.people["nina"] = nina
    await town.app.slack.install(third.bot_token)
    imports(
        town,
        f"""
businesses:
  - id: "{make.BRAND}"
    name: Acme Shoes
    workspace: TNEW
    channel: CNEWHOME
    members:
      - {{slack: {{team: TNEW, user: UNINA}}, name: Nina, role: ADMIN}}
""",
    )
    await town.settle()

    moved = town.card_in(room)
    assert moved is not None
    assert (buttons(card), "Spring" in read(card)) == (set(), False)
    (own,) = cards(town, town.ann)
    await writes(town, town.ann, own, "Confidential: budget is 2M")
    assert thread(town, card) == []
    assert "Confidential" in thread(town, moved)[0]


# --- a channel that cannot be posted to --------------------------------------------------------------


@pytest.mark.case("4.5")
@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("not in it", "is not in that channel"),
        ("archived", "is archived"),
        ("shared", "is shared with another organisation"),
    ],
)
async def test_a_channel_that_cannot_be_posted_to_or_has_outsiders_is_said_where_it_is_chosen(
    town: World, how: str, said: str
) -> None:
    room = town.slack.add_channel(town.brand, "other", members=[town.dana], channel_id="COTHER")
    if how == "archived":
        await town.slack.archive(room)
    elif how == "shared":
        room.shared_with.add(town.agency.id)
    else:
        town.slack.remove_bot(room)
    await types(town, town.dana, "settings")
    form = await opens(town, town.dana, town.slack.ephemerals(town.dana)[-1], "settings")
    await fills(town, town.dana, form, "channel", "COTHER")
    sent = await town.slack.submit(town.dana, form)

    assert not sent.ok or form.errors
    assert [said in one for one in form.errors.values()] == [True]
    (brand,) = [row for row in town.rows(tables.BusinessRow) if row.id == make.BRAND]
    assert brand.channel_id == "CBRAND"


@pytest.mark.case("4.5")
async def test_a_channel_that_is_lost_is_said_in_settings_and_on_the_cards_that_go_out_instead(
    town: World,
) -> None:
    town.slack.remove_bot(town.brand_room)
    await types(town, town.ann, "request act_1001 advertise,analyze for 30d because Spring")

    for who in (town.dana, town.dov):
        (card,) = cards(town, who)
        assert "can't post in the approvals channel" in read(card)
    (own,) = cards(town, town.ann)
    assert "may not have seen this" not in read(own), "the admins have it"
    assert "can't post in <#" in await types(town, town.dana, "settings")


# --- one message for one act ------------------------------------------------------------------------


@pytest.mark.case("5.1")
@pytest.mark.covers("C6")
async def test_much_that_ends_at_once_is_one_message_to_each(town: World) -> None:
    make.gives(town.database, 60, to=make.AGENCY, by=town.town.ann, now=town.clock.now())
    await town.settle(seconds=60)
    heard, room = len(town.dms(town.ann)), len(town.slack.messages(town.brand_room))

    await ends(town, town.dana, f"revoke from {make.AGENCY} because contract over")

    (told,) = town.dms(town.ann)[heard:]
    (said,) = town.slack.messages(town.brand_room)[room:]
    for one in (told, said):
        assert "60 assets" in read(one)
        assert "50 more" in read(one)
        assert "contract over" in read(one)


@pytest.mark.case("5.1")
async def test_a_card_that_cannot_be_changed_is_replaced_once_and_not_with_every_change(town: World) -> None:
    card = await town.send_request()
    town.slack.faults.refuse("chat.update", "edit_window_closed", channel_id=town.brand_room.id, times=99)
    for words in ("One", "Two", "Three"):
        make.write(
            town.database,
            act,
            requests.comment,
            request(town).id,
            words,
            by=town.town.ann.by(),
            now=town.clock.now(),
        )
        await town.settle()
    cards_there = [one for one in town.slack.messages(town.brand_room) if one.thread_ts in (None, one.ts)]
    assert len(cards_there) == 2
    assert "One" in read(cards_there[1])
    assert len(thread(town, card)) + len(thread(town, cards_there[1])) == 3


# --- direct messages --------------------------------------------------------------------------------


@pytest.mark.case("5.3")
async def test_the_direct_messages_of_a_person_are_opened_once(town: World) -> None:
    await town.send_request()
    await town.send_request("request 500000001 analyze for 30d because Posts")
    await town.send_request("request 600000001 analyze for 30d because Pixel")
    opened = [call for call in town.slack.calls_of("conversations.open") if call.team_id == make.AGENCY_TEAM]
    assert len(opened) == 1
    assert len(cards(town, town.ann)) == 3


@pytest.mark.case("5.3")
async def test_the_direct_messages_of_a_person_are_known_after_a_restart(either_store: World) -> None:
    world = either_store
    await world.send_request()
    opened = len(world.slack.calls_of("conversations.open"))
    await world.stop()
    await world.start()
    await world.send_request("request 500000001 analyze for 30d because Posts")
    assert len(cards(world, world.ann)) == 2
    assert len(world.slack.calls_of("conversations.open")) == opened
    (own, _) = cards(world, world.ann)
    await world.stop()
    await world.start()
    world.slack.faults.refuse("chat.postMessage", "channel_not_found", channel_id=own.channel_id, times=1)
    await world.send_request("request 600000001 analyze for 30d because Pixel")
    assert len(cards(world, world.ann)) == 3, "and opened again where Slack knows them no more"


@pytest.mark.case("5.3")
async def test_direct_messages_that_slack_knows_no_more_are_opened_again(town: World) -> None:
    await town.send_request()
    (own,) = cards(town, town.ann)
    town.slack.faults.refuse("chat.postMessage", "channel_not_found", channel_id=own.channel_id, times=1)
    await town.send_request("request 500000001 analyze for 30d because Posts")
    assert len(cards(town, town.ann)) == 2
    assert town.dms(town.abe) == []


async def test_who_is_told_for_several_businesses_reads_for_which_each_message_is(town: World) -> None:
    south = make.business(town.database, "998877", name="Southwind", team=make.AGENCY_TEAM)
    make.member(town.database, town.town.ann.id, of=south)
    nowhere = {"channel_id": None}
    change = statements.change(tables.BusinessRow, {"id": make.AGENCY}, nowhere)
    values = statements.given({"id": make.AGENCY}, nowhere)
    make.write(town.database, lambda tx: tx.run(change, **values))
    now, dana = town.clock.now(), town.town.dana.by()
    for number, own in enumerate((make.AGENCY, south)):
        make.gives(town.database, 1, to=own, by=town.town.ann, now=now, first=10 * number)
    await town.settle()
    before = len(town.dms(town.ann))

    make.write(town.database, lambda tx: tx.run(LONG_AGO, at=now - timedelta(days=60)))
    make.write(town.database, act, reviews.open_review, make.BRAND, by=dana, now=now)
    await town.settle()
    asked = [read(one) for one in town.dms(town.ann)[before:]]
    for own in (make.AGENCY, south):
        contract = {"ends_at": now + timedelta(days=20, hours=1), "days": 5}
        make.write(
            town.database, act, partnerships.set_contract, make.BRAND, own, **contract, by=dana, now=now
        )
    for status in ("RESTRICTED", "ACTIVE"):
        imports(town, f"businesses: [{{id: '{make.BRAND}', name: Acme Shoes, status: {status}}}]")
        await town.settle()
    for _ in range(28):
        await town.pass_time(timedelta(days=1))

    said = [*asked, *(read(one) for one in town.dms(town.ann)[before:])]
    for own, other in (("Northwind", "Southwind"), ("Southwind", "Northwind")):
        for words in (
            f"looks through what it has given {own}.",
            f"has looked through what it gave {own}.",
            f"it can neither ask {own} for anything",
            f"it can ask {own}, and decide",
            f"The contract of {own} with Acme Shoes ends",
            f"The contract of {own} with Acme Shoes ended",
            f"Its contract with {own} ended",
        ):
            about = [one for one in said if words in one]
            assert about, words
            assert not [one for one in about if other in one]


async def test_who_is_on_both_sides_of_a_request_can_use_what_its_card_offers(town: World) -> None:
    room = town.slack.add_channel(town.agency, "south", members=[town.ann, town.eva])
    south = make.business(
        town.database, "998877", name="Southwind", team=make.AGENCY_TEAM, channel_id=room.id
    )
    make.asset(town.database, "act_77", kind=Kind.AD_ACCOUNT, name="South Main", owner=south)
    for who in (town.town.ann, town.town.eva):  # an employee of the agency, and an admin of the other
        make.member(town.database, who.id, of=south)
    town.slack.app.events |= {"message.channels", "message.groups"}
    await types(town, town.abe, f"request act_77 reporting only for 30d from {south} because Compare")
    card = town.card_in(room)
    assert card is not None

    for who in (town.ann, town.eva):
        form = await opens(town, who, card, "more", selected=menu_choice(card, "counter"))
        assert "For which of your businesses?\nSouthwind (998877)" in read(form)
        await town.slack.close(who, form)
    for who, hints in ((town.ann, 0), (town.eva, 1)):
        before = len(town.slack.ephemerals(who))
        await town.slack.say(who, room, "What is it for?", thread_ts=card.ts)
        await town.settle()
        told = [read(one) for one in town.slack.ephemerals(who)[before:]]
        assert len(told) == hints, "Ann's words would go to those who have read them"
        assert all("Reply sends it to Northwind" in one for one in told)

    form = await opens(town, town.eva, card, "more", selected=menu_choice(card, "comment"))
    assert "Northwind reads this with your name" in read(form)
    await fills(town, town.eva, form, "text", "Which campaign?")
    await sends(town, town.eva, form)
    (written,) = town.rows(tables.Comment)
    assert written.business_id == south


async def test_that_an_owner_can_extend_nothing_now_is_said_before_a_reason_is_typed(town: World) -> None:
    await approved(town)
    imports(town, f"businesses: [{{id: '{make.BRAND}', name: Acme Shoes, status: RESTRICTED}}]")
    await town.settle()
    said = await types(town, town.ann, "extend act_1001 for 30d because More")
    assert "restricted at the moment" in said
    assert "“/access extend act_1001 for 30d because More”" in said, "to be typed once more later"
    assert town.slack.top_view(town.ann) is None

    imports(town, f"businesses: [{{id: '{make.BRAND}', name: Acme Shoes, status: ACTIVE}}]")
    await types(town, town.ann, "extend act_1001 for 30d because More")
    await sends(town, town.ann, modal(town, town.ann))
    ref = next(one.ref for one in town.rows(tables.Request) if one.extends_id)
    assert ref in await types(town, town.ann, "extend act_1001 for 60d because Even more"), (
        "it is open already"
    )
    await types(town, town.ann, f"cancel {ref}")
    assert "Only admins of your business can do that" in await types(town, town.eva, f"again {ref}")


async def test_in_a_channel_that_both_sides_have_nobody_is_said_not_to_read_replies(town: World) -> None:
    south = make.business(
        town.database, "998877", name="Southwind", team=make.AGENCY_TEAM, channel_id=town.agency_room.id
    )
    make.asset(town.database, "act_77", kind=Kind.AD_ACCOUNT, name="South Main", owner=south)
    make.member(town.database, town.town.eva.id, of=south)
    town.slack.app.events |= {"message.channels", "message.groups"}
    await types(town, town.abe, f"request act_77 reporting only for 30d from {south} because Compare")
    card = town.card_in(town.agency_room)
    assert card is not None
    assert "can't see replies here" not in read(card)
    (own,) = cards(town, town.abe)
    assert "Southwind can't see replies here" in read(own), "in his direct messages"

    form = await opens(town, town.eva, card, "more", selected=menu_choice(card, "comment"))
    await fills(town, town.eva, form, "text", "Which campaign?")
    await sends(town, town.eva, form)
    (said,) = thread(town, card)
    assert "Which campaign?" in said
    assert "in this thread don't reach" not in said
    (told,) = thread(town, own)
    assert "Replies in this thread don't reach Southwind: " in told
    before = len(town.slack.ephemerals(town.eva))
    await town.slack.say(town.eva, town.agency_room, "Anyone?", thread_ts=card.ts)
    await town.settle()
    assert len(town.slack.ephemerals(town.eva)) == before


@pytest.mark.covers("R13")
async def test_what_an_only_admin_asked_is_shown_to_them_again_where_nobody_could_have_it_for_a_while(
    town: World,
) -> None:
    """Their account is deactivated first, and they have another one then, as with a change of the domain."""
    gone = delete(tables.Membership.__table__).where(
        tables.Membership.person_id.in_([town.town.abe.id, town.town.eva.id])
    )
    make.write(town.database, lambda tx: tx.run(gone))
    await town.send_request()
    (before,) = cards(town, town.ann)
    await town.slack.deactivate(town.ann)
    await town.settle()
    assert "Closed here" in read(before)
    new = town.slack.add_person(town.agency, "ann two", user_id="UANN2", tz="Europe/Berlin")
    moved = {"team_id": make.AGENCY_TEAM, "user_id": town.ann.id, "to_user": new.id}
    await town.database.write(act, settings.move_person, **moved, by=OPERATOR, now=town.clock.now())
    await town.settle()
    (again,) = cards(town, new)
    assert {"remind", "cancel"} <= buttons(again)
    await press(town, town.dana, town.card_in(town.brand_room), "approve")
    assert "Approved by Dana" in read(again)
