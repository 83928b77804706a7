"""The invariants, each a function over a look at the store: its docstring is what always holds.

They lean on the model for one thing alone, who had which power; all else they read from the rows, from the
journal and from what was there before, so that they hold of the record whatever anybody predicted.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from model import EDGES, MOST_DRAFT, MOST_OPEN, OPEN, end_of, is_later, is_risky
from model_look import Look, only, unpacked

DEAD = ("DECLINED", "EXPIRED", "CANCELLED")
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
)
_NUDGES = 3  # after one day, after three, and a day before it expires


def requested_term(row: Any) -> tuple[str, Any]:
    return row.term_kind, {"DAYS": row.term_days, "UNTIL": row.term_until}.get(row.term_kind)


def given_term(row: Any) -> tuple[str, Any] | None:
    if row.given_kind is None:
        return None
    return row.given_kind, {"DAYS": row.given_days, "UNTIL": row.given_until}.get(row.given_kind)


def new_decisions(look: Look) -> list[Any]:
    return look.new_rows("decisions", "request_id", "round", "person_id")


# --- safety: after every step --------------------------------------------------------------------


def i1_authority(look: Look) -> None:
    """I1. A grant rests on one approved request with a counted yes; who votes may decide at that moment."""
    requests = look.by_id("requests")
    for decision in new_decisions(look):
        request = requests[decision.request_id]
        assert look.could(decision.person_id, request.deciding_id), "a vote of somebody who may not decide"
    for grant in look.grants:
        request = requests[grant.request_id]
        assert request.state == "APPROVED", f"a grant rests on a request that is {request.state}"
        assert (grant.owner_id, grant.holder_id) == (request.deciding_id, request.requesting_id)
        assert look.of("decisions", request_id=request.id, round=request.round, approves=True)
    places = Counter((grant.request_id, grant.position) for grant in look.grants)
    assert all(number == 1 for number in places.values()), "two grants for one item"


def i2_one_outcome(look: Look) -> None:
    """I2. A request is over once at most; approved if and only if there were enough yeses and no no."""
    ends = Counter(
        e.subject_id for e in look.events if e.subject_kind == "request" and e.to_state not in (*OPEN, None)
    )
    assert all(number == 1 for number in ends.values()), "a request was over twice"
    items: dict[str, list[Any]] = {}
    for item in look.items:
        items.setdefault(item.request_id, []).append(item)
    decisions = Counter(
        (decision.request_id, decision.person_id, decision.expected_version) for decision in look.decisions
    )
    assert all(number == 1 for number in decisions.values()), "two votes of one person on one version"
    for row in look.requests:
        noes = look.of("decisions", request_id=row.id, approves=False)
        said_yes = look.of("decisions", request_id=row.id, round=row.round, approves=True)
        assert (row.state == "DECLINED") == bool(noes), f"{row.state} with {len(noes)} noes"
        if row.state == "DECLINED":
            assert len(noes) == 1
            continue
        assert row.approvals <= len(said_yes), "more yeses are counted than were said"
        given = [(i.kind, unpacked(i.given)) for i in items[row.id] if i.given]
        if given and any(is_risky(kind, tasks) for kind, tasks in given):
            assert row.required_approvals >= 2, "one yes for something risky"
        if row.state == "APPROVED":
            assert row.approvals >= row.required_approvals, "approved with too few yeses"
        if row.state == "IN_REVIEW":
            assert 1 <= row.approvals < row.required_approvals, "enough yeses, and not approved"
    for event in look.new:
        if event.kind in ("request.approved", "request.in_review"):
            owner = look.by_id("businesses")[event.counterpart_id]
            data = json.loads(event.data)
            least = min(
                one.quorum
                for one in [owner, *([] if not look.before else look.before.of("businesses", id=owner.id))]
            )
            assert data["required_approvals"] >= least, "fewer yeses are needed than the business wants"


def i3_not_self(look: Look) -> None:
    """I3. Nobody votes on what they asked or prepared, and no member of the asking business votes."""
    requests = look.by_id("requests")
    for decision in look.decisions:
        row = requests[decision.request_id]
        assert decision.person_id not in (row.requester_id, row.author_id), (
            "somebody voted on their own request"
        )
    for decision in new_decisions(look):
        requesting = requests[decision.request_id].requesting_id
        assert not look.of("members", business_id=requesting, person_id=decision.person_id), (
            "both sides at once"
        )


def i4_dead_is_dead(look: Look) -> None:
    """I4. What is declined, expired or cancelled never changes, and no grant rests on it."""
    dead = {row.id: row for row in (look.before.requests if look.before else ()) if row.state in DEAD}
    for row in look.requests:
        assert row.id not in dead or row == dead[row.id], f"{row.state} changed"
    assert not [grant for grant in look.grants if grant.request_id in dead]
    assert not [
        i for i in look.items if i.is_open and look.by_id("requests")[i.request_id].state not in OPEN
    ], "an item is open of a request that is over"


def i5_no_late_yes(look: Look) -> None:
    """I5. Every vote comes before the request expires and names the version that was there to be seen."""
    for decision in new_decisions(look):
        row = look.by_id("requests")[decision.request_id]
        assert decision.at < row.expires_at, "a vote after the end"
        moved = [e.version for e in look.new if e.subject_id == row.id and e.to_state]
        assert decision.expected_version + 1 in moved, (
            f"voted on version {decision.expected_version}, which was moved to {moved}"
        )


def i6_no_widening(look: Look) -> None:
    """I6. A grant is for the item's asset, its tasks and time within what was given within what was asked."""
    items = {(item.request_id, item.position): item for item in look.items}
    requests = look.by_id("requests")
    for item in look.items:
        given = unpacked(item.given)
        assert given is None or given <= unpacked(item.tasks), "more was given than asked"
    for grant in look.grants:
        item, row = items[grant.request_id, grant.position], requests[grant.request_id]
        assert grant.asset_id == item.asset_id, "a grant for another asset than the item's"
        assert unpacked(grant.tasks) <= unpacked(item.given), "more is granted than was given"
        given = given_term(row)
        assert given is not None
        start = grant.starts_at
        assert not is_later(grant.ends_at, end_of(given, start=start)), "longer than given"
        assert not is_later(grant.ends_at, end_of(requested_term(row), start=start)), "longer than asked"
        kind, owner = look.model.assets[grant.asset_id]
        assert (kind, owner) == (item.kind, grant.owner_id), "not the owner's to give, or of another kind"


