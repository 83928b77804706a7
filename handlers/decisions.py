"""Buttons: on cards, in lists, and in the windows that show a request."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot.domain.policy import Reason
from bot.domain.requests import Approve
from bot.services import asking, requests
from bot.services.results import Moved, Refused
from bot.slack import forms, lists, pages
from bot.slack.blocks import View
from bot.slack.ids import ActionId, Callback, Page, Press, Ref, Unreadable, read_press
from bot.slack.inbound import Inbound, Repeated
from handlers.edge import Answer, Edge, Handler

Pressed = Callable[[Edge, Inbound, Ref], Awaitable[Answer]]


async def approve(edge: Edge, inbound: Inbound, ref: Ref) -> Answer:
    """Say yes to all that was asked."""
    result = await edge.database.write(
        requests.decide,
        ref.id,
        by=inbound.actor,
        verdict=Approve(),
        seen=ref.version,
        now=edge.clock.now(),
        inbox=inbound.key,
    )
    if isinstance(result, Refused) and result.reason is Reason.UNBOUND:
        # It takes a choice: which of one's own assets is meant.
        return _opened(edge, inbound, await _adjust_form(edge, inbound, ref))
    said = edge.say(inbound, await edge.tell(inbound, result))
    if inbound.view is None or not isinstance(result, Moved):
        return said
    return _changed(
        edge, inbound, await edge.database.read(pages.details, ref.id, by=inbound.actor, now=edge.clock.now())
    )


async def adjust(edge: Edge, inbound: Inbound, ref: Ref) -> Answer:
    """Open the form for giving less."""
    return await _if_entitled(edge, inbound, ref) or _opened(
        edge, inbound, await _adjust_form(edge, inbound, ref)
    )


async def decline(edge: Edge, inbound: Inbound, ref: Ref) -> Answer:
    """Open the form for saying no."""
    no = await _if_entitled(edge, inbound, ref)
    if no is not None:
        return no
    view = await edge.database.read(pages.find_open, ref.id, by=inbound.actor, now=edge.clock.now())
    return _opened(edge, inbound, view if isinstance(view, Refused) else forms.decline_form(view))


async def cancel(edge: Edge, inbound: Inbound, ref: Ref) -> Answer:
    """Open the form for taking back what was asked."""
    view = await edge.database.read(pages.find_open, ref.id, by=inbound.actor, now=edge.clock.now())
    return _opened(edge, inbound, view if isinstance(view, Refused) else forms.cancel_form(view))


async def details(edge: Edge, inbound: Inbound, ref: Ref) -> Answer:
    """Show the whole of a request; the asker's card says that it was opened."""
    now = edge.clock.now()
    await edge.database.write(requests.open_details, ref.id, by=inbound.actor, now=now, inbox=inbound.key)
    return _opened(edge, inbound, await edge.database.read(pages.details, ref.id, by=inbound.actor, now=now))


async def history(edge: Edge, inbound: Inbound, ref: Ref) -> Answer:
    """Show what happened to a request."""
    view = await edge.database.read(pages.history, ref.id, by=inbound.actor, now=edge.clock.now())
    return _opened(edge, inbound, view)


async def send(edge: Edge, inbound: Inbound, ref: Ref) -> Answer:
    """Send what an employee prepared."""
    result = await edge.database.write(
        asking.send_prepared,
        ref.id,
        by=inbound.actor,
        seen=ref.version,
        now=edge.clock.now(),
        inbox=inbound.key,
    )
    return edge.say(inbound, await edge.tell(inbound, result))


async def drop(edge: Edge, inbound: Inbound, ref: Ref) -> Answer:
    """Drop what an employee prepared."""
    result = await edge.database.write(
        asking.drop_prepared,
        ref.id,
        by=inbound.actor,
        seen=ref.version,
        now=edge.clock.now(),
        inbox=inbound.key,
    )
    return edge.say(inbound, await edge.tell(inbound, result))


async def edit(edge: Edge, inbound: Inbound, ref: Ref) -> Answer:
    """Open the form for changing what an employee prepared."""
    view = await edge.database.read(pages.edit_form, ref.id, by=inbound.actor, now=edge.clock.now())
    return _opened(edge, inbound, view)


