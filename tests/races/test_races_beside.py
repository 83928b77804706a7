"""Which verbs run beside others on PostgreSQL, which must run alone, and which take turns with which.

A connection of the test's own stands for another verb that is in progress: it shares the gate, as what
runs in a pool does, and takes the locks that such a verb would have. What must run alone then waits for the
gate, what takes turns waits for a lock, and all else is answered meanwhile.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import make
import psycopg
import pytest
from make import ACCOUNT, AGENCY, BRAND, BRAND_TEAM, OTHER, PAGE, PIXEL
from racing import Do, do
from ring import approves, no
from story import Story

from bot.clock import PushedClock
from bot.domain.actors import Source
from bot.domain.assets import Kind
from bot.domain.denials import DenialReason
from bot.domain.kinds import RequestKind
from bot.domain.limits import MOST_OPEN_BETWEEN
from bot.domain.messages import Audience, EffectKind
from bot.domain.requests import Approve, NewRequest, RequestState, Term
from bot.services import delivery, requests
from bot.services.context import act, lock_of_pair
from bot.services.delivery import (
    Delivery,
    Done,
    Gone,
    NotFound,
    Obsolete,
    Outcome,
    Rejected,
    Retry,
    Unknown,
    Unverifiable,
    Withdrawn,
)
from bot.services.delivery.behind import RECOVERING, lost_at
from bot.services.requests import giving
from bot.services.results import Denied, Moved, Saved, Sent
from bot.store import outbox, tables
from bot.store.database import Database
from bot.store.drivers import postgresql
from bot.store.drivers.postgresql import _GATE
from bot.store.tables import CardState, EffectState
from bot.store.tx import Lock

pytestmark = pytest.mark.postgres

DAY = timedelta(days=1)
WAIT = 20
"""Seconds after which something is not going to happen."""

SPRING = "act_7001"
"""An ad account that no business owns."""

POST, UPDATE, NOTICE, HOME = (
    EffectKind.POST_CARD,
    EffectKind.UPDATE_CARD,
    EffectKind.POST_NOTICE,
    EffectKind.PUBLISH_HOME,
)
POSTED = Done(ts="1.1", channel_id="C9", shown=3)
OURS = True
"""What is answered to a worker that still holds what it marks or finishes."""
DANA = make.slack_user("UDANA")

_WAITING = b"""
    SELECT count(*) FROM pg_locks
    WHERE locktype = 'advisory' AND NOT granted AND objsubid = 1
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND ((classid::bigint << 32) | objid::bigint) = ANY(%s)
"""


# --- a store, what is in progress in it, and what waits for that --------------------------------------


class Place(Story):
    """The little town in a store that runs two verbs at a time."""

    def __init__(self, url: str, database: Database, clock: PushedClock) -> None:
        super().__init__(database, clock)
        self.town = make.town(database)
        self._watching = psycopg.connect(url, autocommit=True)
        self._url = url

    def close(self) -> None:
        self._watching.close()

    # --- running

    def begin(self, one: Do) -> Future[Any]:
        """Have a verb run, and return its answer to come."""
        return self.database.submit(one.verb, *one.args, **one.kwargs)

    @contextmanager
    def in_progress(self, *locks: Lock) -> Iterator[None]:
        """Have another verb be half done, which has these locks."""
        with psycopg.connect(self._url) as connection:
            connection.execute(b"SELECT pg_advisory_xact_lock_shared(%s)", [_GATE])
            for one in locks:
                take = b"pg_advisory_xact_lock_shared" if one.shared else b"pg_advisory_xact_lock"
                connection.execute(b"SELECT " + take + b"(%s::bigint)", [one.number])
            yield

    def waiting(self, *numbers: int) -> int:
        """Return how many wait for one of these locks just now."""
        row = self._watching.execute(_WAITING, [list(numbers)]).fetchone()
        assert row is not None
        return int(row[0])

    def is_held_up(self, answer: Future[Any], *numbers: int) -> bool:
        """Say whether a verb comes to wait for one of these locks before it is answered."""
        end = time.monotonic() + WAIT
        while time.monotonic() < end:
            if answer.done():
                return False
            if self.waiting(*numbers):
                return True
        raise AssertionError("it is not answered, and waits for none of these locks")

    # --- what there is to do

    def submitting(self, new: NewRequest, *, by: make.Someone | None = None) -> Do:
        actor = (by or self.town.ann).by(Source.FORM)
        return do(act, requests.submit, new, by=actor, now=self.clock.now())

    def requested(self, new: NewRequest | None = None, *, by: make.Someone | None = None) -> str:
        """Request something, by default the ad account. Return the request's id."""
        sent = self.begin(self.submitting(new or make.requesting(), by=by)).result(WAIT)
        assert isinstance(sent, Sent), sent
        return sent.request_id

    def approving(self, request_id: str, *, by: make.Someone | None = None, **how: Any) -> Do:
        one = approves(by or self.town.dana, request_id, now=self.clock.now())
        return do(one.verb, *one.args, **{**one.kwargs, "verdict": Approve(**how)})

    def declining(self, request_id: str, *, by: make.Someone | None = None) -> Do:
        return no(by or self.town.dana, request_id, now=self.clock.now())

    def given(self, new: NewRequest | None = None) -> str:
        """Request something and approve it. Return the request's id."""
        request_id = self.requested(new)
        assert isinstance(self.begin(self.approving(request_id)).result(WAIT), Moved)
        return request_id

    def state_of(self, request_id: str) -> str:
        (row,) = self.rows(tables.Request, id=request_id)
        return str(row.state)

    # --- what is to be sent

    def put_card(self, card_id: str = "c1", **values: Any) -> None:
        row = {
            "id": card_id,
            "subject_id": "77",
            "audience": Audience.APPROVERS,
            "team_id": BRAND_TEAM,
            "channel_id": "C9",
            "state": CardState.WAITING,
            "shown": 0,
            **dict.fromkeys(("user_id", "ts", "error")),
            **values,
        }
        make.write(self.database, make.insert_row, tables.Card, **row)

    def put(self, kind: EffectKind) -> None:
        """Put something to be sent, of the card `c1`."""
        row = {
            "key": str(kind),
            "kind": kind,
            "subject_id": self.town.dana.id if kind is EffectKind.CHECK_PERSON else "77",
            "card_id": "c1" if kind in {POST, UPDATE, NOTICE} else None,
            "version": 3,
            "about": "0",
            "lane": "card:c1",
            "team_id": BRAND_TEAM,
            "state": EffectState.WAITING,
            "put_at": self.clock.now(),
            "due_at": outbox.AT_ONCE,
            "attempt": 0,
            "reads": 0,
            **dict.fromkeys(("marked_at", "lease_until", "error", "over_at")),
        }
        make.write(self.database, make.insert_row, tables.Effect, **row)

    def claiming(self) -> Do:
        return do(act, delivery.claim, most=1, now=self.clock.now(), real=self.clock.real())

    def claimed(self, kind: EffectKind) -> Delivery:
        """Have something be on its way, marked as sent."""
        self.put(kind)
        (one,) = self.begin(self.claiming()).result(WAIT)
        assert isinstance(one, Delivery)
        assert self.begin(do(delivery.mark, one, real=self.clock.real())).result(WAIT)
        return one

    def finishing(self, kind: EffectKind, outcome: Outcome) -> Do:
        one = self.claimed(kind)
        how = {"now": self.clock.now(), "real": self.clock.real()}
        if isinstance(outcome, NotFound | Unverifiable):  # what was looked for was marked before
            one = replace(one, marked_at=self.clock.real())
        return do(act, delivery.finish, one, outcome, **how)


