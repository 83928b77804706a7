"""The form for asking, read back: while it is filled in, and when it is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.domain.assets import Kind
from bot.domain.kinds import DEFAULT_KIND, RULES, RequestKind
from bot.domain.limits import MOST_ITEMS, MOST_PEOPLE
from bot.domain.requests import ErrorCode, FieldError, NewItem, NewRequest, Term
from bot.services.results import Denied, Invalid
from bot.slack.ids import ActionId, Json
from bot.slack.modals.ask.state import USUAL_TERM, Described, ModalState, tasks_of, without_assets
from bot.slack.modals.inputs import (
    NOTHING,
    Chosen,
    FieldErrors,
    choice,
    choices,
    day,
    entered,
    errors_at,
    held_in,
    input_blocks,
    length_block,
    read_asset_value,
    read_length,
    read_position,
    said,
    typed,
)
from bot.slack.text import en as texts
from bot.slack.values import Ref, Unreadable, is_value, read_metadata, read_ref

_MOST_KEYS = 10_000
_KEEPS = {"zone", "requesting", "owner", "next", "draft"}
_MAY_KEEP = {"unplaced", "away", "line", "kind", "start", "end"}
"""What a form that was opened before an upgrade does not have yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadRequest:
    """What was sent: a request, and which draft it replaces."""

    request: NewRequest
    draft: Ref | None


def read_request_state(view: Mapping[str, Any]) -> ModalState:
    """Return everything that was entered.

    A new owner has the assets of the last one wait for that one, a new requesting business the people.
    Raise `Unreadable` for a view that is not this form.
    """
    kept = read_metadata(view)
    if (
        set(kept) - _MAY_KEEP != _KEEPS
        or not isinstance(kept["zone"], str)
        or kept["next"] not in range(_MOST_KEYS)
        or kept.get("kind", DEFAULT_KIND) not in set(RULES)
    ):
        raise Unreadable("not this form")
    fields = entered(view)
    requesting = choice(fields.get("requesting"))
    requesting_id = requesting.value if requesting else _text_or_none(kept["requesting"])
    owner = choice(fields.get("owner"))
    same_requester = requesting_id == kept["requesting"]
    same_owner = same_requester and (owner.value if owner else None) == kept["owner"]
    term = choice(held_in(fields, "term"))
    people, away = choices(held_in(fields, "people")), _read_away(kept.get("away", []))
    state = ModalState(
        kind=RequestKind(kept.get("kind", DEFAULT_KIND)),
        zone=kept["zone"],
        requesting_id=requesting_id,
        owner=owner,
        assets=choices(held_in(fields, "assets")),
        levels=_read_levels(fields),
        unplaced=_read_unplaced(kept.get("unplaced", {})),
        described=_read_described(fields),
        next_key=kept["next"],
        term=term.value if term else USUAL_TERM,
        days=typed(held_in(fields, "days")),
        until=day(held_in(fields, "until")),
        kept_end=str(kept.get("end", "")),
        people=people if same_requester else (),
        away=away if same_requester else _now_away(away, people),
        reason=typed(held_in(fields, "reason")),
        draft=read_ref(kept["draft"]) if isinstance(kept["draft"], dict) else None,
        line=str(kept.get("line", "")),
        start=str(kept.get("start", "")),
    )
    return state if same_owner else without_assets(state)


def read_earlier(action: Mapping[str, Any]) -> str | None:
    """Return the request that was chosen to start from, None if the action was another one."""
    chosen = choice(dict(action)) if action.get("action_id") == ActionId.EARLIER else None
    return chosen.value if chosen else None


def read_request(view: Mapping[str, Any]) -> ReadRequest | FieldErrors:
    """Return the request that was sent, or what is missing, by block. `submit` judges what it says."""
    state = read_request_state(view)
    found: list[tuple[str, str]] = []
    if not state.has_owner:
        found.append(
            ("owner", texts.errors.field_error(FieldError(field="owner", code=ErrorCode.BUSINESS_ID)))
        )
    if any(one.value == NOTHING for one in state.assets):
        found.append(("assets", texts.modals.NOT_A_CHOICE))
    if any(one.value == NOTHING for one in state.people):
        found.append(("people", texts.modals.NOT_A_CHOICE))
    term = _read_term(state)
    if isinstance(term, FieldError):
        found.append((length_block(view, term.field), texts.errors.field_error(term)))
    if found or isinstance(term, FieldError):
        return errors_at(view, found)
    return ReadRequest(
        request=NewRequest(
            kind=state.kind,
            requesting_id=state.requesting_id or "",
            deciding_id=state.owner_id,
            items=_items(state),
            reason=state.reason,
            term=term,
            people=tuple(one.value for one in state.people),
        ),
        draft=state.draft,
    )


