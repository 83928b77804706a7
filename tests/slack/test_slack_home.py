from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from slack_make import (
    AGENCY,
    BRAND,
    GENERAL,
    NOW,
    actions_of,
    assert_publishable,
    draft,
    element_of,
    grant,
    home,
    item,
    me,
    modal_words,
    over,
    own,
    party,
    request,
    rows,
    settings_view,
)

from bot.domain.actors import Role, WhoMayAsk
from bot.domain.creating import CreationState
from bot.domain.denials import DenialReason
from bot.domain.requests import RequestState
from bot.sandbox.gallery.creating import creation
from bot.sandbox.gallery.exhibit import Size
from bot.services.home import ROWS
from bot.services.views.access import HeldAfter
from bot.services.views.businesses import PartnerView
from bot.services.views.parties import Me, Rows, Signer
from bot.slack.home import home_view
from bot.slack.ids import Section
from bot.slack.values import Page, Ref, read_press

LONG = "Ünïcödé & <Söns> " * 30
PREPARED = creation(Size.USUAL, CreationState.WAITING)
SOON = grant(ends_at=NOW + timedelta(days=7))


def shown(**fields: Any) -> dict[str, Any]:
    view = home_view(home(**fields), now=NOW)
    assert_publishable(view)
    return view


def headings(view: dict[str, Any]) -> list[str]:
    return [block["text"]["text"] for block in view["blocks"] if block["type"] == "header"]


def under(view: dict[str, Any], heading: str) -> list[dict[str, Any]]:
    """Return the blocks between this heading and the next."""
    found: list[dict[str, Any]] = []
    inside = False
    for block in view["blocks"]:
        if block["type"] == "header":
            inside = block["text"]["text"].startswith(heading)
        elif inside:
            found.append(block)
    return found


def main_buttons(blocks: list[dict[str, Any]]) -> list[str]:
    """Return the action ids of the buttons that stand beside a row's sentence, in order."""
    return [block["accessory"]["action_id"] for block in blocks if "accessory" in block]


def pages(*held: Any, total: int, more: bool) -> Rows[Any]:
    return Rows(rows=held, total=total, more=more)


def test_a_stranger_is_greeted_and_told_how_to_be_added():
    nobody = Me(person_id=None, name="", zone="UTC", businesses=())
    view = shown(me=nobody)
    words = modal_words(view)
    assert "You aren't in any business here yet" in words
    assert "ask an admin of your business" in words
    assert actions_of(view["blocks"]) == []


def test_a_home_where_nothing_happens_says_so_in_one_line_and_has_no_empty_parts():
    view = shown()
    assert headings(view) == ["Access between businesses"]
    words = modal_words(view)
    assert "Business ID 998877" in words
    assert "Nothing is open right now." in words
    assert actions_of(view["blocks"]) == ["request", "share", "claim", "obo", "show_people", "end"]


def test_a_home_has_its_parts_in_order_with_a_line_above_each():
    partner = PartnerView(party=party(), shared_with_them=1, shared_with_us=0, partner_of=BRAND.id)
    view = shown(
        me=me(own(), own(party=BRAND)),
        settings=(settings_view(),),
        decided_away=rows(over(RequestState.DECLINED)),
        ends_soon=rows(SOON),
        partners=rows(partner),
        reach=rows(grant()),
        drafts=rows(draft()),
        prepared=rows(PREPARED),
        requested=rows(request()),
        waiting=rows(request()),
    )
    assert headings(view) == [
        "Access between businesses",
        "Waiting for me",
        "My requests",
        "Drafts, not sent yet",
        "Prepared, not created yet",
        "What I can reach",
        "Partners",
        "Ends soon",
        "Decided while I was away",
        "Settings",
    ]
    kinds = [block["type"] for block in view["blocks"]]
    assert all(
        kinds[place - 1] == "divider" for place, kind in enumerate(kinds) if place and kind == "header"
    )
    assert "Nothing is going on" not in modal_words(view)


def test_what_waits_for_me_can_be_decided_from_the_home():
    view = shown(me=me(own(party=BRAND)), waiting=rows(request(approvals=1, required_approvals=2)))
    blocks = under(view, "Waiting for me")
    assert main_buttons(blocks) == ["approve"]
    assert actions_of(blocks) == ["decline", "details"]
    assert read_press(element_of(blocks, "approve")).ref == Ref("500000000000001", 3)
    words = modal_words({"blocks": blocks})
    assert "Northwind Agency requests General user on US ads, for 30 days." in words
    assert "“Q1 launch” · AMBER-1234 · 1 of 2 approvals Waiting since" in words


def test_members_who_may_not_decide_only_read_what_waits():
    employee = own(party=BRAND, role=Role.EMPLOYEE, may_administer=DenialReason.NOT_ADMIN, may_draft=True)
    view = shown(me=me(employee), waiting=rows(request()))
    assert main_buttons(under(view, "Waiting for our admins")) == ["details"]
    assert actions_of(under(view, "Waiting for our admins")) == []


