"""Invariants about power: who decides, what is given by it, and when it ends."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from model_look import Look, unpacked
from model_records import DAY, KNOWN_TASKS, OPEN, end_of, is_later, is_risky

DEAD = ("DECLINED", "EXPIRED", "CANCELLED")


def requested_term(row: Any) -> tuple[str, Any]:
    return row.term_kind, {"DAYS": row.term_days, "UNTIL": row.term_until}.get(row.term_kind)


def given_term(row: Any) -> tuple[str, Any] | None:
    if row.given_kind is None:
        return None
    return row.given_kind, {"DAYS": row.given_days, "UNTIL": row.given_until}.get(row.given_kind)


def new_decisions(look: Look) -> list[Any]:
    return look.new_rows("decisions", "request_id", "round", "person_id")


def i1_authority(look: Look) -> None:
    """I1. A grant rests on one approved request with an approval that counts; who decides may do so then."""
    requests = look.by_id("requests")
    for decision in new_decisions(look):
        request = requests[decision.request_id]
        assert look.could_act(decision.person_id, request.deciding_id), (
            "a decision of somebody who may not decide"
        )
    for grant in look.grants:
        request = requests[grant.request_id]
        assert request.state == "APPROVED", f"a grant rests on a request that is {request.state}"
        assert (grant.owner_id, grant.holder_id) == (request.deciding_id, request.requesting_id)
        assert look.of("decisions", request_id=request.id, round=request.round, approves=True)
    places = Counter((grant.request_id, grant.position) for grant in look.grants)
    assert all(number == 1 for number in places.values()), "two grants for one item"


def i2_one_outcome(look: Look) -> None:
    """I2. A request ends once at most; it is approved if and only if enough approved and nobody declined."""
    ends = Counter(
        e.subject_id for e in look.events if e.subject_kind == "request" and e.to_state not in (*OPEN, None)
    )
    assert all(number == 1 for number in ends.values()), "a request ended twice"
    items: dict[str, list[Any]] = {}
    for item in look.items:
        items.setdefault(item.request_id, []).append(item)
    decisions = Counter(
        (decision.request_id, decision.person_id, decision.expected_version) for decision in look.decisions
    )
    assert all(number == 1 for number in decisions.values()), "two decisions of one person on one version"
    for row in look.requests:
        declines = look.of("decisions", request_id=row.id, approves=False)
        approved = look.of("decisions", request_id=row.id, round=row.round, approves=True)
        assert (row.state == "DECLINED") == bool(declines), f"{row.state} and declined {len(declines)} times"
        if row.state == "DECLINED":
            assert len(declines) == 1
            continue
        assert row.approvals <= len(approved), "more approvals are counted than were given"
        given = [(i.kind, unpacked(i.given)) for i in items[row.id] if i.given]
        if given and any(is_risky(kind, tasks) for kind, tasks in given):
            assert row.required_approvals >= 2, "one approval for something risky"
        if row.state == "APPROVED":
            assert row.approvals >= row.required_approvals, "approved with too few approvals"
        if row.state == "IN_REVIEW":
            assert 1 <= row.approvals < row.required_approvals, "enough approvals, and not approved"
    for event in look.new:
        if event.kind in ("request.approved", "request.in_review"):
            data, row = json.loads(event.data), look.by_id("requests")[event.subject_id]
            assert data["required_approvals"] >= row.quorum, "fewer approvals than the policy wanted"


def i3_not_self(look: Look) -> None:
    """I3. No requester, author or member of the requesting business decides on a request."""
    requests = look.by_id("requests")
    user_of = {one.id: (one.team_id, one.user_id) for one in look.people}
    for decision in look.decisions:
        row = requests[decision.request_id]
        own = {user_of[one] for one in (row.requester_id, row.author_id) if one}
        assert user_of[decision.person_id] not in own, "somebody decided on their own request"
    for decision in new_decisions(look):
        requesting = requests[decision.request_id].requesting_id
        assert not look.of("members", business_id=requesting, person_id=decision.person_id), (
            "somebody decided who belongs to both sides"
        )


def i4_dead_is_dead(look: Look) -> None:
    """I4. What is declined, expired or cancelled never changes, and no grant rests on it."""
    dead = {row.id: row for row in (look.before.requests if look.before else ()) if row.state in DEAD}
    for row in look.requests:
        assert row.id not in dead or row == dead[row.id], f"{row.state} changed"
    assert not [grant for grant in look.grants if grant.request_id in dead]
    assert not [
        i for i in look.items if i.is_open and look.by_id("requests")[i.request_id].state not in OPEN
    ], "an item is open although its request is not"


def i5_no_late_approval(look: Look) -> None:
    """I5. Every decision comes before the request expires and names the version that was shown."""
    for decision in new_decisions(look):
        row = look.by_id("requests")[decision.request_id]
        assert decision.at < row.expires_at, "a decision after the end"
        moved = [e.version for e in look.new if e.subject_id == row.id and e.to_state]
        assert decision.expected_version + 1 in moved, (
            f"decided on version {decision.expected_version}, which was moved to {moved}"
        )


def i6_no_widening(look: Look) -> None:
    """I6. A grant is for the item's asset; its tasks and time are within what was given and requested."""
    items = {(item.request_id, item.position): item for item in look.items}
    requests = look.by_id("requests")
    for item in look.items:
        given = unpacked(item.given)
        assert given is None or given <= unpacked(item.tasks), "more was given than requested"
    for grant in look.grants:
        item, row = items[grant.request_id, grant.position], requests[grant.request_id]
        assert grant.asset_id == item.asset_id, "a grant for another asset than the item's"
        assert unpacked(grant.tasks) <= unpacked(item.given), "more is granted than was given"
        given = given_term(row)
        assert given is not None
        start = grant.starts_at
        assert not is_later(grant.ends_at, end_of(given, start=start)), "longer than given"
        assert not is_later(grant.ends_at, end_of(requested_term(row), start=start)), "longer than requested"
        kind, owner = look.model.assets[grant.asset_id]
        assert (kind, owner) == (item.kind, grant.owner_id), "not the owner's to give, or of another kind"


