"""What entitles somebody is lost at the instant in which they act: ownership, a claim, a standing
acceptance, a token, a contract, what was prepared to be created. What happens is what one before the other
would have come to.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

import make
import pytest
from make import AGENCY, BRAND, Someone, insert_row, write
from racing import Do, do
from ring import DAY, MINUTE, Ring, approves, chunks, settle

from bot.domain.actors import Source
from bot.domain.assets import Kind
from bot.domain.denials import DenialReason
from bot.domain.events import EventKind
from bot.domain.grants import EndReason
from bot.domain.kinds import RequestKind
from bot.domain.requests import Term
from bot.domain.tokens import Scope, digest_of
from bot.graph import engine
from bot.graph.engine import Ask
from bot.graph.errors import GraphError
from bot.services import directory, grants, partnerships, programs, requests, settings
from bot.services.context import Context, act
from bot.services.programs import Bearer, NotValid
from bot.services.results import Denied, Discarded, Moved, Sent
from bot.store import tables

pytestmark = pytest.mark.covers("I19")


@pytest.fixture(params=[8, pytest.param(400, marks=pytest.mark.long)])
def rounds(request: pytest.FixtureRequest) -> int:
    return int(request.param)


# --- an account that no business owns ---------------------------------------------------------------


def nobodys(ring: Ring, many: int, *admins: Someone) -> list[str]:
    """Have so many ad accounts be nobody's, with these people as their admins."""
    made = ring.accounts(many)

    def verb(tx: Any) -> None:
        asset = tables.table_of(tables.Asset)
        tx.run(asset.update().where(asset.c.id.in_(made)).values(owner_id=None))
        for account in made:
            for admin in admins:
                insert_row(tx, tables.AssetAdmin, asset_id=account, person_id=admin.id)

    write(ring.database, verb)
    return made


def owners(ring: Ring) -> dict[str, str | None]:
    return {row.id: row.owner_id for row in ring.rows(tables.Asset)}


def claims(ring: Ring, account: str, who: Someone, business_id: str) -> Do:
    new = make.claiming(account, requesting_id=business_id)
    return do(act, requests.submit, new, by=who.by(Source.FORM), now=ring.now)


@pytest.mark.covers("A1")
def test_of_two_admins_who_claim_an_account_at_once_one_has_it_and_the_other_hears_that_it_is_owned(
    ring: Ring, rounds: int
) -> None:
    winners: Counter[int] = Counter()
    for many in chunks(ring, rounds):
        ann, dana = ring.town.ann, ring.town.dana
        accounts = nobodys(ring, many, ann, dana)
        answers = ring.both.duels(
            [(claims(ring, one, ann, AGENCY), claims(ring, one, dana, BRAND)) for one in accounts]
        )
        owned, record = owners(ring), ring.record()
        for account, pair in zip(accounts, answers, strict=True):
            (winner,) = (n for n, answer in enumerate(pair) if isinstance(answer, Moved))
            assert owned[account] == (AGENCY, BRAND)[winner]
            assert pair[1 - winner].reason is DenialReason.OWNED_BY_OTHER
            assert record.kinds[account] == [EventKind.ASSET_CHANGED]
            winners[winner] += 1
    settle(ring, rounds, winners)


@pytest.mark.covers("A2")
def test_a_claim_that_is_confirmed_and_taken_back_at_one_instant_is_one_of_the_two(
    ring: Ring, rounds: int
) -> None:
    winners: Counter[int] = Counter()
    for many in chunks(ring, rounds, most=10):
        accounts = nobodys(ring, many, ring.town.dana)
        sent = ring.at_once([claims(ring, one, ring.town.ann, AGENCY) for one in accounts])
        answers = ring.both.duels(
            [
                (
                    approves(ring.town.dana, one.request_id, now=ring.now),
                    do(act, requests.cancel, one.request_id, by=ring.town.abe.by(), now=ring.now),
                )
                for one in sent
            ]
        )
        owned, record = owners(ring), ring.record()
        for account, pair in zip(accounts, answers, strict=True):
            (winner,) = (n for n, answer in enumerate(pair) if isinstance(answer, Moved))
            late = pair[1 - winner]
            assert late.reason is DenialReason.ALREADY_OVER
            record.is_true(late)
            assert owned[account] == (AGENCY, None)[winner]
            winners[winner] += 1
    settle(ring, rounds, winners)


