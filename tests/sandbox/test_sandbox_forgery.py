"""Payloads can be real, altered, forged, late or repeated; a real Bolt app receives them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from slack_bolt.async_app import AsyncApp
from slack_sdk.signature import SignatureVerifier

from bot.sandbox.slack import CannotDo, Forgery, Kind, Message, Way, signature

CARD = [
    {
        "type": "actions",
        "block_id": "decide",
        "elements": [
            {
                "type": "button",
                "action_id": "approve",
                "text": {"type": "plain_text", "text": "Approve"},
                "value": value,
            }
        ],
    }
    for value in ("r1",)
]


@pytest.fixture
async def card(stage) -> Message:
    ts = (await stage.client.chat_postMessage(channel=stage.room.id, text="Card", blocks=CARD))["ts"]
    return stage.slack.message(stage.room.id, ts)


@pytest.fixture
def heard(app: AsyncApp) -> list[dict[str, Any]]:
    bodies: list[dict[str, Any]] = []

    @app.action("approve")
    async def listen(ack: Any, body: dict[str, Any]) -> None:
        bodies.append(body)
        await ack()

    return bodies


def test_a_signature_equals_slacks_documented_example() -> None:
    signed = signature(secret="s3cret", timestamp="1700000000", body=b"a=1")
    assert SignatureVerifier("s3cret").generate_signature(timestamp="1700000000", body="a=1") == signed


FORGED = {
    "another secret": Forgery(secret="not the secret"),
    "no signature at all": Forgery(signature=""),
    "a signature of something else": Forgery(body=b"payload=%7B%7D", signature="v0=" + "0" * 64),
    "six minutes old": Forgery(timestamp="1700000000"),
}


@pytest.mark.parametrize("way", [Way.HTTP])
@pytest.mark.parametrize("forgery", FORGED.values(), ids=FORGED.keys())
async def test_bolt_rejects_a_forged_request(stage, heard, card: Message, forgery: Forgery) -> None:
    payload = stage.slack.payload_click(stage.ann, card, "approve")
    delivered = await stage.slack.send_payload(Kind.INTERACTIVE, payload, forgery=forgery)
    assert (delivered.error, delivered.status) == ("refused", 401)
    assert heard == []


async def test_an_altered_payload_arrives_with_a_valid_signature(stage, heard, card: Message) -> None:
    payload = stage.slack.payload_click(stage.ann, card, "approve")
    payload["user"]["id"] = "U666"
    payload["actions"][0]["value"] = "r2"
    payload["api_app_id"] = "A666"
    assert (await stage.slack.send_payload(Kind.INTERACTIVE, payload)).ok
    assert (heard[0]["user"]["id"], heard[0]["actions"][0]["value"], heard[0]["api_app_id"]) == (
        "U666",
        "r2",
        "A666",
    )


async def test_the_same_bytes_or_envelope_can_be_delivered_again(
    stage, heard, card: Message, way: Way
) -> None:
    await stage.slack.click(stage.ann, card, "approve")
    again = await stage.slack.redeliver(times=3)
    assert [delivered.ok for delivered in again] == [True] * 3
    assert heard == [heard[0]] * 4
    first, *others = stage.slack.deliveries
    if way is Way.HTTP:
        assert all((other.body, other.headers) == (first.body, first.headers) for other in others)
    else:
        assert all(other.envelope == first.envelope for other in others)


async def test_an_old_click_can_be_sent_after_the_card_has_changed(stage, heard, card: Message) -> None:
    payload = stage.slack.payload_click(stage.ann, card, "approve")
    await stage.client.chat_update(channel=stage.room.id, ts=card.ts, text="Decided")
    with pytest.raises(CannotDo):
        await stage.slack.click(stage.ann, card, "approve")
    assert (await stage.slack.send_payload(Kind.INTERACTIVE, payload)).ok
    assert len(heard) == 1


@pytest.mark.parametrize("way", [Way.HTTP])
async def test_each_kind_of_payload_can_have_its_own_request_url(stage, app: AsyncApp, card: Message) -> None:
    slack = stage.slack
    good = slack.app.request_urls["commands"]
    slack.app.use_http("http://127.0.0.1:9/nowhere", interactivity=good)
    payload = slack.payload_click(stage.ann, card, "approve")
    assert (await slack.send_payload(Kind.INTERACTIVE, payload)).status == 404  # Bolt answers: nobody listens
    assert (await slack.send_payload(Kind.EVENT, slack.payload_event(stage.agency, {"type": "x"}))).error == (
        "unreachable"
    )


@pytest.mark.parametrize("way", [Way.HTTP])
async def test_every_delivery_is_logged_with_its_answer(stage, heard, card: Message) -> None:
    task = asyncio.create_task(stage.slack.click(stage.ann, card, "approve"))
    (delivery,) = await stage.slack.until(lambda: stage.slack.deliveries)
    delivered = await task
    assert delivery.kind is Kind.INTERACTIVE
    assert delivery.team_id == stage.agency.id
    assert delivery.payload == delivered.payload == heard[0]
    assert delivery.delivered.status == 200
    assert delivery.body.startswith(b"payload=%7B")
    assert delivery.headers["Content-Type"] == "application/x-www-form-urlencoded"
