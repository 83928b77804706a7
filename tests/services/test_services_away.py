"""While an admin is away another one stands in: gets what would go to them, and decides no more than before.

The story begins on Monday, 5 January 2026, at 10:00 in Berlin, where everybody is unless a test says so.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta

import make
import pytest
import yaml
from directory_text import bring
from make import AGENCY, BRAND, BRAND_TEAM, claiming, item, unowned
from steps import become, give

from bot.domain.actors import Role
from bot.domain.assets import Kind
from bot.domain.denials import DenialReason
from bot.domain.events import EventKind
from bot.domain.kinds import RequestKind
from bot.domain.messages import Audience, EffectKind, Notice, StandingIn, read_about, read_standing_in
from bot.domain.requests import Approve, ErrorCode, FieldError, RequestState
from bot.services import approvers, nudges, readers, requests, routing, settings
from bot.services.directory_file import export_directory, write_file
from bot.services.results import Changed
from bot.services.views.businesses import AwayView, StandingInFor, StandInTold
from bot.services.views.parties import Party, PersonChoice
from bot.store import tables

WEEK = ("2026-01-05", "2026-01-09")


@pytest.fixture
def cleo(database):
    return make.someone(database, 8, name="Cleo", team=BRAND_TEAM, roles={BRAND: Role.ADMIN})


def away(story, who, stand_in, days=WEEK, *, business=BRAND):
    first, last = (one and date.fromisoformat(one) for one in days)
    return story.do(
        settings.name_stand_in, business, by=who, stand_in=stand_in.id, from_day=first, until_day=last
    )


def back(story, who):
    return story.do(settings.end_stand_in, BRAND, by=who)


def only(story, *who):
    """Have these be asked first, nobody else."""
    version = story.settings().policy_version
    first = [one.id for one in who]
    story.do(settings.name_approvers, BRAND, first=first, backups=[], expected_version=version, by=who[0])


def told(story):
    """What stand-ins were told so far: whom, of whom, and whether they stand in or do no more."""
    names = {row.id: row.name for row in story.rows(tables.Person)}
    found = [read_about(row.about) for row in story.effects(EffectKind.POST_NOTICE)]
    return [
        (one.user_id, names[read_standing_in(one.details[0]).person_id], str(one.notice))
        for one in found
        if one.notice in (Notice.STANDS_IN, Notice.STOOD_IN)
    ]


def for_whom(story, who):
    """For whom each request stood in somebody's digests; None: for themselves."""
    names = {row.id: row.name for row in story.rows(tables.Person)} | {None: None}
    own = {row.id for row in story.rows(tables.Digest, person_id=who.id)}
    return [names[row.for_id] for row in story.rows(tables.DigestItem) if row.digest_id in own]


# --- who gets what -----------------------------------------------------------------------------------


@pytest.mark.covers("C3")
def test_on_these_days_the_nudges_go_to_who_stands_in_and_say_for_whom(story, town):
    only(story, town.dana)
    assert isinstance(away(story, town.dana, town.dov), Changed)
    sent = story.submit(town.ann)
    story.live(days=3)
    assert (story.nudged(town.dov), story.digests(town.dana)) == (["Tue 06 10:00", "Thu 08 10:00"], [])
    assert for_whom(story, town.dov) == ["Dana", "Dana"]
    (digest, _) = story.rows(tables.Digest, person_id=town.dov.id)
    (item,) = story.read(nudges.digest_card, digest.id).items
    assert item.instead_of == "Dana"
    nudged = [json.loads(row.data) for row in story.rows(tables.Event, kind=EventKind.REQUEST_NUDGED)]
    assert {(one["person"], one["for_person"]) for one in nudged} == {(town.dov.id, town.dana.id)}
    story.live(days=9)
    assert story.nudged(town.dana) == ["Fri 16 10:00"], "who is back gets their own again"
    assert story.decide(town.dana, sent.request_id, Approve()).state is RequestState.APPROVED


@pytest.mark.covers("C3")
def test_what_somebody_gets_for_another_comes_once_and_in_one_digest_with_their_own(story, town, cleo):
    away(story, town.dana, town.dov)
    away(story, cleo, town.dov)
    story.submit(town.ann)
    story.live(days=1, hours=0.5)
    assert (story.nudged(town.dov), for_whom(story, town.dov)) == (["Tue 06 10:00"], [None])
    assert story.digests(town.dana) == story.digests(cleo) == []


