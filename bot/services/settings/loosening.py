"""A policy that lets more through: its admins are told, and where two must approve, two must agree.

What was loosened, or is to be, stands in the journal, under the version of the policy that the change made.
A proposal is open for a week, until another admin confirms it or the policy changes again. What the directory
file says holds at once, for the operator may; the admins are told of that, too.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select, update

from bot.domain.denials import DenialReason
from bot.domain.events import OF_POLICY, EventKind, Subject, SubjectKind
from bot.domain.messages import Audience
from bot.domain.policy import LETS_THROUGH, loosened
from bot.services import approvers, cards, directory, requests, voices
from bot.services.context import Context
from bot.services.readers import OF_SETTINGS, of_settings
from bot.services.results import Denied
from bot.services.views.businesses import LooseningState, LooseningView
from bot.store import tables

if TYPE_CHECKING:
    from bot.store.compiled import Row

OPEN_FOR = timedelta(days=7)
ACCEPTS = "accepts"
"""The setting by which what a partner offers is accepted at once: its value is that partner."""

_event = tables.table_of(tables.Event)
_business = tables.table_of(tables.BusinessRow)
_POLICY_EVENTS = (
    select(_event.c.kind, _event.c.at, _event.c.actor, _event.c.policy_version, _event.c.data)
    .where(
        _event.c.subject_kind == SubjectKind.BUSINESS,
        _event.c.subject_id == bindparam("business"),
        _event.c.kind.in_(OF_POLICY),
    )
    .order_by(_event.c.seq.desc())
)
_NEWEST = _POLICY_EVENTS.limit(1)
_LOOSENED = _POLICY_EVENTS.where(_event.c.kind == EventKind.BUSINESS_LOOSENED)
_NEWEST_LOOSENED = _LOOSENED.limit(1)
_WAIT_UNTIL = (
    update(_business)
    .where(_business.c.id == bindparam("business"))
    .values(proposal_ends_at=bindparam("ends_at"))
)
_DUE = select(_business.c.id).where(_business.c.proposal_ends_at <= bindparam("at")).limit(bindparam("most"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Loosening:
    """Settings that let more through, each as (before, after); `waits`: it takes another admin first."""

    business_id: str
    version: int
    changes: Mapping[str, tuple[Any, Any]]
    waits: bool
    confirms: int | None
    at: datetime
    person_id: str | None

    @property
    def after(self) -> dict[str, Any]:
        """Return the settings as they are to be."""
        return {name: after for name, (_, after) in self.changes.items()}

    @property
    def accepts(self) -> str | None:
        """Return the partner whose offers are to be accepted at once, if that is what is proposed."""
        return self.after.get(ACCEPTS)

    @property
    def expires_at(self) -> datetime:
        """Return until when it can be confirmed."""
        return self.at + OPEN_FOR


def of(row: Row, after: Mapping[str, Any]) -> Mapping[str, tuple[Any, Any]]:
    """Return which of a business's settings would let more through than now, each with both values."""
    return loosened({name: getattr(row, name) for name in LETS_THROUGH}, after)


def objection(ctx: Context, proposal: Loosening) -> Denied | None:
    """Return why the actor's agreement is no second admin's."""
    if approvers.is_actor(ctx, proposal.person_id):
        return Denied(reason=DenialReason.OWN_PROPOSAL)
    admins = approvers.admins(ctx.tx, proposal.business_id)
    return voices.objection_beside(
        ctx, proposal.business_id, [one for one in admins if one.id == proposal.person_id]
    )


def find_open(ctx: Context, business_id: str) -> Loosening | None:
    """Return what waits for another admin, if nothing has changed the policy since.

    Who proposed it must be an admin still: theirs is the first of the two voices.
    """
    newest = ctx.tx.one(_NEWEST, business=business_id)
    if newest is None or newest.kind != EventKind.BUSINESS_LOOSENED:
        return None
    found = _read(business_id, newest)
    if found.accepts and requests.parted_since(ctx, business_id, found.accepts, at=found.at):
        return None
    if not approvers.is_admin(ctx.tx, business_id, found.person_id):
        return None
    return found if found.waits and ctx.now < found.expires_at else None


