"""App Home: what one person needs to know, published when they open it and when it changes."""

from __future__ import annotations

from datetime import timedelta

import make
import pytest
from make import ACCOUNT, AGENCY, BRAND, PAGE, PIXEL, item, write
from sqlalchemy import update
from steps import give

from bot.domain.actors import OPERATOR, Role
from bot.domain.assets import Kind
from bot.domain.limits import MOST_HOMES_AT_ONCE
from bot.domain.messages import EffectKind
from bot.domain.requests import Approve, Decline, Term
from bot.services import home, reviews, settings
from bot.services.directory import verify_business
from bot.services.results import Denied
from bot.services.views.access import HeldAfter
from bot.store import tables
from bot.store.tables import EffectState


def published(story):
    """Whose homes wait to be published; and let the waiting ones be."""
    effect = tables.Effect.__table__
    waiting = story.effects(EffectKind.PUBLISH_HOME, state=EffectState.WAITING)
    done = update(effect).where(effect.c.kind == EffectKind.PUBLISH_HOME).values(state=EffectState.DONE)
    write(story.database, lambda tx: tx.run(done))
    return sorted(row.subject_id for row in waiting)


def turn(story, who, page):
    story.do(home.turn_home, page, by=who)


# --- publishing --------------------------------------------------------------------------------------


def test_a_home_is_published_when_it_is_opened_and_only_then_watched(story, town):
    story.open_home(town.dana)
    assert published(story) == [town.dana.user]
    for kind, asset in ((Kind.AD_ACCOUNT, ACCOUNT), (Kind.PAGE, PAGE), (Kind.PIXEL, PIXEL)):
        story.submit(town.ann, item(kind, asset))
    assert published(story) == [town.dana.user], "once for them all, and Dov has not looked at his yet"


@pytest.mark.case("6.7")
def test_a_decision_writes_for_no_more_homes_than_can_be_looked_at_however_many_are_open(story, town):
    sent = story.submit(town.ann)
    employee = {AGENCY: Role.EMPLOYEE}
    people = [
        make.someone(story.database, 900 + n, name=f"P{n}", team=make.AGENCY_TEAM, roles=employee)
        for n in range(60)
    ]
    for one in people:
        story.clock.push(timedelta(seconds=1))
        story.open_home(one)
    published(story)
    story.decide(town.dana, sent.request_id, Approve())
    at_once = published(story)
    assert at_once == sorted(one.user for one in people[-MOST_HOMES_AT_ONCE:]), "those who looked last"
    story.open_home(people[0])
    assert published(story) == [people[0].user], "the others when they look"


def unverify(story, _):
    for business in (AGENCY, BRAND):
        story.do(verify_business, business, verified=False, by=OPERATOR)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda story, town: story.submit(town.abe, item(Kind.PIXEL, PIXEL)), id="a request"),
        pytest.param(lambda story, town: story.decide(town.dov, story.page, Approve()), id="a decision"),
        pytest.param(lambda story, town: story.cancel(town.abe, story.page), id="a cancellation"),
        pytest.param(lambda story, town: story.undo(town.dov, story.given), id="an undo"),
        pytest.param(lambda story, town: story.end(town.dov, story.grant, business=BRAND), id="a revoke"),
        pytest.param(lambda story, town: story.extend(town.abe, story.grant), id="an extension"),
        pytest.param(lambda story, _: story.wait(days=30), id="an end or expiry"),
        pytest.param(unverify, id="a verification"),
    ],
)
def test_the_homes_of_both_sides_follow_what_they_show(story, town, change):
    given = give(story, town)
    story.given, story.grant = given.request_id, given.id
    story.page = story.submit(town.ann, item(Kind.PAGE, PAGE)).request_id
    for who in (town.ann, town.dana):
        story.open_home(who)
    published(story)
    change(story, town)
    assert published(story) == sorted([town.ann.user, town.dana.user])