def test_what_the_stand_in_was_told_of_on_their_own_account_does_not_come_again_for_another(story, town):
    become(story, town.dana, zone="America/New_York")
    story.submit(town.ann)
    story.live(until="2026-01-06 12:00")
    away(story, town.dana, town.dov)
    story.live(until="2026-01-07 16:00")
    assert (story.nudged(town.dov), story.digests(town.dana)) == (["Tue 06 10:00"], [])


@pytest.mark.parametrize(
    ("zone", "days", "comes_to"),
    [
        ("Europe/Berlin", ("2026-01-06", "2026-01-06"), "dov"),
        ("Europe/Berlin", ("2026-01-07", "2026-01-09"), "dana"),
        ("Pacific/Auckland", ("2026-01-06", "2026-01-06"), "dov"),
        ("Pacific/Auckland", ("2026-01-05", "2026-01-05"), "dana"),
    ],
)
def test_the_days_are_those_of_who_is_away(story, town, zone, days, *, comes_to):
    become(story, town.dana, zone=zone)
    only(story, town.dana)
    away(story, town.dana, town.dov, days)
    story.submit(town.ann)
    story.live(days=1.6, hours=0.5)
    got = {"dana": len(story.digests(town.dana)), "dov": len(story.digests(town.dov))}
    assert got == {"dana": 0, "dov": 0, comes_to: 1}


def test_where_slack_says_no_zone_the_days_are_those_of_the_business(story, town):
    become(story, town.dana, zone=None)
    story.set(tables.BusinessRow, {"id": BRAND}, zone="Pacific/Auckland")
    away(story, town.dana, town.dov, ("2026-01-05", "2026-01-05"))
    assert story.read(settings.away_of, BRAND, by=town.dana).zone == "Pacific/Auckland"

    def reader(ctx):
        return routing.readers(ctx, BRAND, lambda: approvers.admins(ctx.tx, BRAND))(town.dana.id)

    assert story.read(reader) == town.dov.id
    story.clock.push(timedelta(hours=2))  # noon in Berlin, and midnight there
    assert story.read(reader) == town.dana.id
    story.sweep()
    assert story.rows(tables.StandIn) == []


def test_it_comes_in_the_working_hours_of_who_stands_in(story, town):
    become(story, town.dov, zone="America/New_York")
    only(story, town.dana)
    away(story, town.dana, town.dov)
    story.submit(town.ann)
    story.live(days=1.5)
    assert story.nudged(town.dov) == ["Tue 06 15:00"]


@pytest.mark.covers("C3")
@pytest.mark.parametrize("change", [{"role": Role.EMPLOYEE}, {"deactivated": True}, {"shared": True}])
def test_where_the_stand_in_cannot_act_everything_comes_to_the_admin_as_usual(story, town, cleo, change):
    only(story, town.dana)
    away(story, town.dana, cleo)
    become(story, cleo, **change)
    story.submit(town.ann)
    story.live(days=1.5)
    assert (story.nudged(town.dana), story.digests(cleo)) == (["Tue 06 10:00"], [])


@pytest.mark.covers("C3")
def test_a_stand_in_who_is_away_too_is_stood_in_for_and_a_circle_loses_nothing(story, town, cleo):
    only(story, town.dana)
    away(story, town.dana, town.dov)
    away(story, town.dov, cleo)
    story.submit(town.ann)
    story.live(days=1.5)
    assert (story.nudged(cleo), for_whom(story, cleo)) == (["Tue 06 10:00"], ["Dana"])
    away(story, cleo, town.dana)
    story.live(until="2026-01-08 12:00")
    assert story.nudged(town.dana) == ["Thu 08 10:00"], "all of them are away: each gets their own"
    assert len(story.digests(cleo)) == 1
    assert story.digests(town.dov) == []


