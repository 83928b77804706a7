"""The model-based test of the whole bot: people in Slack, a Slack that fails, a process that is killed."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test
from model_machine import machine, on_sqlite
from model_world import WholeBot

SHORT = settings(
    max_examples=5,
    stateful_step_count=25,
    derandomize=True,  # the same examples every time; the long form looks for others
    database=None,
    print_blob=False,
    suppress_health_check=list(HealthCheck),  # each step is many calls over HTTP
)
LONG = settings(SHORT, max_examples=100, stateful_step_count=50, derandomize=False)

HOLDS = pytest.mark.covers("I10", "I11", "I18", "I22", "I23", "I24", "I27", "V1", "V2", "V3", "V4", "V5")


@HOLDS
def test_whatever_happens_slack_shows_the_record(sqlite_template: Path) -> None:
    run_state_machine_as_test(machine(WholeBot, on_sqlite(sqlite_template)), settings=SHORT)


@HOLDS
@pytest.mark.long
def test_whatever_happens_for_long_slack_shows_the_record(sqlite_template: Path) -> None:
    run_state_machine_as_test(machine(WholeBot, on_sqlite(sqlite_template)), settings=LONG)
