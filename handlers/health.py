"""`/healthz`, `/readyz` and `/metrics`, for load balancers and monitoring."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.errors import Misconfigured, StoreDown
from bot.services import delivery
from handlers.metrics import CONTENT_TYPE

if TYPE_CHECKING:
    from starlette.requests import Request

    from bot.services.delivery import Worker
    from handlers.edge import Edge
    from handlers.slack_socket import SocketHandler

_DOWN = 503
_ANSWER_SECONDS = 4.0
"""A store that takes longer does not answer: load balancers give up after five seconds or later."""


def health_routes(
    edge: Edge, worker: Worker, sockets: Sequence[SocketHandler], *, shows_metrics: bool
) -> list[Route]:
    """Return the routes.

    `/healthz` is 503 where starting the program again may help: the store does not answer, or the worker does
    not run. It also says how many workspaces cannot be reached, and whether one of its sockets is open.
    `/readyz` is 503 as well while nothing can come in: none of its workspaces can be reached, or no socket is
    open.
    """

    async def parts() -> tuple[dict[str, str], bool]:
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                await edge.database.read(delivery.is_work, real=edge.clock.real())
            store = edge.database.down is None
        except (StoreDown, Misconfigured, TimeoutError):
            store = False
        own = {"store": store, "worker": worker.is_alive}
        words = {name: "well" if is_well else "down" for name, is_well in own.items()}
        away, all_ = edge.slack.away, edge.slack.away + len(edge.slack.teams)
        words["slack"] = f"{away} of {all_} workspaces cannot be reached" if away else "well"
        if sockets:
            heard = [await each.is_connected() for each in sockets]
            words["sockets"] = "well" if any(heard) else "none is open"
        return words, all(own.values())

    async def healthz(_: Request) -> JSONResponse:
        words, is_well = await parts()
        return JSONResponse(words, status_code=200 if is_well else _DOWN)

    async def readyz(_: Request) -> JSONResponse:
        words, is_well = await parts()
        hears = bool(edge.slack.teams or not edge.slack.away) and words.get("sockets", "well") == "well"
        return JSONResponse(words, status_code=200 if is_well and hears else _DOWN)

    async def metrics(_: Request) -> Response:
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                found = await edge.database.read(delivery.figures, real=edge.clock.real())
        except (StoreDown, Misconfigured, TimeoutError):
            return Response(status_code=_DOWN)
        return Response(edge.metrics.text(found, away=edge.slack.away), media_type=CONTENT_TYPE)

    routes = [Route("/healthz", healthz), Route("/readyz", readyz)]
    return [*routes, Route("/metrics", metrics)] if shows_metrics else routes
