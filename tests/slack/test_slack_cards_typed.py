from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from slack_make import (
    ADMIN,
    AGENCY,
    BRAND,
    NOW,
    acknowledger,
    approvers_card,
    assert_sendable,
    both,
    comment,
    described,
    draft,
    grant,
    item,
    new_request,
    over,
    party,
    request,
    requester_card,
    words_of,
)

from bot.domain.assets import LEVELS, TASKS, Kind
from bot.domain.grants import EndReason, GrantState
from bot.domain.messages import Audience, Notice, read_about
from bot.domain.requests import DraftState, RequestState, Term
from bot.services.views.parties import Signer
from bot.slack.cards import draft_card, notice, request_card
from bot.slack.kit import Message
from bot.slack.text import en as texts

RISKY = item(requested=ADMIN)
FOREVER = Term.without_end()
NASTY = [
    "<!channel>",
    "<!here|here>",
    "<@U0123456789>",
    "<#C0123456789>",
    "<!subteam^S123>",
    "<https://evil.example|brand.example>",
    "https://evil.example",
    "*Approved* by Zoe",
    "_a_ ~b~ `c` ```d```",
    ":siren:",
    "\nApproved by Zoe Zimmer on 1 Jan.\n",
    "&lt;!channel&gt;",
    "{owner} {0} %s",
    "🦜" * 20,
    "\u202egnirts",
    "> quote",
    "<!date^1^{date}|now>",
]
DATE = re.compile(
    r"<!date\^\d+\^\u200b?\{date_short(_pretty\} at \{time)?\}\|\d+ \w{3} \d{4}(, \d\d:\d\d UTC)?>"
)
typed = (
    st.sampled_from(NASTY)
    | st.text(min_size=1, max_size=60)
    | st.lists(st.sampled_from(NASTY), min_size=1, max_size=3).map(" ".join)
)
typed = typed.filter(str.strip)
tasks = st.sampled_from([level.tasks for level in LEVELS[Kind.AD_ACCOUNT]])
terms = st.sampled_from([Term.for_days(30), Term.till(NOW + timedelta(days=3)), FOREVER])


@st.composite
def requests(draw: Any) -> Any:
    state = draw(st.sampled_from(list(RequestState)))
    names = st.lists(typed, max_size=12).map(tuple)
    signers = st.lists(st.builds(Signer, typed, st.none() | typed), max_size=12).map(tuple)
    items = tuple(
        item(
            position,
            asset_id=draw(st.none() | st.just(f"act_{position}")),
            asset_name=draw(typed),
            words=draw(typed),
            requested=draw(tasks),
            given=draw(st.none() | tasks | st.just(frozenset())),
            held=draw(tasks | st.just(frozenset())),
            others=draw(names),
            grant=draw(
                st.none()
                | st.builds(
                    grant,
                    state=st.sampled_from(list(GrantState)),
                    ended_at=st.just(NOW),
                    end_reason=st.none() | st.sampled_from(list(EndReason)),
                    ended_by=st.none() | typed,
                    ended_with=st.none() | typed,
                    end_note=typed,
                )
            ),
        )
        for position in range(draw(st.integers(1, 3)))
    )
    return request(
        state=state,
        requesting=party(name=draw(typed), verified=draw(st.booleans())),
        deciding=replace(BRAND, name=draw(typed)),
        requester=draw(typed),
        author=draw(st.none() | typed),
        reason=draw(typed),
        term=draw(terms),
        given_term=draw(st.none() | terms),
        items=items,
        people=draw(names),
        approved_by=draw(signers),
        opened_by=draw(names),
        approvals=draw(st.integers(0, 2)),
        required_approvals=draw(st.integers(1, 3)),
        admins=draw(st.integers(0, 3)),
        over_at=None if state.is_open else NOW,
        over_with=draw(st.none() | typed),
        over_by=draw(st.none() | typed),
        note=draw(typed),
        undelivered=draw(st.none() | typed),
        first_seen=draw(st.none() | st.just(NOW)),
        extends=draw(st.none() | st.just(grant())),
        acknowledged_by=tuple(acknowledger(name) for name in draw(names)[:5]),
        comments=tuple(
            comment(number, by=draw(typed), text=draw(typed), business=party(name=draw(typed)))
            for number in range(draw(st.integers(0, 3)))
        ),
        undo_until=draw(st.none() | st.just(NOW + timedelta(minutes=5))),
        undone_at=draw(st.none() | st.just(NOW)),
        undone_by=draw(st.none() | typed),
        remind_after=draw(st.none() | st.just(NOW + timedelta(days=1))),
        past_requests=draw(st.integers(0, 2)),
        live_assets=draw(st.integers(0, 2)),
    )


