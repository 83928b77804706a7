"""Cards that are behind the record are updated again, and those that the app could not change recovered."""

from __future__ import annotations

import make
import pytest
from make import AGENCY_TEAM, BRAND, BRAND_TEAM, PAGE, PIXEL, item, write
from sending import post, put_card, settle
from steps import MINUTE, give

from bot.domain.assets import Kind
from bot.domain.messages import Audience, EffectKind
from bot.domain.requests import Approve
from bot.services import cards, delivery, readers, requests
from bot.services.context import act
from bot.services.delivery.behind import RECOVERING, reached
from bot.store import outbox, tables
from bot.store.tables import CardState, EffectState

FAILED, POSTED = CardState.FAILED, CardState.POSTED


def repair(story):
    return story.do(delivery.catch_up, behind(story))


def behind(story, *, after="", limit=100):
    return story.database.read_sync(delivery.find_behind, after=after, limit=limit)


def waiting(story):
    return len(story.effects(EffectKind.UPDATE_CARD, state=EffectState.WAITING))


@pytest.fixture
def requested(story, town):
    sent = story.submit(town.ann)
    settle(story)
    post(story, shown=1)
    return sent.request_id


def test_cards_that_show_the_newest_version_are_left_alone(story, requested):
    assert repair(story) == 0
    assert waiting(story) == 0


def test_cards_behind_the_record_are_updated_once(story, town, requested):
    story.decide(town.dana, requested, Approve())
    assert repair(story) == 0, "they are on their way"
    settle(story)  # lost, as when a store is restored from a backup
    assert repair(story) == 1
    assert waiting(story) == 2, "the approvers' and the requester's"
    assert repair(story) == 0, "they are on their way"


@pytest.fixture
def given_up(story, town, requested):
    """An update of the request's cards that could not be sent, while the request's version stands."""
    story.decide(town.dana, requested, Approve())
    settle(story)
    post(story, shown=2)
    grant = story.grant_of(requested)
    story.end(town.dana, grant.id, business=grant.owner.id)
    settle(story, EffectState.DEAD)


@pytest.mark.usefixtures("given_up")
def test_an_update_that_was_given_up_on_is_tried_again_and_not_for_ever(story):
    tries = 0
    while repair(story):
        tries += 1
        assert tries < 10
        settle(story, EffectState.DEAD)
    assert tries == 2, "three times in all"


@pytest.mark.usefixtures("given_up")
def test_what_was_repaired_stays_so(story):
    assert repair(story) == 1
    settle(story)
    assert repair(story) == 0


def test_cards_of_all_that_has_versions_are_repaired_too(story, town):
    saved = story.submit(town.eva)
    grant = give(story, town)
    story.do(requests.say_works, grant.request_id, works=True, by=town.ann)
    story.wait(days=13)
    story.wait(days=10)
    story.clock.push(MINUTE)
    assert story.cards_for(Audience.ENDING, grant.id)
    make.prepared(story.database, "90000001", make.creating(), by=town.emil, at=story.clock.now())
    finding_id = make.found(story.database, now=story.clock.now())
    for subject_id in ("90000001", finding_id):
        story.do(cards.post_where_told, subject_id, Audience.SUBMITTERS)
    story.set(tables.Grant, {"id": grant.id}, ends_at=None)
    make.reviewed(story.database, now=story.clock.now(), by=town.dana)
    (review,) = story.rows(tables.Review)
    settle(story)
    post(story, shown=0)
    subjects = {saved.draft_id, grant.request_id, grant.id, "90000001", finding_id, review.id, make.QUESTION}
    assert repair(story) == len(subjects)
    assert {
        row.subject_id for row in story.effects(EffectKind.UPDATE_CARD, state=EffectState.WAITING)
    } == subjects


@pytest.mark.covers("V4")
def test_a_digest_whose_change_was_given_up_is_repaired_too_and_not_for_ever(story, town):
    sent = story.submit(town.ann)
    story.wait(days=1)
    settle(story)
    post(story, shown=1)
    digest = next(card.id for card in story.rows(tables.Card) if card.audience == Audience.DIGEST)
    assert repair(story) == 0
    story.decide(town.dov, sent.request_id, Approve())
    settle(story)
    post(story, shown=2)
    story.set(tables.Effect, {"card_id": digest, "kind": EffectKind.UPDATE_CARD}, state=EffectState.DEAD)
    tries = 0
    while repair(story):
        tries += 1
        (effect,) = story.effects(EffectKind.UPDATE_CARD, state=EffectState.WAITING)
        assert (effect.card_id, tries < 10) == (digest, True)
        settle(story, EffectState.DEAD)
    assert tries == 3


