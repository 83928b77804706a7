"""Nudges: approvers are reminded of what waits for them, kindly and rarely."""

from bot.services.nudges.digest import MOST_IN_DIGEST, digest_card, digest_due, place_digest
from bot.services.nudges.schedule import next_reminder, nudge_due, warn_requester_due
from bot.services.nudges.snooze import acknowledge, remind, snooze
from bot.services.nudges.weekly import MOST_LISTED, week_told, weekly_due

__all__ = [
    "MOST_IN_DIGEST",
    "MOST_LISTED",
    "acknowledge",
    "digest_card",
    "digest_due",
    "next_reminder",
    "nudge_due",
    "place_digest",
    "remind",
    "snooze",
    "warn_requester_due",
    "week_told",
    "weekly_due",
]
