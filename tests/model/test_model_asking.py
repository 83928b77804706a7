"""Whoever is named, away or gone: somebody who can decide is asked, and nobody else decides."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test
from model_machine import machine, on_sqlite
from model_asking import Asking

SHORT = settings(
    max_examples=10,
    stateful_step_count=25,
    derandomize=True,  # the same examples every time; the long form looks for others
    database=None,
    deadline=None,
    print_blob=False,
    suppress_health_check=list(HealthCheck),
)
LONG = settings(SHORT, max_examples=200, stateful_step_count=50, derandomize=False)


@pytest.mark.covers("C3")
def test_whatever_happens_somebody_who_can_decide_is_asked_and_nobody_else_decides(sqlite_template: Path) -> None:
    run_state_machine_as_test(machine(Asking, on_sqlite(sqlite_template)), settings=SHORT)


@pytest.mark.covers("C3")
@pytest.mark.long
def test_whatever_happens_for_long_somebody_who_can_decide_is_asked_and_nobody_else_decides(
    sqlite_template: Path,
) -> None:
    run_state_machine_as_test(machine(Asking, on_sqlite(sqlite_template)), settings=LONG)
