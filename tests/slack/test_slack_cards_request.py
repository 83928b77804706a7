from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from slack_make import (
    ADMIN,
    AGENCY,
    BRAND,
    GENERAL,
    NOW,
    REPORTING,
    acknowledger,
    actions_of,
    approvers_card,
    assert_sendable,
    both,
    comment,
    described,
    element_of,
    grant,
    item,
    menu_of,
    modal_words,
    over,
    party,
    request,
    requester_card,
    words_of,
)

from bot.domain.assets import Kind
from bot.domain.grants import EndReason, GrantState
from bot.domain.kinds import RULES, RequestKind, Side
from bot.domain.messages import Audience, read_about
from bot.domain.requests import RequestState, Term
from bot.services.views.parties import Signer
from bot.services.views.requests import RequestView
from bot.slack.cards import notice, request_card
from bot.slack.modals import adjust_modal, details_modal
from bot.slack.text import en as texts
from bot.slack.values import Ref, read_press


def in_details(view: RequestView, audience: Audience = Audience.APPROVERS) -> str:
    return modal_words(details_modal(view, audience=audience, acting=False, now=NOW))


RISKY = item(requested=ADMIN)
FOREVER = Term.without_end()


def test_the_card_says_who_requests_what_why_for_whom_how_long_and_what_it_takes():
    view = request(
        author="Bob Birch",
        items=(item(held=REPORTING), described(1)),
        people_count=2,
        past_requests=4,
        live_assets=2,
    )
    message = approvers_card(view)
    for words in both(message):
        for said in (
            "AMBER-1234",
            (
                "Northwind Agency requests General user on US ads and Analyst on “the pixel of the Berlin "
                "shop”, for 30 days."
            ),
            "Business ID 998877, verified",
            "Asked by Ann Alder, drafted by Bob Birch",
            "4 earlier requests, access to 2 assets when they asked",
            (
                "US ads (act_100), ad account: General user (see, create and edit ads with the account's "
                "funding source). They have Reporting only; this adds creating ads."
            ),
            (
                "“the pixel of the Berlin shop”, pixel: Analyst (use the pixel for targeting and see its "
                "data). Not named yet: pick the pixel under Adjust."
            ),
            "Q1 launch",
            "For 2 of their people",
            "Decide by",
            "0 of 1 approval",
        ):
            assert said in words
    assert message.blocks[-2]["type"] == "context"


def test_details_add_task_names_who_else_holds_it_the_history_between_both_and_who_has_seen_it():
    view = request(
        author="Bob Birch",
        items=(item(held=REPORTING, others=("Otter Media",)), item(1, held=frozenset({"DRAFT"}))),
        people_count=1,
        first_seen=NOW - timedelta(days=90),
        past_requests=4,
        live_assets=2,
        opened_by=("Zoe Zimmer",),
    )
    words = in_details(view)
    for said in (
        "Northwind Agency requests General user on",
        "Northwind Agency: Business ID 998877, verified.",
        "Asked by Ann Alder, 22 Nov 2026, 13:00 UTC, drafted by Bob Birch.",
        "4 earlier requests, access to 2 assets when they asked. First seen ",
        "Ad account, General user: see, create and edit ads with the account's funding source.",
        "Tasks: ADVERTISE, ANALYZE.",
        "They have Reporting only; this adds ADVERTISE. Also held by Otter Media.",
        "They have DRAFT; this adds ADVERTISE, ANALYZE.",
        "For whom: 1 of their people.",
        "How long: 30 days from when access starts.",
        "Decide by: ",
        "Approvals: 0 of 1.",
        "Seen by: Zoe Zimmer.",
    ):
        assert said in words


@pytest.mark.covers("I24")
@pytest.mark.parametrize("state", [state for state in RequestState if not state.is_open])
def test_a_card_that_is_over_says_nothing_that_would_change_without_it(state: RequestState):
    for words in both(approvers_card(request(state=state, past_requests=4, live_assets=2))):
        assert "earlier request" not in words
        assert "First request" not in words
        assert "grants now" not in words


