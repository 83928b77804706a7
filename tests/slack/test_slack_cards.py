from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from slack_make import (
    ADMIN,
    AGENCY,
    BRAND,
    GENERAL,
    NOW,
    REPORTING,
    acknowledger,
    actions_of,
    ask,
    assert_sendable,
    comment,
    described,
    draft,
    element_of,
    grant,
    item,
    over,
    party,
    request,
    words_of,
)

from bot.domain.assets import LEVELS, TASKS, Kind
from bot.domain.grants import EndReason, GrantState
from bot.domain.messages import Audience
from bot.domain.requests import DraftState, RequestState, Term
from bot.slack.cards.request import About, draft_card, notice, request_card
from bot.slack.ids import Ref, Unreadable, read_press
from bot.slack.kit import Message
from bot.slack.text import en as texts

RISKY = item(requested=ADMIN)
FOREVER = Term.without_end()


def approvers(view: Any) -> Message:
    return request_card(view, audience=Audience.APPROVERS, now=NOW)


def requester(view: Any) -> Message:
    return request_card(view, audience=Audience.REQUESTER, now=NOW)


def menu_of(message: Message) -> list[str]:
    return [one["text"]["text"] for one in element_of(message.blocks, "more")["options"]]


def both(message: Message) -> tuple[str, str]:
    """The text and the blocks, which must say the same."""
    return message.text, words_of(message)


# --- the approvers' card -----------------------------------------------------------------------------


def test_the_card_says_who_asks_for_what_why_for_whom_how_long_and_what_it_takes():
    view = request(
        author="Bob Birch",
        items=(item(held=REPORTING, others=("Otter Media",)), described(1)),
        people=("Ann Alder", "Cem Cedar"),
        first_seen=NOW - timedelta(days=90),
        past_requests=4,
        live_grants=2,
        opened_by=("Zoe Zimmer",),
    )
    for words in both(approvers(view)):
        for said in (
            "AMBER-1234",
            "Northwind Agency asks Brand for access to 2 assets.",
            "Business ID 998877, verified",
            "Asked by Ann Alder",
            "drafted by Bob Birch",
            "Before this: 4 requests. Now: 2 grants in force.",
            "First seen ",
            "Ad account, General user: see, create and edit ads with the account's funding source.",
            "Tasks: ADVERTISE, ANALYZE.",
            "US ads (act_100)",
            "Reporting only is held already, this adds ADVERTISE.",
            "Also held by Otter Media.",
            "“the pixel of the Berlin shop”: not named yet, choose which of your pixels on Adjust.",
            "Q1 launch",
            "For whom: Ann Alder and Cem Cedar.",
            "How long: 30 days from the moment access starts.",
            "Decide by: ",
            "Approvals: none yet; 1 is needed.",
            "Details opened by: Zoe Zimmer.",
        ):
            assert said in words


@pytest.mark.covers("I24")
@pytest.mark.parametrize("state", [state for state in RequestState if not state.is_open])
def test_a_card_that_is_over_says_nothing_that_would_change_without_it(state: RequestState):
    for words in both(approvers(request(state=state, past_requests=4, live_grants=2))):
        assert "Before this" not in words
        assert "in force." not in words


def test_what_is_risky_and_what_never_ends_is_said_in_words():
    for words in both(approvers(request(items=(RISKY,), term=FOREVER, required_approvals=2))):
        assert "Risky: this includes control of billing and of who has access" in words
        assert "How long: no end. Access stays until somebody ends it." in words
        assert "2 are needed because something risky is asked for" in words


def test_an_unverified_business_is_called_so_in_words():
    for words in both(approvers(request(requesting=party(verified=False)))):
        assert "not verified" in words
        assert "nobody has confirmed that this business is who it says it is" in words


def test_a_first_request_is_called_one():
    assert "Their first request to you" in approvers(request()).text


def test_a_request_that_cannot_get_enough_approvals_says_so_and_what_to_do():
    for words in both(approvers(request(items=(RISKY,), required_approvals=2, admins=1))):
        assert "2 approvals are needed and Brand has 1 admin who can decide." in words
        assert "Give less on Adjust" in words
    assert "cannot be approved" not in approvers(request(items=(RISKY,), required_approvals=2, admins=2)).text


