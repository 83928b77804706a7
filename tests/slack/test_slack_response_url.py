from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot.sandbox.slack import serving
from bot.slack.replies import error
from bot.slack.wire.response_url import Responder, is_response_url, origin_for

SLACK = "https://hooks.slack.com"
GOV = "https://hooks.slack-gov.com"


@pytest.mark.parametrize("origin", [SLACK, GOV])
@pytest.mark.parametrize("path", ["/commands/T1/2/x", "/actions/T1/2/x?y=1"])
def test_slacks_own_response_urls_are_taken(origin: str, path: str) -> None:
    assert is_response_url(f"{origin}{path}", origin=origin)


@pytest.mark.covers("T21")
@pytest.mark.parametrize(
    "url",
    [
        "",
        SLACK,
        f"{GOV}/commands/x",
        "http://hooks.slack.com/commands/x",
        "https://hooks.slack.com:443/x",
        "https://hooks.slack.com:8443/x",
        "https://hooks.slack.com./x",
        "https://HOOKS.slack.com/x",
        "https://user@hooks.slack.com/x",
        "https://hooks.slack.com@evil.example/x",
        "https://hooks.slack.com:x@evil.example/x",
        "https://hooks.slack.com\\@evil.example/x",
        "https://evil.example\\.hooks.slack.com/x",
        "https://evil.example/https://hooks.slack.com/x",
        "https://hooks.slack.com.evil.example/x",
        "https://xn--hooks-slack-com.example/x",
        "https://hооks.slack.com/x",
        "https://hooks.slack.com/x#@evil.example",
        "https://hooks.slack.com/a b",
        "https://hooks.slack.com/a\r\nHost: evil.example",
        "https://hooks.slack.com/\u202e",
        " https://hooks.slack.com/x",
        "//hooks.slack.com/x",
        "https:hooks.slack.com/x",
        "https:///hooks.slack.com/x",
        "https://127.0.0.1/x",
        "https://[::1]/x",
        "https://2130706433/x",
        "https://0x7f.1/x",
        "https://169.254.169.254/latest/meta-data",
        "file:///etc/passwd",
        "gopher://hooks.slack.com/x",
        "javascript:alert(1)",
    ],
)
def test_no_other_url_is_ever_called(url: str) -> None:
    assert not is_response_url(url, origin=SLACK)


def test_the_origin_follows_the_base_of_the_api() -> None:
    assert origin_for("https://slack.com/api/") == SLACK
    assert origin_for("https://slack-gov.com/api/") == GOV
    assert origin_for("http://127.0.0.1:8080/api/") == "http://127.0.0.1:8080"


@pytest.mark.covers("T21")
async def test_a_redirect_is_not_followed_and_a_refusal_is_told() -> None:
    expected_version = []

    async def away(request: Request) -> Response:
        expected_version.append(request.url.path)
        return RedirectResponse("/inside", status_code=307)

    async def inside(request: Request) -> Response:
        expected_version.append(request.url.path)
        return Response()

    routes = [Route("/away", away, methods=["POST"]), Route("/inside", inside, methods=["POST"])]
    async with serving(Starlette(routes=routes), port=0) as wire:
        base = f"http://127.0.0.1:{wire.port}"
        responder = Responder(api_url=f"{base}/api/")
        assert not await responder.answer(f"{base}/away", error("x"))
        assert not await responder.answer("http://127.0.0.1:1/x", error("x"))
        assert await responder.answer(f"{base}/inside", error("x"))
        await responder.close()
    assert expected_version == ["/away", "/inside"]


async def test_a_response_url_that_nobody_serves_is_no_error() -> None:
    responder = Responder(api_url="http://127.0.0.1:9/api/")
    assert not await responder.answer("http://127.0.0.1:9/x", error("x"))
    await responder.close()
