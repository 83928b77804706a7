"""The home, the lists and the help of the gallery."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from itertools import cycle
from typing import Any

from bot.domain.actors import Role, Status, WhoMayAsk
from bot.domain.assets import Kind
from bot.domain.connections import Obstacle
from bot.domain.creating import CreationState
from bot.domain.denials import DenialReason
from bot.domain.limits import MOST_PEOPLE
from bot.domain.requests import RequestState
from bot.sandbox.gallery import records, sizes
from bot.sandbox.gallery.asked import away_view
from bot.sandbox.gallery.bundles import bundle
from bot.sandbox.gallery.creating import creating_at_meta, creation
from bot.sandbox.gallery.exhibit import Exhibit, Exhibits, Part, Size
from bot.sandbox.gallery.records import NOW, rows
from bot.sandbox.gallery.reviews import review_view
from bot.services.home import ROWS
from bot.services.views.access import GrantView, HeldAfter
from bot.services.views.businesses import HomeView, PartnerView
from bot.services.views.parties import AssetChoice, AssetName, Me, OwnBusiness, Party, Rows
from bot.services.views.requests import CreationView, DraftView, RequestView
from bot.slack import lists, mistyped
from bot.slack.command_line.overview import help_message, overview
from bot.slack.home import home_view
from bot.slack.ids import ListWord, Section
from bot.slack.kit import Message
from bot.slack.text import en as texts
from bot.slack.values import Page

_MANY = 1_234
_SOUGHT = "act_100"


def home_and_lists() -> Iterator[Exhibit]:
    """Return the home, every list, and the help."""
    yield from _homes()
    yield from _lists()
    yield from _help()


_FIRST = {state: 10 + 10 * number for number, state in enumerate(RequestState)}
"""Where the numbers of requests in a state begin, so that no two rows of a home are of the same request."""


def _requests(size: Size, count: int, state: RequestState = RequestState.PENDING) -> list[RequestView]:
    return [
        sizes.request(size, state, id=f"50000000000{number:04}", ref=sizes.numbered_ref(number, size))
        for number in range(_FIRST[state], _FIRST[state] + count)
    ]


def _drafts(size: Size, count: int) -> list[DraftView]:
    return [
        sizes.draft(size, id=f"60000000000{number:04}", ref=sizes.numbered_ref(number, size))
        for number in range(count)
    ]


def _prepared(size: Size, count: int) -> list[CreationView]:
    """Return what is prepared; every other one could not be created at Meta."""
    views = (creation(size, CreationState.WAITING), creating_at_meta(size, Obstacle.REFUSED))
    return [
        replace(view, id=f"65000000000{number:04}", new=replace(view.new, name=f"{number} {view.new.name}"))
        for number, view in zip(range(count), cycle(views), strict=False)
    ]


def _grants(size: Size, count: int, **fields: Any) -> list[GrantView]:
    return [
        sizes.grant(size, id=f"70000000000{number:04}", ref=sizes.numbered_ref(number, size), **fields)
        for number in range(count)
    ]


def _me(size: Size) -> Me:
    """Return an admin of both sides, so that everything has its buttons."""
    largest = sizes.ASKS[Size.LARGEST]
    more = [
        records.own(party=replace(largest, id=str(20_000_000 + number)), channel_id=None)
        for number in range(30 if size is Size.LARGEST else 0)
    ]
    return records.me(records.own(party=sizes.ASKS[size]), records.own(party=sizes.DECIDES[size]), *more)


def _asset_admin(size: Size) -> Me:
    """Return somebody in no business who decides on claims of an account, or of many."""
    names = [records.party().name] if size is Size.USUAL else [sizes.ASKS[size].name] * 30
    assets = tuple(AssetName(id=f"act_{number}", name=name) for number, name in enumerate(names, start=1))
    return replace(records.me(), businesses=(), assets=assets)


# --- home -------------------------------------------------------------------------------------------


def _homes() -> Exhibits:
    def shown(state: str, view: HomeView, size: Size = Size.USUAL) -> Exhibit:
        return Exhibit(part=Part.HOME, title="Home", state=state, size=size, shown=home_view(view, now=NOW))

    yield shown("for a stranger", records.home(me=replace(records.me(), businesses=())), Size.SMALLEST)
    for size, waits in ((Size.USUAL, rows(*_requests(Size.USUAL, 1))), (Size.LARGEST, rows())):
        alone = records.home(me=_asset_admin(size), waiting=waits)
        yield shown("for an asset's admin in no business", alone, size)
    yield shown("quiet", records.home(), Size.SMALLEST)
    yield shown("busy", _busy(Size.USUAL, 2))
    yield shown("busy", _busy(Size.LARGEST, ROWS, total=_MANY), Size.LARGEST)
    theirs = records.me(_employee(sizes.DECIDES[Size.USUAL]))
    yield shown("busy, for an employee", replace(_busy(Size.USUAL, 2), me=theirs))
    approved = rows(*(replace(one, approved_by_reader=True) for one in _requests(Size.USUAL, 1)))
    yield shown("approved, and others have to", records.home(me=_me(Size.USUAL), waiting=approved))
    asked = rows(*(replace(one, made_by_reader=True) for one in _requests(Size.USUAL, 1)))
    yield shown("sent when they were on the other side", records.home(me=_me(Size.USUAL), waiting=asked))
    half = rows(*(replace(one, approvals=1, approved_by_reader=True) for one in _drafts(Size.USUAL, 1)))
    yield shown("a draft that another admin has to send", records.home(me=_me(Size.USUAL), drafts=half))
    off = replace(sizes.DECIDES[Size.USUAL], status=Status.DEACTIVATED)
    waits = rows(*(replace(one, deciding=off) for one in _requests(Size.USUAL, 1)))
    yield shown(
        "of a deactivated business", records.home(me=records.me(records.own(party=off)), waiting=waits)
    )
    yield shown("for somebody of neither side", replace(_busy(Size.USUAL, 2), me=records.me()))
    employee = records.own(role=Role.EMPLOYEE, may_administer=DenialReason.NOT_ADMIN, may_draft=True)
    outsider = records.own(may_administer=DenialReason.OUTSIDER, channel_id=None)
    unverified = records.own(party=records.party(verified=False), channel_id=None)
    for who, own in (
        ("an employee", employee),
        ("somebody who cannot act", outsider),
        ("a new business", unverified),
    ):
        yield shown(f"for {who}", records.home(me=records.me(own)))
    late = [replace(one, remind_after=NOW + timedelta(days=1)) for one in _requests(Size.USUAL, 1)]
    decided = [
        *_requests(Size.USUAL, 1, RequestState.APPROVED),
        *_requests(Size.USUAL, 1, RequestState.EXPIRED),
    ]
    decided[0] = replace(decided[0], undo_until=None)
    undone = [replace(one, undone_at=NOW, undone_by="Max Maple") for one in decided[:1]]
    yield shown(
        "nothing to press but details",
        records.home(me=_me(Size.USUAL), requested=rows(*late), decided_away=rows(*decided)),
    )
    yield shown("an approval was undone", records.home(decided_away=rows(*undone)))
    for section in Section:
        if section is Section.SETTINGS:
            view = records.home(settings=(records.settings_view(),) * (3 * ROWS), page=f"{section}:{ROWS}")
        else:
            page = {section.value: rows(*getattr(_busy(Size.USUAL, ROWS), section).rows, total=3 * ROWS)}
            view = records.home(me=_me(Size.USUAL), page=f"{section}:{ROWS}", **page)
        yield shown(f"page 2 of {texts.home.HEADS[section]}", view)
    empty: Rows[Any] = Rows(rows=(), total=3, more=False)
    yield shown("a page that has become empty", records.home(waiting=empty, page=f"{Section.WAITING}:{ROWS}"))


def _busy(size: Size, count: int, *, total: int | None = None) -> HomeView:
    partner = _partner(size)
    ends_soon = list(_grants(size, count))
    cut = sizes.grant(size, ref="CORAL-1234", cut_at=NOW + timedelta(days=20))
    after = HeldAfter(tasks=ends_soon[-1].tasks, until=NOW + timedelta(days=90))
    return records.home(
        me=_me(size),
        waiting=rows(*_requests(size, count), total=total),
        reviews=[review_view(size)] * (total or count),
        requested=rows(*_requests(size, count, RequestState.IN_REVIEW), total=total),
        drafts=rows(*_drafts(size, count), total=total),
        prepared=rows(*_prepared(size, count), total=total),
        reach=rows(*_grants(size, count, ends_at=None), cut, total=total),
        partners=rows(*[partner] * count, total=total),
        ends_soon=rows(*ends_soon, total=total),
        held_after={ends_soon[-1].id: after},
        decided_away=rows(*_requests(size, count, RequestState.APPROVED), total=total),
        settings=(records.settings_view(party=sizes.DECIDES[size], who_may_ask=WhoMayAsk.LISTED),)
        * (count if total is None else 3 * ROWS),
    )


def _partner(size: Size, number: int = 0) -> PartnerView:
    other = replace(sizes.ASKS[size], id=str(int(sizes.ASKS[size].id) - number))
    verified = number != 1
    return PartnerView(
        party=replace(other, verified=verified),
        shared_with_them=2,
        shared_with_us=1 if verified else 0,
        partner_of=sizes.DECIDES[size].id,
    )


# --- lists ------------------------------------------------------------------------------------------


def _listed(title: str, shown: Message, *, state: str = "", size: Size = Size.USUAL) -> Exhibit:
    return Exhibit(part=Part.LIST, title=title, state=state, size=size, shown=shown)


def _lists() -> Exhibits:
    show: dict[ListWord, Callable[[Size, int, int | None], Message]] = {
        ListWord.PENDING: _pending,
        ListWord.RECEIVED: lambda size, count, total: _pending(size, count, total, word=ListWord.RECEIVED),
        ListWord.SENT: lambda size, count, total: _pending(size, count, total, word=ListWord.SENT),
        ListWord.PARTNERS: lambda size, count, total: _partners(ListWord.PARTNERS, size, count, total),
        ListWord.AGENCIES: lambda size, count, total: _partners(ListWord.AGENCIES, size, count, total),
        ListWord.CLIENTS: lambda size, count, total: _partners(ListWord.CLIENTS, size, count, total),
        ListWord.OWNED: _owned,
        ListWord.ALL: _all,
        ListWord.SHARED: lambda size, count, total: _shared(ListWord.SHARED, size, count, total),
        ListWord.GIVEN: lambda size, count, total: _shared(ListWord.GIVEN, size, count, total),
        ListWord.ENDING: _ends,
        ListWord.BUNDLES: _bundles,
        **{ListWord(word): partial(_of_kind, word) for word in lists.OF_A_KIND},
    }
    for word, make in show.items():
        title = f"/access list {word}"
        yield _listed(title, make(Size.USUAL, 0, None), state="empty", size=Size.SMALLEST)
        yield _listed(title, make(Size.SMALLEST, 1, None), state="one", size=Size.SMALLEST)
        yield _listed(title, make(Size.USUAL, 3, None), state="some")
        few = {*lists.OF_REQUESTS, ListWord.ENDING, ListWord.BUNDLES, ListWord.ALL}
        most = lists.PENDING_ROWS if word in few else lists.ROWS_A_PAGE
        yield _listed(title, make(Size.LARGEST, most, _MANY), state="a whole page", size=Size.LARGEST)
    which = lists.which_partner(
        [_partner(Size.LARGEST, number) for number in range(lists.ROWS_A_PAGE)],
        me=records.me(),
        typed="partner acme",
        more=True,
    )
    for size, count, state in ((Size.USUAL, 0, "empty"), (Size.LARGEST, lists.ROWS_A_PAGE, "a whole page")):
        partners = _partners(ListWord.PARTNERS, size, count, _MANY if count else None)
        on_paper = lists.with_report(partners, [sizes.DECIDES[size]] * max(1, count))
        yield _listed("/access report", on_paper, state=state, size=size)
        told = lists.journal([sizes.DECIDES[size]] * max(1, count))
        yield _listed("/access offboard", mistyped.to_offboard(partners), state=state, size=size)
        accepted = [sizes.DECIDES[size]] * (2 * count)
        yield _listed("/access standing", mistyped.to_stand(partners, accepted), state=state, size=size)
        yield _listed("/access audit", told, state=state, size=size)
    yield _listed("/access partner acme", which, state="more than one", size=Size.LARGEST)
    for size, count in ((Size.USUAL, 2), (Size.LARGEST, lists.PENDING_ROWS)):
        to_extend = mistyped.to_extend(_ends(size, count, _MANY), typed="extend act_1 for 60d")
        yield _listed("/access extend for 60d", to_extend, state="more than one", size=size)
    for word in (ListWord.AGENCIES, ListWord.CLIENTS):
        title = f"/access list {word} {_SOUGHT}"
        yield _listed(title, _shared(word, Size.USUAL, 0, None, query=_SOUGHT), state="empty")
        yield _listed(title, _shared(word, Size.USUAL, 2, None, query=_SOUGHT), state="some")
    usual = sizes.DECIDES[Size.USUAL]
    for word in (ListWord.OWNED, ListWord.SHARED):
        with_menu = lists.with_menu(show[word](Size.USUAL, 2, None), which=word, business=usual)
        yield _listed(f"/access list {word}", with_menu, state="with the menu of the other lists")
    others = [
        replace(
            sizes.ASKS[Size.LARGEST],
            id=str(20_000_000 + number),
            name=f"{number} {sizes.LONGEST['other']}"[:120],
        )
        for number in range(40)
    ]
    for size, more in ((Size.USUAL, [sizes.DECIDES[Size.USUAL]]), (Size.LARGEST, others)):
        shown = lists.with_others(_shared(ListWord.SHARED, size, 3, None), which=ListWord.SHARED, others=more)
        yield _listed("/access list", shown, state="with other businesses", size=size)
    employee = records.me(_employee(sizes.DECIDES[Size.USUAL]))
    yield _listed("/access pending", _pending(Size.USUAL, 2, None, me=employee), state="for an employee")
    of_two = records.me(records.own(), _employee(sizes.DECIDES[Size.USUAL]))
    shown = _pending(Size.USUAL, 2, None, me=of_two)
    yield _listed("/access pending", shown, state="for an admin of another business alone")
    yield from _own_settings()


def _employee(party: Party) -> OwnBusiness:
    return records.own(
        party=party,
        role=Role.EMPLOYEE,
        may_administer=DenialReason.NOT_ADMIN,
        may_draft=True,
        admins=("Dana Diaz", "Dov Dekel"),
    )


def _pending(
    size: Size, count: int, total: int | None, *, word: ListWord = ListWord.PENDING, me: Me | None = None
) -> Message:
    none: Rows[Any] = rows()
    return lists.pending(
        waiting=none if word is ListWord.SENT else rows(*_requests(size, count), total=total),
        requested=none
        if word is ListWord.RECEIVED
        else rows(*_requests(size, count, RequestState.IN_REVIEW), total=total),
        drafts=rows(*_drafts(size, count), total=total) if word is ListWord.PENDING else none,
        prepared=rows(*_prepared(size, count), total=total) if word is ListWord.PENDING else none,
        me=me or records.me(records.own(party=sizes.ASKS[size]), records.own(party=sizes.DECIDES[size])),
        now=NOW + timedelta(days=2),
        at=Page(word, "", 0),
    )


def _of_kind(word: str, size: Size, count: int, total: int | None) -> Message:
    kind, state = lists.OF_A_KIND[word]

    def some(first: int) -> Rows[RequestView]:
        numbers = range(first, first + count)
        found = [
            sizes.request(
                size, state, kind=kind, id=f"50000000000{number:04}", ref=sizes.numbered_ref(number, size)
            )
            for number in numbers
        ]
        return rows(*found, total=total)

    return lists.pending(
        waiting=some(0),
        requested=some(100),
        drafts=rows(),
        prepared=rows(),
        me=records.me(records.own(party=sizes.ASKS[size]), records.own(party=sizes.DECIDES[size])),
        now=NOW + timedelta(days=2),
        at=Page(word, "", 0),
    )


def _owned(size: Size, count: int, total: int | None) -> Message:
    one = sizes.ITEMS[size][0]
    assets = [
        AssetChoice(
            id="act_90000000000000000001" if kind is Kind.AD_ACCOUNT else one.asset_id or "",
            kind=kind,
            name=one.asset_name or "",
            owner=sizes.DECIDES[size],
            incomplete=kind is Kind.AD_ACCOUNT,
        )
        for kind in [*Kind] * 3
    ]
    business = sizes.DECIDES[size]
    return lists.assets_list(
        rows(*assets[:count], total=total),
        business=business,
        at=Page(ListWord.OWNED, business.id, 0),
        me=records.me(records.own(party=business)),
    )


def _shared(word: ListWord, size: Size, count: int, total: int | None, *, query: str = "") -> Message:
    business: Party = (sizes.DECIDES if word in lists.GIVEN else sizes.ASKS)[size]
    return lists.grants_list(
        rows(*_grants(size, count), total=total),
        business=business,
        at=Page(word, business.id, 0, query),
        now=NOW,
        me=records.me(records.own(party=business)),
    )


def _partners(word: ListWord, size: Size, count: int, total: int | None) -> Message:
    business = sizes.DECIDES[size]
    return lists.partners_list(
        rows(*(_partner(size, number) for number in range(count)), total=total),
        business=business,
        at=Page(word, business.id, 0),
    )


def _all(size: Size, count: int, total: int | None) -> Message:
    page = rows(*_grants(size, count), total=total)
    business = sizes.DECIDES[size]
    return lists.all_list(
        dict.fromkeys(lists.BOTH_WAYS, page),
        business=business,
        now=NOW,
        me=records.me(records.own(party=business)),
    )


def _ends(size: Size, count: int, total: int | None) -> Message:
    return lists.ending_list(
        rows(*_grants(size, count), total=total),
        business=sizes.ASKS[size],
        at=Page(ListWord.ENDING, sizes.ASKS[size].id, 0),
        now=NOW,
        me=records.me(records.own(party=sizes.ASKS[size])),
    )


def _bundles(size: Size, count: int, total: int | None) -> Message:
    ours = sizes.ASKS[size]
    return lists.bundles_list(
        rows(*[bundle(size, number) for number in range(count)], total=total),
        business=ours,
        at=Page(ListWord.BUNDLES, ours.id, 0),
        me=records.me(records.own(party=ours)),
    )


def _own_settings() -> Exhibits:
    title = "/access settings"
    usual = records.settings_view(party=sizes.DECIDES[Size.USUAL])
    bare = replace(usual, undo_minutes=0, days_off=(), channel_id=None, who_may_ask=WhoMayAsk.NOBODY)
    large = replace(usual, party=sizes.DECIDES[Size.LARGEST], who_may_ask=WhoMayAsk.LISTED, members=_MANY)
    names = sizes.people(MOST_PEOPLE)
    large = replace(large, asked_first=names, backups=names, away=away_view(Size.LARGEST))
    nobody = replace(records.me(), businesses=())
    employee = records.me(
        records.own(role=Role.EMPLOYEE, may_administer=DenialReason.NOT_ADMIN, may_draft=True)
    )
    yield _listed(title, lists.settings_list(nobody, rows()), state="for a stranger", size=Size.SMALLEST)
    yield _listed(title, lists.settings_list(employee, rows()), state="for an employee")
    yield _listed(
        title, lists.settings_list(records.me(), rows(bare)), state="for an admin", size=Size.SMALLEST
    )
    yield _listed(title, lists.settings_list(records.me(), rows(usual)), state="for an admin")
    named = replace(usual, asked_first=("Sofia Sand", "Ben Birk"), backups=("Dana Diaz",))
    yield _listed(title, lists.settings_list(records.me(), rows(named)), state="for an admin, with names")
    for state, away in (
        ("who is away", away_view(Size.USUAL)),
        ("whose stand-in is no admin now", away_view(Size.USUAL, can_act=False, stands_in_for=())),
        ("who stands in", away_view(Size.USUAL, stand_in=None)),
    ):
        shown = lists.settings_list(records.me(), rows(replace(usual, away=away)))
        yield _listed(title, shown, state=f"for an admin {state}")
    lost = replace(usual, channel_error="is_archived")
    yield _listed(
        title, lists.settings_list(records.me(), rows(lost)), state="for an admin, with a lost channel"
    )
    shown = lists.settings_list(
        _me(Size.LARGEST), Rows(rows=(large,) * lists.SETTINGS_ROWS, total=30, more=True)
    )
    yield _listed(title, shown, state="for an admin", size=Size.LARGEST)


# --- /access alone, and help ------------------------------------------------------------------------


def _help() -> Exhibits:
    nothing: Any = {"waiting": rows(), "requested": rows(), "drafts": rows(), "prepared": rows()}
    some: Any = {
        "waiting": rows(*_requests(Size.USUAL, 2)),
        "requested": rows(*_requests(Size.USUAL, 1)),
        "drafts": rows(*_drafts(Size.USUAL, 3)),
        "prepared": rows(*_prepared(Size.USUAL, 1)),
    }
    many: Any = {name: replace(held, total=_MANY) for name, held in some.items()}
    nobody = replace(records.me(), businesses=())
    yield _listed("/access", overview(nobody, **nothing), state="for a stranger", size=Size.SMALLEST)
    for size, waits in ((Size.USUAL, some["waiting"]), (Size.LARGEST, rows())):
        alone = overview(_asset_admin(size), **nothing | {"waiting": waits})
        yield _listed("/access", alone, state="for an asset's admin in no business", size=size)
    yield _listed("/access", overview(records.me(), **nothing), state="nothing waits", size=Size.SMALLEST)
    yield _listed("/access", overview(_me(Size.USUAL), **some), state="something waits")
    employee = records.me(_employee(sizes.ASKS[Size.USUAL]))
    yield _listed("/access", overview(employee, **some), state="something waits for an employee's admins")
    admin = records.me(records.own(), _employee(sizes.DECIDES[Size.USUAL]))
    yield _listed("/access", overview(admin, **some), state="something waits that somebody else decides")
    yield _listed("/access", overview(_me(Size.LARGEST), **many), state="something waits", size=Size.LARGEST)
    yield _listed("/access help", help_message(), state="every word")
    yield _listed("/access help", help_message(unknown="xyzzy"), state="no such word")
    for word in texts.command_line.HELP:
        yield _listed("/access help", help_message(word), state=word)