@pytest.mark.covers("A2", "I14")
def test_access_that_is_given_back_while_its_holder_claims_the_account_ends_once_and_the_account_is_owned(
    ring: Ring, rounds: int
) -> None:
    winners: Counter[int] = Counter()
    for many in chunks(ring, rounds):
        given = ring.approved(many)
        record = ring.record()
        held = [record.grants[id_][0] for id_, _ in given]
        accounts = [grant.asset_id for grant in held]

        def give_up(tx: Any, accounts: list[str] = accounts) -> None:
            asset = tables.table_of(tables.Asset)
            tx.run(asset.update().where(asset.c.id.in_(accounts)).values(owner_id=None))
            for account in accounts:
                insert_row(tx, tables.AssetAdmin, asset_id=account, person_id=ring.town.ann.id)

        write(ring.database, give_up)
        back: dict[str, Any] = {"business_id": AGENCY, "by": ring.town.abe.by(), "now": ring.now}
        answers = ring.both.duels(
            [
                (
                    claims(ring, grant.asset_id, ring.town.ann, AGENCY),
                    do(act, grants.relinquish, [grant.id], **back),
                )
                for grant in held
            ]
        )
        owned = owners(ring)
        ended = {row.id: row.end_reason for row in ring.rows(tables.Grant)}
        for grant, (claimed, given_back) in zip(held, answers, strict=True):
            assert isinstance(claimed, Moved), claimed
            assert owned[grant.asset_id] == AGENCY
            was_late = isinstance(given_back, Denied)
            assert ended[grant.id] == (EndReason.OWNED if was_late else EndReason.RELINQUISHED)
            assert not was_late or given_back.reason is DenialReason.GRANT_OVER
            winners[not was_late] += 1
    settle(ring, rounds, winners)


# --- what was agreed beforehand ---------------------------------------------------------------------


def partners(ring: Ring) -> None:
    """Have the agency and the brand share something."""
    ring.approved(1)


@pytest.mark.covers("I1")
def test_an_offer_is_accepted_at_once_just_when_that_stood_before_it(ring: Ring, rounds: int) -> None:
    """It is switched off and on in turn, while offers are sent."""
    winners: Counter[int] = Counter()
    for many in chunks(ring, rounds):
        partners(ring)
        ann, dana = ring.town.ann, ring.town.dana

        def switch(*, on: bool, ann: Someone = ann) -> Do:
            return do(act, settings.accept_at_once, AGENCY, BRAND, on=on, by=ann.by(), now=ring.now)

        ring.at_once([switch(on=True)])
        offers = [
            make.requesting(
                make.item(Kind.AD_ACCOUNT, account),
                kind=RequestKind.INVITATION,
                requesting_id=BRAND,
                deciding_id=AGENCY,
            )
            for account in ring.accounts(many)
        ]
        answers = ring.both.duels(
            [
                (
                    do(act, requests.submit, offer, by=dana.by(Source.FORM), now=ring.now),
                    switch(on=bool(number % 2)),
                )
                for number, offer in enumerate(offers)
            ]
        )
        record, stands = ring.record(), False
        accepted: dict[str, bool] = {}
        for event in record.events:
            if event.kind == EventKind.BUSINESS_STANDING:
                stands = '"by":[]' not in event.data.replace(" ", "")
            elif event.kind == EventKind.REQUEST_PENDING:
                accepted[event.subject_id] = stands
        for number, (sent, _) in enumerate(answers):
            is_given = isinstance(sent, Moved)
            assert isinstance(sent, Moved | Sent), sent
            assert is_given is accepted[sent.request_id]
            assert len(record.grants[sent.request_id]) == is_given
            winners[is_given is bool(number % 2)] += 1
        ring.at_once([switch(on=False)])
        call_off(ring, [sent.request_id for sent, _ in answers if isinstance(sent, Sent)], dana)
    settle(ring, rounds, winners)


# --- what was prepared to be created ----------------------------------------------------------------


@pytest.mark.covers("A4")
@pytest.mark.parametrize("other", ["dov", "emil"])
def test_what_was_prepared_is_created_once_or_dropped_whoever_else_handles_it_at_that_instant(
    ring: Ring, rounds: int, other: str
) -> None:
    winners: Counter[int] = Counter()
    second = getattr(ring.town, other)
    verb = directory.drop_prepared if other == "emil" else directory.create_prepared
    for many in chunks(ring, rounds, most=10):
        new = make.creating()
        write(ring.database, _with_funding)
        first = 880_000_000_000_000 + len(ring.rows(tables.Creation))
        ids = [str(first + number) for number in range(many)]
        for id_ in ids:
            make.prepared(ring.database, id_, new, by=ring.town.emil, at=ring.now)
        before = {row.id for row in ring.rows(tables.Asset)}

        def handles(verb: Any, id_: str, who: Someone) -> Do:
            return do(act, verb, id_, expected_version=1, by=who.by(), now=ring.now)

        answers = ring.both.duels(
            [
                (handles(directory.create_prepared, id_, ring.town.dana), handles(verb, id_, second))
                for id_ in ids
            ]
        )
        record, rows = ring.record(), {row.id: row for row in ring.rows(tables.Creation)}
        made = {row.id for row in ring.rows(tables.Asset)} - before
        for id_, pair in zip(ids, answers, strict=True):
            (winner,) = (n for n, answer in enumerate(pair) if not isinstance(answer, Denied))
            late, row = pair[1 - winner], rows[id_]
            assert late.reason is DenialReason.CREATION_OVER
            assert (late.by, late.at) == ((ring.town.dana, second)[winner].name, row.over_at)
            is_dropped = isinstance(pair[winner], Discarded)
            assert (row.state, row.version) == ("DROPPED" if is_dropped else "CREATED", 2)
            assert record.versions(id_) == [2]
            assert (row.asset_id is None) is is_dropped
            winners[winner] += 1
        assert made == {rows[id_].asset_id for id_ in ids} - {None}, "each is created once"
    settle(ring, rounds, winners)


