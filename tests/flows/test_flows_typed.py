"""Commands and menus as people type into them: numbers, links, dashes and words from Meta's pages."""

from __future__ import annotations

import json
import re

import make
import pytest
from flow_steps import approved, ends, fills, finds, held, modal, press, read, request, sends, types
from world import World

from bot.domain.actors import Role
from bot.domain.assets import Kind
from bot.domain.grants import GrantState
from bot.domain.requests import RequestState
from bot.sandbox.slack import View
from bot.store import tables

HIDDEN = "act_4815162342108"
LINK = "https://business.facebook.com/settings/ad-accounts/4815162342108"


@pytest.fixture
def hidden(town: World) -> World:
    """An ad account of the brand that no menu offers: it is found by its exact number alone."""
    make.asset(
        town.database, HIDDEN, kind=Kind.AD_ACCOUNT, name="Hidden one", owner=make.BRAND, askable=False
    )
    return town


def items(world: World) -> set[str]:
    return {row.asset_id for row in world.rows(tables.Item)}


@pytest.mark.case("8.1")
@pytest.mark.parametrize(
    "words",
    [
        "4815162342108 general user",
        "4815162342108 advertise,analyze",
        "4815-1623-42108 analyze",
        "act4815162342108 general user",
        "ACT_4815162342108 general user",
        "ad account 4815162342108 analyze",
        "act 4815162342108 analyze",
    ],
)
async def test_an_ad_account_is_requested_by_its_number(hidden: World, words: str) -> None:
    await types(hidden, hidden.ann, f"request {words} for 30d because Spring")
    assert items(hidden) == {HIDDEN}


@pytest.mark.parametrize(
    "words",
    [
        "access to act_1001 as general user for 30d because Spring",
        "for act_1001 general for the next 30 days because Spring",
        "please general user on act_1001 & act_1001001 for 30d because Spring",
        "act_1001 and act_1001001 with general access for 30d to run Spring",
    ],
)
async def test_a_request_is_read_as_people_say_it(town: World, words: str) -> None:
    make.asset(town.database, "act_1001001", kind=Kind.AD_ACCOUNT, name="Acme EU", owner=make.BRAND)
    await types(town, town.ann, f"request {words}")
    (sent,) = town.rows(tables.Request)
    assert (sent.term_days, "Spring" in sent.reason) == (30, True)
    assert items(town) == ({"act_1001", "act_1001001"} if "act_1001001" in words else {"act_1001"})
    assert {row.tasks for row in town.rows(tables.Item)} == {"ADVERTISE,ANALYZE"}


@pytest.mark.parametrize(
    ("words", "cursor"), [("request act_1001 general user for 30d", ["reason"]), ("request", [])]
)
async def test_the_cursor_of_a_form_that_opens_stands_where_something_is_left_to_say(
    town: World, words: str, cursor: list[str]
) -> None:
    await types(town, town.ann, words)
    inputs = [one for one in modal(town, town.ann).blocks if one["type"] == "input"]
    focused = [one for one in inputs if one["element"].get("focus_on_load")]
    assert [one["block_id"].partition(":")[0] for one in focused] == cursor


async def test_assets_may_be_named_with_and_between_them_which_may_be_in_a_name_too(town: World) -> None:
    make.asset(town.database, "act_1001001", kind=Kind.AD_ACCOUNT, name="Acme EU", owner=make.BRAND)
    make.asset(town.database, "act_1001002", kind=Kind.AD_ACCOUNT, name="Fish and Chips", owner=make.BRAND)
    await approved(town)
    named = "Acme EU and Fish and Chips"
    await types(town, town.ann, f"request {named} general user for 30d because Spring from Acme Shoes")
    assert "You typed" in read(modal(town, town.ann)), "which of the two is one name nobody can say"
    await town.slack.close(town.ann, modal(town, town.ann))

    await types(town, town.ann, "request Fish and Chips as general user for 30d because Spring")
    assert items(town) == {"act_1001", "act_1001002"}
    await types(town, town.ann, "request Acme EU and Acme Main as admin for 30d because Spring")
    assert items(town) == {"act_1001", "act_1001001", "act_1001002"}


async def test_who_can_decide_declines_with_the_reason_that_was_typed_and_others_see_the_request(
    town: World,
) -> None:
    await town.send_request("request act_1001 advertise,analyze for 30d because Spring")
    (asked,) = town.rows(tables.Request)
    for who in (town.ann, town.emil):
        await types(town, who, f"decline {asked.ref} because not now")
        assert modal(town, who).title != f"Decline {asked.ref}"
    await types(town, town.dana, f"decline {asked.ref} because not now")
    await sends(town, town.dana, modal(town, town.dana))
    (asked,) = town.rows(tables.Request)
    assert (asked.state, asked.note) == (RequestState.DECLINED, "not now")
    assert "was declined" in await types(town, town.dana, f"decline {asked.ref}")


