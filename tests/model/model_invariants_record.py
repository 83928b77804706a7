"""Invariants about the record: the journal, the outbox, versions, and limits."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from model_look import Look, only, unpacked
from model_records import EDGES, MOST_DRAFTS, MOST_OPEN, OPEN

from bot.domain.events import EventKind

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIXED = (
    "state",
    "round",
    "approvals",
    "required_approvals",
    "given_kind",
    "given_days",
    "given_until",
    "over_at",
    "over_by",
    "over_program",
)


def i7_one_event_each(look: Look) -> None:
    """I7. Each change of state has one event and each event its change, along an allowed edge."""
    last: dict[tuple[str, str], tuple[str | None, int]] = {}
    for event in look.events:
        if event.to_state is None:
            continue
        key = (event.subject_kind, event.subject_id)
        before = last.get(key, ("PENDING", 1) if event.subject_kind == "grant" else (None, 0))
        assert event.from_state == before[0], f"{key} went from {event.from_state}, and was {before[0]}"
        assert event.to_state in EDGES[event.subject_kind].get(event.from_state, ()), "no such edge"
        last[key] = (event.to_state, event.version)
    for kind, name in (("request", "requests"), ("grant", "grants"), ("draft", "drafts")):
        states = {row.id: row.state for row in look.rows[name]}
        recorded = {subject: state for (of, subject), (state, _) in last.items() if of == kind}
        assert states == recorded, (
            f"{kind}: rows and events differ: {set(states.items()) ^ set(recorded.items())}"
        )
    if look.before is None:
        return
    moved = {
        row.id
        for name in ("requests", "grants", "drafts")
        for row in look.rows[name]
        if any(row.id == old.id and row.version != old.version for old in look.before.rows[name])
    }
    concerned = {event.subject_id for event in look.new}
    assert moved <= concerned, "something changed and no event says so"
    for business in look.businesses:
        old = look.before.of("businesses", id=business.id)
        # That a change is looser is told beside the change itself; its week changes nothing.
        beside = {EventKind.DENIED, EventKind.BUSINESS_LOOSENED, EventKind.BUSINESS_WEEK}
        settings = [e for e in look.new if e.subject_id == business.id and e.kind not in beside]
        changed = business.policy_version - only(old).policy_version
        assert changed == len(settings), f"{changed} changes of settings, {len(settings)} events"


def i8_replay(look: Look) -> None:
    """I8. The journal alone says what state every request, item, grant and draft is in."""
    requests, items, grants, drafts = replayed(look.events)
    assert {
        r.id: (r.state, r.version, r.round, r.approvals, r.required_approvals) for r in look.requests
    } == requests
    # The asset of a described item is named at the approval; the journal has only its tasks.
    kept = {(i.request_id, str(i.position)): (i.tasks, i.given) for i in look.items}
    assert kept == items
    held = {g.id: (g.state, g.version, g.request_id, g.asset_id, g.tasks, g.end_reason) for g in look.grants}
    assert held == grants
    assert {d.id: (d.state, d.version, d.request_id) for d in look.drafts} == drafts


def replayed(events: list[Any]) -> tuple[dict[Any, Any], ...]:
    """Return what the journal says of requests, items, grants and drafts."""
    requests: dict[Any, Any] = {}
    items: dict[Any, Any] = {}
    grants: dict[Any, Any] = {}
    drafts: dict[Any, Any] = {}
    for event in events:
        data, subject = json.loads(event.data), event.subject_id
        if event.subject_kind == "request" and event.to_state == "PENDING":
            requests[subject] = ("PENDING", 1, 1, 0, data["required_approvals"])
            items |= {(subject, str(n)): (one["tasks"], None) for n, one in enumerate(data["items"])}
        elif event.subject_kind == "request" and event.to_state:
            requests[subject] = (
                event.to_state,
                event.version,
                data["round"],
                data["approvals"],
                data["required_approvals"],
            )
            for position, given in data.get("given", {}).items():
                items[subject, position] = (items[subject, position][0], given)
        elif event.kind in ("request.undone", "request.revised"):
            state, _, *counts = requests[subject]
            requests[subject] = (state, event.version, *counts)
        elif event.subject_kind == "grant" and event.to_state:
            grants[subject] = (
                event.to_state,
                event.version,
                data["request"],
                data["asset"],
                data["tasks"],
                data["reason"],
            )
        elif event.subject_kind == "draft" and event.to_state:
            drafts[subject] = (event.to_state, event.version, data.get("request"))
    return requests, items, grants, drafts


def i9_chain(look: Look) -> None:
    """I9. Events are numbered without a gap, each has the hash of the one before, the head is the last."""
    known = len(look.before.events) if look.before else 0
    last = look.events[known - 1].hash if known else "0" * 64
    for number, event in enumerate(look.events[known:], known + 1):
        assert event.seq == number, "a gap in the journal"
        assert event.prev == last, "an event does not carry the hash of the one before it"
        last = _hashed(event)
        assert event.hash == last, f"the hash of event {number} is not that of its content"
    assert (look.head.seq, look.head.hash) == (len(look.events), last), "the head is not the last event"


def _hashed(event: Any) -> str:
    kept = dict(event._asdict())
    kept.pop("hash")
    kept |= {"actor": json.loads(event.actor), "data": json.loads(event.data)}
    kept["at"] = (event.at - _EPOCH) // timedelta(microseconds=1)
    text = json.dumps(kept, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def i10_effects_atomic(look: Look) -> None:
    """I10. A change puts an update for every copy of its card in the same commit; no key is used twice."""
    keys = [effect.key for effect in look.effects]
    assert len(set(keys)) == len(keys), "two effects with one key"
    if look.before is None:
        return
    fresh = look.fresh
    updates = {(e.card_id, e.version) for e in fresh if e.kind == "UPDATE_CARD"}
    versions = {row.id: row.version for name in ("requests", "grants", "drafts") for row in look.rows[name]}
    old = {row.id: row.version for name in ("requests", "grants", "drafts") for row in look.before.rows[name]}
    alive = {card.id: card for card in look.cards if card.state != "FAILED"}
    shown: dict[str, set[str]] = {}
    for card in look.before.cards:
        if card.id in alive:
            shown.setdefault(card.subject_id, set()).add(card.id)
    for follow in look.before.follows:
        if follow.card_id in alive:
            shown.setdefault(follow.subject_id, set()).add(follow.card_id)
    for subject, version in versions.items():
        if subject in old and version != old[subject]:
            missing = [card for card in shown.get(subject, ()) if (card, version) not in updates]
            assert not missing, f"no update of a copy of the card for version {version}"
    for row in look.new_rows("cards", "id"):
        put = Counter(effect.kind for effect in fresh if effect.card_id == row.id)
        # A copy that was adopted, because somebody pressed it, was not posted by us and is updated at once.
        # That update may have been rejected within the step.
        is_adopted = row.state == "FAILED" and not put["POST_CARD"] and put["UPDATE_CARD"]
        assert row.state == "POSTED" or is_adopted or put["POST_CARD"] == 1, "a copy of a card with no post"
    for effect in fresh:
        if effect.kind in ("UPDATE_CARD", "POST_NOTICE") and effect.subject_id in versions:
            assert effect.version <= versions[effect.subject_id], "an effect of a version that does not exist"
        assert effect.card_id is None or effect.card_id in look.by_id("cards")


def i11_one_card(look: Look) -> None:
    """I11. A card has one post that can be sent, however often it was tried, and is in one place."""
    posts: Counter[str] = Counter()
    parked: Counter[str] = Counter()
    for effect in look.effects:
        if effect.kind == "POST_CARD":
            posts[effect.card_id] += effect.state in ("WAITING", "SENDING")
            parked[effect.card_id] += effect.state == "PARKED"
    assert all(number <= 1 for number in posts.values()), "a card is posted twice"
    places = Counter((c.team_id, c.channel_id, c.ts) for c in look.cards if c.ts)
    assert all(number == 1 for number in places.values()), "one message is two copies"


def _told(look: Look) -> list[tuple[str, str, list[str]]]:
    """Return the notices of this step: where each goes, what it is about, and the ids that it names."""
    cards = look.by_id("cards")
    found = []
    for effect in look.fresh:
        if effect.kind == "POST_NOTICE":
            what, *reader = effect.about.split(" ")
            about, _, ids = what.partition(":")
            card = cards.get(effect.card_id)
            place = reader[1] if reader else f"@{card.user_id}" if card.user_id else f"#{card.channel_id}"
            found.append((f"{effect.team_id} {place}", about, [one for one in ids.split(",") if one]))
    return found


def i32_ends_are_told(look: Look) -> None:
    """I32. An end of access is told at each place once; what changes nothing, by its date alone, is not."""
    told = _told(look)
    named = Counter((place, grant) for place, about, ids in told if about == "ended" for grant in ids)
    assert all(number == 1 for number in named.values()), "one end is told twice at one place"
    before = look.before.by_id("grants") if look.before else {}
    for grant in look.grants:
        if grant.id not in before or before[grant.id].state != "ACTIVE" or grant.state != "ENDED":
            continue
        others = look.of("grants", asset_id=grant.asset_id, holder_id=grant.holder_id, state="ACTIVE")
        left = frozenset[str]().union(*(unpacked(one.tasks) or () for one in others))
        goes_on = (unpacked(grant.tasks) or frozenset()) <= left
        is_told = any(grant.id == one for _, one in named)
        if grant.end_reason == "REACHED" and goes_on:
            assert not is_told, "told of an end that changed nothing"


def i33_few_messages(look: Look) -> None:
    """I33. One act of a person sends at most two notices to any place, and one of each kind."""
    acts = {event.inbox_key for event in look.new}
    if not acts or None in acts:  # what the clock or a sender does is no one act
        return
    for (place, about), number in Counter((place, about) for place, about, _ in _told(look)).items():
        assert number <= len(acts), f"{number} notices of one kind ({about}) at {place}"
    for place, number in Counter(place for place, *_ in _told(look)).items():
        assert number <= 2 * len(acts), f"{number} notices at {place}"


def i20_version(look: Look) -> None:
    """I20. The version goes up by one with each step; nothing that a card shows changes without it."""
    steps = Counter(
        e.subject_id for e in look.new if e.to_state or e.kind in ("request.undone", "request.revised")
    )
    for name in ("requests", "grants", "drafts"):
        before = look.before.by_id(name) if look.before else {}
        for row in look.rows[name]:
            was = before[row.id].version if row.id in before else (1 if name == "grants" else 0)
            assert row.version == was + steps[row.id], f"{steps[row.id]} steps, {row.version - was} versions"
            if row.id in before and name == "requests" and not steps[row.id]:
                same = [getattr(row, one) == getattr(before[row.id], one) for one in _FIXED]
                assert all(same), "a request changed without a new version"


def i27_clock(look: Look) -> None:
    """I27. Whatever the clock does, what has ended stays ended, and what was done is not done again."""
    if look.before is None:
        return
    ended = {row.id: row for row in look.before.grants if row.state == "ENDED"}
    for grant in look.grants:
        assert grant.id not in ended or grant == ended[grant.id], "what had ended changed"
    done = {row.id for row in look.before.effects if row.state in ("DONE", "SUPERSEDED")}
    for effect in look.effects:
        assert effect.id not in done or effect.state in ("DONE", "SUPERSEDED"), (
            "an effect that was done waits again"
        )
    for decision in look.before.decisions:
        assert decision in look.decisions, "a decision changed"


def i28_bounds(look: Look) -> None:
    """I28. Every queue, text and retry has its limit."""
    between = Counter(
        (r.requesting_id, r.deciding_id) for r in look.requests if r.state in OPEN and not r.extends_id
    )
    assert all(number <= MOST_OPEN for number in between.values())
    waiting = Counter(row.author_id for row in look.drafts if row.state == "WAITING")
    assert all(number <= MOST_DRAFTS for number in waiting.values())
    assert all(len(row.reason) <= 500 and len(row.note) <= 500 for row in look.requests)
    assert all(len(grant.end_note) <= 500 for grant in look.grants)
    assert all(len(item.words or "") <= 200 for item in look.items)
    assert all(effect.attempt <= 100 for effect in look.effects), "tried without end"
    assert Counter(len(look.of("digest_items", digest_id=d.id)) <= 10 for d in look.digests)[False] == 0
