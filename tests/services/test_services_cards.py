"""Cards follow what they show of other subjects than their own."""

from __future__ import annotations

import pytest
from make import ACCOUNT, AGENCY, BRAND, BRAND_TEAM, insert_row, item, write
from sending import post, settle
from steps import give

from bot.domain.assets import Kind
from bot.domain.kinds import RequestKind
from bot.domain.messages import Audience, EffectKind
from bot.services import cards, readers, requests
from bot.store import tables
from bot.store.tables import CardState, EffectState


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


def test_a_draft_follows_what_it_says_of_the_other_business_and_of_its_assets_while_it_waits(
    story, town, drafted
):
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
    story.do(requests.drop_draft, draft_id, by=town.eva, expected_version=1)
    settle(story)
    story.do(cards.refresh, business_ids=(BRAND,), asset_ids=(ACCOUNT,))
    assert draft_id not in followed(story), "what is over says what it did"


def test_what_an_owner_drafts_follows_what_the_other_business_has_of_the_asset(story, town, drafted):
    grant, _ = drafted
    story.set(tables.Asset, {"owner_id": BRAND}, owner_id=None)
    story.set(tables.Asset, {"id": ACCOUNT}, owner_id=BRAND)
    offer = {"kind": RequestKind.INVITATION, "requesting_id": BRAND, "deciding_id": AGENCY}
    saved = story.submit(town.emil, item(Kind.AD_ACCOUNT, ACCOUNT, level="Admin"), **offer)
    settle(story)
    story.end(town.dana, grant.id, business=BRAND)
    assert saved.draft_id in followed(story)


def test_what_waits_for_another_admin_of_a_business_follows_while_it_does(story, town):
    for who, business, more in ((town.dana, BRAND, ()), (town.ann, AGENCY, (13, 12))):
        story.change_policy(who, business=business, quorum=2)
        for days in more:
            story.change_policy(who, business=business, expires_days=days)
        story.change_policy(who, business=business, quorum=1)
    brands, agencys = (f"{one}@{story.settings(one).policy_version}" for one in (BRAND, AGENCY))

    def following(*business_ids):
        settle(story)
        story.do(cards.follow_proposals, *business_ids)
        return followed(story)

    assert following(BRAND, AGENCY) == {brands, agencys}
    assert (following(AGENCY), following()) == ({agencys}, set())
    story.change_policy(town.dov, quorum=1)
    assert following(BRAND, AGENCY) == {agencys}


# --- notices --------------------------------------------------------------------------------------


def test_a_notice_is_said_beside_the_copy_that_was_posted_first_or_else_will_be(story, town):
    sent = story.submit(town.ann).request_id
    (card,) = story.rows(tables.Card, subject_id=sent, audience=Audience.APPROVERS)
    for id_, ts in (("9", None), ("8", None), ("6", "2.1"), ("7", "1.1")):
        state = CardState.WAITING if ts is None else CardState.POSTED
        copy = card._asdict() | {"id": id_, "ts": ts, "state": state}
        write(story.database, insert_row, tables.Card, **copy)
    gone = {"state": CardState.FAILED, "error": readers.WITHDRAWN, "ts": None}
    story.set(tables.Card, {"id": card.id}, **gone)
    for beside in ("7", "6", "8", "9", None):
        settle(story)
        story.comment(town.ann, sent, "Please")
        notices = story.effects(EffectKind.POST_NOTICE, state=EffectState.WAITING, team_id=BRAND_TEAM)
        assert [one.card_id for one in notices] == [beside]
        story.set(tables.Card, {"id": beside or card.id}, **gone)