def test_a_first_approval_shows_whose_it_is_and_what_it_gives():
    view = request(
        state=RequestState.IN_REVIEW,
        items=(item(requested=ADMIN, given=GENERAL), item(1, given=frozenset())),
        given_term=Term.for_days(7),
        approvals=1,
        required_approvals=2,
        approved_by=("Zoe Zimmer",),
    )
    for words in both(approvers(view)):
        assert "Approvals: 1 of 2, from Zoe Zimmer." in words
        assert "asked Admin, the first approval gives General user" in words
        assert "declined in the first approval" in words
        assert (
            "7 days from the moment access starts, as the first approval shortened it. Asked: 30 days"
            in words
        )


def test_approvers_get_approve_adjust_decline_and_a_menu():
    message = approvers(request())
    assert actions_of(message.blocks) == ["approve", "adjust", "decline", "more"]
    assert menu_of(message) == ["I'm looking at it", "Ask a question…", "Details", "History"]


def test_each_choice_in_the_menu_is_read_as_what_it_says():
    menu = element_of(approvers(request()).blocks, "more")
    read = [read_press({"action_id": "more", "selected_option": one}).action for one in menu["options"]]
    assert read == ["look", "comment", "details", "history"]


@pytest.mark.covers("T12")
def test_every_button_carries_the_request_and_the_version_that_was_shown():
    for action in ("approve", "adjust", "decline"):
        assert read_press(element_of(approvers(request()).blocks, action)).ref == Ref("500000000000001", 3)


@pytest.mark.covers("T18")
@pytest.mark.parametrize("view", [request(items=(RISKY,)), request(term=FOREVER)], ids=["risky", "no end"])
def test_approving_something_risky_or_without_end_is_confirmed_first(view):
    dialog = element_of(approvers(view).blocks, "approve")["confirm"]
    assert dialog["title"]["text"] == "Approve this access?"
    assert "Northwind Agency gets" in dialog["text"]["text"]
    assert "Access starts at once." in dialog["text"]["text"]


def test_the_dialog_of_a_first_of_two_approvals_says_that_nothing_is_in_force_yet():
    dialog = element_of(approvers(request(items=(RISKY,), required_approvals=2)).blocks, "approve")["confirm"]
    assert "Yours is approval 1 of 2: nothing is in force until the last one." in dialog["text"]["text"]


@pytest.mark.parametrize("view", [request(), request(items=(described(),), term=FOREVER)])
def test_a_plain_approval_or_one_that_opens_adjust_first_needs_no_confirmation(view):
    assert "confirm" not in element_of(approvers(view).blocks, "approve")


# --- when it is over --------------------------------------------------------------------------------


OVER = [state for state in RequestState if not state.is_open]


@pytest.mark.parametrize("state", OVER)
@pytest.mark.parametrize("audience", [Audience.APPROVERS, Audience.AUTHOR])
def test_a_card_of_what_is_over_keeps_the_menu_alone(state, audience):
    message = request_card(over(state), audience=audience, now=NOW)
    assert actions_of(message.blocks) == ["more"]
    assert "I'm looking at it" not in menu_of(message)
    assert_sendable(message)


@pytest.mark.parametrize("state", OVER)
@pytest.mark.parametrize("audience", [Audience.REQUESTER, Audience.EXPIRY])
def test_the_requester_may_ask_again_unless_it_was_approved_and_can_always_write(state, audience):
    message = request_card(over(state), audience=audience, now=NOW)
    again = [] if state is RequestState.APPROVED else ["again"]
    assert actions_of(message.blocks) == [*again, "comment", "more"]
    assert_sendable(message)


def test_an_approved_card_says_who_when_and_what_was_given_of_what_was_asked():
    view = over(
        RequestState.APPROVED,
        items=(
            item(0, requested=ADMIN, given=GENERAL, grant=grant()),
            item(1, given=GENERAL, grant=grant(ends_at=None)),
            item(2, kind=Kind.PIXEL, asset_id="55555", given=frozenset()),
        ),
        approved_by=("Zoe Zimmer", "Max Maple"),
        note="Less will do.",
        given_term=Term.for_days(7),
    )
    for words in both(approvers(view)):
        assert "Approved with changes by Zoe Zimmer and Max Maple, " in words
        assert "Zoe Zimmer wrote:" in words
        assert "Less will do." in words
        assert "Ad account: asked Admin, given General user" in words
        assert (
            "US ads (act_100). In force until 22 Dec 2026" in words
            or "act_100). In force until <!date" in words
        )
        assert "In force, with no end." in words
        assert "Pixel, Analyst: declined." in words
        assert "7 days from the moment access starts. Asked: 30 days" in words
        assert "Decide by" not in words


