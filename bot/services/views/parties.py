"""Views of who is who: businesses, assets and people by their names, who acts, and pages of anything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from bot.domain.actors import Role, Status
from bot.domain.assets import Kind
from bot.domain.denials import DenialReason

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Signer:
    """Who did something: a person, or a `program` for which that person answers."""

    name: str
    program: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """A business as the other side may see it; or an asset, as the side of its admins."""

    id: str
    name: str
    verified: bool
    status: Status = Status.ACTIVE

    @property
    def can_decide(self) -> bool:
        """Say whether it can decide, and own: see `policy.can_decide`."""
        return self.status is Status.ACTIVE and self.verified


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnBusiness:
    """A business that the actor belongs to, and whether they act for it now.

    `may_administer` is None when they act as its ADMIN, else why not; `may_draft` is True for an EMPLOYEE
    who may save drafts for the admins. `admins` are the names of those who act for it where the actor does
    not.
    """

    party: Party
    role: Role
    may_administer: DenialReason | None
    may_draft: bool
    channel_id: str | None
    admins: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetName:
    """An asset by its id and its name."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Me:
    """Who the actor is to Countersign. `zone` is their Slack time zone (IANA), "UTC" when unknown.

    `assets` are those of which they act as an admin, as people and for no business.
    """

    person_id: str | None
    name: str
    zone: str
    businesses: tuple[OwnBusiness, ...]
    assets: tuple[AssetName, ...] = ()

    @property
    def is_somebody(self) -> bool:
        """Say whether there is anything here for them: a business, or an asset of which they are an admin."""
        return bool(self.businesses or self.assets)

    @property
    def decides_for(self) -> frozenset[str]:
        """Return the ids of those for whom the actor decides: businesses, and assets that are claimed."""
        return self.acts_for | {one.id for one in self.assets}

    @property
    def acts_for(self) -> frozenset[str]:
        """Return the ids of the businesses that the actor acts for as ADMIN now."""
        return frozenset(one.party.id for one in self.businesses if one.may_administer is None)


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetChoice:
    """An asset in a picker or a list. `incomplete`: it is not settled how this ad account is paid."""

    id: str
    kind: Kind
    name: str
    owner: Party | None
    incomplete: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonChoice:
    """A person in a picker; `user_id` is what Slack calls their member ID, empty where it is of no use."""

    id: str
    name: str
    user_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows(Generic[T]):
    """One page of rows. `more` says whether there are rows after these; `total` counts them all."""

    rows: tuple[T, ...]
    total: int
    more: bool
