"""Views of access: grants, who reaches what, what holds at Meta, and what is found there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.domain.assets import Kind, Tasks
from bot.domain.connections import EnforcementState, Obstacle
from bot.domain.denials import DenialReason
from bot.domain.grants import EndReason, GrantState
from bot.services.views.parties import AssetChoice, Party, Rows, Signer


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignedPerson:
    """A person and what they are assigned with an asset; `why` says why they could not be assigned it now."""

    person_id: str
    name: str
    tasks: Tasks
    since: datetime
    why: DenialReason | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AtMeta:
    """How far something is in force at Meta, and what stands in the way."""

    state: EnforcementState
    obstacle: Obstacle | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EnforcementView:
    """What one of a business's people should be able to do with an asset at Meta, and how it stands there.

    No tasks: it is being taken away. `obstacle` is what stands in the way.
    """

    person_id: str
    name: str
    asset: AssetChoice
    business: Party
    tasks: Tasks
    state: EnforcementState
    obstacle: Obstacle | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleTold:
    """Of how many of a business's people access is not at Meta as it was set, and the first of them."""

    own: Party
    people: tuple[EnforcementView, ...]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetPeople:
    """A business's own people with an asset: `tasks` are the most that they can be assigned, `until` then.

    `can_change`: the reader acts for the business. `unsettled` is its access on the way in or out at Meta,
    `at_meta` the people whose access is not there as it was set.
    """

    business: Party
    asset: AssetChoice
    tasks: Tasks
    until: datetime | None
    people: Rows[AssignedPerson]
    can_change: bool
    unsettled: tuple[GrantView, ...] = ()
    at_meta: tuple[EnforcementView, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionTold:
    """What a business is told of its connection to Meta: whether it is broken, and how many grants wait."""

    own: Party
    is_connected: bool
    is_broken: bool
    waiting: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportTold:
    """What a business is told of an import from Meta: who did it (None: the operator), and how much."""

    own: Party
    by: str | None
    new: int
    renamed: int
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """An asset that a person can reach through `business`, which owns it or got it by the requests `refs`."""

    asset: AssetChoice
    business: Party
    tasks: Tasks
    until: datetime | None
    refs: tuple[str, ...]
    can_change: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonReach:
    """All that a person can reach through the businesses that the reader has in common with them.

    `unsettled` is access asked for for them that is on its way in or out at Meta, `at_meta` what of their own
    is not there as it was set.
    """

    person_id: str
    name: str
    rows: Rows[Reach]
    unsettled: tuple[GrantView, ...] = ()
    at_meta: tuple[EnforcementView, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldAfter:
    """What its holder may still do with an asset once a grant has ended, and until when; None: for good."""

    tasks: Tasks
    until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantView:
    """One grant as both sides may see it. `tasks` are what it gives by itself.

    `works` is what its holder last said when asked whether it can be used; None: nothing so far. `obstacle`
    is why it is not at Meta as it should be. `by_operator`: neither side ended it, but who runs Countersign.
    `cut_at` is when it will end with the contract of the two, where that is before its own end.
    """

    id: str
    request_id: str
    ref: str
    asset_id: str
    asset_name: str
    kind: Kind
    owner: Party
    holder: Party
    tasks: Tasks
    state: GrantState
    version: int
    starts_at: datetime | None
    ends_at: datetime | None
    ended_at: datetime | None
    end_reason: EndReason | None
    ended_by: str | None
    end_note: str
    reason: str
    decided_by: tuple[Signer, ...]
    may_end: bool
    ended_with: str | None = None
    works: bool | None = None
    works_at: datetime | None = None
    is_at_meta: bool = False
    obstacle: Obstacle | None = None
    by_operator: bool = False
    cut_at: datetime | None = None

    @property
    def until(self) -> datetime | None:
        """Return when it will end, as things stand; None: it has no end."""
        return self.cut_at or self.ends_at
