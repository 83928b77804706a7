from __future__ import annotations

from datetime import timedelta

import pytest
from slack_make import (
    GENERAL,
    NOW,
    REPORTING,
    assert_sendable,
    both,
    comment,
    draft,
    grant,
    item,
    over,
    request,
)

from bot.domain.grants import EndReason, GrantState
from bot.domain.messages import Audience, Notice, read_about
from bot.domain.requests import DraftState, RequestState
from bot.services.views.parties import Signer
from bot.slack.cards import notice, request_card
from bot.slack.values import Unreadable


@pytest.mark.parametrize(
    ("about", "view", "said"),
    [
        (
            "approved",
            over(RequestState.APPROVED, approved_by=(Signer("Zoe"),)),
            "Approved by Zoe of Brand: {what}, for 30 days (AMBER-1234).",
        ),
        (
            "declined",
            over(RequestState.DECLINED),
            "Declined by Zoe Zimmer of Brand: {what} (AMBER-1234).",
        ),
        (
            "cancelled",
            over(RequestState.CANCELLED),
            "Cancelled by Zoe Zimmer: {what} (AMBER-1234).",
        ),
        (
            "expired",
            over(RequestState.EXPIRED),
            "Expired: {what} (AMBER-1234). Brand didn't decide in time.",
        ),
        (
            "undone",
            over(RequestState.APPROVED, undone_at=NOW, undone_by="Max Maple"),
            "Undone by Max Maple of Brand: {what} (AMBER-1234). This access has ended.",
        ),
        (
            "comment:0000000000000001",
            request(comments=(comment(),)),
            "Zoe Zimmer of Brand wrote about {what} (AMBER-1234):",
        ),
        (
            "in_review",
            request(approvals=1, required_approvals=2),
            "1 of 2 approvals: {what} (AMBER-1234). Another admin of Brand has to approve.",
        ),
        (
            "sent",
            draft(over_by="Ann Alder"),
            "Ann Alder sent your draft to Brand: {what} (AMBER-1234).",
        ),
        (
            "dropped",
            draft(over_by="Ann Alder"),
            "Ann Alder dropped your draft to Brand: {what} (AMBER-1234). Nothing was sent.",
        ),
        (
            "drafts:1",
            draft(),
            "A draft of Bob Birch waits for an admin to send it: {what} (AMBER-1234).",
        ),
        (
            "drafts:3",
            draft(),
            "3 drafts wait for an admin to send them, first that of Bob Birch: {what} (AMBER-1234).",
        ),
        (
            "expired",
            draft(),
            "Your draft to Brand expired, nobody sent it in time: {what} (AMBER-1234).",
        ),
    ],
)
def test_a_notice_says_what_happened_in_a_line(about, view, said):
    audience = Audience.REQUESTER if about not in {"sent", "dropped", "expired"} else Audience.AUTHOR
    message = notice(read_about(about), view, audience=audience)
    for words in both(message):
        assert words.startswith(said.format(what="General user on US ads"))
    assert_sendable(message)


def test_a_notice_of_several_approvals_quotes_the_first_three_who_wrote_something():
    wrote = [(name, f"{name} says.") for name in ("Ada", "Bea", "Cem", "Dov", "Eve")]
    view = over(
        RequestState.APPROVED,
        approved_by=(Signer("Ada"), Signer("Bea")),
        note="Bea says.",
        approval_notes=tuple(wrote),
    )
    said = notice(read_about("approved"), view, audience=Audience.REQUESTER).text
    assert said.split("\n", 1)[1].split("\n") == [
        *(part for name, text in wrote[:3] for part in (f"{name} wrote:", f"“{text}”")),
        "And 2 more wrote something: see the card.",
    ]


def test_the_notice_of_an_approval_says_until_when_it_is_and_not_what_was_asked():
    cut = item(given=REPORTING, grant=grant(ends_at=NOW + timedelta(days=9)))
    told = notice(
        read_about("approved"), over(RequestState.APPROVED, items=(cut,)), audience=Audience.REQUESTER
    )
    assert f"until <!date^{int((NOW + timedelta(days=9)).timestamp())}^" in told.text
    assert "for 30 days" not in told.text


def test_a_notice_about_ended_access_names_the_asset_and_says_that_content_stays():
    ended = grant(
        state=GrantState.ENDED, ended_at=NOW, end_reason=EndReason.RELINQUISHED, ended_by="Ann Alder"
    )
    view = over(RequestState.APPROVED, items=(item(given=GENERAL, grant=ended),))
    told = notice(read_about("ended:700000000000001"), view, audience=Audience.APPROVERS).text
    assert told.startswith(
        "Northwind Agency gave back access to US ads (act_100): Reporting only (AMBER-1234)."
    )
    assert "stays with the asset" in told


ENDED = grant(state=GrantState.ENDED, ended_at=NOW, end_reason=EndReason.REACHED)
UNTIL = "<!date^1796130000^\u200b{date_short_pretty} at {time}|1 Dec 2026, 13:00 UTC>"
KEPT = {"held": REPORTING, "held_until": NOW + timedelta(days=9)}