def tell(
    ctx: Context,
    row: Row,
    changes: Mapping[str, tuple[Any, Any]],
    *,
    version: int,
    waits: bool,
    confirms: Loosening | None = None,
) -> None:
    """Record what was loosened under this version of the policy, or is to be, and tell each admin.

    Those who were told of the proposal see on the same card what became of it.
    """
    facts: dict[str, Any] = {name: list(pair) for name, pair in changes.items()}
    if confirms is None:
        cards.follow_proposals(ctx, row.id)  # this comes instead
    ctx.record(
        EventKind.BUSINESS_LOOSENED,
        Subject(SubjectKind.BUSINESS, row.id),
        business_id=row.id,
        acting_for=row.id,
        policy_version=version,
        waits=waits,
        confirms=confirms.version if confirms else None,
        **facts,
    )
    ctx.tx.run(_WAIT_UNTIL, business=row.id, ends_at=ctx.now + OPEN_FOR if waits else None)
    if confirms is None:
        for admin in approvers.admins(ctx.tx, row.id):
            cards.post_to_person(
                ctx, of_settings(row.id, version), Audience.SUBMITTERS, admin.id, version=version
            )


def proposals_due(ctx: Context, *, limit: int = 100) -> int:
    """Have the cards of what nobody confirmed in time say so, at most `limit`. A sweep's step."""
    taken = 0
    for row in ctx.some(ctx.tx.all(_DUE, at=ctx.now, most=limit)):
        taken += 1
        later = None
        for event in ctx.tx.all(_NEWEST_LOOSENED, business=row.id):
            proposal = _read(row.id, event)
            if ctx.now < proposal.expires_at:  # its end was not kept yet when it was made
                later = proposal.expires_at
            else:
                cards.follow_settings(ctx, row.id, proposal.version)
        ctx.tx.run(_WAIT_UNTIL, business=row.id, ends_at=later)
    return taken


def loosening_card(ctx: Context, subject_id: str) -> LooseningView:
    """Return what was loosened as it stands now. Raises KeyError if this is no such subject."""
    business_id, _, version = subject_id.partition(OF_SETTINGS)
    all_ = [_read(business_id, one) for one in ctx.tx.all(_LOOSENED, business=business_id)]
    own = next((one for one in all_ if str(one.version) == version), None)
    if own is None:
        raise KeyError(subject_id)
    row = ctx.business_row(business_id)
    assert row is not None
    confirmed = next((one for one in all_ if one.confirms == own.version), None)
    open_ = find_open(ctx, business_id)
    if not own.waits or confirmed is not None:
        state = LooseningState.IN_FORCE
    else:
        is_open = open_ is not None and open_.version == own.version
        state = LooseningState.WAITING if is_open else LooseningState.OVER
    return LooseningView(
        party=directory.party_of(row),
        version=own.version,
        state=state,
        changes=_with_names(ctx, own.changes),
        by=directory.name_of(ctx.tx, own.person_id) or "" if own.person_id else None,
        confirmed_by=directory.name_of(ctx.tx, confirmed.person_id) if confirmed else None,
        expires_at=own.expires_at,
    )


def _with_names(ctx: Context, changes: Mapping[str, tuple[Any, Any]]) -> Mapping[str, tuple[Any, Any]]:
    """Return what was changed, with a partner as people call it."""
    if ACCEPTS not in changes:
        return changes
    _, other_id = changes[ACCEPTS]
    row = ctx.business_row(other_id)
    assert row is not None
    return {**changes, ACCEPTS: (None, row.name)}


def _read(business_id: str, event: Row) -> Loosening:
    data, actor = json.loads(event.data), json.loads(event.actor)
    waits, confirms = bool(data.pop("waits")), data.pop("confirms")
    return Loosening(
        business_id=business_id,
        version=event.policy_version,
        changes={name: (before, after) for name, (before, after) in data.items()},
        waits=waits,
        confirms=confirms,
        at=event.at,
        person_id=actor.get("person"),
    )
