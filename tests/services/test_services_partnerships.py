"""What two businesses share in both directions, now and as it was, for the members of either."""

from __future__ import annotations

import json

import make
import pytest
from make import ACCOUNT, AGENCY, BRAND, INSTAGRAM, OTHER, PAGE, PIXEL, item
from steps import DAY, TICK, denied, give, run, said

from bot.domain.actors import Role
from bot.domain.assets import Kind
from bot.domain.denials import DenialReason
from bot.domain.grants import EndReason, GrantState
from bot.domain.kinds import RequestKind, Side
from bot.domain.messages import EffectKind, read_about
from bot.domain.requests import Approve, NewRequest, RequestState, Term, too_long
from bot.services import partnerships, requests
from bot.services.results import Invalid, Parted
from bot.services.views.parties import Signer
from bot.store import tables
from bot.store.tables import EffectState


def page(story, who, *, of=BRAND, with_=AGENCY, **more):
    facts = {"business_id": of, "other_id": with_, "limit": 10, **more}
    return story.read(partnerships.partnership, by=who.by(), **facts)


def back(story, town):
    """The agency owns an asset, and the brand's Dana gets it."""
    make.asset(story.database, "act_55", kind=Kind.AD_ACCOUNT, name="Media plan", owner=AGENCY)
    asked = NewRequest(
        requesting_id=BRAND,
        deciding_id=AGENCY,
        items=(item(Kind.AD_ACCOUNT, "act_55"),),
        reason="To see the plan",
        term=Term.without_end(),
    )
    sent = story.do(requests.submit, asked, by=town.dana.by())
    story.decide(town.ann, sent.request_id, Approve())
    return story.grant_of(sent.request_id)


@pytest.mark.covers("P5", "P10", "G6")
def test_both_directions_are_one_view_what_ones_own_business_gives_first(story, town, clock):
    first = give(story, town)
    clock.push(DAY)
    back(story, town)
    story.submit(town.ann, item(Kind.PAGE, PAGE))
    view = page(story, town.dana)
    assert [one.asset_id for one in view.grants.rows] == [ACCOUNT, "act_55"]
    assert (view.since, view.open_requests, view.grants.total) == (first.starts_at, 1, 2)
    assert (view.own.id, view.other.id, view.at) == (BRAND, AGENCY, None)
    (given, _) = view.grants.rows
    assert (given.decided_by, given.reason, given.ref) == ((Signer("Dana"),), "Spring launch", given.ref)
    theirs = page(story, town.eva, of=AGENCY, with_=BRAND)
    assert [one.asset_id for one in theirs.grants.rows] == ["act_55", ACCOUNT], "an employee sees it, too"


@pytest.mark.covers("P10", "G6")
def test_as_of_a_moment_is_what_was_in_force_then_by_the_grants_own_starts_and_ends(story, town, clock):
    grant = give(story, town, term=Term.for_days(5))
    clock.push(DAY)
    story.end(town.dana, grant.id, business=BRAND)
    ended = clock.now()
    later = give(story, town, term=Term.for_days(2))
    clock.push(10 * DAY)
    story.sweep()
    for at, ids in (
        (grant.starts_at - TICK, []),
        (grant.starts_at, [grant.id]),
        (ended - TICK, [grant.id]),
        (ended, [later.id]),
        (later.ends_at - TICK, [later.id]),
        (later.ends_at, []),
        (None, []),
    ):
        view = page(story, town.dana, at=at)
        assert [one.id for one in view.grants.rows] == ids, at
        assert (view.since, view.at) == (grant.starts_at, at), "also when nothing is left"


def test_nobody_else_sees_a_partnership_and_a_stranger_is_no_partner(story, town, oda):
    give(story, town)
    assert page(story, oda) is None
    assert page(story, oda, of=OTHER, with_=BRAND) is None
    assert page(story, town.dana, with_=OTHER) is None
    assert story.read(partnerships.find_partners, "northwind", by=oda.by()) == []
    assert story.read(partnerships.find_partners, "other", by=town.dana.by()) == []


@pytest.mark.parametrize("query", ["northwind", "NORTH", AGENCY])
def test_a_partner_is_found_by_name_or_id_also_by_who_only_asked(story, town, query):
    assert story.read(partnerships.find_partners, query, by=town.dana.by()) == []
    story.submit(town.ann)
    ((own, other),) = story.read(partnerships.find_partners, query, by=town.dana.by())
    assert (own.id, other.id) == (BRAND, AGENCY)
    counted = story.read(partnerships.counted, BRAND, other, by=town.dana.by())
    assert (counted.shared_with_them, counted.shared_with_us) == (0, 0)