def test_once_it_is_declined_a_first_approval_is_not_shown_as_given():
    view = over(RequestState.DECLINED, items=(item(given=REPORTING, requested=GENERAL),))
    assert "given" not in approvers(view).text
    assert "Declined by Zoe Zimmer" in approvers(view).text


@pytest.mark.parametrize(
    ("reason", "audience", "said"),
    [
        (EndReason.REACHED, Audience.APPROVERS, "Ended {at}, as agreed."),
        (EndReason.REVOKED, Audience.APPROVERS, "Ended {at}: revoked by Zoe Zimmer."),
        (EndReason.REVOKED, Audience.REQUESTER, "Ended {at}: revoked by Brand."),
        (EndReason.RELINQUISHED, Audience.REQUESTER, "Ended {at}: given back by Zoe Zimmer."),
        (EndReason.RELINQUISHED, Audience.APPROVERS, "Ended {at}: given back by Northwind Agency."),
    ],
)
def test_who_ended_access_is_named_to_their_own_side_only(reason, audience, said):
    ended = grant(
        state=GrantState.ENDED,
        ended_at=NOW,
        end_reason=reason,
        ended_by="Zoe Zimmer",
        end_note="Done, thanks.",
    )
    view = over(RequestState.APPROVED, over_by="Max Maple", items=(item(given=GENERAL, grant=ended),))
    message = request_card(view, audience=audience, now=NOW)
    assert said.format(at="22 Nov 2026, 13:00 UTC") in words_of(message)
    assert "“Done, thanks.”" in words_of(message)


def test_access_past_its_end_is_not_called_in_force_even_before_the_sweep():
    view = over(RequestState.APPROVED, items=(item(given=GENERAL, grant=grant(ends_at=NOW)),))
    assert "In force" not in words_of(approvers(view))
    assert "Ended " in words_of(approvers(view))


def test_a_colleague_of_the_requester_who_cancels_is_not_named_to_the_other_side():
    view = over(RequestState.CANCELLED, over_by="Cem Cedar", note="Wrong account")
    assert "Cem Cedar" not in approvers(view).text
    assert "Cancelled by Northwind Agency" in approvers(view).text
    assert "Cancelled by Cem Cedar" in requester(view).text


# --- undo, acknowledgement, comments, extensions ------------------------------------------------

UNDOABLE = NOW + timedelta(minutes=10)


def test_an_approval_can_be_undone_on_the_approvers_card_while_there_is_time():
    view = over(RequestState.APPROVED, undo_until=UNDOABLE)
    message = approvers(view)
    assert actions_of(message.blocks) == ["undo", "more"]
    for words in both(message):
        assert "It can be undone until " in words
    undo = element_of(message.blocks, "undo")
    assert read_press(undo).ref == Ref(view.id, view.version)
    assert "What Northwind Agency got from AMBER-1234 ends at once" in undo["confirm"]["text"]["text"]


def test_undo_is_gone_once_its_time_is_over_and_is_never_on_the_other_side():
    view = over(RequestState.APPROVED, undo_until=UNDOABLE)
    late = request_card(view, audience=Audience.APPROVERS, now=UNDOABLE)
    assert "undo" not in actions_of(late.blocks)
    assert "can be undone" not in late.text
    assert "undo" not in actions_of(requester(view).blocks)
    assert "can be undone" not in requester(view).text


def test_both_sides_see_that_an_approval_was_undone_by_whom_and_what_came_of_it():
    ended = grant(state=GrantState.ENDED, ended_at=NOW, end_reason=EndReason.UNDONE)
    view = over(
        RequestState.APPROVED,
        undone_at=NOW,
        undone_by="Max Maple",
        items=(item(given=GENERAL, grant=ended),),
    )
    for message in (approvers(view), requester(view)):
        for words in both(message):
            assert "Undone by Max Maple, " in words
            assert "what was given has ended." in words
            assert "the approval was undone." in words
    assert "undo" not in actions_of(approvers(view).blocks)
    assert actions_of(requester(view).blocks) == ["again", "comment", "more"]
    assert "You can use what is in force" not in requester(view).text


