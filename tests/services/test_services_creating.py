"""Creating ad accounts and pixels: who may, what stands against it, what follows, and how it is paid."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import make
import pytest
from make import ACCOUNT, AGENCY, BRAND, EPOCH, PAGE, Town, creating
from steps import denied, effects, run
from story import Story

from bot.domain.actors import Role, Status
from bot.domain.assets import Kind, is_asset_id
from bot.domain.creating import CreationState, NewAsset, Payment, is_only_here
from bot.domain.denials import DenialReason
from bot.domain.events import EventKind, Subject, SubjectKind
from bot.domain.kinds import RequestKind
from bot.domain.limits import MOST_CREATED_A_DAY, MOST_DRAFTS
from bot.domain.messages import Audience, EffectKind, Notice
from bot.domain.requests import ErrorCode, RequestState
from bot.errors import AlreadyDecided
from bot.services import directory, grants, requests, settings
from bot.services.directory.creating import move
from bot.services.results import Created, Denied, Discarded, Funded, Invalid, Prepared
from bot.store import tables

LATER = Payment()
INVOICE = Payment(invoice=True)
VISA = Payment(funding_source="visa")


@pytest.fixture(autouse=True)
def with_funding(story: Story) -> None:
    """The brand has a funding source and no credit line."""
    story.set(tables.BusinessRow, {"id": BRAND}, funding_sources="visa,wire")


def create(story: Story, by: make.Someone, new: NewAsset | None = None, **values: Any) -> Any:
    return story.do(directory.create_asset, new or creating(), by=by, **values)


def reason(answer: Any) -> DenialReason | None:
    return answer.reason if isinstance(answer, Denied) else None


def owned(story: Story, by: make.Someone) -> dict[str, bool]:
    """What the brand owns, by name, and whether it is incomplete."""
    rows = story.read(grants.list_owned, business_id=BRAND, limit=50, by=by).rows
    return {row.name: row.incomplete for row in rows}


# --- an admin creates -------------------------------------------------------------------------------


@pytest.mark.covers("A4", "D7")
def test_an_admin_creates_an_ad_account_with_all_that_it_is_set_up_with(story: Story, town: Town):
    made = create(story, town.dana)
    assert made == Created(asset_id=made.asset_id, kind=Kind.AD_ACCOUNT, name="Acme DE", incomplete=False)
    (asset,) = story.rows(tables.Asset, id=made.asset_id)
    assert (asset.owner_id, asset.kind, asset.name, asset.askable) == (BRAND, "AD_ACCOUNT", "Acme DE", False)
    (setup,) = story.rows(tables.AssetSetup)
    assert setup[1:] == ("EUR", 47, BRAND, "UNFOUND", "NONE", False, "visa", None, False)
    assert owned(story, town.emil)["Acme DE"] is False


@pytest.mark.covers("A4")
def test_its_id_is_one_of_ours_that_meta_cannot_give(story: Story, town: Town):
    account = create(story, town.dana).asset_id
    pixel = create(story, town.dana, creating(Kind.PIXEL)).asset_id
    assert is_asset_id(account, kind=Kind.AD_ACCOUNT)
    assert is_asset_id(pixel, kind=Kind.PIXEL)
    for one in (account, pixel):
        assert is_only_here(one)
        assert int(one.removeprefix("act_")) > 2**64
    assert not is_only_here(ACCOUNT)
    assert [row.kind for row in story.rows(tables.Node, id=account)] == ["ASSET"]


@pytest.mark.covers("A4")
def test_what_was_created_is_at_once_in_pickers_and_can_be_shared(story: Story, town: Town):
    account = create(story, town.dana).asset_id
    found = story.read(directory.find_own_assets, business_id=BRAND, query="acme de", limit=5, by=town.dov)
    assert [one.id for one in found] == [account]
    offer = make.requesting(
        make.item(Kind.AD_ACCOUNT, account),
        kind=RequestKind.INVITATION,
        requesting_id=BRAND,
        deciding_id=AGENCY,
    )
    assert not isinstance(story.do(requests.submit, offer, by=town.dana), Denied | Invalid)


@pytest.mark.covers("A4")
def test_the_business_is_told_once_and_the_journal_says_all(story: Story, town: Town):
    made = create(story, town.dana)
    (creation,) = story.rows(tables.Creation)
    assert story.cards_for(Audience.SUBMITTERS, creation.id) == ["CBRAND"]
    assert story.cards_for(Audience.AUTHOR) == []
    (event,) = story.rows(tables.Event, kind=EventKind.ASSET_CREATED)
    assert (event.subject_id, event.business_id) == (made.asset_id, BRAND)
    assert '"timezone_id":47' in event.data.replace(" ", "")
    assert not story.rows(tables.Event, kind=EventKind.CREATION_WAITING)


def test_where_there_is_no_channel_each_admin_is_told(story: Story, town: Town):
    story.set(tables.BusinessRow, {"id": BRAND}, channel_id=None)
    create(story, town.dana)
    assert sorted(story.cards_for(Audience.SUBMITTERS)) == ["UDANA", "UDOV"]


@pytest.mark.covers("A4", "D7")
def test_a_pixel_is_created_alone_or_for_an_ad_account_of_the_business(story: Story, town: Town):
    alone = create(story, town.dana, creating(Kind.PIXEL, name="Alone"))
    bound = create(story, town.dana, creating(Kind.PIXEL, name="Bound", ad_account_id=ACCOUNT))
    assert (alone.incomplete, bound.incomplete) == (False, False)
    assert [row.ad_account_id for row in story.rows(tables.AssetSetup, asset_id=bound.asset_id)] == [ACCOUNT]
    make.asset(story.database, "act_77", kind=Kind.AD_ACCOUNT, name="Theirs", owner=AGENCY)
    for other in ("act_77", "act_404"):
        no = create(story, town.dana, creating(Kind.PIXEL, ad_account_id=other))
        assert (no.reason, no.field, no.name) == (DenialReason.NOT_OWNED, "ad_account_id", other)
    (wrong,) = create(story, town.dana, creating(Kind.PIXEL, ad_account_id=PAGE)).field_errors
    assert (wrong.field, wrong.code) == ("ad_account_id", ErrorCode.ASSET_ID)


@pytest.mark.case("3.1")
def test_the_same_form_sent_twice_creates_once_and_is_answered_alike(story: Story, town: Town):
    first = create(story, town.dana, form="V1")
    assert create(story, town.dana, form="V1") == first
    assert len(story.rows(tables.AssetSetup)) == len(story.rows(tables.Creation)) == 1
    assert create(story, town.dov, form="V1").asset_id != first.asset_id  # another's form is another
    prepared = create(story, town.emil, form="V2")
    assert create(story, town.emil, form="V2") == prepared
    assert len(story.rows(tables.Creation, state=CreationState.WAITING)) == 1


# --- what stands against it -------------------------------------------------------------------------


@pytest.mark.covers("A4", "D7")
def test_a_business_creates_only_while_it_is_active_and_verified(story: Story, town: Town):
    for values, why in (
        ({"status": Status.DEACTIVATED}, DenialReason.OWN_DEACTIVATED),
        ({"status": Status.RESTRICTED}, DenialReason.OWN_RESTRICTED),
        ({"verified": False}, DenialReason.OWN_UNVERIFIED),
    ):
        story.set(tables.BusinessRow, {"id": BRAND}, **values)
        assert reason(create(story, town.dana)) is why
        story.set(tables.BusinessRow, {"id": BRAND}, status=Status.ACTIVE, verified=True)


@pytest.mark.covers("A4", "D7")
def test_a_business_creates_only_with_a_published_page(story: Story, town: Town):
    story.set(tables.Asset, {"id": PAGE}, published=False)
    no = create(story, town.dana)
    assert (no.reason, no.name) == (DenialReason.PAGE_UNPUBLISHED, "Acme Page")
    make.asset(story.database, "500000002", kind=Kind.PAGE, name="Acme Two", owner=BRAND)
    assert reason(create(story, town.dana)) is DenialReason.PAGE_UNPUBLISHED
    story.set(tables.Asset, {"kind": Kind.PAGE}, owner_id=AGENCY)
    assert reason(create(story, town.dana)) is DenialReason.NO_PAGE


@pytest.mark.covers("A4", "A5", "D7")
def test_nothing_is_created_before_the_incomplete_account_is_ready(story: Story, town: Town):
    made = create(story, town.dana, creating(payment=LATER))
    assert made.incomplete
    assert owned(story, town.dana)["Acme DE"] is True
    for kind in (Kind.AD_ACCOUNT, Kind.PIXEL):
        no = create(story, town.dov, creating(kind))
        assert (no.reason, no.name, no.about.id) == (
            DenialReason.INCOMPLETE_ACCOUNT,
            "Acme DE",
            made.asset_id,
        )
    story.do(directory.set_payment, made.asset_id, VISA, by=town.dov)
    assert isinstance(create(story, town.dov), Created)


@pytest.mark.covers("A5", "D7")
def test_an_invoice_takes_a_credit_line_and_a_funding_source_one_that_the_business_has(
    story: Story, town: Town
):
    no = create(story, town.dana, creating(payment=INVOICE))
    assert (no.reason, no.field, no.name) == (DenialReason.NO_CREDIT_LINE, "payment", "Acme Shoes")
    no = create(story, town.dana, creating(payment=Payment(funding_source="amex")))
    assert (no.reason, no.field, no.name) == (DenialReason.UNKNOWN_FUNDING, "payment", "amex")
    story.set(tables.BusinessRow, {"id": BRAND}, credit_line="line1")
    made = create(story, town.dana, creating(payment=INVOICE))
    (setup,) = story.rows(tables.AssetSetup)
    assert (setup.invoice, setup.funding_source, setup.incomplete) == (True, None, False)
    assert not made.incomplete


WRONG: tuple[tuple[str, Any, ErrorCode], ...] = (
    ("name", "", ErrorCode.NO_NAME),
    ("name", "x" * 121, ErrorCode.TOO_LONG),
    ("currency", None, ErrorCode.CURRENCY),
    ("currency", "eur", ErrorCode.CURRENCY),
    ("timezone_id", None, ErrorCode.TIME_ZONE),
    ("timezone_id", 0, ErrorCode.TIME_ZONE),
    ("timezone_id", 10**30, ErrorCode.TIME_ZONE),
    ("end_advertiser", "Acme", ErrorCode.ADVERTISER),
    ("end_advertiser", None, ErrorCode.ADVERTISER),
    ("media_agency", "#1", ErrorCode.HELPER),
    ("partner", "a" * 51, ErrorCode.HELPER),
    ("partner", "\N{ARABIC-INDIC DIGIT ONE}" * 6, ErrorCode.HELPER),
    ("kind", Kind.PAGE, ErrorCode.NOT_CREATED),
)


@pytest.mark.covers("A4")
def test_what_is_wrong_stands_at_its_field(story: Story, town: Town):
    for field, value, code in WRONG:
        wrong: dict[str, Any] = {field: value}
        answer = create(story, town.dana, replace(creating(), **wrong))
        assert isinstance(answer, Invalid), field
        assert [(one.field, one.code) for one in answer.field_errors] == [(field, code)]
    assert story.rows(tables.Creation) == story.rows(tables.AssetSetup) == []


def test_one_business_creates_no_more_than_so_many_a_day(story: Story, town: Town):
    for _ in range(MOST_CREATED_A_DAY):
        assert isinstance(create(story, town.dana), Created)
    did = run(story, directory.create_asset, creating(), by=town.dov)
    no = denied(story, did, BRAND, town.dov, kind="business", verb="create_asset")
    assert no == Denied(reason=DenialReason.TOO_MANY_CREATED, count=MOST_CREATED_A_DAY)
    story.wait(days=1)
    assert isinstance(create(story, town.dov), Created)


@pytest.mark.covers("A4", "T10")
def test_nobody_else_creates_for_a_business(story: Story, town: Town):
    assert reason(create(story, town.ann)) is DenialReason.NOT_MEMBER
    for who in (town.dana, town.emil):
        story.set(tables.Membership, {"person_id": who.id}, shared=True)
        assert reason(create(story, who)) is DenialReason.SHARED_LOGIN
    story.set(tables.Person, {"id": town.dov.id}, guest=True)
    assert reason(create(story, town.dov)) is DenialReason.GUEST
    denials = [row.business_id for row in story.rows(tables.Event, kind=EventKind.DENIED)]
    assert denials == [None, BRAND, BRAND, None], "a member's attempt is on the business's record"
    assert story.rows(tables.Creation) == []


# --- prepared for the admins ------------------------------------------------------------------------


@pytest.fixture
def waiting(story: Story, town: Town) -> Any:
    create(story, town.emil)
    (row,) = story.rows(tables.Creation)
    return row


@pytest.mark.covers("A4")
def test_an_employee_prepares_and_an_admin_creates(story: Story, town: Town, waiting: Any):
    assert story.rows(tables.AssetSetup) == []
    assert story.cards_for(Audience.SUBMITTERS, waiting.id) == ["CBRAND"]
    assert story.cards_for(Audience.AUTHOR, waiting.id) == ["UEMIL"]
    assert reason(story.do(directory.create_prepared, waiting.id, by=town.emil, expected_version=1)) is (
        DenialReason.NOT_ADMIN
    )
    did = run(story, directory.create_prepared, waiting.id, by=town.dana, expected_version=1)
    made = did.answer
    assert isinstance(made, Created)
    both = [(Audience.AUTHOR, 2, ""), (Audience.SUBMITTERS, 2, "")]
    assert effects(story, did, EffectKind.UPDATE_CARD) == both
    assert owned(story, town.emil)["Acme DE"] is False
    (row,) = story.rows(tables.Creation)
    assert (row.state, row.asset_id, row.over_by) == ("CREATED", made.asset_id, town.dana.id)
    (notice,) = story.effects(EffectKind.POST_NOTICE)
    assert notice.about == str(Notice.CREATED)
    assert [event.kind for event in story.rows(tables.Event, subject_id=waiting.id)] == [
        EventKind.CREATION_WAITING,
        EventKind.DENIED,
        EventKind.CREATION_CREATED,
    ]
    again = story.do(directory.create_prepared, waiting.id, by=town.dov, expected_version=1)
    assert again == Denied(
        reason=DenialReason.CREATION_OVER,
        state=CreationState.CREATED,
        about=Subject(SubjectKind.CREATION, waiting.id),
        name="Acme DE",
        by="Dana",
        at=story.clock.now(),
    )


def test_what_stands_against_it_is_looked_up_again_when_it_is_created(story: Story, town: Town, waiting: Any):
    story.set(tables.Asset, {"id": PAGE}, published=False)
    for verb, args in ((directory.create_prepared, ()), (directory.change_prepared, (creating(),))):
        no = run(story, verb, waiting.id, *args, by=town.dana, expected_version=1)
        ours = {"kind": "business", "verb": verb.__name__}
        assert denied(story, no, BRAND, town.dana, **ours).reason is DenialReason.PAGE_UNPUBLISHED
    story.set(tables.Asset, {"id": PAGE}, published=True)
    story.set(tables.BusinessRow, {"id": BRAND}, funding_sources="")
    no = story.do(directory.create_prepared, waiting.id, by=town.dana, expected_version=1)
    assert reason(no) is DenialReason.UNKNOWN_FUNDING
    assert story.rows(tables.Creation)[0].state == "WAITING"


def test_who_prepared_it_and_admins_change_and_drop_it(story: Story, town: Town, waiting: Any):
    changed = story.do(
        directory.change_prepared,
        waiting.id,
        creating(name="Acme AT", business_id=AGENCY),
        by=town.emil,
        expected_version=1,
    )
    assert changed == Prepared(name="Acme AT", kind=Kind.AD_ACCOUNT, business="Acme Shoes", admins=2)
    stale = story.do(directory.create_prepared, waiting.id, by=town.dana, expected_version=1)
    assert (stale.reason, stale.name) == (DenialReason.CHANGED, "Acme AT")
    wrong = story.do(
        directory.change_prepared, waiting.id, creating(currency="XXX"), by=town.dana, expected_version=2
    )
    assert isinstance(wrong, Invalid)
    dropped = story.do(directory.drop_prepared, waiting.id, by=town.emil, expected_version=2)
    assert dropped == Discarded(name="Acme AT")
    for verb, args in ((directory.drop_prepared, ()), (directory.change_prepared, (creating(),))):
        over = story.do(verb, waiting.id, *args, by=town.emil, expected_version=3)
        assert reason(over) is DenialReason.CREATION_OVER


@pytest.mark.covers("T10")
def test_of_others_what_is_prepared_is_not_there(story: Story, town: Town, waiting: Any):
    for by, which in ((town.ann, waiting.id), (town.dana, "404")):
        for verb, args in (
            (directory.create_prepared, ()),
            (directory.drop_prepared, ()),
            (directory.change_prepared, (creating(),)),
        ):
            no = run(story, verb, which, *args, by=by, expected_version=1)
            nobodys = {"kind": "creation", "verb": verb.__name__, "business": None, "role": None}
            unknown = Denied(reason=DenialReason.UNKNOWN_CREATION)
            assert denied(story, no, which, by, **nobodys) == unknown
        assert story.read(directory.find_prepared, which, by=by).reason is DenialReason.UNKNOWN_CREATION
    other = make.someone(story.database, 9, name="Els", team=make.BRAND_TEAM, roles={BRAND: Role.EMPLOYEE})
    no = run(story, directory.drop_prepared, waiting.id, by=other, expected_version=1)
    ours = {"kind": "creation", "verb": "drop_prepared", "role": Role.EMPLOYEE}
    assert denied(story, no, waiting.id, other, **ours).reason is DenialReason.NOT_ADMIN
    assert story.read(directory.find_prepared, waiting.id, by=other).reason is DenialReason.NOT_ADMIN
    story.do(directory.drop_prepared, waiting.id, by=town.dana, expected_version=1)
    no = story.do(directory.drop_prepared, waiting.id, by=other, expected_version=2)
    assert no.reason is DenialReason.NOT_ADMIN, "also once it is over"


def test_what_still_waits_is_not_tried_again(story: Story, town: Town, waiting: Any):
    def tried(by: make.Someone) -> Any:
        return story.do(directory.try_creating_again, waiting.id, by=by, expected_version=1)

    about = Subject(SubjectKind.CREATION, waiting.id)
    assert tried(town.emil).reason is DenialReason.NOT_ADMIN
    assert tried(town.dana) == Denied(reason=DenialReason.CHANGED, about=about, name="Acme DE")


def test_what_moved_since_it_was_read_does_not_move_again(story: Story, town: Town, waiting: Any):
    story.do(directory.drop_prepared, waiting.id, by=town.dana, expected_version=1)
    with pytest.raises(AlreadyDecided):
        story.do(move, waiting, CreationState.EXPIRED)


def test_what_nobody_creates_is_dropped_after_fourteen_days(story: Story, town: Town, waiting: Any):
    story.clock.push(timedelta(days=14))
    late = story.do(directory.create_prepared, waiting.id, by=town.dana, expected_version=1)
    expired = (DenialReason.CREATION_OVER, RequestState.EXPIRED, waiting.expires_at)
    assert (late.reason, late.state, late.at) == expired, "the sweep has not come yet"
    assert story.sweep() == 1
    after = story.do(directory.create_prepared, waiting.id, by=town.dana, expected_version=2)
    assert (after.reason, after.state, after.at) == expired
    (row,) = story.rows(tables.Creation)
    assert (row.state, row.over_at, row.over_by) == ("EXPIRED", EPOCH + timedelta(days=14), None)
    assert [one.about for one in story.effects(EffectKind.POST_NOTICE)] == [str(Notice.EXPIRED)]
    assert story.sweep() == 0


def test_who_becomes_an_admin_gets_the_card_of_what_waits_where_there_is_no_channel(story: Story, town: Town):
    story.set(tables.BusinessRow, {"id": BRAND}, channel_id=None)
    story.set(tables.Membership, {"person_id": town.dov.id}, role=Role.EMPLOYEE)
    create(story, town.emil)
    assert story.cards_for(Audience.SUBMITTERS) == ["UDANA"]
    for _ in range(2):
        story.do(settings.set_role, BRAND, town.dov.id, role=Role.ADMIN, by=town.dana)
    assert sorted(story.cards_for(Audience.SUBMITTERS)) == ["UDANA", "UDOV"]


def test_an_employee_prepares_no_more_than_so_many(story: Story, town: Town):
    for number in range(MOST_DRAFTS):
        assert isinstance(create(story, town.emil, creating(name=f"Account {number}")), Prepared)
    did = run(story, directory.create_asset, creating(), by=town.emil)
    no = denied(story, did, "", town.emil, verb="create_asset", role=Role.EMPLOYEE)
    assert no == Denied(reason=DenialReason.TOO_MANY_DRAFTS, count=MOST_DRAFTS)
    one = story.rows(tables.Creation)[0]
    story.do(directory.drop_prepared, one.id, by=town.emil, expected_version=1)
    assert isinstance(create(story, town.emil), Prepared), "those that still wait are counted"
    assert isinstance(create(story, town.emil), Prepared)
    assert len(story.rows(tables.Creation)) == MOST_DRAFTS + 1, "the same once more is no further one"


# --- how it is paid ---------------------------------------------------------------------------------


@pytest.mark.covers("A5")
def test_an_admin_changes_later_how_an_account_is_paid_and_the_card_follows(story: Story, town: Town):
    made = create(story, town.dana, creating(payment=LATER))
    (creation,) = story.rows(tables.Creation)
    assert story.read(directory.creation_card, creation.id).new.is_incomplete
    paid = story.do(directory.set_payment, made.asset_id, VISA, by=town.dov)
    assert paid == Funded(asset_id=made.asset_id, name="Acme DE", payment=VISA)
    card = story.read(directory.creation_card, creation.id)
    assert (card.new.payment, card.new.is_incomplete, card.version) == (VISA, False, 2)
    (event,) = story.rows(tables.Event, kind=EventKind.ASSET_FUNDED)
    assert '["visa"]' not in event.data
    assert "visa" in event.data
    assert story.do(directory.set_payment, made.asset_id, VISA, by=town.dana) == paid
    assert len(story.rows(tables.Event, kind=EventKind.ASSET_FUNDED)) == 1  # nothing was changed again
    story.do(directory.set_payment, made.asset_id, LATER, by=town.dana)
    assert owned(story, town.dana)["Acme DE"] is True


@pytest.mark.covers("A5")
def test_an_account_that_came_by_the_file_gets_a_funding_source_too(story: Story, town: Town):
    story.do(directory.set_payment, ACCOUNT, Payment(funding_source="wire"), by=town.dana)
    (setup,) = story.rows(tables.AssetSetup, asset_id=ACCOUNT)
    assert (setup.currency, setup.funding_source, setup.incomplete) == (None, "wire", False)
    choices = story.read(directory.payment_of, ACCOUNT, by=town.dana)
    assert (choices.payment.funding_source, choices.sources) == ("wire", ("visa", "wire"))


@pytest.mark.covers("A5", "T10")
def test_who_is_no_admin_of_the_owner_sets_no_payment(story: Story, town: Town):
    for by, which, why in (
        (town.emil, ACCOUNT, DenialReason.NOT_ADMIN),
        (town.ann, ACCOUNT, DenialReason.NOT_OWNED),
        (town.dana, PAGE, DenialReason.NOT_OWNED),
        (town.dana, "act_404", DenialReason.NOT_OWNED),
    ):
        assert reason(story.do(directory.set_payment, which, VISA, by=by)) is why
        assert reason(story.read(directory.payment_of, which, by=by)) is why
    no = story.do(directory.set_payment, ACCOUNT, INVOICE, by=town.dana)
    assert (no.reason, no.field) == (DenialReason.NO_CREDIT_LINE, "payment")
    assert story.rows(tables.AssetSetup) == []
    assert story.read(directory.funding_sources, BRAND, by=town.ann) == ()
