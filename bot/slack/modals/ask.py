"""The form in which people ask for access: built from what was entered so far, and read back.

The form grows as it is filled in: the owner brings the assets, each asset its level, a described
asset its own questions. On each such change Slack sends the view, `read_request_state` reads all of it,
and `request_modal` builds it anew. What Slack does not keep stands in the private metadata: the zone, the
chosen businesses, the next free number for a description, and which prepared ask is edited.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.domain.assets import LEVELS, Kind, Tasks, is_risky
from bot.domain.policy import DenialReason
from bot.domain.requests import (
    LONGEST_DAYS,
    LONGEST_REASON,
    LONGEST_WORDS,
    MOST_ITEMS,
    MOST_PEOPLE,
    ErrorCode,
    FieldError,
    NewItem,
    NewRequest,
    Term,
    TermKind,
)
from bot.services.results import (
    Denied,
    DraftView,
    Invalid,
    ItemView,
    Me,
    OwnBusiness,
    Party,
    Preview,
    RequestView,
)
from bot.slack import kit
from bot.slack.ids import (
    ActionId,
    Callback,
    Json,
    Ref,
    Unreadable,
    is_value,
    metadata,
    read_metadata,
    read_ref,
    ref_fields,
)
from bot.slack.kit import Block, View, plain, short, short_named
from bot.slack.modals.inputs import (
    NOTHING,
    Chosen,
    FieldErrors,
    choice,
    choices,
    day,
    end_of_day,
    entered,
    errors_at,
    input_blocks,
    level_value,
    named,
    read_days,
    read_level,
    read_position,
    said,
    typed,
    zone_of,
)
from bot.slack.modals.pages import message_modal
from bot.slack.text import en as texts

MOST_DESCRIBED = 10
_MOST_KEYS = 10_000
_NAME = 60
_DEFAULT_TERM = "30"
_DAYS, _UNTIL, _NO_END = "days", "until", "none"
_KEEPS = {"zone", "requesting", "owner", "next", "draft"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """An asset in the asker's own words; `key` tells it from the others of the form."""

    key: int
    kind: Kind = Kind.AD_ACCOUNT
    words: str = ""
    level: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModalState:
    """Everything that stands in the form so far.

    Assets are chosen by `kind:id`; `levels` maps an asset's id to a level's value. `term` is one of
    the menu's values, `days` and `until` (YYYY-MM-DD, in `zone`) what was entered for two of them.
    """

    zone: str
    requesting_id: str | None = None
    owner: Chosen | None = None
    assets: tuple[Chosen, ...] = ()
    levels: Mapping[str, str]
    described: tuple[Described, ...] = ()
    next_key: int = 1
    term: str = _DEFAULT_TERM
    days: str = ""
    until: str = ""
    people: tuple[Chosen, ...] = ()
    reason: str = ""
    draft: Ref | None = None

    @property
    def owner_id(self) -> str | None:
        """Return the Business ID of the owner that was chosen."""
        return None if self.owner is None or self.owner.value == NOTHING else self.owner.value


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadRequest:
    """What was sent in: an ask, and which prepared one it replaces."""

    ask: NewRequest
    draft: Ref | None


# --- where it starts --------------------------------------------------------------------------------


def blank_request(me: Me) -> ModalState:
    """Return an empty form for somebody; their business is chosen where they have but one."""
    able = _able(me)
    return ModalState(zone=me.zone, requesting_id=able[0].party.id if able else None, levels={})


