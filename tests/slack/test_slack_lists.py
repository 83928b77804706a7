from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from slack_make import (
    AGENCY,
    BRAND,
    NOW,
    actions_of,
    assert_sendable,
    both,
    draft,
    grant,
    me,
    own,
    party,
    request,
    rows,
    settings_view,
    words_of,
)

from bot.domain.actors import Role
from bot.domain.assets import Kind
from bot.domain.creating import CreationState
from bot.domain.denials import DenialReason
from bot.domain.requests import RequestState
from bot.sandbox.gallery.creating import creation
from bot.sandbox.gallery.exhibit import Size
from bot.services.results import Denied
from bot.services.views.businesses import PartnerView
from bot.services.views.parties import AssetChoice, Rows
from bot.slack import lists, modals, replies
from bot.slack.ids import Callback, ListWord
from bot.slack.values import Page, Ref, read_press

US = me(own(party=AGENCY), own(party=BRAND))
NOTHING = {name: rows() for name in ("waiting", "requested", "drafts", "prepared")}
PENDING = Page(ListWord.PENDING, "", 0)
ENDING = Page(ListWord.ENDING, AGENCY.id, 0)
LONG = "Ünïcödé & <Söns> " * 30


def test_what_waits_has_a_button_each_to_open_it():
    message = lists.pending(
        waiting=rows(request()),
        requested=rows(request(state=RequestState.IN_REVIEW, approvals=1, required_approvals=2)),
        drafts=rows(draft()),
        prepared=rows(),
        me=US,
        now=NOW,
        at=PENDING,
    )
    for words in both(message):
        assert "Waiting for your decision (1 to 1 of 1)" in words
        assert "Northwind Agency requests General user on US ads, for 30 days." in words
        assert "AMBER-1234" in words
        assert "Waiting since" in words
        assert "Decide by" in words
        assert "AMBER-1234 · To Brand · 1 of 2 approvals" in words
        assert "Open until" in words
        assert "Bob Birch drafted: Northwind Agency requests General user on US ads, for 30 days." in words
        assert "AMBER-1234 · To Brand" in words
        assert "Send by" in words
    opens = [block["accessory"] for block in message.blocks if "accessory" in block]
    assert [one["action_id"] for one in opens] == ["open", "open"]
    assert actions_of(message.blocks) == ["send", "edit", "drop"]
    assert read_press(opens[0]).ref == Ref("500000000000001", 3)


def test_nothing_pending_is_said():
    assert (
        "Nothing is pending"
        in lists.pending(
            waiting=rows(), requested=rows(), drafts=rows(), prepared=rows(), me=me(), now=NOW, at=PENDING
        ).text
    )


def test_a_full_page_of_what_is_pending_fits_and_leads_on():
    long = request(requesting=party(name=LONG), deciding=party(name=LONG))
    saved = draft(author=LONG, deciding=party(name=LONG))
    message = lists.pending(
        waiting=rows(*[long] * 10, total=30),
        requested=rows(*[long] * 10, total=9),
        drafts=rows(*[saved] * 10, total=50),
        prepared=rows(*[creation(Size.LARGEST, CreationState.WAITING)] * 10, total=20),
        me=me(),
        now=NOW,
        at=PENDING,
    )
    assert_sendable(message)
    most = lists.PENDING_ROWS
    assert f"(1 to {most} of 30)" in message.text
    assert read_press(message.blocks[-1]["elements"][0]).page == Page("pending", "", most)


def test_what_is_prepared_has_a_button_for_admins_and_another_for_its_author():
    view = creation(Size.USUAL, CreationState.WAITING)
    theirs = own(party=view.business, role=Role.EMPLOYEE, may_administer=DenialReason.NOT_ADMIN)
    author = replace(me(theirs), person_id=view.author_id)
    for reader, action in ((me(own(party=view.business)), "make"), (author, "rework"), (me(theirs), None)):
        message = lists.pending(**NOTHING | {"prepared": rows(view)}, me=reader, now=NOW, at=PENDING)
        assert "prepared the ad account Acme DE" in message.text
        (row,) = [one for one in message.blocks if one["type"] == "section"]
        assert row.get("accessory", {}).get("action_id") == action


def test_a_list_says_what_whose_at_which_level_and_until_when():
    message = lists.grants_list(
        rows(grant(), grant(ends_at=None)),
        business=AGENCY,
        at=Page(ListWord.SHARED, AGENCY.id, 0),
        now=NOW,
        me=US,
    )
    for words in both(message):
        assert "What others share with Northwind Agency" in words
        assert (
            "US ads (act_100): Ad account of Brand. Agency, Reporting only: can see how ads perform." in words
        )
        assert "Access until" in words
        assert "Access with no end." in words
        assert " to 2 of 2" not in words  # all of it is shown


