# ruff: noqa: E501  # a sentence stands on one line, as in every catalogue
"""What is said of what was found at Meta, and what can be done about it."""

from __future__ import annotations

from collections.abc import Mapping

from bot.domain.findings import FindingKind, Remedy

FOUND: Mapping[FindingKind, str] = {
    FindingKind.OUTSIDE: "*{holder}* has access to *{asset}* at Meta that isn't recorded here: {tasks}.",
    FindingKind.WIDENED: "*{holder}* can do more on *{asset}* at Meta than is recorded here: {tasks}.",
    FindingKind.LEFT: "*{holder}* still has access to *{asset}* at Meta that has ended here: {tasks}.",
    FindingKind.GONE: "*{holder}* no longer has at Meta what is recorded here on *{asset}*: {tasks}.",
}
UNKNOWN_HOLDER = "{holder} (Business ID {id}) is what Meta calls them: they aren't registered here. To adopt this, they have to be: the person who runs Countersign can add them."
FACT_OWNER = "{owner}'s asset {id}"
FACT_AT_META = "at Meta: {tasks}"
FACT_FOUND = "found {at}"

COULD_NOT = "That couldn't be done: {why}"
WAITS = "{by} wants to adopt it ({ref}). It takes another admin: press Adopt, too."
IGNORED = "{by} said to ignore it until {at}."
ACTING: Mapping[Remedy, str] = {
    Remedy.REVOKE: "{by} revoked it: it's being taken away at Meta.",
    Remedy.PUT_BACK: "{by} said to put it back: that is on its way at Meta.",
}
HELD_UP = "It isn't done yet: {why} I keep trying."
CLOSED = "*Settled*, {at}: Meta and the record agree again."
CLOSED_BY: Mapping[Remedy, str] = {
    Remedy.ADOPT: "*Adopted* by {by}, {at}: it's recorded here now.",
    Remedy.REVOKE: "*Revoked* by {by}; it was gone at Meta {at}.",
    Remedy.PUT_BACK: "*Put back*, as {by} said; it was there again at Meta {at}.",
    Remedy.RECORD: "*Recorded as ended* by {by}, {at}.",
}

BUTTONS: Mapping[Remedy, str] = {
    Remedy.ADOPT: "Adopt",
    Remedy.REVOKE: "Revoke",
    Remedy.PUT_BACK: "Put it back",
    Remedy.RECORD: "Record as ended",
    Remedy.IGNORE: "Ignore until…",
}
ABOUT = "{button}: {holder} on {asset}"
SURE: Mapping[Remedy, tuple[str, str]] = {
    Remedy.ADOPT: (
        "Adopt this access?",
        "{holder} keeps it, and it's recorded here with no end, as given by you. You can revoke it later.",
    ),
    Remedy.REVOKE: (
        "Revoke this access?",
        "It's taken away from {holder} at Meta; the card says when it's gone. What is recorded here stays.",
    ),
    Remedy.PUT_BACK: ("Put it back?", "{holder} gets it again at Meta, as it's recorded here."),
    Remedy.RECORD: (
        "Record as ended?",
        "All access recorded here that gave this ends, also what else it gave {holder} on this asset.",
    ),
}
NOT_YET = "Not yet"

TITLE = "Ignore until"
INTRO = "I won't mention this again until the day that you choose, unless {holder} gets more."
UNTIL = "Until which day?"
SUBMIT = "Ignore"

ADOPTED_BECAUSE = "It was found at Meta, and is kept."
DONE: Mapping[Remedy, str] = {
    Remedy.REVOKE: "It's being taken away from {holder} at Meta ({asset}). The card says when it's gone.",
    Remedy.PUT_BACK: "It's being put back for {holder} at Meta ({asset}). The card says when it's there.",
    Remedy.IGNORE: "All right: nothing more about {holder} on {asset} until {until}, unless it becomes more.",
}
