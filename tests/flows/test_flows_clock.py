"""What the clock does to a request and to access, from the first nudge to the last warning."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import make
import pytest
from flow_steps import (
    buttons,
    events,
    fills,
    held,
    menu_choice,
    modal,
    notices,
    opens,
    press,
    read,
    request,
    sends,
    thread,
    types,
)
from world import World, until

from bot.domain.actors import Role
from bot.sandbox.slack import Kind, Message, Person
from bot.services import settings
from bot.services.context import act
from bot.store import tables

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


def digests(world: World, who: Person) -> list[Message]:
    """The digests among somebody's direct messages."""
    subjects = {row.id for row in world.rows(tables.Digest)}
    stand = {row.ts for row in world.rows(tables.Card) if row.subject_id in subjects and row.ts}
    return [one for one in world.dms(who) if one.ts in stand]


def warnings(world: World, who: Person, audience: str) -> list[Message]:
    """The warnings of one kind among somebody's direct messages."""
    stand = {row.ts for row in world.rows(tables.Card) if row.audience == audience and row.ts}
    return [one for one in world.dms(who) if one.ts in stand]


def own_card(world: World) -> Message:
    """The card that follows what Ann asked."""
    (row,) = [row for row in world.rows(tables.Card) if row.audience == "REQUESTER"]
    found = world.slack.message(row.channel_id, row.ts)
    assert found is not None
    return found


def requested(world: World) -> list[Any]:
    """What was asked, the first first."""
    return sorted(world.rows(tables.Request), key=lambda row: row.created_at)


# --- nudges -------------------------------------------------------------------------------------------


async def test_a_digest_comes_in_working_hours_and_is_decided_there(either_store: World) -> None:
    world = either_store
    world.clock.push(10 * HOUR)  # Ann asks at eight in the evening
    card = await world.send_request()

    await world.pass_time(DAY + MINUTE)
    assert not digests(world, world.dana), "nobody is nudged at eight in the evening"
    await world.pass_time(13 * HOUR)

    (digest,) = digests(world, world.dana)
    assert request(world).ref in read(digest)
    assert {"approve", "decline", "snooze", "details"} <= buttons(digest)
    await press(world, world.dana, digest, "approve")

    assert held(world) == {"ADVERTISE", "ANALYZE"}
    assert "Approved" in read(card)
    assert not buttons(digest) & {"approve", "decline", "snooze"}
    (others,) = digests(world, world.dov)
    assert not buttons(others) & {"approve", "decline", "snooze"}
    assert "Approved:" in world.told(world.dana)
    assert len(events(world, "request.nudged")) == 2


async def test_a_digest_follows_what_is_decided_elsewhere(town: World) -> None:
    card = await town.send_request()
    await town.pass_time(DAY + MINUTE)
    (digest,) = digests(town, town.dov)

    await press(town, town.dana, card, "approve")
    await town.pass_time(3 * DAY)

    assert not buttons(digest) & {"approve", "decline", "snooze"}
    assert "Dana" in read(digest)
    assert len(digests(town, town.dov)) == 1, "nobody is nudged about what is decided"


async def test_a_digest_whose_requests_are_all_decided_before_it_is_sent_is_not_sent(town: World) -> None:
    card = await town.send_request()
    town.slack.faults.rate_limit("conversations.open", retry_after="30", team_id=make.BRAND_TEAM)
    town.clock.push(DAY + MINUTE)
    await town.app.ticks.sweep()
    await until(lambda: [row for row in town.rows(tables.Effect) if row.error == "ratelimited"])

    assert (await town.click(town.dana, card, "approve")).ok
    town.clock.push_real(timedelta(seconds=31))
    await town.settle()

    sent = {row.id for row in town.rows(tables.Card) if row.audience == "DIGEST" and row.ts}
    states = {row.state for row in town.rows(tables.Effect) if row.error == "nothing_left"}
    assert len(sent) <= 1, "one of the two waited, and had nothing to say any more"
    assert states == {"SUPERSEDED"}


async def test_a_digest_that_an_outage_held_back_until_night_comes_in_the_morning(town: World) -> None:
    await town.send_request()
    await town.app.worker.stop()
    town.clock.push(DAY + MINUTE)
    await town.app.ticks.sweep()
    town.clock.push(12 * HOUR)
    await town.stop()
    await town.start()
    await until(lambda: [row for row in town.rows(tables.Effect) if row.error == "not_at_work"])
    assert not digests(town, town.dana)

    town.clock.push(12 * HOUR)
    town.clock.push_real(timedelta(minutes=5))
    await town.settle()

    assert len(digests(town, town.dana)) == 1


