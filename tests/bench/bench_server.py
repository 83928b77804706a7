"""The servers of the bench: `bench_server.py ours|unlimited|door|empty|route|nothing …`.

`ours` is the product with the settings of the environment. `door` is the same, but every command and button
runs a verb that does nothing: the signature and shape checks, the dispatch through Bolt, the inbox row, the
commit and the ack remain. `empty` is bare Bolt as anyone would write it, with a listener that only acks:
Bolt's own signature check and middleware, installations known from memory, `process_before_response`, the
same web server with the same settings. `unlimited` is ours with no limit to a token's calls; `route` an empty
FastAPI route in the same web server. `nothing` answers at once.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
from contextlib import AsyncExitStack
from dataclasses import replace

import uvicorn
import uvloop
from bench_frame import profiler, profiling_the_writer, shares
from bench_wire import YesServer
from fastapi import FastAPI, Request, Response
from slack_bolt.adapter.fastapi.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult

from handlers import graph


def say(**what: object) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


async def until_the_input_ends() -> None:
    await asyncio.to_thread(sys.stdin.read)


async def empty(secret: str) -> None:
    async def authorize(team_id: str) -> AuthorizeResult:
        who = {"bot_id": "B1", "bot_user_id": "U1", "bot_token": "xoxb-1"}
        return AuthorizeResult(enterprise_id=None, team_id=team_id, **who)

    async def nothing(ack: AsyncAck) -> None:
        await ack()

    app = AsyncApp(signing_secret=secret, authorize=authorize, process_before_response=True)
    app.command("/access")(nothing)
    app.action("approve")(nothing)
    handler = AsyncSlackRequestHandler(app)
    web = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)

    @web.post("/slack/events")
    async def events(request: Request) -> Response:
        return await handler.handle(request)

    await serve(web)


async def route() -> None:
    web = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)

    @web.get("/v26.0/{node}")
    @web.get("/v26.0/{node}/{edge}")
    async def read(node: str, edge: str = "") -> dict[str, str]:
        return {"id": node, "name": edge}

    await serve(web)


async def serve(web: FastAPI) -> None:
    server = uvicorn.Server(
        uvicorn.Config(web, port=0, log_config=None, access_log=False, lifespan="off", server_header=False)
    )
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - the server tells nobody
        await asyncio.sleep(0.01)
    gc.collect()
    gc.freeze()
    say(port=server.servers[0].sockets[0].getsockname()[1])
    await until_the_input_ends()
    server.should_exit = True
    await serving


async def nothing() -> None:
    """Answer at once, whatever came: what the load could send to a server that costs nothing."""
    server = await asyncio.get_running_loop().create_server(lambda: YesServer(lambda _: b""), "127.0.0.1", 0)
    say(port=server.sockets[0].getsockname()[1])
    await until_the_input_ends()
    server.close()


def handle_by_doing_nothing() -> None:
    """Put one handler in the place of all: its verb reads and writes nothing; the inbox row is committed."""
    from bot import app  # noqa: PLC0415 - bare Bolt needs nothing of the product
    from bot.services.context import Context  # noqa: PLC0415 - the same
    from bot.slack.wire.inbound import Inbound  # noqa: PLC0415 - the same
    from handlers.edge import Answer, Edge  # noqa: PLC0415 - the same

    def do_nothing(_: Context) -> None:
        pass

    async def handle(edge: Edge, inbound: Inbound) -> Answer:
        await edge.run(inbound, do_nothing)
        return Answer()

    app.LISTENERS = replace(
        app.LISTENERS,
        commands=dict.fromkeys(app.LISTENERS.commands, handle),
        actions=dict.fromkeys(app.LISTENERS.actions, handle),
    )


async def ours(*, delivering: bool, profiled: bool) -> None:
    from bot.app import build, settle_memory  # noqa: PLC0415 - the others need nothing of the product
    from bot.logs import set_up_logging  # noqa: PLC0415 - the same
    from bot.settings import Settings, read_settings  # noqa: PLC0415 - the same

    mine, theirs = profiler(), profiler()
    set_up_logging("INFO")
    async with AsyncExitStack() as stack:
        if profiled:
            stack.enter_context(profiling_the_writer(theirs))
        running = await stack.enter_async_context(build(read_settings(Settings)))
        if not delivering:
            await running.worker.stop()
        settle_memory()
        say(port=int(running.url.rpartition(":")[2]))
        if profiled:
            mine.enable()
        await until_the_input_ends()
        mine.disable()
    if profiled:
        say(shares=[[share.what, share.percent] for share in shares(mine, theirs)])


if __name__ == "__main__":
    what, *more = sys.argv[1:]
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:  # the loop of `serve`
        if what == "empty":
            runner.run(empty(*more))
        elif what == "route":
            runner.run(route())
        elif what == "nothing":
            runner.run(nothing())
        else:
            if what == "door":
                handle_by_doing_nothing()
            if what == "unlimited":
                graph.MOST_CALLS_AN_HOUR = 10**9
            runner.run(ours(delivering="delivering" in more, profiled="profiled" in more))
