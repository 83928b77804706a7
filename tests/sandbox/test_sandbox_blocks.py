"""Block Kit is checked as Slack does, with Slack's error messages."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from bot.sandbox.slack import (
    Surface,
    complaints_about_message,
    complaints_about_options,
    complaints_about_view,
    completed,
    text_length,
)


def plain(text: str = "Words") -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str = "*Words*") -> dict[str, Any]:
    return {"type": "mrkdwn", "text": text}


def option(value: str = "one", **more: Any) -> dict[str, Any]:
    return {"text": plain(value), "value": value, **more}


def button(action_id: str = "go", **more: Any) -> dict[str, Any]:
    return {"type": "button", "text": plain("Go"), "action_id": action_id, **more}


def confirm(**more: Any) -> dict[str, Any]:
    return {
        "title": plain("Sure?"),
        "text": mrkdwn("Really?"),
        "confirm": plain("Yes"),
        "deny": plain("No"),
        **more,
    }


def asking(element: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "input", "label": plain("Label"), "element": element, **more}


def modal(*blocks: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "modal", "title": plain("Title"), "blocks": list(blocks), **more}


SELECT = {"type": "static_select", "action_id": "pick", "options": [option()], "placeholder": plain("Choose")}

GOOD: dict[str, dict[str, Any]] = {
    "section with text": {"type": "section", "text": mrkdwn(), "block_id": "b"},
    "section with fields": {"type": "section", "fields": [plain(), mrkdwn()]},
    "section with an accessory": {"type": "section", "text": plain(), "accessory": button(confirm=confirm())},
    "section with several to choose": {
        "type": "section",
        "text": plain(),
        "accessory": {"type": "multi_static_select", "options": [option()], "max_selected_items": 2},
    },
    "context": {
        "type": "context",
        "elements": [mrkdwn(), plain(), {"type": "image", "image_url": "https://x/y.png", "alt_text": "y"}],
    },
    "actions": {
        "type": "actions",
        "elements": [
            button(style="primary", value="1", url="https://example.com"),
            {"type": "overflow", "action_id": "more", "options": [option("details"), option("history")]},
            SELECT,
            {"type": "external_select", "action_id": "search", "min_query_length": 0},
            {"type": "datepicker", "action_id": "day", "initial_date": "2025-01-31"},
            {"type": "checkboxes", "action_id": "ticks", "options": [{"text": mrkdwn(), "value": "a"}]},
            {"type": "radio_buttons", "action_id": "radio", "options": [option()]},
            {"type": "users_select", "action_id": "who", "initial_user": "U1"},
            {"type": "conversations_select", "action_id": "where", "default_to_current_conversation": True},
            {"type": "channels_select", "action_id": "channel"},
        ],
    },
    "header": {"type": "header", "text": plain()},
    "divider": {"type": "divider"},
    "image": {"type": "image", "image_url": "https://x/y.png", "alt_text": "y", "title": plain()},
    "text input": asking(
        {
            "type": "plain_text_input",
            "multiline": True,
            "min_length": 1,
            "max_length": 500,
            "initial_value": "x",
        },
        optional=True,
        hint=plain(),
        dispatch_action=True,
    ),
    "number input": asking({"type": "number_input", "is_decimal_allowed": False, "min_value": "1"}),
    "several from outside": asking({"type": "multi_external_select", "initial_options": [option()]}),
    "rich text": {
        "type": "rich_text",
        "elements": [
            {
                "type": "rich_text_section",
                "elements": [
                    {"type": "text", "text": "a", "style": {"bold": True}},
                    {"type": "user", "user_id": "U1"},
                    {"type": "link", "url": "https://example.com"},
                ],
            },
            {
                "type": "rich_text_list",
                "style": "bullet",
                "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "a"}]}],
            },
            {"type": "rich_text_quote", "elements": [{"type": "text", "text": "as typed"}]},
        ],
    },
}


@pytest.mark.parametrize("block", GOOD.values(), ids=GOOD.keys())
def test_a_block_that_slack_accepts_is_accepted(block: dict[str, Any]) -> None:
    assert complaints_about_message([block]) == []
    assert complaints_about_view(modal(block, submit=plain("Send")), surface=Surface.MODAL) == []
    assert complaints_about_view({"type": "home", "blocks": [block]}, surface=Surface.HOME) == []


@pytest.mark.parametrize("block", GOOD.values(), ids=GOOD.keys())
def test_a_field_that_slack_does_not_know_is_refused(block: dict[str, Any]) -> None:
    assert complaints_about_message([block | {"colour": "red"}]) == [
        "invalid additional property: colour [json-pointer:/blocks/0]"
    ]


def section(**fields: Any) -> dict[str, Any]:
    return {"type": "section", **fields}


def actions(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "actions", "elements": list(elements)}


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "unknown block": ({"type": "carousel"}, "unsupported type: carousel [json-pointer:/blocks/0/type]"),
    "no type": ({}, "missing required field: type [json-pointer:/blocks/0]"),
    "text too long": (
        section(text=plain("x" * 3001)),
        "must be less than 3001 characters [json-pointer:/blocks/0/text/text]",
    ),
    "text empty": (
        section(text=plain("")),
        "must be more than 0 characters [json-pointer:/blocks/0/text/text]",
    ),
    "text no string": (section(text=plain(5)), "must provide a string [json-pointer:/blocks/0/text/text]"),  # type: ignore[arg-type]
    "text no object": (section(text="x"), "must provide an object [json-pointer:/blocks/0/text]"),
    "emoji in mrkdwn": (
        section(text=mrkdwn() | {"emoji": True}),
        "invalid additional property: emoji [json-pointer:/blocks/0/text]",
    ),
    "nothing in a section": (
        section(),
        "must define either `text` or `fields` [json-pointer:/blocks/0/type]",
    ),
    "eleven fields": (
        section(fields=[plain()] * 11),
        "no more than 10 items allowed [json-pointer:/blocks/0/fields]",
    ),
    "field too long": (
        section(fields=[plain("x" * 2001)]),
        "must be less than 2001 characters [json-pointer:/blocks/0/fields/0/text]",
    ),
    "header in mrkdwn": (
        {"type": "header", "text": mrkdwn()},
        "unsupported type: mrkdwn [json-pointer:/blocks/0/text/type]",
    ),
    "header too long": (
        {"type": "header", "text": plain("x" * 151)},
        "must be less than 151 characters [json-pointer:/blocks/0/text/text]",
    ),
    "26 buttons": (
        actions(*(button(f"b{n}") for n in range(26))),
        "no more than 25 items allowed [json-pointer:/blocks/0/elements]",
    ),
    "no button": (actions(), "no fewer than 1 items allowed [json-pointer:/blocks/0/elements]"),
    "11 in a context": (
        {"type": "context", "elements": [plain()] * 11},
        "no more than 10 items allowed [json-pointer:/blocks/0/elements]",
    ),
    "button without text": (
        actions({"type": "button", "action_id": "go"}),
        "missing required field: text [json-pointer:/blocks/0/elements/0]",
    ),
    "button text too long": (
        actions(button() | {"text": plain("x" * 76)}),
        "must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]",
    ),
    "button value too long": (
        actions(button(value="x" * 2001)),
        "must be less than 2001 characters [json-pointer:/blocks/0/elements/0/value]",
    ),
    "button style unknown": (
        actions(button(style="default")),
        "must be a valid enum value [json-pointer:/blocks/0/elements/0/style]",
    ),
    "confirm too long": (
        actions(button(confirm=confirm(text=plain("x" * 301)))),
        "must be less than 301 characters [json-pointer:/blocks/0/elements/0/confirm/text/text]",
    ),
    "confirm without deny": (
        actions(button(confirm={"title": plain(), "text": plain(), "confirm": plain()})),
        "missing required field: deny [json-pointer:/blocks/0/elements/0/confirm]",
    ),
    "one action id twice": (
        actions(button("go"), button("go")),
        '`action_id` "go" already exists [json-pointer:/blocks/0/elements/1/action_id]',
    ),
    "six in an overflow": (
        actions({"type": "overflow", "options": [option(str(n)) for n in range(6)]}),
        "no more than 5 items allowed [json-pointer:/blocks/0/elements/0/options]",
    ),
    "101 options": (
        actions(SELECT | {"options": [option(str(n)) for n in range(101)]}),
        "no more than 100 items allowed [json-pointer:/blocks/0/elements/0/options]",
    ),
    "option text too long": (
        actions(SELECT | {"options": [{"text": plain("x" * 76), "value": "x"}]}),
        "must be less than 76 characters [json-pointer:/blocks/0/elements/0/options/0/text/text]",
    ),
    "options and groups": (
        actions(SELECT | {"option_groups": [{"label": plain(), "options": [option()]}]}),
        "must define either `options` or `option_groups` [json-pointer:/blocks/0/elements/0]",
    ),
    "a start that is no option": (
        actions(SELECT | {"initial_option": option("two")}),
        (
            "must provide an option that exactly matches one of the options "
            "[json-pointer:/blocks/0/elements/0/initial_option]"
        ),
    ),
    "several in actions": (
        actions({"type": "multi_static_select", "options": [option()]}),
        "unsupported type: multi_static_select [json-pointer:/blocks/0/elements/0/type]",
    ),
    "typing in actions": (
        actions({"type": "plain_text_input"}),
        "unsupported type: plain_text_input [json-pointer:/blocks/0/elements/0/type]",
    ),
    "button as input": (asking(button()), "unsupported type: button [json-pointer:/blocks/0/element/type]"),
    "input without label": (
        {"type": "input", "element": {"type": "plain_text_input"}},
        "missing required field: label [json-pointer:/blocks/0]",
    ),
    "longest input too long": (
        asking({"type": "plain_text_input", "max_length": 3001}),
        "must be less than 3001 [json-pointer:/blocks/0/element/max_length]",
    ),
    "number without decimals said": (
        asking({"type": "number_input"}),
        "missing required field: is_decimal_allowed [json-pointer:/blocks/0/element]",
    ),
    "no date": (
        actions({"type": "datepicker", "initial_date": "31.1.2025"}),
        "must be a valid date [json-pointer:/blocks/0/elements/0/initial_date]",
    ),
    "block id too long": (
        {"type": "divider", "block_id": "x" * 256},
        "must be less than 256 characters [json-pointer:/blocks/0/block_id]",
    ),
    "image without words": (
        {"type": "image", "image_url": "https://x/y.png"},
        "missing required field: alt_text [json-pointer:/blocks/0]",
    ),
    "rich text of an unknown kind": (
        {"type": "rich_text", "elements": [{"type": "rich_text_table", "elements": []}]},
        "unsupported type: rich_text_table [json-pointer:/blocks/0/elements/0/type]",
    ),
}


@pytest.mark.parametrize(("block", "complaint"), BAD.values(), ids=BAD.keys())
def test_a_block_that_slack_refuses_is_refused_in_its_words(block: dict[str, Any], complaint: str) -> None:
    assert complaints_about_message([block]) == [complaint]


def test_a_message_holds_fifty_blocks_and_a_view_a_hundred() -> None:
    blocks = [{"type": "divider"}] * 51
    assert complaints_about_message(blocks) == ["no more than 50 items allowed [json-pointer:/blocks]"]
    assert complaints_about_view(modal(*blocks), surface=Surface.MODAL) == []
    assert complaints_about_view(modal(*(blocks * 2)), surface=Surface.MODAL) == [
        "no more than 100 items allowed [json-pointer:/view/blocks]"
    ]


def test_the_cursor_is_put_into_one_element_of_a_view() -> None:
    box = {"type": "plain_text_input", "focus_on_load": True}
    other = asking(box | {"focus_on_load": False})
    assert complaints_about_view(modal(asking(box), other, submit=plain("Send")), surface=Surface.MODAL) == []
    twice = modal(other, asking(box), asking(box), submit=plain("Send"))
    (complaint,) = complaints_about_view(twice, surface=Surface.MODAL)
    assert "/view/blocks/2/element/focus_on_load" in complaint


def test_a_block_id_is_unique_in_a_message_and_an_action_id_in_its_block() -> None:
    twice = [{"type": "divider", "block_id": "b"}] * 2
    assert complaints_about_message(twice) == [
        '`block_id` "b" already exists [json-pointer:/blocks/1/block_id]'
    ]
    assert complaints_about_message([actions(button("go")), actions(button("go"))]) == []


VIEWS: dict[str, tuple[dict[str, Any], str]] = {
    "title too long": (
        modal() | {"title": plain("x" * 25)},
        "must be less than 25 characters [json-pointer:/view/title/text]",
    ),
    "no title": ({"type": "modal", "blocks": []}, "missing required field: title [json-pointer:/view]"),
    "submit too long": (
        modal(submit=plain("x" * 25)),
        "must be less than 25 characters [json-pointer:/view/submit/text]",
    ),
    "metadata too long": (
        modal(private_metadata="x" * 3001),
        "must be less than 3001 characters [json-pointer:/view/private_metadata]",
    ),
    "callback id too long": (
        modal(callback_id="x" * 256),
        "must be less than 256 characters [json-pointer:/view/callback_id]",
    ),
    "input without submit": (
        modal({"type": "divider"}, asking({"type": "plain_text_input"})),
        "must define `submit` to use an `input` block in modals [json-pointer:/view/blocks/1/input]",
    ),
    "field unknown": (modal(colour="red"), "invalid additional property: colour [json-pointer:/view]"),
    "other type": (
        {"type": "home", "blocks": []} | {"title": plain()},
        "unsupported type: home [json-pointer:/view/type]",
    ),
}


@pytest.mark.parametrize(("view", "complaint"), VIEWS.values(), ids=VIEWS.keys())
def test_a_view_that_slack_refuses_is_refused_in_its_words(view: dict[str, Any], complaint: str) -> None:
    assert complaints_about_view(view, surface=Surface.MODAL) == [complaint]


def test_a_home_has_no_title() -> None:
    view = {"type": "home", "blocks": [], "title": plain()}
    assert complaints_about_view(view, surface=Surface.HOME) == [
        "invalid additional property: title [json-pointer:/view]"
    ]


def test_an_answer_with_options_has_at_most_a_hundred() -> None:
    assert complaints_about_options({"options": []}) == []
    assert complaints_about_options({"options": [option(str(n)) for n in range(101)]}) == [
        "no more than 100 items allowed [json-pointer:/options]"
    ]
    assert complaints_about_options({"option_groups": [{"label": plain(), "options": [option()]}]}) == []
    assert complaints_about_options(None) == [
        "must define either `options` or `option_groups` [json-pointer:/]"
    ]


def test_missing_ids_are_generated_and_given_ids_kept() -> None:
    blocks = [
        actions({"type": "button", "text": plain()}, button("mine")),
        {"type": "divider", "block_id": "own"},
    ]
    before = copy.deepcopy(blocks)
    shown = completed(blocks)
    assert blocks == before
    assert shown[0]["block_id"]
    assert shown[0]["elements"][0]["action_id"]
    assert shown[0]["elements"][1]["action_id"] == "mine"
    assert shown[1]["block_id"] == "own"


def test_the_text_of_all_blocks_is_counted_together() -> None:
    assert text_length([section(text=plain("abc")), actions(button()), section(fields=[mrkdwn("de")])]) == 7
