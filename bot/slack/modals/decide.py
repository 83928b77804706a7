"""The forms in which a request is adjusted, declined or cancelled: each built and read side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.domain.assets import Kind, Tasks, is_risky, lower_levels
from bot.domain.limits import LONGEST_DAYS, LONGEST_NOTE
from bot.domain.requests import Approve, Decline, FieldError, RequestState, Term, Verdict
from bot.services.results import Denied, Invalid
from bot.services.views.requests import ItemView, RequestView
from bot.slack import kit
from bot.slack.cards.headline import headline
from bot.slack.cards.items import given_of, is_unnamed
from bot.slack.ids import ActionId, Callback, Json
from bot.slack.kit import Block, View
from bot.slack.lines import line, plain, short
from bot.slack.modals.inputs import (
    NOTHING,
    Chosen,
    FieldErrors,
    asset_label,
    choice,
    day,
    entered,
    entered_end,
    errors_at,
    length_block,
    length_inputs,
    level_value,
    read_asset_value,
    read_length,
    read_level,
    read_position,
    said,
    typed,
    zone_of,
)
from bot.slack.text import en as texts
from bot.slack.values import Ref, Unreadable, metadata, read_metadata, read_ref, ref_fields

_KEEP = "keep"
_AS_IS = "as_is"
_DECLINED = "declined"
_NAME = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjustState:
    """What was entered in the adjust form: choices by an item's position, and for how long."""

    given: Mapping[int, str]
    bound: Mapping[int, Chosen]
    term: str = _KEEP
    days: str = ""
    until: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadVerdict:
    """A verdict that was sent, on the request and version that were shown."""

    ref: Ref
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadNote:
    """A request to cancel, with a note about why."""

    ref: Ref
    note: str


# --- adjust -----------------------------------------------------------------------------------------


def adjust_modal(view: RequestView, *, zone: str, state: AdjustState | None = None) -> View:
    """Return the form in which an approver gives less, names what was described, or shortens the term.

    `zone` is the approver's, in which days end, but for the day until which it is requested: that ends as it
    does for who requested it. `state` is what was entered so far, to build it again.
    """
    state = state or AdjustState(given={}, bound={})
    requesting = short(view.requesting.name, _NAME)
    words = texts.kinds.WORDS[view.kind]
    has_described = any(is_unnamed(item, view.state) for item in view.items)
    intro = [words.adjust_described] if has_described else []
    blocks = [kit.rich((headline(view), *(line(one) for one in [*intro, words.adjust_intro])))]
    for item in view.items:
        blocks += _item(item, view.state, state)
    first = next((block for block in blocks if block.get("block_id", "").startswith("bound:")), None)
    if first is not None and not state.bound:
        blocks[blocks.index(first)] = kit.focused(first)
    if any(is_risky(item.kind, _most(item, view.state)) for item in view.items):
        blocks.append(kit.context(texts.modals.ADJUST_RISKY))
    blocks += _shorten(view, state, zone=zone)
    box = kit.typing(ActionId.NOTE, most=LONGEST_NOTE, multiline=True, start=state.note)
    label = texts.modals.NOTE.format(requesting=requesting)
    blocks.append(kit.entry(label, box, block_id="note", hint=texts.modals.NOTE_HINT, optional=True))
    kinds = {str(item.position): [item.kind, item.asset_id] for item in view.items}
    private = {**ref_fields(Ref(view.id, view.version)), "zone": zone, "of": view.deciding.id, "kinds": kinds}
    private["end"] = entered_end(_most_term(view))
    return kit.modal(
        texts.modals.ADJUST_TITLE.format(ref=view.ref),
        blocks,
        callback=Callback.ADJUST,
        submit=texts.modals.ADJUST_SUBMIT,
        close=texts.buttons.CLOSE,
        private=metadata(private),
    )


def _most(item: ItemView, state: RequestState) -> Tasks:
    """Return the most that can be given: as asked, or as the first approval fixed it."""
    given = given_of(item, state)
    return item.requested if given is None else given


