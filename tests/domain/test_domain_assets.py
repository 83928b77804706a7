"""Kinds, ids, tasks and levels."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.assets import (
    LEVELS,
    TASKS,
    Kind,
    find_level,
    is_asset_id,
    is_business_id,
    is_risky,
    level_name,
    lower_levels,
    pack,
    unpack,
)


@pytest.mark.parametrize("text", ["12345", "20531316728", "1" * 20])
@pytest.mark.covers("D1")
def test_a_business_id_is_5_to_20_digits(text):
    assert is_business_id(text)


@pytest.mark.parametrize(
    "text",
    ["", "1234", "1" * 21, "12 345", "12345\n", "act_12345", "12a45", "-12345", "１２３４５", "123😀45"],
)
@pytest.mark.covers("D1")
def test_anything_else_is_no_business_id(text):
    assert not is_business_id(text)


def test_an_ad_account_has_its_prefix_and_nothing_else_does():
    assert is_asset_id("act_1", kind=Kind.AD_ACCOUNT)
    assert not is_asset_id("12345", kind=Kind.AD_ACCOUNT)
    assert not is_asset_id("act_12345", kind=Kind.PAGE)


@pytest.mark.parametrize("kind", Kind)
def test_every_level_is_made_of_tasks_of_its_kind_and_no_two_are_alike(kind):
    assert all(level.tasks <= TASKS[kind] for level in LEVELS[kind])
    assert len({level.tasks for level in LEVELS[kind]}) == len(LEVELS[kind])


@pytest.mark.parametrize("kind", Kind)
def test_levels_stand_from_the_most_to_the_least(kind):
    for higher, lower in zip(LEVELS[kind], LEVELS[kind][1:], strict=False):
        assert lower.tasks < higher.tasks
        assert lower in lower_levels(kind, higher.tasks)


def test_any_other_set_of_tasks_is_custom():
    assert level_name(Kind.AD_ACCOUNT, {"ADVERTISE"}) == "Custom"
    assert level_name(Kind.AD_ACCOUNT, {"ADVERTISE", "ANALYZE"}) == "General user"


def test_a_level_is_found_however_it_is_spelt():
    for words in ("general user", "General-User", " GENERAL_USER "):
        level = find_level(Kind.AD_ACCOUNT, words)
        assert level is not None
        assert level.name == "General user"
    assert find_level(Kind.PAGE, "owner") is None


@pytest.mark.case("8.7")
@pytest.mark.parametrize(
    ("kind", "words", "name"),
    [
        (Kind.PAGE, "full control", "Admin"),
        (Kind.PAGE, "partial access", "Employee"),
        (Kind.PAGE, "Editor", "Employee"),
        (Kind.PAGE, "insights only", "Analyst"),
        (Kind.AD_ACCOUNT, "Full Control", "Admin"),
        (Kind.AD_ACCOUNT, "partial access", "General user"),
        (Kind.AD_ACCOUNT, "advertiser", "General user"),
        (Kind.AD_ACCOUNT, "manage campaigns", "General user"),
        (Kind.AD_ACCOUNT, "view performance", "Reporting only"),
        (Kind.PIXEL, "full-control", "Admin"),
        (Kind.PIXEL, "partial access", "Analyst"),
        (Kind.INSTAGRAM_ACCOUNT, "full control", "Full"),
        (Kind.INSTAGRAM_ACCOUNT, "insights only", "Analyst"),
    ],
)
def test_a_level_is_found_under_the_words_of_metas_pages(kind, words, name):
    level = find_level(kind, words)
    assert level is not None
    assert level.name == name


@pytest.mark.parametrize("kind", Kind)
def test_no_two_levels_of_a_kind_go_by_the_same_words(kind):
    names = [name for level in LEVELS[kind] for name in level.names]
    assert len(set(names)) == len(names)


def test_only_managing_an_ad_account_is_risky():
    assert is_risky(Kind.AD_ACCOUNT, {"MANAGE", "ANALYZE"})
    assert not is_risky(Kind.PAGE, {"MANAGE"})
    assert not is_risky(Kind.AD_ACCOUNT, {"ADVERTISE"})


@given(st.sampled_from(Kind).flatmap(lambda kind: st.frozensets(st.sampled_from(sorted(TASKS[kind])))))
def test_tasks_come_back_from_the_store_as_they_went_in(tasks):
    assert unpack(pack(tasks)) == tasks
