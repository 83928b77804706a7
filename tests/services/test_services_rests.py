"""What rests on a grant or on a policy: it closes, ends or is shown differently when that changes."""

from __future__ import annotations

import json
from collections import Counter

import make
import pytest
from make import ACCOUNT, AGENCY, BRAND, PAGE, PIXEL, item
from steps import ADMIN, DAY, give, run

from bot.domain.actors import Role
from bot.domain.assets import Kind
from bot.domain.denials import DenialReason
from bot.domain.grants import EndReason
from bot.domain.messages import Audience, EffectKind, Notice, read_about
from bot.domain.requests import Approve, RequestState, Revision, Term
from bot.errors import AlreadyDecided
from bot.services import grants, moves, requests, settings
from bot.services.results import Sent
from bot.store import tables

ANALYZE = frozenset({"ANALYZE"})
BOTH_SIDES = {Audience.REQUESTER, Audience.APPROVERS}


def told_of(story, did, notice):
    """Who is told this in one verb: for each message its audience, and the grants that it is about."""
    cards = {row.id: row.audience for row in story.rows(tables.Card)}
    put = did.put(tables.Effect, "kind", "card_id", "about")
    told = [(card_id, read_about(about)) for kind, card_id, about in put if kind == EffectKind.POST_NOTICE]
    return sorted(
        (about.audience or cards[card_id], set(about.details))
        for card_id, about in told
        if about.notice is notice
    )


def reasons(story):
    """Why open requests were revised, in order."""
    return [json.loads(row.data)["because"] for row in story.rows(tables.Event, kind="request.revised")]


# --- what asks to extend a grant that ends -----------------------------------------------------------


@pytest.mark.case("2.1")
@pytest.mark.parametrize(
    ("how", "by", "note"),
    [(EndReason.REVOKED, "dana", "because of a breach of contract"), (EndReason.RELINQUISHED, "abe", "")],
)
@pytest.mark.covers("R16")
def test_when_access_is_ended_an_open_request_to_extend_it_is_closed_and_says_why(
    story, town, given, *, how, by, note
):
    sent = story.extend(town.ann, given.id)
    verb = grants.revoke if how is EndReason.REVOKED else grants.relinquish
    who = getattr(town, by)
    business = BRAND if by == "dana" else AGENCY
    did = run(story, verb, [given.id], by=who, business_id=business, note=note)
    view = story.card(sent.request_id)
    assert (view.state, view.closed_with) == (RequestState.CANCELLED, how)
    assert (view.extends.end_reason, view.extends.end_note) == (how, note)
    (closed,) = story.rows(tables.Event, kind="request.cancelled")
    assert json.loads(closed.data)["closed_with"] == how
    assert json.loads(closed.actor)["role"] == Role.ADMIN, "in their own business"
    assert told_of(story, did, Notice.CANCELLED) == []
    told = told_of(story, did, Notice.ENDED)
    assert len(told) == len({audience for audience, _ in told} & BOTH_SIDES), "one message for one act"
    late = story.decide(town.dov, sent.request_id, Approve())
    assert late.reason is DenialReason.ALREADY_OVER
    assert story.held(ACCOUNT) == frozenset(), "what was revoked does not come back by an older request"
    assert isinstance(story.submit(town.ann), Sent)


@pytest.mark.case("2.1")
def test_when_an_approval_is_undone_an_open_request_to_extend_it_is_closed_and_both_sides_hear_of_that(
    story, town, given
):
    sent = story.extend(town.ann, given.id)
    did = run(story, requests.undo, given.request_id, by=town.dana)
    view = story.card(sent.request_id)
    assert (view.state, view.closed_with) == (RequestState.CANCELLED, EndReason.UNDONE)
    undone = told_of(story, did, Notice.UNDONE)
    assert undone == [(audience, {sent.request_id}) for audience in sorted(BOTH_SIDES)]
    assert told_of(story, did, Notice.ENDED) == [], "one message for one act"


@pytest.mark.case("2.1")
def test_a_request_to_extend_expires_with_what_it_extends(story, town, given):
    story.wait(days=29)
    sent = story.extend(town.ann, given.id)
    assert story.card(sent.request_id).expires_at == given.ends_at
    story.clock.push(DAY)
    story.do(grants.end_due)
    view = story.card(sent.request_id)
    assert (view.state, view.closed_with) == (RequestState.EXPIRED, None)
    assert story.decide(town.dana, sent.request_id, Approve()).reason is DenialReason.EXPIRED


