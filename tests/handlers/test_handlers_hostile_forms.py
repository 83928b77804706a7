"""Forms sent in with what none of ours would send: said at the field if there is one, and nothing moves."""

from __future__ import annotations

import copy
import json
import uuid
from typing import Any

import make
import pytest
from hostile import Json, Stage, changed, nothing_moves, texts_of

from bot.sandbox.slack.delivery import Delivered, Kind

pytestmark = pytest.mark.asyncio(loop_scope="module")

# What stands in a form is read the same by whichever door it came: once, on the stricter store, is enough.
one_door = pytest.mark.parametrize("stage", ["http"], indirect=True, scope="module")


VALUES = ("view", "state", "values")
PRIVATE = ("view", "private_metadata")
OLD_MODAL = "does not know that button or form"
NOT_OURS = "no such request"
_ASSETS = f"assets:{make.AGENCY}:{make.BRAND}"
_PEOPLE = f"people:{make.AGENCY}"
_LEVEL = f"level:{make.INSTAGRAM}"


def option(value: Any, text: str = "shown") -> Json:
    return {"text": {"type": "plain_text", "text": text}, "value": value}


def many(name: str, *values: Any) -> Json:
    return {name: {"type": "multi_external_select", "selected_options": [option(one) for one in values]}}


def one(name: str, value: Any) -> Json:
    return {name: {"type": "static_select", "selected_option": option(value)}}


def text(name: str, value: Any) -> Json:
    return {name: {"type": "plain_text_input", "value": value}}


def private(**fields: Any) -> str:
    kept = {"zone": "UTC", "requesting": make.AGENCY, "owner": make.BRAND, "next": 1, "draft": None, **fields}
    return json.dumps(kept)


def errors(delivered: Delivered) -> dict[str, str]:
    assert delivered.status == 200, delivered
    assert delivered.body["response_action"] == "errors", delivered.body
    return dict(delivered.body["errors"])


