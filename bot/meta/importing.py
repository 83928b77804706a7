"""What a connected business has at Meta: its assets, its people and its partners, each list by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.domain.assets import Kind
from bot.domain.connections import Obstacle
from bot.meta.client import Answer, Graph
from bot.meta.credentials import Token
from bot.meta.errors import MetaError, Refused
from bot.services.directory_file import AssetAtMeta

OWNED: Mapping[Kind, tuple[str, str]] = {
    Kind.PAGE: ("owned_pages", "name"),
    Kind.AD_ACCOUNT: ("owned_ad_accounts", "name"),
    Kind.PIXEL: ("owned_pixels", "name"),
    Kind.INSTAGRAM_ACCOUNT: ("owned_instagram_assets", "ig_username"),
}
"""Where each kind of asset is listed, and which field is its name."""
_PUBLISHED = "is_published"


@dataclass(slots=True)
class AtMeta:
    """What a business has at Meta. `unread` are the edges that Meta did not show, and why."""

    assets: list[AssetAtMeta] = field(default_factory=list)
    people: list[str] = field(default_factory=list)
    partners: list[str] = field(default_factory=list)
    unread: dict[str, Obstacle] = field(default_factory=dict)


async def read_business(graph: Graph, token: Token, *, business_id: str) -> AtMeta:
    """Return all that a business has at Meta, as far as Meta shows it."""
    found = AtMeta()

    async def rows(edge: str, fields: str) -> list[Answer]:
        try:
            return [*await graph.rows(f"{business_id}/{edge}", token, of=business_id, fields=fields)]
        except Refused as refused:
            found.unread[edge] = refused.obstacle
        except MetaError:
            found.unread[edge] = Obstacle.UNREACHED
        return []

    for kind, (edge, name) in OWNED.items():
        fields = f"id,{name},{_PUBLISHED}" if kind is Kind.PAGE else f"id,{name}"
        found.assets += [
            AssetAtMeta(kind, _text(row, "id"), _text(row, name), is_published=row.get(_PUBLISHED) is True)
            for row in await rows(edge, fields)
        ]
    found.people = [_text(row, "name") for row in await rows("business_users", "id,name")]
    partners = await rows("agencies", "id,name")
    found.partners = [f"{_text(row, 'name')} ({_text(row, 'id')})" for row in partners]
    return found


def _text(row: Answer, name: str) -> str:
    value = row.get(name)
    return value if isinstance(value, str) else ""
