"""The sender of what is put in force at Meta: reads, compares, makes one call if it differs, reads back.

What a call is said to have done counts for nothing: only what is read afterwards. A call whose answer was
lost is not repeated before Meta had time to show what it did. What is to be taken away goes first.

Before a call it is kept what held then (`bot.services.grants.Kept`). What is there after it that neither
was there before nor was ever given here is a surplus of ours: it is taken back, however often that takes,
and nothing is in force until it is gone.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bot.clock import Clock
from bot.credentials import Credentials, Unreadable
from bot.domain.assets import Tasks
from bot.domain.connections import SHOWN_WITHIN, Obstacle
from bot.meta.client import Graph
from bot.meta.errors import AlreadySo, MetaError, NotSent, Paused, Refused, Unsure
from bot.meta.ways import WAYS, Called, Lane, Way
from bot.services.context import act
from bot.services.delivery import Delivery, Done, Mark, Obsolete, Outcome, Rejected, Retry, Unknown
from bot.services.grants import KEPT, Kept

if TYPE_CHECKING:
    from bot.services.enforcing import Wanted
    from bot.store.database import Database

log = logging.getLogger(__name__)

SETTLE = timedelta(seconds=60)
"""How long a call whose answer was lost is only looked for."""
REVIEWED_WITHIN = timedelta(days=14)
_LOOK_AGAIN = 60.0


class Executor:
    """Sends the effects of the kinds in `KEPT`."""

    def __init__(self, graph: Graph, database: Database, credentials: Credentials, *, clock: Clock) -> None:
        self._graph = graph
        self._database = database
        self._credentials = credentials
        self._clock = clock

    async def send(self, delivery: Delivery, mark: Mark) -> Outcome:
        """Bring what an effect is about to what the record says."""
        kept = KEPT[delivery.kind]
        of = kept.of(delivery)
        wanted: Wanted | None = await self._database.read(act, kept.wanted, **of, now=self._clock.now())
        if wanted is None:
            return Obsolete(why="nothing was ever to be there")
        if wanted.ciphertext is None or wanted.owner_id is None:
            return Rejected(why=Obstacle.DISCONNECTED)
        try:
            token = self._credentials.read(wanted.ciphertext)
        except Unreadable as error:
            log.error("%s", error)  # noqa: TRY400 - it says all
            return Rejected(why=Obstacle.KEYS)
        seconds = self._graph.wait(wanted.owner_id, takes_away=wanted.takes_away)
        if seconds:
            return Retry(seconds=seconds, why=Obstacle.UNREACHED)
        lane = Lane(wanted=wanted, owner_id=wanted.owner_id, token=token, party=wanted.party or "")
        sending = _Sending(
            graph=self._graph,
            database=self._database,
            clock=self._clock,
            delivery=delivery,
            mark=mark,
            kept=kept,
            of=of,
            way=WAYS[wanted.how],
        )
        try:
            return await sending.converge(lane)
        except MetaError as error:
            log.info("%s of %s on %s at Meta: %s", wanted.how, lane.party, lane.asset_id, error)
            is_gone = isinstance(error, Refused) and error.obstacle is Obstacle.NOT_THERE and wanted.is_lost
            return Done(tasks=frozenset()) if is_gone else outcome_of(error)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sending:
    """One delivery on its way, in the way of its kind."""

    graph: Graph
    database: Database
    clock: Clock
    delivery: Delivery
    mark: Mark
    kept: Kept
    of: dict[str, Any]
    way: Way

    async def converge(self, lane: Lane) -> Outcome:
        """Make what is there what should be there, as far as it goes now."""
        lane = await self.way.enter(self.graph, lane)
        await self._keep_party(lane)
        there = await self.way.read(self.graph, lane)
        if (before := lane.wanted.before) is None:
            lane = replace(lane, before=there, is_clear=True)
        else:
            lane = replace(lane, before=before)
        recalls = lane.wanted.recalls and self.delivery.marked_at is None
        is_changed = self.delivery.marked_at is not None and lane.wanted.changes
        if not lane.surplus(there) and (lane.too_much(there) or recalls):
            is_changed = True
            there = await self._take_away(lane, there)
        if lane.surplus(there):
            return await self._take_back(lane, there)
        if lane.too_much(there):
            return Unknown(why=Obstacle.SETTLING)
        if not lane.missing(there):
            return Done(tasks=there)
        if not lane.wanted.in_review:
            return await self._waits(lane) or await self._give(lane, there)
        return await self._give_beside_review(lane, there, is_changed=is_changed)

    async def _give_beside_review(self, lane: Lane, there: Tasks, *, is_changed: bool) -> Outcome:
        """Give what waits for no review at once, and wait for the review.

        With a change (`is_changed`: there was one) Meta may drop what it reviews: that is asked for again.
        """
        unreviewed = replace(lane, wanted=lane.wanted.without_review)
        if unreviewed.missing(there):
            outcome = await self._waits(unreviewed) or await self._give(unreviewed, there)
            match outcome:
                case Done(tasks=found) if found is not None:
                    there = found
                case Retry(why=Obstacle.REVIEW):  # that, too: all of it is reviewed together
                    pass
                case _:
                    return outcome
            is_changed = True
        outcome = (None if is_changed else await self._waits(lane)) or await self._give(lane, there)
        # What has ended, or is there now, does not wait with it.
        return replace(outcome, tasks=there) if isinstance(outcome, Retry) else outcome

    async def _take_back(self, lane: Lane, there: Tasks) -> Outcome:
        """Take back what Meta gave beyond what was said, with all of that call: as it was before."""
        surplus = lane.surplus(there)
        lane = replace(lane, is_clear=False)
        try:
            there = await self._take_away(lane, lane.before & there)
            surplus = lane.surplus(there)
        except Refused as refused:
            log.info("the surplus of %s on %s at Meta: %s", lane.party, lane.asset_id, refused)
        if surplus:
            more = ", ".join(sorted(surplus))
            log.error("%s has more of %s at Meta than was approved: %s", lane.party, lane.asset_id, more)
            return Rejected(why=Obstacle.SURPLUS)
        if lane.too_much(there):
            return Unknown(why=Obstacle.SETTLING)
        if not lane.missing(there):
            return Done(tasks=there)
        await self._known()
        return Rejected(why=Obstacle.MISMATCH)

    async def _take_away(self, lane: Lane, there: Tasks) -> Tasks:
        """Take away what should not be there, and what a call may have given that has not shown yet."""
        try:
            await self._change(lane, there - lane.too_much(there))
        except Refused as refused:
            # There may be nothing to take away, which Meta calls a wrong parameter; also where it still shows
            # what an earlier call of this delivery took away.
            was_called = self.delivery.marked_at is not None
            is_late = self.clock.now() - self.delivery.put_at > SHOWN_WITHIN
            if refused.obstacle is not Obstacle.REFUSED or (there and (is_late or not was_called)):
                raise
        return await self.way.read(self.graph, lane)

    async def _give(self, lane: Lane, there: Tasks) -> Outcome:
        if not await self.way.may_give(self.graph, lane):
            return Rejected(why=Obstacle.NOT_THERE)
        target = lane.target | there  # also what we never gave: it is not ours to take
        called = await self._change(lane, target)
        if called.is_reviewed or (called.is_so and lane.wanted.in_review):
            return Retry(seconds=_LOOK_AGAIN, why=Obstacle.REVIEW)
        lane = replace(lane, party=lane.party or called.party)
        await self._keep_party(lane)
        found = await self.way.read(self.graph, lane)
        if lane.surplus(found):
            return await self._take_back(lane, found)
        return Unknown(why=Obstacle.SETTLING) if lane.missing(found) else Done(tasks=found)

    async def _waits(self, lane: Lane) -> Outcome | None:
        """Return what to do instead of giving (again), because an earlier call may yet show."""
        if self.way.is_once and lane.wanted.before is not None:
            return self._waits_for_people(lane)
        if Obstacle.REVIEW in lane.wanted.obstacles:
            is_late = self.clock.now() - self.delivery.put_at > REVIEWED_WITHIN
            review = Obstacle.REVIEW
            if not is_late and await self.way.is_declined(self.graph, lane):
                return Rejected(why=Obstacle.DECLINED)
            return Rejected(why=review) if is_late else Retry(seconds=_LOOK_AGAIN, why=review)
        if self.delivery.marked_at is None:
            return None
        since = self.clock.real() - self.delivery.marked_at
        if Obstacle.SETTLING in lane.wanted.obstacles:
            is_late = since > SHOWN_WITHIN
            return Rejected(why=Obstacle.MISMATCH) if is_late else Unknown(why=Obstacle.SETTLING)
        return Unknown(why=Obstacle.UNREACHED) if since < SETTLE else None

    def _waits_for_people(self, lane: Lane) -> Outcome | None:
        """Look for what a call may have done as long as Meta may take to show it, and then ask people.

        The call is made again only if they, having looked at Meta, have it tried again.
        """
        if Obstacle.UNCLEAR in lane.wanted.obstacles and not lane.party:
            return None
        marked_at, put_at = self.delivery.marked_at, self.delivery.put_at
        since = self.clock.now() - put_at if marked_at is None else self.clock.real() - marked_at
        if since <= SHOWN_WITHIN:
            return Unknown(why=Obstacle.SETTLING if lane.party else Obstacle.UNREACHED)
        return Rejected(why=Obstacle.MISMATCH if lane.party else Obstacle.UNCLEAR)

    async def _keep_party(self, lane: Lane) -> None:
        if lane.party and lane.wanted.party is None and self.kept.keep_party is not None:
            await self.database.write(self.kept.keep_party, **self.of, party=lane.party)

    async def _change(self, lane: Lane, target: Tasks) -> Called:
        """Make a call, having noted what was there before it. Return as `Way.call` does."""
        before = await self.way.noted(self.graph, lane)
        if not await self.mark():
            raise Unsure("not ours")
        await self.database.write(self.kept.note_call, **self.of, before=before)
        try:
            return await self.way.call(self.graph, lane, target)
        except AlreadySo:
            return Called(is_so=True)
        except (Refused, Paused, NotSent):
            if lane.is_clear:  # else an earlier call may still have done something
                await self._known()
            raise

    async def _known(self) -> None:
        await self.database.write(self.kept.call_is_known, **self.of)


def outcome_of(error: MetaError) -> Outcome:
    """Return what a failed call means for its delivery."""
    match error:
        case Paused():
            return Retry(seconds=error.seconds, why=Obstacle.UNREACHED)
        case Refused():
            return Rejected(why=error.obstacle)
        case _:
            return Unknown(why=Obstacle.UNREACHED)
