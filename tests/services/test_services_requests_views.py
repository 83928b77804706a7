"""What each side sees of a request and of its history."""

from __future__ import annotations

from make import ACCOUNT, BRAND, item
from steps import give

from bot.domain.assets import Kind
from bot.domain.requests import Approve
from bot.services import requests


def test_both_sides_see_the_request_and_nobody_else_does(story, town, oda):
    sent = story.ask(town.ann)
    typed = sent.ref.lower().replace("-", " ")
    for find, key in ((requests.find_request, sent.request_id), (requests.find_request_by_ref, typed)):
        assert [story.read(find, key, by=who).id for who in (town.ann, town.emil)] == [sent.request_id] * 2
        assert story.read(find, key, by=oda) is None


def test_history_names_of_the_other_side_only_who_requested_and_who_decided(story, town):
    def names(by, request_id):
        return {line.by for line in story.read(requests.history, request_id, by=by)}

    cancelled = story.ask(town.ann)
    story.cancel(town.abe, cancelled.request_id)
    assert names(town.dana, cancelled.request_id) == {"Ann", None}
    assert names(town.ann, cancelled.request_id) == {"Ann", "Abe"}

    given = give(story, town)
    story.end(town.dov, given.id, business=BRAND)
    assert names(town.ann, given.request_id) == {"Ann", "Dana", None}
    assert names(town.dana, given.request_id) == {"Ann", "Dana", "Dov"}


def test_history_leaves_out_what_the_approvers_do_among_themselves(story, town):
    sent = story.ask(town.ann, item(Kind.AD_ACCOUNT, ACCOUNT))
    story.acknowledge(town.dov, sent.request_id)
    story.remind(town.ann, sent.request_id)
    story.snooze(town.dana, sent.request_id)
    story.comment(town.ann, sent.request_id, "Please")
    story.decide(town.emil, sent.request_id, Approve())
    assert story.history(town.dana, sent.request_id)[-1] == "denied"
    assert story.history(town.ann, sent.request_id) == [
        "request.pending",
        "request.reminded",
        "request.comment",
    ], "what the approvers do among themselves is theirs"
    assert story.database.verify().sound
