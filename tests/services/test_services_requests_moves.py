"""How a request is cancelled, expires and is undone; further copies of its card; and who looked."""

from __future__ import annotations

import make
import pytest
from make import ACCOUNT, AGENCY, BRAND, EPOCH, INSTAGRAM, PAGE, item, unowned
from steps import DAY, MINUTE, TICK, become, decide, denied, effects, run, told

from bot.domain.actors import Role
from bot.domain.assets import Kind
from bot.domain.denials import DenialReason
from bot.domain.grants import EndReason, GrantState
from bot.domain.kinds import RequestKind
from bot.domain.messages import Audience, EffectKind
from bot.domain.requests import Approve, Decline, ErrorCode, FieldError, NewItem, RequestState, Term
from bot.errors import AlreadyDecided
from bot.services import moves, nudges, requests
from bot.services.results import Denied, Invalid, Moved, Sent, Undone
from bot.store import tables

NOTICE, UPDATE = EffectKind.POST_NOTICE, EffectKind.UPDATE_CARD
REQUESTER, AUTHOR, ENDING = Audience.REQUESTER, Audience.AUTHOR, Audience.ENDING


def drafted(story, town):
    """A request of Ann's that Eva drafted."""
    saved = story.submit(town.eva)
    return story.do(requests.submit_draft, saved.draft_id, by=town.ann, expected_version=1)


def test_who_undoes_or_declines_reads_that_nobody_there_can_be_told(story, town, approved):
    waits = story.submit(town.ann, item(Kind.INSTAGRAM_ACCOUNT, INSTAGRAM))
    assert story.decide(town.dana, waits.request_id, Decline()).unheard == ()
    waits = story.submit(town.ann, item(Kind.INSTAGRAM_ACCOUNT, INSTAGRAM))
    story.set(tables.BusinessRow, {"id": AGENCY}, channel_id=None)
    for one in (town.ann, town.abe, town.eva):
        story.set(tables.Person, {"id": one.id}, deactivated=True)
    assert story.decide(town.dana, waits.request_id, Decline()).unheard == ("Northwind",)
    assert story.undo(town.dana, approved.request_id).unheard == ("Northwind",)


# --- cancelled and expired -------------------------------------------------------------------------


@pytest.mark.parametrize(("who", "told"), [("abe", [AUTHOR, REQUESTER]), ("ann", [AUTHOR])])
def test_a_requester_is_told_when_a_colleague_cancels_and_an_author_always(story, town, who, told):
    did = run(story, requests.cancel, drafted(story, town).request_id, by=getattr(town, who))
    assert effects(story, did, NOTICE) == [(one, 2, "cancelled") for one in told]
    assert did.of(tables.EventText) == {}, "without a note nothing was typed"


def test_a_cancellation_is_denied_with_its_reason(story, town, sent, bob, oda):
    assert story.cancel(town.eva, sent.request_id).people == ("Abe", "Ann"), "who could"
    assert story.cancel(bob, sent.request_id).reason is DenialReason.WRONG_WORKSPACE, "he is of both"
    for who, about, reason in (
        (oda, sent, DenialReason.NOT_MEMBER),
        (town.ann, "nosuch", DenialReason.UNKNOWN_REQUEST),
    ):
        did = run(story, requests.cancel, getattr(about, "request_id", about), by=who)
        assert denied(story, did, about, who, verb="cancel", business=None, role=None) == Denied(
            reason=reason
        )
    did = run(story, requests.cancel, sent.request_id, by=town.dana)
    asked = told(sent, DenialReason.NOT_SENDER, name="Northwind")
    assert denied(story, did, sent, town.dana, verb="cancel", business=BRAND) == asked
    did = run(story, requests.cancel, sent.request_id, by=town.ann, note="x" * 501)
    field_error = FieldError(field="note", code=ErrorCode.TOO_LONG, got="501")
    assert (did.answer, did.rows) == (Invalid(field_errors=(field_error,)), {})
    assert isinstance(story.do(requests.cancel, sent.request_id, by=town.abe, note="x" * 500), Moved)
    did = run(story, requests.cancel, sent.request_id, by=town.ann)
    over = {"state": RequestState.CANCELLED, "by": "Abe", "at": story.clock.now()}
    late = told(sent, DenialReason.ALREADY_OVER, **over)
    assert denied(story, did, sent, town.ann, verb="cancel", business=AGENCY) == late
    story.clock.push(30 * DAY)
    assert story.cancel(town.ann, sent.request_id) == late, "also once it would have expired"
    assert story.decide(town.dana, sent.request_id, Approve()).reason is DenialReason.ALREADY_OVER


