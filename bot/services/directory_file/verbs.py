"""Bring a directory file into the record, all of it or nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from bot.domain.actors import Role
from bot.domain.calendar import WorkingTime, weekly_morning, working_time
from bot.domain.events import EventKind
from bot.domain.nudging import Turn
from bot.domain.typed import folded
from bot.services import cards, consequences, directory, grants, newcomers, partnerships
from bot.services.context import Context
from bot.services.directory_file.assets import compare_assets, compare_group
from bot.services.directory_file.entries import BusinessEntry, DirectoryFile, PolicyEntry
from bot.services.directory_file.people import compare_asked, compare_members, link_people
from bot.services.directory_file.plan import Change, Difference, How, Plan
from bot.services.directory_file.problems import BadDirectory, Path, Progress
from bot.services.directory_file.record import (
    DELETE_LISTING,
    DELETE_MEMBER,
    DELETE_SETUP,
    INSERT_ASSET_ADMIN,
    INSERT_BUSINESS,
    INSERT_LISTING,
    INSERT_MEMBER,
    INSERT_NODE,
    ORDER,
    SETTINGS,
    UNASSIGN_OWNER,
    UPDATE_ASSET,
    UPDATE_BUSINESS,
    UPDATE_MEMBER,
    UPDATE_SETUP,
    Record,
    load,
)
from bot.services.settings import away, departures, leave_channel, loosening
from bot.store import outbox
from bot.store.tables import NodeKind

_CHUNK = 1000


def plan_import(ctx: Context, file: DirectoryFile) -> Difference:
    """Return what importing `file` would change, and change nothing.

    Raises BadDirectory with every rule that it would break.
    """
    plan = _compare(load(ctx.tx), file, now=ctx.now)
    return Difference(changes=tuple(plan.changes), notes=tuple(plan.notes))


def import_directory(
    ctx: Context, file: DirectoryFile, *, progress: Progress | None = None, record: Record | None = None
) -> Difference:
    """Make the record what `file` says, and return what changed. `record` is what this transaction has read.

    People who are new or renamed are looked up in Slack afterwards (effects); until then they have no
    power. Raises BadDirectory, which undoes everything.
    """
    plan = _compare(record or load(ctx.tx), file, now=ctx.now)
    steps = [
        (statement, rows[start : start + _CHUNK])
        for statement in ORDER
        if (rows := plan.rows.get(statement))
        for start in range(0, len(rows), _CHUNK)
    ]
    total = sum(len(rows) for _, rows in steps) + len(plan.events)
    done = 0
    for statement, rows in steps:
        ctx.tx.many(statement, rows)
        done += len(rows)
        if progress:
            progress(done, total)
    for event in plan.events:
        ctx.record(
            event.kind,
            event.subject,
            business_id=event.business_id,
            counterpart_id=event.counterpart_id,
            policy_version=event.policy_version,
            acting_for=event.business_id if ctx.principal.person_id else None,
            text=event.text,
            **event.facts,
        )
        done += 1
        if progress and (done % _CHUNK == 0 or done == total):
            progress(done, total)
    _follow_people(ctx, plan)
    _follow_settings(ctx, plan)
    _follow_created(ctx, plan)
    _follow_given_up(ctx, plan)
    outbox.put_checks(ctx.tx, plan.checks, now=ctx.now)
    if plan.changes:
        cards.refresh(
            ctx,
            business_ids={change.business_id for change in plan.changes if change.business_id},
            asset_ids={change.id for change in plan.changes if change.what == "asset"},
        )
    return Difference(changes=tuple(plan.changes), notes=tuple(plan.notes))


def _follow_people(ctx: Context, plan: Plan) -> None:
    """Have what follows from who belongs to what, and in which role, follow."""
    for member in plan.rows.get(DELETE_MEMBER, ()):
        departures.leave(ctx, business_id=member["business"], person_id=member["person"])
        consequences.approver_changed(ctx, member["person"], left=member["business"])
    for member in plan.rows.get(UPDATE_MEMBER, ()):
        if member["new_role"] != Role.ADMIN:
            away.end_for(ctx, member["business"], member["person"])
    for member in (*plan.rows.get(UPDATE_MEMBER, ()), *plan.rows.get(INSERT_MEMBER, ())):
        person_id = member.get("person") or member["person_id"]
        if person_id in plan.record.people:
            consequences.approver_changed(ctx, person_id)
            newcomers.welcome(ctx, person_id)
    for person_id in sorted({row["person_id"] for row in plan.rows.get(INSERT_ASSET_ADMIN, ())}):
        if person_id in plan.record.people:
            newcomers.welcome(ctx, person_id)


def _follow_settings(ctx: Context, plan: Plan) -> None:
    """Have what follows from the new settings of businesses happen, and those concerned told."""
    for business in plan.rows.get(UPDATE_BUSINESS, ()):
        consequences.raise_quorum(ctx, business["the_id"], business["new_quorum"])
        before = plan.record.businesses[business["the_id"]]
        loose = loosening.of(before, {column: business[f"new_{column}"] for column in SETTINGS})
        if loose:
            loosening.tell(ctx, before, loose, version=plan.versions[before.id], waits=False)
        if business["new_team_id"] != before.team_id:
            leave_channel(ctx, before)
        if business["new_status"] != before.status:
            partnerships.status_changed(ctx, before.id)
        if business["new_verified"] != before.verified:
            directory.tell_verified(ctx, before.id)


def _follow_created(ctx: Context, plan: Plan) -> None:
    """Have the cards of what was created here show what the file has changed of it."""
    steps = (UPDATE_ASSET, UPDATE_SETUP, DELETE_SETUP)
    touched = {row["asset"] for step in steps for row in plan.rows.get(step, ())}
    for asset_id in sorted(touched & plan.record.setups.keys()):
        directory.follow_created(ctx, asset_id)


def _follow_given_up(ctx: Context, plan: Plan) -> None:
    """Have what people of its owner could do at Meta with an asset that it gave up be taken away there."""
    for row in plan.rows.get(UNASSIGN_OWNER, ()):
        if row["owner"] is not None:
            grants.given_up_at_meta(ctx, row["owner"], asset_id=row["asset"])


def _compare(record: Record, file: DirectoryFile, *, now: datetime) -> Plan:
    plan = Plan(record=record, file=file, now=now)
    link_people(plan)
    for n, business in enumerate(file.directory.businesses):
        at: Path = ("businesses", n)
        home = _compare_business(plan, business, at)
        compare_members(plan, business, at, home=home)
    compare_assets(plan)
    for n, group in enumerate(file.directory.groups):
        compare_group(plan, group, ("groups", n))
    if plan.problems:
        raise BadDirectory(plan.problems)
    return plan


def _compare_business(plan: Plan, entry: BusinessEntry, at: Path) -> str | None:
    """Compare settings and listings. Return the workspace that the business will have."""
    row = plan.record.businesses.get(entry.id)
    if row is None and entry.id in plan.record.assets:
        plan.wrong((*at, "id"), f"{entry.id} is an asset's id already")
    before: dict[str, Any] = {}
    if row is not None:
        before = {column: getattr(row, column) for column in SETTINGS}
        before["weekly"] = row.weekly_at is not None
    after = _settings(entry, before)
    asked = compare_asked(plan, entry, at)
    home: str | None = after["team_id"]
    listed_before = plan.record.listed.get(entry.id, set())
    stated = row is None or "listed" in entry.model_fields_set
    listed = set(entry.listed) if stated else listed_before
    changed = {
        column: (before.get(column), after[column]) for column in after if before.get(column) != after[column]
    }
    more, fewer = sorted(listed - listed_before), sorted(listed_before - listed)
    if row is not None:
        plan.versions[entry.id] = row.policy_version
    if not (changed or more or fewer or asked or row is None):
        return home
    plan.versions[entry.id] = 1 if row is None else row.policy_version + 1
    kept = {column: after[column] for column in SETTINGS}
    weekly_at = None
    if after["weekly"]:
        weekly_at = (row and row.weekly_at) or weekly_morning(plan.now, _working(after))
    if row is None:
        plan.rows[INSERT_NODE].append({"id": entry.id, "kind": NodeKind.BUSINESS})
        plan.rows[INSERT_BUSINESS].append(
            {
                "id": entry.id,
                **kept,
                "folded": folded(entry.name),
                "policy_version": 1,
                "created_at": plan.now,
                "weekly_at": weekly_at,
                "reviewed_at": None,
                "proposal_ends_at": None,
            }
        )
    else:
        plan.rows[UPDATE_BUSINESS].append(
            {
                "the_id": entry.id,
                **{f"new_{column}": value for column, value in kept.items()},
                "new_weekly_at": weekly_at,
                "new_folded": folded(entry.name),
            }
        )
    plan.rows[INSERT_LISTING].extend({"business_id": entry.id, "listed_id": other} for other in more)
    plan.rows[DELETE_LISTING].extend({"by_whom": entry.id, "whom": other} for other in fewer)
    how = How.ADDED if row is None else How.CHANGED
    base = Change(what="business", how=how, business_id=entry.id, id=entry.id, name=entry.name)
    named = [
        (_TURNS[turn], _names(plan, was), _names(plan, becomes))
        for turn, (was, becomes) in asked.items()
        if was != becomes
    ]
    plan.changes.extend(_business_changes(base, changed, named, more=more, fewer=fewer))
    data: dict[str, Any] = {column: list(pair) for column, pair in changed.items()}
    if more or fewer:
        data["listed"] = {"added": more, "removed": fewer}
    if data or row is None:
        plan.event(base, kind=EventKind(f"business.{how}"), data=data)
    if asked:
        ids = {name: sorted(asked[turn][1]) for turn, name in _TURNS.items()}
        plan.event(base, kind=EventKind.BUSINESS_APPROVERS, data=ids)
    return home


def _names(plan: Plan, people: Iterable[str]) -> str | None:
    return ", ".join(sorted(plan.names[one] for one in people)) or None


_TURNS = {Turn.FIRST: "first", Turn.BACKUP: "backups"}


_OF_POLICY = frozenset(PolicyEntry.model_fields)


def _business_changes(
    base: Change,
    changed: Mapping[str, tuple[Any, Any]],
    named: Iterable[tuple[str, Any, Any]],
    *,
    more: list[str],
    fewer: list[str],
) -> Iterable[Change]:
    def change(what: str, how: How, details: Iterable[tuple[str, Any, Any]] = (), other: str = "") -> Change:
        return Change(
            what=what,
            how=how,
            business_id=base.id,
            id=other or base.id,
            name=base.name,
            details=tuple(details),
        )

    own = [(_AS_WRITTEN.get(c, c), *pair) for c, pair in changed.items() if c not in _OF_POLICY]
    own.extend((f"asked {name}", was, becomes) for name, was, becomes in named)
    policy = [(c, *pair) for c, pair in changed.items() if c in _OF_POLICY]
    if base.how is How.ADDED:
        yield change("business", How.ADDED)
    elif own:
        yield change("business", How.CHANGED, own)
    if policy and base.how is How.CHANGED:
        yield change("policy", How.CHANGED, policy)
    for other in more:
        yield change("listing", How.ADDED, other=other)
    for other in fewer:
        yield change("listing", How.REMOVED, other=other)


_AS_WRITTEN = {"team_id": "workspace", "channel_id": "channel"}


def _working(settings: Mapping[str, Any]) -> WorkingTime:
    hours = {name: settings[name] for name in ("hours", "days_off", "zone")}
    return working_time(**hours, otherwise="UTC")


def _settings(entry: BusinessEntry, before: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns as the file wants them; what it leaves out stays as it was."""
    wanted: dict[str, tuple[bool, Any]] = {
        "name": (True, entry.name),
        "status": ("status" in entry.model_fields_set, str(entry.status)),
        "verified": ("verified" in entry.model_fields_set, entry.verified),
        "team_id": ("workspace" in entry.model_fields_set, entry.workspace),
        "channel_id": ("channel" in entry.model_fields_set, entry.channel),
        "credit_line": ("credit_line" in entry.model_fields_set, entry.credit_line),
        "funding_sources": (
            "funding_sources" in entry.model_fields_set,
            ",".join(sorted(entry.funding_sources)),
        ),
    }
    policy = entry.policy
    for column in PolicyEntry.model_fields:
        value = getattr(policy, column)
        if column == "days_off":
            value = ",".join(sorted(set(value)))
        wanted[column] = (
            column in policy.model_fields_set,
            str(value) if isinstance(value, StrEnum) else value,
        )
    return {
        column: value if stated or not before else before[column]
        for column, (stated, value) in wanted.items()
    }
