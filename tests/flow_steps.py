"""What people do and see in the flows, in one word each."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import make
from world import World

from bot.domain.actors import Role
from bot.sandbox.slack import Delivered, Message, Person, View
from bot.services import grants
from bot.store import tables

DECIDING = {"approve", "approve_as", "adjust", "decline", "cancel", "send", "edit", "drop"}
"""The buttons that change something, which nothing that is over may carry."""


# --- doing ------------------------------------------------------------------------------------------


async def press(world: World, who: Person, where: Message | View, action: str, **more: Any) -> Delivered:
    """Press a button and wait for all that follows from it."""
    pressed = await world.click(who, where, action, **more)
    assert pressed.ok, pressed
    await world.settle()
    return pressed


async def opens(world: World, who: Person, where: Message | View, action: str, **more: Any) -> View:
    """Press a button that opens a modal, and return that."""
    await press(world, who, where, action, **more)
    return modal(world, who)


async def types(world: World, who: Person, words: str = "") -> str:
    """Type `/access words` and return the private answer, "" where there is none."""
    before = len(world.slack.ephemerals(who))
    typed = await world.command(who, words)
    assert typed.ok, typed
    await world.settle()
    said = world.slack.ephemerals(who)[before:]
    return read(said[-1]) if said else ""


async def fills(
    world: World, who: Person, form: View, action: str, value: Any, *, block: str | None = None
) -> None:
    """Type or choose something in a form, and wait until the form has changed with it."""
    block_id = next((one for one in blocks_of(form) if block and one.startswith(block)), None)
    entered = await world.slack.set_value(who, form, action, value, block_id=block_id)
    assert entered.ok, entered
    await world.settle()


async def finds(
    world: World, who: Person, form: View, action: str, query: str, *, block: str | None = None
) -> str:
    """Search in a menu, and return the value of the only thing found."""
    block_id = next((one for one in blocks_of(form) if block and one.startswith(block)), None)
    found = await world.slack.suggest(who, form, action, query, block_id=block_id)
    assert found.ok, found
    assert len(found.options) == 1, found.options
    return str(found.options[0]["value"])


async def sends_in(world: World, who: Person, form: View) -> View:
    """Submit a modal, and return the one that is open then."""
    sent = await world.slack.submit(who, form)
    assert sent.ok, (sent, form.errors)
    await world.settle()
    return modal(world, who)


async def ends(world: World, who: Person, words: str) -> str:
    """Type a command that ends access, send the preview, and return the private answer."""
    await types(world, who, words)
    return await sends(world, who, modal(world, who))


async def sends(world: World, who: Person, form: View) -> str:
    """Submit a modal, which closes it: there is nothing else to close. Return the private answer, if any."""
    before = len(world.slack.ephemerals(who))
    sent = await world.slack.submit(who, form)
    assert sent.ok, (sent, form.errors)
    await world.settle()
    top = world.slack.top_view(who)
    assert top is None or top.id != form.id, "it closes by itself"
    said = world.slack.ephemerals(who)[before:]
    return read(said[-1]) if said else ""


async def approved(
    world: World, words: str = "request act_1001 advertise,analyze for 30d because Spring"
) -> Message:
    """Have Ann request and Dana approve; return the approvers' card."""
    card = await world.send_request(words)
    await press(world, world.dana, card, "approve")
    return card


def stranger_business(world: World) -> Person:
    """A third business, at home beside the agency, with one admin: Olga."""
    make.business(world.database, make.OTHER, name="Rival Media", team=make.AGENCY_TEAM)
    make.someone(world.database, 7, name="Olga", team=make.AGENCY_TEAM, roles={make.OTHER: Role.ADMIN})
    olga = world.slack.add_person(world.agency, "olga", user_id="UOLGA")
    world.agency_room.members.add(olga.id)
    world.people["olga"] = olga
    return olga


# --- seeing -----------------------------------------------------------------------------------------


def modal(world: World, who: Person) -> View:
    """The modal on top."""
    view = world.slack.top_view(who)
    assert view is not None, f"{who.name} has no window open; told: {world.told(who)}"
    return view


def read(shown: Message | View) -> str:
    """All that can be read in a message or window, text fallback included."""
    fallback = shown.text if isinstance(shown, Message) else shown.title
    return "\n".join([fallback, *_texts(shown.blocks)])


def buttons(shown: Message | View) -> set[str]:
    """The action ids of the buttons in a message or window."""
    return {
        element["action_id"]
        for block in shown.blocks
        for element in [*block.get("elements", []), block.get("accessory", {})]
        if element.get("type") == "button"
    }


def blocks_of(form: View) -> list[str]:
    """The block ids of a form."""
    return [block["block_id"] for block in form.blocks]


def option(form: View, block: str, says: str) -> str:
    """The value of the one option of a block's menu whose text begins so."""
    (found,) = (
        one["value"]
        for shown in form.blocks
        if shown["block_id"].startswith(block)
        for one in shown["element"]["options"]
        if one["text"]["text"].startswith(says)
    )
    return str(found)


