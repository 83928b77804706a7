"""Whatever is claimed, given up, shared and parted from in whatever order: an account has one owner."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test
from model_machine import machine, on_sqlite
from model_owning import Owning

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


@pytest.mark.covers("A1", "A2", "I1", "I14")
@pytest.mark.long
def test_whatever_happens_for_long_an_account_has_one_owner_and_access_to_it_is_under_that_owner(
    sqlite_template: Path,
) -> None:
    run_state_machine_as_test(machine(Owning, on_sqlite(sqlite_template)), settings=LONG)
