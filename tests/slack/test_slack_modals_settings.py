from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from slack_make import (
    actions_of,
    assert_openable,
    element_of,
    filled,
    member,
    modal_words,
    rows,
    settings_view,
)

from bot.domain.actors import ApiSharing, Role, WhoMayAsk
from bot.domain.denials import DenialReason
from bot.domain.events import Subject, SubjectKind
from bot.domain.limits import MOST_DAYS_OFF
from bot.domain.requests import ErrorCode, FieldError
from bot.domain.reviews import Silence
from bot.services.results import Denied, Invalid
from bot.services.settings import Policy
from bot.slack import modals
from bot.slack.modals import FieldErrors, ReadMember, ReadSettings
from bot.slack.values import Page, Ref, Unreadable, read_press

LONG = "Ünïcödé & <Söns> " * 30


def as_errors(read: object) -> FieldErrors:
    assert isinstance(read, dict)
    return read


def settings_modal(**fields: Any) -> dict[str, Any]:
    view = modals.settings_modal(settings_view(**fields))
    assert_openable(view)
    return view


def test_the_settings_are_read_back_as_they_are_shown():
    read = modals.read_settings(filled(settings_modal()))
    assert read == ReadSettings(
        ref=Ref("112233", 4),
        policy=Policy(
            channel_id="C1",
            quorum=1,
            expires_days=14,
            undo_minutes=10,
            who_may_ask=WhoMayAsk.ANYONE,
            api_sharing=ApiSharing.AT_ONCE,
            hours="Mon-Fri 09:00-17:00",
            days_off=(date(2026, 12, 25),),
            weekly=True,
            review_days=90,
            review_silence=Silence.KEEP,
        ),
    )


def test_the_form_says_which_businesses_are_listed():
    assert "You have listed: Northwind Agency." in str(settings_modal())
    assert "You have listed: none yet." in str(settings_modal(listed=()))
    assert "waits for your admins, unless you accept a partner's offers at once" in modal_words(
        settings_modal()
    )


def test_every_setting_can_be_changed():
    entries = {
        "channel_id": "G123ABC",
        "quorum": "2",
        "expires_days": "30",
        "undo_minutes": "0",
        "who_may_ask": "LISTED",
        "api_sharing": "AFTER_ACCEPTANCE",
        "hours": "sun\N{EN DASH}thu 08:00-16:30",
        "days_off": "2026-12-26,2026-12-25\n2027-01-01; 2026-12-26",
        "weekly": "NEVER",
        "review_days": "0",
        "review_silence": "WEEK",
    }
    read = modals.read_settings(filled(settings_modal(), entries))
    assert isinstance(read, ReadSettings)
    assert read.policy == Policy(
        channel_id="G123ABC",
        quorum=2,
        expires_days=30,
        undo_minutes=0,
        who_may_ask=WhoMayAsk.LISTED,
        api_sharing=ApiSharing.AFTER_ACCEPTANCE,
        hours="Sun-Thu 08:00-16:30",
        days_off=(date(2026, 12, 25), date(2026, 12, 26), date(2027, 1, 1)),
        review_days=0,
        review_silence=Silence.WEEK,
    )


def test_a_business_may_have_neither_channel_nor_days_off():
    view = settings_modal(channel_id=None, days_off=())
    read = modals.read_settings(filled(view))
    assert isinstance(read, ReadSettings)
    assert read.policy.channel_id is None
    assert read.policy.days_off == ()


@pytest.mark.parametrize(
    ("block", "entry", "said"),
    [
        ("channel_id", "D123", "not a direct message"),
        ("quorum", "0", "from 1 to 10"),
        ("quorum", "11", "from 1 to 10"),
        ("quorum", "two", "whole number"),
        ("expires_days", "", "whole number"),
        ("expires_days", "366", "from 1 to 365"),
        ("undo_minutes", "-1", "whole number"),
        ("undo_minutes", "1441", "from 0 to 1440"),
        ("hours", "nine to five", "Mon-Fri 09:00-17:00"),
        ("hours", "17:00-09:00", "Mon-Fri 09:00-17:00"),
        ("days_off", "25.12.2026", "“25.12.2026” is not a day."),
        (
            "days_off",
            " ".join((date(2027, 1, 1) + timedelta(days=n)).isoformat() for n in range(MOST_DAYS_OFF + 1)),
            "These are 101 days; at most 100 fit.",
        ),
    ],
)
def test_what_is_wrong_with_a_setting_is_said_at_its_field(block, entry, said):
    errors = as_errors(modals.read_settings(filled(settings_modal(), {block: entry})))
    assert set(errors) == {block}
    assert said in errors[block]


