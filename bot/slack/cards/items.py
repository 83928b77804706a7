"""Assets on a card, grouped by what is asked and given: levels explained once, what is left out counted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.assets import Kind, Tasks, is_risky, level_name, level_of
from bot.domain.grants import EndReason, GrantState
from bot.domain.kinds import RULES, RequestKind, Side
from bot.domain.messages import Audience
from bot.domain.requests import RequestState, Term
from bot.services.results import GrantView, ItemView, Party, RequestView
from bot.slack.kit import Bullets, Line, Passage, joined, line, plain, short, short_named
from bot.slack.text import en as texts

_LONGEST_NAME = 90
_LONGEST_NAME_TIGHT = 45
_MOST_OTHERS = 3
_WHOLE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Showing:
    """For whom items are shown, of which kind of request, and in what state: None while it is not sent yet.

    `whole` leaves nothing out, however long.
    """

    audience: Audience
    kind: RequestKind
    deciding: Party
    state: RequestState | None
    now: datetime
    whole: bool = False

    @property
    def is_open(self) -> bool:
        """Say whether it can still be decided."""
        return self.state is None or self.state.is_open

    @property
    def for_approvers(self) -> bool:
        """Say whether the deciding side reads."""
        return self.audience is Audience.APPROVERS

    @property
    def for_owner(self) -> bool:
        """Say whether the business that owns the assets reads."""
        return is_for_owner(self.kind, self.audience)


def is_for_owner(kind: RequestKind, audience: Audience) -> bool:
    """Say whether a message for this audience is read by the business that owns the request's assets."""
    reader = Side.DECIDING if audience is Audience.APPROVERS else Side.REQUESTING
    return RULES[kind].owner is reader


def item_passages(items: Sequence[ItemView], *, showing: Showing, room: int) -> list[Passage]:
    """Return the items in about `room` characters: all in full, else all in brief, else as many as fit.

    What does not fit is counted, and said to be on Details.
    """
    full = list(_groups(items, showing=showing, brief=False))
    if showing.whole or _length(full) <= room:
        return full
    kept: list[Passage] = []
    shown = 0
    for passage in _groups(items, showing=showing, brief=True):
        head, bullets = passage[:-1], passage[-1]
        assert isinstance(bullets, Bullets)
        lines: list[Line] = []
        for one in bullets.lines:
            if _length([*kept, (*head, Bullets((*lines, one)))]) > room:
                break
            lines.append(one)
        if lines:
            kept.append((*head, Bullets(tuple(lines))))
            shown += len(lines)
        if len(lines) < len(bullets.lines):
            break
    left = len(items) - shown
    kept.append(
        (
            line(
                texts.cards.IN_BRIEF
                if not left
                else texts.cards.MORE_ITEMS
                if shown
                else texts.cards.ALL_ITEMS,
                count=left,
            ),
        )
    )
    return kept


def counted_levels(items: Iterable[tuple[Kind, Tasks]]) -> str:
    """Return "Admin on 1 ad account and Analyst on 2 Pages"."""
    counts: dict[tuple[Kind, str], int] = {}
    for kind, tasks in items:
        key = kind, level_name(kind, tasks)
        counts[key] = counts.get(key, 0) + 1
    return texts.basics.listed(
        (texts.cards.LEVEL_ON.format(level=level, kinds=texts.basics.kind_counted(kind, count)))
        for (kind, level), count in counts.items()
    )


def given_of(item: ItemView, state: RequestState | None) -> Tasks | None:
    """Return what is given; a first approval counts for nothing once the request was declined."""
    return item.given if state in {RequestState.APPROVED, RequestState.IN_REVIEW} else None


def effective(item: ItemView, state: RequestState) -> Tasks:
    """Return what an approval would give now: as the first approval fixed it, else as asked."""
    given = given_of(item, state)
    return item.requested if given is None else given


def effective_term(view: RequestView) -> Term:
    """Return for how long an approval would give it now."""
    return view.given_term if view.state is RequestState.IN_REVIEW and view.given_term else view.term


def has_risk(view: RequestView) -> bool:
    """Say whether an approval would give something risky now."""
    return any(is_risky(item.kind, effective(item, view.state)) for item in view.items)


def grant_line(grant: GrantView, *, for_owner: bool, now: datetime) -> Line:
    """Return the state of a grant. Who ended it is named to their own side, their business to the other."""
    ended = {} if grant.ended_at is None else {"at": grant.ended_at}
    by_owner = (grant.ended_by or grant.owner.name) if for_owner else grant.owner.name
    by_holder = grant.holder.name if for_owner else (grant.ended_by or grant.holder.name)
    match grant.state:
        case GrantState.ACTIVE if grant.ends_at is not None:
            # Access ends at this time even if the sweep that records it is late.
            said = line(
                texts.cards.GRANT_UNTIL if now < grant.ends_at else texts.cards.GRANT_REACHED,
                at=grant.ends_at,
            )
        case GrantState.ENDED if grant.end_reason is EndReason.REVOKED and ended:
            said = line(texts.cards.GRANT_REVOKED, by=short(by_owner, 60), **ended)
        case GrantState.ENDED if grant.end_reason is EndReason.RELINQUISHED and ended:
            said = line(texts.cards.GRANT_RELINQUISHED, by=short(by_holder, 60), **ended)
        case GrantState.ENDED if grant.end_reason is EndReason.UNDONE and ended:
            said = line(texts.cards.GRANT_UNDONE, **ended)
        case GrantState.ENDED if ended:
            said = line(texts.cards.GRANT_REACHED, **ended)
        case _:
            said = line(texts.cards.GRANT_STATES[grant.state])
    if grant.end_note:
        said = joined([said, line(texts.cards.GRANT_NOTE, note=short(grant.end_note, 500))])
    return said


