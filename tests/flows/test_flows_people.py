"""A business's own people on what it owns and what is shared with it: by command and by form."""

from __future__ import annotations

import make
import pytest
from flow_steps import (
    approved,
    buttons,
    cards,
    denials,
    events,
    fills,
    finds,
    menu_choice,
    modal,
    opens,
    option,
    press,
    read,
    sends,
    sends_in,
    types,
)
from make import ACCOUNT, AGENCY, AGENCY_TEAM
from sqlalchemy import update
from world import World

from bot.domain.actors import Role
from bot.domain.assets import Kind
from bot.sandbox.slack import Person, View
from bot.store import tables


def assigned(world: World) -> dict[tuple[str, str], str]:
    names = {row.id: row.name for row in world.rows(tables.Person)}
    return {(names[row.person_id], row.asset_id): row.tasks for row in world.rows(tables.Assignment)}


async def shows(world: World, who: Person, words: str) -> View:
    """Type a command that opens a form."""
    await types(world, who, words)
    return modal(world, who)


@pytest.mark.covers("D3")
async def test_for_whom_a_request_is_the_other_side_reads_as_a_number(town: World) -> None:
    await types(town, town.ann, "request act_1001 analyze for 30d because Spring")
    form = await opens(town, town.ann, cards(town, town.ann)[0], "cancel")
    await sends(town, town.ann, form)
    again = await opens(town, town.ann, cards(town, town.ann)[0], "again")
    eva = await finds(town, town.ann, again, "people", "eva", block="people")
    await fills(town, town.ann, again, "people", [eva], block="people")
    await sends(town, town.ann, modal(town, town.ann))

    card = town.card_in(town.brand_room)
    assert card is not None
    own = cards(town, town.ann)[-1]
    assert "For Eva" in read(own)
    await press(town, town.dana, card, "more", selected=menu_choice(card, "details"))
    for shown in (card, modal(town, town.dana)):
        assert "1 of their people" in read(shown)
        assert "Eva" not in read(shown)


@pytest.mark.covers("P16", "A10", "A11")
async def test_an_agency_puts_its_own_team_on_what_a_brand_shared_and_takes_it_off(walk: World) -> None:
    await approved(walk)
    said = await types(walk, walk.ann, "people act_1001 add @Eva reporting only")
    assert "Eva" in said
    assert "Reporting only" in said
    assert assigned(walk) == {("Eva", ACCOUNT): "ANALYZE"}

    form = await shows(walk, walk.ann, "people act_1001")
    assert "General user" in read(form), "what the agency has"
    assert "Eva: Reporting only" in read(form)
    form = await opens(walk, walk.ann, form, "change_person")
    await fills(walk, walk.ann, form, "their_level", option(form, "level", "General user"))
    form = await sends_in(walk, walk.ann, form)
    assert "Eva: General user" in read(form), "the list again, as it is now"
    assert assigned(walk) == {("Eva", ACCOUNT): "ADVERTISE,ANALYZE"}

    await fills(walk, walk.ann, form, "colleague", await finds(walk, walk.ann, form, "colleague", "abe"))
    await fills(walk, walk.ann, form, "their_level", option(form, "level", "Reporting only"))
    form = await sends_in(walk, walk.ann, form)
    assert "Abe: Reporting only" in read(form)

    assert "no longer has access" in await types(walk, walk.ann, "people act_1001 remove eva")
    assert assigned(walk) == {("Abe", ACCOUNT): "ANALYZE"}
    assert [one.kind for one in events(walk) if "assigned" in one.kind] == [
        "person.assigned",
        "person.assigned",
        "person.assigned",
        "person.unassigned",
    ]


async def test_more_than_the_business_holds_is_refused_in_words_that_name_what_it_holds(town: World) -> None:
    await approved(town)
    said = await types(town, town.ann, "people act_1001 add Eva admin")
    assert "Acme Main" in said
    assert "General user" in said
    assert assigned(town) == {}
    assert denials(town) == ["beyond_held"]
    form = await shows(town, town.ann, "people act_1001")
    assert "Admin: " not in read(form)
    (levels,) = (block["element"]["options"] for block in form.blocks if block.get("block_id") == "level")
    assert [one["text"]["text"] for one in levels] == ["General user", "Reporting only"]


