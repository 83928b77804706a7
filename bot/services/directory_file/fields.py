"""What a single value of a directory file may be: ids, names, days, hours and zones."""

from __future__ import annotations

import difflib
import re
import unicodedata
from datetime import date
from functools import cache
from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator

from bot.domain.assets import Kind, is_asset_id, is_business_id
from bot.domain.calendar import read_hours
from bot.domain.creating import NONE, UNFOUND, is_advertiser, is_helper
from bot.domain.currencies import CURRENCIES
from bot.domain.limits import LONGEST_NAME, MOST_DAYS_OFF
from bot.domain.reviews import CADENCES
from bot.domain.typed import tidy
from bot.services.directory_file.problems import shown


def _name(text: str) -> str:
    text = unicodedata.normalize("NFC", text)
    if not text:
        raise ValueError("is empty")
    if tidy(text) != text or "\n" in text:
        raise ValueError("has characters in it that cannot be seen")
    if len(text) > LONGEST_NAME:
        raise ValueError(f"is {len(text)} characters long; {LONGEST_NAME} are the most")
    return text


def _business_id(text: str) -> str:
    if not is_business_id(text):
        raise ValueError(
            f"{shown(text)} is no Business ID: that is 5 to 20 digits and nothing else "
            "(Business Manager shows it under Business settings, Business info)"
        )
    return text


def _ad_account_id(text: str) -> str:
    if not is_asset_id(text, kind=Kind.AD_ACCOUNT):
        raise ValueError(f"{shown(text)} is no ad account: that is act_ followed by digits")
    return text


def _currency(text: str) -> str:
    if text not in CURRENCIES:
        near = difflib.get_close_matches(text, CURRENCIES, n=1)
        hint = f": did you mean {near[0]}?" if near else ""
        raise ValueError(f"{shown(text)} is no currency at Meta{hint}")
    return text


def _advertiser(text: str) -> str:
    if not is_advertiser(text):
        raise ValueError(f"{shown(text)} is no Business ID, and neither {NONE} nor {UNFOUND}")
    return text


def _helper(text: str) -> str:
    if not is_helper(text):
        raise ValueError(f"{shown(text)} is no id and no alias of a Page, and neither {NONE} nor {UNFOUND}")
    return text


def _review_days(days: int) -> int:
    if days not in CADENCES:
        raise ValueError(f"{days} is none of {', '.join(str(one) for one in CADENCES)} (0: never)")
    return days


def _matching(pattern: str, what: str) -> AfterValidator:
    compiled = re.compile(pattern, re.ASCII)

    def check(text: str) -> str:
        if not compiled.fullmatch(text):
            raise ValueError(f"{shown(text)} is no {what}")
        return text

    return AfterValidator(check)


def _days_off(days: tuple[date, ...]) -> tuple[date, ...]:
    if len(set(days)) > MOST_DAYS_OFF:
        raise ValueError(f"has {len(set(days))} days; {MOST_DAYS_OFF} are the most")
    return days


def _hours(text: str) -> str:
    if read_hours(text) is None:
        raise ValueError(
            f'{shown(text)} are no working hours: write them like "09:00-17:00" or "Sun-Thu 08:00-16:30"'
        )
    return text


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _zone(text: str) -> str:
    if text not in _zones():
        near = difflib.get_close_matches(text, _zones(), n=1)
        hint = f": did you mean {near[0]}?" if near else ', like "Europe/Berlin"'
        raise ValueError(f"{shown(text)} is no time zone of the IANA list{hint}")
    return text


def _day(text: str) -> date:
    wrong = ValueError(f"{shown(text)} is no date: write it like 2026-12-25")
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text, re.ASCII):
        raise wrong
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise wrong from None


Name = Annotated[str, AfterValidator(_name)]
BusinessId = Annotated[str, AfterValidator(_business_id)]
Currency = Annotated[str, AfterValidator(_currency)]
Advertiser = Annotated[str, AfterValidator(_advertiser)]
Helper = Annotated[str, AfterValidator(_helper)]
AdAccountId = Annotated[str, AfterValidator(_ad_account_id)]
TeamId = Annotated[
    str, _matching("[TE][A-Z0-9]{2,20}", "Slack workspace id (T and then capitals and digits)")
]
UserId = Annotated[str, _matching("[UW][A-Z0-9]{2,20}", "Slack user id (U or W, then capitals and digits)")]
ChannelId = Annotated[
    str, _matching("[CG][A-Z0-9]{2,20}", "Slack channel id (C and then capitals and digits)")
]
Token = Annotated[str, _matching("[A-Za-z0-9_-]{1,64}", "id of letters, digits, _ and -")]
GroupId = Annotated[str, _matching("[0-9]{5,20}", "id of 5 to 20 digits")]
IdAtMeta = Annotated[str, _matching("[0-9]{1,20}", "id of a person at Meta: digits")]
ReviewDays = Annotated[int, AfterValidator(_review_days)]
Hours = Annotated[str, AfterValidator(_hours)]
Zone = Annotated[str, AfterValidator(_zone)]
Day = Annotated[str, AfterValidator(lambda text: _day(text).isoformat())]
DaysOff = Annotated[tuple[Day, ...], AfterValidator(_days_off)]