def test_the_owners_list_says_who_holds_what():
    message = lists.grants_list(
        rows(grant()), business=BRAND, at=Page(ListWord.GIVEN, BRAND.id, 0), now=NOW, me=US
    )
    assert (
        "US ads (act_100): Ad account, shared with Northwind Agency. Reporting only: can see how"
        in message.text
    )


def test_what_one_owns_is_listed_as_owner():
    asset = AssetChoice(id="act_1", kind=Kind.AD_ACCOUNT, name="US ads", owner=BRAND)
    message = lists.assets_list(rows(asset), business=BRAND, at=Page(ListWord.OWNED, BRAND.id, 0), me=me())
    assert (
        "US ads (act_1): Ad account. Owner: can manage campaigns, reporting, billing and who" in message.text
    )


@pytest.mark.parametrize("word", [ListWord.SHARED, ListWord.GIVEN])
def test_a_page_of_the_longest_rows_fits_and_leads_on(word):
    long = [
        grant(
            asset_name=LONG,
            owner=party(name=LONG),
            holder=party(name=LONG),
            asset_id=f"act_{10**19}",
            ends_at=NOW + timedelta(days=1),
        )
    ] * 10
    message = lists.grants_list(
        rows(*long, total=95),
        business=party(name=LONG),
        at=Page(word, "998877", 20),
        now=NOW,
        me=US,
    )
    assert_sendable(message)
    assert "21 to 30 of 95" in message.text
    assert read_press(message.blocks[-1]["elements"][0]).page == Page(word, "998877", 30)


@pytest.mark.parametrize(
    ("word", "said"),
    [
        (
            ListWord.PARTNERS,
            "Northwind Agency (Business ID 998877): you share 2 assets with them, they share 1 asset with",
        ),
        (ListWord.AGENCIES, "Northwind Agency (Business ID 998877): you share 2 assets with them."),
        (ListWord.CLIENTS, "Northwind Agency (Business ID 998877): they share 1 asset with you."),
    ],
)
def test_a_partner_is_a_row_with_a_button_that_shows_what_is_shared(word, said):
    partner = PartnerView(party=AGENCY, shared_with_them=2, shared_with_us=1, partner_of=BRAND.id)
    at = Page(word, BRAND.id, 10)
    message = lists.partners_list(rows(partner, total=12), business=BRAND, at=at)
    for words in both(message):
        assert said in words
        assert "11 to 11 of 12" in words
    opens, _ = (block["elements"][0] for block in message.blocks if block["type"] == "actions")
    assert read_press(opens).page == Page(Callback.PARTNER, BRAND.id, 0, AGENCY.id)


def test_of_several_partners_that_may_be_meant_each_is_opened_as_of_the_day_that_was_typed():
    both_ways = {"shared_with_them": 2, "shared_with_us": 1, "partner_of": BRAND.id}
    found = [PartnerView(party=party(id=str(90_000 + n), name="Acme"), **both_ways) for n in range(2)]
    for on in (date(2025, 10, 1), None):
        message = lists.which_partner(found, me=US, typed="partner acme", on=on)
        pressed = [block["elements"][0] for block in message.blocks if block["type"] == "actions"]
        wanted = [read_press(one).page for one in pressed]
        pages = [modals.read_partner_page(page) for page in wanted if page]
        assert [(one.other_id, one.on) for one in pages] == [("90000", on), ("90001", on)]


def test_of_more_partners_than_are_shown_it_is_said_how_to_reach_the_others():
    nothing = {"shared_with_them": 0, "shared_with_us": 0, "partner_of": BRAND.id}
    found = [PartnerView(party=party(id=str(90_000 + n), name="Acme"), **nothing) for n in range(10)]
    for more in (False, True):
        message = lists.which_partner(found, me=US, typed="partner acme", more=more)
        assert ("There are more. Write more of the name, or the Business ID." in message.text) is more


def test_an_empty_list_says_what_to_do_next_or_that_nothing_matches():
    empty = {
        word: lists.grants_list(rows(), business=BRAND, at=Page(word, BRAND.id, 0), now=NOW, me=US).text
        for word in (ListWord.SHARED, ListWord.GIVEN, ListWord.AGENCIES, ListWord.CLIENTS)
    }
    assert all("/access " in text for text in empty.values()), empty
    for word in lists.OF_REQUESTS:
        at = Page(word, "", 0)
        said = lists.pending(
            waiting=rows(), requested=rows(), drafts=rows(), prepared=rows(), me=US, now=NOW, at=at
        ).text
        assert "/access " in said
    at = Page(ListWord.AGENCIES, BRAND.id, 0, "*act_1* {name}")
    message = lists.grants_list(rows(), business=party(name="{x} *y*"), at=at, now=NOW, me=US)
    for words in both(message):
        assert "Nothing here matches “*act_1* {name}”." in words


