"""What is sent after a commit: its kind, for whom a message is, and what a notice tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from bot.domain.kinds import Side


class EffectKind(StrEnum):
    """What must happen outside after a commit."""

    POST_CARD = "POST_CARD"
    UPDATE_CARD = "UPDATE_CARD"
    POST_NOTICE = "POST_NOTICE"
    CHECK_PERSON = "CHECK_PERSON"
    PUBLISH_HOME = "PUBLISH_HOME"
    META_ACCESS = "META_ACCESS"
    META_ENFORCE = "META_ENFORCE"
    SEND_EVENTS = "SEND_EVENTS"


class Audience(StrEnum):
    """For whom a copy of a card is: it decides what the copy shows.

    APPROVERS: the deciding side. REQUESTER: the person who requested. AUTHOR: the employee who wrote the
    draft. SUBMITTERS: the admins of the one business that a message is for: they submit or drop a draft,
    create what was prepared, confirm settings, look through a review, read of their week. DIGEST: one
    approver, all that waits for them (the subject is a digest). EXPIRY: the requester, a day before a
    request expires. ENDING: the holder of a grant (the subject), before it ends.
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
    UNDONE = "undone"  # with the ids of the requests that extended it, and are over with it
    SENT = "sent"
    DROPPED = "dropped"
    CREATED = "created"
    MADE = "made"  # at Meta
    NOT_MADE = "not_made"
    IN_FORCE = "in_force"  # at Meta
    NOT_IN_FORCE = "not_in_force"
    STUCK = "stuck"  # access that could not be taken away at Meta
    ENDED = "ended"  # with the ids of the grants
    PASSED = "passed"  # the asset has an owner, under whom these grants go on
    PARTED = "parted"  # with who ended the partnership, and how much: see `Parting`
    COMMENT = "comment"  # with the comment's id
    WORKS = "works"  # the access cannot be used, or now it can
    CONTRACT_SET = "contract_set"
    CONTRACT_ENDS = "contract_ends"  # soon
    CONTRACT_ENDED = "contract_ended"  # access is being removed
    CONTRACT_CLOSED = "contract_closed"  # with what ended when
    STATUS = "status"  # a business is deactivated, restricted, or active again
    VERIFICATION = "verification"  # who a business is was confirmed, or that was taken back
    CONNECTION = "connection"  # Meta does not take a business's token any more
    PEOPLE = "people"  # what they can do is not at Meta as their business set it
    IMPORTED = "imported"  # from Meta: who, and how much, see `Importing`
    STANDS_IN = "stands_in"  # for whom on which days, see `StandingIn`
    STOOD_IN = "stood_in"  # the same, once that is over
    WEEK = "week"  # of a business, with its first day
    SHORTENED = "shortened"  # with the ids of the grants: they end earlier
    REVIEW = "review"  # it still waits for somebody
    REVIEW_CLOSED = "review_closed"  # with what became of all of it
    DRAFTS = "drafts"  # beside the oldest, with how many wait


_ASKING = (Audience.REQUESTER, Audience.AUTHOR)
_BOTH = (*_ASKING, Audience.APPROVERS)

TOLD: Mapping[Notice, tuple[Audience, ...]] = {
    Notice.APPROVED: _ASKING,
    Notice.DECLINED: _ASKING,
    Notice.CANCELLED: _ASKING,
    Notice.EXPIRED: _ASKING,
    Notice.SENT: (Audience.AUTHOR,),
    Notice.DROPPED: (Audience.AUTHOR,),
    Notice.CREATED: (Audience.AUTHOR,),
    Notice.MADE: (Audience.AUTHOR,),
    Notice.NOT_MADE: (Audience.AUTHOR, Audience.SUBMITTERS),
    Notice.IN_REVIEW: (Audience.APPROVERS,),
    Notice.UNDONE: _BOTH,
    Notice.IN_FORCE: (Audience.REQUESTER,),
    Notice.NOT_IN_FORCE: (Audience.REQUESTER, Audience.APPROVERS),
    Notice.STUCK: (Audience.APPROVERS,),
    Notice.ENDED: _BOTH,
    Notice.SHORTENED: _BOTH,
    Notice.REVIEW: (Audience.SUBMITTERS,),
    Notice.REVIEW_CLOSED: (Audience.SUBMITTERS,),
    Notice.PASSED: (Audience.REQUESTER, Audience.APPROVERS),
    Notice.PARTED: _BOTH,
    Notice.COMMENT: _BOTH,
    Notice.WORKS: (Audience.REQUESTER, Audience.APPROVERS),
    Notice.DRAFTS: (Audience.SUBMITTERS,),
    Notice.CONTRACT_SET: (Audience.SUBMITTERS,),
    Notice.CONTRACT_ENDS: (Audience.SUBMITTERS,),
    Notice.CONTRACT_ENDED: (Audience.SUBMITTERS,),
    Notice.CONTRACT_CLOSED: (Audience.SUBMITTERS,),
    Notice.STATUS: (Audience.SUBMITTERS,),
    Notice.VERIFICATION: (Audience.SUBMITTERS,),
    Notice.CONNECTION: (Audience.SUBMITTERS,),
    Notice.PEOPLE: (Audience.SUBMITTERS,),
    Notice.IMPORTED: (Audience.SUBMITTERS,),
    Notice.STANDS_IN: (Audience.SUBMITTERS,),
    Notice.STOOD_IN: (Audience.SUBMITTERS,),
    Notice.WEEK: (Audience.SUBMITTERS,),
}
"""Who hears of each notice."""


