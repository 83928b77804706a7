"""The demo: a local Slack with two workspaces, the bot unchanged, and a page to be anybody in either."""

from __future__ import annotations

import asyncio
import signal
import tempfile
import webbrowser
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from bot.app import Countersign, Mode, Settings, build
from bot.clock import PushedClock
from bot.sandbox import story as stories
from bot.sandbox.page import page_routes
from bot.sandbox.slack import App, LocalSlack
from bot.sandbox.story import Story
from bot.services.directory_file import import_directory, read_file


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """The running demo. `url` is the page's address."""

    slack: LocalSlack
    bot: Countersign
    story: Story
    clock: PushedClock
    url: str


@asynccontextmanager
async def running(*, port: int = 0, folder: Path) -> AsyncIterator[Demo]:
    """Run the demo until the block ends; its store stands in `folder`."""
    clock = PushedClock()
    slack = LocalSlack(clock=clock, app=App(name="Countersign", commands=("/access",)))
    story = stories.build(slack)
    async with slack.serve(port=port, routes=page_routes(slack, story.page)):
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
            file = read_file(stories.directory_yaml(story))
            await bot.database.write(import_directory, file, now=clock.now(), deadline=None)
            await bot.database.write(stories.tell_what_went_before, story, now=clock.now())
            yield Demo(slack=slack, bot=bot, story=story, clock=clock, url=slack.base_url)


async def _until_stopped(*, port: int, open_browser: bool, say: Callable[[str], None]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    with tempfile.TemporaryDirectory(prefix="countersign-demo-") as folder:
        async with running(port=port, folder=Path(folder)) as demo:
            say(f"The demo is ready at {demo.url}  (Ctrl+C ends it; nothing is kept)")
            if open_browser:
                await asyncio.to_thread(webbrowser.open, demo.url)
            await stop.wait()


def run(*, port: int, open_browser: bool, say: Callable[[str], None]) -> None:
    """Run the demo on 127.0.0.1 until Ctrl+C or SIGTERM, and `say` its address when it is ready."""
    asyncio.run(_until_stopped(port=port, open_browser=open_browser, say=say))
