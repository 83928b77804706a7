"""Access that is in force: until when, for whom, and how it ends."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import make
import pytest
from make import ACCOUNT, AGENCY, BRAND, EPOCH, OTHER, PAGE, PIXEL, item
from steps import ADMIN, DAY, TICK, assigned, decide, denied, effects, give, run

from bot.domain.actors import OPERATOR, Role, Status
from bot.domain.assets import Kind
from bot.domain.denials import DenialReason
from bot.domain.events import EventKind, Subject, SubjectKind
from bot.domain.grants import EndReason, GrantState
from bot.domain.kinds import Side
from bot.domain.messages import Audience, EffectKind
from bot.domain.nudging import ASK_AFTER
from bot.domain.requests import Approve, ErrorCode, FieldError, Term
from bot.errors import AlreadyDecided
from bot.services import connections, grants, requests
from bot.services.grants import ending, lifecycle
from bot.services.results import Denied, Ended, Invalid
from bot.store import tables


def test_an_approved_request_is_access_in_force_until_its_end_and_not_a_moment_longer(story, given, clock):
    assert story.held(ACCOUNT) == given.tasks == {"ADVERTISE", "ANALYZE"}
    clock.push(30 * DAY - TICK)
    assert story.held(ACCOUNT) == given.tasks
    clock.push(TICK)
    assert story.held(ACCOUNT) == frozenset(), "the end counts, whether or not the sweep has come"
    story.sweep()
    grant = story.grant_of(given.request_id)
    assert (grant.state, grant.end_reason) == (GrantState.ENDED, EndReason.REACHED)


def test_access_ended_when_it_was_to_end_however_late_that_is_recorded(story, given, clock):
    clock.push(33 * DAY)
    story.sweep()
    grant = story.grant_of(given.request_id)
    assert grant.ended_at == grant.ends_at


@pytest.mark.covers("G3")
def test_the_end_of_one_grant_never_cuts_another(story, town, clock):
    give(story, town, term=Term.for_days(5))
    give(story, town, ADMIN, term=Term.for_days(10))
    clock.push(timedelta(days=6))
    story.sweep()
    assert story.held(ACCOUNT) == {"MANAGE", "ADVERTISE", "ANALYZE"}
    clock.push(timedelta(days=5))
    story.sweep()
    assert story.held(ACCOUNT) == frozenset()


@pytest.mark.covers("D5")
def test_people_are_assigned_with_the_approval_and_cut_back_with_the_grant(story, town):
    low = give(story, town, people=(town.eva.id,))
    assert assigned(story) == {town.eva.id: "ADVERTISE,ANALYZE"}
    high = give(story, town, ADMIN, people=(town.eva.id, town.abe.id))
    assert assigned(story) == dict.fromkeys((town.eva.id, town.abe.id), "ADVERTISE,ANALYZE,MANAGE")
    story.end(town.dana, high.id, business=BRAND)
    assert assigned(story) == dict.fromkeys((town.eva.id, town.abe.id), "ADVERTISE,ANALYZE")
    story.end(town.ann, low.id, business=AGENCY)
    assert assigned(story) == {}


def test_nobody_may_do_more_because_something_ended(story, town):
    less = story.submit(
        town.ann, item(Kind.AD_ACCOUNT, ACCOUNT, level="Reporting only"), people=(town.eva.id,)
    )
    decide(story, less, town.dana, Approve())
    decide(story, story.submit(town.ann), town.dana, Approve())
    story.set(tables.Grant, {"request_id": less.request_id}, ends_at=story.clock.now())
    did = run(story, grants.end_due)
    assert (did.answer, did.of(tables.Assignment)) == (1, {})


@pytest.mark.covers("C4")
def test_a_grant_ends_at_its_end_and_not_a_moment_before(story, approved):
    first = story.rows(tables.Grant, request_id=approved.request_id)[0]
    story.set(tables.Grant, {"id": first.id}, ends_at=first.ends_at - TICK, warn_at=first.ends_at - DAY)
    story.clock.push(first.ends_at - story.clock.now() - 2 * TICK)
    assert run(story, grants.end_due).rows == {}
    story.clock.push(TICK)
    assert run(story, grants.end_due).of(tables.Grant).keys() == {(first.id,)}


@pytest.mark.parametrize(
    ("ago", "order"),
    [((1, 2, 3), (2, 1, 0)), ((1, 1, 1), (1, 2, 0))],
    ids=["the longest overdue first", "of one moment in the order of their requests and items"],
)
def test_what_is_over_ends_in_order(story, approved, ago, order):
    first = approved.request_id
    rows = sorted(story.rows(tables.Grant), key=lambda row: (row.request_id != first, row.position))
    one, other = sorted({row.request_id for row in rows})
    places = ((other, 5), (one, 8), (other, 3))
    for row, ticks, (request_id, position) in zip(rows, ago, places, strict=True):
        ends = story.clock.now() - ticks * TICK
        story.set(tables.Grant, {"id": row.id}, ends_at=ends, request_id=request_id, position=position)
    did = [run(story, grants.end_due, limit=most) for most in (1, 1, 2)]
    assert [list(one.of(tables.Grant)) for one in did] == [[(rows[number].id,)] for number in order]
    assert [one.answer for one in did] == [1] * 3


def test_both_cards_of_a_grant_that_ends_follow_and_each_is_shown_its_own_version(story, town, approved):
    (row,) = story.rows(tables.Grant, request_id=approved.request_id, position=0)
    story.set(tables.Grant, {"id": row.id}, warn_at=story.clock.now())
    story.sweep()
    assert story.cards_for(Audience.ENDING, row.id)
    story.set(tables.Grant, {"id": row.id}, ends_at=story.clock.now())
    did = run(story, grants.end_due)
    shown = [one for one in effects(story, did, EffectKind.UPDATE_CARD) if one[0] == Audience.ENDING]
    assert [version for _, version, _ in shown] == [3, 4]


def test_a_grant_that_somebody_ended_a_moment_earlier_is_not_ended_again(story, town, approved):
    (row, _) = story.rows(tables.Grant, request_id=approved.request_id)
    for stale in ({"version": 3}, {"id": "other"}):
        with pytest.raises(AlreadyDecided, match="no longer ACTIVE"):
            run(story, lifecycle.move, row._replace(**stale), GrantState.ENDING, acting_for=None)
    assert story.is_live(row.id)


def test_ends_never_move(story, town, given):
    sent = story.extend(town.ann, given.id)
    story.decide(town.dana, sent.request_id, Approve())
    story.let_end(town.ann, given.id)
    assert story.grant_of(given.request_id).ends_at == given.ends_at
    story.live(days=40, hours=24)
    assert story.grant_of(given.request_id).ends_at == given.ends_at
    assert story.database.verify().sound


@pytest.mark.covers("F34")
@pytest.mark.parametrize("approved", ["2026-03-20 10:00", "2028-10-20 10:00"])
def test_thirty_days_are_thirty_times_24_hours_wherever_and_whatever_the_zone_becomes(story, town, approved):
    story.to(approved)
    grant = give(story, town)
    at, ends = story.clock.now(), grant.ends_at
    assert ends == at + 30 * DAY
    story.set(tables.BusinessRow, {"id": BRAND}, zone="Pacific/Kiritimati")  # a day further on
    assert story.grant_of(grant.request_id).ends_at == ends
    story.to(ends - timedelta(seconds=1))
    assert story.is_live(grant.id)
    story.to(ends)
    assert not story.is_live(grant.id)


# --- revoked and relinquished ----------------------------------------------------------------------


@pytest.mark.covers("G4")
def test_the_owner_revokes_and_the_holder_relinquishes_at_once(story, town):
    one, two = give(story, town), give(story, town, item(Kind.PAGE, PAGE))
    revoked = story.end(town.dov, one.id, business=BRAND)
    assert (revoked.reason, story.held(ACCOUNT)) == (EndReason.REVOKED, frozenset())
    back = story.end(town.abe, two.id, business=AGENCY)
    assert (back.reason, story.held(PAGE)) == (EndReason.RELINQUISHED, frozenset())
    again = story.end(town.dana, one.id, business=BRAND)
    assert (again.reason, again.by) == (DenialReason.GRANT_OVER, "Dov")


def ending_denied(story, who, which, business, *, own=True, role=Role.ADMIN):
    """What somebody is answered who may not end access, after a look at what is recorded of it."""
    did = run(story, grants.revoke, which, business_id=business, by=who)
    of = {"business": business if own else None, "role": role if own else None}
    return denied(story, did, which[0] if which else "", who, kind="grant", verb="revoke", **of)


def test_only_admins_of_either_side_end_access_and_all_of_it_or_none(story, town, given, oda):
    employee, admins = {"role": Role.EMPLOYEE}, ("Dana", "Dov")
    for who, which, business, reason, more in (
        (town.emil, [given.id], BRAND, DenialReason.NOT_ADMIN, employee),
        (town.emil, ["99"], BRAND, DenialReason.NOT_ADMIN, employee),
        (town.ann, [given.id], BRAND, DenialReason.NOT_MEMBER, {"own": False}),
        (oda, [given.id], make.OTHER, DenialReason.UNKNOWN_GRANT, {}),
        (town.dana, [given.id, "99"], BRAND, DenialReason.UNKNOWN_GRANT, {}),
        (town.dana, [], BRAND, DenialReason.UNKNOWN_GRANT, {}),
    ):
        told = admins if reason is DenialReason.NOT_ADMIN else ()
        assert ending_denied(story, who, which, business, **more) == Denied(reason=reason, people=told)
    did = run(story, grants.revoke, [given.id], business_id=BRAND, note="x" * 501, by=town.dana)
    too_long = FieldError(field="note", code=ErrorCode.TOO_LONG, got="501")
    assert (did.answer, did.rows) == (Invalid(field_errors=(too_long,)), {})
    did = run(story, grants.revoke, [given.id], business_id=BRAND, by=town.dana)
    assert did.of(tables.EventText) == {}, "without a note nothing was typed"
    over = {"about": Subject(SubjectKind.GRANT, given.id), "ref": given.ref, "name": "Acme Main"}
    late = Denied(reason=DenialReason.GRANT_OVER, by="Dana", at=story.clock.now(), **over)
    assert ending_denied(story, town.dov, [given.id], BRAND) == late
    no = ending_denied(story, town.emil, [given.id], BRAND, **employee)
    assert no == Denied(reason=DenialReason.NOT_ADMIN, people=admins)


def test_what_is_ended_together_names_all_who_held_it(story, town, given, oda):
    sent = story.submit(oda, requesting_id=make.OTHER)
    story.decide(town.dana, sent.request_id, Approve())
    both = [(BRAND, given.id), (BRAND, story.grant_of(sent.request_id).id)]
    ended, unknown = story.do(grants.end_each, [*both, (BRAND, "99")], by=town.dana)
    assert (ended.reason, ended.other) == (EndReason.REVOKED, "Northwind, Other")
    assert unknown.reason is DenialReason.UNKNOWN_GRANT


@pytest.mark.covers("P14", "D4")
def test_the_card_names_the_other_partners_that_hold_the_asset_while_they_do(story, town, given, oda):
    more = story.submit(town.ann, item(Kind.AD_ACCOUNT, ACCOUNT, level="Admin"))
    sent = story.submit(oda, requesting_id=make.OTHER, term=Term.without_end())

    def others(asked, side=Side.DECIDING):
        return story.read(requests.request_card, asked.request_id, side=side).items[0].others

    assert (others(sent), others(more)) == (("Northwind",), ())
    assert others(sent, Side.REQUESTING) == (), "whom else the owner gives it to is theirs to know"
    story.decide(town.dana, sent.request_id, Approve())
    assert others(more) == ("Other",)
    story.set(tables.BusinessRow, {"id": AGENCY}, name="Zeta")
    held = {"asset_id": ACCOUNT, "excluding": BRAND, "at": story.clock.now()}
    assert story.database.read_sync(grants.other_holders, **held) == ("Other", "Zeta")
    assert story.database.read_sync(grants.other_holders, **{**held, "asset_id": PAGE}) == ()
    story.end(town.dana, story.grant_of(sent.request_id).id, business=BRAND)
    assert others(more) == (), "before its end came"
    again = story.submit(oda, requesting_id=make.OTHER)
    assert others(again) == ("Zeta",)
    story.clock.push(30 * DAY)  # and no sweep has come yet
    assert others(again) == ()


@pytest.mark.covers("G4")
def test_a_deactivated_owner_decides_nothing_but_may_still_revoke(story, town, given):
    waiting = story.submit(town.ann, item(Kind.PAGE, PAGE))
    story.set(tables.BusinessRow, {"id": BRAND}, status=Status.DEACTIVATED)
    assert story.decide(town.dana, waiting.request_id, Approve()).reason is DenialReason.OWN_DEACTIVATED
    assert isinstance(story.end(town.dana, given.id, business=BRAND), Ended)


@pytest.mark.covers("P10")
def test_the_grants_of_both_sides_are_listed_while_they_are_in_force(story, town, clock):
    give(story, town, item(Kind.AD_ACCOUNT, ACCOUNT), item(Kind.PAGE, PAGE))

    def rows(by, business, direction, **page):
        return story.read(grants.list_grants, business_id=business, direction=direction, by=by, **page)

    with_us = rows(town.eva, AGENCY, grants.Direction.SHARED_WITH_US)
    assert [row.asset_name for row in with_us.rows] == ["Acme Main", "Acme Page"]
    by_us = rows(town.dana, BRAND, grants.Direction.SHARED_BY_US, limit=1)
    assert (len(by_us.rows), by_us.total, by_us.more) == (1, 2, True)
    assert rows(town.dana, AGENCY, grants.Direction.SHARED_WITH_US).total == 0
    assert rows(town.dana, BRAND, grants.Direction.SHARED_BY_US, query="page").total == 1
    endless = give(story, town, item(Kind.PIXEL, PIXEL), term=Term.without_end())
    clock.push(timedelta(days=31))
    left = rows(town.eva, AGENCY, grants.Direction.SHARED_WITH_US).rows
    assert [row.asset_name for row in left] == ["Acme Pixel"]
    story.end(town.dana, endless.id, business=BRAND)
    assert rows(town.eva, AGENCY, grants.Direction.SHARED_WITH_US).total == 0


# --- a step of one grant ----------------------------------------------------------------------------


def test_the_clock_looks_at_access_when_it_was_told_to_unless_somebody_else_saw_to_it_since(
    story, town, given
):
    def looks_at():
        return {row.id: row.look_at for row in story.rows(tables.Grant)}

    other, later = give(story, town, item(Kind.PAGE, PAGE)), story.clock.now() + DAY
    (before,) = story.rows(tables.Grant, id=given.id)
    assert story.do(lifecycle.look_again, before, later) is True
    assert looks_at() == {given.id: later, other.id: None}
    assert story.do(lifecycle.look_again, before, later + DAY) is False
    assert looks_at() == {given.id: later, other.id: None}
    (now,) = story.rows(tables.Grant, id=given.id)
    assert story.do(lifecycle.look_again, now, None) is True
    assert looks_at() == {given.id: None, other.id: None}


def test_what_comes_into_force_is_shown_where_more_of_it_is_asked_for(story, town, given):
    more, page = story.submit(town.ann, ADMIN), story.submit(town.ann, item(Kind.PAGE, PAGE))
    story.decide(town.dana, story.extend(town.ann, given.id).request_id, Approve())
    assert [story.card(one.request_id).version for one in (more, page)] == [2, 1]


def test_access_on_its_way_that_is_cut_short_is_looked_at_by_its_new_end_and_is_still_not_held(
    story, town, given
):
    more = story.submit(town.ann, ADMIN)
    story.set(tables.Grant, {"id": given.id}, state=GrantState.PENDING, starts_at=None)
    (before,) = story.rows(tables.Grant, id=given.id)
    end = given.ends_at - DAY
    story.do(lifecycle.shorten, before, end)
    (after,) = story.rows(tables.Grant, id=given.id)
    assert (after.ends_at, after.look_at, after.version) == (end, end, before.version + 1)
    assert story.card(more.request_id).version == 1, "it says what is held"
    with pytest.raises(AlreadyDecided):
        story.do(lifecycle.shorten, before, end - DAY)


@pytest.mark.parametrize(
    ("term", "cut", "ends"),
    [
        (Term.for_days(30), None, EPOCH + 31 * DAY),
        (Term.for_days(30), EPOCH + 21 * DAY, EPOCH + 21 * DAY),
        (Term.till(EPOCH + 30 * DAY), None, EPOCH + 30 * DAY),
        (Term.without_end(), None, None),
    ],
)
def test_access_begins_as_meta_puts_it_in_force_and_is_warned_of_from_then_on(story, town, term, cut, ends):
    story.do(connections.connect, BRAND, ciphertext="kept", name="Countersign", by=OPERATOR)
    waits = give(story, town, term=term)
    (row,) = story.rows(tables.Grant, id=waits.id)
    assert (row.state, row.starts_at, row.warn_at) == (GrantState.PENDING, None, None)
    if cut is not None:
        story.do(lifecycle.shorten, row, cut)
    story.clock.push(DAY)
    story.do(lifecycle.put_in_force, story.rows(tables.Grant, id=waits.id)[0])
    (row,) = story.rows(tables.Grant, id=waits.id)
    assert (row.state, row.starts_at, row.ends_at) == (GrantState.ACTIVE, EPOCH + DAY, ends)
    assert row.warn_at == (None if ends is None else ends - 7 * DAY)
    (request,) = story.rows(tables.Request, id=waits.request_id)
    assert request.nudge_at == EPOCH + DAY + ASK_AFTER, "whether it works is asked later, too"


def test_access_passes_to_another_owner_once_and_the_warning_of_its_end_follows(story, town, given, oda):
    story.wait(days=23)
    story.set(tables.BusinessRow, {"id": OTHER}, reviewed_at=None)
    (before,) = story.rows(tables.Grant, id=given.id)
    did = run(story, lifecycle.pass_to, before, OTHER)
    followed = effects(story, did, EffectKind.UPDATE_CARD)
    assert (Audience.ENDING, before.version + 1, "") in followed
    (owner,) = story.rows(tables.BusinessRow, id=OTHER)
    assert owner.reviewed_at == story.clock.now(), "from now on it gives something"
    with pytest.raises(AlreadyDecided):
        story.do(lifecycle.pass_to, before, BRAND)


@pytest.mark.parametrize("parted", [False, True])
def test_it_is_kept_whether_access_ended_with_the_partnership(story, given, parted):
    (before,) = story.rows(tables.Grant, id=given.id)
    story.do(lifecycle.move, before, GrantState.ENDING, acting_for=BRAND, parted=parted)
    (event,) = story.rows(tables.Event, kind=EventKind.GRANT_ENDING)
    assert json.loads(event.data).get("parted") is (True if parted else None)


@pytest.mark.parametrize(
    ("before", "steps"),
    [
        ({"state": GrantState.ACTIVE, "asked_at": None}, ["ACTIVE>ENDING", "ENDING>ENDED"]),
        ({"state": GrantState.ACTIVE, "asked_at": EPOCH}, ["ACTIVE>ENDING"]),
        ({"state": GrantState.PENDING, "asked_at": EPOCH}, ["PENDING>ENDING"]),
        ({"state": GrantState.FAILED, "asked_at": EPOCH}, ["FAILED>ENDED"]),
    ],
    ids=["kept by the record alone", "kept at Meta", "on its way there", "never there"],
)
def test_who_ended_access_and_why_is_kept_and_what_is_at_meta_is_looked_for_there(
    story, town, given, before, steps
):
    story.set(tables.Grant, {"id": given.id}, **before, obstacle="LIMITED")
    did = run(story, grants.revoke, [given.id], business_id=BRAND, note="No more", by=town.dana)
    is_over = steps[-1].endswith("ENDED")
    after = {"ended_at": EPOCH, "obstacle": None} if is_over else {"look_at": EPOCH + ending.GONE_WITHIN}
    assert did.of(tables.Grant)[given.id,] == {
        "state": steps[-1].split(">")[1],
        "version": given.version + len(steps),
        "end_reason": EndReason.REVOKED,
        "ended_by": town.dana.id,
        "end_note": "No more",
        "warn_at": None,
        **after,
    }
    moved = did.put(tables.Event, "from_state", "to_state", "actor")
    of_it = [(f"{one}>{other}", json.loads(actor)["role"]) for one, other, actor in moved if other]
    assert of_it == [(step, Role.ADMIN) for step in steps]
    assert did.put(tables.EventText, "text") == [("No more",)]
    asked = [kind for (kind,) in did.put(tables.Effect, "kind") if kind == EffectKind.META_ACCESS]
    assert len(asked) == did.answer.at_meta == (not is_over)


def test_the_program_that_ended_access_is_kept_with_who_answers_for_it(story, town, given):
    nightly = replace(town.dana.by(), program="Nightly sync")
    run(story, grants.revoke, [given.id], business_id=BRAND, note="", by=nightly)
    over = story.card(given.request_id).items[0].grant
    assert (over.ended_by, over.ended_with) == ("Dana", "Nightly sync")
    late = run(story, grants.revoke, [given.id], business_id=BRAND, note="", by=town.dov).answer
    assert (late.by, late.program) == ("Dana", "Nightly sync")


def test_access_that_ended_elsewhere_ends_as_it_did_there_and_nobody_is_told_of_it_again(
    story, town, approved
):
    gone, leaving, over = story.rows(tables.Grant)
    story.end(town.dov, over.id, business=BRAND)
    for one in (gone, leaving):
        story.set(tables.Grant, {"id": one.id}, asked_at=EPOCH)
    how = {"reason": EndReason.REACHED, "note": "No more"}
    known = {
        gone.id: grants.Known(**how, by=grants.Ender(town.dov.id, "Nightly sync"), is_gone=True),
        leaving.id: grants.Known(**how, by=grants.Ender("whom nobody knows here"), is_gone=False),
        over.id: grants.Known(**how, by=grants.Ender(town.dana.id), is_gone=True),
        "which is not here": grants.Known(**how, by=grants.Ender(None), is_gone=True),
    }
    did = run(story, grants.end_as_known, known, by=OPERATOR)
    assert did.answer == 2
    assert {
        key: tuple(
            row.get(one)
            for one in ("state", "end_reason", "ended_by", "ended_program", "ended_at", "end_note")
        )
        for (key,), row in did.of(tables.Grant).items()
    } == {
        gone.id: (
            *(GrantState.ENDED, EndReason.REACHED, town.dov.id, "Nightly sync", story.clock.now()),
            "No more",
        ),
        leaving.id: (GrantState.ENDING, EndReason.REACHED, None, None, None, "No more"),
    }
    assert {kind for (kind,) in did.put(tables.Effect, "kind")} == {
        EffectKind.UPDATE_CARD,
        EffectKind.META_ACCESS,
    }


@pytest.mark.covers("C4")
def test_the_end_of_access_is_warned_of_while_its_holder_works_by_their_clock_and_days_off(story, town):
    story.set(tables.BusinessRow, {"id": AGENCY}, days_off="2026-02-06")
    story.set(tables.Person, {"id": town.ann.id}, zone="America/New_York")
    given = give(story, town, term=Term.till(datetime(2026, 2, 9, 9, tzinfo=UTC)))  # a Monday, at four there

    # Before it are a Sunday and a Friday off; seven days before it is four in the morning, too.
    mornings = (datetime(2026, 1, 30, 14, tzinfo=UTC), datetime(2026, 2, 5, 14, tzinfo=UTC))
    for number, nine in enumerate(mornings):
        story.live(until=nine - TICK, hours=6)
        assert len(story.cards_for(Audience.ENDING, given.id)) == number
        story.live(until=nine + TICK)
        assert len(story.cards_for(Audience.ENDING, given.id)) == number + 1
        story.all_posted()
    story.live(until=given.ends_at, hours=6)
    assert len(story.cards_for(Audience.ENDING, given.id)) == 2