FOR_ONE = frozenset({Notice.STANDS_IN, Notice.STOOD_IN, Notice.DRAFTS})
"""What is said to one person of what they themselves can do: to nobody else, where they can't be told."""


SAID_AGAIN = frozenset(
    {
        Notice.STUCK,
        Notice.CONTRACT_SET,
        Notice.CONTRACT_ENDS,
        Notice.CONTRACT_ENDED,
        Notice.CONNECTION,
        Notice.PEOPLE,
        Notice.REVIEW,
        Notice.STATUS,
        Notice.VERIFICATION,
    }
)
"""What says how something stands when it is sent: of several that wait to be said, the last is enough."""


ALIKE_FOR_BOTH = frozenset({Notice.PARTED, Notice.SHORTENED})
"""What reads alike whatever side somebody reads it on: a place where both sides' messages go gets one."""


@dataclass(frozen=True, slots=True)
class Parting:
    """Which business ended a partnership, and how many grants and requests ended with it."""

    by: str
    grants: int
    requests: int

    def __str__(self) -> str:
        """Return it as a notice keeps it."""
        return f"{self.by}-{self.grants}-{self.requests}"


def read_parting(kept: str) -> Parting:
    """Return what a notice kept. Raise ValueError if it is none."""
    by, grants, requests = kept.split("-")
    return Parting(by, int(grants), int(requests))


@dataclass(frozen=True, slots=True)
class Importing:
    """Who imported from Meta ("": the operator), and how many assets were new, how many renamed.

    Of so many `people` it is known now who they are there.
    """

    by: str
    new: int
    renamed: int
    people: int

    def __str__(self) -> str:
        """Return it as a notice keeps it."""
        return f"{self.by}-{self.new}-{self.renamed}-{self.people}"


def read_importing(kept: str) -> Importing:
    """Return what a notice kept. Raise ValueError if it is none."""
    by, new, renamed, people = kept.split("-")
    return Importing(by, int(new), int(renamed), int(people))


@dataclass(frozen=True, slots=True)
class StandingIn:
    """For which person somebody stands in, and on which days: the first and the last."""

    person_id: str
    from_day: date
    until_day: date

    def __str__(self) -> str:
        """Return it as a notice keeps it."""
        return f"{self.person_id}/{self.from_day}/{self.until_day}"


def read_standing_in(kept: str) -> StandingIn:
    """Return what a notice kept. Raise ValueError if it is none."""
    person_id, from_day, until_day = kept.split("/")
    return StandingIn(person_id, date.fromisoformat(from_day), date.fromisoformat(until_day))


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a notice is about, as the outbox keeps it: its name, ids, and its reader if beside no card."""

    notice: Notice
    details: tuple[str, ...] = ()
    audience: Audience | None = None
    channel_id: str | None = None
    user_id: str | None = None

    def __str__(self) -> str:
        """Return it as one word, or as three where it is beside no card: `ended:1,2 REQUESTER @U1`."""
        what = f"{self.notice}:{','.join(self.details)}" if self.details else str(self.notice)
        if self.audience is None:
            return what
        return f"{what} {self.audience} {f'@{self.user_id}' if self.user_id else f'#{self.channel_id}'}"


def read_about(kept: str) -> About:
    """Return what the outbox kept of a notice. Raise ValueError if it is none."""
    what, *reader = kept.split(" ")
    name, _, details = what.partition(":")
    notice, ids = Notice(name), tuple(filter(None, details.split(",")))
    if not reader:
        return About(notice=notice, details=ids)
    audience, place = reader
    where = {"user_id": place[1:]} if place.startswith("@") else {"channel_id": place[1:]}
    return About(notice=notice, details=ids, audience=Audience(audience), **where)
