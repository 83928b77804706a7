"""Access that ends: warnings, letting it end, extending it; and an approval that is undone in time."""

from __future__ import annotations

from datetime import timedelta

import make
import pytest
from make import ACCOUNT, AGENCY, AGENCY_TEAM, BRAND, BRAND_TEAM, EPOCH, PAGE, item
from sqlalchemy import select
from story import StandingClock

from bot.domain.assets import Kind
from bot.domain.grants import EndReason, GrantState
from bot.domain.messages import Audience, EffectKind
from bot.domain.policy import DenialReason, Role, Status, WhoMayAsk
from bot.domain.requests import Approve, Decline, ErrorCode, RequestState, Term
from bot.services.results import Invalid, LetEnd, Sent, Undone
from bot.store import tables


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock(start=EPOCH)


@pytest.fixture
def given(story, town):
    """A grant of the ad account for 30 days, from Monday 5 January, 10:00 in Berlin."""
    sent = story.ask(town.ann, people=(town.eva.id,))
    story.decide(town.dana, sent.request_id, Approve())
    return story.grant_of(sent.request_id)


def warnings(story, grant):
    return story.cards_for(Audience.ENDING, grant.id)


# --- warnings ----------------------------------------------------------------------------------------


def test_who_asked_is_warned_seven_days_and_one_day_before_access_ends(story, town, given):
    story.live(days=22.9, hours=6)
    assert warnings(story, given) == []
    story.live(days=0.2, hours=1)
    assert warnings(story, given) == [town.ann.user]
    story.live(days=5.8, hours=6)
    assert len(warnings(story, given)) == 1
    story.live(days=0.2, hours=1)
    assert warnings(story, given) == [town.ann.user] * 2
    story.live(days=2, hours=6)
    assert len(warnings(story, given)) == 2
    assert story.grant_of(given.request_id).state is GrantState.ENDED


@pytest.mark.covers("F19")
@pytest.mark.parametrize(
    ("table", "change"),
    [
        pytest.param(tables.Person, {"deactivated": True}, id="left Slack"),
        pytest.param(tables.Membership, {"role": Role.EMPLOYEE}, id="is no admin any more"),
    ],
)
def test_where_the_asker_can_do_nothing_any_more_another_admin_is_warned(story, town, given, table, change):
    story.set(table, {"person_id" if table is tables.Membership else "id": town.ann.id}, **change)
    story.wait(days=23)
    assert warnings(story, given) == [town.abe.user]


def test_where_no_admin_is_left_another_member_is_warned(story, town, given):
    for admin in (town.ann, town.abe):
        story.set(tables.Person, {"id": admin.id}, deactivated=True)
    story.wait(days=23)
    assert warnings(story, given) == [town.eva.user]


def test_access_for_less_than_a_week_is_warned_of_once_and_for_a_day_not_at_all(story, town):
    for days, asset, kind in ((3, ACCOUNT, Kind.AD_ACCOUNT), (1, PAGE, Kind.PAGE)):
        sent = story.ask(town.ann, item(kind, asset), term=Term.for_days(days))
        story.decide(town.dana, sent.request_id, Approve())
    story.live(days=4)
    assert story.cards_for(Audience.ENDING) == [town.ann.user]


def test_access_without_end_is_never_warned_of(story, town):
    sent = story.ask(town.ann, term=Term.without_end())
    story.decide(town.dana, sent.request_id, Approve())
    story.wait(days=2000)
    assert story.cards_for(Audience.ENDING) == []
    assert story.held(ACCOUNT)


def test_after_an_outage_there_is_one_warning_or_none_when_it_has_ended(story, town, given):
    story.wait(days=29, hours=12)
    assert warnings(story, given) == [town.ann.user]
    story.wait(days=1)
    assert len(warnings(story, given)) == 1


def test_an_outage_over_the_end_ends_it_and_warns_nobody(story, town, given):
    story.wait(days=40)
    assert warnings(story, given) == []
    assert not story.is_live(given.id)


@pytest.mark.covers("F33")
def test_the_clock_going_back_warns_nobody_again_and_brings_nothing_back(story, town, given):
    story.wait(days=23)
    story.wait(days=-2)
    story.wait(days=2)
    assert len(warnings(story, given)) == 1
    story.wait(days=8)
    story.wait(days=-10)
    assert story.held(ACCOUNT) == frozenset()
    assert not story.is_live(given.id)


def test_nobody_is_warned_of_what_was_revoked(story, town, given):
    story.end(town.dana, given.id, business=BRAND)
    story.live(days=31, hours=12)
    assert warnings(story, given) == []


