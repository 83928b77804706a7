from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slack_make import (
    ADMIN,
    AGENCY,
    BRAND,
    GENERAL,
    NOW,
    PIXEL_ANALYST,
    REPORTING,
    actions_of,
    assert_openable,
    described,
    draft,
    element_of,
    filled,
    item,
    me,
    modal_words,
    new_request,
    over,
    own,
    party,
)

from bot.domain.actors import Role
from bot.domain.assets import LEVELS, TASKS, Kind
from bot.domain.denials import DenialReason
from bot.domain.limits import LONGEST_REASON, LONGEST_WORDS, MOST_DESCRIBED, MOST_ITEMS, MOST_PEOPLE
from bot.domain.requests import (
    ERASED,
    ErrorCode,
    FieldError,
    NewItem,
    RequestState,
    Term,
)
from bot.domain.typed import tidy
from bot.sandbox.gallery.records import preview
from bot.services.results import Denied, Invalid
from bot.services.views.requests import Preview
from bot.slack import modals
from bot.slack.modals.ask import ModalState
from bot.slack.modals.inputs import Chosen, end_of_day, level_value, read_level
from bot.slack.values import Ref, Unreadable

OK = Preview(owner=BRAND, reason=None, admins=3, required_approvals=1)
ACCOUNT = NewItem(kind=Kind.AD_ACCOUNT, tasks=GENERAL, asset_id="act_1")
PIXEL = NewItem(kind=Kind.PIXEL, tasks=PIXEL_ANALYST, words="the pixel of the Berlin shop")


def state_of(*items: NewItem, **fields: Any) -> ModalState:
    return modals.request_state(
        new_request(items=items, **fields),
        owner=BRAND,
        names={"act_1": "US ads"},
        people={"400000000000009": "Bob Birch"},
        zone="Europe/Berlin",
    )


def modal_of(state: ModalState, preview: Preview | None = OK, **fields: Any) -> dict[str, Any]:
    view = modals.request_modal(state, me=me(*fields.get("businesses", ())), preview=preview)
    assert_openable(view)
    return view


def block_ids(view: dict[str, Any]) -> list[str]:
    return [block.get("block_id", "") for block in view["blocks"]]


def test_an_empty_form_asks_for_the_owner_first():
    view = modal_of(modals.blank_request(me()), preview=None)
    assert block_ids(view)[1:] == ["owner", "", "term", "people:998877", "reason"]
    assert view["submit"]["text"] == "Send request"
    assert "You ask for Northwind Agency (Business ID 998877)." in modal_words(view)


def test_who_acts_for_several_businesses_chooses_one():
    businesses = (own(), own(party=party(id="776655", name="Second")))
    view = modals.request_modal(modals.blank_request(me(*businesses)), me=me(*businesses), preview=None)
    assert_openable(view)
    assert element_of(view["blocks"], "requesting")["initial_option"]["value"] == "998877"


def test_an_employee_saves_for_the_admins_and_the_button_says_so():
    employee = own(role=Role.EMPLOYEE, may_administer=DenialReason.NOT_ADMIN, may_draft=True)
    view = modal_of(modals.blank_request(me(employee)), None, businesses=(employee,))
    assert view["submit"]["text"] == "Save for an admin"
    assert "nothing is sent until an admin of Northwind Agency sends it" in modal_words(view)


def test_somebody_who_can_ask_for_no_business_is_told_why_instead_of_a_form():
    shared = own(may_administer=DenialReason.SHARED_LOGIN)
    view = modals.request_modal(modals.blank_request(me(shared)), me=me(shared), preview=None)
    assert_openable(view)
    assert "shared login" in modal_words(view)
    assert "submit" not in view


def test_choosing_the_owner_brings_the_assets_and_says_how_many_will_be_asked():
    empty = modal_of(modals.blank_request(me()), preview=None)
    state = modals.read_request_state(filled(empty, {"owner": "112233"}))
    assert state.owner_id == "112233"
    view = modal_of(state)
    assert "assets:998877:112233" in block_ids(view)
    assert "3 admins of Brand will be asked; 1 approval is needed." in modal_words(view)


