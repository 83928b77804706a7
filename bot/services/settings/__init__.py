"""A business's policy and members, as its admins change them."""

from bot.services.settings.departures import LEFT, leave
from bot.services.settings.members import LONGEST_NAME, add_member, remove_member, set_role
from bot.services.settings.policy import (
    MOST_DAYS_OFF,
    MOST_EXPIRES_DAYS,
    MOST_QUORUM,
    MOST_UNDO_MINUTES,
    Policy,
    change_policy,
    members_of,
    settings_of,
)

__all__ = [
    "LEFT",
    "LONGEST_NAME",
    "MOST_DAYS_OFF",
    "MOST_EXPIRES_DAYS",
    "MOST_QUORUM",
    "MOST_UNDO_MINUTES",
    "Policy",
    "add_member",
    "change_policy",
    "leave",
    "members_of",
    "remove_member",
    "set_role",
    "settings_of",
]
