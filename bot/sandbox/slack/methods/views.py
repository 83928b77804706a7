"""The `views.*` methods: modals and App Home."""

from __future__ import annotations

from typing import Any

from bot.sandbox.slack.blocks import VIEW_BYTES_LIMIT, complaints_about_view, completed, view_bytes
from bot.sandbox.slack.elements import starting_state
from bot.sandbox.slack.methods.arguments import Args, Method, invalid_arguments
from bot.sandbox.slack.model import Json, Person, SlackRefusal, View, Workspace
from bot.sandbox.slack.rules import Surface
from bot.sandbox.slack.shapes import view_json
from bot.sandbox.slack.state import State


def checked_view(view: Any, *, surface: Surface) -> Json:
    """Return a view's body, checked and with its ids; raises `SlackRefusal` with Slack's error."""
    if isinstance(view, dict) and view_bytes(view) > VIEW_BYTES_LIMIT:
        raise SlackRefusal("view_too_large")
    complaints = complaints_about_view(view, surface=surface)
    if complaints:
        raise invalid_arguments(complaints)
    body: Json = view | {"blocks": completed(view["blocks"])}
    return body


def _view_arg(args: Args) -> Any:
    if "view" not in args:
        raise invalid_arguments(["missing required field: view"])
    return args.json("view", or_else="invalid_arguments")


def _views_open(state: State, workspace: Workspace, args: Args) -> Json:
    body = checked_view(_view_arg(args), surface=Surface.MODAL)
    trigger = state.exchange_trigger(team_id=workspace.id, trigger_id=args.required("trigger_id"))
    return show_view(state, workspace, state.person(trigger.person_id), body, push=False)


def _views_push(state: State, workspace: Workspace, args: Args) -> Json:
    body = checked_view(_view_arg(args), surface=Surface.MODAL)
    trigger = state.exchange_trigger(team_id=workspace.id, trigger_id=args.required("trigger_id"))
    under = state.view(trigger.view_id or "")
    if under is None or not under.is_open:
        raise SlackRefusal("not_found")
    return show_view(state, workspace, state.person(trigger.person_id), body, push=True)


def show_view(state: State, workspace: Workspace, person: Person, body: Json, *, push: bool) -> Json:
    """Open or push a checked view and return the answer."""
    view = state.open_view(team_id=workspace.id, person=person, body=body, push=push)
    view.state = starting_state(view.blocks)
    return {"view": view_json(view, state)}


def change_view(state: State, view: View, body: Json, *, seen_hash: str | None = None) -> Json:
    """Update a view with a checked body and return the answer; entered values stay in inputs that stay."""
    state.replace_view(view, body, seen_hash=seen_hash)
    view.state = starting_state(view.blocks, before=view.state)
    return {"view": view_json(view, state)}


def _views_update(state: State, workspace: Workspace, args: Args) -> Json:
    if "view_id" in args:
        view = state.view(args.text("view_id"))
    else:
        view = state.view_by_external_id(workspace.id, args.required("external_id"))
    if view is None or view.team_id != workspace.id:
        raise SlackRefusal("not_found")
    body = checked_view(_view_arg(args), surface=Surface(view.type))
    return change_view(state, view, body, seen_hash=args.text("hash") or None)


def _views_publish(state: State, workspace: Workspace, args: Args) -> Json:
    if not state.app.home_tab:
        raise SlackRefusal("not_enabled")
    person = state.people.get(args.required("user_id"))
    if person is None or person.deleted or person.team_id != workspace.id:
        raise SlackRefusal("invalid_arguments", response_metadata={"messages": ["invalid `user_id`"]})
    body = checked_view(_view_arg(args), surface=Surface.HOME)
    before = state.home(person, workspace)
    kept = before.state if before is not None else None
    view = state.publish_home(
        team_id=workspace.id, person=person, body=body, seen_hash=args.text("hash") or None
    )
    view.state = starting_state(view.blocks, before=kept)
    return {"view": view_json(view, state)}


VIEW_METHODS: dict[str, Method] = {
    "views.open": Method(_views_open),
    "views.push": Method(_views_push),
    "views.update": Method(_views_update),
    "views.publish": Method(_views_publish),
}
