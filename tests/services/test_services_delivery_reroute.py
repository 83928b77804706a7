"""What cannot be sent where it should: who gets it instead."""

from __future__ import annotations

from datetime import timedelta

import make
import pytest
from make import AGENCY, BRAND_TEAM, EPOCH, write
from sending import NOW, claim, finish, over, put, put_card
from steps import become, give

from bot.domain.actors import OPERATOR, Role
from bot.domain.messages import Audience, EffectKind
from bot.domain.requests import Approve, Decline
from bot.domain.reviews import Silence
from bot.services import cards, connections, readers, requests
from bot.services import delivery as deliveries
from bot.services.context import act
from bot.services.delivery import Done, Gone, Rejected, Unknown, Withdrawn
from bot.store import outbox, tables
from bot.store.tables import CardState, EffectState

WAITING, SENDING, DONE, SUPERSEDED, PARKED, DEAD = EffectState
POST, UPDATE, NOTICE, CHECK, HOME, *_ = EffectKind
APPROVERS, REQUESTER = Audience.APPROVERS, Audience.REQUESTER
FAILED = CardState.FAILED


@pytest.fixture
def database(here):
    return here


def due_of(here, card, kind=POST):
    """Claim what is to be sent about a card, after all else that is due was finished."""
    for delivery in claim(here, most=100):
        if (delivery.card_id, delivery.kind) == (card.id, kind):
            return delivery
    raise AssertionError(f"no {kind} for {card}")


def card_for(story, audience, **where):
    (card,) = story.rows(tables.Card, audience=audience, **where)
    return card


def is_refused(here, card, kind=POST, *, why="is_archived", elsewhere=True):
    """Have Slack refuse what is to be sent about a card."""
    return finish(here, due_of(here, card, kind), Rejected(why=why, elsewhere=elsewhere))


def posted(story, here, audience):
    """A card that stands in Slack, whose request has changed."""
    card = card_for(story, audience)
    finish(here, due_of(here, card), Done(ts="1.1", channel_id="CBRAND"))
    write(here, outbox.put_updates, subject_id=card.subject_id, version=1, now=NOW)
    return card


def cards_put(did):
    return sorted(did.put(tables.Card, "audience", "team_id", "channel_id", "user_id", "state", "subject_id"))


def instead(did):
    """The Slack users who get it instead."""
    return [row[3] for row in cards_put(did)]


def said(did):
    """The notices that are put."""
    return sorted(about for kind, about in did.put(tables.Effect, "kind", "about") if kind == NOTICE)


def versions_shown(did):
    """Which cards are to show what, of those put just now."""
    rows = did.put(tables.Effect, "kind", "card_id", "version", "put_at")
    return sorted(row[1:] for row in rows if row[0] == UPDATE)


# --- a card for approvers -------------------------------------------------------------------------


def test_where_the_channel_cannot_be_posted_in_each_approver_gets_it_directly(story, here, town):
    sent = story.submit(town.ann)
    card, requester = card_for(story, APPROVERS), card_for(story, REQUESTER)
    did = is_refused(here, card)
    assert (did.answer, did.woke) == (True, True)
    assert did.of(tables.Card)[card.id,] == {"state": FAILED, "error": "is_archived"}
    assert cards_put(did) == [
        (APPROVERS, BRAND_TEAM, None, user, CardState.WAITING, sent.request_id) for user in ("UDANA", "UDOV")
    ]
    posts = [row for row in did.put(tables.Effect, "kind", "version", "put_at", "due_at") if row[0] == POST]
    assert posts == [(POST, 1, NOW, outbox.AT_ONCE)] * 2
    assert (requester.id, 1, NOW) in versions_shown(did)


def test_somebody_on_both_sides_does_not_get_it_instead(story, here, town):
    make.member(here, town.dov.id, of=AGENCY, role=Role.EMPLOYEE)
    story.submit(town.ann)
    assert instead(is_refused(here, card_for(story, APPROVERS))) == ["UDANA"]


