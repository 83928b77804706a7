# ruff: noqa: E501  # a sentence stands on one line, as in every catalogue
"""The app's home."""

from __future__ import annotations

from collections.abc import Mapping

from bot.slack.ids import Section

TITLE = "Access between businesses"
STRANGER = "Hello! You aren't in any business here yet, so there is nothing to show."
STRANGER_NEXT = "To be added, ask an admin of your business: in their Countersign home, under Settings, they choose Members and add you. If nobody is admin yet, ask the person who runs Countersign. Then open this page again."
HEADS: Mapping[Section, str] = {
    Section.WAITING: "Waiting for me",
    Section.REQUESTED: "My requests",
    Section.DRAFTS: "Drafts, not sent yet",
    Section.PREPARED: "Prepared, not created yet",
    Section.REACH: "What I can reach",
    Section.PARTNERS: "Partners",
    Section.ENDS_SOON: "Ends soon",
    Section.DECIDED_AWAY: "Decided while I was away",
    Section.SETTINGS: "Settings",
}
REVIEWS = "Access reviews"
REVIEWS_MORE = "And {count} more: `/access` lists them."
WAITING_SOME = "Waiting for a decision"
HEADS_OF_EMPLOYEES: Mapping[Section, str] = {
    **HEADS,
    Section.WAITING: "Waiting for our admins",
    Section.REQUESTED: "Our requests",
}
QUIET = "Nothing is open right now."
HEAD_ROWS = "{head} ({first} to {last} of {total})"
PAGE_EMPTY = "Nothing is left on this page. Go back to see the others."
PREPARED_NEXT = "Its card and `/access pending` have buttons for it."
ENDS_ROW = "{holder}: {level} on {asset} of {owner} ends {at} ({ref})."
ENDS_STILL = "{holder} still has {level} then, {term}."
REACH_ROW = "*{asset}:* {kind} of {owner}, {level}. {grant}"
