"""The settings: the only reader of the environment.

Every variable begins with `COUNTERSIGN_`: Bolt reads variables of its own (`SLACK_…`) and must find none.
Secrets are masked when a settings object is printed.
"""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Collection, Iterator
from difflib import get_close_matches
from enum import StrEnum
from typing import Annotated, Any, Self, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.domain.typed import is_host
from bot.errors import Misconfigured
from bot.store.drivers import driver_for

S = TypeVar("S", bound=BaseSettings)

PREFIX = "COUNTERSIGN_"
SHORTEST_SECRET = 32
_KEY_BYTES = 32
_WEBHOOK_SECRET = "whsec_"  # noqa: S105 - what each begins with
_WEBHOOK_BYTES = range(24, 65)
_APP_OF_TOKEN = re.compile(r"xapp-[0-9]+-(A[A-Z0-9]+)-.+", re.ASCII)
_APP = re.compile(r"A[A-Z0-9]+", re.ASCII)
_CLIENT = re.compile(r"[0-9]+\.[0-9]+", re.ASCII)
_SECRET = re.compile(r"[\w.-]*", re.ASCII)
_ALIKE = 0.8
"""How like a setting's name one is that was meant to be it; those that Kubernetes sets are less so."""
_META_VERSION = re.compile(r"/v[0-9]+\.[0-9]+/", re.ASCII)
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def _as_slack_makes_them(value: SecretStr) -> SecretStr:
    # A signing secret in quotes would be taken, and every request then be refused.
    if not _SECRET.fullmatch(value.get_secret_value()):
        raise ValueError("may hold only letters, digits and . _ - (no quotes, no blanks)")
    return value


Secret = Annotated[SecretStr, AfterValidator(_as_slack_makes_them)]


class Mode(StrEnum):
    """How Slack reaches the app: over a socket that the app opens, or by requests to its URL."""

    SOCKET = "socket"
    HTTP = "http"


class LogLevel(StrEnum):
    """How much is logged."""

    DEBUG = "DEBUG"
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"


class _Environment(BaseSettings):
    """Settings that stand in the environment."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="ignore", hide_input_in_errors=True
    )

    @field_validator("*", mode="before")
    @classmethod
    def _without_blanks_around(cls, value: Any) -> Any:
        """Take off what copying adds: a line break at the end, a blank at the beginning."""
        if not isinstance(value, str):
            return value
        try:
            value.encode()
        except UnicodeEncodeError:
            raise ValueError("is not UTF-8") from None
        return value.strip()


class StoreSettings(_Environment):
    """The store: the only settings of the commands that read or change the record."""

    database_url: str = Field(default="sqlite:///countersign.db", repr=False)  # may hold a password
    migrate: bool = True

    @field_validator("database_url")
    @classmethod
    def _is_a_store(cls, value: str) -> str:
        try:
            driver_for(value)
        except Misconfigured as error:
            raise ValueError(str(error)) from None
        return value


class ApiSettings(_Environment):
    """Where Slack's API is."""

    slack_api_url: str = "https://slack.com/api/"

    @field_validator("slack_api_url")
    @classmethod
    def _is_safe(cls, value: str) -> str:
        return _safe_url(value, what="Slack's API, as https://slack.com/api/")


def _safe_url(value: str, *, what: str) -> str:
    """Return the address of an API as what its paths are added to."""
    if "?" in value:
        raise ValueError(f"must be the address of {what}")
    return f"{_safe(value, what=what).rstrip('/')}/"


def _safe(value: str, *, what: str) -> str:
    try:
        parts = urlsplit(value)
        is_address = is_host(parts.hostname or "") and parts.port != 0
    except ValueError:
        is_address = False
    if not is_address or parts.fragment or parts.username is not None:
        raise ValueError(f"must be the address of {what}")
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise ValueError("must be an https URL (plain http only on this machine)")
    return value


def _parts(value: Any) -> Any:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


def _fernet_key(value: SecretStr) -> SecretStr:
    try:
        is_key = len(base64.urlsafe_b64decode(value.get_secret_value())) == _KEY_BYTES
    except ValueError:
        is_key = False
    if not is_key:
        raise ValueError("every one of them must be 32 bytes in URL-safe base64")
    return value