def request_state(
    ask: NewRequest,
    *,
    owner: Party | None,
    names: Mapping[str, str],
    people: Mapping[str, str],
    zone: str,
    draft: Ref | None = None,
) -> ModalState:
    """Return the form filled with an ask. `names` and `people` name assets and people by their ids."""
    assets = [item for item in ask.items if item.asset_id is not None]
    described = [item for item in ask.items if item.asset_id is None]
    state = ModalState(
        zone=zone,
        requesting_id=ask.requesting_id,
        owner=Chosen(owner.id, owner_label(owner)) if owner else None,
        assets=tuple(
            Chosen(
                asset_value(item.kind, item.asset_id),
                asset_label(item.asset_id, names.get(item.asset_id, "")),
            )
            for item in assets
            if item.asset_id is not None
        ),
        levels={
            item.asset_id: level_value(item.kind, item.tasks)
            for item in assets
            if item.asset_id and item.tasks
        },
        described=tuple(
            Described(
                key=key,
                kind=item.kind,
                words=item.words or "",
                level=level_value(item.kind, item.tasks) if item.tasks else None,
            )
            for key, item in enumerate(described, start=1)
        ),
        next_key=len(described) + 1,
        people=tuple(Chosen(one, short(people.get(one, one), kit.LONGEST_OPTION)) for one in ask.people),
        reason=ask.reason,
        draft=draft,
    )
    return _with_term(state, ask.term)


def draft_state(view: DraftView, *, people: Mapping[str, str], zone: str) -> ModalState:
    """Return the form filled with a prepared ask, to edit it. `people` names people by their ids."""
    return request_state(
        view.ask,
        owner=view.owner,
        names={item.asset_id: item.asset_name or "" for item in view.items if item.asset_id},
        people=people,
        zone=zone,
        draft=Ref(view.id, view.version),
    )


def again_state(view: RequestView, *, zone: str, people: Mapping[str, str] | None = None) -> ModalState:
    """Return the form filled with what was asked before. `people` names those it is for by their ids.

    A day until which it was asked that is over by now is noticed when it is sent.
    """
    ask = NewRequest(
        requesting_id=view.requesting.id,
        owner_id=view.deciding.id,
        items=tuple(_requested_item(item) for item in view.items),
        reason=view.reason,
        term=view.term,
        people=tuple(people or ()),
    )
    names = {item.asset_id: item.asset_name or "" for item in view.items if item.asset_id}
    return request_state(ask, owner=view.deciding, names=names, people=people or {}, zone=zone)


def _requested_item(item: ItemView) -> NewItem:
    # What was described and then bound by a decider is asked for by its id now.
    words = None if item.asset_id else item.words
    return NewItem(kind=item.kind, asset_id=item.asset_id, words=words, tasks=item.requested)


def _with_term(state: ModalState, term: Term) -> ModalState:
    if term.kind is TermKind.OPEN_END:
        return replace(state, term=_NO_END)
    if term.kind is TermKind.UNTIL and term.until is not None:
        return replace(
            state, term=_UNTIL, until=term.until.astimezone(zone_of(state.zone)).date().isoformat()
        )
    days = str(term.days or "")
    return (
        replace(state, term=days)
        if days in texts.modals.TERM_CHOICES
        else replace(state, term=_DAYS, days=days)
    )


# --- build ------------------------------------------------------------------------------------------


def request_modal(state: ModalState, *, me: Me, preview: Preview | None) -> View:
    """Return the form. `preview` is that of the chosen businesses, None while no owner is chosen."""
    able = _able(me)
    own = next((one for one in able if one.party.id == state.requesting_id), None)
    if own is None:
        why = me.businesses[0].may_administer if me.businesses else None
        return message_modal(kit.plain(texts.errors.denial(Denied(reason=why or DenialReason.STRANGER))))
    blocks = [*_requesting(state, able, own), *_owner(state)]
    blocks += _whether(state, preview)
    if state.owner_id is not None and (preview is None or preview.reason is None):
        blocks += _assets(state)
        blocks += _described(state)
    elif state.owner_id is None:
        blocks.append(kit.context(texts.modals.OWNER_FIRST))
    blocks += [*_term(state), _people(state), _reason(state, preview)]
    submit = (
        texts.modals.REQUEST_SAVE_CHANGES
        if state.draft
        else texts.modals.REQUEST_SAVE
        if own.may_draft
        else texts.modals.REQUEST_SUBMIT
    )
    return kit.window(
        texts.modals.REQUEST_EDIT_TITLE if state.draft else texts.modals.REQUEST_MODAL_TITLE,
        blocks,
        callback=Callback.ASK,
        submit=submit,
        close=texts.buttons.CLOSE,
        private=_metadata(state),
    )


