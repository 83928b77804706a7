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
    REPORTING,
    actions_of,
    assert_sendable,
    both,
    element_of,
    grant,
    item,
    request,
    requester_card,
)

from bot.domain.assets import Tasks
from bot.domain.grants import EndReason, GrantState
from bot.domain.requests import RequestState, Term
from bot.services.views.access import HeldAfter
from bot.slack.cards import ending_card
from bot.slack.cards.buttons import ask_again_button, extend_button
from bot.slack.values import Ref, read_press

SOON = grant(ends_at=NOW + timedelta(days=7))


def test_the_holder_of_access_is_warned_what_ends_when_and_what_stays():
    message = ending_card(SOON, now=NOW)
    assert_sendable(message)
    for words in both(message):
        assert "Northwind Agency has Reporting only on US ads until " in words
        assert "US ads (act_100) of Brand" in words
        assert "It ends " in words
        assert "nobody at Northwind Agency can use it." in words
        assert "Q1 launch" in words
    assert actions_of(message.blocks) == ["extend", "let_end"]
    assert read_press(element_of(message.blocks, "extend")).ref == Ref(SOON.id, SOON.version)


@pytest.mark.case("3.1")
@pytest.mark.parametrize("until", [NOW + timedelta(days=90), None])
def test_the_warning_says_what_goes_on_by_other_access_and_until_when(until):
    message = ending_card(SOON, now=NOW, after=HeldAfter(tasks=REPORTING, until=until))
    for words in both(message):
        assert "Northwind Agency still has Reporting only then, " in words
        assert "nobody" not in words
    assert (f"until <!date^{int(until.timestamp())}^" if until else "with no end") in message.text


def test_the_warning_says_that_more_ends_then_as_long_as_its_own_access_does():
    given = replace(item(), given=REPORTING, grant=grant(ends_at=NOW + timedelta(days=90)))
    extended = request(state=RequestState.APPROVED, items=(given,), ref="OTTER-1")
    for fields, is_said in (
        ({}, True),
        ({"extension": request(ref="OTTER-1")}, True),
        ({"extension": extended}, False),
        ({"now": SOON.ends_at}, False),
    ):
        message = ending_card(SOON, **{"now": NOW, "others": ["Acme Shoes"], **fields})
        for words in both(message):
            assert ("Access to Acme Shoes by AMBER-1234 ends then, too" in words) is is_said, fields


def test_a_holder_who_lets_it_end_can_still_ask_to_extend_it():
    message = ending_card(replace(SOON, may_end=True), now=NOW)
    assert "You let it end." in message.text
    assert actions_of(message.blocks) == ["extend"]


def extension(state: RequestState, *, given: Tasks = SOON.tasks, now: Any = None, **fields: Any) -> Any:
    """A request to extend; what it gave is `now` otherwise than it was approved, where that is said."""
    after = {"tasks": given, "ends_at": NOW + timedelta(days=60), **(now or {})}
    is_given = state is RequestState.APPROVED
    return request(
        id="500000000000777",
        ref="OTTER-7777",
        state=state,
        extends=SOON,
        items=(
            item(
                requested=SOON.tasks,
                given=given if is_given else None,
                grant=grant(**after) if is_given else None,
            ),
        ),
        term=Term.till(NOW + timedelta(days=60)),
        **fields,
    )


@pytest.mark.parametrize(
    ("state", "said", "buttons"),
    [
        (RequestState.PENDING, "with OTTER-7777: Brand hasn't decided yet.", ["details"]),
        (RequestState.IN_REVIEW, "with OTTER-7777: 1 of 2 approvals so far.", ["details"]),
        (RequestState.APPROVED, "Extended with OTTER-7777: access goes on until ", ["details"]),
        (
            RequestState.DECLINED,
            "Not extended: Brand declined OTTER-7777.",
            ["extend", "let_end", "details"],
        ),
        (RequestState.CANCELLED, "OTTER-7777 was cancelled.", ["extend", "let_end", "details"]),
        (
            RequestState.EXPIRED,
            "OTTER-7777 expired, nobody decided in time.",
            ["extend", "let_end", "details"],
        ),
    ],
)
def test_the_warning_says_what_became_of_asking_for_more_time(state, said, buttons):
    message = ending_card(SOON, now=NOW, extension=extension(state, approvals=1, required_approvals=2))
    for words in both(message):
        assert said in words
    assert actions_of(message.blocks) == buttons
    assert read_press(element_of(message.blocks, "details")).ref == Ref("500000000000777", 3)


