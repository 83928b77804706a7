"""What all buttons share: what a button refers to, the message it was pressed on, details below a form."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from bot.services import delivery, requests
from bot.services.context import act
from bot.services.results import Denied
from bot.slack import screens
from bot.slack.ids import Callback
from bot.slack.kit import Message
from bot.slack.values import Ref, Unreadable, read_mark, read_press
from bot.slack.wire.inbound import Inbound
from handlers.edge import CLOSES, Answer, Edge, Handler

Pressed = Callable[[Edge, Inbound, Ref], Awaitable[Answer]]


def with_ref(pressed: Pressed) -> Handler:
    """Return the handler of a button that refers to a stored object: `pressed` gets the reference."""

    async def handle(edge: Edge, inbound: Inbound) -> Answer:
        ref = ref_of(inbound)
        answer = await pressed(edge, inbound, ref)
        return replace(answer, then=lambda: _follow_up_and_adopt(edge, inbound, answer))

    return handle


def ref_of(inbound: Inbound) -> Ref:
    """Return what the pressed button refers to. Raise Unreadable if it refers to nothing."""
    ref = read_press(inbound.part).ref
    if ref is None:
        raise Unreadable("the button refers to nothing")
    return ref


async def _follow_up_and_adopt(edge: Edge, inbound: Inbound, answer: Answer) -> None:
    try:
        if answer.then is not None:
            await answer.then()
    finally:
        await _adopt(edge, inbound)


async def _adopt(edge: Edge, inbound: Inbound) -> None:
    """Keep a message whose post was never confirmed as a copy of its card, so that it is updated too."""
    card_id = read_mark(inbound.blocks) if inbound.is_on_message else None
    if card_id is None:
        return
    team_id, channel_id, ts = inbound.team_id, inbound.channel_id, inbound.message_ts
    if await edge.database.read(delivery.is_card, team_id=team_id, channel_id=channel_id, ts=ts):
        return
    # Not by `edge.run`: the press's inbox key belongs to the verb that has handled it already.
    await edge.database.write(
        act,
        requests.adopt_copy,
        card_id,
        team_id=team_id,
        channel_id=channel_id,
        ts=ts,
        by=inbound.actor,
        now=edge.clock.now(),
    )


async def tells(edge: Edge, inbound: Inbound, ref: Ref, message: Message) -> Answer:
    """Say what came of a press; where it was in a request's details, show it there as it is now, too."""
    said = edge.say(inbound, message)
    if (inbound.view or {}).get("callback_id") != Callback.DETAILS:
        return said
    view = await edge.look(inbound, screens.details_modal, ref.id)
    if isinstance(view, Denied):
        return said

    async def shown() -> None:
        if said.then is not None:
            await said.then()
        await edge.update(inbound, view)

    return replace(said, then=shown)


async def shows_below(edge: Edge, inbound: Inbound, ref: Ref) -> Answer:
    """Close the modal, and show the request as it is now in the one below it."""
    view = await edge.look(inbound, screens.details_modal, ref.id)
    if isinstance(view, Denied):  # it was decided, and they may not view it any longer
        return CLOSES
    return Answer(then=lambda: edge.update_below(inbound, view))
