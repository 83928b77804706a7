"""Small words and phrases that stand in many texts: numbers, lists, kinds of assets, levels, terms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from bot.domain.actors import Status
from bot.domain.assets import LEVELS, TASKS, Kind, Level, Tasks, find_level, level_name, level_of
from bot.domain.requests import Term, TermKind
from bot.services.views.parties import Party, Signer
from bot.slack.lines import Line, day, line, short

_NAME = 60
_MOST_NAMES = 10

SOMEBODY = "somebody"
NO_ADMIN = "no admin"
NO_REASON = "No reason given"
NO_REASON_LEFT = "No reason on record"
PROGRAM = "{program} (a program; {name} answers for it)"
QUOTED = "“{words}”"


def counted(number: int, one: str, many: str | None = None) -> str:
    """Return "1 asset" or "3 assets"."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def listed(names: Iterable[str], *, most: int = 10, word: str = "and") -> str:
    """Return "A, B and C"; from the (most + 1)th name on, how many more."""
    all_names = list(names)
    shown, more = all_names[:most], len(all_names) - most
    if more > 0:
        return f"{', '.join(shown)} {word} {more} more"
    return f" {word} ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)


def names_of(names: Sequence[str], *, whole: bool = False) -> str:
    """Return names as a sentence has them: the first of them, and how many more."""
    return listed([short(name, _NAME) for name in names], most=len(names) if whole else _MOST_NAMES)


def signed(one: Signer) -> str:
    """Return who did something: a person, or a program and who answers for it."""
    name = short(one.name, _NAME)
    return name if one.program is None else PROGRAM.format(program=short(one.program, _NAME), name=name)


def signers(people: Iterable[Signer], *, most: int = _MOST_NAMES) -> str:
    """Return those who did something together: the first of them, and how many more."""
    return listed([signed(one) for one in people], most=most)


def admins(count: int) -> str:
    """Return "3 admins" or "no admin"."""
    return counted(count, "admin") if count else NO_ADMIN


def no_reason(*, is_over: bool) -> str:
    """Return that there is no reason. Of what is over it may have been erased."""
    return NO_REASON_LEFT if is_over else NO_REASON


# --- kinds of assets, levels, tasks -----------------------------------------------------------------

KINDS: Mapping[Kind, tuple[str, str, str]] = {
    Kind.PAGE: ("Page", "Page", "Pages"),
    Kind.AD_ACCOUNT: ("Ad account", "ad account", "ad accounts"),
    Kind.PIXEL: ("Pixel", "pixel", "pixels"),
    Kind.INSTAGRAM_ACCOUNT: ("Instagram account", "Instagram account", "Instagram accounts"),
}
TASK_WORDS: Mapping[Kind, Mapping[str, str]] = {
    Kind.PAGE: {
        "MANAGE": "managing the Page and its people",
        "CREATE_CONTENT": "posting",
        "MODERATE": "answering comments",
        "ADVERTISE": "creating ads",
        "ANALYZE": "seeing results",
    },
    Kind.AD_ACCOUNT: {
        "MANAGE": "managing billing and who has access",
        "ADVERTISE": "creating ads",
        "ANALYZE": "seeing how ads perform",
        "DRAFT": "drafting ads",
    },
    Kind.PIXEL: {
        "EDIT": "managing the pixel itself",
        "UPLOAD": "uploading events",
        "ADVERTISE": "using it for targeting",
        "ANALYZE": "seeing its data",
    },
    Kind.INSTAGRAM_ACCOUNT: {
        "CONTENT": "posting",
        "MESSAGES": "answering messages",
        "COMMUNITY_ACTIVITY": "answering comments",
        "ADVERTISE": "creating ads",
        "ANALYZE": "seeing results",
    },
}
"""What tasks let a partner do, as it follows "this adds"; of others there are only Meta's names."""

CUSTOM_SAID = "custom tasks"
LEVEL_CAN = "{level}: can {means}"
CUSTOM_ROW = "only {tasks}"
ONLY_THESE_TASKS = "only the tasks named here"
NO_TASKS = "nothing"
NO_SUCH_LEVEL = "{kind} has no level “{level}”. It has {levels}."


def kind_name(kind: Kind) -> str:
    """Return the kind as people say it."""
    return KINDS[kind][0]


def level_misfit(kind: Kind, level: str | None) -> str:
    """Return that a kind has no such level, and which it has; nothing where it fits."""
    if level is None or find_level(kind, level):
        return ""
    levels = listed(one.name for one in LEVELS[kind])
    article = "An" if KINDS[kind][1][0] in "aeiouAEIOU" else "A"
    return NO_SUCH_LEVEL.format(kind=f"{article} {KINDS[kind][1]}", level=level, levels=levels)