def _item(item: ItemView, state: RequestState, entered_: AdjustState) -> list[Block]:
    most = _most(item, state)
    fixed = given_of(item, state) is not None
    options = []
    if most:
        as_is = texts.modals.AS_FIRST_APPROVED if fixed else texts.modals.AS_REQUESTED
        label = texts.basics.level_label(item.kind, most)
        options.append(kit.option(as_is.format(level=label), _AS_IS, description=_means(item.kind, most)))
        options += [
            kit.option(
                texts.modals.GIVE.format(level=level.name),
                level_value(item.kind, level.tasks),
                description=texts.basics.level_description(level),
            )
            for level in lower_levels(item.kind, most)
        ]
    options.append(kit.option(texts.modals.NOT_THIS, _DECLINED))
    words = short(item.words or "", 200)
    described = item.asset_id is None
    label = (
        texts.basics.QUOTED.format(words=words)
        if described
        else asset_label(item.asset_id or "", item.asset_name or "")
    )
    give = entered_.given.get(item.position, _AS_IS if most else _DECLINED)
    menu = kit.select(ActionId.GIVEN, options, chosen=give)
    name = texts.modals.KIND_OF.format(kind=texts.basics.kind_name(item.kind), asset=label)
    # A described asset that is declined needs no name: the question for it goes and comes with this choice.
    blocks = [kit.entry(name, menu, block_id=f"item:{item.position}", dispatch=described)]
    if described and give != _DECLINED:
        chosen = entered_.bound.get(item.position)
        picker = kit.search(
            ActionId.BOUND,
            placeholder=texts.modals.BIND_PLACEHOLDER.format(kinds=texts.basics.KINDS[item.kind][2]),
            chosen=chosen.option if chosen and chosen.value != NOTHING else None,
        )
        blocks.insert(
            0,
            kit.entry(
                texts.modals.BIND.format(words=words),
                picker,
                block_id=f"bound:{item.position}:{item.kind}",
            ),
        )
    return blocks


def _means(kind: Kind, tasks: Tasks) -> str:
    means = texts.basics.level_words(kind, tasks)
    return means[:1].upper() + means[1:]


def _is_term_fixed(view: RequestView) -> bool:
    return view.state is RequestState.IN_REVIEW and view.given_term is not None


def _most_term(view: RequestView) -> Term:
    """Return for how long it can be given at most: as asked, or as the first approval fixed it."""
    return view.given_term if _is_term_fixed(view) and view.given_term else view.term


def _shorten(view: RequestView, state: AdjustState, *, zone: str) -> list[Block]:
    fixed, current = _is_term_fixed(view), _most_term(view)
    keep = texts.modals.SHORTEN_KEEP_FIRST_APPROVED if fixed else texts.modals.SHORTEN_KEEP
    options = [
        kit.option(keep.format(term=plain(texts.basics.short_term(current), zone_of(zone))), _KEEP),
        kit.option(texts.modals.SHORTEN_DAYS, "days"),
        kit.option(texts.modals.SHORTEN_UNTIL, "until"),
    ]
    menu = kit.select(ActionId.TERM, options, chosen=state.term)
    most = current.days or LONGEST_DAYS
    return [
        kit.entry(texts.modals.SHORTEN, menu, block_id="term", dispatch=True),
        *length_inputs(
            state.term,
            days=state.days,
            until=state.until,
            kept_end=entered_end(current),
            zone=zone,
            most=most,
        ),
    ]


def read_adjust_state(view: Mapping[str, Any]) -> AdjustState:
    """Return what was entered in the adjust form; raise `Unreadable` if the view is not one."""
    fields = entered(view)
    given: dict[int, str] = {}
    bound: dict[int, Chosen] = {}
    for block_id, held in fields.items():
        name, _, rest = block_id.partition(":")
        position = read_position(rest.partition(":")[0])
        chosen = choice(held) if name in ("item", "bound") else None
        if chosen is None or position is None:
            continue
        if name == "item":
            given[position] = chosen.value
        else:
            bound[position] = chosen
    term = choice(fields.get("term"))
    return AdjustState(
        given=given,
        bound=bound,
        term=term.value if term else _KEEP,
        days=typed(fields.get("days")),
        until=day(fields.get("until")),
        note=typed(fields.get("note")),
    )


def read_adjust(view: Mapping[str, Any]) -> ReadVerdict | FieldErrors:
    """Return the approval that was sent, or what is missing, by block."""
    kept = read_metadata(view)
    state = read_adjust_state(view)
    kinds = _read_kinds(kept)
    found: list[tuple[str, str]] = []
    given: dict[int, Tasks] = {}
    bound: dict[int, str] = {}
    for position, (kind, asset_id) in kinds.items():
        value = state.given.get(position)
        if value is None:  # no answer is no approval
            raise Unreadable("not this form")
        if value == _DECLINED:
            given[position] = frozenset()
            continue
        if value != _AS_IS:
            tasks = read_level(kind, value)
            if tasks is None:
                raise Unreadable("not a level of this kind")
            given[position] = tasks
        if asset_id is None:
            asset = _read_bound(state.bound.get(position), kind)
            if asset is None:
                found.append((f"bound:{position}", texts.modals.BIND_THIS))
            else:
                bound[position] = asset
    term = _read_shorter(state, zone=str(kept.get("zone", "")), kept_end=str(kept.get("end", "")))
    if isinstance(term, FieldError):
        found.append((length_block(view, term.field), texts.errors.field_error(term)))
    if found or isinstance(term, FieldError):
        return errors_at(view, found)
    verdict = Approve(given=given or None, bound=bound, term=term, note=state.note)
    return ReadVerdict(ref=read_ref(kept), verdict=verdict)


