"""Whatever is given, kept, shortened and left alone: a review does once what people or its policy said."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test
from model_machine import machine, on_sqlite
from model_reviewing import Looking

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


@pytest.mark.covers("G9")
def test_whatever_happens_a_review_does_once_what_people_or_its_policy_said(sqlite_template: Path) -> None:
    run_state_machine_as_test(machine(Looking, on_sqlite(sqlite_template)), settings=SHORT)


@pytest.mark.covers("G9")
@pytest.mark.long
def test_whatever_happens_for_long_a_review_does_once_what_people_or_its_policy_said(
    sqlite_template: Path,
) -> None:
    run_state_machine_as_test(machine(Looking, on_sqlite(sqlite_template)), settings=LONG)
