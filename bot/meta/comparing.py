"""Connected businesses are compared with Meta, a few assets at a time, as slowly as Meta wants it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from bot.clock import Clock
from bot.credentials import Credentials, Unreadable
from bot.domain.connections import Obstacle
from bot.meta.agencies import read_agencies, token_for
from bot.meta.client import Graph
from bot.meta.errors import MetaError, Paused, Refused
from bot.services import comparing
from bot.services.context import act

if TYPE_CHECKING:
    from bot.store.database import Database

log = logging.getLogger(__name__)

_UNANSWERED = 60.0
"""How long, in seconds, it waits after a call that was not answered."""


class Comparer:
    """Reads at Meta what `bot.services.comparing` holds against the record."""

    def __init__(self, graph: Graph, database: Database, credentials: Credentials, *, clock: Clock) -> None:
        self._graph = graph
        self._database = database
        self._credentials = credentials
        self._clock = clock

    async def step(self) -> bool:
        """Compare a few assets of a business that is due. Return whether there were any."""
        if not await self._database.read(act, comparing.is_due, now=self._clock.now()):
            return False
        look = await self._database.write(act, comparing.begin, now=self._clock.now(), urgent=False)
        if look is None:
            return False
        seen, wait = await self._read(look)
        await self._database.write(
            act, comparing.finish, look, seen, wait=wait, now=self._clock.now(), urgent=False
        )
        return True

    async def _read(self, look: comparing.Look) -> tuple[dict[str, comparing.Seen], float]:
        """Return what Meta shows of these assets, as far as it came, and how long to wait now."""
        seen: dict[str, comparing.Seen] = {}
        try:
            token = self._credentials.read(look.ciphertext)
        except Unreadable as error:
            log.error("%s", error)  # noqa: TRY400 - it says all
            return {asset_id: Obstacle.KEYS for asset_id, _ in look.assets}, 0.0
        for asset_id, kind in look.assets:
            if seconds := self._graph.wait(look.business_id, takes_away=False):
                return seen, seconds
            try:
                own = await token_for(self._graph, asset_id, kind, token, of=look.business_id)
                seen[asset_id] = await read_agencies(self._graph, asset_id, own, of=look.business_id)
            except Paused as paused:
                return seen, paused.seconds
            except Refused as refused:
                seen[asset_id] = refused.obstacle
                if refused.obstacle is Obstacle.TOKEN:
                    return seen, 0.0
            except MetaError as error:
                log.info("the partners of %s at Meta: %s", asset_id, error)
                seen[asset_id] = Obstacle.UNREACHED
                return seen, _UNANSWERED
        return seen, 0.0
