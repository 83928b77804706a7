"""What people say to a nudge or a warning: not now, I am on it, please hurry, what do you mean, longer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.services.grants import lifecycle as grants
from bot.services.nudges import schedule as nudges
from bot.services.requests import submit as asking
from bot.services.results import Invalid, Refused
from bot.slack import modals as forms
from bot.slack import screens as pages
from bot.slack.ids import ActionId, Callback, Ref
from bot.slack.wire.inbound import Inbound
from handlers.edge import Answer, Edge, Handler, Pressed, at_fields, in_its_place, of_a_ref


def _at_once(verb: Callable[..., Any]) -> Pressed:
    """Return what a button does that needs nothing but a press."""

    async def pressed(edge: Edge, inbound: Inbound, ref: Ref) -> Answer:
        result = await edge.database.write(
            verb, ref.id, by=inbound.actor, now=edge.clock.now(), inbox=inbound.key
        )
        return edge.say(inbound, await edge.tell(inbound, result))

    return pressed


async def remark(edge: Edge, inbound: Inbound, ref: Ref) -> Answer:
    """Open the form for writing to the other side."""
    view = await edge.database.read(pages.remark_form, ref.id, by=inbound.actor, now=edge.clock.now())
    return edge.show(inbound, view)


async def again(edge: Edge, inbound: Inbound, ref: Ref) -> Answer:
    """Open the form for asking, filled with what was asked before."""
    view = await edge.database.read(pages.again_form, ref.id, by=inbound.actor, now=edge.clock.now())
    return edge.show(inbound, view)


async def extend(edge: Edge, inbound: Inbound, ref: Ref) -> Answer:
    """Open the form for asking to keep access for longer."""
    return edge.show(inbound, await edge.database.read(pages.extend_form, ref.id, by=inbound.actor))


async def remark_sent(edge: Edge, inbound: Inbound) -> Answer:
    """Take what was written to the other side."""
    read = forms.read_remark(inbound.part)
    if isinstance(read, dict):
        return at_fields(read)
    result = await edge.database.write(
        nudges.remark, read.ref.id, read.text, by=inbound.actor, now=edge.clock.now(), inbox=inbound.key
    )
    if isinstance(result, Refused | Invalid):
        return at_fields(forms.form_errors(inbound.part, result))
    return in_its_place(await edge.tell(inbound, result))


async def extend_sent(edge: Edge, inbound: Inbound) -> Answer:
    """Take the wish to keep access for longer."""
    read = forms.read_extend(inbound.part)
    if isinstance(read, dict):
        return at_fields(read)
    result = await edge.database.write(
        asking.extend,
        read.ref.id,
        days=read.days,
        reason=read.reason,
        by=inbound.actor,
        now=edge.clock.now(),
        inbox=inbound.key,
    )
    if isinstance(result, Refused | Invalid):
        return at_fields(forms.extend_errors(inbound.part, result))
    return in_its_place(await edge.tell(inbound, result))


ACTIONS: dict[str, Handler] = {
    ActionId.LOOK: of_a_ref(_at_once(nudges.look_into)),
    ActionId.SNOOZE: of_a_ref(_at_once(nudges.snooze)),
    ActionId.REMIND: of_a_ref(_at_once(nudges.remind)),
    ActionId.REMARK: of_a_ref(remark),
    ActionId.AGAIN: of_a_ref(again),
    ActionId.EXTEND: of_a_ref(extend),
    ActionId.LET_END: of_a_ref(_at_once(grants.let_end)),
}
SUBMISSIONS: dict[str, Handler] = {Callback.REMARK: remark_sent, Callback.EXTEND: extend_sent}
