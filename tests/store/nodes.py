"""The smallest verbs and statements to test the store with: ids in the table `node`."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, insert, select

from bot.store import journal, tables
from bot.store.database import Database, Tx

NODE = tables.Node.__table__
PUT = insert(NODE)
FIND = select(NODE.c.id).where(NODE.c.id == bindparam("the_id"))
ALL = select(NODE.c.id).order_by(NODE.c.id)


def put(tx: Tx, node_id: str) -> str:
    """Keep an id: the smallest verb."""
    tx.run(PUT, id=node_id, kind="PERSON")
    return node_id


def append(tx: Tx, event: journal.Event) -> int:
    """Append to the journal and return the event's number."""
    journal.append(tx, event)
    assert tx.head is not None
    return tx.head.seq


def put_and_tell(tx: Tx, node_id: str, **event: Any) -> int:
    put(tx, node_id)
    return append(tx, an_event(subject_id=node_id, **event))


def kept(database: Database) -> list[str]:
    return [row.id for row in database.read_sync(lambda tx: tx.all(ALL))]


def an_event(**fields: Any) -> journal.Event:
    values = {
        "kind": "request.approved",
        "subject_kind": "request",
        "subject_id": "123",
        "business_id": "1",
        "counterpart_id": "2",
        "from_state": "PENDING",
        "to_state": "APPROVED",
        "version": 2,
        "actor": {"kind": "person", "id": "7", "team": "T1", "user": "U1", "role": "ADMIN"},
        "source": "button",
        "policy_version": 1,
        "data": {"approvals": 1, "tasks": ["ADVERTISE"], "risky": False, "note": None},
    }
    return journal.Event(**(values | fields))
