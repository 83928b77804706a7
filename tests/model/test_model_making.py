"""Whatever is created, prepared, paid and called in whatever order: each is created once, by who may."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test
from model_machine import machine, on_sqlite
from model_making import Making

SHORT = settings(
    max_examples=16,
    stateful_step_count=30,
    derandomize=True,  # the same examples every time; the long form looks for others
    database=None,
    deadline=None,
    print_blob=False,
    suppress_health_check=list(HealthCheck),
)
LONG = settings(SHORT, max_examples=300, stateful_step_count=60, derandomize=False)
HOLDS = pytest.mark.covers("A4", "A5", "I1")


@HOLDS
def test_whatever_happens_an_account_is_created_once_by_who_may_and_a_token_lets_no_more(
    sqlite_template: Path,
) -> None:
    run_state_machine_as_test(machine(Making, on_sqlite(sqlite_template)), settings=SHORT)


@HOLDS
@pytest.mark.long
def test_whatever_happens_for_long_an_account_is_created_once_by_who_may_and_a_token_lets_no_more(
    sqlite_template: Path,
) -> None:
    run_state_machine_as_test(machine(Making, on_sqlite(sqlite_template)), settings=LONG)
