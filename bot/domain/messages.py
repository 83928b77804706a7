"""What is sent after a commit: its kind, for whom a message is, and what a notice tells."""

from __future__ import annotations

from enum import StrEnum

from bot.domain.kinds import Side


class EffectKind(StrEnum):
    """What must happen outside after a commit."""

    POST_CARD = "POST_CARD"
    UPDATE_CARD = "UPDATE_CARD"
    POST_NOTICE = "POST_NOTICE"
    CHECK_PERSON = "CHECK_PERSON"
    PUBLISH_HOME = "PUBLISH_HOME"


class Audience(StrEnum):
    """For whom a copy of a card is: it decides what the copy shows.

    APPROVERS: the deciding side. REQUESTER: the person who requested. AUTHOR: the employee who wrote the
    draft. SUBMITTERS: the requesting business's admins, who submit or drop a draft. DIGEST: one approver,
    all that waits for them (the subject is a digest). EXPIRY: the requester, a day before a request expires.
    ENDING: the holder of a grant (the subject), before it ends.
    """

    APPROVERS = "APPROVERS"
    REQUESTER = "REQUESTER"
    AUTHOR = "AUTHOR"
    SUBMITTERS = "SUBMITTERS"
    DIGEST = "DIGEST"
    EXPIRY = "EXPIRY"
    ENDING = "ENDING"

    @property
    def side(self) -> Side:
        """Return the side of a request that reads it."""
        return Side.DECIDING if self in {Audience.APPROVERS, Audience.DIGEST} else Side.REQUESTING


class Notice(StrEnum):
    """What a notice tells: one line beside a card, or in its thread, about what happened."""

    APPROVED = "approved"
    DECLINED = "declined"
    IN_REVIEW = "in_review"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    UNDONE = "undone"
    SENT = "sent"
    DROPPED = "dropped"
    ENDED = "ended"  # with the grant's id
    COMMENT = "comment"  # with the comment's id

    def about(self, detail: str = "") -> str:
        """Return how the outbox keeps a notice: its name, and the id of what it is about if it has one."""
        return f"{self}:{detail}" if detail else str(self)


def read_notice(about: str) -> tuple[Notice, str]:
    """Return the notice that the outbox kept, and the id with it. Raise ValueError if it is no notice."""
    name, _, detail = about.partition(":")
    return Notice(name), detail
