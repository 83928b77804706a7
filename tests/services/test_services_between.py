"""Rules that hold between two yeses, between two people, and across the line between two businesses."""

from __future__ import annotations

from datetime import timedelta

import pytest
from make import ACCOUNT, AGENCY, BRAND, EPOCH, PAGE, item, write

from bot.domain.assets import Kind
from bot.domain.policy import DenialReason, Status
from bot.domain.requests import Approve, Decline, RequestState, Term
from bot.services import requests, settings
from bot.services.context import act
from bot.services.directory_file import export_directory, read_file, write_file
from bot.services.results import Sent
from bot.store import tables


def remove(story, who, business, *, by):
    now = story.clock.now()
    assert write(story.database, act, settings.remove_member, business, who.id, by=by.by(), now=now)


def assigned(story):
    return {row.person_id for row in story.rows(tables.Assignment)}


def test_days_that_the_first_yes_fixed_never_reach_past_the_date_that_was_asked_for(story, town, clock):
    story.set(tables.BusinessRow, {"id": BRAND}, quorum=2)
    until = clock.now() + timedelta(days=30)
    sent = story.ask(town.ann, term=Term.till(until))
    story.decide(town.dana, sent.request_id, Approve(term=Term.for_days(29)))
    clock.push(timedelta(days=10))
    moved = story.decide(town.dov, sent.request_id, Approve())
    assert moved.state is RequestState.APPROVED, "a plain yes is no narrowing: it needs no new round"
    assert story.card(sent.request_id).items[0].grant.ends_at == until


def test_who_left_since_it_was_asked_is_not_assigned_when_it_is_given(story, town):
    sent = story.ask(town.ann, people=(town.eva.id, town.abe.id))
    remove(story, town.eva, AGENCY, by=town.ann)
    story.decide(town.dana, sent.request_id, Approve())
    assert assigned(story) == {town.abe.id}


def test_the_card_says_how_many_yeses_it_takes_by_the_policy_of_now(story, town):
    sent = story.ask(town.ann)
    story.set(tables.BusinessRow, {"id": BRAND}, quorum=2)
    assert story.card(sent.request_id).required_approvals == 2
    assert story.decide(town.dana, sent.request_id, Approve()).state is RequestState.IN_REVIEW
    story.set(tables.BusinessRow, {"id": BRAND}, quorum=1)
    assert story.card(sent.request_id).required_approvals == 1


def test_where_the_yeses_that_are_there_suffice_since_one_of_them_may_say_so(story, town):
    story.set(tables.BusinessRow, {"id": BRAND}, quorum=2)
    sent = story.ask(town.ann)
    story.decide(town.dana, sent.request_id, Approve())
    assert story.decide(town.dana, sent.request_id, Approve()).reason is DenialReason.APPROVED_ALREADY
    story.set(tables.BusinessRow, {"id": BRAND}, quorum=1)
    assert story.decide(town.dana, sent.request_id, Approve()).state is RequestState.APPROVED


def test_history_names_across_the_line_only_who_asked_and_who_decided(story, town, database):
    def names(by, request_id):
        return {
            line.by for line in database.read_sync(act, requests.history, request_id, by=by.by(), now=EPOCH)
        }

    cancelled = story.ask(town.ann)
    story.cancel(town.abe, cancelled.request_id)
    assert names(town.dana, cancelled.request_id) == {"Ann", None}
    assert names(town.ann, cancelled.request_id) == {"Ann", "Abe"}

    given = story.ask(town.ann)
    story.decide(town.dana, given.request_id, Approve())
    grant = story.card(given.request_id).items[0].grant
    story.end(town.dov, grant.id, business=BRAND)
    assert names(town.ann, given.request_id) == {"Ann", "Dana", None}
    assert names(town.dana, given.request_id) == {"Ann", "Dana", "Dov"}


def test_a_partner_that_is_not_active_is_given_nothing_but_may_be_declined(story, town):
    for status in (Status.DEACTIVATED, Status.RESTRICTED):
        sent = story.ask(town.ann)
        story.set(tables.BusinessRow, {"id": AGENCY}, status=status)
        denied = story.decide(town.dana, sent.request_id, Approve())
        assert (denied.reason, denied.name) == (DenialReason.PARTNER_INACTIVE, "Northwind")
        assert story.held(ACCOUNT) == frozenset()
        assert story.decide(town.dov, sent.request_id, Decline(note="no")).state is RequestState.DECLINED
        story.set(tables.BusinessRow, {"id": AGENCY}, status=Status.ACTIVE)


def test_an_extension_is_for_the_same_people_as_the_grant_as_far_as_they_are_still_there(story, town, clock):
    sent = story.ask(town.ann, people=(town.eva.id, town.abe.id))
    story.decide(town.dana, sent.request_id, Approve())
    remove(story, town.abe, AGENCY, by=town.ann)
    grant = story.card(sent.request_id).items[0].grant
    longer = story.extend(town.ann, grant.id)
    assert isinstance(longer, Sent)
    story.decide(town.dana, longer.request_id, Approve())
    clock.push(timedelta(days=31))
    story.sweep()
    assert grant.id != story.card(longer.request_id).items[0].grant.id
    assert assigned(story) == {town.eva.id}


def test_what_is_extended_already_is_not_asked_for_again(story, town):
    sent = story.ask(town.ann)
    story.decide(town.dana, sent.request_id, Approve())
    grant = story.card(sent.request_id).items[0].grant
    longer = story.extend(town.ann, grant.id, days=30)
    story.decide(town.dana, longer.request_id, Approve())
    assert story.extend(town.ann, grant.id, days=10).reason is DenialReason.GRANTED_ALREADY
    assert isinstance(story.extend(town.ann, grant.id, days=60), Sent)


@pytest.mark.covers("T34", "I28")
def test_an_employee_has_at_most_twenty_asks_waiting_for_the_admins(story, town):
    for _ in range(20):
        story.ask(town.eva)
    denied = story.ask(town.eva)
    assert (denied.reason, denied.count) == (DenialReason.TOO_MANY_DRAFTS, 20)


@pytest.mark.covers("T34", "I28")
def test_at_most_twenty_remarks_a_day_are_written_about_a_request(story, town, clock):
    sent = story.ask(town.ann, item(Kind.PAGE, PAGE))
    for _ in range(20):
        story.comment(town.dana, sent.request_id, "Which campaign?")
    assert story.comment(town.ann, sent.request_id, "All").reason is DenialReason.TOO_MANY_COMMENTS
    clock.push(timedelta(days=1))
    assert not hasattr(story.comment(town.ann, sent.request_id, "All"), "reason")


def test_hours_with_days_that_were_set_in_slack_stand_in_the_exported_file(story, town, database):
    story.set(tables.BusinessRow, {"id": BRAND}, hours="Mon-Thu 09:00-17:00")
    text = write_file(database.read_sync(export_directory))
    assert "Mon-Thu 09:00-17:00" in text
    read_file(text)


def test_after_the_first_yes_the_other_deciders_are_told_that_one_more_is_needed(story, town):
    sent = story.ask(town.ann, item(Kind.AD_ACCOUNT, ACCOUNT, level="Admin"))
    story.decide(town.dana, sent.request_id, Approve())
    about = [row.about for row in story.rows(tables.Effect) if row.kind == "POST_NOTICE"]
    assert about == ["in_review"]
