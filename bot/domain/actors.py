"""Who acts: people and their memberships, businesses, admins of an asset, and who a verb is run by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum


class Role(StrEnum):
    """What a member is in a business."""

    ADMIN = "ADMIN"
    EMPLOYEE = "EMPLOYEE"


class Status(StrEnum):
    """Whether a business is open for business (Business Manager: deactivated, restricted)."""

    ACTIVE = "ACTIVE"
    DEACTIVATED = "DEACTIVATED"
    RESTRICTED = "RESTRICTED"


class WhoMayAsk(StrEnum):
    """Who may ask a business for access."""

    ANYONE = "ANYONE"
    LISTED = "LISTED"
    NOBODY = "NOBODY"


class ApiSharing(StrEnum):
    """What becomes of an asset that its owner shares with a business through the API."""

    AT_ONCE = "AT_ONCE"
    AFTER_ACCEPTANCE = "AFTER_ACCEPTANCE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One person's membership of one business."""

    role: Role
    shared: bool = False


CONFIRMED_FOR = timedelta(days=1)
"""For how long people may act on what Slack last said of them: events that take power away can be lost."""
LOOK_UP_AFTER = CONFIRMED_FOR / 2
"""When Slack is asked again, early enough that an outage of hours stops nobody."""


def is_confirmed(checked_at: datetime | None, *, now: datetime) -> bool:
    """Say whether what Slack said of somebody then still gives power."""
    return checked_at is not None and now - checked_at <= CONFIRMED_FOR


Account = tuple[str, str]
"""A Slack user's own workspace and id. It tells who somebody is: a person's id tells only under which name
the directory has them, and one user may have had several."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flags:
    """What Slack says of a user (users.info); None means not looked up yet, which gives no power.

    A `stranger` is at home in another workspace.
    """

    deactivated: bool | None = None
    guest: bool | None = None
    bot: bool | None = None
    stranger: bool | None = None

    @property
    def are_known(self) -> bool:
        """Say whether Slack has said all of it."""
        return None not in (self.deactivated, self.guest, self.bot, self.stranger)


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackUser:
    """A user as Slack describes them."""

    user_id: str
    flags: Flags
    zone: str | None
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """What is known of one Slack user, read in the transaction that acts.

    `people` counts the people linked to this Slack user. Flags that are not `confirmed` give no power: see
    `is_confirmed`. `from_sister` is the actor's: it may be why nobody is known. `memberships` are those for
    which they act here, a token for one alone; `shared`: in any business at all they are a shared login.
    """

    team_id: str
    user_id: str
    person_id: str | None = None
    people: int = 0
    flags: Flags = Flags()
    confirmed: bool = False
    from_sister: bool = False
    shared: bool = False
    memberships: Mapping[str, Member] = field(default_factory=dict)

    @property
    def account(self) -> Account:
        """Return who they are to Slack."""
        return self.team_id, self.user_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Business:
    """A business, as far as a decision goes."""

    id: str
    team_id: str | None
    status: Status
    verified: bool
    quorum: int = 1
    who_may_ask: WhoMayAsk = WhoMayAsk.ANYONE
    api_sharing: ApiSharing = ApiSharing.AT_ONCE


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetAdmins:
    """Those who have an asset as people, by no business: `people` are their ids."""

    people: frozenset[str]


class Source(StrEnum):
    """Through which door a step came."""

    BUTTON = "BUTTON"
    COMMAND = "COMMAND"
    FORM = "FORM"
    EVENT = "EVENT"
    CLOCK = "CLOCK"
    COMMAND_LINE = "COMMAND_LINE"
    API = "API"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who does a step: a Slack user through one of Slack's doors, the clock, or the operator.

    `team_id` is the user's own workspace as the payload's `user` says it, never the workspace that
    the message stands in: in Slack Connect these differ. `from_sister`: the payload named another workspace
    of our own organisation, and `team_id` is the one that it came through.

    With a token, `business_id` is the only business that they act for, and `program` names the program that
    does it, where they answer for one.
    """

    source: Source
    team_id: str = ""
    user_id: str = ""
    enterprise_id: str | None = None
    from_sister: bool = False
    token_id: str | None = None
    business_id: str | None = None
    program: str | None = None


CLOCK = Actor(source=Source.CLOCK)
OPERATOR = Actor(source=Source.COMMAND_LINE)