def i7_one_event_each(look: Look) -> None:
    """I7. Each change of state has its one event and each event its change, and they are allowed edges."""
    said: dict[tuple[str, str], tuple[str | None, int]] = {}
    for event in look.events:
        if event.to_state is None:
            continue
        key = (event.subject_kind, event.subject_id)
        before = said.get(key, ("PENDING", 1) if event.subject_kind == "grant" else (None, 0))
        assert event.from_state == before[0], f"{key} went from {event.from_state}, and was {before[0]}"
        assert event.to_state in EDGES[event.subject_kind].get(event.from_state, ()), "no such edge"
        said[key] = (event.to_state, event.version)
    for kind, name in (("request", "requests"), ("grant", "grants"), ("draft", "draft")):
        states = {row.id: row.state for row in look.rows[name]}
        told = {subject: state for (of, subject), (state, _) in said.items() if of == kind}
        assert states == told, f"{kind}: rows and events differ: {set(states.items()) ^ set(told.items())}"
    if look.before is None:
        return
    moved = {
        row.id
        for name in ("requests", "grants", "draft")
        for row in look.rows[name]
        if any(row.id == old.id and row.version != old.version for old in look.before.rows[name])
    }
    told_now = {event.subject_id for event in look.new}
    assert moved <= told_now, "something changed and no event says so"
    for business in look.businesses:
        old = look.before.of("businesses", id=business.id)
        settings = [e for e in look.new if e.subject_id == business.id and e.kind != "denied"]
        changed = business.policy_version - only(old).policy_version
        assert changed == len(settings), f"{changed} changes of settings, {len(settings)} events"


