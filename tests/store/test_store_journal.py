from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType

import pytest
from nodes import an_event, append, put
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.pool import NullPool

from bot.clock import PushedClock
from bot.errors import ConstraintBroken
from bot.store import journal, tables
from bot.store.anchors import drop_anchor, read_anchors
from bot.store.chain import GENESIS, canonical
from bot.store.database import Database, Tx
from bot.store.drivers import Driver
from bot.store.tx import Head
from bot.store.verifying import Finding, Verdict, verify

AT = datetime(2026, 5, 4, 3, 2, 1, 654321, tzinfo=UTC)


def record(tx: Tx, **fields: object) -> int:
    return append(tx, an_event(**fields))


@pytest.fixture
def written(database: Database) -> Database:
    """A store whose journal has five events; the third with a text that somebody typed."""
    for n in range(1, 6):
        typed = "Bitte für „Q1“ \u2028 <!channel>" if n == 3 else None
        database.submit(record, subject_id=str(n), text=typed, at=AT + timedelta(days=n)).result(5)
    return database


UNLOCK = {
    "sqlite": [
        f"DROP TRIGGER {name}" for name in ("event_no_update", "event_no_delete", "event_text_no_update")
    ],
    "postgresql": [
        "DROP FUNCTION journal_refuses() CASCADE",
        "ALTER TABLE event_text DROP CONSTRAINT event_text_seq_fkey",
    ],
}


