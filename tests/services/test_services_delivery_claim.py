"""The outbox at work: what is claimed, in which order, and what is tidied away meanwhile."""

from __future__ import annotations

from datetime import timedelta

import pytest
from make import write
from sending import NOW, REAL, WATCHED, claim, finish, put
from steps import TICK
from store_changes import changes, kept

from bot.domain.messages import EffectKind
from bot.meta import client as meta
from bot.services import delivery as deliveries
from bot.services.context import act
from bot.services.delivery import Delivery, Done, worker
from bot.slack.wire import calls as slack
from bot.store import outbox, tables
from bot.store.tables import EffectState

WAITING, SENDING, DONE, SUPERSEDED, PARKED, DEAD = EffectState
POST, UPDATE, NOTICE, CHECK, HOME, *_ = EffectKind


def claimed(database, **which):
    return [delivery.id for delivery in claim(database, **which)]


def is_work(database, real=REAL):
    return database.read_sync(deliveries.is_work, real=real)


def states(database):
    return {key[0]: row["state"] for key, row in kept(database, tables.Effect)["effect"].items()}


def test_what_is_due_is_claimed_for_as_long_as_a_lease(database):
    marked = REAL - timedelta(hours=1)
    number = put(database, key="k", attempt=4, reads=1, marked_at=marked, error="later", put_at=NOW)
    did = changes(database, act, deliveries.claim, most=1, now=NOW, real=REAL, watch=WATCHED)
    until = REAL + deliveries.LEASE
    assert did.rows == {"effect": {(number,): {"state": SENDING, "attempt": 5, "lease_until": until}}}
    assert did.answer == (
        Delivery(
            id=number,
            key="k",
            kind=NOTICE,
            subject_id="77",
            card_id="c1",
            version=3,
            about="approved",
            team_id="TBRAND",
            attempt=5,
            reads=1,
            marked_at=marked,
            lease_until=until,
            put_at=NOW,
        ),
    )


def test_nothing_is_taken_before_it_is_due(database):
    put(database, due_at=REAL + TICK)
    assert (is_work(database), claimed(database)) == (False, [])
    assert (is_work(database, REAL + TICK), claimed(database, real=REAL + TICK)) == (True, [1])
    assert not is_work(database, REAL + TICK)


def test_there_is_work_where_something_can_be_taken_or_is_free_again(here):
    put(here, lane="a", due_at=REAL + timedelta(hours=1))
    put(here, lane="a")
    for state in (DONE, SUPERSEDED, PARKED, DEAD):
        put(here, lane=state, state=state)
    assert not is_work(here), "what waits for another can wait, and what is over or parked is no work"
    put(here, lane="b")
    put(here, lane="c")
    assert is_work(here)
    for lane in "de":
        put(here, lane=lane, state=SENDING, lease_until=REAL)
    assert len(claim(here)) == 4
    assert not is_work(here)
    assert is_work(here, REAL + deliveries.LEASE)


def test_the_longest_due_are_claimed_first_and_not_more_than_there_is_room_for(database):
    for lane, ago in (("a", 1), ("b", 3), ("c", 2), ("d", 3)):
        put(database, lane=lane, due_at=REAL - timedelta(seconds=ago))
    assert claimed(database, most=3) == [2, 4, 3]
    assert claimed(database, most=3) == [1]


@pytest.mark.parametrize(
    ("how", "order"),
    [
        ({}, [5, 2, 4, 3, 1]),
        ({"put_off_first": False}, [5, 2, 4, 3, 1]),
        ({"put_off_first": True}, [5, 3, 1, 2, 4]),
    ],
)
def test_what_was_put_off_goes_first_or_last_and_what_a_dead_worker_held_keeps_its_place(here, how, order):
    put(here, lane="a", due_at=REAL)
    put(here, lane="b", due_at=outbox.AT_ONCE, state=SENDING, lease_until=REAL)
    put(here, lane="c", due_at=REAL - TICK, state=SENDING, lease_until=REAL)
    put(here, lane="d", due_at=outbox.AT_ONCE)
    put(here, lane="e", due_at=outbox.BEFORE_ALL)
    put(here, lane="f", due_at=REAL + TICK)
    assert claimed(here, most=4, **how) == order[:4]
    assert claimed(here, most=4) == order[4:]


def test_no_card_waits_behind_people_of_whom_slack_is_asked_after_a_start(here):
    people = [(f"{number}", "TBRAND") for number in range(20)]
    write(here, outbox.put_checks_again, people, now=NOW)
    card = put(here, kind=POST, due_at=outbox.AT_ONCE)
    assert claimed(here, most=8)[0] == card
    assert len(claimed(here, most=20)) == 13, "and all of them have their turn"


@pytest.mark.parametrize("state", EffectState)
def test_what_is_put_later_in_its_lane_is_waited_for_only_while_it_is_sent(here, state):
    """Numbers are drawn before a commit: one that was committed sooner may be on its way already."""
    number = put(here, lane="a", kind=NOTICE)
    put(here, lane="a", kind=NOTICE, state=state, lease_until=REAL + TICK if state is SENDING else None)
    assert is_work(here) is (state is not SENDING)
    assert claimed(here, most=1) == ([] if state is SENDING else [number])


@pytest.mark.parametrize("state", EffectState)
def test_what_is_before_it_in_its_lane_is_waited_for_until_it_is_over_or_parked(here, state):
    lease = REAL + timedelta(seconds=1) if state is SENDING else None
    put(here, lane="a", state=state, lease_until=lease, due_at=REAL + timedelta(hours=1))
    put(here, lane="a")
    put(here, lane="b")
    assert claimed(here) == ([3] if state in {WAITING, SENDING} else [2, 3])