@pytest.mark.case("2.5")
def test_an_extension_in_part_says_what_goes_on_and_what_does_not_and_the_rest_can_be_extended():
    general = replace(SOON, tasks=GENERAL)
    in_part = extension(RequestState.APPROVED, given=REPORTING)
    message = ending_card(general, now=NOW, extension=in_part)
    for words in both(message):
        assert "Extended in part with OTTER-7777: Reporting only goes on until " in words
        assert "creating ads doesn't." in words
    assert actions_of(message.blocks) == ["extend", "let_end", "details"]
    card = requester_card(replace(in_part, extends=general, over_at=NOW))
    assert "Reporting only goes on until " in card.text
    assert "The rest (creating ads) only until " in card.text


OVER = {"state": GrantState.ENDED, "ended_at": NOW}


@pytest.mark.case("3.1")
@pytest.mark.parametrize(
    ("now", "said", "fields"),
    [
        (OVER, "what OTTER-7777 gave has ended", {}),
        ({"state": GrantState.ENDING}, "what OTTER-7777 gave was ended", {}),
        ({"state": GrantState.STUCK}, "what OTTER-7777 gave was ended", {}),
        ({"ends_at": SOON.ends_at}, "what OTTER-7777 gave was cut short", {}),
        (OVER, "the approval of OTTER-7777 was undone", {"undone_at": NOW, "undone_by": "Zoe Zimmer"}),
    ],
    ids=["ended", "leaving Meta", "stuck at Meta", "cut to the same end", "undone"],
)
def test_an_extension_that_gives_nothing_beyond_the_end_any_more_does_not_count(now, said, fields):
    message = ending_card(SOON, now=NOW, extension=extension(RequestState.APPROVED, now=now, **fields))
    for words in both(message):
        assert said in words
        assert "goes on" not in words
        assert "It ends " in words
    assert "extend" in actions_of(message.blocks)


@pytest.mark.case("3.1")
def test_what_was_extended_again_and_again_goes_on_and_is_not_asked_for_again():
    ended = grant(state=GrantState.ENDED, ends_at=NOW, ended_at=NOW, end_reason=EndReason.REACHED)
    over = extension(
        RequestState.APPROVED, now={"state": GrantState.ENDED, "ends_at": NOW + timedelta(days=30)}
    )
    longer = replace(extension(RequestState.APPROVED), ref="OTTER-2345")
    message = ending_card(ended, now=NOW + timedelta(days=31), extension=over, further=longer)
    for words in both(message):
        assert f"Extended with {over.ref}, which was itself extended with OTTER-2345." in words
        assert "Not extended any more" not in words
    assert actions_of(message.blocks) == ["details"]
    for further in (None, extension(RequestState.PENDING), replace(longer, items=over.items)):
        message = ending_card(ended, now=NOW + timedelta(days=31), extension=over, further=further)
        assert actions_of(message.blocks) == ["again", "details"]


def test_an_extension_that_was_cut_goes_on_until_its_end_as_it_is_now():
    cut = extension(RequestState.APPROVED, now={"ends_at": NOW + timedelta(days=9)})
    assert str(int((NOW + timedelta(days=9)).timestamp())) in ending_card(SOON, now=NOW, extension=cut).text


@pytest.mark.parametrize(
    ("ended", "said"),
    [
        (replace(SOON, ends_at=NOW), "Ended "),
        (
            replace(SOON, state=GrantState.ENDED, ended_at=NOW, end_reason=EndReason.REACHED),
            "as planned.",
        ),
        (
            replace(SOON, state=GrantState.ENDED, ended_at=NOW, end_reason=EndReason.REVOKED),
            "revoked by Brand.",
        ),
    ],
)
def test_once_access_has_ended_the_warning_says_how_and_one_can_only_ask_again(ended, said):
    message = ending_card(ended, now=NOW)
    for words in both(message):
        assert "Northwind Agency had Reporting only on US ads." in words
        assert "Northwind Agency has" not in words
        assert said in words
    assert actions_of(message.blocks) == ["again"]
    assert_sendable(message)


def test_the_names_of_both_sides_are_not_confused():
    words = ending_card(SOON, now=NOW).text
    assert f"{AGENCY.name} has " in words
    assert f"of {BRAND.name}" in words


def test_the_buttons_of_access_that_ends_name_the_asset_to_who_hears_them():
    nameless = replace(SOON, asset_name="")
    assert extend_button(nameless)["accessibility_label"] == f"Extend access to act_100 ({SOON.ref})"
    assert ask_again_button(SOON)["accessibility_label"] == f"Ask again: access to US ads ({SOON.ref})"
