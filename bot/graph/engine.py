"""From a method, a path and parameters to what is sent back, in one transaction.

Each call stands alone: an edge within a field selection is a call of its own, with the same token, in the
same transaction.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from typing import Any

from bot.domain.assets import is_asset_id
from bot.domain.events import Subject, SubjectKind
from bot.domain.limits import MOST_IN_BATCH
from bot.domain.tokens import Scope
from bot.graph.calls import Answer, Call, Endpoint, Few, Listed, One
from bot.graph.endpoints import EDGES, find_endpoint
from bot.graph.errors import GraphError, bad_parameter, bad_path, no_node
from bot.graph.fields import Field, Selection, read_fields
from bot.graph.nodes import (
    FIELDS,
    MOST_WORK,
    Chosen,
    Node,
    NodeType,
    Shown,
    choose,
    find,
    find_unknown,
    plain_fields,
)
from bot.graph.paging import page_of_few, paging, read_span
from bot.graph.params import Malformed, Raw, flag, read, words
from bot.services import programs
from bot.services.context import Context
from bot.services.programs import Bearer

METHODS = ("GET", "POST", "DELETE")
OLDEST_VERSION = 20
_VERSION = re.compile(r"v([0-9]{1,3})\.0", re.ASCII)
_READING = frozenset(
    {
        "access_token",
        "after",
        "appsecret_proof",
        "before",
        "debug",
        "fields",
        "format",
        "ids",
        "limit",
        "locale",
        "metadata",
        "method",
        "pretty",
        "summary",
        "suppress_http_code",
    }
)
"""The parameters that every GET takes, though some of them change nothing here."""
_SEGMENT = re.compile(r"[A-Za-z0-9_]{1,64}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One call as it came: `url` is where the versioned API is. `secret` is the token."""

    method: str
    path: str
    raw: Raw
    url: str
    secret: str = field(default="", repr=False)


def split(path: str) -> list[str] | GraphError:
    """Return the parts of a path behind its version, or why it is none."""
    parts = [part for part in path.split("/") if part]
    if parts and (version := _VERSION.fullmatch(parts[0])):
        if int(version[1]) < OLDEST_VERSION:
            return bad_path(f"{parts[0]}: versions from v{OLDEST_VERSION}.0 on are served")
        parts = parts[1:]
    if len(parts) > 2 or not all(_SEGMENT.fullmatch(part) for part in parts):  # noqa: PLR2004 - object and edge
        return bad_path("/".join(parts[2:] or parts))
    return parts


def method_of(ask: Ask) -> str:
    """Return the method: a POST can name another one, as Meta's clients do where they can send no DELETE."""
    named = ask.raw.get("method")
    if ask.method == "POST" and isinstance(named, str) and named.upper() in METHODS:
        return named.upper()
    return ask.method


def writes(ask: Ask) -> bool:
    """Say whether a call may change something, as far as its path and its parameters tell.

    The same edge may be read of one type of object, and change another.
    """
    parts = split(ask.path)
    edge = parts[-1] if isinstance(parts, list) and parts and parts[-1] in EDGES else ""
    found = (_endpoint(method_of(ask), node, edge, ask.raw) for node in NodeType)
    return any(one is not None and one.writes for one in found)


def calls_in(ask: Ask) -> int:
    """Return for how many calls one counts: each object that `ids` names is one."""
    try:
        return max(1, len(words(ask.raw.get("ids", ""))))
    except Malformed:
        return 1


