"""What took trust away after a backup stays so once it is restored, as far as the newer record tells."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import make
import pytest
import statements
from make import AGENCY, BRAND, PAGE, Town, write
from served import token_of
from story import Story

from bot.cli.backup import bring_back
from bot.clock import PushedClock
from bot.domain.actors import OPERATOR, Role
from bot.domain.events import EventKind
from bot.domain.requests import Decline
from bot.services import directory, grants, requests, settings
from bot.services.context import Context, act
from bot.services.restoring import Access
from bot.store import copies, tables
from bot.store.database import Database


def rows(database: Database, table: type[Any], **where: Any) -> list[Any]:
    statement, given = statements.rows_of(table, **where), statements.given(where)
    return database.read_sync(lambda tx: tx.all(statement, **given))


def restored(
    sqlite_url: str,
    clock: PushedClock,
    file: Path,
    *,
    before: Callable[[Database, Town], None],
    after: Callable[[Database, Town], None],
) -> Database:
    """A store that was backed up between two changes, and put back after both."""
    store = Path(sqlite_url.removeprefix("sqlite:///"))
    with Database.open(sqlite_url, clock=clock) as database:
        town = make.town(database)
        before(database, town)
        copies.back_up(store, file)
        after(database, town)
    bring_back(store, file, None, clock=clock)
    return Database.open(sqlite_url, clock=clock)


def assign(database: Database, person_id: str, *tasks: str, now: datetime) -> None:
    facts = {"asset_id": PAGE, "business_id": BRAND, "person_id": person_id, "acting_for": BRAND}
    write(database, act, grants.assign, **facts, tasks=frozenset(tasks), by=OPERATOR, now=now)


@pytest.mark.covers("P17")
def test_an_end_that_was_brought_forward_after_a_backup_is_not_put_off_again(
    sqlite_url: str, clock: PushedClock, tmp_path: Path
) -> None:
    sooner = clock.now() + timedelta(days=2)

    def given(database: Database, town: Town) -> None:
        make.gives(database, 2, to=AGENCY, by=town.ann, now=clock.now())

    def shortened(database: Database, _: Town) -> None:
        first, _ = rows(database, tables.Grant)

        def shorten(ctx: Context) -> None:
            grant = grants.find_grant(ctx.tx, first.id)
            assert grant is not None
            grants.shorten(ctx, grant, sooner, acting_for=BRAND)

        write(database, act, shorten, by=OPERATOR, now=clock.now())

    with restored(sqlite_url, clock, tmp_path / "b.db", before=given, after=shortened) as database:
        ends = {grant.ends_at for grant in rows(database, tables.Grant)}
        assert sooner in ends
        assert len(ends) == 2
        assert database.verify().sound


@pytest.mark.covers("P17")
def test_what_was_taken_from_people_after_a_backup_they_do_not_have_again(
    sqlite_url: str, clock: PushedClock, tmp_path: Path
) -> None:
    people: list[Town] = []

    def assigned(database: Database, town: Town) -> None:
        people.append(town)
        make.unowned(database, "act_7001", town.ann, town.dana)
        assign(database, town.emil.id, "ANALYZE", now=clock.now())
        assign(database, town.dov.id, "ADVERTISE", "ANALYZE", now=clock.now())
        assign(database, town.dana.id, "ANALYZE", now=clock.now())

    def taken(database: Database, town: Town) -> None:
        assign(database, town.emil.id, now=clock.now())
        assign(database, town.dov.id, "ANALYZE", now=clock.now())
        assign(database, town.dana.id, "ADVERTISE", "ANALYZE", now=clock.now())  # and given
        whose = {"business_id": BRAND, "person_id": town.dov.id}
        for change, where in (
            (statements.change(tables.Membership, whose, {"shared": True}), (whose, {"shared": True})),
        ):
            write(database, lambda tx, change=change, where=where: tx.run(change, **statements.given(*where)))
        admin = tables.AssetAdmin.__table__
        gone = admin.delete().where(admin.c.person_id == town.dana.id)
        write(database, lambda tx: tx.run(gone))

    with restored(sqlite_url, clock, tmp_path / "b.db", before=assigned, after=taken) as database:
        (town,) = people
        found = {row.person_id: row.tasks for row in rows(database, tables.Assignment)}
        assert found == {town.dov.id: "ANALYZE", town.dana.id: "ANALYZE"}
        (member,) = rows(database, tables.Membership, business_id=BRAND, person_id=town.dov.id)
        assert member.shared
        assert [row.person_id for row in rows(database, tables.AssetAdmin)] == [town.ann.id]
        kinds = {event.kind for event in rows(database, tables.Event)}
        assert {EventKind.PERSON_UNASSIGNED, EventKind.MEMBER_CHANGED, EventKind.ASSET_CHANGED} <= kinds
        assert database.verify().sound


@pytest.mark.covers("P17")
def test_what_was_erased_after_a_backup_is_not_there_again(
    sqlite_url: str, clock: PushedClock, tmp_path: Path
) -> None:
    stories: list[tuple[Story, make.Someone]] = []

    def typed(database: Database, town: Town) -> None:
        story = Story(database, clock)
        left = make.someone(database, 71, name="Max", team=make.AGENCY_TEAM, roles={AGENCY: Role.EMPLOYEE})
        story.set(tables.Person, {"id": left.id}, name="canary", folded="canary")
        asked = story.submit(town.ann, reason="canary")
        story.decide(town.dana, asked.request_id, Decline(note="canary"))
        dropped = story.submit(town.eva, reason="canary")
        story.do(requests.drop_draft, dropped.draft_id, by=town.ann, expected_version=1)
        stories.append((story, left))
        assert "canary" in story.everything()

    def erased(database: Database, town: Town) -> None:
        ((story, left),) = stories
        story.do(settings.remove_member, AGENCY, left.id, by=town.ann)
        clock.push(timedelta(days=1))
        over = story.database.read_sync(requests.find_over, before=clock.now())
        story.do(requests.erase_texts, over, before=clock.now())
        story.do(directory.erase_name, left.id, shown_on=(), by=OPERATOR)
        assert "canary" not in story.everything()

    with restored(sqlite_url, clock, tmp_path / "b.db", before=typed, after=erased) as database:
        story = Story(database, clock)
        assert "canary" not in story.everything()
        kinds = {event.kind for event in rows(database, tables.Event)}
        assert {EventKind.REQUEST_ERASED, EventKind.DRAFT_ERASED, EventKind.PERSON_ERASED} <= kinds
        assert database.verify().sound


@pytest.mark.covers("P17")
@pytest.mark.parametrize("access", Access)
def test_of_tokens_of_which_nothing_is_known_becomes_what_becomes_of_access(
    sqlite_url: str, clock: PushedClock, tmp_path: Path, access: Access
) -> None:
    store, file = Path(sqlite_url.removeprefix("sqlite:///")), tmp_path / "b.db"
    with Database.open(sqlite_url, clock=clock) as database:
        town = make.town(database)
        token_of(database, town.dana, BRAND, clock=clock)
        copies.back_up(store, file)
    store.unlink()  # with what it knew of tokens that were revoked
    bring_back(store, file, access, clock=clock)
    with Database.open(sqlite_url, clock=clock) as database:
        (token,) = rows(database, tables.Token)
        assert (token.revoked_at is not None) is (access is Access.END)
