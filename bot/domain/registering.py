"""A business that registers itself: what is typed, and what Slack says of who types it."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.actors import Flags, WhoMayAsk
from bot.domain.assets import is_business_id
from bot.domain.denials import DenialReason
from bot.domain.limits import LONGEST_NAME, MOST_QUORUM
from bot.domain.policy import why_flagged
from bot.domain.requests import ErrorCode, FieldError, too_long
from bot.domain.typed import one_line


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBusiness:
    """A business as somebody describes it; the rest of its policy is as usual."""

    id: str
    name: str
    channel_id: str | None
    who_may_ask: WhoMayAsk = WhoMayAsk.ANYONE
    quorum: int = 1

    def field_errors(self) -> tuple[FieldError, ...]:
        """Return what is wrong with it, each at its field."""
        found = list(too_long(one_line(self.name), most=LONGEST_NAME, field="name"))
        if not one_line(self.name):
            found.append(FieldError(field="name", code=ErrorCode.NO_NAME))
        if not is_business_id(self.id):
            found.append(FieldError(field="id", code=ErrorCode.BUSINESS_ID, got=self.id))
        if not 1 <= self.quorum <= MOST_QUORUM:
            found.append(FieldError(field="quorum", code=ErrorCode.NUMBER, got=f"1 to {MOST_QUORUM}"))
        return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Who registers a business, as Slack says it at this moment. `manages`: they manage the workspace."""

    name: str
    manages: bool
    flags: Flags
    zone: str | None = None

    def objection(self) -> DenialReason | None:
        """Return why they may not register any business in this workspace; None if they may."""
        return why_flagged(self.flags) or (None if self.manages else DenialReason.NOT_WORKSPACE_ADMIN)