class MetaSettings(_Environment):
    """Where Meta's Graph API is, and the keys with which its tokens are kept.

    `META_KEYS` is a list separated by commas: the first key encrypts, all decrypt.
    """

    meta_api_url: str = "https://graph.facebook.com/v25.0/"
    meta_keys: Annotated[tuple[Annotated[SecretStr, AfterValidator(_fernet_key)], ...], NoDecode] = ()

    @field_validator("meta_api_url")
    @classmethod
    def _is_metas(cls, value: str) -> str:
        what = "Meta's Graph API, as https://graph.facebook.com/v25.0/"
        value = _safe_url(value, what=what)
        if not _META_VERSION.search(value):  # Meta would take its oldest one
            raise ValueError(f"must be the address of {what}, with its version")
        return value

    @field_validator("meta_keys", mode="before")
    @classmethod
    def _are_keys(cls, value: Any) -> Any:
        return _parts(value)


def _webhook_secret(value: SecretStr) -> SecretStr:
    encoded = value.get_secret_value().removeprefix(_WEBHOOK_SECRET)
    try:
        long = len(base64.b64decode(encoded, validate=True))
    except ValueError:
        long = 0
    if encoded == value.get_secret_value() or long not in _WEBHOOK_BYTES:
        raise ValueError("every one of them must be whsec_ and 24 to 64 bytes in base64")
    return value


class WebhookSettings(_Environment):
    """Where the journal is sent to, and the secrets that sign it. Without an address it is sent nowhere.

    `WEBHOOK_SECRETS` is a list separated by commas: all of them sign, so that a receiver can change to the
    next one.
    """

    webhook_url: str = Field(default="", repr=False)  # may hold a secret
    webhook_secrets: Annotated[
        tuple[Annotated[SecretStr, AfterValidator(_webhook_secret)], ...], NoDecode
    ] = ()

    @field_validator("webhook_url")
    @classmethod
    def _is_a_receiver(cls, value: str) -> str:
        return value and _safe(value, what="what takes the journal, as https://siem.example.com/countersign")

    @field_validator("webhook_secrets", mode="before")
    @classmethod
    def _are_several(cls, value: Any) -> Any:
        return _parts(value)

    @model_validator(mode="after")
    def _is_signed(self) -> Self:
        if bool(self.webhook_url) != bool(self.webhook_secrets):
            raise ValueError(f"{PREFIX}WEBHOOK_URL and {PREFIX}WEBHOOK_SECRETS: set both, or none")
        return self

    @property
    def webhook_keys(self) -> list[bytes]:
        """Return the secrets as the bytes that sign."""
        return [
            base64.b64decode(one.get_secret_value().removeprefix(_WEBHOOK_SECRET))
            for one in self.webhook_secrets
        ]


