from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from typing import Any

import psycopg
import pytest
from nodes import ALL, FIND, NODE, PUT, an_event, kept, put
from sqlalchemy import (
    Column,
    Integer,
    MetaData,
    Table,
    Text,
    bindparam,
    delete,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql

from bot.errors import ConstraintBroken, StoreDown
from bot.store import journal, tables
from bot.store.database import Database, Tx
from bot.store.drivers import driver_for
from bot.store.drivers.sqlite import PLANS as SQLITE
from bot.store.types import UTCDateTime

WORKSPACE = tables.Workspace.__table__
EFFECT = tables.Effect.__table__
AN_EFFECT = {
    "key": "k",
    "kind": "POST_CARD",
    "subject_id": "1",
    "card_id": None,
    "version": 1,
    "about": "{}",
    "lane": "slack:1",
    "team_id": "T1",
    "state": "WAITING",
    "attempt": 0,
    "reads": 0,
    "marked_at": None,
    "lease_until": None,
    "error": None,
    "over_at": None,
}
AT = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)


def put_workspace(tx: Tx, at: datetime) -> None:
    tx.run(
        insert(WORKSPACE), team_id="T1", name="Ännchen % ?", url="u", bot_id="B", bot_user_id="U", seen_at=at
    )


def test_an_instant_comes_back_as_it_was_given_in_utc(database: Database):
    there = AT.astimezone(timezone(timedelta(hours=5, minutes=30)))
    database.submit(put_workspace, there).result(5)
    row = database.read_sync(lambda tx: tx.one(select(WORKSPACE)))
    assert row.seen_at == AT
    assert row.seen_at.tzinfo is UTC
    assert row.name == "Ännchen % ?"


def test_a_naive_datetime_is_refused_and_nothing_is_kept(database: Database):
    with pytest.raises(ValueError, match="naive datetime"):
        database.submit(put_workspace, AT.replace(tzinfo=None)).result(5)
    assert database.read_sync(lambda tx: tx.all(select(WORKSPACE))) == []


def test_instants_compare_as_instants(database: Database):
    database.submit(put_workspace, AT).result(5)
    due = select(WORKSPACE.c.team_id).where(WORKSPACE.c.seen_at <= bindparam("now"))
    assert database.read_sync(lambda tx: tx.one(due, now=AT)).team_id == "T1"
    assert database.read_sync(lambda tx: tx.one(due, now=AT - timedelta(microseconds=1))) is None


def test_a_row_is_read_by_the_names_the_statement_gives(database: Database):
    database.submit(put, "1").result(5)
    row = database.read_sync(
        lambda tx: tx.one(select(NODE.c.id.label("who"), func.count().label("n")).group_by(NODE.c.id))
    )
    assert (row.who, row.n) == ("1", 1)
    assert row == ("1", 1)
    assert row._asdict() == {"who": "1", "n": 1}


def test_one_finds_none_and_does_not_choose_among_several(database: Database):
    def queries(tx: Tx) -> None:
        assert tx.one(FIND, the_id="1") is None
        put(tx, "1")
        put(tx, "2")
        with pytest.raises(LookupError):
            tx.one(ALL)

    database.submit(queries).result(5)


def test_what_is_run_once_or_for_many_touches_the_rows_it_names(database: Database):
    rename = update(NODE).where(NODE.c.id == bindparam("the_id")).values(kind=bindparam("new_kind"))

    def counts(tx: Tx) -> list[int]:
        tx.many(PUT, [{"id": str(n), "kind": "PERSON"} for n in range(3)])
        tx.many(PUT, [])
        touched = [tx.touched(rename, the_id=each, new_kind="ASSET") for each in "19"]
        tx.many(rename, [{"the_id": "0", "new_kind": "GRANT"}, {"the_id": "2", "new_kind": "GRANT"}])
        return [*touched, tx.touched(delete(NODE).where(NODE.c.kind == "GRANT")), tx.touched(delete(NODE))]

    assert database.submit(counts).result(5) == [1, 0, 2, 1]


