"""Shortcuts: the form from anywhere in Slack, and from a message that names assets."""

from __future__ import annotations

import make
import pytest
from flow_steps import approved, fills, modal, read, sends
from world import World

from bot.domain.assets import Kind
from bot.sandbox.slack import Fault
from bot.slack.ids import Shortcut
from bot.store import tables


async def test_the_form_opens_from_anywhere_in_slack(either_way: World) -> None:
    used = await either_way.slack.use_shortcut(either_way.ann, Shortcut.REQUEST)
    assert used.ok
    await either_way.settle()
    assert modal(either_way, either_way.ann).title == "Request access"


async def test_what_a_message_names_is_in_the_form_and_is_sent_as_any_request(town: World) -> None:
    said = await town.slack.say(town.ann, town.agency_room, "We need act_1001 by Friday (it has the budget)")
    await town.slack.use_shortcut(town.ann, Shortcut.REQUEST_NAMED, message=said)
    await town.settle()
    form = modal(town, town.ann)
    assert "Acme Main" in read(form)

    await fills(town, town.ann, form, "level", "General user", block="level:act_1001")
    await fills(town, town.ann, form, "reason", "Spring")
    await sends(town, town.ann, form)
    assert [item.asset_id for item in town.rows(tables.Item)] == [make.ACCOUNT]


async def test_a_message_names_pages_and_profiles_by_their_addresses_too(town: World) -> None:
    await approved(town)
    make.asset(town.database, "700000009", kind=Kind.INSTAGRAM_ACCOUNT, name="@acme.insta", owner=make.BRAND)
    text = "<https://www.facebook.com/acmepage/about|our Page> and https://instagram.com/acme.insta?igsh=x"
    said = await town.slack.say(town.ann, town.agency_room, text)
    await town.slack.use_shortcut(town.ann, Shortcut.REQUEST_NAMED, message=said)
    await town.settle()
    form = read(modal(town, town.ann))
    assert "Acme Page" in form
    assert "@acme.insta" in form
    assert "names no asset" not in form

    found = await town.slack.suggest(town.ann, modal(town, town.ann), "assets", "instagram.com/acme.insta/")
    assert [one["value"] for one in found.options] == ["INSTAGRAM_ACCOUNT:700000009"]
    make.asset(town.database, "700000010", kind=Kind.PAGE, name="instagram.com/acme.insta/", owner=make.BRAND)
    found = await town.slack.suggest(town.ann, modal(town, town.ann), "assets", "instagram.com/acme.insta/")
    assert len(found.options) == 2, "an asset may be called like an address"


async def test_a_business_id_in_a_message_is_no_asset_and_names_the_owner(town: World) -> None:
    for text in (f"act_1001 for our Business ID {make.AGENCY}", f"act_4815162342 of {make.BRAND}"):
        said = await town.slack.say(town.ann, town.agency_room, text)
        await town.slack.use_shortcut(town.ann, Shortcut.REQUEST_NAMED, message=said)
        await town.settle()
        form = modal(town, town.ann)
        assert [one["block_id"] for one in form.blocks if one["block_id"].startswith("level:")] == [
            f"level:{text.split()[0]}"
        ]
        assert "admins of Acme Shoes will be asked" in read(form)


async def test_an_address_of_a_page_that_is_not_known_is_not_said_to_be_missing(town: World) -> None:
    said = await town.slack.say(town.ann, town.agency_room, "https://www.instagram.com/nobody.knows/")
    await town.slack.use_shortcut(town.ann, Shortcut.REQUEST_NAMED, message=said)
    await town.settle()
    assert "no link to a Page or an Instagram account that I know" in read(modal(town, town.ann))


async def test_a_message_that_names_nothing_opens_the_form_and_says_so(town: World) -> None:
    said = await town.slack.say(town.ann, town.agency_room, "Lunch at 12:30? It is 12500 steps away")
    await town.slack.use_shortcut(town.ann, Shortcut.REQUEST_NAMED, message=said)
    await town.settle()
    assert "names no asset that I can read" in read(modal(town, town.ann))


async def test_a_message_that_names_more_than_one_request_takes_says_so(town: World) -> None:
    named = " ".join(f"act_{number}" for number in range(1001, 1040))
    said = await town.slack.say(town.ann, town.agency_room, named)
    await town.slack.use_shortcut(town.ann, Shortcut.REQUEST_NAMED, message=said)
    await town.settle()
    form = read(modal(town, town.ann))
    assert "names more than 25 assets" in form
    assert ("act_1025" in form, "act_1026" in form) == (True, False)


async def test_who_is_in_no_business_is_told_so_where_nothing_can_be_said_beside_it(town: World) -> None:
    stranger = town.slack.add_person(town.agency, "sam")
    await town.slack.use_shortcut(stranger, Shortcut.REQUEST)
    await town.settle()
    assert "You aren't in any business here yet" in read(modal(town, stranger))


@pytest.mark.parametrize("others", [(), ("bot",)], ids=["without the app in the channel", "with it"])
async def test_what_goes_wrong_in_a_thread_is_said_in_the_thread(
    town: World, others: tuple[str, ...]
) -> None:
    room = town.slack.add_channel(town.agency, "talk", members=[town.ann], with_bot=bool(others))
    first = await town.slack.say(town.ann, room, "We need act_1001")
    reply = await town.slack.say(town.ann, room, "act_1001, for the spring", thread_ts=first.ts)
    for message in (reply, first):
        late = {"ok": False, "error": "expired_trigger_id"}
        town.slack.faults.add(Fault(method="views.open", body=late))
        await town.slack.use_shortcut(town.ann, Shortcut.REQUEST_NAMED, message=message)
        await town.settle()
    in_thread, beside = town.slack.ephemerals(town.ann)
    assert read(in_thread) == read(beside)
    assert (in_thread.thread_ts, beside.thread_ts) == (first.ts, None)
