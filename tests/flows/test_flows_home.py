"""The app's home: what waits, and deciding it there; and the settings that admins change from it."""

from __future__ import annotations

from datetime import timedelta

import make
import pytest
from flow_steps import (
    approved,
    blocks_of,
    buttons,
    cards,
    denials,
    events,
    fills,
    held,
    modal,
    press,
    read,
    sends,
    sends_in,
    stranger_business,
    types,
)
from world import World

from bot.domain.actors import Role
from bot.domain.assets import Kind as AssetKind
from bot.sandbox.slack import Kind, Person, View
from bot.services.home import ROWS
from bot.store import tables

MINUTE = timedelta(minutes=1)


async def comes_home(world: World, who: Person) -> View:
    """Open the home, and return what stands there."""
    opened = await world.slack.open_home(who)
    assert opened.ok, opened
    await world.settle()
    home = world.slack.home(who)
    assert home is not None
    return home


def home_of(world: World, who: Person) -> View:
    """What stands in somebody's home now."""
    home = world.slack.home(who)
    assert home is not None
    return home


async def test_the_home_shows_what_waits_and_it_is_decided_there(world: World) -> None:
    await world.send_request()
    requested = await comes_home(world, world.ann)
    home = await comes_home(world, world.dana)
    (row,) = world.rows(tables.Request)
    assert row.ref in read(home)
    assert row.ref in read(requested)

    await press(world, world.dana, home, "approve")

    assert held(world) == {"ADVERTISE", "ANALYZE"}
    assert "Approved:" in read(modal(world, world.dana)), (
        "a home has no place for a private answer but a window"
    )
    assert "approve" not in buttons(home_of(world, world.dana))
    assert "Acme Main" in read(home_of(world, world.ann)), "the other side's home changed by itself"


async def test_a_form_opens_from_the_home(world: World) -> None:
    await world.send_request()
    home = await comes_home(world, world.dana)

    await press(world, world.dana, home, "decline")
    form = modal(world, world.dana)
    await fills(world, world.dana, form, "note", "Not this spring")
    await sends(world, world.dana, form)

    assert world.rows(tables.Request)[0].state == "DECLINED"


async def test_a_member_who_may_not_decide_finds_nothing_to_decide_at_home(town: World) -> None:
    await town.send_request()
    await comes_home(town, town.dana)
    late = town.slack.payload_click(town.dana, home_of(town, town.dana), "approve")
    assert "approve" not in buttons(await comes_home(town, town.emil))
    assert "approve" not in buttons(await comes_home(town, town.vera))

    late["user"] = {**late["user"], "id": town.emil.id}
    assert (await town.slack.send_payload(Kind.INTERACTIVE, late)).ok
    await town.settle()

    assert town.rows(tables.Request)[0].state == "PENDING"


async def test_a_late_press_at_home_is_told_who_decided(town: World) -> None:
    card = await town.send_request()
    home = await comes_home(town, town.dov)
    late = town.slack.payload_click(town.dov, home, "approve")
    await press(town, town.dana, card, "approve")

    assert (await town.slack.send_payload(Kind.INTERACTIVE, late)).ok
    await town.settle()

    assert "Dana" in read(modal(town, town.dov))


async def test_the_home_turns_page_by_page(town: World) -> None:
    for number in range(ROWS + 2):
        make.asset(
            town.database,
            f"act_{2000 + number}",
            kind=make.Kind.AD_ACCOUNT,
            name=f"Shop {number}",
            owner=make.BRAND,
        )
        await town.send_request(f"request act_{2000 + number} analyze for 30d because Number {number}")
    refs = {row.ref for row in town.rows(tables.Request)}
    home = await comes_home(town, town.dana)
    first = {ref for ref in refs if ref in read(home)}
    assert len(first) == ROWS

    await press(town, town.dana, home, "home_more")

    second = {ref for ref in refs if ref in read(home_of(town, town.dana))}
    assert first | second == refs
    await press(town, town.dana, home_of(town, town.dana), "home_back")
    assert {ref for ref in refs if ref in read(home_of(town, town.dana))} == first


