# ruff: noqa: E501  # a sentence stands on one line, as in every catalogue
"""What is said of an import from Meta: the preview, what is left alone and why, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping

from bot.domain.connections import Known, LeftAlone, Listed, Obstacle
from bot.slack.text.en.basics import KINDS, counted, listed

BUTTON = "Import from Meta…"
TITLE = "Import from Meta"
SUBMIT = "Import"
LOOK_AGAIN = "Look again"

READING = "*Reading at Meta what {business} has there.* That takes a few seconds. If this stays, close it and type `/access import` again."
NOT_READ = "*Nothing of {business} could be read at Meta:* {why}"
WHY: Mapping[Obstacle, str] = {
    Obstacle.UNREACHED: "Meta doesn't answer, or asks for a pause. Try again in a few minutes.",
    Obstacle.TOKEN: "Meta no longer takes the token. Enter a new one with `/access connect`.",
    Obstacle.KEYS: "no key that is set here opens the token. The person who runs Countersign can put the right one back.",
    Obstacle.DISCONNECTED: "it isn't connected to Meta any more. Connect it with `/access connect`.",
    Obstacle.PERMISSION: "the token may not read it. Give its system user full control in Business settings.",
    Obstacle.LIMITED: "Meta doesn't show it to this app (limited access). The person who runs Countersign can ask Meta for it.",
    Obstacle.BLOCKED: "Meta has blocked this for a time. Business support home says why.",
    Obstacle.REFUSED: "Meta refuses to show it.",
}
"""Why something is not read at Meta; whatever else it was, Meta refused it."""

# --- the preview ------------------------------------------------------------------------------------

INTRO = "*{business} at Meta:* {new} new, {renamed} with another name there, {here} already here, {left} left alone; {people} matched by name."
NOTHING = "There's nothing to import."
CHANGED = "*Nothing was imported: it has changed since you looked, here or at Meta.* This is how it is now."
NEW = "*New here* ({count})"
RENAMED = "*Get the name they have at Meta* ({count})"
LEFT: Mapping[LeftAlone, str] = {
    LeftAlone.THEIRS: "*Left alone: another business owns them here* ({count}). Settle with the person who runs Countersign whose they are.",
    LeftAlone.NOBODYS: "*Left alone: nobody owns them here yet* ({count}). Claim an ad account with `/access claim`.",
    LeftAlone.OTHER_KIND: "*Left alone: they are something else here* ({count}). The person who runs Countersign can look at the ID.",
    LeftAlone.ODD: "*Left alone: their ID or name can't be kept here* ({count}). Give them another name at Meta.",
    LeftAlone.NOT_LISTED: "*Left as they are: yours here, but not listed as yours by Meta* ({count}). Look in Business settings.",
}
MEMBERS: Mapping[Known, str] = {
    Known.NAMESAKE: "*Members found at Meta by name* ({count}). They stay matched when a name changes there.",
    Known.NOBODY: "*People at Meta who aren't members here* ({count}). To have them here, add them under Members in `/access settings`; Meta doesn't say who they are in Slack.",
    Known.SEVERAL: "*People at Meta with a name that several have* ({count}). I can't tell who is who; the person who runs Countersign can say it in the directory file.",
    Known.MEMBER: "*People at Meta who are members* ({count})",
}
HOLDERS = "*Partners you share with at Meta* ({count}). After the import I look up what they have: it comes as cards, to keep or to take away."
UNREAD = "*Couldn't be read at Meta* ({count})"
ROW = "{name} ({kind} {id})"
RENAMED_ROW = "{before} becomes {name} ({kind} {id})"
NAMED_ROW = "{name} ({id})"
UNREAD_ROW = "{what}: {why}"
LISTS: Mapping[str, str] = {
    **{kind: many for kind, (_, _, many) in KINDS.items()},
    Listed.PEOPLE: "people",
    Listed.PARTNERS: "partners",
}
SCOPE = "Only Pages, ad accounts, pixels and Instagram accounts are imported. Catalogs, WhatsApp accounts and whatever else is at Meta can't be shared here."

# --- what came of it --------------------------------------------------------------------------------

NO_CHANGE = "nothing"
DONE = "Imported from Meta for *{business}*: {what}."
NEXT = "What partners have there is being looked up now, and comes as cards: keep it or take it away."
REMOVAL = "To take an asset out again, ask the person who runs Countersign: they leave it out of the directory file."
TOLD = "*{by} imported {what} from Meta* for {business}. `/access list owned` shows what is yours; what partners have of it comes as cards."


def amount(new: int, renamed: int, people: int) -> str:
    """Return how much was imported: "12 assets, 1 new name and 3 people"."""
    counts = ((new, "asset", "assets"), (renamed, "new name", "new names"), (people, "person", "people"))
    return listed(counted(*one) for one in counts if one[0]) or NO_CHANGE
