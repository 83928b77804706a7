"""How a request is cancelled, expires and is undone; further copies of its card; and who looked."""

from __future__ import annotations

from datetime import timedelta

import make
import pytest
from make import ACCOUNT, AGENCY, BRAND, BRAND_TEAM, EPOCH, PAGE, item, write
from steps import (
    ADMIN,
    DAY,
    MINUTE,
    TICK,
    decide,
    denied,
    effects,
    event,
    events,
    notices,
    person,
    run,
    typed,
    updates,
)

from bot.domain.assets import Kind
from bot.domain.events import Subject, SubjectKind
from bot.domain.grants import EndReason, GrantState
from bot.domain.messages import Audience, EffectKind
from bot.domain.policy import DenialReason, Role
from bot.domain.requests import Approve, Decline, ErrorCode, FieldError, RequestState
from bot.errors import AlreadyDecided
from bot.services import moves, requests
from bot.services.context import act
from bot.services.results import Denied, Invalid, Moved, Sent, Undone
from bot.store import tables
from bot.store.tables import CardState

# --- cancelled and expired -------------------------------------------------------------------------


def test_any_admin_of_the_requesting_business_cancels_while_it_is_open(story, town):
    sent = story.ask(town.ann)
    assert story.cancel(town.eva, sent.request_id).reason is DenialReason.NOT_ADMIN
    assert story.cancel(town.dana, sent.request_id).reason is DenialReason.NOT_MEMBER
    assert story.cancel(town.abe, sent.request_id).state is RequestState.CANCELLED
    assert story.cancel(town.ann, sent.request_id).reason is DenialReason.ALREADY_OVER
    assert story.decide(town.dana, sent.request_id, Approve()).reason is DenialReason.ALREADY_OVER


def test_a_requester_is_told_when_a_colleague_cancels_and_an_author_always(story, town):
    def draft():
        saved = story.ask(town.eva)
        return run(story, act, requests.submit_draft, saved.draft_id, by=town.ann, expected_version=1).answer

    sent = draft()
    did = run(story, act, requests.cancel, sent.request_id, by=town.abe)
    assert typed(did) == []
    assert [one for one in effects(story, did) if one[0] == "POST_NOTICE"] == sorted(
        notices(2, "cancelled", "REQUESTER", "AUTHOR")
    )
    another = draft()
    did = run(story, act, requests.cancel, another.request_id, by=town.ann)
    assert [one for one in effects(story, did) if one[0] == "POST_NOTICE"] == notices(
        2, "cancelled", "AUTHOR"
    )


def test_a_cancellation_is_denied_with_its_reason(story, town, sent):
    did = run(story, act, requests.cancel, sent.request_id, by=town.dana)
    nothing = denied(story, did, sent, town.dana, verb="cancel", business=None, role=None)
    assert nothing == Denied(reason=DenialReason.NOT_MEMBER)
    did = run(story, act, requests.cancel, "nosuch", by=town.ann)
    unknown = denied(story, did, "nosuch", town.ann, verb="cancel", business=None, role=None)
    assert unknown == Denied(reason=DenialReason.UNKNOWN_REQUEST)
    did = run(story, act, requests.cancel, sent.request_id, by=town.ann, note="x" * 501)
    field_error = FieldError(field="note", code=ErrorCode.TOO_LONG, got="501")
    assert (did.answer, did.rows) == (Invalid(field_errors=(field_error,)), {})
    assert isinstance(
        run(story, act, requests.cancel, sent.request_id, by=town.abe, note="x" * 500).answer, Moved
    )
    did = run(story, act, requests.cancel, sent.request_id, by=town.ann)
    assert denied(story, did, sent, town.ann, verb="cancel", business=AGENCY) == Denied(
        reason=DenialReason.ALREADY_OVER,
        about=Subject(SubjectKind.REQUEST, sent.request_id),
        ref=sent.ref,
        state=RequestState.CANCELLED,
        by="Abe",
        at=story.clock.now(),
    )


