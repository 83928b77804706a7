"""ON_BEHALF: an agency asks a business to act on its behalf for an ad account; what it gets is no task."""

from __future__ import annotations

import pytest
from make import ACCOUNT, AGENCY, BRAND, OTHER, PAGE, asset, business, item

from bot.domain.assets import CAPABILITIES, Kind
from bot.domain.denials import DenialReason
from bot.domain.events import EventKind, Subject, SubjectKind
from bot.domain.grants import EndReason, GrantState
from bot.domain.kinds import RequestKind, Side
from bot.domain.messages import Audience, EffectKind, Notice
from bot.domain.requests import Approve, Decline, ErrorCode, NewItem, RequestState, Term
from bot.services import grants, requests
from bot.services.results import Denied, Moved, Sent, Undone
from bot.store import tables

CAPABILITY = CAPABILITIES[Kind.AD_ACCOUNT].tasks
TASKS = frozenset({"ADVERTISE", "ANALYZE"})


def of(asset_id, *, kind=Kind.AD_ACCOUNT):
    return NewItem(kind=kind, tasks=CAPABILITY, asset_id=asset_id)


@pytest.fixture
def ask(story):
    """Have somebody of the agency ask the brand to act on its behalf for its ad account, unless said."""

    def asked(by, *items, **values):
        return story.submit(by, *(items or (of(ACCOUNT),)), **{"kind": RequestKind.ON_BEHALF, **values})

    return asked


@pytest.fixture
def acting(story, town, ask):
    """The grant by which the agency acts on the brand's behalf, for twenty days."""
    sent = ask(town.ann, term=Term.for_days(20))
    assert isinstance(story.decide(town.dana, sent.request_id, Approve()), Moved)
    return story.grant_of(sent.request_id)


@pytest.mark.covers("R4")
def test_the_receiving_business_decides_and_gives_a_capability_and_no_task(story, town, ask):
    sent = ask(town.ann)
    assert (sent.owner, sent.admins, sent.required_approvals) == ("Acme Shoes", 2, 1)
    assert story.cards_for(Audience.APPROVERS, sent.request_id) == ["CBRAND"]
    own = story.decide(town.abe, sent.request_id, Approve())
    assert own.reason is DenialReason.NOT_MEMBER
    assert story.card(sent.request_id).items[0].held == frozenset()

    story.decide(town.dana, sent.request_id, Approve())
    (row,) = story.rows(tables.Grant)
    assert (row.tasks, row.capability, row.holder_id, row.owner_id) == ("", "ON_BEHALF", AGENCY, BRAND)
    assert (story.grant_of(sent.request_id).tasks, story.held(ACCOUNT)) == (CAPABILITY, frozenset())
    (event,) = story.rows(tables.Event, kind=EventKind.GRANT_ACTIVE)
    assert "ON_BEHALF" in event.data

    assert isinstance(story.undo(town.dov, sent.request_id), Undone)
    assert story.grant_of(sent.request_id).state is GrantState.ENDED


def test_who_asked_for_access_before_is_no_stranger_when_asking_to_act_on_behalf(story, town, ask):
    story.submit(town.ann)
    story.live(minutes=5)
    assert story.card(ask(town.abe).request_id).past_requests == 1


def test_it_is_nudged_listed_expired_and_cancelled_like_any_request(story, town, ask):
    cancelled = ask(town.ann)
    story.cancel(town.abe, cancelled.request_id)
    assert story.card(cancelled.request_id).state is RequestState.CANCELLED
    sent = ask(town.ann)
    assert [one.id for one in story.read(requests.waiting_for, by=town.dana).rows] == [sent.request_id]
    assert [one.id for one in story.read(requests.requested_by, by=town.abe).rows] == [sent.request_id]
    story.live(days=16, hours=6)
    assert story.nudged(town.dana)
    assert not story.nudged(town.ann)
    assert story.card(sent.request_id).state is RequestState.EXPIRED
    assert story.cards_for(Audience.EXPIRY, sent.request_id) == [town.ann.user]


def test_what_is_declined_gives_nothing(story, town, ask):
    sent = ask(town.ann)
    story.decide(town.dana, sent.request_id, Decline(note="Not now"))
    assert story.rows(tables.Grant) == []


