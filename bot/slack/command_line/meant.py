"""What somebody is to have done by what they typed, where that is no form and no request."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.assets import Tasks
from bot.domain.creating import Payment
from bot.slack.values import Seat


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel:
    """A request to cancel, and why."""

    request_id: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Assign:
    """A person who is to have these tasks with an asset; none: nothing more."""

    seat: Seat
    tasks: Tasks


@dataclass(frozen=True, slots=True)
class Connect:
    """The connection of a business to Meta is asked for: whether a token can be kept, the caller knows."""

    business_id: str


@dataclass(frozen=True, slots=True)
class Setup:
    """A business is to be registered: Slack is asked first who asks for that."""


@dataclass(frozen=True, slots=True)
class Import:
    """What a business has at Meta is to be imported: it is read there first."""

    business_id: str


@dataclass(frozen=True, slots=True)
class Review:
    """What partners have of a business is to be looked through."""

    business_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """Whether what a partner offers is to be accepted at once."""

    business_id: str
    other_id: str
    on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Fund:
    """An ad account that is to be paid like this."""

    asset_id: str
    payment: Payment


Begun = Connect | Import | Setup
"""What the command line alone cannot say: somebody is asked first, or the settings."""
