"""Calls as guides write them for curl: forms on any method, lists in single quotes, the token anywhere."""

from __future__ import annotations

import asyncio
import json
import shutil
from typing import Any

import make
import pytest
from make import ACCOUNT, AGENCY, BRAND, PAGE, write
from served import VERSION, Served
from sqlalchemy import update

from bot.store import tables


class Curl:
    """Runs curl against the served API with one token."""

    def __init__(self, served: Served, token: str) -> None:
        self._base = f"{served.url}/{VERSION}"
        self._token = token

    async def __call__(self, *words: str) -> Any:
        """Run one example: `{token}` is the token, what begins with / is under the API's version."""
        filled = [word.replace("{token}", self._token) for word in words]
        filled = [f"{self._base}{word}" if word.startswith("/") else word for word in filled]
        curl = shutil.which("curl")
        assert curl is not None, "these tests need curl"
        process = await asyncio.create_subprocess_exec(
            curl, "--silent", "--show-error", "--noproxy", "*", *filled, stdout=asyncio.subprocess.PIPE
        )
        out, _ = await process.communicate()
        assert process.returncode == 0
        return json.loads(out)


@pytest.mark.covers(*(f"B{n}-API" for n in range(1, 15)))
async def test_the_examples_between_businesses_work_as_they_are_written(served: Served):
    town = served.world.town
    agency = Curl(served, served.token(town.ann, AGENCY))
    owner = Curl(served, served.token(town.dana, BRAND))

    # An agency asks for tasks with an ad account and with a Page; as one writes it, on either edge.
    asked = await agency(
        "-F", f"adaccount_id={ACCOUNT}", "-F", "permitted_tasks=['ADVERTISE','ANALYZE']",
        f"/{AGENCY}/client_ad_accounts?access_token={{token}}",
    )  # fmt: skip
    assert asked["access_status"] == "PENDING"
    asked = await agency(
        "-F", f"business={AGENCY}", "-F", "permitted_tasks=['MODERATE', 'ADVERTISE', 'ANALYZE']",
        f"/{PAGE}/agencies?access_token={{token}}",
    )  # fmt: skip
    assert asked["access_status"] == "PENDING"
    again = await agency(
        "-F", f"page_id={PAGE}", "-F", "permitted_tasks=['ADVERTISE','ANALYZE']",
        f"/{AGENCY}/client_pages?access_token={{token}}",
    )  # fmt: skip
    assert again["error"]["code"] == 3989, "the same is asked for only once"
    (client,) = (await agency(f"/{AGENCY}/clients?access_token={{token}}"))["data"]
    assert client["name"] == "Acme Shoes"
    for list_ in ("adaccount_permissions", "page_permissions"):
        (row,) = client[list_]
        assert row["access_status"] == "CLIENT_RESPONSE_PENDING"
        assert "access_requested_time" in row

    # The owner gives what is asked for, and without a request as well.
    given = await owner(
        "-F", f"business={AGENCY}", "-F", "permitted_tasks=['ADVERTISE', 'ANALYZE']",
        f"/{ACCOUNT}/agencies?access_token={{token}}",
    )  # fmt: skip
    assert given["success"] is True
    given = await owner(
        "-F", f"business={AGENCY}", "-F", "permitted_tasks=['MODERATE', 'ADVERTISE', 'ANALYZE']",
        f"/{PAGE}/agencies?access_token={{token}}",
    )  # fmt: skip
    assert given["success"] is True
    given = await owner(
        "-F", f"business={AGENCY}", "-F", "permitted_tasks=['ADVERTISE', 'ANALYZE']",
        f"/{make.PIXEL}/agencies?access_token={{token}}",
    )  # fmt: skip
    assert (given["success"], given["access_status"]) == (True, "CONFIRMED")
    for asset, tasks in ((ACCOUNT, ["ADVERTISE", "ANALYZE"]), (PAGE, ["ADVERTISE", "ANALYZE", "MODERATE"])):
        (row,) = (await owner(f"/{asset}/agencies?access_token={{token}}"))["data"]
        assert (row["id"], row["access_status"], row["permitted_tasks"]) == (AGENCY, "CONFIRMED", tasks)
    (row,) = (await owner(f"/{BRAND}/agencies?access_token={{token}}"))["data"]
    assert row["id"] == AGENCY
    (row,) = (await agency(f"/{AGENCY}/clients?access_token={{token}}"))["data"]
    assert row["page_permissions"][0]["access_status"] == "CONFIRMED"

    # To give MANAGE takes a second admin.
    managed = await owner(
        "-F", f"business={AGENCY}", "-F", "permitted_tasks=['MANAGE']",
        f"/{ACCOUNT}/agencies?access_token={{token}}",
    )  # fmt: skip
    assert (managed["success"], managed["requires_admin_approval"]) == (True, True)

    # The owner takes it away again.
    for asset in (ACCOUNT, PAGE):
        gone = await owner(
            "-X", "DELETE", "-F", f"business={AGENCY}", f"/{asset}/agencies?access_token={{token}}"
        )
        assert gone == {"success": True}
        assert (await owner(f"/{asset}/agencies?access_token={{token}}"))["data"] == []

    # Acting on behalf: asked, shown, listed by status, received and sent, cancelled.
    made = await agency(
        "-F", f"business_owned_object={ACCOUNT}", "-F", f"receiving_business={BRAND}",
        "-F", "access_token={token}", f"/{AGENCY}/sent_inprogress_onbehalf_requests",
    )  # fmt: skip
    shown = await agency(
        "-G", "-F", "access_token={token}",
        f"/{made['id']}?fields=id,receiving_business,requesting_business,status,business_owned_object",
    )  # fmt: skip
    assert shown == {
        "id": made["id"],
        "receiving_business": {"id": BRAND, "name": "Acme Shoes"},
        "requesting_business": {"id": AGENCY, "name": "Northwind"},
        "status": "IN_PROGRESS",
        "business_owned_object": ACCOUNT,
    }
    for side, edge in (
        (owner, f"/{BRAND}/received_inprogress_onbehalf_requests"),
        (agency, f"/{AGENCY}/sent_inprogress_onbehalf_requests"),
    ):
        assert (await side("-G", "-F", "access_token={token}", edge))["data"] == [{"id": made["id"]}]
    by_status = f"/{ACCOUNT}/onbehalf_requests?fields=id,status&status="
    for status, found in (
        ("IN_PROGRESS", [{"id": made["id"], "status": "IN_PROGRESS"}]),
        ("APPROVE", []),
        ("DECLINE", []),
    ):
        assert (await owner("-G", "-F", "access_token={token}", f"{by_status}{status}"))["data"] == found
    odd = await owner("-G", "-F", "access_token={token}", f"{by_status}PENDING")
    assert "APPROVE, DECLINE, IN_PROGRESS" in odd["error"]["message"]
    gone = await agency("-X", "DELETE", "-F", "access_token={token}", f"/{made['id']}")
    assert gone == {"success": "true"}