def i8_replay(look: Look) -> None:
    """I8. Whoever has the journal alone can say where every request, item, grant and prepared ask stands."""
    requests, items, grants, draft = replayed(look.events)
    assert {
        r.id: (r.state, r.version, r.round, r.approvals, r.required_approvals) for r in look.requests
    } == requests
    # A described item is bound when it is given; what stands in the journal of it is its tasks.
    kept = {(i.request_id, str(i.position)): (i.tasks, i.given) for i in look.items}
    assert kept == items
    held = {g.id: (g.state, g.version, g.request_id, g.asset_id, g.tasks, g.end_reason) for g in look.grants}
    assert held == grants
    assert {p.id: (p.state, p.version, p.request_id) for p in look.draft} == draft


def replayed(events: list[Any]) -> tuple[dict[Any, Any], ...]:
    """Fold the journal into what it says of requests, items, grants and prepared asks."""
    requests: dict[Any, Any] = {}
    items: dict[Any, Any] = {}
    grants: dict[Any, Any] = {}
    draft: dict[Any, Any] = {}
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
        elif event.kind == "request.undone":
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
            draft[subject] = (event.to_state, event.version, data.get("request"))
    return requests, items, grants, draft


def i9_chain(look: Look) -> None:
    """I9. Events are numbered without a gap, each has the hash of the one before, the head is the last."""
    known = len(look.before.events) if look.before else 0
    last = look.events[known - 1].hash if known else "0" * 64
    for number, event in enumerate(look.events[known:], known + 1):
        assert event.seq == number, "a gap in the journal"
        assert event.prev == last, "a link that does not hold"
        last = _hashed(event)
        assert event.hash == last, f"event {number} does not have the hash of what it says"
    assert (look.head.seq, look.head.hash) == (len(look.events), last), "the head is not the last event"