def test_a_partner_of_exactly_the_name_is_found_first_however_many_names_hold_it(story, town):
    make.business(story.database, OTHER, name="Nova", team=make.AGENCY_TEAM)
    odo = make.someone(story.database, 97, name="Odo", team=make.AGENCY_TEAM, roles={OTHER: Role.ADMIN})
    story.submit(odo, requesting_id=OTHER)
    for number in range(12):
        id_ = str(50_000_000_000 + number)
        make.business(story.database, id_, name=f"Alpha Nova {number}", team=make.AGENCY_TEAM)
        boss = make.someone(
            story.database, 700 + number, name=f"B{number}", team=make.AGENCY_TEAM, roles={id_: Role.ADMIN}
        )
        story.submit(boss, requesting_id=id_)
    found = story.read(partnerships.find_partners, "NOVA", by=town.dana.by(), limit=3)
    assert [other.name for _, other in found] == ["Nova", "Alpha Nova 0", "Alpha Nova 1"]


def test_partners_of_each_of_ones_businesses_are_found_by_name_as_many_as_are_wanted(story, town, oda, bob):
    story.set(tables.BusinessRow, {"id": OTHER}, name="A % North", folded="a % north")
    for who, of in ((town.ann, AGENCY), (oda, OTHER)):
        story.submit(who, requesting_id=of)
    ours = make.business(story.database, "40000000001", name="Acme Outlet", team=make.BRAND_TEAM)
    make.member(story.database, town.dana.id, of=ours)

    def found(who, query, **more):
        pairs = story.read(partnerships.find_partners, query, by=who.by(), **more)
        return [(own.id, other.id) for own, other in pairs]

    make.asset(story.database, "act_55", kind=Kind.AD_ACCOUNT, name="Media plan", owner=AGENCY)
    story.submit(town.dana, item(Kind.AD_ACCOUNT, "act_55"), requesting_id=ours, deciding_id=AGENCY)
    assert found(town.dana, "north") == [(ours, AGENCY), (BRAND, OTHER), (BRAND, AGENCY)]
    assert found(town.dana, "north", limit=2) == [(ours, AGENCY), (BRAND, OTHER)]
    assert found(town.dana, "%") == [(BRAND, OTHER)], "which is no pattern"
    assert found(bob, "acme") == [], "who is not at home at the agency sees no partners of it"


def test_a_partnership_of_more_than_a_page_is_paged(story, town, clock):
    make.gives(story.database, 23, to=AGENCY, by=town.ann, now=clock.now())
    seen = []
    for offset in (0, 9, 18):
        view = page(story, town.dana, limit=9, offset=offset)
        seen += [one.asset_id for one in view.grants.rows]
        assert (view.grants.total, view.grants.more) == (23, offset < 18)
    assert len(seen) == len(set(seen)) == 23


# --- ending it --------------------------------------------------------------------------------------


def seen(story, who, *, of=BRAND, with_=AGENCY, **more):
    pair = {"business_id": of, "other_id": with_}
    view = story.read(partnerships.parting, limit=100, by=who.by(), **pair, **more)
    return view.mark if view else ""


def part(story, who, *, of=BRAND, with_=AGENCY, mark=None, note="The contract is over", **more):
    mark = seen(story, who, of=of, with_=with_, **more) if mark is None else mark
    return run(story, partnerships.end_partnership, of, with_, mark, by=who, note=note, **more)


@pytest.fixture
def both(story, town):
    """Something is shared in each direction, and a request of each waits at the other."""
    given = give(story, town, people=(town.eva.id,))
    held = back(story, town)
    ours = story.submit(town.ann, item(Kind.PAGE, PAGE))
    make.asset(story.database, "act_56", kind=Kind.AD_ACCOUNT, name="Second plan", owner=AGENCY)
    theirs = story.do(
        requests.submit,
        NewRequest(
            requesting_id=BRAND,
            deciding_id=AGENCY,
            items=(item(Kind.AD_ACCOUNT, "act_56"),),
            reason="To see that, too",
            term=Term.without_end(),
        ),
        by=town.dana.by(),
    )
    said(story)
    return given, held, ours, theirs


