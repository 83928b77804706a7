"""INVITATION: an owner offers a partner access; some take two of its admins to send, the partner accepts."""

from __future__ import annotations

import json
from datetime import timedelta

import make
import pytest
from make import ACCOUNT, AGENCY, BRAND, PAGE, item
from steps import denied, effects, run, said

from bot.domain.actors import ApiSharing, Role, Status
from bot.domain.assets import Kind
from bot.domain.denials import DenialReason
from bot.domain.events import EventKind, Subject, SubjectKind
from bot.domain.findings import FindingState
from bot.domain.grants import GrantState
from bot.domain.kinds import RequestKind
from bot.domain.messages import Audience, EffectKind
from bot.domain.requests import Approve, DraftState, ErrorCode, RequestState, Term
from bot.services import consequences, requests, settings
from bot.services.context import act
from bot.services.results import Denied, Moved, Saved, Sent, Undone
from bot.services.views.parties import Signer
from bot.store import tables

ADMIN = item(Kind.AD_ACCOUNT, ACCOUNT, level="Admin")


@pytest.fixture
def invite(story):
    """Have somebody offer the agency access to the brand's assets: the ad account, unless said."""

    def invited(by, *items, **values):
        return story.submit(
            by,
            *items,
            **{
                "kind": RequestKind.INVITATION,
                "requesting_id": BRAND,
                "deciding_id": AGENCY,
                **values,
            },
        )

    return invited


@pytest.mark.covers("P2", "B5", "R2")
def test_nothing_is_shared_before_the_partners_admins_accept(story, town, invite):
    sent = invite(town.dana)
    assert (sent.owner, sent.admins, sent.required_approvals) == ("Northwind", 2, 1)
    assert story.cards_for(Audience.APPROVERS, sent.request_id) == ["CAGENCY"]
    assert story.held(ACCOUNT) == frozenset()
    own = story.decide(town.dov, sent.request_id, Approve())
    assert own.reason is DenialReason.NOT_MEMBER
    story.decide(town.ann, sent.request_id, Approve())
    grant = story.grant_of(sent.request_id)
    assert (grant.owner.id, grant.holder.id, grant.state) == (BRAND, AGENCY, GrantState.ACTIVE)
    assert (grant.decided_by, story.held(ACCOUNT)) == ((Signer("Ann"),), grant.tasks)
    assert isinstance(story.undo(town.abe, sent.request_id), Undone)
    assert story.held(ACCOUNT) == frozenset()


def test_an_invitation_is_nudged_expired_and_listed_like_any_request(story, town, invite):
    sent = invite(town.dana)
    assert [one.id for one in story.read(requests.waiting_for, by=town.ann).rows] == [sent.request_id]
    assert [one.id for one in story.read(requests.requested_by, by=town.dov).rows] == [sent.request_id]
    story.live(days=16, hours=6)
    assert story.nudged(town.ann)
    assert not story.nudged(town.dov)
    assert story.card(sent.request_id).state is RequestState.EXPIRED
    assert story.cards_for(Audience.EXPIRY, sent.request_id) == [town.dana.user]


def test_a_partner_accepts_an_invitation_whole_or_not_at_all(story, town, invite):
    sent = invite(town.dana)
    less = story.decide(town.ann, sent.request_id, Approve(term=Term.for_days(3)))
    assert (less.reason, less.field) == (DenialReason.WHOLE_ONLY, "items")
    assert isinstance(story.decide(town.ann, sent.request_id, Approve()), Moved)


# --- what nobody is asked about ------------------------------------------------------------------------


def test_what_an_owner_gives_directly_is_in_force_at_once_unless_the_partner_wants_to_accept_it(
    story, town, invite
):
    story.set(tables.BusinessRow, {"id": AGENCY}, quorum=2)
    given = invite(town.dana, direct=True)
    assert (given.state, given.approvals, given.required_approvals) == (RequestState.APPROVED, 1, 1)
    view = story.card(given.request_id)
    assert (view.approvals, view.required_approvals) == (1, 1), "as it was, whatever the partner's quorum"
    grant = story.grant_of(given.request_id)
    assert (grant.decided_by, story.held(ACCOUNT)) == ((Signer("Dana"),), grant.tasks)
    (approved,) = story.rows(tables.Event, kind=EventKind.REQUEST_APPROVED)
    assert json.loads(approved.data)["direct"]
    story.set(tables.BusinessRow, {"id": AGENCY}, api_sharing=ApiSharing.AFTER_ACCEPTANCE)
    assert isinstance(invite(town.dana, item(Kind.PAGE, PAGE), direct=True), Sent)


