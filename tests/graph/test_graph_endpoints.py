"""What the endpoints answer, read and refuse: each rule once, without HTTP."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, parse_qsl

import make
import pytest
from make import ACCOUNT, AGENCY, BRAND, BRAND_TEAM, INSTAGRAM, OTHER, PAGE, PIXEL, Someone, Town, write
from served import Programs
from sqlalchemy import delete, update

from bot.clock import PushedClock
from bot.domain import actors, policy
from bot.domain.actors import Role, Source
from bot.domain.assets import Kind
from bot.domain.denials import DenialReason
from bot.domain.kinds import Side
from bot.domain.messages import Audience
from bot.domain.requests import Approve, Term
from bot.domain.tokens import Scope
from bot.graph import errors
from bot.graph.endpoints import ENDPOINTS
from bot.graph.errors import GraphError
from bot.graph.nodes import DEFAULTS, FIELDS, NodeType
from bot.services import connections, directory_file, programs, requests
from bot.services import settings as app_settings
from bot.services.context import act
from bot.services.programs import NotValid
from bot.services.results import Denied
from bot.store import tables
from bot.store.database import Database, Tx

TASKS = "ADVERTISE,ANALYZE"


@pytest.fixture
def town(database: Database) -> Town:
    return make.town(database)


@pytest.fixture
def api(database: Database, clock: PushedClock) -> Programs:
    return Programs(database, clock)


def ids(answer: Any) -> list[str]:
    return [row["id"] for row in answer["data"]]


def rows(database: Database, table: Any) -> list[Any]:
    def read(tx: Tx) -> list[Any]:
        return tx.all(table.__table__.select())

    return database.read_sync(read)


def set_grants(database: Database, **values: Any) -> None:
    """Have all grants be known at Meta, and stand there like this."""
    at_meta = {"asked_at": make.EPOCH, "starts_at": None, "warn_at": None, **values}
    write(database, lambda tx: tx.run(update(tables.Grant.__table__).values(**at_meta)))


# --- the table --------------------------------------------------------------------------------------


def test_every_reason_of_a_denial_has_a_code_and_says_what_to_do() -> None:
    for reason in DenialReason:
        said = errors.of_denial(Denied(reason=reason, name="Acme", ref="AMBER-1234", count=50))
        assert said.message.startswith(f"(#{said.code}) "), reason
        assert said.message.endswith((".", "!")), reason
        assert "{" not in said.message, reason


def test_what_an_object_shows_without_being_asked_are_fields_it_has() -> None:
    for node in NodeType:
        assert set(DEFAULTS[node]) <= set(FIELDS[node]), node


def test_what_each_endpoint_does_is_said_with_the_names_that_people_know() -> None:
    said = [words for one in ENDPOINTS for words in (one.about, *(param.about for param in one.params))]
    assert not [words for words in said if re.search(r"\binstagram|\bpages|the own\b", words)]


def test_each_endpoint_stands_in_the_table_once() -> None:
    found = [(one.method, on, one.edge) for one in ENDPOINTS for on in one.on]
    assert len(found) == len(set(found))
    assert len(found) > 60


# --- lists and fields -------------------------------------------------------------------------------


def test_a_list_goes_forward_and_back_in_pages_and_knows_how_many_there_are(
    api: Programs, town: Town, database: Database, clock: PushedClock
) -> None:
    given = sorted(make.gives(database, 7, to=AGENCY, by=town.ann, now=clock.now()))
    token = api.token(town.ann, AGENCY)
    path = f"/v26.0/{AGENCY}/client_ad_accounts"
    first = api(token, "GET", path, limit="3", summary="true")
    assert ids(first) == given[:3]
    assert first["summary"] == {"total_count": 7}
    assert "previous" not in first["paging"]
    second = api(token, "GET", path, limit="3", after=first["paging"]["cursors"]["after"])
    assert ids(second) == given[3:6]
    last = api(token, "GET", path, limit="3", after=second["paging"]["cursors"]["after"])
    assert ids(last) == given[6:]
    assert "next" not in last["paging"]
    back = api(token, "GET", path, limit="3", before=last["paging"]["cursors"]["before"])
    assert ids(back) == given[3:6]
    assert "token" not in str(first["paging"])


def test_a_list_that_is_whole_on_one_page_has_nothing_behind_its_last_cursor(
    api: Programs, town: Town
) -> None:
    token = api.token(town.dana, BRAND)
    page = api(token, "GET", "/me/businesses")
    cursors = page["paging"]["cursors"]
    assert api(token, "GET", "/me/businesses", after=cursors["after"]) == {"data": []}
    assert api(token, "GET", "/me/businesses", before=cursors["before"]) == {"data": []}


@pytest.mark.parametrize("odd", ["AA", "é", "MTA=MTA=", "_-_-"])
@pytest.mark.parametrize("side", ["after", "before"])
def test_what_is_no_cursor_of_a_page_is_refused(api: Programs, town: Town, side: str, odd: str) -> None:
    refused = api(api.token(town.dana, BRAND), "GET", f"/{BRAND}/owned_ad_accounts", **{side: odd})
    assert isinstance(refused, GraphError)
    assert "must be a cursor" in refused.message


def test_a_limit_of_nothing_shows_no_rows_and_counts_them(api: Programs, town: Town) -> None:
    token = api.token(town.dana, BRAND)
    none = {"data": [], "summary": {"total_count": 1}}
    assert api(token, "GET", f"/{BRAND}/owned_ad_accounts", limit="0", summary="total_count") == none
    shown = api(token, "GET", f"/{BRAND}", fields="owned_ad_accounts.limit(0).summary(true)")
    assert shown["owned_ad_accounts"] == none
    assert api(token, "GET", "/me/businesses", limit="0") == {"data": []}


def test_the_next_page_shows_what_the_one_before_it_showed(api: Programs, town: Town) -> None:
    token = api.token(town.dana, BRAND)
    shown = api(token, "GET", f"/{BRAND}", fields="business_users.limit(1){ id, role }")
    assert "limit=1&fields=id%2C+role&after=" in shown["business_users"]["paging"]["next"]
    beside = api(token, "GET", "/business_users", ids=f"{BRAND}", limit="1")
    following = beside[BRAND]["paging"]["next"].partition("?")[2]
    assert parse_qs(following).keys() == {"limit", "after"}, "of one object alone"
    listed = api(token, "POST", f"/{BRAND}/business_users", limit=1, summary=True, fields=["id", "role"])
    following = listed["paging"]["next"].partition("?")[2]
    assert parse_qs(following).keys() == {"limit", "summary", "fields", "after"}
    again = api(token, "GET", f"/{BRAND}/business_users", **dict(parse_qsl(following)))
    assert [row.keys() for row in again["data"]] == [{"id", "role"}]


@pytest.mark.parametrize("fields", [["id", "name"], '["id","name"]', "['id', 'name']", "id,name"])
def test_fields_may_be_written_as_a_list(api: Programs, town: Town, fields: Any) -> None:
    shown = api(api.token(town.dana, BRAND), "GET", f"/{BRAND}", fields=fields)
    assert shown == {"id": BRAND, "name": "Acme Shoes"}


def test_what_is_shared_with_a_business_is_listed_beside_its_own_where_it_is_asked_for(
    api: Programs, town: Town, database: Database, clock: PushedClock
) -> None:
    given = make.gives(database, 2, to=AGENCY, by=town.ann, now=clock.now())
    own = make.asset(database, "act_1", kind=Kind.AD_ACCOUNT, name="Own", owner=AGENCY, askable=False)
    token = api.token(town.ann, AGENCY)
    path = f"/{AGENCY}/owned_ad_accounts"
    both = api(token, "GET", path, include_shared_ad_accounts="true", summary="true")
    assert ids(both) == sorted([own, *given])
    assert {row["id"]: row["access_type"] for row in both["data"]} == {
        own: "OWNER",
        **dict.fromkeys(given, "AGENCY"),
    }
    assert both["summary"] == {"total_count": 3}
    first = api(token, "GET", path, include_shared_ad_accounts="true", limit="1")
    assert "include_shared_ad_accounts=true" in first["paging"]["next"]
    assert ids(api(token, "GET", path, include_shared_ad_accounts="false")) == [own]


def test_pixels_are_filtered_by_their_name_and_id(api: Programs, town: Town) -> None:
    token = api.token(town.dana, BRAND)
    for name, sought, found in (
        ("name_filter", "acme", [PIXEL]),
        ("name_filter", "x1", []),
        ("id_filter", PIXEL, [PIXEL]),
        ("id_filter", "99999", []),
    ):
        assert ids(api(token, "GET", f"/{BRAND}/adspixels", **{name: sought})) == found


def test_fields_of_an_object_that_another_names_are_shown_or_refused_by_name(
    api: Programs, town: Town
) -> None:
    token = api.token(town.ann, AGENCY)
    ask(api, token)
    path = f"/{AGENCY}/pending_client_ad_accounts"
    (row,) = api(token, "GET", path, fields="ad_account{name,business{verification_status}}")["data"]
    assert row["ad_account"] == {
        "id": ACCOUNT,
        "name": "Acme Main",
        "business": {"id": BRAND, "verification_status": "verified"},
    }
    (client,) = api(token, "GET", f"/{AGENCY}/clients", fields="adaccount_permissions{access_status}")["data"]
    assert client["adaccount_permissions"] == [{"id": ACCOUNT, "access_status": "CLIENT_RESPONSE_PENDING"}]
    for edge, fields, says in (
        ("pending_client_ad_accounts", "ad_account{balance}", "field (balance) on node type (AdAccount)"),
        ("clients", "page_permissions{name}", "field (name) on node type (page_permissions)"),
        ("clients", "name{first}", "name has no fields of its own"),
    ):
        refused = api(token, "GET", f"/{AGENCY}/{edge}", fields=fields)
        assert isinstance(refused, GraphError)
        assert says in refused.message


@pytest.mark.covers("P11")
def test_what_an_account_is_set_up_with_is_for_who_has_access_and_its_funding_for_its_owner(
    api: Programs, town: Town, database: Database
) -> None:
    nothing = dict.fromkeys(tables.AssetSetup.__table__.columns.keys()) | {
        "invoice": False,
        "incomplete": False,
    }
    facts = {"currency": "EUR", "timezone_id": 47, "end_advertiser": BRAND, "funding_source": "visa"}
    write(database, make.insert_row, tables.AssetSetup, **(nothing | facts | {"asset_id": ACCOUNT}))
    ann, dana = api.token(town.ann, AGENCY), api.token(town.dana, BRAND)
    fields = "name,currency,timezone_name,end_advertiser,funding_source"
    ask(api, ann)
    assert api(ann, "GET", f"/{ACCOUNT}", fields=fields) == {"id": ACCOUNT, "name": "Acme Main"}
    api(dana, "POST", f"/{ACCOUNT}/agencies", business=AGENCY, permitted_tasks=TASKS)
    held = api(ann, "GET", f"/{ACCOUNT}", fields=fields)
    assert held.keys() == {"id", "name", "currency", "timezone_name", "end_advertiser"}
    assert api(dana, "GET", f"/{ACCOUNT}", fields=fields) == {**held, "funding_source": "visa"}


def test_the_ad_account_of_a_pixel_is_for_its_owner_and_who_has_access_and_not_for_who_asks(
    api: Programs, town: Town, database: Database
) -> None:
    nothing = dict.fromkeys(tables.AssetSetup.__table__.columns.keys())
    facts = {"asset_id": PIXEL, "ad_account_id": ACCOUNT, "invoice": False, "incomplete": False}
    write(database, make.insert_row, tables.AssetSetup, **(nothing | facts))
    ann, dana = api.token(town.ann, AGENCY), api.token(town.dana, BRAND)
    what = {"pixel_id": PIXEL, "permitted_tasks": "ANALYZE"}
    assert api(ann, "POST", f"/{AGENCY}/client_pixels", **what)["access_status"] == "PENDING"
    assert api(ann, "GET", f"/{PIXEL}", fields="owner_ad_account") == {"id": PIXEL}
    api(dana, "POST", f"/{PIXEL}/agencies", business=AGENCY)
    for token in (ann, dana):
        assert api(token, "GET", f"/{PIXEL}", fields="owner_ad_account")["owner_ad_account"] == {
            "id": ACCOUNT
        }


def test_a_search_finds_assets_by_a_part_of_their_name_and_takes_no_pattern(
    api: Programs, town: Town
) -> None:
    token = api.token(town.dana, BRAND)
    path = f"/{BRAND}/owned_ad_accounts"
    assert ids(api(token, "GET", path, search_query="main")) == [ACCOUNT]
    assert ids(api(token, "GET", path, search_query="%")) == []


def test_edges_are_read_within_fields_with_limits_of_their_own(api: Programs, town: Town) -> None:
    token = api.token(town.dana, BRAND)
    shown = api(
        token, "GET", f"/{BRAND}", fields="name,owned_pages.limit(1){id,name,business{id}},owned_pixels"
    )
    assert shown["name"] == "Acme Shoes"
    assert shown["owned_pages"]["data"] == [{"id": PAGE, "name": "Acme Page", "business": {"id": BRAND}}]
    assert ids(shown["owned_pixels"]) == [PIXEL]


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ("balance", "nonexisting field (balance) on node type (AdAccount)"),
        ("id{", "opening {"),
        ("agencies.limit(", "opening ("),
        ("id}", "not understood"),
        ("agencies{agencies{agencies{agencies{id}}}}", "levels deep"),
        (",".join(f"x{n}" for n in range(101)), "more than 100 fields"),
    ],
)
def test_a_field_selection_that_is_wrong_is_refused_by_name(
    api: Programs, town: Town, fields: str, says: str
) -> None:
    refused = api(api.token(town.dana, BRAND), "GET", f"/{ACCOUNT}", fields=fields)
    assert isinstance(refused, GraphError)
    assert (refused.code, says in refused.message) == (100, True), refused.message


def test_several_objects_are_read_by_their_ids_in_one_call(api: Programs, town: Town) -> None:
    token = api.token(town.dana, BRAND)
    found = api(token, "GET", "/v26.0//", ids=f"{ACCOUNT},{PAGE}", fields="id,name")
    assert found == {ACCOUNT: {"id": ACCOUNT, "name": "Acme Main"}, PAGE: {"id": PAGE, "name": "Acme Page"}}
    edges = api(token, "GET", "/v26.0/agencies", ids=f"{ACCOUNT},{PAGE}")
    assert {one: ids(edge) for one, edge in edges.items()} == {ACCOUNT: [], PAGE: []}
    assert api(token, "GET", "/", ids=f"{ACCOUNT},act_777").code == 100
    assert api(token, "GET", "/", ids=",".join(map(str, range(51)))).code == 100


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/v19.0/me", 2500),
        ("/v26.0/me/friends", 2500),
        ("/v26.0/me/accounts/more", 2500),
        ("/v26.0", 2500),
        ("/v26.0/me'--", 2500),
        ("/v26.0/me/agencies", 100),
    ],
)
def test_a_path_that_leads_nowhere_says_so(api: Programs, town: Town, path: str, code: int) -> None:
    refused = api(api.token(town.ann, AGENCY), "GET", path)
    assert isinstance(refused, GraphError)
    assert refused.code == code


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        ({}, "adaccount_id is required"),
        ({"adaccount_id": "acme"}, "must be an ad account ID"),
        ({"adaccount_id": ACCOUNT}, "permitted_tasks is required"),
        ({"adaccount_id": ACCOUNT, "permitted_tasks": "['ADVERTISE'"}, "must be an array"),
        (
            {"adaccount_id": ACCOUNT, "permitted_tasks": ["POST"]},
            "Param permitted_tasks has tasks that this kind of asset does not have",
        ),
        ({"adaccount_id": ACCOUNT, "permitted_tasks": []}, "Param permitted_tasks is required"),
        ({"adaccount_id": ACCOUNT, "permitted_tasks": {"a": 1}}, "must be an array"),
        ({"adaccount_id": "act_1" * 9, "permitted_tasks": TASKS}, "must be an ad account ID"),
        ({"adaccount_id": ACCOUNT, "permitted_tasks": TASKS, "days": "soon"}, "days must be a whole number"),
        (
            {"adaccount_id": ACCOUNT, "permitted_tasks": TASKS, "days": "0"},
            "Param days must be a number of days, 1 to 3650",
        ),
        (
            {"adaccount_id": ACCOUNT, "permitted_tasks": TASKS, "end_time": "2001-01-01"},
            "Param end_time is in the past",
        ),
        (
            {"adaccount_id": ACCOUNT, "permitted_tasks": TASKS, "end_time": "9999-12-31T23:59:59-14:00"},
            "Param end_time is not within the next ten years",
        ),
        (
            {"adaccount_id": ACCOUNT, "permitted_tasks": TASKS, "days": "3", "end_time": "2030-01-01"},
            "either days or end_time",
        ),
        ({"adaccount_id": ACCOUNT, "permitted_tasks": TASKS, "end_time": "soon"}, "end_time must be a time"),
        ({"adaccount_id": ACCOUNT, "permitted_tasks": TASKS, "reason": "x" * 501}, "is too long"),
        ({"adaccount_id": "act_999", "permitted_tasks": TASKS}, "no such asset"),
    ],
)
def test_what_is_wrong_with_a_request_is_said_by_its_parameter_and_nothing_is_made(
    api: Programs, town: Town, database: Database, raw: dict[str, Any], says: str
) -> None:
    token = api.token(town.ann, AGENCY)
    refused = api(token, "POST", f"/{AGENCY}/client_ad_accounts", reason="x", **raw) if not raw else None
    refused = refused or api(token, "POST", f"/{AGENCY}/client_ad_accounts", **raw)
    assert isinstance(refused, GraphError)
    assert says in refused.message
    assert rows(database, tables.Request) == []


@pytest.mark.parametrize(
    "tasks", ['["ADVERTISE","ANALYZE"]', "['ADVERTISE', 'ANALYZE']", TASKS, ["ADVERTISE", "ANALYZE"]]
)
def test_a_list_may_be_written_in_each_of_the_ways_that_clients_write_one(
    api: Programs, town: Town, database: Database, tasks: Any
) -> None:
    token = api.token(town.ann, AGENCY)
    raw = {"adaccount_id": ACCOUNT.removeprefix("act_"), "permitted_tasks": tasks}
    assert api(token, "POST", f"/{AGENCY}/client_ad_accounts", **raw)["access_status"] == "PENDING"
    (item,) = rows(database, tables.Item)
    assert (item.asset_id, item.tasks) == (ACCOUNT, TASKS)


@pytest.mark.covers("T9")
def test_what_only_the_product_sets_is_set_by_no_parameter(
    api: Programs, town: Town, database: Database
) -> None:
    surplus = {
        "state": "APPROVED",
        "approvals": "2",
        "version": "9",
        "requester_id": town.dana.id,
        "requesting_id": BRAND,
        "program": "Root",
        "ref": "GOLD-1",
        "access_status": "CONFIRMED",
        "id": "1",
    }
    raw = {"adaccount_id": ACCOUNT, "permitted_tasks": TASKS, **surplus}
    api(api.token(town.ann, AGENCY), "POST", f"/{AGENCY}/client_ad_accounts", **raw)
    (made,) = rows(database, tables.Request)
    assert (made.state, made.approvals, made.version) == ("PENDING", 0, 1)
    assert (made.requester_id, made.requesting_id, made.program) == (town.ann.id, AGENCY, None)
    assert "GOLD-1" not in made.ref
    assert rows(database, tables.Grant) == []


# --- deciding ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("edge", "raw", "says"),
    [
        ("business_users", {"email": "x@example.com", "role": "ADMIN"}, "Unsupported post request"),
        ("agencies", {"business_id": AGENCY}, "Unsupported post request"),
        ("owned_ad_accounts", {"account_id": ACCOUNT}, "adaccount_id is required"),
        ("client_pages", {"page": PAGE, "fields": "id"}, "page_id is required"),
    ],
)
def test_a_post_that_names_what_is_not_served_is_refused_and_not_answered_as_a_read(
    api: Programs, town: Town, edge: str, raw: dict[str, Any], says: str
) -> None:
    refused = api(api.token(town.ann, AGENCY), "POST", f"/{AGENCY}/{edge}", **raw)
    assert isinstance(refused, GraphError)
    assert says in refused.message


def test_a_field_that_there_is_none_of_is_refused_before_anything_is_sent(
    api: Programs, town: Town, database: Database
) -> None:
    token = api.token(town.ann, AGENCY)
    path, what = f"/{AGENCY}/sent_inprogress_onbehalf_requests", {"business_owned_object": ACCOUNT}
    refused = api(token, "POST", path, **what, receiving_business=BRAND, fields="id,state")
    assert "nonexisting field (state)" in refused.message
    assert rows(database, tables.Request) == []
    sent = api(token, "POST", path, **what, receiving_business=BRAND, fields="id,status")
    assert sent == {"id": rows(database, tables.Request)[0].id, "status": "IN_PROGRESS"}


def test_who_is_asked_to_be_acted_for_cannot_cancel_that_and_is_told_what_they_can_do(
    api: Programs, town: Town
) -> None:
    ann, dana = api.token(town.ann, AGENCY), api.token(town.dana, BRAND)
    made = {"business_owned_object": ACCOUNT, "receiving_business": BRAND}
    acts = api(ann, "POST", f"/{AGENCY}/sent_inprogress_onbehalf_requests", **made)
    refused = api(dana, "DELETE", f"/{acts['id']}")
    assert isinstance(refused, GraphError)
    assert "Decline it in Slack" in refused.message
    assert api(ann, "DELETE", f"/{acts['id']}") == {"success": "true"}


def test_who_deletes_what_is_over_reads_who_ended_it_and_when(
    api: Programs, town: Town, clock: PushedClock
) -> None:
    ann, dana = api.token(town.ann, AGENCY), api.token(town.dana, BRAND)
    made = {"business_owned_object": ACCOUNT, "receiving_business": BRAND}
    acts = api(ann, "POST", f"/{AGENCY}/sent_inprogress_onbehalf_requests", **made)
    assert api(ann, "DELETE", f"/{acts['id']}") == {"success": "true"}
    for token in (ann, dana):
        refused = api(token, "DELETE", f"/{acts['id']}")
        assert refused.code == 100
        assert "is over already: CANCELLED by Ann, 20" in refused.message


def test_who_acts_on_behalf_sees_how_that_stands_and_nothing_is_approved_that_is_over(
    api: Programs, town: Town, database: Database, clock: PushedClock
) -> None:
    ann, dana = api.token(town.ann, AGENCY), api.token(town.dana, BRAND)
    made = {"business_owned_object": ACCOUNT, "receiving_business": BRAND, "days": 5}
    listed, sent = f"/{ACCOUNT}/onbehalf_requests", f"/{AGENCY}/sent_inprogress_onbehalf_requests"

    def status(token: str, acts: Any) -> tuple[str, list[str]]:
        one = api(token, "GET", f"/{acts['id']}")["status"]
        return one, [
            by for by in ("APPROVE", "DECLINE", "IN_PROGRESS") if ids(api(dana, "GET", listed, status=by))
        ]

    for end, becomes in (("owner", "CANCELED"), ("holder", "CANCELED"), ("clock", "EXPIRED")):
        acts = api(ann, "POST", sent, **made)
        assert status(ann, acts) == ("IN_PROGRESS", ["IN_PROGRESS"])
        assert acts["id"] in ids(api(ann, "GET", listed)), "who asked finds it by the account"
        approve = {"verdict": Approve(), "expected_version": 1, "by": town.dana.by(Source.BUTTON)}
        write(database, act, requests.decide, acts["id"], **approve, now=clock.now())
        assert status(ann, acts) == ("APPROVE", ["APPROVE"])
        assert acts["id"] in ids(api(ann, "GET", listed, status="APPROVE")), "who acts sees it, too"
        assert api(ann, "GET", f"/{ACCOUNT}/agencies")["data"] == [], "that is no access to what is in it"
        if end == "clock":
            clock.push(timedelta(days=5))
        else:
            api(dana if end == "owner" else ann, "DELETE", f"/{acts['id']}")
        assert status(dana, acts) == (becomes, []), end
    assert api(ann, "GET", listed).subcode == 33, "nothing of it is theirs any more"


def test_what_is_prepared_once_more_is_what_is_prepared_already(
    api: Programs, town: Town, database: Database
) -> None:
    dana, eva = api.token(town.dana, BRAND), api.token(town.eva, AGENCY)
    offer = {"business": AGENCY, "permitted_tasks": "MANAGE"}
    asked = {"adaccount_id": ACCOUNT, "permitted_tasks": "ANALYZE", "reason": "Spring"}
    for token, path, what in (
        (dana, f"/{ACCOUNT}/agencies", offer),
        (eva, f"/{AGENCY}/client_ad_accounts", asked),
    ):
        before = len(rows(database, tables.Card))
        first = api(token, "POST", path, **what)
        made = len(rows(database, tables.Card))
        assert first["requires_admin_approval"] is True
        assert made > before
        assert api(token, "POST", path, **what) == first
        assert len(rows(database, tables.Card)) == made, "nobody gets a second card"
        assert api(token, "POST", path, **what, days=3)["reference"] != first["reference"]


def test_a_claim_that_waits_is_answered_with_the_code_that_meta_has_for_it(
    api: Programs, town: Town, database: Database
) -> None:
    make.unowned(database, "act_7001", town.dana)
    ann = api.token(town.ann, AGENCY)
    first = api(ann, "POST", f"/{AGENCY}/owned_ad_accounts", adaccount_id="act_7001")
    again = api(ann, "POST", f"/{AGENCY}/owned_ad_accounts", adaccount_id="act_7001")
    assert (again.code, again.message.startswith(f"(#3936) {first['reference']} claims this")) == (3936, True)
    page = api(ann, "POST", f"/{AGENCY}/owned_pages", page_id=PAGE)
    assert "Param page_id is no ad account" in page.message


def test_who_may_only_ask_asks_for_the_own_business_however_its_id_is_written(
    api: Programs, town: Town
) -> None:
    token = api.token(town.ann, AGENCY, scopes=frozenset({Scope.ASK}))
    asked = {"business": int(AGENCY), "permitted_tasks": ["ADVERTISE"]}
    assert api(token, "POST", f"/{ACCOUNT}/agencies", **asked)["access_status"] == "PENDING"


def test_the_people_of_another_business_are_not_shown_and_the_own_not_in_their_place(
    api: Programs, town: Town
) -> None:
    token = api.token(town.dana, BRAND)
    api(token, "POST", f"/{ACCOUNT}/assigned_users", user=town.emil.id, tasks="ANALYZE")
    assert ids(api(token, "GET", f"/{ACCOUNT}/assigned_users", business=BRAND)) == [town.emil.id]
    refused = api(token, "GET", f"/{ACCOUNT}/assigned_users", business=AGENCY)
    assert isinstance(refused, GraphError)
    assert refused.code == errors.NO_RIGHT


def test_what_people_can_do_is_over_with_its_end_however_late_the_sweep_is(
    api: Programs, town: Town, database: Database, clock: PushedClock
) -> None:
    def given(level: str, days: int) -> None:
        asked = make.requesting(
            make.item(Kind.AD_ACCOUNT, ACCOUNT, level=level),
            term=Term.for_days(days),
            people=(town.eva.id,),
        )
        now = clock.now()
        sent = write(database, act, requests.submit, asked, by=town.ann.by(Source.FORM), now=now)
        for version, who in enumerate((town.dana, town.dov)[: sent.required_approvals], start=1):
            approval = {"verdict": Approve(), "expected_version": version}
            write(database, act, requests.decide, sent.request_id, by=who.by(), now=now, **approval)

    given("General user", 2)
    given("Admin", 1)
    ask_to_act = {"business_owned_object": ACCOUNT, "receiving_business": BRAND}
    token = api.token(town.ann, AGENCY)
    api(token, "POST", f"/{AGENCY}/sent_inprogress_onbehalf_requests", **ask_to_act)
    shown = ((f"/{ACCOUNT}/assigned_users", town.eva.id), (f"/{town.eva.id}/assigned_ad_accounts", ACCOUNT))
    for day, tasks in enumerate((["ADVERTISE", "ANALYZE", "MANAGE"], ["ADVERTISE", "ANALYZE"], None)):
        for path, its_id in shown:
            rows = [(row["id"], row["tasks"]) for row in api(token, "GET", path)["data"]]
            assert rows == ([] if tasks is None else [(its_id, tasks)]), (day, path)
        clock.push(timedelta(days=1))


def test_what_a_program_reaches_is_the_same_whoever_of_the_business_reads_it(
    api: Programs, town: Town
) -> None:
    dana, dov = api.token(town.dana, BRAND), api.token(town.dov, BRAND)
    program = api.token(town.dana, BRAND, program="Nightly sync")
    api(dana, "POST", f"/{ACCOUNT}/assigned_users", user=town.dana.id, tasks="ANALYZE")
    its_id = api(program, "GET", "/me")["id"]
    for token, path in ((program, "/me"), (program, f"/{its_id}"), (dov, f"/{its_id}"), (dana, "/me")):
        (row,) = api(token, "GET", f"{path}/assigned_ad_accounts")["data"]
        assert (row["id"], row["tasks"]) == (ACCOUNT, ["ANALYZE"])


def test_what_stands_against_creating_a_pixel_is_not_said_of_ad_accounts(api: Programs, town: Town) -> None:
    refused = api(api.token(town.ann, AGENCY), "POST", f"/{AGENCY}/adspixels", name="Shop")
    assert "needs a published Page before it creates anything" in refused.message


def test_the_own_company_advertises_for_itself_as_the_guide_writes_it(api: Programs, town: Town) -> None:
    new = {"name": "Acme DE", "currency": "EUR", "timezone_id": 47, "media_agency": "NONE", "partner": "NONE"}
    path = f"/{BRAND}/adaccount"
    made = api(api.token(town.dana, BRAND), "POST", path, end_advertiser="my company", **new)
    assert made["end_advertiser_id"] == BRAND


@pytest.mark.covers("T23")
def test_what_cannot_be_seen_is_taken_out_of_what_a_program_sends(
    api: Programs, town: Town, database: Database
) -> None:
    new = {"name": "Acme \u202eED\nNew\u200b", "currency": "EUR", "timezone_id": 47, "end_advertiser": "NONE"}
    new |= {"media_agency": "NONE", "partner": "NONE"}
    pixel = api(api.token(town.dana, BRAND), "POST", f"/{BRAND}/adspixels", name="Shop\u2066\u00ad")
    made = api(api.token(town.dana, BRAND), "POST", f"/{BRAND}/adaccount", **new)
    named = {row.id: row.name for row in rows(database, tables.Asset)}
    assert (named[made["id"]], named[pixel["id"]]) == ("Acme ED New", "Shop")
    asked = {"adaccount_id": ACCOUNT, "business": BRAND, "permitted_tasks": ["ANALYZE"]}
    reason = "Spring\u202e launch\u200b"
    api(api.token(town.ann, AGENCY), "POST", f"/{AGENCY}/client_ad_accounts", reason=reason, **asked)
    (request,) = rows(database, tables.Request)
    assert request.reason == "Spring launch"
    file = directory_file.write_file(database.read_sync(directory_file.export_directory))
    assert "name: Acme ED New" in file


def ask(api: Programs, token: str, tasks: str = TASKS) -> None:
    asked = {"adaccount_id": ACCOUNT, "permitted_tasks": tasks, "days": "30", "reason": "Spring"}
    assert api(token, "POST", f"/{AGENCY}/client_ad_accounts", **asked)["access_status"] == "PENDING"


def test_the_owner_may_give_less_than_is_asked_for_and_gives_what_goes_beyond(
    api: Programs, town: Town, database: Database
) -> None:
    ann, dana = api.token(town.ann, AGENCY), api.token(town.dana, BRAND)
    ask(api, ann)
    given = api(dana, "POST", f"/{ACCOUNT}/agencies", business=AGENCY, permitted_tasks="ANALYZE,DRAFT")
    assert given["access_status"] == "CONFIRMED", "DRAFT was not asked for: it is given all the same"
    held = {(one.tasks, one.state) for one in rows(database, tables.Grant)}
    assert held == {("ANALYZE", "ACTIVE"), ("ANALYZE,DRAFT", "ACTIVE")}
    (row,) = api(dana, "GET", f"/{ACCOUNT}/agencies")["data"]
    assert (row["permitted_tasks"], row["access_status"]) == (["ANALYZE", "DRAFT"], "CONFIRMED")
    assert {one.kind for one in rows(database, tables.Request)} == {"ACCESS", "INVITATION"}


def test_what_goes_beyond_a_request_ends_when_what_was_asked_for_does(
    api: Programs, town: Town, database: Database
) -> None:
    ann, dana = api.token(town.ann, AGENCY), api.token(town.dana, BRAND)
    for term, lasts in (({}, 30), ({"days": 7}, 7)):
        ask(api, ann)
        beyond = {"business": AGENCY, "permitted_tasks": "ADVERTISE,ANALYZE,DRAFT"}
        assert api(dana, "POST", f"/{ACCOUNT}/agencies", **beyond, **term)["success"] is True
        live = [one for one in rows(database, tables.Grant) if one.state == "ACTIVE"]
        assert [one.ends_at - one.starts_at for one in live] == [timedelta(days=lasts)] * 2
        api(dana, "DELETE", f"/{ACCOUNT}/agencies", business=AGENCY)


def test_the_end_of_access_is_when_the_first_of_its_tasks_ends(
    api: Programs, town: Town, database: Database, clock: PushedClock
) -> None:
    dana, path = api.token(town.dana, BRAND), f"/{ACCOUNT}/agencies"
    for tasks, days in (("ANALYZE", "60"), (TASKS, "10")):
        api(dana, "POST", path, business=AGENCY, permitted_tasks=tasks, days=days)

    def shown() -> tuple[list[str], str]:
        (row,) = api(dana, "GET", path, fields="permitted_tasks,access_end_time")["data"]
        return row["permitted_tasks"], row["access_end_time"]

    until = {one.tasks: f"{one.ends_at:%Y-%m-%dT%H:%M:%S+0000}" for one in rows(database, tables.Grant)}
    assert shown() == (["ADVERTISE", "ANALYZE"], until[TASKS])
    clock.push(timedelta(days=10, minutes=1))
    assert shown() == (["ANALYZE"], until["ANALYZE"])


def test_a_task_that_there_is_none_of_is_refused_before_anything_is_decided(
    api: Programs, town: Town, database: Database
) -> None:
    ask(api, api.token(town.ann, AGENCY))
    odd = {"business": AGENCY, "permitted_tasks": "ANALYZE,ADVERTIZE"}
    refused = api(api.token(town.dana, BRAND), "POST", f"/{ACCOUNT}/agencies", **odd)
    assert isinstance(refused, GraphError)
    assert "ADVERTIZE" in refused.message
    assert [one.state for one in rows(database, tables.Request)] == ["PENDING"]


def test_the_second_approval_gives_what_the_first_one_left_and_says_what_waits(
    api: Programs, town: Town, database: Database
) -> None:
    write(database, lambda tx: tx.run(update(tables.BusinessRow.__table__).values(quorum=2)))
    ann, dana, dov = (
        api.token(who, of) for who, of in ((town.ann, AGENCY), (town.dana, BRAND), (town.dov, BRAND))
    )
    path, to = f"/{ACCOUNT}/agencies", {"business": AGENCY}
    ask(api, ann)
    first = api(dana, "POST", path, **to, permitted_tasks="ANALYZE,DRAFT", days=7)
    assert first["requires_admin_approval"] is True
    assert first["not_given"] == f"{first['reference']} must be approved before more is given: DRAFT"
    wider = api(dov, "POST", path, **to, days=30)
    assert "than the first approval gives" in wider.message
    second = api(dov, "POST", path, **to)
    assert (second["access_status"], "not_given" in second) == ("CONFIRMED", False)
    (held,) = rows(database, tables.Grant)
    assert (held.tasks, held.ends_at - held.starts_at) == ("ANALYZE", timedelta(days=7))


def test_why_an_owner_approves_is_the_note_of_the_approval(
    api: Programs, town: Town, database: Database
) -> None:
    ask(api, api.token(town.ann, AGENCY))
    dana = api.token(town.dana, BRAND)
    long = api(dana, "POST", f"/{ACCOUNT}/agencies", business=AGENCY, reason="x" * 2000)
    assert "Param reason is too long" in long.message
    assert api(dana, "POST", f"/{ACCOUNT}/agencies", business=AGENCY, reason="As agreed")["success"] is True
    assert [one.note for one in rows(database, tables.Decision)] == ["As agreed"]


def test_who_only_has_access_shares_nothing_and_asks_for_more_by_its_tasks(
    api: Programs, town: Town, database: Database
) -> None:
    ann, dana = api.token(town.ann, AGENCY), api.token(town.dana, BRAND)
    make.business(database, OTHER, name="Third", team=make.OTHER_TEAM)
    api(dana, "POST", f"/{ACCOUNT}/agencies", business=AGENCY, permitted_tasks="ANALYZE")
    refused = api(ann, "POST", f"/{ACCOUNT}/agencies", business=OTHER, permitted_tasks="ANALYZE")
    assert (refused.code, "only its owner can share it" in refused.message) == (200, True)
    assert "permitted_tasks is required" in api(ann, "POST", f"/{ACCOUNT}/agencies", business=AGENCY).message


@pytest.mark.parametrize(
    ("written", "ends"),
    [
        ("2027-03-31", "2027-03-31T21:59:00+00:00"),
        ("2027-03-31T18:00:00+0200", "2027-03-31T16:00:00+00:00"),
        ("2027-03-31T18:00:00", "2027-03-31T18:00:00+00:00"),
        ("9999-12-31", None),
        ("9999-12-31T23:59:59-1200", None),
        ("0001-01-01", None),
        ("31.3.2027", None),
    ],
)
def test_a_day_until_which_access_is_asked_for_is_meant_with_all_of_it(
    api: Programs, town: Town, database: Database, written: str, ends: str | None
) -> None:
    zone = "America/Los_Angeles" if ends is None else "Europe/Berlin"
    in_zone = update(tables.Person.__table__).values(zone=zone)
    write(database, lambda tx: tx.run(in_zone))
    asked = {"adaccount_id": ACCOUNT, "permitted_tasks": TASKS, "end_time": written}
    answer = api(api.token(town.ann, AGENCY), "POST", f"/{AGENCY}/client_ad_accounts", **asked)
    until = [one.term_until.isoformat() for one in rows(database, tables.Request)]
    assert until == ([] if ends is None else [ends])
    assert ends or "Param end_time" in answer.message


def test_the_owner_may_approve_what_is_asked_for_a_shorter_time_and_no_longer_one(
    api: Programs, town: Town, database: Database, clock: PushedClock
) -> None:
    ann, dana = api.token(town.ann, AGENCY), api.token(town.dana, BRAND)
    ask(api, ann)
    path = f"/{ACCOUNT}/agencies"
    for term, says in (
        ({"days": 31}, "more than was asked"),
        ({"end_time": "soon"}, "end_time must be a time"),
    ):
        refused = api(dana, "POST", path, business=AGENCY, permitted_tasks=TASKS, **term)
        assert isinstance(refused, GraphError)
        assert says in refused.message
    assert rows(database, tables.Grant) == []
    assert api(dana, "POST", path, business=AGENCY, permitted_tasks=TASKS, days=7)["success"] is True
    (grant,) = rows(database, tables.Grant)
    assert grant.ends_at - grant.starts_at == timedelta(days=7)


def test_what_is_asked_for_is_approved_also_where_what_goes_beyond_cannot_be_given(
    api: Programs, town: Town, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, dana = api.token(town.ann, AGENCY), api.token(town.dana, BRAND)
    ask(api, ann)
    monkeypatch.setattr(policy, "MOST_OPEN_BETWEEN", 0)
    given = api(dana, "POST", f"/{ACCOUNT}/agencies", business=AGENCY, permitted_tasks="ANALYZE,DRAFT")
    assert (given["success"], given["access_status"]) == (True, "CONFIRMED")
    assert "requests wait there already" in given["not_given"]
    assert [one.tasks for one in rows(database, tables.Grant)] == ["ANALYZE"]


def test_a_request_for_several_assets_is_not_decided_by_one_of_them(
    api: Programs, town: Town, database: Database, clock: PushedClock
) -> None:

    new = make.requesting(make.item(Kind.AD_ACCOUNT, ACCOUNT), make.item(Kind.PAGE, PAGE))
    write(database, act, requests.submit, new, by=town.ann.by(), now=clock.now())
    refused = api(api.token(town.dana, BRAND), "POST", f"/{PAGE}/agencies", business=AGENCY)
    assert "decide on it in Slack" in refused.message
    assert rows(database, tables.Grant) == []


def test_which_asset_approvers_mean_by_a_description_is_the_owners_until_it_is_given(
    api: Programs, town: Town, database: Database, clock: PushedClock
) -> None:
    write(database, lambda tx: tx.run(update(tables.BusinessRow.__table__).values(quorum=2)))
    new = make.requesting(make.item(Kind.AD_ACCOUNT, None, words="the one for the EU"))
    sent = write(database, act, requests.submit, new, by=town.ann.by(), now=clock.now())

    def approve(who: Someone, version: int, **how: Any) -> None:
        what = {"verdict": Approve(**how), "expected_version": version}
        write(database, act, requests.decide, sent.request_id, **what, by=who.by(), now=clock.now())

    approve(town.dana, 1, bound={0: ACCOUNT})
    ann, dana = api.token(town.ann, AGENCY), api.token(town.dana, BRAND)
    for path in (f"/{ACCOUNT}", f"/{ACCOUNT}/agencies", f"/{ACCOUNT}/onbehalf_requests"):
        assert api(ann, "GET", path).subcode == 33
    assert api(ann, "GET", f"/{AGENCY}/pending_client_ad_accounts", summary="1") == {
        "data": [],
        "summary": {"total_count": 0},
    }
    (client,) = api(ann, "GET", f"/{AGENCY}/clients")["data"]
    assert (client["id"], client["adaccount_permissions"]) == (BRAND, [])
    refused = api(ann, "DELETE", f"/{AGENCY}/ad_accounts", adaccount_id=ACCOUNT)
    assert "neither owns this asset nor has access" in refused.message
    assert ids(api(dana, "GET", f"/{ACCOUNT}/agencies")) == [AGENCY]
    approve(town.dov, 2)
    assert ids(api(ann, "GET", f"/{AGENCY}/client_ad_accounts")) == [ACCOUNT]


def test_a_program_gives_the_first_of_two_approvals_and_never_the_second(
    api: Programs, town: Town, database: Database
) -> None:
    write(database, lambda tx: tx.run(update(tables.BusinessRow.__table__).values(quorum=2)))
    ann = api.token(town.ann, AGENCY)
    ask(api, ann)
    one = api.token(town.dana, BRAND, program="Nightly sync")
    two = api.token(town.dov, BRAND, program="Other sync")
    given = api(one, "POST", f"/{ACCOUNT}/agencies", business=AGENCY)
    assert given["requires_admin_approval"] is True
    refused = api(two, "POST", f"/{ACCOUNT}/agencies", business=AGENCY)
    assert "A person gives the next" in refused.message
    assert rows(database, tables.Grant) == []
    person = api(api.token(town.dov, BRAND), "POST", f"/{ACCOUNT}/agencies", business=AGENCY)
    assert person["access_status"] == "CONFIRMED"


def test_a_deletion_declines_what_waits_ends_what_is_held_and_gives_back_ones_own(
    api: Programs, town: Town, database: Database
) -> None:
    ann, dana = api.token(town.ann, AGENCY), api.token(town.dana, BRAND)
    states = []
    for token, decides in ((dana, False), (ann, False), (dana, True), (ann, True)):
        ask(api, ann)
        if decides:
            api(dana, "POST", f"/{ACCOUNT}/agencies", business=AGENCY)
        assert api(token, "DELETE", f"/{ACCOUNT}/agencies", business=AGENCY) == {"success": True}
        states = [one.state for one in rows(database, tables.Request)]
        assert api(dana, "GET", f"/{ACCOUNT}/agencies")["data"] == []
    assert sorted(states) == ["APPROVED", "APPROVED", "CANCELLED", "DECLINED"]
    assert {one.end_reason for one in rows(database, tables.Grant)} == {"REVOKED", "RELINQUISHED"}
    gone = api(dana, "DELETE", f"/{ACCOUNT}/agencies", business=AGENCY)
    assert "no access" in gone.message


def test_a_deletion_that_could_not_end_all_of_it_says_what_is_left(
    api: Programs, town: Town, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    dana = api.token(town.dana, BRAND)
    api(dana, "POST", f"/{ACCOUNT}/agencies", business=AGENCY, permitted_tasks="ANALYZE")
    ask(api, api.token(town.ann, AGENCY))
    busy = Denied(reason=DenialReason.CHANGED)
    monkeypatch.setattr(requests, "decide", lambda ctx, *_, **__: ctx.deny(busy))
    gone = api(dana, "DELETE", f"/{ACCOUNT}/agencies", business=AGENCY)
    assert gone["success"] is True
    assert "changed" in gone["not_ended"]
    assert [one.end_reason for one in rows(database, tables.Grant)] == ["REVOKED"]
    (waits,) = (one for one in rows(database, tables.Request) if one.kind == "ACCESS")
    assert waits.state == "PENDING"


def test_a_deletion_closes_what_is_open_beside_what_is_held(
    api: Programs, town: Town, database: Database, clock: PushedClock
) -> None:
    """An end changes what is open: more time asked for goes with it, and an offer shows what is held."""
    ann, dana = api.token(town.ann, AGENCY), api.token(town.dana, BRAND)
    wants_to_accept_first(database)
    for token in (ann, dana):
        api(dana, "POST", f"/{ACCOUNT}/agencies", business=AGENCY, permitted_tasks="ANALYZE,DRAFT")
        ask(api, ann)
        api(dana, "POST", f"/{ACCOUNT}/agencies", business=AGENCY)
        grant = next(one for one in rows(database, tables.Grant) if one.state == "ACTIVE")
        longer = {"term": Term.for_days(60), "reason": "It goes on", "now": clock.now()}
        write(database, act, requests.extend, grant.id, by=town.ann.by(Source.FORM), **longer)
        assert api(token, "DELETE", f"/{ACCOUNT}/agencies", business=AGENCY) == {"success": True}
        assert not [one for one in rows(database, tables.Request) if one.over_at is None]
        assert api(dana, "GET", f"/{ACCOUNT}/agencies")["data"] == []


def wants_to_accept_first(database: Database) -> None:
    accepting = update(tables.BusinessRow.__table__).values(api_sharing="AFTER_ACCEPTANCE")
    write(database, lambda tx: tx.run(accepting))


def test_what_an_owner_shares_is_given_at_once_and_the_card_says_that_nobody_was_asked(
    api: Programs, town: Town, database: Database, clock: PushedClock
) -> None:
    dana = api.token(town.dana, BRAND)
    given = api(dana, "POST", f"/{ACCOUNT}/agencies", business=AGENCY, permitted_tasks=TASKS)
    assert (given["success"], given["access_status"]) == (True, "CONFIRMED")
    (row,) = api(api.token(town.ann, AGENCY), "GET", f"/{ACCOUNT}/agencies")["data"]
    assert (row["id"], row["access_status"]) == (AGENCY, "CONFIRMED")
    (made,) = rows(database, tables.Request)
    assert (made.kind, made.state, made.requester_id) == ("INVITATION", "APPROVED", town.dana.id)
    (decided,) = rows(database, tables.Decision)
    assert decided.person_id == town.dana.id, "nobody at the agency is said to have accepted it"
    cards = {one.audience for one in rows(database, tables.Card)}
    assert cards == {Audience.APPROVERS, Audience.REQUESTER}
    view = database.read_sync(act, requests.request_card, made.id, side=Side.DECIDING, now=clock.now())
    assert (view.direct, view.standing_since) == (True, None)


def test_a_business_that_wants_to_accept_first_is_asked(
    api: Programs, town: Town, database: Database
) -> None:
    wants_to_accept_first(database)
    dana = api.token(town.dana, BRAND)
    given = api(dana, "POST", f"/{ACCOUNT}/agencies", business=AGENCY, permitted_tasks=TASKS)
    assert (given["success"], given["access_status"]) == (True, "AGENCY_RESPONSE_PENDING")
    assert rows(database, tables.Grant) == []


def test_what_takes_two_to_give_waits_for_the_second_who_gives_it_at_once_in_the_programs_name(
    api: Programs, town: Town, database: Database, clock: PushedClock
) -> None:
    program = api.token(town.dana, BRAND, program="Nightly sync")
    given = api(program, "POST", f"/{ACCOUNT}/agencies", business=AGENCY, permitted_tasks="MANAGE")
    assert (given["requires_admin_approval"], given["access_status"]) == (True, "AGENCY_RESPONSE_PENDING")
    assert rows(database, tables.Grant) == []
    (draft,) = rows(database, tables.Draft)
    how = {"expected_version": draft.version, "by": town.dov.by(Source.BUTTON), "now": clock.now()}
    write(database, act, requests.submit_draft, draft.id, **how)
    (held,) = rows(database, tables.Grant)
    assert (held.tasks, held.state, held.holder_id) == ("MANAGE", "ACTIVE", AGENCY)
    (made,) = rows(database, tables.Request)
    assert (made.program, made.requester_id) == ("Nightly sync", town.dov.id)


def test_what_is_shared_with_a_partner_who_accepts_at_once_is_confirmed_at_once(
    api: Programs, town: Town, database: Database, clock: PushedClock
) -> None:
    ann, dana = api.token(town.ann, AGENCY), api.token(town.dana, BRAND)
    wants_to_accept_first(database)
    ask(api, ann)
    api(dana, "POST", f"/{ACCOUNT}/agencies", business=AGENCY)
    how = {"on": True, "by": town.ann.by(Source.FORM), "now": clock.now()}
    write(database, act, app_settings.accept_at_once, AGENCY, BRAND, **how)
    given = api(dana, "POST", f"/{PIXEL}/agencies", business=AGENCY, permitted_tasks=TASKS)
    assert (given["success"], given["access_status"]) == (True, "CONFIRMED")
    (row,) = api(ann, "GET", f"/{PIXEL}/agencies")["data"]
    assert (row["id"], row["access_status"]) == (AGENCY, "CONFIRMED")


def test_what_is_being_created_at_meta_is_pending_until_it_has_an_id(
    api: Programs, town: Town, database: Database, clock: PushedClock
) -> None:
    dana = api.token(town.dana, BRAND)
    kept = {"ciphertext": "kept", "name": "Countersign", "by": actors.OPERATOR, "now": clock.now()}
    write(database, act, connections.connect, BRAND, **kept)
    new = {"name": "Acme DE", "currency": "EUR", "timezone_id": 47, "end_advertiser": BRAND}
    new |= {"media_agency": "NONE", "partner": "NONE"}
    said = api(dana, "POST", f"/{BRAND}/adaccount", **new)
    assert said == {"success": True, "access_status": "PENDING"}
    assert "Acme DE" not in str(api(dana, "GET", f"/{BRAND}/owned_ad_accounts"))
    again = api(dana, "POST", f"/{BRAND}/adaccount", **new)
    assert (again.code, "is being created" in again.message) == (3902, True)


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("PENDING", "IN_PROGRESS"),
        ("FAILED", "FAILED"),
        ("ENDING", "REVOKE_IN_PROGRESS"),
        ("STUCK", "REVOKE_FAILED"),
    ],
)
def test_access_that_is_not_at_meta_as_it_should_be_is_listed_with_how_it_stands(
    api: Programs, town: Town, database: Database, state: str, status: str
) -> None:
    ann, dana = api.token(town.ann, AGENCY), api.token(town.dana, BRAND)
    ask(api, ann)
    api(dana, "POST", f"/{ACCOUNT}/agencies", business=AGENCY)
    reason = None if state == "PENDING" else "LIMITED"
    set_grants(database, state=state, obstacle=reason)
    (row,) = api(dana, "GET", f"/{ACCOUNT}/agencies")["data"]
    assert (row["access_status"], row["permitted_tasks"]) == (status, ["ADVERTISE", "ANALYZE"])
    assert row.get("access_status_reason") == reason
    (client,) = api(ann, "GET", f"/{AGENCY}/clients")["data"]
    assert client["adaccount_permissions"][0]["access_status"] == status
    assert api(ann, "GET", f"/{BRAND}")["id"] == BRAND, "what is listed can be opened"
    assert api(ann, "GET", f"/{AGENCY}/client_ad_accounts")["data"] == []
    said = api(ann, "DELETE", f"/{AGENCY}/ad_accounts", adaccount_id=ACCOUNT)
    leaving = {"PENDING": "REVOKE_IN_PROGRESS", "ENDING": status, "STUCK": status}
    assert said == {"success": True} | ({"access_status": leaving[state]} if state in leaving else {})


def test_what_is_still_to_be_taken_away_or_given_at_meta_is_not_called_done(
    api: Programs, town: Town, database: Database, clock: PushedClock
) -> None:
    kept = {"ciphertext": "kept", "name": "Countersign", "by": actors.OPERATOR, "now": clock.now()}
    write(database, act, connections.connect, BRAND, **kept)
    dana, to = api.token(town.dana, BRAND), {"business": AGENCY}
    path, user = f"/{ACCOUNT}/agencies", {"user": town.dana.id}
    api(dana, "POST", path, **to, permitted_tasks="ANALYZE")
    set_grants(database, state="ACTIVE", starts_at=make.EPOCH)
    leaving = {"success": True, "access_status": "REVOKE_IN_PROGRESS"}
    assert api(dana, "DELETE", path, **to) == leaving
    assert api(dana, "DELETE", path, **to) == leaving
    api(dana, "POST", f"/{PAGE}/agencies", **to, permitted_tasks="ANALYZE")
    assert api(dana, "DELETE", f"/{BRAND}/agencies", **to) == {"success": True, "left_at_meta": 2}
    coming = {"success": True, "access_status": "IN_PROGRESS"}
    assert api(dana, "POST", f"/{ACCOUNT}/assigned_users", **user, tasks="ANALYZE") == coming


def test_a_claim_that_was_confirmed_and_waits_at_meta_is_pending_with_how_it_stands(
    api: Programs, town: Town, database: Database, clock: PushedClock
) -> None:
    make.unowned(database, "act_7001", town.ann)
    kept = {"ciphertext": "kept", "name": "Countersign", "by": actors.OPERATOR, "now": clock.now()}
    write(database, act, connections.connect, AGENCY, **kept)
    ann = api.token(town.ann, AGENCY)
    said = api(ann, "POST", f"/{AGENCY}/owned_ad_accounts", adaccount_id="act_7001")
    assert said["access_status"] == "PENDING"
    pending = f"/{AGENCY}/pending_owned_ad_accounts"
    (row,) = api(ann, "GET", pending)["data"]
    assert (row["ad_account"]["id"], row["access_status"]) == ("act_7001", "IN_PROGRESS")
    gone = api(ann, "DELETE", f"/{AGENCY}/ad_accounts", adaccount_id="act_7001")
    assert "approved for your business, and not in force at Meta yet" in gone.message
    failed = update(tables.Enforcement.__table__).values(state="FAILED", obstacle="DECLINED")
    write(database, lambda tx: tx.run(failed))
    (row,) = api(ann, "GET", pending, summary="true")["data"]
    assert (row["access_status"], row["access_status_reason"]) == ("FAILED", "DECLINED")
    done = update(tables.Enforcement.__table__).values(state="IN_FORCE", in_force="OWNER", wanted="OWNER")
    write(database, lambda tx: tx.run(done))
    assert api(ann, "GET", pending)["data"] == []


def test_a_partnership_is_ended_by_either_side_with_all_that_is_open(
    api: Programs, town: Town, database: Database
) -> None:
    ann, dana = api.token(town.ann, AGENCY), api.token(town.dana, BRAND)
    ask(api, ann)
    assert api(dana, "DELETE", f"/{BRAND}/agencies", business=AGENCY) == {"success": True}
    assert [one.state for one in rows(database, tables.Request)] == ["CANCELLED"]
    assert isinstance(api(ann, "DELETE", f"/{AGENCY}/clients", business=BRAND), GraphError)


# --- tokens -----------------------------------------------------------------------------------------


def test_each_call_needs_the_scope_that_its_endpoint_names(api: Programs, town: Town) -> None:
    for scope in Scope:
        token = api.token(town.dana, BRAND, scopes=frozenset({scope}))
        for endpoint in ENDPOINTS:
            path = f"/{ {NodeType.BUSINESS: BRAND, NodeType.PAGE: PAGE}.get(endpoint.on[0], ACCOUNT) }"
            if endpoint.on[0] in (NodeType.PERSON, NodeType.ON_BEHALF):
                path = "/me"
            if endpoint.on[0] is NodeType.PIXEL:
                path = f"/{PIXEL}"
            raw = {one.name: "x" for one in endpoint.params}
            answer = api(token, endpoint.method, f"{path}/{endpoint.edge}", **raw)
            refused = isinstance(answer, GraphError) and "not made" in answer.message
            if endpoint.on[0] is not NodeType.ON_BEHALF:
                assert refused is (endpoint.scope is not scope), (scope, endpoint.method, endpoint.edge)


def test_a_token_that_is_made_to_ask_decides_nothing(api: Programs, town: Town, database: Database) -> None:
    """Neither by claiming what its person may confirm, nor by deleting what the other side asked or has."""
    make.unowned(database, "act_7001", town.ann)
    asks = {"scopes": frozenset({Scope.READ, Scope.ASK})}
    ann, dana = api.token(town.ann, AGENCY, **asks), api.token(town.dana, BRAND, **asks)
    owner = api.token(town.dana, BRAND)

    def refused(answer: Any) -> bool:
        return isinstance(answer, GraphError) and "it is not made to decide on access" in answer.message

    claim = {"adaccount_id": "act_7001"}
    assert refused(api(ann, "POST", f"/{AGENCY}/owned_ad_accounts", **claim))
    assert rows(database, tables.Request) == []
    confirmed = api(api.token(town.ann, AGENCY), "POST", f"/{AGENCY}/owned_ad_accounts", **claim)
    assert confirmed["access_status"] == "CONFIRMED"

    wants_to_accept_first(database)
    api(owner, "POST", f"/{ACCOUNT}/agencies", business=AGENCY, permitted_tasks="ANALYZE")
    assert refused(api(ann, "DELETE", f"/{AGENCY}/ad_accounts", adaccount_id=ACCOUNT))
    ask(api, ann)
    some = api(ann, "DELETE", f"/{AGENCY}/ad_accounts", adaccount_id=ACCOUNT)
    assert (some["success"], "not made to decide" in some["not_ended"]) == (True, True)
    states = {one.kind: one.state for one in rows(database, tables.Request)}
    assert (states["INVITATION"], states["ACCESS"]) == ("PENDING", "CANCELLED")

    made = {"business_owned_object": ACCOUNT, "receiving_business": BRAND}
    acts = api(ann, "POST", f"/{AGENCY}/sent_inprogress_onbehalf_requests", **made)
    approve = {"verdict": Approve(), "expected_version": 1, "by": town.dana.by(Source.BUTTON)}
    write(database, act, requests.decide, acts["id"], **approve, now=api.clock.now())
    assert refused(api(dana, "DELETE", f"/{acts['id']}"))
    assert api(owner, "DELETE", f"/{acts['id']}") == {"success": "true"}


def test_what_a_token_may_do_shrinks_with_the_person_at_once(
    api: Programs, town: Town, database: Database
) -> None:
    token = api.token(town.dana, BRAND)
    ask(api, api.token(town.ann, AGENCY))
    demoted = update(tables.Membership.__table__).where(
        tables.Membership.__table__.c.person_id == town.dana.id
    )
    write(database, lambda tx: tx.run(demoted.values(role=Role.EMPLOYEE)))
    refused = api(token, "POST", f"/{ACCOUNT}/agencies", business=AGENCY)
    assert "takes an admin" in refused.message
    assert ids(api(token, "GET", f"/{BRAND}/owned_pages")) == [PAGE], "an employee may look"
    gone = delete(tables.Membership.__table__).where(tables.Membership.__table__.c.person_id == town.dana.id)
    write(database, lambda tx: tx.run(gone))
    for path in (f"/{BRAND}/owned_pages", "/me"):
        assert api(token, "GET", path).subcode == 33


@pytest.mark.parametrize(
    ("is_now", "code", "said"),
    [
        ({"deactivated": True}, 190, "is deactivated in Slack"),
        ({"guest": True}, 200, "is a guest in Slack"),
        ({"deactivated": None, "checked_at": None}, 200, "Try again soon"),
        ({"checked_at": make.EPOCH}, 200, "Try again soon"),
    ],
)
def test_a_program_of_who_has_no_power_now_is_told_why_whatever_it_reads(
    api: Programs, town: Town, database: Database, *, is_now: dict[str, Any], code: int, said: str
) -> None:
    """And not that what it reads is not there: nothing of it has changed, and Slack may say more soon."""
    token, program = api.token(town.dana, BRAND), api.token(town.dana, BRAND, program="Nightly")
    of_dana = update(tables.Person.__table__).where(tables.Person.__table__.c.id == town.dana.id)
    write(database, lambda tx: tx.run(of_dana.values(**is_now)))
    for path in ("/me", f"/{BRAND}", f"/{BRAND}/owned_pages", f"/{ACCOUNT}", "/404"):
        for one in (token, program):
            answer = api(one, "GET", path)
            assert (answer.code, answer.subcode) == (code, None), path
            assert said in answer.message
    kept = {row.actor for row in rows(database, tables.Event) if row.kind == "denied"}
    assert len(kept) == 2


def test_a_shared_login_of_another_business_claims_nothing_with_a_token_either(
    api: Programs, town: Town, database: Database
) -> None:
    make.unowned(database, "act_7001", town.dana)
    token = api.token(town.dana, BRAND)
    make.business(database, OTHER, name="Other", team=BRAND_TEAM)
    make.member(database, town.dana.id, of=OTHER, shared=True)
    answer = api(token, "POST", f"/{BRAND}/owned_ad_accounts", adaccount_id="act_7001")
    assert "shared login" in answer.message


def test_the_tokens_of_who_leaves_the_business_are_revoked_and_do_not_come_back_with_them(
    api: Programs, town: Town, database: Database, clock: PushedClock
) -> None:
    token, other = api.token(town.dov, BRAND), api.token(town.dana, BRAND)
    how = {"by": town.dana.by(Source.FORM), "now": clock.now()}
    write(database, act, app_settings.remove_member, BRAND, town.dov.id, **how)
    assert isinstance(api(token, "GET", "/me"), NotValid)
    make.member(database, town.dov.id, of=BRAND)
    assert isinstance(api(token, "GET", "/me"), NotValid)
    assert isinstance(api(other, "GET", "/me"), dict)
    revoked = [one for one in rows(database, tables.Event) if one.kind == "token.revoked"]
    assert [one.business_id for one in revoked] == [BRAND]


def test_a_token_is_kept_as_a_digest_alone_and_is_over_when_it_says_or_is_revoked(
    api: Programs, town: Town, database: Database, clock: PushedClock
) -> None:
    token = api.token(town.ann, AGENCY, days=1)
    everything = str([rows(database, table) for table in (tables.Token, tables.Event, tables.InboxRow)])
    assert token not in everything
    (row,) = rows(database, tables.Token)
    assert isinstance(api(token, "GET", "/me"), dict)
    revoked = write(
        database,
        act,
        programs.revoke_token,
        row.id,
        by=town.abe.by(Source.FORM),
        now=clock.now(),
    )
    assert revoked.is_revoked
    assert isinstance(api(token, "GET", "/me"), NotValid)
    other = api.token(town.ann, AGENCY, days=1)
    clock.push(timedelta(days=1))
    assert isinstance(api(other, "GET", "/me"), NotValid)


def test_a_page_token_reaches_its_page_alone_and_ends_with_the_token_that_gave_it(
    api: Programs, town: Town, database: Database, clock: PushedClock
) -> None:

    token = api.token(town.dana, BRAND)
    assert api(token, "POST", f"/{PAGE}/assigned_users", user=town.dana.id, tasks="MANAGE") == {
        "success": True
    }
    (page,) = api(token, "GET", "/me/accounts")["data"]
    assert api(token, "GET", "/me/accounts")["data"] == [page], "the same token each time"
    bound = page["access_token"]
    assert api(bound, "GET", "/me") == {"id": PAGE, "name": "Acme Page"}
    assert ids(api(bound, "GET", f"/{PAGE}/agencies")) == []
    for path in (f"/{BRAND}", f"/{ACCOUNT}", f"/{BRAND}/owned_pages"):
        assert api(bound, "GET", path).subcode == 33
    parent = next(row for row in rows(database, tables.Token) if row.parent_id is None)
    how = {"by": town.dana.by(Source.FORM), "now": clock.now()}
    write(database, act, programs.revoke_token, parent.id, **how)
    assert isinstance(api(bound, "GET", "/me"), NotValid)


def test_a_page_token_reads_nothing_else_within_the_fields_of_what_its_page_lists(
    api: Programs, town: Town
) -> None:
    ann, dana = api.token(town.ann, AGENCY), api.token(town.dana, BRAND)
    for asset_id in (PAGE, ACCOUNT):
        api(dana, "POST", f"/{asset_id}/agencies", business=AGENCY, permitted_tasks="ANALYZE")
        api(ann, "POST", f"/{asset_id}/assigned_users", user=town.ann.id, tasks="ANALYZE")
    (page,) = api(ann, "GET", "/me/accounts")["data"]
    for edge, within in (
        ("agencies", "client_ad_accounts"),
        ("agencies", "clients{adaccount_permissions}"),
        ("agencies", "business_users"),
        ("businesses", "client_ad_accounts"),
        ("assigned_users", "assigned_ad_accounts"),
    ):
        asked = {"fields": f"id,name,{within}"}
        assert api(ann, "GET", f"/{PAGE}/{edge}", **asked)["data"], "the token that it came from reads that"
        refused = api(page["access_token"], "GET", f"/{PAGE}/{edge}", **asked)
        assert isinstance(refused, GraphError), (edge, within)
        assert (refused.code, refused.subcode) == (100, 33)
    assert api(page["access_token"], "GET", f"/{PAGE}", fields="id,agencies{name}")["agencies"]["data"]


# --- others' ----------------------------------------------------------------------------------------


@pytest.mark.covers("T10")
def test_what_a_token_may_not_know_of_is_answered_like_what_does_not_exist_and_is_kept(
    api: Programs, town: Town, database: Database, clock: PushedClock
) -> None:
    """Two businesses that share nothing with a third: every call of the third, about things of theirs."""
    make.business(database, OTHER, name="Third", team=make.OTHER_TEAM)
    zoe = make.someone(database, 9, name="Zoe", team=make.OTHER_TEAM, roles={OTHER: Role.ADMIN})
    ask(api, api.token(town.ann, AGENCY))
    made = {"business_owned_object": ACCOUNT, "receiving_business": BRAND}
    acts = api(api.token(town.ann, AGENCY), "POST", f"/{AGENCY}/sent_inprogress_onbehalf_requests", **made)
    program = api.token(town.dana, BRAND, program="Nightly sync")
    its_id = api(program, "GET", "/me")["id"]
    token = api.token(zoe, OTHER)
    theirs = {
        NodeType.BUSINESS: BRAND,
        NodeType.AD_ACCOUNT: ACCOUNT,
        NodeType.PAGE: PAGE,
        NodeType.PIXEL: PIXEL,
        NodeType.INSTAGRAM: INSTAGRAM,
        NodeType.PERSON: town.dana.id,
        NodeType.PROGRAM: its_id,
        NodeType.ON_BEHALF: acts["id"],
    }
    nobody = {node: ("act_777777" if node is NodeType.AD_ACCOUNT else "777777777") for node in theirs}
    before = [rows(database, table) for table in (tables.Request, tables.Grant, tables.Assignment)]
    for endpoint in ENDPOINTS:
        for node in endpoint.on:
            if node not in theirs:
                continue
            raw = {one.name: one_of(one.name, town) for one in endpoint.params}
            events = len(rows(database, tables.Event))
            answer = api(token, endpoint.method, f"/{theirs[node]}/{endpoint.edge}", **raw)
            unknown = api(token, endpoint.method, f"/{nobody[node]}/{endpoint.edge}", **raw)
            assert isinstance(answer, GraphError), (endpoint.method, node, endpoint.edge)
            said = answer.message.replace(theirs[node], "…")
            assert said == unknown.message.replace(nobody[node], "…"), (endpoint.method, node, endpoint.edge)
            assert (answer.code, answer.subcode) == (unknown.code, unknown.subcode)
            assert len(rows(database, tables.Event)) == events + 2, (endpoint.method, node, endpoint.edge)
    assert before == [rows(database, table) for table in (tables.Request, tables.Grant, tables.Assignment)]


def one_of(name: str, town: Town) -> str:
    known = {
        "permitted_tasks": "ANALYZE",
        "tasks": "ANALYZE",
        "business": AGENCY,
        "user": town.emil.id,
        "adaccount_id": ACCOUNT,
        "page_id": PAGE,
        "pixel_id": PIXEL,
        "instagram_account": INSTAGRAM,
        "business_owned_object": ACCOUNT,
        "receiving_business": BRAND,
        "status": "APPROVE",
        "timezone_id": "1",
        "invoice": "true",
        "days": "3",
        "end_time": "2030-01-01",
        "currency": "EUR",
    }
    return known.get(name, "x")


def test_somebody_of_the_business_is_found_and_somebody_else_is_not(
    api: Programs, town: Town, database: Database
) -> None:
    token = api.token(town.ann, AGENCY)
    assert ids(api(token, "GET", f"/{AGENCY}/business_users")) == [
        one.id for one in (town.ann, town.abe, town.eva)
    ]
    assert api(token, "GET", f"/{town.eva.id}", fields="name,role") == {
        "id": town.eva.id,
        "name": "Eva",
        "role": "EMPLOYEE",
    }
    assert api(token, "GET", f"/{town.dana.id}").subcode == 33


def program_of(api: Programs, who: Someone) -> str:
    return api.token(who, AGENCY, program="Nightly sync")


def test_a_program_is_shown_with_who_answers_for_it_and_its_requests_name_it(
    api: Programs, town: Town, database: Database
) -> None:
    token = program_of(api, town.ann)
    me = api(token, "GET", "/me", fields="id,name,role,created_by")
    assert (me["name"], me["role"], me["created_by"]["name"]) == ("Nightly sync", "SYSTEM_USER", "Ann")
    assert ids(api(token, "GET", f"/{AGENCY}/system_users")) == [me["id"]]
    ask(api, token)
    (request,) = rows(database, tables.Request)
    assert (request.program, request.requester_id) == ("Nightly sync", town.ann.id)
    event = next(one for one in rows(database, tables.Event) if one.kind == "request.pending")
    assert "Nightly sync" in str(event.actor)
    assert event.source == "API"
