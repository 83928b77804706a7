from __future__ import annotations

from zoneinfo import available_timezones

import pytest

from bot.domain.assets import Kind, is_asset_id
from bot.domain.creating import (
    NewAsset,
    Payment,
    is_only_here,
    make_asset_id,
    pack_new,
    read_advertiser,
    read_helper,
    unpack_new,
)
from bot.domain.currencies import CURRENCIES
from bot.domain.timezones import find_timezones, is_timezone_id, timezones, timezones_called
from bot.slack.text import en as texts


@pytest.mark.covers("A4")
def test_the_time_zones_are_those_that_meta_numbers_and_each_is_in_the_iana_list():
    assert sorted(timezones()) == list(range(1, 143))
    assert set(timezones().values()) <= available_timezones()
    assert len(set(timezones().values())) == 142
    assert [timezones()[number] for number in (1, 47)] == ["America/Los_Angeles", "Europe/Berlin"]


def test_a_time_zone_is_found_by_its_name_its_city_or_a_part_of_either():
    called = timezones_called()
    assert called["europe/berlin"] == called["berlin"] == 47
    assert called["new york"] == called["america/new york"] == 7
    assert find_timezones("BERL") == [47]
    assert [timezones()[one] for one in find_timezones("new_y")] == ["America/New_York"]
    assert len(find_timezones("")) == 142
    assert find_timezones("atlantis") == []
    assert not any(is_timezone_id(one) for one in (0, 143, "47", None))


@pytest.mark.covers("A4")
def test_every_currency_has_a_name_that_people_read():
    assert len(CURRENCIES) == len(set(CURRENCIES)) == 55
    assert texts.creating.CURRENCY_NAMES.keys() == set(CURRENCIES)


def test_an_id_of_ours_is_no_number_of_64_bits():
    for kind in (Kind.AD_ACCOUNT, Kind.PIXEL):
        ids = {make_asset_id(kind) for _ in range(200)}
        assert len(ids) == 200
        for one in ids:
            assert is_asset_id(one, kind=kind)
            assert is_only_here(one)
            assert int(one.removeprefix("act_")) >= 2**64
    assert not any(map(is_only_here, ("act_4815162342", "9" * 19, f"8{'9' * 19}", f"x9{'0' * 19}")))


def test_who_advertises_and_who_helps_are_read_as_people_write_them():
    assert read_advertiser("my company", own_id="20531316728") == "20531316728"
    assert read_advertiser("", own_id="20531316728") == "20531316728"
    assert read_advertiser("Business ID: 998877", own_id="1") == "998877"
    assert read_advertiser("unfound", own_id="1") == read_helper(" Unfound ") == "UNFOUND"
    assert read_helper("") == read_helper("none") == "NONE"
    assert read_helper("acme.shoes") == "acme.shoes"


def test_what_is_prepared_is_kept_whole():
    account = NewAsset(
        business_id="20531316728",
        kind=Kind.AD_ACCOUNT,
        name="Acme \N{LATIN SMALL LETTER O WITH DIAERESIS}",
        currency="EUR",
        timezone_id=47,
        end_advertiser="998877",
        media_agency="UNFOUND",
        partner="NONE",
        payment=Payment(funding_source="visa"),
    )
    pixel = NewAsset(business_id="1", kind=Kind.PIXEL, name="A", ad_account_id="act_1")
    for one in (account, pixel):
        assert unpack_new(pack_new(one)) == one
