"""The manifest: Slack accepts it, and it asks for what the code uses, no more and no less."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from bot.app import LISTENERS
from bot.slack.wire.manifest import EVENTS_PATH, OPTIONAL_SCOPES, REDIRECT_PATH, manifest, manifest_text

ROOT = Path(__file__).parent.parent
URL = "https://access.example.com"
BOTH = pytest.mark.parametrize("url", [None, URL], ids=["socket", "http"])

# What each call needs (docs.slack.dev/reference/methods). The empty set: any token will do.
NEEDS = {
    "apps.connections.open": set(),  # with the app's own token
    "apps.manifest.export": set(),  # with a token of somebody who may edit the app
    "auth.teams.list": set(),
    "auth.test": set(),
    "blocks.validate": set(),  # with no token at all
    "chat.postMessage": {"chat:write"},
    "chat.postEphemeral": {"chat:write"},
    "chat.update": {"chat:write"},
    "conversations.history": {"channels:history", "groups:history", "im:history"},
    "conversations.info": {"channels:read", "groups:read"},
    "conversations.open": {"im:write"},
    "conversations.replies": {"channels:history", "groups:history", "im:history"},
    "users.info": {"users:read"},
    "views.open": set(),
    "views.publish": set(),
    "views.push": set(),
    "views.update": set(),
}
# What each event needs (docs.slack.dev/reference/events).
EVENT_NEEDS = {
    "app_home_opened": set(),
    "app_uninstalled": set(),
    "tokens_revoked": set(),
    "user_change": {"users:read"},
    "message.channels": {"channels:history"},
    "message.groups": {"groups:history"},
}
UNASKED = {"app_rate_limited"}
"""Events that Slack sends without a subscription."""


def validated(made: dict[str, Any], version: str) -> None:
    schema = json.loads(
        (Path(__file__).parent / "slack_manifest" / f"manifest.schema.{version}.json").read_text()
    )
    jsonschema.Draft7Validator(schema).validate(made)


@BOTH
@pytest.mark.parametrize("version", ["1.0.0", "2.0.0"])
@pytest.mark.parametrize("replies", [False, True])
def test_slacks_schema_accepts_it(url: str | None, version: str, *, replies: bool) -> None:
    validated(manifest(url=url, replies=replies, rotate=replies, org=replies), version)


def test_the_file_in_the_repository_is_the_one_for_socket_mode() -> None:
    text = (ROOT / "manifest.yml").read_text(encoding="utf-8")
    assert text == manifest_text()
    assert yaml.safe_load(text) == manifest()


def test_socket_mode_names_no_url() -> None:
    made = manifest()
    assert made["settings"]["socket_mode_enabled"] is True
    assert "http" not in json.dumps(made)


def test_http_names_one_https_url_for_all_that_slack_sends() -> None:
    made = manifest(url=f"{URL}/")
    settings = made["settings"]
    assert settings["socket_mode_enabled"] is False
    named = {
        made["features"]["slash_commands"][0]["url"],
        settings["interactivity"]["request_url"],
        settings["interactivity"]["message_menu_options_url"],
        settings["event_subscriptions"]["request_url"],
    }
    assert named == {f"{URL}{EVENTS_PATH}"}
    assert made["oauth_config"]["redirect_urls"] == [f"{URL}{REDIRECT_PATH}"]


@pytest.mark.parametrize(
    "url",
    [
        "http://a.example.com",
        "a.example.com",
        "https://",
        "https://u:p@a.example.com",
        f"{URL}/x",
        f"{URL}?a=b",
        "https://a:b",
        "https://a b",
        "https://a b.example.com",
        "https://a\udcff.example.com",
        "https://a..example.com",
        'https://a".example.com',
        "https://*.example.com",
    ],
)
def test_a_url_that_slack_would_not_call_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"URL|https|host"):
        manifest(url=url)


@pytest.mark.parametrize(
    "host", ["a-1.example.com:8443", "zo\u00eb.example.com", "203.0.113.7", "[2001:db8::1]"]
)
def test_a_host_goes_by_a_name_in_any_script_or_by_a_number(host: str) -> None:
    made = manifest(url=f"https://{host}")
    assert made["settings"]["interactivity"]["request_url"] == f"https://{host}{EVENTS_PATH}"


@BOTH
def test_what_the_schema_does_not_check_holds(url: str | None) -> None:
    made = manifest(url=url)
    assert made["settings"]["token_rotation_enabled"] is False
    assert made["settings"]["org_deploy_enabled"] is False
    assert made["features"]["app_home"]["home_tab_enabled"] is True
    assert made["features"]["app_home"]["messages_tab_enabled"] is True
    for command in made["features"]["slash_commands"]:
        assert re.fullmatch(r"/[a-z0-9_-]{1,31}", command["command"]), "Slack refuses capitals"
    assert set(made["settings"]["event_subscriptions"]["bot_events"]) <= EVENT_NEEDS.keys()
    assert not re.search(r"http://", json.dumps(made))


def test_the_manifest_declares_exactly_what_is_listened_to() -> None:
    made = manifest()
    assert {command["command"] for command in made["features"]["slash_commands"]} == LISTENERS.commands.keys()
    assert set(made["settings"]["event_subscriptions"]["bot_events"]) == LISTENERS.events.keys() - UNASKED - {
        "message"
    }
    with_replies = manifest(replies=True)["settings"]["event_subscriptions"]["bot_events"]
    assert {name.split(".")[0] for name in with_replies} == LISTENERS.events.keys() - UNASKED
    assert made["settings"]["interactivity"]["is_enabled"] == bool(LISTENERS.actions)
    assert {one["callback_id"] for one in made["features"]["shortcuts"]} == LISTENERS.shortcuts.keys()


def methods_called() -> set[str]:
    families = "apps|auth|blocks|bots|chat|conversations|dnd|files|oauth|pins|reactions|team|usergroups|users"
    families += "|views"
    found: set[str] = set()
    for top in ("bot/slack", "handlers", "bot/app.py"):
        for path in [ROOT / top, *(ROOT / top).rglob("*.py")]:
            if path.suffix == ".py" and path.exists():
                found |= set(re.findall(rf'"((?:{families})\.[a-zA-Z.]+)"', path.read_text(encoding="utf-8")))
    return found


def test_no_scope_is_missing_and_none_is_unused() -> None:
    assert methods_called() <= NEEDS.keys(), "add here what a new method needs"
    needed = {"commands"}.union(*(NEEDS[method] for method in methods_called()))
    needed = needed.union(
        *(EVENT_NEEDS[event] for event in manifest()["settings"]["event_subscriptions"]["bot_events"])
    )
    scopes = manifest()["oauth_config"]["scopes"]
    assert set(scopes["bot"]) == needed
    assert "user" not in scopes


def test_only_scopes_to_look_at_channels_are_optional() -> None:
    scopes = manifest()["oauth_config"]["scopes"]
    assert (
        set(scopes["bot_optional"])
        == set(OPTIONAL_SCOPES)
        == {s for s in scopes["bot"] if s.endswith((":history", "s:read")) and s != "users:read"}
    )
