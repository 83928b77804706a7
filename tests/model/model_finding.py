"""What is at Meta and what is recorded: a small model beside the verbs that hold the one against the other.

Access is given and ended here, and changed by hand at Meta, in any order; then the two are compared, and
people decide about what differs. The model keeps in plain sets what a partner can do at Meta, what its grants
give and gave, and which findings are open: of a pair of asset and partner one of each kind at most.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import make
from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule
from make import ACCOUNT, AGENCY, BRAND, OTHER, OTHER_TEAM
from story import StandingClock, Story

from bot.domain.actors import OPERATOR, Role
from bot.domain.assets import Kind
from bot.domain.denials import DenialReason
from bot.domain.findings import Remedy
from bot.domain.messages import EffectKind
from bot.domain.requests import Approve, NewItem, Term
from bot.services import connections, delivery, drift, grants
from bot.services.context import act
from bot.services.results import Denied, Sent
from bot.store import tables
from bot.store.database import Database

Pair = tuple[str, str]
ASSETS, PARTNERS = (ACCOUNT, "act_1002"), (AGENCY, OTHER)
TASKS = ("ADVERTISE", "ANALYZE", "DRAFT")
PAIR = st.tuples(st.sampled_from(ASSETS), st.sampled_from(PARTNERS))
SOME = st.sets(st.sampled_from(TASKS))
DAY = timedelta(days=1)
LATE = timedelta(minutes=20)
"""More than Meta may take to show a change."""
OFFERED = {
    "OUTSIDE": ("ADOPT", "REVOKE"),
    "WIDENED": ("ADOPT", "REVOKE"),
    "LEFT": ("ADOPT", "REVOKE"),
    "GONE": ("PUT_BACK", "RECORD"),
}
NOT_THEIRS = {"ann": DenialReason.UNKNOWN_FINDING, "emil": DenialReason.NOT_ADMIN}
Decision = tuple[int, Remedy | None, str, bool]
"""About which finding, in which way (None: one that its card offers), by whom, and on an older card."""
DECISION = st.tuples(
    st.integers(0, 9),
    st.sampled_from([None] * 6 + [one for one in Remedy if one is not Remedy.IGNORE]),
    st.sampled_from(["dana", "dana", "dov", "dov", "emil", "ann"]),
    st.sampled_from([False] * 5 + [True]),
)


@dataclass(kw_only=True)
class Found:
    """What differs, and until when nothing is said of it."""

    tasks: frozenset[str]
    until: datetime | None = None
    asked: int = 1


class Finding(RuleBasedStateMachine):
    """A brand that is connected, with two accounts, and two partners."""

    url: Callable[[], Any]
    """Makes a migrated, empty store: its URL, and what removes it."""

    def __init__(self) -> None:
        super().__init__()
        place, self.done = type(self).url()
        self.clock = StandingClock(start=make.EPOCH)
        self.database = Database.open(place, clock=self.clock)
        self.town = make.town(self.database)
        make.business(self.database, OTHER, name="Studio", team=OTHER_TEAM)
        oda = make.someone(self.database, 7, name="Oda", team=OTHER_TEAM, roles={OTHER: Role.ADMIN})
        make.asset(self.database, ASSETS[1], kind=Kind.AD_ACCOUNT, name="Acme Two", owner=BRAND)
        self.asks = {AGENCY: self.town.ann, OTHER: oda}
        self.story = Story(self.database, self.clock)
        self.story.do(connections.connect, BRAND, ciphertext="kept", name="Countersign", by=OPERATOR)
        self.there: defaultdict[Pair, frozenset[str]] = defaultdict(frozenset)
        self.given: defaultdict[Pair, list[frozenset[str]]] = defaultdict(list)
        self.gave: defaultdict[Pair, frozenset[str]] = defaultdict(frozenset)  # what is over
        self.found: dict[tuple[Pair, str], Found] = {}

    def teardown(self) -> None:
        try:
            assert self.database.verify().sound
        finally:
            self.database.close()
            self.done()

    # --- what is so

    def recorded(self, pair: Pair) -> frozenset[str]:
        return frozenset[str]().union(*self.given[pair])

    def differs(self, pair: Pair) -> dict[str, frozenset[str]]:
        there, recorded = self.there[pair], self.recorded(pair)
        more, less = there - recorded, recorded - there
        kind = "WIDENED" if recorded else "LEFT" if more & self.gave[pair] else "OUTSIDE"
        return ({kind: more} if more else {}) | ({"GONE": less} if less else {})

    def follow(self, pair: Pair) -> None:
        """Have what was found about a pair before be what differs now."""
        now = self.differs(pair)
        for kind in [kind for one, kind in self.found if one == pair]:
            found = self.found[pair, kind]
            if kind not in now:
                del self.found[pair, kind]
            elif found.until is None:
                found.tasks = now[kind]
            elif not now[kind] <= found.tasks:
                self.found[pair, kind] = Found(tasks=now[kind], asked=found.asked + 1)

    def made_so(self, pair: Pair, *, taken: frozenset[str] = frozenset()) -> None:
        """Have Meta's state be what the record says; what never was ours, or was not taken, stays."""
        should = self.recorded(pair)
        ours = should | self.gave[pair] | taken
        self.there[pair] = (self.there[pair] - (ours - should)) | should

    def work(self) -> None:
        """Send what is due: to Meta by what is wanted there, and all else without a fault."""
        now, real = self.clock.now(), self.clock.real()
        at_meta: dict[Pair, frozenset[str]] = dict(self.before)
        while claimed := make.write(
            self.database, act, delivery.claim, most=1, now=now, real=real, urgent=False
        ):
            (one,) = claimed
            outcome: Any = delivery.Done(ts=f"1.{one.id}", channel_id="C1")
            if one.kind == EffectKind.META_ACCESS:
                pair = (one.subject_id, one.about)
                wanted = self.story.read(grants.KEPT[one.kind].wanted, asset_id=pair[0], holder_id=pair[1])
                held = at_meta.get(pair, frozenset())
                at_meta[pair] = (held - (wanted.ours - wanted.tasks)) | wanted.tasks
                outcome = delivery.Done(tasks=at_meta[pair])
            make.write(self.database, act, delivery.finish, one, outcome, now=now, real=real)
        for pair in {*at_meta, *self.there}:
            assert at_meta.get(pair, frozenset()) == self.there[pair], pair
        self.compare_rows()

    def compare_rows(self) -> None:
        rows = [row for row in self.story.rows(tables.Finding) if row.state != "CLOSED"]
        kept = {((row.asset_id, row.holder_id), row.kind): row for row in rows}
        assert len(kept) == len(rows), "one of each kind for each pair"
        said = {key: (row.tasks, row.state) for key, row in kept.items()}
        model = {
            key: (",".join(sorted(one.tasks)), "OPEN" if one.until is None else "IGNORED")
            for key, one in self.found.items()
        }
        assert said == model
        cards = [row.subject_id for row in self.story.rows(tables.Card)]
        for key, row in kept.items():
            assert cards.count(row.id) == self.found[key].asked, "a card each time that somebody is asked"
        for pair in self.given:
            states = self.story.held(*pair)
            assert states == self.recorded(pair), pair

    # --- what happens

    @property
    def before(self) -> dict[Pair, frozenset[str]]:
        return self._before

    def begin(self) -> None:
        self._before = dict(self.there)

    @rule(pair=PAIR, tasks=SOME, is_found=st.sampled_from([True, True, False]))
    def change_by_hand(self, pair: Pair, tasks: set[str], is_found: bool) -> None:  # noqa: FBT001 - drawn
        self.there[pair] = frozenset(tasks)
        if is_found:
            self.compare()

    @rule(pair=PAIR, tasks=SOME.filter(bool))
    def give(self, pair: Pair, tasks: set[str]) -> None:
        self.begin()
        item = NewItem(kind=Kind.AD_ACCOUNT, tasks=frozenset(tasks), asset_id=pair[0])
        sent = self.story.submit(
            self.asks[pair[1]], item, requesting_id=pair[1], deciding_id=BRAND, term=Term.without_end()
        )
        if frozenset(tasks) <= self.recorded(pair):
            assert (type(sent), sent.reason) == (Denied, DenialReason.GRANTED_ALREADY)
            return
        assert isinstance(sent, Sent), sent
        self.story.decide(self.town.dana, sent.request_id, Approve())
        self.given[pair].append(frozenset(tasks))
        self.made_so(pair)
        self.work()

    @rule(pair=PAIR)
    def end_all(self, pair: Pair) -> None:
        self.begin()
        rows = self.story.rows(tables.Grant, asset_id=pair[0], holder_id=pair[1], state="ACTIVE")
        assert len(rows) == len(self.given[pair])
        if rows:
            self.story.end(self.town.dov, *(row.id for row in rows), business=BRAND)
            self.gave[pair] |= self.recorded(pair)
            self.given[pair] = []
            self.made_so(pair)
            self.work()

    @rule(wants=st.lists(DECISION, max_size=3))
    def compare_and_decide(self, wants: list[Decision]) -> None:
        self.compare()
        for one in wants:
            self.decide(one)

    def compare(self) -> None:
        self.begin()
        self.clock.push(LATE)
        now = self.clock.now()
        for asset in ASSETS:
            shown = {
                who: grants.HeldAtMeta(who, self.there[asset, who])
                for who in PARTNERS
                if self.there[asset, who]
            }
            self.story.do(grants.compare_asset, asset, shown, owner_id=BRAND, since=now)
            for who in PARTNERS:
                self.follow((asset, who))
                for kind, tasks in self.differs((asset, who)).items():
                    self.found.setdefault(((asset, who), kind), Found(tasks=tasks))
        note(f"found: {self.found}")
        self.work()

    @rule(days=st.integers(1, 4))
    def wait(self, days: int) -> None:
        self.begin()
        self.story.wait(days=days)
        for found in self.found.values():
            if found.until is not None and found.until <= self.clock.now():
                found.until, found.asked = None, found.asked + 1
        self.work()

    def decide(self, want: Decision) -> None:
        rows = [row for row in self.story.rows(tables.Finding) if row.state != "CLOSED"]
        if not rows:
            return
        self.begin()
        number, which, who, is_late = want
        row = rows[number % len(rows)]
        offered = OFFERED[row.kind]
        which = which or Remedy(offered[number % len(offered)])
        pair = (row.asset_id, row.holder_id)
        version = row.version - 1 if is_late else row.version
        by = getattr(self.town, who)
        answer = self.story.do(
            drift.remedy, row.id, which, expected_version=version, reason="It is kept.", by=by
        )
        is_off = is_late or which not in offered
        reason = NOT_THEIRS.get(who, DenialReason.CHANGED if is_off else None)
        assert (answer.reason if isinstance(answer, Denied) else None) is reason, (answer, row)
        if reason is None:
            getattr(self, which.lower())(pair, row.kind)
        self.work()

    @rule(number=st.integers(0, 9), days=st.integers(1, 3))
    def ignore(self, number: int, days: int) -> None:
        rows = [row for row in self.story.rows(tables.Finding) if row.state != "CLOSED"]
        if not rows:
            return
        self.begin()
        row, until = rows[number % len(rows)], self.clock.now() + days * DAY
        how = {"until": until, "expected_version": row.version}
        assert not isinstance(self.story.do(drift.ignore_finding, row.id, **how, by=self.town.dana), Denied)
        self.found[(row.asset_id, row.holder_id), row.kind].until = until
        self.work()

    # --- what comes of each way

    def adopt(self, pair: Pair, kind: str) -> None:
        self.given[pair].append(self.found.pop((pair, kind)).tasks)
        self.made_so(pair)

    def revoke(self, pair: Pair, kind: str) -> None:
        self.made_so(pair, taken=self.found[pair, kind].tasks)
        self.found[pair, kind].until = None
        self.follow(pair)

    def put_back(self, pair: Pair, kind: str) -> None:
        self.made_so(pair)
        self.found[pair, kind].until = None
        self.follow(pair)

    def record(self, pair: Pair, kind: str) -> None:
        gone = self.found.pop((pair, kind)).tasks
        ended = [one for one in self.given[pair] if one & gone]
        self.given[pair] = [one for one in self.given[pair] if not one & gone]
        self.gave[pair] = self.gave[pair].union(*ended)
        self.made_so(pair)
