"""Access reviews: from time to time an owner looks through what partners have, and these are asked."""

from bot.services.reviews.clock import questions_due, reviews_due
from bot.services.reviews.deciding import answer, find_item, keep, keep_all, shorten
from bot.services.reviews.opening import open_due, open_review
from bot.services.reviews.reading import open_reviews, question_card, review_card, review_page

__all__ = [
    "answer",
    "find_item",
    "keep",
    "keep_all",
    "open_due",
    "open_review",
    "open_reviews",
    "question_card",
    "questions_due",
    "review_card",
    "review_page",
    "reviews_due",
    "shorten",
]
