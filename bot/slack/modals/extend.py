"""The form in which a holder asks for more time: built and read side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.domain.assets import level_name
from bot.domain.limits import LONGEST_DAYS, LONGEST_REASON
from bot.domain.requests import ErrorCode, FieldError
from bot.services.results import Denied, Invalid
from bot.services.views import GrantView
from bot.slack import kit
from bot.slack.ids import ActionId, Callback, Ref, metadata, read_metadata, read_ref, ref_fields
from bot.slack.kit import View, rich
from bot.slack.lines import Line, line, short, short_named
from bot.slack.modals.inputs import FieldErrors, choice, entered, errors_at, read_days, said, typed
from bot.slack.text import en as texts

_OTHER = "other"
_USUAL = "30"
_NAME = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadExtend:
    """How many days more are asked for, of which grant, and why."""

    ref: Ref
    days: int
    reason: str


def extend_modal(grant: GrantView, *, days: int | None = None, reason: str = "") -> View:
    """Return the form. It starts with `days`, and with `reason` or else why the grant was asked for."""
    is_usual = days is None or str(days) in texts.modals.TERM_CHOICES
    options = [kit.option(text, value) for value, text in texts.modals.TERM_CHOICES.items()]
    options.append(kit.option(texts.modals.EXTEND_OTHER, _OTHER))
    menu = kit.select(ActionId.TERM, options, chosen=str(days or _USUAL) if is_usual else _OTHER)
    box = kit.number(ActionId.DAYS, least=1, most=LONGEST_DAYS, start="" if is_usual else str(days))
    why = kit.typing(ActionId.REASON, most=LONGEST_REASON, multiline=True, start=reason or grant.reason)
    owner = short(grant.owner.name, _NAME)
    return kit.modal(
        texts.modals.EXTEND_TITLE,
        [
            rich(_intro(grant, owner=owner)),
            kit.entry(texts.modals.EXTEND_TERM, menu, block_id="term"),
            kit.entry(
                texts.modals.EXTEND_DAYS,
                box,
                block_id="days",
                hint=texts.modals.EXTEND_DAYS_HINT,
                optional=True,
            ),
            kit.entry(
                texts.modals.REASON, why, block_id="reason", hint=texts.modals.REASON_HINT.format(owner=owner)
            ),
        ],
        callback=Callback.EXTEND,
        submit=texts.modals.EXTEND_SUBMIT,
        close=texts.buttons.CLOSE,
        private=metadata(ref_fields(Ref(grant.id, grant.version))),
    )


def _intro(grant: GrantView, *, owner: str) -> tuple[Line, ...]:
    about = line(
        texts.modals.EXTEND_INTRO,
        asset=short_named(grant.asset_name, grant.asset_id, 90),
        owner=owner,
        level=level_name(grant.kind, grant.tasks),
        tasks=texts.basics.task_names(grant.tasks),
    )
    ends = [line(texts.modals.EXTEND_ENDS, at=grant.ends_at)] if grant.ends_at else []
    return (about, *ends, line(texts.modals.EXTEND_HELP, owner=owner))


def read_extend(view: Mapping[str, Any]) -> ReadExtend | FieldErrors:
    """Return what was asked for, or what is wrong with it, by block."""
    ref = read_ref(read_metadata(view))
    fields = entered(view)
    chosen = choice(fields.get("term"))
    is_other = chosen is None or chosen.value == _OTHER
    term = read_days(typed(fields.get("days")) if chosen is None or is_other else chosen.value)
    reason = typed(fields.get("reason"))
    found = []
    if term is None or term.days is None:
        wrong = FieldError(field="days", code=ErrorCode.DAYS)
        found.append(("days" if is_other else "term", texts.errors.field_error(wrong)))
    if not reason:
        found.append(
            ("reason", texts.errors.field_error(FieldError(field="reason", code=ErrorCode.NO_REASON)))
        )
    if found or term is None or term.days is None:
        return errors_at(view, found)
    return ReadExtend(ref=ref, days=term.days, reason=reason)


def extend_errors(view: Mapping[str, Any], answer: Denied | Invalid) -> FieldErrors:
    """Return what the answer says, by block: a length of time stands where it was chosen or typed."""
    chosen = choice(entered(view).get("term"))
    length = "days" if chosen is not None and chosen.value == _OTHER else "term"
    is_length = {"term", "days", "until"}
    return errors_at(view, [(length if field in is_length else field, text) for field, text in said(answer)])