async def test_what_colleagues_decided_is_shown_to_an_admin_who_comes_back(town: World) -> None:
    await comes_home(town, town.dov)
    await town.pass_time(timedelta(hours=1))
    await approved(town)

    home = await comes_home(town, town.dov)

    assert "Dana" in read(home)
    assert town.rows(tables.Request)[0].ref in read(home)


async def test_many_changes_are_one_publishing(town: World) -> None:
    await comes_home(town, town.dana)
    gate = town.slack.faults.hang("views.publish", after=True)
    await town.slack.open_home(town.dana)
    await gate.reached()
    before = len(town.slack.calls_of("views.publish"))
    for _ in range(4):
        await town.slack.open_home(town.dana)

    gate.release()
    await town.settle()

    assert len(town.slack.calls_of("views.publish")) == before + 1


async def test_the_messages_tab_is_not_the_home(town: World) -> None:
    town.slack.open_dm(town.brand, town.dana)
    event = town.slack.payload_event(
        town.brand, {"type": "app_home_opened", "user": town.dana.id, "tab": "messages", "channel": "D1"}
    )

    assert (await town.slack.send_payload(Kind.EVENT, event)).ok
    await town.settle()

    assert town.slack.home(town.dana) is None


# --- settings -------------------------------------------------------------------------------------------


async def opens_settings(world: World, who: Person, action: str = "settings") -> View:
    await types(world, who, "settings")
    await press(world, who, world.slack.ephemerals(who)[-1], action)
    return modal(world, who)


async def test_an_admin_changes_the_policy_and_the_next_request_needs_two(world: World) -> None:
    home = await comes_home(world, world.dana)
    await press(world, world.dana, home, "settings")
    form = modal(world, world.dana)
    await fills(world, world.dana, form, "quorum", "2")
    await fills(world, world.dana, form, "undo_for", "0")
    await sends(world, world.dana, form)

    (brand,) = [row for row in world.rows(tables.BusinessRow) if row.id == make.BRAND]
    assert (brand.quorum, brand.undo_minutes, brand.policy_version) == (2, 0, 2)
    await world.send_request()
    assert world.rows(tables.Request)[0].required_approvals == 2
    assert len(events(world, "business.policy")) == 1


async def test_what_is_wrong_with_a_setting_is_said_at_its_field(town: World) -> None:
    form = await opens_settings(town, town.dana)
    await fills(town, town.dana, form, "hours", "whenever")

    sent = await town.slack.submit(town.dana, form)

    assert sent.error == "invalid", sent
    assert list(form.errors) == [next(one for one in blocks_of(form) if one.startswith("hours"))]
    assert not events(town, "business.policy")


async def test_two_admins_who_change_settings_at_once_do_not_overwrite_each_other(town: World) -> None:
    first = await opens_settings(town, town.dana)
    second = await opens_settings(town, town.dov)
    await fills(town, town.dana, first, "quorum", "2")
    await sends(town, town.dana, first)
    await fills(town, town.dov, second, "quorum", "3")

    sent = await town.slack.submit(town.dov, second)

    assert sent.error == "invalid", sent
    (brand,) = [row for row in town.rows(tables.BusinessRow) if row.id == make.BRAND]
    assert brand.quorum == 2


@pytest.mark.case("1.5")
async def test_a_second_admin_confirms_on_their_card_what_lets_more_through(either_store: World) -> None:
    world = either_store
    form = await opens_settings(world, world.dana)
    await fills(world, world.dana, form, "quorum", "2")
    await sends(world, world.dana, form)
    assert cards(world, world.dov) == []

    form = await opens_settings(world, world.dana)
    await fills(world, world.dana, form, "quorum", "1")
    await sends(world, world.dana, form)
    (own,), (card,) = cards(world, world.dana), cards(world, world.dov)
    assert "Dana wants the settings of Acme Shoes to let more through" in read(card)
    assert "Approvals needed: 1 instead of 2" in read(card)
    await press(world, world.dana, own, "confirm_policy")
    assert "another admin must confirm it" in world.told(world.dana)
    assert quorum(world) == 2

    await press(world, world.dov, card, "confirm_policy")
    assert quorum(world) == 1
    for one in (own, card):
        assert "Dana proposed this and Dov confirmed it" in read(one)
        assert not buttons(one)


