"""What may be requested, what stands in the way, where the card goes; and what employees draft."""

from __future__ import annotations

import json
from dataclasses import replace

import make
import pytest
from make import ACCOUNT, AGENCY, AGENCY_TEAM, BRAND, PAGE, item
from steps import ADMIN, DAY, MINUTE, become, denied, give, run, told

from bot.domain.actors import Role, Status, WhoMayAsk
from bot.domain.assets import Kind, find_level
from bot.domain.denials import DenialReason
from bot.domain.events import Subject, SubjectKind
from bot.domain.grants import GrantState
from bot.domain.kinds import DEFAULT_KIND, RequestKind, Side
from bot.domain.messages import Audience
from bot.domain.requests import DraftState, ErrorCode, RequestState, Term
from bot.errors import AlreadyDecided
from bot.services import requests
from bot.services.context import act
from bot.services.requests import drafts, send
from bot.services.results import Denied, Saved, Sent
from bot.services.views.parties import Party
from bot.services.views.requests import Preview
from bot.store import tables


@pytest.fixture
def asked(story, town):
    """What Ann would be answered to a request; nothing of it is kept."""

    def answered(*items):
        by = town.ann.by()
        new = make.requesting(*items)
        return make.attempt(story.database, act, requests.submit, new, by=by, now=story.clock.now())

    return answered


def test_a_denied_request_is_kept_with_what_stands_in_its_way(story, town, sent):
    did = run(story, requests.submit, make.requesting(), by=town.abe)
    again = denied(story, did, sent, town.abe, verb="submit", business=AGENCY, field="items.0")
    assert again.reason is DenialReason.OPEN_ALREADY
    theirs = make.requesting(requesting_id=BRAND, deciding_id=AGENCY)
    did = run(story, requests.submit, theirs, by=town.ann)
    foreign = denied(story, did, "", town.ann, verb="submit", business=None, role=None)
    assert foreign.reason is DenialReason.NOT_MEMBER


@pytest.mark.covers("T10")
@pytest.mark.parametrize(
    ("kind", "asset_id", "owner"),
    [
        pytest.param(Kind.AD_ACCOUNT, "act_9", BRAND, id="no asset"),
        pytest.param(Kind.PIXEL, PAGE, BRAND, id="of another kind"),
        pytest.param(Kind.PAGE, PAGE, AGENCY, id="of another owner"),
        pytest.param(Kind.PAGE, PAGE, None, id="of no owner"),
    ],
)
def test_what_is_not_the_owners_asset_of_that_kind_is_unknown(story, asked, kind, asset_id, owner):
    story.set(tables.Asset, {"id": PAGE}, owner_id=owner)
    unknown = Denied(reason=DenialReason.UNKNOWN_ASSET, field="items.0", name=asset_id)
    assert asked(item(kind, asset_id)) == unknown


@pytest.mark.covers("T35", "R5")
def test_what_is_asked_for_already_is_named_until_it_is_over(story, town, asked):
    story.submit(town.ann, item(Kind.PIXEL, make.PIXEL))
    sent = story.submit(town.abe)
    assert asked() == Denied(
        reason=DenialReason.OPEN_ALREADY,
        about=Subject(SubjectKind.REQUEST, sent.request_id),
        field="items.0",
        ref=sent.ref,
        name="Acme Main",
    )
    assert isinstance(asked(item(Kind.PAGE, PAGE)), Sent)
    story.cancel(town.ann, sent.request_id)
    assert isinstance(asked(), Sent)


@pytest.mark.parametrize(
    "other",
    [{"is_extension": True}, {"is_open": False}, {"request_kind": "CLAIM"}, {"holder_id": make.OTHER}],
)
def test_what_is_over_longer_terms_other_kinds_and_holders_are_no_obstacle(story, town, asked, oda, other):
    sent = story.submit(town.ann)
    story.set(tables.Item, {"request_id": sent.request_id}, **other)
    assert isinstance(asked(), Sent)