def test_where_the_message_is_the_trouble_nobody_else_gets_it_but_the_others_say_so(story, here, town):
    story.submit(town.ann)
    card, requester = card_for(story, APPROVERS), card_for(story, REQUESTER)
    did = is_refused(here, card, why="invalid_blocks", elsewhere=False)
    assert did.of(tables.Card) == {(card.id,): {"state": FAILED, "error": "invalid_blocks"}}
    assert versions_shown(did) == [(requester.id, 1, NOW)]
    assert over(DEAD, "invalid_blocks") in did.of(tables.Effect).values()


def test_a_card_for_approvers_goes_nowhere_else_once_all_is_decided(story, here, town):
    sent = story.submit(town.ann)
    post = due_of(here, card_for(story, APPROVERS))
    story.decide(town.dana, sent.request_id, Decline())
    assert cards_put(finish(here, post, Rejected(why="is_archived", elsewhere=True))) == []


@pytest.mark.case("4.4")
def test_a_notice_that_finds_the_channel_closed_goes_to_the_approvers_with_the_card(story, here, town):
    sent = story.submit(town.ann)
    card = posted(story, here, APPROVERS)
    finish(here, due_of(here, card, UPDATE), Done(shown=1))
    story.comment(town.ann, sent.request_id, "Please")
    finish(here, due_of(here, card, UPDATE), Done(shown=1))
    notice = due_of(here, card, NOTICE)
    did = finish(here, notice, Rejected(why="is_archived", elsewhere=True))
    assert did.of(tables.Effect)[notice.id,] == over(SUPERSEDED, "is_archived")
    assert did.of(tables.Card)[card.id,] == {"state": FAILED, "error": "is_archived @1.1", "ts": None}
    assert instead(did) == ["UDANA", "UDOV"]
    assert said(did) == [notice.about] * 2, "beside their new copies"


@pytest.mark.case("4.4")
def test_a_notice_of_what_is_over_that_finds_the_channel_closed_goes_to_the_approvers(story, here, town):
    grant = give(story, town)
    card = card_for(story, APPROVERS)
    finish(here, due_of(here, card), Done(ts="1.1", channel_id="CBRAND"))
    story.end(town.ann, grant.id, business=AGENCY)
    finish(here, due_of(here, card, UPDATE), Done(shown=1))
    did = is_refused(here, card, NOTICE)
    assert cards_put(did) == []
    assert said(did) == [f"ended:{grant.id} APPROVERS @{user}" for user in ("UDANA", "UDOV")]


def test_a_change_that_finds_the_channel_closed_has_the_card_go_to_the_approvers(story, here, town):
    story.submit(town.ann)
    card = posted(story, here, APPROVERS)
    did = is_refused(here, card, UPDATE)
    assert did.of(tables.Card)[card.id,] == {"state": FAILED, "error": "is_archived @1.1", "ts": None}
    assert instead(did) == ["UDANA", "UDOV"]


def test_all_copies_are_drawn_again_once_a_lost_card_is_back(story, here, town):
    """They said that the channel cannot be written to, and it can."""
    story.submit(town.ann)
    card = posted(story, here, APPROVERS)
    is_refused(here, card, UPDATE)
    write(here, act, deliveries.recover, [card.id], now=NOW)
    tried = due_of(here, card, UPDATE)
    did = finish(here, tried, Done(ts="1.1"))
    others = {one.id for one in story.rows(tables.Card) if one.id != card.id and one.state != FAILED}
    assert {shown[0] for shown in versions_shown(did)} >= others
    assert len(others) == 3


def test_a_lost_card_that_is_tried_in_vain_is_lost_again_and_nobody_hears_of_it_twice(story, here, town):
    story.submit(town.ann)
    card = posted(story, here, APPROVERS)
    is_refused(here, card, UPDATE)
    write(here, act, deliveries.recover, [card.id], now=NOW)
    did = is_refused(here, card, UPDATE)
    lost = {"state": FAILED, "error": "is_archived @1.1", "ts": None}
    assert (did.of(tables.Card), versions_shown(did)) == ({(card.id,): lost}, [])


