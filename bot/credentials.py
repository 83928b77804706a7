"""Tokens at rest: encrypted with keys of the environment, and given to nobody but the client.

Several keys may be listed: the first encrypts, all decrypt, so that a key is replaced by listing the new one
before the old one. What was kept with the old one is then encrypted anew by the hour (`renew`), and not at
the start: other replicas may not have the new one yet.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from bot.domain.limits import LONGEST_TOKEN
from bot.services import kept_tokens

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

    from bot.store.database import Database

log = logging.getLogger(__name__)

_TOKEN = re.compile(f"[!-~]{{1,{LONGEST_TOKEN}}}", re.ASCII)


class Unreadable(Exception):
    """Raised when a token was encrypted with a key that is not listed any more, or was altered."""


class Token:
    """A token in memory. It shows in no text: not in a log, an exception or a repr.

    Raise ValueError, which does not show it either, if no header can carry it.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        if not _TOKEN.fullmatch(value):
            raise ValueError("no token")
        self._value = value

    def __repr__(self) -> str:
        return "Token(***)"

    def as_header(self) -> dict[str, str]:
        """Return the one header in which it travels."""
        return {"Authorization": f"Bearer {self._value}"}

    def as_text(self) -> str:
        """Return it bare, for a client that writes that header itself."""
        return self._value

    def encrypted_with(self, credentials: Credentials) -> str:
        """Return it as it is kept."""
        return credentials.encrypt(self._value)


class Credentials:
    """Encrypts and decrypts tokens. Without keys nothing can be connected."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._box = _box_for(keys) if keys else None
        self._newest = _box_for(keys[:1]) if keys[1:] else None

    @property
    def can_keep(self) -> bool:
        """Say whether there is a key to encrypt with."""
        return self._box is not None

    def encrypt(self, value: str) -> str:
        """Return what is kept of a token."""
        assert self._box is not None, "no key to keep a token with"
        return self._box.encrypt(value.encode()).decode()

    def read(self, ciphertext: str) -> Token:
        """Return a token that was kept. Raise Unreadable."""
        plain = None if self._box is None else _opened(self._box, ciphertext)
        if plain is None:
            raise Unreadable("a token cannot be decrypted with the keys that are listed")
        return Token(plain)

    def renewed(self, ciphertext: str) -> str | None:
        """Return the same token as the first key encrypts it; None where it did, or no key decrypts it."""
        if self._box is None or self._newest is None or _opened(self._newest, ciphertext) is not None:
            return None
        plain = _opened(self._box, ciphertext)
        return None if plain is None else self.encrypt(plain)


async def renew(database: Database, credentials: Credentials) -> None:
    """Encrypt with the first key what was kept with others, so that these can be taken out."""
    renewed = 0
    for was in await database.read(kept_tokens.ciphertexts):
        becomes = credentials.renewed(was)
        if becomes is not None:
            replacing = database.write(kept_tokens.replace, was=was, becomes=becomes, urgent=False)
            renewed += await replacing
    if renewed:
        log.info("encrypted with the first key of COUNTERSIGN_META_KEYS: %d tokens", renewed)


def _box_for(keys: Sequence[str]) -> MultiFernet:
    from cryptography.fernet import Fernet, MultiFernet  # noqa: PLC0415 - 7 MB, needed where tokens are kept

    return MultiFernet([Fernet(key) for key in keys])


def _opened(box: MultiFernet, ciphertext: str) -> str | None:
    from cryptography.fernet import InvalidToken  # noqa: PLC0415 - the same

    try:
        return box.decrypt(ciphertext.encode()).decode()
    except InvalidToken:
        return None