def _able(me: Me) -> list[OwnBusiness]:
    return [one for one in me.businesses if one.may_administer is None or one.may_draft]


def _requesting(state: ModalState, able: Sequence[OwnBusiness], own: OwnBusiness) -> list[Block]:
    blocks: list[Block] = []
    if len(able) > 1 and state.draft is None:
        options = [
            kit.option(short_named(one.party.name, one.party.id, 75), one.party.id) for one in able[:100]
        ]
        menu = kit.select(ActionId.REQUESTING, options, chosen=state.requesting_id)
        blocks.append(kit.entry(texts.modals.REQUESTING, menu, block_id="requesting", dispatch=True))
    else:
        name = short(own.party.name, _NAME)
        blocks.append(kit.context(texts.modals.REQUEST_FOR.format(business=name, id=own.party.id)))
    if own.may_draft and own.may_administer is not None:
        blocks.append(kit.context(texts.modals.REQUEST_DRAFT.format(business=short(own.party.name, _NAME))))
    return blocks


def _owner(state: ModalState) -> list[Block]:
    menu = kit.search(
        ActionId.OWNER,
        placeholder=texts.modals.OWNER_PLACEHOLDER,
        chosen=state.owner.option if state.owner_id and state.owner else None,
    )
    return [
        kit.entry(texts.modals.OWNER, menu, block_id="owner", hint=texts.modals.OWNER_HINT, dispatch=True)
    ]


def _whether(state: ModalState, preview: Preview | None) -> list[Block]:
    if preview is None or state.owner_id is None:
        return []
    name = short(preview.owner.name if preview.owner else state.owner_id, _NAME)
    if preview.reason is not None:
        no = Denied(reason=preview.reason, name=name, count=preview.admins)
        return [kit.section(plain(texts.errors.denial(no)), block_id="whether")]
    if preview.admins == 0:
        return [kit.section(texts.modals.NOBODY_IS_ASKED.format(owner=name), block_id="whether")]
    if not _is_risky(state):
        required_approvals = texts.modals.WHO_IS_ASKED_ONE.format(owner=name)
    elif preview.admins == 1:
        required_approvals = texts.modals.WHO_IS_ASKED_TOO_FEW.format(owner=name)
    else:
        required_approvals = texts.modals.WHO_IS_ASKED_RISKY
    requested = texts.modals.WHO_IS_ASKED.format(
        admins=texts.basics.counted(preview.admins, "admin"),
        owner=name,
        required_approvals=required_approvals,
    )
    return [kit.context(requested, block_id="whether")]


def _assets(state: ModalState) -> list[Block]:
    menu = kit.search_many(
        ActionId.ASSETS,
        placeholder=texts.modals.ASSETS_PLACEHOLDER,
        most=MOST_ITEMS,
        chosen=[one.option for one in state.assets if one.value != NOTHING],
    )
    picker = kit.entry(
        texts.modals.ASSETS,
        menu,
        block_id=f"assets:{state.requesting_id}:{state.owner_id}",
        hint=texts.modals.ASSETS_HINT,
        optional=True,
        dispatch=True,
    )
    blocks = [picker]
    for one in state.assets:
        found = read_asset_value(one.value)
        if found is not None:
            kind, asset_id = found
            level = state.levels.get(asset_id) or _usual_level(state, kind)
            label = texts.modals.LEVEL_OF.format(asset=one.label)
            blocks.append(_level(label, kind, level, block_id=f"level:{asset_id}"))
    return blocks


