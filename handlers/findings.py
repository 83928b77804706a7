"""What is done about what was found at Meta."""

from __future__ import annotations

from bot.domain.findings import Remedy
from bot.services import drift
from bot.services.results import Denied, Invalid
from bot.slack import modals, screens
from bot.slack.ids import ActionId, Callback
from bot.slack.text import en as texts
from bot.slack.values import Ref
from bot.slack.wire.inbound import Inbound
from handlers.edge import CLOSES, Answer, Edge, Handler, with_field_errors
from handlers.presses import Pressed, with_ref


def does(which: Remedy) -> Pressed:
    """Return the handler of the button that does this about a finding."""

    async def pressed(edge: Edge, inbound: Inbound, ref: Ref) -> Answer:
        result = await edge.run(
            inbound,
            drift.remedy,
            ref.id,
            which,
            expected_version=ref.version,
            reason=texts.findings.ADOPTED_BECAUSE,
        )
        return await edge.tell(inbound, result)

    return pressed


async def ignore(edge: Edge, inbound: Inbound, ref: Ref) -> Answer:
    """Open the form that asks until when to ignore a finding."""
    return edge.show(inbound, await edge.look(inbound, screens.ignore_modal, ref.id))


async def ignored(edge: Edge, inbound: Inbound) -> Answer:
    """Ignore a finding until the day that was chosen."""
    read = modals.read_until(inbound.part)
    if isinstance(read, dict):
        return with_field_errors(read)
    result = await edge.run(
        inbound, drift.ignore_finding, read.ref.id, until=read.until, expected_version=read.ref.version
    )
    if isinstance(result, Denied | Invalid):
        return with_field_errors(modals.modal_errors(inbound.part, result))
    return CLOSES


ACTIONS: dict[str, Handler] = {
    ActionId.ADOPT: with_ref(does(Remedy.ADOPT)),
    ActionId.REVOKE_FOUND: with_ref(does(Remedy.REVOKE)),
    ActionId.PUT_BACK: with_ref(does(Remedy.PUT_BACK)),
    ActionId.RECORD_END: with_ref(does(Remedy.RECORD)),
    ActionId.IGNORE: with_ref(ignore),
}
SUBMISSIONS: dict[str, Handler] = {Callback.IGNORE: ignored}
