from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_make import (
    ADMIN,
    BRAND,
    GENERAL,
    NOW,
    assert_sendable,
    both,
    digest,
    element_of,
    grant,
    item,
    over,
    party,
    request,
    words_of,
)

from bot.domain.grants import EndReason, GrantState
from bot.domain.requests import RequestState, Term
from bot.services.views.parties import Signer
from bot.services.views.requests import DigestItemView
from bot.slack.cards import digest_card
from bot.slack.kit import Message
from bot.slack.text import en as texts
from bot.slack.values import Ref, read_press


def numbered(number: int, **fields: Any) -> Any:
    return request(**{"id": str(500000000000000 + number), "ref": f"AMBER-{number:04d}", **fields})


def asks(view: Any) -> DigestItemView:
    """The question whether what a request gave can be used."""
    return DigestItemView(request=view, snoozed_until=None, is_question=True, since=NOW)


def rows_of(message: Message) -> list[list[str]]:
    """The buttons of each row: the main one, which stands beside its sentence, and those below."""
    rows: list[list[str]] = []
    for block in message.blocks:
        if "accessory" in block:
            rows.append([block["accessory"]["action_id"]])
        elif block["type"] == "actions":
            rows[-1] += [one["action_id"] for one in block["elements"]]
    return rows


def test_what_is_not_as_it_should_be_at_meta_is_said_as_of_when_the_digest_was_rendered():
    for words in both(digest_card(replace(digest(numbered(1)), failed=2, stuck=1), now=NOW)):
        for said in (
            ", 2 couldn't be put in force at Meta.",
            ", 1 couldn't be taken away at Meta, and may still",
        ):
            before, found, _ = words.partition(said)
            assert found
            assert "As of " in before[-120:]


def test_a_digest_of_two_businesses_says_for_which_of_them_each_request_is():
    own, kids = numbered(1).deciding.name, party(id="998899", name="Acme Kids")
    for words in both(digest_card(digest(numbered(1), numbered(2, deciding=kids)), now=NOW)):
        assert f"AMBER-0001 · For {own}" in words
        assert "AMBER-0002 · For Acme Kids" in words
    for words in both(digest_card(digest(over(RequestState.DECLINED), numbered(2, deciding=kids)), now=NOW)):
        assert f". For {own}." in words, "what is decided, too"
    for words in both(digest_card(digest(numbered(1), numbered(2)), now=NOW)):
        assert f"For {own}" not in words


def test_a_digest_that_asks_two_businesses_whether_access_works_says_which_of_them():
    kids = numbered(2, requesting=party(id="998899", name="Northwind Kids"))
    asked = [asks(numbered(1)), asks(kids)]
    for words in both(digest_card(replace(digest(), items=tuple(asked)), now=NOW)):
        assert f"AMBER-0001 · For {numbered(1).requesting.name}" in words
        assert "AMBER-0002 · For Northwind Kids" in words
    for words in both(digest_card(replace(digest(), items=(asks(numbered(1)),)), now=NOW)):
        assert "For Northwind" not in words


@pytest.mark.covers("G8")
def test_what_is_over_by_then_is_not_asked_about():
    ended = grant(state=GrantState.ENDED, ended_at=NOW, end_reason=EndReason.REVOKED)
    kept, gone = (
        item(position, asset_name=name, given=GENERAL, grant=one)
        for position, (name, one) in enumerate([("US ads", grant(tasks=GENERAL)), ("EU ads", ended)])
    )
    view = over(RequestState.APPROVED, items=(kept, gone))
    for words in both(digest_card(replace(digest(), items=(asks(view),)), now=NOW)):
        assert "Can you use General user on US ads?" in words
        assert "EU ads" not in words


def test_a_digest_says_how_many_wait_who_asks_what_and_when_it_expires():
    waiting = numbered(1, created_at=NOW - timedelta(days=3), approvals=1, required_approvals=2)
    message = digest_card(digest(waiting, numbered(2)), now=NOW)
    assert_sendable(message)
    for words in both(message):
        assert "2 requests wait for you" in words
        assert "Northwind Agency requests General user on US ads, for 30 days." in words
        assert "“Q1 launch” · AMBER-0001 · 1 of 2 approvals" in words
        assert "Decide by" in words


def test_a_digest_is_true_on_a_later_day_it_says_since_when_a_request_waits_and_not_for_how_long():
    waiting = numbered(1, created_at=NOW - timedelta(days=3))
    message, later = (
        digest_card(digest(waiting), now=NOW + days) for days in (timedelta(), timedelta(days=2))
    )
    assert later == message
    since = f"Waiting since <!date^{int(waiting.created_at.timestamp())}^{{date_short}}|"
    assert since in message.text
    assert since in words_of(message)


