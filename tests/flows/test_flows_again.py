"""The same delivery brought again: the answer is the first one's, however things stand by then."""

from __future__ import annotations

import pytest
from flow_steps import denials, events, fills, modal, opens, press, request, types
from world import World

from bot.sandbox.slack import Person
from bot.sandbox.slack.delivery import Delivery
from bot.store import tables


def last(world: World, kind: str) -> Delivery:
    """The newest delivery that the bot got: a command, or an interaction of this type."""
    return next(one for one in reversed(world.slack.deliveries) if one.payload.get("type", "command") == kind)


async def told_again(world: World, who: Person, delivery: Delivery) -> list[str]:
    """Bring a delivery again, and return all that somebody was told since."""
    before = len(world.slack.ephemerals(who))
    (again,) = await world.slack.redeliver(delivery)
    assert again.ok, again
    await world.settle()
    return [one.text for one in world.slack.ephemerals(who)[before:]]


@pytest.mark.case("3.4")
async def test_a_denied_click_is_denied_again_whatever_others_did_since(
    either_way: World,
) -> None:
    world = either_way
    card = await world.send_request()
    await press(world, world.emil, card, "approve")
    first, click = world.told(world.emil), last(world, "block_actions")
    assert "Only admins of your business can do that:" in first

    await press(world, world.dana, card, "approve")

    assert await told_again(world, world.emil, click) == [first]
    assert denials(world) == ["not_admin"]


@pytest.mark.case("3.4")
async def test_an_approval_answers_as_an_approval_after_it_was_undone(either_way: World) -> None:
    world = either_way
    card = await world.send_request()
    await press(world, world.dana, card, "approve")
    approved, approval = world.told(world.dana), last(world, "block_actions")
    await press(world, world.dana, card, "undo")
    undone, undoing = world.told(world.dana), last(world, "block_actions")

    assert await told_again(world, world.dana, undoing) == [undone]
    assert await told_again(world, world.dana, approval) == [approved]
    assert len(events(world, "request.undone")) == 1


@pytest.mark.case("3.4")
async def test_a_second_request_that_was_denied_is_denied_again(either_way: World) -> None:
    world = either_way
    await world.send_request()
    await types(world, world.ann, "request act_1001 analyze for 30d because Summer")
    denied = last(world, "command")
    assert denied.delivered is not None
    assert "is asked for already" in str(denied.delivered.body)
    await types(world, world.ann, f"cancel {request(world).ref}")

    (again,) = await world.slack.redeliver(denied)

    assert again.body == denied.delivered.body
    assert len(world.rows(tables.Request)) == 1


@pytest.mark.case("3.4")
async def test_a_form_that_was_denied_stays_open_when_it_is_brought_again(either_way: World) -> None:
    world = either_way
    await world.send_request()
    await types(world, world.ann, "request act_1001 analyze for 30d")
    form = modal(world, world.ann)
    await fills(world, world.ann, form, "reason", "Summer")
    await world.slack.submit(world.ann, form)
    sent = last(world, "view_submission")
    assert sent.delivered is not None
    assert "is asked for already" in str(sent.delivered.body)

    (again,) = await world.slack.redeliver(sent)

    assert again.body == sent.delivered.body


@pytest.mark.case("3.4")
async def test_a_form_that_a_press_has_opened_opens_once(either_way: World) -> None:
    world = either_way
    card = await world.send_request()
    form = await opens(world, world.dana, card, "decline")

    assert await told_again(world, world.dana, last(world, "block_actions")) == []
    assert modal(world, world.dana).id == form.id
