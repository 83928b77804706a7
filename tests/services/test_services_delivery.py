"""What a send that came to this or that leaves behind."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import make
import pytest
from make import EPOCH, slack_user, write
from sending import NOW, REAL, WATCHED, claim, finish, over, put, put_card
from steps import TICK
from store_changes import changes, kept

from bot.domain.connections import Obstacle
from bot.domain.faults import FaultKind
from bot.domain.messages import Audience, EffectKind
from bot.services import delivery as deliveries
from bot.services import directory, grants, readers, reports
from bot.services.context import act
from bot.services.delivery import (
    Done,
    Gone,
    NotFound,
    Obsolete,
    Rejected,
    Retry,
    Unknown,
    Unverifiable,
    Withdrawn,
)
from bot.store import outbox, tables
from bot.store.tables import CardState, EffectState

WAITING, SENDING, DONE, SUPERSEDED, PARKED, DEAD = EffectState
POST, UPDATE, NOTICE, CHECK, HOME, *_ = EffectKind
POSTED = {"state": CardState.POSTED, "ts": "1.1"}
FAILED = CardState.FAILED
LEFT = {"state": FAILED, "error": readers.WITHDRAWN, "ts": None}


# --- what is held ---------------------------------------------------------------------------------


@pytest.fixture
def held(here):
    """A first post that was claimed, of a card that waits for it; and another effect in the same state."""
    put_card(here)
    put_card(here, "c2", channel_id="COTHER")
    put(here, kind=POST, reads=1, error="before")
    put(here, lane="card:c2", card_id="c2", error="before")
    mine, _ = claim(here)
    return mine


@pytest.mark.parametrize("kind", [POST, NOTICE])
@pytest.mark.parametrize(
    "outcome",
    [
        Done(ts="1.1", channel_id="C9", shown=9),
        Retry(seconds=1, why="limited"),
        Rejected(why="gone", elsewhere=True),
        Gone(why="gone"),
        Withdrawn(why="may_not_read"),
        Obsolete(why="over"),
        Unknown(why="timeout"),
        NotFound(),
        Unverifiable(why="no scope"),
    ],
    ids=lambda outcome: type(outcome).__name__,
)
def test_a_worker_that_lost_its_lease_writes_nothing_whatever_became_of_the_send(here, held, outcome, kind):
    for lost in ({"id": 99}, {"attempt": 2}, {"lease_until": held.lease_until + TICK}):
        late = replace(held, kind=kind, marked_at=REAL, **lost)
        assert not write(here, deliveries.mark, late, real=REAL)
        did = finish(here, late, outcome)
        assert (did.answer, did.woke, did.rows) == (False, False, {}), lost


def test_a_worker_whose_lease_ended_writes_nothing_and_nobody_finishes_twice(here, held):
    (again, _) = claim(here, real=held.lease_until)
    for one, is_mine in ((held, False), (again, True), (again, False)):
        did = finish(here, one, Rejected(why="x"))
        assert (did.answer, bool(did.rows)) == (is_mine, is_mine)


def test_the_mark_is_the_machinerys_time_and_forgets_earlier_looks(here, held):
    did = changes(here, deliveries.mark, held, real=REAL + TICK, watch=WATCHED)
    assert (did.answer, did.rows) == (True, {"effect": {(1,): {"marked_at": REAL + TICK, "reads": 0}}})


# --- over -----------------------------------------------------------------------------------------


def test_a_posted_card_is_kept_with_the_place_that_slack_named_and_keeps_it(here, held):
    did = finish(here, held, Done(ts="1.1", channel_id="C9", shown=3))
    assert (did.answer, did.woke) == (True, True)
    assert did.rows == {
        "effect": {(1,): over(DONE)},
        "card": {("c1",): {**POSTED, "channel_id": "C9", "shown": 3}},
    }
    put(here, kind=POST)
    (again,) = (one for one in claim(here) if one.id == 3)
    assert finish(here, again, Done(ts="2.2", channel_id="C8")).of(tables.Card) == {}


@pytest.mark.parametrize(
    ("card", "effect", "outcome", "state", "changed"),
    [
        ({"error": "x"}, POST, Done(ts="1.1", channel_id="CBRAND"), DONE, POSTED),
        ({}, NOTICE, Done(ts="5.5", channel_id="CBRAND"), DONE, None),
        ({**POSTED, "shown": 3}, UPDATE, Done(shown=0), DONE, None),
        ({**POSTED, "shown": 3}, UPDATE, Done(shown=2), DONE, None),
        ({**POSTED, "shown": 3}, UPDATE, Done(shown=3), DONE, None),
        ({**POSTED, "shown": 3}, UPDATE, Done(shown=4), DONE, {"shown": 4}),
        (None, HOME, Done(shown=7), DONE, None),
        ({}, UPDATE, Gone(why="x"), SUPERSEDED, None),
        ({"state": FAILED}, UPDATE, Gone(why="x"), SUPERSEDED, None),
        (None, HOME, Gone(why="x"), SUPERSEDED, None),
        ({**POSTED, "error": "x"}, UPDATE, Gone(why="x", was_deleted=False), DEAD, None),
        ({**POSTED, "error": outbox.ADOPTED}, UPDATE, Gone(why="x"), SUPERSEDED, LEFT),
        ({}, POST, Obsolete(why="x"), SUPERSEDED, {"state": FAILED, "error": "x"}),
        ({}, NOTICE, Obsolete(why="x"), SUPERSEDED, None),
        ({}, NOTICE, Unverifiable(why="x"), PARKED, None),
        ({}, POST, Rejected(why="x", elsewhere=True), DEAD, {"state": FAILED, "error": "x"}),
        ({**POSTED, "audience": Audience.REQUESTER}, NOTICE, Rejected(why="x"), DEAD, None),
        ({**POSTED, "audience": Audience.AUTHOR}, NOTICE, Rejected(why="x", elsewhere=True), DEAD, None),
        ({"audience": Audience.REQUESTER, "state": FAILED}, NOTICE, Rejected(why="x"), DEAD, None),
        (None, NOTICE, Rejected(why="x", elsewhere=True), DEAD, None),
        (None, POST, Rejected(why="x"), DEAD, None),
        (None, NOTICE, Withdrawn(why="x"), SUPERSEDED, None),
        ({"state": FAILED}, UPDATE, Withdrawn(why="x"), SUPERSEDED, None),
    ],
    ids=[
        "a post says where it is, and leaves why it replaced another",
        "a notice leaves its card alone",
        *["what a card shows never goes back"] * 3,
        "a card shows more",
        "a home concerns no card",
        *["a card that is not posted is not posted again because a message is gone"] * 2,
        "a card that was replaced once because it cannot be changed is not replaced again",
        "a message that was only kept because somebody pressed it is not posted again",
        "a change without a card is over",
        "a card about nothing any more is not posted",
        "a notice about nothing any more leaves its card alone",
        "a notice that cannot be looked for is parked and not posted again",
        "a card about nothing that is kept fails alone",
        "a notice that is refused itself",
        "a notice for an author goes to nobody else",
        "nor one whose card has gone to another already",
        "nor one without a card",
        "a post whose card is gone",
        "a notice that nobody may read any more",
        "a change of a card that nobody may read any more and that failed before",
    ],
)
def test_what_became_of_a_send_is_kept_with_the_effect_and_concerns_its_card_only_if_it_says_so(
    here, *, card, effect, outcome, state, changed
):
    put_card(here, "c2", state=CardState.POSTED, ts="1.2")
    if card is not None:
        put_card(here, **card)
    put(here, kind=effect, card_id=None if card is None else "c1")
    did = finish(here, *claim(here), outcome)
    why = getattr(outcome, "why", None) and ("unknown: x" if state is PARKED else "x")
    says = {name: value for name, value in over(state, why).items() if (name, value) != ("error", None)}
    assert (did.answer, did.woke) == (True, not isinstance(outcome, Gone))
    assert did.rows == {"effect": {(1,): says}, **({"card": {("c1",): changed}} if changed else {})}


def test_a_message_that_was_adopted_before_its_post_was_answered_is_the_card_itself(here, held):
    where = {"channel_id": "C9", **POSTED}
    put_card(here, "adopted", **where)
    put_card(here, "elsewhere", **{**where, "channel_id": "C8"})
    put_card(here, "earlier", **{**where, "ts": "1.0"})
    put_card(here, "theirs", **{**where, "team_id": "TOTHER"})
    did = finish(here, held, Done(ts="1.1", channel_id="C9"))
    assert did.of(tables.Card).keys() == {("c1",), ("adopted",)}
    assert did.of(tables.Card)["adopted",] == {}
    shown_again = did.put(tables.Effect, "kind", "card_id", "subject_id", "version", "put_at")
    assert sorted(shown_again) == [
        (UPDATE, card, "77", 3, NOW) for card in ("c1", "c2", "earlier", "elsewhere", "theirs")
    ]


def test_what_is_to_be_said_beside_an_adopted_message_is_said_beside_the_card_itself(here, held):
    put_card(here, "adopted", channel_id="C9", **POSTED)
    make.write(here, make.insert_row, tables.Follow, card_id="adopted", subject_id="78")
    of_adopted = {"card_id": "adopted", "lane": outbox.lane_of("adopted")}
    put(here, **of_adopted)
    (sending,) = claim(here)
    put(here, **of_adopted)
    put(here, **of_adopted, state=DONE, over_at=REAL)
    did = finish(here, held, Done(ts="1.1", channel_id="C9"))
    theirs = {"card_id": "c1", "lane": outbox.lane_of("c1")}
    changed = {number: did.of(tables.Effect).get((number,)) for number in (1, 3, 4, 5)}
    assert changed == {1: over(DONE), 3: theirs, 4: theirs, 5: None}
    target = here.read_sync(act, deliveries.find_target, sending, now=NOW)
    assert (target.channel_id, target.ts) == ("C9", "1.1")


def test_a_card_that_was_deleted_is_posted_again_with_the_next_change(here):
    put_card(here, **POSTED)
    put(here, kind=UPDATE)
    did = finish(here, *claim(here), Gone(why="message_not_found"))
    assert did.of(tables.Card) == {("c1",): {"state": CardState.WAITING, "ts": None}}
    assert did.of(tables.Effect)[1,] == over(SUPERSEDED, "message_not_found")
    posts = did.put(tables.Effect, "kind", "card_id", "subject_id", "version", "team_id", "put_at", "due_at")
    assert posts == [(POST, "c1", "77", 3, "TBRAND", NOW, outbox.AT_ONCE)]


def test_what_slack_says_of_somebody_is_kept(here):
    make.person(here, "4", team="TBRAND", user="UDANA", name="Dana", deactivated=None)
    make.person(here, "5", team="TOTHER", user="UDANA", name="Dora", deactivated=None)
    known = {"deactivated": True, "guest": True, "bot": True, "stranger": True}
    said = slack_user("UDANA", zone="Asia/Tokyo", **known)
    no_guest = replace(said, flags=replace(said.flags, guest=False))
    for one, changed in (
        (said, {**known, "zone": "Asia/Tokyo", "checked_at": NOW}),
        (no_guest, {"guest": False}),
        (replace(no_guest, name="Dana Diaz"), {"name": "Dana Diaz", "folded": "dana diaz"}),
    ):
        put(here, kind=CHECK, card_id=None)
        assert finish(here, *claim(here), Done(user=one)).of(tables.Person) == {("4",): changed}


@pytest.mark.covers("F25")
def test_what_slack_said_before_an_event_took_power_away_does_not_give_it_back(here):
    make.person(here, "4", team="TBRAND", user="UDANA", name="Dana", deactivated=False)
    back = Done(user=slack_user("UDANA"))
    write(here, outbox.put_checks, [("4", "TBRAND")], now=NOW)
    (asked_before,) = claim(here)
    gone = slack_user("UDANA", deactivated=True)
    write(here, act, directory.user_changed, gone, team_id="TBRAND", now=NOW)

    assert finish(here, asked_before, back).of(tables.Person) == {}
    did = finish(here, *claim(here), back)  # asked since, so this is what counts
    assert did.of(tables.Person)[("4",)]["deactivated"] is False


# --- put off, or not known ------------------------------------------------------------------------


def again(due, *, why, **more):
    return {"state": WAITING, "lease_until": None, "due_at": due, "error": why, **more}


def test_what_is_put_off_was_no_attempt_and_keeps_its_mark_and_its_reads(here, held):
    marked = REAL - timedelta(minutes=3)
    did = finish(here, replace(held, marked_at=marked), Retry(seconds=7, why="limited"))
    due = REAL + timedelta(seconds=7)
    waits = again(due, why="limited", attempt=0, marked_at=marked)
    assert (did.answer, did.rows) == (True, {"effect": {(1,): waits}})


@pytest.mark.parametrize("kind", [POST, NOTICE])
def test_a_first_post_of_unknown_outcome_is_looked_for_two_seconds_later(here, kind):
    put(here, kind=kind, reads=1)
    (delivery,) = claim(here)
    write(here, deliveries.mark, delivery, real=REAL + TICK)
    did = finish(here, delivery, Unknown(why="timeout"))
    assert did.rows == {"effect": {(1,): again(REAL + timedelta(seconds=2), why="timeout")}}
    assert kept(here, tables.Effect)["effect"][1,]["marked_at"] == REAL + TICK


@pytest.mark.covers("F11")
@pytest.mark.parametrize(
    ("kind", "sent", "attempt", "longest"),
    [
        (UPDATE, True, 1, 2),
        (POST, False, 3, 8),
        (NOTICE, False, 8, 256),
        (CHECK, True, 9, 300),
        (HOME, True, 60, 300),
    ],
)
@pytest.mark.parametrize(("jitter", "share"), [(min, 0.5), (max, 1.0)])
def test_what_certainly_did_not_happen_is_tried_again_ever_more_slowly(
    here, monkeypatch, *, kind, sent, attempt, longest, jitter, share
):
    monkeypatch.setattr(random, "uniform", jitter)
    put(here, kind=kind, attempt=attempt - 1, reads=1, marked_at=EPOCH)
    did = finish(here, *claim(here), Unknown(why="denied", sent=sent))
    due = REAL + timedelta(seconds=share * longest)
    assert did.rows == {"effect": {(1,): again(due, why="denied")}}


def test_after_a_hundred_attempts_it_is_given_up(here):
    put(here, kind=UPDATE, attempt=98)
    (delivery,) = claim(here)
    assert finish(here, delivery, Unknown(why="timeout")).of(tables.Effect)[1,]["state"] == WAITING
    (delivery,) = claim(here, real=REAL + timedelta(hours=1))
    did = finish(here, delivery, Unknown(why="timeout"))
    assert did.rows == {"effect": {(1,): over(DEAD, "given up: timeout")}}


@pytest.mark.parametrize(
    ("kind", "outcome", "state"),
    [
        (NOTICE, Unknown(why="x", is_fault=True, sent=False), DEAD),
        (NOTICE, Unknown(why="x", is_fault=True, sent=True), WAITING),
        (NOTICE, Unknown(why="x", sent=False), WAITING),
        (UPDATE, Unknown(why="x", is_fault=True, sent=False), WAITING),
    ],
    ids=["a fault of ours", "one that may have been said", "no fault of ours", "a change of a card"],
)
def test_only_a_notice_that_we_cannot_make_gives_way_after_eight_attempts(here, kind, outcome, state):
    put(here, kind=kind, attempt=6)
    for number, becomes in ((7, WAITING), (8, state)):
        (delivery,) = claim(here, real=REAL + timedelta(hours=number))
        assert delivery.attempt == number
        assert finish(here, delivery, outcome).of(tables.Effect)[1,]["state"] == becomes


def test_a_message_that_is_not_found_is_looked_for_again_a_minute_later_and_then_posted_again(here, held):
    marked = REAL + timedelta(seconds=5)
    did = finish(here, replace(held, marked_at=marked, reads=0), NotFound())
    settled = again(marked + timedelta(seconds=60), why="not_seen_yet", marked_at=marked)
    assert did.rows == {"effect": {(1,): settled}}
    (delivery,) = (one for one in claim(here, real=REAL + timedelta(hours=1)) if one.id == 1)
    assert (delivery.reads, delivery.attempt) == (1, 2)
    later = REAL + timedelta(hours=2)
    did = finish(here, delivery, NotFound(), real=later)
    posts = again(later, why="not_posted", marked_at=None, reads=0)
    assert (did.answer, did.rows) == (True, {"effect": {(1,): posts}})


def test_the_minute_counts_from_the_look_where_that_is_later_than_the_post(here, held):
    did = finish(here, replace(held, marked_at=REAL - TICK, reads=0), NotFound(), real=REAL)
    assert did.of(tables.Effect)[1,]["due_at"] == REAL + timedelta(seconds=60)


@pytest.mark.parametrize(("marked", "due"), [(-30, 90), (None, 120)], ids=["from the mark", "or from now"])
def test_a_card_that_cannot_be_looked_for_is_parked_and_posted_again_in_two_minutes(here, held, marked, due):
    marked_at = None if marked is None else REAL + timedelta(seconds=marked)
    did = finish(here, replace(held, marked_at=marked_at), Unverifiable(why="missing_scope"))
    assert (did.answer, did.woke, did.rows.keys()) == (True, True, {"effect"})
    assert did.of(tables.Effect)[1,] == over(PARKED, "unknown: missing_scope")
    columns = ("kind", "card_id", "subject_id", "version", "team_id", "put_at", "due_at", "lane", "state")
    due_at = REAL + timedelta(seconds=due)
    post = (POST, "c1", "77", 3, "TBRAND", NOW, due_at, "card:c1", WAITING)
    assert did.put(tables.Effect, *columns) == [post]


@pytest.mark.parametrize(("parked", "minutes"), [(1, 4), (2, 8), (4, 32), (5, 60), (40, 60)])
def test_the_more_copies_may_stand_there_the_longer_the_next_one_waits(here, held, parked, minutes):
    for _ in range(parked):
        put(here, kind=POST, state=PARKED)
        put(here, kind=NOTICE, state=PARKED)
        put(here, kind=POST)
        put(here, kind=POST, lane="card:c2", card_id="c2", state=PARKED)
    did = finish(here, held, Unverifiable(why="missing_scope"))
    assert did.put(tables.Effect, "due_at") == [(REAL + timedelta(minutes=minutes),)]


# --- at Meta --------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", grants.KEPT)
@pytest.mark.parametrize(
    ("outcome", "changed", "woke"),
    [
        (Obsolete(why="x"), over(SUPERSEDED), False),
        (Done(tasks=frozenset()), over(DONE), True),
        (Rejected(why=Obstacle.PERMISSION), over(DEAD, Obstacle.PERMISSION), True),
        (
            Retry(seconds=7, why=Obstacle.REVIEW),
            again(REAL + timedelta(seconds=7), why=Obstacle.REVIEW, attempt=4),
            False,
        ),
        (Unknown(why="timeout"), again(REAL + timedelta(seconds=32), why="timeout"), False),
    ],
    ids=lambda one: type(one).__name__,
)
def test_what_became_of_a_send_to_meta_is_kept_by_the_worker_that_holds_it_and_by_no_other(
    here, monkeypatch, *, kind, outcome, changed, woke
):
    monkeypatch.setattr(random, "uniform", max)
    put(here, kind=kind, subject_id="act_1", about="9", card_id=None, attempt=4, marked_at=EPOCH, error="old")
    (mine,) = claim(here)
    for lost in ({"id": 99}, {"attempt": 4}):
        late = finish(here, replace(mine, **lost), outcome)
        assert (late.answer, late.woke, late.rows) == (False, False, {})
    did = finish(here, mine, outcome)
    assert (did.answer, did.woke, did.rows) == (True, woke, {"effect": {(1,): changed}})


def test_what_is_due_at_once_waits_since_it_was_put_and_is_overdue_five_minutes_later(database):
    put(database, put_at=NOW, due_at=outbox.AT_ONCE)

    def overdue(minutes: float) -> list[Mapping[str, str | int]]:
        real = NOW + timedelta(minutes=minutes)
        assert database.read_sync(deliveries.figures, real=real).oldest == timedelta(minutes=minutes)
        found = database.read_sync(act, reports.check_up, now=NOW, real=real).faults
        return [one.facts for one in found if one.kind is FaultKind.OVERDUE]

    assert (overdue(0), overdue(4.9)) == ([], [])
    assert overdue(7) == [{"count": 1, "minutes": 7}]


def test_what_fails_again_and_again_is_a_fault_though_it_is_not_due(database):
    for attempt in (deliveries.OFTEN - 1, deliveries.OFTEN):
        put(database, attempt=attempt, due_at=REAL + timedelta(minutes=4))
    assert database.read_sync(deliveries.figures, real=REAL).retried == 1
    found = database.read_sync(act, reports.check_up, now=NOW, real=REAL).faults
    assert [one.facts for one in found if one.kind is FaultKind.RETRIED] == [{"count": 1}]


def test_what_was_put_off_waits_since_it_is_due(database):
    put(database, put_at=NOW, due_at=NOW + timedelta(hours=1))
    real = NOW + timedelta(hours=1, minutes=2)
    assert database.read_sync(deliveries.figures, real=real).oldest == timedelta(minutes=2)
    assert database.read_sync(deliveries.figures, real=NOW).oldest == timedelta(0)