@pytest.mark.case("4.1")
def test_a_card_is_closed_in_a_channel_that_is_the_businesss_no_more_and_goes_to_its_new_one(
    story, here, town
):
    story.submit(town.ann)
    card = posted(story, here, APPROVERS)
    story.set(tables.BusinessRow, {"id": make.BRAND}, channel_id="CNEW")
    did = finish(here, due_of(here, card, UPDATE), Withdrawn(why="may_not_read"))
    assert (did.answer, did.woke) == (True, True)
    assert over(SUPERSEDED, "may_not_read") in did.of(tables.Effect).values()
    assert did.of(tables.Card)[card.id,] == {"state": FAILED, "error": readers.WITHDRAWN, "ts": None}
    assert [row[2] for row in cards_put(did)] == ["CNEW"]


def test_a_notice_whose_words_slack_refuses_is_said_to_nobody_else(story, here, town):
    sent = story.submit(town.ann)
    card = card_for(story, REQUESTER)
    finish(here, due_of(here, card), Done(ts="1.1", channel_id="D1"))
    story.decide(town.dana, sent.request_id, Approve())
    finish(here, due_of(here, card, UPDATE), Done(shown=2))
    did = is_refused(here, card, NOTICE, why="msg_too_long", elsewhere=False)
    assert (said(did), did.of(tables.Card)) == ([], {})
    assert over(DEAD, "msg_too_long") in did.of(tables.Effect).values()


@pytest.mark.case("4.1")
def test_what_its_reader_may_not_hear_any_more_is_said_to_who_is_told_now(story, here, town):
    sent = story.submit(town.ann)
    card = card_for(story, REQUESTER)
    finish(here, due_of(here, card), Done(ts="1.1", channel_id="D1"))
    story.decide(town.dana, sent.request_id, Approve())
    finish(here, due_of(here, card, UPDATE), Done(shown=2))
    become(story, town.ann, guest=True)
    did = finish(here, due_of(here, card, NOTICE), Withdrawn(why="may_not_read"))
    assert (did.answer, did.woke, said(did)) == (True, True, ["approved REQUESTER @UABE"])
    assert over(SUPERSEDED, "may_not_read") in did.of(tables.Effect).values()


def test_a_change_that_slack_takes_nowhere_leaves_the_card_as_it_stands(story, here, town):
    story.submit(town.ann)
    did = is_refused(here, posted(story, here, APPROVERS), UPDATE, why="invalid_blocks", elsewhere=False)
    assert (did.woke, did.rows.keys()) == (True, {"effect"})


def test_a_card_that_failed_already_fails_only_once(story, here, town):
    story.submit(town.ann)
    card = card_for(story, APPROVERS)
    write(here, outbox.put_updates, subject_id=card.subject_id, version=1, now=NOW)
    post = due_of(here, card)
    story.set(tables.Card, {"id": card.id}, state=FAILED, error="before")
    did = finish(here, post, Rejected(why="is_archived", elsewhere=True))
    assert (did.answer, did.of(tables.Card), len(did.of(tables.Effect))) == (True, {}, 1)


def test_an_approvers_own_card_goes_to_nobody_else(story, here, town):
    story.set(tables.BusinessRow, {"id": make.BRAND}, channel_id=None)
    story.submit(town.ann)
    did = is_refused(here, card_for(story, APPROVERS, user_id="UDANA"), why="user_not_found")
    assert cards_put(did) == []
    others = card_for(story, APPROVERS, user_id="UDOV"), card_for(story, REQUESTER)
    assert {card_id for card_id, _, _ in versions_shown(did)} == {card.id for card in others}


# --- a card for a requester -----------------------------------------------------------------------