@pytest.mark.covers("R12")
def test_a_request_nobody_decided_in_time_expires_and_stays_so(story, town, clock):
    sent = story.submit(town.ann)
    clock.push(14 * DAY)
    late = story.decide(town.dana, sent.request_id, Approve())
    assert late.reason is DenialReason.EXPIRED, "the clock decides, whether or not the sweep has come"
    late = story.cancel(town.ann, sent.request_id)
    assert (late.reason, late.state, late.at) == (
        DenialReason.EXPIRED,
        RequestState.EXPIRED,
        clock.now(),
    )
    assert story.sweep() == 1
    assert story.card(sent.request_id).state is RequestState.EXPIRED
    clock.push(-2 * DAY)
    assert story.sweep() == 0
    assert story.decide(town.dana, sent.request_id, Approve()).reason is DenialReason.EXPIRED


def test_what_expired_is_said_to_have_done_so_when_its_time_was_up_however_late_that_is_noted(story, town):
    sent, draft = story.submit(town.ann), story.submit(town.eva, item(Kind.PAGE, PAGE))
    up = story.card(sent.request_id).expires_at
    story.clock.push(20 * DAY)
    story.sweep()
    assert story.card(sent.request_id).over_at == up
    assert story.read(requests.find_draft, draft.draft_id, by=town.ann).over_at == up
    cancelled = story.submit(town.ann)
    story.cancel(town.ann, cancelled.request_id)
    assert story.card(cancelled.request_id).over_at == story.clock.now()


def test_a_request_expires_at_its_moment_and_not_before_so_many_at_a_time(story, town, sent):
    story.clock.push(14 * DAY - MINUTE - TICK)
    assert story.do(requests.expire_due) == 0
    story.clock.push(TICK)
    story.set(tables.Request, {"ref": sent.ref}, expires_at=EPOCH + 14 * DAY - TICK)
    did = run(story, requests.expire_due, limit=1)
    assert (did.answer, did.of(tables.Request).keys()) == (1, {(sent.request_id,)})
    assert story.do(requests.expire_due) == 1, "the other one, at its very moment"


def test_a_draft_expires_at_its_moment_and_not_before(story, town):
    draft = story.submit(town.eva)
    up = story.read(requests.find_draft, draft.draft_id, by=town.ann).expires_at
    story.clock.push(up - story.clock.now() - TICK)
    assert story.do(requests.expire_drafts_due) == 0
    story.clock.push(TICK)
    assert story.do(requests.expire_drafts_due) == 1


def test_the_longest_overdue_expire_first_also_those_that_have_an_approval(story, town):
    story.set(tables.BusinessRow, {"id": BRAND}, quorum=2)
    first = story.submit(town.ann)
    second = story.submit(town.ann, item(Kind.PAGE, PAGE))
    third = story.submit(town.ann, item(Kind.PIXEL, make.PIXEL))
    story.decide(town.dana, third.request_id, Approve())
    for one, ago in ((first, 1), (second, 3), (third, 2)):
        story.set(tables.Request, {"id": one.request_id}, expires_at=EPOCH - ago * DAY)
    did = run(story, requests.expire_due, limit=2)
    assert did.of(tables.Request).keys() == {(second.request_id,), (third.request_id,)}
    assert did.answer == 2


