"""A small world for the page's tests: two workspaces and a tiny Bolt app, which is not Countersign.

The app handles requests for desks: `/desk` opens a modal, the modal posts a card to the owners' channel in
the other workspace, the card's buttons change it and tell the requester. Its Home counts, and asks who waters
the plants. With `guided`, the page also has a clock bar (the plants are watered when it is time) and a
tour.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import httpx
from bolt_app import make_bolt, make_handler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.clock import PushedClock
from bot.sandbox.demo.page import ClockControls, Hint, PageConfig, Step, page_routes
from bot.sandbox.slack import App, Channel, LocalSlack, Person, Workspace

CITIES = (
    "Antwerp",
    "Basel",
    "Berlin",
    "Bilbao",
    "Bologna",
    "Bergen",
    "Cork",
    "Delft",
    "Gdańsk",
    "Graz",
    "Lyon",
)

DESKS = ("Window", "Wall", "Door")


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": text}


def option(text: str, value: str | None = None, about: str | None = None) -> dict[str, Any]:
    made = {"text": plain(text), "value": value or text.lower()}
    return made if about is None else made | {"description": plain(about)}


def button(text: str, action_id: str, **more: Any) -> dict[str, Any]:
    return {"type": "button", "text": plain(text), "action_id": action_id, "value": "r1", **more}


def entry(block_id: str, label: str, element: dict[str, Any], **more: Any) -> dict[str, Any]:
    shown = {
        "type": "input",
        "block_id": block_id,
        "label": plain(label),
        "element": element | {"action_id": "value"},
    }
    return shown | more


SURE = {
    "title": plain("Give away the window desk?"),
    "text": mrkdwn("*Bo* will sit at the window until Friday. You can take it back for 10 minutes."),
    "confirm": plain("Approve it"),
    "deny": plain("Not now"),
}

FORM: dict[str, Any] = {
    "type": "modal",
    "callback_id": "ask",
    "title": plain("Ask for a desk"),
    "submit": plain("Send"),
    "notify_on_close": True,
    "blocks": [
        {"type": "section", "block_id": "intro", "text": mrkdwn("Three people at *Lumen Foods* decide.")},
        entry(
            "city",
            "Which office?",
            {"type": "external_select", "min_query_length": 0, "placeholder": plain("Type to search")},
            dispatch_action=True,
        ),
        entry(
            "desks",
            "Desks",
            {
                "type": "multi_static_select",
                "max_selected_items": 2,
                "options": [option("Window"), option("Wall"), option("Door")],
            },
        ),
        entry(
            "level",
            "What for",
            {
                "type": "radio_buttons",
                "options": [
                    option("Work", about="Sit, type, look busy"),
                    option("Meet", about="Chairs for four"),
                ],
                "initial_option": option("Work", about="Sit, type, look busy"),
            },
        ),
        entry(
            "why",
            "Why?",
            {
                "type": "plain_text_input",
                "multiline": True,
                "max_length": 500,
                "placeholder": plain("One sentence will do"),
            },
            hint=plain("The owners read this."),
        ),
        entry(
            "days",
            "For how many days?",
            {"type": "number_input", "is_decimal_allowed": False, "min_value": "1"},
        ),
        entry("until", "Or until", {"type": "datepicker"}, optional=True),
        entry(
            "rules",
            "House rules",
            {"type": "checkboxes", "options": [option("I keep it tidy", "tidy")]},
            optional=True,
        ),
        {"type": "actions", "block_id": "help", "elements": [button("What is a desk?", "explain")]},
    ],
}


def home(*, count: int, now: int) -> dict[str, Any]:
    waters = {"type": "users_select", "action_id": "waters", "placeholder": plain("Choose a person")}
    told = {"type": "conversations_select", "filter": {"include": ["public", "private"]}}
    return {
        "type": "home",
        "blocks": [
            {"type": "header", "block_id": "head", "text": plain("Your desks")},
            {
                "type": "section",
                "block_id": "count",
                "text": mrkdwn(f"You have *{count}* desks, as of <!date^{now}^{{date_short_pretty}}|today>."),
                "accessory": button("One more", "count", value=str(count + 1)),
            },
            {
                "type": "section",
                "block_id": "plants",
                "text": mrkdwn("Who waters the plants?"),
                "accessory": waters,
            },
            entry("room", "Where to say so", told, optional=True),
        ],
    }


def card(*, state: str, why: str, until: int) -> list[dict[str, Any]]:
    blocks: list[dict[str, Any]] = [
        {"type": "header", "block_id": "head", "text": plain("Northwind Agency asks for a desk")},
        {
            "type": "section",
            "block_id": "what",
            "text": mrkdwn(
                f"*Window desk* in Lyon, for *work*\n>{why}\n"
                f"Until <!date^{until}^{{date_short_pretty}} at {{time}}|some day>"
                f" · `desk_204` · <https://example.com/desks|plan of the room>"
            ),
            "accessory": {
                "type": "overflow",
                "action_id": "more",
                "options": [option("I’m looking at it", "looking"), option("History", "history")],
            },
        },
        {
            "type": "section",
            "block_id": "facts",
            "fields": [
                mrkdwn("*Asked by*\nBo Berg"),
                mrkdwn("*Needs*\n1 approval"),
                mrkdwn("*Given before*\n2 desks"),
                mrkdwn("*Risk*\nlow"),
            ],
        },
    ]
    if state == "open":
        blocks.append(
            {
                "type": "actions",
                "block_id": "decide",
                "elements": [
                    button("Approve", "approve", style="primary", confirm=SURE),
                    button("Adjust…", "adjust"),
                    button("Decline…", "decline", style="danger"),
                ],
            }
        )
    blocks += [
        {"type": "divider", "block_id": "line"},
        {
            "type": "context",
            "block_id": "foot",
            "elements": [mrkdwn(f"State: *{state}* · reference `K7-PLUM`")],
        },
    ]
    return blocks


@dataclass(slots=True, kw_only=True)
class World:
    """The workspaces, people and channels, and what the tests control."""

    clock: PushedClock
    slack: LocalSlack
    agency: Workspace
    brand: Workspace
    bo: Person
    cy: Person
    eva: Person
    team: Channel
    owners: Channel
    submitted: list[dict[str, Any]] = field(default_factory=list)
    stall: asyncio.Event = field(default_factory=asyncio.Event)
    """When set, the app's slow answers are sent."""
    due: list[datetime] = field(default_factory=list)
    """When the plants are to be watered."""
    quiet: bool = False
    """Whether new messages are not announced."""
    restart_wanted: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a person wants to restart."""

    @property
    def url(self) -> str:
        return f"{self.slack.base_url}ui/"

    def at(self, person: Person, channel: Channel) -> str:
        return f"{self.url}#/{person.team_id}/{person.id}/{channel.id}"

    def client(self, workspace: Workspace) -> AsyncWebClient:
        return AsyncWebClient(token=workspace.bot_token, base_url=self.slack.api_url)

    async def post_card(self, *, why: str = "The sun is good there.") -> str:
        until = int(self.slack.clock.now().timestamp()) + 3 * 86_400
        blocks = card(state="open", why=why, until=until)
        answer = await self.client(self.brand).chat_postMessage(
            channel=self.owners.id, text="Northwind Agency asks for a desk: *Window desk*", blocks=blocks
        )
        return str(answer["ts"])

    async def publish_home(self, person: Person, *, count: int) -> None:
        now = int(self.clock.now().timestamp())
        client = self.client(self.slack.workspace(person.team_id))
        await client.views_publish(user_id=person.id, view=home(count=count, now=now))

    # --- what the demo does ----------------------------------------------------------------------

    async def push(self, by: timedelta) -> None:
        self.clock.push(by)
        for at in [at for at in self.due if at <= self.clock.now()]:
            self.due.remove(at)
            await self.client(self.agency).chat_postMessage(
                channel=self.team.id, text="It is time to water the plants."
            )

    async def push_to_next(self) -> bool:
        if not self.due:
            return False
        await self.push(min(self.due) - self.clock.now())
        return True

    async def next_due(self) -> tuple[datetime, str] | None:
        return (min(self.due), "the plants") if self.due else None

    async def restart(self) -> None:
        self.restart_wanted.set()

    async def is_asked(self) -> bool:
        return bool(self.submitted)

    def is_quiet(self) -> bool:
        return self.quiet

    def guide(self, config: PageConfig) -> PageConfig:
        clock = ClockControls(
            push=self.push, push_to_next=self.push_to_next, next_due=self.next_due, restart=self.restart
        )
        steps = (
            Step(
                text="You are *Bo*. Ask for a desk.",
                person=self.bo.id,
                channel=self.team.id,
                type="/desk ask",
                done=self.is_asked,
            ),
            Step(text="Become *Eva*.", person=self.eva.id, channel=self.owners.id),
            Step(text="Here the cards come.", person=self.eva.id, channel=self.owners.id),
            Step(text="Look at your *Home*.", person=self.eva.id, tab="home"),
            Step(text="That is all."),
        )
        return replace(config, clock=clock, tour=steps, is_quiet=self.is_quiet)


@asynccontextmanager
async def desk_world(*, guided: bool = False) -> AsyncIterator[World]:
    clock = PushedClock()
    slack = LocalSlack(
        clock=clock,
        app=App(name="Deskbot", commands=("/desk", "/slow")),
        ack_seconds=15.0,
        limits=False,
    )
    agency = slack.add_workspace("Northwind Agency", domain="northwind")
    brand = slack.add_workspace("Lumen Foods", domain="lumen")
    bo = slack.add_person(
        agency, "bo", real_name="Bo Berg", tz="Europe/Stockholm", tz_offset=3600, locale="en-GB"
    )
    cy = slack.add_person(agency, "cy", real_name="Cy Cho", tz="Europe/London")
    eva = slack.add_person(
        brand, "eva", real_name="Eva Eder", tz="America/New_York", tz_offset=-18000, locale="en-US"
    )
    gus = slack.add_person(brand, "gus", real_name="Gus Gold", tz="Europe/Berlin", is_restricted=True)
    world = World(
        clock=clock,
        slack=slack,
        agency=agency,
        brand=brand,
        bo=bo,
        cy=cy,
        eva=eva,
        team=slack.add_channel(agency, "desks", members=[bo, cy]),
        owners=slack.add_channel(brand, "desk-owners", members=[eva, gus], private=True),
    )
    config = PageConfig(
        title="Desk demo",
        intro="*Two companies, one app.* Type `/desk ask` as Bo, then answer as Eva.",
        labels={bo.id: "Asks for desks", cy.id: "Sits next to Bo", eva.id: "Owns the desks"},
        hints=(
            Hint(text="/desk ask", about="Ask for a desk"),
            Hint(text="/desk tell <words>", about="Repeat the words"),
        ),
        start=bo.id,
    )
    if guided:
        config = world.guide(config)
    async with slack.serve(routes=page_routes(slack, config)):
        app = desk_app(world)
        handler = make_handler(slack, app)
        await handler.connect_async()
        await slack.connected()
        try:
            yield world
        finally:
            world.stall.set()
            await handler.close_async()


def desk_app(world: World) -> AsyncApp:  # noqa: C901 - a list of listeners
    slack = world.slack

    app = make_bolt(slack)

    @app.command("/desk")
    async def desk(ack: Any, command: dict[str, Any], client: AsyncWebClient) -> None:
        if command["text"].startswith("tell"):
            await ack(text=f"You said: {command['text'].removeprefix('tell').strip()}")
            return
        await ack()
        await client.views_open(trigger_id=command["trigger_id"], view=FORM)

    @app.event("app_home_opened")
    async def opened(event: dict[str, Any]) -> None:
        await world.publish_home(slack.person(event["user"]), count=1)

    @app.action("count")
    async def count(ack: Any, action: dict[str, Any], body: dict[str, Any]) -> None:
        await ack()
        await world.publish_home(slack.person(body["user"]["id"]), count=int(action["value"]))

    @app.action("waters")
    async def waters(ack: Any) -> None:
        await ack()

    @app.command("/slow")
    async def slow(ack: Any) -> None:
        await world.stall.wait()
        await ack()

    @app.options("value")
    async def suggest(ack: Any, payload: dict[str, Any]) -> None:
        offered = {"city": CITIES, "desks": DESKS}[payload["block_id"]]
        typed = payload["value"].lower()
        await ack(options=[option(name) for name in offered if name.lower().startswith(typed)])

    @app.action({"block_id": "city", "action_id": "value"})
    async def look_up(ack: Any, body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        city = body["actions"][0]["selected_option"]["text"]["text"]
        known = {
            "type": "section",
            "block_id": "intro",
            "text": mrkdwn(f"There are *{len(city)}* desks in {city}."),
        }
        view = body["view"]
        await client.views_update(
            view_id=view["id"], hash=view["hash"], view=FORM | {"blocks": [known, *FORM["blocks"][1:]]}
        )

    @app.action("explain")
    async def explain(ack: Any, body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        await client.views_push(
            trigger_id=body["trigger_id"],
            view={
                "type": "modal",
                "title": plain("What is a desk?"),
                "close": plain("Back"),
                "blocks": [{"type": "section", "text": mrkdwn("A *table* with _opinions_.")}],
            },
        )

    @app.view("ask")
    async def ask(ack: Any, view: dict[str, Any]) -> None:
        values = view["state"]["values"]
        why = values["why"]["value"]["value"]
        if why == "stall":
            await world.stall.wait()
        if len(why) < 10:
            await ack(response_action="errors", errors={"why": "Please say a little more."})
            return
        world.submitted.append(values)
        await ack()
        await world.post_card(why=why)

    @app.action("approve")
    async def approve(ack: Any, body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        blocks = card(state="approved", why="The sun is good there.", until=1_900_000_000)
        await client.chat_update(
            channel=body["channel"]["id"], ts=body["message"]["ts"], text="Approved", blocks=blocks
        )
        await client.chat_postMessage(
            channel=body["channel"]["id"],
            thread_ts=body["message"]["ts"],
            text=f"<@{body['user']['id']}> approved.",
        )
        agency = world.client(world.agency)
        dm = await agency.conversations_open(users=world.bo.id)
        await agency.chat_postMessage(
            channel=dm["channel"]["id"], text="*Eva Eder* gave you the window desk."
        )

    @app.action("adjust")
    async def adjust(ack: Any, body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        await client.chat_postEphemeral(
            channel=body["channel"]["id"],
            user=body["user"]["id"],
            text="There is nothing to adjust about a desk.",
        )

    @app.action("decline")
    async def decline(ack: Any) -> None:
        await world.stall.wait()
        await ack()

    @app.action("more")
    async def more(ack: Any, action: dict[str, Any], body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        await client.chat_postEphemeral(
            channel=body["channel"]["id"],
            user=body["user"]["id"],
            text=f"You chose “{action['selected_option']['value']}”.",
        )

    return app


# --- the page's JSON API -----------------------------------------------------------------------------


async def state(http: httpx.AsyncClient, person: Person, channel: Channel | None = None) -> dict[str, Any]:
    asked = {"person": person.id} | ({} if channel is None else {"channel": channel.id})
    answer = await http.get("ui/api/state", params=asked)
    assert answer.status_code == 200
    shown: dict[str, Any] = answer.json()
    return shown


async def do(http: httpx.AsyncClient, verb: str, person: Person, **body: Any) -> httpx.Response:
    return await http.post(f"ui/api/{verb}", json={"person": person.id, **body})
