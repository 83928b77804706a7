"""Views of a business's week: what happened in the last one, and what is to come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.domain.grants import GrantState
from bot.domain.requests import RequestState
from bot.services.views.parties import Party, Rows
from bot.services.views.requests import ItemView


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekGrant:
    """One grant of a business's week: `is_given` by it, else held. `at` is when it ends, began or ended.

    `goes_on`: once it ends, or now that it has ended, its holder has other access to the asset.
    """

    asset_id: str
    asset_name: str
    partner: str
    is_given: bool
    state: GrantState
    at: datetime | None
    goes_on: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekRequest:
    """A request that waits since `at`; `partner` is None where an asset's admins decide."""

    ref: str
    items: tuple[ItemView, ...]
    partner: str | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekDraft:
    """A draft of an employee's that waits for an admin of its business, until it expires `at` this time."""

    ref: str
    items: tuple[ItemView, ...]
    partner: str
    author: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekView:
    """What a business reads once a week: what happened in the one before, and how it is now.

    `is_past`: it comes so late that the next week has begun, which has its own. `decided` counts requests by
    their outcome.
    """

    own: Party
    is_past: bool
    to_decide: Rows[WeekRequest]
    drafts: Rows[WeekDraft]
    asked: Rows[WeekRequest]
    unsettled: Rows[WeekGrant]
    ending: Rows[WeekGrant]
    decided: Mapping[RequestState, int]
    began: Rows[WeekGrant]
    ended: Rows[WeekGrant]

    @property
    def is_empty(self) -> bool:
        """Say whether there is nothing to say."""
        waiting = (self.to_decide, self.drafts, self.asked)
        lists = (*waiting, self.unsettled, self.ending, self.began, self.ended)
        return not self.decided and not any(one.total for one in lists)