def test_an_employee_drafts_it_and_an_admin_sends_it(story, town, ask):
    saved = ask(town.eva)
    draft = story.read(requests.draft_card, saved.draft_id)
    assert (draft.request.kind, draft.items[0].requested) == (RequestKind.ON_BEHALF, CAPABILITY)
    sent = story.do(requests.submit_draft, saved.draft_id, by=town.ann, expected_version=1)
    assert story.card(sent.request_id).kind is RequestKind.ON_BEHALF


@pytest.mark.covers("R4")
def test_requests_are_listed_by_how_they_stand_received_and_sent(story, town, oda, ask):
    asset(story.database, "act_2", kind=Kind.AD_ACCOUNT, name="Acme Two", owner=BRAND)
    declined, approved = ask(town.ann).request_id, ask(town.ann, of("act_2")).request_id
    story.decide(town.dana, declined, Decline())
    story.wait(minutes=1)
    story.decide(town.dana, approved, Approve())
    in_progress = ask(town.ann).request_id
    assert isinstance(story.submit(town.ann), Sent), "which is another kind of request"

    def listed(who, state, side, **page):
        rows = story.read(requests.of_kind, RequestKind.ON_BEHALF, state, side, by=who.by(), **page)
        return [one.id for one in rows.rows]

    for who, side, other in (
        (town.dana, Side.DECIDING, Side.REQUESTING),
        (town.ann, Side.REQUESTING, Side.DECIDING),
    ):
        assert listed(who, RequestState.PENDING, side) == [in_progress]
        assert listed(who, RequestState.APPROVED, side) == [approved]
        assert listed(who, RequestState.DECLINED, side) == [declined]
        assert listed(who, RequestState.APPROVED, side, query="acme main") == []
        assert listed(who, RequestState.APPROVED, other) == []
        assert listed(oda, RequestState.APPROVED, side) == [], "nobody else sees them"
    story.cancel(town.ann, in_progress)
    again = ask(town.ann).request_id
    story.decide(town.dov, again, Decline())
    assert listed(town.dana, RequestState.PENDING, Side.DECIDING) == []
    assert listed(town.emil, RequestState.DECLINED, Side.DECIDING) == [again, declined], "the last one first"
    assert listed(town.emil, RequestState.DECLINED, Side.DECIDING, limit=1, offset=1) == [declined]


# --- what can be asked for --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("items", "code"),
    [
        ([item(Kind.AD_ACCOUNT, ACCOUNT)], ErrorCode.UNKNOWN_TASK),
        ([NewItem(kind=Kind.AD_ACCOUNT, tasks=frozenset(), asset_id=ACCOUNT)], ErrorCode.NO_TASKS),
        ([NewItem(kind=Kind.AD_ACCOUNT, tasks=CAPABILITY, words="the one in the EU")], ErrorCode.ASSET_ID),
        ([of(PAGE, kind=Kind.PAGE)], ErrorCode.AD_ACCOUNTS_ONLY),
        ([of(ACCOUNT), of("act_2")], ErrorCode.ONE_ITEM),
    ],
)
def test_it_is_about_one_ad_account_and_no_tasks(town, ask, items, code):
    assert [one.code for one in ask(town.ann, *items).field_errors] == [code]


def test_only_an_account_of_the_business_that_is_asked_can_be_named(story, town, ask):
    business(story.database, OTHER, name="Third", team="TOTHER")
    asset(story.database, "act_3", kind=Kind.AD_ACCOUNT, name="Third Main", owner=OTHER)
    for missing in ("act_3", "act_9"):
        no = ask(town.ann, of(missing))
        assert no == Denied(reason=DenialReason.UNKNOWN_ASSET, field="items.0", name=missing)


def test_a_capability_is_asked_for_by_no_other_kind_of_request(story, town):
    wrong = story.submit(town.ann, of(ACCOUNT))
    assert [one.code for one in wrong.field_errors] == [ErrorCode.UNKNOWN_TASK]


def test_what_is_open_or_held_already_says_so(story, town, ask):
    sent = ask(town.ann)
    again = ask(town.abe)
    assert (again.reason, again.about) == (
        DenialReason.OPEN_ALREADY,
        Subject(SubjectKind.REQUEST, sent.request_id),
    )
    assert isinstance(story.submit(town.ann), Sent), "access to the same account is another kind of request"
    story.decide(town.dana, sent.request_id, Approve())
    held = ask(town.ann)
    assert (held.reason, held.tasks) == (DenialReason.GRANTED_ALREADY, CAPABILITY)


