"""The form in which it is said until when something found at Meta is ignored: built and read side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.domain.requests import ErrorCode, FieldError
from bot.services.views.requests import FindingView
from bot.slack import kit
from bot.slack.cards.finding import found_line
from bot.slack.ids import ActionId, Callback
from bot.slack.kit import View, rich
from bot.slack.lines import line, short
from bot.slack.modals.inputs import FieldErrors, day, end_of_day, entered, errors_at
from bot.slack.text import en as texts
from bot.slack.values import Ref, Unreadable, is_value, metadata, read_metadata, read_ref, ref_fields

_NAME = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadIgnore:
    """Which finding is ignored, and until when."""

    ref: Ref
    until: datetime


def ignore_modal(view: FindingView, *, zone: str) -> View:
    """Return the form; the day is one in `zone`."""
    intro = line(texts.findings.INTRO, holder=short(view.holder.name, _NAME) or view.holder.id)
    until = kit.entry(texts.findings.UNTIL, kit.date(ActionId.UNTIL), block_id="until")
    return kit.modal(
        texts.findings.TITLE,
        [rich((found_line(view), intro)), until],
        callback=Callback.IGNORE,
        submit=texts.findings.SUBMIT,
        close=texts.buttons.CLOSE,
        private=metadata(ref_fields(Ref(view.id, view.version)) | {"zone": zone}),
    )


def read_ignore(view: Mapping[str, Any]) -> ReadIgnore | FieldErrors:
    """Return what was chosen, or what is wrong with it."""
    kept = read_metadata(view)
    zone = kept.get("zone")
    if not isinstance(zone, str) or not is_value(zone):
        raise Unreadable("not this form")
    until = end_of_day(day(entered(view).get("until")), zone=zone)
    if until is None:
        wrong = FieldError(field="until", code=ErrorCode.DATE)
        return errors_at(view, [("until", texts.errors.field_error(wrong))])
    return ReadIgnore(ref=read_ref(kept), until=until)