async def test_one_digest_a_day_holds_all_that_waits_and_each_is_decided_by_itself(town: World) -> None:
    await town.send_request()
    await town.send_request("request 500000001 advertise for 30d because Posts")

    await town.pass_time(DAY + MINUTE)

    (digest,) = digests(town, town.dana)
    first, second = requested(town)
    assert first.ref in read(digest)
    assert second.ref in read(digest)
    value = f'{{"r":"{second.id}","v":{second.version}}}'
    await press(town, town.dana, digest, "approve", value=value)
    assert [row.state for row in requested(town)] == ["PENDING", "APPROVED"]
    assert "approve" in buttons(digest), "the other one still waits"

    await town.pass_time(2 * DAY)
    assert len(digests(town, town.dana)) == 2
    assert first.ref in read(digests(town, town.dana)[-1])
    assert second.ref not in read(digests(town, town.dana)[-1])


async def test_what_is_snoozed_comes_back_the_next_working_morning(town: World) -> None:
    await town.send_request()
    await town.pass_time(DAY + MINUTE)
    (digest,) = digests(town, town.dana)

    await press(town, town.dana, digest, "snooze")

    assert "snooze" not in buttons(digest)
    assert request(town).ref in town.told(town.dana)
    await town.pass_time(22 * HOUR)
    assert len(digests(town, town.dana)) == 1
    await town.pass_time(2 * HOUR)
    assert len(digests(town, town.dana)) == 2
    assert len(digests(town, town.dov)) == 1


async def test_while_somebody_looks_at_it_the_others_are_left_in_peace(town: World) -> None:
    card = await town.send_request()
    await town.pass_time(HOUR)

    await press(town, town.dana, card, "more", selected=menu_choice(card, "look"))

    assert "Dana" in read(card)
    await town.pass_time(23 * HOUR + MINUTE)
    assert len(digests(town, town.dana)) == 1
    assert not digests(town, town.dov)
    await town.pass_time(HOUR)
    assert len(digests(town, town.dov)) == 1, "a day later it is his again"


async def test_who_has_approved_is_not_asked_for_it_again_by_their_digest(town: World) -> None:
    await town.send_request("request act_1001 admin for 30d because Spring")
    await town.pass_time(DAY)
    (hers,), (his,) = digests(town, town.dana), digests(town, town.dov)
    await press(town, town.dana, hers, "approve")
    assert "You approved it; another admin decides" in read(hers)
    assert "Nothing here waits for you any more" in read(hers)
    assert buttons(hers) == {"decline", "details"}
    assert "1 request waits for you" in read(his)
    await press(town, town.dov, his, "approve")
    assert held(town) == {"MANAGE", "ADVERTISE", "ANALYZE"}


async def test_a_requester_has_the_approvers_reminded_once_a_day(town: World) -> None:
    await town.send_request()
    late = town.slack.payload_click(town.ann, own_card(town), "remind")

    await press(town, town.ann, own_card(town), "remind")
    await town.pass_time(MINUTE)

    assert len(digests(town, town.dana)) == len(digests(town, town.dov)) == 1
    assert "remind" in buttons(own_card(town)), "from the next day on it is of use again"
    assert (await town.slack.send_payload(Kind.INTERACTIVE, late)).ok
    await town.settle()
    assert len(events(town, "request.reminded")) == 1
    assert [one.kind for one in events(town)].count("denied") == 1

    await town.pass_time(DAY)
    assert len(digests(town, town.dana)) == 2


async def test_a_reminder_from_the_details_is_confirmed_and_the_details_below_offer_none_any_more(
    town: World,
) -> None:
    await town.send_request()
    own = own_card(town)
    details = await opens(town, town.ann, own, "more", selected=menu_choice(own, "details"))
    await press(town, town.ann, details, "remind")
    assert "2 admins will get a reminder" in read(modal(town, town.ann))
    assert "remind" not in buttons(details)
    assert "Reminded." in read(details)


# --- expiry -------------------------------------------------------------------------------------------