def test_one_other_admin_stands_in_for_a_requester_who_cannot_be_reached(story, here, town):
    make.someone(here, 7, name="Amy", team=make.AGENCY_TEAM, roles={AGENCY: Role.ADMIN})
    sent = story.submit(town.ann)
    story.set(tables.Request, {"id": sent.request_id}, holder_id=make.BRAND)  # as where it is invited
    did = is_refused(here, card_for(story, REQUESTER), why="cannot_dm_bot")
    assert over(DEAD, "cannot_dm_bot") in did.of(tables.Effect).values()
    waits = CardState.WAITING, sent.request_id
    assert cards_put(did) == [(REQUESTER, make.AGENCY_TEAM, None, "UABE", *waits)]
    did = is_refused(here, card_for(story, REQUESTER, user_id="UABE"))
    assert instead(did) == ["UAMY"], "who cannot be reached either is not asked twice"
    assert instead(is_refused(here, card_for(story, REQUESTER, user_id="UAMY"))) == []


def test_the_stand_in_gets_no_second_copy_when_a_retry_does_not_reach_the_requester_either(story, here, town):
    story.submit(town.ann)
    card = card_for(story, REQUESTER)
    post = due_of(here, card)
    assert instead(finish(here, post, Rejected(why="user_not_found", elsewhere=True))) == ["UABE"]
    assert write(here, act, deliveries.retry, post.id, by=OPERATOR, now=NOW)
    assert instead(is_refused(here, card, why="user_not_found")) == []


@pytest.mark.case("4.4")
def test_the_outcome_goes_to_the_stand_in_even_when_all_is_decided(story, here, town):
    sent = story.submit(town.ann)
    card = card_for(story, REQUESTER)
    finish(here, due_of(here, card), Done(ts="1.1", channel_id="D1"))
    story.decide(town.dana, sent.request_id, Approve())
    finish(here, due_of(here, card, UPDATE), Done(shown=2))
    did = is_refused(here, card, NOTICE, why="is_inactive")
    assert (did.woke, said(did)) == (True, ["approved REQUESTER @UABE"])
    assert did.of(tables.Card)[card.id,] == {"state": FAILED, "error": "is_inactive", "ts": None}
    make.someone(here, 7, name="Amy", team=make.AGENCY_TEAM, roles={AGENCY: Role.ADMIN})
    (notice,) = (one for one in claim(here, most=100) if one.kind == NOTICE)
    did = finish(here, notice, Rejected(why="user_not_found", elsewhere=True))
    assert (did.of(tables.Effect)[notice.id,], said(did)) == (over(DEAD, "user_not_found"), [])


@pytest.mark.parametrize(
    ("about", "instead"),
    [
        ("approved REQUESTER @UABE", ["approved"]),  # beside the card of Ann, who asked
        ("approved APPROVERS #CBRAND", ["approved APPROVERS @UDANA", "approved APPROVERS @UDOV"]),
    ],
    ids=["whoever may no longer read it", "a channel"],
)
def test_what_was_to_be_said_beside_no_card_is_said_to_others(story, here, town, about, instead):
    sent = story.submit(town.ann)
    become(story, town.abe, deactivated=True)
    claim(here, most=100)
    team = make.AGENCY_TEAM if "REQUESTER" in about else BRAND_TEAM
    put(here, subject_id=sent.request_id, card_id=None, lane="to:there", about=about, team_id=team)
    (notice,) = claim(here)
    did = finish(here, notice, Rejected(why="is_archived", elsewhere=True))
    assert said(did) == instead


@pytest.mark.parametrize("details", [("1",), ("1", "2")], ids=["one thing", "several"])
def test_what_is_said_of_one_thing_is_said_beside_its_card_and_of_several_by_itself(
    story, here, town, details
):
    sent = story.submit(town.ann)
    is_refused(here, card_for(story, APPROVERS))
    claim(here, most=100)
    about = f"ended:{','.join(details)} APPROVERS #CBRAND"
    put(here, subject_id=sent.request_id, card_id=None, lane="to:there", about=about)
    (notice,) = claim(here)
    did = finish(here, notice, Rejected(why="is_archived", elsewhere=True))
    beside = [card_id is not None for _, card_id in did.put(tables.Effect, "kind", "card_id")]
    assert beside == [len(details) == 1] * 2


