"""What an import is going to do: gathered while the file is compared with the record, then written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from bot.domain.events import EventKind, Subject, SubjectKind
from bot.services.directory_file.entries import DirectoryFile
from bot.services.directory_file.problems import Path, Problem
from bot.services.directory_file.record import Record


class How(StrEnum):
    """What happens to something."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One line of the difference. `what` is business, policy, listing, person, member, asset or group.

    `details` names each field that changes with what it was and what it becomes.
    """

    what: str
    how: How
    business_id: str | None
    id: str
    name: str
    details: tuple[tuple[str, Any, Any], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What an import changes. `notes` are what the operator may not expect."""

    changes: tuple[Change, ...]
    notes: tuple[str, ...]

    def __len__(self) -> int:
        """Return how many changes there are."""
        return len(self.changes)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedEvent:
    """What the journal gets for one change."""

    kind: EventKind
    subject: Subject
    business_id: str | None
    counterpart_id: str | None
    policy_version: int | None
    facts: Mapping[str, Any]
    text: str | None


@dataclass(slots=True, kw_only=True)
class Plan:
    """What is to be written, gathered while the file is compared with the record."""

    record: Record
    file: DirectoryFile
    now: datetime
    changes: list[Change] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    rows: dict[Any, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    events: list[PlannedEvent] = field(default_factory=list)
    checks: list[tuple[str, str]] = field(default_factory=list)
    # people's ids by (workspace, user, name), their names, and businesses' policy versions afterwards
    who: dict[tuple[str, str, str], str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)

    def wrong(self, path: Path, text: str) -> None:
        """Keep a complaint about what stands at `path`."""
        self.problems.append(self.file.problem(path, text))

    def change(
        self,
        change: Change,
        *,
        event: EventKind,
        data: Mapping[str, Any],
        text: str | None = None,
        counterpart_id: str | None = None,
    ) -> None:
        """Keep a change and its event."""
        self.changes.append(change)
        self.event(change, kind=event, data=data, text=text, counterpart_id=counterpart_id)

    def event(
        self,
        change: Change,
        *,
        kind: EventKind,
        data: Mapping[str, Any],
        text: str | None = None,
        counterpart_id: str | None = None,
    ) -> None:
        """Keep the event of a change. What it says of a business carries its policy's new version."""
        subject_kind = SubjectKind.PERSON if change.what == "member" else SubjectKind(change.what)
        self.events.append(
            PlannedEvent(
                kind=kind,
                subject=Subject(subject_kind, change.id),
                business_id=change.business_id,
                counterpart_id=counterpart_id,
                policy_version=self.versions.get(change.business_id or ""),
                facts=data,
                text=text,
            )
        )