@pytest.mark.parametrize("side", ["brand", "agency"])
@pytest.mark.covers("P15", "G4")
def test_either_side_ends_all_of_it_at_once_in_both_directions(story, town, both, side):
    given, held, ours, theirs = both
    who, of, with_ = (town.dov, BRAND, AGENCY) if side == "brand" else (town.abe, AGENCY, BRAND)
    assert page(story, who, of=of, with_=with_).open_requests == 2
    did = part(story, who, of=of, with_=with_)
    assert page(story, who, of=of, with_=with_).open_requests == 0
    other = "Northwind" if side == "brand" else "Acme Shoes"
    assert did.answer == Parted(other=other, grants=2, requests=2)
    reasons = {row.id: row.end_reason for row in story.rows(tables.Grant)}
    revoked, back_ = (given, held) if side == "brand" else (held, given)
    assert reasons == {revoked.id: EndReason.REVOKED, back_.id: EndReason.RELINQUISHED}
    assert {row.end_note for row in story.rows(tables.Grant)} == {"The contract is over"}
    assert story.rows(tables.Assignment) == [], "who was assigned is assigned no more"
    for sent in (ours, theirs):
        for side_ in Side:
            view = request_card(story, sent.request_id, side_)
            assert (view.state, view.parted_by.id) == (RequestState.CANCELLED, of)
            assert view.note == "The contract is over"
    (event,) = [row for row in story.rows(tables.Event) if row.kind == "business.parted"]
    assert (event.business_id, event.counterpart_id) == (of, with_)
    assert json.loads(event.data) == {"grants": 2, "requests": 2}


def test_what_meta_is_still_to_take_away_is_counted_for_who_ends_it(story, town, both, clock):
    given = give(story, town, item(Kind.PIXEL, PIXEL))
    story.set(tables.Grant, {"id": given.id}, state=GrantState.ENDING, asked_at=clock.now())
    assert part(story, town.dana).answer.at_meta == 1


def request_card(story, request_id, side):
    return story.read(requests.request_card, request_id, side=side)


def where(notice):
    about = read_about(notice.about)
    return about.channel_id, about.user_id


def test_each_place_is_told_once_also_of_what_was_to_extend_it_and_who_ended_it_is_not(story, town, both):
    story.extend(town.abe, both[0].id)
    said(story)
    part(story, town.dana)
    notices = story.effects(EffectKind.POST_NOTICE, state=EffectState.WAITING)
    assert {read_about(row.about).details for row in notices} == {(f"{BRAND}-2-3",)}
    cards = {row.id: (row.channel_id, row.user_id) for row in story.rows(tables.Card)}
    places = [
        cards[row.card_id]
        if row.card_id
        else (read_about(row.about).channel_id, read_about(row.about).user_id)
        for row in notices
    ]
    assert sorted(filter(None, sum(places, ()))) == ["CAGENCY", "CBRAND", town.abe.user, town.ann.user]


def test_a_second_press_and_a_preview_of_something_else_end_nothing(story, town, both):
    mark = seen(story, town.dana)
    late = story.submit(town.ann, item(Kind.PIXEL, PIXEL))
    did = part(story, town.dana, mark=mark)
    assert did.answer.reason is DenialReason.CHANGED
    assert did.rows.keys() == {"event"}
    assert isinstance(part(story, town.dana).answer, Parted)
    assert request_card(story, late.request_id, Side.REQUESTING).state is RequestState.CANCELLED
    again = part(story, town.dana, mark=mark)
    assert again.answer.reason is DenialReason.NOTHING_TO_END
    assert again.rows.keys() == {"event"}


def test_only_an_admin_of_one_of_the_two_ends_it(story, town, both, oda):
    mark = seen(story, town.dana)
    assert seen(story, town.dana, with_=OTHER) == "", "with whom nothing is shared and nothing waits"
    assert seen(story, town.dana, with_="") == "", "no name is not the name of everybody"
    for who, of, with_, reason, role in (
        (town.emil, BRAND, AGENCY, DenialReason.NOT_ADMIN, Role.EMPLOYEE),
        (town.emil, BRAND, OTHER, DenialReason.NOT_ADMIN, Role.EMPLOYEE),
        (town.emil, BRAND, "40000000404", DenialReason.NOT_ADMIN, Role.EMPLOYEE),
        (town.dana, BRAND, "40000000404", DenialReason.UNKNOWN_PARTNER, Role.ADMIN),
        (town.dana, BRAND, "", DenialReason.UNKNOWN_PARTNER, Role.ADMIN),
        (town.ann, BRAND, AGENCY, DenialReason.NOT_MEMBER, None),
        (oda, BRAND, AGENCY, DenialReason.NOT_MEMBER, None),
        (oda, OTHER, BRAND, DenialReason.UNKNOWN_PARTNER, Role.ADMIN),
    ):
        did = part(story, who, of=of, with_=with_, mark=mark)
        assert did.answer.reason is reason
        asked = {"kind": "business", "verb": "end_partnership"}
        denied(story, did, with_, who, **asked, business=of if role else None, role=role)
        assert seen(story, oda) == "", "and nobody else sees what would end"