@pytest.mark.covers("G9")
def test_a_review_that_waits_is_on_the_homes_of_the_owner_until_all_of_it_is_looked_at(story, town):
    ever = {"term": Term.without_end()}
    grants = [give(story, town, **ever), give(story, town, item(Kind.PAGE, PAGE), **ever)]
    story.wait(days=60)
    for who in (town.ann, town.dana):
        story.open_home(who)
    published(story)
    left = []

    def step(verb, *about, **more):
        assert not isinstance(story.do(verb, *about, by=town.dana, **more), Denied)
        assert published(story) == [town.dana.user]
        left.append([(one.owner.id, one.open) for one in story.home(town.dana).reviews])
        assert story.home(town.ann).reviews == ()

    step(reviews.open_review, BRAND)
    for grant in grants:
        step(reviews.keep, grant.id, expected_version=grant.version)
    assert left == [[(BRAND, 2)], [(BRAND, 1)], []]


def test_the_drafts_of_an_employee_are_published_to_their_own_side_alone(story, town):
    for who in (town.ann, town.dana):
        story.open_home(who)
    published(story)
    saved = story.submit(town.eva)
    assert published(story) == [town.ann.user]
    assert story.home(town.ann).drafts.rows[0].id == saved.draft_id
    story.wait(days=14)
    assert published(story) == [town.ann.user], "it expired"
    assert story.home(town.ann).drafts.total == 0


def test_a_home_is_published_for_members_alone_and_shows_strangers_nothing(story, town, oda):
    vera = make.Someone(id="", team=make.BRAND_TEAM, user="UVERA", name="Vera")
    for who in (oda, vera):
        story.open_home(who)
    published(story)
    give(story, town)
    assert published(story) == []
    for who in (oda, vera):
        home = story.home(who)
        sections = (home.waiting, home.requested, home.drafts, home.reach, home.partners, home.ends_soon)
        assert [one.total for one in (*sections, home.decided_away)] == [0] * 7
    assert story.home(vera).settings == ()


def test_a_removed_member_sees_nothing_at_once(story, town, given):
    story.open_home(town.dov)
    assert story.home(town.dov).settings
    published(story)
    story.do(settings.remove_member, BRAND, town.dov.id, by=town.dana)
    assert town.dov.user in published(story)
    home = story.home(town.dov)
    assert (home.settings, home.partners.total, home.me.businesses) == ((), 0, ())


# --- what it shows -----------------------------------------------------------------------------------


def test_each_side_sees_its_own(story, town):
    give(story, town, term=Term.for_days(10))
    waiting = story.submit(town.abe, item(Kind.PAGE, PAGE))
    ours, theirs = story.home(town.ann), story.home(town.dana)
    assert [one.id for one in ours.requested.rows] == [waiting.request_id]
    assert [one.id for one in theirs.waiting.rows] == [waiting.request_id]
    assert (ours.waiting.total, theirs.requested.total) == (0, 0)
    assert [one.asset_id for one in ours.reach.rows] == [ACCOUNT]
    assert theirs.reach.total == 0
    (partner,) = ours.partners.rows
    assert (partner.party.name, partner.shared_with_us, partner.shared_with_them) == ("Acme Shoes", 1, 0)
    (partner,) = theirs.partners.rows
    assert (partner.party.name, partner.shared_with_us, partner.shared_with_them) == ("Northwind", 0, 1)
    assert [one.asset_id for one in ours.ends_soon.rows] == [ACCOUNT]
    assert theirs.ends_soon.total == 1
    assert [one.party.name for one in theirs.settings] == ["Acme Shoes"]
    assert story.home(town.emil).settings == (), "settings are for admins"


@pytest.mark.covers("C6")
def test_what_ends_soon_is_shown_with_what_its_holder_has_by_other_access_then(story, town):
    grant = give(story, town, term=Term.for_days(10))
    assert story.home(town.ann).held_after == {}
    asked = story.extend(town.ann, grant.id, days=90)
    story.decide(town.dana, asked.request_id, Approve())
    after = HeldAfter(tasks=grant.tasks, until=story.grant_of(asked.request_id).ends_at)
    for who in (town.ann, town.dana):
        assert story.home(who).held_after == {grant.id: after}


def test_what_ends_within_a_fortnight_ends_soon_and_what_has_ended_does_not(story, town):
    give(story, town, term=Term.for_days(15))
    assert story.home(town.ann).ends_soon.total == 0
    story.wait(days=1)
    assert story.home(town.ann).ends_soon.total == 1
    story.clock.push(timedelta(days=14))  # and no sweep has come yet
    home = story.home(town.ann)
    assert (home.ends_soon.total, home.reach.total, home.partners.total) == (0, 0, 0)