def _hashed(event: Any) -> str:
    kept = dict(event._asdict())
    kept.pop("hash")
    kept |= {"actor": json.loads(event.actor), "data": json.loads(event.data)}
    kept["at"] = (event.at - _EPOCH) // timedelta(microseconds=1)
    text = json.dumps(kept, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def i10_effects_atomic(look: Look) -> None:
    """I10. A change puts an update for every copy of its card in its own commit; no key is used twice."""
    keys = [effect.key for effect in look.effects]
    assert len(set(keys)) == len(keys), "two effects with one key"
    if look.before is None:
        return
    fresh = look.fresh
    updates = {(e.card_id, e.version) for e in fresh if e.kind == "UPDATE_CARD"}
    versions = {row.id: row.version for name in ("requests", "grants", "draft") for row in look.rows[name]}
    old = {row.id: row.version for name in ("requests", "grants", "draft") for row in look.before.rows[name]}
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
            assert not missing, f"a copy of the card is not told of version {version}"
    for row in look.new_rows("cards", "id"):
        posts = [e for e in fresh if e.kind == "POST_CARD" and e.card_id == row.id]
        assert row.state == "POSTED" or len(posts) == 1, "a copy of a card with no post"
    for effect in fresh:
        if effect.kind in ("UPDATE_CARD", "POST_NOTICE") and effect.subject_id in versions:
            assert effect.version <= versions[effect.subject_id], "an effect of a version that is not there"
        assert effect.card_id is None or effect.card_id in look.by_id("cards")


def i11_one_card(look: Look) -> None:
    """I11. A card has one post that can be sent, however often it was tried, and stands in one place."""
    posts: Counter[str] = Counter()
    parked: Counter[str] = Counter()
    for effect in look.effects:
        if effect.kind == "POST_CARD":
            posts[effect.card_id] += effect.state in ("WAITING", "SENDING")
            parked[effect.card_id] += effect.state == "PARKED"
    assert all(number <= 1 for number in posts.values()), "a card is posted twice"
    places = Counter((c.team_id, c.channel_id, c.ts) for c in look.cards if c.ts)
    assert all(number == 1 for number in places.values()), "one message is two copies"


def i12_i13_no_phantom(look: Look) -> None:
    """I12, I13 (for the registry; Meta is not connected yet). Every access is that of a grant in force."""
    model = look.model
    for grant in look.grants:
        if grant.state == "ACTIVE":
            mine = model.grants.get((grant.request_id, grant.position))
            assert mine is not None, "access that nobody gave"


def i14_ends_only_shorten(look: Look) -> None:
    """I14. The end of a grant, once fixed, never moves; an extension is a grant of its own."""
    before = look.before.by_id("grants") if look.before else {}
    for grant in look.grants:
        if grant.id in before:
            old = before[grant.id]
            fixed = ("starts_at", "ends_at", "tasks", "asset_id", "holder_id", "owner_id", "request_id")
            assert all(getattr(grant, one) == getattr(old, one) for one in fixed), "a grant was rewritten"


def i20_version(look: Look) -> None:
    """I20. The version goes up by one with each step, and nothing that a card shows moves without it."""
    steps = Counter(e.subject_id for e in look.new if e.to_state or e.kind == "request.undone")
    for name in ("requests", "grants", "draft"):
        before = look.before.by_id(name) if look.before else {}
        for row in look.rows[name]:
            was = before[row.id].version if row.id in before else (1 if name == "grants" else 0)
            assert row.version == was + steps[row.id], f"{steps[row.id]} steps, {row.version - was} versions"
            if row.id in before and name == "requests" and not steps[row.id]:
                same = [getattr(row, one) == getattr(before[row.id], one) for one in _FIXED]
                assert all(same), "a request changed without a new version"


def i21_nudges(look: Look) -> None:
    """I21. A digest a person a day at most, in their hours, about what they can decide, and not for ever."""
    days = Counter((digest.person_id, digest.day) for digest in look.digests)
    assert all(number == 1 for number in days.values()), "two digests on one day"
    new = {digest.id: digest for digest in look.new_rows("digests", "id")}
    requests, people, businesses = (look.by_id(one) for one in ("requests", "people", "businesses"))
    for item in look.digest_items:
        if item.digest_id not in new:
            continue
        digest, row = new[item.digest_id], requests[item.request_id]
        # Before this step, since the same sweep may have expired others.
        assert row.state in OPEN, "nudged about what is over"
        assert look.now < row.expires_at, "nudged about what has expired"
        able = [one.id for one in look.model.approvers(look.model.requests[row.id])]
        assert digest.person_id in able, "nudged about what they cannot decide"
        assert is_at_work(digest.created_at, people[digest.person_id], businesses[row.deciding_id]), (
            "nudged outside of working hours"
        )
        voted = [
            v
            for v in look.of("decisions", request_id=row.id, round=row.round)
            if v.person_id == digest.person_id
        ]
        assert not voted, "nudged about what they said yes to"
    told = Counter(
        (look_digest.person_id, item.request_id)
        for item in look.digest_items
        for look_digest in look.of("digests", id=item.digest_id)
    )
    reminds = Counter(e.subject_id for e in look.events if e.kind == "request.reminded")
    snoozes = Counter(
        (json.loads(e.actor)["person"], e.subject_id) for e in look.events if e.kind == "request.snoozed"
    )
    for (person, request), number in told.items():
        most = _NUDGES + reminds[request] + snoozes[person, request]
        assert number <= most, f"nudged {number} times about one request, {most} would be enough"
    sent = Counter(
        (e.subject_id, json.loads(e.data)["digest"]) for e in look.events if e.kind == "request.nudged"
    )
    assert sent == Counter((item.request_id, item.digest_id) for item in look.digest_items), (
        "nudges and events differ"
    )


_HOURS = re.compile(r"(?:(\w{3})(?:-(\w{3}))? )?(\d\d):(\d\d)-(\d\d):(\d\d)")
_DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]


