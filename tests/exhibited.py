"""What the gallery shows, made once for all tests of a worker: it takes seconds."""

from __future__ import annotations

from functools import cache

from bot.sandbox.gallery.everything import exhibits
from bot.sandbox.gallery.exhibit import Exhibit


@cache
def every() -> tuple[Exhibit, ...]:
    """Return every exhibit."""
    return tuple(exhibits())
