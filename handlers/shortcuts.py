"""Shortcuts: the form for requesting access, from anywhere in Slack and from a message that names assets."""

from __future__ import annotations

from bot.slack import command_line, screens
from bot.slack.ids import Shortcut
from bot.slack.wire.inbound import Inbound
from handlers.edge import Answer, Edge, Handler


async def request(edge: Edge, inbound: Inbound) -> Answer:
    """Open the empty form."""
    return edge.show(inbound, await edge.look(inbound, screens.new_request_modal))


async def request_named(edge: Edge, inbound: Inbound) -> Answer:
    """Open the form with the assets that the message names."""
    return edge.show(inbound, await edge.look(inbound, command_line.request_named, inbound.said))


SHORTCUTS: dict[str, Handler] = {Shortcut.REQUEST: request, Shortcut.REQUEST_NAMED: request_named}