def is_at_work(at: datetime, person: Any, business: Any) -> bool:
    """Whether it is a working hour of theirs: the business's hours and days off, in the person's zone."""
    local = at.astimezone(ZoneInfo(person.zone or business.zone))
    first, last, *numbers = only([_HOURS.fullmatch(business.hours)]).groups()
    start, end = _DAYS.index(first or "Mon"), _DAYS.index(last or first or "Fri")
    week = {(start + n) % 7 for n in range((end - start) % 7 + 1)}
    opens, closes = time(int(numbers[0]), int(numbers[1])), time(int(numbers[2]), int(numbers[3]))
    off = {date.fromisoformat(day) for day in business.days_off.split(",") if day}
    return local.weekday() in week and local.date() not in off and opens <= local.time() < closes


def i25_time(look: Look) -> None:
    """I25. Ends and expiries are instants: so many times 24 hours after the start, whatever the clocks do."""
    requests = look.by_id("requests")
    for grant in look.grants:
        given = given_term(requests[grant.request_id])
        assert given is not None
        assert grant.ends_at == end_of(given, start=grant.starts_at), "an end that is not as given"
    for row in look.requests:
        old = look.before.by_id("requests").get(row.id) if look.before else None
        assert old is None or old.expires_at == row.expires_at, "an expiry moved"


def i26_loss_of_role(look: Look) -> None:
    """I26. Whoever changes something acts for a business that it concerns, at that moment."""
    for event in look.new:
        actor = json.loads(event.actor)
        if event.kind == "denied" or actor["kind"] != "person":
            continue
        sides = (event.business_id, event.counterpart_id)
        able = any(side and look.could(actor["person"], side) for side in sides)
        drafts = event.subject_kind == "draft" and _draft_by(look, event) == actor["person"]
        assert able or drafts, f"{event.kind} by somebody without the right to it"


def _draft_by(look: Look, event: Any) -> str:
    return str(look.by_id("draft")[event.subject_id].author_id)


def i27_clock(look: Look) -> None:
    """I27. Whatever the clock does, what is over stays over, and what was done is not done again."""
    if look.before is None:
        return
    ended = {row.id: row for row in look.before.grants if row.state == "ENDED"}
    for grant in look.grants:
        assert grant.id not in ended or grant == ended[grant.id], "what had ended changed"
    done = {row.id for row in look.before.effects if row.state in ("DONE", "SUPERSEDED")}
    for effect in look.effects:
        assert effect.id not in done or effect.state in ("DONE", "SUPERSEDED"), (
            "a done effect was armed again"
        )
    for decision in look.before.decisions:
        assert decision in look.decisions, "a vote changed"


def i28_bounds(look: Look) -> None:
    """I28. Every queue, text and retry has its bound, and what nobody could send is counted."""
    between = Counter(
        (r.requesting_id, r.deciding_id) for r in look.requests if r.state in OPEN and not r.extends_id
    )
    assert all(number <= MOST_OPEN for number in between.values())
    waiting = Counter(row.author_id for row in look.draft if row.state == "WAITING")
    assert all(number <= MOST_DRAFT for number in waiting.values())
    assert all(len(row.reason) <= 500 and len(row.note) <= 500 for row in look.requests)
    assert all(len(grant.end_note) <= 500 for grant in look.grants)
    assert all(len(item.words or "") <= 200 for item in look.items)
    assert all(effect.attempt <= 100 for effect in look.effects), "tried without end"
    assert Counter(len(look.of("digest_items", digest_id=d.id)) <= 10 for d in look.digests)[False] == 0


def i29_assignments(look: Look) -> None:
    """I29. What people may do with an asset is within what their business may by its live grants."""
    for row in look.assigned:
        live = [
            unpacked(grant.tasks)
            for grant in look.of("grants", asset_id=row.asset_id, holder_id=row.business_id, state="ACTIVE")
        ]
        assert unpacked(row.tasks) <= frozenset().union(*live), "somebody may do more than their business"
        assert look.of("members", business_id=row.business_id, person_id=row.person_id), (
            "assigned, and no member"
        )


