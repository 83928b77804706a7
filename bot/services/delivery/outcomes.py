"""What is sent, and what a send can come to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from bot.domain.actors import SlackUser
from bot.domain.assets import Tasks
from bot.domain.messages import EffectKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One effect that was claimed. `marked_at` says that an earlier attempt may have posted it."""

    id: int
    key: str
    kind: EffectKind
    subject_id: str
    card_id: str | None
    version: int
    about: str
    team_id: str
    attempt: int
    reads: int
    marked_at: datetime | None
    lease_until: datetime
    put_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """It happened. `ts` and `channel_id` say where the message stands, `user` who somebody is to Slack.

    `shown` is the version of the record that a card now shows, `tasks` what a business can do with an asset
    at Meta, as read there after all calls.
    """

    ts: str | None = None
    channel_id: str | None = None
    shown: int = 0
    user: SlackUser | None = None
    tasks: Tasks | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """Nothing happened, and it is to wait for `seconds`. Does not count as an attempt.

    `tasks` is what a business can do with an asset at Meta so far, as read there, where that counts already.
    """

    seconds: float
    why: str
    tasks: Tasks | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """It cannot happen. `elsewhere`: the place is the trouble, so another may do."""

    why: str
    elsewhere: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """The message that was to be changed cannot be: it was deleted, or stands there for good as it is."""

    why: str
    was_deleted: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawn:
    """Who reads there may not read it any more: nothing was said, and what stood there is closed."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """Nobody knows whether it happened; `sent` is False if it certainly did not.

    `is_fault`: it was our own mistake, and will most likely be the same next time.
    """

    why: str
    sent: bool = True
    is_fault: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Obsolete:
    """There is nothing to say any more: what a message would have been about is over."""

    why: str


@dataclass(frozen=True, slots=True)
class NotFound:
    """A message of unknown outcome was looked for, and is not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unverifiable:
    """A message of unknown outcome cannot be looked for."""

    why: str


Outcome = Done | Retry | Rejected | Gone | Obsolete | Withdrawn | Unknown | NotFound | Unverifiable
Mark = Callable[[], Awaitable[bool]]
Sender = Callable[[Delivery, Mark], Awaitable[Outcome]]