def test_what_the_partner_was_found_to_have_is_recorded_and_anything_else_is_offered(story, town):
    make.business(story.database, make.OTHER, name="Other", team=make.OTHER_TEAM)
    found = make.found(story.database, now=story.clock.now(), tasks="ADVERTISE,ANALYZE")
    pixel, page = item(Kind.PIXEL, make.PIXEL), item(Kind.PAGE, PAGE)

    def adopts(*items, **values):
        how = {"requesting_id": BRAND, "deciding_id": AGENCY, "found": found, **values}
        new = make.requesting(*(items or (pixel,)), kind=RequestKind.INVITATION, **how)
        by, now = town.dana.by(), story.clock.now()
        return make.attempt(story.database, act, requests.submit, new, by=by, now=now)

    assert adopts().state is RequestState.APPROVED
    more = item(Kind.PIXEL, make.PIXEL, level="Admin")
    for offered in (
        adopts(more),
        adopts(page),
        adopts(pixel, page),
        adopts(deciding_id=make.OTHER),
        adopts(found="404404"),
    ):
        assert isinstance(offered, Sent)
    story.set(tables.Finding, {"id": found}, state=FindingState.CLOSED, over_at=story.clock.now())
    assert isinstance(adopts(), Sent), "the partner has it no more"


# --- what may be offered ----------------------------------------------------------------------------


@pytest.mark.covers("P13", "D3")
def test_only_the_owner_shares_an_asset_and_a_partner_cannot_pass_it_on(story, town, invite):
    held = story.submit(town.ann)
    story.decide(town.dana, held.request_id, Approve())
    passed_on = invite(town.ann, requesting_id=AGENCY, deciding_id=BRAND)
    assert passed_on == Denied(reason=DenialReason.NOT_OWNED, field="items.0", name=ACCOUNT)
    missing = invite(town.dana, item(Kind.AD_ACCOUNT, "act_9"))
    assert missing == Denied(reason=DenialReason.NOT_OWNED, field="items.0", name="act_9")


def test_what_is_offered_or_held_already_says_so_and_where(story, town, invite):
    sent = invite(town.dana)
    again = invite(town.dov)
    assert (again.reason, again.about, again.ref) == (
        DenialReason.OFFERED_ALREADY,
        Subject(SubjectKind.REQUEST, sent.request_id),
        sent.ref,
    )
    assert isinstance(story.submit(town.ann), Sent), "asking for the same asset is another kind of request"
    story.decide(town.ann, sent.request_id, Approve())
    assert invite(town.dov).reason is DenialReason.HELD_ALREADY


def test_an_asset_cannot_be_offered_in_words(story, town, invite):
    (wrong,) = invite(town.dana, item(Kind.PIXEL, words="the pixel of the shop")).field_errors
    assert (wrong.field, wrong.code) == ("items.0", ErrorCode.ASSET_ID)


@pytest.mark.parametrize(
    ("standing", "reason"),
    [
        ((BRAND, {"verified": False}), DenialReason.OWN_UNVERIFIED),
        ((BRAND, {"status": Status.RESTRICTED}), DenialReason.OWN_RESTRICTED),
        ((AGENCY, {"verified": False}), DenialReason.UNVERIFIED),
        ((AGENCY, {"status": Status.DEACTIVATED}), DenialReason.DEACTIVATED),
        ((AGENCY, {"who_may_ask": "NOBODY"}), None),
    ],
)
def test_both_sides_of_an_invitation_are_verified_and_active(story, town, invite, standing, reason):
    who, values = standing
    story.set(tables.BusinessRow, {"id": who}, **values)
    answer = invite(town.dana)
    assert (answer.reason if isinstance(answer, Denied) else None) is reason


