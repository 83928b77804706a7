from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.ids import Callback
from bot.slack.kit import Block, at_first_gap, entry, focused, modal, rich, section, small_print
from bot.slack.lines import (
    Bullets,
    Quote,
    Small,
    When,
    Words,
    escape,
    line,
    plain,
    short,
    short_named,
    spoken,
)

AT = datetime(2026, 12, 31, 22, 59, tzinfo=UTC)


def test_stars_in_a_template_make_bold_and_stars_in_a_value_do_not():
    assert line("*Why:* {why}", why="*now*") == (Words("Why:", bold=True), Words(" *now*"))


def test_a_value_inside_bold_is_bold():
    assert line("*{name} asks*", name="Ann") == (Words("Ann asks", bold=True),)


def test_braces_in_a_value_are_only_text():
    assert plain(line("{a} and {b}", a="{b}", b="{0.__class__}")) == "{b} and {0.__class__}"


@pytest.mark.covers("C5")
def test_a_time_is_shown_in_the_readers_zone_and_says_utc_where_that_cannot_be():
    said = line("until {at}", at=AT)
    assert said == (Words("until "), When(AT))
    token = f"<!date^{int(AT.timestamp())}^\u200b{{date_short_pretty}} at {{time}}|31 Dec 2026, 22:59 UTC>"
    assert spoken([(said,)]) == f"until {token}"
    assert plain(said) == "until 31 Dec 2026, 22:59 UTC"
    (section,) = rich((said,))["elements"]
    assert section["elements"][1] == {
        "type": "date",
        "timestamp": int(AT.timestamp()),
        "format": "\u200b{date_short_pretty} at {time}",
        "fallback": "31 Dec 2026, 22:59 UTC",
    }


def test_only_a_time_that_begins_a_line_begins_with_a_capital():
    """Slack writes "Today" where its token comes first, and "today" after a mark that has no width."""
    first, inside = "{date_short_pretty} at {time}", "\u200b{date_short_pretty} at {time}"
    said = line("*{at}:* {what}", at=AT, what="Approved")
    assert first in spoken([(said,)])
    assert inside not in spoken([(said,)])
    (section,) = rich((line("Sent {at}", at=AT), said))["elements"]
    assert [one["format"] for one in section["elements"] if one["type"] == "date"] == [inside, first]
    (labelled,) = small_print(Small((line("Decide by {at}", at=AT),)))["elements"]
    _, alone = small_print(Small((line("Decide by {who} until {at}", who="Ann-7", at=AT),)))["elements"]
    assert all(inside in one["text"] for one in (labelled, alone))


@pytest.mark.covers("T23")
@given(st.text())
def test_escaped_text_has_no_angle_bracket_and_stays_on_its_line(text):
    escaped = escape(text)
    assert not re.search(r"[<>\n\r]", escaped)
    assert re.sub(r"&(amp|lt|gt);", "", escaped).count("&") == 0


@pytest.mark.covers("T23")
def test_text_is_escaped_once():
    assert escape("a < b & c &amp; d") == "a &lt; b &amp; c &amp;amp; d"


def test_spaces_between_words_and_values_survive_escaping():
    assert spoken([(line("*{a}* asks {b} for {c}.", a="A", b="B", c="C"),)]) == "A asks B for C."


def test_what_was_typed_is_a_quote_of_its_own_and_is_not_changed():
    block = rich((line("*Why:*"), Quote("two\nlines & <!here>"), Bullets((line("{x}", x="one"),))))
    section, quote, bullets = block["elements"]
    assert section["type"] == "rich_text_section"
    assert quote == {
        "type": "rich_text_quote",
        "elements": [{"type": "text", "text": "two\nlines & <!here>"}],
    }
    assert bullets["type"] == "rich_text_list"


@given(st.text(), st.integers(2, 80))
def test_a_shortened_text_fits_and_shows_that_it_was_shortened(text, most):
    shortened = short(text, most)
    assert len(shortened) <= most
    assert shortened == " ".join(text.split()) or shortened.endswith("…")


@given(st.text(min_size=1), st.from_regex(r"act_[0-9]{1,20}", fullmatch=True))
def test_a_shortened_name_keeps_its_id_whole(name, asset_id):
    shortened = short_named(name, asset_id, 75)
    assert len(shortened) <= 75
    assert asset_id in shortened


def test_only_a_template_makes_code_and_read_aloud_it_has_no_marks():
    said = line("To end {name}: `/access revoke`.", name="the `best` shop")
    (section,) = rich((said,))["elements"]
    shown = [(piece["text"], piece.get("style")) for piece in section["elements"]]
    assert shown == [
        ("To end the `best` shop: ", None),
        ("/access revoke", {"code": True}),
        (".", None),
    ]
    assert plain(said) == "To end the `best` shop: /access revoke."


def test_a_date_in_small_print_is_in_the_readers_zone_and_the_name_before_it_formats_nothing():
    at = datetime(2026, 11, 22, 18, tzinfo=UTC)
    made = small_print(Small((line("*MAPLE-1*"), line("Approved by {who}, {at}.", who="*Dana*", at=at))))
    name, date = made["elements"]
    assert name == {"type": "plain_text", "text": "MAPLE-1 · Approved by *Dana*,", "emoji": False}
    assert (date["type"], date["text"].startswith("<!date^")) == ("mrkdwn", True)


def test_nothing_hangs_at_the_end_of_small_print_before_a_date():
    at = datetime(2026, 11, 22, 18, tzinfo=UTC)
    made = small_print(Small((line("MAPLE-1"), line("To Acme"), line("Open until {at}", at=at))))
    facts, date = made["elements"]
    assert facts["text"] == "MAPLE-1 · To Acme"
    assert date["text"].startswith("Open until <!date^")


# --- where the cursor of a form stands ------------------------------------------------------------------


def field(name: str, starts: str = "", *, optional: bool = False) -> Block:
    element = {"type": "plain_text_input", "action_id": "reason"}
    return entry(
        name, element | ({"initial_value": starts} if starts else {}), block_id=name, optional=optional
    )


@pytest.mark.parametrize(
    ("fields", "focus"),
    [
        ([field("owner", "Acme"), field("asset", "act_1"), field("reason")], "reason"),
        ([field("owner", "Acme"), field("people", optional=True), field("reason")], "reason"),
        ([field("owner"), field("level", "Admin"), field("reason")], None),
        ([field("note", optional=True), field("reason")], None),
        ([field("owner", "Acme"), field("reason", "Spring")], None),
        ([focused(field("owner", "Acme")), field("reason")], "owner"),
        ([], None),
    ],
    ids=[
        "a gap",
        "past what may stay empty",
        "all is empty above",
        "nothing is filled",
        "no gap",
        "said",
        "none",
    ],
)
def test_the_cursor_of_a_form_stands_in_the_first_field_to_fill_in_below_those_that_are(fields, focus):
    form = modal("A form", [*fields, section("Below.")], callback=Callback.ASK, close="Close")
    opened = at_first_gap(form)
    assert [one["block_id"] for one in opened["blocks"] if one.get("element", {}).get("focus_on_load")] == [
        name for name in [focus] if name
    ]
    assert [one.get("block_id") for one in opened["blocks"]] == [
        one.get("block_id") for one in form["blocks"]
    ]
