"""What the store that is replaced knows and its older copy does not, as far as it must not be undone.

Only what took trust away, what was said, what was erased, where people and businesses are in Slack, what
Slack said of people, and with which tokens the app acts there and at Meta now: older ones may be used up.
What was given or asked since is not brought over: who restores a copy goes back to it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select

from bot.domain.actors import Flags, Role
from bot.domain.assets import Tasks, unpack
from bot.domain.contracts import Contract
from bot.domain.events import PARTING, EventKind
from bot.domain.grants import EndReason, GrantState
from bot.domain.messages import EffectKind
from bot.domain.policy import LETS_THROUGH
from bot.services import grants
from bot.store import tables

if TYPE_CHECKING:
    from bot.store.compiled import Row
    from bot.store.tx import Head, Tx

FIRST_POSTS = (EffectKind.POST_CARD, EffectKind.POST_NOTICE)
"""What Slack would show twice if it were sent again."""

ERASURES = (EventKind.REQUEST_ERASED, EventKind.DRAFT_ERASED, EventKind.PERSON_ERASED)

_PAGE = 500

_event = tables.table_of(tables.Event)
_grant = tables.table_of(tables.Grant)
_token = tables.table_of(tables.Token)
_membership = tables.table_of(tables.Membership)
_assignment = tables.table_of(tables.Assignment)
_asset_admin = tables.table_of(tables.AssetAdmin)
_business = tables.table_of(tables.BusinessRow)
_person = tables.table_of(tables.Person)
_contract = tables.table_of(tables.Contract)
_connection = tables.table_of(tables.Connection)
_installation = tables.table_of(tables.Installation)
_effect = tables.table_of(tables.Effect)
_card = tables.table_of(tables.Card)

_LINK = select(_event.c.hash).where(_event.c.seq == bindparam("seq"))
_GRANTS = (
    select(
        *(
            _grant.c[name]
            for name in ("id", "state", "end_reason", "ended_by", "ended_program", "end_note", "ends_at")
        )
    )
    .where(_grant.c.id > bindparam("after"))
    .order_by(_grant.c.id)
    .limit(_PAGE)
)
_REVOKED = select(_token.c.id).where(_token.c.revoked_at.is_not(None), _token.c.parent_id.is_(None))
_MEMBERS = select(
    _membership.c.business_id, _membership.c.person_id, _membership.c.role, _membership.c.shared
)
_ASSIGNED = select(
    _assignment.c.asset_id, _assignment.c.business_id, _assignment.c.person_id, _assignment.c.tasks
)
_ASSET_ADMINS = select(_asset_admin.c.asset_id, _asset_admin.c.person_id)
_BUSINESSES = select(
    *(_business.c[name] for name in ("id", "status", "verified", "team_id", "channel_id", *LETS_THROUGH))
)
_PEOPLE = select(
    *(_person.c[name] for name in ("id", "team_id", "user_id", "zone", "checked_at")),
    *(_person.c[one.name] for one in fields(Flags)),
)
_NO_LONGER_ACCEPTED = (
    select(_event.c.kind, _event.c.subject_id, _event.c.counterpart_id)
    .where(_event.c.seq > bindparam("seq"), _event.c.kind.in_((EventKind.BUSINESS_STANDING, *PARTING)))
    .order_by(_event.c.seq)
)
_CONTRACTS = select(
    _contract.c.business_id, _contract.c.other_id, _contract.c.ends_at, _contract.c.days
).where(_contract.c.ends_at.is_not(None), _contract.c.closed_at.is_(None))
_CONNECTED = select(_connection)
_INSTALLATIONS = select(_installation)
_ERASED = (
    select(_event.c.kind, _event.c.subject_id, _event.c.at)
    .where(_event.c.seq > bindparam("seq"), _event.c.kind.in_(ERASURES))
    .order_by(_event.c.seq)
)
_SAID = (
    select(
        *(_effect.c[name] for name in ("id", "state", "attempt", "reads", "marked_at", "error", "over_at"))
    )
    .where(_effect.c.kind.in_(FIRST_POSTS), _effect.c.id > bindparam("after"))
    .order_by(_effect.c.id)
    .limit(_PAGE)
)
_CARDS = (
    select(*(column for column in _card.c if column.name != "shown"))
    .where(_card.c.id > bindparam("after"))
    .order_by(_card.c.id)
    .limit(_PAGE)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of the time since a copy was made, each thing by its id."""

    ended: Mapping[str, grants.Known]
    in_force: frozenset[str]
    ends: Mapping[str, datetime]
    revoked_tokens: frozenset[str]
    roles: Mapping[tuple[str, str], Role]
    shared: frozenset[tuple[str, str]]
    assigned: Mapping[tuple[str, str, str], Tasks]
    asset_admins: frozenset[tuple[str, str]]
    people: Mapping[str, Row]
    businesses: Mapping[str, Row]
    no_longer_accepted: frozenset[tuple[str, str]]
    contracts: Mapping[tuple[str, str], Contract]
    connections: Mapping[str, Row]
    installations: Sequence[Row]
    erased: Sequence[Row]
    said: Mapping[int, Row]
    cards: Mapping[str, Row]


