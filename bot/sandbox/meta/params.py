"""What a call carries: parameters from wherever Meta reads them, lists in each spelling, fields, pages."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request

from bot.sandbox.meta.model import GraphError, Json

DEFAULT_PAGE = 25
_FIELD = re.compile(r"([a-z_]+)(?:\.[a-z]+\([^)]*\))*(?:\{([^{}]*)\})?(?:,|$)")


async def read_params(request: Request) -> dict[str, str]:
    """Return the parameters of a call, from its query and its form."""
    params = dict(request.query_params)
    kind = request.headers.get("content-type", "")
    if kind.startswith("application/json"):
        try:
            body = json.loads(await request.body() or b"{}")
        except ValueError:
            raise GraphError(100, "(#100) The body is no JSON") from None
        params |= {name: one if isinstance(one, str) else json.dumps(one) for name, one in body.items()}
    elif kind.startswith("application/x-www-form-urlencoded"):
        params |= dict(parse_qsl((await request.body()).decode()))
    return params


def read_token(request: Request, params: dict[str, str]) -> str:
    """Return the token of a call and take it out of its parameters. Raise GraphError if there is none."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    given = params.pop("access_token", "")
    token = value if scheme.lower() in {"bearer", "oauth"} else given
    if not token:
        raise GraphError(104, "An access token is required to request this resource.")
    return token


def required(params: Mapping[str, str], name: str) -> str:
    """Return a parameter. Raise GraphError if it is missing."""
    if not params.get(name):
        raise GraphError(100, f"(#100) The parameter {name} is required")
    return params[name]


def read_list(params: Mapping[str, str], name: str, *, allowed: Sequence[str]) -> tuple[str, ...]:
    """Return a parameter that is a list of known words: as JSON, with single quotes, or with commas."""
    kept = required(params, name).strip()
    if kept.startswith("["):
        try:
            found = json.loads(kept.replace("'", '"'))
        except ValueError:
            raise GraphError(100, f"(#100) Param {name} must be an array.") from None
    else:
        found = [one.strip() for one in kept.split(",") if one.strip()]
    for number, one in enumerate(found):
        if one not in allowed:
            words = ", ".join(allowed)
            raise GraphError(100, f"(#100) Param {name}[{number}] must be one of {{{words}}} - got {one!r}.")
    if not found:
        raise GraphError(100, f"(#100) Param {name} must be a non-empty array.")
    return tuple(sorted(set(found)))


def select(node: Mapping[str, Any], params: Mapping[str, str], *, default: Sequence[str]) -> Json:
    """Return the fields of a node that the call asks for, its default ones unless it names some."""
    asked = params.get("fields")
    if asked is None:
        return {name: node[name] for name in default if node.get(name) is not None}
    return {"id": node["id"]} | _fields(node, asked)


def _fields(node: Mapping[str, Any], asked: str) -> Json:
    chosen: Json = {}
    at = 0
    while at < len(asked):
        match = _FIELD.match(asked, at)
        if match is None or match[1] not in node:
            name = match[1] if match else asked[at:]
            raise GraphError(100, f"(#100) Tried accessing nonexisting field ({name})")
        value = node[match[1]]
        if match[2] is not None and isinstance(value, dict):
            value = {"id": value["id"]} | _fields(value, match[2])
        if value is not None:
            chosen[match[1]] = value
        at = match.end()
    return chosen


def page_of(rows: Sequence[Json], params: Mapping[str, str], *, url: str) -> Json:
    """Return a page of an edge with its cursors; no `next` on the last one."""
    try:
        limit = int(params.get("limit", DEFAULT_PAGE))
        start = int(base64.urlsafe_b64decode(params.get("after", "") or "MA=="))
    except ValueError:
        raise GraphError(100, "(#100) Invalid parameter") from None
    shown = rows[start : start + limit]
    page: Json = {"data": list(shown)}
    if shown:
        before, after = (base64.urlsafe_b64encode(str(n).encode()).decode() for n in (start, start + limit))
        page["paging"] = {"cursors": {"before": before, "after": after}}
        if start + limit < len(rows):
            page["paging"]["next"] = f"{url}?limit={limit}&after={after}"
    if params.get("summary") == "true":
        page["summary"] = {"total_count": len(rows)}
    return page