@pytest.mark.covers("R5")
def test_a_denial_for_what_is_granted_says_what_is_held_and_for_more_is_a_change(story, town, asked, given):
    held = frozenset({"ADVERTISE", "ANALYZE"})
    no = Denied(reason=DenialReason.GRANTED_ALREADY, field="items.0", name="Acme Main", tasks=held)
    assert asked() == no
    assert asked(item(Kind.AD_ACCOUNT, ACCOUNT, level="Reporting only")) == no
    more = story.submit(town.ann, ADMIN)
    assert story.card(more.request_id).items[0].held == held
    story.cancel(town.ann, more.request_id)
    story.clock.push(30 * DAY)
    assert isinstance(asked(), Sent)


def test_a_request_says_which_program_asked(story, town):
    program = replace(town.ann.by(), program="Nightly sync")
    sent = story.do(requests.submit, make.requesting(), by=program)
    assert story.card(sent.request_id).program == "Nightly sync"
    assert story.card(story.submit(town.ann, item(Kind.PAGE, PAGE)).request_id).program is None


def test_what_is_held_in_part_and_on_its_way_at_meta_for_the_rest_is_not_asked_for_again(
    story, town, asked, given
):
    coming = give(story, town, ADMIN, term=Term.for_days(20))
    story.set(tables.Grant, {"id": coming.id}, tasks="MANAGE", state=GrantState.PENDING, starts_at=None)
    assert asked(ADMIN) == Denied(reason=DenialReason.COMING_ALREADY, field="items.0", name="Acme Main")
    story.set(tables.Grant, {"id": coming.id}, ends_at=None)
    story.clock.push(20 * DAY)
    assert asked(ADMIN).reason is DenialReason.COMING_ALREADY, "without an end it is still to come"
    story.set(tables.Grant, {"id": coming.id}, ends_at=coming.ends_at)
    assert isinstance(asked(ADMIN), Sent), "by then that would be over"


@pytest.mark.parametrize(
    ("owner", "reason"),
    [
        ({"status": Status.DEACTIVATED}, DenialReason.DEACTIVATED),
        ({"status": Status.RESTRICTED}, DenialReason.RESTRICTED),
        ({"verified": False}, DenialReason.UNVERIFIED),
        ({"who_may_ask": WhoMayAsk.NOBODY}, DenialReason.NOBODY_MAY_ASK),
        ({"who_may_ask": WhoMayAsk.LISTED}, DenialReason.NOT_LISTED),
    ],
)
def test_an_owner_that_cannot_be_asked_is_named_also_where_it_is_for_longer(
    story, town, given, owner, reason
):
    story.set(tables.BusinessRow, {"id": BRAND}, **owner)
    assert story.submit(town.ann) == Denied(reason=reason, field="owner", name="Acme Shoes")
    assert story.extend(town.ann, given.id).reason is reason


@pytest.mark.covers("D8")
def test_a_listed_business_may_ask_even_unverified(story, town, database):
    story.set(tables.BusinessRow, {"id": AGENCY}, verified=False)
    assert story.submit(town.ann).reason is DenialReason.OWN_UNVERIFIED
    make.listing(database, by=BRAND, of=AGENCY)
    assert isinstance(story.submit(town.ann), Sent)


def test_an_unknown_owner_ones_own_business_a_foreign_requester_and_foreign_people_are_named(story, town):
    no = story.submit(town.ann, deciding_id="99999")
    assert (no.reason, no.name) == (DenialReason.UNKNOWN_BUSINESS, "99999")
    assert story.submit(town.ann, deciding_id=AGENCY).reason is DenialReason.SAME_BUSINESS
    assert story.submit(town.dana).reason is DenialReason.NOT_MEMBER
    no = story.submit(town.ann, people=(town.dana.id,))
    assert (no.reason, no.field, no.name) == (DenialReason.UNKNOWN_PERSON, "people", town.dana.id)


@pytest.mark.covers("T34")
def test_at_most_fifty_requests_of_one_business_wait_for_the_same_owner(story, town, database):
    for number in range(50):
        make.asset(database, f"act_2{number:03d}", kind=Kind.AD_ACCOUNT, name=f"No. {number}", owner=BRAND)
        assert isinstance(story.submit(town.ann, item(Kind.AD_ACCOUNT, f"act_2{number:03d}")), Sent)
    no = story.submit(town.ann)
    assert (no.reason, no.count) == (DenialReason.TOO_MANY_OPEN, 50)


