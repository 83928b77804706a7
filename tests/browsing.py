"""A person with a browser, who installs the app in a workspace."""

from __future__ import annotations

import html
import re
from types import TracebackType
from typing import Self

import httpx
from world import OUTSIDE, World

from bot.sandbox.slack import Person


class Browser:
    """A browser, which keeps cookies and follows one link after the other."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.client = httpx.AsyncClient(trust_env=False, timeout=60)
        self.cookies: dict[str, str] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.client.aclose()

    async def get(self, address: str, method: str = "GET") -> httpx.Response:
        """Open an address of the bot's, as the settings name it or without the host."""
        url = self.world.app.url + address.removeprefix(OUTSIDE)
        headers = {"cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        answer = await self.client.request(method, url, headers=headers)
        for set_cookie in answer.headers.get_list("set-cookie"):
            name, _, value = set_cookie.partition(";")[0].partition("=")
            self.cookies[name] = value.strip('"')
        return answer

    async def begin(self) -> str:
        """Open the page that installs, and return where its button leads."""
        page = await self.get("/slack/install")
        assert page.status_code == 200
        (address,) = re.findall(r'href="([^"]+)"', page.text)
        return html.unescape(address)

    async def install(self, person: Person) -> httpx.Response:
        """Install the app in somebody's workspace, and return the page at the end."""
        answer = await self.get(self.world.slack.installs.allow(person, await self.begin()))
        await self.world.settle()
        return answer
