"""The form by which a business is connected to Meta: what it shows, and what is read of it.

The token is in nothing that is shown or kept: it comes in with the form, and goes on to be tested.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.domain.connections import NEEDED, ConnectionState, FlawKind, Obstacle, TokenFlaw
from bot.domain.limits import LONGEST_TOKEN
from bot.services.connections import ConnectionView
from bot.services.views.parties import Party
from bot.slack import kit
from bot.slack.ids import ActionId, Callback
from bot.slack.kit import Block, View, rich
from bot.slack.lines import Line, line, short
from bot.slack.modals.importing import import_button
from bot.slack.modals.inputs import entered, typed, zone_of
from bot.slack.text import en as texts
from bot.slack.values import Ref, Unreadable, button_value, is_value, metadata, read_metadata

_NAME = 60
_TITLE = 24  # of a dialog, beside its other words


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadConnection:
    """The token that was entered for a business."""

    business_id: str
    value: str = field(repr=False)


def connection_modal(
    party: Party, found: ConnectionView | None, *, can_keep: bool, flaw: TokenFlaw | None, zone: str
) -> View:
    """Return how a business is connected, and the form for a token."""
    blocks = [_state(party, found, zone=zone), *_compared(party, found, zone=zone)]
    if found is not None and found.state is ConnectionState.CONNECTED:
        blocks.append(kit.actions(import_button(party.id)))
    if not can_keep:
        flaw = TokenFlaw(FlawKind.NO_KEY)
    if flaw is not None:
        blocks.append(rich((line(texts.meta.FLAW if can_keep else "{flaw}", flaw=texts.meta.flaw(flaw)),)))
    if can_keep:
        blocks.append(
            kit.entry(
                texts.meta.TOKEN,
                kit.typing(ActionId.SECRET, most=LONGEST_TOKEN),
                block_id="token",
                hint=texts.meta.TOKEN_HINT.format(needed=texts.basics.listed(sorted(NEEDED))),
            )
        )
    return kit.modal(
        texts.meta.TITLE,
        blocks,
        callback=Callback.CONNECTION,
        submit=None if not can_keep else texts.meta.REPLACE if found else texts.meta.SUBMIT,
        close=texts.buttons.CLOSE,
        private=metadata({"own": party.id}),
    )


def _state(party: Party, found: ConnectionView | None, *, zone: str) -> Block:
    business = short(party.name, _NAME)
    if found is None:
        return rich((line(texts.meta.NOT_YET, business=business),))
    return kit.row(_how(found, business), zone=zone_of(zone), accessory=_disconnect(party, found))


def _compared(party: Party, found: ConnectionView | None, *, zone: str) -> list[Block]:
    """Return when the business was compared with Meta, and what could not be read there."""
    if found is None or found.compared is None or found.state is not ConnectionState.CONNECTED:
        return []
    so_far = found.compared
    if so_far.is_due or so_far.done_at is None:
        blocks = [rich((line(texts.meta.COMPARING),))]
    else:
        again = kit.button(texts.meta.COMPARE, ActionId.COMPARE, value=button_value(Ref(party.id, 0)))
        said = line(texts.meta.COMPARED, at=so_far.done_at)
        blocks = [kit.row(said, zone=zone_of(zone), accessory=again)]
    if so_far.unread:
        why = texts.meta.UNREAD_WHY.get(
            so_far.why or Obstacle.REFUSED, texts.meta.UNREAD_WHY[Obstacle.REFUSED]
        )
        assets = texts.basics.counted(so_far.unread, "asset")
        blocks.append(rich((line(texts.meta.UNREAD, assets=assets, why=why),)))
    return blocks


def _how(found: ConnectionView, business: str) -> Line:
    return line(
        texts.meta.NOW if found.state is ConnectionState.CONNECTED else texts.meta.BROKEN,
        business=business,
        name=short(found.name, _NAME),
        at=found.since,
        by=short(found.by or texts.meta.BY_OPERATOR, _NAME),
    )


def _disconnect(party: Party, found: ConnectionView) -> kit.Element:
    return kit.button(
        texts.meta.DISCONNECT,
        ActionId.DISCONNECT,
        value=button_value(Ref(party.id, 0)),
        style="danger",
        confirm=kit.confirm(
            title=texts.meta.CONFIRM.format(business=short(party.name, _TITLE)),
            text=texts.meta.CONFIRM_TEXT.format(left=texts.basics.counted(found.left, "grant")),
            confirm=texts.meta.DISCONNECT,
            deny=texts.meta.KEEP,
            style="danger",
        ),
    )


def checking_modal() -> View:
    """Return what stands in the form's place while the token is tested."""
    said = rich((line(texts.meta.CHECKING),))
    return kit.modal(texts.meta.TITLE, [said], callback=Callback.MESSAGE, close=texts.buttons.CLOSE)


def read_connection(view: Mapping[str, Any]) -> ReadConnection:
    """Return the token that was entered, and for which business."""
    kept = read_metadata(view)
    own_id = kept.get("own")
    if set(kept) != {"own"} or not isinstance(own_id, str) or not is_value(own_id):
        raise Unreadable("not this form")
    return ReadConnection(business_id=own_id, value=typed(entered(view).get("token")))