def assert_inert(message: Message) -> None:
    """No object that Slack would format but our own dates, and in the text no markup but them."""
    without_dates = DATE.sub("", message.text)
    assert "<" not in without_dates
    assert ">" not in without_dates
    for element in _all_elements(message.blocks):
        assert element.get("type") != "mrkdwn" or re.fullmatch(f"[A-Za-z ]*{DATE.pattern}", element["text"])
        assert element.get("emoji") in (None, False)
        assert element.get("type") not in {"link", "user", "channel", "usergroup", "broadcast", "emoji"}


def _all_elements(value: Any) -> Any:
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _all_elements(one)


@pytest.mark.covers("T23", "I22")
@settings(suppress_health_check=[HealthCheck.too_slow])
@given(
    requests(),
    st.sampled_from([Audience.APPROVERS, Audience.REQUESTER, Audience.AUTHOR, Audience.EXPIRY]),
)
def test_nothing_typed_can_mention_link_or_format_on_a_card(view, audience):
    message = request_card(view, audience=audience, now=NOW)
    assert_inert(message)
    assert_sendable(message)


@pytest.mark.covers("T23", "I22")
@settings(suppress_health_check=[HealthCheck.too_slow])
@given(requests(), st.sampled_from([Audience.APPROVERS, Audience.REQUESTER]))
def test_nothing_typed_can_mention_link_or_format_in_a_notice(view, audience):
    about = ({state.lower() for state in RequestState} & set(Notice)) | {"undone"}
    about |= {f"comment:{one.id}" for one in view.comments}
    about |= {f"ended:{one.grant.id}" for one in view.items if one.grant}
    for one in about:
        message = notice(read_about(one), view, audience=audience)
        assert_inert(message)
        assert_sendable(message)


@pytest.mark.covers("T23", "I22")
@given(typed, typed, typed, st.sampled_from(list(DraftState)))
def test_nothing_typed_can_mention_link_or_format_on_a_drafts_card(one, other, third, state):
    view = draft(
        state=state,
        requesting=party(name=one),
        deciding=replace(BRAND, name=other),
        author=third,
        request=new_request(reason=one),
        items=(item(asset_name=other), described(1, words=third)),
        over_by=one,
    )
    for audience in (Audience.SUBMITTERS, Audience.AUTHOR):
        message = draft_card(view, audience=audience, now=NOW)
        assert_inert(message)
        assert_sendable(message)


@pytest.mark.covers("T23")
def test_a_reason_is_shown_unchanged_in_a_quote_of_its_own():
    reason = "We <need> *this* & more.\nApproved by Zoe Zimmer."
    message = approvers_card(request(reason=reason))
    quotes = [
        part["elements"]
        for block in message.blocks
        if block["type"] == "rich_text"
        for part in block["elements"]
        if part["type"] == "rich_text_quote"
    ]
    assert quotes == [[{"type": "text", "text": reason}]]
    assert "“We &lt;need&gt; *this* &amp; more. Approved by Zoe Zimmer.”" in message.text


# --- limits -----------------------------------------------------------------------------------------

LONG = "Ünïcödé & <Söns> " * 30
FULL = {
    "reason": "🦜&<" * 166 + "&&",
    "note": "&" * 500,
    "people": tuple(LONG for _ in range(25)),
    "approved_by": tuple(Signer(LONG, LONG) for _ in range(5)),
    "opened_by": tuple(LONG for _ in range(30)),
    "requesting": party(name=LONG),
    "deciding": replace(BRAND, name=LONG),
    "requester": LONG,
    "author": LONG,
    "required_approvals": 3,
    "admins": 1,
    "term": FOREVER,
    "acknowledged_by": tuple(acknowledger(LONG) for _ in range(20)),
    "comments": tuple(comment(n, text="&" * 500, by=LONG, business=party(name=LONG)) for n in range(30)),
    "undo_until": NOW + timedelta(minutes=10),
}


