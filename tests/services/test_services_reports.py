"""The journal as CSV: where it is opened, nothing that people typed runs as a formula or is changed."""

from __future__ import annotations

import codecs
import csv
import io
from typing import Any

import pytest

from bot.services.reports import COLUMNS, as_csv
from bot.store import journal
from bot.store.database import Database


def append(database: Database, **values: Any) -> None:
    actor = {"kind": "clock"}
    event = journal.Event(
        kind="request.declined", subject_kind="request", actor=actor, source="CLOCK", **values
    )
    database.submit(lambda tx: journal.append(tx, event)).result()


def rows_of(database: Database) -> list[dict[str, str]]:
    with database.reading() as tx:
        text = "\n".join(as_csv(tx, business_id=None, since=None, until=None))
    return list(csv.DictReader(io.StringIO(text.encode().decode("utf-8-sig"), newline="")))


@pytest.mark.case("10.4")
def test_a_spreadsheet_knows_its_letters_and_keeps_every_digit_of_an_id(database: Database) -> None:
    append(database, subject_id="012345678901234567", business_id="20531316728", version=3, text="Zoë")
    with database.reading() as tx:
        head = next(iter(as_csv(tx, business_id=None, since=None, until=None)))
    assert head.encode().startswith(codecs.BOM_UTF8)
    (row,) = rows_of(database)
    assert tuple(row) == COLUMNS
    assert (row["subject_id"], row["business_id"]) == ("'012345678901234567", "'20531316728")
    assert (row["seq"], row["version"], row["text"]) == ("1", "3", "Zoë")


@pytest.mark.case("10.4")
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
        "\nx",
        " =1+1",
        "\uff1d1+1",
        "1000",
        "1e5",
        "2026-12-31",
        '=HYPERLINK("http://x","y")',
        "plain, with a comma",
        'a "quote"',
        "a\nb",
    ],
)
def test_no_cell_begins_a_formula(database: Database, typed: str) -> None:
    append(database, subject_id="1", text=typed)
    (row,) = rows_of(database)
    assert not any(
        cell.lstrip(" ").startswith(("=", "+", "-", "@", "\uff1d", "\t", "\r", "\n")) for cell in row.values()
    )
    assert not (row["text"][0].isdigit())
    assert row["text"].removeprefix("'") == typed  # the journal keeps it as it was typed
