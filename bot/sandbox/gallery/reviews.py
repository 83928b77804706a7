"""Access reviews, in the gallery: the cards of both sides, what is told, the form, the list, the answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.domain.grants import LEAVING, EndReason
from bot.domain.messages import Audience, Notice
from bot.domain.requests import ErrorCode
from bot.domain.reviews import Need, Outcome, ReviewState, Silence
from bot.sandbox.gallery import sizes
from bot.sandbox.gallery.exhibit import READERS, Exhibit, Exhibits, Part, Size, words_of
from bot.sandbox.gallery.form import ZONE, form_of, refused, sent_back, wrong_at
from bot.sandbox.gallery.records import NOW, me, rows
from bot.sandbox.gallery.records import own as records_own
from bot.services.results import Reviewing
from bot.services.views.access import HeldAfter
from bot.services.views.reviews import QuestionView, ReviewHolderView, ReviewItemView, ReviewPage, ReviewView
from bot.slack import lists, modals, replies
from bot.slack.cards import question_card, question_notice, review_card, review_notice, shortened_notice
from bot.slack.command_line.overview import overview
from bot.slack.ids import ListWord
from bot.slack.kit import Message
from bot.slack.modals.inputs import modal_errors
from bot.slack.values import Page

_SHOWN = {Size.SMALLEST: 1, Size.USUAL: 3, Size.LARGEST: 8}
_TITLE = f"/access list {ListWord.REVIEW}"
_SOON = NOW + timedelta(days=14)
_LATER = NOW + timedelta(days=60)


def reviews() -> Exhibits:
    """Return every card, notice, form, list and answer of access reviews."""
    for size in Size:
        for need in (None, *Need):
            says = f"the partner says {words_of(need)}" if need else "the partner has not answered"
            yield _said("The owner's card", says, size, review_card(review_view(size, need=need)))
            yield _said("The question", says, size, question_card(_question(size, need=need)))
        for silence in Silence:
            view = review_view(size, silence=silence, opened_by=None)
            yield _told(f"review waits, {words_of(silence)}", size, review_notice(Notice.REVIEW, view))
        over = _question(size, is_open=False, need=Need.WORKS)
        yield _said("The question", "over", size, question_card(over))
        yield _told(words_of(Notice.REVIEW), size, question_notice(Notice.REVIEW, _question(size)))
        shown = review_card(review_view(size, opened_by=None))
        yield _said("The owner's card", "because it was time", size, shown)
        view = review_view(size)
        outside = (replace(one, holder=replace(one.holder, is_asked=False)) for one in view.items)
        shown = review_card(replace(view, items=tuple(outside)))
        yield _said("The owner's card", "the partner is not in Slack", size, shown)
        closed = _closed(size)
        yield _said("The owner's card", "closed", size, review_card(closed))
        yield _told(words_of(Notice.REVIEW_CLOSED), size, review_notice(Notice.REVIEW_CLOSED, closed))
        for leaving in sorted(LEAVING):
            kept = [replace(one.grant, state=leaving, is_at_meta=True) for one in closed.items]
            pairs = zip(closed.items, kept, strict=True)
            items = tuple(replace(one, grant=grant) for one, grant in pairs)
            shown = review_card(replace(closed, items=items))
            yield _said("The owner's card", f"closed, Meta still has it: {words_of(leaving)}", size, shown)
        ends = tuple(replace(_grant(size), ends_at=_SOON) for _ in range(12 if size is Size.LARGEST else 1))
        yield _told(words_of(Notice.SHORTENED), size, shortened_notice(ends, after={}))
        for state, until in (("other access goes on", None), ("other access goes on for a while", _LATER)):
            after = {_grant(size).id: HeldAfter(tasks=_grant(size).tasks, until=until)}
            title = f"{words_of(Notice.SHORTENED)}, {state}"
            yield _told(title, size, shortened_notice(ends, after=after))
        yield form_of("Shorten access", modals.shorten_modal(_grant(size), zone=ZONE), size=size)
        kept = [replace(_grant(size), ends_at=None), _grant(size)]
        form = modals.shorten_modal(_grant(size), zone=ZONE, going_on=kept)
        yield form_of("Shorten access", form, state="the holder keeps some", size=size)
        yield _list(size)
        yield _begun(size)
        yield _overview(size)
    form = modals.shorten_modal(_grant(Size.USUAL), zone=ZONE)
    yield refused(
        "Shorten access", form, modal_errors(sent_back(form), wrong_at("until", ErrorCode.NOT_SOONER))
    )
    none = lists.review_list(None, business=sizes.DECIDES[Size.USUAL], at=_page(Size.USUAL), me=me())
    yield Exhibit(part=Part.LIST, title=_TITLE, state="none yet", shown=none)


def _list(size: Size) -> Exhibit:
    own = sizes.DECIDES[size]
    items = tuple(_item(size, outcome=one) for one in (None, *Outcome))
    items += (replace(_item(size, outcome=Outcome.KEPT), by=None),)
    by_operator = sizes.ended_grant(size, EndReason.REVOKED, ended_by=None, by_operator=True)
    items += (replace(_item(size, outcome=Outcome.REMOVED), grant=by_operator, by=None),)
    page = ReviewPage(review=review_view(size), items=rows(*items, total=len(items) + 1))
    me_ = me(records_own(party=own))
    shown = lists.review_list(page, business=own, at=_page(size), me=me_)
    return Exhibit(part=Part.LIST, title=_TITLE, state="all of it", size=size, shown=shown)


def _page(size: Size) -> Page:
    return Page(ListWord.REVIEW, sizes.DECIDES[size].id, 0)


def _begun(size: Size) -> Exhibit:
    own = sizes.DECIDES[size]
    page = ReviewPage(review=review_view(size), items=rows(_item(size)))
    begun = Reviewing(business=own.name, grants=12, until=_SOON, partners=2, left_out=1)
    first = lists.review_list(page, business=own, at=_page(size), me=me(records_own(party=own)))
    return Exhibit(
        part=Part.ANSWER, title=_TITLE, state="begun", size=size, shown=replies.reviewing(begun, first)
    )


def _overview(size: Size) -> Exhibit:
    nothing: Any = dict.fromkeys(("waiting", "requested", "drafts", "prepared"), rows())
    shown = overview(me(records_own(party=sizes.DECIDES[size])), **nothing, reviews=(review_view(size),))
    return Exhibit(part=Part.LIST, title="/access", state="a review waits", size=size, shown=shown)


def _said(title: str, state: str, size: Size, shown: Message) -> Exhibit:
    return Exhibit(
        part=Part.CARD,
        title=f"Access review: {title}",
        state=state,
        audience=READERS[Audience.SUBMITTERS],
        size=size,
        shown=shown,
    )


def _told(state: str, size: Size, shown: Message) -> Exhibit:
    return Exhibit(
        part=Part.NOTICE,
        title="Notice of a review",
        state=state,
        audience=READERS[Audience.SUBMITTERS],
        size=size,
        shown=shown,
    )


def _grant(size: Size) -> Any:
    return sizes.grant(size)


def _holder(size: Size, need: Need | None) -> ReviewHolderView:
    return ReviewHolderView(
        question_id="900000000000007",
        answers=1 if need else 0,
        holder=sizes.ASKS[size],
        is_asked=True,
        open=_SHOWN[size],
        total=_SHOWN[size] + 2,
        need=need,
        answered_by=_person(size) if need else None,
        answered_at=NOW if need else None,
    )


def _person(size: Size) -> str:
    return sizes.LONGEST["person"] if size is Size.LARGEST else "Dana Diaz"


def _item(size: Size, *, outcome: Outcome | None = None, need: Need | None = None) -> ReviewItemView:
    is_shortened = outcome is Outcome.SHORTENED
    return ReviewItemView(
        grant=_grant(size),
        outcome=outcome,
        by=None if outcome in {None, Outcome.OVER} else _person(size),
        at=None if outcome is None else NOW,
        ends_at=_SOON if is_shortened else None,
        holder=_holder(size, need),
    )


def review_view(size: Size, *, need: Need | None = None, **fields: Any) -> ReviewView:
    """Return a review that waits."""
    shown = _SHOWN[size]
    usual: dict[str, Any] = {
        "id": "900000000000006",
        "version": 1,
        "owner": sizes.DECIDES[size],
        "state": ReviewState.OPEN,
        "silence": Silence.KEEP,
        "left_out": 0 if size is Size.SMALLEST else 4,
        "opened_at": NOW,
        "opened_by": _person(size),
        "deadline_at": _SOON,
        "closed_at": None,
        "counts": {None: shown} if size is Size.SMALLEST else {None: shown + 5, Outcome.KEPT: 2},
        "silent": 0,
        "items": tuple(_item(size, need=need) for _ in range(shown)),
    }
    return ReviewView(**{**usual, **fields})


def _closed(size: Size) -> ReviewView:
    changed = (Outcome.SHORTENED, Outcome.REMOVED, Outcome.GIVEN_BACK)
    rows = changed * (14 if size is Size.LARGEST else 1) if size is not Size.SMALLEST else ()
    counts = dict.fromkeys(Outcome, 15) if rows else {Outcome.KEPT: 1}
    return review_view(
        size,
        state=ReviewState.CLOSED,
        closed_at=_SOON,
        counts=counts,
        silent=1 if rows else 0,
        items=tuple(_item(size, outcome=one) for one in rows[:20]),
    )


def _question(size: Size, *, need: Need | None = None, **fields: Any) -> QuestionView:
    usual: dict[str, Any] = {
        "id": "900000000000007",
        "version": 1,
        "owner": sizes.DECIDES[size],
        "holder": sizes.ASKS[size],
        "is_open": True,
        "deadline_at": _SOON,
        "open": _SHOWN[size] + (9 if size is Size.LARGEST else 0),
        "total": 20,
        "grants": tuple(_grant(size) for _ in range(_SHOWN[size])),
        "need": need,
        "answered_by": _person(size) if need else None,
        "answered_at": NOW if need else None,
    }
    return QuestionView(**{**usual, **fields})
