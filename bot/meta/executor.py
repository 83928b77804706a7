"""The sender of access effects: reads what is at Meta, compares, makes one call if it differs, reads back.

What a call is said to have done counts for nothing: only what is read afterwards. A call whose answer was
lost is not repeated before Meta had time to show what it did. What is to be taken away goes first.

Before a call it is kept what the holder could do then (`bot.services.grants.calls`). What is there after it
that neither was there before nor was ever given here is a surplus of ours: it is taken back, however often
that takes, and nothing is in force until it is gone.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.clock import Clock
from bot.domain.assets import Kind, Tasks
from bot.domain.connections import SHOWN_WITHIN, Obstacle
from bot.meta.agencies import read_agencies, token_for
from bot.meta.client import Graph
from bot.meta.credentials import Credentials, Token, Unreadable
from bot.meta.errors import AlreadySo, MetaError, Paused, Refused, Unsure
from bot.services import grants
from bot.services.context import act
from bot.services.delivery import Delivery, Done, Mark, Obsolete, Outcome, Rejected, Retry, Unknown

if TYPE_CHECKING:
    from bot.services.grants import Wanted
    from bot.store.database import Database

log = logging.getLogger(__name__)

SETTLE = timedelta(seconds=60)
"""How long a call whose answer was lost is only looked for."""
REVIEWED_WITHIN = timedelta(days=14)
_LOOK_AGAIN = 60.0
OWNER_FIELD = {
    Kind.AD_ACCOUNT: "business",
    Kind.PAGE: "business",
    Kind.PIXEL: "owner_business",
    Kind.INSTAGRAM_ACCOUNT: "owner_business",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lane:
    """One business's access to one asset, with what is wanted there and the token of the owner.

    `before` is what it could do before any call of ours of which nobody has read what it did; `is_clear`:
    there was none.
    """

    asset_id: str
    holder_id: str
    owner_id: str
    wanted: Wanted
    token: Token
    before: Tasks = frozenset()
    is_clear: bool = False

    @property
    def edge(self) -> str:
        return f"{self.asset_id}/agencies"

    def too_much(self, there: Tasks) -> Tasks:
        """Return what we gave, or Meta beyond that, and that is still there, but should not be."""
        return ((there & self.wanted.ours) - self.wanted.tasks) | self.surplus(there)

    def surplus(self, there: Tasks) -> Tasks:
        """Return what a call of ours brought about beyond all that was ever given."""
        return there - self.before - self.wanted.ours

    def missing(self, there: Tasks) -> Tasks:
        """Return what should be there, and is not."""
        return self.wanted.tasks - there


class Executor:
    """Sends the effects of `EffectKind.META_ACCESS`."""

    def __init__(self, graph: Graph, database: Database, credentials: Credentials, *, clock: Clock) -> None:
        self._graph = graph
        self._database = database
        self._credentials = credentials
        self._clock = clock

    async def send(self, delivery: Delivery, mark: Mark) -> Outcome:
        """Bring a business's access to an asset to what the record says."""
        wanted = await self._database.read(
            act,
            grants.wanted_at_meta,
            asset_id=delivery.subject_id,
            holder_id=delivery.about,
            now=self._clock.now(),
        )
        if wanted is None:
            return Obsolete(why="nothing was ever to be there")
        if wanted.ciphertext is None or wanted.owner_id is None:
            return Rejected(why=Obstacle.DISCONNECTED)
        try:
            token = self._credentials.read(wanted.ciphertext)
        except Unreadable as error:
            log.error("%s", error)  # noqa: TRY400 - it says all
            return Rejected(why=Obstacle.TOKEN)
        seconds = self._graph.wait(wanted.owner_id, takes_away=wanted.takes_away)
        if seconds:
            return Retry(seconds=seconds, why=Obstacle.UNREACHED)
        lane = _Lane(
            asset_id=delivery.subject_id,
            holder_id=delivery.about,
            owner_id=wanted.owner_id,
            wanted=wanted,
            token=token,
        )
        try:
            return await self._converge(delivery, mark, lane)
        except MetaError as error:
            log.info("access of %s to %s at Meta: %s", lane.holder_id, lane.asset_id, error)
            return outcome_of(error)

    async def _converge(self, delivery: Delivery, mark: Mark, lane: _Lane) -> Outcome:
        token = await token_for(self._graph, lane.asset_id, lane.wanted.kind, lane.token, of=lane.owner_id)
        lane = replace(lane, token=token)
        there = await self._read(lane)
        if (before := lane.wanted.before) is None:
            lane = replace(lane, before=there, is_clear=True)
        else:
            lane = replace(lane, before=before)
        recalls = lane.wanted.recalls and delivery.marked_at is None
        if not lane.surplus(there) and (lane.too_much(there) or recalls):
            there = await self._take_away(mark, lane, there)
        if lane.surplus(there):
            return await self._take_back(mark, lane, there)
        if lane.too_much(there):
            return Unknown(why=Obstacle.SETTLING)
        if not lane.missing(there):
            return Done(tasks=there)
        return self._waits(delivery, lane) or await self._give(mark, lane, there)

    async def _take_back(self, mark: Mark, lane: _Lane, there: Tasks) -> Outcome:
        """Take back what Meta gave beyond what was said, with all of that call: as it was before."""
        surplus = lane.surplus(there)
        lane = replace(lane, is_clear=False)
        try:
            there = await self._take_away(mark, lane, lane.before & there)
            surplus = lane.surplus(there)
        except Refused as refused:
            log.info("the surplus of %s on %s at Meta: %s", lane.holder_id, lane.asset_id, refused)
        if surplus:
            more = ", ".join(sorted(surplus))
            log.error("%s has more of %s at Meta than was approved: %s", lane.holder_id, lane.asset_id, more)
            return Rejected(why=Obstacle.SURPLUS)
        if lane.too_much(there):
            return Unknown(why=Obstacle.SETTLING)
        if not lane.missing(there):
            return Done(tasks=there)
        await self._known(lane)
        return Rejected(why=Obstacle.MISMATCH)

    async def _take_away(self, mark: Mark, lane: _Lane, there: Tasks) -> Tasks:
        """Take away what should not be there, and what a call may have given that has not shown yet."""
        try:
            await self._change(mark, lane, there - lane.too_much(there))
        except Refused as refused:
            if there or refused.obstacle is not Obstacle.REFUSED:
                raise  # else there was nothing to take away, which Meta calls a wrong parameter
        return await self._read(lane)

    async def _give(self, mark: Mark, lane: _Lane, there: Tasks) -> Outcome:
        if not await self._is_owner(lane):
            return Rejected(why=Obstacle.NOT_THERE)
        target = lane.wanted.tasks | there  # also what we never gave: it is not ours to take
        if await self._change(mark, lane, target):
            return Retry(seconds=_LOOK_AGAIN, why=Obstacle.REVIEW)
        found = await self._read(lane)
        if lane.surplus(found):
            return await self._take_back(mark, lane, found)
        return Unknown(why=Obstacle.SETTLING) if lane.missing(found) else Done(tasks=found)

    def _waits(self, delivery: Delivery, lane: _Lane) -> Outcome | None:
        """Return what to do instead of giving (again), because an earlier call may yet show."""
        if Obstacle.REVIEW in lane.wanted.obstacles:
            is_late = self._clock.now() - delivery.put_at > REVIEWED_WITHIN
            review = Obstacle.REVIEW
            return Rejected(why=review) if is_late else Retry(seconds=_LOOK_AGAIN, why=review)
        if delivery.marked_at is None:
            return None
        since = self._clock.real() - delivery.marked_at
        if Obstacle.SETTLING in lane.wanted.obstacles:
            is_late = since > SHOWN_WITHIN
            return Rejected(why=Obstacle.MISMATCH) if is_late else Unknown(why=Obstacle.SETTLING)
        return Unknown(why=Obstacle.UNREACHED) if since < SETTLE else None

    async def _read(self, lane: _Lane) -> Tasks:
        """Return what the holder can do there now."""
        held = await read_agencies(self._graph, lane.asset_id, lane.token, of=lane.owner_id)
        own = held.get(lane.holder_id)
        return own.tasks if own is not None else frozenset()

    async def _is_owner(self, lane: _Lane) -> bool:
        """Say whether Meta, too, has the asset as the business's own."""
        field = OWNER_FIELD[lane.wanted.kind]
        node = await self._graph.call("GET", lane.asset_id, lane.token, of=lane.owner_id, fields=field)
        owner = node.get(field)
        return isinstance(owner, dict) and owner.get("id") == lane.owner_id

    async def _change(self, mark: Mark, lane: _Lane, target: Tasks) -> bool:
        """Make a call, having noted what was there before it. Return as `_call` does."""
        if not await mark():
            raise Unsure("not ours")
        await self._database.write(
            grants.note_call, asset_id=lane.asset_id, holder_id=lane.holder_id, before=lane.before
        )
        try:
            return await self._call(lane, target)
        except Refused:
            if lane.is_clear:  # else an earlier call may still have done something
                await self._known(lane)
            raise

    async def _known(self, lane: _Lane) -> None:
        known = grants.call_is_known
        await self._database.write(known, asset_id=lane.asset_id, holder_id=lane.holder_id)

    async def _call(self, lane: _Lane, target: Tasks) -> bool:
        """Have the holder be able to do exactly this. Return whether another admin has to approve that."""
        try:
            if target:
                answer = await self._graph.call(
                    "POST",
                    lane.edge,
                    lane.token,
                    of=lane.owner_id,
                    business=lane.holder_id,
                    permitted_tasks=json.dumps(sorted(target)),
                )
            else:
                answer = await self._graph.call(
                    "DELETE", lane.edge, lane.token, of=lane.owner_id, business=lane.holder_id
                )
        except AlreadySo:
            return False
        if answer.get("success") is not True:
            raise Unsure("no success")
        return answer.get("requires_admin_approval") is True


def outcome_of(error: MetaError) -> Outcome:
    """Return what a failed call means for its delivery."""
    match error:
        case Paused():
            return Retry(seconds=error.seconds, why=Obstacle.UNREACHED)
        case Refused():
            return Rejected(why=error.obstacle)
        case _:
            return Unknown(why=Obstacle.UNREACHED)
