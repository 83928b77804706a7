"""Parameters as programs send them, in all the ways that Meta's examples and clients do.

A list comes as JSON (the SDK), with single quotes (Meta's curl examples), with commas, or as the same name
several times.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.domain.assets import is_business_id
from bot.domain.typed import tidy
from bot.graph.errors import GraphError, bad_parameter

Raw = Mapping[str, Any]
"""Parameters by name: text, or what stands in a JSON body."""

LONGEST = 20_000
_WHOLE = re.compile(r"-?[0-9]{1,18}", re.ASCII)
_TRUE, _FALSE = frozenset({"true", "1", "yes"}), frozenset({"false", "0", "no", ""})


class Malformed(Exception):
    """Raised when a parameter is not what its name promises. Its text says what it must be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Param:
    """A parameter of an endpoint: how it is read, and whether it must be there. `about` is for its page."""

    name: str
    read: Callable[[Any], Any]
    required: bool = False
    about: str = ""
    many: bool = False


def is_whole_text(sent: Any) -> bool:
    """Say whether all text in what was sent is whole: JSON can spell a half of a character."""
    try:
        json.dumps(sent, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return False
    return True


def text(raw: Any) -> str:
    """Read text."""
    if isinstance(raw, bool) or not isinstance(raw, str | int | float):
        raise Malformed("must be text")
    found = str(raw)
    if len(found) > LONGEST or "\x00" in found or not is_whole_text(found):
        raise Malformed("is too long or holds characters that cannot be kept")
    return tidy(found)


def whole(raw: Any) -> int:
    """Read a whole number."""
    found = text(raw)
    if not _WHOLE.fullmatch(found):
        raise Malformed("must be a whole number")
    return int(found)


def flag(raw: Any) -> bool:
    """Read true or false."""
    if isinstance(raw, bool):
        return raw
    found = text(raw).lower()
    if found not in _TRUE | _FALSE:
        raise Malformed("must be true or false")
    return found in _TRUE


def number_id(raw: Any) -> str:
    """Read an id of digits."""
    found = text(raw)
    if not is_business_id(found):
        raise Malformed("must be a numeric ID")
    return found


def account_id(raw: Any) -> str:
    """Read an ad account's id, with or without act_."""
    found = text(raw)
    digits = found.removeprefix("act_")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 20):  # noqa: PLR2004 - digits of an id
        raise Malformed("must be an ad account ID like act_1234567890")
    return f"act_{digits}"


def words(raw: Any) -> list[str]:
    """Read a list of words."""
    if isinstance(raw, str):
        raw = _listed(raw.strip())
    if not isinstance(raw, list):
        raise Malformed("must be an array")
    return [text(one) for one in raw]


def _listed(raw: str) -> Any:
    if not raw.startswith("["):
        return [one.strip() for one in raw.split(",") if one.strip()]
    for spelled in (raw, raw.replace("'", '"')):
        try:
            return json.loads(spelled)
        except (ValueError, RecursionError):
            continue
    raise Malformed("must be an array")


def read(raw: Raw, params: tuple[Param, ...]) -> dict[str, Any] | GraphError:
    """Return an endpoint's parameters, or what is wrong with the first that is."""
    found: dict[str, Any] = {}
    for param in params:
        if param.name not in raw or raw[param.name] is None:
            if param.required:
                return bad_parameter(f"The parameter {param.name} is required")
            continue
        try:
            found[param.name] = param.read(raw[param.name])
        except Malformed as wrong:
            return bad_parameter(f"Param {param.name} {wrong}")
    return found
