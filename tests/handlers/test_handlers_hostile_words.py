"""`/access` with bad words: each is told what is wrong and what to do, and nothing moves."""

from __future__ import annotations

import make
import pytest
from hostile import Stage, nothing_moves

from bot.sandbox.slack.delivery import Kind

pytestmark = pytest.mark.asyncio(loop_scope="module")

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
        f"request act_1001 analyst {LONG}",
        "An ad account has no level “analyst”. It has Admin, General user and Reporting only.",
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
        "not a date. Write it as 2026-12-31",
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
        "We know no business with this ID",
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
    "cancelling nothing asks which": ("cancel", "Which request?"),
    "a reference of an emoji is none": ("cancel 😀", "is not a request's reference"),
    "a reference with an apostrophe is none": ("cancel 'OR 1=1", "is not a request's reference"),
    "a reference that nobody has is not found": ("cancel AMBER-9999", "there is no such request"),
    "a note of 501 characters is counted": ("cancel AMBER-9999 because " + "x" * 501, "501 characters"),
    "revoking what is no asset says so": ("revoke nonsense", "is neither an asset ID"),
    "revoking what nobody holds says so": ("revoke act_999999", "no such access that you could end"),
    "a list that there is not names those there are": ("list everything", "owned, shared (with you), given"),
    "a word that is none gets the nearest": ("requst act_1001", "Did you mean /access request?"),
    "a word with a mention in it stays text": ("<!channel> <@UANN>", "“&lt;!channel&gt;”"),
    "a word of 10 kB is quoted short": ("a" * 10_000, "I do not know “aaaa"),
    "a word of nothing but marks is no word": ("\u202e\u200b\ufeff", "Access between businesses"),
}


@pytest.mark.covers("T24")
@pytest.mark.parametrize(("words", "said"), BAD.values(), ids=BAD)
async def test_bad_words_are_answered_in_the_ack_and_change_nothing(
    stage: Stage, caplog: pytest.LogCaptureFixture, words: str, said: str
) -> None:
    world = stage.world
    async with nothing_moves(stage, caplog):
        payload = world.slack.payload_command(world.ann, world.agency_room, "/access")
        delivered = await stage.send(Kind.COMMAND, payload | {"text": words})

        assert delivered.status == 200
        assert delivered.body["response_type"] == "ephemeral"
        assert said in delivered.body["text"]
        assert len(delivered.body["text"]) < 4_000


@pytest.mark.covers("T10")
async def test_what_somebody_elses_request_is_called_is_no_help_in_cancelling_it(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    """The same answer, whether it is there and hidden or not there at all."""
    world = stage.world
    answers = set()
    async with nothing_moves(stage, caplog):
        for who in (world.dana, world.vera):
            for ref in (stage.theirs["ref"], "AMBER-9999"):
                payload = world.slack.payload_command(who, world.brand_room, "/access")
                delivered = await stage.send(Kind.COMMAND, payload | {"text": f"cancel {ref}"})
                answers.add(delivered.body["text"])
    assert len(answers) == 1


async def test_an_employee_of_the_owner_cancels_nothing_and_it_is_recorded(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    world = stage.world
    events = len(stage.events())
    async with nothing_moves(stage, caplog):
        for who, room in ((world.eva, world.agency_room), (world.dana, world.brand_room)):
            payload = world.slack.payload_command(who, room, "/access")
            delivered = await stage.send(Kind.COMMAND, payload | {"text": f"cancel {stage.ref}"})
            assert delivered.body["text"]
    assert [event.kind for event in stage.events()[events:]] == ["denied", "denied"]