def level_words(kind: Kind, tasks: Tasks) -> str:
    """Return what a level lets a partner do, in plain words."""
    level = level_of(kind, tasks)
    return level.means if level else ONLY_THESE_TASKS


def level_said(kind: Kind, tasks: Tasks) -> str:
    """Return the level as it stands in a sentence: "General user"."""
    level = level_of(kind, tasks)
    return level.name if level else CUSTOM_SAID


def capitalized(text: str) -> str:
    """Return a text as a sentence begins."""
    return text[:1].upper() + text[1:]


def level_row(kind: Kind, tasks: Tasks) -> str:
    """Return the level as it stands in a list: "General user"; a custom one by what it is for."""
    level = level_of(kind, tasks)
    return level.name if level else CUSTOM_ROW.format(tasks=doing(kind, tasks))


def level_explained(kind: Kind, tasks: Tasks) -> str:
    """Return the level and what it lets its holder do; a custom one with its tasks."""
    level = level_of(kind, tasks)
    return LEVEL_CAN.format(level=level.name, means=level.means) if level else level_row(kind, tasks)


def level_label(kind: Kind, tasks: Tasks) -> str:
    """Return the level's name; for a custom one with its tasks."""
    level = level_of(kind, tasks)
    return level.name if level else f"{level_name(kind, tasks)}: {task_names(tasks)}"


def level_description(level: Level) -> str:
    """Return what a level means, as an option's description."""
    return capitalized(level.means)


def doing(kind: Kind, tasks: Tasks) -> str:
    """Return what these tasks let a partner do: "posting and creating ads"; others as Meta calls them."""
    words = TASK_WORDS[kind]
    named = [said for task, said in words.items() if task in tasks]
    return listed([*named, *sorted(tasks - set(words))])


def task_names(tasks: Iterable[str]) -> str:
    """Return the tasks as Meta calls them."""
    return ", ".join(sorted(tasks)) or NO_TASKS


def known_tasks() -> frozenset[str]:
    """Return every task of every kind."""
    return frozenset[str]().union(*TASKS.values())


# --- businesses -------------------------------------------------------------------------------------

VERIFIED = "verified"
NOT_VERIFIED = "not verified"
STATUSES = {Status.DEACTIVATED: "deactivated", Status.RESTRICTED: "restricted"}


def unable(party: Party) -> dict[str, str]:
    """Return how a business is that can't decide, and what it is to be again first, as sentences take it."""
    if party.status is not Status.ACTIVE:
        return {"status": STATUSES[party.status], "again": "active"}
    return {"status": NOT_VERIFIED, "again": VERIFIED}


def id_and_status(party: Party) -> str:
    """Return "Business ID 998877, verified"."""
    said = f"Business ID {party.id}, {VERIFIED if party.verified else NOT_VERIFIED}"
    return f"{said}, {STATUSES[party.status]}" if party.status is not Status.ACTIVE else said


# --- for how long -----------------------------------------------------------------------------------

TERM_DAYS = "{days} from when access starts"
TERM_UNTIL = "until {until}"
TERM_OPEN = "*no end*. Access stays until somebody ends it"
TERM_FOR_DAYS = "for {days}"
TERM_NO_END = "with no end"


def term(how_long: Term) -> Line:
    """Return for how long, as it follows "How long:"."""
    if how_long.kind is TermKind.DAYS:
        return line(TERM_DAYS, days=counted(how_long.days or 0, "day"))
    if how_long.kind is TermKind.UNTIL and how_long.until is not None:
        return line(TERM_UNTIL, until=how_long.until)
    return line(TERM_OPEN)


def short_term(how_long: Term) -> Line:
    """Return for how long, in a few words."""
    if how_long.kind is TermKind.DAYS:
        return line("{days}", days=counted(how_long.days or 0, "day"))
    if how_long.kind is TermKind.UNTIL and how_long.until is not None:
        return line(TERM_UNTIL, until=how_long.until)
    return line(TERM_NO_END)


def day_term(how_long: Term) -> Line:
    """Return for how long, as it ends a sentence; an end by its day alone."""
    if how_long.kind is TermKind.UNTIL and how_long.until is not None:
        return line(TERM_UNTIL, until=day(how_long.until))
    return confirm_term(how_long)


def confirm_term(how_long: Term) -> Line:
    """Return for how long, as it follows "gets Admin on 1 ad account"."""
    if how_long.kind is TermKind.DAYS:
        return line(TERM_FOR_DAYS, days=counted(how_long.days or 0, "day"))
    return short_term(how_long)
