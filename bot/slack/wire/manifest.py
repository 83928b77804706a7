"""The app's manifest: what Slack must know of it. `manifest.yml` is this, for Socket Mode.

Fields: docs.slack.dev/reference/app-manifest. What stands here is what the listeners take and what the
calls need, no more; a test compares them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from bot.domain.typed import is_host
from bot.slack.ids import Shortcut

EVENTS_PATH = "/slack/events"
"""Where Slack sends everything over HTTP."""
INSTALL_PATH = "/slack/install"
"""Where people begin to install the app."""
REDIRECT_PATH = "/slack/oauth_redirect"
"""Where Slack sends their browsers after that."""

NEEDED_SCOPES = ("chat:write", "commands", "im:write", "users:read")
# Reading back whether a post arrived, and whether a channel can be posted in, is possible with these alone.
OPTIONAL_SCOPES = ("channels:history", "groups:history", "im:history", "channels:read", "groups:read")

# Left out unless they are asked for: Slack would send every message of each channel that the app is in.
REPLY_EVENTS = ("message.channels", "message.groups")

_HEAD = """\
# The app's manifest for Socket Mode: paste it at api.slack.com/apps, Create New App, From a manifest.
# Written by `countersign manifest`; for HTTP use `countersign manifest --url https://your.host`.
"""
_HEAD_HTTP = """\
# The app's manifest for HTTP: paste it at api.slack.com/apps, Create New App, From a manifest.
"""


def manifest(
    *, url: str | None = None, replies: bool = False, rotate: bool = False, org: bool = False
) -> dict[str, Any]:
    """Return the manifest for Socket Mode, or with the https `url` of the host for HTTP.

    With `replies` the app hears what is written in the channels that it is in. With `rotate` its tokens end
    after twelve hours, and are exchanged for new ones before. With `org` it can be installed in a whole
    organisation (Enterprise Grid) at once.

    Raise ValueError for a URL that Slack would not call.
    """
    host = None if url is None else _host(url)
    endpoint = None if host is None else f"{host}{EVENTS_PATH}"
    command = {
        "command": "/access",
        "description": "Ask for access to marketing assets, decide, list and end it",
        "usage_hint": "request | pending | list | extend | cancel | revoke | settings | help",
        "should_escape": False,
    }
    shortcuts = [
        {
            "name": "Request access",
            "type": "global",
            "callback_id": Shortcut.REQUEST.value,
            "description": "Ask another business for access to its marketing assets",
        },
        {
            "name": "Request access to this",
            "type": "message",
            "callback_id": Shortcut.REQUEST_NAMED.value,
            "description": "Ask for access to the assets that this message names by ID or link",
        },
    ]
    interactivity: dict[str, Any] = {"is_enabled": True}
    events: dict[str, Any] = {
        "bot_events": ["app_home_opened", "app_uninstalled", "tokens_revoked", "user_change"]
    }
    if replies:
        events["bot_events"] += REPLY_EVENTS
    if endpoint is not None:
        command["url"] = endpoint
        interactivity |= {"request_url": endpoint, "message_menu_options_url": endpoint}
        events["request_url"] = endpoint
    return {
        "_metadata": {"major_version": 2, "minor_version": 1},
        "display_information": {
            "name": "Countersign",
            "description": "Ask another business for access to its marketing assets, and decide, in Slack.",
            "background_color": "#1d3b53",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": True,
            },
            "bot_user": {"display_name": "Countersign", "always_online": True},
            "shortcuts": shortcuts,
            "slash_commands": [command],
        },
        "oauth_config": {
            **({} if host is None else {"redirect_urls": [f"{host}{REDIRECT_PATH}"]}),
            "scopes": {
                "bot": [*NEEDED_SCOPES, *OPTIONAL_SCOPES],
                "bot_optional": list(OPTIONAL_SCOPES),
            },
        },
        "settings": {
            "event_subscriptions": events,
            "interactivity": interactivity,
            "org_deploy_enabled": org,
            "socket_mode_enabled": endpoint is None,
            "token_rotation_enabled": rotate,
        },
    }


def expected(*, url: str | None, is_http: bool, installs: bool) -> dict[str, Any]:
    """Return what the app's manifest should be; over HTTP without `url`, with no address to send to.

    With `installs` the app is added with a browser, at `url`.
    """
    made = manifest(url=url if is_http else None)
    made["settings"]["socket_mode_enabled"] = not is_http
    redirects = [f"{_host(url)}{REDIRECT_PATH}"] if installs and url else []
    return made | {"oauth_config": {"redirect_urls": redirects}}


def lacking(installed: Mapping[str, Any], *, wanted: Mapping[str, Any]) -> list[str]:
    """Return what an app's manifest lacks of another, each as the way to it and what should be there.

    What it has beside that is its own business, and so is what `_FREE` names.
    """
    return list(_lacking(wanted, installed, ""))


_FREE = frozenset(
    {
        "_metadata",
        "display_information",
        "bot_user",
        "name",
        "description",
        "usage_hint",
        "org_deploy_enabled",
        "token_rotation_enabled",
    }
)
"""What an operator may choose: words, what the app is called, and whether it may be installed in all of an
organisation."""
_ADDRESSES = frozenset({"url", "request_url", "message_menu_options_url"})
"""Where Slack sends: the host may be another than the one that browsers know, the path may not."""
_NAMED_BY = ("command", "callback_id")


def _lacking(wanted: Any, has: Any, way: str) -> Iterator[str]:
    if isinstance(wanted, dict):
        own = has if isinstance(has, dict) else {}
        for key in wanted.keys() - _FREE:
            to, there = wanted[key], own.get(key)
            if key in _ADDRESSES and isinstance(there, str) and urlsplit(there).path == urlsplit(to).path:
                continue
            yield from _lacking(to, there, f"{way}.{key}" if way else key)
    elif isinstance(wanted, list):
        own = {_named(one): one for one in has} if isinstance(has, list) else {}
        if missing := [_named(one) for one in wanted if _named(one) not in own]:
            yield f"{way}: {', '.join(missing)}"
        for one in wanted:
            if isinstance(one, dict) and _named(one) in own:
                yield from _lacking(one, own[_named(one)], f"{way}.{_named(one)}")
    elif has != wanted and (has or wanted):  # false and left out are the same
        yield f"{way}: {str(wanted).lower() if isinstance(wanted, bool) else wanted}"


def _named(one: Any) -> str:
    return next((str(one[key]) for key in _NAMED_BY if key in one), "") if isinstance(one, dict) else str(one)


def manifest_text(
    *, url: str | None = None, replies: bool = False, rotate: bool = False, org: bool = False
) -> str:
    """Return the manifest as YAML, as Slack's form takes it."""
    import yaml  # noqa: PLC0415 - 1 MB, and `serve` prints no manifest

    made = manifest(url=url, replies=replies, rotate=rotate, org=org)
    body = yaml.safe_dump(made, sort_keys=False, allow_unicode=True, width=100)
    return (_HEAD if url is None else _HEAD_HTTP) + body


def _host(url: str) -> str:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError(f"{url!r} is no URL") from None
    name = parts.hostname or ""
    if parts.scheme != "https" or not is_host(name) or parts.username is not None:
        raise ValueError(f"{url!r} must be the https address of the host, like https://access.example.com")
    if parts.path not in {"", "/"} or parts.query or parts.fragment:
        raise ValueError(f"{url!r} must be the host alone: paths like {EVENTS_PATH} are added to it")
    host = f"[{name}]" if ":" in name else name
    return f"https://{host}{'' if port is None else f':{port}'}"
