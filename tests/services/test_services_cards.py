"""Cards follow what they show of other subjects than their own."""

from __future__ import annotations

import pytest
from make import ACCOUNT, BRAND, item
from sending import post, settle
from steps import give

from bot.domain.assets import Kind
from bot.domain.messages import EffectKind
from bot.services import cards
from bot.store.tables import EffectState


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