def test_a_cards_post_goes_before_all_that_follows_from_it_and_posts_go_in_order(database):
    for kind in (NOTICE, UPDATE, POST, POST):
        put(database, kind=kind)
    order = []
    while taken := claim(database):
        (delivery,) = taken
        order.append(delivery.id)
        finish(database, delivery, Done(ts="1", channel_id="C"))
    assert order == [3, 4, 1, 2]


def test_what_a_dead_worker_held_is_free_when_its_lease_is_over(database):
    number = put(database, state=SENDING, attempt=1, lease_until=REAL, due_at=REAL - timedelta(days=1))
    put(database, lane="other", state=SENDING, attempt=1, lease_until=REAL + TICK)
    assert (is_work(database, REAL - TICK), claimed(database, real=REAL - TICK)) == (False, [])
    assert is_work(database)
    did = changes(database, act, deliveries.claim, most=0, now=NOW, real=REAL, watch=WATCHED)
    free = {"state": WAITING, "lease_until": None}
    assert did.rows == {"effect": {(number,): free}}
    assert [(one.id, one.attempt) for one in claim(database)] == [(number, 2)]


# --- what is tidied away ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [UPDATE, HOME, CHECK, EffectKind.META_ACCESS, EffectKind.META_ENFORCE])
def test_of_several_changes_of_one_card_the_newest_is_sent_and_the_others_are_over(database, kind):
    for _ in range(3):
        put(database, kind=kind)
    put(database, kind=kind, lane="another")
    did = changes(database, act, deliveries.claim, most=8, now=NOW, real=REAL, watch=(tables.Effect,))
    gone = {"state": SUPERSEDED, "over_at": NOW}
    assert {key[0]: row for key, row in did.of(tables.Effect).items() if key[0] < 3} == {1: gone, 2: gone}
    assert [one.id for one in did.answer] == [3, 4]


def test_what_is_no_newer_change_of_the_same_card_replaces_none(database):
    for lane, newer in {
        "a": {"kind": UPDATE, "lane": "z", "due_at": REAL + TICK},
        "b": {"kind": HOME},
        "c": {"kind": UPDATE, "state": PARKED},
        "d": {"kind": UPDATE, "state": DONE},
        "e": {"kind": UPDATE, "state": SENDING, "lease_until": REAL + TICK},
    }.items():
        put(database, kind=NOTICE, lane=lane, about="first")
        put(database, kind=UPDATE, lane=lane)
        put(database, **{"lane": lane, **newer})
    for _ in range(2):
        put(database, kind=NOTICE, lane="f")
    claim(database)
    assert SUPERSEDED not in states(database).values()


def test_a_change_that_is_not_due_yet_is_tidied_away_only_with_one_that_is(database):
    for _ in range(2):
        put(database, kind=UPDATE, due_at=REAL + TICK)
    assert claimed(database) == []
    assert set(states(database).values()) == {WAITING}
    assert claimed(database, real=REAL + TICK) == [2]


@pytest.mark.parametrize("state", [SENDING, PARKED])
def test_what_may_have_been_sent_already_is_not_replaced(here, state):
    put(here, kind=UPDATE, state=state, lease_until=REAL + TICK if state is SENDING else None)
    for _ in range(2):
        put(here, kind=UPDATE)
    claim(here)
    assert [states(here)[number] for number in (1, 2)] == [state, SUPERSEDED]


@pytest.mark.parametrize(
    "others",
    [
        [{"kind": UPDATE, "due_at": REAL - timedelta(days=1)}],
        [{"kind": NOTICE}, {"kind": NOTICE}],
        [{"kind": NOTICE, "due_at": REAL + TICK}, {"kind": UPDATE, "state": DONE}],
    ],
    ids=["alone in its lane", "notices", "over already"],
)
def test_lanes_in_which_nothing_is_to_be_tidied_take_no_room_from_those_that_are(here, others):
    for other in others:
        put(here, lane="a", **other)
    older, newer = (put(here, kind=UPDATE, lane="b") for _ in range(2))
    claim(here, most=1)
    assert (states(here)[older], states(here)[newer] in {WAITING, SENDING}) == (SUPERSEDED, True)


def test_a_lane_with_much_to_tidy_is_one_lane(here):
    for lane in "aaabb":
        put(here, kind=UPDATE, lane=lane)
    assert claimed(here, most=2) == [3, 5]


def test_what_waits_for_a_time_that_the_clock_will_not_reach_for_long_is_drawn_near(here):
    far = REAL + timedelta(minutes=15)
    put(here, due_at=far)
    put(here, due_at=far + TICK)
    put(here, state=SENDING, lease_until=far)
    put(here, state=SENDING, lease_until=far + TICK, due_at=far + TICK)
    put(here, state=EffectState.DEAD, due_at=far + TICK)
    did = changes(here, deliveries.draw_near_due, real=REAL, watch=WATCHED)
    assert (did.answer, did.woke) == (2, True)
    assert did.rows == {"effect": {(2,): {"due_at": REAL}, (4,): {"lease_until": REAL}}}
    did = changes(here, deliveries.draw_near_due, real=REAL, watch=WATCHED)
    assert (did.answer, did.woke, did.rows) == (0, False, {})


def test_a_call_ends_well_within_its_delivery_that_within_its_lease_and_that_within_half_a_minute():
    longest = max(meta.WHOLE_TIMEOUT, slack.TOTAL_SECONDS)
    assert longest * 2 <= deliveries.SEND_SECONDS <= deliveries.LEASE.total_seconds() * 3 / 4
    assert meta.WHOLE_TIMEOUT * 2 + 2 < deliveries.SEND_SECONDS, "with time to spare to read it back"
    assert deliveries.LEASE.total_seconds() + worker.POLL_SECONDS + 1 < 30, "with a second to send it"