def test_what_changed_hands_or_whose_owner_is_not_sound_any_more_cannot_be_accepted(story, town, invite):
    sent = invite(town.dana)
    story.set(tables.BusinessRow, {"id": BRAND}, verified=False)
    no = story.decide(town.ann, sent.request_id, Approve())
    assert (no.reason, no.name) == (DenialReason.PARTNER_UNVERIFIED, "Acme Shoes")
    story.set(tables.BusinessRow, {"id": BRAND}, verified=True)
    story.set(tables.BusinessRow, {"id": BRAND}, status=Status.DEACTIVATED)
    assert story.decide(town.ann, sent.request_id, Approve()).reason is DenialReason.PARTNER_INACTIVE
    story.set(tables.BusinessRow, {"id": BRAND}, status=Status.ACTIVE)
    story.set(tables.Asset, {"id": ACCOUNT}, owner_id=None)
    assert story.decide(town.ann, sent.request_id, Approve()).reason is DenialReason.ASSET_MOVED
    assert story.held(ACCOUNT) == frozenset()


def test_access_that_was_offered_can_be_extended_when_its_holder_asks(story, town, invite):
    sent = invite(town.dana)
    story.decide(town.ann, sent.request_id, Approve())
    asked = story.extend(town.ann, story.grant_of(sent.request_id).id)
    view = story.card(asked.request_id)
    assert (view.kind, view.deciding.id, view.extends.ref) == (RequestKind.ACCESS, BRAND, sent.ref)


# --- what takes several admins to send --------------------------------------------------------------


def not_sent(story, saved, by):
    """Have an admin send a draft, and return why it is not: that is on record, and nothing else is."""
    did = run(story, requests.submit_draft, saved.draft_id, by=by, expected_version=1)
    return denied(story, did, saved.draft_id, by, kind="draft", verb="submit_draft")


@pytest.mark.parametrize(("quorum", "items"), [(1, [ADMIN]), (2, [item(Kind.PAGE, PAGE)])])
def test_what_takes_two_admins_to_give_takes_two_to_offer_and_goes_out_with_the_second(
    story, town, invite, quorum, items
):
    story.set(tables.BusinessRow, {"id": BRAND}, quorum=quorum)
    saved = invite(town.dana, *items)
    assert (saved.admins, saved.approvals, saved.required_approvals) == (2, 1, 2)
    assert story.rows(tables.Request) == []
    view = story.read(requests.draft_card, saved.draft_id)
    assert (view.approved_by, view.required_approvals) == (("Dana",), 2)
    about = {"about": Subject(SubjectKind.DRAFT, saved.draft_id), "ref": saved.ref}
    assert not_sent(story, saved, town.dana) == Denied(reason=DenialReason.APPROVED_ALREADY, **about)

    sent = story.do(requests.submit_draft, saved.draft_id, expected_version=1, by=town.dov)
    assert (type(sent), sent.ref, sent.required_approvals) == (Sent, saved.ref, 1)
    assert story.decide(town.ann, sent.request_id, Approve()).state is RequestState.APPROVED


@pytest.mark.case("1.5")
def test_an_admin_whom_the_first_has_just_made_one_does_not_send_with_them(story, town, invite):
    saved = invite(town.dana, ADMIN)
    story.do(settings.set_role, BRAND, town.emil.id, role=Role.ADMIN, by=town.dana)
    about = {"about": Subject(SubjectKind.DRAFT, saved.draft_id), "ref": saved.ref}
    assert not_sent(story, saved, town.emil) == Denied(reason=DenialReason.ONE_VOICE, **about, name="Dana")
    assert isinstance(story.do(requests.submit_draft, saved.draft_id, expected_version=1, by=town.dov), Sent)


