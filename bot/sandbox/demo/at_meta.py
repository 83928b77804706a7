"""The demo's Meta: a local one that one brand is connected to, and the switch that has it work badly."""

from __future__ import annotations

import asyncio
import base64
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.credentials import Credentials
from bot.domain.actors import OPERATOR
from bot.domain.assets import Kind
from bot.sandbox.demo.page import Choice, Switch
from bot.sandbox.demo.story import AGENCY
from bot.sandbox.meta import AssetKind, GraphError, LocalMeta
from bot.services import connections
from bot.services.context import act

if TYPE_CHECKING:
    from bot.app import Countersign
    from bot.clock import PushedClock
    from bot.services.directory_file import Directory

KINDS: Final[Mapping[Kind, AssetKind]] = {
    Kind.AD_ACCOUNT: AssetKind.AD_ACCOUNT,
    Kind.PAGE: AssetKind.PAGE,
    Kind.PIXEL: AssetKind.PIXEL,
    Kind.INSTAGRAM_ACCOUNT: AssetKind.INSTAGRAM,
}
_UNIMPORTED = (
    ("act_4815162377", AssetKind.AD_ACCOUNT, "Acme Shoes France"),
    ("501000200077", AssetKind.PAGE, "Acme Chaussures"),
    ("178000200077", AssetKind.INSTAGRAM, "acme.chaussures"),
)
_RENAMED = ("act_4815162343", "Acme Shoes US & Canada")
_USUAL_DELAY = 3.0
_SLOW_DELAY = 90.0
_MANY = 1_000_000


def _works(_: LocalMeta) -> None:
    """Leave it as it is put right before each choice."""


def _is_slow(meta: LocalMeta) -> None:
    meta.delay = _SLOW_DELAY


def _is_busy(meta: LocalMeta) -> None:
    said = "(#80004) There have been too many calls to this ad-account."
    meta.faults.refuse(GraphError(80004, said), times=_MANY)


def _is_down(meta: LocalMeta) -> None:
    meta.faults.outage()


def _refuses_tokens(meta: LocalMeta) -> None:
    for token in meta.tokens.values():
        token.revoked = True


def _asks_second_admin(meta: LocalMeta) -> None:
    meta.asks_second_admin = True


def _limits_the_app(meta: LocalMeta) -> None:
    said = "(#10) Application does not have permission for this action"
    meta.faults.refuse(GraphError(10, said), "POST", "/agencies", times=_MANY)


@dataclass(frozen=True, slots=True)
class _Way:
    id: str
    name: str
    about: str
    begin: Callable[[LocalMeta], None]


_WAYS = (
    _Way("works", "works", "What was approved is in force after a few seconds.", _works),
    _Way("slow", "is slow", "It takes a minute and a half to show what it did.", _is_slow),
    _Way("busy", "is too busy", "It asks to be left alone for five minutes.", _is_busy),
    _Way("down", "is down", "It does not answer.", _is_down),
    _Way(
        "review",
        "asks a second admin",
        "Somebody else has to approve there. “Meta works” does that.",
        _asks_second_admin,
    ),
    _Way(
        "token",
        "refuses the token",
        "Nothing can be done there. “Meta works” connects again, and what waited goes on.",
        _refuses_tokens,
    ),
    _Way(
        "limited",
        "limits this app",
        "The app may take access away there, and give none.",
        _limits_the_app,
    ),
)


class DemoMeta:
    """The local Meta, the connection of one business to it, and how well it works.

    It has the businesses, people and assets of the story, and what the connected business creates. What is
    claimed later is on no Meta, so that what is given of it cannot be put in force, and its card says why.
    """

    def __init__(
        self,
        clock: PushedClock,
        directory: Directory,
        *,
        connected: str,
        ready: asyncio.Future[Countersign],
    ) -> None:
        self.meta = LocalMeta(clock)
        self.key = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
        self._clock = clock
        self._connected = connected
        self._ready = ready
        self._way = _WAYS[0]
        for business in directory.businesses:
            self.meta.add_business(business.id, business.name).funding.update(business.funding_sources)
            for member in business.members:
                self.meta.add_person(business.id, member.name)
            for asset in business.assets:
                self.meta.add_asset(asset.id, KINDS[asset.kind], asset.name, owner=business.id)
        self._add_unimported()
        self._token = self.meta.add_token(connected)
        self._put_right()

    @property
    def is_broken(self) -> bool:
        """Say whether it works in another way than usual, so that what was approved may wait for it."""
        return self._way is not _WAYS[0]

    def switch(self, *, then: Callable[[], Awaitable[None]]) -> Switch:
        """Return the switch as the page shows it; `then` is called after each choice."""
        choices = tuple(Choice(id=way.id, name=way.name, about=way.about) for way in _WAYS)

        async def choose(choice_id: str) -> None:
            await self.work_like(choice_id)
            await then()

        return Switch(name="Meta", choices=choices, chosen=lambda: self._way.id, choose=choose)

    async def connect(self, bot: Countersign) -> None:
        """Connect the business, as the operator does."""
        await bot.database.write(
            act,
            connections.connect,
            self._connected,
            ciphertext=Credentials([self.key]).encrypt(self._token.value),
            name=self._token.name,
            by=OPERATOR,
            now=self._clock.now(),
            deadline=None,
        )

    async def work_like(self, choice_id: str) -> None:
        """Have Meta work in one of the ways."""
        bot = await asyncio.shield(self._ready)
        was_refused = self._token.revoked
        self._put_right()
        self._way = next(way for way in _WAYS if way.id == choice_id)
        self._way.begin(self.meta)
        if was_refused:
            self._token = self.meta.add_token(self._connected)
            await self.connect(bot)

    def _add_unimported(self) -> None:
        """Have more at Meta than is recorded here, for an import; a partner has some of it."""
        for asset_id, kind, name in _UNIMPORTED:
            self.meta.add_asset(asset_id, kind, name, owner=self._connected)
        self.meta.set_agency(_UNIMPORTED[0][0], AGENCY, "ADVERTISE", "ANALYZE")
        self.meta.assets[_RENAMED[0]].name = _RENAMED[1]
        self.meta.add_person(self._connected, "Petra Pérez")

    def _put_right(self) -> None:
        self.meta.faults.clear()
        self.meta.delay = _USUAL_DELAY
        self.meta.asks_second_admin = False
        for asset in self.meta.assets.values():
            for business_id in list(asset.reviews):
                self.meta.review(asset.id, business_id, approve=True)
