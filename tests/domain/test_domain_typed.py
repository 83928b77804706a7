"""What people type: what of it is kept, and what means the same."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.domain.refs import read_ref
from bot.domain.typed import folded, plainly, tidy

ENGLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"
LETTERS = st.text() | st.text(
    st.sampled_from("aشक\u094d\u200c\u200d\u200d👩🏽\ufe0f\u2764\U0001f3f4\U000e0067\U000e007f\u0301 ")
)


@given(LETTERS)
@example("\u0301\u200c\u094d\u200d")
def test_tidied_text_holds_nothing_unseen_and_stays_as_it_is_when_tidied_again(text):
    clean = tidy(text)
    assert tidy(clean) == clean
    for char in clean.replace(ENGLAND, "").replace("\n", ""):
        is_joiner = char in {"\u200c", "\u200d"}
        is_tag = "\U000e0020" <= char <= "\U000e007f"
        assert is_joiner or is_tag or unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co"}


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Q1 \u202elaunch\u202c", "Q1 launch"),
        ("MAN\u200bAGE\u200d", "MANAGE"),
        ("GEN\u200cERAL \u200d\u200cuser", "GENERAL user"),
        ("a\x00b", "ab"),
        (" two\r\nlines ", "two\nlines"),
        ("cafe\u0301", "café"),
        ("a\U000e0067\U000e0062b", "ab"),
        ("\U0001f3f4" + "\U000e0061" * 40 + "\U000e007f", "\U0001f3f4"),
        ("\u2764\u200d", "\u2764"),
    ],
)
def test_typed_text_keeps_what_people_see_and_loses_what_they_do_not(typed, kept):
    assert tidy(typed) == kept


@pytest.mark.case("8.8")
@pytest.mark.parametrize(
    "typed",
    [
        "👩\u200d🚀 ship it",
        "👩🏽\u200d🚀",
        "\u2764\ufe0f\u200d🔥",
        "🙂\u200d\u2194\ufe0f",
        "🏳\ufe0f\u200d🌈",
        f"{ENGLAND} cup",
        "step 1\ufe0f\u20e3",
        "می\u200cخواهیم تبلیغات",
        "PDF\u200cها",
        "क्\u200dष",
        "অর\u200d\u09cdয",
        "അവന്\u200d",
        "ශ්\u200dරී",
    ],
)
def test_what_joins_letters_or_forms_an_emoji_stays(typed):
    assert tidy(typed) == typed


DASHES = [chr(code) for code in range(0x20000) if unicodedata.category(chr(code)) == "Pd"]  # none is beyond
QUOTES = [chr(code) for code in range(0x20000) if unicodedata.category(chr(code)) in {"Pi", "Pf"}]


@pytest.mark.case("8.5")
@pytest.mark.parametrize("dash", ["", *DASHES, "\u2212", " - ", " \u2013 ", "\u2014\u2014"])
def test_a_reference_is_read_with_any_dash(dash):
    assert read_ref(f"amber{dash}1234") == "AMBER-1234"


@pytest.mark.parametrize(
    "typed", ["*AMBER-1234*", "`AMBER-1234`", "(AMBER\u20111234).", "ＡＭＢＥＲ－１２３４"]
)
def test_a_reference_is_read_with_what_stands_around_it(typed):
    assert read_ref(typed) == "AMBER-1234"


@pytest.mark.parametrize(
    "typed", ["AMBER-123", "AMBERS-1234", "AMBER-1234-5", "1234", "AMBER-1234 OPAL-1234"]
)
def test_nothing_else_is_a_reference(typed):
    assert read_ref(typed) is None


def test_every_quotation_mark_is_read_as_a_plain_one():
    odd = {quote for quote in QUOTES if plainly(quote) not in {"'", '"'}}
    assert {unicodedata.name(quote).split()[0] for quote in odd} <= {
        "LEFT",
        "RIGHT",
        "RAISED",
        "TOP",
        "VERTICAL",
        "DOTTED",
    }  # marks of editors, not quotes
    assert plainly("„“‚‘«»‹›「」『』`´") == '""\'\'""\'\'""""\'\''


@given(st.text())
def test_plain_text_is_as_long_as_what_was_typed(text):
    assert len(plainly(text)) == len(text)
    assert plainly(plainly(text)) == plainly(text)


@pytest.mark.case("8.4")
@pytest.mark.parametrize(
    ("name", "looked_for"),
    [
        ("Österreich", "osterreich"),
        ("ЯНДЕКС", "яндекс"),
        ("İstanbul", "istanbul"),
        ("Işık", "isik"),
        ("GROSSE", "große"),
        ("Ｗｉｄｅ", "wide"),
        ("Ὀδυσσεύς", "ΟΔΥΣΣΕΥΣ"),
    ],
)
def test_a_name_is_looked_for_in_one_case_without_accents(name, looked_for):
    assert folded(name) == folded(looked_for)


@given(st.text())
def test_a_folded_name_is_folded_again_to_itself(name):
    assert folded(folded(name)) == folded(name)
