"""The outbox at work: claim what is due, hand it to its sender, finish it with its consequence.

Three short steps, never a transaction across the network: claim (committed), send, finish (committed). A
claim is a lease of half a minute and a number; who finishes must still hold both, so a worker that was
stopped and goes on later writes nothing. Within a lane effects go in order, but a card's post before all
that follows from the card, whenever it was put (the card was deleted, its first post lost); between lanes
there is none.

| state | means | leaves to |
| --- | --- | --- |
| WAITING | to be sent when it is due and first in its lane | SENDING, SUPERSEDED |
| SENDING | a worker has it, until its lease ends | DONE, WAITING, SUPERSEDED, PARKED, DEAD |
| DONE | it happened | |
| SUPERSEDED | a newer effect does the same | |
| PARKED | it may have happened, and nobody can see whether | WAITING, by hand |
| DEAD | it cannot happen, or was tried too often | WAITING, by hand |

The first post of a message is the only call whose outcome can be unknown in a way that matters: Slack has
no idempotency key. It is marked before its first byte leaves. If the answer is lost, the message is looked
for by the key in its metadata; found, it is done; not found twice, over a minute apart, it is posted again.
Where history cannot be read, a card is posted anew after two minutes (doubled, it does no harm: a click on
either is judged by the record), a plain notice is not.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, delete, exists, select, text, update

from bot.domain.grants import GrantState
from bot.domain.messages import Audience
from bot.domain.policy import OPERATOR
from bot.domain.requests import OPEN, DraftState
from bot.services.directory import businesses as directory
from bot.services.requests import moves as requests
from bot.store import outbox, tables
from bot.store.journal import Event
from bot.store.tables import CardState, EffectKind, EffectState
from bot.store.types import UTCDateTime

if TYPE_CHECKING:
    from bot.store.compiled import Row
    from bot.store.tx import Tx

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=30)
FIRST_READ = timedelta(seconds=2)
SETTLE = timedelta(seconds=60)
REPOST = timedelta(minutes=2)
MOST_ATTEMPTS = 100
LONGEST_BACKOFF = 300.0
FAR_AHEAD = timedelta(minutes=15)
"""Nothing is put off for this long, and no lease is: what is, was so by a clock that was put back since."""
_UNDECIDED = OPEN | {DraftState.WAITING, GrantState.ACTIVE}
_TO_WHO_REQUESTED = frozenset({Audience.REQUESTER, Audience.EXPIRY, Audience.ENDING})
_FIRST_POSTS = frozenset({EffectKind.POST_CARD, EffectKind.POST_NOTICE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One effect that was claimed. `marked_at` says that an earlier attempt may have posted it."""

    id: int
    key: str
    kind: EffectKind
    subject_id: str
    card_id: str | None
    version: int
    about: str
    team_id: str
    attempt: int
    reads: int
    marked_at: datetime | None
    lease_until: datetime
    put_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Flags:
    """What Slack says of a user."""

    user_id: str
    deactivated: bool
    guest: bool
    bot: bool
    stranger: bool
    zone: str | None


# --- what a send can come to ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """It happened. `ts` and `channel_id` say where the message stands, `flags` what was learnt.

    `shown` is the version of the record that a card now shows.
    """

    ts: str | None = None
    channel_id: str | None = None
    shown: int = 0
    flags: Flags | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """Nothing happened, and it is to wait for `seconds`. Does not count as an attempt."""

    seconds: float
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """It cannot happen. `elsewhere`: the place is the trouble, so another may do."""

    why: str
    elsewhere: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """The message that was to be changed is not there any more."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """Nobody knows whether it happened; `sent` is False if it certainly did not."""

    why: str
    sent: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Obsolete:
    """There is nothing to say any more: what a message would have been about is over."""

    why: str


@dataclass(frozen=True, slots=True)
class NotFound:
    """A message of unknown outcome was looked for, and is not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unverifiable:
    """A message of unknown outcome cannot be looked for."""

    why: str


Outcome = Done | Retry | Rejected | Gone | Obsolete | Unknown | NotFound | Unverifiable
Mark = Callable[[], Awaitable[bool]]
Sender = Callable[[Delivery, Mark], Awaitable[Outcome]]


# --- the verbs -----------------------------------------------------------------------------------

