"""Access that Meta keeps: on its way in and out, what stands in the way, and the alarm."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from bot.domain.connections import FlawKind, Obstacle, TokenFlaw
from bot.domain.grants import GrantState
from bot.domain.messages import About, Audience, Notice
from bot.domain.requests import RequestState
from bot.sandbox.gallery import sizes
from bot.sandbox.gallery.exhibit import READERS, Exhibit, Part, Size, words_of
from bot.sandbox.gallery.records import NOW
from bot.services.views import GrantView, RequestView
from bot.slack import replies
from bot.slack.cards import notice, request_card, stuck_notice
from bot.slack.text import en as texts

_LATER = timedelta(hours=2)
_SIDES = (Audience.APPROVERS, Audience.REQUESTER)
_UNSETTLED = (GrantState.PENDING, GrantState.FAILED, GrantState.ENDING, GrantState.STUCK)


def at_meta() -> Iterator[Exhibit]:
    """Return every card and notice of access that Meta keeps, and what is wrong with a token."""
    for kind in FlawKind:
        missing = ("ads_management", "pages_show_list") if kind is FlawKind.MISSING else ()
        said = texts.meta.flaw(TokenFlaw(kind, missing))
        yield Exhibit(
            part=Part.ANSWER,
            title="Answer",
            state=f"a token for Meta: {words_of(kind)}",
            size=Size.USUAL,
            shown=replies.error(said),
        )
    for size in Size:
        for state in _UNSETTLED:
            for obstacle in (None, *Obstacle):
                yield from _cards(size, state, obstacle)
        for obstacle in Obstacle:
            failed = _request(size, _grant(size, GrantState.FAILED, obstacle))
            for audience in _SIDES:
                yield Exhibit(
                    part=Part.NOTICE,
                    title="Notice",
                    state=f"{words_of(Notice.NOT_IN_FORCE)}: {words_of(obstacle)}",
                    audience=READERS[audience],
                    size=size,
                    shown=notice(About(notice=Notice.NOT_IN_FORCE), failed, audience=audience),
                )
            yield Exhibit(
                part=Part.NOTICE,
                title="Notice",
                state=words_of(Notice.STUCK) + _because(obstacle),
                audience=READERS[Audience.APPROVERS],
                size=size,
                shown=stuck_notice(_grant(size, GrantState.STUCK, obstacle)),
            )


def _cards(size: Size, state: GrantState, obstacle: Obstacle | None) -> Iterator[Exhibit]:
    why = "" if obstacle is None else f", {words_of(obstacle)}"
    for audience in _SIDES:
        yield Exhibit(
            part=Part.CARD,
            title="Request at Meta",
            state=f"{words_of(state)}{why}",
            audience=READERS[audience],
            size=size,
            shown=request_card(
                _request(size, _grant(size, state, obstacle)), audience=audience, now=NOW + _LATER
            ),
        )


def _because(obstacle: Obstacle) -> str:
    return "" if obstacle is Obstacle.UNREACHED else f": {words_of(obstacle)}"


def _grant(size: Size, state: GrantState, obstacle: Obstacle | None) -> GrantView:
    ends_at = NOW + timedelta(days=30) if obstacle is None and size is Size.USUAL else None
    return sizes.grant(size, state=state, obstacle=obstacle, is_at_meta=True, starts_at=None, ends_at=ends_at)


def _request(size: Size, grant: GrantView) -> RequestView:
    view = sizes.request(size, RequestState.APPROVED)
    return replace(view, items=tuple(replace(item, grant=grant) for item in view.items))
