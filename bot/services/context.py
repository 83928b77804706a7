"""What every verb and every query is given: the transaction, who acts, and the time.

A verb denies with `Context.deny` and reports what happened with `Context.record`: each writes the journal's
event in the transaction of what it records, and there is no other way to do either.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar, cast

from sqlalchemy import bindparam, exists, or_, select

from bot.domain.actors import (
    CLOCK,
    Actor,
    ApiSharing,
    Business,
    Member,
    Principal,
    Role,
    Source,
    Status,
    WhoMayAsk,
    is_confirmed,
)
from bot.domain.denials import NOT_THERE, DenialReason
from bot.domain.events import FACTS, EventKind, Subject, SubjectKind
from bot.domain.policy import may_view, why_powerless
from bot.services.admins import FLAGS, admin_names, flags_of
from bot.services.results import Denied, kept
from bot.store import inbox, journal, tables
from bot.store.tx import Lock, marked_like

if TYPE_CHECKING:
    from bot.store.compiled import Row
    from bot.store.tx import Tx

MOST_WORK = 2_000
"""How many statements and rows a step of the clock takes, so that no click waits long behind it."""

T = TypeVar("T")
P = ParamSpec("P")

_business = tables.table_of(tables.BusinessRow)
_person = tables.table_of(tables.Person)
_membership = tables.table_of(tables.Membership)
_asset_admin = tables.table_of(tables.AssetAdmin)

_BUSINESS = select(_business).where(_business.c.id == bindparam("business"))
# People without a membership and without an asset are left out: removing one of two people who are linked to
# the same Slack user gives the other one their rights back.
_counts = or_(
    _membership.c.person_id.is_not(None),
    exists(select(_asset_admin.c.person_id).where(_asset_admin.c.person_id == _person.c.id)),
)
_PRINCIPAL = (
    select(
        _person.c.id,
        _person.c.name,
        _person.c.zone,
        *FLAGS,
        _person.c.checked_at,
        _membership.c.business_id,
        _membership.c.role,
        _membership.c.shared,
    )
    .outerjoin_from(_person, _membership, _membership.c.person_id == _person.c.id)
    .where(_person.c.team_id == bindparam("team"), _person.c.user_id == bindparam("user"), _counts)
    .order_by(_person.c.id, _membership.c.business_id)
)


def lock_of_pair(business_id: str, other_id: str, *, shared: bool = False) -> Lock:
    """Return the lock of what two businesses do with each other.

    What is one business's own, or a person's, is changed by verbs that run alone, and takes no lock.
    """
    return Lock("pair", tuple(sorted((business_id, other_id))), shared=shared)


def business_of(row: Row) -> Business:
    """Return a row of `business` as far as a decision goes."""
    return Business(
        id=row.id,
        team_id=row.team_id,
        status=Status(row.status),
        verified=bool(row.verified),
        quorum=row.quorum,
        who_may_ask=WhoMayAsk(row.who_may_ask),
        api_sharing=ApiSharing(row.api_sharing),
    )


@dataclass(slots=True, kw_only=True)
class Context:
    """One transaction, who acts in it, and when. `verb` names what they do, for the journal.

    The principal and the businesses are read at their first use, in this transaction, and kept for the rest
    of the verb.
    """

    tx: Tx
    actor: Actor
    now: datetime
    verb: str
    _rows: list[Row] | None = field(default=None, init=False)
    _principal: Principal | None = field(default=None, init=False)
    _businesses: dict[str, Row | None] = field(default_factory=dict, init=False)

    @property
    def person_rows(self) -> list[Row]:
        """Return the rows from which the principal is made: one a membership, with name and zone."""
        if self._rows is None:
            self._rows = []
            if self.actor.user_id:  # it is neither the clock nor the operator
                self._rows = self.tx.all(_PRINCIPAL, team=self.actor.team_id, user=self.actor.user_id)
        return self._rows

    @property
    def principal(self) -> Principal:
        """Return who the actor is, with memberships and Slack's flags, as this transaction reads them."""
        if self._principal is None:
            self._principal = _principal_of(self.actor, self.person_rows, now=self.now)
        return self._principal

    def as_actor(self, actor: Actor) -> Context:
        """Return a context in the same transaction and at the same time, for somebody else."""
        return Context(tx=self.tx, actor=actor, now=self.now, verb=self.verb)

    def business_row(self, business_id: str) -> Row | None:
        """Return the business's row, with its policy, or None."""
        if business_id not in self._businesses:
            self._businesses[business_id] = self.tx.one(_BUSINESS, business=business_id)
        return self._businesses[business_id]

    def business(self, business_id: str) -> Business | None:
        """Return the business as far as a decision goes, or None."""
        row = self.business_row(business_id)
        return None if row is None else business_of(row)

    def some(self, rows: Iterable[T]) -> Iterator[T]:
        """Yield rows until this transaction has done `MOST_WORK`, at least one; the rest is still due."""
        for number, row in enumerate(rows):
            if number and self.tx.work >= MOST_WORK:
                return
            yield row

    def reread_business(self, business_id: str) -> None:
        """Read the business again at its next use, because this verb has changed its row."""
        self._businesses.pop(business_id, None)

    def visible_business(self, business_id: str) -> Business | None:
        """Return the business if the actor is a member who may see what it sees, else None."""
        business = self.business(business_id)
        if business is None or not may_view(self.principal, business=business).is_allowed:
            return None
        return business

    def own(self, business_id: str | None) -> str | None:
        """Return the id of a business that the actor is in, None for another: nothing is said of that."""
        return business_id if business_id in self.principal.memberships else None

    def denial(self, reason: DenialReason | Denied, *, business_id: str | None) -> Denied:
        """Return a denial as somebody is told it; what only looks records none.

        It names those of a business who could. Who has no power anywhere is told why, and not that what they
        see does not exist.
        """
        denied = reason if isinstance(reason, Denied) else Denied(reason=reason)
        if denied.reason in NOT_THERE and (powerless := why_powerless(self.principal)) is not None:
            return Denied(reason=powerless)
        if denied.reason is DenialReason.NOT_ADMIN and business_id is not None:
            denied = replace(denied, people=admin_names(self.tx, business_id))
        return denied

    def deny(
        self, reason: DenialReason | Denied, *, about: Subject | None = None, business_id: str | None = None
    ) -> Denied:
        """Record a denial, and return it.

        A `Denied` carries what the answer says beside its reason. `about` is what somebody wanted to act on,
        as they named it; without it, the subject that the answer itself names. `business_id` is the business
        for which they wanted to act, as far as it is known.
        """
        denied = self.denial(reason, business_id=business_id)
        if denied.at is not None and self.person_rows:
            denied = replace(denied, zone=self.person_rows[0].zone)
        subject = about or denied.about or Subject(SubjectKind.REQUEST, "")
        self.record(
            EventKind.DENIED,
            subject,
            business_id=business_id,
            acting_for=business_id,
            verb=self.verb,
            reason=str(denied.reason),
            field=denied.field,
        )
        return denied

    def record(
        self,
        kind: EventKind,
        subject: Subject,
        /,
        *,
        business_id: str | None = None,
        counterpart_id: str | None = None,
        acting_for: str | None = None,
        policy_of: str | None = None,
        policy_version: int | None = None,
        move: tuple[str | None, str] | None = None,
        version: int | None = None,
        text: str | None = None,
        **facts: Any,
    ) -> None:
        """Append an event to the journal, in this transaction.

        `business_id` and `counterpart_id` are the two sides concerned. `acting_for` is the business for
        which the actor acts, which gives their role. Events are kept with a policy's version: that of
        the business `policy_of` (else of `business_id`) unless `policy_version` gives it. `move` is the state
        left and the state entered, `text` what a person typed. `facts` are those that `domain.events.FACTS`
        lists.
        """
        assert facts.keys() <= FACTS[kind], f"{kind} does not carry {sorted(facts.keys() - FACTS[kind])}"
        if policy_version is None:
            policy_version = self._policy_version(policy_of or business_id)
        from_state, to_state = move or (None, None)
        journal.append(
            self.tx,
            journal.Event(
                kind=kind,
                subject_kind=subject.kind,
                subject_id=subject.id,
                business_id=business_id,
                counterpart_id=counterpart_id,
                from_state=from_state,
                to_state=to_state,
                version=version,
                actor=self._actor_as_recorded(acting_for),
                source=self.actor.source,
                policy_version=policy_version,
                data=facts,
                text=text,
                at=self.now,
            ),
        )

    def _policy_version(self, business_id: str | None) -> int | None:
        row = None if business_id is None else self.business_row(business_id)
        return None if row is None else int(row.policy_version)

    def _actor_as_recorded(self, business_id: str | None) -> dict[str, Any]:
        """Return the actor as the journal keeps them: a person with their role in the business."""
        match self.actor.source:
            case Source.CLOCK:
                return {"kind": "clock"}
            case Source.COMMAND_LINE:
                return {"kind": "operator"}
            case Source.EVENT:  # what Slack says of its own accord
                return {"kind": "slack", "team": self.actor.team_id}
        member = self.principal.memberships.get(business_id) if business_id else None
        return {
            "kind": "person",
            "team": self.actor.team_id,
            "user": self.actor.user_id,
            "enterprise": self.actor.enterprise_id,
            "person": self.principal.person_id,
            "role": str(member.role) if member else None,
        } | ({"token": self.actor.token_id, "program": self.actor.program} if self.actor.token_id else {})