def asset_words(item: ItemView, most: int = _LONGEST_NAME) -> str:
    """Return an item's asset as "name (id)", or its description in quotes."""
    if item.asset_id is None:
        return texts.basics.QUOTED.format(words=short(item.words or "", most))
    return short_named(item.asset_name or "", item.asset_id, most)


def _groups(items: Sequence[ItemView], *, showing: Showing, brief: bool) -> Iterator[Passage]:
    groups: dict[tuple[Kind, Tasks, Tasks | None], list[ItemView]] = {}
    for item in items:
        groups.setdefault((item.kind, item.requested, given_of(item, showing.state)), []).append(item)
    # What is risky comes first: it must not be what a long card leaves to Details.
    by_risk = sorted(groups.items(), key=lambda one: not is_risky(one[0][0], one[0][1]))
    for (kind, requested, given), members in by_risk:
        heading = [_heading(kind, requested, given, showing=showing, brief=brief)]
        if (
            showing.for_approvers
            and showing.is_open
            and is_risky(kind, requested if given is None else given)
        ):
            heading.append(line(texts.cards.GROUP_RISKY))
        yield (*heading, Bullets(tuple(_item(item, showing=showing, brief=brief) for item in members)))


def _heading(kind: Kind, requested: Tasks, given: Tasks | None, *, showing: Showing, brief: bool) -> Line:
    in_review = showing.state is RequestState.IN_REVIEW
    name = texts.basics.kind_name(kind)
    if given is not None and not given:
        template = texts.cards.GROUP_FIRST_APPROVAL_DECLINED if in_review else texts.cards.GROUP_DECLINED
        return line(template, kind=name, level=level_name(kind, requested))
    told = requested if given is None else given
    means, tasks = texts.basics.level_words(kind, told), texts.basics.task_names(told)
    if given is not None and given != requested:
        template = texts.cards.GROUP_FIRST_APPROVAL if in_review else texts.cards.GROUP_REQUESTED_GIVEN
        return line(
            template,
            kind=name,
            requested=level_name(kind, requested),
            given=level_name(kind, given),
            means=means,
            tasks=tasks,
        )
    if brief and level_name(kind, told) != texts.cards.CUSTOM_NAME:
        return line(texts.cards.GROUP_SHORT, kind=name, level=level_name(kind, told), means=means)
    return line(texts.cards.GROUP, kind=name, level=level_name(kind, told), means=means, tasks=tasks)


def _item(item: ItemView, *, showing: Showing, brief: bool) -> Line:
    most = _WHOLE if showing.whole else _LONGEST_NAME_TIGHT if brief else _LONGEST_NAME
    if item.asset_id is None:
        words = short(item.words or "", most if brief else 200)
        kind = texts.basics.KINDS[item.kind][1]
        if not showing.is_open:
            return line(texts.basics.QUOTED, words=words)
        if showing.for_approvers:
            return line(texts.cards.ITEM_UNNAMED, words=words, kinds=texts.basics.KINDS[item.kind][2])
        return line(
            texts.cards.ITEM_DESCRIBED, words=words, kind=kind, owner=short(showing.deciding.name, 60)
        )
    said = [line("{asset}", asset=asset_words(item, most))]
    if item.words and not brief:
        said.append(line(texts.cards.ITEM_BOUND, words=short(item.words, 200)))
    if showing.is_open and item.held:
        said.append(_held(item))
    if showing.for_owner and showing.is_open and item.others and not brief:
        others = [short(name, 60) for name in item.others]
        shown = _WHOLE if showing.whole else _MOST_OTHERS
        said.append(line(texts.cards.ITEM_OTHERS, others=texts.basics.listed(others, most=shown)))
    if item.grant is not None:
        said.append(grant_line(item.grant, for_owner=showing.for_owner, now=showing.now))
    return _sentences(said)


def _held(item: ItemView) -> Line:
    level = level_of(item.kind, item.held)
    held = level.name if level else texts.basics.task_names(item.held)
    added = item.requested - item.held
    if not added:
        return line(texts.cards.ITEM_HELD_SAME, held=held)
    return line(texts.cards.ITEM_HELD, held=held, added=texts.basics.task_names(added))


def _sentences(said: Sequence[Line]) -> Line:
    first, *rest = said
    return joined([first, joined(rest)], ". ") if rest else first


def _length(passages: Sequence[Passage]) -> int:
    total = 0
    for passage in passages:
        for part in passage:
            lines = part.lines if isinstance(part, Bullets) else (part,) if isinstance(part, tuple) else ()
            total += sum(len(plain(one)) + 1 for one in lines)
    return total
