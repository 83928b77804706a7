"""A town whose brand is connected to a local Meta, and the outbox taken a step at a time."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import make
from make import ACCOUNT, AGENCY, BRAND, Town
from meta_town import KEY, local_meta
from story import StandingClock, Story

from bot.credentials import Credentials
from bot.domain.actors import OPERATOR
from bot.domain.messages import EffectKind
from bot.domain.requests import Approve
from bot.meta.client import Graph
from bot.meta.comparing import Comparer
from bot.meta.executor import Executor
from bot.sandbox.meta import LocalMeta
from bot.services import connections, delivery, grants
from bot.services.context import act
from bot.services.results import Sent
from bot.store import tables
from bot.store.database import Database


@dataclass(kw_only=True)
class AtMeta:
    """What tests act on and look at."""

    story: Story
    town: Town
    meta: LocalMeta
    graph: Graph
    credentials: Credentials
    executor: Executor

    def connect(self, business_id: str = BRAND, *, token: str | None = None) -> None:
        """Connect a business, the brand unless said, with a token, a new one unless it is given."""
        kept = self.credentials.encrypt(token or self.meta.add_token(business_id).value)
        self.story.do(connections.connect, business_id, ciphertext=kept, name="Countersign", by=OPERATOR)

    def approve(self, *items, **values) -> Sent:
        """Have Ann ask, and the brand's admins approve, as many as it takes."""
        sent = self.story.submit(self.town.ann, *items, **values)
        for who in (self.town.dana, self.town.dov)[: sent.required_approvals]:
            self.story.decide(who, sent.request_id, Approve())
        return sent

    async def work(self) -> int:
        """Send all that is due, as the worker does, but one at a time. Return how many went to Meta."""
        database, clock = self.story.database, self.story.clock
        sent = 0
        while claimed := await database.write(
            act, delivery.claim, most=1, now=clock.now(), real=clock.real(), urgent=False
        ):
            (one,) = claimed

            async def mark(one=one) -> bool:
                return await database.write(delivery.mark, one, real=clock.real())

            outcome: delivery.Outcome = delivery.Done(ts=f"1.{one.id}", channel_id="C1")
            if one.kind in grants.KEPT:
                sent += 1
                outcome = await self.executor.send(one, mark)
            finished = delivery.finish
            await database.write(act, finished, one, outcome, now=clock.now(), real=clock.real())
        return sent

    async def later(self, **much: float) -> int:
        """Let time pass on both clocks, sweep, and send what is due then."""
        self.story.clock.push_real(timedelta(**much))
        self.story.wait(**much)
        return await self.work()

    async def compare(self, **much: float) -> list[tuple[str, str]]:
        """Let time pass, compare all that is due, and return what is open: its kind and the tasks."""
        self.story.clock.push_real(timedelta(**much))
        self.story.wait(**much)
        comparer = Comparer(self.graph, self.story.database, self.credentials, clock=self.story.clock)
        while await comparer.step():
            pass
        return sorted((row.kind, row.tasks) for row in self.findings() if row.state != "CLOSED")

    def findings(self, **where: str) -> list:
        return self.story.rows(tables.Finding, **where)

    def states(self) -> list[str]:
        return sorted(row.state for row in self.story.rows(tables.Grant))

    def obstacles(self) -> list[str | None]:
        """What stands in the way, in the order of the states."""
        rows = sorted(self.story.rows(tables.Grant), key=lambda row: row.state)
        return [row.obstacle for row in rows]

    def there(self, asset_id: str = ACCOUNT, business_id: str = AGENCY) -> set[str]:
        agency = self.meta.assets[asset_id].agencies.get(business_id)
        return set() if agency is None else set(agency.tasks)

    def enforced(self) -> list[tuple[str, str | None]]:
        """How what is put in force beside grants stands, and what stands in its way."""
        return sorted((row.state, row.obstacle) for row in self.story.rows(tables.Enforcement))

    def told(self) -> list[str]:
        """What was said since it was last asked, by the name of the notice."""
        now = [row.about for row in self.story.effects(EffectKind.POST_NOTICE)]
        seen = getattr(self, "_seen", 0)
        self._seen = len(now)
        return [about.partition(" ")[0].partition(":")[0] for about in now[seen:]]


@asynccontextmanager
async def at_meta(database: Database, *, connected: bool = True) -> AsyncIterator[AtMeta]:
    clock = StandingClock(start=make.EPOCH)
    town = make.town(database)
    meta = local_meta(clock)
    async with meta.serve():
        graph = Graph(base_url=f"{meta.url}/v25.0/", clock=clock)
        credentials = Credentials([KEY])
        world = AtMeta(
            story=Story(database, clock),
            town=town,
            meta=meta,
            graph=graph,
            credentials=credentials,
            executor=Executor(graph, database, credentials, clock=clock),
        )
        if connected:
            world.connect()
        yield world
        await graph.close()
