from __future__ import annotations

from datetime import timedelta

import pytest
from slack_make import (
    NOW,
    actions_of,
    assert_sendable,
    both,
    draft,
    me,
    own,
    party,
    request,
    rows,
)

from bot.domain.actors import Role
from bot.domain.denials import DenialReason
from bot.domain.reviews import ReviewState, Silence
from bot.services.results import Denied
from bot.services.views.parties import Party
from bot.services.views.reviews import ReviewView
from bot.slack import replies
from bot.slack.command_line.overview import help_message, overview
from bot.slack.text import en as texts

LONG = "Ünïcödé & <Söns> " * 30

NOTHING = {name: rows() for name in ("waiting", "requested", "drafts", "prepared")}


@pytest.mark.covers("D1")
def test_access_alone_says_who_you_are_what_waits_and_shows_the_id_to_copy():
    both_sides = me(own(), own(party=request().deciding))
    message = overview(
        both_sides, waiting=rows(request()), requested=rows(), drafts=rows(draft(), total=2), prepared=rows()
    )
    for words in both(message):
        assert "You act for Northwind Agency · Business ID 998877" in words
        assert "Waiting for you: 1 request." in words
        assert "Drafts, not sent yet: 2 drafts." in words
        assert "/access help" in words
    known = ["request", "share", "claim", "obo", "pending", "list", "show_people", "create", "end"]
    assert actions_of(message.blocks) == known


def test_an_access_review_waits_for_who_looks_through_it():
    review = ReviewView(
        id="9",
        version=1,
        owner=Party(id="123456", name="Acme Shoes", verified=True),
        state=ReviewState.OPEN,
        silence=Silence.KEEP,
        left_out=0,
        opened_at=NOW,
        opened_by=None,
        deadline_at=NOW + timedelta(days=14),
        closed_at=None,
        counts={None: 1},
        silent=0,
        items=(),
    )
    for words in both(overview(me(), **NOTHING, reviews=(review,))):
        assert "Access review of Acme Shoes: 1 grant to look at by" in words
        assert "/access review 123456" in words
        assert "Nothing waits" not in words
    assert "Nothing waits for your decision." in both(overview(me(), **NOTHING))[0]


def test_an_employee_reads_that_what_waits_waits_for_their_admins():
    employee = me(own(role=Role.EMPLOYEE, may_administer=DenialReason.NOT_ADMIN, may_draft=True))
    for words in both(
        overview(employee, waiting=rows(request()), requested=rows(), drafts=rows(), prepared=rows())
    ):
        assert "Waiting for your admins: 1 request." in words
        assert "Waiting for you:" not in words


def test_a_stranger_learns_what_to_do_and_nothing_else():
    message = overview(
        me().__class__(person_id=None, name="", zone="UTC", businesses=()),
        waiting=rows(),
        requested=rows(),
        drafts=rows(),
        prepared=rows(),
    )
    no = replies.answer(Denied(reason=DenialReason.NO_BUSINESS))
    assert message.text.removeprefix(no.text).strip() == (
        "If you manage this Slack workspace, you can register your business in it: /access setup."
    )


@pytest.mark.parametrize(
    ("business", "said"),
    [
        (
            own(role=Role.EMPLOYEE, may_administer=DenialReason.NOT_ADMIN, may_draft=True),
            "You can draft requests for",
        ),
        (own(may_administer=DenialReason.SHARED_LOGIN), "shared login"),
        (own(party=party(verified=False)), "It isn't verified yet"),
        (own(channel_id=None), "It has no approvals channel yet"),
    ],
)
def test_what_you_cannot_do_is_said_with_its_reason(business, said):
    for words in both(
        overview(me(business), waiting=rows(), requested=rows(), drafts=rows(), prepared=rows())
    ):
        assert said in words


def test_an_overview_of_many_businesses_fits():
    businesses = [own(party=party(name=LONG, verified=False), channel_id=None) for _ in range(40)]
    message = overview(me(*businesses), waiting=rows(), requested=rows(), drafts=rows(), prepared=rows())
    assert_sendable(message)
    assert "And 30 more." in message.text


@pytest.mark.parametrize("word", ["", *texts.command_line.HELP])
def test_help_shows_an_example_of_each_word(word):
    message = help_message(word)
    assert_sendable(message)
    assert "/access " in message.text
