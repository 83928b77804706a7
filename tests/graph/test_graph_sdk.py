"""Meta's own client for Python, unchanged, against the served API."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

import make
import pytest
from facebook_business.adobjects.adaccount import AdAccount
from facebook_business.adobjects.business import Business
from facebook_business.adobjects.businessownedobjectonbehalfofrequest import (
    BusinessOwnedObjectOnBehalfOfRequest as OnBehalf,
)
from facebook_business.adobjects.businessuser import BusinessUser
from facebook_business.api import FacebookAdsApi
from facebook_business.exceptions import FacebookRequestError
from flow_steps import buttons
from make import ACCOUNT, AGENCY, BRAND, gives
from served import Served

T = TypeVar("T")

pytestmark = [  # the client's own doubts about what the guides say
    pytest.mark.filterwarnings("ignore:.* does not allow field:UserWarning"),
    pytest.mark.filterwarnings("ignore:value of end_advertiser might not be compatible:UserWarning"),
]


async def off_loop(call: Callable[..., T], *args: Any, **kwargs: Any) -> T:
    """Call Meta's client, which blocks, beside the server."""
    return await asyncio.to_thread(call, *args, **kwargs)


def rows(cursor: Any) -> list[dict[str, Any]]:
    return [one.export_all_data() for one in cursor]


def post(api: FacebookAdsApi, *path: str, **params: Any) -> Any:
    """What the client has no method for is called by its path."""
    return api.call("POST", path, params).json()


async def test_what_is_asked_by_the_client_is_decided_in_slack_confirmed_revoked_and_gone(served: Served):
    world, town = served.world, served.world.town
    ann = served.client(served.token(town.ann, AGENCY))
    dana = served.client(served.token(town.dana, BRAND))
    agency, brand = Business(AGENCY, api=ann), Business(BRAND, api=dana)
    account = AdAccount(ACCOUNT, api=dana)

    asked = await off_loop(
        post,
        ann,
        AGENCY,
        "client_ad_accounts",
        adaccount_id=ACCOUNT,
        permitted_tasks=["ADVERTISE", "ANALYZE"],
        reason="Spring launch",
    )
    assert asked["access_status"] == "PENDING"
    await world.settle()
    (client,) = await off_loop(lambda: rows(agency.get_clients()))
    (permission,) = client["adaccount_permissions"]
    assert permission["id"] == ACCOUNT
    assert permission["access_status"] == "CLIENT_RESPONSE_PENDING"
    (waiting,) = await off_loop(lambda: rows(agency.get_pending_client_ad_accounts()))
    assert waiting["ad_account"] == {"id": ACCOUNT, "account_id": "1001"}

    card = world.card_in(world.brand_room)
    assert card is not None
    assert "Spring launch" in str(card.blocks)
    assert (await world.click(world.dana, card, "approve")).ok
    await world.settle()

    (held,) = await off_loop(lambda: rows(agency.get_client_ad_accounts(fields=["id", "permitted_tasks"])))
    assert held == {"id": ACCOUNT, "permitted_tasks": ["ADVERTISE", "ANALYZE"]}
    (holder,) = await off_loop(lambda: rows(account.get_agencies(fields=["id", "name", "access_status"])))
    assert holder == {"id": AGENCY, "name": "Northwind", "access_status": "CONFIRMED"}
    assert await off_loop(lambda: len(brand.get_agencies())) == 1

    await off_loop(account.delete_agencies, params={"business": AGENCY})
    await world.settle()
    assert await off_loop(lambda: rows(agency.get_client_ad_accounts())) == []
    assert any("Acme Main" in one.text for one in world.dms(world.ann))


async def test_an_error_reaches_the_client_with_its_code_and_says_what_to_do(served: Served):
    town = served.world.town
    ann = served.client(served.token(town.ann, AGENCY))
    with pytest.raises(FacebookRequestError) as wrong:
        await off_loop(AdAccount("act_777", api=ann).get_agencies)
    assert (wrong.value.api_error_code(), wrong.value.api_error_subcode()) == (100, 33)
    assert wrong.value.api_error_type() == "GraphMethodException"
    with pytest.raises(FacebookRequestError) as unknown:
        await off_loop(served.client("csgn_nobody").call, "GET", ("me",))
    assert (unknown.value.http_status(), unknown.value.api_error_code()) == (401, 190)