def test_a_request_nobody_decided_in_time_expires_and_stays_so(story, town, clock):
    sent = story.ask(town.ann)
    clock.push(timedelta(days=14))
    late = story.decide(town.dana, sent.request_id, Approve())
    assert late.reason is DenialReason.EXPIRED, "the clock decides, whether or not the sweep has come"
    assert story.sweep() == 1
    assert story.card(sent.request_id).state is RequestState.EXPIRED
    clock.push(timedelta(days=-2))
    assert story.sweep() == 0
    assert story.decide(town.dana, sent.request_id, Approve()).reason is DenialReason.EXPIRED


def test_a_request_expires_at_its_moment_and_not_before_so_many_at_a_time(story, town, sent):
    story.clock.push(14 * DAY - MINUTE - TICK)
    assert run(story, act, requests.expire_due).answer == 0
    story.clock.push(TICK)
    story.set(tables.Request, {"ref": sent.ref}, expires_at=EPOCH + 14 * DAY - TICK)
    did = run(story, act, requests.expire_due, limit=1)
    assert (did.answer, did.of(tables.Request).keys()) == (1, {(sent.request_id,)})
    assert run(story, act, requests.expire_due).answer == 1, "the other one, at its very moment"


def test_the_longest_overdue_expire_first_also_those_that_have_an_approval(story, town):
    story.set(tables.BusinessRow, {"id": BRAND}, quorum=2)
    first = story.ask(town.ann)
    second = story.ask(town.ann, item(Kind.PAGE, PAGE))
    third = story.ask(town.ann, item(Kind.PIXEL, make.PIXEL))
    story.decide(town.dana, third.request_id, Approve())
    for one, ago in ((first, 1), (second, 3), (third, 2)):
        story.set(tables.Request, {"id": one.request_id}, expires_at=EPOCH - ago * DAY)
    did = run(story, act, requests.expire_due, limit=2)
    assert did.of(tables.Request).keys() == {(second.request_id,), (third.request_id,)}
    assert did.answer == 2


def test_the_card_of_the_grant_that_would_be_extended_follows_its_request(story, town):
    given = story.ask(town.ann)
    story.decide(town.dana, given.request_id, Approve())
    grant = story.grant_of(given.request_id)
    story.wait(days=24)
    assert story.cards_for(Audience.ENDING, grant.id)
    longer = story.extend(town.ann, grant.id)
    did = decide(story, longer, town.dana, Decline())
    assert [one for one in effects(story, did) if one[:2] == ("UPDATE_CARD", "ENDING")] == updates(
        2, "ENDING"
    )


def test_a_request_that_somebody_moved_a_moment_earlier_is_not_moved_again(story, town, sent):
    row = story.rows(tables.Request, id=sent.request_id)[0]
    for stale in ({"version": 2}, {"state": RequestState.IN_REVIEW}, {"id": "other"}):
        with pytest.raises(AlreadyDecided, match=sent.ref):
            run(story, act, moves.move, row._replace(**stale), RequestState.EXPIRED)
    assert story.card(sent.request_id).state is RequestState.PENDING


# --- undone ----------------------------------------------------------------------------------------


@pytest.mark.covers("T18")
def test_any_admin_of_the_deciding_business_undoes_within_the_window_and_it_ends_at_once(story, town, given):
    assert story.card(given.request_id).undo_until == story.begins + timedelta(minutes=10)
    story.wait(minutes=9)
    assert isinstance(story.undo(town.dov, given.request_id), Undone)
    assert story.held(ACCOUNT) == frozenset()
    assert story.rows(tables.Assignment) == []
    view = story.card(given.request_id)
    assert (view.state, view.undone_by, view.undo_until) == (RequestState.APPROVED, "Dov", None)
    grant = view.items[0].grant
    assert (grant.state, grant.end_reason, grant.ended_by) == (GrantState.ENDED, EndReason.UNDONE, "Dov")
    for side in (town.ann, town.dana):
        assert "request.undone" in story.history(side, given.request_id)


