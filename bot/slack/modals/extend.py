"""The form in which a holder asks for more time: built and read side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.domain.assets import level_of
from bot.domain.kinds import DEFAULT_KIND
from bot.domain.limits import LONGEST_DAYS, LONGEST_REASON
from bot.domain.requests import ErrorCode, FieldError, Term
from bot.services.results import Denied, Invalid
from bot.services.views.access import GrantView
from bot.slack import kit
from bot.slack.ids import ActionId, Callback
from bot.slack.kit import View, rich
from bot.slack.lines import Line, line, short, short_named
from bot.slack.modals.inputs import (
    FieldErrors,
    choice,
    day,
    entered,
    entered_end,
    entered_length,
    errors_at,
    length_block,
    length_inputs,
    length_menu,
    read_length,
    said,
    typed,
)
from bot.slack.text import en as texts
from bot.slack.values import Ref, metadata, read_metadata, read_ref, ref_fields

_USUAL = Term.for_days(30)
_NAME = 60
_LENGTH = frozenset({"term", "days", "until"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtendState:
    """What was entered so far: the length's menu, `days` and `until` (a day in `zone`) for two of it, why.

    `kept_end` is the instant that `until` stands for while it is the day that the form was filled with.
    """

    ref: Ref
    zone: str
    term: str
    days: str
    until: str
    kept_end: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadExtend:
    """For how much longer is asked, of which grant, and why."""

    ref: Ref
    term: Term
    reason: str


def extend_state(grant: GrantView, *, zone: str, term: Term | None = None, reason: str = "") -> ExtendState:
    """Return the form's first state: with `term`, and with `reason` or else that of the grant's request."""
    length, days, until = entered_length(term or _USUAL, zone=zone)
    return ExtendState(
        ref=Ref(grant.id, grant.version),
        zone=zone,
        term=length,
        days=days,
        until=until,
        kept_end=entered_end(term or _USUAL),
        reason=reason or grant.reason,
    )


def extend_modal(grant: GrantView, state: ExtendState) -> View:
    """Return the form, as far as it is filled in."""
    hint = texts.kinds.WORDS[DEFAULT_KIND].form.reason_hint
    why = kit.typing(ActionId.REASON, most=LONGEST_REASON, multiline=True, start=state.reason)
    owner = short(grant.owner.name, _NAME)
    return kit.modal(
        texts.modals.EXTEND_TITLE,
        [
            rich(_intro(grant, owner=owner)),
            length_menu(texts.modals.EXTEND_TERM, state.term),
            *length_inputs(
                state.term,
                days=state.days,
                until=state.until,
                kept_end=state.kept_end,
                zone=state.zone,
                most=LONGEST_DAYS,
                of_days=(texts.modals.EXTEND_DAYS, texts.modals.EXTEND_DAYS_HINT),
            ),
            kit.entry(texts.modals.REASON, why, block_id="reason", hint=hint.format(other=owner)),
        ],
        callback=Callback.EXTEND,
        submit=texts.modals.EXTEND_SUBMIT,
        close=texts.buttons.CLOSE,
        private=metadata(ref_fields(state.ref) | {"zone": state.zone, "end": state.kept_end}),
    )


def _intro(grant: GrantView, *, owner: str) -> tuple[Line, ...]:
    level = level_of(grant.kind, grant.tasks)
    about = line(
        texts.modals.EXTEND_INTRO,
        asset=short_named(grant.asset_name, grant.asset_id, 90),
        owner=owner,
        level=texts.basics.level_row(grant.kind, grant.tasks),
        means=texts.cards.ROW_MEANS.format(means=level.means) if level else "",
    )
    return (about, *_ends(grant), line(texts.modals.EXTEND_HELP, owner=owner))


def _ends(grant: GrantView) -> list[Line]:
    """Return when it ends; with a contract that ends it sooner, also from when on more days are counted."""
    if grant.cut_at is not None and grant.ends_at is not None:
        return [line(texts.modals.EXTEND_CUT, at=grant.cut_at, end=grant.ends_at)]
    return [line(texts.modals.EXTEND_ENDS, at=grant.until)] if grant.until else []


def read_extend_state(view: Mapping[str, Any]) -> ExtendState:
    """Return everything that was entered so far."""
    kept, fields = read_metadata(view), entered(view)
    term = choice(fields.get("term"))
    return ExtendState(
        ref=read_ref(kept),
        zone=str(kept.get("zone", "")),
        term=term.value if term else "",
        days=typed(fields.get("days")),
        until=day(fields.get("until")),
        kept_end=str(kept.get("end", "")),
        reason=typed(fields.get("reason")),
    )


def read_extend(view: Mapping[str, Any]) -> ReadExtend | FieldErrors:
    """Return what was asked for, or what is wrong with it, by block."""
    state = read_extend_state(view)
    term = read_length(
        state.term, days=state.days, until=state.until, kept_end=state.kept_end, zone=state.zone
    )
    found = []
    if isinstance(term, FieldError):
        found.append((length_block(view, term.field), texts.errors.field_error(term)))
    if not state.reason:
        wrong = FieldError(field="reason", code=ErrorCode.NO_REASON)
        found.append(("reason", texts.errors.field_error(wrong)))
    if found or isinstance(term, FieldError):
        return errors_at(view, found)
    return ReadExtend(ref=state.ref, term=term, reason=state.reason)


def extend_errors(view: Mapping[str, Any], answer: Denied | Invalid) -> FieldErrors:
    """Return what the answer says, by block: a length of time stands where it was chosen or typed."""
    length = length_block(view, read_extend_state(view).term)
    return errors_at(view, [(length if field in _LENGTH else field, text) for field, text in said(answer)])