def test_a_request_that_no_business_decides_expires_like_any(story, town):
    new = NewItem(
        kind=Kind.AD_ACCOUNT, tasks=frozenset({"OWN"}), asset_id=unowned(story.database, "act_7001")
    )
    how = {"kind": RequestKind.CLAIM, "deciding_id": None, "term": Term.without_end()}
    sent = story.submit(town.ann, new, **how)
    assert run(story, requests.open_details, sent.request_id, by=town.dana).rows == {}
    story.clock.push(14 * DAY)
    story.set(tables.Request, {"id": sent.request_id}, expires_at=EPOCH)
    did = run(story, requests.expire_due, limit=1)
    assert did.of(tables.Request).keys() == {(sent.request_id,)}
    assert did.put(tables.Event, "counterpart_id", "policy_version") == [(None, 1)]


def test_the_card_of_the_grant_that_would_be_extended_follows_its_request(story, town, given):
    story.wait(days=24)
    assert story.cards_for(ENDING, given.id)
    did = decide(story, story.extend(town.ann, given.id), town.dana, Decline())
    assert [one for one in effects(story, did, UPDATE) if one[0] == ENDING] == [(ENDING, 2, "")]


def test_a_request_that_somebody_moved_a_moment_earlier_is_not_moved_again(story, town, sent):
    row = story.rows(tables.Request, id=sent.request_id)[0]
    for stale in ({"version": 2}, {"state": RequestState.IN_REVIEW}, {"id": "other"}):
        with pytest.raises(AlreadyDecided, match=sent.ref):
            run(story, moves.move, row._replace(**stale), RequestState.EXPIRED)
    assert story.card(sent.request_id).state is RequestState.PENDING


# --- undone ----------------------------------------------------------------------------------------


@pytest.mark.covers("T18", "R14")
def test_any_admin_of_the_deciding_business_undoes_within_the_window_and_it_ends_at_once(story, town, given):
    assert story.card(given.request_id).undo_until == story.begins + 10 * MINUTE
    story.wait(minutes=9)
    assert isinstance(story.undo(town.dov, given.request_id), Undone)
    assert story.held(ACCOUNT) == frozenset()
    view = story.card(given.request_id)
    assert (view.state, view.undone_by, view.undo_until) == (RequestState.APPROVED, "Dov", None)
    grant = view.items[0].grant
    assert (grant.state, grant.end_reason, grant.ended_by) == (GrantState.ENDED, EndReason.UNDONE, "Dov")
    for side in (town.ann, town.dana):
        assert "request.undone" in story.history(side, given.request_id)
    assert isinstance(story.submit(town.ann), Sent), "what was undone can be requested again"


def test_the_author_is_told_that_an_approval_was_undone(story, town):
    sent = drafted(story, town)
    decide(story, sent, town.dana, Approve())
    did = run(story, requests.undo, sent.request_id, by=town.dana)
    assert (AUTHOR, 3, "undone") in effects(story, did, NOTICE)


def test_an_undo_ends_each_item_and_leaves_what_another_grant_gives(story, town, approved):
    did = run(story, requests.undo, approved.request_id, by=town.dov)
    assert [row["state"] for row in did.of(tables.Grant).values()] == ["ENDED", "ENDED"]
    assert did.of(tables.Assignment) == {
        (ACCOUNT, AGENCY, town.eva.id): {"tasks": "ANALYZE"},
        (PAGE, AGENCY, town.eva.id): {},
    }
    assert (story.held(ACCOUNT), story.held(PAGE)) == ({"ANALYZE"}, frozenset())


def test_what_ended_meanwhile_is_not_ended_again_by_an_undo(story, town, approved):
    first, second = story.rows(tables.Grant, request_id=approved.request_id)
    story.end(town.dana, first.id, business=BRAND)
    did = run(story, requests.undo, approved.request_id, by=town.dana)
    assert did.of(tables.Grant).keys() == {(second.id,)}


@pytest.mark.covers("R14")
def test_an_approval_can_be_undone_until_just_before_the_window_ends(story, town, approved):
    story.clock.push(9 * MINUTE)  # and no sweep has come yet
    assert story.undo(town.dana, approved.request_id).reason is DenialReason.UNDO_OVER
    story.clock.push(-TICK)
    assert isinstance(story.undo(town.dana, approved.request_id), Undone)


