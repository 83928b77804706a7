"""The form for creating: what it is filled with comes back, and what is no answer to it is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import make
import pytest
from make import BRAND, creating

from bot.domain.assets import Kind
from bot.domain.creating import CREATABLE, NewAsset, Payment
from bot.domain.denials import DenialReason
from bot.sandbox.gallery import records
from bot.sandbox.gallery.form import sent_back
from bot.services.results import Denied
from bot.services.views.parties import Party
from bot.services.views.requests import FundingChoices
from bot.slack import modals
from bot.slack.modals import ReadCreate, ReadPayment
from bot.slack.values import Ref, Unreadable

OWN = records.own(party=Party(id=BRAND, name="Acme Shoes", verified=True))
OTHER = records.own(party=Party(id=make.OTHER, name="Rival Media", verified=True))


def form_for(new: NewAsset, *, prepared: Ref | None = None, several: bool = False) -> dict[str, Any]:
    state = modals.creation_state(new, account="Acme Main", prepared=prepared)
    choices = [OWN, OTHER] if several else [OWN]
    return sent_back(modals.create_modal(state, choices=choices, sources=["visa"], no=None))


def entered(view: dict[str, Any], block: str) -> dict[str, Any]:
    (held,) = view["state"]["values"][block].values()
    assert isinstance(held, dict)
    return held


@pytest.mark.covers("A4", "A5")
def test_what_the_form_is_filled_with_is_read_from_it_again():
    pixel = creating(Kind.PIXEL, ad_account_id=make.ACCOUNT)
    for new in (creating(), creating(payment=Payment(invoice=True)), creating(payment=Payment()), pixel):
        assert modals.read_create(form_for(new)) == ReadCreate(new=new, prepared=None)
    for several in (False, True):
        read = modals.read_create(form_for(creating(), prepared=Ref("600000000000007", 3), several=several))
        assert read == ReadCreate(new=creating(), prepared=Ref("600000000000007", 3))


def test_of_several_businesses_the_chosen_one_will_own_it():
    view = form_for(creating(), several=True)
    entered(view, "business")["selected_option"]["value"] = make.OTHER
    read = modals.read_create(view)
    assert isinstance(read, ReadCreate)
    assert read.new.business_id == make.OTHER


def test_who_advertises_is_the_business_that_was_chosen_last_unless_somebody_else_was_typed():
    for typed, read_as in ((BRAND, make.OTHER), ("my company", make.OTHER), ("998877", "998877")):
        view = form_for(creating(), several=True)
        entered(view, f"end_advertiser:{BRAND}")["value"] = typed
        entered(view, "business")["selected_option"]["value"] = make.OTHER
        assert modals.read_create(view).new.end_advertiser == read_as, "sent before the form has followed"
        followed = modals.read_create_state(view)
        shown = sent_back(modals.create_modal(followed, choices=[OWN, OTHER], sources=[], no=None))
        assert modals.read_create(shown).new.end_advertiser == read_as


def test_what_is_typed_is_tidied_and_an_empty_party_is_one_that_is_usual():
    view = form_for(creating())
    entered(view, "name")["value"] = "  Acme \u200b  DE\n"
    entered(view, f"end_advertiser:{BRAND}")["value"] = "my company"
    for field in ("media_agency", "partner"):
        entered(view, field)["value"] = None
    read = modals.read_create(view)
    assert isinstance(read, ReadCreate)
    assert (read.new.name, read.new.end_advertiser) == ("Acme DE", BRAND)
    assert (read.new.media_agency, read.new.partner) == ("NONE", "NONE")


@pytest.mark.parametrize("kind", list(CREATABLE))
def test_what_was_entered_is_there_again_after_a_look_at_the_other_kind(kind: Kind):
    helped = {"media_agency": "northwind.media", "partner": "UNFOUND", "payment": Payment(invoice=True)}
    new = creating(kind, **(helped if kind is Kind.AD_ACCOUNT else {"ad_account_id": make.ACCOUNT}))
    view = form_for(new)
    for other in (next(one for one in CREATABLE if one is not kind), kind):
        entered(view, "kind")["selected_option"]["value"] = other
        state = modals.read_create_state(view)
        view = sent_back(modals.create_modal(state, choices=[OWN], sources=[], no=None))
    assert modals.read_create(view) == ReadCreate(new=new, prepared=None)


@pytest.mark.parametrize("away", [None, "x", ["x"], {"currency": 5}, {"timezone_id": "Berlin"}])
def test_what_is_not_what_the_form_keeps_is_not_read(away: object):
    view = form_for(creating(Kind.PIXEL)) | {"private_metadata": json.dumps({"b": BRAND, "away": away})}
    with pytest.raises(Unreadable):
        modals.read_create_state(view)


@pytest.mark.parametrize(
    ("block", "value"),
    [
        ("kind", "PAGE"),
        ("kind", "BUILDING"),
        ("timezone_id", "Europe/Berlin"),
        ("timezone_id", "\N{ARABIC-INDIC DIGIT ONE}x"),
        (f"payment:{BRAND}", "free"),
        ("currency", "\x00"),
    ],
)
def test_a_choice_that_the_form_does_not_offer_is_not_read(block: str, value: str):
    view = form_for(creating())
    entered(view, block)["selected_option"] = {
        "text": {"type": "plain_text", "text": "forged"},
        "value": value,
    }
    with pytest.raises(Unreadable):
        modals.read_create(view)


@pytest.mark.parametrize("business", ["", "4 5", "x" * 10, 5, None, ["1"]])
def test_a_form_for_no_business_is_not_read(business: object):
    view = form_for(creating()) | {"private_metadata": json.dumps({"b": business})}
    with pytest.raises(Unreadable):
        modals.read_create(view)


def test_why_a_business_can_create_nothing_stands_above_its_form():
    view = form_for(creating())
    no = Denied(reason=DenialReason.NO_PAGE)
    state = replace(modals.creation_state(creating()), name="Kept")
    shown = modals.create_modal(state, choices=[OWN, OTHER], sources=[], no=no)
    (whether,) = [one for one in shown["blocks"] if one.get("block_id") == "whether"]
    assert "published Page" in whether["text"]["text"]
    assert entered(sent_back(shown), "name")["value"] == "Kept"
    assert not [one for one in view["blocks"] if one.get("block_id") == "whether"]


def test_each_kind_is_asked_for_what_it_is_created_with_and_nothing_else():
    for kind, fields in CREATABLE.items():
        inputs = modals.create_modal(
            modals.blank_creation(BRAND, zone="Europe/Berlin", kind=kind), choices=[OWN], sources=[], no=None
        )["blocks"]
        asked = {one["block_id"].partition(":")[0] for one in inputs if one["type"] == "input"}
        payment = {"invoice", "funding_source"}
        wanted = {"payment" if field in payment else field for field in fields}
        assert asked == {"kind", "name", *wanted}


@pytest.mark.covers("A5")
def test_how_an_account_is_paid_is_read_from_its_form_again():
    for payment in (Payment(), Payment(invoice=True), Payment(funding_source="visa")):
        found = FundingChoices(asset_id="act_1", name="Acme", payment=payment, sources=("visa",))
        view = sent_back(modals.fund_modal(found))
        assert modals.read_fund(view) == ReadPayment(asset_id="act_1", payment=payment)
