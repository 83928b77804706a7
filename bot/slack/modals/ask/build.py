"""The form for asking, built from what was entered so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.domain.assets import LEVELS, Kind, Tasks
from bot.domain.denials import LIMITS, DenialReason
from bot.domain.kinds import RULES
from bot.domain.limits import (
    LONGEST_DAYS,
    LONGEST_REASON,
    LONGEST_WORDS,
    MOST_DESCRIBED,
    MOST_ITEMS,
    MOST_PEOPLE,
)
from bot.services.results import Denied, Invalid
from bot.services.views.parties import Me, OwnBusiness
from bot.services.views.requests import BundleView, Preview
from bot.slack import kit
from bot.slack.cards.headline import requested
from bot.slack.ids import ActionId, Callback
from bot.slack.kit import Block, Element, View
from bot.slack.lines import day, plain, short, short_named
from bot.slack.modals.ask.state import (
    Described,
    ModalState,
    Note,
    businesses_to_ask_for,
    no_power,
    tasks_of,
    without_assets,
)
from bot.slack.modals.inputs import (
    NOTHING,
    each_once,
    length_inputs,
    length_menu,
    named,
    read_asset_value,
    read_level,
    zone_of,
)
from bot.slack.modals.pages import message_modal
from bot.slack.text import en as texts
from bot.slack.text.kinds import FormWords
from bot.slack.values import metadata, ref_fields

_NAME = 60
_EARLIER_NAME = 25
_STARTED = frozenset({"assets", "term", "days", "until", "people", "reason"})


def request_modal(
    state: ModalState,
    *,
    me: Me,
    preview: Preview | None,
    bundles: Sequence[BundleView] = (),
    against: Denied | Invalid | None = None,
) -> View:
    """Return the form. `preview` is that of the chosen businesses, None while no owner is chosen.

    `against` is what stands against it, as far as that is told before it is sent.
    """
    state = replace(state, assets=each_once(state.assets), people=each_once(state.people))
    choices = businesses_to_ask_for(me)
    own = next((one for one in choices if one.party.id == state.requesting_id), None)
    if own is None:
        no = no_power(me, state.requesting_id or "") or Denied(reason=DenialReason.NOT_MEMBER)
        return message_modal(plain(texts.errors.denial(no)))
    is_denied = preview is not None and preview.reason is not None
    waits = not state.has_owner or (is_denied and RULES[state.kind].names_other)
    if waits:
        state = without_assets(state)
        places = [] if state.has_owner else [kit.context(_form(state).other_first)]
        places += _described(state) if state.described else []
    else:
        places = [*_assets(state), *_described(state)]
    places = [*_earlier(state, preview, bundles), *places]
    blocks = [*_line(state), *_requesting(state, choices, own), *_owner(state)]
    blocks += _whether(state, preview) if against is None else _against(against)
    blocks += [
        *_sending(preview, own, zone=state.zone),
        *_unplaced(state, waits=waits),
        *places,
        *_term(state, preview),
    ]
    blocks += [*_people(state), _reason(state, preview)]
    _put_notes(blocks, state.notes)
    _put_start(blocks, state.start)
    submit = (
        texts.modals.REQUEST_SAVE_CHANGES
        if state.draft
        else texts.modals.REQUEST_SAVE
        if own.may_draft
        else _form(state).submit
    )
    return kit.modal(
        texts.modals.REQUEST_EDIT_TITLE if state.draft else _form(state).title,
        blocks,
        callback=Callback.ASK,
        submit=submit,
        close=texts.buttons.CLOSE,
        private=_metadata(state),
    )


def _form(state: ModalState) -> FormWords:
    return texts.kinds.WORDS[state.kind].form


def _requesting(state: ModalState, choices: Sequence[OwnBusiness], own: OwnBusiness) -> list[Block]:
    blocks: list[Block] = []
    if len(choices) > 1 and state.draft is None:
        options = [
            kit.option(short_named(one.party.name, one.party.id, kit.LONGEST_OPTION), one.party.id)
            for one in choices[: kit.MOST_OPTIONS]
        ]
        menu = kit.select(ActionId.REQUESTING, options, chosen=state.requesting_id)
        blocks.append(kit.entry(texts.modals.REQUESTING, menu, block_id="requesting", dispatch=True))
        if len(choices) > kit.MOST_OPTIONS:
            left = len(choices) - kit.MOST_OPTIONS
            blocks.append(kit.context(texts.modals.REQUESTING_MORE.format(count=left)))
    else:
        name = short(own.party.name, _NAME)
        blocks.append(kit.context(_form(state).for_whom.format(business=name, id=own.party.id)))
    if own.may_draft and own.may_administer is not None:
        blocks.append(kit.context(texts.modals.REQUEST_DRAFT.format(business=short(own.party.name, _NAME))))
    return blocks


def _line(state: ModalState) -> list[Block]:
    """Return the command that could not be read whole, so that nothing of it is lost."""
    return [kit.context(texts.modals.TYPED.format(line=state.line))] if state.line else []


def _unplaced(state: ModalState, *, waits: bool) -> list[Block]:
    """Return which assets are not in the form: all of them while it `waits` for the other business."""
    found = [read_asset_value(value) for value in state.unplaced]
    names = [asset_id for _, asset_id in filter(None, found)]
    if not names:
        return []
    template = (not waits and _form(state).not_theirs) or _form(state).unplaced
    said = template.format(assets=texts.basics.listed(names, most=MOST_ITEMS))
    return [kit.context(said, block_id="unplaced")]


def _put_notes(blocks: list[Block], notes: Sequence[Note]) -> None:
    """Put each note above its field, and the cursor into the first of them."""
    for number, note in enumerate(notes):
        inputs = [one.get("block_id", "") if one["type"] == "input" else "" for one in blocks]
        # Assets are asked for once their owner is chosen.
        name = named(filter(None, inputs), note.field) or named(inputs, "owner") or ""
        place = inputs.index(name)
        blocks.insert(place, kit.section(note.text))
        if not number:
            blocks[place + 1] = kit.focused(blocks[place + 1])


def _put_start(blocks: list[Block], start: str) -> None:
    """Give the fields that an earlier request has filled ids of their own.

    What was entered under a block's id Slack keeps, whatever the form says that the block starts with.
    """
    for block in blocks if start else ():
        if block.get("block_id", "").partition(":")[0] in _STARTED:
            block["block_id"] += f":{start}"


def _owner(state: ModalState) -> list[Block]:
    if not RULES[state.kind].names_other:
        return []
    menu = kit.search(
        ActionId.OWNER,
        placeholder=texts.modals.OWNER_PLACEHOLDER,
        chosen=state.owner.option if state.owner_id and state.owner else None,
    )
    return [
        kit.entry(_form(state).other, menu, block_id="owner", hint=texts.modals.OWNER_HINT, dispatch=True)
    ]


def _whether(state: ModalState, preview: Preview | None) -> list[Block]:
    if preview is None:
        return []
    name = short(preview.owner.name if preview.owner else state.owner_id or "", _NAME)
    if preview.reason is not None:
        no = Denied(reason=preview.reason, name=name, count=LIMITS.get(preview.reason, 0))
        return [kit.section(plain(texts.errors.denial(no)), block_id="whether")]
    if preview.is_own and (said := _form(state).is_own):
        return [kit.section(said.format(other=name), block_id="whether")]
    if preview.admins == 0:
        return [kit.section(_form(state).nobody_is_asked.format(other=name), block_id="whether")]
    is_enough = preview.admins >= preview.required_approvals
    form = _form(state)
    asked = (form.who_is_asked if is_enough else form.who_is_asked_too_few).format(
        admins=texts.basics.counted(preview.admins, "admin"),
        other=name,
        required_approvals=texts.basics.counted(preview.required_approvals, "approval is", "approvals are"),
    )
    return [kit.context(_not_before(asked, preview.enough_from, zone=state.zone), block_id="whether")]


def _not_before(said: str, at: datetime | None, *, zone: str) -> str:
    """Return who is to agree, with from when on they count as enough, while they do not."""
    if at is None:
        return said
    return texts.modals.NOT_BEFORE.format(said=said, day=plain(day(at), zone_of(zone)))


def _against(no: Denied | Invalid) -> list[Block]:
    if isinstance(no, Invalid):
        said = texts.errors.field_error(no.field_errors[0])
    else:
        said = plain(texts.errors.denial(no))
    return [kit.section(said, block_id="whether")]


def _sending(preview: Preview | None, own: OwnBusiness, *, zone: str) -> list[Block]:
    """Return how many of the own admins it takes to send it, where that is more than one."""
    if preview is None or preview.reason is not None or preview.approvals_to_send == 1:
        return []
    is_enough = preview.senders >= preview.approvals_to_send
    said = (texts.modals.TO_SEND if is_enough else texts.modals.TO_SEND_TOO_FEW).format(
        approvals=texts.basics.counted(preview.approvals_to_send, "admin"),
        business=short(own.party.name, _NAME),
        senders=preview.senders,
    )
    return [kit.context(_not_before(said, preview.sent_from, zone=zone), block_id="sending")]


def _earlier(state: ModalState, preview: Preview | None, bundles: Sequence[BundleView]) -> list[Block]:
    """Return the menu of bundles and earlier requests to start from, while nothing else is chosen."""
    if not state.is_empty:
        return []
    options = [
        kit.option(
            short(one.name, kit.LONGEST_OPTION),
            one.request.id,
            description=texts.bundles.OPTION_ABOUT.format(
                what=plain(requested(one.request, most=_EARLIER_NAME))
            ),
        )
        for one in bundles
    ]
    bundled = {one.request.id for one in bundles}
    options += [
        kit.option(
            plain(requested(view, most=_EARLIER_NAME)),
            view.id,
            description=texts.modals.EARLIER_ABOUT.format(
                day=plain(day(view.created_at), zone_of(state.zone)), reason=view.reason or view.ref
            ),
        )
        for view in (preview.earlier if preview is not None else ())
        if view.id not in bundled
    ]
    if not options:
        return []
    menu = kit.select(ActionId.EARLIER, options, placeholder=texts.modals.EARLIER_PLACEHOLDER)
    block_id = f"earlier:{state.requesting_id}:{state.owner_id}"
    label = texts.modals.EARLIER_OR_BUNDLE if bundles else texts.modals.EARLIER
    return [kit.entry(label, menu, block_id=block_id, optional=True, dispatch=True)]


def _assets(state: ModalState) -> list[Block]:
    rules = RULES[state.kind]
    which = texts.modals.ASSETS
    if rules.most_items == 1 and rules.asset_kind is not None:
        which = texts.modals.ASSET.format(kind=texts.basics.KINDS[rules.asset_kind][1])
    menu = kit.search_many(
        ActionId.ASSETS,
        placeholder=texts.modals.ASSETS_PLACEHOLDER,
        most=max(rules.most_items, len(state.assets)),  # too many come in by a typed line
        chosen=[one.option for one in state.assets if one.value != NOTHING],
    )
    picker = kit.entry(
        which,
        menu,
        block_id=f"assets:{state.requesting_id}:{state.owner_id}",
        hint=_form(state).assets_hint,
        optional=rules.may_describe,
        dispatch=True,
    )
    blocks = [picker]
    for one in state.assets if RULES[state.kind].has_levels else ():
        found = read_asset_value(one.value)
        if found is not None:
            kind, asset_id = found
            level = _level_of(state, kind, asset_id)
            label = _form(state).level_of.format(asset=one.label)
            blocks.append(_level(label, kind, level, block_id=f"level:{asset_id}"))
    return blocks


def requested_levels(state: ModalState) -> list[tuple[Kind, Tasks]]:
    """Return what the form would ask for as it stands, asset by asset."""
    found = [read_asset_value(one.value) for one in state.assets]
    levels = [(kind, _level_of(state, kind, asset_id)) for kind, asset_id in filter(None, found)]
    levels += [(one.kind, _described_level(one)) for one in state.described]
    return [(kind, tasks_of(state.kind, kind, level)) for kind, level in levels]


def _described_level(one: Described) -> str:
    return one.level or LEVELS[one.kind][-1].name


def _level_of(state: ModalState, kind: Kind, asset_id: str) -> str:
    """Return what was chosen for an asset; else the level that all others of its kind have, or the least."""
    if chosen := state.levels.get(asset_id):
        return chosen
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
    # Only an ad account's level changes how many must approve, which the form then says.
    return kit.entry(label, menu, block_id=block_id, dispatch=kind is Kind.AD_ACCOUNT)


def _described(state: ModalState) -> list[Block]:
    blocks: list[Block] = []
    if not RULES[state.kind].may_describe:
        return blocks
    for number, one in enumerate(state.described, start=1):
        kinds = [kit.option(texts.basics.kind_name(kind), kind) for kind in Kind]
        blocks += [
            kit.section(
                texts.modals.DESCRIBED.format(number=number),
                accessory=_remove(one.key, texts.modals.DESCRIBED.format(number=number)),
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
                _described_level(one),
                block_id=f"described:{one.key}:{one.kind}",
            ),
        ]
    if len(state.described) < MOST_DESCRIBED and len(state.described) + len(state.assets) < MOST_ITEMS:
        text = texts.modals.DESCRIBE_MORE if state.described else texts.modals.DESCRIBE
        if not state.described:
            blocks.append(kit.context(texts.modals.DESCRIBE_HELP))
        blocks.append(kit.actions(kit.button(text, ActionId.DESCRIBE), block_id="describe"))
    return blocks


def _remove(key: int, what: str) -> Element:
    label = texts.buttons.ABOUT.format(button=texts.modals.UNDESCRIBE, what=what)
    return kit.button(texts.modals.UNDESCRIBE, ActionId.UNDESCRIBE, value=str(key), label=label)


def _term(state: ModalState, preview: Preview | None) -> list[Block]:
    if not RULES[state.kind].has_term:
        return []
    ends_at = preview.contract_ends_at if preview is not None else None
    return [
        length_menu(texts.modals.TERM, state.term, contract_ends_at=ends_at, zone=state.zone),
        *length_inputs(
            state.term,
            days=state.days,
            until=state.until,
            kept_end=state.kept_end,
            zone=state.zone,
            most=LONGEST_DAYS,
        ),
    ]


def _people(state: ModalState) -> list[Block]:
    if not RULES[state.kind].may_assign:
        return []
    menu = kit.search_many(
        ActionId.PEOPLE,
        placeholder=texts.modals.PEOPLE_PLACEHOLDER,
        most=MOST_PEOPLE,
        chosen=[one.option for one in state.people if one.value != NOTHING],
    )
    picker = kit.entry(
        texts.modals.PEOPLE,
        menu,
        block_id=f"people:{state.requesting_id}",
        hint=texts.modals.PEOPLE_HINT,
        optional=True,
    )
    return [picker]


def _reason(state: ModalState, preview: Preview | None) -> Block:
    box = kit.typing(ActionId.REASON, most=LONGEST_REASON, multiline=True, start=state.reason)
    owner = preview.owner if preview else None
    hint = (
        _form(state).reason_hint.format(other=short(owner.name, _NAME))
        if owner
        else _form(state).reason_hint_any
    )
    return kit.entry(texts.modals.REASON, box, block_id="reason", hint=hint)


def _metadata(state: ModalState) -> str:
    return metadata(
        {
            "kind": state.kind,
            "zone": state.zone,
            "requesting": state.requesting_id,
            "owner": state.owner.value if state.owner else None,
            "next": state.next_key,
            "draft": ref_fields(state.draft) if state.draft else None,
            "unplaced": dict(state.unplaced),
            "away": list(state.away),
            "line": state.line,
            "start": state.start,
            "end": state.kept_end,
        }
    )
