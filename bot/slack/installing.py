"""Installations of the app by OAuth: kept in the store with encrypted tokens, and in memory for every click.

Every replica has them all in memory. What another one installs, renews or removes is read within seconds, or
at once when something comes from a workspace in which this one cannot act.
"""

from __future__ import annotations

import asyncio
import json
import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bot.clock import Clock
from bot.credentials import Credentials, Token, Unreadable
from bot.domain.actors import Actor, Source
from bot.errors import Busy, StoreDown, Unconfirmed
from bot.services import installations
from bot.services.context import act
from bot.slack.wire.calls import Refused, Slack, SlackError
from bot.slack.wire.oauth import Allowed, OAuth, Tokens

if TYPE_CHECKING:
    from bot.store.database import Database, Row

log = logging.getLogger(__name__)

ENDED = frozenset({"token_revoked", "account_inactive"})
"""How Slack refuses a token that will never work again."""

LEARN_SECONDS = 3.0
KEEP_SECONDS = 1.0
"""How long to wait before what the store could not keep is tried again."""
LIST_SECONDS = 3600.0
"""How often Slack is asked for an organisation's workspaces; at once for one that is not known."""
_BEFORE_THE_END = timedelta(hours=2)
_MOST = 20
_MOST_LEARNED = 1000


class OtherApp(Exception):
    """Raised when what was allowed is another app than this one."""


