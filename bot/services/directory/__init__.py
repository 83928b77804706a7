"""Businesses, people and assets: who and what they are, and what others may find of them."""

from bot.services.directory.businesses import (
    make_id,
    may_business_request,
    party_of,
    random_id,
    record_workspace,
    verify_business,
    workspaces,
)
from bot.services.directory.lookups import events_lost, find_due, look_up
from bot.services.directory.people import (
    is_member,
    me,
    name_at,
    name_of,
    record_person_flags,
    user_changed,
    zone_of,
)
from bot.services.directory.search import (
    find_asset,
    find_assets,
    find_called,
    find_called_owners,
    find_named,
    find_own_assets,
    find_owners,
    find_people,
    named_ids,
    pattern,
)

__all__ = [
    "events_lost",
    "find_asset",
    "find_assets",
    "find_called",
    "find_called_owners",
    "find_due",
    "find_named",
    "find_own_assets",
    "find_owners",
    "find_people",
    "is_member",
    "look_up",
    "make_id",
    "may_business_request",
    "me",
    "name_at",
    "name_of",
    "named_ids",
    "party_of",
    "pattern",
    "random_id",
    "record_person_flags",
    "record_workspace",
    "user_changed",
    "verify_business",
    "workspaces",
    "zone_of",
]
