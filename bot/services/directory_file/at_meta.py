"""What a connected business has at Meta is brought in as a directory file would bring it in.

Who imports sees a preview first and hands its mark back: it stands for all that would change, and nothing
else is done.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pydantic import ValidationError

from bot.domain.assets import Kind
from bot.domain.connections import Known, LeftAlone, Obstacle
from bot.domain.denials import DenialReason
from bot.domain.events import EventKind, Subject, SubjectKind
from bot.domain.messages import Importing, Notice
from bot.domain.typed import folded
from bot.services import cards, comparing, connections, directory
from bot.services.context import Context
from bot.services.directory_file.entries import BusinessEntry, Directory, DirectoryFile, OwnAssetEntry
from bot.services.directory_file.plan import Difference
from bot.services.directory_file.record import Record, load, own_assets, own_members
from bot.services.directory_file.verbs import import_directory, plan_import
from bot.services.readers import OF_PARTNERS
from bot.services.results import Denied, Imported
from bot.services.views.access import ImportTold
from bot.services.views.parties import Party

if TYPE_CHECKING:
    from bot.store.compiled import Row


_ID = re.compile("[0-9]{1,20}", re.ASCII)


@dataclass(frozen=True, slots=True)
class AssetAtMeta:
    """An asset of a business, as Meta lists it. `is_published`: of a Page."""

    kind: Kind
    id: str
    name: str
    is_published: bool = False


@dataclass(frozen=True, slots=True)
class NamedAtMeta:
    """A person of a business, or a business that shares with it, as Meta lists it."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a business has at Meta. `unread` are the lists that Meta did not show, and why.

    Each is called by the kind of asset, or `Listed`. `is_whole`: no asset that was read is left
    out.
    """

    assets: tuple[AssetAtMeta, ...]
    people: tuple[NamedAtMeta, ...] = ()
    partners: tuple[NamedAtMeta, ...] = ()
    unread: Mapping[str, Obstacle] = field(default_factory=dict)
    is_whole: bool = True

    def only(self, asset_ids: Collection[str]) -> Reading:
        """Return the same with these assets alone."""
        some = tuple(one for one in self.assets if one.id in asset_ids)
        return replace(self, assets=some, is_whole=False)


@dataclass(frozen=True, slots=True)
class Renamed:
    """An asset that has another name here than at Meta."""

    asset: AssetAtMeta
    name_here: str


@dataclass(frozen=True, slots=True)
class Left:
    """An asset that stays as it is, and why. `owner` is the name of another business that owns it here."""

    asset: AssetAtMeta
    why: LeftAlone
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody at Meta, and who they are here; `person_id`: which member, if they are one."""

    at_meta: NamedAtMeta
    known: Known
    person_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportPlan:
    """What bringing in what a business has at Meta would do. `here` counts what stands here like that."""

    own: Party
    file: DirectoryFile
    new: tuple[AssetAtMeta, ...]
    renamed: tuple[Renamed, ...]
    here: int
    left: tuple[Left, ...]
    people: tuple[Person, ...]
    partners: tuple[NamedAtMeta, ...]
    unread: Mapping[str, Obstacle]

    @property
    def recognized(self) -> tuple[Person, ...]:
        """Return the people of whom it would be recorded who they are."""
        return tuple(one for one in self.people if one.known is Known.NAMESAKE)

    @property
    def changes(self) -> bool:
        """Say whether anything would change."""
        return bool(self.new or self.renamed or self.recognized)

    @property
    def mark(self) -> str:
        """Return what stands for all that would change."""
        new = [[one.kind, one.id, one.name, one.is_published] for one in self.new]
        renamed = [[one.asset.id, one.name_here, one.asset.name] for one in self.renamed]
        people = [[one.at_meta.id, one.person_id] for one in self.recognized]
        written = json.dumps([self.own.id, new, renamed, people])
        return hashlib.sha256(written.encode()).hexdigest()[:32]


def plan_from_meta(ctx: Context, business_id: str, reading: Reading) -> ImportPlan | Denied:
    """Return what bringing in what was read would change, and change nothing."""
    own = ctx.business_row(business_id)
    no = connections.objection(ctx, business_id)
    if own is None or no is not None:
        return Denied(reason=no or DenialReason.UNKNOWN_BUSINESS)
    return _plan(load(ctx.tx), own, reading)


def difference_from_meta(ctx: Context, plan: ImportPlan) -> Difference:
    """Return what a plan would change, as the import of a directory file says it."""
    return plan_import(ctx, plan.file)