def test_two_who_stand_in_for_each_other_on_different_days_lose_nothing(story, town):
    only(story, town.dov)
    away(story, town.dov, town.dana)
    away(story, town.dana, town.dov, ("2026-01-12", "2026-01-16"))
    story.submit(town.ann)
    story.live(days=1.5)
    assert (story.nudged(town.dana), for_whom(story, town.dana)) == (["Tue 06 10:00"], ["Dov"])


def test_who_has_not_answered_is_who_got_it_and_so_is_who_is_asked_then(story, town, cleo):
    eve = make.someone(story.database, 9, name="Eve", team=BRAND_TEAM, roles={BRAND: Role.ADMIN})
    version, named = story.settings().policy_version, {"first": [town.dana.id], "backups": [cleo.id]}
    story.do(settings.name_approvers, BRAND, **named, expected_version=version, by=town.dana)
    away(story, town.dana, town.dov)
    away(story, cleo, eve)
    sent = story.submit(town.ann)
    story.live(until="2026-01-09 12:00")
    said = story.card(sent.request_id).escalation
    assert (said.unanswered, said.asked) == (("Dov",), ("Eve",))
    assert (story.nudged(eve), for_whom(story, eve)) == (["Fri 09 09:00"], ["Cleo"])


def test_somebody_who_comes_back_meanwhile_misses_nothing(story, town):
    become(story, town.dov, zone="America/New_York")
    only(story, town.dana)
    away(story, town.dana, town.dov)
    story.submit(town.ann)
    story.live(until="2026-01-06 11:00")
    back(story, town.dana)
    story.live(until="2026-01-06 17:00")
    assert (story.nudged(town.dana), story.digests(town.dov)) == (["Tue 06 15:00"], [])


def test_what_somebody_gets_for_others_and_for_themselves_stands_in_one_order(story, town):
    away(story, town.abe, town.ann, business=AGENCY)
    works = give(story, town).request_id
    for number in range(3):
        make.asset(story.database, f"act_5{number}", kind=Kind.AD_ACCOUNT, name="Plan", owner=AGENCY)
    to_agency = {"requesting_id": BRAND, "deciding_id": AGENCY}
    asked = [item(Kind.AD_ACCOUNT, f"act_5{number}") for number in range(3)]
    for_abe, own, soon = sorted(story.submit(town.dana, one, **to_agency).request_id for one in asked)
    story.clock.push(timedelta(days=1))
    now = story.clock.now()
    for days, request_id, whose in (
        (1, works, town.ann),
        (9, for_abe, town.abe),
        (9, own, town.ann),
        (8, soon, town.ann),
    ):
        story.set(tables.Request, {"id": request_id}, expires_at=now + timedelta(days=days))
        mark = {"due_at": now, "quiet_until": None}
        make.write(
            story.database, make.insert_row, tables.Nudge, request_id=request_id, person_id=whose.id, **mark
        )
    story.do(nudges.digest_due)
    ((_, shown),) = story.digests(town.ann)
    assert shown == [soon, for_abe, own, works], "what expires first, and questions last"


def test_a_snooze_of_the_stand_in_holds_for_what_they_get_for_another(story, town):
    only(story, town.dana)
    away(story, town.dana, town.dov)
    sent = story.submit(town.ann)
    story.to("2026-01-06 09:30")
    story.snooze(town.dov, sent.request_id)
    story.live(until="2026-01-07 12:00")
    assert story.nudged(town.dov) == ["Wed 07 09:00"]


def test_it_is_said_of_so_many_that_they_are_reminded_or_not_as_get_it(story, town):
    away(story, town.dana, town.dov)
    sent = story.submit(town.ann)
    assert story.remind(town.ann, sent.request_id).people == 1, "Dov, once for both"
    assert story.acknowledge(town.dov, sent.request_id).others == 0, "Dana is not reminded anyway"
    assert story.acknowledge(town.dana, sent.request_id).others == 1


def test_a_claim_goes_to_its_admins_whoever_stands_in_for_them_elsewhere(story, town):
    away(story, town.dana, town.dov)
    story.do(requests.submit, claiming(unowned(story.database, "act_7001", town.dana)), by=town.ann)
    story.live(days=1.5)
    assert (story.nudged(town.dana), story.digests(town.dov)) == (["Tue 06 10:00"], [])
    (digest,) = story.rows(tables.Digest, person_id=town.dana.id)
    (shown,) = story.read(nudges.digest_card, digest.id).items
    assert shown.request.kind is RequestKind.CLAIM


