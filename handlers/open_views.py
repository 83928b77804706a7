"""Modals that change while people fill them in: the newest choice wins, and none is lost."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_MOST = 1_000


@dataclass(slots=True)
class _Open:
    """One open modal: when the choice was made that it shows, and whose turn it is to update it."""

    made_at: float = 0.0
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


class OpenViews:
    """The modals that were changed last, for each the newest choice in it.

    Somebody who chooses twice before the form has changed sends two states with the same hash, and each state
    holds all that was chosen until then: the form is to show the later one, whichever is answered first.
    This is known in one process: of two such choices that go to two replicas, the form shows the one answered
    last. Slack has no call that reads a form, so neither replica can see what the other has put into it.
    """

    def __init__(self) -> None:
        self._views: OrderedDict[str, _Open] = OrderedDict()

    @asynccontextmanager
    async def turn(self, view_id: str, action: Mapping[str, Any]) -> AsyncIterator[bool]:
        """Wait for one's turn to update a view after an action in it; yield whether no later action has."""
        view = self._views.setdefault(view_id, _Open())
        self._views.move_to_end(view_id)
        if len(self._views) > _MOST:
            self._views.popitem(last=False)
        async with view.turn:
            made_at = _made_at(action) or view.made_at
            is_newest = made_at >= view.made_at
            view.made_at = max(made_at, view.made_at)
            yield is_newest


def _made_at(action: Mapping[str, Any]) -> float | None:
    """Return when an action was made, by Slack's clock; a form that is sent comes after all actions in it."""
    try:
        return float(action["action_ts"])
    except (KeyError, TypeError, ValueError):
        return None
