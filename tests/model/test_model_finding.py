"""Whatever is given, ended, or changed at Meta: what differs is found once, and settled as decided."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test
from model_finding import Finding
from model_machine import machine, on_sqlite

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
HOLDS = pytest.mark.covers("T38", "M1", "M2")


@HOLDS
def test_whatever_happens_what_differs_at_meta_is_found_once_and_settled_as_decided(
    sqlite_template: Path,
) -> None:
    run_state_machine_as_test(machine(Finding, on_sqlite(sqlite_template)), settings=SHORT)


@HOLDS
@pytest.mark.long
def test_whatever_happens_for_long_what_differs_at_meta_is_found_once_and_settled_as_decided(
    sqlite_template: Path,
) -> None:
    run_state_machine_as_test(machine(Finding, on_sqlite(sqlite_template)), settings=LONG)
