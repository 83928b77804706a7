"""What an operator sees of what could not be sent, sends again or leaves."""

from __future__ import annotations

import make
import pytest
from make import AGENCY, EPOCH
from sending import NOW, WATCHED, put, put_card
from store_changes import changes

from bot.domain.actors import OPERATOR
from bot.domain.messages import EffectKind
from bot.domain.requests import Approve
from bot.services import delivery as deliveries
from bot.services.context import act
from bot.store import outbox, tables
from bot.store.tables import CardState, EffectState

WAITING, _, DONE, SUPERSEDED, PARKED, DEAD = EffectState
POST, UPDATE, NOTICE, *_ = EffectKind
FAILED = CardState.FAILED


@pytest.fixture
def database(here):
    return here


def retry(here, number):
    return changes(here, act, deliveries.retry, number, by=OPERATOR, now=NOW, watch=WATCHED)


def test_what_is_parked_or_dead_is_listed_and_can_be_retried(here):
    where = {"kind": NOTICE, "attempt": 7, "reads": 1, "marked_at": EPOCH, "over_at": EPOCH, "error": "x"}
    for state in (PARKED, DEAD, DEAD, WAITING, DONE, SUPERSEDED):
        put(here, lane="a", state=state, **where)
    for page, stuck in (({}, [1, 2, 3]), ({"limit": 1}, [1]), ({"after": 1}, [2, 3])):
        assert [row.id for row in here.read_sync(deliveries.stuck, **page)] == stuck
    fresh = {"state": WAITING, "due_at": outbox.AT_ONCE, "attempt": 0, "reads": 0, "marked_at": None}
    says = ("kind", "subject_kind", "subject_id", "source", "at", "actor", "data")
    data = '{"effect":"POST_NOTICE","error":"x","subject":"77"}'
    for number in (1, 2):
        did = retry(here, number)
        assert (did.answer, did.woke) == (True, True)
        assert did.of(tables.Effect) == {(number,): {**fresh, "over_at": None}}
        event = ("outbox.retried", "effect", str(number), "COMMAND_LINE", NOW, '{"kind":"operator"}', data)
        assert did.put(tables.Event, *says) == [event]
    for number in (1, 4, 5, 6, 99):
        did = retry(here, number)
        assert (did.answer, did.woke, did.rows) == (False, False, {})


def test_what_was_tried_ten_times_and_waits_is_listed_page_by_page(here):
    for state, attempt in ((WAITING, 10), (WAITING, 9), (WAITING, 11), (DEAD, 11), (DONE, 11)):
        put(here, lane="a", state=state, attempt=attempt, over_at=None if state is WAITING else EPOCH)
    for page, retried in (({}, [1, 3]), ({"limit": 1}, [1]), ({"after": 1}, [3])):
        assert [row.id for row in here.read_sync(deliveries.retried, **page)] == retried


def test_what_is_listed_names_the_request_that_it_is_of_and_where_its_card_goes(story, here, town):
    sent = story.submit(town.ann)
    story.decide(town.dana, sent.request_id, Approve())
    grant_id = story.grant_of(sent.request_id).id
    (card,), (own,) = (story.rows(tables.Card, audience=who) for who in ("APPROVERS", "REQUESTER"))
    for effect in story.rows(tables.Effect):
        story.set(tables.Effect, {"id": effect.id}, state=DONE, over_at=EPOCH)
    about = (
        {"subject_id": sent.request_id, "card_id": card.id},
        {"subject_id": sent.request_id, "card_id": own.id},
        {"subject_id": grant_id, "card_id": None},
        {"subject_id": "T1", "card_id": None},
    )
    for values in about:
        put(here, state=DEAD, over_at=EPOCH, error="x", **values)
    listed = [(row.ref, row.channel_id, row.user_id) for row in here.read_sync(deliveries.stuck)]
    places = ("CBRAND", None), (None, town.ann.user), (None, None)
    assert listed == [*((sent.ref, *place) for place in places), (None, None, None)]


def test_what_is_parked_or_dead_can_be_left_and_is_listed_no_more(here):
    for state in (PARKED, DEAD, WAITING, DONE, SUPERSEDED):
        put(here, lane="a", state=state, error="x", over_at=EPOCH)
    for number in (1, 2):
        did = changes(here, act, deliveries.leave, number, by=OPERATOR, now=NOW, watch=WATCHED)
        assert did.answer
        assert did.of(tables.Effect) == {(number,): {"state": SUPERSEDED, "over_at": NOW}}
        assert did.put(tables.Event, "kind", "subject_id") == [("outbox.left", str(number))]
    assert here.read_sync(deliveries.stuck) == []
    for number in (1, 3, 4, 5, 99):
        did = changes(here, act, deliveries.leave, number, by=OPERATOR, now=NOW, watch=WATCHED)
        assert (did.answer, did.rows) == (False, {})


@pytest.mark.parametrize(
    ("kind", "state", "changed"),
    [
        (POST, FAILED, {"state": CardState.WAITING, "error": None}),
        (POST, CardState.POSTED, None),
        (UPDATE, FAILED, None),
        (POST, None, None),
    ],
)
def test_a_card_whose_post_is_retried_waits_for_it_again(here, kind, state, changed):
    if state is not None:
        put_card(here, state=state, error="is_archived", ts="1.1" if state == CardState.POSTED else None)
    put(here, kind=kind, state=DEAD)
    did = retry(here, 1)
    assert (did.answer, did.of(tables.Card)) == (True, {("c1",): changed} if changed else {})


def test_what_was_given_up_at_meta_is_wanted_again_once_it_is_retried(story, here, town):
    make.failed_person(here, town.eva.id, of=AGENCY, asset_id=make.PAGE)
    (failed,) = story.rows(tables.Enforcement)
    retry(here, put(here, kind=EffectKind.META_ENFORCE, subject_id=failed.id, card_id=None, state=DEAD))
    assert [(one.state, one.obstacle) for one in story.rows(tables.Enforcement)] == [("PENDING", None)]
