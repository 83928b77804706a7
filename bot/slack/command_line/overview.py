"""What `/access` alone says, and its help."""

from __future__ import annotations

from collections.abc import Sequence

from bot.services.views.parties import Me, Rows
from bot.services.views.requests import CreationView, DraftView, RequestView
from bot.services.views.reviews import ReviewView
from bot.slack import modals, replies
from bot.slack.command_line.phrases import LONGEST
from bot.slack.ids import ActionId, ListWord
from bot.slack.kit import Message, actions, button
from bot.slack.lines import Bullets, line, short
from bot.slack.lists import for_whom, review_line, titled, who_you_are
from bot.slack.text import en as texts
from bot.slack.values import Page, page_value

_COUNTS = (
    texts.command_line.WAITING_COUNT,
    texts.command_line.WAITING_COUNT_SOME,
    texts.command_line.WAITING_COUNT_ADMINS,
)


def overview(
    me: Me,
    *,
    waiting: Rows[RequestView],
    requested: Rows[RequestView],
    drafts: Rows[DraftView],
    prepared: Rows[CreationView],
    reviews: Sequence[ReviewView] = (),
) -> Message:
    """Return who somebody is here, what waits for them, and what they can do."""
    if not me.is_somebody:
        return replies.stranger_here()
    waits = []
    if waiting.total:
        count = texts.basics.counted(waiting.total, "request")
        waits.append(line(for_whom(me, waiting.rows, _COUNTS), requests=count))
    waits += map(review_line, reviews)
    waits = waits or [line(texts.command_line.NOTHING_WAITS)]
    if requested.total:
        waits.append(
            line(
                texts.command_line.REQUESTED_COUNT, requests=texts.basics.counted(requested.total, "request")
            )
        )
    if drafts.total:
        waits.append(line(texts.command_line.DRAFT_COUNT, drafts=texts.basics.counted(drafts.total, "draft")))
    if prepared.total:
        assets = texts.basics.counted(prepared.total, "asset")
        waits.append(line(texts.command_line.PREPARED_COUNT, assets=assets))
    buttons = [button(words.form.title, words.opens) for words in texts.kinds.WORDS.values() if me.businesses]
    if waiting.total or requested.total or drafts.total or prepared.total:
        buttons.append(button(texts.buttons.SHOW_PENDING, ActionId.PENDING))
    for one in me.businesses[:1]:
        whole = page_value(Page(ListWord.ALL, one.party.id, 0))
        buttons.append(button(texts.buttons.SHOW_LIST, ActionId.LIST, value=whole))
        buttons.append(button(texts.people.BUTTON, ActionId.SHOW_PEOPLE))
    if modals.businesses_to_ask_for(me):
        buttons.append(button(texts.creating.BUTTON, ActionId.CREATE))
    if me.acts_for:
        buttons.append(button(texts.buttons.END_ACCESS_MORE, ActionId.END))
    return titled(
        texts.command_line.OVERVIEW_TITLE,
        [who_you_are(me), tuple(waits), (line(texts.command_line.OVERVIEW_HELP),)],
        [actions(*buttons)] if buttons else [],
    )


def help_message(word: str = "", *, unknown: str = "") -> Message:
    """Return what can be typed, or one word of it with its example; of an `unknown` word, that it is none."""
    if word in texts.command_line.HELP:
        text, example = texts.command_line.HELP[word]
        return titled(
            texts.command_line.HELP_TITLE,
            [
                (
                    line(texts.command_line.HELP_ROW, word=word, text=text),
                    line(texts.command_line.EXAMPLE, example=example),
                )
            ],
        )
    rows = Bullets(
        tuple(
            line(texts.command_line.HELP_ROW, word=name, text=text)
            for name, (text, _) in texts.command_line.HELP.items()
        )
    )
    return titled(
        texts.command_line.HELP_TITLE,
        [
            *([(line(texts.command_line.HELP_UNKNOWN, word=short(unknown, LONGEST)),)] if unknown else []),
            (line(texts.command_line.HELP_START), rows),
            (line(texts.command_line.EXAMPLE, example=texts.command_line.HELP["request"][1]),),
        ],
    )
