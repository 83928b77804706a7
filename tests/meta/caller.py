"""A brand's system user, who calls the local Meta as the bot does."""

from __future__ import annotations

from dataclasses import dataclass

from make import ACCOUNT, BRAND

from bot.credentials import Token
from bot.meta.client import Answer, Graph
from bot.sandbox.meta import LocalMeta

EDGE = f"{ACCOUNT}/agencies"


@dataclass(frozen=True, slots=True)
class Brand:
    """The brand's system user, who calls Meta with our client."""

    meta: LocalMeta
    graph: Graph
    value: str

    async def __call__(
        self, method: str = "GET", path: str = EDGE, *, of: str = BRAND, **params: str
    ) -> Answer:
        return await self.graph.call(method, path, Token(self.value), of=of, **params)
