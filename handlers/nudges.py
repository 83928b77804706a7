"""What people say to a nudge or a warning: not now, I am on it, please hurry, what do you mean, longer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.services import grants, nudges, requests
from bot.services.results import Denied, Invalid
from bot.slack import modals, screens
from bot.slack.ids import ActionId, Callback, Ref
from bot.slack.wire.inbound import Inbound
from handlers.edge import Answer, Edge, Handler, Pressed, in_its_place, of_a_ref, with_field_errors


def _at_once(verb: Callable[..., Any]) -> Pressed:
    """Return what a button does that needs nothing but a press."""

    async def pressed(edge: Edge, inbound: Inbound, ref: Ref) -> Answer:
        result = await edge.database.write(
            verb, ref.id, by=inbound.actor, now=edge.clock.now(), inbox=inbound.key
        )
        return edge.say(inbound, await edge.tell(inbound, result))

    return pressed


async def comment(edge: Edge, inbound: Inbound, ref: Ref) -> Answer:
    """Open the form for writing to the other side."""
    view = await edge.look(inbound, screens.comment_modal, ref.id)
    return edge.show(inbound, view)


async def again(edge: Edge, inbound: Inbound, ref: Ref) -> Answer:
    """Open the form for asking, filled with what was asked before."""
    view = await edge.look(inbound, screens.again_modal, ref.id)
    return edge.show(inbound, view)


async def extend(edge: Edge, inbound: Inbound, ref: Ref) -> Answer:
    """Open the form for asking to keep access for longer."""
    return edge.show(inbound, await edge.look(inbound, screens.extend_modal, ref.id))


async def comment_sent(edge: Edge, inbound: Inbound) -> Answer:
    """Take what was written to the other side."""
    read = modals.read_comment(inbound.part)
    if isinstance(read, dict):
        return with_field_errors(read)
    result = await edge.run(inbound, requests.comment, read.ref.id, read.text)
    if isinstance(result, Denied | Invalid):
        return with_field_errors(modals.modal_errors(inbound.part, result))
    return in_its_place(await edge.tell(inbound, result))


async def extend_sent(edge: Edge, inbound: Inbound) -> Answer:
    """Take the wish to keep access for longer."""
    read = modals.read_extend(inbound.part)
    if isinstance(read, dict):
        return with_field_errors(read)
    result = await edge.run(inbound, requests.extend, read.ref.id, days=read.days, reason=read.reason)
    if isinstance(result, Denied | Invalid):
        return with_field_errors(modals.extend_errors(inbound.part, result))
    return in_its_place(await edge.tell(inbound, result))


ACTIONS: dict[str, Handler] = {
    ActionId.ACKNOWLEDGE: of_a_ref(_at_once(nudges.acknowledge)),
    ActionId.SNOOZE: of_a_ref(_at_once(nudges.snooze)),
    ActionId.REMIND: of_a_ref(_at_once(nudges.remind)),
    ActionId.COMMENT: of_a_ref(comment),
    ActionId.AGAIN: of_a_ref(again),
    ActionId.EXTEND: of_a_ref(extend),
    ActionId.LET_END: of_a_ref(_at_once(grants.let_end)),
}
SUBMISSIONS: dict[str, Handler] = {Callback.COMMENT: comment_sent, Callback.EXTEND: extend_sent}
