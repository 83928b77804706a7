"""What each side sees of a request, of its history, and of what both write about it."""

from __future__ import annotations

from dataclasses import replace

import make
import pytest
from make import ACCOUNT, AGENCY, BRAND, EPOCH, OTHER, PAGE, claiming, item, requesting, unowned
from steps import ADMIN, DAY, become, give

from bot.domain.actors import Role
from bot.domain.assets import CAPABILITIES, Kind
from bot.domain.denials import DenialReason
from bot.domain.faults import FaultKind
from bot.domain.kinds import RequestKind
from bot.domain.requests import Approve, Decline, DraftState, ErrorCode, NewItem
from bot.services import reports, requests
from bot.services.context import act
from bot.services.views.parties import Party
from bot.services.views.requests import DraftView, ItemView
from bot.store import tables


def test_both_sides_see_the_request_and_nobody_else_does(story, town, oda):
    sent = story.submit(town.ann)
    typed = sent.ref.lower().replace("-", " ")
    for find, key in ((requests.find_request, sent.request_id), (requests.find_request_by_ref, typed)):
        assert [story.read(find, key, by=who).id for who in (town.ann, town.emil)] == [sent.request_id] * 2
        assert story.read(find, key, by=oda) is None


def test_history_names_of_the_other_side_only_who_requested_and_who_decided(story, town):
    def names(by, request_id):
        return {line.by for line in story.read(requests.history, request_id, by=by)}

    cancelled = story.submit(town.ann)
    story.cancel(town.abe, cancelled.request_id)
    assert names(town.dana, cancelled.request_id) == {"Ann", None}
    assert names(town.ann, cancelled.request_id) == {"Ann", "Abe"}

    given = give(story, town)
    story.end(town.dov, given.id, business=BRAND)
    assert names(town.ann, given.request_id) == {"Ann", "Dana", None}
    assert names(town.dana, given.request_id) == {"Ann", "Dana", "Dov"}


def test_history_names_who_ended_what_was_offered_to_their_own_side_alone(story, town):
    offer = {"kind": RequestKind.INVITATION, "requesting_id": BRAND, "deciding_id": AGENCY}
    sent = story.submit(town.dana, item(Kind.AD_ACCOUNT, ACCOUNT), **offer)
    story.decide(town.ann, sent.request_id, Approve())
    story.end(town.dov, story.grant_of(sent.request_id).id, business=BRAND)
    ended = {
        who.name: {
            line.by
            for line in story.read(requests.history, sent.request_id, by=who)
            if line.kind == "grant.ended"
        }
        for who in (town.dana, town.ann)
    }
    assert ended == {"Dana": {"Dov"}, "Ann": {None}}


def test_history_leaves_out_what_the_approvers_do_among_themselves(story, town):
    sent = story.submit(town.ann, item(Kind.AD_ACCOUNT, ACCOUNT))
    story.acknowledge(town.dov, sent.request_id)
    story.remind(town.ann, sent.request_id)
    story.snooze(town.dana, sent.request_id)
    story.comment(town.ann, sent.request_id, "Please")
    story.decide(town.emil, sent.request_id, Approve())
    assert story.history(town.dana, sent.request_id)[-1] == "denied"
    assert story.history(town.ann, sent.request_id) == [
        "request.pending",
        "request.reminded",
        "request.comment",
    ], "what the approvers do among themselves is theirs"
    assert story.database.verify().sound