# What is changed in a sound ask for an asset, the block at which it is said, and what is said there.
BAD_ASKS: dict[str, tuple[tuple[Any, ...], Any, str, str]] = {
    "no owner": ((*VALUES, "owner"), {"owner": {"selected_option": None}}, "owner", "5 to 20 digits"),
    "a state that is gone": (("view", "state"), KeyError, "owner", "5 to 20 digits"),
    "an owner that is no id": ((*VALUES, "owner"), one("owner", "x' OR 1"), "owner", "5 to 20 digits"),
    "an owner of twenty-one digits": ((*VALUES, "owner"), one("owner", "1" * 21), "owner", "5 to 20 digits"),
    "the line that says nothing was found": ((*VALUES, "owner"), one("owner", "nothing"), "owner", "digits"),
    "no assets": ((*VALUES, _ASSETS), many("assets"), _ASSETS, "Choose at least one asset"),
    "no assets, only the line that says so": (
        (*VALUES, _ASSETS),
        many("assets", "nothing"),
        _ASSETS,
        "Remove it and choose again",
    ),
    "the same asset twice": (
        (*VALUES, _ASSETS),
        many("assets", *[f"INSTAGRAM_ACCOUNT:{make.INSTAGRAM}"] * 2),
        _ASSETS,
        "is in here twice",
    ),
    "twenty-six assets": (
        (*VALUES, _ASSETS),
        many("assets", *(f"AD_ACCOUNT:act_{n}" for n in range(26))),
        _ASSETS,
        "at most 25 assets; these are 26",
    ),
    "two hundred assets": (
        (*VALUES, _ASSETS),
        many("assets", *(f"AD_ACCOUNT:act_{n}" for n in range(200))),
        _ASSETS,
        "these are 200",
    ),
    "a thousand assets": (
        (*VALUES, _ASSETS),
        many("assets", *(f"AD_ACCOUNT:act_{n}" for n in range(1000))),
        _ASSETS,
        "these are 1000",
    ),
    "an asset with an emoji in its id": (
        (*VALUES, _ASSETS),
        many("assets", "AD_ACCOUNT:act_😀"),
        "reason",
        OLD_MODAL,
    ),
    "an asset whose id is another kind's": (
        (*VALUES, _ASSETS),
        many("assets", f"AD_ACCOUNT:{make.INSTAGRAM}"),
        _LEVEL,
        "is not an asset ID",
    ),
    "an asset said to be of another kind": (
        (*VALUES, _ASSETS),
        many("assets", f"PAGE:{make.INSTAGRAM}"),
        _LEVEL,
        "This business has no asset with the ID",
    ),
    "an asset of no kind": ((*VALUES, _ASSETS), many("assets", "SPACESHIP:1"), "reason", OLD_MODAL),
    "an asset that is a mention": ((*VALUES, _ASSETS), many("assets", "<!channel>"), "reason", OLD_MODAL),
    "an asset with NUL in it": ((*VALUES, _ASSETS), many("assets", "AD_ACCOUNT:act_\0"), "reason", OLD_MODAL),
    "an asset that is a number": ((*VALUES, _ASSETS), many("assets", 5), "reason", OLD_MODAL),
    "an asset of 10 kB": ((*VALUES, _ASSETS), many("assets", "9" * 10_000), "reason", OLD_MODAL),
    "assets that are a word": (
        (*VALUES, _ASSETS),
        {"assets": {"selected_options": "abc"}},
        "reason",
        OLD_MODAL,
    ),
    "assets that are an object": (
        (*VALUES, _ASSETS),
        {"assets": {"selected_options": {"a": 1}}},
        "reason",
        OLD_MODAL,
    ),
    "assets that are a number": (
        (*VALUES, _ASSETS),
        {"assets": {"selected_options": 5}},
        "reason",
        OLD_MODAL,
    ),
    "no level": ((*VALUES, _LEVEL), {"level": {"selected_option": None}}, _LEVEL, "what you need it for"),
    "a level that there is not": (
        (*VALUES, _LEVEL),
        one("level", "Overlord"),
        _LEVEL,
        "what you need it for",
    ),
    "a level of another kind": ((*VALUES, _LEVEL), one("level", "Employee"), _LEVEL, "what you need it for"),
    "tasks beyond those of the kind": (
        (*VALUES, _LEVEL),
        one("level", "custom:4:fff"),
        _LEVEL,
        "what you need it for",
    ),
    "an empty set of tasks": ((*VALUES, _LEVEL), one("level", "custom:4:0"), _LEVEL, "what you need it for"),
    "somebody of another business": (
        (*VALUES, _PEOPLE),
        many("people", "400000000000004"),
        _PEOPLE,
        "is not one of your business's people",
    ),
    "somebody who is nobody": (
        (*VALUES, _PEOPLE),
        many("people", "<@UDANA>"),
        _PEOPLE,
        "is not one of your business's people",
    ),
    "somebody with NUL in the id": ((*VALUES, _PEOPLE), many("people", "4\0"), "reason", OLD_MODAL),
    "somebody with half a character": ((*VALUES, _PEOPLE), many("people", "4\ud800"), "reason", OLD_MODAL),
    "twenty-six people": (
        (*VALUES, _PEOPLE),
        many("people", *["400000000000001"] * 26),
        _PEOPLE,
        "at most 25 people; these are 26",
    ),
    "a thousand people": (
        (*VALUES, _PEOPLE),
        many("people", *["400000000000001"] * 1000),
        _PEOPLE,
        "these are 1000",
    ),
    "a reason of 501 characters": (
        (*VALUES, "reason"),
        text("reason", "x" * 501),
        "reason",
        "501 characters",
    ),
    "a reason of 100 kB": ((*VALUES, "reason"), text("reason", "x" * 100_000), "reason", "100000 characters"),
    "a reason of blanks": ((*VALUES, "reason"), text("reason", " \n\t "), "reason", "Say why you need it"),
    "a reason without ink": (
        (*VALUES, "reason"),
        text("reason", "\0\u200b\u202e\u2066\ufeff\u2800"),
        "reason",
        "Say why you need it",
    ),
    "a reason that is none": ((*VALUES, "reason"), text("reason", None), "reason", "Say why you need it"),
    "a reason that is a list": ((*VALUES, "reason"), text("reason", ["x"]), "reason", "Say why you need it"),
    "two answers in one place": (
        (*VALUES, "reason"),
        text("reason", "x") | text("note", "y"),
        "reason",
        OLD_MODAL,
    ),
    "a length that is a word": ((*VALUES, "term"), one("term", "forever"), "term", "between 1 and 3650"),
    "no days": ((*VALUES, "term"), one("term", "0"), "term", "between 1 and 3650"),
    "less than no days": ((*VALUES, "term"), one("term", "-1"), "term", "between 1 and 3650"),
    "a billion days": ((*VALUES, "term"), one("term", "1000000000"), "term", "between 1 and 3650"),
    "a day more than ten years": ((*VALUES, "term"), one("term", "3651"), "term", "between 1 and 3650"),
    "days before the box for them came": (
        (*VALUES, "term"),
        one("term", "days"),
        "term",
        "between 1 and 3650",
    ),
    "a date before the box for it came": ((*VALUES, "term"), one("term", "until"), "term", "next ten years"),
    "a description without a kind": ((*VALUES, "kind:1"), one("kind", "SPACESHIP"), "reason", OLD_MODAL),
    "a description without words": ((*VALUES, "kind:1"), one("kind", "PAGE"), "reason", "Describe the asset"),
    "a description numbered with 5,000 digits": (
        (*VALUES, "level:" + "9" * 5000),
        one("level", "Full"),
        "reason",
        "",
    ),
    "metadata that is no JSON": (PRIVATE, "junk", "reason", OLD_MODAL),
    "metadata that is a list": (PRIVATE, "[]", "reason", OLD_MODAL),
    "metadata that never ends": (PRIVATE, "[" * 100_000, "reason", OLD_MODAL),
    "metadata that is a number": (PRIVATE, 5, "reason", OLD_MODAL),
    "metadata with more in it": (PRIVATE, private(approved=True), "reason", OLD_MODAL),
    "metadata with a number of many digits": (PRIVATE, private(next=10**4000), "reason", OLD_MODAL),
    "metadata that asks for the owner": (PRIVATE, private(requesting=make.BRAND), "reason", NOT_OURS),
    "metadata that asks for a third business": (PRIVATE, private(requesting=make.OTHER), "reason", NOT_OURS),
    "metadata that asks for a business that is none": (
        PRIVATE,
        private(requesting="99999"),
        "reason",
        NOT_OURS,
    ),
    "metadata that asks for nobody": (PRIVATE, private(requesting=None), "reason", NOT_OURS),
    "metadata with NUL in an id": (PRIVATE, private(requesting="2\0"), "reason", NOT_OURS),
    "metadata that edits what is not there": (
        PRIVATE,
        private(draft={"r": "4" * 15, "v": 1}),
        "reason",
        "no such draft",
    ),
    "metadata that edits with a version that is none": (
        PRIVATE,
        private(draft={"r": "4" * 15, "v": True}),
        "reason",
        OLD_MODAL,
    ),
    "the name of a form that there is not": (("view", "callback_id"), "launch", "reason", OLD_MODAL),
    "the name of another form": (("view", "callback_id"), "end_now", "reason", OLD_MODAL),
}


