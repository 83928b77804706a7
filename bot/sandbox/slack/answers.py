"""Apply the app's answers as Slack does: a message, field errors, another view, options, or an error.

For an answer that Slack would reject, the person sees Slack's own error, and `detail` says what was wrong.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.sandbox.slack.api import Api
from bot.sandbox.slack.blocks import complaints_about_options, offered_options
from bot.sandbox.slack.delivery import Delivered
from bot.sandbox.slack.methods import Args, change_view, checked_view, show_view
from bot.sandbox.slack.model import Json, ResponseUrl, SlackRefusal, View
from bot.sandbox.slack.rules import Surface
from bot.sandbox.slack.state import State

CONNECTION_BANNER = "We had some trouble connecting. Try again?"

_COMMAND_ERRORS = {
    "timeout": "operation_timeout",
    "unreachable": "dispatch_failed",
    "refused": "dispatch_failed",
}


def command_answered(api: Api, issued: ResponseUrl, delivered: Delivered) -> Delivered:
    """Show the answer to a slash command."""
    if delivered.error is not None:
        return replace(delivered, error=_COMMAND_ERRORS[delivered.error])
    body = {"text": delivered.body} if isinstance(delivered.body, str) else delivered.body
    if not body:
        return delivered
    try:
        api.write_answer(issued, Args(body if isinstance(body, dict) else {}))
    except SlackRefusal as refusal:
        return _rejected(delivered, "invalid_command_response", refusal)
    return delivered


def view_answered(state: State, view: View, delivered: Delivered) -> Delivered:
    """Close, update, push or clear a modal, or show field errors, as the app answered."""
    view.errors, view.banner = {}, None
    if delivered.error is None:
        try:
            delivered = _follow(state, view, delivered)
        except SlackRefusal as refusal:
            delivered = _rejected(delivered, "trouble_connecting", refusal)
    else:
        delivered = replace(delivered, error="trouble_connecting")
    if delivered.error == "trouble_connecting":
        view.banner = CONNECTION_BANNER
    if view.is_open:
        state.view_touched(view)
    return delivered


def _follow(state: State, view: View, delivered: Delivered) -> Delivered:
    body = delivered.body
    if not body:
        state.close_views([view])
        return delivered
    if not isinstance(body, dict):
        raise SlackRefusal("invalid_response", detail="not a JSON object")
    person, workspace = state.person(view.user_id), state.workspace(view.team_id)
    match body.get("response_action"):
        case "clear":
            state.close_views(state.views(person))
        case "update":
            change_view(state, view, checked_view(body.get("view"), surface=Surface.MODAL))
        case "push":
            show_view(
                state, workspace, person, checked_view(body.get("view"), surface=Surface.MODAL), push=True
            )
        case "errors":
            view.errors = _checked_errors(view, body.get("errors"))
            return replace(delivered, error="invalid", detail=str(view.errors))
        case unknown:
            raise SlackRefusal("invalid_response", detail=f"response_action {unknown!r}")
    return delivered


def _checked_errors(view: View, errors: Any) -> dict[str, str]:
    inputs = {block["block_id"] for block in view.blocks if block["type"] == "input"}
    if not isinstance(errors, dict) or not errors:
        raise SlackRefusal("invalid_response", detail="no errors named")
    for block_id, words in errors.items():
        if block_id not in inputs:
            raise SlackRefusal(
                "invalid_response", detail=f"no input block {block_id!r} among {sorted(inputs)}"
            )
        if not isinstance(words, str) or not words:
            raise SlackRefusal("invalid_response", detail=f"no words for {block_id!r}")
    return errors


def options_answered(delivered: Delivered) -> Delivered:
    """Return the options that an external menu shows."""
    if delivered.error is not None:
        return replace(delivered, error="options_failed")
    complaints = complaints_about_options(delivered.body)
    if complaints:
        return replace(delivered, error="options_failed", detail="; ".join(complaints))
    return replace(delivered, options=tuple(offered_options(delivered.body)))


def _rejected(delivered: Delivered, error: str, refusal: SlackRefusal) -> Delivered:
    beside: Json = refusal.beside
    return replace(delivered, error=error, detail=f"{refusal.error} {beside or ''}".strip())
