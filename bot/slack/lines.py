"""What is said, before any markup: lines of words and times, and how they read aloud and as plain text.

A `Line` is written once, as a template with its values, and rendered three ways: rich text in blocks
(`bot.slack.kit`), the message's `text` for screen readers and notifications, and plain text.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

LONGEST_TEXT = 3_900
_DATE_TIME = "{date_short_pretty} at {time}"
_DAY = "{date_short}"
_INSIDE = "\u200b"
"""Stands before a time inside a line: where a time comes first, Slack writes "Today", with a capital."""
_MARKS = re.compile("([*`])")


@dataclass(frozen=True, slots=True)
class Words:
    """A run of text, shown as it is."""

    text: str
    bold: bool = False
    code: bool = False

    def looks_like(self, other: Words) -> bool:
        """Say whether both are set in the same way."""
        return self.bold == other.bold and self.code == other.code


@dataclass(frozen=True, slots=True)
class When:
    """A time, shown in the reader's own zone; with `day`, only its day."""

    at: datetime
    bold: bool = False
    day: bool = False

    def format(self, before: str) -> str:
        """Return how Slack writes it after what stands before it: nothing, where a line begins with it."""
        if self.day:
            return _DAY
        return f"{_INSIDE}{_DATE_TIME}" if before and not before.endswith("\n") else _DATE_TIME


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel, shown by the name that it has for the reader."""

    id: str
    bold: bool = False


Line = tuple[Words | When | Channel, ...]


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list, one line each."""

    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Quote:
    """What a person typed, in a quoted block of its own."""

    text: str


@dataclass(frozen=True, slots=True)
class Small:
    """Facts beside the point, each a line: together a line of small print."""

    facts: tuple[Line, ...]

    @property
    def line(self) -> Line:
        """Return all of them as one line."""
        return joined(self.facts, " · ")


Passage = tuple[Line | Bullets | Quote | Small, ...]
"""What stands in one block; a `Small` stands in one of its own."""
Value = str | int | datetime | Line


def line(template: str, **values: Value) -> Line:
    """Return `template` with its values: `{name}` stands for a value, `*…*` is bold, `` `…` `` is code.

    Only the template can make bold or code; a value is taken as it is. A line as a value is put in whole.
    """
    pieces: list[Words | When | Channel] = []
    for part in _parsed(template):
        if isinstance(part, Words):
            pieces.append(part)
            continue
        value = values[part.name]
        if isinstance(value, datetime):
            pieces.append(When(value, part.bold))
        elif isinstance(value, tuple):
            pieces.extend(value)
        elif str(value):
            pieces.append(Words(str(value), part.bold, part.code))
    return _merged(pieces)


@dataclass(frozen=True, slots=True)
class _Gap:
    """Where a value goes in a template."""

    name: str
    bold: bool
    code: bool


@lru_cache(maxsize=4096)  # as many as there are texts: a card is made of some thirty
def _parsed(template: str) -> tuple[Words | _Gap, ...]:
    parts: list[Words | _Gap] = []
    bold = code = False
    for literal, name, _, _ in string.Formatter().parse(template):
        for text in _MARKS.split(literal):
            bold ^= text == "*"
            code ^= text == "`"
            if text not in {"", "*", "`"}:
                parts.append(Words(text, bold, code))
        if name is not None:
            parts.append(_Gap(name, bold, code))
    return tuple(parts)


def _merged(pieces: Iterable[Words | When | Channel]) -> Line:
    merged: list[Words | When | Channel] = []
    for piece in pieces:
        last = merged[-1] if merged else None
        if isinstance(piece, Words) and isinstance(last, Words) and last.looks_like(piece):
            merged[-1] = Words(last.text + piece.text, piece.bold, piece.code)
        else:
            merged.append(piece)
    return tuple(merged)


def joined(lines: Iterable[Line], between: str = " ") -> Line:
    """Return these lines as one, leaving out the empty ones."""
    kept = [one for one in lines if one]
    pieces: list[Words | When | Channel] = []
    for number, one in enumerate(kept):
        if number:
            pieces.append(Words(between))
        pieces.extend(one)
    return _merged(pieces)


