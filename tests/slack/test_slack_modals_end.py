from __future__ import annotations

from dataclasses import replace

import pytest
from slack_make import (
    AGENCY,
    BRAND,
    NOW,
    assert_offerable,
    assert_openable,
    filled,
    grant,
    modal_words,
)

from bot.domain.grants import Named
from bot.domain.limits import LONGEST_NOTE, MOST_CHOSEN, MOST_ENDED
from bot.slack import modals
from bot.slack.values import Unreadable

REVOKED = (BRAND.id, grant(id="700000000000001"))
RELINQUISHED = (AGENCY.id, grant(id="700000000000002", asset_name="DE ads", asset_id="act_200"))


def test_access_to_end_is_offered_in_both_directions_in_words():
    answer = modals.grant_options([REVOKED, RELINQUISHED])
    assert_offerable(answer)
    said = [(one["text"]["text"], one["description"]["text"]) for one in answer["options"]]
    assert said == [
        ("Revoke: US ads (act_100)", "from Northwind Agency, Reporting only"),
        ("Give back: DE ads (act_200)", "to Brand, Reporting only"),
    ]


def test_what_was_chosen_is_shown_exactly_before_it_ends():
    chosen = modals.end_modal([REVOKED, RELINQUISHED])
    assert_openable(chosen)
    picked = modals.read_end(filled(chosen))
    assert picked == modals.Picked(((BRAND.id, "700000000000001"), (AGENCY.id, "700000000000002")))
    preview = modals.end_now_modal([REVOKED, RELINQUISHED], now=NOW)
    assert_openable(preview)
    words = modal_words(preview)
    assert "Revoke from Northwind Agency: US ads (act_100), Reporting only. Access until" in words
    assert "Give back to Brand: DE ads (act_200), Reporting only." in words
    assert "Anything created stays with the asset" in words
    assert preview["submit"]["text"] == "End access"
    read = modals.read_end_now(filled(preview, {"note": "contract over"}))
    assert read.choices == picked.choices
    assert read.note == "contract over"


@pytest.mark.parametrize(
    ("ending", "total", "said"),
    [
        ([REVOKED], 1, "for everybody who uses it."),
        ([REVOKED], 1, "You can't undo this; they can ask again."),
        ([RELINQUISHED], 1, "for all your people who use it."),
        ([RELINQUISHED], 1, "You can't undo this; you can ask again."),
        ([REVOKED, RELINQUISHED], 2, "You can't undo this; whoever had it can ask again."),
        ([RELINQUISHED], 2, "You can't undo this; whoever had it can ask again."),
    ],
)
def test_the_preview_says_who_can_ask_again(ending, total, said):
    preview = modals.end_now_modal(ending, now=NOW, total=total, most=total)
    assert said in modal_words(preview)


@pytest.mark.parametrize("chosen", [[], ["nothing"]])
def test_choosing_nothing_to_end_is_said_at_the_field(chosen):
    errors = modals.read_end(filled(modals.end_modal(), {"grants": chosen}))
    assert isinstance(errors, dict)
    assert list(errors) == ["grants"]


@pytest.mark.case("7.1")
def test_the_largest_preview_can_be_shown_and_says_how_many_there_are():
    name, words = (
        "\N{WOMAN}\N{ZERO WIDTH JOINER}\N{GIRL}" * 40,
        Named(asset_id="act_" + "9" * 20, other_id="9" * 20),
    )
    holder = replace(AGENCY, id="9" * 20, name=name)
    grants = [
        (BRAND.id, grant(id=str(7 * 10**14 + n), asset_name=name, asset_id="act_" + "9" * 20, holder=holder))
        for n in range(modals.PREVIEWED)
    ]
    preview = modals.end_now_modal(
        grants, now=NOW, note="&" * LONGEST_NOTE, named=words, seen="f" * 16, most=MOST_ENDED, total=812
    )
    assert_openable(preview)
    assert f"This ends {MOST_ENDED} of the 812 that you named" in modal_words(preview)
    read = modals.read_end_now(filled(preview))
    assert (read.named, read.seen, read.choices) == (words, "f" * 16, ())
    all_shown = modals.end_now_modal(grants, now=NOW, named=words, seen="f" * 16, most=130, total=130)
    assert "This ends all 130 that you named; 100 of them are shown here" in modal_words(all_shown)


def test_as_many_as_a_menu_takes_are_previewed_and_no_more_are_read():
    grants = [(BRAND.id, grant(id=str(7 * 10**14 + n), asset_name="n" * 300)) for n in range(MOST_CHOSEN + 1)]
    most = modals.end_now_modal(grants[:-1], now=NOW)
    assert_openable(most)
    assert len(modals.read_end_now(filled(most)).choices) == MOST_CHOSEN
    with pytest.raises(Unreadable):
        modals.read_end_now(filled(modals.end_now_modal(grants, now=NOW)))


@pytest.mark.covers("T11")
@pytest.mark.parametrize(
    "ends",
    [
        '{"ends":[]}',
        '{"ends":{"1":["2"]}}',
        '{"ends":["a:1"]}',
        '{"ends":[1]}',
        '{"asset":null,"other":null,"seen":"x"}',
        '{"asset":1,"other":null,"seen":"x"}',
        '{"asset":"\\n","other":null,"seen":"x"}',
    ],
)
def test_an_altered_preview_ends_nothing(ends):
    with pytest.raises(Unreadable):
        modals.read_end_now({"private_metadata": ends, "state": {"values": {}}})