def test_the_warning_is_a_card_that_follows_the_grant(story, town, given):
    story.wait(days=23)
    (card,) = story.rows(tables.Card, audience=Audience.ENDING)
    assert (card.subject_id, card.team_id, card.user_id) == (given.id, AGENCY_TEAM, town.ann.user)
    story.end(town.dana, given.id, business=BRAND)
    assert story.effects(EffectKind.UPDATE_CARD, card_id=card.id)


# --- letting it end ----------------------------------------------------------------------------------


def test_let_it_end_stops_the_warnings_and_it_ends_when_it_says(story, town, given):
    story.wait(days=23)
    assert story.let_end(town.abe, given.id) == LetEnd(grant_id=given.id, ends_at=given.ends_at)
    assert story.grant_of(given.request_id).may_end
    story.live(days=8, hours=6)
    assert len(warnings(story, given)) == 1
    after = story.grant_of(given.request_id)
    assert (after.state, after.end_reason, after.ends_at) == (
        GrantState.ENDED,
        EndReason.REACHED,
        given.ends_at,
    )
    assert "grant.let_end" in story.history(town.dana, given.request_id)


def test_only_the_holders_admins_let_it_end_and_only_while_it_is_in_force(story, town, given):
    assert story.let_end(town.dana, given.id).reason is DenialReason.UNKNOWN_GRANT
    assert story.let_end(town.eva, given.id).reason is DenialReason.NOT_ADMIN
    assert story.let_end(town.ann, "123").reason is DenialReason.UNKNOWN_GRANT
    story.end(town.dana, given.id, business=BRAND)
    late = story.let_end(town.ann, given.id)
    assert (late.reason, late.by, late.name) == (DenialReason.GRANT_OVER, "Dana", "Acme Main")
    denied = [row.data for row in story.rows(tables.Event) if row.kind == "denied"]
    assert len(denied) == 4
    assert all('"let_end"' in data for data in denied)


# --- extending ---------------------------------------------------------------------------------------


def test_an_extension_is_decided_like_a_request_and_is_a_new_grant_until_the_later_end(story, town, given):
    story.wait(days=23)
    sent = story.extend(town.abe, given.id, days=14, reason="The campaign goes on")
    assert isinstance(sent, Sent)
    view = story.card(sent.request_id)
    assert (view.extends.id, view.requester, view.reason) == (given.id, "Abe", "The campaign goes on")
    assert view.items[0].requested == given.tasks
    assert view.term.until == given.ends_at + timedelta(days=14)
    assert story.decide(town.dov, sent.request_id, Approve()).state is RequestState.APPROVED

    new, old = story.grant_of(sent.request_id), story.grant_of(given.request_id)
    assert new.ends_at == given.ends_at + timedelta(days=14)
    assert old.ends_at == given.ends_at, "ends never move"
    story.wait(days=8)
    assert (story.is_live(old.id), story.is_live(new.id)) == (False, True)
    assert story.held(ACCOUNT) == given.tasks
    (assigned,) = story.rows(tables.Assignment)
    assert assigned.person_id == town.eva.id, "who worked with it goes on"
    story.wait(days=14)
    assert story.held(ACCOUNT) == frozenset()
    assert story.rows(tables.Assignment) == []


def test_what_is_extended_already_is_not_warned_of_and_the_extension_is(story, town, given):
    story.wait(days=23)
    sent = story.extend(town.ann, given.id, days=30)
    story.decide(town.dana, sent.request_id, Approve())
    story.live(days=8, hours=6)
    assert len(warnings(story, given)) == 1, "not again the day before: nothing changes on it"
    story.live(days=29, hours=6)
    assert len(warnings(story, story.grant_of(sent.request_id))) == 2


def test_the_warning_shows_what_becomes_of_the_extension(story, town, given):
    story.wait(days=23)
    (card,) = story.rows(tables.Card, audience=Audience.ENDING)
    sent = story.extend(town.ann, given.id)
    requested = len(story.effects(EffectKind.UPDATE_CARD, card_id=card.id))
    story.decide(town.dana, sent.request_id, Decline())
    assert 1 <= requested < len(story.effects(EffectKind.UPDATE_CARD, card_id=card.id))


def test_one_extension_of_a_grant_is_open_at_a_time_and_a_declined_one_can_be_asked_again(story, town, given):
    sent = story.extend(town.ann, given.id)
    again = story.extend(town.abe, given.id)
    assert (again.reason, again.ref) == (DenialReason.OPEN_ALREADY, sent.ref)
    story.decide(town.dana, sent.request_id, Decline())
    assert isinstance(story.extend(town.abe, given.id), Sent)


def test_an_extension_and_a_request_for_more_do_not_stand_in_each_others_way(story, town, given):
    more = story.ask(town.ann, item(Kind.AD_ACCOUNT, ACCOUNT, level="Admin"))
    assert isinstance(more, Sent)
    assert isinstance(story.extend(town.ann, given.id), Sent)
    story.cancel(town.ann, more.request_id)
    assert isinstance(story.ask(town.ann, item(Kind.AD_ACCOUNT, ACCOUNT, level="Admin")), Sent)