def test_a_card_says_what_they_had_when_they_asked_whatever_begins_or_ends_after_it(story, town, clock):
    def had(request_id):
        return story.read(requests.find_request, request_id, by=town.dana).live_assets

    given = give(story, town, item(Kind.AD_ACCOUNT, ACCOUNT))
    clock.push(DAY)
    asked = story.submit(town.ann, item(Kind.PAGE, PAGE))
    assert had(asked.request_id) == 1
    clock.push(DAY)
    story.set(tables.Grant, {"id": given.id}, state="ENDING", end_reason="REVOKED")
    assert had(asked.request_id) == 1, "nor while it is being taken away at Meta"
    story.set(tables.Grant, {"id": given.id}, state="ACTIVE", end_reason=None)
    story.end(town.dov, given.id, business=BRAND)
    clock.push(DAY)
    assert had(asked.request_id) == 1, "its card is not rendered again when other access ends"
    later = story.submit(town.ann, item(Kind.AD_ACCOUNT, ACCOUNT))
    assert had(later.request_id) == 0
    clock.push(DAY)
    story.decide(town.dana, asked.request_id, Approve())
    assert had(later.request_id) == 0, "nor when other access begins"


def test_what_begins_or_ends_in_the_instant_of_a_request_does_so_after_it(story, town):
    def had(request_id):
        return story.read(requests.find_request, request_id, by=town.dana).live_assets

    first = story.submit(town.ann, item(Kind.PAGE, PAGE))
    later = story.submit(town.ann, item(Kind.AD_ACCOUNT, ACCOUNT))
    story.decide(town.dana, first.request_id, Approve())
    assert had(later.request_id) == 0, "as its card was sent"
    story.wait(minutes=30)
    last = story.submit(town.ann, item(Kind.PIXEL, words="the pixel of the shop"))
    story.end(town.dov, story.grant_of(first.request_id).id, business=BRAND)
    assert had(last.request_id) == 1, "as its card was sent"


@pytest.mark.parametrize(
    ("what", "had"),
    [
        ({"state": "ACTIVE"}, 1),
        ({"ends_at": None}, 1),
        ({"ends_at": EPOCH}, 0),
        ({"state": "ENDING", "end_reason": "REVOKED"}, 1),
        ({"state": "PENDING"}, 0),
    ],
    ids=str,
)
def test_what_was_had_when_it_was_asked_is_so_many_assets_that_are_there(story, town, what, had):
    for level in ("General user", "Admin"):
        give(story, town, item(Kind.AD_ACCOUNT, ACCOUNT, level=level))
    story.set(tables.Grant, {"asset_id": ACCOUNT}, **what)
    sent = story.submit(town.ann, item(Kind.PAGE, PAGE))
    assert story.card(sent.request_id).live_assets == had


def test_who_offered_before_is_new_when_asking(story, town):
    story.submit(town.dana, kind=RequestKind.INVITATION, requesting_id=BRAND, deciding_id=AGENCY)
    make.asset(story.database, "act_55", kind=Kind.AD_ACCOUNT, name="Plan", owner=AGENCY)
    plan = item(Kind.AD_ACCOUNT, "act_55")
    for past in (0, 1):
        asked = story.submit(town.dana, plan, requesting_id=BRAND, deciding_id=AGENCY)
        assert story.card(asked.request_id).past_requests == past
        story.cancel(town.dana, asked.request_id)
        story.clock.push(DAY)