def test_a_form_that_asks_for_more_approvals_than_there_are_admins_says_so():
    words = modal_words(modal_of(state_of(ACCOUNT), replace(OK, required_approvals=4)))
    assert "3 admins of Brand will be asked, but 4 approvals are needed. Tell somebody you know" in words


def test_a_form_says_until_when_those_who_can_decide_count_as_fewer():
    until = datetime(2026, 12, 4, 23, 30, tzinfo=UTC)
    preview = replace(OK, admins=2, required_approvals=2, enough_from=until)
    words = modal_words(modal_of(state_of(ACCOUNT), preview))
    assert "2 admins of Brand will be asked; 2 approvals are needed. Not possible before 5 Dec" in words
    to_send = replace(OK, senders=2, approvals_to_send=2, sent_from=until)
    words = modal_words(modal_of(state_of(ACCOUNT), to_send))
    assert "to send this: the others get a card first. Not possible before 5 Dec" in words


def test_the_levels_that_a_form_asks_for_are_those_that_it_shows():
    state = state_of(replace(ACCOUNT, tasks=ADMIN), PIXEL)
    added = replace(state, assets=(*state.assets, modals.Chosen("AD_ACCOUNT:act_2", "EU ads")))
    shown = [level for _, level in modals.requested_levels(added)]
    assert shown == [ADMIN, ADMIN, PIXEL_ANALYST]


def test_when_nobody_could_decide_the_form_says_so_before_anything_is_sent():
    assert "Nobody at Brand can decide in Slack now." in modal_words(
        modal_of(state_of(), replace(OK, admins=0))
    )


def test_when_one_may_not_ask_the_form_says_why_and_has_no_assets():
    view = modal_of(state_of(ACCOUNT), replace(OK, reason=DenialReason.NOT_LISTED))
    assert "only from businesses it has listed" in modal_words(view)
    assert not any(block.startswith("assets") for block in block_ids(view))


def test_each_chosen_asset_asks_for_its_level_starting_with_the_least():
    state = modals.read_request_state(
        filled(modal_of(state_of()), {"assets:998877:112233": ["AD_ACCOUNT:act_1", "PAGE:55555"]})
    )
    view = modal_of(state)
    levels = [block for block in view["blocks"] if block.get("block_id", "").startswith("level:")]
    assert [block["block_id"] for block in levels] == ["level:act_1", "level:55555"]
    assert [one["element"]["initial_option"]["text"]["text"] for one in levels] == [
        "Reporting only",
        "Analyst",
    ]
    assert levels[0]["element"]["options"][1]["description"]["text"].startswith("See, create and edit ads")


def test_an_asset_that_comes_twice_is_in_the_form_once():
    once = state_of(ACCOUNT)
    assert modal_of(replace(once, assets=once.assets * 2)) == modal_of(once)


def test_a_further_asset_starts_with_the_level_of_the_others_of_its_kind():
    view = modal_of(state_of(ACCOUNT))
    entries = {"assets:998877:112233": ["AD_ACCOUNT:act_1", "AD_ACCOUNT:act_2"]}
    again = modal_of(modals.read_request_state(filled(view, entries)))
    level = next(block for block in again["blocks"] if block.get("block_id") == "level:act_2")
    assert level["element"]["initial_option"]["value"] == "General user"


def test_another_owner_drops_the_assets_and_keeps_the_rest():
    view = modal_of(state_of(ACCOUNT, PIXEL, people=("400000000000009",)))
    state = modals.read_request_state(filled(view, {"owner": "776655"}))
    assert state.assets == ()
    assert state.levels == {}
    assert [one.words for one in state.described] == [PIXEL.words]
    assert [one.value for one in state.people] == ["400000000000009"]
    assert state.reason == "Q1 launch"


def test_another_asking_business_drops_its_people():
    businesses = (own(), own(party=party(id="776655", name="Second")))
    view = modal_of(state_of(ACCOUNT, people=("400000000000009",)), businesses=businesses)
    state = modals.read_request_state(filled(view, {"requesting": "776655"}))
    assert (state.requesting_id, state.people, state.assets) == ("776655", (), ())


