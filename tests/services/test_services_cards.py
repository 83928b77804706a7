"""Cards that are behind the record, although nothing is on its way to them, are updated again."""

from __future__ import annotations

import pytest
from make import write
from sqlalchemy import update
from steps import MINUTE, give

from bot.domain.messages import Audience, EffectKind
from bot.domain.requests import Approve
from bot.services import cards
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


def repair(story, **limit):
    return story.do(cards.repair_due, **limit)


def waiting(story):
    return len(story.effects(EffectKind.UPDATE_CARD, state=EffectState.WAITING))


@pytest.fixture
def requested(story, town):
    sent = story.ask(town.ann)
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
    assert tries == cards.MOST_REPAIRS - 1


@pytest.mark.usefixtures("given_up")
def test_what_was_repaired_stays_so(story):
    assert repair(story) == 1
    settle(story)
    assert repair(story) == 0


def test_cards_of_drafts_and_of_grants_are_repaired_too(story, town):
    saved = story.ask(town.eva)
    grant = give(story, town)
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


def test_repair_comes_in_steps(story, town, requested):
    story.decide(town.dana, requested, Approve())
    settle(story)
    post(story, shown=0)
    taken = []
    while step := repair(story, limit=1):
        taken.append(step)
        assert len(taken) < 10
    assert taken == [1]