@pytest.mark.covers(*(f"A{n}-API" for n in range(1, 12)))
async def test_the_examples_for_ad_accounts_work_as_they_are_written(served: Served):
    world, town = served.world, served.world.town
    ann = Curl(served, served.token(town.ann, AGENCY))
    dana = Curl(served, served.token(town.dana, BRAND))
    make.unowned(world.database, "act_7001", town.ann, name="Ann's own")
    make.unowned(world.database, "act_7002", town.dana, name="Dana's own")

    # Claimed by its admin, and by who is not.
    for account, status in (("act_7001", "CONFIRMED"), ("act_7002", "PENDING")):
        claimed = await ann(
            "-F", f"adaccount_id={account}", "-F", "access_token={token}", f"/{AGENCY}/owned_ad_accounts"
        )
        assert claimed["access_status"] == status
    write(world.database, make.insert_row, tables.AssetGroup, id="7003", accounts='["act_7001"]', people="[]")
    group = await ann(
        "-F", "adaccount_id=act_7003", "-F", "access_token={token}", f"/{AGENCY}/owned_ad_accounts"
    )
    assert "group" in group["error"]["message"]

    # Created, with a funding source or on the credit line.
    funded = update(tables.BusinessRow.__table__).values(funding_sources="visa", credit_line="line")
    write(world.database, lambda tx: tx.run(funded))
    created = await dana(
        "-F", "name=MyAdAccount", "-F", "currency=USD", "-F", "timezone_id=1",
        "-F", f"end_advertiser={BRAND}", "-F", "media_agency=UNFOUND", "-F", "partner=NONE",
        "-F", "invoice=true", "-F", "access_token={token}", f"/{BRAND}/adaccount",
    )  # fmt: skip
    assert created["id"] == f"act_{created['account_id']}"
    assert (created["business_id"], created["end_advertiser_id"]) == (BRAND, BRAND)
    assert (created["media_agency_id"], created["partner_id"]) == ("UNFOUND", "NONE")

    # Owned, pending, removed.
    owned = await dana("-G", "-d", "access_token={token}", f"/{BRAND}/owned_ad_accounts")
    rows = {row["id"]: row for row in owned["data"]}
    assert set(rows) == {ACCOUNT, created["id"]}
    assert rows[ACCOUNT]["access_type"] == "OWNER"
    assert "MANAGE" in rows[ACCOUNT]["permitted_tasks"]
    pending = await ann("-G", "-d", "access_token={token}", f"/{AGENCY}/pending_owned_ad_accounts")
    assert [row["ad_account"] for row in pending["data"]] == [{"id": "act_7002", "account_id": "7002"}]
    kept = await ann(
        "-X", "DELETE", "-F", "adaccount_id=act_7001", "-F", "access_token={token}", f"/{AGENCY}/ad_accounts"
    )
    assert "cannot be removed" in kept["error"]["message"]
    gone = await ann(
        "-X", "DELETE", "-F", "adaccount_id=act_7002", "-F", "access_token={token}", f"/{AGENCY}/ad_accounts"
    )
    assert gone == {"success": True}

    # People: added, changed, seen from both ends, removed.
    for tasks in (["MANAGE", "ADVERTISE", "ANALYZE"], ["ANALYZE"]):
        written = "[" + ", ".join(f"'{task}'" for task in tasks) + "]"
        added = await dana(
            "-F", f"tasks={written}", "-F", f"user={town.emil.id}", "-F", "access_token={token}",
            f"/{ACCOUNT}/assigned_users",
        )  # fmt: skip
        assert added == {"success": True}
        seen = await dana("-G", "-d", "access_token={token}", f"/{ACCOUNT}/assigned_users?business={BRAND}")
        (row,) = seen["data"]
        assert (row["id"], row["name"], row["tasks"]) == (town.emil.id, "Emil", sorted(tasks))
        (row,) = (await dana("-G", "-d", "access_token={token}", f"/{town.emil.id}/assigned_ad_accounts"))[
            "data"
        ]
        assert (row["id"], row["tasks"]) == (ACCOUNT, sorted(tasks))
    removed = await dana(
        "-X", "DELETE", "-F", f"user={town.emil.id}", "-F", "access_token={token}",
        f"/{ACCOUNT}/assigned_users",
    )  # fmt: skip
    assert removed == {"success": True}