@pytest.mark.case("1.5")
def test_an_admin_who_approved_does_not_send_with_whom_they_made_an_admin_again(story, town, invite):
    def make_emil(role):
        story.do(settings.set_role, BRAND, town.emil.id, role=role, by=town.dana)

    def send(by):
        (draft,) = story.rows(tables.Draft, id=saved.draft_id)
        return story.do(requests.submit_draft, draft.id, expected_version=draft.version, by=by)

    make_emil(Role.ADMIN)
    saved = invite(town.emil, ADMIN)
    make_emil(Role.EMPLOYEE)
    assert send(town.dana).approvals == 1, "nobody else's counts now"
    make_emil(Role.ADMIN)
    view = story.read(requests.draft_card, saved.draft_id)
    assert (len(view.approved_by), view.approvals) == (2, 1), "and its card counts them as one"
    again = send(town.dana)
    assert (again.reason, again.name) == (DenialReason.ONE_VOICE, "Emil")
    assert isinstance(send(town.dov), Sent)


def test_of_three_admins_who_must_send_the_second_moves_the_draft_and_the_third_sends_it(story, town, invite):
    story.set(tables.BusinessRow, {"id": BRAND}, quorum=3)
    max_ = make.someone(story.database, 31, name="Max", team=make.BRAND_TEAM, roles={BRAND: Role.ADMIN})
    saved = invite(town.dana)
    cards = [story.read(requests.draft_card, saved.draft_id, by=who) for who in (town.dana, town.dov)]
    assert [one.approved_by_reader for one in cards] == [True, False]
    waits = story.do(requests.submit_draft, saved.draft_id, expected_version=1, by=town.dov)
    assert (type(waits), waits.approvals, waits.required_approvals) == (Saved, 2, 3)
    late = story.do(requests.submit_draft, saved.draft_id, expected_version=1, by=max_)
    assert late.reason is DenialReason.CHANGED, "its card shows another number of approvals now"
    again = story.do(requests.submit_draft, saved.draft_id, expected_version=2, by=town.dov)
    assert again.reason is DenialReason.APPROVED_ALREADY
    known = story.clock.now()
    story.set(tables.Person, {"id": town.dana.id}, checked_at=known - timedelta(days=1, seconds=1))
    again = story.do(requests.submit_draft, saved.draft_id, expected_version=2, by=town.dov)
    assert again.reason is DenialReason.UNCONFIRMED, "whether theirs still counts comes first"
    story.set(tables.Person, {"id": town.dana.id}, checked_at=known)
    sent = story.do(requests.submit_draft, saved.draft_id, expected_version=2, by=max_)
    assert isinstance(sent, Sent)
    kinds = [row.kind for row in story.rows(tables.Event, subject_id=saved.draft_id)]
    assert kinds == [
        EventKind.DRAFT_WAITING,
        EventKind.DRAFT_APPROVED,
        *[EventKind.DENIED] * 3,
        EventKind.DRAFT_SENT,
    ]
    (second,) = story.rows(tables.Event, kind=EventKind.DRAFT_APPROVED)
    assert json.loads(second.data) == {
        "ref": saved.ref,
        "request": None,
        "approvals": 2,
        "required_approvals": 3,
    }


def test_once_fewer_must_send_it_one_of_those_who_have_approved_sends_it(story, town, invite):
    story.set(tables.BusinessRow, {"id": BRAND}, quorum=3)
    saved = invite(town.dana)
    story.do(requests.submit_draft, saved.draft_id, expected_version=1, by=town.dov)
    story.set(tables.BusinessRow, {"id": BRAND}, quorum=2)
    assert isinstance(story.do(requests.submit_draft, saved.draft_id, expected_version=2, by=town.dana), Sent)


def test_a_change_of_what_is_offered_takes_all_approvals_again(story, town, invite):
    saved = invite(town.dana, ADMIN)
    more = make.requesting(
        ADMIN,
        item(Kind.PAGE, PAGE),
        kind=RequestKind.INVITATION,
        requesting_id=BRAND,
        deciding_id=AGENCY,
    )
    changed = story.do(requests.change_draft, saved.draft_id, more, expected_version=1, by=town.dov)
    assert (changed.approvals, changed.required_approvals) == (0, 2)
    first = story.do(requests.submit_draft, saved.draft_id, expected_version=2, by=town.dov)
    assert (type(first), first.approvals) == (Saved, 1)
    sent = story.do(requests.submit_draft, saved.draft_id, expected_version=3, by=town.dana)
    assert isinstance(sent, Sent)