def test_the_approvers_see_who_acknowledged_it_and_until_when_and_nobody_else_does():
    view = request(acknowledged_by=(acknowledger(), acknowledger("Max Maple", hours=-1)))
    for words in both(approvers(view)):
        assert "Looking at it: Zoe Zimmer, until " in words
        assert "Max Maple" not in words
    assert "Zoe" not in requester(view).text


def test_the_latest_comments_are_quoted_with_who_wrote_them_and_the_earlier_ones_counted():
    answer = comment(3, by="Ann Alder", business=AGENCY, text="The autumn one.")
    view = request(comments=(comment(1, text="First?"), comment(2), answer))
    for message in (approvers(view), requester(view)):
        for words in both(message):
            assert "Zoe Zimmer of Brand wrote, " in words
            assert "Which campaign is it for?" in words
            assert "Ann Alder of Northwind Agency wrote, " in words
            assert "The autumn one." in words
            assert "1 comment before that: open Details." in words
            assert "First?" not in words


def test_a_requester_who_was_asked_a_question_is_offered_to_reply():
    assert element_of(requester(request(comments=(comment(),))).blocks, "comment")["text"]["text"] == "Reply…"


def test_an_extension_says_what_it_would_extend_from_when_to_when():
    view = request(extends=grant(ref="OTTER-1"), term=Term.till(NOW + timedelta(days=60)))
    for words in both(approvers(view)):
        assert "asks Brand to extend access to 1 asset." in words
        assert "Extension of OTTER-1: that access ends " in words
        assert "if approved, it goes on until " in words
    assert "22 Dec 2026, 13:00 UTC" in approvers(view).text
    assert "21 Jan 2027, 13:00 UTC" in approvers(view).text
    assert "You asked Brand to extend access" in requester(view).text
    done = replace(view, state=RequestState.APPROVED, over_at=NOW)
    assert "Extension of OTTER-1: from " in approvers(done).text
    denied = replace(view, state=RequestState.DECLINED, over_at=NOW)
    assert "was asked." in approvers(denied).text


# --- the requester's card -------------------------------------------------------------------------------


def test_a_requester_who_reminded_them_is_told_when_they_can_again():
    message = requester(request(remind_after=NOW + timedelta(days=1)))
    assert "remind" not in actions_of(message.blocks)
    for words in both(message):
        assert "You can remind them again from " in words


def test_a_day_before_it_expires_the_requester_is_told_what_happens_and_what_they_can_do():
    message = request_card(request(), audience=Audience.EXPIRY, now=NOW)
    for words in both(message):
        assert "Request AMBER-1234 expires soon" in words
        assert "Brand has not decided yet on AMBER-1234: you asked for General user on 1 ad account" in words
        assert "If nobody has decided by then, nothing is given and you can ask again." in words
        assert "Remind them, and they are nudged in their next working hours." in words
    assert actions_of(message.blocks) == ["remind", "cancel", "comment", "more"]


def test_the_warning_follows_to_the_outcome():
    view = over(RequestState.APPROVED, approved_by=("Zoe Zimmer",))
    for words in both(request_card(view, audience=Audience.EXPIRY, now=NOW)):
        assert "expires soon" not in words
        assert "Approved by Zoe Zimmer" in words
    gone = request_card(over(RequestState.EXPIRED), audience=Audience.EXPIRY, now=NOW)
    assert "nobody decided in time" in gone.text
    assert read_press(element_of(gone.blocks, "again")).ref == Ref("500000000000001", 3)


def test_a_warning_past_its_time_does_not_offer_to_remind():
    view = request(expires_at=NOW)
    message = request_card(view, audience=Audience.EXPIRY, now=NOW)
    assert "Its time ran out" in message.text
    assert "remind" not in actions_of(message.blocks)


def test_the_requester_sees_sent_with_how_many_can_decide_and_may_cancel():
    message = requester(request())
    for words in both(message):
        assert "You asked Brand for access to 1 asset, for Northwind Agency." in words
        assert "3 admins of Brand can decide." in words
        assert "Open until: " in words
    assert actions_of(message.blocks) == ["remind", "cancel", "comment", "more"]
    assert element_of(message.blocks, "comment")["text"]["text"] == "Write to Brand…"


def test_the_requester_never_learns_who_opened_it_or_who_else_has_it():
    view = request(
        opened_by=("Zoe Zimmer",), items=(item(others=("Otter Media",)),), approved_by=("Zoe Zimmer",)
    )
    for words in both(requester(view)):
        assert "Zoe" not in words
        assert "Otter" not in words
        assert "Brand has looked at it." in words