def test_my_requests_can_be_followed_and_reminded_of():
    view = shown(requested=rows(request(), request(remind_after=NOW + timedelta(hours=1))))
    assert main_buttons(under(view, "My requests")) == ["remind", "details"]
    assert "To Brand · Not decided yet Open until" in modal_words({"blocks": under(view, "My requests")})


def test_drafts_are_shown_while_there_are_some():
    view = shown(drafts=rows(draft()))
    assert actions_of(under(view, "Draft")) == ["send", "edit", "drop"]


def test_what_i_can_reach_and_my_partners_in_both_directions_are_listed():
    partner = PartnerView(
        party=party(verified=False), shared_with_them=2, shared_with_us=1, partner_of=BRAND.id
    )
    view = shown(reach=rows(grant()), partners=rows(partner))
    words = modal_words(view)
    assert "US ads (act_100): Ad account of Brand, Reporting only. Access until" in words
    assert "you share 2 assets with them, they share 1 asset with you. Not verified." in words


def test_what_flows_in_one_direction_only_is_said_in_words():
    one_way = PartnerView(party=party(), shared_with_them=1, shared_with_us=0, partner_of=BRAND.id)
    assert "you share 1 asset with them, they share nothing with you." in modal_words(
        shown(partners=rows(one_way))
    )


def test_what_i_hold_and_ends_soon_can_be_extended_and_what_i_share_cannot():
    held, lent = SOON, grant(ends_at=NOW + timedelta(days=3), owner=AGENCY, holder=BRAND)
    view = shown(ends_soon=rows(held, lent))
    blocks = under(view, "Ends soon")
    assert main_buttons(blocks) == ["extend"]
    assert read_press(element_of(blocks, "extend")).ref == Ref(SOON.id, SOON.version)
    words = modal_words({"blocks": blocks})
    assert "Northwind Agency: Reporting only on US ads (act_100) of Brand ends 29 Nov 2026" in words
    assert "Brand: Reporting only on US ads (act_100) of Northwind Agency ends 25 Nov 2026" in words


def test_what_goes_on_by_other_access_is_said_to_and_needs_no_extension():
    more = HeldAfter(tasks=SOON.tasks, until=NOW + timedelta(days=90))
    for after, needs_more in ((more, False), (replace(more, tasks=frozenset({"ANOTHER"}), until=None), True)):
        blocks = under(shown(ends_soon=rows(SOON), held_after={SOON.id: after}), "Ends soon")
        words = modal_words({"blocks": blocks})
        assert (main_buttons(blocks) == ["extend"]) is needs_more
        assert "Northwind Agency still has " in words


def test_an_employee_cannot_extend():
    employee = own(role=Role.EMPLOYEE, may_administer=DenialReason.NOT_ADMIN, may_draft=True)
    view = shown(me=me(employee), ends_soon=rows(SOON))
    assert main_buttons(under(view, "Ends soon")) == []


def test_what_colleagues_decided_while_i_was_away_can_be_read_and_if_need_be_undone():
    fresh = over(
        RequestState.APPROVED, undo_until=NOW + timedelta(minutes=5), approved_by=(Signer("Max Maple"),)
    )
    view = shown(me=me(own(party=BRAND)), decided_away=rows(fresh, over(RequestState.DECLINED)))
    blocks = under(view, "Decided while")
    assert main_buttons(blocks) == ["undo", "details"]
    assert "Approved by Max Maple" in modal_words({"blocks": blocks})


def test_of_several_businesses_it_is_said_for_which_something_was_decided():
    view = shown(me=me(own(), own(party=BRAND)), decided_away=rows(over(RequestState.DECLINED)))
    assert f". For {BRAND.name}." in modal_words({"blocks": under(view, "Decided while")})
    alone = shown(me=me(own(party=BRAND)), decided_away=rows(over(RequestState.DECLINED)))
    assert "For " not in modal_words({"blocks": under(alone, "Decided while")})


def test_an_admin_sees_the_settings_in_short_and_can_change_them():
    view = shown(settings=(settings_view(members=2, admins=1),))
    blocks = under(view, "Settings")
    words = modal_words({"blocks": blocks})
    for said in (
        "Business ID 112233",
        "Any verified business that has your ID",
        "Expiry: 14 days after it is sent.",
        "Approvals needed: 1. Undo: for 10 minutes after an approval.",
        "Working hours: Mon-Fri 09:00-17:00. Days off: 2026-12-25.",
        "2 members, 1 admin.",
    ):
        assert said in words
    assert actions_of(blocks) == ["settings", "members", "asked", "away", "tokens", "connection"]
    assert read_press(element_of(blocks, "members")).ref == Ref("112233", 4)


