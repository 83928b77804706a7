"""T10: the id of something hidden is answered like the id of nothing, whatever entry it comes by."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import hostile
import make
import pytest
import stages
from payloads import (
    NOT_OURS,
    PRIVATE,
    REQUEST_BUTTONS,
    VALUES,
    approval_metadata,
    field_errors,
    first_value,
    open_modal,
    request_metadata,
    resent,
    several,
    sound_approval,
    sound_request,
    sound_submission,
    typed,
    words_at_fields,
)
from stages import Stage, changed, in_short_by_socket, nothing_moves, over_http_alone, texts_of
from world import World

from bot import app as composition
from bot.sandbox.slack import Kind, Person


def said_since(world: World, who: Person, seen: int) -> Iterable[str]:
    yield from (one.text for one in world.slack.ephemerals(who)[seen:])
    for view in world.slack.views(who):
        yield " ".join(stages.texts_of(view.blocks))


WORDS = {
    **dict.fromkeys(REQUEST_BUTTONS, "You can't do that here, or there is no such request."),
    **dict.fromkeys(("send", "edit", "drop"), "no such draft"),
    **dict.fromkeys(("extend", "let_end"), ""),
    **dict.fromkeys(("settings", "members"), "You can't do that here"),
}
"""What each button that refers to something says about what is hidden or does not exist."""
TO_NOBODY = WORDS | dict.fromkeys(("settings", "members"), "You aren't in any business here yet")
"""The same to somebody who is in no business."""


@pytest.mark.covers("T10", "I16")
@pytest.mark.parametrize("action", sorted(composition.LISTENERS.actions))
@in_short_by_socket
async def test_whatever_the_button_the_id_of_something_hidden_is_answered_like_the_id_of_nothing(
    stage: Stage, caplog: pytest.LogCaptureFixture, action: str
) -> None:
    """For an admin of another business and for a stranger, with the id of everything that is hidden."""
    world = stage.world
    theirs = [stage.theirs[name] for name in ("request", "over", "draft", "grant")]
    hidden = [*theirs, make.OTHER, f"4{31:014d}", stages.OTHER_PAGE]
    if action in ("send", "edit", "drop"):
        hidden.append(stage.draft_id)
    async with nothing_moves(stage, caplog):
        for who in (world.dana, world.vera):
            said = {}
            for number in ("4" * 15, *hidden):
                seen = len(world.slack.ephemerals(who))
                payload = stage.press(who, action, json.dumps({"r": number, "v": 1}))
                assert (await stage.send(Kind.INTERACTIVE, payload)).status == 200
                said[number] = stage.told_since(who, seen)
                stage.close_all()
            assert len(set(said.values())) == 1, said
            if action in WORDS:
                assert said[stage.theirs["request"]], action
                words = TO_NOBODY if who is world.vera else WORDS
                assert words[action] in said[stage.theirs["request"]]


@pytest.mark.covers("T10")
async def test_whatever_the_command_the_id_of_something_hidden_is_answered_like_the_id_of_nothing(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    world = stage.world
    pairs = {
        "cancel {}": (stage.theirs["ref"], "AMBER-9999"),
        "revoke {}": (stages.OTHER_PAGE, "530000002"),
        "revoke {} because Over": (stages.OTHER_ACCOUNT, "act_3004"),
        "extend {}": (stages.OTHER_PAGE, "530000002"),
        "extend {} for 30d": (stages.OTHER_PAGE, "530000002"),
        f"request {{}} analyze for 30d from {make.BRAND} because x": (stages.OTHER_ACCOUNT, "act_3004"),
    }
    async with nothing_moves(stage, caplog):
        for words, ids in pairs.items():
            for who in (world.dana, world.vera, world.emil):
                answers = []
                for one in ids:
                    seen = len(world.slack.ephemerals(who))
                    room = world.brand_room
                    payload = world.slack.payload_command(who, room, "/access", words.format(one))
                    delivered = await stage.send(Kind.COMMAND, payload)
                    said = [json.dumps(delivered.body), *said_since(world, who, seen)]
                    answers.append([text.replace(one, "(id)") for text in said])
                    assert not any("Hidden" in text for text in said), words
                    stage.close_all()
                assert answers[0] == answers[1], (words, who.name)


@pytest.mark.covers("T10")
@pytest.mark.parametrize(
    "what",
    ["owned", "shared", "given", "pending", "details", "history", "members", "ending", "obo", "obo approved"],
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


@pytest.mark.covers("T10")
async def test_editing_another_businesss_draft_is_like_editing_what_is_not_there(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    said = []
    async with nothing_moves(stage, caplog):
        for draft in (stage.theirs["draft"], "4" * 15):
            payload = changed(
                await sound_request(stage), PRIVATE, request_metadata(draft={"r": draft, "v": 1})
            )
            said.append(field_errors(await stage.send(Kind.INTERACTIVE, payload)))
            stage.close_all()
    assert said[0] == said[1]


@pytest.mark.covers("T6", "T10")
@pytest.mark.parametrize("callback", ["adjust", "decline", "cancel"])
async def test_deciding_in_a_modal_on_what_is_hidden_is_like_deciding_on_what_is_not_there(
    stage: Stage, caplog: pytest.LogCaptureFixture, callback: str
) -> None:
    """By an admin who may decide on other requests, and by a member of the side that asked."""
    world = stage.world
    events = len(stage.events())
    async with nothing_moves(stage, caplog):
        for who in (world.dana, world.vera):
            said = []
            sound = changed(await sound_approval(stage), (*VALUES, "note"), typed("note", "No"))
            sound = changed(sound, ("view", "callback_id"), callback)
            sound["user"] |= {"id": who.id}
            for number in (stage.theirs["request"], stage.theirs["over"], "4" * 15):
                payload = changed(sound, PRIVATE, approval_metadata(stage, r=number))
                said.append(field_errors(await stage.send(Kind.INTERACTIVE, payload)))
            assert said[0] == said[1] == said[2]
            assert NOT_OURS in said[0]["note"]
            stage.close_all()
    assert {event.kind for event in stage.events()[events:]} == {"denied"}
    assert len(stage.events()) == events + 6


def ends(business: Any, *grants: Any) -> str:
    return json.dumps({"ends": [f"{business}:{grant}" for grant in grants]})


@pytest.mark.covers("T10")
async def test_ending_what_is_not_ones_own_is_like_ending_what_is_not_there(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    world = stage.world
    theirs = stage.theirs["grant"]
    said = []
    async with nothing_moves(stage, caplog):
        form = await stage.form(world.dana, f"revoke {make.PAGE}")
        sound = world.slack.payload_submit(world.dana, form)
        for private_ in (
            ends(make.BRAND, theirs),
            ends(make.BRAND, "4" * 15),
            ends(make.OTHER, theirs),
            ends(make.AGENCY, theirs),
            ends(make.AGENCY, stage.grant_id),
            ends("99999", theirs),
        ):
            found = field_errors(await stage.send(Kind.INTERACTIVE, changed(sound, PRIVATE, private_)))
            said.append(found["note"])
    assert set(said[:1]) == set(said[1:2])
    assert all("no such" in words for words in said), said


@pytest.mark.covers("T10")
async def test_choosing_what_is_hidden_is_like_choosing_what_is_not_there(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    world = stage.world
    said = []
    async with nothing_moves(stage, caplog):
        form = await stage.form(world.dana, "revoke")
        sound = world.slack.payload_submit(world.dana, form)
        for grant in (stage.theirs["grant"], "4" * 15):
            for business in (make.BRAND, make.OTHER):
                values = several("grants", f"{business}:{grant}")
                said.append(
                    field_errors(
                        await stage.send(Kind.INTERACTIVE, changed(sound, (*VALUES, "grants"), values))
                    )
                )
    assert all(one_ == said[0] for one_ in said)


HIDDEN = ("Hidden account", "Hidden page")


@pytest.mark.covers("T10")
@over_http_alone
@pytest.mark.parametrize("query", hostile.QUERIES.values(), ids=hostile.QUERIES)
async def test_whatever_is_typed_into_a_menu_it_offers_nothing_hidden(
    stage: Stage, caplog: pytest.LogCaptureFixture, query: Any
) -> None:
    world = stage.world
    async with nothing_moves(stage, caplog):
        form = await stage.form(world.ann, f"request {make.INSTAGRAM} advertiser for 30d from {make.BRAND}")
        ending = await stage.form(world.dana, "revoke")
        for who, view, menu in (
            (world.ann, form, "owner"),
            (world.ann, form, "assets"),
            (world.ann, form, "people"),
            (world.dana, ending, "grants"),
        ):
            payload = world.slack.payload_suggest(who, view, menu) | {"value": query}
            delivered = await stage.send(Kind.OPTIONS, payload)
            assert delivered.status == 200
            assert len(delivered.body["options"]) >= 1
            offered = list(texts_of(delivered.body["options"]))
            assert not any(name in text_ for name in HIDDEN for text_ in offered), (menu, offered)
            assert who is world.ann or not any("Hidden" in text_ for text_ in offered)


@pytest.mark.covers("T10")
async def test_menus_of_somebody_elses_business_are_empty(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    world = stage.world
    async with nothing_moves(stage, caplog):
        form = await stage.form(world.ann, f"request {make.INSTAGRAM} advertiser for 30d from {make.BRAND}")
        for menu in ("owner", "assets", "people"):
            payload = changed(
                world.slack.payload_suggest(world.ann, form, menu),
                PRIVATE,
                request_metadata(requesting=make.OTHER),
            )
            delivered = await stage.send(Kind.OPTIONS, payload)
            assert [one_["value"] for one_ in delivered.body["options"]] == ["nothing"], menu
        for menu in ("bound", "launch", "reason"):
            payload = world.slack.payload_suggest(world.ann, form, "owner") | {"action_id": menu}
            delivered = await stage.send(Kind.OPTIONS, payload)
            assert (delivered.status, delivered.body) == (200, {"options": []}), menu


@pytest.mark.covers("T10")
@pytest.mark.parametrize(
    ("callback", "theirs"),
    [("comment", "request"), ("comment", "over"), ("extend", "grant")],
)
async def test_what_is_hidden_is_answered_like_what_is_not_there(
    stage: Stage, caplog: pytest.LogCaptureFixture, callback: str, theirs: str
) -> None:
    """The modal is one's own, its subject is somebody else's."""
    said = []
    async with nothing_moves(stage, caplog):
        payload = await sound_submission(stage, callback)
        payload["user"] |= {"id": stage.world.dana.id, "team_id": stage.world.dana.team_id}
        for number in (stage.theirs[theirs], "4" * 15):
            kept = json.loads(payload["view"]["private_metadata"]) | {"r": number}
            said.append(
                words_at_fields(
                    await stage.send(Kind.INTERACTIVE, changed(payload, PRIVATE, json.dumps(kept)))
                )
            )
    assert said[0] == said[1]


@pytest.mark.covers("T10")
async def test_a_member_of_another_business_is_not_changed_from_ones_own_modal(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    """The button names a person; the business is that of the modal."""
    world = stage.world
    async with nothing_moves(stage, caplog):
        view = await open_modal(stage, world.dana, "members", make.BRAND)
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


UNKNOWN = "39999999999"


@pytest.mark.covers("T10")
@pytest.mark.case("7.3")
@pytest.mark.parametrize("callback", ["settings", "members", "end_now"])
async def test_a_form_for_somebody_elses_business_is_answered_like_one_for_no_business(
    stage: Stage, caplog: pytest.LogCaptureFixture, callback: str
) -> None:
    """Sent by an admin of another business and by a stranger."""
    world = stage.world
    sound = await sound_submission(stage, callback)
    if callback == "members":  # somebody whom Slack knows here, so that only the business is wrong
        sound = changed(sound, (*VALUES, "user", "user", "selected_user"), world.emil.id)
    kept = json.loads(sound["view"]["private_metadata"])
    async with nothing_moves(stage, caplog):
        for who in (world.dana, world.vera):
            said = []
            for business in (make.OTHER, make.AGENCY, UNKNOWN):
                forged = json.dumps(kept | {"r": business})
                if callback == "end_now":
                    forged = ends(business, stage.theirs["grant"])
                payload = changed(resent(sound), PRIVATE, forged)
                payload["user"] |= {"id": who.id, "team_id": who.team_id}
                said.append(words_at_fields(await stage.send(Kind.INTERACTIVE, payload)))
            assert len(set(said)) == 1, (who.name, said)
            assert NOT_OURS in said[0]


@pytest.mark.covers("T10")
@pytest.mark.case("7.3")
@pytest.mark.parametrize("action", ["make_admin", "make_employee", "remove_member"])
async def test_a_role_in_somebody_elses_business_is_answered_like_one_in_no_business(
    stage: Stage, caplog: pytest.LogCaptureFixture, action: str
) -> None:
    world = stage.world
    async with nothing_moves(stage, caplog):
        view = await open_modal(stage, world.dana, "members", make.BRAND)
        for who in (world.dana, world.vera):
            said = []
            for business in (make.OTHER, make.AGENCY, UNKNOWN):
                seen = len(world.slack.ephemerals(who))
                clicked = world.slack.payload_click(
                    world.dana, view, "remove_member", value=first_value(view)
                )
                payload = changed(clicked, PRIVATE, json.dumps({"r": business, "v": 1}))
                payload["user"] |= {"id": who.id, "team_id": who.team_id}
                payload["actions"][0] |= {
                    "action_id": action,
                    "value": json.dumps({"r": world.town.emil.id, "v": 1}),
                }
                assert (await stage.send(Kind.INTERACTIVE, payload)).status == 200
                top = world.slack.top_view(world.dana)
                assert top is not None
                said.append(stage.told_since(who, seen) or " ".join(texts_of(top.blocks)))
                if top.callback_id == "message":
                    await world.slack.close(world.dana, top)
            assert len(set(said)) == 1, (who.name, said)
            assert NOT_OURS in said[0]
