"""What a check-up finds to be wrong with an installation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class FaultKind(StrEnum):
    """What can be wrong with an installation. What each means, and what to do, the command line says."""

    SETTINGS = "SETTINGS"
    STORE = "STORE"
    NETWORK_STORE = "NETWORK_STORE"
    TOKEN_REFUSED = "TOKEN_REFUSED"  # noqa: S105 - a word, not a secret
    INSTALLATION_REFUSED = "INSTALLATION_REFUSED"
    INSTALLATION_EXPIRED = "INSTALLATION_EXPIRED"
    INSTALLATION_KEYS = "INSTALLATION_KEYS"
    SLACK_UNREACHED = "SLACK_UNREACHED"
    APP_TOKEN = "APP_TOKEN"  # noqa: S105 - the same
    SCOPES = "SCOPES"
    CLOCK = "CLOCK"
    WORKSPACE = "WORKSPACE"
    CHANNEL = "CHANNEL"
    CHANNEL_SHARED = "CHANNEL_SHARED"
    META_KEYS = "META_KEYS"
    CONNECTION = "CONNECTION"
    ADMINS = "ADMINS"
    ADMINS_UNKNOWN = "ADMINS_UNKNOWN"
    DEAD_END = "DEAD_END"
    OVERDUE = "OVERDUE"
    RETRIED = "RETRIED"
    PARKED = "PARKED"
    DEAD = "DEAD"
    STUCK = "STUCK"
    WEBHOOK = "WEBHOOK"
    FEWER_SCOPES = "FEWER_SCOPES"
    MANIFEST = "MANIFEST"
    MANIFEST_UNKNOWN = "MANIFEST_UNKNOWN"
    CONFIGURATION_TOKEN = "CONFIGURATION_TOKEN"  # noqa: S105 - the same

    @property
    def needs_somebody(self) -> bool:
        """Say whether somebody has to do something: what works with less is only worth knowing."""
        return self not in {FaultKind.FEWER_SCOPES, FaultKind.MANIFEST_UNKNOWN}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong; `facts` fill in the words for its kind."""

    kind: FaultKind
    facts: Mapping[str, str | int] = field(default_factory=dict)
