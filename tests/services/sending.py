"""Effects and cards as rows, claimed and finished one at a time.

Business time and the machinery's are a hundred days apart here, so that neither can stand for the other.
"""

from __future__ import annotations

import random
from datetime import timedelta

from make import EPOCH, insert_row, write
from store_changes import changes, kept

from bot.domain.messages import Audience, EffectKind
from bot.services import delivery as deliveries
from bot.services.context import act
from bot.store import tables
from bot.store.tables import CardState, EffectState

REAL = EPOCH
NOW = EPOCH + timedelta(days=100)
WATCHED = (tables.Effect, tables.Card, tables.Person, tables.Event)


def put(database, *, kind=EffectKind.POST_NOTICE, lane="card:c1", **values):
    """Put an effect and return its number."""
    row = {
        "key": f"{random.getrandbits(64):x}",
        "kind": kind,
        "subject_id": "77",
        "card_id": "c1",
        "version": 3,
        "about": "approved",
        "lane": lane,
        "team_id": "TBRAND",
        "state": EffectState.WAITING,
        "put_at": EPOCH,
        "due_at": REAL,
        "attempt": 0,
        "reads": 0,
        **dict.fromkeys(("marked_at", "lease_until", "error", "over_at")),
        **values,
    }
    write(database, insert_row, tables.Effect, **row)
    return max(kept(database, tables.Effect)["effect"])[0]


def put_card(database, card_id="c1", **values):
    row = {
        "id": card_id,
        "subject_id": "77",
        "audience": Audience.APPROVERS,
        "team_id": "TBRAND",
        "channel_id": "CBRAND",
        "state": CardState.WAITING,
        "shown": 0,
        **dict.fromkeys(("user_id", "ts", "error")),
        **values,
    }
    write(database, insert_row, tables.Card, **row)


def claim(database, *, most=8, real=REAL, **how):
    return write(database, act, deliveries.claim, most=most, now=NOW, real=real, **how)


def finish(database, delivery, outcome, *, real=REAL, now=NOW):
    return changes(database, act, deliveries.finish, delivery, outcome, now=now, real=real, watch=WATCHED)


def over(state, why=None):
    """What changes of an effect that is over."""
    return {"state": state, "lease_until": None, "over_at": NOW, "error": why}


def settle(story, state=EffectState.DONE):
    """Have all that waits to be sent come to this."""
    if story.rows(tables.Effect, state=EffectState.WAITING):
        story.set(tables.Effect, {"state": EffectState.WAITING}, state=state)


def post(story, *, shown):
    """Have every card stand in Slack, showing this version."""
    for number, card in enumerate(story.rows(tables.Card)):
        story.set(
            tables.Card,
            {"id": card.id},
            state=CardState.POSTED,
            channel_id=card.channel_id or f"D{number}",
            ts=f"{number}.1",
            shown=shown,
        )