@pytest.mark.covers("R12")
async def test_a_requester_is_warned_on_the_last_working_day_before_it_expires_and_asks_again(
    either_store: World,
) -> None:
    world = either_store
    await world.send_request()
    await world.pass_time(11 * DAY - 2 * HOUR)  # the Friday before the last day, which is a Sunday
    assert not warnings(world, world.ann, "EXPIRY")

    await world.pass_time(2 * HOUR)

    (warning,) = warnings(world, world.ann, "EXPIRY")
    assert {"remind", "cancel"} <= buttons(warning)
    await world.pass_time(3 * DAY)
    assert request(world).state == "EXPIRED"
    assert "again" in buttons(warning)
    assert not buttons(warning) & {"remind", "cancel"}
    form = await opens(world, world.ann, warning, "again")
    assert "Spring" in str(form.blocks)
    assert "act_1001" in str(form.blocks)
    await sends(world, world.ann, form)

    old, new = requested(world)
    assert (old.state, new.state, new.reason) == ("EXPIRED", "PENDING", "Spring")
    assert (new.term_kind, new.term_days) == (old.term_kind, old.term_days)


async def test_only_the_side_that_asked_asks_again(town: World) -> None:
    await town.send_request()
    await town.pass_time(15 * DAY)
    payload = town.slack.payload_click(town.ann, own_card(town), "again")
    payload["user"] = {**payload["user"], "id": town.dana.id, "team_id": town.dana.team_id}
    payload["container"] = {"type": "message"}

    assert (await town.slack.send_payload(Kind.INTERACTIVE, payload)).ok
    await town.settle()

    assert town.slack.top_view(town.dana) is None


# --- access that ends -----------------------------------------------------------------------------------


async def given(world: World) -> None:
    card = await world.send_request()
    await press(world, world.dana, card, "approve")


@pytest.mark.covers("G5")
async def test_a_warning_leads_to_an_extension_and_the_old_grant_ends_as_dated(either_store: World) -> None:
    world = either_store
    await given(world)
    await world.pass_time(23 * DAY + HOUR)

    (warning,) = warnings(world, world.ann, "ENDING")
    assert {"extend", "let_end"} <= buttons(warning)
    form = await opens(world, world.ann, warning, "extend")
    await fills(world, world.ann, form, "reason", "The campaign runs on")
    await sends(world, world.ann, form)

    old, new = requested(world)
    assert (new.state, new.reason) == ("PENDING", "The campaign runs on")
    assert new.extends_id is not None
    assert new.ref in read(warning)
    assert not buttons(warning) & {"extend", "let_end"}
    card = world.card_in(world.brand_room)
    assert card is not None
    assert old.ref in read(card)
    await press(world, world.dana, card, "approve")
    assert "xtended" in read(warning)

    first, second = sorted(world.rows(tables.Grant), key=lambda row: row.ends_at)
    assert first.state == second.state == "ACTIVE"
    assert second.ends_at > first.ends_at
    await world.pass_time(8 * DAY)
    first, second = sorted(world.rows(tables.Grant), key=lambda row: row.ends_at)
    assert (first.state, first.end_reason, second.state) == ("ENDED", "REACHED", "ACTIVE")
    assert held(world) == {"ADVERTISE", "ANALYZE"}, "nothing was interrupted"


@pytest.mark.case("3.1")
async def test_the_warning_of_what_was_extended_twice_says_so_when_the_first_extension_is_over(
    town: World,
) -> None:
    await given(town)
    await town.pass_time(23 * DAY + HOUR)
    (warning,) = warnings(town, town.ann, "ENDING")
    for _ in range(2):
        await types(town, town.ann, f"extend {requested(town)[-1].ref} for 30d because More to do")
        await sends(town, town.ann, modal(town, town.ann))
        card = town.card_in(town.brand_room)
        assert card is not None
        await press(town, town.dana, card, "approve")
    _, first, second = requested(town)
    await town.pass_time(38 * DAY)
    assert f"Extended with {first.ref}, which was itself extended with {second.ref}." in read(warning)
    assert "again" not in buttons(warning)
    assert held(town) == {"ADVERTISE", "ANALYZE"}


