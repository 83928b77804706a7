"""Whatever the clock and the outbox's worker run finds its rows by an index, however many rows there are."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import make
import pytest
from bench_crowd import NOW, Adding, Crowd, request_id
from sqlalchemy import select
from unkept import unkept

from bot.domain.grants import GrantState
from bot.domain.requests import RequestState
from bot.services import context, sweeps
from bot.services import delivery as deliveries
from bot.services.context import act
from bot.store import tables
from bot.store.drivers import Driver
from bot.store.tables import EffectState
from bot.store.tx import Tx

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
_card: Any = tables.Card.__table__  # type: ignore[attr-defined]
SOME_CARDS = select(_card.c.id).order_by(_card.c.id).limit(100)
MANY = 2000
INDEX = re.compile(r"USING (?:COVERING )?INDEX (\w+)")
WHOLE = re.compile(r"^SCAN|person_by_user \(team_id=\?\)$")  # all people of a workspace are as bad
GROWING = {"request", "item", "card", "grant_", "nudge", "effect"}
"""What the crowd fills. PostgreSQL rightly reads small tables whole, SQLite knows no sizes."""


class Watched(Tx):
    """A transaction that asks the database how it would run each statement before it does."""

    def __init__(self, driver: Driver, connection: Any, *, now: Callable[[], datetime]) -> None:
        super().__init__(driver, connection, now=now)
        self.prepared = driver.plans
        self.looking = connection.cursor()
        self.plans: dict[str, list[str]] = {}

    def all(self, statement: Any, /, **params: Any) -> Any:
        self._explain(statement, params)
        return super().all(statement, **params)

    def run(self, statement: Any, /, **params: Any) -> Any:
        self._explain(statement, params)
        return super().run(statement, **params)

    def _explain(self, statement: Any, params: Mapping[str, Any]) -> None:
        ready, is_sqlite = self.prepared(statement), self.dialect == "sqlite"
        self.looking.execute(
            ("EXPLAIN QUERY PLAN " if is_sqlite else "EXPLAIN (FORMAT JSON) ") + ready.text,
            ready.bind(params),
        )
        steps = self.looking.fetchall()
        self.plans[ready.text] = (
            [row[3] for row in steps] if is_sqlite else list(_nodes(steps[0][0][0]["Plan"]))
        )


def _nodes(node: Mapping[str, Any]) -> Iterator[str]:
    """Say of PostgreSQL's plan which tables it reads, in SQLite's words: by what, or all of it."""
    by = node.get("Index Cond") or node.get("Recheck Cond")
    if node.get("Relation Name") in GROWING and node["Node Type"].endswith("Scan"):
        yield f"{'SEARCH' if by else 'SCAN'} {node['Relation Name']} {by or ''}"
    if "Index Name" in node:
        yield f"USING INDEX {node['Index Name']}"
    for inner in node.get("Plans", ()):
        yield from _nodes(inner)


def fill(adding: Adding) -> None:
    """Give each of the sweeps something to do, and to the worker."""
    past = {"expires_at": NOW - HOUR}
    adding.businesses(range(5), weekly_at=NOW - HOUR, review_days=90, reviewed_at=NOW - 91 * DAY)
    adding.businesses(range(5, 40), weekly_at=NOW - HOUR, proposal_ends_at=NOW - HOUR)
    adding.reviews(range(10), due_at=NOW - HOUR)
    adding.reviews(range(10, 40), due_at=NOW + HOUR)
    adding.contracts(range(5), of=make.AGENCY, due_at=NOW - HOUR)
    adding.contracts(range(5, 40), of=make.AGENCY, due_at=NOW + HOUR)
    adding.requests(range(10), **past)
    adding.requests(range(10, 20), nudge_at=NOW - HOUR)
    adding.requests(range(20, 30), warn_at=NOW - HOUR)
    adding.requests(range(30, 40), state=RequestState.APPROVED, undo_until=NOW - HOUR)
    adding.requests(range(40, MANY))
    adding.grants(range(10), on=lambda n: request_id(n + 30), ends_at=NOW - HOUR, warn_at=None)
    adding.grants(range(10, 20), on=lambda n: request_id(n + 20), warn_at=NOW - HOUR)
    leaving = {"state": GrantState.ENDING, "asked_at": NOW, "look_at": NOW - HOUR, "warn_at": None}
    adding.grants(range(20, 30), on=request_id, **leaving)
    adding.grants(range(30, MANY), on=request_id)
    adding.marks(range(40, 50), person=adding.approver, due_at=NOW - HOUR)
    adding.marks(range(50, MANY), person=adding.approver)
    adding.homes()
    adding.effects(range(40, 50))
    adding.effects(range(50, 60), state=EffectState.DONE, over_at=NOW - 2 * sweeps.SENT_KEPT)
    adding.effects(range(60, MANY), due_at=NOW + HOUR)


SUBJECTS = ("request", "draft", "grant_", "creation", "finding", "review", "review_question")
OF_SUBJECTS = {f"sqlite_autoindex_{one}_1" for one in SUBJECTS} | {f"{one}_pkey" for one in SUBJECTS}
DUE_BY = {
    "end_due": {"grant_due"},
    "look_due": {"grant_look"},
    "expire_due": {"request_due"},
    "expire_drafts_due": {"draft_due"},
    "expire_prepared_due": {"creation_due"},
    "close_undo_due": {"request_undo"},
    "contracts_due": {"contract_due"},
    "ignored_due": {"finding_ignored"},
    "stand_ins_due": {"stand_in_due"},
    "proposals_due": {"business_proposal"},
    "open_due": {"business_review"},
    "reviews_due": {"review_due"},
    "questions_due": {"review_question_due"},
    "warn_requester_due": {"request_warn"},
    "warn_due": {"grant_warn"},
    "nudge_due": {"request_nudge"},
    "digest_due": {"nudge_due"},
    "weekly_due": {"business_weekly"},
    "send_due": {"journal_head_pkey", "sqlite_autoindex_journal_head_1"},
    "forget_sent_due": {"effect_over", "sqlite_autoindex_effect_1", "effect_pkey"},
    "forget_inbox": {"inbox_due", "inbox_pkey", "sqlite_autoindex_inbox_1"},
    "repair": {"sqlite_autoindex_card_1", "card_pkey"} | OF_SUBJECTS | {"effect_lane"},
    "is_work": {"effect_due", "effect_lane"},
    "claim": {"effect_leased"},
}
"""The indexes that the first statement of each step uses, and no others: those of the rows that wait."""

STEPS: dict[str, Callable[..., Any]] = {
    **{
        sweep.__name__: lambda tx, *, now, limit, sweep=sweep: act(tx, sweep, now=now, limit=limit)
        for sweep in (*sweeps.BUSINESS_SWEEPS, sweeps.forget_sent_due)
    },
    "repair": lambda tx, *, now, **_: act(tx, deliveries.catch_up, some_cards(tx), now=now),
    "forget_inbox": lambda tx, *, now, **_: sweeps.forget_due(tx, real=now),
    "is_work": lambda tx, *, now, **_: deliveries.is_work(tx, real=now),
    "claim": lambda tx, *, now, limit: act(tx, deliveries.claim, most=limit, now=now, real=now),
}


def some_cards(tx: Any) -> list[str]:
    """The ids that a reader would have found: not one of the step's own statements, so not watched."""
    return [row.id for row in Tx.all(tx, SOME_CARDS)]