def test_a_notice_that_waits_beside_a_card_that_is_given_up_goes_to_the_stand_in(story, here, town):
    sent = story.submit(town.ann)
    card = card_for(story, REQUESTER)
    post = due_of(here, card)
    story.comment(town.dana, sent.request_id, "Why?")
    assert instead(finish(here, post, Rejected(why="user_not_found", elsewhere=True))) == ["UABE"]
    finish(here, due_of(here, card, UPDATE), Done())
    did = is_refused(here, card, NOTICE, why="user_not_found")  # as its sender says, seeing the card
    (copy,) = story.rows(tables.Card, user_id="UABE")
    assert did.put(tables.Effect, "kind", "card_id") == [(NOTICE, copy.id)]


def test_a_notice_that_reaches_nobody_is_dead_and_visible(story, here, town):
    sent = story.submit(town.ann)
    card = card_for(story, REQUESTER)
    finish(here, due_of(here, card), Done(ts="1.1", channel_id="D1"))
    become(story, town.abe, deactivated=True)
    story.decide(town.dana, sent.request_id, Approve())
    finish(here, due_of(here, card, UPDATE), Done(shown=2))
    did = is_refused(here, card, NOTICE, why="cannot_dm_bot")
    assert over(DEAD, "cannot_dm_bot") in did.of(tables.Effect).values()
    assert said(did) == []


@pytest.mark.case("4.1")
@pytest.mark.parametrize("is_over", [False, True], ids=["and it goes on", "and it is over"])
def test_a_copy_whose_reader_may_not_read_it_is_closed_and_another_gets_it_while_it_is_open(
    story, here, town, is_over
):
    sent = story.submit(town.ann)
    card = card_for(story, REQUESTER)
    finish(here, due_of(here, card), Done(ts="1.1", channel_id="D1"))
    if is_over:
        story.decide(town.dana, sent.request_id, Decline())
    else:
        write(here, outbox.put_update, card.id, now=NOW)
    become(story, town.ann, guest=True)
    did = finish(here, due_of(here, card, UPDATE), Withdrawn(why="may_not_read"))
    assert did.of(tables.Card)[card.id,] == {"state": FAILED, "error": readers.WITHDRAWN, "ts": None}
    assert instead(did) == ([] if is_over else ["UABE"])
    become(story, town.ann, guest=False)

    def told(ctx, audience):
        return [
            str(one) for one in readers.places(ctx, readers.find_subject(ctx.tx, sent.request_id), audience)
        ]

    assert story.read(told, REQUESTER) == ["UANN"], "what they may read again they are told"
    assert story.read(told, APPROVERS) == ["CBRAND"]


# --- drafts and warnings --------------------------------------------------------------------------


def test_what_was_said_of_settings_to_one_admin_goes_nowhere_else(story, here, town):
    story.change_policy(town.dana, undo_minutes=60)
    card = card_for(story, Audience.SUBMITTERS, user_id=town.dov.user)
    finish(here, due_of(here, card), Done(ts="1.1", channel_id="DDOV"))
    write(here, outbox.put_updates, subject_id=card.subject_id, version=9, now=NOW)
    did = finish(here, due_of(here, card, UPDATE), Withdrawn(why="may_not_read"))
    assert cards_put(did) == []


def test_a_draft_goes_to_the_admins_directly_where_their_channel_is_closed(story, here, town):
    saved = story.submit(town.eva)
    did = is_refused(here, card_for(story, Audience.SUBMITTERS))
    waits = CardState.WAITING, saved.draft_id
    assert cards_put(did) == [
        (Audience.SUBMITTERS, make.AGENCY_TEAM, None, user, *waits) for user in ("UABE", "UANN")
    ]
    assert (card_for(story, Audience.AUTHOR).id, 1, NOW) in versions_shown(did)


def test_a_draft_goes_nowhere_else_once_it_is_dropped(story, here, town):
    saved = story.submit(town.eva)
    post = due_of(here, card_for(story, Audience.SUBMITTERS))
    story.do(requests.drop_draft, saved.draft_id, by=town.ann, expected_version=1)
    did = finish(here, post, Rejected(why="is_archived", elsewhere=True))
    assert cards_put(did) == []
    assert {version for _, version, _ in versions_shown(did)} == {2}


