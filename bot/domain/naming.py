"""How people name assets and businesses: by an id as they have it, or by a link to one of Meta's pages."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from bot.domain.assets import Kind, is_asset_id, is_business_id
from bot.domain.typed import plainly, tidy

_AD_ACCOUNT_PREFIX = "act_"


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedAsset:
    """An asset as somebody named it.

    `ids` are those that may be meant, the likeliest first: a number alone may be an ad account's, whose
    prefix Ads Manager does not show. `business_id` is the one in whose settings a link stands, which need
    not be the owner.
    """

    ids: tuple[str, ...]
    kind: Kind | None = None
    business_id: str | None = None

    def id_as(self, kind: Kind) -> str:
        """Return the id that is meant if the asset is of this kind."""
        return next((one for one in self.ids if is_asset_id(one, kind=kind)), self.ids[0])

    @property
    def number(self) -> str:
        """Return the number alone."""
        return self.ids[0].removeprefix(_AD_ACCOUNT_PREFIX)

    @property
    def is_doubtful(self) -> bool:
        """Say whether the number is too short to be an asset that the record does not have."""
        return self.kind is None and len(self.ids) == 1


@dataclass(frozen=True, slots=True)
class Address:
    """A Page or a profile on Instagram, by the name in its address: a handle with its @."""

    kind: Kind
    name: str


_LINK_HOSTS = ("facebook.com", "fb.com", "meta.com")
_HANDLES_HOST = "instagram.com"
_PAGE_HOST = re.compile(
    r"((www|m|web|mbasic|[a-z]{2}-[a-z]{2})\.)?(facebook\.com|fb\.com|fb\.me|instagram\.com)", re.ASCII
)
# A step of a link's path that says of what kind the asset is whose id comes next, or stands in a parameter.
_SECTIONS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    (Kind.AD_ACCOUNT, re.compile("ad-?accounts?|billing-hub")),
    (Kind.PAGE, re.compile("pages?")),
    (Kind.PIXEL, re.compile("pixels?|(events-)?data-?sets?(-.*)?")),
    (Kind.INSTAGRAM_ACCOUNT, re.compile("instagram-(account|profile)s?(-v[0-9]s?)?")),
)
_PAGE_STEPS = frozenset({"p", "pg", "people"})
_PROFILE_STEPS = frozenset({"_u", "stories"})
_NO_NAMES = frozenset(
    {
        "ads",
        "business",
        "events",
        "explore",
        "groups",
        "hashtag",
        "help",
        "marketplace",
        "messages",
        "p",
        "reel",
        "reels",
        "share",
        "watch",
    }
)
_PARAMETERS: Mapping[str, Kind | None] = {
    "selected_pixel_id": Kind.PIXEL,
    "pixel_id": Kind.PIXEL,
    "dataset_id": Kind.PIXEL,
    "selected_data_sources": Kind.PIXEL,
    "act": Kind.AD_ACCOUNT,
    "page_id": Kind.PAGE,
    "view_all_page_id": Kind.PAGE,
    "selected_asset_id": None,
    "asset_id": None,
}
_BUSINESS_PARAMETERS = ("business_id", "global_scope_id")
_SETTINGS = "settings"

_AD_ACCOUNT = re.compile(r"(?:[^0-9]*[\s(#:])?act[\s_:#=.-]*([0-9]{1,20})", re.ASCII | re.IGNORECASE)
# A number in groups, after nothing or a label: "ID: 100 000 00001", "#1234".
_LABEL = r"(?:(?:business|portfolio|manager|ad|account|page|asset|pixel|id|no|number|nr)\b[\s.:#(=_-]*)*"
_GROUPED = re.compile(rf"#?{_LABEL}#?([0-9]+(?:[\s-]+[0-9]+)*)", re.ASCII | re.IGNORECASE)
# One number after other words, as our own menus have it: "Northwind (998877)".
_AFTER_WORDS = re.compile(r"[^0-9/]*[\s(\[#:·]([0-9]{5,20})(?:[\s)\].,;][^0-9]*)?")
_AT_THE_END = re.compile(r"(?:.*-)?([0-9]{1,20})", re.ASCII)
_TOKEN = re.compile(
    r"<[^<>\s|]+(?:\|[^<>]*)?>"
    r"|(?<![^\W_])act[\s_:#=.-]*[0-9]{1,20}(?!_?[^\W_])"
    r"|[^\s,;]+",
    re.ASCII | re.IGNORECASE,
)
_SURE_DIGITS = 10
_AROUND = " <>'\"*~()[].,;:!?"


def read_asset(text: str) -> TypedAsset | None:
    """Return the asset that `text` names: by an id as people have it, or a link to one of Meta's pages."""
    text = _unwrapped(text)
    link = _Link.read(text)
    if link is not None:
        return link.asset()
    account = _AD_ACCOUNT.fullmatch(text)
    if account is not None:
        return _named(account[1], Kind.AD_ACCOUNT)
    number = _number(text)
    return None if number is None else _named(number)


