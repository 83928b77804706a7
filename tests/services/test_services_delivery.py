"""The outbox at work, step by step: what is claimed, what a send that came to this or that leaves behind.

Business time and the machinery's are a hundred days apart here, so that neither can stand for the other.
"""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

import make
import pytest
from make import AGENCY, BRAND_TEAM, EPOCH, insert_row, write
from store_changes import changes, kept
from story import Story

from bot.clock import PushedClock
from bot.domain.messages import Audience, EffectKind
from bot.domain.policy import OPERATOR, Role
from bot.domain.requests import Approve, Decline
from bot.services import delivery as deliveries
from bot.services import requests
from bot.services.context import act
from bot.services.delivery import (
    Delivery,
    Done,
    Flags,
    Gone,
    NotFound,
    Obsolete,
    Rejected,
    Retry,
    Unknown,
    Unverifiable,
)
from bot.store import outbox, tables
from bot.store.database import Database
from bot.store.tables import CardState, EffectState

REAL = EPOCH
NOW = EPOCH + timedelta(days=100)
TICK = timedelta(microseconds=1)
WATCHED = (tables.Effect, tables.Card, tables.Person, tables.Event)

WAITING, SENDING, DONE = EffectState.WAITING, EffectState.SENDING, EffectState.DONE
SUPERSEDED, PARKED, DEAD = EffectState.SUPERSEDED, EffectState.PARKED, EffectState.DEAD
POST, UPDATE, NOTICE = EffectKind.POST_CARD, EffectKind.UPDATE_CARD, EffectKind.POST_NOTICE
CHECK, HOME = EffectKind.CHECK_PERSON, EffectKind.PUBLISH_HOME


@pytest.fixture
def here(sqlite_url: str, clock: PushedClock):
    """One store is enough where no statement has another form on the other."""
    with Database.open(sqlite_url, clock=clock) as opened:
        yield opened


def put(database, *, kind=NOTICE, lane="card:c1", **values):
    """Put an effect and return its number."""
    row = {
        "key": f"{random.getrandbits(64):x}",
        "kind": kind,
        "subject_id": "77",
        "card_id": "c1",
        "version": 3,
        "about": "approved",
        "lane": lane,
        "team_id": "TBRAND",
        "state": WAITING,
        "put_at": EPOCH,
        "due_at": REAL,
        "attempt": 0,
        "reads": 0,
        "marked_at": None,
        "lease_until": None,
        "error": None,
        "over_at": None,
        **values,
    }
    write(database, insert_row, tables.Effect, **row)
    return max(kept(database, tables.Effect)["effect"])[0]


def put_card(database, card_id="c1", **values):
    row = {
        "id": card_id,
        "subject_id": "77",
        "audience": Audience.APPROVERS,
        "team_id": "TBRAND",
        "user_id": None,
        "channel_id": "CBRAND",
        "ts": None,
        "state": CardState.WAITING,
        "error": None,
        "shown": 0,
        **values,
    }
    write(database, insert_row, tables.Card, **row)


def claim(database, *, most=8, real=REAL):
    return write(database, act, deliveries.claim, most=most, now=NOW, real=real)


def claimed(database, **which):
    return [delivery.id for delivery in claim(database, **which)]


def is_work(database, real=REAL):
    return database.read_sync(deliveries.is_work, real=real)


def states(database):
    return {key[0]: row["state"] for key, row in kept(database, tables.Effect)["effect"].items()}


def finish(database, delivery, outcome, *, real=REAL):
    return changes(database, act, deliveries.finish, delivery, outcome, now=NOW, real=real, watch=WATCHED)


# --- claiming -------------------------------------------------------------------------------------


def test_what_is_due_is_claimed_for_half_a_minute(database):
    marked = REAL - timedelta(hours=1)
    number = put(database, key="k", attempt=4, reads=1, marked_at=marked, error="later", put_at=NOW)
    did = changes(database, act, deliveries.claim, most=1, now=NOW, real=REAL, watch=WATCHED)
    until = REAL + timedelta(seconds=30)
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
    assert not is_work(here), "what waits for another can wait"
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


@pytest.mark.parametrize("state", EffectState)
def test_what_is_before_it_in_its_lane_is_waited_for_until_it_is_over_or_parked(here, state):
    lease = REAL + timedelta(seconds=1) if state is SENDING else None
    put(here, lane="a", state=state, lease_until=lease, due_at=REAL + timedelta(hours=1))
    put(here, lane="a")
    put(here, lane="b")
    is_waited_for = state in {WAITING, SENDING}
    assert claimed(here) == ([3] if is_waited_for else [2, 3])


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
    assert not is_work(database, REAL - TICK)
    assert claimed(database, real=REAL - TICK) == []
    assert is_work(database)
    did = changes(database, act, deliveries.claim, most=0, now=NOW, real=REAL, watch=WATCHED)
    free = {"state": WAITING, "lease_until": None, "due_at": REAL}
    assert did.rows == {"effect": {(number,): free}}
    assert [(one.id, one.attempt) for one in claim(database)] == [(number, 2)]


