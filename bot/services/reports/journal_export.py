"""The journal as a file: JSON lines, which can be checked, and CSV, which a spreadsheet opens."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select, union

from bot.domain.events import SubjectKind
from bot.services.reports.exceptions import irregularities
from bot.store import journal, tables

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.store.compiled import Row
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
EXCEPTIONS = "exceptions"
"""Where stands why an event is one of the exceptions, where these are what is exported."""
# Spreadsheets know a file as UTF-8 by its first character; without it names come out garbled.
_IS_UTF_8 = "\ufeff"
_event = tables.table_of(tables.Event)
_ASSET = (
    select(_event.c.seq)
    .where(_event.c.subject_kind == SubjectKind.ASSET, _event.c.subject_id == bindparam("asset"))
    .limit(1)
)
_item, _draft = tables.table_of(tables.Item), tables.table_of(tables.Draft)
_enforcement = tables.table_of(tables.Enforcement)
_with_asset = [tables.table_of(one) for one in (tables.Grant, tables.Finding, tables.Creation)]
_OF_ASSET = union(
    select(_item.c.request_id.label("id")).where(_item.c.asset_id == bindparam("asset")),
    select(_enforcement.c.id).where(_enforcement.c.subject_id == bindparam("asset")),
    select(_draft.c.id).where(_draft.c.content.contains(bindparam("quoted"))),
    *(select(one.c.id).where(one.c.asset_id == bindparam("asset")) for one in _with_asset),
)
# What a spreadsheet would compute (also in its wide forms), or take for a number: an id would lose digits.
_FORMULA = re.compile(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")
_NUMBER = re.compile(r"\s*[0-9][0-9.,eE+\s-]*")


def as_json_lines(
    tx: Tx,
    *,
    business_id: str | None,
    since: datetime | None,
    until: datetime | None,
    partner_id: str | None = None,
    asset_id: str | None = None,
    exceptions: bool = False,
) -> Iterator[str]:
    """Yield the journal's own export (`journal.export`). `since` and `until` without a zone are UTC.

    `partner_id`: of what concerns the business, what concerns this one, too. `asset_id`: what is about it.
    `exceptions`: what is out of the ordinary, and with each why (`EXCEPTIONS`).
    """
    lines = journal.export(
        tx,
        business=business_id,
        partner=partner_id,
        since=_aware(since),
        until=_aware(until),
        is_wanted=None if asset_id is None else _about(tx, asset_id),
    )
    return _exceptions(tx, lines) if exceptions else lines


def _exceptions(tx: Tx, lines: Iterator[str]) -> Iterator[str]:
    find = irregularities(tx)
    for line in lines:
        if found := find(json.loads(line)):
            yield f'{line[:-1]},"{EXCEPTIONS}":{json.dumps(found)}}}'


def is_in_journal(tx: Tx, asset_id: str) -> bool:
    """Say whether there ever was an asset with this id."""
    return tx.one(_ASSET, asset=asset_id) is not None


def _about(tx: Tx, asset_id: str) -> Callable[[Row], bool]:
    """Return what says whether an event is about an asset, or what was asked, given or found of it."""
    of_it = tx.all(_OF_ASSET, asset=asset_id, quoted=f'"{asset_id}"')
    subjects = frozenset(row.id for row in of_it) | {asset_id}
    named = f'"asset":"{asset_id}"'  # as the facts of an event are written
    return lambda event: event.subject_id in subjects or named in event.data


def as_csv(tx: Tx, **wanted: Any) -> Iterator[str]:
    """Yield a head and a line for each event, of those that `as_json_lines` yields.

    Text stays text in a spreadsheet, whatever people typed: no cell begins a formula, ids keep their digits.
    """
    columns = (*COLUMNS, EXCEPTIONS) if wanted.get("exceptions") else COLUMNS
    yield _IS_UTF_8 + _line(columns)
    for exported in as_json_lines(tx, **wanted):
        row = json.loads(exported)
        event = row["event"] | {"text": row["text"], "hash": row["hash"]}
        event["at"] = datetime.fromtimestamp(event["at"] / 1_000_000, UTC).isoformat()
        event[EXCEPTIONS] = ", ".join(row.get(EXCEPTIONS, ()))
        yield _line([_cell(event[column]) for column in columns])


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