def test_several_wrong_settings_are_all_said_at_once():
    errors = as_errors(modals.read_settings(filled(settings_modal(), {"quorum": "99", "days_off": "soon"})))
    assert set(errors) == {"quorum", "days_off"}


def test_the_fields_that_the_services_name_are_blocks_of_the_form():
    view = filled(settings_modal())
    for field in ("quorum", "expires_days", "undo_minutes", "hours", "days_off"):
        answer = Invalid(field_errors=(FieldError(field=field, code=ErrorCode.NUMBER, got="1 to 2"),))
        assert set(modals.modal_errors(view, answer)) == {field}


def test_settings_changed_meanwhile_are_said_to_be_so():
    answer = Denied(reason=DenialReason.CHANGED, about=Subject(SubjectKind.BUSINESS, "112233"))
    (said,) = modals.modal_errors(filled(settings_modal()), answer).values()
    assert "settings were changed since you opened them" in said


@pytest.mark.parametrize("entries", [{"channel_id": "not an id"}, {"who_may_ask": "EVERYBODY"}])
def test_what_no_person_could_have_chosen_is_unreadable(entries):
    with pytest.raises(Unreadable):
        modals.read_settings(filled(settings_modal(), entries))


# --- members ----------------------------------------------------------------------------------------


def members_modal(*members: Any, page: int = 0) -> dict[str, Any]:
    first = page * modals.MEMBERS_A_PAGE
    shown = members[first : first + modals.MEMBERS_A_PAGE]
    view = modals.members_modal(
        settings_view(members=len(members)), rows(*shown, total=len(members)), page=page
    )
    assert_openable(view)
    return view


def test_members_are_listed_with_what_they_are_and_why_one_cannot_act():
    view = members_modal(
        member(1),
        member(2, name="Bob Birch", role=Role.EMPLOYEE, may_administer=DenialReason.NOT_ADMIN),
        member(3, name="Desk", may_administer=DenialReason.SHARED_LOGIN),
    )
    words = modal_words(view)
    assert "Zoe Zimmer: Admin." in words
    assert "Bob Birch: Employee." in words
    assert "Desk: Admin; can't act now: this is a shared login." in words
    assert actions_of(view["blocks"]) == [
        *["make_employee", "remove_member"],
        *["make_admin", "remove_member"],
        *["make_employee", "remove_member"],
    ]


def test_a_members_buttons_name_the_person_and_the_modal_names_the_business():
    view = members_modal(member(1))
    assert read_press(element_of(view["blocks"], "remove_member")).ref == Ref("400000000000001", 4)
    assert modals.read_business(view) == Ref("112233", 4)
    for action in ("remove_member", "make_employee"):
        assert "Zoe Zimmer" in element_of(view["blocks"], action)["confirm"]["text"]["text"]


def test_somebody_is_added_as_employee_unless_said_otherwise():
    view = members_modal(member(1))
    added = modals.read_member(filled(view, {"user": "U0123ABC"}))
    assert added == ReadMember(ref=Ref("112233", 4), user_id="U0123ABC", role=Role.EMPLOYEE)
    admin = modals.read_member(filled(view, {"user": "U0123ABC", "role": "ADMIN"}))
    assert isinstance(admin, ReadMember)
    assert admin.role is Role.ADMIN


def test_nobody_chosen_is_said_at_the_field():
    assert set(as_errors(modals.read_member(filled(members_modal(member(1)), {"user": None})))) == {"user"}


@pytest.mark.parametrize("user", ["<!channel>", "", 7, "u lower"])
def test_what_is_no_slack_user_is_unreadable(user):
    with pytest.raises(Unreadable):
        modals.read_member(filled(members_modal(member(1)), {"user": user}))


def test_many_members_have_pages_and_none_is_left_out():
    many = [member(n, name=f"Member {n} {LONG}") for n in range(100)]
    expected_version: set[int] = set()
    for page in range(5):
        view = members_modal(*many, page=page)
        expected_version |= {n for n in range(100) if f"Member {n} " in modal_words(view)}
    assert expected_version == set(range(100))
    turning = [
        read_press(one).page
        for block in members_modal(*many, page=1)["blocks"]
        if block.get("block_id", "").startswith("page:")
        for one in block["elements"]
    ]
    assert turning == [Page("members", "112233", 0), Page("members", "112233", 2)]


@pytest.mark.parametrize("reason", list(DenialReason))
def test_whatever_keeps_an_admin_from_acting_is_said(reason):
    assert "can't act now: " in modal_words(members_modal(member(1, may_administer=reason)))
