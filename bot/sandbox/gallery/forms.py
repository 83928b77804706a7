"""The forms and modals of the gallery, with the errors that can stand in them, and what menus offer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from bot.domain.assets import LEVELS, Kind
from bot.domain.events import EventKind
from bot.domain.grants import Named
from bot.domain.limits import (
    LONGEST_COMMENT,
    LONGEST_DAYS,
    MOST_CHOSEN,
    MOST_DAYS_OFF,
    MOST_DESCRIBED,
    MOST_EXPIRES_DAYS,
    MOST_ITEMS,
    MOST_PEOPLE,
    MOST_QUORUM,
    MOST_UNDO_MINUTES,
)
from bot.domain.messages import Audience
from bot.domain.policy import DenialReason, Role, WhoMayAsk
from bot.domain.requests import ErrorCode, FieldError, RequestState, Term
from bot.sandbox.gallery import records, sizes
from bot.sandbox.gallery.exhibit import READERS, Exhibit, Exhibits, Json, Part, Size, words_of
from bot.sandbox.gallery.misread import misread
from bot.sandbox.gallery.records import ADMIN, NOW
from bot.sandbox.slack import completed, starting_state
from bot.services.results import Denied, Invalid
from bot.services.views import AssetChoice, GrantView, HistoryLine, Me, PersonChoice, RequestView
from bot.slack import modals
from bot.slack.lines import plain
from bot.slack.modals.ask.state import Described
from bot.slack.modals.details import LINES_A_PAGE
from bot.slack.modals.inputs import Chosen, asset_label, asset_value, level_value, owner_label
from bot.slack.text import en as texts

_ZONE = "America/Argentina/ComodRivadavia"
_SIDES = (Audience.APPROVERS, Audience.REQUESTER)


def forms() -> Iterator[Exhibit]:
    """Return every modal and every menu that asks us for its options."""
    yield from _asking()
    yield from _deciding()
    yield from _reading()
    yield from _ending()
    yield from _settings()
    yield from _menus()


def _form(
    title: str, shown: Json, *, state: str = "", audience: str = "", size: Size = Size.USUAL, **more: Any
) -> Exhibit:
    return Exhibit(
        part=Part.FORM, title=title, state=state, audience=audience, size=size, shown=shown, **more
    )


def _refused(title: str, shown: Json, errors: object, *, state: str = "sent with errors") -> Exhibit:
    """Return a form with what is said at its inputs after it was sent."""
    assert isinstance(errors, Mapping), errors
    return _form(title, shown, state=state, errors=errors)


def _wrong(field: str, code: ErrorCode, got: str = "") -> Invalid:
    return Invalid(field_errors=(FieldError(field=field, code=code, got=got),))


def _sent(view: Json) -> Json:
    """Return a modal as Slack sends it back, with what it started with entered."""
    blocks = completed(view["blocks"])
    return {**view, "blocks": blocks, "state": {"values": deepcopy(starting_state(blocks))}}


# --- asking -----------------------------------------------------------------------------------------


def _asking() -> Exhibits:
    title = "Ask for access"
    owner = sizes.DECIDES[Size.USUAL]
    one, several = records.me(), _many_businesses(3)
    blank = modals.blank_request(one)
    to_owner = replace(blank, owner=Chosen(owner.id, owner_label(owner)))
    filled = _filled(Size.USUAL)
    asked = records.preview(owner=owner)
    yield _form(title, modals.request_modal(blank, me=one, preview=None), state="blank", size=Size.SMALLEST)
    yield _form(
        title,
        modals.request_modal(modals.blank_request(several), me=several, preview=None),
        state="for several",
    )
    employee = records.me(
        records.own(role=Role.EMPLOYEE, may_administer=DenialReason.NOT_ADMIN, may_draft=True)
    )
    yield _form(title, modals.request_modal(blank, me=employee, preview=None), state="by an employee")
    yield _form(title, modals.request_modal(to_owner, me=one, preview=asked), state="owner chosen")
    yield _form(title, modals.request_modal(filled, me=one, preview=asked), state="filled in")
    described = modals.change_request_state(to_owner, {"action_id": "describe"})
    yield _form(title, modals.request_modal(described, me=one, preview=asked), state="one described")
    risky = replace(to_owner, assets=filled.assets, levels={"act_4815162342": "Admin"})
    for state, admins in (("two must approve", 3), ("two must, of one", 1), ("nobody can decide", 0)):
        preview = records.preview(owner=owner, admins=admins, required_approvals=2)
        yield _form(title, modals.request_modal(risky, me=one, preview=preview), state=state)
    no = records.preview(owner=owner, reason=DenialReason.NOT_LISTED)
    yield _form(title, modals.request_modal(to_owner, me=one, preview=no), state="cannot be asked")
    for term in ("days", "until", "none"):
        form = modals.request_modal(
            replace(filled, term=term, days="45", until="2027-01-31"), me=one, preview=asked
        )
        yield _form(title, form, state=f"term: {term}")
    large = _filled(Size.LARGEST)
    everybody = _many_businesses(120)
    yield _form(
        title,
        modals.request_modal(
            large, me=everybody, preview=records.preview(owner=sizes.DECIDES[Size.LARGEST], admins=1)
        ),
        state="filled in",
        size=Size.LARGEST,
    )
    stranger = Me(person_id=None, name="", zone="UTC", businesses=())
    nothing = modals.blank_request(stranger)
    yield _form(title, modals.request_modal(nothing, me=stranger, preview=None), state="for nobody")
    for size in Size:
        draft = sizes.draft(size)
        edited = modals.draft_state(draft, people={}, zone=_ZONE)
        ours = records.me(records.own(party=draft.requesting))
        yield _form(
            "Edit a draft", modals.request_modal(edited, me=ours, preview=asked), state="waiting", size=size
        )
        view = sizes.request(size, RequestState.DECLINED)
        again = modals.again_state(view, zone=_ZONE, people={"400000000000009": ""})  # somebody unknown
        yield _form(
            "Ask again", modals.request_modal(again, me=ours, preview=asked), state="declined", size=size
        )
    yield from misread(_filled(Size.USUAL), _filled(Size.LARGEST))
    yield from _asked_wrongly()


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
        zone=_ZONE,
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
    yield _refused(title, form, modals.read_request(_sent(form)), state="sent blank")
    asked = records.preview(owner=sizes.DECIDES[Size.USUAL])
    remark = Chosen("nothing", texts.modals.NO_ASSETS)
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
    yield _refused(title, form, modals.request_errors(_sent(form), several))
    no = Denied(reason=DenialReason.OPEN_ALREADY, field="items.0", name="Acme Shoes EU", ref="AMBER-1234")
    yield _refused(title, form, modals.request_errors(_sent(form), no), state="denied at an asset")
    sent = _sent(form)
    for values in sent["state"]["values"].values():
        for held in values.values():
            if held.get("selected_options"):
                held["selected_options"] = [remark.option]
    yield _refused(title, form, modals.read_request(sent), state="a remark was chosen")


# --- deciding ---------------------------------------------------------------------------------------


def _deciding() -> Exhibits:
    for size in Size:
        for state in (RequestState.PENDING, RequestState.IN_REVIEW):
            view = sizes.request(size, state)
            yield _form("Adjust", modals.adjust_modal(view, zone=_ZONE), state=words_of(state), size=size)
        view = sizes.request(size)
        yield _form("Decline", modals.decline_modal(view), state="pending", size=size)
        note = sizes.LONGEST["note"] if size is Size.LARGEST else ""
        yield _form("Cancel", modals.cancel_modal(view, note=note), state="pending", size=size)
        for audience in _SIDES:
            form = modals.comment_modal(view, audience=audience)
            yield _form(
                "Write to the other side", form, state="pending", audience=READERS[audience], size=size
            )
    words = sizes.request(Size.USUAL, items=(records.described(0), *sizes.ITEMS[Size.USUAL][1:]))
    form = modals.adjust_modal(words, zone=_ZONE)
    yield _form("Adjust", form, state="described in words")
    yield _refused("Adjust", form, modals.read_adjust(_sent(form)), state="not named")
    no = Denied(reason=DenialReason.WIDER, field="term")
    yield _refused("Adjust", form, modals.adjust_errors(_sent(form), no))
    risky = sizes.request(Size.USUAL, items=(replace(sizes.ITEMS[Size.USUAL][0], requested=ADMIN),))
    for term in ("days", "until"):
        entered = modals.AdjustState(given={}, bound={}, term=term, days="7", until="2026-12-01")
        yield _form("Adjust", modals.adjust_modal(risky, zone=_ZONE, state=entered), state=f"term: {term}")
    form = modals.decline_modal(risky)
    yield _refused("Decline", form, modals.read_decline(_sent(form)), state="sent blank")
    form = modals.cancel_modal(risky)
    late = Denied(reason=DenialReason.ALREADY_OVER, ref="AMBER-1234", state=RequestState.DECLINED, at=NOW)
    yield _refused("Cancel", form, modals.modal_errors(form, late), state="too late")
    form = modals.comment_modal(risky, audience=Audience.APPROVERS)
    yield _refused("Write to the other side", form, modals.read_comment(_sent(form)), state="sent blank")
    long = _wrong("text", ErrorCode.TOO_LONG, str(LONGEST_COMMENT + 1))
    yield _refused("Write to the other side", form, modals.modal_errors(form, long))


# --- details and history ----------------------------------------------------------------------------


def _reading() -> Exhibits:
    for size in Size:
        for state in RequestState:
            view = sizes.request(size, state)
            for audience in _SIDES:
                yield _details(words_of(state), view, audience, size=size)
    large = sizes.request(Size.LARGEST)
    for page in range(1, 4):
        yield _details(f"page {page + 1}", large, Audience.APPROVERS, size=Size.LARGEST, page=page)
    usual = sizes.request(Size.USUAL)
    held = replace(
        usual,
        items=(
            replace(usual.items[0], held=records.REPORTING, others=("Blue Media", "Red Media")),
            replace(usual.items[1], held=usual.items[1].requested),
            records.described(2),
        ),
        acknowledged_by=(records.acknowledger("Dana Diaz"),),
    )
    for audience in _SIDES:
        yield _details("with what is held already", held, audience)
    given = sizes.request(Size.USUAL, RequestState.APPROVED)
    less = replace(
        given,
        given_term=Term.for_days(7),
        items=(
            replace(given.items[0], given=records.REPORTING),
            replace(given.items[1], given=frozenset(), grant=None),
        ),
    )
    yield _details("approved with changes", less, Audience.REQUESTER)
    for state in (RequestState.PENDING, RequestState.APPROVED, RequestState.DECLINED):
        extension = sizes.request(Size.USUAL, state, extends=sizes.grant(Size.USUAL))
        yield _details(f"extension {words_of(state)}", extension, Audience.APPROVERS)
    yield _form("History", modals.history_modal(usual, []), state="nothing yet", size=Size.SMALLEST)
    happened = [_happened(kind) for kind in EventKind if kind.partition(".")[0] in _OF_A_REQUEST]
    happened.append(_happened("request.of_an_older_version"))
    for page in range(-(-len(happened) // LINES_A_PAGE)):
        shown = modals.history_modal(usual, happened, page=page)
        yield _form("History", shown, state=f"every event, page {page + 1}")
    longest = [_happened(EventKind.REQUEST_DECLINED, text=sizes.LONGEST["note"], by=sizes.people(1)[0])] * 200
    yield _form("History", modals.history_modal(large, longest), state="page 1", size=Size.LARGEST)
    yield _form(
        "A message in a modal",
        modals.message_modal(plain(texts.errors.denial(Denied(reason=DenialReason.NOT_ADMIN)))),
    )


def _details(
    state: str, view: RequestView, audience: Audience, *, size: Size = Size.USUAL, page: int = 0
) -> Exhibit:
    deciding = audience is Audience.APPROVERS
    form = modals.details_modal(view, audience=audience, deciding=deciding, now=NOW, page=page)
    return _form("Details", form, state=state, audience=READERS[audience], size=size)


_OF_A_REQUEST = frozenset({"request", "grant", "denied"})
"""What the events of a request's history are about."""


