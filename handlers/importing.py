"""Importing what a business has at Meta: it is read there, shown, and read once more before it is done.

A reading may take longer than Slack waits, so that a form says so meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

from bot.domain.connections import Obstacle
from bot.domain.denials import DenialReason
from bot.services import connections, directory_file
from bot.services.results import Denied
from bot.slack import modals, replies, screens
from bot.slack.ids import ActionId, Callback
from bot.slack.kit import View
from bot.slack.values import Ref, Unreadable, read_press
from bot.slack.wire.inbound import Inbound
from handlers.edge import Answer, Edge, Handler, with_view
from handlers.presses import with_ref

PATIENCE = 1.5
"""How many seconds a form waits for Meta before it says that it does; the ack must leave in three."""


async def may_connect(edge: Edge, inbound: Inbound, business_id: str) -> Answer | None:
    """Return the answer to somebody who may not have a business's token used, before it is; else None."""
    if await edge.look(inbound, connections.objection, business_id) is None:
        return None
    denied = await edge.run(inbound, connections.may_connect, business_id)
    return None if denied is None else edge.say(inbound, replies.answer(denied))


async def begin(edge: Edge, inbound: Inbound, business_id: str = "") -> Answer:
    """Show what a business has at Meta; if none is named, the first that the person administers."""
    own = await edge.look(inbound, screens.to_import, business_id)
    if isinstance(own, Denied):
        return edge.say(inbound, replies.answer(own))
    preview = asyncio.create_task(_preview(edge, inbound, own.id, again=True))
    return Answer(then=lambda: _shown(edge, inbound, own.name, preview))


async def pressed(edge: Edge, inbound: Inbound, ref: Ref) -> Answer:
    """Show what a business has at Meta in the form's place."""
    return await may_connect(edge, inbound, ref.id) or await begin(edge, inbound, ref.id)


async def turned(edge: Edge, inbound: Inbound) -> Answer:
    """Show another page of what was read, if that is still what there is; else begin again."""
    page = read_press(inbound.part).page
    if page is None or page.what != Callback.IMPORT:
        raise Unreadable("no page of this")
    if (no := await may_connect(edge, inbound, page.of)) is not None:
        return no
    own = await edge.look(inbound, screens.to_import, page.of)
    if isinstance(own, Denied):
        return edge.say(inbound, replies.answer(own))
    mark = modals.read_import(inbound.view or {}).mark
    preview = asyncio.create_task(_preview(edge, inbound, own.id, page=page.offset, mark=mark))
    return Answer(then=lambda: _shown(edge, inbound, own.name, preview))


async def sent(edge: Edge, inbound: Inbound) -> Answer:
    """Import what the preview showed, if Meta and the record still say so: in the form's answer, or later."""
    read = modals.read_import(inbound.part)
    if (no := await may_connect(edge, inbound, read.business_id)) is not None:
        return no
    doing = asyncio.create_task(_import(edge, inbound, read))
    done, _ = await asyncio.wait({doing}, timeout=PATIENCE)
    if done:
        return with_view(doing.result())
    own = await edge.look(inbound, screens.to_import, read.business_id)
    business = "" if isinstance(own, Denied) else own.name
    return Answer(
        ack={"response_action": "update", "view": modals.reading_modal(business)},
        then=lambda: _later(edge, inbound, doing),
    )


async def _later(edge: Edge, inbound: Inbound, coming: Awaitable[View]) -> None:
    await edge.update(inbound, await coming)


async def _shown(edge: Edge, inbound: Inbound, business: str, coming: asyncio.Task[View]) -> None:
    """Show a form that is read at Meta first, and if that takes long, what it waits for meanwhile."""
    done, _ = await asyncio.wait({coming}, timeout=PATIENCE)
    view = coming.result() if done else modals.reading_modal(business)
    if inbound.view is None:
        inbound = await edge.open_first(inbound, view)
    else:
        await edge.update(inbound, view)
    if not done:
        await edge.update(inbound, await coming)


async def _preview(
    edge: Edge,
    inbound: Inbound,
    business_id: str,
    *,
    again: bool = False,
    page: int = 0,
    mark: str = "",
    has_changed: bool = False,
) -> View:
    """Return a page of what there is to import.

    `mark` is that of the page before: where there is something else to import now, the first page says so.
    """
    kept = await edge.look(inbound, connections.kept_token, business_id)
    read = edge.importer.read if again else edge.importer.read_before
    reading = await read(business_id, kept)
    if isinstance(reading, Obstacle):
        return await _not_read(edge, inbound, business_id, reading)
    plan = await edge.look(inbound, directory_file.plan_from_meta, business_id, reading)
    if isinstance(plan, Denied):
        return modals.message_modal(replies.answer(plan))
    if mark not in ("", plan.mark):
        return modals.import_modal(plan, has_changed=True)
    return modals.import_modal(plan, page=page, has_changed=has_changed)


async def _import(edge: Edge, inbound: Inbound, read: modals.ReadImport) -> View:
    kept = await edge.look(inbound, connections.kept_token, read.business_id)
    if kept is None:
        denied = await edge.run(inbound, connections.may_use, read.business_id)
        if denied is not None:
            return modals.message_modal(replies.answer(denied))
    reading = await edge.importer.read(read.business_id, kept)
    if isinstance(reading, Obstacle):
        return await _not_read(edge, inbound, read.business_id, reading)
    verb = directory_file.import_from_meta
    result = await edge.run(inbound, verb, read.business_id, reading, expected_mark=read.mark)
    if not isinstance(result, Denied):
        return modals.imported_modal(result)
    if result.reason is DenialReason.CHANGED:
        return await _preview(edge, inbound, read.business_id, has_changed=True)
    return modals.message_modal(replies.answer(result))


async def _not_read(edge: Edge, inbound: Inbound, business_id: str, why: Obstacle) -> View:
    own = await edge.look(inbound, screens.to_import, business_id)
    if isinstance(own, Denied):
        return modals.message_modal(replies.answer(own))
    return modals.not_read_modal(own, why)


ACTIONS: dict[str, Handler] = {ActionId.IMPORT: with_ref(pressed), ActionId.IMPORT_PAGE: turned}
SUBMISSIONS: dict[str, Handler] = {Callback.IMPORT: sent}
