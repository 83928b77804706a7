"""Recording what a send came to, with its consequence in the same transaction."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from sqlalchemy import Text, bindparam, delete, select, update

from bot.domain.connections import Obstacle
from bot.domain.messages import EffectKind
from bot.services import cards, directory, grants, readers, webhooks
from bot.services.context import Context
from bot.services.delivery.behind import RECOVERING, lost_at, reached
from bot.services.delivery.claim import end, marked_at, put_off
from bot.services.delivery.ledger import find_card, find_target, post_again, unpost
from bot.services.delivery.lost_answers import is_lost, settle_lost
from bot.services.delivery.outcomes import (
    Delivery,
    Done,
    Gone,
    NotFound,
    Obsolete,
    Outcome,
    Rejected,
    Retry,
    Unknown,
    Unverifiable,
    Withdrawn,
)
from bot.services.delivery.reroute import places_instead, reroute, say_there
from bot.store import outbox, tables
from bot.store.tables import CardState, EffectState
from bot.store.tx import concurrent

NEWS_FOR = timedelta(days=1)
"""How long after all is over a card that was deleted is posted again to say so."""
MOST_ATTEMPTS = 100
MOST_FAULTS = 8
"""After so many attempts, some minutes, a notice that we cannot make gives way to what waits behind it."""
LONGEST_BACKOFF = 300.0

_OF_ONE_COPY = frozenset(
    {EffectKind.POST_CARD, EffectKind.UPDATE_CARD, EffectKind.POST_NOTICE, EffectKind.PUBLISH_HOME}
)
"""What changes nothing but its own row and its copy of a card once it is sent."""

_effect = tables.table_of(tables.Effect)
_card = tables.table_of(tables.Card)
_follow = tables.table_of(tables.Follow)

_ASKED_AGAIN = (
    select(_effect.c.id)
    .where(
        _effect.c.lane == "person:" + bindparam("person", type_=Text),
        tables.EFFECT_IS_IN_LANE(_effect),
        _effect.c.state == EffectState.WAITING,
    )
    .limit(1)
)
_POSTED = (
    update(_card)
    .where(_card.c.id == bindparam("card"), _card.c.state == CardState.WAITING)
    .values(state=CardState.POSTED, channel_id=bindparam("channel"), ts=bindparam("message"))
)
_ADOPTED = select(_card.c.id).where(
    _card.c.team_id == bindparam("team"),
    _card.c.channel_id == bindparam("channel"),
    _card.c.ts == bindparam("message"),
    _card.c.id != bindparam("card"),
)
_HAND_OVER = (
    update(_effect)
    .where(_effect.c.lane == bindparam("of_adopted"), tables.EFFECT_IS_IN_LANE(_effect))
    .values(card_id=bindparam("to_card"), lane=bindparam("to_lane"))
)
_FOLLOW_NO_MORE = delete(_follow).where(_follow.c.card_id == bindparam("adopted"))
_DROP = delete(_card).where(_card.c.id == bindparam("adopted"))
_SHOWN = (
    update(_card)
    .where(_card.c.id == bindparam("card"), _card.c.shown < bindparam("version"))
    .values(shown=bindparam("version"))
)


@concurrent
def finish(ctx: Context, delivery: Delivery, outcome: Outcome, *, real: datetime) -> bool:
    """Record what a send came to, with its consequence. False: it was not ours any more, nothing changed."""
    if delivery.kind not in _OF_ONE_COPY or not isinstance(outcome, Done | Retry):
        ctx.tx.alone()
    if (kept := grants.KEPT.get(delivery.kind)) is not None:
        return _finish_at_meta(ctx, kept, delivery, outcome, real=real)
    match outcome:
        case Done():
            return _finish_done(ctx, delivery, outcome)
        case Retry():
            # This was no attempt: its count is taken back, and what earlier claims marked and read stays.
            return put_off(
                ctx.tx,
                delivery,
                due=real + timedelta(seconds=outcome.seconds),
                attempts=delivery.attempt - 1,
                marked=delivery.marked_at,
                why=outcome.why,
                reads=delivery.reads,
            )
        case Rejected():
            return _finish_rejected(ctx, delivery, outcome)
        case Gone():
            return _finish_gone(ctx, delivery, outcome)
        case Obsolete():
            return _finish_obsolete(ctx, delivery, outcome)
        case Withdrawn():
            return _finish_withdrawn(ctx, delivery, outcome)
        case Unknown():
            return _finish_unknown(ctx, delivery, outcome, real=real)
        case NotFound() | Unverifiable():
            return settle_lost(ctx, delivery, outcome, real=real)


def _finish_done(ctx: Context, delivery: Delivery, outcome: Done) -> bool:
    if not end(ctx, delivery, EffectState.DONE):
        return False
    if delivery.kind is EffectKind.POST_CARD:
        _take_over(ctx, delivery, outcome)
        ctx.tx.run(_POSTED, card=delivery.card_id, channel=outcome.channel_id, message=outcome.ts)
    if outcome.shown and delivery.card_id is not None:
        ctx.tx.run(_SHOWN, card=delivery.card_id, version=outcome.shown)
    # Asked again meanwhile, as after an event that took power away: an answer from before gives none back.
    if outcome.user is not None and not ctx.tx.one(_ASKED_AGAIN, person=delivery.subject_id):
        directory.record_user(ctx, outcome.user, team_id=delivery.team_id)
    if delivery.kind is EffectKind.SEND_EVENTS:
        webhooks.taken(ctx, delivery.subject_id, last=int(delivery.about))
    card = find_card(ctx.tx, delivery.card_id or "")
    if card is not None:
        reached(ctx, card)
    ctx.tx.wake()  # what waits in the same lane is first now
    return True


def _take_over(ctx: Context, delivery: Delivery, outcome: Done) -> None:
    """Take over the card that was kept when somebody pressed this message before its post was answered.

    What is still to be sent of that one is sent of this one: else what is said beside it would be lost.
    """
    card_id = delivery.card_id
    assert card_id is not None
    place = {"team": delivery.team_id, "channel": outcome.channel_id, "message": outcome.ts}
    adopted = ctx.tx.one(_ADOPTED, **place, card=card_id)
    if adopted is None:
        return
    ctx.tx.alone()
    of_adopted, own = outbox.lane_of(adopted.id), outbox.lane_of(card_id)
    ctx.tx.run(_HAND_OVER, of_adopted=of_adopted, to_card=card_id, to_lane=own)
    ctx.tx.run(_FOLLOW_NO_MORE, adopted=adopted.id)
    ctx.tx.run(_DROP, adopted=adopted.id)
    cards.follow(ctx, delivery.subject_id, version=delivery.version)  # it may show something else there


def _finish_rejected(ctx: Context, delivery: Delivery, outcome: Rejected) -> bool:
    if delivery.kind is EffectKind.POST_NOTICE and outcome.elsewhere:
        return _finish_unsaid(ctx, delivery, why=outcome.why, if_nobody=EffectState.DEAD)
    if not end(ctx, delivery, EffectState.DEAD, why=outcome.why):
        return False
    if delivery.kind is EffectKind.POST_CARD or (
        delivery.kind is EffectKind.UPDATE_CARD and outcome.elsewhere
    ):
        _give_up_card(ctx, delivery, why=outcome.why, elsewhere=outcome.elsewhere)
    ctx.tx.wake()
    return True


def _finish_withdrawn(ctx: Context, delivery: Delivery, outcome: Withdrawn) -> bool:
    if delivery.kind is EffectKind.POST_NOTICE:
        return _finish_unsaid(ctx, delivery, why=outcome.why, if_nobody=EffectState.SUPERSEDED)
    if not end(ctx, delivery, EffectState.SUPERSEDED, why=outcome.why):
        return False
    _give_up_card(ctx, delivery, why=readers.WITHDRAWN, elsewhere=True)
    ctx.tx.wake()
    return True


def _finish_unsaid(ctx: Context, delivery: Delivery, *, why: str, if_nobody: EffectState) -> bool:
    """Have a notice said where its audience is told now; only if there is nobody is it over."""
    target = find_target(ctx, delivery)
    instead = places_instead(ctx, delivery, target) if target is not None else []
    if not end(ctx, delivery, EffectState.SUPERSEDED if instead else if_nobody, why=why):
        return False
    if target is not None:
        if target.reading is readers.Reading.MAY:  # the place is the trouble, for all of its card
            _give_up_card(ctx, delivery, why=why, elsewhere=True)
        say_there(ctx, delivery, target, instead)
    ctx.tx.wake()
    return True


def _give_up_card(ctx: Context, delivery: Delivery, *, why: str, elsewhere: bool) -> None:
    """Note that a copy of a card cannot stand where it should, and reach those who are told now."""
    card = find_card(ctx.tx, delivery.card_id or "")
    if card is None or card.state == CardState.FAILED:
        return
    stays = card.ts is not None and card.user_id is None and why != readers.WITHDRAWN
    unpost(ctx.tx, card.id, to=CardState.FAILED, why=lost_at(card.ts, why=why) if stays else why)
    if card.error != RECOVERING:  # else they were reached when it was lost
        reroute(ctx, card, elsewhere=elsewhere)


def _finish_gone(ctx: Context, delivery: Delivery, outcome: Gone) -> bool:
    card = find_card(ctx.tx, delivery.card_id or "")
    # A message that only cannot be changed stays where it is: it is replaced once, not with every change.
    was_replaced = card is not None and card.error == outcome.why
    if not end(ctx, delivery, EffectState.DEAD if was_replaced else EffectState.SUPERSEDED, why=outcome.why):
        return False
    if card is not None and card.error == outbox.ADOPTED:
        unpost(ctx.tx, card.id, to=CardState.FAILED, why=readers.WITHDRAWN)
    elif card is not None and card.state == CardState.POSTED and not was_replaced:
        if outcome.was_deleted and not _is_missed(ctx, card.subject_id):
            unpost(ctx.tx, card.id, to=CardState.FAILED, why=outcome.why)
            return True
        unpost(ctx.tx, card.id, to=CardState.WAITING, why=None if outcome.was_deleted else outcome.why)
        post_again(ctx, delivery, due=outbox.AT_ONCE)
    return True


def _is_missed(ctx: Context, subject_id: str) -> bool:
    """Say whether a card that was deleted is posted again: not if all that it is about is long over."""
    subject = readers.find_subject(ctx.tx, subject_id)
    if subject is None:
        return True  # a digest says itself whether anything is left
    given = grants.grants_of_request(ctx.tx, subject.request_id).values()
    return any(
        over_at is None or ctx.now - over_at < NEWS_FOR
        for over_at in (subject.over_at, *(grant.ended_at for grant in given))
    )


def _finish_obsolete(ctx: Context, delivery: Delivery, outcome: Obsolete) -> bool:
    if not end(ctx, delivery, EffectState.SUPERSEDED, why=outcome.why):
        return False
    if delivery.kind is EffectKind.POST_CARD:
        unpost(ctx.tx, delivery.card_id, to=CardState.FAILED, why=outcome.why)
    ctx.tx.wake()
    return True


def _finish_unknown(ctx: Context, delivery: Delivery, outcome: Unknown, *, real: datetime) -> bool:
    gives_way = outcome.is_fault and not outcome.sent and delivery.kind is EffectKind.POST_NOTICE
    if delivery.attempt >= (MOST_FAULTS if gives_way else MOST_ATTEMPTS):
        return _finish_rejected(ctx, delivery, Rejected(why=f"given up: {outcome.why}"))
    if is_lost(delivery, outcome):
        return settle_lost(ctx, delivery, outcome, real=real)
    return put_off(
        ctx.tx,
        delivery,
        due=real + _backoff(delivery),
        marked=delivery.marked_at,
        why=outcome.why,
        reads=delivery.reads,
    )


def _backoff(delivery: Delivery) -> timedelta:
    wait = min(LONGEST_BACKOFF, 2.0 ** min(delivery.attempt, 10)) * random.uniform(0.5, 1)  # noqa: S311 - jitter
    return timedelta(seconds=wait)


def _finish_at_meta(
    ctx: Context, kept: grants.Kept, delivery: Delivery, outcome: Outcome, *, real: datetime
) -> bool:
    """Record what Meta's state is, or why it is not as it should be. Only a refusal ends the attempts."""
    of = kept.of(delivery)
    marked = marked_at(ctx.tx, delivery)
    match outcome:
        case Obsolete():
            return end(ctx, delivery, EffectState.SUPERSEDED)
        case Done(tasks=tasks) if tasks is not None:
            if not end(ctx, delivery, EffectState.DONE):
                return False
            kept.seen(ctx, **of, tasks=tasks)
            ctx.tx.wake()
            return True
        case Rejected():
            return _finish_refused(ctx, kept, delivery, outcome, real=real, was_sent=marked is not None)
        case Retry():
            due, attempts = real + timedelta(seconds=outcome.seconds), delivery.attempt - 1
        case _:
            due, attempts = real + _backoff(delivery), delivery.attempt
    why = getattr(outcome, "why", "")
    obstacle = Obstacle(why) if why in set(Obstacle) else Obstacle.UNREACHED
    if not put_off(ctx.tx, delivery, due=due, attempts=attempts, marked=marked, why=why):
        return False
    if isinstance(outcome, Retry) and outcome.tasks is not None:
        kept.seen(ctx, **of, tasks=outcome.tasks)
    kept.held_up(ctx, **of, obstacle=obstacle)
    return True


def _finish_refused(
    ctx: Context,
    kept: grants.Kept,
    delivery: Delivery,
    outcome: Rejected,
    *,
    real: datetime,
    was_sent: bool,
) -> bool:
    """Have it wait for somebody. What is to be taken away, or may have been given, is tried for ever."""
    of = kept.of(delivery)
    obstacle = Obstacle(outcome.why)
    if kept.is_unfinished(ctx, **of):
        later = real + timedelta(seconds=LONGEST_BACKOFF)
        is_ours = put_off(ctx.tx, delivery, due=later, marked=None, why=outcome.why)
    else:
        is_ours = end(ctx, delivery, EffectState.DEAD, why=outcome.why)
    if not is_ours:
        return False
    if kept.refused(ctx, **of, obstacle=obstacle) and was_sent:
        kept.put(ctx.tx, **of, now=ctx.now, first=True)
    ctx.tx.wake()
    return True