async def test_what_is_let_end_is_not_warned_of_again(town: World) -> None:
    await given(town)
    await town.pass_time(23 * DAY + HOUR)
    (warning,) = warnings(town, town.ann, "ENDING")

    await press(town, town.ann, warning, "let_end")
    assert "let_end" not in buttons(warning)
    assert "nobody at Northwind" in read(warning)
    more = await town.send_request("request act_1001 analyze,draft for 90d because Reports")
    await press(town, town.dana, more, "approve")
    assert "nobody at" not in read(warning)
    assert "Northwind still has " in read(warning)
    await town.pass_time(6 * DAY)

    assert len(warnings(town, town.ann, "ENDING")) == 1
    await town.pass_time(2 * DAY)
    assert held(town) == {"ANALYZE", "DRAFT"}
    assert not buttons(warning) & {"extend", "let_end"}
    form = await opens(town, town.ann, warning, "again")  # with all that was asked for then
    assert "act_1001" in str(form.blocks)
    await sends(town, town.ann, form)
    assert [one.state for one in requested(town)] == ["APPROVED", "APPROVED", "PENDING"]


async def test_the_second_warning_comes_a_day_before_the_end(town: World) -> None:
    await given(town)
    await town.pass_time(23 * DAY + HOUR)
    await town.pass_time(6 * DAY)
    assert len(warnings(town, town.ann, "ENDING")) == 2


async def test_the_holder_extends_by_command(town: World) -> None:
    await given(town)

    await types(town, town.ann, "extend act_1001 for 30d because More to do")
    form = town.slack.top_view(town.ann)
    assert form is not None
    await sends(town, town.ann, form)

    assert requested(town)[-1].reason == "More to do"
    assert requested(town)[-1].extends_id is not None


@pytest.mark.case("8.10")
@pytest.mark.parametrize(
    ("words", "ends"), [("until 2027-03-31", "2027-03-31T21:59"), ("no end", None), ("for 45 days", "days")]
)
async def test_every_length_of_a_request_is_understood_of_an_extension(
    town: World, words: str, ends: str | None
) -> None:
    await given(town)
    (grant,) = town.rows(tables.Grant)

    await types(town, town.ann, f"extend act_1001 {words} because More to do")
    await sends(town, town.ann, modal(town, town.ann))

    until = requested(town)[-1].term_until
    expected = (grant.ends_at + timedelta(days=45)).isoformat() if ends == "days" else ends
    assert until.isoformat().startswith(expected) if expected else until is None


@pytest.mark.parametrize("words", ["extend until 2027-03-31 because More to do", "extend for 60d", "extend"])
async def test_who_says_for_how_long_before_which_access_is_meant_is_asked_again(
    town: World, words: str
) -> None:
    assert "say there again" not in await types(town, town.ann, words), "there is nothing to choose"
    await given(town)

    said = await types(town, town.ann, words)

    assert "Acme Main" in said
    assert ("say there again for how long" in said) is (words != "extend")


async def test_who_extends_until_a_contract_ends_that_nobody_has_stated_is_told_so(town: World) -> None:
    await given(town)

    said = await types(town, town.ann, "extend act_1001 until contract end because More to do")

    assert "I don't know when your contract with them ends" in said
    assert town.slack.top_view(town.ann) is None


@pytest.mark.case("8.10")
async def test_the_form_for_more_time_asks_until_which_day(town: World) -> None:
    await given(town)
    await types(town, town.ann, "extend act_1001")
    form = modal(town, town.ann)

    await fills(town, town.ann, form, "term", "until")
    await fills(town, town.ann, form, "until", "2027-03-31")
    await sends(town, town.ann, form)

    assert requested(town)[-1].term_until.isoformat().startswith("2027-03-31T21:59")


async def test_the_owner_cannot_extend_what_it_shares(town: World) -> None:
    await given(town)
    await town.pass_time(23 * DAY + HOUR)
    (warning,) = warnings(town, town.ann, "ENDING")
    payload = town.slack.payload_click(town.ann, warning, "let_end")
    payload["user"] = {**payload["user"], "id": town.dana.id, "team_id": town.dana.team_id}

    assert (await town.slack.send_payload(Kind.INTERACTIVE, payload)).ok
    await town.settle()

    assert not town.rows(tables.Grant)[0].may_end


async def test_a_warning_goes_to_another_admin_when_the_requester_cannot_be_reached(town: World) -> None:
    await given(town)
    hers = own_card(town).channel_id
    # Whatever it is: she is also asked whether the access works.
    town.slack.faults.refuse("chat.postMessage", "user_disabled", channel_id=hers, times=9)

    await town.pass_time(23 * DAY + HOUR)

    assert not warnings(town, town.ann, "ENDING")
    assert len(warnings(town, town.abe, "ENDING")) == 1


