"""The forms about a business's own people: those of an asset, what one can reach, and one on one asset."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.domain.assets import LEVELS, Kind, Tasks
from bot.domain.connections import EnforcementState
from bot.services.views.access import (
    AssetPeople,
    AssignedPerson,
    EnforcementView,
    GrantView,
    PersonReach,
    Reach,
)
from bot.services.views.parties import AssetChoice, Party, PersonChoice
from bot.slack import kit
from bot.slack.cards.items import at_meta_line
from bot.slack.cards.people import person_line
from bot.slack.ids import ActionId, Callback, Json
from bot.slack.kit import Block, View, rich
from bot.slack.lines import Line, line, short, short_named
from bot.slack.modals.inputs import (
    NOTHING,
    FieldErrors,
    choice,
    entered,
    errors_at,
    level_value,
    read_level,
)
from bot.slack.modals.pages import page_rows
from bot.slack.text import en as texts
from bot.slack.values import (
    Page,
    Seat,
    Unreadable,
    metadata,
    read_metadata,
    read_seat,
    seat_fields,
    seat_value,
)

ROWS_A_PAGE = 20
_NAME = 60
_ASSET = 90
_MOST_PAGES = 10**6
_MOST_AT_META = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadPeople:
    """What was chosen to be seen: an asset through a business, a person, or both."""

    business_id: str | None = None
    asset_id: str | None = None
    person_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadAssign:
    """Who is to have which level on an asset."""

    seat: Seat
    tasks: Tasks


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Which list a form shows or goes back to: people of an asset of this kind, or what a person has."""

    callback: Callback
    business_id: str = ""
    asset_id: str = ""
    person_id: str = ""
    page: int = 0
    kind: Kind | None = None


# --- choosing what to see ---------------------------------------------------------------------------


def people_modal() -> View:
    """Return the form in which an asset, a person or both are chosen."""
    return kit.modal(
        texts.people.TITLE,
        [kit.section(texts.people.INTRO), _asset_entry(optional=True), _person_entry(optional=True)],
        callback=Callback.PEOPLE,
        submit=texts.people.SUBMIT,
        close=texts.buttons.CLOSE,
    )


def _asset_entry(*, optional: bool = False) -> Block:
    menu = kit.search(ActionId.REACHABLE, placeholder=texts.people.ASSET_PLACEHOLDER)
    return kit.entry(
        texts.people.ASSET, menu, block_id="asset", hint=texts.people.ASSET_HINT, optional=optional
    )


def _person_entry(*, optional: bool = False) -> Block:
    menu = kit.search(ActionId.COLLEAGUE, placeholder=texts.people.PERSON_PLACEHOLDER)
    return kit.entry(texts.people.PERSON, menu, block_id="person", optional=optional)


def read_people(view: Mapping[str, Any]) -> ReadPeople | FieldErrors:
    """Return what was chosen to be seen."""
    asset, person = _chosen(view, "asset"), _chosen(view, "person")
    if NOTHING in (asset, person):
        wrong = "asset" if asset == NOTHING else "person"
        return errors_at(view, [(wrong, texts.modals.NOT_A_CHOICE)])
    if asset is None and person is None:
        return errors_at(view, [("asset", texts.people.CHOOSE_ONE)])
    business_id, asset_id = _read_reachable(asset) if asset else (None, None)
    return ReadPeople(business_id=business_id, asset_id=asset_id, person_id=person)


def read_next(view: Mapping[str, Any]) -> Seat | FieldErrors:
    """Return the person whose assets were shown, with the asset that was chosen."""
    asset = _chosen(view, "asset")
    if asset is None or asset == NOTHING:
        wrong = texts.people.CHOOSE_ASSET if asset is None else texts.modals.NOT_A_CHOICE
        return errors_at(view, [("asset", wrong)])
    business_id, asset_id = _read_reachable(asset)
    return read_seat({"b": business_id, "a": asset_id, "p": read_shown(view).person_id})


def _chosen(view: Mapping[str, Any], name: str) -> str | None:
    found = choice(entered(view).get(name))
    return None if found is None else found.value


def _read_reachable(value: str) -> tuple[str, str]:
    business_id, _, asset_id = value.partition(":")
    if not (business_id.isascii() and business_id.isdigit() and asset_id):
        raise Unreadable("not an asset")
    return business_id, asset_id


# --- the people of an asset -------------------------------------------------------------------------