def test_the_requester_sees_that_it_is_in_review():
    view = request(
        state=RequestState.IN_REVIEW, approvals=1, required_approvals=2, approved_by=("Zoe Zimmer",)
    )
    assert "In review: 1 of 2 approvals so far." in requester(view).text


def test_the_requester_is_told_that_the_channel_could_not_be_reached_but_not_slacks_error():
    words = requester(request(undelivered="channel_not_found")).text
    assert "Brand may not have seen this" in words
    assert "channel_not_found" not in words


@pytest.mark.parametrize(("admins", "said"), [(0, "no admin"), (1, "1 admin")])
def test_the_requester_is_told_when_nobody_can_decide(admins, said):
    words = requester(request(admins=admins, required_approvals=2)).text
    assert f"2 approvals are needed and Brand has {said} who can." in words


def test_the_requester_sees_what_came_of_it_and_until_when():
    view = over(
        RequestState.APPROVED, approved_by=("Zoe Zimmer",), items=(item(given=GENERAL, grant=grant()),)
    )
    for words in both(requester(view)):
        assert "Approved by Zoe Zimmer" in words
        assert "In force until" in words
        assert "To give it back: /access revoke." in words


def test_the_author_of_the_draft_follows_it_too_but_cannot_cancel():
    message = request_card(request(author="Bob Birch"), audience=Audience.AUTHOR, now=NOW)
    assert "Ann Alder sent your draft" in message.text
    assert actions_of(message.blocks) == ["more"]


# --- drafts ----------------------------------------------------------------------------------


def test_an_admin_sees_what_an_employee_drafted_and_sends_edits_or_drops_it():
    message = draft_card(draft(ask=ask(term=FOREVER)), audience=Audience.SENDERS, now=NOW)
    for words in both(message):
        assert "Bob Birch drafted this for you to send: Northwind Agency asks Brand for access" in words
        assert "Nothing has been sent yet." in words
        assert "no end" in words
    assert actions_of(message.blocks) == ["send", "edit", "drop"]
    assert read_press(element_of(message.blocks, "send")).ref == Ref("600000000000001", 2)


def test_the_author_sees_that_the_draft_waits_and_has_no_buttons():
    message = draft_card(draft(), audience=Audience.AUTHOR, now=NOW)
    assert "You drafted this" in message.text
    assert actions_of(message.blocks) == []


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (DraftState.SENT, "Sent by Ann Alder, "),
        (DraftState.DROPPED, "Dropped by Ann Alder, "),
        (DraftState.EXPIRED, "Expired "),
    ],
)
def test_a_draft_that_is_over_says_how_and_has_no_buttons(state, said):
    view = draft(state=state, over_at=NOW, over_by="Ann Alder")
    message = draft_card(view, audience=Audience.SENDERS, now=NOW)
    assert said in message.text
    assert actions_of(message.blocks) == []


# --- notices ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("about", "view", "said"),
    [
        (
            "approved",
            over(RequestState.APPROVED, approved_by=("Zoe",)),
            "AMBER-1234 was approved by Zoe of Brand.",
        ),
        ("declined", over(RequestState.DECLINED), "AMBER-1234 was declined by Zoe Zimmer of Brand."),
        ("cancelled", over(RequestState.CANCELLED), "AMBER-1234 was cancelled by Zoe Zimmer."),
        ("expired", over(RequestState.EXPIRED), "AMBER-1234 expired: Brand did not decide in time."),
        (
            "undone",
            over(RequestState.APPROVED, undone_at=NOW, undone_by="Max Maple"),
            "The approval of AMBER-1234 was undone by Max Maple of Brand: what was given has ended.",
        ),
        (
            "comment:0000000000000001",
            request(comments=(comment(),)),
            "Zoe Zimmer of Brand wrote about AMBER-1234:",
        ),
        ("in_review", request(approvals=1, required_approvals=2), "AMBER-1234 has 1 of 2 approvals."),
        ("sent", draft(over_by="Ann Alder"), "Ann Alder sent your draft for Brand: AMBER-1234."),
        ("dropped", draft(over_by="Ann Alder"), "Ann Alder dropped your draft for Brand."),
        ("expired", draft(), "Your draft for Brand expired"),
    ],
)
def test_a_notice_says_what_happened_in_a_line(about, view, said):
    audience = Audience.REQUESTER if about not in {"sent", "dropped", "expired"} else Audience.AUTHOR
    message = notice(about, view, audience=audience, now=NOW)
    for words in both(message):
        assert words.startswith(said)
    assert_sendable(message)


