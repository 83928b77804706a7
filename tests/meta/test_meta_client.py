"""The client of Meta's Graph API: what its answers come to, and what it never says or does."""

from __future__ import annotations

import asyncio
import json
import logging
import traceback
from datetime import timedelta

import httpx
import pytest
from caller import EDGE, Brand
from make import ACCOUNT, AGENCY, BRAND, OTHER, PAGE

from bot.clock import PushedClock
from bot.credentials import Token
from bot.domain.connections import Obstacle
from bot.meta import client
from bot.meta.errors import AlreadySo, MetaError, Paused, Refused, Unsure
from bot.sandbox.meta import Fault, GraphError

GIVE = {"business": AGENCY, "permitted_tasks": '["ANALYZE"]'}
USAGE = "x-business-use-case-usage"
PAGING = {"next": "http://127.0.0.1:1/", "cursors": {"after": "Mw=="}}


async def test_access_is_given_read_and_taken_away(brand: Brand) -> None:
    assert await brand("POST", **GIVE) == {"success": True}
    (row,) = await brand.graph.rows(EDGE, Token(brand.value), of=BRAND, fields="id,permitted_tasks")
    assert row == {"id": AGENCY, "permitted_tasks": ["ANALYZE"]}
    with pytest.raises(AlreadySo):
        await brand("POST", **GIVE)
    assert await brand("DELETE", business=AGENCY) == {"success": True}
    assert await brand.graph.rows(EDGE, Token(brand.value), of=BRAND, fields="id") == []


async def test_all_pages_of_an_edge_are_read_and_one_without_an_end_is_given_up(
    brand: Brand, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(5):
        brand.meta.set_agency(ACCOUNT, brand.meta.add_business(f"8000{n}", f"Agency {n}").id, "ANALYZE")
    monkeypatch.setattr(client, "_PAGES", (2,))
    token = Token(brand.value)
    assert len(await brand.graph.rows(EDGE, token, of=BRAND, fields="id")) == 5
    for odd in (
        {"data": [], "paging": {"next": "http://127.0.0.1:1/", "cursors": {"after": "x"}}},
        {"data": [], "paging": {"next": "http://127.0.0.1:1/", "cursors": {"after": "../../me?a=b"}}},
        {"data": [], "paging": {"next": "http://127.0.0.1:1/"}},
        {"data": {}},
        {"data": ["x"]},
        {},
    ):
        brand.meta.faults.answer(odd, times=100)
        with pytest.raises(Unsure):
            await brand.graph.rows(EDGE, token, of=BRAND, fields="id")
        brand.meta.faults.clear()


@pytest.mark.covers("T40")
@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b""),
        (200, b"<html>fine</html>"),
        (200, b'{"success": tr'),
        (200, b"[1]"),
        (200, b'"yes"'),
        (200, b"[" * 200_000),
        (200, b'{"a": "' + b"x" * client.MOST_BYTES + b'"}'),
        (200, b'{"error": "no"}'),
        (200, b'{"error": {"code": "190"}}'),
        (200, b'{"error": {"code": 1}, "success": true}'),
        (503, b'{"success": true}'),
        (302, b"{}"),
    ],
    ids=range(12),
)
async def test_an_answer_that_cannot_be_relied_on_is_not_known(
    brand: Brand, status: int, body: bytes
) -> None:
    brand.meta.faults.answer(body, "POST", status=status)
    with pytest.raises(Unsure):
        await brand("POST", **GIVE)


async def test_a_lost_answer_is_not_known_however_it_was_lost(
    brand: Brand, monkeypatch: pytest.MonkeyPatch
) -> None:
    brand.meta.faults.drop("POST")
    with pytest.raises(Unsure):
        await brand("POST", **GIVE)
    brand.meta.faults.html("DELETE", after=True)
    with pytest.raises(Unsure):
        await brand("DELETE", business=AGENCY)
    monkeypatch.setattr(client, "WHOLE_TIMEOUT", 0.05)
    brand.meta.faults.hang("GET")
    with pytest.raises(Unsure):
        await brand("GET")


