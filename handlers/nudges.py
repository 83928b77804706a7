"""Answers to nudges and warnings: snooze, look at it, remind, comment, extend, let it end, it works."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.services import grants, nudges, requests
from bot.services.context import Context
from bot.services.results import Denied, Invalid
from bot.slack import modals, replies, screens
from bot.slack.ids import ActionId, Callback
from bot.slack.kit import View
from bot.slack.values import Ref, read_press
from bot.slack.wire.inbound import Inbound
from handlers.edge import CLOSES, Answer, Edge, Handler, with_field_errors
from handlers.presses import Pressed, shows_below, tells, with_ref


def _runs(verb: Callable[..., Any]) -> Pressed:
    """Return the handler of a button that runs one verb, without a modal."""

    async def pressed(edge: Edge, inbound: Inbound, ref: Ref) -> Answer:
        result = await edge.run(inbound, verb, ref.id)
        return await tells(edge, inbound, ref, await edge.look(inbound, screens.answer, result))

    return pressed


async def comment(edge: Edge, inbound: Inbound, ref: Ref) -> Answer:
    """Open the modal for writing to the other side."""
    is_over = (inbound.view or {}).get("callback_id") == Callback.DETAILS
    view = await edge.look(inbound, screens.comment_modal, ref.id, over_details=is_over)
    return edge.show(inbound, view)


async def reply(edge: Edge, inbound: Inbound, ref: Ref) -> Answer:
    """Open the modal for writing to the other side, with what was written under the card."""
    text = read_press(inbound.part).text
    return edge.show(inbound, await edge.look(inbound, screens.comment_modal, ref.id, text=text))


def _opens(modal: Callable[[Context, str], View | Denied]) -> Pressed:
    """Return the handler that opens a modal for a new request, filled in from an earlier one."""

    async def handler(edge: Edge, inbound: Inbound, ref: Ref) -> Answer:
        return edge.show(inbound, await edge.look(inbound, modal, ref.id))

    return handler


async def extend(edge: Edge, inbound: Inbound, ref: Ref) -> Answer:
    """Open the modal for requesting an extension."""
    return edge.show(inbound, await edge.look(inbound, screens.extend_modal, ref.id))


async def works(edge: Edge, inbound: Inbound, ref: Ref) -> Answer:
    """Note that the access of a request works."""
    result = await edge.run(inbound, requests.say_works, ref.id, works=True)
    return await tells(edge, inbound, ref, await edge.look(inbound, screens.answer, result))


async def works_not(edge: Edge, inbound: Inbound, ref: Ref) -> Answer:
    """Note that it does not, and open the help."""
    result = await edge.run(inbound, requests.say_works, ref.id, works=False)
    if isinstance(result, Denied):
        return edge.say(inbound, replies.answer(result))
    return edge.show(inbound, await edge.look(inbound, screens.help_modal, ref.id))


async def comment_sent(edge: Edge, inbound: Inbound) -> Answer:
    """Send a comment to the other side."""
    read = modals.read_comment(inbound.part)
    if isinstance(read, dict):
        return with_field_errors(read)
    result = await edge.run(inbound, requests.comment, read.ref.id, read.text)
    if isinstance(result, Denied | Invalid):
        return with_field_errors(modals.modal_errors(inbound.part, result))
    if result.unheard:  # the card shows the message as any other
        said = await edge.look(inbound, screens.answer, result)
        return edge.close(inbound, said, is_shown=False)
    return await shows_below(edge, inbound, read.ref) if read.over_details else CLOSES


async def extend_sent(edge: Edge, inbound: Inbound) -> Answer:
    """Request an extension."""
    read = modals.read_extend(inbound.part)
    if isinstance(read, dict):
        return with_field_errors(read)
    result = await edge.run(inbound, requests.extend, read.ref.id, term=read.term, reason=read.reason)
    if isinstance(result, Denied | Invalid):
        return with_field_errors(modals.extend_errors(inbound.part, result))
    return CLOSES


ACTIONS: dict[str, Handler] = {
    ActionId.ACKNOWLEDGE: with_ref(_runs(nudges.acknowledge)),
    ActionId.SNOOZE: with_ref(_runs(nudges.snooze)),
    ActionId.REMIND: with_ref(_runs(nudges.remind)),
    ActionId.COMMENT: with_ref(comment),
    ActionId.REPLY: with_ref(reply),
    ActionId.AGAIN: with_ref(_opens(screens.again_modal)),
    ActionId.ELSEWHERE: with_ref(_opens(screens.elsewhere_modal)),
    ActionId.COUNTER: with_ref(_opens(screens.counter_modal)),
    ActionId.EXTEND: with_ref(extend),
    ActionId.LET_END: with_ref(_runs(grants.let_end)),
    ActionId.WORKS: with_ref(works),
    ActionId.WORKS_NOT: with_ref(works_not),
    ActionId.CHECK_LATER: with_ref(_runs(requests.check_later)),
}
SUBMISSIONS: dict[str, Handler] = {Callback.COMMENT: comment_sent, Callback.EXTEND: extend_sent}
