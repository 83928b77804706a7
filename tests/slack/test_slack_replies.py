from __future__ import annotations

from datetime import timedelta

import pytest
from slack_make import (
    NOW,
    REPORTING,
    assert_sendable,
    both,
    draft,
    grant,
    item,
    over,
    request,
)

from bot.domain.denials import DenialReason
from bot.domain.grants import EndReason, GrantState
from bot.domain.kinds import RequestKind
from bot.domain.requests import ErrorCode, FieldError, RequestState, Term
from bot.services.results import (
    Acknowledged,
    Answered,
    Changed,
    Commented,
    Denied,
    Dropped,
    Ended,
    Invalid,
    LetEnd,
    Moved,
    Reminded,
    Saved,
    Sent,
    Snoozed,
    Stands,
    TriedAgain,
    Undone,
)
from bot.slack import replies

SENT = {"request_id": "5", "ref": "AMBER-1234"}


@pytest.mark.parametrize(
    ("result", "said"),
    [
        (
            Sent(**SENT, kind=RequestKind.ACCESS, owner="Brand", admins=3, required_approvals=2),
            "Sent to Brand (3 admins): AMBER-1234. 2 approvals are needed. I'll message you",
        ),
        (
            Sent(**SENT, kind=RequestKind.ACCESS, owner="Brand", admins=0, required_approvals=1),
            "Sent to Brand: AMBER-1234. Nobody at Brand can decide this now: 1 approval is needed, and Brand",
        ),
        (
            Sent(**SENT, kind=RequestKind.CLAIM, owner="Spring Ads", admins=0, required_approvals=1),
            "Sent to Spring Ads: AMBER-1234. Nobody can confirm this now: 1 approval is needed, and Spring",
        ),
        (
            Saved(draft_id="6", ref="AMBER-1234", business="Northwind", admins=2),
            "Saved, not sent: AMBER-1234. 2 admins of Northwind can send it.",
        ),
        (
            Saved(draft_id="6", ref="AMBER-1234", business="Northwind", admins=0),
            "Saved, not sent: AMBER-1234. Northwind has no admin in Slack",
        ),
        (Denied(reason=DenialReason.WIDER), "That is more than an approval can give here"),
        (Invalid(field_errors=(FieldError(field="x", code=ErrorCode.NO_REASON),)), "Say why you need it"),
        (LetEnd(grant_id="1", asset="US ads", ends_at=NOW), "This access to US ads ends "),
        (LetEnd(grant_id="1", asset="US ads", ends_at=None), "This access to US ads has no end"),
        (Changed(business_id="1"), "Saved."),
        (Stands(other="Northwind", on=True), "Northwind offers you is accepted at once from now on"),
        (Stands(other="Northwind", on=True, waits=True, others=1), "confirm it, and has been asked"),
        (Stands(other="Northwind", on=True, waits=True), "confirm it, and you have no other now"),
        (Stands(other="Northwind", on=False), "waits for your admins again"),
    ],
)
def test_every_answer_says_what_was_done(result, said):
    for words in both(replies.answer(result)):
        assert said in words


ONE = {"request_id": "1", "ref": "AMBER-1234"}


@pytest.mark.parametrize(
    ("result", "said"),
    [
        (Snoozed(**ONE, until=NOW), "Snoozed until "),
        (Snoozed(**ONE, until=None), "No more reminders before it expires"),
        (Acknowledged(**ONE, until=NOW, others=2), "2 other admins are not reminded before"),
        (Acknowledged(**ONE, until=NOW, others=0), "that you are looking at it: "),
        (Acknowledged(**ONE, until=None, others=2), "You can put these off once"),
        (Reminded(**ONE, people=3), "3 admins will get a reminder"),
        (Reminded(**ONE, people=0), "Nobody is left to remind"),
        (Commented(**ONE), "Both sides see it"),
        (Commented(**ONE, unheard=("Brand",)), "nobody at Brand can read it"),
        (Answered(**ONE, works=True), "Both sides see that it works"),
        (Answered(**ONE, works=False), "it can't be used yet"),
        (Answered(**ONE, works=False, again_at=NOW), "I'll ask you again tomorrow"),
        (TriedAgain(**ONE, count=2), "Trying again at Meta"),
    ],
)
def test_what_was_noted_about_a_request_names_its_asset_to_who_may_read_it(result, said):
    for words in both(replies.noted(result, request())):
        assert said in words
        assert "General user on US ads (AMBER-1234)" in words
    for words in both(replies.noted(result, None)):
        assert said in words
        assert "AMBER-1234" in words
        assert "US ads" not in words


