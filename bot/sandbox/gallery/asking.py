"""The form for asking in the gallery, and what menus offer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.domain.actors import Role
from bot.domain.assets import LEVELS, Kind
from bot.domain.denials import DenialReason
from bot.domain.kinds import RULES, RequestKind
from bot.domain.limits import (
    MOST_DESCRIBED,
    MOST_ITEMS,
    MOST_PEOPLE,
)
from bot.domain.requests import ErrorCode, FieldError, RequestState
from bot.sandbox.gallery import records, sizes
from bot.sandbox.gallery.exhibit import Exhibit, Exhibits, Json, Part, Size, words_of
from bot.sandbox.gallery.form import ZONE, endable, form_of, refused, sent_back
from bot.sandbox.gallery.misread import misread
from bot.services.results import Denied, Invalid
from bot.services.views.parties import AssetChoice, Me, PersonChoice
from bot.slack import modals
from bot.slack.lines import plain
from bot.slack.modals.ask.state import Described
from bot.slack.modals.inputs import Chosen, asset_label, asset_value, level_value, owner_label
from bot.slack.text import en as texts


def asking() -> Iterator[Exhibit]:
    """Return the form for asking as it grows, and every menu that asks us for its options."""
    yield from _asking()
    yield from _menus()


def _asking() -> Exhibits:
    title = "Ask for access"
    owner = sizes.DECIDES[Size.USUAL]
    one, several = records.me(), _many_businesses(3)
    blank = modals.blank_request(one)
    to_owner = replace(blank, owner=Chosen(owner.id, owner_label(owner)))
    filled = _filled(Size.USUAL)
    asked = records.preview(owner=owner)
    yield form_of(title, modals.request_modal(blank, me=one, preview=None), state="blank", size=Size.SMALLEST)
    yield form_of(
        title,
        modals.request_modal(modals.blank_request(several), me=several, preview=None),
        state="for several",
    )
    employee = records.me(
        records.own(role=Role.EMPLOYEE, may_administer=DenialReason.NOT_ADMIN, may_draft=True)
    )
    yield form_of(title, modals.request_modal(blank, me=employee, preview=None), state="by an employee")
    yield form_of(title, modals.request_modal(to_owner, me=one, preview=asked), state="owner chosen")
    for size in Size:
        over = [sizes.request(size, state) for state in RequestState if not state.is_open]
        before = replace(asked, earlier=tuple(over))
        form = modals.request_modal(to_owner, me=one, preview=before)
        yield form_of(title, form, state="owner chosen, asked before", size=size)
    yield form_of(title, modals.request_modal(filled, me=one, preview=asked), state="filled in")
    described = modals.change_request_state(to_owner, {"action_id": "describe"})
    yield form_of(title, modals.request_modal(described, me=one, preview=asked), state="one described")
    risky = replace(to_owner, assets=filled.assets, levels={"act_4815162342": "Admin"})
    for state, admins in (("two must approve", 3), ("two must, of one", 1), ("nobody can decide", 0)):
        preview = records.preview(owner=owner, admins=admins, required_approvals=2)
        yield form_of(title, modals.request_modal(risky, me=one, preview=preview), state=state)
    no = records.preview(owner=owner, reason=DenialReason.NOT_LISTED)
    yield form_of(title, modals.request_modal(to_owner, me=one, preview=no), state="cannot be asked")
    for term in ("days", "until", "none"):
        form = modals.request_modal(
            replace(filled, term=term, days="45", until="2027-01-31"), me=one, preview=asked
        )
        yield form_of(title, form, state=f"term: {term}")
    elsewhere = replace(filled, term="until", until="2027-01-31", kept_end="2027-01-31T12:30:00+00:00")
    form = modals.request_modal(elsewhere, me=one, preview=asked)
    yield form_of(title, form, state="until a moment of another zone")
    ends = records.preview(owner=owner, contract_ends_at=records.NOW + timedelta(days=40))
    form = modals.request_modal(filled, me=one, preview=ends)
    yield form_of(title, form, state="their contract ends")
    large = _filled(Size.LARGEST)
    everybody = _many_businesses(120)
    yield form_of(
        title,
        modals.request_modal(
            large, me=everybody, preview=records.preview(owner=sizes.DECIDES[Size.LARGEST], admins=1)
        ),
        state="filled in",
        size=Size.LARGEST,
    )
    stranger = Me(person_id=None, name="", zone="UTC", businesses=())
    nothing = modals.blank_request(stranger)
    yield form_of(title, modals.request_modal(nothing, me=stranger, preview=None), state="for nobody")
    for size in Size:
        draft = sizes.draft(size)
        edited = modals.draft_state(draft, people={}, zone=ZONE)
        ours = records.me(records.own(party=draft.requesting))
        yield form_of(
            "Edit a draft", modals.request_modal(edited, me=ours, preview=asked), state="waiting", size=size
        )
    yield from misread(_filled(Size.USUAL), _filled(Size.LARGEST))
    yield from _asked_wrongly()
    yield from _again()
    for kind in RULES:
        yield from _of_kind(kind)


def _again() -> Exhibits:
    """Return the form filled with what was asked before, also for people who have left since."""
    for size in Size:
        view = sizes.request(size, RequestState.DECLINED)
        ours = records.me(records.own(party=view.requesting))
        again = modals.again_state(view, zone=ZONE, people={"400000000000009": ""})  # somebody unknown
        people = texts.basics.names_of(view.people or ("Eva Ekholm",))
        said = texts.modals.PEOPLE_LEFT.format(business=view.requesting.name, people=people)
        left = replace(again, notes=(modals.Note("people", said),))
        for state, filled in (("declined", again), ("for people who have left", left)):
            asked = records.preview()
            shown = modals.request_modal(filled, me=ours, preview=asked)
            yield form_of("Ask again", shown, state=state, size=size)


def _of_kind(kind: RequestKind) -> Exhibits:
    """Return the form for a request of one kind, as it says who would be asked."""
    title = f"The form for {words_of(kind)}"
    owner = sizes.DECIDES[Size.USUAL]
    one = records.me()
    for size in Size:
        ours = records.me(records.own(party=records.AGENCY if size is Size.USUAL else sizes.ASKS[size]))
        asked = records.preview(owner=sizes.DECIDES[size], admins=1)
        filled = replace(_filled(size), kind=kind)
        view = modals.request_modal(filled, me=ours, preview=asked)
        yield form_of(title, view, state="filled in, of this kind", size=size)
    blank = modals.blank_request(one, kind)
    chosen = replace(_filled(Size.USUAL), kind=kind)
    unplaced = replace(chosen, assets=(), levels={}, unplaced={"AD_ACCOUNT:act_4815162342": ""})
    yield form_of(title, modals.request_modal(blank, me=one, preview=None), state="blank of this kind")
    by_state: dict[str, dict[str, Any]] = {
        "too few can decide": {"admins": 1, "required_approvals": 2},
        "admins count as fewer": {
            "admins": 2,
            "required_approvals": 2,
            "enough_from": records.NOW + timedelta(days=5),
        },
        "nobody can decide": {"admins": 0},
        "takes two to send": {"senders": 2, "approvals_to_send": 2},
        "takes two to send, of one": {"senders": 1, "approvals_to_send": 2},
        "takes two to send, who count as fewer": {
            "senders": 2,
            "approvals_to_send": 2,
            "sent_from": records.NOW + timedelta(days=5),
        },
    }
    for state, fields in by_state.items():
        view = modals.request_modal(chosen, me=one, preview=records.preview(owner=owner, **fields))
        yield form_of(title, view, state=state)
    view = modals.request_modal(unplaced, me=one, preview=records.preview(owner=owner))
    yield form_of(title, view, state="an asset of another business")
    view = modals.request_modal(replace(unplaced, owner=None), me=one, preview=None)
    yield form_of(title, view, state="an asset, and no business yet")
    if texts.kinds.WORDS[kind].form.is_own is not None:
        view = modals.request_modal(chosen, me=one, preview=records.preview(owner=owner, is_own=True))
        yield form_of(title, view, state="theirs to give")
    if not RULES[kind].names_other:
        waits = Denied(reason=DenialReason.OPEN_ALREADY, ref="AMBER-1234", name="Acme Shoes EU")
        page = FieldError(field="items", code=ErrorCode.AD_ACCOUNTS_ONLY, got="501000200030")
        for state, against in (("claimed already", waits), ("no ad account", Invalid(field_errors=(page,)))):
            asked = records.preview(owner=owner)
            view = modals.request_modal(chosen, me=one, preview=asked, against=against)
            yield form_of(title, view, state=state)
    if RULES[kind].instead is not None:
        no = Denied(reason=DenialReason.OWNED_BY_OTHER, name="Acme Shoes EU")
        instead = modals.instead_state(chosen, owner, said=plain(texts.errors.denial(no)))
        view = modals.request_modal(instead, me=one, preview=records.preview(owner=owner))
        yield form_of(title, view, state="owned by another business")


def _filled(size: Size) -> modals.ModalState:
    """Return the form as it is when it holds so much."""
    owner, ours = sizes.DECIDES[size], sizes.ASKS[size]
    if size is Size.USUAL:
        ours = records.AGENCY
    named = [one for one in sizes.ITEMS[size] if one.asset_id is not None]
    is_large = size is Size.LARGEST
    words = [
        Described(key=key, kind=kind, words=sizes.LONGEST["words"], level=LEVELS[kind][0].name)
        for key, kind in enumerate([*Kind] * 3, start=1)
    ]
    people = sizes.people(MOST_PEOPLE if is_large else 1)
    return modals.ModalState(
        zone=ZONE,
        requesting_id=ours.id,
        owner=Chosen(owner.id, owner_label(owner)),
        assets=tuple(
            Chosen(
                asset_value(one.kind, one.asset_id or ""),
                asset_label(one.asset_id or "", one.asset_name or ""),
            )
            for one in named
        ),
        levels={one.asset_id or "": level_value(one.kind, one.requested) for one in named},
        described=tuple(words[:MOST_DESCRIBED]) if is_large else (),
        next_key=MOST_DESCRIBED + 1,
        term="until" if is_large else "30",
        until="2036-10-31",
        people=tuple(
            Chosen(f"4000000000{number:05}", name[:75]) for number, name in enumerate(people, start=1)
        ),
        reason=sizes.LONGEST["reason"] if is_large else "Q1 launch",
    )


def _many_businesses(count: int) -> Me:
    ours = sizes.ASKS[Size.LARGEST]
    first = records.own(party=ours if count > MOST_ITEMS else records.AGENCY)
    others = [
        records.own(party=replace(ours, id=f"77{number:018}", name=f"{number} {ours.name}"[:120]))
        for number in range(1, count)
    ]
    return records.me(first, *others)


def _asked_wrongly() -> Exhibits:
    title = "Ask for access"
    one = records.me()
    form = modals.request_modal(modals.blank_request(one), me=one, preview=None)
    yield refused(title, form, modals.read_request(sent_back(form)), state="sent blank")
    asked = records.preview(owner=sizes.DECIDES[Size.USUAL])
    remark = Chosen("nothing", texts.kinds.WORDS[RequestKind.ACCESS].form.no_assets)
    chosen = replace(_filled(Size.USUAL), term="days", days="0")
    form = modals.request_modal(chosen, me=one, preview=asked)
    several = Invalid(
        field_errors=(
            FieldError(field="items.0", code=ErrorCode.NO_TASKS),
            FieldError(field="items", code=ErrorCode.TOO_MANY_ITEMS, got=str(MOST_ITEMS + 1)),
            FieldError(field="term", code=ErrorCode.DAYS),
            FieldError(field="people", code=ErrorCode.TOO_MANY_PEOPLE, got=str(MOST_PEOPLE + 1)),
            FieldError(field="reason", code=ErrorCode.NO_REASON),
        )
    )
    yield refused(title, form, modals.request_errors(sent_back(form), several))
    no = Denied(reason=DenialReason.OPEN_ALREADY, field="items.0", name="Acme Shoes EU", ref="AMBER-1234")
    yield refused(title, form, modals.request_errors(sent_back(form), no), state="denied at an asset")
    sent = sent_back(form)
    for values in sent["state"]["values"].values():
        for held in values.values():
            if held.get("selected_options"):
                held["selected_options"] = [remark.option]
    yield refused(title, form, modals.read_request(sent), state="a remark was chosen")


# --- what menus offer -------------------------------------------------------------------------------


def _menus() -> Exhibits:
    def menu(title: str, shown: Json, state: str, size: Size = Size.USUAL) -> Exhibit:
        return Exhibit(part=Part.MENU, title=title, state=state, size=size, shown=shown)

    for size, count in ((Size.SMALLEST, 1), (Size.USUAL, 3), (Size.LARGEST, modals.OPTIONS_ASKED)):
        owners = [
            replace(sizes.DECIDES[size], id=str(10_000 + number), verified=number % 2 == 0)
            for number in range(count)
        ]
        kinds = [*Kind]
        assets = [
            AssetChoice(
                id=one.asset_id or "", kind=kinds[number % len(kinds)], name=one.asset_name or "", owner=None
            )
            for number, one in enumerate([sizes.ITEMS[size][0]] * count)
        ]
        staff = [
            PersonChoice(id=str(400_000 + number), name=name, user_id=f"U{number:010}")
            for number, name in enumerate(
                sizes.people(count) if size is Size.LARGEST else ["Eva Ekholm"] * count
            )
        ]
        yield menu("Businesses", modals.owner_options(owners, text=""), "found", size)
        yield menu("Assets", modals.asset_options(assets, request=RequestKind.ACCESS), "found", size)
        yield menu("Own assets", modals.bind_options(assets, kind=Kind.PIXEL), "found", size)
        yield menu("People", modals.person_options(staff), "found", size)
        yield menu("Admins", modals.admin_options(staff), "found", size)
        yield menu("Access to end", modals.grant_options(endable(size, count)), "found", size)
    yield menu("Businesses", modals.owner_options([], text="Acme"), "nothing found")
    yield menu("Businesses", modals.owner_options([], text="12 34"), "no Business ID")
    yield menu("Businesses", modals.owner_options([], text="20531316728"), "not known")
    for request in RULES:
        nothing = modals.asset_options([], request=request)
        yield menu("Assets", nothing, f"nothing found: {texts.kinds.WORDS[request].form.title}")
    for kind in Kind:
        nothing = modals.bind_options([], kind=kind)
        yield menu("Own assets", nothing, f"no {texts.basics.kind_name(kind)}")
    yield menu("People", modals.person_options([]), "nothing found")
    yield menu("Admins", modals.admin_options([]), "nothing found")
    yield menu("Access to end", modals.grant_options([]), "nothing found")
    yield menu("Any", modals.no_options(), "for somebody who may see none", Size.SMALLEST)
