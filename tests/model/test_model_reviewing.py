"""Whatever is given, kept, shortened and left alone: a review does once what people or its policy said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test
from make import ACCOUNT, AGENCY, OTHER, PAGE, PIXEL
from model_machine import machine, on_sqlite
from model_reviewing import Looking

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


@pytest.mark.covers("G9")
def test_whatever_happens_a_review_does_once_what_people_or_its_policy_said(sqlite_template: Path) -> None:
    run_state_machine_as_test(machine(Looking, on_sqlite(sqlite_template)), settings=SHORT)


@pytest.mark.covers("G9")
def test_the_model_sees_what_ends_before_silence_would_end_it_and_a_policy_that_changes_meanwhile(
    sqlite_template: Path,
) -> None:
    looking: Any = machine(Looking, on_sqlite(sqlite_template))()
    looking.give(PIXEL, OTHER, days=50)
    looking.begin(given={(ACCOUNT, AGENCY), (PAGE, AGENCY), (PAGE, OTHER)})
    soon, one, other, third = looking.had
    for step in (
        lambda: looking.keep(one, looking.dana, is_newest=True),  # nobody reviews it yet
        lambda: looking.change("WEEK", days=90),
        lambda: looking.begin_review(looking.dana),
        lambda: looking.change("KEEP", days=90),
        lambda: looking.keep(one, looking.dana, is_newest=True),
        lambda: looking.shorten(one, looking.dana, days=5),
        lambda: looking.shorten(soon, looking.dana, days=50),  # no sooner
        lambda: looking.end(third, looking.of[AGENCY]),
        lambda: looking.wait(days=15),
        lambda: looking.wait(days=6),
    ):
        step()
        looking.compare()
    assert {id_: looking.had[id_].last for id_ in (soon, one, other, third)} == {
        soon: "KEPT",
        one: "KEPT",
        other: "SHORTENED",
        third: "GIVEN_BACK",
    }
    looking.teardown()


@pytest.mark.covers("G9")
@pytest.mark.long
def test_whatever_happens_for_long_a_review_does_once_what_people_or_its_policy_said(
    sqlite_template: Path,
) -> None:
    run_state_machine_as_test(machine(Looking, on_sqlite(sqlite_template)), settings=LONG)
