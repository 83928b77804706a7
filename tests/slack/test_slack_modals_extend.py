from __future__ import annotations

from typing import Any

import pytest
from slack_make import (
    assert_openable,
    filled,
    grant,
    modal_words,
)

from bot.domain.policy import DenialReason
from bot.domain.requests import ErrorCode, FieldError
from bot.services.results import Denied, Invalid
from bot.slack import modals
from bot.slack.ids import Ref
from bot.slack.modals import FieldErrors, ReadExtend


def extend_modal(**fields: Any) -> dict[str, Any]:
    view = modals.extend_modal(grant(), **fields)
    assert_openable(view)
    return view


def as_errors(read: object) -> FieldErrors:
    assert isinstance(read, dict)
    return read


def test_the_form_for_more_time_says_what_ends_when_and_starts_with_the_old_reason():
    view = extend_modal()
    words = modal_words(view)
    assert "US ads (act_100) of Brand, Reporting only (ANALYZE)." in words
    assert "It ends " in words
    assert "Brand decides on this as on any request." in words
    assert modals.read_extend(filled(view)) == ReadExtend(
        ref=Ref("700000000000001", 1), days=30, reason="Q1 launch"
    )


@pytest.mark.parametrize("days", [7, 30, 90, 1, 45, 3650])
def test_days_named_in_a_command_stand_in_the_form(days):
    read = modals.read_extend(filled(extend_modal(days=days, reason="It goes on")))
    assert read == ReadExtend(ref=Ref("700000000000001", 1), days=days, reason="It goes on")


def test_another_number_of_days_is_typed():
    read = modals.read_extend(filled(extend_modal(), {"term": "other", "days": "45"}))
    assert isinstance(read, ReadExtend)
    assert read.days == 45


def test_another_number_that_is_not_typed_is_missed_at_its_field():
    assert set(as_errors(modals.read_extend(filled(extend_modal(), {"term": "other"})))) == {"days"}


def test_a_reason_of_blanks_alone_is_an_error():
    assert set(as_errors(modals.read_extend(filled(extend_modal(), {"reason": "  "})))) == {"reason"}


@pytest.mark.parametrize(("term", "block"), [("30", "term"), ("other", "days")])
@pytest.mark.parametrize("field", ["term", "days", "until"])
def test_what_is_wrong_with_the_length_stands_where_it_was_said(term, block, field):
    answer = Invalid(field_errors=(FieldError(field=field, code=ErrorCode.DAYS),))
    view = filled(extend_modal(), {"term": term, "days": "4000"})
    assert set(modals.extend_errors(view, answer)) == {block}


def test_an_extension_that_is_open_already_is_said_in_the_form():
    answer = Denied(reason=DenialReason.OPEN_ALREADY, ref="OTTER-1", name="US ads")
    assert "OTTER-1" in "".join(modals.extend_errors(filled(extend_modal()), answer).values())
