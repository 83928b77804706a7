"""What is at Meta is held against the record: each difference is one finding with one card."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import make
import pytest
from make import ACCOUNT, AGENCY, BRAND, OTHER, PAGE
from meta_world import AtMeta, at_meta

from bot.clock import PushedClock
from bot.domain.actors import OPERATOR
from bot.domain.assets import Kind
from bot.domain.connections import SHOWN_WITHIN, Obstacle
from bot.domain.denials import DenialReason
from bot.domain.findings import EVERY, FindingKind, Remedy, compare
from bot.domain.messages import Audience
from bot.sandbox.meta import GraphError
from bot.services import comparing, connections, drift, requests
from bot.services.results import Comparing, Denied, Ended, Invalid, Moved, Remedied, Saved
from bot.services.views.parties import Signer
from bot.store import tables
from bot.store.database import Database

STRANGER = "880000000000001"
ROUND = {"hours": EVERY.total_seconds() / 3600}
OUTSIDE, WIDENED, LEFT, GONE = FindingKind


@pytest.fixture
def here(sqlite_url: str, clock: PushedClock) -> Iterator[Database]:
    with Database.open(sqlite_url, clock=clock) as opened:
        yield opened


@pytest.fixture
async def brand(here: Database) -> AsyncIterator[AtMeta]:
    """A connected brand, on SQLite; on both databases is what writes."""
    async with at_meta(here) as world:
        yield world


@pytest.fixture
async def on_both(database: Database) -> AsyncIterator[AtMeta]:
    async with at_meta(database) as world:
        yield world


def does(brand: AtMeta, which: Remedy, *, by=None, version: int | None = None):
    """Have Dana do something about what was found last."""
    row = max(brand.findings(), key=lambda row: (row.found_at, row.state != "CLOSED"))
    how = {"expected_version": row.version if version is None else version, "reason": "It is kept."}
    return brand.story.do(drift.remedy, row.id, which, by=by or brand.town.dana, **how)


def cards(brand: AtMeta) -> int:
    ids = {row.id for row in brand.findings()}
    return len([row for row in brand.story.rows(tables.Card) if row.subject_id in ids])


@pytest.mark.parametrize(
    ("there", "recorded", "before", "found"),
    [
        ("A", "A", "", {}),
        ("", "", "A", {}),
        ("A", "", "", {OUTSIDE: "A"}),
        ("AB", "A", "", {WIDENED: "B"}),
        ("A", "", "AB", {LEFT: "A"}),
        ("AC", "", "A", {LEFT: "AC"}),
        ("A", "AB", "", {GONE: "B"}),
        ("AC", "AB", "C", {WIDENED: "C", GONE: "B"}),
    ],
)
def test_each_way_in_which_meta_and_the_record_differ_has_a_kind(there, recorded, before, found):
    tasks = {kind: frozenset(differs) for kind, differs in found.items()}
    was = compare(frozenset(there), recorded=frozenset(recorded), given_before=frozenset(before))
    assert was == tasks


@pytest.mark.covers("T38")
async def test_what_was_given_outside_is_found_once_said_once_and_revoked(on_both: AtMeta):
    brand, story = on_both, on_both.story
    brand.meta.set_agency(ACCOUNT, AGENCY, "ANALYZE", "MANAGE")
    assert await brand.compare() == [(OUTSIDE, "ANALYZE,MANAGE")]
    for _ in range(2):
        assert await brand.compare(**ROUND) == [(OUTSIDE, "ANALYZE,MANAGE")]
    (card,) = [row for row in story.rows(tables.Card) if row.audience == Audience.SUBMITTERS]
    (finding,) = brand.findings()
    assert (card.subject_id, card.channel_id, finding.version) == (finding.id, "CBRAND", 1)
    view = story.read(drift.finding_card, finding.id)
    assert (view.holder.name, view.is_known, view.asset_name) == ("Northwind", True, "Acme Main")

    assert isinstance(does(brand, Remedy.REVOKE), Remedied)
    assert await brand.work() == 1
    (finding,) = brand.findings()
    assert (finding.state, finding.remedy, brand.there()) == ("CLOSED", "REVOKE", set())
    assert story.read(drift.finding_card, finding.id).by == "Dana"
    assert await brand.compare(**ROUND) == []
    assert cards(brand) == 1


async def test_what_somebody_puts_right_at_meta_closes_by_itself(brand: AtMeta):
    brand.meta.set_agency(ACCOUNT, AGENCY, "ANALYZE")
    await brand.compare()
    brand.meta.set_agency(ACCOUNT, AGENCY, "ANALYZE", "ADVERTISE")
    assert await brand.compare(**ROUND) == [(OUTSIDE, "ADVERTISE,ANALYZE")]
    brand.meta.set_agency(ACCOUNT, AGENCY)
    assert await brand.compare(**ROUND) == []
    (finding,) = brand.findings()
    assert (finding.state, finding.remedy, finding.version) == ("CLOSED", None, 3)
    brand.meta.set_agency(ACCOUNT, AGENCY, "ANALYZE")
    assert await brand.compare(**ROUND) == [(OUTSIDE, "ANALYZE")]
    assert (len(brand.findings()), cards(brand)) == (2, 2)


async def test_adopted_is_recorded_as_given_by_who_pressed_and_the_partner_need_not_accept(on_both: AtMeta):
    brand, story = on_both, on_both.story
    brand.meta.set_agency(ACCOUNT, AGENCY, "ANALYZE", "SECRET_TASK")
    await brand.compare()
    moved = does(brand, Remedy.ADOPT)
    assert isinstance(moved, Moved)
    assert brand.states() == ["PENDING"]
    calls = len(brand.meta.writes())
    await brand.work()
    assert (brand.states(), len(brand.meta.writes())) == (["ACTIVE"], calls)
    view = story.card(moved.request_id)
    assert (view.found, view.approved_by, view.requesting.id) == (True, (Signer("Dana"),), BRAND)
    assert view.undo_until is None, "the partner approved nothing that they could undo"
    undone = story.do(requests.undo, moved.request_id, by=brand.town.ann)
    assert reason(undone) is DenialReason.UNDO_OVER
    (grant,) = story.rows(tables.Grant)
    assert (grant.tasks, grant.ends_at, grant.owner_id) == ("ANALYZE", None, BRAND)
    # What has no name here cannot be recorded, and is asked about on its own.
    assert await brand.compare(**ROUND) == [(WIDENED, "SECRET_TASK")]
    assert reason(does(brand, Remedy.ADOPT)) is DenialReason.UNKNOWN_TASKS


def reason(result) -> DenialReason:
    assert isinstance(result, Denied), result
    return result.reason


async def test_what_takes_two_to_give_takes_two_to_adopt(brand: AtMeta):
    brand.meta.set_agency(ACCOUNT, AGENCY, "MANAGE")
    await brand.compare()
    saved = does(brand, Remedy.ADOPT)
    assert isinstance(saved, Saved)
    assert brand.story.read(drift.finding_card, brand.findings()[0].id).draft_ref == saved.ref
    assert reason(does(brand, Remedy.ADOPT)) is DenialReason.APPROVED_ALREADY
    assert await brand.compare(**ROUND) == [(OUTSIDE, "MANAGE")]
    moved = does(brand, Remedy.ADOPT, by=brand.town.dov)
    assert isinstance(moved, Moved)
    await brand.work()
    assert (brand.states(), brand.findings()[0].state) == (["ACTIVE"], "CLOSED")


async def test_an_adoption_that_was_drafted_is_an_offer_once_the_partner_has_it_no_more(brand: AtMeta):
    brand.meta.set_agency(ACCOUNT, AGENCY, "MANAGE")
    await brand.compare()
    saved = does(brand, Remedy.ADOPT)
    brand.meta.set_agency(ACCOUNT, AGENCY)
    await brand.compare(**ROUND)
    draft = brand.story.rows(tables.Draft)[0]
    brand.story.do(requests.submit_draft, saved.draft_id, expected_version=draft.version, by=brand.town.dov)
    (request,) = brand.story.rows(tables.Request)
    assert (request.state, brand.story.rows(tables.Grant)) == ("PENDING", [])


async def test_a_partner_who_is_not_registered_here_is_named_as_meta_does_and_cannot_be_adopted(
    brand: AtMeta,
):
    brand.meta.add_business(STRANGER, "Nobody Knows")
    brand.meta.set_agency(PAGE, STRANGER, "ANALYZE")
    assert await brand.compare() == [(OUTSIDE, "ANALYZE")]
    view = brand.story.read(drift.finding_card, brand.findings()[0].id)
    assert (view.holder.name, view.holder.id, view.is_known) == ("Nobody Knows", STRANGER, False)
    assert reason(does(brand, Remedy.ADOPT)) is DenialReason.UNKNOWN_HOLDER
    does(brand, Remedy.REVOKE)
    await brand.work()
    assert brand.there(PAGE, STRANGER) == set()
    assert brand.findings()[0].state == "CLOSED"


async def test_what_was_ended_in_the_record_alone_is_still_there(here: Database):
    async with at_meta(here, connected=False) as brand:
        brand.approve()
        (grant,) = brand.story.rows(tables.Grant)
        brand.meta.set_agency(ACCOUNT, AGENCY, "ADVERTISE", "ANALYZE")
        brand.story.wait(days=1)
        brand.story.end(brand.town.dana, grant.id, business=BRAND)
        brand.story.wait(days=1)
        brand.connect()
        assert await brand.compare() == [(LEFT, "ADVERTISE,ANALYZE")]
        does(brand, Remedy.REVOKE)
        await brand.work()
        assert (await brand.compare(**ROUND), brand.there()) == ([], set())


async def test_access_that_meta_no_longer_has_is_put_back_or_recorded_as_ended(on_both: AtMeta):
    brand = on_both
    brand.approve()
    await brand.work()
    brand.meta.set_agency(ACCOUNT, AGENCY, "ANALYZE")
    assert await brand.compare(minutes=10) == []
    assert await brand.compare(**ROUND) == [(GONE, "ADVERTISE")]
    assert isinstance(does(brand, Remedy.PUT_BACK), Remedied)
    await brand.work()
    assert (brand.there(), brand.findings()[0].state) == ({"ADVERTISE", "ANALYZE"}, "CLOSED")

    brand.meta.set_agency(ACCOUNT, AGENCY)
    assert await brand.compare(**ROUND) == [(GONE, "ADVERTISE,ANALYZE")]
    assert isinstance(does(brand, Remedy.RECORD), Ended)
    await brand.work()
    assert (brand.states(), await brand.compare(**ROUND)) == (["ENDED"], [])


async def test_what_meta_refuses_to_put_back_is_asked_again_with_the_reason(brand: AtMeta):
    brand.approve()
    await brand.work()
    brand.meta.set_agency(ACCOUNT, AGENCY)
    await brand.compare(hours=7)
    does(brand, Remedy.PUT_BACK)
    brand.meta.faults.refuse(GraphError(200, "no"), "POST")
    await brand.work()
    (finding,) = brand.findings()
    assert (finding.state, finding.obstacle, finding.remedy) == ("OPEN", Obstacle.PERMISSION, None)
    does(brand, Remedy.PUT_BACK)
    await brand.work()
    assert brand.findings()[0].state == "CLOSED"


async def test_what_cannot_be_taken_away_is_tried_for_ever(brand: AtMeta):
    brand.meta.set_agency(ACCOUNT, AGENCY, "ANALYZE")
    await brand.compare()
    does(brand, Remedy.REVOKE)
    brand.meta.faults.refuse(GraphError(200, "no"), "DELETE", times=2)
    await brand.work()
    (finding,) = brand.findings()
    assert (finding.state, finding.obstacle) == ("ACTING", Obstacle.PERMISSION)
    assert await brand.compare(**ROUND) == [(OUTSIDE, "ANALYZE")]
    for _ in range(3):
        await brand.later(minutes=6)
    assert (brand.findings()[0].state, brand.there()) == ("CLOSED", set())


async def test_what_is_ignored_comes_back_on_its_day_or_when_it_becomes_more(brand: AtMeta):
    town, clock = brand.town, brand.story.clock
    brand.meta.set_agency(ACCOUNT, AGENCY, "ANALYZE", "ADVERTISE")
    await brand.compare()

    def ignore(**much: float):
        row = brand.findings()[-1]
        until = clock.now() + timedelta(**much)
        return brand.story.do(
            drift.ignore_finding, row.id, until=until, expected_version=row.version, by=town.dana
        )

    assert isinstance(ignore(days=-1), Invalid)
    assert isinstance(ignore(days=9000), Invalid)
    assert isinstance(ignore(days=10), Remedied)
    brand.meta.set_agency(ACCOUNT, AGENCY, "ANALYZE")
    await brand.compare(**ROUND)
    assert (brand.findings()[0].state, cards(brand)) == ("IGNORED", 1)
    brand.story.all_posted()
    brand.story.wait(days=10)
    assert (brand.findings()[0].state, cards(brand)) == ("OPEN", 2)
    brand.story.all_posted()
    ignore(days=10)
    brand.meta.set_agency(ACCOUNT, AGENCY, "ANALYZE", "MANAGE")
    await brand.compare(**ROUND)
    assert (brand.findings()[0].state, cards(brand)) == ("OPEN", 3)


async def test_what_is_on_its_way_or_was_just_changed_is_not_compared(brand: AtMeta):
    brand.approve()
    assert await brand.compare() == []
    await brand.work()
    brand.meta.delay = SHOWN_WITHIN.total_seconds() - 1
    (grant,) = brand.story.rows(tables.Grant)
    assert await brand.compare(**ROUND) == []
    brand.story.end(brand.town.dana, grant.id, business=BRAND)
    assert await brand.compare(**ROUND) == []  # it is being taken away
    brand.meta.delay = 0
    await brand.later(hours=1)
    assert brand.states() == ["ENDED"]
    brand.meta.set_agency(ACCOUNT, AGENCY, "ANALYZE")  # as a reader that is behind would show it
    brand.story.do(comparing.want, BRAND, by=OPERATOR)
    assert await brand.compare(minutes=10) == []
    brand.story.do(comparing.want, BRAND, by=OPERATOR)
    assert await brand.compare(minutes=10) == [(LEFT, "ANALYZE")]


async def test_what_was_on_its_way_or_had_just_changed_is_compared_as_soon_as_meta_must_show_it(
    brand: AtMeta,
):
    brand.approve()
    assert await brand.compare() == []
    await brand.work()
    assert brand.states() == ["ACTIVE"]
    brand.meta.set_agency(ACCOUNT, AGENCY)
    assert [kind for kind, _ in await brand.compare(minutes=17)] == [GONE], "and not only hours later"
    await brand.compare(minutes=17)
    (row,) = brand.story.rows(tables.Comparison, business_id=BRAND)
    assert row.due_at == row.done_at + EVERY, "nothing moves any more"


async def test_access_that_something_stands_in_the_way_of_does_not_hurry_the_next_comparison(brand: AtMeta):
    brand.approve()
    brand.story.set(tables.Grant, {"owner_id": BRAND}, obstacle=Obstacle.REVIEW)
    assert await brand.compare() == []
    (row,) = brand.story.rows(tables.Comparison)
    assert row.due_at - brand.story.clock.now() > timedelta(hours=1)


async def test_what_changes_at_meta_behind_a_comparison_is_found_by_who_asks_for_another(on_both: AtMeta):
    brand = on_both
    await brand.compare()
    brand.story.clock.push(EVERY)
    look = brand.story.do(comparing.begin)
    brand.meta.set_agency(ACCOUNT, AGENCY, "ANALYZE")  # it has read this just before
    assert isinstance(brand.story.do(connections.compare_now, BRAND, by=brand.town.dana), Comparing)
    brand.story.do(comparing.finish, look, {asset_id: {} for asset_id, _ in look.assets})
    assert await brand.compare() == [(OUTSIDE, "ANALYZE")]


@pytest.mark.parametrize(
    ("code", "why"), [(10, Obstacle.LIMITED), (200, Obstacle.PERMISSION), (2, Obstacle.UNREACHED)]
)
async def test_what_meta_does_not_show_is_counted_and_nothing_is_guessed(
    brand: AtMeta, code: int, why: Obstacle
):
    brand.meta.set_agency(ACCOUNT, AGENCY, "ANALYZE")
    await brand.compare()
    brand.meta.set_agency(ACCOUNT, AGENCY)
    brand.meta.faults.refuse(GraphError(code, "no"), "GET", f"{ACCOUNT}/agencies")
    await brand.compare(**ROUND)
    assert await brand.compare(minutes=2) == [(OUTSIDE, "ANALYZE")]
    (row,) = brand.story.rows(tables.Comparison)
    assert (row.unread, row.unread_why, row.done_to) == (1, why, "")
    await brand.compare(**ROUND)
    (row,) = brand.story.rows(tables.Comparison)
    assert (row.unread, row.unread_why, brand.findings()[0].state) == (0, None, "CLOSED")


@pytest.mark.covers("F29")
async def test_it_waits_as_long_as_meta_wants_and_goes_on_where_it_was(brand: AtMeta):
    brand.meta.set_agency(PAGE, AGENCY, "ANALYZE")
    brand.meta.faults.refuse(GraphError(80004, "too many"), "GET", f"{PAGE}/agencies")
    assert await brand.compare() == []
    (row,) = brand.story.rows(tables.Comparison)
    first = len(brand.meta.calls)
    before = [one for one in sorted(brand.meta.assets) if one < PAGE]
    assert (row.done_to, row.done_at) == (max(before, default=""), None)
    await brand.compare(minutes=1)
    assert len(brand.meta.calls) == first
    assert await brand.compare(minutes=5) == [(OUTSIDE, "ANALYZE")]


async def test_a_token_that_meta_takes_no_more_ends_it_until_there_is_a_new_one(brand: AtMeta):
    for token in brand.meta.tokens.values():
        token.revoked = True
    await brand.compare()
    calls = len(brand.meta.calls)
    (connection,) = brand.story.rows(tables.Connection)
    await brand.compare(**ROUND)
    assert (connection.state, len(brand.meta.calls)) == ("BROKEN", calls)
    brand.meta.set_agency(ACCOUNT, AGENCY, "ANALYZE")
    brand.connect()
    assert await brand.compare() == [(OUTSIDE, "ANALYZE")]
    brand.story.do(connections.disconnect, BRAND, by=OPERATOR)
    assert brand.story.rows(tables.Comparison) == []
    assert reason(does(brand, Remedy.REVOKE)) is DenialReason.NOT_CONNECTED


async def test_only_the_owners_admins_may_and_only_what_is_open_as_they_saw_it(brand: AtMeta):
    town = brand.town
    brand.meta.set_agency(ACCOUNT, AGENCY, "ANALYZE")
    await brand.compare()
    for who in (town.ann, town.abe):
        assert reason(does(brand, Remedy.REVOKE, by=who)) is DenialReason.UNKNOWN_FINDING
    assert reason(does(brand, Remedy.REVOKE, by=town.emil)) is DenialReason.NOT_ADMIN
    assert reason(does(brand, Remedy.REVOKE, version=7)) is DenialReason.CHANGED
    assert reason(does(brand, Remedy.PUT_BACK)) is DenialReason.CHANGED
    does(brand, Remedy.REVOKE)
    assert reason(does(brand, Remedy.ADOPT)) is DenialReason.FINDING_OVER
    await brand.work()
    assert reason(does(brand, Remedy.ADOPT)) is DenialReason.FINDING_OVER
    assert brand.story.read(drift.find_finding, brand.findings()[0].id, Remedy.IGNORE, by=town.ann.by()) == (
        Denied(reason=DenialReason.UNKNOWN_FINDING, about=drift._subject(brand.findings()[0]))
    )


async def test_a_business_with_many_assets_is_compared_a_few_at_a_time(brand: AtMeta):
    for n in range(12):
        name = f"act_20{n:02}"
        make.asset(brand.story.database, name, kind=Kind.AD_ACCOUNT, name=name, owner=BRAND)
        brand.meta.add_asset(name, brand.meta.assets[ACCOUNT].kind, name, owner=BRAND)
    brand.meta.set_agency("act_2011", OTHER, "ANALYZE")
    assert await brand.compare() == [(OUTSIDE, "ANALYZE")]
    (row,) = brand.story.rows(tables.Comparison)
    now = brand.story.clock.now()
    assert (row.done_to, row.done_at, row.due_at) == ("", now, now + EVERY)
