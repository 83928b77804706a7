"""The report of what a business shares: now and as of a day, all of it, and only text where people typed."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import make
import pytest
from make import ACCOUNT, AGENCY, BRAND, item
from steps import DAY, TICK, give

from bot.domain.assets import Kind
from bot.domain.grants import GrantState
from bot.domain.requests import Approve, NewRequest, Term
from bot.services import reports, requests
from bot.services.context import act
from bot.slack.report import report_page
from bot.store import tables


def page(story, *, of=BRAND, at=None):
    with story.database.reading() as tx:
        shared = act(tx, reports.shared_by, of, now=story.clock.now())
        return "".join(report_page(shared.as_of(at)))


def parsed(html):
    """The page as a tree: it is well formed but for the doctype and what HTML leaves open."""
    for void in ("meta", "!doctype"):
        html = re.sub(rf"<{void}[^>]*>", "", html)
    return ET.fromstring(re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL))


def words(element):
    return " ".join("".join(element.itertext()).split())


def under(tree, heading):
    """The rows of the table after this heading, each the words of its cells."""
    (body,) = tree.iter("main")
    after = [words(one) for one in body].index(heading)
    table = next(one for one in [*body][after:] if one.get("role") == "region")
    return [[words(cell) for cell in row] for row in table.iter("tr")][1:]


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


@pytest.mark.covers("G10")
def test_both_directions_are_reported_with_a_matrix_the_reasons_and_who_decided(story, town, clock):
    grant = give(story, town, term=Term.for_days(30))
    back(story, town)
    clock.push(DAY)
    tree = parsed(page(story))
    assert under(tree, "What each partner can do with assets of Acme Shoes") == [
        [f"Acme MainAd account, {ACCOUNT}", "General userADVERTISE, ANALYZE"]
    ]
    assert under(tree, "What Acme Shoes can do with assets of partners") == [
        ["Media planAd account, act_55", "Northwind", "Reporting onlyANALYZE"]
    ]
    (row,) = under(tree, "Acme Shoes shares with Northwind")
    assert row[2] == "5 Jan 2026, 10:00", "in the business's zone"
    assert row[3:] == ["Access until 4 Feb 2026, 10:00.", "Spring launch", f"Dana{grant.ref}"]
    assert under(tree, "Northwind shares with Acme Shoes")[0][4:][0] == "To see the plan"
    (_, given), (_, held) = [
        (svg, [words(one) for one in svg.iter("text") if one.get("class") != "tick"])
        for svg in tree.iter("svg")
        if svg.get("role") == "img"
    ]
    assert (given, held) == (["Acme Main: General user"], ["Media plan: Reporting only"])
    assert "<title>What Northwind shares</title>" in page(story, of=AGENCY), "and the partner has its own"
    assert "on its way in or out at Meta, and what is over." in page(story), "which the tables have, too"


@pytest.mark.covers("G10", "G6")
def test_as_of_a_moment_it_is_what_was_in_force_then(story, town, clock):
    grant = give(story, town, term=Term.for_days(5))
    clock.push(DAY)
    story.end(town.dana, grant.id, business=BRAND)
    ended = clock.now()
    clock.push(10 * DAY)
    for at, holds in ((grant.starts_at, 1), (ended - TICK, 1), (ended, 0), (None, 0)):
        html = page(story, at=at)
        assert ("Nothing of Acme Shoes is shared" in html) == (not holds), at
        assert ("In force then." in html, "Over by then." in html) == (
            at is not None and bool(holds),
            at is not None and not holds,
        )
        assert "revoked by Dana" in html, "how it ended is said, whenever that was"
    assert "Nothing was shared in either direction by then." in page(story, at=grant.starts_at - TICK)


@pytest.mark.covers("G10")
def test_many_partners_split_the_matrix_and_many_grants_the_tables_in_constant_memory(story, town, clock):
    make.gives(story.database, 60, to=AGENCY, by=town.ann, now=clock.now())
    with story.database.reading() as tx:
        shared = act(tx, reports.shared_by, BRAND, now=clock.now())
        longest = max(len(piece) for piece in report_page(shared))
        html = "".join(report_page(shared))
    assert longest < 20_000, "it is written row by row"
    assert [f"rows {n + 1} to {n + 20}" in html for n in (0, 20, 40)] == [True] * 3
    for n in range(8):
        holder = make.business(story.database, f"7770000{n}", name=f"Partner {n}", team=f"TP{n}")
        story.set(tables.Grant, {"asset_id": f"act_900000{n}"}, holder_id=holder)
    tree = parsed(page(story))
    said = [words(one) for one in tree.iter("p")]
    assert "The table is split by partner. Part 2 of 2: partners 7 to 9 of 9." in said
    matrices = [one for one in tree.iter("div") if one.get("class") == "wide matrix"]
    assert [{len(row) for row in one.iter("tr")} for one in matrices] == [{7}, {4}]


@pytest.mark.covers("G10", "G1")
def test_what_is_not_in_force_at_meta_is_said_beside_the_level(story, town):
    grant = give(story, town)
    story.set(tables.Grant, {"id": grant.id}, state=GrantState.STUCK)
    assert "ADVERTISE, ANALYZE (should have ended, may still work)" in page(story)