def test_the_approval_of_who_is_no_admin_any_more_does_not_count(story, town, invite):
    saved = invite(town.dana, ADMIN)
    story.set(tables.Membership, {"person_id": town.dana.id}, role=Role.EMPLOYEE)
    alone = story.do(requests.submit_draft, saved.draft_id, expected_version=1, by=town.dov)
    assert (type(alone), alone.approvals) == (Saved, 1)
    assert story.rows(tables.Request) == []


def test_a_draft_changes_with_who_approves_that_it_is_sent(story, town, invite):
    story.set(tables.BusinessRow, {"id": BRAND}, quorum=2)
    saved, sent, others = (
        invite(town.dana, ADMIN),
        invite(town.dana, item(Kind.PAGE, PAGE)),
        invite(town.dov, item(Kind.PIXEL, make.PIXEL)),
    )
    story.do(requests.submit_draft, sent.draft_id, expected_version=1, by=town.dov)
    story.do(settings.set_role, BRAND, town.dana.id, role=Role.EMPLOYEE, by=town.dov)
    view = story.read(requests.draft_card, saved.draft_id)
    assert (view.version, view.approved_by) == (2, ())
    changed = [row.subject_id for row in story.rows(tables.Event, kind=EventKind.DRAFT_CHANGED)]
    assert changed == [saved.draft_id], "not what was sent, nor what another has approved"
    assert story.read(requests.draft_card, others.draft_id).version == 1
    late = story.do(requests.submit_draft, saved.draft_id, expected_version=1, by=town.dov)
    assert late.reason is DenialReason.CHANGED, "its card showed an approval that does not count"


def test_a_draft_s_card_and_the_homes_of_its_business_follow_whose_approval_counts(story, town, invite):
    saved = invite(town.dana, ADMIN)
    for who in (town.dov, town.ann):
        story.open_home(who)
    said(story)
    did = run(story, consequences.approver_changed, town.dana.id)
    followed = [(audience, 2, "") for audience in (Audience.AUTHOR, Audience.SUBMITTERS)]
    assert effects(story, did, EffectKind.UPDATE_CARD) == followed
    assert [one.subject_id for one in story.effects(EffectKind.PUBLISH_HOME, state="WAITING")] == [
        town.dov.user
    ]
    (event,) = story.rows(tables.Event, kind=EventKind.DRAFT_CHANGED)
    about = (event.subject_kind, event.subject_id, event.business_id, event.version)
    assert about == (SubjectKind.DRAFT, saved.draft_id, BRAND, 2)
    assert json.loads(event.data) == {"ref": saved.ref, "request": None}


def test_an_approval_counts_only_while_slack_confirms_who_gave_it(story, town, invite):
    saved = invite(town.dana, ADMIN)
    old = story.clock.now() - timedelta(days=1, seconds=1)
    story.set(tables.Person, {"id": town.dana.id}, checked_at=old)
    assert not_sent(story, saved, town.dov) == Denied(
        reason=DenialReason.UNCONFIRMED,
        about=Subject(SubjectKind.DRAFT, saved.draft_id),
        ref=saved.ref,
        name="Dana",
    )


def test_what_an_employee_drafts_needs_as_many_admins_as_what_an_admin_does(story, town, invite):
    saved = invite(town.emil, ADMIN)
    assert (saved.approvals, saved.required_approvals) == (0, 2)
    first = story.do(requests.submit_draft, saved.draft_id, expected_version=1, by=town.dana)
    assert (type(first), first.approvals) == (Saved, 1)
    assert isinstance(story.do(requests.submit_draft, saved.draft_id, expected_version=2, by=town.dov), Sent)
    (draft,) = story.rows(tables.Draft)
    assert draft.state == DraftState.SENT


def test_who_would_be_invited_and_how_many_must_send_it_is_said_before(story, town):
    said = story.read(
        requests.preview,
        RequestKind.INVITATION,
        requesting_id=BRAND,
        deciding_id=AGENCY,
        requested=[(Kind.AD_ACCOUNT, ADMIN.tasks)],
        by=town.dana,
    )
    assert (said.admins, said.required_approvals, said.senders, said.approvals_to_send) == (2, 1, 2, 2)