_effect = tables.table_of(tables.Effect)
_card = tables.table_of(tables.Card)
_person = tables.table_of(tables.Person)
_request = tables.table_of(tables.Request)
_draft = tables.table_of(tables.Draft)
_grant = tables.table_of(tables.Grant)
_older = _effect.alias("older")
_newer = _effect.alias("newer")

# SQLite uses a partial index only where a query says the index's condition word for word, with no parameter.
_WAITS = text("effect.state = 'WAITING'")
_LEASED = text("effect.state = 'SENDING'")
# Rendered whole from the record, so that of several in a lane the last one is enough.
_SHOWS_NEWEST = text("effect.kind IN ('UPDATE_CARD', 'PUBLISH_HOME')")
_real: Any = bindparam("real", type_=UTCDateTime)
_is_first = ~exists(
    select(_older.c.id).where(
        _older.c.lane == _effect.c.lane,
        text("older.state IN ('WAITING', 'SENDING', 'PARKED')"),
        text("older.state <> 'PARKED'"),
        text("(older.kind <> 'POST_CARD', older.id) < (effect.kind <> 'POST_CARD', effect.id)"),
    )
)
_DUE = select(_effect.c.id).where(_WAITS, _effect.c.due_at <= _real, _is_first).limit(1)
_EXPIRED = select(_effect.c.id).where(_LEASED, _effect.c.lease_until <= _real).limit(1)
_CLAIMABLE = (
    select(
        *(
            _effect.c[name]
            for name in (
                "id",
                "key",
                "kind",
                "subject_id",
                "card_id",
                "version",
                "about",
                "team_id",
                "attempt",
                "reads",
                "marked_at",
                "put_at",
            )
        )
    )
    .where(_WAITS, _effect.c.due_at <= _real, _is_first)
    .order_by(_effect.c.due_at, _effect.c.id)
    .limit(bindparam("most"))
    .with_for_update(of=_effect, skip_locked=True)  # nothing on SQLite, where one writer claims at a time
)
_CLAIM = (
    update(_effect)
    .where(_effect.c.id == bindparam("effect"), _WAITS)
    .values(
        state=EffectState.SENDING,
        attempt=_effect.c.attempt + 1,
        lease_until=bindparam("lease", type_=UTCDateTime),
    )
)
_RESCUE = (
    update(_effect)
    .where(_LEASED, _effect.c.lease_until <= _real)
    .values(state=EffectState.WAITING, lease_until=None, due_at=_real)
)
_far: Any = bindparam("far", type_=UTCDateTime)
_DRAW_NEAR = update(_effect).where(_WAITS, _effect.c.due_at > _far).values(due_at=_real)
_END_LEASES = update(_effect).where(_LEASED, _effect.c.lease_until > _far).values(lease_until=_real)
_SUPERSEDE = (
    update(_effect)
    .where(
        text("effect.state IN ('WAITING', 'SENDING', 'PARKED')"),  # the lanes' index
        _WAITS,
        _SHOWS_NEWEST,
        _effect.c.lane == bindparam("in_lane"),
        exists(
            select(_newer.c.id).where(
                _newer.c.lane == _effect.c.lane,
                _newer.c.id > _effect.c.id,
                _newer.c.kind == _effect.c.kind,
                text("newer.state IN ('WAITING', 'SENDING', 'PARKED')"),
                text("newer.state = 'WAITING'"),
            )
        ),
    )
    .values(state=EffectState.SUPERSEDED, over_at=bindparam("now", type_=UTCDateTime))
)
_LANES_TO_TIDY = (
    select(_effect.c.lane)
    .where(_WAITS, _effect.c.due_at <= _real, _SHOWS_NEWEST, ~_is_first)
    .distinct()
    .limit(bindparam("most"))
)
_mine = and_(
    _effect.c.id == bindparam("effect"),
    _effect.c.state == EffectState.SENDING,
    _effect.c.attempt == bindparam("claimed"),
    _effect.c.lease_until == bindparam("lease", type_=UTCDateTime),
)
_MARK = update(_effect).where(_mine).values(marked_at=_real, reads=0)
_OVER = (
    update(_effect)
    .where(_mine)
    .values(
        state=bindparam("to"),
        lease_until=None,
        error=bindparam("why"),
        over_at=bindparam("now", type_=UTCDateTime),
    )
)
_AGAIN = (
    update(_effect)
    .where(_mine)
    .values(
        state=EffectState.WAITING,
        lease_until=None,
        due_at=bindparam("due", type_=UTCDateTime),
        attempt=bindparam("attempts"),
        reads=bindparam("times_read"),
        marked_at=bindparam("marked", type_=UTCDateTime),
        error=bindparam("why"),
    )
)
_MARKED_AT = select(_effect.c.marked_at).where(_effect.c.id == bindparam("effect"))
_FIND_CARD = select(
    _card,
    exists(
        select(_person.c.id).where(
            _person.c.team_id == _card.c.team_id,
            _person.c.user_id == _card.c.user_id,
            _person.c.deactivated.is_(True),
        )
    ).label("left_slack"),
).where(_card.c.id == bindparam("card"))
_POSTED = (
    update(_card)
    .where(_card.c.id == bindparam("card"), _card.c.state == CardState.WAITING)
    .values(state=CardState.POSTED, channel_id=bindparam("channel"), ts=bindparam("message"), error=None)
)
_DROP_ADOPTED = delete(_card).where(
    _card.c.team_id == bindparam("team"),
    _card.c.channel_id == bindparam("channel"),
    _card.c.ts == bindparam("message"),
    _card.c.id != bindparam("card"),
)
_SHOWN = (
    update(_card)
    .where(_card.c.id == bindparam("card"), _card.c.shown < bindparam("version"))
    .values(shown=bindparam("version"))
)
_UNPOSTED = (
    update(_card)
    .where(_card.c.id == bindparam("card"))
    .values(state=bindparam("to"), ts=None, error=bindparam("why"))
)
_FAILED_FOR = select(_card.c.user_id).where(
    _card.c.subject_id == bindparam("subject"),
    _card.c.audience == bindparam("for_whom"),
    _card.c.state == CardState.FAILED,
)
_MOVE_NOTICES = (
    update(_effect)
    .where(
        text("effect.state IN ('WAITING', 'SENDING', 'PARKED')"),  # the lanes' index
        _WAITS,
        _effect.c.lane == bindparam("from_lane"),
        _effect.c.kind == EffectKind.POST_NOTICE,
    )
    .values(card_id=bindparam("to_card"), lane=bindparam("to_lane"))
)
_FIND_MESSAGE = select(_card.c.id).where(
    _card.c.team_id == bindparam("team"),
    _card.c.channel_id == bindparam("channel"),
    _card.c.ts == bindparam("message"),
)
_FIND_PERSON = select(_person.c.team_id, _person.c.user_id).where(_person.c.id == bindparam("person"))
_FIND_REQUEST = select(
    _request.c.requesting_id, _request.c.deciding_id, _request.c.version, _request.c.state
).where(_request.c.id == bindparam("subject"))
_FIND_DRAFT = select(_draft.c.business_id, _draft.c.version, _draft.c.state).where(
    _draft.c.id == bindparam("subject")
)
_FIND_GRANT = select(_grant.c.holder_id, _grant.c.version, _grant.c.state).where(
    _grant.c.id == bindparam("subject")
)
_STUCK = (
    select(_effect)
    .where(text("effect.state IN ('PARKED', 'DEAD')"))
    .order_by(_effect.c.state, _effect.c.id)
    .limit(bindparam("most"))
)
_RETRY = (
    update(_effect)
    .where(_effect.c.id == bindparam("effect"), text("effect.state IN ('PARKED', 'DEAD')"))
    .values(
        state=EffectState.WAITING,
        due_at=bindparam("due", type_=UTCDateTime),
        attempt=0,
        reads=0,
        marked_at=None,
        over_at=None,
    )
)
_FIND_EFFECT = select(_effect).where(_effect.c.id == bindparam("effect"))