def test_whether_access_works_is_asked_of_who_stands_in(story, town):
    give(story, town)
    away(story, town.ann, town.abe, business=AGENCY)
    story.live(days=3)
    assert (for_whom(story, town.abe), story.digests(town.ann)) == (["Ann"], [])
    (digest,) = story.rows(tables.Digest, person_id=town.abe.id)
    assert [one.instead_of for one in story.read(nudges.digest_card, digest.id).items] == ["Ann"]


@pytest.mark.covers("C3")
def test_without_a_channel_the_card_goes_to_who_stands_in_and_says_for_whom(story, town, cleo):
    story.set(tables.BusinessRow, {"id": BRAND}, channel_id=None)
    only(story, town.dana, town.dov)
    away(story, town.dana, cleo)
    sent = story.submit(town.ann)
    assert sorted(story.cards_for(Audience.APPROVERS, sent.request_id)) == [cleo.user, town.dov.user]

    def gets_for(who):
        place = readers.Place(team_id=who.team, user_id=who.user)
        return story.read(readers.instead_of, sent.request_id, Audience.APPROVERS, place)

    assert (gets_for(cleo), gets_for(town.dov)) == (("Dana",), ())


def test_what_is_for_the_requester_goes_to_who_stands_in_for_them(story, town):
    sent = story.submit(town.ann)
    away(story, town.ann, town.abe, ("2026-01-05", "2026-01-20"), business=AGENCY)
    story.wait(days=13, hours=1)
    assert story.cards_for(Audience.EXPIRY, sent.request_id) == [town.abe.user]
    place = readers.Place(team_id=town.abe.team, user_id=town.abe.user)
    assert story.read(readers.instead_of, sent.request_id, Audience.EXPIRY, place) == ("Ann",)


# --- who is told, and what is on record ----------------------------------------------------------------


@pytest.mark.covers("C3")
def test_the_stand_in_is_told_when_named_and_when_it_is_over(story, town, cleo):
    away(story, town.dana, town.dov)
    away(story, town.dana, cleo)
    assert told(story) == [
        (town.dov.user, "Dana", "stands_in"),
        (town.dov.user, "Dana", "stood_in"),
        (cleo.user, "Dana", "stands_in"),
    ]
    story.to("2026-01-09 23:59")
    assert len(told(story)) == 3, "the last day is one of them"
    story.to("2026-01-10 00:00")
    assert told(story)[3:] == [(cleo.user, "Dana", "stood_in")]
    assert story.rows(tables.StandIn) == []
    ended = story.rows(tables.Event, kind=EventKind.BUSINESS_STAND_IN_ENDED)
    assert [json.loads(row.data)["stand_in"] for row in ended] == [town.dov.id, cleo.id]
    assert [json.loads(row.actor).get("role") for row in ended] == [Role.ADMIN, None], "the last by the clock"


def test_ending_it_early_is_told_and_ending_it_again_changes_nothing(story, town):
    away(story, town.dana, town.dov)
    assert isinstance(back(story, town.dana), Changed)
    assert told(story)[1:] == [(town.dov.user, "Dana", "stood_in")]
    before = len(story.rows(tables.Event))
    back(story, town.dana)
    assert (len(told(story)), len(story.rows(tables.Event))) == (2, before)


def test_other_days_with_the_same_stand_in_are_told_as_such_and_nothing_is_over(story, town):
    away(story, town.dana, town.dov)
    away(story, town.dana, town.dov, ("2026-01-06", "2026-01-07"))
    assert told(story) == [(town.dov.user, "Dana", "stands_in")] * 2
    (row,) = story.rows(tables.StandIn)
    assert (row.from_day, row.until_day) == ("2026-01-06", "2026-01-07")
    assert row.due_at == datetime(2026, 1, 7, 23, tzinfo=UTC)


def test_what_is_said_already_changes_nothing_and_tells_nobody(story, town):
    away(story, town.dana, town.dov)
    before = len(story.rows(tables.Event))
    assert away(story, town.dana, town.dov) == Changed(business_id=BRAND)
    assert (len(told(story)), len(story.rows(tables.Event))) == (1, before)