def test_a_notice_about_ended_access_names_the_asset_and_says_that_content_stays():
    ended = grant(
        state=GrantState.ENDED, ended_at=NOW, end_reason=EndReason.RELINQUISHED, ended_by="Ann Alder"
    )
    view = over(RequestState.APPROVED, items=(item(given=GENERAL, grant=ended),))
    told = notice("ended:700000000000001", view, audience=Audience.APPROVERS, now=NOW).text
    assert told.startswith("Northwind Agency gave back access to US ads (act_100) (AMBER-1234).")
    assert "stays with the asset" in told


@pytest.mark.parametrize("about", ["", "nonsense", "ended:1", "ended", "sent", "comment", "comment:1"])
def test_a_notice_about_what_is_not_there_is_refused(about):
    with pytest.raises(Unreadable):
        notice(about, request(), audience=Audience.REQUESTER, now=NOW)


def test_every_word_for_a_notice_is_one_that_the_services_use():
    request_states = {state.lower() for state in RequestState if not state.is_open}
    draft_states = {state.lower() for state in DraftState if state is not DraftState.WAITING}
    assert request_states | draft_states <= set(About)


# --- what people type cannot do anything ------------------------------------------------------------

NASTY = [
    "<!channel>",
    "<!here|here>",
    "<@U0123456789>",
    "<#C0123456789>",
    "<!subteam^S123>",
    "<https://evil.example|brand.example>",
    "https://evil.example",
    "*Approved* by Zoe",
    "_a_ ~b~ `c` ```d```",
    ":siren:",
    "\nApproved by Zoe Zimmer on 1 Jan.\n",
    "&lt;!channel&gt;",
    "{owner} {0} %s",
    "🦜" * 20,
    "\u202egnirts",
    "> quote",
    "<!date^1^{date}|now>",
]
typed = (
    st.sampled_from(NASTY)
    | st.text(min_size=1, max_size=60)
    | st.lists(st.sampled_from(NASTY), min_size=1, max_size=3).map(" ".join)
)
typed = typed.filter(str.strip)
tasks = st.sampled_from([level.tasks for level in LEVELS[Kind.AD_ACCOUNT]])
terms = st.sampled_from([Term.for_days(30), Term.till(NOW + timedelta(days=3)), FOREVER])


@st.composite
def requests(draw: Any) -> Any:
    state = draw(st.sampled_from(list(RequestState)))
    names = st.lists(typed, max_size=12).map(tuple)
    items = tuple(
        item(
            position,
            asset_id=draw(st.none() | st.just(f"act_{position}")),
            asset_name=draw(typed),
            words=draw(typed),
            requested=draw(tasks),
            given=draw(st.none() | tasks | st.just(frozenset())),
            held=draw(tasks | st.just(frozenset())),
            others=draw(names),
            grant=draw(
                st.none()
                | st.builds(
                    grant,
                    state=st.sampled_from(list(GrantState)),
                    ended_at=st.just(NOW),
                    end_reason=st.none() | st.sampled_from(list(EndReason)),
                    ended_by=st.none() | typed,
                    end_note=typed,
                )
            ),
        )
        for position in range(draw(st.integers(1, 3)))
    )
    return request(
        state=state,
        requesting=party(name=draw(typed), verified=draw(st.booleans())),
        deciding=replace(BRAND, name=draw(typed)),
        requester=draw(typed),
        author=draw(st.none() | typed),
        reason=draw(typed),
        term=draw(terms),
        given_term=draw(st.none() | terms),
        items=items,
        people=draw(names),
        approved_by=draw(names),
        opened_by=draw(names),
        approvals=draw(st.integers(0, 2)),
        required_approvals=draw(st.integers(1, 3)),
        admins=draw(st.integers(0, 3)),
        over_at=None if state.is_open else NOW,
        over_by=draw(st.none() | typed),
        note=draw(typed),
        undelivered=draw(st.none() | typed),
        first_seen=draw(st.none() | st.just(NOW)),
        extends=draw(st.none() | st.just(grant())),
        acknowledged_by=tuple(acknowledger(name) for name in draw(names)[:5]),
        comments=tuple(
            comment(number, by=draw(typed), text=draw(typed), business=party(name=draw(typed)))
            for number in range(draw(st.integers(0, 3)))
        ),
        undo_until=draw(st.none() | st.just(NOW + timedelta(minutes=5))),
        undone_at=draw(st.none() | st.just(NOW)),
        undone_by=draw(st.none() | typed),
        remind_after=draw(st.none() | st.just(NOW + timedelta(days=1))),
        past_requests=draw(st.integers(0, 2)),
        live_grants=draw(st.integers(0, 2)),
    )


