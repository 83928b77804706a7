"""The demo's guided tour: its steps, and how each is recognised as done."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from bot.domain.actors import Actor, Source
from bot.domain.requests import RequestState
from bot.sandbox.demo.page import Step
from bot.sandbox.demo.story import ACME, AGENCY, BLUEBIRD_MAIN
from bot.services import requests
from bot.services.context import act
from bot.services.grants import tasks_held

if TYPE_CHECKING:
    from bot.app import Countersign
    from bot.sandbox.demo.story import Story
    from bot.sandbox.slack import LocalSlack
    from bot.store.tx import Tx

ASK = "/access request act_4815162342 general user for 30d because Spring launch"


class Tour:
    """The steps; they are done by what the record holds since `started`. Queries wait until `ready`."""

    def __init__(
        self, *, slack: LocalSlack, story: Story, started: datetime, ready: asyncio.Future[Countersign]
    ) -> None:
        self._slack = slack
        self._story = story
        self._started = started
        self._ready = ready
        self._requested: set[str] = set()

    def steps(self) -> tuple[Step, ...]:
        """Return the steps in their order."""
        people = {name: one.id for name, one in self._story.people.items()}
        northwind, acme = self._story.approvals[AGENCY].id, self._story.approvals[ACME].id
        return (
            Step(
                text="Two companies, two Slack workspaces, one bot in both. You are *Ann* from the agency "
                "*Northwind*, and you need an ad account of *Acme Shoes*. You can ask for it in one line; "
                "`/access request` alone opens a form.",
                person=people["ann"],
                channel=northwind,
                type=ASK,
                done=self._is_requested,
            ),
            Step(
                text="The request is now with *Acme Shoes*, in their own workspace. Become *Dana*, an admin "
                "there.",
                person=people["dana"],
                channel=acme,
            ),
            Step(
                text="The newest card here is Ann's. *Approve* it, or *Adjust* it to give less than "
                "requested. Ann's own card is updated automatically.",
                person=people["dana"],
                channel=acme,
                done=self._is_decided,
            ),
            Step(
                text="Some access is risky: a person who manages an ad account can spend its money. The card "
                "above needs *two* approvals, and *Dov* gave the first. Find it and give the second.",
                person=people["dana"],
                channel=acme,
                done=self._has_both_approvals,
            ),
            Step(
                text="*Acme Shoes* is connected to a made-up Meta: its cards say when access is in force "
                "there. *Meta works*, at the top, breaks it. Then approve something else, see why it waits "
                "or failed, put Meta right, and press *Try again*.",
                person=people["dana"],
                channel=acme,
            ),
            Step(
                text="Become *Ann* again and open the app's *Home*: what is waiting for you, what you "
                "requested, what you have access to, and what ends soon.",
                person=people["ann"],
                tab="home",
            ),
            Step(
                text="A request has been waiting for *Bea* of Bluebird Bikes for days, and she has tomorrow "
                "off. See in the app's *Messages* how she was reminded.",
                person=people["bea"],
                tab="messages",
            ),
            Step(
                text="Now push the clock, at the top: *To the next thing due*, until Ann's access to "
                "*Bluebird Main* ends. Everybody is reminded in their own working hours, and warned before "
                "access ends.",
                done=self._has_ended,
            ),
            Step(
                text="That is the main part. In *#northwind-approvals* wait Eva's draft and Bluebird's "
                "invitation for Ann to accept; `/access share` sends one, and `/access help` lists the rest. "
                "*Start the story again*, at the top, resets everything.",
            ),
        )

    async def _read(self, query: Callable[..., bool]) -> bool:
        bot = await asyncio.shield(self._ready)
        return await bot.database.read(query, now=self._slack.clock.now())

    def _by(self, name: str) -> Actor:
        one = self._story.people[name]
        return Actor(source=Source.FORM, team_id=one.team_id, user_id=one.id)

    async def _is_requested(self) -> bool:
        """Return whether Northwind has sent Acme Shoes a request since the demo began."""

        def query(tx: Tx, *, now: datetime) -> bool:
            open_now = act(tx, requests.requested_by, by=self._by("ann"), now=now, limit=50).rows
            self._requested |= {
                one.id for one in open_now if one.deciding.id == ACME and one.created_at >= self._started
            }
            return bool(self._requested)

        return await self._read(query)

    async def _is_decided(self) -> bool:
        """Return whether Acme Shoes has decided on one of those requests."""

        def query(tx: Tx, *, now: datetime) -> bool:
            found = [
                act(tx, requests.find_request, one, by=self._by("ann"), now=now) for one in self._requested
            ]
            return any(one.state in (RequestState.APPROVED, RequestState.DECLINED) for one in found if one)

        return await self._read(query)

    async def _has_both_approvals(self) -> bool:
        """Return whether no request to Acme Shoes waits for a second approval."""

        def query(tx: Tx, *, now: datetime) -> bool:
            waiting = act(tx, requests.waiting_for, by=self._by("dana"), now=now, limit=50).rows
            return all(one.state is not RequestState.IN_REVIEW for one in waiting)

        return await self._read(query)

    async def _has_ended(self) -> bool:
        """Return whether the access has ended that ends a day after the demo begins."""

        def query(tx: Tx, *, now: datetime) -> bool:
            return not tasks_held(tx, asset_id=BLUEBIRD_MAIN, holder_id=AGENCY, at=now)

        return await self._read(query)
