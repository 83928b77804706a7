"""What is shown of an access review: to the owner who looks through it, and to a holder who is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.domain.reviews import Need, Outcome, ReviewState, Silence
from bot.services.views.access import GrantView
from bot.services.views.parties import Party, Rows


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewHolderView:
    """A partner in a review: how many of its grants still wait, and what it says of them, if it has.

    `is_asked`: it is in Slack, where it can say so.
    """

    question_id: str
    answers: int
    holder: Party
    is_asked: bool
    open: int
    total: int
    need: Need | None
    answered_by: str | None
    answered_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewItemView:
    """A grant in a review, and what became of it; None: nobody has looked at it."""

    grant: GrantView
    outcome: Outcome | None
    by: str | None
    at: datetime | None
    ends_at: datetime | None
    holder: ReviewHolderView


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewView:
    """A review as the owner sees it. `items` are the first that still wait; once it is closed, what changed.

    `counts` is how many grants came to what, `silent` how many of them because nobody looked at them.
    `opened_by` is None where its time had come.
    """

    id: str
    version: int
    owner: Party
    state: ReviewState
    silence: Silence
    left_out: int
    opened_at: datetime
    opened_by: str | None
    deadline_at: datetime
    closed_at: datetime | None
    counts: Mapping[Outcome | None, int]
    silent: int
    items: tuple[ReviewItemView, ...]

    @property
    def open(self) -> int:
        """Return how many grants still wait."""
        return self.counts.get(None, 0)

    @property
    def total(self) -> int:
        """Return how many grants it is about."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewPage:
    """A page of all that a business's newest review is about, whether settled or not."""

    review: ReviewView
    items: Rows[ReviewItemView]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionView:
    """What a holder is asked: whether the first of `open` grants work and are still needed.

    `is_open`: it can still answer.
    """

    id: str
    version: int
    owner: Party
    holder: Party
    is_open: bool
    deadline_at: datetime
    open: int
    total: int
    grants: tuple[GrantView, ...]
    need: Need | None
    answered_by: str | None
    answered_at: datetime | None
