"""The name of somebody who has left, erased: from the directory, the journal and the cards that show it.

What they did stays, in the journal under their Slack id, and the journal still verifies: it chains a salted
hash of each name, and the text beside it goes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, Text, bindparam, cast, select, union, union_all
from sqlmodel import SQLModel

from bot.domain.events import EventKind, Subject, SubjectKind
from bot.services import cards, readers
from bot.services.context import Context
from bot.services.directory.people import set_name
from bot.store import journal, tables

if TYPE_CHECKING:
    from bot.store.tx import Tx

NAMELESS = "Former member"
"""Stands for the name. It is read on both sides of the line, across which nobody's Slack id goes."""

_person = tables.table_of(tables.Person)
_business = tables.table_of(tables.BusinessRow)
_membership = tables.table_of(tables.Membership)
_asset = tables.table_of(tables.Asset)
_asset_admin = tables.table_of(tables.AssetAdmin)
_card = tables.table_of(tables.Card)
_event = tables.table_of(tables.Event)
_request = tables.table_of(tables.Request)
_draft = tables.table_of(tables.Draft)
_escalation = tables.table_of(tables.Escalation)
_digest_item = tables.table_of(tables.DigestItem)
_group = tables.table_of(tables.AssetGroup)
_finding = tables.table_of(tables.Finding)

_the_person: Any = bindparam("person")
_PERSON = select(_person).where(_person.c.id == _the_person)
_BELONGS_TO = union_all(
    select(_business.c.name)
    .join_from(_membership, _business, _membership.c.business_id == _business.c.id)
    .where(_membership.c.person_id == _the_person),
    select(_asset.c.name)
    .join_from(_asset_admin, _asset, _asset_admin.c.asset_id == _asset.c.id)
    .where(_asset_admin.c.person_id == _the_person),
    select(_group.c.id).where(_group.c.people.contains(_the_person)),
)
WITHOUT_KEY = (_request.c.works_by, _finding.c.decided_by, _digest_item.c.for_id)
"""Columns that name a person without a foreign key: SQLite adds none to a table that is there."""
AMONG_OTHERS = {
    _escalation.c.unanswered: _escalation.c.request_id,
    _escalation.c.asked: _escalation.c.request_id,
    _draft.c.content: _draft.c.id,
}
"""Columns whose text holds ids of people, and the subject that shows their names."""


def _naming() -> Iterator[Select[Any]]:
    """Yield what finds the subjects of cards in each table that names people."""
    for table in SQLModel.metadata.sorted_tables:
        points_at = {column: {key.column.table for key in column.foreign_keys} for column in table.columns}
        named = [one for one, at in points_at.items() if _person in at or one in WITHOUT_KEY]
        subjects = [one for one, at in points_at.items() if at & set(cards.SUBJECTS)]
        if table in cards.SUBJECTS:
            subjects.append(table.c.id)
        for subject in subjects:
            for person in named:
                yield select(subject.label("id")).where(person == _the_person)


_proposed = select(
    (_event.c.business_id + readers.OF_SETTINGS + cast(_event.c.policy_version, Text)).label("id")
).where(_event.c.kind == EventKind.BUSINESS_LOOSENED, _event.c.actor.contains(_the_person))
"""Proposals of looser settings by somebody, or confirmed by them."""
_named_by = union(
    *_naming(),
    *(
        select(subject.label("id")).where(text.contains(_the_person))
        for text, subject in AMONG_OTHERS.items()
    ),
    _proposed,
).subquery()
_SHOWN = select(_named_by.c.id).where(_named_by.c.id.in_(select(_card.c.subject_id))).order_by(_named_by.c.id)


def belongs_to(tx: Tx, person_id: str) -> tuple[str, ...]:
    """Return what somebody belongs to: names of businesses, of assets that they administer, ids of groups."""
    return tuple(row.name for row in tx.all(_BELONGS_TO, person=person_id))


def erase_name(ctx: Context, person_id: str, *, shown_on: Sequence[str]) -> tuple[str, ...]:
    """Erase the name of somebody who belongs to nothing, and have the cards of these subjects drawn again.

    Return what they still belong to: then nothing was erased. It comes back when somebody gives it again: by
    the directory file, or as a member in Slack.
    """
    still = belongs_to(ctx.tx, person_id)
    row = None if still else ctx.tx.one(_PERSON, person=person_id)
    if row is not None:
        set_name(ctx, row, name=NAMELESS)
        journal.erase_texts(ctx.tx, subject_kind=SubjectKind.PERSON, subject_id=person_id)
        ctx.record(EventKind.PERSON_ERASED, Subject(SubjectKind.PERSON, person_id))
        for subject_id in shown_on:
            subject = readers.find_subject(ctx.tx, subject_id)
            if subject is not None:
                cards.follow(ctx, subject_id, version=subject.version)
    return still


def find_shown(tx: Tx, person_id: str) -> list[str]:
    """Return the subjects whose cards may name somebody: it reads every table that names people."""
    return [row.id for row in tx.all(_SHOWN, person=person_id)]
