"""The words that are known after `/access`, and what people mean by them."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence

from bot.domain.assets import KINDS_CALLED, LEVELS
from bot.domain.kinds import RequestKind
from bot.slack.command_line.words import Step
from bot.slack.ids import ListWord
from bot.slack.text import en as texts

KIND_OF_COMMAND: Mapping[str, RequestKind] = {
    words.command: kind for kind, words in texts.kinds.WORDS.items()
}
COMMANDS = {
    **{command: command for command in KIND_OF_COMMAND},
    "invite": "share",
    "offer": "share",
    "grant": "share",
    "give": "share",
    "ask": "request",
    "again": "again",
    "repeat": "again",
    "behalf": "obo",
    "on behalf": "obo",
    "own": "claim",
    "pending": "pending",
    "waiting": "pending",
    "requests": "pending",
    "approvals": "pending",
    "inbox": "pending",
    "todo": "pending",
    "list": "list",
    "who has": "list",
    "partner": "partner",
    "partners": "partner",
    "partnership": "partner",
    "leave": "partner",
    "report": "report",
    "paper": "report",
    "audit": "audit",
    "journal": "audit",
    "log": "audit",
    "offboard": "offboard",
    "offboarding": "offboard",
    "contract": "offboard",
    "standing": "standing",
    "cancel": "cancel",
    "withdraw": "cancel",
    "revoke": "revoke",
    "end": "revoke",
    "remove": "revoke",
    "delete": "revoke",
    "give back": "revoke",
    "return": "revoke",
    **dict.fromkeys(("done", "done with", "i'm done", "i'm done with"), "revoke"),
    "extend": "extend",
    "prolong": "extend",
    "renew": "extend",
    "people": "people",
    "person": "people",
    "team": "people",
    "assign": "people",
    "unassign": "people",
    "add": "people",
    **dict.fromkeys(("who can use", "who is on", "who works on"), "people"),
    "create": "create",
    "new": "create",
    "settings": "settings",
    "members": "settings",
    "channel": "settings",
    "policy": "settings",
    "whoami": "settings",
    "away": "away",
    "absence": "away",
    "absent": "away",
    "ooo": "away",
    "out of office": "away",
    "vacation": "away",
    "holiday": "away",
    "stand in": "away",
    "standin": "away",
    "delegate": "away",
    "delegation": "away",
    "bundle": "bundle",
    "bundles": "bundle",
    "kit": "bundle",
    "review": "review",
    "reviews": "review",
    "recertify": "review",
    "token": "token",
    "tokens": "token",
    "api": "token",
    "connect": "connect",
    "disconnect": "connect",
    "meta": "connect",
    "import": "import",
    "sync": "import",
    "setup": "setup",
    "set up": "setup",
    "register": "setup",
    "show": "show",
    "status": "show",
    "open": "show",
    "view": "show",
    "details": "show",
    "history": "show",
    "approve": "show",
    "accept": "show",
    "adjust": "show",
    **dict.fromkeys(("decline", "reject", "deny", "refuse"), "decline"),
    "remind": "show",
    "snooze": "show",
    "looking": "show",
    "undo": "show",
    "comment": "show",
    "question": "show",
    "reply": "show",
    "write": "show",
    "send": "show",
    "edit": "show",
    "drop": "show",
    "help": "help",
    "?": "help",
}
_ENDS_SOMETHING = frozenset({"cancel", "revoke"})
"""What is meant by these only if hardly a letter is missing."""
_SHORT_WORD = 5
_MAY_BE_MEANT = [word for word, command in COMMANDS.items() if word == command or len(word) > _SHORT_WORD]
"""What a mistyped word is taken for: no other word so short, as a letter makes "lend" of "end"."""
AGAIN = frozenset({"again", "same", "the same", "same again"})
"""What asks for what was asked before; with more behind it than a reference it may as well begin a name."""
UNTIL = frozenset({"until", "till", "til", "through", "thru", "to"})
"""What may stand before the last day; all but `until` may as well begin a name."""
FOREVER = frozenset({"forever", "indefinitely", "open-ended", "permanently"})
"""What says that there is no end; in the midst of a name it is a part of it."""
BECAUSE = frozenset({"because", "because:", "reason", "reason:", "-", "--", ":"})
LISTS: Mapping[str, ListWord] = {
    "": ListWord.ALL,
    "all": ListWord.ALL,
    "everything": ListWord.ALL,
    "owned": ListWord.OWNED,
    "ours": ListWord.OWNED,
    "mine": ListWord.OWNED,
    "my assets": ListWord.OWNED,
    "shared": ListWord.SHARED,
    "shared with us": ListWord.SHARED,
    "held": ListWord.SHARED,
    "given": ListWord.GIVEN,
    "shared by us": ListWord.GIVEN,
    "partners": ListWord.PARTNERS,
    "agencies": ListWord.AGENCIES,
    "agency": ListWord.AGENCIES,
    "clients": ListWord.CLIENTS,
    "client": ListWord.CLIENTS,
    "pending": ListWord.PENDING,
    "received": ListWord.RECEIVED,
    "pending received": ListWord.RECEIVED,
    "received requests": ListWord.RECEIVED,
    "sent": ListWord.SENT,
    "pending sent": ListWord.SENT,
    "sent requests": ListWord.SENT,
    "my requests": ListWord.SENT,
    "ending": ListWord.ENDING,
    "ends": ListWord.ENDING,
    "ends soon": ListWord.ENDING,
    "ending soon": ListWord.ENDING,
    "expiring": ListWord.ENDING,
    "expires": ListWord.ENDING,
    "review": ListWord.REVIEW,
    "bundles": ListWord.BUNDLES,
    "saved": ListWord.BUNDLES,
    "claims": ListWord.CLAIMS,
    "claims pending": ListWord.CLAIMS,
    "claims confirmed": ListWord.CLAIMS_APPROVED,
    "claims approved": ListWord.CLAIMS_APPROVED,
    "claims declined": ListWord.CLAIMS_DECLINED,
    "obo": ListWord.OBO,
    "obo in progress": ListWord.OBO,
    "obo pending": ListWord.OBO,
    "obo received": ListWord.OBO,
    "obo sent": ListWord.OBO,
    "obo approved": ListWord.OBO_APPROVED,
    "obo approve": ListWord.OBO_APPROVED,
    "obo declined": ListWord.OBO_DECLINED,
    "obo decline": ListWord.OBO_DECLINED,
}
WHY = frozenset({"because", "because:"})
"""What ends a name of somebody's own choice: other words, and dashes, may stand in it."""
BEFORE_WHAT = frozenset({"of", "for", "on", "from", "to", "with", "by"})
"""What may stand between a list and what is looked for in it."""
BEFORE_REF = frozenset({"my", "our", "the", "of", "request"})
"""What may stand before a request's reference."""
STEPS: Mapping[str, Step] = {
    "add": Step.ADD,
    "assign": Step.ADD,
    "set": Step.ADD,
    "change": Step.ADD,
    "remove": Step.REMOVE,
    "unassign": Step.REMOVE,
}
"""What comes between an asset and a person."""
STEPS_BEFORE_ASSET: Mapping[str, Step] = {
    "to": Step.ADD,
    "on": Step.ADD,
    "from": Step.REMOVE,
    "off": Step.REMOVE,
}
"""What comes between a person and an asset."""
BEFORE_LEVEL = frozenset({"as", "with", "at"})
ALL_TASKS = texts.basics.known_tasks()
LEVEL_NAMES = frozenset[str]().union(*(level.names for levels in LEVELS.values() for level in levels))
NOT_IN_NAMES = BECAUSE | {",", "described"}
"""What ends a name that stands without quotes, beside a length of time and the other business."""
SHORT_LEVELS: Mapping[str, str] = {"general": "general user"}
"""What a level is called for short, where it stands by itself: with more beside it, it is part of a name."""
BEGINS_REASON = frozenset({"since", "as", "to", "so"})
"""What may begin a reason once all else was said: "for 30d to run the spring launch"."""
OF_THE_REASON = frozenset({"to", "so"})
"""What of these is part of the reason."""
AND = frozenset({"and", "&", "+", "plus"})
ASKS_HELP = frozenset({"help", "?", "--help", "-help", "-h"})
"""What, alone after a command, asks how that is typed."""
HELP_WITH_ALL = frozenset({"", "me", "please", "all", "everything", "commands", "help", "?"})
"""What after "help" asks about no word."""

