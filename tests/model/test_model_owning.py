"""Whatever is claimed, given up, shared and parted from in whatever order: an account has one owner."""

from __future__ import annotations

from collections.abc import Callable
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
    owning.begin(given={AGENCY, OTHER}, accepts=False, is_given_up=False, admin=(BRAND, 0), claimers=[])

    def says(one: str, other: str, *, days: int, then: int = 3) -> Callable[[], None]:
        return lambda: owning.state_a_contract(one, other, 0, days=days, then=then)

    def is_given(
        holder: str, *, days: int | None, kind: RequestKind = RequestKind.ACCESS
    ) -> Callable[[], None]:
        return lambda: owning.share(make.ACCOUNT, holder, 0, days=days, kind=kind)

    def give_back() -> None:
        holders = [one.holder for one in owning.live(make.ACCOUNT)]
        owning.end_access(make.ACCOUNT, holders.index(AGENCY), AGENCY)

    def wait(**much: int) -> Callable[[], None]:
        return lambda: owning.wait(timedelta(**much))

    for step in (
        says(OTHER, BRAND, days=20),
        is_given(OTHER, days=None, kind=RequestKind.ON_BEHALF),
        says(BRAND, OTHER, days=10),  # brought forward, with what is until then
        says(AGENCY, BRAND, days=5),
        wait(days=6),
        says(BRAND, AGENCY, days=5),  # too late
        give_back,
        is_given(AGENCY, days=20),  # ends with the rest
        wait(days=3),
        says(BRAND, AGENCY, days=5, then=0),  # that of another contract
        is_given(AGENCY, days=20),
        wait(days=5),
        is_given(AGENCY, days=20),  # of no contract
        wait(minutes=9),
    ):
        step()
        owning.compare()
    assert [one.holder for one in owning.live(make.ACCOUNT)] == [AGENCY]
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