def assert_inert(message: Message) -> None:
    """No object that Slack would format, and in the text no markup but our own dates."""
    assert '"mrkdwn"' not in json.dumps(message.blocks)
    without_dates = re.sub(r"<!date\^\d+\^\{date_short_pretty\} at \{time\}\|[^<>|]*>", "", message.text)
    assert "<" not in without_dates
    assert ">" not in without_dates
    for element in _all_elements(message.blocks):
        assert element.get("emoji") in (None, False)
        assert element.get("type") not in {"link", "user", "channel", "usergroup", "broadcast", "emoji"}


def _all_elements(value: Any) -> Any:
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _all_elements(one)


@pytest.mark.covers("T23", "I22")
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    requests(),
    st.sampled_from([Audience.APPROVERS, Audience.REQUESTER, Audience.AUTHOR, Audience.EXPIRY]),
)
def test_nothing_typed_can_mention_link_or_format_on_a_card(view, audience):
    message = request_card(view, audience=audience, now=NOW)
    assert_inert(message)
    assert_sendable(message)


@pytest.mark.covers("T23", "I22")
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(requests(), st.sampled_from([Audience.APPROVERS, Audience.REQUESTER]))
def test_nothing_typed_can_mention_link_or_format_in_a_notice(view, audience):
    about = ({state.lower() for state in RequestState} & set(About)) | {"undone"}
    about |= {f"comment:{one.id}" for one in view.comments}
    about |= {f"ended:{one.grant.id}" for one in view.items if one.grant}
    for one in about:
        message = notice(one, view, audience=audience, now=NOW)
        assert_inert(message)
        assert_sendable(message)


@pytest.mark.covers("T23", "I22")
@settings(deadline=None)
@given(typed, typed, typed, st.sampled_from(list(DraftState)))
def test_nothing_typed_can_mention_link_or_format_on_a_drafts_card(one, other, third, state):
    view = draft(
        state=state,
        requesting=party(name=one),
        owner=replace(BRAND, name=other),
        author=third,
        ask=ask(reason=one),
        items=(item(asset_name=other), described(1, words=third)),
        over_by=one,
    )
    for audience in (Audience.SENDERS, Audience.AUTHOR):
        message = draft_card(view, audience=audience, now=NOW)
        assert_inert(message)
        assert_sendable(message)


@pytest.mark.covers("T23")
def test_a_reason_is_shown_unchanged_in_a_quote_of_its_own():
    reason = "We <need> *this* & more.\nApproved by Zoe Zimmer."
    message = approvers(request(reason=reason))
    quotes = [
        part["elements"]
        for block in message.blocks
        if block["type"] == "rich_text"
        for part in block["elements"]
        if part["type"] == "rich_text_quote"
    ]
    assert quotes == [[{"type": "text", "text": reason}]]
    assert "“We &lt;need&gt; *this* &amp; more. Approved by Zoe Zimmer.”" in message.text


# --- limits -----------------------------------------------------------------------------------------

LONG = "Ünïcödé & <Söns> " * 30
FULL = {
    "reason": "🦜&<" * 166 + "&&",
    "note": "&" * 500,
    "people": tuple(LONG for _ in range(25)),
    "approved_by": tuple(LONG for _ in range(5)),
    "opened_by": tuple(LONG for _ in range(30)),
    "requesting": party(name=LONG),
    "deciding": replace(BRAND, name=LONG),
    "requester": LONG,
    "author": LONG,
    "required_approvals": 3,
    "admins": 1,
    "term": FOREVER,
    "acknowledged_by": tuple(acknowledger(LONG) for _ in range(20)),
    "comments": tuple(comment(n, text="&" * 500, by=LONG, business=party(name=LONG)) for n in range(30)),
    "undo_until": NOW + timedelta(minutes=10),
}