def _happened(kind: str, *, text: str | None = None, by: str | None = "Dana Diaz") -> HistoryLine:
    return HistoryLine(
        at=NOW,
        kind=kind,
        by=by if kind != EventKind.REQUEST_EXPIRED else None,
        business="Acme Shoes",
        facts={"approvals": 1, "required_approvals": 2},
        text=text,
    )


# --- ending and extending ---------------------------------------------------------------------------


def _ending() -> Exhibits:
    yield _form("End access", modals.end_modal(), state="blank", size=Size.SMALLEST)
    for size, count in ((Size.SMALLEST, 1), (Size.USUAL, 3), (Size.LARGEST, MOST_CHOSEN)):
        chosen = _endable(size, count)
        if size is not Size.SMALLEST:
            yield _form("End access", modals.end_modal(chosen), state="chosen", size=size)
        note = sizes.LONGEST["note"] if size is Size.LARGEST else ""
        shown = modals.end_now_modal(chosen, now=NOW, note=note)
        yield _form("End access now", shown, state="chosen", size=size)
        grant = sizes.grant(size)
        yield _form("Extend access", _longer(grant), state="in force", size=size)
    named = Named(asset_id=f"act_{sizes.LONGEST_ID}", other_id=sizes.LONGEST_ID)
    for state, most, total in (("all that is named", 300, 300), ("more than one step ends", 500, 12_345)):
        shown = modals.end_now_modal(
            _endable(Size.LARGEST, modals.PREVIEWED),
            now=NOW,
            note=sizes.LONGEST["note"],
            named=named,
            seen="f" * 64,
            most=most,
            total=total,
        )
        yield _form("End access now", shown, state=state, size=Size.LARGEST)
    for state, term in (("another number", Term.for_days(45)), ("until a day", Term.till(NOW))):
        yield _form("Extend access", _longer(sizes.grant(Size.USUAL), term), state=state)
    form = modals.end_modal()
    yield _refused("End access", form, modals.read_end(_sent(form)), state="sent blank")
    many = modals.end_modal(_endable(Size.USUAL, MOST_CHOSEN + 1))
    yield _refused("End access", form, modals.read_end(_sent(many)), state="too many")
    form = _longer(sizes.grant(Size.SMALLEST), Term.for_days(LONGEST_DAYS + 1))
    yield _refused("Extend access", form, modals.read_extend(_sent(form)), state="sent blank")
    no = Denied(reason=DenialReason.GRANT_OVER, at=NOW)
    yield _refused("Extend access", form, modals.extend_errors(_sent(form), no), state="too late")