def test_what_takes_two_people_to_give_takes_two_to_extend(story, town):
    sent = story.ask(town.ann, item(Kind.AD_ACCOUNT, ACCOUNT, level="Admin"))
    story.decide(town.dana, sent.request_id, Approve())
    story.decide(town.dov, sent.request_id, Approve())
    longer = story.extend(town.ann, story.grant_of(sent.request_id).id)
    assert longer.required_approvals == 2


def test_an_extension_can_be_shortened_and_not_lengthened_by_who_decides(story, town, given):
    sent = story.extend(town.ann, given.id, days=30)
    longer = Term.till(given.ends_at + timedelta(days=31))
    assert story.decide(town.dana, sent.request_id, Approve(term=longer)).reason is DenialReason.WIDER
    shorter = Term.till(given.ends_at + timedelta(days=5))
    story.decide(town.dana, sent.request_id, Approve(term=shorter))
    assert story.grant_of(sent.request_id).ends_at == shorter.until


def test_an_extension_that_is_approved_late_gives_until_the_same_end(story, town, given):
    story.wait(days=29)
    sent = story.extend(town.ann, given.id, days=30)
    story.wait(days=3)
    assert story.held(ACCOUNT) == frozenset(), "nobody holds what nobody decided"
    story.decide(town.dana, sent.request_id, Approve())
    assert story.grant_of(sent.request_id).ends_at == given.ends_at + timedelta(days=30)


def test_only_the_holders_admins_extend_and_only_what_is_in_force_until_a_date(story, town, given, database):
    make.business(database, make.OTHER, name="Other", team=make.OTHER_TEAM)
    oda = make.someone(database, 7, name="Oda", team=make.OTHER_TEAM, roles={make.OTHER: Role.ADMIN})
    assert story.extend(oda, given.id).reason is DenialReason.UNKNOWN_GRANT
    assert story.extend(town.dana, given.id).reason is DenialReason.UNKNOWN_GRANT
    assert story.extend(town.eva, given.id).reason is DenialReason.NOT_ADMIN
    assert story.extend(town.ann, "123").reason is DenialReason.UNKNOWN_GRANT
    endless = story.ask(town.ann, item(Kind.PAGE, PAGE), term=Term.without_end())
    story.decide(town.dana, endless.request_id, Approve())
    forever = story.extend(town.ann, story.grant_of(endless.request_id).id)
    assert forever.reason is DenialReason.GRANTED_ALREADY
    story.clock.push(timedelta(days=30))  # no sweep has come yet
    assert story.extend(town.ann, given.id).reason is DenialReason.GRANT_OVER
    story.sweep()
    assert story.extend(town.ann, given.id).reason is DenialReason.GRANT_OVER


@pytest.mark.parametrize("days", [0, -1, 3651])
def test_an_extension_is_for_a_sensible_number_of_days(story, town, given, days):
    (field_error,) = story.extend(town.ann, given.id, days=days).field_errors
    assert (field_error.field, field_error.code) == ("term", ErrorCode.DAYS)


def test_an_extension_has_a_reason(story, town, given):
    assert isinstance(story.extend(town.ann, given.id, reason=" "), Invalid)
    assert story.extend(town.ann, given.id, reason="x" * 501).field_errors[0].code is ErrorCode.TOO_LONG


@pytest.mark.parametrize(
    ("owner", "reason"),
    [
        ({"who_may_ask": WhoMayAsk.NOBODY}, DenialReason.NOBODY_MAY_ASK),
        ({"status": Status.DEACTIVATED}, DenialReason.DEACTIVATED),
    ],
)
def test_who_cannot_be_asked_cannot_be_asked_for_longer(story, town, given, owner, reason):
    story.set(tables.BusinessRow, {"id": BRAND}, **owner)
    assert story.extend(town.ann, given.id).reason is reason


# --- undoing -----------------------------------------------------------------------------------------


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


def test_what_was_undone_can_be_asked_for_again(story, town, given):
    story.undo(town.dana, given.request_id)
    assert isinstance(story.ask(town.ann), Sent)


def test_ends_never_move(story, town, given):
    ends = []

    def look():
        row = story.database.read_sync(
            lambda tx: tx.one(
                select(tables.Grant.__table__.c.ends_at).where(tables.Grant.__table__.c.id == given.id)
            )
        )
        ends.append(row.ends_at)

    look()
    sent = story.extend(town.ann, given.id)
    story.decide(town.dana, sent.request_id, Approve())
    story.let_end(town.ann, given.id)
    look()
    story.live(days=40, hours=24)
    look()
    assert set(ends) == {given.ends_at}
    assert story.database.verify().sound