# --- undo -----------------------------------------------------------------------------------------------


@pytest.mark.covers("T18")
async def test_a_second_admin_undoes_within_the_window_and_both_sides_see_it(either_store: World) -> None:
    world = either_store
    card = await world.send_request()
    await press(world, world.dana, card, "approve")
    assert "undo" in buttons(card)

    await press(world, world.dov, card, "undo")

    (grant,) = world.rows(tables.Grant)
    assert (grant.state, grant.end_reason) == ("ENDED", "UNDONE")
    assert held(world) == set()
    assert "undo" not in buttons(card)
    assert "ndone" in read(card)
    assert "Dov" in read(card)
    assert "ndone" in read(own_card(world))
    assert any("Undone by Dov of Acme Shoes" in one for one in notices(world, world.ann))


@pytest.mark.case("5.1")
@pytest.mark.parametrize("extension", ["approved", "undecided"])
async def test_who_hears_of_an_undo_hears_in_the_same_message_of_what_extended_it(
    town: World, extension: str
) -> None:
    card = await town.send_request()
    await press(town, town.dana, card, "approve")
    await types(town, town.ann, "extend act_1001 for 60d because More to do")
    await sends(town, town.ann, modal(town, town.ann))
    longer = town.card_in(town.brand_room)
    assert longer is not None
    if extension == "approved":
        await press(town, town.dana, longer, "approve")
    before = len(notices(town, town.ann))

    await press(town, town.dov, card, "undo")

    (told,) = notices(town, town.ann)[before:]
    ref = requested(town)[-1].ref
    more = {
        "approved": f"The same goes for what extended it: {ref}.",
        "undecided": f"Closed with it, undecided: {ref}, which asked to extend it.",
    }[extension]
    assert "Undone by Dov of Acme Shoes" in told
    assert more in told
    assert len([one for one in thread(town, card) if more in one]) == 1
    assert [one for one in thread(town, longer) if "undone" in one] == []


async def test_after_the_window_nothing_is_undone(town: World) -> None:
    card = await town.send_request()
    await press(town, town.dana, card, "approve")
    late = town.slack.payload_click(town.dov, card, "undo")

    await town.pass_time(11 * MINUTE)

    assert "undo" not in buttons(card)
    assert (await town.slack.send_payload(Kind.INTERACTIVE, late)).ok
    await town.settle()
    assert held(town) == {"ADVERTISE", "ANALYZE"}
    assert town.told(town.dov)


@pytest.mark.parametrize("who", ["emil", "vera"])
async def test_somebody_who_may_not_decide_may_not_undo(town: World, who: str) -> None:
    card = await town.send_request()
    await press(town, town.dana, card, "approve")

    await press(town, town.people[who], card, "undo")

    assert held(town) == {"ADVERTISE", "ANALYZE"}
    assert town.told(town.people[who])


# --- questions and answers --------------------------------------------------------------------------------


def replies(world: World, card: Message) -> list[str]:
    """What stands in a card's thread."""
    said = world.slack.messages(world.slack.channel(card.channel_id))
    return [read(one) for one in said if one.thread_ts == card.ts and one.ts != card.ts]


@pytest.mark.covers("R6")
async def test_a_question_and_its_answer_stand_in_the_threads_of_both_sides(either_store: World) -> None:
    world = either_store
    card = await world.send_request()

    form = await opens(world, world.dana, card, "more", selected=menu_choice(card, "comment"))
    await fills(world, world.dana, form, "text", "Which campaign is it?")
    await sends(world, world.dana, form)
    form = await opens(world, world.ann, own_card(world), "comment")
    await fills(world, world.ann, form, "text", "The spring one")
    await sends(world, world.ann, form)

    for shown in (card, own_card(world)):
        requested, answered = replies(world, shown)
        assert "Which campaign is it?" in requested
        assert "The spring one" in answered
        assert "Which campaign is it?" in read(shown)
    written = sorted(world.rows(tables.Comment), key=lambda row: row.at)
    assert [row.text for row in written] == ["Which campaign is it?", "The spring one"]