def test_a_draft_is_shown_to_its_business_with_all_that_it_says_and_what_became_of_it(story, town, clock):
    held = give(story, town, item(Kind.AD_ACCOUNT, ACCOUNT))
    new = requesting(
        item(Kind.AD_ACCOUNT, ACCOUNT, level="Admin"),
        item(Kind.PIXEL, words="the pixel of the shop"),
        people=(town.eva.id, town.abe.id),
    )
    saved = story.do(requests.submit, new, by=town.eva)
    asked = {"given": None, "held_until": None, "others": (), "grant": None}
    account, pixel = new.items
    waits = DraftView(
        id=saved.draft_id,
        ref=saved.ref,
        state=DraftState.WAITING,
        version=1,
        requesting=Party(id=AGENCY, name="Northwind", verified=True),
        deciding=Party(id=BRAND, name="Acme Shoes", verified=True),
        author="Eva",
        author_id=town.eva.id,
        request=new,
        items=(
            ItemView(
                position=0,
                kind=Kind.AD_ACCOUNT,
                asset_id=ACCOUNT,
                asset_name="Acme Main",
                words=None,
                requested=account.tasks,
                held=held.tasks,
                **asked,
            ),
            ItemView(
                position=1,
                kind=Kind.PIXEL,
                asset_id=None,
                asset_name=None,
                words="the pixel of the shop",
                requested=pixel.tasks,
                held=frozenset(),
                **asked,
            ),
        ),
        people=("Abe", "Eva"),
        created_at=clock.now(),
        expires_at=clock.now() + 14 * DAY,
        over_at=None,
        over_by=None,
        request_id=None,
    )

    def shown(by):
        return story.read(requests.find_draft, saved.draft_id, by=by)

    assert [shown(who) for who in (town.eva, town.ann, town.dana)] == [waits, waits, None]
    clock.push(DAY)
    sent = story.do(requests.submit_draft, saved.draft_id, expected_version=1, by=town.ann)
    became = {"state": DraftState.SENT, "version": 2, "request_id": sent.request_id}
    assert shown(town.eva) == replace(waits, **became, over_at=clock.now(), over_by="Ann")
    assert story.read(requests.find_draft, "nosuch", by=town.eva) is None
    with pytest.raises(KeyError):
        story.read(requests.draft_card, "nosuch")


def test_a_draft_says_of_whom_it_asks_also_once_that_is_gone_and_what_of_its_kind_is_held(story, town):
    behalf = requesting(
        NewItem(kind=Kind.AD_ACCOUNT, tasks=CAPABILITIES[Kind.AD_ACCOUNT].tasks, asset_id=ACCOUNT),
        kind=RequestKind.ON_BEHALF,
    )
    claim = claiming(unowned(story.database, "act_7001", town.dana))
    (behalf_id, claim_id) = (story.do(requests.submit, new, by=town.eva).draft_id for new in (behalf, claim))
    give(story, town, *behalf.items, kind=RequestKind.ON_BEHALF)

    def shown(draft_id, named="", instead=""):
        (row,) = story.rows(tables.Draft, id=draft_id)
        story.set(tables.Draft, {"id": draft_id}, content=row.content.replace(named, instead))
        return story.read(requests.draft_card, draft_id)

    held = [shown(draft_id).items[0].held for draft_id in (behalf_id, claim_id)]
    assert held == [behalf.items[0].tasks, frozenset()]
    assert shown(claim_id).deciding == Party(id="act_7001", name="Spring Ads", verified=True)
    for draft_id, named, instead in ((claim_id, "act_7001", "act_7999"), (behalf_id, BRAND, OTHER)):
        assert shown(draft_id, named, instead).deciding == Party(id=instead, name=instead, verified=False)


# --- questions and answers ---------------------------------------------------------------------------


@pytest.mark.case("4.3")
def test_what_was_meant_by_a_description_is_told_to_the_requester_only_once_it_is_given(story, town):
    def told(by):
        views = [
            story.read(requests.find_request, sent.request_id, by=by),
            *story.read(requests.requested_by, by=by).rows,
            *story.read(requests.waiting_for, by=by).rows,
        ]
        return {(view.items[0].asset_id, view.items[0].asset_name) for view in views}

    nothing, bound = {(None, None)}, {(PAGE, "Acme Page")}
    for last, asker_is_told in ((Decline(note="No"), nothing), (Approve(), bound)):
        story.set(tables.BusinessRow, {"id": BRAND}, quorum=2)
        sent = story.submit(town.ann, item(Kind.PAGE, words="the new one"))
        story.decide(town.dana, sent.request_id, Approve(bound={0: PAGE}))
        assert told(town.ann) == nothing
        assert told(town.dov) == bound, "the next approver sees what the first one means"
        story.decide(town.dov, sent.request_id, last)
        assert told(town.ann) == asker_is_told
        assert told(town.dov) == bound


