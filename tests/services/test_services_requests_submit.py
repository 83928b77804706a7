"""What may be requested, what stands in the way, and where the card goes."""

from __future__ import annotations

from datetime import timedelta

import make
import pytest
from make import ACCOUNT, AGENCY, BRAND, PAGE, item
from sqlalchemy import select
from steps import ADMIN, DAY, denied, run

from bot.domain.assets import Kind
from bot.domain.events import Subject, SubjectKind
from bot.domain.messages import Audience
from bot.domain.policy import DenialReason, Role, Status, WhoMayAsk
from bot.domain.requests import Approve, ErrorCode, Term
from bot.services import requests
from bot.services.context import act
from bot.services.results import Denied, Invalid, Sent
from bot.store import tables


@pytest.mark.covers("T35")
def test_asking_for_what_is_open_is_denied_and_names_it(story, town):
    sent = story.ask(town.ann)
    again = story.ask(town.abe)
    assert (again.reason, again.ref, again.field) == (DenialReason.OPEN_ALREADY, sent.ref, "items.0")
    story.cancel(town.ann, sent.request_id)
    assert isinstance(story.ask(town.abe), Sent)


def test_asking_for_what_is_granted_is_denied_and_for_more_is_a_change(story, town):
    sent = story.ask(town.ann)
    story.decide(town.dana, sent.request_id, Approve())
    again = story.ask(town.ann, item(Kind.AD_ACCOUNT, ACCOUNT, level="Reporting only"))
    assert (again.reason, again.tasks) == (DenialReason.GRANTED_ALREADY, {"ADVERTISE", "ANALYZE"})
    more = story.ask(town.ann, item(Kind.AD_ACCOUNT, ACCOUNT, level="Admin"))
    assert isinstance(more, Sent)
    assert story.card(more.request_id).items[0].held == {"ADVERTISE", "ANALYZE"}


@pytest.fixture
def asked(story, town):
    """What Ann would be answered to a request; nothing of it is kept."""

    def answered(*items):
        by = town.ann.by()
        new = make.requesting(*items)
        return make.attempt(story.database, act, requests.submit, new, by=by, now=story.clock.now())

    return answered


def test_a_denied_request_is_kept_with_what_stands_in_its_way(story, town, sent):
    did = run(story, act, requests.submit, make.requesting(), by=town.abe)
    again = denied(story, did, sent, town.abe, verb="submit", business=AGENCY, field="items.0")
    assert again.reason is DenialReason.OPEN_ALREADY
    theirs = make.requesting(requesting_id=BRAND, deciding_id=AGENCY)
    did = run(story, act, requests.submit, theirs, by=town.ann)
    foreign = denied(story, did, "", town.ann, verb="submit", business=None, role=None)
    assert foreign.reason is DenialReason.NOT_MEMBER


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


def test_what_is_asked_for_already_is_named(story, town, asked):
    story.ask(town.ann, item(Kind.PIXEL, make.PIXEL))
    sent = story.ask(town.ann)
    assert asked() == Denied(
        reason=DenialReason.OPEN_ALREADY,
        about=Subject(SubjectKind.REQUEST, sent.request_id),
        field="items.0",
        ref=sent.ref,
        name="Acme Main",
    )
    assert isinstance(asked(item(Kind.PAGE, PAGE)), Sent)


@pytest.mark.parametrize(
    "other",
    [
        {"is_extension": True},
        {"is_open": False},
        {"request_kind": "CLAIM"},
        {"holder_id": make.OTHER},
    ],
)
def test_what_is_over_extensions_other_kinds_and_other_holders_are_no_obstacle(story, town, asked, other):
    make.business(story.database, make.OTHER, name="Other", team=make.OTHER_TEAM)
    sent = story.ask(town.ann)
    story.set(tables.Item, {"request_id": sent.request_id}, **other)
    assert isinstance(asked(), Sent)


def test_a_denial_for_what_is_granted_says_what_is_held(story, town, asked):
    story.decide(town.dana, story.ask(town.ann).request_id, Approve())
    held = Denied(
        reason=DenialReason.GRANTED_ALREADY,
        field="items.0",
        name="Acme Main",
        tasks=frozenset({"ADVERTISE", "ANALYZE"}),
    )
    assert asked() == held
    assert asked(item(Kind.AD_ACCOUNT, ACCOUNT, level="Reporting only")) == held
    assert isinstance(asked(ADMIN), Sent)
    story.clock.push(30 * DAY)
    assert isinstance(asked(), Sent)


@pytest.mark.covers("T10")
def test_an_asset_of_somebody_else_and_one_that_does_not_exist_are_the_same_answer(story, town, database):
    make.business(database, make.OTHER, name="Other", team=make.OTHER_TEAM)
    make.asset(database, "act_666", kind=Kind.AD_ACCOUNT, name="Not theirs", owner=make.OTHER)
    theirs = story.ask(town.ann, item(Kind.AD_ACCOUNT, "act_666"))
    nobodys = story.ask(town.ann, item(Kind.AD_ACCOUNT, "act_667"))
    assert (theirs.reason, nobodys.reason) == (DenialReason.UNKNOWN_ASSET, DenialReason.UNKNOWN_ASSET)


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
def test_an_owner_that_cannot_be_asked_is_named_at_its_field(story, town, owner, reason):
    story.set(tables.BusinessRow, {"id": BRAND}, **owner)
    denied = story.ask(town.ann)
    assert (denied.reason, denied.field) == (reason, "owner")