def known_since(tx: Tx, head: Head) -> Known | None:
    """Return what a store knows beyond a copy whose journal ends with `head`.

    None: it is not what the copy was made of, so that it says nothing about it.
    """
    link = tx.one(_LINK, seq=head.seq) if head.seq else None
    if link is None or link.hash != head.hash:
        return None
    of_grants = list(_all(tx, _GRANTS, after=""))
    members = tx.all(_MEMBERS)
    return Known(
        ended={
            row.id: grants.Known(
                reason=EndReason(row.end_reason),
                by=grants.Ender(row.ended_by, row.ended_program),
                note=row.end_note,
                is_gone=row.state == GrantState.ENDED,
            )
            for row in of_grants
            if row.end_reason is not None
        },
        in_force=frozenset(row.id for row in of_grants if row.state == GrantState.ACTIVE),
        ends={row.id: row.ends_at for row in of_grants if row.ends_at is not None},
        revoked_tokens=frozenset(row.id for row in tx.all(_REVOKED)),
        roles={(row.business_id, row.person_id): Role(row.role) for row in members},
        shared=frozenset((row.business_id, row.person_id) for row in members if row.shared),
        assigned={
            (row.asset_id, row.business_id, row.person_id): unpack(row.tasks) for row in tx.all(_ASSIGNED)
        },
        asset_admins=frozenset((row.asset_id, row.person_id) for row in tx.all(_ASSET_ADMINS)),
        people={row.id: row for row in tx.all(_PEOPLE)},
        businesses={row.id: row for row in tx.all(_BUSINESSES)},
        no_longer_accepted=frozenset(
            pair for row in tx.all(_NO_LONGER_ACCEPTED, seq=head.seq) for pair in _accepting(row)
        ),
        contracts={
            (row.business_id, row.other_id): Contract(ends_at=row.ends_at, days=row.days)
            for row in tx.all(_CONTRACTS)
        },
        connections={row.business_id: row for row in tx.all(_CONNECTED)},
        installations=tx.all(_INSTALLATIONS),
        erased=tx.all(_ERASED, seq=head.seq),
        said={row.id: row for row in _all(tx, _SAID, after=0)},
        cards={row.id: row for row in _all(tx, _CARDS, after="")},
    )


def _accepting(event: Row) -> list[tuple[str, str]]:
    """Return whose standing acceptance was switched off before or with this event, each with the partner."""
    pair = (event.subject_id, event.counterpart_id)
    return [pair] if event.kind == EventKind.BUSINESS_STANDING else [pair, pair[::-1]]


def _all(tx: Tx, statement: Any, *, after: Any) -> Any:
    while rows := tx.all(statement, after=after):
        yield from rows
        after = rows[-1].id
