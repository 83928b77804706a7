"""Messages and homes: posted, and kept as the record is.

Each sender says what its call came to (`bot.services.delivery`); what follows from that is not decided here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from bot.clock import Clock
from bot.domain.grants import GrantState
from bot.domain.messages import Audience, EffectKind, Notice
from bot.domain.policy import Actor, Source
from bot.services import grants, nudges, requests
from bot.services.context import Context, act
from bot.services.delivery import (
    Delivery,
    Done,
    Gone,
    Mark,
    Obsolete,
    Outcome,
    Rejected,
    Retry,
    Sender,
    Unknown,
    find_card,
)
from bot.services.home import home_of
from bot.services.views import DigestView, DraftView, GrantView, RequestView
from bot.slack import cards, home
from bot.slack.kit import Message
from bot.slack.senders.history import EVENT_TYPE, History
from bot.slack.wire.calls import NO_ACCESS, Paused, Refused, Slack, SlackError, Unreached, Unsure

if TYPE_CHECKING:
    from bot.store.compiled import Row
    from bot.store.database import Database

_UNLINKED = {"unfurl_links": False, "unfurl_media": False}

# Working hours are business time, which the demo may move and admins may change: look again this soon.
_AT_WORK_SECONDS = 300.0
_GONE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed"})


class Posts:
    """The senders of cards, notices and homes."""

    def __init__(self, slack: Slack, database: Database, *, clock: Clock) -> None:
        self._slack = slack
        self._database = database
        self._clock = clock
        self._history = History(slack, clock=clock)

    async def post_card(self, delivery: Delivery, mark: Mark) -> Outcome:
        """Post a copy of a card, to its channel or as a DM."""
        card = await self._card(delivery)
        if card is None:
            return Rejected(why="no_card")
        if card.error is not None:
            return Obsolete(why=card.error)  # it was given up meanwhile
        if card.ts is not None:
            return Done(ts=card.ts, channel_id=card.channel_id)
        if card.audience == Audience.DIGEST and delivery.marked_at is None:
            now = self._clock.now()
            moment = await self._database.write(
                act, nudges.place_digest, card.subject_id, now=now, urgent=False
            )
            if moment is None:
                return Obsolete(why="nothing_left")
            if moment > now:
                wait = min((moment - now).total_seconds(), _AT_WORK_SECONDS)
                return Retry(seconds=wait, why="not_at_work")
        return await self._post(delivery, mark, card, thread_ts=None)

    async def post_notice(self, delivery: Delivery, mark: Mark) -> Outcome:
        """Say one line about what happened: in the card's thread, or plainly in a DM."""
        card = await self._card(delivery)
        if card is None or card.error is not None:
            return Rejected(why="no_card")
        if card.ts is None:
            return Retry(seconds=5.0, why="card_not_posted")
        # Slack notifies nobody of a reply to the app's own message, so a DM is a message of its own; comments
        # are a conversation, and stay together in the thread.
        in_thread = card.user_id is None or delivery.about.startswith(f"{Notice.COMMENT}:")
        return await self._post(delivery, mark, card, thread_ts=card.ts if in_thread else None)

    async def update_card(self, delivery: Delivery, _: Mark) -> Outcome:
        """Have a copy of a card show the record as it is now."""
        card = await self._card(delivery)
        if card is None or card.ts is None:
            return Done()  # its post is still to come, and will show the record as it is then
        shown = await self._render(delivery, card)
        try:
            await self._slack.call(
                delivery.team_id,
                "chat.update",
                channel=card.channel_id,
                ts=card.ts,
                text=shown.message.text,
                blocks=list(shown.message.blocks),
            )
        except Refused as refused:
            if refused.word in _GONE:
                return Gone(why=refused.word)
            raise
        return Done(shown=shown.version)

    async def publish_home(self, delivery: Delivery, _: Mark) -> Outcome:
        """Show somebody their home as it is now."""
        now = self._clock.now()
        view = await self._database.read(
            act,
            home_of,
            by=Actor(source=Source.EVENT, team_id=delivery.team_id, user_id=delivery.subject_id),
            now=now,
        )
        await self._slack.call(
            delivery.team_id,
            "views.publish",
            user_id=delivery.subject_id,
            view=home.home_view(view, now=now),
        )
        return Done()

    async def _post(self, delivery: Delivery, mark: Mark, card: Row, *, thread_ts: str | None) -> Outcome:
        if card.left_slack and delivery.marked_at is None:
            return Rejected(why="user_disabled", elsewhere=True)  # Slack says so only where a DM is opened
        channel: str = card.channel_id or await self._open_dm(delivery.team_id, card.user_id)
        if delivery.marked_at is not None:
            return await self._history.look_for(delivery, channel, thread_ts=thread_ts)
        shown = await self._render(delivery, card)
        if shown.is_over and delivery.kind is EffectKind.POST_CARD:
            return Obsolete(why="nothing_left")
        seconds = self._slack.wait_to_post(delivery.team_id, channel, who=delivery.id)
        if seconds:
            return Retry(seconds=seconds, why="one_a_second")
        if not await mark():
            return Retry(seconds=0, why="not_ours")
        answer = await self._slack.call(
            delivery.team_id,
            "chat.postMessage",
            channel=channel,
            thread_ts=thread_ts,
            text=shown.message.text,
            blocks=list(shown.message.blocks),
            metadata={"event_type": EVENT_TYPE, "event_payload": {"key": delivery.key}},
            **_UNLINKED,
        )
        ts, posted_in = answer.get("ts"), answer.get("channel")
        if not isinstance(ts, str):
            return Unknown(why="no_ts")
        return Done(
            ts=ts,
            channel_id=posted_in if isinstance(posted_in, str) else channel,
            shown=shown.version if delivery.kind is EffectKind.POST_CARD else 0,
        )

    async def _open_dm(self, team_id: str, user_id: str) -> str:
        try:
            answer = await self._slack.call(team_id, "conversations.open", users=user_id)
        except Unsure as unsure:  # opening it twice does no harm
            raise Unreached("conversations.open", unsure.word) from unsure
        channel = answer.get("channel")
        found = channel.get("id") if isinstance(channel, dict) else None
        if not isinstance(found, str):
            raise Unreached("conversations.open", "no_channel")
        return found

    async def _card(self, delivery: Delivery) -> Row | None:
        return await self._database.read(find_card, delivery.card_id or "")

    async def _render(self, delivery: Delivery, card: Row) -> Shown:
        return await render(self._database, delivery, card, now=self._clock.now())


