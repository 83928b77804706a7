"""Names that look alike are found to, and others are not."""

from __future__ import annotations

import pytest

from bot.domain.lookalikes import skeleton


@pytest.mark.covers("T44")
@pytest.mark.parametrize(
    "name",
    [
        "ACME SHOES",
        "Acme-Shoes.",
        "Acrne Shoes",
        "Acme Sh0es",
        "Acme Shoe5",
        "\u0410\u0441\u043c\u0435 Shoes",  # Cyrillic
        "\u0391cme Sh\u03bfes",  # Greek
        "\uff21\uff43\uff4d\uff45 Shoes",  # wide
        "\U0001d400cme Shoes",  # mathematical
        "\u00c1cm\u00e9 Shoes",
        "Ac\u200bme\u00a0Shoes",
        "Acm\u03ad Sh\u00f8es",
        "A\u0441m\u0435 Shoe\u0455",
    ],
)
def test_a_name_that_looks_like_another_has_the_same_skeleton(name):
    assert skeleton(name) == skeleton("Acme Shoes")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Acme Shoes", "Acme Shops"),
        ("Northwind", "Northwood"),
        ("Mueller", "M\u00fcller"),
        ("\u041c\u043e\u0441\u043a\u0432\u0430", "\u041c\u043e\u0441\u0442"),
        ("\u682a\u5f0f\u4f1a\u793e", "\u5408\u540c\u4f1a\u793e"),
        ("Studio 7", "Studio 8"),
        ("Lucia Studio", "Luda Studio"),
        ("Clean & Co", "Dean & Co"),
        ("\u092e\u094b\u0928\u093e", "\u092e\u0940\u0928\u093e"),  # vowels of Devanagari are marks
        ("\u30d0\u30b9", "\u30d1\u30b9"),
    ],
)
def test_names_that_differ_to_the_eye_differ(one, other):
    assert skeleton(one) != skeleton(other)


def test_letters_that_are_capitals_alike_crossed_or_read_as_a_bar_count_too():
    assert skeleton("N\u0456\u045ce") == skeleton("Nike") == skeleton("N|ke")
    assert skeleton("N\u00f8kia \u0141\u00f3dz") == skeleton("NOKIA LODZ")


def test_a_name_without_letters_looks_like_none():
    assert skeleton("\u2022 \u2022") == ""
