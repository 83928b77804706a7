"""`countersign gallery`: one file with everything, and what Slack says of it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from command import Ended, command
from exhibited import every

from bot.clock import Clock
from bot.sandbox.slack import App, LocalSlack


async def gallery(*arguments: str, folder: Path, api_url: str = "http://127.0.0.1:9/api/") -> Ended:
    """Run `countersign gallery` in a folder, beside whatever this test serves."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("bot.sandbox.gallery.everything.exhibits", every)
        return await command("gallery", *arguments, folder=folder, SLACK_API_URL=api_url)


async def test_it_writes_one_file_that_holds_everything_and_needs_nothing_else_and_slack_takes_it(
    tmp_path: Path,
) -> None:
    slack = LocalSlack(clock=Clock(), app=App())
    async with slack.serve():
        ended = await gallery("--validate", folder=tmp_path, api_url=slack.api_url)
    shown = every()
    payloads = {json.dumps(one.to_validate) for one in shown if one.to_validate is not None}
    asked = [json.dumps(call.args) for call in slack.calls if call.method == "blocks.validate"]
    assert set(asked) == payloads
    assert len(asked) == len(payloads) > 500
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == (
        f"{len(shown)} examples are in gallery.html.\nSlack takes all {len(asked)} of their payloads.\n"
    )
    text = (tmp_path / "gallery.html").read_text(encoding="utf-8")
    (data,) = re.findall(r'<script type="application/json" id="gallery-data">(.*?)</script>', text)
    assert [one["name"] for one in json.loads(data)["exhibits"]] == [one.name for one in shown]
    outside = re.findall(r"(?:src|href|url)\s*[=(]\s*[\"']?(?!data:|#)([\w./:-]+)", text.replace(data, ""))
    assert outside == []


async def test_a_file_that_cannot_be_written_is_said_in_one_line(tmp_path: Path) -> None:
    ended = await gallery("--out", "no/such/folder.html", folder=tmp_path)
    assert ended.code == 2
    assert ended.err == "countersign: --out: no/such/folder.html: No such file or directory\n"


async def test_what_slack_would_refuse_is_named(tmp_path: Path) -> None:
    slack = LocalSlack(clock=Clock(), app=App())
    slack.faults.refuse("blocks.validate", "invalid_message")
    async with slack.serve():
        ended = await gallery("--validate", folder=tmp_path, api_url=slack.api_url)
    assert ended.code == 1
    assert ended.err == f"countersign: {every()[0].name}: invalid_message\n"


async def test_where_slack_does_not_say_that_is_no_verdict(tmp_path: Path) -> None:
    slack = LocalSlack(clock=Clock(), app=App())
    slack.faults.refuse("blocks.validate", "unknown_method")
    async with slack.serve():
        ended = await gallery("--validate", folder=tmp_path, api_url=slack.api_url)
    assert ended.code == 1
    assert ended.err == "countersign: Slack did not say: blocks.validate: unknown_method\n"
    ended = await gallery("--validate", folder=tmp_path)
    assert ended.code == 1
    assert ended.err.startswith("countersign: Slack did not say: blocks.validate: Client"), "nobody is there"


async def test_a_wrong_address_of_slack_is_named(tmp_path: Path) -> None:
    ended = await gallery("--validate", folder=tmp_path, api_url="http://slack.example.com/")
    assert ended.code == 2
    assert ended.err.startswith("countersign: COUNTERSIGN_SLACK_API_URL: must be an https URL")
