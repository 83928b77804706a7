"""What the forms of the gallery have in common: how one is shown, and how it comes back with errors."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from datetime import timedelta
from typing import Any

from bot.domain.requests import ErrorCode, FieldError
from bot.sandbox.gallery import sizes
from bot.sandbox.gallery.exhibit import Exhibit, Json, Part, Size
from bot.sandbox.gallery.records import NOW
from bot.sandbox.slack import completed, starting_state
from bot.services.results import Invalid
from bot.services.views.access import GrantView

ZONE = "America/Argentina/ComodRivadavia"
"""The longest name of a time zone."""


def form_of(
    title: str, shown: Json, *, state: str = "", audience: str = "", size: Size = Size.USUAL, **more: Any
) -> Exhibit:
    """Return a form or another modal."""
    return Exhibit(
        part=Part.FORM, title=title, state=state, audience=audience, size=size, shown=shown, **more
    )


def refused(title: str, shown: Json, errors: object, *, state: str = "sent with errors") -> Exhibit:
    """Return a form with what is said at its inputs after it was sent."""
    assert isinstance(errors, Mapping), errors
    return form_of(title, shown, state=state, errors=errors)


def wrong_at(field: str, code: ErrorCode, got: str = "") -> Invalid:
    """Return the answer to a form with one thing wrong in it."""
    return Invalid(field_errors=(FieldError(field=field, code=code, got=got),))


def sent_back(view: Json) -> Json:
    """Return a modal as Slack sends it back, with what it started with entered."""
    blocks = completed(view["blocks"])
    return {**view, "blocks": blocks, "state": {"values": deepcopy(starting_state(blocks))}}


def endable(size: Size, count: int) -> list[tuple[str, GrantView]]:
    """Return grants to end: one's own, and those of others, in turn."""
    grants = [
        sizes.grant(
            size, id=f"7000000000{number:05}", ends_at=NOW + timedelta(days=30) if number % 3 else None
        )
        for number in range(count)
    ]
    return [(one.owner.id if number % 2 else one.holder.id, one) for number, one in enumerate(grants)]