def is_work(tx: Tx, *, real: datetime) -> bool:
    """Say whether there is something to claim or to rescue."""
    return tx.one(_DUE, real=real) is not None or tx.one(_EXPIRED, real=real) is not None


def claim(tx: Tx, *, most: int, now: datetime, real: datetime) -> tuple[Delivery, ...]:
    """Take up to `most` effects that are due and first in their lanes, for half a minute.

    What a dead worker held is free again first. Of several changes of one card only the newest is sent.
    """
    tx.run(_RESCUE, real=real)
    for row in tx.all(_LANES_TO_TIDY, real=real, most=most):
        tx.run(_SUPERSEDE, in_lane=row.lane, now=now)
    lease = real + LEASE
    claimed = []
    for row in tx.all(_CLAIMABLE, real=real, most=most):
        if tx.run(_CLAIM, effect=row.id, lease=lease):
            values = {**row._asdict(), "kind": EffectKind(row.kind), "attempt": row.attempt + 1}
            claimed.append(Delivery(**values, lease_until=lease))
    return tuple(claimed)


def draw_near_due(tx: Tx, *, real: datetime) -> int:
    """Have what waits for a time that the clock, put back, will not reach for long be sent now."""
    far = real + FAR_AHEAD
    drawn = tx.run(_DRAW_NEAR, real=real, far=far) + tx.run(_END_LEASES, real=real, far=far)
    if drawn:
        log.warning("%d deliveries waited for a time far ahead: was the clock put back?", drawn)
        tx.wake()
    return drawn


