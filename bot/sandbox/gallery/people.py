"""The forms of the gallery about a business's own people, with the errors that can stand in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from bot.domain.assets import LEVELS, TASKS, Kind
from bot.domain.denials import DenialReason
from bot.domain.grants import GrantState
from bot.domain.limits import LONGEST_NAME
from bot.sandbox.gallery import records, sizes
from bot.sandbox.gallery.exhibit import Exhibit, Exhibits, Part, Size
from bot.sandbox.gallery.form import form_of, refused, sent_back
from bot.sandbox.gallery.records import NOW
from bot.services.grants.people import MOST_UNSETTLED
from bot.services.results import Denied
from bot.services.views.access import AssetPeople, AssignedPerson, GrantView, PersonReach, Reach
from bot.services.views.parties import AssetChoice, PersonChoice
from bot.slack import modals
from bot.slack.ids import Callback
from bot.slack.lines import short
from bot.slack.modals import PEOPLE_A_PAGE
from bot.slack.modals.inputs import NOTHING
from bot.slack.text import en as texts

_GENERAL, _REPORTING = (level.tasks for level in LEVELS[Kind.AD_ACCOUNT][1:])
_LATER = NOW + timedelta(days=30)
_PAGES = 3


def people() -> Exhibits:
    """Return the lists of people and of what one can reach, and the forms that change them."""
    form = modals.people_modal()
    yield form_of("People of an asset", form, state="to choose")
    yield refused("People of an asset", form, modals.read_people(sent_back(form)), state="nothing chosen")
    yield from _of_assets()
    yield from _of_persons()
    yield from _menus()


def _asset(size: Size) -> AssetChoice:
    names = {Size.SMALLEST: "", Size.USUAL: "Acme Shoes EU", Size.LARGEST: sizes.LONGEST["asset"]}
    ids = {
        Size.SMALLEST: "act_1",
        Size.USUAL: "act_4815162342",
        Size.LARGEST: f"act_{sizes.LONGEST_ID}",
    }
    return AssetChoice(id=ids[size], kind=Kind.AD_ACCOUNT, name=names[size], owner=sizes.DECIDES[size])


def _person(number: int, *, name: str, why: DenialReason | None = None) -> AssignedPerson:
    return AssignedPerson(
        person_id=f"4{number:014}",
        name=name,
        tasks=_REPORTING if number % 2 else _GENERAL,
        since=NOW,
        why=why,
    )


def _found(size: Size, some: Sequence[AssignedPerson], *, total: int | None = None) -> AssetPeople:
    rows = records.rows(*some)
    return AssetPeople(
        business=sizes.ASKS[size],
        asset=_asset(size),
        tasks=_GENERAL,
        until=_LATER,
        people=replace(rows, total=len(some) if total is None else total),
        can_change=True,
    )


def _unsettled(size: Size) -> tuple[GrantView, ...]:
    states = (GrantState.PENDING, GrantState.FAILED, GrantState.ENDING, GrantState.STUCK)
    number = MOST_UNSETTLED if size is Size.LARGEST else len(states)
    some = [sizes.grant(size, state=state, is_at_meta=True, starts_at=None) for state in states]
    return tuple((some * number)[:number])


def _at_meta(size: Size) -> AssetPeople:
    """Return people some of whom have access that is not at Meta as it was set."""
    stands = [one for one in sizes.enforcements(size) if one.obstacle is None or size is not Size.SMALLEST]
    some = [
        _person(number, name=f"{number} {one.name}"[:LONGEST_NAME])
        for number, one in enumerate(stands[:MOST_UNSETTLED])
    ]
    return replace(_found(size, some), at_meta=tuple(stands))


def _of_assets() -> Exhibits:
    whys = (None, *texts.settings.MEMBER_WHY, DenialReason.STRANGER)
    usual = _found(
        Size.USUAL, [_person(number, name=f"Member {number}", why=why) for number, why in enumerate(whys)]
    )
    form = modals.asset_people_modal(usual)
    yield form_of("People of an asset", form, state="shared with them")
    owned = replace(usual, business=sizes.DECIDES[Size.USUAL], tasks=TASKS[Kind.AD_ACCOUNT], until=None)
    yield form_of("People of an asset", modals.asset_people_modal(owned), state="their own")
    for state, found in (
        ("with no end", replace(usual, until=None)),
        ("for an employee", replace(usual, can_change=False)),
        ("custom tasks", replace(usual, tasks=frozenset({"ANALYZE", "DRAFT"}))),
    ):
        yield form_of("People of an asset", modals.asset_people_modal(found), state=state)
    for size in Size:
        on_its_way = replace(_found(size, []), unsettled=_unsettled(size))
        shown = modals.asset_people_modal(on_its_way)
        yield form_of("People of an asset", shown, state="on its way in and out at Meta", size=size)
        shown = modals.asset_people_modal(_at_meta(size))
        yield form_of("People of an asset", shown, state="not at Meta as it was set", size=size)
    nobody = _found(Size.SMALLEST, [])
    yield form_of("People of an asset", modals.asset_people_modal(nobody), size=Size.SMALLEST)
    many = [
        _person(number, name=name, why=DenialReason.UNCONFIRMED)
        for number, name in enumerate(sizes.people(PEOPLE_A_PAGE))
    ]
    large = _found(Size.LARGEST, many, total=_PAGES * PEOPLE_A_PAGE)
    for page in range(_PAGES):
        shown = modals.asset_people_modal(large, page=page)
        yield form_of("People of an asset", shown, state=f"page {page + 1}", size=Size.LARGEST)
    sent = sent_back(form)
    yield refused("People of an asset", form, modals.read_added(sent), state="sent blank")
    (held,) = sent["state"]["values"]["person"].values()
    held["selected_option"] = {"text": {"type": "plain_text", "text": "Eva"}, "value": "400000000000001"}
    yield refused("People of an asset", form, modals.read_added(sent), state="no level")
    held["selected_option"] = {"text": {"type": "plain_text", "text": "Nobody"}, "value": NOTHING}
    yield refused("People of an asset", form, modals.read_added(sent), state="a note chosen")
    for no in (
        Denied(
            reason=DenialReason.BEYOND_HELD, field="level", name="A", tasks=_GENERAL, kind=Kind.AD_ACCOUNT
        ),
        Denied(reason=DenialReason.NOT_ASSIGNABLE, field="person", name="Eva", why=DenialReason.GUEST),
    ):
        yield refused("People of an asset", form, modals.modal_errors(sent, no), state=str(no.reason))


def _of_persons() -> Exhibits:
    for size in Size:
        asset, name = _asset(size), sizes.LONGEST["person"] if size is Size.LARGEST else "Eva Ekholm"
        refs = (sizes.numbered_ref(1, size), sizes.numbered_ref(2, size))
        row = Reach(
            asset=asset,
            business=sizes.ASKS[size],
            tasks=_GENERAL,
            until=_LATER,
            refs=refs,
            can_change=True,
        )
        own = replace(row, asset=replace(asset, id=asset.id[:-1] + "7"), business=sizes.DECIDES[size])
        endless = replace(row, asset=replace(asset, id=asset.id[:-1] + "8"), until=None, refs=refs[:1])
        some = [row, own, endless]
        if size is Size.LARGEST:
            some = [
                replace(row, asset=replace(asset, id=f"{asset.id[:-2]}{number:02}"))
                for number in range(PEOPLE_A_PAGE)
            ]
        total = _PAGES * PEOPLE_A_PAGE if size is Size.LARGEST else len(some)
        rows = replace(records.rows(*some), total=total)
        found = PersonReach(person_id="400000000000001", name=name, rows=rows)
        yield form_of("What somebody can reach", modals.reach_modal(found, can_add=True), size=size)
        at_meta = _at_meta(size).at_meta
        more = modals.reach_modal(replace(found, unsettled=_unsettled(size), at_meta=at_meta), can_add=True)
        yield form_of("What somebody can reach", more, state="on its way in and out at Meta", size=size)
        person = PersonChoice(id=found.person_id, name=name)
        back = modals.Shown(callback=Callback.REACH, person_id=person.id)
        new = modals.assign_modal(_found(size, []), person, tasks=frozenset(), back=back)
        yield form_of("One person on one asset", new, state="not yet", size=size)
        has = modals.assign_modal(_found(size, []), person, tasks=_REPORTING, back=back)
        yield form_of("One person on one asset", has, state="has it", size=size)
    form = modals.reach_modal(found, can_add=True, page=1)
    yield refused("What somebody can reach", form, modals.read_next(sent_back(form)), state="sent blank")
    yield refused("One person on one asset", new, modals.read_assign(sent_back(new)), state="sent blank")
    nothing = replace(found, rows=records.rows())
    shown = modals.reach_modal(nothing, can_add=False)
    yield form_of("What somebody can reach", shown, state="nothing", size=Size.LARGEST)


def _menus() -> Exhibits:
    for size, count in ((Size.SMALLEST, 1), (Size.USUAL, 2), (Size.LARGEST, 101)):
        found = [(sizes.ASKS[size], _asset(size))] * count
        shown = modals.reachable_options(found)
        yield _menu("found", shown, size)
    yield _menu("nothing found", modals.reachable_options([]), Size.USUAL)


def _menu(state: str, shown: object, size: Size) -> Exhibit:
    assert isinstance(shown, dict), short(str(shown), 60)
    return Exhibit(part=Part.MENU, title="Own and shared assets", state=state, size=size, shown=shown)