@pytest.mark.parametrize("kind", [UPDATE, HOME])
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
        put(database, kind=UPDATE, lane=lane, about="expected_version")
        put(database, **{"lane": lane, **newer})
    put(database, kind=NOTICE, lane="f")
    put(database, kind=NOTICE, lane="f")
    claim(database)
    assert SUPERSEDED not in states(database).values()


def test_a_change_that_is_not_due_yet_is_tidied_away_only_with_one_that_is(database):
    put(database, kind=UPDATE, due_at=REAL + TICK)
    put(database, kind=UPDATE, due_at=REAL + TICK)
    assert claimed(database) == []
    assert set(states(database).values()) == {WAITING}
    assert claimed(database, real=REAL + TICK) == [2]


@pytest.mark.parametrize("state", [SENDING, PARKED])
def test_what_may_have_been_sent_already_is_not_replaced(here, state):
    put(here, kind=UPDATE, state=state, lease_until=REAL + TICK if state is SENDING else None)
    put(here, kind=UPDATE)
    put(here, kind=UPDATE)
    claim(here)
    assert [states(here)[number] for number in (1, 2)] == [state, SUPERSEDED]


@pytest.mark.parametrize(
    "others",
    [
        pytest.param([{"kind": UPDATE, "due_at": REAL - timedelta(days=1)}], id="alone in its lane"),
        pytest.param([{"kind": NOTICE}, {"kind": NOTICE}], id="notices"),
        pytest.param(
            [{"kind": NOTICE, "due_at": REAL + TICK}, {"kind": UPDATE, "state": DONE}], id="over already"
        ),
    ],
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


@pytest.mark.parametrize(
    "outcome",
    [
        Done(ts="1.1", channel_id="C9", shown=9),
        Retry(seconds=1, why="limited"),
        Rejected(why="gone", elsewhere=True),
        Gone(why="gone"),
        Obsolete(why="over"),
        Unknown(why="timeout"),
        NotFound(),
        Unverifiable(why="no scope"),
    ],
    ids=lambda outcome: type(outcome).__name__,
)
def test_a_worker_that_lost_its_lease_writes_nothing_whatever_became_of_the_send(here, held, outcome):
    for lost in ({"id": 99}, {"attempt": 2}, {"lease_until": held.lease_until + TICK}):
        late = replace(held, marked_at=REAL, **lost)
        assert not write(here, deliveries.mark, late, real=REAL)
        did = finish(here, late, outcome)
        assert (did.answer, did.woke, did.rows) == (False, False, {}), lost


def test_a_worker_whose_lease_ended_writes_nothing_either(here, held):
    claim(here, real=held.lease_until)
    did = finish(here, held, Done(ts="1.1", channel_id="C9"))
    assert (did.answer, did.rows) == (False, {})


def test_a_finished_effect_is_not_finished_twice(here, held):
    assert finish(here, held, Rejected(why="x")).answer
    again = finish(here, held, Done(ts="1.1", channel_id="C9"))
    assert (again.answer, again.rows) == (False, {})


def test_the_mark_is_the_machinerys_time_and_forgets_earlier_looks(here, held):
    did = changes(here, deliveries.mark, held, real=REAL + TICK, watch=WATCHED)
    assert (did.answer, did.rows) == (True, {"effect": {(1,): {"marked_at": REAL + TICK, "reads": 0}}})


# --- done -----------------------------------------------------------------------------------------


def over(state, why=None):
    return {"state": state, "lease_until": None, "over_at": NOW, "error": why}


def test_a_posted_card_is_kept_with_the_place_that_slack_named(here, held):
    did = finish(here, held, Done(ts="1.1", channel_id="C9", shown=3))
    assert (did.answer, did.woke) == (True, True)
    posted = {"state": CardState.POSTED, "ts": "1.1", "channel_id": "C9", "shown": 3}
    assert did.rows == {"effect": {(1,): over(DONE)}, "card": {("c1",): posted}}


def test_a_card_that_stands_already_keeps_its_place(here, held):
    finish(here, held, Done(ts="1.1", channel_id="C9"))
    put(here, kind=POST)
    (again,) = (one for one in claim(here) if one.id == 3)
    assert finish(here, again, Done(ts="2.2", channel_id="C8")).of(tables.Card) == {}


def test_a_post_that_worked_at_last_clears_what_was_wrong(here):
    put_card(here, error="channel_not_found")
    put(here, kind=POST)
    did = finish(here, *claim(here), Done(ts="1.1", channel_id="CBRAND"))
    assert did.of(tables.Card) == {("c1",): {"state": CardState.POSTED, "ts": "1.1", "error": None}}


@pytest.mark.parametrize(("shown", "now_shown"), [(2, None), (3, None), (4, {"shown": 4}), (0, None)])
def test_what_a_card_shows_never_goes_back(here, shown, now_shown):
    put_card(here, state=CardState.POSTED, ts="1.1", shown=3)
    put_card(here, "c2")
    put(here, kind=UPDATE)
    did = finish(here, *claim(here), Done(shown=shown))
    assert did.rows == {
        "effect": {(1,): {name: value for name, value in over(DONE).items() if name != "error"}},
        **({"card": {("c1",): now_shown}} if now_shown else {}),
    }
    assert did.woke


def test_a_notice_that_was_posted_leaves_its_card_alone(here):
    put_card(here)
    put(here, kind=NOTICE)
    did = finish(here, *claim(here), Done(ts="5.5", channel_id="CBRAND"))
    assert (did.answer, did.rows.keys()) == (True, {"effect"})


def test_a_home_that_was_published_concerns_no_card(here):
    put(here, kind=HOME, card_id=None)
    did = finish(here, *claim(here), Done(shown=7))
    assert (did.answer, did.of(tables.Card)) == (True, {})


def test_a_message_that_was_adopted_before_its_post_was_answered_is_the_card_itself(here, held):
    where = {"channel_id": "C9", "ts": "1.1", "state": CardState.POSTED}
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


def test_a_message_that_nobody_adopted_needs_no_further_change(here, held):
    assert finish(here, held, Done(ts="1.1", channel_id="C9")).put(tables.Effect, "id") == []


def test_what_slack_says_of_somebody_is_kept(here):
    make.person(here, "4", team="TBRAND", user="UDANA", name="Dana", deactivated=None)
    make.person(here, "5", team="TOTHER", user="UDANA", name="Dora", deactivated=None)
    put(here, kind=CHECK, card_id=None)
    flags = Flags(user_id="UDANA", deactivated=True, guest=True, bot=True, stranger=True, zone="Asia/Tokyo")
    did = finish(here, *claim(here), Done(flags=flags))
    known = {"deactivated": True, "guest": True, "bot": True, "stranger": True}
    assert did.of(tables.Person) == {("4",): {**known, "zone": "Asia/Tokyo", "checked_at": NOW}}
    flags = replace(flags, guest=False)
    put(here, kind=CHECK, card_id=None)
    did = finish(here, *claim(here), Done(flags=flags))
    assert did.of(tables.Person) == {("4",): {"guest": False}}


# --- put off, or not known ------------------------------------------------------------------------


def again(due, *, why, **more):
    return {"state": WAITING, "lease_until": None, "due_at": due, "error": why, **more}


def test_what_is_put_off_was_no_attempt_and_keeps_its_mark(here, held):
    marked = REAL - timedelta(minutes=3)
    did = finish(here, replace(held, marked_at=marked), Retry(seconds=7, why="limited"))
    due = REAL + timedelta(seconds=7)
    waits = again(due, why="limited", attempt=0, reads=0, marked_at=marked)
    assert (did.answer, did.rows) == (True, {"effect": {(1,): waits}})


@pytest.mark.parametrize("kind", [POST, NOTICE])
def test_a_first_post_of_unknown_outcome_is_looked_for_two_seconds_later(here, kind):
    put(here, kind=kind, reads=1)
    (delivery,) = claim(here)
    write(here, deliveries.mark, delivery, real=REAL + TICK)
    did = finish(here, delivery, Unknown(why="timeout"))
    assert did.rows == {"effect": {(1,): again(REAL + timedelta(seconds=2), why="timeout")}}
    assert kept(here, tables.Effect)["effect"][1,]["marked_at"] == REAL + TICK


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


def test_a_message_that_is_not_found_is_looked_for_again_a_minute_later_and_then_posted_again(here, held):
    marked = REAL + timedelta(seconds=5)
    first = replace(held, marked_at=marked, reads=0)
    did = finish(here, first, NotFound())
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


def test_a_card_that_cannot_be_looked_for_is_parked_and_posted_again_after_two_minutes(here, held):
    marked = REAL - timedelta(seconds=30)
    did = finish(here, replace(held, marked_at=marked), Unverifiable(why="missing_scope"))
    assert (did.answer, did.woke) == (True, True)
    assert did.of(tables.Effect)[1,] == over(PARKED, "unknown: missing_scope")
    columns = ("kind", "card_id", "subject_id", "version", "team_id", "put_at", "due_at", "lane", "state")
    due = marked + timedelta(minutes=2)
    assert did.put(tables.Effect, *columns) == [(POST, "c1", "77", 3, "TBRAND", NOW, due, "card:c1", WAITING)]
    assert did.rows.keys() == {"effect"}


def test_without_a_mark_the_two_minutes_count_from_now(here, held):
    did = finish(here, held, Unverifiable(why="x"))
    assert did.put(tables.Effect, "due_at") == [(REAL + timedelta(minutes=2),)]


def test_a_notice_that_cannot_be_looked_for_is_parked_and_not_posted_again(here):
    put_card(here)
    put(here)
    did = finish(here, *claim(here), Unverifiable(why="missing_scope"))
    assert (did.woke, did.rows) == (True, {"effect": {(1,): over(PARKED, "unknown: missing_scope")}})


# --- gone, or needless ----------------------------------------------------------------------------


def test_a_card_that_was_deleted_is_posted_again_with_the_next_change(here):
    put_card(here, state=CardState.POSTED, ts="1.1", error=None)
    put(here, kind=UPDATE)
    did = finish(here, *claim(here), Gone(why="message_not_found"))
    assert did.answer
    assert did.of(tables.Card) == {("c1",): {"state": CardState.WAITING, "ts": None}}
    assert did.of(tables.Effect)[1,] == over(SUPERSEDED, "message_not_found")
    posts = did.put(tables.Effect, "kind", "card_id", "subject_id", "version", "team_id", "put_at", "due_at")
    assert posts == [(POST, "c1", "77", 3, "TBRAND", NOW, outbox.AT_ONCE)]


@pytest.mark.parametrize("state", [CardState.WAITING, CardState.FAILED])
def test_a_card_that_is_not_posted_is_not_posted_again_because_a_message_is_gone(here, state):
    put_card(here, state=state)
    put(here, kind=UPDATE)
    did = finish(here, *claim(here), Gone(why="message_not_found"))
    assert (did.answer, did.rows) == (True, {"effect": {(1,): over(SUPERSEDED, "message_not_found")}})


def test_a_change_without_a_card_that_is_gone_is_over(here):
    put(here, kind=HOME, card_id=None)
    assert finish(here, *claim(here), Gone(why="x")).rows == {"effect": {(1,): over(SUPERSEDED, "x")}}


def test_a_card_about_nothing_any_more_is_not_posted(here, held):
    did = finish(here, held, Obsolete(why="decided"))
    assert (did.answer, did.woke) == (True, True)
    assert did.rows == {
        "effect": {(1,): over(SUPERSEDED, "decided")},
        "card": {("c1",): {"state": CardState.FAILED, "error": "decided"}},
    }


def test_a_notice_about_nothing_any_more_leaves_its_card_alone(here):
    put_card(here)
    put(here)
    did = finish(here, *claim(here), Obsolete(why="decided"))
    assert (did.woke, did.rows) == (True, {"effect": {(1,): over(SUPERSEDED, "decided")}})


# --- it cannot happen: who gets it instead --------------------------------------------------------


@pytest.fixture
def town(here):
    return make.town(here)


@pytest.fixture
def story(here, clock, town):
    return Story(here, clock)


def due_of(here, card, kind=POST):
    """Claim what is to be sent about a card, after all else that is due was finished."""
    for delivery in claim(here, most=100):
        if (delivery.card_id, delivery.kind) == (card.id, kind):
            return delivery
    raise AssertionError(f"no {kind} for {card}")


def card_for(story, audience, **where):
    (card,) = story.rows(tables.Card, audience=audience, **where)
    return card


def cards_put(did):
    return sorted(did.put(tables.Card, "audience", "team_id", "channel_id", "user_id", "state", "subject_id"))


def versions_shown(did):
    """Which cards are to show what, of those put just now."""
    rows = did.put(tables.Effect, "kind", "card_id", "version", "put_at")
    return sorted(row[1:] for row in rows if row[0] == UPDATE)


def test_where_the_channel_cannot_be_posted_in_each_approver_gets_it_directly(story, here, town):
    sent = story.ask(town.ann)
    card = card_for(story, Audience.APPROVERS)
    requester = card_for(story, Audience.REQUESTER)
    did = finish(here, due_of(here, card), Rejected(why="is_archived", elsewhere=True))
    assert (did.answer, did.woke) == (True, True)
    assert did.of(tables.Card)[card.id,] == {"state": CardState.FAILED, "error": "is_archived"}
    waits = CardState.WAITING, sent.request_id
    assert cards_put(did) == [
        (Audience.APPROVERS, BRAND_TEAM, None, "UDANA", *waits),
        (Audience.APPROVERS, BRAND_TEAM, None, "UDOV", *waits),
    ]
    posts = [row for row in did.put(tables.Effect, "kind", "version", "put_at", "due_at") if row[0] == POST]
    assert posts == [(POST, 1, NOW, outbox.AT_ONCE)] * 2
    assert set(versions_shown(did)) >= {(requester.id, 1, NOW)}


def test_somebody_on_both_sides_does_not_get_it_instead(story, here, town):
    make.member(here, town.dov.id, of=AGENCY, role=Role.EMPLOYEE)
    story.ask(town.ann)
    card = card_for(story, Audience.APPROVERS)
    did = finish(here, due_of(here, card), Rejected(why="is_archived", elsewhere=True))
    assert [row[3] for row in cards_put(did)] == ["UDANA"]


def test_where_the_message_is_the_trouble_nobody_else_gets_it_but_the_others_say_so(story, here, town):
    story.ask(town.ann)
    card, requester = card_for(story, Audience.APPROVERS), card_for(story, Audience.REQUESTER)
    did = finish(here, due_of(here, card), Rejected(why="invalid_blocks"))
    assert did.of(tables.Card) == {(card.id,): {"state": CardState.FAILED, "error": "invalid_blocks"}}
    assert versions_shown(did) == [(requester.id, 1, NOW)]
    number = next(iter(sorted(key for key, row in did.of(tables.Effect).items() if "state" in row)))
    assert did.of(tables.Effect)[number] == over(DEAD, "invalid_blocks")


def test_a_card_for_approvers_goes_nowhere_else_once_all_is_decided(story, here, town):
    sent = story.ask(town.ann)
    card = card_for(story, Audience.APPROVERS)
    post = due_of(here, card)
    story.decide(town.dana, sent.request_id, Decline())
    assert cards_put(finish(here, post, Rejected(why="is_archived", elsewhere=True))) == []


def test_a_digest_or_a_notice_that_cannot_be_posted_fails_alone(story, here, town):
    story.ask(town.ann)
    card = card_for(story, Audience.APPROVERS)
    write(
        here,
        outbox.put_notices,
        subject_id=card.subject_id,
        audience=Audience.APPROVERS,
        about="in_review",
        version=1,
        now=NOW,
    )
    finish(here, due_of(here, card), Done(ts="1.1", channel_id="CBRAND"))
    did = finish(here, due_of(here, card, NOTICE), Rejected(why="is_archived", elsewhere=True))
    assert did.rows.keys() == {"effect"}
    assert list(did.of(tables.Effect).values()) == [over(DEAD, "is_archived")]
    assert did.woke


def test_a_change_that_finds_the_channel_closed_has_the_card_go_to_the_approvers(story, here, town):
    story.ask(town.ann)
    card = card_for(story, Audience.APPROVERS)
    finish(here, due_of(here, card), Done(ts="1.1", channel_id="CBRAND"))
    write(here, outbox.put_updates, subject_id=card.subject_id, version=1, now=NOW)
    did = finish(here, due_of(here, card, UPDATE), Rejected(why="is_archived", elsewhere=True))
    failed = {"state": CardState.FAILED, "error": "is_archived", "ts": None}
    assert did.of(tables.Card)[card.id,] == failed
    assert [row[3] for row in cards_put(did)] == ["UDANA", "UDOV"]


def test_a_change_that_slack_takes_nowhere_leaves_the_card_as_it_stands(story, here, town):
    story.ask(town.ann)
    card = card_for(story, Audience.APPROVERS)
    finish(here, due_of(here, card), Done(ts="1.1", channel_id="CBRAND"))
    write(here, outbox.put_updates, subject_id=card.subject_id, version=1, now=NOW)
    did = finish(here, due_of(here, card, UPDATE), Rejected(why="invalid_blocks"))
    assert (did.woke, did.rows.keys()) == (True, {"effect"})


def test_a_card_that_failed_already_fails_only_once(story, here, town):
    story.ask(town.ann)
    card = card_for(story, Audience.APPROVERS)
    write(here, outbox.put_updates, subject_id=card.subject_id, version=1, now=NOW)
    post = due_of(here, card)
    story.set(tables.Card, {"id": card.id}, state=CardState.FAILED, error="before")
    did = finish(here, post, Rejected(why="is_archived", elsewhere=True))
    assert (did.answer, did.of(tables.Card)) == (True, {})
    assert len(did.of(tables.Effect)) == 1


def test_one_other_admin_stands_in_for_a_requester_who_cannot_be_reached(story, here, town):
    make.someone(here, 7, name="Amy", team=make.AGENCY_TEAM, roles={AGENCY: Role.ADMIN})
    sent = story.ask(town.ann)
    card = card_for(story, Audience.REQUESTER)
    did = finish(here, due_of(here, card), Rejected(why="cannot_dm_bot", elsewhere=True))
    (first,) = cards_put(did)
    assert over(DEAD, "cannot_dm_bot") in did.of(tables.Effect).values()
    assert first[:4] == (Audience.REQUESTER, make.AGENCY_TEAM, None, "UABE")
    assert first[5] == sent.request_id
    did = finish(
        here,
        due_of(here, card_for(story, Audience.REQUESTER, user_id="UABE")),
        Rejected(why="x", elsewhere=True),
    )
    assert [row[3] for row in cards_put(did)] == ["UAMY"], "who cannot be reached either is not asked twice"
    did = finish(
        here,
        due_of(here, card_for(story, Audience.REQUESTER, user_id="UAMY")),
        Rejected(why="x", elsewhere=True),
    )
    assert cards_put(did) == []


def test_the_stand_in_gets_it_again_when_a_retry_does_not_reach_the_requester_either(story, here, town):
    story.ask(town.ann)
    card = card_for(story, Audience.REQUESTER)
    post = due_of(here, card)
    finish(here, post, Rejected(why="user_not_found", elsewhere=True))
    assert write(here, act, deliveries.retry, post.id, by=OPERATOR, now=NOW)
    did = finish(here, due_of(here, card), Rejected(why="user_not_found", elsewhere=True))
    assert [row[3] for row in cards_put(did)] == ["UABE"]


def test_the_outcome_goes_with_the_card_to_the_stand_in_even_when_all_is_decided(story, here, town):
    sent = story.ask(town.ann)
    card = card_for(story, Audience.REQUESTER)
    finish(here, due_of(here, card), Done(ts="1.1", channel_id="D1"))
    story.decide(town.dana, sent.request_id, Approve())
    notices = story.effects(NOTICE, card_id=card.id)
    (update,) = story.effects(UPDATE, card_id=card.id)
    write(here, act, deliveries.finish, due_of(here, card, UPDATE), Done(shown=2), now=NOW, real=REAL)
    notice = due_of(here, card, NOTICE)
    assert [one.id for one in notices] == [notice.id]
    did = finish(here, notice, Rejected(why="is_inactive", elsewhere=True))
    assert did.woke
    (instead,) = did.put(tables.Card, "id", "user_id")
    assert instead[1] == "UABE"
    moved = did.of(tables.Effect)[notice.id,]
    lane = outbox.lane_of(instead[0])
    assert (moved["state"], moved["lane"], moved["card_id"]) == (WAITING, lane, instead[0])
    assert moved["error"] == "is_inactive"
    assert did.of(tables.Card)[card.id,]["state"] == CardState.FAILED
    assert update.id < notice.id


def test_a_draft_goes_to_the_admins_directly_where_their_channel_is_closed(story, here, town):
    saved = story.ask(town.eva)
    card, own = card_for(story, Audience.SUBMITTERS), card_for(story, Audience.AUTHOR)
    did = finish(here, due_of(here, card), Rejected(why="is_archived", elsewhere=True))
    waits = CardState.WAITING, saved.draft_id
    assert cards_put(did) == [
        (Audience.SUBMITTERS, make.AGENCY_TEAM, None, "UABE", *waits),
        (Audience.SUBMITTERS, make.AGENCY_TEAM, None, "UANN", *waits),
    ]
    assert set(versions_shown(did)) >= {(own.id, 1, NOW)}


def test_a_draft_goes_nowhere_else_once_it_is_dropped(story, here, town):
    saved = story.ask(town.eva)
    card = card_for(story, Audience.SUBMITTERS)
    post = due_of(here, card)
    write(
        here,
        act,
        requests.drop_draft,
        saved.draft_id,
        by=town.ann.by(),
        expected_version=1,
        now=story.clock.now(),
    )
    did = finish(here, post, Rejected(why="is_archived", elsewhere=True))
    assert cards_put(did) == []
    assert {version for _, version, _ in versions_shown(did)} == {2}


@pytest.mark.parametrize(
    ("audience", "wait"), [(Audience.EXPIRY, {"days": 13}), (Audience.ENDING, {"days": 23})]
)
def test_a_warning_that_does_not_reach_the_requester_goes_to_one_other_admin_of_theirs(
    story, here, town, audience, wait
):
    sent = story.ask(town.ann)
    if audience is Audience.ENDING:
        story.decide(town.dana, sent.request_id, Approve())
    story.wait(**wait)
    story.wait(hours=1)
    card = card_for(story, audience)
    did = finish(here, due_of(here, card), Rejected(why="user_not_found", elsewhere=True))
    assert [row[:4] for row in cards_put(did)] == [(audience, make.AGENCY_TEAM, None, "UABE")]


@pytest.mark.parametrize("over", ["ended", "decided"])
def test_a_warning_about_what_is_over_goes_to_nobody_else(story, here, town, over):
    sent = story.ask(town.ann)
    if over == "ended":
        story.decide(town.dana, sent.request_id, Approve())
    story.wait(days=23 if over == "ended" else 13)
    story.wait(hours=1)
    card = card_for(story, Audience.ENDING if over == "ended" else Audience.EXPIRY)
    post = due_of(here, card)
    if over == "ended":
        story.end(town.dana, story.grant_of(sent.request_id).id, business=make.BRAND)
    else:
        story.decide(town.dana, sent.request_id, Decline())
    did = finish(here, post, Rejected(why="user_not_found", elsewhere=True))
    assert cards_put(did) == []
    assert did.of(tables.Card)[card.id,]["state"] == CardState.FAILED


def test_an_approvers_own_card_goes_to_nobody_else(story, here, town):
    story.set(tables.BusinessRow, {"id": make.BRAND}, channel_id=None)
    story.ask(town.ann)
    card = card_for(story, Audience.APPROVERS, user_id="UDANA")
    did = finish(here, due_of(here, card), Rejected(why="user_not_found", elsewhere=True))
    assert cards_put(did) == []
    assert {card_id for card_id, _, _ in versions_shown(did)} == {
        card_for(story, Audience.APPROVERS, user_id="UDOV").id,
        card_for(story, Audience.REQUESTER).id,
    }


def test_a_card_about_nothing_that_is_kept_fails_alone(here):
    put_card(here)
    put_card(here, "c2", ts="1.2", state=CardState.POSTED)
    put(here, kind=POST)
    did = finish(here, *claim(here), Rejected(why="is_archived", elsewhere=True))
    assert (did.answer, did.woke) == (True, True)
    assert did.rows == {
        "effect": {(1,): over(DEAD, "is_archived")},
        "card": {("c1",): {"state": CardState.FAILED, "error": "is_archived"}},
    }


@pytest.mark.parametrize(
    ("audience", "elsewhere", "state"),
    [
        (Audience.REQUESTER, False, CardState.POSTED),
        (Audience.AUTHOR, True, CardState.POSTED),
        (Audience.REQUESTER, True, CardState.FAILED),
    ],
)
def test_a_notice_is_dead_unless_it_is_for_the_requester_and_another_may_hear_it(
    here, audience, elsewhere, state
):
    put_card(here, audience=audience, state=state, ts="1.1" if state == CardState.POSTED else None)
    put(here)
    did = finish(here, *claim(here), Rejected(why="x", elsewhere=elsewhere))
    assert (did.woke, did.rows) == (True, {"effect": {(1,): over(DEAD, "x")}})


def test_only_the_notices_that_wait_beside_the_card_go_with_it(story, here, town):
    sent = story.ask(town.ann)
    card, other = card_for(story, Audience.REQUESTER), card_for(story, Audience.APPROVERS)
    post = due_of(here, card)
    lane = {"lane": outbox.lane_of(card.id), "card_id": card.id}
    waits = put(here, **lane)
    done = put(here, **lane, state=DONE)
    parked = put(here, **lane, state=PARKED)
    update = put(here, **lane, kind=UPDATE)
    elsewhere = put(here, lane=outbox.lane_of(other.id), card_id=other.id)
    did = finish(here, post, Rejected(why="user_not_found", elsewhere=True))
    ((instead,),) = did.put(tables.Card, "id")
    assert did.of(tables.Effect)[waits,] == {"card_id": instead, "lane": outbox.lane_of(instead)}
    assert not {(done,), (parked,), (update,), (elsewhere,)} & did.of(tables.Effect).keys()
    assert sent.request_id == card.subject_id


# --- by hand, and looked up ---------------------------------------------------------------------------


def test_what_is_parked_or_dead_is_listed_and_can_be_retried(here):
    where = {"kind": NOTICE, "attempt": 7, "reads": 1, "marked_at": EPOCH, "over_at": EPOCH, "error": "x"}
    for state in (PARKED, DEAD, DEAD, WAITING, DONE, SUPERSEDED):
        put(here, lane="a", state=state, **where)
    stuck = here.read_sync(deliveries.stuck)
    assert [row.id for row in stuck] == [2, 3, 1]
    assert [row.id for row in here.read_sync(deliveries.stuck, limit=1)] == [2]
    fresh = {"state": WAITING, "due_at": outbox.AT_ONCE, "attempt": 0, "reads": 0, "marked_at": None}
    for number in (1, 2):
        did = changes(here, act, deliveries.retry, number, by=OPERATOR, now=NOW, watch=WATCHED)
        assert (did.answer, did.woke) == (True, True)
        assert did.of(tables.Effect) == {(number,): {**fresh, "over_at": None}}
        (event,) = did.of(tables.Event).values()
        assert {name: event[name] for name in ("kind", "subject_kind", "subject_id", "source", "at")} == {
            "kind": "outbox.retried",
            "subject_kind": "effect",
            "subject_id": str(number),
            "source": "COMMAND_LINE",
            "at": NOW,
        }
        assert (event["actor"], event["data"]) == (
            '{"kind":"operator"}',
            '{"effect":"POST_NOTICE","error":"x","subject":"77"}',
        )
    for number in (1, 4, 5, 6, 99):
        did = changes(here, act, deliveries.retry, number, by=OPERATOR, now=NOW, watch=WATCHED)
        assert (did.answer, did.woke, did.rows) == (False, False, {})


@pytest.mark.parametrize(
    ("kind", "state", "changed"),
    [
        (POST, CardState.FAILED, {"state": CardState.WAITING, "error": None}),
        (POST, CardState.POSTED, None),
        (UPDATE, CardState.FAILED, None),
    ],
)
def test_a_card_whose_post_is_retried_waits_for_it_again(here, kind, state, changed):
    put_card(here, state=state, error="is_archived", ts="1.1" if state == CardState.POSTED else None)
    put(here, kind=kind, state=DEAD)
    did = changes(here, act, deliveries.retry, 1, by=OPERATOR, now=NOW, watch=WATCHED)
    assert did.of(tables.Card) == ({("c1",): changed} if changed else {})


def test_a_post_whose_card_is_gone_can_be_retried(here):
    put(here, kind=POST, state=DEAD)
    assert changes(here, act, deliveries.retry, 1, by=OPERATOR, now=NOW, watch=WATCHED).answer is True


def test_a_card_to_somebody_who_left_slack_says_so(story, here, town):
    put_card(here, channel_id=None, user_id="UDANA")
    put_card(here, "c2", channel_id=None, user_id="UDOV")
    put_card(here, "c3")
    make.person(here, "9", team="TOTHER", user="UDOV", name="Dov", deactivated=True)

    def left(card_id):
        return bool(here.read_sync(deliveries.find_card, card_id).left_slack)

    assert [left(one) for one in ("c1", "c2", "c3")] == [False, False, False]
    story.set(tables.Person, {"id": town.dana.id}, deactivated=True)
    assert [left(one) for one in ("c1", "c2", "c3")] == [True, False, False]
    assert here.read_sync(deliveries.find_card, "nosuch") is None


def test_a_message_is_a_card_by_where_it_stands(here, town):
    put_card(here, ts="1.1", state=CardState.POSTED)

    def is_card(**other):
        where = {"team_id": "TBRAND", "channel_id": "CBRAND", "ts": "1.1", **other}
        return here.read_sync(deliveries.is_card, **where)

    assert is_card()
    assert not any((is_card(team_id="TOTHER"), is_card(channel_id="C9"), is_card(ts="1.2")))


def test_a_person_is_found_as_the_slack_user_they_are(here, town):
    assert here.read_sync(deliveries.find_user, town.dana.id) == ("TBRAND", "UDANA")
    assert here.read_sync(deliveries.find_user, "nobody") is None


def test_what_waits_for_a_time_that_the_clock_will_not_reach_for_long_is_drawn_near(here):
    far = REAL + timedelta(minutes=15)
    put(here, due_at=far)
    put(here, due_at=far + TICK)
    put(here, state=SENDING, lease_until=far)
    put(here, state=SENDING, lease_until=far + TICK, due_at=far + TICK)
    put(here, state=DEAD, due_at=far + TICK)
    did = changes(here, deliveries.draw_near_due, real=REAL, watch=WATCHED)
    assert (did.answer, did.woke) == (2, True)
    assert did.rows == {"effect": {(2,): {"due_at": REAL}, (4,): {"lease_until": REAL}}}
    did = changes(here, deliveries.draw_near_due, real=REAL, watch=WATCHED)
    assert (did.answer, did.woke, did.rows) == (0, False, {})