@pytest.mark.parametrize(
    ("code", "subcode", "obstacle"),
    [
        (190, 460, Obstacle.TOKEN),
        (102, None, Obstacle.TOKEN),
        (200, None, Obstacle.PERMISSION),
        (273, None, Obstacle.PERMISSION),
        (10, None, Obstacle.LIMITED),
        (270, None, Obstacle.LIMITED),
        (3, None, Obstacle.LIMITED),
        (368, None, Obstacle.BLOCKED),
        (100, 33, Obstacle.NOT_THERE),
        (100, None, Obstacle.REFUSED),
        (2500, None, Obstacle.REFUSED),
    ],
)
async def test_a_refusal_names_what_stands_in_the_way(
    brand: Brand, code: int, subcode: int | None, obstacle: Obstacle
) -> None:
    brand.meta.faults.refuse(GraphError(code, "no", subcode=subcode), "POST")
    with pytest.raises(Refused) as refused:
        await brand("POST", **GIVE)
    assert refused.value.obstacle is obstacle


async def test_a_passing_fault_of_metas_is_not_known_to_have_done_nothing(brand: Brand) -> None:
    for error in (GraphError(1, "unknown"), GraphError(2, "later"), GraphError(999, "?", is_transient=True)):
        brand.meta.faults.refuse(error, "POST", after=True)
        with pytest.raises(Unsure):
            await brand("POST", **GIVE)
        brand.meta.set_agency(ACCOUNT, AGENCY)