def quorum(world: World) -> int:
    (found,) = (row.quorum for row in world.rows(tables.BusinessRow) if row.id == make.BRAND)
    return int(found)


async def test_only_admins_change_settings(town: World) -> None:
    form = await opens_settings(town, town.dana)
    assert "settings" not in buttons(await comes_home(town, town.emil))
    payload = town.slack.payload_submit(town.dana, form)
    payload["user"] = {**payload["user"], "id": town.emil.id}

    assert (await town.slack.send_payload(Kind.INTERACTIVE, payload)).ok
    await town.settle()

    assert not events(town, "business.policy")
    assert denials(town)


async def test_a_member_is_added_and_decides_once_slack_knows_them(town: World) -> None:
    card = await town.send_request()
    form = await opens_settings(town, town.dana, "members")
    await fills(town, town.dana, form, "user", town.vera.id)
    await fills(town, town.dana, form, "role", "ADMIN")
    shown = await sends_in(town, town.dana, form)
    assert shown.callback_id == "members"

    await press(town, town.vera, card, "approve")

    assert held(town) == {"ADVERTISE", "ANALYZE"}
    assert len(events(town, "member.added")) == 1


async def test_somebody_of_another_workspace_is_no_member(town: World) -> None:
    form = await opens_settings(town, town.dana, "members")
    payload = town.slack.payload_submit(town.dana, form)
    state = payload["view"]["state"]["values"]
    block = next(one for one in state if one.startswith("user"))
    state[block]["user"] = {"type": "users_select", "selected_user": town.ann.id}

    sent = await town.slack.send_payload(Kind.INTERACTIVE, payload)
    await town.settle()

    assert sent.body
    assert sent.body.get("response_action") == "errors"
    assert not events(town, "member.added")


async def test_a_removed_member_loses_the_right_at_once(town: World) -> None:
    card = await town.send_request()
    home = await comes_home(town, town.dov)
    late = town.slack.payload_click(town.dov, home, "approve")
    form = await opens_settings(town, town.dana, "members")

    await press(town, town.dana, form, "remove_member", value=member_value(town, form, town.town.dov.id))

    assert len(events(town, "member.removed")) == 1
    await press(town, town.dov, card, "approve")
    assert (await town.slack.send_payload(Kind.INTERACTIVE, late)).ok
    await town.settle()
    assert town.rows(tables.Request)[0].state == "PENDING"
    assert held(town) == set()


async def test_the_list_of_members_stays_on_its_page_when_one_is_changed_or_added(town: World) -> None:
    crowd = [
        make.someone(
            town.database,
            100 + number,
            name=f"P{number:02}",
            team=make.BRAND_TEAM,
            roles={make.BRAND: Role.EMPLOYEE},
        )
        for number in range(22)  # 25 with the town's
    ]
    await press(town, town.dana, await opens_settings(town, town.dana, "members"), "page")
    form = modal(town, town.dana)
    assert "21 to 25 of 25" in read(form)
    await press(town, town.dana, form, "make_admin", value=member_value(town, form, crowd[-1].id))
    assert "21 to 25 of 25" in read(modal(town, town.dana))
    await press(town, town.dana, form, "remove_member", value=member_value(town, form, crowd[-1].id))
    assert "21 to 24 of 24" in read(modal(town, town.dana))
    await fills(town, town.dana, modal(town, town.dana), "user", town.vera.id)
    assert "21 to 25 of 25" in read(await sends_in(town, town.dana, modal(town, town.dana)))


