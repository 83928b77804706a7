"""The API over HTTP: how a call may be written, what comes with an answer, and what no call can break."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import schemathesis

# Else imported late, while a server has a thread: Python 3.11 loses count where two threads parse.
import schemathesis.specs.openapi.schemas
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from make import ACCOUNT, AGENCY, BRAND, PAGE
from served import VERSION, Served
from starlette.routing import Route, Router
from world import OUTSIDE

from bot.domain.limits import MOST_IN_BATCH
from bot.store import tables
from handlers import bodies, graph
from handlers.graph import GraphApi


@pytest.fixture
async def http(served: Served) -> AsyncIterator[httpx.AsyncClient]:
    url = f"{served.url}/{VERSION}"
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=60) as client:
        yield client


@pytest.fixture
def token(served: Served) -> str:
    return served.token(served.world.town.ann, AGENCY)


async def test_the_token_and_the_parameters_may_be_in_the_query_the_body_and_the_header(
    served: Served, http: httpx.AsyncClient, token: str
):
    bearer = {"authorization": f"Bearer {token}"}
    me = {"id": served.world.town.ann.id, "name": "Ann"}
    for answer in (
        await http.get("/me", params={"access_token": token}),
        await http.get("/me", headers=bearer),
        await http.request("GET", "/me", data={"access_token": token}),
        await http.request("GET", "/me", files={"access_token": (None, token)}),
        await http.request("GET", "/me", json={"access_token": token}),
        await http.post("/me", data={"method": "get", "access_token": token}),
    ):
        assert (answer.status_code, answer.json()) == (200, me)
        assert answer.headers["cache-control"] == "no-store"
    asked = {"adaccount_id": ACCOUNT, "permitted_tasks": ["ADVERTISE", "ANALYZE"]}
    answer = await http.post(f"/{AGENCY}/client_ad_accounts", json=asked, headers=bearer)
    assert answer.json()["access_status"] == "PENDING"
    gone = await http.post(
        f"/{ACCOUNT}/agencies", params={"method": "DELETE", "business": AGENCY}, headers=bearer
    )
    assert gone.json() == {"success": True}
    for first, second in (("", ""), ("[]", "[]"), ("[0]", "[1]")):
        tasks = [(f"permitted_tasks{first}", "ADVERTISE"), (f"permitted_tasks{second}", "ANALYZE")]
        again = await http.post(
            f"/{AGENCY}/client_ad_accounts", params=[("adaccount_id", ACCOUNT), *tasks], headers=bearer
        )
        assert again.json()["access_status"] == "PENDING"
        await http.delete(f"/{ACCOUNT}/agencies", params={"business": AGENCY}, headers=bearer)


async def test_an_answer_says_how_much_of_the_hour_is_used_and_too_much_is_refused(
    served: Served, http: httpx.AsyncClient, token: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(graph, "MOST_CALLS_AN_HOUR", 4)
    bearer = {"authorization": f"Bearer {token}"}
    for used in (25, 50, 75, 100):
        answer = await http.get(f"/{AGENCY}", headers=bearer)
        assert json.loads(answer.headers["x-app-usage"])["call_count"] == used
        (case,) = json.loads(answer.headers["x-business-use-case-usage"])[AGENCY]
        assert case["call_count"] == used
    refused = await http.get(f"/{AGENCY}", headers=bearer)
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, 17)
    assert refused.json()["error"]["is_transient"] is True
    (case,) = json.loads(refused.headers["x-business-use-case-usage"])[AGENCY]
    assert 1 <= case["estimated_time_to_regain_access"] <= 60, "minutes to the end of the hour"
    other = served.token(served.world.town.abe, AGENCY)
    assert (await http.get("/me", params={"access_token": other})).status_code == 200


async def test_the_next_page_is_where_programs_reach_the_server_and_else_where_the_call_came(
    served: Served, http: httpx.AsyncClient, token: str
):
    """A proxy on another machine hands on in plain http, and a client sends its token to what leads on."""
    path, ask = f"{VERSION}/{AGENCY}/business_users", {"access_token": token, "limit": "1"}
    answer = await http.get(
        f"/{AGENCY}/business_users", params=ask, headers={"host": "elsewhere.example.com"}
    )
    assert answer.json()["paging"]["next"].startswith(f"{OUTSIDE}/{path}?limit=1&")
    unsaid = Router([Route(graph.API_PATH, GraphApi(served.world.database, clock=served.world.clock))])
    transport = httpx.ASGITransport(app=unsaid)
    async with httpx.AsyncClient(base_url="http://10.0.0.5:3000", transport=transport) as inside:
        answer = await inside.get(f"/{path}", params=ask)
    assert answer.json()["paging"]["next"].startswith(f"http://10.0.0.5:3000/{path}?limit=1&")


async def test_each_object_of_a_reading_of_several_counts_as_a_call(
    http: httpx.AsyncClient, token: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(graph, "MOST_CALLS_AN_HOUR", 4)
    answer = await http.get("/", params={"ids": f"{AGENCY},me", "access_token": token})
    assert set(answer.json()) == {AGENCY, "me"}
    assert json.loads(answer.headers["x-app-usage"])["call_count"] == 50


async def test_a_batch_answers_each_call_by_itself_and_one_that_fails_stops_no_other(
    http: httpx.AsyncClient, token: str
):
    ask = f"adaccount_id={ACCOUNT}&permitted_tasks=ADVERTISE"
    calls = [
        {"method": "GET", "relative_url": "me?fields=name"},
        {"method": "GET", "relative_url": "act_777"},
        {"method": "POST", "relative_url": f"v26.0/{AGENCY}/client_ad_accounts", "body": ask},
        {"method": "PATCH", "relative_url": "me"},
        {"method": "GET"},
        {"method": "GET", "relative_url": "me", "depends_on": "first"},
    ]
    params = {"access_token": token, "batch": json.dumps(calls), "include_headers": "false"}
    found = (await http.post("/", data=params)).json()
    assert [one["code"] for one in found] == [200, 400, 200, 400, 400, 400]
    assert json.loads(found[0]["body"])["name"] == "Ann"
    assert json.loads(found[2]["body"])["access_status"] == "PENDING"
    for odd in ("[", "{}", "[]", "[1]", json.dumps([{}] * (MOST_IN_BATCH + 1))):
        refused = await http.post("/", data={"access_token": token, "batch": odd})
        assert (refused.status_code, refused.json()["error"]["code"]) == (400, 100)


@pytest.mark.covers("T4")
@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", b"{"),
        ("application/json", b"[1]"),
        ("application/json", b"[" * 100_000),
        ("application/json", b"\xff"),
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=x", b"--x\r\nnonsense"),
        ("multipart/form-data; boundary=x", b"--x\r\n" * 2000),
        ("text/plain", b"access_token=x"),
        ("", b"x"),
        ("application/x-www-form-urlencoded", b"&&&===" * 1000),
    ],
)
async def test_a_body_that_is_no_form_is_refused_in_the_envelope(
    http: httpx.AsyncClient, kind: str, body: bytes
):
    answer = await http.post("/me", content=body, headers={"content-type": kind})
    assert answer.status_code in (400, 401)
    assert set(answer.json()["error"]) >= {"message", "type", "code", "fbtrace_id"}


@pytest.mark.covers("T4")
@pytest.mark.parametrize("has_token", [True, False])
async def test_text_that_is_none_is_refused_wherever_it_stands_and_fills_no_log(
    served: Served, http: httpx.AsyncClient, token: str, caplog: pytest.LogCaptureFixture, *, has_token: bool
):
    half, bearer = r"\ud800", {"authorization": f"Bearer {token}"} if has_token else {}
    for method, path, sent in (
        ("GET", "/me", f'{{"access_token": "{half}"}}'),
        ("GET", "/me", f'{{"{half}": "x"}}'),
        ("GET", f"/{AGENCY}/business_users", f'{{"limit": 1, "mine": "{half}"}}'),
        ("GET", f"/{AGENCY}/owned_ad_accounts", f'{{"search_query": "{half}"}}'),
        ("POST", f"/{AGENCY}/client_ad_accounts", f'{{"permitted_tasks": ["{half}"]}}'),
        ("POST", "/", f'{{"batch": [{{"relative_url": "{half}"}}]}}'),
    ):
        asked = {**bearer, "content-type": "application/json"}
        answer = await http.request(method, path, content=sent, headers=asked)
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, 100), sent
    for inside in ({"ids": f'["{half}"]'}, {"batch": f'[{{"relative_url": "{half}"}}]'}):
        answer = await http.post("/", data=inside | {"method": "get"}, headers=bearer)
        assert answer.status_code in (200, 400, 401), inside
    version = await http.get(f"{served.url}/v{'9' * 5000}.0/me", headers=bearer)
    assert version.json()["error"]["code"] == (2500 if has_token else 190)
    assert not [one for one in caplog.records if one.exc_info]


async def test_a_body_that_is_too_long_and_a_method_that_is_none_are_refused(
    http: httpx.AsyncClient, token: str
):
    long = await http.post("/me", content=b"a" * (bodies.MOST_BYTES + 1))
    assert (long.status_code, long.json()["error"]["code"]) == (413, 100)
    odd = await http.put("/me", params={"access_token": token})
    assert (odd.status_code, odd.json()["error"]["code"]) == (405, 100)


@pytest.mark.parametrize("path", ["/a%0Ab", "/%0A", "/%0D%0Aagencies", "/a%00b", "/a%3Ffields=id"])
async def test_a_path_that_is_none_is_refused_in_the_envelope(http: httpx.AsyncClient, token: str, path: str):
    answer = await http.get(path, params={"access_token": token})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, 2500)


@pytest.mark.parametrize("path", ["/", "/me", "/v26/me", "/V26.0/me", "/a%0Ab"])
async def test_a_path_without_a_version_is_answered_with_what_one_looks_like(
    served: Served, path: str
) -> None:
    async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
        answer = await client.get(f"{served.url}{path}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, 2500)
    assert answer.json()["error"]["message"].endswith("begins with a version, such as /v26.0/me")


@pytest.mark.covers("T28")
async def test_no_token_gets_into_the_log_or_into_an_answer(
    served: Served, http: httpx.AsyncClient, token: str, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG, logger="handlers")
    caplog.set_level(logging.DEBUG, logger="bot")
    answers = [
        await http.get("/me", params={"access_token": token}),
        await http.get("/me", params={"access_token": f"{token}x"}),
        await http.get(f"/{token}", params={"access_token": token}),
        await http.get(f"/{AGENCY}/business_users", params={"access_token": token, "limit": 1}),
    ]
    assert token not in caplog.text
    assert all(token not in one.text or one.url.path.endswith(f"/{token}") for one in answers)
    assert "next" in answers[3].json()["paging"]
    assert token not in str(served.world.rows(tables.Event))


async def test_the_description_and_the_page_for_people_name_every_call(http: httpx.AsyncClient):
    described = (await http.get("/openapi.json")).json()
    assert f"/{VERSION}/{{id}}/client_ad_accounts" in described["paths"]
    for of_path in described["paths"].values():
        for operation in of_path.values():
            assert {"200", "400", "401", "default"} == operation["responses"].keys()
    page = await http.get("/docs")
    assert page.headers["content-type"].startswith("text/html")
    for path in described["paths"]:
        assert path.removeprefix(f"/{VERSION}") in page.text


@pytest.mark.parametrize("examples", [5, pytest.param(120, marks=pytest.mark.long)])
async def test_whatever_is_sent_to_any_endpoint_the_answer_is_in_the_envelope_and_tells_no_token(
    served: Served, examples: int
):
    """Schemathesis sends what it makes of our own description, with ids and tokens that exist and others.

    What is refused changes nothing.
    """
    await asyncio.to_thread(_send_anything, served, examples)


def _send_anything(served: Served, examples: int) -> None:
    town = served.world.town
    description = httpx.get(f"{served.url}/{VERSION}/openapi.json", trust_env=False).json()
    schema = schemathesis.openapi.from_dict(description)
    schema.config.update(base_url=served.url)
    ids = [AGENCY, BRAND, ACCOUNT, PAGE, "me", "act_1", town.ann.id]
    secrets = [served.token(town.ann, AGENCY), served.token(town.dana, BRAND), "csgn_nobody"]
    tables_ = (tables.Request, tables.Grant, tables.Asset, tables.Creation, tables.Assignment, tables.Draft)

    def record() -> list[Any]:
        return [served.world.rows(one) for one in tables_]

    with httpx.Client(base_url=served.url, trust_env=False, timeout=60) as client:
        for found in schema.get_all_operations():

            @given(
                case=found.ok().as_strategy(),
                known=st.sampled_from([*ids, None]),
                by=st.sampled_from(secrets),
                as_form=st.booleans(),
            )
            @settings(
                max_examples=examples,
                deadline=None,
                derandomize=True,
                database=None,
                suppress_health_check=list(HealthCheck),
            )
            def send(case: Any, known: str | None, by: str, as_form: bool) -> None:  # noqa: FBT001 - drawn
                if known is not None:
                    case.path_parameters["id"] = known
                query = {name: value for name, value in (case.query or {}).items() if name != "access_token"}
                headers = {"authorization": f"Bearer {by}"}
                how = {"data": query} if as_form and case.method == "POST" else {"params": query}
                before = record()
                answer = client.request(case.method, case.formatted_path, headers=headers, **how)
                assert answer.status_code in (200, 400, 401), (answer.status_code, answer.text)
                if answer.status_code != 200:
                    assert set(answer.json()["error"]) >= {"message", "type", "code", "fbtrace_id"}
                    assert record() == before, "what is refused changes nothing"
                assert all(secret not in answer.text for secret in secrets)

            send()
