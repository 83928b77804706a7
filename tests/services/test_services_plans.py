from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any

import make
import pytest
from sqlalchemy.sql.expression import ClauseElement
from story import Story

from bot.clock import PushedClock
from bot.domain.requests import Approve, Decline
from bot.services import grants
from bot.services.context import act
from bot.store.database import Database, Tx
from bot.store.drivers.sqlite import PLANS as SQLITE

GROWING = (
    "request|item|card|grant_|nudge|effect|event|person|membership|decision|assignment|comment|draft|inbox"
    "|finding"
)


def test_no_verb_scans_a_table_that_grows(
    sqlite_url: str, clock: PushedClock, monkeypatch: pytest.MonkeyPatch
):
    """SQLite knows no sizes: it plans for three rows as it would for a million."""
    run: set[str] = set()

    def noting(way: Callable[..., Any]) -> Callable[..., Any]:
        def noted(tx: Tx, statement: ClauseElement, *rows: Any, **params: Any) -> Any:
            run.add(SQLITE(statement).text)
            return way(tx, statement, *rows, **params)

        return noted

    with Database.open(sqlite_url, clock=clock) as database:
        town = make.town(database)
        story = Story(database, clock)
        for way in (Tx.all, Tx.run, Tx.many):
            monkeypatch.setattr(Tx, way.__name__, noting(way))
        given = story.submit(town.ann, people=(town.eva.id,)).request_id
        story.decide(town.dana, given, Approve())
        grant = story.grant_of(given).id
        longer = story.extend(town.ann, grant).request_id
        story.comment(town.ann, longer, "Soon?")
        story.snooze(town.dana, longer)
        story.acknowledge(town.dov, longer)
        story.decide(town.dana, longer, Decline(note="no"))
        story.undo(town.dana, given)
        again = story.submit(town.ann).request_id
        story.cancel(town.abe, again)
        once_more = story.submit(town.ann).request_id
        story.decide(town.dov, once_more, Approve())
        story.end(town.dana, story.grant_of(once_more).id, business=make.BRAND)
        whose = {"owner_id": make.BRAND, "since": clock.now()}
        database.submit(act, grants.compare_asset, make.PAGE, {}, **whose, now=clock.now()).result()
    with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))) as store:
        whole = {}
        for sql in run:
            if sql.startswith(("SELECT", "UPDATE", "DELETE")):
                plan = store.execute(f"EXPLAIN QUERY PLAN {sql}", [None] * sql.count("?")).fetchall()
                scans = [step for *_, step in plan if re.match(rf"SCAN ({GROWING})\b", step)]
                whole |= {sql: scans} if scans else {}
    assert not whole, whole
    assert len(run) > 30