async def test_where_a_page_is_too_much_for_meta_smaller_ones_are_read(
    brand: Brand, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(5):
        brand.meta.set_agency(ACCOUNT, brand.meta.add_business(f"8000{n}", f"Agency {n}").id, "ANALYZE")
    monkeypatch.setattr(client, "_PAGES", (3, 2))
    too_much = GraphError(1, "Please reduce the amount of data you're asking for, then retry your request")
    token = Token(brand.value)
    for before in (0, 1):  # of the first page, or of a later one
        brand.meta.faults.answer({"data": [{"id": "1"}], "paging": PAGING}, times=before)
        brand.meta.faults.refuse(too_much, "GET")
        found = await brand.graph.rows(EDGE, token, of=BRAND, fields="id")
        assert [row["id"] for row in found] == ["1"] * before + [f"8000{n}" for n in range(before * 3, 5)]
        brand.meta.faults.clear()
    brand.meta.faults.refuse(too_much, "GET", times=2)
    with pytest.raises(Unsure):
        await brand.graph.rows(EDGE, token, of=BRAND, fields="id")
    assert await brand.graph.rows(EDGE, token, of=BRAND, fields="id")


async def test_a_limit_that_meta_calls_a_permission_is_waited_for(brand: Brand, clock: PushedClock) -> None:
    brand.meta.faults.refuse(GraphError(200, "Permissions error", subcode=4841013), "POST")
    with pytest.raises(Paused):
        await brand("POST", **GIVE)
    assert brand.graph.wait(BRAND, takes_away=True) > 0
    clock.push_real(timedelta(minutes=15, seconds=1))
    assert await brand("POST", **GIVE) == {"success": True}


@pytest.mark.parametrize(("code", "is_transient"), [(4, True), (17, True), (80004, True), (80004, False)])
async def test_a_business_that_called_too_often_waits_and_the_others_do_not(
    brand: Brand, clock: PushedClock, code: int, *, is_transient: bool
) -> None:
    brand.meta.faults.refuse(GraphError(code, "too many", is_transient=is_transient), "POST")
    with pytest.raises(Paused) as paused:
        await brand("POST", **GIVE)
    assert paused.value.seconds == 300
    assert 299 < brand.graph.wait(BRAND, takes_away=True) <= 300
    assert brand.graph.wait(OTHER, takes_away=False) == 0
    clock.push_real(timedelta(seconds=301))
    assert brand.graph.wait(BRAND, takes_away=False) == 0


async def test_usage_slows_what_gives_down_before_meta_does_and_not_what_takes_away(
    brand: Brand, clock: PushedClock
) -> None:
    brand.meta.calls_an_hour = 4
    for _ in range(2):
        await brand()
    assert brand.graph.wait(BRAND, takes_away=False) == 0
    await brand()
    assert brand.graph.wait(BRAND, takes_away=False) > 0
    assert brand.graph.wait(BRAND, takes_away=True) == 0
    clock.push_real(timedelta(seconds=client.SPACED_BY + 1))
    assert brand.graph.wait(BRAND, takes_away=False) == 0
    await brand()
    with pytest.raises(Paused):  # the fifth; the header says for how long
        await brand()
    assert brand.graph.wait(BRAND, takes_away=True) > client.SPACED_BY


@pytest.mark.parametrize(
    "header",
    ["", "{", "[]", "[[", "1", '{"1": 2}', '{"1": [3]}', '{"1": [{"call_count": "x"}]}', "[" * 50_000],
)
async def test_a_usage_header_that_cannot_be_read_says_nothing(brand: Brand, header: str) -> None:
    brand.graph._note_usage(BRAND, {USAGE: header, "x-app-usage": "{}"})
    brand.graph._note_usage(BRAND, {"x-app-usage": header})
    assert brand.graph.wait(BRAND, takes_away=False) == 0
    brand.graph._note_usage(BRAND, {"x-app-usage": json.dumps({"call_count": 99})})
    assert brand.graph.wait(BRAND, takes_away=False) > 0


@pytest.mark.covers("T22")
async def test_it_calls_nobody_but_meta_and_follows_no_address_that_meta_sends(brand: Brand) -> None:
    other = asyncio.Event()

    async def called(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        other.set()
        writer.close()

    async with await asyncio.start_server(called, "127.0.0.1", 0) as server:
        there = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        odd = {"data": [], "paging": {"next": there, "cursors": {"after": "x"}}}
        brand.meta.faults.answer(odd)
        brand.meta.faults.answer({"data": []})
        assert await brand.graph.rows(EDGE, Token(brand.value), of=BRAND, fields="id") == []
        brand.meta.faults._active.append(_redirect(there))
        with pytest.raises(Unsure):
            await brand()
        for path in ("../me", "//127.0.0.1/x", f"{ACCOUNT}/agencies?x=1", "act_1/../me", "@127.0.0.1", ""):
            with pytest.raises(AssertionError):
                await brand("GET", path)
    assert not other.is_set()


def _redirect(to: str) -> Fault:
    return Fault(method="GET", status=302, body={}, headers={"location": to})


@pytest.mark.covers("T28")
async def test_a_token_is_in_one_header_and_in_no_address_log_error_or_text(
    brand: Brand, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    told = [repr(Token(brand.value)), str(Token(brand.value)), f"{Token(brand.value)}"]
    await brand("POST", **GIVE)
    await brand("GET", PAGE, fields="access_token")
    brand.meta.faults.html("GET")
    brand.meta.faults.drop("DELETE", after=False)
    brand.meta.faults.refuse(GraphError(190, f"token {brand.value} is bad"), "POST")
    for method in ("GET", "DELETE", "POST"):
        with pytest.raises(MetaError) as error:
            await brand(method, business=AGENCY)
        told += traceback.format_exception(error.value)
    with pytest.raises(ValueError, match=r"^no token$"):
        Token(f"{brand.value}\r\nX-Evil: 1")
    told += [call.url + str(call.params) for call in brand.meta.calls]
    told += [record.getMessage() for record in caplog.records if record.name != "hpack"]
    pages = [token.value for token in brand.meta.tokens.values()]
    assert len(pages) == 2
    assert [text for text in told for value in pages if value in text] == []
    assert httpx.Headers(Token(brand.value).as_header())["authorization"] == f"Bearer {brand.value}"