def test_a_card_that_could_not_be_posted_is_not_repaired(story, town, requested):
    for card in story.rows(tables.Card):
        story.set(tables.Card, {"id": card.id}, state=CardState.FAILED, ts=None, shown=0)
    assert repair(story) == 0


@pytest.mark.case("6.4")
def test_what_is_behind_is_found_page_by_page_and_checked_again_before_it_is_repaired(story, town, requested):
    story.decide(town.dana, requested, Approve())
    settle(story)
    post(story, shown=0)
    found, after = [], ""
    while page := behind(story, after=after, limit=1):
        found += page
        after = page[-1]
    assert found == sorted(card.id for card in story.rows(tables.Card))
    assert repair(story) == 1, "an update of the first card is one of all cards of its request"
    assert story.do(delivery.catch_up, found) == 0, "they are on their way since"


@pytest.mark.case("6.4")
def test_the_writer_reads_no_more_cards_than_it_was_given(story, town):
    for number in range(30):
        story.submit(town.ann, item(Kind.PIXEL, words=f"the pixel {number}"))
    settle(story)
    post(story, shown=0)
    first = behind(story, limit=2)

    def worked(tx):
        act(tx, delivery.catch_up, first, now=story.clock.now())
        return tx.work

    assert write(story.database, worked) < 40


# --- which are behind, one by one ---------------------------------------------------------------------


def put_updates(story, request_id, *, to=EffectState.DEAD):
    """Have an update of each card of a request come to this, and return the effects, one a card."""
    version = story.card(request_id).version
    write(story.database, outbox.put_updates, subject_id=request_id, version=version, now=story.clock.now())
    settle(story, to)
    return story.effects(EffectKind.UPDATE_CARD, subject_id=request_id)


def test_an_update_that_is_parked_is_not_on_its_way_and_not_given_up_on(story, requested):
    put_updates(story, requested, to=EffectState.PARKED)
    assert behind(story) == []
    post(story, shown=0)
    assert len(behind(story)) == 2


def test_of_two_cards_the_one_is_behind_whose_own_update_was_given_up_on(story, requested):
    first, second = put_updates(story, requested)
    story.set(tables.Effect, {"id": second.id}, state=EffectState.DONE)
    assert behind(story) == [first.card_id]


def test_updates_that_slack_refused_of_one_version_do_not_count_for_the_next(story, town, requested):
    for _ in range(3):
        put_updates(story, requested)
    assert behind(story) == []
    story.decide(town.dana, requested, Approve())
    settle(story)
    assert len(behind(story)) == 2


def test_a_card_is_behind_its_own_subject_alone(story, town, requested):
    story.decide(town.dana, requested, Approve())
    settle(story)
    post(story, shown=2)
    story.submit(town.ann, item(Kind.PIXEL, words="the pixel"))
    settle(story)
    for card in story.rows(tables.Card, state=CardState.WAITING):
        story.set(tables.Card, {"id": card.id}, state=POSTED, channel_id="CBRAND", ts=f"7.{card.id}", shown=1)
    assert behind(story) == []


def test_a_card_of_what_has_no_version_is_behind_if_an_update_of_it_was_given_up(story, requested):
    """A message about settings shows the version that is in its subject."""
    first, second = put_updates(story, requested)
    for effect in (first, second):
        story.set(tables.Card, {"id": effect.card_id}, subject_id=readers.of_settings(BRAND, 1))
    story.set(tables.Effect, {"id": second.id}, state=EffectState.DONE)
    assert behind(story) == [first.card_id]


# --- those that the app could not change --------------------------------------------------------------


@pytest.fixture
def lose(story):
    """Add a card of a channel, by default one that was lost at this message."""

    def add(id_, *, at="1.1", channel="CBRAND", team=BRAND_TEAM, **values):
        row = {"error": f"is_archived @{at}", "state": FAILED, "ts": None} | values
        put_card(story.database, id_, team_id=team, channel_id=channel, shown=1, **row)

    return add


def standing(story):
    """How each card stands: its state, its message and its error."""
    return {row.id: (row.state, row.ts, row.error) for row in story.rows(tables.Card)}


