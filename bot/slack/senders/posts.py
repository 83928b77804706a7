"""Messages and homes: posted, and kept as the record is.

Each sender says what its call came to (`bot.services.delivery`); what follows from that is not decided here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.clock import Clock
from bot.domain.actors import Actor, Source
from bot.domain.messages import Audience, EffectKind, Notice, read_about
from bot.services import (
    nudges,
)
from bot.services.context import act
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
    Target,
    Unknown,
    Withdrawn,
    find_dms,
    find_target,
)
from bot.services.home import home_of
from bot.services.readers import Reading
from bot.slack import cards, home
from bot.slack.senders.history import EVENT_TYPE, History
from bot.slack.senders.rendering import Shown, render
from bot.slack.values import marked
from bot.slack.wire.calls import NO_ACCESS, Paused, Refused, Slack, SlackError, Unreached, Unsure

if TYPE_CHECKING:
    from bot.store.database import Database


_UNLINKED = {"unfurl_links": False, "unfurl_media": False}

# Working hours are business time, which the demo may move and admins may change: look again this soon.
_AT_WORK_SECONDS = 300.0
_DELETED = "message_not_found"
_GONE = frozenset({_DELETED, "cant_update_message", "edit_window_closed"})


_MOST_DMS = 10_000
_MAY_NOT_READ = "may_not_read"
_SOON, _SELDOM = 5.0, 60.0


class Posts:
    """The senders of cards, notices and homes."""

    def __init__(self, slack: Slack, database: Database, *, clock: Clock) -> None:
        self._slack = slack
        self._database = database
        self._clock = clock
        self._history = History(slack, clock=clock)
        self._dms: dict[tuple[str, str], str] | None = None

    async def post_card(self, delivery: Delivery, mark: Mark) -> Outcome:
        """Post a copy of a card, to its channel or as a DM."""
        target = await self._target(delivery)
        if target is None:
            return Rejected(why="no_card")
        if target.error is not None:
            return Obsolete(why=target.error)  # it was given up meanwhile
        if target.ts is not None:
            return Done(ts=target.ts, channel_id=target.channel_id)
        if target.audience is Audience.DIGEST and delivery.marked_at is None:
            now = self._clock.now()
            moment = await self._database.write(
                act, nudges.place_digest, target.subject_id, now=now, urgent=False
            )
            if moment is None:
                return Obsolete(why="nothing_left")
            if moment > now:
                wait = min((moment - now).total_seconds(), _AT_WORK_SECONDS)
                return Retry(seconds=wait, why="not_at_work")
        return await self._post(delivery, mark, target, thread_ts=None)

    async def post_notice(self, delivery: Delivery, mark: Mark) -> Outcome:
        """Say one line about what happened: in a card's thread, or plainly in a DM or beside no card."""
        target = await self._target(delivery)
        if target is None:
            return Rejected(why="no_card")
        if target.error is not None:
            return Rejected(why=target.error, elsewhere=True)
        if delivery.card_id is None:
            return await self._post(delivery, mark, target, thread_ts=None)
        if target.ts is None:
            return Retry(seconds=5.0, why="card_not_posted")
        # Slack notifies nobody of a reply to the app's own message, so a DM is a message of its own; comments
        # are a conversation, and stay together in the thread.
        in_thread = target.place.user_id is None or read_about(delivery.about).notice is Notice.COMMENT
        return await self._post(delivery, mark, target, thread_ts=target.ts if in_thread else None)

    async def update_card(self, delivery: Delivery, _: Mark) -> Outcome:
        """Have a copy of a card show the record as it is now; close it where nobody may read it any more."""
        target = await self._target(delivery)
        if target is None or target.ts is None:
            return Done()  # its post is still to come, and will show the record as it is then
        if target.reading is Reading.UNKNOWN:
            return self._until_checked(delivery)
        closed = target.reading is Reading.MAY_NOT
        shown = Shown(cards.closed_card()) if closed else await self._render(delivery, target)
        try:
            await self._slack.call(
                delivery.team_id,
                "chat.update",
                channel=target.channel_id,
                ts=target.ts,
                text=shown.message.text,
                blocks=marked(shown.message.blocks, None if closed else delivery.card_id),
            )
        except Refused as refused:
            if not closed and refused.word not in _GONE:
                raise
            if not closed:  # what is to be closed where nothing can be said stays as it stands
                return Gone(why=refused.word, was_deleted=refused.word == _DELETED)
        return Withdrawn(why=_MAY_NOT_READ) if closed else Done(shown=shown.version)

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

    async def _post(
        self, delivery: Delivery, mark: Mark, target: Target, *, thread_ts: str | None
    ) -> Outcome:
        if delivery.marked_at is None and target.reading is not Reading.MAY:
            is_known = target.reading is Reading.MAY_NOT
            return Withdrawn(why=_MAY_NOT_READ) if is_known else self._until_checked(delivery)
        person = (delivery.team_id, target.place.user_id or "")
        dms = await self._known_dms()
        was_kept = target.channel_id is None and person in dms
        channel: str = target.channel_id or await self._open_dm(*person)
        if delivery.marked_at is not None:
            return await self._history.look_for(delivery, channel, thread_ts=thread_ts)
        shown = await self._render(delivery, target)
        if shown.is_over:
            return Obsolete(why="nothing_left")
        seconds = self._slack.wait_to_post(delivery.team_id, channel, who=delivery.id)
        if seconds:
            return Retry(seconds=seconds, why="one_a_second")
        if not await mark():
            return Retry(seconds=0, why="not_ours")
        try:
            answer = await self._slack.call(
                delivery.team_id,
                "chat.postMessage",
                channel=channel,
                thread_ts=thread_ts,
                text=shown.message.text,
                blocks=marked(
                    shown.message.blocks, delivery.card_id if delivery.kind is EffectKind.POST_CARD else None
                ),
                metadata={"event_type": EVENT_TYPE, "event_payload": {"key": delivery.key}},
                **_UNLINKED,
            )
        except Refused as refused:
            # The direct messages that were kept may be no more: they are opened again, once.
            is_forgotten = dms.pop(person, None) is not None
            if refused.word == "channel_not_found" and was_kept and is_forgotten:
                return Retry(seconds=0, why=refused.word)
            raise
        ts, posted_in = answer.get("ts"), answer.get("channel")
        if not isinstance(ts, str):
            return Unknown(why="no_ts")
        return Done(
            ts=ts,
            channel_id=posted_in if isinstance(posted_in, str) else channel,
            shown=shown.version if delivery.kind is EffectKind.POST_CARD else 0,
        )

    def _until_checked(self, delivery: Delivery) -> Retry:
        """Wait until Slack has said who they are: more and more seldom, since it may never know them."""
        waited = (self._clock.now() - delivery.put_at).total_seconds()
        return Retry(seconds=min(max(_SOON, waited / 10), _SELDOM), why="unchecked")

    async def _open_dm(self, team_id: str, user_id: str) -> str:
        """Return the channel of somebody's direct messages: opened once, and kept while Slack knows it."""
        dms = await self._known_dms()
        kept = dms.get((team_id, user_id))
        if kept is not None:
            return kept
        try:
            answer = await self._slack.call(team_id, "conversations.open", users=user_id)
        except Unsure as unsure:  # opening it twice does no harm
            raise Unreached("conversations.open", unsure.word) from unsure
        channel = answer.get("channel")
        found = channel.get("id") if isinstance(channel, dict) else None
        if not isinstance(found, str):
            raise Unreached("conversations.open", "no_channel")
        if len(dms) >= _MOST_DMS:
            dms.clear()
        dms[team_id, user_id] = found
        return found

    async def _known_dms(self) -> dict[tuple[str, str], str]:
        """Return the direct messages that are known: after a start, from where people's cards stand."""
        if self._dms is None:
            found = await self._database.read(find_dms, limit=_MOST_DMS)
            if self._dms is None:  # nobody else has read them meanwhile
                self._dms = found
        return self._dms

    async def _target(self, delivery: Delivery) -> Target | None:
        return await self._database.read(act, find_target, delivery, now=self._clock.now())

    async def _render(self, delivery: Delivery, target: Target) -> Shown:
        return await render(self._database, delivery, target, now=self._clock.now())


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
