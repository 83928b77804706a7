"""What a message shows: the record as it is now, read in one transaction and rendered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from bot.domain.grants import GrantState
from bot.domain.messages import Audience, EffectKind
from bot.services import grants, nudges, requests
from bot.services.context import Context, act
from bot.services.delivery import Delivery
from bot.services.results import DigestView, DraftView, GrantView, RequestView
from bot.slack import cards
from bot.slack.kit import Message

if TYPE_CHECKING:
    from bot.store.compiled import Row
    from bot.store.database import Database


@dataclass(frozen=True, slots=True)
class Shown:
    """A message, the version of the record that it shows, and whether nothing is left to do about it."""

    message: Message
    version: int = 0
    is_over: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ending:
    """A grant that ends, and the newest request to extend it."""

    grant: GrantView
    extension: RequestView | None


async def render(database: Database, delivery: Delivery, card: Row, *, now: datetime) -> Shown:
    """Return what the message of a delivery shows now: a card, or the line of a notice."""
    audience = Audience(card.audience)
    view: RequestView | DraftView | DigestView | _Ending = await database.read(
        act, _view_of, card.subject_id, audience=audience, now=now
    )
    match view:
        case DigestView():
            return Shown(cards.digest_card(view, now=now))
        case _Ending(grant=grant):
            message = cards.ending_card(grant, now=now, extension=view.extension)
            return Shown(message, grant.version, is_over=grant.state is not GrantState.ACTIVE)
        case _ if delivery.kind is EffectKind.POST_NOTICE:
            return Shown(cards.notice(delivery.about, view, audience=audience))
        case RequestView():
            is_over = audience is Audience.EXPIRY and not view.state.is_open
            message = cards.request_card(view, audience=audience, now=now)
            return Shown(message, view.version, is_over=is_over)
        case DraftView():
            return Shown(cards.draft_card(view, audience=audience, now=now), view.version)


def _view_of(
    ctx: Context, subject_id: str, *, audience: Audience
) -> RequestView | DraftView | DigestView | _Ending:
    if audience is Audience.DIGEST:
        return nudges.digest_card(ctx, subject_id)
    if audience is Audience.ENDING:
        grant = grants.grant_view(ctx.tx, subject_id)
        if grant is None:
            raise KeyError(subject_id)
        return _Ending(grant=grant, extension=requests.extension_of(ctx, subject_id))
    try:
        return requests.request_card(ctx, subject_id)
    except KeyError:
        return requests.draft_card(ctx, subject_id)
