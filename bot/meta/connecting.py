"""A token is tested before it is kept: who it is, of which business, and what it may not do."""

from __future__ import annotations

from bot.domain.connections import FlawKind, TokenFlaw
from bot.meta.client import Graph
from bot.meta.credentials import Token
from bot.meta.errors import MetaError, Refused

NEEDED = frozenset({"ads_management", "business_management", "pages_manage_metadata", "pages_show_list"})
"""The permissions without which nothing can be shared."""


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
    return name if isinstance(name, str) and name else str(me.get("id"))
