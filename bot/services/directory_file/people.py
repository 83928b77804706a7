"""People and members: who of the file is who in the record, and what becomes of memberships."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from bot.domain.actors import Flags, Role
from bot.domain.events import EventKind
from bot.domain.nudging import Turn
from bot.domain.typed import folded
from bot.services.directory.businesses import random_id
from bot.services.directory_file.entries import BusinessEntry, Directory, MemberEntry, PersonEntry
from bot.services.directory_file.plan import Change, How, Plan
from bot.services.directory_file.problems import Path
from bot.services.directory_file.record import (
    DELETE_MEMBER,
    FORGET_NAMED,
    FREE_AT_META,
    INSERT_MEMBER,
    INSERT_NAMED,
    INSERT_NODE,
    INSERT_PERSON,
    RENAME_PERSON,
    SET_AT_META,
    UNASSIGN_PERSON,
    UPDATE_MEMBER,
)
from bot.store.tables import NodeKind

if TYPE_CHECKING:
    from bot.store.compiled import Row


def who_is(person: PersonEntry) -> tuple[str, str, str]:
    """Return what tells people apart: workspace, Slack user and name."""
    return person.slack.team, person.slack.user, person.name


def _named_people(directory: Directory) -> Iterable[PersonEntry]:
    for business in directory.businesses:
        yield from business.members
        yield from business.asked.first
        yield from business.asked.backups
        for asset in business.assets:
            yield from asset.admins
    for orphan in directory.assets:
        yield from orphan.admins
    for group in directory.groups:
        yield from group.people


def link_people(plan: Plan) -> None:
    """Find for each person of the file who they are in the record: known, renamed, or new."""
    recorded: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for row in plan.record.people.values():
        recorded[row.team_id, row.user_id].setdefault(row.name, row.id)
        plan.names[row.id] = row.name
    named: dict[tuple[str, str], list[str]] = defaultdict(list)
    for person in _named_people(plan.file.directory):
        team, user, name = who_is(person)
        if name not in named[team, user]:
            named[team, user].append(name)
    for (team, user), names in named.items():
        known = recorded[team, user]
        new = [name for name in names if name not in known]
        left = [name for name in known if name not in names]
        for name in names:
            if name in known:
                plan.who[team, user, name] = known[name]
            elif len(new) == 1 and len(left) == 1:
                _rename(plan, known[left[0]], user=user, before=left[0], name=name)
                plan.who[team, user, name] = known[left[0]]
            else:
                plan.who[team, user, name] = _add_person(plan, team=team, user=user, name=name)
        if len(names) > 1:
            plan.notes.append(
                f"{user} in {team} is {len(names)} people here ({', '.join(names)}): "
                "none of them can act for a business until it is one."
            )


def _rename(plan: Plan, person_id: str, *, user: str, before: str, name: str) -> None:
    plan.names[person_id] = name
    plan.rows[RENAME_PERSON].append({"person": person_id, "new_name": name, "new_folded": folded(name)})
    plan.checks.append((person_id, plan.record.people[person_id].team_id))
    plan.change(
        Change(
            what="person",
            how=How.CHANGED,
            business_id=None,
            id=person_id,
            name=name,
            details=(("name", before, name),),
        ),
        event=EventKind.PERSON_RENAMED,
        data={"user": user},
        text=name,
    )


def _add_person(plan: Plan, *, team: str, user: str, name: str) -> str:
    person_id = random_id()
    plan.names[person_id] = name
    plan.rows[INSERT_NODE].append({"id": person_id, "kind": NodeKind.PERSON})
    plan.rows[INSERT_PERSON].append(
        {
            "id": person_id,
            "team_id": team,
            "user_id": user,
            "enterprise_id": None,
            "name": name,
            "folded": folded(name),
            **asdict(Flags()),
            "zone": None,
            "checked_at": None,
        }
    )
    plan.checks.append((person_id, team))
    plan.change(
        Change(
            what="person",
            how=How.ADDED,
            business_id=None,
            id=person_id,
            name=name,
            details=(("slack", None, f"{team}/{user}"),),
        ),
        event=EventKind.PERSON_ADDED,
        data={"team": team, "user": user},
        text=name,
    )
    return person_id


def compare_members(plan: Plan, entry: BusinessEntry, at: Path, *, home: str | None) -> None:
    """Compare the members of a business whose workspace will be `home`."""
    before = plan.record.members.get(entry.id, {})
    if "members" not in entry.model_fields_set:
        strangers = [
            plan.record.people[person_id].name
            for person_id in before
            if plan.record.people[person_id].team_id != home
        ]
        if strangers:
            plan.wrong(
                (*at, "workspace"),
                f"{len(strangers)} of its members are at home in another workspace "
                f"({strangers[0]} for one): list the members again with it",
            )
        return
    after: dict[str, MemberEntry] = {}
    for m, member in enumerate(entry.members):
        if home is None:
            plan.wrong((*at, "members", m), "the business has no workspace yet: say it with `workspace`")
        elif member.slack.team != home:
            plan.wrong(
                (*at, "members", m, "slack"),
                f"{member.name} is at home in {member.slack.team}, not in this business's workspace {home}: "
                "share with their business instead",
            )
        after[plan.who[who_is(member)]] = member
    if _acting(before.values()) and not _acting(after.values()):
        plan.wrong((*at, "members"), "its last ADMIN cannot be taken away: name another one first")
    for person_id, member in after.items():
        row = before.get(person_id)
        _compare_member(plan, entry.id, person_id, row, member)
    _compare_at_meta(plan, entry.id, before, after, at)
    for person_id in sorted(before.keys() - after.keys()):
        who = {"business": entry.id, "person": person_id}
        plan.rows[UNASSIGN_PERSON].append(who)
        plan.rows[DELETE_MEMBER].append(who)
        was = before[person_id]
        plan.change(
            _member_change(plan, How.REMOVED, entry.id, person_id, (("role", was.role, None),)),
            event=EventKind.MEMBER_REMOVED,
            data={"role": was.role, "shared": bool(was.shared)},
        )


def _compare_at_meta(
    plan: Plan,
    business_id: str,
    before: Mapping[str, Row],
    after: Mapping[str, MemberEntry],
    at: Path,
) -> None:
    """Compare who members are at Meta: nobody there is two of them. An id goes from one to another freely."""
    taken: dict[str, str] = {}
    for person_id, member in after.items():
        row = before.get(person_id)
        at_meta = _at_meta(row, member)
        if at_meta is not None and at_meta in taken:
            names = f"{plan.names[taken[at_meta]]} and {plan.names[person_id]}"
            plan.wrong((*at, "members"), f"{names} can't both be {at_meta} at Meta")
            continue
        if at_meta is not None:
            taken[at_meta] = person_id
        if row is not None and at_meta != row.at_meta:
            whose = {"business": business_id, "person": person_id}
            plan.rows[FREE_AT_META].append(whose)
            plan.rows[SET_AT_META].append({**whose, "new_at_meta": at_meta})


def _at_meta(row: Row | None, member: MemberEntry) -> str | None:
    """Return who a member is to be at Meta: who they are, if the file does not say it."""
    if row is None or "at_meta" in member.model_fields_set:
        return member.at_meta
    return None if row.at_meta is None else str(row.at_meta)


def _acting(members: Iterable[Any]) -> bool:
    return any(member.role == Role.ADMIN and not member.shared for member in members)


def compare_asked(plan: Plan, entry: BusinessEntry, at: Path) -> dict[Turn, tuple[set[str], set[str]]]:
    """Compare who is asked to decide. Return who was and who will be in each turn; nothing if that stays."""
    before = {turn: plan.record.named.get((entry.id, turn), set()) for turn in Turn}
    after = dict(before)
    for turn, key, people in (
        (Turn.FIRST, "first", entry.asked.first),
        (Turn.BACKUP, "backups", entry.asked.backups),
    ):
        if "asked" in entry.model_fields_set and key in entry.asked.model_fields_set:
            after[turn] = _named_in_turn(plan, entry, people, (*at, "asked", key), kept=before[turn])
    both = after[Turn.FIRST] & after[Turn.BACKUP]
    if both:
        names = ", ".join(sorted(plan.names[person] for person in both))
        plan.wrong((*at, "asked"), f"{names} cannot be asked first and as a backup: list both again")
    if before == after:
        return {}
    plan.rows[FORGET_NAMED].append({"business": entry.id})
    plan.rows[INSERT_NAMED].extend(
        {"business_id": entry.id, "person_id": person, "turn": turn}
        for turn, people in after.items()
        for person in sorted(people)
    )
    return {turn: (before[turn], after[turn]) for turn in Turn}


def _named_in_turn(
    plan: Plan, entry: BusinessEntry, people: Iterable[PersonEntry], at: Path, *, kept: Collection[str]
) -> set[str]:
    """Return those whom the file names for a turn, and complain of each who will be no admin."""
    members: Mapping[str, Any] = plan.record.members.get(entry.id, {})
    if "members" in entry.model_fields_set:
        members = {plan.who[who_is(member)]: member for member in entry.members}
    named = set()
    for m, one in enumerate(people):
        person_id = plan.who[who_is(one)]
        member = members.get(person_id)
        may_be = member is not None and (not member.shared or person_id in kept)
        if member is None or member.role != Role.ADMIN or not may_be:
            plan.wrong((*at, m), f"{one.name} is no admin of this business, or a shared login")
        named.add(person_id)
    return named


def _compare_member(
    plan: Plan, business_id: str, person_id: str, row: Row | None, member: MemberEntry
) -> None:
    role, shared = str(member.role), member.shared
    if row is None:
        plan.rows[INSERT_MEMBER].append(
            {
                "business_id": business_id,
                "person_id": person_id,
                "role": role,
                "shared": shared,
                "since": plan.now,
                "at_meta": member.at_meta,
            }
        )
        details: tuple[tuple[str, Any, Any], ...] = (("role", None, role),)
        if shared:
            details = (*details, ("shared", None, True))
        if member.at_meta is not None:
            details = (*details, ("at_meta", None, member.at_meta))
        plan.change(
            _member_change(plan, How.ADDED, business_id, person_id, details),
            event=EventKind.MEMBER_ADDED,
            data={"role": role, "shared": shared} | ({"at_meta": member.at_meta} if member.at_meta else {}),
        )
        return
    pairs: tuple[tuple[str, Any, Any], ...] = (("role", row.role, role), ("shared", bool(row.shared), shared))
    changed = tuple(pair for pair in pairs if pair[1] != pair[2])
    if changed:
        plan.rows[UPDATE_MEMBER].append(
            {"business": business_id, "person": person_id, "new_role": role, "new_shared": shared}
        )
    at_meta = _at_meta(row, member)
    if at_meta != row.at_meta:
        changed = (*changed, ("at_meta", row.at_meta, at_meta))
    if not changed:
        return
    plan.change(
        _member_change(plan, How.CHANGED, business_id, person_id, changed),
        event=EventKind.MEMBER_CHANGED,
        data={name: [was, becomes] for name, was, becomes in changed},
    )


def _member_change(
    plan: Plan, how: How, business_id: str, person_id: str, details: tuple[tuple[str, Any, Any], ...]
) -> Change:
    return Change(
        what="member",
        how=how,
        business_id=business_id,
        id=person_id,
        name=plan.names[person_id],
        details=details,
    )
