"""T24: bad words and bad fields are refused where they were typed, and change nothing."""

from __future__ import annotations

from typing import Any

import hostile
import make
import pytest
from flow_steps import modal, read
from payloads import (
    ASSETS_BLOCK,
    LEVEL_BLOCK,
    NOT_OURS,
    OLD_MODAL,
    PEOPLE_BLOCK,
    PRIVATE,
    VALUES,
    chosen,
    field_errors,
    request_metadata,
    resent,
    several,
    sound_request,
    sound_submission,
    typed,
    words_at_fields,
)
from stages import Json, Stage, changed, nothing_moves, over_http_alone

from bot.sandbox.slack import Kind

LONG = "for 30d because Spring"


BAD: dict[str, tuple[str, str]] = {
    "an emoji in an id is quoted and a right id shown": (
        f"request act_😀 analyze {LONG}",
        "“act_😀” is neither an asset ID",
    ),
    "a right-to-left mark in an id does not make it another": (
        f"request act_1001\u202e9 analyze {LONG} from {make.BRAND}",
        "no asset with the ID act_10019",
    ),
    "an unknown task is named": (f"request act_1001 fly {LONG}", "“fly” is neither"),
    "a task misspelt gets the nearest": (f"request act_1001 analyse {LONG}", "Did you mean analyze?"),
    "a task of another kind is named": (
        f"request act_1001 create_content {LONG}",
        "Not a task of this kind of asset: CREATE_CONTENT",
    ),
    "a level of another kind is named, with those there are": (
        f"request act_1001 employee {LONG}",
        "An ad account has no level “employee”. It has Admin, General user and Reporting only.",
    ),
    "a level and a task at once are refused": (
        f"request act_1001 reporting only,manage {LONG}",
        "Name one level, or tasks",
    ),
    "no days at all is impossible": ("request act_1001 analyze for 0d because x", "between 1 and 3650 days"),
    "less than no days is no length": (
        "request act_1001 analyze for -1d because x",
        "not a length of time",
    ),
    "a billion days is no length": (
        "request act_1001 analyze for 1000000000d because x",
        "not a length of time",
    ),
    "digits of another script are no length": (
        "request act_1001 analyze for ٣d because x",
        "not a length of time",
    ),
    "a day that is over says so": ("request act_1001 analyze until 2020-01-01 because x", "over already"),
    "a day that is none says how to write one": (
        "request act_1001 analyze until 2026-02-30 because x",
        "not a date. Write it as 31 Dec or 2026-12-31",
    ),
    "the year 9999 is too far": (
        "request act_1001 analyze until 9999-12-31 because x",
        "within the next ten years",
    ),
    "the year 1 is over": ("request act_1001 analyze until 0001-01-01 because x", "over already"),
    "the same asset twice is named": (f"request act_77,act_77 analyze {LONG}", "You named act_77 twice"),
    "twenty-six assets are one too many": (
        "request " + ",".join(f"act_{n}" for n in range(26)) + " analyze",
        "You named 26 assets; one request takes at most 25",
    ),
    "two hundred assets are too many": (
        "request " + ",".join(f"act_{n}" for n in range(200)) + " analyze",
        "You named 200 assets",
    ),
    "a reason of 501 characters is counted": (
        f"request act_77 analyze for 3d because {'x' * 501}",
        "501 characters; at most 500",
    ),
    "a reason of 100 kB is counted": (
        f"request act_77 analyze for 3d because {'x' * 100_000}",
        "100000 characters; at most 500",
    ),
    "a reason without ink is none": (
        "request act_77 analyze for 3d because \u200b\u202e\0\u2800",
        "Something must follow “because”",
    ),
    "a description of 201 characters is counted": (
        f'request described page "{"y" * 201}" analyst {LONG} from 10000000001',
        "201 characters; at most 200",
    ),
    "an empty description is none": (
        f'request described page "" analyst {LONG} from 10000000001',
        "Put the description in quotes",
    ),
    "a quotation mark left open is said": ('request described page "x', "opened and not closed"),
    "a Business ID of two digits is explained": (
        "request act_77 analyze from 12",
        "5 to 20 digits",
    ),
    "a Business ID in other digits is explained": (
        "request act_77 analyze from ١٢٣٤٥",
        "5 to 20 digits",
    ),
    "a Business ID that nobody has is unknown": (
        f"request act_1001 analyze {LONG} from 99999999999",
        "I know no business with this ID",
    ),
    "one's own business is not asked": (
        f"request act_1001 analyze {LONG} from {make.AGENCY}",
        "That is your own business",
    ),
    "an asset of a third business is not said to exist": (
        f"request act_3003 manage {LONG} from {make.BRAND}",
        "This business has no asset with the ID act_3003",
    ),
    "an asset that nobody has gets the same answer": (
        f"request act_3004 manage {LONG} from {make.BRAND}",
        "This business has no asset with the ID act_3004",
    ),
    "a link to somewhere else is no asset": (
        f"request https://evil.example/?act=1001 analyze {LONG}",
        "is neither an asset ID, nor a link to one",
    ),
    "a host that only ends like Meta's is somewhere else": (
        f"request https://notfacebook.com/?act=1001 analyze {LONG}",
        "is neither an asset ID, nor a link to one",
    ),
    "cancelling nothing asks which": ("cancel because wrong", "Which request?"),
    "a reference of an emoji is none": ("cancel 😀", "is not a request's reference"),
    "a reference with an apostrophe is none": ("cancel 'OR 1=1", "is not a request's reference"),
    "a reference that nobody has is not found": ("cancel AMBER-9999", "there is no such request"),
    "a note of 501 characters is counted": ("cancel AMBER-9999 because " + "x" * 501, "501 characters"),
    "revoking what is no asset says so": ("revoke nonsense", "is neither the name of an asset that you own"),
    "revoking what nobody holds says so": ("revoke act_999999", "no such access that you could end"),
    "a list that there is not names those there are": ("list ownd", "owned, shared (with you), given"),
    "a word that is none gets the nearest": ("requst act_1001", "Did you mean /access request?"),
    "a word with a mention in it stays text": ("<!channel> <@UANN>", "“&lt;!channel&gt;”"),
    "a word of 10 kB is quoted short": ("a" * 10_000, "I don't know “aaaa"),
    "a word of nothing but marks is no word": ("\u202e\u200b\ufeff", "Access between businesses"),
}