@pytest.mark.covers("D5")
async def test_people_lose_it_with_the_grant_and_their_own_business_is_told_once_who(world: World) -> None:
    await approved(world)
    await types(world, world.ann, "people act_1001 add Eva analyze")
    await types(world, world.dana, "people act_1001 add Emil admin")
    form = await shows(world, world.dana, "revoke act_1001 because done")
    await sends(world, world.dana, form)
    assert assigned(world) == {("Emil", ACCOUNT): "ADVERTISE,ANALYZE,MANAGE"}, "the owner's own stay"
    told = [read(one) for one in world.dms(world.ann) if "Eva" in read(one)]
    assert len(told) == 1
    assert "revoked the access of Northwind to Acme Main" in told[0]
    assert "Your people who had it: Eva" in told[0]
    room = [read(one) for one in world.slack.messages(world.brand_room)]
    assert not any("Eva" in one for one in room), "the owner does not see the holder's people"


async def test_the_employee_sees_the_list_and_changes_nothing(town: World) -> None:
    await approved(town)
    await types(town, town.ann, "people act_1001 add Eva analyze")
    form = await shows(town, town.eva, "people act_1001")
    assert "Eva: Reporting only" in read(form)
    assert buttons(form) == set()
    assert form.submit is None
    said = await types(town, town.eva, "people act_1001 add Eva general user")
    assert "Ann" in said, "who can"
    assert assigned(town) == {("Eva", ACCOUNT): "ANALYZE"}


@pytest.mark.covers("A9")
async def test_all_that_one_can_reach_is_one_list_from_which_it_is_changed(world: World) -> None:
    make.asset(world.database, "act_7", kind=Kind.AD_ACCOUNT, name="House account", owner=AGENCY)
    await approved(world, "request act_1001 advertise,analyze for 30d because Spring")
    await types(world, world.ann, "people act_7 add Eva admin")
    form = await shows(world, world.ann, "people @eva")
    assert "House account" in read(form)
    await fills(world, world.ann, form, "reachable", await finds(world, world.ann, form, "reachable", "main"))
    form = await sends_in(world, world.ann, form)
    assert "Eva has no access to Acme Main" in read(form)
    await fills(world, world.ann, form, "their_level", option(form, "level", "Reporting only"))
    form = await sends_in(world, world.ann, form)
    (request,) = world.rows(tables.Request)
    assert f"Reporting only, through Northwind ({request.ref}), until" in read(form)
    assert "It belongs to Northwind" in read(form)
    (house,) = (
        element["value"]
        for block in form.blocks
        for element in block.get("elements", [])
        if element.get("action_id") == "remove_person" and "act_7" in element["value"]
    )
    await press(world, world.ann, form, "remove_person", value=house)
    assert "House account" not in read(modal(world, world.ann))
    assert assigned(world) == {("Eva", ACCOUNT): "ANALYZE"}
    own = await shows(world, world.eva, "people eva")
    assert "Reporting only, through Northwind" in read(own)


async def test_an_asset_or_a_person_is_chosen_in_the_form(town: World) -> None:
    form = await shows(town, town.dana, "people")
    await town.slack.submit(town.dana, form)
    assert form.errors == {"asset": "Choose an asset or a person."}
    await fills(
        town, town.dana, form, "reachable", await finds(town, town.dana, form, "reachable", "Acme Page")
    )
    await fills(town, town.dana, form, "colleague", await finds(town, town.dana, form, "colleague", "emil"))
    form = await sends_in(town, town.dana, form)
    assert "Emil has no access to Acme Page" in read(form)
    await fills(town, town.dana, form, "their_level", option(form, "level", "Analyst"))
    form = await sends_in(town, town.dana, form)
    assert "Emil: Analyst" in read(form)


async def test_nobody_of_another_business_is_found_named_or_shown(town: World) -> None:
    await approved(town)
    await types(town, town.dana, "people act_1001 add Emil analyze")
    assert "None of your people" in await types(town, town.ann, "people act_1001 add Emil analyze")
    assert "None of your people" in await types(town, town.ann, "people Emil")
    assert "Emil" not in read(await shows(town, town.ann, "people act_1001"))
    said = await types(town, town.ann, "people 500000001")
    assert "neither owns 500000001 nor has access" in said
    assert said == (await types(town, town.ann, "people 500000009")).replace("500000009", "500000001")


