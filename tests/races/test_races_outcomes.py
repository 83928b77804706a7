"""Two replicas act on the same thing at one instant: one of them does it, and the other hears the truth."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import make
import pytest
from make import AGENCY, BRAND
from racing import do
from ring import A_GLANCE, DAY, MINUTE, Record, Ring, approves, chunks, no, settle

from bot.domain.actors import Source
from bot.domain.assets import Kind
from bot.domain.denials import DenialReason
from bot.domain.inbox import InboxKind
from bot.domain.kinds import RequestKind
from bot.domain.limits import MOST_ASKED_A_DAY, MOST_DRAFTS
from bot.domain.requests import Term
from bot.services import grants, requests
from bot.services.context import act
from bot.services.results import Denied, Ended, Moved, Sent, Undone, kept
from bot.store.database import InboxKey, Repeated

pytestmark = pytest.mark.covers("I19")

SECOND = timedelta(seconds=1)
MONTH = Term.for_days(30)


@pytest.fixture(params=[8, pytest.param(1000, marks=pytest.mark.long)])
def rounds(request: pytest.FixtureRequest) -> int:
    return int(request.param)


# --- one request ------------------------------------------------------------------------------------


@pytest.mark.covers("F22", "I2", "R10")
@pytest.mark.parametrize("rounds", [12, pytest.param(1000, marks=pytest.mark.long)])
@pytest.mark.parametrize("kind", [RequestKind.ACCESS, RequestKind.INVITATION, RequestKind.ON_BEHALF])
def test_of_an_approval_and_a_decline_at_one_instant_one_counts_and_the_other_is_told(
    ring: Ring, rounds: int, kind: RequestKind
) -> None:
    winners: Counter[int] = Counter()
    is_offered = kind is RequestKind.INVITATION
    one, other = (ring.town.ann, ring.town.abe) if is_offered else (ring.town.dana, ring.town.dov)
    for many in chunks(ring, rounds):
        requested = ring.submit_many(many, kind=kind)
        answers = ring.both.duels(
            [(approves(one, id_, now=at), no(other, id_, now=at + SECOND)) for id_, at in requested]
        )
        record = ring.record()
        for (id_, _), pair in zip(requested, answers, strict=True):
            winner = record.one_outcome(id_, pair)
            winners[winner] += 1
            assert record.requests[id_].state == ("APPROVED", "DECLINED")[winner]
            assert [decision.approves for decision in record.decisions[id_]] == [winner == 0]
    settle(ring, rounds, winners)


@pytest.mark.covers("I2")
def test_of_two_approvals_where_one_is_enough_one_gives_access_once(ring: Ring, rounds: int) -> None:
    winners: Counter[int] = Counter()
    for many in chunks(ring, rounds):
        requested = ring.submit_many(many)
        answers = ring.both.duels(
            [
                (approves(ring.town.dana, id_, now=at), approves(ring.town.dov, id_, now=at))
                for id_, at in requested
            ]
        )
        record = ring.record()
        for (id_, _), pair in zip(requested, answers, strict=True):
            winners[record.one_outcome(id_, pair)] += 1
            assert len(record.decisions[id_]) == 1
    settle(ring, rounds, winners)


@pytest.mark.covers("I2", "I20")
def test_of_two_approvals_where_two_are_needed_each_counts_once_however_they_come(
    ring: Ring, rounds: int
) -> None:
    dana, dov = ring.town.dana, ring.town.dov
    winners: Counter[int] = Counter()
    for many in chunks(ring, rounds):
        requested = ring.submit_many(many, level="Admin")
        first = ring.both.duels(
            [(approves(dana, id_, now=at), approves(dov, id_, now=at)) for id_, at in requested]
        )
        for pair in first:
            assert [(answer.state, answer.approvals) for answer in pair if isinstance(answer, Moved)] == [
                ("IN_REVIEW", 1)
            ]
            (late,) = (answer for answer in pair if isinstance(answer, Denied))
            assert late.reason is DenialReason.CHANGED
        # Both have looked again, and press again: one of them has approved already.
        second = ring.both.duels(
            [
                (
                    approves(dana, id_, now=at, expected_version=2),
                    approves(dov, id_, now=at, expected_version=2),
                )
                for id_, at in requested
            ]
        )
        record = ring.record()
        for (id_, _), before, pair in zip(requested, first, second, strict=True):
            row = record.requests[id_]
            voted = isinstance(before[1], Moved)
            assert isinstance(pair[not voted], Moved), pair
            assert (row.state, row.approvals, row.version) == ("APPROVED", 2, 3)
            assert record.versions(id_) == [1, 2, 3]
            assert len(record.grants[id_]) == 1
            assert {decision.person_id for decision in record.decisions[id_]} == {dana.id, dov.id}
            denied = pair[voted]
            assert denied.reason in {DenialReason.APPROVED_ALREADY, DenialReason.ALREADY_OVER}
            if denied.reason is DenialReason.ALREADY_OVER:
                record.is_true(denied)
            winners[voted] += 1
    settle(ring, rounds, winners)


@pytest.mark.covers("I2", "I4")
def test_what_is_approved_and_taken_back_at_one_instant_is_one_of_the_two(ring: Ring, rounds: int) -> None:
    winners: Counter[int] = Counter()
    for many in chunks(ring, rounds):
        requested = ring.submit_many(many)
        answers = ring.both.duels(
            [
                (
                    approves(ring.town.dana, id_, now=at),
                    do(act, requests.cancel, id_, by=ring.town.abe.by(), now=at + SECOND),
                )
                for id_, at in requested
            ]
        )
        record = ring.record()
        for (id_, _), pair in zip(requested, answers, strict=True):
            winners[record.one_outcome(id_, pair)] += 1
    settle(ring, rounds, winners)


@pytest.mark.covers("I4", "I5")
def test_an_approval_in_the_last_moment_and_the_expiry_make_one_outcome(ring: Ring, rounds: int) -> None:
    winners: Counter[int] = Counter()
    for many in chunks(ring, rounds):
        requested = ring.submit_many(many)
        ends = [(id_, ring.record().requests[id_].expires_at) for id_, _ in requested[:1]]
        ends += [(id_, ends[0][1] + n * MINUTE) for n, (id_, _) in enumerate(requested) if n]
        answers = ring.both.duels(
            [
                (approves(ring.town.dana, id_, now=end - A_GLANCE), do(act, requests.expire_due, now=end))
                for id_, end in ends
            ]
        )
        record = ring.record()
        for (id_, end), pair in zip(ends, answers, strict=True):
            assert record.requests[id_].expires_at == end
            winner = record.one_outcome(id_, pair)
            assert pair[1] == winner, "the sweep took it, and then it was the clock, or it did not"
            winners[winner] += 1
    settle(ring, rounds, winners)


@pytest.mark.covers("F23", "I18")
def test_one_envelope_brought_to_two_replicas_has_one_effect(ring: Ring, rounds: int) -> None:
    winners: Counter[int] = Counter()
    for many in chunks(ring, rounds):
        requested = ring.submit_many(many)
        keys = [InboxKey(InboxKind.ENVELOPE, f"envelope-{id_}") for id_, _ in requested]
        clicks = [
            approves(ring.town.dana, id_, now=at, inbox=key)
            for (id_, at), key in zip(requested, keys, strict=True)
        ]
        answers = ring.both.duels([(click, click) for click in clicks])
        record = ring.record()
        for (id_, _), pair in zip(requested, answers, strict=True):
            winner = record.one_outcome(id_, [one for one in pair if not isinstance(one, Repeated)])
            assert winner == 0, "one of them did it"
            (answer,) = [one for one in pair if not isinstance(one, Repeated)]
            assert Repeated(kept(answer)) in pair
            winners[isinstance(pair[0], Repeated)] += 1
    settle(ring, rounds, winners)


# --- one undo, one end ------------------------------------------------------------------------------


@pytest.mark.covers("I14")
def test_access_that_is_undone_when_its_end_comes_ends_once(ring: Ring, rounds: int) -> None:
    winners: Counter[int] = Counter()
    for many in chunks(ring, rounds):
        while sum(ring.at_once([do(act, grants.end_due, now=ring.now + DAY)])):
            pass  # what other tests gave has ended, and the sweep below finds only what this one gave
        given = ring.approved(many, minutes=5)
        answers = ring.both.duels(
            [
                (
                    do(act, requests.undo, id_, by=ring.town.dov.by(), now=at + 5 * MINUTE),
                    do(act, grants.end_due, now=at + 5 * MINUTE),
                )
                for id_, at in given
            ]
        )
        record = ring.record()
        for (id_, _), (undone, swept) in zip(given, answers, strict=True):
            if swept:  # nothing is left to undo
                assert (type(undone), undone.reason) == (Denied, DenialReason.UNDO_OVER)
            else:
                assert isinstance(undone, Undone), undone
            grant = _ended_once(record, id_)
            assert (grant.end_reason, swept) in {("UNDONE", 0), ("REACHED", 1)}
            assert record.names[grant.ended_by] == (None if swept else "Dov")
            winners[swept] += 1
    settle(ring, rounds, winners)


@pytest.mark.covers("I7")
def test_of_two_who_undo_one_is_told_that_the_other_did(ring: Ring, rounds: int) -> None:
    winners: Counter[int] = Counter()
    for many in chunks(ring, rounds):
        given = ring.approved(many)
        answers = ring.both.duels(
            [
                (
                    do(act, requests.undo, id_, by=ring.town.dana.by(), now=at + MINUTE),
                    do(act, requests.undo, id_, by=ring.town.dov.by(), now=at + MINUTE + SECOND),
                )
                for id_, at in given
            ]
        )
        record = ring.record()
        for (id_, _), pair in zip(given, answers, strict=True):
            (winner,) = (n for n, answer in enumerate(pair) if isinstance(answer, Undone))
            late, row = pair[1 - winner], record.requests[id_]
            assert late.reason is DenialReason.UNDO_OVER
            assert (late.by, late.at) == (record.names[row.undone_by], row.undone_at)
            assert record.kinds[id_].count("request.undone") == 1
            assert _ended_once(record, id_).end_reason == "UNDONE"
            winners[winner] += 1
    settle(ring, rounds, winners)


@pytest.mark.covers("I7")
def test_access_that_is_revoked_and_given_back_at_one_instant_ends_once(ring: Ring, rounds: int) -> None:
    winners: Counter[int] = Counter()
    for many in chunks(ring, rounds):
        given = ring.approved(many)
        ids = ring.grants_of([id_ for id_, _ in given])
        answers = ring.both.duels(
            [
                (
                    do(act, grants.revoke, [grant], business_id=BRAND, by=ring.town.dana.by(), now=at),
                    do(
                        act,
                        grants.relinquish,
                        [grant],
                        business_id=AGENCY,
                        by=ring.town.ann.by(),
                        now=at + SECOND,
                    ),
                )
                for grant, (_, at) in zip(ids, given, strict=True)
            ]
        )
        record = ring.record()
        for (id_, _), pair in zip(given, answers, strict=True):
            (winner,) = (n for n, answer in enumerate(pair) if isinstance(answer, Ended))
            late, grant = pair[1 - winner], _ended_once(record, id_)
            assert grant.end_reason == ("REVOKED", "RELINQUISHED")[winner]
            assert late.reason is DenialReason.GRANT_OVER
            assert (late.about.id, late.by, late.at) == (
                grant.id,
                record.names[grant.ended_by],
                grant.ended_at,
            )
            winners[winner] += 1
    settle(ring, rounds, winners)


def _ended_once(record: Record, request_id: str):
    (grant,) = record.grants[request_id]
    assert grant.state == "ENDED"
    assert [kind for kind in record.kinds[grant.id] if kind != "denied"] == [
        "grant.active",
        "grant.ending",
        "grant.ended",
    ]
    assert record.versions(grant.id) == [2, 3, 4]
    return grant


# --- one request ------------------------------------------------------------------------------------


@pytest.mark.covers("T35", "R5")
def test_two_asks_for_the_same_at_one_instant_are_one_request(ring: Ring, rounds: int) -> None:
    winners: Counter[int] = Counter()
    for many in chunks(ring, rounds):
        asks = [make.requesting(make.item(Kind.AD_ACCOUNT, account)) for account in ring.accounts(many)]
        pair = (ring.town.ann, ring.town.abe)
        answers = ring.both.duels(
            [
                tuple(
                    do(act, requests.submit, requested, by=who.by(Source.FORM), now=ring.now) for who in pair
                )
                for requested in asks
            ]
        )
        winners += _one_is_sent(answers)
        assert ring.decline_open() == many
    settle(ring, rounds, winners)


@pytest.mark.covers("T35")
def test_two_who_ask_for_more_time_at_one_instant_make_one_request(ring: Ring, rounds: int) -> None:
    winners: Counter[int] = Counter()
    for many in chunks(ring, rounds, most=MOST_ASKED_A_DAY // 2):  # each asset is asked for twice
        ids = ring.grants_of([id_ for id_, _ in ring.approved(many)])
        pair = (ring.town.ann, ring.town.abe)
        answers = ring.both.duels(
            [
                tuple(
                    do(
                        act,
                        requests.extend,
                        grant,
                        term=Term.for_days(30),
                        reason="It goes on",
                        by=who.by(),
                        now=ring.now,
                    )
                    for who in pair
                )
                for grant in ids
            ]
        )
        winners += _one_is_sent(answers)
        assert ring.decline_open() == many
    settle(ring, rounds, winners)


def _one_is_sent(answers) -> Counter[int]:
    """Check that of each two one was sent, and the other was told by which reference. Count who won."""
    winners: Counter[int] = Counter()
    for pair in answers:
        (winner,) = (n for n, answer in enumerate(pair) if isinstance(answer, Sent))
        sent, late = pair[winner], pair[1 - winner]
        assert (late.reason, late.about.id, late.ref) == (
            DenialReason.OPEN_ALREADY,
            sent.request_id,
            sent.ref,
        )
        winners[winner] += 1
    return winners


@pytest.mark.covers("T35")
def test_a_draft_is_sent_once_by_two_who_press_at_one_instant(ring: Ring, rounds: int) -> None:
    winners: Counter[int] = Counter()
    for many in chunks(ring, rounds, most=MOST_DRAFTS):
        draft = ring.at_once(
            [
                do(
                    act,
                    requests.submit,
                    make.requesting(make.item(Kind.AD_ACCOUNT, account)),
                    by=ring.town.eva.by(Source.FORM),
                    now=ring.now,
                )
                for account in ring.accounts(many)
            ]
        )
        pair = (ring.town.ann, ring.town.abe)
        answers = ring.both.duels(
            [
                tuple(
                    do(
                        act,
                        requests.submit_draft,
                        one.draft_id,
                        by=who.by(),
                        expected_version=1,
                        now=ring.now,
                    )
                    for who in pair
                )
                for one in draft
            ]
        )
        for one, both in zip(draft, answers, strict=True):
            (winner,) = (n for n, answer in enumerate(both) if isinstance(answer, Sent))
            late = both[1 - winner]
            assert (late.reason, late.ref) == (DenialReason.DRAFT_OVER, one.ref)
            assert (late.by, late.at) == (pair[winner].name, ring.now)
            winners[winner] += 1
        assert ring.decline_open() == many
    settle(ring, rounds, winners)