class Settings(StoreSettings, ApiSettings, MetaSettings, WebhookSettings):
    """All settings of `serve`. `BOT_TOKENS` is a list separated by commas, one token for each workspace."""

    bot_tokens: Annotated[tuple[Secret, ...], NoDecode] = ()
    client_id: str = ""
    client_secret: Secret | None = None
    url: str = ""
    mode: Mode = Mode.SOCKET
    app_token: Secret | None = None
    app_id: str = ""
    signing_secret: Secret | None = None
    host: str = Field(default="127.0.0.1", min_length=1)  # empty would mean every address
    port: int = Field(default=3000, ge=0, le=65535)
    log_level: LogLevel = LogLevel.INFO
    metrics: bool = False

    @field_validator("bot_tokens", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        return _parts(value)

    @field_validator("bot_tokens")
    @classmethod
    def _are_bot_tokens(cls, value: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        if not all(token.get_secret_value().startswith("xoxb-") for token in value):
            raise ValueError("every one of them must be a bot token (xoxb-…)")
        return value

    @field_validator("app_id")
    @classmethod
    def _is_an_app(cls, value: str) -> str:
        if value and not _APP.fullmatch(value):
            raise ValueError("must be the app's id (A…, under Basic Information)")
        return value

    @field_validator("client_id")
    @classmethod
    def _is_a_client(cls, value: str) -> str:
        if value and not _CLIENT.fullmatch(value):
            raise ValueError("must be the app's client id (digits, a dot, digits, under Basic Information)")
        return value

    @field_validator("url")
    @classmethod
    def _is_reached(cls, value: str) -> str:
        if not value:
            return value
        value = _safe_url(value, what="this program, as browsers reach it: https://access.example.com")
        if urlsplit(value).path != "/":
            raise ValueError("must be the host alone: paths are added to it")
        return value

    @field_validator("log_level", mode="before")
    @classmethod
    def _in_capitals(cls, value: Any) -> Any:
        return value.upper() if isinstance(value, str) else value

    @model_validator(mode="after")
    def _fit_the_mode(self) -> Self:
        self._fit_installing()
        secret = self.signing_secret.get_secret_value() if self.signing_secret else ""
        if self.mode is Mode.HTTP and len(secret) < SHORTEST_SECRET:
            raise ValueError(
                f"{PREFIX}SIGNING_SECRET: set the app's signing secret ({SHORTEST_SECRET} characters or more)"
            )
        if self.mode is Mode.SOCKET and not (
            self.app_token and self.app_token.get_secret_value().startswith("xapp-")
        ):
            raise ValueError(f"{PREFIX}APP_TOKEN: set the app-level token (xapp-…)")
        if not self.its_app_id:
            raise ValueError(f"{PREFIX}APP_ID: set the app's id (A…, under Basic Information)")
        if self._app_of_token not in {"", self.its_app_id}:
            raise ValueError(f"{PREFIX}APP_ID: {PREFIX}APP_TOKEN is of another app, {self._app_of_token}")
        return self

    def _fit_installing(self) -> None:
        if not self.client_id:
            if not self.bot_tokens:
                raise ValueError(
                    f"{PREFIX}BOT_TOKENS: name at least one bot token (xoxb-…), or set {PREFIX}CLIENT_ID "
                    "to have the app installed"
                )
            return
        if self.client_secret is None or len(self.client_secret.get_secret_value()) < SHORTEST_SECRET:
            raise ValueError(f"{PREFIX}CLIENT_SECRET: set the app's client secret (under Basic Information)")
        if not self.url:
            raise ValueError(f"{PREFIX}URL: set the https address under which browsers reach this program")
        if not self.meta_keys:
            raise ValueError(f"{PREFIX}META_KEYS: set a key with which tokens are kept")

    @property
    def its_app_id(self) -> str:
        """Return the id of the Slack app, from its setting or the app-level token; "" if neither has it."""
        return self.app_id or self._app_of_token

    @property
    def _app_of_token(self) -> str:
        match = _APP_OF_TOKEN.fullmatch(self.app_token.get_secret_value()) if self.app_token else None
        return match[1] if match else ""


class CheckSettings(Settings):
    """All settings of `serve`, and what only `doctor` may know: a token that reads the app's manifest."""

    configuration_token: Secret | None = None

    @field_validator("configuration_token")
    @classmethod
    def _configures(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None or not value.get_secret_value():
            return None
        if not value.get_secret_value().startswith("xoxe."):
            raise ValueError("must be an app configuration token (xoxe.…), not its refresh token")
        return value


def read_settings(kind: type[S]) -> S:
    """Return settings from the environment. Raise Misconfigured, naming each variable that is wrong."""
    if wrong := [*_mistyped(frozenset(kind.model_fields))]:
        raise Misconfigured("\n".join(wrong))
    try:
        return kind()
    except ValidationError as error:
        raise Misconfigured("\n".join(_line(field_error) for field_error in error.errors())) from None


def _mistyped(wanted: Collection[str]) -> Iterator[str]:
    """Yield a line for each variable whose name is almost that of a setting that is wanted and not there.

    With `…_DATABASE_URI` the store would be another one, and nobody would notice.
    """
    prefix = PREFIX.lower()
    given = {
        name.lower().removeprefix(prefix): name for name in os.environ if name.lower().startswith(prefix)
    }
    for name, variable in sorted(given.items()):
        if name in CheckSettings.model_fields or not os.environ[variable]:
            continue
        for meant in get_close_matches(name, CheckSettings.model_fields, n=1, cutoff=_ALIKE):
            if meant in wanted and meant not in given:
                yield f"{variable}: there is no such setting; is {PREFIX}{meant.upper()} meant?"


def _line(field_error: Any) -> str:
    is_missing = field_error["type"] == "missing"
    message = "is not set" if is_missing else str(field_error["msg"]).removeprefix("Value error, ")
    if not field_error["loc"]:  # an error of several settings together: the message names the variable
        return message
    return f"{PREFIX}{str(field_error['loc'][0]).upper()}: {message}"
