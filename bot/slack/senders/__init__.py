"""The senders: what the outbox's effects become in Slack, rendered from the record as they are sent."""

from bot.slack.senders.make import make_senders
from bot.slack.senders.users import Known, read_asker, read_known, read_user

__all__ = ["Known", "make_senders", "read_asker", "read_known", "read_user"]