@pytest.mark.covers("T24")
@pytest.mark.parametrize(("words", "said"), BAD.values(), ids=BAD)
async def test_bad_words_are_answered_or_corrected_in_a_form_and_change_nothing(
    stage: Stage, caplog: pytest.LogCaptureFixture, words: str, said: str
) -> None:
    world = stage.world
    async with nothing_moves(stage, caplog):
        payload = world.slack.payload_command(world.ann, world.agency_room, "/access")
        delivered = await stage.send(Kind.COMMAND, payload | {"text": words})

        await world.settle()

        assert delivered.status == 200
        answer = delivered.body["text"] if delivered.body else read(modal(world, world.ann))
        assert said in answer
        assert len(answer) < 4_000
        while world.slack.top_view(world.ann) is not None:
            await world.slack.close(world.ann, modal(world, world.ann))


# What is changed in a sound request, the block of the field error, and what it says.
BAD_REQUESTS: dict[str, tuple[tuple[Any, ...], Any, str, str]] = {
    "no owner": ((*VALUES, "owner"), {"owner": {"selected_option": None}}, "owner", "5 to 20 digits"),
    "a state that is gone": (("view", "state"), KeyError, "owner", "5 to 20 digits"),
    "an owner that is no id": ((*VALUES, "owner"), chosen("owner", "x' OR 1"), "owner", "5 to 20 digits"),
    "an owner of twenty-one digits": (
        (*VALUES, "owner"),
        chosen("owner", "1" * 21),
        "owner",
        "5 to 20 digits",
    ),
    "the line that says nothing was found": (
        (*VALUES, "owner"),
        chosen("owner", "nothing"),
        "owner",
        "digits",
    ),
    "no assets": ((*VALUES, ASSETS_BLOCK), several("assets"), ASSETS_BLOCK, "Choose at least one asset"),
    "no assets, only the line that says so": (
        (*VALUES, ASSETS_BLOCK),
        several("assets", "nothing"),
        ASSETS_BLOCK,
        "Remove it and choose again",
    ),
    "the same asset twice": (
        (*VALUES, ASSETS_BLOCK),
        several("assets", *[f"INSTAGRAM_ACCOUNT:{make.INSTAGRAM}"] * 2),
        ASSETS_BLOCK,
        "is in here twice",
    ),
    "twenty-six assets": (
        (*VALUES, ASSETS_BLOCK),
        several("assets", *(f"AD_ACCOUNT:act_{n}" for n in range(26))),
        ASSETS_BLOCK,
        "at most 25 assets; these are 26",
    ),
    "two hundred assets": (
        (*VALUES, ASSETS_BLOCK),
        several("assets", *(f"AD_ACCOUNT:act_{n}" for n in range(200))),
        ASSETS_BLOCK,
        "these are 200",
    ),
    "a thousand assets": (
        (*VALUES, ASSETS_BLOCK),
        several("assets", *(f"AD_ACCOUNT:act_{n}" for n in range(1000))),
        ASSETS_BLOCK,
        "these are 1000",
    ),
    "an asset with an emoji in its id": (
        (*VALUES, ASSETS_BLOCK),
        several("assets", "AD_ACCOUNT:act_😀"),
        "reason",
        OLD_MODAL,
    ),
    "an asset whose id is another kind's": (
        (*VALUES, ASSETS_BLOCK),
        several("assets", f"AD_ACCOUNT:{make.INSTAGRAM}"),
        LEVEL_BLOCK,
        "is not an asset ID",
    ),
    "an asset said to be of another kind": (
        (*VALUES, ASSETS_BLOCK),
        several("assets", f"PAGE:{make.INSTAGRAM}"),
        LEVEL_BLOCK,
        "This business has no asset with the ID",
    ),
    "an asset of no kind": ((*VALUES, ASSETS_BLOCK), several("assets", "SPACESHIP:1"), "reason", OLD_MODAL),
    "an asset that is a mention": (
        (*VALUES, ASSETS_BLOCK),
        several("assets", "<!channel>"),
        "reason",
        OLD_MODAL,
    ),
    "an asset with NUL in it": (
        (*VALUES, ASSETS_BLOCK),
        several("assets", "AD_ACCOUNT:act_\0"),
        "reason",
        OLD_MODAL,
    ),
    "an asset that is a number": ((*VALUES, ASSETS_BLOCK), several("assets", 5), "reason", OLD_MODAL),
    "an asset of 10 kB": ((*VALUES, ASSETS_BLOCK), several("assets", "9" * 10_000), "reason", OLD_MODAL),
    "assets that are a word": (
        (*VALUES, ASSETS_BLOCK),
        {"assets": {"selected_options": "abc"}},
        "reason",
        OLD_MODAL,
    ),
    "assets that are an object": (
        (*VALUES, ASSETS_BLOCK),
        {"assets": {"selected_options": {"a": 1}}},
        "reason",
        OLD_MODAL,
    ),
    "assets that are a number": (
        (*VALUES, ASSETS_BLOCK),
        {"assets": {"selected_options": 5}},
        "reason",
        OLD_MODAL,
    ),
    "no level": (
        (*VALUES, LEVEL_BLOCK),
        {"level": {"selected_option": None}},
        LEVEL_BLOCK,
        "what you need it for",
    ),
    "a level that there is not": (
        (*VALUES, LEVEL_BLOCK),
        chosen("level", "Overlord"),
        LEVEL_BLOCK,
        "what you need it for",
    ),
    "a level of another kind": (
        (*VALUES, LEVEL_BLOCK),
        chosen("level", "Employee"),
        LEVEL_BLOCK,
        "what you need it for",
    ),
    "tasks beyond those of the kind": (
        (*VALUES, LEVEL_BLOCK),
        chosen("level", "custom:4:fff"),
        LEVEL_BLOCK,
        "what you need it for",
    ),
    "an empty set of tasks": (
        (*VALUES, LEVEL_BLOCK),
        chosen("level", "custom:4:0"),
        LEVEL_BLOCK,
        "what you need it for",
    ),
    "somebody of another business": (
        (*VALUES, PEOPLE_BLOCK),
        several("people", "400000000000004"),
        PEOPLE_BLOCK,
        "is not one of your business's people",
    ),
    "somebody who is nobody": (
        (*VALUES, PEOPLE_BLOCK),
        several("people", "<@UDANA>"),
        PEOPLE_BLOCK,
        "is not one of your business's people",
    ),
    "somebody with NUL in the id": ((*VALUES, PEOPLE_BLOCK), several("people", "4\0"), "reason", OLD_MODAL),
    "somebody with half a character": (
        (*VALUES, PEOPLE_BLOCK),
        several("people", "4\ud800"),
        "reason",
        OLD_MODAL,
    ),
    "twenty-six people": (
        (*VALUES, PEOPLE_BLOCK),
        several("people", *["400000000000001"] * 26),
        PEOPLE_BLOCK,
        "at most 25 people; these are 26",
    ),
    "a thousand people": (
        (*VALUES, PEOPLE_BLOCK),
        several("people", *["400000000000001"] * 1000),
        PEOPLE_BLOCK,
        "these are 1000",
    ),
    "two answers in one place": (
        (*VALUES, "reason"),
        typed("reason", "x") | typed("note", "y"),
        "reason",
        OLD_MODAL,
    ),
    "a length that is a word": ((*VALUES, "term"), chosen("term", "forever"), "term", "between 1 and 3650"),
    "no days": ((*VALUES, "term"), chosen("term", "0"), "term", "between 1 and 3650"),
    "less than no days": ((*VALUES, "term"), chosen("term", "-1"), "term", "between 1 and 3650"),
    "a billion days": ((*VALUES, "term"), chosen("term", "1000000000"), "term", "between 1 and 3650"),
    "a day more than ten years": ((*VALUES, "term"), chosen("term", "3651"), "term", "between 1 and 3650"),
    "days before the box for them came": (
        (*VALUES, "term"),
        chosen("term", "days"),
        "term",
        "between 1 and 3650",
    ),
    "a date before the box for it came": (
        (*VALUES, "term"),
        chosen("term", "until"),
        "term",
        "next ten years",
    ),
    "a description without a kind": ((*VALUES, "kind:1"), chosen("kind", "SPACESHIP"), "reason", OLD_MODAL),
    "a description without words": (
        (*VALUES, "kind:1"),
        chosen("kind", "PAGE"),
        "reason",
        "Describe the asset",
    ),
    "a description numbered with 5,000 digits": (
        (*VALUES, "level:" + "9" * 5000),
        chosen("level", "Full"),
        "reason",
        "",
    ),
    "metadata with more in it": (PRIVATE, request_metadata(approved=True), "reason", OLD_MODAL),
    "metadata with a number of many digits": (PRIVATE, request_metadata(next=10**4000), "reason", OLD_MODAL),
    "metadata that requests for the owner": (
        PRIVATE,
        request_metadata(requesting=make.BRAND),
        "reason",
        NOT_OURS,
    ),
    "metadata that requests for a third business": (
        PRIVATE,
        request_metadata(requesting=make.OTHER),
        "reason",
        NOT_OURS,
    ),
    "metadata that requests for a business that is none": (
        PRIVATE,
        request_metadata(requesting="99999"),
        "reason",
        NOT_OURS,
    ),
    "metadata that requests for nobody": (PRIVATE, request_metadata(requesting=None), "reason", NOT_OURS),
    "metadata with NUL in an id": (PRIVATE, request_metadata(requesting="2\0"), "reason", NOT_OURS),
    "metadata that edits what is not there": (
        PRIVATE,
        request_metadata(draft={"r": "4" * 15, "v": 1}),
        "reason",
        "no such draft",
    ),
    "metadata that edits with a version that is none": (
        PRIVATE,
        request_metadata(draft={"r": "4" * 15, "v": True}),
        "reason",
        OLD_MODAL,
    ),
    "the name of a form that there is not": (("view", "callback_id"), "launch", "reason", OLD_MODAL),
    "the name of another form": (("view", "callback_id"), "end_now", "reason", OLD_MODAL),
}


