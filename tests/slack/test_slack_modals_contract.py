from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from slack_make import assert_openable, filled, party

from bot.domain.contracts import Phase
from bot.services.views.businesses import ContractView
from bot.services.views.parties import Rows
from bot.slack import modals

ELSEWHERE = datetime(2026, 3, 31, 23, 59, tzinfo=ZoneInfo("America/Los_Angeles"))
OWN, OTHER = party(id="1", name="Acme"), party(id="2", name="Northwind")
STATED = ContractView(
    own=OWN,
    other=OTHER,
    ends_at=ELSEWHERE,
    days=14,
    removed_at=ELSEWHERE,
    said_by=OTHER,
    stated_at=None,
    phase=Phase.RUNS,
    closed_at=None,
    left=0,
    ended=Rows(rows=(), total=0, more=False),
)


@pytest.mark.covers("P11", "G2")
@pytest.mark.parametrize(
    ("typed", "chosen", "ends_at"),
    [
        ("", None, ELSEWHERE),
        ("", "2026-04-02", datetime(2026, 4, 2, 21, 59, tzinfo=UTC)),
        ("2026-04-01", None, datetime(2026, 4, 1, 21, 59, tzinfo=UTC)),
    ],
    ids=["nothing changed", "another day chosen", "its day was typed"],
)
def test_who_changes_only_the_days_leaves_the_end_as_it_was_stated_in_another_zone(typed, chosen, ends_at):
    view = modals.contract_modal(OWN, OTHER, STATED, zone="Europe/Berlin", until=typed)
    assert_openable(view)
    entries = {"days": "20"} | ({"until": chosen} if chosen else {})
    read = modals.read_contract(filled(view, entries))
    assert not isinstance(read, dict)
    assert (read.ends_at, read.days) == (ends_at, 20)
