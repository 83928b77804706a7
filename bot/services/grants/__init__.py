"""Access that was given: put in force, added up, ended and listed for either side."""

from bot.services.grants.effective import held_until, is_live, other_holders, tasks_held
from bot.services.grants.ending import end_due, end_each, end_named, relinquish, revoke, undo_given
from bot.services.grants.lifecycle import Given, activate
from bot.services.grants.lists import (
    Choice,
    Direction,
    endable,
    find_grants,
    going_on,
    grant_view,
    grants_of_request,
    list_between,
    list_ending,
    list_grants,
    list_owned,
    mark_of,
    named,
    shared_since,
)
from bot.services.grants.warnings import denial_for_holder, let_end, warn_due

__all__ = [
    "Choice",
    "Direction",
    "Given",
    "activate",
    "denial_for_holder",
    "end_due",
    "end_each",
    "end_named",
    "endable",
    "find_grants",
    "going_on",
    "grant_view",
    "grants_of_request",
    "held_until",
    "is_live",
    "let_end",
    "list_between",
    "list_ending",
    "list_grants",
    "list_owned",
    "mark_of",
    "named",
    "other_holders",
    "relinquish",
    "revoke",
    "shared_since",
    "tasks_held",
    "undo_given",
    "warn_due",
]
