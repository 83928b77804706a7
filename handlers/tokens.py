"""Tokens of programs: made in a form that shows them once, listed and revoked."""

from __future__ import annotations

from bot.domain.tokens import digest_of, new_secret
from bot.services import programs
from bot.services.results import Denied, Invalid
from bot.slack import modals, screens
from bot.slack.ids import ActionId, Callback
from bot.slack.values import Ref
from bot.slack.wire.inbound import Inbound
from handlers.edge import Answer, Edge, Handler, with_field_errors, with_view
from handlers.presses import with_ref


async def open_tokens(edge: Edge, inbound: Inbound, ref: Ref) -> Answer:
    """Open the modal with a business's tokens."""
    return edge.show(inbound, await edge.look(inbound, screens.tokens_modal, ref.id))


async def made(edge: Edge, inbound: Inbound) -> Answer:
    """Make a token and show it, this once: only its digest goes further than this.

    Delivered again, the form makes no other token, and the first one is not known here any more.
    """
    read = modals.read_token(inbound.part)
    secret = new_secret()
    result = await edge.run(
        inbound,
        programs.create_token,
        read.business_id,
        digest=digest_of(secret),
        name=read.name,
        scopes=read.scopes,
        days=read.days,
        is_program=read.is_program,
    )
    if isinstance(result, Denied | Invalid):
        return with_field_errors(modals.modal_errors(inbound.part, result))
    is_this = result.fingerprint == programs.fingerprint(digest_of(secret))
    return with_view(modals.secret_modal(result, secret if is_this else None))


async def revoke(edge: Edge, inbound: Inbound, ref: Ref) -> Answer:
    """Revoke a token, and show those that are left."""
    result = await edge.run(inbound, programs.revoke_token, ref.id)
    if isinstance(result, Denied):
        return await edge.tell(inbound, result)
    business_id = modals.read_tokens_of(inbound.body.get("view") or {})
    return edge.change(inbound, await edge.look(inbound, screens.tokens_modal, business_id))


ACTIONS: dict[str, Handler] = {
    ActionId.TOKENS: with_ref(open_tokens),
    ActionId.REVOKE_TOKEN: with_ref(revoke),
}
SUBMISSIONS: dict[str, Handler] = {Callback.TOKENS: made}
