"""Forms of settings, remarks and extensions, sent in by whom and with what they are not for."""

from __future__ import annotations

import json

import make
import pytest
from hostile import Json, Stage, changed, nothing_moves

from bot.sandbox.slack.delivery import Delivered, Kind
from bot.sandbox.slack.model import Person, View

pytestmark = pytest.mark.asyncio(loop_scope="module")

VALUES, PRIVATE = ("view", "state", "values"), ("view", "private_metadata")
OLD_MODAL = "does not know that button or form"


async def opened(stage: Stage, who: Person, action: str, subject: str) -> View:
    """The window that a button about something opens."""
    await stage.send(Kind.INTERACTIVE, stage.press(who, action, json.dumps({"r": subject, "v": 1})))
    view = stage.world.slack.top_view(who)
    assert view is not None, stage.world.told(who)
    return view


async def sound(stage: Stage, callback: str) -> Json:
    """A submission that would be taken if it came from who opened the window."""
    world = stage.world
    if callback == "extend":
        return world.slack.payload_submit(world.ann, await stage.form(world.ann, f"extend {make.PAGE}"))
    subject = stage.request_id if callback == "comment" else make.BRAND
    payload = world.slack.payload_submit(world.dana, await opened(stage, world.dana, callback, subject))
    if callback == "comment":
        payload = changed(payload, (*VALUES, "text", "text", "value"), "Hello")
    if callback == "members":
        payload = changed(payload, (*VALUES, "user", "user", "selected_user"), world.vera.id)
    return payload


def denied(delivered: Delivered) -> str:
    """The words at the fields of a form that stays open."""
    assert delivered.status == 200, delivered
    assert delivered.body["response_action"] == "errors", delivered.body
    return " ".join(delivered.body["errors"].values())


@pytest.mark.covers("T6")
@pytest.mark.parametrize("callback", ["comment", "extend", "settings", "members"])
async def test_who_is_no_admin_of_that_side_changes_nothing(
    stage: Stage, caplog: pytest.LogCaptureFixture, callback: str
) -> None:
    """By an employee, by an admin of a third business, and by somebody whom nobody knows."""
    world = stage.world
    async with nothing_moves(stage, caplog):
        payload = await sound(stage, callback)
        for who in (world.emil, world.eva, world.olga, world.vera):
            payload["user"] |= {"id": who.id, "team_id": who.team_id}
            assert denied(await stage.send(Kind.INTERACTIVE, payload)), who.name


@pytest.mark.parametrize("callback", ["comment", "extend", "settings", "members"])
@pytest.mark.parametrize(
    "private",
    ["", "{}", "[]", '{"r":"1"}', '{"r":1,"v":1}', '{"r":"1\\u0000","v":1}', '{"r":"1","v":-1}', "x" * 3000],
    ids=["nothing", "empty", "a list", "half", "a number", "NUL", "a version below none", "3,000 characters"],
)
async def test_a_window_that_is_not_ours_is_said_to_be_old(
    stage: Stage, caplog: pytest.LogCaptureFixture, callback: str, private: str
) -> None:
    async with nothing_moves(stage, caplog):
        payload = changed(await sound(stage, callback), PRIVATE, private)
        assert OLD_MODAL in denied(await stage.send(Kind.INTERACTIVE, payload))


@pytest.mark.covers("T10")
@pytest.mark.parametrize(
    ("callback", "theirs"),
    [("comment", "request"), ("comment", "over"), ("extend", "grant")],
)
async def test_what_is_hidden_is_answered_like_what_is_not_there(
    stage: Stage, caplog: pytest.LogCaptureFixture, callback: str, theirs: str
) -> None:
    """The window is one's own, what it is about is somebody else's."""
    said = []
    async with nothing_moves(stage, caplog):
        payload = await sound(stage, callback)
        payload["user"] |= {"id": stage.world.dana.id, "team_id": stage.world.dana.team_id}
        for number in (stage.theirs[theirs], "4" * 15):
            kept = json.loads(payload["view"]["private_metadata"]) | {"r": number}
            said.append(
                denied(await stage.send(Kind.INTERACTIVE, changed(payload, PRIVATE, json.dumps(kept))))
            )
    assert said[0] == said[1]


@pytest.mark.parametrize(
    ("block", "held"),
    [
        ("user", {"user": {"type": "users_select", "selected_user": None}}),
        ("user", {"user": {"type": "users_select", "selected_user": "x' OR 1"}}),
        ("user", {"user": {"type": "users_select", "selected_user": ["UVERA"]}}),
        ("user", {"user": {"type": "users_select", "selected_user": "UNOBODY"}}),
        ("role", {"role": {"type": "static_select", "selected_option": {"value": "OWNER"}}}),
        ("role", {"role": {"type": "static_select", "selected_option": None}}),
    ],
)
async def test_a_member_that_slack_would_never_offer_is_not_taken(
    stage: Stage, caplog: pytest.LogCaptureFixture, block: str, held: Json
) -> None:
    async with nothing_moves(stage, caplog):
        payload = changed(await sound(stage, "members"), (*VALUES, block), held)
        assert denied(await stage.send(Kind.INTERACTIVE, payload))


@pytest.mark.parametrize("value", ["", "0", "-1", "99", "1e3", "x" * 10_000, "١", None, 5, ["2"]])
async def test_a_quorum_that_is_none_is_said_at_its_field(
    stage: Stage, caplog: pytest.LogCaptureFixture, value: object
) -> None:
    async with nothing_moves(stage, caplog):
        payload = changed(await sound(stage, "settings"), (*VALUES, "quorum", "quorum", "value"), value)
        delivered = await stage.send(Kind.INTERACTIVE, payload)
        assert denied(delivered)
        assert set(delivered.body["errors"]) == {"quorum"}


@pytest.mark.covers("T10")
async def test_a_member_of_another_business_is_not_changed_from_ones_own_window(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    """The button names a person; the business is that of the window."""
    world = stage.world
    async with nothing_moves(stage, caplog):
        view = await opened(stage, world.dana, "members", make.BRAND)
        for action in ("make_admin", "make_employee", "remove_member"):
            for person in (world.town.ann.id, f"4{31:014d}", "4" * 15):
                payload = world.slack.payload_click(
                    world.dana, view, "remove_member", value=first_value(view)
                )
                payload["actions"][0] |= {
                    "action_id": action,
                    "value": json.dumps({"r": person, "v": 1}),
                }
                assert (await stage.send(Kind.INTERACTIVE, payload)).status == 200
                on_top = world.slack.top_view(world.dana)
                assert on_top is not None
                assert on_top.callback_id == "message"
                await world.slack.close(world.dana, on_top)


def first_value(view: View) -> str:
    """The value of the first button that removes somebody."""
    return next(
        str(element["value"])
        for block in view.blocks
        for element in block.get("elements", [])
        if element.get("action_id") == "remove_member"
    )
