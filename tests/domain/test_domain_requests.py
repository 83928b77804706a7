"""New requests, terms, states and references."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import grants
from bot.domain.assets import Kind
from bot.domain.grants import GrantState, Held, is_live, tasks_in_force
from bot.domain.refs import WORDS, make_ref, read_ref
from bot.domain.requests import MOVES, ErrorCode, NewItem, NewRequest, RequestState, Term

NOW = datetime(2026, 3, 28, 12, tzinfo=UTC)
ANALYZE = frozenset({"ANALYZE"})


def new_request(**values):
    given_ = {
        "requesting_id": "20000000001",
        "deciding_id": "10000000001",
        "items": (NewItem(kind=Kind.PAGE, asset_id="500000001", tasks=ANALYZE),),
        "reason": "Spring launch",
        "term": Term.for_days(30),
        **values,
    }
    return NewRequest(**given_)


def pages(count):
    return tuple(NewItem(kind=Kind.PAGE, asset_id=f"5000{n:05d}", tasks=ANALYZE) for n in range(count))


def in_words(count):
    return tuple(NewItem(kind=Kind.PAGE, words=f"page {n}", tasks=ANALYZE) for n in range(count))


def test_a_sound_request_has_no_field_errors():
    assert new_request().field_errors(now=NOW) == ()
    assert new_request(items=pages(25), reason="x" * 500).field_errors(now=NOW) == ()
    assert new_request(items=pages(15) + in_words(10)).field_errors(now=NOW) == ()


@pytest.mark.parametrize(
    ("values", "field", "code"),
    [
        ({"deciding_id": "12 34"}, "owner", ErrorCode.BUSINESS_ID),
        ({"items": ()}, "items", ErrorCode.NO_ITEMS),
        ({"items": pages(26)}, "items", ErrorCode.TOO_MANY_ITEMS),
        ({"items": in_words(11)}, "items", ErrorCode.TOO_MANY_DESCRIBED),
        ({"items": pages(200)}, "items", ErrorCode.TOO_MANY_ITEMS),
        ({"items": pages(1) * 2}, "items", ErrorCode.SAME_ASSET_TWICE),
        ({"items": (NewItem(kind=Kind.PAGE, asset_id="5😀", tasks=ANALYZE),)}, "items.0", ErrorCode.ASSET_ID),
        (
            {"items": (NewItem(kind=Kind.PAGE, asset_id="50000", tasks=frozenset()),)},
            "items.0",
            ErrorCode.NO_TASKS,
        ),
        (
            {"items": (NewItem(kind=Kind.PIXEL, asset_id="50000", tasks=frozenset({"MANAGE"})),)},
            "items.0",
            ErrorCode.UNKNOWN_TASK,
        ),
        ({"items": (NewItem(kind=Kind.PAGE, tasks=ANALYZE, words="  "),)}, "items.0", ErrorCode.NO_WORDS),
        (
            {"items": (NewItem(kind=Kind.PAGE, tasks=ANALYZE, words="x" * 201),)},
            "items.0",
            ErrorCode.TOO_LONG,
        ),
        ({"reason": " \n"}, "reason", ErrorCode.NO_REASON),
        ({"reason": "x" * 501}, "reason", ErrorCode.TOO_LONG),
        ({"term": Term.for_days(0)}, "term", ErrorCode.DAYS),
        ({"term": Term.for_days(100_000)}, "term", ErrorCode.DAYS),
        ({"term": Term.till(NOW)}, "term", ErrorCode.DATE_PAST),
        ({"term": Term.till(NOW + timedelta(days=4000))}, "term", ErrorCode.DATE),
        ({"people": tuple(str(n) for n in range(26))}, "people", ErrorCode.TOO_MANY_PEOPLE),
    ],
)
def test_each_field_error_names_its_field(values, field, code):
    assert [(one.field, one.code) for one in new_request(**values).field_errors(now=NOW)] == [(field, code)]


@pytest.mark.covers("G2")
def test_days_are_counted_from_when_access_is_in_force_and_a_date_is_as_said():
    assert Term.for_days(2).ends_at(starts_at=NOW) == NOW + timedelta(days=2)
    assert Term.till(NOW).ends_at(starts_at=NOW - timedelta(days=9)) == NOW
    assert Term.without_end().ends_at(starts_at=NOW) is None


terms = st.one_of(
    st.integers(1, 3650).map(Term.for_days),
    st.integers(1, 3650).map(lambda days: Term.till(NOW + timedelta(days=days))),
    st.just(Term.without_end()),
)


@given(terms, terms)
def test_a_term_is_within_another_exactly_when_it_ends_no_later(one, other):
    ends, limit = one.ends_at(starts_at=NOW), other.ends_at(starts_at=NOW)
    no_later = limit is None or (ends is not None and ends <= limit)
    assert one.is_within(other, at=NOW) == no_later


@pytest.mark.covers("T23")
@pytest.mark.covers("T36")
def test_nothing_leaves_a_state_that_is_over():
    for state, following in MOVES.items():
        assert bool(following) == state.is_open
        assert RequestState.PENDING not in following


def test_an_ended_grant_is_over_and_every_other_state_leads_on():
    assert {state for state, following in grants.MOVES.items() if not following} == {GrantState.ENDED}
    assert set(grants.MOVES) == set(GrantState)


def held(tasks, *, state=GrantState.ACTIVE, ends=None):
    return Held(tasks=frozenset(tasks), state=state, ends_at=ends)


@pytest.mark.covers("G3")
def test_what_a_holder_may_do_is_the_union_of_the_live_assets():
    later = NOW + timedelta(days=1)
    grants_ = [
        held({"ANALYZE"}),
        held({"ADVERTISE"}, ends=later),
        held({"MANAGE"}, state=GrantState.ENDED),
        held({"DRAFT"}, state=GrantState.PENDING),
    ]
    assert tasks_in_force(grants_, at=NOW) == {"ANALYZE", "ADVERTISE"}
    assert tasks_in_force(grants_, at=later) == {"ANALYZE"}


@pytest.mark.parametrize(
    ("grant", "live"),
    [
        (held({"ANALYZE"}), True),
        (held({"ANALYZE"}, ends=NOW), False),
        (held({"ANALYZE"}, ends=NOW + timedelta(microseconds=1)), True),
        (held({"ANALYZE"}, state=GrantState.ENDING), False),
        (held({"ANALYZE"}, state=GrantState.STUCK), False),
    ],
)
def test_a_grant_is_live_from_when_it_is_in_force_to_just_before_its_end(grant, live):
    assert is_live(grant, at=NOW) is live


@pytest.mark.covers("R15")
def test_a_reference_can_be_said_and_typed_in_many_ways():
    ref = make_ref()
    word, number = ref.split("-")
    for typed in (ref, ref.lower(), f" {word} {number} ", f"{word}{number}"):
        assert read_ref(typed) == ref
    assert read_ref("HELLO-1234") is None
    assert len(set(WORDS)) == len(WORDS)
