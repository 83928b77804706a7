from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_make import (
    ADMIN,
    AGENCY,
    GENERAL,
    REPORTING,
    assert_openable,
    described,
    element_of,
    filled,
    item,
    modal_words,
    party,
    request,
)

from bot.domain.assets import TASKS, Kind
from bot.domain.denials import DenialReason
from bot.domain.requests import (
    Approve,
    Decline,
    RequestState,
    Term,
)
from bot.services.results import Denied
from bot.slack import modals
from bot.slack.modals.inputs import end_of_day
from bot.slack.values import Ref, Unreadable


def block_ids(view: dict[str, Any]) -> list[str]:
    return [block.get("block_id", "") for block in view["blocks"]]


def adjust_of(view: Any, **fields: Any) -> dict[str, Any]:
    modal = modals.adjust_modal(view, zone="Europe/Berlin", **fields)
    assert_openable(modal)
    return modal


def test_each_item_can_be_given_as_asked_lower_or_not_at_all():
    view = adjust_of(request(items=(item(requested=ADMIN), item(1, requested=REPORTING))))
    first, second = [block for block in view["blocks"] if block.get("block_id", "").startswith("item:")]
    assert [one["text"]["text"] for one in first["element"]["options"]] == [
        "As asked: Admin",
        "Give General user",
        "Give Reporting only",
        "Decline this one",
    ]
    assert [one["text"]["text"] for one in second["element"]["options"]] == [
        "As asked: Reporting only",
        "Decline this one",
    ]


def test_after_a_first_approval_no_more_than_that_is_offered():
    view = request(
        state=RequestState.IN_REVIEW,
        items=(item(requested=ADMIN, given=GENERAL),),
        given_term=Term.for_days(7),
    )
    options = element_of(adjust_of(view)["blocks"], "given")["options"]
    assert [one["text"]["text"] for one in options] == [
        "As first approved: General user",
        "Give Reporting only",
        "Decline this one",
    ]
    assert "As first approved: 7 days" in modal_words(adjust_of(view))


def test_an_untouched_adjust_form_approves_everything():
    read = modals.read_adjust(filled(adjust_of(request(items=(item(), item(1))))))
    assert read == modals.ReadVerdict(ref=Ref("500000000000001", 3), verdict=Approve())


def test_a_lower_level_a_declined_item_a_named_asset_a_shorter_time_and_a_note_are_read():
    view = adjust_of(request(items=(item(requested=ADMIN), item(1), described(2), described(3))))
    view = adjust_of(
        request(items=(item(requested=ADMIN), item(1), described(2), described(3))),
        state=modals.read_adjust_state(filled(view, {"term": "days"})),
    )
    read = modals.read_adjust(
        filled(
            view,
            {
                "item:0": "Reporting only",
                "item:1": "declined",
                "bound:2:PIXEL": "PIXEL:77777",
                "item:3": "declined",
                "days": "5",
                "note": " Less will do. ",
            },
        )
    )
    assert read == modals.ReadVerdict(
        ref=Ref("500000000000001", 3),
        verdict=Approve(
            given={0: REPORTING, 1: frozenset(), 3: frozenset()},
            bound={2: "77777"},
            term=Term.for_days(5),
            note="Less will do.",
        ),
    )


@pytest.mark.parametrize("fixed", [False, True])
def test_the_day_until_which_it_is_requested_ends_as_it_does_for_who_requested_it(fixed):
    asked = Term.till(end_of_day("2027-12-31", zone="Europe/Berlin"))
    longer = Term.till(end_of_day("2028-01-31", zone="Europe/Berlin"))
    in_review = {"state": RequestState.IN_REVIEW, "term": longer, "given_term": asked}
    requested = request(**(in_review if fixed else {"term": asked}))
    form = modals.adjust_modal(requested, zone="America/New_York")
    state = modals.read_adjust_state(filled(form, {"term": "until"}))
    form = modals.adjust_modal(requested, zone="America/New_York", state=state)

    def given(day: str) -> Term:
        return modals.read_adjust(filled(form, {"until": day})).verdict.term

    assert given("2027-12-31") == asked, "in New York that day goes on for six hours more"
    assert given("2027-12-30") == Term.till(end_of_day("2027-12-30", zone="America/New_York"))


@pytest.mark.parametrize("entry", [None, "nothing", "PAGE:55555"])
def test_a_described_item_that_is_not_named_is_said_at_its_field(entry):
    view = adjust_of(request(items=(described(0),)))
    errors = modals.read_adjust(filled(view, {"bound:0:PIXEL": entry}))
    assert errors == {"bound:0:PIXEL": "Choose which of your assets it is, or decline this one above."}


def test_what_was_entered_stays_when_the_form_is_built_again():
    requested = request(items=(item(requested=ADMIN), described(1)))
    entries = {"item:0": "Reporting only", "bound:1:PIXEL": "PIXEL:77777", "term": "until", "note": "n"}
    state = modals.read_adjust_state(filled(adjust_of(requested), entries))
    again = adjust_of(requested, state=state)
    assert "until" in block_ids(again)
    assert modals.read_adjust_state(filled(again)) == state


@pytest.mark.parametrize(
    ("field", "at"),
    [("items.1", "item:1"), ("items", "item:0"), ("term", "term"), ("", "note"), ("note", "note")],
)
def test_every_answer_to_a_verdict_stands_at_a_field(field, at):
    view = filled(adjust_of(request(items=(item(), item(1)))))
    assert list(modals.adjust_errors(view, Denied(reason=DenialReason.WIDER, field=field))) == [at]


def test_the_adjust_form_of_the_largest_request_fits():
    items = tuple(described(n, words="w" * 200) for n in range(25))
    adjust_of(request(items=items, requesting=party(name="n" * 300)))
    named = tuple(
        item(n, kind=Kind.PAGE, asset_name="n" * 300, requested=TASKS[Kind.PAGE]) for n in range(25)
    )
    adjust_of(request(items=named))


def test_a_level_of_another_kind_is_unreadable():
    view = filled(adjust_of(request()), {"item:0": "Employee"})
    with pytest.raises(Unreadable):
        modals.read_adjust(view)


# --- declining and cancelling -----------------------------------------------------------------------


def test_declining_needs_a_note():
    view = modals.decline_modal(request())
    assert_openable(view)
    assert modals.read_decline(filled(view, {"note": "  \n "})) == {
        "note": "Say in a few words why not; they read it."
    }
    assert modals.read_decline(filled(view, {"note": " Not this quarter. "})) == modals.ReadVerdict(
        ref=Ref("500000000000001", 3), verdict=Decline(note="Not this quarter.")
    )


def test_cancelling_says_what_happens_and_its_note_is_optional():
    view = modals.cancel_modal(request(), note="wrong account")
    assert_openable(view)
    assert "Brand can no longer decide on it" in modal_words(view)
    read = modals.ReadNote(ref=Ref("500000000000001", 3), note="wrong account")
    assert modals.read_cancel(filled(view)) == read
    assert modals.read_cancel(filled(view, {"note": None})).note == ""


def test_an_answer_without_a_field_stands_at_the_last_input():
    view = filled(modals.decline_modal(request()))
    assert list(modals.modal_errors(view, Denied(reason=DenialReason.CHANGED, ref="AMBER-1234"))) == ["note"]


@given(st.text(min_size=1))
def test_only_a_day_of_the_calendar_is_read_as_one(text):
    end = end_of_day(text, zone=text)
    assert end is None or end.tzinfo is not None


def test_the_agency_is_named_where_a_note_is_written_to_it():
    assert f"Message to {AGENCY.name}" in modal_words(adjust_of(request()))