async def test_the_last_admin_stays(town: World) -> None:
    form = await opens_settings(town, town.dana, "members")
    await press(town, town.dana, form, "make_employee", value=member_value(town, form, town.town.dov.id))
    form = modal(town, town.dana)

    await press(town, town.dana, form, "remove_member", value=member_value(town, form, town.town.dana.id))

    assert denials(town) == ["last_admin"]
    assert not events(town, "member.removed")


def member_value(world: World, form: View, person_id: str) -> str:
    """The value of a button about one member."""
    found = {
        element["value"]
        for block in form.blocks
        for element in [*block.get("elements", []), block.get("accessory", {})]
        if f'"r":"{person_id}"' in element.get("value", "")
    }
    (value,) = found
    return str(value)


# --- by role ------------------------------------------------------------------------------------------


async def test_what_others_have_to_approve_does_not_wait_for_who_approved_it(town: World) -> None:
    card = await town.send_request("request act_1001 admin for 30d because Spring")
    await press(town, town.dana, card, "approve")

    hers = await comes_home(town, town.dana)
    assert "Waiting for a decision" in read(hers)
    assert "You approved it; another admin decides" in read(hers)
    assert "approve" not in buttons(hers)
    assert "Waiting for a decision (1 to 1 of 1)" in await types(town, town.dana, "pending")
    assert "Waiting for a decision: 1 request." in await types(town, town.dana)

    his = await comes_home(town, town.dov)
    assert "Waiting for me" in read(his)
    assert {"approve", "decline"} <= buttons(his)
    assert "Waiting for you: 1 request." in await types(town, town.dov)


async def test_what_others_have_to_send_too_is_not_sent_again_by_who_approved_it(town: World) -> None:
    make.asset(town.database, "act_77", kind=AssetKind.AD_ACCOUNT, name="House account", owner=make.AGENCY)
    await types(town, town.ann, f"share act_77 admin with {make.BRAND} for 10 days because Look")
    hers, his = await comes_home(town, town.ann), await comes_home(town, town.abe)
    assert "You approved it; another admin has to send it" in read(hers)
    assert "send" not in buttons(hers)
    assert "send" in buttons(his)
    await types(town, town.ann, "pending")
    assert "send" not in buttons(town.slack.ephemerals(town.ann)[-1])
    await press(town, town.abe, his, "send")
    assert [row.state for row in town.rows(tables.Request)] == ["PENDING"]


@pytest.mark.covers("R8")
async def test_what_one_business_of_somebody_asks_another_of_theirs_does_not_wait_for_them(
    town: World,
) -> None:
    stranger_business(town)
    make.member(town.database, town.town.ann.id, of=make.OTHER)
    make.asset(town.database, "act_77", kind=AssetKind.AD_ACCOUNT, name="Rival account", owner=make.OTHER)
    await types(town, town.abe, "request act_77 general user for 30 days because Own")

    home = await comes_home(town, town.ann)
    assert "Waiting for" not in read(home)
    assert "My requests" in read(home)
    assert "approve" not in buttons(home)
    for words in ("pending", ""):
        said = await types(town, town.ann, words)
        assert "Waiting for" not in said
        assert "Sent, not decided yet" in said
    assert "Waiting for me" in read(await comes_home(town, town.olga))
    assert "requests go to its admins directly" in await types(town, town.olga, "settings")


async def test_somebody_in_several_businesses_reads_which_of_them_each_thing_is_for(town: World) -> None:
    await approved(town)
    assert "For Northwind" not in read(await comes_home(town, town.ann)), "it is her only one"

    make.business(town.database, "998877", name="Southwind", team=make.AGENCY_TEAM)
    make.member(town.database, town.town.ann.id, of="998877")
    make.asset(town.database, "act_77", kind=AssetKind.AD_ACCOUNT, name="South Main", owner="998877")
    await types(town, town.dana, "request act_77 reporting only for 30d from 998877 because Compare")
    home = read(await comes_home(town, town.ann)).splitlines()

    (waits,) = (said for said in home if "“Compare”" in said)
    assert waits.endswith("For Southwind")
    (reach,) = (said for said in home if said.startswith("Acme Main"))
    assert reach.endswith("For Northwind.")
    (partner,) = (said for said in home if said.startswith("Acme Shoes (Business ID"))
    assert partner.endswith("they share 1 asset with you. For Northwind.")
    assert "For Southwind" in await types(town, town.ann, "pending")


