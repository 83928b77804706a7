"""Who owns an ad account, and what others have of it: a small model beside the verbs.

Accounts are claimed, given up, shared, offered and parted from, in any order. The model keeps what must be so
in plain sets and dictionaries, from the rules alone: who owns an account, whose claims are open, who holds
access under whom until when, what is accepted beforehand, and what each side says of a contract's end.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import make
from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from make import AGENCY, BRAND, OTHER, OTHER_TEAM, Someone, unowned
from story import StandingClock, Story

from bot.domain.actors import Role
from bot.domain.assets import CAPABILITIES, Kind
from bot.domain.denials import DenialReason
from bot.domain.kinds import RequestKind
from bot.domain.requests import Approve, Decline, NewItem, Term
from bot.services import grants, partnerships, requests, settings
from bot.services.context import Context
from bot.services.results import Contracted, Denied, Ended, Moved, Sent, Stands, Undone
from bot.store import tables
from bot.store.database import Database

BUSINESSES = (AGENCY, BRAND, OTHER)
ACCOUNTS = ("act_7001", "act_7002", make.ACCOUNT)
ACCOUNT, NUMBER, BUSINESS = st.sampled_from(ACCOUNTS), st.integers(0, 5), st.sampled_from(BUSINESSES)
_OFTEN = (*("claim what others have",) * 5, "share", "share", "give up")
UNDO = timedelta(minutes=10)
KINDS = (RequestKind.ACCESS, RequestKind.INVITATION, RequestKind.ON_BEHALF)
BEHALF = NewItem(kind=Kind.AD_ACCOUNT, tasks=CAPABILITIES[Kind.AD_ACCOUNT].tasks, asset_id="")


@dataclass(kw_only=True)
class Held:
    """What one business has of an account: under whom, since when, until when, and by which request."""

    holder: str
    owner: str
    start: datetime
    end: datetime
    request: str
    undo_until: datetime | None
    is_behalf: bool
    """To act on behalf of the owner, which is no access: a business may have both."""
    is_until: bool
    """Until a moment, and for no number of days: where a contract of the two ends then, it ends with that."""


@dataclass(kw_only=True)
class Contract:
    """What each side of a contract says: its end, and how long after it all access is removed."""

    says: dict[str, tuple[datetime, timedelta]]
    look_at: datetime | None = None
    """Once it has ended: when it is next looked whether anything is left."""

    @property
    def end(self) -> datetime:
        return min(self.says.values())[0]

    @property
    def removed(self) -> datetime:
        return self.end + min(self.says.values())[1]


def _standing(ctx: Context) -> set[tuple[str, str]]:
    """Return who accepts at once what whom offers."""
    return {pair for pair in permutations(BUSINESSES, 2) if requests.standing_for(ctx, *pair)}


class Owning(RuleBasedStateMachine):
    """Three businesses, two accounts that nobody owns and one that the brand does."""

    url: Callable[[], Any]
    """Makes a migrated, empty store: its URL, and what removes it."""

    def __init__(self) -> None:
        super().__init__()
        place, self.done = type(self).url()
        self.clock = StandingClock(start=make.EPOCH)
        self.database = Database.open(place, clock=self.clock)
        town = make.town(self.database)
        make.business(self.database, OTHER, name="Studio", team=OTHER_TEAM)
        oda, olaf = (
            make.someone(self.database, n, name=name, team=OTHER_TEAM, roles={OTHER: Role.ADMIN})
            for n, name in ((7, "Oda"), (8, "Olaf"))
        )
        self.people = {AGENCY: (town.ann, town.abe), BRAND: (town.dana, town.dov), OTHER: (oda, olaf)}
        self.story = Story(self.database, self.clock)
        self.admins: dict[str, tuple[Someone, ...]] = {"act_7001": (town.dana,), "act_7002": (town.ann, oda)}
        for account, admins in self.admins.items():
            unowned(self.database, account, *admins)
        self.admins[make.ACCOUNT] = ()
        self.owner: dict[str, str | None] = {"act_7001": None, "act_7002": None, make.ACCOUNT: BRAND}
        self.claims: dict[str, tuple[str, str, Someone]] = {}  # account, for whom, by whom
        self.held: dict[str, list[Held]] = {account: [] for account in ACCOUNTS}
        self.standing: set[tuple[str, str]] = set()
        self.contracts: dict[frozenset[str], Contract] = {}
        self.ends: defaultdict[frozenset[str], set[datetime]] = defaultdict(set)  # that ever counted

    def teardown(self) -> None:
        try:
            assert self.database.verify().sound
        finally:
            self.database.close()
            self.done()

    # --- what is so

    def live(self, account: str) -> list[Held]:
        now = self.clock.now()
        return [one for one in self.held[account] if one.end > now]

    def between(self, pair: frozenset[str]) -> list[Held]:
        return [one for account in ACCOUNTS for one in self.live(account) if {one.holder, one.owner} == pair]

    def of(self, business_id: str, number: int) -> Someone:
        return self.people[business_id][number % 2]

    def home_of(self, who: Someone) -> str:
        return next(business_id for business_id, people in self.people.items() if who in people)

    def now_owned(self, account: str, owner: str) -> None:
        """The owner needs no access of its own; that of others goes on under it; other claims are over."""
        self.owner[account] = owner
        self.held[account] = [one for one in self.live(account) if one.holder != owner]
        for one in self.held[account]:
            if one.owner != owner:
                one.owner, one.undo_until, one.start = owner, None, self.clock.now()
        self.claims = {id_: one for id_, one in self.claims.items() if one[0] != account}

    def compare(self) -> None:
        """Compare the record with what must be so."""
        rows, now = self.story.rows, self.clock.now()
        owned = {row.id: row.owner_id for row in rows(tables.Asset) if row.id in ACCOUNTS}
        assert owned == self.owner
        active = [row for row in rows(tables.Grant) if row.state == "ACTIVE"]
        live = {
            (row.asset_id, row.holder_id, row.owner_id, row.ends_at, row.request_id, bool(row.capability))
            for row in active
            if row.ends_at is None or row.ends_at > now
        }
        assert live == {
            (account, one.holder, one.owner, one.end, one.request, one.is_behalf)
            for account in ACCOUNTS
            for one in self.live(account)
        }
        for account, holder, owner, *_ in live:
            assert owned[account] in {owner, None}, "what is held is held of the account's owner"
            assert owned[account] != holder, "nobody holds what it owns"
        open_claims = {
            row.id for row in rows(tables.Request) if row.kind == "CLAIM" and row.state == "PENDING"
        }
        assert open_claims == set(self.claims)
        over = {pair for pair, one in self.contracts.items() if one.look_at is None and one.end <= now}
        stands = self.story.read(_standing)
        assert stands == {pair for pair in self.standing if frozenset(pair) not in over}
        ended = [row.subject_id for row in rows(tables.Event, kind="grant.ended")]
        assert len(ended) == len(set(ended)), "access ends once"

    # --- how it begins

    @initialize(
        given=st.sets(st.sampled_from([AGENCY, OTHER])),
        accepts=st.booleans(),
        is_given_up=st.booleans(),
        admin=st.tuples(BUSINESS, NUMBER),
        claimers=st.lists(st.tuples(ACCOUNT, BUSINESS, NUMBER), max_size=3),
    )
    def begin(
        self,
        given: set[str],
        admin: tuple[str, int],
        claimers: list[tuple[str, str, int]],
        *,
        accepts: bool,
        is_given_up: bool,
    ) -> None:
        """The brand has given access to its account, and maybe given it up; some claims are made.

        Who has it may accept beforehand what the brand offers, and may have a contract with it.
        """
        for holder in sorted(given):
            self.share(make.ACCOUNT, holder, 0, days=20, kind=RequestKind.ACCESS)
            if accepts:
                self.accept_beforehand(holder, BRAND, 0, on=True)
        if accepts and OTHER in given:
            self.state_a_contract(OTHER, BRAND, 0, days=5, then=0)
        if is_given_up:
            self.give_up(make.ACCOUNT, [admin])
        for account, business_id, number in claimers:
            self.claim(account, business_id, self.of(business_id, number))

    @rule(data=st.data())
    def something_happens(self, data: st.DataObject) -> None:
        """One rule for all: Hypothesis leaves out rules, and here they are worth something together."""
        account, (one, other) = data.draw(ACCOUNT), data.draw(st.permutations(BUSINESSES))[:2]
        who, number, yes = data.draw(NUMBER), data.draw(NUMBER), data.draw(st.booleans())
        kind = data.draw(st.sampled_from(KINDS))
        days, then = data.draw(st.sampled_from([1, 5, 20])), data.draw(st.sampled_from([0, 3]))
        live = {account: self.live(account) for account in ACCOUNTS if self.live(account)}
        held = data.draw(st.sampled_from(sorted(live))) if live else account
        owned = [account for account in ACCOUNTS if self.owner[account] is not None]
        mine = data.draw(st.sampled_from(owned)) if owned else account
        admins = self.admins[account]
        by = data.draw(st.sampled_from(admins)) if admins and yes else self.of(one, who)
        can: dict[str, Callable[[], None]] = {
            "claim": lambda: self.claim(account, self.home_of(by), by),
            "accept beforehand": lambda: self.accept_beforehand(one, other, who, on=yes),
            "wait": lambda: self.wait(timedelta(minutes=9) if yes else timedelta(days=days)),
        }
        if self.claims:
            can["decide"] = lambda: self.decide_on_a_claim(number, one, who, approves=days > 1)
            can["cancel"] = lambda: self.cancel_a_claim(number, one, who)
        if owned:
            can["give up"] = lambda: self.give_up(mine, [(one, number), (other, who)][: 1 + yes])
            can["share"] = lambda: self.share(mine, one, who, days=days, kind=kind)
            can["share with the contract"] = lambda: self.share(mine, one, who, days=None, kind=kind)
        if live:
            can["end"] = lambda: self.end_access(held, number, one)
            can["undo"] = lambda: self.undo(held, number)
            can["part"] = lambda: self.part(one, other, who)
            can["state a contract"] = lambda: self.state_a_contract(one, other, who, days=days, then=then)
        free = [account for account in live if self.owner[account] is None]
        if free:
            chosen = data.draw(st.sampled_from(free))
            who_may = [*self.admins[chosen], by]
            claimer = data.draw(st.sampled_from(who_may))
            can["claim what others have"] = lambda: self.claim(chosen, self.home_of(claimer), claimer)
        does = data.draw(st.sampled_from([*can, *(often for often in _OFTEN if often in can)]))
        note(does)
        can[does]()
        self.compare()

    def claim(self, account: str, business_id: str, who: Someone) -> None:
        owner = self.owner[account]
        new = make.claiming(account, requesting_id=business_id)
        answer = self.story.do(requests.submit, new, by=who)
        is_open = any(one[:2] == (account, business_id) for one in self.claims.values())
        if owner is not None or is_open:
            owned = DenialReason.OWNED_ALREADY if owner == business_id else DenialReason.OWNED_BY_OTHER
            assert answer.reason is (DenialReason.OPEN_ALREADY if owner is None else owned)
        elif who in self.admins[account]:
            assert isinstance(answer, Moved), answer
            self.now_owned(account, business_id)
        else:
            assert isinstance(answer, Sent), answer
            self.claims[answer.request_id] = (account, business_id, who)

    def decide_on_a_claim(self, number: int, business_id: str, who: int, *, approves: bool) -> None:
        request_id = list(self.claims)[number % len(self.claims)]
        account, claimer, _ = self.claims[request_id]
        verdict = Approve() if approves else Decline(note="No")
        by = (*self.admins[account], self.of(business_id, who))[who % (len(self.admins[account]) + 1)]
        answer = self.story.decide(by, request_id, verdict)
        if by not in self.admins[account] or self.home_of(by) == claimer:
            assert isinstance(answer, Denied), answer
        elif approves:
            assert answer.state == "APPROVED"
            self.now_owned(account, claimer)
        else:
            assert answer.state == "DECLINED"
            del self.claims[request_id]

    def cancel_a_claim(self, number: int, business_id: str, who: int) -> None:
        request_id = list(self.claims)[number % len(self.claims)]
        answer = self.story.cancel(self.of(business_id, who), request_id)
        assert isinstance(answer, Moved) is (self.claims[request_id][1] == business_id)
        if isinstance(answer, Moved):
            del self.claims[request_id]

    def give_up(self, account: str, admins: list[tuple[str, int]]) -> None:
        if self.owner[account] is None:
            return
        self.admins[account] = tuple(dict.fromkeys(self.of(*one) for one in admins))
        make.given_up(self.database, account, *self.admins[account], now=self.clock.now())
        self.owner[account] = None

    # --- access

    def shared(
        self, account: str, holder: str, owner: str, answer: Moved, *, days: int | None, is_behalf: bool
    ) -> None:
        now, contract = self.clock.now(), self.contracts.get(frozenset({holder, owner}))
        if days is None:
            assert contract is not None
            end = contract.end
        else:
            end = now + timedelta(days=days)
        if contract is not None and contract.end <= now < contract.removed:
            end = min(end, contract.removed)
        self.held[account].append(
            Held(
                holder=holder,
                owner=owner,
                start=now,
                end=end,
                is_behalf=is_behalf,
                is_until=days is None,
                request=answer.request_id,
                undo_until=now + UNDO,
            )
        )

    def share(self, account: str, holder: str, number: int, *, days: int | None, kind: RequestKind) -> None:
        """Share an account for so many days, or until the contract of the two ends."""
        owner = self.owner[account]
        if owner in {None, holder}:
            return
        assert owner is not None
        contract = self.contracts.get(frozenset({holder, owner}))
        if days is None and (contract is None or contract.end <= self.clock.now()):
            return
        offers, is_behalf = kind is RequestKind.INVITATION, kind is RequestKind.ON_BEHALF
        asks, decides = (owner, holder) if offers else (holder, owner)
        item = make.item(Kind.AD_ACCOUNT, account, level="General user")
        new = make.requesting(
            replace(BEHALF, asset_id=account) if is_behalf else item,
            kind=kind,
            requesting_id=asks,
            deciding_id=decides,
            term=Term.till(contract.end) if contract and days is None else Term.for_days(days or 0),
        )
        answer = self.story.do(requests.submit, new, by=self.of(asks, number))
        if any((one.holder, one.is_behalf) == (holder, is_behalf) for one in self.live(account)):
            held = DenialReason.HELD_ALREADY if offers else DenialReason.GRANTED_ALREADY
            assert answer.reason is held, answer
        else:
            accepts = offers and (holder, owner) in self.standing
            assert isinstance(answer, Moved if accepts else Sent), answer
            if not accepts:
                answer = self.story.decide(self.of(decides, number), answer.request_id, Approve())
                assert isinstance(answer, Moved), answer
            self.shared(account, holder, owner, answer, days=days, is_behalf=is_behalf)

    def end_access(self, account: str, number: int, by: str) -> None:
        live = self.live(account)
        if not live:
            return
        held = live[number % len(live)]
        (grant,) = self.story.rows(tables.Grant, request_id=held.request)
        verb = grants.revoke if by == held.owner else grants.relinquish
        answer = self.story.do(verb, [grant.id], business_id=by, by=self.of(by, number))
        assert isinstance(answer, Ended) is (by in {held.owner, held.holder}), answer
        if isinstance(answer, Ended):
            self.held[account].remove(held)

    def undo(self, account: str, number: int) -> None:
        live = self.live(account)
        if not live:
            return
        held = live[number % len(live)]
        (row,) = self.story.rows(tables.Request, id=held.request)
        answer = self.story.undo(self.of(row.deciding_id, number), held.request)
        may = held.undo_until is not None and self.clock.now() < held.undo_until
        assert isinstance(answer, Undone) is may, answer
        if may:
            self.held[account].remove(held)

    # --- what was agreed beforehand, and its end

    def accept_beforehand(self, business_id: str, other_id: str, number: int, *, on: bool) -> None:
        answer = self.story.do(
            settings.accept_at_once, business_id, other_id, on=on, by=self.of(business_id, number)
        )
        if isinstance(answer, Stands):
            (self.standing.add if on else self.standing.discard)((business_id, other_id))
        else:
            assert answer.reason is DenialReason.UNKNOWN_PARTNER, answer

    def state_a_contract(self, business_id: str, other_id: str, number: int, *, days: int, then: int) -> None:
        """Either side says when it ends; the earlier end counts, and what is until then follows it."""
        pair, now = frozenset({business_id, other_id}), self.clock.now()
        says = (now + timedelta(days=days), timedelta(days=then))
        answer = self.story.do(
            partnerships.set_contract,
            business_id,
            other_id,
            ends_at=says[0],
            days=then,
            by=self.of(business_id, number),
        )
        contract = self.contracts.get(pair)
        if contract is not None and contract.end <= now:
            assert answer.reason is DenialReason.CONTRACT_ENDED, answer
            return
        if isinstance(answer, Denied):
            assert answer.reason is DenialReason.UNKNOWN_PARTNER, answer
            return
        said = min(contract.says.values()) if contract is not None else None
        contract = self.contracts.setdefault(pair, Contract(says={}))
        contract.says[business_id] = says
        assert isinstance(answer, Contracted), answer
        assert answer.ends_at == contract.end, "the earlier of what the two say"
        for one in self.between(pair) if said != min(contract.says.values()) else []:
            if one.is_until and one.end in self.ends[pair]:
                one.end = min(one.end, contract.end)
        self.ends[pair].add(contract.end)

    def part(self, business_id: str, other_id: str, number: int) -> None:
        by, pair = self.of(business_id, number), {"business_id": business_id, "other_id": other_id}
        shown = self.story.read(partnerships.parting, by=by, limit=10, **pair)
        if shown is None or business_id == other_id:
            return
        self.story.do(partnerships.end_partnership, business_id, other_id, shown.mark, by=by)
        between = {business_id, other_id}
        for account in ACCOUNTS:
            self.held[account] = [one for one in self.held[account] if {one.holder, one.owner} != between]
        self.standing -= {(business_id, other_id), (other_id, business_id)}

    def wait(self, much: timedelta) -> None:
        self.clock.push(much)
        self.compare()
        for _ in range(3):  # an end that is met by a contract's is found by the next sweep
            self.story.sweep()
        for pair, contract in list(self.contracts.items()):
            if contract.end <= self.clock.now():
                self.contract_ends(pair, contract)
        open_ = {row.id for row in self.story.rows(tables.Request) if row.state == "PENDING"}
        self.claims = {id_: one for id_, one in self.claims.items() if id_ in open_}

    def contract_ends(self, pair: frozenset[str], contract: Contract) -> None:
        """What was given before it is removed gets that end; once nothing is left, the contract is over."""
        now = self.clock.now()
        if contract.look_at is not None and now < contract.look_at:
            return
        left = [one for one in self.between(pair) if one.start < contract.removed]
        if contract.look_at is None or not left:
            self.standing -= {(one, other) for one in pair for other in pair}
        for one in left:
            one.end = min(one.end, contract.removed)
        if left:
            soon = now + timedelta(minutes=1)
            contract.look_at = max(min(contract.removed, now + timedelta(days=1)), soon)
        else:
            del self.contracts[pair]
