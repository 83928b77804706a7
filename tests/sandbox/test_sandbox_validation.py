"""`blocks.validate`: the local Slack answers by the rules for sending, and we read its answers."""

from __future__ import annotations

import json
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.wire.calls import Refused
from bot.slack.wire.validation import validated

DIVIDER = {"type": "divider"}
LONG = {"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}
TITLE = {"type": "plain_text", "text": "Ask"}
MODAL = {"type": "modal", "title": TITLE, "blocks": [DIVIDER]}
HOME = {"type": "home", "blocks": [DIVIDER]}
WORDS = {"type": "section", "text": {"type": "plain_text", "text": "x" * 3_000}}


async def ask(stage, **given: Any) -> dict[str, Any]:
    """Return Slack's answer to a call without a token."""
    client = AsyncWebClient(base_url=stage.slack.api_url)
    client.proxy = None
    try:
        return (await client.api_call("blocks.validate", json=given)).data
    except SlackApiError as error:
        return error.response.data


@pytest.mark.parametrize(
    "sound",
    [
        {"blocks": [DIVIDER]},
        {"blocks": json.dumps([DIVIDER])},
        {"message": {"blocks": [DIVIDER]}},
        {"view": MODAL},
        {"view": HOME},
    ],
)
async def test_what_is_sound_is_taken_with_no_token(stage, sound) -> None:
    assert await ask(stage, **sound) == {"ok": True}


@pytest.mark.parametrize(
    ("wrong", "error", "pointer"),
    [
        ({"blocks": [DIVIDER, LONG]}, "invalid_blocks", "/1/text/text"),
        ({"message": {"blocks": [LONG]}}, "invalid_message", "/blocks/0/text/text"),
        ({"message": {"blocks": [WORDS] * 5}}, "invalid_message", "/blocks"),
        ({"message": {"text": "Hello", "blocks": []}}, "invalid_message", "/text"),
        ({"message": []}, "invalid_message", ""),
        ({"view": MODAL | {"blocks": [LONG]}}, "invalid_view", "/blocks/0/text/text"),
        ({"view": MODAL | {"blocks": [WORDS] * 90}}, "invalid_view", ""),
        ({"view": HOME | {"title": TITLE}}, "invalid_view", ""),
        ({"view": {"blocks": []}}, "invalid_view", "/type"),
    ],
)
async def test_what_posting_refuses_is_wrong_here_too_and_it_is_said_where(
    stage, wrong, error, pointer
) -> None:
    answer = await ask(stage, **wrong)
    assert answer["error"] == error
    assert pointer in [one["pointer"] for one in answer["errors"]]
    assert all(one["message"] and one["code"] for one in answer["errors"])


@pytest.mark.parametrize("given", [{}, {"blocks": [DIVIDER], "view": MODAL}])
async def test_one_thing_is_asked_about_at_a_time(stage, given) -> None:
    assert (await ask(stage, **given))["error"] == "invalid_arguments"


# --- how we ask -------------------------------------------------------------------------------------


async def found(stage, *payloads: dict[str, Any]) -> list[list[str]]:
    return [said async for said in validated(payloads, base_url=stage.slack.api_url)]


async def test_each_payload_is_answered_in_turn_with_what_is_wrong_and_where(stage) -> None:
    sound, wrong = {"view": HOME}, {"message": {"blocks": [LONG]}}
    said = await found(stage, sound, wrong, sound)
    assert {call.team_id for call in stage.slack.calls} == {None}, "no token went along"
    assert said == [[], ["/blocks/0/text/text: must be less than 151 characters"], []]


async def test_slack_is_given_the_time_that_it_asks_for(stage) -> None:
    stage.slack.faults.rate_limit("blocks.validate", retry_after="1")
    assert await found(stage, {"view": HOME}) == [[]]
    assert [call.status for call in stage.slack.calls] == [429, 200]


async def test_a_refusal_that_says_no_more_is_told_by_its_word(stage) -> None:
    stage.slack.faults.refuse("blocks.validate", "invalid_view")
    assert await found(stage, {"view": HOME}) == [["invalid_view"]]


async def test_any_other_answer_is_no_verdict(stage) -> None:
    stage.slack.faults.refuse("blocks.validate", "unknown_method")
    with pytest.raises(Refused, match="unknown_method"):
        await found(stage, {"view": HOME})
