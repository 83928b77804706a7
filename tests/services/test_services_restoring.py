"""What took trust away after a backup stays so once it is restored, as far as the newer record tells."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import make
import pytest
import statements
from make import AGENCY, BRAND, BRAND_TEAM, PAGE, Town, write
from served import token_of
from story import Story

from bot.cli.backup import bring_back
from bot.clock import PushedClock
from bot.domain.actors import OPERATOR, Role, WhoMayAsk
from bot.domain.assets import Kind
from bot.domain.events import EventKind
from bot.domain.messages import EffectKind
from bot.domain.requests import Decline
from bot.errors import Misconfigured
from bot.services import connections, directory, grants, partnerships, requests, settings
from bot.services.context import Context, act
from bot.services.restoring import Access
from bot.store import copies, migrations, tables
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
@pytest.mark.parametrize("how", ["switched off", "parted"])
def test_what_is_accepted_at_once_no_longer_is_not_accepted_again(
    sqlite_url: str, clock: PushedClock, tmp_path: Path, how: str
) -> None:
    def accepting(database: Database, town: Town) -> None:
        make.gives(database, 1, to=AGENCY, by=town.ann, now=clock.now())
        Story(database, clock).do(settings.accept_at_once, AGENCY, BRAND, on=True, by=town.ann)

    def no_longer(database: Database, town: Town) -> None:
        story = Story(database, clock)
        if how == "parted":
            pair = {"business_id": BRAND, "other_id": AGENCY}
            mark = story.read(partnerships.parting, **pair, limit=1, by=town.dana).mark
            story.do(partnerships.end_partnership, BRAND, AGENCY, mark, by=town.dana)
        else:
            story.do(settings.accept_at_once, AGENCY, BRAND, on=False, by=town.ann)

    with restored(sqlite_url, clock, tmp_path / "b.db", before=accepting, after=no_longer) as database:
        assert Story(database, clock).read(requests.standing_for, AGENCY, BRAND) is None
        assert database.verify().sound


@pytest.mark.covers("P17")
@pytest.mark.parametrize("stated_before", [None, 90, 10], ids=["none before", "a later one", "a sooner one"])
def test_what_ends_with_a_contract_that_was_stated_after_a_backup_ends_with_it(
    sqlite_url: str, clock: PushedClock, tmp_path: Path, stated_before: int | None
) -> None:
    begun = clock.now()

    def state(database: Database, who: make.Someone, own: str, other: str, *, days: int) -> None:
        ends_at = begun + timedelta(days=days)
        Story(database, clock).do(partnerships.set_contract, own, other, ends_at=ends_at, days=3, by=who)

    def given(database: Database, town: Town) -> None:
        make.gives(database, 1, to=AGENCY, by=town.ann, now=clock.now())  # without an end
        if stated_before is not None:
            state(database, town.dana, BRAND, AGENCY, days=stated_before)

    def ended(database: Database, town: Town) -> None:
        state(database, town.dana, BRAND, AGENCY, days=20)
        state(database, town.ann, AGENCY, BRAND, days=40)

    with restored(sqlite_url, clock, tmp_path / "b.db", before=given, after=ended) as database:
        story = Story(database, clock)
        said = story.read(partnerships.contract_between, business_id=BRAND, other_id=AGENCY)
        assert said.ends_at == begun + timedelta(days=min(20, stated_before or 20))
        assert said.said_by.id == BRAND
        agencys = story.read(partnerships.contract_between, business_id=AGENCY, other_id=BRAND)
        assert agencys.stated_at == begun + timedelta(days=40)
        story.live(days=25, hours=12)
        (grant,) = rows(database, tables.Grant)
        assert grant.ended_at is not None
        assert database.verify().sound


@pytest.mark.covers("P17")
def test_the_end_of_a_new_contract_stays_where_an_earlier_one_was_closed_before_the_backup(
    sqlite_url: str, clock: PushedClock, tmp_path: Path
) -> None:
    def closed(database: Database, town: Town) -> None:
        story = Story(database, clock)
        make.gives(database, 1, to=AGENCY, by=town.ann, now=clock.now())
        ends_at = clock.now() + timedelta(days=2)
        story.do(partnerships.set_contract, BRAND, AGENCY, ends_at=ends_at, days=0, by=town.dana)
        story.live(days=4)
        assert {row.closed_at is not None for row in rows(database, tables.Contract)} == {True}

    def stated_again(database: Database, town: Town) -> None:
        ends_at = clock.now() + timedelta(days=20)
        Story(database, clock).do(
            partnerships.set_contract, BRAND, AGENCY, ends_at=ends_at, days=3, by=town.dana
        )

    with restored(sqlite_url, clock, tmp_path / "b.db", before=closed, after=stated_again) as database:
        said = Story(database, clock).read(partnerships.contract_between, business_id=BRAND, other_id=AGENCY)
        assert said.ends_at > clock.now() + timedelta(days=19)
        assert said.closed_at is None


@pytest.mark.covers("P17")
def test_settings_let_no_more_through_than_they_did_before_a_restore(
    sqlite_url: str, clock: PushedClock, tmp_path: Path
) -> None:
    def loose(database: Database, town: Town) -> None:
        Story(database, clock).change_policy(town.dana, quorum=1, expires_days=30, undo_minutes=5)

    def stricter(database: Database, town: Town) -> None:
        narrow = {"who_may_ask": WhoMayAsk.LISTED, "expires_days": 7}
        Story(database, clock).change_policy(town.dana, quorum=2, undo_minutes=10, **narrow)

    with restored(sqlite_url, clock, tmp_path / "b.db", before=loose, after=stricter) as database:
        now = Story(database, clock).settings()
        assert (now.quorum, now.who_may_ask, now.expires_days) == (2, WhoMayAsk.LISTED, 7)
        assert now.undo_minutes == 5, "what was made looser is as it was"
        assert database.verify().sound


@pytest.mark.covers("P17")
def test_a_former_account_has_no_power_again_and_a_business_stays_where_it_was_moved_to(
    sqlite_url: str, clock: PushedClock, tmp_path: Path
) -> None:
    people: list[Town] = []

    def at_first(database: Database, town: Town) -> None:
        people.append(town)
        make.gives(database, 1, to=AGENCY, by=town.ann, now=clock.now())
        place = {"name": "New", "url": "https://new.slack.com/", "bot_id": "B1", "bot_user_id": "U1"}
        Story(database, clock).do(directory.record_workspace, team_id="TNEW", **place)

    def moved(database: Database, town: Town) -> None:
        story = Story(database, clock)
        story.do(
            settings.move_person, team_id=BRAND_TEAM, user_id=town.dana.user, to_user="UDANA2", by=OPERATOR
        )
        there = {"team_id": "TNEW", "channel_id": "CNEW", "people": {town.ann.user: "UANN2"}}
        story.do(settings.move_business, AGENCY, **there, by=OPERATOR)

    with restored(sqlite_url, clock, tmp_path / "b.db", before=at_first, after=moved) as database:
        (town,) = people
        accounts = {row.id: (row.team_id, row.user_id) for row in rows(database, tables.Person)}
        assert (accounts[town.dana.id], accounts[town.ann.id]) == ((BRAND_TEAM, "UDANA2"), ("TNEW", "UANN2"))
        story = Story(database, clock)
        assert story.read(directory.me, by=town.dana).person_id is None
        (agency,) = rows(database, tables.BusinessRow, id=AGENCY)
        assert (agency.team_id, agency.channel_id) == ("TNEW", "CNEW")
        assert database.verify().sound


@pytest.mark.covers("P17")
def test_people_are_who_slack_said_last_that_they_are_and_nobody_is_told_again_what_waits(
    sqlite_url: str, clock: PushedClock, tmp_path: Path
) -> None:
    people: list[Town] = []

    def drafted(database: Database, town: Town) -> None:
        people.append(town)
        Story(database, clock).submit(town.eva)

    def moved(database: Database, town: Town) -> None:
        story = Story(database, clock)
        there = {"team_id": make.AGENCY_TEAM, "user_id": town.ann.user, "to_user": "UANN2"}
        story.do(settings.move_person, **there, by=OPERATOR)
        story.slack_says(make.AGENCY_TEAM, "UANN2")
        story.slack_says(BRAND_TEAM, town.dov.user, deactivated=True)

    with restored(sqlite_url, clock, tmp_path / "b.db", before=drafted, after=moved) as database:
        (town,), story = people, Story(database, clock)
        (dov,) = rows(database, tables.Person, id=town.dov.id)
        assert dov.deactivated is True
        assert story.read(directory.me, by=town.dov).businesses[0].may_administer is not None
        story.slack_says(make.AGENCY_TEAM, "UANN2")
        assert [one for one in story.effects(EffectKind.POST_NOTICE) if "UANN2" in one.about] == []
        assert database.verify().sound


@pytest.mark.covers("P17")
def test_a_connection_has_the_token_that_it_was_given_last(
    sqlite_url: str, clock: PushedClock, tmp_path: Path
) -> None:
    def connect(word: str) -> Callable[[Database, Town], None]:
        facts = {"ciphertext": f"{word} token", "name": f"{word} system user"}
        return lambda database, _: Story(database, clock).do(connections.connect, BRAND, **facts, by=OPERATOR)

    both = {"before": connect("old"), "after": connect("new")}
    with restored(sqlite_url, clock, tmp_path / "b.db", **both) as database:
        (connection,) = rows(database, tables.Connection)
        assert (connection.ciphertext, connection.name) == ("new token", "new system user")
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
def test_what_was_typed_and_erased_since_is_not_there_again_though_it_was_not_over_yet_or_kept_as_a_bundle(
    sqlite_url: str, clock: PushedClock, tmp_path: Path
) -> None:
    asked: list[str] = []

    def typed(database: Database, town: Town) -> None:
        story = Story(database, clock)
        described = make.item(Kind.PAGE, words="canary")
        asked.append(story.submit(town.ann, described, reason="canary").request_id)
        kept = story.submit(town.ann, make.item(Kind.PIXEL, make.PIXEL), reason="canary").request_id
        story.do(requests.save_bundle, kept, name="Kit", by=town.ann)
        story.decide(town.dana, kept, Decline(note="canary"))
        asked.extend([kept, story.submit(town.eva, reason="canary").draft_id])

    def erased(database: Database, town: Town) -> None:
        story = Story(database, clock)
        waits, kept, draft = asked
        story.decide(town.dana, waits, Decline(note="canary"))
        story.do(requests.remove_bundle, kept, by=town.ann)
        story.do(requests.drop_draft, draft, by=town.ann, expected_version=1)
        clock.push(timedelta(days=1))
        over = story.database.read_sync(requests.find_over, before=clock.now())
        assert story.do(requests.erase_texts, over, before=clock.now()) == 3
        assert "canary" not in story.everything()

    with restored(sqlite_url, clock, tmp_path / "b.db", before=typed, after=erased) as database:
        story = Story(database, clock)
        assert "canary" not in story.everything()
        assert story.card(asked[0]).reason == ""
        assert rows(database, tables.Bundle) == []
        assert database.verify().sound


@pytest.mark.covers("P17")
@pytest.mark.parametrize("access", Access)
def test_tokens_and_what_is_accepted_at_once_go_with_access_where_nothing_is_known(
    sqlite_url: str, clock: PushedClock, tmp_path: Path, access: Access
) -> None:
    store, file = Path(sqlite_url.removeprefix("sqlite:///")), tmp_path / "b.db"
    with Database.open(sqlite_url, clock=clock) as database:
        town = make.town(database)
        token_of(database, town.dana, BRAND, clock=clock)
        make.gives(database, 1, to=AGENCY, by=town.ann, now=clock.now())
        Story(database, clock).do(settings.accept_at_once, AGENCY, BRAND, on=True, by=town.ann)
        copies.back_up(store, file)
    store.unlink()  # with what it knew of tokens that were revoked
    bring_back(store, file, access, clock=clock)
    with Database.open(sqlite_url, clock=clock) as database:
        (token,) = rows(database, tables.Token)
        assert (token.revoked_at is not None) is (access is Access.END)
        standing = Story(database, clock).read(requests.standing_for, AGENCY, BRAND)
        assert (standing is None) is (access is Access.END)


@pytest.mark.covers("P17")
def test_what_a_store_of_an_older_version_knows_is_brought_over_too(
    sqlite_url: str, clock: PushedClock, tmp_path: Path
) -> None:
    store, file = Path(sqlite_url.removeprefix("sqlite:///")), tmp_path / "b.db"
    with Database.open(sqlite_url, clock=clock) as database:
        town = make.town(database)
        make.gives(database, 1, to=AGENCY, by=town.ann, now=clock.now())
        copies.back_up(store, file)
        (grant,) = rows(database, tables.Grant)
        Story(database, clock).end(town.dana, grant.id, business=BRAND)
    migrations.migrate(sqlite_url, to="0024")  # as it is where an upgrade was given up
    bring_back(store, file, None, clock=clock)
    with Database.open(sqlite_url, clock=clock) as database:
        (grant,) = rows(database, tables.Grant)
        assert grant.ended_at is not None
        assert database.verify().sound
    assert not [one for one in store.parent.iterdir() if ".partial" in one.name]


@pytest.mark.covers("P17")
def test_a_file_that_is_no_store_knows_nothing(sqlite_url: str, clock: PushedClock, tmp_path: Path) -> None:
    store, file = Path(sqlite_url.removeprefix("sqlite:///")), tmp_path / "b.db"
    Database.open(sqlite_url, clock=clock).close()
    copies.back_up(store, file)
    store.unlink()
    with closing(sqlite3.connect(store)) as other:
        other.execute("CREATE TABLE letters (dear TEXT)")
    with pytest.raises(Misconfigured, match="--access end"):
        bring_back(store, file, None, clock=clock)
    bring_back(store, file, Access.KEEP, clock=clock)