def test_both_sides_are_told_of_an_undo_and_their_cards_follow(story, town, given):
    updates = len(story.effects(EffectKind.UPDATE_CARD))
    story.undo(town.dov, given.request_id)
    by_card = {row.id: row.audience for row in story.rows(tables.Card)}
    told = {by_card[row.card_id] for row in story.effects(EffectKind.POST_NOTICE, about="undone")}
    assert told == {Audience.REQUESTER, Audience.APPROVERS}
    assert len(story.effects(EffectKind.UPDATE_CARD)) > updates


def test_the_author_is_told_that_an_approval_was_undone(story, town):
    saved = story.ask(town.eva)
    sent = run(story, act, requests.submit_draft, saved.draft_id, by=town.ann, expected_version=1).answer
    decide(story, sent, town.dana, Approve())
    did = run(story, act, requests.undo, sent.request_id, by=town.dana)
    told = notices(3, "undone", "APPROVERS", "AUTHOR", "REQUESTER")
    assert [one for one in effects(story, did) if one[3] == "undone"] == told


def test_all_items_that_were_given_end_but_not_what_was_held_before(story, town, given):
    second = story.ask(
        town.ann,
        item(Kind.AD_ACCOUNT, ACCOUNT, level="Admin"),
        item(Kind.PAGE, PAGE),
    )
    for approver in (town.dana, town.dov):
        story.decide(approver, second.request_id, Approve())
    story.undo(town.dana, second.request_id)
    assert (story.held(ACCOUNT), story.held(PAGE)) == (given.tasks, frozenset())


def test_an_undo_ends_each_item_and_leaves_people_what_another_grant_gives_them(story, town, approved):
    did = run(story, act, requests.undo, approved.request_id, by=town.dov)
    assert [row["state"] for row in did.of(tables.Grant).values()] == ["ENDED", "ENDED"]
    assert did.of(tables.Assignment) == {
        (ACCOUNT, AGENCY, town.eva.id): {"tasks": "ANALYZE"},
        (PAGE, AGENCY, town.eva.id): {},
    }
    did = run(story, act, requests.undo, approved.request_id, by=town.dana)
    assert denied(story, did, approved, town.dana, verb="undo") == Denied(
        reason=DenialReason.UNDO_OVER,
        about=Subject(SubjectKind.REQUEST, approved.request_id),
        ref=approved.ref,
        by="Dov",
        at=story.clock.now(),
    )


def test_what_ended_meanwhile_is_not_ended_again_by_an_undo(story, town, approved):
    first, second = story.rows(tables.Grant, request_id=approved.request_id)
    story.end(town.dana, first.id, business=BRAND)
    did = run(story, act, requests.undo, approved.request_id, by=town.dana)
    assert did.of(tables.Grant).keys() == {(second.id,)}


def test_an_approval_can_be_undone_until_just_before_the_window_ends(story, town, approved):
    story.clock.push(9 * MINUTE)
    assert (
        run(story, act, requests.undo, approved.request_id, by=town.dana).answer.reason
        is DenialReason.UNDO_OVER
    )
    story.clock.push(-TICK)
    assert isinstance(run(story, act, requests.undo, approved.request_id, by=town.dana).answer, Undone)


@pytest.mark.covers("T18")
def test_an_approval_is_not_undone_after_its_window_nor_twice_nor_by_others(story, town, given, database):
    both = make.someone(
        database, 7, name="Bob", team=BRAND_TEAM, roles={BRAND: Role.ADMIN, AGENCY: Role.EMPLOYEE}
    )
    assert story.undo(town.ann, given.request_id).reason is DenialReason.NOT_MEMBER
    assert story.undo(town.emil, given.request_id).reason is DenialReason.NOT_ADMIN
    assert story.undo(both, given.request_id).reason is DenialReason.BOTH_SIDES
    assert story.undo(town.dana, "123").reason is DenialReason.UNKNOWN_REQUEST
    page = story.ask(town.ann, item(Kind.PAGE, PAGE))
    assert story.undo(town.dana, page.request_id).reason is DenialReason.UNDO_OVER, "nothing to undo yet"
    story.decide(town.dana, page.request_id, Approve())
    story.undo(town.dana, page.request_id)
    twice = story.undo(town.dov, page.request_id)
    assert (twice.reason, twice.by) == (DenialReason.UNDO_OVER, "Dana")
    story.clock.push(timedelta(minutes=10))  # and no sweep has come yet
    assert story.undo(town.dana, given.request_id).reason is DenialReason.UNDO_OVER
    assert story.held(ACCOUNT)


