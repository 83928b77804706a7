"""Field selection: `id,name,owned_ad_accounts.limit(1){id,name}`, as the Graph API writes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.graph.params import Malformed, text, words

MOST_FIELDS = 100
DEEPEST = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field that is asked for: with parameters, if it is an edge, and fields of its own.

    `text` is how these were written.
    """

    params: Mapping[str, str] = field(default_factory=dict)
    fields: Selection | None = None
    text: str = ""


Selection = Mapping[str, Field]


def read_fields(raw: Any) -> Selection:
    """Read a field selection, or a list of its parts. Raise Malformed, with what is wrong with it."""
    is_list = isinstance(raw, list) or (isinstance(raw, str) and raw.lstrip().startswith("["))
    reader = _Reader(",".join(words(raw)) if is_list else text(raw))
    found = reader.selection(depth=1)
    if reader.rest():
        raise Malformed(f"is not understood from {reader.rest()[:20]!r} on")
    return found


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._count = 0

    def rest(self) -> str:
        return self._text[self._at :].strip()

    def selection(self, *, depth: int) -> Selection:
        if depth > DEEPEST:
            raise Malformed(f"goes more than {DEEPEST} levels deep")
        found: dict[str, Field] = {}
        while True:
            name = self._name()
            if name:
                found[name] = self._field(depth=depth)
            if not self._takes(","):
                return found

    def _field(self, *, depth: int) -> Field:
        self._count += 1
        if self._count > MOST_FIELDS:
            raise Malformed(f"asks for more than {MOST_FIELDS} fields")
        params: dict[str, str] = {}
        while self._takes("."):
            key = self._name()
            if not key or not self._takes("("):
                raise Malformed(f"has a modifier that is not understood: {key or '.'}")
            params[key] = self._until(")")
        if not self._takes("{"):
            return Field(params=params)
        start = self._at
        inner = self.selection(depth=depth + 1)
        written = self._text[start : self._at].strip()
        if not self._takes("}"):
            raise Malformed("has an opening { without its }")
        return Field(params=params, fields=inner, text=written)

    def _name(self) -> str:
        self._skip()
        start = self._at
        while self._at < len(self._text) and (
            self._text[self._at].isascii() and (self._text[self._at].isalnum() or self._text[self._at] == "_")
        ):
            self._at += 1
        return self._text[start : self._at]

    def _takes(self, sign: str) -> bool:
        self._skip()
        if self._text.startswith(sign, self._at):
            self._at += 1
            return True
        return False

    def _until(self, sign: str) -> str:
        end = self._text.find(sign, self._at)
        if end < 0:
            raise Malformed(f"has an opening ( without its {sign}")
        found = self._text[self._at : end]
        self._at = end + 1
        return found.strip()

    def _skip(self) -> None:
        while self._at < len(self._text) and self._text[self._at].isspace():
            self._at += 1
