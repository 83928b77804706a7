"""Tokens for programs, as people make, see and revoke them in Slack."""

from __future__ import annotations

import re

import httpx
import make
import pytest
from flow_steps import fills, modal, press, read, types
from served import Served
from world import World

from bot.domain.actors import Role
from bot.services import settings
from bot.services.context import act
from bot.store import tables

SECRET = re.compile(r"csgn_[\w-]{43}")


async def test_a_token_is_made_in_a_form_shown_once_used_and_revoked(town: World):
    dana = town.dana
    await types(town, dana, "token")
    form = modal(town, dana)
    assert "You have no valid tokens." in read(form)
    await fills(town, dana, form, "name", "Nightly report")
    assert (await town.slack.submit(dana, form)).ok
    (secret,) = SECRET.findall(str(modal(town, dana).blocks))
    async with httpx.AsyncClient(trust_env=False, timeout=60) as client:

        async def me() -> httpx.Response:
            return await client.get(f"{town.app.url}/v26.0/me", headers={"authorization": f"Bearer {secret}"})

        assert (await me()).json()["name"] == "Dana"
        kept = str([town.rows(one) for one in (tables.Token, tables.Event, tables.InboxRow, tables.Effect)])
        assert secret not in kept

        await types(town, dana, "tokens")
        form = modal(town, dana)
        assert "Nightly report" in read(form)
        assert secret not in str(form.blocks)
        await town.click(dana, form, "revoke_token")
        await town.settle()
        assert (await me()).status_code == 401
    assert "token.revoked" in {one.kind for one in town.rows(tables.Event)}


async def test_the_same_form_delivered_again_makes_nothing_and_shows_no_token(town: World):
    await types(town, town.dana, "token")
    form = modal(town, town.dana)
    await fills(town, town.dana, form, "name", "Nightly report")
    await town.slack.submit(town.dana, form)
    sent = town.slack.deliveries[-1]
    (again,) = await town.slack.redeliver(sent)
    assert SECRET.search(str(modal(town, town.dana).blocks))
    assert not SECRET.search(str(again.body))
    assert "it was shown once" in str(again.body)
    assert len(town.rows(tables.Token)) == 1


async def test_an_employee_is_offered_no_more_than_an_employee_can_do(town: World):
    await types(town, town.emil, "token")
    said = str(modal(town, town.emil).blocks)
    assert "Read, and make requests" in said
    assert "decide on access" not in said
    assert "A program, and I answer for it" not in said


@pytest.mark.covers("A4")
async def test_what_a_program_creates_or_prepares_says_so_and_a_person_who_creates_it_then_does(
    town: World,
) -> None:
    secret = Served(world=town).token(town.town.dana, make.BRAND, program="Nightly")
    how = {"by": town.town.dov.by(), "now": town.clock.now()}

    async def creates(name: str) -> str:
        async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
            sent = {"access_token": secret, "name": name}
            made = await client.post(f"{town.app.url}/v26.0/{make.BRAND}/adspixels", data=sent)
        assert made.status_code == 200, made.text
        await town.settle()
        shown = town.card_in(town.brand_room)
        assert shown is not None
        return read(shown)

    nightly = "Nightly (a program; Dana answers for it)"
    assert f"{nightly} created the pixel Spring" in await creates("Spring")
    await town.database.write(
        act, settings.set_role, make.BRAND, town.town.dana.id, role=Role.EMPLOYEE, **how
    )
    assert f"{nightly} prepared the pixel Summer" in await creates("Summer")
    assert f"{nightly} prepared the pixel Summer" in await types(town, town.dov, "pending")
    card = town.card_in(town.brand_room)
    assert card is not None
    await town.database.write(act, settings.set_role, make.BRAND, town.town.dana.id, role=Role.ADMIN, **how)
    await press(town, town.dana, card, "make")
    assert "Dana created the pixel Summer" in read(card)
    assert "Nightly" not in read(card)
