"""What can be typed after `/access`, as frozen meanings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from bot.domain.assets import TASKS, Kind, Tasks, find_level
from bot.domain.creating import Payment
from bot.domain.kinds import DEFAULT_KIND, RULES, RequestKind
from bot.domain.naming import TypedAsset
from bot.domain.requests import Term
from bot.slack.ids import ListWord
from bot.slack.lines import Line


@dataclass(frozen=True, slots=True)
class Overview:
    """Nothing was typed."""


@dataclass(frozen=True, slots=True)
class HelpFor:
    """Help, about one word or about all (""); `unknown` is a word that there is no help about."""

    word: str
    unknown: str = ""


@dataclass(frozen=True, slots=True)
class PendingWords:
    """What waits for somebody, or for others because of them."""


@dataclass(frozen=True, slots=True)
class ListWords:
    """A list, what is shared in either direction if none was named; with `query`, the rows that match it."""

    which: ListWord
    query: str = ""


@dataclass(frozen=True, slots=True)
class PartnerWords:
    """A partner by name or ID, as of the end of a day; "" for all of them, None for now."""

    query: str
    on: date | None = None


@dataclass(frozen=True, slots=True)
class ReportWords:
    """The partners, or those of this name, and how all that is shared with them is had on paper."""

    query: str = ""


@dataclass(frozen=True, slots=True)
class OffboardWords:
    """When the contract with a partner ends, and for how many days access is removed then, if typed."""

    query: str
    on: date | None = None
    days: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedItem:
    """One asset by an id or a link, by its `name`, or described: in `words`, of a kind if one was named."""

    asset: TypedAsset | None = None
    name: str | None = None
    kind: Kind | None = None
    words: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestWords:
    """A request of some kind in one line, as far as it was typed. `tasks` or `level` is for every item.

    `wrong` says what could not be read, by the field of the form that asks for it.
    """

    kind: RequestKind = DEFAULT_KIND
    items: tuple[NamedItem, ...] = ()
    tasks: Tasks = frozenset()
    level: str | None = None
    term: Term | None = None
    reason: str = ""
    owner_id: str | None = None
    owner_name: str | None = None
    wrong: tuple[tuple[str, str], ...] = ()

    @property
    def is_empty(self) -> bool:
        """Say whether nothing else was typed, so that the empty form is meant."""
        return self == RequestWords(kind=self.kind)

    @property
    def is_complete(self) -> bool:
        """Say whether it can be sent without a form, if the owner of what is named is known."""
        named = all(item.asset or item.name or item.kind for item in self.items)
        what = self.tasks or self.level or not RULES[self.kind].has_levels
        said = self.items and what and self.term and self.reason
        # What can never be undone is asked once more: by the form.
        return RULES[self.kind].may_undo and bool(said and named and not self.wrong)

    def tasks_for(self, kind: Kind) -> Tasks | None:
        """Return what is meant for an asset of `kind`, None if this kind does not have that."""
        only = RULES[self.kind].only_level(kind)
        if only is not None and not (self.level or self.tasks):
            return only.tasks
        if self.level is not None:
            level = find_level(kind, self.level)
            return level.tasks if level else None
        return self.tasks if self.tasks and self.tasks <= TASKS[kind] else None


@dataclass(frozen=True, slots=True)
class AgainWords:
    """What was asked before is to be asked again: by its reference, else the last of this kind."""

    kind: RequestKind
    ref: str | None = None


@dataclass(frozen=True, slots=True)
class StandingWords:
    """Whether what a partner offers is to be accepted at once, the partner by ID or name; None: not typed."""

    query: str = ""
    on: bool | None = None


@dataclass(frozen=True, slots=True)
class CancelWords:
    """A request to cancel, by its reference, and why."""

    ref: str
    note: str


@dataclass(frozen=True, slots=True)
class ShowWords:
    """A request to look at, by its reference; it has the buttons for what the reader may do."""

    ref: str


@dataclass(frozen=True, slots=True)
class DeclineWords:
    """A request to decline, and why, as far as that was typed: the form for it comes first."""

    ref: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeWords:
    """Access to end: of an asset, with another business, each by an id or its `name`; None: not typed.

    Or what the request with this reference gave.
    """

    asset: TypedAsset | None = None
    name: str | None = None
    ref: str | None = None
    other_id: str | None = None
    other_name: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtendWords:
    """Access to extend: of an asset, by an id or its `name`, for how much longer; None: not typed.

    Or what the request with this reference gave.
    """

    asset: TypedAsset | None = None
    name: str | None = None
    ref: str | None = None
    term: Term | None = None
    reason: str = ""


class Step(StrEnum):
    """What is done with a person: they are added or changed, or removed."""

    ADD = "add"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleWords:
    """Whose access to look at or to change: of an asset, of a person by `name`, or of the one with the other.

    An empty name is none; `tasks` or `level` is what a person is to have. `name` alone may as well be an
    asset's; beside a person the asset is `asset` or the one that is called `asset_name`.
    """

    asset: TypedAsset | None = None
    asset_name: str = ""
    name: str = ""
    step: Step | None = None
    tasks: Tasks = frozenset()
    level: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateWords:
    """An asset to create, as far as it was typed; `account` is the ad account that a pixel is for.

    `parties` are the end advertiser, the media agency and the partner, by the names of their fields.
    """

    kind: Kind | None = None
    name: str = ""
    currency: str | None = None
    timezone_id: int | None = None
    parties: Mapping[str, str] = field(default_factory=dict)
    payment: Payment | None = None
    account: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FundWords:
    """How an ad account is to be paid; None: not typed."""

    asset_id: str
    payment: Payment | None = None


@dataclass(frozen=True, slots=True)
class SettingsWords:
    """Somebody's own Business ID, and settings."""


@dataclass(frozen=True, slots=True)
class AwayWords:
    """Who is to get what would come to somebody of a business while they are away; "": of the only one.

    With the days, as far as they were typed.
    """

    name: str = ""
    from_day: date | None = None
    until_day: date | None = None


@dataclass(frozen=True, slots=True)
class AuditWords:
    """How the journal of what was done is had."""


@dataclass(frozen=True, slots=True)
class SetupWords:
    """A business is to be registered in this workspace."""


@dataclass(frozen=True, slots=True)
class ConnectWords:
    """The connection of an own business to Meta; "": of the only one."""

    name: str = ""


@dataclass(frozen=True, slots=True)
class ImportWords:
    """What an own business has at Meta, to be imported; "": the only one."""

    name: str = ""


@dataclass(frozen=True, slots=True)
class BundleWords:
    """A bundle to start a request from, by name, and why; "": all of them."""

    name: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ReviewWords:
    """What partners have of a business of somebody's own is to be looked through; "": of the only one."""

    name: str = ""


@dataclass(frozen=True, slots=True)
class TokenWords:
    """The tokens of programs for an own business; "": for the only one."""

    name: str = ""


@dataclass(frozen=True, slots=True)
class WrongWords:
    """What is wrong with what was typed, and a right example."""

    said: Line


Words = (
    Overview
    | HelpFor
    | PendingWords
    | ListWords
    | ReportWords
    | PartnerWords
    | OffboardWords
    | StandingWords
    | RequestWords
    | AgainWords
    | CancelWords
    | DeclineWords
    | ShowWords
    | RevokeWords
    | ExtendWords
    | PeopleWords
    | CreateWords
    | FundWords
    | SettingsWords
    | AwayWords
    | AuditWords
    | BundleWords
    | ReviewWords
    | TokenWords
    | ConnectWords
    | SetupWords
    | ImportWords
    | WrongWords
)