def find_assets(text: str, *, most: int) -> tuple[TypedAsset, ...]:
    """Return the assets that free text names: up to `most`, each once, in the order in which they stand.

    What may as well be a price or a phone number is none: a number counts with its prefix, in a link to
    one of Meta's pages, or from ten digits on. Slack sets an underscore on both sides of what is in italics.
    """
    found: dict[tuple[str, ...], TypedAsset] = {}
    for token in _TOKEN.findall(plainly(tidy(text))):
        asset = read_asset(token.strip("_"))
        if asset is not None and (asset.kind is not None or len(asset.number) >= _SURE_DIGITS):
            found.setdefault(asset.ids, asset)
        if len(found) == most:
            break
    said = {asset.ids[0] for asset in found.values() if asset.kind is not None}
    return tuple(asset for asset in found.values() if asset.kind is not None or said.isdisjoint(asset.ids))


def read_business_id(text: str) -> str | None:
    """Return the Business ID that `text` is, or that a link to one of Meta's pages carries."""
    text = _unwrapped(text)
    link = _Link.read(text)
    if link is not None:
        return link.business_id
    number = None if _AD_ACCOUNT.fullmatch(text) else _number(text)
    return number if number and is_business_id(number) else None


def find_addresses(text: str, *, most: int) -> tuple[Address, ...]:
    """Return the Pages and profiles whose addresses stand in free text: up to `most`, each once, in order."""
    tokens = _TOKEN.findall(plainly(tidy(text)))
    found = (read_address(token.strip("_") if token.startswith("_") else token) for token in tokens)
    return tuple(dict.fromkeys(address for address in found if address is not None))[:most]


def read_address(text: str) -> Address | None:
    """Return the Page or profile whose address `text` is, or that of a part of it, such as its photos."""
    text = _unwrapped(text)
    try:
        link = urlsplit(text if "://" in text else f"https://{text}")
        host, steps = link.hostname or "", [*filter(None, link.path.split("/"))]
    except ValueError:
        return None
    if _PAGE_HOST.fullmatch(host) is None or any(char.isspace() for char in text):
        return None
    is_handle = host.endswith(_HANDLES_HOST)
    if len(steps) > 1 and steps[0] in (_PROFILE_STEPS if is_handle else _PAGE_STEPS):
        steps = steps[1:]
    name = steps[0].removeprefix("@") if steps else ""
    if not name or name in _NO_NAMES or name.endswith(".php"):
        return None
    return Address(Kind.INSTAGRAM_ACCOUNT, f"@{name}") if is_handle else Address(Kind.PAGE, name)


def read_name(text: str) -> str:
    """Return the name by which `text` calls an asset: as it stands, or out of its page's address.

    Of a profile on Instagram it is the handle, with its @.
    """
    address = read_address(text)
    return _unwrapped(text) if address is None else address.name


def _unwrapped(text: str) -> str:
    """Return text without what Slack sets around a link, its escapes, and quotes and stops at the ends."""
    return html.unescape(plainly(text).strip(_AROUND).split("|", 1)[0])