@pytest.mark.covers("T18")
def test_what_others_decided_since_the_last_visit_is_shown_to_either_side(story, town):
    first = story.submit(town.ann).request_id
    second = story.submit(town.ann, item(Kind.PAGE, PAGE)).request_id
    for who in (town.dov, town.abe):
        story.open_home(who)
        assert story.home(who).decided_away.total == 0, "a first visit has nothing before it"
    story.wait(hours=1)
    story.decide(town.dana, first, Approve())
    story.wait(hours=1)
    story.decide(town.dov, second, Decline())
    story.wait(hours=1)
    for who in (town.dov, town.abe):
        story.open_home(who)
    assert [one.id for one in story.home(town.dov).decided_away.rows] == [first], "not what he did himself"
    assert [one.id for one in story.home(town.abe).decided_away.rows] == [second, first], "the newest first"
    story.wait(minutes=20)
    story.open_home(town.dov)
    assert story.home(town.dov).decided_away.total == 1, "coming back at once is the same visit"
    story.wait(minutes=40)
    story.open_home(town.dov)
    assert story.home(town.dov).decided_away.total == 0


# --- pages -------------------------------------------------------------------------------------------


def many(story, town, count):
    requested = []
    for number in range(count):
        name = f"act_4{number:03d}"
        make.asset(story.database, name, kind=Kind.AD_ACCOUNT, name=name, owner=BRAND)
        requested.append(story.submit(town.ann, item(Kind.AD_ACCOUNT, name)).request_id)
        story.clock.push(timedelta(seconds=1))
    return requested


def test_a_home_has_pages_and_turns_one_section_at_a_time(story, town):
    requested = many(story, town, 12)
    story.open_home(town.dana)
    published(story)
    first = story.home(town.dana).waiting
    assert ([one.id for one in first.rows], first.total, first.more) == (requested[:5], 12, True)
    turn(story, town.dana, "waiting:10")
    assert published(story) == [town.dana.user]
    home = story.home(town.dana)
    assert (home.page, [one.id for one in home.waiting.rows], home.waiting.more) == (
        "waiting:10",
        requested[10:],
        False,
    )
    turn(story, town.dana, "waiting:0")
    assert story.home(town.dana).page == ""


def test_what_is_reached_has_pages_over_several_businesses(story, town, database):
    make.business(database, make.OTHER, name="Other", team=make.AGENCY_TEAM)
    make.member(database, town.ann.id, of=make.OTHER)
    for request in many(story, town, 7):
        story.decide(town.dana, request, Approve())
    give(story, town, item(Kind.PAGE, PAGE), requesting_id=make.OTHER)
    story.open_home(town.ann)
    seen = []
    for offset in (0, 5):
        turn(story, town.ann, f"reach:{offset}")
        rows = story.home(town.ann).reach
        assert (rows.total, rows.more) == (8, offset == 0)
        seen += [one.asset_id for one in rows.rows]
    assert sorted(seen) == sorted([f"act_4{number:03d}" for number in range(7)] + [PAGE])


@pytest.mark.parametrize(
    "page", ["", "waiting", "waiting:x", "waiting:-5", "waiting:²", "waiting:" + "9" * 40, ":::"]
)
def test_a_page_that_cannot_be_read_is_the_first(story, town, page):
    many(story, town, 1)
    story.open_home(town.dana)
    turn(story, town.dana, page)
    assert story.home(town.dana).waiting.total == 1
    assert story.home(town.dana).page == ""


@pytest.mark.parametrize("section", ["waiting", "requested", "reach", "ends_soon", "decided_away"])
def test_a_page_beyond_the_last_one_is_the_last_one(story, town, section):
    who = town.ann if section in ("requested", "reach", "decided_away") else town.dana
    story.open_home(who)
    story.wait(hours=1)
    requested = many(story, town, 6)
    if section not in ("waiting", "requested"):
        for request in requested:
            story.decide(town.dana, request, Approve(term=Term.for_days(5)))
    turn(story, who, f"{section}:500")
    rows = getattr(story.home(who), section)
    assert len(rows.rows) == 1
    assert not rows.more
    assert story.home(who).page == f"{section}:5"