def test_what_one_side_writes_both_sides_see_also_after_the_decision(story, town):
    sent = story.submit(town.ann)
    story.comment(town.dana, sent.request_id, "For\u202e which\u200b market?")
    story.wait(minutes=1)
    story.comment(town.abe, sent.request_id, "Sweden.")
    story.wait(minutes=1)
    story.decide(town.dana, sent.request_id, Approve())
    story.comment(town.dov, sent.request_id, "Enjoy!")
    said = [(one.by, one.business.name, one.text) for one in story.card(sent.request_id).comments]
    assert said == [
        ("Dana", "Acme Shoes", "For which market?"),
        ("Abe", "Northwind", "Sweden."),
        ("Dov", "Acme Shoes", "Enjoy!"),
    ]
    for side in (town.ann, town.dana):
        assert story.history(side, sent.request_id).count("request.comment") == 3


def test_nobody_else_comments(story, town, oda):
    sent = story.submit(town.ann)
    assert story.comment(oda, sent.request_id, "Hi").reason is DenialReason.UNKNOWN_REQUEST
    assert story.comment(town.emil, sent.request_id, "Hi").reason is DenialReason.NOT_ADMIN
    assert story.comment(town.eva, sent.request_id, "Hi").reason is DenialReason.NOT_ADMIN
    assert story.comment(town.ann, "123", "Hi").reason is DenialReason.UNKNOWN_REQUEST
    assert story.card(sent.request_id).comments == ()


@pytest.mark.parametrize(
    ("text", "code"),
    [("", ErrorCode.NO_WORDS), (" \u200b\n", ErrorCode.NO_WORDS), ("x" * 501, ErrorCode.TOO_LONG)],
)
def test_a_comment_has_words_and_not_too_many(story, town, text, code):
    sent = story.submit(town.ann)
    (field_error,) = story.comment(town.ann, sent.request_id, text).field_errors
    assert (field_error.field, field_error.code) == ("text", code)


@pytest.mark.covers("T34", "I28")
def test_at_most_twenty_comments_a_day_are_written_about_a_request(story, town, clock):
    sent = story.submit(town.ann, item(Kind.PAGE, PAGE))
    for _ in range(20):
        story.comment(town.dana, sent.request_id, "Which campaign?")
    assert story.comment(town.ann, sent.request_id, "All").reason is DenialReason.TOO_MANY_COMMENTS
    clock.push(DAY)
    assert not hasattr(story.comment(town.ann, sent.request_id, "All"), "reason")


@pytest.mark.covers("R13")
def test_who_runs_it_is_told_what_takes_more_approvals_than_can_be_given_as_its_card_says(story, town):
    def dead_ends():
        now = story.clock.now()
        found = story.database.read_sync(act, reports.check_up, now=now, real=now).faults
        return [one.facts for one in found if one.kind is FaultKind.DEAD_END]

    def on_the_card(sent):
        view = story.card(sent.request_id)
        return view.admins, view.required_approvals

    one, other = story.submit(town.ann, ADMIN), story.submit(town.ann, item(Kind.PAGE, PAGE))
    story.decide(town.dana, one.request_id, Approve())
    assert (on_the_card(one), on_the_card(other), dead_ends()) == ((2, 2), (2, 1), [])
    become(story, town.dov, role=Role.EMPLOYEE)
    assert (on_the_card(one), on_the_card(other)) == ((1, 2), (1, 1))
    assert dead_ends() == [{"ref": one.ref, "has": 0, "needs": 1}], "she cannot approve twice"
    story.change_policy(town.dana, quorum=3)
    assert (on_the_card(one), on_the_card(other)) == ((1, 3), (1, 3))
    wanting = {"ref": one.ref, "has": 0, "needs": 2}, {"ref": other.ref, "has": 1, "needs": 3}
    assert sorted(dead_ends(), key=lambda found: found["needs"]) == [*wanting]
