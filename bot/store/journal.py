"""The journal: every change, denial and setting is one event in a chain of hashes that anyone can check.

Here events are appended, read and exported; `bot.store.chain` has what is hashed of one, and
`bot.store.verifying` checks the whole. What people typed is in the chain only as a salted hash; the text and
its salt stand in `event_text` and can be erased without breaking the chain.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, Text, bindparam, cast, delete, func, insert, or_, select, type_coerce, update

from bot.store import tables
from bot.store.chain import FIELDS, canonical, canonical_row, hash_of, hash_of_text, json_string, nfc
from bot.store.tx import Head
from bot.store.types import Microseconds, UTCDateTime, microseconds

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.store.compiled import Row
    from bot.store.tx import Tx


_CHUNK = 200
"""Rows read at a time. Measured: with a thousand, verifying takes half as long again, since they do not
fit into a core's cache."""
_BEFORE_ALL = -(2**62)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What happened: an event to be appended.

    `actor` and `data` hold strings, whole numbers, booleans, None, lists and dicts of them.
    `text` is what a person typed. `at` is business time; without it, the time of the append.
    """

    kind: str
    subject_kind: str
    subject_id: str
    actor: Mapping[str, Any]
    source: str
    business_id: str | None = None
    counterpart_id: str | None = None
    from_state: str | None = None
    to_state: str | None = None
    version: int | None = None
    policy_version: int | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    text: str | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """An event as it stands in the journal. `text` is None if nothing was typed or it was erased."""

    seq: int
    at: datetime
    kind: str
    subject_kind: str
    subject_id: str
    business_id: str | None
    counterpart_id: str | None
    from_state: str | None
    to_state: str | None
    version: int | None
    actor: dict[str, Any]
    source: str
    policy_version: int | None
    data: dict[str, Any]
    text: str | None


_event = tables.table_of(tables.Event)
_text = tables.table_of(tables.EventText)
_head = tables.table_of(tables.JournalHead)

_INSERT = insert(_event)
_INSERT_TEXT = insert(_text)
_ERASE_TEXTS = delete(_text).where(
    _text.c.seq.in_(
        select(_event.c.seq).where(
            _event.c.subject_kind == bindparam("kind"), _event.c.subject_id == bindparam("subject")
        )
    ),
    _text.c.text != bindparam("but"),
)
_HEAD = select(_head.c.seq, _head.c.hash).where(_head.c.id == 1)
_LOCK_HEAD = (
    _HEAD.with_for_update()
)  # compiles to a plain SELECT on SQLite, where BEGIN IMMEDIATE is the lock
_SET_HEAD = (
    update(_head).where(_head.c.id == 1).values(seq=bindparam("last_seq"), hash=bindparam("last_hash"))
)
_FENCE = update(_head).where(_head.c.id == 1).values(fence=_head.c.fence + 1)

_hashed = itemgetter(*FIELDS)
_PREV, _SEQ = ',"prev":"', '","seq":'
_UNPLACED = f"{_PREV}{_SEQ}0"

# Where a place in the chain is found by the server (PostgreSQL): the same text, hashed there.
_next: Any = _head.c.seq + 1
_PLACED = (
    bindparam("before", type_=Text)
    + _head.c.hash
    + bindparam("between", type_=Text)
    + cast(_next, Text)
    + bindparam("after", type_=Text)
)
_given = [column.name for column in _event.c if column.name not in ("seq", "prev", "hash")]
_PLACE = insert(_event).from_select(
    [*_given, "seq", "prev", "hash"],
    select(
        *(bindparam(name, type_=_event.c[name].type) for name in _given),
        _next,
        _head.c.hash,
        func.encode(func.sha256(func.convert_to(_PLACED, "UTF8")), "hex"),
    ).where(_head.c.id == 1),
)
_PLACE_TEXT = insert(_text).from_select(
    ["seq", "salt", "text"],
    select(_next, bindparam("salt", type_=Text), bindparam("text", type_=Text)).where(_head.c.id == 1),
)
_MOVE_HEAD = (
    update(_head).where(_head.c.id == 1, _event.c.seq == _next).values(seq=_event.c.seq, hash=_event.c.hash)
)
_at = type_coerce(_event.c.at, Microseconds).label("at")
_WHOLE = select(
    *(_at if name == "at" else _event.c[name] for name in FIELDS), _event.c.hash, _text.c.salt, _text.c.text
).outerjoin_from(_event, _text, _event.c.seq == _text.c.seq)
_AFTER = _WHOLE.where(_event.c.seq > bindparam("after")).order_by(_event.c.seq).limit(_CHUNK)
_NUMBERED = _WHOLE.where(_event.c.seq > bindparam("after"), _event.c.seq <= bindparam("last")).order_by(
    _event.c.seq
)
_HISTORY = (
    select(_event, _text.c.text)
    .outerjoin_from(_event, _text, _event.c.seq == _text.c.seq)
    .where(_event.c.subject_kind == bindparam("the_kind"), _event.c.subject_id == bindparam("the_id"))
    .order_by(_event.c.seq)
)
_business: Any = bindparam("business", type_=Text)
_since: Any = bindparam("since", type_=UTCDateTime)
_until: Any = bindparam("until", type_=UTCDateTime)
_partner: Any = bindparam("partner", type_=Text)
_EXPORT = _AFTER.where(
    or_(_business.is_(None), _event.c.business_id == _business, _event.c.counterpart_id == _business),
    or_(_partner.is_(None), _event.c.business_id == _partner, _event.c.counterpart_id == _partner),
    or_(_since.is_(None), _event.c.at >= _since),
    or_(_until.is_(None), _event.c.at < _until),
)


# --- appending: the writer's side


def lock_head(tx: Tx) -> Head:
    """Read the head, keeping others from appending until this transaction ends."""
    row = tx.one(_LOCK_HEAD)
    assert row is not None, "the migration puts the head's row"
    return Head(row.seq, row.hash)


def store_head(tx: Tx, head: Head) -> None:
    """Write `head` back, once per transaction."""
    tx.run(_SET_HEAD, last_seq=head.seq, last_hash=head.hash)


def fence(tx: Tx) -> None:
    """Count up the fence: once that is committed, every commit that was in doubt before it is settled."""
    tx.run(_FENCE)


def append(tx: Tx, event: Event) -> None:
    """Append `event`. Raise TypeError in a read, or for data with no single form.

    Where the verb runs alone it is in the journal at once; beside others, when their transaction commits.
    """
    if tx.head is None and tx.links is None:
        raise TypeError("a read cannot append to the journal")
    text = None if event.text is None else nfc(event.text)
    salt = None if text is None else secrets.token_hex(16)
    fields: dict[str, Any] = {
        "at": event.at or tx.now(),
        "kind": nfc(event.kind),
        "subject_kind": nfc(event.subject_kind),
        "subject_id": nfc(event.subject_id),
        "business_id": nfc(event.business_id),
        "counterpart_id": nfc(event.counterpart_id),
        "from_state": nfc(event.from_state),
        "to_state": nfc(event.to_state),
        "version": event.version,
        "actor": canonical(event.actor),
        "source": nfc(event.source),
        "inbox_key": nfc(tx.inbox_key),
        "policy_version": event.policy_version,
        "data": canonical(event.data),
        "text_hash": None if text is None or salt is None else hash_of_text(salt, text),
    }

    typed = None if text is None else {"salt": salt, "text": text}
    if tx.head is None:
        _link_at_commit(tx, fields, typed)
        return
    linked = fields | {"seq": tx.head.seq + 1, "prev": tx.head.hash}
    linked["hash"] = hash_of(canonical_row(_hashed(linked | {"at": microseconds(linked["at"])})))
    tx.head = Head(linked["seq"], linked["hash"])
    tx.run(_INSERT, **linked)
    if typed is not None:
        tx.run(_INSERT_TEXT, seq=tx.head.seq, **typed)


def _link_at_commit(tx: Tx, fields: Mapping[str, Any], typed: Mapping[str, Any] | None) -> None:
    """Have the server itself find an event's place in the chain: others commit until then."""
    assert tx.links is not None
    unplaced = {"seq": 0, "prev": "", "at": microseconds(fields["at"])}
    # What comes after these two holds no object of anybody's, so that the last such text is ours.
    before, found, after = canonical_row(_hashed({**fields, **unplaced})).rpartition(_UNPLACED)
    assert found
    if not tx.links:
        tx.links.append((_LOCK_HEAD, {}))
    tx.links.append((_PLACE, {**fields, "before": before + _PREV, "between": _SEQ, "after": after}))
    if typed is not None:
        tx.links.append((_PLACE_TEXT, typed))
    tx.links.append((_MOVE_HEAD, {}))


