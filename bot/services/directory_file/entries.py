"""What a directory file may say: its entries, and the complaints about one that does not fit."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from bot.domain.actors import ApiSharing, Role, Status, WhoMayAsk
from bot.domain.assets import Kind, is_asset_id
from bot.domain.calendar import USUAL_HOURS
from bot.domain.creating import MOST_TIMEZONE_ID
from bot.domain.limits import (
    MOST_EXPIRES_DAYS,
    MOST_PEOPLE,
    MOST_QUORUM,
    MOST_UNDO_MINUTES,
    USUAL_EXPIRES_DAYS,
    USUAL_UNDO_MINUTES,
)
from bot.domain.reviews import USUAL_CADENCE, Silence
from bot.services.directory_file.fields import (
    AdAccountId,
    Advertiser,
    BusinessId,
    ChannelId,
    Currency,
    DaysOff,
    GroupId,
    Helper,
    Hours,
    IdAtMeta,
    Name,
    ReviewDays,
    TeamId,
    Token,
    UserId,
    Zone,
)
from bot.services.directory_file.problems import BadDirectory, Path, Problem, Progress, shown


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class SlackUser(_Entry):
    """A Slack user: ids of their own workspace and of themselves."""

    team: TeamId
    user: UserId


class PersonEntry(_Entry):
    """A person by name, and the Slack user they are."""

    slack: SlackUser
    name: Name


class MemberEntry(PersonEntry):
    """A person of a business. `shared` marks a shared login, which has no ADMIN power.

    `at_meta` is the id of who they are among the business's people at Meta; left out, it stays as it is.
    """

    role: Role
    shared: bool = False
    at_meta: IdAtMeta | None = None


def _asked(people: tuple[PersonEntry, ...]) -> tuple[PersonEntry, ...]:
    if len(people) > MOST_PEOPLE:
        raise ValueError(f"has {len(people)} people; {MOST_PEOPLE} are the most")
    return people


Asked = Annotated[tuple[PersonEntry, ...], AfterValidator(_asked)]


class AssetEntry(_Entry):
    """An asset that nobody owns yet."""

    kind: Kind
    id: str
    name: Name
    admins: tuple[PersonEntry, ...] = ()

    @field_validator("id")
    @classmethod
    def _fits(cls, text: str, info: ValidationInfo) -> str:
        kind = info.data.get("kind")
        if not is_asset_id(text, kind=kind):
            right = {Kind.AD_ACCOUNT: "act_ followed by digits", None: "digits, or act_ and digits"}
            of = f" of a {kind}" if kind else ""
            raise ValueError(f"{shown(text)} is no id{of}: that is {right.get(kind, '5 to 20 digits')}")
        return text


class OwnAssetEntry(AssetEntry):
    """An asset of the business it stands under. `askable`: partners-to-be find it in their pickers.

    How it is set up, as far as it is known, stands in Meta's words from `currency` to `ad_account_id`, which
    is the one that a pixel is for. What of that is left out stays as it is.
    """

    published: bool = False
    askable: bool = False
    currency: Currency | None = None
    timezone_id: int | None = Field(default=None, ge=0, le=MOST_TIMEZONE_ID)
    end_advertiser: Advertiser | None = None
    media_agency: Helper | None = None
    partner: Helper | None = None
    invoice: bool = False
    funding_source: Token | None = None
    incomplete: bool = False
    ad_account_id: AdAccountId | None = None


class PolicyEntry(_Entry):
    """How a business decides, when its people work, and whether it is told of its week."""

    quorum: int = Field(default=1, ge=1, le=MOST_QUORUM)
    expires_days: int = Field(default=USUAL_EXPIRES_DAYS, ge=1, le=MOST_EXPIRES_DAYS)
    undo_minutes: int = Field(default=USUAL_UNDO_MINUTES, ge=0, le=MOST_UNDO_MINUTES)
    who_may_ask: WhoMayAsk = WhoMayAsk.ANYONE
    api_sharing: ApiSharing = ApiSharing.AT_ONCE
    review_days: ReviewDays = USUAL_CADENCE
    review_silence: Silence = Silence.KEEP
    hours: Hours = USUAL_HOURS
    days_off: DaysOff = ()
    zone: Zone = "UTC"
    weekly: bool = True


class AskedEntry(_Entry):
    """Which admins are asked to decide at first, and which once nobody has answered."""

    first: Asked = ()
    backups: Asked = ()


class BusinessEntry(_Entry):
    """A business with its people and assets. What is left out stays as it is."""

    id: BusinessId
    name: Name
    status: Status = Status.ACTIVE
    verified: bool = False
    workspace: TeamId | None = None
    channel: ChannelId | None = None
    policy: PolicyEntry = PolicyEntry()
    listed: tuple[BusinessId, ...] = ()
    credit_line: Token | None = None
    funding_sources: tuple[Token, ...] = ()
    members: tuple[MemberEntry, ...] = ()
    asked: AskedEntry = AskedEntry()
    assets: tuple[OwnAssetEntry, ...] = ()


class GroupEntry(_Entry):
    """An ad account group, recorded as Business Manager has it."""

    id: GroupId
    accounts: tuple[AdAccountId, ...] = ()
    people: tuple[PersonEntry, ...] = ()


class Directory(_Entry):
    """All that a file says."""

    businesses: tuple[BusinessEntry, ...] = ()
    assets: tuple[AssetEntry, ...] = ()
    groups: tuple[GroupEntry, ...] = ()


_MODELS = (
    SlackUser,
    MemberEntry,
    OwnAssetEntry,
    PolicyEntry,
    AskedEntry,
    BusinessEntry,
    GroupEntry,
    Directory,
)
_KEYS = sorted({key for model in _MODELS for key in model.model_fields})


@dataclass(frozen=True, slots=True)
class DirectoryFile:
    """A directory that was read, and on which line each part of it stands."""

    directory: Directory
    lines: dict[Path, int] = field(default_factory=dict, repr=False)

    def problem(self, path: Path, text: str) -> Problem:
        """Return `text` as a complaint about what stands at `path`."""
        return _problem(self.lines, path, text)


# --- reading -------------------------------------------------------------------------------------


def read_file(content: bytes | str, *, progress: Progress | None = None) -> DirectoryFile:
    """Read a directory file and check all that can be checked without the record.

    `progress` is told the lines read, of all. Raise BadDirectory with every problem found.
    """
    from bot.services.directory_file.yaml_text import read_yaml  # noqa: PLC0415 - `serve` reads no file

    data, lines = read_yaml(content, progress=progress)
    if data is None:
        raise BadDirectory([Problem(None, "", "the file is empty; nothing would change")])
    try:
        directory = Directory.model_validate(data)
    except ValidationError as error:
        raise BadDirectory([_problem(lines, e["loc"], _words(dict(e))) for e in error.errors()]) from error
    file = DirectoryFile(directory, lines)
    problems = list(_twice(file))
    if problems:
        raise BadDirectory(problems)
    return file


def _problem(lines: dict[Path, int], path: Path, text: str) -> Problem:
    known: Path = path
    while known and known not in lines:
        known = known[:-1]
    shown = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")
    return Problem(lines.get(known), shown, text)


_SAID = {
    "missing": "is missing",
    "bool_parsing": "is true or false",
    "bool_type": "is true or false",
    "int_parsing": "is a whole number",
    "int_from_float": "is a whole number",
    "int_type": "is a whole number",
}


def _words(error: dict[str, Any]) -> str:
    kind, context, got = error["type"], error.get("ctx", {}), error.get("input")
    if not error["loc"]:
        return "a directory has the keys businesses, assets and groups, and nothing beside them"
    if kind in _SAID:
        return _SAID[kind]
    if kind == "value_error":
        return str(context["error"])
    if kind == "extra_forbidden":
        key = str(error["loc"][-1])
        near = difflib.get_close_matches(key, _KEYS, n=1)
        return f"there is no such key{f': did you mean {near[0]}?' if near else ''}"
    if kind == "enum":
        return f"is {context['expected']}, not {shown(got)}"
    if kind == "greater_than_equal":
        return f"is {context['ge']} or more, not {shown(got)}"
    if kind == "less_than_equal":
        return f"is {context['le']} or less, not {shown(got)}"
    if kind in {"tuple_type", "list_type"}:
        return "is a list (write [] for an empty one, or leave the key out to change nothing)"
    if kind in {"model_type", "model_attributes_type"}:
        return "has keys and values below it"
    if kind == "string_type":
        return "is empty" if got is None else "is plain text"
    return str(error["msg"])


def _twice(file: DirectoryFile) -> Iterator[Problem]:
    """Find what the file says twice: an id, a member, an asset that two own."""
    said: dict[str, str] = {}

    def claim(an_id: str, what: str, path: Path) -> Iterator[Problem]:
        if an_id in said:
            yield file.problem(path, f"{an_id} stands here as {what} and above as {said[an_id]}")
        said.setdefault(an_id, what)

    directory = file.directory
    for n, business in enumerate(directory.businesses):
        at: Path = ("businesses", n)
        yield from claim(business.id, "a business", (*at, "id"))
        if business.id in business.listed:
            yield file.problem((*at, "listed"), "a business does not list itself")
        members = [(member.slack, member.name) for member in business.members]
        asked = [
            [(one.slack, one.name) for one in people]
            for people in (business.asked.first, business.asked.backups)
        ]
        for what, values in (
            ("listed", business.listed),
            ("funding_sources", business.funding_sources),
            ("members", members),
        ):
            yield from _repeats(file, (*at, what), values)
        for turn, people in zip(("first", "backups"), asked, strict=True):
            yield from _repeats(file, (*at, "asked", turn), people)
        for m, one in enumerate(asked[1]):
            if one in asked[0]:
                yield file.problem((*at, "asked", "backups", m), f"{one[1]} is listed under first, too")
        for m, asset in enumerate(business.assets):
            here: Path = (*at, "assets", m)
            yield from claim(asset.id, f"an asset of {business.id}", (*here, "id"))
            yield from _repeats(file, (*here, "admins"), [(p.slack, p.name) for p in asset.admins])
    for n, orphan in enumerate(directory.assets):
        yield from claim(orphan.id, "an asset of nobody", ("assets", n, "id"))
        yield from _repeats(file, ("assets", n, "admins"), [(p.slack, p.name) for p in orphan.admins])
    for n, group in enumerate(directory.groups):
        yield from claim(group.id, "a group", ("groups", n, "id"))
        yield from _repeats(file, ("groups", n, "accounts"), group.accounts)
        yield from _repeats(file, ("groups", n, "people"), [(p.slack, p.name) for p in group.people])


def _repeats(file: DirectoryFile, path: Path, values: Any) -> Iterator[Problem]:
    expected_version = set()
    for n, value in enumerate(values):
        if value in expected_version:
            shown = value if isinstance(value, str) else f"{value[1]} ({value[0].user})"
            yield file.problem((*path, n), f"{shown} stands twice here")
        expected_version.add(value)


# --- writing -------------------------------------------------------------------------------------

_HEAD = """\
# Countersign's directory: businesses, their people and assets.
# Change it, look at what would follow with `countersign import FILE --dry-run`, then import it.
"""


def write_file(directory: Directory) -> str:
    """Return the directory as the text of a file that imports as no change."""
    from bot.services.directory_file.yaml_text import write_yaml  # noqa: PLC0415 - the same

    plain = {
        "businesses": [_plain(business) for business in directory.businesses],
        "assets": [_plain(asset) for asset in directory.assets],
        "groups": [_plain(group) for group in directory.groups],
    }
    return _HEAD + write_yaml(plain)


def _plain(entry: BaseModel) -> Any:
    """Return an entry as YAML takes it: a business whole, others without what is the default."""
    whole = isinstance(entry, BusinessEntry | PolicyEntry)
    plain = entry.model_dump(mode="json", exclude_defaults=not whole)
    if isinstance(entry, BusinessEntry):
        plain["members"] = [_plain(member) for member in entry.members]
        plain["assets"] = [_plain(asset) for asset in entry.assets]
    return plain
