"""A token is tested before it is kept: who it is, of which business, and what it may not do."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from bot.credentials import Credentials, Token
from bot.domain.connections import NEEDED, FlawKind, TokenFlaw
from bot.domain.typed import one_line
from bot.meta.client import Graph
from bot.meta.errors import MetaError, Refused

TESTED_WITHIN = 20.0
"""How long whoever waits for the outcome waits, for all calls of a test together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """A token that was tested, as it is kept, and the name of the system user at Meta whose it is."""

    name: str
    ciphertext: str


class Connector:
    """Tests tokens at Meta and encrypts them, for those who connect a business."""

    def __init__(self, graph: Graph, credentials: Credentials) -> None:
        self._graph = graph
        self._credentials = credentials

    @property
    def can_keep(self) -> bool:
        """Say whether there is a key to keep tokens with."""
        return self._credentials.can_keep

    async def seal(self, value: str, *, business_id: str) -> Sealed | TokenFlaw:
        """Test a token for a business, and encrypt it; or return what is wrong with it."""
        if not self.can_keep:
            return TokenFlaw(FlawKind.NO_KEY)
        try:
            token = Token(value)
        except ValueError:
            return TokenFlaw(FlawKind.ODD)
        try:
            async with asyncio.timeout(TESTED_WITHIN):
                found = await test_token(self._graph, token, business_id=business_id)
        except TimeoutError:
            return TokenFlaw(FlawKind.UNREACHED)
        if isinstance(found, TokenFlaw):
            return found
        return Sealed(name=found, ciphertext=token.encrypted_with(self._credentials))


async def test_token(graph: Graph, token: Token, *, business_id: str) -> str | TokenFlaw:
    """Return the name of the system user whose token it is, or what is wrong with it for a business."""
    try:
        me = await graph.call("GET", "me", token, of=business_id, fields="id,name")
    except Refused:
        return TokenFlaw(FlawKind.NOT_TAKEN)
    except MetaError:
        return TokenFlaw(FlawKind.UNREACHED)
    try:
        granted = await graph.rows("me/permissions", token, of=business_id, fields="permission,status")
        has = {row.get("permission") for row in granted if row.get("status") == "granted"}
        if missing := NEEDED - has:
            return TokenFlaw(FlawKind.MISSING, tuple(sorted(missing)))
        users = await graph.rows(f"{business_id}/system_users", token, of=business_id, fields="id")
    except Refused:
        return TokenFlaw(FlawKind.OTHER_BUSINESS)
    except MetaError:
        return TokenFlaw(FlawKind.UNREACHED)
    if me.get("id") not in {row.get("id") for row in users}:
        return TokenFlaw(FlawKind.OTHER_BUSINESS)
    name = me.get("name")
    return (one_line(name) if isinstance(name, str) else "") or str(me.get("id"))
