from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from slack_make import (
    NOW,
    assert_openable,
    filled,
    grant,
    modal_words,
)

from bot.domain.denials import DenialReason
from bot.domain.requests import ErrorCode, FieldError, Term
from bot.services.results import Denied, Invalid
from bot.slack import modals
from bot.slack.modals import FieldErrors, ReadExtend
from bot.slack.values import Ref


def extend_modal(**fields: Any) -> dict[str, Any]:
    state = modals.extend_state(grant(), zone="Europe/Berlin", **fields)
    view = modals.extend_modal(grant(), state)
    assert_openable(view)
    return view


def as_errors(read: object) -> FieldErrors:
    assert isinstance(read, dict)
    return read


def test_the_form_for_more_time_says_what_ends_when_and_starts_with_the_old_reason():
    view = extend_modal()
    words = modal_words(view)
    assert "US ads (act_100) of Brand, Reporting only (see how ads perform)." in words
    assert "It ends " in words
    assert "Brand decides. Nothing changes before they approve." in words
    assert modals.read_extend(filled(view)) == ReadExtend(
        ref=Ref("700000000000001", 1), term=Term.for_days(30), reason="Q1 launch"
    )


@pytest.mark.covers("G5", "G7")
def test_of_what_a_contract_ends_sooner_it_says_from_when_on_more_days_are_counted():
    cut = grant(ends_at=NOW + timedelta(days=40), cut_at=NOW + timedelta(days=10))
    words = modal_words(modals.extend_modal(cut, modals.extend_state(cut, zone="Europe/Berlin")))
    assert "The contract ends it " in words
    assert "By itself it would end " in words
    assert "more days are counted from then" in words
    assert "It ends " not in words


@pytest.mark.covers("G2")
def test_an_end_of_another_zone_stays_while_its_day_is_unchanged():
    elsewhere = datetime(2027, 3, 31, 23, 59, tzinfo=ZoneInfo("Asia/Tokyo"))
    view = extend_modal(term=Term.till(elsewhere))
    for sent in (view, modals.extend_modal(grant(), modals.read_extend_state(filled(view)))):
        read = modals.read_extend(filled(sent))
        assert isinstance(read, ReadExtend)
        assert read.term == Term.till(elsewhere)


@pytest.mark.case("8.10")
@pytest.mark.parametrize(
    "term",
    [
        *(Term.for_days(days) for days in (7, 30, 90, 1, 45, 3650)),
        Term.till(datetime(2027, 3, 31, 23, 59, tzinfo=ZoneInfo("Europe/Berlin"))),
        Term.without_end(),
    ],
)
def test_a_length_named_in_a_command_stands_in_the_form(term):
    read = modals.read_extend(filled(extend_modal(term=term, reason="It goes on")))
    assert read == ReadExtend(ref=Ref("700000000000001", 1), term=term, reason="It goes on")


@pytest.mark.case("8.10")
@pytest.mark.parametrize(
    ("length", "entered", "term"),
    [
        (Term.for_days(45), {"days": "60"}, Term.for_days(60)),
        (Term.for_days(30), {"term": "none"}, Term.without_end()),
    ],
)
def test_another_length_is_chosen_in_the_form(length, entered, term):
    read = modals.read_extend(filled(extend_modal(term=length), entered))
    assert isinstance(read, ReadExtend)
    assert read.term == term


def test_a_number_that_is_not_typed_is_missed_at_its_field():
    view = filled(extend_modal(term=Term.for_days(45)), {"days": ""})
    assert set(as_errors(modals.read_extend(view))) == {"days"}


def test_a_reason_of_blanks_alone_is_an_error():
    assert set(as_errors(modals.read_extend(filled(extend_modal(), {"reason": "  "})))) == {"reason"}


@pytest.mark.parametrize(("length", "block"), [(Term.for_days(30), "term"), (Term.for_days(45), "days")])
@pytest.mark.parametrize("field", ["term", "days", "until"])
def test_what_is_wrong_with_the_length_stands_where_it_was_said(length, block, field):
    answer = Invalid(field_errors=(FieldError(field=field, code=ErrorCode.DAYS),))
    assert set(modals.extend_errors(filled(extend_modal(term=length)), answer)) == {block}


def test_an_extension_that_is_open_already_is_said_in_the_form():
    answer = Denied(reason=DenialReason.OPEN_ALREADY, ref="OTTER-1", name="US ads")
    assert "OTTER-1" in "".join(modals.extend_errors(filled(extend_modal()), answer).values())


def test_who_asks_for_no_more_than_they_have_reads_so_at_the_length():
    no = Denied(reason=DenialReason.GRANTED_ALREADY, field="term", name="US ads")
    view = extend_modal(term=Term.till(datetime(2027, 3, 31, 23, 59, tzinfo=ZoneInfo("Asia/Tokyo"))))
    (said,) = modals.extend_errors(filled(view), no).items()
    assert said == ("until", "Your access to US ads goes on that long anyway. Choose a later end.")
