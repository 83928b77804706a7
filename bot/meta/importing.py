"""What a connected business has at Meta: its assets, its people and its partners, each list by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from bot.clock import Clock
from bot.credentials import Credentials, Token, Unreadable
from bot.domain.assets import Kind
from bot.domain.connections import Listed, Obstacle
from bot.meta.client import Answer, Graph
from bot.meta.errors import MetaError, Refused
from bot.services.directory_file import AssetAtMeta, NamedAtMeta, Reading

READ_WITHIN = 20.0
"""How long whoever waits for a reading waits, for all of its calls together."""
KEPT_FOR = 600.0
"""For how many seconds a reading is kept, so that its pages are turned without another one."""
_MOST_KEPT = 50

OWNED: Mapping[Kind, tuple[str, str]] = {
    Kind.PAGE: ("owned_pages", "name"),
    Kind.AD_ACCOUNT: ("owned_ad_accounts", "name"),
    Kind.PIXEL: ("owned_pixels", "name"),
    Kind.INSTAGRAM_ACCOUNT: ("owned_instagram_assets", "ig_username"),
}
"""Where each kind of asset is listed, and which field is its name."""
_NAMED = {Listed.PEOPLE: "business_users", Listed.PARTNERS: "agencies"}
_PUBLISHED = "is_published"


class Importer:
    """Reads what businesses have at Meta, for those who import it."""

    def __init__(self, graph: Graph, credentials: Credentials, *, clock: Clock) -> None:
        self._graph = graph
        self._credentials = credentials
        self._clock = clock
        self._kept: dict[str, tuple[float, str, Reading]] = {}

    async def read(self, business_id: str, ciphertext: str | None) -> Reading | Obstacle:
        """Return what a business has at Meta now, or why nothing of it can be read.

        `ciphertext` is its token as it is kept; None: it is not connected.
        """
        self._kept.pop(business_id, None)
        if ciphertext is None:
            return Obstacle.DISCONNECTED
        try:
            token = self._credentials.read(ciphertext)
        except Unreadable:
            return Obstacle.KEYS
        if self._graph.wait(business_id, takes_away=False):
            return Obstacle.UNREACHED
        try:
            async with asyncio.timeout(READ_WITHIN):
                found = await read_business(self._graph, token, business_id=business_id)
        except TimeoutError:
            return Obstacle.UNREACHED
        if Obstacle.TOKEN in found.unread.values():
            return Obstacle.TOKEN
        if len(found.unread) == len(OWNED) + len(_NAMED):
            return [*found.unread.values()][-1]
        self._keep(business_id, ciphertext, found)
        return found

    async def read_before(self, business_id: str, ciphertext: str | None) -> Reading | Obstacle:
        """Return what was read a short while ago with the same token, else what Meta shows now."""
        since, read_with, found = self._kept.get(business_id, (0.0, None, None))
        if found is not None and read_with == ciphertext and self._clock.monotonic() - since < KEPT_FOR:
            return found
        return await self.read(business_id, ciphertext)

    def _keep(self, business_id: str, ciphertext: str, found: Reading) -> None:
        while len(self._kept) >= _MOST_KEPT:
            self._kept.pop(next(iter(self._kept)))
        self._kept[business_id] = (self._clock.monotonic(), ciphertext, found)


async def read_business(graph: Graph, token: Token, *, business_id: str) -> Reading:
    """Return all that a business has at Meta, as far as Meta shows it."""
    unread: dict[str, Obstacle] = {}

    async def rows(what: str, edge: str, fields: str) -> Sequence[Answer]:
        try:
            return await graph.rows(f"{business_id}/{edge}", token, of=business_id, fields=fields)
        except Refused as refused:
            unread[what] = refused.obstacle
        except MetaError:
            unread[what] = Obstacle.UNREACHED
        return []

    assets: list[AssetAtMeta] = []
    for kind, (edge, name) in OWNED.items():
        fields = f"id,{name},{_PUBLISHED}" if kind is Kind.PAGE else f"id,{name}"
        assets += [
            AssetAtMeta(kind, _text(row, "id"), _text(row, name), is_published=row.get(_PUBLISHED) is True)
            for row in await rows(kind, edge, fields)
        ]
    people, partners = [
        tuple(NamedAtMeta(_text(row, "id"), _text(row, "name")) for row in await rows(what, edge, "id,name"))
        for what, edge in _NAMED.items()
    ]
    return Reading(assets=tuple(assets), people=people, partners=partners, unread=unread)


def _text(row: Answer, name: str) -> str:
    value = row.get(name)
    return value if isinstance(value, str) else ""
