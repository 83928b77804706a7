"""Verbs run one at a time, and what each changed, for tests that look at the rows."""

from __future__ import annotations

import json
from datetime import timedelta

from make import ACCOUNT, BRAND, item
from store_changes import ALL, changes

from bot.domain.actors import Actor, Role
from bot.domain.assets import Kind
from bot.domain.events import Subject, SubjectKind
from bot.domain.requests import Approve
from bot.services import requests
from bot.services.context import act
from bot.services.results import Denied
from bot.store import tables
from bot.store.tables import EffectState

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
TICK = timedelta(microseconds=1)
ADMIN = item(Kind.AD_ACCOUNT, ACCOUNT, level="Admin")


def said(story):
    """Mark all that waits in the outbox as sent: a home that waits to be published is not put twice."""
    story.set(tables.Effect, {"state": EffectState.WAITING}, state=EffectState.DONE)


def run(story, verb, *args, by=None, **kwargs):
    if by is not None:
        kwargs["by"] = by if isinstance(by, Actor) else by.by()
    return changes(story.database, act, verb, *args, now=story.clock.now(), watch=ALL, **kwargs)


def decide(story, sent, who, verdict, *, expected_version=None):
    """Decide on a request, looking at its present version unless another is given."""
    version = story.card(sent.request_id).version if expected_version is None else expected_version
    return run(story, requests.decide, sent.request_id, by=who, verdict=verdict, expected_version=version)


def give(story, town, *items, **values):
    """Have a request of Ann's approved by as many as it takes, and return the grant of its first item."""
    sent = story.submit(town.ann, *items, **values)
    for who in (town.dana, town.dov)[: sent.required_approvals]:
        story.decide(who, sent.request_id, Approve())
    return story.grant_of(sent.request_id)


def become(story, who, **what):
    """Change what somebody is in their business, or what Slack says of them."""
    is_member = what.keys() <= {"role", "shared", "business_id"}
    table, key = (tables.Membership, "person_id") if is_member else (tables.Person, "id")
    story.set(table, {key: who.id}, **what)


def effects(story, did, kind):
    """Whom an effect of this kind is put for, each with the version and what it is about."""
    audiences = {row.id: row.audience for row in story.rows(tables.Card)}
    put = did.put(tables.Effect, "kind", "card_id", "version", "about")
    return sorted(
        (audiences[card_id], version, about) for what, card_id, version, about in put if what == kind
    )


def told(sent, reason, **more):
    """The denial to somebody who may know which request it is about."""
    return Denied(reason=reason, about=Subject(SubjectKind.REQUEST, sent.request_id), ref=sent.ref, **more)


def denied(story, did, sent, by, *, kind="request", verb="decide", business=BRAND, field="", role=Role.ADMIN):
    """Check that a denial is an event and nothing else, and return it."""
    assert did.rows.keys() == {"event"}
    ((_, row),) = did.of(tables.Event).items()
    who = {
        "kind": "person",
        "team": by.team,
        "user": by.user,
        "enterprise": None,
        "person": by.id,
        "role": role,
    }
    assert (json.loads(row["actor"]), row["source"], row["at"]) == (who, "BUTTON", story.clock.now())
    assert json.loads(row["data"]) == {"verb": verb, "reason": did.answer.reason, "field": field}
    about = sent if isinstance(sent, str) else sent.request_id
    assert (row["kind"], row["subject_kind"], row["subject_id"]) == ("denied", kind, about)
    policy = story.settings(business).policy_version if business else None
    assert (row["business_id"], row["counterpart_id"], row["policy_version"]) == (business, None, policy)
    assert [row[name] for name in ("from_state", "to_state", "version", "inbox_key")] == [None] * 4
    return did.answer


def assigned(story):
    return {row.person_id: row.tasks for row in story.rows(tables.Assignment)}