# --- what a message shows ---------------------------------------------------------------------------


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
        return requests.request_card(ctx, subject_id, side=audience.side)
    except KeyError:
        return requests.draft_card(ctx, subject_id)


# --- what a call came to ----------------------------------------------------------------------------

_SUSPENDED_SECONDS = 60.0
# Slack cannot reach this place; the people may be reached elsewhere.
_NO_WAY = frozenset(
    {
        "channel_not_found",
        "is_archived",
        "is_inactive",  # what chat.update says of an archived channel
        "not_in_channel",
        "no_permission",
        "missing_scope",
        "cannot_dm_bot",
        "user_disabled",
        "user_not_found",
        "user_not_visible",
        "users_not_found",
        "messages_tab_disabled",
        "team_not_found",
    }
)


def answered(sender: Sender) -> Sender:
    """Wrap a sender so that a call that fails is an outcome, not an exception."""

    async def send(delivery: Delivery, mark: Mark) -> Outcome:
        try:
            return await sender(delivery, mark)
        except SlackError as error:
            return outcome_of(error)

    return send


def outcome_of(error: SlackError) -> Outcome:
    """Return what a failed call means for its delivery."""
    match error:
        case Paused():
            return Retry(seconds=error.seconds, why=error.word)
        case Unreached():
            return Unknown(why=error.word, sent=False)
        case Refused() if error.word in NO_ACCESS:
            return Retry(seconds=_SUSPENDED_SECONDS, why=error.word)
        case Refused():
            return Rejected(
                why=error.word, elsewhere=error.word in _NO_WAY or error.word.startswith("restricted_")
            )
        case _:
            return Unknown(why=error.word)
