"""A request as a row in a digest, at home or in a list: its sentence, its main button, small print."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.domain.messages import Audience
from bot.domain.requests import RequestState
from bot.services.views.requests import DraftView, RequestView
from bot.slack.cards import buttons
from bot.slack.cards.headline import deciders, drafted_by, headline
from bot.slack.cards.outcome import outcome_passages
from bot.slack.kit import Block, Element, actions, row, small_print
from bot.slack.lines import Line, Small, day, line, short
from bot.slack.text import en as texts

_SHORT = 30


class Row:
    """One row: what it says, as lines and as blocks."""

    def __init__(
        self,
        said: Line,
        facts: Sequence[Line] = (),
        *,
        zone: ZoneInfo,
        main: Element | None = None,
        others: Sequence[Element] = (),
    ) -> None:
        small = Small(tuple(filter(None, facts)))
        self.lines: list[Line] = [said, *([small.line] if small.facts else [])]
        self.blocks: list[Block] = [row(said, zone=zone, accessory=main)]
        self.blocks += [small_print(small)] if small.facts else []
        self.blocks += [actions(*others)] if others else []


def waiting_row(
    view: RequestView,
    *,
    room: int,
    zone: ZoneInfo,
    main: Element,
    others: Sequence[Element] = (),
    snoozed: Line = (),
    decide: Line = (),
    why: Line = (),
    whose: Line = (),
) -> Row:
    """Return the row of a request that waits for its reader, with `room` characters of its reason.

    `decide` says who decides, where the reader cannot but somebody can, `why` why it is asked of the reader,
    and `whose` of which of the reader's businesses.
    """
    if not buttons.can_be_decided(view):
        business = short(view.deciding.name, _SHORT)
        decide = line(texts.lists.NOBODY_DECIDES, business=business, **texts.basics.unable(view.deciding))
    approvals = line(
        texts.cards.FACT_APPROVALS,
        approvals=view.approvals,
        required_approvals=texts.basics.counted(view.required_approvals, "approval"),
    )
    facts = [
        line(texts.basics.QUOTED, words=short(view.reason, room))
        if view.reason
        else line(texts.basics.NO_REASON),
        line("{ref}", ref=view.ref),
        whose,
        approvals if view.approvals else (),
        line(texts.cards.FACT_WAITING, day=day(view.created_at)),
        line(texts.cards.FACT_DECIDE_BY, at=view.expires_at),
        snoozed,
        why,
        decide,
    ]
    return Row(headline(view), facts, zone=zone, main=main, others=others)


def question_row(
    view: RequestView,
    *,
    since: datetime,
    said: Line,
    zone: ZoneInfo,
    main: Element,
    others: Sequence[Element],
    why: Line = (),
    whose: Line = (),
) -> Row:
    """Return the row that asks whether what a request gave can be used; see `waiting_row`."""
    facts = [
        line("{ref}", ref=view.ref),
        whose,
        line(texts.works.FACT_TERM, at=since),
        line(texts.works.FACT_SAID_NO, at=view.works.at) if view.works else (),
        why,
    ]
    return Row(said, facts, zone=zone, main=main, others=others)


def requested_row(view: RequestView, *, zone: ZoneInfo, main: Element) -> Row:
    """Return the row of a request that the other side is to decide."""
    in_review = view.state is RequestState.IN_REVIEW
    facts = [
        line("{ref}", ref=view.ref),
        line(texts.cards.FACT_TO, deciding=deciders(view)),
        line(
            texts.lists.STATE_IN_REVIEW if in_review else texts.lists.STATE_PENDING,
            approvals=view.approvals,
            required_approvals=view.required_approvals,
        ),
        line(texts.cards.FACT_OPEN_UNTIL, at=view.expires_at),
    ]
    return Row(headline(view), facts, zone=zone, main=main)


def over_row(view: RequestView, *, audience: Audience, now: datetime, zone: ZoneInfo, main: Element) -> Row:
    """Return the row of a request that is over, for one side: what it was for, and how it ended."""
    (ended, *_), *_ = outcome_passages(view, audience=audience, now=now)
    assert isinstance(ended, tuple)
    return Row(headline(view), [line("{ref}", ref=view.ref), ended], zone=zone, main=main)


def draft_row(view: DraftView, *, zone: ZoneInfo, others: Sequence[Element]) -> Row:
    """Return the row of a draft that somebody is to send."""
    said = line(
        texts.cards.DRAFT_OF,
        author=drafted_by(view),
        headline=headline(view),
    )
    facts = [
        line("{ref}", ref=view.ref),
        line(texts.cards.FACT_TO, deciding=deciders(view)),
        line(texts.cards.FACT_SEND_BY, at=view.expires_at),
        line(texts.lists.YOU_APPROVED_SENDING) if view.approved_by_reader else (),
    ]
    return Row(said, facts, zone=zone, others=others)
