"""How much one call reads, and that no click waits for what is only read."""

from __future__ import annotations

import threading
from functools import partial

import httpx
import make
import pytest
import statements
from make import ACCOUNT, AGENCY, BRAND
from served import VERSION, Programs, Served

from bot.clock import PushedClock
from bot.domain.assets import Kind
from bot.domain.tokens import digest_of
from bot.graph import engine
from bot.graph.engine import Ask
from bot.graph.errors import TooMuch
from bot.services import programs
from bot.store import tables
from bot.store.database import Database


async def test_a_post_that_only_reads_does_not_wait_for_the_writer_nor_hold_it(served: Served):
    token = served.token(served.world.town.dana, BRAND)
    go_on = threading.Event()
    holding = served.world.database.submit(lambda _: go_on.wait(30))
    try:
        async with httpx.AsyncClient(base_url=f"{served.url}/{VERSION}", trust_env=False, timeout=20) as http:
            for edge in (
                "business_users",
                "client_ad_accounts",
                "agencies",
                "sent_inprogress_onbehalf_requests",
            ):
                answer = await http.post(f"/{BRAND}/{edge}", data={"access_token": token, "limit": "5"})
                assert (answer.status_code, list(answer.json())[:1]) == (200, ["data"])
    finally:
        go_on.set()
    assert holding.result(30)


@pytest.mark.parametrize(
    ("method", "path", "raw", "is_run"),
    [
        ("GET", f"/{BRAND}/agencies", {}, False),
        ("POST", f"/{BRAND}/agencies", {"limit": "5"}, False),
        ("POST", f"/{BRAND}/agencies", {"business": AGENCY}, True),  # of an asset it would share it
        ("POST", f"/{ACCOUNT}/agencies", {"business": AGENCY, "permitted_tasks": "ADVERTISE"}, True),
        ("DELETE", f"/{ACCOUNT}/agencies", {"business": AGENCY}, True),
        ("GET", "/me/accounts", {}, True),
    ],
)
def test_what_turns_out_to_be_a_read_is_not_run_where_clicks_are_written(
    database: Database, clock: PushedClock, method: str, path: str, raw: dict[str, str], *, is_run: bool
) -> None:
    town, api = make.town(database), Programs(database, clock)
    token = api.token(town.dana, BRAND)
    ask = Ask(method=method, path=path, raw=raw, url="", secret=token)
    assert engine.writes(ask) is is_run
    call = partial(engine.answer, ask=ask, only_writes=True)
    how = {"digest": digest_of(token), "verb": "api", "now": clock.now()}
    answered = make.write(database, programs.serve, call, **how)
    assert (answered is not None) is is_run


async def test_a_call_that_asks_for_too_much_is_told_to_ask_for_less(
    served: Served, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(engine, "MOST_WORK", 60)
    database = served.world.database
    for number in range(20):
        make.asset(database, f"act_77{number:02d}", kind=Kind.AD_ACCOUNT, name=f"A{number}", owner=BRAND)
    token = served.token(served.world.town.dana, BRAND)
    params = {"access_token": token, "fields": "id,agencies{id},assigned_users{id}"}
    async with httpx.AsyncClient(base_url=f"{served.url}/{VERSION}", trust_env=False, timeout=20) as http:
        path = f"/{BRAND}/owned_ad_accounts"
        refused = await http.get(path, params=params)
        less = await http.get(path, params={**params, "limit": "5"})
    error = refused.json()["error"]
    assert (refused.status_code, error["code"]) == (400, 1)
    assert "reduce the amount of data" in error["message"]
    assert "x-app-usage" in refused.headers
    assert len(less.json()["data"]) == 5


PAGES = [f"9000000{number}" for number in range(6)]


def test_all_that_a_call_shows_counts_together_and_what_is_too_much_keeps_nothing(
    database: Database, clock: PushedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    town, api = make.town(database), Programs(database, clock)
    token = api.token(town.dana, BRAND)
    for page in PAGES:
        make.asset(database, page, kind=Kind.PAGE, name=f"Page {page}", owner=BRAND)
        api(token, "POST", f"/{page}/assigned_users", user=town.dana.id, tasks="MANAGE")
        api(token, "POST", f"/{page}/agencies", business=AGENCY, permitted_tasks="ADVERTISE")
    monkeypatch.setattr(engine, "MOST_WORK", 25)
    for path, raw in (
        (f"/{BRAND}/agencies", {}),  # each with all that is shared with it
        (f"/{BRAND}/owned_pages", {"fields": "id,agencies{id}"}),
        ("/me", {"fields": "id,businesses{owned_pages{id,agencies{id}}}"}),
        ("/", {"ids": ",".join(PAGES)}),
        ("/me/accounts", {}),
    ):
        with pytest.raises(TooMuch):
            api(token, "GET", path, **raw)
        assert api(token, "GET", f"/{PAGES[0]}")["id"] == PAGES[0], "and each alone is not"
    tokens = database.read_sync(lambda tx: tx.all(statements.rows_of(tables.Token)))
    assert [row.parent_id for row in tokens] == [None], "no token of a Page was made"