def test_each_request_of_a_digest_can_be_decided_snoozed_or_read_right_there():
    message = digest_card(digest(numbered(1), numbered(2)), now=NOW)
    assert rows_of(message) == [["approve", "decline", "snooze", "details"]] * 2
    first = next(block for block in message.blocks if block["type"] == "actions")
    main = next(block["accessory"] for block in message.blocks if "accessory" in block)
    assert {read_press(one).ref for one in [main, *first["elements"]]} == {Ref("500000000000001", 3)}


def test_approving_something_risky_is_confirmed_in_a_digest_too():
    message = digest_card(digest(request(items=(item(requested=ADMIN),), required_approvals=2)), now=NOW)
    assert element_of(message.blocks, "approve")["confirm"]["title"]["text"] == "Approve Admin on US ads?"


def test_one_request_is_called_one():
    assert "1 request waits for you" in digest_card(digest(request()), now=NOW).text


@pytest.mark.parametrize(
    ("view", "said"),
    [
        (
            over(RequestState.APPROVED, approved_by=(Signer("Max Maple"),)),
            "Approved by Max Maple, ",
        ),
        (
            over(
                RequestState.APPROVED,
                items=(item(requested=ADMIN, given=GENERAL),),
                approved_by=(Signer("Max Maple"),),
            ),
            "Approved with changes by Max Maple, ",
        ),
        (over(RequestState.APPROVED, undone_at=NOW, undone_by="Max Maple"), "Undone by Max Maple, "),
        (over(RequestState.DECLINED), "Declined by Zoe Zimmer, "),
        (over(RequestState.CANCELLED, over_by="Cem Cedar"), "Cancelled by Northwind Agency, "),
        (
            over(RequestState.EXPIRED, over_by=None),
            "nobody decided in time: General user on US ads",
        ),
        (
            request(expires_at=NOW),
            "nobody decided in time: General user on US ads",
        ),
    ],
)
def test_what_is_decided_becomes_one_line_without_buttons(view, said):
    message = digest_card(digest(view, numbered(2)), now=NOW)
    for words in both(message):
        assert said in words
        assert " on US ads" in words
        assert "(AMBER-1234)." in words
        assert "1 request waits for you" in words
        assert "Cem Cedar" not in words
    assert len(rows_of(message)) == 1


def test_when_nothing_is_left_the_digest_says_so_and_has_no_buttons():
    message = digest_card(digest(over(RequestState.APPROVED), over(RequestState.DECLINED)), now=NOW)
    for words in both(message):
        assert "Nothing here waits for you any more" in words
    assert rows_of(message) == []
    assert_sendable(message)


def test_what_is_put_off_says_until_when_and_cannot_be_put_off_twice():
    snoozed = DigestItemView(request=request(), snoozed_until=NOW + timedelta(hours=18))
    message = digest_card(digest(snoozed), now=NOW)
    for words in both(message):
        assert "Snoozed until" in words
    assert rows_of(message) == [["approve", "decline", "details"]]
    again = digest_card(digest(replace(snoozed, snoozed_until=NOW)), now=NOW)
    assert rows_of(again) == [["approve", "decline", "snooze", "details"]]


def test_what_is_put_off_past_its_end_says_so():
    snoozed = DigestItemView(request=request(), snoozed_until=request().expires_at)
    assert "Snoozed until it expires" in digest_card(digest(snoozed), now=NOW).text


def test_an_extension_in_a_digest_is_called_one():
    view = request(extends=grant(), term=Term.till(NOW + timedelta(days=60)))
    assert "asks to keep General user on US ads, until " in digest_card(digest(view), now=NOW).text


@pytest.mark.covers("T24")
def test_ten_of_the_longest_requests_fit_into_one_message():
    long = "Ünïcödé & <Söns> " * 30
    views = [
        numbered(
            number,
            requesting=party(name=long),
            deciding=replace(BRAND, name=long),
            reason="🦜&<" * 166,
            items=tuple(item(n, requested=ADMIN if n % 2 else GENERAL) for n in range(25)),
            term=Term.without_end(),
            required_approvals=3,
            approvals=1,
        )
        for number in range(10)
    ]
    message = digest_card(digest(*views), now=NOW)
    assert_sendable(message)
    assert len(rows_of(message)) == 10
    assert all(view.ref in words_of(message) for view in views)
    assert "10 requests wait for you" in message.text
    assert all(view.ref in message.text for view in views) or texts.lists.THE_REST_OF_A_LIST in message.text


@pytest.mark.covers("T23", "I22")
@given(st.text(min_size=1, max_size=80).filter(str.strip), st.sampled_from(list(RequestState)))
def test_nothing_typed_can_mention_or_format_in_a_digest(words, state):
    view = request(
        state=state,
        requesting=party(name=words),
        reason=f"<!channel> *{words}*",
        over_at=None if state.is_open else NOW,
        over_by=words,
        approved_by=(Signer(words),),
    )
    message = digest_card(digest(view), now=NOW)
    assert_sendable(message)
    assert "mrkdwn" not in str([block["type"] for block in message.blocks])
    assert "<!channel>" not in message.text
