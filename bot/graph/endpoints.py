"""All that can be called, one row each: the endpoints of Meta's guides, and those beside them.

The engine answers from this table, and the page for people (`openapi`) is made of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from bot.domain.assets import Kind
from bot.domain.tokens import Scope
from bot.graph import assets, sharing
from bot.graph.calls import Answer, Call, Endpoint, One
from bot.graph.nodes import ASSET_TYPES, NodeType
from bot.graph.params import Param, account_id, flag, number_id, text, whole, words
from bot.services.programs import List

_BUSINESS = (NodeType.BUSINESS,)
_ASSETS = tuple(ASSET_TYPES.values())
_PEOPLE = (NodeType.PERSON, NodeType.PROGRAM)
_ACCOUNT = (NodeType.AD_ACCOUNT,)
_FOUND = (*_BUSINESS, *_ASSETS, *_PEOPLE, NodeType.ON_BEHALF)
"""What can be called by its id. What is pending is only listed."""
_ME = (NodeType.PERSON, NodeType.PROGRAM, NodeType.PAGE)

_TASKS = Param(name="permitted_tasks", read=words, many=True, about="tasks, by Meta's names")
_NEEDED_TASKS = Param(name="permitted_tasks", read=words, required=True, many=True, about=_TASKS.about)
_OTHER = Param(name="business", read=number_id, required=True, about="the other business's ID")
_SEARCH = Param(name="search_query", read=text, about="part of a name or of an ID")
_SHARED = Param(name="include_shared_ad_accounts", read=flag, about="those shared with it, too")
_FILTERS = tuple(
    Param(name=f"{name}_filter", read=text, about=f"part of {what}")
    for name, what in (("name", "a name"), ("id", "an ID"))
)
_WHY = (
    Param(name="reason", read=text, about="why; shown to the other side (not a parameter of Meta's)"),
    Param(name="days", read=whole, about="for how many days (not a parameter of Meta's)"),
    Param(
        name="end_time",
        read=text,
        about="until when, ISO 8601: a time, or a day with all of it (not a parameter of Meta's)",
    ),
)
_PEOPLE_TASKS = Param(name="tasks", read=words, required=True, many=True, about="tasks, by Meta's names")
_USER = Param(name="user", read=number_id, required=True, about="a person of your business")

_NAMES: dict[Kind, tuple[str, str, Callable[[object], str]]] = {
    Kind.AD_ACCOUNT: ("ad_accounts", "adaccount_id", account_id),
    Kind.PAGE: ("pages", "page_id", number_id),
    Kind.PIXEL: ("pixels", "pixel_id", number_id),
    Kind.INSTAGRAM_ACCOUNT: ("instagram_accounts", "instagram_account", number_id),
}
"""What the edges of a kind are called, and the parameter that names one."""


def _of_kind(kind: Kind) -> Iterable[Endpoint]:
    """Yield the edges of a business that each kind of asset has."""
    edge, name, read = _NAMES[kind]
    one = Param(name=name, read=read, required=True, about="the asset's ID")
    what = edge.replace("_", " ").replace("pages", "Pages").replace("instagram", "Instagram")
    more = (_SHARED,) if kind is Kind.AD_ACCOUNT else ()
    owned = assets.listed(List.OWNED, kind)
    yield _get(_BUSINESS, f"owned_{edge}", f"{what} that it owns", owned, _SEARCH, *more)
    yield _get(_BUSINESS, f"client_{edge}", f"{what} shared with it", assets.listed(List.HELD, kind), _SEARCH)
    yield _get(
        _BUSINESS,
        f"pending_client_{edge}",
        f"{what} that it asked for, undecided",
        assets.pending(List.PENDING_HELD, kind),
    )
    yield _post(
        _BUSINESS,
        f"client_{edge}",
        "ask the owner for access",
        assets.ask(kind, name),
        one,
        _NEEDED_TASKS,
        *_WHY,
        scope=Scope.ASK,
    )
    yield _delete(
        _BUSINESS,
        edge,
        "remove one: a pending claim, or access that it holds",
        assets.give_up(kind, name),
        one,
        scope=Scope.ASK,
    )


def _get(
    on: tuple[NodeType, ...], edge: str, about: str, run: Callable[[Call], Answer], *params: Param
) -> Endpoint:
    return Endpoint(method="GET", on=on, edge=edge, about=about, scope=Scope.READ, run=run, params=params)


def _changing(
    method: str,
    on: tuple[NodeType, ...],
    edge: str,
    about: str,
    run: Callable[[Call], Answer],
    *params: Param,
    scope: Scope,
) -> Endpoint:
    return Endpoint(method=method, on=on, edge=edge, about=about, scope=scope, run=run, params=params)


_post = partial(_changing, "POST")
_delete = partial(_changing, "DELETE")


def _itself(call: Call) -> Answer:
    return One(type=call.node.type, id=call.node.id)


def _claims(kind: Kind, edge: str, about: str) -> Iterable[Endpoint]:
    _, name, read = _NAMES[kind]
    one = Param(name=name, read=read, required=True, about="the asset's ID")
    yield _get(
        _BUSINESS,
        f"pending_{edge}",
        "what it has claimed, undecided",
        assets.pending(List.PENDING_OWNED, kind),
    )
    yield _post(_BUSINESS, edge, about, assets.claim(kind, name), one, *_WHY[:1], scope=Scope.ASK)


def _table() -> Iterable[Endpoint]:
    yield _get(_FOUND, "", "the object itself", _itself)
    for kind in Kind:
        yield from _of_kind(kind)
    yield from _claims(Kind.AD_ACCOUNT, "owned_ad_accounts", "claim it")
    yield from _claims(Kind.PAGE, "owned_pages", "refused: only ad accounts can be claimed here")
    yield _post(
        _BUSINESS,
        "adaccount",
        "create an ad account",
        assets.create(Kind.AD_ACCOUNT),
        Param(name="name", read=text, required=True),
        Param(name="currency", read=text, required=True, about="ISO 4217, of Meta's list"),
        Param(name="timezone_id", read=whole, required=True, about="Meta's number of a time zone"),
        Param(name="end_advertiser", read=text, required=True, about="a Business ID, NONE or UNFOUND"),
        Param(name="media_agency", read=text, required=True, about="a Page or an app, NONE or UNFOUND"),
        Param(name="partner", read=text, required=True, about="a Page or an app, NONE or UNFOUND"),
        Param(name="invoice", read=flag, about="paid on the business's credit line"),
        Param(name="funding_id", read=text, about="one of the business's funding sources"),
        scope=Scope.ASK,
    )
    pixels = assets.listed(List.OWNED, Kind.PIXEL)
    yield _get(_BUSINESS, "adspixels", "pixels that it owns", pixels, _SEARCH, *_FILTERS)
    yield _post(
        _BUSINESS,
        "adspixels",
        "create a pixel",
        assets.create(Kind.PIXEL),
        Param(name="name", read=text, required=True),
        scope=Scope.ASK,
    )
    # Meta has two names for the accounts of Instagram.
    yield _get(
        _BUSINESS,
        "owned_instagram_assets",
        "Instagram accounts that it owns",
        assets.listed(List.OWNED, Kind.INSTAGRAM_ACCOUNT),
        _SEARCH,
    )
    yield _get(
        _BUSINESS,
        "client_instagram_assets",
        "Instagram accounts shared with it",
        assets.listed(List.HELD, Kind.INSTAGRAM_ACCOUNT),
        _SEARCH,
    )
    yield _get(_BUSINESS, "clients", "businesses whose assets it has", sharing.partners(List.CLIENTS))
    yield _get(_BUSINESS, "agencies", "businesses that have its assets", sharing.partners(List.AGENCIES))
    for edge in ("clients", "agencies"):
        yield _delete(
            _BUSINESS, edge, "end the partnership, both ways", sharing.part, _OTHER, scope=Scope.DECIDE
        )
    yield _get(_BUSINESS, "business_users", "its people", sharing.members)
    yield _get(_BUSINESS, "system_users", "its programs", sharing.system_users)
    for edge, about, which in (
        ("received_inprogress_onbehalf_requests", "requests to act on its behalf", List.TO_ACT_OPEN_FOR),
        ("sent_inprogress_onbehalf_requests", "its requests to act for others", List.TO_ACT_OPEN_BY),
    ):
        yield _get(_BUSINESS, edge, about, sharing.to_act(which))
    yield Endpoint(
        method="POST",
        on=_BUSINESS,
        edge="sent_inprogress_onbehalf_requests",
        about="ask to act on an ad account's behalf",
        scope=Scope.ASK,
        run=sharing.ask_to_act,
        params=(
            Param(name="business_owned_object", read=account_id, required=True, about="the ad account"),
            Param(
                name="receiving_business", read=number_id, required=True, about="the business that owns it"
            ),
            *_WHY,
        ),
        answers=NodeType.ON_BEHALF,
    )
    yield _get(
        _ACCOUNT,
        "onbehalf_requests",
        "requests to act on its behalf",
        sharing.to_act_of,
        Param(name="status", read=text, about="APPROVE, DECLINE or IN_PROGRESS"),
    )
    yield _delete(
        (NodeType.ON_BEHALF,), "", "cancel it, or end what it gave", sharing.stop_acting, scope=Scope.ASK
    )
    yield _get(_ASSETS, "agencies", "who has access", sharing.holders)
    yield Endpoint(
        method="POST",
        on=_ASSETS,
        edge="agencies",
        about="approve what a business asks for, or offer it access; with your business: ask for access",
        scope=Scope.DECIDE,
        run=sharing.share,
        params=(_OTHER, _TASKS, *_WHY),
        asks=True,
    )
    yield _delete(_ASSETS, "agencies", "end its access", sharing.unshare, _OTHER, scope=Scope.DECIDE)
    yield _get((NodeType.PIXEL,), "shared_agencies", "who has access", sharing.holders)
    yield _get(
        _ASSETS,
        "assigned_users",
        "people of your business who are assigned to it",
        sharing.people,
        Param(name="business", read=number_id, about="your business"),
    )
    yield _post(
        _ASSETS, "assigned_users", "assign a person", sharing.assign, _USER, _PEOPLE_TASKS, scope=Scope.DECIDE
    )
    yield _delete(_ASSETS, "assigned_users", "remove a person", sharing.unassign, _USER, scope=Scope.DECIDE)
    for kind, edge in (
        (Kind.AD_ACCOUNT, "assigned_ad_accounts"),
        (Kind.PAGE, "assigned_pages"),
        (Kind.PIXEL, "assigned_pixels"),
        (Kind.INSTAGRAM_ACCOUNT, "assigned_instagram_accounts"),
    ):
        yield _get(_PEOPLE, edge, "what is assigned to them", assets.assigned(kind))
    yield _get(_PEOPLE, "adaccounts", "ad accounts assigned to them", assets.assigned(Kind.AD_ACCOUNT))
    yield _get(_ME, "businesses", "the business for which the token acts", sharing.businesses)
    yield Endpoint(
        method="GET",
        on=_PEOPLE,
        edge="accounts",
        about="Pages assigned to them, each with a token that is bound to it",
        scope=Scope.READ,
        run=assets.accounts,
        keeps=True,
    )


ENDPOINTS: tuple[Endpoint, ...] = tuple(_table())
_BY_PATH = {(one.method, on, one.edge): one for one in ENDPOINTS for on in one.on}
EDGES = frozenset(one.edge for one in ENDPOINTS if one.edge)


def find_endpoint(method: str, on: NodeType, edge: str) -> Endpoint | None:
    """Return what is called, or None."""
    return _BY_PATH.get((method, on, edge))
