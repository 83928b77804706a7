"""Access that was given: its states, the moves between them, and what overlapping grants add up to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.assets import Tasks


class GrantState(StrEnum):
    """Where a grant stands. Approved is not granted.

    PENDING: to be put in force. ACTIVE: in force. ENDING: being taken away. ENDED: gone.
    FAILED: could not be put in force. STUCK: could not be taken away, as Meta refuses it or does not answer
    for too long; that is an alarm, said again each day, and is tried for ever.
    """

    PENDING = "PENDING"
    ACTIVE = "ACTIVE"
    ENDING = "ENDING"
    ENDED = "ENDED"
    FAILED = "FAILED"
    STUCK = "STUCK"


MOVES: Mapping[GrantState, frozenset[GrantState]] = {
    GrantState.PENDING: frozenset({GrantState.ACTIVE, GrantState.FAILED, GrantState.ENDING}),
    GrantState.FAILED: frozenset({GrantState.PENDING, GrantState.ENDED}),
    GrantState.ACTIVE: frozenset({GrantState.ENDING}),
    GrantState.ENDING: frozenset({GrantState.ENDED, GrantState.STUCK}),
    GrantState.STUCK: frozenset({GrantState.ENDING, GrantState.ENDED}),
    GrantState.ENDED: frozenset(),
}


GOING_ON = frozenset({GrantState.PENDING, GrantState.FAILED, GrantState.ACTIVE})
"""The states in which a grant can still be ended: it is in force, or may come to be."""

LEAVING = frozenset({GrantState.ENDING, GrantState.STUCK})
"""The states of a grant that was ended, and is still to be taken away."""

ON_ITS_WAY = frozenset({GrantState.PENDING}) | LEAVING
"""The states of a grant that is still to be put in force, or to be taken away."""

NEEDS_SOMEBODY = frozenset({GrantState.FAILED, GrantState.STUCK})
"""The states of a grant with which Meta's could not be brought in line: somebody may have it tried again."""

NOT_OVER = frozenset(GrantState) - {GrantState.ENDED}
"""The states in which there is still something of a grant: to come, in force, or to be taken away."""

UNSETTLED = NOT_OVER - {GrantState.ACTIVE}
"""The states of a grant that is on its way in or out, or could not get there."""


_LEAST_SETTLED_FIRST = (
    GrantState.STUCK,
    GrantState.ENDING,
    GrantState.PENDING,
    GrantState.FAILED,
    GrantState.ACTIVE,
    GrantState.ENDED,
)


def told_of(states: Iterable[GrantState]) -> GrantState | None:
    """Return the state to tell of grants together, that of the least settled; None if there are none.

    That access has started may be said only if this is ACTIVE, that it has ended only if it is ENDED.
    """
    return min(states, key=_LEAST_SETTLED_FIRST.index, default=None)


class EndReason(StrEnum):
    """Why a grant ended. OWNED: its holder came to own the asset."""

    REACHED = "REACHED"
    REVOKED = "REVOKED"
    RELINQUISHED = "RELINQUISHED"
    UNDONE = "UNDONE"
    OWNED = "OWNED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Grants as words name them: of an asset, with another business, by a request, or all of this at once."""

    asset_id: str | None = None
    other_id: str | None = None
    request_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One live grant, as far as adding up goes."""

    tasks: Tasks
    state: GrantState
    ends_at: datetime | None


def is_live(grant: Held, *, at: datetime) -> bool:
    """Say whether the grant gives access at `at`: in force, and its end not reached.

    The end is judged here and not by the state alone, so that a late sweep gives nobody a minute more. The
    start is not: what is in force has started, also where the clock was put back behind it since.
    """
    return grant.state is GrantState.ACTIVE and (grant.ends_at is None or at < grant.ends_at)


def tasks_in_force(grants: Iterable[Held], *, at: datetime) -> Tasks:
    """Return what a holder may do at `at`: the union of its live grants on one asset."""
    return frozenset[str]().union(*(grant.tasks for grant in grants if is_live(grant, at=at)))
