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
    read_asset_id,
    unpack,
)


@pytest.mark.parametrize("text", ["12345", "20531316728", "1" * 20])
def test_a_business_id_is_5_to_20_digits(text):
    assert is_business_id(text)


@pytest.mark.parametrize(
    "text",
    ["", "1234", "1" * 21, "12 345", "12345\n", "act_12345", "12a45", "-12345", "１２３４５", "123😀45"],
)
def test_anything_else_is_no_business_id(text):
    assert not is_business_id(text)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("act_123", "act_123"),
        (" 500000001 ", "500000001"),
        ("https://business.facebook.com/adsmanager/manage/campaigns?act=123456&x=1", "act_123456"),
        ("<https://www.facebook.com/500000001|the Page>", "500000001"),
        ("https://business.facebook.com/settings/pages?business_id=777777&asset_id=500000001", "500000001"),
        ("facebook.com/Acme-Shoes-500000001", None),
        ("https://example.com/500000001", None),
        ("https://facebook.com.example.com/500000001", None),
        ("ACT_123", None),
        ("act_1😀", None),
        ("http://[::1", None),
    ],
)
def test_an_asset_id_is_read_from_an_id_or_a_meta_link(typed, found):
    assert read_asset_id(typed) == found


@given(st.text())
def test_reading_an_asset_id_never_raises_and_gives_an_id_or_nothing(text):
    found = read_asset_id(text)
    assert found is None or is_asset_id(found)


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


def test_only_managing_an_ad_account_is_risky():
    assert is_risky(Kind.AD_ACCOUNT, {"MANAGE", "ANALYZE"})
    assert not is_risky(Kind.PAGE, {"MANAGE"})
    assert not is_risky(Kind.AD_ACCOUNT, {"ADVERTISE"})


@given(st.sampled_from(Kind).flatmap(lambda kind: st.frozensets(st.sampled_from(sorted(TASKS[kind])))))
def test_tasks_come_back_from_the_store_as_they_went_in(tasks):
    assert unpack(pack(tasks)) == tasks