@pytest.mark.parametrize(
    "typed", ["revoke Northwind", "revoke all access of Northwind", "end all from Northwind"]
)
async def test_all_that_a_partner_has_is_named_by_its_name_and_ends_after_a_preview(
    town: World, typed: str
) -> None:
    await approved(town)
    await approved(town, "request 500000001 analyze for 30d because Spring")
    await types(town, town.dana, typed)
    assert all(name in read(modal(town, town.dana)) for name in ("Acme Main", "Acme Page", "Northwind"))
    assert held(town) == {"ADVERTISE", "ANALYZE"}
    await sends(town, town.dana, modal(town, town.dana))
    assert held(town) == set()


async def test_the_days_that_are_typed_stand_in_the_form_for_who_is_away(town: World) -> None:
    await types(town, town.dana, "away from 12 Jan until 23 Jan 2026")
    form = modal(town, town.dana)
    assert {"2026-01-12", "2026-01-23"} <= {*re.findall(r"2026-\d\d-\d\d", json.dumps(form.blocks))}
    await town.slack.close(town.dana, form)

    await types(town, town.dana, "away Dov until 23 Jan 2026")
    assert '"text": "Dov"' in json.dumps(modal(town, town.dana).blocks)
    await town.slack.close(town.dana, modal(town, town.dana))
    assert "None of your businesses is called “Nobody”" in await types(town, town.dana, "away Nobody")


@pytest.mark.case("8.1")
async def test_an_ad_account_is_found_in_menus_extended_and_revoked_by_its_number(town: World) -> None:
    await approved(town)

    await types(town, town.ann, "extend 1001 for 30d because it goes on")
    assert "Acme Main" in read(modal(town, town.ann))
    await town.slack.close(town.ann, modal(town, town.ann))

    await types(town, town.dana, "revoke 1001")
    assert "Acme Main" in read(modal(town, town.dana))
    await town.slack.close(town.dana, modal(town, town.dana))

    await types(town, town.dana, "revoke")
    for query in ("1001", "ACT 1001", "act-1001", "https://adsmanager.facebook.com/?act=1001"):
        found = await town.slack.suggest(town.dana, modal(town, town.dana), "grants", query)
        assert ["Acme Main" in str(one) for one in found.options] == [True], query


@pytest.mark.case("8.1")
async def test_the_form_finds_an_ad_account_by_its_number(hidden: World) -> None:
    form = await form_with_owner(hidden)
    for query in ("4815162342108", "4815 1623 42108", "Account ID: 4815162342108", LINK):
        found = await hidden.slack.suggest(hidden.ann, form, "assets", query)
        assert [one["value"] for one in found.options] == [f"AD_ACCOUNT:{HIDDEN}"], query


async def form_with_owner(world: World) -> View:
    await types(world, world.ann, "request")
    form = modal(world, world.ann)
    await world.slack.suggest(world.ann, form, "owner", make.BRAND)
    await fills(world, world.ann, form, "owner", make.BRAND)
    return modal(world, world.ann)


async def test_a_short_number_that_is_no_asset_is_said_to_be_none(town: World) -> None:
    await types(town, town.ann, "request act_1001 general user 30 because Spring")
    assert "“30” is neither an asset ID" in read(modal(town, town.ann))


@pytest.mark.case("8.2")
@pytest.mark.parametrize(
    "link",
    [
        LINK,
        f"{LINK}?business_id={make.BRAND}",
        f"{LINK}?business_id={make.AGENCY}",
        "https://business.facebook.com/settings/ad-accounts/act_4815162342108/users",
        "<https://business.facebook.com/latest/settings/ad_accounts?selected_asset_id=4815162342108&amp;x=1>",
    ],
)
async def test_an_ad_account_is_requested_by_a_link_from_business_settings(hidden: World, link: str) -> None:
    await types(hidden, hidden.ann, f"request {link} general user for 30d because Spring")
    assert items(hidden) == {HIDDEN}
    assert request(hidden).deciding_id == make.BRAND