@pytest.fixture
def place(postgresql_url: str, clock: PushedClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """What waits for a lock too long goes to the writer, which on a busy machine would be while we look."""
    monkeypatch.setattr(postgresql, "_PATIENT", f"SET LOCAL lock_timeout = '{2 * WAIT}s'")
    with Database.open(postgresql_url, clock=clock, pool=2) as database:
        made = Place(postgresql_url, database, clock)
        yield made
        made.close()


Case = Callable[[Place], Do]
"""Builds what must be there before, and returns the verb to look at."""


def case(name: str, build: Case, expected: Any) -> Any:
    """A row of a table. `expected`: the answer, or its type."""
    return pytest.param(build, expected, id=name)


def check(answer: Any, expected: Any) -> None:
    assert isinstance(answer, expected) if isinstance(expected, type) else answer == expected, answer


# --- beside others, or alone --------------------------------------------------------------------------


def offered(*items: Any, **values: Any) -> NewRequest:
    """What the brand offers the agency: by default the pixel."""
    sides = {"requesting_id": BRAND, "deciding_id": AGENCY, "kind": RequestKind.INVITATION}
    return make.requesting(*(items or (make.item(Kind.PIXEL, PIXEL),)), **{**sides, **values})


def an_offer(place: Place) -> str:
    return place.requested(offered(), by=place.town.dana)


def approve_after_another(place: Place) -> Do:
    """The owner's time to its first review has begun with what it gave before."""
    place.set(tables.BusinessRow, {"id": BRAND}, reviewed_at=None)
    place.given(make.requesting(make.item(Kind.PAGE, PAGE)))
    return place.approving(place.requested())


def approve_the_first(place: Place) -> Do:
    place.set(tables.BusinessRow, {"id": BRAND}, reviewed_at=None)
    return place.approving(place.requested())


def the_second_approval(place: Place) -> Do:
    """The first of two leaves the request in review."""
    place.set(tables.BusinessRow, {"id": BRAND}, quorum=2)
    request_id = place.requested()
    first = place.begin(place.approving(request_id)).result(WAIT)
    assert first.state is RequestState.IN_REVIEW
    one = place.approving(request_id, by=place.town.dov)
    return do(one.verb, *one.args, **{**one.kwargs, "expected_version": first.version})


def approve_while_off_boarding(place: Place) -> Do:
    request_id = place.requested()
    with_contract(place, ends_at=place.clock.now() - DAY)
    return place.approving(request_id)


def approve_while_a_contract_runs(place: Place) -> Do:
    request_id = place.requested()
    with_contract(place, ends_at=place.clock.now() + DAY)
    return place.approving(request_id)


def with_contract(place: Place, *, ends_at: Any) -> None:
    row = {"business_id": BRAND, "other_id": AGENCY, "ends_at": ends_at, "days": 14}
    more = {"set_by": place.town.dana.id, "set_at": place.clock.now(), "due_at": None, "closed_at": None}
    make.write(place.database, make.insert_row, tables.Contract, **row, **more)


def claimed_account(place: Place) -> str:
    make.unowned(place.database, SPRING, place.town.dana)
    return place.requested(make.claiming(SPRING))


def extension(place: Place) -> str:
    request_id = place.given()
    grant = place.grant_of(request_id)
    sent = place.extend(place.town.ann, grant.id)
    assert isinstance(sent, Sent), sent
    return sent.request_id


def claim_an_account(place: Place) -> Do:
    make.unowned(place.database, SPRING, place.town.dana)
    return place.submitting(make.claiming(SPRING))


def record_what_was_found(place: Place) -> Do:
    found = make.found(place.database, now=place.clock.now(), tasks="ADVERTISE,ANALYZE")
    return place.submitting(offered(found=found), by=place.town.dana)


def offer_what_takes_two(place: Place) -> Do:
    place.set(tables.BusinessRow, {"id": BRAND}, quorum=2)
    return place.submitting(offered(), by=place.town.dana)


def claim_an_effect(place: Place) -> Do:
    place.put(NOTICE)
    return place.claiming()


def mark_an_effect(place: Place) -> Do:
    place.put(POST)
    (one,) = place.begin(place.claiming()).result(WAIT)
    return do(delivery.mark, one, real=place.clock.real())


def finish(kind: EffectKind, outcome: Outcome, **card: Any) -> Case:
    """The verb that says what came of a send, whose card is like this."""

    def build(place: Place) -> Do:
        place.put_card(**card)
        return place.finishing(kind, outcome)

    return build


def finish_beside(other: dict[str, Any]) -> Case:
    """The same of a post that reached Slack, where there is another card like this."""

    def build(place: Place) -> Do:
        place.put_card()
        place.put_card("c2", **other)
        return place.finishing(POST, POSTED)

    return build


STANDS = {"state": CardState.POSTED, "ts": "1.1"}
LOST = {"state": CardState.FAILED, "error": lost_at("7.7", why="is_archived")}

BESIDE = [
    case("submit", lambda p: p.submitting(make.requesting()), Sent),
    case("submit what is denied", lambda p: p.submitting(make.requesting(people=("9",))), Denied),
    case("submit an offer", lambda p: p.submitting(offered(), by=p.town.dana), Sent),
    case("approve, not as the first", approve_after_another, Moved),
    case("approve, as the second of two", the_second_approval, Moved),
    case("approve while a contract runs", approve_while_a_contract_runs, Moved),
    case("approve an offer", lambda p: p.approving(an_offer(p), by=p.town.ann), Moved),
    case("approve without the right", lambda p: p.approving(p.requested(), by=p.town.emil), Denied),
    case("decline", lambda p: p.declining(p.requested()), Moved),
    case("decide on nothing", lambda p: p.declining("404404"), Denied),
    case("claim", claim_an_effect, tuple),
    case("mark", mark_an_effect, OURS),
    *(
        case(f"finish {kind}, {type(outcome).__name__}", finish(kind, outcome, **card), OURS)
        for kind, card in ((POST, {}), (UPDATE, STANDS), (NOTICE, STANDS), (HOME, STANDS))
        for outcome in (POSTED if kind is POST else Done(shown=3), Retry(seconds=1, why="limited"))
    ),
    *(
        case(f"finish a post, {name}", finish_beside(other), OURS)
        for name, other in {
            "another message was adopted": {**STANDS, "ts": "1.2"},
            "a card of another channel was lost": {**LOST, "channel_id": "C8"},
        }.items()
    ),
]


ALONE = [
    case("submit as an employee", lambda p: p.submitting(make.requesting(), by=p.town.eva), Saved),
    case("submit what takes two to send", offer_what_takes_two, Saved),
    case("submit a claim", claim_an_account, Sent),
    case(
        "submit what is given directly", lambda p: p.submitting(offered(direct=True), by=p.town.dana), Moved
    ),
    case("submit what was found", record_what_was_found, Moved),
    case("approve, as the first", approve_the_first, Moved),
    case("approve while off-boarding", approve_while_off_boarding, Moved),
    case("approve a claim", lambda p: p.approving(claimed_account(p)), Moved),
    case("decline a claim", lambda p: p.declining(claimed_account(p)), Moved),
    case("approve an extension", lambda p: p.approving(extension(p)), Moved),
    case("decline an extension", lambda p: p.declining(extension(p)), Moved),
    *(
        case(f"finish a post, {type(outcome).__name__}", finish(POST, outcome), OURS)
        for outcome in (
            Rejected(why="invalid_blocks"),
            Gone(why="message_not_found"),
            Obsolete(why="over"),
            Withdrawn(why="may_not_read"),
            Unknown(why="timeout"),
            NotFound(),
            Unverifiable(why="no scope"),
        )
    ),
    *(
        case(f"finish {kind}, Retry", finish(kind, Retry(seconds=1, why="limited")), OURS)
        for kind in sorted({*EffectKind} - {POST, UPDATE, NOTICE, HOME})
    ),
    case("finish with what Slack says", finish(EffectKind.CHECK_PERSON, Done(user=DANA)), OURS),
    case("finish what was sent to a webhook", finish(EffectKind.SEND_EVENTS, Done()), OURS),
    case("finish a post that was adopted", finish_beside(STANDS), OURS),
    case("finish a post where a card was lost", finish_beside(LOST), OURS),
    case(
        "finish of a card that recovers",
        finish(UPDATE, Done(shown=3), **STANDS, error=RECOVERING),
        OURS,
    ),
]


@pytest.mark.parametrize(("build", "expected"), BESIDE)
def test_a_verb_of_one_pair_or_of_one_message_is_answered_while_another_is_half_done(
    place: Place, build: Case, expected: Any
) -> None:
    one = build(place)
    with place.in_progress():
        answer = place.begin(one)
        assert not place.is_held_up(answer, _GATE), "it is run alone"
        check(answer.result(0), expected)
    assert place.database.verify().sound


@pytest.mark.parametrize(("build", "expected"), ALONE)
def test_a_verb_of_which_others_are_concerned_waits_until_nothing_is_half_done(
    place: Place, build: Case, expected: Any
) -> None:
    one = build(place)
    with place.in_progress():
        answer = place.begin(one)
        assert place.is_held_up(answer, _GATE), "it is run beside others"
        assert not answer.done()
    check(answer.result(WAIT), expected)
    assert place.database.verify().sound


# --- taking turns -------------------------------------------------------------------------------------

PAIR = lock_of_pair(AGENCY, BRAND)
SHARED = lock_of_pair(AGENCY, BRAND, shared=True)
OTHER_PAIR = lock_of_pair(OTHER, BRAND)

Locks = Callable[[Place, str], Lock]
"""The lock that is taken, given the id of the request that is decided on."""


def held(asset_id: str, holder_id: str = AGENCY) -> Lock:
    """The lock of what a business has of an asset."""
    return Lock("held", (asset_id, holder_id))


def of_the_request(_: Place, request_id: str) -> Lock:
    return Lock("request", (request_id,))


def of_another_request(place: Place, _: str) -> Lock:
    return Lock("request", (place.requested(make.requesting(make.item(Kind.PAGE, PAGE))),))


def always(lock: Lock) -> Locks:
    return lambda _place, _request_id: lock


def turn(name: str, verb: str, lock: Lock | Locks, *, waits: bool) -> Any:
    locks = always(lock) if isinstance(lock, Lock) else lock
    return pytest.param(verb, locks, waits, id=f"{verb}: {name}")


def decision(place: Place, request_id: str, verb: str) -> Do:
    match verb:
        case "approve":
            return place.approving(request_id)
        case "approve in part":
            return place.approving(request_id, given={1: frozenset()})
        case _:
            return place.declining(request_id)


@pytest.mark.parametrize(
    ("verb", "locks", "waits"),
    [
        *(
            row
            for verb in ("approve", "decline")
            for row in (
                turn("its request", verb, of_the_request, waits=True),
                turn("another request", verb, of_another_request, waits=False),
                turn("the pair", verb, PAIR, waits=True),
                turn("the pair, shared", verb, SHARED, waits=False),
                turn("another pair", verb, OTHER_PAIR, waits=False),
            )
        ),
        turn("what is held of its first asset", "approve", held(ACCOUNT), waits=True),
        turn("what is held of its last asset", "approve", held(PIXEL), waits=True),
        turn("what is held of another asset", "approve", held(PAGE), waits=False),
        turn("what another holds of its asset", "approve", held(ACCOUNT, OTHER), waits=False),
        turn("what is held of what it gives", "approve in part", held(ACCOUNT), waits=True),
        turn("what is held of what it does not give", "approve in part", held(PIXEL), waits=False),
        turn("what is held of its asset", "decline", held(ACCOUNT), waits=False),
    ],
)
def test_a_decision_waits_for_what_changes_its_request_what_it_gives_or_what_is_asked_in_its_pair(
    place: Place, verb: str, locks: Locks, *, waits: bool
) -> None:
    two = make.item(Kind.AD_ACCOUNT, ACCOUNT, level="General user"), make.item(Kind.PIXEL, PIXEL)
    request_id = place.requested(make.requesting(*two))
    lock = locks(place, request_id)
    with place.in_progress(lock):
        answer = place.begin(decision(place, request_id, verb))
        assert place.is_held_up(answer, lock.number, _GATE) == waits
        assert place.waiting(_GATE) == 0
        assert answer.done() != waits
    moved = answer.result(WAIT)
    assert moved.state is (RequestState.DECLINED if verb == "decline" else RequestState.APPROVED)
    assert place.database.verify().sound


@pytest.mark.parametrize(("asset_id", "waits"), [(PIXEL, True), (ACCOUNT, False)])
def test_an_approval_waits_for_what_is_held_of_the_asset_that_the_approver_chose(
    place: Place, asset_id: str, *, waits: bool
) -> None:
    request_id = place.requested(make.requesting(make.item(Kind.PIXEL, words="the pixel of the shop")))
    with place.in_progress(held(asset_id)):
        answer = place.begin(place.approving(request_id, bound={0: PIXEL}))
        assert place.is_held_up(answer, held(asset_id).number, _GATE) == waits
    assert answer.result(WAIT).state is RequestState.APPROVED


def test_the_approval_of_an_offer_waits_for_what_the_one_who_accepts_holds(place: Place) -> None:
    request_id = an_offer(place)
    with place.in_progress(held(PIXEL, BRAND)):
        answer = place.begin(place.approving(request_id, by=place.town.ann))
        assert not place.is_held_up(answer, held(PIXEL, BRAND).number, _GATE)
    assert answer.result(WAIT).state is RequestState.APPROVED
    request_id = place.requested(offered(make.item(Kind.PAGE, PAGE)), by=place.town.dana)
    with place.in_progress(held(PAGE)):
        answer = place.begin(place.approving(request_id, by=place.town.ann))
        assert place.is_held_up(answer, held(PAGE).number)
    assert answer.result(WAIT).state is RequestState.APPROVED


@pytest.mark.parametrize(
    ("lock", "waits"),
    [
        pytest.param(PAIR, True, id="its pair"),
        pytest.param(SHARED, True, id="its pair, shared"),
        pytest.param(lock_of_pair(BRAND, AGENCY), True, id="its pair, the other way round"),
        pytest.param(OTHER_PAIR, False, id="another pair of the owner"),
        pytest.param(lock_of_pair(AGENCY, OTHER), False, id="another pair of the requester"),
        pytest.param(held(ACCOUNT), False, id="what is held"),
    ],
)
@pytest.mark.parametrize("is_offer", [False, True], ids=["asked", "offered"])
def test_who_asks_waits_for_all_that_is_done_in_the_pair_whoever_asks_whom(
    place: Place, lock: Lock, *, waits: bool, is_offer: bool
) -> None:
    one = place.submitting(offered(), by=place.town.dana) if is_offer else place.submitting(make.requesting())
    with place.in_progress(lock):
        answer = place.begin(one)
        assert place.is_held_up(answer, lock.number, _GATE) == waits
        assert place.waiting(_GATE) == 0
        assert answer.done() != waits
    assert isinstance(answer.result(WAIT), Sent)


def test_the_order_in_which_two_businesses_are_named_does_not_matter() -> None:
    assert lock_of_pair(AGENCY, BRAND) == lock_of_pair(BRAND, AGENCY)
    assert PAIR.number == SHARED.number
    assert len({PAIR.number, OTHER_PAIR.number, lock_of_pair(AGENCY, OTHER).number}) == 3


# --- what comes of it ---------------------------------------------------------------------------------


def test_two_approvals_of_one_pair_about_different_assets_are_in_progress_at_the_same_time(
    place: Place,
) -> None:
    first = place.requested()
    second = place.requested(make.requesting(make.item(Kind.PAGE, PAGE)))
    with place.in_progress(held(ACCOUNT)):
        half_done = place.begin(place.approving(first))
        assert place.is_held_up(half_done, held(ACCOUNT).number)
        meanwhile = place.begin(place.approving(second, by=place.town.dov))
        assert meanwhile.result(WAIT).state is RequestState.APPROVED
        assert not half_done.done()
        assert place.waiting(held(ACCOUNT).number) == 1, "it is still half done"
    assert half_done.result(WAIT).state is RequestState.APPROVED
    assert place.database.verify().sound
    assert [place.state_of(one) for one in (first, second)] == ["APPROVED", "APPROVED"]
    assert sorted(row.asset_id for row in place.rows(tables.Grant)) == sorted([PAGE, ACCOUNT])


def test_of_two_decisions_on_one_request_the_second_hears_what_became_of_it(place: Place) -> None:
    request_id = place.requested()
    lock = Lock("request", (request_id,))
    with place.in_progress():
        with place.in_progress(lock):
            answers = [
                place.begin(place.approving(request_id)),
                place.begin(place.declining(request_id, by=place.town.dov)),
            ]
            all_wait(place, answers, lock)
        assert not any(place.is_held_up(one, _GATE) for one in answers), "it acts on what it read before"
    (moved,), (denied,) = by_type([one.result(WAIT) for one in answers], Moved, Denied)
    assert (denied.reason, denied.state) == (DenialReason.ALREADY_OVER, moved.state)
    assert place.state_of(request_id) == moved.state
    assert len(place.rows(tables.Decision)) == 1
    assert place.database.verify().sound


def test_of_two_approvals_that_give_the_same_asset_the_second_is_denied_for_the_first(place: Place) -> None:
    """Each fits what was described in words to the same pixel."""
    found = [
        place.requested(make.requesting(make.item(Kind.PIXEL, words=words)))
        for words in ("the pixel", "the pixel of the shop")
    ]
    with place.in_progress(held(PIXEL)):
        answers = [place.begin(place.approving(one, bound={0: PIXEL})) for one in found]
        all_wait(place, answers, held(PIXEL))
    (_,), (denied,) = by_type([one.result(WAIT) for one in answers], Moved, Denied)
    assert denied.reason is DenialReason.HELD_BESIDES
    assert [row.asset_id for row in place.rows(tables.Grant)] == [PIXEL]
    assert place.database.verify().sound


def test_two_who_ask_at_once_do_not_pass_the_limit_of_what_may_wait(place: Place) -> None:
    def asked(number: int, *, days_ago: int = 0) -> Do:
        new = make.requesting(make.item(Kind.PIXEL, words=f"the pixel {number}"), term=Term.for_days(30))
        by, now = place.town.ann.by(Source.FORM), place.clock.now() - days_ago * DAY
        return do(act, requests.submit, new, by=by, now=now)

    before = [asked(number, days_ago=2 + number % 2) for number in range(MOST_OPEN_BETWEEN - 1)]
    assert {type(place.begin(one).result(WAIT)) for one in before} == {Sent}
    with place.in_progress(PAIR):
        answers = [place.begin(asked(number)) for number in (98, 99)]
        all_wait(place, answers, PAIR)
    (_,), (denied,) = by_type([one.result(WAIT) for one in answers], Sent, Denied)
    assert denied.reason is DenialReason.TOO_MANY_OPEN
    assert len(place.rows(tables.Request, state=RequestState.PENDING)) == MOST_OPEN_BETWEEN
    assert place.database.verify().sound


def all_wait(place: Place, answers: Sequence[Future[Any]], lock: Lock) -> None:
    """Return once all of them wait for a lock."""
    end = time.monotonic() + WAIT
    while place.waiting(lock.number) < len(answers):
        assert not any(one.done() for one in answers), "it did not wait"
        assert time.monotonic() < end, "not all of them wait"


def by_type(answers: Sequence[Any], *types: type[Any]) -> list[list[Any]]:
    found = [[one for one in answers if isinstance(one, kind)] for kind in types]
    assert sum(map(len, found)) == len(answers), answers
    return found


# --- what the outbox sends of what is half done -------------------------------------------------------


@pytest.fixture
def half_way(monkeypatch: pytest.MonkeyPatch) -> tuple[threading.Event, threading.Event]:
    """Have the first approval stop before its commit: one event says that it does, the other ends that."""
    stopped, go_on = threading.Event(), threading.Event()
    cut = giving.cut_what_is_new

    def stop(*args: Any) -> None:
        if not stopped.is_set():
            stopped.set()
            assert go_on.wait(WAIT)
        cut(*args)

    monkeypatch.setattr(giving, "cut_what_is_new", stop)
    return stopped, go_on


def homes_claimed(place: Place) -> list[Delivery]:
    """Claim all there is, and return what publishes Dana's home; all else is done at once."""
    how = {"now": place.clock.now(), "real": place.clock.real()}
    homes = []
    for one in place.begin(do(act, delivery.claim, most=100, **how)).result(WAIT):
        if (one.kind, one.subject_id) == (HOME, place.town.dana.user):
            homes.append(one)
        else:
            place.begin(do(act, delivery.finish, one, Done(ts=f"{one.id}.1", channel_id="C1"), **how)).result(
                WAIT
            )
    return homes


def test_a_home_that_was_to_be_published_anyway_waits_for_a_change_that_is_half_done(
    place: Place, half_way: tuple[threading.Event, threading.Event]
) -> None:
    stopped, go_on = half_way
    place.open_home(place.town.dana)
    approval = place.begin(place.approving(place.requested()))
    assert stopped.wait(WAIT)
    assert homes_claimed(place) == [], "it would show what was before, and nothing follows it"
    go_on.set()
    assert approval.result(WAIT).state is RequestState.APPROVED
    assert len(homes_claimed(place)) == 1


def test_two_of_one_lane_are_not_sent_at_the_same_time(
    place: Place, half_way: tuple[threading.Event, threading.Event]
) -> None:
    stopped, go_on = half_way
    first, second = place.requested(), place.requested(make.requesting(make.item(Kind.PAGE, PAGE)))
    place.open_home(place.town.dana)
    for home in homes_claimed(place):
        how = {"now": place.clock.now(), "real": place.clock.real()}
        place.begin(do(act, delivery.finish, home, Done(), **how)).result(WAIT)
    approval = place.begin(place.approving(first))
    assert stopped.wait(WAIT)
    place.begin(place.approving(second)).result(WAIT)
    assert len(homes_claimed(place)) == 1  # with the first of them half done, so it does not show that one
    go_on.set()
    approval.result(WAIT)
    assert homes_claimed(place) == [], "the one with the lower number is sent beside it"
