"""The kinds of request that can be asked for, and what each of them must say and do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from bot.domain.kinds import RequestKind
from bot.services.requests.kinds import access, claim, invitation
from bot.services.requests.kinds.proposal import Proposal, ProposedItem

if TYPE_CHECKING:
    from bot.domain.policy import Permission
    from bot.domain.requests import Term
    from bot.services.context import Context
    from bot.services.grants import TakenBack
    from bot.services.results import Denied
    from bot.store.compiled import Row

__all__ = ["KINDS", "KindOfRequest", "Proposal", "ProposedItem"]


class KindOfRequest(Protocol):
    """What a kind's module must have."""

    def may_send(self, ctx: Context, *, requesting_id: str, deciding_id: str | None) -> Permission:
        """Say whether a business may make such a request, to the other one, at all."""
        ...

    def objection(self, ctx: Context, proposal: Proposal) -> Denied | None:
        """Return why this may not be asked for, or may not be given now; None if it may."""
        ...

    def take_effect(
        self, ctx: Context, request: Row, given: Sequence[ProposedItem], *, term: Term, people: Sequence[str]
    ) -> None:
        """Do what an approved request says."""
        ...

    def take_back(self, ctx: Context, request: Row) -> TakenBack:
        """Undo what an approved request did; return what is over with it."""
        ...


KINDS: dict[RequestKind, KindOfRequest] = {
    RequestKind.ACCESS: access,
    RequestKind.INVITATION: invitation,
    RequestKind.CLAIM: claim,
    RequestKind.ON_BEHALF: access,  # asked of the same owner in the same way; `RULES` says what it gives
}
