"""Views of requests, grants and people as the services answer them, and forms as Slack sends them back."""

from __future__ import annotations

from typing import Any

from bot.domain.messages import Audience, read_about
from bot.sandbox.gallery.records import (
    ADMIN,
    AGENCY,
    BRAND,
    GENERAL,
    NOW,
    PIXEL_ANALYST,
    REPORTING,
    acknowledger,
    comment,
    described,
    digest,
    draft,
    grant,
    home,
    item,
    me,
    member,
    new_request,
    over,
    own,
    party,
    request,
    rows,
    settings_view,
)
from bot.sandbox.slack import (
    MESSAGE_TEXT_LIMIT,
    Surface,
    complaints_about_message,
    complaints_about_options,
    complaints_about_view,
    text_length,
    view_bytes,
)
from bot.services.views.requests import DraftView, RequestView
from bot.slack.cards import notice, request_card
from bot.slack.kit import Message

__all__ = [
    "ADMIN",
    "AGENCY",
    "BRAND",
    "GENERAL",
    "NOW",
    "PIXEL_ANALYST",
    "REPORTING",
    "acknowledger",
    "actions_of",
    "approvers_card",
    "assert_offerable",
    "assert_openable",
    "assert_publishable",
    "assert_sendable",
    "both",
    "comment",
    "described",
    "digest",
    "draft",
    "element_of",
    "filled",
    "grant",
    "home",
    "item",
    "lines_of",
    "me",
    "member",
    "menu_of",
    "modal_words",
    "new_request",
    "notice_of",
    "over",
    "own",
    "party",
    "request",
    "requester_card",
    "rows",
    "settings_view",
    "words_of",
]


# --- cards ------------------------------------------------------------------------------------------


def approvers_card(view: RequestView) -> Message:
    return request_card(view, audience=Audience.APPROVERS, now=NOW)


def requester_card(view: RequestView) -> Message:
    return request_card(view, audience=Audience.REQUESTER, now=NOW)


def menu_of(message: Message) -> list[str]:
    return [one["text"]["text"] for one in element_of(message.blocks, "more")["options"]]


def both(message: Message) -> tuple[str, str]:
    """Return the text and the words of the blocks of a message that Slack takes: they must say the same."""
    assert_sendable(message)
    return message.text, words_of(message)


def notice_of(about: str, view: RequestView | DraftView, *, audience: Audience) -> str:
    return notice(read_about(about), view, audience=audience).text


# --- as Slack sees it -------------------------------------------------------------------------------


def assert_sendable(message: Message) -> None:
    assert complaints_about_message(message.blocks) == []
    assert text_length(message.blocks) <= 9_000
    assert 0 < len(message.text) <= 3_900 < MESSAGE_TEXT_LIMIT


def assert_openable(view: dict[str, Any]) -> None:
    assert complaints_about_view(view, surface=Surface.MODAL) == []
    assert view_bytes(view) < 250_000
    assert len(view["private_metadata"]) <= 3_000


def assert_publishable(view: dict[str, Any]) -> None:
    assert complaints_about_view(view, surface=Surface.HOME) == []
    assert view_bytes(view) < 250_000


def assert_offerable(answer: dict[str, Any]) -> None:
    assert complaints_about_options(answer) == []
    assert answer["options"]


def filled(view: dict[str, Any], entries: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the view as Slack sends it back, with `entries` in blocks instead of what they start with."""
    values: dict[str, Any] = {}
    for block in view["blocks"]:
        if block["type"] == "input":
            element = block["element"]
            value = (entries or {}).get(block["block_id"], ...)
            values[block["block_id"]] = {element["action_id"]: _held(element, value)}
    return {**view, "state": {"values": values}}


def _held(element: dict[str, Any], value: Any) -> dict[str, Any]:
    kind = element["type"]
    if kind in ("static_select", "external_select"):
        start = element.get("initial_option")
        if isinstance(value, str):
            start = next((one for one in element.get("options", []) if one["value"] == value), None) or {
                "text": {"type": "plain_text", "text": value},
                "value": value,
            }
        return {"type": kind, "selected_option": start if value is not None else None}
    if kind == "multi_external_select":
        start = element.get("initial_options", [])
        if value is not ...:
            start = [{"text": {"type": "plain_text", "text": one}, "value": one} for one in value]
        return {"type": kind, "selected_options": start}
    if kind in ("users_select", "conversations_select"):
        name = "user" if kind == "users_select" else "conversation"
        return {"type": kind, f"selected_{name}": element.get(f"initial_{name}") if value is ... else value}
    if kind == "datepicker":
        return {"type": kind, "selected_date": element.get("initial_date") if value is ... else value}
    return {"type": kind, "value": element.get("initial_value") if value is ... else value}


def words_of(message: Message) -> str:
    """Return everything that the blocks say, as one text."""
    return "\n".join(_words(block) for block in message.blocks)


def modal_words(view: dict[str, Any]) -> str:
    """Return everything that a modal says."""
    return "\n".join(_words(block) for block in view["blocks"])


def _words(value: Any) -> str:
    if isinstance(value, list):
        return "".join(_words(one) for one in value)
    if not isinstance(value, dict):
        return ""
    if value.get("type") == "date":
        return str(value["fallback"])
    if value.get("type") == "context":
        return " ".join(_words(one) for one in value["elements"])
    said = value.get("text")
    own_words = said if isinstance(said, str) else ""
    ends = "\n" if str(value.get("type", "")).startswith("rich_text_") else ""
    return own_words + "".join(_words(held) for held in value.values()) + ends


def lines_of(blocks: list[dict[str, Any]]) -> list[str]:
    """Return what blocks say line by line: a row of buttons, an item and small print are one each."""
    lines: list[str] = []
    for block in blocks:
        if block["type"] == "rich_text":
            lines += _words(block["elements"]).strip().splitlines()
        else:
            lines.append(" ".join(_words(one) for one in block.get("elements", [block])))
    return lines


def actions_of(blocks: list[dict[str, Any]]) -> list[str]:
    """Return the action ids of all buttons and menus in rows, in order."""
    return [one["action_id"] for block in blocks if block["type"] == "actions" for one in block["elements"]]


def element_of(blocks: list[dict[str, Any]], action_id: str) -> dict[str, Any]:
    """Return the one element with this action id."""
    found = [
        one
        for block in blocks
        for one in [*block.get("elements", []), block.get("element") or {}, block.get("accessory") or {}]
        if one.get("action_id") == action_id
    ]
    assert len(found) == 1, f"{action_id}: {len(found)}"
    return dict(found[0])
