"""The text after `/access`, token by token."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime

from bot.domain.assets import spoken
from bot.domain.typed import plainly
from bot.slack.text import en as texts

_LONGEST_PHRASE = 3
_TOKEN = re.compile(r"<[^<>\s]*>|[^\s,]+|,")
# A single quotation mark is an apostrophe where a letter follows.
_QUOTED = re.compile(r"""\s*(?:"([^"]*)("?)|'(.*?)('(?=[\s,]|$)|$))""", re.DOTALL)


class Wrong(Exception):
    """Raised with the sentence about what is wrong.

    `field` is where a form can ask for it instead; `example` shows how it is typed, where that is not the
    example of the command.
    """

    def __init__(self, text: str, *, field: str = "", example: str = "") -> None:
        super().__init__(text)
        self.field = field
        self.example = example


@dataclass(slots=True)
class Tokens:
    """The text that is left to read, token by token, and what its reading depends on.

    Tokens are plain (see `plainly`); what is kept, reasons and descriptions, is as it was typed.
    """

    text: str
    zone: str
    now: datetime
    is_business: Callable[[str], bool]
    at: int = 0
    plain: str = field(init=False)

    def __post_init__(self) -> None:
        self.plain = plainly(self.text)

    def peek(self) -> str:
        """Return the next token, "" at the end, without taking it."""
        at = self.at
        token = self.take()
        self.at = at
        return token

    def take(self) -> str:
        """Return the next token and go on behind it."""
        match = _TOKEN.search(self.plain, self.at)
        self.at = match.end() if match else len(self.plain)
        return match[0] if match else ""

    def take_before_colon(self) -> str:
        """Return the next token and go on behind it, or before a colon at its end: "30d: it goes on"."""
        token = self.take()
        if len(token) > 1 and token.endswith(":"):
            self.at -= 1
            return token[:-1]
        return token

    def skip(self, words: Collection[str]) -> None:
        """Go on behind all tokens that come next and are among these words."""
        while self.peek().casefold() in words:
            self.take()

    def phrase(self, names: Collection[str]) -> str | None:
        """Take the longest run of tokens that is one of `names`, if one comes next."""
        at, found, words = self.at, None, ""
        for _ in range(_LONGEST_PHRASE):
            words = spoken(f"{words} {self.take()}")
            if words in names:
                at, found = self.at, words
        self.at = at
        return found

    def rest(self) -> str:
        """Take everything that is left."""
        rest, self.at = self.text[self.at :].strip(), len(self.text)
        return rest

    def quoted(self) -> str | None:
        """Take a text in quotation marks, if one comes next."""
        match = _QUOTED.match(self.plain, self.at)
        if match is None:
            return None
        inside, closing = (1, 2) if match[1] is not None else (3, 4)
        if not match[closing]:
            raise Wrong(texts.command_line.QUOTE_OPEN)
        self.at = match.end()
        return self.text[match.start(inside) : match.end(inside)].strip()