def import_from_meta(
    ctx: Context, business_id: str, reading: Reading, *, expected_mark: str
) -> Imported | Denied:
    """Bring in what was read, if that is what the preview with this mark showed, and nothing else.

    The business is compared then: what partners hold is found. What is recorded stays as it is but for its
    name, also where another business owns it here. Denied with CHANGED, the preview is to be shown again.
    """
    if (no := connections.may_use(ctx, business_id)) is not None:
        return no
    own, subject = ctx.business_row(business_id), Subject(SubjectKind.BUSINESS, business_id)
    assert own is not None
    record = load(ctx.tx)
    plan = _plan(record, own, reading)
    if plan.mark != expected_mark:
        return ctx.deny(DenialReason.CHANGED, about=subject, business_id=business_id)
    new, renamed, people = len(plan.new), len(plan.renamed), len(plan.recognized)
    done = Imported(business=own.name, new=new, renamed=renamed, people=people)
    if not plan.changes:
        return done
    import_directory(ctx, plan.file, record=record)
    person_id = ctx.principal.person_id
    ctx.record(
        EventKind.BUSINESS_IMPORTED,
        subject,
        business_id=business_id,
        acting_for=business_id if person_id else None,
        new=new,
        renamed=renamed,
        people=people,
        left=len(plan.left),
        unread=sorted(plan.unread),
    )
    comparing.want(ctx, business_id)
    told = Importing(person_id or "", new, renamed, people)
    happened = cards.Happened(f"{business_id}{OF_PARTNERS}{business_id}", 1, str(told))
    cards.notify(ctx, Notice.IMPORTED, happened)
    return done


def import_told(ctx: Context, business_id: str, told: Importing) -> ImportTold | None:
    """Return what a business is told of an import; None if it is no business."""
    own = ctx.business_row(business_id)
    if own is None:
        return None
    by = directory.name_of(ctx.tx, told.by or None)
    how_much = {"new": told.new, "renamed": told.renamed, "people": told.people}
    return ImportTold(own=directory.party_of(own), by=by, **how_much)


def _plan(record: Record, own: Row, reading: Reading) -> ImportPlan:
    owned = {entry.id: entry for entry in own_assets(record, _owned(record, own.id))}
    new: list[AssetAtMeta] = []
    renamed: list[Renamed] = []
    left: list[Left] = []
    for one in sorted(reading.assets, key=lambda one: (one.kind, folded(one.name), one.id)):
        row = record.assets.get(one.id)
        asset = replace(one, name=one.name or (one.id if row is None else row.name))
        entry = _entry(asset)
        if row is not None and row.owner_id != own.id:
            owner = record.businesses.get(row.owner_id)
            why = LeftAlone.NOBODYS if owner is None else LeftAlone.THEIRS
            left.append(Left(asset, why, "" if owner is None else owner.name))
        elif row is not None and row.kind != asset.kind:
            left.append(Left(asset, LeftAlone.OTHER_KIND))
        elif entry is None or asset.id in record.businesses:
            left.append(Left(asset, LeftAlone.ODD))
        elif row is None:
            new.append(replace(asset, name=entry.name))
            owned[asset.id] = entry
        elif row.name != entry.name:
            renamed.append(Renamed(replace(asset, name=entry.name), row.name))
            owned[asset.id] = owned[asset.id].model_copy(update={"name": entry.name})
    listed = {one.id for one in reading.assets}
    unlisted = [
        AssetAtMeta(Kind(row.kind), row.id, row.name)
        for row in _owned(record, own.id)
        if reading.is_whole and row.id not in listed and row.kind not in reading.unread
    ]
    people = _people(record, own.id, reading)
    business = BusinessEntry(id=own.id, name=own.name, assets=tuple(owned.values()))
    recognized = {one.person_id: one.at_meta.id for one in people if one.known is Known.NAMESAKE}
    if recognized:
        business = business.model_copy(update={"members": own_members(record, own.id, at_meta=recognized)})
    return ImportPlan(
        own=directory.party_of(own),
        file=DirectoryFile(Directory(businesses=(business,))),
        new=tuple(new),
        renamed=tuple(renamed),
        here=len(reading.assets) - len(new) - len(renamed) - len(left),
        left=(*left, *(Left(one, LeftAlone.NOT_LISTED) for one in unlisted)),
        people=people,
        partners=tuple(sorted(reading.partners, key=lambda one: (folded(one.name), one.id))),
        unread=reading.unread,
    )


def _owned(record: Record, business_id: str) -> list[Row]:
    return [row for row in record.assets.values() if row.owner_id == business_id]


def _entry(asset: AssetAtMeta) -> OwnAssetEntry | None:
    """Return a new asset as a file has it, or None if its id or its name can't be kept."""
    try:
        return OwnAssetEntry(kind=asset.kind, id=asset.id, name=asset.name, published=asset.is_published)
    except ValidationError:
        return None


def _people(record: Record, business_id: str, reading: Reading) -> tuple[Person, ...]:
    """Return the people at Meta with who of the business's they are: as recorded, else by their names alone.

    A member whose id nobody has there any more is looked for by name again.
    """
    there = {one.id for one in reading.people}
    members = record.members.get(business_id, {})
    recorded = {row.at_meta: person_id for person_id, row in members.items() if row.at_meta in there}
    unknown = [person_id for person_id in members if person_id not in recorded.values()]
    called: dict[str, list[str]] = defaultdict(list)
    for person_id in unknown:
        called[folded(record.people[person_id].name)].append(person_id)
    named = Counter(folded(one.name) for one in reading.people if one.id not in recorded)

    def who(one: NamedAtMeta) -> Person:
        if one.id in recorded:
            return Person(one, Known.MEMBER, recorded[one.id])
        found = called[folded(one.name)] if _ID.fullmatch(one.id) else []
        if len(found) == named[folded(one.name)] == 1:
            return Person(one, Known.NAMESAKE, found[0])
        return Person(one, Known.SEVERAL if found else Known.NOBODY)

    return tuple(who(one) for one in sorted(reading.people, key=lambda one: (folded(one.name), one.id)))
