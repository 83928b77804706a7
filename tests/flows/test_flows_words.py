"""What people type after `/access`, and the private answers that lead on from there."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import timedelta
from typing import Any

import make
import pytest
from flow_steps import (
    approved,
    buttons,
    denials,
    fills,
    finds,
    modal,
    opens,
    press,
    read,
    request,
    sends,
    stranger_business,
    types,
)
from world import World

from bot.domain.actors import Role
from bot.domain.assets import Kind
from bot.domain.requests import RequestState
from bot.sandbox.slack import Delivered, Person
from bot.sandbox.slack import Kind as Sent
from bot.slack.ids import ListWord
from bot.slack.text.en.command_line import HELP
from bot.slack.values import Page, page_value
from bot.store import tables


async def test_access_alone_says_who_you_are_and_what_waits(town: World) -> None:
    await town.send_request()

    said = await types(town, town.dana)
    assert "Acme Shoes" in said
    assert make.BRAND in said  # one's own Business ID, to copy
    assert "1 request" in said

    pending = await shows(town, town.dana, "pending")
    assert request(town).ref in pending
    form = await opens(town, town.dana, town.slack.ephemerals(town.dana)[-2], "request")
    assert form.callback_id == "ask"


async def shows(world: World, who: Person, action: str, **more: Any) -> str:
    """Press a button of the last private answer and return the next one."""
    await press(world, who, world.slack.ephemerals(who)[-1], action, **more)
    return read(world.slack.ephemerals(who)[-1])


async def test_the_overview_leads_to_what_is_shared_and_to_ending_it(town: World) -> None:
    await approved(town)
    await types(town, town.ann)

    assert "Acme Main" in await shows(town, town.ann, "list")
    form = await opens(town, town.ann, town.slack.ephemerals(town.ann)[-1], "end")

    assert form.callback_id == "end"


async def test_help_names_every_word_and_explains_one(town: World) -> None:
    said = await types(town, town.ann, "help")
    for word in ("request", "pending", "list", "cancel", "revoke", "help"):
        assert f"{word}:" in said, word

    assert "/access revoke act_123" in await types(town, town.ann, "help revoke")
    for word, is_said in (("", False), ("me", False), ("xyzzy", True)):
        said = await types(town, town.ann, f"help {word}")
        assert ("I don't know “xyzzy”." in said, "request:" in said) == (is_said, True)


async def test_a_wrong_word_gets_the_nearest_right_one(town: World) -> None:
    assert "Did you mean /access request?" in await types(town, town.ann, "reqest act_1001")
    assert "/access help" in await types(town, town.ann, "xyzzy")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("act_1001 advertize for 30d because Spring", "“advertize” is not a task or level."),
        ("act_1001 analyze until doomsday because Spring", "“doomsday” is not a date."),
        ("act_1001 analyze until 03/04/2027 because Spring", "Write 2027-04-03 or 2027-03-04."),
        ("act_1001 employee for 30d because Spring", "An ad account has no level “employee”."),
        ("act_1001 analyze for 30d from nobody because Spring", "“nobody” is neither a Business ID"),
        ("act_1001, the shop analyze for 30d because Spring", "“the shop” is neither an asset ID"),
    ],
)
async def test_a_word_that_is_not_understood_opens_the_form_with_the_rest_and_the_error_at_its_field(
    town: World, words: str, said: str
) -> None:
    await types(town, town.ann, f"request {words}")
    form = modal(town, town.ann)

    blocks = [one.get("block_id", "") for one in form.blocks]
    (note,) = [n for n, one in enumerate(form.blocks) if said in one.get("text", {}).get("text", "")]
    focused = [n for n, one in enumerate(form.blocks) if one.get("element", {}).get("focus_on_load")]
    assert focused == [note + 1], "the cursor stands where it is wrong"
    assert f"You typed: /access request {words}" in read(form)
    assert "Acme Main" in str(form.state)
    assert form.state["reason"]["reason"]["value"] == "Spring"

    await fills(town, town.ann, form, "term", "7")
    assert f"You typed: /access request {words}" in read(form), blocks
    await sends(town, town.ann, form)
    assert request(town).term_days == 7


@pytest.mark.parametrize(
    "called",
    [
        "acme main",
        '"Acme Main"',
        "access to the ad account Acme Main",
        "@acmemain",
        "https://facebook.com/acme.main",
        "ACME MAIN from Acme Shoes",
    ],
)
async def test_an_asset_is_requested_by_the_name_that_a_menu_would_show(town: World, called: str) -> None:
    await approved(town)  # they work together already
    await types(town, town.ann, f"request {called} admin for 30d because Spring")
    assert town.rows(tables.Item)[-1].asset_id == make.ACCOUNT
    assert len(town.rows(tables.Request)) == 2


async def test_an_asset_of_strangers_is_not_found_by_its_name_and_of_two_none_is_guessed(town: World) -> None:
    make.business(town.database, make.OTHER, name="Rival Media", team=make.BRAND_TEAM)
    make.asset(town.database, "act_7001", kind=Kind.AD_ACCOUNT, name="Rival Main", owner=make.OTHER)
    await approved(town)
    make.asset(town.database, "act_7002", kind=Kind.AD_ACCOUNT, name="Acme-Main", owner=make.BRAND)

    await types(town, town.ann, "request rival main analyze for 30d because Spring")
    assert "“rival main” is neither an asset ID" in read(modal(town, town.ann))
    await town.slack.close(town.ann, modal(town, town.ann))
    await types(town, town.ann, "request acme main analyze for 30d because Spring")
    assert "More than one is called “acme main”" in read(modal(town, town.ann))
    assert len(town.rows(tables.Request)) == 1


@pytest.mark.parametrize("words", ["{ref}", "status {ref}", "approve {ref}"])
async def test_a_reference_shows_the_request_with_what_can_be_done_about_it(town: World, words: str) -> None:
    await town.send_request()

    await types(town, town.dana, words.format(ref=request(town).ref))
    shown = modal(town, town.dana)
    assert {"approve", "decline"} <= buttons(shown)

    await types(town, town.vera, words.format(ref=request(town).ref))
    assert town.slack.top_view(town.vera) is None


async def test_a_line_that_is_not_understood_is_given_back_to_correct(town: World) -> None:
    assert "/access cancle AMBER-1234 because x" in await types(town, town.ann, "cancle AMBER-1234 because x")


async def test_what_is_half_said_opens_the_form_filled_with_it(town: World) -> None:
    await types(town, town.ann, "request act_1001 general user because Spring")
    form = modal(town, town.ann)
    shown = str(form.body)
    for words in ("Acme Shoes", "Acme Main", "General user", "Spring"):
        assert words in shown, words

    await sends(town, town.ann, form)

    assert request(town).reason == "Spring"


async def test_lists_are_turned_page_by_page_over_all_there_is(town: World) -> None:
    for number in range(24):
        make.asset(
            town.database,
            f"act_77{number:02d}",
            kind=Kind.AD_ACCOUNT,
            name=f"Shop {number:02d}",
            owner=make.BRAND,
        )

    expected_version = await types(town, town.dana, "list owned")
    assert "1 to 10 of 28" in expected_version
    expected_version += await shows(town, town.dana, "page")
    expected_version += await shows(town, town.dana, "page")
    assert "21 to 28 of 28" in expected_version
    assert "page" not in buttons(town.slack.ephemerals(town.dana)[-1])
    for number in range(24):
        assert f"Shop {number:02d}" in expected_version


@pytest.mark.covers("B3", "A7")
async def test_pending_is_turned_page_by_page_and_misses_nothing(town: World) -> None:
    for number in range(9):
        asset = f"act_88{number:02d}"
        make.asset(town.database, asset, kind=Kind.AD_ACCOUNT, name=f"Shop {number}", owner=make.BRAND)
        await town.command(town.ann, f"request {asset} analyze for 30d because Spring")

    expected_version = await _said_at_once(town, town.ann, town.command(town.ann, "pending"))
    for _ in range(2):  # four of a kind stand on a page
        shown = town.slack.ephemerals(town.ann)[-1]
        expected_version += await _said_at_once(town, town.ann, town.click(town.ann, shown, "page"))

    refs = {row.ref for row in town.rows(tables.Request)}
    assert {ref for ref in refs if ref in expected_version} == refs
    assert "page" not in buttons(town.slack.ephemerals(town.ann)[-1])


async def _said_at_once(world: World, who: Person, doing: Awaitable[Delivered]) -> str:
    """Return a private answer without waiting for the nine cards: Slack takes one a second in a channel."""
    before = len(world.slack.ephemerals(who))
    assert (await doing).ok
    await world.slack.until(lambda: len(world.slack.ephemerals(who)) > before)
    return read(world.slack.ephemerals(who)[-1])


async def test_a_list_of_another_business_is_empty_for_somebody_who_is_no_member(town: World) -> None:
    olga = stranger_business(town)
    await approved(town)
    await types(town, olga)
    own = town.slack.ephemerals(olga)[-1]
    payload = town.slack.payload_click(olga, own, "list")
    payload["actions"][0]["value"] = f'{{"p":"shared","b":"{make.AGENCY}","o":0}}'

    await town.slack.send_payload(Sent.INTERACTIVE, payload)
    await town.settle()

    assert "Acme Main" not in read(town.slack.ephemerals(olga)[-1])


async def test_somebody_unknown_is_told_how_to_be_added_whatever_they_type(town: World) -> None:
    named = ("partner Northwind", "offboard Northwind on 1 Feb", "standing Northwind on", "extend act_1001")
    funding = "create funding act_1001"
    for words in ("", *HELP.keys() - {"help", "setup", "show"}, *named, funding):
        await types(town, town.vera, words)
        form = town.slack.top_view(town.vera)
        said = read(form) if form else town.told(town.vera)
        assert "You aren't in any business here yet. Ask an admin" in said, words
        if form:
            await town.slack.close(town.vera, form)


async def test_somebody_unknown_is_not_told_what_there_is(town: World) -> None:
    for words in ("pending", "request act_1001 analyze for 30d because x", "show AMBER-1234"):
        assert "Acme" not in await types(town, town.vera, words), words
    assert not town.rows(tables.Request)


async def test_a_business_can_be_asked_that_has_no_channel_by_dm_to_its_admins(town: World) -> None:
    make.business(town.database, make.OTHER, name="Rival Media", team=make.BRAND_TEAM)
    make.asset(town.database, "act_3003", kind=Kind.AD_ACCOUNT, name="Rival Main", owner=make.OTHER)
    make.someone(town.database, 9, name="Rita", team=make.BRAND_TEAM, roles={make.OTHER: Role.ADMIN})
    rita = town.slack.add_person(town.brand, "rita", user_id="URITA")

    await types(town, town.ann, "request act_3003 analyze for 30d because Spring")

    (card,) = town.dms(rita)
    assert {"approve", "adjust", "decline"} <= buttons(card)
    assert not town.slack.messages(town.brand_room)
    await press(town, rita, card, "approve")
    assert "Approved by Rita" in card.text


@pytest.mark.covers("T23")
async def test_what_was_typed_is_shown_as_typed_and_mentions_nobody(town: World) -> None:
    nasty = "<!channel> <@U123> *bold* <https://evil.example|Approve> :tada: &amp;"
    await types(town, town.ann, "request act_1001 analyze for 30d")
    form = modal(town, town.ann)
    await fills(town, town.ann, form, "reason", nasty)
    await sends(town, town.ann, form)

    card = town.card_in(town.brand_room)
    assert card is not None
    quoted = [
        one for one in _elements(card.blocks) if one.get("type") == "text" and "evil.example" in one["text"]
    ]
    assert [one["text"] for one in quoted] == [nasty]
    assert {one["type"] for one in _elements(card.blocks)} <= {"text", "date"}
    for one in ("<!channel>", "<@", "<https"):
        assert one not in card.text
    assert denials(town) == []


def _elements(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        element
        for block in blocks
        if block["type"] == "rich_text"
        for section in block["elements"]
        for item in (section["elements"] if section["type"] == "rich_text_list" else [section])
        for element in item["elements"]
    ]


@pytest.mark.case("7.2")
async def test_names_with_signs_that_slack_escapes_stay_as_they_are_through_every_choice(town: World) -> None:
    world = town
    name = "Söhne & Co <Shop> & more & more & more & more & more & more & more"
    make.asset(world.database, "act_777001", kind=Kind.AD_ACCOUNT, name=name, owner=make.BRAND)
    await types(world, world.ann, f"request act_777001 general user from {make.BRAND}")
    form = modal(world, world.ann)
    shown = [option_of(form, "assets")]
    for _ in range(3):
        await press(world, world.ann, form, "describe")
        form = modal(world, world.ann)
        shown.append(option_of(form, "assets"))
    sent = world.slack.payload_submit(world.ann, form)
    echoed = next(v for b, v in sent["view"]["state"]["values"].items() if b.startswith("assets"))
    assert "&amp;" in str(echoed), "the local Slack escapes as Slack does"
    assert len(set(shown)) == 1
    assert shown[0].startswith("Söhne & Co <Shop>")
    assert shown[0].endswith("(act_777001)")


def option_of(form, block):
    """The text of the only option that a menu for several starts with."""
    (found,) = (one for one in form.blocks if one["block_id"].startswith(block))
    (option,) = found["element"]["initial_options"]
    return option["text"]["text"]


@pytest.mark.covers("A6")
async def test_a_list_without_a_word_says_what_is_shared_either_way_and_leads_to_what_is_owned(
    town: World,
) -> None:
    assert "Nothing is shared with Acme Shoes or by it" in await types(town, town.dana, "list")
    await approved(town)

    owners = await types(town, town.dana, "list")
    assert "What Acme Shoes shares with others" in owners
    assert "Acme Main" in owners
    assert "Nobody shares" not in owners
    holders = await types(town, town.ann, "list")
    assert "What others share with Northwind" in holders

    shown = town.slack.ephemerals(town.dana)[-1]
    owned = page_value(Page(ListWord.OWNED, make.BRAND, 0))
    await press(town, town.dana, shown, "lists", selected=owned)
    assert "What Acme Shoes owns" in read(town.slack.ephemerals(town.dana)[-1])


async def test_a_handle_is_not_taken_for_a_page_of_that_name(town: World) -> None:
    make.asset(town.database, "501555", kind=Kind.PAGE, name="Acme Kids", owner=make.BRAND)
    make.asset(town.database, "701555", kind=Kind.INSTAGRAM_ACCOUNT, name="@acmekids", owner=make.BRAND)
    await approved(town)
    meant = {
        "@acmekids": "701555",
        "https://www.instagram.com/acmekids/": "701555",
        "acme kids": "501555",
        "https://www.facebook.com/acmekids": "501555",
    }
    for called, asset_id in meant.items():
        await types(town, town.ann, f"request {called} analyst for 30d because Spring")
        (asked,) = (one for one in town.rows(tables.Request) if one.state == RequestState.PENDING)
        (item,) = (one for one in town.rows(tables.Item) if one.request_id == asked.id)
        assert item.asset_id == asset_id, called
        await types(town, town.ann, f"cancel {asked.ref}")


async def test_what_one_can_see_is_found_by_its_name_or_reference_wherever_it_is_typed(town: World) -> None:
    await approved(town)
    await types(town, town.ann, "request act_1001 admin for 30d from acme because Spring")
    form = modal(town, town.ann)
    assert "“acme” is not a whole name. Did you mean Acme Shoes?" in read(form)
    assert form.state["owner"]["owner"]["selected_option"]["value"] == make.BRAND
    await town.slack.close(town.ann, form)
    await types(town, town.ann, "people Acme Main")
    assert "Acme Main" in read(modal(town, town.ann))
    await town.slack.close(town.ann, modal(town, town.ann))
    await types(town, town.ann, "people acme main add Ann")
    assert "Ann" in read(modal(town, town.ann))
    await town.slack.close(town.ann, modal(town, town.ann))

    await types(town, town.eva, "request act_1001 admin for 30d because Summer")
    (draft,) = town.rows(tables.Draft)
    for word in ("show ", "cancel ", ""):
        assert draft.ref in await types(town, town.ann, f"{word}{draft.ref}")
        assert {"send", "edit", "drop"} <= buttons(town.slack.ephemerals(town.ann)[-1])


@pytest.mark.parametrize(
    ("word", "shown"),
    [
        ("away", "Choose another admin of Acme Kids"),
        ("token", "do for Acme Kids what you can do"),
        ("connect", "Acme Kids isn't connected to Meta"),
        ("import", "Acme Kids isn't connected to Meta"),
        ("review", "nothing of Acme Kids to review"),
    ],
)
async def test_of_several_businesses_one_is_asked_for_and_named(town: World, word: str, shown: str) -> None:
    make.business(town.database, "998877", name="Acme Kids", team=make.BRAND_TEAM)
    make.member(town.database, town.town.dana.id, of="998877")

    asked = await types(town, town.dana, word)
    assert f"/access {word} 998877: Acme Kids" in asked
    assert f"/access {word} {make.BRAND}: Acme Shoes" in asked
    for named in ("998877", "acme kids"):
        said = await types(town, town.dana, f"{word} {named}")
        form = town.slack.top_view(town.dana)
        assert shown in (read(form) if form else said).replace("*", "")
        if form:
            await town.slack.close(town.dana, form)


@pytest.mark.parametrize("named", ["act_77", "Kids Main"])
async def test_what_is_shared_is_shared_for_the_one_of_several_businesses_that_owns_it(
    town: World, named: str
) -> None:
    make.business(town.database, "998877", name="Acme Kids", team=make.BRAND_TEAM)
    make.business(town.database, "998878", name="Acme Teens", team=make.BRAND_TEAM)
    for own in ("998877", "998878"):
        make.member(town.database, town.town.dana.id, of=own)
    make.asset(town.database, "act_77", kind=Kind.AD_ACCOUNT, name="Kids Main", owner="998877")

    await types(town, town.dana, f"share {named} reporting only with {make.AGENCY} for 10d because Spring")
    form = read(modal(town, town.dana))
    assert "Acme Kids (998877)\n" in form
    assert "Kids Main (act_77)\n" in form


async def test_of_several_businesses_the_one_that_somebody_administers_is_meant(town: World) -> None:
    make.business(town.database, "998877", name="Acme Kids", team=make.BRAND_TEAM)
    make.member(town.database, town.town.emil.id, of="998877")
    await town.app.ticks.sweep()
    assert "nothing of Acme Kids to review" in await types(town, town.emil, "review")
    assert "can do that: Dana and Dov." not in await types(town, town.emil, "revoke act_1001"), (
        "nobody has it"
    )
    await approved(town)
    assert "can do that: Dana and Dov." in await types(town, town.emil, "revoke act_1001")


async def test_the_only_business_is_meant_unless_another_is_named(town: World) -> None:
    await types(town, town.dana, "stand-in")
    assert "Choose another admin of Acme Shoes" in read(modal(town, town.dana))
    await town.slack.close(town.dana, modal(town, town.dana))
    for word in ("away", "token", "connect", "import", "review"):
        said = await types(town, town.dana, f"{word} Northwind")
        assert "called “Northwind”." in said
        assert f"/access {word} {make.BRAND}: Acme Shoes" in said
        assert f"“/access {word} Northwind”" in said, "to be corrected"
        assert town.slack.top_view(town.dana) is None


async def test_an_admin_is_told_how_the_journal_is_had(town: World) -> None:
    told = await types(town, town.dana, "audit")
    assert f"countersign audit export --business {make.BRAND}" in told
    assert "can do that: Dana and Dov." in await types(town, town.emil, "audit")


async def test_what_is_typed_of_a_draft_shows_it_with_its_buttons_and_suggests_no_end(town: World) -> None:
    await types(town, town.eva, "request act_1001 admin for 30d because Summer")
    (draft,) = town.rows(tables.Draft)
    for word in ("send", "edit", "drop"):
        assert draft.ref in await types(town, town.ann, f"{word} {draft.ref}")
        assert {"send", "edit", "drop"} <= buttons(town.slack.ephemerals(town.ann)[-1])


async def test_what_was_asked_before_is_asked_again_with_one_word(town: World) -> None:
    await types(town, town.ann, "again")
    assert "Spring" not in read(modal(town, town.ann)), "nothing is over yet: the empty form"
    await town.slack.close(town.ann, modal(town, town.ann))
    for asset_id, reason in (("act_1001", "Spring"), ("500000001", "Autumn")):
        await types(town, town.ann, f"request {asset_id} analyze for 30d because {reason}")
        (asked,) = (one for one in town.rows(tables.Request) if one.reason == reason)
        await types(town, town.ann, f"cancel {asked.ref}")
        await town.pass_time(timedelta(minutes=1))
    refs = {row.reason: row.ref for row in town.rows(tables.Request)}

    for words, reason in (
        ("request again", "Autumn"),
        ("again", "Autumn"),
        (f"again {refs['Spring']}", "Spring"),
    ):
        await types(town, town.ann, words)
        form = modal(town, town.ann)
        assert form.state["reason"]["reason"]["value"] == reason, words
        await town.slack.close(town.ann, form)
    assert "no such request" in await types(town, town.dana, f"again {refs['Spring']}")
    assert town.slack.top_view(town.dana) is None


async def test_a_word_alone_shows_what_it_can_be_done_with(town: World) -> None:
    assert "Open the partner" not in await types(town, town.ann, "offboard"), "there is none"
    assert "There is no access that you could end now" in await types(town, town.ann, "revoke")
    await approved(town)
    assert "Open the partner whose contract ends" in await types(town, town.ann, "offboard")
    assert "Open the partner whose offers" in await types(town, town.ann, "standing")
    assert "partner" in buttons(town.slack.ephemerals(town.ann)[-1])
    assert "Open the partner" not in await types(town, town.eva, "offboard"), "she cannot do it"
    await types(town, town.ann, "request act_1001 admin for 30d because more")
    assert "Northwind requests" in await types(town, town.ann, "cancel")


async def test_a_request_is_shown_with_all_that_its_reader_can_do_about_it(town: World) -> None:
    await types(town, town.ann, "request act_1001 analyze for 30d because Spring")
    ref = request(town).ref

    await types(town, town.ann, f"show {ref}")
    assert buttons(modal(town, town.ann)) == {"remind", "cancel", "comment"}
    await press(town, town.ann, modal(town, town.ann), "remind")
    assert "will get a reminder" in read(modal(town, town.ann))
    await types(town, town.dana, f"remind {ref}")
    assert {"approve", "decline"} <= buttons(modal(town, town.dana))
    await press(town, town.dana, modal(town, town.dana), "approve")
    assert "undo" in buttons(modal(town, town.dana))
    await types(town, town.eva, f"show {ref}")
    assert buttons(modal(town, town.eva)) == set(), "she acts for nobody"

    await press(town, town.dana, modal(town, town.dana), "undo")
    await types(town, town.ann, f"show {ref}")
    form = await opens(town, town.ann, modal(town, town.ann), "again")
    assert form.state["reason"]["reason"]["value"] == "Spring"


@pytest.mark.parametrize(
    ("words", "owner"),
    [
        ("request act_77 reporting only because Spring", "Abel Media (998877)"),
        ("request reporting only from 998877 because Spring", "Abel Media (998877)"),
        ("request Acme Main reporting only because Spring", f"Acme Shoes ({make.BRAND})"),
        ("request reporting only from Acme Shoes because Spring", f"Acme Shoes ({make.BRAND})"),
        ("share with Acme Shoes because Spring", f"Acme Shoes ({make.BRAND})"),
    ],
)
async def test_what_is_asked_is_asked_for_the_one_of_several_businesses_that_can(
    town: World, words: str, owner: str
) -> None:
    await approved(town)
    make.business(town.database, "998877", name="Abel Media", team=make.AGENCY_TEAM)
    make.member(town.database, town.town.ann.id, of="998877")
    make.asset(town.database, "act_77", kind=Kind.AD_ACCOUNT, name="Abel Main", owner="998877")

    await types(town, town.ann, words)
    form = read(modal(town, town.ann))
    assert f"For which of your businesses?\nNorthwind ({make.AGENCY})\n" in form, "Abel Media is her first"
    assert f"\n{owner}\n" in form
    assert "neither" not in form, "nothing that was typed is unknown"


@pytest.mark.parametrize(
    "words", ["create pixel Shop for act_77", "create ad account Shop EUR Europe/Berlin"]
)
async def test_what_is_created_is_created_for_the_one_of_several_businesses_that_can(
    town: World, words: str
) -> None:
    make.business(town.database, "998877", name="Zeta", team=make.AGENCY_TEAM)
    make.member(town.database, town.town.ann.id, of="998877")
    make.asset(town.database, "act_77", kind=Kind.AD_ACCOUNT, name="Zeta Main", owner="998877")
    make.asset(town.database, "877000", kind=Kind.PAGE, name="Zeta Page", owner="998877")

    await types(town, town.ann, words)
    form = read(modal(town, town.ann))
    assert "For which business?\nZeta (998877)\n" in form, "Northwind, which is her first, has no Page"
    assert "published Page" not in form


async def test_what_is_to_be_shared_waits_for_a_partner_and_is_not_said_to_be_another_business_s(
    town: World,
) -> None:
    await types(town, town.dana, "share act_1001 reporting only with Nobody Inc for 10d because Spring")
    form = modal(town, town.dana)
    assert "Not placed until you choose a partner that you can share with: act_1001." in read(form)
    assert "Not your business's" not in read(form), "it is hers"
    partner = await finds(town, town.dana, form, "owner", make.AGENCY)
    await fills(town, town.dana, form, "owner", partner)
    assert "Acme Main (act_1001)" in read(modal(town, town.dana))
