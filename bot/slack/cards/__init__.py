"""Cards: what a message about a request, a draft or another subject shows, rendered whole from the record."""

from bot.slack.cards.access import (
    ended_notice,
    parted_notice,
    passed_notice,
    passed_works_notice,
    shortened_notice,
    stuck_notice,
)
from bot.slack.cards.asked import for_whom, stand_in_notice
from bot.slack.cards.closed import closed_card
from bot.slack.cards.contract import contract_notice
from bot.slack.cards.creation import creation_card, creation_notice
from bot.slack.cards.digest import digest_card
from bot.slack.cards.draft import draft_card
from bot.slack.cards.ending import ending_card
from bot.slack.cards.finding import finding_card
from bot.slack.cards.loosening import loosening_card
from bot.slack.cards.notice import notice
from bot.slack.cards.people import people_notice
from bot.slack.cards.request import request_card
from bot.slack.cards.review import question_card, question_notice, review_card, review_notice
from bot.slack.cards.status import connection_notice, import_notice, status_notice, verification_notice
from bot.slack.cards.week import week_notice

__all__ = [
    "closed_card",
    "connection_notice",
    "contract_notice",
    "creation_card",
    "creation_notice",
    "digest_card",
    "draft_card",
    "ended_notice",
    "ending_card",
    "finding_card",
    "for_whom",
    "import_notice",
    "loosening_card",
    "notice",
    "parted_notice",
    "passed_notice",
    "passed_works_notice",
    "people_notice",
    "question_card",
    "question_notice",
    "request_card",
    "review_card",
    "review_notice",
    "shortened_notice",
    "stand_in_notice",
    "status_notice",
    "stuck_notice",
    "verification_notice",
    "week_notice",
]
