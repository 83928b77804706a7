"""Tokens of programs: what one lets its bearer do, and how one looks.

A token is random text that is shown once and kept as a digest. It stands for one person in one business, or
for a program of that business for which the person answers: it can never do more than they may themselves.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from enum import StrEnum

_PREFIX = "csgn_"
_BYTES = 32


class Scope(StrEnum):
    """What a token is for. Each covers only itself: one that decides need not be able to ask."""

    READ = "read"
    ASK = "ask"
    DECIDE = "decide"


def new_secret() -> str:
    """Return a new token."""
    return _PREFIX + secrets.token_urlsafe(_BYTES)


def page_secret(secret: str, page_id: str) -> str:
    """Return the token that is bound to one Page: the same each time, and no way back to `secret`."""
    made = hashlib.blake2b(page_id.encode(), key=secret.encode()[:64], digest_size=_BYTES).hexdigest()
    return f"{_PREFIX}page_{made}"


def digest_of(secret: str) -> str:
    """Return how a token is kept. It is random and long: there is nothing to guess, so no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


def pack_scopes(scopes: Iterable[Scope]) -> str:
    """Return scopes as they are stored, in their order."""
    return " ".join(scope for scope in Scope if scope in set(scopes))


def unpack_scopes(stored: str) -> frozenset[Scope]:
    """Return stored scopes as a set."""
    return frozenset(map(Scope, stored.split()))
