"""The API's description, made of the table of endpoints: OpenAPI for tools, and a page for people."""

from __future__ import annotations

from html import escape
from typing import Any

from bot.graph.calls import Endpoint
from bot.graph.endpoints import ENDPOINTS
from bot.graph.nodes import ASSET_TYPES, DEFAULTS, FIELDS, SCOPE_WORDS, NodeType

_LISTS = (
    ("fields", "string"),
    ("limit", "integer"),
    ("after", "string"),
    ("before", "string"),
    ("summary", "boolean"),
)


def _path(endpoint: Endpoint) -> str:
    return f"/{{id}}/{endpoint.edge}" if endpoint.edge else "/{id}"


def _by_path() -> dict[str, dict[str, list[Endpoint]]]:
    """Return the endpoints by their path and method: the same edge may be one of several types of object."""
    found: dict[str, dict[str, list[Endpoint]]] = {}
    for one in ENDPOINTS:
        found.setdefault(_path(one), {}).setdefault(one.method.lower(), []).append(one)
    return found


def description(prefix: str) -> dict[str, Any]:
    """Return the OpenAPI description of the API under a version's path."""
    paths = {
        f"{prefix}{path}": {method: _operation(method, path, of) for method, of in methods.items()}
        for path, methods in _by_path().items()
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "Countersign: the Graph-compatible API", "version": prefix.strip("/v")},
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {"Error": _ERROR},
        },
    }


def _operation(method: str, path: str, endpoints: list[Endpoint]) -> dict[str, Any]:
    about = "; ".join(
        f"{', '.join(one.on)}: {one.about} (a token {SCOPE_WORDS[one.scope]})" for one in endpoints
    )
    parameters: list[dict[str, Any]] = [
        {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    ]
    # Sent in the query or in the body alike: the query is what every tool can do. Without any of its own
    # parameters a POST is a read, so that none of them is required in itself.
    params = {param.name: param for one in endpoints for param in one.params}
    for param in params.values():
        needed = all(param in one.params and param.required for one in endpoints)
        parameters.append(
            {
                "name": param.name,
                "in": "query",
                "required": needed and method != "post",
                "description": param.about,
                "schema": {"type": "string"},
            }
        )
    if method == "get":
        parameters += [{"name": name, "in": "query", "schema": {"type": kind}} for name, kind in _LISTS]
    error = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}}
    return {
        "operationId": f"{method}{path.replace('/{id}', '').replace('/', '_') or '_object'}",
        "summary": about,
        "parameters": parameters,
        "responses": {
            "200": {
                "description": "What was asked for",
                "content": {"application/json": {"schema": {"type": "object"}}},
            },
            "400": {"description": "Why not, and what to do", **error},
            "401": {"description": "No valid token", **error},
            "default": {"description": "Why it cannot be answered now", **error},
        },
    }


_ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["message", "type", "code", "fbtrace_id"],
            "properties": {
                "message": {"type": "string"},
                "type": {"type": "string"},
                "code": {"type": "integer"},
                "error_subcode": {"type": "integer"},
                "is_transient": {"type": "boolean"},
                "fbtrace_id": {"type": "string"},
            },
        }
    },
}

_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>Countersign: API</title>
<style>
:root {{ color-scheme: light dark }}
body {{ font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem }}
table {{ border-collapse: collapse; width: 100% }}
td, th {{ border-bottom: 1px solid #8884; padding: .4rem .6rem; text-align: left; vertical-align: top }}
code {{ font-size: 13px; overflow-wrap: anywhere }}
td:first-child {{ width: 26rem }}
@media (max-width: 48rem) {{
  table, tbody, tr, td {{ display: block }}
  tr:has(th) {{ display: none }}
  td:nth-child(3)::before {{ content: "Token: " }}
  h1, h2, td {{ overflow-wrap: anywhere }}
  tr {{ border-bottom: 1px solid #8884; padding: .5rem 0 }}
  td, td:first-child {{ border: 0; padding: .1rem 0; width: auto }}
}}
</style></head><body><h1>The Graph-compatible API</h1>
<p>Send a token as <code>Authorization: Bearer …</code>, or as <code>access_token</code>. Make one with
<code>/access token</code> in Slack. The same as OpenAPI: <a href="openapi.json">openapi.json</a>.</p>
<p>Lists take <code>limit</code>, <code>after</code>, <code>before</code>, <code>summary=true</code> and
<code>fields=id,name,clients.limit(5){{id}}</code>. Several objects: <code>{prefix}/?ids=1,2</code>. Several
calls: <code>POST {prefix}/</code> with <code>batch</code>.</p>
{sections}
<h2>Fields</h2><table><tr><th>Object<th>Fields (in bold: without being asked for)</tr>{fields}</table>
</body></html>"""


def page(prefix: str) -> str:
    """Return the page for people."""
    groups: dict[tuple[NodeType, ...], list[Endpoint]] = {}
    for one in ENDPOINTS:
        groups.setdefault(one.on, []).append(one)
    sections = [
        f"<h2>{escape(_heading(on))}</h2><table><tr><th>Call<th>What it does<th>Token<th>Parameters</tr>"
        + "".join(map(_row, sorted(endpoints, key=lambda one: (one.edge, one.method))))
        + "</table>"
        for on, endpoints in groups.items()
    ]
    fields = [
        f"<tr><td>{escape(node)}<td>"
        + ", ".join(f"<b>{name}</b>" if name in DEFAULTS[node] else name for name in names)
        + "</tr>"
        for node, names in FIELDS.items()
    ]
    return _PAGE.format(prefix=escape(prefix), sections="".join(sections), fields="".join(fields))


def _heading(on: tuple[NodeType, ...]) -> str:
    return "Any object" if len(on) > len(ASSET_TYPES) else ", ".join(on)


def _row(endpoint: Endpoint) -> str:
    params = ", ".join(
        f"<b>{escape(one.name)}</b>" if one.required else escape(one.name) for one in endpoint.params
    )
    return (
        f"<tr><td><code>{endpoint.method} {escape(_path(endpoint))}</code><td>{escape(endpoint.about)}"
        f"<td>{escape(endpoint.scope)}<td>{params}</tr>"
    )
