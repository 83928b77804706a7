"""Somebody loses their role on one replica while they decide on another: the journal is one order of both.

Either the decision came first and stands, or the role was gone: then it is refused, and the refusal is kept.
"""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Callable

import pytest
from make import BRAND, BRAND_TEAM, Someone, slack_user
from racing import Do, do
from ring import Record, Ring, approves, chunks, tally

from bot.domain.actors import OPERATOR, Role
from bot.domain.denials import DenialReason
from bot.services import directory, settings
from bot.services.context import act
from bot.services.directory_file import import_directory, read_file
from bot.services.results import Changed, Denied, Moved

log = logging.getLogger(__name__)

pytestmark = pytest.mark.covers("T13", "F21", "I1", "I19", "I26")

Demotion = Callable[[Ring, list[Someone], int], Do]


def by_another_admin(ring: Ring, admins: list[Someone], number: int) -> Do:
    return do(act, settings.remove_member, BRAND, admins[number].id, by=ring.town.dana.by(), now=ring.now)


def to_employee(ring: Ring, admins: list[Someone], number: int) -> Do:
    return do(
        act,
        settings.set_role,
        BRAND,
        admins[number].id,
        role=Role.EMPLOYEE,
        by=ring.town.dana.by(),
        now=ring.now,
    )


def by_slack(ring: Ring, admins: list[Someone], number: int) -> Do:
    """They are deactivated in Slack, as its event says."""
    return do(
        act,
        directory.user_changed,
        slack_user(admins[number].user, deactivated=True),
        team_id=BRAND_TEAM,
        now=ring.now,
    )


def by_import(ring: Ring, admins: list[Someone], number: int) -> Do:
    """A directory file comes in that does not name them any more, nor those before them."""
    town = ring.town
    roles = dict.fromkeys([town.dana, town.dov, *admins[number + 1 :]], Role.ADMIN) | {
        town.emil: Role.EMPLOYEE
    }
    members = "".join(
        f"      - {{slack: {{team: {who.team}, user: {who.user}}}, name: {who.name}, role: {role}}}\n"
        for who, role in roles.items()
    )
    text = f'businesses:\n  - id: "{BRAND}"\n    name: Acme Shoes\n    members:\n{members}'
    return do(act, import_directory, read_file(text), by=OPERATOR, now=ring.now)


@pytest.mark.parametrize("rounds", [6, pytest.param(400, marks=pytest.mark.long)])
@pytest.mark.parametrize("demotion", [by_another_admin, to_employee, by_slack, by_import])
@pytest.mark.covers("R9")
def test_who_decides_while_they_lose_the_role_decided_before_or_is_refused(
    ring: Ring, demotion: Demotion, rounds: int
) -> None:
    winners: Counter[int] = Counter()
    for many in chunks(ring, rounds):
        admins = ring.admins(many)
        requested = ring.submit_many(many)
        pairs = [
            (approves(who, id_, now=ring.now), demotion(ring, admins, n))
            for n, (who, (id_, _)) in enumerate(zip(admins, requested, strict=True))
        ]
        answers = ring.both.duels(pairs)
        record = ring.record()
        lost_at = power_lost(record)
        for who, (id_, _), (decided, demoted) in zip(admins, requested, answers, strict=True):
            assert not isinstance(demoted, Denied), demoted
            if demotion is not by_slack:
                assert isinstance(demoted, Changed) or demoted.changes, demoted
            _, event = (row for row in record.events if row.subject_id == id_)
            assert json.loads(event.actor)["user"] == who.user
            if isinstance(decided, Moved):
                assert (event.kind, record.requests[id_].state) == ("request.approved", "APPROVED")
                assert json.loads(event.actor)["role"] == Role.ADMIN
                assert event.seq < lost_at[who.id]
            else:
                assert decided.reason in {
                    DenialReason.STRANGER,
                    DenialReason.NOT_ADMIN,
                    DenialReason.DEACTIVATED_USER,
                }, decided
                assert (event.kind, record.requests[id_].state) == ("denied", "PENDING")
                assert event.seq > lost_at[who.id]
            assert len(record.grants[id_]) == isinstance(decided, Moved)
            winners[isinstance(decided, Denied)] += 1
        ring.decline_open()
    assert ring.database.verify().sound
    log.info("%d rounds: %s", rounds, tally(winners))
    assert winners.total() == rounds
    if rounds >= 400:
        assert set(winners) == {0, 1}


def power_lost(record: Record) -> dict[str, int]:
    """Read from the journal alone after which number each of them was no admin any more."""
    lost = {}
    for event in record.events:
        data = json.loads(event.data)
        if event.kind in {"member.removed", "member.role"}:
            lost[data.get("person", event.subject_id)] = event.seq
        elif event.kind == "person.flags" and data["deactivated"]:
            lost[event.subject_id] = event.seq
    return lost
