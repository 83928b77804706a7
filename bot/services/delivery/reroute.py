"""Where a card goes that could not be posted where it should."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select, update

from bot.domain.grants import GrantState
from bot.domain.messages import Audience, EffectKind
from bot.domain.requests import OPEN, DraftState
from bot.services import approvers, cards
from bot.services.context import Context
from bot.services.delivery.outcomes import Delivery
from bot.store import outbox, tables
from bot.store.tables import CardState, EffectState

if TYPE_CHECKING:
    from bot.store.compiled import Row

_UNDECIDED = OPEN | {DraftState.WAITING, GrantState.ACTIVE}
_TO_THE_REQUESTER = frozenset({Audience.REQUESTER, Audience.EXPIRY, Audience.ENDING})

_effect = tables.table_of(tables.Effect)
_card = tables.table_of(tables.Card)
_request = tables.table_of(tables.Request)
_draft = tables.table_of(tables.Draft)
_grant = tables.table_of(tables.Grant)

_FAILED_FOR = select(_card.c.user_id).where(
    _card.c.subject_id == bindparam("subject"),
    _card.c.audience == bindparam("for_whom"),
    _card.c.state == CardState.FAILED,
)
_MOVE_NOTICES = (
    update(_effect)
    .where(
        tables.EFFECT_IS_IN_LANE(_effect),
        _effect.c.state == EffectState.WAITING,
        _effect.c.lane == bindparam("from_lane"),
        _effect.c.kind == EffectKind.POST_NOTICE,
    )
    .values(card_id=bindparam("to_card"), lane=bindparam("to_lane"))
)
_FIND_REQUEST = select(_request).where(_request.c.id == bindparam("subject"))
_FIND_DRAFT = select(_draft.c.business_id, _draft.c.version, _draft.c.state).where(
    _draft.c.id == bindparam("subject")
)
_FIND_GRANT = select(_grant.c.holder_id, _grant.c.version, _grant.c.state).where(
    _grant.c.id == bindparam("subject")
)


def reroute(ctx: Context, delivery: Delivery, card: Row, *, elsewhere: bool) -> None:
    """Reach somebody else with a card that could not be posted, and have the other copies say so.

    The outcome reaches a requester even when all is decided. A digest is for one person: it goes nowhere
    else.
    """
    request = ctx.tx.one(_FIND_REQUEST, subject=delivery.subject_id)
    draft = ctx.tx.one(_FIND_DRAFT, subject=delivery.subject_id)
    grant = ctx.tx.one(_FIND_GRANT, subject=delivery.subject_id)
    subject = request or draft or grant
    if subject is None:
        return
    side = request.requesting_id if request else draft.business_id if draft else subject.holder_id
    if not elsewhere or (subject.state not in _UNDECIDED and card.audience != Audience.REQUESTER):
        pass
    elif card.user_id is None:
        audience = Audience(card.audience)
        if request and audience is Audience.APPROVERS:
            side, eligible = request.deciding_id, approvers.eligible(ctx.tx, request)
        else:
            eligible = approvers.admins(ctx.tx, side)
        business = ctx.business_row(side)
        assert business is not None
        cards.post_to_business(
            ctx,
            card.subject_id,
            audience,
            business,
            version=subject.version,
            eligible=eligible,
            by_dm=True,
        )
    elif card.audience in _TO_THE_REQUESTER:
        # One more of them is enough, and a DM that fails too comes back here.
        failed = {
            row.user_id for row in ctx.tx.all(_FAILED_FOR, subject=card.subject_id, for_whom=card.audience)
        }
        others = approvers.admins(ctx.tx, side)
        for admin in [admin for admin in others if admin.user_id not in failed][:1]:
            instead = cards.post(
                ctx,
                card.subject_id,
                Audience(card.audience),
                version=subject.version,
                team_id=admin.team_id,
                user_id=admin.user_id,
            )
            ctx.tx.run(
                _MOVE_NOTICES,
                from_lane=outbox.lane_of(card.id),
                to_lane=outbox.lane_of(instead),
                to_card=instead,
            )
    cards.follow(ctx, card.subject_id, version=subject.version)
