"""Access that is in force: until when, for whom, and how it ends."""

from __future__ import annotations

from datetime import timedelta

import make
import pytest
from make import ACCOUNT, AGENCY, BRAND, PAGE, item
from sqlalchemy import select
from steps import DAY, TICK, decide, effects, run, updates

from bot.domain.assets import Kind
from bot.domain.grants import EndReason, GrantState
from bot.domain.messages import Audience
from bot.domain.policy import DenialReason, Role, Status
from bot.domain.requests import Approve, RequestState, Term
from bot.errors import AlreadyDecided
from bot.services import grants
from bot.services.context import act
from bot.services.grants import lifecycle
from bot.services.results import Ended, Moved, Sent
from bot.store import tables


def test_an_approved_request_is_access_in_force_until_its_end_and_not_a_moment_longer(story, town, clock):
    sent = story.ask(town.ann)
    assert isinstance(sent, Sent)
    assert (sent.owner, sent.admins, sent.required_approvals) == ("Acme Shoes", 2, 1)
    assert story.held(ACCOUNT) == frozenset()

    moved = story.decide(town.dana, sent.request_id, Approve())

    assert isinstance(moved, Moved)
    assert moved.state is RequestState.APPROVED
    assert story.held(ACCOUNT) == {"ADVERTISE", "ANALYZE"}
    clock.push(timedelta(days=30))
    assert story.held(ACCOUNT) == frozenset(), "the end counts, whether or not the sweep has come"
    story.sweep()
    grant = story.card(sent.request_id).items[0].grant
    assert (grant.state, grant.end_reason) == (GrantState.ENDED, EndReason.REACHED)
    assert story.history(town.dana, sent.request_id) == [
        "request.pending",
        "request.approved",
        "grant.active",
        "grant.ending",
        "grant.ended",
    ]


def test_the_end_of_one_grant_never_cuts_another(story, town, clock):
    short = story.ask(town.ann, term=Term.for_days(5))
    story.decide(town.dana, short.request_id, Approve())
    longer = story.ask(town.ann, item(Kind.AD_ACCOUNT, ACCOUNT, level="Admin"), term=Term.for_days(10))
    story.decide(town.dana, longer.request_id, Approve())
    story.decide(town.dov, longer.request_id, Approve())
    clock.push(timedelta(days=6))
    story.sweep()
    assert story.held(ACCOUNT) == {"MANAGE", "ADVERTISE", "ANALYZE"}
    clock.push(timedelta(days=5))
    story.sweep()
    assert story.held(ACCOUNT) == frozenset()


def test_people_are_assigned_with_the_approval_and_cut_back_with_the_grant(story, town, database):
    def assigned():
        def query(tx):
            return {row.person_id: row.tasks for row in tx.all(select(tables.Assignment.__table__))}

        return database.read_sync(query)

    low = story.ask(town.ann, people=(town.eva.id,))
    story.decide(town.dana, low.request_id, Approve())
    assert assigned() == {town.eva.id: "ADVERTISE,ANALYZE"}
    high = story.ask(
        town.ann, item(Kind.AD_ACCOUNT, ACCOUNT, level="Admin"), people=(town.eva.id, town.abe.id)
    )
    story.decide(town.dana, high.request_id, Approve())
    story.decide(town.dov, high.request_id, Approve())
    assert assigned() == {town.eva.id: "ADVERTISE,ANALYZE,MANAGE", town.abe.id: "ADVERTISE,ANALYZE,MANAGE"}
    story.end(town.dana, story.card(high.request_id).items[0].grant.id, business=BRAND)
    assert assigned() == {town.eva.id: "ADVERTISE,ANALYZE", town.abe.id: "ADVERTISE,ANALYZE"}
    story.end(town.ann, story.card(low.request_id).items[0].grant.id, business=AGENCY)
    assert assigned() == {}


def test_nobody_may_do_more_because_something_ended(story, town):
    less = story.ask(town.ann, item(Kind.AD_ACCOUNT, ACCOUNT, level="Reporting only"), people=(town.eva.id,))
    decide(story, less, town.dana, Approve())
    decide(story, story.ask(town.ann), town.dana, Approve())
    story.set(tables.Grant, {"request_id": less.request_id}, ends_at=story.clock.now())
    did = run(story, act, grants.end_due)
    assert (did.answer, did.of(tables.Assignment)) == (1, {})


def test_a_grant_ends_at_its_end_and_not_a_moment_before(story, approved):
    first = story.rows(tables.Grant, request_id=approved.request_id)[0]
    story.set(tables.Grant, {"id": first.id}, ends_at=first.ends_at - TICK, warn_at=first.ends_at - DAY)
    story.clock.push(first.ends_at - story.clock.now() - 2 * TICK)
    assert run(story, act, grants.end_due).rows == {}
    story.clock.push(TICK)
    assert run(story, act, grants.end_due).of(tables.Grant).keys() == {(first.id,)}


def test_the_longest_overdue_end_first(story, town, approved):
    rows = story.rows(tables.Grant)
    for row, ago in zip(rows, (1, 3, 2), strict=True):
        story.set(tables.Grant, {"id": row.id}, ends_at=story.clock.now() - ago * TICK)
    did = run(story, act, grants.end_due, limit=2)
    assert (did.answer, did.of(tables.Grant).keys()) == (2, {(rows[1].id,), (rows[2].id,)})
    assert run(story, act, grants.end_due).answer == 1