def test_who_has_access_and_never_asked_is_said_to_have_access_alone():
    words = approvers_card(request(past_requests=0, live_assets=2)).text
    assert "access to 2 assets when they asked" in words
    assert "0 earlier" not in words


def test_what_is_risky_and_what_never_ends_is_said_in_words():
    for words in both(approvers_card(request(items=(RISKY,), term=FOREVER, required_approvals=2))):
        assert "Risky: Admin on US ads includes billing and who has access." in words
        assert "No end: access stays until somebody ends it." in words
        assert "0 of 2 approvals" in words


@pytest.mark.covers("D8")
def test_an_unverified_business_is_called_so_in_words():
    for words in both(approvers_card(request(requesting=party(verified=False)))):
        assert "not verified" in words
        assert "Not verified: nobody has confirmed who Northwind Agency is." in words


def test_a_first_request_is_called_one():
    assert (
        "First request: Northwind Agency had no access to anything of yours when they asked."
        in approvers_card(request()).text
    )
    assert "First request" not in approvers_card(request(past_requests=1)).text


@pytest.mark.covers("T44")
def test_a_name_that_looks_like_a_partner_s_or_one_s_own_is_said_to_with_both_ids():
    other = replace(party(), id="30000000001", name="N0rthwind Agency")
    words = approvers_card(request(lookalike=other)).text
    assert "is not N0rthwind Agency (ID 30000000001), which you know already. Compare the IDs" in words
    assert f"Northwind Agency (ID {party().id}) is not" in words
    view = request()
    words = approvers_card(replace(view, lookalike=view.deciding)).text
    assert "Looks like your own name: Northwind Agency" in words


@pytest.mark.covers("R13")
def test_a_request_that_cannot_get_enough_approvals_says_so_and_what_to_do():
    for words in both(approvers_card(request(items=(RISKY,), required_approvals=2, admins=1))):
        assert "2 approvals are needed, and Brand has 1 admin who can decide." in words
        assert "Give less under Adjust" in words
    assert (
        "can't be approved"
        not in approvers_card(request(items=(RISKY,), required_approvals=2, admins=2)).text
    )


def test_a_first_approval_shows_whose_it_is_and_what_it_gives():
    view = request(
        state=RequestState.IN_REVIEW,
        items=(item(requested=ADMIN, given=GENERAL), item(1, given=frozenset())),
        given_term=Term.for_days(7),
        approvals=1,
        required_approvals=2,
        approved_by=(Signer("Zoe Zimmer"),),
    )
    for words in both(approvers_card(view)):
        assert "1 of 2 approvals, from Zoe Zimmer" in words
        assert "the first approval gives General user (see, create and edit ads" in words
        assert "instead of Admin." in words
        assert "General user declined in the first approval." in words
        assert "The first approval gives it for 7 days, not for 30 days." in words
        assert "requests Admin on US ads" in words


def test_what_the_first_approval_declined_adds_nothing_and_needs_no_asset_to_be_picked():
    view = request(
        state=RequestState.IN_REVIEW,
        items=(
            item(requested=ADMIN, given=ADMIN),
            item(1, held=REPORTING, given=frozenset()),
            described(2, given=frozenset()),
        ),
        approvals=1,
        required_approvals=2,
        approved_by=(Signer("Zoe Zimmer"),),
    )
    message = approvers_card(view)
    for words in (*both(message), in_details(view)):
        assert "Reporting only" in words
        assert "this adds" not in words
        assert "ot named yet" not in words
    assert "the brand picks" not in requester_card(view).text.lower()
    confirm = element_of(message.blocks, "approve")["confirm"]
    assert "Access starts at once." in confirm["text"]["text"], "it is risky, and the last approval"
    assert "Pick the asset" not in modal_words(adjust_modal(view, zone="UTC"))


def test_details_say_what_the_first_approval_adds():
    narrowed = item(requested=ADMIN, held=REPORTING, given=GENERAL)
    view = request(state=RequestState.IN_REVIEW, items=(narrowed,), approvals=1, required_approvals=2)
    assert "They have Reporting only; this adds ADVERTISE." in in_details(view)


