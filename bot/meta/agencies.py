"""The partners of an asset, as Meta shows them, and the token with which it shows them."""

from __future__ import annotations

from collections.abc import Mapping

from bot.credentials import Token
from bot.domain.assets import Kind
from bot.domain.connections import Obstacle
from bot.domain.typed import one_line
from bot.meta.client import Graph
from bot.meta.errors import Code, Refused, Unsure
from bot.services.grants import HeldAtMeta

_CONFIRMED = "CONFIRMED"
_NO_PAGE_TOKEN = Code(210)


async def token_for(graph: Graph, asset_id: str, kind: Kind, token: Token, *, of: str) -> Token:
    """Return the token that may share an asset: a Page's own, else that of its owner. Raise MetaError."""
    if kind is not Kind.PAGE:
        return token
    page = await graph.call("GET", asset_id, token, of=of, fields="access_token")
    value = page.get("access_token")
    if not isinstance(value, str):
        raise Refused(_NO_PAGE_TOKEN, Obstacle.PERMISSION)
    try:
        return Token(value)
    except ValueError:
        raise Unsure("odd Page token") from None


async def read_agencies(graph: Graph, asset_id: str, token: Token, *, of: str) -> Mapping[str, HeldAtMeta]:
    """Return what each partner can do with an asset now, by the partner's id. Raise MetaError."""
    rows = await graph.rows(
        f"{asset_id}/agencies", token, of=of, fields="id,name,permitted_tasks,access_status"
    )
    held: dict[str, HeldAtMeta] = {}
    for row in rows:
        if row.get("access_status", _CONFIRMED) != _CONFIRMED:
            continue
        holder_id, name, tasks = row.get("id"), row.get("name"), row.get("permitted_tasks")
        if not isinstance(holder_id, str) or not isinstance(tasks, list):
            raise Unsure("odd partners")
        held[holder_id] = HeldAtMeta(
            one_line(name) if isinstance(name, str) else "", frozenset(map(str, tasks))
        )
    return held
