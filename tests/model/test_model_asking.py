"""Whoever is named, away or gone: somebody who can decide is asked, and nobody else decides."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test
from model_asking import PAIRS, Asking
from model_machine import machine, on_sqlite

SHORT = settings(
    max_examples=8,
    stateful_step_count=20,
    derandomize=True,  # the same examples every time; the long form looks for others
    database=None,
    deadline=None,
    print_blob=False,
    suppress_health_check=list(HealthCheck),
)
LONG = settings(SHORT, max_examples=200, stateful_step_count=50, derandomize=False)


@pytest.mark.covers("C3")
def test_whatever_happens_somebody_who_can_decide_is_asked_and_nobody_else_decides(
    sqlite_template: Path,
) -> None:
    run_state_machine_as_test(machine(Asking, on_sqlite(sqlite_template)), settings=SHORT)


@pytest.mark.covers("C3")
def test_the_model_sees_days_to_come_a_circle_a_stand_in_who_goes_and_named_people_without_power(
    sqlite_template: Path,
) -> None:
    asking: Any = machine(Asking, on_sqlite(sqlite_template))()
    dana, dov, cleo, _ = asking.own
    asking.begin(number=0, first=0, days=20)  # Dana alone is asked, and Dov stands in
    for step in (
        lambda: asking.leave(dov, cleo, begins=2, days=9),
        lambda: asking.wait(steps=6),  # Dov gets it: his days are to come
        lambda: asking.wait(steps=8),  # Cleo does, for both
        lambda: asking.ask(*PAIRS[1]),
        lambda: asking.leave(cleo, dana, begins=0, days=9),
        lambda: asking.wait(steps=6),  # all are away: Dana gets her own
        lambda: asking.is_gone(cleo),
        lambda: asking.ask(*PAIRS[2]),
        lambda: asking.wait(steps=6),
        lambda: asking.change_role(dana),  # nobody of those named has power: all are asked
        lambda: asking.ask(*PAIRS[3]),
        lambda: asking.decide(dana, 0, approves=True),
        lambda: asking.wait(steps=20),
        lambda: asking.decide(dov, 0, approves=True),
    ):
        step()
        asking.compare()
    asking.teardown()


@pytest.mark.covers("C3")
@pytest.mark.long
def test_whatever_happens_for_long_somebody_who_can_decide_is_asked_and_nobody_else_decides(
    sqlite_template: Path,
) -> None:
    run_state_machine_as_test(machine(Asking, on_sqlite(sqlite_template)), settings=LONG)