async def test_who_is_in_no_business_or_a_guest_sees_nobody(town: World) -> None:
    await approved(town)
    for words in ("people", "people act_1001", "people eva", "people act_1001 add eva analyze"):
        assert "You aren't in any business here yet" in await types(town, town.vera, words)
        town.database.submit(lambda tx: tx.run(update(tables.Person.__table__).values(guest=True))).result(10)
        assert "Guests" in await types(town, town.ann, words)


async def test_names_that_look_like_links_and_two_of_one_name_are_shown_and_asked_about(town: World) -> None:
    link = "<https://evil.example|Eva>"
    for number, name in enumerate((link, "Sam Stone", "Sam Stein")):
        who = {"team": AGENCY_TEAM, "user": f"UX{number}", "name": name}
        make.person(town.database, f"49{number:013d}", **who)
        make.member(town.database, f"49{number:013d}", of=AGENCY, role=Role.EMPLOYEE)
    await approved(town)
    assert "More than one is called “@sam”" in await types(town, town.ann, "people act_1001 add @sam analyze")
    assert "Sam Stone" in await types(town, town.ann, "people act_1001 add @sam.stone analyze")
    assert "Sam Stein" in await types(town, town.ann, "people act_1001 add <@UX2|sam> analyze")
    await types(town, town.ann, f'people act_1001 add "{link}" analyze')
    form = await shows(town, town.ann, "people act_1001")
    assert f"{link}: Reporting only" in read(form)
    links = [one for block in form.blocks for one in str(block).split("'type': 'link'")[1:]]
    assert links == []


async def test_a_hundred_and_fifty_people_are_turned_through_page_by_page(town: World) -> None:
    await approved(town)
    for number in range(150):
        id_ = f"48{number:013d}"
        make.person(town.database, id_, team=AGENCY_TEAM, user=f"UY{number}", name=f"P{number:03d}")
        make.member(town.database, id_, of=AGENCY, role=Role.EMPLOYEE)
        make.write(
            town.database,
            make.insert_row,
            tables.Assignment,
            asset_id=ACCOUNT,
            business_id=AGENCY,
            person_id=id_,
            tasks="ANALYZE",
            since=town.clock.now(),
        )
    form = await shows(town, town.ann, "people act_1001")
    seen = []
    for page in range(8):
        seen += [f"P{number:03d}" for number in range(150) if f"P{number:03d}:" in read(form)]
        assert f"Page {page + 1} of 8" in read(form)
        if page < 7:
            more = next(
                element["value"]
                for block in form.blocks
                for element in block.get("elements", [])
                if element.get("action_id") == "page" and f'"o":{page + 1}' in element["value"]
            )
            await press(town, town.ann, form, "page", value=more)
            form = modal(town, town.ann)
    assert seen == [f"P{number:03d}" for number in range(150)]


async def test_a_change_that_comes_after_the_revoke_finds_nothing_to_give(world: World) -> None:
    await approved(world)
    form = await shows(world, world.ann, "people act_1001")
    await fills(world, world.ann, form, "colleague", await finds(world, world.ann, form, "colleague", "eva"))
    await fills(world, world.ann, form, "their_level", option(form, "level", "Reporting only"))
    await sends(world, world.dana, await shows(world, world.dana, "revoke act_1001"))
    await world.slack.submit(world.ann, form)
    await world.settle()
    assert "neither owns act_1001 nor has access" in str(form.errors)
    assert assigned(world) == {}


async def test_colleagues_of_the_same_name_are_told_apart_where_they_are_chosen(town: World) -> None:
    other = make.person(town.database, f"4{71:014d}", team=AGENCY_TEAM, user="UOTHER", name="Eva")
    make.member(town.database, other, of=AGENCY, role=Role.EMPLOYEE)
    await types(town, town.ann, "request")
    form = modal(town, town.ann)
    (block,) = (one["block_id"] for one in form.blocks if one["block_id"].startswith("people"))
    found = await town.slack.suggest(town.ann, form, "people", "eva", block_id=block)
    told = {one["description"]["text"] for one in found.options}
    assert told == {"Member ID in Slack: UEVA", "Member ID in Slack: UOTHER"}
