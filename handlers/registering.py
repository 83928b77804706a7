"""A business registers itself: Slack is asked who asks, when the form is opened and when it is sent."""

from __future__ import annotations

from bot.domain.registering import Asker
from bot.services import settings
from bot.services.results import Denied, Invalid
from bot.slack import modals, replies, screens
from bot.slack.ids import Callback
from bot.slack.modals.inputs import errors_at
from bot.slack.senders import read_asker
from bot.slack.text import en as texts
from bot.slack.wire.inbound import Inbound
from handlers.edge import Answer, Edge, Handler, with_field_errors, with_message
from handlers.lookups import channel_error, find_user


async def begin(edge: Edge, inbound: Inbound) -> Answer:
    """Open the form for who manages the workspace, and tell others why not."""
    asker = await _asker(edge, inbound)
    if asker is None:
        return edge.say(inbound, replies.error(texts.replies.USER_NOT_KNOWN))
    if await edge.look(inbound, settings.register_objection, asker) is not None:
        denied = await edge.run(inbound, settings.may_register, asker)
        if denied is not None:
            return edge.say(inbound, replies.answer(denied))
    return edge.show(inbound, modals.register_modal())


async def sent(edge: Edge, inbound: Inbound) -> Answer:
    """Register the business that was described, and say what it can do and what comes next."""
    read = modals.read_register(inbound.part)
    if isinstance(read, dict):
        return with_field_errors(read)
    asker = await _asker(edge, inbound)
    if asker is None:
        return with_field_errors(errors_at(inbound.part, [("", texts.replies.USER_NOT_KNOWN)]))
    # Who may not register anything learns nothing of channels either.
    may = await edge.look(inbound, settings.register_objection, asker) is None
    if may and read.channel_id is not None:
        wrong = await channel_error(edge, inbound, read.channel_id)
        if wrong is not None:
            return with_field_errors(errors_at(inbound.part, [("channel_id", wrong)]))
    result = await edge.run(inbound, settings.register, read, asker=asker)
    if isinstance(result, Denied | Invalid):
        return with_field_errors(modals.modal_errors(inbound.part, result))
    return with_message(await edge.look(inbound, screens.answer, result))


async def _asker(edge: Edge, inbound: Inbound) -> Asker | None:
    user = await find_user(edge, inbound, inbound.actor.user_id)
    return read_asker(user, at=edge.slack.place(inbound.team_id))


SUBMISSIONS: dict[str, Handler] = {Callback.REGISTER: sent}