@pytest.mark.case("5.1")
@pytest.mark.covers("T34")
def test_at_most_fifty_requests_a_day_reach_the_same_owner_whatever_becomes_of_them(story, town):
    for _ in range(50):
        story.cancel(town.ann, story.submit(town.ann).request_id)
        story.clock.push(MINUTE)
    no = story.submit(town.abe)
    assert (no.reason, no.count) == (DenialReason.TOO_MANY_TODAY, 50)
    assert len(story.cards_for(Audience.APPROVERS)) == 50
    story.clock.push(DAY - 50 * MINUTE)
    assert isinstance(story.submit(town.ann), Sent), "the first of them is a day old"
    assert story.submit(town.ann, item(Kind.PAGE, PAGE)).reason is DenialReason.TOO_MANY_TODAY


@pytest.mark.covers("R13")
def test_before_somebody_asks_they_see_whom_they_would_ask_or_why_they_cannot(story, town, bob):
    def preview(who, owner, requesting=AGENCY):
        return story.read(
            requests.preview, DEFAULT_KIND, requesting_id=requesting, deciding_id=owner, requested=[], by=who
        )

    brand = Party(id=BRAND, name="Acme Shoes", verified=True)
    assert preview(town.eva, BRAND) == Preview(
        owner=brand, reason=None, admins=2, required_approvals=1, senders=2
    )
    assert preview(town.dana, BRAND) == Preview(
        owner=None, reason=DenialReason.NOT_MEMBER, admins=0, required_approvals=0
    )
    for nobody in ("99999", "act_1"):
        unknown = Preview(owner=None, reason=DenialReason.UNKNOWN_BUSINESS, admins=0, required_approvals=0)
        assert preview(town.ann, nobody) == unknown
    claimed = {"requesting_id": AGENCY, "deciding_id": None, "asset_ids": ["act_99999"], "requested": []}
    assert story.read(requests.preview, RequestKind.CLAIM, **claimed, by=town.ann) is None
    story.set(tables.BusinessRow, {"id": BRAND}, who_may_ask=WhoMayAsk.NOBODY)
    nobody_may = Preview(
        owner=brand, reason=DenialReason.NOBODY_MAY_ASK, admins=2, required_approvals=1, senders=2
    )
    assert preview(town.ann, BRAND) == nobody_may


@pytest.mark.parametrize(
    ("quorum", "level", "required"),
    [
        (1, "General user", 1),
        (1, "Admin", 2),
        (2, "General user", 2),
        (3, "General user", 3),
        (3, "Admin", 3),
    ],
)
def test_what_is_said_to_be_needed_before_sending_is_what_the_request_needs(
    story, town, quorum, level, required
):
    found = find_level(Kind.AD_ACCOUNT, level)
    assert found is not None
    story.set(tables.BusinessRow, {"id": BRAND}, quorum=quorum)
    said = story.read(
        requests.preview,
        DEFAULT_KIND,
        requesting_id=AGENCY,
        deciding_id=BRAND,
        requested=[(Kind.AD_ACCOUNT, found.tasks)],
        by=town.ann,
    )
    sent = story.submit(town.ann, item(Kind.AD_ACCOUNT, ACCOUNT, level=level))
    assert (said.required_approvals, sent.required_approvals) == (required, required)


def test_field_errors_come_back_at_their_fields_and_nothing_is_stored(story, town):
    bad = story.submit(town.ann, item(Kind.AD_ACCOUNT, "act_1😀"), item(Kind.PAGE, "act_5"), reason="x" * 501)
    codes = [("items.0", ErrorCode.ASSET_ID), ("items.1", ErrorCode.ASSET_ID), ("reason", ErrorCode.TOO_LONG)]
    assert sorted((one.field, one.code) for one in bad.field_errors) == codes
    assert story.rows(tables.Request) == []