def is_removed(story, town):
    story.do(settings.remove_member, BRAND, town.dana.id, by=town.dov)


def is_demoted(story, town):
    story.do(settings.set_role, BRAND, town.dana.id, role=Role.EMPLOYEE, by=town.dov)


def is_demoted_by_the_file(story, town):
    written = written_of(story)
    next(one for one in written["businesses"][0]["members"] if one["name"] == "Dana")["role"] = "EMPLOYEE"
    bring(story.database, yaml.safe_dump(written), clock=story.clock)


def is_removed_by_the_file(story, town):
    written = written_of(story)
    brand = written["businesses"][0]
    brand["members"] = [one for one in brand["members"] if one["name"] != "Dana"]
    for asset in brand["assets"]:
        asset["admins"] = []
    bring(story.database, yaml.safe_dump(written), clock=story.clock)


def written_of(story):
    """The file of the brand alone, as it is now."""
    written = yaml.safe_load(write_file(story.database.read_sync(export_directory)))
    brand = [one for one in written["businesses"] if one["id"] == BRAND]
    return {"businesses": brand}


@pytest.mark.covers("C3")
@pytest.mark.parametrize("no_admin", [is_removed, is_demoted, is_demoted_by_the_file, is_removed_by_the_file])
def test_nobody_stands_in_any_more_for_who_is_no_admin_any_more(story, town, no_admin):
    away(story, town.dana, town.dov)
    no_admin(story, town)
    assert told(story)[1:] == [(town.dov.user, "Dana", "stood_in")]
    assert story.read(settings.away_of, BRAND, by=town.dov).stands_in_for == ()
    assert story.rows(tables.StandIn) == []


def test_each_stands_in_for_one_admin_at_one_business_and_is_told_of_that_end_alone(story, town, cleo):
    make.business(story.database, make.OTHER, name="Other", team=BRAND_TEAM)
    for who in (town.dana, cleo):
        make.member(story.database, who.id, of=make.OTHER)
    away(story, town.dana, cleo, business=make.OTHER)
    away(story, town.dana, cleo)
    away(story, town.dov, cleo)
    before = len(told(story))
    back(story, town.dana)
    assert told(story)[before:] == [(cleo.user, "Dana", "stood_in")]
    left = [(row.business_id, row.person_id) for row in story.rows(tables.StandIn)]
    assert left == [(BRAND, town.dov.id), (make.OTHER, town.dana.id)]
    become(story, town.dana, zone="America/New_York")
    story.to("2026-01-10 00:00")
    assert told(story)[before + 1 :] == [(cleo.user, "Dov", "stood_in")]
    story.to("2026-01-10 06:00")
    assert told(story)[before + 2 :] == [(cleo.user, "Dana", "stood_in")]


def test_somebody_who_went_west_is_away_until_their_day_is_over_there(story, town):
    away(story, town.dana, town.dov)
    become(story, town.dana, zone="America/New_York")
    story.to("2026-01-10 00:00")
    (row,) = story.rows(tables.StandIn)
    assert row.due_at == datetime(2026, 1, 10, 5, tzinfo=UTC)
    story.to("2026-01-10 06:00")
    assert story.rows(tables.StandIn) == []


def test_the_settings_show_who_stands_in_for_whom(story, town, cleo):
    away(story, town.dana, cleo)
    first, last = map(date.fromisoformat, WEEK)
    mine = story.read(settings.settings_of, BRAND, by=town.dana).away
    assert mine == AwayView(
        party=Party(id=BRAND, name="Acme Shoes", verified=True),
        policy_version=1,
        stand_in=PersonChoice(id=cleo.id, name="Cleo"),
        can_act=True,
        from_day=first,
        until_day=last,
        zone="Europe/Berlin",
    )
    away(story, town.dov, cleo, (WEEK[0], "2026-01-07"))
    ada = make.someone(story.database, 9, name="Ada", team=BRAND_TEAM, roles={BRAND: Role.ADMIN})
    away(story, ada, cleo)
    theirs = story.read(settings.away_of, BRAND, by=cleo)
    assert (theirs.stand_in, theirs.can_act, theirs.from_day, theirs.until_day) == (None, False, None, None)
    assert theirs.stands_in_for == (
        StandingInFor(name="Dov", from_day=first, until_day=date(2026, 1, 7)),
        StandingInFor(name="Ada", from_day=first, until_day=last),
        StandingInFor(name="Dana", from_day=first, until_day=last),
    ), "who is back first comes first"
    make.business(story.database, make.OTHER, name="Other", team=BRAND_TEAM)
    make.member(story.database, cleo.id, of=make.OTHER)
    assert story.read(settings.away_of, make.OTHER, by=cleo).stands_in_for == ()
    become(story, cleo, deactivated=True)
    assert not story.read(settings.away_of, BRAND, by=town.dana).can_act
    with pytest.raises(KeyError):
        story.read(settings.away_of, "404404", by=town.dana)