EVERYTHING = frozenset({"all", "everything", "all of it"})
"""What is no asset's name, but all that there is."""
_AROUND = AND | {"of", "for", "a", "an", "the", "access", "to", "on", "as", "at", "with", "please", "level"}
_BEFORE = _AROUND | {"my", "our", "your", "their", "in", "also"}


def without_fillers(name: str) -> str:
    """Return a name without what people set before or after it: "access to the page Acme Shoes as"."""
    words = name.split()
    while words and (taken := _fillers(words)):
        words = words[taken:]
    while words and (taken := _fillers(words[::-1], backwards=True)):
        words = words[:-taken]
    return " ".join(words)


def _fillers(words: Sequence[str], *, backwards: bool = False) -> int:
    """Return how many of the first of these words (from the end, if they are `backwards`) say nothing."""
    for count in (2, 1):
        first = words[:count]
        said = " ".join(first[::-1] if backwards else first).casefold()
        if said in KINDS_CALLED or said in (_AROUND if backwards else _BEFORE):
            return count
    return 0


def near_command(typed: str) -> str | None:
    """Return the command that a word is meant for; one that ends something if hardly a letter is wrong."""
    near = difflib.get_close_matches(typed.casefold(), _MAY_BE_MEANT, n=1, cutoff=0.7)
    if near and COMMANDS[near[0]] in _ENDS_SOMETHING:
        near = difflib.get_close_matches(typed.casefold(), _MAY_BE_MEANT, n=1, cutoff=0.8)
    return COMMANDS[near[0]] if near else None


def near_task(name: str) -> str | None:
    """Return the task or level that a word which names no asset may be meant for."""
    names = {*(task.casefold() for task in ALL_TASKS), *LEVEL_NAMES}
    return next(iter(difflib.get_close_matches(name.casefold(), sorted(names), n=1, cutoff=0.75)), None)