def test_words_for_an_asset_that_is_named_are_not_kept(story, town):
    story.submit(town.ann, item(Kind.PAGE, PAGE, words="the page"))
    assert [row.words for row in story.rows(tables.Item)] == [None]


@pytest.mark.parametrize(("days", "warned"), [(2, 1), (1, None)])
def test_a_request_until_a_date_expires_with_it_and_is_warned_of_a_day_before(story, town, days, warned):
    until = story.clock.now() + days * DAY
    story.submit(town.ann, term=Term.till(until))
    (row,) = story.rows(tables.Request)
    assert (row.expires_at, row.warn_at) == (until, warned and story.clock.now() + warned * DAY)


@pytest.mark.covers("R15")
def test_a_reference_is_none_that_is_taken_and_gets_longer_as_they_are(story, town, monkeypatch):
    taken = [story.submit(town.ann).ref, story.submit(town.eva, item(Kind.PAGE, PAGE)).ref]
    tried = []

    def make_ref(*, digits):
        tried.append(digits)
        return taken[len(tried) % 2] if len(tried) < 8 else "ZZ-9999999"

    monkeypatch.setattr(send, "make_ref", make_ref)
    assert story.submit(town.ann, item(Kind.PIXEL, make.PIXEL)).ref == "ZZ-9999999"
    assert tried == [4, 4, 4, 5, 6, 7, 7, 7]
    monkeypatch.setattr(send, "make_ref", lambda *, digits: taken[0])  # noqa: ARG005 - all are taken
    with pytest.raises(AssertionError, match="no free reference"):
        story.submit(town.ann, item(Kind.INSTAGRAM_ACCOUNT, make.INSTAGRAM))


@pytest.mark.covers("F20")
@pytest.mark.parametrize(
    ("channel", "who_left", "told", "admins"),
    [
        pytest.param("CBRAND", None, ["CBRAND"], 2, id="the channel"),
        pytest.param(None, None, ["UDANA", "UDOV"], 2, id="each approver"),
        pytest.param(None, "both sides", ["UDANA"], 1, id="nobody who is on both sides"),
        pytest.param(None, "demoted", ["UDANA", "UDOV", "UEMIL"], 0, id="each member"),
        pytest.param(None, "deactivated", ["UEMIL"], 0, id="each member who is left"),
    ],
)
def test_a_card_goes_to_the_channel_or_else_to_each_approver_or_else_to_each_member(
    story, town, *, channel, who_left, told, admins
):
    story.set(tables.BusinessRow, {"id": BRAND}, channel_id=channel)
    if who_left == "both sides":
        make.member(story.database, town.dov.id, of=AGENCY, role=Role.EMPLOYEE)
    elif who_left == "demoted":
        story.set(tables.Membership, {"business_id": BRAND}, role=Role.EMPLOYEE)
    elif who_left == "deactivated":
        for admin in (town.dana, town.dov):
            story.set(tables.Person, {"id": admin.id}, deactivated=True)
    sent = story.submit(town.ann)
    assert (sent.admins, story.card(sent.request_id).admins) == (admins, admins)
    cards = story.rows(tables.Card, audience=Audience.APPROVERS, subject_id=sent.request_id)
    assert sorted(card.channel_id or card.user_id for card in cards) == told
    assert {card.team_id for card in cards} == {make.BRAND_TEAM}
    puts = [row for row in story.effects("POST_CARD") if row.card_id in {card.id for card in cards}]
    assert [(row.version, row.put_at) for row in puts] == [(1, story.clock.now())] * len(told)


# --- drafts ----------------------------------------------------------------------------------------


