"""Whatever is claimed, given up, shared and parted from in whatever order: an account has one owner."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import make
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test
from make import AGENCY, BRAND, OTHER
from model_machine import machine, on_sqlite
from model_owning import Owning

from bot.domain.events import EventKind
from bot.domain.kinds import RequestKind
from bot.store import tables

SHORT = settings(
    max_examples=20,
    stateful_step_count=30,
    derandomize=True,  # the same examples every time; the long form looks for others
    database=None,
    deadline=None,
    print_blob=False,
    suppress_health_check=list(HealthCheck),
)
LONG = settings(SHORT, max_examples=300, stateful_step_count=60, derandomize=False)


@pytest.mark.covers("A1", "A2", "I1", "I14")
def test_whatever_happens_an_account_has_one_owner_and_access_to_it_is_under_that_owner(
    sqlite_template: Path,
) -> None:
    run_state_machine_as_test(machine(Owning, on_sqlite(sqlite_template)), settings=SHORT)


@pytest.mark.covers("P11")
def test_the_model_sees_a_contract_end_with_what_is_until_then_and_with_what_is_given_after_it(
    sqlite_template: Path,
) -> None:
    owning: Any = machine(Owning, on_sqlite(sqlite_template))()
    owning.begin(given={AGENCY}, accepts=True, is_given_up=False, admin=(BRAND, 0), claimers=[])
    for step in (
        lambda: owning.state_a_contract(OTHER, BRAND, 0, days=20, then=3),
        lambda: owning.share(make.ACCOUNT, OTHER, 0, days=None, kind=RequestKind.ACCESS),
        lambda: owning.state_a_contract(BRAND, OTHER, 0, days=5, then=3),
        lambda: owning.state_a_contract(AGENCY, BRAND, 0, days=5, then=3),
        lambda: owning.wait(timedelta(days=6)),
        lambda: owning.state_a_contract(BRAND, AGENCY, 0, days=5, then=3),
        lambda: owning.end_access(make.ACCOUNT, 0, AGENCY),
        lambda: owning.share(make.ACCOUNT, AGENCY, 0, days=20, kind=RequestKind.ACCESS),
        lambda: owning.wait(timedelta(days=3)),
        lambda: owning.state_a_contract(BRAND, AGENCY, 0, days=5, then=0),
    ):
        step()
        owning.compare()
    seen = {row.kind for row in owning.story.rows(tables.Event)}
    assert {EventKind.BUSINESS_CONTRACT_ENDED, EventKind.BUSINESS_OFFBOARDED} <= seen
    assert owning.story.rows(tables.Event, kind=EventKind.DENIED)
    owning.teardown()


@pytest.mark.covers("A1", "A2", "I1", "I14")
@pytest.mark.long
def test_whatever_happens_for_long_an_account_has_one_owner_and_access_to_it_is_under_that_owner(
    sqlite_template: Path,
) -> None:
    run_state_machine_as_test(machine(Owning, on_sqlite(sqlite_template)), settings=LONG)