def asset_people_modal(found: AssetPeople, *, page: int = 0) -> View:
    """Return one page of a business's people with an asset; for its admins with buttons, and to add one."""
    business, asset = found.business, found.asset
    rows = found.people
    shown = Shown(
        callback=Callback.ASSET_PEOPLE,
        business_id=business.id,
        asset_id=asset.id,
        page=page,
        kind=asset.kind,
    )
    blocks: list[Block] = [
        rich((_has(found), *_never_more(found), *_unsettled(found.unsettled), *_not_as_set(found.at_meta)))
    ]
    failed = {one.person_id for one in found.at_meta if one.state is EnforcementState.FAILED}
    if rows.total:
        first = page * ROWS_A_PAGE
        head = texts.people.HEAD.format(first=first + 1, last=first + len(rows.rows), total=rows.total)
        blocks.append(kit.context(head))
    else:
        blocks.append(kit.section(texts.people.NOBODY))
    for one in rows.rows:
        seat = Seat(business.id, asset.id, one.person_id)
        blocks.append(rich((_person_row(asset.kind, one),), block_id=f"person:{one.person_id}"))
        if found.can_change:
            blocks.append(
                _buttons(
                    seat,
                    who=one.name,
                    asset=asset,
                    business=business,
                    about=one.name,
                    has_failed=one.person_id in failed,
                )
            )
    blocks += page_rows(Page(Callback.ASSET_PEOPLE, business.id, page), _pages(rows.total))
    if not found.can_change:
        name = short(business.name, _NAME)
        return _list_modal([*blocks, kit.section(texts.people.ONLY_ADMINS.format(business=name))], shown)
    blocks += [
        kit.divider(),
        kit.header(texts.people.ADD_HEAD),
        _person_entry(),
        _level_entry(asset.kind, found.tasks),
    ]
    return _list_modal(blocks, shown, submit=texts.people.SAVE)


def _has(found: AssetPeople) -> Line:
    asset = short_named(found.asset.name, found.asset.id, _ASSET)
    business, owner = short(found.business.name, _NAME), found.asset.owner
    if owner is None or owner.id == found.business.id:
        return line(texts.people.OWNED, asset=asset, business=business)
    template = texts.people.HELD if found.until is None else texts.people.HELD_UNTIL
    return line(
        template,
        business=business,
        level=texts.basics.level_row(found.asset.kind, found.tasks),
        asset=asset,
        owner=short(owner.name, _NAME),
        until=found.until or "",
    )


def _unsettled(grants: Sequence[GrantView]) -> tuple[Line, ...]:
    """Return how access stands that is on its way in or out at Meta."""
    return tuple(
        line(
            texts.people.UNSETTLED,
            asset=short_named(one.asset_name, one.asset_id, _ASSET),
            level=texts.basics.level_row(one.kind, one.tasks),
            holder=short(one.holder.name, _NAME),
            grant=at_meta_line(one),
        )
        for one in grants
    )


def _not_as_set(at_meta: Sequence[EnforcementView]) -> tuple[Line, ...]:
    """Return whose access is not at Meta as it was set: the first of them, and how many more."""
    more = len(at_meta) - _MOST_AT_META
    rest = (line(texts.meta.PEOPLE_MORE, count=more),) if more > 0 else ()
    return (*map(person_line, at_meta[:_MOST_AT_META]), *rest)


def _never_more(found: AssetPeople) -> tuple[Line, ...]:
    owner = found.asset.owner
    if owner is None or owner.id == found.business.id:
        return ()
    return (line(texts.people.NEVER_MORE, owner=short(owner.name, _NAME)),)


def _person_row(kind: Kind, one: AssignedPerson) -> Line:
    return line(
        texts.people.ROW_BUT if one.why else texts.people.ROW,
        name=short(one.name, _NAME),
        level=texts.basics.level_row(kind, one.tasks),
        why=texts.settings.MEMBER_WHY.get(one.why, texts.settings.MEMBER_WHY_ELSE) if one.why else "",
    )


