"""The local Meta is as strict as Meta, and breaks on purpose."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from make import ACCOUNT, AGENCY, BRAND, OTHER, PAGE, PIXEL

from bot.clock import PushedClock
from bot.sandbox.meta import DEFAULT_SCOPES, AssetKind, GraphError, LocalMeta

ACCOUNT_AGENCIES = f"{ACCOUNT}/agencies"


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody with a token, who calls the local Meta and keeps what it answered."""

    meta: LocalMeta
    http: httpx.AsyncClient
    token: str

    async def answer(
        self, method: str, path: str, *, version: str = "v25.0", **params: str
    ) -> httpx.Response:
        how = {"data": params} if method == "POST" else {"params": params}
        auth = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return await self.http.request(method, f"{self.meta.url}/{version}/{path}", headers=auth, **how)

    async def __call__(self, method: str, path: str, **params: str) -> Any:
        return (await self.answer(method, path, **params)).json()

    async def code(self, method: str, path: str, **params: str) -> tuple[int, int | None]:
        error = (await self(method, path, **params))["error"]
        assert {"message", "type", "code", "fbtrace_id"} <= error.keys()
        return error["code"], error.get("error_subcode")

    async def tasks(self, business: str = AGENCY) -> list[str]:
        rows = (await self("GET", ACCOUNT_AGENCIES))["data"]
        return next((row["permitted_tasks"] for row in rows if row["id"] == business), [])


@pytest.fixture
async def brand(clock: PushedClock) -> AsyncIterator[Caller]:
    """A brand with an ad account and a Page, as its system user calls."""
    meta = LocalMeta(clock)
    for business, name in ((BRAND, "Acme Shoes"), (AGENCY, "Northwind"), (OTHER, "Other")):
        meta.add_business(business, name)
    meta.add_asset(ACCOUNT, AssetKind.AD_ACCOUNT, "Acme Main", owner=BRAND)
    meta.add_asset(PAGE, AssetKind.PAGE, "Acme Page", owner=BRAND)
    meta.add_asset(PIXEL, AssetKind.PIXEL, "Acme Pixel", owner=BRAND)
    async with meta.serve(), httpx.AsyncClient(timeout=10) as http:
        yield Caller(meta, http, meta.add_token(BRAND).value)


async def test_access_is_given_changed_and_taken_away(brand: Caller):
    given = await brand("POST", ACCOUNT_AGENCIES, business=AGENCY, permitted_tasks='["ADVERTISE","ANALYZE"]')
    assert given == {"success": True}
    (row,) = (await brand("GET", ACCOUNT_AGENCIES))["data"]
    assert (row["id"], row["access_status"]) == (AGENCY, "CONFIRMED")
    assert row["permitted_tasks"] == ["ADVERTISE", "ANALYZE"]
    await brand("POST", ACCOUNT_AGENCIES, business=AGENCY, permitted_tasks="['ANALYZE']")
    assert await brand.tasks() == ["ANALYZE"]
    assert await brand("DELETE", ACCOUNT_AGENCIES, business=AGENCY) == {"success": True}
    assert await brand.tasks() == []


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({}, (100, None)),
        ({"business": AGENCY}, (100, None)),
        ({"business": AGENCY, "permitted_tasks": "[]"}, (100, None)),
        ({"business": AGENCY, "permitted_tasks": '["FLY"]'}, (100, None)),
        ({"business": AGENCY, "permitted_tasks": '["ANALYZE"'}, (100, None)),
        ({"business": BRAND, "permitted_tasks": "ANALYZE"}, (100, None)),
        ({"business": "999999", "permitted_tasks": "ANALYZE"}, (100, None)),
    ],
)
async def test_what_is_wrong_with_a_grant_is_refused_and_changes_nothing(
    brand: Caller, params: dict[str, str], code: tuple[int, int | None]
):
    assert await brand.code("POST", ACCOUNT_AGENCIES, **params) == code
    assert brand.meta.assets[ACCOUNT].agencies == {}


async def test_the_same_again_is_refused_in_either_direction(brand: Caller):
    assert await brand.code("DELETE", ACCOUNT_AGENCIES, business=AGENCY) == (100, None)
    await brand("POST", ACCOUNT_AGENCIES, business=AGENCY, permitted_tasks="ANALYZE")
    assert await brand.code("POST", ACCOUNT_AGENCIES, business=AGENCY, permitted_tasks="ANALYZE") == (
        3989,
        None,
    )


