"""Modals that were submitted. Field errors go into the ack: the modal stays open."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.requests import Verdict
from bot.services import grants, partnerships, requests
from bot.services.results import Denied, Ended, Invalid, Moved
from bot.slack import modals, replies, screens
from bot.slack.ids import Callback
from bot.slack.kit import Message
from bot.slack.values import Ref, kept_for_answer, read_answer_url
from bot.slack.wire.inbound import Inbound
from handlers.edge import CLOSES, Answer, Edge, Handler, with_field_errors, with_message, with_view
from handlers.presses import shows_below


async def ask(edge: Edge, inbound: Inbound) -> Answer:
    """Submit a request, or change a draft."""
    read = modals.read_request(inbound.part)
    if isinstance(read, dict):
        return with_field_errors(read)
    if read.draft is None:
        result = await edge.run(inbound, requests.submit, read.request)
    else:
        result = await edge.run(
            inbound, requests.change_draft, read.draft.id, read.request, expected_version=read.draft.version
        )
    if not isinstance(result, Denied | Invalid):
        return CLOSES
    errors = with_field_errors(modals.request_errors(inbound.part, result))
    if not modals.lacks_fields(inbound.part):
        return errors
    view = await edge.look(inbound, screens.request_modal, modals.read_request_state(inbound.part))
    return replace(errors, then=lambda: edge.update(inbound, view))


async def adjust(edge: Edge, inbound: Inbound) -> Answer:
    """Approve less than was requested."""
    read = modals.read_adjust(inbound.part)
    if isinstance(read, dict):
        return with_field_errors(read)
    result = await _decide(edge, inbound, read.ref, read.verdict)
    if isinstance(result, Denied | Invalid):
        return with_field_errors(modals.adjust_errors(inbound.part, result))
    return await shows_below(edge, inbound, read.ref)


async def decline(edge: Edge, inbound: Inbound) -> Answer:
    """Decline a request."""
    read = modals.read_decline(inbound.part)
    if isinstance(read, dict):
        return with_field_errors(read)
    result = await _decide(edge, inbound, read.ref, read.verdict)
    if isinstance(result, Denied | Invalid):
        return with_field_errors(modals.modal_errors(inbound.part, result))
    return await shows_below(edge, inbound, read.ref)


async def cancel(edge: Edge, inbound: Inbound) -> Answer:
    """Cancel a request."""
    read = modals.read_cancel(inbound.part)
    result = await edge.run(inbound, requests.cancel, read.ref.id, note=read.note)
    if isinstance(result, Denied | Invalid):
        return with_field_errors(modals.modal_errors(inbound.part, result))
    return await shows_below(edge, inbound, read.ref)


async def end(edge: Edge, inbound: Inbound) -> Answer:
    """Show what ending the chosen access would do."""
    read = modals.read_end(inbound.part)
    if isinstance(read, dict):
        return with_field_errors(read)
    view = await edge.look(inbound, screens.end_now_modal, read.choices)
    if isinstance(view, Denied):
        return with_field_errors(modals.modal_errors(inbound.part, view))
    return with_view(kept_for_answer(view, read_answer_url(inbound.part)))


async def end_now(edge: Edge, inbound: Inbound) -> Answer:
    """End the access that was previewed."""
    read = modals.read_end_now(inbound.part)
    if read.named is not None:
        results = await edge.run(inbound, grants.end_named, read.named, read.seen, note=read.note)
    else:
        results = await edge.run(inbound, grants.end_each, read.choices, note=read.note)
    if len(results) == 1 and isinstance(results[0], Denied | Invalid):
        return with_field_errors(modals.modal_errors(inbound.part, results[0]))
    if read.sides is not None:
        return await _partner_below(edge, inbound, *read.sides)
    said = [await edge.look(inbound, screens.answer, result) for result in results]
    is_shown = all(isinstance(result, Ended) and not result.left for result in results)
    return edge.close(inbound, _together(said), is_shown=is_shown)


async def part(edge: Edge, inbound: Inbound) -> Answer:
    """End the partnership that was previewed."""
    read = modals.read_part(inbound.part)
    result = await edge.run(
        inbound, partnerships.end_partnership, read.own_id, read.other_id, read.seen, note=read.note
    )
    if isinstance(result, Denied | Invalid):
        return with_field_errors(modals.modal_errors(inbound.part, result))
    if result.left:
        return with_message(replies.answer(result))
    return await _partner_below(edge, inbound, read.own_id, read.other_id)


async def contract(edge: Edge, inbound: Inbound) -> Answer:
    """State when a contract ends."""
    read = modals.read_contract(inbound.part)
    if isinstance(read, dict):
        return with_field_errors(read)
    result = await edge.run(
        inbound,
        partnerships.set_contract,
        read.own_id,
        read.other_id,
        ends_at=read.ends_at,
        days=read.days,
    )
    if isinstance(result, Denied | Invalid):
        return with_field_errors(modals.modal_errors(inbound.part, result))
    if not inbound.part.get("previous_view_id"):
        return edge.close(inbound, replies.answer(result), is_shown=False)
    return await _partner_below(edge, inbound, read.own_id, read.other_id)


async def _partner_below(edge: Edge, inbound: Inbound, own_id: str, other_id: str) -> Answer:
    """Close the form, and show a partner's page as it is now in the one below it."""
    page = await edge.look(
        inbound, screens.partner_modal, modals.PartnerPage(own_id=own_id, other_id=other_id)
    )
    if isinstance(page, Denied):
        return CLOSES
    return Answer(then=lambda: edge.update_below(inbound, page))


async def _decide(edge: Edge, inbound: Inbound, ref: Ref, verdict: Verdict) -> Moved | Denied | Invalid:
    return await edge.run(inbound, requests.decide, ref.id, verdict=verdict, expected_version=ref.version)


def _together(messages: list[Message]) -> Message:
    return Message(
        "\n".join(message.text for message in messages),
        [block for message in messages for block in message.blocks],
    )


SUBMISSIONS: dict[str, Handler] = {
    Callback.ASK: ask,
    Callback.ADJUST: adjust,
    Callback.DECLINE: decline,
    Callback.CANCEL: cancel,
    Callback.END: end,
    Callback.END_NOW: end_now,
    Callback.PART: part,
    Callback.CONTRACT: contract,
}
