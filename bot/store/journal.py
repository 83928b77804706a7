"""The journal: every change, refusal and setting as one event in a chain of hashes that anyone can check.

An event is hashed over its canonical form (JSON, sorted keys, no spaces, NFC, whole numbers only) with the hash of
the one before in it. What people typed is in the chain only as a salted hash; the text and its salt stand in
`event_text` and can be erased without breaking the chain. A chain alone cannot show that its end was cut off or
that all of it was written anew: for that the head is also kept outside the database, in an anchor file.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, Text, bindparam, delete, insert, or_, select, update

from bot.store import tables
from bot.store.types import UTCDateTime

if TYPE_CHECKING:
    from bot.store.statements import Row
    from bot.store.tx import Tx

GENESIS = "0" * 64
"""The hash that the first event names as the one before."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_CHUNK = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What happened, to be appended. `actor` and `data` hold strings, whole numbers, booleans, None, lists, dicts.

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
    """An event as it stands in the journal. `text` is None where nothing was typed, and after it was erased."""

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


@dataclass(frozen=True, slots=True)
class Head:
    """The last link: its number (0 in an empty journal) and its hash."""

    seq: int
    hash: str


_event = tables.Event.__table__  # type: ignore[attr-defined]  # SQLModel does not declare it
_text = tables.EventText.__table__  # type: ignore[attr-defined]  # the same
_head = tables.JournalHead.__table__  # type: ignore[attr-defined]  # the same

_INSERT = insert(_event)
_INSERT_TEXT = insert(_text)
_ERASE_TEXT = delete(_text).where(_text.c.seq == bindparam("seq"))
_HEAD = select(_head.c.seq, _head.c.hash).where(_head.c.id == 1)
_LOCK_HEAD = _HEAD.with_for_update()  # compiles to a plain SELECT on SQLite, where BEGIN IMMEDIATE is the lock
_SET_HEAD = (
    update(_head).where(_head.c.id == 1).values(seq=bindparam("last_seq"), hash=bindparam("last_hash"))
)
_FENCE = update(_head).where(_head.c.id == 1).values(fence=_head.c.fence + 1)

_WHOLE = select(_event, _text.c.salt, _text.c.text).outerjoin_from(_event, _text, _event.c.seq == _text.c.seq)
_AFTER = _WHOLE.where(_event.c.seq > bindparam("after")).order_by(_event.c.seq).limit(_CHUNK)
_HISTORY = _WHOLE.where(
    _event.c.subject_kind == bindparam("kind"), _event.c.subject_id == bindparam("id")
).order_by(_event.c.seq)
_business: Any = bindparam("business", type_=Text)
_since: Any = bindparam("since", type_=UTCDateTime)
_until: Any = bindparam("until", type_=UTCDateTime)
_EXPORT = _AFTER.where(
    or_(_business.is_(None), _event.c.business_id == _business, _event.c.counterpart_id == _business),
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
    """Write something that means nothing: once it is committed, whatever was in doubt before is settled."""
    tx.run(_FENCE)


def record(tx: Tx, event: Event, *, head: Head, at: datetime) -> Head:
    """Append `event` after `head` and return the new head. Called by `Tx.append` alone."""
    text = None if event.text is None else _nfc(event.text)
    salt = None if text is None else secrets.token_hex(16)
    fields: dict[str, Any] = {
        "seq": head.seq + 1,
        "at": event.at or at,
        "kind": _nfc(event.kind),
        "subject_kind": _nfc(event.subject_kind),
        "subject_id": _nfc(event.subject_id),
        "business_id": _nfc(event.business_id),
        "counterpart_id": _nfc(event.counterpart_id),
        "from_state": _nfc(event.from_state),
        "to_state": _nfc(event.to_state),
        "version": event.version,
        "actor": canonical(event.actor),
        "source": _nfc(event.source),
        "inbox_key": _nfc(tx.inbox_key),
        "policy_version": event.policy_version,
        "data": canonical(event.data),
        "text_hash": None if text is None or salt is None else _hash_text(salt, text),
        "prev": head.hash,
    }
    fields["hash"] = hashlib.sha256(_canonical_row(fields).encode()).hexdigest()
    tx.run(_INSERT, **fields)
    if text is not None:
        tx.run(_INSERT_TEXT, seq=fields["seq"], salt=salt, text=text)
    return Head(fields["seq"], fields["hash"])


def erase_text(tx: Tx, seq: int) -> bool:
    """Erase what was typed with event `seq`; the chain keeps its hash. Return whether there was something."""
    return tx.run(_ERASE_TEXT, seq=seq) == 1


def canonical(value: Any) -> str:
    """Return the canonical JSON of `value`. Raise TypeError for what has no single form, as fractions."""
    return json.dumps(_plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, str):
        return _nfc(value)
    if isinstance(value, Mapping):
        return {_key(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    raise TypeError(f"the journal takes no {type(value).__name__}: {value!r}")


def _key(key: object) -> str:
    if not isinstance(key, str):
        raise TypeError(f"a key in the journal is a string, not {key!r}")
    return _nfc(key)


def _nfc(text: Any) -> Any:
    return text if text is None or text.isascii() else unicodedata.normalize("NFC", text)


def _hash_text(salt: str, text: str) -> str:
    return hashlib.sha256(f"{salt}:{text}".encode()).hexdigest()


_quote = json.encoder.encode_basestring


def _string(value: str | None) -> str:
    return "null" if value is None else _quote(value)


def _number(value: int | None) -> str:
    return "null" if value is None else str(int(value))


def _canonical_row(fields: Mapping[str, Any]) -> str:
    """Return what is hashed. `actor` and `data` are canonical JSON already and stand in it as they are kept."""
    return (
        f'{{"actor":{fields["actor"]}'
        f',"at":{(fields["at"] - _EPOCH) // _MICROSECOND}'
        f',"business_id":{_string(fields["business_id"])}'
        f',"counterpart_id":{_string(fields["counterpart_id"])}'
        f',"data":{fields["data"]}'
        f',"from_state":{_string(fields["from_state"])}'
        f',"inbox_key":{_string(fields["inbox_key"])}'
        f',"kind":{_string(fields["kind"])}'
        f',"policy_version":{_number(fields["policy_version"])}'
        f',"prev":{_string(fields["prev"])}'
        f',"seq":{_number(fields["seq"])}'
        f',"source":{_string(fields["source"])}'
        f',"subject_id":{_string(fields["subject_id"])}'
        f',"subject_kind":{_string(fields["subject_kind"])}'
        f',"text_hash":{_string(fields["text_hash"])}'
        f',"to_state":{_string(fields["to_state"])}'
        f',"version":{_number(fields["version"])}}}'
    )
