"""What would be asked for, or given: the same questions are asked of both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.domain.assets import Kind, Tasks
from bot.domain.kinds import RequestKind

if TYPE_CHECKING:
    from bot.store.compiled import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedItem:
    """One item as it would be: which asset (None: still only described) and which tasks.

    `is_named`: the requester named the asset; else they described it, and its owner says which it is.
    """

    position: int
    kind: Kind
    is_named: bool
    asset_id: str | None
    tasks: Tasks

    @property
    def field(self) -> str:
        """Return the name of the field in which a person sees it."""
        return f"items.{self.position}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What one business would ask of another, or what approvers would give: then `request` is its row."""

    kind: RequestKind
    requesting_id: str
    deciding_id: str | None
    owner_id: str | None
    holder_id: str
    items: Sequence[ProposedItem]
    request: Row | None = None