def test_a_description_is_added_and_removed_by_its_button():
    state = modals.change_request_state(state_of(), {"action_id": "describe"})
    state = modals.change_request_state(state, {"action_id": "describe"})
    view = modal_of(state)
    assert [one for one in block_ids(view) if one.startswith("words:")] == ["words:1", "words:2"]
    again = modals.read_request_state(filled(view, {"words:1": "a", "words:2": "b", "kind:2": "PIXEL"}))
    left = modals.change_request_state(again, {"action_id": "undescribe", "value": "1"})
    assert [(one.key, one.words, one.kind) for one in left.described] == [(2, "b", Kind.PIXEL)]
    added = modals.change_request_state(left, {"action_id": "describe"})
    assert [one.key for one in added.described] == [2, 3], "a removed one's name is not used again"


def test_a_described_assets_level_follows_its_kind():
    state = modals.change_request_state(state_of(), {"action_id": "describe"})
    view = modal_of(modals.read_request_state(filled(modal_of(state), {"kind:1": "PAGE"})))
    level = next(block for block in view["blocks"] if block.get("block_id") == "described:1:PAGE")
    assert [one["value"] for one in level["element"]["options"]] == [one.name for one in LEVELS[Kind.PAGE]]


def test_no_more_descriptions_are_offered_than_fit():
    state = state_of(*(replace(PIXEL, words=str(n)) for n in range(MOST_DESCRIBED)))
    assert "describe" not in actions_of(modal_of(state)["blocks"])
    full = state_of(*(replace(ACCOUNT, asset_id=f"act_{n}") for n in range(25)))
    assert "describe" not in actions_of(modal_of(full)["blocks"])


