"""What comes back from Slack's address when it is not Slack that speaks, or not as it should."""

from __future__ import annotations

import asyncio
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, closing, suppress

import pytest

from bot.clock import PushedClock
from bot.slack.replies import error as in_words
from bot.slack.wire import calls
from bot.slack.wire.calls import MOST_BYTES, Slack, SlackError, Unsure, open_session
from bot.slack.wire.response_url import Responder

FIFTY = 50_000_000
PACKED = zlib.compress(b"a" * FIFTY)


def head(*lines: str) -> bytes:
    return "\r\n".join(("HTTP/1.1 200 OK", "Content-Type: application/json", *lines, "", "")).encode()


@asynccontextmanager
async def answering(*parts: Iterable[bytes], then_hang: bool = False) -> AsyncIterator[str]:
    """Serve one answer to whatever is asked, and then hang up or not."""
    over = asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with closing(writer), suppress(ConnectionError):
            await reader.readuntil(b"\r\n\r\n")
            for part in parts:
                for piece in part:
                    writer.write(piece)
                    await writer.drain()
            if then_hang:
                await over.wait()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        try:
            yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/api/"
        finally:
            over.set()


async def requested(url: str) -> SlackError:
    """Ask the server whose token this is, and return what that came to."""
    async with open_session() as session:
        with pytest.raises(SlackError) as caught:
            await Slack(session=session, base_url=url, clock=PushedClock()).install("xoxb-1")
    return caught.value


@pytest.mark.covers("F14")
@pytest.mark.parametrize(
    ("lines", "body"),
    [
        pytest.param([f"Content-Length: {FIFTY}"], [b"a" * 65_536] * (FIFTY // 65_536), id="of 50 MB"),
        pytest.param(
            ["Content-Encoding: deflate", f"Content-Length: {len(PACKED)}"],
            [PACKED],
            id="that unpacks to 50 MB",
        ),
        pytest.param(["Content-Length: 1000"], [b'{"ok":true,'], id="cut off in the middle"),
        pytest.param(["Content-Length: 4"], [b"\xff\xfe\xfd\xfc"], id="that is no text"),
        pytest.param(["Transfer-Encoding: chunked"], [b"zz\r\n"], id="that is hardly HTTP"),
        pytest.param(["Content-Length: 4"], [b"null"], id="that is no object"),
    ],
)
async def test_an_answer_too_long_to_be_slacks_counts_as_unknown_and_is_not_read_into_memory(
    lines: list[str], body: list[bytes]
) -> None:
    async with answering([head(*lines)], body) as url:
        tracemalloc.start()
        try:
            error = await requested(url)
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert isinstance(error, Unsure), error
    assert most < 10 * MOST_BYTES


@pytest.mark.covers("F12", "F14")
async def test_an_answer_that_does_not_end_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "TOTAL_SECONDS", 0.2)
    async with answering([head("Content-Length: 1000"), b'{"ok":'], then_hang=True) as url:
        error = await requested(url)
    assert isinstance(error, Unsure)


@pytest.mark.covers("F14")
async def test_of_what_answers_a_response_url_nothing_is_read_but_whether_it_was_taken() -> None:
    async with answering([head(f"Content-Length: {FIFTY}")], [b"a" * 65_536] * (FIFTY // 65_536)) as url:
        responder = Responder(api_url=url)
        tracemalloc.start()
        try:
            assert await responder.answer(f"{url}commands/T1/2/x", in_words("Hi"))
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
            await responder.close()
    assert most < 10 * MOST_BYTES
