"""The modals to read in: everything about a request, and everything that happened to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.domain.events import EventKind
from bot.domain.kinds import RequestKind
from bot.domain.messages import Audience
from bot.services.views.requests import HistoryLine, RequestView
from bot.slack import kit
from bot.slack.cards.buttons import details_row
from bot.slack.cards.whole import whole_passages
from bot.slack.ids import Callback
from bot.slack.kit import View, rich
from bot.slack.lines import Line, Passage, Quote, line, short
from bot.slack.modals.pages import page_rows
from bot.slack.text import en as texts
from bot.slack.values import Page, Ref, metadata, ref_fields

ITEMS_A_PAGE = 8
COMMENTS_A_PAGE = 20
LINES_A_PAGE = 20


def details_modal(
    view: RequestView, *, audience: Audience, acting: bool, now: datetime, page: int = 0
) -> View:
    """Return everything about a request, a few items and comments a page.

    `audience` is the reader's side, APPROVERS or REQUESTER. A reader who is `acting` for it gets the buttons
    that its card has.
    """
    pages = max(1, -(-len(view.items) // ITEMS_A_PAGE), -(-len(view.comments) // COMMENTS_A_PAGE))
    page = min(max(page, 0), pages - 1)
    shown = view.items[page * ITEMS_A_PAGE : (page + 1) * ITEMS_A_PAGE]
    comments = view.comments[page * COMMENTS_A_PAGE : (page + 1) * COMMENTS_A_PAGE]
    passages = whole_passages(replace(view, comments=comments), shown, audience=audience, now=now)
    blocks = kit.shown(passages)
    blocks += page_rows(Page(Callback.DETAILS, view.id, page), pages)
    if acting:
        blocks.append(details_row(view, audience=audience, now=now))
    ref = Ref(view.id, view.version)
    return kit.modal(
        texts.modals.DETAILS_TITLE.format(ref=view.ref),
        blocks,
        callback=Callback.DETAILS,
        close=texts.buttons.CLOSE,
        private=metadata(ref_fields(ref)),
    )


def history_modal(view: RequestView, lines: Sequence[HistoryLine], *, page: int = 0) -> View:
    """Return what happened to a request, the oldest first, as far as this side may know it."""
    pages = max(1, -(-len(lines) // LINES_A_PAGE))
    page = min(max(page, 0), pages - 1)
    shown = lines[page * LINES_A_PAGE : (page + 1) * LINES_A_PAGE]
    blocks = [rich(_happened(one, kind=view.kind)) for one in shown] or [
        rich((line(texts.modals.NO_HISTORY),))
    ]
    blocks += page_rows(Page(Callback.HISTORY, view.id, page), pages)
    return kit.modal(
        texts.modals.HISTORY_TITLE.format(ref=view.ref),
        blocks,
        callback=Callback.HISTORY,
        close=texts.buttons.CLOSE,
        private=metadata(ref_fields(Ref(view.id, view.version))),
    )


def _happened(one: HistoryLine, *, kind: RequestKind) -> Passage:
    words = {**texts.modals.HISTORY_WORDS, **texts.kinds.WORDS[kind].history}
    what = words.get(one.kind) or texts.modals.HISTORY_OTHER.format(kind=one.kind)
    what = next((how.history for fact, how in texts.standing.UNASKED.items() if fact in one.facts), what)
    said: Line = (
        line(texts.modals.HISTORY_LINE_BY, at=one.at, what=what, by=short(one.by, 60))
        if one.by
        else line(texts.modals.HISTORY_LINE, at=one.at, what=what)
    )
    approvals, required_approvals = one.facts.get("approvals"), one.facts.get("required_approvals")
    if one.kind == EventKind.REQUEST_IN_REVIEW and approvals and required_approvals:
        said = (
            *said,
            *line(texts.modals.HISTORY_APPROVALS, approvals=approvals, required_approvals=required_approvals),
        )
    return (said, Quote(one.text)) if one.text else (said,)