@pytest.mark.parametrize("is_over", [False, True])
def test_a_stand_in_is_told_for_whom_of_which_business_and_on_which_days(story, town, is_over):
    first, last = map(date.fromisoformat, WEEK)
    about = StandingIn(town.dana.id, first, last)
    said = story.read(settings.stand_in_told, BRAND, about, is_over=is_over)
    own = Party(id=BRAND, name="Acme Shoes", verified=True)
    assert said == StandInTold(own=own, person="Dana", from_day=first, until_day=last, is_over=is_over)
    assert story.read(settings.stand_in_told, "404404", about, is_over=is_over) is None


@pytest.mark.parametrize(
    ("whom", "days", "field", "code"),
    [
        ("dana", WEEK, "stand_in", ErrorCode.NOT_YOURSELF),
        ("emil", WEEK, "stand_in", ErrorCode.NOT_AN_ADMIN),
        ("ann", WEEK, "stand_in", ErrorCode.NOT_AN_ADMIN),
        ("dov", (None, WEEK[1]), "from_day", ErrorCode.DATE),
        ("dov", (WEEK[0], None), "until_day", ErrorCode.DATE),
        ("dov", ("2036-01-04", "2036-01-04"), "from_day", ErrorCode.DATE),
        ("dov", ("2036-01-03", "2036-01-04"), "until_day", ErrorCode.DATE),
        ("dov", ("2026-01-01", "2026-01-04"), "until_day", ErrorCode.DATE_PAST),
        ("dov", ("2026-01-09", "2026-01-08"), "until_day", ErrorCode.ENDS_FIRST),
        ("dov", ("2026-01-06", "2026-01-05"), "until_day", ErrorCode.ENDS_FIRST),
        ("dov", ("2099-01-09", "2099-01-10"), "from_day", ErrorCode.DATE),
        ("dov", ("2026-01-09", "2099-01-10"), "until_day", ErrorCode.DATE),
    ],
)
def test_who_cannot_stand_in_and_days_that_cannot_be_are_refused_at_their_field(
    story, town, whom, days, *, field, code
):
    names = {"emil": "Emil", "ann": town.ann.id}  # how somebody of another business is called is not said
    (wrong,) = away(story, town.dana, getattr(town, whom), days).field_errors
    assert wrong == FieldError(field=field, code=code, got=names.get(whom, ""))
    last = ("2036-01-03", "2036-01-03")
    assert isinstance(away(story, town.dana, town.dov, last), Changed), "ten years ahead is the last"


def test_what_day_it_is_is_asked_where_the_admin_is(story, town):
    become(story, town.dana, zone="Pacific/Auckland")
    story.clock.push(timedelta(hours=2))  # noon in Berlin, and midnight there
    (wrong,) = away(story, town.dana, town.dov, ("2026-01-05", "2026-01-05")).field_errors
    assert wrong.code is ErrorCode.DATE_PAST
    assert isinstance(away(story, town.dana, town.dov, ("2026-01-05", "2026-01-06")), Changed)


@pytest.mark.parametrize("verb", [away, back])
def test_only_an_admin_names_or_ends_a_stand_in(story, town, verb):
    more = (town.dov,) if verb is away else ()
    assert verb(story, town.emil, *more).reason is DenialReason.NOT_ADMIN
    assert verb(story, town.ann, *more).reason is DenialReason.NOT_MEMBER
