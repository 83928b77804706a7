"""What is at Meta and not in the record, or the other way round, and what can be done about each kind."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum

from bot.domain.assets import Tasks

EVERY = timedelta(hours=6)
"""How often a connected business is compared with Meta."""


class FindingKind(StrEnum):
    """How Meta and the record differ about one partner's access to one asset.

    OUTSIDE: it has access that was never recorded. WIDENED: it can do more than was recorded. LEFT: it still
    has what should have ended. GONE: Meta no longer has what is recorded as in force.
    """

    OUTSIDE = "OUTSIDE"
    WIDENED = "WIDENED"
    LEFT = "LEFT"
    GONE = "GONE"


class FindingState(StrEnum):
    """OPEN: somebody is to say what becomes of it. IGNORED: until a day. ACTING: that is on its way at Meta.

    CLOSED: Meta and the record agree again, or what was decided is done.
    """

    OPEN = "OPEN"
    IGNORED = "IGNORED"
    ACTING = "ACTING"
    CLOSED = "CLOSED"


class Remedy(StrEnum):
    """What can be done about a finding.

    ADOPT: record it, as decided by who presses. REVOKE: take it away at Meta. PUT_BACK: give it again at
    Meta. RECORD: record that it has ended. IGNORE: say nothing of it until a day.
    """

    ADOPT = "ADOPT"
    REVOKE = "REVOKE"
    PUT_BACK = "PUT_BACK"
    RECORD = "RECORD"
    IGNORE = "IGNORE"


REMEDIES: Mapping[FindingKind, tuple[Remedy, ...]] = {
    FindingKind.OUTSIDE: (Remedy.ADOPT, Remedy.REVOKE, Remedy.IGNORE),
    FindingKind.WIDENED: (Remedy.ADOPT, Remedy.REVOKE, Remedy.IGNORE),
    FindingKind.LEFT: (Remedy.REVOKE, Remedy.ADOPT, Remedy.IGNORE),
    FindingKind.GONE: (Remedy.PUT_BACK, Remedy.RECORD, Remedy.IGNORE),
}
"""What can be done about a finding of each kind; the likeliest first."""

ON_ITS_WAY = frozenset({Remedy.REVOKE, Remedy.PUT_BACK})
"""What is done at Meta, and seen there before it counts."""


def compare(there: Tasks, *, recorded: Tasks, given_before: Tasks) -> Mapping[FindingKind, Tasks]:
    """Return how what a partner can do at Meta differs from what is recorded as in force.

    `given_before` is what its grants gave that are over.
    """
    found: dict[FindingKind, Tasks] = {}
    if surplus := there - recorded:
        unrecorded = FindingKind.LEFT if surplus & given_before else FindingKind.OUTSIDE
        found[FindingKind.WIDENED if recorded else unrecorded] = surplus
    if missing := recorded - there:
        found[FindingKind.GONE] = missing
    return found
