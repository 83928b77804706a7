"""The form in which either side says when its contract with a partner ends: built and read side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.domain.contracts import MOST_OFFBOARDING_DAYS, USUAL_OFFBOARDING_DAYS, Phase
from bot.domain.requests import ErrorCode, FieldError
from bot.services.views.businesses import ContractView
from bot.services.views.parties import Party
from bot.slack import kit
from bot.slack.ids import ActionId, Callback
from bot.slack.kit import View, rich
from bot.slack.lines import line, short
from bot.slack.modals.inputs import (
    FieldErrors,
    day,
    day_of,
    end_of_day,
    entered,
    errors_at,
    read_position,
    typed,
)
from bot.slack.text import en as texts
from bot.slack.values import Unreadable, is_value, metadata, read_metadata

_NAME = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadContract:
    """When the contract of a business with a partner ends, and for how many days then access is removed."""

    own_id: str
    other_id: str
    ends_at: datetime
    days: int


def contract_modal(
    own: Party,
    other: Party,
    contract: ContractView | None,
    *,
    zone: str,
    until: str = "",
    days: int | None = None,
) -> View:
    """Return the form: with `until` (a day in `zone`) and `days`, as far as they were typed already.

    It keeps the instant that was stated: that stays while the day is unchanged.
    """
    kept_end = ""
    names = {"own": short(own.name, _NAME), "other": short(other.name, _NAME)}
    said = [line(texts.contracts.INTRO, **names)]
    stated = contract if contract is not None and contract.phase is Phase.RUNS else None
    if stated is not None:
        said.append(
            line(texts.contracts.COUNTS, at=stated.ends_at, said_by=short(stated.said_by.name, _NAME))
        )
        if stated.stated_at is not None:
            said.append(line(texts.contracts.YOURS, at=stated.stated_at, own=names["own"]))
        ends_at = stated.stated_at or stated.ends_at
        kept_end = "" if until else ends_at.isoformat()
        until = until or day_of(ends_at, zone=zone)
    start = days if days is not None else stated.days if stated else USUAL_OFFBOARDING_DAYS
    return kit.modal(
        texts.contracts.TITLE,
        [
            rich(tuple(said)),
            kit.entry(texts.contracts.UNTIL, kit.date(ActionId.UNTIL, start=until), block_id="until"),
            kit.entry(
                texts.contracts.DAYS,
                kit.number(ActionId.DAYS, least=0, most=MOST_OFFBOARDING_DAYS, start=str(start)),
                block_id="days",
                hint=texts.contracts.DAYS_HINT,
            ),
        ],
        callback=Callback.CONTRACT,
        submit=texts.contracts.SUBMIT,
        close=texts.buttons.CLOSE,
        private=metadata({"own": own.id, "other": other.id, "zone": zone, "end": kept_end}),
    )


def read_contract(view: Mapping[str, Any]) -> ReadContract | FieldErrors:
    """Return what was stated, or what is wrong with it, by block."""
    kept, fields = read_metadata(view), entered(view)
    ids = [kept.get(name) for name in ("own", "other", "zone")]
    if set(kept) - {"end"} != {"own", "other", "zone"} or not all(
        isinstance(one, str) and is_value(one) for one in ids
    ):
        raise Unreadable("not this form")
    own_id, other_id, zone = map(str, ids)
    ends_at = end_of_day(day(fields.get("until")), zone=zone, kept=str(kept.get("end", "")))
    days = read_position(typed(fields.get("days")))
    found = []
    if ends_at is None:
        found.append(FieldError(field="until", code=ErrorCode.DATE))
    if days is None:
        found.append(FieldError(field="days", code=ErrorCode.NUMBER, got=f"0 to {MOST_OFFBOARDING_DAYS}"))
    if ends_at is None or days is None:
        return errors_at(view, [(one.field, texts.errors.field_error(one)) for one in found])
    return ReadContract(own_id=own_id, other_id=other_id, ends_at=ends_at, days=days)