@pytest.mark.parametrize("state", ["OPEN", "IGNORED"])
def test_what_was_found_at_meta_goes_to_the_admins_directly_while_it_is_to_be_decided(
    story, here, town, state
):
    ignored = {"remedy": "IGNORE", "ignored_until": NOW + timedelta(days=9)} if state == "IGNORED" else {}
    id_ = make.found(here, now=NOW, state=state, **ignored)
    story.do(cards.post_where_told, id_, Audience.SUBMITTERS)
    did = is_refused(here, card_for(story, Audience.SUBMITTERS))
    assert instead(did) == (["UDANA", "UDOV"] if state == "OPEN" else [])


@pytest.mark.parametrize("is_over", [False, True], ids=["and it goes on", "and it is over"])
@pytest.mark.parametrize("audience", [Audience.EXPIRY, Audience.ENDING])
def test_a_warning_that_does_not_reach_the_requester_goes_to_one_other_admin_unless_it_is_over(
    story, here, town, audience, is_over
):
    ends = audience is Audience.ENDING
    about = give(story, town) if ends else story.submit(town.ann)
    story.wait(days=23 if ends else 13)
    story.wait(hours=1)
    card = card_for(story, audience)
    post = due_of(here, card)
    if is_over and ends:
        story.end(town.dana, about.id, business=make.BRAND)
    elif is_over:
        story.decide(town.dana, about.request_id, Decline())
    did = finish(here, post, Rejected(why="user_not_found", elsewhere=True))
    told = [] if is_over else [(audience, make.AGENCY_TEAM, None, "UABE")]
    assert [row[:4] for row in cards_put(did)] == told
    assert did.of(tables.Card)[card.id,]["state"] == FAILED


# --- looked up --------------------------------------------------------------------------------------


def test_a_message_is_a_card_by_where_it_stands(here):
    put_card(here, ts="1.1", state=CardState.POSTED)

    def is_card(**other):
        where = {"team_id": "TBRAND", "channel_id": "CBRAND", "ts": "1.1", **other}
        return here.read_sync(deliveries.is_card, **where)

    assert is_card()
    assert not any((is_card(team_id="TOTHER"), is_card(channel_id="C9"), is_card(ts="1.2")))


def test_a_person_is_found_as_the_slack_user_they_are(here, town):
    assert here.read_sync(deliveries.find_user, town.dana.id) == ("TBRAND", "UDANA")
    assert here.read_sync(deliveries.find_user, "nobody") is None


def is_deleted(story, here, card, *, hours=0, **why):
    """Have a change of a card find its message gone, so many hours from now."""
    sending = due_of(here, card, UPDATE)
    gone = Gone(**{"why": "message_not_found", **why})
    return finish(here, sending, gone, now=story.clock.now() + timedelta(hours=hours))


@pytest.mark.parametrize(("hours", "is_missed"), [(0, True), (23, True), (24, False)])
def test_a_card_that_was_deleted_is_not_missed_once_all_of_it_is_long_over(
    story, here, town, hours, is_missed
):
    story.submit(town.ann)
    card = posted(story, here, APPROVERS)
    story.decide(town.dana, card.subject_id, Decline(note="No"))
    did = is_deleted(story, here, card, hours=hours)
    assert did.answer is True
    assert [kind for (kind,) in did.put(tables.Effect, "kind")] == ([POST] if is_missed else [])
    after = did.of(tables.Card)[card.id,]
    assert (after["state"], after.get("error")) == (
        (CardState.WAITING, None) if is_missed else (FAILED, "message_not_found")
    )


@pytest.mark.parametrize(
    ("ended", "hours", "is_missed"), [(False, 99, True), (True, 23, True), (True, 24, False)]
)
def test_a_card_of_access_that_goes_on_or_ended_lately_is_missed(
    story, here, town, *, ended, hours, is_missed
):
    story.submit(town.ann)
    card = posted(story, here, APPROVERS)
    story.decide(town.dana, card.subject_id, Approve())
    if ended:
        story.clock.push(timedelta(hours=48))
        story.end(town.dov, story.grant_of(card.subject_id).id, business=make.BRAND)
    did = is_deleted(story, here, card, hours=hours)
    assert [kind for (kind,) in did.put(tables.Effect, "kind")] == ([POST] if is_missed else [])


