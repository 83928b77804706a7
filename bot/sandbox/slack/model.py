"""The objects of Slack: the app, workspaces, people, channels, messages, views, triggers, response URLs.

Objects are shared and change in place: a `Message` that a test holds always shows the newest text.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

Json = dict[str, Any]

DEFAULT_SCOPES = ("commands", "chat:write", "im:write", "users:read", "channels:read", "groups:read")
HISTORY_SCOPES = ("channels:history", "groups:history", "im:history")


class CannotDo(Exception):
    """Raised when a person could not even try: not in the channel, no such button, message deleted."""


class SlackRefusal(Exception):
    """Raised when Slack would refuse a call; `beside` are the answer's other fields next to `error`."""

    def __init__(self, error: str, **beside: Any) -> None:
        super().__init__(error)
        self.error = error
        self.beside = beside


class Way(StrEnum):
    """How payloads reach the app."""

    HTTP = "http"
    SOCKET = "socket"


DEFAULT_EVENTS = frozenset({"app_home_opened", "user_change", "app_uninstalled", "tokens_revoked"})


@dataclass(slots=True, kw_only=True, eq=False)
class App:
    """The app's configuration at Slack. Tokens and secrets are generated for each instance."""

    id: str = "A0SANDBOX1"
    name: str = "app"
    commands: tuple[str, ...] = ()
    """The registered slash commands; empty means that any command is accepted."""
    shortcuts: tuple[Json, ...] = ()
    """Its shortcuts, as a manifest has them: `name`, `type` (global, message) and `callback_id`."""
    events: frozenset[str] = DEFAULT_EVENTS
    home_tab: bool = True
    messages_are_read_only: bool = False
    """Whether nobody can write in its Messages tab."""
    way: Way = Way.SOCKET
    request_urls: dict[str, str] = field(default_factory=dict)
    """Where to send `commands`, `interactivity`, `options` and `events` over HTTP."""
    app_token: str = field(default_factory=lambda: f"xapp-1-{secrets.token_hex(12)}")
    signing_secret: str = field(default_factory=lambda: secrets.token_hex(16))
    client_id: str = field(default_factory=lambda: f"{secrets.randbelow(10**12)}.{secrets.randbelow(10**12)}")
    client_secret: str = field(default_factory=lambda: secrets.token_hex(16))
    redirect_urls: tuple[str, ...] = ()
    """Where people's browsers may be sent once they allowed the app."""
    rotates_tokens: bool = False
    manifest: Json = field(default_factory=dict)
    """What `apps.manifest.export` answers with, to who shows the configuration token."""
    configuration_token: str = field(default_factory=lambda: f"xoxe.xoxp-1-{secrets.token_hex(12)}")
    verification_token: str = field(default_factory=lambda: secrets.token_hex(12))

    @classmethod
    def configured(cls, manifest: Json, **more: Any) -> Self:
        """Return the app that a manifest describes; `more` are its other fields."""
        features = manifest["features"]
        return cls(
            name=manifest["display_information"]["name"],
            commands=tuple(one["command"] for one in features["slash_commands"]),
            shortcuts=tuple(features["shortcuts"]),
            home_tab=features["app_home"]["home_tab_enabled"],
            messages_are_read_only=features["app_home"]["messages_tab_read_only_enabled"],
            manifest=manifest,
            **more,
        )

    def use_http(self, url: str, **other: str) -> None:
        """Send everything to `url`, except the kinds that `other` gives their own URL."""
        self.way = Way.HTTP
        self.request_urls = dict.fromkeys(("commands", "interactivity", "options", "events"), url) | other


@dataclass(slots=True, kw_only=True, eq=False)
class Workspace:
    """One Slack workspace with the app installed: its bot user, its token, its granted scopes."""

    id: str
    name: str
    domain: str
    bot_user_id: str
    bot_id: str
    bot_token: str
    scopes: set[str]
    token_error: str | None = None
    """`token_revoked` or `account_inactive` once the token no longer works."""
    installed: bool = True
    refresh_token: str = ""
    tokens: dict[str, datetime] = field(default_factory=dict)
    """With token rotation: its tokens, and when each ends."""
    granted: set[str] | None = None
    """Of a whole organisation with the app: its workspaces in which the app may act."""
    enterprise_id: str | None = None
    """The Enterprise organisation that it belongs to, if any."""

    @property
    def url(self) -> str:
        """Return the workspace's address, as `auth.test` gives it."""
        return f"https://{self.domain}.slack.com/"


