"""What the outbox's effects become in Slack: rendered from the record at the moment of sending.

One sender for each kind of effect. Each says what its call came to (`bot.services.delivery`); what follows
from that is not decided here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from bot.clock import Clock
from bot.domain.grants import GrantState
from bot.domain.messages import Audience, EffectKind, Notice
from bot.domain.policy import Actor, Source
from bot.services import grants, nudges, requests
from bot.services.context import Context, act
from bot.services.delivery import (
    Delivery,
    Done,
    Flags,
    Gone,
    Mark,
    NotFound,
    Obsolete,
    Outcome,
    Rejected,
    Retry,
    Sender,
    Unknown,
    Unverifiable,
    find_card,
    find_user,
)
from bot.services.home import home_of
from bot.services.results import DigestView, DraftView, GrantView, RequestView
from bot.slack import cards, home
from bot.slack.kit import Message
from bot.slack.wire.calls import NOT_LET_IN, Paused, Refused, Slack, SlackError, Unreached, Unsure

if TYPE_CHECKING:
    from bot.store.compiled import Row
    from bot.store.database import Database

EVENT_TYPE = "countersign"
"""The type of the metadata on our messages. Every app and member can read it: the key in it means nothing."""

_BEFORE = timedelta(minutes=2)
_PAGE, _MOST_PAGES = 200, 10
_FRESH_SECONDS = 5.0
_UNLINKED = {"unfurl_links": False, "unfurl_media": False}

_SUSPENDED_SECONDS = 60.0
# Working hours are business time, which may be pushed or set anew meanwhile: look again this soon.
_AT_WORK_SECONDS = 300.0
# The place is the trouble: people may be reached elsewhere.
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
_GONE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed"})
_FLAGS = ("deleted", "is_restricted", "is_ultra_restricted", "is_bot", "is_stranger")


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a read of a channel's history found: the messages with a key of ours, since `oldest`."""

    read_at: float
    oldest: datetime
    by_key: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Shown:
    """A message, the version of the record that it shows, and whether nothing is left to do about it."""

    message: Message
    version: int = 0
    is_over: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ending:
    """A grant that ends, and the newest request to extend it."""

    grant: GrantView
    extension: RequestView | None


class Sending:
    """The senders, and what they share."""

    def __init__(self, slack: Slack, database: Database, *, clock: Clock) -> None:
        self._slack = slack
        self._database = database
        self._clock = clock
        self._seen: dict[tuple[str, str, str], _Seen] = {}
        self._reading = asyncio.Lock()

    @property
    def senders(self) -> Mapping[EffectKind, Sender]:
        """Return the sender of each kind of effect."""
        return {
            EffectKind.POST_CARD: _answered(self.post_card),
            EffectKind.UPDATE_CARD: _answered(self.update_card),
            EffectKind.POST_NOTICE: _answered(self.post_notice),
            EffectKind.CHECK_PERSON: _answered(self.check_person),
            EffectKind.PUBLISH_HOME: _answered(self.publish_home),
        }

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
        # Nobody is notified of a reply to a message that only the app wrote in; a conversation is one anyway.
        in_thread = card.user_id is None or delivery.about.startswith(f"{Notice.COMMENT}:")
        return await self._post(delivery, mark, card, thread_ts=card.ts if in_thread else None)

    async def update_card(self, delivery: Delivery, _: Mark) -> Outcome:
        """Have a copy of a card show the newest truth."""
        card = await self._card(delivery)
        if card is None or card.ts is None:
            return Done()  # its post is to come, and shows the newest truth itself
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

    async def check_person(self, delivery: Delivery, _: Mark) -> Outcome:
        """Ask Slack what it knows of somebody."""
        user = await self._database.read(find_user, delivery.subject_id)
        if user is None:
            return Rejected(why="no_person")
        answer = await self._slack.call(delivery.team_id, "users.info", user=user.user_id)
        flags = read_flags(answer.get("user"), team_id=delivery.team_id)
        return Unknown(why="odd_user", sent=False) if flags is None else Done(flags=flags)

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
            return await self._look_for(delivery, channel, thread_ts=thread_ts)
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

    # --- looking for what may have been posted

    async def _look_for(self, delivery: Delivery, channel: str, *, thread_ts: str | None) -> Outcome:
        try:
            by_key = await self._history(delivery, channel, thread_ts=thread_ts)
        except Refused as refused:
            return _outcome(refused) if refused.word in NOT_LET_IN else Unverifiable(why=refused.word)
        except Unsure as unsure:
            return Unknown(why=unsure.word, sent=False)
        ts = by_key.get(delivery.key)
        return NotFound() if ts is None else Done(ts=ts, channel_id=channel)

    async def _history(self, delivery: Delivery, channel: str, *, thread_ts: str | None) -> Mapping[str, str]:
        """Return the timestamps of our messages there by their keys. One read serves all that ask for it."""
        oldest = delivery.put_at - _BEFORE  # its message cannot be older than what it is about
        place = (delivery.team_id, channel, thread_ts or "")
        async with self._reading:
            now = self._clock.monotonic()
            self._seen = {
                key: seen for key, seen in self._seen.items() if now - seen.read_at < _FRESH_SECONDS
            }
            seen = self._seen.get(place)
            if seen is None or seen.oldest > oldest:
                by_key = await self._read_pages(delivery.team_id, channel, oldest, thread_ts=thread_ts)
                seen = self._seen[place] = _Seen(now, oldest, by_key)
            return seen.by_key

    async def _read_pages(
        self, team_id: str, channel: str, oldest: datetime, *, thread_ts: str | None
    ) -> dict[str, str]:
        found: dict[str, str] = {}
        cursor: str | None = None
        for _ in range(_MOST_PAGES):
            answer = await self._slack.call(
                team_id,
                "conversations.replies" if thread_ts else "conversations.history",
                channel=channel,
                ts=thread_ts,
                oldest=f"{oldest.timestamp():.6f}",
                include_all_metadata="true",
                limit=_PAGE,
                cursor=cursor,
            )
            messages = answer.get("messages")
            for message in messages if isinstance(messages, list) else []:
                key = _key_of(message)
                if key is not None:
                    found[key] = str(message["ts"])
            beside = answer.get("response_metadata")
            cursor = beside.get("next_cursor") if isinstance(beside, dict) else None
            if not cursor:
                return found
        raise Refused("conversations.history", "too_much_history")

    # --- reading the record

    async def _card(self, delivery: Delivery) -> Row | None:
        return await self._database.read(find_card, delivery.card_id or "")

    async def _render(self, delivery: Delivery, card: Row) -> _Shown:
        now = self._clock.now()
        audience = Audience(card.audience)
        view: RequestView | DraftView | DigestView | _Ending = await self._database.read(
            act, _view_of, card.subject_id, audience=audience, now=now
        )
        match view:
            case DigestView():
                return _Shown(cards.digest_card(view, now=now))
            case _Ending(grant=grant):
                message = cards.ending_card(grant, now=now, extension=view.extension)
                return _Shown(message, grant.version, is_over=grant.state is not GrantState.ACTIVE)
            case _ if delivery.kind is EffectKind.POST_NOTICE:
                return _Shown(cards.notice(delivery.about, view, audience=audience))
            case RequestView():
                is_over = audience is Audience.EXPIRY and not view.state.is_open
                message = cards.request_card(view, audience=audience, now=now)
                return _Shown(message, view.version, is_over=is_over)
            case DraftView():
                return _Shown(cards.draft_card(view, audience=audience, now=now), view.version)