def _number(text: str) -> str | None:
    found = _GROUPED.fullmatch(text)
    if found is not None:
        return re.sub(r"[\s-]", "", found[1])
    found = _AFTER_WORDS.fullmatch(text)
    return None if found is None else found[1]


def _named(number: str, kind: Kind | None = None, *, business_id: str | None = None) -> TypedAsset | None:
    """Return the asset with this number; None if no asset of the kind can have it."""
    number = number.strip().casefold()
    if number.startswith(_AD_ACCOUNT_PREFIX):
        number, kind = number.removeprefix(_AD_ACCOUNT_PREFIX), Kind.AD_ACCOUNT
    ids = tuple(one for one in (number, _AD_ACCOUNT_PREFIX + number) if is_asset_id(one, kind=kind))
    return TypedAsset(ids=ids, kind=kind, business_id=business_id) if ids else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Link:
    """A link to a page of Meta: the steps of its path in one spelling, and its parameters."""

    steps: tuple[str, ...]
    parameters: Mapping[str, list[str]]

    @classmethod
    def read(cls, text: str) -> _Link | None:
        """Return the link that `text` is, None if it is none of Meta's."""
        if any(char.isspace() for char in text):
            return None
        try:
            link = urlsplit(text if "://" in text else f"https://{text}")
            host = link.hostname or ""
        except ValueError:
            return None
        if not any(host == known or host.endswith(f".{known}") for known in _LINK_HOSTS):
            return None
        steps = tuple(filter(None, link.path.split("/")))
        return cls(steps=steps, parameters=parse_qs(link.query))

    @property
    def business_id(self) -> str | None:
        """Return the business in whose settings the link stands."""
        values = (value for name in _BUSINESS_PARAMETERS for value in self.parameters.get(name, ()))
        return next(filter(is_business_id, values), None)

    def asset(self) -> TypedAsset | None:
        """Return the asset that the link is about."""
        found = (_named(*one, business_id=self.business_id) for one in self._numbers())
        return next(filter(None, found), None)

    def _numbers(self) -> list[tuple[str, Kind | None]]:
        """Return the numbers that may be the asset's, with its kind if so, the likeliest first."""
        steps = self.steps
        if _SETTINGS in steps:  # settings also have people, partners, catalogues: only what is an asset here
            steps = steps[steps.index(_SETTINGS) + 1 :]
            if not steps or _section(steps[0]) is None:
                return []
        kinds = [_section(step) for step in steps]
        place = next((place for place, kind in enumerate(kinds) if kind is not None), len(steps))
        section = kinds[place] if place < len(steps) else None
        of_type = _section(next(iter(self.parameters.get("selected_asset_type", ())), ""))
        found: list[tuple[str, Kind | None]] = []
        for step in steps[place + 1 :]:
            last = _AT_THE_END.fullmatch(step)
            found += [(last[1] if last else step, section)] if last or _is_account(step) else []
        for name, kind in _PARAMETERS.items():
            found += [(value, kind or of_type or section) for value in self.parameters.get(name, ())]
        found += [(step, Kind.AD_ACCOUNT) for step in steps if _is_account(step)]
        if steps and section is None:
            found += self._page(steps)
        return found

    def _page(self, steps: tuple[str, ...]) -> list[tuple[str, Kind | None]]:
        """Return the number of a Page's own address: /1234567, /Acme-Shoes-1234567, /people/Acme/1234567."""
        if steps[0] == "profile.php":
            return [(value, Kind.PAGE) for value in self.parameters.get("id", ())]
        first = steps[1:] if steps[0] in _PAGE_STEPS else steps[:1]
        return [(found[1], Kind.PAGE) for step in first if (found := _AT_THE_END.fullmatch(step))]


def _section(step: str) -> Kind | None:
    step = step.casefold().replace("_", "-")
    return next((kind for kind, pattern in _SECTIONS if pattern.fullmatch(step)), None)


def _is_account(step: str) -> bool:
    return is_asset_id(step, kind=Kind.AD_ACCOUNT)