def mark(tx: Tx, delivery: Delivery, *, real: datetime) -> bool:
    """Note that from now on the message may have been posted. False: it is not ours any more, do not post."""
    return tx.run(_MARK, **_fence(delivery), real=real) == 1


def finish(tx: Tx, delivery: Delivery, outcome: Outcome, *, now: datetime, real: datetime) -> bool:
    """Record what a send came to, with its consequence. False: it was not ours any more, nothing changed."""
    match outcome:
        case Done():
            return _finish_done(tx, delivery, outcome, now=now)
        case Retry():
            # What this claim changed is taken back, the count too; an older mark stays.
            return _again(
                tx,
                delivery,
                due=real + timedelta(seconds=outcome.seconds),
                attempts=delivery.attempt - 1,
                marked=delivery.marked_at,
                why=outcome.why,
            )
        case Rejected():
            return _finish_rejected(tx, delivery, outcome, now=now)
        case Gone():
            return _finish_gone(tx, delivery, outcome, now=now)
        case Obsolete():
            return _finish_needless(tx, delivery, outcome, now=now)
        case Unknown():
            return _finish_unknown(tx, delivery, outcome, now=now, real=real)
        case NotFound():
            return _finish_not_found(tx, delivery, real=real)
        case Unverifiable():
            return _finish_blind(tx, delivery, outcome, now=now, real=real)


def find_card(tx: Tx, card_id: str) -> Row | None:
    """Return the row of a copy of a card. `left_slack`: it goes to somebody who is deactivated."""
    return tx.one(_FIND_CARD, card=card_id)


def is_card(tx: Tx, *, team_id: str, channel_id: str, ts: str) -> bool:
    """Say whether a message is a copy of a card that we know."""
    return tx.one(_FIND_MESSAGE, team=team_id, channel=channel_id, message=ts) is not None


def find_user(tx: Tx, person_id: str) -> Row | None:
    """Return the Slack user (`team_id`, `user_id`) that a person is."""
    return tx.one(_FIND_PERSON, person=person_id)


def stuck(tx: Tx, *, limit: int = 100) -> list[Row]:
    """Return the effects that are parked or dead, for the operator."""
    return tx.all(_STUCK, most=limit)


def retry(tx: Tx, effect_id: int, *, now: datetime) -> bool:
    """Have a parked or dead effect sent once more. False if there is none of this number."""
    row = tx.one(_FIND_EFFECT, effect=effect_id)
    if row is None or not tx.run(_RETRY, effect=effect_id, due=outbox.AT_ONCE):
        return False
    if row.kind == EffectKind.POST_CARD:
        card = find_card(tx, row.card_id)
        if card is not None and card.state == CardState.FAILED:
            tx.run(_UNPOSTED, card=card.id, to=CardState.WAITING, why=None)
    tx.append(
        Event(
            kind="outbox.retried",
            subject_kind="effect",
            subject_id=str(effect_id),
            actor={"kind": "operator"},
            source=OPERATOR.source,
            data={"effect": row.kind, "subject": row.subject_id, "error": row.error},
            at=now,
        )
    )
    tx.wake()
    return True


def _fence(delivery: Delivery) -> dict[str, Any]:
    return {"effect": delivery.id, "claimed": delivery.attempt, "lease": delivery.lease_until}