def _principal_of(actor: Actor, rows: list[Row], *, now: datetime) -> Principal:
    if not rows:
        return Principal(team_id=actor.team_id, user_id=actor.user_id, from_sister=actor.from_sister)
    first, shared = rows[0], any(row.shared for row in rows)
    return Principal(
        team_id=actor.team_id,
        user_id=actor.user_id,
        person_id=first.id,
        people=len({row.id for row in rows}),
        flags=flags_of(first),
        confirmed=is_confirmed(first.checked_at, now=now),
        shared=shared,
        memberships={  # who is a shared login in one business is one in all: whoever has it acts in each
            row.business_id: Member(role=Role(row.role), shared=shared)
            for row in rows
            if row.business_id is not None and actor.business_id in (None, row.business_id)
        },
    )


def act(
    tx: Tx,
    verb: Callable[Concatenate[Context, P], T],
    /,
    *args: Any,
    by: Actor = CLOCK,
    now: datetime,
    **kwargs: Any,
) -> T:
    """Run a verb or a query in an open transaction, for `by` at `now`; without `by`, for the clock.

    What it answers to an inbound is kept with it.
    """
    context = Context(tx=tx, actor=by, now=now, verb=verb.__name__)
    answer = verb(context, *args, **kwargs)
    if isinstance(answer, Denied):
        answer = cast(T, context.denial(answer, business_id=None))
    if tx.inbox_key is not None:
        inbox.keep(tx, kept(answer))
    return answer


def acting(
    by: Actor, now: datetime, verb: Callable[Concatenate[Context, P], T], /, *args: P.args, **kwargs: P.kwargs
) -> Callable[[Tx], T]:
    """Return what runs a verb as `act` does in the transaction that it is given, marked as the verb is."""

    def run(tx: Tx) -> T:
        return act(tx, verb, *args, by=by, now=now, **kwargs)

    return marked_like(verb, run)
