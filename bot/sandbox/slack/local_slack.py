"""The local Slack as tests and the demo use it: talking, coming and going, installing, forging."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.sandbox.slack import payloads
from bot.sandbox.slack.delivery import Delivered, Delivery, Forgery, Kind
from bot.sandbox.slack.feed import Change
from bot.sandbox.slack.interactions import Interactions
from bot.sandbox.slack.model import CannotDo, Channel, Json, Message, Person, Workspace
from bot.sandbox.slack.sockets import Connection


class LocalSlack(Interactions):
    """The local Slack: state, server, and everything a person does in it."""

    # --- messages, channels and people -------------------------------------------------------------

    async def say(
        self, person: Person, channel: Channel, text: str, *, thread_ts: str | None = None
    ) -> Message:
        """Write a message; the app gets an event if it subscribed to messages of that kind of channel."""
        self._check_writes(person, channel)
        if channel.archived:
            raise CannotDo("the channel is archived")
        message = self.post(channel, team_id=person.team_id, user=person.id, text=text, thread_ts=thread_ts)
        event = (
            "message.im" if channel.is_im else "message.groups" if channel.is_private else "message.channels"
        )
        await self._channel_event(channel, payloads.said(message, channel), subscribed=event)
        return message

    async def delete_message(self, message: Message) -> None:
        """Delete a message, as its author, an admin or (ephemeral) its reader can."""
        self.delete(message)

    async def archive(self, channel: Channel) -> None:
        """Archive a channel."""
        channel.archived = True
        self.tell(Change.CHANNEL, team_id=channel.team_id, channel_id=channel.id)
        inner = {"type": "channel_archive", "channel": channel.id, "event_ts": self.new_ts()}
        await self._channel_event(channel, inner)

    async def unarchive(self, channel: Channel) -> None:
        """Unarchive a channel."""
        channel.archived = False
        self.tell(Change.CHANNEL, team_id=channel.team_id, channel_id=channel.id)
        inner = {"type": "channel_unarchive", "channel": channel.id, "event_ts": self.new_ts()}
        await self._channel_event(channel, inner)

    async def join(self, person: Person, channel: Channel) -> None:
        """Join a channel."""
        self._check_active(person)
        channel.members.add(person.id)
        self.tell(Change.CHANNEL, team_id=channel.team_id, channel_id=channel.id, person_id=person.id)
        await self._channel_event(channel, payloads.membership(self, channel, person, joined=True))

    async def leave(self, person: Person, channel: Channel) -> None:
        """Leave a channel."""
        channel.members.discard(person.id)
        self.tell(Change.CHANNEL, team_id=channel.team_id, channel_id=channel.id, person_id=person.id)
        await self._channel_event(channel, payloads.membership(self, channel, person, joined=False))

    def invite_bot(self, channel: Channel, workspace: Workspace | None = None) -> None:
        """Add a workspace's bot (by default the channel's own workspace) to a channel."""
        channel.members.add((workspace or self.workspace(channel.team_id)).bot_user_id)
        self.tell(Change.CHANNEL, team_id=channel.team_id, channel_id=channel.id)

    def remove_bot(self, channel: Channel, workspace: Workspace | None = None) -> None:
        """Remove a workspace's bot (by default the channel's own workspace) from a channel."""
        channel.members.discard((workspace or self.workspace(channel.team_id)).bot_user_id)
        self.tell(Change.CHANNEL, team_id=channel.team_id, channel_id=channel.id)

    async def deactivate(self, person: Person) -> Delivered:
        """Deactivate a person's account and tell the app."""
        return await self.change_person(person, deleted=True)

    async def change_person(self, person: Person, **profile: Any) -> Delivered:
        """Change fields of a person, and tell the app."""
        for name, value in profile.items():
            if name not in Person.__slots__:
                raise TypeError(f"a person has no {name}")
            setattr(person, name, value)
        self.tell(Change.PERSON, team_id=person.team_id, person_id=person.id)
        workspace = self.workspace(person.team_id)
        return await self._event(workspace, payloads.user_changed(self, workspace, person))

    # --- installing and tokens ---------------------------------------------------------------------

    def grant(self, org: Workspace, workspace: Workspace) -> None:
        """Let an organisation's app act in one of its workspaces."""
        assert org.granted is not None, "this is a workspace"
        org.granted.add(workspace.id)
        workspace.installed, workspace.bot_user_id, workspace.bot_id = True, org.bot_user_id, org.bot_id
        workspace.scopes = set(org.scopes)

    async def uninstall(
        self, workspace: Workspace, *, events: Sequence[str] = ("tokens_revoked", "app_uninstalled")
    ) -> list[Delivered]:
        """Uninstall the app from a workspace; `events` are the events it gets, in this order."""
        workspace.installed = False
        workspace.refresh_token = ""
        workspace.token_error = "account_inactive"  # noqa: S105 - Slack's error name, not a token
        return [await self._tell_gone(workspace, name) for name in events]

    async def drop_events(self, workspace: Workspace) -> Delivered:
        """Tell the app that events of a workspace are dropped, whatever it has subscribed to."""
        payload = payloads.events_dropped(self, workspace)
        return await self._courier.send(Kind.EVENT, payload, team_id=workspace.id)

    async def revoke_token(self, workspace: Workspace, *, tell: bool = False) -> Delivered | None:
        """Make the bot token stop working (`token_revoked`), with or without an event."""
        workspace.token_error = "token_revoked"  # noqa: S105 - Slack's error name, not a token
        return await self._tell_gone(workspace, "tokens_revoked") if tell else None

    def restore_token(self, workspace: Workspace) -> None:
        """Make the bot token work again."""
        workspace.installed = True
        workspace.token_error = None

    async def _tell_gone(self, workspace: Workspace, name: str) -> Delivered:
        inner: Json = {"type": name}
        if name == "tokens_revoked":
            inner["tokens"] = {"oauth": [], "bot": [workspace.bot_user_id]}
        payload = payloads.event(self, workspace, inner)
        return await self._courier.send(Kind.EVENT, payload, team_id=workspace.id)

    # --- forging and repeating ---------------------------------------------------------------------

    def payload_event(self, workspace: Workspace, inner: Mapping[str, Any]) -> Json:
        """Build an event payload around an inner event."""
        return payloads.event(self, workspace, dict(inner))

    async def send_payload(
        self, kind: Kind, payload: Json, *, team_id: str | None = None, forgery: Forgery | None = None
    ) -> Delivered:
        """Send any payload, real or altered, as Slack would, except for what `forgery` changes (HTTP only).

        The answer is not applied: `error` is `timeout`, `unreachable` or `refused`.
        """
        return await self._courier.send(kind, payload, team_id=team_id, forgery=forgery)

    async def redeliver(
        self,
        delivery: Delivery | None = None,
        *,
        times: int = 1,
        retry: bool = False,
        connection: Connection | None = None,
    ) -> list[Delivered]:
        """Deliver something (by default the last) again: the same bytes, or the same envelope.

        `retry` sends an event as Slack retries it: with a new signature or envelope, and numbered.
        """
        latest = delivery or self.deliveries[-1]
        found = []
        for _ in range(times):
            found.append(await self._courier.again(latest, retry=retry, connection=connection))
            latest = self.deliveries[-1]
        return found
