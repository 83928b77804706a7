"""What a business creates: which kinds of asset, with what, and what is wrong with what was entered.

The fields and their values are those of Meta's Marketing API (Business, `adaccount`): currencies and time
zones are its lists, who advertises is a Business ID, and the two who help are a Page's or an app's id or a
Page's alias; of each it can be said that there is none, or that it is not on Facebook.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from bot.domain.assets import Kind, is_asset_id, is_business_id, spoken
from bot.domain.currencies import CURRENCIES
from bot.domain.limits import LONGEST_NAME
from bot.domain.naming import read_business_id
from bot.domain.requests import ErrorCode, FieldError, too_long
from bot.domain.timezones import is_timezone_id

MOST_TIMEZONE_ID = 592
"""The highest number of a time zone at Meta; its reference names only the first 142 of them."""

NONE, UNFOUND = "NONE", "UNFOUND"
"""Instead of an id: there is no such party, or it has nothing on Facebook."""

_ALIAS = re.compile(r"[A-Za-z0-9.]{5,50}", re.ASCII)
_PREFIX: Mapping[Kind, str] = {Kind.AD_ACCOUNT: "act_"}
_OURS = re.compile(r"(?:act_)?9[0-9]{19}", re.ASCII)


class CreationState(StrEnum):
    """Where something stands that was prepared for the admins, or created.

    WAITING: for an admin. CREATING: it is being created at Meta, or could not be and needs somebody.
    GIVEN_UP: nobody wants it created there any more.
    """

    WAITING = "WAITING"
    CREATING = "CREATING"
    CREATED = "CREATED"
    DROPPED = "DROPPED"
    EXPIRED = "EXPIRED"
    GIVEN_UP = "GIVEN_UP"


ACCOUNT_FIELDS = ("currency", "timezone_id", "end_advertiser", "media_agency", "partner")
CREATABLE: Mapping[Kind, tuple[str, ...]] = {
    Kind.AD_ACCOUNT: (*ACCOUNT_FIELDS, "invoice", "funding_source"),
    Kind.PIXEL: ("ad_account_id",),
}
"""The kinds of asset that are created, each with what is asked for beside its name. Others are claimed, or
come from Meta."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """How an ad account is paid: on the business's credit line, by a funding source, or not settled yet."""

    invoice: bool = False
    funding_source: str | None = None

    @property
    def is_settled(self) -> bool:
        """Say whether the account can be used: one that nobody pays for is incomplete."""
        return self.invoice or self.funding_source is not None


UNSETTLED = Payment()


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAsset:
    """An asset to create, as it was entered; what its kind does not have stays None.

    `ad_account_id` is the ad account that a pixel is for, if it is for one. `program` made it, where one did.
    """

    business_id: str
    kind: Kind
    name: str
    currency: str | None = None
    timezone_id: int | None = None
    end_advertiser: str | None = None
    media_agency: str | None = None
    partner: str | None = None
    payment: Payment = UNSETTLED
    ad_account_id: str | None = None
    program: str | None = None

    @property
    def is_incomplete(self) -> bool:
        """Say whether it is still to be settled how it is paid."""
        return "invoice" in CREATABLE.get(self.kind, ()) and not self.payment.is_settled

    def field_errors(self) -> tuple[FieldError, ...]:
        """Return what is wrong with it, each at its field."""
        found = [*too_long(self.name, most=LONGEST_NAME, field="name")]
        if not self.name:
            found.append(FieldError(field="name", code=ErrorCode.NO_NAME))
        fields = CREATABLE.get(self.kind)
        if fields is None:
            found.append(FieldError(field="kind", code=ErrorCode.NOT_CREATED, got=self.kind))
        for field in fields or ():
            found += self._field_error(field)
        return tuple(found)

    def _field_error(self, field: str) -> list[FieldError]:
        is_right, code = _RULES.get(field, (lambda _: True, ErrorCode.NO_NAME))
        got = getattr(self, field, None)
        return [] if is_right(got) else [FieldError(field=field, code=code, got=str(got or ""))]


def is_advertiser(text: str | None) -> bool:
    """Say whether this names who advertises: a Business ID, NONE or UNFOUND."""
    return text is not None and (text in {NONE, UNFOUND} or is_business_id(text))


def is_helper(text: str | None) -> bool:
    """Say whether this names a media agency or partner: a Page's id or alias, an app's id, NONE, UNFOUND."""
    return text is not None and (text in {NONE, UNFOUND} or _ALIAS.fullmatch(text) is not None)


def _is_account(asset_id: str | None) -> bool:
    return asset_id is None or is_asset_id(asset_id, kind=Kind.AD_ACCOUNT)


_RULES: Mapping[str, tuple[Callable[[Any], bool], ErrorCode]] = {
    "currency": (lambda currency: currency in CURRENCIES, ErrorCode.CURRENCY),
    "timezone_id": (is_timezone_id, ErrorCode.TIME_ZONE),
    "end_advertiser": (is_advertiser, ErrorCode.ADVERTISER),
    "media_agency": (is_helper, ErrorCode.HELPER),
    "partner": (is_helper, ErrorCode.HELPER),
    "ad_account_id": (_is_account, ErrorCode.ASSET_ID),
}


def read_helper(text: str) -> str:
    """Return an agency or a partner as it is kept: nothing is NONE, anything else as it was typed."""
    text = text.strip()
    return text.upper() if text.upper() in {NONE, UNFOUND} else text or NONE


def read_advertiser(text: str, *, own_id: str) -> str:
    """Return who advertises as it is kept: the own business is "my company" in Meta's guide, or nothing."""
    if spoken(text) in {"", "my company"}:
        return own_id
    return read_business_id(text) or read_helper(text)


def make_asset_id(kind: Kind) -> str:
    """Return a random id for an asset that is not made at Meta yet.

    Its twenty digits begin with 9: Meta's ids are numbers of 64 bits, and so smaller.
    """
    return f"{_PREFIX.get(kind, '')}9{secrets.randbelow(10**19):019}"


def is_only_here(asset_id: str) -> bool:
    """Say whether an asset has one of our own ids, because it is not made at Meta yet."""
    return _OURS.fullmatch(asset_id) is not None


def pack_new(new: NewAsset) -> str:
    """Return an asset to create as JSON, as it is kept until it is created."""
    kept = asdict(new)
    if new.program is None:
        del kept["program"]
    return json.dumps(kept, sort_keys=True)


def unpack_new(stored: str) -> NewAsset:
    """Return what `pack_new` kept."""
    kept = json.loads(stored)
    return NewAsset(**{**kept, "kind": Kind(kept["kind"]), "payment": Payment(**kept["payment"])})
