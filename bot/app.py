"""The composition root: settings in, the running app out. What is opened here is closed here, in reverse."""

from __future__ import annotations

import asyncio
import gc
import logging
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from aiohttp import ClientSession
from starlette.routing import BaseRoute, Mount, Route, Router
from uvicorn.loops.auto import auto_loop_factory

from bot.clock import Clock, PushedClock
from bot.credentials import Credentials, renew
from bot.domain.messages import EffectKind
from bot.errors import Misconfigured
from bot.logs import set_up_logging
from bot.meta.client import Graph
from bot.meta.comparing import Comparer
from bot.meta.connecting import Connector
from bot.meta.executor import Executor
from bot.meta.importing import Importer
from bot.operating import naming_the_store
from bot.services import directory, grants, webhooks
from bot.services.context import act
from bot.services.delivery import Worker, is_work
from bot.settings import PREFIX, Mode, Settings, read_settings
from bot.slack.installing import Installer
from bot.slack.senders import make_senders
from bot.slack.wire.calls import Installed, Refused, Slack, SlackError, make_client, open_session
from bot.slack.wire.oauth import OAuth
from bot.slack.wire.response_url import Responder
from bot.stopping import Stopped, starting
from bot.store import migrations
from bot.store.database import Database
from bot.web_server import WebServer, listen, url_of
from bot.webhooks import Webhook, id_of
from handlers import (
    asked,
    bundles,
    commands,
    connecting,
    creating,
    events,
    findings,
    home,
    importing,
    nudges,
    people,
    pickers,
    registering,
    reviews,
    shortcuts,
    submissions,
    tokens,
)
from handlers import buttons as decisions
from handlers.edge import Edge, Listeners
from handlers.graph import API_PATH, GraphApi, no_such_path
from handlers.health import health_routes
from handlers.installing import install_routes
from handlers.slack_http import slack_requests
from handlers.slack_socket import SocketHandler
from handlers.ticks import Ticks

__all__ = [
    "Countersign",
    "Mode",
    "Settings",
    "build",
    "run",
    "serve",
]

log = logging.getLogger(__name__)

T = TypeVar("T")

LISTENERS = Listeners(
    commands=commands.COMMANDS,
    shortcuts=shortcuts.SHORTCUTS,
    actions=decisions.ACTIONS
    | nudges.ACTIONS
    | home.ACTIONS
    | asked.ACTIONS
    | people.ACTIONS
    | creating.ACTIONS
    | tokens.ACTIONS
    | connecting.ACTIONS
    | importing.ACTIONS
    | bundles.ACTIONS
    | findings.ACTIONS
    | reviews.ACTIONS
    | pickers.ACTIONS,
    submissions=submissions.SUBMISSIONS
    | nudges.SUBMISSIONS
    | home.SUBMISSIONS
    | asked.SUBMISSIONS
    | people.SUBMISSIONS
    | creating.SUBMISSIONS
    | tokens.SUBMISSIONS
    | connecting.SUBMISSIONS
    | importing.SUBMISSIONS
    | registering.SUBMISSIONS
    | bundles.SUBMISSIONS
    | findings.SUBMISSIONS
    | reviews.SUBMISSIONS,
    options=pickers.OPTIONS,
    events=events.EVENTS | home.EVENTS,
)

_CONNECT_SECONDS = 15.0
STAGGER_SECONDS = 2.0
_DRAIN_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Countersign:
    """The running app. `url` is where its HTTP server is."""

    database: Database
    slack: Slack
    worker: Worker
    ticks: Ticks
    edge: Edge
    url: str

    @property
    def is_idle(self) -> bool:
        """Say whether nothing is being answered, sent or swept just now."""
        return not (self.edge.follow_ups.is_busy or self.worker.is_busy or self.ticks.is_busy)

    async def is_settled(self, *, real: datetime) -> bool:
        """Say whether nothing is being answered, sent or swept, and the outbox has nothing due at `real`."""
        # Idle before and after: what was claimed while the store was read is neither due nor sent then.
        return self.is_idle and not await self.database.read(is_work, real=real) and self.is_idle