async def test_who_calls_matters(brand: Caller):
    """No token, a wrong one, a revoked one, too few scopes, and another business's."""
    nobody = Caller(brand.meta, brand.http, "")
    assert await nobody.code("GET", ACCOUNT_AGENCIES) == (104, None)
    assert await Caller(brand.meta, brand.http, "EAAx").code("GET", ACCOUNT_AGENCIES) == (190, None)
    few = brand.meta.add_token(BRAND, scopes=DEFAULT_SCOPES - {"ads_management"})
    assert await Caller(brand.meta, brand.http, few.value).code("GET", ACCOUNT_AGENCIES) == (200, None)
    other = Caller(brand.meta, brand.http, brand.meta.add_token(OTHER).value)
    for path in (ACCOUNT_AGENCIES, "act_404/agencies", ACCOUNT, BRAND):
        assert await other.code("GET", path) == (100, 33)
    brand.meta.tokens[brand.token].revoked = True
    assert await brand.code("GET", ACCOUNT_AGENCIES) == (190, 460)


async def test_a_pages_agencies_need_the_pages_own_token(brand: Caller):
    assert await brand.code("GET", f"{PAGE}/agencies") == (210, None)
    value = (await brand("GET", PAGE, fields="id,business{id},access_token"))["access_token"]
    page = Caller(brand.meta, brand.http, value)
    assert (await page("GET", f"{PAGE}/agencies")) == {"data": []}
    assert await page.code("GET", f"{PAGE}/nothing") == (2500, None)
    assert "access_token" not in await brand("GET", PAGE)


async def test_a_second_admin_may_have_to_agree(brand: Caller):
    brand.meta.assets[ACCOUNT].asks_second_admin = True
    for agency in (AGENCY, OTHER):
        answer = await brand("POST", ACCOUNT_AGENCIES, business=agency, permitted_tasks="MANAGE")
        assert answer == {"success": True, "requires_admin_approval": True}
    assert await brand.tasks() == []
    assert await brand.code("POST", ACCOUNT_AGENCIES, business=AGENCY, permitted_tasks="MANAGE") == (
        3989,
        None,
    )
    brand.meta.review(ACCOUNT, AGENCY, approve=True)
    brand.meta.review(ACCOUNT, OTHER, approve=False)
    assert (await brand.tasks(), await brand.tasks(OTHER)) == (["MANAGE"], [])


async def test_every_access_that_is_added_may_have_to_be_agreed_to(brand: Caller):
    brand.meta.set_agency(ACCOUNT, AGENCY, "ADVERTISE", "ANALYZE")
    brand.meta.asks_second_admin = True
    more = await brand("POST", ACCOUNT_AGENCIES, business=AGENCY, permitted_tasks="ADVERTISE,ANALYZE,DRAFT")
    assert more == {"success": True, "requires_admin_approval": True}
    less = await brand("POST", ACCOUNT_AGENCIES, business=AGENCY, permitted_tasks="ANALYZE")
    assert (less, await brand.tasks()) == ({"success": True}, ["ANALYZE"])


async def test_a_change_is_seen_late(brand: Caller, clock: PushedClock):
    brand.meta.delay = 120
    await brand("POST", ACCOUNT_AGENCIES, business=AGENCY, permitted_tasks="ANALYZE")
    assert await brand.tasks() == []
    clock.push_real(timedelta(seconds=121))
    assert await brand.tasks() == ["ANALYZE"]


async def test_usage_is_counted_and_too_much_of_it_throttled(brand: Caller, clock: PushedClock):
    brand.meta.calls_an_hour = 2
    headers = [(await brand.answer("GET", ACCOUNT)).headers["X-Business-Use-Case-Usage"] for _ in range(2)]
    assert ['"call_count": 50' in headers[0], '"call_count": 100' in headers[1]] == [True, True]
    throttled = await brand.answer("GET", ACCOUNT)
    assert throttled.json()["error"]["code"] == 80004
    assert '"estimated_time_to_regain_access": 5' in throttled.headers["X-Business-Use-Case-Usage"]
    clock.push_real(timedelta(hours=1, seconds=1))
    assert (await brand.answer("GET", ACCOUNT)).status_code == 200


async def test_it_says_who_a_token_is_and_what_it_may(brand: Caller):
    me = await brand("GET", "me")
    assert me["id"] == brand.meta.tokens[brand.token].user_id
    granted = {row["permission"] for row in (await brand("GET", "me/permissions"))["data"]}
    assert granted == DEFAULT_SCOPES
    assert [row["id"] for row in (await brand("GET", f"{BRAND}/system_users"))["data"]] == [me["id"]]
    (page,) = (await brand("GET", f"{BRAND}/owned_pages", fields="name,is_published"))["data"]
    assert page == {"id": PAGE, "name": "Acme Page", "is_published": True}
    assert [row["id"] for row in (await brand("GET", f"{BRAND}/owned_ad_accounts"))["data"]] == [ACCOUNT]
    assert await brand.code("GET", f"{BRAND}/owned_ad_accounts", fields="is_published") == (100, None)
    assert await brand.code("GET", f"{OTHER}/owned_pages") == (100, 33)
    assert await brand("GET", BRAND) == {"id": BRAND, "name": "Acme Shoes"}
    assert (await brand("GET", "debug_token", input_token=brand.token))["data"]["is_valid"]


