"""What the local Slack holds, who can see what, and how it changes.

Everything is kept in memory. Message times come from `Clock.now()` (the pushed time); trigger ids and
response URLs expire by `Clock.real()`, because pushing the clock must not expire them.
"""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.clock import Clock
from bot.sandbox.slack.feed import Change, Feed, Notice, Subscription
from bot.sandbox.slack.model import (
    DEFAULT_SCOPES,
    App,
    Channel,
    Json,
    Message,
    Person,
    ResponseUrl,
    SlackRefusal,
    Trigger,
    View,
    Workspace,
)

TRIGGER_LIFE = timedelta(seconds=3)
RESPONSE_URL_LIFE = timedelta(minutes=30)
RESPONSE_URL_USES = 5
STACK_LIMIT = 3
"""Slack: trigger ids live 3 s, response URLs 30 minutes and 5 uses, a person has at most 3 views stacked."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class State:
    """Keep all objects, answer who can see what, and tell the feed about each change."""

    def __init__(self, *, clock: Clock, app: App) -> None:
        self.clock = clock
        self.app = app
        self.workspaces: dict[str, Workspace] = {}
        self.orgs: dict[str, Workspace] = {}
        """Organisations that can have the app as a whole; they are no workspaces themselves."""
        self.people: dict[str, Person] = {}
        self.channels: dict[str, Channel] = {}
        self.feed = Feed()
        self.offered: dict[tuple[str, str, str, str], list[Json]] = {}
        """What each external menu was last answered with: by person, message or view, block and action."""
        self._messages: dict[str, dict[str, Message]] = {}
        self._dms: dict[tuple[str, str], Channel] = {}
        self._views: dict[str, View] = {}
        self._stacks: dict[str, list[View]] = {}
        self._homes: dict[tuple[str, str], View] = {}
        self._triggers: dict[str, Trigger] = {}
        self._response_urls: dict[str, ResponseUrl] = {}
        self._numbers = itertools.count(1)
        self._last_ts = 0

    # --- creating ----------------------------------------------------------------------------------

    def new_id(self, prefix: str) -> str:
        """Return a new id in Slack's format."""
        return f"{prefix}{next(self._numbers):010d}"

    def new_ts(self) -> str:
        """Return a message time from the pushed clock; each is later than the one before."""
        micros = (self.clock.now() - _EPOCH) // timedelta(microseconds=1)
        self._last_ts = max(micros, self._last_ts + 1)
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def add_workspace(
        self, name: str, *, domain: str, scopes: Iterable[str] = DEFAULT_SCOPES, team_id: str | None = None
    ) -> Workspace:
        """Add a workspace with the app installed in it."""
        new_id = team_id or self.new_id("T")
        workspace = Workspace(
            id=new_id,
            name=name,
            domain=domain,
            bot_user_id=self.new_id("U"),
            bot_id=self.new_id("B"),
            bot_token=f"xoxb-{new_id}-{secrets.token_hex(12)}",
            scopes=set(scopes),
        )
        self.workspaces[new_id] = workspace
        return workspace

    def add_org(self, name: str, *, org_id: str, workspaces: Iterable[Workspace]) -> Workspace:
        """Make workspaces an organisation's, which may install the app as a whole; none is granted yet."""
        org = Workspace(
            id=org_id,
            name=name,
            domain=name.lower(),
            bot_user_id=self.new_id("U"),
            bot_id=self.new_id("B"),
            bot_token=f"xoxb-{org_id}-{secrets.token_hex(12)}",
            scopes=set(),
            installed=False,
            granted=set(),
            enterprise_id=org_id,
        )
        self.orgs[org_id] = org
        for workspace in workspaces:
            workspace.enterprise_id = org_id
        return org

    def add_person(
        self,
        workspace: Workspace,
        name: str,
        *,
        user_id: str | None = None,
        real_name: str | None = None,
        **profile: Any,
    ) -> Person:
        """Add a member of `workspace`; `profile` takes the other fields of `Person`."""
        shown = real_name or name.title()
        profile.setdefault("display_name", shown)
        person = Person(
            id=user_id or self.new_id("U"), team_id=workspace.id, name=name, real_name=shown, **profile
        )
        self.people[person.id] = person
        self.tell(Change.PERSON, team_id=workspace.id, person_id=person.id)
        return person

    def add_channel(
        self,
        workspace: Workspace,
        name: str,
        *,
        members: Iterable[Person] = (),
        private: bool = False,
        with_bot: bool = True,
        shared_with: Iterable[Workspace] = (),
        channel_id: str | None = None,
    ) -> Channel:
        """Add a channel; `shared_with` connects other workspaces to it (Slack Connect)."""
        channel = Channel(
            id=channel_id or self.new_id("C"),
            team_id=workspace.id,
            name=name,
            created=int(self.clock.now().timestamp()),
            members={person.id for person in members},
            is_private=private,
            shared_with={other.id for other in shared_with},
        )
        if with_bot:
            channel.members.add(workspace.bot_user_id)
        self.channels[channel.id] = channel
        self.tell(Change.CHANNEL, team_id=workspace.id, channel_id=channel.id)
        return channel

    def open_dm(self, workspace: Workspace, person: Person) -> Channel:
        """Return the one direct message between this person and the app, opening it if necessary."""
        found = self.dm(person, workspace=workspace)
        if found is not None:
            return found
        channel = Channel(
            id=self.new_id("D"),
            team_id=workspace.id,
            name="directmessage",
            created=int(self.clock.now().timestamp()),
            members={person.id, workspace.bot_user_id},
            user=person.id,
        )
        self.channels[channel.id] = self._dms[person.id, workspace.id] = channel
        self.tell(Change.CHANNEL, team_id=workspace.id, channel_id=channel.id, person_id=person.id)
        return channel

    # --- reading -----------------------------------------------------------------------------------

    def workspace(self, team_id: str) -> Workspace:
        """Return the workspace with this id."""
        return self.workspaces[team_id]

    def person(self, person_id: str) -> Person:
        """Return the person with this id."""
        return self.people[person_id]

    def channel(self, channel_id: str) -> Channel:
        """Return the channel or direct message with this id."""
        return self.channels[channel_id]

    def message(self, channel_id: str, ts: str) -> Message | None:
        """Return the message with this ts, also a deleted or an ephemeral one."""
        return self._messages.get(channel_id, {}).get(ts)

    def messages(self, channel: Channel) -> list[Message]:
        """Return the messages that everyone in the channel sees, oldest first, replies included."""
        return [
            message
            for message in self._messages.get(channel.id, {}).values()
            if not message.deleted and message.ephemeral_to is None
        ]

    def every_message(self) -> Iterator[Message]:
        """Return all messages everywhere, deleted and ephemeral ones too."""
        for held in self._messages.values():
            yield from held.values()

    def ephemerals(self, person: Person, channel: Channel | None = None) -> list[Message]:
        """Return the ephemeral messages to this person, oldest first."""
        found = (
            self._messages.items() if channel is None else [(channel.id, self._messages.get(channel.id, {}))]
        )
        theirs = [
            message
            for _, held in found
            for message in held.values()
            if message.ephemeral_to == person.id and not message.deleted
        ]
        return sorted(theirs, key=lambda one: float(one.ts))

    def dm(self, person: Person, workspace: Workspace | None = None) -> Channel | None:
        """Return the app's direct message with this person, if it was ever opened."""
        return self._dms.get((person.id, person.team_id if workspace is None else workspace.id))

    def channels_of(self, person: Person) -> list[Channel]:
        """Return the channels and direct messages this person is in."""
        return [channel for channel in self.channels.values() if person.id in channel.members]

    def views(self, person: Person) -> list[View]:
        """Return the person's open modals, root first."""
        return list(self._stacks.get(person.id, ()))

    def top_view(self, person: Person) -> View | None:
        """Return the modal this person is looking at."""
        stack = self._stacks.get(person.id)
        return stack[-1] if stack else None

    def trigger(self, trigger_id: str) -> Trigger | None:
        """Return a trigger by its id, also one that was used."""
        return self._triggers.get(trigger_id)

    def view(self, view_id: str) -> View | None:
        """Return a view by its id, also a closed one."""
        return self._views.get(view_id)

    def view_by_external_id(self, team_id: str, external_id: str) -> View | None:
        """Return the open view to which the app gave this external id."""
        for view in self._views.values():
            if view.is_open and view.team_id == team_id and view.external_id == external_id:
                return view
        return None

    def home(self, person: Person, workspace: Workspace | None = None) -> View | None:
        """Return the App Home published for this person."""
        return self._homes.get((person.id, person.team_id if workspace is None else workspace.id))

    def is_person_known_to(self, person: Person, workspace: Workspace) -> bool:
        """Return whether the workspace's app can know the person: a member, or in a shared channel."""
        return person.team_id == workspace.id or any(
            person.id in channel.members and channel.known_to(workspace.id)
            for channel in self.channels.values()
            if not channel.is_im
        )

    def subscribe(self) -> Subscription:
        """Return a reader of the change feed."""
        return self.feed.subscribe()

    def tell(self, kind: Change, **about: str | None) -> None:
        """Put one notice on the feed."""
        self.feed.tell(Notice(kind=kind, **about))

    # --- messages ----------------------------------------------------------------------------------

    def post(self, channel: Channel, *, team_id: str, user: str, text: str, **fields: Any) -> Message:
        """Write a message into a channel; `fields` takes the other fields of `Message`."""
        message = Message(
            channel_id=channel.id, ts=self.new_ts(), team_id=team_id, user=user, text=text, **fields
        )
        self._messages.setdefault(channel.id, {})[message.ts] = message
        parent = self.message(channel.id, message.thread_ts or "")
        if parent is not None and message.ephemeral_to is None:
            parent.reply_count += 1
        kind = Change.MESSAGE if message.ephemeral_to is None else Change.EPHEMERAL
        self._tell_message(kind, message)
        return message

    def renumber(self, channel: Channel, channel_id: str) -> None:
        """Give a channel another id, as Slack does when it becomes private or shared with others."""
        messages = self._messages.pop(channel.id, {})
        del self.channels[channel.id]
        channel.id = channel_id
        self.channels[channel_id], self._messages[channel_id] = channel, messages
        for message in messages.values():
            message.channel_id = channel_id

    def changed(self, message: Message) -> None:
        """Tell the feed that a message has changed."""
        self._tell_message(Change.MESSAGE_CHANGED, message)

    def delete(self, message: Message) -> None:
        """Delete a message; `message` still returns it, marked as deleted."""
        if message.deleted:
            return
        message.deleted = True
        parent = self.message(message.channel_id, message.thread_ts or "")
        if parent is not None and message.ephemeral_to is None:
            parent.reply_count -= 1
        self._tell_message(Change.MESSAGE_DELETED, message)

    def _tell_message(self, kind: Change, message: Message) -> None:
        self.tell(
            kind,
            team_id=message.team_id,
            channel_id=message.channel_id,
            ts=message.ts,
            person_id=message.ephemeral_to,
        )

    # --- views -------------------------------------------------------------------------------------

    def open_view(self, *, team_id: str, person: Person, body: Json, push: bool) -> View:
        """Show a modal: on top of the open ones (`push`), or instead of them.

        Raise `SlackRefusal` with `push_limit_reached` on a full stack and `duplicate_external_id`.
        """
        stack = self._stacks.setdefault(person.id, [])
        if push and len(stack) >= STACK_LIMIT:
            raise SlackRefusal("push_limit_reached")
        self._check_external_id(team_id, body, None)
        if not push:
            self.close_views(stack)
        view_id = self.new_id("V")
        view = View(
            id=view_id,
            team_id=team_id,
            user_id=person.id,
            user_team_id=person.team_id,
            type="modal",
            body=body,
            hash=self._new_hash(),
            root_view_id=stack[0].id if stack else view_id,
            previous_view_id=stack[-1].id if stack else None,
        )
        stack.append(view)
        self._views[view_id] = view
        self._tell_view(Change.VIEW_OPENED, view)
        return view

    def replace_view(self, view: View, body: Json, *, seen_hash: str | None) -> None:
        """Give an open view a new body.

        Raise `SlackRefusal` with `not_found`, `hash_conflict` or `duplicate_external_id`.
        """
        if not view.is_open:
            raise SlackRefusal("not_found")
        if seen_hash is not None and seen_hash != view.hash:
            raise SlackRefusal("hash_conflict")
        self._check_external_id(view.team_id, body, view)
        view.body = body
        view.hash = self._new_hash()
        view.errors = {}
        view.banner = None
        self._tell_view(Change.VIEW_CHANGED, view)

    def publish_home(self, *, team_id: str, person: Person, body: Json, seen_hash: str | None) -> View:
        """Show an App Home; raises `SlackRefusal` as `replace_view` does."""
        view = self._homes.get((person.id, team_id))
        if view is None:
            self._check_external_id(team_id, body, None)
            view_id = self.new_id("V")
            view = View(
                id=view_id,
                team_id=team_id,
                user_id=person.id,
                user_team_id=person.team_id,
                type="home",
                body=body,
                hash=self._new_hash(),
                root_view_id=view_id,
                previous_view_id=None,
            )
            self._homes[person.id, team_id] = view
            self._views[view_id] = view
        else:
            self.replace_view(view, body, seen_hash=seen_hash)
        self._tell_view(Change.HOME, view)
        return view

    def close_views(self, closing: Iterable[View]) -> None:
        """Remove modals from their person's stack."""
        for view in list(closing):
            view.is_open = False
            stack = self._stacks.get(view.user_id, [])
            if view in stack:
                stack.remove(view)
            self._tell_view(Change.VIEW_CLOSED, view)

    def view_touched(self, view: View) -> None:
        """Tell the feed that a view shows something else: an entered value, an error, a banner."""
        self._tell_view(Change.VIEW_CHANGED, view)

    def _new_hash(self) -> str:
        return f"{int(self.clock.real().timestamp())}.{secrets.token_hex(4)}"

    def _check_external_id(self, team_id: str, body: Json, own: View | None) -> None:
        external_id = body.get("external_id")
        if external_id and self.view_by_external_id(team_id, external_id) not in (None, own):
            raise SlackRefusal("duplicate_external_id")

    def _tell_view(self, kind: Change, view: View) -> None:
        self.tell(kind, team_id=view.team_id, person_id=view.user_id, view_id=view.id)

    # --- trigger ids and response URLs -------------------------------------------------------------

    def new_trigger(self, *, team_id: str, person: Person, view: View | None = None) -> str:
        """Issue a trigger id for one interaction."""
        trigger_id = f"{next(self._numbers)}.{next(self._numbers)}.{secrets.token_hex(16)}"
        self._triggers[trigger_id] = Trigger(
            id=trigger_id,
            team_id=team_id,
            person_id=person.id,
            issued_at=self.clock.real(),
            view_id=view.id if view is not None and view.type == "modal" else None,
        )
        return trigger_id

    def exchange_trigger(self, *, team_id: str, trigger_id: str) -> Trigger:
        """Use a trigger id, which works once; raises `SlackRefusal` with Slack's error name."""
        trigger = self._triggers.get(trigger_id)
        if trigger is None or trigger.team_id != team_id:
            raise SlackRefusal("invalid_trigger_id")
        if trigger.used:
            raise SlackRefusal("exchanged_trigger_id")
        if self.clock.real() - trigger.issued_at > TRIGGER_LIFE:
            raise SlackRefusal("expired_trigger_id")
        trigger.used = True
        return trigger

    def new_response_url(
        self, *, team_id: str, channel: Channel, person: Person, message: Message | None = None
    ) -> ResponseUrl:
        """Issue a response URL for the conversation in which a person typed or clicked something."""
        issued = ResponseUrl(
            secret=secrets.token_hex(12),
            team_id=team_id,
            channel_id=channel.id,
            person_id=person.id,
            issued_at=self.clock.real(),
            message_ts=message.ts if message is not None else None,
        )
        self._response_urls[issued.secret] = issued
        return issued

    def use_response_url(self, secret: str) -> ResponseUrl:
        """Count one use; raises `SlackRefusal` with `expired_url` or `used_url` when there is none left."""
        issued = self._response_urls.get(secret)
        if issued is None or self.clock.real() - issued.issued_at > RESPONSE_URL_LIFE:
            raise SlackRefusal("expired_url")
        if issued.uses >= RESPONSE_URL_USES:
            raise SlackRefusal("used_url")
        issued.uses += 1
        return issued
