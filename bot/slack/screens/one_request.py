"""One request: deciding, its details and history, writing about it, and what came of it."""

from __future__ import annotations

from bot.domain.denials import DenialReason
from bot.domain.events import Subject, SubjectKind
from bot.domain.kinds import Side
from bot.domain.messages import Audience
from bot.services import delivery, directory, grants, requests
from bot.services.context import Context
from bot.services.results import (
    Acknowledged,
    Answered,
    Commented,
    Denied,
    Dropped,
    Ended,
    Moved,
    Reminded,
    Result,
    Saved,
    Sent,
    Snoozed,
    TriedAgain,
    Undone,
)
from bot.services.views.requests import RequestView
from bot.slack import labels, modals, replies
from bot.slack.kit import Message, View
from bot.slack.modals import AdjustState
from bot.slack.screens.owning import no_power
from bot.slack.wire.markup import as_read


def find_open(ctx: Context, request_id: str) -> RequestView | Denied:
    """Return a request that can still change, or why there is none for this person."""
    view = requests.find_request(ctx, request_id)
    if view is None:
        return Denied(reason=DenialReason.UNKNOWN_REQUEST)
    return requests.find_outcome(ctx, request_id) or view


def adjust_modal(ctx: Context, request_id: str, *, state: AdjustState | None = None) -> View | Denied:
    """Return the form for giving less than was asked."""
    view = find_open(ctx, request_id)
    if isinstance(view, Denied):
        return view
    if state is not None:
        state = labels.of_adjust(ctx, state, owner_id=view.deciding.id)
    return modals.adjust_modal(view, zone=directory.me(ctx).zone, state=state)


def decline_modal(ctx: Context, request_id: str, *, note: str = "") -> View | Denied:
    """Return the form for declining; `note` is what it starts with."""
    view = find_open(ctx, request_id)
    return view if isinstance(view, Denied) else modals.decline_modal(view, note=note)


def cancel_modal(ctx: Context, request_id: str) -> View | Denied:
    """Return the form in which a request is taken back, for who can do that."""
    view = find_open(ctx, request_id)
    if isinstance(view, Denied):
        return view
    return no_power(ctx, view.requesting.id) or modals.cancel_modal(view)


def details_modal(ctx: Context, request_id: str, *, page: int = 0) -> View | Denied:
    """Return the whole of a request, for a member of either side."""
    view = requests.find_request(ctx, request_id)
    if view is None:
        return Denied(reason=DenialReason.UNKNOWN_REQUEST)
    me = directory.me(ctx)
    asks = view.requesting.id in {one.party.id for one in me.businesses}
    return modals.details_modal(
        view,
        audience=Audience.REQUESTER if asks else Audience.APPROVERS,
        acting=view.requesting.id in me.acts_for if asks else view.deciding.id in me.decides_for,
        now=ctx.now,
        page=page,
    )


def history_modal(ctx: Context, request_id: str, *, page: int = 0) -> View | Denied:
    """Return what happened to a request, for a member of either side."""
    view = requests.find_request(ctx, request_id)
    if view is None:
        return Denied(reason=DenialReason.UNKNOWN_REQUEST)
    return modals.history_modal(view, requests.history(ctx, request_id), page=page)


def reply_hint(ctx: Context, *, channel_id: str, thread_ts: str, text: str) -> Message | None:
    """Return what is said to somebody who wrote under a card, whom the other side cannot read there.

    `text` is what they wrote as Slack sends it; the other side may be in another Slack.

    None if it is no card of a request, or if the person cannot write to the other side of that card.
    """
    card = delivery.card_at(ctx.tx, team_id=ctx.actor.team_id, channel_id=channel_id, ts=thread_ts)
    subject_id, audience = card or ("", Audience.APPROVERS)
    view = requests.find_request(ctx, subject_id)
    if view is None or requests.writing_side(ctx, view.id) is not audience.side:
        return None
    asks = audience.side is Side.REQUESTING
    if view.same_channel and not asks:
        return None
    own, other = (view.requesting, view.deciding) if asks else (view.deciding, view.requesting)
    if own.id not in directory.me(ctx).decides_for:
        return None

    def name_of(user_id: str) -> str | None:
        people = directory.find_people_at(ctx.tx, team_id=ctx.actor.team_id, user_id=user_id)
        return next((one.name for one in people), None)

    return replies.reply_hint(view, other=other, text=as_read(text, name_of))


def comment_modal(
    ctx: Context, request_id: str, *, text: str = "", over_details: bool = False
) -> View | Denied:
    """Return the form for writing to the other side of a request, for who acts for one of them."""
    view = requests.find_request(ctx, request_id)
    if view is None:
        return Denied(reason=DenialReason.UNKNOWN_REQUEST)
    asks = requests.writing_side(ctx, request_id) is Side.REQUESTING
    own_id = view.requesting.id if asks else view.deciding.id
    if own_id not in directory.me(ctx).decides_for:
        return no_power(ctx, own_id) or Denied(reason=DenialReason.NOT_ADMIN)
    side = Audience.REQUESTER if asks else Audience.APPROVERS
    return modals.comment_modal(view, audience=side, text=text, over_details=over_details)


def help_modal(ctx: Context, request_id: str) -> View | Denied:
    """Return the help for somebody who cannot use what a request gave."""
    view = requests.find_request(ctx, request_id)
    return Denied(reason=DenialReason.UNKNOWN_REQUEST) if view is None else modals.help_modal(view)


def answer(ctx: Context, result: Result) -> Message:
    """Return what a verb's result is to the one who did it: who has or requests what now, on which assets."""
    match result:
        case Sent():
            return replies.submitted(result, requests.find_request(ctx, result.request_id))
        case Saved():
            return replies.submitted(result, requests.find_draft(ctx, result.draft_id))
        case Moved() | Undone():
            return replies.decided(result, requests.find_request(ctx, result.request_id))
        case Snoozed() | Acknowledged() | Reminded() | Commented() | Answered() | TriedAgain():
            return replies.noted(result, requests.find_request(ctx, result.request_id))
        case Dropped():
            return replies.noted(result, requests.find_draft(ctx, result.draft_id))
        case Ended():
            return replies.ended(result, grants.find_grants(ctx, result.grant_ids[: replies.NAMED]))
        case Denied(about=Subject(kind=SubjectKind.REQUEST, id=request_id)) if result.ref:
            return replies.denied(result, requests.find_request(ctx, request_id))
        case Denied(about=Subject(kind=SubjectKind.DRAFT, id=draft_id)) if result.ref:
            return replies.denied(result, requests.find_draft(ctx, draft_id))
        case _:
            return replies.answer(result)
