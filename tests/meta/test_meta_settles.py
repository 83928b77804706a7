"""Whatever is decided, done by hand and broken at Meta: once all has settled, it has what the record says."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable

import pytest
from make import ACCOUNT, AGENCY, BRAND
from meta_world import AtMeta

from bot.domain.actors import OPERATOR
from bot.domain.assets import Kind
from bot.domain.findings import REMEDIES, Remedy
from bot.domain.requests import Approve, NewItem, Term
from bot.sandbox.meta import GraphError
from bot.services import connections, drift, grants, partnerships, requests
from bot.services.results import Sent
from bot.store import tables

TASKS = ("ADVERTISE", "ANALYZE", "DRAFT", "MANAGE")
EDGE = "/agencies"


class Somebody:
    """Who does one thing after the other to access at Meta, by chance."""

    def __init__(self, acme: AtMeta, chance: random.Random) -> None:
        self.acme, self.story, self.town, self.meta = acme, acme.story, acme.town, acme.meta
        self.chance = chance
        self.by_hand: set[str] = set()

    def some(self, *, least: int = 1) -> frozenset[str]:
        return frozenset(self.chance.sample(TASKS, self.chance.randint(least, 3)))

    def grant(self, *states: str):
        rows = [row for row in self.story.rows(tables.Grant) if row.state in states]
        return self.chance.choice(rows) if rows else None

    def approve_all(self, sent) -> None:
        if isinstance(sent, Sent):
            for who in (self.town.dana, self.town.dov)[: sent.required_approvals]:
                self.story.decide(who, sent.request_id, Approve())

    async def asks(self) -> None:
        item = NewItem(kind=Kind.AD_ACCOUNT, tasks=self.some(), asset_id=ACCOUNT)
        term = self.chance.choice((Term.without_end(), Term.for_days(self.chance.randint(1, 5))))
        self.approve_all(self.story.submit(self.town.ann, item, term=term))

    async def extends(self) -> None:
        grant = self.grant("ACTIVE")
        if grant is not None and grant.ends_at is not None:
            self.approve_all(self.story.extend(self.town.ann, grant.id, days=9))

    async def ends(self) -> None:
        grant = self.grant("PENDING", "ACTIVE", "FAILED")
        if grant is not None:
            who, of = self.chance.choice(((self.town.dana, BRAND), (self.town.ann, AGENCY)))
            self.story.end(who, grant.id, business=of)

    async def undoes(self) -> None:
        if (grant := self.grant("PENDING", "ACTIVE")) is not None:
            self.story.do(requests.undo, grant.request_id, by=self.town.dana)

    async def parts(self) -> None:
        pair = {"business_id": BRAND, "other_id": AGENCY}
        view = self.story.read(partnerships.parting, **pair, limit=1, by=self.town.dana)
        if view is not None:
            self.story.do(partnerships.end_partnership, BRAND, AGENCY, view.mark, by=self.town.dana)

    async def tries_again(self) -> None:
        if (grant := self.grant("FAILED", "STUCK")) is not None:
            self.story.do(grants.try_again, grant.request_id, by=self.town.dana)

    async def waits(self) -> None:
        await self.acme.later(minutes=self.chance.choice((1, 5, 20, 60, 1500, 3000)))

    async def works(self) -> None:
        await self.acme.work()

    async def reviews(self) -> None:
        if AGENCY in self.meta.assets[ACCOUNT].reviews:
            self.meta.review(ACCOUNT, AGENCY, approve=self.chance.random() < 0.7)

    async def asks_second_admin(self) -> None:
        self.meta.assets[ACCOUNT].asks_second_admin = self.chance.random() < 0.5

    async def breaks(self) -> None:
        faults = self.meta.faults
        error, method = GraphError(self.chance.choice((1, 200)), "no"), self.chance.choice(("POST", "DELETE"))
        self.chance.choice(
            (
                faults.clear,
                faults.outage,
                lambda: faults.drop("POST", EDGE),
                lambda: faults.refuse(error, method, EDGE),
            )
        )()

    async def is_late(self) -> None:
        self.meta.delay = self.chance.choice((0, 30, 120))

    async def disconnects(self) -> None:
        self.story.do(connections.disconnect, BRAND, by=OPERATOR)

    async def connects(self) -> None:
        self.acme.connect()

    async def gives_by_hand(self) -> None:
        tasks = self.some(least=0)
        self.by_hand |= tasks
        self.meta.set_agency(ACCOUNT, AGENCY, *tasks)

    async def compares(self) -> None:
        await self.acme.compare(minutes=self.chance.choice((1, 20, 400)))
        for one in self.acme.findings(state="OPEN"):
            which = self.chance.choice([way for way in REMEDIES[one.kind] if way != Remedy.IGNORE])
            how = {"expected_version": one.version, "reason": "So be it", "by": self.town.dana}
            self.story.do(drift.remedy, one.id, which, **how)

    def steps(self) -> list[Callable[[], Awaitable[None]]]:
        often = [self.asks] * 3 + [self.ends] * 2 + [self.works] * 2 + [self.waits] * 2
        seldom = [self.extends, self.undoes, self.parts, self.tries_again, self.reviews, self.breaks]
        seldom += [self.asks_second_admin, self.is_late, self.gives_by_hand, self.compares]
        return often + seldom + [self.disconnects, self.connects]


@pytest.mark.covers("G3", "F30")
@pytest.mark.parametrize(
    "seed", [*range(10), *(pytest.param(seed, marks=pytest.mark.long) for seed in range(10, 500))]
)
async def test_once_all_has_settled_meta_has_what_the_record_says(acme: AtMeta, seed: int):
    chance = random.Random(seed)
    somebody = Somebody(acme, chance)
    for _ in range(chance.randint(5, 20)):
        await chance.choice(somebody.steps())()
    acme.connect()
    acme.meta.faults.clear()
    acme.meta.delay = 0
    for _ in range(6):
        await acme.later(minutes=20)
    for _ in range(3):
        await acme.compare(minutes=400)
        await acme.work()
    rows = acme.story.rows(tables.Grant)
    assert not {row.state for row in rows} & {"ENDING", "STUCK"}
    assert all(row.obstacle == "REVIEW" for row in rows if row.state == "PENDING")
    active = {task for row in rows if row.state == "ACTIVE" for task in row.tasks.split(",")}
    found = {task for one in acme.findings(state="OPEN") for task in one.tasks.split(",")}
    differs = acme.there() ^ active
    assert differs == found or "PENDING" in acme.states(), "each is asked about, once nothing is on its way"
    given = {task for row in rows for task in row.tasks.split(",") if row.state in {"ENDED", "FAILED"}}
    assert not (given - active) & acme.there() - found - somebody.by_hand, "nothing outlives its end"
