from __future__ import annotations

import pytest
from slack_make import (
    AGENCY,
    assert_openable,
    comment,
    filled,
    modal_words,
    request,
)

from bot.domain.messages import Audience
from bot.slack import modals
from bot.slack.modals import FieldErrors, ReadComment
from bot.slack.modals.inputs import errors_at, input_blocks
from bot.slack.values import Ref


def as_errors(read: object) -> FieldErrors:
    assert isinstance(read, dict)
    return read


def test_an_approver_asks_and_the_requester_answers_with_the_question_in_view():
    requested = modals.comment_modal(request(), audience=Audience.APPROVERS)
    assert_openable(requested)
    assert "Northwind Agency reads this with your name" in modal_words(requested)
    assert modals.read_comment(filled(requested, {"text": "Which campaign?"})) == ReadComment(
        ref=Ref("500000000000001", 3), text="Which campaign?"
    )
    answer = modals.comment_modal(
        request(comments=(comment(), comment(2, business=AGENCY, text="Mine"))), audience=Audience.REQUESTER
    )
    assert_openable(answer)
    assert "Which campaign is it for?" in modal_words(answer)
    assert "Mine" not in modal_words(answer)
    assert "Brand reads this with your name" in modal_words(answer)


def test_a_comment_of_blanks_alone_is_an_error():
    view = modals.comment_modal(request(), audience=Audience.REQUESTER)
    assert as_errors(modals.read_comment(filled(view, {"text": " \n "}))) == {
        "text": "Write a few words first."
    }


@pytest.mark.parametrize(
    "blocks", [True, 7, "input", {}, [7], [{"type": "input"}], [{"type": "input", "block_id": 7}]]
)
def test_a_form_whose_blocks_are_none_has_its_errors_where_they_belong_by_name(blocks):
    assert input_blocks({"blocks": blocks}) == []
    assert errors_at({"blocks": blocks}, [("text", "Say something.")]) == {"text": "Say something."}