@pytest.mark.covers("T12", "D2")
def test_an_employee_writes_a_draft_and_an_admin_submits_it_as_their_own(story, town):
    saved = story.submit(town.eva)
    assert story.held(ACCOUNT) == frozenset()

    def send(by, version):
        return story.do(requests.submit_draft, saved.draft_id, by=by, expected_version=version)

    def no(by, version, *, business=AGENCY, role=Role.ADMIN):
        did = run(story, requests.submit_draft, saved.draft_id, by=by, expected_version=version)
        whose = {"kind": "draft", "business": business, "role": role}
        return denied(story, did, saved.draft_id, by, verb="submit_draft", **whose)

    here = Denied(
        reason=DenialReason.CHANGED, about=Subject(SubjectKind.DRAFT, saved.draft_id), ref=saved.ref
    )
    assert no(town.eva, 1, role=Role.EMPLOYEE) == replace(here, reason=DenialReason.NOT_ADMIN)
    assert no(town.dana, 1, business=None, role=None) == Denied(reason=DenialReason.UNKNOWN_DRAFT)
    assert no(town.ann, 7) == here
    new = make.requesting(item(Kind.PAGE, PAGE))
    story.do(requests.change_draft, saved.draft_id, new, by=town.eva, expected_version=1)
    assert send(town.ann, 1).reason is DenialReason.CHANGED, "that is not what the admin looked at"
    view = story.card(send(town.ann, 2).request_id)
    assert (view.requester, view.author, view.items[0].asset_id) == ("Ann", None, PAGE)
    own = story.read(requests.request_card, view.id, side=Side.REQUESTING)
    assert (own.requester, own.author) == ("Ann", "Eva"), "which the other side does not see"
    sent = {"state": DraftState.SENT, "by": "Ann", "at": story.clock.now()}
    over = replace(here, reason=DenialReason.DRAFT_OVER, **sent)
    story.clock.push(MINUTE)
    assert no(town.abe, 3) == no(town.abe, 1) == over
    assert no(town.eva, 3, role=Role.EMPLOYEE) == replace(here, reason=DenialReason.NOT_ADMIN)


def test_who_did_not_write_a_draft_and_is_no_admin_neither_changes_nor_drops_it(story, town):
    eli = make.someone(story.database, 9, name="Eli", team=AGENCY_TEAM, roles={AGENCY: Role.EMPLOYEE})
    saved = story.submit(town.eva)
    for verb, *more in (("change_draft", make.requesting()), ("drop_draft",)):
        for by, draft_id, reason in (
            (eli, saved.draft_id, DenialReason.NOT_ADMIN),
            (town.dana, saved.draft_id, DenialReason.UNKNOWN_DRAFT),
            (town.eva, "404", DenialReason.UNKNOWN_DRAFT),
        ):
            no = story.do(getattr(requests, verb), draft_id, *more, by=by, expected_version=1)
            assert no.reason is reason


def test_a_change_of_a_draft_leaves_whose_it_is_and_what_was_not_asked_for_in_the_form(story, town):
    kept = {"direct": True, "found": "600000000000088", "program": "nightly"}
    saved = story.submit(town.eva)
    story.set(tables.Draft, {}, content=drafts.pack_request(make.requesting(**kept)))
    new = make.requesting(item(Kind.PAGE, PAGE), requesting_id=make.OTHER)
    story.do(requests.change_draft, saved.draft_id, new, by=town.eva, expected_version=1)
    (row,) = story.rows(tables.Draft)
    assert drafts.unpack_request(row.content) == replace(new, requesting_id=AGENCY, **kept)
    story.do(requests.drop_draft, saved.draft_id, by=town.eva, expected_version=2)
    with pytest.raises(AlreadyDecided):
        story.do(drafts.move, row, DraftState.SENT, by=town.ann)


def test_without_a_channel_each_admin_gets_a_draft(story, town):
    story.set(tables.BusinessRow, {"id": AGENCY}, channel_id=None)
    saved = story.submit(town.eva)
    assert sorted(story.cards_for(Audience.SUBMITTERS, saved.draft_id)) == [town.abe.user, town.ann.user]