@pytest.mark.case("7.1")
def test_the_largest_request_can_be_asked_again():
    name, reason = "W & <b> " * 40, "&<" * (LONGEST_REASON // 2)
    named = [replace(ACCOUNT, asset_id=f"act_{10**19 + n}") for n in range(MOST_ITEMS - MOST_DESCRIBED)]
    words = [replace(PIXEL, words="w" * LONGEST_WORDS) for _ in range(MOST_DESCRIBED)]
    people = {f"{4 * 10**14 + n}": name for n in range(MOST_PEOPLE)}
    asked = new_request(items=(*named, *words), reason=reason, people=tuple(people), term=Term.for_days(3650))
    state = modals.request_state(
        asked,
        owner=party(id="9" * 20, name=name),
        names={one.asset_id: name for one in named},
        people=people,
        zone="America/Argentina/ComodRivadavia",
        draft=Ref("9" * 20, 2**31 - 1),
    )
    view = modal_of(state)
    assert modals.read_request_state(filled(view)) == state


@pytest.mark.parametrize(
    ("value", "extra"), [("days", "days"), ("until", "until"), ("none", None), ("7", None)]
)
def test_a_length_of_time_asks_what_it_must(value, extra):
    view = modal_of(modals.read_request_state(filled(modal_of(state_of()), {"term": value})))
    shown = [one for one in block_ids(view) if one in ("days", "until")]
    assert shown == ([extra] if extra else [])


@pytest.mark.covers("C5")
def test_a_day_ends_in_the_requesters_own_zone():
    view = modal_of(state_of(ACCOUNT, term=Term.till(NOW + timedelta(days=9))))
    read = modals.read_request(filled(view, {"until": "2026-12-31"}))
    assert isinstance(read, modals.ReadRequest)
    assert read.request.term == Term.till(datetime(2026, 12, 31, 22, 59, tzinfo=UTC))


@pytest.mark.covers("G2", "C5")
def test_an_end_of_another_zone_stays_while_its_day_is_unchanged_and_the_form_says_when_that_is():
    elsewhere = datetime(2026, 3, 31, 23, 59, tzinfo=ZoneInfo("America/Los_Angeles"))
    view = modal_of(state_of(ACCOUNT, term=Term.till(elsewhere)))
    assert "On this day access ends at 08:59, as it was asked for" in modal_words(view)
    built_again = modal_of(modals.read_request_state(filled(view)))
    for sent, until in (
        (filled(view), elsewhere),
        (filled(built_again), elsewhere),
        (filled(view, {"until": "2026-04-02"}), datetime(2026, 4, 2, 21, 59, tzinfo=UTC)),
    ):
        read = modals.read_request(sent)
        assert isinstance(read, modals.ReadRequest)
        assert read.request.term == Term.till(until)
    usual = modal_of(modals.read_request_state(filled(view, {"until": "2026-04-02"})))
    assert "Access ends at the end of that day" in modal_words(usual)
    kept = json.loads(view["private_metadata"])
    for junk in ("soon", "2026-04-01", "2026-04-01T08:59", "0001-01-01T00:00:00+00:00", 7):
        with pytest.raises(Unreadable):
            modals.read_request({**filled(view), "private_metadata": json.dumps(kept | {"end": junk})})


levels = st.sampled_from(list(Kind)).flatmap(
    lambda kind: st.tuples(
        st.just(kind), st.sets(st.sampled_from(sorted(TASKS[kind])), min_size=1).map(frozenset)
    )
)
plain_words = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S"]), min_size=1, max_size=60)


@given(levels)
def test_a_level_is_read_back_as_it_was_written(level):
    kind, tasks = level
    value = level_value(kind, tasks)
    assert len(value) <= 75
    assert read_level(kind, value) == tasks


@given(
    st.sampled_from(list(Kind)),
    st.text(max_size=20) | st.from_regex(r"custom:\d+:[0-9a-f-]+", fullmatch=True),
)
def test_a_level_that_the_kind_does_not_have_is_refused(kind, value):
    tasks = read_level(kind, value)
    assert tasks is None or (tasks and tasks <= TASKS[kind])


def test_a_custom_set_from_before_a_kind_got_a_new_task_is_not_guessed_at():
    assert read_level(Kind.PIXEL, "custom:3:3") is None


@settings(max_examples=60)
@given(
    st.lists(levels, max_size=12),
    st.lists(st.tuples(levels, plain_words), max_size=5),
    st.sampled_from(
        [
            Term.for_days(7),
            Term.for_days(45),
            Term.without_end(),
            Term.till(datetime(2027, 3, 1, 22, 59, tzinfo=UTC)),
        ]
    ),
    st.lists(st.integers(1, 10**14).map(str), max_size=5, unique=True),
    plain_words,
)
def test_whatever_is_asked_stands_in_the_form_and_is_read_back_the_same(named, words, term, people, reason):
    items = [
        NewItem(
            kind=kind, tasks=tasks, asset_id=f"act_{100 + n}" if kind is Kind.AD_ACCOUNT else str(50_000 + n)
        )
        for n, (kind, tasks) in enumerate(named)
    ]
    items += [NewItem(kind=kind, tasks=tasks, words=text) for (kind, tasks), text in words]
    wanted = new_request(items=tuple(items), term=term, people=tuple(people), reason=reason)
    wanted = replace(
        wanted,
        reason=tidy(reason),
        items=tuple(replace(one, words=tidy(one.words)) if one.words else one for one in items),
    )
    state = modals.request_state(
        wanted, owner=BRAND, names={}, people={}, zone="Europe/Berlin", draft=Ref("6", 2)
    )
    view = modal_of(state)
    read = modals.read_request(filled(view))
    assert read == modals.ReadRequest(request=wanted, draft=Ref("6", 2))
    assert modals.read_request_state(filled(view)) == state


def test_a_draft_is_edited_in_the_same_form():
    view_of = draft(
        request=new_request(items=(ACCOUNT,), people=("400000000000009",)),
        items=(item(asset_id="act_1", asset_name="US ads"),),
    )
    state = modals.draft_state(view_of, people={"400000000000009": "Bob Birch"}, zone="UTC")
    view = modal_of(state)
    assert view["title"]["text"] == "Edit draft"
    assert view["submit"]["text"] == "Save changes"
    assert "US ads (act_1)" in modal_words(view)
    read = modals.read_request(filled(view))
    assert isinstance(read, modals.ReadRequest)
    assert read.draft == Ref("600000000000001", 2)
    assert read.request == view_of.request


# --- what is wrong, at its field --------------------------------------------------------------------


def test_a_form_without_an_owner_says_what_a_business_id_looks_like_at_the_owner():
    errors = modals.read_request(filled(modal_of(modals.blank_request(me()), None), {"reason": "x"}))
    assert isinstance(errors, dict)
    assert list(errors) == ["owner"]
    assert "Business Settings → Business info" in errors["owner"]


def test_the_line_that_says_nothing_was_found_cannot_be_sent():
    view = modal_of(state_of())
    errors = modals.read_request(
        filled(view, {"assets:998877:112233": ["nothing"], "people:998877": ["nothing"]})
    )
    assert isinstance(errors, dict)
    assert list(errors) == ["assets:998877:112233", "people:998877"]


@pytest.mark.parametrize(
    ("term", "entries", "at"),
    [
        ("days", {"days": None}, "days"),
        ("days", {"days": "1.5"}, "days"),
        ("until", {"until": None}, "until"),
    ],
)
def test_a_length_of_time_that_is_missing_is_said_at_its_field(term, entries, at):
    view = modal_of(modals.read_request_state(filled(modal_of(state_of(ACCOUNT)), {"term": term})))
    errors = modals.read_request(filled(view, entries))
    assert isinstance(errors, dict)
    assert list(errors) == [at]


@pytest.mark.parametrize(
    ("field", "at"),
    [
        ("owner", "owner"),
        ("items", "assets:998877:112233"),
        ("items.0", "level:act_1"),
        ("items.1", "words:1"),
        ("items.9", "assets:998877:112233"),
        ("term", "term"),
        ("people", "people:998877"),
        ("reason", "reason"),
        ("", "reason"),
        ("nonsense", "reason"),
    ],
)
def test_every_problem_of_an_ask_stands_at_a_field_of_the_form(field, at):
    view = filled(modal_of(state_of(ACCOUNT, PIXEL)))
    assert list(modals.request_errors(view, Denied(reason=DenialReason.OPEN_ALREADY, field=field))) == [at]
    field_error = FieldError(field=field, code=ErrorCode.TOO_LONG, got="501")
    assert list(modals.request_errors(view, Invalid(field_errors=(field_error,)))) == [at]


def test_a_term_that_is_wrong_is_said_where_the_day_was_entered():
    view = filled(modal_of(state_of(ACCOUNT, term=Term.till(NOW))))
    answer = Invalid(field_errors=(FieldError(field="term", code=ErrorCode.DATE_PAST),))
    assert list(modals.request_errors(view, answer)) == ["until"]


def test_two_problems_at_one_field_are_both_said():
    field_errors = (
        FieldError(field="reason", code=ErrorCode.NO_REASON),
        FieldError(field="reason", code=ErrorCode.TOO_LONG),
    )
    (said,) = modals.request_errors(filled(modal_of(state_of())), Invalid(field_errors=field_errors)).values()
    assert "Say why you need it" in said
    assert "Too long" in said


@pytest.mark.parametrize("junk", ["", "{}", "[]", "null", '{"zone":1}', "x" * 3_001, '{"a":' * 9_999])
def test_a_view_that_is_not_this_form_is_unreadable_and_nothing_worse(junk):
    for read in (
        modals.read_request_state,
        modals.read_request,
        modals.read_adjust,
        modals.read_cancel,
        modals.read_end_now,
    ):
        with pytest.raises(Unreadable):
            read({"private_metadata": junk, "blocks": [], "state": {"values": {}}})


@pytest.mark.parametrize(
    "values",
    [
        {"owner": {}},
        {"owner": {"owner": None}},
        {"owner": {"owner": {"selected_option": "x"}}},
        {"owner": {"owner": {"selected_option": {"value": 1}}}},
        {"kind:1": {"kind": {"selected_option": {"value": "BOAT", "text": {"text": "x"}}}}},
        {"assets:998877:112233": {"assets": {"selected_options": 5}}},
    ],
)
def test_an_impossible_state_is_unreadable_and_nothing_worse(values):
    view = modal_of(state_of())
    with pytest.raises(Unreadable):
        modals.read_request_state(
            {**view, "state": {"values": {**filled(view)["state"]["values"], **values}}}
        )


# --- asking again -----------------------------------------------------------------------------------


def test_asking_again_starts_with_what_was_asked():
    before = over(
        RequestState.DECLINED,
        items=(item(requested=ADMIN, given=REPORTING), described(1)),
        term=Term.for_days(45),
    )
    state = modals.again_state(before, zone="Europe/Berlin", people={"400000000000009": "Bob Birch"})
    assert (state.requesting_id, state.owner_id, state.reason) == (AGENCY.id, BRAND.id, "Q1 launch")
    assert [one.value for one in state.assets] == ["AD_ACCOUNT:act_100"]
    assert state.levels == {"act_100": "Admin"}
    assert [one.words for one in state.described] == ["the pixel of the Berlin shop"]
    assert (state.term, state.days) == ("days", "45")
    assert [one.label for one in state.people] == ["Bob Birch"]
    assert state.draft is None


def test_a_description_that_was_erased_since_is_to_be_written_anew():
    erased = over(RequestState.DECLINED, items=(described(0, words=ERASED),), reason="")
    state = modals.again_state(erased, zone="UTC")
    elsewhere = replace(modals.blank_request(me()), owner=Chosen("30000000001", "Other (30000000001)"))
    for one in (state, modals.bundle_state(erased, elsewhere, people={})):
        assert [(held.kind, held.words) for held in one.described] == [(Kind.PIXEL, "")]


def test_what_was_described_and_then_named_is_asked_for_by_its_id():
    bound = described(0, asset_id="55555", asset_name="Berlin pixel")
    state = modals.again_state(over(RequestState.EXPIRED, items=(bound,)), zone="UTC")
    assert [one.value for one in state.assets] == ["PIXEL:55555"]
    assert state.described == ()


def test_who_is_in_a_zone_that_nobody_knows_gets_the_form_with_earlier_requests_too():
    asked = preview(earlier=(over(RequestState.APPROVED, created_at=datetime(2026, 3, 1, 23, tzinfo=UTC)),))
    state = replace(modals.blank_request(me()), zone="Mars/Base")
    view = modals.request_modal(state, me=me(), preview=asked)
    assert_openable(view)
    assert "1 Mar 2026" in modal_words(view)


@pytest.mark.case("3.5")
def test_somebody_with_more_businesses_than_a_menu_shows_is_told_so():
    many = [own(party=party(id=str(10_000 + n), name="N" * 300)) for n in range(130)]
    view = modals.request_modal(modals.blank_request(me(*many)), me=me(*many), preview=None)
    assert_openable(view)
    assert "which is full: 30 more of your businesses." in modal_words(view)


@pytest.mark.case("8.11")
@pytest.mark.parametrize(
    ("zone", "day", "next_day"),
    [
        ("Africa/Cairo", "2026-10-29", "2026-10-30"),
        ("America/Santiago", "2027-04-03", "2027-04-04"),
        ("America/Nuuk", "2026-10-24", "2026-10-25"),
        ("America/Havana", "2026-10-31", "2026-11-01"),
        ("Africa/Cairo", "2026-04-23", "2026-04-24"),
        ("Europe/Berlin", "2026-10-25", "2026-10-26"),
        ("UTC", "2026-10-25", "2026-10-26"),
    ],
)
def test_a_day_ends_a_minute_before_the_next_one_begins(zone, day, next_day):
    end = end_of_day(day, zone=zone)
    assert end is not None
    assert end == end.astimezone(UTC), "the same instant, also in an hour that comes twice"
    following = (end.astimezone(UTC) + timedelta(minutes=1)).astimezone(ZoneInfo(zone))
    assert following.date().isoformat() == next_day
