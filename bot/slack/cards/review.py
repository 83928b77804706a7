"""The cards of an access review: what the owner looks through, and what a holder is asked."""

from __future__ import annotations

from itertools import groupby

from bot.domain.grants import LEAVING
from bot.domain.messages import Notice
from bot.domain.reviews import Need, Outcome, ReviewState
from bot.services.views.access import GrantView
from bot.services.views.reviews import QuestionView, ReviewHolderView, ReviewItemView, ReviewView
from bot.slack.cards.items import at_meta_line
from bot.slack.ids import ActionId, ListWord
from bot.slack.kit import Block, Element, Message, actions, button, confirm, rich, shown
from bot.slack.lines import Bullets, Line, Passage, Small, joined, line, short, short_named, spoken_within
from bot.slack.text import en as texts
from bot.slack.values import Page, Ref, Unreadable, button_value, page_value

_NAME = 60
_REASON = 80
_NEEDS = {Need.WORKS: ActionId.STILL_NEEDED, Need.BROKEN: ActionId.NEEDED_NOT_WORKING}


def review_card(view: ReviewView) -> Message:
    """Return what still waits in a review, each with its buttons; once it is closed, what came of it."""
    if view.state is ReviewState.CLOSED:
        return review_report(view)
    head = line(
        texts.reviews.HEAD,
        owner=short(view.owner.name, _NAME),
        open=texts.basics.counted(view.open, "grant"),
        at=view.deadline_at,
    )
    passages: list[Passage] = [(head,), (Small(_facts(view)),)]
    blocks: list[Block] = shown(passages)
    for _, items in groupby(view.items, key=lambda one: one.holder.question_id):
        of_one = list(items)
        said = holder_lines(of_one[0].holder)
        passages.append(said)
        blocks += [rich(said), actions(_keep_all(of_one[0].holder))]
        for one in of_one:
            passages.append((item_line(one.grant),))
            blocks += [rich(passages[-1]), actions(*item_buttons(one))]
    if view.open > len(view.items):
        passages.append((line(texts.reviews.MORE_WAIT, count=view.open - len(view.items)),))
        blocks.append(rich(passages[-1]))
    blocks.append(actions(_all_of_it(view)))
    return Message(spoken_within(passages, rest=texts.cards.THE_REST), blocks)


def review_report(view: ReviewView) -> Message:
    """Return what came of a review, with what changed and by whom."""
    counts = texts.basics.listed(
        template.format(count=view.counts[outcome])
        for outcome, template in texts.reviews.COUNTED.items()
        if view.counts.get(outcome)
    )
    said = [
        line(
            texts.reviews.CLOSED,
            owner=short(view.owner.name, _NAME),
            at=view.closed_at or view.deadline_at,
            counts=counts,
        )
    ]
    said += [line(texts.reviews.NOBODY_LOOKED, count=view.silent)] if view.silent else []
    rows = tuple(row_line(one) for one in view.items)
    changed = sum(view.counts.get(one, 0) for one in (Outcome.SHORTENED, Outcome.REMOVED, Outcome.GIVEN_BACK))
    more = [line(texts.reviews.MORE_CHANGED, count=changed - len(rows))] if changed > len(rows) else []
    passage: Passage = (*said, *((Bullets(rows),) if rows else ()), *more)
    return Message(
        spoken_within([passage], rest=texts.cards.THE_REST), [rich(passage), actions(_all_of_it(view))]
    )


def review_notice(notice: Notice, view: ReviewView) -> Message:
    """Return what an owner is told of its review: that it waits, or what came of it."""
    if notice is Notice.REVIEW_CLOSED:
        return review_report(view)
    if notice is not Notice.REVIEW:
        raise Unreadable(f"no notice about a review: {notice}")
    said = line(
        texts.reviews.NUDGE,
        owner=short(view.owner.name, _NAME),
        open=texts.basics.counted(view.open, "grant"),
        at=view.deadline_at,
        silence=texts.reviews.SILENCES[view.silence],
    )
    return _told(said)


def question_card(view: QuestionView) -> Message:
    """Return what a holder is asked about what it has of an owner, with the ways to answer."""
    owner, holder = short(view.owner.name, _NAME), short(view.holder.name, _NAME)
    answered = _answered(view)
    if not view.is_open:
        return _told(line(texts.reviews.ASKED_OVER, owner=owner, holder=holder), *answered)
    rows = Bullets(tuple(item_line(one) for one in view.grants))
    more = view.open - len(view.grants)
    passage: Passage = (
        line(texts.reviews.ASK, owner=owner, holder=holder, at=view.deadline_at),
        rows,
        *([line(texts.reviews.ASK_MORE, count=more)] if more else []),
        *answered,
    )
    value = button_value(Ref(view.id, view.version))
    buttons = [
        button(
            texts.reviews.ASK_BUTTONS[need],
            action,
            value=value,
            label=texts.buttons.ABOUT.format(button=texts.reviews.ASK_BUTTONS[need], what=owner),
        )
        for need, action in _NEEDS.items()
    ]
    buttons.append(button(texts.reviews.DONE_WITH, ActionId.END))
    return Message(spoken_within([passage], rest=texts.cards.THE_REST), [rich(passage), actions(*buttons)])


