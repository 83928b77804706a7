"""All invariants, and whether the record is what the model predicted.

An invariant is a function over a look at the store; its docstring says what always holds. They use the model
for one thing only, who had which power; all else they read from the rows, the journal and what was there
before, so that they hold whatever was predicted.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from model_invariants_nudges import i21_nudges
from model_invariants_power import (
    i1_authority,
    i2_one_outcome,
    i3_not_self,
    i4_dead_is_dead,
    i5_no_late_approval,
    i6_no_widening,
    i12_i13_no_phantom,
    i14_ends_only_shorten,
    i25_time,
    i26_loss_of_role,
    i29_assignments,
    i30_power_is_not_old,
    i31_nothing_rests_on_what_is_over,
    i35_quorum_never_falls,
)
from model_invariants_record import (
    i7_one_event_each,
    i8_replay,
    i9_chain,
    i10_effects_atomic,
    i11_one_card,
    i20_version,
    i27_clock,
    i28_bounds,
    i32_ends_are_told,
    i33_few_messages,
)
from model_look import Look
from model_records import OPEN

# After every step.
SAFETY: tuple[Callable[[Look], None], ...] = (
    i3_not_self,
    i1_authority,
    i26_loss_of_role,
    i2_one_outcome,
    i4_dead_is_dead,
    i5_no_late_approval,
    i6_no_widening,
    i14_ends_only_shorten,
    i25_time,
    i29_assignments,
    i30_power_is_not_old,
    i31_nothing_rests_on_what_is_over,
    i35_quorum_never_falls,
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
    i32_ends_are_told,
    i33_few_messages,
)


# Liveness: when Slack and the process work again, and after a sweep.


def v2_ended_in_time(look: Look) -> None:
    """V2. No grant is active after its end."""
    assert not [
        g for g in look.grants if g.state == "ACTIVE" and g.ends_at is not None and g.ends_at <= look.now
    ]


def v3_expired_in_time(look: Look) -> None:
    """V3. No request or draft stays open after it expired, and no undo window after its end."""
    assert not [r for r in look.requests if r.state in OPEN and r.expires_at <= look.now]
    assert not [d for d in look.drafts if d.state == "WAITING" and d.expires_at <= look.now]
    assert not [r for r in look.requests if r.undo_until is not None and r.undo_until <= look.now]


def v5_no_dead_lease(look: Look) -> None:
    """V5. No lease is held more than half a minute after it ran out."""
    late = look.real - timedelta(seconds=30)
    assert not [e for e in look.effects if e.state == "SENDING" and e.lease_until < late]


SWEPT: tuple[Callable[[Look], None], ...] = (v2_ended_in_time, v3_expired_in_time)


def check_rows(look: Look) -> None:
    """Check that the rows are what the model predicted."""
    model = look.model
    for row in look.requests:
        predicted = model.requests[row.id]
        assert (row.state, row.version, row.round, row.approvals, row.required_approvals) == (
            predicted.state,
            predicted.version,
            predicted.round,
            predicted.approvals,
            predicted.required_approvals,
        ), f"the model has {predicted}"
        assert (row.expires_at, row.undo_until, row.undone_at is not None) == (
            predicted.expires,
            predicted.undo_until,
            predicted.undone,
        ), f"the model has {predicted}"
        assert row.given_kind == (predicted.given[0] if predicted.given else None)
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
            one.end_reason,
            one.version,
        )
        for key, one in model.grants.items()
    }
    assert {row.id: (row.state, row.version) for row in look.drafts} == {
        one.id: (one.state, one.version) for one in model.drafts.values()
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
    """Check each invariant, and name the one that fails."""
    for invariant in invariants:
        try:
            invariant(look)
        except AssertionError as error:
            raise AssertionError(f"{invariant.__name__}: {error}") from error