def _over(tx: Tx, delivery: Delivery, to: EffectState, *, why: str | None, now: datetime) -> bool:
    return tx.run(_OVER, **_fence(delivery), to=to, why=why, now=now) == 1


def _again(
    tx: Tx,
    delivery: Delivery,
    *,
    due: datetime,
    marked: datetime | None,
    why: str,
    attempts: int | None = None,
    reads: int = 0,
) -> bool:
    done = tx.run(
        _AGAIN,
        **_fence(delivery),
        due=due,
        marked=marked,
        why=why,
        attempts=delivery.attempt if attempts is None else attempts,
        times_read=reads,
    )
    return done == 1


def _finish_done(tx: Tx, delivery: Delivery, outcome: Done, *, now: datetime) -> bool:
    if not _over(tx, delivery, EffectState.DONE, why=None, now=now):
        return False
    if delivery.kind is EffectKind.POST_CARD:
        _take_over(tx, delivery, outcome, now=now)
        tx.run(_POSTED, card=delivery.card_id, channel=outcome.channel_id, message=outcome.ts)
    if outcome.shown and delivery.card_id is not None:
        tx.run(_SHOWN, card=delivery.card_id, version=outcome.shown)
    if outcome.flags is not None:
        flags = outcome.flags
        directory.record_person_flags(
            tx,
            team_id=delivery.team_id,
            user_id=flags.user_id,
            deactivated=flags.deactivated,
            guest=flags.guest,
            bot=flags.bot,
            stranger=flags.stranger,
            zone=flags.zone,
            now=now,
        )
    tx.wake()  # what waits in the same lane is first now
    return True


def _take_over(tx: Tx, delivery: Delivery, outcome: Done, *, now: datetime) -> None:
    """Let go of the same message as it was adopted: somebody pressed it before its post was answered."""
    adopted = tx.run(
        _DROP_ADOPTED,
        card=delivery.card_id,
        team=delivery.team_id,
        channel=outcome.channel_id,
        message=outcome.ts,
    )
    if adopted:  # which may have shown something else there
        outbox.put_updates(tx, subject_id=delivery.subject_id, version=delivery.version, now=now)


def _finish_rejected(tx: Tx, delivery: Delivery, outcome: Rejected, *, now: datetime) -> bool:
    card = find_card(tx, delivery.card_id or "")
    kept = card if card is not None and card.state != CardState.FAILED else None
    # It goes with the card to whoever gets that instead; where nobody does, it finds no card and is over.
    is_outcome = (
        kept is not None
        and outcome.elsewhere
        and delivery.kind is EffectKind.POST_NOTICE
        and kept.audience == Audience.REQUESTER
    )
    if is_outcome:
        held = _again(tx, delivery, due=outbox.AT_ONCE, marked=None, why=outcome.why)
    else:
        held = _over(tx, delivery, EffectState.DEAD, why=outcome.why, now=now)
    if not held:
        return False
    is_update = delivery.kind is EffectKind.UPDATE_CARD and outcome.elsewhere
    if kept is not None and (delivery.kind is EffectKind.POST_CARD or is_update or is_outcome):
        tx.run(_UNPOSTED, card=kept.id, to=CardState.FAILED, why=outcome.why)
        _fall_back(tx, delivery, kept, elsewhere=outcome.elsewhere, now=now)
    tx.wake()
    return True


