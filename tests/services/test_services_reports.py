"""The journal as CSV: nothing that people typed runs as a formula where it is opened."""

from __future__ import annotations

import csv
import io

import pytest

from bot.clock import PushedClock
from bot.services.reports import COLUMNS, as_csv
from bot.store import journal
from bot.store.database import Database


@pytest.mark.covers("T33")
@pytest.mark.parametrize(
    "typed",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\tx",
        "\rx",
        '=HYPERLINK("http://x","y")',
        "plain, with a comma",
        'a "quote"',
        "a\nb",
    ],
)
def test_no_cell_begins_a_formula(database: Database, clock: PushedClock, typed: str) -> None:
    event = journal.Event(
        kind="request.declined",
        subject_kind="request",
        subject_id="1",
        actor={"kind": "clock"},
        source="CLOCK",
        text=typed,
    )
    database.submit(lambda tx: journal.append(tx, event)).result()
    with database.reading() as tx:
        text = "\n".join(as_csv(tx, business_id=None, since=None, until=None))
    (row,) = csv.DictReader(io.StringIO(text, newline=""))
    assert tuple(row) == COLUMNS
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row.values())
    assert row["text"].removeprefix("'") == typed