def test_of_what_is_over_nobody_says_that_no_reason_was_given_since_it_may_have_been_erased():
    assert "No reason given." in in_details(request(reason=""))
    assert "No reason on record." in in_details(over(RequestState.DECLINED, reason=""))


def test_of_many_who_look_at_it_the_others_are_counted():
    view = request(acknowledged_by=tuple(acknowledger(f"Zoe {number}") for number in range(4)))
    for words in both(approvers_card(view)):
        assert "Also looking at it: 1 more." in words


def test_approvers_get_approve_adjust_decline_and_a_menu():
    message = approvers_card(request())
    assert actions_of(message.blocks) == ["approve", "approve_as", "adjust", "decline", "more"]
    assert menu_of(message) == [
        "I'm looking at it",
        "Ask a question…",
        "Offer something else…",
        "Details",
        "History",
    ]


@pytest.mark.parametrize("view", [request(items=(described(),)), request(extends=grant())])
def test_nothing_else_is_offered_where_no_asset_is_named_or_access_is_to_go_on(view):
    assert "Offer something else…" not in menu_of(approvers_card(view))


def test_each_choice_in_the_menu_is_read_as_what_it_says():
    menu = element_of(approvers_card(request()).blocks, "more")
    read = [read_press({"action_id": "more", "selected_option": one}).action for one in menu["options"]]
    assert read == ["look", "comment", "counter", "details", "history"]


@pytest.mark.covers("T12")
def test_every_button_carries_the_request_and_the_version_that_was_shown():
    for action in ("approve", "adjust", "decline"):
        assert read_press(element_of(approvers_card(request()).blocks, action)).ref == Ref(
            "500000000000001", 3
        )


@pytest.mark.covers("T18")
@pytest.mark.parametrize("view", [request(items=(RISKY,)), request(term=FOREVER)], ids=["risky", "no end"])
def test_approving_something_risky_or_without_end_is_confirmed_first(view):
    dialog = element_of(approvers_card(view).blocks, "approve")["confirm"]
    level = "Admin" if view.items == (RISKY,) else "General user"
    assert dialog["title"]["text"] == f"Approve {level} on US ads?"
    assert f"Northwind Agency gets {level} on US ads, " in dialog["text"]["text"]
    assert "Access starts at once." in dialog["text"]["text"]


def test_the_dialog_of_a_first_of_two_approvals_says_that_nothing_is_in_force_yet():
    dialog = element_of(approvers_card(request(items=(RISKY,), required_approvals=2)).blocks, "approve")[
        "confirm"
    ]
    assert "Yours is approval 1 of 2: no access before the last one." in dialog["text"]["text"]


@pytest.mark.parametrize("view", [request(), request(items=(described(),), term=FOREVER)])
def test_a_plain_approval_or_one_that_opens_adjust_first_needs_no_confirmation(view):
    assert "confirm" not in element_of(approvers_card(view).blocks, "approve")


# --- when it is over --------------------------------------------------------------------------------


OVER = [state for state in RequestState if not state.is_open]


@pytest.mark.parametrize("state", OVER)
@pytest.mark.parametrize("audience", [Audience.APPROVERS, Audience.AUTHOR])
def test_a_card_of_what_is_over_leads_to_details_and_decides_nothing(state, audience):
    message = request_card(over(state), audience=audience, now=NOW)
    rest = "more" if audience is Audience.APPROVERS else "history"
    assert actions_of(message.blocks) == ["details", rest]
    if audience is Audience.APPROVERS:
        assert menu_of(message) == ["Ask a question…", "History"]
    assert_sendable(message)


