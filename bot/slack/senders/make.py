"""The sender of each kind of effect."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from bot.clock import Clock
from bot.domain.messages import EffectKind
from bot.services.delivery import Sender
from bot.slack.senders.posts import Posts, answered
from bot.slack.senders.users import Users
from bot.slack.wire.calls import Slack

if TYPE_CHECKING:
    from bot.store.database import Database


def make_senders(slack: Slack, database: Database, *, clock: Clock) -> Mapping[EffectKind, Sender]:
    """Return the sender of each kind of effect, for the worker of the outbox."""
    posts, users = Posts(slack, database, clock=clock), Users(slack, database)
    return {
        EffectKind.POST_CARD: answered(posts.post_card),
        EffectKind.UPDATE_CARD: answered(posts.update_card),
        EffectKind.POST_NOTICE: answered(posts.post_notice),
        EffectKind.CHECK_PERSON: answered(users.check_person),
        EffectKind.PUBLISH_HOME: answered(posts.publish_home),
    }