def adjust_errors(view: Mapping[str, Any], answer: Denied | Invalid) -> FieldErrors:
    """Return what the answer to a verdict says, by block of the adjust form."""
    state = read_adjust_state(view)

    def block(field: str) -> str:
        name, _, position = field.partition(".")
        if name in ("items", "bound"):
            return f"{'bound' if name == 'bound' else 'item'}:{position}" if position else "item:0"
        if name == "term":
            return length_block(view, state.term)
        return name

    return errors_at(view, [(block(field), text) for field, text in said(answer)])


def _read_kinds(kept: Json) -> dict[int, tuple[Kind, str | None]]:
    kinds = kept.get("kinds")
    if not isinstance(kinds, dict):
        raise Unreadable("not this form")
    found: dict[int, tuple[Kind, str | None]] = {}
    for name, held in kinds.items():
        position = read_position(name)
        if position is None or not isinstance(held, list) or len(held) != 2 or held[0] not in list(Kind):  # noqa: PLR2004  # a pair
            raise Unreadable("not this form")
        found[position] = (Kind(held[0]), held[1])
    return found


def _read_bound(chosen: Chosen | None, kind: Kind) -> str | None:
    found = read_asset_value(chosen.value) if chosen else None
    return found[1] if found is not None and found[0] is kind else None


def _read_shorter(state: AdjustState, *, zone: str, kept_end: str) -> Term | FieldError | None:
    if state.term == _KEEP:
        return None
    return read_length(state.term, days=state.days, until=state.until, zone=zone, kept_end=kept_end)


# --- decline and cancel -----------------------------------------------------------------------------


def decline_modal(view: RequestView, *, note: str = "") -> View:
    """Return the form in which an approver declines, and says why; `note` is what it starts with."""
    requesting = short(view.requesting.name, _NAME)
    box = kit.typing(ActionId.NOTE, most=LONGEST_NOTE, multiline=True, start=note)
    return kit.modal(
        texts.modals.DECLINE_TITLE.format(ref=view.ref),
        [
            kit.rich(
                (headline(view), line(texts.kinds.WORDS[view.kind].decline_intro, requesting=requesting))
            ),
            kit.entry(texts.modals.DECLINE_NOTE, box, block_id="note", hint=texts.modals.NOTE_HINT),
        ],
        callback=Callback.DECLINE,
        submit=texts.modals.DECLINE_SUBMIT,
        close=texts.buttons.CLOSE,
        private=metadata(ref_fields(Ref(view.id, view.version))),
    )


def read_decline(view: Mapping[str, Any]) -> ReadVerdict | FieldErrors:
    """Return the verdict that was sent; a note of blanks alone is an error."""
    note = typed(entered(view).get("note"))
    if not note:
        return errors_at(view, [("note", texts.modals.DECLINE_NOTE_MISSING)])
    return ReadVerdict(ref=read_ref(read_metadata(view)), verdict=Decline(note=note))


def cancel_modal(view: RequestView, *, note: str = "") -> View:
    """Return the form in which the requesting side cancels a request; `note` is what it starts with."""
    box = kit.typing(ActionId.NOTE, most=LONGEST_NOTE, multiline=True, start=note)
    deciding = short(view.deciding.name, _NAME)
    return kit.modal(
        texts.modals.CANCEL_TITLE.format(ref=view.ref),
        [
            kit.rich((headline(view), line(texts.kinds.WORDS[view.kind].cancel_intro, deciding=deciding))),
            kit.entry(
                texts.modals.CANCEL_NOTE, box, block_id="note", hint=texts.modals.NOTE_HINT, optional=True
            ),
        ],
        callback=Callback.CANCEL,
        submit=texts.modals.CANCEL_SUBMIT,
        close=texts.buttons.CLOSE,
        private=metadata(ref_fields(Ref(view.id, view.version))),
    )


def read_cancel(view: Mapping[str, Any]) -> ReadNote:
    """Return which request to cancel, and why."""
    return ReadNote(ref=read_ref(read_metadata(view)), note=typed(entered(view).get("note")))
