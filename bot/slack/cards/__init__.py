"""Cards: what a message about a request, a draft or a grant shows, rendered whole from the record."""

from bot.slack.cards.digest import digest_card
from bot.slack.cards.draft import draft_card
from bot.slack.cards.ending import ending_card
from bot.slack.cards.notice import notice
from bot.slack.cards.request import request_card

__all__ = ["digest_card", "draft_card", "ending_card", "notice", "request_card"]