@pytest.mark.case("10.3")
async def test_who_replies_under_a_card_is_told_once_who_sees_it_and_can_send_it_on(
    either_way: World,
) -> None:
    world = either_way
    world.slack.app.events |= {"message.channels", "message.groups"}
    card = await world.send_request()
    room = world.slack.channel(card.channel_id)
    for who, words in (
        (world.dana, "Is it &lt;urgent&gt; &amp; new?"),
        (world.dov, "What for?"),
        (world.dana, "Anyone?"),
    ):
        await world.slack.say(who, room, words, thread_ts=card.ts)
        await world.settle()
    (hint,) = world.slack.ephemerals(world.dana)
    assert hint.thread_ts == card.ts
    assert "Only your side sees" in read(hint)
    assert len(world.slack.ephemerals(world.dov)) == 1
    assert not world.rows(tables.Comment), "nothing is sent on by itself"

    form = await opens(world, world.dana, hint, "reply")
    assert "Is it <urgent> & new?" in str(form.blocks)
    await sends(world, world.dana, form)
    (written,) = world.rows(tables.Comment)
    assert written.text == "Is it <urgent> & new?"
    assert any("Is it <urgent> & new?" in one for one in replies(world, own_card(world)))


@pytest.mark.case("10.3")
async def test_what_is_sent_on_reads_as_in_slack_and_a_file_is_a_reply_too(town: World) -> None:
    town.slack.app.events |= {"message.channels", "message.groups"}
    card = await town.send_request()
    room = town.slack.channel(card.channel_id)
    said = (
        "<@UDOV> and <@UGONE>, <!here>: see <https://a.example/?x=1&amp;y=2|the plan>, "
        "<https://b.example|b.example> in <#C1|ads> &lt;3"
    )
    await town.slack.say(town.dana, room, said, thread_ts=card.ts)
    await town.settle()
    (hint,) = town.slack.ephemerals(town.dana)
    form = await opens(town, town.dana, hint, "reply")
    box = next(one["element"] for one in form.blocks if one["type"] == "input")
    assert box["initial_value"] == (
        "@Dov and @somebody, @here: see the plan (https://a.example/?x=1&y=2), https://b.example in #ads <3"
    )

    (event,) = (one for one in town.slack.deliveries if one.payload.get("event", {}).get("text") == said)
    file = {"subtype": "file_share", "user": town.dov.id, "text": "", "files": [{"id": "F1"}]}
    shared = town.slack.payload_event(town.brand, {**event.payload["event"], **file})
    await town.slack.send_payload(Kind.EVENT, shared)
    await town.settle()
    (hint,) = town.slack.ephemerals(town.dov)
    form = await opens(town, town.dov, hint, "reply")
    assert form.title.startswith("About")


@pytest.mark.case("10.3")
async def test_only_a_reply_under_a_card_by_somebody_who_may_write_to_the_other_side_gets_the_hint(
    town: World,
) -> None:
    town.slack.app.events |= {"message.channels", "message.groups"}
    card = await town.send_request()
    room = town.slack.channel(card.channel_id)
    for one in (town.emil, town.eva):
        room.members.add(one.id)
    other = await town.slack.say(town.dana, room, "Good morning")
    await town.slack.say(town.dov, room, "To you, too", thread_ts=other.ts)
    for one in (town.emil, town.eva):  # who cannot write to the other side, or is of it
        await town.slack.say(one, room, "What is this?", thread_ts=card.ts)
    await town.settle()
    assert [town.slack.ephemerals(one) for one in (town.dana, town.dov, town.emil, town.eva)] == [
        [],
        [],
        [],
        [],
    ]
    assert not [row for row in town.rows(tables.InboxRow) if row.key.startswith("thread:")]


async def test_an_empty_comment_is_an_error_at_its_field(town: World) -> None:
    card = await town.send_request()
    form = await opens(town, town.dana, card, "more", selected=menu_choice(card, "comment"))
    await town.slack.set_value(town.dana, form, "text", "   ")

    sent = await town.slack.submit(town.dana, form)

    assert sent.error == "invalid", sent
    assert not town.rows(tables.Comment)


async def test_employees_write_nothing_to_the_other_side(town: World) -> None:
    card = await town.send_request()
    form = await opens(town, town.dana, card, "more", selected=menu_choice(card, "comment"))
    await town.slack.set_value(town.dana, form, "text", "Hello")
    role = {"role": Role.EMPLOYEE, "by": town.town.dov.by(), "now": town.clock.now()}
    await town.database.write(act, settings.set_role, make.BRAND, town.town.dana.id, **role)

    sent = await town.slack.submit(town.dana, form)

    assert sent.error == "invalid", sent
    assert not town.rows(tables.Comment)