def _buttons(
    seat: Seat,
    *,
    who: str,
    asset: AssetChoice,
    business: Party,
    about: str,
    has_failed: bool = False,
) -> Block:
    what = short(asset.name, _NAME) or asset.id
    change = kit.button(
        texts.people.CHANGE,
        ActionId.CHANGE_PERSON,
        value=seat_value(seat),
        label=texts.buttons.ABOUT.format(button=texts.people.CHANGE, what=short(about, _NAME)),
    )
    sure = kit.confirm(
        title=texts.people.CONFIRM_REMOVE,
        text=texts.people.CONFIRM_REMOVE_TEXT.format(
            name=short(who, _NAME), asset=what, business=short(business.name, _NAME)
        ),
        confirm=texts.settings.CONFIRM_DO_IT,
        deny=texts.buttons.KEEP,
        style="danger",
    )
    remove = kit.button(
        texts.people.REMOVE,
        ActionId.REMOVE_PERSON,
        value=seat_value(seat),
        confirm=sure,
        label=texts.buttons.ABOUT.format(button=texts.people.REMOVE, what=short(about, _NAME)),
    )
    again = kit.button(
        texts.meta.TRY_AGAIN,
        ActionId.TRY_PERSON_AGAIN,
        value=seat_value(seat),
        label=texts.buttons.ABOUT.format(button=texts.meta.TRY_AGAIN, what=short(about, _NAME)),
    )
    buttons = [again, change, remove] if has_failed else [change, remove]
    return kit.actions(*buttons, block_id=f"seat:{seat.business_id}:{seat.asset_id}:{seat.person_id}")


# --- what a person can reach ------------------------------------------------------------------------


def reach_modal(found: PersonReach, *, page: int = 0, can_add: bool) -> View:
    """Return one page of what a person can reach; for admins with buttons, and to add an asset."""
    name, rows = short(found.name, _NAME), found.rows
    shown = Shown(callback=Callback.REACH, person_id=found.person_id, page=page)
    blocks: list[Block] = [kit.section(texts.people.REACH_INTRO.format(name=name))]
    if rows.total:
        first = page * ROWS_A_PAGE
        head = texts.people.REACH_HEAD.format(first=first + 1, last=first + len(rows.rows), total=rows.total)
        blocks.append(kit.context(head))
    else:
        blocks.append(kit.section(texts.people.REACH_NOTHING.format(name=name)))
    if found.unsettled or found.at_meta:
        blocks.append(rich((*_unsettled(found.unsettled), *_not_as_set(found.at_meta))))
    failed = {
        (one.business.id, one.asset.id) for one in found.at_meta if one.state is EnforcementState.FAILED
    }
    for one in rows.rows:
        blocks.append(rich((_reach_row(one),), block_id=f"reach:{one.business.id}:{one.asset.id}"))
        if one.can_change:
            seat = Seat(one.business.id, one.asset.id, found.person_id)
            about = short_named(one.asset.name, one.asset.id, _NAME)
            blocks.append(
                _buttons(
                    seat,
                    who=found.name,
                    asset=one.asset,
                    business=one.business,
                    about=about,
                    has_failed=(one.business.id, one.asset.id) in failed,
                )
            )
    blocks += page_rows(Page(Callback.REACH, found.person_id, page), _pages(rows.total))
    if not can_add:
        return _list_modal(blocks, shown)
    blocks += [kit.divider(), kit.header(texts.people.REACH_ADD), _asset_entry()]
    return _list_modal(blocks, shown, submit=texts.people.NEXT)


def _reach_row(one: Reach) -> Line:
    is_own = one.asset.owner is not None and one.asset.owner.id == one.business.id
    until = texts.people.REACH_HELD if one.until is None else texts.people.REACH_HELD_UNTIL
    return line(
        texts.people.REACH_OWNED if is_own else until,
        asset=short_named(one.asset.name, one.asset.id, _ASSET),
        kind=texts.basics.kind_name(one.asset.kind),
        level=texts.basics.level_row(one.asset.kind, one.tasks),
        business=short(one.business.name, _NAME),
        refs=texts.basics.names_of(one.refs),
        until=one.until or "",
    )