@pytest.mark.covers("T18")
def test_an_approval_is_not_undone_by_others_nor_twice_nor_what_is_none(story, town, approved, bob):
    did = run(story, requests.undo, approved.request_id, by=town.emil)
    no = Denied(reason=DenialReason.NOT_ADMIN, people=("Bob", "Dana", "Dov"))
    assert denied(story, did, approved, town.emil, verb="undo", role=Role.EMPLOYEE) == no
    for who, about, reason in (
        (town.ann, approved, DenialReason.NOT_MEMBER),
        (town.dana, "nosuch", DenialReason.UNKNOWN_REQUEST),
    ):
        did = run(story, requests.undo, getattr(about, "request_id", about), by=who)
        assert denied(story, did, about, who, verb="undo", business=None, role=None) == Denied(reason=reason)
    both = run(story, requests.undo, approved.request_id, by=bob)
    assert denied(story, both, approved, bob, verb="undo") == told(approved, DenialReason.BOTH_SIDES)
    story.undo(town.dov, approved.request_id)
    did = run(story, requests.undo, approved.request_id, by=town.dana)
    twice = told(approved, DenialReason.UNDO_OVER, by="Dov", at=story.clock.now())
    assert denied(story, did, approved, town.dana, verb="undo") == twice
    story.clock.push(DAY)
    late = story.undo(bob, approved.request_id)
    assert late.reason is DenialReason.BOTH_SIDES, "whether or not there was still time"


@pytest.mark.covers("R10")
def test_who_comes_too_late_for_an_approval_that_was_undone_is_told_that_it_was(story, town, approved):
    story.clock.push(MINUTE)
    story.undo(town.dov, approved.request_id)
    undone = {"state": RequestState.APPROVED, "by": "Dov", "at": story.clock.now(), "is_undone": True}
    late = told(approved, DenialReason.ALREADY_OVER, **undone)
    for did in (
        story.decide(town.dana, approved.request_id, Decline()),
        story.cancel(town.ann, approved.request_id),
        story.do(nudges.snooze, approved.request_id, by=town.dana),
        story.do(nudges.remind, approved.request_id, by=town.ann),
        story.read(requests.find_outcome, approved.request_id, by=town.dana),
    ):
        assert did == late


@pytest.mark.parametrize("what", ["waits", "declined", "cancelled", "approved without a window"])
def test_only_an_approval_can_be_undone_and_only_where_there_is_a_window(story, town, what):
    story.set(tables.BusinessRow, {"id": BRAND}, undo_minutes=0 if what.startswith("approved") else 10)
    sent = story.submit(town.ann)
    if what == "cancelled":
        story.cancel(town.ann, sent.request_id)
    elif what != "waits":
        story.decide(town.dana, sent.request_id, Decline() if what == "declined" else Approve())
    assert story.card(sent.request_id).undo_until is None
    assert story.undo(town.dana, sent.request_id).reason is DenialReason.UNDO_OVER


def test_what_was_given_and_has_ended_leaves_nothing_to_undo_on_the_card_as_in_the_record(
    story, town, approved
):
    assert story.card(approved.request_id).undo_until is not None
    first, second = (story.grant_of(approved.request_id, one).id for one in (0, 1))
    story.end(town.dana, first, business=BRAND)
    assert story.card(approved.request_id).undo_until is not None
    story.end(town.dana, second, business=BRAND)
    assert story.card(approved.request_id).undo_until is None
    assert story.undo(town.dana, approved.request_id).reason is DenialReason.UNDO_OVER


def test_windows_for_undoing_are_closed_once_the_oldest_first_and_not_early(story, town, approved):
    story.set(tables.Request, {"id": approved.request_id}, undo_until=story.clock.now() + 2 * TICK)
    assert story.do(requests.close_undo_due) == 0
    story.clock.push(9 * MINUTE)
    did = run(story, requests.close_undo_due, limit=1)
    assert (did.answer, did.of(tables.Request).keys()) == (1, {(approved.request_id,)})
    assert [story.do(requests.close_undo_due) for _ in range(2)] == [1, 0]
    story.wait(minutes=-10)
    assert story.undo(town.dana, approved.request_id).reason is DenialReason.UNDO_OVER, (
        "nothing is armed again"
    )


# --- copies, and looking ---------------------------------------------------------------------------