def tamper(url: str, *statements: str) -> None:
    """Change the store as somebody with the keys to it could: the triggers go first."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    engine = create_engine(parsed, poolclass=NullPool)
    with engine.begin() as connection:
        for statement in (*UNLOCK[engine.dialect.name], *statements):
            connection.exec_driver_sql(statement)


# --- the chain


def test_an_event_comes_back_as_it_was_recorded(written: Database):
    (event,) = written.read_sync(journal.history, "request", "3")
    assert (event.seq, event.at, event.kind) == (3, AT + timedelta(days=3), "request.approved")
    assert (event.from_state, event.to_state, event.version) == ("PENDING", "APPROVED", 2)
    assert event.actor == an_event().actor
    assert event.data == an_event().data
    assert event.text == "Bitte für „Q1“ \u2028 <!channel>"


@pytest.mark.covers("T32", "I9")
def test_numbers_have_no_gaps_though_verbs_fail_between(database: Database, held):
    def fail(tx: Tx) -> None:
        record(tx)
        raise RuntimeError

    with held():
        answers = [database.submit(verb) for verb in (record, fail, record, fail, fail, record)]
    assert [answer.result(5) for answer in answers[::5]] == [1, 3]
    assert database.verify() == Verdict(Finding.SOUND, 3)


def test_a_query_cannot_record_an_event(database: Database):
    with pytest.raises(TypeError, match="a read cannot append"):
        database.read_sync(record)
    assert database.read_sync(journal.head).seq == 0


def test_without_a_time_of_its_own_an_event_has_business_time(database: Database, clock: PushedClock):
    clock.push(timedelta(days=100))
    database.submit(record, at=None).result(5)
    (event,) = database.read_sync(journal.history, "request", "123")
    assert abs(event.at - clock.now()) < timedelta(minutes=1)


def test_the_hash_can_be_computed_by_anyone_from_the_export(written: Database):
    previous = "0" * 64
    with written.reading() as tx:
        for line in journal.export(tx):
            row = json.loads(line)
            canonical = json.dumps(row["event"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
            assert line.startswith('{"event":' + canonical)
            assert row["event"]["prev"] == previous
            assert row["hash"] == hashlib.sha256(canonical.encode()).hexdigest()
            if row["text"] is not None:
                salted = f"{row['salt']}:{row['text']}".encode()
                assert row["event"]["text_hash"] == hashlib.sha256(salted).hexdigest()
                assert len(row["salt"]) == 32, "128 bits, so that no text can be found by trying"
            previous = row["hash"]
    assert written.read_sync(journal.head) == Head(5, previous)


def test_an_event_is_hashed_over_this_form_and_no_other(sqlite_url: str, clock: PushedClock):
    """With another form every journal that was ever written would be unsound."""
    with Database.open(sqlite_url, clock=clock) as database:
        database.submit(record, subject_id="„7“", version=None, at=AT).result(5)
        with database.reading() as tx:
            (line,) = journal.export(tx)
    form = (
        '{"actor":{"id":"7","kind":"person","role":"ADMIN","team":"T1","user":"U1"},"at":1777863721654321,'
        '"business_id":"1","counterpart_id":"2",'
        '"data":{"approvals":1,"note":null,"risky":false,"tasks":["ADVERTISE"]},'
        '"from_state":"PENDING","inbox_key":null,"kind":"request.approved","policy_version":1,'
        f'"prev":"{"0" * 64}","seq":1,"source":"button","subject_id":"„7“","subject_kind":"request",'
        '"text_hash":null,"to_state":"APPROVED","version":null}'
    )
    digest = hashlib.sha256(form.encode()).hexdigest()
    assert line == f'{{"event":{form},"hash":"{digest}","salt":null,"text":null}}'


def test_an_event_needs_no_more_than_who_did_what_to_what(sqlite_url: str, clock: PushedClock):
    least = journal.Event(kind="a", subject_kind="b", subject_id="c", actor={}, source="d")
    with Database.open(sqlite_url, clock=clock) as database:
        database.submit(lambda tx: journal.append(tx, least)).result(5)
        (event,) = database.read_sync(journal.history, "b", "c")
        assert (event.data, event.version, event.business_id, event.text) == ({}, None, None, None)
        assert database.verify().sound


def test_the_export_is_filtered_by_business_on_either_side_and_by_time(database: Database):
    database.submit(record, business_id="1", counterpart_id="2", at=AT).result(5)
    database.submit(record, business_id="2", counterpart_id="3", at=AT + timedelta(days=1)).result(5)
    database.submit(record, business_id=None, counterpart_id=None, at=AT + timedelta(days=2)).result(5)

    def numbers(**wanted: object) -> list[int]:
        with database.reading() as tx:
            return [json.loads(line)["event"]["seq"] for line in journal.export(tx, **wanted)]

    assert numbers() == [1, 2, 3]
    assert numbers(business="2") == [1, 2]
    assert numbers(business="3") == [2]
    assert numbers(since=AT + timedelta(days=1)) == [2, 3]
    assert numbers(until=AT + timedelta(days=1)) == [1]
    assert numbers(business="1", since=AT, until=AT + timedelta(days=9)) == [1]


def test_two_spellings_of_one_text_are_one(database: Database):
    assert canonical({"b": "e\u0301", "a": (True, None, 1)}) == '{"a":[true,null,1],"b":"é"}'
    assert canonical(MappingProxyType({"e\u0301": {"c": "d"}})) == '{"é":{"c":"d"}}'
    database.submit(record, subject_id="e\u0301", text="e\u0301").result(5)
    (event,) = database.read_sync(journal.history, "request", "é")
    assert event.text == "é"
    assert database.verify().sound


@pytest.mark.parametrize("value", [0.5, {"x": {1: 2}}, {"x": AT}, {"x": b"1"}, {1: 1}])
def test_what_has_no_single_form_is_refused(value: object):
    with pytest.raises(TypeError):
        canonical(value)


# --- what was typed


def test_what_was_typed_can_be_erased_without_breaking_the_chain(written: Database):
    third = {"subject_kind": "request", "subject_id": "3"}
    assert written.submit(journal.erase_texts, **third).result(5) == 1
    assert written.submit(journal.erase_texts, **third).result(5) == 0
    (event,) = written.read_sync(journal.history, "request", "3")
    assert event.text is None
    assert written.verify() == Verdict(Finding.SOUND, 5)
    with written.reading() as tx:
        assert "Bitte" not in "".join(journal.export(tx))


def test_equal_texts_do_not_show_as_equal_in_the_chain(database: Database):
    for _ in range(2):
        database.submit(record, text="yes").result(5)
    with database.reading() as tx:
        hashes = {json.loads(line)["event"]["text_hash"] for line in journal.export(tx)}
    assert len(hashes) == 2


# --- nobody changes it


@pytest.mark.covers("T31")
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE event SET kind = 'x' WHERE seq = 2",
        "DELETE FROM event WHERE seq = 5",
        "UPDATE event_text SET text = 'x' WHERE seq = 3",
    ],
)
def test_the_database_refuses_to_change_the_journal(written: Database, change: str):
    with pytest.raises(Exception, match="the journal cannot be changed"):
        written.submit(lambda tx: tx.run(text(change))).result(5)
    assert written.verify() == Verdict(Finding.SOUND, 5)


COLUMNS = {
    "at": {"sqlite": "at + 1", "postgresql": "at + interval '1 microsecond'"},
    "kind": "'x'",
    "subject_kind": "'x'",
    "subject_id": "'x'",
    "business_id": "'9'",
    "counterpart_id": "NULL",
    "from_state": "NULL",
    "to_state": "'DECLINED'",
    "version": "3",
    "actor": "replace(actor, '\"7\"', '\"8\"')",
    "source": "'api'",
    "inbox_key": "'event:1'",
    "policy_version": "NULL",
    "data": "replace(data, ',', ', ')",
    "text_hash": "'00'",
    "prev": "hash",
    "hash": "prev",
}


def test_every_column_of_an_event_is_tried():
    assert {*COLUMNS, "seq"} == set(tables.table_of(tables.Event).columns.keys())


@pytest.mark.covers("T31", "I9")
def test_an_altered_event_is_found_in_every_column_of_every_row(written: Database, driver: Driver):
    connection = driver.connect(readonly=False)
    driver.begin_write(connection)
    tx = Tx(driver, connection, now=lambda: AT)
    for trigger in UNLOCK[tx.dialect]:
        tx.run(text(trigger))
    verdicts = {}
    for column, value in COLUMNS.items():
        new = value[tx.dialect] if isinstance(value, dict) else value
        for seq in range(1, 6):
            tx.command("SAVEPOINT intact")
            assert tx.touched(text(f"UPDATE event SET {column} = {new} WHERE seq = {seq}")) == 1
            verdicts[column, seq] = verify(tx)
            tx.command("ROLLBACK TO SAVEPOINT intact")
    assert verify(tx).sound
    connection.close()
    assert verdicts == {(column, seq): Verdict(Finding.ALTERED, seq) for column, seq in verdicts}


@pytest.mark.covers("T31", "I9")
@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        pytest.param(["UPDATE event_text SET text = 'x'"], Verdict(Finding.ALTERED, 3), id="another text"),
        pytest.param(["UPDATE event_text SET salt = 'x'"], Verdict(Finding.ALTERED, 3), id="another salt"),
        pytest.param(
            ["INSERT INTO event_text (seq, salt, text) VALUES (4, 's', 'x')"],
            Verdict(Finding.ALTERED, 4),
            id="a text that nobody typed",
        ),
        pytest.param(
            ["DELETE FROM event WHERE seq = 1"], Verdict(Finding.MISSING, 1), id="the first is gone"
        ),
        pytest.param(["DELETE FROM event WHERE seq = 3"], Verdict(Finding.MISSING, 3), id="one is gone"),
        pytest.param(
            ["DELETE FROM event WHERE seq >= 4"], Verdict(Finding.MISSING, 4), id="the end is cut off"
        ),
        pytest.param(["DELETE FROM event"], Verdict(Finding.MISSING, 1), id="all are gone"),
        pytest.param(
            ["UPDATE event SET seq = 9 WHERE seq = 4"],
            Verdict(Finding.MISSING, 4),
            id="one has another number",
        ),
        pytest.param(
            [
                "UPDATE event SET seq = -2 WHERE seq = 2",
                "UPDATE event SET seq = 2 WHERE seq = 4",
                "UPDATE event SET seq = 4 WHERE seq = -2",
            ],
            Verdict(Finding.ALTERED, 2),
            id="two are swapped",
        ),
        pytest.param(
            ["UPDATE event SET seq = 0 WHERE seq = 5"], Verdict(Finding.SURPLUS, 0), id="one before the first"
        ),
        pytest.param(
            ["UPDATE journal_head SET seq = 3"], Verdict(Finding.SURPLUS, 4), id="more than the head says"
        ),
        pytest.param(["UPDATE journal_head SET hash = 'x'"], Verdict(Finding.HEAD, 5), id="another head"),
        pytest.param(["DELETE FROM journal_head"], Verdict(Finding.SURPLUS, 1), id="no head"),
    ],
)
def test_what_is_wrong_first_is_named(
    written: Database, database_url: str, changes: list[str], verdict: Verdict
):
    tamper(database_url, *changes)
    assert written.verify() == verdict


@pytest.mark.covers("T31")
def test_an_event_forged_with_a_fitting_hash_is_found_by_the_next_one(written: Database, database_url: str):
    with written.reading() as tx:
        third = json.loads([*journal.export(tx)][2])["event"]
    fitting = hashlib.sha256(canonical(third | {"to_state": "DECLINED"}).encode()).hexdigest()
    tamper(database_url, f"UPDATE event SET to_state = 'DECLINED', hash = '{fitting}' WHERE seq = 3")
    assert written.verify() == Verdict(Finding.ALTERED, 4)


def test_a_verdict_reads_as_words():
    assert str(Verdict(Finding.SOUND, 5)) == "sound, 5 events"
    assert str(Verdict(Finding.ALTERED, 3)) == "altered at 3"
    assert str(Verdict(Finding.MISSING, 3)) == "rows missing at 3"


def test_a_long_journal_is_checked_to_its_end(database: Database, database_url: str):
    """It is read in pieces of 200."""
    database.submit(lambda tx: [record(tx) for _ in range(450)]).result(30)
    assert database.verify() == Verdict(Finding.SOUND, 450)
    tamper(database_url, "UPDATE event SET kind = 'x' WHERE seq = 449")
    assert database.verify() == Verdict(Finding.ALTERED, 449)


# --- the anchor


@pytest.fixture
def anchored(database_url: str, clock: PushedClock, tmp_path: Path):
    with Database.open(database_url, clock=clock, anchor=tmp_path / "anchor") as database:
        for _ in range(3):
            database.submit(record).result(5)
        database.anchor()
        database.submit(record).result(5)
        database.anchor()
        database.anchor()
        yield database


@pytest.mark.covers("T31")
def test_the_head_is_kept_outside_each_time_it_has_moved(anchored: Database, tmp_path: Path):
    anchors = read_anchors(tmp_path / "anchor")
    assert [anchor.seq for anchor in anchors] == [3, 4]
    assert anchored.read_sync(journal.head) == anchors[-1]
    assert anchored.verify() == Verdict(Finding.SOUND, 4)


@pytest.mark.covers("T31", "F40")
def test_a_journal_that_was_rewritten_differs_from_its_anchor(
    anchored: Database, database_url: str, tmp_path: Path
):
    tamper(
        database_url,
        "DELETE FROM event",
        f"UPDATE journal_head SET seq = 0, hash = '{GENESIS}'",
    )
    for _ in range(6):
        anchored.submit(record, kind="request.declined").result(5)
    assert anchored.read_sync(verify) == Verdict(Finding.SOUND, 6)
    assert anchored.verify() == Verdict(Finding.ANCHOR, 3)


@pytest.mark.covers("T31", "F40")
def test_a_cut_tail_with_a_head_set_back_differs_from_its_anchor(
    anchored: Database, database_url: str, tmp_path: Path
):
    with anchored.reading() as tx:
        third = read_anchors(tmp_path / "anchor")[0]
        assert third.seq == 3
        assert journal.head(tx).seq == 4
    tamper(
        database_url,
        "DELETE FROM event WHERE seq = 4",
        f"UPDATE journal_head SET seq = 3, hash = '{third.hash}'",
    )
    assert anchored.read_sync(verify) == Verdict(Finding.SOUND, 3)
    assert anchored.verify() == Verdict(Finding.ANCHOR, 4)


@pytest.mark.covers("T31", "F40")
def test_closing_keeps_the_head_beside_a_sqlite_store(sqlite_url: str, clock: PushedClock):
    with Database.open(sqlite_url, clock=clock) as database:
        database.submit(record).result(5)
    (anchor,) = read_anchors(Path(sqlite_url.removeprefix("sqlite:///") + ".anchor"))
    assert anchor.seq == 1


def test_an_empty_journal_is_not_anchored(sqlite_url: str, clock: PushedClock):
    with Database.open(sqlite_url, clock=clock) as database:
        database.submit(put, "1").result(5)
    assert not Path(sqlite_url.removeprefix("sqlite:///") + ".anchor").exists()


@pytest.mark.parametrize("torn", [b"2 bbbb", b"2 bb\xff\xc3"])
def test_a_torn_line_in_the_anchor_file_does_not_spoil_the_next(tmp_path: Path, torn: bytes):
    path = tmp_path / "anchor"
    drop_anchor(path, Head(1, "a" * 64), at=AT)
    with path.open("ab") as file:
        file.write(torn)
    drop_anchor(path, Head(3, "c" * 64), at=AT)
    assert [anchor.seq for anchor in read_anchors(path)] == [1, 3]


def test_the_head_cannot_be_doubled(database: Database):
    double = text("INSERT INTO journal_head (id, seq, hash, fence) VALUES (2, 0, '', 0)")
    with pytest.raises(ConstraintBroken):
        database.submit(lambda tx: tx.run(double)).result(5)