def test_an_undo_is_denied_with_its_reason(story, town, approved):
    for who, role in ((town.emil, None), (town.ann, None)):
        did = run(story, act, requests.undo, approved.request_id, by=who)
        answer = denied(story, did, approved, who, verb="undo", business=None, role=role)
        assert answer == Denied(
            reason=DenialReason.NOT_ADMIN if who is town.emil else DenialReason.NOT_MEMBER
        )
    did = run(story, act, requests.undo, "nosuch", by=town.dana)
    unknown = denied(story, did, "nosuch", town.dana, verb="undo", business=None, role=None)
    assert unknown == Denied(reason=DenialReason.UNKNOWN_REQUEST)
    make.member(story.database, town.dana.id, of=AGENCY, role=Role.EMPLOYEE)
    did = run(story, act, requests.undo, approved.request_id, by=town.dana)
    assert denied(story, did, approved, town.dana, verb="undo").reason is DenialReason.BOTH_SIDES
    story.clock.push(DAY)
    did = run(story, act, requests.undo, approved.request_id, by=town.dana)
    assert did.answer.reason is DenialReason.BOTH_SIDES, "whether or not there was still time"
    waiting = story.ask(town.ann, ADMIN)
    did = run(story, act, requests.undo, waiting.request_id, by=town.dov)
    assert did.answer.reason is DenialReason.UNDO_OVER


def test_the_windows_for_undoing_are_closed_once(story, town, approved):
    story.clock.push(9 * MINUTE)
    did = run(story, act, requests.close_undo_due, limit=1)
    assert did.answer == 1
    (id_,) = did.of(tables.Request)
    assert did.of(tables.Request) == {id_: {"undo_until": None}}
    assert did.rows.keys() == {"request", "effect"}
    (row,) = story.rows(tables.Request, id=id_[0])
    assert effects(story, did) == sorted(updates(row.version, "APPROVERS", "REQUESTER"))
    assert run(story, act, requests.close_undo_due).answer == 1
    assert run(story, act, requests.close_undo_due).answer == 0


def test_the_windows_for_undoing_are_closed_the_oldest_first_and_not_before_their_end(story, town, approved):
    story.set(tables.Request, {"id": approved.request_id}, undo_until=story.clock.now() + 2 * TICK)
    assert run(story, act, requests.close_undo_due).answer == 0
    story.clock.push(9 * MINUTE)
    did = run(story, act, requests.close_undo_due, limit=1)
    assert did.of(tables.Request).keys() == {(approved.request_id,)}


def test_when_the_window_closes_the_cards_lose_the_button_once(story, town, given):
    def updates():
        return len(story.effects(EffectKind.UPDATE_CARD))

    before = updates()
    story.wait(minutes=9)
    assert updates() == before
    story.wait(minutes=2)
    closed = updates()
    assert closed > before
    assert story.card(given.request_id).undo_until is None
    story.wait(minutes=2)
    story.wait(minutes=-10)
    assert updates() == closed
    assert story.undo(town.dana, given.request_id).reason is DenialReason.UNDO_OVER, "nothing is armed again"


def test_a_business_without_a_window_has_no_undo(story, town):
    story.set(tables.BusinessRow, {"id": BRAND}, undo_minutes=0)
    sent = story.ask(town.ann)
    story.decide(town.dana, sent.request_id, Approve())
    assert story.card(sent.request_id).undo_until is None
    assert story.undo(town.dana, sent.request_id).reason is DenialReason.UNDO_OVER