def test_what_would_end_is_shown_as_far_as_there_is_room_and_counted(story, town, both):
    given, held, _, _ = both
    for room, most, ids, ends, more in (
        (2, 10, [given.id, held.id], 2, False),
        (1, 10, [given.id], 2, True),
        (2, 1, [given.id], 1, True),
    ):
        pair = {"business_id": BRAND, "other_id": AGENCY}
        view = story.read(partnerships.parting, by=town.dana.by(), **pair, limit=room, most=most)
        assert (view.own.id, view.other.id, view.ends) == (BRAND, AGENCY, ends)
        assert ([one.id for one in view.grants.rows], view.grants.total, view.grants.more) == (ids, 2, more)


def test_what_either_shares_with_others_goes_on_and_no_note_is_needed(story, town, oda):
    given = give(story, town)
    outlet = make.business(story.database, "40000000001", name="Acme Outlet", team=make.BRAND_TEAM)
    make.member(story.database, town.dana.id, of=outlet)
    make.asset(story.database, "act_57", kind=Kind.AD_ACCOUNT, name="Outlet", owner=outlet)
    for who, of, what in (
        (oda, OTHER, item(Kind.PIXEL, PIXEL)),
        (town.ann, AGENCY, item(Kind.AD_ACCOUNT, "act_57")),
    ):
        sent = story.submit(who, what, requesting_id=of, deciding_id=BRAND if of == OTHER else outlet)
        story.decide(town.dana, sent.request_id, Approve())
    mark = seen(story, town.dana)
    did = run(story, partnerships.end_partnership, BRAND, AGENCY, mark, by=town.dana)
    assert did.answer == Parted(other="Northwind", grants=1, requests=0)
    assert [row.id for row in story.rows(tables.Grant) if row.end_reason] == [given.id]
    assert [row.text_hash for row in story.rows(tables.Event) if row.kind == "business.parted"] == [None]


def test_a_note_that_is_too_long_ends_nothing(story, town, both):
    did = part(story, town.dana, note="x" * 501)
    assert did.answer == Invalid(field_errors=too_long("x" * 501, most=500, field="note"))
    assert did.rows == {}


def test_a_partnership_with_requests_alone_ends_as_well_and_leaves_others_alone(story, town, oda):
    sent = story.submit(town.ann)
    asked = NewRequest(
        requesting_id=OTHER,
        deciding_id=BRAND,
        items=(item(Kind.PIXEL, PIXEL),),
        reason="Theirs",
        term=Term.for_days(3),
    )
    other = story.do(requests.submit, asked, by=oda.by())
    assert part(story, town.ann, of=AGENCY, with_=BRAND).answer == Parted(
        other="Acme Shoes", grants=0, requests=1
    )
    assert request_card(story, sent.request_id, Side.DECIDING).state is RequestState.CANCELLED
    assert request_card(story, other.request_id, Side.DECIDING).state is RequestState.PENDING


def test_more_than_one_step_takes_goes_on_and_ends_with_the_next(story, town, clock):
    make.gives(story.database, 12, to=AGENCY, by=town.ann, now=clock.now())
    first = part(story, town.dana, most=10)
    assert first.answer == Parted(other="Northwind", grants=10, requests=0, left=2)
    assert part(story, town.dana).answer == Parted(other="Northwind", grants=2, requests=0)


def test_what_is_open_in_both_directions_is_listed_in_one_order_on_which_the_mark_relies(story, town):
    offer = {"kind": RequestKind.INVITATION, "requesting_id": BRAND, "deciding_id": AGENCY}
    sent = [
        story.submit(town.ann),
        story.submit(town.dana, item(Kind.PIXEL, PIXEL), **offer),
        story.submit(town.ann, item(Kind.PAGE, PAGE)),
        story.submit(town.dana, item(Kind.INSTAGRAM_ACCOUNT, INSTAGRAM), **offer),
    ]
    pair = {"business_id": BRAND, "other_id": AGENCY}
    shown = story.read(partnerships.parting, limit=100, by=town.dana, **pair).requests
    assert list(shown) == [one.ref for one in sorted(sent, key=lambda one: one.request_id)]
