"""What the gallery shows one of: a payload as Slack gets it, and what it is an example of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from bot.domain.messages import Audience
from bot.slack.kit import Message

Json = dict[str, Any]


class Part(StrEnum):
    """The parts of the gallery, in its order."""

    CARD = "Cards"
    DIGEST = "Digests"
    NOTICE = "Notices"
    HOME = "Home"
    LIST = "Lists and help"
    FORM = "Forms and modals"
    MENU = "What menus offer"
    ANSWER = "Answers"
    DENIAL = "Denials"
    ERROR = "Errors in what was typed"


class Size(StrEnum):
    """How much a record holds: the least or the most that the limits allow, or what is usual."""

    USUAL = "usual"
    SMALLEST = "smallest"
    LARGEST = "largest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhibit:
    """One example. `shown` is a message, a view (a modal or a home), or a menu's options.

    `errors` stand at a modal's inputs, by block.
    """

    part: Part
    title: str
    shown: Message | Json
    state: str = ""
    audience: str = ""
    size: Size = Size.USUAL
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Return what tells it from all others."""
        facts = (self.part, self.title, self.state, self.audience, self.size)
        return ": ".join(one for one in facts if one)

    @property
    def blocks(self) -> list[Json]:
        """Return its blocks; a menu's options have none."""
        blocks = self.shown.blocks if isinstance(self.shown, Message) else self.shown.get("blocks", [])
        return list(blocks)

    @property
    def to_validate(self) -> Json | None:
        """Return it as the arguments of Slack's `blocks.validate`, which knows messages and views alone."""
        if isinstance(self.shown, Message):
            return {"message": {"blocks": self.shown.blocks}}
        return {"view": self.shown} if "type" in self.shown else None


Exhibits = Iterable[Exhibit]

READERS: Mapping[Audience, str] = {
    Audience.APPROVERS: "approvers",
    Audience.REQUESTER: "requester",
    Audience.AUTHOR: "author of the draft",
    Audience.SUBMITTERS: "admins who send it",
    Audience.DIGEST: "one approver, once a day",
    Audience.EXPIRY: "requester, before it expires",
    Audience.ENDING: "holder, before it ends",
}
"""Who reads what is made for an audience."""


def words_of(state: StrEnum) -> str:
    """Return a state, an audience or a reason as people read it."""
    return state.value.replace("_", " ").lower()
