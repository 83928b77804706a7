"""Names that look alike: written with letters of other scripts, or with letters that read as others."""

from __future__ import annotations

import unicodedata
from functools import cache

from bot.domain.typed import folded

_ALIKE = str.maketrans({"i": "l", "1": "l", "0": "o", "5": "s"})
_PAIRS = (("rn", "m"), ("vv", "w"), ("cl", "d"))


def skeleton(name: str) -> str:
    """Return what is left of a name where letters that look alike are one: equal for names that look alike.

    Case, accents, spaces and punctuation do not count. It is for comparing alone: nobody can read it.
    """
    text = _in_latin(folded(_in_latin(unicodedata.normalize("NFKC", name))))
    text = "".join(char for char in text if char.isalnum()).translate(_ALIKE)
    for pair, one in _PAIRS:
        text = text.replace(pair, one)
    return text


def _in_latin(text: str) -> str:
    return text if text.isascii() else "".join(char if char.isascii() else _latin(char) for char in text)


@cache  # as many as there are letters in names
def _latin(char: str) -> str:
    """Return the ASCII letters that a character looks like, small or else as a capital; itself for none."""
    # Imported where it is needed: its table takes megabytes, and most names are ASCII.
    from confusable_homoglyphs.confusables import confusables_data  # noqa: PLC0415

    alike = (one["c"] for size in (char, char.upper()) for one in confusables_data.get(size, ()))
    return next((one for one in alike if one.isascii()), char)