@pytest.mark.parametrize("state", OVER)
@pytest.mark.parametrize("audience", [Audience.REQUESTER, Audience.EXPIRY])
def test_the_requester_may_ask_again_unless_it_was_approved_and_can_always_write(state, audience):
    message = request_card(over(state), audience=audience, now=NOW)
    again = {
        RequestState.APPROVED: [],
        RequestState.CANCELLED: ["again", "elsewhere"],  # perhaps it went to the wrong business
    }.get(state, ["again"])
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
        approved_by=(Signer("Zoe Zimmer"), Signer("Max Maple")),
        note="Less will do.",
        approval_notes=(("Max Maple", "Until the audit."), ("Zoe Zimmer", "Less will do.")),
        given_term=Term.for_days(7),
    )
    for words in both(approvers_card(view)):
        assert "Max Maple wrote:" in words
        assert "Until the audit." in words
        assert "Approved with changes by Zoe Zimmer and Max Maple, " in words
        assert "Zoe Zimmer wrote:" in words
        assert "Less will do." in words
        assert "US ads (act_100), ad account: General user instead of Admin. Access until " in words
        assert "Access with no end." in words
        assert "US ads (55555), pixel: Analyst declined." in words
        assert "Given for 7 days, not for 30 days." in words
        assert "Decide by" not in words


def test_once_it_is_declined_a_first_approval_is_not_shown_as_given():
    view = over(RequestState.DECLINED, items=(item(given=REPORTING, requested=GENERAL),))
    assert "given" not in approvers_card(view).text
    assert "Declined by Zoe Zimmer" in approvers_card(view).text