def _longer(grant: GrantView, term: Term | None = None) -> Json:
    """Return the form for more time, at this length."""
    return modals.extend_modal(grant, modals.extend_state(grant, zone=_ZONE, term=term))


def _endable(size: Size, count: int) -> list[tuple[str, GrantView]]:
    """Return grants to end: one's own, and those of others, in turn."""
    grants = [
        sizes.grant(
            size, id=f"7000000000{number:05}", ends_at=NOW + timedelta(days=30) if number % 3 else None
        )
        for number in range(count)
    ]
    return [(one.owner.id if number % 2 else one.holder.id, one) for number, one in enumerate(grants)]


# --- settings and members ---------------------------------------------------------------------------


def _settings() -> Exhibits:
    largest = records.settings_view(
        party=sizes.DECIDES[Size.LARGEST],
        quorum=MOST_QUORUM,
        expires_days=MOST_EXPIRES_DAYS,
        undo_minutes=MOST_UNDO_MINUTES,
        who_may_ask=WhoMayAsk.LISTED,
        days_off=tuple(date(2027, 1, 1) + timedelta(days=number) for number in range(MOST_DAYS_OFF)),
        members=1234,
    )
    smallest = records.settings_view(
        party=sizes.DECIDES[Size.SMALLEST],
        channel_id=None,
        undo_minutes=0,
        who_may_ask=WhoMayAsk.NOBODY,
        days_off=(),
    )
    usual = records.settings_view(members=3)
    for size, view in ((Size.SMALLEST, smallest), (Size.USUAL, usual), (Size.LARGEST, largest)):
        yield _form("Settings", modals.settings_modal(view), size=size)
    form = modals.settings_modal(replace(usual, hours="never"))
    sent = _sent(form)
    for block, wrong in (("quorum", ""), ("expires_days", "999"), ("days_off", "25 December")):
        (held,) = sent["state"]["values"][block].values()
        held["value"] = wrong
    (held,) = sent["state"]["values"]["channel_id"].values()
    held["selected_conversation"] = "D1"
    yield _refused("Settings", form, modals.read_settings(sent))
    held["selected_conversation"] = "C1"
    (held,) = sent["state"]["values"]["days_off"].values()
    held["value"] = ", ".join(
        (date(2027, 1, 1) + timedelta(days=number)).isoformat() for number in range(MOST_DAYS_OFF + 1)
    )
    yield _refused("Settings", form, modals.read_settings(sent), state="too many days off")
    changed = Denied(reason=DenialReason.CHANGED)
    yield _refused("Settings", form, modals.modal_errors(form, changed), state="changed meanwhile")

    whys = [None, *texts.settings.MEMBER_WHY, DenialReason.OWN_RESTRICTED]
    members = [
        records.member(number, name=f"Member {number}", may_administer=why)
        for number, why in enumerate(whys, start=1)
    ]
    members.append(records.member(len(whys) + 1, name="Eva Ekholm", role=Role.EMPLOYEE))
    shown = modals.members_modal(replace(usual, members=len(members)), records.rows(*members))
    yield _form("Members", shown, state="one of each")
    alone = modals.members_modal(smallest, records.rows(records.member()))
    yield _form("Members", alone, size=Size.SMALLEST)
    many = [
        records.member(number, name=name, may_administer=DenialReason.UNCHECKED)
        for number, name in enumerate(sizes.people(modals.MEMBERS_A_PAGE), start=1)
    ]
    shown = modals.members_modal(largest, records.rows(*many, total=1234), page=1)
    yield _form("Members", shown, state="page 2", size=Size.LARGEST)
    yield _refused("Members", alone, modals.read_member(_sent(alone)), state="sent blank")


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
            PersonChoice(id=str(400_000 + number), name=name)
            for number, name in enumerate(
                sizes.people(count) if size is Size.LARGEST else ["Eva Ekholm"] * count
            )
        ]
        yield menu("Businesses", modals.owner_options(owners, text=""), "found", size)
        yield menu("Assets", modals.asset_options(assets), "found", size)
        yield menu("Own assets", modals.bind_options(assets, kind=Kind.PIXEL), "found", size)
        yield menu("People", modals.person_options(staff), "found", size)
        yield menu("Access to end", modals.grant_options(_endable(size, count)), "found", size)
    yield menu("Businesses", modals.owner_options([], text="Acme"), "nothing found")
    yield menu("Businesses", modals.owner_options([], text="12 34"), "no Business ID")
    yield menu("Businesses", modals.owner_options([], text="20531316728"), "not known")
    yield menu("Assets", modals.asset_options([]), "nothing found")
    for kind in Kind:
        nothing = modals.bind_options([], kind=kind)
        yield menu("Own assets", nothing, f"no {texts.basics.kind_name(kind)}")
    yield menu("People", modals.person_options([]), "nothing found")
    yield menu("Access to end", modals.grant_options([]), "nothing found")
    yield menu("Any", modals.no_options(), "for somebody who may see none", Size.SMALLEST)