async def test_a_reason_is_kept_as_it_was_typed_though_slack_sends_entities(town: World) -> None:
    reason = "Q&A <b> for R&D &copy;"
    await types(town, town.ann, f"request act_1001 general user for 30d because {reason}")
    sent = next(one for one in reversed(town.slack.deliveries) if one.kind == "commands")
    assert sent.payload["text"].endswith("Q&amp;A &lt;b&gt; for R&amp;D &amp;copy;")
    assert request(town).reason == reason


async def test_a_line_that_is_refused_is_given_back_to_be_corrected(town: World) -> None:
    line = "request act_1001 analyze for 30d because We plan the summer"
    await types(town, town.ann, line)
    for typed, why in (
        (line, "is asked for already"),
        ("cancel AMBER-1234 because It was the wrong one", "no such request"),
        ("revoke act_1001 because It is over", "no such access"),
        ("again AMBER-1234", "no such request"),
        (f"standing {make.OTHER} on", "You have no partner"),
    ):
        said = await types(town, town.ann, typed)
        assert why in said
        assert f"/access {typed}" in said
    alone = await types(town, town.ann, "setup")
    assert alone.count("/access setup") == 2, "in the text and in the blocks: no line to correct"


@pytest.mark.case("8.2")
async def test_a_link_names_the_owner_of_an_asset_that_is_not_known(town: World) -> None:
    link = f"{LINK}?business_id={make.BRAND}"
    await types(town, town.ann, f"request {link} general user because Spring")
    assert "Acme Shoes" in read(modal(town, town.ann)) + str(modal(town, town.ann).state)


@pytest.mark.case("8.5")
@pytest.mark.parametrize("dash", ["\u2010", "\u2011", "\u2012", "\u2013", "\u2014", "\u2212", " \u2013 "])
async def test_a_request_is_cancelled_with_any_dash_in_its_reference(town: World, dash: str) -> None:
    await town.send_request()
    ref = request(town).ref.replace("-", dash)
    await types(town, town.ann, f"cancel {ref} because wrong account")
    assert request(town).state == RequestState.CANCELLED
    assert request(town).note == "wrong account"


@pytest.mark.case("8.5")
async def test_dashes_and_quotes_of_phones_are_read_and_kept_in_what_is_free_text(town: World) -> None:
    await types(
        town,
        town.ann,
        "request described page \u2018Dana\u2019s shop \u2013 main\u2019 employee until 2027\u201303\u201331 "
        f"because it\u2019s Q1\u2013Q2 from {make.BRAND}",
    )
    (item,) = town.rows(tables.Item)
    assert item.words == "Dana\u2019s shop \u2013 main"
    assert request(town).reason == "it\u2019s Q1\u2013Q2"


@pytest.mark.case("8.6")
@pytest.mark.parametrize(
    "reason",
    [
        "ROAS fell from 48000",
        "we have it from 2024",
        "followers fell from 1200000",
        "spend rose from 48 000",
        "we came from act_1001",
        "sales are down from 48000.",
    ],
)
async def test_a_reason_keeps_its_end(town: World, reason: str) -> None:
    await types(town, town.ann, f"request act_1001 analyze for 30d because {reason}")
    assert request(town).reason == reason


@pytest.mark.case("8.6")
@pytest.mark.parametrize("owner", [make.BRAND, f"ID {make.BRAND}", "100 000 00001", "100-000-00001"])
async def test_the_owner_is_read_with_a_label_and_in_groups(town: World, owner: str) -> None:
    await types(town, town.ann, f'request described page "shop" analyst for 30d from {owner} because Spring')
    assert request(town).deciding_id == make.BRAND


@pytest.mark.case("8.6")
async def test_the_menu_of_owners_reads_a_business_id_as_people_paste_it(town: World) -> None:
    await types(town, town.ann, "request")
    form = modal(town, town.ann)
    settings = f"https://business.facebook.com/settings/info?business_id={make.BRAND}"
    for query in (f"ID: {make.BRAND}", "100 000 00001", "100-000-00001", f"Acme ({make.BRAND})", settings):
        found = await town.slack.suggest(town.ann, form, "owner", query)
        assert [one["value"] for one in found.options] == [make.BRAND], query
    for query in ("1234", "1.0E+10", "act_1001"):
        found = await town.slack.suggest(town.ann, form, "owner", query)
        assert "5 to 20 digits" in str(found.options), query


@pytest.mark.case("8.7")
@pytest.mark.parametrize(
    "words",
    [
        "full control",
        "partial access",
        "insights only",
        "Manage campaigns",
        "advertiser",
    ],
)
async def test_a_level_is_named_in_the_words_of_metas_pages(town: World, words: str) -> None:
    await types(town, town.ann, f"request act_1001 {words} for 30d because Spring")
    assert items(town) == {"act_1001"}