def test_a_card_that_can_only_not_be_changed_is_replaced_however_long_it_is_over(story, here, town):
    story.submit(town.ann)
    card = posted(story, here, APPROVERS)
    story.decide(town.dana, card.subject_id, Decline(note="No"))
    did = is_deleted(story, here, card, hours=99, why="cant_update_message", was_deleted=False)
    assert [kind for (kind,) in did.put(tables.Effect, "kind")] == [POST]
    after = did.of(tables.Card)[card.id,]
    assert (after["state"], after["error"]) == (CardState.WAITING, "cant_update_message")


@pytest.mark.parametrize(("why", "obstacle"), [("timeout", "UNREACHED"), ("LIMITED", "LIMITED")])
def test_access_on_its_way_says_why_it_takes_longer_or_that_meta_was_not_reached(
    story, here, town, why, obstacle
):
    story.do(connections.connect, make.BRAND, ciphertext="kept", name="Countersign", by=OPERATOR)
    story.decide(town.dana, story.submit(town.ann).request_id, Approve())
    (sending,) = (one for one in claim(here, most=100) if one.kind is EffectKind.META_ACCESS)
    finish(here, sending, Unknown(why=why))
    (grant,) = story.rows(tables.Grant)
    assert (grant.state, grant.obstacle) == ("PENDING", obstacle)


def a_finding(here, *, is_open):
    over_at = None if is_open else EPOCH
    return make.found(here, now=EPOCH, state="OPEN" if is_open else "CLOSED", over_at=over_at)


def a_review(here, *, is_open, review_id="600000000000091", business_id=make.BRAND):
    row = {
        "id": review_id,
        "business_id": business_id,
        "state": "OPEN" if is_open else "CLOSED",
        "version": 1,
        "silence": Silence.KEEP,
        "left_out": 0,
        "opened_at": EPOCH,
        "opened_by": None,
        "deadline_at": EPOCH,
        "due_at": EPOCH if is_open else None,
        "closed_at": None if is_open else EPOCH,
    }
    write(here, make.insert_row, tables.Review, **row)
    return review_id


@pytest.mark.parametrize("is_open", [True, False])
@pytest.mark.parametrize("what", [a_finding, a_review])
@pytest.mark.usefixtures("town")
def test_a_card_for_admins_goes_to_each_of_them_instead_while_it_waits_for_them(here, what, is_open):
    subject_id = what(here, is_open=is_open)
    put_card(here, subject_id=subject_id, audience=Audience.SUBMITTERS)
    put(here, kind=POST, subject_id=subject_id)
    did = finish(here, *claim(here), Rejected(why="is_archived", elsewhere=True))
    assert sorted(instead(did)) == (["UDANA", "UDOV"] if is_open else [])


@pytest.mark.usefixtures("town")
def test_what_a_partner_is_asked_waits_as_long_as_its_own_review(here):
    asked = {"holder_id": AGENCY, "version": 1, "answers": 0}
    asked |= dict.fromkeys(("need", "answered_by", "answered_at", "due_at"))
    for number, is_open in (("1", False), ("2", True)):
        review_id = a_review(here, is_open=is_open, review_id=f"60000000000009{number}")
        write(here, make.insert_row, tables.ReviewQuestion, id=number, review_id=review_id, **asked)
        assert here.read_sync(readers.find_subject, number).is_undecided is is_open


@pytest.mark.parametrize(("hours", "is_missed"), [(23, True), (24, False)])
def test_the_deleted_card_of_a_draft_is_not_missed_once_that_is_long_over(
    story, here, town, hours, is_missed
):
    draft = story.submit(town.eva)
    card = posted(story, here, Audience.SUBMITTERS)
    story.do(requests.drop_draft, draft.draft_id, expected_version=1, by=town.eva)
    did = is_deleted(story, here, card, hours=hours)
    assert (POST in [kind for (kind,) in did.put(tables.Effect, "kind")]) is is_missed