@pytest.mark.case("2.1")
def test_another_grant_of_the_same_asset_ends_and_the_extension_goes_on(story, town, given):
    more = give(story, town, ADMIN, term=Term.for_days(10))
    sent = story.extend(town.ann, given.id)
    before = story.card(sent.request_id)
    story.end(town.dana, more.id, business=BRAND)
    after = story.card(sent.request_id)
    assert (after.state, after.version) == (RequestState.PENDING, before.version + 1)
    assert after.items[0].held == given.tasks
    assert story.decide(town.dana, sent.request_id, Approve()).state is RequestState.APPROVED


# --- what an approval gave that others rest on -------------------------------------------------------


@pytest.mark.case("2.2")
@pytest.mark.covers("R16")
def test_undoing_an_approval_ends_what_its_extensions_gave_names_them_and_tells_both_sides(
    story, town, given
):
    first = story.extend(town.ann, given.id)
    story.decide(town.dov, first.request_id, Approve())
    second = story.extend(town.ann, story.grant_of(first.request_id).id)
    story.decide(town.dov, second.request_id, Approve())
    did = run(story, requests.undo, given.request_id, by=town.dana)
    assert did.answer.with_it == (first.ref, second.ref)
    assert story.held(ACCOUNT) == frozenset()
    ended = [story.grant_of(sent.request_id) for sent in (first, second)]
    assert {grant.end_reason for grant in ended} == {EndReason.UNDONE}
    both = {first.request_id, second.request_id}
    assert told_of(story, did, Notice.UNDONE) == [(audience, both) for audience in sorted(BOTH_SIDES)]
    assert told_of(story, did, Notice.ENDED) == [], "one message for one act"
    assert story.undo(town.dov, first.request_id).reason is DenialReason.UNDO_OVER, "nothing of it is left"


@pytest.mark.case("2.2", "5.1")
@pytest.mark.parametrize("is_decided", [True, False])
def test_who_asked_for_the_extension_of_what_is_undone_hears_of_it_too(story, town, given, is_decided):
    longer = story.extend(town.abe, given.id)
    if is_decided:
        story.decide(town.dov, longer.request_id, Approve())
    did = run(story, requests.undo, given.request_id, by=town.dana)
    cards = {row.id: row for row in story.rows(tables.Card)}
    put = did.put(tables.Effect, "kind", "card_id", "about")
    places = Counter(
        (cards[card_id].user_id or cards[card_id].channel_id, read_about(about).notice)
        for kind, card_id, about in put
        if kind == EffectKind.POST_NOTICE
    )
    told = {("UANN", Notice.UNDONE): 1, ("UABE", Notice.ENDED): 1, ("CBRAND", Notice.UNDONE): 1}
    assert places == told


@pytest.mark.case("2.2")
def test_undoing_an_extension_leaves_what_it_extends(story, town, given):
    sent = story.extend(town.ann, given.id)
    story.decide(town.dov, sent.request_id, Approve())
    assert story.undo(town.dana, sent.request_id).with_it == ()
    assert (story.held(ACCOUNT), story.is_live(given.id)) == (given.tasks, True)


# --- what a card says is held ------------------------------------------------------------------------


@pytest.mark.case("2.3")
@pytest.mark.parametrize("happens", ["revoked", "given back", "undone", "its end", "more is given"])
def test_the_card_of_a_request_for_more_follows_what_is_held(story, town, given, happens):
    asked = story.submit(town.ann, ADMIN)
    before = story.card(asked.request_id)
    assert before.items[0].held == given.tasks
    extension = story.extend(town.ann, given.id, days=5) if happens == "more is given" else None
    match happens:
        case "revoked":
            story.end(town.dana, given.id, business=BRAND)
        case "given back":
            story.end(town.ann, given.id, business=AGENCY)
        case "undone":
            story.undo(town.dana, given.request_id)
        case "its end":
            story.set(tables.Request, {"id": asked.request_id}, expires_at=given.ends_at + DAY)
            story.clock.push(given.ends_at - story.clock.now())
            story.do(grants.end_due)
        case _:
            story.decide(town.dana, extension.request_id, Approve())
    after = story.card(asked.request_id)
    assert after.version == before.version + 1
    assert after.items[0].held == (given.tasks if extension else frozenset())
    assert reasons(story) == ["held"]
    stale = story.decide(town.dana, asked.request_id, Approve(), expected_version=before.version)
    assert stale.reason is DenialReason.CHANGED, "an approval is bound to what its card showed"


