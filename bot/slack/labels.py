"""What chosen options say: from the record, by their values, never from the text that comes back with them.

Slack escapes that text (`&amp;`), and it says what the record said when the menu was opened.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bot.services import directory
from bot.services.context import Context
from bot.slack import kit
from bot.slack.lines import short
from bot.slack.modals import AdjustState, Chosen, ModalState
from bot.slack.modals.inputs import NOTHING, asset_label, owner_label, read_asset_value
from bot.slack.text import en as texts


def of_request(ctx: Context, state: ModalState) -> ModalState:
    """Return what was entered in the form for asking, each choice with what it is called now."""
    requesting = ctx.visible_business(state.requesting_id or "")
    if requesting is None:
        return state

    def person(value: str) -> str:
        # Who left the business is still a colleague: their workspace shows everybody's name.
        name = directory.name_at(ctx.tx, value, team_id=requesting.team_id or "")
        return short(name or texts.modals.UNKNOWN_PERSON, kit.LONGEST_OPTION)

    return replace(
        state,
        owner=state.owner and _named(state.owner, lambda value: _owner(ctx, value)),
        assets=tuple(_named(one, lambda value: _asset(ctx, value, state.assets_of)) for one in state.assets),
        people=tuple(_named(one, person) for one in state.people),
    )


def of_adjust(ctx: Context, state: AdjustState, *, owner_id: str) -> AdjustState:
    """Return what was entered in the form for giving less, each asset with what it is called now."""
    bound = {
        position: _named(one, lambda value: _asset(ctx, value, owner_id))
        for position, one in state.bound.items()
    }
    return replace(state, bound=bound)


def _named(chosen: Chosen, label: Callable[[str], str]) -> Chosen:
    return chosen if chosen.value == NOTHING else Chosen(chosen.value, label(chosen.value))


def _owner(ctx: Context, business_id: str) -> str:
    row = ctx.business_row(business_id)
    return (
        owner_label(directory.party_of(row))
        if row
        else short(texts.modals.UNKNOWN_OWNER_ID.format(id=business_id), kit.LONGEST_OPTION)
    )


def _asset(ctx: Context, value: str, owner_id: str | None) -> str:
    found = read_asset_value(value)
    asset = directory.find_asset(ctx.tx, found[1]) if found else None
    is_theirs = asset is not None and (asset.owner.id if asset.owner else None) == owner_id
    return asset_label(found[1] if found else value, asset.name if asset and is_theirs else "")