def answer(
    ctx: Context, bearer: Bearer, ask: Ask, *, only_writes: bool = False
) -> Mapping[str, Any] | GraphError | None:
    """Answer a call. Raise TooMuch if it asks for more than one call may read.

    `only_writes` is for the writer's thread, on which nothing long is read: None for what changes nothing.
    """
    parts = split(ask.path)
    if isinstance(parts, GraphError):
        return parts
    show = _Show(ctx, bearer, ask, only_writes=only_writes)
    if "ids" not in ask.raw:
        return _one(show, parts) if parts else bad_path("")
    try:
        ids = words(ask.raw["ids"])
    except Malformed as wrong:
        return bad_parameter(f"Param ids {wrong}")
    if not ids or len(ids) > MOST_IN_BATCH:
        return bad_parameter(f"Param ids must name 1 to {MOST_IN_BATCH} objects")
    if len(parts) > 1 or (parts and parts[0] not in EDGES) or method_of(ask) != "GET":
        return bad_path("/".join(parts))
    found: dict[str, Any] = {}
    for node_id in dict.fromkeys(ids):
        shown = _one(show, [node_id, *parts])
        if shown is None or isinstance(shown, GraphError):
            return shown
        found[node_id] = shown
    return found


def _one(show: _Show, parts: list[str]) -> Mapping[str, Any] | GraphError | None:
    ctx, bearer, ask = show.ctx, show.bearer, show.ask
    method = method_of(ask)
    edge = parts[1] if len(parts) > 1 else ""
    node = find(ctx, bearer, parts[0], method=method)
    if isinstance(node, GraphError):
        unknown = find_unknown(ctx, parts[0]) if bearer.page_id is None else None
        may_ask = unknown and find_endpoint(method, unknown.type, edge)
        if unknown is None or not may_ask or not may_ask.asks or _names_nothing(may_ask, ask.raw):
            return node
        node = unknown
    endpoint = _endpoint(method, node.type, edge, ask.raw)
    if endpoint is None:
        if edge and edge not in EDGES:
            return bad_path(edge)
        return replace(no_node(parts[0], method=method), denied=None)
    if show.only_writes and not endpoint.writes:
        return None
    selection: Selection | None = None
    if ask.raw.get("fields"):
        try:
            selection = read_fields(ask.raw["fields"])
        except Malformed as wrong:
            return bad_parameter(f"Param fields {wrong}")
    return show.call(node, endpoint, ask.raw, selection)


def _endpoint(method: str, node: NodeType, edge: str, raw: Raw) -> Endpoint | None:
    """Return what is called. A POST with nothing but what a GET takes is what `curl -G -F` makes of one."""
    found = find_endpoint(method, node, edge)
    if method == "POST" and (found is None or _names_nothing(found, raw)):
        read = find_endpoint("GET", node, edge)
        if read is not None and raw.keys() <= _READING | {param.name for param in read.params}:
            return read
    return found


def _names_nothing(endpoint: Endpoint, raw: Raw) -> bool:
    return not any(param.name in raw for param in endpoint.params)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """What is shown of each object of one type: plain fields, and the edges that are named like fields."""

    type: NodeType
    plain: Chosen
    edges: Mapping[str, tuple[Endpoint, Field]]


def _wanted(
    node: NodeType, selection: Selection | None, default: tuple[str, ...] = ()
) -> _Wanted | GraphError:
    edges = {
        name: (endpoint, asked)
        for name, asked in (selection or {}).items()
        if name not in FIELDS[node] and (endpoint := find_endpoint("GET", node, name)) and name
    }
    plain = None if selection is None else {n: f for n, f in selection.items() if n not in edges}
    chosen = choose(node, plain, default=default)
    return chosen if isinstance(chosen, GraphError) else _Wanted(type=node, plain=chosen, edges=edges)


