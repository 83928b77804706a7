"""What is said beside a card when something happened, other than the words of the kind."""

from __future__ import annotations

from collections.abc import Mapping

from bot.domain.grants import EndReason

COMMENT = "{name} of {business} wrote about {what} ({ref}):"
COMMENT_THREAD = "Replies in this thread don't reach {other}: to write to them, use the buttons of the card."
DRAFT_SENT = "*{name} sent your draft* to {deciding}: {what} ({ref})."
DRAFT_DROPPED = "*{name} dropped your draft* to {deciding}: {what} ({ref}). Nothing was sent."
DRAFT_EXPIRED = "*Your draft* to {deciding} expired, nobody sent it in time: {what} ({ref})."
DRAFT_EXPIRED_TO_SENDERS = (
    "*The draft of {author}* to {deciding} expired, nobody sent it in time: {what} ({ref})."
)
DRAFT_WAITS = "*A draft of {author}* waits for an admin to send it: {what} ({ref}). /access pending opens it."
DRAFTS_WAIT = (
    "*{count} drafts* wait for an admin to send them, first that of {author}: {what} ({ref}). "
    "/access pending lists them."
)
GOES_ON_FOR_SOME = "{holder} keeps access to {number} of these by other approvals."
GOES_ON = "{holder} keeps {level} by another approval, with no end."
GOES_ON_UNTIL = "{holder} keeps {level} by another approval, until {until}."
REACHED = "Access of {holder} to {asset} ended, as planned: {level} ({ref})."
REACHED_LATE = (
    "Access of {holder} to {asset} has ended now: {level} ({ref}). It was to end {planned}, but couldn't be "
    "taken away at Meta before."
)
ENDED: Mapping[EndReason | None, str] = {
    EndReason.REACHED: REACHED,
    EndReason.REVOKED: "{by} revoked the access of {holder} to {asset}: {level} ({ref}).",
    EndReason.RELINQUISHED: "{by} gave back access to {asset}: {level} ({ref}).",
    EndReason.UNDONE: "Access of {holder} to {asset} ended, {level}: the approval of {ref} was undone.",
    EndReason.OWNED: "{holder} owns {asset} now: its earlier access ended ({ref}).",
}
OPERATED = "{by} ended the access of {holder} to {asset}: {level} ({ref})."
OPERATED_TOGETHER = "{by} ended the access of {holder} to {assets} of {owner}."
NEVER = (
    "Access of {holder} to {asset} never came into force at Meta, and is over now, as planned: "
    "{level} ({ref})."
)
NEVER_TOGETHER = "Access of {holder} to {assets} of {owner} never came into force at Meta, and is over now."
REACHED_TOGETHER = "Access of {holder} to {assets} of {owner} ended, as planned."
REACHED_LATE_TOGETHER = (
    "Access of {holder} to {assets} of {owner} has ended now, later than planned: it couldn't be taken away "
    "at Meta before."
)
ENDED_TOGETHER: Mapping[EndReason | None, str] = {
    EndReason.REACHED: REACHED_TOGETHER,
    EndReason.REVOKED: "{owner} revoked the access of {holder} to {assets}.",
    EndReason.RELINQUISHED: "{holder} gave back access to {assets} of {owner}.",
    EndReason.UNDONE: "Access of {holder} to {assets} of {owner} ended: the approval was undone.",
    EndReason.OWNED: "{holder} owns an ad account now that it had access to: that access ended ({assets}).",
}
PASSED = (
    "*{owner} owns {asset} now.* Access of {holders} goes on as it was ({refs}). To change it, ask {owner}."
)
PASSED_TO_OWNER = (
    "*{owner} owns {asset} now.* Access that others had goes on: {holders}. To end it: `/access revoke {id}`."
)
SHORTENED = "*{owner} shortened access after a review:*"
SHORTENED_ROW = "*{asset}*, {level} of {holder}: it ends {at} now ({ref})."
SHORTENED_MORE = "And {count} more."
EXTENSIONS_UNDONE = "The same goes for what extended it: {refs}."
EXTENSIONS_CLOSED = "Closed with it, undecided: {refs}, which asked to extend it."
TRIMMED = "Your people who had it: {people}."
ENDED_WHICH = "Ended: {assets}."
NOTES_MORE = "And {count} more wrote something: see the card."
OTHERS_GO_ON = "Other access to {count} of these goes on: `/access list` shows it."
EXTENDED_UNDONE = (
    "Access of {holder} to {asset} ended, {level} ({ref}): "
    "it extended {before}, and that approval was undone."
)
