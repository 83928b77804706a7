"""Earlier requests, for who starts with one of them."""

from __future__ import annotations

import make
import pytest
from make import AGENCY, BRAND, PAGE, PIXEL, item

from bot.domain.assets import Kind
from bot.domain.kinds import RequestKind
from bot.domain.requests import Approve, Decline
from bot.services import requests


@pytest.fixture
def offered(story, town):
    """The reasons of the requests that somebody can start from, in the order in which they are offered."""

    def found(by=None, kind=RequestKind.ACCESS, requested=()):
        by, between = by or town.ann, {"requesting_id": AGENCY, "deciding_id": BRAND}
        shown = story.read(requests.preview, kind, **between, requested=requested, by=by)
        return [view.reason for view in shown.earlier]

    return found


def over(story, town, asked, verdict, reason):
    sent = story.submit(town.ann, asked, reason=reason)
    story.decide(town.dana, sent.request_id, verdict)
    story.wait(minutes=1)


def test_requests_that_are_over_are_offered_the_last_first_and_those_alike_once(story, town, offered):
    over(story, town, item(Kind.PAGE, PAGE), Decline(note="Later"), "Posts")
    over(story, town, item(Kind.PIXEL, PIXEL), Approve(), "Sale")
    over(story, town, item(Kind.PAGE, PAGE), Approve(), "Posts again")
    story.submit(town.ann, item(Kind.INSTAGRAM_ACCOUNT, make.INSTAGRAM), reason="Open")
    assert offered() == ["Posts again", "Sale"]


def test_they_are_of_the_same_kind_for_members_and_until_something_is_chosen(story, town, offered):
    over(story, town, item(Kind.PAGE, PAGE), Approve(), "Posts")
    assert offered(kind=RequestKind.INVITATION) == []
    assert offered(requested=[(Kind.PAGE, item(Kind.PAGE, PAGE).tasks)]) == []
    assert offered(by=town.dana) == [], "the other side starts from its own"
    assert offered(by=town.eva) == ["Posts"]