_LONGEST_WORD = 100


def read_flags(user: Any, *, team_id: str) -> Flags | None:
    """Return what a user object of Slack's says (users.info, user_change), or None if it is none.

    Who is at home in another workspace is a stranger here, whatever else Slack says.
    """
    if not isinstance(user, dict) or not _is_word(user.get("id")):
        return None
    deleted, restricted, ultra, bot, stranger = (user.get(name) is True for name in _FLAGS)
    zone = user.get("tz")
    return Flags(
        user_id=user["id"],
        deactivated=deleted,
        guest=restricted or ultra,
        bot=bot,
        stranger=stranger or user.get("team_id", team_id) != team_id,
        zone=zone if _is_word(zone) else None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Who somebody is to Slack: their own workspace, and the name that people know them by."""

    team_id: str
    user_id: str
    name: str


def read_known(user: Any, *, team_id: str) -> Known | None:
    """Return who a user object of Slack's (users.info) is about, or None if it is none."""
    if not isinstance(user, dict) or not _is_word(user.get("id")):
        return None
    home_team = user.get("team_id", team_id)
    profile = user.get("profile")
    names = [
        profile.get("real_name") if isinstance(profile, dict) else None,
        user.get("real_name"),
        user.get("name"),
    ]
    name = next((one for one in names if isinstance(one, str) and one.strip()), None)
    return Known(team_id=home_team, user_id=user["id"], name=name) if name and _is_word(home_team) else None


def _is_word(value: Any) -> bool:
    """Say whether this is an id or a zone as Slack has them; not all else can be looked up or kept."""
    return isinstance(value, str) and value.isascii() and value.isprintable() and len(value) <= _LONGEST_WORD


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


def _key_of(message: Any) -> str | None:
    metadata = message.get("metadata") if isinstance(message, dict) else None
    payload = metadata.get("event_payload") if isinstance(metadata, dict) else None
    key = payload.get("key") if isinstance(payload, dict) else None
    is_ours = isinstance(metadata, dict) and metadata.get("event_type") == EVENT_TYPE
    return key if is_ours and isinstance(key, str) else None


def _answered(sender: Sender) -> Sender:
    """Wrap a sender so that what Slack refuses is an outcome too."""

    async def send(delivery: Delivery, mark: Mark) -> Outcome:
        try:
            return await sender(delivery, mark)
        except SlackError as error:
            return _outcome(error)

    return send


def _outcome(error: SlackError) -> Outcome:
    match error:
        case Paused():
            return Retry(seconds=error.seconds, why=error.word)
        case Unreached():
            return Unknown(why=error.word, sent=False)
        case Refused() if error.word in NOT_LET_IN:
            return Retry(seconds=_SUSPENDED_SECONDS, why=error.word)
        case Refused():
            return Rejected(
                why=error.word, elsewhere=error.word in _NO_WAY or error.word.startswith("restricted_")
            )
        case _:
            return Unknown(why=error.word)
