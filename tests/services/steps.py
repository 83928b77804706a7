"""Verbs run one at a time, and what each changed, for tests that look at the rows."""

from __future__ import annotations

import json
from datetime import timedelta

from make import ACCOUNT, AGENCY, BRAND, item, write
from store_changes import changes

from bot.domain.assets import Kind
from bot.domain.policy import Actor, Role, Source
from bot.services import requests, settings
from bot.services.context import act
from bot.store import tables
from bot.store.tables import EffectState

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
TICK = timedelta(microseconds=1)
ADMIN = item(Kind.AD_ACCOUNT, ACCOUNT, level="Admin")


WATCHED = (
    tables.Request,
    tables.Item,
    tables.Decision,
    tables.Opened,
    tables.Nudge,
    tables.Grant,
    tables.Assignment,
    tables.Card,
    tables.Effect,
    tables.Event,
    tables.EventText,
)


def said(story):
    """Mark all that waits in the outbox as sent: a home that waits to be published is not put twice."""
    story.set(tables.Effect, {"state": EffectState.WAITING}, state=EffectState.DONE)


def run(story, verb, *args, by=None, **kwargs):
    if by is not None:
        kwargs["by"] = by if isinstance(by, Actor) else by.by()
    return changes(story.database, verb, *args, now=story.clock.now(), watch=WATCHED, **kwargs)


def decide(story, sent, who, verdict, *, expected_version=1):
    return run(
        story,
        act,
        requests.decide,
        sent.request_id,
        by=who,
        verdict=verdict,
        expected_version=expected_version,
    )


def events(did):
    """The events that were put, whole but for the chain."""
    return [
        {**row, "actor": json.loads(row["actor"]), "data": json.loads(row["data"])}
        for _, row in sorted(did.of(tables.Event).items())
        if [row.pop(name) for name in ("seq", "prev", "hash", "text_hash")]
    ]


def person(who, role: Role | None = Role.ADMIN):
    """Somebody, as the journal keeps them."""
    return {
        "kind": "person",
        "team": who.team,
        "user": who.user,
        "enterprise": None,
        "person": who.id,
        "role": role,
    }


def event(story, kind, subject_id, *, by, subject_kind="request", source=Source.BUTTON, **more):
    return {
        "at": story.clock.now(),
        "kind": kind,
        "subject_kind": subject_kind,
        "subject_id": subject_id,
        "business_id": AGENCY,
        "counterpart_id": BRAND,
        "from_state": None,
        "to_state": None,
        "version": None,
        "actor": by,
        "source": source,
        "inbox_key": None,
        "policy_version": 1,
        "data": {},
        **more,
    }


def effects(story, did):
    """What is to happen outside: what, where to, which version, about what. All of it is put now."""
    cards = {row.id: row for row in story.rows(tables.Card)}
    found = []
    for row in did.put(tables.Effect, "kind", "card_id", "subject_id", "version", "about", "put_at"):
        kind, card_id, subject_id, version, about, put_at = row
        assert put_at == story.clock.now()
        where = cards[card_id].audience if card_id else subject_id
        found.append((str(kind), str(where), version, about))
    return sorted(found)


def homes(*who):
    return [("PUBLISH_HOME", one.user, 0, "") for one in who]


def updates(version, *audiences):
    return [("UPDATE_CARD", audience, version, "") for audience in audiences]


def notices(version, about, *audiences):
    return [("POST_NOTICE", audience, version, about) for audience in audiences]


def typed(did):
    return [text for (text,) in did.put(tables.EventText, "text")]


def denied(story, did, sent, by, *, verb="decide", business=BRAND, field="", role=Role.ADMIN):
    """Check that a denial is an event and nothing else, and return it."""
    assert did.rows.keys() == {"event"}
    data = {"verb": verb, "reason": did.answer.reason, "field": field}
    about = sent if isinstance(sent, str) else sent.request_id
    sides = {"business_id": business, "counterpart_id": None, "policy_version": 1 if business else None}
    assert events(did) == [event(story, "denied", about, by=person(by, role), data=data, **sides)]
    return did.answer


def remove(story, who, business, *, by):
    now = story.clock.now()
    assert write(story.database, act, settings.remove_member, business, who.id, by=by.by(), now=now)


def assigned(story):
    return {row.person_id for row in story.rows(tables.Assignment)}
