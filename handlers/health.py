"""`/healthz`, for load balancers and monitoring."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from bot.errors import Misconfigured, StoreDown
from bot.services import delivery

if TYPE_CHECKING:
    from bot.clock import Clock
    from bot.services.delivery import Worker
    from bot.slack.wire.calls import Slack
    from bot.store.database import Database
    from handlers.slack_socket import SocketHandler


def health_routes(
    database: Database, worker: Worker, slack: Slack, sockets: Sequence[SocketHandler], clock: Clock
) -> APIRouter:
    """Return `/healthz`: 200 while the store answers and the worker runs, else 503.

    It also says how many workspaces cannot be reached, and whether one of its sockets is open. That is no
    503: starting again would not help.
    """
    router = APIRouter()

    @router.get("/healthz")
    async def healthz() -> JSONResponse:
        try:
            await database.read(delivery.is_work, real=clock.real())
            store = database.down is None
        except (StoreDown, Misconfigured):
            store = False
        parts = {"store": store, "worker": worker.is_alive}
        well = all(parts.values())
        words = {name: "well" if is_well else "down" for name, is_well in parts.items()}
        away, all_ = slack.away, slack.away + len(slack.teams)
        words["slack"] = f"{away} of {all_} workspaces cannot be reached" if away else "well"
        if sockets:
            heard = [await each.is_connected() for each in sockets]
            words["sockets"] = "well" if any(heard) else "none is open"
        return JSONResponse(words, status_code=200 if well else 503)

    return router
