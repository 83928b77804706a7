"""The rules that hold for every person and every entry, however often they click; one test each."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta

import make
import pytest
from flow_steps import (
    approved,
    buttons,
    cards,
    denials,
    ends,
    events,
    fills,
    held,
    menu_choice,
    modal,
    opens,
    press,
    read,
    request,
    sends,
    stranger_business,
    types,
)
from sqlalchemy import update
from world import World

from bot.domain.actors import Role
from bot.sandbox.slack import Kind, Person, Way
from bot.store import tables

NO_SUCH = "You can't do that here, or there is no such request."


# --- once, however often it comes ---------------------------------------------------------------------


@pytest.mark.covers("F2")
async def test_the_same_click_delivered_again_happens_once_and_is_answered_truthfully(
    either_way: World,
) -> None:
    world = either_way
    card = await world.send_request()
    await press(world, world.dana, card, "approve")
    first = world.told(world.dana)
    click = next(
        one for one in reversed(world.slack.deliveries) if one.payload.get("type") == "block_actions"
    )
    if world.slack.app.way is Way.SOCKET:  # Slack may bring an envelope again through any socket
        await world.slack.connected(2)
        world.slack.sockets.pick = lambda connections: connections[-1]

    again = await world.slack.redeliver(click, times=3)
    await world.settle()

    assert all(one.ok for one in again), again
    assert len(events(world, "request.approved")) == 1
    assert len(world.rows(tables.Grant)) == 1
    assert denials(world) == []
    assert world.told(world.dana) == first  # "approved", and not "somebody else was faster"


async def test_the_same_command_delivered_again_asks_once(either_way: World) -> None:
    world = either_way
    await types(world, world.ann, "request act_1001 analyze for 30d because Spring")
    command = next(one for one in reversed(world.slack.deliveries) if one.kind is Kind.COMMAND)

    (again,) = await world.slack.redeliver(command)
    await world.settle()

    assert again.ok
    assert request(world).ref in json.dumps(again.body)
    assert denials(world) == []
    assert len([one for one in world.slack.messages(world.brand_room) if one.metadata]) == 1


async def test_the_same_form_delivered_again_asks_once(either_way: World) -> None:
    world = either_way
    await types(world, world.ann, "request act_1001 analyze for 30d")
    form = modal(world, world.ann)
    await fills(world, world.ann, form, "reason", "Spring")
    await sends(world, world.ann, form)
    sent = next(
        one for one in reversed(world.slack.deliveries) if one.payload.get("type") == "view_submission"
    )

    (again,) = await world.slack.redeliver(sent)

    assert again.ok
    assert sent.delivered is not None
    assert again.body == sent.delivered.body
    assert request(world).reason == "Spring"
    assert denials(world) == []


@pytest.mark.covers("F25")
async def test_a_retried_event_happens_once_and_an_old_one_changes_nothing_back(either_way: World) -> None:
    world = either_way
    card = await world.send_request()
    await world.slack.change_person(world.dana, is_restricted=True)
    event = world.slack.deliveries[-1]
    await world.slack.change_person(world.dana, is_restricted=False)

    (again,) = await world.slack.redeliver(event, retry=True)
    await world.settle()

    assert again.ok
    await press(world, world.dana, card, "approve")
    assert held(world) == {"ADVERTISE", "ANALYZE"}


# --- one outcome ------------------------------------------------------------------------------------


@pytest.mark.covers("F22", "R10")
async def test_two_clicks_at_one_instant_have_one_outcome_and_the_loser_is_told_who_decided(
    either_store: World,
) -> None:
    world = either_store
    card = await world.send_request()
    clicks = {who.name: world.slack.payload_click(who, card, "approve") for who in (world.dana, world.dov)}

    await asyncio.gather(*(world.slack.send_payload(Kind.INTERACTIVE, one) for one in clicks.values()))
    await world.settle()

    (decided,) = events(world, "request.approved")
    assert len(world.rows(tables.Grant)) == 1
    winner = world.rows(tables.Decision)[0].person_id
    won, lost = (world.dana, world.dov) if winner == world.town.dana.id else (world.dov, world.dana)
    assert "Approved: Northwind has" in world.told(won)
    assert f"approved already by {won.name.title()}" in world.told(lost)
    assert denials(world) == ["already_over"]
    assert decided.to_state == "APPROVED"


@pytest.mark.covers("F22")
async def test_an_approval_and_a_denial_at_one_instant_leave_one_of_them(town: World) -> None:
    card = await town.send_request()
    form = await opens(town, town.dov, card, "decline")
    await fills(town, town.dov, form, "note", "No")
    no = town.slack.payload_submit(town.dov, form)
    approve = town.slack.payload_click(town.dana, card, "approve")

    await asyncio.gather(*(town.slack.send_payload(Kind.INTERACTIVE, one) for one in (approve, no)))
    await town.settle()

    state = request(town).state
    assert state in {"APPROVED", "DECLINED"}
    assert held(town) == ({"ADVERTISE", "ANALYZE"} if state == "APPROVED" else set())
    assert denials(town) == ["already_over"]
    assert state.title() in card.text


# --- who may ----------------------------------------------------------------------------------------


@pytest.mark.covers("T7", "R9")
async def test_outsiders_are_refused_in_private_and_the_attempt_is_an_event(either_way: World) -> None:
    world = either_way
    make.someone(
        world.database, 8, name="Gus", team=make.BRAND_TEAM, roles={make.BRAND: Role.ADMIN}, guest=True
    )
    make.someone(world.database, 9, name="Bo", team=make.BRAND_TEAM, roles={make.BRAND: Role.ADMIN}, bot=True)
    gus = world.slack.add_person(world.brand, "gus", user_id="UGUS")
    bo = world.slack.add_person(world.brand, "bo", user_id="UBO")
    world.brand_room.members.update({gus.id, bo.id})
    card = await world.send_request()
    shown = read(card)

    for who, reason in ((world.vera, "stranger"), (world.emil, "not_admin"), (gus, "guest"), (bo, "bot")):
        await press(world, who, card, "approve")
        assert world.told(who), who.name
        assert denials(world)[-1] == reason

    # Dana was deactivated after her click had left.
    under_way = world.slack.payload_click(world.dana, card, "approve")
    await world.slack.deactivate(world.dana)
    await world.slack.send_payload(Kind.INTERACTIVE, under_way)
    await world.settle()

    assert denials(world)[-1] == "deactivated_user"
    assert len(denials(world)) == 5
    assert request(world).state == "PENDING"
    assert held(world) == set()
    assert read(card) == shown


@pytest.mark.covers("T7", "T17")
async def test_nobody_from_another_workspace_decides_in_a_shared_channel(either_way: World) -> None:
    world = either_way
    # The approvals channel is shared with the agency: Ann and Olga see the card there, and press it.
    world.brand_room.shared_with.add(world.agency.id)
    olga = stranger_business(world)
    world.brand_room.members.update({world.ann.id, olga.id})
    card = await world.send_request()

    for who in (world.ann, olga):
        for action in ("approve", "adjust", "decline"):
            await press(world, who, card, action)
            assert NO_SUCH in world.told(who)
            assert world.slack.top_view(who) is None

    assert request(world).state == "PENDING"
    assert denials(world) == ["not_member"] * 6


@pytest.mark.covers("T17", "R9")
async def test_an_admin_decides_only_from_the_workspace_of_the_business(town: World) -> None:
    # Wim is an admin of the brand, but at home in the agency's workspace.
    make.someone(town.database, 8, name="Wim", team=make.AGENCY_TEAM, roles={make.BRAND: Role.ADMIN})
    town.brand_room.shared_with.add(town.agency.id)
    wim = town.slack.add_person(town.agency, "wim", user_id="UWIM")
    town.brand_room.members.add(wim.id)
    card = await town.send_request()

    await press(town, wim, card, "approve")

    assert denials(town) == ["wrong_workspace"]
    assert request(town).state == "PENDING"


@pytest.mark.covers("T13", "F21", "R9")
async def test_somebody_who_is_no_longer_admin_at_the_click_decides_nothing(either_store: World) -> None:
    world = either_store
    card = await world.send_request()
    form = await opens(world, world.dana, card, "adjust")
    click = world.slack.payload_click(world.dana, card, "approve")
    _make_employee(world, world.town.dana.id)

    await world.slack.send_payload(Kind.INTERACTIVE, click)
    denied = await world.slack.submit(world.dana, form)
    await world.settle()

    assert "Only admins of your business can do that:" in world.told(world.dana)
    assert denied.error == "invalid"
    assert denials(world) == ["not_admin", "not_admin"]
    assert held(world) == set()


def _make_employee(world: World, person_id: str) -> None:
    member = tables.Membership.__table__

    def demote(tx: object) -> None:
        tx.run(  # type: ignore[attr-defined]
            update(member).where(member.c.person_id == person_id).values(role=Role.EMPLOYEE)
        )

    make.write(world.database, demote)


@pytest.mark.covers("T8", "I3")
@pytest.mark.parametrize("how", ["the button", "the form of Adjust", "the form of Decline", "the details"])
async def test_nobody_decides_on_their_own_request_by_any_path(town: World, how: str) -> None:
    # Mona is an admin on both sides, at home with the brand: she may decide for it, but not what she
    # or anybody else of the agency asks.
    make.someone(
        town.database,
        8,
        name="Mona",
        team=make.BRAND_TEAM,
        roles={make.BRAND: Role.ADMIN, make.AGENCY: Role.ADMIN},
    )
    mona = town.slack.add_person(town.brand, "mona", user_id="UMONA")
    town.brand_room.members.add(mona.id)
    card = await town.send_request()
    forms = {"the form of Adjust": "adjust", "the form of Decline": "decline"}

    if how == "the button":
        await press(town, mona, card, "approve")
        said = town.told(mona)
    elif how == "the details":
        shown = await opens(town, mona, card, "more", selected=menu_choice(card, "details"))
        assert not buttons(shown)
        said = "You belong to the business that asks"
        await press(town, mona, card, "approve")
    else:
        # She gets no form; she sends in the one that Dana got.
        await press(town, mona, card, forms[how])
        assert town.slack.top_view(mona) is None
        form = await opens(town, town.dana, card, forms[how])
        if "note" in form.state:
            await fills(town, town.dana, form, "note", "x")
        payload = town.slack.payload_submit(town.dana, form)
        payload["user"].update(id=mona.id, username="mona", name="mona")
        answer = await town.slack.send_payload(Kind.INTERACTIVE, payload)
        said = json.dumps(answer.body)

    assert "You belong to the business that asks" in said
    assert set(denials(town)) == {"both_sides"}
    assert request(town).state == "PENDING"
    assert held(town) == set()


@pytest.mark.covers("T8", "I3", "R8")
async def test_the_requester_and_the_author_do_not_decide_after_they_changed_sides(town: World) -> None:
    # Eva drafted it and Ann sent it; then both leave for the brand and become its admins.
    await types(town, town.eva, "request act_1001 analyze for 30d because Spring")
    draft = town.card_in(town.agency_room)
    assert draft is not None
    await press(town, town.ann, draft, "send")
    card = town.card_in(town.brand_room)
    assert card is not None
    row = request(town)
    assert (row.requester_id, row.author_id) == (town.town.ann.id, town.town.eva.id)
    for who, name in ((town.town.ann, "ann"), (town.town.eva, "eva")):
        _move_to_the_brand(town, who.id)
        moved = Person(id=who.user, team_id=make.BRAND_TEAM, name=name, real_name=name, display_name=name)
        town.slack.people[who.user] = moved
        town.brand_room.members.add(who.user)
        await press(town, moved, card, "approve")
        assert "You sent or drafted this" in town.told(moved)

    assert denials(town) == ["own_request", "own_request"]


def _move_to_the_brand(world: World, person_id: str) -> None:
    member, person = tables.Membership.__table__, tables.Person.__table__

    def move(tx: object) -> None:
        tx.run(  # type: ignore[attr-defined]
            update(member)
            .where(member.c.person_id == person_id)
            .values(business_id=make.BRAND, role=Role.ADMIN)
        )
        tx.run(update(person).where(person.c.id == person_id).values(team_id=make.BRAND_TEAM))  # type: ignore[attr-defined]

    make.write(world.database, move)


# --- what was seen ----------------------------------------------------------------------------------


@pytest.mark.covers("T12", "R16")
async def test_a_click_on_an_older_version_says_look_again(either_way: World) -> None:
    world = either_way
    card = await world.send_request("request act_1001 admin for 30d because Handover")
    seen_before = world.slack.payload_click(world.dov, card, "approve")
    form = await opens(world, world.dov, card, "adjust")
    await press(world, world.dana, card, "approve")

    await world.slack.send_payload(Kind.INTERACTIVE, seen_before)
    await world.settle()
    assert "changed since you saw it" in world.told(world.dov)
    sent = await world.slack.submit(world.dov, form)
    assert sent.error == "invalid"
    assert "changed since you saw it" in str(form.errors)

    assert request(world).state == "IN_REVIEW"
    assert denials(world) == ["changed", "changed"]


@pytest.mark.covers("T10")
async def test_ids_that_are_unknown_and_ids_of_others_get_the_same_words(either_way: World) -> None:
    world = either_way
    olga = stranger_business(world)
    await types(world, olga, "request act_1001 analyze for 30d because Rival")
    foreign = request(world)
    card = await world.send_request()
    (own,) = cards(world, world.ann)
    unknown = "123456789012345"

    async def says(who: Person, action: str, request_id: str) -> tuple[str, int]:
        where = card if who is world.dana else own
        selected = menu_choice(where, action) if action in ("details", "history") else None
        payload = world.slack.payload_click(who, where, "more" if selected else action, selected=selected)
        entry = payload["actions"][0]
        if selected:
            entry["selected_option"]["value"] = json.dumps({"a": action, "r": request_id, "v": 1})
        else:
            entry["value"] = json.dumps({"r": request_id, "v": 1})
        before = len(world.slack.ephemerals(who))
        answered = await world.slack.send_payload(Kind.INTERACTIVE, payload)
        assert answered.ok
        await world.settle()
        assert world.slack.top_view(who) is None
        return world.told(who), len(world.slack.ephemerals(who)) - before

    # Ann is on neither side of what Rival Media asked.
    for action in ("cancel", "details", "history"):
        about_theirs = await says(world.ann, action, foreign.id)
        assert about_theirs == await says(world.ann, action, unknown)
        assert NO_SUCH in about_theirs[0]
    theirs = json.dumps({"r": foreign.id, "v": 1})
    for action in ("approve", "adjust", "decline"):
        payload = world.slack.payload_click(world.ann, own, "cancel")
        payload["actions"][0].update(action_id=action, value=theirs)
        await world.slack.send_payload(Kind.INTERACTIVE, payload)
        await world.settle()
        assert NO_SUCH in world.told(world.ann)
        assert foreign.ref not in world.told(world.ann)
    assert NO_SUCH in await types(world, world.ann, f"cancel {foreign.ref}")
    assert NO_SUCH in await types(world, world.ann, "cancel AMBER-1234")

    # Dana decides for the brand, and of an id that does not exist she learns just that.
    assert NO_SUCH in (await says(world.dana, "approve", unknown))[0]
    assert {row.state for row in world.rows(tables.Request)} == {"PENDING"}


@pytest.mark.covers("T6", "T10")
async def test_a_forged_form_ends_nobody_elses_access(town: World) -> None:
    olga = stranger_business(town)
    await approved(town)
    make.asset(town.database, "act_9009", kind="AD_ACCOUNT", name="Rival Main", owner=make.OTHER)  # type: ignore[arg-type]
    await types(town, town.dana, "revoke act_1001")
    payload = town.slack.payload_submit(town.dana, modal(town, town.dana))
    (grant,) = town.rows(tables.Grant)
    for business in (make.BRAND, make.AGENCY, make.OTHER):
        forged = json.loads(json.dumps(payload))
        forged["user"].update(id=olga.id, team_id=olga.team_id)
        forged["view"]["private_metadata"] = json.dumps({"ends": [f"{business}:{grant.id}"]})
        answer = await town.slack.send_payload(Kind.INTERACTIVE, forged)
        unknown = json.loads(json.dumps(forged))
        unknown["view"]["private_metadata"] = json.dumps({"ends": [f"{business}:123456789012345"]})
        assert (await town.slack.send_payload(Kind.INTERACTIVE, unknown)).body == answer.body

    assert held(town) == {"ADVERTISE", "ANALYZE"}


@pytest.mark.covers("T11")
async def test_junk_in_a_button_is_answered_and_changes_nothing(town: World) -> None:
    card = await town.send_request()
    values = ["", "null", "{}", '{"r":"1","v":"1"}', '{"r":"1","v":-1}', '{"r":"../1","v":1}', "[" * 900]

    for number, value in enumerate(values, start=1):
        payload = town.slack.payload_click(town.dana, card, "approve")
        payload["actions"][0]["value"] = value
        answered = await town.slack.send_payload(Kind.INTERACTIVE, payload)
        await town.settle()
        assert answered.ok, value
        assert len(town.slack.ephemerals(town.dana)) == number, value
        assert "is from an older message" in town.told(town.dana)

    assert request(town).state == "PENDING"


# --- what the other side sees -------------------------------------------------------------------------


@pytest.mark.covers("D3")
async def test_the_requester_sees_nothing_of_the_owners_people_and_other_partners(town: World) -> None:
    olga = stranger_business(town)
    await types(town, olga, "request act_1001 analyze for 30d because Rival")
    theirs = town.card_in(town.brand_room)
    assert theirs is not None
    await press(town, town.dana, theirs, "approve")
    card = await town.send_request()

    details = await opens(town, town.emil, card, "more", selected=menu_choice(card, "details"))
    assert "Also held by Rival Media" in read(details)  # the owner knows who else has it
    await press(town, town.emil, card, "approve")  # refused, and nobody's business outside
    await press(town, town.dov, card, "approve")
    (own,) = cards(town, town.ann)
    await opens(town, town.ann, own, "more", selected=menu_choice(own, "details"))
    await opens(town, town.ann, own, "more", selected=menu_choice(own, "history"))
    for words in ("", "list shared", "pending"):
        await types(town, town.ann, words)
    await ends(town, town.dov, "revoke act_1001 from 20000000001")

    expected_version = "\n".join(
        [
            *(read(one) for one in town.dms(town.ann)),
            *(read(one) for one in town.slack.ephemerals(town.ann)),
            *(read(one) for one in town.slack.views(town.ann)),
        ]
    )
    assert "Dov" in expected_version  # who decided is named
    for hidden in ("Rival", "Emil", "Dana", "denied", "approvals"):
        assert hidden not in expected_version, hidden


async def test_cards_lose_their_buttons_in_every_state_that_is_over(town: World) -> None:
    async def decline(card: object) -> None:
        form = await opens(town, town.dana, card, "decline")  # type: ignore[arg-type]
        await fills(town, town.dana, form, "note", "No")
        await sends(town, town.dana, form)

    async def cancel(_: object) -> None:
        row = next(one for one in town.rows(tables.Request) if one.state == "PENDING")
        await types(town, town.ann, f"cancel {row.ref}")

    async def expire(_: object) -> None:
        await town.pass_time(timedelta(days=15))

    async def approve(card: object) -> None:
        await press(town, town.dana, card, "approve")  # type: ignore[arg-type]

    for end, state in (
        (decline, "DECLINED"),
        (cancel, "CANCELLED"),
        (expire, "EXPIRED"),
        (approve, "APPROVED"),
    ):
        card = await town.send_request()
        own = cards(town, town.ann)[-1]
        assert buttons(card) == {"approve", "approve_as", "adjust", "decline"}
        assert buttons(own) == {"cancel", "remind", "comment"}
        await end(card)
        assert state in {row.state for row in town.rows(tables.Request)}
        assert not buttons(card) - {"undo", "details"}, state
        more = {"CANCELLED": {"again", "elsewhere"}, "APPROVED": set()}.get(state, {"again"})
        assert buttons(own) == {"comment", *more}, state


@pytest.mark.case("3.3")
async def test_what_a_partner_holds_ends_whole_though_no_menu_could_show_it(town: World) -> None:
    make.gives(town.database, 30, to=make.AGENCY, by=town.town.ann, now=town.clock.now())
    await town.settle()
    await types(town, town.dana, f"revoke from {make.AGENCY} because Contract over")
    form = modal(town, town.dana)
    assert read(form).count("Revoke from Northwind") == 30
    done = await sends(town, town.dana, form)
    assert "Done: this access of Northwind to " in done
    assert "and 20 more" in done
    assert {row.state for row in town.rows(tables.Grant)} == {"ENDED"}