def request_errors(view: Mapping[str, Any], answer: Denied | Invalid) -> FieldErrors:
    """Return what the answer to a request says, by block; what fits no block stands at the last one."""
    state = read_request_state(view)
    shown = input_blocks(view)
    places = _places(state)

    def at(field: str, text: str) -> tuple[str, str]:
        name, _, position = field.partition(".")
        if name == "term":
            return length_block(view, state.term), text
        if name != "items":
            return name, text
        is_one = position.isdigit() and int(position) < len(places)
        block, asset = places[int(position)] if is_one else ("assets", "")
        # Slack may bring the form before the menu for what was just chosen came up.
        return ("assets", f"{asset}: {text}") if asset and block not in shown else (block, text)

    return errors_at(view, [at(field, text) for field, text in said(answer)])


def lacks_fields(view: Mapping[str, Any]) -> bool:
    """Say whether assets were chosen in this form whose levels had not come up when it was sent."""
    state = read_request_state(view)
    assets = [block for block, asset in _places(state) if asset and RULES[state.kind].has_levels]
    return len(assets) <= MOST_ITEMS and not set(input_blocks(view)).issuperset(assets)


def _places(state: ModalState) -> list[tuple[str, str]]:
    """Return the block at which an error of each item stands, with what it is called if it is an asset."""
    found = [(read_asset_value(one.value), one.label) for one in state.assets]
    places = [(f"level:{asset[1]}", label) for asset, label in found if asset]
    return [*places, *((f"words:{one.key}", "") for one in state.described)]


def _items(state: ModalState) -> tuple[NewItem, ...]:
    items: list[NewItem] = []
    for one in state.assets:
        found = read_asset_value(one.value)
        if found is None:
            raise Unreadable("not an asset")
        kind, asset_id = found
        tasks = tasks_of(state.kind, kind, state.levels.get(asset_id))
        items.append(NewItem(kind=kind, asset_id=asset_id, tasks=tasks))
    for described in state.described:
        tasks = tasks_of(state.kind, described.kind, described.level)
        items.append(NewItem(kind=described.kind, words=described.words, tasks=tasks))
    return tuple(items)


def _read_term(state: ModalState) -> Term | FieldError:
    if not RULES[state.kind].has_term:
        return Term.without_end()
    return read_length(
        state.term, days=state.days, until=state.until, kept_end=state.kept_end, zone=state.zone
    )


def _read_unplaced(kept: object) -> dict[str, str]:
    if not isinstance(kept, dict) or not all(isinstance(one, str) for one in [*kept, *kept.values()]):
        raise Unreadable("not this form")
    return kept


def _read_away(kept: object) -> tuple[str, ...]:
    if not isinstance(kept, list) or not all(isinstance(one, str) and is_value(one) for one in kept):
        raise Unreadable("not this form")
    return tuple(kept[:MOST_PEOPLE])


def _now_away(away: Sequence[str], people: Sequence[Chosen]) -> tuple[str, ...]:
    chosen = [one.value for one in people if one.value != NOTHING]
    return tuple(dict.fromkeys([*chosen, *away]))[:MOST_PEOPLE]


def _read_levels(fields: Mapping[str, Json]) -> dict[str, str]:
    levels = {}
    for block_id, held in fields.items():
        name, _, asset_id = block_id.partition(":")
        chosen = choice(held) if name == "level" else None
        if chosen is not None:
            levels[asset_id] = chosen.value
    return levels


def _read_described(fields: Mapping[str, Json]) -> tuple[Described, ...]:
    described = []
    for block_id, held in fields.items():
        name, _, key = block_id.partition(":")
        number = read_position(key) if name == "kind" else None
        if number is None:
            continue
        kind = choice(held)
        if kind is None or kind.value not in set(Kind):
            raise Unreadable("not a kind")
        level = choice(fields.get(f"described:{key}:{kind.value}"))
        described.append(
            Described(
                key=number,
                kind=Kind(kind.value),
                words=typed(fields.get(f"words:{key}")),
                level=level.value if level else None,
            )
        )
    return tuple(sorted(described, key=lambda one: one.key))


def _text_or_none(value: object) -> str | None:
    return value if isinstance(value, str) and is_value(value) else None
