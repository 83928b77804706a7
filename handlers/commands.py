"""`/access` and its words."""

from __future__ import annotations

from bot.domain.policy import Reason
from bot.domain.requests import Ask
from bot.services import asking, cards, directory, requests
from bot.services.results import Refused
from bot.slack import lists, pages, phrases
from bot.slack.blocks import Message
from bot.slack.inbound import Inbound
from bot.slack.phrases import (
    CancelWords,
    ExtendWords,
    HelpFor,
    ListWords,
    Overview,
    PendingWords,
    RequestWords,
    RevokeWords,
    SettingsWords,
    WrongWords,
)
from handlers.edge import Answer, Edge

COMMAND = "/access"


async def access(edge: Edge, inbound: Inbound) -> Answer:
    """Answer `/access`, with or without words."""
    by, now = inbound.actor, edge.clock.now()
    me = await edge.database.read(directory.me, by)
    words = phrases.read_words(str(inbound.body.get("text") or ""), zone=me.zone, now=now)
    match words:
        case Overview():
            return edge.say(inbound, await edge.database.read(pages.overview, by=by, now=now))
        case HelpFor():
            return edge.say(inbound, lists.help_message(words.word))
        case PendingWords():
            return edge.say(inbound, await edge.database.read(pages.pending, by=by, now=now))
        case ListWords():
            return edge.say(inbound, await edge.database.read(pages.first_page, words.which, by=by, now=now))
        case RequestWords():
            return await _request(edge, inbound, words)
        case CancelWords():
            return await _cancel(edge, inbound, words)
        case RevokeWords():
            return await _revoke(edge, inbound, words)
        case SettingsWords():
            return edge.say(inbound, await edge.database.read(pages.settings_list, by=by))
        case ExtendWords():
            return await _extend(edge, inbound, words)
        case WrongWords():
            return edge.say(inbound, lists.error(words.text))


async def _request(edge: Edge, inbound: Inbound, words: RequestWords) -> Answer:
    draft = None if words.is_empty else await edge.database.read(pages.draft, words, by=inbound.actor)
    if draft is not None and draft.misfit:
        return edge.say(inbound, lists.error(draft.misfit))
    if draft is not None and draft.is_complete:
        return await _ask(edge, inbound, draft.ask)
    view = await edge.database.read(pages.ask_form, draft.state if draft else None, by=inbound.actor)
    return edge.show(inbound, view)


async def _ask(edge: Edge, inbound: Inbound, ask: Ask) -> Answer:
    now = edge.clock.now()
    result = await edge.database.write(asking.ask, ask, by=inbound.actor, now=now, inbox=inbound.key)
    return edge.say(inbound, await edge.tell(inbound, result))


async def _cancel(edge: Edge, inbound: Inbound, words: CancelWords) -> Answer:
    now = edge.clock.now()
    if not words.ref:
        return edge.say(inbound, await edge.database.read(pages.pending, by=inbound.actor, now=now))
    view = await edge.database.read(cards.find_request_by_ref, words.ref, by=inbound.actor, now=now)
    if view is None:
        return edge.say(inbound, lists.answer(Refused(reason=Reason.UNKNOWN_REQUEST, ref=words.ref)))
    result = await edge.database.write(
        requests.cancel, view.id, by=inbound.actor, note=words.note, now=now, inbox=inbound.key
    )
    return edge.say(inbound, await edge.tell(inbound, result))


async def _revoke(edge: Edge, inbound: Inbound, words: RevokeWords) -> Answer:
    now = edge.clock.now()
    if words.asset_id or words.other_id:
        view = await edge.database.read(
            pages.end_preview,
            by=inbound.actor,
            now=now,
            asset_id=words.asset_id,
            other_id=words.other_id,
            note=words.note,
        )
    else:
        view = await edge.database.read(pages.end_form, by=inbound.actor, now=now)
    return edge.show(inbound, view)


async def _extend(edge: Edge, inbound: Inbound, words: ExtendWords) -> Answer:
    found = await edge.database.read(pages.extend_words, words, by=inbound.actor, now=edge.clock.now())
    return edge.say(inbound, found) if isinstance(found, Message) else edge.show(inbound, found)


COMMANDS = {COMMAND: access}
