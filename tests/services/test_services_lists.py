"""What lists find: partners, requests in each direction, and only what is looked for, page by page."""

from __future__ import annotations

import make
import pytest
from make import ACCOUNT, AGENCY, BRAND, OTHER, PAGE, PIXEL, item
from sqlalchemy import insert
from steps import ADMIN, give

from bot.domain.assets import Kind
from bot.domain.grants import GrantState
from bot.domain.requests import NewRequest, Term
from bot.services import directory, grants, home, partnerships, requests
from bot.services.grants import Direction
from bot.store import tables
from bot.store.tables import NodeKind

MANY = 1_200


def partners(story, who, *, of, direction=None, **page):
    return story.read(partnerships.list_partners, business_id=of, direction=direction, by=who.by(), **page)


def names(rows):
    return [one.asset_name for one in rows.rows]


@pytest.mark.covers("P5", "B10", "B11")
def test_a_partner_is_listed_on_its_side_with_each_asset_counted_once(story, town, oda):
    give(story, town)
    give(story, town, ADMIN)
    give(story, town, item(Kind.PAGE, PAGE))
    (agency,) = partners(story, town.dana, of=BRAND, direction=Direction.SHARED_BY_US).rows
    assert (agency.party.id, agency.shared_with_them, agency.shared_with_us) == (AGENCY, 2, 0)
    assert partners(story, town.dana, of=BRAND, direction=Direction.SHARED_WITH_US).total == 0
    (brand,) = partners(story, town.eva, of=AGENCY, direction=Direction.SHARED_WITH_US).rows
    assert (brand.party.id, brand.shared_with_us, brand.partner_of) == (BRAND, 2, AGENCY)
    assert partners(story, oda, of=BRAND).total == 0, "nobody else sees a business's partners"


def test_access_whose_end_has_passed_makes_no_partner_however_late_the_sweep(story, town, clock):
    grant = give(story, town, term=Term.for_days(1))
    clock.push(grant.ends_at - clock.now())
    assert partners(story, town.dana, of=BRAND).rows == ()


@pytest.mark.parametrize(
    ("state", "until_its_end", "after_it"),
    [
        (GrantState.PENDING, True, True),
        (GrantState.FAILED, True, True),
        (GrantState.ACTIVE, True, False),
        (GrantState.ENDING, True, True),
        (GrantState.STUCK, True, True),
        (GrantState.ENDED, False, False),
    ],
)
def test_lists_have_what_is_in_force_or_on_its_way_in_or_out_and_nothing_that_is_over(
    story, town, state, until_its_end, after_it
):
    def listed():
        either = {"direction": Direction.SHARED_WITH_US, "by": town.eva.by()}
        return story.read(grants.list_grants, business_id=AGENCY, **either).total

    grant = give(story, town, term=Term.for_days(1))
    ended_at = story.clock.now() if state is GrantState.ENDED else None
    story.set(tables.Grant, {"id": grant.id}, state=state, ended_at=ended_at)
    assert listed() == until_its_end
    story.clock.push(grant.ends_at - story.clock.now())
    assert listed() == after_it
    story.set(tables.Grant, {"id": grant.id}, ends_at=None)
    assert listed() == until_its_end, "without an end"


def copy(row, **changes):
    """The columns of a row, for one that differs in these alone."""
    return {column: getattr(row, column) for column in row._fields} | changes


def test_thousands_of_partners_are_paged_in_the_order_of_their_names_and_none_is_left_out(story, town):
    give(story, town)
    (grant,) = story.rows(tables.Grant)
    (agency,) = story.rows(tables.BusinessRow, id=AGENCY)

    def fill(tx):
        ids = [str(50_000_000_000 + number) for number in range(MANY)]
        names = [f"Partner {MANY - number:05}" for number in range(MANY)]
        new = zip(ids, names, strict=True)
        held = enumerate(ids, start=1)
        for table, filled in (
            (tables.Node, [{"id": id_, "kind": NodeKind.BUSINESS} for id_ in ids]),
            (tables.BusinessRow, [copy(agency, id=id_, name=name, folded=name) for id_, name in new]),
            (tables.Grant, [copy(grant, id=f"6{id_}", holder_id=id_, position=n) for n, id_ in held]),
        ):
            tx.many(insert(table.__table__), filled)

    make.write(story.database, fill)
    seen, more = [], True
    while more:
        page = partners(story, town.dana, of=BRAND, limit=100, offset=len(seen))
        seen += [one.party.name for one in page.rows]
        assert (page.total, page.more) == (MANY + 1, len(seen) < MANY + 1)
        more = page.more
    assert seen == ["Northwind", *(f"Partner {number:05}" for number in range(1, MANY + 1))]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("acme main", ["Acme Main"]),
        (ACCOUNT, ["Acme Main"]),
        ("NORTHWIND", ["Acme Main", "Acme Page"]),
        (AGENCY, ["Acme Main", "Acme Page"]),
        ("acme shoes", []),
        ("%", []),
        ("Pages", ["Acme Page"]),
        ("ad-accounts", ["Acme Main"]),
        ("pixels", []),
    ],
)
@pytest.mark.covers("B8", "B9")
def test_a_list_finds_assets_and_the_other_side_and_never_everything_by_ones_own_name(
    story, town, query, found
):
    give(story, town)
    give(story, town, item(Kind.PAGE, PAGE))
    given = {"business_id": BRAND, "direction": Direction.SHARED_BY_US, "by": town.dana.by()}
    whole = story.read(grants.list_grants, query=query, **given)
    assert (names(whole), whole.total, whole.more) == (found, len(found), False)
    first = story.read(grants.list_grants, query=query, limit=1, **given)
    assert (names(first), first.total, first.more) == (found[:1], len(found), len(found) > 1)


