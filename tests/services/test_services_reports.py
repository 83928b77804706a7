"""The journal as CSV: where it is opened, nothing that people typed runs as a formula or is changed."""

from __future__ import annotations

import codecs
import csv
import io
import json
from typing import Any

import make
import pytest
from make import ACCOUNT, AGENCY, BRAND, INSTAGRAM, OTHER, PAGE, PIXEL, item
from story import Story

from bot.domain.actors import OPERATOR, Role
from bot.domain.assets import Kind
from bot.domain.grants import GrantState
from bot.domain.kinds import RequestKind
from bot.domain.requests import UNEXPLAINED, Approve, Decline, Term
from bot.services import grants, requests, settings
from bot.services.reports import COLUMNS, as_csv, as_json_lines
from bot.store import journal, tables
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


def test_the_journal_is_exported_by_asset_and_by_partner(story: Story, town: make.Town) -> None:
    asked = story.submit(town.ann)
    story.decide(town.dana, asked.request_id, Approve())
    story.end(town.dana, story.grant_of(asked.request_id).id, business=BRAND)
    other = story.submit(town.ann, item(Kind.PAGE, PAGE))
    story.decide(town.dana, other.request_id, Decline(note="No"))
    drafted = story.submit(town.eva)
    story.do(requests.drop_draft, drafted.draft_id, by=town.ann, expected_version=1)
    make.business(story.database, OTHER, name="Other", team=make.OTHER_TEAM)
    lou = make.someone(story.database, 77, name="lou", team=make.OTHER_TEAM, roles={OTHER: Role.ADMIN})
    theirs = story.submit(lou, requesting_id=OTHER)

    def exported(**wanted: str) -> list[dict[str, Any]]:
        with story.database.reading() as tx:
            all_ = {"business_id": None, "since": None, "until": None} | wanted
            return [json.loads(line)["event"] for line in as_json_lines(tx, **all_)]

    about = [(one["kind"], one["subject_id"]) for one in exported(asset_id=ACCOUNT)]
    assert {asked.request_id, drafted.draft_id, theirs.request_id} <= {subject for _, subject in about}
    assert {"request.approved", "grant.active", "grant.ended", "draft.dropped"} <= {kind for kind, _ in about}
    assert other.request_id not in {subject for _, subject in about}
    between = exported(business_id=BRAND, partner_id=AGENCY)
    assert {AGENCY, BRAND} == {
        side for one in between for side in (one["business_id"], one["counterpart_id"])
    }
    assert [one["subject_id"] for one in exported(asset_id=ACCOUNT, business_id=BRAND, partner_id=OTHER)] == [
        theirs.request_id
    ]


@pytest.mark.parametrize("as_table", [False, True])
def test_what_is_out_of_the_ordinary_is_one_list_with_why(
    story: Story, town: make.Town, *, as_table: bool
) -> None:
    ordinary = story.submit(town.ann, reason="Spring", term=Term.for_days(30))
    story.decide(town.dana, ordinary.request_id, Approve())
    for_ever = story.submit(town.ann, item(Kind.PAGE, PAGE), reason=UNEXPLAINED, term=Term.without_end())
    story.decide(town.dana, for_ever.request_id, Approve())
    story.undo(town.dana, for_ever.request_id)
    grant = story.grant_of(ordinary.request_id)
    story.do(grants.end_by_operator, [grant.id], note="A breach", by=OPERATOR)
    insta = story.submit(town.ann, item(Kind.INSTAGRAM_ACCOUNT, INSTAGRAM), term=Term.for_days(30))
    story.decide(town.dana, insta.request_id, Approve())
    failed = story.grant_of(insta.request_id)
    at_meta = {"asked_at": story.clock.now(), "starts_at": None, "warn_at": None, "ends_at": None}
    story.set(tables.Grant, {"id": failed.id}, state=GrantState.FAILED, obstacle="PERMISSION", **at_meta)
    story.do(grants.end_by_operator, [failed.id], note="A breach", by=OPERATOR)
    story.do(settings.accept_at_once, AGENCY, BRAND, on=True, by=town.ann)
    offered = story.submit(
        town.dana,
        item(Kind.PIXEL, PIXEL),
        requesting_id=BRAND,
        deciding_id=AGENCY,
        kind=RequestKind.INVITATION,
        reason="Spring",
        term=Term.for_days(30),
    )
    with story.database.reading() as tx:
        wanted = {"business_id": None, "since": None, "until": None, "exceptions": True}
        if as_table:
            table = "\n".join(as_csv(tx, **wanted)).encode().decode("utf-8-sig")
            found = [
                (row["subject_id"].strip("'"), row["exceptions"])
                for row in csv.DictReader(io.StringIO(table))
            ]
        else:
            lines = [json.loads(line) for line in as_json_lines(tx, **wanted)]
            found = [(line["event"]["subject_id"], ", ".join(line["exceptions"])) for line in lines]
    assert found == [
        (for_ever.request_id, "no reason"),
        (for_ever.request_id, "no end"),
        (for_ever.request_id, "undone"),
        (grant.id, "ended by the operator"),
        (failed.id, "ended by the operator"),
        (offered.request_id, "accepted beforehand"),
    ]


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