def test_a_listed_business_may_ask_even_unverified(story, town, database):
    story.set(tables.BusinessRow, {"id": AGENCY}, verified=False)
    assert story.ask(town.ann).reason is DenialReason.OWN_UNVERIFIED
    make.listing(database, by=BRAND, of=AGENCY)
    assert isinstance(story.ask(town.ann), Sent)


def test_an_unknown_owner_ones_own_business_and_a_foreign_requester_are_three_answers(story, town):
    assert story.ask(town.ann, deciding_id="99999").reason is DenialReason.UNKNOWN_BUSINESS
    assert story.ask(town.ann, deciding_id=AGENCY).reason is DenialReason.SAME_BUSINESS
    assert story.ask(town.dana).reason is DenialReason.NOT_MEMBER


def test_a_request_for_people_of_another_business_is_denied(story, town):
    denied = story.ask(town.ann, people=(town.dana.id,))
    assert (denied.reason, denied.field) == (DenialReason.UNKNOWN_PERSON, "people")


@pytest.mark.covers("T34")
def test_at_most_fifty_requests_of_one_business_wait_for_the_same_owner(story, town, database):
    for number in range(50):
        make.asset(database, f"act_2{number:03d}", kind=Kind.AD_ACCOUNT, name=f"No. {number}", owner=BRAND)
        assert isinstance(story.ask(town.ann, item(Kind.AD_ACCOUNT, f"act_2{number:03d}")), Sent)
    assert story.ask(town.ann).reason is DenialReason.TOO_MANY_OPEN


def test_field_errors_come_back_at_their_fields_and_nothing_is_stored(story, town, clock):
    bad = story.ask(
        town.ann,
        item(Kind.AD_ACCOUNT, "act_1😀"),
        item(Kind.PAGE, "act_5"),
        deciding_id="12a45",
        reason="x" * 501,
        term=Term.till(clock.now() - timedelta(days=1)),
    )
    assert isinstance(bad, Invalid)
    assert {(field_error.field, field_error.code) for field_error in bad.field_errors} == {
        ("owner", ErrorCode.BUSINESS_ID),
        ("items.0", ErrorCode.ASSET_ID),
        ("items.1", ErrorCode.ASSET_ID),
        ("reason", ErrorCode.TOO_LONG),
        ("term", ErrorCode.DATE_PAST),
    }


def test_a_request_until_a_date_expires_with_that_date_at_the_latest(story, town, clock):
    until = clock.now() + timedelta(days=2)
    sent = story.ask(town.ann, term=Term.till(until))
    assert story.card(sent.request_id).expires_at == until


@pytest.mark.parametrize(
    ("channel", "who_left", "told"),
    [
        pytest.param("CBRAND", None, ["CBRAND"], id="the channel"),
        pytest.param(None, None, ["UDANA", "UDOV"], id="each approver"),
        pytest.param(None, "both sides", ["UDANA"], id="nobody who is on both sides"),
        pytest.param(None, "demoted", ["UDANA", "UDOV", "UEMIL"], id="each member"),
    ],
)
def test_a_card_goes_to_the_channel_or_else_to_each_approver_or_else_to_each_member(
    story, town, channel, who_left, told
):
    story.set(tables.BusinessRow, {"id": BRAND}, channel_id=channel)
    if who_left == "both sides":
        make.member(story.database, town.dov.id, of=AGENCY, role=Role.EMPLOYEE)
    elif who_left == "demoted":
        story.set(tables.Membership, {"business_id": BRAND}, role=Role.EMPLOYEE)
    sent = story.ask(town.ann)
    cards = story.rows(tables.Card, audience=Audience.APPROVERS, subject_id=sent.request_id)
    assert sorted(card.channel_id or card.user_id for card in cards) == told
    assert {card.team_id for card in cards} == {make.BRAND_TEAM}
    puts = [row for row in story.effects("POST_CARD") if row.card_id in {card.id for card in cards}]
    assert [(row.version, row.put_at) for row in puts] == [(1, story.clock.now())] * len(told)


@pytest.mark.covers("F20")
def test_where_no_admin_is_left_the_other_members_get_the_card_that_says_so(story, town, database):
    story.set(tables.BusinessRow, {"id": BRAND}, channel_id=None)
    for admin in (town.dana, town.dov):
        story.set(tables.Person, {"id": admin.id}, deactivated=True)
    sent = story.ask(town.ann)
    assert sent.admins == 0

    def places(tx):
        statement = select(tables.Card.__table__).where(tables.Card.__table__.c.audience == "APPROVERS")
        return [row.user_id for row in tx.all(statement)]

    assert database.read_sync(places) == [town.emil.user]
    assert story.card(sent.request_id).admins == 0