async def test_a_batch_of_the_client_answers_each_call_by_itself(served: Served):
    town = served.world.town
    ann = served.client(served.token(town.ann, AGENCY))
    found: list[Any] = []
    batch = ann.new_batch()
    batch.add("GET", (AGENCY,), success=found.append, failure=found.append)
    batch.add("GET", ("act_777",), success=found.append, failure=found.append)
    await off_loop(batch.execute)
    assert [(one.status(), one.is_success()) for one in found] == [(200, True), (400, False)]
    assert found[0].json() == {"id": AGENCY, "name": "Northwind"}


async def test_the_clients_cursor_goes_through_all_pages_to_the_end(served: Served):
    town, clock = served.world.town, served.world.clock
    await off_loop(gives, served.world.database, 60, to=AGENCY, by=town.ann, now=clock.now())
    ann = served.client(served.token(town.ann, AGENCY))
    cursor = await off_loop(
        lambda: Business(AGENCY, api=ann).get_client_ad_accounts(params={"limit": 25, "summary": True})
    )
    found = await off_loop(lambda: [one["id"] for one in cursor])
    assert len(found) == len(set(found)) == 60
    assert cursor.total() == 60


async def test_the_client_claims_creates_assigns_and_acts_on_behalf_and_meets_the_rules(served: Served):
    world, town = served.world, served.world.town
    make.unowned(world.database, "act_7001", town.ann, name="Ann's own")
    make.unowned(world.database, "act_7002", town.dana, name="Dana's own")
    ann = served.client(served.token(town.ann, AGENCY))
    dana = served.client(served.token(town.dana, BRAND))
    agency, brand = Business(AGENCY, api=ann), Business(BRAND, api=dana)

    def claim(account: str) -> Any:
        return agency.create_owned_ad_account(params={"adaccount_id": account}).export_all_data()

    assert (await off_loop(claim, "act_7001"))["access_status"] == "CONFIRMED"
    assert (await off_loop(claim, "act_7002"))["access_status"] == "PENDING"
    (pending,) = await off_loop(lambda: rows(agency.get_pending_owned_ad_accounts()))
    assert pending["ad_account"]["id"] == "act_7002"
    await off_loop(agency.delete_ad_accounts, params={"adaccount_id": "act_7002"})
    with pytest.raises(FacebookRequestError, match="cannot be removed"):
        await off_loop(agency.delete_ad_accounts, params={"adaccount_id": "act_7001"})
    with pytest.raises(FacebookRequestError) as theirs:
        await off_loop(claim, ACCOUNT)
    assert theirs.value.api_error_code() == 3994

    account = {
        "name": "Acme DE",
        "currency": "EUR",
        "timezone_id": 47,
        "end_advertiser": BRAND,
        "media_agency": "UNFOUND",
        "partner": "NONE",
    }
    created = await off_loop(brand.create_ad_account, params=account)
    assert created["id"].startswith("act_")
    owned = await off_loop(lambda: rows(brand.get_owned_ad_accounts(fields=["id", "name", "currency"])))
    assert {"id": created["id"], "name": "Acme DE", "currency": "EUR"} in owned
    with pytest.raises(FacebookRequestError, match="how Acme DE is paid"):
        await off_loop(brand.create_ad_account, params=account)

    main = AdAccount(ACCOUNT, api=dana)
    person = {"user": town.emil.id, "tasks": ["ANALYZE"]}
    await off_loop(main.create_assigned_user, params=person)
    (assigned,) = await off_loop(lambda: rows(main.get_assigned_users(params={"business": BRAND})))
    assert (assigned["name"], assigned["tasks"]) == ("Emil", ["ANALYZE"])
    (reached,) = await off_loop(lambda: rows(BusinessUser(town.emil.id, api=dana).get_assigned_ad_accounts()))
    assert reached["id"] == ACCOUNT
    await off_loop(main.delete_assigned_users, params={"user": town.emil.id})
    assert await off_loop(lambda: rows(main.get_assigned_users(params={"business": BRAND}))) == []

    made = await off_loop(
        post,
        ann,
        AGENCY,
        "sent_inprogress_onbehalf_requests",
        business_owned_object=ACCOUNT,
        receiving_business=BRAND,
    )
    shown = await off_loop(lambda: OnBehalf(made["id"], api=dana).api_get().export_all_data())
    assert (shown["status"], shown["requesting_business"]["id"]) == ("IN_PROGRESS", AGENCY)
    await world.settle()
    (card,) = [one for one in world.slack.messages(world.brand_room) if "approve" in buttons(one)]
    assert (await world.click(world.dana, card, "approve")).ok
    found = await off_loop(
        lambda: rows(main.get_on_behalf_requests(fields=["id", "status"], params={"status": "APPROVE"}))
    )
    assert found == [{"id": made["id"], "status": "APPROVE"}]