def erase_texts(tx: Tx, *, subject_kind: str, subject_id: str, but: str = "") -> int:
    """Erase what was typed with a subject's events; the chain keeps its hashes. Return how many.

    `but` is a text that nobody typed, and that stays.
    """
    return tx.touched(_ERASE_TEXTS, kind=subject_kind, subject=subject_id, but=but)


# --- reading


def head(tx: Tx) -> Head:
    """Return the head that the database holds."""
    row = tx.one(_HEAD)
    return Head(row.seq, row.hash) if row else Head(0, "")


def history(tx: Tx, subject_kind: str, subject_id: str) -> list[Recorded]:
    """Return all events about one subject, oldest first."""
    return [
        Recorded(
            seq=row.seq,
            at=row.at,
            kind=row.kind,
            subject_kind=row.subject_kind,
            subject_id=row.subject_id,
            business_id=row.business_id,
            counterpart_id=row.counterpart_id,
            from_state=row.from_state,
            to_state=row.to_state,
            version=row.version,
            actor=json.loads(row.actor),
            source=row.source,
            policy_version=row.policy_version,
            data=json.loads(row.data),
            text=row.text,
        )
        for row in tx.all(_HISTORY, the_kind=subject_kind, the_id=subject_id)
    ]


def export(
    tx: Tx,
    *,
    business: str | None = None,
    partner: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    is_wanted: Callable[[Row], bool] | None = None,
) -> Iterator[str]:
    """Yield JSON lines, oldest first: of one business (as either side), from `since` up to before `until`.

    `partner`: of these what concerns this business, too. `is_wanted` says which of the rest are left in.

    `event` is the canonical form: its SHA-256 is `hash`, and the next one's `prev`. `text` is what was
    typed; the SHA-256 of `salt:text` is the event's `text_hash`. A filtered export proves its rows, not
    that it is complete.
    """
    found = _rows(tx, _EXPORT, business=business, partner=partner, since=since, until=until)
    for row in found if is_wanted is None else filter(is_wanted, found):
        yield (
            f'{{"event":{canonical_row(row)},"hash":{json_string(row.hash)}'
            f',"salt":{json_string(row.salt)},"text":{json_string(row.text)}}}'
        )


def numbered(tx: Tx, *, after: int, last: int) -> list[str]:
    """Return the events after number `after`, up to `last`, as `export` does but without what was typed.

    What has left cannot be erased any more; the events themselves still prove what was typed by its hash.
    """
    rows = tx.all(_NUMBERED, after=after, last=last)
    return [f'{{"event":{canonical_row(row)},"hash":{json_string(row.hash)}}}' for row in rows]


def whole(tx: Tx) -> Iterator[Row]:
    """Yield every event as it stands, in the order of their numbers, each beginning with `FIELDS`."""
    return _rows(tx, _AFTER)


def _rows(tx: Tx, statement: Select[Any], **params: Any) -> Iterator[Row]:
    after = _BEFORE_ALL
    while chunk := tx.all(statement, after=after, **params):
        yield from chunk
        after = chunk[-1].seq