def test_one_lost_card_of_each_channel_is_looked_at(story, lose):
    lose("a1")
    lose("a2", at="1.2")
    lose("b", channel="COTHER")
    lose("c", team=AGENCY_TEAM)
    lose("d", channel="CTHIRD", error="invalid_blocks")
    assert sorted(story.database.read_sync(delivery.find_lost)) == ["a1", "b", "c"]


def test_once_the_app_could_write_to_a_channel_all_that_was_lost_there_is_recovered(story, lose):
    lose("a1", at="1.1")
    lose("a2", at="1.2")
    lose("b", channel="COTHER")
    lose("c", team=AGENCY_TEAM)
    lose("d", error="invalid_blocks")
    lose("e", state=POSTED, ts="3.1", error=RECOVERING)
    lose("f", state=POSTED, ts="3.2", error=RECOVERING)
    before = standing(story)
    (card,) = story.rows(tables.Card, id="e")
    story.do(reached, card)
    recovered = {
        "a1": (POSTED, "1.1", RECOVERING),
        "a2": (POSTED, "1.2", RECOVERING),
        "e": (POSTED, "3.1", None),
    }
    assert standing(story) == before | recovered
    assert [row.card_id for row in story.effects(EffectKind.UPDATE_CARD)] == ["a1", "a2"]


def test_a_hundred_lost_cards_are_recovered_at_once_at_most(story, lose):
    lose("e", state=POSTED, ts="0.1", error=None)
    for number in range(1, 102):
        lose(f"0{number}", error="invalid_blocks")
        lose(f"a{number}", at=f"{number}.1")
    (card,) = story.rows(tables.Card, id="e")
    story.do(reached, card)
    assert len(story.rows(tables.Card, error=RECOVERING)) == 100


def test_that_a_channel_could_not_be_posted_in_is_forgotten_where_copies_stand_elsewhere(story, town, lose):
    """All copies of the request are drawn again, and those of nothing else."""
    sent, other = story.submit(town.ann), story.submit(town.ann, item(Kind.PIXEL, PIXEL))
    third = story.submit(town.ann, item(Kind.PAGE, PAGE))
    settle(story)
    story.set(tables.Card, {}, subject_id="77")  # of which there is nothing to draw
    here = {"subject_id": sent.request_id, "error": "not_in_channel"}
    lose("failed", **here)
    lose("direct", **here | {"state": POSTED, "ts": "2.1", "error": None}, channel="DDANA")
    lose("of another", subject_id=other.request_id, error="not_in_channel")
    lose("its requester's", audience=Audience.REQUESTER, subject_id=other.request_id, state=POSTED, ts="2.2")
    lose("its other one", subject_id=other.request_id, error="not_in_channel", channel="COTHER")
    lose("forgotten", subject_id=third.request_id, error=readers.WITHDRAWN)
    lose("instead", subject_id=third.request_id, state=POSTED, ts="4.1", error=None, channel="DDANA")
    lose("lost", subject_id=sent.request_id, at="5.1")
    lose("reached", subject_id="77", state=POSTED, ts="3.1", error=None)
    before = standing(story)
    (card,) = story.rows(tables.Card, id="reached")
    story.do(reached, card)
    changed = {"failed": (FAILED, None, readers.WITHDRAWN), "lost": (POSTED, "5.1", RECOVERING)}
    assert standing(story) == before | changed
    drawn = {row.card_id for row in story.effects(EffectKind.UPDATE_CARD)}
    assert {"direct", "lost"} <= drawn
    assert not drawn & {"of another", "its requester's", "its other one", "instead", "reached"}


def test_a_lost_message_that_was_kept_as_a_copy_meanwhile_is_not_recovered_beside_it(story, lose):
    lose("a", at="1.1")
    lose("other", at="1.2")
    lose("copy", state=POSTED, ts="1.1", error=None)
    lose("elsewhere", state=POSTED, ts="1.2", channel="COTHER", error=None)
    lose("of another", state=POSTED, ts="1.2", team=AGENCY_TEAM, error=None)
    before = standing(story)
    assert story.do(delivery.recover, ["a", "other", "copy"]) == 1
    changed = {"a": (FAILED, None, readers.WITHDRAWN), "other": (POSTED, "1.2", RECOVERING)}
    assert standing(story) == before | changed