def many(count: int, **fields: Any) -> Any:
    kinds = list(Kind)
    return tuple(
        item(
            position,
            kind=(kind := kinds[position % 4]),
            asset_id=f"act_{10**19 + position}" if kind is Kind.AD_ACCOUNT else str(10**19 + position),
            asset_name=LONG,
            requested=frozenset(sorted(TASKS[kind])[: 1 + position % len(TASKS[kind])]),
            held=frozenset({"ANALYZE"}),
            others=tuple(LONG for _ in range(20)),
            **fields,
        )
        for position in range(count)
    )


@pytest.mark.covers("T24")
@pytest.mark.parametrize("state", list(RequestState))
@pytest.mark.parametrize("audience", [Audience.APPROVERS, Audience.REQUESTER])
def test_the_largest_request_fits_into_slack_and_says_what_it_leaves_to_details(state, audience):
    given = {"given": frozenset({"ANALYZE"}), "grant": grant(end_note="&" * 500)}
    fields = given if state is RequestState.APPROVED else {}
    over_at = None if state.is_open else NOW
    view = request(state=state, over_at=over_at, over_by=LONG, items=many(25, **fields), **FULL)
    message = request_card(view, audience=audience, now=NOW)
    assert_sendable(message)
    words = words_of(message)
    assert "open Details" in words or all(f"({one.asset_id})" in words for one in view.items)
    assert "open Details" in message.text or texts.cards.THE_REST in message.text
    assert view.reason in words_of(message)


@pytest.mark.covers("T24")
def test_the_largest_draft_fits_into_slack():
    view = draft(
        items=many(25),
        ask=ask(reason="&" * 500),
        author=LONG,
        requesting=party(name=LONG),
        people=(LONG,) * 25,
    )
    assert_sendable(draft_card(view, audience=Audience.SENDERS, now=NOW))


def test_twenty_five_plain_items_are_all_on_the_card():
    view = request(items=tuple(item(position, asset_name=f"Shop {position}") for position in range(25)))
    words = words_of(approvers(view))
    assert all(f"Shop {position} (act_{100 + position})" in words for position in range(25))
    assert words.count("Ad account, General user") == 1
    assert len(approvers(view).blocks) <= 10


@given(st.integers(1, 25), st.integers(1, 200))
@settings(deadline=None)
def test_what_a_card_does_not_show_it_counts(count, length):
    view = request(items=tuple(item(n, asset_name="n" * length, requested=ADMIN) for n in range(count)))
    words = words_of(approvers(view))
    shown = sum(f"(act_{100 + n})" in words for n in range(count))
    left = re.search(r"And (\d+) more: open Details", words)
    assert shown + (int(left[1]) if left else 0) == count


def test_what_is_risky_stands_first_however_long_the_card():
    items = tuple(item(n, asset_name="n" * 200, others=("o" * 200,) * 3) for n in range(24))
    view = request(items=(*items, item(24, requested=ADMIN)), required_approvals=2, reason="&" * 500)
    for words in both(approvers(view)):
        assert words.index("Risky: ") < words.index("General user")


def test_tasks_held_that_form_no_level_are_named():
    view = request(items=(item(held=frozenset({"DRAFT"})),))
    assert "DRAFT is held already, this adds ADVERTISE, ANALYZE." in approvers(view).text


def test_a_person_reading_only_the_text_learns_what_the_blocks_say():
    view = request(
        items=(RISKY, described(1)), people=("Ann Alder",), required_approvals=2, opened_by=("Zoe Zimmer",)
    )
    message = approvers(view)
    said = [words for words in words_of(message).splitlines() if words and "on Adjust" not in words]
    flat = " ".join(message.text.split())
    missing = [
        words
        for words in said[1:-4]
        if " ".join(re.sub(r"\d+ \w+ \d{4}, \d\d:\d\d UTC.*", "", words).split()) not in flat
    ]
    assert missing == []


def test_no_meaning_rests_on_a_picture():
    for message in (approvers(request()), requester(request()), approvers(over(RequestState.APPROVED))):
        assert message.text.isascii() or not re.search(r"[\U0001F300-\U0001FAFF]", message.text)


def test_the_agency_and_the_brand_are_not_confused():
    assert f"{AGENCY.name} asks {BRAND.name}" in approvers(request()).text