def test_a_key_that_the_database_counts_is_not_passed(database: Database):
    def effects(tx: Tx) -> list[int]:
        for key in "ab":
            tx.run(insert(EFFECT), **(AN_EFFECT | {"key": key, "due_at": AT, "put_at": AT}))
        return [row.id for row in tx.all(select(EFFECT.c.id).order_by(EFFECT.c.id))]

    first, second = database.submit(effects).result(5)
    assert second > first


def test_a_booleans_value_is_a_boolean_again(database: Database):
    listing = select(tables.BusinessRow.__table__.c.verified)
    business = {
        "id": "1",
        "name": "n",
        "folded": "n",
        "status": "ACTIVE",
        "verified": True,
        "team_id": None,
        "channel_id": None,
        "quorum": 1,
        "expires_days": 14,
        "undo_minutes": 10,
        "who_may_ask": "ANYONE",
        "api_sharing": "AT_ONCE",
        "hours": "",
        "days_off": "",
        "zone": "UTC",
        "credit_line": None,
        "funding_sources": "",
        "review_days": 0,
        "review_silence": "KEEP",
        "reviewed_at": None,
        "policy_version": 1,
        "created_at": AT,
        "weekly_at": None,
        "proposal_ends_at": None,
    }

    def verb(tx: Tx) -> object:
        tx.run(insert(tables.BusinessRow.__table__), **business)
        row = tx.one(listing)
        assert row is not None
        return row.verified

    assert database.submit(verb).result(5) is True


def test_an_enums_value_is_stored_not_its_name(database: Database):
    class Sort(StrEnum):
        SOMEONE = "PERSON"

    database.submit(lambda tx: tx.run(PUT, id="1", kind=Sort.SOMEONE)).result(5)
    assert database.read_sync(lambda tx: tx.one(select(NODE.c.kind))).kind == "PERSON"


def test_on_conflict_is_written_once_for_both_databases(database: Database):
    upsert = postgresql.insert(NODE).on_conflict_do_update(
        index_elements=["id"], set_={"kind": bindparam("then")}
    )
    ignore = postgresql.insert(NODE).on_conflict_do_nothing()

    def verb(tx: Tx) -> tuple[int, int, str]:
        put(tx, "1")
        ignored = tx.touched(ignore, id="1", kind="ASSET")
        updated = tx.touched(upsert, id="1", kind="ASSET", then="GRANT")
        row = tx.one(select(NODE.c.kind))
        assert row is not None
        return ignored, updated, row.kind

    assert database.submit(verb).result(5) == (0, 1, "GRANT")


def test_constants_stand_in_the_statement_also_in_lists_and_patterns(database: Database):
    query = select(NODE.c.id).where(
        NODE.c.kind.in_(["PERSON", "ASSET"]), NODE.c.id.like("1%"), NODE.c.id != bindparam("but")
    )

    def verb(tx: Tx) -> list[str]:
        for node_id in ("10", "11", "20"):
            put(tx, node_id)
        return [row.id for row in tx.all(query, but="11")]

    assert database.submit(verb).result(5) == ["10"]


def test_a_constant_is_seen_by_the_planner_so_that_a_partial_index_is_used(sqlite_url: str):
    due = SQLITE(select(EFFECT.c.id).where(EFFECT.c.state == "WAITING", EFFECT.c.due_at <= bindparam("now")))
    with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))) as connection:
        plan = connection.execute(f"EXPLAIN QUERY PLAN {due.text}", [0]).fetchall()
    assert "effect_due" in plan[0][3]


DEFAULTED = Table(
    "node", MetaData(), Column("id", Text, primary_key=True), Column("kind", Text, default="PERSON")
)


