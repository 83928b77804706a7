"""The chain of the journal's hashes: the text of an event that is hashed, and its hash.

The text is canonical JSON: sorted keys, no spaces, NFC, whole numbers only. It holds the hash of the event
before (`prev`); what people typed is in it only as a salted hash, so that it can be erased.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any, overload

GENESIS = "0" * 64
"""The hash that the first event names as the one before."""

FIELDS = (
    "actor",
    "at",
    "business_id",
    "counterpart_id",
    "data",
    "from_state",
    "inbox_key",
    "kind",
    "policy_version",
    "prev",
    "seq",
    "source",
    "subject_id",
    "subject_kind",
    "text_hash",
    "to_state",
    "version",
)
"""What is hashed, in its order; `canonical_row` takes it apart."""


def canonical(value: Any) -> str:
    """Return the canonical JSON of `value`. Raise TypeError for what has no single form, like fractions."""
    return _encode(_plain(value))


_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, str):
        return nfc(value)
    if isinstance(value, Mapping):
        return {_key(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    raise TypeError(f"the journal takes no {type(value).__name__}: {value!r}")


def _key(key: object) -> str:
    if not isinstance(key, str):
        raise TypeError(f"a key in the journal is a string, not {key!r}")
    return nfc(key)


@overload
def nfc(text: str) -> str: ...
@overload
def nfc(text: None) -> None: ...
def nfc(text: str | None) -> str | None:
    """Return the one form of `text` in which the journal keeps it."""
    return text if text is None or text.isascii() else unicodedata.normalize("NFC", text)


def hash_of_text(salt: str, text: str) -> str:
    """Return what stands in the chain for a text that somebody typed."""
    return hashlib.sha256(f"{salt}:{text}".encode()).hexdigest()


_quote = json.encoder.encode_basestring


def json_string(value: str | None) -> str:
    """Return `value` as JSON."""
    return "null" if value is None else _quote(value)


def _number(value: int | None) -> str:
    return "null" if value is None else str(int(value))


def canonical_row(row: Sequence[Any]) -> str:
    """Return what is hashed of a row that begins with `FIELDS`; `at` is in microseconds since 1970.

    `actor` and `data` are canonical JSON already and stand in it as kept.
    """
    # Unpacked by name, and without a call of ours for a string that is always there: over a million events
    # each tenth of a microsecond counts.
    (
        actor,
        at,
        business_id,
        counterpart_id,
        data,
        from_state,
        inbox_key,
        kind,
        policy_version,
        prev,
        seq,
        source,
        subject_id,
        subject_kind,
        text_hash,
        to_state,
        version,
    ) = row[: len(FIELDS)]
    return (
        f'{{"actor":{actor},"at":{at:d},"business_id":{json_string(business_id)}'
        f',"counterpart_id":{json_string(counterpart_id)},"data":{data},"from_state":{json_string(from_state)}'
        f',"inbox_key":{json_string(inbox_key)},"kind":{_quote(kind)},"policy_version":{_number(policy_version)}'
        f',"prev":{_quote(prev)},"seq":{seq:d},"source":{_quote(source)},"subject_id":{_quote(subject_id)}'
        f',"subject_kind":{_quote(subject_kind)},"text_hash":{json_string(text_hash)}'
        f',"to_state":{json_string(to_state)},"version":{_number(version)}}}'
    )


def hash_of(text: str) -> str:
    """Return the hash of an event, of its `canonical_row`."""
    return hashlib.sha256(text.encode()).hexdigest()