@asynccontextmanager
async def build(settings: Settings, *, clock: Clock | None = None) -> AsyncIterator[Countersign]:
    """Run the app until the context is left; it then finishes what it has begun.

    Raise Misconfigured, naming the variable, if it cannot run like this.
    """
    clock = clock or Clock()
    async with AsyncExitStack() as stack:
        database = await _open_database(settings, clock, stack)
        session = await stack.enter_async_context(open_session())
        slack = Slack(session=session, base_url=settings.slack_api_url, clock=clock)

        async def keep(installed: Installed) -> None:
            await database.write(
                act,
                directory.record_workspace,
                team_id=installed.team_id,
                name=installed.name,
                url=installed.url,
                bot_id=installed.bot_id,
                bot_user_id=installed.bot_user_id,
                now=clock.now(),
            )

        slack.on_install(keep)
        credentials = Credentials([key.get_secret_value() for key in settings.meta_keys])
        oauth = _oauth(settings, session)
        installer = Installer(slack, database, credentials, oauth=oauth, clock=clock)
        await _install(settings, slack)
        await installer.follow()
        responder = Responder(api_url=settings.slack_api_url)
        stack.push_async_callback(responder.close)
        graph = Graph(base_url=settings.meta_api_url, clock=clock)
        stack.push_async_callback(graph.close)
        edge = Edge(
            database=database,
            slack=slack,
            responder=responder,
            connector=Connector(graph, credentials),
            importer=Importer(graph, credentials, clock=clock),
            installer=installer,
            clock=clock,
            app_id=settings.its_app_id,
            api_url=settings.slack_api_url,
            listeners=LISTENERS,
        )
        executor = Executor(graph, database, credentials, clock=clock)
        webhook = Webhook(settings.webhook_url, settings.webhook_keys, database, clock=clock)
        stack.push_async_callback(webhook.close)
        await database.write(act, webhooks.turn, id_of(settings.webhook_url), now=clock.now())
        senders = {
            **make_senders(slack, database, clock=clock),
            **dict.fromkeys(grants.KEPT, executor.send),
            EffectKind.SEND_EVENTS: webhook.send,
        }
        worker = Worker(database, senders, clock=clock)
        comparer = Comparer(graph, database, credentials, clock=clock)
        follow = (installer.follow, installer.rotate)

        async def renew_kept() -> None:
            await renew(database, credentials)

        ticks = Ticks(
            database, slack, compare=comparer.step, follow=follow, hourly=(renew_kept,), clock=clock
        )

        async def look_up(_: Installed) -> None:
            ticks.look_up()

        slack.on_install(look_up)
        database.on_commit(worker.wake)
        if isinstance(clock, PushedClock):
            clock.on_push(ticks.wake)
            clock.on_push(worker.wake)
        listening = stack.enter_context(
            listen(settings.host, settings.port)
        )  # before anything is sent: the port may be taken
        worker.start()
        stack.push_async_callback(worker.stop)
        ticks.start()
        stack.push_async_callback(ticks.stop)
        stack.push_async_callback(edge.follow_ups.drain, seconds=_DRAIN_SECONDS)
        sockets: list[SocketHandler] = []
        url = await _serve_http(settings, edge, worker, sockets, stack, listening=listening)
        if settings.mode is Mode.SOCKET:
            await _connect(settings, edge, ticks, sockets, stack)
        yield Countersign(database=database, slack=slack, worker=worker, ticks=ticks, edge=edge, url=url)


async def serve(settings: Settings, *, clock: Clock | None = None) -> None:
    """Run the app until SIGTERM or SIGINT. Raise Misconfigured if its store is removed or replaced."""
    set_up_logging(settings.log_level)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    try:
        async with AsyncExitStack() as stack:
            with starting(stop):
                running = await stack.enter_async_context(build(settings, clock=clock))
            settle_memory()
            log.info("countersign serves %d workspaces (%s)", len(running.slack.teams), settings.mode)
            replaced = running.database.replaced
            replaced.add_done_callback(lambda _: loop.call_soon_threadsafe(stop.set))
            await stop.wait()
            log.info("countersign stops")
    except Stopped:
        log.info("countersign stops before it has begun")
        return
    if replaced.done():
        with naming_the_store(settings.database_url):
            raise Misconfigured(replaced.result())