IDLE = {
    *("expire_drafts_due", "expire_prepared_due", "forget_inbox", "ignored_due", "send_due"),
    "stand_ins_due",
}
"""Nothing in the crowd is due for these: only what they look for is seen here."""


def test_no_step_of_the_clock_or_the_worker_reads_a_whole_table(database_url: str):
    crowd = Crowd(database_url)
    crowd.fill(fill)
    done, whole, used = {}, {}, {}

    for step, of in STEPS.items():
        with unkept(crowd.url, crowd.clock, kind=Watched) as tx:
            if tx.dialect == "postgresql":  # some tables are small here: it would rather read them whole
                tx.command("SET LOCAL enable_seqscan = off")
            done[step] = of(tx, now=NOW, limit=100)
            first, *_ = tx.plans.values()
            used[step] = {name for how in first for name in INDEX.findall(how)}
            whole[step] = {sql: plan for sql, plan in tx.plans.items() if any(map(WHOLE.search, plan))}
    assert {step for step, number in done.items() if not number} == IDLE
    whole = {step: found for step, found in whole.items() if found}
    assert not whole, whole
    assert {step: names for step, names in used.items() if not names <= DUE_BY[step]} == {}


@pytest.mark.case("6.3")
def test_a_step_leaves_the_rest_when_it_has_done_enough_and_the_steps_come_to_an_end(
    database_url: str, monkeypatch: pytest.MonkeyPatch
):
    crowd = Crowd(database_url)
    crowd.fill(fill)
    monkeypatch.setattr(context, "MOST_WORK", 0)
    taken: dict[str, list[int]] = {}
    with crowd.open() as database:
        for sweep in sweeps.BUSINESS_SWEEPS:
            steps = taken[sweep.__name__] = []
            while done := database.submit(act, sweep, now=NOW, limit=100).result(10):
                steps.append(done)
                assert len(steps) < MANY
    assert {step for step, steps in taken.items() if not steps} == IDLE - {"forget_inbox"}
    assert {number for steps in taken.values() for number in steps} == {1}
