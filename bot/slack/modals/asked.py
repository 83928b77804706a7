"""The form in which admins name whom requests are asked of: built and read side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.domain.limits import MOST_PEOPLE
from bot.services.settings import Asked
from bot.services.views.parties import PersonChoice
from bot.slack import kit
from bot.slack.ids import ActionId, Callback, Json
from bot.slack.kit import Block, View, rich
from bot.slack.lines import line, short
from bot.slack.modals.inputs import NOTHING, FieldErrors, choices, entered, errors_at
from bot.slack.text import en as texts
from bot.slack.values import Ref, metadata, read_metadata, read_ref, ref_fields

_NAME = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadAsked:
    """Whom somebody named, for the business and the version of its policy that were shown."""

    ref: Ref
    first: tuple[str, ...]
    backups: tuple[str, ...]


def asked_modal(asked: Asked) -> View:
    """Return the form; its blocks are named as what the verb takes."""
    return kit.modal(
        texts.asked.TITLE,
        [
            rich((line(texts.asked.INTRO, business=short(asked.party.name, _NAME)),)),
            _people("first", asked.first, texts.asked.FIRST, hint=texts.asked.FIRST_HINT),
            _people("backups", asked.backups, texts.asked.BACKUPS, hint=texts.asked.BACKUPS_HINT),
        ],
        callback=Callback.ASKED,
        submit=texts.asked.SUBMIT,
        close=texts.buttons.CLOSE,
        private=metadata(ref_fields(Ref(asked.party.id, asked.policy_version))),
    )


def _people(name: str, chosen: Sequence[PersonChoice], label: str, *, hint: str) -> Block:
    menu = kit.search_many(
        ActionId(name),
        placeholder=texts.asked.PLACEHOLDER,
        most=MOST_PEOPLE,
        chosen=[kit.option(one.name, one.id) for one in chosen],
    )
    return kit.entry(label, menu, block_id=name, hint=hint, optional=True)


def read_asked(view: Mapping[str, Any]) -> ReadAsked | FieldErrors:
    """Return whom somebody named, or what is wrong with it, by block."""
    fields = entered(view)
    first, backups = (_ids(fields.get(name)) for name in ("first", "backups"))
    notes = [name for name, ids in (("first", first), ("backups", backups)) if NOTHING in ids]
    if notes:
        return errors_at(view, [(name, texts.modals.NOT_A_CHOICE) for name in notes])
    return ReadAsked(ref=read_ref(read_metadata(view)), first=first, backups=backups)


def _ids(held: Json | None) -> tuple[str, ...]:
    return tuple(one.value for one in choices(held))
