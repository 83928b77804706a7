"""The demo's guided tour: what to do first, and how it is noticed that it was done."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bot.domain.policy import Actor, Source
from bot.domain.requests import RequestState
from bot.sandbox.demo.page import Step
from bot.sandbox.demo.story import ACME, AGENCY
from bot.services import requests
from bot.services.context import act

if TYPE_CHECKING:
    from bot.app import Countersign
    from bot.sandbox.demo.story import Story
    from bot.sandbox.slack import LocalSlack
    from bot.store.tx import Tx

ASK = "/access request act_4815162342 general user for 30d because Spring launch"
_PUSHED = timedelta(minutes=30)


class Tour:
    """The steps, told by what the record says since `started`; it waits until the bot is `ready`."""

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
                text="Two companies, two Slack workspaces, one bot in both. You are *Ann* of the agency "
                "*Northwind*, and need an ad account of *Acme Shoes*. One line asks for it; "
                "`/access request` alone opens a form.",
                person=people["ann"],
                channel=northwind,
                type=ASK,
                done=self._is_requested,
            ),
            Step(
                text="The request went to *Acme Shoes*, into their own workspace. Become *Dana*, who is "
                "an admin there.",
                person=people["dana"],
                channel=acme,
            ),
            Step(
                text="The newest card here is Ann's. *Approve* it, or *Adjust* it to give less than was "
                "asked. Ann's own card follows by itself.",
                person=people["dana"],
                channel=acme,
                done=self._is_decided,
            ),
            Step(
                text="Some things are risky: who manages an ad account can spend its money. That card above "
                "needs *two* approvals, and *Dov* gave the first. Find it and give the second.",
                person=people["dana"],
                channel=acme,
                done=self._has_both_approvals,
            ),
            Step(
                text="Become *Ann* again and open the app's *Home*: what waits for you, what you asked, what "
                "you may use, and what ends soon.",
                person=people["ann"],
                tab="home",
            ),
            Step(
                text="*Bea* of Bluebird Bikes has let a request wait for days, and has tomorrow off. See in "
                "the app's *Messages* how kindly she was reminded.",
                person=people["bea"],
                tab="messages",
            ),
            Step(
                text="Now push the clock, at the top: *to the next thing due*, a few times. Nudges keep to "
                "working hours, access is warned of before it ends, and ends.",
                done=self._is_pushed,
            ),
            Step(
                text="That is the heart of it. Eva's draft waits in *#northwind-approvals*; "
                "`/access list`, `/access revoke` and `/access help` do the rest. *Start the story again*, "
                "at the top, brings everything back to the beginning.",
            ),
        )

    async def _read(self, query: Callable[..., bool]) -> bool:
        bot = await asyncio.shield(self._ready)
        return await bot.database.read(query, now=self._slack.clock.now())

    def _by(self, name: str) -> Actor:
        one = self._story.people[name]
        return Actor(source=Source.FORM, team_id=one.team_id, user_id=one.id)

    async def _is_requested(self) -> bool:
        """Say whether Northwind has asked Acme Shoes for something since the story began."""

        def query(tx: Tx, *, now: datetime) -> bool:
            open_now = act(tx, requests.requested_by, by=self._by("ann"), now=now, limit=50).rows
            self._requested |= {
                one.id for one in open_now if one.deciding.id == ACME and one.created_at >= self._started
            }
            return bool(self._requested)

        return await self._read(query)

    async def _is_decided(self) -> bool:
        """Say whether Acme Shoes has decided on one of those."""

        def query(tx: Tx, *, now: datetime) -> bool:
            found = [
                act(tx, requests.find_request, one, by=self._by("ann"), now=now) for one in self._requested
            ]
            return any(one.state in (RequestState.APPROVED, RequestState.DECLINED) for one in found if one)

        return await self._read(query)

    async def _has_both_approvals(self) -> bool:
        """Say whether nothing of Acme Shoes waits for a second yes any more."""

        def query(tx: Tx, *, now: datetime) -> bool:
            waiting = act(tx, requests.waiting_for, by=self._by("dana"), now=now, limit=50).rows
            return all(one.state is not RequestState.IN_REVIEW for one in waiting)

        return await self._read(query)

    async def _is_pushed(self) -> bool:
        clock = self._slack.clock
        return clock.now() - clock.real() > _PUSHED
