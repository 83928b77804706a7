"""Views of what a business shares with all of its partners, for the report on paper."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.domain.assets import Kind, Tasks
from bot.domain.grants import GrantState
from bot.services.views.access import GrantView
from bot.services.views.parties import Party


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedPartner:
    """A partner, since when something was shared, and how many assets are shared in either direction."""

    party: Party
    since: datetime | None
    given: int
    held: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """What one grant gives a partner, or the business itself of a partner's (`partner_id`)."""

    asset_id: str
    asset_name: str
    kind: Kind
    partner_id: str
    partner_name: str
    tasks: Tasks
    state: GrantState


@dataclass(frozen=True, slots=True)
class Reported:
    """A grant that began by the moment of a report, and whether it was shown as shared then."""

    grant: GrantView
    is_shown: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """How much a report has: partners, those of them who hold something, grants, and over which time."""

    partners: int
    holders: int
    grants: int
    first: datetime | None
    last: datetime | None