async def test_people_are_assigned(brand: Caller):
    edge, mia = f"{ACCOUNT}/assigned_users", brand.meta.add_person(BRAND, "Mia")
    stranger = brand.meta.add_person(AGENCY, "Eva")
    assert await brand("POST", edge, user=mia, tasks="ANALYZE") == {"success": True}
    seen = {"id": mia, "name": "Mia", "user_type": "BUSINESS_USER", "tasks": ["ANALYZE"]}
    assert (await brand("GET", edge, business=BRAND))["data"] == [seen]
    assert await brand.code("GET", edge, business=AGENCY) == (100, 33)
    assert await brand.code("POST", edge, user=stranger, tasks="ANALYZE") == (100, None)
    assert await brand.code("POST", edge, user=mia, tasks="EVERYTHING") == (100, None)
    assert await brand("DELETE", edge, user=mia) == {"success": True}
    assert await brand.code("DELETE", edge, user=mia) == (100, None)


async def test_a_partner_assigns_its_own_people_within_what_it_holds_and_loses_them_with_it(brand: Caller):
    edge, eva = f"{ACCOUNT}/assigned_users", brand.meta.add_person(AGENCY, "Eva")
    partner = replace(brand, token=brand.meta.add_token(AGENCY).value)
    assert await partner.code("POST", edge, user=eva, tasks="ANALYZE") == (100, 33)
    brand.meta.set_agency(ACCOUNT, AGENCY, "ANALYZE")
    assert await partner.code("POST", edge, user=eva, tasks="ADVERTISE") == (2620, None)
    assert await partner("POST", edge, user=eva, tasks="ANALYZE") == {"success": True}
    assert (await brand("GET", edge))["data"] == [], "the owner doesn't see them"
    assert await partner.code("GET", ACCOUNT_AGENCIES) == (2500, None)
    brand.meta.set_agency(ACCOUNT, AGENCY)
    assert brand.meta.assets[ACCOUNT].users == {}


async def test_an_account_is_claimed_at_once_or_waits_for_who_manages_it_and_only_once(brand: Caller):
    claim, pending = f"{BRAND}/owned_ad_accounts", f"{BRAND}/pending_owned_ad_accounts"
    spring = brand.meta.add_asset("act_7001", AssetKind.AD_ACCOUNT, "Spring")
    assert await brand.code("GET", "act_7001") == (100, 33)
    assert await brand("POST", claim, adaccount_id="act_7001") == {"access_status": "PENDING"}
    assert await brand.code("POST", claim, adaccount_id="act_7001") == (3936, None)
    (row,) = (await brand("GET", pending))["data"]
    assert row["ad_account"] == {"id": "act_7001", "account_id": "7001"}
    brand.meta.settle_claim("act_7001", BRAND, accept=False)
    assert (await brand("GET", pending))["data"] == []
    spring.managed_by.add(BRAND)
    assert await brand("POST", claim, adaccount_id="act_7001") == {"access_status": "CONFIRMED"}
    assert await brand.code("POST", claim, adaccount_id="act_7001") == (3944, None)
    owned = {one["id"] for one in (await brand("GET", claim))["data"]}
    assert owned == {ACCOUNT, "act_7001"}
    agency = replace(brand, token=brand.meta.add_token(AGENCY).value)
    assert await agency.code("POST", f"{AGENCY}/owned_ad_accounts", adaccount_id="act_7001") == (3980, None)
    assert await brand.code("POST", claim, adaccount_id=PAGE) == (100, None)


