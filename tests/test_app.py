from __future__ import annotations

import asyncio
import json
import logging
import os
import socket
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from world import App, LocalSlack, Way, running, settings_for

from bot.app import build
from bot.clock import PushedClock
from bot.errors import Misconfigured
from bot.logs import redact, set_up_logging
from bot.store import tables
from bot.store.tables import EffectState
from bot.web_server import listen


@pytest.fixture
async def slack(clock: PushedClock) -> LocalSlack:
    return LocalSlack(clock=clock, app=App(commands=("/access",)))


async def test_a_token_that_slack_does_not_take_is_named_and_none_is_fatal(
    slack: LocalSlack, sqlite_url: str, clock: PushedClock
) -> None:
    slack.add_workspace("Northwind", domain="northwind")
    async with slack.serve():
        settings = settings_for(slack, sqlite_url, way=Way.HTTP, bot_tokens=("xoxb-wrong", "xoxb-other"))
        with pytest.raises(Misconfigured) as denied:
            async with build(settings, clock=clock):
                pass
    assert str(denied.value).splitlines() == [
        "COUNTERSIGN_BOT_TOKENS: Slack does not take token 1: invalid_auth",
        "COUNTERSIGN_BOT_TOKENS: Slack does not take token 2: invalid_auth",
    ]


async def test_one_good_token_of_several_is_enough_and_its_workspace_is_kept(
    slack: LocalSlack, sqlite_url: str, clock: PushedClock, caplog: pytest.LogCaptureFixture
) -> None:
    one = slack.add_workspace("Northwind", domain="northwind")
    async with slack.serve():
        settings = settings_for(slack, sqlite_url, way=Way.HTTP, bot_tokens=("xoxb-wrong", one.bot_token))
        async with build(settings, clock=clock) as app:
            assert set(app.slack.teams) == {one.id}
            rows = app.database.read_sync(lambda tx: tx.all(tables.Workspace.__table__.select()))
    assert [(row.team_id, row.name, row.bot_user_id) for row in rows] == [
        (one.id, "Northwind", one.bot_user_id)
    ]
    assert "token 1: invalid_auth" in caplog.text
    assert "xoxb" not in caplog.text


@pytest.mark.covers("F40")
async def test_a_second_one_on_the_same_sqlite_store_is_refused(sqlite_url: str, clock: PushedClock) -> None:
    async with running(sqlite_url, clock=clock) as world:
        with pytest.raises(Misconfigured, match="another instance"):
            async with build(world.settings, clock=clock):
                pass


async def test_a_port_in_use_is_named(slack: LocalSlack, sqlite_url: str, clock: PushedClock) -> None:
    slack.add_workspace("Northwind", domain="northwind")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        async with slack.serve():
            settings = settings_for(slack, sqlite_url, way=Way.HTTP, port=taken.getsockname()[1])
            with pytest.raises(Misconfigured, match="COUNTERSIGN_PORT"):
                async with build(settings, clock=clock):
                    pass


async def test_where_its_port_is_taken_nothing_is_sent(sqlite_url: str, clock: PushedClock) -> None:
    async with running(sqlite_url, clock=clock) as world:
        await world.app.worker.stop()
        await world.command(world.ann, "request act_1001 advertise,analyze for 30d because Spring")
        await world.stop()
        waiting = [row for row in world.rows(tables.Effect) if row.state == EffectState.WAITING]
        with socket.create_server(("127.0.0.1", 0)) as taken:
            settings = world.settings.model_copy(update={"port": taken.getsockname()[1]})
            with pytest.raises(Misconfigured, match="COUNTERSIGN_PORT"):
                async with build(settings, clock=clock):
                    pass
        assert waiting
        assert [row for row in world.rows(tables.Effect) if row.state == EffectState.WAITING] == waiting


def test_every_address_of_ipv6_is_every_address_of_ipv4_too() -> None:
    if not socket.has_dualstack_ipv6():
        pytest.skip("this machine has no IPv6")
    with listen("::", 0) as listening:
        socket.create_connection(("127.0.0.1", listening.getsockname()[1]), timeout=5).close()


async def test_an_answers_body_does_not_wait_until_its_head_is_acknowledged(
    sqlite_url: str, clock: PushedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system would hold it back for 40 ms; those of the local Slack too, and tests would take minutes."""
    listening: list[socket.socket] = []
    create = socket.create_server

    def watched(*args: Any, **more: Any) -> socket.socket:
        listening.append(create(*args, **more))
        return listening[-1]

    monkeypatch.setattr(socket, "create_server", watched)
    async with running(sqlite_url, way=Way.HTTP, clock=clock):
        assert len(listening) == 2
        assert all(one.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) for one in listening)


async def test_after_it_was_stopped_it_can_be_started_again_where_it_left_off(
    sqlite_url: str, clock: PushedClock
) -> None:
    async with running(sqlite_url, clock=clock) as world:
        await world.app.worker.stop()
        await world.command(world.ann, "request act_1001 advertise,analyze for 30d because Spring")
        assert world.card_in(world.brand_room) is None
        await world.stack.aclose()
        world.app = await world.stack.enter_async_context(build(world.settings, clock=clock))
        await world.settle()
        assert world.card_in(world.brand_room) is not None


async def serving(slack: LocalSlack, database_url: str, *, port: int) -> asyncio.subprocess.Process:
    """`countersign serve` as a process of its own."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        "serve",
        stderr=asyncio.subprocess.PIPE,
        env=os.environ
        | {
            "COUNTERSIGN_BOT_TOKENS": ",".join(one.bot_token for one in slack.workspaces.values()),
            "COUNTERSIGN_MODE": "http",
            "COUNTERSIGN_SIGNING_SECRET": slack.app.signing_secret,
            "COUNTERSIGN_APP_ID": slack.app.id,
            "COUNTERSIGN_DATABASE_URL": database_url,
            "COUNTERSIGN_SLACK_API_URL": slack.api_url,
            "COUNTERSIGN_PORT": str(port),
        },
    )