def many(count: int, **fields: Any) -> Any:
    kinds = list(Kind)
    return tuple(
        item(
            position,
            kind=(kind := kinds[position % 4]),
            asset_id=f"act_{10**19 + position}" if kind is Kind.AD_ACCOUNT else str(10**19 + position),
            asset_name=LONG,
            requested=frozenset(sorted(TASKS[kind])[: 1 + position % len(TASKS[kind])]),
            held=frozenset({"ANALYZE"}),
            others=tuple(LONG for _ in range(20)),
            **fields,
        )
        for position in range(count)
    )


@pytest.mark.covers("T24")
@pytest.mark.parametrize("state", list(RequestState))
@pytest.mark.parametrize("audience", [Audience.APPROVERS, Audience.REQUESTER])
def test_the_largest_request_fits_into_slack_and_says_what_it_leaves_to_details(state, audience):
    given = {"given": frozenset({"ANALYZE"}), "grant": grant(end_note="&" * 500)}
    fields = given if state is RequestState.APPROVED else {}
    over_at = None if state.is_open else NOW
    view = request(state=state, over_at=over_at, over_by=LONG, items=many(25, **fields), **FULL)
    message = request_card(view, audience=audience, now=NOW)
    assert_sendable(message)
    words = words_of(message)
    for said in (words, message.text):
        assert ", and access to 23 more, " in said or texts.cards.THE_REST in said
    if state.is_open or state is RequestState.APPROVED:
        assert "open Details" in words or all(f"({one.asset_id})" in words for one in view.items)
        assert "open Details" in message.text or texts.cards.THE_REST in message.text
    assert not state.is_open or view.reason in words
    assert words.startswith(f"{LONG[:59].strip()}…")


@pytest.mark.covers("T24")
def test_the_largest_draft_fits_into_slack():
    view = draft(
        items=many(25),
        request=new_request(reason="&" * 500),
        author=LONG,
        requesting=party(name=LONG),
        people=(LONG,) * 25,
    )
    assert_sendable(draft_card(view, audience=Audience.SUBMITTERS, now=NOW))


def test_twenty_five_plain_items_are_all_on_the_card():
    view = request(items=tuple(item(position, asset_name=f"Shop {position}") for position in range(25)))
    words = words_of(approvers_card(view))
    assert all(f"Shop {position} (act_{100 + position})" in words for position in range(25))
    assert words.count("see, create and edit ads") == 1
    assert len(approvers_card(view).blocks) <= 10


@given(st.integers(1, 25), st.integers(1, 200))
def test_what_a_card_does_not_show_it_counts(count, length):
    view = request(items=tuple(item(n, asset_name="n" * length, requested=ADMIN) for n in range(count)))
    words = words_of(approvers_card(view))
    shown = sum(f"(act_{100 + n})" in words for n in range(count))
    left = re.search(r"And (\d+) more: open Details", words)
    assert shown + (int(left[1]) if left else 0) == count


def test_what_is_risky_stands_first_however_long_the_card():
    items = tuple(item(n, asset_name="n" * 200, others=("o" * 200,) * 3) for n in range(24))
    view = request(items=(*items, item(24, requested=ADMIN)), required_approvals=2, reason="&" * 500)
    for words in both(approvers_card(view)):
        assert words.index("Admin on ") < words.index("General user")
        assert words.index("ad account: Admin") < words.index("ad account: General user")
        assert "Risky: Admin on US ads" in words


def test_tasks_held_that_form_no_level_are_named():
    view = request(items=(item(held=frozenset({"DRAFT"})),))
    assert "They have only drafting ads; this adds " in approvers_card(view).text


def test_a_person_reading_only_the_text_learns_what_the_blocks_say():
    view = request(
        items=(RISKY, described(1)), people=("Ann Alder",), required_approvals=2, opened_by=("Zoe Zimmer",)
    )
    message = approvers_card(view)
    said = [words for words in words_of(message).splitlines() if words and "under Adjust" not in words]
    flat = " ".join(message.text.split())
    missing = [
        words
        for words in said[1:-4]
        if " ".join(re.sub(r"\d+ \w+ \d{4}, \d\d:\d\d UTC.*", "", words).split()) not in flat
    ]
    assert missing == []


def test_no_meaning_rests_on_a_picture():
    for message in (
        approvers_card(request()),
        requester_card(request()),
        approvers_card(over(RequestState.APPROVED)),
    ):
        assert message.text.isascii() or not re.search(r"[\U0001F300-\U0001FAFF]", message.text)


def test_the_agency_and_the_brand_are_not_confused():
    assert approvers_card(request()).text.startswith(f"{AGENCY.name} requests ")
    assert f"To {BRAND.name}" in requester_card(request()).text
