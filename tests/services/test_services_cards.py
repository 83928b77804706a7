"""Cards follow what they show of other subjects than their own."""

from __future__ import annotations

import make
import pytest
from make import ACCOUNT, AGENCY, BRAND, BRAND_TEAM, OTHER, PAGE, PIXEL, insert_row, item, write
from sending import post, settle
from steps import become, give

from bot.domain.actors import Role
from bot.domain.assets import Kind
from bot.domain.kinds import RequestKind
from bot.domain.messages import Audience, EffectKind, Notice
from bot.services import cards, readers, requests, settings
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


def test_an_open_request_follows_what_it_says_of_its_assets_and_of_both_sides(story, town):
    page, pixel = (
        story.submit(town.ann, item(*one)).request_id for one in ((Kind.PAGE, PAGE), (Kind.PIXEL, PIXEL))
    )
    over = story.submit(town.ann).request_id
    story.cancel(town.ann, over)
    both = {page, pixel}
    for business_ids, asset_ids, follow in (
        ((), (PAGE, ACCOUNT), {page}),
        ((AGENCY,), (), both),
        ((BRAND,), (), both),
        ((OTHER,), ("act_7",), set()),
    ):
        settle(story)
        story.do(cards.refresh, business_ids=business_ids, asset_ids=asset_ids)
        assert followed(story) & {page, pixel, over} == follow


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
    story.wait(days=15)
    assert following(BRAND, AGENCY) == set(), "nobody has confirmed it in time"


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


def said(story, **to):
    """Where what is said waits: beside which audience's card, else in which lane."""
    audiences = {row.id: row.audience for row in story.rows(tables.Card, **to)}
    notices = story.effects(EffectKind.POST_NOTICE, state=EffectState.WAITING)
    found = [audiences.get(one.card_id, one.lane) for one in notices]
    return sorted(one for one in found if not one.startswith("card:"))


@pytest.mark.parametrize(
    ("notice", "places"),
    [
        (Notice.ENDED, ["APPROVERS", "REQUESTER"]),
        (Notice.PARTED, ["to:TBRAND:UDANA"]),
        (Notice.SHORTENED, ["to:TBRAND:UDANA"]),
    ],
)
def test_who_reads_on_both_sides_hears_of_each_unless_it_is_the_same_for_both(story, town, notice, places):
    become(story, town.dov, role=Role.EMPLOYEE)
    story.set(tables.BusinessRow, {"id": BRAND}, channel_id=None)
    make.asset(story.database, "act_55", kind=Kind.AD_ACCOUNT, name="Plan", owner=AGENCY)
    theirs = story.submit(town.ann).request_id
    of_theirs = {"requesting_id": BRAND, "deciding_id": AGENCY}
    ours = story.submit(town.dana, item(Kind.AD_ACCOUNT, "act_55"), **of_theirs).request_id
    settle(story)
    happened = [cards.Happened(one, 1) for one in (theirs, ours)]
    story.do(cards.notify, notice, *happened)
    assert said(story, user_id=town.dana.user) == places


def test_nobody_is_told_what_they_did_but_comments_stay_together(story, town):
    sent = story.submit(town.ann).request_id
    settle(story)
    story.comment(town.ann, sent, "Please")
    assert said(story) == ["APPROVERS", "REQUESTER"]
    settle(story)
    story.cancel(town.ann, sent)
    assert said(story) == []


# --- where cards are posted -----------------------------------------------------------------------


def test_a_card_is_posted_where_it_is_told_again_or_where_there_is_none_yet(story, town):
    sent = story.submit(town.ann).request_id
    for once, copies, is_posted in ((True, 1, False), (False, 1, False), (True, 1, True), (False, 2, True)):
        if is_posted:  # one that is still to be posted shows what another one would
            story.all_posted()
        story.do(cards.post_where_told, sent, Audience.APPROVERS, **({"once": True} if once else {}))
        assert story.cards_for(Audience.APPROVERS, sent) == ["CBRAND"] * copies
    (first, _) = story.rows(tables.Card, subject_id=sent, audience=Audience.APPROVERS)
    story.set(tables.Card, {"id": first.id}, channel_id="CELSEWHERE")
    assert story.read(cards.copies_at, sent, Audience.APPROVERS, channel_id="CELSEWHERE") == [first.id]


def test_what_is_for_admins_is_posted_to_each_whoever_is_asked_first_and_never_where_no_workspace_is(
    story, town
):
    story.set(tables.BusinessRow, {"id": AGENCY}, channel_id=None)
    version = story.settings(AGENCY).policy_version
    first = {"first": [town.ann.id], "backups": [], "expected_version": version}
    story.do(settings.name_approvers, AGENCY, **first, by=town.ann)
    draft = story.submit(town.eva).draft_id
    assert sorted(story.cards_for(Audience.SUBMITTERS, draft)) == [town.abe.user, town.ann.user]
    story.set(tables.BusinessRow, {"id": BRAND}, team_id=None)
    sent = story.submit(town.ann, item(Kind.PAGE, PAGE)).request_id
    assert story.cards_for(Audience.APPROVERS, sent) == []


def test_the_homes_of_an_accounts_admins_follow_the_claims_of_it_and_nothing_else(story, town):
    zoe = make.someone(story.database, 9, name="Zoe", team=BRAND_TEAM, roles={})
    spring = make.unowned(story.database, "act_7001", zoe)
    write(story.database, insert_row, tables.AssetAdmin, asset_id=ACCOUNT, person_id=zoe.id)
    story.open_home(zoe)
    for new, follows in ((make.requesting(), 0), (make.claiming(spring), 1)):
        settle(story)
        story.do(requests.submit, new, by=town.ann)
        homes = story.effects(EffectKind.PUBLISH_HOME, state=EffectState.WAITING)
        assert sum(zoe.user in one.lane for one in homes) == follows


def test_a_message_that_is_kept_as_a_further_copy_follows_what_the_first_one_does(story):
    where = {"version": 1, "team_id": BRAND_TEAM, "user_id": "UDANA"}
    for request_id in ("1", "2"):
        card_id = story.do(
            cards.post, f"digest-{request_id}", Audience.DIGEST, follows=(request_id,), **where
        )
    (first,) = story.rows(tables.Card, id=card_id)
    assert story.do(cards.adopt, first, channel_id="D9", ts="9.1")
    (copy,) = story.rows(tables.Card, ts="9.1")
    assert [row.subject_id for row in story.rows(tables.Follow, card_id=copy.id)] == ["2"]
