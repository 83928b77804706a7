"""What a business reads once a week: what waits, what ends, and what happened in the last one."""

from __future__ import annotations

from collections.abc import Sequence

from bot.services.views.parties import Rows
from bot.services.views.weeks import WeekDraft, WeekGrant, WeekRequest, WeekView
from bot.slack.cards.headline import on_assets
from bot.slack.kit import Message, rich
from bot.slack.lines import Bullets, Line, Passage, day, line, short, spoken_within
from bot.slack.text import en as texts

_NAME = 60
_SHORT_NAME = 30


def week_notice(view: WeekView) -> Message:
    """Return the one message about a business's week; what there is nothing to say of is left out."""
    own = short(view.own.name, _NAME)
    passages: list[Passage] = [(line(texts.week.TITLE, own=own),)]
    to_decide = texts.week.TO_DECIDE if view.own.can_decide else texts.week.TO_DECIDE_ONCE_ABLE
    drafts = line(texts.week.DRAFTS, drafts=texts.basics.counted(view.drafts.total, "draft"))
    for template, word, rows in (
        (to_decide, texts.week.FROM, view.to_decide),
        (texts.week.ASKED, texts.week.FOR, view.asked),
    ):
        again = texts.basics.unable(view.own)["again"]
        first = line(template, own=own, again=again, requests=texts.basics.counted(rows.total, "request"))
        passages += _listed(first, rows, [_request(word, one) for one in rows.rows])
        if rows is view.to_decide:
            passages += _listed(drafts, view.drafts, [_draft(one) for one in view.drafts.rows])
    for template, grants, is_dated in (
        (texts.week.UNSETTLED, view.unsettled, False),
        (texts.week.ENDING, view.ending, True),
        (texts.week.BEGAN, view.began, False),
        (texts.week.ENDED, view.ended, False),
    ):
        first = line(template, grants=texts.basics.counted(grants.total, "grant"))
        passages += _listed(first, grants, [_grant(one, is_dated=is_dated) for one in grants.rows])
    if view.decided:
        counts = [
            words.format(count=view.decided[state])
            for state, words in texts.week.OUTCOMES.items()
            if state in view.decided
        ]
        passages.append((line(texts.week.DECIDED, outcomes=texts.basics.listed(counts)),))
    passages.append((line(texts.week.WHERE),))
    return Message(
        spoken_within(passages, rest=texts.cards.THE_REST), [rich(passage) for passage in passages]
    )


def _listed(
    first: Line, rows: Rows[WeekGrant] | Rows[WeekRequest] | Rows[WeekDraft], said: Sequence[Line]
) -> list[Passage]:
    if not said:
        return []
    more = (line(texts.week.MORE, count=rows.total - len(said)),) if rows.more else ()
    return [(first, Bullets(tuple(said)), *more)]


def _request(word: str, one: WeekRequest) -> Line:
    partner = short(one.partner, _NAME) if one.partner is not None else texts.week.ITS_ADMINS
    what = on_assets([(item, item.requested) for item in one.items], most=_SHORT_NAME)
    return line(word, what=what, ref=one.ref, partner=partner, at=day(one.at))


def _draft(one: WeekDraft) -> Line:
    partner, author = short(one.partner, _NAME), short(one.author, _NAME)
    what = on_assets([(item, item.requested) for item in one.items], most=_SHORT_NAME)
    return line(texts.week.DRAFT, what=what, ref=one.ref, partner=partner, author=author, at=day(one.at))


def _grant(one: WeekGrant, *, is_dated: bool) -> Line:
    said = _with_standing(one, is_dated=is_dated)
    return line(texts.week.GOES_ON, grant=said) if one.goes_on else said


def _with_standing(one: WeekGrant, *, is_dated: bool) -> Line:
    names = {
        "asset": short(one.asset_name, _NAME) or one.asset_id,
        "partner": short(one.partner, _NAME),
    }
    if is_dated and one.at is not None:
        return line(texts.week.GIVEN_AT if one.is_given else texts.week.HELD_AT, at=one.at, **names)
    standing = texts.week.STANDING.get(one.state)
    if standing is not None:
        return line(texts.week.GIVEN_AT if one.is_given else texts.week.HELD_AT, at=standing, **names)
    return line(texts.week.GIVEN if one.is_given else texts.week.HELD, **names)
