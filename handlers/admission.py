"""The checks that a payload must pass before Bolt sees anything of it, the same over HTTP and sockets.

Its shape is one we know, it is for this app, and it came through a workspace in which the app is installed.
That Slack sent it is settled before: by the signature over HTTP; a socket has Slack alone at its other end.
"""

from __future__ import annotations

import hmac
import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from slack_bolt.response import BoltResponse

from bot.domain.inbox import InboxKey
from bot.errors import StoreDown
from bot.slack import replies
from bot.slack.kit import Message
from bot.slack.text import en as texts
from bot.slack.wire import inbound
from bot.slack.wire.inbound import Inbound, InboundKind, OddShape
from handlers.edge import Edge, ephemeral

log = logging.getLogger(__name__)

OF_THE_APP = frozenset({"app_uninstalled", "tokens_revoked"})
"""Events that say why the app cannot act in a workspace: they come in any order, or only one of them."""


async def admit(edge: Edge, body: Mapping[str, Any], *, key: InboxKey) -> BoltResponse:
    """Check a payload that Slack sent, have it handled, and return the answer."""
    try:
        what = inbound.read(body, key=key)
    except OddShape as odd:
        return reject(str(odd))
    if edge.slack.find(what.team_id) is None:
        try:
            await edge.installer.learn(what.team_id)
        except StoreDown:
            return _not_ours(edge, what) or _to_the_unknown(edge, what)
    return _not_for_us(edge, what) or await edge.dispatch(_at_home(edge, what))


def _not_ours(edge: Edge, what: Inbound) -> BoltResponse | None:
    """Return the answer to a payload for another app, else None."""
    is_ours = hmac.compare_digest(what.app_id.encode(), edge.app_id.encode())
    return None if is_ours else reject("for another app")


def _not_for_us(edge: Edge, what: Inbound) -> BoltResponse | None:
    """Return the answer to a payload for another app or from a workspace without this app, else None."""
    if (no := _not_ours(edge, what)) is not None:
        return no
    installed = edge.slack.find(what.team_id)
    if installed is None:
        may_return = edge.slack.may_return(what.team_id)
        return _to_the_unreached(edge, what) if may_return else _to_a_stranger(edge, what)
    named = what.actor.enterprise_id
    if named and what.actor.team_id == what.team_id and installed.enterprise_id not in (None, named):
        return reject("from another organisation")
    return None


def _at_home(edge: Edge, what: Inbound) -> Inbound:
    """Return what somebody of our own organisation did as done from the workspace it came through.

    In an organisation a press names any of the workspaces that list the person, or the organisation. Whether
    this one does is known from their look-up there: who is not listed is a stranger in it.
    """
    ours = edge.slack.place(what.team_id).enterprise_id
    if ours is None or ours not in (what.actor.enterprise_id, what.actor.team_id):
        return what
    home = edge.slack.find(what.actor.team_id)
    if home is not None and home.enterprise_id != ours:
        return what  # a guest from a partner's workspace: the organisation is that of the card
    from_sister = what.actor.team_id != what.team_id
    return replace(what, actor=replace(what.actor, team_id=what.team_id, from_sister=from_sister))


def _to_the_unreached(edge: Edge, what: Inbound) -> BoltResponse:
    """Answer what comes from a workspace in which the app cannot act just now."""
    if what.kind is InboundKind.EVENT and what.name in OF_THE_APP:  # it changes nothing more
        return BoltResponse(status=200)
    return _later(edge, what, replies.error(texts.replies.NOT_REACHED))


def _to_the_unknown(edge: Edge, what: Inbound) -> BoltResponse:
    """Answer what comes from a workspace that memory does not know, while the store cannot be read."""
    return _later(edge, what, replies.busy())


def _later(edge: Edge, what: Inbound, message: Message) -> BoltResponse:
    """Tell a person to try again; Slack brings an event again by itself."""
    if what.kind is InboundKind.EVENT or not _can_be_told(what):
        return BoltResponse(status=503)  # Slack shows a person that it did not work
    return edge.respond(what, edge.say(what, message))


def _can_be_told(what: Inbound) -> bool:
    """Say whether a person can be answered where the app has no token."""
    return what.kind is not InboundKind.PRESS or bool(what.response_url)


def _to_a_stranger(edge: Edge, what: Inbound) -> BoltResponse:
    """Answer what comes from a workspace without this app; say where its organisation has it."""
    sisters = edge.slack.sisters(what.actor.enterprise_id)
    if sisters and what.kind is not InboundKind.EVENT and _can_be_told(what):
        names = [one.name for one in sisters]
        return edge.respond(what, edge.say(what, replies.not_in_this_workspace(names)))
    if what.kind is InboundKind.COMMAND:
        return BoltResponse(status=200, body=ephemeral(replies.error(texts.replies.NOT_INSTALLED)))
    if what.kind is InboundKind.EVENT:
        return BoltResponse(status=200)  # or Slack sends it again, and in the end no events at all
    return reject("from a workspace without this app")


def reject(why: str) -> BoltResponse:
    """Log why a payload is rejected, and return the answer: 401, which over a socket means no ack.

    Slack then shows the person that it did not work.
    """
    log.warning("rejected a payload: %s", why)
    return BoltResponse(status=401)