def day(at: datetime) -> Line:
    """Return the day of a time, as a line has it."""
    return (When(at, day=True),)


def plain(said: Line, zone: ZoneInfo | None = None) -> str:
    """Return a line as plain text, for options, dialogs and rows: its times in `zone`.

    Without a zone, which only one reader has, times are in UTC and say so.
    """
    return "".join(_plain(piece, zone) for piece in said)


def _plain(piece: Words | When | Channel, zone: ZoneInfo | None) -> str:
    match piece:
        case When():
            return plain_time(piece, zone)
        case Channel(id):
            return f"#{id}"
        case _:
            return piece.text


def plain_time(when: When, zone: ZoneInfo | None) -> str:
    """Return a time as plain text in `zone`, UTC where it is None."""
    if zone is None and not when.day:
        return utc(when.at)
    at = when.at.astimezone(zone or UTC)
    return _day(at) if when.day else f"{_day(at)}, {at:%H:%M}"


def _day(at: datetime) -> str:
    return f"{at.day} {at:%b %Y}"


def utc(at: datetime) -> str:
    """Return a time in UTC, for where Slack cannot put it in the reader's zone."""
    at = at.astimezone(UTC)
    return f"{_day(at)}, {at:%H:%M} UTC"


def escape(text: str) -> str:
    """Return text for a message's `text` field: `& < >` escaped once, on one line.

    Slack reads mentions, links and dates there only in angle brackets ("Formatting text for app
    surfaces"); on one line, nobody can type something that looks like a line of ours.
    """
    return " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def spoken(passages: Iterable[Passage]) -> str:
    """Return passages as a message's `text`: real sentences, with dates as Slack's tokens."""
    said: list[str] = []
    for passage in passages:
        for part in passage:
            if isinstance(part, Quote):
                said.append(f"“{escape(part.text)}”")
            elif isinstance(part, Bullets):
                said.extend(f"• {_spoken_line(one)}" for one in part.lines)
            elif isinstance(part, Small):
                said.append(_spoken_line(part.line))
            else:
                said.append(_spoken_line(part))
    return "\n".join(said)


def spoken_within(passages: Iterable[Passage], *, rest: str, most: int = LONGEST_TEXT) -> str:
    """Return passages as text of at most `most` characters, as `within` does.

    Needed where what was typed grows as it is escaped.
    """
    return within(spoken(passages), rest=rest, most=most)


def within(said: str, *, rest: str, most: int = LONGEST_TEXT) -> str:
    """Return text of at most `most` characters: if need be whole lines only, and then `rest`."""
    if len(said) <= most:
        return said
    kept: list[str] = []
    left = most - len(rest)
    for one in said.split("\n"):
        if len(one) < left and one != rest:
            kept.append(one)
            left -= len(one) + 1
    return "\n".join([*kept, rest])


def _spoken_line(said: Line) -> str:
    parts: list[str] = []
    for piece in said:
        if isinstance(piece, When):
            parts.append(date_token(piece, parts[-1] if parts else ""))
        elif isinstance(piece, Channel):
            parts.append(f"<#{piece.id}>" if piece.id.isalnum() else escape(piece.id))
        else:
            # Spaces at the ends belong to the template; escape() would strip them.
            text = piece.text
            lead = " " if text[:1].isspace() else ""
            tail = " " if len(text) > 1 and text[-1:].isspace() else ""
            parts.append(f"{lead}{escape(text)}{tail}" if text.strip() else " ")
    return "".join(parts).strip()


def date_token(when: When, before: str) -> str:
    """Return a time as mrkdwn, which Slack shows in the reader's zone, after what stands before it."""
    return f"<!date^{int(when.at.timestamp())}^{when.format(before)}|{plain_time(when, None)}>"


def short(text: str, most: int) -> str:
    """Return text on one line and no longer than `most` characters, with “…” where it had to end."""
    text = " ".join(text.split())
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def short_named(name: str, id_: str, most: int) -> str:
    """Return "name (id)" in at most `most` characters; the name gives way, the id stays whole."""
    return f"{short(name, max(1, most - len(id_) - 3))} ({id_})" if name.strip() else short(id_, most)
