"""A business's policy and members, as its admins change them."""

from bot.services.settings.asked import Asked, asked_by, find_admins, name_approvers
from bot.services.settings.away import (
    away_of,
    end_stand_in,
    name_stand_in,
    stand_in_told,
    stand_ins_due,
)
from bot.services.settings.departures import leave
from bot.services.settings.loosening import loosening_card, proposals_due
from bot.services.settings.members import add_member, mark_shared, put_role, remove_member, set_role
from bot.services.settings.moving import (
    CannotMove,
    leave_channel,
    move_business,
    move_person,
    put_account,
    put_place,
)
from bot.services.settings.policy import (
    Policy,
    change_policy,
    confirm_policy,
    members_of,
    settings_of,
    tighten,
)
from bot.services.settings.registering import may_register, register, register_objection
from bot.services.settings.standing import accept_at_once, accept_no_longer

__all__ = [
    "Asked",
    "CannotMove",
    "Policy",
    "accept_at_once",
    "accept_no_longer",
    "add_member",
    "asked_by",
    "away_of",
    "change_policy",
    "confirm_policy",
    "end_stand_in",
    "find_admins",
    "leave",
    "leave_channel",
    "loosening_card",
    "mark_shared",
    "may_register",
    "members_of",
    "move_business",
    "move_person",
    "name_approvers",
    "name_stand_in",
    "proposals_due",
    "put_account",
    "put_place",
    "put_role",
    "register",
    "register_objection",
    "remove_member",
    "set_role",
    "settings_of",
    "stand_in_told",
    "stand_ins_due",
    "tighten",
]