@pytest.mark.covers("T24")
@over_http_alone
@pytest.mark.parametrize(("path", "value", "block", "said"), BAD_REQUESTS.values(), ids=BAD_REQUESTS)
async def test_a_request_with_something_bad_in_it_gets_a_field_error(
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
            payload["view"]["state"]["values"]["reason"] = typed("reason", "")
        delivered = await stage.send(Kind.INTERACTIVE, payload)
        found = field_errors(delivered)
        assert said in found[block], found
        assert all(len(words) < 500 for words in found.values())


# The field for words in each modal, and what is said where it is empty but must not be.
WORDS: dict[str, tuple[str, str | None]] = {
    "ask": ("reason", "Say why you need it"),
    "decline": ("note", "Say in a few words"),
    "comment": ("text", "Write a few words first"),
    "extend": ("reason", "Say why"),
    "adjust": ("note", None),
}


@pytest.mark.covers("T24")
@pytest.mark.parametrize("callback", WORDS)
async def test_words_that_are_too_long_or_missing_are_a_field_error_in_every_modal(
    stage: Stage, caplog: pytest.LogCaptureFixture, callback: str
) -> None:
    field, said = WORDS[callback]
    async with nothing_moves(stage, caplog):
        sound = await sound_submission(stage, callback)
        for length in hostile.LENGTHS:
            payload = changed(resent(sound), (*VALUES, field), typed(field, "x" * length))
            assert f"{length} characters" in field_errors(await stage.send(Kind.INTERACTIVE, payload))[field]
        for empty in hostile.EMPTY if said else ():
            payload = changed(resent(sound), (*VALUES, field), typed(field, empty))
            assert str(said) in field_errors(await stage.send(Kind.INTERACTIVE, payload))[field], empty


async def test_a_sound_request_would_have_been_taken(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    """Without this the table above might fail for another reason than the one it names."""
    async with nothing_moves(stage, caplog):
        payload = await sound_request(stage)
        payload["view"]["state"]["values"]["reason"] = typed("reason", "x" * 501)
        assert list(field_errors(await stage.send(Kind.INTERACTIVE, payload))) == ["reason"]


@over_http_alone
@pytest.mark.parametrize(
    ("values", "said"),
    [
        ((), "Choose"),
        (("nothing",), "Remove it and choose again"),
        (("junk",), OLD_MODAL),
        (("10000000001:",), OLD_MODAL),
        (("10000000001:x",), OLD_MODAL),
        (("10000000001:" + "4" * 15,), "no such access"),
        (tuple(f"10000000001:{n}" for n in range(1000)), "at most 25; these are 1000"),
    ],
    ids=["nothing", "the line that says so", "junk", "half", "no id", "an unknown one", "a thousand"],
)
async def test_choosing_what_cannot_be_ended_is_a_field_error(
    stage: Stage, caplog: pytest.LogCaptureFixture, values: tuple[str, ...], said: str
) -> None:
    world = stage.world
    async with nothing_moves(stage, caplog):
        form = await stage.form(world.dana, "revoke")
        payload = changed(
            world.slack.payload_submit(world.dana, form), (*VALUES, "grants"), several("grants", *values)
        )
        assert said in field_errors(await stage.send(Kind.INTERACTIVE, payload))["grants"]


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
        payload = changed(await sound_submission(stage, "members"), (*VALUES, block), held)
        assert words_at_fields(await stage.send(Kind.INTERACTIVE, payload))


@pytest.mark.parametrize("value", ["", "0", "-1", "99", "1e3", "x" * 10_000, "١", None, 5, ["2"]])
async def test_a_quorum_that_is_none_is_said_at_its_field(
    stage: Stage, caplog: pytest.LogCaptureFixture, value: object
) -> None:
    async with nothing_moves(stage, caplog):
        payload = changed(
            await sound_submission(stage, "settings"), (*VALUES, "quorum", "quorum", "value"), value
        )
        delivered = await stage.send(Kind.INTERACTIVE, payload)
        assert words_at_fields(delivered)
        assert set(delivered.body["errors"]) == {"quorum"}
