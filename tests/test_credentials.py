"""Tokens at rest: encrypted, readable with any key that is listed, and with no other."""

from __future__ import annotations

import logging
from contextlib import suppress

import pytest
from cryptography.fernet import Fernet
from make import AGENCY, BRAND, OTHER, OTHER_TEAM, business, write
from meta_town import KEY
from pydantic import SecretStr
from world import running

from bot.clock import PushedClock
from bot.credentials import Credentials, Token, Unreadable
from bot.domain.actors import OPERATOR
from bot.services import connections, installations, kept_tokens
from bot.services.context import act
from bot.store import tables
from bot.store.database import Database

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


async def test_what_was_kept_with_an_old_key_is_kept_with_the_new_one_within_the_hour(
    database_url: str, clock: PushedClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    old, new, other = Credentials([KEY]), Fernet.generate_key().decode(), Fernet.generate_key().decode()
    kept = {
        AGENCY: old.encrypt("EAAagency"),
        BRAND: old.encrypt("EAAbrand"),
        OTHER: Credentials([other]).encrypt("EAAother"),
    }

    def connect(database: Database) -> None:
        business(database, OTHER, name="Other", team=OTHER_TEAM)
        for which, ciphertext in kept.items():
            how = {"ciphertext": ciphertext, "name": "Countersign", "by": OPERATOR, "now": clock.now()}
            write(database, act, connections.connect, which, **how)
        place = {"is_org": False, "enterprise_id": None, "name": "Far", "url": "https://far.slack.com/"}
        tokens = {"ciphertext": old.encrypt('["xoxb-far",null]'), "rotates_at": None}
        bot = {"bot_id": "B1", "bot_user_id": "U1"}
        write(database, act, installations.install, "TFAR", **place, **tokens, **bot, now=clock.now())

    async with running(database_url, clock=clock, seed=connect) as world:

        def readable(*keys: str) -> int:
            count = 0
            for ciphertext in world.database.read_sync(kept_tokens.ciphertexts):
                with suppress(Unreadable):
                    count += bool(Credentials(keys).read(ciphertext))
            return count

        assert (readable(KEY), readable(new)) == (3, 0)
        await world.stop()
        world.settings = world.settings.model_copy(update={"meta_keys": (SecretStr(new), SecretStr(KEY))})
        await world.start()
        await world.settle()
        assert readable(KEY) == 3, "another replica may not have the new one yet"
        events = len(world.rows(tables.Event))
        await world.app.ticks.by_the_hour()
        assert (readable(KEY), readable(new), readable(other)) == (0, 3, 1)
        await world.app.ticks.by_the_hour()
        assert caplog.text.count("encrypted with the first key of COUNTERSIGN_META_KEYS: 3 tokens") == 1
        assert len(world.rows(tables.Event)) == events


@pytest.mark.parametrize("value", ["", " ", "a b", "a\nb", "é", "x" * 2001])
def test_what_no_header_can_carry_is_no_token(value: str) -> None:
    with pytest.raises(ValueError, match=r"^no token$"):
        Token(value)