def test_a_page_of_what_was_looked_for_says_so_and_leads_on_in_it():
    at = Page(ListWord.AGENCIES, BRAND.id, 0, "US ads")
    message = lists.grants_list(rows(grant(), total=11), business=BRAND, at=at, now=NOW, me=US)
    for words in both(message):
        assert "Only what matches “US ads”." in words
    assert read_press(message.blocks[-1]["elements"][0]).page == replace(at, offset=1)


def test_a_menu_leads_from_each_list_to_all_others():
    for word in ListWord:
        message = lists.with_menu(lists.titled("A list", []), which=word, business=party(id="9" * 20))
        assert_sendable(message)
        (menu,) = message.blocks[-1]["elements"]
        chosen = [read_press({"action_id": "lists", "selected_option": one}).page for one in menu["options"]]
        assert chosen == [Page(other, "9" * 20, 0) for other in ListWord if other is not word]


# --- what ends, and settings ------------------------------------------------------------------------


def test_what_ends_is_listed_with_a_button_each_to_extend_it():
    held = grant(ends_at=NOW + timedelta(days=7))
    message = lists.ending_list(rows(held, held, total=9), business=AGENCY, at=ENDING, now=NOW, me=US)
    for words in both(message):
        assert "What ends for Northwind Agency" in words
        assert "US ads (act_100): Ad account of Brand, Reporting only. Access until " in words
        assert "1 to 2 of 9" in words
    assert actions_of(message.blocks) == ["extend", "extend", "page"]
    assert read_press(message.blocks[-1]["elements"][0]).page == Page("ending", AGENCY.id, 2)


def test_a_full_page_of_what_ends_fits():
    long = grant(asset_name=LONG, owner=party(name=LONG), end_note="&" * 500)
    held = rows(*[long] * lists.PENDING_ROWS, total=1_000)
    message = lists.ending_list(
        held, business=party(name=LONG), at=replace(ENDING, offset=70), now=NOW, me=US
    )
    assert_sendable(message)


def test_that_nothing_ends_is_said():
    message = lists.ending_list(rows(), business=AGENCY, at=ENDING, now=NOW, me=US)
    assert "Nothing that Northwind Agency holds has an end." in message.text
    assert actions_of(message.blocks) == []


def test_settings_show_your_id_to_copy_and_for_admins_what_is_set():
    message = lists.settings_list(me(), rows(settings_view(party=AGENCY)))
    for words in both(message):
        assert "Business ID 998877" in words
        assert "Approvals needed: 1." in words
    assert "Requests are posted in <#C1>." in message.text
    assert actions_of(message.blocks) == ["settings", "members", "asked", "away", "tokens", "connection"]
    assert read_press(message.blocks[-1]["elements"][0]).ref == Ref("998877", 4)


def test_members_who_are_no_admin_see_the_id_and_learn_who_changes_settings():
    employee = own(role=Role.EMPLOYEE, may_administer=DenialReason.NOT_ADMIN, may_draft=True)
    for words in both(lists.settings_list(me(employee), rows())):
        assert "Business ID 998877" in words
        assert "Only admins see and change settings" in words


def test_settings_of_many_businesses_come_page_by_page_and_nothing_is_cut():
    many = [settings_view(party=party(id=str(10_000 + n), name=LONG)) for n in range(9)]
    mine = me(*(own(party=one.party) for one in many))
    for offset, of in ((0, many[: lists.SETTINGS_ROWS]), (lists.SETTINGS_ROWS, many[lists.SETTINGS_ROWS :])):
        is_more = not offset
        shown = Rows(rows=tuple(of), total=len(many), more=is_more)
        message = lists.settings_list(mine, shown, offset=offset)
        assert_sendable(message)
        assert ("1 to 6 of 9" if is_more else "7 to 9 of 9") in words_of(message)
        assert ("page" in actions_of(message.blocks)) is is_more


def test_a_stranger_has_no_settings():
    nobody = me().__class__(person_id=None, name="", zone="UTC", businesses=())
    assert lists.settings_list(nobody, rows()) == replies.answer(Denied(reason=DenialReason.NO_BUSINESS))


@pytest.mark.case("3.5")
def test_lists_of_more_businesses_than_fit_say_how_many_are_not_here():
    others = [party(id=str(10_000 + n), name=LONG) for n in range(45)]
    first = lists.grants_list(
        rows(), business=party(), at=Page(ListWord.SHARED, party().id, 0), now=NOW, me=US
    )
    message = lists.with_others(first, which=ListWord.SHARED, others=others)
    assert_sendable(message)
    assert "And 15 more of your businesses" in words_of(message)