async def _if_entitled(edge: Edge, inbound: Inbound, ref: Ref) -> Answer | None:
    """Return the answer to who could not decide now, before a form is opened for nothing."""
    result = await edge.database.write(
        requests.may_decide_now,
        ref.id,
        by=inbound.actor,
        seen=ref.version,
        now=edge.clock.now(),
        inbox=inbound.key,
    )
    if result is None:
        return None
    return Answer() if isinstance(result, Repeated) else edge.say(inbound, lists.answer(result))


async def _adjust_form(edge: Edge, inbound: Inbound, ref: Ref) -> View | Refused:
    return await edge.database.read(pages.adjust_form, ref.id, by=inbound.actor, now=edge.clock.now())


def _opened(edge: Edge, inbound: Inbound, view: View | Refused) -> Answer:
    if isinstance(view, Refused):
        return edge.say(inbound, lists.answer(view))
    return Answer(then=lambda: edge.open(inbound, view))


# --- without a request of their own ---------------------------------------------------------------


async def ask(edge: Edge, inbound: Inbound) -> Answer:
    """Open the form for asking."""
    return _opened(edge, inbound, await edge.database.read(pages.ask_form, None, by=inbound.actor))


async def end(edge: Edge, inbound: Inbound) -> Answer:
    """Open the form for ending access."""
    return _opened(
        edge, inbound, await edge.database.read(pages.end_form, by=inbound.actor, now=edge.clock.now())
    )


async def pending(edge: Edge, inbound: Inbound) -> Answer:
    """Show what waits."""
    return edge.say(inbound, await edge.database.read(pages.pending, by=inbound.actor, now=edge.clock.now()))


async def turn(edge: Edge, inbound: Inbound) -> Answer:
    """Show a page: of a list as a new message, of a window in its place."""
    wanted = _press(inbound).page or Page("", "", 0)
    now = edge.clock.now()
    if wanted.what not in (Callback.DETAILS, Callback.HISTORY):
        return edge.say(inbound, await edge.database.read(pages.page, wanted, by=inbound.actor, now=now))
    show = pages.details if wanted.what == Callback.DETAILS else pages.history
    view = await edge.database.read(show, wanted.of, by=inbound.actor, now=now, page=wanted.offset)
    return _changed(edge, inbound, view)


def _changed(edge: Edge, inbound: Inbound, view: View | Refused) -> Answer:
    if isinstance(view, Refused):
        return edge.say(inbound, lists.answer(view))
    return Answer(then=lambda: edge.update(inbound, view))


def _press(inbound: Inbound) -> Press:
    return read_press(inbound.part)


def _of_a_ref(pressed: Pressed) -> Handler:
    async def handle(edge: Edge, inbound: Inbound) -> Answer:
        return await pressed(edge, inbound, _ref(_press(inbound)))

    return handle


def _ref(press: Press) -> Ref:
    if press.ref is None:
        raise Unreadable("about nothing")
    return press.ref


async def more(edge: Edge, inbound: Inbound) -> Answer:
    """Do what was chosen in a card's menu."""
    press = _press(inbound)
    return await (details if press.action is ActionId.DETAILS else history)(edge, inbound, _ref(press))


ACTIONS: dict[str, Handler] = {
    ActionId.APPROVE: _of_a_ref(approve),
    ActionId.ADJUST: _of_a_ref(adjust),
    ActionId.DECLINE: _of_a_ref(decline),
    ActionId.CANCEL: _of_a_ref(cancel),
    ActionId.DETAILS: _of_a_ref(details),
    ActionId.OPEN: _of_a_ref(details),
    ActionId.HISTORY: _of_a_ref(history),
    ActionId.MORE: more,
    ActionId.SEND: _of_a_ref(send),
    ActionId.EDIT: _of_a_ref(edit),
    ActionId.DROP: _of_a_ref(drop),
    ActionId.REQUEST: ask,
    ActionId.END: end,
    ActionId.PENDING: pending,
    ActionId.LIST: turn,
    ActionId.PAGE: turn,
}
