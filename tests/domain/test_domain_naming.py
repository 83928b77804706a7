"""Assets and businesses as people name them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.assets import Kind, is_asset_id, is_business_id
from bot.domain.naming import (
    Address,
    TypedAsset,
    find_addresses,
    find_assets,
    read_address,
    read_asset,
    read_business_id,
    read_name,
)

FACEBOOK = "https://www.facebook.com"
SETTINGS = "https://business.facebook.com/settings"
LATEST = "https://business.facebook.com/latest/settings"


@pytest.mark.case("8.1")
@pytest.mark.parametrize(
    ("typed", "ids", "kind"),
    [
        ("act_123", ("act_123",), Kind.AD_ACCOUNT),
        ("ACT_123", ("act_123",), Kind.AD_ACCOUNT),
        ("act123", ("act_123",), Kind.AD_ACCOUNT),
        ("Act 123", ("act_123",), Kind.AD_ACCOUNT),
        ("act=123", ("act_123",), Kind.AD_ACCOUNT),
        ("Acme (act_123)", ("act_123",), Kind.AD_ACCOUNT),
        ("“act_123”.", ("act_123",), Kind.AD_ACCOUNT),
        (" 500000001 ", ("500000001", "act_500000001"), None),
        ("1001", ("act_1001",), None),
        ("4815 1623 42108", ("4815162342108", "act_4815162342108"), None),
        ("4815-1623-42108", ("4815162342108", "act_4815162342108"), None),
        ("Account ID: 4815162342108", ("4815162342108", "act_4815162342108"), None),
        ("#4815162342108", ("4815162342108", "act_4815162342108"), None),
        ("Acme Shoes (500000001)", ("500000001", "act_500000001"), None),
        ("５００００", ("50000", "act_50000"), None),
    ],
)
def test_an_asset_is_read_from_a_number_as_people_have_it(typed, ids, kind):
    assert read_asset(typed) == TypedAsset(ids=ids, kind=kind)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "act_",
        "act_1😀",
        "5😀",
        "12a45",
        "B12345",
        "1" * 21,
        "1.0E+10",
        "Shop 2024 5",
        "https://example.com/500000001",
        "https://facebook.com.example.com/500000001",
        "https://instagram.com/acme12345",
        "http://[::1",
    ],
)
def test_anything_else_names_no_asset(typed):
    assert read_asset(typed) is None


@pytest.mark.case("8.2")
@pytest.mark.parametrize(
    ("link", "kind", "asset_id", "business_id"),
    [
        (f"{SETTINGS}/ad-accounts/4815?business_id=10000000001", Kind.AD_ACCOUNT, "act_4815", "10000000001"),
        (
            f"{SETTINGS}/ad-accounts/481516?business_id=10000000001",
            Kind.AD_ACCOUNT,
            "act_481516",
            "10000000001",
        ),
        (f"{SETTINGS}/ad-accounts/act_481516/users", Kind.AD_ACCOUNT, "act_481516", None),
        (
            f"{LATEST}/ad_accounts?business_id=10000000001&selected_asset_id=481516&selected_asset_type=ad-account",
            Kind.AD_ACCOUNT,
            "act_481516",
            "10000000001",
        ),
        (
            f"<{LATEST}/pages?business_id=10000000001&amp;selected_asset_id=500000001&amp;selected_asset_type=page|x>",
            Kind.PAGE,
            "500000001",
            "10000000001",
        ),
        (f"{SETTINGS}/pages/500000001?business_id=10000000001", Kind.PAGE, "500000001", "10000000001"),
        (f"{SETTINGS}/pages?business_id=777777&asset_id=500000001", Kind.PAGE, "500000001", "777777"),
        (f"{SETTINGS}/pixels/600000001?business_id=10000000001", Kind.PIXEL, "600000001", "10000000001"),
        (f"{SETTINGS}/events-dataset-and-pixel/600000001", Kind.PIXEL, "600000001", None),
        (f"{LATEST}/datasets?selected_asset_id=600000001", Kind.PIXEL, "600000001", None),
        (f"{SETTINGS}/instagram-accounts/700000001", Kind.INSTAGRAM_ACCOUNT, "700000001", None),
        (
            f"{LATEST}/instagram_account_v2s?business_id=10000000001&selected_asset_id=700000001",
            Kind.INSTAGRAM_ACCOUNT,
            "700000001",
            "10000000001",
        ),
        (
            "https://adsmanager.facebook.com/adsmanager/manage/campaigns?act=123456&global_scope_id=10000000001",
            Kind.AD_ACCOUNT,
            "act_123456",
            "10000000001",
        ),
        (f"{FACEBOOK}/ads/manager/account_settings?act=act_123456", Kind.AD_ACCOUNT, "act_123456", None),
        (
            "https://business.facebook.com/events_manager2/list/pixel/600000001/overview?business_id=777777&act=99",
            Kind.PIXEL,
            "600000001",
            "777777",
        ),
        (
            "https://business.facebook.com/events_manager2/list/dataset/600000001/overview",
            Kind.PIXEL,
            "600000001",
            None,
        ),
        (
            "https://business.facebook.com/billing_hub/payment_settings?asset_id=123456&business_id=777777",
            Kind.AD_ACCOUNT,
            "act_123456",
            "777777",
        ),
        ("https://graph.facebook.com/v25.0/act_123/agencies", Kind.AD_ACCOUNT, "act_123", None),
        (f"<{FACEBOOK}/500000001|the Page>", Kind.PAGE, "500000001", None),
        (f"{FACEBOOK}/500000001/posts/900000000", Kind.PAGE, "500000001", None),
        ("m.facebook.com/Acme-Shoes-500000001/", Kind.PAGE, "500000001", None),
        (f"{FACEBOOK}/pages/Acme/500000001?ref=x", Kind.PAGE, "500000001", None),
        (f"{FACEBOOK}/pages/category/Shop/Acme-500000001/", Kind.PAGE, "500000001", None),
        (f"{FACEBOOK}/people/Acme/500000001/", Kind.PAGE, "500000001", None),
        (f"{FACEBOOK}/p/Acme-500000001/", Kind.PAGE, "500000001", None),
        (f"{FACEBOOK}/profile.php?id=500000001.", Kind.PAGE, "500000001", None),
        (f"{FACEBOOK}/ads/library/?view_all_page_id=500000001", Kind.PAGE, "500000001", None),
    ],
)
def test_an_asset_is_read_from_a_link_with_its_kind_and_the_business(link, kind, asset_id, business_id):
    assert read_asset(link) == TypedAsset(ids=(asset_id,), kind=kind, business_id=business_id)


def test_a_link_that_does_not_tell_the_kind_leaves_it_open():
    named = read_asset("https://business.facebook.com/latest/home?asset_id=500000001&business_id=777777")
    assert named == TypedAsset(ids=("500000001", "act_500000001"), business_id="777777")


@pytest.mark.parametrize(
    "link",
    [
        f"{SETTINGS}/people/500000001?business_id=10000000001",
        f"{SETTINGS}/info?business_id=10000000001",
        f"{FACEBOOK}/acme/posts/900000000",
        f"{FACEBOOK}/groups/900000000",
        f"{FACEBOOK}/events/900000000",
        FACEBOOK,
    ],
)
def test_a_link_to_something_else_names_no_asset(link):
    assert read_asset(link) is None


@pytest.mark.case("8.6")
@pytest.mark.parametrize(
    "typed",
    [
        "10000000001",
        "100 000 00001",
        "100-000-00001",
        "100\u00a0000\u00a000001",
        "ID: 10000000001",
        "Business ID 10000000001",
        "Business portfolio ID: 10000000001",
        "#10000000001",
        "Northwind (10000000001)",
        "10000000001.",
        f"<{SETTINGS}/info?business_id=10000000001>",
        f"{LATEST}/business_info?business_id=10000000001&x=1",
        f"{SETTINGS}/people/500000001?business_id=10000000001",
    ],
)
def test_a_business_id_is_read_as_people_have_it(typed):
    assert read_business_id(typed) == "10000000001"


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "1234",
        "1" * 21,
        "act_12345",
        "1.0E+10",
        "12a45",
        "123😀45",
        "Brand",
        FACEBOOK,
        "https://example.com/10000000001",
    ],
)
def test_anything_else_is_no_business(typed):
    assert read_business_id(typed) is None


@given(st.text() | st.text("act_0123456789 -/:?=&.|<>facebook.com"))
def test_reading_never_raises_and_gives_ids_or_nothing(text):
    named = read_asset(text)
    assert named is None or all(is_asset_id(one, kind=named.kind) for one in named.ids)
    business = read_business_id(text)
    assert business is None or is_business_id(business)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Can you get us into act_1001 and ACT 1002, please?", ["act_1001", "act_1002"]),
        ("<https://www.facebook.com/Acme-Shoes-500000001|Acme Shoes>: we need it", ["500000001"]),
        ("it is https://business.facebook.com/settings/ad-accounts/4815162342108.", ["act_4815162342108"]),
        ("the pixel is 300000000001, budget 12500 EUR, call 555 0100", ["300000000001"]),
        ("act_1001 (again: act_1001)", ["act_1001"]),
        (
            "_act_1001_ *act_1002* _and act_1003_ contact_1 act_4_old act_5x",
            ["act_1001", "act_1002", "act_1003"],
        ),
        ("_300000000001_ _https://www.facebook.com/profile.php?id=500000001_", ["300000000001", "500000001"]),
        (
            "\u200eact_1001\u200e \u2068act_1002\u2069 \u200f300000000001",
            ["act_1001", "act_1002", "300000000001"],
        ),
        ("<@U0000000001> see <#C0000000001|ads> and <https://example.com/act_9|this>", []),
        ("", []),
    ],
)
def test_free_text_names_what_can_be_nothing_else_than_an_asset(text, named):
    found = find_assets(text, most=25)
    assert [one.ids[0] for one in found] == named


def test_no_more_assets_are_read_from_free_text_than_were_asked_for():
    assert len(find_assets(" ".join(f"act_{number}" for number in range(1000, 1100)), most=25)) == 25


@pytest.mark.case("8.2")
@pytest.mark.parametrize(
    ("link", "address"),
    [
        ("https://www.facebook.com/acme", Address(Kind.PAGE, "acme")),
        ("https://www.facebook.com/acme/photos?tab=album", Address(Kind.PAGE, "acme")),
        ("<https://de-de.facebook.com/pg/acme/about|Acme>", Address(Kind.PAGE, "acme")),
        ("m.facebook.com/Acme-Shoes-500000001/", Address(Kind.PAGE, "Acme-Shoes-500000001")),
        ("fb.me/acme", Address(Kind.PAGE, "acme")),
        (
            "https://www.instagram.com/acme.shoes/?igsh=a&amp;x=1",
            Address(Kind.INSTAGRAM_ACCOUNT, "@acme.shoes"),
        ),
        ("instagram.com/acme.shoes/reels/", Address(Kind.INSTAGRAM_ACCOUNT, "@acme.shoes")),
        ("https://instagram.com/stories/acme/300/", Address(Kind.INSTAGRAM_ACCOUNT, "@acme")),
    ],
)
def test_a_page_or_profile_is_read_from_its_address_and_from_that_of_a_part_of_it(link, address):
    assert read_address(link) == address
    assert read_name(link) == address.name
    assert find_addresses(f"see {link}, and _{link}_", most=5)[0] == address


@pytest.mark.parametrize(
    "link",
    [
        "https://www.instagram.com/p/Cabc/",
        "https://www.facebook.com/events/500000001",
        "https://www.facebook.com/profile.php?id=500000001",
        "https://business.facebook.com/latest/home",
        "https://facebook.com.evil.example/acme",
        "https://www.facebook.com/",
        "instagram.com/acme shoes",
        "acme",
    ],
)
def test_a_post_an_event_and_what_is_no_page_have_no_name(link):
    assert read_address(link) is None


def test_an_account_that_is_named_with_its_prefix_and_without_is_one():
    (found,) = find_assets("Ad account 9876543210, that is act_9876543210", most=5)
    assert found == TypedAsset(ids=("act_9876543210",), kind=Kind.AD_ACCOUNT)