def test_a_draft_that_was_dropped_is_named():
    dropped = Dropped(draft_id="6", ref="AMBER-1234")
    for words in both(replies.noted(dropped, draft())):
        assert "Dropped: General user on US ads (AMBER-1234). Nothing was sent." in words


def test_what_was_sent_or_saved_is_named_with_its_end():
    sent = Sent(**SENT, kind=RequestKind.ACCESS, owner="Brand", admins=3, required_approvals=1)
    about = request(term=Term.till(NOW + timedelta(days=4)))
    for words in both(replies.submitted(sent, about)):
        assert "Sent to Brand (3 admins): General user on US ads, until " in words
        assert "(AMBER-1234). 1 approval is needed." in words
    saved = Saved(draft_id="6", ref="AMBER-1234", business="Northwind", admins=2)
    for words in both(replies.submitted(saved, draft())):
        assert "Saved, not sent: General user on US ads, for 30 days (AMBER-1234). 2 admins of" in words


def moved(state: RequestState) -> Moved:
    return Moved(
        request_id="5",
        ref="AMBER-1234",
        kind=RequestKind.ACCESS,
        state=state,
        version=2,
        approvals=1,
        required_approvals=2,
    )


@pytest.mark.parametrize("state", list(RequestState))
def test_what_came_of_a_request_is_said_with_the_asset_the_level_and_the_holder(state):
    words = replies.decided(moved(state), request(state=state)).text

    assert "General user on US ads" in words
    assert "Northwind Agency" in words
    assert "AMBER-1234" in words


def test_an_approval_is_answered_with_who_has_what_until_which_day():
    given = item(given=REPORTING, grant=grant(tasks=REPORTING, ends_at=NOW + timedelta(days=30)))
    view = over(RequestState.APPROVED, items=(given,), given_term=Term.for_days(30))

    (block,) = replies.decided(moved(RequestState.APPROVED), view).blocks
    words = replies.decided(moved(RequestState.APPROVED), view).text

    assert "Northwind Agency has Reporting only on US ads until " in words
    assert "|22 Dec 2026>" in words
    bold = [one["text"] for one in block["elements"][0]["elements"] if one.get("style", {}).get("bold")]
    assert bold == ["Northwind Agency", "Reporting only", "US ads"]


def test_an_undone_approval_is_answered_with_what_has_ended():
    undone = Undone(request_id="1", ref="AMBER-1234", kind=RequestKind.ACCESS, with_it=("OTTER-7777",))
    words = replies.decided(undone, over(RequestState.APPROVED, undone_at=NOW)).text

    assert "General user on US ads for Northwind Agency (AMBER-1234)" in words
    assert "what extended it (OTTER-7777)" in words


@pytest.mark.case("3.1")
def test_an_undone_approval_is_answered_with_what_goes_on():
    undone = Undone(request_id="1", ref="AMBER-1234", kind=RequestKind.ACCESS, with_it=())
    ended = grant(state=GrantState.ENDED, ended_at=NOW, end_reason=EndReason.UNDONE)
    kept = item(given=ended.tasks, grant=ended, held=REPORTING, held_until=NOW + timedelta(days=30))
    words = replies.decided(undone, over(RequestState.APPROVED, undone_at=NOW, items=(kept,))).text

    assert "This access has ended. Northwind Agency keeps Reporting only by another approval, until " in words


def test_who_may_not_see_what_they_decided_any_more_is_told_that_it_is_done():
    assert replies.decided(moved(RequestState.APPROVED), None).text == "Done: AMBER-1234."


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        (EndReason.REVOKED, "Done: this access of Northwind to US ads has ended."),
        (EndReason.RELINQUISHED, "Done: you gave this access to US ads back to Northwind."),
    ],
)
def test_the_end_of_access_is_answered_with_the_assets(reason, said):
    ended = Ended(grant_ids=("7", "8"), reason=reason, other="Northwind")
    same = [grant(id="7"), grant(id="8")]  # both on one asset

    assert said in replies.ended(ended, same).text


def test_of_many_that_ended_some_are_named_and_the_rest_is_counted():
    ended = Ended(grant_ids=tuple(map(str, range(30))), reason=EndReason.REVOKED, other="Northwind", left=3)
    some = [grant(asset_name=f"Shop {number}") for number in range(replies.NAMED)]

    words = replies.ended(ended, some).text

    assert "Shop 8, Shop 9 and 20 more" in words
    assert "Still to end: 3 more" in words
    assert "to these assets has ended" in replies.ended(ended, []).text


def test_a_fault_of_ours_has_a_reference_to_quote():
    assert "K7F2" in replies.fault("K7F2").text
    for message in (replies.busy(), replies.unconfirmed(), replies.error("No <!channel> here.")):
        assert_sendable(message)
    assert "<!channel>" not in replies.error("No <!channel> here.").text