def _usual_level(state: ModalState, kind: Kind) -> str:
    """Return the level that all others of this kind have; else the least there is."""
    levels = {
        state.levels[asset_id]
        for one in state.assets
        if (found := read_asset_value(one.value)) is not None
        for same_kind, asset_id in [found]
        if same_kind is kind and asset_id in state.levels
    }
    return levels.pop() if len(levels) == 1 else LEVELS[kind][-1].name


def _level(label: str, kind: Kind, level: str | None, *, block_id: str) -> Block:
    options = [
        kit.option(one.name, one.name, description=texts.basics.level_description(one))
        for one in LEVELS[kind]
    ]
    tasks = read_level(kind, level) if level else None
    if level and tasks and level not in {one.name for one in LEVELS[kind]}:
        options.append(kit.option(texts.modals.CUSTOM.format(tasks=texts.basics.task_names(tasks)), level))
    menu = kit.select(ActionId.LEVEL, options, chosen=level, placeholder=texts.modals.LEVEL_PLACEHOLDER)
    # Only an ad account's level changes how many must say yes, which the form then says anew.
    return kit.entry(label, menu, block_id=block_id, dispatch=kind is Kind.AD_ACCOUNT)


def _described(state: ModalState) -> list[Block]:
    blocks: list[Block] = []
    for number, one in enumerate(state.described, start=1):
        kinds = [kit.option(texts.basics.kind_name(kind), kind) for kind in Kind]
        blocks += [
            kit.section(
                texts.modals.DESCRIBED.format(number=number),
                accessory=kit.button(texts.modals.UNDESCRIBE, ActionId.UNDESCRIBE, value=str(one.key)),
                block_id=f"undescribe:{one.key}",
            ),
            kit.entry(
                texts.modals.DESCRIBED_KIND.format(number=number),
                kit.select(ActionId.KIND, kinds, chosen=one.kind),
                block_id=f"kind:{one.key}",
                dispatch=True,
            ),
            kit.entry(
                texts.modals.DESCRIBED_WORDS.format(number=number),
                kit.typing(
                    ActionId.WORDS,
                    most=LONGEST_WORDS,
                    start=one.words,
                    placeholder=texts.modals.DESCRIBED_PLACEHOLDER,
                ),
                block_id=f"words:{one.key}",
            ),
            _level(
                texts.modals.DESCRIBED_LEVEL.format(number=number),
                one.kind,
                one.level or LEVELS[one.kind][-1].name,
                block_id=f"described:{one.key}:{one.kind}",
            ),
        ]
    if len(state.described) < MOST_DESCRIBED and len(state.described) + len(state.assets) < MOST_ITEMS:
        text = texts.modals.DESCRIBE_MORE if state.described else texts.modals.DESCRIBE
        if not state.described:
            blocks.append(kit.context(texts.modals.DESCRIBE_HELP))
        blocks.append(kit.actions(kit.button(text, ActionId.DESCRIBE), block_id="describe"))
    return blocks


def _term(state: ModalState) -> list[Block]:
    options = [kit.option(text, value) for value, text in texts.modals.TERM_CHOICES.items()]
    options += [
        kit.option(texts.modals.TERM_OTHER_DAYS, _DAYS),
        kit.option(texts.modals.TERM_DATE, _UNTIL),
        kit.option(texts.modals.TERM_NONE, _NO_END),
    ]
    menu = kit.select(ActionId.TERM, options, chosen=state.term)
    return [
        kit.entry(texts.modals.TERM, menu, block_id="term", dispatch=True),
        *length_inputs(state.term, days=state.days, until=state.until, zone=state.zone, most=LONGEST_DAYS),
    ]