def _pages(total: int) -> int:
    return max(1, -(-total // ROWS_A_PAGE))


def _list_modal(blocks: Sequence[Block], shown: Shown, *, submit: str | None = None) -> View:
    return kit.modal(
        texts.people.TITLE,
        blocks,
        callback=shown.callback,
        submit=submit,
        close=texts.buttons.CLOSE,
        private=metadata(_shown_fields(shown)),
    )


def _shown_fields(shown: Shown) -> Json:
    return {
        "l": str(shown.callback),
        "b": shown.business_id,
        "a": shown.asset_id,
        "p": shown.person_id,
        "o": shown.page,
        "k": shown.kind and str(shown.kind),
    }


def read_shown(view: Mapping[str, Any]) -> Shown:
    """Return which list a form of people shows, or goes back to."""
    fields = read_metadata(view)
    found = fields.get("l"), fields.get("b"), fields.get("a"), fields.get("p"), fields.get("o")
    callback, business, asset, person, page = found
    if callback not in (Callback.ASSET_PEOPLE, Callback.REACH):
        raise Unreadable("not a list of people")
    if not (isinstance(business, str) and isinstance(asset, str) and isinstance(person, str)):
        raise Unreadable("not a list of people")
    if not isinstance(page, int) or isinstance(page, bool) or not 0 <= page <= _MOST_PAGES:
        raise Unreadable("not a page")
    kind = fields.get("k")
    if kind is not None and kind not in set(Kind):
        raise Unreadable("not a kind of asset")
    return Shown(
        callback=Callback(callback),
        business_id=business,
        asset_id=asset,
        person_id=person,
        page=page,
        kind=None if kind is None else Kind(kind),
    )


# --- one person on one asset ------------------------------------------------------------------------


def assign_modal(
    found: AssetPeople, person: PersonChoice, *, tasks: Tasks, back: Shown, chosen: Tasks | None = None
) -> View:
    """Return the form for the level of one person on one asset, who has `tasks` now; then `back` is shown.

    `chosen` is the level that the form starts with, if another one was asked for.
    """
    seat = Seat(found.business.id, found.asset.id, person.id)
    said = line(
        texts.people.ASSIGN_INTRO if tasks else texts.people.ASSIGN_INTRO_NEW,
        name=short(person.name, _NAME),
        level=texts.basics.level_row(found.asset.kind, tasks),
        asset=short_named(found.asset.name, found.asset.id, _ASSET),
    )
    return kit.modal(
        texts.people.TITLE,
        [
            rich((said, *_never_more(found))),
            _level_entry(found.asset.kind, found.tasks, chosen=chosen or tasks),
        ],
        callback=Callback.ASSIGN,
        submit=texts.people.SAVE,
        close=texts.buttons.CLOSE,
        private=metadata({"seat": seat_fields(seat), "kind": str(found.asset.kind), **_shown_fields(back)}),
    )


def _level_entry(kind: Kind, most: Tasks, *, chosen: Tasks = frozenset()) -> Block:
    """Return the menu of the levels within `most`; what a person has, or all there is, is among them."""
    sets = [level.tasks for level in LEVELS[kind] if level.tasks <= most]
    sets += [one for one in (most, chosen & most) if one and one not in sets]
    options = [
        kit.option(
            texts.basics.level_label(kind, one),
            level_value(kind, one),
            description=texts.basics.level_words(kind, one),
        )
        for one in dict.fromkeys(sets)
    ]
    start = level_value(kind, chosen) if chosen else None
    menu = kit.select(ActionId.THEIR_LEVEL, options, chosen=start)
    return kit.entry(texts.people.LEVEL, menu, block_id="level")


def read_assign(view: Mapping[str, Any]) -> ReadAssign | FieldErrors:
    """Return the level that was chosen for one person on one asset."""
    fields = read_metadata(view)
    seat = fields.get("seat")
    if not isinstance(seat, Mapping) or fields.get("kind") not in set(Kind):
        raise Unreadable("not this form")
    return _read_level(view, read_seat(seat), Kind(fields["kind"]))


def read_added(view: Mapping[str, Any]) -> ReadAssign | FieldErrors:
    """Return who was chosen in the list of an asset's people, and which level."""
    person = _chosen(view, "person")
    if person is None or person == NOTHING:
        wrong = texts.people.CHOOSE_PERSON if person is None else texts.modals.NOT_A_CHOICE
        return errors_at(view, [("person", wrong)])
    shown = read_shown(view)
    if shown.kind is None:
        raise Unreadable("not this form")
    seat = read_seat({"b": shown.business_id, "a": shown.asset_id, "p": person})
    return _read_level(view, seat, shown.kind)


def _read_level(view: Mapping[str, Any], seat: Seat, kind: Kind) -> ReadAssign | FieldErrors:
    value = _chosen(view, "level")
    tasks = None if value is None else read_level(kind, value)
    if tasks is None:
        return errors_at(view, [("level", texts.people.CHOOSE_LEVEL)])
    return ReadAssign(seat=seat, tasks=tasks)