def _fall_back(tx: Tx, delivery: Delivery, card: Row, *, elsewhere: bool, now: datetime) -> None:
    """Reach somebody else with a card that could not be posted, and have the other copies say so.

    The outcome reaches somebody who asked even when all is decided. A digest is one person's own: it
    goes nowhere else.
    """
    request = tx.one(_FIND_REQUEST, subject=delivery.subject_id)
    draft = tx.one(_FIND_DRAFT, subject=delivery.subject_id)
    grant = tx.one(_FIND_GRANT, subject=delivery.subject_id)
    subject = request or draft or grant
    if subject is None:
        return
    requesting = request.requesting_id if request else draft.business_id if draft else subject.holder_id
    if not elsewhere or (subject.state not in _UNDECIDED and card.audience != Audience.REQUESTER):
        pass
    elif card.user_id is None:
        own = request.deciding_id if request and card.audience == Audience.APPROVERS else requesting
        business = directory.find_business_row(tx, own)
        assert business is not None
        requests.post_to_approvers(
            tx,
            subject_id=card.subject_id,
            owner=business,
            version=subject.version,
            now=now,
            excluding=requesting if own != requesting else None,
            audience=Audience(card.audience),
            by_dm=True,
        )
    elif card.audience in _TO_WHO_REQUESTED:
        # One more of them is enough, and a DM that fails too comes back here.
        failed = {row.user_id for row in tx.all(_FAILED_FOR, subject=card.subject_id, for_whom=card.audience)}
        others = directory.admins_who_can_decide(tx, requesting)
        for admin in [admin for admin in others if admin.user_id not in failed][:1]:
            instead = outbox.put_card(
                tx,
                subject_id=card.subject_id,
                audience=Audience(card.audience),
                version=subject.version,
                team_id=admin.team_id,
                user_id=admin.user_id,
                now=now,
            )
            tx.run(
                _MOVE_NOTICES,
                from_lane=outbox.lane_of(card.id),
                to_lane=outbox.lane_of(instead),
                to_card=instead,
            )
    outbox.put_updates(tx, subject_id=card.subject_id, version=subject.version, now=now)


def _finish_gone(tx: Tx, delivery: Delivery, outcome: Gone, *, now: datetime) -> bool:
    if not _over(tx, delivery, EffectState.SUPERSEDED, why=outcome.why, now=now):
        return False
    card = find_card(tx, delivery.card_id or "")
    if card is not None and card.state == CardState.POSTED:
        tx.run(_UNPOSTED, card=card.id, to=CardState.WAITING, why=None)
        _post_again(tx, delivery, now=now, due=outbox.AT_ONCE)
    return True


def _finish_needless(tx: Tx, delivery: Delivery, outcome: Obsolete, *, now: datetime) -> bool:
    if not _over(tx, delivery, EffectState.SUPERSEDED, why=outcome.why, now=now):
        return False
    if delivery.kind is EffectKind.POST_CARD:
        tx.run(_UNPOSTED, card=delivery.card_id, to=CardState.FAILED, why=outcome.why)
    tx.wake()
    return True


def _finish_unknown(tx: Tx, delivery: Delivery, outcome: Unknown, *, now: datetime, real: datetime) -> bool:
    if delivery.attempt >= MOST_ATTEMPTS:
        return _finish_rejected(tx, delivery, Rejected(why=f"given up: {outcome.why}"), now=now)
    if delivery.kind in _FIRST_POSTS and outcome.sent:
        row = tx.one(_MARKED_AT, effect=delivery.id)
        marked = row.marked_at if row else None
        return _again(tx, delivery, due=real + FIRST_READ, marked=marked, why=outcome.why)
    wait = min(LONGEST_BACKOFF, 2.0 ** min(delivery.attempt, 10)) * random.uniform(0.5, 1)  # noqa: S311 - jitter
    return _again(
        tx,
        delivery,
        due=real + timedelta(seconds=wait),
        marked=delivery.marked_at,
        why=outcome.why,
        reads=delivery.reads,
    )


def _finish_not_found(tx: Tx, delivery: Delivery, *, real: datetime) -> bool:
    assert delivery.marked_at is not None
    if delivery.reads == 0:
        settled = max(real, delivery.marked_at) + SETTLE
        return _again(tx, delivery, due=settled, marked=delivery.marked_at, why="not_seen_yet", reads=1)
    return _again(tx, delivery, due=real, marked=None, why="not_posted")


def _finish_blind(
    tx: Tx, delivery: Delivery, outcome: Unverifiable, *, now: datetime, real: datetime
) -> bool:
    if not _over(tx, delivery, EffectState.PARKED, why=f"unknown: {outcome.why}", now=now):
        return False
    if delivery.kind is EffectKind.POST_CARD:
        _post_again(tx, delivery, now=now, due=(delivery.marked_at or real) + REPOST)
    tx.wake()
    return True


def _post_again(tx: Tx, delivery: Delivery, *, now: datetime, due: datetime) -> None:
    assert delivery.card_id is not None
    outbox.put_post(
        tx,
        card_id=delivery.card_id,
        subject_id=delivery.subject_id,
        version=delivery.version,
        team_id=delivery.team_id,
        now=now,
        due_at=due,
    )
