"""The outbox at work: effects are claimed, sent, and finished with their consequence."""

from bot.services.delivery.claim import FAR_AHEAD, LEASE, claim, draw_near_due, is_work, mark
from bot.services.delivery.finish import (
    FIRST_READ,
    LONGEST_BACKOFF,
    MOST_ATTEMPTS,
    REPOST,
    SETTLE,
    finish,
)
from bot.services.delivery.ledger import Target, find_card, find_target, find_user, is_card, subject_at
from bot.services.delivery.outcomes import (
    Delivery,
    Done,
    Flags,
    Gone,
    Mark,
    NotFound,
    Obsolete,
    Outcome,
    Rejected,
    Retry,
    Sender,
    Unknown,
    Unverifiable,
    Withdrawn,
)
from bot.services.delivery.repair import retry, stuck
from bot.services.delivery.worker import Worker

__all__ = [
    "FAR_AHEAD",
    "FIRST_READ",
    "LEASE",
    "LONGEST_BACKOFF",
    "MOST_ATTEMPTS",
    "REPOST",
    "SETTLE",
    "Delivery",
    "Done",
    "Flags",
    "Gone",
    "Mark",
    "NotFound",
    "Obsolete",
    "Outcome",
    "Rejected",
    "Retry",
    "Sender",
    "Target",
    "Unknown",
    "Unverifiable",
    "Withdrawn",
    "Worker",
    "claim",
    "draw_near_due",
    "find_card",
    "find_target",
    "find_user",
    "finish",
    "is_card",
    "is_work",
    "mark",
    "retry",
    "stuck",
    "subject_at",
]
