"""What partners have, and what comes of it in access reviews: a small model beside the verbs.

Access is given, looked through, kept, shortened, removed and given back, in any order, or nobody says
anything. The model keeps who has what until when and what became of it in which review, from the rules
alone.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import make
from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from make import ACCOUNT, AGENCY, BRAND, BRAND_TEAM, OTHER, OTHER_TEAM, PAGE, PIXEL, Someone, item
from story import StandingClock, Story

from bot.domain.actors import Role
from bot.domain.assets import Kind
from bot.domain.denials import DenialReason
from bot.domain.requests import Approve, Term
from bot.domain.reviews import Need, Silence
from bot.services import grants, requests, reviews, settings
from bot.services.results import Changed, Denied, Ended, Invalid, Needed, Reviewed, Reviewing
from bot.store import tables
from bot.store.database import Database

ASSETS = {ACCOUNT: Kind.AD_ACCOUNT, PAGE: Kind.PAGE, PIXEL: Kind.PIXEL}
HOLDERS = (AGENCY, OTHER)
ALL_DAY = "Mon-Sun 00:00-23:59"
DAY = timedelta(days=1)
SILENT = {"KEEP": None, "MONTH": 30 * DAY, "WEEK": 7 * DAY}
NUMBER = st.integers(0, 5)


@dataclass(kw_only=True)
class Had:
    """What a holder has or had of an asset."""

    asset: str
    holder: str
    start: datetime
    end: datetime | None
    over: bool = False
    looked_at: datetime | None = None
    """When somebody last kept or shortened it."""
    last: str | None = None
    """What became of it in the last review that settled it."""


@dataclass(kw_only=True)
class Round:
    """A review: what it is about, with what became of each, and what the partners have said how often."""

    deadline: datetime
    silence: str
    outcomes: dict[str, str | None]
    answers: dict[str, int] = field(default_factory=dict)

    @property
    def waiting(self) -> list[str]:
        return [id_ for id_, outcome in self.outcomes.items() if outcome is None]


class Looking(RuleBasedStateMachine):
    """A brand that shares three assets with two businesses, and looks through that from time to time."""

    url: Callable[[], Any]
    """Makes a migrated, empty store: its URL, and what removes it."""

    def __init__(self) -> None:
        super().__init__()
        place, self.done = type(self).url()
        self.clock = StandingClock(start=make.EPOCH)
        self.database = Database.open(place, clock=self.clock)
        town = make.town(self.database, hours=ALL_DAY, zone="UTC")
        make.business(self.database, OTHER, name="Studio", team=OTHER_TEAM)
        oda = make.someone(self.database, 7, name="Oda", team=OTHER_TEAM, roles={OTHER: Role.ADMIN})
        cleo = make.someone(self.database, 8, name="Cleo", team=BRAND_TEAM, roles={BRAND: Role.ADMIN})
        self.dana = town.dana
        self.own = (town.dana, town.dov, cleo, town.emil)
        self.admins = {town.dana, town.dov, cleo}
        self.of = {AGENCY: town.ann, OTHER: oda}
        self.everybody = (*self.own, town.ann, oda)
        self.story = Story(self.database, self.clock)
        self.had: dict[str, Had] = {}
        self.rounds: dict[str, Round] = {}
        self.open: str | None = None
        self.cadence, self.silence = 0, "KEEP"
        self.began: datetime | None = make.EPOCH  # since when the time to the next review runs

    def teardown(self) -> None:
        try:
            assert self.database.verify().sound
        finally:
            self.database.close()
            self.done()

    # --- what is so

    def live(self) -> dict[str, Had]:
        return {id_: one for id_, one in self.had.items() if not one.over}

    def wanted(self) -> list[str]:
        """What a review that begins now is about: given long ago, not ending soon, not just looked at."""
        now = self.clock.now()
        return [
            id_
            for id_, one in self.live().items()
            if one.start <= now - 30 * DAY
            and (one.end is None or one.end > now + 14 * DAY)
            and (one.looked_at is None or one.looked_at <= now - 7 * DAY)
        ]

    def settle(self, id_: str, outcome: str) -> None:
        """One outcome for each; with the last a review is closed."""
        if self.open is None or self.rounds[self.open].outcomes.get(id_, "") is not None:
            return
        going_on = self.rounds[self.open]
        going_on.outcomes[id_] = self.had[id_].last = outcome
        if not going_on.waiting:
            self.open = None

    def is_over(self, id_: str, outcome: str) -> None:
        self.had[id_].over = True
        self.settle(id_, outcome)

    def compare(self) -> None:
        """Compare the record, and what the journal says happened, with what must be so."""
        rows = self.story.rows
        live = {
            row.id: (row.asset_id, row.holder_id, row.ends_at)
            for row in rows(tables.Grant)
            if row.state == "ACTIVE"
        }
        assert live == {id_: (one.asset, one.holder, one.end) for id_, one in self.live().items()}
        became: dict[str, dict[str, str | None]] = {}
        for row in rows(tables.ReviewItem):
            became.setdefault(row.review_id, {})[row.grant_id] = row.outcome
        assert became == {id_: one.outcomes for id_, one in self.rounds.items()}
        states = {row.id: row.state for row in rows(tables.Review)}
        assert states == {id_: "OPEN" if one.waiting else "CLOSED" for id_, one in self.rounds.items()}
        self.compare_journal()

    def compare_journal(self) -> None:
        """What came of each was applied exactly once."""
        events = self.story.rows(tables.Event)
        kept = Counter(
            (json.loads(row.data)["review"], row.subject_id) for row in events if row.kind == "grant.kept"
        )
        pairs = [(id_, *pair) for id_, one in self.rounds.items() for pair in one.outcomes.items()]
        assert kept == Counter((id_, grant) for id_, grant, outcome in pairs if outcome == "KEPT")
        seen = {
            kind: Counter(row.subject_id for row in events if row.kind == kind)
            for kind in ("grant.shortened", "grant.ended", "review.closed")
        }
        assert seen["grant.shortened"] == Counter(
            grant for _, grant, outcome in pairs if outcome == "SHORTENED"
        )
        assert seen["grant.ended"] == Counter(id_ for id_, one in self.had.items() if one.over)
        closed = {row.subject_id: json.loads(row.data) for row in events if row.kind == "review.closed"}
        assert seen["review.closed"] == Counter(id_ for id_, one in self.rounds.items() if not one.waiting)
        for id_, said in closed.items():
            counted = Counter(self.rounds[id_].outcomes.values())
            for outcome in ("KEPT", "SHORTENED", "REMOVED", "GIVEN_BACK", "OVER"):
                assert said[outcome.lower()] == counted[outcome], "the closing report"

    # --- what happens

    @initialize(given=st.sets(st.tuples(st.sampled_from([*ASSETS]), st.sampled_from(HOLDERS)), min_size=2))
    def begin(self, given: set[tuple[str, str]]) -> None:
        for asset, holder in sorted(given):
            self.give(asset, holder, days=None)
        self.wait(days=31)

    @rule(data=st.data())
    def something_happens(self, data: st.DataObject) -> None:
        """One rule for all: Hypothesis leaves out rules, and here they are worth something together."""
        who, number = data.draw(st.sampled_from(self.everybody)), data.draw(NUMBER)
        own = data.draw(st.sampled_from([who, *self.own]))
        asset, holder = data.draw(st.sampled_from([*ASSETS])), data.draw(st.sampled_from(HOLDERS))
        days = data.draw(st.sampled_from([None, 10, 40]))
        can: dict[str, Callable[[], None]] = {
            "give": lambda: self.give(asset, holder, days=days),
            "open": lambda: self.begin_review(own),
            "wait": lambda: self.wait(days=data.draw(st.sampled_from([1, 1, 6, 15, 31]))),
            "settings": lambda: self.change(
                data.draw(st.sampled_from([*SILENT])), days=(0, 30, 90)[number // 2]
            ),
            "role": lambda: self.change_role(self.own[1 + number % 3]),
        }
        if self.had:
            waiting = self.rounds[self.open].waiting if self.open else []
            of = [*self.had, *waiting, *waiting, *waiting]
            id_ = of[data.draw(st.integers(0, len(of) - 1))]
            can |= {
                "keep": lambda: self.keep(id_, own, is_newest=number > 0),
                "shorten": lambda: self.shorten(id_, own, days=[-1, 5, 12, 20, 20, 50][number]),
                "end": lambda: self.end(id_, who),
            }
        if self.rounds:
            can["keep all"] = lambda: self.keep_all(holder, own, is_newest=number > 0)
            can["answer"] = lambda: self.answer(holder, who)
        often = [one for one in ("keep", "shorten", "keep all", "answer", "open", "wait") if one in can]
        does = data.draw(st.sampled_from([*can, *often]))
        note(does)
        can[does]()
        self.compare()

    def give(self, asset: str, holder: str, *, days: int | None) -> None:
        if any((one.asset, one.holder) == (asset, holder) for one in self.live().values()):
            return
        new = make.requesting(
            item(ASSETS[asset], asset),
            requesting_id=holder,
            term=Term.without_end() if days is None else Term.for_days(days),
        )
        sent = self.story.do(requests.submit, new, by=self.of[holder])
        self.story.decide(self.dana, sent.request_id, Approve())
        (grant,) = self.story.rows(tables.Grant, request_id=sent.request_id)
        now = self.clock.now()
        end = None if days is None else now + days * DAY
        self.had[grant.id] = Had(asset=asset, holder=holder, start=now, end=end)
        self.began = self.began or now

    def change(self, silence: str, *, days: int) -> None:
        now = {"review_days": days, "review_silence": Silence(silence)}
        assert isinstance(self.story.change_policy(self.dana, **now), Changed)
        self.cadence, self.silence = days, silence

    def change_role(self, who: Someone) -> None:
        role = Role.EMPLOYEE if who in self.admins else Role.ADMIN
        assert isinstance(self.story.do(settings.set_role, BRAND, who.id, role=role, by=self.dana), Changed)
        self.admins ^= {who}

    def begin_review(self, who: Someone) -> None:
        answer = self.story.do(reviews.open_review, BRAND, by=who)
        if who not in self.admins:
            outside = DenialReason.NOT_ADMIN if who in self.own else DenialReason.NOT_MEMBER
            assert answer.reason is outside, answer
        elif self.open is not None:
            assert answer.grants == len(self.rounds[self.open].waiting), answer
        elif not self.wanted():
            assert answer.reason is DenialReason.NOTHING_TO_REVIEW, answer
        else:
            assert isinstance(answer, Reviewing), answer
            self.review_begins()

    def review_begins(self) -> None:
        (new,) = (row for row in self.story.rows(tables.Review) if row.id not in self.rounds)
        now = self.clock.now()
        self.rounds[new.id] = Round(
            deadline=now + 14 * DAY, silence=self.silence, outcomes=dict.fromkeys(self.wanted())
        )
        self.open, self.began = new.id, now

    def objection(self, id_: str, who: Someone) -> DenialReason | None:
        """Why somebody cannot decide on a grant in a review now; None: they can."""
        if who not in self.own:
            return DenialReason.UNKNOWN_REVIEW
        if who not in self.admins:
            return DenialReason.NOT_ADMIN
        if self.open is not None and id_ in self.rounds[self.open].waiting:
            return None
        had = self.had[id_]
        settled = {"KEPT": DenialReason.KEPT_ALREADY, "SHORTENED": DenialReason.SHORTENED_ALREADY}
        return settled.get(
            had.last or "", DenialReason.GRANT_OVER if had.over else DenialReason.UNKNOWN_REVIEW
        )

    def _version(self, id_: str) -> int:
        (grant,) = self.story.rows(tables.Grant, id=id_)
        return int(grant.version)

    def keep(self, id_: str, who: Someone, *, is_newest: bool) -> None:
        version = self._version(id_) - (not is_newest)
        answer = self.story.do(reviews.keep, id_, by=who, expected_version=version)
        no = self.objection(id_, who) or (None if is_newest else DenialReason.CHANGED)
        if no is not None:
            assert isinstance(answer, Denied), answer
            assert answer.reason is no, answer
        else:
            assert isinstance(answer, Reviewed), answer
            self.is_kept(id_, by=who)

    def is_kept(self, id_: str, *, by: Someone | None = None) -> None:
        if by is not None:
            self.had[id_].looked_at = self.clock.now()
        self.settle(id_, "KEPT")

    def shorten(self, id_: str, who: Someone, *, days: int) -> None:
        until, had = self.clock.now() + days * DAY, self.had[id_]
        answer = self.story.do(reviews.shorten, id_, by=who, until=until, expected_version=self._version(id_))
        no = self.objection(id_, who)
        if no is not None:
            assert isinstance(answer, Denied), answer
            assert answer.reason is no, answer
        elif until <= self.clock.now() or (had.end is not None and until >= had.end):
            assert isinstance(answer, Invalid), answer
        else:
            assert isinstance(answer, Reviewed), answer
            had.end, had.looked_at = until, self.clock.now()
            self.settle(id_, "SHORTENED")

    def end(self, id_: str, who: Someone) -> None:
        """Remove access as an owner, or give it back as a holder, in a review or not."""
        had = self.had[id_]
        is_own = who in self.own
        business = BRAND if is_own else next(one for one, person in self.of.items() if person is who)
        verb = grants.revoke if is_own else grants.relinquish
        answer = self.story.do(verb, [id_], business_id=business, by=who)
        may = not had.over and (who in self.admins if is_own else business == had.holder)
        assert isinstance(answer, Ended) is may, answer
        if may:
            self.is_over(id_, "REMOVED" if is_own else "GIVEN_BACK")

    def _asked(self, holder: str) -> tuple[Any, Round] | None:
        """What a holder was last asked, and in which review."""
        asked = [row for row in self.story.rows(tables.ReviewQuestion) if row.holder_id == holder]
        newest = max(asked, key=lambda row: self.rounds[row.review_id].deadline, default=None)
        return None if newest is None else (newest, self.rounds[newest.review_id])

    def keep_all(self, holder: str, who: Someone, *, is_newest: bool) -> None:
        asked = self._asked(holder)
        if asked is None:
            return
        question, review = asked
        said = review.answers.get(holder, 0) - (not is_newest)
        answer = self.story.do(reviews.keep_all, question.id, expected_answers=said, by=who)
        waiting = [id_ for id_ in review.waiting if self.had[id_].holder == holder]
        if who in self.admins and waiting and is_newest:
            assert answer.count == len(waiting), answer
            for id_ in waiting:
                self.is_kept(id_, by=who)
        else:
            assert isinstance(answer, Denied), answer

    def answer(self, holder: str, who: Someone) -> None:
        asked = self._asked(holder)
        if asked is None:
            return
        question, review = asked
        answer = self.story.do(reviews.answer, question.id, Need.WORKS, by=who)
        waits = any(self.had[id_].holder == holder for id_ in review.waiting)
        assert isinstance(answer, Needed) is (waits and self.of[holder] is who), answer
        if isinstance(answer, Needed):
            review.answers[holder] = 1  # the same once more is no further answer

    # --- time

    def wait(self, *, days: int) -> None:
        """A day at a time, with a sweep after each; what a sweep does, in its order."""
        for _ in range(days):
            self.clock.push(DAY)
            self.story.sweep()
            now = self.clock.now()
            for id_, one in self.live().items():
                if one.end is not None and one.end <= now:
                    self.is_over(id_, "OVER")
            if self.cadence and self.began is not None and self.began <= now - self.cadence * DAY:
                if self.wanted() and self.open is None:
                    self.review_begins()
                else:
                    self.began = now if self.live() else None
            if self.open is not None and now >= self.rounds[self.open].deadline:
                self.nobody_looked(self.rounds[self.open])

    def nobody_looked(self, review: Round) -> None:
        """What nobody looked at stays, or ends as the policy said when the review began: never later."""
        after = SILENT[review.silence]
        for id_ in review.waiting:
            had, until = self.had[id_], self.clock.now() + (after or DAY)
            if after is None or (had.end is not None and had.end <= until):
                self.is_kept(id_)
            else:
                had.end = until
                self.settle(id_, "SHORTENED")