@pytest.mark.parametrize("narrower", [Approve(term=Term.for_days(3)), Approve(given={0: frozenset()})])
def test_it_is_approved_whole_or_not_at_all(story, town, ask, narrower):
    sent = ask(town.ann)
    assert story.decide(town.dana, sent.request_id, narrower).reason is DenialReason.WHOLE_ONLY


def test_nobody_is_assigned_to_a_capability_whoever_the_request_named(story, town, ask):
    sent = ask(town.ann, people=(town.eva.id,))
    assert story.decide(town.dana, sent.request_id, Approve()).state is RequestState.APPROVED
    assert story.rows(tables.Assignment) == []


def test_who_assigns_people_to_a_capability_is_told_that_nobody_is_as_long_as_it_is_held(story, town, acting):
    def answer():
        return story.do(
            grants.assign_person, town.eva.id, business_id=AGENCY, asset_id=ACCOUNT, tasks=TASKS, by=town.ann
        )

    def nobody(name):
        return Denied(reason=DenialReason.NOBODY_ASSIGNED, field="asset", name=name)

    assert answer() == nobody("Acme Main")
    story.set(tables.Asset, {"id": ACCOUNT}, name="")
    assert answer() == nobody(ACCOUNT)
    not_held = Denied(reason=DenialReason.NOT_HELD, field="asset", name=ACCOUNT)
    for ends_at, said in ((None, nobody(ACCOUNT)), (story.clock.now(), not_held)):
        story.set(tables.Grant, {"id": acting.id}, ends_at=ends_at)
        assert answer() == said


# --- beside tasks, and to its end -------------------------------------------------------------------


def test_tasks_and_the_capability_with_one_account_have_each_their_own_life(story, town, ask):
    tasks = story.submit(town.ann, term=Term.for_days(10))
    sent = ask(town.ann, term=Term.for_days(20))
    story.decide(town.dana, sent.request_id, Approve())
    card = story.card(tasks.request_id)
    assert (card.version, card.items[0].held) == (1, frozenset()), "the capability is none of the tasks"
    story.decide(town.dana, tasks.request_id, Approve())
    assert story.card(sent.request_id).items[0].held == CAPABILITY
    assert story.card(tasks.request_id).items[0].held == story.held(ACCOUNT) == TASKS

    story.wait(days=10)
    assert story.held(ACCOUNT) == frozenset()
    assert story.card(sent.request_id).items[0].held == CAPABILITY
    ended = [one for one in story.effects(EffectKind.POST_NOTICE) if Notice.ENDED in one.about]
    assert ended, "the capability goes on, and yet both sides are told that the tasks have ended"
    story.wait(days=10)
    assert story.grant_of(sent.request_id).end_reason is EndReason.REACHED


def test_its_holder_is_warned_before_it_ends_whatever_tasks_go_on(story, town, acting):
    tasks = story.submit(town.ann, term=Term.without_end())
    story.decide(town.dana, tasks.request_id, Approve())
    story.wait(days=13, hours=1)
    assert story.cards_for(Audience.ENDING, acting.id) == [town.ann.user]


def test_it_is_extended_by_a_request_of_its_own_kind_and_then_nobody_is_told_that_the_first_ends(
    story, town, acting
):
    longer = story.extend(town.ann, acting.id, days=30)
    card = story.card(longer.request_id)
    assert (card.kind, card.items[0].requested) == (RequestKind.ON_BEHALF, CAPABILITY)
    story.decide(town.dana, longer.request_id, Approve())
    story.wait(days=21)
    assert story.card(longer.request_id).items[0].held == CAPABILITY
    assert not story.is_live(acting.id)
    assert f"ended:{acting.id}" not in {one.about for one in story.effects(EffectKind.POST_NOTICE)}


@pytest.mark.parametrize("side", [BRAND, AGENCY])
@pytest.mark.covers("R4")
def test_either_side_ends_it_at_once(story, town, acting, side):
    by = town.dov if side == BRAND else town.abe
    story.end(by, acting.id, business=side)
    assert story.card(acting.request_id).items[0].held == frozenset()


def test_nobody_is_assigned_it(story, town, ask):
    sent = ask(town.ann, people=(town.eva.id,))
    story.decide(town.dana, sent.request_id, Approve())
    assert story.rows(tables.Assignment) == []