async def sound_request(stage: Stage) -> Json:
    """What Ann would send in for an asset that nobody has asked for. The form is opened once."""
    world = stage.world
    if "ask" in stage.sound:
        return anew(stage.sound["ask"])
    form = await stage.form(world.ann, f"request {make.INSTAGRAM} advertiser for 30d from {make.BRAND}")
    await world.slack.set_value(world.ann, form, "reason", "Spring")
    payload = world.slack.payload_submit(world.ann, form)
    values = payload["view"]["state"]["values"]
    assert {"owner", _ASSETS, _LEVEL, _PEOPLE, "term", "reason"} == set(values)
    stage.sound["ask"] = payload
    return anew(payload)


async def sound_yes(stage: Stage) -> Json:
    """What Dana would send in to give all that was asked. The form is opened once."""
    if "yes" not in stage.sound:
        form = await stage.modal_of(stage.world.dana, "adjust")
        stage.sound["yes"] = stage.world.slack.payload_submit(stage.world.dana, form)
    return anew(stage.sound["yes"])


def anew(payload: Json) -> Json:
    """A copy that is no replay: the same bytes within a second would be answered as the first time."""
    return copy.deepcopy(payload) | {"trigger_id": uuid.uuid4().hex}


@pytest.mark.covers("T24")
@one_door
@pytest.mark.parametrize(("path", "value", "block", "said"), BAD_ASKS.values(), ids=BAD_ASKS)
async def test_an_ask_with_something_bad_in_it_is_answered_at_the_field(
    stage: Stage,
    caplog: pytest.LogCaptureFixture,
    *,
    path: tuple[Any, ...],
    value: Any,
    block: str,
    said: str,
) -> None:
    async with nothing_moves(stage, caplog):
        payload = changed(await sound_request(stage), path, value)
        if said == "":  # nothing reads it: take away what would make the ask a sound one
            payload["view"]["state"]["values"]["reason"] = text("reason", "")
        delivered = await stage.send(Kind.INTERACTIVE, payload)
        found = errors(delivered)
        assert said in found[block], found
        assert all(len(words) < 500 for words in found.values())


