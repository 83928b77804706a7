"""What people type: text as it is kept, and characters that mean the same.

Phones and word processors change what is typed: a dash becomes a long one, a quotation mark curly, a space
one that does not break.
"""

from __future__ import annotations

import re
import unicodedata

# Invisible letters: they make a text read as something else.
_UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_UNSEEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co"})

_JOINERS = re.compile("[\u200c\u200d]+")
_VIRAMA = 9
"""The combining class of the signs that join two consonants in Indic scripts."""
_JOINING_SCRIPTS = frozenset({"ARABIC", "SYRIAC", "MANDAIC", "MONGOLIAN", "NKO", "ADLAM", "PHAGS-PA"})
_PARTS_OF_EMOJI = frozenset("\u2194\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff")
# A black flag, then a region in invisible letters: England, Scotland, Wales, Texas.
_FLAG = "\U0001f3f4[\U000e0061-\U000e007a]{2}[\U000e0030-\U000e0039\U000e0061-\U000e007a]{1,3}\U000e007f"
_FLAG_OR_CHARACTER = re.compile(f"{_FLAG}|.", re.DOTALL)


def tidy(text: str) -> str:
    """Return typed text in NFC without control, zero-width and direction characters, ends stripped.

    Line breaks stay, and so does what is invisible but changes how its neighbours look: the joiners and
    non-joiners between letters, and what holds an emoji together.
    """
    if text.isascii() and text.isprintable():
        return text.strip()
    while (kept := _tidied(text)) != text:  # what is taken out may leave neighbours that do not show either
        text = kept
    return text


def one_line(text: str) -> str:
    """Return a name as it is kept: tidy, and in one line."""
    return " ".join(tidy(text).split())


def _tidied(text: str) -> str:
    found = _FLAG_OR_CHARACTER.findall(text.replace("\r\n", "\n"))
    kept = unicodedata.normalize("NFC", "".join(piece for piece in found if _is_seen(piece)))
    return unicodedata.normalize("NFC", _JOINERS.sub(_joiner_that_shows, kept)).strip()


def _is_seen(piece: str) -> bool:
    if len(piece) > 1 or piece == "\n" or _JOINERS.match(piece):
        return True
    return piece not in _UNSEEN and unicodedata.category(piece) not in _UNSEEN_CATEGORIES


def _joiner_that_shows(found: re.Match[str]) -> str:
    """Return the joiner if it changes how its neighbours look, else nothing.

    After RFC 5892 (CONTEXTJ): beside a letter that joins, beside a virama, or between two parts of an emoji.
    """
    before, after = found.string[: found.start()], found.string[found.end() :]
    # A sign above or below a letter, or the style of an emoji, stands between.
    left = next((one for one in reversed(before) if unicodedata.category(one) != "Mn"), "")
    right = next((one for one in after if unicodedata.category(one) != "Mn"), "")
    joins = _is_virama(before[-1:]) or _joins(left) or _joins(right)
    if found[0][0] == "\u200c":
        shows = joins and left.isalnum() and (right.isalnum() or _is_virama(before[-1:]))
    else:
        shows = joins or (_is_virama(after[:1]) and left.isalpha()) or (_is_emoji(left) and _is_emoji(right))
    return found[0][0] if shows else ""


def _is_virama(char: str) -> bool:
    return char != "" and unicodedata.combining(char) == _VIRAMA


def _joins(char: str) -> bool:
    return char.isalpha() and unicodedata.name(char, " ").split(" ")[0] in _JOINING_SCRIPTS


def _is_emoji(char: str) -> bool:
    return char in _PARTS_OF_EMOJI or (char != "" and unicodedata.category(char) == "So")


# --- characters that mean the same -------------------------------------------------------------------

_DASHES = frozenset("\u02d7\u2043\u207b\u208b\u2212")
_SINGLE_QUOTES = frozenset("`\u00b4\u2018\u2019\u201a\u201b\u2032\u2035\u2039\u203a\uff07")
_DOUBLE_QUOTES = frozenset(
    "\u00ab\u00bb\u201c\u201d\u201e\u201f\u2033\u2036\u2e42\u300c\u300d\u300e\u300f\u301d\u301e\u301f"
    "\ufe41\ufe42\ufe43\ufe44\uff02\uff62\uff63"
)
_COMMAS = frozenset("\u060c\u3001\uff0c\ufe50\ufe51\uff64")


class _Plain(dict[int, int]):
    """Code points to the plain ones that mean the same, found as they are first met."""

    def __missing__(self, code: int) -> int:
        char = chr(code)
        category = unicodedata.category(char)
        plain = char
        if category == "Pd" or char in _DASHES:
            plain = "-"
        elif char in _SINGLE_QUOTES:
            plain = "'"
        elif char in _DOUBLE_QUOTES:
            plain = '"'
        elif char in _COMMAS:
            plain = ","
        elif category == "Zs":
            plain = " "
        elif "\uff01" <= char <= "\uff5e":  # Latin letters as wide as Chinese ones
            plain = chr(code - 0xFEE0)
        self[code] = ord(plain)
        return ord(plain)


_PLAIN = _Plain()


def plainly(text: str) -> str:
    """Return text, character by character, with any dash as "-", any quote as " or '.

    The length stays, so that what stands at a place can be taken from the text as it was typed.
    """
    if text.isascii() and "`" not in text:
        return text
    return text.translate(_PLAIN)


# --- names, as they are looked for -------------------------------------------------------------------

_DOTLESS_I = "\u0131"
_SEPARATE = frozenset({"Mn", "Cf"})
"""Categories of marks that stand apart once a letter is taken to pieces, and of what is not seen."""


def folded(name: str) -> str:
    """Return a name as it is looked for: in one case, without accents and marks, in any script."""
    if name.isascii():  # most are, and have nothing to take off
        return name.lower()
    pieces = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", name).casefold())
    kept = "".join(char for char in pieces if unicodedata.category(char) not in _SEPARATE)
    return kept.replace(_DOTLESS_I, "i")


# --- addresses ---------------------------------------------------------------------------------------

_HOST = re.compile(r"[\w-]+(\.[\w-]+)*\.?|[0-9a-f:.]*:[0-9a-f:.]*(%\w+)?")


def is_host(name: str) -> bool:
    """Say whether this can be the name of a host, or its IPv4 or IPv6 address, as it stands in a URL."""
    return _HOST.fullmatch(name) is not None
