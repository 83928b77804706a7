"""`blocks.validate`: what is wrong with blocks, a message or a view, by the rules for sending it."""

from __future__ import annotations

from typing import Any

from bot.sandbox.slack.blocks import (
    MESSAGE_BLOCKS_TEXT_LIMIT,
    VIEW_BYTES_LIMIT,
    complaints_about_message,
    complaints_about_view,
    text_length,
    view_bytes,
)
from bot.sandbox.slack.methods.arguments import Args, invalid_arguments
from bot.sandbox.slack.model import Json, SlackRefusal
from bot.sandbox.slack.rules import Surface

_AT = " [json-pointer:"


def validate(args: Args) -> Json:
    """Answer `blocks.validate`, which takes no token. Raise `SlackRefusal` with what is wrong and where."""
    given = [name for name in ("blocks", "message", "view") if name in args]
    if len(given) != 1:
        raise invalid_arguments(["must provide exactly one of `blocks`, `message` or `view`"])
    (name,) = given
    word = f"invalid_{name}"
    held = args.json(name, or_else=word)
    if name == "view":
        complaints = _of_view(held)
    else:
        complaints = _of_message(held if name == "message" else {"blocks": held})
    if complaints:
        root = {"blocks": "/blocks", "message": "", "view": "/view"}[name]
        raise SlackRefusal(word, errors=[_error(one, root=root) for one in complaints])
    return {}


def _of_message(message: Any) -> list[str]:
    if not isinstance(message, dict):
        return ["must provide an object [json-pointer:]"]
    # Slack takes a message's `text` for a property that does not belong here.
    others = message.keys() - {"blocks", "attachments"}
    complaints = [f"additional property [json-pointer:/{one}]" for one in sorted(others)]
    blocks = message.get("blocks", [])
    complaints += complaints_about_message(blocks)
    if not complaints and text_length(blocks) > MESSAGE_BLOCKS_TEXT_LIMIT:
        complaints.append("msg_blocks_too_long [json-pointer:/blocks]")
    return complaints


def _of_view(view: Any) -> list[str]:
    is_home = isinstance(view, dict) and view.get("type") == Surface.HOME.value
    complaints = complaints_about_view(view, surface=Surface.HOME if is_home else Surface.MODAL)
    if not complaints and view_bytes(view) > VIEW_BYTES_LIMIT:
        complaints.append("view_too_large [json-pointer:/view]")
    return complaints


def _error(complaint: str, *, root: str) -> Json:
    message, _, pointer = complaint.removesuffix("]").rpartition(_AT)
    return {"pointer": pointer.removeprefix(root), "code": "failed_constraint", "message": message}
