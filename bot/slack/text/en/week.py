# ruff: noqa: E501  # a sentence stands on one line, as in every catalogue
"""What a business reads once a week."""

from __future__ import annotations

from collections.abc import Mapping

from bot.domain.grants import GrantState
from bot.domain.nudging import ENDS_SOON
from bot.domain.requests import RequestState

TITLE = "*The week of {own}*"
TO_DECIDE = "*Waits for your decision:* {requests}."
TO_DECIDE_ONCE_ABLE = "*Waits until {own} is {again} again:* {requests}."
DRAFTS = "*Waits for an admin to send it:* {drafts}."
DRAFT = "{what}, to {partner}, by {author}: expires {at} ({ref})"
ASKED = "*You wait for an answer:* {requests}."
FROM = "{what}, from {partner}, since {at} ({ref})"
FOR = "{what}, waits for {partner} since {at} ({ref})"
ITS_ADMINS = "the admins of the asset"
UNSETTLED = "*Not as it should be:* {grants}."
STANDING: Mapping[GrantState, str] = {
    GrantState.PENDING: "not in force yet",
    GrantState.FAILED: "couldn't be turned on",
    GrantState.STUCK: "should have ended, but may still work",
}
ENDING = f"*Ends in the next {ENDS_SOON.days} days:* {{grants}}."
DECIDED = "*Requests last week:* {outcomes}."
OUTCOMES: Mapping[RequestState, str] = {
    RequestState.APPROVED: "{count} approved",
    RequestState.DECLINED: "{count} declined",
    RequestState.CANCELLED: "{count} cancelled",
    RequestState.EXPIRED: "{count} expired",
}
BEGAN = "*Access that began last week:* {grants}."
ENDED = "*Access that ended last week:* {grants}."
GIVEN = "{asset}, shared with {partner}"
HELD = "{asset}, shared by {partner}"
GIVEN_AT = "{asset}, shared with {partner}: {at}"
HELD_AT = "{asset}, shared by {partner}: {at}"
GOES_ON = "{grant}; other access to it goes on"
MORE = "And {count} more."
WHERE = "All of it: `/access pending` and `/access list`. Admins can switch this message off in `/access settings`."
