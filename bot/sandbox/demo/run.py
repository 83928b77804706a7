"""The demo: a local Slack with two workspaces, the bot unchanged, and a page to be anybody in either."""

from __future__ import annotations

import asyncio
import signal
import tempfile
import webbrowser
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from pydantic import SecretStr

from bot.app import Countersign, Mode, Settings, build
from bot.clock import PushedClock
from bot.domain.policy import OPERATOR
from bot.sandbox.demo import story as stories
from bot.sandbox.demo.page import ClockControls, page_routes
from bot.sandbox.demo.past import BEGINNING, tell_what_went_before
from bot.sandbox.demo.story import Story
from bot.sandbox.demo.tour import Tour
from bot.sandbox.slack import App, LocalSlack
from bot.services import delivery
from bot.services.context import act
from bot.services.directory_file import import_directory, read_file
from bot.services.sweeps import next_due


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """The running demo. `url` is the page's address; `again` is set when somebody asks to restart it."""

    slack: LocalSlack
    bot: Countersign
    story: Story
    clock: PushedClock
    again: asyncio.Event
    url: str


@asynccontextmanager
async def running(*, port: int = 0, folder: Path) -> AsyncIterator[Demo]:
    """Run the demo until the block ends; its store stands in `folder`."""
    clock = PushedClock()
    slack = LocalSlack(clock=clock, app=App(name="Countersign", commands=("/access",)))
    story = stories.build(slack)
    again = asyncio.Event()
    ready: asyncio.Future[Countersign] = asyncio.get_running_loop().create_future()
    page = replace(
        story.page,
        clock=_controls(clock, ready, again),
        is_quiet=_past_is_on_its_way(clock, ready),
        tour=Tour(slack=slack, story=story, started=clock.now(), ready=ready).steps(),
    )
    async with slack.serve(port=port, routes=page_routes(slack, page)):
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
            host="127.0.0.1",
            port=0,
        )
        async with build(settings, clock=clock) as bot:
            now = clock.now()
            file = read_file(stories.directory_yaml(story, now=now))
            await bot.database.write(
                act, import_directory, file, by=OPERATOR, now=now - BEGINNING, deadline=None
            )
            await bot.database.write(tell_what_went_before, story, now=now, deadline=None)
            ready.set_result(bot)
            yield Demo(slack=slack, bot=bot, story=story, clock=clock, again=again, url=slack.base_url)


def _controls(clock: PushedClock, ready: asyncio.Future[Countersign], again: asyncio.Event) -> ClockControls:
    """Return what the clock bar does; it waits until the story is told."""

    async def push(by: timedelta) -> None:
        bot = await asyncio.shield(ready)
        clock.push(by)
        await bot.ticks.sweep()

    async def due() -> tuple[datetime, str] | None:
        bot = await asyncio.shield(ready)
        found = await bot.database.read(act, next_due, now=clock.now())
        return None if found is None else (found.at, found.what)

    async def restart() -> None:
        again.set()

    return ClockControls(push=push, next_due=due, restart=restart)


def _past_is_on_its_way(
    clock: PushedClock, ready: asyncio.Future[Countersign]
) -> Callable[[], Awaitable[bool]]:
    """Return what says whether messages of the story's past are still being sent; no news to anybody."""
    is_sent = False

    async def is_on_its_way() -> bool:
        nonlocal is_sent
        if ready.done() and not is_sent:
            bot = ready.result()
            is_sent = bot.is_idle and not await bot.database.read(delivery.is_work, real=clock.real())
        return not is_sent

    return is_on_its_way


async def tell_until(stop: asyncio.Event, *, port: int, told: Callable[[Demo], None]) -> None:
    """Run the demo, and again from its beginning when somebody asks for that, on one port, until `stop`.

    `told` is called each time it begins.
    """
    while not stop.is_set():
        with tempfile.TemporaryDirectory(prefix="countersign-demo-") as folder:
            async with running(port=port, folder=Path(folder)) as demo:
                port = int(demo.url.rstrip("/").rpartition(":")[2])
                told(demo)
                waiting = [asyncio.create_task(each.wait()) for each in (stop, demo.again)]
                await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                for task in waiting:
                    task.cancel()


async def _until_stopped(*, port: int, open_browser: bool, say: Callable[[str], None]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    shown = False

    def told(demo: Demo) -> None:
        nonlocal shown
        if shown:
            say("The story starts again")
            return
        shown = True
        say(f"The demo is ready at {demo.url}  (Ctrl+C ends it; nothing is kept)")
        if open_browser:
            loop.run_in_executor(None, webbrowser.open, demo.url)

    await tell_until(stop, port=port, told=told)


def run(*, port: int, open_browser: bool, say: Callable[[str], None]) -> None:
    """Run the demo on 127.0.0.1 until Ctrl+C or SIGTERM, and `say` its address when it is ready."""
    asyncio.run(_until_stopped(port=port, open_browser=open_browser, say=say))