async def test_an_account_and_a_pixel_are_created_with_all_that_they_need_and_not_without_end(brand: Caller):
    edge, brand.meta.most_accounts = f"{BRAND}/adaccount", 2
    new = {"name": "Acme DE", "currency": "EUR", "timezone_id": "47", "end_advertiser": BRAND}
    new |= {"media_agency": "NONE", "partner": "NONE"}
    wrong = ({"currency": "euro"}, {"timezone_id": "593"}, {"partner": ""}, {"funding_id": "1"})
    assert [await brand.code("POST", edge, **new | one) for one in wrong] == [(100, None)] * 4
    made = await brand("POST", edge, **new)
    assert (made["id"], made["end_advertiser_id"]) == (f"act_{made['account_id']}", BRAND)
    assert (await brand("POST", edge, **new))["id"] != made["id"], "the same again is another one"
    assert await brand.code("POST", edge, **new) == (3979, None)
    owned = await brand("GET", f"{BRAND}/owned_ad_accounts", fields="name,currency,timezone_id")
    row = {"id": made["id"], "name": "Acme DE", "currency": "EUR", "timezone_id": 47}
    assert row in owned["data"]
    pixel = await brand("POST", f"{made['id']}/adspixels", name="Acme Pixel")
    assert await brand.code("POST", f"{made['id']}/adspixels", name="Acme Pixel") == (6200, None)
    other = await brand("POST", f"{BRAND}/adspixels", name="Acme Pixel")
    there = {one["id"] for one in (await brand("GET", f"{BRAND}/owned_pixels"))["data"]}
    assert {pixel["id"], other["id"]} <= there
    few = replace(brand, token=brand.meta.add_token(BRAND, scopes=frozenset({"business_management"})).value)
    assert await few.code("POST", edge, **new) == (200, None)


async def test_nobody_is_taken_off_a_pixel_by_a_call(brand: Caller):
    edge, mia = f"{PIXEL}/assigned_users", brand.meta.add_person(BRAND, "Mia")
    assert await brand("POST", edge, user=mia, tasks="ANALYZE") == {"success": True}
    assert await brand.code("DELETE", edge, user=mia) == (100, 33)


async def test_pages_of_an_edge_end(brand: Caller):
    for n in range(5):
        business = brand.meta.add_business(f"8000{n}", f"Agency {n}")
        brand.meta.set_agency(ACCOUNT, business.id, "ANALYZE")
    first = await brand("GET", ACCOUNT_AGENCIES, limit="3", summary="true", fields="id")
    after = first["paging"]["cursors"]["after"]
    second = await brand("GET", ACCOUNT_AGENCIES, limit="3", after=after, fields="id")
    assert [len(first["data"]), len(second["data"]), first["summary"]["total_count"]] == [3, 2, 5]
    assert ("next" in first["paging"], "next" in second["paging"]) == (True, False)
    assert await brand.code("GET", ACCOUNT_AGENCIES, fields="secret") == (100, None)
    assert await brand.code("GET", ACCOUNT_AGENCIES, version="v1.0") == (2500, None)


@pytest.mark.parametrize(("after", "there"), [(False, []), (True, ["ANALYZE"])])
async def test_faults_come_before_the_work_or_after_it(brand: Caller, after: bool, there: list[str]):  # noqa: FBT001
    give = {"business": AGENCY, "permitted_tasks": "ANALYZE"}
    brand.meta.faults.html("POST", "/agencies", after=after)
    broken = await brand.answer("POST", ACCOUNT_AGENCIES, **give)
    assert (broken.status_code, broken.headers["content-type"]) == (502, "text/html")
    assert await brand.tasks() == there
    brand.meta.set_agency(ACCOUNT, AGENCY)
    brand.meta.faults.drop("POST", "/agencies", after=after)
    with pytest.raises(httpx.TransportError):
        await brand.answer("POST", ACCOUNT_AGENCIES, **give)
    assert await brand.tasks() == there
    brand.meta.set_agency(ACCOUNT, AGENCY)
    brand.meta.faults.refuse(GraphError(2, "try later", is_transient=True), "POST", after=after)
    assert await brand.code("POST", ACCOUNT_AGENCIES, **give) == (2, None)
    assert await brand.tasks() == there
    brand.meta.set_agency(ACCOUNT, AGENCY)
    brand.meta.faults.answer({"success": False}, "POST", after=after)
    assert await brand("POST", ACCOUNT_AGENCIES, **give) == {"success": False}
    assert await brand.tasks() == there


async def test_an_answer_is_held_back_and_an_outage_lasts_until_it_is_cleared(brand: Caller):
    gate = brand.meta.faults.hang("GET", ACCOUNT)
    waiting = asyncio.create_task(brand.answer("GET", ACCOUNT))
    assert (await brand.answer("GET", BRAND)).status_code == 200
    assert not waiting.done()
    gate.set()
    assert (await waiting).status_code == 200
    brand.meta.faults.outage()
    assert [(await brand.answer("GET", one)).status_code for one in (ACCOUNT, BRAND)] == [502, 502]
    brand.meta.faults.clear()
    assert (await brand.answer("GET", BRAND)).status_code == 200
