"""The kinds of request as a table: what each gives, to which side, and who approves it.

Only this table, a kind's module in `bot.services.requests.kinds` and its words know one kind from another.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.assets import CAPABILITIES, OWNERSHIP, TASKS, Kind, Level, Tasks, capability_in
from bot.domain.limits import MOST_ITEMS


class RequestKind(StrEnum):
    """Why somebody has to agree. A kind can be asked for once it has its row in `RULES`."""

    ACCESS = "ACCESS"
    INVITATION = "INVITATION"
    CLAIM = "CLAIM"
    ON_BEHALF = "ON_BEHALF"


class Side(StrEnum):
    """One of the two sides of a request: the business that asks, or those who decide."""

    REQUESTING = "REQUESTING"
    DECIDING = "DECIDING"


class Approvers(StrEnum):
    """Who approves: the admins of the deciding business, or the asset's own, who act for themselves.

    `bot.services.approvers` finds each of these.
    """

    ADMINS = "ADMINS"
    ASSET_ADMINS = "ASSET_ADMINS"


class Gives(StrEnum):
    """What an approved item becomes: tasks with an asset, the asset's ownership, or a capability on it."""

    TASKS = "TASKS"
    OWNERSHIP = "OWNERSHIP"
    CAPABILITY = "CAPABILITY"