@pytest.mark.case("3.1")
@pytest.mark.parametrize(
    ("about", "view", "said"),
    [
        (
            "ended:700000000000001",
            over(RequestState.APPROVED, items=(item(given=GENERAL, grant=ENDED, **KEPT),)),
            "Northwind Agency keeps Reporting only by another approval, until {until}.",
        ),
        (
            "ended:700000000000001",
            over(RequestState.APPROVED, items=(item(given=GENERAL, grant=ENDED, held=REPORTING),)),
            "Northwind Agency keeps Reporting only by another approval, with no end.",
        ),
        (
            "ended:700000000000001",
            over(RequestState.APPROVED, items=(item(given=GENERAL, grant=ENDED, held=frozenset({"DRAFT"})),)),
            "Northwind Agency keeps custom tasks by another approval, with no end.",
        ),
        (
            "undone",
            over(
                RequestState.APPROVED,
                undone_at=NOW,
                items=(item(given=GENERAL, grant=ENDED), item(1, given=GENERAL, grant=ENDED, **KEPT)),
            ),
            "Northwind Agency keeps access to 1 of these by other approvals.",
        ),
    ],
)
@pytest.mark.covers("C6")
def test_a_notice_of_an_end_says_what_goes_on_until_when(about, view, said):
    for audience in (Audience.REQUESTER, Audience.APPROVERS):
        told = notice(read_about(about), view, audience=audience).text
        assert told.endswith(said.format(until=UNTIL))
        assert "stays with the asset" not in told


@pytest.mark.case("2.2")
def test_a_notice_of_extended_access_that_ended_with_an_undone_approval_names_that_one():
    ended = grant(state=GrantState.ENDED, ended_at=NOW, end_reason=EndReason.UNDONE)
    view = over(
        RequestState.APPROVED, extends=grant(ref="OTTER-1"), items=(item(given=GENERAL, grant=ended),)
    )
    told = notice(read_about("ended:700000000000001"), view, audience=Audience.APPROVERS).text
    assert told.startswith(
        "Access of Northwind Agency to US ads (act_100) ended, Reporting only (AMBER-1234): "
        "it extended OTTER-1, and that approval was undone."
    )


@pytest.mark.parametrize("about", ["ended:1", "ended", "sent", "comment", "comment:1"])
def test_a_notice_about_what_is_not_there_is_refused(about):
    with pytest.raises(Unreadable):
        notice(read_about(about), request(), audience=Audience.REQUESTER)


def test_every_end_of_a_request_or_a_draft_has_a_notice():
    request_states = {state.lower() for state in RequestState if not state.is_open}
    draft_states = {state.lower() for state in DraftState if state is not DraftState.WAITING}
    assert request_states | draft_states <= set(Notice)


@pytest.mark.parametrize("audience", [Audience.APPROVERS, Audience.REQUESTER])
def test_what_starts_a_thread_says_that_the_other_side_sees_no_replies_in_it(audience):
    view, said = request(comments=(comment(),)), comment()
    other = view.requesting if audience is Audience.APPROVERS else view.deciding
    shown = notice(read_about(f"comment:{said.id}"), view, audience=audience)
    assert f"Replies in this thread don't reach {other.name}: " in shown.text


def test_a_program_that_decided_is_named_with_who_answers_for_it_wherever_a_person_would_be():
    said = "by Nightly sync (a program; Dana answers for it)"
    approved = over(RequestState.APPROVED, approved_by=(Signer("Dana", "Nightly sync"),))
    declined = over(RequestState.DECLINED, over_by="Dana", over_with="Nightly sync")
    for view, what in ((approved, "approved"), (declined, "declined")):
        assert said in notice(read_about(what), view, audience=Audience.REQUESTER).text
        for audience in (Audience.APPROVERS, Audience.REQUESTER):
            assert said in request_card(view, audience=audience, now=NOW).text
    cancelled = over(RequestState.CANCELLED, over_by="Dana", over_with="Nightly sync")
    assert said in request_card(cancelled, audience=Audience.REQUESTER, now=NOW).text
    assert said not in request_card(cancelled, audience=Audience.APPROVERS, now=NOW).text


@pytest.mark.parametrize("reason", [EndReason.REVOKED, EndReason.RELINQUISHED])
def test_a_program_that_ended_access_is_named_to_its_own_side(reason):
    is_owners = reason is EndReason.REVOKED
    gone = grant(
        state=GrantState.ENDED, ended_at=NOW, end_reason=reason, ended_by="Dana", ended_with="Nightly sync"
    )
    view = over(RequestState.APPROVED, items=(item(given=GENERAL, grant=gone),))
    for audience in (Audience.APPROVERS, Audience.REQUESTER):
        is_own = is_owners == (audience is Audience.APPROVERS)
        shown = (
            notice(read_about(f"ended:{gone.id}"), view, audience=audience),
            request_card(view, audience=audience, now=NOW),
        )
        assert ["Nightly sync (a program; Dana answers for it)" in one.text for one in shown] == [is_own] * 2