def question_notice(notice: Notice, view: QuestionView) -> Message:
    """Return what a holder is reminded of."""
    if notice is not Notice.REVIEW:
        raise Unreadable(f"no notice about a question: {notice}")
    said = line(
        texts.reviews.NUDGE_HOLDER,
        owner=short(view.owner.name, _NAME),
        holder=short(view.holder.name, _NAME),
        open=texts.basics.counted(view.open, "grant"),
        at=view.deadline_at,
    )
    return _told(said)


def item_line(grant: GrantView) -> Line:
    """Return who has what since when, until when and why."""
    return line(
        texts.reviews.ITEM,
        asset=short_named(grant.asset_name, grant.asset_id, 90),
        kind=texts.basics.kind_name(grant.kind),
        level=texts.basics.level_said(grant.kind, grant.tasks),
        since=line("{at}", at=grant.starts_at) if grant.starts_at else "",
        until=line(texts.reviews.UNTIL, at=grant.until) if grant.until else texts.reviews.NO_END,
        reason=short(grant.reason, _REASON) or texts.reviews.NO_REASON,
        ref=grant.ref,
    )


def row_line(one: ReviewItemView) -> Line:
    """Return what became of a grant in a review, by whom, and how far it is gone where Meta keeps it."""
    unnamed = texts.meta.BY_OPERATOR if one.grant.by_operator else texts.reviews.BY_NOBODY
    said = line(
        texts.reviews.ROWS[one.outcome],
        asset=short_named(one.grant.asset_name, one.grant.asset_id, 90),
        level=texts.basics.level_said(one.grant.kind, one.grant.tasks),
        holder=short(one.holder.holder.name, _NAME),
        by=short(one.by or unnamed, _NAME),
        ref=one.grant.ref,
        **({"at": one.at} if one.at else {}),
        **({"ends": line("{at}", at=one.ends_at)} if one.ends_at else {}),
    )
    is_leaving = one.outcome is not None and one.grant.state in LEAVING
    return joined([said, at_meta_line(one.grant) if is_leaving else ()])


def holder_lines(holder: ReviewHolderView) -> tuple[Line, ...]:
    """Return a partner in a review, and what it says of what it has."""
    name = short(holder.holder.name, _NAME)
    return (
        line(texts.reviews.HOLDER, holder=name, open=texts.basics.counted(holder.open, "grant")),
        line(
            texts.reviews.SAYS[holder.need] if holder.need or holder.is_asked else texts.reviews.NOT_ASKED,
            by=short(holder.answered_by or texts.basics.SOMEBODY, _NAME),
            holder=name,
            **({"at": holder.answered_at} if holder.answered_at else {}),
        ),
    )


def item_buttons(one: ReviewItemView) -> list[Element]:
    """Return the ways to settle a grant that is reviewed."""
    value = button_value(Ref(one.grant.id, one.grant.version))
    asset = short(one.grant.asset_name, _NAME) or one.grant.asset_id
    holder = short(one.holder.holder.name, _NAME)
    return [
        button(
            text,
            action,
            value=value,
            label=short(texts.reviews.ABOUT.format(button=text, holder=holder, asset=asset), 75),
        )
        for text, action in (
            (texts.reviews.KEEP, ActionId.KEEP),
            (texts.reviews.SHORTEN, ActionId.SHORTEN),
            (texts.reviews.REMOVE, ActionId.END_ONE),
        )
    ]


def _keep_all(holder: ReviewHolderView) -> Element:
    name = short(holder.holder.name, _NAME)
    title, text = texts.reviews.SURE_KEEP_ALL
    said = texts.reviews.KEEP_ALL.format(holder=name)
    return button(
        short(said, 75),
        ActionId.KEEP_ALL,
        value=button_value(Ref(holder.question_id, holder.answers)),
        confirm=confirm(
            title=title,
            text=text.format(holder=name, open=texts.basics.counted(holder.open, "grant")),
            confirm=texts.reviews.KEEP,
            deny=texts.reviews.NOT_YET,
        ),
    )


def _all_of_it(view: ReviewView) -> Element:
    return button(
        texts.reviews.ALL_OF_IT, ActionId.PAGE, value=page_value(Page(ListWord.REVIEW, view.owner.id, 0))
    )


def _facts(view: ReviewView) -> tuple[Line, ...]:
    by = view.opened_by
    facts = [line(texts.reviews.OPENED_BY, by=short(by, _NAME)) if by else line(texts.reviews.ON_CADENCE)]
    facts += [
        line(template, count=view.counts[outcome])
        for outcome, template in texts.reviews.COUNTED.items()
        if view.counts.get(outcome)
    ]
    facts += [line(texts.reviews.LEFT_OUT, count=view.left_out)] if view.left_out else []
    return (*facts, line(texts.reviews.SILENCES[view.silence]))


def _answered(view: QuestionView) -> list[Line]:
    if view.need is None or view.answered_at is None:
        return []
    by = short(view.answered_by or texts.basics.SOMEBODY, _NAME)
    return [line(texts.reviews.ANSWERED[view.need], by=by, at=view.answered_at)]


def _told(*lines: Line) -> Message:
    return Message(spoken_within([lines], rest=texts.cards.THE_REST), [rich(lines)])
