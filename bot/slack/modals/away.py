"""The form in which an admin names who stands in while they are away: built and read side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from bot.services.views.businesses import AwayView
from bot.services.views.parties import PersonChoice
from bot.slack import kit
from bot.slack.cards.asked import away_line
from bot.slack.ids import ActionId, Callback
from bot.slack.kit import Block, View, rich
from bot.slack.lines import line, short
from bot.slack.modals.inputs import NOTHING, FieldErrors, choice, day, entered, errors_at, read_date
from bot.slack.text import en as texts
from bot.slack.values import Ref, button_value, metadata, read_metadata, read_ref, ref_fields

_NAME = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadAway:
    """Who is to stand in on which days, for the business that was shown."""

    ref: Ref
    stand_in: str
    from_day: date | None
    until_day: date | None


def away_modal(
    away: AwayView,
    *,
    stand_in: PersonChoice | None = None,
    from_day: date | None = None,
    until_day: date | None = None,
) -> View:
    """Return the form, with who stands in so far; its blocks are named as what the verb takes.

    It begins with what was typed, and else with what is kept so far.
    """
    stand_in = stand_in or away.stand_in
    ref = Ref(away.party.id, away.policy_version)
    return kit.modal(
        texts.away.TITLE,
        [
            rich((line(texts.away.INTRO, business=short(away.party.name, _NAME)),)),
            *_so_far(away, ref),
            kit.entry(
                texts.away.STAND_IN,
                kit.search(
                    ActionId.STAND_IN,
                    placeholder=texts.away.PLACEHOLDER,
                    chosen=kit.option(stand_in.name, stand_in.id) if stand_in else None,
                ),
                block_id="stand_in",
            ),
            _day("from_day", from_day or away.from_day, texts.away.FROM_DAY, zone=away.zone),
            _day("until_day", until_day or away.until_day, texts.away.UNTIL_DAY, zone=away.zone),
        ],
        callback=Callback.AWAY,
        submit=texts.away.SUBMIT,
        close=texts.buttons.CLOSE,
        private=metadata(ref_fields(ref)),
    )


def _so_far(away: AwayView, ref: Ref) -> list[Block]:
    said = away_line(away)
    if not said:
        return []
    back = kit.button(texts.away.BACK_AGAIN, ActionId.BACK_AGAIN, value=button_value(ref))
    return [rich((said,)), kit.actions(back)]


def _day(name: str, start: date | None, label: str, *, zone: str) -> Block:
    box = kit.date(ActionId(name), start=start.isoformat() if start else "")
    return kit.entry(label, box, block_id=name, hint=texts.away.DAYS_HINT.format(zone=zone))


def read_away(view: Mapping[str, Any]) -> ReadAway | FieldErrors:
    """Return who is to stand in, and on which days."""
    fields = entered(view)
    stand_in = choice(fields.get("stand_in"))
    if stand_in is None or stand_in.value == NOTHING:
        return errors_at(view, [("stand_in", texts.modals.NOT_A_CHOICE if stand_in else texts.away.NOBODY)])
    first, last = (read_date(day(fields.get(name))) for name in ("from_day", "until_day"))
    missing = [name for name, one in (("from_day", first), ("until_day", last)) if one is None]
    if missing:
        return errors_at(view, [(name, texts.away.NO_DAY) for name in missing])
    return ReadAway(
        ref=read_ref(read_metadata(view)), stand_in=stand_in.value, from_day=first, until_day=last
    )