@pytest.mark.parametrize(
    ("reason", "audience", "said"),
    [
        (EndReason.REACHED, Audience.APPROVERS, "Ended {at}, as planned."),
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
    assert "Access until" not in words_of(approvers_card(view))
    assert "Ended " in words_of(approvers_card(view))


def test_a_colleague_of_the_requester_who_cancels_is_not_named_to_the_other_side():
    view = over(RequestState.CANCELLED, over_by="Cem Cedar", note="Wrong account")
    assert "Cem Cedar" not in approvers_card(view).text
    assert "Cancelled by Northwind Agency" in approvers_card(view).text
    assert "Cancelled by Cem Cedar" in requester_card(view).text


# --- undo, acknowledgement, comments, extensions ----------------------------------------------------

UNDOABLE = NOW + timedelta(minutes=10)


def test_an_approval_can_be_undone_on_the_approvers_card_while_there_is_time():
    view = over(RequestState.APPROVED, undo_until=UNDOABLE)
    message = approvers_card(view)
    assert actions_of(message.blocks) == ["undo", "details", "more"]
    for words in both(message):
        assert "You can undo it until " in words
    undo = element_of(message.blocks, "undo")
    assert read_press(undo).ref == Ref(view.id, view.version)
    assert (
        "This ends what it gave Northwind Agency: General user on US ads. Any other access"
        in undo["confirm"]["text"]["text"]
    )


def test_undo_names_what_it_ends_and_not_what_ended_before():
    ended = grant(state=GrantState.ENDED, ended_at=NOW, end_reason=EndReason.REVOKED)
    items = (item(given=GENERAL, grant=ended), item(1, asset_name="EU ads", given=GENERAL, grant=grant()))
    view = over(RequestState.APPROVED, undo_until=UNDOABLE, items=items)
    asked = element_of(approvers_card(view).blocks, "undo")["confirm"]["text"]["text"]
    assert "This ends what it gave Northwind Agency: General user on EU ads. Any other access" in asked


def test_undo_is_gone_once_its_time_is_over_and_is_never_on_the_other_side():
    view = over(RequestState.APPROVED, undo_until=UNDOABLE)
    late = request_card(view, audience=Audience.APPROVERS, now=UNDOABLE)
    assert "undo" not in actions_of(late.blocks)
    assert "can be undone" not in late.text
    assert "undo" not in actions_of(requester_card(view).blocks)
    assert "can be undone" not in requester_card(view).text


def test_both_sides_see_that_an_approval_was_undone_by_whom_and_what_came_of_it():
    ended = grant(state=GrantState.ENDED, ended_at=NOW, end_reason=EndReason.UNDONE)
    view = over(
        RequestState.APPROVED,
        undone_at=NOW,
        undone_by="Max Maple",
        items=(item(given=GENERAL, grant=ended),),
    )
    for message in (approvers_card(view), requester_card(view)):
        for words in both(message):
            assert "Undone by Max Maple, " in words
            assert "This access has ended." in words
            assert "the approval was undone." in words
    assert "undo" not in actions_of(approvers_card(view).blocks)
    assert actions_of(requester_card(view).blocks) == ["again", "comment", "more"]
    assert "You can use what is in force" not in requester_card(view).text


def test_the_approvers_see_who_acknowledged_it_and_until_when_and_nobody_else_does():
    view = request(acknowledged_by=(acknowledger(), acknowledger("Max Maple", hours=-1)))
    for words in both(approvers_card(view)):
        assert "Zoe Zimmer is looking at it. Nobody else is reminded before " in words
        assert "Max Maple" not in words
    assert "Zoe" not in requester_card(view).text


def test_the_latest_comments_are_quoted_with_who_wrote_them_and_the_earlier_ones_counted():
    answer = comment(3, by="Ann Alder", business=AGENCY, text="The autumn one.")
    view = request(comments=(comment(1, text="First?"), comment(2), answer))
    for message in (approvers_card(view), requester_card(view)):
        for words in both(message):
            assert "Zoe Zimmer of Brand wrote, " in words
            assert "Which campaign is it for?" in words
            assert "Ann Alder of Northwind Agency wrote, " in words
            assert "The autumn one." in words
            assert "1 comment before that: open Details." in words
            assert "First?" not in words


def test_a_requester_who_was_asked_a_question_is_offered_to_reply():
    assert (
        element_of(requester_card(request(comments=(comment(),))).blocks, "comment")["text"]["text"]
        == "Reply…"
    )


def test_an_extension_says_what_it_would_extend_from_when_to_when():
    view = request(extends=grant(ref="OTTER-1"), term=Term.till(NOW + timedelta(days=60)))
    for words in both(approvers_card(view)):
        assert "Northwind Agency asks to keep General user on US ads, until " in words
        assert "Extends OTTER-1, which ends " in words
    assert "22 Dec 2026, 13:00 UTC" in approvers_card(view).text
    assert "21 Jan 2027" in approvers_card(view).text
    assert "asks to keep General user on US ads" in requester_card(view).text
    assert "if approved, it goes on until 21 Jan 2027, 13:00 UTC" in in_details(view)
    done = replace(view, state=RequestState.APPROVED, over_at=NOW, items=(item(given=GENERAL),))
    assert "Northwind Agency asked to keep General user on US ads" in approvers_card(done).text
    assert "Extension of OTTER-1: from " in in_details(done)
    denied = replace(view, state=RequestState.DECLINED, over_at=NOW)
    assert "was asked." in in_details(denied)


@pytest.mark.parametrize("state", [RequestState.APPROVED, RequestState.DECLINED, RequestState.EXPIRED])
def test_a_decided_card_says_until_when_what_it_extends_is_in_words_that_stay_true(state):
    given = {"items": (item(given=GENERAL),), "term": Term.till(NOW + timedelta(days=60))}
    view = over(state, extends=grant(ref="OTTER-1"), **given)
    for audience in (Audience.APPROVERS, Audience.REQUESTER):
        for words in both(request_card(view, audience=audience, now=NOW)):
            assert "Extends OTTER-1 (until " in words
            assert "which ends" not in words


@pytest.mark.case("2.1")
@pytest.mark.parametrize(
    ("how", "said"),
    [
        (EndReason.REVOKED, "Brand revoked the access that AMBER-1234 asked to extend: "),
        (EndReason.RELINQUISHED, "Northwind Agency gave back the access that AMBER-1234 asked to extend: "),
        (EndReason.UNDONE, "the approval of the access that AMBER-1234 asked to extend was undone: "),
    ],
)
def test_a_request_that_closed_with_what_it_would_extend_says_so_to_both_sides(how, said):
    ended = grant(ref="OTTER-1", state=GrantState.ENDED, ended_at=NOW, end_reason=how)
    view = over(RequestState.CANCELLED, extends=ended, closed_with=how)
    for card in (approvers_card(view), requester_card(view)):
        for words in both(card):
            assert f"{said}General user on US ads." in words
            assert "Extends OTTER-1, which ended " in words, "and not when it would have"
        assert not {"approve", "cancel"} & set(actions_of(card.blocks))
    assert said in notice(read_about(f"ended:{ended.id}"), view, audience=Audience.REQUESTER).text
    assert "Extension of OTTER-1: that access ended 22 Nov 2026, 13:00 UTC; to go on " in in_details(view)


def test_an_extension_that_was_undone_does_not_say_that_access_goes_on():
    given = {"items": (item(given=GENERAL),), "term": Term.till(NOW + timedelta(days=60))}
    undone = over(
        RequestState.APPROVED, extends=grant(ref="OTTER-1"), undone_at=NOW, undone_by="Zoe", **given
    )
    assert "Extension of OTTER-1: that access ends 22 Dec 2026, 13:00 UTC; to go on until " in in_details(
        undone
    )
    revoked = grant(ref="OTTER-1", state=GrantState.ENDED, ended_at=NOW, end_reason=EndReason.REVOKED)
    both_over = over(RequestState.APPROVED, extends=revoked, undone_at=NOW, undone_by="Zoe", **given)
    assert "Extension of OTTER-1: that access ended 22 Nov 2026, 13:00 UTC" in in_details(both_over)


# --- the requester's card ---------------------------------------------------------------------------


def test_a_requester_who_reminded_them_is_told_when_they_can_again_and_keeps_the_button_for_it():
    message = requester_card(request(remind_after=NOW + timedelta(days=1)))
    assert "remind" in actions_of(message.blocks)
    for words in both(message):
        assert "You can remind them again from " in words


def test_a_day_before_it_expires_the_requester_is_told_what_happens_and_what_they_can_do():
    message = request_card(request(), audience=Audience.EXPIRY, now=NOW)
    for words in both(message):
        assert "Northwind Agency requests General user on US ads, for 30 days." in words
        assert "It expires " in words
        assert "Not decided yet: 3 admins of Brand can decide." in words
        assert "if nobody decides. You can ask again then." in words
        assert "Remind them: it reaches them in their next working hours." in words
    assert actions_of(message.blocks) == ["remind", "cancel", "comment", "more"]


def test_a_day_before_it_expires_nobody_is_to_be_reminded_where_nobody_can_decide():
    words = request_card(request(admins=0), audience=Audience.EXPIRY, now=NOW).text
    assert "It expires " in words
    assert "Remind them" not in words


def test_the_warning_follows_to_the_outcome():
    view = over(RequestState.APPROVED, approved_by=(Signer("Zoe Zimmer"),))
    for words in both(request_card(view, audience=Audience.EXPIRY, now=NOW)):
        assert "It expires" not in words
        assert "Approved by Zoe Zimmer" in words
    gone = request_card(over(RequestState.EXPIRED), audience=Audience.EXPIRY, now=NOW)
    assert "nobody decided in time" in gone.text
    assert read_press(element_of(gone.blocks, "again")).ref == Ref("500000000000001", 3)


def test_a_warning_past_its_time_does_not_offer_to_remind():
    view = request(expires_at=NOW)
    message = request_card(view, audience=Audience.EXPIRY, now=NOW)
    assert "It expired" in message.text
    assert "remind" not in actions_of(message.blocks)


def test_the_requester_sees_sent_with_how_many_can_decide_and_may_cancel():
    message = requester_card(request())
    for words in both(message):
        assert "Northwind Agency requests General user on US ads, for 30 days." in words
        assert "Not decided yet: 3 admins of Brand can decide." in words
        assert "To Brand" in words
        assert "Open until" in words
    assert actions_of(message.blocks) == ["remind", "cancel", "comment", "more"]
    assert element_of(message.blocks, "comment")["text"]["text"] == "Write to Brand…"


def test_the_requester_never_learns_who_opened_it_or_who_else_has_it():
    view = request(
        opened_by=("Zoe Zimmer",), items=(item(others=("Otter Media",)),), approved_by=(Signer("Zoe Zimmer"),)
    )
    for words in both(requester_card(view)):
        assert "Zoe" not in words
        assert "Otter" not in words
        assert "Brand has looked at it." in words


def test_the_requester_sees_that_it_is_in_review():
    view = request(
        state=RequestState.IN_REVIEW, approvals=1, required_approvals=2, approved_by=(Signer("Zoe Zimmer"),)
    )
    assert "In review: 1 of 2 approvals by Brand." in requester_card(view).text


def test_the_requester_is_told_that_the_channel_could_not_be_reached_but_not_slacks_error():
    words = requester_card(request(undelivered="channel_not_found")).text
    assert "Brand may not have seen this" in words
    assert "channel_not_found" not in words


@pytest.mark.parametrize(("admins", "said"), [(0, "no admin"), (1, "1 admin")])
@pytest.mark.covers("R13")
def test_the_requester_is_told_when_nobody_can_decide(admins, said):
    words = requester_card(request(admins=admins, required_approvals=2)).text
    assert f"2 approvals are needed, and Brand has {said} who can." in words


@pytest.mark.covers("R13")
def test_both_sides_are_told_until_when_those_who_can_decide_count_as_fewer():
    view = request(items=(RISKY,), required_approvals=2, admins=2, enough_from=NOW + timedelta(days=5))
    for words in (*both(approvers_card(view)), *both(requester_card(view))):
        assert "2 approvals are needed, and the 2 admins of Brand count as fewer until then" in words
        assert "Not possible before" in words


def test_the_requester_sees_what_came_of_it_and_until_when():
    view = over(
        RequestState.APPROVED,
        approved_by=(Signer("Zoe Zimmer"),),
        items=(item(given=GENERAL, grant=grant()),),
    )
    for words in both(requester_card(view)):
        assert "Approved by Zoe Zimmer" in words
        assert "Access until" in words
        assert "To give it back: /access revoke." in words


def test_the_author_of_the_draft_follows_it_too_but_cannot_cancel():
    message = request_card(request(author="Bob Birch"), audience=Audience.AUTHOR, now=NOW)
    assert "Ann Alder sent your draft" in message.text
    assert actions_of(message.blocks) == ["details", "history"]


# --- another kind of request ------------------------------------------------------------------------


@pytest.fixture
def offered(monkeypatch: pytest.MonkeyPatch) -> RequestKind:
    """A kind in which the owner asks and the holder decides, and nothing can be narrowed."""
    kind = RequestKind.INVITATION
    rules = replace(RULES[RequestKind.ACCESS], owner=Side.REQUESTING, holder=Side.DECIDING, may_narrow=False)
    access = texts.kinds.WORDS[RequestKind.ACCESS]
    words = replace(access, requests="*{requesting}* offers {what}.")
    monkeypatch.setitem(RULES, kind, rules)
    monkeypatch.setitem(texts.kinds.WORDS, kind, words)
    return kind


def test_a_card_speaks_of_its_kind_and_offers_what_the_kind_allows(offered):
    message = approvers_card(request(kind=offered))
    assert "Northwind Agency offers General user on US ads." in message.text
    assert actions_of(message.blocks) == ["approve", "decline", "more"]


def test_what_is_for_the_owners_eyes_only_follows_the_owner_not_the_approvers(offered):
    view = request(kind=offered, items=(item(others=("Third Agency",)),))
    assert "Third Agency" not in in_details(view)
    assert "Third Agency" in in_details(view, audience=Audience.REQUESTER)
    ended = grant(
        owner=AGENCY,
        holder=BRAND,
        state=GrantState.ENDED,
        ended_at=NOW,
        end_reason=EndReason.REVOKED,
        ended_by="Ann Alder",
    )
    over_now = over(RequestState.APPROVED, kind=offered, items=(item(given=GENERAL, grant=ended),))
    assert "revoked by Northwind Agency" in approvers_card(over_now).text
    assert "revoked by Ann Alder" in requester_card(over_now).text
