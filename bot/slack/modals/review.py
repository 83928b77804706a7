"""The form in which access that is reviewed is shortened: built and read side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.domain.requests import ErrorCode, FieldError
from bot.services.views.access import GrantView
from bot.slack import kit
from bot.slack.cards.review import item_line
from bot.slack.ids import ActionId, Callback
from bot.slack.kit import View, rich
from bot.slack.lines import line, short
from bot.slack.modals.inputs import FieldErrors, day, end_of_day, entered, errors_at
from bot.slack.text import en as texts
from bot.slack.values import Ref, Unreadable, is_value, metadata, read_metadata, read_ref, ref_fields

_NAME = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadShorten:
    """Which grant is to end sooner, and when."""

    ref: Ref
    until: datetime


def shorten_modal(grant: GrantView, *, zone: str) -> View:
    """Return the form; the day is one in `zone`."""
    intro = line(
        texts.reviews.INTRO,
        holder=short(grant.holder.name, _NAME),
        asset=short(grant.asset_name, _NAME) or grant.asset_id,
    )
    until = kit.entry(texts.reviews.WHEN, kit.date(ActionId.UNTIL), block_id="until")
    return kit.modal(
        texts.reviews.TITLE,
        [rich((item_line(grant), intro)), until],
        callback=Callback.SHORTEN,
        submit=texts.reviews.SUBMIT,
        close=texts.buttons.CLOSE,
        private=metadata(ref_fields(Ref(grant.id, grant.version)) | {"zone": zone}),
    )


def read_shorten(view: Mapping[str, Any]) -> ReadShorten | FieldErrors:
    """Return what was chosen, or what is wrong with it."""
    kept = read_metadata(view)
    zone = kept.get("zone")
    if not isinstance(zone, str) or not is_value(zone):
        raise Unreadable("not this form")
    until = end_of_day(day(entered(view).get("until")), zone=zone)
    if until is None:
        wrong = FieldError(field="until", code=ErrorCode.DATE)
        return errors_at(view, [("until", texts.errors.field_error(wrong))])
    return ReadShorten(ref=read_ref(kept), until=until)
