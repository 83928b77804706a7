"""What an auditor looks at first: decisions and ends that were out of the ordinary, by their events."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select

from bot.domain.events import EventKind
from bot.domain.grants import GOING_ON
from bot.domain.requests import UNEXPLAINED, TermKind
from bot.store import tables

if TYPE_CHECKING:
    from bot.store.tx import Tx


class Irregularity(StrEnum):
    """Why an event is one of the exceptions."""

    UNDONE = "undone"
    OPERATOR = "ended by the operator"
    ADOPTED = "adopted from Meta"
    DIRECT = "given without acceptance"
    STANDING = "accepted beforehand"
    NO_END = "no end"
    NO_REASON = "no reason"


_request = tables.table_of(tables.Request)
_grant = tables.table_of(tables.Grant)

_WITHOUT_END = (
    select(_grant.c.request_id)
    .join_from(_grant, _request, _grant.c.request_id == _request.c.id)
    .where(_request.c.given_kind == bindparam("term"))
    .distinct()
)
_SAID = {
    "found": Irregularity.ADOPTED,
    "direct": Irregularity.DIRECT,
    "standing_since": Irregularity.STANDING,
}
"""What the facts of an approval say."""


def irregularities(tx: Tx) -> Callable[[Mapping[str, Any]], list[Irregularity]]:
    """Return what says of an exported event in which ways it is an exception; an empty list: in none."""
    without_end = frozenset(row.request_id for row in tx.all(_WITHOUT_END, term=TermKind.OPEN_END))

    def found(exported: Mapping[str, Any]) -> Iterator[Irregularity]:
        event = exported["event"]
        match event["kind"]:
            case EventKind.REQUEST_PENDING:
                if exported["text"] == UNEXPLAINED:
                    yield Irregularity.NO_REASON
            case EventKind.REQUEST_APPROVED:
                yield from (why for fact, why in _SAID.items() if event["data"].get(fact))
                if event["subject_id"] in without_end:
                    yield Irregularity.NO_END
            case EventKind.REQUEST_UNDONE:
                yield Irregularity.UNDONE
            case EventKind.GRANT_ENDING | EventKind.GRANT_ENDED:
                if event["actor"]["kind"] == "operator" and event["from_state"] in GOING_ON:
                    yield Irregularity.OPERATOR  # what never came to be in force ends in one step

    return lambda exported: [*found(exported)]
