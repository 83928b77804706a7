"""The kinds of request as a table: what each gives, to which side, and who approves it.

Only this table, a kind's module in `bot.services.requests.kinds` and its words know one kind from another.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.domain.assets import Tasks


class RequestKind(StrEnum):
    """Why somebody has to agree. A kind can be asked for once it has its row in `RULES`."""

    ACCESS = "ACCESS"
    INVITATION = "INVITATION"
    CLAIM = "CLAIM"
    ON_BEHALF = "ON_BEHALF"


class Side(StrEnum):
    """One of the two sides of a request: the business that asks, or the one that decides."""

    REQUESTING = "REQUESTING"
    DECIDING = "DECIDING"


class Approvers(StrEnum):
    """Who approves: the admins of the deciding business. `bot.services.approvers` finds each of these."""

    ADMINS = "ADMINS"


class Gives(StrEnum):
    """What an approved item becomes: tasks with an asset, the asset's ownership, or a capability on it."""

    TASKS = "TASKS"
    OWNERSHIP = "OWNERSHIP"
    CAPABILITY = "CAPABILITY"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How one kind of request works.

    `owner` is the side that owns the assets (None: nobody yet, or a person), `holder` the side that would
    hold what is given. `may_describe`: an asset can be asked for in words. `may_narrow`: approvers may give
    less than was requested. `may_undo`: an approval can be undone. `counterpart` is the kind in which those
    who decide on it make an offer, or a request, of their own.
    """

    owner: Side | None
    holder: Side
    approvers: Approvers
    gives: Gives
    may_describe: bool = True
    may_narrow: bool = True
    may_undo: bool = True
    counterpart: RequestKind | None = None

    def is_given(self, tasks: Tasks) -> bool:
        """Say whether an item is given: it has tasks, or its kind gives something else."""
        return bool(tasks) or self.gives is not Gives.TASKS

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
        counterpart=RequestKind.ACCESS,
    ),
}
