"""The card that tells an owner's admins what was found at Meta, with what they can do about it."""

from __future__ import annotations

from collections.abc import Mapping

from bot.domain.connections import Obstacle
from bot.domain.findings import REMEDIES, FindingState, Remedy
from bot.services.views.requests import FindingView
from bot.slack.ids import ActionId
from bot.slack.kit import Element, Message, actions, button, card, confirm
from bot.slack.lines import Line, Passage, Small, line, short
from bot.slack.text import en as texts
from bot.slack.values import Ref, button_value

_NAME = 60
_ACTIONS: Mapping[Remedy, ActionId] = {
    Remedy.ADOPT: ActionId.ADOPT,
    Remedy.REVOKE: ActionId.REVOKE_FOUND,
    Remedy.PUT_BACK: ActionId.PUT_BACK,
    Remedy.RECORD: ActionId.RECORD_END,
    Remedy.IGNORE: ActionId.IGNORE,
}
_DANGER = frozenset({Remedy.REVOKE, Remedy.RECORD})


def finding_card(view: FindingView) -> Message:
    """Return what was found, how it stands, and the buttons for what can be done about it."""
    passages: list[Passage] = [(found_line(view), *_standing(view)), (Small(_facts(view)),)]
    is_asked = view.state in {FindingState.OPEN, FindingState.IGNORED}
    controls = [actions(*_buttons(view))] if is_asked else []
    return card(lambda _: passages, controls, rest=texts.cards.THE_REST)


def found_line(view: FindingView) -> Line:
    """Return what was found, in one line."""
    return line(
        texts.findings.FOUND[view.kind],
        holder=_holder(view),
        asset=_asset(view),
        tasks=texts.basics.doing(view.asset_kind, view.tasks),
    )


def _standing(view: FindingView) -> list[Line]:
    """Return what somebody does about it, or did, and what stands in the way."""
    by = short(view.by or texts.basics.SOMEBODY, _NAME)
    match view.state:
        case FindingState.CLOSED:
            said = texts.findings.CLOSED_BY.get(view.remedy) if view.remedy else None
            return [line(said or texts.findings.CLOSED, by=by, at=view.over_at or view.found_at)]
        case FindingState.ACTING if view.remedy is not None:
            held_up = [line(texts.findings.HELD_UP, why=_why(view, view.obstacle))] if view.obstacle else []
            return [line(texts.findings.ACTING[view.remedy], by=by), *held_up]
        case FindingState.IGNORED if view.ignored_until is not None:
            return [line(texts.findings.IGNORED, by=by, at=view.ignored_until), *_unknown(view)]
    said_no = [line(texts.findings.COULD_NOT, why=_why(view, view.obstacle))] if view.obstacle else []
    waits = [line(texts.findings.WAITS, by=by, ref=view.draft_ref)] if view.draft_ref else []
    return [*said_no, *waits, *_unknown(view)]


def _unknown(view: FindingView) -> list[Line]:
    if view.is_known or Remedy.ADOPT not in REMEDIES[view.kind]:
        return []
    return [line(texts.findings.UNKNOWN_HOLDER, holder=_holder(view), id=view.holder.id)]


def _why(view: FindingView, obstacle: Obstacle) -> Line:
    return line(texts.meta.WHY[obstacle], owner=short(view.owner.name, _NAME), holder=_holder(view))


def _facts(view: FindingView) -> tuple[Line, ...]:
    return (
        line(texts.findings.FACT_OWNER, owner=short(view.owner.name, _NAME), id=view.asset_id),
        line(texts.findings.FACT_AT_META, tasks=texts.basics.task_names(view.tasks)),
        line(texts.findings.FACT_FOUND, at=view.found_at),
    )


def _buttons(view: FindingView) -> list[Element]:
    possible = [one for one in REMEDIES[view.kind] if view.is_known or one is not Remedy.ADOPT]
    return [_button(view, one) for one in possible]


def _button(view: FindingView, which: Remedy) -> Element:
    text = texts.findings.BUTTONS[which]
    asked = texts.findings.SURE.get(which)
    return button(
        text,
        _ACTIONS[which],
        value=button_value(Ref(view.id, view.version)),
        confirm=confirm(
            title=asked[0],
            text=asked[1].format(holder=_holder(view)),
            confirm=text,
            deny=texts.findings.NOT_YET,
            style="danger" if which in _DANGER else None,
        )
        if asked
        else None,
        label=texts.findings.ABOUT.format(button=text, holder=_holder(view), asset=_asset(view)),
    )


def _holder(view: FindingView) -> str:
    return short(view.holder.name, _NAME) or view.holder.id


def _asset(view: FindingView) -> str:
    return short(view.asset_name, _NAME) or view.asset_id
