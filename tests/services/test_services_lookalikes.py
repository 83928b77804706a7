"""Who asks under a name like one that the approvers know is pointed out, as long as they are new there."""

from __future__ import annotations

import pytest
from make import AGENCY, BRAND, OTHER, PAGE, PIXEL, business, insert_row, item, someone, write
from story import Story

from bot.domain.actors import Role
from bot.domain.assets import Kind
from bot.domain.requests import Approve
from bot.store import tables

LIKE_NORTHWIND = "Northw\u0456nd"  # a Cyrillic letter in it


@pytest.fixture
def mallory(story: Story, town):
    """Return an admin of a business that is called like the agency."""
    business(story.database, OTHER, name=LIKE_NORTHWIND, team="TOTHER")
    return someone(story.database, 91, name="Mal", team="TOTHER", roles={OTHER: Role.ADMIN})


def lookalike(story: Story, request_id: str) -> str | None:
    found = story.card(request_id).lookalike
    return found and found.id


def ask(story: Story, who, asset: str = PAGE) -> str:
    kind = Kind.PAGE if asset == PAGE else Kind.PIXEL
    return story.submit(who, item(kind, asset), requesting_id=OTHER).request_id


@pytest.mark.covers("T44")
def test_a_newcomer_called_like_a_partner_is_pointed_out_until_they_have_something_too(story, town, mallory):
    sent = story.submit(town.ann).request_id
    assert lookalike(story, sent) is None, "nobody whom the brand knows is called so"
    story.decide(town.dana, sent, Approve())
    story.end(town.dana, story.grant_of(sent).id, business=BRAND)
    asked = ask(story, mallory)
    assert lookalike(story, asked) == AGENCY, "who was a partner once"
    second = ask(story, mallory, PIXEL)
    assert lookalike(story, second) == AGENCY, "to have asked before makes nobody known"
    story.decide(town.dana, asked, Approve())
    assert lookalike(story, asked) is None, "it is decided"
    assert lookalike(story, second) is None, "they have something now, which is in the lists with its ID"


def test_a_newcomer_called_like_one_that_is_listed_or_like_the_approvers_themselves_is_too(
    story, town, mallory
):
    assert lookalike(story, ask(story, mallory)) is None
    write(story.database, insert_row, tables.Listing, business_id=BRAND, listed_id=AGENCY)
    assert lookalike(story, story.rows(tables.Request)[0].id) == AGENCY
    story.set(tables.BusinessRow, {"id": BRAND}, name="NORTHWIND")
    assert lookalike(story, story.rows(tables.Request)[0].id) == BRAND, "that comes first"
