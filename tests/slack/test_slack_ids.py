from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.limits import LONGEST_QUERY
from bot.slack.ids import ActionId, Callback, ListWord, Section
from bot.slack.values import (
    AtLevel,
    Page,
    Press,
    Ref,
    Unreadable,
    button_value,
    level_value,
    menu_value,
    page_value,
    read_button_value,
    read_press,
)

refs = st.builds(Ref, st.integers(1, 10**15).map(str), st.integers(0, 2**31 - 1))


@given(refs)
def test_a_buttons_value_is_read_back_as_it_was_written(ref):
    assert read_button_value(button_value(ref)) == ref


@given(refs, st.integers(0, 99), st.sampled_from(["Admin", "Reporting only"]))
def test_a_button_that_gives_a_level_is_read_back_as_it_was_written(ref, position, level):
    at_level = AtLevel(position, "AD_ACCOUNT", level)
    value = level_value(ref, at_level)
    read = read_press({"action_id": "approve_as", "value": value})
    assert read == Press(action=ActionId.APPROVE_AS, ref=ref, at_level=at_level)
    for wrong in ({"i": -1}, {"i": True}, {"i": "0"}, {"k": 7}, {"l": None}, {"x": 1}):
        with pytest.raises(Unreadable):
            read_press({"action_id": "approve_as", "value": json.dumps(json.loads(value) | wrong)})


@given(refs, st.sampled_from([ActionId.ACKNOWLEDGE, ActionId.COMMENT, ActionId.DETAILS, ActionId.HISTORY]))
def test_a_choice_in_the_menu_is_read_as_the_button_it_stands_for(ref, action):
    value = menu_value(action, ref)
    assert len(value) <= 75
    pressed = {"action_id": "more", "type": "overflow", "selected_option": {"value": value}}
    assert read_press(pressed) == Press(action=action, ref=ref)


@given(
    st.sampled_from([*ListWord, Callback.DETAILS, Callback.HISTORY, Callback.MEMBERS]),
    st.integers(0, 10**6),
    st.text(max_size=LONGEST_QUERY),
)
def test_a_page_is_read_back_as_it_was_written(what, offset, query):
    page = Page(what, "998877", offset, query)
    assert read_press({"action_id": "page", "value": page_value(page)}) == Press(
        action=ActionId.PAGE, page=page
    )


@pytest.mark.parametrize("query", [5, None, "x" * (LONGEST_QUERY + 1), ["x"]])
def test_a_page_looks_for_text_that_is_not_too_long(query):
    value = json.dumps({"p": "owned", "b": "998877", "o": 0, "q": query})
    with pytest.raises(Unreadable):
        read_press({"action_id": "page", "value": value})


@given(st.sampled_from(list(Section)), st.sampled_from([ActionId.HOME_MORE, ActionId.HOME_BACK]))
def test_a_page_of_the_home_is_one_of_its_parts_and_of_nothing_else(section, action):
    value = page_value(Page(section, "", 5))
    assert read_press({"action_id": action, "value": value}).page == Page(section, "", 5)
    for what, pressed in ((ListWord.OWNED, action), (Section.WAITING, ActionId.PAGE)):
        with pytest.raises(Unreadable):
            read_press({"action_id": pressed, "value": page_value(Page(what, "", 5))})


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats(),
    lambda inside: (
        st.lists(inside) | st.dictionaries(st.sampled_from(["r", "v", "a", "p", "b", "o", "q"]), inside)
    ),
    max_leaves=8,
)


@given(st.text() | json_values.map(json.dumps) | json_values)
def test_whatever_a_value_is_reading_it_gives_a_ref_or_says_unreadable(value):
    with contextlib.suppress(Unreadable):
        assert isinstance(read_button_value(value), Ref)


@given(
    st.dictionaries(
        st.sampled_from(["action_id", "value", "selected_option"]),
        st.sampled_from([*ActionId, "nonsense"]) | json_values | json_values.map(json.dumps),
    )
)
def test_whatever_is_pressed_reading_it_gives_a_press_or_says_unreadable(action):
    with contextlib.suppress(Unreadable):
        assert isinstance(read_press(action), Press)


@pytest.mark.covers("T11")
@pytest.mark.parametrize(
    "value",
    [
        '{"r":"12","v":-1}',
        '{"r":"12","v":true}',
        '{"r":"12","v":"1"}',
        '{"r":12,"v":1}',
        '{"r":"１２","v":1}',
        '{"r":"12;drop","v":1}',
        '{"r":"12","v":1,"x":1}',
        '{"r":"12"}',
        "[" * 100_000,
    ],
)
def test_an_altered_value_is_not_half_believed(value):
    with pytest.raises(Unreadable):
        read_button_value(value)


@pytest.mark.covers("T11")
@pytest.mark.parametrize("action", ["approve", "undo", "nonsense", None, ["details"]])
def test_the_menu_leads_nowhere_but_where_it_says(action):
    value = json.dumps({"a": action, "r": "12", "v": 1})
    with pytest.raises(Unreadable):
        read_press({"action_id": "more", "selected_option": {"value": value}})