class Installer:
    """Installs the app where somebody allows it, and has every call use the tokens of now."""

    def __init__(
        self, slack: Slack, database: Database, credentials: Credentials, *, oauth: OAuth | None, clock: Clock
    ) -> None:
        self.oauth = oauth
        self._slack = slack
        self._database = database
        self._credentials = credentials
        self._clock = clock
        self._versions: dict[str, int] = {}
        self._tokens: dict[str, tuple[str, int]] = {}  # each with the version that it is of
        self._following = asyncio.Lock()
        self._learned_at: dict[str, float] = {}
        self._listed_at: dict[str, float] = {}
        slack.on_refusal(self._refused)

    async def follow(self) -> None:
        """Have memory follow the store."""
        async with self._following:
            kept = await self._database.read(installations.versions)
            for gone in self._versions.keys() - kept.keys():
                self._forget(gone)
            returned = []
            for installation_id, version in kept.items():
                if self._versions.get(installation_id) != version:
                    row = await self._database.read(installations.find, installation_id)
                    if row is not None and row.ciphertext is not None:
                        if self._slack.find(installation_id) is None:
                            returned.append(installation_id)
                        self._hold(row)
            await asyncio.gather(*map(self._slack.arrived, returned))
            await self._list_workspaces()

    async def learn(self, team_id: str) -> None:
        """Look whether the store knows more of a workspace than memory, unless somebody just did."""
        now = self._clock.monotonic()
        if now - self._learned_at.get(team_id, -LEARN_SECONDS) < LEARN_SECONDS:
            return
        if len(self._learned_at) >= _MOST_LEARNED:
            self._learned_at.clear()
        self._learned_at[team_id] = now
        self._listed_at = dict.fromkeys(self._listed_at, -LIST_SECONDS)
        try:
            await self.follow()
        except StoreDown:
            self._learned_at.pop(team_id, None)
            raise

    async def install(self, code: str, *, app_id: str) -> Allowed:
        """Install the app where Slack gave this code for it. Raise SlackError or OtherApp."""
        assert self.oauth is not None, "nothing begins an installation"
        allowed = await self.oauth.exchange(code)
        if allowed.app_id != app_id:
            raise OtherApp(allowed.app_id)
        bot = await self._slack.whose(allowed.tokens.access)
        by = Actor(source=Source.FORM, team_id=allowed.team_id or "", user_id=allowed.user_id)
        await self._database.write(
            act,
            installations.install,
            allowed.home,
            is_org=allowed.team_id is None,
            enterprise_id=allowed.enterprise_id,
            name=allowed.name,
            url=bot.url,
            bot_id=bot.bot_id,
            bot_user_id=bot.bot_user_id,
            ciphertext=self._sealed(allowed.tokens),
            rotates_at=self._rotates_at(allowed.tokens),
            by=by,
            now=self._clock.now(),
        )
        await self.follow()
        log.info("installed in %s", allowed.home)
        return allowed

    async def rotate(self) -> None:
        """Exchange the tokens that end soon for new ones; of several replicas, one does it."""
        due = await self._database.write(
            installations.claim_rotations, real=self._clock.real(), limit=_MOST, urgent=False
        )
        for row in due:
            if self.oauth is None:
                log.error("ALARM: the tokens of installation %s end: set the client id to renew them", row.id)
            else:
                await self._rotate(row, self.oauth)
        if due:
            await self.follow()

    async def _rotate(self, row: Row, oauth: OAuth) -> None:
        try:
            refresh = read_tokens(self._credentials, row.ciphertext).refresh
            tokens = await oauth.refresh(refresh or "")
        except Unreadable:
            log.error("ALARM: the tokens of installation %s cannot be decrypted", row.id)  # noqa: TRY400
        except Refused as refused:
            log.error(  # noqa: TRY400 - Slack's word says it all
                "ALARM: Slack gives no new tokens for installation %s: %s; install it again",
                row.id,
                refused.word,
            )
        except SlackError as error:
            log.warning("tokens of installation %s are exchanged later: %s", row.id, error.word)
        else:
            await self._keep(row, tokens)

    async def _keep(self, row: Row, tokens: Tokens) -> None:
        """Keep new tokens, however long the store cannot be written: those before them are used up."""
        rotates_at = self._rotates_at(tokens)
        assert rotates_at is not None, "what is exchanged has an end"
        sealed = self._sealed(tokens)
        while True:
            try:
                await self._database.write(
                    installations.rotate,
                    row.id,
                    version=row.version,
                    ciphertext=sealed,
                    rotates_at=rotates_at,
                )
            except (Busy, Unconfirmed) as error:
                log.warning("new tokens of installation %s cannot be kept yet: %s", row.id, error)
                await asyncio.sleep(KEEP_SECONDS)
            else:
                return

    async def _refused(self, token: str, word: str) -> None:
        """Forget an installation whose token Slack has ended."""
        found = [(one, version) for one, (held, version) in self._tokens.items() if held == token]
        if not found or word not in ENDED:
            return
        ((installation_id, version),) = found
        await self._database.write(
            act, installations.remove, installation_id, version=version, why=word, now=self._clock.now()
        )
        await self.follow()

    def _hold(self, row: Row) -> None:
        self._versions[row.id] = row.version
        try:
            token = read_tokens(self._credentials, row.ciphertext).access
        except Unreadable:
            log.error("ALARM: the tokens of installation %s cannot be decrypted", row.id)  # noqa: TRY400
            return
        self._tokens[row.id] = (token, row.version)
        self._slack.use(
            token,
            team_id=row.id,
            name=row.name,
            url=row.url,
            bot_id=row.bot_id,
            bot_user_id=row.bot_user_id,
            enterprise_id=row.enterprise_id,
            is_org=row.is_org,
        )
        if row.is_org:
            self._listed_at[row.id] = -LIST_SECONDS

    async def _list_workspaces(self) -> None:
        """Ask Slack in which workspaces of the organisations that have the app it may act, now and then."""
        for org_id, listed_at in tuple(self._listed_at.items()):
            if self._clock.monotonic() - listed_at < LIST_SECONDS or self._slack.find(org_id) is None:
                continue
            try:
                found = await self._slack.workspaces_of(org_id)
            except SlackError as error:
                log.warning("the workspaces of organisation %s are not known: %s", org_id, error.word)
                continue
            self._listed_at[org_id] = self._clock.monotonic()
            for team_id in found:
                await self._slack.arrived(team_id)

    def _forget(self, installation_id: str) -> None:
        del self._versions[installation_id]
        self._listed_at.pop(installation_id, None)
        token, _ = self._tokens.pop(installation_id, (None, 0))
        if token is not None:
            self._slack.drop(token)

    def _sealed(self, tokens: Tokens) -> str:
        both = json.dumps([tokens.access, tokens.refresh], separators=(",", ":"))
        return Token(both).encrypted_with(self._credentials)

    def _rotates_at(self, tokens: Tokens) -> datetime | None:
        if tokens.lives is None:
            return None
        return self._clock.real() + max(tokens.lives - _BEFORE_THE_END, tokens.lives / 2)


def read_tokens(credentials: Credentials, ciphertext: str) -> Tokens:
    """Return the tokens of an installation, as they were kept. Raise Unreadable."""
    access, refresh = json.loads(credentials.read(ciphertext).as_text())
    return Tokens(access=access, refresh=refresh)