def test_both_cards_of_a_grant_that_ends_follow_and_each_is_shown_its_own_version(story, town, approved):
    (row, _) = story.rows(tables.Grant, request_id=approved.request_id)
    story.set(tables.Grant, {"id": row.id}, warn_at=story.clock.now())
    story.sweep()
    assert story.cards_for(Audience.ENDING, row.id)
    story.set(tables.Grant, {"id": row.id}, ends_at=story.clock.now())
    did = run(story, act, grants.end_due)
    shown = [one for one in effects(story, did) if one[1] == "ENDING"]
    assert shown == [*updates(3, "ENDING"), *updates(4, "ENDING")]


def test_a_grant_that_somebody_ended_a_moment_earlier_is_not_ended_again(story, town, approved):
    (row, _) = story.rows(tables.Grant, request_id=approved.request_id)
    for stale in ({"version": 3}, {"id": "other"}):
        with pytest.raises(AlreadyDecided, match="no longer ACTIVE"):
            run(story, act, lifecycle.move, row._replace(**stale), GrantState.ENDING, acting_for=None)
    assert story.is_live(row.id)


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


# --- revoked and relinquished ----------------------------------------------------------------------


def test_the_owner_revokes_and_the_holder_relinquishes_at_once(story, town):
    first, second = story.ask(town.ann), story.ask(town.ann, item(Kind.PAGE, PAGE))
    for sent in (first, second):
        story.decide(town.dana, sent.request_id, Approve())
    one = story.card(first.request_id).items[0].grant
    two = story.card(second.request_id).items[0].grant
    revoked = story.end(town.dov, one.id, business=BRAND)
    assert (revoked, story.held(ACCOUNT)) == (
        Ended(grant_ids=(one.id,), reason=EndReason.REVOKED, other="Northwind"),
        frozenset(),
    )
    back = story.end(town.abe, two.id, business=AGENCY)
    assert (back.reason, story.held(PAGE)) == (EndReason.RELINQUISHED, frozenset())
    again = story.end(town.dana, one.id, business=BRAND)
    assert (again.reason, again.by) == (DenialReason.GRANT_OVER, "Dov")


def test_only_admins_of_either_side_end_access_and_all_of_it_or_none(story, town, database):
    make.business(database, make.OTHER, name="Other", team=make.OTHER_TEAM)
    oda = make.someone(database, 7, name="Oda", team=make.OTHER_TEAM, roles={make.OTHER: Role.ADMIN})
    sent = story.ask(town.ann)
    story.decide(town.dana, sent.request_id, Approve())
    grant = story.card(sent.request_id).items[0].grant
    assert story.end(town.emil, grant.id, business=BRAND).reason is DenialReason.NOT_ADMIN
    assert story.end(town.ann, grant.id, business=BRAND).reason is DenialReason.NOT_MEMBER
    assert story.end(oda, grant.id, business=make.OTHER).reason is DenialReason.UNKNOWN_GRANT
    assert (
        story.end(town.dana, grant.id, "999999999999999", business=BRAND).reason is DenialReason.UNKNOWN_GRANT
    )
    assert story.held(ACCOUNT) == {"ADVERTISE", "ANALYZE"}


def test_a_deactivated_owner_decides_nothing_but_may_still_revoke(story, town):
    given = story.ask(town.ann)
    story.decide(town.dana, given.request_id, Approve())
    waiting = story.ask(town.ann, item(Kind.PAGE, PAGE))
    story.set(tables.BusinessRow, {"id": BRAND}, status=Status.DEACTIVATED)
    assert story.decide(town.dana, waiting.request_id, Approve()).reason is DenialReason.OWN_DEACTIVATED
    grant = story.card(given.request_id).items[0].grant
    assert isinstance(story.end(town.dana, grant.id, business=BRAND), Ended)


def test_the_grants_of_both_sides_are_listed_while_they_are_in_force(story, town, database, clock):
    sent = story.ask(town.ann, item(Kind.AD_ACCOUNT, ACCOUNT), item(Kind.PAGE, PAGE))
    story.decide(town.dana, sent.request_id, Approve())

    def rows(by, business, direction, **page):
        return database.read_sync(
            act,
            grants.list_grants,
            business_id=business,
            direction=direction,
            by=by.by(),
            now=clock.now(),
            **page,
        )

    with_us = rows(town.eva, AGENCY, grants.Direction.SHARED_WITH_US)
    assert [row.asset_name for row in with_us.rows] == ["Acme Main", "Acme Page"]
    by_us = rows(town.dana, BRAND, grants.Direction.SHARED_BY_US, limit=1)
    assert (len(by_us.rows), by_us.total, by_us.more) == (1, 2, True)
    assert rows(town.dana, AGENCY, grants.Direction.SHARED_WITH_US).total == 0
    assert rows(town.dana, BRAND, grants.Direction.SHARED_BY_US, query="page").total == 1
    clock.push(timedelta(days=31))
    assert rows(town.eva, AGENCY, grants.Direction.SHARED_WITH_US).total == 0
