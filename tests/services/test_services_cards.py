"""Cards that are behind the record, although nothing is on its way to them, are updated again."""

from __future__ import annotations

import pytest
from make import ACCOUNT, BRAND, item, write
from sqlalchemy import update
from steps import MINUTE, give

from bot.domain.assets import Kind
from bot.domain.messages import Audience, EffectKind
from bot.domain.requests import Approve
from bot.services import cards, delivery, requests
from bot.services.context import act
from bot.store import tables
from bot.store.tables import CardState, EffectState


def settle(story, state=EffectState.DONE):
    """Have all that waits to be sent come to this."""
    effect = tables.Effect.__table__
    over = update(effect).where(effect.c.state == EffectState.WAITING).values(state=state)
    write(story.database, lambda tx: tx.run(over))


def post(story, *, shown):
    """Have every card stand in Slack, showing this version."""
    for number, card in enumerate(story.rows(tables.Card)):
        story.set(
            tables.Card,
            {"id": card.id},
            state=CardState.POSTED,
            channel_id=card.channel_id or f"D{number}",
            ts=f"{number}.1",
            shown=shown,
        )


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
    assert tries == delivery.MOST_REPAIRS - 1


@pytest.mark.usefixtures("given_up")
def test_what_was_repaired_stays_so(story):
    assert repair(story) == 1
    settle(story)
    assert repair(story) == 0


def test_cards_of_drafts_and_of_grants_are_repaired_too(story, town):
    saved = story.submit(town.eva)
    grant = give(story, town)
    story.do(requests.say_works, grant.request_id, works=True, by=town.ann)
    story.wait(days=13)
    story.wait(days=10)
    story.clock.push(MINUTE)
    assert story.cards_for(Audience.ENDING, grant.id)
    settle(story)
    post(story, shown=0)
    assert repair(story) == 3
    subjects = {row.subject_id for row in story.effects(EffectKind.UPDATE_CARD, state=EffectState.WAITING)}
    assert subjects == {saved.draft_id, grant.request_id, grant.id}


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


@pytest.fixture
def drafted(story, town):
    """A draft of the agency's about an account that it has access to."""
    grant = give(story, town)
    saved = story.submit(town.eva, item(Kind.AD_ACCOUNT, ACCOUNT, level="Admin"))
    settle(story)
    post(story, shown=1)
    return grant, saved.draft_id


def followed(story):
    return {row.subject_id for row in story.effects(EffectKind.UPDATE_CARD, state=EffectState.WAITING)}


def test_a_draft_follows_what_its_business_has_of_the_asset(story, town, drafted):
    grant, draft_id = drafted
    story.end(town.dana, grant.id, business=BRAND)
    assert draft_id in followed(story)


def test_a_draft_follows_what_it_says_of_the_other_business_and_of_its_assets(story, drafted):
    _, draft_id = drafted
    assert draft_id not in followed(story)
    story.do(cards.refresh, business_ids=(), asset_ids=(ACCOUNT,))
    assert draft_id in followed(story)
    settle(story)
    story.do(cards.refresh, business_ids=(BRAND,))
    assert draft_id in followed(story)
    settle(story)
    story.do(cards.refresh, business_ids=("70000",), asset_ids=("act_7",))
    assert draft_id not in followed(story)