def menu_choice(card: Message, choice: str) -> str:
    """The value of a choice (`details`, `history`) in a card's menu."""
    (found,) = (
        one["value"]
        for block in card.blocks
        for element in block.get("elements", [])
        for one in element.get("options", [])
        if json.loads(one["value"])["a"] == choice
    )
    return str(found)


def cards(world: World, who: Person) -> list[Message]:
    """The cards among somebody's direct messages: those of more than one block."""
    return [one for one in world.dms(who) if len(one.blocks) > 1]


def notices(world: World, who: Person) -> list[str]:
    """The one-line words among somebody's direct messages."""
    return [read(one) for one in world.dms(who) if len(one.blocks) == 1]


def thread(world: World, card: Message) -> list[str]:
    """What the app said in a card's thread."""
    replies = world.slack.messages(world.slack.channel(card.channel_id))
    return [read(one) for one in replies if one.thread_ts == card.ts and one.ts != card.ts]


def held(world: World, asset: str = make.ACCOUNT, *, by: str = make.AGENCY) -> set[str]:
    """What a business may do with an asset at this moment: effective access."""
    at = world.clock.now()
    return set(
        world.database.read_sync(lambda tx: grants.tasks_held(tx, asset_id=asset, holder_id=by, at=at))
    )


def events(world: World, kind: str | None = None) -> list[Any]:
    """The journal's events, or those of one kind."""
    return [one for one in world.rows(tables.Event) if kind in (None, one.kind)]


def denials(world: World) -> list[str]:
    """Why something was refused, one word for each event of the journal."""
    return [json.loads(one.data)["reason"] for one in events(world, "denied")]


def request(world: World) -> Any:
    """The row of the only request."""
    (row,) = world.rows(tables.Request)
    return row


def _texts(node: Any) -> Iterator[str]:
    if isinstance(node, dict) and node.get("type") in {"rich_text_section", "rich_text_quote"}:
        yield "".join(str(one.get("text", one.get("fallback", ""))) for one in node["elements"])
    elif isinstance(node, dict):
        for key, value in node.items():
            if key == "text" and isinstance(value, str):
                yield value
            elif key != "options":
                yield from _texts(value)
    elif isinstance(node, list):
        for one in node:
            yield from _texts(one)


_MENTION = re.compile(r'"type": "(?:user|usergroup|channel|broadcast|mrkdwn)"')
_DATE_ALONE = re.compile(
    r'"type": "mrkdwn", "text": "[A-Za-z ]*<!date\^[0-9]+\^(?:\\u200b)?\{[a-z_{} ]+\}\|[0-9A-Za-z ,:]+>"'
)


# --- what holds after every flow ----------------------------------------------------------------------


def check(world: World) -> None:
    """The journal is sound, no card that is over can be decided, and nothing crosses the line."""
    verdict = world.database.verify()
    assert verdict.sound, str(verdict)
    _check_cards(world)
    _check_the_line(world)


def _check_cards(world: World) -> None:
    over = {
        row.id
        for table in (tables.Request, tables.Draft)
        for row in world.rows(table)
        if row.state not in ("PENDING", "IN_REVIEW", "WAITING")
    }
    waiting = {row.card_id for row in world.rows(tables.Effect) if row.state in ("WAITING", "SENDING")}
    for card in world.rows(tables.Card):
        message = world.slack.message(card.channel_id, card.ts) if card.ts else None
        if message is not None and not message.deleted and card.subject_id in over and card.id not in waiting:
            assert not buttons(message) & DECIDING, read(message)


def _check_the_line(world: World) -> None:
    """Nothing that was ever said in a workspace names an id of the other's people, or mentions anybody.

    Only one's own approvals channel is shown as such.
    """
    ids: dict[str, set[str]] = {team: {team} for team in world.slack.workspaces}
    for person in world.slack.people.values():
        ids[person.team_id].add(person.id)
    for row in world.rows(tables.Person):
        ids[row.team_id].add(row.id)
    own = {(row.team_id, row.channel_id) for row in world.rows(tables.BusinessRow)}
    own |= {(make.BRAND_TEAM, world.brand_room.id), (make.AGENCY_TEAM, world.agency_room.id)}  # it may move
    for team, said in _said_to(world):
        plain = _DATE_ALONE.sub("", said)
        for channel_id in (channel_id for of, channel_id in own if of == team and channel_id):
            plain = plain.replace(f'"type": "channel", "channel_id": "{channel_id}"', "")
        assert not _MENTION.search(plain), said
        for other, theirs in ids.items():
            found = [one for one in theirs if other != team and one in said]
            assert not found, (team, found, said)


def _said_to(world: World) -> Iterator[tuple[str, str]]:
    for call in world.slack.calls:
        if call.team_id and call.method.startswith(("chat.", "views.")):
            yield call.team_id, json.dumps([call.args.get(one) for one in ("text", "blocks", "view")])
    for delivery in world.slack.deliveries:
        if delivery.team_id and delivery.delivered is not None:
            yield delivery.team_id, json.dumps(delivery.delivered.body)