@pytest.mark.parametrize(
    ("statement", "params"),
    [
        pytest.param(PUT, {"id": "1"}, id="a column is left out"),
        pytest.param(PUT, {"id": "1", "kind": "PERSON", "more": 1}, id="a parameter too many"),
        pytest.param(FIND, {"id": "1"}, id="a parameter has another name"),
        pytest.param(update(NODE), {"id": "1"}, id="an update without its columns"),
        pytest.param(
            select(NODE).where(NODE.c.id.in_(bindparam("ids", expanding=True))),
            {"ids": ["1"]},
            id="a list of unknown length",
        ),
        pytest.param(
            insert(DEFAULTED).values(id=bindparam("the_id")), {"the_id": "1"}, id="a default of SQLAlchemy's"
        ),
    ],
)
def test_what_core_would_fill_in_implicitly_is_refused(database: Database, statement, params):
    with pytest.raises(TypeError):
        database.submit(lambda tx: tx.run(statement, **params)).result(5)
    assert kept(database) == []


def test_text_statements_run_too(database: Database):
    query = text("SELECT :at AS at").bindparams(bindparam("at", type_=UTCDateTime)).columns(at=UTCDateTime)
    assert database.read_sync(lambda tx: tx.one(query, at=AT)).at == AT


def test_a_write_that_breaks_a_constraint_says_so(database: Database):
    database.submit(put, "1").result(5)
    with pytest.raises(ConstraintBroken):
        database.submit(put, "1").result(5)
    with pytest.raises(ConstraintBroken):
        database.submit(lambda tx: tx.run(PUT, id="2", kind="NONSENSE")).result(5)
    assert kept(database) == ["1"]


def test_a_read_changes_nothing(database: Database):
    with pytest.raises(Exception, match=r"read-?only|readonly"):
        database.read_sync(put, "1")
    with pytest.raises(TypeError):
        database.read_sync(lambda tx: journal.append(tx, an_event()))
    assert kept(database) == []


def test_a_read_sees_one_state_throughout(database: Database):
    with database.reading() as tx:
        assert tx.all(ALL) == []
        database.submit(put, "1").result(5)
        assert tx.all(ALL) == []
    assert kept(database) == ["1"]


def test_a_read_that_failed_does_not_spoil_the_next(database: Database):
    for _ in range(10):
        with pytest.raises(ZeroDivisionError):
            database.read_sync(lambda _: 1 / 0)
        with pytest.raises(Exception, match="no_such_table"):
            database.read_sync(lambda tx: tx.all(text("SELECT 1 FROM no_such_table")))
    assert kept(database) == []


@pytest.mark.covers("F39")
@pytest.mark.postgres
def test_a_read_that_ends_after_the_store_was_closed_keeps_no_connection(database_url: str, clock):
    opened: list[Any] = []
    driver = type(driver_for(database_url))

    def connect(self: Any, *, readonly: bool, plain: Any = driver.connect) -> Any:
        opened.append(plain(self, readonly=readonly))
        return opened[-1]

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(driver, "connect", connect)
        database = Database.open(database_url, clock=clock)
        with database.reading() as tx:
            assert tx.all(ALL) == []
            database.close()
    for connection in opened:
        with pytest.raises((sqlite3.ProgrammingError, psycopg.OperationalError), match="closed"):
            connection.execute("SELECT 1")


def test_reads_survive_a_server_that_dropped_their_connections(postgresql_url: str, clock):
    with Database.open(postgresql_url, clock=clock) as database:
        assert kept(database) == []
        end_it = text("SELECT pg_terminate_backend(pg_backend_pid())").columns(gone=Text)
        with pytest.raises(StoreDown):
            database.read_sync(lambda tx: tx.all(end_it))
        assert kept(database) == []


@pytest.mark.covers("F39")
@pytest.mark.postgres
def test_what_was_read_is_answered_though_the_server_goes_before_the_read_is_closed(
    postgresql_url: str, clock
):
    with Database.open(postgresql_url, clock=clock) as database, psycopg.connect(postgresql_url) as admin:

        def read(tx: Tx) -> int:
            (row,) = tx.all(text("SELECT pg_backend_pid() AS pid").columns(pid=Integer))
            admin.execute("SELECT pg_terminate_backend(%s, 5000)", [row.pid])
            return 1

        assert database.read_sync(read) == 1
        assert kept(database) == []