def adopt(story, card, who, **where):
    message = {"team_id": card.team_id, "channel_id": card.channel_id or "D7", "ts": "7.1", **where}
    did = run(story, requests.adopt_copy, card.id, by=who, **message)
    return did.answer, did.rows


def test_a_copy_pressed_by_somebody_who_may_read_it_there_follows_the_request_and_no_other_does(
    story, town, sent
):
    nothing = (False, {})
    (card,) = story.rows(tables.Card, audience="APPROVERS", subject_id=sent.request_id)
    assert adopt(story, card, town.ann) == nothing
    assert adopt(story, card, town.dana, team_id=make.AGENCY_TEAM) == nothing
    assert adopt(story, card._replace(id="nosuch"), town.dana) == nothing
    become(story, town.emil, guest=True)
    assert adopt(story, card, town.emil) == nothing
    assert adopt(story, card, town.dana)[0]
    assert adopt(story, card, town.dana)[0] is False


@pytest.mark.case("4.7")
def test_a_copy_of_direct_messages_is_kept_for_its_reader_and_for_nobody_else(story, town, sent):
    (card,) = story.rows(tables.Card, audience="REQUESTER", subject_id=sent.request_id)
    assert adopt(story, card, town.abe) == (False, {})
    assert adopt(story, card, town.ann)[0]
    copies = story.rows(tables.Card, audience="REQUESTER", subject_id=sent.request_id)
    assert {(copy.user_id, copy.ts) for copy in copies} == {("UANN", None), ("UANN", "7.1")}


@pytest.mark.case("4.7")
def test_a_copy_of_a_digest_follows_all_that_it_shows(story, town, sent):
    story.live(days=1, hours=1)
    (card,) = story.rows(tables.Card, audience="DIGEST", user_id=town.dana.user)
    assert adopt(story, card, town.dana)[0]
    (copy,) = story.rows(tables.Card, audience="DIGEST", user_id=town.dana.user, ts="7.1")
    follows = [
        sorted(row.subject_id for row in story.rows(tables.Follow, card_id=one.id)) for one in (card, copy)
    ]
    assert follows[0] == follows[1] != []


@pytest.mark.case("4.5")
def test_a_card_of_the_channel_that_is_pressed_elsewhere_teaches_the_channels_new_id(story, town, sent):
    (card,) = story.rows(tables.Card, audience="APPROVERS", subject_id=sent.request_id)
    assert adopt(story, card, town.ann, channel_id="CNEW") == (False, {})
    assert adopt(story, card, town.dana, channel_id="CNEW")[0]
    (brand,) = story.rows(tables.BusinessRow, id=BRAND)
    assert brand.channel_id == "CNEW"
    assert {row.channel_id for row in story.rows(tables.Card, audience="APPROVERS")} == {"CNEW"}
    story.set(tables.BusinessRow, {"id": BRAND}, channel_id="CTHIRD")
    assert adopt(story, card, town.dana, channel_id="CFOURTH", ts="8.1") == (False, {}), "it has moved since"


def test_that_an_approver_looked_is_noted_once_for_each_and_only_for_the_approvers(story, town, sent):
    for who in (town.emil, town.emil, town.dana):
        story.do(requests.open_details, sent.request_id, by=who)
    assert [row.person_id for row in story.rows(tables.Opened)] == sorted([town.emil.id, town.dana.id])
    assert set(story.card(sent.request_id).opened_by) == {"Emil", "Dana"}
    assert story.history(town.dana, sent.request_id) == ["request.pending", *["request.opened"] * 2]
    assert story.history(town.ann, sent.request_id) == ["request.pending"]


def test_that_others_looked_is_not_noted(story, town, sent, bob):
    for who, which in ((town.ann, sent.request_id), (bob, sent.request_id), (town.dana, "nosuch")):
        assert run(story, requests.open_details, which, by=who).rows == {}
    story.set(tables.Person, {"id": town.emil.id}, guest=True)
    assert run(story, requests.open_details, sent.request_id, by=town.emil).rows == {}
    story.cancel(town.ann, sent.request_id)
    assert run(story, requests.open_details, sent.request_id, by=town.dana).rows == {}