class _Show:
    """Runs endpoints for one call, and shows what they answer."""

    def __init__(self, ctx: Context, bearer: Bearer, ask: Ask, *, only_writes: bool) -> None:
        self.ctx = ctx
        self.bearer = bearer
        self.ask = ask
        self.only_writes = only_writes
        self._until = ctx.tx.work + MOST_WORK

    def call(
        self, node: Node, endpoint: Endpoint, raw: Raw, selection: Selection | None
    ) -> Mapping[str, Any] | GraphError:
        if not self.bearer.reaches(node.id):
            return no_node(node.id, method=endpoint.method)
        params = read(raw, endpoint.params)
        known = {} if isinstance(params, GraphError) else params
        asks = endpoint.asks and known.get("business") == self.bearer.business_id
        call = Call(ctx=self.ctx, bearer=self.bearer, node=node, params=known, secret=self.ask.secret)
        if (no := call.lacks(Scope.ASK if asks else endpoint.scope)) is not None:
            return no
        if isinstance(params, GraphError):
            return params
        if endpoint.answers is not None and isinstance(
            odd := _wanted(endpoint.answers, selection), GraphError
        ):
            return odd  # before anything is changed
        found: Answer = endpoint.run(call)
        url = f"{self.ask.url}/{node.id}/{endpoint.edge}"
        match found:
            case Listed() | Few():
                return self._list(found, raw, selection, url=url)
            case One():
                assert not endpoint.writes or endpoint.answers is found.type, "its fields were looked at"
                wanted = _wanted(found.type, selection)
                if isinstance(wanted, GraphError):
                    return wanted
                return self._show(self._shown(found.id), wanted)
            case _:
                return found

    def _list(
        self, found: Listed | Few, raw: Raw, selection: Selection | None, *, url: str
    ) -> Mapping[str, Any] | GraphError:
        span = read_span(raw)
        if isinstance(span, GraphError):
            return span
        if isinstance(found, Few):
            page = page_of_few(found.ids, span)
        else:
            page = programs.page(self.ctx, found.which, span, **found.facts)
            if found.brief and selection is None:
                selection = {"id": Field()}
        wanted = _wanted(found.type, selection, found.default)
        if isinstance(wanted, GraphError):
            return wanted
        rows = []
        for node_id, known in zip_longest(page.ids, page.rows):
            extra = found.adds(node_id)
            shown = self._shown(node_id, extra=extra, row=known)
            row = self._show(shown, wanted)
            if isinstance(row, GraphError):
                return row
            rows.append(row)
        answer: dict[str, Any] = {"data": rows}
        if block := paging(page, url=url, raw=raw):
            answer["paging"] = block
        if _wants_summary(raw):
            count = len(found.ids) if isinstance(found, Few) else None
            if count is None and isinstance(found, Listed):
                count = programs.total(self.ctx, found.which, **found.facts)
            answer["summary"] = {"total_count": count}
        return answer

    def _shown(self, node_id: str, **known: Any) -> Shown:
        return Shown(ctx=self.ctx, bearer=self.bearer, id=node_id, until=self._until, **known)

    def _show(self, shown: Shown, wanted: _Wanted) -> dict[str, Any] | GraphError:
        found = plain_fields(shown, wanted.plain)
        for name, (endpoint, asked) in wanted.edges.items():
            inner = self._edge(Node(type=wanted.type, id=shown.id), endpoint, asked)
            if isinstance(inner, GraphError):
                return inner
            found[name] = inner
        return found

    def _edge(self, node: Node, endpoint: Endpoint, asked: Field) -> Mapping[str, Any] | GraphError:
        if endpoint.writes:
            return bad_parameter(f"{endpoint.edge} cannot be read within other fields")
        raw = asked.params if asked.fields is None else {**asked.params, "fields": asked.text}
        return self.call(node, endpoint, raw, asked.fields)


def _wants_summary(raw: Raw) -> bool:
    wanted = raw.get("summary")
    if isinstance(wanted, str) and "total_count" in wanted:
        return True
    try:
        return wanted is not None and flag(wanted)
    except Malformed:
        return False


def record_denial(ctx: Context, ask: Ask, error: GraphError) -> None:
    """Keep that somebody was refused what they named, as far as no verb has kept it.

    Only what looks like an id is kept: what else stands in a path may be a secret.
    """
    parts = split(ask.path)
    named = parts[0] if isinstance(parts, list) and parts and is_asset_id(parts[0]) else ""
    assert error.denied is not None
    ctx.deny(error.denied, about=Subject(SubjectKind.ASSET, named), business_id=ctx.actor.business_id)
