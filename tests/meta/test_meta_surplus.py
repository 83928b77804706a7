"""What Meta gives beyond what was approved is taken back for certain, and nothing that was never ours."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from make import ACCOUNT, AGENCY, item
from meta_world import AtMeta

from bot.domain.assets import Kind
from bot.domain.connections import Obstacle
from bot.sandbox.meta import GraphError
from bot.store import tables

EDGE = "/agencies"
ACCESS = {"ADVERTISE", "ANALYZE"}
ADMIN = item(Kind.AD_ACCOUNT, ACCOUNT, level="Admin")
NO = GraphError(200, "no")


@pytest.fixture
def generous(acme: AtMeta, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Meta gives MANAGE with what it is asked for, until this is called."""
    given = acme.meta.set_agency
    more = ["MANAGE"]

    def gives_more(asset_id: str, to: str, *tasks: str) -> None:
        given(asset_id, to, *tasks, *(more if tasks else []))

    monkeypatch.setattr(acme.meta, "set_agency", gives_more)
    return more.clear


FAULTS: dict[str, Callable[[AtMeta], None]] = {
    "it is refused": lambda acme: acme.meta.faults.refuse(NO, "DELETE", EDGE, times=3),
    "its answer is lost, and it was not done": lambda acme: acme.meta.faults.html("DELETE", EDGE, times=3),
    "Meta asks for a pause": lambda acme: acme.meta.faults.refuse(GraphError(4, "limit"), "DELETE", EDGE),
    "Meta says that it is done, and it is not": lambda acme: acme.meta.faults.answer(
        b'{"success": true}', "DELETE", EDGE, times=3
    ),
}


@pytest.mark.covers("F31")
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
async def test_a_surplus_that_cannot_be_taken_back_at_first_is_taken_back_later(
    acme: AtMeta, generous: Callable[[], None], fault: Callable[[AtMeta], None]
):
    acme.approve()
    acme.told()
    fault(acme)
    await acme.work()
    assert acme.there() == {"MANAGE", *ACCESS}
    for _ in range(6):
        assert "ACTIVE" not in acme.states()
        await acme.later(minutes=6)
    assert (acme.states(), acme.obstacles()[0] in {Obstacle.SURPLUS, Obstacle.MISMATCH}) == (["FAILED"], True)
    assert (acme.there(), acme.told()) == (set(), ["not_in_force", "not_in_force"])
    assert acme.story.rows(tables.MetaCall) == []


@pytest.mark.covers("F31")
async def test_what_was_there_by_hand_stays_when_a_surplus_is_taken_back(
    acme: AtMeta, generous: Callable[[], None]
):
    type(acme.meta).set_agency(acme.meta, ACCOUNT, AGENCY, "DRAFT")
    acme.approve()
    await acme.work()
    assert (acme.states(), acme.obstacles()) == (["FAILED"], [Obstacle.SURPLUS])
    assert acme.there() == {"DRAFT", "MANAGE"}, "which Meta gives with every call"
    generous()
    await acme.later(minutes=6)
    assert (acme.states(), acme.there()) == (["FAILED"], {"DRAFT"})


@pytest.mark.covers("F31")
async def test_a_surplus_of_a_call_whose_answer_was_lost_is_found_once_meta_answers_again(
    acme: AtMeta, generous: Callable[[], None]
):
    acme.approve()
    acme.meta.faults.drop("POST", EDGE)
    await acme.work()
    for token in acme.meta.tokens.values():
        token.revoked = True
    await acme.later(minutes=1)
    assert (acme.states(), acme.obstacles(), acme.there()) == (
        ["FAILED"],
        [Obstacle.TOKEN],
        {"MANAGE", *ACCESS},
    )
    acme.connect()
    await acme.later(minutes=1)
    assert acme.there() == set()


@pytest.mark.covers("F31")
async def test_a_surplus_that_comes_with_taking_something_away_is_taken_back(
    acme: AtMeta, request: pytest.FixtureRequest
):
    first = acme.approve()
    await acme.work()
    acme.meta.set_agency(ACCOUNT, AGENCY, "DRAFT", *ACCESS)
    gives_no_more = request.getfixturevalue("generous")
    acme.story.undo(acme.town.dana, first.request_id)
    await acme.work()
    assert (acme.states(), acme.obstacles(), acme.there()) == (
        ["STUCK"],
        [Obstacle.SURPLUS],
        {"DRAFT", "MANAGE"},
    )
    gives_no_more()
    await acme.later(minutes=6)
    assert (acme.states(), acme.there()) == (["ENDED"], {"DRAFT"})


async def test_what_was_given_by_hand_after_a_call_was_seen_is_no_surplus(acme: AtMeta):
    sent = acme.approve()
    await acme.work()
    acme.meta.set_agency(ACCOUNT, AGENCY, "DRAFT", *ACCESS)
    acme.story.undo(acme.town.dana, sent.request_id)
    await acme.work()
    assert (acme.states(), acme.there()) == (["ENDED"], {"DRAFT"})


async def test_what_was_given_by_hand_while_meta_reviews_is_no_surplus(acme: AtMeta):
    acme.meta.assets[ACCOUNT].asks_second_admin = True
    acme.approve(ADMIN)
    await acme.work()
    acme.meta.set_agency(ACCOUNT, AGENCY, "DRAFT")
    acme.story.undo(acme.town.dana, acme.story.rows(tables.Request)[0].id)
    await acme.work()
    assert (acme.states(), acme.there()) == (["ENDED"], {"DRAFT"})