SAFETY: tuple[Callable[[Look], None], ...] = (
    i3_not_self,
    i1_authority,
    i26_loss_of_role,
    i2_one_outcome,
    i4_dead_is_dead,
    i5_no_late_yes,
    i6_no_widening,
    i14_ends_only_shorten,
    i25_time,
    i29_assignments,
    i12_i13_no_phantom,
    i20_version,
    i7_one_event_each,
    i8_replay,
    i9_chain,
    i10_effects_atomic,
    i11_one_card,
    i21_nudges,
    i27_clock,
    i28_bounds,
)


# --- liveness: after everything is whole again, and a sweep --------------------------------------


def v2_ended_in_time(look: Look) -> None:
    """V2. Nothing whose end is past is still in force."""
    assert not [
        g for g in look.grants if g.state == "ACTIVE" and g.ends_at is not None and g.ends_at <= look.now
    ]


def v3_expired_in_time(look: Look) -> None:
    """V3. Nothing whose time is past still waits for a decision."""
    assert not [r for r in look.requests if r.state in OPEN and r.expires_at <= look.now]
    assert not [p for p in look.draft if p.state == "WAITING" and p.expires_at <= look.now]
    assert not [r for r in look.requests if r.undo_until is not None and r.undo_until <= look.now]


def v5_no_dead_lease(look: Look) -> None:
    """V5. No lease of a worker that is gone outlives its half minute."""
    late = look.real - timedelta(seconds=30)
    assert not [e for e in look.effects if e.state == "SENDING" and e.lease_until < late]


SWEPT: tuple[Callable[[Look], None], ...] = (v2_ended_in_time, v3_expired_in_time)


def as_foretold(look: Look) -> None:
    """The rows are what the model says they are."""
    model = look.model
    for row in look.requests:
        mine = model.requests[row.id]
        assert (row.state, row.version, row.round, row.approvals, row.required_approvals) == (
            mine.state,
            mine.version,
            mine.round,
            mine.approvals,
            mine.required_approvals,
        ), f"the model has {mine}"
        assert (row.expires_at, row.undo_until, row.undone_at is not None) == (
            mine.expires,
            mine.undo_until,
            mine.undone,
        ), f"the model has {mine}"
        assert row.given_kind == (mine.given[0] if mine.given else None)
    assert {row.id for row in look.requests} == set(model.requests)
    kept = {(row.request_id, row.position): (row.asset_id, row.given) for row in look.items}
    assert kept == {
        (one.id, n): (item.asset, None if item.given is None else ",".join(sorted(item.given)))
        for one in model.requests.values()
        for n, item in enumerate(one.items)
    }
    decisions = {(row.request_id, row.round, row.person_id, bool(row.approves)) for row in look.decisions}
    assert decisions == {
        (one.id, *decision, approves)
        for one in model.requests.values()
        for decision, approves in one.decisions.items()
    }
    held = {
        (row.request_id, row.position): (
            row.asset_id,
            row.holder_id,
            row.owner_id,
            row.tasks,
            row.state,
            row.starts_at,
            row.ends_at,
            row.end_reason,
            row.version,
        )
        for row in look.grants
    }
    assert held == {
        key: (
            one.asset,
            one.holder,
            one.owner,
            ",".join(sorted(one.tasks)),
            one.state,
            one.start,
            one.end,
            one.why,
            one.version,
        )
        for key, one in model.grants.items()
    }
    assert {row.id: (row.state, row.version) for row in look.draft} == {
        one.id: (one.state, one.version) for one in model.draft.values()
    }
    assert {(row.asset_id, row.business_id, row.person_id): row.tasks for row in look.assigned} == {
        key: ",".join(sorted(tasks)) for key, tasks in model.assigned.items()
    }
    assert {
        (row.business_id, row.person_id): (row.role, bool(row.shared)) for row in look.members
    } == model.members
    assert {row.id: row.policy_version for row in look.businesses} == {
        one.id: one.policy_version for one in model.businesses.values()
    }


def check(look: Look, invariants: tuple[Callable[[Look], None], ...]) -> None:
    """Have each of them look; what fails is named."""
    for invariant in invariants:
        try:
            invariant(look)
        except AssertionError as error:
            raise AssertionError(f"{invariant.__name__}: {error}") from error