@pytest.mark.case("8.7")
@pytest.mark.parametrize("kind", ["dataset", "data set", "Data\u2011set", "pixel", "Meta Pixel"])
async def test_a_data_set_is_a_pixel(town: World, kind: str) -> None:
    await types(
        town, town.ann, f'request described {kind} "web" analyst for 30d because Spring from {make.BRAND}'
    )
    (item,) = town.rows(tables.Item)
    assert item.kind == Kind.PIXEL


@pytest.mark.case("8.7")
async def test_what_is_no_kind_of_asset_is_named(town: World) -> None:
    await types(town, town.ann, 'request described product catalog "shop" analyst')
    assert "“product catalog” is not a kind of asset here" in read(modal(town, town.ann))


@pytest.mark.case("8.3")
async def test_what_was_typed_waits_in_the_form_until_its_owner_is_chosen(town: World) -> None:
    words = 'request act_999, described page "the shop" advertiser for 90d because Spring'
    await types(town, town.ann, words)
    form = modal(town, town.ann)
    assert "Not placed until you choose the owner: act_999." in read(form)
    assert "the shop" in str(form.state)
    await town.slack.suggest(town.ann, form, "owner", make.OTHER)

    await fills(town, town.ann, form, "owner", await finds(town, town.ann, form, "owner", make.BRAND))

    assert "Not placed" not in read(form)
    assert form.state["level:act_999"]["level"]["selected_option"]["value"] == "General user"
    denied = await town.slack.submit(town.ann, form)
    assert denied.body["errors"] == {"level:act_999": denied.body["errors"]["level:act_999"]}
    assert "no asset with the ID act_999" in denied.body["errors"]["level:act_999"]


@pytest.mark.case("8.3")
async def test_assets_wait_for_their_owner_while_another_is_chosen(town: World) -> None:
    make.business(town.database, make.OTHER, name="Rival Media", team=make.BRAND_TEAM)
    await types(town, town.ann, "request act_1001 admin because Spring")
    form = modal(town, town.ann)

    await fills(town, town.ann, form, "owner", await finds(town, town.ann, form, "owner", make.OTHER))
    assert not [one["block_id"] for one in form.blocks if one["block_id"].startswith("level:")]
    assert "Not placed until you choose the owner: act_1001." in read(form)
    await fills(town, town.ann, form, "owner", await finds(town, town.ann, form, "owner", make.BRAND))

    assert form.state["level:act_1001"]["level"]["selected_option"]["value"] == "Admin"
    await sends(town, town.ann, form)
    assert items(town) == {"act_1001"}


@pytest.mark.case("8.3")
async def test_a_description_stays_in_the_form_without_an_owner(town: World) -> None:
    await types(town, town.ann, 'request described page "the shop" analyst for 30d because Spring')
    form = modal(town, town.ann)
    await fills(town, town.ann, form, "owner", await finds(town, town.ann, form, "owner", make.BRAND))
    await sends(town, town.ann, form)
    (item,) = town.rows(tables.Item)
    assert item.words == "the shop"


@pytest.mark.case("8.4")
@pytest.mark.parametrize(
    ("name", "queries"),
    [
        ("Österreich Schuhe", ["österreich", "ÖSTERREICH", "osterreich", "Österreich Schuhe"]),
        ("Яндекс Реклама", ["яндекс", "ЯНДЕКС", "реклама"]),
        ("İstanbul Işık", ["istanbul", "İSTANBUL", "ışık", "isik"]),
        ("Große Straße", ["GROSSE STRASSE", "große"]),
        ("Ὀδυσσεύς", ["οδυσσευς", "ὈΔΥΣΣΕΎΣ"]),
        ("میان\u200cبازار", ["میانبازار", "میان\u200cبازار"]),
    ],
)
async def test_names_are_found_in_any_case_and_script(
    either_store: World, name: str, queries: list[str]
) -> None:
    world = either_store
    make.asset(world.database, "act_8001", kind=Kind.AD_ACCOUNT, name=name, owner=make.BRAND)
    make.someone(world.database, 9, name=name, team=make.AGENCY_TEAM, roles={make.AGENCY: Role.EMPLOYEE})
    await approved(world, "request act_8001 analyze for 30d because Spring")
    form = await form_with_owner(world)
    await types(world, world.dana, "revoke")
    for query in queries:
        for who, shown, menu in (
            (world.ann, form, "assets"),
            (world.ann, form, "people"),
            (world.dana, modal(world, world.dana), "grants"),
        ):
            found = await world.slack.suggest(who, shown, menu, query)
            assert any(name in one["text"]["text"] for one in found.options), (menu, query)


