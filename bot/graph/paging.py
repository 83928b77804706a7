"""Pages of a list, with Meta's cursors: opaque to clients, and the id that a page ends with to us."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from bot.domain.limits import MOST_ON_PAGE, USUAL_PAGE
from bot.graph.errors import GraphError, bad_parameter
from bot.graph.params import Malformed, Raw, text, whole
from bot.services.programs import Ids, Span

_NOT_OF_THE_PAGE = frozenset({"access_token", "after", "appsecret_proof", "before", "ids"})


def read_span(raw: Raw) -> Span | GraphError:
    """Return which page is asked for: `limit`, and `after` or `before` a cursor."""
    try:
        limit = whole(raw["limit"]) if raw.get("limit") not in (None, "") else USUAL_PAGE
        after, before = (_cursor(raw.get(name)) for name in ("after", "before"))
    except Malformed as wrong:
        return bad_parameter(f"Param limit, after or before {wrong}")
    if limit < 0:
        return bad_parameter("Param limit must not be negative")
    # A page may hold less than was asked for, and says with `next` that there is more.
    return Span(limit=min(limit, MOST_ON_PAGE), after=after or "", before=before)


def _cursor(raw: Any) -> str | None:
    if raw in (None, ""):
        return None
    sent = text(raw)
    try:
        return text(base64.b64decode(sent + "=" * (-len(sent) % 4), altchars="-_", validate=True).decode())
    except (binascii.Error, ValueError, Malformed):
        raise Malformed("must be a cursor that a page gave") from None


def page_of_few(ids: Sequence[str], span: Span) -> Ids:
    """Return the page of a list that is whole on one: behind its last cursor there is nothing."""
    before = span.before
    shown = [one for one in ids if one > span.after and (before is None or one < before)]
    return Ids(
        ids=tuple(shown) if span.limit else (), has_next=before is not None, has_previous=span.after != ""
    )


def cursor(node_id: str) -> str:
    """Return the cursor of an id."""
    return base64.urlsafe_b64encode(node_id.encode()).decode().rstrip("=")


def paging(page: Ids, *, url: str, raw: Raw) -> dict[str, Any]:
    """Return the paging block of a page: its cursors, and where the pages beside it are.

    The token is not in these addresses: they end up in logs, and a client sends its token with every call.
    """
    if not page.ids:
        return {}
    first, last = cursor(page.ids[0]), cursor(page.ids[-1])
    found: dict[str, Any] = {"cursors": {"before": first, "after": last}}
    kept = {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in raw.items()
        if name not in _NOT_OF_THE_PAGE and value is not None
    }
    if page.has_next:
        found["next"] = f"{url}?{urlencode({**kept, 'after': last})}"
    if page.has_previous:
        found["previous"] = f"{url}?{urlencode({**kept, 'before': first})}"
    return found
