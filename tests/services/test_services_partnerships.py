"""What two businesses share in both directions, now and as it was, for the members of either."""

from __future__ import annotations

import make
import pytest
from make import ACCOUNT, AGENCY, BRAND, OTHER, PAGE, item
from steps import DAY, TICK, give

from bot.domain.assets import Kind
from bot.domain.requests import Approve, NewRequest, Term
from bot.services import partnerships, requests


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


def test_both_directions_are_one_view_what_ones_own_business_gives_first(story, town, clock):
    first = give(story, town)
    clock.push(DAY)
    back(story, town)
    story.submit(town.ann, item(Kind.PAGE, PAGE))
    view = page(story, town.dana)
    assert [one.asset_id for one in view.grants.rows] == [ACCOUNT, "act_55"]
    assert (view.since, view.open_requests, view.grants.total) == (first.starts_at, 1, 2)
    (given, _) = view.grants.rows
    assert (given.decided_by, given.reason, given.ref) == (("Dana",), "Spring launch", given.ref)
    theirs = page(story, town.eva, of=AGENCY, with_=BRAND)
    assert [one.asset_id for one in theirs.grants.rows] == ["act_55", ACCOUNT], "an employee sees it, too"


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
        assert view.since == grant.starts_at, "also when nothing is left"


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


def test_a_partnership_of_more_than_a_page_is_paged(story, town, clock):
    make.gives(story.database, 23, to=AGENCY, by=town.ann, now=clock.now())
    seen = []
    for offset in (0, 10, 20):
        view = page(story, town.dana, offset=offset)
        seen += [one.asset_id for one in view.grants.rows]
        assert (view.grants.total, view.grants.more) == (23, offset < 20)
    assert len(set(seen)) == 23
