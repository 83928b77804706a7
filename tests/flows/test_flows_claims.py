"""A business claims an ad account that none owns: its admins are asked, or it is one of theirs to give."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import make
import pytest
from flow_steps import buttons, cards, events, fills, modal, notices, press, read, sends, types
from world import World

from bot.domain.assets import Kind
from bot.domain.requests import Approve
from bot.services import grants, partnerships, requests
from bot.services.context import act
from bot.store import tables

SPRING = "act_7001"
CLAIM = f"claim {SPRING} because we run its campaigns"


def owner(world: World) -> str | None:
    return next(asset.owner_id for asset in world.rows(tables.Asset) if asset.id == SPRING)


@pytest.mark.covers("A2", "A8")
async def test_who_is_no_admin_of_the_account_has_its_admins_asked_where_they_work(
    either_store: World,
) -> None:
    world = either_store
    make.unowned(world.database, SPRING, world.town.dana)

    # Ann, of the agency, types one line. What cannot be undone is asked once more, in a form.
    await types(world, world.ann, CLAIM)
    form = modal(world, world.ann)
    assert form.title == "Claim an ad account"
    assert "1 admin of Spring Ads will be asked" in read(form)
    await sends(world, world.ann, form)
    assert owner(world) is None

    # Dana, who works for the brand, has the card in her own messages; the brand's channel has none.
    assert world.card_in(world.brand_room) is None
    (card,) = cards(world, world.dana)
    shown = read(card)
    for words in ("Northwind claims an ad account: Owner on Spring Ads", "we run its campaigns", SPRING):
        assert words in shown, words
    assert buttons(card) == {"approve", "decline"}
    assert "Spring Ads" in await types(world, world.dana, "pending")
    assert "Nothing waits" in await types(world, world.dov, "")

    await press(world, world.dana, card, "approve")
    assert owner(world) == make.AGENCY
    (own,) = cards(world, world.ann)
    for one in (card, own):
        assert "Confirmed by Dana" in one.text
    assert buttons(card).isdisjoint({"undo", "approve", "decline"})
    assert "Spring Ads" in await types(world, world.ann, "list owned")
    assert [one.kind for one in events(world)][:2] == ["request.pending", "request.approved"]


@pytest.mark.covers("A1")
async def test_what_others_have_of_an_account_goes_on_and_they_are_told_whose_it_is_now(town: World) -> None:
    who = town.town
    make.business(town.database, make.OTHER, name="Studio", team=make.AGENCY_TEAM)
    make.member(town.database, who.eva.id, of=make.OTHER)

    def does(verb: Callable[..., Any], *args: Any, by: make.Someone, **kwargs: Any) -> Any:
        now = town.clock.now()
        return make.write(town.database, act, verb, *args, by=by.by(), now=now, **kwargs)

    lower = make.item(Kind.AD_ACCOUNT, make.ACCOUNT)
    for asks, business_id, items in (
        (who.ann, make.AGENCY, ()),
        (who.eva, make.OTHER, (lower,)),
        (who.eva, make.OTHER, ()),
    ):
        sent = does(requests.submit, make.requesting(*items, requesting_id=business_id), by=asks)
        does(requests.decide, sent.request_id, by=who.dana, verdict=Approve(), expected_version=1)
    make.given_up(town.database, make.ACCOUNT, who.ann, now=town.clock.now())
    await town.settle()
    await types(town, town.ann, f"claim {make.ACCOUNT} because we run it")
    await sends(town, town.ann, modal(town, town.ann))
    await town.settle()

    ended = "Northwind owns Acme Main (act_1001) now: its earlier access ended"
    heard = [read(one) for one in town.slack.messages(town.brand_room)]
    assert any(ended in one for one in heard), heard
    assert any("Access of Studio goes on as it was" in one for one in notices(town, town.eva))
    said = [read(one) for one in town.slack.messages(town.agency_room)]
    assert any("Access that others had goes on: Studio." in one for one in said), said

    pair = {"business_id": make.AGENCY, "other_id": make.OTHER}
    first, _ = does(grants.list_between, **pair, by=who.ann).rows
    does(grants.revoke, [first.id], business_id=make.AGENCY, note="Too much", by=who.ann)
    await town.settle()
    mark = does(partnerships.parting, **pair, limit=1, by=who.ann).mark
    does(partnerships.end_partnership, make.AGENCY, make.OTHER, mark, note="We part", by=who.ann)
    await town.settle()
    ours = [read(one) for one in town.slack.messages(town.agency_room)]
    for ends in ("revoked the access of Studio to Acme Main", "Northwind ended the partnership with Studio"):
        assert [ends in one for one in ours].count(True) == 1, ours
        assert [ends in one for one in notices(town, town.eva)].count(True) == 1
    assert len(town.slack.messages(town.brand_room)) == len(heard), "they owned it once, and no more"


@pytest.mark.covers("A1", "A8")
async def test_an_admin_of_the_account_has_it_at_once_and_what_is_owned_can_be_asked_for(town: World) -> None:
    make.unowned(town.database, SPRING, town.town.ann)
    await types(town, town.ann, CLAIM)
    form = modal(town, town.ann)
    assert "You're an admin of Spring Ads" in read(form)
    await sends(town, town.ann, form)
    assert owner(town) == make.AGENCY
    (own,) = cards(town, town.ann)
    assert "Confirmed by Ann" in own.text

    # What a business owns it goes on owning.
    assert "can't be removed" in await types(town, town.ann, f"remove {SPRING}")
    assert owner(town) == make.AGENCY

    # What another business owns cannot be claimed: the form for asking that business opens instead.
    await types(town, town.ann, "claim act_1001 because we run it")
    form = modal(town, town.ann)
    assert form.title == "Request access"
    assert "belongs to another business" in read(form)
    assert "Acme Shoes" in read(form)
    await fills(town, town.ann, form, "level", "General user")
    await sends(town, town.ann, form)
    (request,) = [one for one in town.rows(tables.Request) if one.kind == "ACCESS"]
    assert (request.deciding_id, request.state) == (make.BRAND, "PENDING")


@pytest.mark.covers("A2", "R13")
async def test_where_only_colleagues_are_admins_of_the_account_it_is_said_that_they_can_claim_it(
    town: World,
) -> None:
    make.unowned(town.database, SPRING, town.town.abe)
    await types(town, town.ann, CLAIM)
    form = modal(town, town.ann)
    assert "has no other admin in Slack. An admin of it among you can claim it themselves" in read(form)
    await sends(town, town.ann, form)
    (card,) = cards(town, town.ann)
    assert "no admin in Slack outside your business" in read(card)
    assert "An admin of it among you can claim it themselves, once this is cancelled" in read(card)

    await press(town, town.ann, card, "cancel")
    await sends(town, town.ann, modal(town, town.ann))
    await types(town, town.abe, CLAIM)
    await sends(town, town.abe, modal(town, town.abe))
    assert owner(town) == make.AGENCY


async def test_an_admin_of_an_account_who_is_in_no_business_finds_everywhere_what_waits_for_them(
    town: World,
) -> None:
    ida = make.someone(town.database, 10, name="Ida", team=make.BRAND_TEAM, roles={})
    town.people["ida"] = town.slack.add_person(town.brand, "ida", user_id=ida.user)
    town.brand_room.members.add(ida.user)
    make.unowned(town.database, SPRING, ida)
    await town.app.ticks.sweep()
    await types(town, town.ann, CLAIM)
    await sends(town, town.ann, modal(town, town.ann))

    said = await types(town, town.ida)
    assert "You see the claims of what you are an admin of yourself: Spring Ads." in said
    assert "Waiting for you: 1 request." in said
    assert buttons(town.slack.ephemerals(town.ida)[-1]) == {"pending"}, "she can ask for nothing"
    assert "Spring Ads" in await types(town, town.ida, "list received")
    await town.slack.open_home(town.ida)
    await town.settle()
    home = town.slack.home(town.ida)
    assert home is not None
    assert "what you are an admin of yourself: Spring Ads." in read(home)
    assert "Waiting for me" in read(home)
    await press(town, town.ida, home, "approve")

    assert owner(town) == make.AGENCY
    assert "Nothing waits for your decision." in await types(town, town.ida)