def settle_memory() -> None:
    """Collect garbage less often: what is loaded now stays, and requests create few reference cycles.

    Measured: this halves the time of the slowest answers and takes 5 % off the others.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 100)


def run(*, clock: Clock | None = None) -> None:
    """Serve with the settings of the environment. Raise Misconfigured, naming each one that is wrong."""
    settings = read_settings(Settings)
    with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:  # uvloop's, where there is one
        runner.run(serve(settings, clock=clock))


async def _open_database(settings: Settings, clock: Clock, stack: AsyncExitStack) -> Database:
    url = settings.database_url
    with naming_the_store(url):
        if settings.migrate:
            await asyncio.to_thread(migrations.migrate, url)
        database = await asyncio.to_thread(Database.open, url, clock=clock, exclusive=True)
        stack.push_async_callback(asyncio.to_thread, database.close)
        await asyncio.to_thread(database.set_clock)
    return database


async def _install(settings: Settings, slack: Slack) -> None:
    """Ask Slack about every bot token; about those that do not work `Slack.probe` asks again later.

    Raise Misconfigured if Slack refuses all of them and none can come by an installation.
    """
    asked = (
        _ask_about(slack, number, token.get_secret_value())
        for number, token in enumerate(settings.bot_tokens, start=1)
    )
    # All at once: where Slack does not answer, that is waited for once.
    refused = [why for why in await asyncio.gather(*asked) if why is not None]
    if refused and len(refused) == len(settings.bot_tokens) and not settings.client_id:
        raise Misconfigured("\n".join(refused))


async def _ask_about(slack: Slack, number: int, token: str) -> str | None:
    """Ask Slack about one bot token; return why Slack refuses it, if it does."""
    try:
        await slack.install(token)
    except Refused as error:
        why = f"{PREFIX}BOT_TOKENS: Slack does not take token {number}: {error.word}"
        log.warning(why)
        return why
    except SlackError as error:
        log.warning(
            "%sBOT_TOKENS: Slack could not be asked about token %d: %s; it is asked again",
            PREFIX,
            number,
            error.word,
        )
    return None


def _oauth(settings: Settings, session: ClientSession) -> OAuth | None:
    """Return Slack's OAuth for the app, None where its tokens come from the environment alone."""
    if settings.client_secret is None or not settings.client_id:
        return None
    return OAuth(
        session=session,
        api_url=settings.slack_api_url,
        client_id=settings.client_id,
        client_secret=settings.client_secret.get_secret_value(),
        url=settings.url,
    )


async def _serve_http(
    settings: Settings,
    edge: Edge,
    worker: Worker,
    sockets: Sequence[SocketHandler],
    stack: AsyncExitStack,
    *,
    listening: socket.socket,
) -> str:
    routes: list[BaseRoute] = [*install_routes(edge)]
    if settings.mode is Mode.HTTP and settings.signing_secret is not None:
        guarded = slack_requests(edge, secret=settings.signing_secret.get_secret_value())
        routes.append(Mount("/slack", guarded))
    routes.append(Route(API_PATH, GraphApi(edge.database, clock=edge.clock, url=settings.url)))
    routes += health_routes(edge, worker, sockets, shows_metrics=settings.metrics)
    server = WebServer(Router(routes, default=no_such_path), drain_seconds=int(_DRAIN_SECONDS))
    serving = asyncio.create_task(server.serve(sockets=[listening]), name="countersign-http")

    async def stop() -> None:
        server.stop()
        await serving

    stack.push_async_callback(stop)
    return url_of(listening)


async def _connect(
    settings: Settings, edge: Edge, ticks: Ticks, sockets: list[SocketHandler], stack: AsyncExitStack
) -> None:
    """Open two sockets, one a little after the other: when Slack renews one, the other covers the gap."""
    assert settings.app_token is not None
    app_token = settings.app_token.get_secret_value()

    is_starting = True

    async def opened() -> None:
        # What Slack says while none is open is lost: it keeps no envelopes.
        if not is_starting and sum([await each.is_connected() for each in sockets]) <= 1:
            ticks.look_up(events_lost=True)

    for _ in range(2):
        web_client = make_client(None, base_url=settings.slack_api_url, token=app_token)
        handler = SocketHandler(edge, app_token=app_token, web_client=web_client, on_open=opened)
        stack.push_async_callback(handler.close_async)
        sockets.append(handler)
    first, second = sockets
    try:
        first.client.wss_uri = await edge.slack.open_socket(app_token)
    except Refused as error:
        raise Misconfigured(f"{PREFIX}APP_TOKEN: Slack does not take it: {error.word}") from None
    except SlackError as error:
        log.warning("%sAPP_TOKEN: no socket can be opened yet: %s; it is tried again", PREFIX, error.word)
    is_open = asyncio.Event()

    async def open_both() -> None:
        await first.connect_async()  # type: ignore[no-untyped-call]  # Bolt has no type for it
        is_open.set()
        await asyncio.sleep(STAGGER_SECONDS)
        await second.connect_async()  # type: ignore[no-untyped-call]  # the same

    connecting = asyncio.create_task(open_both(), name="countersign-sockets")

    async def stop() -> None:
        connecting.cancel()
        await asyncio.wait([connecting])

    stack.push_async_callback(stop)
    with suppress(TimeoutError):  # it goes on trying
        async with asyncio.timeout(_CONNECT_SECONDS if first.client.wss_uri else 0):
            await is_open.wait()
    is_starting = False
