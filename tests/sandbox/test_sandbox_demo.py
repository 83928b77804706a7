"""The demo: every screen has content from the first second, and it can be restarted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from make import EPOCH
from sqlalchemy import func, select

from bot.domain.actors import Actor, Source
from bot.domain.contracts import Phase
from bot.domain.kinds import RequestKind
from bot.domain.messages import EffectKind
from bot.domain.requests import RequestState
from bot.sandbox.demo.run import Demo, run_until, running
from bot.sandbox.demo.story import ACME, AGENCY, BLUEBIRD
from bot.services import grants, partnerships, requests
from bot.services.context import act
from bot.services.grants import Direction
from bot.services.home import home_of
from bot.services.views.businesses import HomeView
from bot.services.views.parties import Signer
from bot.store import tables
from bot.store.compiled import Row
from bot.store.tx import Tx

_request = tables.table_of(tables.Request)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def demo(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Demo]:
    async with running(folder=tmp_path_factory.mktemp("demo")) as started:
        yield started


async def home(demo: Demo, name: str) -> HomeView:
    one = demo.story.people[name]
    return await demo.bot.database.read(
        act, home_of, by=Actor(source=Source.EVENT, team_id=one.team_id, user_id=one.id), now=demo.clock.now()
    )


pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_every_section_of_anns_home_has_content(demo: Demo) -> None:
    shown = await home(demo, "ann")
    assert sorted(one.requesting.id for one in shown.waiting.rows) == sorted([ACME, ACME, BLUEBIRD])
    assert {one.deciding.id for one in shown.requested.rows} >= {ACME, BLUEBIRD}
    assert [one.author for one in shown.drafts.rows] == ["Eva Ekholm"]
    assert len(shown.reach.rows) == len(shown.ends_soon.rows) == 2
    assert [one.party.id for one in shown.partners.rows] == [BLUEBIRD]


async def test_a_pixel_that_an_employee_prepared_waits_for_the_admins_of_acme(demo: Demo) -> None:
    await demo.past_sent.wait()
    room = demo.slack.messages(demo.story.approvals[ACME])
    (card,) = [one for one in room if "shoe-week.example" in one.text]
    assert "Emil Estrada prepared" in card.text
    assert "'action_id': 'discard'" in str(card.blocks)


async def test_one_grant_ends_tomorrow_and_one_in_five_days(demo: Demo) -> None:
    ends = [one.ends_at for one in (await home(demo, "ann")).ends_soon.rows]
    days = [round((end - demo.clock.now()).total_seconds() / 86_400) for end in ends if end]
    assert days == [1, 5]


async def test_one_request_waits_for_the_second_of_two_approvals(demo: Demo) -> None:
    waiting = (await home(demo, "dana")).waiting.rows
    (risky,) = [one for one in waiting if one.state is RequestState.IN_REVIEW]
    assert (risky.approvals, risky.required_approvals, risky.approved_by) == (1, 2, (Signer("Dov Dekel"),))


async def test_each_kind_of_request_waits_an_offer_expires_tomorrow_and_a_contract_has_an_end(
    demo: Demo,
) -> None:
    def waiting(tx: Tx) -> list[Row]:
        return tx.all(select(_request).where(_request.c.over_at.is_(None)))

    waits = await demo.bot.database.read(waiting)
    assert {row.kind for row in waits} == set(RequestKind)
    expires = [
        (row.expires_at - demo.clock.now()).total_seconds() / 86_400
        for row in waits
        if row.kind == RequestKind.INVITATION
    ]
    assert sorted(days < 1.5 for days in expires) == [False, True]
    ann = demo.story.people["ann"]
    found = await demo.bot.database.read(
        act,
        partnerships.contract_between,
        by=Actor(source=Source.FORM, team_id=ann.team_id, user_id=ann.id),
        now=demo.clock.now(),
        business_id=AGENCY,
        other_id=BLUEBIRD,
    )
    assert found is not None
    assert found.phase is Phase.RUNS


async def test_one_request_has_waited_for_days_and_its_approver_was_nudged(demo: Demo) -> None:
    (late,) = (await home(demo, "bea")).waiting.rows
    assert (demo.clock.now() - late.created_at).days == 2
    ann = demo.story.people["ann"]
    bea = demo.story.people["bea"]
    by = Actor(source=Source.FORM, team_id=bea.team_id, user_id=bea.id)
    told = await demo.bot.database.read(act, requests.history, late.id, by=by, now=EPOCH)
    assert "request.nudged" in {line.kind for line in told}
    assert late.requester == ann.real_name


async def test_the_partner_has_a_history_of_ended_grants_and_declined_requests(demo: Demo) -> None:
    dana = demo.story.people["dana"]
    by = Actor(source=Source.FORM, team_id=dana.team_id, user_id=dana.id)
    given: Any = await demo.bot.database.read(
        act,
        grants.list_grants,
        business_id=ACME,
        direction=Direction.SHARED_BY_US,
        by=by,
        now=demo.clock.now(),
    )
    assert given.total == 0  # what there was has ended

    def is_told() -> bool:
        texts = [message.text for message in demo.slack.messages(demo.story.approvals[ACME])]
        wanted = ("Approved by", "Declined by", "Expired", "revoked the access", "ended, as planned")
        return all(any(word in text for text in texts) for word in wanted)

    await demo.slack.until(is_told, seconds=10)


async def test_every_conversation_is_short_enough_to_read(demo: Demo) -> None:
    effect, card = tables.Effect.__table__, tables.Card.__table__
    posts = (
        select(func.count().label("messages"))
        .join_from(effect, card, effect.c.card_id == card.c.id)
        .where(effect.c.kind.in_((EffectKind.POST_CARD, EffectKind.POST_NOTICE)))
        .group_by(card.c.team_id, func.coalesce(card.c.user_id, card.c.channel_id))
    )
    lengths = [row.messages for row in await demo.bot.database.read(lambda tx: tx.all(posts))]
    assert len(lengths) >= 7
    assert max(lengths) <= 16


async def test_the_demo_restarts_at_the_same_address() -> None:
    stop, told = asyncio.Event(), asyncio.Queue[Demo]()
    telling = asyncio.create_task(run_until(stop, port=0, started=told.put_nowait))
    async with asyncio.timeout(60), httpx.AsyncClient(timeout=60) as http:
        first = await told.get()
        runs = [(await http.get(f"{first.url}ui/api/state")).json()["now"]]
        await http.post(f"{first.url}ui/api/clock", json={"by": 86_400})
        assert (await http.post(f"{first.url}ui/api/restart", json={})).status_code == 200
        second = await told.get()
        assert (second.url, second.slack is first.slack) == (first.url, False)
        assert second.bot.url == first.bot.url, "the API's, which was shown, too"
        assert (await http.get(f"{second.bot.url}/v26.0/docs")).status_code == 200
        runs.append((await http.get(f"{second.url}ui/api/state")).json()["now"])
        assert runs[1] - runs[0] < 3_600  # the clock, too, is back
        stop.set()
        await telling


async def test_the_folder_is_deleted_when_the_demo_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    stop = asyncio.Event()
    await run_until(stop, port=0, started=lambda _: stop.set())
    assert await asyncio.to_thread(lambda: list(tmp_path.iterdir())) == []
