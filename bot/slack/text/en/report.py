# ruff: noqa: E501  # a sentence stands on one line, as in every catalogue
"""The report of what a business shares, on paper."""

from __future__ import annotations

from collections.abc import Mapping

from bot.domain.grants import GrantState

TITLE = "What {own} shares"
HEAD = "What *{own}* shares, and with whom"
NOW = "As of *{at}*: what is in force or on its way in or out at Meta, and what is over."
THEN = "As of *{at}*: what was in force at that moment. Ends that came later are shown as they came."
ZONE = "Times are those of {zone}. Made by Countersign from its record."
EXTENT = "{partners}, {grants} so far."
NOTHING = "Nothing was shared in either direction by then."

PARTNERS = "Partners"
PARTNER = "Partner"
SINCE = "Since"
GIVEN = "Assets shared with them"
HELD = "Assets they share"
NEVER = "Not yet"

MATRIX = "What each partner can do with assets of {own}"
MATRIX_PART = "The table is split by partner. Part {number} of {of}: partners {first} to {last} of {total}."
MATRIX_CAPTION = "Assets of {own}, and what partners {first} to {last} can do with them"
GIVES_NOTHING = "Nothing of {own} is shared with a partner."
HOLDINGS = "What {own} can do with assets of partners"
HOLDS_NOTHING = "No partner shares anything with {own}."
ASSET = "Asset"
OWNER = "Owner"
LEVEL = "Level"
NONE = "none"
STANDING: Mapping[GrantState, str] = {
    GrantState.PENDING: "not in force yet",
    GrantState.FAILED: "couldn't be turned on",
    GrantState.ENDING: "ending now",
    GrantState.STUCK: "should have ended, may still work",
}

ONE_GIVES = "{owner} shares with {holder}"
UNTIL = "Until"
WHY = "Why"
DECIDED = "Decided by"
IN_FORCE_THEN = "In force then."
OVER_THEN = "Over by then."
ROWS = "{owner} shares with {holder}: rows {first} to {last}"
TIMELINE = "Timeline: what {owner} shares with {holder}, rows {first} to {last}"
TIMELINE_SAYS = "One bar for each row of the table above, in the same order, from when access began until it ended or will end. The line marks {at}."
BAR = "{asset}: {level}"
LEGEND = "Filled: in force. Outlined: over. Dashed: not in force yet. An arrow: it goes on beyond the edge. The line: {at}."

LEVELS = "What the levels mean"
MEANS = "Lets its holder"
TASKS = "Tasks"