def test_only_an_approval_can_be_undone(story, town):
    for end in (lambda one: story.decide(town.dana, one, Decline()), lambda one: story.cancel(town.ann, one)):
        sent = story.ask(town.ann)
        end(sent.request_id)
        assert story.undo(town.dana, sent.request_id).reason is DenialReason.UNDO_OVER


def test_what_was_undone_can_be_requested_again(story, town, given):
    story.undo(town.dana, given.request_id)
    assert isinstance(story.ask(town.ann), Sent)


# --- copies, and looking ---------------------------------------------------------------------------


def adopt(story, sent, who, **where):
    message = {"team_id": make.BRAND_TEAM, "channel_id": "CCOPY", "ts": "7.1", **where}
    return run(
        story, act, requests.adopt_copy, sent if isinstance(sent, str) else sent.request_id, by=who, **message
    )


def test_a_copy_that_an_approver_pressed_follows_the_request_once(story, town, sent):
    did = adopt(story, sent, town.dana)
    assert did.answer is True
    columns = ("subject_id", "audience", "team_id", "user_id", "channel_id", "ts", "state")
    copy = (sent.request_id, Audience.APPROVERS, make.BRAND_TEAM, None, "CCOPY", "7.1", CardState.POSTED)
    assert did.put(tables.Card, *columns) == [copy]
    assert effects(story, did) == sorted(updates(1, "APPROVERS", "APPROVERS", "REQUESTER"))
    assert did.rows.keys() == {"card", "effect"}
    again = adopt(story, sent, town.dana)
    assert (again.answer, again.rows) == (False, {})


def test_nobody_else_makes_a_message_a_copy(story, town, sent):
    make.member(story.database, town.dov.id, of=AGENCY, role=Role.EMPLOYEE)
    tried = [
        adopt(story, sent, town.dov),
        adopt(story, sent, town.emil),
        adopt(story, sent, town.ann),
        adopt(story, sent, town.dana, team_id=make.AGENCY_TEAM),
        adopt(story, "nosuch", town.dana),
    ]
    assert [(did.answer, did.rows) for did in tried] == [(False, {})] * 5


def test_opening_the_details_is_noted_once_and_only_for_the_approvers(story, town, database, clock):
    sent = story.ask(town.ann)
    for by in (town.dana, town.dana, town.ann):
        write(database, act, requests.open_details, sent.request_id, by=by.by(), now=clock.now())
    assert story.card(sent.request_id).opened_by == ("Dana",)
    assert story.history(town.dana, sent.request_id) == ["request.pending", "request.opened"]
    assert story.history(town.ann, sent.request_id) == ["request.pending"]


def test_that_an_approver_looked_is_noted_once_for_each(story, town, sent):
    did = run(story, act, requests.open_details, sent.request_id, by=town.emil)
    now, id_ = story.clock.now(), sent.request_id
    opened = {"request_id": id_, "person_id": town.emil.id, "at": now}
    assert did.of(tables.Opened) == {(id_, town.emil.id): opened}
    by = person(town.emil, Role.EMPLOYEE)
    assert events(did) == [event(story, "request.opened", id_, by=by, version=1)]
    assert effects(story, did) == sorted(updates(1, "APPROVERS", "REQUESTER"))
    assert did.rows.keys() == {"opened", "event", "effect"}
    assert run(story, act, requests.open_details, id_, by=town.emil).rows == {}
    assert run(story, act, requests.open_details, id_, by=town.dana).of(tables.Opened).keys() == {
        (id_, town.dana.id)
    }


def test_that_others_looked_is_not_noted(story, town, sent):
    make.member(story.database, town.dov.id, of=AGENCY, role=Role.EMPLOYEE)
    for who, which in ((town.ann, sent.request_id), (town.dov, sent.request_id), (town.dana, "nosuch")):
        assert run(story, act, requests.open_details, which, by=who).rows == {}
    story.set(tables.Person, {"id": town.emil.id}, guest=True)
    assert run(story, act, requests.open_details, sent.request_id, by=town.emil).rows == {}
    story.cancel(town.ann, sent.request_id)
    assert run(story, act, requests.open_details, sent.request_id, by=town.dana).rows == {}