_ONLY: Mapping[Gives, Mapping[Kind, Level]] = {Gives.CAPABILITY: CAPABILITIES, Gives.OWNERSHIP: OWNERSHIP}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How one kind of request works.

    `owner` is the side that owns the assets (None: nobody yet), `holder` the side that would hold what is
    given. `asset_kind` is the only kind of asset that can be named (None: any), `most_items` how many of
    them. `may_describe`: an asset can be asked for in words. `may_narrow`: approvers may give less than was
    requested. `may_undo`: an approval can be undone. `may_stand`:
    those who decide can accept it beforehand. `counterpart` is the kind in which those who decide on
    it make an offer, or a request, of their own, and `instead` the kind to use when another business owns
    the asset.
    """

    owner: Side | None
    holder: Side
    approvers: Approvers
    gives: Gives
    asset_kind: Kind | None = None
    most_items: int = MOST_ITEMS
    may_describe: bool = True
    may_narrow: bool = True
    may_undo: bool = True
    may_stand: bool = False
    counterpart: RequestKind | None = None
    instead: RequestKind | None = None

    @property
    def names_other(self) -> bool:
        """Say whether the request names a business that decides on it."""
        return self.approvers is Approvers.ADMINS

    @property
    def enforced_by(self) -> Side | None:
        """Return the side whose token at Meta it takes to put in force what it gives; None: no call does."""
        return {Gives.TASKS: self.owner, Gives.OWNERSHIP: self.holder}.get(self.gives)

    @property
    def has_term(self) -> bool:
        """Say whether it is chosen for how long: what is owned has no end."""
        return self.gives is not Gives.OWNERSHIP

    @property
    def has_levels(self) -> bool:
        """Say whether there is a level to choose for each asset."""
        return self.gives is Gives.TASKS

    @property
    def may_assign(self) -> bool:
        """Say whether the requesting side can name those of its people who are to have what is given."""
        return self.gives is Gives.TASKS and self.holder is Side.REQUESTING

    def may_bundle(self, *, extends: object) -> bool:
        """Say whether such a request can be kept as a bundle: it names several assets and extends none."""
        return self.most_items > 1 and extends is None

    def only_level(self, kind: Kind) -> Level | None:
        """Return all that can be requested with an asset of a kind, where there is no level to choose."""
        return _ONLY.get(self.gives, {}).get(kind)

    def tasks(self, kind: Kind) -> Tasks:
        """Return all that a request can name with an asset of a kind: tasks, or what it gives instead."""
        if self.gives is Gives.TASKS:
            return TASKS[kind]
        only = self.only_level(kind)
        return only.tasks if only else frozenset()

    @property
    def requesting_owns(self) -> bool:
        """Say whether the requesting business owns the assets, or would: then it must be verified."""
        return self.owner is Side.REQUESTING or self.gives is Gives.OWNERSHIP

    @property
    def giver(self) -> Side:
        """Return the side that gives: the owner, and where nobody owns the assets yet, those who decide."""
        return self.owner or Side.DECIDING

    def owner_of(self, *, requesting_id: str, deciding_id: str | None) -> str | None:
        """Return which of the two businesses owns the assets of such a request, if one does."""
        return _business_of(self.owner, requesting_id=requesting_id, deciding_id=deciding_id)

    def holder_of(self, *, requesting_id: str, deciding_id: str | None) -> str:
        """Return which of the two businesses would hold what such a request gives."""
        holder = _business_of(self.holder, requesting_id=requesting_id, deciding_id=deciding_id)
        assert holder is not None
        return holder


def _business_of(side: Side | None, *, requesting_id: str, deciding_id: str | None) -> str | None:
    match side:
        case Side.REQUESTING:
            return requesting_id
        case Side.DECIDING:
            return deciding_id
        case None:
            return None


def gives_of(tasks: Tasks) -> Gives:
    """Return what these are: tasks, or a capability."""
    return Gives.TASKS if capability_in(tasks) is None else Gives.CAPABILITY


def kind_to_extend(gives: Gives) -> RequestKind:
    """Return the kind of request by which a holder asks the owner for more time with what it holds."""
    return next(
        kind
        for kind, rules in RULES.items()
        if (rules.owner, rules.holder, rules.gives) == (Side.DECIDING, Side.REQUESTING, gives)
    )


def kind_to_own() -> RequestKind:
    """Return the kind of request by which a business asks to own an asset."""
    return next(kind for kind, rules in RULES.items() if rules.gives is Gives.OWNERSHIP)


def kind_to_offer(gives: Gives) -> RequestKind:
    """Return the kind of request by which an owner offers what it has to a partner."""
    return next(
        kind
        for kind, rules in RULES.items()
        if (rules.owner, rules.holder, rules.gives) == (Side.REQUESTING, Side.DECIDING, gives)
    )


DEFAULT_KIND = RequestKind.ACCESS
"""What a request is unless it says otherwise."""

RULES: dict[RequestKind, Rules] = {
    # A partner asks the owner of assets for tasks with them.
    RequestKind.ACCESS: Rules(
        owner=Side.DECIDING,
        holder=Side.REQUESTING,
        approvers=Approvers.ADMINS,
        gives=Gives.TASKS,
        counterpart=RequestKind.INVITATION,
    ),
    # The owner of assets offers a partner tasks with them; sending it gives them, accepting takes them.
    RequestKind.INVITATION: Rules(
        owner=Side.REQUESTING,
        holder=Side.DECIDING,
        approvers=Approvers.ADMINS,
        gives=Gives.TASKS,
        may_describe=False,
        may_narrow=False,
        may_stand=True,
        counterpart=RequestKind.ACCESS,
    ),
    # A business asks to own an ad account that none owns yet. Its admins decide, as people.
    RequestKind.CLAIM: Rules(
        owner=None,
        holder=Side.REQUESTING,
        approvers=Approvers.ASSET_ADMINS,
        gives=Gives.OWNERSHIP,
        asset_kind=Kind.AD_ACCOUNT,
        most_items=1,
        may_describe=False,
        may_narrow=False,
        may_undo=False,
        instead=RequestKind.ACCESS,
    ),
    # An agency asks the owner of an ad account to act on its behalf: for a capability, with no tasks.
    RequestKind.ON_BEHALF: Rules(
        owner=Side.DECIDING,
        holder=Side.REQUESTING,
        approvers=Approvers.ADMINS,
        gives=Gives.CAPABILITY,
        asset_kind=Kind.AD_ACCOUNT,
        most_items=1,
        may_describe=False,
        may_narrow=False,
    ),
}