@dataclass(slots=True, kw_only=True, eq=False)
class Person:
    """One Slack user, a member of exactly one workspace."""

    id: str
    team_id: str
    name: str
    real_name: str
    display_name: str
    tz: str = "Europe/London"
    tz_label: str = "Greenwich Mean Time"
    tz_offset: int = 0
    locale: str = "en-GB"
    deleted: bool = False
    is_bot: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    is_stranger: bool = False
    is_admin: bool = False
    listed_as: str | None = None
    """In an organisation: another of its workspaces, in which Slack lists them first."""

    @property
    def first_team(self) -> str:
        """Return the workspace that Slack names with them."""
        return self.listed_as or self.team_id


@dataclass(slots=True, kw_only=True, eq=False)
class Channel:
    """A channel, or (with `user`) the direct message between one person and the app."""

    id: str
    team_id: str
    name: str
    created: int
    members: set[str] = field(default_factory=set)
    is_private: bool = False
    user: str | None = None
    shared_with: set[str] = field(default_factory=set)
    archived: bool = False

    @property
    def is_im(self) -> bool:
        """Return whether this is a direct message."""
        return self.user is not None

    @property
    def is_ext_shared(self) -> bool:
        """Return whether another workspace is connected to this channel."""
        return bool(self.shared_with)

    def known_to(self, team_id: str) -> bool:
        """Return whether the channel exists for this workspace."""
        return team_id == self.team_id or team_id in self.shared_with


@dataclass(slots=True, kw_only=True, eq=False)
class Message:
    """One message. With `ephemeral_to` only that person sees it, and the Web API never returns it."""

    channel_id: str
    ts: str
    team_id: str
    user: str
    text: str
    blocks: list[Json] = field(default_factory=list)
    bot_id: str | None = None
    app_id: str | None = None
    metadata: Json | None = None
    thread_ts: str | None = None
    edited: str | None = None
    deleted: bool = False
    reply_count: int = 0
    ephemeral_to: str | None = None
    states: dict[str, Json] = field(default_factory=dict)
    """What each person has entered in the message's inputs and menus: by person id, block id, action id."""
    warnings: set[tuple[str, str]] = field(default_factory=set)
    """(block id, action id) of elements with a warning triangle: the app did not answer the last click."""


@dataclass(slots=True, kw_only=True, eq=False)
class View:
    """A modal in a person's stack, or a person's App Home."""

    id: str
    team_id: str
    """The workspace whose installation opened it (Slack: `app_installed_team_id`)."""
    user_id: str
    user_team_id: str
    type: str
    body: Json
    """The view as the app sent it, validated, with generated block and action ids."""
    hash: str
    root_view_id: str
    previous_view_id: str | None
    state: Json = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    banner: str | None = None
    """Slack's own words at the top of the view, after the app did not answer."""
    is_open: bool = True

    @property
    def blocks(self) -> list[Json]:
        """Return the blocks as shown."""
        blocks: list[Json] = self.body["blocks"]
        return blocks

    @property
    def title(self) -> str:
        """Return the title's text, empty for a home."""
        return str(self.body.get("title", {}).get("text", ""))

    @property
    def submit(self) -> str | None:
        """Return the submit button's text, if there is one."""
        shown = self.body.get("submit")
        return None if shown is None else str(shown["text"])

    @property
    def close(self) -> str | None:
        """Return the close button's text, if the app gave one."""
        shown = self.body.get("close")
        return None if shown is None else str(shown["text"])

    @property
    def callback_id(self) -> str:
        """Return the app's name for this type of view."""
        return str(self.body.get("callback_id", ""))

    @property
    def private_metadata(self) -> str:
        """Return the data that the app keeps in the view and people do not see."""
        return str(self.body.get("private_metadata", ""))

    @property
    def external_id(self) -> str:
        """Return the app's own id for this view, or an empty string."""
        return str(self.body.get("external_id", ""))


@dataclass(slots=True, kw_only=True, eq=False)
class Trigger:
    """The right to open one modal for one person, once, within 3 s."""

    id: str
    team_id: str
    person_id: str
    issued_at: datetime
    view_id: str | None
    used: bool = False


@dataclass(slots=True, kw_only=True, eq=False)
class ResponseUrl:
    """The right to answer in one conversation, 5 times within 30 minutes."""

    secret: str
    team_id: str
    channel_id: str
    person_id: str
    issued_at: datetime
    message_ts: str | None
    uses: int = 0