async def test_a_sound_ask_would_have_been_taken(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    """Without this the table above might fail for another reason than the one it names."""
    async with nothing_moves(stage, caplog):
        payload = await sound_request(stage)
        payload["view"]["state"]["values"]["reason"] = text("reason", "x" * 501)
        assert list(errors(await stage.send(Kind.INTERACTIVE, payload))) == ["reason"]


@pytest.mark.covers("T10")
async def test_editing_what_another_business_prepared_is_like_editing_what_is_not_there(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    said = []
    async with nothing_moves(stage, caplog):
        for draft in (stage.theirs["draft"], "4" * 15):
            payload = changed(await sound_request(stage), PRIVATE, private(draft={"r": draft, "v": 1}))
            said.append(errors(await stage.send(Kind.INTERACTIVE, payload)))
            stage.close_all()
    assert said[0] == said[1]


@pytest.mark.parametrize(
    "shape",
    [
        {"view": None},
        {"view": {"callback_id": "ask", "state": [], "blocks": []}},
        {"view": {"callback_id": "ask", "state": {"values": []}, "blocks": []}},
        {"view": {"callback_id": "ask", "state": {"values": {"a": []}}, "blocks": []}},
        {"view": {"callback_id": "ask", "state": {"values": {"a": {"b": 1}}}, "blocks": []}},
        {"view": {"callback_id": "ask", "blocks": {"a": 1}}},
        {"view": {"callback_id": "ask", "blocks": ["x"]}},
        {"view": {"callback_id": "ask", "blocks": [{"type": "input", "block_id": {"a": 1}}]}},
        {"view": {"callback_id": ["ask"], "blocks": []}},
    ],
    ids=lambda shape: json.dumps(shape["view"]),
)
async def test_a_view_that_is_no_form_of_slacks_is_not_acknowledged(
    stage: Stage, caplog: pytest.LogCaptureFixture, shape: Json
) -> None:
    async with nothing_moves(stage, caplog):
        stage.world.slack._courier.ack_seconds = 0.3  # over a socket no ack is the answer
        try:
            delivered = await stage.send(Kind.INTERACTIVE, await sound_request(stage) | shape)
        finally:
            stage.world.slack._courier.ack_seconds = 3.0
        assert delivered.error in ("refused", "timeout")
        assert delivered.status in (401, None)


# --- the forms of those who decide ----------------------------------------------------------------


def kept(stage: Stage, **fields: Any) -> str:
    sound = {
        "r": stage.request_id,
        "v": 1,
        "zone": "UTC",
        "of": make.BRAND,
        "kinds": {"0": ["AD_ACCOUNT", make.ACCOUNT]},
    }
    return json.dumps({**sound, **fields})


BAD_APPROVALS: dict[str, tuple[tuple[Any, ...], Any, str, str]] = {
    "more than was asked": ((*VALUES, "item:0"), one("given", "Admin"), "item:0", "more than was asked"),
    "all tasks as a custom set": ((*VALUES, "item:0"), one("given", "custom:4:f"), "note", OLD_MODAL),
    "a level of another kind": ((*VALUES, "item:0"), one("given", "Employee"), "note", OLD_MODAL),
    "nothing of it": ((*VALUES, "item:0"), one("given", "declined"), "", "You gave nothing of it"),
    "a note of 501 characters": ((*VALUES, "note"), text("note", "x" * 501), "note", "501 characters"),
    "a note of 100 kB": ((*VALUES, "note"), text("note", "x" * 100_000), "note", "100000 characters"),
    "a length that is a word": ((*VALUES, "term"), one("term", "forever"), "term", "between 1 and 3650"),
    "no days": ((*VALUES, "term"), one("term", "0"), "term", "between 1 and 3650"),
    "longer than was asked": ((*VALUES, "term"), one("term", "3000"), "term", "more than was asked"),
    "no end where one was asked": ((*VALUES, "term"), one("term", "none"), "term", "more than was asked"),
    "no metadata": (PRIVATE, "", "note", OLD_MODAL),
    "metadata with a kind that is a list": (
        PRIVATE,
        {"kinds": {"0": [["AD_ACCOUNT"], "x"]}},
        "note",
        OLD_MODAL,
    ),
    "metadata with a position that is a power": (PRIVATE, {"kinds": {"²": ["PAGE", "1"]}}, "note", OLD_MODAL),
    "metadata with a position of many digits": (
        PRIVATE,
        {"kinds": {"9" * 5000: ["PAGE", "1"]}},
        "note",
        OLD_MODAL,
    ),
    "metadata of a request that is not there": (PRIVATE, {"r": "4" * 15}, "note", NOT_OURS),
    "metadata of a version to come": (PRIVATE, {"v": 99}, "note", "has changed since you saw it"),
    "metadata of a version before the first": (PRIVATE, {"v": 0}, "note", "has changed since you saw it"),
    "metadata of a version that is a word": (PRIVATE, {"v": "1"}, "note", OLD_MODAL),
    "a state that is gone": (("view", "state"), KeyError, "note", OLD_MODAL),
    "an item that has no answer": (
        (*VALUES, "item:0"),
        {"given": {"selected_option": None}},
        "note",
        OLD_MODAL,
    ),
    "items that were not asked": (PRIVATE, {"kinds": {"7": ["PAGE", "1"]}}, "note", OLD_MODAL),
}


@pytest.mark.covers("T11", "T14")
@one_door
@pytest.mark.parametrize(("path", "value", "block", "said"), BAD_APPROVALS.values(), ids=BAD_APPROVALS)
async def test_a_yes_with_something_bad_in_it_gives_nothing(
    stage: Stage,
    caplog: pytest.LogCaptureFixture,
    *,
    path: tuple[Any, ...],
    value: Any,
    block: str,
    said: str,
) -> None:
    async with nothing_moves(stage, caplog):
        payload = await sound_yes(stage)
        if isinstance(value, dict) and path == PRIVATE:
            value = kept(stage, **value)
        payload = changed(payload, path, value)
        found = errors(await stage.send(Kind.INTERACTIVE, payload))
        assert said in (found[block] if block else " ".join(found.values())), found


async def test_a_no_without_a_word_is_asked_for_one(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    world = stage.world
    async with nothing_moves(stage, caplog):
        form = await stage.modal_of(world.dana, "decline")
        for note, said in (
            ("\u200b \0", "Say in a few words"),
            ("x" * 501, "501"),
            (None, "Say in a few words"),
        ):
            payload = changed(
                world.slack.payload_submit(world.dana, form), (*VALUES, "note", "note", "value"), note
            )
            assert said in errors(await stage.send(Kind.INTERACTIVE, payload))["note"]


@pytest.mark.covers("T6", "T10")
@pytest.mark.parametrize("callback", ["adjust", "decline", "cancel"])
async def test_deciding_in_a_form_on_what_is_hidden_is_like_deciding_on_what_is_not_there(
    stage: Stage, caplog: pytest.LogCaptureFixture, callback: str
) -> None:
    """By an admin who may decide on other requests, and by a member of the side that asked."""
    world = stage.world
    events = len(stage.events())
    async with nothing_moves(stage, caplog):
        for who in (world.dana, world.vera):
            said = []
            sound = changed(await sound_yes(stage), (*VALUES, "note"), text("note", "No"))
            sound = changed(sound, ("view", "callback_id"), callback)
            sound["user"] |= {"id": who.id}
            for number in (stage.theirs["request"], stage.theirs["over"], "4" * 15):
                payload = changed(sound, PRIVATE, kept(stage, r=number))
                said.append(errors(await stage.send(Kind.INTERACTIVE, payload)))
            assert said[0] == said[1] == said[2]
            assert NOT_OURS in said[0]["note"]
            stage.close_all()
    assert {event.kind for event in stage.events()[events:]} == {"denied"}
    assert len(stage.events()) == events + 6


# --- ending ---------------------------------------------------------------------------------------


def ends(business: Any, *grants: Any) -> str:
    return json.dumps({"ends": {business: list(grants)}})


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
            found = errors(await stage.send(Kind.INTERACTIVE, changed(sound, PRIVATE, private_)))
            said.append(found["note"])
    assert set(said[:1]) == set(said[1:2])
    assert all("no such" in words for words in said), said


@one_door
@pytest.mark.parametrize(
    "bad",
    [
        "",
        "{}",
        "[]",
        '{"ends":[]}',
        '{"ends":{}}',
        '{"ends":{"1":"2"}}',
        '{"ends":{"<!channel>":["1"]}}',
        '{"ends":{"10000000001":["x"]}}',
        '{"ends":{"10000000001":[["1"]]}}',
        '{"ends":{"10000000001":["1\\u0000"]}}',
        '{"ends":{"10000000001":["٣"]}}',
        '{"ends":{"10000000001":[]}}',
    ],
)
async def test_an_ending_that_cannot_be_read_ends_nothing(
    stage: Stage, caplog: pytest.LogCaptureFixture, bad: str
) -> None:
    world = stage.world
    async with nothing_moves(stage, caplog):
        form = await stage.form(world.dana, f"revoke {make.PAGE}")
        delivered = await stage.send(
            Kind.INTERACTIVE, changed(world.slack.payload_submit(world.dana, form), PRIVATE, bad)
        )
        assert OLD_MODAL in errors(delivered)["note"]


@one_door
@pytest.mark.parametrize(
    ("values", "said"),
    [
        ((), "Choose"),
        (("nothing",), "Remove it and choose again"),
        (("junk",), OLD_MODAL),
        (("10000000001:",), OLD_MODAL),
        (("10000000001:x",), OLD_MODAL),
        (("10000000001:" + "4" * 15,), "no such access"),
        (tuple(f"10000000001:{n}" for n in range(1000)), "no such access"),
    ],
    ids=["nothing", "the line that says so", "junk", "half", "no id", "an unknown one", "a thousand"],
)
async def test_choosing_what_cannot_be_ended_is_said_where_it_is_chosen(
    stage: Stage, caplog: pytest.LogCaptureFixture, values: tuple[str, ...], said: str
) -> None:
    world = stage.world
    async with nothing_moves(stage, caplog):
        form = await stage.form(world.dana, "revoke")
        payload = changed(
            world.slack.payload_submit(world.dana, form), (*VALUES, "grants"), many("grants", *values)
        )
        assert said in errors(await stage.send(Kind.INTERACTIVE, payload))["grants"]


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
                values = many("grants", f"{business}:{grant}")
                said.append(
                    errors(await stage.send(Kind.INTERACTIVE, changed(sound, (*VALUES, "grants"), values)))
                )
    assert all(one_ == said[0] for one_ in said)


# --- menus ----------------------------------------------------------------------------------------

HIDDEN = ("Hidden account", "Hidden page")
QUERIES = {
    "10 kB": "a" * 10_000,
    "100 kB of wildcards": "%_\\" * 33_000,
    "NUL": "\0",
    "half a character": "\ud83d",
    "a mention": "<!channel>",
    "digits of another script": "١٢٣٤٥",
    "an apostrophe": "' OR '1'='1",
    "a number": 5,
    "nothing": None,
    "everything": "%",
    "a hidden name": "Hidden",
    "a hidden asset": "act_3003",
}


@pytest.mark.covers("T10")
@one_door
@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)
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
                world.slack.payload_suggest(world.ann, form, menu), PRIVATE, private(requesting=make.OTHER)
            )
            delivered = await stage.send(Kind.OPTIONS, payload)
            assert [one_["value"] for one_ in delivered.body["options"]] == ["nothing"], menu
        for menu in ("bound", "launch", "reason"):
            payload = world.slack.payload_suggest(world.ann, form, "owner") | {"action_id": menu}
            delivered = await stage.send(Kind.OPTIONS, payload)
            assert (delivered.status, delivered.body) == (200, {"options": []}), menu