def test_the_settings_name_the_channel_and_the_businesses_that_were_listed():
    listing = settings_view(
        channel_id="C1", who_may_ask=WhoMayAsk.LISTED, listed=("Northwind Agency", "Otter Media")
    )
    blocks = under(shown(settings=(listing,)), "Settings")
    assert {"type": "channel", "channel_id": "C1"} in blocks[0]["elements"][0]["elements"]
    assert "businesses that you have listed (Northwind Agency and Otter Media)" in modal_words(
        {"blocks": blocks}
    )
    none = modal_words(shown(settings=(settings_view(who_may_ask=WhoMayAsk.LISTED, listed=()),)))
    assert "that you have listed (none yet)" in none


def test_no_undo_and_no_channel_are_said_in_words():
    words = modal_words(shown(settings=(settings_view(undo_minutes=0, channel_id=None, days_off=()),)))
    assert "Undo: not possible." in words
    assert "no approvals channel yet" in words
    assert "Days off: none." in words


@pytest.mark.parametrize("section", [one for one in Section if one is not Section.SETTINGS])
def test_each_part_turns_its_own_pages(section):
    row = {
        Section.DRAFTS: draft(),
        Section.PREPARED: PREPARED,
        Section.REACH: grant(),
        Section.ENDS_SOON: SOON,
        Section.PARTNERS: PartnerView(party=BRAND, shared_with_them=1, shared_with_us=0, partner_of=BRAND.id),
        Section.DECIDED_AWAY: over(RequestState.APPROVED),
    }.get(section, request())
    first = shown(**{section: pages(*[row] * ROWS, total=12, more=True)})
    assert read_press(element_of(first["blocks"], "home_more")).page == Page(section, "", ROWS)
    assert any(one.endswith(f"(1 to {ROWS} of 12)") for one in headings(first))
    middle = shown(page=f"{section}:{ROWS}", **{section: pages(*[row] * ROWS, total=12, more=True)})
    assert read_press(element_of(middle["blocks"], "home_back")).page == Page(section, "", 0)
    assert read_press(element_of(middle["blocks"], "home_more")).page == Page(section, "", 2 * ROWS)
    last = shown(page=f"{section}:{2 * ROWS}", **{section: pages(row, row, total=12, more=False)})
    assert "home_more" not in actions_of(last["blocks"])
    assert any(one.endswith("(11 to 12 of 12)") for one in headings(last))


def test_a_page_that_has_emptied_leads_back():
    view = shown(page="waiting:10", waiting=pages(total=3, more=False))
    blocks = under(view, "Waiting for me")
    assert "Nothing is left on this page." in modal_words({"blocks": blocks})
    assert read_press(element_of(blocks, "home_back")).page == Page("waiting", "", 5)


def test_settings_of_many_businesses_have_pages_too():
    many = tuple(settings_view(party=party(id=str(10_000 + n), name=f"Shop {n}")) for n in range(12))
    view = shown(settings=many, page="settings:5")
    words = modal_words({"blocks": under(view, "Settings")})
    assert [n for n in range(12) if f"Shop {n} ·" in words] == [5, 6, 7, 8, 9]
    assert read_press(element_of(view["blocks"], "home_more")).page == Page("settings", "", 10)


@pytest.mark.parametrize("page", ["", "nonsense", "waiting:", "waiting:-1", "waiting:x", ":5", "waiting:²"])
def test_an_odd_page_is_the_first(page):
    assert "home_back" not in actions_of(shown(page=page, waiting=rows(request()))["blocks"])


def test_the_fullest_home_fits_into_slacks_hundred_blocks():
    wide = request(
        requesting=party(name=LONG),
        deciding=party(id="112233", name=LONG),
        requester=LONG,
        items=(item(asset_name=LONG),),
    )
    held = grant(asset_name=LONG, owner=party(name=LONG), holder=AGENCY, end_note="&" * 500, ends_at=NOW)
    partner = PartnerView(
        party=party(name=LONG), shared_with_them=10**6, shared_with_us=10**6, partner_of=BRAND.id
    )
    decided = over(
        RequestState.APPROVED,
        approved_by=(Signer(LONG),) * 9,
        undo_until=NOW + timedelta(minutes=1),
        items=(item(given=GENERAL),),
    )
    businesses = tuple(own(party=party(id=str(112_233 + n), name=LONG)) for n in range(40))
    view = shown(
        me=me(*businesses),
        waiting=pages(*[wide] * ROWS, total=5_000, more=True),
        requested=pages(*[wide] * ROWS, total=5_000, more=True),
        drafts=pages(*[draft(author=LONG)] * ROWS, total=5_000, more=True),
        prepared=pages(*[PREPARED] * ROWS, total=5_000, more=True),
        reach=pages(*[held] * ROWS, total=5_000, more=True),
        partners=pages(*[partner] * ROWS, total=5_000, more=True),
        ends_soon=pages(*[held] * ROWS, total=5_000, more=True),
        decided_away=pages(*[decided] * ROWS, total=5_000, more=True),
        settings=tuple(settings_view(party=one.party) for one in businesses),
        page="waiting:5",
    )
    assert len(view["blocks"]) <= 100
    assert "And 30 more." in modal_words(view)