def test_what_is_owned_and_what_ends_is_found_by_name_or_id(story, town):
    give(story, town)
    give(story, town, item(Kind.PAGE, PAGE))
    for query, found in ((PAGE, [PAGE]), ("main", [ACCOUNT]), ("nothing", []), ("page", [PAGE])):
        owned = story.read(grants.list_owned, business_id=BRAND, query=query, by=town.dana.by())
        ending = story.read(grants.list_ending, business_id=AGENCY, query=query, by=town.ann.by())
        assert [one.id for one in owned.rows] == found
        assert [one.asset_id for one in ending.rows] == found
        assert owned.total == ending.total == len(found)


def test_requests_are_found_by_reference_business_or_asset_before_they_are_counted_and_cut(story, town, oda):
    account = story.submit(town.ann)
    page = story.submit(town.ann, item(Kind.PAGE, PAGE))
    theirs = story.do(
        requests.submit,
        NewRequest(
            requesting_id=OTHER,
            deciding_id=BRAND,
            items=(item(Kind.PIXEL, PIXEL),),
            reason="Theirs",
            term=Term.for_days(3),
        ),
        by=oda.by(),
    )
    for query, found in (
        (account.ref.lower(), {account.ref}),
        ("northwind", {account.ref, page.ref}),
        (OTHER, {theirs.ref}),
        (PAGE, {page.ref}),
        ("acme main", {account.ref}),
        ("pixel", {theirs.ref}),
        ("", {account.ref, page.ref, theirs.ref}),
    ):
        rows = story.read(requests.waiting_for, query=query, by=town.dana.by())
        assert {one.ref for one in rows.rows} == found, query
        first = story.read(requests.waiting_for, query=query, limit=1, by=town.dana.by())
        assert (len(first.rows), first.total, first.more) == (1, len(found), len(found) > 1)
    sent = story.read(requests.requested_by, query="acme shoes", by=town.ann.by())
    assert {one.ref for one in sent.rows} == {account.ref, page.ref}
    assert story.read(requests.requested_by, query="other", by=town.ann.by()).total == 0


def test_drafts_are_found_by_reference_and_author(story, town):
    draft = story.submit(town.eva)
    found = ((draft.ref, 1), ("eva", 1), (ACCOUNT, 1), (BRAND, 1), ("accounts", 1))
    for query, total in (*found, (PAGE, 0), ("nobody", 0), ("pages", 0)):
        assert story.read(requests.drafts_for, query=query, by=town.ann.by()).total == total


def test_what_is_prepared_is_listed_for_its_business_and_found_by_name_author_and_id(story, town):
    new = make.creating(Kind.AD_ACCOUNT)
    make.prepared(story.database, "600000000000077", new, by=town.emil, at=story.clock.now())
    for who, total in ((town.dana, 1), (town.emil, 1), (town.ann, 0)):
        assert story.read(requests.prepared_for, by=who.by()).total == total
        assert story.read(home.home_of, by=who.by()).prepared.total == total
    for query, total in (("acme de", 1), ("emil", 1), (new.end_advertiser or "", 1), ("name", 0), (PAGE, 0)):
        assert story.read(requests.prepared_for, query=query, by=town.dana.by()).total == total, query
    story.do(directory.drop_prepared, "600000000000077", expected_version=1, by=town.dana)
    assert story.read(requests.prepared_for, by=town.dana.by()).total == 0
    make.failed_creation(story.database, "600000000000078", new, by=town.dana, at=story.clock.now())
    (row,) = story.read(requests.prepared_for, by=town.dov.by()).rows
    assert (row.state, row.at_meta.state) == ("CREATING", "FAILED"), "also what could not be created at Meta"