def test_what_stands_against_a_draft_by_the_time_it_is_sent_or_changed_is_answered_and_on_record(story, town):
    saved = story.submit(town.eva, term=Term.till(story.clock.now() + DAY))
    sent = story.submit(town.abe)
    new = make.requesting()
    for verb, by, *more in (("submit_draft", town.ann), ("change_draft", town.ann, new)):
        did = run(story, getattr(requests, verb), saved.draft_id, *more, by=by, expected_version=1)
        whose = {"kind": "draft", "business": AGENCY, "field": "items.0"}
        no = denied(story, did, saved.draft_id, by, verb=verb, **whose)
        assert no == told(sent, DenialReason.OPEN_ALREADY, field="items.0", name="Acme Main")
    story.clock.push(DAY)
    did = run(story, requests.submit_draft, saved.draft_id, by=town.ann, expected_version=1)
    assert ([wrong.field for wrong in did.answer.field_errors], did.rows) == (["term"], {})
    long = make.requesting(reason="x" * 501)
    did = run(story, requests.change_draft, saved.draft_id, long, by=town.ann, expected_version=1)
    assert ([wrong.field for wrong in did.answer.field_errors], did.rows) == (["reason"], {})


@pytest.mark.covers("D2")
def test_an_author_drops_their_draft_and_one_that_nobody_submits_expires_after_14_days(story, town, clock):
    saved = story.submit(town.eva)
    # The directory has Eva under another name by now: she is still who wrote it.
    old = make.person(
        story.database, "499999999999999", team=AGENCY_TEAM, user=town.eva.user, name="E. Elder"
    )
    story.set(tables.Draft, {"id": saved.draft_id}, author_id=old)
    dropped = story.do(requests.drop_draft, saved.draft_id, by=town.eva, expected_version=1)
    assert dropped.ref == saved.ref
    other = story.submit(town.eva)
    clock.push(14 * DAY)
    late = story.do(requests.submit_draft, other.draft_id, by=town.ann, expected_version=1)
    expired = (DenialReason.DRAFT_OVER, RequestState.EXPIRED, clock.now())
    assert (late.reason, late.state, late.at) == expired
    clock.push(DAY)
    assert story.sweep() == 1
    after = story.do(requests.submit_draft, other.draft_id, by=town.ann, expected_version=2)
    assert (after.reason, after.state, after.at) == expired
    assert story.read(requests.draft_card, other.draft_id).state is DraftState.EXPIRED


@pytest.mark.covers("T34", "I28")
def test_an_employee_has_at_most_twenty_drafts_waiting_for_the_admins(story, town):
    first, *_ = [story.submit(town.eva, reason=f"Campaign {number}") for number in range(20)]
    did = run(story, requests.submit, make.requesting(), by=town.eva)
    no = denied(story, did, "", town.eva, verb="submit", business=AGENCY, role=Role.EMPLOYEE)
    assert no == Denied(reason=DenialReason.TOO_MANY_DRAFTS, count=20)
    assert isinstance(story.submit(town.ann, item(Kind.PAGE, PAGE)), Sent)
    story.do(requests.drop_draft, first.draft_id, by=town.eva, expected_version=1)
    again = story.submit(town.eva)
    assert isinstance(again, Saved), "what is dropped does not wait"
    assert story.submit(town.eva) == again, "the same once more is no further one"
    assert len(story.rows(tables.Draft)) == 21


def test_a_draft_keeps_all_that_was_written_and_one_of_an_earlier_version_is_read_as_it_was_meant(town):
    new = make.requesting(
        item(Kind.AD_ACCOUNT, ACCOUNT),
        item(Kind.PIXEL, words="the pixel of the shop"),
        kind=RequestKind.INVITATION,
        people=(town.eva.id,),
        term=Term.till(make.EPOCH + DAY),
        direct=True,
        found="600000000000088",
        program="nightly",
    )
    kept = drafts.pack_request(new)
    assert drafts.unpack_request(kept) == new
    earlier = {
        name: value for name, value in json.loads(kept).items() if name not in ("direct", "found", "program")
    }
    as_meant = replace(new, direct=False, found=None, program=None)
    assert drafts.unpack_request(json.dumps(earlier)) == as_meant


def test_an_author_who_now_stands_on_the_other_side_is_none_of_those_who_can_decide(story, town):
    saved = story.submit(town.eva)
    become(story, town.eva, business_id=BRAND, role=Role.ADMIN)
    become(story, town.eva, team_id=make.BRAND_TEAM)
    sent = story.do(requests.submit_draft, saved.draft_id, by=town.ann, expected_version=1)
    assert sent.admins == 2