@pytest.mark.case("6.2")
async def test_serve_goes_down_in_a_line_when_its_store_is_taken_from_it(
    slack: LocalSlack, sqlite_url: str, unused_port: int
) -> None:
    slack.add_workspace("Northwind", domain="northwind")
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    async with slack.serve(), asyncio.timeout(60):
        process = await serving(slack, sqlite_url, port=unused_port)
        assert process.stderr is not None
        await process.stderr.readline()
        await asyncio.to_thread(path.rename, path.with_suffix(".old"))
        said = (await process.stderr.read()).decode().splitlines()
        assert await process.wait() == 2
    assert said[-1].startswith(
        f"countersign: COUNTERSIGN_DATABASE_URL: {path}: its file was removed or replaced"
    )
    assert {json.loads(line)["level"] for line in said[:-1]} <= {"info", "warning"}


@pytest.mark.covers("F8")
async def test_serve_answers_and_goes_quietly_at_sigterm(
    slack: LocalSlack, sqlite_url: str, unused_port: int
) -> None:
    one = slack.add_workspace("Northwind", domain="northwind")
    async with slack.serve():
        process = await serving(slack, sqlite_url, port=unused_port)
        assert process.stderr is not None
        async with asyncio.timeout(30):
            first = json.loads(await process.stderr.readline())
            assert "serves 1 workspaces (http)" in first["event"]
            async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
                answer = await client.get(f"http://127.0.0.1:{unused_port}/healthz")
            assert answer.status_code == 200
            process.terminate()
            rest = await process.stderr.read()
            assert await process.wait() == 0
    assert one.bot_token.encode() not in rest
    assert [json.loads(line)["level"] for line in rest.splitlines()] == ["info"]


@pytest.mark.covers("F8")
async def test_serve_that_is_told_to_stop_while_it_starts_waits_for_slack_no_longer(
    slack: LocalSlack, sqlite_url: str, unused_port: int
) -> None:
    slack.add_workspace("Northwind", domain="northwind")
    async with slack.serve():
        gate = slack.faults.hang("auth.test", after=False)
        process = await serving(slack, sqlite_url, port=unused_port)
        assert process.stderr is not None
        async with asyncio.timeout(60):
            await gate.reached()
            process.terminate()
            said = [json.loads(line) for line in (await process.stderr.read()).splitlines()]
            assert await process.wait() == 0
        gate.release()
    assert [(one["level"], one["event"]) for one in said] == [
        ("info", "countersign stops before it has begun")
    ]


@pytest.fixture
def unused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def test_a_job_that_is_still_at_work_when_it_is_due_again_is_no_warning(
    capsys: pytest.CaptureFixture[str],
) -> None:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    try:
        set_up_logging("INFO")
        logging.getLogger("apscheduler.scheduler").warning("skipped: maximum number of running instances")
        logging.getLogger("apscheduler.executors").error("a job raised")
    finally:
        root.handlers = handlers
        root.setLevel(level)
    (line,) = capsys.readouterr().err.splitlines()
    assert json.loads(line)["event"] == "a job raised"


@pytest.mark.covers("T28")
def test_tokens_and_response_urls_are_taken_out_of_log_lines(capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    try:
        set_up_logging("INFO")
        for host in ("hooks.slack.com", "hooks.slack-gov.com"):
            logging.getLogger("x").warning(
                "with xoxb-1-secret and %s", f"https://{host}/services/T1/B2/secret"
            )
        logging.getLogger("x").error("no socket: url='wss://slack.com/link/?ticket=secret&app_id=A1'")
        try:
            raise RuntimeError("xapp-1-A1-secret")  # noqa: TRY301 - so that there is a traceback to log
        except RuntimeError:
            logging.getLogger("x").exception("broke\r\nnew line")
    finally:
        root.handlers = handlers
        root.setLevel(level)
    lines = capsys.readouterr().err.splitlines()
    assert "secret" not in "".join(lines)
    assert [json.loads(line)["event"] for line in lines] == [
        *["with (redacted) and (redacted)"] * 2,
        "no socket: url='wss://slack.com/link/?ticket=(redacted)&app_id=A1'",
        "broke\r\nnew line",
    ]
    assert redact(None, "", {"n": 5}) == {"n": 5}
