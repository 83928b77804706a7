"""A business's own people on its assets: who can do what, and the forms that change it."""

from __future__ import annotations

TITLE = "People"
INTRO = "See and change who of your own people can do what. Choose an asset, a person, or both."
ASSET = "Asset"
ASSET_HINT = "What you own and what is shared with you."
ASSET_PLACEHOLDER = "Choose an asset"
PERSON = "Person"
PERSON_PLACEHOLDER = "Choose one of your people"
SUBMIT = "Show"
CHOOSE_ONE = "Choose an asset or a person."
NO_ASSETS = "Nothing found that you own or that is shared with you"
ASSET_OPTION = "{kind}, through {business}"

# --- the people of an asset ---------------------------------------------------------------------------

OWNED = "{asset} belongs to {business}."
HELD = "{business} has {level} on {asset} of {owner}, with no end."
HELD_UNTIL = "{business} has {level} on {asset} of {owner}, until {until}."
UNSETTLED = "*{asset}*, {level} for {holder}: {grant}"
NEVER_MORE = "Your people can have that or less. {owner} doesn't see who they are."
HEAD = "People, {first} to {last} of {total}"
NOBODY = "Nobody of yours is assigned yet."
ROW = "*{name}:* {level}."
ROW_BUT = "*{name}:* {level}. But {why}."
ONLY_ADMINS = "Admins of {business} can change this."
ADD_HEAD = "Add somebody, or change what they have"
LEVEL = "Level"
SAVE = "Save"
CHOOSE_PERSON = "Choose who it is."
CHOOSE_LEVEL = "Choose a level."

# --- what a person can reach --------------------------------------------------------------------------

REACH_INTRO = "What {name} can reach through the businesses that you share."
REACH_HEAD = "Assets, {first} to {last} of {total}"
REACH_NOTHING = "{name} is assigned to nothing yet."
REACH_OWNED = "*{asset}* ({kind}): {level}. It belongs to {business}."
REACH_HELD = "*{asset}* ({kind}): {level}, through {business} ({refs}), with no end."
REACH_HELD_UNTIL = "*{asset}* ({kind}): {level}, through {business} ({refs}), until {until}."
REACH_ADD = "Add an asset, or change one"
NEXT = "Next"
CHOOSE_ASSET = "Choose an asset."

# --- one person on one asset --------------------------------------------------------------------------

ASSIGN_INTRO = "{name} has {level} on {asset} now."
ASSIGN_INTRO_NEW = "{name} has no access to {asset} yet."

CHANGE = "Change…"
REMOVE = "Remove"
CONFIRM_REMOVE = "Take this away?"
CONFIRM_REMOVE_TEXT = "{name} can no longer use {asset} through {business}. You can add them again."
BUTTON = "People…"
