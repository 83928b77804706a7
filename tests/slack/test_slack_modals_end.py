from __future__ import annotations

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

from bot.slack import modals
from bot.slack.ids import Unreadable

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
    assert "Revoke from Northwind Agency: US ads (act_100), Reporting only (ANALYZE). In force until" in words
    assert "Give back to Brand: DE ads (act_200), Reporting only (ANALYZE)." in words
    assert "Content stays with the owner's asset" in words
    assert preview["submit"]["text"] == "End access"
    read = modals.read_end_now(filled(preview, {"note": "contract over"}))
    assert read.by_business == {BRAND.id: ("700000000000001",), AGENCY.id: ("700000000000002",)}
    assert read.note == "contract over"


@pytest.mark.parametrize("chosen", [[], ["nothing"]])
def test_choosing_nothing_to_end_is_said_at_the_field(chosen):
    errors = modals.read_end(filled(modals.end_modal(), {"grants": chosen}))
    assert isinstance(errors, dict)
    assert list(errors) == ["grants"]


def test_a_hundred_grants_still_fit_into_the_preview():
    grants = [(BRAND.id, grant(id=str(7 * 10**14 + n), asset_name="n" * 300)) for n in range(100)]
    preview = modals.end_now_modal(grants, now=NOW)
    assert_openable(preview)
    assert len(modals.read_end_now(filled(preview)).by_business[BRAND.id]) == 100


@pytest.mark.covers("T11")
@pytest.mark.parametrize(
    "ends", ['{"ends":{}}', '{"ends":{"1":"x"}}', '{"ends":{"a":["1"]}}', '{"ends":["1"]}']
)
def test_an_altered_preview_ends_nothing(ends):
    with pytest.raises(Unreadable):
        modals.read_end_now({"private_metadata": ends, "state": {"values": {}}})