def i12_i13_no_phantom(look: Look) -> None:
    """I12, I13 (for the registry; Meta is not connected yet). All access is that of an active grant."""
    model = look.model
    for grant in look.grants:
        if grant.state == "ACTIVE":
            predicted = model.grants.get((grant.request_id, grant.position))
            assert predicted is not None, "access that nobody gave"


def i14_ends_only_shorten(look: Look) -> None:
    """I14. The end of a grant, once fixed, never moves; an extension is a grant of its own."""
    before = look.before.by_id("grants") if look.before else {}
    for grant in look.grants:
        if grant.id in before:
            old = before[grant.id]
            fixed = ("starts_at", "ends_at", "tasks", "asset_id", "holder_id", "owner_id", "request_id")
            assert all(getattr(grant, one) == getattr(old, one) for one in fixed), "a grant was rewritten"


def i25_time(look: Look) -> None:
    """I25. Ends and expiries are instants: a day is 24 hours, also when the clocks change."""
    requests = look.by_id("requests")
    for grant in look.grants:
        given = given_term(requests[grant.request_id])
        assert given is not None
        assert grant.ends_at == end_of(given, start=grant.starts_at), "an end that is not as given"
    for row in look.requests:
        old = look.before.by_id("requests").get(row.id) if look.before else None
        if old is not None and old.expires_at != row.expires_at:
            assert row.expires_at == row.given_until < old.expires_at, "an expiry moved, not to an end given"


def i26_loss_of_role(look: Look) -> None:
    """I26. Somebody who changes something may act at that moment for a business that it concerns."""
    for event in look.new:
        actor = json.loads(event.actor)
        if event.kind == "denied" or actor["kind"] != "person":
            continue
        sides = (event.business_id, event.counterpart_id, _giving(look, event))
        may_act = any(side and look.could_act(actor["person"], side) for side in sides)
        is_own_draft = event.subject_kind == "draft" and _draft_by(look, event) == actor["person"]
        assert may_act or is_own_draft, f"{event.kind} by somebody without the right to it"


def _giving(look: Look, event: Any) -> str | None:
    """Return who gave or ended the access with which what people of the other side may do changes."""
    request_id = json.loads(event.data).get("request") if event.subject_kind == "person" else None
    if request_id:
        return str(look.by_id("requests")[request_id].deciding_id)
    return look.by_id("grants")[event.subject_id].owner_id if event.kind == "grant.trimmed" else None


def _draft_by(look: Look, event: Any) -> str:
    return str(look.by_id("drafts")[event.subject_id].author_id)


def i30_power_is_not_old(look: Look) -> None:
    """I30. Somebody who changes something is known to Slack as who they are since a day at most."""
    checked = {row.id: [row.checked_at] for row in look.people}
    for row in look.before.people if look.before else ():
        checked[row.id].append(row.checked_at)
    for event in look.new:
        actor = json.loads(event.actor)
        if event.kind != "denied" and actor["kind"] == "person":
            known = [at for at in checked[actor["person"]] if at is not None]
            assert any(event.at - at <= DAY for at in known), f"{event.kind} by somebody known for too long"


def i31_nothing_rests_on_what_is_over(look: Look) -> None:
    """I31. No open request names a grant that is over, nor can one be decided after that grant's end."""
    grants = look.by_id("grants")
    for row in look.requests:
        if row.state in OPEN and row.extends_id is not None:
            grant = grants[row.extends_id]
            assert grant.state == "ACTIVE", "an open request would extend what is over"
            assert row.expires_at <= grant.ends_at, "it can be decided after the end of what it extends"


def i35_quorum_never_falls(look: Look) -> None:
    """I35. What an open request needs is at least what its policy asked for at any time since it was sent."""
    quorum = {row.id: row.quorum for row in look.businesses}
    before = look.before.by_id("requests") if look.before else {}
    for row in look.requests:
        if row.state in OPEN:
            assert row.quorum >= quorum[row.deciding_id], "an open request takes less than the policy"
            assert row.id not in before or row.quorum >= before[row.id].quorum, "a setting lowered it"


def i29_assignments(look: Look) -> None:
    """I29. What people may do with an asset is within what their business may do: by grants, or as owner."""
    for row in look.assigned:
        kind, owner = look.model.assets[row.asset_id]
        own = [KNOWN_TASKS[kind]] if owner == row.business_id else []
        live = own + [
            unpacked(grant.tasks)
            for grant in look.of("grants", asset_id=row.asset_id, holder_id=row.business_id, state="ACTIVE")
        ]
        assert unpacked(row.tasks) <= frozenset().union(*live), "somebody may do more than their business"
        assert look.of("members", business_id=row.business_id, person_id=row.person_id), (
            "assigned, and no member"
        )