async def test_which_of_two_partners_of_a_name_is_meant_says_of_which_business_each_is(town: World) -> None:
    await approved(town)
    make.business(town.database, "998877", name="Southwind", team=make.AGENCY_TEAM)
    make.member(town.database, town.town.ann.id, of="998877")
    make.asset(town.database, "act_77", kind=AssetKind.AD_ACCOUNT, name="South Main", owner="998877")
    await types(town, town.dana, "request act_77 reporting only for 30d from 998877 because Compare")
    (card,) = (one for one in town.dms(town.ann) if "approve" in buttons(one))
    await press(town, town.ann, card, "approve")

    asked = await types(town, town.ann, "offboard acme on 2027-02-01 then 10 days")
    assert asked.startswith("Which partner?\n")
    assert "they share 1 asset with you. For Northwind." in asked
    assert "they share nothing with you. For Southwind." in asked
    assert "“/access offboard acme on 2027-02-01 then 10 days”" in asked, "to be typed once more"


async def test_an_employees_home_says_who_decides_and_offers_only_what_they_can_do(town: World) -> None:
    await town.send_request()

    theirs = await comes_home(town, town.emil)
    assert "Waiting for our admins" in read(theirs)
    assert "Waiting for me" not in read(theirs)
    assert "Dana and Dov can decide" in read(theirs)
    assert not buttons(theirs) & {"approve", "decline", "end"}

    ours = await comes_home(town, town.eva)
    assert "Our requests" in read(ours)
    assert not buttons(ours) & {"remind", "end", "send"}


async def test_only_its_author_and_admins_get_the_buttons_of_a_draft(town: World) -> None:
    await types(town, town.eva, "request act_1001 analyze for 30d because Spring")
    make.someone(town.database, 8, name="Ede", team=make.AGENCY_TEAM, roles={make.AGENCY: Role.EMPLOYEE})
    town.people["ede"] = town.slack.add_person(town.agency, "ede", user_id="UEDE")

    assert buttons(await comes_home(town, town.eva)) & {"send", "edit", "drop"} == {"edit", "drop"}
    assert buttons(await comes_home(town, town.ann)) & {"send", "edit", "drop"} == {"send", "edit", "drop"}
    assert not buttons(await comes_home(town, town.ede)) & {"send", "edit", "drop"}


@pytest.mark.parametrize("words", ["revoke", "revoke act_1001", "extend act_1001"])
async def test_an_employee_is_told_who_can_end_or_extend_access(town: World, words: str) -> None:
    await approved(town)
    who = town.eva if words.startswith("extend") else town.emil
    names = "Abe and Ann" if who is town.eva else "Dana and Dov"
    await types(town, who, words)
    assert f"can do that: {names}." in town.told(who)


async def test_an_employees_lists_have_no_buttons_of_admins(town: World) -> None:
    await approved(town)
    await types(town, town.eva, "list shared")
    assert not buttons(town.slack.ephemerals(town.eva)[-1]) & {"end"}
    await types(town, town.eva, "list ending")
    assert not buttons(town.slack.ephemerals(town.eva)[-1]) & {"extend"}
    await types(town, town.eva)
    assert not buttons(town.slack.ephemerals(town.eva)[-1]) & {"end"}


async def test_a_denied_press_names_who_can_decide(town: World) -> None:
    card = await town.send_request()
    await press(town, town.emil, card, "approve")
    assert "can do that: Dana and Dov." in town.told(town.emil)
