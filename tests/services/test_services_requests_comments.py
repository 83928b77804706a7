"""Questions and answers about a request."""

from __future__ import annotations

from datetime import timedelta

import pytest
from make import PAGE, item

from bot.domain.assets import Kind
from bot.domain.policy import DenialReason
from bot.domain.requests import Approve, ErrorCode
from bot.services.results import Commented


def test_what_one_side_writes_both_sides_see_also_after_the_decision(story, town):
    sent = story.ask(town.ann)
    assert isinstance(story.comment(town.dana, sent.request_id, "For\u202e which\u200b market?"), Commented)
    story.wait(minutes=1)
    story.comment(town.abe, sent.request_id, "Sweden.")
    story.wait(minutes=1)
    story.decide(town.dana, sent.request_id, Approve())
    story.comment(town.dov, sent.request_id, "Enjoy!")
    said = [(one.by, one.business.name, one.text) for one in story.card(sent.request_id).comments]
    assert said == [
        ("Dana", "Acme Shoes", "For which market?"),
        ("Abe", "Northwind", "Sweden."),
        ("Dov", "Acme Shoes", "Enjoy!"),
    ]
    for side in (town.ann, town.dana):
        assert story.history(side, sent.request_id).count("request.comment") == 3


def test_nobody_else_comments(story, town, oda):
    sent = story.ask(town.ann)
    assert story.comment(oda, sent.request_id, "Hi").reason is DenialReason.UNKNOWN_REQUEST
    assert story.comment(town.emil, sent.request_id, "Hi").reason is DenialReason.NOT_ADMIN
    assert story.comment(town.eva, sent.request_id, "Hi").reason is DenialReason.NOT_ADMIN
    assert story.comment(town.ann, "123", "Hi").reason is DenialReason.UNKNOWN_REQUEST
    assert story.card(sent.request_id).comments == ()


@pytest.mark.parametrize(
    ("text", "code"),
    [("", ErrorCode.NO_WORDS), (" \u200b\n", ErrorCode.NO_WORDS), ("x" * 501, ErrorCode.TOO_LONG)],
)
def test_a_comment_has_words_and_not_too_many(story, town, text, code):
    sent = story.ask(town.ann)
    (field_error,) = story.comment(town.ann, sent.request_id, text).field_errors
    assert (field_error.field, field_error.code) == ("text", code)


@pytest.mark.covers("T34", "I28")
def test_at_most_twenty_comments_a_day_are_written_about_a_request(story, town, clock):
    sent = story.ask(town.ann, item(Kind.PAGE, PAGE))
    for _ in range(20):
        story.comment(town.dana, sent.request_id, "Which campaign?")
    assert story.comment(town.ann, sent.request_id, "All").reason is DenialReason.TOO_MANY_COMMENTS
    clock.push(timedelta(days=1))
    assert not hasattr(story.comment(town.ann, sent.request_id, "All"), "reason")
