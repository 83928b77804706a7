"""Names that look alike: written with letters of other scripts, or with letters that read as others."""

from __future__ import annotations

import unicodedata
from functools import cache

_ALIKE = str.maketrans({"i": "l", "1": "l", "|": "l", "0": "o", "5": "s"})
_CROSSED = str.maketrans({"\u00f8": "o", "\u0142": "l", "\u0111": "d", "\u0127": "h", "\u0131": "i"})
"""Letters with a stroke, or without a dot, which is no mark that can be taken off."""
_PAIRS = (("rn", "m"), ("vv", "w"))
_TAKE_OFF = ("LATIN", "GREEK", "CYRILLIC")
"""Scripts whose marks are accents. Elsewhere a mark is a letter of its own, such as a vowel."""


def skeleton(name: str) -> str:
    """Return what is left of a name where letters that look alike are one: equal for names that look alike.

    Case, accents, spaces and punctuation do not count. It is for comparing alone: nobody can read it.
    """
    text = _in_latin(unicodedata.normalize("NFKC", name))
    text = unicodedata.normalize("NFKD", text.casefold()).translate(_CROSSED)
    text = _in_latin(_without_accents(text)).lower()
    for pair, one in _PAIRS:
        text = text.replace(pair, one)
    return "".join(char for char in text.translate(_ALIKE) if char.isalnum() or _is_mark(char))


def _in_latin(text: str) -> str:
    return text if text.isascii() else "".join(char if char.isascii() else _latin(char) for char in text)


def _without_accents(text: str) -> str:
    if text.isascii():
        return text
    kept: list[str] = []
    takes_off = False
    for char in text:
        if not _is_mark(char):
            takes_off = unicodedata.name(char, "").startswith(_TAKE_OFF)
        elif takes_off:
            continue
        kept.append(char)
    return "".join(kept)


def _is_mark(char: str) -> bool:
    return unicodedata.category(char).startswith("M")


@cache  # as many as there are letters in names
def _latin(char: str) -> str:
    """Return the ASCII letters that a character looks like, small or else as a capital; itself for none."""
    # Imported where it is needed: its table takes megabytes, and most names are ASCII.
    from confusable_homoglyphs.confusables import confusables_data  # noqa: PLC0415

    alike = (one["c"] for size in (char, char.upper()) for one in confusables_data.get(size, ()))
    return next((one for one in alike if one.isascii()), char)
