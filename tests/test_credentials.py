"""Tokens at rest: encrypted, readable with any key that is listed, and with no other."""

from __future__ import annotations

import pytest
from cryptography.fernet import Fernet

from bot.credentials import Credentials, Token, Unreadable

VALUE = "EAAsecret"


def test_a_key_is_replaced_by_listing_the_new_one_before_the_old_one() -> None:
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    kept = Token(VALUE).encrypted_with(Credentials([old]))
    both = Credentials([new, old])
    assert VALUE not in kept
    assert both.read(kept).as_header() == Token(VALUE).as_header()
    again = both.read(kept).encrypted_with(both)
    assert Credentials([new]).read(again).as_header() == Token(VALUE).as_header()
    for credentials, text in (
        (Credentials([new]), kept),
        (Credentials([old]), again),
        (Credentials([]), kept),
        (both, kept[:-2]),
        (both, ""),
        (both, "é"),
    ):
        with pytest.raises(Unreadable) as error:
            credentials.read(text)
        assert VALUE not in str(error.value)
    assert (both.can_keep, Credentials([]).can_keep) == (True, False)
    assert VALUE not in repr(both) + str(vars(both))


@pytest.mark.parametrize("value", ["", " ", "a b", "a\nb", "é", "x" * 2001])
def test_what_no_header_can_carry_is_no_token(value: str) -> None:
    with pytest.raises(ValueError, match=r"^no token$"):
        Token(value)