def length_inputs(term: str, *, days: str, until: str, zone: str, most: int) -> list[Block]:
    """Return the further question that a length of time asks: how many days, or until which day."""
    if term == _DAYS:
        box = kit.number(ActionId.DAYS, least=1, most=most, start=days)
        return [kit.entry(texts.modals.DAYS, box, block_id="days", hint=texts.modals.DAYS_HINT)]
    if term == _UNTIL:
        hint = texts.modals.UNTIL_HINT.format(zone=zone)
        return [
            kit.entry(texts.modals.UNTIL, kit.date(ActionId.UNTIL, start=until), block_id="until", hint=hint)
        ]
    return []


def _people(state: ModalState) -> Block:
    menu = kit.search_many(
        ActionId.PEOPLE,
        placeholder=texts.modals.PEOPLE_PLACEHOLDER,
        most=MOST_PEOPLE,
        chosen=[one.option for one in state.people if one.value != NOTHING],
    )
    return kit.entry(
        texts.modals.PEOPLE,
        menu,
        block_id=f"people:{state.requesting_id}",
        hint=texts.modals.PEOPLE_HINT,
        optional=True,
    )


def _reason(state: ModalState, preview: Preview | None) -> Block:
    box = kit.typing(ActionId.REASON, most=LONGEST_REASON, multiline=True, start=state.reason)
    owner = preview.owner if preview else None
    hint = (
        texts.modals.REASON_HINT.format(owner=short(owner.name, _NAME))
        if owner
        else texts.modals.REASON_HINT_ANY
    )
    return kit.entry(texts.modals.REASON, box, block_id="reason", hint=hint)


def _is_risky(state: ModalState) -> bool:
    found = [read_asset_value(one.value) for one in state.assets]
    requested = [(kind, state.levels.get(asset_id, "")) for kind, asset_id in filter(None, found)]
    requested += [(one.kind, one.level or "") for one in state.described]
    return any(is_risky(kind, read_level(kind, level) or frozenset()) for kind, level in requested)


# --- read -------------------------------------------------------------------------------------------


def read_request_state(view: Mapping[str, Any]) -> ModalState:
    """Return everything that stands in the form. A new owner drops the assets, a new asker the people.

    Raises `Unreadable` for a view that is not this form.
    """
    kept = read_metadata(view)
    if set(kept) != _KEEPS or not isinstance(kept["zone"], str) or kept["next"] not in range(_MOST_KEYS):
        raise Unreadable("not this form")
    fields = entered(view)
    requesting = choice(fields.get("requesting"))
    requesting_id = requesting.value if requesting else _text_or_none(kept["requesting"])
    owner = choice(fields.get("owner"))
    same_requester = requesting_id == kept["requesting"]
    same_owner = same_requester and (owner.value if owner else None) == kept["owner"]
    assets = choices(fields.get(named(fields, "assets") or "")) if same_owner else ()
    term = choice(fields.get("term"))
    return ModalState(
        zone=kept["zone"],
        requesting_id=requesting_id,
        owner=owner,
        assets=assets,
        levels=_read_levels(fields) if same_owner else {},
        described=_read_described(fields),
        next_key=kept["next"],
        term=term.value if term else _DEFAULT_TERM,
        days=typed(fields.get("days")),
        until=day(fields.get("until")),
        people=choices(fields.get(named(fields, "people") or "")) if same_requester else (),
        reason=typed(fields.get("reason")),
        draft=read_ref(kept["draft"]) if isinstance(kept["draft"], dict) else None,
    )


def change_request_state(state: ModalState, action: Mapping[str, Any]) -> ModalState:
    """Return the state after a button of the form: one description more, or one fewer."""
    which = action.get("action_id")
    if which == ActionId.DESCRIBE:
        added = Described(key=state.next_key)
        return replace(state, described=(*state.described, added), next_key=state.next_key + 1)
    if which == ActionId.UNDESCRIBE:
        left = tuple(one for one in state.described if str(one.key) != action.get("value"))
        return replace(state, described=left)
    return state


