"""Run the demo: a local Slack and a local Meta, the real bot, and a page to act as any person there."""

from __future__ import annotations

import asyncio
import signal
import tempfile
import webbrowser
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr

from bot.app import Countersign, Mode, Settings, build
from bot.clock import PushedClock
from bot.domain.actors import OPERATOR
from bot.sandbox.demo import story as stories
from bot.sandbox.demo.at_meta import DemoMeta
from bot.sandbox.demo.clock import DemoClock
from bot.sandbox.demo.page import ClockControls, page_routes
from bot.sandbox.demo.past import BEGINNING, record_past
from bot.sandbox.demo.story import ACME, Story
from bot.sandbox.demo.tour import Tour
from bot.sandbox.meta import LocalMeta
from bot.sandbox.slack import App, LocalSlack
from bot.sandbox.slack.model import DEFAULT_EVENTS
from bot.services.context import act
from bot.services.directory_file import import_directory, read_file
from bot.slack.wire.manifest import REPLY_EVENTS, manifest


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """The running demo. `url` is the page's address, `bot.url` that of the API for programs.

    `past_sent` is set when all messages of the past are there, `restart` when a person wants to start again.
    """

    slack: LocalSlack
    meta: LocalMeta
    bot: Countersign
    story: Story
    clock: PushedClock
    past_sent: asyncio.Event
    restart: asyncio.Event
    url: str


@asynccontextmanager
async def running(*, port: int = 0, api_port: int = 0, folder: Path) -> AsyncIterator[Demo]:
    """Run the demo until the block ends; its database is in `folder`. 0 is any free port."""
    clock = PushedClock(start=stories.beginning(PushedClock().now()))
    slack = LocalSlack(
        clock=clock,
        app=App.configured(manifest(), events=DEFAULT_EVENTS | {*REPLY_EVENTS}),
    )
    story = stories.build(slack)
    restart = asyncio.Event()
    ready: asyncio.Future[Countersign] = asyncio.get_running_loop().create_future()
    file = read_file(stories.directory_yaml(story, now=clock.now()))
    at_meta = DemoMeta(clock, file.directory, connected=ACME, ready=ready)
    pushed = DemoClock(
        clock, slack=slack, ready=ready, restart=restart, meta_is_broken=lambda: at_meta.is_broken
    )
    past_sent = asyncio.Event()
    page = replace(
        story.page,
        clock=ClockControls(
            push=pushed.push,
            push_to_next=pushed.push_to_next,
            next_due=pushed.next_due,
            restart=pushed.restart,
        ),
        switch=at_meta.switch(then=pushed.let_pass),
        is_quiet=lambda: not past_sent.is_set(),
        tour=Tour(slack=slack, story=story, started=clock.now(), ready=ready).steps(),
    )
    async with at_meta.meta.serve(), slack.serve(port=port, routes=page_routes(slack, page)):
        settings = Settings(
            bot_tokens=tuple(
                SecretStr(workspace.bot_token) for workspace in (story.northwind, story.acme_group)
            ),
            mode=Mode.SOCKET,
            app_token=SecretStr(slack.app.app_token),
            app_id=slack.app.id,
            database_url=f"sqlite:///{folder / 'demo.db'}",
            migrate=True,
            slack_api_url=slack.api_url,
            meta_api_url=f"{at_meta.meta.url}/v25.0/",
            meta_keys=(SecretStr(at_meta.key),),
            host="127.0.0.1",
            port=api_port,
        )
        async with build(settings, clock=clock) as bot:
            now = clock.now()
            await bot.database.write(
                act, import_directory, file, by=OPERATOR, now=now - BEGINNING, deadline=None
            )
            await bot.database.write(record_past, story, now=now, deadline=None)
            await at_meta.connect(bot)
            ready.set_result(bot)
            sending = asyncio.create_task(_after(pushed.settle(), past_sent))
            try:
                yield Demo(
                    slack=slack,
                    meta=at_meta.meta,
                    bot=bot,
                    story=story,
                    clock=clock,
                    past_sent=past_sent,
                    restart=restart,
                    url=slack.base_url,
                )
            finally:
                sending.cancel()


async def _after(done: Coroutine[Any, Any, None], then: asyncio.Event) -> None:
    await done
    then.set()


async def run_until(stop: asyncio.Event, *, port: int, started: Callable[[Demo], None]) -> None:
    """Run the demo until `stop`, and again from its beginning on the same ports whenever `restart` is set.

    `started` is called each time it begins.
    """
    api_port = 0
    while not stop.is_set():
        with tempfile.TemporaryDirectory(prefix="countersign-demo-") as folder:
            async with running(port=port, api_port=api_port, folder=Path(folder)) as demo:
                port, api_port = (urlsplit(one).port or 0 for one in (demo.url, demo.bot.url))
                started(demo)
                waiting = [asyncio.create_task(each.wait()) for each in (stop, demo.restart)]
                await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                for task in waiting:
                    task.cancel()


async def _until_stopped(*, port: int, open_browser: bool, say: Callable[[str], None]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    shown = False

    def started(demo: Demo) -> None:
        nonlocal shown
        if shown:
            say("The story starts again")
            return
        shown = True
        say(f"The demo is ready at {demo.url}  (Ctrl+C ends it; nothing is kept)")
        say(f"Its API is described at {demo.bot.url}/v26.0/docs (`/access token` makes a token for it)")
        if open_browser:
            loop.run_in_executor(None, webbrowser.open, demo.url)

    await run_until(stop, port=port, started=started)


def run(*, port: int, open_browser: bool, say: Callable[[str], None]) -> None:
    """Run the demo on 127.0.0.1 until Ctrl+C or SIGTERM, and `say` its address when it is ready."""
    asyncio.run(_until_stopped(port=port, open_browser=open_browser, say=say))
