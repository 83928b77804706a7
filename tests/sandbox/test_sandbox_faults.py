"""Each fault between the app and Slack can be caused on purpose, for chosen calls."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError

from bot.clock import PushedClock
from bot.sandbox.slack import App, LocalSlack

BEFORE_OR_AFTER = pytest.mark.parametrize(("after", "there"), [(False, []), (True, ["Hi"])])


def posts(stage) -> list[str]:
    return [message.text for message in stage.slack.messages(stage.room)]


async def post(stage, *, text: str = "Hi", channel=None):
    return await stage.client.chat_postMessage(channel=(channel or stage.room).id, text=text)


@pytest.mark.parametrize("retry_after", ["30", "0", "-1", "1000000000", "x"])
async def test_a_rate_limit_sends_any_retry_after_for_a_number_of_calls(stage, retry_after: str) -> None:
    stage.slack.faults.rate_limit("chat.postMessage", retry_after=retry_after, times=2)
    for _ in range(2):
        with pytest.raises(SlackApiError) as caught:
            await post(stage)
        assert caught.value.response.status_code == 429
        assert caught.value.response["error"] == "ratelimited"
        assert caught.value.response.headers["Retry-After"] == retry_after
    assert (await post(stage))["ok"]
    assert posts(stage) == ["Hi"]
    assert [call.status for call in stage.slack.calls] == [429, 429, 200]


async def test_a_rate_limit_can_leave_out_retry_after(stage) -> None:
    stage.slack.faults.rate_limit("chat.postMessage", retry_after=None)
    with pytest.raises(SlackApiError) as caught:
        await post(stage)
    assert "Retry-After" not in caught.value.response.headers


async def test_a_fault_applies_only_to_its_method_workspace_and_channel(stage) -> None:
    faults = stage.slack.faults
    faults.refuse("chat.postMessage", "fatal_error", team_id=stage.brand.id)
    faults.refuse("chat.postMessage", "fatal_error", channel_id=stage.shared.id)
    assert (await post(stage))["ok"]
    with pytest.raises(SlackApiError):
        await post(stage, channel=stage.shared)
    faults.refuse("*", "internal_error")
    with pytest.raises(SlackApiError):
        await stage.client.auth_test()
    faults.refuse("*", "internal_error", times=5)
    faults.clear()
    assert (await stage.client.auth_test())["ok"]


@BEFORE_OR_AFTER
async def test_an_error_comes_before_the_work_or_after_it(stage, after: bool, there: list[str]) -> None:  # noqa: FBT001
    stage.slack.faults.refuse("chat.postMessage", "fatal_error", after=after)
    with pytest.raises(SlackApiError) as caught:
        await post(stage)
    assert caught.value.response["error"] == "fatal_error"
    assert posts(stage) == there


@BEFORE_OR_AFTER
async def test_a_server_error_comes_before_the_work_or_after_it(stage, after: bool, there: list[str]) -> None:  # noqa: FBT001
    stage.slack.faults.http_error("chat.postMessage", status=502, after=after)
    with pytest.raises(SlackApiError) as caught:
        await post(stage)
    assert caught.value.response.status_code == 502
    assert posts(stage) == there


@BEFORE_OR_AFTER
async def test_a_connection_is_cut_before_the_work_or_after_it(stage, after: bool, there: list[str]) -> None:  # noqa: FBT001
    stage.slack.faults.drop("chat.postMessage", after=after)
    stage.client.retry_handlers = []  # by default the SDK tries once more when a connection breaks
    with pytest.raises(aiohttp.ClientConnectionError):
        await post(stage)
    assert posts(stage) == there
    assert stage.slack.calls[-1].status is None
    assert (await post(stage))["ok"]


async def test_the_sdk_by_default_posts_twice_when_an_answer_is_lost(stage) -> None:
    stage.slack.faults.drop("chat.postMessage", after=True)
    assert (await post(stage))["ok"]
    assert posts(stage) == ["Hi", "Hi"]


async def test_an_answer_can_be_held_back_after_the_work(stage) -> None:
    gate = stage.slack.faults.hang("chat.postMessage")
    task = asyncio.create_task(post(stage))
    await gate.reached()
    assert posts(stage) == ["Hi"]
    assert not task.done()
    assert stage.slack.calls[-1].done is False
    gate.release()
    assert (await task)["ok"]


async def test_a_call_can_be_held_back_before_its_work(stage) -> None:
    gate = stage.slack.faults.hang("chat.postMessage", after=False)
    task = asyncio.create_task(post(stage))
    await gate.reached()
    assert posts(stage) == []
    gate.release()
    assert (await task)["ok"]
    assert posts(stage) == ["Hi"]


async def test_the_work_stays_done_when_the_caller_times_out(stage) -> None:
    stage.slack.faults.hang("chat.postMessage")
    stage.client.timeout = 0.1
    with pytest.raises(asyncio.TimeoutError):
        await post(stage)
    assert posts(stage) == ["Hi"]


@pytest.mark.parametrize(
    "raw", [b"", b"<html>", b'{"ok": tr', b"x" * 5_000_000], ids=["empty", "html", "cut", "huge"]
)
async def test_an_answer_can_be_any_bytes(stage, raw: bytes) -> None:
    stage.slack.faults.body("chat.postMessage", raw)
    headers = {"Authorization": f"Bearer {stage.agency.bot_token}"}
    url = f"{stage.slack.api_url}chat.postMessage"
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.post(url, json={"channel": stage.room.id, "text": "Hi"}) as answer,
    ):
        assert (answer.status, await answer.read()) == (200, raw)
    assert posts(stage) == ["Hi"]


async def test_posting_is_limited_to_one_message_a_second_per_channel_with_bursts(clock: PushedClock) -> None:
    slack = LocalSlack(clock=clock, app=App())
    team = slack.add_workspace("Northwind", domain="northwind")
    room, other = slack.add_channel(team, "one"), slack.add_channel(team, "two")
    async with slack.serve(), aiohttp.ClientSession() as session:

        async def send(channel: str) -> tuple[int, str | None]:
            async with session.post(
                f"{slack.api_url}chat.postMessage",
                json={"channel": channel, "text": "x"},
                headers={"Authorization": f"Bearer {team.bot_token}"},
            ) as answer:
                return answer.status, answer.headers.get("Retry-After")

        answers = [await send(room.id) for _ in range(12)]
        assert answers[:10] == [(200, None)] * 10
        assert answers[-1] == (429, "1")
        assert await send(other.id) == (200, None)


async def test_response_urls_can_fail_too(stage) -> None:
    stage.slack.faults.http_error("response_url", status=500)
    payload = stage.slack.payload_command(stage.ann, stage.room, "/access")
    async with (
        aiohttp.ClientSession() as session,
        session.post(payload["response_url"], json={"text": "x"}) as answer,
    ):
        assert answer.status == 500
    assert stage.slack.ephemerals(stage.ann) == []


async def test_calls_that_are_held_back_are_released_when_the_server_stops(clock: PushedClock) -> None:
    slack = LocalSlack(clock=clock)
    team = slack.add_workspace("Northwind", domain="northwind")
    gates = []

    async def ask(session: aiohttp.ClientSession) -> None:
        headers = {"Authorization": f"Bearer {team.bot_token}"}
        async with session.post(f"{slack.api_url}auth.test", headers=headers):
            pass

    async with aiohttp.ClientSession() as session:
        async with asyncio.timeout(15):
            async with slack.serve():
                gates.append(slack.faults.hang("auth.test"))
                task = asyncio.create_task(ask(session))
                await gates[0].reached()
        with pytest.raises(aiohttp.ClientError):
            await task
    clock.push(timedelta(0))