def test_an_extension_of_one_asset_does_not_follow_what_is_held_of_another(story, town, given):
    page = give(story, town, item(Kind.PAGE, PAGE))
    longer = story.extend(town.ann, page.id).request_id
    story.end(town.dana, given.id, business=BRAND)
    assert story.card(longer).version == 1


# --- whose approvals count ---------------------------------------------------------------------------


@pytest.mark.covers("R16")
def test_the_cards_that_count_somebodys_approval_follow_as_their_right_changes(story, town):
    story.change_policy(town.dana, quorum=2)
    over = story.submit(town.ann).request_id
    story.decide(town.dana, over, Approve())
    story.cancel(town.ann, over)
    counted = story.submit(town.ann).request_id
    story.decide(town.dana, counted, Approve())
    narrowed = story.submit(town.ann, item(Kind.PAGE, PAGE)).request_id
    story.decide(town.dana, narrowed, Approve())
    story.decide(town.dov, narrowed, Approve(term=Term.for_days(7)))  # a new round, in which Dana has no part
    of_dov = story.submit(town.ann, item(Kind.PIXEL, PIXEL)).request_id
    story.decide(town.dov, of_dov, Approve())
    versions = {one: story.card(one).version for one in (over, counted, narrowed, of_dov)}
    for role in (Role.EMPLOYEE, Role.ADMIN):
        story.do(settings.set_role, BRAND, town.dana.id, role=role, by=town.dov)
        versions[counted] += 1
        assert {one: story.card(one).version for one in versions} == versions


def test_an_approval_follows_what_slack_says_of_who_gave_it_in_each_of_their_businesses(story, town, oda):
    story.change_policy(town.dana, quorum=1)
    make.asset(story.database, "act_9009", kind=Kind.AD_ACCOUNT, name="Other Main", owner=make.OTHER)
    story.set(tables.BusinessRow, {"id": make.OTHER}, quorum=2)
    asked = story.submit(town.ann, item(Kind.AD_ACCOUNT, "act_9009"), deciding_id=make.OTHER).request_id
    story.decide(oda, asked, Approve())
    before = story.card(asked).version
    story.slack_says(oda.team, oda.user, guest=True, name="Oda")
    assert story.card(asked).version == before + 1


def test_the_same_quorum_again_changes_no_request(story, town):
    story.change_policy(town.dana, quorum=2)
    asked = story.submit(town.ann).request_id
    story.change_policy(town.dana, quorum=1)
    story.change_policy(town.dana, quorum=2)
    assert story.card(asked).version == 1


@pytest.mark.case("2.4")
def test_nobody_is_left_with_a_request_that_none_can_approve_since_its_end_has_passed(story, town, clock):
    story.change_policy(town.dana, quorum=2)
    sent = story.submit(town.ann)
    until = clock.now() + 5 * DAY
    story.decide(town.dana, sent.request_id, Approve(term=Term.till(until)))
    assert story.card(sent.request_id).expires_at == until
    (row,) = story.rows(tables.Request, id=sent.request_id)
    assert row.warn_at == until - DAY


def test_whose_requester_was_warned_already_is_not_warned_again_by_an_approval(story, town):
    story.change_policy(town.dana, quorum=2)
    sent = story.submit(town.ann)
    story.clock.push(13 * DAY)
    story.sweep()
    assert len(story.cards_for(Audience.EXPIRY, sent.request_id)) == 1
    assert (
        story.decide(town.dana, sent.request_id, Approve(term=Term.for_days(7))).state
        is RequestState.IN_REVIEW
    )
    (row,) = story.rows(tables.Request, id=sent.request_id)
    assert row.warn_at is None


