"""Buttons that were never ours, of an earlier release, or about what is none of one's business."""

from __future__ import annotations

import json
from typing import Any

import make
import pytest
from hostile import Json, Stage, changed, nothing_moves

from bot.sandbox.slack.delivery import Kind
from bot.sandbox.slack.model import Person
from bot.slack.ids import ActionId

pytestmark = pytest.mark.asyncio(loop_scope="module")

OLD_BUTTON = "does not know that button or form"
OUTSIDER = "You cannot do that here, or there is no such request."

# Every button that is about a request, a prepared ask, a grant or a business.
REQUEST_BUTTONS = (
    *("approve", "adjust", "decline", "cancel", "details", "history", "open"),
    *("undo", "look", "comment", "snooze", "remind", "again"),
)
DRAFT_BUTTONS = ("send", "edit", "drop")
GRANT_BUTTONS = ("extend", "let_end")
SETTINGS_BUTTONS = ("settings", "members")

OLD_VALUES: dict[str, Any] = {
    "nothing": "",
    "no value": None,
    "a bare id, as in an earlier release": "123456789012345",
    "an id and a verb, as in an earlier release": "approve:123456789012345:1",
    "half of JSON": '{"r":"1"',
    "a list": '["1",1]',
    "a number": "5",
    "a number and no text": 5,
    "an object and no text": {"r": "1", "v": 1},
    "one field too many": '{"r":"1","v":1,"all":true}',
    "one field too few": '{"r":"1"}',
    "an id that is a number": '{"r":1,"v":1}',
    "an id in other digits": '{"r":"١٢٣","v":1}',
    "an id with an emoji": '{"r":"1😀","v":1}',
    "an id with NUL": '{"r":"1\\u0000","v":1}',
    "an id of half a character": '{"r":"\\ud800","v":1}',
    "an id of twenty-one digits": '{"r":"' + "1" * 21 + '","v":1}',
    "an id with a path": '{"r":"../1","v":1}',
    "a version that is true": '{"r":"1","v":true}',
    "a version that is a word": '{"r":"1","v":"1"}',
    "a version that is a fraction": '{"r":"1","v":1.0}',
    "a version below none": '{"r":"1","v":-1}',
    "a version of many digits": '{"r":"1","v":' + "9" * 1900 + "}",
    "a version that is no number": '{"r":"1","v":NaN}',
    "2,000 characters": "x" * 2000,
    "100 kB": "x" * 100_000,
    "a nest of a thousand lists": "[" * 1000 + "]" * 1000,
    "a nest that never ends": '{"r":' * 5000,
    "a mention": "<!channel>",
}


@pytest.mark.covers("T11")
@pytest.mark.parametrize("value", OLD_VALUES.values(), ids=OLD_VALUES)
async def test_a_value_that_is_not_ours_is_answered_privately_whatever_the_button(
    stage: Stage, caplog: pytest.LogCaptureFixture, value: Any
) -> None:
    world = stage.world
    async with nothing_moves(stage, caplog):
        for action in ("approve", "details", "send", "page"):
            seen = len(world.slack.ephemerals(world.dana))
            delivered = await stage.send(Kind.INTERACTIVE, stage.press(world.dana, action, value))
            assert delivered.status == 200, action
            assert OLD_BUTTON in stage.told_since(world.dana, seen), action


@pytest.mark.parametrize(
    "selected",
    [
        {},
        {"value": None},
        {"value": "junk"},
        {"value": '{"a":"approve","r":"1","v":1}'},
        {"value": '{"a":["details"],"r":"1","v":1}'},
        {"value": '{"a":{"details":1},"r":"1","v":1}'},
        {"value": 7},
        "junk",
    ],
    ids=json.dumps,
)
async def test_a_choice_that_the_menu_never_offered_does_nothing(
    stage: Stage, caplog: pytest.LogCaptureFixture, selected: Any
) -> None:
    world = stage.world
    async with nothing_moves(stage, caplog):
        seen = len(world.slack.ephemerals(world.dana))
        payload = stage.press(world.dana, "more", None, selected=selected)
        assert (await stage.send(Kind.INTERACTIVE, payload)).status == 200
        assert OLD_BUTTON in stage.told_since(world.dana, seen)


