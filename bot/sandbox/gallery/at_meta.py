"""Access that Meta keeps: on its way in and out, what stands in the way, and the alarm."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from bot.domain.connections import EnforcementState, FlawKind, Obstacle, TokenFlaw
from bot.domain.grants import EndReason, GrantState
from bot.domain.kinds import RequestKind
from bot.domain.messages import About, Audience, Notice
from bot.domain.requests import RequestState
from bot.sandbox.gallery import sizes
from bot.sandbox.gallery.exhibit import READERS, Exhibit, Part, Size, words_of
from bot.sandbox.gallery.records import NOW
from bot.services.views.access import AtMeta, ConnectionTold, GrantView, ImportTold, PeopleTold
from bot.services.views.requests import RequestView
from bot.slack import replies
from bot.slack.cards import (
    connection_notice,
    ended_notice,
    ending_card,
    import_notice,
    notice,
    people_notice,
    request_card,
    stuck_notice,
)
from bot.slack.text import en as texts

_LATER = timedelta(hours=2)
_SIDES = (Audience.APPROVERS, Audience.REQUESTER)
_UNSETTLED = (GrantState.PENDING, GrantState.FAILED, GrantState.ENDING, GrantState.STUCK)
_OBSTACLES: Mapping[Size, Sequence[Obstacle]] = {
    Size.SMALLEST: (min(Obstacle, key=lambda one: len(texts.meta.WHY[one])),),
    Size.USUAL: tuple(Obstacle),
    Size.LARGEST: (max(Obstacle, key=lambda one: len(texts.meta.WHY[one])),),
}
"""What can stand in the way: each with a usual request, and the fewest and most words with the extremes."""


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
        for state, is_broken, waiting in (
            ("", True, 3),
            (": nothing waits", True, 0),
            (": connected again", False, 0),
        ):
            told = ConnectionTold(
                own=sizes.DECIDES[size], is_connected=True, is_broken=is_broken, waiting=waiting
            )
            yield Exhibit(
                part=Part.NOTICE,
                title="Notice",
                state=words_of(Notice.CONNECTION) + state,
                audience=READERS[Audience.SUBMITTERS],
                size=size,
                shown=connection_notice(told),
            )
        own = sizes.DECIDES[size]
        for state, imported in (
            ("", ImportTold(own=own, by="Dana Diaz", new=12, renamed=0, people=0)),
            (": by the operator", ImportTold(own=own, by=None, new=1, renamed=1, people=1)),
            (": people", ImportTold(own=own, by="Dana", new=0, renamed=0, people=3)),
        ):
            yield Exhibit(
                part=Part.NOTICE,
                title="Notice",
                state=words_of(Notice.IMPORTED) + state,
                audience=READERS[Audience.SUBMITTERS],
                size=size,
                shown=import_notice(imported),
            )
        stands = sizes.enforcements(size)
        for first in range(0, len(stands) + 1, 5):
            some = stands[first : first + 5]
            people = PeopleTold(own=sizes.DECIDES[size], people=some, total=len(some) + first * bool(some))
            yield Exhibit(
                part=Part.NOTICE,
                title="Notice",
                state=words_of(Notice.PEOPLE)
                + ("" if not first else f": from {first + 1} on" if some else ": no more"),
                audience=READERS[Audience.SUBMITTERS],
                size=size,
                shown=people_notice(people),
            )
        for state in _UNSETTLED:
            for obstacle in (None, *_OBSTACLES[size]):
                yield from _cards(size, state, obstacle)
        yield from _claims(size)
        yield from _ended(size)
        yield from _extended(size)
        to_approve = replace(sizes.request(size, RequestState.PENDING), is_kept_at_meta=True)
        yield Exhibit(
            part=Part.CARD,
            title="Request at Meta",
            state="not decided",
            audience=READERS[Audience.APPROVERS],
            size=size,
            shown=request_card(to_approve, audience=Audience.APPROVERS, now=NOW),
        )
        for obstacle in _OBSTACLES[size]:
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
                shown=stuck_notice([_grant(size, GrantState.STUCK, obstacle)], for_owner=True),
            )
        stuck = [_grant(size, GrantState.STUCK, one) for one in Obstacle]
        yield Exhibit(
            part=Part.NOTICE,
            title="Notice",
            state=f"several {words_of(Notice.STUCK)}",
            audience=READERS[Audience.APPROVERS],
            size=size,
            shown=stuck_notice(stuck[:2] if size is Size.SMALLEST else stuck, for_owner=True),
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


def _claims(size: Size) -> Iterator[Exhibit]:
    """Return what is said of a claim that was approved, for each way in which it stands at Meta."""
    approved = sizes.request(size, RequestState.APPROVED, kind=RequestKind.CLAIM)
    for state in (EnforcementState.PENDING, EnforcementState.FAILED):
        for obstacle in (None, *_OBSTACLES[size]):
            view = replace(approved, at_meta=AtMeta(state=state, obstacle=obstacle))
            failed = state is EnforcementState.FAILED
            what = Notice.NOT_IN_FORCE if failed else Notice.APPROVED
            shown = {
                Part.CARD: request_card(view, audience=Audience.REQUESTER, now=NOW + _LATER),
                Part.NOTICE: notice(About(notice=what), view, audience=Audience.REQUESTER),
            }
            for part, message in shown.items():
                yield Exhibit(
                    part=part,
                    title="Claim at Meta",
                    state=words_of(state) + ("" if obstacle is None else f", {words_of(obstacle)}"),
                    audience=READERS[Audience.REQUESTER],
                    size=size,
                    shown=message,
                )
    owned = replace(approved, at_meta=AtMeta(state=EnforcementState.IN_FORCE, obstacle=None))
    yield Exhibit(
        part=Part.NOTICE,
        title="Claim at Meta",
        state=words_of(EnforcementState.IN_FORCE),
        audience=READERS[Audience.REQUESTER],
        size=size,
        shown=notice(About(notice=Notice.IN_FORCE), owned, audience=Audience.REQUESTER),
    )


def _ended(size: Size) -> Iterator[Exhibit]:
    """Return what is said of access that was undone, never came into force, or was kept for longer."""
    over = replace(
        _grant(size, GrantState.ENDED, None), ended_at=NOW, end_reason=EndReason.REACHED, id="7" * 15
    )
    late = replace(over, starts_at=NOW - timedelta(days=30), ends_at=NOW - timedelta(days=3))
    for audience in _SIDES:
        for state in (GrantState.ENDING, GrantState.STUCK):
            undone = replace(_request(size, _grant(size, state, None)), undone_at=NOW, undone_by="Max Maple")
            shown = {
                Part.CARD: request_card(undone, audience=audience, now=NOW + _LATER),
                Part.NOTICE: notice(About(notice=Notice.UNDONE), undone, audience=audience),
            }
            for part, message in shown.items():
                yield Exhibit(
                    part=part,
                    title="Undone at Meta",
                    state=words_of(state),
                    audience=READERS[audience],
                    size=size,
                    shown=message,
                )
        for how, grant in (("never came into force", over), ("Meta kept it for longer", late)):
            yield Exhibit(
                part=Part.CARD,
                title="Request at Meta",
                state=f"ended, and {how}",
                audience=READERS[audience],
                size=size,
                shown=request_card(_request(size, grant), audience=audience, now=NOW + _LATER),
            )
            ended = notice(
                About(notice=Notice.ENDED, details=(grant.id,)), _request(size, grant), audience=audience
            )
            yield Exhibit(
                part=Part.NOTICE,
                title="Notice",
                state=f"ended at Meta, and {how}",
                audience=READERS[audience],
                size=size,
                shown=ended,
            )
    for how, grant in (("never came into force at Meta", over), ("Meta kept for longer", late)):
        yield Exhibit(
            part=Part.NOTICE,
            title="Notice",
            state=f"several ended that {how}",
            audience=READERS[Audience.APPROVERS],
            size=size,
            shown=ended_notice([grant, grant], goes_on=0, for_owner=True),
        )


def _extended(size: Size) -> Iterator[Exhibit]:
    """Return the warning before access ends, extended by what is not in force at Meta."""
    for state in (GrantState.PENDING, GrantState.FAILED):
        yield Exhibit(
            part=Part.CARD,
            title="Access ends",
            state=f"extended, {words_of(state)} at Meta",
            audience=READERS[Audience.REQUESTER],
            size=size,
            shown=ending_card(
                sizes.grant(size), now=NOW, extension=_request(size, _grant(size, state, None))
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
