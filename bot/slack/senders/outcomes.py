"""What a call to Slack came to, as the outcome of a delivery."""

from __future__ import annotations

from bot.services.delivery import Delivery, Mark, Outcome, Rejected, Retry, Sender, Unknown
from bot.slack.wire.calls import NO_ACCESS, Paused, Refused, SlackError, Unreached

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
