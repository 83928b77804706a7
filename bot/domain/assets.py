"""Marketing assets: their kinds, ids, tasks, and levels in plain words.

Tasks are Meta's names (Marketing API reference: `permitted_tasks` of each kind's `agencies` edge).
Levels are presets of tasks under the words that Business Manager uses; people pick levels, tasks
are what is stored. A capability is no task; it stands alone, under a level of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.typed import plainly

Tasks = frozenset[str]


def spoken(words: str) -> str:
    """Return words as they are compared: in lower case, with one space for any dash, _ or space."""
    return re.sub(r"[\s_-]+", " ", plainly(words)).strip().casefold()


class Kind(StrEnum):
    """What can be shared between businesses."""

    PAGE = "PAGE"
    AD_ACCOUNT = "AD_ACCOUNT"
    PIXEL = "PIXEL"
    INSTAGRAM_ACCOUNT = "INSTAGRAM_ACCOUNT"


KINDS_CALLED: Mapping[str, Kind] = {
    "page": Kind.PAGE,
    "facebook page": Kind.PAGE,
    "account": Kind.AD_ACCOUNT,
    "adaccount": Kind.AD_ACCOUNT,
    "ad account": Kind.AD_ACCOUNT,
    "advertising account": Kind.AD_ACCOUNT,
    "act": Kind.AD_ACCOUNT,
    "pixel": Kind.PIXEL,
    "meta pixel": Kind.PIXEL,
    "facebook pixel": Kind.PIXEL,
    "dataset": Kind.PIXEL,
    "data set": Kind.PIXEL,
    "instagram": Kind.INSTAGRAM_ACCOUNT,
    "instagram account": Kind.INSTAGRAM_ACCOUNT,
    "instagram profile": Kind.INSTAGRAM_ACCOUNT,
    "ig account": Kind.INSTAGRAM_ACCOUNT,
}
"""What people call the kinds of assets."""


def kind_called(words: str) -> Kind | None:
    """Return the kind of asset that people call so, one or several of them: "pixel", "Ad accounts"."""
    said = spoken(words)
    return KINDS_CALLED.get(said) or KINDS_CALLED.get(said.removesuffix("s"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """A preset of tasks: its name, what it lets a partner do, and what else it is called.

    Meta's pages have had other words for these levels, and have others again for people than for partners.
    """

    name: str
    tasks: Tasks
    means: str
    also: tuple[str, ...] = ()

    @property
    def names(self) -> frozenset[str]:
        """Return all that it is called, as `spoken` has it."""
        return frozenset(map(spoken, (self.name, *self.also)))


TASKS: dict[Kind, Tasks] = {
    Kind.PAGE: frozenset(
        {
            "ADVERTISE",
            "ANALYZE",
            "CASHIER_ROLE",
            "CREATE_CONTENT",
            "GLOBAL_STRUCTURE_MANAGEMENT",
            "MANAGE",
            "MANAGE_JOBS",
            "MANAGE_LEADS",
            "MESSAGING",
            "MODERATE",
            "MODERATE_COMMUNITY",
            "PAGES_MESSAGING",
            "PAGES_MESSAGING_SUBSCRIPTIONS",
            "PROFILE_PLUS_ADVERTISE",
            "PROFILE_PLUS_ANALYZE",
            "PROFILE_PLUS_CREATE_CONTENT",
            "PROFILE_PLUS_FACEBOOK_ACCESS",
            "PROFILE_PLUS_FULL_CONTROL",
            "PROFILE_PLUS_GLOBAL_STRUCTURE_MANAGEMENT",
            "PROFILE_PLUS_MANAGE",
            "PROFILE_PLUS_MANAGE_LEADS",
            "PROFILE_PLUS_MESSAGING",
            "PROFILE_PLUS_MODERATE",
            "PROFILE_PLUS_MODERATE_DELEGATE_COMMUNITY",
            "PROFILE_PLUS_REVENUE",
            "READ_PAGE_MAILBOXES",
            "VIEW_MONETIZATION_INSIGHTS",
        }
    ),
    Kind.AD_ACCOUNT: frozenset({"MANAGE", "ADVERTISE", "ANALYZE", "DRAFT", "AA_ANALYZE"}),
    Kind.PIXEL: frozenset({"ADVERTISE", "ANALYZE", "EDIT", "UPLOAD"}),
    Kind.INSTAGRAM_ACCOUNT: frozenset({"ADVERTISE", "ANALYZE", "COMMUNITY_ACTIVITY", "CONTENT", "MESSAGES"}),
}

_FULL = ("Full control", "Full access")
_PARTIAL = ("Partial access", "Partial control")
_INSIGHTS = (
    *("Insights only", "Insights", "View only", "View performance", "View insights"),
    *("Read only", "Read access", "Viewer"),
)

# From the most to the least, so that "a lower level" is one further down.
LEVELS: dict[Kind, tuple[Level, ...]] = {
    Kind.PAGE: (
        Level(
            name="Admin",
            tasks=frozenset({"MANAGE", "CREATE_CONTENT", "MODERATE", "ADVERTISE", "ANALYZE"}),
            means="manage the Page and its people, post, answer, advertise and see results",
            also=(*_FULL, "Manage Page"),
        ),
        Level(
            name="Employee",
            tasks=frozenset({"CREATE_CONTENT", "MODERATE", "ADVERTISE", "ANALYZE"}),
            means="post, answer comments, advertise and see results",
            also=(*_PARTIAL, "Editor"),
        ),
        Level(
            name="Advertiser",
            tasks=frozenset({"ADVERTISE", "ANALYZE"}),
            means="create ads for the Page and see results",
            also=("Create ads",),
        ),
        Level(name="Analyst", tasks=frozenset({"ANALYZE"}), means="see results", also=_INSIGHTS),
    ),
    Kind.AD_ACCOUNT: (
        Level(
            name="Admin",
            tasks=frozenset({"MANAGE", "ADVERTISE", "ANALYZE"}),
            means="manage campaigns, reporting, billing and who has access",
            also=(*_FULL, "Manage ad account"),
        ),
        Level(
            name="General user",
            tasks=frozenset({"ADVERTISE", "ANALYZE"}),
            means="see, create and edit ads with the account's funding source",
            also=(*_PARTIAL, "Advertiser", "Manage campaigns", "Create ads"),
        ),
        Level(
            name="Reporting only",
            tasks=frozenset({"ANALYZE"}),
            means="see how ads perform",
            also=(*_INSIGHTS, "Analyst", "Reporting"),
        ),
    ),
    Kind.PIXEL: (
        Level(
            name="Admin",
            tasks=TASKS[Kind.PIXEL],
            means="manage the pixel itself, upload events, use it for targeting and see its data",
            also=(*_FULL, "Editor", "Manage pixel", "Manage dataset"),
        ),
        Level(
            name="Analyst",
            tasks=frozenset({"ADVERTISE", "ANALYZE"}),
            means="use the pixel for targeting and see its data",
            also=(*_PARTIAL, *_INSIGHTS, "Advertiser"),
        ),
    ),
    Kind.INSTAGRAM_ACCOUNT: (
        Level(
            name="Full",
            tasks=TASKS[Kind.INSTAGRAM_ACCOUNT],
            means="post, answer messages and comments, advertise and see results",
            also=(*_FULL, "Admin"),
        ),
        Level(
            name="Advertiser",
            tasks=frozenset({"ADVERTISE", "ANALYZE"}),
            means="create ads for the account and see results",
            also=(*_PARTIAL, "Create ads"),
        ),
        Level(name="Analyst", tasks=frozenset({"ANALYZE"}), means="see results", also=_INSIGHTS),
    ),
}

CAPABILITIES: dict[Kind, Level] = {
    Kind.AD_ACCOUNT: Level(
        name="On-behalf access",
        tasks=frozenset({"ON_BEHALF"}),
        means="use its custom audiences and the audience overlap tool on the owner's behalf",
    )
}
"""What can be given with an asset that is no task, under a name of its own."""
_CAPABILITIES = frozenset[str]().union(*(one.tasks for one in CAPABILITIES.values()))
OWNERSHIP: dict[Kind, Level] = {
    Kind.AD_ACCOUNT: Level(
        name="Owner",
        tasks=frozenset({"OWN"}),
        means="manage all of it from then on, alone: its people, billing and who has access",
    )
}
"""What can be claimed: to own an asset, under a name of its own."""

BUSINESS_ID = re.compile(r"[0-9]{5,20}", re.ASCII)
_AD_ACCOUNT_ID = re.compile(r"act_[0-9]{1,20}", re.ASCII)
_PLAIN_ID = re.compile(r"[0-9]{5,20}", re.ASCII)


def is_business_id(text: str) -> bool:
    """Say whether `text` is a Business ID: 5 to 20 ASCII digits and nothing else."""
    return BUSINESS_ID.fullmatch(text) is not None


def is_asset_id(text: str, *, kind: Kind | None = None) -> bool:
    """Say whether `text` is an asset id: `act_<digits>` for an ad account, else 5 to 20 digits."""
    ad_account = _AD_ACCOUNT_ID.fullmatch(text) is not None
    plain = _PLAIN_ID.fullmatch(text) is not None
    if kind is None:
        return ad_account or plain
    return ad_account if kind is Kind.AD_ACCOUNT else plain


def level_of(kind: Kind, tasks: Iterable[str]) -> Level | None:
    """Return the level that is exactly these tasks, or None: then it is "Custom"."""
    wanted = frozenset(tasks)
    named = [*LEVELS[kind], *(only[kind] for only in (CAPABILITIES, OWNERSHIP) if kind in only)]
    return next((level for level in named if level.tasks == wanted), None)


def level_name(kind: Kind, tasks: Iterable[str]) -> str:
    """Return the name of the level that these tasks are, or "Custom"."""
    level = level_of(kind, tasks)
    return level.name if level else "Custom"


def lower_levels(kind: Kind, tasks: Iterable[str]) -> tuple[Level, ...]:
    """Return the levels that are strictly less than these tasks, the highest first."""
    requested = frozenset(tasks)
    return tuple(level for level in LEVELS[kind] if level.tasks < requested)


def find_level(kind: Kind, words: str) -> Level | None:
    """Return the level of `kind` that people call `words`, in any case and with _ or - for a space."""
    wanted = spoken(words)
    return next((level for level in LEVELS[kind] if wanted in level.names), None)


def is_risky(kind: Kind, tasks: Iterable[str]) -> bool:
    """Say whether giving these tasks needs two people: MANAGE on an ad account.

    Meta asks a second admin for the same (Business-to-Business Functions, `requires_admin_approval`).
    """
    return kind is Kind.AD_ACCOUNT and "MANAGE" in frozenset(tasks)


def capability_in(tasks: Iterable[str]) -> str | None:
    """Return the capability among what is given, or None where it is tasks."""
    return next(iter(_CAPABILITIES.intersection(tasks)), None)


def pack(tasks: Iterable[str]) -> str:
    """Return tasks as they are stored: sorted, joined by commas."""
    return ",".join(sorted(tasks))


def unpack(stored: str) -> Tasks:
    """Return stored tasks as a set."""
    return frozenset(filter(None, stored.split(",")))
