"""What the local Meta holds: businesses, assets, who has access to them, tokens, and its error envelope."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

Json = dict[str, Any]

DEFAULT_SCOPES = frozenset(
    {
        "business_management",
        "ads_management",
        "pages_show_list",
        "pages_manage_metadata",
        "instagram_basic",
    }
)


class AssetKind(StrEnum):
    """A kind of asset that can be shared with an agency."""

    AD_ACCOUNT = "AD_ACCOUNT"
    PAGE = "PAGE"
    PIXEL = "PIXEL"
    INSTAGRAM = "INSTAGRAM"


AGENCY_TASKS: Mapping[AssetKind, tuple[str, ...]] = {
    AssetKind.AD_ACCOUNT: ("AA_ANALYZE", "ADVERTISE", "ANALYZE", "DRAFT", "MANAGE"),
    AssetKind.PAGE: ("ADVERTISE", "ANALYZE", "CREATE_CONTENT", "MANAGE", "MESSAGING", "MODERATE"),
    AssetKind.PIXEL: ("ADVERTISE", "ANALYZE", "EDIT", "UPLOAD"),
    AssetKind.INSTAGRAM: ("ADVERTISE", "ANALYZE", "COMMUNITY_ACTIVITY", "CONTENT", "MESSAGES"),
}
USER_TASKS: Mapping[AssetKind, tuple[str, ...]] = {
    **AGENCY_TASKS,
    AssetKind.PIXEL: ("AA_ANALYZE", *AGENCY_TASKS[AssetKind.PIXEL]),
}
"""What a person can be assigned with an asset."""
NEEDS_SCOPE: Mapping[AssetKind, str] = {
    AssetKind.AD_ACCOUNT: "ads_management",
    AssetKind.PAGE: "pages_manage_metadata",
    AssetKind.PIXEL: "ads_management",
    AssetKind.INSTAGRAM: "instagram_basic",
}
OWNED_EDGES: Mapping[str, AssetKind] = {
    "owned_ad_accounts": AssetKind.AD_ACCOUNT,
    "owned_pages": AssetKind.PAGE,
    "owned_pixels": AssetKind.PIXEL,
    "owned_instagram_assets": AssetKind.INSTAGRAM,
}
OWNER_FIELD: Mapping[AssetKind, str] = {
    AssetKind.AD_ACCOUNT: "business",
    AssetKind.PAGE: "business",
    AssetKind.PIXEL: "owner_business",
    AssetKind.INSTAGRAM: "owner_business",
}


@dataclass(frozen=True, slots=True)
class Business:
    """A business, the names of its people by their ids there, and by what it pays."""

    id: str
    name: str
    people: dict[str, str] = field(default_factory=dict)
    funding: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True, kw_only=True)
class Agency:
    """What a business may do with an asset of another one, as Meta's `agencies` edge shows it."""

    tasks: tuple[str, ...]
    requested_at: float
    updated_at: float
    status: str = "CONFIRMED"


@dataclass(slots=True, kw_only=True)
class Asset:
    """An asset and its agencies, as they have been since when (seconds since 1970, the newest last).

    `asks_second_admin`: MANAGE is not given before another admin has approved it on Meta's pages; `reviews`
    are those that wait for that, by the agency's id. Without an owner it belongs to people; `managed_by` are
    the businesses whose system users are among its admins, `claims` those that claimed it and wait. `set_up`
    is what else it was created with; `of_account` the ad account that a pixel was created in.
    """

    id: str
    kind: AssetKind
    name: str
    owner_id: str
    owned_since: float = 0.0
    managed_by: set[str] = field(default_factory=set)
    claims: set[str] = field(default_factory=set)
    asks_second_admin: bool = False
    is_published: bool = True
    set_up: Json = field(default_factory=dict)
    of_account: str | None = None
    past: list[tuple[float, dict[str, Agency]]] = field(default_factory=list)
    reviews: dict[str, tuple[str, ...]] = field(default_factory=dict)
    past_users: list[tuple[float, dict[str, tuple[str, ...]]]] = field(default_factory=list)

    @property
    def users(self) -> dict[str, tuple[str, ...]]:
        """Return what people are assigned, whether it can be seen already or not."""
        return self.past_users[-1][1] if self.past_users else {}

    def users_at(self, moment: float) -> dict[str, tuple[str, ...]]:
        """Return what people had been assigned by then."""
        return next((users for since, users in reversed(self.past_users) if since <= moment), {})

    @property
    def agencies(self) -> dict[str, Agency]:
        """Return what holds, whether it can be seen already or not."""
        return self.past[-1][1] if self.past else {}

    def seen_at(self, moment: float) -> dict[str, Agency]:
        """Return what had been set by then: what a reader sees who is told late."""
        return next((agencies for since, agencies in reversed(self.past) if since <= moment), {})


@dataclass(slots=True, kw_only=True)
class Token:
    """An access token: of a system user, or (`page_id`) of one Page."""

    value: str = field(repr=False)
    business_id: str
    user_id: str
    name: str
    scopes: frozenset[str] = DEFAULT_SCOPES
    page_id: str | None = None
    revoked: bool = False


class GraphError(Exception):
    """Raised to answer with Meta's error envelope."""

    def __init__(
        self,
        code: int,
        message: str,
        *,
        subcode: int | None = None,
        type_: str = "OAuthException",
        status: int = 400,
        is_transient: bool = False,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.body: Json = {"message": message, "type": type_, "code": code, "is_transient": is_transient}
        if subcode is not None:
            self.body["error_subcode"] = subcode

    @classmethod
    def no_node(cls, node_id: str, *, method: str) -> GraphError:
        """Return what Meta says of an object that is not there, and of one that the token may not see."""
        verb = {"GET": "get", "POST": "post", "DELETE": "delete"}[method]
        return cls(
            100,
            f"Unsupported {verb} request. Object with ID '{node_id}' does not exist, cannot be loaded due to "
            "missing permissions, or does not support this operation. Please read the Graph API "
            "documentation at https://developers.facebook.com/docs/graph-api",
            subcode=33,
            type_="GraphMethodException",
        )


class Throttled(GraphError):
    """Raised where a business has called too often; `used` is the header that says so."""

    def __init__(self, used: Json) -> None:
        super().__init__(
            80004, "(#80004) There have been too many calls to this ad-account.", is_transient=True
        )
        self.used = used
