"""The journal as a file: JSON lines, which can be checked, and CSV, which a spreadsheet opens."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bot.store import journal

if TYPE_CHECKING:
    from bot.store.tx import Tx

COLUMNS = (
    "seq",
    "at",
    "kind",
    "subject_kind",
    "subject_id",
    "business_id",
    "counterpart_id",
    "from_state",
    "to_state",
    "version",
    "actor",
    "source",
    "policy_version",
    "data",
    "text",
    "prev",
    "hash",
)
# Spreadsheets know a file as UTF-8 by its first character; without it names come out garbled.
_IS_UTF_8 = "\ufeff"
# What a spreadsheet would compute (also in its wide forms), or take for a number: an id would lose digits.
_FORMULA = re.compile(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")
_NUMBER = re.compile(r"\s*[0-9][0-9.,eE+\s-]*")


def as_json_lines(
    tx: Tx, *, business_id: str | None, since: datetime | None, until: datetime | None
) -> Iterator[str]:
    """Yield the journal's own export (`journal.export`). `since` and `until` without a zone are UTC."""
    return journal.export(tx, business=business_id, since=_aware(since), until=_aware(until))


def as_csv(
    tx: Tx, *, business_id: str | None, since: datetime | None, until: datetime | None
) -> Iterator[str]:
    """Yield a head and a line for each event.

    Text stays text in a spreadsheet, whatever people typed: no cell begins a formula, ids keep their digits.
    """
    yield _IS_UTF_8 + _line(COLUMNS)
    for exported in as_json_lines(tx, business_id=business_id, since=since, until=until):
        row = json.loads(exported)
        event = row["event"] | {"text": row["text"], "hash": row["hash"]}
        event["at"] = datetime.fromtimestamp(event["at"] / 1_000_000, UTC).isoformat()
        yield _line([_cell(event[column]) for column in COLUMNS])


def _aware(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return f"'{value}" if _FORMULA.match(value) or _NUMBER.fullmatch(value) else value


def _line(cells: Any) -> str:
    out = io.StringIO()
    # The writer quotes a line break in a cell only if lines end with it.
    csv.writer(out, lineterminator="\r\n").writerow(cells)
    return out.getvalue().removesuffix("\r\n")