# --- ending and extending by name -------------------------------------------------------------------


async def test_access_is_ended_and_extended_by_the_names_of_asset_and_business(town: World) -> None:
    await approved(town)

    await types(town, town.ann, "extend acme main for 10 days because it goes on")
    assert "Acme Main" in read(modal(town, town.ann))
    await sends(town, town.ann, modal(town, town.ann))
    said = await ends(town, town.dana, "revoke acme main from northwind because the campaign is over")

    assert "this access of Northwind to Acme Main has ended" in said
    assert held(town) == set()


async def test_access_is_extended_ended_and_listed_by_the_reference_that_the_cards_have(town: World) -> None:
    for asset_id in ("act_1001", "500000001"):
        await approved(town, f"request {asset_id} analyze for 30d because Spring")
    asked = {row.id: row.ref for row in town.rows(tables.Request)}
    refs = {row.asset_id: asked[row.request_id] for row in town.rows(tables.Grant)}
    first, second = refs["act_1001"], refs["500000001"]

    await types(town, town.ann, f"extend {first.lower()} for 10 days because it goes on")
    assert "Acme Main" in read(modal(town, town.ann))
    await town.slack.close(town.ann, modal(town, town.ann))
    assert "Acme Main" in await types(town, town.ann, f"list ending {first}")
    assert "Acme Page" not in town.told(town.ann)

    assert "back to Acme Shoes" in await ends(town, town.ann, f"revoke {second} because we are done")
    states = {row.asset_id: row.state for row in town.rows(tables.Grant)}
    assert states == {"act_1001": GrantState.ACTIVE, "500000001": GrantState.ENDED}
    for words in (f"revoke {second}", f"extend {second}", "revoke ZEBRA-0000", "extend ZEBRA-0000"):
        assert "no such access" in await types(town, town.ann, words), words


async def test_of_what_a_request_gave_the_one_to_extend_is_chosen_and_all_of_it_is_reached(
    town: World,
) -> None:
    for number in range(5):
        make.asset(
            town.database, f"act_20{number}", kind=Kind.AD_ACCOUNT, name=f"No. {number}", owner=make.BRAND
        )
    five = ",".join(f"act_20{number}" for number in range(5))
    await approved(town, f"request {five} analyze for 30d because Spring")
    (asked,) = town.rows(tables.Request)

    said = await types(town, town.ann, f"extend {asked.ref} for 10 days because it goes on")
    assert "Choose which access you mean" in said
    assert f"/access extend {asked.ref} for 10 days because it goes on" in said, "the line to say again"
    assert "1 to 4 of 5" in said
    await press(town, town.ann, town.slack.ephemerals(town.ann)[-1], "page")
    assert "5 to 5 of 5" in read(town.slack.ephemerals(town.ann)[-1])


async def test_of_two_assets_of_one_name_none_is_guessed(town: World) -> None:
    await approved(town)
    make.asset(town.database, "act_1002", kind=Kind.AD_ACCOUNT, name="Acme Main", owner=make.BRAND)

    for who, words in ((town.dana, "revoke acme main"), (town.dana, "revoke acme main from northwind")):
        said = await types(town, who, words)
        assert "More than one is called “acme main”: Acme Main (act_1001) and Acme Main (act_1002)" in said
        assert f"/access {words}" in said, "the line to correct"
    assert town.slack.top_view(town.dana) is None
    assert held(town) == {"ADVERTISE", "ANALYZE"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("revoke whatever", "“whatever” is neither the name of an asset that you own"),
        ("extend whatever", "“whatever” is neither the name of an asset that you own"),
        ("revoke act_1001 from nobody known", "nor the name of a business that you work with"),
    ],
)
async def test_a_name_that_nothing_has_is_said_and_ends_nothing(town: World, words: str, said: str) -> None:
    await approved(town)

    assert said in await types(town, town.dana, words)

    assert town.slack.top_view(town.dana) is None


async def test_a_reason_may_end_with_the_name_of_the_owner(town: World) -> None:
    await approved(town)  # so that they work together
    await types(town, town.ann, "request act_1001 admin for 30d because handover from acme shoes")
    await types(town, town.ann, "request 500000001 analyst for 30d because news from far away")

    assert {row.reason for row in town.rows(tables.Request)} >= {"handover", "news from far away"}