def read_request(view: Mapping[str, Any]) -> ReadRequest | FieldErrors:
    """Return the ask that was sent in, or what is missing, by block. What it says is judged by `ask`."""
    state = read_request_state(view)
    found: list[tuple[str, str]] = []
    if state.owner_id is None:
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
        ask=NewRequest(
            requesting_id=state.requesting_id or "",
            owner_id=state.owner_id or "",
            items=_items(state),
            reason=state.reason,
            term=term,
            people=tuple(one.value for one in state.people),
        ),
        draft=state.draft,
    )


def request_errors(view: Mapping[str, Any], answer: Denied | Invalid) -> FieldErrors:
    """Return what the answer to an ask says, by block; what fits no block stands at the last one."""
    state = read_request_state(view)
    places = [f"level:{found[1]}" for one in state.assets if (found := read_asset_value(one.value))]
    places += [f"words:{one.key}" for one in state.described]

    def block(field: str) -> str:
        name, _, position = field.partition(".")
        if name == "items":
            return places[int(position)] if position.isdigit() and int(position) < len(places) else "assets"
        if name == "term":
            return length_block(view, state.term)
        return name

    return errors_at(view, [(block(field), text) for field, text in said(answer)])


def _items(state: ModalState) -> tuple[NewItem, ...]:
    items: list[NewItem] = []
    for one in state.assets:
        found = read_asset_value(one.value)
        if found is None:
            raise Unreadable("not an asset")
        kind, asset_id = found
        items.append(NewItem(kind=kind, asset_id=asset_id, tasks=_tasks(kind, state.levels.get(asset_id))))
    for described in state.described:
        tasks = _tasks(described.kind, described.level)
        items.append(NewItem(kind=described.kind, words=described.words, tasks=tasks))
    return tuple(items)


def _tasks(kind: Kind, level: str | None) -> Tasks:
    # A level that cannot be read is none, which the ask then names as a problem at this very item.
    return (read_level(kind, level) if level else None) or frozenset()


def _read_term(state: ModalState) -> Term | FieldError:
    return read_length(state.term, days=state.days, until=state.until, zone=state.zone)


def length_block(view: Mapping[str, Any], name: str) -> str:
    """Return the block at which a length of time is at fault: its box, or the menu while there is no box.

    Slack may bring a form that was sent in before the box for what was just chosen came up.
    """
    return name if name in input_blocks(view) else "term"


def read_length(term: str, *, days: str, until: str, zone: str) -> Term | FieldError:
    """Return for how long, from the menu's value and what was entered for it."""
    if term == _NO_END:
        return Term.without_end()
    if term == _UNTIL:
        end = end_of_day(until, zone=zone)
        return FieldError(field="until", code=ErrorCode.DATE, got=until) if end is None else Term.till(end)
    found = read_days(days if term == _DAYS else term)
    return found or FieldError(field="days", code=ErrorCode.DAYS, got=days)


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


def _metadata(state: ModalState) -> str:
    return metadata(
        {
            "zone": state.zone,
            "requesting": state.requesting_id,
            "owner": state.owner.value if state.owner else None,
            "next": state.next_key,
            "draft": ref_fields(state.draft) if state.draft else None,
        }
    )


def _text_or_none(value: object) -> str | None:
    return value if isinstance(value, str) and is_value(value) else None


# --- options ----------------------------------------------------------------------------------------


def owner_label(owner: Party) -> str:
    """Return a business as an option says it."""
    return short_named(owner.name, owner.id, kit.LONGEST_OPTION)


def asset_label(asset_id: str, name: str) -> str:
    """Return an asset as an option says it."""
    return short_named(name, asset_id, kit.LONGEST_OPTION)


def asset_value(kind: Kind, asset_id: str) -> str:
    """Return an asset as an option's value."""
    return f"{kind}:{asset_id}"


def read_asset_value(value: str) -> tuple[Kind, str] | None:
    """Return the kind and id that `asset_value` was given, or None."""
    kind, _, asset_id = value.partition(":")
    return (Kind(kind), asset_id) if kind in set(Kind) and asset_id else None