def test_what_somebody_else_moved_meanwhile_is_not_revised(story, town):
    sent = story.submit(town.ann)
    (seen,) = story.rows(tables.Request, id=sent.request_id)
    story.change_policy(town.dana, quorum=2)
    with pytest.raises(AlreadyDecided):
        story.do(moves.revise, seen, Revision.HELD)
    assert reasons(story) == ["quorum"]


# --- what ends and what goes on ----------------------------------------------------------------------


@pytest.mark.case("2.5", "3.1")
def test_an_extension_at_a_lower_level_still_offers_to_extend_the_rest_and_tells_what_ends(
    story, town, given
):
    sent = story.extend(town.ann, given.id)
    story.decide(town.dana, sent.request_id, Approve(given={0: ANALYZE}))
    again = story.extend(town.ann, given.id)
    assert isinstance(again, Sent), "the rest of it can be extended too"
    story.cancel(town.ann, again.request_id)
    story.clock.push(given.ends_at - story.clock.now())
    did = run(story, grants.end_due)
    assert {audience for audience, *_ in told_of(story, did, Notice.ENDED)} == BOTH_SIDES
    ended = story.card(given.request_id).items[0]
    assert (ended.held, ended.held_until) == (ANALYZE, story.grant_of(sent.request_id).ends_at)


@pytest.mark.case("3.1")
@pytest.mark.parametrize("goes_on", ["an extension", "a larger one"])
@pytest.mark.covers("C6")
def test_an_end_that_changes_nothing_is_told_to_nobody(story, town, given, goes_on):
    if goes_on == "an extension":
        sent = story.extend(town.ann, given.id)
        story.decide(town.dana, sent.request_id, Approve())
    else:
        give(story, town, ADMIN, term=Term.for_days(60))
    story.clock.push(given.ends_at - story.clock.now())
    did = run(story, grants.end_due)
    assert story.grant_of(given.request_id).end_reason == EndReason.REACHED
    assert told_of(story, did, Notice.ENDED) == []


@pytest.mark.case("3.1")
def test_what_is_held_lasts_until_the_first_end_that_makes_it_less(story, town, given):
    give(story, town, ADMIN, term=Term.for_days(10))
    view = story.card(given.request_id).items[0]
    assert view.held_until == story.clock.now() + 10 * DAY
    assert len(view.held) > len(given.tasks)
    story.clock.push(10 * DAY)  # and no sweep has come yet
    view = story.card(given.request_id).items[0]
    assert (view.held, view.held_until) == (given.tasks, given.ends_at)


@pytest.mark.case("3.1")
@pytest.mark.parametrize(
    ("days", "until"),
    [
        ((30, None, 10), 10),
        ((None, None, 10), 10),
        ((None, 10, 10), 10),
        ((10, 20, 30), 30),
        ((10, None, 30), 30),
        ((10, 20, None), None),
        ((None, None, None), None),
    ],
)
def test_ends_that_take_nothing_away_are_no_end_of_what_is_held(story, town, days, until):
    levels = [item(Kind.AD_ACCOUNT, ACCOUNT, level=level) for level in ("Reporting only", "General user")]
    rows = [give(story, town, asked) for asked in (*levels, ADMIN)]
    ends = [None if many is None else story.clock.now() + many * DAY for many in (*days, until)]
    for row, end in zip(rows, ends, strict=False):
        story.set(tables.Grant, {"id": row.id}, ends_at=end)
    view = story.card(rows[0].request_id).items[0]
    assert (view.held, view.held_until) == (rows[-1].tasks, ends[-1])


@pytest.mark.case("5.1")
def test_who_asked_to_extend_what_another_asked_for_is_told_that_it_closed(story, town, given):
    sent = story.extend(town.abe, given.id)
    did = run(story, grants.revoke, [given.id], by=town.dana, business_id=BRAND)
    cards = {row.id: row for row in story.rows(tables.Card)}
    places = Counter(
        cards[card_id].user_id or cards[card_id].channel_id
        for kind, card_id in did.put(tables.Effect, "kind", "card_id")
        if kind == EffectKind.POST_NOTICE
    )
    assert places == {"UANN": 1, "UABE": 1, "CBRAND": 1}
    assert all(details == {given.id} for _, details in told_of(story, did, Notice.ENDED))
    assert story.card(sent.request_id).closed_with is EndReason.REVOKED
