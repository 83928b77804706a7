"""The card that tells a business's admins what lets more through now, or waits for one of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bot.services.views.businesses import LooseningState, LooseningView
from bot.slack.ids import ActionId
from bot.slack.kit import Message, actions, button, card
from bot.slack.lines import Line, Passage, line, short
from bot.slack.text import en as texts
from bot.slack.values import Ref, button_value

_NAME = 60
_FIRST = {
    LooseningState.WAITING: texts.settings.LOOSENS,
    LooseningState.IN_FORCE: texts.settings.LOOSENED,
    LooseningState.OVER: texts.settings.LOOSENED_NOT,
}


def loosening_card(view: LooseningView) -> Message:
    """Return what was loosened, by whom, and what it still takes."""
    waits = view.state is LooseningState.WAITING
    confirm = button(
        texts.buttons.CONFIRM_POLICY,
        ActionId.CONFIRM_POLICY,
        value=button_value(Ref(view.party.id, view.version)),
    )
    name, business = short(view.by or texts.basics.SOMEBODY, _NAME), short(view.party.name, _NAME)
    passages: list[Passage] = [
        (line(_FIRST[view.state] + ".", name=name, business=business), *_changes(view), _state(view, name))
    ]
    return card(lambda _: passages, [actions(confirm)] if waits else [], rest=texts.cards.THE_REST)


def _changes(view: LooseningView) -> list[Line]:
    return [
        line(template, before=say(view.changes[field][0]), after=say(view.changes[field][1]))
        for field, (template, say) in _SAID.items()
        if field in view.changes
    ]


def _who_may_ask(value: Any) -> str:
    return texts.settings.WHO_MAY_ASK_CHOICES[value]


def _api_sharing(value: Any) -> str:
    return texts.settings.API_SHARING_CHOICES[value]


_SAID: Mapping[str, tuple[str, Callable[[Any], str]]] = {
    "quorum": (texts.settings.LOOSENED_QUORUM, str),
    "who_may_ask": (texts.settings.LOOSENED_ASKING, _who_may_ask),
    "api_sharing": (texts.settings.LOOSENED_API_SHARING, _api_sharing),
    "expires_days": (texts.settings.LOOSENED_EXPIRY, lambda days: texts.basics.counted(days, "day")),
    "review_days": (texts.reviews.LOOSENED_CADENCE, lambda days: texts.reviews.CADENCES[days]),
    "review_silence": (texts.reviews.LOOSENED_SILENCE, lambda kept: texts.reviews.SILENCE_CHOICES[kept]),
    "accepts": (texts.settings.LOOSENED_ACCEPTING, lambda name: short(name or "", _NAME)),
    "undo_minutes": (texts.settings.LOOSENED_UNDO, lambda minutes: texts.basics.counted(minutes, "minute")),
}


def _state(view: LooseningView, name: str) -> Line:
    match view.state:
        case LooseningState.WAITING:
            return line(texts.settings.LOOSENING_WAITS, at=view.expires_at)
        case LooseningState.OVER:
            return line(texts.settings.LOOSENING_OVER)
        case _ if view.confirmed_by is not None:
            other = short(view.confirmed_by, _NAME)
            return line(texts.settings.LOOSENING_CONFIRMED, name=name, other=other)
        case _ if view.by is None:
            return line(texts.settings.LOOSENING_BY_FILE)
        case _:
            return line(texts.settings.LOOSENING_IN_FORCE, name=name)