@pytest.mark.covers("T11")
async def test_the_menu_cannot_be_made_to_approve(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    world = stage.world
    async with nothing_moves(stage, caplog):
        value = json.dumps({"a": "approve", "r": stage.request_id, "v": 1})
        payload = stage.press(world.dana, "more", None, selected={"value": value})
        await stage.send(Kind.INTERACTIVE, payload)


UNKNOWN_ACTIONS = ("launch", "APPROVE", "approve ", "approve\0", "😀", "a" * 255, "__class__", "<!channel>")


@pytest.mark.parametrize("action", UNKNOWN_ACTIONS)
async def test_a_button_that_there_is_not_does_nothing(
    stage: Stage, caplog: pytest.LogCaptureFixture, action: str
) -> None:
    world = stage.world
    async with nothing_moves(stage, caplog):
        seen = len(world.slack.ephemerals(world.dana))
        value = json.dumps({"r": stage.request_id, "v": 1})
        delivered = await stage.send(Kind.INTERACTIVE, stage.press(world.dana, action, value))
        assert delivered.status == 200
        assert OLD_BUTTON in stage.told_since(world.dana, seen)


@pytest.mark.covers("T6")
@pytest.mark.parametrize("stage", ["http"], indirect=True, scope="module")
@pytest.mark.parametrize("action", [one for one in ActionId if one not in REQUEST_BUTTONS])
async def test_a_name_of_something_else_on_a_card_does_not_decide(
    stage: Stage, caplog: pytest.LogCaptureFixture, action: ActionId
) -> None:
    """Names of inputs and of other buttons, pressed with the value that approves."""
    world = stage.world
    async with nothing_moves(stage, caplog):
        value = json.dumps({"r": stage.request_id, "v": 1})
        delivered = await stage.send(Kind.INTERACTIVE, stage.press(world.dana, action, value))
        assert delivered.status == 200


async def test_only_the_first_of_many_actions_counts(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    """Slack sends one; ten thousand are no way around its being read."""
    world = stage.world
    async with nothing_moves(stage, caplog):
        payload = stage.press(world.dana, "launch", None)
        approve = stage.press(world.dana, "approve", json.dumps({"r": stage.request_id, "v": 1}))["actions"][
            0
        ]
        payload["actions"] += [approve] * 1500
        assert (await stage.send(Kind.INTERACTIVE, payload)).status == 200


# --- what is none of one's business ---------------------------------------------------------------


def people(stage: Stage) -> dict[str, Person]:
    return {"an admin of another business": stage.world.dana, "somebody whom nobody knows": stage.world.vera}


@pytest.mark.covers("T10")
@pytest.mark.parametrize("who", ["an admin of another business", "somebody whom nobody knows"])
@pytest.mark.parametrize("action", REQUEST_BUTTONS)
async def test_a_request_between_others_is_answered_like_one_that_is_not_there(
    stage: Stage, caplog: pytest.LogCaptureFixture, action: str, who: str
) -> None:
    person = people(stage)[who]
    world, said = stage.world, []
    async with nothing_moves(stage, caplog):
        for number in (stage.theirs["request"], stage.theirs["over"], "4" * 15):
            seen = len(world.slack.ephemerals(person))
            payload = stage.press(person, action, json.dumps({"r": number, "v": 1}))
            assert (await stage.send(Kind.INTERACTIVE, payload)).status == 200
            said.append(stage.told_since(person, seen))
    assert said[0] == said[1] == said[2]
    assert OUTSIDER in said[0]


@pytest.mark.covers("T10")
@pytest.mark.parametrize("who", ["an admin of another business", "somebody whom nobody knows"])
@pytest.mark.parametrize("action", DRAFT_BUTTONS)
async def test_what_others_prepared_is_answered_like_what_is_not_there(
    stage: Stage, caplog: pytest.LogCaptureFixture, action: str, who: str
) -> None:
    person = people(stage)[who]
    world, said = stage.world, []
    async with nothing_moves(stage, caplog):
        for number in (stage.theirs["draft"], stage.draft_id, "4" * 15):
            seen = len(world.slack.ephemerals(person))
            payload = stage.press(person, action, json.dumps({"r": number, "v": 1}))
            assert (await stage.send(Kind.INTERACTIVE, payload)).status == 200
            said.append(stage.told_since(person, seen))
    assert said[0] == said[1] == said[2]
    assert "no such draft" in said[0]


@pytest.mark.covers("T10")
@pytest.mark.parametrize("who", ["an admin of another business", "somebody whom nobody knows"])
@pytest.mark.parametrize("action", GRANT_BUTTONS)
async def test_a_grant_between_others_is_answered_like_one_that_is_not_there(
    stage: Stage, caplog: pytest.LogCaptureFixture, action: str, who: str
) -> None:
    person = people(stage)[who]
    world, said = stage.world, []
    async with nothing_moves(stage, caplog):
        for number in (stage.theirs["grant"], "4" * 15):
            seen = len(world.slack.ephemerals(person))
            payload = stage.press(person, action, json.dumps({"r": number, "v": 1}))
            assert (await stage.send(Kind.INTERACTIVE, payload)).status == 200
            said.append(stage.told_since(person, seen))
    assert said[0] == said[1]
    assert said[0]


@pytest.mark.covers("T10")
@pytest.mark.parametrize("who", ["an admin of another business", "somebody whom nobody knows"])
@pytest.mark.parametrize("action", SETTINGS_BUTTONS)
async def test_the_settings_of_others_are_answered_like_those_of_nobody(
    stage: Stage, caplog: pytest.LogCaptureFixture, action: str, who: str
) -> None:
    person = people(stage)[who]
    world, said = stage.world, []
    async with nothing_moves(stage, caplog):
        for number in (make.OTHER, "4" * 15):
            seen = len(world.slack.ephemerals(person))
            payload = stage.press(person, action, json.dumps({"r": number, "v": 1}))
            assert (await stage.send(Kind.INTERACTIVE, payload)).status == 200
            said.append(stage.told_since(person, seen))
    assert said[0] == said[1]
    assert "You cannot do that here" in said[0]


async def test_an_employee_gets_no_settings_of_their_own_business(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    world = stage.world
    async with nothing_moves(stage, caplog):
        for action in SETTINGS_BUTTONS:
            payload = stage.press(world.emil, action, json.dumps({"r": make.BRAND, "v": 1}))
            assert (await stage.send(Kind.INTERACTIVE, payload)).status == 200
            view = world.slack.top_view(world.emil)
            assert view is None or view.callback_id == "message"


@pytest.mark.covers("T10")
@pytest.mark.parametrize(
    "what", ["owned", "shared", "given", "pending", "details", "history", "members", "ending"]
)
async def test_a_page_of_another_business_shows_nothing_of_it(
    stage: Stage, caplog: pytest.LogCaptureFixture, what: str
) -> None:
    world = stage.world
    async with nothing_moves(stage, caplog):
        for of in (make.OTHER, stage.theirs["request"], stage.theirs["grant"], "99999"):
            for offset in (0, 10, 2**31 - 1):
                seen = len(world.slack.ephemerals(world.dana))
                value = json.dumps({"p": what, "b": of, "o": offset})
                payload = stage.press(world.dana, "page", value)
                assert (await stage.send(Kind.INTERACTIVE, payload)).status == 200
                said = stage.told_since(world.dana, seen)
                assert "Hidden" not in said
                assert stage.theirs["ref"] not in said


@pytest.mark.covers("T8")
async def test_who_asked_or_prepared_or_belongs_to_that_side_does_not_decide(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    world = stage.world
    events = len(stage.events())
    async with nothing_moves(stage, caplog):
        for person in (world.ann, world.abe, world.eva):
            for action in ("approve", "adjust", "decline"):
                value = json.dumps({"r": stage.request_id, "v": 1})
                payload = stage.press(person, action, value)
                assert (await stage.send(Kind.INTERACTIVE, payload)).status == 200
    assert [event.kind for event in stage.events()[events:]] == ["denied"] * 9


@pytest.mark.covers("T17")
async def test_an_admin_who_comes_from_another_workspace_is_nobody_here(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    """The same user id at home elsewhere: an outsider in a shared channel, or another organisation's."""
    world = stage.world
    events = len(stage.events())
    async with nothing_moves(stage, caplog):
        for team in (world.agency.id, "TELSEWHERE"):
            for number in (stage.request_id, "4" * 15):
                payload = stage.press(world.dana, "approve", json.dumps({"r": number, "v": 1}))
                payload["user"]["team_id"] = team
                assert (await stage.send(Kind.INTERACTIVE, payload)).status == 200
    assert [event.kind for event in stage.events()[events:]] == ["denied"] * 4


@pytest.mark.covers("T16")
@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("api_app_id",), "A0OTHER"),
        (("api_app_id",), "A\ud800"),
        (("api_app_id",), ""),
        (("team", "id"), "TOTHER"),
        (("team", "id"), "T\0"),
        (("team", "id"), None),
        (("user", "id"), "U\0"),
        (("user", "id"), "U" * 1000),
        (("user", "team_id"), "T\ud800"),
        (("user",), None),
        (("user",), "UDANA"),
        (("actions",), []),
        (("actions",), {"0": {}}),
        (("actions",), [None]),
        (("actions", 0, "action_id"), ""),
        (("actions", 0, "action_id"), ["approve"]),
        (("type",), "block_actionz"),
        (("type",), None),
        (("channel",), "CBRAND"),
        (("channel",), {"id": "C\0"}),
        (("enterprise",), {"id": 5}),
        (("view",), "V1"),
        (("trigger_id",), 5),
        (("response_url",), {"x": 1}),
    ],
    ids=repr,
)
async def test_a_press_of_an_odd_shape_or_from_elsewhere_is_not_acknowledged(
    stage: Stage, caplog: pytest.LogCaptureFixture, path: tuple[Any, ...], value: Any
) -> None:
    world = stage.world
    approve = stage.press(world.dana, "approve", json.dumps({"r": stage.request_id, "v": 1}))
    world.slack._courier.ack_seconds = 0.3  # over a socket no ack is the answer
    try:
        async with nothing_moves(stage, caplog):
            delivered = await stage.send(Kind.INTERACTIVE, changed(approve, path, value))
    finally:
        world.slack._courier.ack_seconds = 3.0
    assert delivered.error in ("refused", "timeout")
    assert delivered.status in (401, None)
    assert any("rejected a payload" in record.message for record in caplog.records)


# --- events ---------------------------------------------------------------------------------------

EVENTS: dict[str, Json] = {
    "an event that we do not take": {"type": "emoji_changed"},
    "an event with the name of a command": {"type": "/access"},
    "a user who is none": {"type": "user_change", "user": None},
    "a user who is a word": {"type": "user_change", "user": "UDANA"},
    "a user without an id": {"type": "user_change", "user": {"deleted": True}},
    "a user whose id is a list": {"type": "user_change", "user": {"id": ["UDANA"], "deleted": True}},
    "a user with NUL in the id": {"type": "user_change", "user": {"id": "U\0", "deleted": True}},
    "a user of half a character": {"type": "user_change", "user": {"id": "U\ud800", "deleted": True}},
    "a user in a zone with NUL": {"type": "user_change", "user": {"id": "UX", "tz": "Europe/\0"}},
    "a home without its user": {"type": "app_home_opened", "tab": "home"},
    "a home of a list": {"type": "app_home_opened", "tab": "home", "user": ["UDANA"]},
    "a home of NUL": {"type": "app_home_opened", "tab": "home", "user": "U\0"},
    "a home of half a character": {"type": "app_home_opened", "tab": "home", "user": "U\ud800"},
    "a tab that is none": {"type": "app_home_opened", "tab": ["home"], "user": "UDANA"},
    "tokens that are none": {"type": "tokens_revoked", "tokens": None},
    "tokens of people": {"type": "tokens_revoked", "tokens": {"oauth": ["UDANA"], "bot": []}},
    "tokens that are a list": {"type": "tokens_revoked", "tokens": ["bot"]},
}


@pytest.mark.parametrize("inner", EVENTS.values(), ids=EVENTS)
async def test_an_event_that_says_nothing_we_can_use_is_taken_once_and_changes_nothing(
    stage: Stage, caplog: pytest.LogCaptureFixture, inner: Json
) -> None:
    world = stage.world
    async with nothing_moves(stage, caplog):
        delivered = await stage.send(Kind.EVENT, world.slack.payload_event(world.brand, inner))
        assert delivered.status == 200
        again = await world.slack.redeliver(retry=True)
        assert [one.status for one in again] == [200]
    assert set(world.app.slack.teams) == {make.AGENCY_TEAM, make.BRAND_TEAM}


@pytest.mark.parametrize("event_id", ["", None, 5, "Ev\0", "Ev\ud800", "E" * 400, "Ev é"])
async def test_an_event_without_an_id_of_slacks_is_not_taken(
    stage: Stage, caplog: pytest.LogCaptureFixture, event_id: Any
) -> None:
    world = stage.world
    payload = world.slack.payload_event(
        world.brand, {"type": "user_change", "user": {"id": "UDANA", "deleted": True}}
    )
    world.slack._courier.ack_seconds = 0.3
    try:
        async with nothing_moves(stage, caplog):
            delivered = await stage.send(Kind.EVENT, payload | {"event_id": event_id})
    finally:
        world.slack._courier.ack_seconds = 3.0
    assert delivered.status in (401, None)


@pytest.mark.covers("T17")
async def test_what_slack_says_of_somebody_in_another_workspace_takes_nothing_from_those_here(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    """An event of the agency's workspace about the user id that an admin of the brand has."""
    world = stage.world
    async with nothing_moves(stage, caplog):
        inner = {
            "type": "user_change",
            "user": {"id": world.dana.id, "team_id": world.brand.id, "deleted": True},
        }
        await stage.send(Kind.EVENT, world.slack.payload_event(world.agency, inner))
