"""The forms that ask for a day alone, until which something is to be so: built and read side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.domain.requests import ErrorCode, FieldError
from bot.services.views.access import GrantView
from bot.services.views.requests import FindingView
from bot.slack import kit
from bot.slack.cards.finding import found_line
from bot.slack.cards.review import item_line
from bot.slack.ids import ActionId, Callback
from bot.slack.kit import Block, View, rich
from bot.slack.lines import Line, line, short
from bot.slack.modals.end import keeps
from bot.slack.modals.inputs import FieldErrors, day, end_of_day, entered, errors_at
from bot.slack.text import en as texts
from bot.slack.values import Ref, Unreadable, is_value, metadata, read_metadata, read_ref, ref_fields

_NAME = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadUntil:
    """What it is about, and the end of the day that was chosen."""

    ref: Ref
    until: datetime


def ignore_modal(view: FindingView, *, zone: str) -> View:
    """Return the form that asks until when a finding is ignored; the day is one in `zone`."""
    intro = line(texts.findings.INTRO, holder=short(view.holder.name, _NAME) or view.holder.id)
    return _until_modal(
        Ref(view.id, view.version),
        (found_line(view), intro),
        label=texts.findings.UNTIL,
        title=texts.findings.TITLE,
        submit=texts.findings.SUBMIT,
        callback=Callback.IGNORE,
        zone=zone,
    )


def shorten_modal(grant: GrantView, *, zone: str, going_on: Sequence[GrantView] = ()) -> View:
    """Return the form that asks when access that is reviewed is to end; the day is one in `zone`.

    `going_on` is what its holder keeps on the same asset.
    """
    intro = line(
        texts.reviews.INTRO_BESIDE if going_on else texts.reviews.INTRO,
        level=texts.basics.level_said(grant.kind, grant.tasks),
        holder=short(grant.holder.name, _NAME),
        asset=short(grant.asset_name, _NAME) or grant.asset_id,
        ref=grant.ref,
    )
    return _until_modal(
        Ref(grant.id, grant.version),
        (item_line(grant), intro),
        more=keeps(going_on, {grant.owner.id}),
        label=texts.reviews.WHEN,
        title=texts.reviews.TITLE,
        submit=texts.reviews.SUBMIT,
        callback=Callback.SHORTEN,
        zone=zone,
    )


def _until_modal(
    ref: Ref,
    said: tuple[Line, ...],
    *,
    label: str,
    title: str,
    submit: str,
    callback: Callback,
    zone: str,
    more: Sequence[Block] = (),
) -> View:
    return kit.modal(
        title,
        [rich(said), *more, kit.entry(label, kit.date(ActionId.UNTIL), block_id="until")],
        callback=callback,
        submit=submit,
        close=texts.buttons.CLOSE,
        private=metadata(ref_fields(ref) | {"zone": zone}),
    )


def read_until(view: Mapping[str, Any]) -> ReadUntil | FieldErrors:
    """Return what was chosen, or what is wrong with it."""
    kept = read_metadata(view)
    zone = kept.get("zone")
    if not isinstance(zone, str) or not is_value(zone):
        raise Unreadable("not this form")
    until = end_of_day(day(entered(view).get("until")), zone=zone)
    if until is None:
        wrong = FieldError(field="until", code=ErrorCode.DATE)
        return errors_at(view, [("until", texts.errors.field_error(wrong))])
    return ReadUntil(ref=read_ref(kept), until=until)