def _with_funding(tx: Any) -> None:
    business = tables.table_of(tables.BusinessRow)
    tx.run(business.update().where(business.c.id == BRAND).values(funding_sources="visa"))


# --- by whom, and under what ------------------------------------------------------------------------


class Program:
    """Runs a call of the API for a token, as the server does: made at the start, sent to another process."""

    def __init__(self, ask: Ask) -> None:
        self.ask = ask

    def __call__(self, ctx: Context, bearer: Bearer) -> Any:
        return engine.answer(ctx, bearer, self.ask)


@pytest.mark.covers("I1")
def test_what_a_program_approves_while_its_token_is_revoked_was_approved_before_or_not_at_all(
    ring: Ring, rounds: int
) -> None:
    winners: Counter[int] = Counter()
    for many in chunks(ring, rounds):
        requested = ring.submit_many(many, level="General user")
        asked = {item.request_id: item.asset_id for item in ring.rows(tables.Item)}
        secrets = [f"token-{id_}" for id_, _ in requested]
        token = {"name": "Laptop", "scopes": frozenset(Scope), "days": 1, "is_program": False}
        made = [
            write(
                ring.database,
                act,
                programs.create_token,
                BRAND,
                digest=digest_of(secret),
                by=ring.town.dana.by(Source.FORM),
                now=ring.now,
                **token,
            )
            for secret in secrets
        ]
        pairs = []
        for (id_, at), secret, token in zip(requested, secrets, made, strict=True):
            raw = {"business": AGENCY, "permitted_tasks": "ADVERTISE,ANALYZE"}
            ask = Ask(method="POST", path=f"/{asked[id_]}/agencies", raw=raw, url="https://here/v26.0")
            how = {"digest": digest_of(secret), "verb": "api", "now": at}
            call = Do(verb=programs.serve, args=(Program(ask),), kwargs=how)
            revoke = do(act, programs.revoke_token, token.token_id, by=ring.town.dov.by(), now=at)
            pairs.append((call, revoke))
        answers = ring.both.duels(pairs)
        record = ring.record()
        order = {(row.subject_id, row.kind): row.seq for row in record.events}
        for (id_, _), token, (said, revoked) in zip(requested, made, answers, strict=True):
            assert revoked.is_revoked
            was_revoked = isinstance(said, NotValid)
            assert not isinstance(said, GraphError), said
            assert record.requests[id_].state == ("PENDING" if was_revoked else "APPROVED")
            if not was_revoked:
                gone = order[token.token_id, EventKind.TOKEN_REVOKED]
                assert order[id_, EventKind.REQUEST_APPROVED] < gone
            winners[was_revoked] += 1
        ring.decline_open()
    settle(ring, rounds, winners)


@pytest.mark.covers("I6")
def test_what_is_approved_while_the_contract_s_end_is_brought_forward_ends_with_the_contract(
    ring: Ring, rounds: int
) -> None:
    winners: Counter[int] = Counter()
    for many in chunks(ring, rounds, most=10):
        partners(ring)
        end = ring.now + 60 * DAY

        def state(at: datetime) -> Do:
            contract: dict[str, Any] = {"ends_at": at, "days": 0, "by": ring.town.ann.by(), "now": ring.now}
            return do(act, partnerships.set_contract, AGENCY, BRAND, **contract)

        ring.at_once([state(end)])
        asks = [
            make.requesting(make.item(Kind.AD_ACCOUNT, account), term=Term.till(end))
            for account in ring.accounts(many)
        ]
        sent = ring.at_once(
            [do(act, requests.submit, one, by=ring.town.ann.by(Source.FORM), now=ring.now) for one in asks]
        )
        # Each time the end is moved, the cards of all that is still open show it, and have a new version.
        answers = ring.both.duels(
            [
                (
                    approves(ring.town.dana, one.request_id, now=ring.now, expected_version=1 + number),
                    state(end - (number + 1) * MINUTE),
                )
                for number, one in enumerate(sent)
            ]
        )
        last, record = end - many * MINUTE, ring.record()
        for one, (approved, _) in zip(sent, answers, strict=True):
            row = record.requests[one.request_id]
            is_late = isinstance(approved, Denied)
            assert not is_late or approved.reason is DenialReason.CHANGED
            assert row.state == ("PENDING" if is_late else "APPROVED")
            assert row.term_until == last or not is_late
            assert [grant.ends_at for grant in record.grants[one.request_id]] == [last] * (not is_late)
            winners[is_late] += 1
        call_off(ring, [id_ for id_, row in record.requests.items() if row.state == "PENDING"], ring.town.ann)
    settle(ring, rounds, winners)


def call_off(ring: Ring, request_ids: list[str], who: Someone) -> None:
    """Make room for other requests."""
    done = ring.at_once([do(act, requests.cancel, id_, by=who.by(), now=ring.now) for id_ in request_ids])
    assert all(isinstance(one, Moved) for one in done)
