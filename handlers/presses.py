"""What all buttons share: what a button refers to, and keeping track of the message it was pressed on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from bot.services import delivery, requests
from bot.services.context import act
from bot.slack.ids import ActionId, Ref, Unreadable, read_press
from bot.slack.wire.inbound import Inbound
from handlers.edge import Answer, Edge, Handler

Pressed = Callable[[Edge, Inbound, Ref], Awaitable[Answer]]

_ON_APPROVERS_CARDS = frozenset(
    {ActionId.APPROVE, ActionId.ADJUST, ActionId.DECLINE, ActionId.UNDO, ActionId.MORE}
)


def with_ref(pressed: Pressed) -> Handler:
    """Return the handler of a button that refers to a stored object: `pressed` gets the reference."""

    async def handle(edge: Edge, inbound: Inbound) -> Answer:
        ref = ref_of(inbound)
        answer = await pressed(edge, inbound, ref)
        return replace(answer, then=lambda: _follow_up_and_adopt(edge, inbound, ref, answer))

    return handle


def ref_of(inbound: Inbound) -> Ref:
    """Return what the pressed button refers to. Raise Unreadable if it refers to nothing."""
    ref = read_press(inbound.part).ref
    if ref is None:
        raise Unreadable("the button refers to nothing")
    return ref


async def _follow_up_and_adopt(edge: Edge, inbound: Inbound, ref: Ref, answer: Answer) -> None:
    try:
        if answer.then is not None:
            await answer.then()
    finally:
        await _adopt(edge, inbound, ref)


async def _adopt(edge: Edge, inbound: Inbound, ref: Ref) -> None:
    """Keep a message whose post was never confirmed as a copy of the card, so that it is updated too."""
    if not inbound.is_on_message or inbound.name not in _ON_APPROVERS_CARDS:
        return
    if inbound.is_beside(ActionId.SNOOZE):  # a digest has these buttons too, and is no card of one request
        return
    team_id, channel_id, ts = inbound.team_id, inbound.channel_id, inbound.message_ts
    if await edge.database.read(delivery.is_card, team_id=team_id, channel_id=channel_id, ts=ts):
        return
    # Not by `edge.run`: the press's inbox key belongs to the verb that has handled it already.
    await edge.database.write(
        act,
        requests.adopt_copy,
        ref.id,
        team_id=team_id,
        channel_id=channel_id,
        ts=ts,
        by=inbound.actor,
        now=edge.clock.now(),
    )
